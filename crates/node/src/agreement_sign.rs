//! Signing: a draft becomes an agreement, an agreement of a partner gets our signature, a later
//! version amends or renews what is in force.

use enlace_policy::roles::Action;
use enlace_policy::{Agreement, AgreementState, Draft, draft};
use enlace_stix::{Id, Object, Timestamp, canonical};
use enlace_store::{Batch, OWN, ObjectState, Write};
use serde_json::Value;
use uuid::Uuid;

use crate::ledger_log::Act;
use crate::standing::{Standing, rests};
use crate::{Actor, AgreementLine, Node, NodeError, clock};

/// How far ahead of our clock an agreement that we sign may be dated.
const AHEAD_US: i64 = 5 * 60 * 1_000_000;

impl Node {
    /// Makes the agreement of a draft, signs it and sends both to the other parties.
    pub async fn agreement_sign_draft(
        &self,
        actor: &Actor,
        text: &str,
        file: &str,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSign)?;
        let draft = self.sound_draft(text, file).await?;
        if draft.amends.is_some() {
            let expected = "`enlace agreement amend NAME FILE`, which says what it amends";
            let problem = "the draft is an amendment";
            return Err(NodeError::input("agreement.amends", problem, file, expected));
        }
        let now = Timestamp::from_micros(self.now_us());
        self.sign_new(actor, &draft, clock::new_uuid()?, &now, file).await
    }

    /// Makes a later version of an agreement's lineage of a draft, signs it and sends both to the
    /// other parties. Signed by all, it stands in place of the earlier ones from its first day.
    pub async fn agreement_amend(
        &self,
        actor: &Actor,
        name: &str,
        text: &str,
        file: &str,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSign)?;
        let standing = self.agreement_named(name).await?;
        let draft = self.sound_draft(text, file).await?;
        let versions = self.lineage_of(&standing).await?;
        let broken = || NodeError::Internal("lineage");
        let lineage: Uuid = standing.agreement.lineage.parse().map_err(|_| broken())?;
        // Later than every version of the lineage, whatever the clock says.
        let last = versions.iter().map(|s| s.agreement.modified.micros()).max();
        let now = self.now_us().max(last.map_or(i64::MIN, |last| last.saturating_add(1000)));
        self.may_join(&draft, &versions, file)?;
        if draft.amends.is_none() {
            let expected = "`amends = { released = \"keep\" }`, `\"narrow\"` or `\"recall\"` under \
                            `[agreement]`: what happens to what was released before";
            let problem = "the draft does not say that it amends";
            return Err(NodeError::input("agreement.amends", problem, file, expected));
        }
        self.sign_new(actor, &draft, lineage, &Timestamp::from_micros(now), file).await
    }

    /// Signs an agreement that a partner sent.
    pub async fn agreement_sign(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSign)?;
        let standing = self.unsigned_named(name).await?;
        if standing.signed.iter().any(|key| key == self.key_id()) {
            return Err(NodeError::state("the agreement", "signed by us already", "nothing to do"));
        }
        if standing.agreed == AgreementState::Terminated {
            return Err(NodeError::state("the agreement", "terminated", "draft another one"));
        }
        let id = standing.agreement.id.as_str();
        if let Some((name, expected)) = standing.agreement.draft.blanks().next() {
            let problem = format!("`{name}` is still to be filled in");
            let expected = format!("{expected}: ask the party that drafted it for another one");
            return Err(NodeError::input("agreement.blank", problem, id, &expected));
        }
        if standing.agreement.modified.micros() > self.now_us().saturating_add(AHEAD_US) {
            let expected = "one that is not dated in the future: compare the clocks";
            return Err(NodeError::state("the agreement", "dated in the future", expected));
        }
        let mut versions = self.lineage_of(&standing).await?;
        versions.retain(|s| s.agreement.id != standing.agreement.id);
        // Whoever drafts chooses the lineage: it must be that of what we signed, or of nothing.
        versions.retain(|s| s.signed.iter().any(|key| key == self.key_id()));
        self.may_join(&standing.agreement.draft, &versions, id)?;
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

    /// The agreement of a name; of a lineage, the only version that we have not signed yet.
    async fn unsigned_named(&self, name: &str) -> Result<Standing, NodeError> {
        let named = self.agreement_named(name).await?;
        if named.agreement.id.as_str() == name {
            return Ok(named);
        }
        let mut open = self.lineage_of(&named).await?;
        open.retain(|s| !s.signed.iter().any(|key| key == self.key_id()));
        // A partner may send another version while somebody reads the first.
        if open.len() > 1 {
            let expected = "the id of the one that was read: `enlace agreement show`";
            return Err(NodeError::input("agreement.ambiguous", "several fit", name, expected));
        }
        open.retain(|s| matches!(s.agreed, AgreementState::AwaitingSignatures { .. }));
        Ok(open.pop().unwrap_or(named))
    }

    /// Refuses a version that cannot stand in the place of those that we signed.
    fn may_join(&self, draft: &Draft, versions: &[Standing], place: &str) -> Result<(), NodeError> {
        let refuse = |code, problem: &str, expected: &str| {
            Err(NodeError::input(code, problem, place, expected))
        };
        if versions.is_empty() {
            return Ok(());
        }
        if draft.amends.is_none() {
            let expected = "`amends`, or a lineage of its own";
            return refuse("agreement.amends", "of the lineage of another agreement", expected);
        }
        if versions.iter().any(|s| s.agreed == AgreementState::Terminated) {
            let expected = "a new agreement: an end is for good";
            return refuse("agreement.terminated", "what it amends is terminated", expected);
        }
        let now = self.now_us();
        if versions.iter().any(|s| s.silence.is_some() || rests(s, self.key_id(), now)) {
            let expected = "`enlace agreement resume` first: a new version would not be suspended";
            return refuse("agreement.suspended", "we suspended what it amends", expected);
        }
        let party = |id: &str| draft.parties.iter().any(|p| p.identity_ref == id);
        let replaced = |s: &&Standing| matches!(s.agreed, AgreementState::Replaced { .. });
        for version in versions.iter().filter(|s| !replaced(s)) {
            if !version.agreement.draft.parties.iter().all(|p| party(&p.identity_ref)) {
                let expected = "every party of what it amends: who leaves terminates, the others \
                                sign a new agreement";
                return refuse("agreement.party-missing", "a party is missing", expected);
            }
        }
        Ok(())
    }

    /// A draft without faults.
    async fn sound_draft(&self, text: &str, file: &str) -> Result<Draft, NodeError> {
        let faults = self.draft_faults(text, file).await?;
        match draft::parse(text, file) {
            Ok(draft) if faults.is_empty() => Ok(draft),
            _ => {
                let shown = |f: &crate::DraftFault| {
                    let (line, column) = (f.line, f.column);
                    let (key, found, allowed) = (&f.key, &f.found, &f.allowed);
                    format!("{line}:{column}: `{key}`: found {found}, allowed: {allowed}")
                };
                let faults = faults.iter().map(shown).collect();
                Err(NodeError::Faults { file: file.to_owned(), faults })
            }
        }
    }

    async fn sign_new(
        &self,
        actor: &Actor,
        draft: &Draft,
        lineage: Uuid,
        now: &Timestamp,
        file: &str,
    ) -> Result<AgreementLine, NodeError> {
        let creator: Id =
            self.me.identity_id.parse().map_err(|_| NodeError::Internal("identity id"))?;
        let object = Agreement::to_object(draft, clock::new_uuid()?, lineage, now, &creator)
            .map_err(|e| NodeError::input(e.code(), e.to_string(), file, "a complete draft"))?;
        let row = self.new_object(&object, OWN, "this node", ObjectState::Held);
        let writes = vec![Write::Object(Box::new(row)), self.own_envelope(&object)?];
        self.sign(actor, &object, writes, true).await
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
        writes.push(self.own_envelope(&signature)?);
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
            let act = match agreement.draft.amends {
                Some(amends) => {
                    let lineage = agreement.lineage.as_str();
                    act.field("amends", lineage).field("released", amends.released.name())
                }
                None => act,
            };
            writes.extend(self.channel_leaves(partner, act, |a| a.by(actor))?);
        }
        writes.extend(self.collections_for(&agreement, object, self.key_id()).await?);
        writes.push(self.stop_write()?);
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
}
