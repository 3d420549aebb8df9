//! `GET /holds` and `POST /holds/{act}`: sets that the officer holds back.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::HoldLine;
use http::StatusCode;

use super::convert;
use super::desk::{finish, ids};
use super::form::Posted;
use super::visit::{Inside, page};
use crate::href;
use crate::layout::Place;
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

/// Objects of a hold that are listed; the others are counted.
const LISTED: usize = 20;

pub(crate) async fn list(inside: Inside) -> Response {
    let lines = match inside.visit.app.node.hold_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let row = |line: &HoldLine| {
        let lift = Form {
            action: href::hold_act("lift"),
            fields: vec![Field::Hidden("id", line.id.clone())],
            button: "desk-hold-lift",
            stop: true,
        };
        let listed: Vec<&str> = line.objects.iter().take(LISTED).map(String::as_str).collect();
        let mut objects = listed.join("\n");
        if line.objects.len() > LISTED {
            objects.push_str(&format!("\n+ {}", line.objects.len() - LISTED));
        }
        vec![
            Cell::Time(convert::time(&line.since)),
            Cell::Count(line.objects.len()),
            Cell::Text(objects),
            Cell::Forms(vec![lift]),
        ]
    };
    let view = DeskView {
        title: "holds-title",
        words: "holds-words",
        sections: vec![Section {
            title: "desk-holds",
            columns: vec!["desk-since", "column-objects", "holds-what", "desk-do"],
            rows: lines.iter().map(row).collect(),
            none: "holds-none",
            ..Section::default()
        }],
        forms: vec![Form {
            action: href::hold_act("place"),
            fields: vec![Field::Words("holds-place-words"), Field::Lines("ids", "desk-ids")],
            button: "desk-hold-place",
            stop: false,
        }],
    };
    page(StatusCode::OK, &desk::render(&view, &inside.chrome(Place::Releases)))
}

/// The form that holds back one object with what it refers to.
pub(crate) fn place_form(id: &str) -> Form {
    Form {
        action: href::hold_act("place"),
        fields: vec![Field::Words("holds-place-words"), Field::Hidden("ids", id.to_owned())],
        button: "desk-hold-place",
        stop: false,
    }
}

pub(crate) async fn act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let done = match act.as_str() {
        "place" => node.hold_place(actor, &ids(&fields)).await.map(|_| ()),
        "lift" => node.hold_lift(actor, fields.one("id")).await,
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done.map(|()| href::HOLDS.to_owned()))
}
