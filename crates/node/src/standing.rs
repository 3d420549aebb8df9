//! Where agreements stand: which we hold, who signed exactly these bytes, what is in force; and
//! what a partner may send about them.

use enlace_keys::{PublicKey, Signature, verify};
use enlace_policy::{Agreement, AgreementState};
use enlace_stix::{Object, canonical};
use enlace_store::{OWN, ObjectQuery, ObjectRow, ObjectState};
use serde_json::Value;

use crate::agreement::party;
use crate::party_key::time_of;
use crate::{Node, NodeError};

/// Longest agreement that is taken from a partner, in bytes.
const LONGEST: usize = 256 << 10;

/// Most agreements that are kept from one partner.
const MOST_WAITING: usize = 200;

/// An agreement with where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) agreement: Agreement,
    pub(crate) object: Object,
    pub(crate) row: ObjectRow,
    pub(crate) state: AgreementState,
    pub(crate) signed: Vec<String>,
}

impl Node {
    /// Agreements in force with a partner, newest first.
    pub(crate) async fn active_agreements(
        &self,
        partner: &str,
    ) -> Result<Vec<Standing>, NodeError> {
        let mut active: Vec<_> = self
            .standings()
            .await?
            .into_iter()
            .filter(|s| s.state == AgreementState::Active && s.agreement.party(partner).is_some())
            .collect();
        active.sort_by(|a, b| b.agreement.modified.cmp(&a.agreement.modified));
        Ok(active)
    }

    /// The agreement with this id, lineage or title (or the beginning of an id).
    pub(crate) async fn agreement_named(&self, name: &str) -> Result<Standing, NodeError> {
        let fits = |s: &Standing| {
            s.agreement.id.as_str() == name
                || s.agreement.lineage == name
                || s.agreement.title() == name
        };
        let mut found: Vec<_> = self.standings().await?.into_iter().filter(fits).collect();
        // A partner may send an agreement under any title or lineage: what we signed comes first.
        let signed = |s: &Standing| s.signed.iter().any(|k| k == self.key_id());
        if found.len() > 1 && found.iter().any(signed) {
            found.retain(signed);
        }
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => {
                let expected = "the id: `enlace agreement show`";
                Err(NodeError::input("agreement.ambiguous", "several fit", name, expected))
            }
            (None, _) => Err(NodeError::not_found("agreement", name)),
        }
    }

    /// Every agreement object that we are party to, ours or received, with its state.
    pub(crate) async fn standings(&self) -> Result<Vec<Standing>, NodeError> {
        let list = |kind: &str| ObjectQuery {
            kinds: vec![kind.to_owned()],
            limit: 10_000,
            ..ObjectQuery::default()
        };
        let signatures = self.store.objects(list("agreement-signature")).await?;
        let signatures: Vec<Object> =
            signatures.iter().filter_map(|r| Object::parse(&r.raw).ok()).collect();
        let mut found = Vec::new();
        for row in self.store.objects(list("agreement")).await? {
            let Ok(object) = Object::parse(&row.raw) else { continue };
            let Ok(agreement) = Agreement::from_object(&object) else { continue };
            let sender_is_party = row.channel == OWN || agreement.party(&row.channel).is_some();
            let ours = agreement.party(self.key_id()).is_some() && sender_is_party;
            if !ours || row.state == ObjectState::Rejected || !self.parties_fit(&agreement).await? {
                continue;
            }
            let signed = self.signers(&agreement, &object, &signatures).await?;
            let valid: Vec<(&str, bool)> = signed.iter().map(|k| (k.as_str(), true)).collect();
            let state = enlace_policy::state(&agreement, &valid, self.now_us());
            found.push(Standing { agreement, object, row, state, signed });
        }
        Ok(found)
    }

    /// Whether what an agreement says of each party is what its pinned card says: names in the
    /// text decide who is meant by a marking, so nobody may choose his own.
    async fn parties_fit(&self, agreement: &Agreement) -> Result<bool, NodeError> {
        for stated in &agreement.draft.parties {
            let card = match self.partner(&stated.key_id).await? {
                _ if stated.key_id == self.key_id() => self.card()?,
                Some(partner) => partner.card()?,
                None => return Ok(false),
            };
            if party(&card) != *stated {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Key ids whose signatures over exactly these bytes hold.
    pub(crate) async fn signers(
        &self,
        agreement: &Agreement,
        object: &Object,
        signatures: &[Object],
    ) -> Result<Vec<String>, NodeError> {
        let bytes = canonical::to_string(&Value::Object(object.view().clone()));
        let mut signed = Vec::new();
        for party in &agreement.draft.parties {
            let keys = self.keys_of(&party.key_id).await?;
            let about = |s: &&Object| s.text("agreement_ref") == Some(agreement.id.as_str());
            for signature in signatures.iter().filter(about) {
                let by = keys.iter().find(|key| signature_holds(signature, &key.key, &bytes));
                let Some(by) = by else { continue };
                let act = match party.key_id == self.key_id() {
                    true => format!("signed/{}", agreement.id),
                    false => format!("received/{}", signature.id()),
                };
                if self.counts(by, &act).await? {
                    signed.push(party.key_id.clone());
                    break;
                }
            }
        }
        Ok(signed)
    }

    /// The rule that a partner's agreement breaks before anybody reads it. What was sent once is
    /// not changed under the reader: another text is another agreement.
    pub(crate) async fn agreement_out_of_place(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        if object.raw().len() > LONGEST {
            return Ok(Some("exchange.agreement-too-long"));
        }
        let Ok(agreement) = Agreement::from_object(object) else {
            return Ok(Some("exchange.agreement-unreadable"));
        };
        let parties = [partner, self.key_id()];
        if parties.iter().any(|key| agreement.party(key).is_none()) {
            return Ok(Some("exchange.not-a-party"));
        }
        let query = ObjectQuery {
            kinds: vec!["agreement".to_owned()],
            channel: Some(partner.to_owned()),
            limit: MOST_WAITING + 1,
            ..ObjectQuery::default()
        };
        let held = self.store.objects(query).await?;
        let id = object.id().as_str();
        if held.iter().any(|r| r.id == id && r.version != object.version()) {
            return Ok(Some("exchange.agreement-changed"));
        }
        let full = held.len() > MOST_WAITING && !held.iter().any(|r| r.id == id);
        Ok(full.then_some("exchange.too-many-agreements"))
    }

    /// Whether a signature is this partner's, valid, and of an agreement that we hold with it.
    pub(crate) async fn signature_fits(
        &self,
        partner: &str,
        signature: &Object,
    ) -> Result<bool, NodeError> {
        let id = signature.text("agreement_ref").unwrap_or_default();
        let standings = self.standings().await?;
        let Some(standing) = standings.iter().find(|s| s.agreement.id.as_str() == id) else {
            return Ok(false);
        };
        let bytes = canonical::to_string(&Value::Object(standing.object.view().clone()));
        let party = standing.agreement.party(partner).is_some();
        Ok(party && self.signs_now(partner, signature, &bytes).await?)
    }

    /// Whether a signature that arrives now is of a key with which this party may sign.
    pub(crate) async fn signs_now(
        &self,
        party: &str,
        signature: &Object,
        bytes: &str,
    ) -> Result<bool, NodeError> {
        let keys = self.keys_of(party).await?;
        let at = time_of(signature);
        Ok(keys.iter().any(|key| key.signs(at) && signature_holds(signature, &key.key, bytes)))
    }
}

/// Whether an `agreement-signature` is this key's signature over these bytes.
pub(crate) fn signature_holds(object: &Object, key: &PublicKey, bytes: &str) -> bool {
    let (Some(key_id), Some(value)) = (object.text("key_id"), object.text("value")) else {
        return false;
    };
    let signature = Signature {
        key_id: key_id.to_owned(),
        alg: enlace_keys::ALGORITHM.to_owned(),
        value: value.to_owned(),
    };
    verify(key, bytes.as_bytes(), &signature).is_ok()
}
