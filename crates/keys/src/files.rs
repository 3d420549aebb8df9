//! Key files: written as one folder that appears whole or not at all, read only if nobody else can.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::secret;

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// No key file is longer; a longer one is not ours.
const MAX_BYTES: u64 = 64 << 10;
/// Folders that `create` was writing when it died begin so.
const UNFINISHED: &str = "keys.new-";

/// Folders with keys that will replace the present ones begin so.
const NEXT: &str = "keys-next-";
/// Keys that were replaced a moment ago.
const REPLACED: &str = "keys-replaced";

/// The key folder of a node folder.
pub(crate) fn folder(dir: &Path) -> PathBuf {
    dir.join("keys")
}

/// Writes all files into a new folder, makes it durable and only then gives it its name.
///
/// A crash leaves either no `keys` folder or a complete one; what an earlier crash left behind is
/// removed after success.
pub(crate) fn create(dir: &Path, files: &[(&str, Zeroizing<String>)]) -> Result<(), KeyError> {
    let target = folder(dir);
    if target.exists() {
        return Err(KeyError::Exists { path: target });
    }
    make_node_folder(dir)?;
    let unfinished = dir.join(format!("{UNFINISHED}{}", hex::encode(secret::random::<8>()?)));
    make_folder(&unfinished)?;
    for (name, text) in files {
        write(&unfinished.join(name), text.as_bytes())?;
    }
    sync_folder(&unfinished)?;
    fs::rename(&unfinished, &target).map_err(|source| match source.kind() {
        std::io::ErrorKind::DirectoryNotEmpty | std::io::ErrorKind::AlreadyExists => {
            KeyError::Exists { path: target.clone() }
        }
        _ => KeyError::Io { action: "rename to", path: target.clone(), source },
    })?;
    sync_folder(dir)?;
    remove_unfinished(dir)
}

/// Puts the key folder of `next` in the place of that of `dir`, and removes what was there. A crash
/// in between is finished by [`finish`].
pub(crate) fn replace(dir: &Path, next: &Path) -> Result<(), KeyError> {
    finish(dir)?;
    let (target, fresh, old) = (folder(dir), folder(next), dir.join(REPLACED));
    if !fresh.exists() {
        return Ok(());
    }
    fs::rename(&target, &old).map_err(KeyError::io("rename", &target))?;
    fs::rename(&fresh, &target).map_err(KeyError::io("rename", &fresh))?;
    sync_folder(dir)?;
    finish(dir)
}

/// Finishes what a crash cut short while keys were replaced, and removes what is left of it.
pub(crate) fn finish(dir: &Path) -> Result<(), KeyError> {
    let (target, old) = (folder(dir), dir.join(REPLACED));
    if !old.exists() {
        return Ok(());
    }
    let mut left = Vec::new();
    for entry in fs::read_dir(dir).map_err(KeyError::io("list", dir))? {
        let entry = entry.map_err(KeyError::io("list", dir))?;
        if entry.file_name().to_string_lossy().starts_with(NEXT) {
            left.push(entry.path());
        }
    }
    if !target.exists() {
        let fresh = left.iter().map(|next| folder(next)).find(|fresh| fresh.exists());
        let from = fresh.as_ref().unwrap_or(&old);
        fs::rename(from, &target).map_err(KeyError::io("rename", from))?;
        sync_folder(dir)?;
    }
    for gone in left.iter().chain([&old]).filter(|path| path.exists()) {
        fs::remove_dir_all(gone).map_err(KeyError::io("remove", gone))?;
    }
    sync_folder(dir)
}

/// The folder beside the keys where those wait that will replace them.
pub(crate) fn next(dir: &Path, key_id: &str) -> PathBuf {
    dir.join(format!("{NEXT}{}", key_id.chars().take(16).collect::<String>()))
}

/// Adds one file to the key folder if it is not there, durably and whole or not at all. Of two who
/// do it at once one wins, and both read what it wrote.
pub(crate) fn add(dir: &Path, name: &str, text: &str) -> Result<(), KeyError> {
    let (folder, random) = (folder(dir), hex::encode(secret::random::<8>()?));
    let (target, unfinished) = (folder.join(name), folder.join(format!("{name}.new-{random}")));
    write(&unfinished, text.as_bytes())?;
    let linked = fs::hard_link(&unfinished, &target);
    fs::remove_file(&unfinished).map_err(KeyError::io("remove", &unfinished))?;
    match linked {
        Err(source) if source.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(KeyError::Io { action: "create", path: target, source })
        }
        _ => sync_folder(&folder),
    }
}

/// Adds one file to the key folder of a node, durably; an existing one is never overwritten.
pub(crate) fn add_secret(dir: &Path, name: &str, text: &Zeroizing<String>) -> Result<(), KeyError> {
    check_folder(dir)?;
    let target = folder(dir);
    let path = target.join(name);
    if path.exists() {
        return Err(KeyError::Exists { path });
    }
    let unfinished = target.join(format!(".{name}-{}", hex::encode(secret::random::<8>()?)));
    write(&unfinished, text.as_bytes())?;
    // A name that somebody else took in the meantime stays his.
    let linked = fs::hard_link(&unfinished, &path);
    fs::remove_file(&unfinished).map_err(KeyError::io("remove", &unfinished))?;
    linked.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.clone() },
        _ => KeyError::Io { action: "create", path: path.clone(), source },
    })?;
    sync_folder(&target)
}

/// Checks that the key folder is the owner's alone.
pub(crate) fn check_folder(dir: &Path) -> Result<(), KeyError> {
    check_mode(&folder(dir), FOLDER_MODE)
}

/// Whether a key file is there; if it is, nobody else may read it.
pub(crate) fn present(dir: &Path, name: &str) -> Result<bool, KeyError> {
    match check_mode(&folder(dir).join(name), FILE_MODE) {
        Err(KeyError::Missing { .. }) => Ok(false),
        checked => checked.map(|()| true),
    }
}

/// The text of one key file, refused if anybody but the owner may read or write it.
pub(crate) fn read(dir: &Path, name: &str) -> Result<Zeroizing<String>, KeyError> {
    let path = folder(dir).join(name);
    check_mode(&path, FILE_MODE)?;
    let file = File::open(&path).map_err(KeyError::io("open", &path))?;
    let mut text = Zeroizing::new(String::with_capacity(4096));
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(KeyError::io("read", &path))?;
    Ok(text)
}

/// Every key file of a node with its text, for a backup. Files that others may read are refused.
///
/// # Errors
/// When the folder or a file cannot be read, or is not the owner's alone.
pub fn all(dir: &Path) -> Result<Vec<(String, Zeroizing<String>)>, KeyError> {
    check_folder(dir)?;
    let target = folder(dir);
    let mut found = Vec::new();
    for entry in fs::read_dir(&target).map_err(KeyError::io("list", &target))? {
        let entry = entry.map_err(KeyError::io("list", &target))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What is under way has another form of name.
        if is_name(&name) {
            let text = read(dir, &name)?;
            found.push((name, text));
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

/// Writes the key files of a backup into a folder that has none, whole or not at all.
///
/// # Errors
/// [`KeyError::Exists`]; [`KeyError::Malformed`] when a name is none of a key file.
pub fn put_back(dir: &Path, files: &[(String, Zeroizing<String>)]) -> Result<(), KeyError> {
    if let Some((name, _)) = files.iter().find(|(name, _)| !is_name(name)) {
        let path = folder(dir).join(name.replace('/', "_"));
        return Err(KeyError::Malformed { path, expected: "the name of a key file" });
    }
    let files: Vec<(&str, Zeroizing<String>)> =
        files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    create(dir, &files)
}

/// Names of key files: `node.key`, `tls.crt`, `party.id`.
fn is_name(name: &str) -> bool {
    let parts = name.split_once('.');
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    name.len() < 40 && parts.is_some_and(|(stem, kind)| plain(stem) && plain(kind))
}

/// Makes the node folder and the missing ones above it, durably; existing ones stay as they are.
fn make_node_folder(dir: &Path) -> Result<(), KeyError> {
    let missing: Vec<&Path> =
        dir.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).collect();
    for folder in missing.into_iter().rev() {
        make_folder(folder)?;
        let parent = folder.parent().filter(|p| !p.as_os_str().is_empty());
        sync_folder(parent.unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), KeyError> {
    DirBuilder::new().mode(FOLDER_MODE).create(path).map_err(|source| KeyError::Io {
        action: "create",
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(FILE_MODE).open(path);
    let mut file = file.map_err(KeyError::io("create", path))?;
    file.write_all(bytes).map_err(KeyError::io("write", path))?;
    file.sync_all().map_err(KeyError::io("sync", path))
}

fn sync_folder(path: &Path) -> Result<(), KeyError> {
    File::open(path).and_then(|f| f.sync_all()).map_err(KeyError::io("sync", path))
}

fn remove_unfinished(dir: &Path) -> Result<(), KeyError> {
    for entry in fs::read_dir(dir).map_err(KeyError::io("list", dir))? {
        let entry = entry.map_err(KeyError::io("list", dir))?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let path = entry.path();
            fs::remove_dir_all(&path).map_err(KeyError::io("remove", &path))?;
        }
    }
    Ok(())
}

fn check_mode(path: &Path, expected: u32) -> Result<(), KeyError> {
    let metadata = fs::metadata(path).map_err(KeyError::io("open", path))?;
    let found = metadata.permissions().mode() & 0o777;
    if found & !expected != 0 {
        return Err(KeyError::Permissions { path: path.to_owned(), found, expected });
    }
    Ok(())
}
