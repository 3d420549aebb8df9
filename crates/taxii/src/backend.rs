//! What the server asks of the node behind it.

use async_trait::async_trait;
use enlace_stix::{Id, Limits};
use http::request::Parts;

use crate::query::Query;
use crate::submission::Submission;
use crate::types::{ApiRoot, Collection, Discovery, Status};

/// The node behind the routes: decides who asks and what that party sees.
///
/// A collection or object that the party may not see is [`Refused::NotFound`], exactly as if it
/// did not exist; the server adds nothing that tells the two apart.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Who asks: an account of our own or a partner.
    type Who: Send + Sync;

    /// Recognises the asker by the request's headers and by what the listener put into its
    /// extensions (the pinned partner of a client certificate).
    async fn authenticate(&self, request: &Parts) -> Result<Self::Who, Denied>;

    /// The discovery resource, see [`Discovery::of_node`].
    async fn discovery(&self, who: &Self::Who) -> Result<Discovery, Refused>;

    /// The API root resource, see [`ApiRoot::new`].
    async fn api_root(&self, who: &Self::Who) -> Result<ApiRoot, Refused>;

    /// The collections that the asker may see, in a stable order.
    async fn collections(&self, who: &Self::Who) -> Result<Vec<Collection>, Refused>;

    /// One collection.
    async fn collection(&self, who: &Self::Who, id: &str) -> Result<Collection, Refused>;

    /// A page of object bodies in the order of `date_added`, as one text; of `only` where it names
    /// an object: then `query.ids` and `query.kinds` are empty, an object that is not in the
    /// collection is [`Refused::NotFound`], and one whose versions the filters exclude is an empty
    /// page. A [`Page`] of [`Entry`] becomes one by `into`.
    async fn envelope(
        &self,
        who: &Self::Who,
        collection: &str,
        only: Option<&Id>,
        query: &Query,
    ) -> Result<Envelope, Refused>;

    /// What [`Backend::authenticate`] and then [`Backend::envelope`] of one object would answer, where
    /// the backend can tell both at once; `None` = it cannot, or the asker is not known to be let in:
    /// then both are asked, one after the other, as if nothing had been asked before.
    async fn one_object(
        &self,
        request: &Parts,
        collection: &str,
        only: &Id,
        query: &Query,
    ) -> Option<Result<Envelope, Refused>> {
        let _ = (request, collection, only, query);
        None
    }

    /// A page of what the collection holds, without bodies, in the order of `date_added`.
    async fn manifest(
        &self,
        who: &Self::Who,
        collection: &str,
        query: &Query,
    ) -> Result<Page<Record>, Refused>;

    /// A page of the versions of one object, without bodies; `query.versions` is `All`; refusals
    /// as for [`Backend::envelope`].
    async fn versions(
        &self,
        who: &Self::Who,
        collection: &str,
        object: &Id,
        query: &Query,
    ) -> Result<Page<Record>, Refused>;

    /// Whether anything can be added or deleted here at all. Where it cannot, both are refused
    /// before anything of the request but its path was looked at.
    fn writes(&self) -> bool {
        false
    }

    /// Adds objects, each by itself, and answers what became of each. Asked only of a collection
    /// that [`Backend::collection`] shows as writable; durable before it answers.
    async fn add(
        &self,
        who: &Self::Who,
        collection: &str,
        submission: Submission,
    ) -> Result<Status, Refused> {
        let _ = (who, collection, submission);
        Err(Refused::ReadOnly)
    }

    /// Deletes the versions of an object that the filters name (`query.versions` and
    /// `query.spec_versions`); [`Refused::NotFound`] where there is none. Asked only of a collection
    /// that is shown as readable and writable.
    async fn delete(
        &self,
        who: &Self::Who,
        collection: &str,
        object: &Id,
        query: &Query,
    ) -> Result<(), Refused> {
        let _ = (who, collection, object, query);
        Err(Refused::ReadOnly)
    }

    /// The status resource of an addition by this very asker.
    async fn status(&self, who: &Self::Who, id: &str) -> Result<Status, Refused> {
        let _ = (who, id);
        Err(Refused::NotFound)
    }

    /// Longest request body in bytes, as [`Backend::api_root`] announces it; a compressed one is
    /// measured as what it inflates to.
    fn max_body(&self) -> usize {
        100 << 20
    }

    /// Longest and deepest single object that is added.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Whether answers may be compressed for who accepts it. Not where the size of an answer could
    /// tell of what is not in it.
    fn compresses(&self) -> bool {
        false
    }

    /// Most items of one page; also the size of a page where the client names none.
    fn max_page(&self) -> usize {
        1000
    }
}

/// A part of a list. There is more exactly when there is a cursor to ask with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, ascending in `date_added_us`; at most [`Query::limit`].
    pub items: Vec<T>,
    /// The cursor of the next page: visible ASCII, at most 1024 bytes, authenticated by the
    /// backend that reads it again.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The member `more`: absent from an empty list, which is written `{}` (§3.7).
    pub(crate) fn more(&self) -> Option<bool> {
        (self.next.is_some() || !self.items.is_empty()).then_some(self.next.is_some())
    }
}

/// A page of bodies as one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The JSON texts of the objects, joined by commas; written as it is.
    pub objects: String,
    /// When the first and the last of them came into the collection, microseconds since the epoch;
    /// `None` = there is no object.
    pub added_us: Option<(i64, i64)>,
    /// As [`Page::next`].
    pub next: Option<String>,
}

impl From<Page<Entry>> for Envelope {
    fn from(page: Page<Entry>) -> Self {
        let dates = || page.items.iter().map(|item| item.date_added_us);
        let texts: Vec<&str> = page.items.iter().map(|item| item.raw.as_str()).collect();
        Self {
            objects: texts.join(","),
            added_us: dates().min().zip(dates().max()),
            next: page.next,
        }
    }
}

/// One object version with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it came into the collection, microseconds since the epoch.
    pub date_added_us: i64,
    /// The JSON text of the object: written as it is, neither parsed nor checked again.
    pub raw: String,
}

/// One object version without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it came into the collection, microseconds since the epoch.
    pub date_added_us: i64,
    /// The STIX id.
    pub id: String,
    /// The version as a timestamp: `modified`, else `created`, else (SCOs) `date_added`.
    pub version: String,
}

/// Why nobody was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// No credentials, or none that are known or still valid: 401.
    Unauthenticated,
    /// Too many attempts or requests: 429.
    Throttled {
        /// Seconds until it is worth asking again.
        retry_after_s: u32,
    },
    /// The node cannot tell now: 503.
    Unavailable,
}

/// Why a recognised asker gets no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Not there, or not for this asker: 404, the same bytes for both.
    NotFound,
    /// There and to be read, but nothing can be added or deleted: 403.
    ReadOnly,
    /// There, but its objects are not for this asker to read: 403.
    WriteOnly,
    /// The cursor was not made by this node, or for another collection or asker: 400.
    BadCursor,
    /// The cursor was made before a restore; the client must start again with `added_after`: 400.
    StaleCursor,
    /// The node is overloaded or shutting down: 503.
    Unavailable,
    /// A fault of the node: 500, without detail for the asker.
    Internal,
}
