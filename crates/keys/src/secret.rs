//! Random and derived secrets that never show in a log.

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::KeyError;

/// A symmetric key of 32 bytes: wiped on drop, `Debug` shows nothing of it.
#[derive(Debug)]
pub struct SecretKey(SecretBox<[u8; 32]>);

impl SecretKey {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The bytes, for the one computation that needs them.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// HMAC-SHA256 under this key over a label and the parts, each with its length in front, so
    /// that no two lists of parts give the same input.
    pub(crate) fn derive(&self, label: &str, parts: &[&str]) -> SecretKey {
        // HMAC pads a shorter key with zeros to its block; done here, nothing can fail.
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(self.expose()).for_each(|(to, from)| *to = *from);
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        for part in std::iter::once(&label).chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Self::new(mac.finalize().into_bytes().into())
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| KeyError::Random(e.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_keys_differ_by_label_and_by_where_parts_end() {
        let key = SecretKey::new([7; 32]);
        let all = [
            key.derive("twin", &["ab", "c"]),
            key.derive("twin", &["a", "bc"]),
            key.derive("twin", &["abc"]),
            key.derive("seal", &["ab", "c"]),
            SecretKey::new([8; 32]).derive("twin", &["ab", "c"]),
        ];
        for (i, a) in all.iter().enumerate() {
            for b in all.iter().skip(i + 1) {
                assert_ne!(a.expose(), b.expose());
            }
        }
        assert_eq!(all[0].expose(), key.derive("twin", &["ab", "c"]).expose());
    }

    /// Expected value computed with Python's `hmac`.
    #[test]
    fn derivation_is_hmac_sha256_over_length_prefixed_parts() {
        let key = SecretKey::new([0x0b; 32]).derive("l", &["p"]);
        assert_eq!(
            hex::encode(key.expose()),
            "dc3f1f2a2f734956d80da2a62fdd0c2ff837bf4acd2a5e17ba52f9f25fd2ba1b"
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", SecretKey::new([0x5a; 32]));
        assert!(!shown.contains("90") && !shown.to_lowercase().contains("5a"), "{shown}");
    }
}
