//! One release as the log has it: each object with its clause, everything that followed, proof.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::{Marking, Shows};
use crate::page::oversight::{Disclosure, LogState, log_pairs, verify};
use crate::page::releases::receipt;
use crate::value::{
    Clause, ObjectRef, PartnerName, Verdict, clauses, hash, object_link, partner, time, verdict,
};

/// A release for the auditor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseProofView {
    /// What the list shows of it.
    pub disclosure: Disclosure,
    /// Legal basis as the agreement states it.
    pub legal_basis: String,
    /// SHA-256 of the signed agreement, hexadecimal.
    pub agreement_sha256: String,
    /// Each object of the release set that the auditor may see, with what became of it.
    pub objects: Vec<ObjectOutcome>,
    /// Everything that followed, oldest first, each with its leaf.
    pub events: Vec<LogEvent>,
    /// Where the release stands in the node's log.
    pub proof: Proof,
    /// Where it stands in the log shared with the partner.
    pub channel_proof: Option<Proof>,
}

/// What became of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectOutcome {
    /// Our object.
    pub object: ObjectRef,
    /// Id under which the partner has it.
    pub twin_id: Option<String>,
    /// SHA-256 of the bytes that left, hexadecimal.
    pub sha256: Option<String>,
    /// Verdict on the whole object.
    pub verdict: Verdict,
    /// Clauses on the whole object.
    pub clauses: Vec<Clause>,
    /// Properties changed or withheld, each with its clauses; never their values.
    pub fields: Vec<FieldOutcome>,
    /// When it was recalled.
    pub recalled: Option<Timestamp>,
}

/// What became of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOutcome {
    /// Path.
    pub path: String,
    /// Changed or withheld.
    pub verdict: Verdict,
    /// Clauses.
    pub clauses: Vec<Clause>,
}

/// An act in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// When.
    pub at: Timestamp,
    /// Leaf in the node's log.
    pub leaf: u64,
    /// Kind of act (`release-approved`), in `locales` as `event-…`.
    pub kind: String,
    /// Account, or name of the partner.
    pub by: String,
}

/// Inclusion of a leaf in a log (RFC 9162 §2.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Index of the leaf.
    pub leaf: u64,
    /// Hash of the leaf, hexadecimal.
    pub leaf_hash: String,
    /// Hashes from the leaf to the root, hexadecimal.
    pub path: Vec<String>,
    /// The checkpoint that it leads to.
    pub log: LogState,
    /// Whether this node checked it just now and it holds.
    pub holds: bool,
}

impl Shows for ReleaseProofView {
    fn marking(&self) -> Marking {
        let listed = self.disclosure.objects.iter().map(|object| &object.marking);
        self.objects.iter().map(|outcome| &outcome.object.marking).chain(listed).collect()
    }
}

/// The page.
pub fn render(view: &ReleaseProofView, chrome: &Chrome<'_>) -> Markup {
    let to = &view.disclosure.partner;
    let title = chrome.ta("proof-page-title", &[("partner", (&to.name).into())]);
    let body = html! {
        div .title {
            p .title__over { a href=(href::OVERSIGHT) { (chrome.t("oversight-title")) } }
            h1 { (title) }
        }
        div .columns {
            div .columns__wide {
                (outcomes(view, chrome))
                (proof(&view.proof, "proof", "proof-title", chrome))
                @if let Some(shared) = &view.channel_proof {
                    (proof(shared, "channel-proof", "proof-channel-title", chrome))
                }
                (verify(chrome))
            }
            div .columns__side {
                (summary(view, to, chrome))
                (events(view, chrome))
            }
        }
    };
    page(chrome, &view.marking(), &title, &body)
}

fn summary(view: &ReleaseProofView, to: &PartnerName, chrome: &Chrome<'_>) -> Markup {
    let one = &view.disclosure;
    html! {
        section .box aria-labelledby="proof-summary" {
            h2 #proof-summary { (chrome.t("proof-summary")) }
            dl .pairs {
                div { dt { (chrome.t("column-to")) } dd { (partner(chrome, to)) } }
                div { dt { (chrome.t("column-when")) } dd { (time(&one.at)) } }
                div {
                    dt { (chrome.t("column-purpose")) }
                    dd { (chrome.word("purpose", &one.purpose)) }
                }
                div { dt { (chrome.t("release-agreement")) } dd { (one.agreement) } }
                div { dt { (chrome.t("proof-legal-basis")) } dd { (view.legal_basis) } }
                div { dt { (chrome.t("oversight-requested")) } dd { (one.requested_by) } }
                div { dt { (chrome.t("column-approved")) } dd { (one.approved_by) } }
                div { dt { (chrome.t("column-receipt")) } dd { (receipt(&one.receipt, chrome)) } }
                div {
                    dt { (chrome.t("proof-agreement-hash")) }
                    dd { (hash(&view.agreement_sha256)) }
                }
            }
            (clauses(chrome, &one.clauses))
        }
    }
}

fn events(view: &ReleaseProofView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="events" {
            h2 #events { (chrome.t("proof-events")) }
            ol .versions {
                @for event in &view.events {
                    li {
                        strong { (chrome.word("event", &event.kind)) }
                        div { (time(&event.at)) }
                        div .quiet {
                            (event.by) " · "
                            (chrome.ta("oversight-leaf", &[("leaf", event.leaf.into())]))
                        }
                    }
                }
            }
        }
    }
}

fn outcomes(view: &ReleaseProofView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="outcomes" {
            h2 #outcomes { (chrome.t("proof-objects")) }
            table .table .table--rows .table--outcomes {
                caption .hidden { (chrome.t("proof-objects")) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("column-object")) }
                        th scope="col" { (chrome.t("column-verdict")) }
                        th scope="col" { (chrome.t("column-under")) }
                    }
                }
                tbody { @for outcome in &view.objects { (outcome_row(outcome, chrome)) } }
            }
        }
    }
}

fn outcome_row(outcome: &ObjectOutcome, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("column-object")) .table__lead {
                (object_link(chrome, &outcome.object))
                @if let Some(id) = &outcome.twin_id {
                    div .quiet { (chrome.t("proof-twin")) " " (hash(id)) }
                }
                @if let Some(sum) = &outcome.sha256 { div .quiet { "SHA-256 " (hash(sum)) } }
            }
            td data-label=(chrome.t("column-verdict")) {
                (verdict(chrome, outcome.verdict))
                @if let Some(at) = &outcome.recalled {
                    div {
                        span .state .state--over { (chrome.t("state-recalled")) } " " (time(at))
                    }
                }
            }
            td data-label=(chrome.t("column-under")) {
                (clauses(chrome, &outcome.clauses))
                @if !outcome.fields.is_empty() {
                    details {
                        summary {
                            (chrome.ta("proof-fields", &[("count", outcome.fields.len().into())]))
                        }
                        ul .plain .plain--spaced {
                            @for field in &outcome.fields {
                                li {
                                    code .path { (field.path) } " " (verdict(chrome, field.verdict))
                                    (clauses(chrome, &field.clauses))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn proof(proof: &Proof, id: &str, title: &str, chrome: &Chrome<'_>) -> Markup {
    let at = format!("{id}-title");
    html! {
        section .box id=(id) aria-labelledby=(at) {
            h2 id=(at) { (chrome.t(title)) }
            p {
                @if proof.holds {
                    span .state .state--good { (chrome.t("proof-holds")) }
                } @else {
                    span .state .state--bad { (chrome.t("proof-fails")) }
                }
            }
            dl .pairs .pairs--wide {
                div {
                    dt { (chrome.t("proof-leaf")) }
                    dd { (chrome.lang.number(proof.leaf)) " · " (hash(&proof.leaf_hash)) }
                }
                div {
                    dt { (chrome.t("proof-path")) }
                    dd { ol .hashes { @for step in &proof.path { li { (hash(step)) } } } }
                }
            }
            (log_pairs(&proof.log, chrome))
        }
    }
}
