//! Where a store under test lives. A second adapter implements [`Place`] and lists itself in
//! `conformance.rs`.

use std::sync::Arc;

use enlace_store::Store;
use enlace_store::sqlite::SqliteStore;

/// A place that stores can be opened on, one after the other or side by side.
pub trait Place: Send + Sync {
    /// Opens the place as a new process would.
    fn open(&self) -> Arc<dyn Store>;
}

/// A folder that vanishes at the end of the test.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Place for Folder {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(self.0.path()).unwrap())
    }
}
