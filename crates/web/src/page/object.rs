//! One object: what is known, from where, how it is linked, and who has it.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, csrf, page};
use crate::marking::{Marking, Shows, chips};
use crate::page::consent::{self, ConsentBox};
use crate::page::desk::{Form, form};
use crate::value::{
    ObjectRef, Origin, PartnerName, SourceLink, kind, object_link, origin, partner, source, time,
};

/// An object as one user may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectView {
    /// Id, type, label and marking of the whole object.
    pub object: ObjectRef,
    /// Who gave it.
    pub origin: Origin,
    /// File or message that it came in.
    pub source: Option<SourceLink>,
    /// When this node got this version.
    pub received: Timestamp,
    /// Revoked by its originator (final).
    pub revoked: bool,
    /// When its originator, a partner, recalled it from us: its content is gone from this node.
    pub recalled: Option<Timestamp>,
    /// It is kept for a legal hold alone.
    pub restricted: bool,
    /// What was last answered to its originator (`recall`, `retention`, `correction`), and when.
    pub answered: Option<(&'static str, Timestamp)>,
    /// What is known, in the order to show.
    pub facts: Vec<Fact>,
    /// All versions held, newest first.
    pub versions: Vec<VersionRow>,
    /// References of this object and to this object.
    pub links: Vec<LinkRow>,
    /// Links that exist beyond those listed; said, never left out in silence.
    pub links_beyond: u64,
    /// Partners to whom a twin was released, newest first. `None` = this user may not know.
    pub holders: Option<Vec<Holder>>,
    /// What consents allow, where it holds content of others.
    pub consent: Option<ConsentBox>,
    /// Whether to offer a release (dry run).
    pub may_release: bool,
    /// Whether there is a partner that can be asked hit or no hit about it.
    pub may_ask: bool,
    /// Our own notes and labels beside it.
    pub notes: Vec<NoteRow>,
    /// How this user writes a note, if he may.
    pub note_forms: Vec<Form>,
    /// What else this user may do with it: recall, hold, protect.
    pub forms: Vec<Form>,
}

/// A note or label of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// What it says.
    pub text: String,
    /// A word to sort by, not a text.
    pub label: bool,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How the user takes it away, if it is his.
    pub remove: Option<Form>,
}

/// One property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Path of the property (`name`, `person.birth_date`, `external_references[0].url`).
    pub path: String,
    /// Its value.
    pub value: FactValue,
    /// Effective marking of this property.
    pub marking: Marking,
    /// Where this value came from, if not from the source of the object.
    pub source: Option<SourceLink>,
}

/// A value by its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactValue {
    /// Words or number.
    Text(String),
    /// Long text; line breaks are kept.
    Prose(String),
    /// Identifier, hash, serial: fixed-width letters, breaks anywhere.
    Code(String),
    /// Several values.
    List(Vec<String>),
    /// An instant.
    Time(Timestamp),
    /// Other objects.
    Objects(Vec<ObjectRef>),
}

/// One version of the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// `modified`, or `None` for a type without versions.
    pub modified: Option<Timestamp>,
    /// When this node got it.
    pub received: Timestamp,
    /// Who gave it.
    pub origin: Origin,
    /// Its page ([`href::object_version`]).
    pub href: String,
    /// Whether it is the one on the page.
    pub shown: bool,
    /// Whether it revokes the object.
    pub revoked: bool,
}

/// The direction of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// This object names the other.
    Out,
    /// The other names this object.
    In,
}

/// A reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// Who names whom.
    pub direction: Direction,
    /// Path of the reference (`object_refs[2]`), or `relationship_type` for relationships.
    pub path: String,
    /// The other end.
    pub end: LinkEnd,
}

/// The other end of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEnd {
    /// An object that the user may see.
    Held(ObjectRef),
    /// An id that is not held (or may not be seen: the two look alike).
    NotHeld(String),
}

/// A partner that got a twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub partner: PartnerName,
    /// The release.
    pub release_id: String,
    /// Title of the agreement.
    pub agreement: String,
    /// When it was released.
    pub released: Timestamp,
    /// What became of it.
    pub state: HolderState,
    /// Whether to offer a recall.
    pub may_recall: bool,
}

/// What became of a released twin. Partners' answers are statements of the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HolderState {
    /// In the partner's collection, no receipt yet.
    Available,
    /// The partner signed a receipt.
    Received {
        /// Time of the receipt.
        at: Timestamp,
    },
    /// Recalled by us.
    Recalled {
        /// When.
        at: Timestamp,
        /// What the partner states.
        answer: Option<RecallAnswer>,
    },
    /// Its retention has ended.
    Ended {
        /// When.
        at: Timestamp,
        /// What the partner states.
        answer: Option<RecallAnswer>,
    },
}

/// A partner's answer to a recall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecallAnswer {
    /// The partner states that it removed everything.
    Purged,
    /// The partner states that it must keep it, with the ground.
    Restricted {
        /// Ground as stated.
        ground: String,
    },
}

impl Shows for ObjectView {
    fn marking(&self) -> Marking {
        let facts = self.facts.iter().map(|fact| &fact.marking);
        let named = self.facts.iter().flat_map(|fact| match &fact.value {
            FactValue::Objects(objects) => objects.as_slice(),
            _ => &[],
        });
        let linked = self.links.iter().filter_map(|link| match &link.end {
            LinkEnd::Held(object) => Some(object),
            LinkEnd::NotHeld(_) => None,
        });
        facts.chain(named.chain(linked).map(|o| &o.marking)).chain([&self.object.marking]).collect()
    }
}

/// The page.
pub fn render(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    let body = html! {
        (heading(view, chrome))
        (banners(view, chrome))
        div .columns {
            div .columns__wide {
                (facts(view, chrome))
                (links(view, chrome))
            }
            div .columns__side {
                (actions(view, chrome))
                (holders(view, chrome))
                (measures(view, chrome))
                (origin_box(view, chrome))
                @if let Some(shown) = &view.consent { (consent::section(shown, chrome)) }
                (notes(view, chrome))
                (versions(view, chrome))
            }
        }
    };
    page(chrome, &view.marking(), &view.object.label, &body)
}

fn heading(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        div .title {
            p .title__over { (kind(chrome, &view.object.kind)) }
            h1 { (view.object.label) }
            p .title__under {
                (chips(chrome, &view.object.marking)) " " code .id { (view.object.id) }
            }
        }
    }
}

fn banners(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    let recalled = view.holders.iter().flatten().filter_map(|holder| match &holder.state {
        HolderState::Recalled { at, answer } => Some((holder, at, answer)),
        _ => None,
    });
    html! {
        @if view.revoked {
            div .notice .notice--fault {
                strong .notice__word { (chrome.t("state-revoked")) }
                span { (chrome.t("object-revoked-words")) }
            }
        }
        @if view.restricted {
            div .notice .notice--fault {
                strong .notice__word { (chrome.t("state-restricted")) }
                span { (chrome.t("object-restricted-words")) }
            }
        }
        @if let (Some(("correction", at)), None) = (&view.answered, &view.recalled) {
            div .notice .notice--note {
                strong .notice__word { (chrome.t("state-corrected")) }
                span { (time(at)) " · " (chrome.t("object-corrected-words")) }
            }
        }
        @if let (Some(("retention", at)), Some(_)) = (&view.answered, &view.recalled) {
            div .notice .notice--fault {
                strong .notice__word { (chrome.t("state-ended")) }
                span { (time(at)) " · " (chrome.t("object-ended-words")) }
            }
        } @else if let Some(at) = &view.recalled {
            div .notice .notice--fault {
                strong .notice__word { (chrome.t("state-recalled")) }
                span { (time(at)) " · " (chrome.t("object-recalled-words")) }
            }
        }
        @for (holder, at, answer) in recalled {
            div .notice .notice--note {
                strong .notice__word { (chrome.t("state-recalled")) }
                span {
                    (partner(chrome, &holder.partner)) " · " (time(at)) " · "
                    (recall_answer(chrome, answer.as_ref()))
                }
            }
        }
    }
}

fn recall_answer(chrome: &Chrome<'_>, answer: Option<&RecallAnswer>) -> String {
    match answer {
        None => chrome.t("recall-unanswered"),
        Some(RecallAnswer::Purged) => chrome.t("recall-purged"),
        Some(RecallAnswer::Restricted { ground }) => {
            let ground = match chrome.texts.knows("legal-ground", ground) {
                true => chrome.word("legal-ground", ground),
                false => ground.clone(),
            };
            chrome.ta("recall-restricted", &[("ground", (&ground).into())])
        }
    }
}

fn facts(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="facts" {
            h2 #facts { (chrome.t("object-facts")) }
            table .table .table--rows .table--facts {
                caption .hidden { (chrome.t("object-facts")) }
                (fact_head(chrome))
                tbody { @for fact in &view.facts { (fact_row(fact, view, chrome)) } }
            }
        }
    }
}

/// The head of a table of facts: what it says, how it is marked, where it is from.
pub(super) fn fact_head(chrome: &Chrome<'_>) -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { (chrome.t("column-property")) }
                th scope="col" { (chrome.t("column-value")) }
                th scope="col" { (chrome.t("column-marking")) }
                th scope="col" { (chrome.t("column-source")) }
            }
        }
    }
}

fn fact_row(fact: &Fact, view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            th scope="row" data-label=(chrome.t("column-property")) {
                (property(chrome, &fact.path))
            }
            td data-label=(chrome.t("column-value")) .table__lead {
                (fact_value(&fact.value, chrome))
            }
            td data-label=(chrome.t("column-marking")) { (chips(chrome, &fact.marking)) }
            td data-label=(chrome.t("column-source")) {
                @match fact.source.as_ref().or(view.source.as_ref()) {
                    Some(link) => (source(link)),
                    None => (origin(chrome, &view.origin)),
                }
            }
        }
    }
}

/// The name of a property in words, with its path: shown where the property lies inside another,
/// else as a hint.
pub(crate) fn property(chrome: &Chrome<'_>, path: &str) -> Markup {
    let last = path.rsplit('.').next().unwrap_or(path);
    let bare = last.split('[').next().unwrap_or(last);
    html! {
        @if !chrome.texts.knows("property", bare) {
            code .path .path--alone { (path) }
        } @else if bare == path {
            span .property title=(path) { (chrome.word("property", bare)) }
        } @else {
            span .property { (chrome.word("property", bare)) } " " code .path { (path) }
        }
    }
}

/// A value by its kind.
pub(crate) fn fact_value(value: &FactValue, chrome: &Chrome<'_>) -> Markup {
    html! {
        @match value {
            FactValue::Text(text) => (text),
            FactValue::Prose(text) => div .prose { (text) },
            FactValue::Code(text) => code .hash { (text) },
            FactValue::List(items) => ul .plain { @for item in items { li { (item) } } },
            FactValue::Time(at) => (time(at)),
            FactValue::Objects(objects) =>
                ul .plain { @for object in objects { li { (object_link(chrome, object)) } } },
        }
    }
}

fn links(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="links" {
            h2 #links { (chrome.t("object-links")) }
            @if view.links.is_empty() {
                p .quiet { (chrome.t("object-no-links")) }
            } @else {
                table .table .table--rows .table--links {
                    caption .hidden { (chrome.t("object-links")) }
                    thead {
                        tr {
                            th scope="col" { (chrome.t("column-direction")) }
                            th scope="col" { (chrome.t("column-as")) }
                            th scope="col" { (chrome.t("column-object")) }
                        }
                    }
                    tbody { @for link in &view.links { (link_row(link, chrome)) } }
                }
                @if view.links_beyond > 0 {
                    p .quiet {
                        (chrome.ta("object-links-beyond", &[("count", view.links_beyond.into())]))
                    }
                }
            }
        }
    }
}

fn link_row(link: &LinkRow, chrome: &Chrome<'_>) -> Markup {
    let (class, words) = match link.direction {
        Direction::Out => ("link link--out", "link-out"),
        Direction::In => ("link link--in", "link-in"),
    };
    html! {
        tr {
            td data-label=(chrome.t("column-direction")) .nowrap {
                span class=(class) { (chrome.t(words)) }
            }
            td data-label=(chrome.t("column-as")) { (property(chrome, &link.path)) }
            td data-label=(chrome.t("column-object")) .table__lead {
                @match &link.end {
                    LinkEnd::Held(object) => (object_link(chrome, object)),
                    LinkEnd::NotHeld(id) => {
                        code .hash { (id) } " " span .quiet { (chrome.t("link-not-held")) }
                    }
                }
            }
        }
    }
}

fn actions(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        @if view.may_ask {
            div .actions {
                a .button href=(href::ask(&view.object.id)) { (chrome.t("action-ask")) }
                p .quiet { (chrome.t("action-ask-words")) }
            }
        }
        @if view.may_release {
            div .actions {
                a .button .button--main href=(href::release_new(&view.object.id)) {
                    (chrome.t("action-release"))
                }
                p .quiet { (chrome.t("action-release-words")) }
            }
        }
    }
}

fn holders(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    let Some(list) = &view.holders else { return html! {} };
    html! {
        section .box aria-labelledby="holders" {
            h2 #holders { (chrome.t("holders-title")) }
            @if list.is_empty() {
                p .quiet { (chrome.t("holders-nobody")) }
            } @else {
                ul .holders { @for holder in list { (holder_row(holder, view, chrome)) } }
            }
        }
    }
}

fn holder_row(holder: &Holder, view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        li {
            div .holders__who { (partner(chrome, &holder.partner)) }
            div {
                a href=(href::release(&holder.release_id)) { (chrome.t("holders-released")) }
                " " (time(&holder.released))
            }
            div .quiet { (holder.agreement) }
            @match &holder.state {
                HolderState::Ended { .. } => {}
                HolderState::Available => div { (chrome.t("receipt-awaited")) },
                HolderState::Received { at } => div { (chrome.t("receipt-signed")) " " (time(at)) },
                HolderState::Recalled { at, answer } => {
                    div {
                        span .state .state--over { (chrome.t("state-recalled")) } " " (time(at))
                    }
                    div .quiet { (recall_answer(chrome, answer.as_ref())) }
                }
            }
            @if let HolderState::Ended { at, answer } = &holder.state {
                div { span .state .state--over { (chrome.t("state-ended")) } " " (time(at)) }
                div .quiet { (recall_answer(chrome, answer.as_ref())) }
            }
            @if holder.may_recall { (recall_form(holder, view, chrome)) }
        }
    }
}

fn recall_form(holder: &Holder, view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    let words = chrome.ta("action-recall-words", &[("partner", (&holder.partner.name).into())]);
    html! {
        details .confirm .confirm--stop {
            summary { (chrome.t("action-recall")) }
            form .stack method="post" action=(href::RECALL) {
                (csrf(chrome))
                input type="hidden" name="id" value=(view.object.id);
                input type="hidden" name="release" value=(holder.release_id);
                p { (words) }
                button .button .button--stop type="submit" { (chrome.t("action-recall-confirm")) }
            }
        }
    }
}

fn origin_box(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="origin" {
            h2 #origin { (chrome.t("origin-title")) }
            dl .pairs {
                div { dt { (chrome.t("origin-from")) } dd { (origin(chrome, &view.origin)) } }
                @if let Some(link) = &view.source {
                    div { dt { (chrome.t("origin-source")) } dd { (source(link)) } }
                }
                div { dt { (chrome.t("column-received")) } dd { (time(&view.received)) } }
            }
        }
    }
}

fn notes(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="notes" {
            h2 #notes { (chrome.t("desk-notes")) }
            @if view.notes.is_empty() { p .quiet { (chrome.t("desk-notes-none")) } }
            ul .plain {
                @for note in &view.notes {
                    li {
                        @if note.label {
                            span .chip .chip--code { (note.text) }
                        } @else {
                            div .prose { (note.text) }
                        }
                        div .quiet { (note.by) " · " (time(&note.at)) }
                        @if let Some(remove) = &note.remove { (form(remove, chrome)) }
                    }
                }
            }
            @for one in &view.note_forms { (form(one, chrome)) }
        }
    }
}

fn measures(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        @if !view.forms.is_empty() {
            section .box aria-labelledby="measures" {
                h2 #measures { (chrome.t("object-measures")) }
                @for one in &view.forms { (form(one, chrome)) }
            }
        }
    }
}

fn versions(view: &ObjectView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="versions" {
            h2 #versions { (chrome.t("versions-title")) }
            ol .versions {
                @for version in &view.versions {
                    @let at = version.modified.as_ref().unwrap_or(&version.received);
                    li {
                        @if version.shown {
                            strong { (time(at)) } " " span .quiet { (chrome.t("version-shown")) }
                        } @else {
                            a href=(version.href) { (time(at)) }
                        }
                        @if version.revoked {
                            " " span .state .state--over { (chrome.t("state-revoked")) }
                        }
                        div .quiet { (origin(chrome, &version.origin)) }
                    }
                }
            }
        }
    }
}
