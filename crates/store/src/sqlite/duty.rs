//! Which of several processes on a folder does what is to be done once.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

/// A lock on a file of the folder, which the system lets go with its process.
#[derive(Debug, Default)]
pub(super) struct Duty(Mutex<Option<File>>);

impl Duty {
    /// Whether this process has it, now or already.
    pub(super) fn held(&self, folder: &Path) -> bool {
        let mut held = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if held.is_none() {
            let path = folder.join("enlace.duty");
            *held = match File::create(&path) {
                Ok(file) => file.try_lock().is_ok().then_some(file),
                Err(error) => {
                    tracing::warn!(%error, path = %path.display(), "who serves the folder");
                    None
                }
            };
        }
        held.is_some()
    }
}
