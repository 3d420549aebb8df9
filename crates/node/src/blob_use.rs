//! Whose document a blob is, and the sweep of those that are nobody's (docs/design/documents.md).
//!
//! A blob is the document of an artifact only where one import brought both: the bytes, and in the
//! same file or made from it the object that names them. That is a record of its own, in the bucket
//! `document`. What an object says of itself, in `url` or `hashes`, opens no blob and keeps none.
//!
//! While an import is under way its blobs are pinned, by a record that is on disk before they are:
//! no sweep takes what is written and not yet named.

use enlace_import::{Blob, Outcome};
use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_store::{Batch, OWN, RecordQuery, Sweep, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// How long an import that was cut off keeps its blobs; none takes as long.
const PINNED_US: i64 = 24 * 3_600 * 1_000_000;
/// Most blobs of one round.
const MOST: usize = 1_000;

/// The document of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Brought {
    /// Name of the blob, its SHA-256.
    #[serde(skip)]
    pub(crate) sha256: String,
    /// Its bytes.
    pub(crate) size: u64,
}

/// Blobs of an import under way.
#[derive(Debug, Default)]
pub(crate) struct Pinned {
    pins: Vec<String>,
    names: Vec<String>,
}

impl Node {
    /// Writes the documents of an import to disk before the rows that name them, and remembers of
    /// which artifacts of the same import they are the documents.
    pub(crate) async fn keep_documents(&self, outcome: &Outcome) -> Result<Pinned, NodeError> {
        let mut pinned = Pinned::default();
        if outcome.blobs.is_empty() {
            return Ok(pinned);
        }
        let until = self.now_us().saturating_add(PINNED_US);
        let mut writes = Vec::new();
        for blob in &outcome.blobs {
            let pin = format!("{}/{}", blob.sha256, clock::new_uuid()?);
            writes.push(record::put(Bucket::PIN, &pin, &(), Some(until))?);
            pinned.pins.push(pin);
            pinned.names.push(blob.sha256.clone());
        }
        self.store.commit(Batch { guards: vec![], writes }).await?;
        let mut writes = Vec::new();
        for blob in &outcome.blobs {
            let sha256 = self.store.blobs().put(blob.bytes.clone()).await?;
            let size = blob.bytes.len() as u64;
            for artifact in artifacts(outcome, &sha256) {
                let key = format!("{sha256}/{}", artifact.id());
                if self.store.record(Bucket::DOCUMENT, &key).await?.is_none() {
                    let brought = Brought { sha256: sha256.clone(), size };
                    writes.push(record::put(Bucket::DOCUMENT, &key, &brought, None)?);
                }
            }
            writes.push(Write::Blob { sha256, size });
        }
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(pinned)
    }

    /// The import is over: what it made keeps its blobs from now on, or nothing does.
    pub(crate) async fn unpin(&self, pinned: Pinned, outcome: &Outcome) -> Result<(), NodeError> {
        if pinned.pins.is_empty() {
            return Ok(());
        }
        let mut writes = Vec::new();
        for blob in &outcome.blobs {
            if artifacts(outcome, &blob.sha256).next().is_none() {
                self.keep_file(blob, outcome, &mut writes).await?;
            }
        }
        let bucket = Bucket::PIN;
        writes.extend(pinned.pins.into_iter().map(|key| Write::Delete { bucket, key }));
        self.store.commit(Batch { guards: vec![], writes }).await?;
        // The same file again, of which something was erased: it does not come back.
        self.sweep_names(Some(pinned.names)).await?;
        Ok(())
    }

    /// A file as it was received stays as long as nothing of what it brought is erased.
    async fn keep_file(
        &self,
        blob: &Blob,
        outcome: &Outcome,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let pin = file_pin(&blob.sha256);
        if self.store.record(Bucket::PIN, &pin).await?.is_some() {
            return Ok(());
        }
        let mut uses = vec![record::put(Bucket::PIN, &pin, &(), None)?];
        for imported in &outcome.objects {
            let id = imported.object.id().as_str();
            let row = self.store.object(id, Some(OWN)).await?;
            if row.is_some_and(|row| row.raw.is_empty()) {
                return Ok(());
            }
            let key = format!("{id}/{}", blob.sha256);
            uses.push(record::put(Bucket::FILE_OF, &key, &(), None)?);
        }
        writes.extend(uses);
        Ok(())
    }

    /// The document of an artifact of our own that has none inside: only what was brought with it.
    pub(crate) async fn brought(&self, artifact: &Object) -> Result<Option<Brought>, NodeError> {
        let Some(sha256) = named(artifact) else { return Ok(None) };
        let key = format!("{sha256}/{}", artifact.id());
        let found = self.store.record(Bucket::DOCUMENT, &key).await?;
        let found: Option<Brought> = found.as_ref().map(record::read).transpose()?;
        Ok(found.map(|brought| Brought { sha256: sha256.to_owned(), ..brought }))
    }

    /// The writes that take the blobs of an object away with it: the documents `of_object`, by
    /// SHA-256, and the files that brought it. [`Node::sweep_queued`] comes after them.
    pub(crate) async fn blob_deletions(
        &self,
        id: &str,
        of_object: &[String],
    ) -> Result<Vec<Write>, NodeError> {
        let mut writes = Vec::new();
        for sha256 in of_object {
            let (bucket, key) = (Bucket::DOCUMENT, format!("{sha256}/{id}"));
            if self.store.record(bucket, &key).await?.is_some() {
                writes.push(Write::Delete { bucket, key });
                writes.push(record::put(Bucket::SWEEP, sha256, &(), None)?);
            }
        }
        let (bucket, prefix) = (Bucket::FILE_OF, format!("{id}/"));
        let query = RecordQuery { bucket, prefix, limit: MOST, ..RecordQuery::default() };
        for found in self.store.records(query).await? {
            let sha256 = found.key.rsplit('/').next().unwrap_or_default();
            writes.push(Write::Delete { bucket: Bucket::PIN, key: file_pin(sha256) });
            writes.push(record::put(Bucket::SWEEP, sha256, &(), None)?);
            writes.push(Write::Delete { bucket, key: found.key });
        }
        Ok(writes)
    }

    /// Sweeps the blobs of what was erased. A round that fails is made up for by the next.
    pub async fn sweep_queued(&self) -> Result<(), NodeError> {
        let bucket = Bucket::SWEEP;
        let query = RecordQuery { bucket, limit: MOST, ..RecordQuery::default() };
        let queued = self.store.records(query).await?;
        if queued.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = queued.into_iter().map(|record| record.key).collect();
        self.sweep_names(Some(names.clone())).await?;
        let done = names.into_iter().map(|key| Write::Delete { bucket, key });
        self.store.commit(Batch { guards: vec![], writes: done.collect() }).await?;
        Ok(())
    }

    /// Takes away every blob that is nobody's document; answers how many. An act of its own.
    pub async fn sweep(&self, actor: &Actor) -> Result<usize, NodeError> {
        actor.require(Action::Health)?;
        let gone = self.sweep_names(None).await?;
        if gone > 0 {
            let act = Act::new("erasure").by(actor).field("reason", "sweep");
            self.log_act(act.field("documents", gone)).await?;
        }
        Ok(gone)
    }

    async fn sweep_names(&self, names: Option<Vec<String>>) -> Result<usize, NodeError> {
        let (uses, pins, now_us) = (Bucket::DOCUMENT, Bucket::PIN, self.now_us());
        Ok(self.store.sweep(Sweep { names, uses, pins, now_us }).await?.len())
    }
}

/// The SHA-256 by which an artifact names its content, where it has none inside.
pub(crate) fn named(artifact: &Object) -> Option<&str> {
    let inside = artifact.get("payload_bin").is_some();
    let sha256 = artifact.text("url").filter(|_| !inside)?.strip_prefix("urn:sha256:")?;
    (artifact.kind() == "artifact" && sha256_of(artifact) == Some(sha256)).then_some(sha256)
}

fn sha256_of(artifact: &Object) -> Option<&str> {
    artifact.get("hashes")?.get("SHA-256")?.as_str()
}

/// The artifacts of an import whose document these bytes are.
fn artifacts<'o>(outcome: &'o Outcome, sha256: &'o str) -> impl Iterator<Item = &'o Object> {
    let objects = outcome.objects.iter().map(|imported| &imported.object);
    objects.filter(move |o| o.kind() == "artifact" && sha256_of(o) == Some(sha256))
}

/// What keeps a file as it was received.
fn file_pin(sha256: &str) -> String {
    format!("{sha256}/file")
}
