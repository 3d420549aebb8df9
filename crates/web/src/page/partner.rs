//! One partner: how it is known, vetting, tokens, the last exchange, and its end.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, Tone, csrf, notice, page};
use crate::marking::Marking;
use crate::page::desk::{Field, Form, form};
use crate::page::partners::{PartnerRow, cut_off, heading, vetting};
use crate::value::{hash, time};

const RESULTS: &[&str] = &["passed", "failed"];

/// Everything that the page shows of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerView {
    /// What the list shows of it.
    pub row: PartnerRow,
    /// Where it listens.
    pub url: String,
    /// Who vetted it and when that was recorded.
    pub vetted: Option<(String, Timestamp)>,
    /// Agreements with it: id, title, state; `None` for who may not see agreements.
    pub agreements: Option<Vec<(String, String, String)>>,
    /// The last exchange that went through, and what it brought.
    pub exchanged: Option<(Timestamp, Exchanged)>,
    /// A later one that failed: when, and the stable code.
    pub failed: Option<(Timestamp, String)>,
    /// Persons of its unit to whom TLP:RED may leave.
    pub persons: Vec<PersonRow>,
    /// Its tokens; `None` for who may not manage partners.
    pub tokens: Option<Vec<TokenRow>>,
    /// A token just made: shown on this one answer and never again.
    pub token: Option<String>,
    /// Whether this user may exchange with it now.
    pub may_sync: bool,
}

/// What an exchange brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exchanged {
    /// Objects that arrived.
    pub objects: usize,
    /// Releases that arrived.
    pub releases: usize,
    /// Objects that the partner recalled.
    pub recalled: usize,
    /// Objects that were set aside.
    pub rejected: usize,
    /// Messages of ours that it took.
    pub delivered: usize,
    /// Messages of ours that still wait.
    pub waiting: usize,
}

/// A person of the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Id of the record.
    pub id: String,
    /// Who it is.
    pub name: String,
    /// The person's own age recipient.
    pub recipient: String,
    /// On what it rests that this person may receive.
    pub basis: String,
    /// Since when.
    pub since: Timestamp,
}

/// A token; nobody can use it by what stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// How it begins; empty where that is not known.
    pub begins: String,
    /// Until when.
    pub until: Timestamp,
}

/// The page.
pub fn render(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    let title = &view.row.name.name;
    let body = html! {
        div .title {
            p .title__over { a href=(href::PARTNERS) { (chrome.t("place-partners")) } }
            h1 { (heading(&view.row.name, chrome)) }
            @if view.row.revoked { p { (cut_off(chrome)) } }
        }
        @if let Some(token) = &view.token {
            (notice(chrome, Tone::Note, &chrome.t("token-once")))
            section .box { h2 { (chrome.t("token-new")) } p { (hash(token)) } }
        }
        div .columns {
            div .columns__wide {
                (vetted(view, chrome))
                (exchange(view, chrome))
                (carried(view, chrome))
                (persons(view, chrome))
                (agreements(view, chrome))
                (tokens(view, chrome))
            }
            div .columns__side {
                (known(view, chrome))
                (stop(view, chrome))
            }
        }
    };
    page(chrome, &Marking::nothing(), title, &body)
}

fn act(view: &PartnerView, act: &str) -> String {
    href::partner_act(&view.row.key_id, act)
}

fn known(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="partner-known" {
            h2 #partner-known { (chrome.t("partner-known")) }
            dl .pairs {
                div { dt { (chrome.t("partner-words-column")) } dd { (view.row.words) } }
                div { dt { (chrome.t("partner-key")) } dd { (hash(&view.row.key_id)) } }
                div { dt { (chrome.t("partner-url")) } dd { (view.url) } }
                div { dt { (chrome.t("partner-added")) } dd { (time(&view.row.added)) } }
            }
            p .quiet { (chrome.t("partner-compare")) }
        }
    }
}

fn vetted(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    let vet = Form {
        action: act(view, "vet"),
        fields: vec![
            Field::Words("vetting-words"),
            Field::Line("by", "vetting-by"),
            Field::Date("until", "vetting-until"),
            Field::Choice("result", "vetting-result", "vetting-result", RESULTS),
            Field::Line("classes", "vetting-classes"),
        ],
        button: "vetting-record",
        stop: false,
    };
    html! {
        section aria-labelledby="partner-vetting" {
            h2 #partner-vetting { (chrome.t("partner-vetting")) }
            p {
                (vetting(&view.row.vetting, chrome))
                @if let Some((by, at)) = &view.vetted { " " (by) ", " (time(at)) }
            }
            @if view.tokens.is_some() && !view.row.revoked { (form(&vet, chrome)) }
        }
    }
}

fn exchange(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="partner-exchange" {
            h2 #partner-exchange { (chrome.t("partner-exchange")) }
            @match &view.exchanged {
                None => p .quiet { (chrome.t("partner-exchange-none")) },
                Some((at, brought)) => {
                    p { (time(at)) ": " (chrome.ta("partner-exchanged", &[
                        ("objects", brought.objects.into()),
                        ("releases", brought.releases.into()),
                        ("recalled", brought.recalled.into()),
                        ("rejected", brought.rejected.into()),
                        ("delivered", brought.delivered.into()),
                        ("waiting", brought.waiting.into()),
                    ])) }
                }
            }
            @if let Some((at, code)) = &view.failed {
                p {
                    span .state .state--bad { (chrome.t("partner-exchange-failed")) } " "
                    (time(at)) " " code { (code) }
                }
            }
            @if view.may_sync && !view.row.revoked {
                form .row method="post" action=(act(view, "sync")) {
                    (csrf(chrome))
                    button .button type="submit" { (chrome.t("partner-sync")) }
                }
            }
        }
    }
}

/// Files over the air gap.
fn carried(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    if !view.may_sync || view.row.revoked {
        return html! {};
    }
    let file = |action: String, words: &'static str, button: &'static str| Form {
        action,
        fields: vec![Field::Words(words)],
        button,
        stop: false,
    };
    let key = &view.row.key_id;
    let outbox =
        file(href::partner_outbox(key), "desk-carried-outbox-words", "desk-carried-outbox");
    let papers =
        file(href::partner_papers(key), "desk-carried-papers-out-words", "desk-carried-papers-out");
    html! {
        section aria-labelledby="partner-files" {
            h2 #partner-files { (chrome.t("partner-files")) }
            (form(&outbox, chrome))
            (form(&papers, chrome))
            (form(&read_form(), chrome))
        }
    }
}

/// The form that takes in a file of any partner: the file itself says whose it is.
pub(crate) fn read_form() -> Form {
    Form {
        action: href::PARTNER_INBOX.to_owned(),
        fields: vec![Field::Words("desk-carried-read-words"), Field::File("file", "desk-file")],
        button: "desk-carried-read",
        stop: false,
    }
}

fn persons(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    let manages = view.tokens.is_some();
    let new = Form {
        action: act(view, "person-add"),
        fields: vec![
            Field::Words("person-words"),
            Field::Line("name", "person-name"),
            Field::Line("recipient", "person-recipient"),
            Field::Line("basis", "person-basis"),
        ],
        button: "person-add",
        stop: false,
    };
    html! {
        section aria-labelledby="partner-persons" {
            h2 #partner-persons { (chrome.t("partner-persons")) }
            @if view.persons.is_empty() {
                p .quiet { (chrome.t("partner-persons-none")) }
            } @else {
                table .table .table--rows {
                    caption .hidden { (chrome.t("partner-persons")) }
                    thead {
                        tr {
                            th scope="col" { (chrome.t("person-name")) }
                            th scope="col" { (chrome.t("person-recipient")) }
                            th scope="col" { (chrome.t("person-basis")) }
                            th scope="col" { (chrome.t("desk-since")) }
                            @if manages { th scope="col" { (chrome.t("desk-do")) } }
                        }
                    }
                    tbody { @for row in &view.persons { (person(row, view, chrome)) } }
                }
            }
            @if manages && !view.row.revoked { (form(&new, chrome)) }
        }
    }
}

fn person(row: &PersonRow, view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    let remove = Form {
        action: act(view, "person-remove"),
        fields: vec![Field::Hidden("person", row.id.clone())],
        button: "person-remove",
        stop: true,
    };
    html! {
        tr {
            td data-label=(chrome.t("person-name")) .table__lead { (row.name) }
            td data-label=(chrome.t("person-recipient")) { (hash(&row.recipient)) }
            td data-label=(chrome.t("person-basis")) { span .prose { (row.basis) } }
            td data-label=(chrome.t("desk-since")) { span .nowrap { (time(&row.since)) } }
            @if view.tokens.is_some() {
                td data-label=(chrome.t("desk-do")) { (form(&remove, chrome)) }
            }
        }
    }
}

fn agreements(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    let Some(rows) = &view.agreements else { return html! {} };
    html! {
        section aria-labelledby="partner-agreements" {
            h2 #partner-agreements { (chrome.t("agreements-title")) }
            @if rows.is_empty() {
                p .quiet { (chrome.t("partner-agreements-none")) }
            } @else {
                ul .plain .plain--spaced {
                    @for (id, title, state) in rows {
                        li {
                            a href=(href::agreement(id)) { (title) } " "
                            span .quiet { (chrome.word("standing", state)) }
                        }
                    }
                }
            }
        }
    }
}

fn tokens(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    let Some(rows) = &view.tokens else { return html! {} };
    let new = Form {
        action: act(view, "token"),
        fields: vec![Field::Words("token-words"), Field::Number("days", "token-days")],
        button: "token-make",
        stop: false,
    };
    let end = |begins: &str| Form {
        action: act(view, "token-end"),
        fields: vec![Field::Hidden("begins", begins.to_owned())],
        button: "token-end",
        stop: true,
    };
    html! {
        section aria-labelledby="partner-tokens" {
            h2 #partner-tokens { (chrome.t("partner-tokens")) }
            @if rows.is_empty() {
                p .quiet { (chrome.t("partner-tokens-none")) }
            } @else {
                table .table .table--rows {
                    caption .hidden { (chrome.t("partner-tokens")) }
                    thead {
                        tr {
                            th scope="col" { (chrome.t("token-begins")) }
                            th scope="col" { (chrome.t("column-until")) }
                            th scope="col" { (chrome.t("desk-do")) }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                td data-label=(chrome.t("token-begins")) {
                                    @if row.begins.is_empty() { (chrome.t("token-unknown")) }
                                    @else { code { (row.begins) "…" } }
                                }
                                td data-label=(chrome.t("column-until")) { (time(&row.until)) }
                                td data-label=(chrome.t("desk-do")) {
                                    @if !row.begins.is_empty() { (form(&end(&row.begins), chrome)) }
                                }
                            }
                        }
                    }
                }
            }
            @if !view.row.revoked { (form(&new, chrome)) }
        }
    }
}

fn stop(view: &PartnerView, chrome: &Chrome<'_>) -> Markup {
    if view.tokens.is_none() || view.row.revoked {
        return html! {};
    }
    let revoke = Form {
        action: act(view, "revoke"),
        fields: vec![
            Field::Words("partner-revoke-words"),
            Field::Confirm("confirm", "partner-revoke-confirm"),
        ],
        button: "partner-revoke",
        stop: true,
    };
    html! {
        section .box aria-labelledby="partner-end" {
            h2 #partner-end { (chrome.t("partner-end")) }
            (form(&revoke, chrome))
        }
    }
}
