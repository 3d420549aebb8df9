//! The logs as folders that anybody can check: checkpoint, export, verify.

use std::collections::BTreeMap;
use std::path::Path;

use enlace_keys::Card;
use enlace_ledger::export::{INDEX, Index, IndexEntry, LogExport};
use enlace_ledger::note::{Note, VerifierKey};
use enlace_ledger::tree::leaf_hash;
use enlace_ledger::verify::{Bad, Files, LogVerdict, verify_all};
use enlace_policy::roles::Action;
use enlace_store::Batch;
use serde::Serialize;

use crate::cosign::{cosigner, origin};
use crate::ledger_log::{Act, NODE_LOG, ours, theirs};
use crate::{Actor, Node, NodeError};

const CHUNK: usize = 4096;

/// A log that was signed.
#[derive(Debug, Clone, Serialize)]
pub struct SignedLog {
    /// Name of the log.
    pub log: String,
    /// Entries.
    pub size: u64,
    /// Root, hex.
    pub root: String,
    /// The signed note.
    pub note: String,
}

/// The verdict on one log.
#[derive(Debug, Clone, Serialize)]
pub struct Verified {
    /// Folder of the log.
    pub log: String,
    /// Whether everything holds.
    pub ok: bool,
    /// Entries.
    pub size: u64,
    /// Root, hex.
    pub root: String,
    /// The first place that is wrong; its file counts from the export folder.
    pub first_bad: Option<Bad>,
}

/// One log with who signs it.
struct Listed {
    name: String,
    dir: String,
    origin: String,
    keys: Vec<VerifierKey>,
}

impl Node {
    /// Commits the channel logs' roots to the node log and signs every log of ours.
    pub async fn checkpoint(&self, actor: &Actor) -> Result<Vec<SignedLog>, NodeError> {
        actor.require(Action::LedgerExport)?;
        for (key_id, _) in self.partners().await? {
            let state = self.store.log(&ours(&key_id)).await?;
            if state.size > 0 {
                let act = Act::new("channel-root").field("partner", key_id.as_str());
                let act = act.field("size", state.size).field("root", hex::encode(state.root));
                let writes = vec![self.node_leaf(act)?];
                self.store.commit(Batch { guards: vec![], writes }).await?;
            }
        }
        let mut signed = Vec::new();
        for listed in self.own_logs().await? {
            let note = self.signed_checkpoint(&listed.name, &listed.origin).await?;
            let state = self.store.log(&listed.name).await?;
            signed.push(SignedLog {
                log: listed.dir,
                size: state.size,
                root: hex::encode(state.root),
                note: note.to_string(),
            });
        }
        Ok(signed)
    }

    /// Writes all logs to a new or empty folder; returns the count of files.
    pub async fn export(&self, actor: &Actor, dir: &Path) -> Result<usize, NodeError> {
        actor.require(Action::LedgerExport)?;
        let fault =
            |path: &Path, source| NodeError::File { path: path.display().to_string(), source };
        std::fs::create_dir_all(dir).map_err(|e| fault(dir, e))?;
        if std::fs::read_dir(dir).map_err(|e| fault(dir, e))?.next().is_some() {
            let place = dir.display().to_string();
            return Err(NodeError::input("ledger.folder", "not empty", place, "a new folder"));
        }
        let files = self.export_files().await?;
        for (path, bytes) in &files {
            let path = dir.join(path);
            if let Some(above) = path.parent() {
                std::fs::create_dir_all(above).map_err(|e| fault(above, e))?;
            }
            write_private(&path, bytes).map_err(|e| fault(&path, e))?;
        }
        Ok(files.len())
    }

    /// Verifies the node's own logs as they stand in the store.
    pub async fn verify(&self, actor: &Actor) -> Result<Vec<Verified>, NodeError> {
        actor.require(Action::LedgerRead)?;
        let files = self.export_files().await?;
        verdicts(&files, None)
    }

    /// Every file of an export.
    async fn export_files(&self) -> Result<BTreeMap<String, Vec<u8>>, NodeError> {
        let mut files = BTreeMap::new();
        let mut index = Vec::new();
        let mut logs = self.own_logs().await?;
        logs.extend(self.mirrored_logs().await?);
        for listed in logs {
            let note = match listed.name.ends_with("/theirs") {
                true => self.kept_checkpoint(&listed.name).await?,
                false => self.signed_checkpoint(&listed.name, &listed.origin).await?,
            };
            let signed = note.verify(&listed.keys).map_err(|_| NodeError::Internal("own log"))?;
            let has =
                |k: &VerifierKey| signed.iter().any(|s| s.name == k.name() && s.kind == k.kind());
            let vkeys = listed.keys.iter().filter(|k| has(k)).cloned().collect();
            for (path, bytes) in self.log_files(&listed.name, &note).await? {
                files.insert(format!("{}/{path}", listed.dir), bytes);
            }
            index.push(IndexEntry { dir: listed.dir, origin: listed.origin, vkeys });
        }
        let index = Index::new(index).map_err(|_| NodeError::Internal("index of logs"))?;
        files.insert(INDEX.to_owned(), index.to_bytes());
        Ok(files)
    }

    async fn log_files(&self, log: &str, note: &Note) -> Result<Vec<(String, Vec<u8>)>, NodeError> {
        let too_long = |_| NodeError::Internal("log entry");
        let size = self.checkpoint_size(note)?;
        let (mut export, mut files, mut next) = (LogExport::new(), Vec::new(), 0);
        while next < size {
            let limit = CHUNK.min(usize::try_from(size - next).unwrap_or(CHUNK));
            let chunk = self.store.log_entries(log, next, limit).await?;
            if chunk.is_empty() {
                break;
            }
            next += chunk.len() as u64;
            for e in chunk {
                let leaf = leaf_hash(&e.entry);
                let done = export.push(leaf, &e.entry, e.record.as_deref());
                files.extend(done.map_err(too_long)?);
            }
        }
        files.extend(export.finish(&note.to_string()));
        Ok(files)
    }

    pub(crate) fn checkpoint_size(&self, note: &Note) -> Result<u64, NodeError> {
        let checkpoint = enlace_ledger::note::Checkpoint::parse(note.text());
        Ok(checkpoint.map_err(|_| NodeError::Internal("checkpoint"))?.size)
    }

    async fn kept_checkpoint(&self, log: &str) -> Result<Note, NodeError> {
        let kept = self.store.checkpoints(log, 1).await?.into_iter().next();
        let kept = kept.ok_or(NodeError::Internal("mirrored log without a checkpoint"))?;
        Note::parse(&kept.note).map_err(|_| NodeError::Internal("kept checkpoint"))
    }

    /// The node log and our half of every channel.
    async fn own_logs(&self) -> Result<Vec<Listed>, NodeError> {
        let own = self.own_log_key()?;
        let mut logs = vec![Listed {
            name: NODE_LOG.to_owned(),
            dir: "node".to_owned(),
            origin: self.keys.log_origin(),
            keys: vec![own.clone()],
        }];
        for (key_id, partner) in self.partners().await? {
            if self.store.log(&ours(&key_id)).await?.size == 0 {
                continue;
            }
            let mut keys = vec![own.clone()];
            keys.extend(cosigner(&partner.card()?));
            logs.push(Listed {
                name: ours(&key_id),
                dir: format!("channel/{}/ours", short(&key_id)),
                origin: self.channel_origin(&key_id),
                keys,
            });
        }
        Ok(logs)
    }

    /// Partners' halves that we mirror.
    async fn mirrored_logs(&self) -> Result<Vec<Listed>, NodeError> {
        let own = self.own_log_key()?;
        let own =
            VerifierKey::new(own.name(), enlace_ledger::note::KeyKind::Cosignature, *own.key())
                .map_err(|_| NodeError::Internal("own log key"))?;
        let mut logs = Vec::new();
        for (key_id, partner) in self.partners().await? {
            if self.store.log(&theirs(&key_id)).await?.size == 0 {
                continue;
            }
            let key: VerifierKey =
                partner.card()?.log_key.parse().map_err(|_| NodeError::Internal("log key"))?;
            logs.push(Listed {
                name: theirs(&key_id),
                dir: format!("channel/{}/theirs", short(&key_id)),
                origin: origin(&key_id, self.key_id()),
                keys: vec![key, own.clone()],
            });
        }
        Ok(logs)
    }

    pub(crate) fn own_log_key(&self) -> Result<VerifierKey, NodeError> {
        self.keys.log_verifier_key().parse().map_err(|_| NodeError::Internal("own log key"))
    }
}

fn short(key_id: &str) -> String {
    key_id.chars().take(16).collect()
}

/// Writes a file that only its owner reads: records hold what people searched for.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}

/// Verifies an export folder offline. With cards, every key that signed must be on one of them;
/// without, the folder only proves that whoever wrote it holds the keys that it names.
pub fn verify_folder(dir: &Path, cards: &[String]) -> Result<Vec<Verified>, NodeError> {
    let mut trusted = Vec::new();
    for text in cards {
        let bad =
            |e: String| NodeError::input("ledger.card", e, "--card", "the text of `enlace card`");
        let card = Card::parse(text).map_err(|e| bad(e.to_string()))?;
        let key: VerifierKey = card.log_key.parse().map_err(|_| bad(card.log_key.clone()))?;
        trusted.extend(cosigner(&card));
        trusted.push(key);
    }
    verdicts(&Folder { dir }, Some(trusted.as_slice()).filter(|t| !t.is_empty()))
}

fn verdicts(
    files: &impl Files,
    trusted: Option<&[VerifierKey]>,
) -> Result<Vec<Verified>, NodeError> {
    let verdict = verify_all(files, trusted).map_err(|e| NodeError::File {
        path: e.file.clone(),
        source: std::io::Error::other(e.reason),
    })?;
    let mut verified: Vec<Verified> = verdict.logs.into_iter().map(Verified::from).collect();
    if let Some(bad) = verdict.first_bad
        && verified.iter().all(|v| v.ok)
    {
        let log = INDEX.to_owned();
        verified.push(Verified {
            log,
            ok: false,
            size: 0,
            root: String::new(),
            first_bad: Some(bad),
        });
    }
    Ok(verified)
}

impl From<LogVerdict> for Verified {
    fn from(found: LogVerdict) -> Self {
        let verdict = found.verdict;
        let (ok, size, root) = (verdict.ok, verdict.size, verdict.root);
        Self { log: found.dir, ok, size, root, first_bad: verdict.first_bad }
    }
}

/// A folder on disk.
struct Folder<'a> {
    dir: &'a Path,
}

impl Files for Folder<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match std::fs::read(self.dir.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.to_string()),
        }
    }

    fn list(&self) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        walk(self.dir, self.dir, &mut found)?;
        Ok(found)
    }
}

fn walk(root: &Path, dir: &Path, found: &mut Vec<String>) -> Result<(), String> {
    for entry in std::fs::read_dir(dir).map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.is_dir() {
            walk(root, &path, found)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            let parts: Vec<_> =
                relative.components().map(|c| c.as_os_str().to_string_lossy()).collect();
            found.push(parts.join("/"));
        }
    }
    Ok(())
}
