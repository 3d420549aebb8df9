//! What a feed shows its server: kept sealed in the store, under a key that is not in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use enlace_keys::{seal, unseal};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::remote::Credentials as FeedCredential;
use crate::{Node, NodeError};

/// As sealed: the way, what is shown openly, the secret.
#[derive(Serialize, Deserialize)]
struct Written<'a>(&'a str, &'a str, &'a str);

impl Node {
    /// The credentials of a feed as they are kept; `None` where there are none.
    pub(super) fn seal_credential(
        &self,
        feed: &str,
        credential: &FeedCredential,
    ) -> Result<Option<String>, NodeError> {
        let (open, secret) = match credential {
            FeedCredential::None => return Ok(None),
            FeedCredential::Basic { user, password } => (user.as_str(), password),
            FeedCredential::Bearer(token) | FeedCredential::Token(token) => ("", token),
            FeedCredential::Certificate { certificates, key } => (certificates.as_str(), key),
        };
        let usable = !secret.expose_secret().trim().is_empty() && !open.contains('\0');
        let header = |text: &str| text.chars().all(|c| !c.is_control());
        let fits = match credential {
            FeedCredential::Certificate { .. } => true,
            FeedCredential::Basic { .. } => !open.contains(':') && header(open),
            _ => true,
        };
        let one_line = matches!(credential, FeedCredential::Certificate { .. })
            || header(secret.expose_secret());
        if !usable || !fits || !one_line {
            let expected = "a user name without `:`, and a secret of one line that is not empty";
            return Err(NodeError::input("feed.credential", "unusable", "credentials", expected));
        }
        let written = Written(credential.name(), open, secret.expose_secret());
        let text =
            serde_json::to_string(&written).map_err(|_| NodeError::Internal("credential"))?;
        let text = Zeroizing::new(text);
        let sealed = seal(&self.keys.feed_key(), &under(feed), text.as_bytes())?;
        Ok(Some(STANDARD.encode(sealed)))
    }

    /// The credentials that were sealed for a feed.
    pub(super) fn unseal_credential(
        &self,
        feed: &str,
        sealed: Option<&str>,
    ) -> Result<FeedCredential, NodeError> {
        let Some(sealed) = sealed else { return Ok(FeedCredential::None) };
        let unread = || NodeError::Feed {
            feed: feed.to_owned(),
            code: "feed.credential-unread",
            problem: "its credentials were not sealed by this node's keys: remove it and add it \
                      again"
                .to_owned(),
            retry_after_s: 0,
        };
        let sealed = STANDARD.decode(sealed).map_err(|_| unread())?;
        let text = unseal(&self.keys.feed_key(), &under(feed), &sealed).ok_or_else(unread)?;
        let (way, open, secret): (String, String, String) =
            serde_json::from_slice(&text).map_err(|_| unread())?;
        let secret = SecretString::from(secret);
        Ok(match way.as_str() {
            "basic" => FeedCredential::Basic { user: open, password: secret },
            "bearer" => FeedCredential::Bearer(secret),
            "token" => FeedCredential::Token(secret),
            "certificate" => FeedCredential::Certificate { certificates: open, key: secret },
            _ => return Err(unread()),
        })
    }
}

/// The name under which the credentials of a feed are sealed: they open for no other.
fn under(feed: &str) -> String {
    format!("feed/{feed}")
}
