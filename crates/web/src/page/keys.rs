//! Our own keys, for administrators: which key signs, what to read over the phone, what to do when
//! others may have it. Nothing is done here: a change ends the running node, and the recovery key
//! belongs in no browser.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, Tone, notice, page};
use crate::marking::Marking;
use crate::value::{hash, time};

/// Where the keys stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysView {
    /// Name of this node in agreements.
    pub party: String,
    /// Id of the key that signs.
    pub key_id: String,
    /// Its fingerprint in words.
    pub words: String,
    /// Whether the recovery key still lies on this machine.
    pub recovery_here: bool,
    /// Former keys: key, until when, since when others may have it.
    pub former: Vec<(String, Timestamp, Option<Timestamp>)>,
}

/// What is done at the console: key of the words, command.
const COMMANDS: [(&str, &str); 3] = [
    ("own-keys-change", "enlace key change"),
    ("own-keys-change-recovery", "enlace key change --recovery FILE"),
    ("own-keys-compromise", "enlace key compromise --since 2026-03-01T10:00:00Z --recovery FILE"),
];

/// The page.
pub fn render(view: &KeysView, chrome: &Chrome<'_>) -> Markup {
    let title = chrome.t("own-keys-title");
    let body = html! {
        div .title {
            p .title__over { a href=(href::PARTNERS) { (chrome.t("place-partners")) } }
            h1 { (title) }
        }
        @if view.recovery_here {
            (notice(chrome, Tone::Fault, &chrome.t("own-keys-recovery-here")))
        }
        section .box aria-labelledby="own-keys-now" {
            h2 #own-keys-now { (chrome.t("own-keys-now")) }
            dl .pairs .pairs--wide {
                div { dt { (chrome.t("partner-words-column")) } dd { (view.words) } }
                div { dt { (chrome.t("own-keys-id")) } dd { (hash(&view.key_id)) } }
                div { dt { (chrome.t("own-keys-party")) } dd { (hash(&view.party)) } }
            }
        }
        @if !view.former.is_empty() { (former(view, chrome)) }
        section aria-labelledby="own-keys-do" {
            h2 #own-keys-do { (chrome.t("own-keys-do")) }
            p { (chrome.t("own-keys-console")) }
            dl {
                @for (key, command) in COMMANDS {
                    dt { (chrome.t(key)) }
                    dd { pre .command .command--wrap { (command) } }
                }
            }
        }
    };
    page(chrome, &Marking::nothing(), &title, &body)
}

fn former(view: &KeysView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="own-keys-former" {
            h2 #own-keys-former { (chrome.t("own-keys-former")) }
            table .table .table--rows {
                caption .hidden { (chrome.t("own-keys-former")) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("own-keys-key")) }
                        th scope="col" { (chrome.t("column-until")) }
                        th scope="col" { (chrome.t("own-keys-since")) }
                    }
                }
                tbody {
                    @for (key, until, since) in &view.former {
                        tr {
                            td data-label=(chrome.t("own-keys-key")) { (hash(key)) }
                            td data-label=(chrome.t("column-until")) { (time(until)) }
                            td data-label=(chrome.t("own-keys-since")) {
                                @if let Some(since) = since { (time(since)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
