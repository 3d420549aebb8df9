//! Papers about agreements, as their makers signed them: kept, so that any party can carry them on
//! to another.
//!
//! A paper proves itself: it goes on in the envelope of who made it, never in ours. An envelope of
//! our own around an agreement would be our signature under it.

use std::collections::{BTreeMap, HashMap};

use enlace_keys::{Signature, SignedObject};
use enlace_policy::Agreement;
use enlace_stix::Object;
use enlace_store::{OWN, ObjectQuery, RecordQuery, Write};
use serde_json::Value;

use crate::party_key::PartyKey;
use crate::record::{self, Bucket};
use crate::standing::Standing;
use crate::{Node, NodeError};

/// Papers about an agreement that each party hears of, in the order in which they are carried.
pub(crate) const ABOUT: &[&str] =
    &["agreement", "agreement-signature", "agreement-state", "commitment"];

/// Most papers of one kind that are kept from one partner.
const MOST: usize = 2_000;

/// Longest paper about an agreement that is taken from a partner, in bytes.
const LONGEST: usize = 64 << 10;

/// How far ahead of ours a partner's clock may be.
const AHEAD_US: i64 = 5 * 60 * 1_000_000;

/// What a paper is called in the logs: its id and version.
pub(crate) fn key(object: &Object) -> String {
    format!("{}/{}", object.id(), object.version())
}

/// Key of the record with a paper's envelope. Anybody may send a paper under any id: an envelope
/// stands for the paper of the channel that it came by, [`OWN`] for our own.
pub(crate) fn envelope_key(object: &Object, channel: &str) -> String {
    format!("{}/{channel}", key(object))
}

impl Node {
    /// The write that keeps the envelope of a paper that came by a channel.
    pub(crate) fn envelope_write(
        &self,
        object: &Object,
        channel: &str,
        signature: &Signature,
    ) -> Result<Write, NodeError> {
        record::put(Bucket::PAPER, &envelope_key(object, channel), signature, None)
    }

    /// The write that keeps the envelope of a paper of our own, which proves that this node made
    /// it: an object that somebody imported is none.
    pub(crate) fn own_envelope(&self, object: &Object) -> Result<Write, NodeError> {
        let signature = self.keys.sign_object(&Value::Object(object.view().clone()));
        self.envelope_write(object, OWN, &signature)
    }

    /// Envelopes of papers whose ids begin so, by [`envelope_key`].
    pub(crate) async fn envelopes(
        &self,
        prefix: &str,
    ) -> Result<HashMap<String, Signature>, NodeError> {
        let query = RecordQuery {
            bucket: Bucket::PAPER,
            prefix: prefix.to_owned(),
            limit: usize::MAX >> 1,
            ..RecordQuery::default()
        };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }

    /// What other parties sent us about agreements with a partner, in their makers' envelopes: our own
    /// papers for it are queued.
    pub(crate) async fn papers_for(&self, partner: &str) -> Result<Vec<SignedObject>, NodeError> {
        let standings = self.standings().await?;
        let shared: BTreeMap<&str, &Standing> = standings
            .iter()
            .filter(|s| s.agreement.party(partner).is_some())
            .map(|s| (s.agreement.id.as_str(), s))
            .collect();
        let envelopes = self.envelopes("").await?;
        let mut carried = Vec::new();
        for kind in ABOUT {
            for row in self.papers(kind).await? {
                let Ok(object) = Object::parse(&row.raw) else { continue };
                let about = object.text("agreement_ref").unwrap_or(object.id().as_str());
                let Some(standing) = shared.get(about) else { continue };
                // Another's paper under the id of one that we hold, or one back to its maker.
                let other = *kind == "agreement" && standing.object.view() != object.view();
                if other || row.channel == partner || row.channel == OWN {
                    continue;
                }
                let made = standing.agreement.party(&row.channel).is_some();
                if let (true, Some(envelope)) =
                    (made, envelopes.get(&envelope_key(&object, &row.channel)))
                {
                    carried.extend(self.carried(&object, &standing.agreement, partner, envelope));
                }
            }
        }
        Ok(carried)
    }

    /// A paper in its envelope, if it may leave through the one exit.
    fn carried(
        &self,
        object: &Object,
        agreement: &Agreement,
        partner: &str,
        envelope: &Signature,
    ) -> Option<SignedObject> {
        let paper = self.paper(object, agreement, partner).ok()?;
        let object: Value = serde_json::from_str(paper.bytes()).ok()?;
        Some(SignedObject { object, signature: envelope.clone() })
    }

    /// The rule that a paper about an agreement breaks. Depends on nothing but the paper, the clock
    /// and how many of its kind this partner sent: whether it means anything is told when it is
    /// read, so that the answer tells nothing of what we hold, and papers may come in any order.
    pub(crate) async fn paper_out_of_place(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        if object.raw().len() > LONGEST {
            return Ok(Some("exchange.paper-too-long"));
        }
        // What was signed or said once stands: another word is another paper.
        if matches!(object.kind(), "agreement-signature" | "agreement-state") {
            let held = self.store.object(object.id().as_str(), Some(partner)).await?;
            if held.is_some_and(|row| row.version != object.version()) {
                return Ok(Some("exchange.paper-changed"));
            }
        }
        if object.kind() == "agreement-signature" {
            let keys = self.keys_of(partner).await?;
            let own = |key: &PartyKey| Some(key.key.key_id().as_str()) == object.text("key_id");
            if !keys.iter().any(own) {
                return Ok(Some("exchange.out-of-place"));
            }
        }
        // What only goes on from tomorrow would outlast a stop of today. A stop is always taken.
        let made = object.time("modified").map_or(i64::MAX, |t| t.micros());
        let goes_on = object.text("state") == Some("resumed");
        if goes_on && made > self.now_us().saturating_add(AHEAD_US) {
            return Ok(Some("exchange.future-dated"));
        }
        self.too_many_papers(partner, object).await
    }

    /// The rule that a paper breaks of whose kind this partner has sent enough; also of warnings and notices.
    pub(crate) async fn too_many_papers(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        let query = ObjectQuery {
            kinds: vec![object.kind().to_owned()],
            channel: Some(partner.to_owned()),
            limit: MOST + 1,
            ..ObjectQuery::default()
        };
        let held = self.store.objects(query).await?;
        let full = held.len() > MOST && !held.iter().any(|r| r.id == object.id().as_str());
        Ok(full.then_some("exchange.too-many-papers"))
    }
}
