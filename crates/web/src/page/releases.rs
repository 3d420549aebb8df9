//! Releases by stage: what waits for whom, what was sent, what was recalled.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::{Marking, Shows, chips};
use crate::page::dry_run::Stage;
use crate::value::{PartnerName, Tally, partner, time};

/// All releases that the user may see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReleasesView {
    /// Newest first; the page groups them by stage.
    pub rows: Vec<ReleaseRow>,
    /// Releases beyond those listed; said, never left out in silence.
    pub beyond: u64,
    /// Whether this user may hold sets back.
    pub may_hold: bool,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Id of the release.
    pub id: String,
    /// What people call it: label of the first object picked.
    pub label: String,
    /// Join of the markings of its objects.
    pub marking: Marking,
    /// Recipient.
    pub partner: PartnerName,
    /// Name of the person that it is for alone; `None` = for the unit.
    pub person: Option<String>,
    /// Title of the agreement.
    pub agreement: String,
    /// Purpose.
    pub purpose: String,
    /// Objects by verdict.
    pub objects: Tally,
    /// Where it stands.
    pub stage: Stage,
    /// Who made it.
    pub by: String,
    /// When it was made.
    pub made: Timestamp,
    /// The partner's receipt.
    pub receipt: Receipt,
    /// Objects of it that were recalled.
    pub recalled: usize,
}

/// What the partner confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// Nothing was sent yet.
    NotSent,
    /// Sent, no receipt.
    Awaited,
    /// Signed by the partner, checked by us.
    Signed {
        /// Time of the receipt.
        at: Timestamp,
    },
}

/// Groups of the page in the order of what is to be done, with the names of their stages.
const GROUPS: [(&str, &[&str]); 7] = [
    ("releases-submitted", &["submitted"]),
    ("releases-approved", &["approved"]),
    ("releases-scheduled", &["scheduled"]),
    ("releases-drafts", &["draft", "preview"]),
    ("releases-sent", &["sent"]),
    ("releases-recalled", &["recalled"]),
    ("releases-refused", &["refused"]),
];

impl Shows for ReleasesView {
    fn marking(&self) -> Marking {
        self.rows.iter().map(|row| &row.marking).collect()
    }
}

/// The page.
pub fn render(view: &ReleasesView, chrome: &Chrome<'_>) -> Markup {
    let title = chrome.t("releases-title");
    let body = html! {
        div .title {
            h1 { (title) }
            p .title__under {
                a href=(href::UPDATES) { (chrome.t("updates-title")) }
                " · " a href=(href::RECALLS) { (chrome.t("desk-recalls")) }
                @if view.may_hold { " · " a href=(href::HOLDS) { (chrome.t("holds-title")) } }
            }
        }
        @if view.rows.is_empty() {
            section .empty {
                h2 { (chrome.t("releases-none-title")) }
                p { (chrome.t("releases-none")) }
            }
        }
        @for (name, stages) in GROUPS { (group(name, stages, view, chrome)) }
        @if view.beyond > 0 {
            p .quiet { (chrome.ta("releases-beyond", &[("count", view.beyond.into())])) }
        }
    };
    page(chrome, &view.marking(), &title, &body)
}

fn group(name: &str, stages: &[&str], view: &ReleasesView, chrome: &Chrome<'_>) -> Markup {
    let rows: Vec<_> = view.rows.iter().filter(|row| stages.contains(&row.stage.name())).collect();
    if rows.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby=(name) {
            h2 id=(name) {
                (chrome.t(name)) " " span .count-chip { (chrome.lang.number(rows.len() as u64)) }
            }
            table .table .table--rows .table--releases {
                caption .hidden { (chrome.t(name)) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("column-release")) }
                        th scope="col" { (chrome.t("column-to")) }
                        th scope="col" { (chrome.t("column-purpose")) }
                        th scope="col" { (chrome.t("column-objects")) }
                        th scope="col" { (chrome.t("column-made")) }
                        th scope="col" { (chrome.t("column-receipt")) }
                    }
                }
                tbody { @for row in rows { (release_row(row, chrome)) } }
            }
        }
    }
}

fn release_row(row: &ReleaseRow, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("column-release")) .table__lead {
                a href=(href::release(&row.id)) { (row.label) } " " (chips(chrome, &row.marking))
            }
            td data-label=(chrome.t("column-to")) {
                (partner(chrome, &row.partner))
                @if let Some(person) = &row.person {
                    div { (chrome.ta("release-for", &[("person", person.into())])) }
                }
                div .quiet { (row.agreement) }
            }
            td data-label=(chrome.t("column-purpose")) { (chrome.word("purpose", &row.purpose)) }
            td data-label=(chrome.t("column-objects")) { (counts(row, chrome)) }
            td data-label=(chrome.t("column-made")) {
                span .nowrap { (time(&row.made)) }
                div .quiet { (row.by) }
            }
            td data-label=(chrome.t("column-receipt")) { (receipt(&row.receipt, chrome)) }
        }
    }
}

fn counts(row: &ReleaseRow, chrome: &Chrome<'_>) -> Markup {
    let args = [("going", row.objects.going().into()), ("staying", row.objects.withheld.into())];
    html! {
        (chrome.ta("releases-counts", &args))
        @if row.recalled > 0 {
            div {
                span .state .state--over {
                    (chrome.ta("releases-recalled-count", &[("count", row.recalled.into())]))
                }
            }
        }
    }
}

/// The receipt in words.
pub(crate) fn receipt(state: &Receipt, chrome: &Chrome<'_>) -> Markup {
    match state {
        Receipt::NotSent => html! { span .quiet { (chrome.t("receipt-not-sent")) } },
        Receipt::Awaited => html! { (chrome.t("receipt-awaited")) },
        Receipt::Signed { at } => html! {
            (chrome.t("receipt-signed")) " " span .nowrap { (time(at)) }
        },
    }
}
