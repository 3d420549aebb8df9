//! Files that are carried to partners: written whole or not at all, for the owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use enlace_node::{CarriedOut, NodeError};
use serde_json::{Value, json};

use super::file_error;
use crate::words::count;

/// Where a file will stand. Opened before anything is disclosed: a disk that cannot be written to
/// must not leave a disclosure in the log that never was.
pub(super) struct Place {
    file: File,
    unfinished: PathBuf,
    target: Target,
}

enum Target {
    File(PathBuf),
    Folder(PathBuf),
}

impl Place {
    /// A file that does not exist yet, or a folder.
    pub(super) fn new(path: &Path) -> Result<Self, NodeError> {
        let (folder, target) = if path.is_dir() {
            (path.to_owned(), Target::Folder(path.to_owned()))
        } else {
            let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
            (parent.unwrap_or(Path::new(".")).to_owned(), Target::File(path.to_owned()))
        };
        if path.is_file() {
            let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(file_error(path, source));
        }
        let unfinished = folder.join(format!(".enlace-{}.part", std::process::id()));
        let mut options = OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o600).open(&unfinished);
        let file = opened.map_err(|e| file_error(&unfinished, e))?;
        Ok(Self { file, unfinished, target })
    }

    /// Writes the file durably and gives it its name. In a folder the name says nothing of what is
    /// in it: it begins as the random bundle id does.
    pub(super) fn keep(self, carried: &CarriedOut) -> Result<PathBuf, NodeError> {
        self.keep_as(&carried.bundle, &carried.bytes)
    }

    /// As [`Place::keep`]: in a folder the name is the first eight characters of `id`.
    pub(super) fn keep_as(mut self, id: &str, bytes: &[u8]) -> Result<PathBuf, NodeError> {
        let path = match &self.target {
            Target::File(path) => path.clone(),
            Target::Folder(folder) => {
                let name: String = id.chars().take(8).collect();
                folder.join(format!("{name}.age"))
            }
        };
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_all());
        // A link and not a new name: what stands there by now is not overwritten.
        let named = written.and_then(|()| fs::hard_link(&self.unfinished, &path));
        let named = match named {
            // File systems of memory sticks have no links.
            Err(e)
                if e.kind() == std::io::ErrorKind::Unsupported || e.raw_os_error() == Some(1) =>
            {
                fs::rename(&self.unfinished, &path)
            }
            other => other,
        };
        named.map_err(|e| file_error(&path, e))?;
        Ok(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.unfinished);
    }
}

/// What was written, for `--json`.
pub(super) fn written(carried: &CarriedOut, path: &Path) -> Value {
    let CarriedOut { partner, bundle, releases, objects, papers, left, bytes } = carried;
    json!({
        "partner": partner, "bundle": bundle, "releases": releases, "objects": objects,
        "papers": papers, "left": left, "file": path, "bytes": bytes.len(),
    })
}

/// What was written, in words.
pub(super) fn said(carried: &CarriedOut, path: &Path) -> String {
    let left = match carried.left {
        0 => String::new(),
        left => {
            let left = count(left, "release");
            format!("; {left} did not fit, write another file after it was read")
        }
    };
    format!(
        "{}: {} in {} and {} for {}{left}",
        path.display(),
        count(carried.objects, "object"),
        count(carried.releases, "release"),
        count(carried.papers, "paper"),
        carried.partner
    )
}

/// The bytes of a file, refused unread if there are more than a bundle may have.
pub(super) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, NodeError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| file_error(path, e))?;
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(|e| file_error(path, e))?;
    if bytes.len() > limit {
        let source = std::io::Error::other(format!(
            "longer than a bundle may be ({limit} bytes, `limits.body_bytes`)"
        ));
        return Err(file_error(path, source));
    }
    Ok(bytes)
}
