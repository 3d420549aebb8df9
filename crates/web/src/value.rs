//! Values that several pages show alike: objects, partners, sources, clauses, verdicts, times.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, Place};
use crate::marking::{Marking, chips};
use crate::text::instant;

/// An object that the user may see, enough to name and link it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRef {
    /// STIX id.
    pub id: String,
    /// STIX type.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// Its marking.
    pub marking: Marking,
}

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerName {
    /// Name of the unit.
    pub name: String,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
}

/// Where something came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This agency.
    Own,
    /// A partner, who stays its originator.
    Partner(PartnerName),
}

/// The document, row or message that a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLink {
    /// File name, or name of the partner.
    pub label: String,
    /// Row, page, or abbreviated hash.
    pub place: Option<String>,
    /// Page of the source, if it can be opened.
    pub href: Option<String>,
}

/// Where the rule that decided comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClauseOrigin {
    /// A numbered clause of the signed agreement.
    Agreement,
    /// A rule of this node, of which no partner hears.
    Private,
    /// A law of the product: default deny, closure, valid STIX.
    Product,
}

/// The rule that decided, for a sentence in words a lawyer reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Number in the agreement (`4.2`), or name of the rule (`private.source-identity`).
    pub id: String,
    /// Key of the sentence in `locales` (`clause-tlp-max`).
    pub code: String,
    /// Arguments of the sentence. Values of `type`, `category`, `purpose` and `caveat` are put
    /// into words, also in a list with commas.
    pub args: Vec<(String, String)>,
    /// Where the rule comes from.
    pub origin: ClauseOrigin,
}

/// What becomes of an object or a field when it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Goes as it is.
    Kept,
    /// Goes changed.
    Changed,
    /// Stays.
    Withheld,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 3] = [Self::Kept, Self::Changed, Self::Withheld];

    /// `kept`, `changed`, `withheld`, as in the JSON of the dry run.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Changed => "changed",
            Self::Withheld => "withheld",
        }
    }
}

/// How many kept, changed and withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Goes as it is.
    pub kept: usize,
    /// Goes changed.
    pub changed: usize,
    /// Stays.
    pub withheld: usize,
}

impl Tally {
    /// Counts verdicts.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            match verdict {
                Verdict::Kept => tally.kept += 1,
                Verdict::Changed => tally.changed += 1,
                Verdict::Withheld => tally.withheld += 1,
            }
        }
        tally
    }

    /// How many of one verdict.
    pub fn of_verdict(self, which: Verdict) -> usize {
        match which {
            Verdict::Kept => self.kept,
            Verdict::Changed => self.changed,
            Verdict::Withheld => self.withheld,
        }
    }

    /// What goes, changed or not.
    pub fn going(self) -> usize {
        self.kept + self.changed
    }
}

/// A count that may have been cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// As many as this.
    Exactly(u64),
    /// This many were counted and there are more: `10,000+`.
    MoreThan(u64),
}

impl Total {
    pub(crate) fn show(self, chrome: &Chrome<'_>) -> String {
        match self {
            Self::Exactly(count) => chrome.lang.number(count),
            Self::MoreThan(count) => format!("{}+", chrome.lang.number(count)),
        }
    }

    pub(crate) fn count(self) -> u64 {
        match self {
            Self::Exactly(count) | Self::MoreThan(count) => count,
        }
    }
}

/// An instant with its zone.
pub(crate) fn time(at: &Timestamp) -> Markup {
    html! { time datetime=(at.as_str()) { (instant(at)) } }
}

/// The word for a STIX type.
pub(crate) fn kind(chrome: &Chrome<'_>, kind: &str) -> Markup {
    html! { span .kind { (chrome.word("type", kind)) } }
}

/// A link to an object: type, label, marking.
pub(crate) fn object_link(chrome: &Chrome<'_>, object: &ObjectRef) -> Markup {
    html! {
        span .object-link {
            // Who may not see objects (auditors) gets no link that would be refused.
            @if chrome.places.contains(&Place::Search) {
                a href=(href::object(&object.id)) { (object.label) }
            } @else {
                (object.label)
            }
            " " (kind(chrome, &object.kind)) " " (chips(chrome, &object.marking))
        }
    }
}

/// A partner with its country.
pub(crate) fn partner(chrome: &Chrome<'_>, partner: &PartnerName) -> Markup {
    html! {
        span .partner {
            (partner.name) " "
            abbr .country title=(chrome.word("country", &partner.country)) { (partner.country) }
        }
    }
}

/// This agency or the partner.
pub(crate) fn origin(chrome: &Chrome<'_>, from: &Origin) -> Markup {
    match from {
        Origin::Own => html! { span .origin { (chrome.t("origin-own")) } },
        Origin::Partner(name) => partner(chrome, name),
    }
}

/// The source of a value.
pub(crate) fn source(link: &SourceLink) -> Markup {
    html! {
        span .source {
            @match &link.href {
                Some(href) => a href=(href) { (link.label) },
                None => (link.label),
            }
            @if let Some(place) = &link.place { " " span .source__place { (place) } }
        }
    }
}

/// The chip of a verdict, always with its word.
pub(crate) fn verdict(chrome: &Chrome<'_>, verdict: Verdict) -> Markup {
    let (class, sign) = match verdict {
        Verdict::Kept => ("verdict verdict--kept", "="),
        Verdict::Changed => ("verdict verdict--changed", "~"),
        Verdict::Withheld => ("verdict verdict--withheld", "×"),
    };
    html! {
        span class=(class) {
            span .verdict__sign aria-hidden="true" { (sign) }
            (chrome.word("verdict", verdict.name()))
        }
    }
}

/// Clauses in words a lawyer reads; rules of our own, which no partner hears of, say so.
pub(crate) fn clauses(chrome: &Chrome<'_>, list: &[Clause]) -> Markup {
    html! {
        @if !list.is_empty() {
            ul .clauses {
                @for clause in list {
                    li {
                        span title=(clause.id) { (clause_words(chrome, clause)) }
                        @if clause.origin == ClauseOrigin::Private {
                            " " span .clause__own { (chrome.t("clause-own-rule")) }
                        }
                    }
                }
            }
        }
    }
}

fn clause_words(chrome: &Chrome<'_>, clause: &Clause) -> String {
    let args = clause.args.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    crate::clause::words(chrome.texts, chrome.lang, &clause.id, &clause.code, args)
}

/// A long hexadecimal text that breaks anywhere and is copied whole.
pub(crate) fn hash(text: &str) -> Markup {
    html! { code .hash { (text) } }
}
