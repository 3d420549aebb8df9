//! The list of what must not come back, kept beside backups: erasures, recalls and stops.
//!
//! Every name in it is a keyed hash; the list says how much went, not what. It is written anew, whole,
//! into the node's folder and every folder that a backup was written to.
//!
//! ```text
//! enlace-erasures 1 <key id>
//! at <size of the node log when it was made>
//! v <hash of channel, id and version>      a version whose text was erased
//! t <hash of partner, lineage and twin>    a twin that was recalled
//! …                                        stops and what else went: `gone_since.rs`
//! end <count> <hash of everything before this line>
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use enlace_keys::NodeKeys;
use enlace_ledger::entry;
use enlace_store::{RecordQuery, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::backup::{self, file_error};
use crate::ledger_log::NODE_LOG;
use crate::mac::mac;
use crate::record::{self, Bucket};
use crate::{Node, NodeError};

const HEAD: &str = "enlace-erasures 1 ";
/// Acts after which something may be gone, be stopped or go on.
const ACTS: [&str; 22] = [
    "erasure",
    "recall",
    "correction",
    "restriction",
    "backup",
    "restored",
    "partner-token-revoked",
    "partner-revoked",
    "policy-changed",
    "agreement-changed",
    "hold-placed",
    "hold-lifted",
    "legal-hold-placed",
    "legal-hold-lifted",
    "plain-deleted",
    "plain-granted",
    "danger-recalled",
    "danger-reviewed",
    "account-disabled",
    "account-enabled",
    "token-revoked",
    "password-changed",
];
/// Entries of the log that are looked at at once.
const ENTRIES: usize = 1_000;
/// Most backups that are remembered, and most names of a list that was brought.
const MOST: usize = 1_000_000;

/// A backup that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Made {
    /// Where it was written to.
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) at_us: i64,
}

/// What is gone, by names that say nothing.
pub(crate) struct GoneNames {
    party: String,
    key: enlace_keys::SecretKey,
    /// The lines of the list.
    pub(crate) lines: BTreeSet<String>,
}

impl GoneNames {
    /// An empty list of a node.
    pub(crate) fn of(keys: &NodeKeys) -> Self {
        Self { party: keys.party_id().to_owned(), key: keys.gone_key(), lines: BTreeSet::new() }
    }

    /// The name of something of a kind.
    pub(crate) fn name(&self, kind: &str, parts: &[&str]) -> String {
        self.mac(&[&[kind], parts].concat())
    }

    fn mac(&self, parts: &[&str]) -> String {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        mac(self.key.expose(), &parts).map(hex::encode).unwrap_or_default()
    }

    /// The line of a version.
    pub(crate) fn version(&self, channel: &str, id: &str, version: &str) -> String {
        format!("v {}", self.mac(&["version", channel, id, version]))
    }

    /// The line of a twin.
    pub(crate) fn twin(&self, partner: &str, lineage: &str, twin: &str) -> String {
        format!("t {}", self.mac(&["twin", partner, lineage, twin]))
    }

    /// The name of the list in a folder: several nodes may share one for their backups.
    pub(crate) fn file_name(&self) -> String {
        file_name(&self.party)
    }

    /// The whole text.
    fn text(&self, at: u64) -> String {
        let mut text = format!("{HEAD}{}\nat {at}\n", self.party);
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        let end = self.mac(&["list", &text]);
        text.push_str(&format!("end {} {end}\n", self.lines.len()));
        text
    }

    /// Adds the lines of a list, if it is whole and this node's.
    pub(crate) fn read(&mut self, path: &Path) -> Result<(), NodeError> {
        let text = fs::read_to_string(path).map_err(file_error(path))?;
        let wrong = |problem: &str| {
            let expected = "the list as this node wrote it: copy it again from a folder of \
                            backups, or from the folder of the node";
            Err(NodeError::input("erasures.list", problem, path.display().to_string(), expected))
        };
        let Some((before, end)) = text.trim_end().rsplit_once('\n') else {
            return wrong("no list of erasures");
        };
        let before = format!("{before}\n");
        let mut lines = before.lines();
        let head = lines.next().and_then(|head| head.strip_prefix(HEAD));
        if head != Some(self.party.as_str()) {
            return wrong("no list of erasures of this node");
        }
        let found: BTreeSet<String> = lines.skip(1).map(str::to_owned).collect();
        if end != format!("end {} {}", found.len(), self.mac(&["list", &before])) {
            return wrong("a list of erasures that was cut or changed");
        }
        self.lines.extend(found);
        Ok(())
    }
}

fn file_name(party: &str) -> String {
    format!("erasures-{}", party.chars().take(16).collect::<String>())
}

/// The size of the node log when this list was made; none where it cannot be read.
fn written_at(path: &Path) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().nth(1)?.strip_prefix("at ")?.parse().ok()
}

/// Twins that were recalled after the backup that a store was made from. Made again, they are
/// handed out to nobody.
#[derive(Default)]
pub(crate) struct GoneTwins(Option<GoneNames>);

impl GoneTwins {
    /// Reads them; few stores have any.
    pub(crate) async fn read(store: &dyn Store, keys: &NodeKeys) -> Result<Self, NodeError> {
        let (bucket, prefix) = (Bucket::GONE, "t ".to_owned());
        let query = RecordQuery { bucket, prefix, limit: MOST, ..Default::default() };
        let found = store.records(query).await?;
        if found.is_empty() {
            return Ok(Self(None));
        }
        let mut names = GoneNames::of(keys);
        names.lines = found.into_iter().map(|kept| kept.key).collect();
        Ok(Self(Some(names)))
    }

    pub(crate) fn has_twin(&self, partner: &str, lineage: &str, twin: &str) -> bool {
        let has = |names: &GoneNames| names.lines.contains(&names.twin(partner, lineage, twin));
        self.0.as_ref().is_some_and(has)
    }
}

impl Node {
    /// Backups that were made, the last first.
    pub(crate) async fn backups(&self) -> Result<Vec<Made>, NodeError> {
        let query = RecordQuery { bucket: Bucket::BACKUP, limit: MOST, ..Default::default() };
        let found = self.store.records(query).await?;
        let mut made: Vec<Made> = found.iter().map(record::read).collect::<Result<_, _>>()?;
        made.sort_by_key(|backup| std::cmp::Reverse(backup.at_us));
        Ok(made)
    }

    /// Keeps the list of what is gone beside the backups up to date. Never stops the act after which
    /// it is called: the next call makes up for one that failed. Answers what is wrong, for who acts.
    pub async fn keep_erasures(&self) -> Option<NodeError> {
        let error = self.try_keep_erasures().await.err()?;
        tracing::warn!(code = error.code(), "the list of erasures beside the backups");
        Some(error)
    }

    async fn try_keep_erasures(&self) -> Result<(), NodeError> {
        let size = self.store.log(NODE_LOG).await?.size;
        if size == self.erasures_at.load(Ordering::Relaxed) || self.backups().await?.is_empty() {
            return Ok(());
        }
        let looked = self.erasures_at.load(Ordering::Relaxed);
        let own = written_at(&self.dir.join(file_name(self.key_id())));
        let kept = match own {
            Some(at) => !self.went_since(at.max(looked)).await?,
            None => false,
        };
        match kept {
            // A folder that could not be written then may be writable now.
            true => self.copy_erasures().await?,
            false => self.write_erasures().await?,
        }
        self.erasures_at.store(size, Ordering::Relaxed);
        Ok(())
    }

    /// Whether anything may have gone since the log had this size.
    async fn went_since(&self, mut at: u64) -> Result<bool, NodeError> {
        loop {
            let entries = self.store.log_entries(NODE_LOG, at, ENTRIES).await?;
            if entries.is_empty() {
                return Ok(false);
            }
            at += entries.len() as u64;
            for entry in entries {
                // What cannot be read may be anything.
                let Ok(opened) = entry::open(&entry.entry, entry.record.as_deref()) else {
                    return Ok(true);
                };
                let act = opened.fields.get("act").and_then(Value::as_str).unwrap_or("erasure");
                if ACTS.contains(&act) {
                    return Ok(true);
                }
            }
        }
    }

    /// Writes the list into the node's folder and beside every backup.
    pub(crate) async fn write_erasures(&self) -> Result<(), NodeError> {
        let at = self.store.log(NODE_LOG).await?.size;
        self.note_what_went().await?;
        let text = self.gone_names().await?.text(at);
        // The node's own copy first: what is wrong with another folder does not keep it from being true.
        backup::write(&self.dir.join(file_name(self.key_id())), text.as_bytes())?;
        self.copy_erasures().await
    }

    /// Copies the node's own list into the folders of backups that have an older one, all of them:
    /// one that cannot be written keeps it from no other. A folder that is not there now (a disk that
    /// is kept elsewhere) gets it when it is.
    ///
    /// # Errors
    /// The first one, at the end.
    async fn copy_erasures(&self) -> Result<(), NodeError> {
        let name = file_name(self.key_id());
        let own = self.dir.join(&name);
        let at = written_at(&own);
        let mut text = None;
        let mut failed = Ok(());
        for folder in self.backup_folders().await? {
            let path = folder.join(&name);
            if folder == self.dir || written_at(&path) == at {
                continue;
            }
            if !folder.is_dir() {
                tracing::warn!("a folder of backups is not there: no list of erasures in it");
                continue;
            }
            let text: &Vec<u8> = match &mut text {
                Some(text) => text,
                none => none.insert(fs::read(&own).map_err(file_error(&own))?),
            };
            let written = backup::write(&path, text);
            failed = failed.and(written);
        }
        failed
    }

    /// Every folder that a backup was written to.
    async fn backup_folders(&self) -> Result<BTreeSet<PathBuf>, NodeError> {
        Ok(self.backups().await?.into_iter().map(|made| made.folder).collect())
    }

    /// Folders with a list that is not what it should be now, and how many there are: the node's own
    /// and those of backups.
    pub(crate) async fn stale_erasures(&self) -> Result<(usize, usize), NodeError> {
        let wanted = self.gone_names().await?.lines;
        let mut folders = self.backup_folders().await?;
        folders.insert(self.dir.clone());
        let name = file_name(self.key_id());
        let stale = |folder: &&PathBuf| {
            let mut found = GoneNames::of(&self.keys);
            found.read(&folder.join(&name)).is_err() || found.lines != wanted
        };
        Ok((folders.iter().filter(stale).count(), folders.len()))
    }

    /// Everything that is gone or stopped: what the store and the log show, and what a list said that
    /// was brought.
    async fn gone_names(&self) -> Result<GoneNames, NodeError> {
        let mut names = GoneNames::of(&self.keys);
        names.lines.extend(self.unread().await?.0);
        self.add_stops(&mut names).await?;
        let gone = self.store.gone().await?;
        for [channel, id, version] in &gone.versions {
            let line = names.version(channel, id, version);
            names.lines.insert(line);
        }
        for [partner, lineage, twin] in &gone.twins {
            let line = names.twin(partner, lineage, twin);
            names.lines.insert(line);
        }
        let query = RecordQuery { bucket: Bucket::GONE, limit: MOST, ..Default::default() };
        names.lines.extend(self.store.records(query).await?.into_iter().map(|kept| kept.key));
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_nobody_reads_whole_and_is_refused_when_a_line_is_missing_or_changed() {
        let folder = tempfile::tempdir().unwrap();
        let keys = NodeKeys::create(folder.path(), 1_790_000_000_000_000, None).unwrap();
        let mut names = GoneNames::of(&keys);
        let person = "identity--8c1e2f3a-0d6a-4b1e-9a2f-5c7d8e9f0a1b";
        let (one, two) = (names.version("own", person, ""), names.twin("p", "l", person));
        assert_ne!(one.get(2..), two.get(2..));
        names.lines.extend([one.clone(), two.clone()]);
        let text = names.text(7);
        assert!(!text.contains("8c1e2f3a") && !text.contains("identity"), "{text}");
        let path = folder.path().join("list");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            let mut found = GoneNames::of(&keys);
            found.read(&path).map(|()| found.lines)
        };
        assert_eq!(read(&text).unwrap(), names.lines);
        for line in text.lines() {
            assert!(read(&text.replace(&format!("{line}\n"), "")).is_err(), "{line}");
        }
        assert!(read(&text.replace("at 7", "at 8")).is_err());
        assert!(read(&text.replace(&one, &two)).is_err());
    }
}
