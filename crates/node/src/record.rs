//! The node's own small state: records by bucket and key.

use enlace_store::{Guard, Record, Write};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::NodeError;

/// Names of the buckets.
pub(crate) struct Bucket;

impl Bucket {
    /// Account by name.
    pub(crate) const ACCOUNT: &str = "account";
    /// Session by hash of its secret.
    pub(crate) const SESSION: &str = "session";
    /// One-time link by hash of its secret.
    pub(crate) const LINK: &str = "link";
    /// Token by hash of its secret.
    pub(crate) const TOKEN: &str = "token";
    /// Partner by key id.
    pub(crate) const PARTNER: &str = "partner";
    /// Collection by id.
    pub(crate) const COLLECTION: &str = "collection";
    /// Release by id.
    pub(crate) const RELEASE: &str = "release";
    /// Recall by `partner/twin`.
    pub(crate) const RECALL: &str = "recall";
    /// Message to a partner, by time and random part.
    pub(crate) const OUTBOX: &str = "outbox";
    /// Where we stand in a partner's collection, by `partner/collection`.
    pub(crate) const CURSOR: &str = "cursor";
    /// Imported file by SHA-256.
    pub(crate) const SOURCE: &str = "source";
    /// Markings that an object without any inherits from a container of its file, by object id.
    pub(crate) const INHERITED: &str = "inherited";
    /// Release record that arrived, by its id.
    pub(crate) const ARRIVAL: &str = "arrival";
    /// Refused version of a message, by SHA-256 of sender and text: set aside once, however often
    /// it comes.
    pub(crate) const INTEGRITY: &str = "integrity";
    /// Where acts stand in a log, by `log/act`; made from the log, may be deleted.
    pub(crate) const LEAF: &str = "leaf";
    /// The node itself.
    pub(crate) const NODE: &str = "node";
}

/// A write of `body` as JSON.
pub(crate) fn put(
    bucket: &'static str,
    key: &str,
    body: &impl Serialize,
    due_us: Option<i64>,
) -> Result<Write, NodeError> {
    let body = serde_json::to_string(body).map_err(|_| NodeError::Internal("record"))?;
    Ok(Write::Put { bucket, key: key.to_owned(), body, due_us })
}

/// The body of a record.
pub(crate) fn read<T: DeserializeOwned>(record: &Record) -> Result<T, NodeError> {
    serde_json::from_str(&record.body).map_err(|_| NodeError::Internal("record"))
}

/// A guard that nobody changed the record since it was read.
pub(crate) fn unchanged(bucket: &'static str, record: &Record) -> Guard {
    Guard::Revision { bucket, key: record.key.clone(), revision: record.revision }
}
