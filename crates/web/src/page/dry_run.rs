//! The release, side by side: what we hold, what the partner will see, and why.
//!
//! One page for a dry run that is not kept and for a release in any stage. The view holds only
//! what this officer may see: what he may not see is neither shown nor counted.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, csrf, page};
use crate::marking::{Marking, Shows, chips};
use crate::page::document::{DocumentPreview, document};
use crate::page::object::property;
use crate::value::{Clause, ObjectRef, PartnerName, Tally, Verdict, clauses, kind, time, verdict};

/// A dry run or a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRunView {
    /// Ids of the objects that the officer picked.
    pub picked: Vec<String>,
    /// Agreements that could be used, for choosing; empty for a release that is already kept.
    pub agreements: Vec<AgreementChoice>,
    /// Recipient; `None` while nothing is chosen.
    pub partner: Option<PartnerName>,
    /// Purpose chosen.
    pub purpose: Option<String>,
    /// What would become of each object; empty while nothing is chosen.
    pub objects: Vec<ObjectPreview>,
    /// Where the release stands.
    pub stage: Stage,
    /// What this user may do now.
    pub acts: Vec<Act>,
    /// Id of the release, if it is kept.
    pub release_id: Option<String>,
    /// Names of protected persons that leave with it; empty for who may not know.
    pub protected: Vec<String>,
    /// What the agreement asks to be said with the release.
    pub asked: Asked,
    /// Whether this user may have it as a file now, to be carried by hand.
    pub file: bool,
}

/// What an agreement asks to be said with a release, and what was said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Offences of which one is to be named for the purpose, by the agreement's assurances.
    pub offences: Vec<String>,
    /// The one named.
    pub offence: Option<String>,
    /// Whether a reason is to be given: the ground of the transfer is an exception.
    pub derogation: bool,
    /// The reason given.
    pub reason: Option<String>,
    /// Named person of the partner's unit that it is for alone: the id of the record, and of a kept
    /// release the name.
    pub person: Option<String>,
    /// Persons to choose, by id and name, where the agreement lets red leave to them.
    pub persons: Vec<(String, String)>,
    /// Only the objects picked, without what they refer to: an update is looked at.
    pub exact: bool,
}

/// An agreement to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementChoice {
    /// STIX id; of one with several other parties `ID/KEY ID`.
    pub id: String,
    /// Title.
    pub title: String,
    /// The other party.
    pub partner: PartnerName,
    /// Purposes that it allows.
    pub purposes: Vec<String>,
    /// Whether it is the one chosen.
    pub chosen: bool,
}

/// What becomes of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPreview {
    /// Our object.
    pub object: ObjectRef,
    /// How it came into the set: `None` = picked, else the path that leads to it (`object_refs`).
    pub through: Option<String>,
    /// Verdict on the whole object.
    pub verdict: Verdict,
    /// Clauses that decided on the whole object.
    pub clauses: Vec<Clause>,
    /// Every property we hold, in the order to show.
    pub fields: Vec<FieldPreview>,
    /// What becomes of its document; `None` = it has none, or no copies leave.
    pub document: Option<DocumentPreview>,
}

/// What becomes of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPreview {
    /// Path of the property.
    pub path: String,
    /// What we hold; nothing = the property is added (tear-line, new reference).
    pub held: Side,
    /// What the partner will see.
    pub seen: Side,
    /// Effective marking of the property.
    pub marking: Marking,
    /// Verdict.
    pub verdict: Verdict,
    /// Clauses that decided.
    pub clauses: Vec<Clause>,
}

/// One side of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// The value in words.
    Text(String),
    /// There is none.
    Nothing,
    /// It was there when the release was sent, and cannot be shown any more.
    Gone,
}

impl From<Option<String>> for Side {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }
}

/// Where a release stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Shown only, not kept.
    Preview,
    /// Kept, not submitted.
    Draft,
    /// Waits for approval.
    Submitted {
        /// Account.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Approved, not sent.
    Approved {
        /// Account.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Approved, waits for the partner's slot.
    Scheduled {
        /// Account that approved.
        by: String,
        /// When it leaves.
        at: Timestamp,
    },
    /// In the partner's collection.
    Sent {
        /// Account.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Recalled as a whole.
    Recalled {
        /// Account.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Refused by the approver.
    Refused {
        /// Account.
        by: String,
        /// When.
        at: Timestamp,
    },
}

impl Stage {
    /// `preview`, `draft`, `submitted`, `approved`, `scheduled`, `sent`, `recalled`, `refused`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Draft => "draft",
            Self::Submitted { .. } => "submitted",
            Self::Approved { .. } => "approved",
            Self::Scheduled { .. } => "scheduled",
            Self::Sent { .. } => "sent",
            Self::Recalled { .. } => "recalled",
            Self::Refused { .. } => "refused",
        }
    }

    /// Whether it left: the page says what was, not what will be.
    fn left(&self) -> bool {
        matches!(self, Self::Sent { .. } | Self::Recalled { .. })
    }

    fn who_when(&self) -> Option<(&str, &Timestamp)> {
        match self {
            Self::Preview | Self::Draft => None,
            Self::Submitted { by, at }
            | Self::Approved { by, at }
            | Self::Scheduled { by, at }
            | Self::Sent { by, at }
            | Self::Recalled { by, at }
            | Self::Refused { by, at } => Some((by, at)),
        }
    }
}

/// What can be done with a release. Each is a button that posts to [`href::release_act`];
/// [`Act::Submit`] of a preview posts `id`…, `agreement`, `purpose` to [`href::RELEASES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Keep it and ask for approval.
    Submit,
    /// Approve.
    Approve,
    /// Refuse.
    Refuse,
    /// Send in the partner's next slot.
    SendSlot,
    /// Send at once.
    Send,
    /// Send at once, and answer the request that it was drafted for.
    SendAnswer,
    /// Throw a draft away.
    Discard,
}

impl Act {
    /// Last part of the address: `submit`, `approve`, `refuse`, `send-slot`, `send`, `send-answer`, `discard`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::SendSlot => "send-slot",
            Self::Send => "send",
            Self::SendAnswer => "send-answer",
            Self::Discard => "discard",
        }
    }
}

impl DryRunView {
    /// Who will see it: the unit, or one person of it.
    fn addressee(&self) -> Option<PartnerName> {
        let unit = self.partner.as_ref()?;
        let Some(person) = &self.asked.person else { return Some(unit.clone()) };
        let known = self.asked.persons.iter().find(|(id, _)| id == person);
        let person = known.map_or(person, |(_, name)| name);
        Some(PartnerName { name: format!("{person} · {}", unit.name), ..unit.clone() })
    }
}

impl Shows for DryRunView {
    fn marking(&self) -> Marking {
        let fields = self.objects.iter().flat_map(|o| &o.fields).map(|field| &field.marking);
        self.objects.iter().map(|o| &o.object.marking).chain(fields).collect()
    }
}

/// The page.
pub fn render(view: &DryRunView, chrome: &Chrome<'_>) -> Markup {
    let to = view.addressee();
    let title = match &to {
        Some(to) => chrome.ta("release-title-to", &[("partner", (&to.name).into())]),
        None => chrome.t("release-title"),
    };
    let body = html! {
        div .title {
            p .title__over { (stage_line(view, chrome)) }
            h1 { (title) }
            @if view.asked.person.is_some() {
                p .title__under { (chrome.t("release-person-words")) }
            }
        }
        @if !view.agreements.is_empty() { (choice(view, chrome)) }
        @if let Some(to) = &to {
            @if view.objects.is_empty() {
                p .empty { (chrome.t("release-empty")) }
            } @else {
                (summary(view, to, chrome))
                @for (place, preview) in view.objects.iter().enumerate() {
                    (pair(place, preview, view, chrome))
                }
                (act_bar(view, to, chrome))
                @if let (true, Some(id)) = (view.file, &view.release_id) {
                    (file_box(id, view, chrome))
                }
            }
        } @else {
            p .empty { (chrome.t("release-choose")) }
        }
    };
    page(chrome, &view.marking(), &title, &body)
}

fn stage_line(view: &DryRunView, chrome: &Chrome<'_>) -> Markup {
    html! {
        span .stage { (chrome.word("stage", view.stage.name())) }
        @if let Some((by, at)) = view.stage.who_when() { " " (by) " · " (time(at)) }
        @if let (Some(purpose), true) = (&view.purpose, view.agreements.is_empty()) {
            " · " (chrome.word("purpose", purpose))
        }
    }
}

fn choice(view: &DryRunView, chrome: &Chrome<'_>) -> Markup {
    let chosen = view.agreements.iter().find(|a| a.chosen).or(view.agreements.first());
    let purposes = chosen.map(|a| a.purposes.as_slice()).unwrap_or_default();
    let asks = &view.asked;
    let more = asks.derogation || !asks.offences.is_empty() || !asks.persons.is_empty();
    let class = if more { "choice choice--asked" } else { "choice" };
    html! {
        form class=(class) method="get" action=(href::RELEASE_NEW)
            hx-get=(href::RELEASE_NEW) hx-trigger="submit, change" hx-select="#page"
            hx-target="#page" hx-swap="outerHTML" hx-push-url="true" hx-nonce=(chrome.nonce) {
            @for id in &view.picked { input type="hidden" name="id" value=(id); }
            div .field {
                label for="agreement" { (chrome.t("release-agreement")) }
                select #agreement .input name="agreement" {
                    @for agreement in &view.agreements {
                        option value=(agreement.id) selected[agreement.chosen] {
                            (agreement.partner.name) " (" (agreement.partner.country) ") · "
                            (agreement.title)
                        }
                    }
                }
            }
            div .field {
                label for="purpose" { (chrome.t("release-purpose")) }
                select #purpose .input name="purpose" {
                    @for purpose in purposes {
                        option value=(purpose) selected[view.purpose.as_ref() == Some(purpose)] {
                            (chrome.word("purpose", purpose))
                        }
                    }
                }
            }
            (asked(&view.asked, chrome))
            button .button type="submit" { (chrome.t("release-show")) }
        }
    }
}

fn asked(asked: &Asked, chrome: &Chrome<'_>) -> Markup {
    html! {
        @let known = |id: &String| asked.persons.iter().any(|(one, _)| one == id);
        @if let Some(person) = asked.person.as_ref().filter(|id| !known(id)) {
            input type="hidden" name="person" value=(person);
        } @else if !asked.persons.is_empty() {
            div .field {
                label for="person" { (chrome.t("release-person")) }
                select #person .input name="person" {
                    option value="" { (chrome.t("release-person-none")) }
                    @for (id, name) in &asked.persons {
                        option value=(id) selected[asked.person.as_ref() == Some(id)] { (name) }
                    }
                }
            }
        }
        @if asked.exact { input type="hidden" name="exact" value="yes"; }
        @if !asked.offences.is_empty() {
            div .field {
                label for="offence" { (chrome.t("release-offence")) }
                select #offence .input name="offence" {
                    option value="" { (chrome.t("release-offence-none")) }
                    @for offence in &asked.offences {
                        option value=(offence) selected[asked.offence.as_ref() == Some(offence)] {
                            (chrome.word("purpose", offence))
                        }
                    }
                }
            }
        }
        @if asked.derogation {
            div .field {
                label for="ground_reason" { (chrome.t("release-ground-reason")) }
                input #ground_reason .input type="text" name="ground_reason" autocomplete="off"
                    value=(asked.reason.as_deref().unwrap_or_default());
            }
        }
    }
}

fn summary(view: &DryRunView, to: &PartnerName, chrome: &Chrome<'_>) -> Markup {
    let objects = Tally::of(view.objects.iter().map(|o| o.verdict));
    let fields = Tally::of(view.objects.iter().flat_map(|o| &o.fields).map(|f| f.verdict));
    html! {
        section .summary aria-labelledby="summary" {
            h2 #summary .hidden { (chrome.t("release-summary")) }
            (tally(objects, "release-objects", chrome))
            (tally(fields, "release-fields", chrome))
            details .index {
                summary { (chrome.t("release-index")) }
                ol {
                    @for (place, preview) in view.objects.iter().enumerate() {
                        li {
                            (verdict(chrome, preview.verdict)) " "
                            a href={ "#object-" (place + 1) } { (preview.object.label) } " "
                            (kind(chrome, &preview.object.kind))
                        }
                    }
                }
            }
            p .quiet { (chrome.ta("release-own-ids", &[("partner", (&to.name).into())])) }
        }
    }
}

fn tally(counts: Tally, title: &str, chrome: &Chrome<'_>) -> Markup {
    html! {
        div .tally {
            h3 .tally__title { (chrome.t(title)) }
            dl {
                @for which in Verdict::ALL {
                    div {
                        dt { (verdict(chrome, which)) }
                        dd { (chrome.lang.number(counts.of_verdict(which) as u64)) }
                    }
                }
            }
        }
    }
}

fn pair(place: usize, preview: &ObjectPreview, view: &DryRunView, chrome: &Chrome<'_>) -> Markup {
    let class = match preview.verdict {
        Verdict::Withheld => "pair pair--withheld",
        _ => "pair",
    };
    html! {
        section #{ "object-" (place + 1) } class=(class) {
            header .pair__head {
                h2 {
                    a href=(href::object(&preview.object.id)) { (preview.object.label) }
                }
                (kind(chrome, &preview.object.kind))
                (chips(chrome, &preview.object.marking))
                p .pair__through .quiet {
                    @match &preview.through {
                        None => (chrome.t("release-picked")),
                        Some(path) if path.is_empty() => (chrome.t("release-through-other")),
                        Some(path) => { (chrome.t("release-through")) " " code .path { (path) } }
                    }
                }
                (verdict(chrome, preview.verdict))
                (clauses(chrome, &preview.clauses))
            }
            @if let Some(found) = &preview.document {
                (document(&preview.object.id, found, chrome))
            }
            @if !preview.fields.is_empty() {
                // What was picked is read before it leaves; the rest on demand.
                details .pair__held open[opened(preview, view)] {
                    summary {
                        @if preview.verdict == Verdict::Withheld {
                            (chrome.t("release-show-held"))
                        } @else {
                            (chrome.t("release-show-lines")) (counted(preview, chrome))
                        }
                    }
                    (fields(preview, view, chrome))
                }
            }
        }
    }
}

fn opened(preview: &ObjectPreview, view: &DryRunView) -> bool {
    let picked = preview.through.is_none() && !view.stage.left();
    preview.verdict != Verdict::Withheld && (picked || view.objects.len() == 1)
}

/// How many lines of an object are kept, changed, withheld.
fn counted(preview: &ObjectPreview, chrome: &Chrome<'_>) -> Markup {
    let counts = Tally::of(preview.fields.iter().map(|field| field.verdict));
    html! {
        @for which in Verdict::ALL {
            @if counts.of_verdict(which) > 0 {
                " " (verdict(chrome, which)) " "
                (chrome.lang.number(counts.of_verdict(which) as u64))
            }
        }
    }
}

/// What the side of the partner is called, before and after a release left.
fn seen_words(view: &DryRunView, chrome: &Chrome<'_>) -> String {
    let words = if view.stage.left() { "release-left" } else { "release-seen" };
    let to = view.addressee().map(|to| to.name).unwrap_or_default();
    chrome.ta(words, &[("partner", (&to).into())])
}

fn fields(preview: &ObjectPreview, view: &DryRunView, chrome: &Chrome<'_>) -> Markup {
    let seen = seen_words(view, chrome);
    let held = if view.stage.left() { "release-held-then" } else { "release-held" };
    html! {
        table .table .table--pair {
            caption .hidden { (preview.object.label) }
            thead {
                tr {
                    th scope="col" { (chrome.t("column-property")) }
                    th scope="col" { (chrome.t(held)) }
                    th scope="col" { (seen) }
                    th scope="col" { (chrome.t("release-why")) }
                }
            }
            tbody {
                @for field in &preview.fields {
                    (field_row(field, &chrome.t(held), &seen, chrome))
                }
            }
        }
    }
}

fn field_row(field: &FieldPreview, held: &str, seen: &str, chrome: &Chrome<'_>) -> Markup {
    let class = match field.verdict {
        Verdict::Kept => "row--kept",
        Verdict::Changed => "row--changed",
        Verdict::Withheld => "row--withheld",
    };
    html! {
        tr class=(class) {
            th scope="row" data-label=(chrome.t("column-property")) {
                (property(chrome, &field.path))
                @if !field.marking.is_nothing() { div { (chips(chrome, &field.marking)) } }
            }
            td data-label=(held) .held { (side(&field.held, "release-not-held", chrome)) }
            td data-label=(seen) .seen { (side(&field.seen, "release-nothing", chrome)) }
            td data-label=(chrome.t("release-why")) .why {
                (verdict(chrome, field.verdict))
                (clauses(chrome, &field.clauses))
            }
        }
    }
}

/// A value, or in words why there is none: never blank.
fn side(side: &Side, nothing: &str, chrome: &Chrome<'_>) -> Markup {
    html! {
        @match side {
            Side::Text(text) if text.is_empty() => span .quiet { (chrome.t("release-blank")) },
            Side::Text(text) => span .prose { (text) },
            Side::Nothing => span .quiet { (chrome.t(nothing)) },
            Side::Gone => span .quiet { (chrome.t("release-gone")) },
        }
    }
}

fn act_bar(view: &DryRunView, to: &PartnerName, chrome: &Chrome<'_>) -> Markup {
    let objects = Tally::of(view.objects.iter().map(|o| o.verdict));
    let counts = [
        ("partner", (&to.name).into()),
        ("going", objects.going().into()),
        ("staying", objects.withheld.into()),
    ];
    html! {
        @if !view.acts.is_empty() {
            div .act-bar role="group" aria-label=(chrome.t("release-decide")) {
                p { (chrome.ta("release-counts", &counts)) }
                @if !view.protected.is_empty() {
                    @let names = view.protected.join(", ");
                    p { strong { (chrome.ta("release-protected", &[("names", (&names).into())])) } }
                }
                @for act in &view.acts { (act_form(*act, view, chrome)) }
            }
        }
    }
}

/// The release as a file: for the partner as often as needed, for a person once.
fn file_box(id: &str, view: &DryRunView, chrome: &Chrome<'_>) -> Markup {
    let person = view.asked.person.is_some();
    let scheduled = matches!(view.stage, Stage::Scheduled { .. });
    let words = match (person, scheduled) {
        (true, _) => "release-file-person",
        (false, true) => "release-file-slot",
        (false, false) => "release-file-words",
    };
    html! {
        section .box aria-labelledby="release-file" {
            h2 #release-file { (chrome.t("release-file-title")) }
            form .stack method="post" action=(href::release_file(id)) {
                (csrf(chrome))
                @if person { input type="hidden" name="for" value="person"; }
                @else if scheduled { input type="hidden" name="for" value="now"; }
                p { (chrome.t(words)) }
                button .button .button--main type="submit" { (chrome.t("release-file-button")) }
            }
        }
    }
}

fn act_form(act: Act, view: &DryRunView, chrome: &Chrome<'_>) -> Markup {
    let action = match &view.release_id {
        Some(id) => href::release_act(id, act.name()),
        None => href::RELEASES.to_owned(),
    };
    let class = match act {
        Act::Submit | Act::Approve | Act::SendSlot | Act::SendAnswer => "button button--main",
        Act::Send => "button",
        Act::Refuse | Act::Discard => "button button--stop",
    };
    let agreement = view.agreements.iter().find(|a| a.chosen);
    html! {
        form method="post" action=(action) {
            (csrf(chrome))
            @if view.release_id.is_none() {
                @for id in &view.picked { input type="hidden" name="id" value=(id); }
                @if let Some(agreement) = agreement {
                    input type="hidden" name="agreement" value=(agreement.id);
                }
                @if let Some(purpose) = &view.purpose {
                    input type="hidden" name="purpose" value=(purpose);
                }
                @if let Some(person) = &view.asked.person {
                    input type="hidden" name="person" value=(person);
                }
                @if let Some(offence) = &view.asked.offence {
                    input type="hidden" name="offence" value=(offence);
                }
                @if let Some(reason) = &view.asked.reason {
                    input type="hidden" name="ground_reason" value=(reason);
                }
            }
            @if act == Act::Approve && !view.protected.is_empty() {
                label .check {
                    input type="checkbox" name="confirm-protected" value="yes" required;
                    " " (chrome.t("release-protected-confirm"))
                }
            }
            @if act == Act::Approve && view.asked.person.is_none() {
                label .check {
                    input type="checkbox" name="follow" value="yes";
                    " " (chrome.t("release-follow"))
                }
            }
            button class=(class) type="submit" { (chrome.word("act", act.name())) }
        }
    }
}
