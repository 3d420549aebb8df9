//! Verifier keys: `name+hash+base64(type ‖ key)`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

use super::NoteError;

/// What a key signs, by the signature type byte of C2SP signed-note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// 0x01: Ed25519 over the text; a log's own signature.
    Note,
    /// 0x04: `cosignature/v1`; a partner's or witness's.
    Cosignature,
}

impl KeyKind {
    const ALL: [Self; 2] = [Self::Note, Self::Cosignature];

    fn byte(self) -> u8 {
        match self {
            Self::Note => 1,
            Self::Cosignature => 4,
        }
    }
}

/// A public key under a name, for one kind of signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: VerifyingKey,
}

impl VerifierKey {
    /// A key under this name.
    pub fn new(name: &str, kind: KeyKind, key: VerifyingKey) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Name(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), kind, key })
    }

    /// The name that stands in signature lines.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind of signature it verifies.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The Ed25519 public key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// First four bytes of SHA-256(name ‖ LF ‖ type ‖ key); a hint, not a fingerprint.
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind.byte()])
            .chain_update(self.key.as_bytes())
            .finalize();
        hash.first_chunk().copied().unwrap_or_default()
    }
}

/// Not empty, no spaces, no control characters, no plus sign.
pub(super) fn is_name(name: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.is_empty() && !name.contains(bad)
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [[self.kind.byte()].as_slice(), self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let read = || {
            let (name, rest) = text.split_once('+')?;
            let (_, key) = rest.split_once('+')?;
            let key = STANDARD.decode(key).ok()?;
            let (byte, key) = key.split_first()?;
            let kind = KeyKind::ALL.into_iter().find(|kind| kind.byte() == *byte)?;
            let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
            Self::new(name, kind, key).ok()
        };
        // Written again, it must be the same text: this compares the hash and every spelling.
        let key = read().filter(|key| key.to_string() == text);
        key.ok_or_else(|| NoteError::Key(text.to_owned()))
    }
}
