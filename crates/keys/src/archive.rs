//! Locks of backups: an age file for a passphrase or for one recipient, written and read piece by
//! piece. The `age` tool opens the same files.

use std::fmt;
use std::io::{self, Read, Write};

use age::stream::{StreamReader, StreamWriter};
use age::{Decryptor, Encryptor, scrypt, x25519};
use secrecy::{ExposeSecret, SecretString};

use crate::error::KeyError;
use crate::recipient::Recipient;

/// Fewest characters of a passphrase.
const SHORTEST: usize = 12;
/// Work of a passphrase: 2^17 rounds of scrypt, 128 MiB and about half a second.
const WORK: u8 = 17;
/// More work than this is asked only to keep us busy: 1 GiB.
const MOST_WORK: u8 = 20;

/// To whom a backup is encrypted.
#[derive(Clone)]
pub enum ArchiveLock {
    /// Who knows the passphrase.
    Passphrase(SecretString),
    /// Who has the identity of this recipient.
    Recipient(Recipient),
}

/// What opens a backup.
#[derive(Clone)]
pub enum ArchiveKey {
    /// The passphrase.
    Passphrase(SecretString),
    /// The identity of a recipient.
    Identity(ArchiveIdentity),
}

/// An age identity; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct ArchiveIdentity(x25519::Identity);

impl fmt::Debug for ArchiveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArchiveKey")
    }
}

impl fmt::Debug for ArchiveLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArchiveLock")
    }
}

/// Why a backup stays closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// No age file.
    #[error("it is no backup: it does not begin as an age file")]
    NotAge,
    /// Another passphrase or identity opens it; or its first lines were changed.
    #[error(
        "it stays closed: another passphrase or identity opens it, or its beginning was changed"
    )]
    Closed,
    /// It was written with more work than is asked of us.
    #[error("it stays closed: its passphrase asks for more work than a backup of ours does")]
    Work,
    /// The passphrase is too short for a new backup.
    #[error("the passphrase is too short")]
    Short,
    /// The file of an identity holds none.
    #[error("it holds no age identity")]
    Identity,
}

impl ArchiveError {
    /// Stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAge => "backup.not-age",
            Self::Closed => "backup.closed",
            Self::Work => "backup.work",
            Self::Short => "backup.passphrase",
            Self::Identity => "backup.identity",
        }
    }

    /// What was expected, and what to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NotAge => "a file that `enlace backup` wrote",
            Self::Closed => {
                "the passphrase in ENLACE_PASSPHRASE or `--passphrase-file`, or \
                             `--identity` of the recipient, as it was when the backup was made"
            }
            Self::Work => "a file that `enlace backup` wrote",
            Self::Short => "at least 12 characters",
            Self::Identity => "a file with a line `AGE-SECRET-KEY-1…`, as `age-keygen` writes it",
        }
    }
}

/// Bytes written through it are encrypted.
pub struct LockedWriter<W: Write>(StreamWriter<W>);

/// Bytes read from it were decrypted and are what was written, as far as they were read.
pub struct LockedReader<R: Read>(StreamReader<R>);

impl ArchiveLock {
    /// A lock for a passphrase of at least 12 characters.
    ///
    /// # Errors
    /// [`ArchiveError::Short`].
    pub fn passphrase(passphrase: SecretString) -> Result<Self, ArchiveError> {
        match passphrase.expose_secret().chars().count() {
            n if n < SHORTEST => Err(ArchiveError::Short),
            _ => Ok(Self::Passphrase(passphrase)),
        }
    }

    /// Begins a file, and answers what opens it, so that it can be read back. For a recipient that
    /// is an identity made for this file alone: it is forgotten when the key is dropped.
    ///
    /// # Errors
    /// When the output refuses.
    pub fn wrap<W: Write>(&self, output: W) -> Result<(LockedWriter<W>, ArchiveKey), KeyError> {
        let (encryptor, key) = match self {
            Self::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(WORK);
                let one: [&dyn age::Recipient; 1] = [&recipient];
                let key = ArchiveKey::Passphrase(passphrase.clone());
                (Encryptor::with_recipients(one.into_iter()), key)
            }
            Self::Recipient(recipient) => {
                let own = x25519::Identity::generate();
                let to_us = own.to_public();
                let two: [&dyn age::Recipient; 2] = [recipient.age(), &to_us];
                let key = ArchiveKey::Identity(ArchiveIdentity(own));
                (Encryptor::with_recipients(two.into_iter()), key)
            }
        };
        let encryptor = encryptor.map_err(|e| KeyError::Random(e.to_string()))?;
        let stream = encryptor.wrap_output(output).map_err(|e| KeyError::Random(e.to_string()))?;
        Ok((LockedWriter(stream), key))
    }
}

impl ArchiveKey {
    /// The identity that a file holds, as `age-keygen` writes it.
    ///
    /// # Errors
    /// [`ArchiveError::Identity`].
    pub fn identity(text: &str) -> Result<Self, ArchiveError> {
        let lines = text.lines().map(str::trim);
        let mut found = lines.filter_map(|line| line.parse::<x25519::Identity>().ok());
        found.next().map(|own| Self::Identity(ArchiveIdentity(own))).ok_or(ArchiveError::Identity)
    }

    /// Opens a file; its bytes are checked as they are read.
    ///
    /// # Errors
    /// [`ArchiveError`], when it is not a file for this key.
    pub fn open<R: Read>(&self, input: R) -> Result<LockedReader<R>, ArchiveError> {
        let why = |error| match error {
            age::DecryptError::UnknownFormat | age::DecryptError::InvalidHeader => {
                ArchiveError::NotAge
            }
            age::DecryptError::Io(_) => ArchiveError::NotAge,
            age::DecryptError::ExcessiveWork { .. } => ArchiveError::Work,
            _ => ArchiveError::Closed,
        };
        let decryptor = Decryptor::new(input).map_err(why)?;
        let opened = match self {
            Self::Passphrase(passphrase) => {
                let mut identity = scrypt::Identity::new(passphrase.clone());
                identity.set_max_work_factor(MOST_WORK);
                let one: &dyn age::Identity = &identity;
                decryptor.decrypt(std::iter::once(one))
            }
            Self::Identity(identity) => {
                let one: &dyn age::Identity = &identity.0;
                decryptor.decrypt(std::iter::once(one))
            }
        };
        opened.map(LockedReader).map_err(why)
    }
}

impl<W: Write> LockedWriter<W> {
    /// Writes what is left and the mark of the end; a file without it reads as cut.
    ///
    /// # Errors
    /// When the output refuses.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Write for LockedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<R: Read> Read for LockedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(lock: &ArchiveLock) -> (Vec<u8>, ArchiveKey) {
        let mut file = Vec::new();
        let (mut writer, key) = lock.wrap(&mut file).unwrap();
        writer.write_all(b"everything").unwrap();
        writer.finish().unwrap();
        (file, key)
    }

    fn opened(key: &ArchiveKey, file: &[u8]) -> Result<Vec<u8>, ArchiveError> {
        let mut text = Vec::new();
        key.open(file)?.read_to_end(&mut text).map_err(|_| ArchiveError::Closed)?;
        Ok(text)
    }

    #[test]
    fn a_backup_opens_with_its_passphrase_alone() {
        assert_eq!(ArchiveLock::passphrase("eleven char".into()).unwrap_err(), ArchiveError::Short);
        let lock = ArchiveLock::passphrase("twelve chars".into()).unwrap();
        let (file, key) = sealed(&lock);
        assert_eq!(opened(&key, &file).unwrap(), b"everything");
        let wrong = ArchiveKey::Passphrase("twelve charz".into());
        assert_eq!(opened(&wrong, &file).unwrap_err(), ArchiveError::Closed);
        assert_eq!(opened(&wrong, b"{\"type\":\"bundle\"}").unwrap_err(), ArchiveError::NotAge);
    }

    #[test]
    fn a_backup_for_a_recipient_opens_with_its_identity_and_can_be_read_back() {
        let own = x25519::Identity::generate();
        let lock = ArchiveLock::Recipient(own.to_public().to_string().parse().unwrap());
        let text = format!("# a comment\n{}\n", own.to_string().expose_secret());
        let (file, back) = sealed(&lock);
        for key in [back, ArchiveKey::identity(&text).unwrap()] {
            assert_eq!(opened(&key, &file).unwrap(), b"everything");
        }
        let other = ArchiveKey::Identity(ArchiveIdentity(x25519::Identity::generate()));
        assert_eq!(opened(&other, &file).unwrap_err(), ArchiveError::Closed);
        assert_eq!(ArchiveKey::identity("AGE").unwrap_err(), ArchiveError::Identity);
    }
}
