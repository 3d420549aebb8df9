use std::collections::BTreeMap;

use sha2::{Digest, Sha512};

use crate::Error;
use crate::key::Key;
use crate::value::Value;

/// Bytes of an entry: tag and masked verdict.
pub const ENTRY: usize = TAG + 1;
pub(crate) const TAG: usize = 16;
/// The smallest table: fewer values than this look alike.
const LEAST: usize = 1024;

/// What a table says of a value that stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Held, and the agreement lets it be said.
    Hit,
    /// Held under a restriction: ask, and a person answers.
    Refer,
}

/// What the asking node learns of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The partner holds it.
    Hit,
    /// Nothing that may be said.
    NoHit,
    /// A person at the partner decides.
    Refer,
}

/// Where a value stands in a table and what covers its verdict; only an evaluation gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark {
    pub(crate) tag: [u8; TAG],
    cover: u8,
}

impl Mark {
    pub(crate) fn of(output: &[u8; 64]) -> Self {
        let mut hash = Sha512::new();
        hash.update(b"enlace-match-v1 mark");
        hash.update(output);
        let bytes: [u8; 64] = hash.finalize().into();
        let mut tag = [0; TAG];
        tag.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        Self { tag, cover: bytes.last().copied().unwrap_or_default() }
    }

    pub(crate) fn entry(&self, verdict: Verdict) -> u8 {
        self.cover
            ^ match verdict {
                Verdict::Hit => 1,
                Verdict::Refer => 2,
            }
    }
}

/// The asked node's table for one scope: entries of values and blank ones, which look alike.
///
/// Kept by the asked node: which places are blank is its secret.
pub struct Table {
    pub(crate) entries: BTreeMap<[u8; TAG], u8>,
    pub(crate) blanks: Vec<[u8; TAG]>,
}

/// One entry in the place of another. Adding, removing and neither look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    gone: [u8; TAG],
    tag: [u8; TAG],
    masked: u8,
}

/// A value that comes, changes or goes.
pub enum Update {
    /// It stands in the table from now on.
    Put(Value, Verdict),
    /// It does not.
    Take(Value),
}

impl Change {
    /// Bytes of one change.
    pub const LEN: usize = TAG + ENTRY;

    /// The bytes that are fetched.
    pub fn list_to_bytes(changes: &[Self]) -> Vec<u8> {
        let bytes = |one: &Self| one.gone.into_iter().chain(one.tag).chain([one.masked]);
        changes.iter().flat_map(bytes).collect()
    }

    /// Changes, rising by the tags that go.
    pub fn parse_list(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let (chunks, rest) = bytes.as_chunks::<{ Self::LEN }>();
        if !rest.is_empty() {
            return Err(Error::Length { found: bytes.len(), expected: chunks.len() * Self::LEN });
        }
        let mut changes: Vec<Self> = Vec::with_capacity(chunks.len());
        for (at, chunk) in chunks.iter().enumerate() {
            let (gone, rest) = chunk.split_first_chunk::<TAG>().ok_or(Error::Order(at))?;
            let (tag, rest) = rest.split_first_chunk::<TAG>().ok_or(Error::Order(at))?;
            let masked = *rest.first().ok_or(Error::Order(at))?;
            if changes.last().is_some_and(|last| last.gone >= *gone) {
                return Err(Error::Order(at));
            }
            changes.push(Self { gone: *gone, tag: *tag, masked });
        }
        Ok(changes)
    }
}

impl Table {
    /// Prepares a set. Values that are there twice count once; *refer* wins.
    ///
    /// Once for each key: two tables of one key differ in their blanks, and so tell them.
    pub fn prepare(
        key: &Key,
        held: &[(Value, Verdict)],
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Self {
        let values: Vec<&Value> = held.iter().map(|(value, _)| value).collect();
        let outputs = key.outputs(&values);
        let rows = outputs.iter().zip(held).map(|(output, (_, verdict))| {
            let mark = Mark::of(output);
            (mark.tag, *verdict == Verdict::Hit, mark.entry(*verdict))
        });
        // Sorted and built at once: a million single insertions miss the cache each.
        let mut rows: Vec<([u8; TAG], bool, u8)> = rows.collect();
        rows.sort_unstable();
        rows.dedup_by_key(|row| row.0);
        let entries = rows.into_iter().map(|(tag, _, masked)| (tag, masked)).collect();
        let mut table = Self { entries, blanks: Vec::new() };
        table.fill(class_of(table.entries.len()), random);
        table
    }

    /// Fills up with blanks to this size.
    pub(crate) fn fill(&mut self, size: usize, random: &mut dyn FnMut() -> [u8; 64]) {
        while self.entries.len() < size {
            let bytes = random();
            let missing = size - self.entries.len();
            for (tag, masked) in bytes.as_chunks::<ENTRY>().0.iter().take(missing).map(split) {
                if self.entries.insert(tag, masked).is_none() {
                    self.blanks.push(tag);
                }
            }
        }
    }

    /// Applies updates and gives the changes for the partner, in the order of the tags that go,
    /// filled up to a class of their own so that their number says little.
    pub fn update(
        &mut self,
        key: &Key,
        updates: Vec<Update>,
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Result<Vec<Change>, Error> {
        let values: Vec<&Value> = updates.iter().map(Update::value).collect();
        let outputs = key.outputs(&values);
        let wanted = outputs.iter().zip(&updates).map(|(output, update)| {
            let mark = Mark::of(output);
            (mark.tag, update.verdict().map(|verdict| mark.entry(verdict)))
        });
        // The last word on a value counts.
        self.apply(wanted.collect(), random)
    }

    /// Brings these places to what is wanted: an entry, or none.
    pub(crate) fn apply(
        &mut self,
        wanted: BTreeMap<[u8; TAG], Option<u8>>,
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Result<Vec<Change>, Error> {
        // As many blanks as changes: what is added and what fills up both find their place.
        let size = change_class(wanted.len());
        if size > self.blanks.len() {
            return Err(Error::Full(size - self.blanks.len()));
        }
        let mut changes = Vec::with_capacity(size);
        let mut freed = Vec::new();
        for (tag, to) in wanted {
            match (self.entries.get(&tag).copied(), to) {
                (None, None) => {}
                (Some(before), Some(masked)) if before == masked => {}
                (Some(_), Some(masked)) => changes.push(self.swap(tag, (tag, masked))),
                (None, Some(masked)) => {
                    let at = pick(self.blanks.len(), random);
                    let gone = self.blanks.swap_remove(at);
                    changes.push(self.swap(gone, (tag, masked)));
                }
                (Some(_), None) => {
                    let one = blank(random);
                    freed.push(one.0);
                    changes.push(self.swap(tag, one));
                }
            }
        }
        // Blanks that change for blanks; those just made stay out, no place changes twice.
        while changes.len() < size {
            let gone = self.blanks.swap_remove(pick(self.blanks.len(), random));
            let one = blank(random);
            freed.push(one.0);
            changes.push(self.swap(gone, one));
        }
        self.blanks.append(&mut freed);
        changes.sort_by_key(|change| change.gone);
        Ok(changes)
    }

    fn swap(&mut self, gone: [u8; TAG], (tag, masked): ([u8; TAG], u8)) -> Change {
        self.entries.remove(&gone);
        self.entries.insert(tag, masked);
        Change { gone, tag, masked }
    }

    /// What the partner gets: entries in the order of their tags.
    pub fn published(&self) -> Published {
        Published { entries: self.entries.clone() }
    }
}

impl Update {
    fn value(&self) -> &Value {
        match self {
            Self::Put(value, _) | Self::Take(value) => value,
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Put(_, verdict) => Some(*verdict),
            Self::Take(_) => None,
        }
    }
}

/// A partner's table as it was fetched. Without an evaluation it says nothing but its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    entries: BTreeMap<[u8; TAG], u8>,
}

impl Published {
    /// Entries of [`ENTRY`] bytes, tags rising.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let (chunks, rest) = bytes.as_chunks::<ENTRY>();
        let expected = class(chunks.len().max(LEAST)) * ENTRY;
        if !rest.is_empty() || bytes.len() != expected {
            return Err(Error::Length { found: bytes.len(), expected });
        }
        let mut entries = BTreeMap::new();
        for (at, chunk) in chunks.iter().enumerate() {
            let (tag, masked) = chunk.split_first_chunk::<TAG>().ok_or(Error::Order(at))?;
            let masked = *masked.first().ok_or(Error::Order(at))?;
            if entries.last_key_value().is_some_and(|(last, _)| last >= tag) {
                return Err(Error::Order(at));
            }
            entries.insert(*tag, masked);
        }
        Ok(Self { entries })
    }

    /// The bytes that are fetched.
    pub fn to_bytes(&self) -> Vec<u8> {
        let entries = self.entries.iter();
        entries.flat_map(|(tag, masked)| tag.iter().copied().chain([*masked])).collect()
    }

    /// Follows what the partner changed; on an error nothing is changed.
    pub fn apply(&mut self, changes: &[Change]) -> Result<(), Error> {
        for (at, change) in changes.iter().enumerate() {
            let known = change.tag == change.gone || !self.entries.contains_key(&change.tag);
            if !known || !self.entries.contains_key(&change.gone) {
                return Err(Error::Order(at));
            }
        }
        for change in changes {
            self.entries.remove(&change.gone);
            self.entries.insert(change.tag, change.masked);
        }
        Ok(())
    }

    /// What the table says of a value.
    pub fn look(&self, mark: &Mark) -> Answer {
        match self.entries.get(&mark.tag).map(|masked| masked ^ mark.cover) {
            None => Answer::NoHit,
            Some(1) => Answer::Hit,
            // A verdict of a later version too: a person looks.
            Some(_) => Answer::Refer,
        }
    }

    /// Entries, blank ones among them.
    pub fn size(&self) -> usize {
        self.entries.len()
    }
}

/// The class of a table: four steps to a doubling, with room for a sixteenth more and for 128.
pub(crate) fn class_of(held: usize) -> usize {
    class(held.saturating_add(held / 16 + 128).max(LEAST))
}

/// The class of a set of changes.
fn change_class(changed: usize) -> usize {
    class(changed.max(64))
}

pub(crate) fn class(least: usize) -> usize {
    let power = least.checked_next_power_of_two().unwrap_or(usize::MAX) / 2;
    let step = (power / 4).max(1);
    power.saturating_add((least - power).div_ceil(step) * step)
}

fn blank(random: &mut dyn FnMut() -> [u8; 64]) -> ([u8; TAG], u8) {
    let bytes = random();
    split(bytes.first_chunk::<ENTRY>().unwrap_or(&[0; ENTRY]))
}

fn split(entry: &[u8; ENTRY]) -> ([u8; TAG], u8) {
    let mut tag = [0; TAG];
    tag.iter_mut().zip(entry).for_each(|(to, from)| *to = *from);
    (tag, entry.last().copied().unwrap_or_default())
}

/// A place below `len`, which is not zero; of 64 bits the rest of a division is even enough.
fn pick(len: usize, random: &mut dyn FnMut() -> [u8; 64]) -> usize {
    let bytes = random();
    let number = bytes.first_chunk::<8>().map_or(0, |eight| u64::from_le_bytes(*eight));
    (number % (len as u64).max(1)) as usize
}
