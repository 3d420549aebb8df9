//! Changes that partners would see: waiting for their slot, or for a person.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::{Marking, Shows};
use crate::page::desk::{Field, Form, form};
use crate::value::{ObjectRef, object_link, time};

/// What waits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdatesView {
    /// The next slot first, then what waits for a person.
    pub rows: Vec<UpdateRow>,
    /// Whether this user may let everything out now.
    pub may_send: bool,
}

/// One change for one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRow {
    /// The original.
    pub object: ObjectRef,
    /// Name of the partner.
    pub partner: String,
    /// Title of the agreement.
    pub agreement: String,
    /// Standing rule that selected it, if one did.
    pub rule: Option<String>,
    /// What that rule reads and the agreement does not release whole.
    pub reads: Vec<String>,
    /// When it becomes visible, if it waits for that.
    pub slot: Option<Timestamp>,
    /// The draft that a person has to approve.
    pub release: Option<String>,
    /// Clauses by which it may no longer leave.
    pub clauses: Vec<String>,
    /// Page that shows it as the partner will see it.
    pub look: Option<String>,
}

impl Shows for UpdatesView {
    fn marking(&self) -> Marking {
        self.rows.iter().map(|row| &row.object.marking).collect()
    }
}

/// The page.
pub fn render(view: &UpdatesView, chrome: &Chrome<'_>) -> Markup {
    let title = chrome.t("updates-title");
    let now = Form {
        action: href::UPDATES.to_owned(),
        fields: vec![
            Field::Words("updates-now-words"),
            Field::Confirm("confirm", "updates-now-confirm"),
        ],
        button: "updates-now",
        stop: false,
    };
    let (slots, persons): (Vec<_>, Vec<_>) = view.rows.iter().partition(|row| row.slot.is_some());
    let body = html! {
        div .title {
            p .title__over { a href=(href::RELEASES) { (chrome.t("releases-title")) } }
            h1 { (title) }
            p .title__under .quiet { (chrome.t("updates-words")) }
        }
        @if view.rows.is_empty() {
            section .empty {
                h2 { (chrome.t("updates-none-title")) }
                p { (chrome.t("updates-none")) }
            }
        }
        (group("updates-person", &persons, chrome))
        (group("updates-slot", &slots, chrome))
        @if view.may_send && !slots.is_empty() { section .box { (form(&now, chrome)) } }
    };
    page(chrome, &view.marking(), &title, &body)
}

fn group(name: &str, rows: &[&UpdateRow], chrome: &Chrome<'_>) -> Markup {
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
                        th scope="col" { (chrome.t("column-object")) }
                        th scope="col" { (chrome.t("column-to")) }
                        th scope="col" { (chrome.t("updates-when")) }
                        th scope="col" { (chrome.t("desk-do")) }
                    }
                }
                tbody { @for row in rows { (update_row(row, chrome)) } }
            }
        }
    }
}

fn update_row(row: &UpdateRow, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("column-object")) {
                (object_link(chrome, &row.object))
                @if let Some(rule) = &row.rule {
                    div .quiet { (chrome.ta("updates-rule", &[("rule", rule.into())])) }
                }
                @if !row.reads.is_empty() {
                    div .quiet {
                        (chrome.ta("updates-reads", &[
                            ("properties", (&row.reads.join(", ")).into()),
                        ]))
                    }
                }
            }
            td data-label=(chrome.t("column-to")) { (row.partner) div .quiet { (row.agreement) } }
            td data-label=(chrome.t("updates-when")) {
                @match &row.slot {
                    Some(slot) => (time(slot)),
                    None if row.release.is_some() => (chrome.t("updates-decide")),
                    None => {
                        span .state .state--bad {
                            (chrome.ta("updates-may-not", &[
                                ("clauses", (&row.clauses.join(", ")).into()),
                            ]))
                        }
                    }
                }
            }
            td data-label=(chrome.t("desk-do")) {
                ul .plain {
                    @if let Some(release) = &row.release {
                        li { a href=(href::release(release)) { (chrome.t("updates-open")) } }
                    }
                    @if let Some(look) = &row.look {
                        li { a href=(look) { (chrome.t("release-show")) } }
                    }
                    @if row.slot.is_none() && row.release.is_none() {
                        li {
                            a href=(href::object(&row.object.id)) { (chrome.t("updates-recall")) }
                        }
                    }
                }
            }
        }
    }
}
