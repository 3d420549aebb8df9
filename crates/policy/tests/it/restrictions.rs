//! Every term that restricts, alone: what it lets leave, what it keeps, and that it says so.

use enlace_policy::{
    AgeLimit, Ask, Assurances, Documents, Evaluation, EvaluationFloor, Facts, Ground, Otherwise,
    Policy,
};
use enlace_stix::marking::{Effective, Pap};

use crate::model::{self, codes, person, pistol};

/// The verdict on a pistol that this changes.
fn of(policy: &Policy, edit: impl FnOnce(&mut Facts)) -> String {
    let mut facts = pistol();
    edit(&mut facts);
    codes(&policy.decide(&facts, &model::ask()))
}

fn marked(policy: &Policy, edit: impl FnOnce(&mut Effective)) -> String {
    of(policy, |facts| edit(&mut facts.marking))
}

fn texts(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

const LEAVES: &str = "+clause-type-permitted";

#[test]
fn a_unit_without_valid_vetting_gets_nothing() {
    let ask = Ask { vetted: false, ..model::ask() };
    let decision = model::policy().decide(&pistol(), &ask);
    assert_eq!(
        (model::ids(&decision), codes(&decision)),
        ("-2.2".into(), "-clause-vetting".into())
    );
}

#[test]
fn a_derogation_needs_a_reason_in_each_release() {
    let policy = model::under(|terms| terms.transfer.ground = Ground::Derogation);
    let decide = |reasoned| codes(&policy.decide(&pistol(), &Ask { reasoned, ..model::ask() }));
    assert_eq!(decide(true), LEAVES);
    assert_eq!(decide(false), "-clause-transfer");
    for ground in [Ground::Adequacy, Ground::Safeguards] {
        let policy = model::under(|terms| terms.transfer.ground = ground);
        assert_eq!(of(&policy, |_| {}), LEAVES);
    }
}

#[test]
fn a_person_leaves_for_a_purpose_with_assurances_only_for_an_offence_that_they_cover() {
    let policy = model::under(|terms| {
        terms.assurances = Some(Assurances {
            clause: "2.4".into(),
            purposes: texts(&["firearms-tracing"]),
            against: texts(&["death-penalty", "torture"]),
            offences: texts(&["drug-trafficking"]),
        });
    });
    let decide = |facts: &Facts, purpose: &str, offence: Option<&str>| {
        let offence = offence.map(str::to_owned);
        codes(&policy.decide(facts, &Ask { purpose: purpose.into(), offence, ..model::ask() }))
    };
    let suspect = person(&["suspect"]);
    let asked = "firearms-tracing";
    assert_eq!(decide(&suspect, asked, Some("drug-trafficking")), LEAVES);
    assert_eq!(decide(&suspect, asked, Some("murder")), "-clause-assurances");
    assert_eq!(decide(&suspect, asked, Some("")), "-clause-assurances");
    assert_eq!(decide(&suspect, asked, None), "-clause-assurances");
    assert_eq!(decide(&suspect, "money-laundering", None), LEAVES);
    assert_eq!(decide(&pistol(), asked, None), LEAVES, "no person");
    let nobody = model::under(|terms| {
        terms.assurances = Some(Assurances {
            clause: "2.4".into(),
            purposes: texts(&["firearms-tracing"]),
            against: texts(&["torture"]),
            offences: Vec::new(),
        });
    });
    let ask = Ask { offence: Some("drug-trafficking".into()), ..model::ask() };
    assert_eq!(codes(&nobody.decide(&suspect, &ask)), "-clause-assurances");
}

fn evaluated(scheme: &str, grades: &str, whole: bool) -> Option<Evaluation> {
    let (source, information) = grades.split_at(1);
    let (scheme, source, information) = (scheme.into(), source.into(), information.into());
    Some(Evaluation { scheme, source, information, whole })
}

#[test]
fn an_evaluation_below_its_floor_of_another_scheme_or_unknown_stays() {
    let floor = |unevaluated| {
        model::under(move |terms| {
            let floor = [("admiralty", "C3"), ("4x4", "B2")];
            terms.evaluation = Some(EvaluationFloor {
                clause: "3.8".into(),
                unevaluated,
                floor: floor.map(|(s, f)| (s.to_owned(), f.to_owned())).into(),
            });
        })
    };
    let policy = floor(Otherwise::Leaves);
    for (scheme, grades, leaves) in [
        ("admiralty", "A1", true),
        ("admiralty", "C3", true),
        ("admiralty", "D1", false),
        ("admiralty", "A4", false),
        ("admiralty", "F1", false),
        ("admiralty", "A6", false),
        ("4x4", "B2", true),
        ("4x4", "C1", false),
        ("4x4", "X1", false),
        ("3x5x2", "1A", false),
        ("5x5x5", "A1", false),
        (Evaluation::UNREADABLE, "A1", false),
    ] {
        let found = of(&policy, |facts| facts.evaluation = evaluated(scheme, grades, true));
        let expected = if leaves { LEAVES } else { "-clause-evaluation" };
        assert_eq!(found, expected, "{scheme} {grades}");
    }
    assert_eq!(of(&policy, |_| {}), LEAVES, "unevaluated");
    let part = |facts: &mut Facts| facts.evaluation = evaluated("4x4", "A1", false);
    assert_eq!(of(&policy, part), LEAVES);
    let strict = floor(Otherwise::Stays);
    assert_eq!(of(&strict, |_| {}), "-clause-unevaluated");
    assert_eq!(of(&strict, part), "-clause-unevaluated", "the rest of it nobody evaluated");
    assert_eq!(of(&strict, |facts| facts.evaluation = evaluated("4x4", "A1", true)), LEAVES);
    let mut whole = pistol();
    whole.evaluation = evaluated("4x4", "A1", true);
    let marking = &whole.marking;
    assert!(strict.decide_marking(&whole, marking, &model::ask()).permits());
}

#[test]
fn an_empty_floor_lets_nothing_evaluated_leave() {
    let policy = model::under(|terms| {
        if let Some(term) = &mut terms.evaluation {
            term.floor.clear();
        }
    });
    assert_eq!(of(&policy, |_| {}), LEAVES);
    let best = of(&policy, |facts| facts.evaluation = evaluated("admiralty", "A1", true));
    assert_eq!(best, "-clause-evaluation");
}

#[test]
fn what_is_older_than_the_limit_or_states_no_date_stays() {
    let limit = |undated| {
        model::under(move |terms| {
            terms.age = Some(AgeLimit { clause: "3.9".into(), days: 30, undated });
        })
    };
    let policy = limit(Otherwise::Stays);
    for (days, expected) in [
        (Some(0), LEAVES),
        (Some(30), LEAVES),
        (Some(31), "-clause-age"),
        (Some(u32::MAX), "-clause-age"),
        (None, "-clause-undated"),
    ] {
        assert_eq!(of(&policy, |facts| facts.age_days = days), expected, "{days:?}");
        // The same signature on the other side of the limit must not answer from memory.
        assert_eq!(of(&policy, |facts| facts.age_days = days), expected, "again: {days:?}");
    }
    let undated = limit(Otherwise::Leaves);
    assert_eq!(of(&undated, |facts| facts.age_days = None), LEAVES);
    assert_eq!(of(&undated, |facts| facts.age_days = Some(31)), "-clause-age");
    let any = model::under(|terms| terms.age = None);
    assert_eq!(of(&any, |facts| facts.age_days = None), LEAVES);
    assert_eq!(of(&any, |facts| facts.age_days = Some(u32::MAX)), LEAVES);
}

#[test]
fn a_colour_of_actions_that_no_clause_names_stays() {
    let none = model::policy();
    let some = model::under(|terms| terms.handling.pap = vec![Pap::Clear, Pap::Amber]);
    for (pap, leaves) in
        [(Pap::Clear, true), (Pap::Green, false), (Pap::Amber, true), (Pap::Red, false)]
    {
        assert_eq!(marked(&none, |m| m.pap = Some(pap)), "-clause-pap", "{pap:?}");
        let expected = if leaves { LEAVES } else { "-clause-pap" };
        assert_eq!(marked(&some, |m| m.pap = Some(pap)), expected, "{pap:?}");
    }
}

#[test]
fn a_named_caveat_leaves_and_a_source_identity_never() {
    let policy = model::under(|terms| terms.handling.caveats = texts(&["no-press"]));
    assert_eq!(marked(&policy, |m| m.caveats = texts(&["no-press"])), LEAVES);
    let more = marked(&policy, |m| m.caveats = texts(&["no-court", "no-press"]));
    assert_eq!(more, "-clause-caveat");
    let source = marked(&policy, |m| m.caveats = texts(&["no-press", "source-identity"]));
    assert_eq!(source, "-clause-caveat private-source-identity");
}

#[test]
fn documents_leave_as_the_term_says_and_flattened_ones_only_flattened() {
    let verdicts = |leaves| {
        let policy = model::under(|terms| terms.documents.leaves = leaves);
        [(false, false), (true, false), (true, true)].map(|(document, flattened)| {
            of(&policy, |facts| {
                facts.document = document;
                facts.flattened = flattened;
            })
        })
    };
    assert_eq!(verdicts(Documents::None), [LEAVES, "-clause-documents", "-clause-documents"]);
    let flattened = [LEAVES, "-clause-documents-flattened", LEAVES];
    assert_eq!(verdicts(Documents::Flattened), flattened);
    assert_eq!(verdicts(Documents::Originals), [LEAVES; 3]);
}

#[test]
fn words_that_no_rule_can_check_and_days_that_have_come_withhold() {
    let policy = model::policy();
    let conditions = marked(&policy, |m| m.conditions = texts(&["ask first"]));
    assert_eq!(conditions, "-private-conditions");
    // Now is the first instant of 2026-06-01.
    for (until, expected) in [
        ("2026-06-01T00:00:00Z", "-private-retention-over"),
        ("2026-06-01T23:00:00Z", "-private-retention-over"),
        ("2026-06-02T00:00:00Z", LEAVES),
    ] {
        assert_eq!(
            marked(&policy, |m| m.retention_until = until.parse().ok()),
            expected,
            "{until}"
        );
    }
    for (due, expected) in
        [("2026-05-31T00:00:00Z", "-private-review-overdue"), ("2026-06-01T00:00:00Z", LEAVES)]
    {
        assert_eq!(marked(&policy, |m| m.review_due = due.parse().ok()), expected, "{due}");
    }
}

#[test]
fn a_denial_says_what_was_found_and_what_is_allowed_but_nothing_of_the_object() {
    let policy = model::under(|terms| terms.handling.pap = vec![Pap::Clear]);
    let mut facts = person(&["suspect"]);
    facts.marking.pap = Some(Pap::Red);
    facts.evaluation = evaluated("admiralty", "E5", true);
    facts.age_days = Some(9999);
    let decision = policy.decide(&facts, &model::ask());
    let said: Vec<String> = decision
        .clauses()
        .iter()
        .map(|clause| {
            let args = clause.args.iter().map(|(name, value)| format!(" {name}={value}"));
            format!("{} {}{}", clause.id, clause.code, args.collect::<String>())
        })
        .collect();
    assert_eq!(
        said,
        [
            "3.4 clause-pap found=red",
            "3.8 clause-evaluation found=E5 scheme=admiralty",
            "3.9 clause-age days=3650",
        ]
    );
}
