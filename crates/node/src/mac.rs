//! Keyed codes over several texts.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// HMAC-SHA-256 over parts, each with its length in front, so that no two lists of parts are the same
/// bytes. `None` for a key that cannot be one.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}
