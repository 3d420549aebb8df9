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
    /// Vetting record of a partner, by key id.
    pub(crate) const VETTING: &str = "vetting";
    /// The last rounds with a partner, by key id.
    pub(crate) const ROUND: &str = "round";
    /// Named person of a partner's unit, by `partner/id`.
    pub(crate) const PERSON: &str = "person";
    /// Collection by id.
    pub(crate) const COLLECTION: &str = "collection";
    /// Plain collection by id.
    pub(crate) const PLAIN: &str = "plain";
    /// Id of a plain collection by its name.
    pub(crate) const PLAIN_NAME: &str = "plain-name";
    /// What an account may do with a plain collection, by `account/collection`.
    pub(crate) const PLAIN_GRANT: &str = "plain-grant";
    /// What became of what an account added, by the status' id; until it is due.
    pub(crate) const PLAIN_STATUS: &str = "plain-status";
    /// Feed by name.
    pub(crate) const FEED: &str = "feed";
    /// Where a feed stands, by its name.
    pub(crate) const FEED_STATE: &str = "feed-state";
    /// The last sign of life of a feed's run, by the feed's name.
    pub(crate) const FEED_BEAT: &str = "feed-beat";
    /// Release by id.
    pub(crate) const RELEASE: &str = "release";
    /// Recall by `partner/twin`.
    pub(crate) const RECALL: &str = "recall";
    /// End of retention or correction of which a partner owes us an answer, by
    /// `partner/twin/reason`.
    pub(crate) const ASKED: &str = "asked";
    /// End of the retention of what a partner has from us, by `partner/twin`; due then.
    pub(crate) const RETENTION: &str = "retention";
    /// Until when we may keep what a partner released to us, by `object/partner`; due then.
    pub(crate) const KEPT_UNTIL: &str = "kept-until";
    /// Our last answer about what a partner released to us, by `object/partner`.
    pub(crate) const GIVEN_ANSWER: &str = "given-answer";
    /// Legal hold, by `object/hold`.
    pub(crate) const LEGAL_HOLD: &str = "legal-hold";
    /// What is kept for a legal hold alone, by `object/partner`.
    pub(crate) const RESTRICTED: &str = "restricted";
    /// Message to a partner, by time and random part.
    pub(crate) const OUTBOX: &str = "outbox";
    /// Where we stand in a partner's collection, by `partner/collection`.
    pub(crate) const CURSOR: &str = "cursor";
    /// Imported file by SHA-256; page of a feed by `channel/SHA-256`.
    pub(crate) const SOURCE: &str = "source";
    /// Flattened copy of a document, by `SHA-256 of the original/declared media type`.
    pub(crate) const FLATTENED: &str = "flattened";
    /// Whose document a blob is, by `SHA-256/artifact`: who brought both in.
    pub(crate) const DOCUMENT: &str = "document";
    /// Files that brought an object and were kept as they came, by `object/SHA-256`.
    pub(crate) const FILE_OF: &str = "file-of";
    /// What keeps a blob beside its object, by `SHA-256/import`; until it is due.
    pub(crate) const PIN: &str = "pin";
    /// Blob of something erased, by SHA-256.
    pub(crate) const SWEEP: &str = "sweep";
    /// Markings that an object without any inherits from a container of its file, by object id; of
    /// what a feed brought by `channel/object`.
    pub(crate) const INHERITED: &str = "inherited";
    /// Release record that arrived, by its id.
    pub(crate) const ARRIVAL: &str = "arrival";
    /// Refused version of a message, by SHA-256 of sender and text: set aside once, however often
    /// it comes.
    pub(crate) const INTEGRITY: &str = "integrity";
    /// File that we wrote for a partner and that it has not acknowledged, by `partner/bundle`.
    pub(crate) const CARRIED: &str = "carried";
    /// File of a partner that was read, by `partner/bundle`.
    pub(crate) const BUNDLE: &str = "bundle";
    /// Warning of danger to life that we sent, by its id.
    pub(crate) const DANGER: &str = "danger";
    /// When a partner answered a warning of ours, by `warning/answer`.
    pub(crate) const DANGER_ANSWER: &str = "danger-answer";
    /// Warning of danger to life that a partner sent, by `partner/id`.
    pub(crate) const DANGER_IN: &str = "danger-in";
    /// When a partner recalled what it had released to us, by `partner/id`.
    pub(crate) const WITHDRAWN: &str = "withdrawn";
    /// Where acts stand in a log, by `log/act`; made from the log, may be deleted.
    pub(crate) const LEAF: &str = "leaf";
    /// Envelope of a paper about an agreement, by the paper's `id/version/channel`.
    pub(crate) const PAPER: &str = "paper";
    /// How many papers a partner has sent, by `day/partner/kind/day` or `about/partner/kind/thing`.
    pub(crate) const PAPER_COUNT: &str = "paper-count";
    /// How often a partner brought an act about since its leaf, by `act/partner`; due when that is
    /// summed up.
    pub(crate) const REPEATED: &str = "repeated";
    /// What people found about a paper whose key others may have had, by the paper.
    pub(crate) const JUDGED: &str = "judged";
    /// Our silent suspension of an agreement's lineage.
    pub(crate) const SILENCE: &str = "silence";
    /// What shows that a commitment of ours is met, by its id; never leaves.
    pub(crate) const EVIDENCE: &str = "evidence";
    /// Effects of an amendment on what was released before, by the amendment's id.
    pub(crate) const AMENDMENT: &str = "amendment";
    /// What changed in the consents of a partner, `partner/epoch`; what is to be looked at for it,
    /// `due/partner` or `due/partner/object`; to whom we gave one, `given/consent`.
    pub(crate) const CONSENT: &str = "consent";
    /// Request that has not left, by its id.
    pub(crate) const REQUEST: &str = "request";
    /// How many steps of a thread are ours, by the request's id: two of ours never take one place.
    pub(crate) const REQUEST_OWN: &str = "request-own";
    /// Request whose thread changed, by its id: a receipt may be owed, the limit may have moved.
    pub(crate) const REQUEST_NEWS: &str = "request-news";
    /// End of a request's limit, by its id; due then.
    pub(crate) const REQUEST_LIMIT: &str = "request-limit";
    /// Answer *nothing can be provided* that is said at its hour, by the request's id; due then.
    pub(crate) const REQUEST_NOTHING: &str = "request-nothing";
    /// Step of ours that the partner refused, with its rule, by `request/event`.
    pub(crate) const REQUEST_REFUSED: &str = "request-refused";
    /// How a partner signed a request or step of its own, by the paper's `id/version/channel`.
    pub(crate) const REQUEST_PAPER: &str = "request-paper";
    /// Template of requests, by `lineage/name`.
    pub(crate) const REQUEST_TEMPLATE: &str = "request-template";
    /// What the desk is told of a request, by `request/kind`.
    pub(crate) const REQUEST_ALERT: &str = "request-alert";
    /// Request that came and was not looked at for the owners of restricted records, by its id.
    pub(crate) const REQUEST_LOOK: &str = "request-look";
    /// Restricted record that a request may be about, by `object/request`; until it is due.
    pub(crate) const REQUEST_OWNER: &str = "request-owner";
    /// Alert that an account marked read, by `account/request/kind`.
    pub(crate) const REQUEST_READ: &str = "request-read";
    /// What a partner has of an original, by `partner/lineage/original`.
    pub(crate) const SENT: &str = "sent";
    /// A change that a partner may see, by `partner/lineage/original`; due in the partner's slot.
    pub(crate) const UPDATE: &str = "update";
    /// Compartment by id.
    pub(crate) const COMPARTMENT: &str = "compartment";
    /// Who is in which compartment, by `account/compartment`.
    pub(crate) const MEMBER: &str = "member";
    /// What hides an object, by `object/compartment` or `object/overdue`; due from when on.
    pub(crate) const VEIL: &str = "veil";
    /// Source of the register by id; sealed, only the register's passphrase opens it.
    pub(crate) const REGISTER: &str = "source-register";
    /// Who is told of an object, by the keyed hash of its id; sealed.
    pub(crate) const SOURCE_LINK: &str = "source-link";
    /// What a handler was told, by keyed hashes of handler and alert; sealed.
    pub(crate) const SOURCE_ALERT: &str = "source-alert";
    /// How far the log was read for alerts; sealed.
    pub(crate) const SOURCE_WATCH: &str = "source-watch";
    /// Hold by id.
    pub(crate) const HOLD: &str = "hold";
    /// What is held back, by `object/hold`.
    pub(crate) const HELD: &str = "held";
    /// Statuses of a protected person, by object id. Nothing that decides on a release reads it.
    pub(crate) const PROTECTED: &str = "protected";
    /// What is proposed for a set with a protected person in it, by id.
    pub(crate) const PROPOSAL: &str = "proposal";
    /// Own note, by `object/note`.
    pub(crate) const NOTE: &str = "note";
    /// Channel that rests since the node was restored, by partner.
    pub(crate) const RESTING: &str = "resting";
    /// Leaf of a channel that rests, by `partner/time`.
    pub(crate) const WAITING_LEAF: &str = "waiting-leaf";
    /// What was erased or recalled, by its name in the list (`gone.rs`), where the store itself does
    /// not show it.
    pub(crate) const GONE: &str = "gone";
    /// Backup by time.
    pub(crate) const BACKUP: &str = "backup";
    /// What a partner may ask hit or no hit, by `partner/lineage/purpose`; due in its slot.
    pub(crate) const MATCH_SET: &str = "match-set";
    /// Bytes of a set that its partner has fetched, by `SHA-256/partner/lineage/purpose`.
    pub(crate) const MATCH_FETCHED: &str = "match-fetched";
    /// Our copy of what we may ask a partner, by `partner/lineage/purpose`.
    pub(crate) const MATCH_COPY: &str = "match-copy";
    /// How many elements were evaluated, by `partner/lineage/day`; until it is due.
    pub(crate) const MATCH_QUOTA: &str = "match-quota";
    /// What was asked and found, by `object/time/random part`, `-` for a value; until it is due.
    pub(crate) const MATCH_ASKED: &str = "match-asked";
    /// How many acts of a joint case we told a partner, by `case/partner`: two never take one place.
    pub(crate) const CASE_OWN: &str = "case-own";
    /// Account that works on a joint case, by `case/account`.
    pub(crate) const CASE_MEMBER: &str = "case-member";
    /// Object of ours in our own file of a joint case, by `case/object`; never leaves.
    pub(crate) const CASE_FILED: &str = "case-filed";
    /// Until when the acts of a case are kept, by its id; due then.
    pub(crate) const CASE_END: &str = "case-end";
    /// Case whose acts were erased, by its id.
    pub(crate) const CASE_GONE: &str = "case-gone";
    /// Job by id; due when it can be worked on, or, once it is over, when it is forgotten.
    pub(crate) const JOB: &str = "job";
    /// What is told of a step of a job, by `job/objects before it`.
    pub(crate) const JOB_LINES: &str = "job-lines";
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

/// The guard that a record is still what was read, or still is not there.
pub(crate) fn as_read(bucket: &'static str, key: &str, found: Option<&Record>) -> Guard {
    let absent = || Guard::Absent { bucket, key: key.to_owned() };
    found.map_or_else(absent, |found| unchanged(bucket, found))
}
