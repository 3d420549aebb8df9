//! `GET /incoming`, `GET /incoming/{id}` and `POST /incoming/{id}/{act}`

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{
    Action, Cut, InboxLine, NodeError, ObjectState, QuarantineLine, Received, ReceivedValue,
    ShownValue,
};
use http::StatusCode;
use serde_json::Value;

use super::convert;
use super::form::Posted;
use super::object::text_value;
use super::visit::{Inside, Parameters, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::marking::Marking;
use crate::page::error::ErrorView;
use crate::page::incoming::{
    self, AsideRow, DeliveryObject, DeliveryValue, DeliveryView, IncomingRow, IncomingView, Length,
};
use crate::page::object::FactValue;

/// Judged deliveries, and things set aside, on the list.
const LISTED: usize = 200;
/// Objects with their values on one page of a delivery.
const OBJECTS: usize = 50;

pub(crate) async fn list(inside: Inside) -> Response {
    match listed(&inside).await {
        Ok(view) => page(StatusCode::OK, &incoming::render(&view, &inside.chrome(Place::Incoming))),
        Err(error) => inside.fail(&error),
    }
}

async fn listed(inside: &Inside) -> Result<IncomingView, NodeError> {
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let mut lines = node.inbox_list(actor).await?;
    lines.sort_by(|a, b| b.received.cmp(&a.received));
    let (mut rows, mut beyond) = (Vec::new(), 0);
    for line in &lines {
        // What waits is always shown.
        if line.state == ObjectState::Pending || rows.len() < LISTED {
            rows.push(row(line));
        } else {
            beyond += 1;
        }
    }
    let (mut aside, mut own) = (None, Vec::new());
    if actor.may(Action::QuarantineView) {
        let (ours, theirs): (Vec<_>, Vec<_>) =
            node.quarantine_list(actor, LISTED).await?.into_iter().partition(|line| line.own);
        own = ours.iter().map(set_aside).collect();
        aside = Some(theirs.iter().map(set_aside).collect());
    }
    Ok(IncomingView { rows, beyond, aside, own })
}

fn row(line: &InboxLine) -> IncomingRow {
    IncomingRow {
        id: line.id.clone(),
        agreement: line.kind == "agreement",
        title: line.title.clone(),
        partner: line.partner.clone(),
        objects: line.objects,
        state: state(line.state).to_owned(),
        received: convert::time(&line.received),
    }
}

fn set_aside(line: &QuarantineLine) -> AsideRow {
    AsideRow {
        at: convert::time(&line.at),
        source: line.source.clone(),
        object: line.object.clone(),
        rule: line.rule.clone(),
        path: line.path.clone(),
        expected: line.expected.clone(),
    }
}

fn state(state: ObjectState) -> &'static str {
    match state {
        ObjectState::Pending => "pending",
        ObjectState::Rejected => "rejected",
        // What is kept for a legal ground alone is recalled for everybody else.
        ObjectState::Recalled | ObjectState::Restricted => "recalled",
        ObjectState::Held => "held",
    }
}

pub(crate) async fn show(inside: Inside, Path(id): Path<String>, asked: Parameters) -> Response {
    let number = asked.page();
    let offset = (number as usize - 1).saturating_mul(OBJECTS);
    let node = &inside.visit.app.node;
    let found = match node.inbox_view(&inside.actor, &id, offset, OBJECTS).await {
        Ok(found) => found,
        Err(error) => return inside.fail(&error),
    };
    let view = DeliveryView {
        id: found.id,
        partner: convert::partner(&found.partner),
        purpose: found.purpose,
        agreement: found.agreement,
        received: convert::time(&found.received),
        state: state(found.state).to_owned(),
        objects: found.objects.iter().map(object).collect(),
        total: found.total as u64,
        page: number,
        more: found.total > offset.saturating_add(OBJECTS),
        may_judge: inside.actor.may(Action::InboxJudge),
    };
    let chrome = inside.chrome(Place::Incoming);
    page(StatusCode::OK, &incoming::render_delivery(&view, &chrome))
}

fn object(received: &Received) -> DeliveryObject {
    DeliveryObject {
        object: convert::object(&received.name),
        news: received.news.name(),
        values: received.values.iter().map(|one| value(one, received)).collect(),
        beyond: received.beyond as u64,
    }
}

fn value(one: &ReceivedValue, received: &Received) -> DeliveryValue {
    let mut marking = Marking::from(&one.marking);
    for shown in [&one.now, &one.before].into_iter().flatten() {
        marking = marking.join(&convert::marking_of_named(&shown.value, &received.names));
    }
    let words = |shown: &Option<ShownValue>| shown.as_ref().map(|shown| said(shown, received));
    DeliveryValue {
        path: one.path.clone(),
        now: words(&one.now),
        before: words(&one.before),
        changed: one.changed,
        marking,
    }
}

/// A value of a partner, and how much of it there is where not all is shown.
fn said(shown: &ShownValue, received: &Received) -> (FactValue, Option<Length>) {
    let words = |value: &Value| convert::words(value, &received.names);
    let value = match &shown.value {
        Value::Array(items) => FactValue::List(items.iter().map(words).collect()),
        Value::String(text) if words(&shown.value) == *text => text_value(text),
        other => FactValue::Text(words(other)),
    };
    let length = shown.cut.map(|cut| match cut {
        Cut::Characters(count) => Length::Characters(count as u64),
        Cut::Items(count) => Length::Items(count as u64),
    });
    (value, length)
}

pub(crate) async fn act(Path((id, act)): Path<(String, String)>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let (done, said) = match act.as_str() {
        "accept" => (node.inbox_accept(actor, &id).await, Said::Accepted),
        "reject" => (node.inbox_reject(actor, &id, fields.some("ground")).await, Said::Rejected),
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    match done {
        Ok(_) => done_at(&href::delivery(&id), said),
        Err(error) => inside.fail(&error),
    }
}
