//! Agreements: drafted as text, signed by every party, in force when the last signature is in.

use enlace_keys::{Card, PublicKey, Signature, verify};
use enlace_policy::roles::Action;
use enlace_policy::{Agreement, AgreementState, Draft, Party, Policy, draft};
use enlace_stix::{Id, Object, Timestamp, canonical};
use enlace_store::{Batch, OWN, ObjectQuery, ObjectRow, ObjectState, RecordQuery, Write};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
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

/// A collection in which one partner finds what it receives under one agreement lineage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Collection {
    pub(crate) partner: String,
    pub(crate) lineage: String,
    pub(crate) title: String,
}

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
        let found = self.standings().await?;
        Ok(found.iter().map(|s| self.agreement_line(s)).collect())
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
        Ok(AgreementView { line: self.agreement_line(&standing), terms, cedar })
    }

    pub(crate) fn policy(&self, agreement: &Agreement) -> Result<Policy, NodeError> {
        Policy::compile(agreement, &self.config.rules).map_err(|e| {
            let expected = "terms that this version can apply";
            NodeError::input("agreement.compile", e.to_string(), agreement.id.as_str(), expected)
        })
    }

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
    async fn signers(
        &self,
        agreement: &Agreement,
        object: &Object,
        signatures: &[Object],
    ) -> Result<Vec<String>, NodeError> {
        let bytes = canonical::to_string(&Value::Object(object.view().clone()));
        let mut signed = Vec::new();
        for party in &agreement.draft.parties {
            let Some(key) = self.key_of(&party.key_id).await? else { continue };
            let mine = signatures.iter().filter(|s| {
                s.text("agreement_ref") == Some(agreement.id.as_str())
                    && s.text("key_id") == Some(party.key_id.as_str())
            });
            if mine.into_iter().any(|s| signature_holds(s, &key, &bytes)) {
                signed.push(party.key_id.clone());
            }
        }
        Ok(signed)
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
        let Some(key) = self.key_of(partner).await? else { return Ok(false) };
        let party = standing.agreement.party(partner).is_some();
        Ok(party && signature_holds(signature, &key, &bytes))
    }

    /// What a partner's signature brings about: the collection, once everybody signed.
    pub(crate) async fn activation(
        &self,
        partner: &str,
        signature: &Object,
    ) -> Result<Vec<Write>, NodeError> {
        let Some(id) = signature.text("agreement_ref") else { return Ok(Vec::new()) };
        let Ok(standing) = self.agreement_named(id).await else { return Ok(Vec::new()) };
        let bytes = canonical::to_string(&Value::Object(standing.object.view().clone()));
        let holds = match self.key_of(partner).await? {
            Some(key) => signature_holds(signature, &key, &bytes),
            None => false,
        };
        if holds {
            self.collections_for(&standing.agreement, &standing.object, partner).await
        } else {
            Ok(Vec::new())
        }
    }

    /// Collections for the other parties, if `signer` is the last who signs.
    async fn collections_for(
        &self,
        agreement: &Agreement,
        object: &Object,
        signer: &str,
    ) -> Result<Vec<Write>, NodeError> {
        let list = ObjectQuery {
            kinds: vec!["agreement-signature".to_owned()],
            limit: 10_000,
            ..ObjectQuery::default()
        };
        let rows = self.store.objects(list).await?;
        let signatures: Vec<Object> =
            rows.iter().filter_map(|r| Object::parse(&r.raw).ok()).collect();
        let mut signed = self.signers(agreement, object, &signatures).await?;
        signed.push(signer.to_owned());
        if agreement.draft.parties.iter().any(|p| !signed.contains(&p.key_id)) {
            return Ok(Vec::new());
        }
        let mut writes = Vec::new();
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

    /// All collections by id.
    pub(crate) async fn collections(&self) -> Result<Vec<(String, Collection)>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::COLLECTION, limit: 100_000, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
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

/// Longest agreement that is taken from a partner, in bytes.
const LONGEST: usize = 256 << 10;

/// Most agreements that are kept from one partner.
const MOST_WAITING: usize = 200;

const DAY_US: i64 = 86_400_000_000;

fn party(card: &Card) -> Party {
    Party {
        key_id: card.key_id(),
        name: card.name.clone(),
        country: card.country.clone(),
        unit: card.unit.clone().unwrap_or_default(),
        identity_ref: card.identity_id().to_owned(),
    }
}

/// Whether an `agreement-signature` is this key's signature over these bytes.
fn signature_holds(object: &Object, key: &PublicKey, bytes: &str) -> bool {
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
