//! The words in which a server wants to be asked.

use std::fmt;

use crate::client::escape;
use crate::date;

/// A page size that every server takes, as far as we know.
const SMALL: usize = 100;

/// What is different about a server, for those who look after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Quirk {
    /// It says `more` although there is nothing more.
    EndlessMore,
    /// It refuses its own cursors, at times or always.
    RefusesCursor,
    /// It does not go on by its cursors.
    IgnoresCursor,
    /// It compares dates more coarsely than it is asked.
    CoarseDates,
    /// It refuses dates with microseconds.
    RefusesFraction,
    /// It refuses to give every version; older versions than the last may be missing.
    RefusesVersions,
    /// It refuses pages of the size asked for.
    RefusesLimit,
    /// It does not say when objects were added; the manifest does.
    NoHeader,
    /// Nothing tells when objects were added: every poll reads the whole collection.
    NoDates,
    /// Its pages are not in the order in which objects were added.
    Unordered,
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndlessMore => "says that there is more when there is not",
            Self::RefusesCursor => "refuses its own cursors",
            Self::IgnoresCursor => "does not go on by its cursors",
            Self::CoarseDates => "compares dates by the second or more coarsely",
            Self::RefusesFraction => "refuses dates with microseconds",
            Self::RefusesVersions => "does not give earlier versions of objects",
            Self::RefusesLimit => "refuses pages of the size asked for",
            Self::NoHeader => "says only in its manifest when objects were added",
            Self::NoDates => "does not say when objects were added: each poll reads all",
            Self::Unordered => "gives objects in another order than that of their arrival",
        })
    }
}

/// What one request asks for, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    /// The instant behind which to ask, in microseconds.
    pub(super) after: Option<i64>,
    pub(super) next: Option<String>,
    pub(super) manner: Manner,
}

/// How a server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) versions: bool,
    pub(super) digits: usize,
    pub(super) limit: Option<usize>,
}

impl Manner {
    pub(super) fn new(limit: usize) -> Self {
        Self { versions: true, digits: 6, limit: Some(limit) }
    }

    /// How many microseconds earlier than meant a date is asked for.
    pub(super) fn slack(&self) -> i64 {
        match self.digits {
            0..3 => 1_000_000,
            3..6 => 1_000,
            _ => 0,
        }
    }

    /// What was given up on the way from another manner.
    pub(super) fn quirks(&self, from: &Self) -> impl Iterator<Item = Quirk> {
        let lost = [
            (self.versions != from.versions, Quirk::RefusesVersions),
            (self.digits != from.digits, Quirk::RefusesFraction),
            (self.limit != from.limit, Quirk::RefusesLimit),
        ];
        lost.into_iter().filter(|(lost, _)| *lost).map(|(_, quirk)| quirk)
    }
}

impl Way {
    /// The query of the request, escaped.
    pub(super) fn query(&self) -> String {
        let mut parts = Vec::new();
        if self.manner.versions {
            parts.push("match%5Bversion%5D=all".to_owned());
        }
        if let Some(limit) = self.manner.limit {
            parts.push(format!("limit={limit}"));
        }
        if let Some(after) = self.after {
            parts.push(format!("added_after={}", escape(&date::text(after, self.manner.digits))));
        }
        if let Some(next) = &self.next {
            parts.push(format!("next={}", escape(next)));
        }
        parts.join("&")
    }

    /// Other ways to ask the same after a refusal, those that give up least first. A cursor is good
    /// for the words that it was given for and for no others: it may be a place among what these
    /// let through.
    pub(super) fn others(&self, status: u16) -> Vec<Self> {
        if self.next.is_some() {
            return Vec::new();
        }
        let with = |manner| Self { manner, ..self.clone() };
        // A server that fails on a date is asked in shorter ones; else its fault is its own.
        let refused = matches!(status, 400 | 406 | 414 | 416 | 422 | 501);
        let fewer = |steps: &'static [usize]| {
            let digits = self.manner.digits;
            steps.iter().copied().filter(move |step| *step < digits)
        };
        let shorter: &[usize] = if self.after.is_some() { &[3, 0] } else { &[] };
        let digits: Vec<usize> =
            std::iter::once(self.manner.digits).chain(fewer(shorter)).collect();
        let small = self.manner.limit.filter(|limit| *limit > SMALL).map(|_| Some(SMALL));
        let mut limits = vec![self.manner.limit];
        if refused {
            limits.extend(small);
            limits.extend(self.manner.limit.map(|_| None));
        }
        let versions = if refused && self.manner.versions {
            vec![true, false]
        } else {
            vec![self.manner.versions]
        };
        let mut ways = Vec::new();
        for versions in versions {
            for limit in &limits {
                for digits in &digits {
                    let manner = Manner { versions, digits: *digits, limit: *limit };
                    ways.push(with(manner));
                }
            }
        }
        ways.retain(|way| way != self);
        ways
    }
}
