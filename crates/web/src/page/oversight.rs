//! Oversight: what left, to whom, under which clause, what stayed, who approved, and the logs.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::{Marking, Shows};
use crate::page::releases::{Receipt, receipt};
use crate::value::{
    Clause, ObjectRef, PartnerName, Tally, Total, clauses, hash, object_link, partner, time,
};

/// What the auditor sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OversightView {
    /// Object id or words of a person's name that the list is limited to; empty = all.
    pub query: String,
    /// All disclosures that fit.
    pub total: Total,
    /// Disclosures of this page, newest first.
    pub disclosures: Vec<Disclosure>,
    /// Number of this page, from 1.
    pub page: u32,
    /// Whether a further page exists.
    pub more: bool,
    /// The node's own log.
    pub log: LogState,
    /// The logs shared with each partner.
    pub channels: Vec<ChannelLog>,
}

/// One release as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Leaf in the node's log.
    pub leaf: u64,
    /// When it left.
    pub at: Timestamp,
    /// Id of the release.
    pub release_id: String,
    /// Recipient.
    pub partner: PartnerName,
    /// Title of the agreement.
    pub agreement: String,
    /// Purpose.
    pub purpose: String,
    /// Clauses that allowed it.
    pub clauses: Vec<Clause>,
    /// What left, as far as the auditor may see it.
    pub objects: Vec<ObjectRef>,
    /// Objects by verdict.
    pub counts: Tally,
    /// Who asked for it.
    pub requested_by: String,
    /// Who approved.
    pub approved_by: String,
    /// The partner's receipt.
    pub receipt: Receipt,
    /// Objects recalled since.
    pub recalled: usize,
}

/// A log's newest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// Name of the log as in its checkpoints.
    pub origin: String,
    /// Leaves.
    pub size: u64,
    /// Root hash, hexadecimal.
    pub root: String,
    /// Time of the checkpoint.
    pub at: Option<Timestamp>,
    /// Who signed it.
    pub signatures: Vec<LogSignature>,
}

/// A signature on a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSignature {
    /// Name of the signer.
    pub name: String,
    /// Key id, hexadecimal.
    pub key_id: String,
    /// Whether it was checked and holds.
    pub holds: bool,
}

/// The log shared with one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelLog {
    /// With whom.
    pub partner: PartnerName,
    /// What this node wrote into it.
    pub ours: LogState,
    /// What the partner wrote into it, as this node mirrors it.
    pub theirs: LogState,
    /// How both sides' checkpoints compare.
    pub state: ChannelState,
}

/// How our copy and the partner's compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelState {
    /// Both signed the newest checkpoint.
    Agreed,
    /// The partner has not signed the newest checkpoint yet.
    Waiting,
    /// The partner's checkpoint contradicts ours: a rewritten or split log.
    Conflict,
}

impl Shows for OversightView {
    fn marking(&self) -> Marking {
        self.disclosures.iter().flat_map(|d| &d.objects).map(|o| &o.marking).collect()
    }
}

/// The page.
pub fn render(view: &OversightView, chrome: &Chrome<'_>) -> Markup {
    let title = chrome.t("oversight-title");
    let body = html! {
        div .title {
            h1 { (title) }
            p .title__under { (chrome.t("oversight-words")) }
        }
        (filter(view, chrome))
        (disclosures(view, chrome))
        (pages(view, chrome))
        (channels(view, chrome))
        (own_log(view, chrome))
        (verify(chrome))
    };
    page(chrome, &view.marking(), &title, &body)
}

fn filter(view: &OversightView, chrome: &Chrome<'_>) -> Markup {
    html! {
        form .search method="get" action=(href::OVERSIGHT)
            hx-get=(href::OVERSIGHT) hx-select="#page" hx-target="#page" hx-swap="outerHTML"
            hx-push-url="true" hx-nonce=(chrome.nonce) {
            label .search__label for="about" { (chrome.t("oversight-filter")) }
            div .search__row {
                input #about .input type="search" name="q" value=(view.query) autocomplete="off"
                    spellcheck="false" placeholder=(chrome.t("oversight-filter-hint"));
                button .button type="submit" { (chrome.t("oversight-filter-button")) }
                @if !view.query.is_empty() {
                    a .button .button--quiet href=(href::OVERSIGHT) { (chrome.t("oversight-all")) }
                }
            }
        }
    }
}

fn disclosures(view: &OversightView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="disclosures" {
            h2 #disclosures {
                (chrome.t("oversight-disclosures")) " "
                span .count-chip { (view.total.show(chrome)) }
            }
            @if view.disclosures.is_empty() {
                p .empty {
                    @if view.query.is_empty() {
                        (chrome.t("oversight-none"))
                    } @else {
                        (chrome.ta("oversight-none-about", &[("query", (&view.query).into())]))
                    }
                }
            } @else {
                table .table .table--rows .table--disclosures {
                    caption .hidden { (chrome.t("oversight-disclosures")) }
                    thead {
                        tr {
                            th scope="col" { (chrome.t("column-when")) }
                            th scope="col" { (chrome.t("column-to")) }
                            th scope="col" { (chrome.t("column-what")) }
                            th scope="col" { (chrome.t("column-under")) }
                            th scope="col" { (chrome.t("column-approved")) }
                            th scope="col" { (chrome.t("column-receipt")) }
                            th scope="col" { (chrome.t("column-proof")) }
                        }
                    }
                    tbody { @for one in &view.disclosures { (disclosure(one, chrome)) } }
                }
            }
        }
    }
}

fn disclosure(one: &Disclosure, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("column-when")) {
                a href=(href::oversight_release(&one.release_id)) { (time(&one.at)) }
            }
            td data-label=(chrome.t("column-to")) { (partner(chrome, &one.partner)) }
            td data-label=(chrome.t("column-what")) .table__lead { (what_left(one, chrome)) }
            td data-label=(chrome.t("column-under")) {
                div { (one.agreement) }
                div .quiet { (chrome.word("purpose", &one.purpose)) }
                (clauses(chrome, &one.clauses))
            }
            td data-label=(chrome.t("column-approved")) {
                (one.approved_by)
                div .quiet { (chrome.t("oversight-requested")) " " (one.requested_by) }
            }
            td data-label=(chrome.t("column-receipt")) { (receipt(&one.receipt, chrome)) }
            td data-label=(chrome.t("column-proof")) {
                a href={ (href::oversight_release(&one.release_id)) "#proof" } {
                    (chrome.ta("oversight-leaf", &[("leaf", one.leaf.into())]))
                }
            }
        }
    }
}

fn what_left(one: &Disclosure, chrome: &Chrome<'_>) -> Markup {
    let args = [("going", one.counts.going().into()), ("staying", one.counts.withheld.into())];
    let unseen = one.counts.going().saturating_sub(one.objects.len());
    html! {
        div { (chrome.ta("releases-counts", &args)) }
        ul .plain .plain--spaced {
            @for object in &one.objects { li { (object_link(chrome, object)) } }
        }
        @if unseen > 0 {
            div .quiet { (chrome.ta("oversight-more-objects", &[("count", unseen.into())])) }
        }
        @if one.recalled > 0 {
            span .state .state--over {
                (chrome.ta("releases-recalled-count", &[("count", one.recalled.into())]))
            }
        }
    }
}

fn pages(view: &OversightView, chrome: &Chrome<'_>) -> Markup {
    let link = |number: u32| {
        href::query(href::OVERSIGHT, &[("q", &view.query), ("page", &number.to_string())])
    };
    crate::page::search::page_links(view.page, view.more, &link, chrome)
}

fn channels(view: &OversightView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="channels" {
            h2 #channels { (chrome.t("channels-title")) }
            p .quiet { (chrome.t("channels-words")) }
            @if view.channels.is_empty() {
                p .empty { (chrome.t("channels-none")) }
            } @else {
                table .table .table--rows .table--logs {
                    caption .hidden { (chrome.t("channels-title")) }
                    thead {
                        tr {
                            th scope="col" { (chrome.t("column-partner")) }
                            th scope="col" { (chrome.t("column-half")) }
                            th scope="col" .number { (chrome.t("column-leaves")) }
                            th scope="col" { (chrome.t("column-root")) }
                            th scope="col" { (chrome.t("column-signed")) }
                        }
                    }
                    @for channel in &view.channels { tbody { (channel_row(channel, chrome)) } }
                }
            }
        }
    }
}

fn channel_row(channel: &ChannelLog, chrome: &Chrome<'_>) -> Markup {
    let (class, key) = match channel.state {
        ChannelState::Agreed => ("state state--good", "channel-agreed"),
        ChannelState::Waiting => ("state", "channel-waiting"),
        ChannelState::Conflict => ("state state--bad", "channel-conflict"),
    };
    html! {
        @for (log, whose, first) in
            [(&channel.ours, "channel-ours", true), (&channel.theirs, "channel-theirs", false)] {
            tr {
                @if first {
                    th scope="rowgroup" rowspan="2" .table__lead {
                        (partner(chrome, &channel.partner))
                        div { span class=(class) { (chrome.t(key)) } }
                    }
                }
                td data-label=(chrome.t("column-half")) { (chrome.t(whose)) }
                td data-label=(chrome.t("column-leaves")) .number {
                    (chrome.lang.number(log.size))
                }
                td data-label=(chrome.t("column-root")) {
                    (hash(&log.root))
                    @if let Some(at) = &log.at { div .quiet { (time(at)) } }
                }
                td data-label=(chrome.t("column-signed")) { (signatures(log, chrome)) }
            }
        }
    }
}

/// Who signed a checkpoint, and whether it holds.
pub(crate) fn signatures(log: &LogState, chrome: &Chrome<'_>) -> Markup {
    html! {
        @if log.signatures.is_empty() {
            span .quiet { (chrome.t("signatures-none")) }
        } @else {
            ul .plain {
                @for signature in &log.signatures {
                    li {
                        (signature.name) " "
                        @if signature.holds {
                            span .state .state--good { (chrome.t("signature-holds")) }
                        } @else {
                            span .state .state--bad { (chrome.t("signature-fails")) }
                        }
                        details .key-id {
                            summary { (chrome.t("signature-key")) }
                            (hash(&signature.key_id))
                        }
                    }
                }
            }
        }
    }
}

fn own_log(view: &OversightView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="own-log" {
            h2 #own-log { (chrome.t("log-title")) }
            (log_pairs(&view.log, chrome))
        }
    }
}

/// Size, root and signatures of a log.
pub(crate) fn log_pairs(log: &LogState, chrome: &Chrome<'_>) -> Markup {
    html! {
        dl .pairs .pairs--wide {
            div { dt { (chrome.t("log-origin")) } dd { (log.origin) } }
            div { dt { (chrome.t("column-leaves")) } dd { (chrome.lang.number(log.size)) } }
            div { dt { (chrome.t("column-root")) } dd { (hash(&log.root)) } }
            @if let Some(at) = &log.at {
                div { dt { (chrome.t("log-checkpoint")) } dd { (time(at)) } }
            }
            div { dt { (chrome.t("column-signed")) } dd { (signatures(log, chrome)) } }
        }
    }
}

/// How to check all of it without this program's word for it.
pub(crate) fn verify(chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box #verify aria-labelledby="verify-title" {
            h2 #verify-title { (chrome.t("verify-title")) }
            p { (chrome.t("verify-words")) }
            pre .command tabindex="0" {
                code { "enlace ledger export copy\nenlace ledger verify copy" }
            }
            p .quiet { (chrome.t("verify-fails")) }
        }
    }
}
