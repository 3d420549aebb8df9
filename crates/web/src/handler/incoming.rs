//! `GET /incoming`, `GET /incoming/{id}` and `POST /incoming/{id}/{act}`

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{Action, InboxLine, NodeError, ObjectState, QuarantineLine};
use http::StatusCode;

use super::convert;
use super::form::Posted;
use super::visit::{Inside, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::page::error::ErrorView;
use crate::page::incoming::{self, AsideRow, DeliveryView, IncomingRow, IncomingView};

/// Judged deliveries, and things set aside, on the list.
const LISTED: usize = 200;

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
    let aside = match actor.may(Action::QuarantineView) {
        true => Some(node.quarantine_list(actor, LISTED).await?.iter().map(aside).collect()),
        false => None,
    };
    Ok(IncomingView { rows, beyond, aside })
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

fn aside(line: &QuarantineLine) -> AsideRow {
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

pub(crate) async fn show(inside: Inside, Path(id): Path<String>) -> Response {
    let found = match inside.visit.app.node.inbox_view(&inside.actor, &id).await {
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
        objects: found.objects.iter().map(convert::object).collect(),
        may_judge: inside.actor.may(Action::InboxJudge),
    };
    let chrome = inside.chrome(Place::Incoming);
    page(StatusCode::OK, &incoming::render_delivery(&view, &chrome))
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
