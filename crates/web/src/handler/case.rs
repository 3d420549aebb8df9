//! `GET /cases`, `GET /cases/{id}` and what is done there.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{Action, CaseAct, CaseLine, CaseTask, CaseView, NewCase, NodeError};
use http::StatusCode;

use super::convert;
use super::desk::{finish, ids};
use super::form::Posted;
use super::visit::{Inside, page};
use crate::href;
use crate::layout::Place;
use crate::marking::Marking;
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;
use crate::value::ObjectRef;

const ROLES: &[&str] = &[
    "investigator",
    "lead",
    "analyst",
    "liaison",
    "prosecutor",
    "exhibit-officer",
    "expert",
    "interpreter",
    "observer",
];

pub(crate) async fn list(inside: Inside) -> Response {
    let node = &inside.visit.app.node;
    let lines = match node.case_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let mut forms = Vec::new();
    if inside.actor.may(Action::CaseManage) {
        match node.agreement_list(&inside.actor).await {
            Ok(agreements) => {
                let active = agreements.into_iter().filter(|line| line.state == "active");
                let named = active.map(|line| (line.id, line.title)).collect();
                forms.push(Form {
                    action: href::CASES.to_owned(),
                    fields: vec![
                        Field::Pick("agreement", "column-agreement", named),
                        Field::Line("purpose", "column-purpose"),
                        Field::Line("number", "case-number"),
                        Field::Line("title", "case-title-field"),
                    ],
                    button: "case-new",
                    stop: false,
                });
            }
            Err(error) => return inside.fail(&error),
        }
    }
    let view = DeskView {
        title: "place-cases",
        words: "cases-words",
        sections: vec![Section {
            title: "cases-open",
            columns: vec![
                "case-number",
                "case-title-field",
                "column-state",
                "case-sides",
                "case-ours-tasks",
                "column-when",
            ],
            rows: lines.iter().map(row).collect(),
            none: "cases-none",
            ..Section::default()
        }],
        forms,
    };
    let bears = if lines.is_empty() { Marking::nothing() } else { Marking::absent() };
    page(StatusCode::OK, &desk::render_bearing(&view, &bears, &inside.chrome(Place::Cases)))
}

fn row(line: &CaseLine) -> Vec<Cell> {
    vec![
        Cell::Link(href::case(&line.id), line.number.clone()),
        Cell::Text(line.title.clone()),
        Cell::State("case-stage", line.stage.to_owned(), line.ours == "asked"),
        Cell::Text(line.sides.join("\n")),
        Cell::Count(line.tasks),
        Cell::Time(convert::time(&line.opened)),
    ]
}

pub(crate) async fn open(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let new = NewCase {
        agreement: fields.one("agreement").to_owned(),
        partners: Vec::new(),
        purpose: fields.one("purpose").to_owned(),
        number: fields.one("number").to_owned(),
        title: fields.one("title").to_owned(),
    };
    let done = inside.visit.app.node.case_open(&inside.actor, &new).await;
    finish(&inside, done.map(|id| href::case(&id)))
}

pub(crate) async fn show(inside: Inside, Path(id): Path<String>) -> Response {
    let view = match inside.visit.app.node.case_show(&inside.actor, &id).await {
        Ok(view) => view,
        Err(error) => return inside.fail(&error),
    };
    let desk = DeskView {
        title: "case-title",
        words: "case-words",
        sections: vec![
            about(&view),
            sides(&view, &inside),
            tasks(&view, &inside),
            thread(&view),
            shared(&view),
            filed(&view),
            timeline(&view),
        ],
        forms: forms(&view, &inside),
    };
    // What is said in a case is content and bears no marking of its own.
    let bears = Marking::absent();
    page(StatusCode::OK, &desk::render_bearing(&desk, &bears, &inside.chrome(Place::Cases)))
}

fn about(view: &CaseView) -> Section {
    let line = &view.line;
    Section {
        title: "case-number",
        name: line.number.clone(),
        columns: vec!["case-title-field", "column-purpose", "column-agreement", "column-state"],
        rows: vec![vec![
            Cell::Text(line.title.clone()),
            Cell::Word("purpose", line.purpose.clone()),
            Cell::Text(line.agreement.clone()),
            Cell::State("case-stage", line.stage.to_owned(), line.ours == "asked"),
        ]],
        none: "desk-nothing",
    }
}

fn sides(view: &CaseView, inside: &Inside) -> Section {
    let rows = view.sides.iter().map(|side| {
        let here = side.members.iter().filter(|(.., until)| until.is_none());
        let shown = |member: &str, role: &str| {
            format!("{member}: {}", inside.visit.word("case-role", role))
        };
        let members: Vec<String> = here.map(|(member, role, ..)| shown(member, role)).collect();
        vec![
            Cell::Text(side.name.clone()),
            Cell::State("case-side", side.state.to_owned(), false),
            Cell::Text(members.join("\n")),
        ]
    });
    Section {
        title: "case-sides",
        columns: vec!["column-partner", "column-state", "case-members"],
        rows: rows.collect(),
        none: "desk-nothing",
        ..Section::default()
    }
}

fn tasks(view: &CaseView, inside: &Inside) -> Section {
    let row = |task: &CaseTask| {
        vec![
            Cell::Text(task.title.clone()),
            Cell::Text(task.by.clone()),
            Cell::Text(task.to.clone()),
            task.due
                .as_deref()
                .map_or(Cell::Text(String::new()), |at| Cell::Time(convert::time(at))),
            Cell::State("case-task", task.state.to_owned(), task.ours && task.state == "given"),
            Cell::Forms(progress(view, task, inside)),
        ]
    };
    Section {
        title: "case-tasks",
        columns: vec!["case-task", "case-from", "case-to", "case-due", "column-state", "desk-do"],
        rows: view.tasks.iter().map(row).collect(),
        none: "case-tasks-none",
        ..Section::default()
    }
}

/// How a task of ours goes on.
fn progress(view: &CaseView, task: &CaseTask, inside: &Inside) -> Vec<Form> {
    let may = inside.actor.may(Action::CaseWork) && view.line.ours == "in";
    let form = |state: &str, button| Form {
        action: href::case_act(&view.line.id, "progress"),
        fields: vec![
            Field::Hidden("task", task.id.clone()),
            Field::Hidden("state", state.to_owned()),
        ],
        button,
        stop: false,
    };
    match (may && task.ours && view.line.stage != "closed", task.state) {
        (true, "given") => vec![form("taken", "case-take"), form("done", "case-do")],
        (true, "taken") => vec![form("done", "case-do"), form("dropped", "case-drop")],
        _ => Vec::new(),
    }
}

fn thread(view: &CaseView) -> Section {
    let rows = view.thread.iter().map(|(by, at, text)| {
        vec![Cell::Time(convert::time(at)), Cell::Text(by.clone()), Cell::Text(text.clone())]
    });
    Section {
        title: "case-thread",
        columns: vec!["column-when", "case-from", "case-words-said"],
        rows: rows.collect(),
        none: "case-thread-none",
        ..Section::default()
    }
}

fn shared(view: &CaseView) -> Section {
    let rows = view.shared.iter().map(|line| {
        let objects: Vec<ObjectRef> = line.objects.iter().map(convert::object).collect();
        vec![
            Cell::Time(convert::time(&line.at)),
            Cell::Text(line.by.clone()),
            Cell::Text(line.to.clone()),
            Cell::Text(line.exhibit.clone().unwrap_or_default()),
            Cell::Objects(objects),
        ]
    });
    Section {
        title: "case-shared",
        columns: vec![
            "column-when",
            "case-from",
            "case-to",
            "case-exhibit-number",
            "column-objects",
        ],
        rows: rows.collect(),
        none: "case-shared-none",
        ..Section::default()
    }
}

fn filed(view: &CaseView) -> Section {
    let row = |object: &enlace_node::ObjectName| {
        let out = Form {
            action: href::case_act(&view.line.id, "unfile"),
            fields: vec![Field::Hidden("ids", object.id.clone())],
            button: "case-unfile",
            stop: true,
        };
        vec![Cell::Objects(vec![convert::object(object)]), Cell::Forms(vec![out])]
    };
    Section {
        title: "case-filed",
        columns: vec!["column-objects", "desk-do"],
        rows: view.filed.iter().map(row).collect(),
        none: "case-filed-none",
        ..Section::default()
    }
}

fn timeline(view: &CaseView) -> Section {
    let rows = view.timeline.iter().map(|(at, by, step)| {
        vec![
            Cell::Time(convert::time(at)),
            Cell::Text(by.clone()),
            Cell::Word("case-step", (*step).to_owned()),
        ]
    });
    Section {
        title: "case-timeline",
        columns: vec!["column-when", "case-from", "desk-kind"],
        rows: rows.collect(),
        none: "desk-nothing",
        ..Section::default()
    }
}

/// What the account can do in the case as it stands.
fn forms(view: &CaseView, inside: &Inside) -> Vec<Form> {
    let (line, manages) = (&view.line, inside.actor.may(Action::CaseManage));
    let form = |act: &str, fields, button, stop| Form {
        action: href::case_act(&line.id, act),
        fields,
        button,
        stop,
    };
    let text = || vec![Field::Line("text", "case-words-said")];
    let mut forms = Vec::new();
    if line.stage == "closed" {
        return forms;
    }
    if line.ours == "asked" && manages {
        forms.push(form("accept", vec![], "case-accept", false));
        forms.push(form("decline", text(), "case-decline", true));
    }
    if line.ours != "in" {
        return forms;
    }
    forms.push(form("say", vec![Field::Lines("text", "case-words-said")], "case-say", false));
    let mut whom = vec![(String::new(), inside.chrome(Place::Cases).t("case-we"))];
    whom.extend(line.sides.iter().map(|name| (name.clone(), name.clone())));
    let task = vec![
        Field::Line("title", "case-task"),
        Field::Pick("to", "case-to", whom),
        Field::Date("due", "case-due"),
    ];
    forms.push(form("task", task, "case-give", false));
    if !manages {
        return forms;
    }
    let member = vec![
        Field::Line("account", "case-member-account"),
        Field::Line("member", "case-member-shown"),
        Field::Choice("role", "case-member-role", "case-role", ROLES),
    ];
    forms.push(form("member", member, "case-member", false));
    let accounts = view.accounts.iter().map(|name| (name.clone(), name.clone())).collect();
    let leave = vec![Field::Pick("account", "case-member-account", accounts)];
    forms.push(form("leave", leave, "case-leave", true));
    let release = vec![Field::Line("release", "case-share-release")];
    forms.push(form("share", release, "case-share", false));
    let exhibit =
        vec![Field::Line("object", "column-objects"), Field::Line("number", "case-exhibit-number")];
    forms.push(form("exhibit", exhibit, "case-name-exhibit", false));
    let opener = view.timeline.first().map(|(_, by, _)| by);
    let ours = view.sides.iter().find(|side| side.ours).map(|side| &side.name);
    match opener == ours {
        true => forms.push(form("close", text(), "case-close", true)),
        false => forms.push(form("withdraw", text(), "case-withdraw", true)),
    }
    forms
}

pub(crate) async fn act(Path((id, act)): Path<(String, String)>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let node = &inside.visit.app.node;
    let text = |name: &str| fields.one(name).to_owned();
    let some = |name: &str| fields.some(name).map(str::to_owned);
    // The object page names the case in the form.
    let id = if id == "file" { text("case") } else { id };
    let wish = match act.as_str() {
        "file" | "unfile" => {
            let done = node.case_file(&inside.actor, &id, &ids(&fields), act == "file").await;
            return finish(&inside, done.map(|_| href::case(&id)));
        }
        "accept" => CaseAct::Accept,
        "decline" => CaseAct::Decline(some("text")),
        "withdraw" => CaseAct::Withdraw(some("text")),
        "close" => CaseAct::Close(some("text")),
        "member" => {
            CaseAct::Join { account: text("account"), member: text("member"), role: text("role") }
        }
        "leave" => CaseAct::Leave { account: text("account") },
        "task" => CaseAct::Task { title: text("title"), to: some("to"), due: some("due") },
        "progress" => CaseAct::Progress { task: text("task"), state: text("state") },
        "say" => CaseAct::Say(text("text")),
        "share" => CaseAct::Share(text("release")),
        "exhibit" => CaseAct::Exhibit { object: text("object"), number: text("number") },
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    let done = node.case_act(&inside.actor, &id, &wish).await;
    finish(&inside, done.map(|()| href::case(&id)))
}

/// How an object gets into our own file of a case that the account works on.
pub(crate) async fn filing(inside: &Inside, id: &str) -> Result<Option<Form>, NodeError> {
    if !inside.actor.may(Action::CaseWork) {
        return Ok(None);
    }
    let mut lines = inside.visit.app.node.cases_of(&inside.actor).await?;
    lines.retain(|line| line.stage != "closed" && line.ours == "in");
    if lines.is_empty() {
        return Ok(None);
    }
    let named = lines.into_iter().map(|line| (line.id, format!("{} {}", line.number, line.title)));
    Ok(Some(Form {
        action: href::case_act("file", "file"),
        fields: vec![
            Field::Pick("case", "case-title", named.collect()),
            Field::Hidden("ids", id.to_owned()),
        ],
        button: "case-file",
        stop: false,
    }))
}
