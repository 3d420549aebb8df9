//! A node from a backup: into an empty folder, whole or not at all (docs/design/backup.md).
//!
//! Everything is made in a folder of its own inside the target. Its files get their places only when
//! every part was checked and what was erased or recalled since is gone again; the keys come last:
//! without them no command opens a node.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use enlace_keys::{ArchiveKey, NodeKeys};
use enlace_stix::Object;
use enlace_store::carry::Place;
use enlace_store::dump::{ArchiveReader, BLOBS, Loader, Seen, UNFINISHED};
use enlace_store::{Batch, StoreError, Write};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::backup::{self, CONFIG, KEYS, MANIFEST, Manifest, SHORT, file_error};
use crate::config::{self, StorePlace};
use crate::gone::GoneNames;
use crate::ledger_log::{Act, NODE_LOG};
use crate::record::{self, Bucket};
use crate::{Actor, Clock as _, Config, Node, NodeError, SystemClock, clock};

mod stops;

/// Folders in which a restore is under way begin so.
pub(crate) const STAGING: &str = "restoring-";
/// How far a clock may run ahead before it is an alarm.
pub(crate) const AHEAD_US: i64 = 5 * 60 * 1_000_000;
/// Lines of a list that are kept at once.
const LINES: usize = 1_000;
/// What a restore that was cut off may have put in its place, all but the keys.
const PLACED: [&str; 6] =
    ["blobs", "enlace.db", "enlace.db-wal", "enlace.db-shm", "enlace.lock", config::FILE];

/// What is restored, and where to.
#[derive(Debug)]
pub struct RestoreRequest {
    /// The backup.
    pub file: PathBuf,
    /// What opens it.
    pub key: ArchiveKey,
    /// `postgres://…` of an empty database; else the store goes into the node's folder.
    pub to: Option<String>,
    /// What was erased and recalled since.
    pub erasures: Erasures,
}

/// Where the list is of what was erased and recalled after a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erasures {
    /// Beside the backup.
    Beside,
    /// In this file.
    File(PathBuf),
    /// There is none any more, and somebody answers for that.
    Lost,
}

/// A restored node.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// When the backup was begun.
    pub made: String,
    /// Key id of the node.
    pub node: String,
    /// Rows.
    pub rows: u64,
    /// Documents.
    pub blobs: u64,
    /// The new epoch of the store.
    pub epoch: String,
    /// Objects of the backup that were erased again, whole or but for their last version.
    pub erased: usize,
    /// Objects of the backup that were recalled again from a partner.
    pub recalled: usize,
    /// Stops of after the backup that the list named: holds, suspensions, rights and tokens that were
    /// taken, versions that were withdrawn or restricted. What it cannot name has to be stopped again.
    pub stopped: usize,
    /// Partners whose channel rests until `partner resume`.
    pub resting: Vec<String>,
    /// Objects whose warnings of danger could not be erased with them, and warnings that could not be
    /// taken back again: people have to.
    pub warnings_left: Vec<String>,
}

impl Node {
    /// Makes a node in `dir`, which must be empty or absent, from a backup.
    ///
    /// # Errors
    /// When the folder or database holds anything, or the backup is not whole; nothing is left then.
    pub async fn restore(dir: &Path, request: &RestoreRequest) -> Result<Restored, NodeError> {
        check_variable(request.to.as_deref())?;
        clear_unfinished(dir)?;
        check_empty(dir)?;
        let staging = Staging::create(dir)?;
        let restored = staged(&staging.path, request).await?;
        staging.place(dir)?;
        Ok(restored)
    }
}

/// Makes the node in the staging folder.
async fn staged(staging: &Path, request: &RestoreRequest) -> Result<Restored, NodeError> {
    let place = match &request.to {
        None => Place::Folder(staging.to_owned()),
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Place::Server { url: url.clone(), blobs: staging.join("blobs") }
        }
        Some(other) => {
            let expected = "`postgres://USER@HOST/DATABASE` of an empty database";
            return Err(NodeError::input("restore.to", other, "--to", expected));
        }
    };
    let reader = backup::opened(&request.file, &request.key)?;
    let mut archive = ArchiveReader::new(reader)?;
    let now_us = SystemClock.now_us();
    // Later than anything that was dated before, also by a clock that ran ahead as far as it may.
    let mut loader = Loader::begin(&place, now_us.saturating_add(AHEAD_US)).await?;
    let mut keys = Vec::new();
    let mut back: Option<Back> = None;
    let manifest = loop {
        let name = archive.next_part()?.ok_or(StoreError::Archive { problem: "it was cut off" })?;
        match name.as_str() {
            MANIFEST => break Manifest::read(&mut archive)?,
            BLOBS => loader.blobs(&mut archive).await?,
            CONFIG => {
                let text = archive.whole(SHORT)?;
                backup::write(&staging.join(config::FILE), &text)?;
            }
            name if name.starts_with(KEYS) => {
                let text = String::from_utf8(archive.whole(SHORT)?).map(Zeroizing::new);
                let text = text.map_err(|_| StoreError::Archive { problem: "a key is no text" })?;
                keys.push((name.trim_start_matches(KEYS).to_owned(), text));
            }
            name => {
                // The keys stand before the tables: they open the list.
                let back = match &mut back {
                    Some(back) => back,
                    none => none.insert(Back::prepare(staging, &keys, request)?),
                };
                if !loader.table(name, &mut archive, |seen| back.look(seen)).await? {
                    let problem = "it has a part that this program does not know";
                    return Err(StoreError::Archive { problem }.into());
                }
            }
        }
    };
    if backup::logs(&loader.loaded) != manifest.logs || loader.loaded.blobs != manifest.blobs {
        return Err(StoreError::Archive { problem: "it is not what its manifest says" }.into());
    }
    let back = back.ok_or(StoreError::Archive { problem: "it has no tables" })?;
    let config = configure(staging, request.to.as_deref())?;
    loader.finish().await?;
    let node = Node::open_staged(staging, config, &place).await?;
    node.restored(&manifest, &request.file, back).await
}

/// What of a backup may not come back.
struct Back {
    names: GoneNames,
    /// Versions by channel and object.
    versions: BTreeMap<(String, String), BTreeSet<String>>,
    /// Partner, lineage and original of twins.
    twins: Vec<[String; 3]>,
    /// Rows that stops name.
    rows: stops::Named,
}

impl Back {
    /// Puts the keys in their place and reads the list.
    fn prepare(
        staging: &Path,
        keys: &[(String, Zeroizing<String>)],
        request: &RestoreRequest,
    ) -> Result<Self, NodeError> {
        enlace_keys::restore_key_files(staging, keys)?;
        let mut names = GoneNames::of(&NodeKeys::open(staging)?);
        let beside = backup::folder_of(&request.file).join(names.file_name());
        match &request.erasures {
            Erasures::Lost => {}
            Erasures::File(path) => names.read(path)?,
            Erasures::Beside if beside.is_file() => names.read(&beside)?,
            Erasures::Beside => {
                let expected = "the list of what was erased and recalled since, from the folder of \
                                the backups or of the node, beside the backup or as `--erasures \
                                FILE`; where it is lost, `--without-erasures`: then erase and \
                                recall again by hand";
                return Err(NodeError::state(beside.display().to_string(), "missing", expected));
            }
        }
        let rows = stops::Named::of(&names);
        Ok(Self { names, versions: BTreeMap::new(), twins: Vec::new(), rows })
    }

    fn look(&mut self, seen: Seen<'_>) {
        match seen {
            Seen::Version { channel, id, version } => {
                self.rows.version(&self.names, [channel, id, version]);
                if self.names.lines.contains(&self.names.version(channel, id, version)) {
                    let key = (channel.to_owned(), id.to_owned());
                    self.versions.entry(key).or_default().insert(version.to_owned());
                }
            }
            Seen::Twin { partner, lineage, original, twin } => {
                self.rows.twin(&self.names, [partner, lineage, original], twin);
                if self.names.lines.contains(&self.names.twin(partner, lineage, twin)) {
                    self.twins.push([partner, lineage, original].map(str::to_owned));
                }
            }
        }
    }
}

impl Node {
    /// Opens a new epoch, takes back what was taken back, and says in the log what the node was made
    /// from; from then on it opens.
    async fn restored(
        mut self,
        manifest: &Manifest,
        file: &Path,
        back: Back,
    ) -> Result<Restored, NodeError> {
        let (tag, writes) = self.open_epoch(&manifest.made).await?;
        self.store.commit(Batch { guards: vec![], writes }).await?;
        self.epoch = crate::epoch::epoch(self.store.as_ref()).await?;
        self.read_resting().await?;
        let kept = |line: &&String| crate::gone_since::is_kept(line);
        let lines: Vec<&String> = back.names.lines.iter().filter(kept).collect();
        for some in lines.chunks(LINES) {
            let keep = |line: &&String| record::put(Bucket::GONE, line, &(), None);
            let writes = some.iter().map(keep).collect::<Result<_, _>>()?;
            self.store.commit(Batch { guards: vec![], writes }).await?;
        }
        let mut warnings_left = Vec::new();
        for ((channel, id), versions) in &back.versions {
            if !self.erase_again(channel, id, versions).await? {
                warnings_left.push(id.clone());
            }
        }
        for [partner, lineage, original] in &back.twins {
            if let Some(twin) = self.store.twin(partner, lineage, original).await? {
                self.recall_whole(&Actor::console(), twin).await?;
            }
        }
        let stopped = self.stop_again(&back.names, &back.rows, &manifest.made).await?;
        warnings_left.extend(self.take_warnings_back(&back.names).await?);
        self.sweep_queued().await?;
        let sha256 = backup::hash_of(file)?;
        let made = self.made(file, &sha256)?;
        let act = Act::new("restored").by(&Actor::console()).field("made", manifest.made.as_str());
        let act = act.field("sha256", sha256.as_str()).field("epoch", tag.as_str());
        let act = act.field("erased", back.versions.len()).field("recalled", back.twins.len());
        let act = act.field("stopped", stopped);
        let node_log = manifest.logs.iter().find(|log| log.name == NODE_LOG);
        let (size, root) = node_log.map_or((0, ""), |log| (log.size, log.root.as_str()));
        let act = act.field("log_size", size).field("log_root", root);
        let (bucket, key) = UNFINISHED;
        let writes =
            vec![made, self.node_leaf(act)?, Write::Delete { bucket, key: key.to_owned() }];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        let mut resting = Vec::new();
        for (partner, pinned) in self.partners().await? {
            if self.resting.has(&partner) {
                resting.push(pinned.name);
            }
        }
        Ok(Restored {
            made: manifest.made.clone(),
            node: manifest.node.clone(),
            rows: manifest.tables.iter().map(|(_, rows)| rows).sum(),
            blobs: manifest.blobs,
            epoch: tag,
            erased: back.versions.len(),
            recalled: back.twins.len(),
            stopped,
            resting,
            warnings_left,
        })
    }

    /// Erases what was erased after the backup: the whole object where its last version was, else
    /// the versions before it. Whether the warnings about it went too.
    async fn erase_again(
        &self,
        channel: &str,
        id: &str,
        versions: &BTreeSet<String>,
    ) -> Result<bool, NodeError> {
        let (channel, id) = (channel.to_owned(), id.to_owned());
        let row = self.store.object(&id, Some(&channel)).await?;
        let mut writes = Vec::new();
        let (mut guards, mut whole) = (Vec::new(), true);
        match row {
            Some(row) if versions.contains(&row.version) => {
                writes.extend(self.note_deletions(&id, Some(&channel)).await?);
                writes.extend(self.copy_deletions(&id, Some(&channel)).await?);
                writes.extend(self.asked_deletions(&id).await?);
                if let Ok(object) = Object::parse(&row.raw) {
                    let (mut holds, mut more) = (Vec::new(), Vec::new());
                    match self.warnings_without(&object, &mut holds, &mut more).await {
                        Ok(_) => {
                            guards.extend(holds);
                            writes.extend(more);
                        }
                        // The backup is of before the warning was taken back.
                        Err(_) => whole = false,
                    }
                }
                writes.push(Write::Purge { channel, id: id.clone() });
            }
            _ => writes.push(Write::PurgeEarlier { channel, id: id.clone() }),
        }
        let act = Act::new("erasure").by(&Actor::console()).field("object", id);
        writes.push(self.node_leaf(act.field("reason", "restore"))?);
        self.store.commit(Batch { guards, writes }).await?;
        Ok(whole)
    }
}

/// The configuration of the backup with the place of the store as it is now: addresses of before may
/// be those of a store that lives.
fn configure(staging: &Path, to: Option<&str>) -> Result<Config, NodeError> {
    let path = staging.join(config::FILE);
    let mut config = Config::load(staging, &|_| None)?;
    let wanted = StorePlace { url: to.unwrap_or_default().to_owned(), blobs: PathBuf::new() };
    if config.store == wanted {
        return Ok(config);
    }
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(file_error(&path)(error)),
    };
    let unreadable = || NodeError::Internal("configuration of a backup");
    let mut table: toml::Table = text.parse().map_err(|_| unreadable())?;
    table.remove("store");
    if let Some(url) = to {
        let url = toml::Table::from_iter([("url".to_owned(), toml::Value::from(url))]);
        table.insert("store".to_owned(), toml::Value::Table(url));
    }
    let text = toml::to_string(&table).map_err(|_| unreadable())?;
    backup::write(&path, text.as_bytes())?;
    config.store = wanted;
    Ok(config)
}

/// The variable wins over the configuration: the restored node would open another store.
fn check_variable(to: Option<&str>) -> Result<(), NodeError> {
    let set = std::env::var("ENLACE_STORE_URL").unwrap_or_default();
    match set.is_empty() || Some(set.as_str()) == to {
        true => Ok(()),
        false => {
            let expected = "unset, or the address that `--to` names";
            Err(NodeError::state("ENLACE_STORE_URL", "set", expected))
        }
    }
}

/// Removes what a restore left that was cut off: a folder of its own, and no keys.
fn clear_unfinished(dir: &Path) -> Result<(), NodeError> {
    let staged = staged_in(dir)?;
    if staged.is_empty() || dir.join("keys").exists() {
        return Ok(());
    }
    for name in PLACED {
        let path = dir.join(name);
        match path.is_dir() {
            true => fs::remove_dir_all(&path).map_err(file_error(&path))?,
            false if path.exists() => fs::remove_file(&path).map_err(file_error(&path))?,
            false => {}
        }
    }
    for path in staged {
        fs::remove_dir_all(&path).map_err(file_error(&path))?;
    }
    backup::sync_folder(dir)
}

/// Folders of restores under way.
pub(crate) fn staged_in(dir: &Path) -> Result<Vec<PathBuf>, NodeError> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(file_error(dir))? {
        let entry = entry.map_err(file_error(dir))?;
        if entry.file_name().to_string_lossy().starts_with(STAGING) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn check_empty(dir: &Path) -> Result<(), NodeError> {
    if !dir.exists() || fs::read_dir(dir).map_err(file_error(dir))?.next().is_none() {
        return Ok(());
    }
    let expected = "an empty folder: name another with `--node`, or move what is there away";
    Err(NodeError::state(dir.display().to_string(), "not empty", expected))
}

/// The folder in which a node is made; dropped before it is placed, it is gone.
struct Staging {
    path: PathBuf,
    /// The target, where it was made for this.
    made: Option<PathBuf>,
}

impl Staging {
    fn create(dir: &Path) -> Result<Self, NodeError> {
        let made = (!dir.exists()).then(|| dir.to_owned());
        let path = dir.join(format!("{STAGING}{}", hex::encode(clock::random::<8>()?)));
        let mut builder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
        builder.create(&path).map_err(file_error(&path))?;
        Ok(Self { path, made })
    }

    /// Gives everything its place, the keys last.
    fn place(mut self, dir: &Path) -> Result<(), NodeError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(file_error(&self.path))? {
            names.push(entry.map_err(file_error(&self.path))?.file_name());
        }
        names.sort_by_key(|name| name == "keys");
        for name in names {
            if name == "keys" {
                backup::sync_folder(dir)?;
            }
            let from = self.path.join(&name);
            fs::rename(&from, dir.join(&name)).map_err(file_error(&from))?;
        }
        self.made = None;
        backup::sync_folder(dir)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        if let Some(made) = &self.made {
            let _ = fs::remove_dir(made);
        }
    }
}

#[cfg(test)]
mod tests;
