//! The keys of a party and what a signature by each is worth (docs/design/keys.md).

use enlace_keys::{Card, PublicKey};
use enlace_stix::{Object, Timestamp};
use serde::{Deserialize, Serialize};

use crate::key_change::OwnKeys;
use crate::ledger_log::NODE_LOG;
use crate::partner::Partner;
use crate::record::{self, Bucket};
use crate::{Node, NodeError};

/// A key that another followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FormerKey {
    /// The Ed25519 key, base64url.
    pub(crate) key: String,
    /// When we learned that another followed it.
    pub(crate) until_us: i64,
    /// Since when others may have it.
    #[serde(default)]
    pub(crate) compromised_us: Option<i64>,
}

/// A key of a party.
#[derive(Debug, Clone)]
pub(crate) struct PartyKey {
    pub(crate) key: PublicKey,
    /// When another followed it; `None` = it signs today.
    pub(crate) until_us: Option<i64>,
    pub(crate) compromised_us: Option<i64>,
}

impl PartyKey {
    /// Whether something that arrives now and says that it was made `at_us` may be signed by it:
    /// nothing new counts by a key that others may have, and by a former key nothing later.
    pub(crate) fn signs(&self, at_us: Option<i64>) -> bool {
        let before = |until: i64| at_us.is_some_and(|at| at <= until);
        self.compromised_us.is_none() && self.until_us.is_none_or(before)
    }
}

impl Partner {
    /// Every key of the partner, the present one first.
    pub(crate) fn keys(&self) -> Result<Vec<PartyKey>, NodeError> {
        self.keys_of(&self.card()?)
    }

    /// As [`Partner::keys`], with the partner's card read already.
    pub(crate) fn keys_of(&self, card: &Card) -> Result<Vec<PartyKey>, NodeError> {
        let present =
            PartyKey { key: card.key, until_us: None, compromised_us: self.compromised_us };
        all(present, &self.former)
    }
}

fn all(present: PartyKey, former: &[FormerKey]) -> Result<Vec<PartyKey>, NodeError> {
    let mut keys = vec![present];
    for former in former {
        let key = former.key.parse().map_err(|_| NodeError::Internal("former key"))?;
        let (until_us, compromised_us) = (Some(former.until_us), former.compromised_us);
        keys.push(PartyKey { key, until_us, compromised_us });
    }
    Ok(keys)
}

impl Node {
    /// Every key of a party, our own included; none for an unknown one.
    pub(crate) async fn keys_of(&self, party: &str) -> Result<Vec<PartyKey>, NodeError> {
        if party != self.key_id() {
            return self.partner(party).await?.map_or_else(|| Ok(Vec::new()), |p| p.keys());
        }
        let key = self.keys.public_key();
        let present = PartyKey { key, until_us: None, compromised_us: None };
        let kept = self.store.record(Bucket::NODE, "keys").await?;
        let own: Option<OwnKeys> = kept.as_ref().map(record::read).transpose()?;
        all(present, &own.map(|own| own.former).unwrap_or_default())
    }

    /// The partner that signs, or signed, with the key of this id.
    pub(crate) async fn party_of_key(&self, key_id: &str) -> Result<Option<String>, NodeError> {
        for (party, partner) in self.partners().await? {
            if partner.keys()?.iter().any(|key| key.key.key_id() == key_id) {
                return Ok(Some(party));
            }
        }
        Ok(None)
    }

    /// Whether what a key signed, and an act in our node log tells of, counts: of a key that others
    /// may have since a time, only what the log has from before. `act` as in `leaf_of`.
    pub(crate) async fn counts(&self, key: &PartyKey, act: &str) -> Result<bool, NodeError> {
        let Some(since) = key.compromised_us else { return Ok(true) };
        self.index_leaves(NODE_LOG).await?;
        let leaf = self.leaf_of(NODE_LOG, act).await?;
        Ok(leaf.and_then(|leaf| instant(&leaf.at)).is_some_and(|at| at < since))
    }
}

/// The instant of a text.
pub(crate) fn instant(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(|time| time.micros())
}

/// When an object says that it was made.
pub(crate) fn time_of(object: &Object) -> Option<i64> {
    object.text("modified").and_then(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(until_us: Option<i64>, compromised_us: Option<i64>) -> PartyKey {
        let key = "GlzZBxQ8OExB6DDFvOEqqIF-xWSaqr8sMTiLNbLXRNY".parse().unwrap();
        PartyKey { key, until_us, compromised_us }
    }

    #[test]
    fn a_former_key_signs_nothing_later_and_a_compromised_one_nothing_new() {
        assert!(key(None, None).signs(Some(i64::MAX)));
        assert!(key(None, None).signs(None));
        assert!(key(Some(10), None).signs(Some(10)));
        assert!(!key(Some(10), None).signs(Some(11)));
        assert!(!key(Some(10), None).signs(None), "without a time it is not from before");
        assert!(!key(None, Some(5)).signs(Some(1)), "any time can be written down");
        assert!(!key(Some(10), Some(5)).signs(Some(1)));
    }
}
