//! `GET /jobs`, `POST /jobs` (a file), `GET /jobs/{id}` and `POST /jobs/{id}/cancel`

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use enlace_node::{Action, ImportLine, ImportRequest, JobLine, JobView};
use http::StatusCode;

use super::convert;
use super::form::Posted;
use super::upload::Uploading;
use super::visit::{Inside, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;
use crate::page::job::{self, JobPage, JobRow};

/// Jobs on the page.
const LISTED: usize = 200;
/// Lines that need attention on the page of a job.
const LINES: usize = 200;
/// Markings that rows and documents can be given.
const MARKINGS: [&str; 6] = ["", "clear", "green", "amber", "amber+strict", "red"];

pub(crate) async fn list(inside: Inside) -> Response {
    let lines = match inside.visit.app.node.job_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let chrome = inside.chrome(Place::Jobs);
    let row = |line: &JobLine| {
        let name = line.file.clone().unwrap_or_else(|| chrome.word("job-kind", line.kind));
        let stop = match line.state.is_over() {
            true => Vec::new(),
            false => vec![job::cancel(&line.id)],
        };
        vec![
            Cell::Time(convert::time(&line.queued)),
            Cell::Link(href::job(&line.id), name),
            Cell::Text(line.by.clone()),
            Cell::Word("job-state", line.state.name().to_owned()),
            Cell::Text(job::far(line.done, line.total, &chrome)),
            Cell::Forms(stop),
        ]
    };
    let mut forms = Vec::new();
    if inside.actor.may(Action::Import) {
        forms.push(upload_form(&inside).await);
    }
    let view = DeskView {
        title: "place-jobs",
        words: "jobs-words",
        sections: vec![Section {
            title: "jobs-list",
            columns: vec![
                "desk-when",
                "desk-what",
                "job-by",
                "column-state",
                "job-progress",
                "desk-do",
            ],
            rows: lines.iter().take(LISTED).map(row).collect(),
            none: "jobs-none",
            ..Section::default()
        }],
        forms,
    };
    page(StatusCode::OK, &desk::render(&view, &chrome))
}

/// The file comes last: what is wished for it is read before.
async fn upload_form(inside: &Inside) -> Form {
    let markings = MARKINGS.iter().map(|name| ((*name).to_owned(), name.to_uppercase()));
    let mut fields = vec![
        Field::Words("jobs-import-words"),
        Field::Pick("marking", "jobs-marking", markings.collect()),
        Field::Line("source", "jobs-source"),
    ];
    let node = &inside.visit.app.node;
    let compartments = node.compartment_list(&inside.actor).await.unwrap_or_default();
    if !compartments.is_empty() {
        let mut all = vec![(String::new(), String::new())];
        all.extend(compartments.into_iter().map(|line| (line.id, line.name)));
        fields.push(Field::Pick("compartment", "jobs-compartment", all));
    }
    fields.push(Field::File("file", "desk-file"));
    Form { action: href::JOBS.to_owned(), fields, button: "jobs-import", stop: false }
}

/// Takes a file in: it is read later, by whichever process works off jobs.
pub(crate) async fn start(upload: Uploading) -> Response {
    // Who may not take files in sends none.
    if let Err(error) = upload.inside.actor.require(Action::Import) {
        return upload.inside.fail(&error);
    }
    let (inside, wishes, file) = match upload.file_with().await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let request = ImportRequest {
        name: &file.name,
        bytes: &file.bytes,
        format: None,
        marking: wishes.some("marking"),
        source: wishes.some("source"),
        dry_run: false,
    };
    let node = &inside.visit.app.node;
    match node.import_job(&inside.actor, &request, wishes.some("compartment")).await {
        Ok(id) => Redirect::to(&href::job(&id)).into_response(),
        Err(error) => inside.fail(&error),
    }
}

pub(crate) async fn show(inside: Inside, Path(id): Path<String>) -> Response {
    let node = &inside.visit.app.node;
    match node.job_view(&inside.actor, &id, true, LINES).await {
        Ok(view) => page(StatusCode::OK, &job::render(&shown(&view), &inside.chrome(Place::Jobs))),
        Err(error) => inside.fail(&error),
    }
}

fn shown(view: &JobView) -> JobPage {
    let line = &view.line;
    let times = [
        ("job-queued", Some(&line.queued)),
        ("job-started", line.started.as_ref()),
        ("job-beat", line.beat.as_ref()),
        ("job-ended", line.ended.as_ref()),
    ];
    let counts = line.counts.iter().flat_map(|counts| {
        [
            ("new", counts.new),
            ("known", counts.known),
            ("conflict", counts.conflict),
            ("rejected", counts.rejected),
            ("should", counts.should),
        ]
    });
    JobPage {
        id: line.id.clone(),
        file: line.file.clone(),
        by: line.by.clone(),
        state: line.state.name(),
        over: line.state.is_over(),
        done: line.done,
        total: line.total,
        times: times.into_iter().filter_map(|(key, at)| Some((key, convert::time(at?)))).collect(),
        counts: counts.map(|(name, count)| (name, count as u64)).collect(),
        fault: line.fault.as_ref().map(|fault| fault.code.clone()),
        lines: view.lines.iter().map(row).collect(),
        more: view.more,
    }
}

fn row(line: &ImportLine) -> JobRow {
    let position = line.reason.split_once(": found ").map(|(position, _)| position.to_owned());
    JobRow {
        id: line.id.clone(),
        result: line.result,
        position: position.unwrap_or_default(),
        rule: line.rule.clone(),
        path: line.path.clone(),
    }
}

pub(crate) async fn act(Path((id, act)): Path<(String, String)>, posted: Posted) -> Response {
    let inside = posted.inside;
    if act != "cancel" {
        return inside.visit.error(&ErrorView::NotFound);
    }
    match inside.visit.app.node.job_cancel(&inside.actor, &id).await {
        Ok(_) => done_at(&href::job(&id), Said::Noted),
        Err(error) => inside.fail(&error),
    }
}
