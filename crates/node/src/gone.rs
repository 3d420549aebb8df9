//! The list of what was erased and recalled: kept beside backups, so that none of them brings it back.
//!
//! Every name in it is a keyed hash; the list says how much went, not what. It is written anew, whole,
//! into the node's folder and every folder that a backup was written to.
//!
//! ```text
//! enlace-erasures 1 <key id>
//! at <size of the node log when it was made>
//! v <hash of channel, id and version>      a version whose text was erased
//! t <hash of partner, lineage and twin>    a twin that was recalled
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
/// Acts after which something may be gone.
const ACTS: [&str; 6] = ["erasure", "recall", "correction", "restriction", "backup", "restored"];
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
    /// it is called: the next call makes up for one that failed.
    pub async fn keep_erasures(&self) {
        if let Err(error) = self.try_keep_erasures().await {
            tracing::warn!(code = error.code(), "the list of erasures beside the backups");
        }
    }

    async fn try_keep_erasures(&self) -> Result<(), NodeError> {
        let size = self.store.log(NODE_LOG).await?.size;
        if size == self.erasures_at.load(Ordering::Relaxed) || self.backups().await?.is_empty() {
            return Ok(());
        }
        let path = self.dir.join(file_name(self.key_id()));
        let at = fs::read_to_string(&path)
            .ok()
            .and_then(|text| text.lines().nth(1)?.strip_prefix("at ")?.parse::<u64>().ok());
        let looked = self.erasures_at.load(Ordering::Relaxed);
        let kept = match at {
            Some(at) => !self.went_since(at.max(looked)).await?,
            None => false,
        };
        if !kept {
            self.write_erasures().await?;
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

    /// Writes the list into the node's folder and beside every backup. A folder that is not there
    /// now (a disk that is kept elsewhere) gets it with the next backup.
    pub(crate) async fn write_erasures(&self) -> Result<(), NodeError> {
        let at = self.store.log(NODE_LOG).await?.size;
        let names = self.gone_names().await?;
        let (text, name) = (names.text(at), file_name(self.key_id()));
        let mut folders: BTreeSet<PathBuf> =
            self.backups().await?.into_iter().map(|made| made.folder).collect();
        // The node's own copy says how far it reaches: it is written last.
        folders.remove(&self.dir);
        for folder in folders.iter().chain([&self.dir]) {
            let path = folder.join(&name);
            match backup::write(&path, text.as_bytes()) {
                Err(_) if *folder != self.dir && !folder.is_dir() => {
                    tracing::warn!("a folder of backups is not there: no list of erasures in it");
                }
                written => written?,
            }
        }
        Ok(())
    }

    /// Everything that is gone: what the store shows, and what a list said that was brought.
    async fn gone_names(&self) -> Result<GoneNames, NodeError> {
        let mut names = GoneNames::of(&self.keys);
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
