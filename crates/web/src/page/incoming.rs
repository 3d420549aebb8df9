//! What partners sent: what waits for a verdict, what was judged, what was set aside and why.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, page};
use crate::marking::{Marking, Shows, chips};
use crate::page::desk::{Field, Form, form};
use crate::page::object::{FactValue, fact_value, property};
use crate::page::search::page_links;
use crate::value::{ObjectRef, PartnerName, kind, object_link, partner, time};

/// Deliveries and papers, and what was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncomingView {
    /// Newest first.
    pub rows: Vec<IncomingRow>,
    /// Judged ones beyond those listed.
    pub beyond: u64,
    /// What partners sent and was set aside, newest first; `None` for who may not see it.
    pub aside: Option<Vec<AsideRow>>,
    /// What was set aside when we read files of our own, newest first; empty for who may not see it.
    pub own: Vec<AsideRow>,
}

/// A delivery or an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingRow {
    /// Release-record or agreement.
    pub id: String,
    /// Whether it is an agreement, which is read and signed on its own page.
    pub agreement: bool,
    /// Title of the agreement, or the purpose of the release.
    pub title: String,
    /// Who sent it.
    pub partner: String,
    /// Objects that came with it.
    pub objects: usize,
    /// `pending`, `held`, `rejected`.
    pub state: String,
    /// When it came.
    pub received: Timestamp,
}

/// Something that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsideRow {
    /// When.
    pub at: Timestamp,
    /// Partner or file.
    pub source: String,
    /// Object id, where one could be read.
    pub object: Option<String>,
    /// Rule that it breaks.
    pub rule: String,
    /// Property at fault.
    pub path: String,
    /// What the rule wants, in English: the words of the standard.
    pub expected: String,
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// The release-record.
    pub id: String,
    /// Who sent it.
    pub partner: PartnerName,
    /// Purpose.
    pub purpose: String,
    /// Id and title of the agreement.
    pub agreement: (String, String),
    /// When it came.
    pub received: Timestamp,
    /// `pending`, `held`, `rejected`.
    pub state: String,
    /// What came with it, of this page.
    pub objects: Vec<DeliveryObject>,
    /// How many came with it.
    pub total: u64,
    /// Number of this page, from 1.
    pub page: u32,
    /// Whether a further page exists.
    pub more: bool,
    /// Whether this user may accept or reject it.
    pub may_judge: bool,
}

/// An object of a delivery, as its sender states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryObject {
    /// What its sender calls it.
    pub object: ObjectRef,
    /// `new`, `changed` or `same`, beside what is held of it from this partner.
    pub news: &'static str,
    /// Its values.
    pub values: Vec<DeliveryValue>,
    /// Values beyond those; said, never left out in silence.
    pub beyond: u64,
}

/// A value of a received object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryValue {
    /// Path of the property.
    pub path: String,
    /// What the partner says; `None` = nothing any more.
    pub now: Option<(FactValue, Option<Length>)>,
    /// What is held from it, where that is another.
    pub before: Option<(FactValue, Option<Length>)>,
    /// Whether it is another than the one that is held.
    pub changed: bool,
    /// Effective marking.
    pub marking: Marking,
}

/// How much of a value there is, where not all of it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Characters of a text.
    Characters(u64),
    /// Items of a list.
    Items(u64),
}

impl Shows for DeliveryView {
    fn marking(&self) -> Marking {
        let values = self.objects.iter().flat_map(|object| &object.values);
        let values = values.map(|value| &value.marking);
        self.objects.iter().map(|object| &object.object.marking).chain(values).collect()
    }
}

/// The list.
pub fn render(view: &IncomingView, chrome: &Chrome<'_>) -> Markup {
    let title = chrome.t("place-incoming");
    let body = html! {
        div .title {
            h1 { (title) }
            p .title__under .quiet { (chrome.t("incoming-words")) }
        }
        @if view.rows.is_empty() {
            section .empty {
                h2 { (chrome.t("incoming-none-title")) }
                p { (chrome.t("incoming-none")) }
            }
        }
        @for (name, waits) in [("incoming-waiting", true), ("incoming-judged", false)] {
            (group(name, waits, view, chrome))
        }
        @if view.beyond > 0 {
            p .quiet { (chrome.ta("incoming-beyond", &[("count", view.beyond.into())])) }
        }
        @if let Some(rows) = &view.aside { (aside(rows, Sender::Partner, chrome)) }
        @if !view.own.is_empty() { (aside(&view.own, Sender::Own, chrome)) }
    };
    page(chrome, &Marking::nothing(), &title, &body)
}

fn group(name: &str, waits: bool, view: &IncomingView, chrome: &Chrome<'_>) -> Markup {
    let fits = |row: &&IncomingRow| (row.state == "pending") == waits;
    let rows: Vec<_> = view.rows.iter().filter(fits).collect();
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
                        th scope="col" { (chrome.t("desk-what")) }
                        th scope="col" { (chrome.t("column-from")) }
                        th scope="col" { (chrome.t("column-objects")) }
                        th scope="col" { (chrome.t("column-received")) }
                        th scope="col" { (chrome.t("column-state")) }
                    }
                }
                tbody { @for row in rows { (incoming_row(row, chrome)) } }
            }
        }
    }
}

fn incoming_row(row: &IncomingRow, chrome: &Chrome<'_>) -> Markup {
    let address = if row.agreement { href::agreement(&row.id) } else { href::delivery(&row.id) };
    let words = match (row.agreement, row.title.is_empty()) {
        (_, true) => row.id.clone(),
        (true, false) => row.title.clone(),
        (false, false) => purpose(&row.title, chrome),
    };
    html! {
        tr {
            td data-label=(chrome.t("desk-what")) .table__lead {
                a href=(address) { (words) } " "
                (kind(chrome, if row.agreement { "agreement" } else { "release-record" }))
            }
            td data-label=(chrome.t("column-from")) { (row.partner) }
            td data-label=(chrome.t("column-objects")) { (chrome.lang.number(row.objects as u64)) }
            td data-label=(chrome.t("column-received")) { (time(&row.received)) }
            td data-label=(chrome.t("column-state")) { (state(&row.state, chrome)) }
        }
    }
}

/// What a delivery is for; one that takes back or corrects says so in place of a purpose.
fn purpose(name: &str, chrome: &Chrome<'_>) -> String {
    match name {
        "recall" => chrome.t("incoming-recall"),
        "correction" => chrome.t("incoming-correction"),
        _ => chrome.word("purpose", name),
    }
}

fn state(state: &str, chrome: &Chrome<'_>) -> Markup {
    let class = match state {
        "pending" => "state state--over",
        "held" => "state state--good",
        _ => "state",
    };
    html! { span class=(class) { (chrome.word("judged", state)) } }
}

/// Whom to tell of what was set aside.
#[derive(Clone, Copy)]
enum Sender {
    Partner,
    Own,
}

fn aside(rows: &[AsideRow], sender: Sender, chrome: &Chrome<'_>) -> Markup {
    let [title, words, from] = match sender {
        Sender::Partner => ["incoming-aside", "incoming-aside-words", "column-from"],
        Sender::Own => ["incoming-own", "incoming-own-words", "incoming-own-place"],
    };
    html! {
        section aria-labelledby=(title) {
            h2 id=(title) { (chrome.t(title)) }
            p .quiet { (chrome.t(words)) }
            @if rows.is_empty() {
                p .quiet { (chrome.t("desk-nothing")) }
            } @else {
                table .table .table--rows {
                    caption .hidden { (chrome.t(title)) }
                    thead {
                        tr {
                            th scope="col" { (chrome.t("desk-when")) }
                            th scope="col" { (chrome.t(from)) }
                            th scope="col" { (chrome.t("column-object")) }
                            th scope="col" { (chrome.t("desk-why")) }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                td data-label=(chrome.t("desk-when")) { (time(&row.at)) }
                                td data-label=(chrome.t(from)) { (row.source) }
                                td data-label=(chrome.t("column-object")) {
                                    @if let Some(id) = &row.object { code .id { (id) } }
                                }
                                td data-label=(chrome.t("desk-why")) { (reason(row, chrome)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The rule in words; where there are none, its code and the words of the standard.
fn reason(row: &AsideRow, chrome: &Chrome<'_>) -> Markup {
    let known = chrome.texts.knows("rule", &row.rule);
    html! {
        @if known { (chrome.word("rule", &row.rule)) }
        @else {
            (chrome.t("incoming-rule"))
            div .quiet lang="en" { (row.expected.replace('`', "")) }
        }
        div .quiet {
            code { (row.rule) }
            @if !row.path.is_empty() { " " code .path { (row.path) } }
        }
    }
}

/// One delivery.
pub fn render_delivery(view: &DeliveryView, chrome: &Chrome<'_>) -> Markup {
    let purpose = purpose(&view.purpose, chrome);
    let args = [("purpose", (&purpose).into()), ("partner", (&view.partner.name).into())];
    let title = chrome.ta("delivery-title", &args);
    let (agreement, name) = &view.agreement;
    let link =
        |number: u32| href::query(&href::delivery(&view.id), &[("page", &number.to_string())]);
    let body = html! {
        div .title {
            p .title__over { a href=(href::INCOMING) { (chrome.t("place-incoming")) } }
            h1 { (title) }
            p { (state(&view.state, chrome)) }
        }
        div .columns {
            div .columns__wide {
                section aria-labelledby="delivery-objects" {
                    h2 #delivery-objects {
                        (chrome.t("column-objects")) " "
                        span .count-chip { (chrome.lang.number(view.total)) }
                    }
                    p .quiet {
                        (chrome.ta("delivery-values-words", &[("partner", (&view.partner.name).into())]))
                    }
                }
                @for (i, object) in view.objects.iter().enumerate() {
                    (received(i, object, view, chrome))
                }
                (page_links(view.page, view.more, &link, chrome))
            }
            div .columns__side {
                section .box aria-labelledby="delivery-facts" {
                    h2 #delivery-facts { (chrome.t("delivery-facts")) }
                    dl .pairs {
                        div { dt { (chrome.t("column-from")) } dd { (partner(chrome, &view.partner)) } }
                        div {
                            dt { (chrome.t("column-agreement")) }
                            dd {
                                a href=(href::agreement(agreement)) {
                                    @if name.is_empty() { (agreement) } @else { (name) }
                                }
                            }
                        }
                        div { dt { (chrome.t("column-received")) } dd { (time(&view.received)) } }
                        div { dt { (kind(chrome, "release-record")) } dd { code .id { (view.id) } } }
                    }
                }
                @if view.may_judge && view.state == "pending" { (judge(view, chrome)) }
            }
        }
    };
    page(chrome, &view.marking(), &title, &body)
}

/// An object in its sender's words. What nobody accepted has no page of its own yet.
fn received(
    i: usize,
    received: &DeliveryObject,
    view: &DeliveryView,
    chrome: &Chrome<'_>,
) -> Markup {
    let (object, heading) = (&received.object, format!("received-{i}"));
    html! {
        section aria-labelledby=(heading) {
            h3 id=(heading) {
                @if view.state == "held" { (object_link(chrome, object)) }
                @else {
                    bdi { (object.label) } " " (kind(chrome, &object.kind)) " "
                    (chips(chrome, &object.marking))
                }
            }
            p .quiet {
                @if !received.values.is_empty() {
                    span .state { (chrome.word("news", received.news)) } " "
                }
                code .id { (object.id) }
            }
            @if !received.values.is_empty() { (values(received, view, chrome)) }
            @if received.beyond > 0 {
                p .quiet {
                    (chrome.ta("delivery-values-beyond", &[("count", received.beyond.into())]))
                }
            }
        }
    }
}

fn values(received: &DeliveryObject, view: &DeliveryView, chrome: &Chrome<'_>) -> Markup {
    html! {
        table .table .table--rows .table--facts {
            caption .hidden { (received.object.label) }
            (super::object::fact_head(chrome))
            tbody {
                @for value in &received.values {
                    tr .row--changed[value.changed] {
                        th scope="row" data-label=(chrome.t("column-property")) {
                            (property(chrome, &value.path))
                        }
                        td data-label=(chrome.t("column-value")) .table__lead {
                            (said(value, chrome))
                        }
                        td data-label=(chrome.t("column-marking")) {
                            (chips(chrome, &value.marking))
                        }
                        td data-label=(chrome.t("column-source")) {
                            (partner(chrome, &view.partner))
                        }
                    }
                }
            }
        }
    }
}

/// What the partner says, and what is held where that is another.
fn said(value: &DeliveryValue, chrome: &Chrome<'_>) -> Markup {
    html! {
        @match &value.now {
            Some(now) => (cut(now, chrome)),
            None => span .quiet { (chrome.t("delivery-value-gone")) },
        }
        @if let Some(before) = &value.before {
            div .quiet { (chrome.t("delivery-value-before")) (cut(before, chrome)) }
        } @else if value.changed {
            div .quiet { (chrome.t("delivery-value-added")) }
        }
    }
}

/// A partner's text turns no other text around it.
fn cut((value, length): &(FactValue, Option<Length>), chrome: &Chrome<'_>) -> Markup {
    html! {
        div dir="auto" { (fact_value(value, chrome)) }
        @if let Some(length) = length {
            @let (name, count) = match length {
                Length::Characters(count) => ("delivery-value-characters", *count),
                Length::Items(count) => ("delivery-value-items", *count),
            };
            div .quiet { (chrome.ta(name, &[("count", count.into())])) }
        }
    }
}

fn judge(view: &DeliveryView, chrome: &Chrome<'_>) -> Markup {
    let accept = Form {
        action: href::delivery_act(&view.id, "accept"),
        fields: vec![Field::Words("delivery-accept-words")],
        button: "delivery-accept",
        stop: false,
    };
    let reject = Form {
        action: href::delivery_act(&view.id, "reject"),
        fields: vec![
            Field::Words("delivery-reject-words"),
            Field::Line("ground", "agreement-ground"),
        ],
        button: "delivery-reject",
        stop: true,
    };
    html! {
        section .box aria-labelledby="delivery-judge" {
            h2 #delivery-judge { (chrome.t("agreement-acts")) }
            (form(&accept, chrome))
            (form(&reject, chrome))
        }
    }
}
