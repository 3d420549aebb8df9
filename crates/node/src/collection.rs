//! Collections: one for each partner and agreement lineage, made when the last party signs.

use enlace_keys::PublicKey;
use enlace_policy::{Agreement, ToReleased};
use enlace_stix::Object;
use enlace_store::{RecordQuery, Write};
use serde::{Deserialize, Serialize};

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

    /// Whether an `agreement-signature` is this party's over exactly the bytes of `agreement`.
    async fn signed_by(
        &self,
        key_id: &str,
        signature: &Object,
        agreement: &Object,
    ) -> Result<bool, NodeError> {
        let (Some(key), Some(read), Some(value)) = (
            self.key_of(key_id).await?,
            self.memo.object(agreement.raw()),
            signature.text("value"),
        ) else {
            return Ok(false);
        };
        Ok(self.memo.holds(&key, &read, value))
    }

    /// Collections for the other parties, if `signer` is the last who signs.
    pub(crate) async fn collections_for(
        &self,
        agreement: &Agreement,
        object: &Object,
        signer: &str,
    ) -> Result<Vec<Write>, NodeError> {
        let mut signed = vec![signer.to_owned()];
        for row in self.papers("agreement-signature").await? {
            let Some(signature) = self.memo.object(&row.raw) else { continue };
            let (about, by) =
                (signature.object.text("agreement_ref"), signature.object.text("key_id"));
            let (Some(by), true) = (by, about == Some(agreement.id.as_str())) else { continue };
            if self.signed_by(by, &signature.object, object).await? {
                signed.push(by.to_owned());
            }
        }
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

    async fn key_of(&self, key_id: &str) -> Result<Option<PublicKey>, NodeError> {
        if key_id == self.key_id() {
            return Ok(Some(self.keys.public_key()));
        }
        match self.partner(key_id).await? {
            Some(partner) => Ok(Some(partner.card()?.key)),
            None => Ok(None),
        }
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

    /// All collections by id.
    pub(crate) async fn collections(&self) -> Result<Vec<(String, Collection)>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::COLLECTION, limit: 100_000, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }
}
