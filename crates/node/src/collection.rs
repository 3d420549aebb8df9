//! Collections: one for each partner and agreement lineage, made when the last party signs.

use enlace_policy::{Agreement, ToReleased};
use enlace_stix::Object;
use enlace_store::{RecordQuery, Write};
use serde::{Deserialize, Serialize};

use crate::party_key::time_of;
use crate::record::{self, Bucket};
use crate::{Node, NodeError, clock};

/// A collection in which one partner finds what it receives under one agreement lineage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Collection {
    pub(crate) partner: String,
    pub(crate) lineage: String,
    pub(crate) title: String,
}

impl Node {
    /// What a partner's signature brings about: the collections, once everybody signed.
    pub(crate) async fn activation(
        &self,
        partner: &str,
        signature: &Object,
    ) -> Result<Vec<Write>, NodeError> {
        let Some(id) = signature.text("agreement_ref") else { return Ok(Vec::new()) };
        let Ok(standing) = self.agreement_named(id).await else { return Ok(Vec::new()) };
        if self.signed_by(partner, signature, &standing.object).await? {
            self.collections_for(&standing.agreement, &standing.object, partner).await
        } else {
            Ok(Vec::new())
        }
    }

    /// Whether an `agreement-signature` that arrives now is this party's over exactly the bytes of
    /// `agreement`.
    async fn signed_by(
        &self,
        party: &str,
        signature: &Object,
        agreement: &Object,
    ) -> Result<bool, NodeError> {
        let (Some(read), Some(value)) =
            (self.memo.object(agreement.raw()), signature.text("value"))
        else {
            return Ok(false);
        };
        let at = time_of(signature);
        let keys = self.keys_of(party).await?;
        Ok(keys.iter().any(|key| key.signs(at) && self.memo.holds(&key.key, &read, value)))
    }

    /// Collections for the other parties, if `signer` is the last who signs.
    pub(crate) async fn collections_for(
        &self,
        agreement: &Agreement,
        object: &Object,
        signer: &str,
    ) -> Result<Vec<Write>, NodeError> {
        let mut signed = self.signers(agreement, object).await?;
        signed.push(signer.to_owned());
        if agreement.draft.parties.iter().any(|p| !signed.contains(&p.key_id)) {
            return Ok(Vec::new());
        }
        // Another set may leave now: standing rules and updates are looked at anew.
        let mut writes = Vec::new();
        // What an amendment keeps is not looked at anew; a standing rule may select what it is new to.
        let keeps = agreement.draft.amends.is_some_and(|a| a.released == ToReleased::Keep);
        if !keeps || !agreement.terms().standing.is_empty() {
            writes.push(self.examine_again()?);
        }
        for party in &agreement.draft.parties {
            if party.key_id == self.key_id() {
                continue;
            }
            if self.collection_for(&party.key_id, &agreement.lineage).await?.is_none() {
                let collection = Collection {
                    partner: party.key_id.clone(),
                    lineage: agreement.lineage.clone(),
                    title: format!("{} – {}", self.me.name, agreement.title()),
                };
                let id = clock::new_uuid()?.to_string();
                writes.push(record::put(Bucket::COLLECTION, &id, &collection, None)?);
            }
        }
        Ok(writes)
    }

    /// The collection of a partner under a lineage, with its id.
    pub(crate) async fn collection_for(
        &self,
        partner: &str,
        lineage: &str,
    ) -> Result<Option<(String, Collection)>, NodeError> {
        let all = self.collections().await?;
        Ok(all.into_iter().find(|(_, c)| c.partner == partner && c.lineage == lineage))
    }

    /// Whether an original is what is made for partners beside what is released to them.
    pub(crate) fn is_beside(&self, original: &str) -> bool {
        original.starts_with("marking-definition--") || original == self.me.identity_id
    }

    /// All collections by id.
    pub(crate) async fn collections(&self) -> Result<Vec<(String, Collection)>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::COLLECTION, limit: 100_000, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }
}
