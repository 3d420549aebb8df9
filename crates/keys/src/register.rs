//! The key of the register of sources: in a file of its own, opened by a passphrase that no other
//! key of the node replaces.
//!
//! The data key is random. The passphrase (or the text of a key file) is stretched by Argon2id and
//! wraps it; rows are sealed with XChaCha20-Poly1305 under a name, so that none can be put in the
//! place of another. Costs 64 MiB and about a tenth of a second for each opening, on purpose.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::files;
use crate::secret::{self, SecretKey};

const FILE: &str = "register.key";
/// Name under which the data key itself is sealed.
const WRAPPED: &str = "enlace/v1/register-key";
const MEMORY_KIB: u32 = 64 * 1024;
const ROUNDS: u32 = 3;
const NONCE: usize = 24;
/// What is sealed is filled up to a multiple of this, so that its length tells little.
const BLOCK: usize = 1024;
/// Fewest characters of a passphrase.
const SHORTEST: usize = 12;
const EXPECTED: &str = "one line `enlace-register 1 argon2id <salt> <wrapped key>`";

/// The opened key of the register; wiped on drop.
#[derive(Debug)]
pub struct RegisterKey(SecretKey);

impl RegisterKey {
    /// Whether the node has a register.
    pub fn present(dir: &Path) -> Result<bool, KeyError> {
        files::present(dir, FILE)
    }

    /// Makes the key of a new register in `dir/keys`, wrapped by a passphrase of at least 12
    /// characters. Fails if there is one.
    pub fn create(dir: &Path, passphrase: &SecretString) -> Result<Self, KeyError> {
        if passphrase.expose_secret().chars().count() < SHORTEST {
            return Err(KeyError::Passphrase);
        }
        let key = SecretKey::new(secret::random()?);
        let salt = secret::random::<16>()?;
        let wrapped = seal(&stretched(passphrase, &salt)?, WRAPPED, key.expose())?;
        let (salt, wrapped) = (URL_SAFE_NO_PAD.encode(salt), URL_SAFE_NO_PAD.encode(wrapped));
        let line = format!("enlace-register 1 argon2id {salt} {wrapped}\n");
        files::add_secret(dir, FILE, &Zeroizing::new(line))?;
        Ok(Self(key))
    }

    /// Opens the register of a node; a wrong passphrase is [`KeyError::Passphrase`].
    pub fn open(dir: &Path, passphrase: &SecretString) -> Result<Self, KeyError> {
        let damaged =
            || KeyError::Malformed { path: files::folder(dir).join(FILE), expected: EXPECTED };
        let text = files::read(dir, FILE)?;
        let mut words = text
            .trim_end()
            .strip_prefix("enlace-register 1 argon2id ")
            .ok_or_else(damaged)?
            .split(' ');
        let mut bytes = || {
            let word = words.next().ok_or_else(damaged)?;
            URL_SAFE_NO_PAD.decode(word).map_err(|_| damaged())
        };
        let (salt, wrapped) = (bytes()?, bytes()?);
        let key = unseal(&stretched(passphrase, &salt)?, WRAPPED, &wrapped);
        let key: [u8; 32] =
            key.and_then(|key| key.as_slice().try_into().ok()).ok_or(KeyError::Passphrase)?;
        Ok(Self(SecretKey::new(key)))
    }

    /// Seals a row under its name.
    pub fn seal(&self, name: &str, text: &[u8]) -> Result<Vec<u8>, KeyError> {
        seal(&self.0, name, text)
    }

    /// The text of a row; `None` if it was sealed under another name or key, or changed.
    pub fn unseal(&self, name: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        unseal(&self.0, name, sealed)
    }
}

/// Seals a text under a name: a random nonce, then the text filled up to whole blocks, encrypted.
pub fn seal(key: &SecretKey, name: &str, text: &[u8]) -> Result<Vec<u8>, KeyError> {
    let nonce = secret::random::<NONCE>()?;
    let length = u32::try_from(text.len()).map_err(|_| KeyError::Sealing)?;
    let mut filled = Zeroizing::new(length.to_be_bytes().to_vec());
    filled.extend_from_slice(text);
    let whole = filled.len().div_ceil(BLOCK) * BLOCK;
    filled.resize(whole, 0);
    let payload = Payload { msg: &filled, aad: name.as_bytes() };
    let sealed = cipher(key).encrypt(XNonce::from_slice(&nonce), payload);
    let sealed = sealed.map_err(|_| KeyError::Sealing)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// What [`seal`] sealed under this key and name.
pub fn unseal(key: &SecretKey, name: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: name.as_bytes() };
    let filled = Zeroizing::new(cipher(key).decrypt(XNonce::from_slice(nonce), payload).ok()?);
    let (length, rest) = filled.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    rest.get(..length).map(|text| Zeroizing::new(text.to_vec()))
}

fn cipher(key: &SecretKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(Key::from_slice(key.expose()))
}

fn stretched(passphrase: &SecretString, salt: &[u8]) -> Result<SecretKey, KeyError> {
    let params = Params::new(MEMORY_KIB, ROUNDS, 1, Some(32)).map_err(|_| KeyError::Sealing)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose_secret().as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| KeyError::Sealing)?;
    Ok(SecretKey::new(*key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_its_name_and_key_only_and_its_length_is_rounded() {
        let (key, other) = (SecretKey::new([1; 32]), SecretKey::new([2; 32]));
        let sealed = seal(&key, "a", b"name of a source").unwrap();
        assert_eq!(unseal(&key, "a", &sealed).unwrap().as_slice(), b"name of a source");
        assert!(unseal(&key, "b", &sealed).is_none() && unseal(&other, "a", &sealed).is_none());
        assert_eq!(sealed.len(), seal(&key, "a", &[0; 900]).unwrap().len());
        assert_ne!(sealed, seal(&key, "a", b"name of a source").unwrap(), "random nonce");
        let mut changed = sealed;
        if let Some(last) = changed.last_mut() {
            *last ^= 1;
        }
        assert!(unseal(&key, "a", &changed).is_none());
    }
}
