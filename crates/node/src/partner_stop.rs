//! What a partner may do with us, and its end: tokens, one by one, and the whole partner. Stopping
//! takes one person and no approval.

use enlace_keys::Token;
use enlace_policy::Agreement;
use enlace_policy::roles::Action;
use enlace_store::{Batch, Write};
use serde::Serialize;

use crate::account::hash;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// A token of a partner, for lists. Nobody can use it by what stands here.
#[derive(Debug, Clone, Serialize)]
pub struct TokenLine {
    /// How it begins; empty for tokens of before.
    pub begins: String,
    /// Lineage of the agreement under which it reads.
    pub lineage: String,
    /// Until when.
    pub expires: String,
}

/// What cutting a partner off took from it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CutOff {
    /// Tokens that are dead.
    pub tokens: usize,
    /// Messages that were waiting for it and never leave.
    pub messages: usize,
}

impl Node {
    /// A token with which a plain TAXII client of this partner reads what we released to it, for so
    /// many days (1 to 365, the most if nothing is said).
    pub async fn partner_token(
        &self,
        actor: &Actor,
        name: &str,
        days: Option<u32>,
    ) -> Result<Token, NodeError> {
        actor.require(Action::PartnerManage)?;
        let (key_id, partner) = self.partner_named(name).await?;
        if partner.revoked {
            return Err(NodeError::state(partner.name, "cut off", "it gets no token"));
        }
        let active = self.active_agreements(&key_id).await?;
        let Some(agreement) = active.first() else {
            let expected = "sign one first (`enlace agreement new`)";
            return Err(NodeError::state(partner.name, "without an active agreement", expected));
        };
        let act = Act::new("partner-token").by(actor).field("partner", key_id.as_str());
        let lineage = agreement.agreement.lineage.clone();
        self.issue_token(&key_id, Some(lineage), days, vec![self.node_leaf(act)?]).await
    }

    /// The tokens of a partner.
    pub async fn partner_tokens(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<Vec<TokenLine>, NodeError> {
        actor.require(Action::PartnerManage)?;
        let (key_id, _) = self.partner_named(name).await?;
        let line = |(_, token): (String, crate::account::TokenRecord)| TokenLine {
            begins: token.begins,
            lineage: token.lineage.unwrap_or_default(),
            expires: clock::text(token.expires_us),
        };
        Ok(self.tokens_of(&key_id).await?.into_iter().map(line).collect())
    }

    /// Ends one token of a partner, named by how it begins (at least 8 characters) or whole.
    pub async fn partner_token_revoke(
        &self,
        actor: &Actor,
        name: &str,
        begins: &str,
    ) -> Result<(), NodeError> {
        actor.require(Action::PartnerManage)?;
        let (key_id, partner) = self.partner_named(name).await?;
        let whole = hash(begins).unwrap_or_default();
        let named = |key: &str, kept: &str| {
            key == whole || (begins.len() >= 8 && !kept.is_empty() && kept.starts_with(begins))
        };
        let tokens = self.tokens_of(&key_id).await?;
        let mut found = tokens.iter().filter(|(key, token)| named(key, &token.begins));
        let (Some((key, token)), None) = (found.next(), found.next()) else {
            let expected = "the first 8 to 10 characters of one token of this partner: \
                            `enlace partner token NAME --list`; or the whole token";
            let problem = format!("no single token of {} begins so", partner.name);
            return Err(NodeError::input("token.unknown", problem, "--revoke", expected));
        };
        let act = Act::new("partner-token-revoked").by(actor).field("partner", key_id.as_str());
        let writes = vec![
            Write::Delete { bucket: Bucket::TOKEN, key: key.clone() },
            self.node_leaf(act.field("begins", token.begins.as_str()))?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// Cuts a partner off: from now on its certificate and tokens reach nothing, nothing is fetched
    /// from it, read of it or written for it, and what waits for it never leaves. What we hold of
    /// it stays.
    pub async fn partner_revoke(&self, actor: &Actor, name: &str) -> Result<CutOff, NodeError> {
        actor.require(Action::PartnerManage)?;
        let (key_id, mut partner) = self.partner_named(name).await?;
        partner.revoked = true;
        let act = Act::new("partner-revoked").field("key", key_id.as_str());
        let [channel, node] = self.channel_leaves(&key_id, act, |a| a.by(actor))?;
        let mut writes =
            vec![record::put(Bucket::PARTNER, &key_id, &partner, None)?, channel, node];
        let delete = |bucket| move |key| Write::Delete { bucket, key };
        let tokens: Vec<String> =
            self.tokens_of(&key_id).await?.into_iter().map(|(key, _)| key).collect();
        let messages: Vec<String> =
            self.waiting(&key_id).await?.into_iter().map(|(key, _)| key).collect();
        let carried = self.unacknowledged(&key_id).await?.into_iter().map(|(key, _)| key);
        let cut = CutOff { tokens: tokens.len(), messages: messages.len() };
        writes.extend(tokens.into_iter().map(delete(Bucket::TOKEN)));
        writes.extend(messages.into_iter().map(delete(Bucket::OUTBOX)));
        writes.extend(carried.map(delete(Bucket::CARRIED)));
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(cut)
    }

    /// Refuses if a partner was cut off.
    pub(crate) async fn refuse_cut_off(&self, key_id: &str) -> Result<(), NodeError> {
        match self.partner(key_id).await? {
            Some(partner) if partner.revoked => {
                Err(NodeError::state(partner.name, "cut off", "nothing leaves to it"))
            }
            _ => Ok(()),
        }
    }

    /// Whether every other party of an agreement was cut off: then nothing moves under it.
    pub(crate) async fn all_cut_off(&self, agreement: &Agreement) -> Result<bool, NodeError> {
        for party in agreement.draft.parties.iter().filter(|p| p.key_id != self.key_id()) {
            if self.partner(&party.key_id).await?.is_none_or(|p| !p.revoked) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
