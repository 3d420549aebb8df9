use std::collections::BTreeSet;

use sha2::{Digest, Sha512};

use crate::Error;

/// Bytes of an entry: a tag.
pub const ENTRY: usize = 16;
pub(crate) type Tag = [u8; ENTRY];
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

/// Where a value stands in a table if it is held; only an evaluation gives it. One place for each
/// verdict, so that a change of verdict is an entry that goes and one that comes, as any other.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark {
    hit: Tag,
    refer: Tag,
}

impl Mark {
    pub(crate) fn of(output: &[u8; 64]) -> Self {
        let mut hash = Sha512::new();
        hash.update(b"enlace-match-v2 mark");
        hash.update(output);
        let bytes: [u8; 64] = hash.finalize().into();
        let mut tags = bytes.as_chunks::<ENTRY>().0.iter().copied();
        let mut next = || tags.next().unwrap_or_default();
        Self { hit: next(), refer: next() }
    }

    pub(crate) fn tag(&self, verdict: Verdict) -> Tag {
        match verdict {
            Verdict::Hit => self.hit,
            Verdict::Refer => self.refer,
        }
    }
}

/// The asked node's table for one scope: entries of values and blank ones, which look alike. Which
/// places are blank is its secret.
pub(crate) struct Table {
    pub(crate) entries: BTreeSet<Tag>,
    pub(crate) blanks: Vec<Tag>,
}

/// One entry in the place of another. Adding, removing, another verdict and neither look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    gone: Tag,
    tag: Tag,
}

impl Change {
    /// Bytes of one change.
    pub const LEN: usize = 2 * ENTRY;

    /// The bytes that are fetched.
    pub fn list_to_bytes(changes: &[Self]) -> Vec<u8> {
        changes.iter().flat_map(|one| one.gone.into_iter().chain(one.tag)).collect()
    }

    /// Changes, rising by the tags that go.
    pub fn parse_list(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let (chunks, rest) = bytes.as_chunks::<{ Self::LEN }>();
        if !rest.is_empty() {
            return Err(Error::Length { found: bytes.len(), expected: chunks.len() * Self::LEN });
        }
        let mut changes: Vec<Self> = Vec::with_capacity(chunks.len());
        for (at, chunk) in chunks.iter().enumerate() {
            let &[gone, tag] = chunk.as_chunks::<ENTRY>().0 else { return Err(Error::Order(at)) };
            if gone == tag || changes.last().is_some_and(|last| last.gone >= gone) {
                return Err(Error::Order(at));
            }
            changes.push(Self { gone, tag });
        }
        Ok(changes)
    }
}

impl Table {
    /// These entries, filled up with blanks to a size. Sorted and built at once: a million single
    /// insertions miss the cache each.
    pub(crate) fn filled(
        mut tags: Vec<Tag>,
        size: usize,
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Self {
        let mut blanks: Vec<Tag> = Vec::with_capacity(size.saturating_sub(tags.len()));
        while tags.len() + blanks.len() < size {
            let missing = size - tags.len() - blanks.len();
            blanks.extend(random().as_chunks::<ENTRY>().0.iter().take(missing));
        }
        tags.extend(&blanks);
        tags.sort_unstable();
        let entries: BTreeSet<Tag> = tags.into_iter().collect();
        let mut table = Self { entries, blanks };
        // One in 2^128 blanks is there already.
        while table.entries.len() < size {
            let one = blank(random);
            if table.entries.insert(one) {
                table.blanks.push(one);
            }
        }
        table
    }

    /// Takes entries out and puts others in, and gives the changes for the partner, in the order of
    /// the tags that go, filled up to a class of their own so that their number says little. On an
    /// error nothing is changed.
    pub(crate) fn apply(
        &mut self,
        gone: &[Tag],
        come: &[Tag],
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Result<Vec<Change>, Error> {
        let size = change_class(gone.len().max(come.len()));
        // What goes makes place; for the rest blanks go.
        let blanks = size - gone.len();
        if blanks > self.blanks.len() {
            return Err(Error::Full(blanks - self.blanks.len()));
        }
        let mut changes = Vec::with_capacity(size);
        let mut fresh = Vec::new();
        let (mut gone, mut come) = (gone.iter().copied(), come.iter().copied());
        while changes.len() < size {
            let out = gone
                .next()
                .unwrap_or_else(|| self.blanks.swap_remove(pick(self.blanks.len(), random)));
            let into = come.next().unwrap_or_else(|| {
                let one = blank(random);
                fresh.push(one);
                one
            });
            changes.push(Change { gone: out, tag: into });
        }
        for change in &changes {
            self.entries.remove(&change.gone);
        }
        self.entries.extend(changes.iter().map(|change| change.tag));
        // Blanks just made stay out until here: no place changes twice.
        self.blanks.append(&mut fresh);
        changes.sort_by_key(|change| change.gone);
        Ok(changes)
    }

    /// What the partner gets: entries in the order of their tags.
    pub(crate) fn published(&self) -> Published {
        Published { entries: self.entries.clone() }
    }
}

/// A partner's table as it was fetched. Without an evaluation it says nothing but its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    entries: BTreeSet<Tag>,
}

impl Published {
    /// Entries of [`ENTRY`] bytes, tags rising.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let (chunks, rest) = bytes.as_chunks::<ENTRY>();
        let expected = class(chunks.len().max(LEAST)) * ENTRY;
        if !rest.is_empty() || bytes.len() != expected {
            return Err(Error::Length { found: bytes.len(), expected });
        }
        if let Some(at) = chunks.iter().zip(chunks.iter().skip(1)).position(|(a, b)| a >= b) {
            return Err(Error::Order(at + 1));
        }
        Ok(Self { entries: chunks.iter().copied().collect() })
    }

    /// The bytes that are fetched.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.entries.iter().flatten().copied().collect()
    }

    /// Follows what the partner changed; on an error nothing is changed.
    pub fn apply(&mut self, changes: &[Change]) -> Result<(), Error> {
        let mut come = BTreeSet::new();
        for (at, change) in changes.iter().enumerate() {
            let fits = self.entries.contains(&change.gone) && !self.entries.contains(&change.tag);
            if !fits || !come.insert(change.tag) {
                return Err(Error::Order(at));
            }
        }
        for change in changes {
            self.entries.remove(&change.gone);
        }
        self.entries.append(&mut come);
        Ok(())
    }

    /// What the table says of a value. Where both stand in it a person looks.
    pub fn look(&self, mark: &Mark) -> Answer {
        match (self.entries.contains(&mark.refer), self.entries.contains(&mark.hit)) {
            (true, _) => Answer::Refer,
            (false, true) => Answer::Hit,
            (false, false) => Answer::NoHit,
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

fn blank(random: &mut dyn FnMut() -> [u8; 64]) -> Tag {
    random().first_chunk::<ENTRY>().copied().unwrap_or_default()
}

/// A place below `len`, which is not zero; of 64 bits the rest of a division is even enough.
fn pick(len: usize, random: &mut dyn FnMut() -> [u8; 64]) -> usize {
    let bytes = random();
    let number = bytes.first_chunk::<8>().map_or(0, |eight| u64::from_le_bytes(*eight));
    (number % (len as u64).max(1)) as usize
}
