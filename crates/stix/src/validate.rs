//! Findings against the STIX 2.1 standard: MUST and SHOULD, with section, path, found, expected.
//!
//! Everything is driven by tables: the types with their properties and data types, the [`RULES`]
//! with code, level and section. [`object`] judges one object by itself, [`Across`] those of a file
//! beside each other (does a reference lead anywhere, do two versions contradict).
//!
//! ```
//! use enlace_stix::{Object, validate};
//! let raw = r#"{"type":"identity","spec_version":"2.1",
//!   "id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","name":"Elena Paz",
//!   "created":"2026-03-01T10:00:00.000Z","modified":"2026-02-01T10:00:00.000Z"}"#;
//! let findings = validate::object(&Object::parse(raw)?);
//! assert_eq!(findings[0].rule, "stix.timestamp.order");
//! assert_eq!(findings[0].path, "modified");
//! # Ok::<(), enlace_stix::ParseError>(())
//! ```

mod across;
mod advice;
mod bundle;
mod charset;
mod common;
mod container;
mod custom;
mod definitions;
mod domain;
mod duplicate;
mod extensions;
mod external;
mod ids;
mod internet;
mod kinds;
mod language;
mod markings;
mod meaning;
mod meta;
mod observable;
mod own;
mod predefined;
mod properties;
mod registries;
mod relationship;
mod report;
mod resolve;
mod rules;
mod sco;
mod sdo;
pub mod shape;
mod syntax;
mod text;
mod values;
mod vocabulary;

pub use across::Across;
pub use advice::advice;
pub use bundle::bundle;
pub(crate) use own::identifiers;
pub use rules::{RULES, Rule};
pub(crate) use sco::PROCESS_ANY;

use crate::types::Registry;
use crate::{Object, ParseError};
use report::{Path, Report};
use resolve::Resolved;

/// How strongly the standard speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Breaking it makes the object no valid STIX: the object is rejected.
    Must,
    /// Advice of the standard: a warning.
    Should,
}

/// One deviation from the standard.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// MUST or SHOULD.
    pub level: Level,
    /// Stable code: `stix.timestamp.not-utc`.
    pub rule: &'static str,
    /// Property path as a selector; empty for the whole object.
    pub path: String,
    /// Section of STIX 2.1: `3.2`.
    pub section: &'static str,
    /// What stands there, shortened.
    pub found: String,
    /// What the standard wants.
    pub expected: String,
}

/// Checks one object by itself. Empty = nothing to say.
///
/// At most 1,000 findings are returned; an object that breaks one MUST is to be rejected.
pub fn object(object: &Object) -> Vec<Finding> {
    findings(object, judge(object))
}

/// The same, with what the extension definitions in `registry` say of the extensions that the
/// object carries and that this crate does not know: that an extension is of a kind its definition
/// names, that a top-level property is one that its definition lists.
pub fn object_with(object: &Object, registry: &Registry) -> Vec<Finding> {
    let mut report = judge(object);
    definitions::check(object, registry, &mut report);
    findings(object, report)
}

/// The one way from a report on an object to its findings: no secret of the object goes along.
fn findings(object: &Object, report: Report) -> Vec<Finding> {
    own::hide(object, report.into_findings())
}

fn judge(object: &Object) -> Report {
    let resolved = Resolved::of(object);
    let mut report = Report::new(resolved.section());
    ids::check(object, &resolved, &mut report);
    properties::check(object, &resolved, &mut report);
    extensions::check(object, &mut report);
    markings::check(object, &resolved, &mut report);
    external::check(object, &mut report);
    meta::check(object, &mut report);
    meaning::check(object, &resolved, &mut report);
    if resolved.known.is_none() {
        own::check_by_name(object, &mut report);
    }
    own::security_code(object, &mut report);
    report
}

/// The finding for a text that cannot be read as an object at all.
pub fn unreadable(error: &ParseError) -> Finding {
    let code = error.rule();
    let rule = RULES.iter().find(|r| r.code == code).copied().unwrap_or(rules::NOT_JSON);
    let mut report = Report::new(rule.section);
    report.add(rule, &Path::Root, error.to_string().as_str());
    let path = error.path().to_owned();
    let blank = || Finding {
        level: rule.level,
        rule: rule.code,
        path: String::new(),
        section: rule.section,
        found: String::new(),
        expected: rule.sentence.to_owned(),
    };
    Finding { path, ..report.into_findings().pop().unwrap_or_else(blank) }
}

/// Names of the properties of one of our types or extensions (`types::EXTENSIONS`), without the
/// common ones; empty for a name that is not ours.
pub fn own_properties(name: &str) -> Vec<&'static str> {
    own::property_names(name).collect()
}
