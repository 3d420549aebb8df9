//! The rules of a danger-to-life release: a permit of its own, and what no danger passes.

use super::{Rule, always_there, configured, forbid, one_of, permit, units};
use crate::{Agreement, PrivateRules};

/// Private rules that stand beside a danger to life too. The others are handling codes: tlp-red,
/// unmarked, third-agency, subject-unstated, releasable-to, marking-purpose. What nobody can read
/// (unknown markings, conditions) may be what protects a source, so it stays.
const KEPT: &[&str] = &[
    "private.source-identity",
    "private.held-back",
    "private.unknown-marking",
    "private.conditions",
    "private.retention-over",
    "private.review-overdue",
    "private.revoked",
];

/// Every rule, the permit first: the built-in terms for one key, and this node's own rules.
pub(crate) fn rules(terms: &Agreement, partner: &str, private: &PrivateRules) -> Vec<Rule> {
    let of = terms.terms();
    let kinds = one_of(&of.types.allowed, "resource.kind");
    let purpose = one_of(&of.purposes.allowed, "context.purpose");
    let restriction = |name: &str, clause: &str, code, unless: &str| {
        forbid(format!("agreement.{name}"), clause.to_owned(), code, "", unless)
    };
    let key = units(&[partner.to_owned()]);
    let mut rules = vec![
        permit(&of.types.clause, &kinds),
        restriction("purpose", &of.purposes.clause, "clause-purpose", &purpose),
        restriction("recipient", &of.recipients.clause, "clause-recipient", &key),
        restriction("type", &of.types.clause, "clause-type", &kinds),
    ];
    rules.extend(always_there().into_iter().filter(|rule| KEPT.contains(&rule.id.as_str())));
    rules.extend(private.forbid.iter().map(configured));
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule that is renamed would silently be passed.
    #[test]
    fn every_kept_rule_is_one_that_stands_beside_agreements() {
        let there: Vec<String> = always_there().into_iter().map(|rule| rule.id).collect();
        for kept in KEPT {
            assert!(there.iter().any(|id| id == kept), "{kept}");
        }
    }
}
