//! `GET|POST /releases/updates`

use axum::response::Response;
use enlace_node::{Action, UpdateRow as Found};
use http::StatusCode;

use super::convert;
use super::form::Posted;
use super::visit::{Inside, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::page::error::ErrorView;
use crate::page::updates::{self, UpdateRow, UpdatesView};

pub(crate) async fn list(inside: Inside) -> Response {
    match inside.visit.app.node.update_rows(&inside.actor).await {
        Ok(found) => {
            let mut rows: Vec<UpdateRow> = found.into_iter().map(row).collect();
            rows.sort_by(|a, b| (&a.slot, &a.object.label).cmp(&(&b.slot, &b.object.label)));
            let view = UpdatesView { rows, may_send: inside.actor.may(Action::ReleaseSend) };
            page(StatusCode::OK, &updates::render(&view, &inside.chrome(Place::Releases)))
        }
        Err(error) => inside.fail(&error),
    }
}

fn row(found: Found) -> UpdateRow {
    let look = found.request.map(|request| {
        let agreement = match (&request.partner, found.several) {
            (Some(partner), true) => format!("{}/{partner}", request.agreement),
            _ => request.agreement,
        };
        let purpose = request.purpose.unwrap_or_default();
        href::query(
            &href::release_new(&found.line.object),
            &[("agreement", &agreement), ("purpose", &purpose), ("exact", "yes")],
        )
    });
    UpdateRow {
        object: convert::object(&found.name),
        partner: found.line.partner,
        agreement: found.agreement,
        rule: found.line.rule,
        reads: found.line.reads,
        slot: found.line.slot.as_deref().map(convert::time),
        release: found.line.release,
        clauses: found.line.clauses,
        look,
    }
}

/// Lets everything that waits for its slot out at once.
pub(crate) async fn now(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    if fields.one("confirm") != "yes" {
        return inside.visit.error(&ErrorView::unconfirmed());
    }
    match inside.visit.app.node.update_run(&inside.actor, true).await {
        Ok(_) => done_at(href::UPDATES, Said::UpdatesOut),
        Err(error) => inside.fail(&error),
    }
}
