//! Asks and decisions, one line each: what was asked of us and by us, given and received.

use enlace_policy::consent::{Consent, ConsentDecision};
use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_store::{OWN, ObjectQuery, ObjectState};
use serde::Serialize;
use serde_json::Value;

use super::given;
use crate::record::{self, Bucket};
use crate::view::View;
use crate::{Actor, Node, NodeError};

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

impl Node {
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

    /// Our own decisions, latest last.
    pub(super) async fn own_decisions(&self) -> Result<Vec<(Object, Consent)>, NodeError> {
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
