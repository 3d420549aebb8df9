//! Source documents by the SHA-256 of their bytes: `blobs/ab/abcdef…`.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// Content-addressed files. A blob never changes; putting it again writes the same file again.
#[derive(Debug, Clone)]
pub struct Blobs {
    files: Arc<LocalFileSystem>,
    folder: PathBuf,
}

impl Blobs {
    /// Opens the folder, which must exist.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let files = LocalFileSystem::new_with_prefix(folder)
            .map_err(StoreError::blob("opening the folder of"))?
            .with_fsync(true);
        Ok(Self { files: Arc::new(files), folder: folder.to_owned() })
    }

    /// Keeps bytes and answers their SHA-256 in lower-case hex. Returns after file and folders are
    /// on disk; a crash before leaves no file under the name. Whoever may meet a sweep pins the
    /// name before ([`crate::Sweep::pins`]).
    pub async fn put(&self, bytes: impl Into<Bytes> + Send) -> Result<String, StoreError> {
        let bytes = bytes.into();
        let sha256 = sha256(&bytes);
        let location = location(&sha256)?;
        let payload = PutPayload::from_bytes(bytes);
        self.files.put(&location, payload).await.map_err(StoreError::blob("writing"))?;
        // `ab/` may have been made by a process that died before it could sync the folder above.
        let folder = self.folder.clone();
        let synced = tokio::task::spawn_blocking(move || sync_folder(&folder)).await;
        synced.map_err(|_| StoreError::Closed)??;
        Ok(sha256)
    }

    /// The bytes of a blob; checked against the name.
    pub async fn get(&self, sha256: &str) -> Result<Option<Bytes>, StoreError> {
        let found = match self.files.get(&location(sha256)?).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(StoreError::blob("reading")(error)),
        };
        let bytes = found.bytes().await.map_err(StoreError::blob("reading"))?;
        if self::sha256(&bytes) == sha256 {
            return Ok(Some(bytes));
        }
        Err(StoreError::BlobDamaged { sha256: sha256.to_owned() })
    }

    /// Names and sizes in bytes of all blobs, sorted by name.
    pub async fn list(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let listing = StoreError::blob;
        let top = self.files.list_with_delimiter(None).await.map_err(listing("listing"))?;
        let mut found = Vec::new();
        for prefix in top.common_prefixes {
            let page = self.files.list_with_delimiter(Some(&prefix)).await;
            for file in page.map_err(listing("listing"))?.objects {
                match file.location.filename() {
                    Some(name) if is_name(name) => found.push((name.to_owned(), file.size)),
                    _ => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Gives the bytes of a blob piece by piece, behind name and size; false if it is not there. The
    /// bytes are checked against the name.
    pub(crate) fn read_now(
        &self,
        sha256: &str,
        mut piece: impl FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        let path = self.path(sha256)?;
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StoreError::file("opening", &path)(error)),
        };
        let size = file.metadata().map_err(StoreError::file("looking for", &path))?.len();
        piece(&crate::dump::blob_headed(sha256, size))?;
        let (mut hash, mut left) = (Sha256::new(), size);
        let mut buffer = vec![0; crate::dump::piece()];
        while left > 0 {
            let read = file.read(&mut buffer).map_err(StoreError::file("reading", &path))?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if read == 0 || read as u64 > left {
                return Err(StoreError::BlobDamaged { sha256: sha256.to_owned() });
            }
            hash.update(bytes);
            piece(bytes)?;
            left -= read as u64;
        }
        match hex::encode(hash.finalize()) == sha256 {
            true => Ok(true),
            false => Err(StoreError::BlobDamaged { sha256: sha256.to_owned() }),
        }
    }

    /// Writes a blob of this size from pieces, durably, if they hash to its name.
    pub(crate) fn write_now(
        &self,
        sha256: &str,
        size: u64,
        mut piece: impl FnMut() -> Result<Vec<u8>, StoreError>,
    ) -> Result<(), StoreError> {
        let path = self.path(sha256)?;
        let folder = path.parent().unwrap_or(&self.folder).to_owned();
        let new = !folder.is_dir();
        std::fs::create_dir_all(&folder).map_err(StoreError::file("creating", &folder))?;
        // As unfinished files are named that `put` leaves: no blob has such a name.
        let unfinished = folder.join(format!("{sha256}#restored"));
        let writing = StoreError::file;
        let mut file = File::create(&unfinished).map_err(writing("creating", &unfinished))?;
        let (mut hash, mut left) = (Sha256::new(), size);
        while left > 0 {
            let bytes = piece()?;
            left = left.checked_sub(bytes.len() as u64).ok_or(StoreError::BlobName)?;
            hash.update(&bytes);
            file.write_all(&bytes).map_err(writing("writing", &unfinished))?;
        }
        if hex::encode(hash.finalize()) != sha256 {
            return Err(StoreError::BlobDamaged { sha256: sha256.to_owned() });
        }
        file.sync_all().map_err(writing("syncing", &unfinished))?;
        std::fs::rename(&unfinished, &path).map_err(writing("renaming", &unfinished))?;
        sync_folder(&folder)?;
        if new { sync_folder(&self.folder) } else { Ok(()) }
    }

    fn path(&self, sha256: &str) -> Result<PathBuf, StoreError> {
        if !is_name(sha256) {
            return Err(StoreError::BlobName);
        }
        Ok(self.folder.join(sha256.get(..2).unwrap_or_default()).join(sha256))
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Names of all blobs, asked of the file system by the writing thread.
    pub(crate) fn names_now(&self) -> Result<Vec<String>, StoreError> {
        let listing =
            |folder: &Path| std::fs::read_dir(folder).map_err(StoreError::file("listing", folder));
        let mut names = Vec::new();
        for folder in listing(&self.folder)?.flatten() {
            if !folder.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let files = listing(&folder.path())?.flatten();
            names.extend(files.filter_map(|file| file.file_name().into_string().ok()));
        }
        names.retain(|name| is_name(name));
        Ok(names)
    }

    /// Deletes the file of a blob, on disk when this returns; whether there was one.
    pub(crate) fn remove_now(&self, sha256: &str) -> Result<bool, StoreError> {
        if !is_name(sha256) {
            return Err(StoreError::BlobName);
        }
        let folder = self.folder.join(sha256.get(..2).unwrap_or_default());
        let path = folder.join(sha256);
        match std::fs::remove_file(&path) {
            Ok(()) => sync_folder(&folder).map(|()| true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StoreError::file("deleting", &path)(error)),
        }
    }

    /// The size of a blob's file, asked of the file system by the writing thread.
    pub(crate) fn size_now(&self, sha256: &str) -> Result<Option<u64>, StoreError> {
        if !is_name(sha256) {
            return Err(StoreError::BlobName);
        }
        let path = self.folder.join(sha256.get(..2).unwrap_or_default()).join(sha256);
        match std::fs::metadata(&path) {
            Ok(file) => Ok(Some(file.len())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::file("looking for", &path)(error)),
        }
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let handle = File::open(folder).map_err(StoreError::file("opening", folder))?;
        handle.sync_all().map_err(StoreError::file("syncing", folder))?;
    }
    Ok(())
}

/// Makes a folder for this user alone, and those above it that are missing, durably; an existing
/// one keeps its rights.
pub(crate) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let missing = folder.ancestors().take_while(|f| !f.as_os_str().is_empty() && !f.is_dir());
    let missing: Vec<&Path> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(StoreError::file("creating", folder))?;
    for made in missing {
        let above = made.parent().filter(|f| !f.as_os_str().is_empty());
        sync_folder(above.unwrap_or(Path::new(".")))?;
    }
    restrict(folder, 0o700)
}

#[cfg(unix)]
pub(crate) fn restrict(path: &Path, mode: u32) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .map_err(StoreError::file("restricting", path))
}

#[cfg(not(unix))]
pub(crate) fn restrict(_: &Path, _: u32) -> Result<(), StoreError> {
    Ok(())
}

/// Lower-case hex SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn location(sha256: &str) -> Result<Location, StoreError> {
    match sha256.get(..2) {
        Some(folder) if is_name(sha256) => Ok(Location::from_iter([folder, sha256])),
        _ => Err(StoreError::BlobName),
    }
}
