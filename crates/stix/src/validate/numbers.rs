//! Check digits of identifiers: a wrong one is said, never a reason to reject (real ships carry
//! bad IMO numbers).

use super::report::{Path, Report};
use super::rules;
use crate::{Object, identifier};

pub(super) fn check(object: &Object, report: &mut Report) {
    let (name, is_right): (_, fn(&str) -> bool) = match object.kind() {
        "shipping-container" => ("number", identifier::is_container),
        "bank-account" => ("iban", identifier::is_iban),
        "vessel" => ("imo", identifier::is_imo),
        _ => return,
    };
    if let Some(number) = object.text(name).filter(|n| !is_right(n)) {
        let expected = match name {
            "iban" => "an IBAN whose remainder modulo 97 is 1 (ISO 13616)",
            "imo" => "an IMO number with the right last digit",
            _ => "a container number with the right last digit (ISO 6346)",
        };
        report.expect(rules::CHECK_DIGIT, &Path::Root.member(name), number, expected);
    }
}
