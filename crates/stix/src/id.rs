//! Object identifiers `type--uuid` (STIX 2.1 §2.9) and the deterministic ids of SCOs.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::canonical;

/// The namespace of deterministic SCO ids (STIX 2.1 §2.9).
const SCO_NAMESPACE: Uuid = Uuid::from_u128(0x00abedb4_aa42_466c_9c01_fed23315a9b7);

/// A STIX identifier: object type and UUID, compared case-insensitively in the UUID.
///
/// Kept as the lower-case text; the object's raw text keeps the case that arrived.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Box<str>);

/// Why a text is no STIX identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a STIX identifier: expected `type--UUID`")]
pub struct IdError {
    /// The text found, shortened to 200 characters.
    pub text: String,
}

impl Id {
    /// The identifier of an object of `kind` with this UUID.
    pub fn new(kind: &str, uuid: Uuid) -> Self {
        Self(format!("{kind}--{uuid}").into_boxed_str())
    }

    /// The whole identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` is an identifier: what parsing it says, without keeping it.
    pub fn is_id(text: &str) -> bool {
        split(text).is_some()
    }

    /// The object type in front of `--`.
    pub fn kind(&self) -> &str {
        parts(&self.0).map_or("", |(kind, _)| kind)
    }

    /// The UUID behind `--`.
    pub fn uuid(&self) -> Uuid {
        // INVARIANT: every constructor checked the UUID; the nil UUID is never reached.
        parts(&self.0).and_then(|(_, u)| Uuid::parse_str(u).ok()).unwrap_or(Uuid::nil())
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if split(text).is_none() {
            return Err(IdError { text: text.chars().take(200).collect() });
        }
        Ok(Self(text.to_ascii_lowercase().into_boxed_str()))
    }
}

/// Type and UUID of an identifier: the UUID has 36 characters, whatever stands in the type.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (head, uuid) = text.split_at_checked(text.len().checked_sub(36)?)?;
    Some((head.strip_suffix("--")?, uuid))
}

/// Type and UUID of an identifier, without building anything; `None` = none.
pub(crate) fn split(text: &str) -> Option<(&str, Uuid)> {
    let (kind, uuid) = parts(text)?;
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if kind.is_empty() || kind.len() > 250 || !kind.bytes().all(plain) {
        return None;
    }
    Some((kind, Uuid::parse_str(uuid).ok()?))
}

/// Whether RFC 4122 knows a UUID of this variant and version (1 to 5).
pub(crate) fn is_rfc4122(uuid: Uuid) -> bool {
    uuid.get_variant() == uuid::Variant::RFC4122 && (1..=5).contains(&uuid.get_version_num())
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id that an SCO of `kind` with these properties gets by STIX 2.1 §2.9, or `None` where the
/// standard demands a random one (no contributing property present, or `process`).
///
/// Source: id contributing properties of chapter 6; `hashes` contributes one hash only.
pub fn sco_id(kind: &str, properties: &Map<String, Value>) -> Option<Id> {
    let contributing: &[&str] = match kind {
        "artifact" => &["hashes", "payload_bin"],
        "autonomous-system" => &["number"],
        "directory" => &["path"],
        "domain-name" | "email-addr" | "ipv4-addr" | "ipv6-addr" | "mac-addr" | "url" => &["value"],
        "email-message" => &["from_ref", "subject", "body"],
        "file" => &["hashes", "name", "parent_directory_ref", "extensions"],
        "mutex" => &["name"],
        "network-traffic" => &[
            "start",
            "end",
            "src_ref",
            "dst_ref",
            "src_port",
            "dst_port",
            "protocols",
            "extensions",
        ],
        "software" => &["name", "cpe", "swid", "vendor", "version"],
        "user-account" => &["account_type", "user_id", "account_login"],
        "windows-registry-key" => &["key", "values"],
        "x509-certificate" => &["hashes", "serial_number"],
        _ => crate::types::contributing(kind)?.1,
    };
    let mut chosen = Map::new();
    for name in contributing {
        if let Some(value) = properties.get(*name) {
            let value = if *name == "hashes" { one_hash(value)? } else { value.clone() };
            chosen.insert((*name).to_owned(), value);
        }
    }
    if chosen.is_empty() {
        return None;
    }
    let text = canonical::to_string(&Value::Object(chosen));
    Some(Id::new(kind, Uuid::new_v5(&SCO_NAMESPACE, text.as_bytes())))
}

/// MD5, SHA-1, SHA-256, SHA-512 in this order, else the first by name (§2.9).
fn one_hash(hashes: &Value) -> Option<Value> {
    let hashes = hashes.as_object()?;
    let preferred = ["MD5", "SHA-1", "SHA-256", "SHA-512"];
    let (name, value) = preferred
        .iter()
        .find_map(|name| hashes.get_key_value(*name))
        .or_else(|| hashes.iter().min_by_key(|(name, _)| name.as_str()))?;
    Some(Value::Object(Map::from_iter([(name.clone(), value.clone())])))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors computed with python-stix2 3.0.2; the example ids of the first edition are wrong.
    #[test]
    fn sco_ids_follow_section_2_9() {
        let cases = [
            ("ipv4-addr", r#"{"value":"198.51.100.3"}"#, "28bb3599-77cd-5a82-a950-b5bc3caf07c4"),
            ("ipv4-addr", r#"{"value":"198.51.100.2"}"#, "9cf4a8ec-7640-5f40-a006-79942896168b"),
            ("email-addr", r#"{"value":"a@b.c"}"#, "6fc6422c-fdcf-59ad-ac50-c4c85e2df8d1"),
            ("url", r#"{"value":"https://example.com/"}"#, "be22e93a-5e33-5678-b19f-8b4ea06df0bd"),
            ("file", r#"{"name":"é.txt"}"#, "0df1b108-d85c-5376-90fe-578ff19aa73f"),
        ];
        for (kind, json, uuid) in cases {
            let map: Map<String, Value> = serde_json::from_str(json).unwrap();
            assert_eq!(sco_id(kind, &map).map(|id| id.uuid().to_string()).as_deref(), Some(uuid));
        }
    }

    #[test]
    fn ids_compare_without_regard_to_case() {
        let upper: Result<Id, _> = "identity--F431F809-377B-45E0-AA1C-6A4751CAE5FF".parse();
        let lower: Result<Id, _> = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff".parse();
        assert_eq!(upper, lower);
        assert!("identity-f431f809".parse::<Id>().is_err());
        assert!("Identity--f431f809-377b-45e0-aa1c-6a4751cae5ff".parse::<Id>().is_err());
    }
}
