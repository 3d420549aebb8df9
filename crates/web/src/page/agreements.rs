//! Agreements: what is in force, what waits for a signature, what rests, what ends soon.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::Marking;
use crate::page::desk::{Field, Form, form};
use crate::value::time;

/// All agreements that this agency is party to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgreementsView {
    /// In the order in which they came.
    pub rows: Vec<AgreementRow>,
    /// Only those that end within so many days are listed.
    pub within: Option<i64>,
    /// Whether this user drafts or signs.
    pub may_draft: bool,
    /// Whether this user may take in a partner's papers.
    pub may_import: bool,
}

/// One agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementRow {
    /// Id of the agreement.
    pub id: String,
    /// Title.
    pub title: String,
    /// `active`, `suspended`, … as the node names it.
    pub state: String,
    /// Parties by name, and whether each has signed.
    pub parties: Vec<(String, bool)>,
    /// First instant that is no longer valid, where it can be read.
    pub until: Option<Timestamp>,
    /// Whole days until then, while it is in force.
    pub days_left: Option<i64>,
    /// Names of the parties that suspended it.
    pub suspended_by: Vec<String>,
    /// Suspended by us, and nobody was told.
    pub silent: bool,
    /// What this version cannot apply of it.
    pub faults: Vec<String>,
}

/// Days within which an end is coming.
pub(crate) const SOON: i64 = 90;

/// Groups of the page in the order of what is to be done, with the states in them.
const GROUPS: [(&str, &[&str]); 4] = [
    ("agreements-waiting", &["awaiting-signatures", "unreadable"]),
    ("agreements-in-force", &["active", "suspended"]),
    ("agreements-coming", &["not-yet-valid"]),
    ("agreements-over", &["expired", "terminated", "replaced"]),
];

/// The page.
pub fn render(view: &AgreementsView, chrome: &Chrome<'_>) -> Markup {
    let title = chrome.t("agreements-title");
    let body = html! {
        div .title {
            h1 { (title) }
            @if view.may_draft {
                p .title__under {
                    a .button href=(href::AGREEMENT_NEW) { (chrome.t("draft-title")) }
                }
            }
        }
        (filter(view, chrome))
        p { a href=(href::COMMITMENTS) { (chrome.t("desk-commitments")) } }
        @if view.rows.is_empty() {
            section .empty {
                h2 { (chrome.t("agreements-none-title")) }
                p { (chrome.t("agreements-none")) }
            }
        }
        @for (name, states) in GROUPS { (group(name, states, view, chrome)) }
        @if view.may_import { section .box { (form(&import_form(), chrome)) } }
    };
    page(chrome, &Marking::nothing(), &title, &body)
}

fn import_form() -> Form {
    Form {
        action: href::AGREEMENT_IMPORT.to_owned(),
        fields: vec![Field::Words("desk-carried-import-words"), Field::File("file", "desk-file")],
        button: "desk-carried-import",
        stop: false,
    }
}

fn filter(view: &AgreementsView, chrome: &Chrome<'_>) -> Markup {
    let soon = SOON.to_string();
    html! {
        p {
            @if let Some(days) = view.within {
                (chrome.ta("agreements-within", &[("days", count(days).into())])) " "
                a href=(href::AGREEMENTS) { (chrome.t("agreements-all")) }
            } @else {
                a href=(href::query(href::AGREEMENTS, &[("within", &soon)])) {
                    (chrome.ta("agreements-ending", &[("days", count(SOON).into())]))
                }
            }
        }
    }
}

fn count(days: i64) -> u64 {
    u64::try_from(days).unwrap_or(0)
}

fn group(name: &str, states: &[&str], view: &AgreementsView, chrome: &Chrome<'_>) -> Markup {
    let rows: Vec<_> = view.rows.iter().filter(|r| states.contains(&r.state.as_str())).collect();
    if rows.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby=(name) {
            h2 id=(name) {
                (chrome.t(name)) " " span .count-chip { (chrome.lang.number(rows.len() as u64)) }
            }
            table .table .table--rows {
                caption .hidden { (chrome.t(name)) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("column-agreement")) }
                        th scope="col" { (chrome.t("column-state")) }
                        th scope="col" { (chrome.t("column-parties")) }
                        th scope="col" { (chrome.t("column-until")) }
                    }
                }
                tbody { @for row in rows { (agreement_row(row, chrome)) } }
            }
        }
    }
}

fn agreement_row(row: &AgreementRow, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("column-agreement")) .table__lead {
                a href=(href::agreement(&row.id)) {
                    @if row.title.is_empty() { (row.id) } @else { (row.title) }
                }
            }
            td data-label=(chrome.t("column-state")) { (state(row, chrome)) }
            td data-label=(chrome.t("column-parties")) {
                ul .plain {
                    @for (name, signed) in &row.parties {
                        li { (name) " " span .quiet { (signature(*signed, chrome)) } }
                    }
                }
            }
            td data-label=(chrome.t("column-until")) {
                @if let Some(until) = &row.until { span .nowrap { (time(until)) } }
                @if let Some(days) = row.days_left.filter(|days| *days < SOON) {
                    div {
                        span .state .state--over {
                            (chrome.ta("agreement-days-left", &[("days", count(days).into())]))
                        }
                    }
                }
            }
        }
    }
}

pub(crate) fn signature(signed: bool, chrome: &Chrome<'_>) -> String {
    chrome.t(if signed { "agreement-signed" } else { "agreement-unsigned" })
}

/// State in words, with who suspended it and what cannot be applied.
pub(crate) fn state(row: &AgreementRow, chrome: &Chrome<'_>) -> Markup {
    let class = match row.state.as_str() {
        "active" => "state state--good",
        "suspended" | "awaiting-signatures" | "not-yet-valid" => "state state--over",
        "unreadable" => "state state--bad",
        _ => "state",
    };
    html! {
        span class=(class) { (chrome.word("standing", &row.state)) }
        @if !row.suspended_by.is_empty() {
            div .quiet {
                (chrome.ta("agreement-suspended-by", &[("names", (&row.suspended_by.join(", ")).into())]))
            }
        }
        @if row.silent { div .quiet { (chrome.t("agreement-silent")) } }
        @for fault in &row.faults { div .quiet { (fault) } }
    }
}
