//! Agreements: drafted as text, signed by every party, in force when the last signature is in.

use enlace_keys::Card;
use enlace_policy::draft::{self, TermFault};
use enlace_policy::roles::Action;
use enlace_policy::{
    Agreement, AgreementState, BLANK, CompileError, Draft, Party, Policy, PrivateRules, Sentence,
};
use enlace_stix::canonical;
use serde::Serialize;
use serde_json::Value;

use crate::standing::{Standing, Unreadable, rests};
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
    /// Whole days until its end; negative once it is over.
    pub days_left: i64,
    /// What it does to what was released before (`keep`, `narrow`, `recall`), if it amends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amends: Option<&'static str>,
    /// The version that stands in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
    /// Names of the parties that suspended it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suspended_by: Vec<String>,
    /// What was said of it with a key that others may have had by then, and nobody judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub in_doubt: Vec<crate::DoubtLine>,
    /// Suspended by us without telling the others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// What it did with what was released before it, once that is carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<crate::Amended>,
    /// What this version cannot apply of it; such an agreement is never in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

impl AgreementLine {
    /// Whether it is in force, or suspended, and ends within so many days.
    pub fn ends_within(&self, days: i64) -> bool {
        matches!(self.state, "active" | "suspended") && self.days_left < days
    }
}

/// State of an agreement that this version cannot apply.
pub(crate) const UNREADABLE: &str = "unreadable";

/// A party of an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyLine {
    /// Key id.
    pub key_id: String,
    /// Name of the agency.
    pub name: String,
    /// Country.
    pub country: String,
    /// The unit that receives.
    pub unit: String,
    /// Whether its signature holds.
    pub signed: bool,
    /// Whether it is this node.
    pub own: bool,
}

/// What a party said about an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementLine {
    /// Name of the party.
    pub by: String,
    /// `suspended`, `resumed` or `terminated`.
    pub said: &'static str,
    /// When it was made.
    pub made: String,
    /// From when on it counts, if not at once.
    pub effective: Option<String>,
    /// What the party told the others.
    pub note: Option<String>,
}

/// One agreement with its terms.
#[derive(Debug, Clone)]
pub struct AgreementView {
    /// The line of the list.
    pub line: AgreementLine,
    /// Treaty, law or memorandum that it rests on.
    pub legal_basis: String,
    /// The parties.
    pub parties: Vec<PartyLine>,
    /// What the parties said about it, oldest first.
    pub statements: Vec<StatementLine>,
    /// Other versions of its lineage, oldest first.
    pub versions: Vec<AgreementLine>,
    /// SHA-256 of the bytes that are signed.
    pub sha256: String,
    /// SHA-256 of the text on paper.
    pub text_sha256: Option<String>,
    /// Whether our signature is missing.
    pub may_sign: bool,
    /// Whether one of our own suspensions, the silent one too, can be ended.
    pub may_resume: bool,
    /// The terms as JSON text.
    pub terms: String,
    /// The Cedar policies that the terms and the node's own rules compile to.
    pub cedar: String,
    /// What the terms say, in sentences.
    pub summary: Vec<Sentence>,
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

/// The head of a draft.
pub(crate) struct Start {
    pub(crate) title: String,
    pub(crate) parties: Vec<Party>,
    pub(crate) from: String,
    pub(crate) until: String,
}

impl From<TermFault> for DraftFault {
    fn from(fault: TermFault) -> Self {
        let TermFault { file, line, column, key, found, allowed } = fault;
        Self { file, line, column, key, found, allowed }
    }
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
        let Start { title, parties, from, until } = self.draft_start(partners, title).await?;
        let legal_basis = legal_basis.unwrap_or(BLANK);
        Ok(match model {
            Some(model) => draft::fill(model, &title, legal_basis, &parties, &from, &until),
            None => draft::template(&title, legal_basis, &parties, &from, &until),
        })
    }

    /// What is known before anything is agreed on: valid for a year from today.
    pub(crate) async fn draft_start(
        &self,
        partners: &[String],
        title: Option<&str>,
    ) -> Result<Start, NodeError> {
        let mut parties = vec![party(&self.card()?)];
        for name in partners {
            let (_, partner) = self.partner_named(name).await?;
            parties.push(party(&partner.card()?));
        }
        let names: Vec<&str> = parties.iter().map(|p| p.name.as_str()).collect();
        let title = title.map_or_else(|| names.join(" – "), str::to_owned);
        let today = self.now_us() - self.now_us().rem_euclid(DAY_US);
        let date = |us| clock::text(us).chars().take(10).collect::<String>();
        let (from, until) = (date(today), date(today + 365 * DAY_US));
        Ok(Start { title, parties, from, until })
    }

    /// Checks a draft, for who drafts or signs; faults point at line and column.
    pub async fn agreement_check(
        &self,
        actor: &Actor,
        text: &str,
        file: &str,
    ) -> Result<Checked, NodeError> {
        if !actor.may(Action::AgreementSign) {
            actor.require(Action::AgreementDraft)?;
        }
        Ok(Checked { faults: self.draft_faults(text, file).await? })
    }

    pub(crate) async fn draft_faults(
        &self,
        text: &str,
        file: &str,
    ) -> Result<Vec<DraftFault>, NodeError> {
        let faults = match draft::parse(text, file) {
            Ok(draft) => self.party_faults(&draft, file).await?,
            Err(faults) => faults.into_iter().map(DraftFault::from).collect(),
        };
        Ok(faults)
    }

    /// All agreements that we are party to, and those that this version cannot apply.
    pub async fn agreement_list(&self, actor: &Actor) -> Result<Vec<AgreementLine>, NodeError> {
        actor.require(Action::AgreementView)?;
        let mut lines = Vec::new();
        for standing in self.standings().await? {
            lines.push(self.line_here(&standing).await?);
        }
        let unreadable = self.unreadable_agreements().await?;
        lines.extend(unreadable.iter().map(Self::unreadable_line));
        Ok(lines)
    }

    /// One agreement with its terms and the policies that they compile to.
    pub async fn agreement_show(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<AgreementView, NodeError> {
        actor.require(Action::AgreementView)?;
        let standing = match self.agreement_named(name).await {
            Ok(standing) => standing,
            Err(missing) => return self.unreadable_view(name).await?.ok_or(missing),
        };
        let agreement = &standing.agreement;
        let mut versions = self.lineage_of(&standing).await?;
        versions.retain(|s| s.row.row != standing.row.row);
        versions.sort_by(|a, b| a.agreement.modified.cmp(&b.agreement.modified));
        let (me, now) = (self.key_id(), self.now_us());
        let over = matches!(
            standing.agreed,
            AgreementState::Terminated | AgreementState::Replaced { .. } | AgreementState::Expired
        );
        let signed = |key: &String| standing.signed.contains(key);
        Ok(AgreementView {
            line: AgreementLine {
                effects: self.amendment_effects(actor, agreement.id.as_str()).await?,
                ..self.line_here(&standing).await?
            },
            legal_basis: agreement.draft.legal_basis.clone(),
            parties: agreement.draft.parties.iter().map(|p| self.party_line(p, &signed)).collect(),
            statements: statement_lines(&standing),
            versions: versions.iter().map(|s| self.agreement_line(s)).collect(),
            sha256: hex::encode(canonical::sha256(&Value::Object(standing.object.view().clone()))),
            text_sha256: agreement.draft.text_sha256.clone(),
            may_sign: !over && !standing.signed.iter().any(|key| key == me),
            may_resume: standing.silence.is_some() || (!over && rests(&standing, me, now)),
            terms: serde_json::to_string_pretty(agreement.terms())
                .map_err(|_| NodeError::Internal("terms"))?,
            cedar: self.policy(agreement)?.cedar_text(),
            summary: enlace_policy::summary(agreement),
        })
    }

    /// What an agreement that this version cannot apply says of itself.
    async fn unreadable_view(&self, name: &str) -> Result<Option<AgreementView>, NodeError> {
        let all = self.unreadable_agreements().await?;
        let Some(found) = all.iter().find(|u| u.row.id == name) else { return Ok(None) };
        let value = Value::Object(found.object.view().clone());
        let terms = found.object.get("terms").cloned().unwrap_or_default();
        Ok(Some(AgreementView {
            line: Self::unreadable_line(found),
            legal_basis: found.object.text("legal_basis").unwrap_or_default().to_owned(),
            parties: Vec::new(),
            statements: Vec::new(),
            versions: Vec::new(),
            sha256: hex::encode(canonical::sha256(&value)),
            text_sha256: found.object.text("text_sha256").map(str::to_owned),
            may_sign: false,
            may_resume: false,
            terms: serde_json::to_string_pretty(&terms)
                .map_err(|_| NodeError::Internal("terms"))?,
            cedar: String::new(),
            summary: Vec::new(),
        }))
    }

    fn party_line(&self, party: &Party, signed: &impl Fn(&String) -> bool) -> PartyLine {
        PartyLine {
            key_id: party.key_id.clone(),
            name: party.name.clone(),
            country: party.country.clone(),
            unit: party.unit.clone(),
            signed: signed(&party.key_id),
            own: party.key_id == self.key_id(),
        }
    }

    /// The line with what stands here: under an agreement whose other parties were all cut off
    /// nothing moves.
    async fn line_here(&self, standing: &Standing) -> Result<AgreementLine, NodeError> {
        let mut line = self.agreement_line(standing);
        if standing.state == AgreementState::Active && self.all_cut_off(&standing.agreement).await?
        {
            line.state = "suspended";
        }
        Ok(line)
    }

    pub(crate) fn policy(&self, agreement: &Agreement) -> Result<Policy, NodeError> {
        Policy::compile(agreement, &self.config.rules)
            .map_err(|error| uncompiled(agreement, &error))
    }

    /// The policy of an agreement as if the node had no rules of its own.
    pub(crate) fn policy_without_rules(&self, agreement: &Agreement) -> Result<Policy, NodeError> {
        Policy::compile(agreement, &PrivateRules::default())
            .map_err(|error| uncompiled(agreement, &error))
    }

    pub(crate) fn agreement_line(&self, standing: &Standing) -> AgreementLine {
        let draft = &standing.agreement.draft;
        let others = draft.parties.iter().filter(|p| p.key_id != self.key_id());
        let name = |key: &str| {
            standing.agreement.party(key).map_or_else(|| key.to_owned(), |p| p.name.clone())
        };
        let suspended_by = match &standing.agreed {
            AgreementState::Suspended { by } => by.iter().map(|key| name(key)).collect(),
            _ => Vec::new(),
        };
        let left = standing.agreement.validity_us().1 - self.now_us();
        AgreementLine {
            id: standing.agreement.id.to_string(),
            lineage: standing.agreement.lineage.clone(),
            title: draft.title.clone(),
            state: standing.state.name(),
            valid_from: draft.valid_from.to_string(),
            valid_until: draft.valid_until.to_string(),
            days_left: left.div_euclid(DAY_US),
            purposes: draft.terms.purposes.allowed.clone(),
            partners: others.map(|p| p.key_id.clone()).collect(),
            parties: draft
                .parties
                .iter()
                .map(|p| (p.name.clone(), standing.signed.contains(&p.key_id)))
                .collect(),
            amends: draft.amends.map(|amends| amends.released.name()),
            replaced_by: match &standing.agreed {
                AgreementState::Replaced { by } => Some(by.clone()),
                _ => None,
            },
            suspended_by,
            in_doubt: crate::doubt::in_doubt(standing),
            silent: standing.silence.is_some(),
            effects: None,
            faults: Vec::new(),
        }
    }

    /// The line of an agreement that this version cannot apply: what it says of itself.
    fn unreadable_line(found: &Unreadable) -> AgreementLine {
        let text = |name: &str| found.object.text(name).unwrap_or_default().to_owned();
        let parties = found.object.get("parties").and_then(Value::as_array);
        let name = |p: &Value| p.get("name").and_then(Value::as_str).map(str::to_owned);
        let mut line = AgreementLine {
            id: found.row.id.clone(),
            lineage: text("lineage"),
            title: text("title"),
            state: UNREADABLE,
            valid_from: text("valid_from"),
            valid_until: text("valid_until"),
            days_left: 0,
            purposes: found.object.texts("purposes").map(str::to_owned).collect(),
            parties: parties.into_iter().flatten().filter_map(name).map(|n| (n, false)).collect(),
            partners: Vec::new(),
            amends: None,
            replaced_by: None,
            suspended_by: Vec::new(),
            in_doubt: Vec::new(),
            silent: false,
            effects: None,
            faults: vec![found.problem.clone()],
        };
        if found.row.channel != enlace_store::OWN {
            line.partners.push(found.row.channel.clone());
        }
        line
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

/// A day in microseconds.
pub(crate) const DAY_US: i64 = 86_400_000_000;

fn statement_lines(standing: &Standing) -> Vec<StatementLine> {
    let mut said: Vec<_> = standing.statements.iter().map(|heard| &heard.statement).collect();
    said.sort_by(|a, b| (&a.made, &a.id).cmp(&(&b.made, &b.id)));
    let name = |key: &str| standing.agreement.party(key).map(|p| p.name.clone());
    said.into_iter()
        .map(|s| StatementLine {
            by: name(&s.by).unwrap_or_default(),
            said: s.said.name(),
            made: s.made.to_string(),
            effective: s.effective_us.map(clock::text),
            note: s.note.clone(),
        })
        .collect()
}

pub(crate) fn party(card: &Card) -> Party {
    Party {
        key_id: card.party_id(),
        name: card.name.clone(),
        country: card.country.clone(),
        unit: card.unit.clone().unwrap_or_default(),
        identity_ref: card.identity_id().to_owned(),
    }
}

/// Terms of which no policy can be made.
pub(crate) fn uncompiled(agreement: &Agreement, error: &CompileError) -> NodeError {
    let expected = "terms that this version can apply";
    NodeError::input("agreement.compile", error.to_string(), agreement.id.as_str(), expected)
}
