//! What can go wrong with a node's key files, and what to do about it.

use std::path::{Path, PathBuf};

/// Why keys could not be made or read. Every message names the file and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The node has keys already; they are never overwritten.
    #[error(
        "`{}` exists already: keys are never overwritten, use another node folder",
        path.display()
    )]
    Exists {
        /// The key folder.
        path: PathBuf,
    },
    /// A key file is not there.
    #[error(
        "`{}` is missing: run `enlace init`, or restore the file from a backup",
        path.display()
    )]
    Missing {
        /// The file or folder.
        path: PathBuf,
    },
    /// Others than the owner may read the file.
    #[error(
        "`{}` has mode {found:04o}, expected {expected:04o}: run `chmod {expected:o} {}`",
        path.display(), path.display()
    )]
    Permissions {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        found: u32,
        /// The permission bits that it must have at most.
        expected: u32,
    },
    /// The content is not what this file holds.
    #[error("`{}` is damaged: expected {expected}; restore the file from a backup", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it must hold.
        expected: &'static str,
    },
    /// The operating system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason of the system.
        source: std::io::Error,
    },
    /// The system gave no random bytes.
    #[error("the system's random generator failed: {0}")]
    Random(String),
    /// The passphrase of the register of sources is wrong, or too short for a new one.
    #[error("the register stays closed: expected its passphrase, of at least 12 characters")]
    Passphrase,
    /// A row could not be sealed.
    #[error("cannot seal: the text is too long, or too little memory is free")]
    Sealing,
    /// The TLS certificate or configuration could not be made.
    #[error("cannot make the TLS configuration: {0}")]
    Tls(String),
}

impl KeyError {
    /// Stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "keys.exists",
            Self::Missing { .. } => "keys.file.missing",
            Self::Permissions { .. } => "keys.file.permissions",
            Self::Malformed { .. } => "keys.file.malformed",
            Self::Io { .. } => "keys.file.io",
            Self::Random(_) => "keys.random",
            Self::Passphrase => "keys.register.passphrase",
            Self::Sealing => "keys.register.sealing",
            Self::Tls(_) => "keys.tls",
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            std::io::ErrorKind::NotFound => Self::Missing { path },
            _ => Self::Io { action, path, source },
        }
    }
}
