//! The laws of the join, for every marking that can be written.

use enlace_stix::marking::acs::{self, Action, Asker, Classification};
use enlace_stix::marking::{self, Effective, Tlp, iep};
use enlace_stix::{Object, types};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{OWN, object};

/// One of these, or nothing, or something that cannot be read.
fn code(codes: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        6 => prop::sample::select(codes).prop_map(|code| Some(json!(code))),
        2 => Just(None),
        1 => Just(Some(json!("?"))),
        1 => Just(Some(json!(7))),
    ]
}

/// Some of these, or nothing, or something that cannot be read.
fn codes(codes: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        6 => prop::sample::subsequence(codes, 0..=codes.len()).prop_map(|some| Some(json!(some))),
        4 => Just(None),
        1 => Just(Some(json!(["a", 7]))),
        1 => Just(Some(json!("a"))),
    ]
}

fn body(members: Vec<(&str, Option<Value>)>) -> Value {
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}

const DATES: &[&str] = &["2027", "2027-06-01", "2028-01-01T00:00:00Z", "2028-01-01T00:00:00.0Z"];
const NAMES: &[&str] = &["a", "b", "c"];

fn handling() -> impl Strategy<Value = Value> {
    let lists = (codes(&["H0", "H1", "H2", "H3", "H9"]), codes(NAMES), codes(NAMES), codes(NAMES));
    let days = prop_oneof![Just(None), Just(Some(json!(30))), Just(Some(json!(0)))];
    let more = (codes(NAMES), code(DATES), code(NAMES), days);
    let codes = (
        code(&["clear", "green", "amber", "amber+strict", "red"]),
        code(&["none", "with-consent"]),
        code(&["clear", "green", "amber", "red"]),
        code(DATES),
    );
    (lists, codes, more).prop_map(|(lists, codes, (advance, review, conditions, days))| {
        let ((handling, to, caveats, purposes), (tlp, onward, pap, until)) = (lists, codes);
        let members = vec![
            ("onward_recipients", advance),
            ("review_due", review),
            ("conditions", conditions),
            ("retention_days", days),
            ("tlp", tlp),
            ("handling", handling),
            ("releasable_to", to),
            ("caveats", caveats),
            ("purposes", purposes),
            ("onward", onward),
            ("pap", pap),
            ("retention_until", until),
        ];
        json!({ types::definition_id("handling"): body(members) })
    })
}

fn iep() -> impl Strategy<Value = Value> {
    const NORMS: &[&str] = &["may", "must", "must-not"];
    let norms = (code(NORMS), code(NORMS), code(NORMS), code(NORMS));
    let others = (
        code(&["none", "contact-for-instruction", "externally-visible-direct-actions"]),
        code(&["white", "green", "red"]),
        code(DATES),
        code(DATES),
        code(NAMES),
    );
    (norms, others).prop_map(|((encrypt, notify, name, resale), (act, tlp, start, end, id))| {
        let members = vec![
            ("encrypt_in_transit", encrypt),
            ("affected_party_notifications", notify),
            ("provider_attribution", name),
            ("unmodified_resale", resale),
            ("permitted_actions", act),
            ("tlp", tlp),
            ("start_date", start),
            ("end_date", end),
            ("iep_id", id),
            ("iep_version", Some(json!(2.0))),
        ];
        json!({ iep::DEFINITION: body(members) })
    })
}

const ORGANIZATIONS: &[&str] = &["USA.USG", "USA.DOJ", "USA.DOJ.FBI"];
const EFFECTS: &[&str] = &["permit", "deny"];

fn acs_rule() -> impl Strategy<Value = Value> {
    let scope = (codes(ORGANIZATIONS), codes(&["USA", "MEX"]), codes(&["GOV", "CTR"]));
    let action = code(&["ALL", "DSPLY", "INTEL", "LEGAL"]);
    (scope, action, code(EFFECTS)).prop_map(|((organizations, nations, entity), action, effect)| {
        let scope = body(vec![
            ("permitted_organizations", organizations),
            ("permitted_nationalities", nations),
            ("entity", entity),
        ]);
        let members = vec![
            ("privilege_action", action),
            ("privilege_scope", Some(scope)),
            ("rule_effect", effect),
        ];
        body(members)
    })
}

fn acs() -> impl Strategy<Value = Value> {
    let controls = (
        code(&["U", "C", "S", "TS"]),
        codes(&["LES", "PII"]),
        codes(&["PUBREL", "AIS", "NF", "FOUO", "NEW"]),
        codes(ORGANIZATIONS),
        codes(&["USA", "MEX"]),
        codes(&["GOV", "CTR"]),
        codes(&["LE", "IC"]),
    );
    let sharing = (codes(&["USA.DOJ", "FOREIGNGOV"]), code(EFFECTS))
        .prop_map(|(scope, effect)| body(vec![("sharing_scope", scope), ("rule_effect", effect)]));
    let rules = (
        code(&[
            "urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=permit",
            "urn:isa:policy:acs:ns:v3.0?privdefault=deny&sharedefault=permit",
            "urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=deny",
        ]),
        prop::collection::vec(acs_rule(), 0..3),
        prop::collection::vec(sharing, 0..3),
        code(DATES),
    );
    (controls, rules).prop_map(|(controls, (policy, privileges, sharing, date))| {
        let (class, tags, formal, organizations, nations, entity, shareability) = controls;
        let controls = body(vec![
            ("classification", class),
            ("sensitivity", tags),
            ("formal_determination", formal),
            ("permitted_organizations", organizations),
            ("permitted_nationalities", nations),
            ("entity", entity),
            ("shareability", shareability),
        ]);
        let members = vec![
            ("control_set", Some(controls)),
            ("policy_reference", policy),
            ("access_privilege", Some(json!(privileges))),
            ("further_sharing", Some(json!(sharing))),
            ("resource_disposition", date.map(|date| json!({ "disposition_date": date }))),
        ];
        json!({ acs::DEFINITION: body(members) })
    })
}

/// A marking definition under one of the ids that nobody published, or one that cannot be read.
fn definitions() -> impl Strategy<Value = Object> {
    let extensions = prop_oneof![
        3 => handling(), 3 => iep(), 3 => acs(),
        1 => Just(json!({ "extension-definition--dff17fb3-edcb-4f99-ad1b-4b751c95738a": {} })),
    ];
    let statement = prop::option::weighted(0.2, prop::sample::select(NAMES));
    (0..OWN.len(), extensions, statement).prop_map(|(id, extensions, statement)| {
        let mut view = json!({ "type": "marking-definition", "id": OWN[id],
            "extensions": extensions });
        if let Some(text) = statement {
            view["definition_type"] = json!("statement");
            view["definition"] = json!({ "statement": text });
        }
        object(view)
    })
}

/// What a few markings make together: of every scheme, read and unread.
fn effectives() -> impl Strategy<Value = Effective> {
    let colour = prop::option::of(prop::sample::select(&Tlp::ALL[..]));
    (prop::collection::vec(definitions(), 0..4), colour).prop_map(|(definitions, colour)| {
        let mut all = Effective::default();
        for definition in &definitions {
            all.join(definition.id().as_str(), Some(definition));
        }
        if let Some(colour) = colour {
            all.join(colour.marking_id(), None);
        }
        all
    })
}

fn joined(one: &Effective, other: &Effective) -> Effective {
    let mut all = one.clone();
    all.merge(other);
    all
}

const CLEARANCES: [Option<Classification>; 3] =
    [None, Some(Classification::Confidential), Some(Classification::TopSecret)];

fn askers() -> impl Strategy<Value = Asker<'static>> {
    let lists = (
        prop::sample::select(vec![&["USA.DOJ.FBI", "USA.USG"][..], &["USA.DOJ"], &[]]),
        prop::sample::select(vec![&["GOV"][..], &["CTR", "GOV"], &[]]),
        prop::sample::select(vec![&["LE"][..], &["LE", "IC"]]),
        prop::sample::select(vec![&["LES", "PII"][..], &[]]),
    );
    let who = (prop::sample::select(&CLEARANCES[..]), prop::sample::select(&["USA", "MEX"][..]));
    (who, lists).prop_map(|((clearance, nationality), lists)| {
        let (organizations, entity, shareability, accesses) = lists;
        Asker { clearance, nationality, organizations, entity, shareability, accesses }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_join_is_commutative_associative_and_idempotent(
        a in effectives(), b in effectives(), c in effectives(),
    ) {
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        prop_assert_eq!(joined(&a, &a), a.clone());
        prop_assert_eq!(joined(&a, &Effective::default()), a.clone());
        prop_assert_eq!(joined(&Effective::default(), &a), a);
    }

    #[test]
    fn the_join_is_the_least_marking_as_strict_as_both(
        a in effectives(), b in effectives(), c in effectives(),
    ) {
        let both = joined(&a, &b);
        prop_assert!(both.at_least_as_strict_as(&a) && both.at_least_as_strict_as(&b));
        prop_assert_eq!(a.at_least_as_strict_as(&b), both == a);
        let above = joined(&both, &c);
        prop_assert!(above.at_least_as_strict_as(&both));
        // It is an order: whoever is as strict as both is as strict as their join.
        if c.at_least_as_strict_as(&a) && c.at_least_as_strict_as(&b) {
            prop_assert!(c.at_least_as_strict_as(&both));
        }
    }

    #[test]
    fn equal_markings_hash_alike(a in effectives(), b in effectives()) {
        use std::hash::{BuildHasher, RandomState};
        let state = RandomState::new();
        let (one, other) = (joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(state.hash_one(&one), state.hash_one(&other));
    }

    #[test]
    fn no_marking_ever_gives_an_act_that_another_withholds(
        a in effectives(), b in effectives(), asker in askers(),
    ) {
        let both = joined(&a, &b);
        let permits = |of: &Effective, action| {
            of.acs.as_ref().is_none_or(|acs| acs.permits(action, &asker))
        };
        for action in [Action::Display, Action::Intelligence, Action::Legal] {
            prop_assert!(!permits(&both, action) || (permits(&a, action) && permits(&b, action)));
        }
        for names in [&["USA.DOJ"][..], &["FOREIGNGOV"], &["USA.NSA", "USA.DOJ.FBI"]] {
            let shares = |of: &Effective| {
                of.acs.as_ref().is_none_or(|acs| acs.further_sharing_allowed(names))
            };
            prop_assert!(!shares(&both) || (shares(&a) && shares(&b)));
        }
    }

    #[test]
    fn adding_a_marking_to_an_object_loosens_no_property(
        held in prop::collection::vec(definitions(), 0..4),
        refs in prop::collection::vec(0..OWN.len(), 0..3),
        granular in prop::collection::vec((0..OWN.len(), 0..SELECTORS.len()), 0..4),
        added in 0..OWN.len(),
        at in prop::option::of(0..SELECTORS.len()),
    ) {
        let find = |id: &str| held.iter().find(|d| d.id().as_str() == id);
        let before = marked(&refs, &granular);
        let after = match at {
            Some(at) => {
                let more: Vec<_> = granular.iter().copied().chain([(added, at)]).collect();
                marked(&refs, &more)
            }
            None => {
                let more: Vec<_> = refs.iter().copied().chain([added]).collect();
                marked(&more, &granular)
            }
        };
        for path in SELECTORS {
            let strict = marking::of_property(&after, path, &find);
            prop_assert!(strict.at_least_as_strict_as(&marking::of_property(&before, path, &find)));
            prop_assert!(strict.at_least_as_strict_as(&marking::of_object(&before, &find)));
        }
        let all = marking::of_every_property(&after, &find);
        let mut outer: Vec<(String, Effective)> = Vec::new();
        all.each(&mut |path, _, effective| {
            assert_eq!(*effective, marking::of_property(&after, path, &find));
            // What holds a value is never milder than the value.
            for (above, whole) in &outer {
                if path.starts_with(&format!("{above}.")) {
                    assert!(whole.at_least_as_strict_as(effective));
                }
            }
            outer.push((path.to_owned(), effective.clone()));
        });
    }
}

const SELECTORS: [&str; 9] =
    ["name", "labels", "labels.[0]", "labels.[1]", "x.y", "x.y.z", "no.such", "id", "labels..x"];

fn marked(refs: &[usize], granular: &[(usize, usize)]) -> Object {
    let refs: Vec<&str> = refs.iter().map(|i| OWN[*i]).collect();
    let granular: Vec<Value> = granular
        .iter()
        .map(|(id, at)| json!({ "marking_ref": OWN[*id], "selectors": [SELECTORS[*at]] }))
        .collect();
    object(json!({
        "type": "identity", "id": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        "name": "Elena Paz", "labels": ["a", "b"], "x": { "y": { "z": 1 }, "w": [{}] },
        "object_marking_refs": refs, "granular_markings": granular,
    }))
}
