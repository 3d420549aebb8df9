//! Opaque bearer tokens of partners and tools, stored only as a hash.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::secret;

const PREFIX: &str = "enl_";
/// `enl_` and 32 bytes in base64url.
const LENGTH: usize = 47;

/// A token of 256 random bits, written `enl_<base64url>`. `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct Token(SecretString);

/// The text has not the form of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token: expected `enl_` and 43 base64url characters")]
pub struct TokenError;

impl Token {
    /// A new token from the system's random generator.
    pub fn generate() -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(secret::random::<32>()?);
        let text = Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(*bytes)));
        Ok(Self(SecretString::from(text.as_str())))
    }

    /// The text that is shown to its owner once.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Lower-case hex SHA-256 of the text: what is stored and looked up.
    pub fn sha256_hex(&self) -> String {
        hex::encode(Sha256::digest(self.expose().as_bytes()))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let body = text.strip_prefix(PREFIX).ok_or(TokenError)?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(body).map_err(|_| TokenError)?);
        if text.len() != LENGTH || bytes.len() != 32 {
            return Err(TokenError);
        }
        Ok(Self(SecretString::from(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_distinct_readable_again_and_hidden_in_debug() {
        let (a, b) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_ne!(a.expose(), b.expose());
        assert_eq!(a.expose().len(), LENGTH);
        let again: Token = a.expose().parse().unwrap();
        assert_eq!(again.sha256_hex(), a.sha256_hex());
        assert!(!format!("{a:?}").contains(a.expose().trim_start_matches(PREFIX)));
        for bad in ["", "enl_", "enl_AAAA", "tok_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(bad.parse::<Token>().is_err(), "{bad}");
        }
    }
}
