//! What consents allow with an object: a section of its page. The list of asks and decisions is a
//! desk ([`crate::page::desk`]).

use maud::{Markup, html};

use crate::layout::Chrome;
use crate::page::desk::{Form, form};

/// What may be done with an object that holds content of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentBox {
    /// Names of those whose content it is.
    pub originators: Vec<String>,
    /// Purpose that the verdicts are about.
    pub purpose: String,
    /// To whom it may be passed on; empty for who may not know the partners.
    pub onward: Vec<(String, ConsentWord)>,
    /// Whether it may be evidence.
    pub evidence: ConsentWord,
    /// Whether it may be used for the purpose.
    pub other_purpose: ConsentWord,
    /// The same for each other purpose that was asked for or granted.
    pub others: Vec<OtherPurpose>,
    /// Copies that others have through us.
    pub copies: u64,
    /// How its originator is asked, for who may.
    pub ask: Option<Form>,
}

/// What may be done for one more purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherPurpose {
    /// The purpose.
    pub purpose: String,
    /// To whom it may be passed on.
    pub onward: Vec<(String, ConsentWord)>,
    /// Whether it may be used for it.
    pub used: ConsentWord,
}

/// Whether something may be done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentWord {
    /// Whether it may.
    pub allowed: bool,
    /// Stable code of the reason.
    pub reason: String,
}

/// The section.
pub(crate) fn section(shown: &ConsentBox, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="consents" {
            h2 #consents { (chrome.t("consent-title")) }
            dl .pairs {
                div { dt { (chrome.t("consent-originators")) } dd { (shown.originators.join(", ")) } }
                @if !shown.purpose.is_empty() {
                    div {
                        dt { (chrome.t("consent-purpose")) }
                        dd { (chrome.word("purpose", &shown.purpose)) }
                    }
                }
                div { dt { (chrome.t("consent-use")) } dd { (word(&shown.other_purpose, chrome)) } }
                div { dt { (chrome.t("consent-evidence")) } dd { (word(&shown.evidence, chrome)) } }
                (onward(&shown.onward, chrome))
                @for one in &shown.others {
                    div {
                        dt { (chrome.t("consent-purpose")) }
                        dd { (chrome.word("purpose", &one.purpose)) }
                    }
                    div { dt { (chrome.t("consent-use")) } dd { (word(&one.used, chrome)) } }
                    (onward(&one.onward, chrome))
                }
                @if shown.copies > 0 {
                    div {
                        dt { (chrome.t("consent-copies")) }
                        dd { (chrome.lang.number(shown.copies)) }
                    }
                }
            }
            @if let Some(ask) = &shown.ask { (form(ask, chrome)) }
        }
    }
}

fn onward(partners: &[(String, ConsentWord)], chrome: &Chrome<'_>) -> Markup {
    html! {
        @for (partner, verdict) in partners {
            div {
                dt { (chrome.ta("consent-onward", &[("partner", partner.into())])) }
                dd { (word(verdict, chrome)) }
            }
        }
    }
}

fn word(verdict: &ConsentWord, chrome: &Chrome<'_>) -> Markup {
    let may = if verdict.allowed { "consent-may" } else { "consent-may-not" };
    html! { (chrome.t(may)) " – " (chrome.word("consent-reason", &verdict.reason)) }
}
