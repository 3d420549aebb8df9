//! What the store takes and gives: plain rows.

use enlace_stix::Object;
use enlace_stix::version::{Arrival, Version};
use serde::{Deserialize, Serialize};

/// Where a stored object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectState {
    /// Held: searchable and usable.
    Held,
    /// Received from a partner, not judged yet.
    Pending,
    /// Judged and refused.
    Rejected,
    /// Withdrawn by its originator; the text is gone.
    Recalled,
    /// Withdrawn by its originator, the text is kept for a legal hold alone: neither found nor shown
    /// nor usable. Only a purge ends it.
    Restricted,
}

/// An object version to keep.
#[derive(Debug, Clone)]
pub struct NewObject {
    /// STIX id, lower case.
    pub id: String,
    /// `own` or the key id of the partner it came from.
    pub channel: String,
    /// STIX type.
    pub kind: String,
    /// Version key (`Object::version`).
    pub version: String,
    /// The text as received.
    pub raw: String,
    /// Hash of the content (`Version::content`).
    pub content_hash: [u8; 32],
    /// `revoked: true`.
    pub revoked: bool,
    /// The instant of `created`, as a sort key.
    pub created: Option<String>,
    /// `created_by_ref`.
    pub creator: Option<String>,
    /// What the caller was told that the arrival means ([`crate::Store::beside`]): if it means
    /// something else by now, the whole batch is refused.
    pub foreseen: Option<Arrival>,
    /// State on arrival.
    pub state: ObjectState,
    /// Name by which people recognise it.
    pub label: String,
    /// TLP name of the object's marking, for lists.
    pub tlp: Option<String>,
    /// File or partner that it came from, for people.
    pub source: String,
    /// Arrival, microseconds since the epoch.
    pub received_us: i64,
    /// References: path and target id.
    pub refs: Vec<(String, String)>,
    /// Text to be found by: folded and stemmed by the store.
    pub search_text: String,
    /// Identifier keys: kind and normal form (`firearm-serial-k1`, `iban`).
    pub keys: Vec<(String, String)>,
}

impl NewObject {
    /// The row of an object as received: everything but channel, source, state and date follows
    /// from its text.
    pub fn of(
        object: &Object,
        channel: &str,
        source: &str,
        state: ObjectState,
        now_us: i64,
    ) -> Self {
        let Version { version, content, created, creator, revoked } = Version::of(object);
        let tlp = enlace_stix::marking::of_object(object, &|_| None).tlp;
        let refs = object.references();
        Self {
            id: object.id().to_string(),
            channel: channel.to_owned(),
            kind: object.kind().to_owned(),
            version,
            raw: object.raw().to_owned(),
            content_hash: content,
            revoked,
            created,
            creator,
            foreseen: None,
            state,
            label: object.label(),
            tlp: tlp.map(|t| t.name().to_owned()),
            source: source.to_owned(),
            received_us: now_us,
            refs: refs.into_iter().map(|r| (r.path, r.target.to_string())).collect(),
            search_text: object.search_text(),
            keys: object.identifier_keys().into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        }
    }

    /// What an arrival is judged by.
    pub fn as_version(&self) -> Version {
        Version {
            version: self.version.clone(),
            content: self.content_hash,
            created: self.created.clone(),
            creator: self.creator.clone(),
            revoked: self.revoked,
        }
    }
}

/// A stored object version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRow {
    /// Row number, ascending in the order of arrival.
    pub row: i64,
    /// STIX id.
    pub id: String,
    /// `own` or key id.
    pub channel: String,
    /// STIX type.
    pub kind: String,
    /// Version key.
    pub version: String,
    /// The text as received; empty once purged.
    pub raw: String,
    /// Withdrawn for ever.
    pub revoked: bool,
    /// State.
    pub state: ObjectState,
    /// Label.
    pub label: String,
    /// TLP name.
    pub tlp: Option<String>,
    /// Source.
    pub source: String,
    /// Arrival, microseconds.
    pub received_us: i64,
    /// Content hash, lower-case hex.
    pub content_hash: String,
}

/// An object that refers to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefRow {
    /// The referring object.
    pub object: ObjectRow,
    /// Path of the reference.
    pub path: String,
}

/// A page of search hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// The hits, best first.
    pub hits: Vec<ObjectRow>,
    /// Hits counted, at most 10,000.
    pub total: usize,
    /// Whether there are more than were counted ("10,000+").
    pub capped: bool,
}

/// Counts and sizes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Distinct objects.
    pub objects: u64,
    /// Stored versions.
    pub object_versions: u64,
    /// Distinct objects by type.
    pub by_type: std::collections::BTreeMap<String, u64>,
    /// Set aside.
    pub quarantined: u64,
    /// Bytes of the database files.
    pub bytes: u64,
    /// Blobs and their bytes.
    pub blobs: u64,
    /// Bytes of all blobs.
    pub blob_bytes: u64,
    /// Entries by log.
    pub logs: std::collections::BTreeMap<String, u64>,
}

/// Something that could not be held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Number; 0 when new.
    pub number: i64,
    /// File, feed or partner.
    pub source: String,
    /// Object id, where one could be read.
    pub object_id: Option<String>,
    /// Property path.
    pub path: String,
    /// Rule code.
    pub rule: String,
    /// What the rule wants.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The text that was refused.
    pub raw: String,
    /// When, microseconds.
    pub at_us: i64,
}

/// A small piece of the node's own state: account, session, partner, release, outbox item…
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// JSON text.
    pub body: String,
    /// Grows by one with each write.
    pub revision: i64,
    /// When a job should look at it, microseconds.
    pub due_us: Option<i64>,
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Sequence.
    pub seq: i64,
    /// `date_added`, microseconds.
    pub date_added_us: i64,
    /// STIX id.
    pub id: String,
    /// STIX type.
    pub kind: String,
    /// Version text.
    pub version: String,
    /// The sealed row.
    pub body: String,
    /// When it was first handed out, microseconds.
    pub fetched_us: Option<i64>,
}

/// A page of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberPage {
    /// Members in order.
    pub members: Vec<Member>,
    /// Whether more follow.
    pub more: bool,
}

/// The bodies of a page as one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyPage {
    /// The bodies, joined by commas.
    pub text: String,
    /// How many.
    pub count: usize,
    /// Sequences of the first and the last of them; zero where there is none.
    pub seqs: (i64, i64),
    /// `date_added` of the first and the last of them.
    pub added_us: Option<(i64, i64)>,
    /// Whether more follow.
    pub more: bool,
}

impl BodyPage {
    /// Adds a body, unless the text grows too long by it; the first always fits.
    pub(crate) fn add(&mut self, (seq, added_us): (i64, i64), body: &str, most: usize) -> bool {
        if self.count > 0 {
            if self.text.len().saturating_add(body.len()) >= most {
                return false;
            }
            self.text.push(',');
        }
        self.text.push_str(body);
        self.seqs = (if self.count == 0 { seq } else { self.seqs.0 }, seq);
        self.added_us = Some((self.added_us.map_or(added_us, |(first, _)| first), added_us));
        self.count += 1;
        true
    }
}

/// How much there is in a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Ids.
    pub objects: u64,
    /// Versions of them.
    pub versions: u64,
    /// When something was last added, microseconds.
    pub last_added_us: Option<i64>,
}

/// The mapping of an original to what one partner sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twin {
    /// Partner key id.
    pub partner: String,
    /// Lineage of the agreement.
    pub lineage: String,
    /// Id of the original.
    pub original: String,
    /// Id that the partner sees.
    pub twin: String,
    /// `created` of the twin: the first release to this partner.
    pub created: String,
    /// `modified` of the last published version.
    pub modified: String,
    /// Hash of the last published content without `modified`.
    pub content_hash: String,
    /// Collection it was published in.
    pub collection: String,
    /// Whether it was recalled.
    pub recalled: bool,
}

/// A log and its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// Count of entries.
    pub size: u64,
    /// RFC 9162 root of all entries.
    pub root: [u8; 32],
}

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Index from 0.
    pub index: u64,
    /// Commitments.
    pub entry: Vec<u8>,
    /// Values and salts, where this node keeps them.
    pub record: Option<Vec<u8>>,
}

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Size that it signs.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

/// An inconsistency that `fsck` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: table, blob or log and the row.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

/// What a store does not hold any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gone {
    /// Versions whose text was purged: channel, id, version.
    pub versions: Vec<[String; 3]>,
    /// Twins that were recalled: partner, lineage, twin.
    pub twins: Vec<[String; 3]>,
}
