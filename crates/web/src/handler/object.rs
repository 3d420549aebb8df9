//! `GET /object/{id}` and `POST /recall`

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{self as node, Action, Actor, Link, PartyName, SentTo};
use enlace_stix::{Id, Timestamp};
use http::StatusCode;
use serde_json::Value;

use super::form::Posted;
use super::visit::{Inside, Parameters, done_at, page};
use super::{case, consent, convert, desk, recall};
use crate::href;
use crate::layout::{Place, Said};
use crate::marking::Marking;
use crate::page::desk::{Field, Form};
use crate::page::object::{
    self, Direction, Fact, FactValue, Holder, HolderState, LinkEnd, LinkRow, NoteRow, ObjectView,
    RecallAnswer, VersionRow,
};
use crate::value::SourceLink;

/// Characters from which on a text is shown with its line breaks.
const PROSE: usize = 120;

pub(crate) async fn show(inside: Inside, Path(id): Path<String>, asked: Parameters) -> Response {
    let at = asked.some("from").zip(asked.some("version"));
    match inside.visit.app.node.object_view(&inside.actor, &id, at).await {
        Ok(found) => {
            let node = &inside.visit.app.node;
            let allowed = match node.consent_beside(&inside.actor, &found.row).await {
                Ok(allowed) => allowed,
                Err(error) => return inside.fail(&error),
            };
            let mut view = view(&found, &inside.actor);
            view.may_ask = match node.ask_options(&inside.actor, Some(&found.row.id)).await {
                Ok(options) => !options.is_empty(),
                Err(error) => return inside.fail(&error),
            };
            // What another originated is released by its consent.
            view.may_release |=
                allowed.as_ref().is_some_and(|a| a.onward.iter().any(|o| o.1.allowed))
                    && inside.actor.may(Action::DryRun);
            match case::filing(&inside, &found.row.id).await {
                Ok(form) => view.forms.extend(form),
                Err(error) => return inside.fail(&error),
            }
            view.consent = allowed.map(|allowed| consent::beside(&allowed, &inside.actor));
            page(StatusCode::OK, &object::render(&view, &inside.chrome(Place::Search)))
        }
        Err(error) => inside.fail(&error),
    }
}

/// One person is enough: from the partner of the release that the form names, or from all; whole, or
/// the earlier versions alone.
pub(crate) async fn recall(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (id, node) = (fields.one("id"), &inside.visit.app.node);
    let done = async {
        let only = match fields.some("release") {
            Some(release) => Some(node.release_status(&inside.actor, release).await?.partner_key),
            None => None,
        };
        match fields.one("earlier") {
            "yes" => node.correct(&inside.actor, id, only.as_deref()).await.map(|_| ()),
            _ => node.recall(&inside.actor, id, only.as_deref()).await.map(|_| ()),
        }
    };
    match done.await {
        Ok(()) => done_at(&href::object(id), Said::Recalled),
        Err(error) => inside.fail(&error),
    }
}

pub(crate) fn view(found: &node::ObjectView, actor: &Actor) -> ObjectView {
    let row = &found.row;
    let object = convert::object(&found.name);
    let own = found.originator.is_none();
    let live = !row.revoked && row.state == node::ObjectState::Held;
    let holders =
        found.sent_to.as_ref().map(|list| list.iter().map(|sent| holder(sent, actor)).collect());
    ObjectView {
        origin: convert::origin(found.originator.as_ref()),
        source: source(&row.source, found.place.as_deref()),
        received: Timestamp::from_micros(row.received_us),
        revoked: row.revoked && found.recalled.is_none(),
        recalled: found.recalled.as_deref().map(convert::time),
        restricted: row.state == node::ObjectState::Restricted,
        answered: found.answered.as_ref().map(|(why, at)| (why.name(), convert::time(at))),
        facts: found.facts.iter().map(fact).collect(),
        versions: found.versions.iter().map(|(v, from)| version(v, from.as_ref(), row)).collect(),
        links: found.links.iter().map(link).collect(),
        links_beyond: found.links_beyond as u64,
        holders,
        consent: None,
        may_release: own && live && actor.may(Action::DryRun) && may_leave(&row.kind),
        may_ask: false,
        notes: found.notes.iter().map(|one| note(one, &row.id, actor)).collect(),
        note_forms: note_forms(found, actor),
        forms: forms(found, actor),
        object,
    }
}

fn note(one: &node::OwnNote, object: &str, actor: &Actor) -> NoteRow {
    let remove = Form {
        action: href::note_act("remove"),
        fields: vec![Field::Hidden("id", object.to_owned()), Field::Hidden("note", one.id.clone())],
        button: "desk-note-remove",
        stop: true,
    };
    NoteRow {
        text: one.text.clone(),
        label: one.kind == node::NoteKind::Label,
        by: one.by.clone(),
        at: convert::time(&one.at),
        remove: (one.by == actor.account() && actor.may(Action::Note)).then_some(remove),
    }
}

fn note_forms(found: &node::ObjectView, actor: &Actor) -> Vec<Form> {
    let row = &found.row;
    let may = actor.may(Action::Note) && row.state == node::ObjectState::Held;
    may.then(|| desk::note_form(&row.id)).into_iter().collect()
}

fn forms(found: &node::ObjectView, actor: &Actor) -> Vec<Form> {
    let row = &found.row;
    let mut forms = Vec::new();
    let there = found.sent_to.iter().flatten().any(|sent| sent.recalled.is_none());
    if there && actor.may(Action::Recall) {
        let id = || Field::Hidden("id", row.id.clone());
        let recall = |mut fields: Vec<Field>, words, button| {
            fields.push(Field::Words(words));
            Form { action: href::RECALL.to_owned(), fields, button, stop: true }
        };
        forms.push(recall(vec![id()], "desk-recall-all-words", "desk-recall-all"));
        let earlier = vec![id(), Field::Hidden("earlier", "yes".to_owned())];
        forms.push(recall(earlier, "desk-recall-earlier-words", "desk-recall-earlier"));
    }
    if actor.may(Action::Hold) {
        forms.push(super::hold::place_form(&row.id));
    }
    let partners = row.channel != node::OWN_CHANNEL && row.state == node::ObjectState::Held;
    if actor.may(Action::LegalHold) && partners {
        forms.push(recall::place_form(&row.id));
    }
    if actor.may(Action::ProtectedSet) && row.kind == "identity" {
        forms.push(desk::protect_form(Some(&row.id)));
    }
    forms
}

/// Papers of the node itself are never released; a button for that would mislead.
fn may_leave(kind: &str) -> bool {
    !matches!(
        kind,
        "agreement"
            | "agreement-signature"
            | "agreement-state"
            | "danger-notice"
            | "danger-to-life"
            | "extension-definition"
            | "key-change"
            | "key-compromise"
            | "language-content"
            | "marking-definition"
            | "receipt"
            | "recall-answer"
            | "release-record"
    )
}

/// The file that an object came in; what the node made itself or got by its inbox has none.
fn source(name: &str, place: Option<&str>) -> Option<SourceLink> {
    let file = !matches!(name, "" | "this node" | "inbox");
    file.then(|| SourceLink { label: name.to_owned(), place: place.map(str::to_owned), href: None })
}

fn fact(fact: &node::Fact) -> Fact {
    let value = match (&fact.target, &fact.value) {
        (Some(target), _) => FactValue::Objects(vec![convert::object(target)]),
        (None, Value::Array(items)) => FactValue::List(items.iter().map(plain).collect()),
        (None, Value::String(text)) if fact.path == "payload_bin" => {
            FactValue::Code(convert::content(&fact.path, text.clone()))
        }
        (None, Value::String(text)) => text_value(text),
        (None, other) => FactValue::Text(plain(other)),
    };
    Fact { path: fact.path.clone(), value, marking: Marking::from(&fact.marking), source: None }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A text by what it looks like.
pub(crate) fn text_value(text: &str) -> FactValue {
    let hexadecimal = || text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if let Ok(at) = text.parse::<Timestamp>() {
        FactValue::Time(at)
    } else if text.parse::<Id>().is_ok() || hexadecimal() {
        FactValue::Code(text.to_owned())
    } else if text.contains('\n') || text.chars().count() > PROSE {
        FactValue::Prose(text.to_owned())
    } else {
        FactValue::Text(text.to_owned())
    }
}

fn version(
    version: &node::ObjectRow,
    from: Option<&PartyName>,
    shown: &node::ObjectRow,
) -> VersionRow {
    VersionRow {
        modified: format!("{}Z", version.version).parse().ok(),
        received: Timestamp::from_micros(version.received_us),
        origin: convert::origin(from),
        href: href::object_version(&version.id, &version.channel, &version.version),
        shown: version.row == shown.row,
        revoked: version.revoked,
    }
}

fn link(link: &Link) -> LinkRow {
    LinkRow {
        direction: if link.outward { Direction::Out } else { Direction::In },
        path: link.path.clone(),
        end: match &link.end {
            Ok(name) => LinkEnd::Held(convert::object(name)),
            Err(id) => LinkEnd::NotHeld(id.clone()),
        },
    }
}

fn holder(sent: &SentTo, actor: &Actor) -> Holder {
    let answer = sent.answer.as_ref().map(|(outcome, ground)| match outcome.as_str() {
        "purged" => RecallAnswer::Purged,
        _ => RecallAnswer::Restricted { ground: ground.clone() },
    });
    let ended = sent.ended.as_ref().filter(|_| sent.recalled.is_none());
    if let Some((at, stated)) = ended {
        let answer = stated.as_ref().map(|stated| match stated.outcome.as_str() {
            "purged" => RecallAnswer::Purged,
            _ => RecallAnswer::Restricted { ground: stated.ground.clone() },
        });
        return Holder {
            partner: convert::partner(&sent.partner),
            release_id: sent.release.clone(),
            agreement: sent.agreement.clone(),
            released: convert::time(&sent.since),
            may_recall: actor.may(Action::Recall),
            state: HolderState::Ended { at: convert::time(at), answer },
        };
    }
    let state = match (&sent.recalled, &sent.receipt) {
        (Some(at), _) => HolderState::Recalled { at: convert::time(at), answer },
        (None, Some(at)) => HolderState::Received { at: convert::time(at) },
        (None, None) => HolderState::Available,
    };
    Holder {
        partner: convert::partner(&sent.partner),
        release_id: sent.release.clone(),
        agreement: sent.agreement.clone(),
        released: convert::time(&sent.since),
        may_recall: sent.recalled.is_none() && actor.may(Action::Recall),
        state,
    }
}
