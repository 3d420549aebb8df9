//! The frame of every page: marking bands, who and where we are, places, messages, keys.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::asset::Assets;
use crate::href;
use crate::marking::{Edge, Marking, band};
use crate::text::{Args, Lang, Texts};

const ICON: &str = include_str!("../../../ui/src/icon.svg");

/// A node as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeName {
    /// Name of the unit: `Unidad Nacional de Enlace (UNE)`.
    pub name: String,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Name of the account.
    pub account: String,
    /// Name of the role as in the role table (`liaison-officer`).
    pub role: String,
}

/// A place of the program. Only places that are built exist here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What waits for whoever is signed in.
    Home,
    /// One box over everything held.
    Search,
    /// What partners sent and waits for a verdict.
    Incoming,
    /// Drafts, approvals, what was sent and recalled.
    Releases,
    /// Who the partners are, vetting, tokens.
    Partners,
    /// Agreements with partners: where they stand, their clauses, what is owed.
    Agreements,
    /// Warnings of danger to life.
    Danger,
    /// Requests in and out, with their limits.
    Requests,
    /// Joint cases.
    Cases,
    /// Consent asked of us and by us.
    Consents,
    /// Objects that only some people know.
    Compartments,
    /// The register of sources, alerts and holds.
    Sources,
    /// Protected persons and what is proposed.
    Protected,
    /// What is overdue for review.
    Reviews,
    /// Files being read, and how far that is.
    Jobs,
    /// Servers that are asked or given to on a schedule.
    Feeds,
    /// Who got what, why, by whom, and the proof.
    Oversight,
}

impl Place {
    /// All places in the order of the menu.
    pub const ALL: [Self; 17] = [
        Self::Home,
        Self::Search,
        Self::Incoming,
        Self::Requests,
        Self::Cases,
        Self::Releases,
        Self::Consents,
        Self::Compartments,
        Self::Sources,
        Self::Protected,
        Self::Reviews,
        Self::Oversight,
        Self::Danger,
        Self::Agreements,
        Self::Partners,
        Self::Jobs,
        Self::Feeds,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::Home => "place-home",
            Self::Search => "place-search",
            Self::Incoming => "place-incoming",
            Self::Releases => "place-releases",
            Self::Partners => "place-partners",
            Self::Agreements => "place-agreements",
            Self::Danger => "place-danger",
            Self::Requests => "place-requests",
            Self::Cases => "place-cases",
            Self::Consents => "place-consents",
            Self::Compartments => "place-compartments",
            Self::Sources => "place-sources",
            Self::Protected => "place-protected",
            Self::Reviews => "place-reviews",
            Self::Jobs => "place-jobs",
            Self::Feeds => "place-feeds",
            Self::Oversight => "place-oversight",
        }
    }

    pub(crate) fn href(self) -> &'static str {
        match self {
            Self::Home => href::HOME,
            Self::Search => href::SEARCH,
            Self::Incoming => href::INCOMING,
            Self::Releases => href::RELEASES,
            Self::Partners => href::PARTNERS,
            Self::Agreements => href::AGREEMENTS,
            Self::Danger => href::DANGER,
            Self::Requests => href::REQUESTS,
            Self::Cases => href::CASES,
            Self::Consents => href::CONSENTS,
            Self::Compartments => href::COMPARTMENTS,
            Self::Sources => href::SOURCES,
            Self::Protected => href::PROTECTED,
            Self::Reviews => href::REVIEWS,
            Self::Jobs => href::JOBS,
            Self::Feeds => href::FEEDS,
            Self::Oversight => href::OVERSIGHT,
        }
    }

    /// The letter behind `g`. The same in every language.
    fn letter(self) -> &'static str {
        match self {
            Self::Home => "h",
            Self::Search => "s",
            Self::Incoming => "i",
            Self::Releases => "r",
            Self::Partners => "n",
            Self::Agreements => "a",
            Self::Danger => "d",
            Self::Requests => "q",
            Self::Cases => "e",
            Self::Consents => "k",
            Self::Compartments => "c",
            Self::Sources => "f",
            Self::Protected => "p",
            Self::Reviews => "v",
            Self::Jobs => "j",
            Self::Feeds => "t",
            Self::Oversight => "o",
        }
    }
}

/// How a message is meant. The word in front of it says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Something to know.
    Note,
    /// Something did not work.
    Fault,
}

/// A message above the page, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// How it is meant.
    pub tone: Tone,
    /// The sentence, in the language of the page.
    pub text: String,
}

/// What was just done, for the page that follows: travels as `said=NAME` in the address, so that
/// nobody can put words of his own on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Signed out.
    SignedOut,
    /// A release waits for approval.
    Submitted,
    /// A release was approved.
    Approved,
    /// A release was refused.
    Refused,
    /// A release was sent.
    Sent,
    /// A draft was thrown away.
    Discarded,
    /// An object was recalled.
    Recalled,
    /// A release waits for the partner's slot.
    Scheduled,
    /// What waited for its slot was let out.
    UpdatesOut,
    /// A delivery was accepted.
    Accepted,
    /// A delivery was refused.
    Rejected,
    /// A partner was cut off.
    CutOff,
    /// Something was exchanged with a partner.
    Exchanged,
    /// An agreement was signed.
    AgreementSigned,
    /// An agreement was suspended and the others are told.
    Suspended,
    /// An agreement was suspended and nobody is told.
    SuspendedSilently,
    /// A suspension was ended.
    Resumed,
    /// An agreement was ended.
    Terminated,
    /// Something was done and logged.
    Noted,
}

impl Said {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::SignedOut,
        Self::Submitted,
        Self::Approved,
        Self::Refused,
        Self::Sent,
        Self::Discarded,
        Self::Recalled,
        Self::Scheduled,
        Self::UpdatesOut,
        Self::Accepted,
        Self::Rejected,
        Self::CutOff,
        Self::Exchanged,
        Self::AgreementSigned,
        Self::Suspended,
        Self::SuspendedSilently,
        Self::Resumed,
        Self::Terminated,
        Self::Noted,
    ];

    /// Name in the address.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Sent => "sent",
            Self::Discarded => "discarded",
            Self::Recalled => "recalled",
            Self::Scheduled => "scheduled",
            Self::UpdatesOut => "updates-out",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::CutOff => "cut-off",
            Self::Exchanged => "exchanged",
            Self::AgreementSigned => "agreement-signed",
            Self::Suspended => "suspended",
            Self::SuspendedSilently => "suspended-silently",
            Self::Resumed => "resumed",
            Self::Terminated => "terminated",
            Self::Noted => "noted",
        }
    }

    /// Reads [`Said::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|said| said.name() == name)
    }

    /// The message.
    pub fn flash(self, texts: &Texts, lang: Lang) -> Flash {
        Flash { tone: Tone::Done, text: texts.word(lang, "said", self.name(), &[]) }
    }
}

/// Everything around the content of a page: language, texts, node, user, security tokens.
#[derive(Debug)]
pub struct Chrome<'a> {
    /// All sentences.
    pub texts: &'a Texts,
    /// Styles and script.
    pub assets: &'a Assets,
    /// Language of the page.
    pub lang: Lang,
    /// This node.
    pub node: &'a NodeName,
    /// Who is signed in, if anybody.
    pub user: Option<User>,
    /// Places that this user may enter, in the order of the menu.
    pub places: Vec<Place>,
    /// The place that the page belongs to.
    pub here: Option<Place>,
    /// The same page in the other language ([`href::in_language`]).
    pub language_href: String,
    /// Value of the hidden field `csrf` of every form.
    pub csrf: String,
    /// Nonce of this response ([`crate::csp::Nonce`]).
    pub nonce: String,
    /// Messages to show once.
    pub flashes: Vec<Flash>,
}

impl Chrome<'_> {
    /// The sentence of a key.
    pub fn t(&self, key: &str) -> String {
        self.texts.t(self.lang, key, &[])
    }

    /// The sentence of a key with arguments.
    pub fn ta(&self, key: &str, args: &Args<'_>) -> String {
        self.texts.t(self.lang, key, args)
    }

    /// The word of a family for a name, or the name ([`Texts::word`]).
    pub fn word(&self, family: &str, name: &str) -> String {
        self.texts.word(self.lang, family, name, &[])
    }
}

/// A whole page. `marking` is the join of everything in `body` ([`crate::marking::Shows`]).
pub(crate) fn page(chrome: &Chrome<'_>, marking: &Marking, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(chrome.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config"
                    content=r#"{"includeIndicatorCSS":false,"history":"reload"}"#;
                title { (title) " · " (chrome.node.name) }
                link rel="icon" type="image/svg+xml" href=(chrome.assets.icon);
                link rel="stylesheet" href=(chrome.assets.style);
                @if let Some(script) = &chrome.assets.script {
                    script type="module" src=(script) nonce=(chrome.nonce) {}
                }
            }
            body {
                a .skip href="#main" { (chrome.t("skip-to-content")) }
                // One element, so that no partial update can leave an older band in place.
                div #page .page {
                    (band(chrome, marking, Edge::Top))
                    (header(chrome))
                    main #main .main tabindex="-1" {
                        (flashes(chrome))
                        (body)
                    }
                    (footer(chrome))
                    (band(chrome, marking, Edge::Bottom))
                }
                @if chrome.user.is_some() { (keys_dialog(chrome)) }
            }
        }
    }
}

fn header(chrome: &Chrome<'_>) -> Markup {
    let country = chrome.word("country", &chrome.node.country);
    html! {
        header .head {
            div .head__row {
                div .brand {
                    (PreEscaped(ICON))
                    div .brand__words {
                        span .brand__node { (chrome.node.name) }
                        span .brand__product {
                            (country) " · Enlace"
                        }
                    }
                }
                @if searches(chrome) { (quick_search(chrome)) }
                div .head__side {
                    @if let Some(user) = &chrome.user { (who(chrome, user)) }
                    (language_link(chrome))
                    @if chrome.user.is_some() {
                        form method="post" action=(href::LOGOUT) {
                            (csrf(chrome))
                            button .link-button type="submit" { (chrome.t("sign-out")) }
                        }
                    }
                }
            }
            @if !chrome.places.is_empty() { (menu(chrome)) }
        }
    }
}

/// Whether the header holds the search box: everywhere but on the search page, which has its own.
fn searches(chrome: &Chrome<'_>) -> bool {
    chrome.places.contains(&Place::Search) && chrome.here != Some(Place::Search)
}

fn quick_search(chrome: &Chrome<'_>) -> Markup {
    html! {
        form .quick role="search" method="get" action=(href::SEARCH) {
            label .hidden for="quick" { (chrome.t("search-box-label")) }
            input #quick .input type="search" name="q" autocomplete="off" spellcheck="false"
                placeholder=(chrome.t("search-box-hint")) data-focus-search aria-keyshortcuts="/";
            button .button .button--quiet type="submit" { (chrome.t("search-button")) }
        }
    }
}

fn who(chrome: &Chrome<'_>, user: &User) -> Markup {
    html! {
        div .who {
            span .hidden { (chrome.t("signed-in-as")) }
            span .who__account { (user.account) }
            span .who__role { (chrome.word("role", &user.role)) }
        }
    }
}

fn language_link(chrome: &Chrome<'_>) -> Markup {
    let other = chrome.lang.other();
    // Each language names itself in itself.
    let name = match other {
        Lang::En => "English",
        Lang::Es => "Español",
    };
    html! {
        a .language href=(chrome.language_href) lang=(other) hreflang=(other) { (name) }
    }
}

fn menu(chrome: &Chrome<'_>) -> Markup {
    html! {
        nav .menu aria-label=(chrome.t("menu-label")) {
            ul {
                @for place in &chrome.places {
                    li {
                        a href=(place.href()) data-go=(place.letter())
                            aria-keyshortcuts={ "g " (place.letter()) }
                            aria-current=[(chrome.here == Some(*place)).then_some("page")] {
                            (chrome.t(place.key()))
                        }
                    }
                }
            }
        }
    }
}

fn flashes(chrome: &Chrome<'_>) -> Markup {
    html! {
        @for flash in &chrome.flashes { (notice(chrome, flash.tone, &flash.text)) }
    }
}

/// A message with its tone in words.
pub(crate) fn notice(chrome: &Chrome<'_>, tone: Tone, text: &str) -> Markup {
    let (class, word, role) = match tone {
        Tone::Done => ("notice notice--done", "tone-done", "status"),
        Tone::Note => ("notice notice--note", "tone-note", "status"),
        Tone::Fault => ("notice notice--fault", "tone-fault", "alert"),
    };
    html! {
        div class=(class) role=(role) {
            strong .notice__word { (chrome.t(word)) }
            span { (text) }
        }
    }
}

fn footer(chrome: &Chrome<'_>) -> Markup {
    html! {
        footer .foot {
            span { "Enlace " (env!("CARGO_PKG_VERSION")) }
            span { (chrome.t("footer-logged")) }
            @if chrome.user.is_some() {
                span .foot__keys { kbd { "?" } " " (chrome.t("keys-title")) }
            }
        }
    }
}

fn keys_dialog(chrome: &Chrome<'_>) -> Markup {
    html! {
        dialog #keys .dialog aria-labelledby="keys-title" {
            h2 #keys-title { (chrome.t("keys-title")) }
            dl .keys {
                div { dt { kbd { "/" } } dd { (chrome.t("keys-search")) } }
                @for place in &chrome.places {
                    div {
                        dt { kbd { "g" } " " kbd { (place.letter()) } }
                        dd { (chrome.t(place.key())) }
                    }
                }
                div { dt { kbd { "?" } } dd { (chrome.t("keys-this")) } }
                div { dt { kbd { "Esc" } } dd { (chrome.t("keys-close")) } }
            }
            // WCAG 2.1.4: single-character keys can be switched off.
            label .check {
                input #keys-on type="checkbox" checked;
                " " (chrome.t("keys-on"))
            }
            form method="dialog" {
                button .button type="submit" { (chrome.t("keys-close-button")) }
            }
        }
    }
}

/// The hidden field that every form carries.
pub(crate) fn csrf(chrome: &Chrome<'_>) -> Markup {
    html! { input type="hidden" name="csrf" value=(chrome.csrf); }
}
