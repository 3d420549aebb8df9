//! Standing rules: when a person has to decide on what they select.

use enlace_policy::{Mask, Policy, StandingRule, Terms};

use crate::model;

fn rule(kind: &str, path: &str) -> StandingRule {
    StandingRule {
        clause: "5.7".into(),
        name: "all".into(),
        kind: kind.into(),
        has: [(path.to_owned(), vec!["x".to_owned()])].into(),
        purpose: "firearms-tracing".into(),
    }
}

fn kept(policy: &Policy, rule: &StandingRule) -> bool {
    rule.has.keys().all(|path| *policy.mask(&rule.kind, path).0 == Mask::Keep)
}

#[test]
fn a_rule_that_reads_what_it_does_not_release_whole_needs_a_person() {
    let none: fn(&mut Terms) = |_| {};
    let unnamed: fn(&mut Terms) = |terms| terms.identifiers.allowed.clear();
    let dropped: fn(&mut Terms) = |terms| {
        let fields = terms.fields.get_mut("identity").unwrap();
        fields.drop = vec!["person.names.used_from".into()];
    };
    for (edit, kind, path, leaves) in [
        (none, "firearm", "model", true),
        (none, "firearm", "other_marks", false),
        (none, "firearm", "serial", true),
        (none, "identity", "person.nationalities", true),
        (none, "identity", "person.names.full", true),
        (none, "identity", "person.birth_date", false),
        (none, "identity", "person.subject_categories", false),
        (none, "report", "x_desk", false),
        (none, "sighting", "first_seen", false),
        (unnamed, "firearm", "serial", false),
        (unnamed, "firearm", "model", true),
        (dropped, "identity", "person.names", false),
        (dropped, "identity", "person.names.full", true),
        (dropped, "identity", "person.names.used_from", false),
    ] {
        let policy = model::under(edit);
        let rule = rule(kind, path);
        let terms = policy.terms();
        assert_eq!(rule.reads_only_what_leaves(terms), leaves, "{kind} {path}");
        assert_eq!(rule.unreleased(terms).concat(), if leaves { "" } else { path });
        assert_eq!(kept(&policy, &rule), leaves, "the mask table says the same: {kind} {path}");
    }
    let every = StandingRule { has: Default::default(), ..rule("firearm", "model") };
    assert!(every.reads_only_what_leaves(model::policy().terms()), "the type leaves anyway");
}
