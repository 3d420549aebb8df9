//! Rules of the keys crate, checked from outside.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bundles;
mod cards;
mod handshakes;
mod key_files;
mod signatures;

/// 2026-09-21T14:13:20Z.
const NOW_US: i64 = 1_790_000_000_000_000;

/// A node folder with fresh keys; the folder goes when the test ends.
struct Node {
    dir: tempfile::TempDir,
    keys: enlace_keys::NodeKeys,
}

impl Node {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = enlace_keys::NodeKeys::create(dir.path(), NOW_US, Some("une.example")).unwrap();
        Self { dir, keys }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join("keys").join(name)
    }
}
