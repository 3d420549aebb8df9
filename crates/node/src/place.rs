//! Where the node's store lies, and moving it: a folder, or a PostgreSQL server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use enlace_store::Store;
use enlace_store::carry::{self, Carried, MOVED, Place};
use enlace_store::postgres::PostgresStore;
use enlace_store::sqlite::SqliteStore;

use crate::config::Config;
use crate::ledger_log::Act;
use crate::{Action, Actor, Node, NodeError};

/// What `enlace migrate --to` takes for the node's own folder.
const FOLDER: &str = "sqlite";

/// The place that the configuration names.
pub(crate) fn configured(dir: &Path, config: &Config) -> Place {
    match config.store.url.as_str() {
        "" => Place::Folder(dir.to_owned()),
        url => Place::Server { url: url.to_owned(), blobs: blobs(dir, config) },
    }
}

fn blobs(dir: &Path, config: &Config) -> PathBuf {
    match &config.store.blobs {
        folder if folder.as_os_str().is_empty() => dir.join("blobs"),
        folder => dir.join(folder),
    }
}

/// Opens the store.
pub(crate) async fn open(place: &Place) -> Result<Arc<dyn Store>, NodeError> {
    Ok(match place {
        Place::Folder(folder) => Arc::new(SqliteStore::open(folder)?),
        Place::Server { url, blobs } => Arc::new(PostgresStore::open(url, blobs).await?),
    })
}

/// Refuses a store that was moved: what it holds is not what the node holds any more.
pub(crate) async fn check_not_moved(store: &dyn Store) -> Result<(), NodeError> {
    let (bucket, key) = MOVED;
    match store.record(bucket, key).await? {
        None => Ok(()),
        Some(_) => Err(enlace_store::StoreError::Moved.into()),
    }
}

/// Refuses a store that was not restored to its end: half of it may be missing, and what was erased
/// may be there.
pub(crate) async fn check_finished(store: &dyn Store) -> Result<(), NodeError> {
    let (bucket, key) = enlace_store::dump::UNFINISHED;
    match store.record(bucket, key).await? {
        None => Ok(()),
        Some(_) => {
            let expected = "an empty database: drop this one and make it anew, then repeat \
                            `enlace restore`";
            Err(NodeError::state("the store", "not restored to its end", expected))
        }
    }
}

impl Node {
    /// Carries the store to another place: `postgres://…`, or `sqlite` for the node's folder. Every
    /// row is compared before the old place is marked as moved, which refuses all writes from then
    /// on. `progress` hears each table with the rows carried so far. The configuration has to be
    /// changed by hand afterwards: no process runs on a place that it was not told.
    ///
    /// # Errors
    /// When the target is where the store is, holds anything, or reads otherwise afterwards.
    pub async fn migrate(
        self,
        actor: &Actor,
        to: &str,
        progress: impl FnMut(&'static str, u64) + Send,
    ) -> Result<Carried, NodeError> {
        actor.require(Action::Init)?;
        let from = configured(&self.dir, &self.config);
        let to = match to {
            FOLDER => Place::Folder(self.dir.clone()),
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Place::Server { url: url.to_owned(), blobs: blobs(&self.dir, &self.config) }
            }
            other => {
                let expected = "`postgres://USER@HOST/DATABASE`, or `sqlite` for the node's folder";
                return Err(NodeError::input("node.migrate.to", other, "--to", expected));
            }
        };
        if from == to {
            let expected = "another place than the one it is in";
            return Err(NodeError::state("the store", "there already", expected));
        }
        if let Place::Folder(folder) = &to {
            set_aside_moved(folder).await?;
        }
        let (count, act) = (self.store.stats().await?.object_versions, "store-moved");
        let act = Act::new(act).by(actor).field("versions", count.to_string());
        let leaf = self.node_leaf(act)?;
        drop(self);
        let carried = carry::carry(&from, &to, progress).await?;
        let batch = enlace_store::Batch { guards: Vec::new(), writes: vec![leaf] };
        open(&to).await?.commit(batch).await?;
        Ok(carried)
    }
}

/// A database that was carried away before stays beside the new one, under another name.
async fn set_aside_moved(folder: &Path) -> Result<(), NodeError> {
    let (database, aside) = (folder.join("enlace.db"), folder.join("enlace-moved.db"));
    if !database.exists() {
        return Ok(());
    }
    let store = SqliteStore::open(folder)?;
    let (bucket, key) = MOVED;
    if store.record(bucket, key).await?.is_none() {
        return Err(enlace_store::StoreError::NotEmpty.into());
    }
    // Closing empties the write-ahead log into the database.
    drop(store);
    // Where it did not, another process has it open: its log would be taken for that of the new one.
    if folder.join("enlace.db-wal").exists() {
        let expected = "no process on it any more: stop the one that still runs, then repeat";
        return Err(NodeError::state(database.display().to_string(), "open", expected));
    }
    if aside.exists() {
        let expected = "a place for the database that was carried away: move or delete that file";
        return Err(NodeError::state(aside.display().to_string(), "there", expected));
    }
    std::fs::rename(&database, &aside)
        .map_err(|source| NodeError::File { path: database.display().to_string(), source })
}
