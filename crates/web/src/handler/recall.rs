//! Who has not answered a recall, and what is kept for a legal hold: `/recalls`, `/legal-holds`,
//! `/restricted`.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{LEGAL_GROUNDS, LegalHoldLine, RecallStatus};
use http::StatusCode;

use super::form::Posted;
use super::visit::{Inside, page};
use super::{convert, desk, object};
use crate::href;
use crate::layout::Place;
use crate::page::desk::{Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

const GROUNDS: &[&str] = &LEGAL_GROUNDS;
const COLUMNS: [&str; 7] = [
    "column-object",
    "column-to",
    "desk-recall-why",
    "desk-since",
    "desk-recall-days",
    "desk-recall-state",
    "desk-recall-stated",
];

/// `GET /recalls`
pub(crate) async fn recalls(inside: Inside) -> Response {
    let lines = match inside.visit.app.node.recall_list(&inside.actor, false).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let open = |line: &&RecallStatus| matches!(line.state, "waiting" | "overdue");
    // The longest wait first.
    let waiting: Vec<Vec<Cell>> = lines.iter().rev().filter(open).map(row).collect();
    let rest: Vec<Vec<Cell>> = lines.iter().filter(|line| !open(line)).map(row).collect();
    let section = |title, rows, none| Section {
        title,
        columns: COLUMNS.to_vec(),
        rows,
        none,
        ..Section::default()
    };
    let view = DeskView {
        title: "desk-recalls",
        words: "desk-recalls-words",
        sections: vec![
            section("desk-recalls-waiting", waiting, "desk-recalls-none-waiting"),
            section("desk-recalls-rest", rest, "desk-nothing"),
        ],
        forms: Vec::new(),
    };
    desk::shown(&inside, &view, Place::Releases)
}

fn row(line: &RecallStatus) -> Vec<Cell> {
    let stated = match &line.stated {
        None => Cell::Text(String::new()),
        Some(stated) => {
            let outcome = ("copies-state", stated.outcome.clone());
            let mut pairs = vec![[("recall-outcome", "stated".to_owned()), outcome]];
            if !stated.ground.is_empty() {
                let ground = ("legal-ground", stated.ground.clone());
                pairs.push([("recall-outcome", "ground".to_owned()), ground]);
            }
            pairs.extend(stated.covered.iter().map(|(class, state)| {
                [("copies", class.clone()), ("copies-state", state.clone())]
            }));
            Cell::Pairs(pairs)
        }
    };
    vec![
        named(line.name.as_ref(), &line.label),
        Cell::Text(line.partner.clone()),
        Cell::Word("recall-reason", line.reason.name().to_owned()),
        Cell::Time(convert::time(&line.at)),
        Cell::Count(usize::try_from(line.days).unwrap_or_default()),
        match line.state {
            "overdue" => Cell::Due("recall-state", line.state.to_owned(), true, None),
            state => Cell::Word("recall-state", state.to_owned()),
        },
        stated,
    ]
}

fn named(name: Option<&enlace_node::ObjectName>, id: &str) -> Cell {
    match name {
        Some(name) => Cell::Objects(vec![convert::object(name)]),
        None => Cell::Text(id.to_owned()),
    }
}

/// `GET /legal-holds`
pub(crate) async fn legal_holds(inside: Inside) -> Response {
    let lines = match inside.visit.app.node.legal_hold_list(&inside.actor, None).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let row = |line: &LegalHoldLine| {
        let lift = Form {
            action: href::legal_hold_act("lift"),
            fields: vec![Field::Hidden("hold", line.id.clone())],
            button: "desk-legal-hold-lift",
            stop: true,
        };
        let object = match &line.restricted {
            Some(_) => Cell::Link(href::restricted(&line.object), line.object.clone()),
            None => named(line.name.as_ref(), &line.object),
        };
        let since = match &line.restricted {
            Some(at) => Cell::Time(convert::time(at)),
            None => Cell::Text(String::new()),
        };
        vec![
            object,
            Cell::Word("legal-ground", line.ground.clone()),
            Cell::Text(line.reference.clone()),
            Cell::Text(line.by.clone()),
            Cell::Time(convert::time(&line.since)),
            since,
            Cell::Forms(vec![lift]),
        ]
    };
    let view = DeskView {
        title: "desk-legal-holds",
        words: "desk-legal-holds-words",
        sections: vec![Section {
            title: "desk-legal-holds",
            columns: vec![
                "column-object",
                "desk-legal-ground",
                "desk-legal-reference",
                "desk-legal-by",
                "desk-since",
                "desk-restricted-since",
                "desk-do",
            ],
            rows: lines.iter().map(row).collect(),
            none: "desk-nothing",
            ..Section::default()
        }],
        forms: Vec::new(),
    };
    desk::shown(&inside, &view, Place::Reviews)
}

/// `POST /legal-holds/{act}`
pub(crate) async fn legal_hold_act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let done = match act.as_str() {
        "place" => {
            let (id, ground) = (fields.one("id"), fields.one("ground"));
            let placed = node.legal_hold_place(actor, id, ground, fields.one("reference")).await;
            placed.map(|_| ())
        }
        "lift" => node.legal_hold_lift(actor, fields.one("hold")).await,
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    desk::finish(&inside, done.map(|()| href::LEGAL_HOLDS.to_owned()))
}

/// `GET /restricted/{id}`
pub(crate) async fn restricted(inside: Inside, Path(id): Path<String>) -> Response {
    match inside.visit.app.node.legal_hold_page(&inside.actor, &id).await {
        Ok(found) => {
            let mut view = object::view(&found, &inside.actor);
            // Nothing is done with it but to keep it.
            view.forms = Vec::new();
            for version in &mut view.versions {
                version.href = href::restricted(&id);
            }
            let chrome = inside.chrome(Place::Reviews);
            page(StatusCode::OK, &crate::page::object::render(&view, &chrome))
        }
        Err(error) => inside.fail(&error),
    }
}

/// The form by which a legal hold is placed on a partner's object.
pub(crate) fn place_form(id: &str) -> Form {
    Form {
        action: href::legal_hold_act("place"),
        fields: vec![
            Field::Hidden("id", id.to_owned()),
            Field::Choice("ground", "desk-legal-ground", "legal-ground", GROUNDS),
            Field::Line("reference", "desk-legal-reference"),
        ],
        button: "desk-legal-hold-place",
        stop: false,
    }
}
