//! Entries: what a leaf commits to, field by field, and the records that open them.
//!
//! An **entry** is the RFC 8785 form of `{"<field>":"<hex of SHA-256(salt ‖ name ‖ value)>",…}`:
//! the salt has 16 bytes, the name is the field's name in UTF-8, the value the RFC 8785 form of the
//! field's value. `name ‖ value` cannot be read in two ways: the name is fixed by the key under
//! which the commitment stands in the entry, and what follows it is the value. The **record** is
//! kept apart, `{"<field>":{"salt":"<hex>","value":<value>},…}` in the same form. To erase a field
//! is to remove its member from the record: the entry, and so the tree, does not change, and
//! without the salt nobody can try values against the commitment.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use enlace_stix::canonical;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::tree::Hash;

/// The salt of one field: 16 random bytes, never used twice.
pub type Salt = [u8; 16];

/// Longest entry in bytes that an entry bundle can hold (C2SP tlog-tiles: 16-bit lengths). A field
/// takes about 70 bytes and its name, so that some 700 fields fit.
pub const MAX_BYTES: usize = u16::MAX as usize;

/// What an entry and its record say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Fields whose value the record still holds and the entry confirms.
    pub fields: BTreeMap<String, Value>,
    /// Fields that the entry commits to and the record no longer holds.
    pub erased: BTreeSet<String>,
}

/// Why a record does not open an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The entry is not an RFC 8785 object of SHA-256 values in lower-case hex.
    #[error("entry is not the RFC 8785 form of field commitments")]
    Entry,
    /// The record is not an RFC 8785 object of salts and values.
    #[error("record is not the RFC 8785 form of salts and values")]
    Record,
    /// The record has a field that the entry does not commit to.
    #[error("record has field `{field}`, to which the entry does not commit")]
    UnknownField {
        /// The field.
        field: String,
    },
    /// Salt, name and value do not hash to the commitment.
    #[error("field `{field}` of the record is not what the entry commits to")]
    Mismatch {
        /// The field.
        field: String,
    },
}

impl EntryError {
    /// Stable code of the rule that was broken.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Entry => "ledger.entry.form",
            Self::Record => "ledger.record.form",
            Self::UnknownField { .. } => "ledger.record.unknown-field",
            Self::Mismatch { .. } => "ledger.record.mismatch",
        }
    }
}

/// SHA-256(salt ‖ name ‖ value), `value` being the RFC 8785 form of the field's value.
pub fn commitment(salt: &Salt, name: &str, value: &[u8]) -> Hash {
    let hash = Sha256::new().chain_update(salt).chain_update(name).chain_update(value);
    hash.finalize().into()
}

/// Entry and record of these fields. `salts` is asked once a field, in the order of the map; a
/// salt that can be guessed makes short values guessable, one used twice shows equal values.
pub fn commit(
    fields: &BTreeMap<String, Value>,
    mut salts: impl FnMut() -> Salt,
) -> (Vec<u8>, Vec<u8>) {
    let (mut entry, mut record) = (Map::new(), Map::new());
    for (name, value) in fields {
        let salt = salts();
        let hash = commitment(&salt, name, canonical::to_string(value).as_bytes());
        entry.insert(name.clone(), hex::encode(hash).into());
        let opening =
            [("salt".to_owned(), hex::encode(salt).into()), ("value".to_owned(), value.clone())];
        record.insert(name.clone(), Value::Object(opening.into_iter().collect()));
    }
    let bytes = |members| canonical::to_string(&Value::Object(members)).into_bytes();
    (bytes(entry), bytes(record))
}

/// The fields that `record` holds and `entry` confirms, and those that were erased. Without a
/// record, all are.
pub fn open(entry: &[u8], record: Option<&[u8]>) -> Result<Opened, EntryError> {
    let commitments = commitments(entry)?;
    let openings = match record {
        Some(record) => openings(record)?,
        None => BTreeMap::new(),
    };
    let mut fields = BTreeMap::new();
    for (name, opening) in &openings {
        let (name, salt) = (name.as_ref(), opening.salt()?);
        let Some(stated) = commitments.get(name) else {
            return Err(EntryError::UnknownField { field: name.to_owned() });
        };
        if hex::encode(commitment(&salt, name, opening.value.get().as_bytes())) != **stated {
            return Err(EntryError::Mismatch { field: name.to_owned() });
        }
        let value = serde_json::from_str(opening.value.get()).map_err(|_| EntryError::Record)?;
        fields.insert(name.to_owned(), value);
    }
    let erased = commitments.into_keys().map(Cow::into_owned);
    let erased = erased.filter(|name| !fields.contains_key(name)).collect();
    Ok(Opened { fields, erased })
}

/// The record without these fields; names it does not have are passed over.
pub fn erase(record: &[u8], fields: &[&str]) -> Result<Vec<u8>, EntryError> {
    keep_where(record, |name| !fields.contains(&name))
}

/// The record with only these fields: what a redacted log discloses.
pub fn disclose(record: &[u8], fields: &[&str]) -> Result<Vec<u8>, EntryError> {
    keep_where(record, |name| fields.contains(&name))
}

fn keep_where(record: &[u8], keep: impl Fn(&str) -> bool) -> Result<Vec<u8>, EntryError> {
    let mut openings = openings(record)?;
    openings.retain(|name, _| keep(name));
    Ok(write(openings.iter().map(|(name, opening)| (name.as_ref(), opening.to_text()))))
}

/// The commitments of an entry by field, after checking its form byte for byte.
pub(crate) fn commitments(
    entry: &[u8],
) -> Result<BTreeMap<Cow<'_, str>, Cow<'_, str>>, EntryError> {
    let Texts(members) = serde_json::from_slice(entry).map_err(|_| EntryError::Entry)?;
    let hex = members.values().all(|hash| is_lower_hex(hash, 64));
    let texts = members.iter().map(|(name, hash)| (name.as_ref(), format!("\"{hash}\"")));
    if hex && write(texts) == entry { Ok(members) } else { Err(EntryError::Entry) }
}

/// The openings of a record by field, after checking its form byte for byte.
fn openings(record: &[u8]) -> Result<BTreeMap<Cow<'_, str>, Opening<'_>>, EntryError> {
    let Openings(members) = serde_json::from_slice(record).map_err(|_| EntryError::Record)?;
    let well_formed = members.values().all(Opening::is_well_formed);
    let texts = members.iter().map(|(name, opening)| (name.as_ref(), opening.to_text()));
    if well_formed && write(texts) == record { Ok(members) } else { Err(EntryError::Record) }
}

#[derive(Deserialize)]
struct Texts<'a>(#[serde(borrow)] BTreeMap<Cow<'a, str>, Cow<'a, str>>);

#[derive(Deserialize)]
struct Openings<'a>(#[serde(borrow)] BTreeMap<Cow<'a, str>, Opening<'a>>);

/// Salt and value of one field. The value stays the text that was hashed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening<'a> {
    #[serde(borrow)]
    salt: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

impl Opening<'_> {
    fn salt(&self) -> Result<Salt, EntryError> {
        let mut salt = Salt::default();
        hex::decode_to_slice(self.salt.as_bytes(), &mut salt).map_err(|_| EntryError::Record)?;
        Ok(salt)
    }

    fn is_well_formed(&self) -> bool {
        let text = self.value.get();
        let value: Result<Value, _> = serde_json::from_str(text);
        is_lower_hex(&self.salt, 32) && value.is_ok_and(|v| canonical::to_string(&v) == text)
    }

    fn to_text(&self) -> String {
        format!("{{\"salt\":\"{}\",\"value\":{}}}", self.salt, self.value.get())
    }
}

fn is_lower_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// An RFC 8785 object of members whose values are written already.
fn write<'a>(members: impl Iterator<Item = (&'a str, String)>) -> Vec<u8> {
    let mut members: Vec<_> = members.collect();
    members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, value)| format!("{}:{value}", canonical::to_string(&Value::from(name))))
        .collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn act() -> BTreeMap<String, Value> {
        let act = json!({
            "act": "release", "actor": "m.vera", "count": 3, "persons": ["Iván Roldán Ñ"],
            "place": {"lat": -2.189412, "long": 10.885001501416781}, "ground": null,
        });
        act.as_object().unwrap().clone().into_iter().collect()
    }

    /// Salts 0x01…, 0x02… in turn.
    fn salts() -> impl FnMut() -> Salt {
        let mut next = 0;
        move || {
            next += 1;
            [next; 16]
        }
    }

    #[test]
    fn a_commitment_is_sha256_of_salt_name_and_value() {
        let fields = BTreeMap::from([("act".to_owned(), json!("import"))]);
        let (entry, record) = commit(&fields, || [0x0a; 16]);
        let mut hashed = vec![0x0a; 16];
        hashed.extend_from_slice(b"act\"import\"");
        let expected = format!("{{\"act\":\"{}\"}}", hex::encode(Sha256::digest(&hashed)));
        assert_eq!(String::from_utf8(entry).unwrap(), expected);
        let expected =
            format!("{{\"act\":{{\"salt\":\"{}\",\"value\":\"import\"}}}}", "0a".repeat(16));
        assert_eq!(String::from_utf8(record).unwrap(), expected);
    }

    #[test]
    fn an_erased_field_is_named_and_the_rest_still_opens() {
        let (entry, record) = commit(&act(), salts());
        assert_eq!(open(&entry, Some(&record)).unwrap().fields, act());
        let less = erase(&record, &["persons", "place", "no such field"]).unwrap();
        assert!(!String::from_utf8_lossy(&less).contains("Roldán"));
        let opened = open(&entry, Some(&less)).unwrap();
        assert_eq!(opened.erased, BTreeSet::from(["persons".into(), "place".into()]));
        assert_eq!(opened.fields.len(), 4);
        assert_eq!(disclose(&record, &["act", "actor", "count", "ground"]).unwrap(), less);
        assert_eq!(
            erase(&record, &act().keys().map(String::as_str).collect::<Vec<_>>()).unwrap(),
            b"{}"
        );
        assert_eq!(open(&entry, None).unwrap().erased.len(), 6);
    }

    #[test]
    fn two_fields_with_one_value_do_not_show_that_they_are_equal() {
        let fields = ["a", "b"].map(|name| (name.to_owned(), json!("same"))).into();
        let (entry, _) = commit(&fields, salts());
        let hashes = commitments(&entry).unwrap();
        assert_ne!(hashes["a"], hashes["b"]);
    }

    #[test]
    fn a_record_of_another_entry_is_refused_by_field() {
        let (entry, _) = commit(&act(), salts());
        let mut other = act();
        other.insert("count".into(), 4.into());
        let (_, record) = commit(&other, salts());
        let mismatch = open(&entry, Some(&record)).unwrap_err();
        assert_eq!(mismatch, EntryError::Mismatch { field: "count".into() });
        other.insert("extra".into(), 4.into());
        let (_, record) = commit(&other, salts());
        assert!(open(&entry, Some(&record)).is_err());
        let (small, _) = commit(&BTreeMap::from([("act".to_owned(), json!("release"))]), salts());
        let (_, record) = commit(&act(), salts());
        let unknown = open(&small, Some(&record)).unwrap_err();
        assert_eq!(unknown, EntryError::UnknownField { field: "actor".into() });
    }

    #[test]
    fn only_one_spelling_of_entry_and_record_is_read() {
        let hash = "00".repeat(32);
        for entry in [
            String::new(),
            "[]".into(),
            format!("{{ \"a\":\"{hash}\"}}"),
            format!("{{\"a\":\"{hash}\"}}\n"),
            format!("{{\"\\u0061\":\"{hash}\"}}"),
            format!("{{\"b\":\"{hash}\",\"a\":\"{hash}\"}}"),
            format!("{{\"a\":\"{hash}\",\"a\":\"{hash}\"}}"),
            format!("{{\"a\":\"{}\"}}", "0A".repeat(32)),
            "{\"a\":\"00\"}".into(),
            "{\"a\":1}".into(),
        ] {
            assert_eq!(open(entry.as_bytes(), None), Err(EntryError::Entry), "{entry}");
        }
        let entry = format!("{{\"a\":\"{hash}\"}}");
        let salt = "00".repeat(16);
        for record in [
            format!("{{\"a\":{{\"value\":1,\"salt\":\"{salt}\"}}}}"),
            format!("{{\"a\":{{\"salt\":\"{salt}\",\"value\": 1}}}}"),
            format!("{{\"a\":{{\"salt\":\"{salt}\",\"value\":1.0}}}}"),
            format!("{{\"a\":{{\"salt\":\"{salt}\",\"value\":{{\"b\":1,\"b\":2}}}}}}"),
            format!("{{\"a\":{{\"salt\":\"{salt}\",\"value\":1,\"x\":2}}}}"),
            format!("{{\"a\":{{\"salt\":\"{}\",\"value\":1}}}}", "0A".repeat(16)),
            "{\"a\":{\"salt\":\"00\",\"value\":1}}".into(),
        ] {
            assert_eq!(
                open(entry.as_bytes(), Some(record.as_bytes())),
                Err(EntryError::Record),
                "{record}"
            );
        }
    }

    /// A double as JSON text must come back as the same double, or its hash is lost.
    #[test]
    fn seventeen_digit_numbers_open_again() {
        let mut state = 1_u64;
        for _ in 0..2000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let degrees = (state >> 11) as f64 / (1_u64 << 53) as f64 * 180.0 - 90.0;
            let fields = BTreeMap::from([("lat".to_owned(), json!(degrees))]);
            let (entry, record) = commit(&fields, salts());
            assert_eq!(open(&entry, Some(&record)).unwrap().fields, fields);
        }
    }

    proptest! {
        #[test]
        fn what_was_committed_opens(
            fields in proptest::collection::btree_map(".{0,8}", ".{0,20}", 0..6),
        ) {
            let fields: BTreeMap<String, Value> =
                fields.into_iter().map(|(name, value)| (name, json!([value]))).collect();
            let (entry, record) = commit(&fields, salts());
            prop_assert_eq!(open(&entry, Some(&record)).unwrap().fields, fields);
        }

        #[test]
        fn a_flipped_byte_of_a_record_never_opens(at in 0.0..1.0, flip in 1_u8..=255) {
            let (entry, mut record) = commit(&act(), salts());
            let at = (at * record.len() as f64) as usize;
            record[at] ^= flip;
            prop_assert!(open(&entry, Some(&record)).is_err());
        }
    }
}
