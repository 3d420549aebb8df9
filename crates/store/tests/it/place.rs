//! Where a store under test lives. A further adapter implements [`Place`] and lists itself in
//! `conformance/mod.rs`.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use async_trait::async_trait;
use enlace_store::Store;
use enlace_store::postgres::PostgresStore;
use enlace_store::sqlite::SqliteStore;

/// A place that stores can be opened on, one after the other or side by side.
#[async_trait]
pub trait Place: Send + Sync {
    /// Opens the place as a new process would.
    async fn open(&self) -> Arc<dyn Store>;
}

/// A folder that vanishes at the end of the test.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

#[async_trait]
impl Place for Folder {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(self.0.path()).unwrap())
    }
}

/// A schema of its own on the server that all tests share, and a folder for its blobs.
pub struct Server {
    pub url: String,
    folder: tempfile::TempDir,
}

impl Server {
    pub async fn new() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres.sh");
        let asked = tokio::task::spawn_blocking(move || {
            Command::new("bash").arg(script).arg("fresh").output().unwrap()
        });
        let made = asked.await.unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let url = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        Self { url, folder: tempfile::tempdir().unwrap() }
    }

    pub fn blobs(&self) -> std::path::PathBuf {
        self.folder.path().join("blobs")
    }
}

#[async_trait]
impl Place for Server {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(PostgresStore::open(&self.url, &self.blobs()).await.unwrap())
    }
}
