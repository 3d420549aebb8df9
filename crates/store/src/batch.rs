//! One transaction: guards that must hold and writes that are kept together.

use enlace_stix::version::Arrival;

use crate::row::{NewObject, ObjectState, Quarantined, Twin};

/// One transaction.
#[derive(Debug, Default)]
pub struct Batch {
    /// Checked first; the first that fails refuses the whole batch.
    pub guards: Vec<Guard>,
    /// Applied in order.
    pub writes: Vec<Write>,
}

/// A condition on the state before the batch.
#[derive(Debug, Clone)]
pub enum Guard {
    /// The record does not exist.
    Absent {
        /// Bucket of the record.
        bucket: &'static str,
        /// Its key.
        key: String,
    },
    /// The record exists at this revision.
    Revision {
        /// Bucket of the record.
        bucket: &'static str,
        /// Its key.
        key: String,
        /// The revision that was read.
        revision: i64,
    },
    /// The log has exactly this size.
    LogSize {
        /// Name of the log.
        log: String,
        /// Expected count of entries.
        size: u64,
    },
    /// All these members are there and none of them was handed out.
    Unseen {
        /// The collection.
        collection: String,
        /// Their sequences.
        seqs: Vec<i64>,
    },
    /// Of each id the newest member of this version, compared as instants, has exactly this
    /// sequence; `None` = there is no such member. An empty version stands for any.
    Newest {
        /// The collection.
        collection: String,
        /// Id, version, sequence.
        of: Vec<(String, String, Option<i64>)>,
    },
}

/// One change.
#[derive(Debug, Clone)]
pub enum Write {
    /// Keeps an object version, judged by those of the same object in the same channel alone
    /// (`enlace_stix::version::arrival`): [`Outcome::New`], [`Outcome::Known`] (the same content) or
    /// [`Outcome::Refused`] (nothing is kept by this write). What is older than a purged version is
    /// kept without text.
    Object(Box<NewObject>),
    /// Moves one version of an object in a channel, or every one, to another state:
    /// [`Outcome::Done`] or [`Outcome::Missing`]. Versions that were purged or restricted stay as
    /// they are.
    State {
        /// The channel.
        channel: String,
        /// The object.
        id: String,
        /// The version; `None` = every one.
        version: Option<String>,
        /// The new state.
        state: ObjectState,
    },
    /// Removes the text of every version of an object in a channel, its references and search
    /// rows; the row stays with state [`ObjectState::Recalled`], without label and source:
    /// [`Outcome::Done`] or [`Outcome::Missing`].
    Purge {
        /// The channel.
        channel: String,
        /// The object.
        id: String,
    },
    /// As [`Write::Purge`], of every version but the current one: it corrects them.
    PurgeEarlier {
        /// The channel.
        channel: String,
        /// The object.
        id: String,
    },
    /// Removes the texts of what was set aside of an object and came from this source; that it was
    /// set aside, and by which rule, stays: [`Outcome::Done`] or [`Outcome::Missing`].
    PurgeAside {
        /// The source, as the rows name it.
        source: String,
        /// The object.
        id: String,
    },
    /// Sets aside what could not be held, with the reason.
    Quarantine(Box<Quarantined>),
    /// Writes a record (insert or replace; the revision grows by one and never repeats, not even
    /// after a delete).
    Put {
        /// Bucket.
        bucket: &'static str,
        /// Key inside the bucket.
        key: String,
        /// JSON text, opaque to the store.
        body: String,
        /// When a job should look at it, microseconds since the epoch.
        due_us: Option<i64>,
    },
    /// Deletes a record: [`Outcome::Done`] or [`Outcome::Missing`].
    Delete {
        /// Bucket.
        bucket: &'static str,
        /// Key.
        key: String,
    },
    /// Appends a version to a collection: [`Outcome::Member`] with its sequence and date.
    Publish {
        /// The collection.
        collection: String,
        /// Id of what is published.
        id: String,
        /// Its STIX type.
        kind: String,
        /// `modified` (or `created`) as text, for `match[version]` and manifests; of what has
        /// neither it is empty here and becomes `date_added`.
        version: String,
        /// The text or the sealed row; opaque.
        body: String,
        /// The clock, microseconds; `date_added` = max(now, last + 1 µs).
        now_us: i64,
    },
    /// Removes every version of an id from a collection: [`Outcome::Withdrawn`].
    Withdraw {
        /// The collection.
        collection: String,
        /// The id.
        id: String,
    },
    /// Removes single versions from a collection: [`Outcome::Withdrawn`]. First and last of their
    /// ids are judged anew among the rest.
    WithdrawVersions {
        /// The collection.
        collection: String,
        /// Their sequences.
        seqs: Vec<i64>,
    },
    /// Remembers that members were handed out; the first time counts.
    Fetched {
        /// The collection.
        collection: String,
        /// The sequences handed out.
        seqs: Vec<i64>,
        /// When, microseconds.
        now_us: i64,
    },
    /// Keeps or replaces a twin mapping.
    Twin(Box<Twin>),
    /// Forgets a twin mapping, of what never left: [`Outcome::Done`] or [`Outcome::Missing`].
    Untwin {
        /// Key id of the partner.
        partner: String,
        /// Agreement lineage.
        lineage: String,
        /// Id of the original.
        original: String,
    },
    /// Appends an entry to a log: [`Outcome::Leaf`] with its index.
    Leaf {
        /// Name of the log: `node`, `channel/<key id>/ours`, `channel/<key id>/theirs`.
        log: String,
        /// The entry (commitments); hashed as RFC 9162 leaf.
        entry: Vec<u8>,
        /// Values and salts, kept apart; `None` for a partner's entries.
        record: Option<Vec<u8>>,
    },
    /// Keeps a signed checkpoint of a log. Nothing is overwritten: two notes of one size are both
    /// evidence.
    Checkpoint {
        /// Name of the log.
        log: String,
        /// The size that it signs.
        size: u64,
        /// The signed note with all signatures.
        note: String,
    },
    /// Names a blob that [`crate::Blobs::put`] has made durable: [`Outcome::New`] or
    /// [`Outcome::Known`]. Refuses the batch when the blob is not there with this size.
    Blob {
        /// The name that `put` answered.
        sha256: String,
        /// Its size in bytes.
        size: u64,
    },
}

/// What became of one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new object version is kept.
    New,
    /// The same content was kept before.
    Known,
    /// The version breaks a rule beside those that are kept; they stay.
    Refused(Arrival),
    /// Done.
    Done,
    /// There was nothing to change.
    Missing,
    /// Published.
    Member {
        /// Sequence in the collection, from 1 without gaps.
        seq: i64,
        /// `date_added`, microseconds since the epoch.
        date_added_us: i64,
    },
    /// Withdrawn.
    Withdrawn {
        /// Versions removed.
        versions: usize,
        /// Whether any of them had been handed out.
        fetched: bool,
    },
    /// Logged.
    Leaf {
        /// Index in the log, from 0.
        index: u64,
    },
}
