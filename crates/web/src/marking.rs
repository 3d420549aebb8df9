//! What a page says about the data on it: the chip beside each value, the band above and below.
//!
//! A view says which markings it shows by [`Shows`]; the band is their join. Nobody passes the
//! band's colour by hand, so a page cannot be shown without it or with a milder one.

use enlace_stix::marking::{Effective, Handling, Tlp};
use maud::{Markup, html};

use crate::layout::Chrome;

/// The marking of a value, an object or a whole page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marking {
    /// Strictest TLP colour.
    pub tlp: Option<Tlp>,
    /// Handling codes, sorted.
    pub handling: Vec<Handling>,
    /// Caveats, sorted.
    pub caveats: Vec<String>,
    /// Part of the data carries no TLP marking.
    pub unmarked: bool,
    /// Part of the data carries a marking that this version cannot read.
    pub unknown: bool,
}

impl Marking {
    /// The marking where nothing held is shown (sign in, errors, empty lists).
    pub fn nothing() -> Self {
        Self::default()
    }

    /// A TLP colour alone.
    pub fn of(tlp: Tlp) -> Self {
        Self { tlp: Some(tlp), ..Self::default() }
    }

    /// The marking of data that carries none.
    pub fn absent() -> Self {
        Self { unmarked: true, ..Self::default() }
    }

    /// Joins: the strictest colour, every handling code and every caveat.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        self.tlp = self.tlp.max(other.tlp);
        self.handling.extend_from_slice(&other.handling);
        self.handling.sort();
        self.handling.dedup();
        self.caveats.extend_from_slice(&other.caveats);
        self.caveats.sort();
        self.caveats.dedup();
        self.unmarked |= other.unmarked;
        self.unknown |= other.unknown;
        self
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl From<&Effective> for Marking {
    fn from(effective: &Effective) -> Self {
        Self {
            tlp: effective.tlp,
            handling: effective.handling.clone(),
            caveats: effective.caveats.clone(),
            unmarked: effective.tlp.is_none() && effective.unknown.is_empty(),
            unknown: !effective.unknown.is_empty(),
        }
    }
}

impl<'a> FromIterator<&'a Marking> for Marking {
    fn from_iter<I: IntoIterator<Item = &'a Marking>>(markings: I) -> Self {
        markings.into_iter().fold(Self::nothing(), Self::join)
    }
}

/// A view that knows the marking of everything it shows.
pub trait Shows {
    /// The join of the markings of every value on the page.
    fn marking(&self) -> Marking;
}

/// The chips of one value: TLP as FIRST draws it, then handling codes and caveats.
pub fn chips(chrome: &Chrome<'_>, marking: &Marking) -> Markup {
    html! {
        span .chips {
            @if let Some(tlp) = marking.tlp { (tlp_chip(tlp)) }
            @if marking.unmarked { span .chip .chip--bare { (chrome.t("marking-absent")) } }
            @if marking.unknown { span .chip .chip--bare { (chrome.t("marking-unknown")) } }
            @for code in &marking.handling {
                @let name = handling_name(*code);
                abbr .chip .chip--code title=(chrome.word("handling", name)) { (name) }
            }
            @for caveat in &marking.caveats {
                span .chip .chip--code { (chrome.word("caveat", caveat)) }
            }
        }
    }
}

/// The chip of a colour: FIRST's text colour on black, the name always written out.
pub fn tlp_chip(tlp: Tlp) -> Markup {
    let class = match tlp {
        Tlp::Clear => "tlp tlp--clear",
        Tlp::Green => "tlp tlp--green",
        Tlp::Amber | Tlp::AmberStrict => "tlp tlp--amber",
        Tlp::Red => "tlp tlp--red",
    };
    html! { span class=(class) { "TLP:" (tlp.name().to_uppercase()) } }
}

/// Where a band stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    Top,
    Bottom,
}

/// The band above and below every page; both repeat on each printed sheet.
pub(crate) fn band(chrome: &Chrome<'_>, marking: &Marking, edge: Edge) -> Markup {
    let (class, label) = match edge {
        Edge::Top => ("band band--top", "marking-band-top"),
        Edge::Bottom => ("band band--bottom", "marking-band-bottom"),
    };
    html! {
        div class=(class) role="region" aria-label=(chrome.t(label)) {
            @if marking.is_nothing() {
                span .band__words { (chrome.t("marking-nothing")) }
            } @else {
                (chips(chrome, marking))
                span .band__words { (chrome.t("marking-highest")) }
            }
            span .band__words .band__never { (chrome.t("marking-not-for-targeting")) }
        }
    }
}

fn handling_name(code: Handling) -> &'static str {
    match code {
        Handling::H0 => "H0",
        Handling::H1 => "H1",
        Handling::H2 => "H2",
        Handling::H3 => "H3",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_join_takes_the_strictest_colour_and_every_code() {
        let green = Marking { handling: vec![Handling::H2], ..Marking::of(Tlp::Green) };
        let red = Marking { handling: vec![Handling::H0], ..Marking::of(Tlp::Red) };
        let joined: Marking = [&green, &red, &Marking::absent()].into_iter().collect();
        assert_eq!(joined.tlp, Some(Tlp::Red));
        assert_eq!(joined.handling, vec![Handling::H0, Handling::H2]);
        assert!(joined.unmarked);
    }

    #[test]
    fn an_object_without_tlp_is_said_to_be_unmarked() {
        assert!(Marking::from(&Effective::default()).unmarked);
    }
}
