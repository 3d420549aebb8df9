//! Agreements: drafted as text, signed by every party, in force when the last signature is in.

use enlace_keys::Card;
use enlace_policy::roles::Action;
use enlace_policy::{Agreement, Draft, Party, Policy, draft};
use enlace_stix::{Id, Object, Timestamp, canonical};
use enlace_store::{Batch, OWN, ObjectState, Write};
use serde::Serialize;
use serde_json::Value;

use crate::ledger_log::Act;
use crate::standing::Standing;
use crate::{Actor, Node, NodeError, clock};

/// A line in the list of agreements.
#[derive(Debug, Clone, Serialize)]
pub struct AgreementLine {
    /// Id of the agreement object.
    pub id: String,
    /// Lineage that amendments share.
    pub lineage: String,
    /// Title.
    pub title: String,
    /// `awaiting-signatures`, `active`, …
    pub state: &'static str,
    /// First day.
    pub valid_from: String,
    /// End.
    pub valid_until: String,
    /// Purposes.
    pub purposes: Vec<String>,
    /// Parties by name, and whether each has signed.
    pub parties: Vec<(String, bool)>,
    /// Key ids of the other parties.
    pub partners: Vec<String>,
}

/// One agreement with its terms.
#[derive(Debug, Clone)]
pub struct AgreementView {
    /// The line of the list.
    pub line: AgreementLine,
    /// The terms as JSON text.
    pub terms: String,
    /// The Cedar policies that the terms and the node's own rules compile to.
    pub cedar: String,
}

/// A fault in a draft, at its line.
#[derive(Debug, Clone, Serialize)]
pub struct DraftFault {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The key.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

/// What checking a draft found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Faults in the order of the text; empty = none.
    pub faults: Vec<DraftFault>,
}

impl Node {
    /// The text of a draft with these partners, to be filled in: the police agreement, or the
    /// text of `model` with its slots filled.
    pub async fn agreement_new(
        &self,
        actor: &Actor,
        partners: &[String],
        title: Option<&str>,
        legal_basis: Option<&str>,
        model: Option<&str>,
    ) -> Result<String, NodeError> {
        actor.require(Action::AgreementDraft)?;
        let mut parties = vec![party(&self.card()?)];
        for name in partners {
            let (_, partner) = self.partner_named(name).await?;
            parties.push(party(&partner.card()?));
        }
        let names: Vec<&str> = parties.iter().map(|p| p.name.as_str()).collect();
        let title = title.map_or_else(|| names.join(" – "), str::to_owned);
        let today = self.now_us() - self.now_us().rem_euclid(DAY_US);
        let date = |us| clock::text(us).chars().take(10).collect::<String>();
        let legal_basis = legal_basis.unwrap_or("…");
        let (from, until) = (date(today), date(today + 365 * DAY_US));
        Ok(match model {
            Some(model) => draft::fill(model, &title, legal_basis, &parties, &from, &until),
            None => draft::template(&title, legal_basis, &parties, &from, &until),
        })
    }

    /// Checks a draft; faults point at line and column.
    pub async fn agreement_check(
        &self,
        actor: &Actor,
        text: &str,
        file: &str,
    ) -> Result<Checked, NodeError> {
        actor.require(Action::AgreementDraft)?;
        Ok(Checked { faults: self.draft_faults(text, file).await? })
    }

    async fn draft_faults(&self, text: &str, file: &str) -> Result<Vec<DraftFault>, NodeError> {
        let faults = match draft::parse(text, file) {
            Ok(draft) => self.party_faults(&draft, file).await?,
            Err(faults) => faults
                .into_iter()
                .map(|f| DraftFault {
                    file: file.to_owned(),
                    line: f.line,
                    column: f.column,
                    key: f.key,
                    found: f.found,
                    allowed: f.allowed,
                })
                .collect(),
        };
        Ok(faults)
    }

    /// Makes the agreement of a draft, signs it and sends both to the other parties.
    pub async fn agreement_sign_draft(
        &self,
        actor: &Actor,
        text: &str,
        file: &str,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSign)?;
        let faults = self.draft_faults(text, file).await?;
        let draft = match draft::parse(text, file) {
            Ok(draft) if faults.is_empty() => draft,
            _ => {
                let shown = |f: &DraftFault| {
                    let (line, column) = (f.line, f.column);
                    format!(
                        "{line}:{column}: `{}`: found {}, allowed: {}",
                        f.key, f.found, f.allowed
                    )
                };
                let faults = faults.iter().map(shown).collect();
                return Err(NodeError::Faults { file: file.to_owned(), faults });
            }
        };
        let creator: Id =
            self.me.identity_id.parse().map_err(|_| NodeError::Internal("identity id"))?;
        let now = Timestamp::from_micros(self.now_us());
        let (id, lineage) = (clock::new_uuid()?, clock::new_uuid()?);
        let object = Agreement::to_object(&draft, id, lineage, &now, &creator)
            .map_err(|e| NodeError::input(e.code(), e.to_string(), file, "a complete draft"))?;
        let row = self.new_object(&object, OWN, "this node", ObjectState::Held);
        let writes = vec![Write::Object(Box::new(row))];
        self.sign(actor, &object, writes, true).await
    }

    /// Signs an agreement that a partner sent.
    pub async fn agreement_sign(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSign)?;
        let standing = self.agreement_named(name).await?;
        if standing.signed.contains(&self.key_id().to_owned()) {
            return Err(NodeError::state("the agreement", "signed by us already", "nothing to do"));
        }
        let mut writes = Vec::new();
        if standing.row.state == ObjectState::Pending {
            writes.push(Write::State {
                channel: standing.row.channel.clone(),
                id: standing.row.id.clone(),
                version: Some(standing.row.version.clone()),
                state: ObjectState::Held,
            });
        }
        self.sign(actor, &standing.object, writes, false).await
    }

    /// All agreements that we are party to.
    pub async fn agreement_list(&self, actor: &Actor) -> Result<Vec<AgreementLine>, NodeError> {
        actor.require(Action::AgreementView)?;
        let mut lines = Vec::new();
        for standing in self.standings().await? {
            lines.push(self.line_here(&standing).await?);
        }
        Ok(lines)
    }

    /// One agreement with its terms and the policies that they compile to.
    pub async fn agreement_show(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<AgreementView, NodeError> {
        actor.require(Action::AgreementView)?;
        let standing = self.agreement_named(name).await?;
        let terms = serde_json::to_string_pretty(standing.agreement.terms())
            .map_err(|_| NodeError::Internal("terms"))?;
        let cedar = self.policy(&standing.agreement)?.cedar_text();
        Ok(AgreementView { line: self.line_here(&standing).await?, terms, cedar })
    }

    /// The line with what stands here: under an agreement whose other parties were all cut off
    /// nothing moves.
    async fn line_here(&self, standing: &Standing) -> Result<AgreementLine, NodeError> {
        let mut line = self.agreement_line(standing);
        if standing.state == enlace_policy::AgreementState::Active
            && self.all_cut_off(&standing.agreement).await?
        {
            line.state = "suspended";
        }
        Ok(line)
    }

    pub(crate) fn policy(&self, agreement: &Agreement) -> Result<Policy, NodeError> {
        Policy::compile(agreement, &self.config.rules).map_err(|e| {
            let expected = "terms that this version can apply";
            NodeError::input("agreement.compile", e.to_string(), agreement.id.as_str(), expected)
        })
    }

    async fn sign(
        &self,
        actor: &Actor,
        object: &Object,
        mut writes: Vec<Write>,
        drafted: bool,
    ) -> Result<AgreementLine, NodeError> {
        let agreement = Agreement::from_object(object)
            .map_err(|e| NodeError::input(e.code(), e.to_string(), "agreement", "known terms"))?;
        let signature = self.signature(&agreement, object)?;
        let others: Vec<String> = agreement
            .draft
            .parties
            .iter()
            .map(|p| p.key_id.clone())
            .filter(|k| k != self.key_id())
            .collect();
        let row = self.new_object(&signature, OWN, "this node", ObjectState::Held);
        writes.push(Write::Object(Box::new(row)));
        let sha256 = hex::encode(canonical::sha256(&Value::Object(object.view().clone())));
        for partner in &others {
            let mut papers = Vec::new();
            if drafted {
                papers.push(self.paper(object, &agreement, partner)?);
            }
            papers.push(self.paper(&signature, &agreement, partner)?);
            writes.push(self.message(partner, &papers)?);
            let act = Act::new("agreement-signed").field("agreement", agreement.id.as_str());
            let act = act.field("sha256", sha256.as_str());
            writes.extend(self.channel_leaves(partner, act, |a| a.by(actor))?);
        }
        writes.extend(self.collections_for(&agreement, object, self.key_id()).await?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        let standing = self.agreement_named(agreement.id.as_str()).await?;
        Ok(self.agreement_line(&standing))
    }

    fn signature(&self, agreement: &Agreement, object: &Object) -> Result<Object, NodeError> {
        let value = Value::Object(object.view().clone());
        let signature = self.keys.sign_object(&value);
        let mut view = self.own_object("agreement-signature")?;
        view.insert("agreement_ref".to_owned(), agreement.id.as_str().into());
        view.insert("agreement_modified".to_owned(), agreement.modified.as_str().into());
        view.insert("sha256".to_owned(), hex::encode(canonical::sha256(&value)).into());
        view.insert("key_id".to_owned(), signature.key_id.into());
        view.insert("value".to_owned(), signature.value.into());
        Object::from_view(view).map_err(|_| NodeError::Internal("signature object"))
    }

    fn agreement_line(&self, standing: &Standing) -> AgreementLine {
        let draft = &standing.agreement.draft;
        let others = draft.parties.iter().filter(|p| p.key_id != self.key_id());
        AgreementLine {
            id: standing.agreement.id.to_string(),
            lineage: standing.agreement.lineage.clone(),
            title: draft.title.clone(),
            state: standing.state.name(),
            valid_from: draft.valid_from.to_string(),
            valid_until: draft.valid_until.to_string(),
            purposes: draft.terms.purposes.allowed.clone(),
            partners: others.map(|p| p.key_id.clone()).collect(),
            parties: draft
                .parties
                .iter()
                .map(|p| (p.name.clone(), standing.signed.contains(&p.key_id)))
                .collect(),
        }
    }

    /// Parties of a draft that we do not know, or without us.
    async fn party_faults(&self, draft: &Draft, file: &str) -> Result<Vec<DraftFault>, NodeError> {
        let mut faults = Vec::new();
        let mut fault = |found: String, allowed: &str| {
            faults.push(DraftFault {
                file: file.to_owned(),
                line: 1,
                column: 1,
                key: "parties".to_owned(),
                found,
                allowed: allowed.to_owned(),
            });
        };
        if !draft.parties.iter().any(|p| p.key_id == self.key_id()) {
            fault("a draft without this node".to_owned(), "this node among the parties");
        }
        for party in &draft.parties {
            let own = party.key_id == self.key_id();
            let known = self.partner(&party.key_id).await?.filter(|p| !p.revoked);
            let stated = match known {
                Some(partner) => Some(partner.card()?),
                None if own => Some(self.card()?),
                None => None,
            };
            match stated {
                None => fault(party.name.clone(), "partners whose cards are pinned"),
                Some(card) if self::party(&card) != *party => {
                    fault(party.name.clone(), "name, unit, country and identity of the card");
                }
                Some(_) => {}
            }
        }
        Ok(faults)
    }
}

const DAY_US: i64 = 86_400_000_000;

pub(crate) fn party(card: &Card) -> Party {
    Party {
        key_id: card.party_id(),
        name: card.name.clone(),
        country: card.country.clone(),
        unit: card.unit.clone().unwrap_or_default(),
        identity_ref: card.identity_id().to_owned(),
    }
}
