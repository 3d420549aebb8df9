//! Documents on their way out: the flattened copy of an artifact (docs/design/documents.md).
//!
//! A copy is made once for each document, declared media type and version of the flattener, and is
//! kept as a record `flattened`, `SHA-256 OF THE ORIGINAL/MEDIA TYPE`: a partner who is sent the
//! document twice gets the same bytes, also after the node has moved to another processor. A
//! refusal is kept likewise. Both are deleted with the original, in the same transaction.
//!
//! What stands in `payload_bin` is a document here, and a blob that one import of ours brought in
//! together with the artifact (`blob_use.rs`). Any other artifact that names its content by `url`
//! or `hashes` is withheld: whoever can bring an object in could otherwise name the hash of any
//! file of this node and have it released, or learn that it is here.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use enlace_flatten::{Code, Flat, Limits, Refusal, VERSION, flatten};
use enlace_policy::roles::Action;
use enlace_policy::{Documents, Terms};
use enlace_release::{Candidate, Flattened};
use enlace_stix::Object;
use enlace_store::{Batch, Blobs, OWN, RecordQuery, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::blob_use::{Brought, named};
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError};

/// Longest time for one document, waiting included. The limits of the flattener bound its work;
/// this bounds what they do not foresee.
const TIME: Duration = Duration::from_secs(120);
/// How long a refusal for lack of time, or by a fault, is believed: it may be of the moment.
const BELIEVED_US: i64 = 3_600 * 1_000_000;
/// Longest document that is read from a blob, in bytes: what the flattener takes.
const LONGEST: u64 = 64 << 20;
/// Room in an object beside its content.
const BESIDE: usize = 64 << 10;
/// Longest media type that is looked at; none that we know is as long.
const LONGEST_TYPE: usize = 100;
/// Sharpness of pages; the second where the first makes a copy that is too large.
const DPI: [u32; 2] = [150, 100];
/// Code of an artifact that has no content of its own.
const NO_CONTENT: &str = "document.no-content";

/// One at a time in a process: a document may need some hundred megabytes while it is drawn.
static PLACE: Semaphore = Semaphore::const_new(1);

/// What becomes of a document under an agreement that lets flattened copies leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Document {
    /// Its copy leaves, if the object does.
    Flattened {
        /// Media type of the copy.
        mime: String,
        /// Pages of the copy; 1 for a picture or a text.
        pages: u32,
        /// Bytes of the copy.
        size: usize,
        /// What was left out or is shown otherwise (`flatten.note.…`), and how often; for our
        /// people only.
        notes: Vec<(String, u32)>,
    },
    /// It stays; for our people only.
    Withheld {
        /// Stable code (`flatten.…`, `document.…`).
        code: String,
        /// Page at fault, from 1.
        page: Option<u32>,
    },
}

/// A flattened copy to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentCopy {
    /// The copy, as a partner would get it.
    pub bytes: Vec<u8>,
    /// Its media type: PDF, PNG, JPEG, plain text or CSV.
    pub mime: String,
}

/// What is kept of a document.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// [`VERSION`] that made it.
    version: String,
    /// Until when it is believed; `None` = as long as the version is the same.
    #[serde(default)]
    until_us: Option<i64>,
    outcome: Outcome,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Flat { mime: String, pages: u32, notes: Vec<(String, u32)>, base64: String },
    Withheld { code: String, page: Option<u32> },
}

impl Node {
    /// Gives the documents of a set their copies, where the terms let flattened copies leave;
    /// answers what became of each, by the id of its artifact.
    pub(crate) async fn add_copies(
        &self,
        terms: &Terms,
        candidates: &mut [Candidate],
    ) -> Result<BTreeMap<String, Document>, NodeError> {
        let mut documents = BTreeMap::new();
        if terms.documents.leaves != Documents::Flattened {
            return Ok(documents);
        }
        for candidate in candidates.iter_mut().filter(|c| c.object.kind() == "artifact") {
            let outcome = self.flattened(&candidate.object, candidate.own).await?;
            documents.insert(candidate.object.id().to_string(), told(&outcome));
            candidate.flattened = copy(outcome)?;
        }
        Ok(documents)
    }

    /// The flattened copy of an artifact as a partner would get it, to look at before it leaves.
    /// Only for who sees the original; that somebody looked is in the log.
    pub async fn document_copy(&self, actor: &Actor, id: &str) -> Result<DocumentCopy, NodeError> {
        actor.require(Action::DryRun)?;
        actor.require(Action::ViewObject)?;
        let row = self.visible(&self.view_of(actor).await?, id).await?;
        if row.kind != "artifact" || row.raw.is_empty() {
            return Err(NodeError::not_found("document", id));
        }
        let object = Object::parse(&row.raw).map_err(|_| NodeError::Internal("held object"))?;
        let outcome = self.flattened(&object, row.channel == OWN).await?;
        let act = Act::new("consultation").by(actor).field("kind", "document");
        self.log_act(act.field("object", row.id.as_str())).await?;
        match (&outcome, copy(outcome.clone())?) {
            (_, Some(Flattened { bytes, mime })) => Ok(DocumentCopy { bytes, mime }),
            (Outcome::Withheld { code, .. }, None) => {
                let expected = "a document that can be flattened: save it as a PDF without a \
                                password, programs or layers, and import that";
                Err(NodeError::state(row.id, format!("withheld ({code})"), expected))
            }
            (Outcome::Flat { .. }, None) => Err(NodeError::Internal("flattened copy")),
        }
    }

    /// The writes that delete what was made of the documents that an object was, in one channel or
    /// in all.
    pub(crate) async fn copy_deletions(
        &self,
        id: &str,
        channel: Option<&str>,
    ) -> Result<Vec<Write>, NodeError> {
        let mut writes = Vec::new();
        let mut own = Vec::new();
        let is_artifact = id.starts_with("artifact--");
        let rows = if is_artifact { self.store.versions(id).await? } else { Vec::new() };
        for row in rows {
            let asked = channel.is_none_or(|channel| channel == row.channel);
            let object = Object::parse(&row.raw).ok().filter(|_| asked);
            let inside = object.as_ref().and_then(content);
            let inside = inside.map(|bytes| hex::encode(Sha256::digest(&bytes)));
            let sha256 = inside.or_else(|| named(object.as_ref()?).map(str::to_owned));
            let Some(sha256) = sha256 else { continue };
            let prefix = format!("{sha256}/");
            if row.channel == OWN {
                own.push(sha256);
            }
            let bucket = Bucket::FLATTENED;
            let query = RecordQuery { bucket, prefix, limit: 1_000, ..RecordQuery::default() };
            let records = self.store.records(query).await?;
            writes.extend(records.into_iter().map(|r| Write::Delete { bucket, key: r.key }));
        }
        if channel.is_none_or(|channel| channel == OWN) {
            writes.extend(self.blob_deletions(id, &own).await?);
            writes.extend(self.job_forgets(id).await?);
        }
        Ok(writes)
    }

    /// What was made of an artifact's document before, or is made now.
    /// `own`: it is ours, and so may be the blob that it names.
    async fn flattened(&self, artifact: &Object, own: bool) -> Result<Outcome, NodeError> {
        if artifact.get("encryption_algorithm").is_some() {
            return Ok(withheld(Code::Encrypted.as_str()));
        }
        let (original, sha256) = match (content(artifact), own) {
            (Some(bytes), _) => {
                let sha256 = hex::encode(Sha256::digest(&bytes));
                (Original::Inside(bytes), sha256)
            }
            (None, false) => return Ok(withheld(NO_CONTENT)),
            (None, true) => match self.brought(artifact).await? {
                None => return Ok(withheld(NO_CONTENT)),
                // It is never read whole.
                Some(Brought { size, .. }) if size > LONGEST => {
                    return Ok(withheld(Code::TooLarge.as_str()));
                }
                Some(Brought { sha256, .. }) => {
                    (Original::Blob(self.store.blobs().clone(), sha256.clone()), sha256)
                }
            },
        };
        let declared = artifact.text("mime_type").unwrap_or_default();
        let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if declared.len() > LONGEST_TYPE {
            return Ok(withheld(Code::TypeUnknown.as_str()));
        }
        let key = format!("{sha256}/{declared}");
        let known = self.store.record(Bucket::FLATTENED, &key).await?;
        let known: Option<Kept> = known.as_ref().map(record::read).transpose()?;
        let believed = |kept: &Kept| {
            kept.version == VERSION && kept.until_us.is_none_or(|until| until > self.now_us())
        };
        if let Some(known) = known.filter(believed) {
            return Ok(known.outcome);
        }
        let (outcome, momentary) = match flatten_apart(original, declared, self.limits()).await {
            Ok(Flat { bytes, mime, pages, notes }) => {
                let notes = notes.iter().map(|n| (n.code.as_str().to_owned(), n.count)).collect();
                let (mime, base64) = (mime.to_owned(), STANDARD.encode(&bytes));
                (Outcome::Flat { mime, pages, notes, base64 }, false)
            }
            Err(Refused::Document(Refusal { code, page })) => {
                let outcome = Outcome::Withheld { code: code.as_str().to_owned(), page };
                (outcome, code == Code::Fault)
            }
            Err(Refused::Time) => (withheld(Code::Work.as_str()), true),
            // Nothing was tried: the next who asks may find a free place.
            Err(Refused::Gone) => return Ok(withheld(NO_CONTENT)),
            Err(Refused::Busy) => return Ok(withheld(Code::Work.as_str())),
        };
        let until_us = momentary.then(|| self.now_us().saturating_add(BELIEVED_US));
        let kept = Kept { version: VERSION.to_owned(), until_us, outcome };
        let writes = vec![record::put(Bucket::FLATTENED, &key, &kept, None)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(kept.outcome)
    }

    /// A copy has to fit into an object that a partner's node takes.
    fn limits(&self) -> Limits {
        let limits = Limits::default();
        let room = (self.config.limits.object_bytes / 4 * 3).saturating_sub(BESIDE);
        Limits { output_bytes: room.min(limits.output_bytes), ..limits }
    }
}

/// Why there is no copy.
enum Refused {
    Document(Refusal),
    Time,
    Busy,
    /// The blob is not there, or damaged: `fsck` tells of it.
    Gone,
}

/// A document before it is flattened.
enum Original {
    Inside(Vec<u8>),
    /// Read when its turn has come: only one is in memory.
    Blob(Blobs, String),
}

/// Flattens on a thread that may block, one document at a time. Work that takes too long goes on
/// alone and keeps the place until it ends: its limits see to that.
async fn flatten_apart(
    original: Original,
    declared: String,
    limits: Limits,
) -> Result<Flat, Refused> {
    let place = tokio::time::timeout(TIME, PLACE.acquire()).await;
    let place = place.ok().and_then(Result::ok).ok_or(Refused::Busy)?;
    let bytes: Bytes = match original {
        Original::Inside(bytes) => bytes.into(),
        Original::Blob(blobs, sha256) => {
            blobs.get(&sha256).await.ok().flatten().ok_or(Refused::Gone)?
        }
    };
    let work = tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut made = Err(Code::TooLarge.into());
        for dpi in DPI {
            made = flatten(&bytes, &declared, &Limits { dpi, ..limits });
            if !matches!(made, Err(Refusal { code: Code::TooLarge, .. })) {
                break;
            }
        }
        made
    });
    match tokio::time::timeout(TIME, work).await {
        Ok(Ok(made)) => made.map_err(Refused::Document),
        Ok(Err(_)) => Err(Refused::Document(Code::Fault.into())),
        Err(_) => Err(Refused::Time),
    }
}

/// The bytes of a document.
fn content(artifact: &Object) -> Option<Vec<u8>> {
    STANDARD.decode(artifact.text("payload_bin")?).ok()
}

/// As the exit takes it.
fn copy(outcome: Outcome) -> Result<Option<Flattened>, NodeError> {
    let Outcome::Flat { mime, base64, .. } = outcome else { return Ok(None) };
    let bytes = STANDARD.decode(base64).map_err(|_| NodeError::Internal("flattened copy"))?;
    Ok(Some(Flattened { bytes, mime }))
}

/// As our people are told.
fn told(outcome: &Outcome) -> Document {
    match outcome.clone() {
        Outcome::Flat { mime, pages, notes, base64 } => {
            let padding = base64.bytes().rev().take_while(|b| *b == b'=').count();
            let size = (base64.len() / 4 * 3).saturating_sub(padding);
            Document::Flattened { mime, pages, size, notes }
        }
        Outcome::Withheld { code, page } => Document::Withheld { code, page },
    }
}

fn withheld(code: &str) -> Outcome {
    Outcome::Withheld { code: code.to_owned(), page: None }
}
