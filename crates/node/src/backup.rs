//! A backup: the whole node as one encrypted file, made while the node serves (docs/design/backup.md).

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use enlace_keys::{ArchiveKey, ArchiveLock};
use enlace_policy::roles::Action;
use enlace_store::dump::{self, ArchiveReader, ArchiveWriter, Dumped, Part};
use enlace_store::{Batch, StoreError, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::gone::Made;
use crate::ledger_log::{Act, NODE_LOG, ours};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock, config, place};

/// Names of the parts that are no tables and no blobs.
pub(crate) const CONFIG: &str = "config";
pub(crate) const KEYS: &str = "keys/";
pub(crate) const MANIFEST: &str = "manifest";
/// A longer manifest, configuration or key file is none.
pub(crate) const SHORT: usize = 16 << 20;
/// Bytes that are read or written at once.
const BUFFER: usize = 1 << 20;

/// What the last part of a backup says of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// When the backup was begun.
    pub(crate) made: String,
    /// Version of the program.
    pub(crate) program: String,
    /// Key id of the party.
    pub(crate) node: String,
    /// Epoch of the store, empty for the first.
    pub(crate) epoch: String,
    /// Tables and their rows.
    pub(crate) tables: Vec<(String, u64)>,
    /// Documents.
    pub(crate) blobs: u64,
    /// Every log with its size and root.
    pub(crate) logs: Vec<Log>,
    /// The parts before this one, in their order.
    pub(crate) parts: Vec<PartLine>,
}

/// A log in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Log {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) root: String,
}

/// A part in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartLine {
    name: String,
    bytes: u64,
    sha256: String,
}

/// A backup that was made and read back.
#[derive(Debug, Clone, Serialize)]
pub struct BackedUp {
    /// The file.
    pub file: PathBuf,
    /// Its SHA-256, as the ledger has it.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Rows in it.
    pub rows: u64,
    /// Documents in it.
    pub blobs: u64,
}

impl Node {
    /// Writes a backup to a new file: store, documents, keys and configuration, encrypted. It is
    /// read back before it gets its name, and its hash is logged. `progress` hears each part with
    /// what of it was written.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or does not read as it was written.
    pub async fn backup(
        &self,
        actor: &Actor,
        file: &Path,
        lock: &ArchiveLock,
        progress: impl FnMut(&str, u64) + Send,
    ) -> Result<BackedUp, NodeError> {
        actor.require(Action::Init)?;
        check_new(file)?;
        self.sign_own_logs().await?;
        let mut unfinished = Unfinished::create(file)?;
        let made = clock::text(self.now_us());
        let (dumped, key, written) = self.write_backup(&mut unfinished, lock, progress).await?;
        let sha256 = read_back(&unfinished.path, &key, &written)?;
        let bytes = size(&unfinished.path)?;
        unfinished.keep(file)?;
        let rows = dumped.tables.iter().map(|(_, rows)| rows).sum();
        let act = Act::new("backup").by(actor).field("sha256", sha256.as_str());
        let act = act.field("bytes", bytes.to_string()).field("begun", made);
        let writes = vec![self.made(file, &sha256)?, self.node_leaf(act.field("rows", rows))?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        // What is gone already, so that the list is there from the first instant.
        self.write_erasures().await?;
        Ok(BackedUp { file: file.to_owned(), sha256, bytes, rows, blobs: dumped.blobs })
    }

    /// Remembers a backup, and with it the folder in which the list of erasures is kept.
    pub(crate) fn made(&self, file: &Path, sha256: &str) -> Result<Write, NodeError> {
        let folder = folder_of(file);
        let folder = folder.canonicalize().map_err(file_error(folder))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let at_us = self.now_us();
        let made = Made { folder, name, sha256: sha256.to_owned(), at_us };
        record::put(Bucket::BACKUP, &format!("{at_us:020}"), &made, None)
    }

    /// Checkpoints of everything that this node appends to: the backup holds them.
    async fn sign_own_logs(&self) -> Result<(), NodeError> {
        self.signed_checkpoint(NODE_LOG, &self.keys.log_origin()).await?;
        for (partner, _) in self.partners().await? {
            if self.store.log(&ours(&partner)).await?.size > 0 {
                self.half_checkpoint(&partner).await?;
            }
        }
        Ok(())
    }

    async fn write_backup(
        &self,
        unfinished: &mut Unfinished,
        lock: &ArchiveLock,
        progress: impl FnMut(&str, u64) + Send,
    ) -> Result<(Dumped, ArchiveKey, Manifest), NodeError> {
        let output = BufWriter::with_capacity(BUFFER, unfinished.file()?);
        let (locked, key) = lock.wrap(output)?;
        let mut archive = ArchiveWriter::new(locked)?;
        let made = clock::text(self.now_us());
        let keys = enlace_keys::key_files(&self.dir)?;
        let path = self.dir.join(config::FILE);
        match fs::read(&path) {
            Ok(text) => archive.part(CONFIG, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(file_error(&path)(error)),
        }
        for (name, text) in &keys {
            archive.part(&format!("{KEYS}{name}"), text.as_bytes())?;
        }
        let place = place::configured(&self.dir, &self.config);
        let dumped = dump::write(&place, &mut archive, progress).await?;
        if enlace_keys::key_files(&self.dir)? != keys {
            let expected = "repeat the backup: it would have held the keys of before";
            return Err(NodeError::state("the key folder", "changed meanwhile", expected));
        }
        let manifest = Manifest {
            made,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            node: self.key_id().to_owned(),
            epoch: self.epoch.as_ref().map(|epoch| epoch.tag.clone()).unwrap_or_default(),
            tables: dumped.tables.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
            blobs: dumped.blobs,
            logs: logs(&dumped),
            parts: lines(archive.parts()),
        };
        let text = serde_json::to_vec(&manifest).map_err(|_| NodeError::Internal("manifest"))?;
        archive.part(MANIFEST, &text)?;
        let output = archive.finish()?.finish().map_err(file_error(&unfinished.path))?;
        let file = output.into_inner().map_err(|e| file_error(&unfinished.path)(e.into_error()))?;
        file.sync_all().map_err(file_error(&unfinished.path))?;
        Ok((dumped, key, manifest))
    }
}

/// Size and root of every log.
pub(crate) fn logs(dumped: &Dumped) -> Vec<Log> {
    let log = |head: &dump::LogHead| Log {
        name: head.name.clone(),
        size: head.size,
        root: hex::encode(head.root),
    };
    dumped.logs.iter().map(log).collect()
}

pub(crate) fn lines(parts: &[Part]) -> Vec<PartLine> {
    let line = |part: &Part| PartLine {
        name: part.name.clone(),
        bytes: part.bytes,
        sha256: part.sha256.clone(),
    };
    parts.iter().map(line).collect()
}

impl Manifest {
    /// Reads the last part, which says what the parts before it are.
    pub(crate) fn read<R: Read>(archive: &mut ArchiveReader<R>) -> Result<Self, NodeError> {
        let before = lines(archive.parts());
        let damaged = |problem| NodeError::Store(StoreError::Archive { problem });
        let text = archive.whole(SHORT)?;
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|_| damaged("its manifest cannot be read"))?;
        if manifest.parts != before {
            return Err(damaged("its parts are not those of its manifest"));
        }
        match archive.next_part()? {
            None => Ok(manifest),
            Some(_) => Err(damaged("something follows its manifest")),
        }
    }
}

/// Reads a file that was just written, from the disk; answers its SHA-256.
fn read_back(path: &Path, key: &ArchiveKey, written: &Manifest) -> Result<String, NodeError> {
    let mut archive = ArchiveReader::new(opened(path, key)?)?;
    while let Some(name) = archive.next_part()? {
        if name == MANIFEST {
            let same = Manifest::read(&mut archive)? == *written;
            let problem = "it does not read as it was written";
            return match same {
                true => hash_of(path),
                false => Err(StoreError::Archive { problem }.into()),
            };
        }
        while archive.chunk()?.is_some() {}
    }
    Err(StoreError::Archive { problem: "it has no manifest" }.into())
}

/// A backup, decrypted as it is read.
pub(crate) fn opened(
    path: &Path,
    key: &ArchiveKey,
) -> Result<BufReader<enlace_keys::LockedReader<BufReader<File>>>, NodeError> {
    let file = File::open(path).map_err(file_error(path))?;
    let reader = key.open(BufReader::with_capacity(BUFFER, file)).map_err(|error| {
        let name = path.display().to_string();
        NodeError::input(error.code(), error.to_string(), name, error.advice())
    })?;
    Ok(BufReader::with_capacity(BUFFER, reader))
}

pub(crate) fn hash_of(path: &Path) -> Result<String, NodeError> {
    let mut file = File::open(path).map_err(file_error(path))?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; BUFFER]);
    loop {
        match file.read(&mut buffer).map_err(file_error(path))? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

fn size(path: &Path) -> Result<u64, NodeError> {
    Ok(fs::metadata(path).map_err(file_error(path))?.len())
}

fn check_new(file: &Path) -> Result<(), NodeError> {
    match file.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(file_error(file)(error)),
        Ok(_) => {
            let expected = "a new file: no backup is ever overwritten";
            Err(NodeError::state(file.display().to_string(), "there already", expected))
        }
    }
}

pub(crate) fn file_error(path: &Path) -> impl FnOnce(io::Error) -> NodeError {
    let path = path.display().to_string();
    move |source| NodeError::File { path, source }
}

/// The folder that a file is in.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(crate) fn sync_folder(folder: &Path) -> Result<(), NodeError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(file_error(folder))
}

/// Writes a file whole, in the place of what was there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), NodeError> {
    let mut unfinished = Unfinished::create(path)?;
    let mut file = unfinished.file()?;
    file.write_all(bytes).map_err(file_error(path))?;
    file.sync_all().map_err(file_error(path))?;
    unfinished.replace(path)
}

/// A file under another name until it is whole; dropped before, it is gone.
pub(crate) struct Unfinished {
    pub(crate) path: PathBuf,
    file: Option<File>,
}

impl Unfinished {
    /// Makes it beside the file that it becomes, for this user alone.
    pub(crate) fn create(file: &Path) -> Result<Self, NodeError> {
        let name = file.file_name().ok_or_else(|| {
            let expected = "the name of a new file";
            NodeError::input("backup.file", "no file", file.display().to_string(), expected)
        })?;
        let random = hex::encode(clock::random::<8>()?);
        let path = folder_of(file).join(format!(".{}.{random}", name.to_string_lossy()));
        let mut options = OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o600).open(&path);
        let file = made.map_err(file_error(&path))?;
        Ok(Self { path, file: Some(file) })
    }

    pub(crate) fn file(&mut self) -> Result<File, NodeError> {
        self.file.take().ok_or(NodeError::Internal("file of a backup"))
    }

    /// Gives it its name, durably; a file that came there meanwhile stays.
    pub(crate) fn keep(self, file: &Path) -> Result<(), NodeError> {
        match fs::hard_link(&self.path, file) {
            Ok(()) => {}
            // There already, or a disk that knows no second name of a file.
            Err(_) => {
                check_new(file)?;
                fs::rename(&self.path, file).map_err(file_error(file))?;
            }
        }
        sync_folder(folder_of(file))
    }

    /// Gives it its name, durably, in the place of what has it.
    pub(crate) fn replace(self, file: &Path) -> Result<(), NodeError> {
        fs::rename(&self.path, file).map_err(file_error(file))?;
        sync_folder(folder_of(file))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
