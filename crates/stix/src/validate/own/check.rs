//! Checks that only the types of schemas need: dates in their order, no security code.

use serde_json::{Map, Value};

use super::Compiled;
use crate::validate::kinds::Order;
use crate::validate::report::{Path, Report};
use crate::validate::{rules, text};
use crate::{Object, Timestamp};

impl Compiled {
    /// What holds between properties, and the properties that a top-level extension adds.
    pub(in crate::validate) fn rest(
        &self,
        object: &Object,
        body: &Map<String, Value>,
        at: &Path<'_>,
        report: &mut Report,
    ) {
        if let Some(added) = self.added() {
            report.presence(added, object.view(), &Path::Root);
            for property in added.properties {
                if let Some(value) = object.get(property.name).filter(|value| !value.is_null()) {
                    report.value(property.kind, value, &Path::Root.member(property.name));
                }
            }
        }
        match self.body() {
            Some(_) => self.order(body, at, report),
            None => self.order(object.view(), &Path::Root, report),
        }
    }

    /// Reports what stands later than what it must not stand later than.
    fn order(&self, members: &Map<String, Value>, at: &Path<'_>, report: &mut Report) {
        for Order { earlier, later, strict } in self.order {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            let (Some(first), Some(second)) = (text(earlier), text(later)) else { continue };
            if !is_in_order(first, second, *strict) {
                let how = if *strict { "later than" } else { "not earlier than" };
                let expected = format!("a date {how} `{earlier}` ({first})");
                report.expect_of_type(rules::TIME_ORDER, &at.member(later), second, expected);
            }
        }
    }
}

/// The security code of a payment card authorises whoever has it: nobody keeps it, so an object
/// with one is refused before it is stored, and the finding does not repeat the code.
pub(in crate::validate) fn security_code(object: &Object, report: &mut Report) {
    if !matches!(object.kind(), "payment-card" | "bank-card") {
        return;
    }
    for name in ["security_code", "cvv"] {
        if object.get(name).is_some() {
            report.add(rules::SECURITY_CODE, &Path::Root.member(name), "a security code");
        }
    }
}

/// Whether two dates, each as exact as it is known, can be in order. What is malformed is reported
/// elsewhere and is in any order.
fn is_in_order(first: &str, second: &str, strict: bool) -> bool {
    if let (Ok(first), Ok(second)) = (first.parse::<Timestamp>(), second.parse::<Timestamp>()) {
        return if strict { first < second } else { first <= second };
    }
    if !(text::is_date(first) && text::is_date(second)) {
        return true;
    }
    // As far as both are known: of a time, the day.
    let known = first.len().min(second.len()).min(10);
    let same_precision = first.len() == second.len();
    match first.get(..known).cmp(&second.get(..known)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Equal => !(strict && same_precision && known == 10),
        std::cmp::Ordering::Greater => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_compared_as_far_as_both_are_known() {
        let cases = [
            ("2024", "2024-03-01", true, true),
            ("2024-03", "2024", true, true),
            ("2024-03-02", "2024-03-01", false, false),
            ("2024-03-01", "2024-03-01", false, true),
            ("2024-03-01", "2024-03-01", true, false),
            ("2025", "2024-12-31", false, false),
            ("2024-03-01T10:00:00Z", "2024-03-01", false, true),
            ("2024-03-01T10:00:00.0Z", "2024-03-01T10:00:00Z", false, true),
            ("2024-03-01T10:00:00.0Z", "2024-03-01T10:00:00Z", true, false),
            ("sometime", "2024", true, true),
        ];
        for (first, second, strict, expected) in cases {
            assert_eq!(is_in_order(first, second, strict), expected, "{first} {second} {strict}");
        }
    }
}
