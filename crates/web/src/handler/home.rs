//! `GET /`: what waits for whoever is signed in.

use axum::response::{IntoResponse, Redirect, Response};
use enlace_node::{
    AskedLine, Home, ObjectName, ReleaseLine, RequestAlert, RequestDraft, RequestLine,
    RestrictedMatch,
};
use http::StatusCode;
use serde_json::Value;

use super::form::Posted;
use super::request::{LINE, row};
use super::visit::{Inside, done_at, page, places};
use super::{convert, danger, feed};
use crate::href;
use crate::layout::{Place, Said};
use crate::marking::Marking;
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::page::search;

/// Rows of a list; the heading says how many there are.
const LISTED: usize = 30;

/// `GET /`: the first page, or the first place of a role that has nothing to do with requests.
pub(crate) async fn show(inside: Inside) -> Response {
    let first = places(&inside.actor).first().copied();
    if first != Some(Place::Home) {
        return Redirect::to(first.map_or(href::SEARCH, Place::href)).into_response();
    }
    let home = match inside.visit.app.node.home(&inside.actor).await {
        Ok(home) => home,
        Err(error) => return inside.fail(&error),
    };
    let mut sections = Vec::new();
    if !home.alerts.is_empty() {
        sections.push(alerts(&inside, &home.alerts));
    }
    sections.push(requests(&inside, "home-to-answer", &home.to_answer, "home-to-answer-none"));
    if !home.answers.is_empty() {
        sections.push(requests(&inside, "home-answers", &home.answers, "desk-nothing"));
    }
    if !home.awaited.is_empty() {
        sections.push(requests(&inside, "home-awaited", &home.awaited, "desk-nothing"));
    }
    sections.extend(approvals(&inside, &home));
    if home.deliveries > 0 {
        let words = inside.chrome(Place::Home).t("home-deliveries-see");
        sections.push(Section {
            title: "home-deliveries",
            columns: vec!["home-count", "desk-do"],
            rows: vec![vec![
                Cell::Count(home.deliveries),
                Cell::Link(href::INCOMING.to_owned(), words),
            ]],
            none: "desk-nothing",
            ..Section::default()
        });
    }
    if !home.hits.is_empty() {
        sections.push(Section {
            title: "home-hits",
            columns: vec![
                "column-object",
                "column-partner",
                "desk-kind",
                "column-state",
                "column-when",
            ],
            rows: home.hits.iter().map(hit).collect(),
            none: "desk-nothing",
            ..Section::default()
        });
    }
    sections.extend(restricted(&home.restricted));
    let forms = match home.alerts.len() > 1 {
        true => vec![Form { button: "home-read-all", ..read_form(None) }],
        false => Vec::new(),
    };
    let view = DeskView { title: "place-home", words: "home-words", sections, forms };
    // What is asked is content, a case's number too, and bears no marking of its own.
    let lines = [&home.to_answer, &home.answers, &home.awaited];
    let content = lines.iter().any(|lines| !lines.is_empty())
        || !home.alerts.is_empty()
        || !home.drafts.is_empty();
    let bears = if content { Marking::absent() } else { Marking::nothing() };
    let dangers = match inside.visit.app.node.danger_alerts(&inside.actor).await {
        Ok(found) => danger::alerts(&found),
        Err(error) => return inside.fail(&error),
    };
    let mut chrome = inside.chrome(Place::Home);
    match feed::warnings(&inside).await {
        Ok(warnings) => chrome.flashes.extend(warnings),
        Err(error) => return inside.fail(&error),
    }
    let first = search::danger(&dangers, &chrome);
    page(StatusCode::OK, &desk::render_below(&first, &view, &bears, &chrome))
}

/// How many of how many are shown, where not all are.
fn shown(inside: &Inside, count: usize) -> String {
    match count > LISTED {
        true => {
            let args = [("shown", LISTED.into()), ("count", count.into())];
            inside.chrome(Place::Home).ta("home-of", &args)
        }
        false => String::new(),
    }
}

fn requests(
    inside: &Inside,
    title: &'static str,
    lines: &[RequestLine],
    none: &'static str,
) -> Section {
    Section {
        title,
        name: shown(inside, lines.len()),
        columns: LINE.to_vec(),
        rows: lines.iter().take(LISTED).map(row).collect(),
        none,
    }
}

fn alerts(inside: &Inside, alerts: &[RequestAlert]) -> Section {
    let row = |alert: &RequestAlert| {
        let line = &alert.line;
        let number = line.number.clone().unwrap_or_else(|| line.id.clone());
        let bad = alert.kind != "arrived";
        vec![
            Cell::State("request-alert", alert.kind.to_owned(), bad),
            Cell::Link(href::request(&line.id), number),
            Cell::Text(line.partner.clone()),
            Cell::Time(convert::time(&alert.at)),
            Cell::Forms(vec![read_form(Some(&line.id))]),
        ]
    };
    Section {
        title: "home-alerts",
        name: shown(inside, alerts.len()),
        columns: vec![
            "desk-what",
            "desk-request-number",
            "column-partner",
            "column-when",
            "desk-do",
        ],
        rows: alerts.iter().take(LISTED).map(row).collect(),
        none: "desk-nothing",
    }
}

fn read_form(request: Option<&str>) -> Form {
    Form {
        action: href::ALERTS_READ.to_owned(),
        fields: request.map(|id| Field::Hidden("id", id.to_owned())).into_iter().collect(),
        button: "home-read",
        stop: false,
    }
}

/// What waits for the approval of this account.
fn approvals(inside: &Inside, home: &Home) -> Vec<Section> {
    let mut sections = Vec::new();
    if !home.drafts.is_empty() {
        let row = |draft: &RequestDraft| {
            let text = |name: &str| {
                let value = draft.content.get(name).and_then(Value::as_str);
                value.unwrap_or_default().to_owned()
            };
            let number = match text("case_number") {
                number if number.is_empty() => draft.id.clone(),
                number => number,
            };
            vec![
                Cell::Link(href::REQUESTS.to_owned(), number),
                Cell::Word("request-kind", text("kind")),
                Cell::Text(text("facts")),
                Cell::Text(draft.by.clone()),
                Cell::Text(draft.missing.join(", ")),
            ]
        };
        sections.push(Section {
            title: "home-drafts",
            name: shown(inside, home.drafts.len()),
            columns: vec![
                "desk-request-number",
                "desk-kind",
                "desk-request-facts",
                "desk-request-by",
                "desk-request-lacks",
            ],
            rows: home.drafts.iter().take(LISTED).map(row).collect(),
            none: "desk-nothing",
        });
    }
    if !home.releases.is_empty() {
        let row = |line: &ReleaseLine| {
            vec![
                Cell::Link(href::release(&line.id), line.agreement.clone()),
                Cell::Text(line.partner.clone()),
                Cell::Word("purpose", line.purpose.clone()),
                Cell::Count(line.kept),
                Cell::Text(line.drafted_by.clone()),
                Cell::Time(convert::time(&line.drafted)),
            ]
        };
        sections.push(Section {
            title: "home-releases",
            name: shown(inside, home.releases.len()),
            columns: vec![
                "column-agreement",
                "column-partner",
                "column-purpose",
                "column-objects",
                "desk-request-by",
                "column-when",
            ],
            rows: home.releases.iter().take(LISTED).map(row).collect(),
            none: "desk-nothing",
        });
    }
    sections
}

/// A hit leads to its object's questions.
fn hit((object, line): &(ObjectName, AskedLine)) -> Vec<Cell> {
    vec![
        Cell::Objects(vec![convert::object(object)]),
        Cell::Link(href::ask(&object.id), line.partner.clone()),
        Cell::Word("identifier", line.kind.clone()),
        Cell::State("ask-result", line.result.clone(), true),
        Cell::Time(convert::time(&line.at)),
    ]
}

/// What the owner of a restricted record is told and nobody else.
pub(super) fn restricted(found: &[RestrictedMatch]) -> Option<Section> {
    let row = |one: &RestrictedMatch| {
        let number = one.number.clone().unwrap_or_else(|| one.request.clone());
        vec![
            Cell::Objects(vec![convert::object(&one.object)]),
            Cell::Text(one.partner.clone()),
            Cell::Word("request-kind", one.kind.clone()),
            match one.may_open {
                true => Cell::Link(href::request(&one.request), number),
                false => Cell::Text(number),
            },
            Cell::Time(convert::time(&one.at)),
        ]
    };
    let section = Section {
        title: "home-restricted",
        columns: vec![
            "column-object",
            "column-partner",
            "desk-kind",
            "desk-request-number",
            "column-when",
        ],
        rows: found.iter().map(row).collect(),
        none: "desk-nothing",
        ..Section::default()
    };
    Some(section).filter(|_| !found.is_empty())
}

/// `POST /alerts/read`
pub(crate) async fn read(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let node = &inside.visit.app.node;
    match node.request_alerts_mark(&inside.actor, fields.some("id")).await {
        Ok(_) => done_at(href::HOME, Said::Noted),
        Err(error) => inside.fail(&error),
    }
}
