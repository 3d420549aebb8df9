//! Ed25519 public keys and signatures as they stand in JSON.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use enlace_stix::canonical;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The only algorithm of protocol version 1.
pub const ALGORITHM: &str = "Ed25519";

/// The Ed25519 key of a party: a valid, full-order point. In JSON base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why a text or bytes are no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 public key: expected 32 bytes in base64url without padding")]
pub struct PublicKeyError;

impl PublicKey {
    /// The key of these 32 bytes; points of small order, which sign everything, are refused.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| PublicKeyError)?;
        if key.is_weak() { Err(PublicKeyError) } else { Ok(Self(key)) }
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Lower-case hex SHA-256 of the 32 bytes: the name of the party everywhere.
    pub fn key_id(&self) -> String {
        hex::encode(self.digest())
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.as_bytes()).into()
    }
}

impl From<VerifyingKey> for PublicKey {
    fn from(key: VerifyingKey) -> Self {
        Self(key)
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| PublicKeyError)?;
        Self::from_bytes(&bytes.try_into().map_err(|_| PublicKeyError)?)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// A signature as it stands in an envelope, a card or a release-record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// SHA-256 of the signer's public key, lower-case hex.
    pub key_id: String,
    /// `Ed25519`.
    pub alg: String,
    /// The 64 bytes in base64url without padding.
    pub value: String,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Another algorithm than [`ALGORITHM`].
    #[error("signature has algorithm `{0}`: expected `Ed25519`")]
    Algorithm(String),
    /// The signature names another key.
    #[error("signature is by key `{found}`: expected key `{expected}`")]
    OtherKey {
        /// The key id that the signature names.
        found: String,
        /// The key id it was checked against.
        expected: String,
    },
    /// `value` is no signature.
    #[error("signature value is not 64 bytes in base64url without padding")]
    Malformed,
    /// There is no `signature` property of the right form.
    #[error("property `signature` is missing: expected `key_id`, `alg` and `value`")]
    Missing,
    /// The bytes were not signed by this key.
    #[error("signature does not match: the content was changed, or another key signed it")]
    Wrong,
}

impl SignatureError {
    /// Stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Algorithm(_) => "keys.signature.algorithm",
            Self::OtherKey { .. } => "keys.signature.other-key",
            Self::Malformed => "keys.signature.malformed",
            Self::Missing => "keys.signature.missing",
            Self::Wrong => "keys.signature.wrong",
        }
    }
}

/// An object that crosses the border, with the sender's signature beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignedObject {
    /// The STIX object; its RFC 8785 bytes are signed.
    pub object: Value,
    /// The sender's signature.
    pub signature: Signature,
}

/// Checks a signature over bytes: algorithm, key id and the signature itself (strict RFC 8032).
pub fn verify(key: &PublicKey, bytes: &[u8], signature: &Signature) -> Result<(), SignatureError> {
    let shown = |text: &str| text.chars().take(80).collect::<String>();
    if signature.alg != ALGORITHM {
        return Err(SignatureError::Algorithm(shown(&signature.alg)));
    }
    let expected = key.key_id();
    if signature.key_id != expected {
        return Err(SignatureError::OtherKey { found: shown(&signature.key_id), expected });
    }
    let value = URL_SAFE_NO_PAD.decode(&signature.value).map_err(|_| SignatureError::Malformed)?;
    let value: [u8; 64] = value.try_into().map_err(|_| SignatureError::Malformed)?;
    let value = ed25519_dalek::Signature::from_bytes(&value);
    key.0.verify_strict(bytes, &value).map_err(|_| SignatureError::Wrong)
}

/// Checks a signature over the RFC 8785 bytes of a value.
pub fn verify_object(
    key: &PublicKey,
    object: &Value,
    signature: &Signature,
) -> Result<(), SignatureError> {
    verify(key, canonical::to_string(object).as_bytes(), signature)
}

/// Checks the `signature` property of a dictionary, made over the RFC 8785 bytes of all its other
/// properties (cards, release-records).
pub fn verify_within(key: &PublicKey, signed: &Map<String, Value>) -> Result<(), SignatureError> {
    let mut bare = signed.clone();
    let signature = bare.remove("signature").ok_or(SignatureError::Missing)?;
    let signature = serde_json::from_value(signature).map_err(|_| SignatureError::Missing)?;
    verify_object(key, &Value::Object(bare), &signature)
}
