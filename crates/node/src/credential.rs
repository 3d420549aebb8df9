//! Who a request claims to come from, told without a look at the store: for limits on how often
//! somebody may ask. Nothing is decided by it but whose limit a request counts against.

use std::collections::HashMap;

use enlace_store::RecordQuery;
use http::HeaderMap;

use crate::account::{TokenRecord, hash};
use crate::backend::{Peer, token_of};
use crate::record::{self, Bucket};
use crate::{Node, NodeError};

/// Most tokens that are known at once.
const MOST: usize = 100_000;

/// What a request shows of its sender: the key that its connection proved, the hash of its token.
pub fn credentials(peer: &Peer, headers: &HeaderMap) -> Vec<String> {
    let key = peer.key().map(of_key);
    let token = token_of(headers).and_then(|token| hash(&token).ok()).map(|hash| of_token(&hash));
    key.into_iter().chain(token).collect()
}

fn of_key(spki: &[u8; 32]) -> String {
    format!("key/{}", hex::encode(spki))
}

fn of_token(hash: &str) -> String {
    format!("token/{hash}")
}

impl Node {
    /// The partners that are not cut off, as key ids, by all that [`credentials`] finds of them.
    pub async fn known_credentials(&self) -> Result<HashMap<String, String>, NodeError> {
        let mut known = HashMap::new();
        for (key_id, partner, card) in self.cards().await? {
            if !partner.revoked {
                known.insert(of_key(&card.tls_sha256), key_id);
            }
        }
        let query = RecordQuery { bucket: Bucket::TOKEN, limit: MOST, ..RecordQuery::default() };
        let now_us = self.now_us();
        for found in self.store.records(query).await? {
            let token: TokenRecord = record::read(&found)?;
            if token.lineage.is_some() && token.expires_us >= now_us {
                known.insert(of_token(&found.key), token.holder);
            }
        }
        Ok(known)
    }
}
