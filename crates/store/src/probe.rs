//! A look at a store that changes nothing: no schema is brought up to date, nothing is made.

use crate::carry::Place;
use crate::{StoreError, postgres, sqlite};

/// What a look tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// Schema of the store; none where there is no store yet.
    pub schema: Option<i64>,
    /// Newest schema of this program.
    pub known: i64,
    /// The latest date that was given to a member of a collection, microseconds.
    pub last_added_us: Option<i64>,
    /// Heads of collections and logs that do not fit what they head.
    pub wrong_heads: u64,
    /// Settings of the server; empty for a folder.
    pub settings: Vec<(String, String)>,
}

/// Settings of a server on which it depends that what is acknowledged stays.
pub(crate) const SETTINGS: [&str; 4] =
    ["server_version_num", "fsync", "full_page_writes", "synchronous_commit"];

/// Beside those settings: how the connection goes, the version of TLS where it has one.
pub const WAY: &str = "connection";

/// Collections and logs whose head is another than their last row.
pub(crate) const WRONG_HEADS: &str = "
    SELECT (SELECT count(*) FROM log l WHERE l.size <>
              (SELECT coalesce(max(e.idx) + 1, 0) FROM log_entry e WHERE e.log = l.number))
         + (SELECT count(*) FROM collection c WHERE c.last_seq < 
              (SELECT coalesce(max(m.seq), 0) FROM member m WHERE m.collection = c.collection))";

/// Looks at the store in a place.
///
/// # Errors
/// [`StoreError::Absent`] and [`StoreError::Unreachable`] where there is nothing to look at; else
/// what the database refused.
pub async fn look(place: &Place) -> Result<Probe, StoreError> {
    match place {
        Place::Folder(folder) => sqlite::probe(folder),
        Place::Server { url, .. } => postgres::probe(url).await,
    }
}
