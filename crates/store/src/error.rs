//! Errors of the store: what happened, where, and what to do.

use std::path::PathBuf;
use std::sync::Arc;

/// Why the store could not do what was asked. Never holds keys, ids or contents of what is kept.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A guard of the batch did not hold; nothing of the batch was kept.
    #[error("guard {index} of the batch does not hold: {failure}")]
    Guard {
        /// Position in `Batch::guards`, or in `Batch::writes` for what was foreseen, from 0.
        index: usize,
        /// What was found.
        failure: GuardFailure,
    },
    /// The store was written by a newer version of the program.
    #[error("the store has schema {found}, this program knows schemas up to {known}")]
    Newer {
        /// Schema of the store.
        found: i64,
        /// Newest schema of this program.
        known: i64,
    },
    /// Another process kept the write lock for too long.
    #[error("the store is locked by another process")]
    Busy,
    /// No room on the disk; nothing was kept.
    #[error("the disk is full")]
    Full,
    /// The database file is damaged.
    #[error("the database file is damaged: {doing}")]
    Damaged {
        /// What was being done.
        doing: &'static str,
    },
    /// The database refused.
    #[error("database failure while {doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The database's own words.
        source: Arc<rusqlite::Error>,
    },
    /// The database server refused. Its own words may name values, so that only the code is kept.
    #[error("database failure while {doing}: SQLSTATE {code}")]
    Server {
        /// What was being done.
        doing: &'static str,
        /// The code of the SQL standard or of PostgreSQL (appendix A of its manual).
        code: String,
    },
    /// No database server answers, or it went away while asked: what was not acknowledged may be kept
    /// or not.
    #[error("the database server does not answer")]
    Unreachable,
    /// The address of the database server is none.
    #[error("the address of the database server cannot be read")]
    Address,
    /// The database server is on another machine: everything kept would go there in the clear.
    #[error("the way to the database server leaves this machine without TLS")]
    Remote,
    /// The address asks for TLS that would not prove who answers, or for none where it means some.
    #[error("the address asks for TLS in a way that does not prove whose server answers")]
    TlsMode,
    /// A file that the address names for TLS cannot be used.
    #[error("`{name}` in the address of the database server {problem}")]
    TlsFile {
        /// The part of the address.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Who answers is not proved to be the server that the address names; nothing was said to it.
    #[error("no trusted way to the database server: {problem}")]
    Untrusted {
        /// What is wrong.
        problem: &'static str,
    },
    /// A store is carried to a place that holds something.
    #[error("the target holds a store that is not empty")]
    NotEmpty,
    /// The store was carried to another database; nothing is kept here any more.
    #[error("the store was moved to another database")]
    Moved,
    /// What was carried to another database reads otherwise there.
    #[error("table `{table}` differs from the source after it was carried")]
    Differs {
        /// The table, or `fsck`.
        table: &'static str,
    },
    /// An archive of a store cannot be used.
    #[error("the backup is not usable: {problem}")]
    Archive {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An archive could not be written.
    #[error("writing the backup failed: {source}")]
    Archiving {
        /// The system's answer.
        source: Arc<std::io::Error>,
    },
    /// The schema could not be brought up to date.
    #[error("schema migration failed: {source}")]
    Migration {
        /// The failure.
        source: Arc<refinery::Error>,
    },
    /// A file or folder of the store.
    #[error("{doing} `{path}` failed: {source}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: Arc<std::io::Error>,
    },
    /// A blob could not be written, read or listed.
    #[error("{doing} a blob failed: {source}")]
    Blob {
        /// What was being done.
        doing: &'static str,
        /// The failure.
        source: Arc<object_store::Error>,
    },
    /// The bytes of a blob do not hash to its name.
    #[error("blob `{sha256}` has other content than its name says")]
    BlobDamaged {
        /// The blob's name.
        sha256: String,
    },
    /// A batch names a blob that was not put before.
    #[error("blob `{sha256}` is named by a row but is not in the store")]
    BlobMissing {
        /// The blob's name.
        sha256: String,
    },
    /// A name that is no SHA-256.
    #[error("a blob is named by 64 lower-case hex digits")]
    BlobName,
    /// The stored state of a log cannot be read or has reached its end.
    #[error("the state of log `{log}` is unreadable")]
    Log {
        /// Name of the log.
        log: String,
    },
    /// There is no store in the folder.
    #[error("no store in `{path}`")]
    Absent {
        /// The folder.
        path: PathBuf,
    },
    /// The store was opened for reading only.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// The store is being closed, or its writer died.
    #[error("the store is closed")]
    Closed,
}

/// What a guard found instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardFailure {
    /// The record exists.
    #[error("a record of bucket `{bucket}` exists already")]
    Exists {
        /// The bucket.
        bucket: &'static str,
    },
    /// The record has another revision, or none.
    #[error("a record of bucket `{bucket}` was changed since revision {expected}")]
    Revision {
        /// The bucket.
        bucket: &'static str,
        /// Revision that was read.
        expected: i64,
        /// Revision there is; `None` = the record is gone.
        found: Option<i64>,
    },
    /// The arrival of an object version means something else than was foreseen.
    #[error("the versions of an object were changed since they were read")]
    Foreseen,
    /// A member was handed out meanwhile, or is gone.
    #[error("a member of a collection was handed out or withdrawn meanwhile")]
    Seen,
    /// Something was published of an id, or withdrawn, meanwhile.
    #[error("a version was added to a collection, or withdrawn from it, meanwhile")]
    Newest,
    /// The log has another size.
    #[error("log `{log}` has {found} entries, expected {expected}")]
    LogSize {
        /// The log.
        log: String,
        /// Expected count.
        expected: u64,
        /// Count there is.
        found: u64,
    },
}

impl StoreError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Guard { .. } => "store.guard",
            Self::Newer { .. } => "store.schema.newer",
            Self::Busy => "store.busy",
            Self::Full => "store.full",
            Self::Damaged { .. } => "store.damaged",
            Self::Database { .. } => "store.database",
            Self::Server { .. } => "store.server",
            Self::Unreachable => "store.unreachable",
            Self::Address => "store.address",
            Self::Remote => "store.address.remote",
            Self::TlsMode => "store.address.tls",
            Self::TlsFile { .. } => "store.tls.file",
            Self::Untrusted { .. } => "store.tls",
            Self::NotEmpty => "store.not-empty",
            Self::Moved => "store.moved",
            Self::Differs { .. } => "store.differs",
            Self::Archive { .. } => "store.archive",
            Self::Archiving { .. } => "store.archiving",
            Self::Migration { .. } => "store.migration",
            Self::File { .. } => "store.file",
            Self::Blob { .. } => "store.blob",
            Self::BlobDamaged { .. } => "store.blob.damaged",
            Self::BlobMissing { .. } => "store.blob.missing",
            Self::BlobName => "store.blob.name",
            Self::Log { .. } => "store.log",
            Self::Absent { .. } => "store.absent",
            Self::ReadOnly => "store.read-only",
            Self::Closed => "store.closed",
        }
    }

    /// What the operator or caller can do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Guard { .. } => "read the state again and repeat the whole step",
            Self::Newer { .. } => "start the newer version of the program, or restore a backup",
            Self::Busy => "wait for the other process on this folder to finish, then repeat",
            Self::Full => "free space on the disk of the node folder, then repeat",
            Self::Damaged { .. } => "stop the node, run `enlace fsck`, restore the last backup",
            Self::Database { .. } => {
                "check the disk and the rights of the node folder, then repeat"
            }
            Self::Server { .. } => "look at the log of the database server, then repeat",
            Self::Unreachable => "start the database server or mend the way to it, then repeat",
            Self::Address => "write it as `postgres://USER@HOST/DATABASE`",
            Self::Remote => {
                "write `?sslmode=verify-full&sslrootcert=/FILE` behind the address, or name a \
                 server on this machine by `localhost` or the folder of its socket"
            }
            Self::TlsMode => {
                "write `sslmode=verify-full&sslrootcert=/FILE` (or `sslrootcert=system`) with the \
                 name of the host, or `sslmode=disable` for a server on this machine"
            }
            Self::TlsFile { .. } => {
                "name a PEM file by its whole path from `/` on; for `sslrootcert` also `system`; a \
                 key belongs to its owner alone: `chmod 600`"
            }
            Self::Untrusted { .. } => {
                "compare name and root of the server's certificate with the address; if both \
                 are as they were, somebody else may answer there"
            }
            Self::Moved => {
                "set `store.url` in `enlace.toml` to where it is, and start the node again"
            }
            Self::NotEmpty => "name an empty database or folder",
            Self::Differs { .. } => {
                "keep using the source; run `enlace fsck` on it and report this"
            }
            Self::Archive { .. } => {
                "copy the file again from where it is kept, or take another backup"
            }
            Self::Archiving { .. } => "free space there or name another folder, then repeat",
            Self::Migration { .. } => {
                "nothing was changed: start the program of before, and report this; a copy of \
                 before lies beside the database (`enlace-schema…`)"
            }
            Self::File { .. } => "check that the folder exists and belongs to the node's user",
            Self::Blob { .. } => "check the disk and the rights of the folder `blobs`, then repeat",
            Self::BlobDamaged { .. } => "restore this file of the folder `blobs` from a backup",
            Self::BlobMissing { .. } => "put the blob first, then commit the row that names it",
            Self::BlobName => "pass the name that `put` answered",
            Self::Log { .. } => "run `enlace fsck`; if it confirms the fault, restore a backup",
            Self::Absent { .. } => "name a node folder, or create one with `enlace init`",
            Self::ReadOnly => "open the node folder itself to change it",
            Self::Closed => "restart the node",
        }
    }

    /// Whether nothing is wrong with what was asked: it may be done later, when the disk, the server
    /// or another process lets it.
    pub fn is_outage(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        match self {
            Self::Busy | Self::Full | Self::Unreachable | Self::Closed => true,
            Self::Database { source, .. } => source.sqlite_error_code().is_some_and(|code| {
                matches!(code, Code::SystemIoFailure | Code::CannotOpen | Code::OutOfMemory)
            }),
            // Resources (53), an operator (57), the system (58); a transaction that was ended by the
            // server (25P03, 40).
            Self::Server { code, .. } => {
                ["53", "57", "58", "25P03", "40"].iter().any(|class| code.starts_with(class))
            }
            _ => false,
        }
    }

    /// The same failure with what was being done.
    pub(crate) fn during(self, what: &'static str) -> Self {
        match self {
            Self::Database { source, .. } => Self::Database { doing: what, source },
            Self::Damaged { .. } => Self::Damaged { doing: what },
            Self::Server { code, .. } => Self::Server { doing: what, code },
            other => other,
        }
    }

    /// Whether the database itself can no longer be trusted to continue this transaction.
    pub(crate) fn ends_transaction(&self) -> bool {
        let gone = matches!(self, Self::Unreachable | Self::Untrusted { .. });
        gone || matches!(self, Self::Full | Self::Damaged { .. } | Self::Moved)
            || matches!(self, Self::Database { source, .. } if source.sqlite_error_code()
                .is_some_and(|code| matches!(code,
                    rusqlite::ErrorCode::SystemIoFailure | rusqlite::ErrorCode::OutOfMemory)))
    }

    pub(crate) fn archiving(source: std::io::Error) -> Self {
        Self::Archiving { source: Arc::new(source) }
    }

    pub(crate) fn file(
        doing: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { doing, path: path.to_owned(), source: Arc::new(source) }
    }

    pub(crate) fn blob(doing: &'static str) -> impl FnOnce(object_store::Error) -> Self {
        move |source| Self::Blob { doing, source: Arc::new(source) }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let doing = "reading or writing";
        match source.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy,
            Some(Code::DiskFull) => Self::Full,
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damaged { doing },
            _ => Self::Database { doing, source: Arc::new(source) },
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(source: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        let Some(code) = source.code() else {
            return match distrust(&source) {
                Some(problem) => Self::Untrusted { problem },
                None => Self::Unreachable,
            };
        };
        // Class 08: connection; class 57: the operator stops the server.
        let gone = code.code().starts_with("08") || code.code().starts_with("57P");
        match *code {
            _ if gone => Self::Unreachable,
            SqlState::LOCK_NOT_AVAILABLE => Self::Busy,
            SqlState::DISK_FULL => Self::Full,
            SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => {
                Self::Damaged { doing: "reading or writing" }
            }
            _ => Self::Server { doing: "reading or writing", code: code.code().to_owned() },
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(source: deadpool_postgres::PoolError) -> Self {
        match source {
            deadpool_postgres::PoolError::Backend(error) => error.into(),
            deadpool_postgres::PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => {
                Self::Busy
            }
            deadpool_postgres::PoolError::Closed => Self::Closed,
            _ => Self::Unreachable,
        }
    }
}

/// What TLS refused, where it did.
fn distrust(error: &tokio_postgres::Error) -> Option<&'static str> {
    use rustls::CertificateError as Wrong;
    let cause = std::error::Error::source(error)?;
    let Some(io) = cause.downcast_ref::<std::io::Error>() else {
        // The driver's own words, which have no type.
        let plain = cause.to_string() == "server does not support TLS";
        return plain.then_some("it does not speak TLS");
    };
    Some(match io.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            Wrong::UnknownIssuer | Wrong::BadSignature => {
                "its certificate is of none of the roots that `sslrootcert` names"
            }
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            Wrong::Expired | Wrong::ExpiredContext { .. } => "its certificate is out of date",
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
                "its certificate is not valid yet"
            }
            _ => "its certificate cannot be used",
        },
        rustls::Error::AlertReceived(_) => "it refuses the certificate that we show, or none",
        _ => "what it says is no TLS that both know",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_disk_or_the_server_refuses_may_work_later_and_what_is_damaged_does_not() {
        let server = |code: &str| StoreError::Server { doing: "", code: code.to_owned() };
        let sqlite = |code: i32| -> StoreError {
            rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None).into()
        };
        let (io_fsync, io_write, cannot_open, corrupt, misuse) = (1034, 778, 14, 11, 21);
        for passing in [
            StoreError::Busy,
            StoreError::Full,
            StoreError::Unreachable,
            server("53300"),
            server("57014"),
            server("58030"),
            sqlite(io_fsync),
            sqlite(io_write),
            sqlite(cannot_open),
        ] {
            assert!(passing.is_outage(), "{passing:?}");
        }
        for lasting in [sqlite(corrupt), sqlite(misuse), server("42P01"), StoreError::Moved] {
            assert!(!lasting.is_outage(), "{lasting:?}");
        }
    }
}
