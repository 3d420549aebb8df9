//! Who approves: the rule of the agreement, and what makes it stricter.

use enlace_policy::{Approval, ApprovalTerm, ApprovalWhen, Facts, Terms, approval_of};
use enlace_stix::marking::Tlp;

use crate::model::{self, person, pistol};

fn when(rule: Approval) -> ApprovalWhen {
    ApprovalWhen { types: None, categories: None, tlp: None, purposes: None, documents: None, rule }
}

fn terms(rule: Approval, when: Vec<ApprovalWhen>) -> Terms {
    let clause = "5.3".to_owned();
    Terms { approval: ApprovalTerm { clause, rule, when }, ..model::draft().terms }
}

fn asked(terms: &Terms, set: &[Facts]) -> Approval {
    approval_of(terms, "firearms-tracing", set).0
}

fn list(items: &[&str]) -> Option<Vec<String>> {
    Some(items.iter().map(|item| (*item).to_owned()).collect())
}

#[test]
fn every_condition_of_an_approval_is_met_by_an_object_that_meets_all_of_it() {
    let colour = |tlp| Facts { marking: model::marked(tlp), ..pistol() };
    let unmarked = Facts { marking: Default::default(), ..pistol() };
    let document = Facts { document: true, ..pistol() };
    let eyes = when(Approval::FourEyes);
    let types = ApprovalWhen { types: list(&["firearm"]), ..eyes.clone() };
    let other = ApprovalWhen { types: list(&["report", "note"]), ..eyes.clone() };
    let amber = ApprovalWhen { tlp: Some(Tlp::Amber), ..eyes.clone() };
    let contact = ApprovalWhen { categories: list(&["contact"]), ..eyes.clone() };
    let tracing = ApprovalWhen { purposes: list(&["firearms-tracing"]), ..eyes.clone() };
    let cyber = ApprovalWhen { purposes: list(&["cyber"]), ..eyes.clone() };
    let documents = ApprovalWhen { documents: Some(true), ..eyes.clone() };
    let both = ApprovalWhen { types: list(&["firearm"]), documents: Some(true), ..eyes };
    for (name, condition, facts, met) in [
        ("type", &types, pistol(), true),
        ("other type", &other, pistol(), false),
        ("milder colour", &amber, colour(Tlp::Green), false),
        ("the colour", &amber, colour(Tlp::Amber), true),
        ("stricter colour", &amber, colour(Tlp::AmberStrict), true),
        ("no colour", &amber, unmarked, true),
        ("category", &contact, person(&["contact", "suspect"]), true),
        ("other category", &contact, person(&["suspect"]), false),
        ("no person", &contact, pistol(), false),
        ("purpose", &tracing, pistol(), true),
        ("other purpose", &cyber, pistol(), false),
        ("document", &documents, document.clone(), true),
        ("no document", &documents, pistol(), false),
        ("all of two", &both, document, true),
        ("one of two", &both, pistol(), false),
    ] {
        let terms = terms(Approval::OneOfficer, vec![condition.clone()]);
        let expected = if met { Approval::FourEyes } else { Approval::OneOfficer };
        assert_eq!(asked(&terms, &[facts]), expected, "{name}");
    }
}

#[test]
fn the_strictest_of_the_rule_and_of_every_condition_that_is_met_counts() {
    let of = |rule, kind: &str| ApprovalWhen { types: list(&[kind]), ..when(rule) };
    let one = of(Approval::OneOfficer, "identity");
    let four = of(Approval::FourEyes, "firearm");
    let free = of(Approval::Automatic, "firearm");
    let set = [person(&["suspect"]), pistol()];
    let automatic = |conditions: &[&ApprovalWhen]| {
        terms(Approval::Automatic, conditions.iter().map(|when| (*when).clone()).collect())
    };
    assert_eq!(asked(&automatic(&[]), &set), Approval::Automatic);
    assert_eq!(asked(&automatic(&[&one]), &set), Approval::OneOfficer);
    assert_eq!(asked(&automatic(&[&one]), &set[1..]), Approval::Automatic);
    assert_eq!(asked(&automatic(&[&one, &four]), &set), Approval::FourEyes);
    assert_eq!(asked(&automatic(&[&four, &one]), &set), Approval::FourEyes);
    let strict = terms(Approval::FourEyes, vec![free, one]);
    assert_eq!(asked(&strict, &set), Approval::FourEyes, "a condition never makes it milder");
    let (_, clauses) = approval_of(&automatic(&[&four]), "cyber", &set);
    let said: Vec<String> =
        clauses.iter().map(|c| format!("{} {} {}", c.id, c.code, c.args["rule"])).collect();
    assert_eq!(said, ["5.3 clause-approval automatic", "5.3 clause-approval-when four-eyes"]);
}
