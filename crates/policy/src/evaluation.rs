//! How well something is sourced, and how old it is, as far as an agreement asks.
//!
//! Grades are compared inside their own scheme only and never turned into another. What means
//! *cannot be judged* (F, X, 6 and their like) is below every floor.

use std::sync::LazyLock;

use enlace_stix::{Object, types};
use serde_json::Value;

static EVALUATION: LazyLock<String> = LazyLock::new(|| types::definition_id("evaluation"));

/// The grades of an object, as given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Evaluation {
    /// `admiralty`, `4x4`, `3x5x2`, `5x5x5`; [`Evaluation::UNREADABLE`] where it cannot be read.
    pub scheme: String,
    /// Grade of the source.
    pub source: String,
    /// Grade of the information.
    pub information: String,
    /// Whether it is about the whole object; else the rest of the object is unevaluated.
    pub whole: bool,
}

/// One scheme: its grades that say something, best first. Any other grade is unknown.
struct Scheme {
    name: &'static str,
    source: &'static [&'static str],
    information: &'static [&'static str],
}

const SCHEMES: &[Scheme] = &[
    // NATO STANAG 2511: F and 6, cannot be judged.
    Scheme {
        name: "admiralty",
        source: &["A", "B", "C", "D", "E"],
        information: &["1", "2", "3", "4", "5"],
    },
    // Europol: X, cannot be assessed.
    Scheme { name: "4x4", source: &["A", "B", "C"], information: &["1", "2", "3", "4"] },
    // UK: D, not known. E, suspected to be false, would be below it.
    Scheme { name: "3x5x2", source: &["1", "2", "3"], information: &["A", "B", "C"] },
    // UK before 2016: E, untested source; 4, cannot be judged. 5, suspected to be false.
    Scheme { name: "5x5x5", source: &["A", "B", "C", "D"], information: &["1", "2", "3"] },
];

/// The grades that are at a floor or above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AtLeast {
    pub(crate) source: &'static [&'static str],
    pub(crate) information: &'static [&'static str],
}

/// Names of the schemes.
pub(crate) fn schemes() -> Vec<&'static str> {
    SCHEMES.iter().map(|scheme| scheme.name).collect()
}

/// What a floor may be, in words.
pub(crate) fn allowed(scheme: &str) -> Option<String> {
    let scheme = SCHEMES.iter().find(|s| s.name == scheme)?;
    let (source, information) = (scheme.source.join(", "), scheme.information.join(", "));
    Some(format!(
        "a grade of source ({source}) and one of information ({information}), together as in \
         `{}{}`",
        scheme.source.last()?,
        scheme.information.last()?
    ))
}

/// The grades that a floor such as `C3` lets pass; `None` where it is no floor of this scheme.
pub(crate) fn at_least(scheme: &str, floor: &str) -> Option<AtLeast> {
    let scheme = SCHEMES.iter().find(|s| s.name == scheme)?;
    let (source, information) = floor.split_at_checked(1)?;
    let upto = |grades: &'static [&'static str], lowest: &str| {
        let end = grades.iter().position(|grade| *grade == lowest)?;
        grades.get(..=end)
    };
    Some(AtLeast {
        source: upto(scheme.source, source)?,
        information: upto(scheme.information, information)?,
    })
}

impl Evaluation {
    /// Scheme of an evaluation that cannot be read; no floor names it.
    pub const UNREADABLE: &str = "unreadable";

    /// The evaluation that an object carries in our extension.
    pub fn of(object: &Object) -> Option<Self> {
        // Of another form than an object it is one that cannot be read.
        let body = object.get("extensions")?.get(EVALUATION.as_str())?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let read = || {
            let scheme = text("scheme").filter(|s| schemes().contains(&s.as_str()))?;
            let (source, information) = (text("source_grade")?, text("information_grade")?);
            Some(Self { scheme, source, information, whole: body.get("paths").is_none() })
        };
        let unreadable = || Self {
            scheme: Self::UNREADABLE.to_owned(),
            source: String::new(),
            information: String::new(),
            whole: true,
        };
        Some(read().unwrap_or_else(unreadable))
    }
}

/// Whole days since an object was last true: the earliest of `last_seen`, `last_observed` and
/// `modified` (else `created`); a time to come is no day ago. `None` where it states none, as
/// observables do not.
///
/// An edit does not make old news young, so the earliest counts.
pub fn age_days(object: &Object, now_us: i64) -> Option<u32> {
    const DAY_US: i64 = 86_400_000_000;
    let written = object.time("modified").or_else(|| object.time("created"));
    let seen = ["last_seen", "last_observed"].into_iter().filter_map(|name| object.time(name));
    let earliest = written.into_iter().chain(seen).map(|time| time.micros()).min()?;
    let days = now_us.saturating_sub(earliest).max(0) / DAY_US;
    Some(u32::try_from(days).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_lets_its_own_grades_and_better_ones_pass_and_nothing_unknown() {
        let passes = |scheme: &str, floor: &str| {
            at_least(scheme, floor).map(|a| (a.source.concat(), a.information.concat()))
        };
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(passes("admiralty", "C3"), pair("ABC", "123"));
        assert_eq!(passes("4x4", "B2"), pair("AB", "12"));
        assert_eq!(passes("3x5x2", "2C"), pair("12", "ABC"));
        assert_eq!(passes("5x5x5", "D3"), pair("ABCD", "123"));
        for unknown in ["F3", "C6", "X1", "c3", "C", "3", "", "C3 ", "é1", "C10"] {
            assert_eq!(passes("admiralty", unknown), None, "{unknown}");
        }
        for (scheme, unknown) in [("4x4", "X4"), ("3x5x2", "1D"), ("5x5x5", "E1"), ("5x5x5", "A4")]
        {
            assert_eq!(passes(scheme, unknown), None, "{scheme} {unknown}");
        }
        assert_eq!(passes("other", "A1"), None);
    }
}
