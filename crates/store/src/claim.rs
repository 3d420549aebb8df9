//! Who works off jobs: one process on the store, for as long as it holds the claim.

use std::fs::File;
use std::path::Path;

use tokio_postgres::Client;

use crate::StoreError;

/// Held by the one process that works off jobs. It ends when it is dropped, and with its process
/// however that ends: what was under way is then another one's to go on with. It keeps two from doing
/// the same work at once; what keeps them from harm are the guards of their batches.
#[derive(Debug)]
pub struct Claim {
    _held: Held,
}

enum Held {
    /// The system lets the lock go with its file.
    File { _lock: File },
    /// The server lets the lock go with its connection.
    Connection { _client: Client },
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("held")
    }
}

impl Claim {
    pub(crate) fn in_folder(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = folder.join("enlace.jobs");
        let lock = File::create(&path).map_err(StoreError::file("opening", &path))?;
        let held = lock.try_lock().is_ok();
        Ok(held.then(|| Self { _held: Held::File { _lock: lock } }))
    }

    pub(crate) fn by(client: Client) -> Self {
        Self { _held: Held::Connection { _client: client } }
    }
}
