//! The key to which files are encrypted that people carry to this node by hand (age, X25519).
//!
//! The key file is an ordinary age identity and the card bears an ordinary recipient, so that the
//! `age` tool opens the same files.

use std::fmt;
use std::str::FromStr;

use age::secrecy::ExposeSecret as _;
use age::x25519;
use zeroize::Zeroizing;

use crate::bundle::BundleError;
use crate::error::KeyError;

/// The line with which every age file begins.
const AGE: &[u8] = b"age-encryption.org/v1\n";

/// To whom a file is encrypted: `age1…`, as the card of a node states it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(x25519::Recipient);

/// The text is no recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an age recipient: expected `age1` and 58 characters")]
pub struct RecipientError;

impl Recipient {
    /// Encrypts to this recipient alone. The text says nothing of who that is.
    pub fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        age::encrypt(&self.0, plain).map_err(|e| KeyError::Random(e.to_string()))
    }
}

impl Recipient {
    /// As the age library has it.
    pub(crate) fn age(&self) -> &x25519::Recipient {
        &self.0
    }
}

impl FromStr for Recipient {
    type Err = RecipientError;

    fn from_str(text: &str) -> Result<Self, RecipientError> {
        text.parse().map(Self).map_err(|_| RecipientError)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

/// The secret half; `Debug` shows nothing of it.
pub(crate) struct Identity(x25519::Identity);

impl Identity {
    /// The text of a new key file.
    pub(crate) fn generate() -> Zeroizing<String> {
        let text = x25519::Identity::generate().to_string();
        Zeroizing::new(format!("{}\n", text.expose_secret()))
    }

    /// The identity of a key file; `None` if it holds something else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        text.trim_end().parse().ok().map(Self)
    }

    pub(crate) fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// What a file holds that was encrypted to this identity.
    pub(crate) fn decrypt(&self, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, BundleError> {
        if !file.starts_with(AGE) {
            let first = file.iter().find(|b| !b.is_ascii_whitespace());
            let plain = matches!(first, Some(b'{' | b'['));
            return Err(if plain { BundleError::Plain } else { BundleError::NotAge });
        }
        age::decrypt(&self.0, file).map(Zeroizing::new).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => BundleError::NotForUs,
            age::DecryptError::UnknownFormat => BundleError::NotAge,
            _ => BundleError::Damaged,
        })
    }
}
