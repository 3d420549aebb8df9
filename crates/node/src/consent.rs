//! Consent: asked of the originator, given, refused and withdrawn by its officers
//! (docs/design/consent.md).
//!
//! Every paper is a signed object of who says it and goes to one partner alone; that it exists is
//! told to nobody else, and stands in the logs of the two.

use std::collections::BTreeSet;

use enlace_policy::Agreement;
use enlace_policy::consent::{
    Consent, ConsentDecision, ConsentKind, Consented, NoConsent, evidence, other_purpose,
};
use enlace_policy::roles::Action;
use enlace_stix::validate::{self, Level};
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, OWN, ObjectQuery, ObjectRow, ObjectState, Write};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::consent_use::{Came, Consents, Source, Whom};
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::view::View;
use crate::{Actor, Node, NodeError};

/// Most objects of one ask or decision.
const MOST: usize = 1_000;

/// An ask for consent.
#[derive(Debug, Clone, Default)]
pub struct NewAsk {
    /// Objects that one partner released to us.
    pub ids: Vec<String>,
    /// `onward`, `evidence`, `other-purpose`.
    pub kind: String,
    /// To whom it would be passed on: a partner by name, country or key id, any key id, or a class
    /// of recipients. For evidence: the proceedings, in words.
    pub to: String,
    /// For what.
    pub purpose: String,
    /// Until when it is needed, if that is known.
    pub until: Option<String>,
}

/// A decision about what we released: an answer to an ask, or given unasked.
#[derive(Debug, Clone, Default)]
pub struct NewConsent {
    /// The ask; what it says need not be said again.
    pub request: Option<String>,
    /// Agreement under which it was released; only without an ask.
    pub agreement: Option<String>,
    /// Partner, where the agreement has several.
    pub partner: Option<String>,
    /// `onward`, `evidence`, `other-purpose`; only without an ask.
    pub kind: String,
    /// Originals of ours; only without an ask.
    pub ids: Vec<String>,
    /// Types, in place of single objects; only without an ask.
    pub types: Vec<String>,
    /// As in [`NewAsk::to`].
    pub to: String,
    /// For what; only without an ask.
    pub purpose: String,
    /// First instant at which it no longer holds; a grant needs one.
    pub until: String,
    /// Whether a copy with less in it may be passed on.
    pub redacted: bool,
    /// How we are named in such a copy; `None` = by our name.
    pub named_as: Option<String>,
}

/// An ask or a decision, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentLine {
    /// The ask; of a decision that answers none, the decision.
    pub id: String,
    /// `asked-of-us`, `asked-by-us`, `given`, `received`.
    pub direction: &'static str,
    /// Name of the partner.
    pub partner: String,
    /// `onward`, `evidence`, `other-purpose`.
    pub kind: String,
    /// `open`, `granted`, `refused`, `withdrawn`, `expired`.
    pub state: &'static str,
    /// Objects, by the ids under which they are held here.
    pub objects: Vec<String>,
    /// Types, where a class is meant.
    pub types: Vec<String>,
    /// To whom, or in which proceedings.
    pub recipient: String,
    /// For what.
    pub purpose: String,
    /// When it was asked or said.
    pub at: String,
    /// Until when: as needed, or as granted.
    pub until: Option<String>,
    /// The decision that counts.
    pub consent: Option<String>,
    /// Ground of a refusal or withdrawal.
    pub ground: Option<String>,
}

/// Whether something may be done with an object, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentVerdict {
    /// Whether it may.
    pub allowed: bool,
    /// `own`, `by-release`, `by-consent`, `redacted`, or why not: `unasked`, `refused`,
    /// `withdrawn`, `expired`, `not-yet`, `without-end`, `conditions`, `unreadable`, `never`,
    /// `unattributed`.
    pub reason: &'static str,
    /// The consent that decided.
    pub consent: Option<String>,
}

/// What the consents to an object allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentView {
    /// The object.
    pub object: String,
    /// Names of those whose content it holds, besides us.
    pub originators: Vec<String>,
    /// Handling codes of everything in it.
    pub handling: Vec<String>,
    /// Purpose that the verdicts are about; empty where all is our own and none was named.
    pub purpose: String,
    /// Whether it may be passed on, by name of each other partner.
    pub onward: Vec<(String, ConsentVerdict)>,
    /// Whether it may be evidence.
    pub evidence: ConsentVerdict,
    /// Whether it may be used for the purpose.
    pub other_purpose: ConsentVerdict,
    /// The same for each other purpose that was asked for or granted; empty where one was named.
    pub others: Vec<ForPurpose>,
    /// Copies of it that others have through us.
    pub copies: usize,
    /// Whether consent can be asked: one partner released it to us.
    pub may_ask: bool,
}

/// What the consents to an object allow for a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForPurpose {
    /// The purpose.
    pub purpose: String,
    /// Whether it may be passed on, by name of each other partner.
    pub onward: Vec<(String, ConsentVerdict)>,
    /// Whether it may be used for the purpose.
    pub other_purpose: ConsentVerdict,
}

impl ConsentVerdict {
    const OWN: Self = Self { allowed: true, reason: "own", consent: None };

    fn no(why: NoConsent) -> Self {
        Self { allowed: false, reason: why.name(), consent: None }
    }

    fn of(said: &Consented) -> Self {
        let (reason, consent) = match said {
            Consented::No(why) => return Self::no(*why),
            Consented::Whole { by: None } => ("by-release", None),
            Consented::Whole { by } => ("by-consent", by.clone()),
            Consented::Redacted { by, .. } => ("redacted", Some(by.clone())),
        };
        Self { allowed: true, reason, consent }
    }

    /// Both: what all of several originators say.
    fn and(self, other: Self) -> Self {
        match (self.allowed, other.reason) {
            (false, _) => self,
            (true, "own") => self,
            _ => other,
        }
    }
}

/// A recipient as an ask names it.
enum Recipient {
    Unit(String),
    Class(String),
    Words(String),
}

impl Recipient {
    fn of(kind: ConsentKind, text: &str) -> Self {
        let key = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let class = !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        match kind {
            ConsentKind::Evidence => Self::Words(text.to_owned()),
            _ if key => Self::Unit(text.to_owned()),
            _ if class => Self::Class(text.to_owned()),
            _ => Self::Words(text.to_owned()),
        }
    }

    fn put(self, view: &mut Map<String, Value>) {
        match self {
            Self::Unit(key) => view.insert("recipient_key_ids".to_owned(), json!([key])),
            Self::Class(class) => view.insert("recipient_class".to_owned(), class.into()),
            Self::Words(text) if !text.is_empty() => {
                view.insert("proceedings".to_owned(), text.into())
            }
            Self::Words(_) => None,
        };
    }
}

/// An ask that a partner made.
struct Asked {
    partner: String,
    object: Object,
}

/// Purposes that the verdicts on an object are shown for.
const PURPOSES: usize = 20;

impl Node {
    /// Asks the originator of received objects for consent. The ask leaves with the next messages.
    pub async fn consent_ask(&self, actor: &Actor, ask: &NewAsk) -> Result<String, NodeError> {
        actor.require(Action::ConsentAsk)?;
        let kind = kind_named(&ask.kind)?;
        let view = self.view_of(actor).await?;
        let (partner, agreement) = self.released_by(&view, &ask.ids).await?;
        let to = self.recipient_text(kind, &ask.to).await?;
        let purpose = needed("consent.purpose", &ask.purpose, "the purpose")?;
        let mut asked = Map::from_iter([
            ("consent_kind".to_owned(), json!(kind.name())),
            ("purpose".to_owned(), json!(purpose)),
        ]);
        if !to.is_empty() {
            asked.insert("recipient".to_owned(), to.into());
        }
        if let Some(until) = &ask.until {
            asked.insert("valid_until".to_owned(), self.end(until)?.into());
        }
        let party = agreement.party(&partner).map(|party| party.identity_ref.clone());
        let mut paper = self.own_object("request")?;
        for (name, value) in [
            ("kind", json!("consent")),
            ("agreement_ref", json!(agreement.id.as_str())),
            ("asked_by_ref", json!(self.me.identity_id)),
            ("asked_of_ref", json!(party)),
            ("purpose", json!(purpose)),
            ("about_refs", json!(distinct(&ask.ids))),
            ("consent_asked", json!(asked)),
        ] {
            paper.insert(name.to_owned(), value);
        }
        self.consent_say(actor, "consent-asked", &partner, &agreement, paper, vec![]).await
    }

    /// Grants: an ask, or unasked.
    pub async fn consent_grant(
        &self,
        actor: &Actor,
        new: &NewConsent,
    ) -> Result<String, NodeError> {
        actor.require(Action::ConsentDecide)?;
        let until = self.end(&new.until)?;
        let (partner, agreement, mut paper) = self.decision(actor, new).await?;
        paper.insert("decision".to_owned(), json!(ConsentDecision::Granted.name()));
        paper.insert("valid_until".to_owned(), json!(until));
        if new.redacted {
            paper.insert("redaction_allowed".to_owned(), json!(true));
            let name = new.named_as.as_deref().map(str::trim).filter(|name| !name.is_empty());
            let name = name.map(|name| ("originator_named_as".to_owned(), json!(name)));
            paper.extend(name);
        }
        self.decide(actor, &partner, &agreement, paper).await
    }

    /// Refuses an ask; the partner is told the ground, if one is given.
    pub async fn consent_refuse(
        &self,
        actor: &Actor,
        request: &str,
        ground: Option<&str>,
    ) -> Result<String, NodeError> {
        actor.require(Action::ConsentDecide)?;
        let new = NewConsent { request: Some(request.to_owned()), ..NewConsent::default() };
        let (partner, agreement, mut paper) = self.decision(actor, &new).await?;
        paper.insert("decision".to_owned(), json!(ConsentDecision::Refused.name()));
        put_ground(&mut paper, ground);
        self.decide(actor, &partner, &agreement, paper).await
    }

    /// Withdraws a consent of ours: the partner recalls what it passed on by it. Needs no approval:
    /// stopping never does.
    pub async fn consent_withdraw(
        &self,
        actor: &Actor,
        consent: &str,
        ground: Option<&str>,
    ) -> Result<String, NodeError> {
        actor.require(Action::Recall)?;
        let missing = || NodeError::not_found("consent of ours", consent);
        let row = self.store.object(&consent.to_lowercase(), Some(OWN)).await?;
        let row = row.filter(|r| r.kind == "consent").ok_or_else(missing)?;
        let object = Object::parse(&row.raw).map_err(|_| missing())?;
        let given = self.store.record(Bucket::CONSENT, &given(&row.id)).await?;
        let partner: String = record::read(&given.ok_or_else(missing)?)?;
        let view = self.view_of(actor).await?;
        self.originals_of(&view, &partner, &object).await?;
        let state = Consent::of(&object).map(|c| c.decision);
        let over = self.own_decisions().await?;
        let over = over.iter().any(|(o, c)| {
            c.replaces.as_deref() == Some(object.id().as_str())
                && c.decision == ConsentDecision::Withdrawn
                && o.id() != object.id()
        });
        if state != Some(ConsentDecision::Granted) || over {
            return Err(NodeError::state("the consent", "not in force", "one that was granted"));
        }
        let agreement = object.text("agreement_ref").unwrap_or_default();
        let agreement = self.agreement_named(agreement).await?.agreement;
        let mut paper = self.own_object("consent")?;
        for name in [
            "agreement_ref",
            "consent_kind",
            "request_ref",
            "covered_refs",
            "covered_class",
            "recipient_key_ids",
            "recipient_class",
            "purposes",
            "proceedings",
        ] {
            paper.extend(object.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        paper.insert("decision".to_owned(), json!(ConsentDecision::Withdrawn.name()));
        paper.insert("replaces_ref".to_owned(), json!(object.id().as_str()));
        put_ground(&mut paper, ground);
        self.decide(actor, &partner, &agreement, paper).await
    }

    /// What was asked of us and by us, and what was given unasked; newest first. What is about
    /// something that the actor may not see is not listed.
    pub async fn consent_list(&self, actor: &Actor) -> Result<Vec<ConsentLine>, NodeError> {
        actor.require(Action::ReleaseView)?;
        let view = self.view_of(actor).await?;
        let ours = self.own_decisions().await?;
        let mut lines = Vec::new();
        for row in self.papers("request").await? {
            let Ok(object) = Object::parse(&row.raw) else { continue };
            if object.text("kind") != Some("consent") {
                continue;
            }
            let line = match row.channel == OWN {
                true => self.line_by_us(&view, &object).await,
                false => self.line_of_us(&view, &row.channel, &object, &ours).await,
            };
            match line {
                Ok(line) => lines.push(line),
                Err(NodeError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        lines.extend(self.lines_unasked(&view, &ours).await?);
        lines.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
        Ok(lines)
    }

    /// What the consents to an object allow, for a purpose (default: that of its release) and, for
    /// evidence, in certain proceedings.
    pub async fn consent_show(
        &self,
        actor: &Actor,
        object: &str,
        purpose: Option<&str>,
        proceedings: Option<&str>,
    ) -> Result<ConsentView, NodeError> {
        let row = self.get(actor, object).await?;
        let sources = self.sources(&self.makers().await?, &row.id).await?.foreign;
        self.consent_view(actor, &row, &sources, (purpose, proceedings)).await
    }

    /// The same for an object that the actor was shown already; `None` = nobody else's content is
    /// in it.
    pub async fn consent_beside(
        &self,
        actor: &Actor,
        row: &ObjectRow,
    ) -> Result<Option<ConsentView>, NodeError> {
        actor.require(Action::ViewObject)?;
        let sources = self.sources(&self.makers().await?, &row.id).await?.foreign;
        if sources.is_empty() || row.state != ObjectState::Held {
            return Ok(None);
        }
        self.consent_view(actor, row, &sources, (None, None)).await.map(Some)
    }

    async fn consent_view(
        &self,
        actor: &Actor,
        row: &ObjectRow,
        foreign: &BTreeSet<Source>,
        (purpose, proceedings): (Option<&str>, Option<&str>),
    ) -> Result<ConsentView, NodeError> {
        let joined = self.joined_of(std::slice::from_ref(&row.id)).await?;
        let stated = joined.marking.purposes.iter().flatten().next().cloned();
        let mut names = BTreeSet::new();
        for source in foreign {
            let partner = source.partner.as_deref();
            names.insert(match partner {
                Some(partner) => self.channel_name(partner).await?,
                None => "?".to_owned(),
            });
        }
        let mut more = match purpose {
            Some(_) => BTreeSet::new(),
            None => self.purposes_said(actor, row, &names).await?,
        };
        let first = purpose.map(str::to_owned).or(stated).or_else(|| more.first().cloned());
        let purpose = first.unwrap_or_default();
        more.remove(&purpose);
        let mut consents = Consents::default();
        let one = self.for_purpose(actor, foreign, purpose, &mut consents).await?;
        let mut others = Vec::with_capacity(more.len());
        for purpose in more {
            others.push(self.for_purpose(actor, foreign, purpose, &mut consents).await?);
        }
        let proceedings = proceedings.map(str::to_owned);
        let purpose = one.purpose.clone();
        let ourselves = Whom { purpose, proceedings, ..Whom::default() };
        let may_ask = self.only_channel(row, foreign);
        Ok(ConsentView {
            evidence: self.verdict(foreign, Use::Evidence(&ourselves), &mut consents).await?,
            other_purpose: one.other_purpose,
            object: row.id.clone(),
            originators: names.into_iter().collect(),
            handling: joined.marking.handling.iter().map(|h| format!("{h:?}")).collect(),
            purpose: one.purpose,
            onward: one.onward,
            others,
            copies: match foreign.is_empty() || !actor.may(Action::ReleaseView) {
                true => 0,
                false => self.onward_copies(&row.id, None).await?.len(),
            },
            may_ask,
        })
    }

    async fn for_purpose(
        &self,
        actor: &Actor,
        foreign: &BTreeSet<Source>,
        purpose: String,
        consents: &mut Consents,
    ) -> Result<ForPurpose, NodeError> {
        let mut onward = Vec::new();
        let known = match actor.may(Action::ReleaseView) {
            true => self.partners().await?,
            false => Vec::new(),
        };
        for (key_id, partner) in known {
            let whose = |s: &Source| s.partner.as_deref() == Some(key_id.as_str());
            if foreign.iter().any(whose) || foreign.is_empty() {
                continue;
            }
            let whom = self.whom(&key_id, &purpose).await?;
            let verdict = self.verdict(foreign, Use::Onward(&whom), consents).await?;
            onward.push((partner.name, verdict));
        }
        let ourselves = Whom { purpose, ..Whom::default() };
        let other_purpose = self.verdict(foreign, Use::Purpose(&ourselves), consents).await?;
        Ok(ForPurpose { purpose: ourselves.purpose, onward, other_purpose })
    }

    /// Purposes for which consent to an object was asked of its originators or given by them; so
    /// many of them as anybody reads.
    async fn purposes_said(
        &self,
        actor: &Actor,
        row: &ObjectRow,
        originators: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, NodeError> {
        if row.channel == OWN || !actor.may(Action::ReleaseView) {
            return Ok(BTreeSet::new());
        }
        let mut lines = self.consent_list(actor).await?;
        lines.retain(|line| {
            let ours = matches!(line.direction, "asked-by-us" | "received");
            let theirs = originators.contains(&line.partner);
            ours && theirs && (line.objects.contains(&row.id) || line.types.contains(&row.kind))
        });
        let purposes = lines.into_iter().map(|line| line.purpose);
        let said: BTreeSet<String> = purposes.filter(|purpose| !purpose.is_empty()).collect();
        Ok(said.into_iter().take(PURPOSES).collect())
    }

    /// Whether an object may be used as evidence in certain proceedings: not while it, or anything
    /// that it was made from, bears H1 without a consent of its originator. What builds an evidence
    /// package asks here for each object.
    pub async fn evidence_allowed(
        &self,
        actor: &Actor,
        object: &str,
        proceedings: &str,
    ) -> Result<bool, NodeError> {
        let view = self.consent_show(actor, object, None, Some(proceedings)).await?;
        Ok(view.evidence.allowed)
    }

    fn only_channel(&self, row: &ObjectRow, foreign: &BTreeSet<Source>) -> bool {
        let mine = |s: &Source| s.id == row.id && s.partner.as_ref() == Some(&row.channel);
        row.state == ObjectState::Held && foreign.iter().any(mine)
    }

    /// What all originators together say.
    async fn verdict(
        &self,
        foreign: &BTreeSet<Source>,
        proposed: Use<'_>,
        consents: &mut Consents,
    ) -> Result<ConsentVerdict, NodeError> {
        let mut all = ConsentVerdict::OWN;
        for source in foreign {
            let came = self.came(source).await?;
            let one = match (&source.partner, came) {
                (Some(partner), Some(came)) => {
                    let said = self.said(source, partner, &came, &proposed, consents).await?;
                    ConsentVerdict::of(&said)
                }
                _ => ConsentVerdict::no(NoConsent::Unattributed),
            };
            all = if all.reason == "own" { one } else { all.and(one) };
        }
        Ok(all)
    }

    async fn said(
        &self,
        source: &Source,
        partner: &str,
        came: &Came,
        proposed: &Use<'_>,
        consents: &mut Consents,
    ) -> Result<Consented, NodeError> {
        let now = self.now_us();
        let (whom, decide) = match proposed {
            Use::Onward(whom) => return self.said_of(source, came, whom, consents).await,
            Use::Evidence(whom) => (whom, evidence as fn(&_, &_, &_) -> _),
            Use::Purpose(whom) => (whom, other_purpose as fn(&_, &_, &_) -> _),
        };
        let held = self.consents_by(partner, consents).await?;
        Ok(decide(held, &came.covered(), &whom.asked(&[], now)))
    }

    /// The partner that released all of these to us, and the agreement under which they came.
    async fn released_by(
        &self,
        view: &View,
        ids: &[String],
    ) -> Result<(String, std::sync::Arc<Agreement>), NodeError> {
        let expected = "objects that one partner released to us under one agreement";
        let refuse =
            |id: &str, why: &str| Err(NodeError::input("consent.objects", why, id, expected));
        if ids.is_empty() || ids.len() > MOST {
            return refuse("ID", "none, or too many");
        }
        let mut found: Option<(String, String)> = None;
        for id in ids {
            let row = self.visible(view, id).await?;
            if row.channel == OWN || row.state != ObjectState::Held {
                return refuse(id, "no partner released it to us");
            }
            let came = self.came_under(&row.channel).await?.remove(&row.id);
            let Some(agreement) = came else { return refuse(id, "it came by no release") };
            let this = (row.channel, agreement);
            if found.as_ref().is_some_and(|found| *found != this) {
                return refuse(id, "of another partner or agreement than the others");
            }
            found = Some(this);
        }
        let (partner, agreement) = found.unwrap_or_default();
        let agreement = self.agreement_named(&agreement).await?.agreement;
        Ok((partner, agreement))
    }

    /// What an ask calls the recipient: the key id of a unit, a class, or proceedings in words.
    async fn recipient_text(&self, kind: ConsentKind, to: &str) -> Result<String, NodeError> {
        let to = to.trim();
        if kind == ConsentKind::Onward {
            if to.len() < 64
                && let Ok((key_id, _)) = self.partner_named(to).await
            {
                return Ok(key_id);
            }
            if matches!(Recipient::of(kind, to), Recipient::Words(_)) {
                let expected = "a partner, the key id of a unit, or a class such as `customs`";
                return Err(NodeError::input("consent.recipient", "nobody", "--to", expected));
            }
        }
        Ok(to.to_owned())
    }

    /// What a decision says whatever it is, and to whom it goes.
    async fn decision(
        &self,
        actor: &Actor,
        new: &NewConsent,
    ) -> Result<(String, std::sync::Arc<Agreement>, Map<String, Value>), NodeError> {
        let view = self.view_of(actor).await?;
        let mut paper = self.own_object("consent")?;
        let (partner, agreement, kind, to) = match &new.request {
            Some(request) => {
                let asked = self.ask_of_us(&view, request).await?;
                let about: Vec<&str> = asked.object.texts("about_refs").collect();
                let particulars = asked.object.get("consent_asked");
                let text = |name: &str| {
                    let text = particulars.and_then(|p| p.get(name)).and_then(Value::as_str);
                    text.unwrap_or_default().to_owned()
                };
                let purpose = Some(text("purpose")).filter(|p| !p.is_empty());
                let stated = || asked.object.text("purpose").unwrap_or_default().to_owned();
                paper.insert("covered_refs".to_owned(), json!(about));
                paper.insert("purposes".to_owned(), json!([purpose.unwrap_or_else(stated)]));
                paper.insert("request_ref".to_owned(), json!(asked.object.id().as_str()));
                let agreement = asked.object.text("agreement_ref").unwrap_or_default();
                let agreement = self.agreement_named(agreement).await?.agreement;
                (asked.partner, agreement, kind_named(&text("consent_kind"))?, text("recipient"))
            }
            None => {
                let kind = kind_named(&new.kind)?;
                let (partner, agreement) = self.unasked(&view, new, &mut paper).await?;
                let to = self.recipient_text(kind, &new.to).await?;
                (partner, agreement, kind, to)
            }
        };
        paper.insert("agreement_ref".to_owned(), json!(agreement.id.as_str()));
        paper.insert("consent_kind".to_owned(), json!(kind.name()));
        Recipient::of(kind, &to).put(&mut paper);
        Ok((partner, agreement, paper))
    }

    /// Objects and purpose of a consent that nobody asked for.
    async fn unasked(
        &self,
        view: &View,
        new: &NewConsent,
        paper: &mut Map<String, Value>,
    ) -> Result<(String, std::sync::Arc<Agreement>), NodeError> {
        let name = new.agreement.as_deref().unwrap_or_default();
        let standing = self.agreement_named(name).await?;
        let partner = self.recipient(&standing, new.partner.as_deref()).await?;
        let purpose = needed("consent.purpose", &new.purpose, "the purpose")?;
        paper.insert("purposes".to_owned(), json!([purpose]));
        if new.ids.is_empty() && new.types.is_empty() {
            let expected = "the objects, or their types";
            return Err(NodeError::input("consent.objects", "nothing", "ID", expected));
        }
        let mut covered = Vec::new();
        for id in distinct(&new.ids) {
            let row = self.visible(view, &id).await?;
            let lineage = &standing.agreement.lineage;
            let twin = self.store.twin(&partner, lineage, &row.id).await?;
            let twin = twin.filter(|t| !t.recalled);
            let twin = twin.ok_or_else(|| NodeError::not_found("release of", &id))?;
            self.refuse_others(&row.id).await?;
            covered.push(twin.twin);
        }
        if !covered.is_empty() {
            paper.insert("covered_refs".to_owned(), json!(covered));
        }
        if !new.types.is_empty() {
            let class = json!({ "object_types": distinct(&new.types) });
            paper.insert("covered_class".to_owned(), class);
        }
        Ok((partner, standing.agreement))
    }

    /// An ask of a partner about what the actor sees. What we only passed on is not ours to decide.
    async fn ask_of_us(&self, view: &View, request: &str) -> Result<Asked, NodeError> {
        let missing = || NodeError::not_found("ask for consent", request);
        let row = self.store.object(&request.to_lowercase(), None).await?;
        let row = row.filter(|r| r.kind == "request" && r.channel != OWN).ok_or_else(missing)?;
        let object = Object::parse(&row.raw).map_err(|_| missing())?;
        for original in self.originals_of(view, &row.channel, &object).await? {
            self.refuse_others(&original).await?;
        }
        Ok(Asked { partner: row.channel, object })
    }

    async fn refuse_others(&self, original: &str) -> Result<(), NodeError> {
        match self.sources(&self.makers().await?, original).await?.foreign.is_empty() {
            true => Ok(()),
            false => {
                let expected = "a decision of its originator: ask it first";
                Err(NodeError::state(original, "not ours alone", expected))
            }
        }
    }

    /// Originals behind the ids by which a partner knows them; not found where the view does not
    /// reach one.
    async fn originals_of(
        &self,
        view: &View,
        partner: &str,
        paper: &Object,
    ) -> Result<Vec<String>, NodeError> {
        let mut originals = Vec::new();
        for id in paper.texts("about_refs").chain(paper.texts("covered_refs")) {
            let twins = self.store.twins_of(&id.to_lowercase()).await?;
            let twin = twins.into_iter().find(|t| t.partner == partner && t.twin == id);
            let Some(twin) = twin else { continue };
            if !self.sees(view, &twin.original).await? {
                return Err(NodeError::not_found("ask for consent", paper.id().as_str()));
            }
            originals.push(twin.original);
        }
        Ok(originals)
    }

    async fn decide(
        &self,
        actor: &Actor,
        partner: &str,
        agreement: &Agreement,
        mut paper: Map<String, Value>,
    ) -> Result<String, NodeError> {
        paper.insert("addressee".to_owned(), partner.into());
        let id = paper.get("id").and_then(Value::as_str).unwrap_or_default();
        let note = record::put(Bucket::CONSENT, &given(id), &partner, None)?;
        self.consent_say(actor, "consent-said", partner, agreement, paper, vec![note]).await
    }

    /// Keeps a paper of ours and sends it to one partner.
    async fn consent_say(
        &self,
        actor: &Actor,
        act: &'static str,
        partner: &str,
        agreement: &Agreement,
        paper: Map<String, Value>,
        mut writes: Vec<Write>,
    ) -> Result<String, NodeError> {
        let object = Object::from_view(paper).map_err(|_| NodeError::Internal("consent"))?;
        if let Some(f) = validate::object(&object).into_iter().find(|f| f.level == Level::Must) {
            return Err(NodeError::input("consent.invalid", f.found, f.path, f.expected));
        }
        let id = object.id().to_string();
        let mut act = Act::new(act).field("object", id.as_str());
        act = act.field("sha256", hex::encode(object.content_hash()));
        if let Some(decision) = object.text("decision") {
            act = act.field("decision", decision);
        }
        writes.extend(self.own_message(partner, agreement, &object)?);
        writes.extend(self.channel_leaves(partner, act, |a| a.by(actor))?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(id)
    }

    /// A time in the future, as objects write it.
    fn end(&self, text: &str) -> Result<String, NodeError> {
        let text = text.trim();
        let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        let time: Option<Timestamp> = whole.parse().ok();
        match time.filter(|time| time.micros() > self.now_us()) {
            Some(time) => Ok(time.to_millis().to_string()),
            None => {
                let expected = "a time to come: 2027-01-31, or 2027-01-31T12:00:00Z";
                Err(NodeError::input("consent.until", format!("`{text}`"), "--until", expected))
            }
        }
    }

    /// Our own decisions, latest last.
    async fn own_decisions(&self) -> Result<Vec<(Object, Consent)>, NodeError> {
        self.decisions_in(OWN).await
    }

    /// Decisions that came by a channel, latest last.
    pub(crate) async fn decisions_in(
        &self,
        channel: &str,
    ) -> Result<Vec<(Object, Consent)>, NodeError> {
        let query = ObjectQuery {
            kinds: vec!["consent".to_owned()],
            channel: Some(channel.to_owned()),
            state: Some(ObjectState::Held),
            limit: 100_000,
            ..ObjectQuery::default()
        };
        let mut found = Vec::new();
        for row in self.store.objects(query).await? {
            let Ok(object) = Object::parse(&row.raw) else { continue };
            if let Some(consent) = Consent::of(&object) {
                found.push((object, consent));
            }
        }
        found.sort_by_key(|(_, c)| (c.made_us, c.decision));
        Ok(found)
    }

    async fn line_by_us(&self, view: &View, ask: &Object) -> Result<ConsentLine, NodeError> {
        let asked_of = ask.text("asked_of_ref").unwrap_or_default();
        let cards = self.cards().await?;
        let of = cards.iter().find(|(_, _, card)| card.identity_id() == asked_of);
        let (key_id, _, card) = of.ok_or_else(|| NodeError::not_found("partner", asked_of))?;
        for id in ask.texts("about_refs") {
            if !self.sees(view, &id.to_lowercase()).await? {
                return Err(NodeError::not_found("ask for consent", ask.id().as_str()));
            }
        }
        let answers = self.answers_to(key_id, ask.id().as_str()).await?;
        let objects = ask.texts("about_refs").map(str::to_owned).collect();
        let mut line = self.consent_line(ask, "asked-by-us", card.name.clone(), objects).await?;
        self.answered(&mut line, answers.last());
        Ok(line)
    }

    async fn line_of_us(
        &self,
        view: &View,
        channel: &str,
        ask: &Object,
        ours: &[(Object, Consent)],
    ) -> Result<ConsentLine, NodeError> {
        let originals = self.originals_of(view, channel, ask).await?;
        let partner = self.channel_name(channel).await?;
        let mut line = self.consent_line(ask, "asked-of-us", partner, originals).await?;
        let answer = |(o, _): &&(Object, Consent)| o.text("request_ref") == Some(ask.id().as_str());
        self.answered(&mut line, ours.iter().rfind(answer));
        Ok(line)
    }

    async fn lines_unasked(
        &self,
        view: &View,
        ours: &[(Object, Consent)],
    ) -> Result<Vec<ConsentLine>, NodeError> {
        let mut lines = Vec::new();
        let unasked = |(object, consent): &&(Object, Consent)| {
            object.get("request_ref").is_none() && consent.replaces.is_none()
        };
        let ended = |all: &[(Object, Consent)], id: &str| {
            all.iter().rfind(|(_, c)| c.replaces.as_deref() == Some(id)).cloned()
        };
        for one in ours.iter().filter(unasked) {
            let id = one.0.id().as_str();
            let Some(to) = self.store.record(Bucket::CONSENT, &given(id)).await? else { continue };
            let partner: String = record::read(&to)?;
            let Ok(originals) = self.originals_of(view, &partner, &one.0).await else { continue };
            let name = self.channel_name(&partner).await?;
            let mut line = self.consent_line(&one.0, "given", name, originals).await?;
            self.answered(&mut line, Some(&ended(ours, id).unwrap_or_else(|| one.clone())));
            lines.push(line);
        }
        for (key_id, partner) in self.partners().await? {
            let theirs = self.decisions_in(&key_id).await?;
            for one in theirs.iter().filter(unasked) {
                let covered: Vec<String> = one.0.texts("covered_refs").map(str::to_owned).collect();
                let name = partner.name.clone();
                let mut line = self.consent_line(&one.0, "received", name, covered).await?;
                let last = ended(&theirs, one.0.id().as_str());
                self.answered(&mut line, Some(&last.unwrap_or_else(|| one.clone())));
                lines.push(line);
            }
        }
        Ok(lines)
    }

    /// A line of an ask or a decision, as far as it says itself.
    async fn consent_line(
        &self,
        object: &Object,
        direction: &'static str,
        partner: String,
        objects: Vec<String>,
    ) -> Result<ConsentLine, NodeError> {
        let asked = object.get("consent_asked");
        let of_ask = |name: &str| asked.and_then(|a| a.get(name)).and_then(Value::as_str);
        let first = |name: &str| object.texts(name).next();
        let recipient = of_ask("recipient")
            .or_else(|| first("recipient_key_ids"))
            .or_else(|| object.text("recipient_class"))
            .or_else(|| object.text("proceedings"))
            .unwrap_or_default();
        let known = self.partner(recipient).await?.map(|partner| partner.name);
        let types = object.get("covered_class").and_then(|class| class.get("object_types"));
        let types = types.and_then(Value::as_array).into_iter().flatten();
        let purpose = of_ask("purpose").or_else(|| first("purposes"));
        let kind = of_ask("consent_kind").or_else(|| object.text("consent_kind"));
        Ok(ConsentLine {
            id: object.id().to_string(),
            direction,
            partner,
            kind: kind.unwrap_or_default().to_owned(),
            state: "open",
            objects,
            types: types.filter_map(|t| t.as_str().map(str::to_owned)).collect(),
            recipient: known.unwrap_or_else(|| recipient.to_owned()),
            purpose: purpose.or_else(|| object.text("purpose")).unwrap_or_default().to_owned(),
            at: object.text("modified").unwrap_or_default().to_owned(),
            until: of_ask("valid_until").map(str::to_owned),
            consent: None,
            ground: None,
        })
    }

    /// Adds what was decided last.
    fn answered(&self, line: &mut ConsentLine, answer: Option<&(Object, Consent)>) {
        let Some((object, consent)) = answer else { return };
        let over = consent.until_us.is_none_or(|until| until <= self.now_us());
        line.state = match consent.decision {
            ConsentDecision::Granted if over => "expired",
            decision => decision.name(),
        };
        line.until = object.text("valid_until").map(str::to_owned);
        line.ground = object.text("ground").map(str::to_owned);
        line.consent = Some(object.id().to_string());
    }
}

/// What is proposed to be done.
enum Use<'a> {
    Onward(&'a Whom),
    Evidence(&'a Whom),
    Purpose(&'a Whom),
}

/// Key of the record of whom a consent of ours was given to.
fn given(consent: &str) -> String {
    format!("given/{consent}")
}

fn kind_named(name: &str) -> Result<ConsentKind, NodeError> {
    ConsentKind::from_name(name).ok_or_else(|| {
        let expected = "onward, evidence or other-purpose";
        NodeError::input("consent.kind", format!("`{name}`"), "--kind", expected)
    })
}

fn needed(code: &'static str, text: &str, expected: &str) -> Result<String, NodeError> {
    match text.trim() {
        "" => Err(NodeError::input(code, "nothing", "consent", expected)),
        text => Ok(text.to_owned()),
    }
}

fn put_ground(paper: &mut Map<String, Value>, ground: Option<&str>) {
    if let Some(ground) = ground.map(str::trim).filter(|ground| !ground.is_empty()) {
        paper.insert("ground".to_owned(), ground.into());
    }
}

/// Each once, sorted: the order of a list says nothing.
fn distinct(items: &[String]) -> Vec<String> {
    let all: BTreeSet<String> = items.iter().map(|item| item.trim().to_lowercase()).collect();
    all.into_iter().filter(|item| !item.is_empty()).collect()
}
