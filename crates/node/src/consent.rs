//! Consent: asked of the originator, given, refused and withdrawn by its officers
//! (docs/design/consent.md).
//!
//! Every paper is a signed object of who says it and goes to one partner alone; that it exists is
//! told to nobody else, and stands in the logs of the two.

mod allowed;
mod lines;

use std::collections::BTreeSet;

use enlace_policy::Agreement;
use enlace_policy::consent::{Consent, ConsentDecision, ConsentKind};
use enlace_policy::roles::Action;
use enlace_stix::validate::{self, Level};
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, OWN, ObjectState, Write};
use serde_json::{Map, Value, json};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::view::View;
use crate::{Actor, Node, NodeError};

pub use allowed::{ConsentVerdict, ConsentView, ForPurpose};
pub use lines::ConsentLine;

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
            let Some(twin) = self.twin_ever_known_to(partner, id).await? else { continue };
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
