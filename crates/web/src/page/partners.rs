//! Partners: who they are, whether they are vetted, what is in force with them.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::Marking;
use crate::page::desk::{Field, Form, form};
use crate::page::partner::read_form;
use crate::value::{PartnerName, partner};

/// All partners.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartnersView {
    /// By name.
    pub rows: Vec<PartnerRow>,
    /// Whether this user may pin cards, give tokens and cut off.
    pub may_manage: bool,
    /// Whether this user may take in partners' files.
    pub may_sync: bool,
}

/// One partner in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRow {
    /// Key id: its name in agreements.
    pub key_id: String,
    /// Agency and country.
    pub name: PartnerName,
    /// Fingerprint in words, to compare over the phone.
    pub words: String,
    /// Cut off.
    pub revoked: bool,
    /// Whether its unit is vetted.
    pub vetting: Vetting,
    /// Agreements in force with it; `None` for who may not see agreements.
    pub agreements: Option<usize>,
    /// When its card was pinned.
    pub added: Timestamp,
}

/// What the newest vetting record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vetting {
    /// There is none: nothing is released to it.
    Nothing,
    /// It holds through this day.
    Valid {
        /// Last day of validity.
        until: String,
    },
    /// It ended with this day.
    Over {
        /// Last day of validity.
        until: String,
    },
    /// Something spoke against the unit.
    Failed,
}

/// The page.
pub fn render(view: &PartnersView, chrome: &Chrome<'_>) -> Markup {
    let title = chrome.t("place-partners");
    let body = html! {
        div .title {
            h1 { (title) }
            p .title__under .quiet { (chrome.t("partners-words")) }
            p .title__under {
                a href=(href::CARD) { (chrome.t("own-card")) }
                @if view.may_manage {
                    " · " a href=(href::KEYS) { (chrome.t("own-keys-title")) }
                    " · " a href=(href::ACCOUNTS) { (chrome.t("desk-accounts")) }
                    " · " a href=(href::COLLECTIONS) { (chrome.t("desk-collections")) }
                }
            }
        }
        @if view.rows.is_empty() {
            section .empty {
                h2 { (chrome.t("partners-none-title")) }
                p { (chrome.t("partners-none")) }
            }
        } @else {
            table .table .table--rows {
                caption .hidden { (title) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("column-partner")) }
                        th scope="col" { (chrome.t("partner-words-column")) }
                        th scope="col" { (chrome.t("partner-vetting")) }
                        @if view.rows.iter().any(|row| row.agreements.is_some()) {
                            th scope="col" { (chrome.t("partner-agreements")) }
                        }
                    }
                }
                tbody { @for row in &view.rows { (partner_row(row, chrome)) } }
            }
        }
        @if view.may_manage || view.may_sync {
            section .box {
                @if view.may_manage { (form(&add_form(), chrome)) }
                @if view.may_sync { (form(&read_form(), chrome)) }
            }
        }
    };
    page(chrome, &Marking::nothing(), &title, &body)
}

fn partner_row(row: &PartnerRow, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("column-partner")) .table__lead {
                a href=(href::partner(&row.key_id)) { (row.name.name) } " "
                abbr .country title=(chrome.word("country", &row.name.country)) {
                    (row.name.country)
                }
                @if row.revoked { div { (cut_off(chrome)) } }
            }
            td data-label=(chrome.t("partner-words-column")) { span .prose { (row.words) } }
            td data-label=(chrome.t("partner-vetting")) { (vetting(&row.vetting, chrome)) }
            @if let Some(count) = row.agreements {
                td data-label=(chrome.t("partner-agreements")) {
                    (chrome.lang.number(count as u64))
                }
            }
        }
    }
}

/// That nothing is exchanged with it any more.
pub(crate) fn cut_off(chrome: &Chrome<'_>) -> Markup {
    html! { span .state .state--bad { (chrome.t("partner-cut-off")) } }
}

/// What the newest record says, in words.
pub(crate) fn vetting(vetting: &Vetting, chrome: &Chrome<'_>) -> Markup {
    let (class, words) = match vetting {
        Vetting::Valid { until } => {
            ("state state--good", chrome.ta("vetting-valid", &[("until", until.into())]))
        }
        Vetting::Over { until } => {
            ("state state--over", chrome.ta("vetting-over", &[("until", until.into())]))
        }
        Vetting::Failed => ("state state--bad", chrome.word("vetting-result", "failed")),
        Vetting::Nothing => ("state state--bad", chrome.t("vetting-none")),
    };
    html! { span class=(class) { (words) } }
}

fn add_form() -> Form {
    Form {
        action: href::PARTNERS.to_owned(),
        fields: vec![Field::Words("partner-add-words"), Field::Lines("card", "partner-card")],
        button: "partner-add",
        stop: false,
    }
}

/// The name as a heading shows it.
pub(crate) fn heading(name: &PartnerName, chrome: &Chrome<'_>) -> Markup {
    partner(chrome, name)
}
