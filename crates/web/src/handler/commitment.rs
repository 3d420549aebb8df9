//! `GET /commitments`, `POST /commitments/{act}`: what is owed under agreements and after meetings.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{Action, CommitmentLine, NewCommitment};

use super::desk::{finish, ids, shown};
use super::form::Posted;
use super::visit::{Inside, Parameters};
use crate::href;
use crate::layout::Place;
use crate::page::desk::{Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

const STATES: &[&str] =
    &["met", "partly-met", "in-progress", "open", "waived", "disputed", "withdrawn"];

/// `?overdue=yes` for those alone.
pub(crate) async fn list(inside: Inside, asked: Parameters) -> Response {
    let mut lines = match inside.visit.app.node.commitment_list(&inside.actor, None).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    lines.retain(|line| line.overdue || asked.one("overdue") != "yes");
    let manages = inside.actor.may(Action::CommitmentManage);
    let titles: BTreeMap<String, String> =
        match inside.visit.app.node.agreement_list(&inside.actor).await {
            Ok(all) => all.into_iter().map(|line| (line.id, line.title)).collect(),
            Err(error) => return inside.fail(&error),
        };
    let mut view = DeskView {
        title: "commitments-title",
        words: "desk-commitments-words",
        sections: vec![Section {
            title: "desk-commitments",
            columns: vec![
                "column-owed",
                "column-owed-by",
                "desk-commitment-to",
                "column-agreement",
                "column-due",
                "column-state",
                "desk-do",
            ],
            rows: lines.iter().map(|line| row(line, &titles, manages)).collect(),
            none: "desk-nothing",
            ..Section::default()
        }],
        forms: Vec::new(),
    };
    if manages {
        view.forms.push(Form {
            action: href::commitment_act("add"),
            fields: vec![
                Field::Words("desk-commitment-meeting-words"),
                Field::Line("meeting", "desk-commitment-meeting"),
                Field::Line("obligation", "column-owed"),
                Field::Line("owed_by", "desk-commitment-by"),
                Field::Line("owed_to", "desk-commitment-to"),
                Field::Line("due", "commitment-due"),
            ],
            button: "desk-commitment-add",
            stop: false,
        });
    }
    shown(&inside, &view, Place::Agreements)
}

fn row(line: &CommitmentLine, titles: &BTreeMap<String, String>, manages: bool) -> Vec<Cell> {
    let set = Form {
        action: href::commitment_act("set"),
        fields: vec![
            Field::Hidden("commitment", line.id.clone()),
            Field::Choice("state", "column-state", "commitment", STATES),
            Field::Lines("ids", "desk-commitment-evidence"),
        ],
        button: "desk-commitment-set",
        stop: false,
    };
    let due = line.due.clone().unwrap_or_default();
    let agreement = match &line.agreement {
        Some(id) => {
            let title = titles.get(id).filter(|title| !title.is_empty()).unwrap_or(id);
            let words = match &line.clause {
                Some(clause) => format!("{title} · {clause}"),
                None => title.clone(),
            };
            Cell::Link(href::agreement(id), words)
        }
        None => Cell::Text(String::new()),
    };
    vec![
        Cell::Text(line.obligation.clone()),
        Cell::Text(line.owed_by.clone()),
        Cell::Text(line.owed_to.join(", ")),
        agreement,
        if line.overdue { Cell::Late(due) } else { Cell::Text(due) },
        Cell::Word("commitment", line.state.clone()),
        Cell::Forms(if manages && line.own { vec![set] } else { Vec::new() }),
    ]
}

/// `add`: after a meeting; `set`: where it stands, and what shows it.
pub(crate) async fn act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let done = match act.as_str() {
        "add" => {
            let owed_to: Vec<String> =
                fields.some("owed_to").map(str::to_owned).into_iter().collect();
            let new = NewCommitment {
                meeting: fields.some("meeting"),
                obligation: fields.one("obligation"),
                owed_by: fields.one("owed_by"),
                owed_to: &owed_to,
                due: fields.some("due"),
                ..NewCommitment::default()
            };
            node.commitment_add(actor, new).await
        }
        "set" => {
            let (id, state) = (fields.one("commitment"), fields.one("state"));
            node.commitment_set(actor, id, state, &ids(&fields)).await
        }
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done.map(|_| href::COMMITMENTS.to_owned()))
}
