//! Many guards, and which of them a text contains: the time grows with the text, not with their
//! number.
//!
//! A guard is known by 64 bits of a hash. Two with one hash count as one: a text may then be held
//! back for a name that it does not contain, never the other way round.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher};

use crate::tearline::{Folded, Guard};

/// Words of a row, and characters of an identifier, that count: what is longer is known by its
/// beginning.
const LONGEST: usize = 127;
/// Identifiers of fewer characters are looked up whole.
const BEGINNING: usize = 6;

/// What a guard is, as it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// One word of a name.
    Word,
    /// A whole name, or an identifier.
    Whole,
}

/// Guards with a value each.
#[derive(Debug)]
pub(crate) struct Guards<V> {
    held: HashMap<u64, V, BuildHasherDefault<Passed>>,
    /// For the first word of a row: bit n for a row of n words.
    rows: HashMap<u64, u128, BuildHasherDefault<Passed>>,
    /// For the beginning of an identifier: bit n for one of n characters.
    beginnings: HashMap<u64, u128, BuildHasherDefault<Passed>>,
    /// Bit n: there is an identifier of n characters that is looked up whole.
    short: u128,
}

/// Keys are hashes already.
#[derive(Debug, Default)]
pub(crate) struct Passed(u64);

impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

impl<V> Default for Guards<V> {
    fn default() -> Self {
        Self {
            held: HashMap::default(),
            rows: HashMap::default(),
            beginnings: HashMap::default(),
            short: 0,
        }
    }
}

impl<V: Default> Guards<V> {
    /// The value of a guard; a new one has the default.
    pub(crate) fn add(&mut self, guard: &Guard) -> &mut V {
        match guard {
            Guard::Word(_) => {}
            Guard::Words(row) => {
                let first = row.first().map(|word| word_key(word)).unwrap_or_default();
                *self.rows.entry(first).or_default() |= 1 << row.len().min(LONGEST);
            }
            Guard::Compact(text) => {
                let chars: Vec<char> = text.chars().take(LONGEST).collect();
                match chars.get(..BEGINNING) {
                    Some(beginning) => {
                        let entry = self.beginnings.entry(compact_key(beginning)).or_default();
                        *entry |= 1 << chars.len();
                    }
                    None => self.short |= 1 << chars.len(),
                }
            }
        }
        self.held.entry(key(guard)).or_default()
    }
}

impl<V> Guards<V> {
    /// The value of a guard, if it is there.
    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.held.get_mut(&key)
    }

    /// Whether a guard is there.
    pub(crate) fn holds(&self, key: u64) -> bool {
        self.held.contains_key(&key)
    }

    /// Takes a guard out.
    pub(crate) fn remove(&mut self, key: u64) {
        self.held.remove(&key);
    }

    /// Calls `found` with the key, the kind and the value of each guard that the text contains;
    /// more than once where the text contains it more than once.
    pub(crate) fn find(&self, text: &Folded, found: &mut dyn FnMut(u64, Found, &V)) {
        let mut meet = |key: u64, what| {
            if let Some(value) = self.held.get(&key) {
                found(key, what, value);
            }
        };
        let words: Vec<u64> = text.words.iter().map(|word| word_key(word)).collect();
        for (at, first) in words.iter().enumerate() {
            meet(*first, Found::Word);
            for length in bits(self.rows.get(first).copied().unwrap_or_default()) {
                if let Some(row) = words.get(at..at + length) {
                    meet(row_key(row), Found::Whole);
                }
            }
        }
        if self.short == 0 && self.beginnings.is_empty() {
            return;
        }
        for at in 0..text.compact.len() {
            let mut here = |length: usize| {
                if let Some(piece) = text.compact.get(at..at + length) {
                    meet(compact_key(piece), Found::Whole);
                }
            };
            bits(self.short).for_each(&mut here);
            if let Some(beginning) = text.compact.get(at..at + BEGINNING) {
                let lengths = self.beginnings.get(&compact_key(beginning));
                bits(lengths.copied().unwrap_or_default()).for_each(&mut here);
            }
        }
    }
}

fn bits(mut of: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = of.trailing_zeros();
        (of != 0).then(|| {
            of &= of - 1;
            lowest as usize
        })
    })
}

/// The key of a guard.
pub(crate) fn key(guard: &Guard) -> u64 {
    match guard {
        Guard::Word(word) => word_key(word),
        Guard::Words(row) => {
            let words: Vec<u64> = row.iter().take(LONGEST).map(|word| word_key(word)).collect();
            row_key(&words)
        }
        Guard::Compact(text) => {
            let chars: Vec<char> = text.chars().take(LONGEST).collect();
            compact_key(&chars)
        }
    }
}

/// The same for everybody, and at every start: the answer may not depend on chance.
fn hasher() -> DefaultHasher {
    BuildHasherDefault::<DefaultHasher>::default().build_hasher()
}

fn word_key(word: &str) -> u64 {
    let mut hash = hasher();
    hash.write_u8(1);
    hash.write(word.as_bytes());
    hash.finish()
}

fn row_key(words: &[u64]) -> u64 {
    let mut hash = hasher();
    hash.write_u8(2);
    words.iter().for_each(|word| hash.write_u64(*word));
    hash.finish()
}

fn compact_key(text: &[char]) -> u64 {
    let mut hash = hasher();
    hash.write_u8(3);
    text.iter().for_each(|c| hash.write_u32(u32::from(*c)));
    hash.finish()
}
