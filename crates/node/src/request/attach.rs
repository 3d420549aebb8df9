//! Documents that go along with a request: by the ordinary release, which is drafted beside it,
//! approved with it and sent before it. There is no second way out.

use enlace_policy::roles::Action;
use enlace_stix::{Id, Object};
use enlace_store::{Batch, Guard, ObjectState, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::draft::checked;
use super::{Held, RequestDraft};
use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::Stage;
use crate::view::View;
use crate::{Actor, Node, NodeError, ReleaseRequest, SendWhen};

/// What can go along, as `schemas/request.json` says.
const DOCUMENTS: &[&str] = &["file", "artifact", "report", "note"];
/// Most documents of one request.
const MOST: usize = 100;
/// Where a request names them.
const NAMED: &str = "attachment_refs";

/// Documents that go along with a request that has not left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attached {
    /// The documents, by their ids here.
    pub documents: Vec<String>,
    /// What the partner gets of each, in the same order: `kept`, `changed`, or `had` already.
    pub verdicts: Vec<String>,
    /// Release that brings them; none where the partner has them all.
    pub release: Option<String>,
    /// Who attached them.
    pub by: String,
}

/// Something that came or went with a thread.
#[derive(Debug, Clone, Serialize)]
pub struct RequestObject {
    /// Its id as the thread names it.
    pub id: String,
    /// `attached` or `answer`.
    pub part: &'static str,
    /// Its id here; none while it is on the way.
    pub here: Option<String>,
    /// What it is called here; for pages.
    #[serde(skip)]
    pub name: Option<ObjectName>,
}

/// Whether an object with this id can be sent along.
pub(super) fn is_document(id: &str) -> bool {
    id.split_once("--").is_some_and(|(kind, _)| DOCUMENTS.contains(&kind))
}

/// The release that brings these documents.
pub(super) fn release_of(
    agreement: &Id,
    partner: &str,
    request: &Object,
    documents: &[String],
) -> ReleaseRequest {
    ReleaseRequest {
        agreement: agreement.to_string(),
        partner: Some(partner.to_owned()),
        purpose: request.text("purpose").map(str::to_owned),
        ids: documents.to_vec(),
        ..ReleaseRequest::default()
    }
}

/// The request without what goes along.
pub(super) fn bare(request: &Object) -> Result<Object, NodeError> {
    let mut view = request.view().clone();
    view.remove(NAMED);
    checked(view)
}

impl Node {
    /// Says which documents go along with a request that has not left, in place of those that were
    /// said before; none = none. What the agreement withholds is refused here. The request is to be
    /// approved anew.
    pub async fn request_attach(
        &self,
        actor: &Actor,
        id: &str,
        documents: &[String],
    ) -> Result<RequestDraft, NodeError> {
        actor.require(Action::RequestDraft)?;
        let (kept, mut draft) = self.draft_seen(actor, id).await?;
        if draft.by != actor.account() && !actor.may(Action::RequestHandle) {
            return Err(NodeError::not_found("request that has not left", id));
        }
        let (mut guards, mut writes) = self.detach(actor, draft.attached.as_ref()).await?;
        let documents = each_once(documents);
        let view = self.view_of(actor).await?;
        let attached = match documents.is_empty() {
            true => None,
            false => Some(self.attached(actor, &view, &draft, &documents).await?),
        };
        let before = std::mem::replace(&mut draft.attached, attached);
        let mut named: Vec<String> = texts(draft.content.get(NAMED));
        named.retain(|id| before.as_ref().is_none_or(|before| !before.documents.contains(id)));
        named.extend(documents.iter().cloned());
        match named.is_empty() {
            true => drop(draft.content.remove(NAMED)),
            false => drop(draft.content.insert(NAMED.to_owned(), json!(each_once(&named)))),
        }
        draft.approved = None;
        let object = checked(draft.content.clone())?;
        let release = draft.attached.as_ref().and_then(|attached| attached.release.clone());
        let act = Act::new("request-attached").by(actor).field("request", draft.id.as_str());
        let act = act.field("objects", documents).field("release", release.unwrap_or_default());
        let act = act.field("sha256", hex::encode(object.content_hash()));
        guards.push(record::unchanged(Bucket::REQUEST, &kept));
        writes.push(record::put(Bucket::REQUEST, &draft.id, &draft, None)?);
        writes.push(self.node_leaf(act)?);
        self.store.commit(Batch { guards, writes }).await?;
        let object = self.for_partner(&view, &draft.partner, &object, draft.pending()).await?;
        draft.missing = self.missing_in(&object, &draft.required).await?;
        Ok(draft)
    }

    /// Drafts the release of what goes along, where the partner has not got all of it.
    async fn attached(
        &self,
        actor: &Actor,
        view: &View,
        draft: &RequestDraft,
        documents: &[String],
    ) -> Result<Attached, NodeError> {
        let request = checked(draft.content.clone())?;
        let standing = self.agreement_named(&draft.agreement).await?;
        let release = release_of(&standing.agreement.id, &draft.partner, &request, documents);
        let verdicts = self.attachable(actor, view, &release).await?;
        let release = match verdicts.iter().all(|verdict| *verdict == "had") {
            true => None,
            false => Some(self.release_draft(actor, &release).await?.id),
        };
        Ok(Attached {
            documents: documents.to_vec(),
            verdicts: verdicts.into_iter().map(str::to_owned).collect(),
            release,
            by: actor.account().to_owned(),
        })
    }

    /// What the partner would get of each document; an error where one is none or would stay.
    pub(super) async fn attachable(
        &self,
        actor: &Actor,
        view: &View,
        release: &ReleaseRequest,
    ) -> Result<Vec<&'static str>, NodeError> {
        actor.require(Action::ReleaseDraft)?;
        actor.require(Action::DryRun)?;
        let refused = |id: &str, problem: String, expected: &str| {
            Err(NodeError::input("request.attachment", problem, id, expected))
        };
        if release.ids.len() > MOST {
            let count = release.ids.len().to_string();
            return refused("attachments", count, "at most 100 documents");
        }
        for id in &release.ids {
            if !is_document(id) {
                let expected = "a document: file, artifact, report or note";
                return refused(id, "no document".to_owned(), expected);
            }
            let row = self.visible(view, id).await?;
            if row.state != ObjectState::Held {
                return Err(NodeError::not_found("document", id));
            }
        }
        let all = self.verdicts(view, release).await?;
        let mut verdicts = Vec::new();
        for id in &release.ids {
            match all.get(&id.to_lowercase()) {
                Some((verdict, clause)) if *verdict == "withheld" => {
                    let expected = "what the agreement lets leave (`release --dry-run` says why), \
                                    or the request without it";
                    return refused(id, format!("withheld by {clause}"), expected);
                }
                Some((verdict, _)) => verdicts.push(*verdict),
                None => return Err(NodeError::not_found("document", id)),
            }
        }
        Ok(verdicts)
    }

    /// Approves the release of what goes along, unless that is done.
    pub(super) async fn approve_attached(
        &self,
        actor: &Actor,
        draft: &RequestDraft,
    ) -> Result<(), NodeError> {
        let Some(release) = draft.attached.as_ref().and_then(|a| a.release.as_deref()) else {
            return Ok(());
        };
        let (_, found, _) = self.release_for(actor, release).await?;
        if found.stage == Stage::Drafted {
            self.release_approve(actor, release, false).await?;
        }
        Ok(())
    }

    /// Sends what goes along, unless it has left.
    pub(super) async fn send_attached(
        &self,
        actor: &Actor,
        draft: &RequestDraft,
    ) -> Result<(), NodeError> {
        let Some(release) = draft.attached.as_ref().and_then(|a| a.release.as_deref()) else {
            return Ok(());
        };
        let (_, found, _) = self.release_for(actor, release).await?;
        if found.stage != Stage::Sent {
            self.release_send(actor, release, SendWhen::Now).await?;
        }
        Ok(())
    }

    /// Takes back the release of what was to go along, if it has not left.
    pub(super) async fn detach(
        &self,
        actor: &Actor,
        attached: Option<&Attached>,
    ) -> Result<(Vec<Guard>, Vec<Write>), NodeError> {
        let Some(id) = attached.and_then(|attached| attached.release.as_deref()) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let (kept, found) = match self.release(id).await {
            Ok(found) => found,
            Err(NodeError::NotFound { .. }) => return Ok((Vec::new(), Vec::new())),
            Err(error) => return Err(error),
        };
        if found.stage == Stage::Sent {
            return Ok((Vec::new(), Vec::new()));
        }
        let act = Act::new("release-discarded").by(actor).field("release", id);
        let away = Write::Delete { bucket: Bucket::RELEASE, key: id.to_owned() };
        let guards = vec![record::unchanged(Bucket::RELEASE, &kept)];
        Ok((guards, vec![away, self.node_leaf(act)?]))
    }

    /// What came or went with a thread, as far as it is here.
    pub(super) async fn objects_with(
        &self,
        view: &View,
        held: &Held,
    ) -> Result<Vec<RequestObject>, NodeError> {
        let papers = std::iter::once(&held.object).chain(held.steps.iter().map(|(step, _)| step));
        let mut objects: Vec<RequestObject> = Vec::new();
        for paper in papers {
            for (property, part) in [(NAMED, "attached"), ("answer_refs", "answer")] {
                for id in paper.texts(property) {
                    if objects.iter().any(|one| one.id == id) {
                        continue;
                    }
                    let twin = self.twin_ever_known_to(&held.partner, id).await?;
                    let here = twin.map_or_else(|| id.to_lowercase(), |twin| twin.original);
                    let name = match self.visible(view, &here).await {
                        Ok(row) if row.state == ObjectState::Held => {
                            Some(self.name_of(view, &row).await?)
                        }
                        Ok(_) | Err(NodeError::NotFound { .. }) => None,
                        Err(error) => return Err(error),
                    };
                    let here = name.as_ref().map(|name| name.id.clone());
                    objects.push(RequestObject { id: id.to_owned(), part, here, name });
                }
            }
        }
        Ok(objects)
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn each_once(ids: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for id in ids.iter().map(|id| id.trim().to_lowercase()) {
        if !id.is_empty() && !once.contains(&id) {
            once.push(id);
        }
    }
    once
}
