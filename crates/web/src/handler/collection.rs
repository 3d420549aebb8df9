//! `GET /collections`, `POST /collections/{act}`: plain collections of our own tools.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{Grant, PlainLine};

use super::convert;
use super::desk::{finish, shown};
use super::form::Posted;
use super::visit::Inside;
use crate::href;
use crate::layout::Place;
use crate::page::desk::{Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

pub(crate) async fn list(inside: Inside) -> Response {
    let lines = match inside.visit.app.node.plain_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let mut forms = vec![Form {
        action: href::collection_act("create"),
        fields: vec![Field::Line("name", "desk-name")],
        button: "desk-collection-create",
        stop: false,
    }];
    if !lines.is_empty() {
        let named = |line: &PlainLine| (line.id.clone(), line.name.clone());
        forms.push(Form {
            action: href::collection_act("grant"),
            fields: vec![
                Field::Words("desk-collection-grant-words"),
                Field::Pick("collection", "desk-collection", lines.iter().map(named).collect()),
                Field::Line("account", "login-account"),
                Field::Check("read", "desk-collection-read"),
                Field::Check("write", "desk-collection-write"),
            ],
            button: "desk-collection-grant",
            stop: false,
        });
    }
    let view = DeskView {
        title: "desk-collections",
        words: "desk-collections-words",
        sections: vec![Section {
            title: "desk-collections",
            columns: vec![
                "desk-name",
                "desk-collection-id",
                "column-objects",
                "desk-collection-last",
                "desk-collection-readers",
                "desk-collection-writers",
            ],
            rows: lines.iter().map(row).collect(),
            none: "desk-collections-none",
            ..Section::default()
        }],
        forms,
    };
    shown(&inside, &view, Place::Partners)
}

fn row(line: &PlainLine) -> Vec<Cell> {
    let holders = |right: fn(&Grant) -> bool| {
        let names = line.grants.iter().filter(|one| right(&one.grant)).map(|one| &*one.account);
        Cell::Text(names.collect::<Vec<_>>().join("\n"))
    };
    let last = line.last_added.as_deref();
    vec![
        Cell::Text(line.name.clone()),
        Cell::Code(line.id.clone()),
        Cell::Count(usize::try_from(line.objects).unwrap_or(usize::MAX)),
        last.map_or(Cell::Text("–".to_owned()), |at| Cell::Time(convert::time(at))),
        holders(|grant| grant.read),
        holders(|grant| grant.write),
    ]
}

/// `create`, `grant`.
pub(crate) async fn act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let done = match act.as_str() {
        "create" => node.plain_create(actor, fields.one("name")).await.map(|_| ()),
        "grant" => {
            let ticked = |name| fields.one(name) == "yes";
            let grant = Grant { read: ticked("read"), write: ticked("write") };
            node.plain_grant(actor, fields.one("collection"), fields.one("account"), grant).await
        }
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done.map(|()| href::COLLECTIONS.to_owned()))
}
