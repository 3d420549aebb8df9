//! A request before it leaves: written by one account, approved by another, sent.

use enlace_policy::AgreementState;
use enlace_policy::roles::Action;
use enlace_request::content::{Missing, missing};
use enlace_request::next::Next;
use enlace_request::state::{Kind, Side, Step};
use enlace_stix::validate::{self, Level};
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, OWN, ObjectState, Record, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::attach::{self, Attached};
use super::{kind_of, woven};
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::view::View;
use crate::{Actor, Node, NodeError, clock};

/// Most requests of this node that have not left.
const MOST_DRAFTS: usize = 10_000;

/// What an officer writes.
#[derive(Debug, Clone, Default)]
pub struct NewRequest {
    /// Agreement under which it is asked: id, lineage or title.
    pub agreement: String,
    /// Partner, where the agreement has several.
    pub partner: Option<String>,
    /// Properties of the `request`: kind, purpose, facts, questions… Objects are named by the ids
    /// under which they are held here; the partner reads its own.
    pub content: Map<String, Value>,
    /// Template of the agreement that fills in what the content does not say.
    pub template: Option<String>,
    /// Documents to send along, by their ids here.
    pub attach: Vec<String>,
}

/// A request that has not left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestDraft {
    /// Its id.
    pub id: String,
    /// Key id of the partner.
    pub partner: String,
    /// Agreement.
    pub agreement: String,
    /// The request as written.
    pub content: Map<String, Value>,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: String,
    /// Who approved it, and when.
    pub approved: Option<(String, String)>,
    /// Properties that its template wants besides those of its kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// What is sent along by a release of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached: Option<Attached>,
    /// Properties that it lacks before it can be sent.
    #[serde(skip_deserializing, default)]
    pub missing: Vec<String>,
}

/// Properties that the node sets itself.
const OURS: &[&str] = &[
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "created_by_ref",
    "extensions",
    "asked_by_ref",
    "asked_of_ref",
    "agreement_ref",
];

impl RequestDraft {
    /// Documents that its release brings, by their ids here.
    pub(super) fn pending(&self) -> &[String] {
        self.attached.as_ref().map_or(&[], |attached| &attached.documents)
    }
}

impl Node {
    /// Writes a request down. It is checked when it is sent; what it lacks is said now.
    pub async fn request_new(
        &self,
        actor: &Actor,
        new: &NewRequest,
    ) -> Result<RequestDraft, NodeError> {
        actor.require(Action::RequestDraft)?;
        if let Some(name) = new.content.keys().find(|name| OURS.contains(&name.as_str())) {
            let expected = "properties of the content: the node sets this one";
            return Err(NodeError::input("request.property", "not yours", name, expected));
        }
        let standing = self.agreement_named(&new.agreement).await?;
        let partner = self.recipient(&standing, new.partner.as_deref()).await?;
        let party = standing.agreement.party(&partner).map(|p| p.identity_ref.clone());
        let mut view = self.own_object("request")?;
        let mut required = Vec::new();
        match &new.template {
            Some(name) => {
                let template = self.template_named(&standing, name).await?;
                view.extend(template.filled(new.content.clone()));
                required = template.required;
            }
            None => view.extend(new.content.clone()),
        }
        view.insert("asked_by_ref".to_owned(), json!(self.me.identity_id));
        view.insert("asked_of_ref".to_owned(), json!(party));
        view.insert("agreement_ref".to_owned(), json!(standing.agreement.id.as_str()));
        let object = checked(view)?;
        if kind_of(&object).is_none() {
            let expected = "information, trace, match-followup, recall, correction, interview, \
                            evidence or spontaneous-information (`consent ask` asks for consent)";
            return Err(NodeError::input("request.kind", "none of these", "kind", expected));
        }
        let purpose = object.text("purpose").unwrap_or_default();
        if !standing.agreement.terms().purposes.allowed.iter().any(|p| p == purpose) {
            let expected = standing.agreement.terms().purposes.allowed.join(", ");
            return Err(NodeError::input("request.purpose", "not agreed", "purpose", expected));
        }
        let view = self.view_of(actor).await?;
        self.for_partner(&view, &partner, &object, &[]).await?;
        if !new.attach.is_empty() {
            // Said before anything is written down.
            let release =
                attach::release_of(&standing.agreement.id, &partner, &object, &new.attach);
            self.attachable(actor, &view, &release).await?;
        }
        let mut draft = RequestDraft {
            id: object.id().to_string(),
            partner,
            agreement: standing.agreement.id.to_string(),
            content: object.view().clone(),
            by: actor.account().to_owned(),
            at: clock::text(self.now_us()),
            approved: None,
            required,
            attached: None,
            missing: Vec::new(),
        };
        let act = Act::new("request-drafted").by(actor).field("request", draft.id.as_str());
        let act = act.field("partner", draft.partner.as_str());
        let act = act.field("sha256", hex::encode(object.content_hash()));
        let writes =
            vec![record::put(Bucket::REQUEST, &draft.id, &draft, None)?, self.node_leaf(act)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        if !new.attach.is_empty() {
            return self.request_attach(actor, &draft.id, &new.attach).await;
        }
        draft.missing = self.missing_in(&object, &draft.required).await?;
        Ok(draft)
    }

    /// Properties that a request lacks before it can be sent.
    pub(super) async fn missing_in(
        &self,
        request: &Object,
        required: &[String],
    ) -> Result<Vec<String>, NodeError> {
        Ok(self.lacks(request, required).await?.into_iter().map(|m| m.path).collect())
    }

    /// Approves a request that another account wrote, and with it the release of what goes along.
    pub async fn request_approve(&self, actor: &Actor, id: &str) -> Result<(), NodeError> {
        actor.require(Action::RequestApprove)?;
        let (kept, mut draft) = self.draft_seen(actor, id).await?;
        if draft.by == actor.account() {
            let expected = "another account than the one that wrote it";
            return Err(NodeError::state("the request", "your own", expected));
        }
        if draft.approved.is_some() {
            return Err(NodeError::state("the request", "approved already", "`request send`"));
        }
        if draft.attached.as_ref().is_some_and(|attached| attached.by == actor.account()) {
            let expected = "another account than the one that attached its documents";
            return Err(NodeError::state("the request", "with documents of yours", expected));
        }
        let object = checked(draft.content.clone())?;
        let view = self.view_of(actor).await?;
        self.for_partner(&view, &draft.partner, &object, draft.pending()).await?;
        self.approve_attached(actor, &draft).await?;
        draft.approved = Some((actor.account().to_owned(), clock::text(self.now_us())));
        let act = Act::new("request-approved").by(actor).field("request", draft.id.as_str());
        let act = act.field("sha256", hex::encode(object.content_hash()));
        let writes =
            vec![record::put(Bucket::REQUEST, &draft.id, &draft, None)?, self.node_leaf(act)?];
        let guards = vec![record::unchanged(Bucket::REQUEST, &kept)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Sends an approved request: the request, its first step, both leaves and the message are one
    /// transaction. What goes along leaves before it, by its release; called again after a crash
    /// between the two, the request names what has left.
    pub async fn request_send(&self, actor: &Actor, id: &str) -> Result<(), NodeError> {
        actor.require(Action::RequestHandle)?;
        let (kept, draft) = self.draft_seen(actor, id).await?;
        if draft.approved.is_none() {
            let expected = "approved by another account: `request approve`";
            return Err(NodeError::state("the request", "not approved", expected));
        }
        self.refuse_cut_off(&draft.partner).await?;
        let standing = self.agreement_named(&draft.agreement).await?;
        if standing.state != AgreementState::Active {
            let expected = "an agreement in force";
            return Err(NodeError::state("the agreement", standing.state.name(), expected));
        }
        let view = self.view_of(actor).await?;
        let approved = checked(draft.content.clone())?;
        let mut object =
            self.for_partner(&view, &draft.partner, &approved, draft.pending()).await?;
        let lacks = self.missing_in(&object, &draft.required).await?;
        if !lacks.is_empty() {
            let expected = format!("a request that says: {}", lacks.join(", "));
            return Err(NodeError::input("request.incomplete", "incomplete", &draft.id, expected));
        }
        if draft.attached.is_some() {
            // Nothing leaves with a request whose words would not.
            let bare = attach::bare(&object)?;
            self.request_paper(&bare, &standing.agreement, &draft.partner, &[]).await?;
            self.send_attached(actor, &draft).await?;
            object = self.for_partner(&view, &draft.partner, &approved, &[]).await?;
        }
        let sent = self.first_step(&object, &standing.agreement)?;
        let agreement = &standing.agreement;
        let papers = [
            self.request_paper(&object, agreement, &draft.partner, &[]).await?,
            self.request_paper(&sent, agreement, &draft.partner, &[]).await?,
        ];
        let act = Act::new("request-sent").field("request", draft.id.as_str());
        let act = act.field("kind", object.text("kind").unwrap_or_default());
        let act = act.field("purpose", object.text("purpose").unwrap_or_default());
        let act = act.field("sha256", hex::encode(object.content_hash()));
        let row = |object: &Object| {
            Write::Object(Box::new(self.new_object(object, OWN, "this node", ObjectState::Held)))
        };
        let mut writes = vec![
            row(&object),
            row(&sent),
            self.message(&draft.partner, &papers)?,
            record::put(Bucket::REQUEST_OWN, &draft.id, &1_u64, None)?,
            Write::Delete { bucket: Bucket::REQUEST, key: draft.id.clone() },
        ];
        // What was approved, by the ids that objects have here: the partner reads its own.
        let inside =
            |act: Act| act.by(actor).field("approved_sha256", hex::encode(approved.content_hash()));
        writes.extend(self.channel_leaves(&draft.partner, act, inside)?);
        let guards = vec![record::unchanged(Bucket::REQUEST, &kept)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Throws a request away that has not left.
    pub async fn request_discard(&self, actor: &Actor, id: &str) -> Result<(), NodeError> {
        actor.require(Action::RequestDraft)?;
        let (kept, draft) = self.draft_seen(actor, id).await?;
        if draft.by != actor.account() && !actor.may(Action::RequestHandle) {
            return Err(NodeError::not_found("request that has not left", id));
        }
        let act = Act::new("request-discarded").by(actor).field("request", draft.id.as_str());
        let (mut guards, mut writes) = self.detach(actor, draft.attached.as_ref()).await?;
        guards.push(record::unchanged(Bucket::REQUEST, &kept));
        writes.push(Write::Delete { bucket: Bucket::REQUEST, key: draft.id });
        writes.push(self.node_leaf(act)?);
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    async fn draft_named(&self, id: &str) -> Result<(Record, RequestDraft), NodeError> {
        let kept = self.store.record(Bucket::REQUEST, &id.to_lowercase()).await?;
        let kept = kept.ok_or_else(|| NodeError::not_found("request that has not left", id))?;
        let draft = record::read(&kept)?;
        Ok((kept, draft))
    }

    /// The same, as if there were none where it is about something that the actor may not see.
    pub(super) async fn draft_seen(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<(Record, RequestDraft), NodeError> {
        let (kept, draft) = self.draft_named(id).await?;
        match self.shows(&self.view_of(actor).await?, &draft).await? {
            true => Ok((kept, draft)),
            false => Err(NodeError::not_found("request that has not left", id)),
        }
    }

    /// Whether a view sees everything that a draft names.
    async fn shows(&self, view: &View, draft: &RequestDraft) -> Result<bool, NodeError> {
        for id in super::named_in(&draft.content) {
            if !self.sees(view, &id.to_lowercase()).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Requests that have not left and are about what the actor sees.
    pub(super) async fn drafts(&self, view: &View) -> Result<Vec<RequestDraft>, NodeError> {
        let query = enlace_store::RecordQuery {
            bucket: Bucket::REQUEST,
            limit: MOST_DRAFTS,
            ..enlace_store::RecordQuery::default()
        };
        let mut drafts = Vec::new();
        for kept in self.store.records(query).await? {
            let mut draft: RequestDraft = record::read(&kept)?;
            if !self.shows(view, &draft).await? {
                continue;
            }
            let object = checked(draft.content.clone())?;
            match self.for_partner(view, &draft.partner, &object, draft.pending()).await {
                Ok(object) => {
                    draft.missing = self.missing_in(&object, &draft.required).await?;
                    drafts.push(draft);
                }
                Err(NodeError::NotFound { .. }) => {}
                // A subject was recalled since: it shows, and cannot be sent.
                Err(NodeError::Input { place, .. }) => {
                    draft.missing = vec![place];
                    drafts.push(draft);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(drafts)
    }

    /// The request as the partner reads it: objects of ours by the ids that it has, dated now. What it
    /// has not got is to be released first, but for `pending`, which a release beside the request
    /// brings: that keeps the id that it has here. What the actor does not see does not exist.
    pub(super) async fn for_partner(
        &self,
        view: &View,
        partner: &str,
        request: &Object,
        pending: &[String],
    ) -> Result<Object, NodeError> {
        if let Some(previous) = request.text("previous_ref") {
            // The id of a thread with another partner would tell of it.
            let held = self.request_held(previous).await?;
            if held.partner != partner {
                return Err(NodeError::not_found("request", previous));
            }
            self.request_seen(view, &held).await?;
        }
        let mut made = Value::Object(request.view().clone());
        for pointer in super::SUBJECTS {
            let Some(value) = made.pointer_mut(pointer) else { continue };
            match value {
                Value::String(id) => *id = self.known_as(view, partner, id).await?,
                Value::Array(ids) => {
                    for id in ids {
                        if let Value::String(id) = id
                            && !pending.contains(id)
                        {
                            *id = self.known_as(view, partner, id).await?;
                        }
                    }
                }
                _ => {}
            }
        }
        let now = Timestamp::from_micros(self.now_us()).to_millis().to_string();
        if let Value::Object(members) = &mut made {
            members.insert("created".to_owned(), json!(now));
            members.insert("modified".to_owned(), json!(now));
        }
        match made {
            Value::Object(members) => checked(members),
            _ => Err(NodeError::Internal("request")),
        }
    }

    /// The id by which a partner has an object: of ours its twin, of its own the same.
    async fn known_as(&self, view: &View, partner: &str, id: &str) -> Result<String, NodeError> {
        let id = id.to_lowercase();
        if self.store.object(&id, Some(partner)).await?.is_some() {
            return match self.sees(view, &id).await? {
                true => Ok(id),
                false => Err(NodeError::not_found("object", &id)),
            };
        }
        let as_twin = self.twin_ever_known_to(partner, &id).await?;
        if let Some(twin) = as_twin.filter(|twin| !twin.recalled) {
            return match self.sees(view, &twin.original).await? {
                true => Ok(id),
                false => Err(NodeError::not_found("object", &id)),
            };
        }
        let row = self.visible(view, &id).await?;
        for lineage in self.lineages_with(partner).await? {
            let twin = self.store.twin(partner, &lineage, &row.id).await?;
            if let Some(twin) = twin.filter(|twin| !twin.recalled) {
                return Ok(twin.twin);
            }
        }
        let expected = "an object that the partner has: release it first";
        Err(NodeError::input("request.subject", "the partner has not got it", id, expected))
    }

    async fn lineages_with(&self, partner: &str) -> Result<Vec<String>, NodeError> {
        let active = self.active_agreements(partner).await?;
        Ok(active.into_iter().map(|s| s.agreement.lineage.clone()).collect())
    }

    /// What a request lacks before it can be sent.
    async fn lacks(
        &self,
        request: &Object,
        required: &[String],
    ) -> Result<Vec<Missing>, NodeError> {
        let mut subjects = Vec::new();
        let gun = request.get("trace").and_then(|t| t.get("firearm_ref")).and_then(Value::as_str);
        if let Some(id) = gun {
            let twins = self.store.twins_of(id).await?;
            let here = twins.into_iter().find(|t| t.twin == id).map(|t| t.original);
            let row = self.store.object(here.as_deref().unwrap_or(id), None).await?;
            let found = row.and_then(|row| Object::parse(&row.raw).ok());
            // As the partner knows it, it bears the id that the request names.
            subjects.extend(found.and_then(|object| {
                let mut view = object.view().clone();
                view.insert("id".to_owned(), json!(id));
                Object::from_view(view).ok()
            }));
        }
        let required: Vec<&str> = required.iter().map(String::as_str).collect();
        Ok(missing(request, &subjects.iter().collect::<Vec<_>>(), &required))
    }

    /// The step *sent*, first of the asking side.
    pub(super) fn first_step(
        &self,
        request: &Object,
        agreement: &enlace_policy::Agreement,
    ) -> Result<Object, NodeError> {
        let next =
            Next { side: Side::Asking, step: Step::Sent, now_us: self.now_us(), received_us: None };
        let kind = kind_of(request).unwrap_or(Kind::Information);
        let links = woven(request, kind, agreement, []).next(&next);
        let links = links.map_err(|_| NodeError::Internal("first step"))?;
        self.step_object(links, Map::new())
    }

    /// A step of ours: its links, and what it says.
    pub(super) fn step_object(
        &self,
        links: Map<String, Value>,
        said: Map<String, Value>,
    ) -> Result<Object, NodeError> {
        let mut view = self.own_object("request-event")?;
        view.insert("by_ref".to_owned(), json!(self.me.identity_id));
        view.extend(said);
        view.extend(links);
        checked(view)
    }
}

pub(crate) fn checked(view: Map<String, Value>) -> Result<Object, NodeError> {
    let object = Object::from_view(view).map_err(|e| {
        NodeError::input("request.invalid", e.rule(), e.path(), "properties of a request")
    })?;
    match validate::object(&object).into_iter().find(|f| f.level == Level::Must) {
        Some(f) => Err(NodeError::input("request.invalid", f.found, f.path, f.expected)),
        None => Ok(object),
    }
}
