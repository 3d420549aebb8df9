//! `GET /ask` and `POST /ask`: does a partner hold this?

use std::collections::{BTreeSet, HashSet};

use axum::response::Response;
use enlace_node::{Action, Ask, AskLine, AskWhat, AskedLine, MatchTerms, MatchValue};
use http::StatusCode;

use super::convert;
use super::form::Posted;
use super::visit::{Inside, Parameters, page};
use crate::href;
use crate::layout::Place;
use crate::marking::Marking;
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::value::ObjectRef;

const ANSWERS: &[&str] = &["column-partner", "desk-kind", "column-state", "ask-case", "desk-do"];

pub(crate) async fn show(inside: Inside, asked: Parameters) -> Response {
    render(&inside, asked.some("id"), None).await
}

pub(crate) async fn ask(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let text = |name: &str| fields.some(name).map(str::to_owned);
    let what = match fields.some("id") {
        Some(id) => AskWhat::Object(id.to_owned()),
        None => AskWhat::Values(vec![MatchValue {
            kind: fields.one("kind").to_owned(),
            value: fields.one("value").to_owned(),
            country: text("country"),
            scheme: text("scheme"),
            birth_date: text("birth_date"),
            maker: text("maker"),
            model: text("model"),
            calibre: text("calibre"),
            from: text("from"),
            until: text("until"),
            radius: text("radius"),
        }]),
    };
    let ask = Ask {
        partners: text("partner").into_iter().collect(),
        purpose: fields.one("purpose").to_owned(),
        case: text("case"),
        what,
    };
    let lines = match inside.visit.app.node.ask(&inside.actor, &ask).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    // What was typed is on this page alone: a request may take it up, nothing keeps it.
    let value = fields.some("value").unwrap_or_default();
    let rows = lines.iter().map(|line| answer(line, value, &inside)).collect();
    let answers = Section {
        title: "ask-answers",
        columns: ANSWERS.to_vec(),
        rows,
        none: "desk-nothing",
        ..Section::default()
    };
    let now = lines.iter().map(|line| line.reference.clone()).collect();
    render(&inside, fields.some("id"), Some((answers, now))).await
}

/// `answers`: what was asked now, with the references of these queries.
async fn render(
    inside: &Inside,
    id: Option<&str>,
    answers: Option<(Section, HashSet<String>)>,
) -> Response {
    let node = &inside.visit.app.node;
    let options = match node.ask_options(&inside.actor, id).await {
        Ok(options) => options,
        Err(error) => return inside.fail(&error),
    };
    let mut bears = match answers.is_some() {
        true => Marking::absent(),
        false => Marking::nothing(),
    };
    let (answers, now) = answers.unzip();
    let now = now.unwrap_or_default();
    let mut sections: Vec<Section> = answers.into_iter().collect();
    if let Some(id) = id {
        match about(inside, id, &now).await {
            Ok((object, more)) => {
                bears = bears.join(&object.marking);
                sections.extend(more);
                let about = Section {
                    title: "ask-about",
                    columns: vec!["column-object"],
                    rows: vec![vec![Cell::Objects(vec![object])]],
                    none: "desk-nothing",
                    ..Section::default()
                };
                sections.insert(0, about);
            }
            Err(error) => return inside.fail(&error),
        }
    }
    let forms = form(inside, id, &options).into_iter().collect();
    let words = if options.is_empty() { "ask-nobody" } else { "ask-words" };
    let view = DeskView { title: "ask-title", words, sections, forms };
    page(StatusCode::OK, &desk::render_bearing(&view, &bears, &inside.chrome(Place::Search)))
}

/// The object, and what was asked about it before.
async fn about(
    inside: &Inside,
    id: &str,
    now: &HashSet<String>,
) -> Result<(ObjectRef, Option<Section>), enlace_node::NodeError> {
    let node = &inside.visit.app.node;
    let found = node.object_view(&inside.actor, id, None).await?;
    let before = node.asked_about_object(&inside.actor, id).await?;
    let before = before.iter().filter(|line| !now.contains(&line.reference));
    let rows: Vec<Vec<Cell>> = before.map(|line| asked(line, inside)).collect();
    let before = Section {
        title: "ask-before",
        columns: vec![
            "column-partner",
            "desk-kind",
            "column-state",
            "ask-case",
            "column-when",
            "column-by",
            "desk-do",
        ],
        rows,
        none: "ask-never",
        ..Section::default()
    };
    Ok((convert::object(&found.name), Some(before)))
}

fn form(inside: &Inside, id: Option<&str>, options: &[MatchTerms]) -> Option<Form> {
    if options.is_empty() {
        return None;
    }
    let purposes: BTreeSet<&String> = options.iter().flat_map(|o| &o.purposes).collect();
    let partners: BTreeSet<&String> = options.iter().map(|o| &o.partner).collect();
    let words = |family: &str, names: BTreeSet<&String>| -> Vec<(String, String)> {
        names.into_iter().map(|n| (n.clone(), inside.visit.word(family, n))).collect()
    };
    let mut whom = vec![(String::new(), inside.chrome(Place::Search).t("ask-everybody"))];
    whom.extend(partners.into_iter().map(|name| (name.clone(), name.clone())));
    let mut fields = vec![
        Field::Open,
        Field::Pick("purpose", "column-purpose", words("purpose", purposes)),
        Field::Pick("partner", "ask-partner", whom),
        Field::Line("case", "ask-case-number"),
    ];
    match id {
        Some(id) => fields.push(Field::Hidden("id", id.to_owned())),
        None => {
            let kinds: BTreeSet<&String> = options.iter().flat_map(|o| &o.kinds).collect();
            fields.push(Field::Pick("kind", "desk-kind", words("identifier", kinds)));
            fields.push(Field::Line("value", "ask-value"));
            fields.push(Field::Line("birth_date", "ask-birth-date"));
            fields.push(Field::Line("maker", "ask-maker"));
            fields.push(Field::Line("model", "ask-model"));
            fields.push(Field::Line("calibre", "ask-calibre"));
            fields.push(Field::Line("from", "ask-from"));
            fields.push(Field::Line("until", "ask-until"));
            fields.push(Field::Line("radius", "ask-radius"));
            fields.push(Field::Line("country", "ask-country"));
            fields.push(Field::Line("scheme", "ask-scheme"));
        }
    }
    Some(Form { action: href::ASK.to_owned(), fields, button: "ask-button", stop: false })
}

fn answer(line: &AskLine, value: &str, inside: &Inside) -> Vec<Cell> {
    let state = match &line.reason {
        Some(reason) => Cell::Word("ask-reason", reason.replace('.', "-")),
        None => Cell::State("ask-result", line.result.to_owned(), line.result != "no-hit"),
    };
    let hit = matches!(line.result, "hit" | "refer");
    let forms = match hit && inside.actor.may(Action::RequestDraft) {
        true => vec![request(
            [&line.agreement_id, &line.partner, &line.purpose, &line.case, &line.reference],
            (&line.kind, value),
        )],
        false => Vec::new(),
    };
    vec![
        Cell::Text(line.partner.clone()),
        Cell::Word("identifier", line.kind.clone()),
        state,
        Cell::Text(line.case.clone()),
        Cell::Forms(forms),
    ]
}

fn asked(line: &AskedLine, inside: &Inside) -> Vec<Cell> {
    let hit = matches!(line.result.as_str(), "hit" | "refer");
    // Of another's question the case is not known here: who goes on from it asks again.
    let own = line.by == inside.actor.account();
    let forms = match hit && own && inside.actor.may(Action::RequestDraft) {
        true => vec![request(
            [&line.agreement, &line.partner, &line.purpose, &line.case, &line.reference],
            (&line.kind, ""),
        )],
        false => Vec::new(),
    };
    vec![
        Cell::Text(line.partner.clone()),
        Cell::Word("identifier", line.kind.clone()),
        Cell::State("ask-result", line.result.clone(), hit),
        Cell::Text(line.case.clone()),
        Cell::Time(convert::time(&line.at)),
        Cell::Text(line.by.clone()),
        Cell::Forms(forms),
    ]
}

/// A hit offers a request, and never more.
fn request(
    [agreement, partner, purpose, case, reference]: [&String; 5],
    (kind, value): (&str, &str),
) -> Form {
    let mut fields = vec![
        Field::Hidden("kind", "match-followup".to_owned()),
        Field::Hidden("agreement", agreement.clone()),
        Field::Hidden("partner", partner.clone()),
        Field::Hidden("purpose", purpose.clone()),
        Field::Hidden("case_number", case.clone()),
        Field::Hidden("hit_reference", reference.clone()),
    ];
    if !value.is_empty() {
        fields.push(Field::Hidden("subject_kind", kind.to_owned()));
        fields.push(Field::Hidden("subject_values", value.to_owned()));
    }
    fields.push(Field::Lines("facts", "desk-request-facts"));
    fields.push(Field::Lines("questions", "desk-request-questions"));
    Form { action: href::REQUESTS.to_owned(), fields, button: "ask-request", stop: false }
}
