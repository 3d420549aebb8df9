//! One job: how far it is, what was found, what needs somebody's attention.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::Marking;
use crate::page::desk::{Field, Form, form};
use crate::value::time;

/// A job. What was found in the file is its owner's alone to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPage {
    /// Its id.
    pub id: String,
    /// Name of the file.
    pub file: Option<String>,
    /// Who started it.
    pub by: String,
    /// Name of its state.
    pub state: &'static str,
    /// Whether nothing is going to happen any more.
    pub over: bool,
    /// Objects done, and of how many.
    pub done: u64,
    /// `None` until the file was read.
    pub total: Option<u64>,
    /// When it was asked for, begun, last heard of, over.
    pub times: Vec<(&'static str, Timestamp)>,
    /// Names and counts of what was found.
    pub counts: Vec<(&'static str, u64)>,
    /// Code of why it failed or waits.
    pub fault: Option<String>,
    /// What needs attention.
    pub lines: Vec<JobRow>,
    /// Whether there is more of it.
    pub more: bool,
}

/// An object or row that was not held. What stands in the file is not quoted: nobody knows how it is
/// marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Id, or where it stands.
    pub id: String,
    /// `conflict` or `rejected`.
    pub result: &'static str,
    /// Where it stands in the file.
    pub position: String,
    /// Rule that it breaks.
    pub rule: String,
    /// Property at fault.
    pub path: String,
}

/// The page. While something happens it asks for itself every two seconds.
pub fn render(view: &JobPage, chrome: &Chrome<'_>) -> Markup {
    let title = match &view.file {
        Some(file) => chrome.ta("job-title-file", &[("file", file.as_str().into())]),
        None => chrome.t("job-title"),
    };
    let again = (!view.over).then(|| href::job(&view.id));
    let every = again.as_ref().map(|_| "every 2s");
    let job = again.as_ref().map(|_| "#job");
    let body = html! {
        div .title {
            h1 { (title) }
            p .title__under .quiet { a href=(href::JOBS) { (chrome.t("job-all")) } }
        }
        div #job .sections hx-get=[&again] hx-trigger=[every] hx-select=[job] hx-target=[job]
            hx-swap=[again.as_ref().map(|_| "outerHTML")] hx-nonce=(chrome.nonce) {
            (standing(view, chrome))
            (found(view, chrome))
            @if !view.lines.is_empty() { (attention(view, chrome)) }
        }
        @if !view.over { (form(&cancel(&view.id), chrome)) }
    };
    page(chrome, &Marking::nothing(), &title, &body)
}

/// The form that stops a job.
pub(crate) fn cancel(id: &str) -> Form {
    Form {
        action: href::job_act(id, "cancel"),
        fields: vec![Field::Words("job-cancel-words")],
        button: "job-cancel",
        stop: true,
    }
}

fn standing(view: &JobPage, chrome: &Chrome<'_>) -> Markup {
    let class = match view.state {
        "done" => "state state--good",
        "failed" => "state state--bad",
        _ => "state state--over",
    };
    html! {
        section .box aria-labelledby="job-standing" {
            h2 #job-standing { (chrome.t("job-standing")) }
            p role="status" {
                span class=(class) { (chrome.word("job-state", view.state)) } " "
                (far(view.done, view.total, chrome))
            }
            @if let Some(total) = view.total.filter(|_| !view.over) {
                progress .progress aria-labelledby="job-standing" max=(total) value=(view.done) {}
            }
            @if let Some(code) = &view.fault {
                p { (why(code, chrome)) " " code { (code) } }
            }
            @if view.state == "cancelled" { p { (chrome.t("job-cancelled-words")) } }
            dl .pairs .pairs--wide {
                div { dt { (chrome.t("job-by")) } dd { (view.by) } }
                @for (key, at) in &view.times {
                    div { dt { (chrome.t(key)) } dd { (time(at)) } }
                }
            }
        }
    }
}

/// How far a job is, in words.
pub(crate) fn far(done: u64, total: Option<u64>, chrome: &Chrome<'_>) -> String {
    match total {
        None => chrome.t("job-unread"),
        Some(total) => {
            let (done, total) = (chrome.lang.number(done), chrome.lang.number(total));
            let args = [("done", done.as_str().into()), ("total", total.as_str().into())];
            chrome.ta("job-far", &args)
        }
    }
}

fn why(code: &str, chrome: &Chrome<'_>) -> String {
    match chrome.texts.knows("error", code) {
        true => chrome.word("error", code),
        false => chrome.t("job-fault"),
    }
}

fn found(view: &JobPage, chrome: &Chrome<'_>) -> Markup {
    html! {
        @if !view.counts.is_empty() {
            section .box aria-labelledby="job-found" {
                h2 #job-found { (chrome.t("job-found")) }
                dl .pairs .pairs--wide {
                    @for (name, count) in &view.counts {
                        div {
                            dt { (chrome.word("job-count", name)) }
                            dd { (chrome.lang.number(*count)) }
                        }
                    }
                }
            }
        }
    }
}

fn attention(view: &JobPage, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="job-attention" {
            h2 #job-attention { (chrome.t("job-attention")) }
            table .table .table--rows {
                caption .hidden { (chrome.t("job-attention")) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("column-object")) }
                        th scope="col" { (chrome.t("job-result")) }
                        th scope="col" { (chrome.t("incoming-own-place")) }
                        th scope="col" { (chrome.t("desk-why")) }
                    }
                }
                tbody {
                    @for row in &view.lines {
                        tr {
                            td data-label=(chrome.t("column-object")) { code .id { (row.id) } }
                            td data-label=(chrome.t("job-result")) {
                                (chrome.word("job-count", row.result))
                            }
                            td data-label=(chrome.t("incoming-own-place")) { (row.position) }
                            td data-label=(chrome.t("desk-why")) {
                                code { (row.rule) } " " code { (row.path) }
                            }
                        }
                    }
                }
            }
            @if view.more { p .quiet { (chrome.t("job-more")) } }
        }
    }
}
