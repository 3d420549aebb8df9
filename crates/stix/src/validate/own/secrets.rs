//! Findings are shown, logged and sent: they do not repeat what opens an account.

use crate::Object;
use crate::identifier::{Context, Kind, normalise};
use crate::validate::Finding;

/// What stands in place of a secret.
const HIDDEN: &str = "a value that is not shown";

/// The findings without passwords, keys, security codes and whole card numbers.
pub(in crate::validate) fn hide(object: &Object, mut findings: Vec<Finding>) -> Vec<Finding> {
    let is_card = matches!(object.kind(), "payment-card" | "bank-card");
    for finding in &mut findings {
        if finding.path.split('.').any(is_secret) {
            if !is_harmless(finding) {
                HIDDEN.clone_into(&mut finding.found);
            }
        } else if is_card && is_long_number(&finding.found) {
            finding.found = normalise(Kind::PaymentCard, &finding.found, Context::default()).key;
        }
    }
    findings
}

/// Whether what was found is no value but a word for it: that there is none, its name.
fn is_harmless(finding: &Finding) -> bool {
    let found = finding.found.as_str();
    matches!(found, "nothing" | "a security code") || finding.path.rsplit('.').next() == Some(found)
}

/// Properties that hold a secret, of the standard (§6.1, §6.16) and of payment cards.
fn is_secret(name: &str) -> bool {
    matches!(
        name,
        "credential" | "decryption_key" | "security_code" | "cvv" | "cvc" | "pin" | "pin_code"
    )
}

/// Twelve digits or more and nothing but what stands between digits.
fn is_long_number(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 12
        && !text.bytes().any(|c| c.is_ascii_alphabetic())
}
