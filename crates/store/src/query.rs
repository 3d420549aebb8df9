//! Bounded questions to a store.

use crate::instant::instant;
use crate::row::ObjectState;

/// Which objects to list.
#[derive(Debug, Clone, Default)]
pub struct ObjectQuery {
    /// STIX types; empty = all.
    pub kinds: Vec<String>,
    /// Channel; `None` = all.
    pub channel: Option<String>,
    /// State; `None` = all.
    pub state: Option<ObjectState>,
    /// Continue behind this row number.
    pub after: Option<i64>,
    /// At most this many.
    pub limit: usize,
}

/// What a question does not see: objects of which a record `ID/REASON` of the bucket is due, for a
/// reason that is not lifted. The default hides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Veil {
    /// The bucket; empty = nothing is hidden.
    pub bucket: &'static str,
    /// Reasons that hide nothing from who asks.
    pub lifted: Vec<String>,
    /// The clock, microseconds: a record hides from its `due_us` on.
    pub now_us: i64,
}

/// Which blobs are looked at, and what keeps them.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// SHA-256 of the blobs; `None` = all of them.
    pub names: Option<Vec<String>>,
    /// Bucket of records `SHA-256/OBJECT ID`: the blob is the document of this object, and stays
    /// while any version of it in [`crate::OWN`] has its text.
    pub uses: &'static str,
    /// Bucket of records `SHA-256/ANYTHING`: the blob stays until the record is due, without
    /// `due_us` until it is deleted.
    pub pins: &'static str,
    /// The clock, microseconds.
    pub now_us: i64,
}

/// A full-text question.
#[derive(Debug, Clone, Default)]
pub struct SearchQuery {
    /// What the user typed; words are folded and stemmed, all must occur; `word*` is a prefix.
    pub text: String,
    /// STIX types; empty = all.
    pub kinds: Vec<String>,
    /// What is neither found nor counted.
    pub veil: Veil,
    /// Hits to skip.
    pub offset: usize,
    /// At most this many.
    pub limit: usize,
}

/// A record as it was when something was judged by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchanged {
    /// Its bucket.
    pub bucket: &'static str,
    /// Its key.
    pub key: String,
    /// Its revision then. No later content of this key has the same.
    pub revision: i64,
}

/// Which records to list.
#[derive(Debug, Clone, Default)]
pub struct RecordQuery {
    /// The bucket.
    pub bucket: &'static str,
    /// Only keys that begin so.
    pub prefix: String,
    /// Continue behind this key.
    pub after: Option<String>,
    /// Only records due at or before this time (microseconds), soonest first.
    pub due_before_us: Option<i64>,
    /// At most this many.
    pub limit: usize,
}

/// `match[version]` of TAXII 2.1 §3.4.1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VersionFilter {
    /// The latest version of each object (the default).
    #[default]
    Last,
    /// The earliest version of each object.
    First,
    /// Every version.
    All,
    /// The versions with one of these texts, compared as instants: digits do not matter.
    Exactly(Vec<String>),
}

/// A page of a collection.
#[derive(Debug, Clone, Default)]
pub struct MemberQuery {
    /// The collection.
    pub collection: String,
    /// Only members behind this sequence (cursor).
    pub after_seq: Option<i64>,
    /// Only members added later than this (microseconds).
    pub added_after_us: Option<i64>,
    /// Ids; empty = all.
    pub ids: Vec<String>,
    /// Types; empty = all.
    pub kinds: Vec<String>,
    /// Versions, joined by "or" and judged within the whole collection; empty = last.
    pub versions: Vec<VersionFilter>,
    /// The collection as it was to its reader at this instant (microseconds): of what was added
    /// until then only what was handed out; first and last are judged among those and what came
    /// later. `None` = everything.
    pub handed_out_until_us: Option<i64>,
    /// Only what was never handed out.
    pub not_handed_out: bool,
    /// Members with an empty body, which is not read: for lists of what there is.
    pub without_bodies: bool,
    /// At most this many.
    pub limit: usize,
}

impl MemberQuery {
    /// The id, if the question is about the last version of one object and nothing else: the first
    /// row of its index from the end.
    pub(crate) fn one_last(&self) -> Option<&str> {
        let [id] = self.ids.as_slice() else { return None };
        let bounds = self.after_seq.is_some()
            || self.added_after_us.is_some()
            || self.handed_out_until_us.is_some()
            || self.not_handed_out
            || self.without_bodies
            || self.limit == 0;
        let narrowed = bounds || !self.kinds.is_empty();
        (!narrowed && Versions::of(&self.versions).last_only()).then_some(id)
    }
}

/// The version filters of a query, joined by "or". None = last (TAXII 2.1 §3.4.1).
#[derive(Debug)]
pub(crate) struct Versions {
    pub(crate) all: bool,
    pub(crate) first: bool,
    pub(crate) last: bool,
    /// Sort forms of texts.
    pub(crate) exact: Vec<String>,
}

impl Versions {
    pub(crate) fn of(filters: &[VersionFilter]) -> Self {
        let mut versions =
            Self { all: false, first: false, last: filters.is_empty(), exact: Vec::new() };
        for filter in filters {
            match filter {
                VersionFilter::All => versions.all = true,
                VersionFilter::First => versions.first = true,
                VersionFilter::Last => versions.last = true,
                VersionFilter::Exactly(texts) => {
                    versions.exact.extend(texts.iter().map(|text| instant(text).to_owned()));
                }
            }
        }
        versions
    }

    pub(crate) fn last_only(&self) -> bool {
        self.last && !self.first && !self.all && self.exact.is_empty()
    }

    pub(crate) fn names_exact(&self) -> bool {
        !self.all && !self.exact.is_empty()
    }
}
