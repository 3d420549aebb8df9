use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::key::Key;
use crate::table::{Change, ENTRY, Mark, Published, Table, Tag, Verdict, class, class_of};
use crate::value::Value;

/// First bytes of a kept set; the last one counts its versions.
const MAGIC: &[u8; 8] = b"enlset\0\x02";
/// A value that is kept: fingerprint, tag, verdict.
const KNOWN: usize = 16 + ENTRY + 1;

/// Bytes before the first value.
const HEAD: usize = 24;

/// A table together with what stands in it: from one slot to the next only what changed is worked on.
///
/// Values are kept as fingerprints under the key, so that what is not held any more is not kept here
/// either. Which entries are blanks is a secret of the asked node: [`Set::to_bytes`] never leaves it.
pub struct Set {
    table: Table,
    known: BTreeMap<[u8; 16], Place>,
    /// Places that went under this key: a tag that comes back is no blank's.
    went: BTreeSet<Tag>,
}

#[derive(Clone, Copy)]
struct Place {
    tag: Tag,
    verdict: Verdict,
}

impl Set {
    /// Prepares a set, as large as `least` entries even if little is held: what shrinks at once
    /// would tell it. Values that are there twice count once; *refer* wins.
    ///
    /// Once for each key: two tables of one key differ in their blanks, and so tell them.
    pub fn prepare(
        key: &Key,
        held: &[(Value, Verdict)],
        least: usize,
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Self {
        let found = named(&wanted(key, held), held);
        let known: BTreeMap<[u8; 16], Place> = places(key, &found).into_iter().collect();
        let tags: Vec<Tag> = known.values().map(|at| at.tag).collect();
        let size = class_of(tags.len()).max(class(least));
        Self { table: Table::filled(tags, size, random), known, went: BTreeSet::new() }
    }

    /// Brings the set to what is held now and gives the changes for the partner, filled up to a class
    /// of their own; also where nothing changed, so that it cannot be told. Only what changed is
    /// evaluated. On [`Error::Full`] and [`Error::Returns`] nothing is changed, and a new key is due.
    pub fn change(
        &mut self,
        key: &Key,
        held: &[(Value, Verdict)],
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Result<Vec<Change>, Error> {
        let now = wanted(key, held);
        let other = |one: &&Wanted| {
            self.known.get(&one.fingerprint).is_none_or(|place| place.verdict != one.verdict)
        };
        let fresh: Vec<Wanted> = now.iter().filter(other).copied().collect();
        let fresh = named(&fresh, held);
        let come = places(key, &fresh);
        if come.iter().any(|(_, place)| self.went.contains(&place.tag)) {
            return Err(Error::Returns);
        }
        let other = come.iter().map(|(fingerprint, _)| fingerprint);
        let is_held = |one: &[u8; 16]| now.binary_search_by_key(one, |w| w.fingerprint).is_ok();
        let ended = self.known.keys().filter(|known| !is_held(known));
        let left: Vec<[u8; 16]> = ended.copied().collect();
        let gone = left.iter().chain(other).filter_map(|fingerprint| self.known.get(fingerprint));
        let gone: Vec<Tag> = gone.map(|place| place.tag).collect();
        let tags: Vec<Tag> = come.iter().map(|(_, place)| place.tag).collect();
        let changes = self.table.apply(&gone, &tags, random)?;
        for fingerprint in left {
            self.known.remove(&fingerprint);
        }
        self.known.extend(come);
        self.went.extend(gone);
        Ok(changes)
    }

    /// What the partner gets.
    pub fn published(&self) -> Published {
        self.table.published()
    }

    /// Values that stand in it; never told.
    pub fn held(&self) -> usize {
        self.known.len()
    }

    /// For the asked node's own disk, with a copy of everything that is not published.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (known, went, blanks) = (&self.known, &self.went, &self.table.blanks);
        let size = HEAD + known.len() * KNOWN + (went.len() + blanks.len()) * ENTRY;
        let mut bytes = Vec::with_capacity(size);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&(known.len() as u64).to_be_bytes());
        bytes.extend_from_slice(&(went.len() as u64).to_be_bytes());
        for (fingerprint, place) in known {
            bytes.extend_from_slice(fingerprint);
            bytes.extend_from_slice(&place.tag);
            bytes.push(u8::from(place.verdict == Verdict::Refer));
        }
        went.iter().chain(blanks).for_each(|tag| bytes.extend_from_slice(tag));
        bytes
    }

    /// Reads [`Set::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let wrong = Error::Length { found: bytes.len(), expected: HEAD };
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(wrong)?;
        let (known, rest) = split(rest, wrong)?;
        let (went, rest) = split(rest, wrong)?;
        let length =
            known.checked_mul(KNOWN).filter(|length| *length <= rest.len()).ok_or(wrong)?;
        let (known, rest) = rest.split_at(length);
        let (tags, odd) = rest.as_chunks::<ENTRY>();
        let (went, blanks) = tags.split_at_checked(went).filter(|_| odd.is_empty()).ok_or(wrong)?;
        let mut set = Self {
            table: Table { entries: BTreeSet::new(), blanks: blanks.to_vec() },
            known: BTreeMap::new(),
            went: went.iter().copied().collect(),
        };
        for (at, one) in known.as_chunks::<KNOWN>().0.iter().enumerate() {
            let (fingerprint, rest) = one.split_first_chunk::<16>().ok_or(Error::Order(at))?;
            let (tag, refer) = rest.split_first_chunk::<ENTRY>().ok_or(Error::Order(at))?;
            let verdict = if refer == [0] { Verdict::Hit } else { Verdict::Refer };
            let twice = set.known.insert(*fingerprint, Place { tag: *tag, verdict }).is_some();
            if !set.table.entries.insert(*tag) || twice {
                return Err(Error::Order(at));
            }
        }
        match blanks.iter().position(|tag| !set.table.entries.insert(*tag)) {
            Some(at) => Err(Error::Order(at)),
            None => Ok(set),
        }
    }
}

/// A count of eight bytes, and what follows.
fn split(bytes: &[u8], wrong: Error) -> Result<(usize, &[u8]), Error> {
    let (count, rest) = bytes.split_first_chunk::<8>().ok_or(wrong)?;
    Ok((usize::try_from(u64::from_be_bytes(*count)).map_err(|_| wrong)?, rest))
}

/// Where these values stand in a table under this key.
fn places(key: &Key, values: &[([u8; 16], Verdict, &Value)]) -> Vec<([u8; 16], Place)> {
    let only: Vec<&Value> = values.iter().map(|(_, _, value)| *value).collect();
    let outputs = key.outputs(&only);
    let placed = outputs.iter().zip(values).map(|(output, (fingerprint, verdict, _))| {
        let mark = Mark::of(output);
        let place = Place { tag: mark.tag(*verdict), verdict: *verdict };
        (*fingerprint, place)
    });
    placed.collect()
}

/// A value that is to stand in a set: where it is in the list of what is held, and its verdict.
#[derive(Clone, Copy)]
struct Wanted {
    fingerprint: [u8; 16],
    at: usize,
    verdict: Verdict,
}

/// Each value once, in the order of the fingerprints; *refer* wins.
fn wanted(key: &Key, held: &[(Value, Verdict)]) -> Vec<Wanted> {
    let all = held.iter().enumerate().map(|(at, (value, verdict))| Wanted {
        fingerprint: key.fingerprint(value),
        at,
        verdict: *verdict,
    });
    let mut all: Vec<Wanted> = all.collect();
    all.sort_unstable_by_key(|one| (one.fingerprint, one.verdict == Verdict::Hit));
    all.dedup_by_key(|one| one.fingerprint);
    all
}

/// The same with the values themselves.
fn named<'h>(
    wanted: &[Wanted],
    held: &'h [(Value, Verdict)],
) -> Vec<([u8; 16], Verdict, &'h Value)> {
    let value =
        |one: &Wanted| held.get(one.at).map(|(value, _)| (one.fingerprint, one.verdict, value));
    wanted.iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Answer, Class, Query, Scope};

    fn chance(seed: u64) -> impl FnMut() -> [u8; 64] {
        let mut count = seed;
        move || {
            count = count.wrapping_add(1);
            use sha2::{Digest, Sha512};
            Sha512::digest(count.to_le_bytes()).into()
        }
    }

    fn key(epoch: u64) -> Key {
        let scope = Scope { asked: &[1; 32], asking: &[2; 32], purpose: "test", epoch };
        Key::derive(&[9; 32], &scope).unwrap()
    }

    fn value(number: u16) -> Value {
        Value::new("phone", &number.to_string()).unwrap()
    }

    fn held(of: &BTreeMap<u16, bool>) -> Vec<(Value, Verdict)> {
        let verdict = |refer: bool| if refer { Verdict::Refer } else { Verdict::Hit };
        of.iter().map(|(number, refer)| (value(*number), verdict(*refer))).collect()
    }

    fn asked(key: &Key, table: &Published, number: u16) -> Answer {
        let mut chance = chance(u64::from(number) << 20);
        let query = Query::new(Class::One, vec![value(number)], &mut chance).unwrap();
        let answer = key.answer(Class::One, &query.bytes(), &mut chance).unwrap();
        table.look(&query.finish(&key.public(), &answer).unwrap()[0])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Whatever came and went between slots, also over a restart: the partner's copy answers as
        /// what is held now, and stays as large as it was.
        #[test]
        fn after_every_slot_the_partners_copy_says_what_is_held(
            slots in prop::collection::vec(
                prop::collection::btree_map(0_u16..24, any::<bool>(), 0..16), 1..5),
            least in prop::sample::select(vec![0_usize, 2048]),
        ) {
            let (mut epoch, mut key) = (1, key(1));
            let mut random = chance(1);
            let first = slots.first().unwrap();
            let mut set = Set::prepare(&key, &held(first), least, &mut random);
            let mut copy = Published::parse(&set.published().to_bytes()).unwrap();
            let size = copy.size();
            prop_assert!(size >= least);
            for slot in &slots {
                set = Set::from_bytes(&set.to_bytes()).unwrap();
                let changes = match set.change(&key, &held(slot), &mut random) {
                    Ok(changes) => changes,
                    Err(error) => {
                        prop_assert_eq!(error, crate::Error::Returns);
                        // What comes back is told by its tag: a new key, as large a table.
                        epoch += 1;
                        key = self::key(epoch);
                        set = Set::prepare(&key, &held(slot), copy.size(), &mut random);
                        copy = set.published();
                        set.change(&key, &held(slot), &mut random).unwrap()
                    }
                };
                prop_assert_eq!(changes.len(), 64, "a slot without news looks like one with news");
                copy.apply(&changes).unwrap();
                prop_assert!(copy == set.published());
                prop_assert_eq!(copy.size(), size);
                prop_assert_eq!(set.held(), slot.len());
                for number in 0..24 {
                    let expected = match slot.get(&number) {
                        None => Answer::NoHit,
                        Some(false) => Answer::Hit,
                        Some(true) => Answer::Refer,
                    };
                    prop_assert_eq!(asked(&key, &copy, number), expected);
                }
            }
        }

        /// A kept set that was cut off or is something else is an error, never another set.
        #[test]
        fn a_broken_file_is_an_error(cut in 0_usize..400) {
            let key = key(1);
            let set = Set::prepare(&key, &held(&[(1, false), (2, true)].into()), 0, &mut chance(1));
            let bytes = set.to_bytes();
            let head = HEAD + 2 * KNOWN;
            if cut < head || !(cut - head).is_multiple_of(ENTRY) {
                prop_assert!(Set::from_bytes(&bytes[..cut]).is_err());
            }
        }
    }

    #[test]
    fn what_is_kept_holds_no_value_in_the_clear_and_another_key_knows_none() {
        let one = Value::new("iban", "ES9121000418450200051332").unwrap();
        let set = Set::prepare(&key(1), &[(one.clone(), Verdict::Hit)], 0, &mut chance(1));
        let bytes = set.to_bytes();
        let text = b"ES9121000418450200051332";
        assert!(!bytes.windows(text.len()).any(|window| window == text));
        assert_ne!(key(1).fingerprint(&one), key(2).fingerprint(&one));
    }
}
