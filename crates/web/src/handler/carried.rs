//! Files that are carried by hand: `POST /partners/inbox`, `/partners/{key}/outbox`,
//! `/partners/{key}/papers`, `/releases/{id}/file`, `/agreements/import` and `GET /partners/card`.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{Action, CarriedIn, Receipt, SendWhen};
use http::StatusCode;

use super::form::Posted;
use super::upload::{Uploading, saved};
use super::visit::{Inside, page};
use crate::layout::Place;
use crate::page::desk::{self, Cell, DeskView, Section};
use crate::page::error::ErrorView;

/// What the file is called in messages: its name on the disk is nobody's business.
const FILE: &str = "FILE";

/// `POST /partners/inbox`: takes in what a partner's node wrote for this one.
pub(crate) async fn inbox(upload: Uploading) -> Response {
    // Who may not take files in sends none.
    if let Err(error) = upload.inside.actor.require(Action::Sync) {
        return upload.inside.fail(&error);
    }
    let (inside, bytes) = match upload.file().await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    match inside.visit.app.node.inbox_bundle(&inside.actor, FILE, &bytes).await {
        Ok(brought) => shown(&inside, &brought_view(&brought), Place::Partners),
        Err(error) => inside.fail(&error),
    }
}

/// `POST /agreements/import`: takes in papers in clear.
pub(crate) async fn import(upload: Uploading) -> Response {
    if let Err(error) = upload.inside.actor.require(Action::Sync) {
        return upload.inside.fail(&error);
    }
    let (inside, bytes) = match upload.file().await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let Ok(text) = String::from_utf8(bytes) else {
        let code = "form.not-text".to_owned();
        return inside.visit.error(&ErrorView::Coded { status: 400, code, args: Vec::new() });
    };
    match inside.visit.app.node.inbox_file(&inside.actor, &text).await {
        Ok(receipts) => {
            let view = DeskView {
                title: "desk-carried-title",
                words: "desk-carried-papers-words",
                sections: vec![papers(&receipts)],
                forms: Vec::new(),
            };
            shown(&inside, &view, Place::Agreements)
        }
        Err(error) => inside.fail(&error),
    }
}

/// `POST /partners/{key}/outbox`: all that a partner has not got, encrypted to it.
pub(crate) async fn outbox(Path(key): Path<String>, posted: Posted) -> Response {
    let inside = posted.inside;
    match inside.visit.app.node.outbox_bundle(&inside.actor, &key).await {
        Ok(carried) => saved(&name(&carried.bundle), carried.bytes),
        Err(error) => inside.fail(&error),
    }
}

/// `POST /partners/{key}/papers`: agreements and answers that wait for it, in clear.
pub(crate) async fn outbox_papers(Path(key): Path<String>, posted: Posted) -> Response {
    let inside = posted.inside;
    match inside.visit.app.node.outbox_file(&inside.actor, &key).await {
        Ok(text) => saved("papers.json", text.into_bytes()),
        Err(error) => inside.fail(&error),
    }
}

/// `POST /releases/{id}/file`: a release, encrypted to its partner or to the one person it is for.
pub(crate) async fn release(Path(id): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let made = match fields.one("for") {
        "person" => node.release_person_file(actor, &id).await.map(|f| (f.release, f.bytes)),
        // In place of its slot: it is sent now, and said so on the page.
        "now" => match node.release_send(actor, &id, SendWhen::Now).await {
            Ok(_) => node.release_file(actor, &id).await.map(|f| (f.bundle, f.bytes)),
            Err(error) => Err(error),
        },
        _ => node.release_file(actor, &id).await.map(|f| (f.bundle, f.bytes)),
    };
    match made {
        Ok((of, bytes)) => saved(&name(&of), bytes),
        Err(error) => inside.fail(&error),
    }
}

/// `GET /partners/card`: our card, to be given to partners.
pub(crate) async fn card(inside: Inside) -> Response {
    if let Err(error) = inside.actor.require(Action::PartnerView) {
        return inside.fail(&error);
    }
    match inside.visit.app.node.card() {
        Ok(card) => {
            let text = serde_json::to_vec_pretty(card.json()).unwrap_or_default();
            saved("card.json", text)
        }
        Err(error) => inside.fail(&error),
    }
}

/// As the command line names it in a folder.
fn name(id: &str) -> String {
    format!("{}.age", id.chars().take(8).collect::<String>())
}

fn brought_view(brought: &CarriedIn) -> DeskView {
    let row = vec![
        Cell::Text(brought.partner.clone()),
        Cell::Count(brought.objects),
        Cell::Count(brought.releases),
        Cell::Count(brought.recalled),
        Cell::Count(brought.rejected),
        Cell::Count(brought.acknowledged),
    ];
    let counts = Section {
        title: "desk-carried-brought",
        columns: vec![
            "column-partner",
            "column-objects",
            "desk-carried-releases",
            "desk-carried-recalled",
            "desk-carried-rejected",
            "desk-carried-acknowledged",
        ],
        rows: vec![row],
        none: "desk-nothing",
        ..Section::default()
    };
    DeskView {
        title: "desk-carried-title",
        words: "desk-carried-words",
        sections: vec![counts, papers(&brought.papers)],
        forms: Vec::new(),
    }
}

fn papers(receipts: &[Receipt]) -> Section {
    let row = |receipt: &Receipt| {
        vec![
            Cell::Text(receipt.id.clone()),
            Cell::Word("paper-state", receipt.status.clone()),
            Cell::Text(receipt.rule.clone()),
        ]
    };
    Section {
        title: "desk-carried-papers",
        columns: vec!["column-object", "column-state", "desk-carried-rule"],
        rows: receipts.iter().map(row).collect(),
        none: "desk-nothing",
        ..Section::default()
    }
}

fn shown(inside: &Inside, view: &DeskView, place: Place) -> Response {
    page(StatusCode::OK, &desk::render(view, &inside.chrome(place)))
}
