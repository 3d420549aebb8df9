//! Where agreements stand, whatever the order in which things are heard.

use enlace_policy::{
    Agreement, AgreementState, Amends, Said, Statement, ToReleased, Version, places, suspending,
};
use enlace_stix::{Object, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::{self, EC, NOW, US};

const NL: &str = "3333333333333333333333333333333333333333333333333333333333333333";
const DAY: i64 = 86_400_000_000;

fn three_parties() -> Vec<enlace_policy::Party> {
    let mut parties = model::parties();
    let mut third = parties[1].clone();
    third.key_id = NL.to_owned();
    third.name = "Landelijk Koppelpunt".to_owned();
    third.country = "NL".to_owned();
    third.identity_ref = "identity--33333333-3333-4333-8333-333333333333".to_owned();
    parties.push(third);
    parties
}

/// Version `number` of one lineage, made `days` after the first, valid from then on.
fn version(number: u128, days: i64, amends: Option<ToReleased>, three: bool) -> Agreement {
    let mut draft = model::draft();
    if three {
        draft.parties = three_parties();
    }
    draft.amends = amends.map(|released| Amends { released });
    draft.valid_from = Timestamp::from_micros(NOW + days * DAY);
    let by = draft.parties[0].identity_ref.parse().unwrap();
    let id = uuid::Uuid::from_u128(number << 80 | 4 << 76 | 8 << 60);
    let made = Timestamp::from_micros(NOW + days * DAY);
    let object = Agreement::to_object(&draft, id, uuid::Uuid::from_u128(9), &made, &by).unwrap();
    Agreement::from_object(&object).unwrap()
}

fn keys(agreement: &Agreement) -> Vec<String> {
    agreement.draft.parties.iter().map(|p| p.key_id.clone()).collect()
}

fn said(by: &str, said: Said, minute: i64, number: u32) -> Statement {
    Statement {
        by: by.to_owned(),
        said,
        made: Timestamp::from_micros(NOW + minute * 60_000_000).to_millis(),
        effective_us: None,
        id: format!("agreement-state--{number}"),
        note: None,
    }
}

fn one(agreement: &Agreement, statements: &[Statement], now: i64) -> AgreementState {
    let signed = keys(agreement);
    let all = [Version { agreement, signed: &signed, statements }];
    places(&all, now).remove(0).state
}

fn suspended(by: &[&str]) -> AgreementState {
    AgreementState::Suspended { by: by.iter().map(|k| (*k).to_owned()).collect() }
}

#[test]
fn who_suspended_resumes_and_nobody_else_can() {
    let agreement = version(1, 0, None, true);
    let at = |all: &[Statement]| one(&agreement, all, NOW + DAY);
    let stop = said(EC, Said::Suspended, 1, 1);
    assert_eq!(at(std::slice::from_ref(&stop)), suspended(&[EC]));
    let others = [stop.clone(), said(US, Said::Resumed, 2, 2), said(NL, Said::Resumed, 2, 3)];
    assert_eq!(at(&others), suspended(&[EC]));
    let both = [stop.clone(), said(NL, Said::Suspended, 1, 2), said(EC, Said::Resumed, 2, 3)];
    assert_eq!(at(&both), suspended(&[NL]));
    let again = [said(EC, Said::Resumed, 2, 2), stop.clone()];
    assert_eq!(at(&again), AgreementState::Active);
    // Said in one instant, the stop counts.
    assert_eq!(at(&[stop, said(EC, Said::Resumed, 1, 9)]), suspended(&[EC]));
}

#[test]
fn terminated_is_final_and_a_coming_end_comes() {
    let agreement = version(1, 0, None, false);
    let mut end = said(US, Said::Terminated, 1, 1);
    let resumed = said(US, Said::Resumed, 5, 2);
    let at = |all: &[Statement], now| one(&agreement, all, now);
    assert_eq!(at(&[end.clone(), resumed.clone()], NOW + DAY), AgreementState::Terminated);
    end.effective_us = Some(NOW + DAY);
    let all = [end, resumed];
    assert_eq!(at(&all, NOW + DAY - 1), AgreementState::Active);
    assert_eq!(at(&all, NOW + DAY), AgreementState::Terminated);
    let mut stop = said(EC, Said::Suspended, 1, 1);
    stop.effective_us = Some(NOW + DAY);
    assert_eq!(at(std::slice::from_ref(&stop), NOW + DAY - 1), AgreementState::Active);
    assert_eq!(at(std::slice::from_ref(&stop), NOW + DAY), suspended(&[EC]));
    assert!(suspending(&[stop], NOW).is_empty());
}

#[test]
fn a_version_is_replaced_from_the_first_day_of_the_next_one_and_does_not_come_back() {
    let (first, mut next) = (version(1, 0, None, false), version(2, 10, None, false));
    let until = NOW + 20 * DAY;
    next.draft.valid_until = Timestamp::from_micros(until);
    let of = |next: &Agreement, signed: &[String], now: i64| {
        let all = keys(&first);
        let versions = [
            Version { agreement: &first, signed: &all, statements: &[] },
            Version { agreement: next, signed, statements: &[] },
        ];
        let found = places(&versions, now);
        (found[0].state.clone(), found[0].governed_by, found[0].released, found[1].state.clone())
    };
    let signed = keys(&next);
    let active = AgreementState::Active;
    // Of one lineage, but no amendment: it stands beside.
    assert_eq!(of(&next, &signed, NOW + 11 * DAY), (active.clone(), 0, None, active.clone()));
    next.draft.amends = Some(Amends { released: ToReleased::Narrow });
    let waits = AgreementState::NotYetValid;
    assert_eq!(of(&next, &signed, NOW + 10 * DAY - 1), (active.clone(), 0, None, waits));
    let replaced = AgreementState::Replaced { by: next.id.to_string() };
    let narrow = Some(ToReleased::Narrow);
    assert_eq!(of(&next, &signed, NOW + 10 * DAY), (replaced.clone(), 1, narrow, active.clone()));
    assert_eq!(of(&next, &signed, until), (replaced, 1, narrow, AgreementState::Expired));
    let missing = AgreementState::AwaitingSignatures { missing: vec![US.to_owned()] };
    assert_eq!(of(&next, &signed[..1], NOW + 11 * DAY), (active, 0, None, missing));
}

#[test]
fn nobody_is_amended_without_its_signature() {
    // Two of three parties sign an amendment among themselves.
    let first = version(1, 0, None, true);
    let next = version(2, 10, Some(ToReleased::Recall), false);
    let (three, two) = (keys(&first), keys(&next));
    let versions = [
        Version { agreement: &first, signed: &three, statements: &[] },
        Version { agreement: &next, signed: &two, statements: &[] },
    ];
    let found = places(&versions, NOW + 11 * DAY);
    assert_eq!(found[0].state, AgreementState::Active);
    assert_eq!((found[0].governed_by, found[0].released), (0, None));
}

#[test]
fn the_strictest_amendment_since_a_release_decides_on_it() {
    let all = [
        version(1, 0, None, false),
        version(2, 1, Some(ToReleased::Recall), false),
        version(3, 2, Some(ToReleased::Keep), false),
    ];
    let signed = keys(&all[0]);
    let versions: Vec<Version<'_>> =
        all.iter().map(|a| Version { agreement: a, signed: &signed, statements: &[] }).collect();
    let found = places(&versions, NOW + 3 * DAY);
    let effects: Vec<_> = found.iter().map(|p| (p.governed_by, p.released)).collect();
    assert_eq!(
        effects,
        [(2, Some(ToReleased::Recall)), (2, Some(ToReleased::Keep)), (2, None)],
        "an end of everything before is not undone by a later version that keeps"
    );
}

/// The object of a statement by EC about the model agreement.
fn object(agreement: &Agreement, changes: Value) -> Object {
    let definition = enlace_stix::types::definition_id("agreement-state");
    let mut object = json!({
        "type": "agreement-state",
        "spec_version": "2.1",
        "id": "agreement-state--7e5d4c3b-2a19-4087-9f6e-5d4c3b2a1967",
        "created": "2026-06-01T10:00:00.000Z",
        "modified": "2026-06-01T10:00:00.000Z",
        "created_by_ref": agreement.draft.parties[0].identity_ref,
        "extensions": { definition: { "extension_type": "new-sdo" } },
        "agreement_ref": agreement.id.as_str(),
        "agreement_modified": agreement.modified.as_str(),
        "state": "resumed",
    });
    object.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    Object::parse(&object.to_string()).unwrap()
}

#[test]
fn a_statement_counts_for_its_party_about_its_version_alone() {
    let agreement = version(1, 0, None, false);
    let read = |by: &str, changes: Value| {
        Statement::from_object(&object(&agreement, changes), &agreement, by)
    };
    let said = |changes: Value| read(EC, changes).map(|s| s.said);
    assert_eq!(said(json!({})), Some(Said::Resumed));
    assert_eq!(read(US, json!({})), None, "the key of another party");
    assert_eq!(read(NL, json!({})), None, "no party");
    let other = "agreement--2b9e6d4c-1f7a-4c58-9d3e-6a5b8c7f0e33";
    assert_eq!(said(json!({ "agreement_ref": other })), None, "another agreement");
    let modified = "2026-01-02T00:00:00.000Z";
    assert_eq!(said(json!({ "agreement_modified": modified })), None, "another version");
    let us = &agreement.draft.parties[1].identity_ref;
    assert_eq!(said(json!({ "created_by_ref": us })), None, "in the name of another party");
    assert_eq!(said(json!({ "state": "paused" })), None, "nothing that is understood");
    // A newer program may say more than this one understands.
    assert_eq!(said(json!({ "only": ["firearm"] })), None, "resumed, but for what?");
    assert_eq!(said(json!({ "effective": "soon" })), None, "resumed, but when?");
    let stop = |changes: Value| {
        let mut all = json!({ "state": "suspended" });
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        read(EC, all).map(|s| (s.said, s.effective_us))
    };
    assert_eq!(stop(json!({ "only": ["firearm"] })), Some((Said::Suspended, None)));
    assert_eq!(stop(json!({ "effective": "soon" })), Some((Said::Suspended, None)));
    assert_eq!(stop(json!({ "revoked": true })), Some((Said::Suspended, None)));
}

/// What can happen to a lineage of three versions among three parties.
fn statements() -> impl Strategy<Value = Vec<(usize, Statement)>> {
    let who = prop::sample::select(vec![EC, US, NL, "nobody"]);
    let what = prop::sample::select(vec![Said::Suspended, Said::Resumed, Said::Terminated]);
    let one = (0_usize..3, who, what, 0_i64..30, prop::option::of(0_i64..60)).prop_map(
        |(version, by, what, minute, effective)| {
            let mut statement = said(by, what, minute, 0);
            statement.effective_us = effective.map(|m| NOW + m * 60_000_000);
            (version, statement)
        },
    );
    prop::collection::vec(one, 0..12).prop_map(|all| {
        let number = |(i, (version, mut s)): (usize, (usize, Statement))| {
            s.id = format!("agreement-state--{i}");
            (version, s)
        };
        all.into_iter().enumerate().map(number).collect()
    })
}

proptest! {
    /// Two nodes that heard the same things in any order, some of them twice, agree.
    #[test]
    fn any_order_and_any_repetition_of_what_was_said_gives_the_same_state(
        heard in statements(),
        signed in prop::collection::vec((0_usize..3, 0_usize..3), 0..12),
        seed in any::<u64>(),
        repeated in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        minute in 0_i64..(4 * 24 * 60),
    ) {
        let all = [
            version(1, 0, None, true),
            version(2, 1, Some(ToReleased::Keep), true),
            version(3, 2, Some(ToReleased::Narrow), true),
        ];
        let now = NOW + minute * 60_000_000;
        let parties = keys(&all[0]);
        let derive = |order: &[usize], heard: &[(usize, Statement)], signed: &[(usize, usize)]| {
            let about: Vec<(Vec<String>, Vec<Statement>)> = (0..3).map(|v| {
                let signers = signed.iter().filter(|(of, _)| *of == v);
                let told = heard.iter().filter(|(of, s)| *of == v && parties.contains(&s.by));
                (signers.map(|(_, p)| parties[*p].clone()).collect(),
                 told.map(|(_, s)| s.clone()).collect())
            }).collect();
            let versions: Vec<Version<'_>> = order.iter().map(|v| Version {
                agreement: &all[*v], signed: &about[*v].0, statements: &about[*v].1,
            }).collect();
            let mut found: Vec<_> = places(&versions, now).into_iter().zip(order).map(|(p, v)| {
                (*v, p.state, order[p.governed_by], p.released)
            }).collect();
            found.sort_by_key(|f| f.0);
            found
        };
        let here = derive(&[0, 1, 2], &heard, &signed);
        let (mut there, mut theirs) = (heard.clone(), signed.clone());
        for index in repeated.iter().filter(|_| !heard.is_empty()) {
            there.push(heard[index.index(heard.len())].clone());
        }
        shuffle(&mut there, seed);
        shuffle(&mut theirs, seed.rotate_left(7));
        let mut order = [0, 1, 2];
        shuffle(&mut order, seed.rotate_left(13));
        prop_assert_eq!(&derive(&order, &there, &theirs), &here);

        // A stop by any party keeps it from being in force, and time does not undo an end.
        for (version, state, _, _) in &here {
            if *state == AgreementState::Active {
                let told: Vec<Statement> =
                    heard.iter().filter(|(v, _)| v == version).map(|(_, s)| s.clone()).collect();
                for party in &parties {
                    let mut more = told.clone();
                    more.push(said(party, Said::Suspended, 1000, 99));
                    let of = Version {
                        agreement: &all[*version], signed: &parties, statements: &more,
                    };
                    prop_assert_ne!(&places(&[of], now)[0].state, &AgreementState::Active);
                }
            }
        }
    }
}

/// Fisher and Yates with a generator of one line: the order need not be good, only different.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for i in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(i, usize::try_from(seed >> 33).unwrap() % (i + 1));
    }
}
