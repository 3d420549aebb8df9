//! What a type demands between its properties: chapters 4 to 6 in rooms of their own.

use serde_json::Value;

use super::report::{Path, Report};
use super::resolve::Resolved;
use super::{domain, observable, rules};
use crate::Object;

pub(super) fn check(object: &Object, resolved: &Resolved, report: &mut Report) {
    if resolved.known.is_none() {
        return;
    }
    domain::check(object, report);
    observable::check(object, report);
}

pub(super) fn is_true(object: &Object, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}

/// Reports `name` if it is not there.
pub(super) fn require(object: &Object, name: &'static str, because: &str, report: &mut Report) {
    if object.get(name).is_none() {
        let expected = format!("this property, as {because}");
        report.expect_of_type(
            rules::PROPERTY_MISSING,
            &Path::Root.member(name),
            "nothing",
            expected,
        );
    }
}

/// Reports `second` if both are there.
pub(super) fn exclude(object: &Object, first: &str, second: &str, report: &mut Report) {
    if object.get(first).is_some() && object.get(second).is_some() {
        let expected = format!("no `{second}` beside `{first}`");
        let at = Path::Root.member(second);
        report.expect_of_type(rules::PROPERTY_EXCLUDED, &at, second, expected);
    }
}
