//! Search: one box, a table of what is held, own and received from partners.
//!
//! There is no search while typing: each search of held data is an entry of the log, and letters
//! on the way are no questions that anybody asked.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::{Marking, Shows, chips};
use crate::value::{Origin, Total, kind, origin, time};

/// A search and its hits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchView {
    /// What was typed; empty = nothing asked yet.
    pub query: String,
    /// The type that the hits are limited to.
    pub kind: Option<String>,
    /// Types among all hits of the query, most frequent first.
    pub kinds: Vec<KindCount>,
    /// All hits of query and type; `None` = nothing asked yet.
    pub total: Option<Total>,
    /// Hits of this page.
    pub hits: Vec<Hit>,
    /// Number of this page, from 1.
    pub page: u32,
    /// Whether a further page exists.
    pub more: bool,
    /// What needs somebody now: key of the sentence, and how many.
    pub alerts: Vec<(&'static str, usize)>,
}

/// A type and how many hits it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindCount {
    /// STIX type.
    pub kind: String,
    /// Hits.
    pub count: Total,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// STIX id.
    pub id: String,
    /// STIX type.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// Words around the match, if they are not in the label.
    pub excerpt: Option<String>,
    /// Marking.
    pub marking: Marking,
    /// Who gave it.
    pub origin: Origin,
    /// When this node got it.
    pub received: Timestamp,
    /// Revoked by its originator.
    pub revoked: bool,
}

impl Shows for SearchView {
    fn marking(&self) -> Marking {
        self.hits.iter().map(|hit| &hit.marking).collect()
    }
}

/// What waits for this person about dangers to life, where he begins: keys of sentences with counts.
pub(crate) fn danger(alerts: &[(&'static str, usize)], chrome: &Chrome<'_>) -> Markup {
    html! {
        @if !alerts.is_empty() {
            div .notice .notice--fault role="alert" {
                ul .plain {
                    @for (key, count) in alerts {
                        li { a href=(href::DANGER) {
                            (chrome.ta(key, &[("count", (*count as u64).into())]))
                        } }
                    }
                }
            }
        }
    }
}

/// The page.
pub fn render(view: &SearchView, chrome: &Chrome<'_>) -> Markup {
    let title = if view.query.is_empty() {
        chrome.t("search-title")
    } else {
        chrome.ta("search-title-of", &[("query", (&view.query).into())])
    };
    let body = html! {
        h1 .hidden { (title) }
        (danger(&view.alerts, chrome))
        (form(view, chrome))
        @match view.total {
            None => (first_words(chrome)),
            Some(total) if total.count() == 0 => (none_words(chrome, &view.query)),
            Some(total) => (results(view, total, chrome)),
        }
    };
    page(chrome, &view.marking(), &title, &body)
}

fn form(view: &SearchView, chrome: &Chrome<'_>) -> Markup {
    html! {
        form .search role="search" method="get" action=(href::SEARCH)
            hx-get=(href::SEARCH) hx-select="#page" hx-target="#page" hx-swap="outerHTML"
            hx-push-url="true" hx-nonce=(chrome.nonce) {
            label .search__label for="q" { (chrome.t("search-box-label")) }
            div .search__row {
                input #q .input .input--big type="search" name="q" value=(view.query)
                    autocomplete="off" spellcheck="false" placeholder=(chrome.t("search-box-hint"))
                    data-focus-search aria-keyshortcuts="/" autofocus[view.query.is_empty()];
                button .button .button--main type="submit" { (chrome.t("search-button")) }
            }
        }
    }
}

fn first_words(chrome: &Chrome<'_>) -> Markup {
    html! {
        section .empty {
            h2 { (chrome.t("search-first-title")) }
            ul {
                li { (chrome.t("search-first-name")) }
                li { (chrome.t("search-first-number")) }
                li { (chrome.t("search-first-id")) }
            }
            p .quiet { (chrome.t("search-first-log")) }
        }
    }
}

fn none_words(chrome: &Chrome<'_>, query: &str) -> Markup {
    html! {
        section .empty {
            h2 { (chrome.ta("search-none-title", &[("query", query.into())])) }
            ul {
                li { (chrome.t("search-none-fewer")) }
                li { (chrome.t("search-none-spelling")) }
                li { (chrome.t("search-none-type")) }
            }
        }
    }
}

fn results(view: &SearchView, total: Total, chrome: &Chrome<'_>) -> Markup {
    html! {
        div .results {
            (kinds(view, chrome))
            div .results__list {
                p .count role="status" {
                    strong { (total.show(chrome)) } " "
                    (chrome.ta("search-count", &[("count", total.count().into())]))
                    @if let Total::MoreThan(_) = total { " · " (chrome.t("search-newest")) }
                }
                table .table .table--rows {
                    caption .hidden { (chrome.t("search-results")) }
                    thead {
                        tr {
                            th scope="col" { (chrome.t("column-object")) }
                            th scope="col" { (chrome.t("column-type")) }
                            th scope="col" { (chrome.t("column-marking")) }
                            th scope="col" { (chrome.t("column-source")) }
                            th scope="col" { (chrome.t("column-received")) }
                        }
                    }
                    tbody { @for hit in &view.hits { (row(hit, chrome)) } }
                }
                (pages(view, chrome))
            }
        }
    }
}

fn row(hit: &Hit, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("column-object")) .table__lead {
                a href=(href::object(&hit.id)) { (hit.label) }
                @if hit.revoked { " " span .state .state--over { (chrome.t("state-revoked")) } }
                @if let Some(excerpt) = &hit.excerpt { div .excerpt { (excerpt) } }
            }
            td data-label=(chrome.t("column-type")) { (kind(chrome, &hit.kind)) }
            td data-label=(chrome.t("column-marking")) { (chips(chrome, &hit.marking)) }
            td data-label=(chrome.t("column-source")) { (origin(chrome, &hit.origin)) }
            td data-label=(chrome.t("column-received")) .nowrap { (time(&hit.received)) }
        }
    }
}

fn kinds(view: &SearchView, chrome: &Chrome<'_>) -> Markup {
    let link = |kind: &str| href::query(href::SEARCH, &[("q", &view.query), ("type", kind)]);
    html! {
        nav .facets aria-label=(chrome.t("search-by-type")) {
            h2 .facets__title { (chrome.t("column-type")) }
            ul {
                li {
                    a href=(link("")) aria-current=[view.kind.is_none().then_some("true")] {
                        (chrome.t("search-all-types"))
                    }
                }
                @for counted in &view.kinds {
                    @let chosen = view.kind.as_deref() == Some(counted.kind.as_str());
                    li {
                        a href=(link(&counted.kind)) aria-current=[chosen.then_some("true")] {
                            span { (chrome.word("type", &counted.kind)) }
                            span .facets__count { (counted.count.show(chrome)) }
                        }
                    }
                }
            }
        }
    }
}

fn pages(view: &SearchView, chrome: &Chrome<'_>) -> Markup {
    let kind = view.kind.as_deref().unwrap_or_default();
    let link = |number: u32| {
        let number = number.to_string();
        href::query(href::SEARCH, &[("q", &view.query), ("type", kind), ("page", &number)])
    };
    page_links(view.page, view.more, &link, chrome)
}

/// Links to the page before and the page behind, if there are any.
pub(crate) fn page_links(
    here: u32,
    more: bool,
    link: &dyn Fn(u32) -> String,
    chrome: &Chrome<'_>,
) -> Markup {
    html! {
        @if here > 1 || more {
            nav .pages aria-label=(chrome.t("pages-label")) {
                @if here > 1 {
                    a .button .button--quiet rel="prev" href=(link(here - 1)) {
                        (chrome.t("pages-previous"))
                    }
                }
                span .pages__here {
                    (chrome.ta("pages-here", &[("page", u64::from(here).into())]))
                }
                @if more {
                    a .button .button--quiet rel="next" href=(link(here + 1)) {
                        (chrome.t("pages-next"))
                    }
                }
            }
        }
    }
}
