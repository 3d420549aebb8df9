//! Consent: what an originator lets be done with what it released.

use enlace_policy::consent::{
    Asked, Consent, ConsentDecision, ConsentKind, Consented, Covered, NoConsent, PARTIES, decided,
    evidence, onward, other_purpose,
};
use enlace_stix::Object;
use enlace_stix::marking::{Effective, Handling, Onward};
use proptest::prelude::*;
use serde_json::{Value, json};

const ID: &str = "indicator--3a4b5c6d-7e8f-4091-a2b3-c4d5e6f70888";
const OTHER: &str = "indicator--3a4b5c6d-7e8f-4091-a2b3-c4d5e6f70889";
const NL: &str = "b4765e00393a5f8cbc13105b741a4700f5c769c9d87990829fba65e255bfcbe6";
const FIRST: &str = "consent--298ae8d7-f14a-4d5c-ac2b-e54131ed97c5";
const SECOND: &str = "consent--298ae8d7-f14a-4d5c-ac2b-e54131ed97c6";
const NOW: i64 = 1_790_000_000_000_000;

fn paper(id: &str, made: &str, more: Value) -> Consent {
    let mut object = json!({
        "type": "consent", "spec_version": "2.1", "id": id,
        "created": made, "modified": made,
        "created_by_ref": "identity--5f1c7a52-0d0e-4b7a-9b6f-3c1a0f6f2d11",
        "consent_kind": "onward", "decision": "granted", "covered_refs": [ID],
        "recipient_key_ids": [NL], "purposes": ["prosecution"],
        "valid_until": "2027-01-01T00:00:00Z",
    });
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
            value => object[name] = value.clone(),
        }
    }
    Consent::of(&Object::parse(&object.to_string()).unwrap()).unwrap()
}

fn early(more: Value) -> Consent {
    paper(FIRST, "2026-01-01T00:00:00.000Z", more)
}

fn late(more: Value) -> Consent {
    paper(SECOND, "2026-02-01T00:00:00.000Z", more)
}

fn marking() -> Effective {
    Effective {
        onward: Some(Onward::WithConsent),
        onward_recipients: Some(vec![]),
        purposes: Some(vec!["firearms-tracing".to_owned()]),
        ..Effective::default()
    }
}

fn ask(held: &[Consent], marking: &Effective, purpose: &str, classes: &[&str]) -> Consented {
    let names = [NL.to_owned(), "identity--nl".to_owned(), "NL".to_owned()];
    let classes: Vec<String> = classes.iter().map(ToString::to_string).collect();
    let object = Covered { id: ID, kind: "indicator", released_us: NOW - 10, marking };
    let (names, classes) = (&names[..], &classes[..]);
    onward(held, &object, &Asked { names, classes, purpose, proceedings: None, now_us: NOW })
}

fn asked(held: &[Consent]) -> Consented {
    ask(held, &marking(), "prosecution", &[])
}

fn whole(by: &str) -> Consented {
    Consented::Whole { by: Some(by.to_owned()) }
}

#[test]
fn a_grant_covers_its_objects_recipients_purposes_and_time_and_nothing_else() {
    assert_eq!(asked(&[]), Consented::No(NoConsent::Unasked));
    assert_eq!(asked(&[early(json!({}))]), whole(FIRST));
    for (more, why) in [
        (json!({ "covered_refs": [OTHER] }), NoConsent::Unasked),
        (json!({ "recipient_key_ids": null }), NoConsent::Unasked),
        (json!({ "recipient_key_ids": ["0".repeat(64)] }), NoConsent::Unasked),
        (json!({ "recipient_key_ids": null, "recipient_class": "customs" }), NoConsent::Unasked),
        (json!({ "purposes": ["cyber"] }), NoConsent::Unasked),
        (json!({ "consent_kind": "evidence" }), NoConsent::Unasked),
        (json!({ "consent_kind": "other-purpose" }), NoConsent::Unasked),
        (json!({ "valid_until": null }), NoConsent::WithoutEnd),
        (json!({ "valid_until": "2026-03-01T00:00:00Z" }), NoConsent::Expired),
        (json!({ "valid_from": "2026-12-01T00:00:00Z" }), NoConsent::NotYet),
        (json!({ "conditions": ["No copies"] }), NoConsent::Conditions),
        (json!({ "revoked": true }), NoConsent::Unreadable),
        (json!({ "decision": "refused" }), NoConsent::Refused),
    ] {
        assert_eq!(asked(&[early(more.clone())]), Consented::No(why), "{more}");
    }
    let by_identity = json!({ "recipient_key_ids": null, "recipient_class": "customs" });
    let by_class = [early(by_identity)];
    assert_eq!(ask(&by_class, &marking(), "prosecution", &["customs"]), whole(FIRST));
}

#[test]
fn the_end_of_a_consent_is_the_first_instant_at_which_it_no_longer_holds() {
    let until = |us: i64| {
        let held = [Consent { until_us: Some(us), ..early(json!({})) }];
        asked(&held)
    };
    assert_eq!(until(NOW + 1), whole(FIRST));
    assert_eq!(until(NOW), Consented::No(NoConsent::Expired));
}

#[test]
fn the_latest_decision_wins_and_a_stop_ends_what_it_replaces() {
    let no = |more| late(more);
    let granted = early(json!({}));
    let stop = no(json!({ "decision": "withdrawn", "valid_until": null }));
    assert_eq!(asked(&[granted.clone(), stop]), Consented::No(NoConsent::Withdrawn));
    // Later than the refusal: granted all the same.
    let refused = early(json!({ "decision": "refused" }));
    assert_eq!(asked(&[refused, late(json!({}))]), whole(SECOND));
    // By name of the paper alone, whatever else it says.
    let by_name = json!({ "decision": "withdrawn", "covered_refs": [OTHER], "purposes": ["x"],
        "replaces_ref": FIRST });
    assert_eq!(asked(&[granted.clone(), no(by_name)]), Consented::No(NoConsent::Withdrawn));
    // A stop that names no recipient, or a class in words, stops for all.
    let nobody = json!({ "decision": "withdrawn", "recipient_key_ids": null });
    assert_eq!(asked(&[granted.clone(), no(nobody)]), Consented::No(NoConsent::Withdrawn));
    let words = json!({ "decision": "withdrawn", "covered_refs": null,
        "covered_class": { "in_words": "everything of March" } });
    assert_eq!(asked(&[granted.clone(), no(words)]), Consented::No(NoConsent::Withdrawn));
    // One for another recipient does not.
    let other = json!({ "decision": "withdrawn", "recipient_key_ids": ["0".repeat(64)] });
    assert_eq!(asked(&[granted, no(other)]), whole(FIRST));
}

#[test]
fn a_grant_that_another_replaced_is_over_even_if_the_other_covers_less() {
    let other = late(json!({ "covered_refs": [OTHER], "replaces_ref": FIRST }));
    assert_eq!(asked(&[early(json!({})), other]), Consented::No(NoConsent::Withdrawn));
}

#[test]
fn a_class_covers_types_and_times_and_never_what_only_words_bound() {
    let class =
        |class: Value| asked(&[early(json!({ "covered_refs": null, "covered_class": class }))]);
    assert_eq!(class(json!({ "object_types": ["indicator", "report"] })), whole(FIRST));
    for none in [
        json!({ "object_types": ["report"] }),
        json!({ "in_words": "all indicators" }),
        json!({ "object_types": ["indicator"], "in_words": "those of March" }),
        json!({ "object_types": ["indicator"], "case_number": "26-CR-0117" }),
        json!({ "object_types": ["indicator"], "released_until": "2026-02-01T00:00:00Z" }),
        json!({ "object_types": ["indicator"], "released_from": "soon" }),
    ] {
        assert_eq!(class(none.clone()), Consented::No(NoConsent::Unasked), "{none}");
    }
}

#[test]
fn a_redacted_copy_needs_a_consent_that_says_so() {
    let redacted = json!({ "redaction_allowed": true, "originator_named_as": "a partner agency" });
    let named_as = Some("a partner agency".to_owned());
    let by = FIRST.to_owned();
    assert_eq!(asked(&[early(redacted)]), Consented::Redacted { by, named_as });
}

#[test]
fn consent_in_advance_is_that_of_the_agreement_for_its_purpose_and_not_for_h2() {
    let parties = Effective {
        onward_recipients: Some(vec![PARTIES.to_owned(), "customs".to_owned()]),
        ..marking()
    };
    let by_agreement = Consented::Whole { by: None };
    assert_eq!(ask(&[], &parties, "firearms-tracing", &[PARTIES]), by_agreement);
    assert_eq!(ask(&[], &parties, "firearms-tracing", &["customs"]), by_agreement);
    let no = Consented::No(NoConsent::Unasked);
    assert_eq!(ask(&[], &parties, "firearms-tracing", &[]), no, "who is of no class");
    assert_eq!(ask(&[], &parties, "prosecution", &[PARTIES]), no, "another purpose");
    let other = early(json!({ "consent_kind": "other-purpose", "recipient_key_ids": null }));
    assert_eq!(ask(&[other], &parties, "prosecution", &[PARTIES]), by_agreement);
    let h2 = Effective { handling: vec![Handling::H2], ..parties.clone() };
    assert_eq!(ask(&[], &h2, "firearms-tracing", &[PARTIES]), no, "H2");
    assert_eq!(ask(&[early(json!({}))], &h2, "prosecution", &[]), whole(FIRST), "H2 with consent");
    let refused = early(json!({ "decision": "refused", "purposes": ["firearms-tracing"] }));
    let refused = ask(&[refused], &parties, "firearms-tracing", &[PARTIES]);
    assert_eq!(refused, Consented::No(NoConsent::Refused), "an originator may stop it at any time");
    let never = Effective { onward: Some(Onward::Never), ..parties };
    let never = ask(&[early(json!({}))], &never, "prosecution", &[PARTIES]);
    assert_eq!(never, Consented::No(NoConsent::Never));
}

#[test]
fn h1_is_no_evidence_without_a_consent_for_these_proceedings() {
    let court = "Court 3, 0417".to_owned();
    let ask = |held: &[Consent], handling: &[Handling], proceedings: Option<&String>| {
        let marking = &Effective { handling: handling.to_vec(), ..marking() };
        let object = Covered { id: ID, kind: "indicator", released_us: 0, marking };
        let asked =
            Asked { names: &[], classes: &[], purpose: "prosecution", proceedings, now_us: NOW };
        evidence(held, &object, &asked)
    };
    let consent = |more: Value| {
        let mut all = json!({ "consent_kind": "evidence", "recipient_key_ids": null });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        early(all)
    };
    assert_eq!(ask(&[], &[Handling::H0], None), Consented::Whole { by: None });
    assert_eq!(ask(&[], &[Handling::H1], None), Consented::No(NoConsent::Unasked));
    assert_eq!(ask(&[early(json!({}))], &[Handling::H1], None), Consented::No(NoConsent::Unasked));
    assert_eq!(ask(&[consent(json!({}))], &[Handling::H1], Some(&court)), whole(FIRST));
    let bound = [consent(json!({ "proceedings": court }))];
    assert_eq!(ask(&bound, &[Handling::H1], Some(&court)), whole(FIRST));
    assert_eq!(ask(&bound, &[Handling::H1], None), Consented::No(NoConsent::Unasked));
}

#[test]
fn another_purpose_than_that_of_the_release_needs_its_consent() {
    let ask = |held: &[Consent], marking: &Effective, purpose: &str| {
        let object = Covered { id: ID, kind: "indicator", released_us: 0, marking };
        let asked = Asked { names: &[], classes: &[], purpose, proceedings: None, now_us: NOW };
        other_purpose(held, &object, &asked)
    };
    let unasked = Consented::No(NoConsent::Unasked);
    assert_eq!(ask(&[], &marking(), "firearms-tracing"), Consented::Whole { by: None });
    assert_eq!(ask(&[], &marking(), "prosecution"), unasked);
    assert_eq!(ask(&[], &Effective::default(), "prosecution"), unasked, "no purpose stated");
    let other = [early(json!({ "consent_kind": "other-purpose" }))];
    assert_eq!(ask(&other, &marking(), "prosecution"), whole(FIRST));
    assert_eq!(ask(&other, &marking(), "cyber"), unasked);
}

fn any_paper() -> impl Strategy<Value = Consent> {
    let decisions = prop_oneof![
        Just(ConsentDecision::Granted),
        Just(ConsentDecision::Granted),
        Just(ConsentDecision::Refused),
        Just(ConsentDecision::Withdrawn),
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let more = (0..6_u8, 0..3_i64, -2..3_i64, 0..6_u8, prop::option::of(-2..3_i64));
    (decisions, flags, more).prop_map(|(decision, flags, (id, made, until, replaces, from))| {
        let (here, named, purpose, conditional) = flags;
        let name = |n: u8| format!("consent--298ae8d7-f14a-4d5c-ac2b-e54131ed97c{n}");
        Consent {
            id: name(id),
            decision,
            made_us: NOW - made,
            covered: vec![if here { ID } else { OTHER }.to_owned()],
            recipients: if named { vec![NL.to_owned()] } else { vec![] },
            purposes: vec![if purpose { "prosecution" } else { "cyber" }.to_owned()],
            until_us: (until != 2).then_some(NOW + until),
            from_us: from.map(|from| NOW + from),
            replaces: (replaces < 3 && replaces != id).then(|| name(replaces)),
            conditional: conditional && made == 0,
            ..early(json!({}))
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Reference: nothing is allowed that no single valid grant allows, and no stop that speaks of
    /// it is later.
    #[test]
    fn nothing_is_allowed_without_one_valid_grant_that_no_later_stop_ends(
        held in prop::collection::vec(any_paper(), 0..6),
    ) {
        let said = asked(&held);
        if let Consented::Whole { by: Some(by) } = &said {
            let grant = held.iter().filter(|c| c.id == *by && c.decision == ConsentDecision::Granted
                && c.covered == [ID] && c.recipients == [NL] && c.purposes == ["prosecution"]
                && !c.conditional && c.until_us.is_some_and(|until| NOW < until)
                && c.from_us.is_none_or(|from| from <= NOW));
            let latest = grant.map(|c| c.made_us).max();
            prop_assert!(latest.is_some());
            let stop = held.iter().any(|c| c.decision != ConsentDecision::Granted
                && c.covered == [ID] && c.purposes == ["prosecution"] && Some(c.made_us) >= latest);
            prop_assert!(!stop, "{held:?}");
            prop_assert!(!held.iter().any(|c| c.replaces.as_ref() == Some(by) && c.id != *by));
        } else {
            prop_assert!(!said.allows());
        }
    }

    #[test]
    fn the_order_in_which_papers_came_is_no_matter(
        held in prop::collection::vec(any_paper(), 0..6), turn in 0..6_usize,
    ) {
        let mut held = held;
        held.sort_by(|a, b| a.id.cmp(&b.id));
        held.dedup_by(|a, b| a.id == b.id);
        let mut turned = held.clone();
        turned.rotate_left(turn.min(held.len()));
        prop_assert_eq!(asked(&held), asked(&turned));
    }

    #[test]
    fn a_later_withdrawal_of_everything_leaves_nothing(
        held in prop::collection::vec(any_paper(), 0..6),
    ) {
        let mut held = held;
        held.push(Consent {
            id: "consent--298ae8d7-f14a-4d5c-ac2b-e54131ed97cf".to_owned(),
            decision: ConsentDecision::Withdrawn,
            made_us: NOW,
            recipients: vec![],
            ..early(json!({}))
        });
        prop_assert_eq!(asked(&held).allows(), false);
        let marking = marking();
        let object = Covered { id: ID, kind: "indicator", released_us: 0, marking: &marking };
        let asked =
            Asked { names: &[], classes: &[], purpose: "prosecution", proceedings: None, now_us: NOW };
        prop_assert_eq!(decided(&held, ConsentKind::Evidence, &object, &asked).allows(), false);
    }
}
