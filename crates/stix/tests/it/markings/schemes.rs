//! What each marking scheme asks for.

use enlace_stix::marking::acs::{Action, Asker, Classification};
use enlace_stix::marking::{Handling, Onward, Pap, Tlp, Version, acs, iep};
use enlace_stix::{Object, types, validate};
use serde_json::{Value, json};

use super::{OWN, acs_body, acs_marking, alone, definition, handling, iep_body, iep_marking};

#[test]
fn each_tlp_definition_is_valid_and_reads_as_its_colour_and_version() {
    for tlp in Tlp::ALL {
        let definitions =
            [(Some(tlp.definition()), Version::Two), (tlp.definition_1(), Version::One)];
        for (view, version) in definitions {
            assert_eq!(view.is_some(), tlp.name_in(version).is_some());
            let Some(view) = view else { continue };
            let object = Object::from_view(view).unwrap();
            assert_eq!(validate::object(&object), [], "{tlp:?} {version:?}");
            assert_eq!(Tlp::of_marking_id(object.id().as_str()), Some((tlp, version)));
            assert_eq!(alone(&object).tlp, Some(tlp));
        }
    }
    assert_eq!(Tlp::AmberStrict.definition_1(), None);
}

#[test]
fn the_tlp_definitions_are_the_published_ones() {
    let strict = json!({
        "type": "marking-definition", "spec_version": "2.1",
        "id": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        "created": "2022-10-01T00:00:00.000Z", "name": "TLP:AMBER+STRICT",
        "extensions": { "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
            "extension_type": "property-extension", "tlp_2_0": "amber+strict" } },
    });
    assert_eq!(Value::Object(Tlp::AmberStrict.definition()), strict);
    let white = json!({
        "type": "marking-definition", "spec_version": "2.1",
        "id": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        "created": "2017-01-20T00:00:00.000Z", "name": "TLP:WHITE",
        "definition_type": "tlp", "definition": { "tlp": "white" },
    });
    assert_eq!(Tlp::Clear.definition_1().map(Value::Object), Some(white));
}

#[test]
fn a_colour_under_another_id_is_no_tlp_marking() {
    let copy = definition(OWN[0], types::reused::TLP_2, json!({ "tlp_2_0": "clear" }));
    assert_eq!((alone(&copy).tlp, alone(&copy).unread), (None, vec![OWN[0].to_owned()]));
    let mut copy = Tlp::Clear.definition_1().unwrap();
    copy.insert("id".into(), OWN[0].into());
    let copy = Object::from_view(copy).unwrap();
    assert_eq!((alone(&copy).tlp, alone(&copy).unread), (None, vec![OWN[0].to_owned()]));
}

#[test]
fn the_id_of_a_colour_decides_whatever_stands_under_it_and_however_it_is_written() {
    let lie = definition(Tlp::Red.marking_id(), types::reused::TLP_2, json!({"tlp_2_0": "clear"}));
    assert_eq!(alone(&lie).tlp, Some(Tlp::Red));
    let (kind, uuid) = Tlp::Red.marking_id().split_once("--").unwrap();
    let upper = format!("{kind}--{}", uuid.to_uppercase());
    assert_eq!(Tlp::from_marking_id(&upper), Some(Tlp::Red));
}

#[test]
fn statements_are_collected_and_control_nothing() {
    let statement = |id, text: Value| {
        super::object(json!({ "type": "marking-definition", "id": id,
            "definition_type": "statement", "definition": { "statement": text } }))
    };
    let mut both = alone(&statement(OWN[0], json!("Terms of use")));
    both.merge(&alone(&statement(OWN[1], json!("Copyright 2019"))));
    assert_eq!(both.statements, ["Copyright 2019", "Terms of use"]);
    assert!(both.unknown.is_empty() && both.tlp.is_none());
    assert!(alone(&statement(OWN[0], json!(7))).unknown.is_empty());
}

#[test]
fn a_statement_with_an_extension_that_nobody_reads_is_unknown() {
    let mixed = super::object(json!({ "type": "marking-definition", "id": OWN[0],
        "definition_type": "statement", "definition": { "statement": "x" },
        "extensions": { "extension-definition--dff17fb3-edcb-4f99-ad1b-4b751c95738a": {} } }));
    assert_eq!(alone(&mixed).unread, [OWN[0]]);
}

#[test]
fn a_definition_that_is_missing_empty_or_of_another_id_is_unknown() {
    let mut effective = super::Effective::default();
    effective.join(OWN[0], None);
    let empty = super::object(json!({ "type": "marking-definition", "id": OWN[1] }));
    effective.join(OWN[1], Some(&empty));
    effective.join(OWN[2], Some(&handling(OWN[3], json!({ "tlp": "clear" }))));
    assert_eq!(effective.unread, OWN[..3]);
    assert_eq!(effective.unknown, OWN[..3]);
}

#[test]
fn every_colour_reads_back_from_its_name_and_its_id() {
    for tlp in Tlp::ALL {
        assert_eq!(Tlp::from_name(tlp.name()), Some(tlp));
        assert_eq!(Tlp::from_marking_id(tlp.marking_id()), Some(tlp));
    }
    assert_eq!(Tlp::from_name("white"), Some(Tlp::Clear));
    assert!(Tlp::ALL.is_sorted() && Tlp::from_name("pink").is_none());
}

#[test]
fn the_strictest_colour_wins_whatever_the_order() {
    for refs in [[super::RED, super::WHITE_1], [super::WHITE_1, super::RED]] {
        let mut effective = super::Effective::default();
        refs.iter().for_each(|id| effective.join(id, None));
        assert_eq!((effective.tlp, effective.unknown), (Some(Tlp::Red), vec![]));
    }
}

#[test]
fn recipients_and_purposes_intersect_codes_and_caveats_unite() {
    let first = json!({"tlp": "green", "handling": ["H1"], "releasable_to": ["b", "a"],
        "caveats": ["x"], "onward": "none", "retention_until": "2028"});
    let second = json!({"tlp": "amber", "handling": ["H0", "H9"], "releasable_to": ["b", "c"],
        "caveats": ["w", "x"], "purposes": ["cyber"], "onward": "with-consent",
        "retention_until": "2027-06-01T00:00:00Z"});
    let mut effective = alone(&handling(OWN[0], first));
    effective.join(OWN[1], Some(&handling(OWN[1], second)));
    assert_eq!(effective.tlp, Some(Tlp::Amber));
    assert_eq!(effective.handling, [Handling::H0, Handling::H1, Handling::H3]);
    assert_eq!(effective.releasable_to, Some(vec!["b".to_owned()]));
    assert_eq!(effective.caveats, ["w", "x"]);
    assert_eq!(effective.purposes, Some(vec!["cyber".to_owned()]));
    assert_eq!(effective.onward, Some(Onward::Never));
    assert_eq!(effective.retention_until, "2027-06-01T00:00:00Z".parse().ok());
}

#[test]
fn a_list_or_colour_that_cannot_be_read_closes() {
    let body = json!({ "tlp": "pink", "releasable_to": "US", "caveats": [7] });
    let effective = alone(&handling(OWN[0], body));
    assert_eq!(effective.tlp, Some(Tlp::Red));
    assert_eq!(effective.releasable_to, Some(Vec::new()));
    assert_eq!(effective.unknown, ["handling.caveats", "handling.releasable_to"]);
    assert_eq!(effective.unread, effective.unknown);
}

#[test]
fn what_is_held_is_taken_over_without_what_is_decided_where_it_applies() {
    let body = json!({ "tlp": "red", "handling": ["H2"], "caveats": ["x"], "purposes": ["cyber"],
        "releasable_to": ["a"], "onward": "none", "retention_until": "2028", "new": 1 });
    let mut held = alone(&handling(OWN[0], json!({ "tlp": "green" })));
    held.unite(&alone(&handling(OWN[1], body)));
    assert_eq!((held.tlp, held.handling), (Some(Tlp::Red), vec![Handling::H2]));
    assert_eq!((held.caveats, held.onward), (vec!["x".into()], Some(Onward::Never)));
    assert!(held.retention_until.is_some());
    assert_eq!((held.releasable_to, held.purposes), (None, None));
    assert!(held.unknown.is_empty() && held.unread.is_empty());
}

#[test]
fn our_handling_marking_is_read_in_full_and_what_is_new_in_it_closes() {
    let read = alone(&handling(
        OWN[0],
        json!({ "extension_type": "property-extension", "tlp": "amber", "handling": ["H2", "H0"],
            "releasable_to": ["b", "a"], "caveats": ["x"], "purposes": ["cyber"],
            "onward": "with-consent", "retention_until": "2028-02", "pap": "green" }),
    ));
    assert!(read.unknown.is_empty(), "{read:?}");
    assert_eq!(read.handling, [Handling::H0, Handling::H2]);
    assert_eq!(read.releasable_to, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!((read.onward, read.pap), (Some(Onward::WithConsent), Some(Pap::Green)));
    assert_eq!(read.retention_until, "2028-02-01T00:00:00Z".parse().ok());
    let later = alone(&handling(
        OWN[0],
        json!({ "tlp": "clear", "onward": "ask", "retention_until": "soon", "pap": 1, "sex": "f" }),
    ));
    assert_eq!((later.onward, later.pap), (Some(Onward::Never), Some(Pap::Red)));
    let unread = ["handling.onward", "handling.pap", "handling.retention_until", "handling.sex"];
    assert_eq!(later.unread, unread);
}

const ANALYST: Asker<'_> = Asker {
    clearance: Some(Classification::Secret),
    nationality: "USA",
    organizations: &["USA.DOJ.FBI", "USA.USG"],
    entity: &["GOV"],
    shareability: &["LE"],
    accesses: &[],
};

#[test]
fn acs_admits_only_whom_each_part_of_the_control_set_admits() {
    let admits = |controls: Value, asker: &Asker<'_>| {
        acs_marking(acs_body(controls, ("permit", "permit"), json!({})))
            .permits(Action::Display, asker)
    };
    assert!(admits(json!({ "classification": "U" }), &Asker::default()));
    assert!(admits(json!({ "classification": "S" }), &ANALYST));
    let full = json!({ "classification": "C", "permitted_nationalities": ["USA", "MEX"],
        "permitted_organizations": ["USA.USG"], "entity": ["GOV", "MIL"],
        "shareability": ["LE"] });
    assert!(admits(full.clone(), &ANALYST));
    for changed in [
        Asker { clearance: None, ..ANALYST },
        Asker { nationality: "GTM", ..ANALYST },
        Asker { organizations: &["USA.DOJ"], ..ANALYST },
        Asker { entity: &[], ..ANALYST },
        Asker { shareability: &["IC"], ..ANALYST },
    ] {
        assert!(!admits(full.clone(), &changed), "{changed:?}");
    }
    for closed in [
        json!({ "classification": "TS" }),
        json!({ "classification": "U", "sensitivity": ["LES"] }),
        json!({ "classification": "U", "sci_controls": ["X"] }),
        json!({ "classification": "U", "caveat": ["FISA"] }),
        json!({ "classification": "U", "permitted_organizations": [] }),
        json!({ "classification": "U", "permitted_organizations": "USA.USG" }),
        json!({ "classification": "X" }),
        json!({}),
    ] {
        assert!(!admits(closed.clone(), &ANALYST), "{closed}");
    }
    let reads = Asker { accesses: &["LES"], ..ANALYST };
    assert!(admits(json!({ "classification": "U", "sensitivity": ["LES"] }), &reads));
    let no_foreigners = json!({ "classification": "U", "formal_determination": ["NF"] });
    assert!(admits(no_foreigners.clone(), &ANALYST));
    assert!(!admits(no_foreigners, &Asker { nationality: "MEX", ..ANALYST }));
}

fn rule(action: &str, scope: Value, effect: &str) -> Value {
    json!({ "privilege_action": action, "privilege_scope": scope, "rule_effect": effect })
}

#[test]
fn acs_rules_deny_before_they_permit_and_fall_back_on_the_default() {
    let marked = |default, rules: Value| {
        let more = json!({ "access_privilege": rules });
        acs_marking(acs_body(json!({ "classification": "U" }), (default, "deny"), more))
    };
    let all = json!({ "permitted_organizations": ["ALL"] });
    let intel = marked("deny", json!([rule("INTEL", all.clone(), "permit")]));
    assert!(intel.permits(Action::Intelligence, &ANALYST));
    assert!(!intel.permits(Action::Legal, &ANALYST));
    let doj = json!({ "permitted_organizations": ["USA.DOJ"] });
    let both = json!([rule("ALL", all, "permit"), rule("LEGAL", doj.clone(), "deny")]);
    let both = marked("permit", both);
    assert!(both.permits(Action::Intelligence, &ANALYST));
    // A denial of a ministry denies its offices; a permit names whom it permits.
    assert!(!both.permits(Action::Legal, &ANALYST));
    let narrow = marked("deny", json!([rule("LEGAL", doj, "permit")]));
    assert!(!narrow.permits(Action::Legal, &ANALYST));
    for broken in [
        rule("FLY", json!({ "entity": ["ALL"] }), "permit"),
        rule("ALL", json!({}), "permit"),
        rule("ALL", json!({ "entity": ["ALL"] }), "maybe"),
        json!("ALL"),
    ] {
        let marked = marked("permit", json!([broken]));
        assert!(!marked.permits(Action::Display, &ANALYST), "{broken}");
    }
}

#[test]
fn acs_says_to_whom_the_data_may_be_passed_on() {
    let rules = json!({ "further_sharing": [
        { "sharing_scope": ["FOREIGNGOV"], "rule_effect": "deny" },
        { "sharing_scope": ["USA.DOJ", "SECTOR"], "rule_effect": "permit" },
    ] });
    let marked = |default, controls: Value| {
        acs_marking(acs_body(controls, ("permit", default), rules.clone()))
    };
    let closed = marked("deny", json!({ "classification": "U" }));
    assert!(closed.further_sharing_allowed(&["USA.DOJ"]));
    assert!(closed.further_sharing_allowed(&["SECTOR", "FIN"]));
    assert!(!closed.further_sharing_allowed(&["SECTOR", "FOREIGNGOV"]));
    assert!(!closed.further_sharing_allowed(&["USA.NSA"]));
    assert!(!closed.further_sharing_allowed(&[]));
    let open = marked("permit", json!({ "classification": "U" }));
    assert!(open.further_sharing_allowed(&["USA.NSA"]));
    assert!(!open.further_sharing_allowed(&["FOREIGNGOV"]));
}

#[test]
fn a_permit_of_one_acs_marking_does_not_open_what_another_closes() {
    let all = json!({ "entity": ["ALL"] });
    let permits = json!({ "access_privilege": [rule("DSPLY", all, "permit")] });
    let unclassified = || json!({ "classification": "U" });
    let closed =
        definition(OWN[0], acs::DEFINITION, acs_body(unclassified(), ("deny", "deny"), json!({})));
    let open = definition(
        OWN[1],
        acs::DEFINITION,
        acs_body(unclassified(), ("permit", "permit"), permits),
    );
    let mut both = alone(&open);
    assert!(both.acs.as_ref().unwrap().permits(Action::Display, &ANALYST));
    both.merge(&alone(&closed));
    assert!(!both.acs.unwrap().permits(Action::Display, &ANALYST));
}

#[test]
fn acs_markings_join_field_by_field() {
    let marking = |id, controls, more| {
        alone(&definition(id, acs::DEFINITION, acs_body(controls, ("permit", "permit"), more)))
    };
    let disposal = |date: &str| {
        json!({ "resource_disposition":
        { "disposition_date": date, "disposition_process": "destroy" } })
    };
    let mut both = marking(
        OWN[0],
        json!({ "classification": "S", "sensitivity": ["LES"], "entity": ["GOV", "MIL"],
            "formal_determination": ["PUBREL", "AIS"] }),
        disposal("2030-01-01T00:00:00Z"),
    );
    both.merge(&marking(
        OWN[1],
        json!({ "classification": "C", "sensitivity": ["PII"], "entity": ["CTR", "GOV"],
            "formal_determination": ["AIS", "FOUO"], "permitted_nationalities": ["USA"] }),
        disposal("2029-01-01T00:00:00Z"),
    ));
    let joined = both.acs.unwrap();
    assert_eq!(joined.classification, Classification::Secret);
    assert_eq!(joined.accesses, ["LES", "PII"]);
    assert_eq!((joined.restrictions, joined.releases), (vec!["FOUO".into()], vec!["AIS".into()]));
    assert_eq!(joined.entity, Some(vec!["GOV".to_owned()]));
    assert_eq!(joined.permitted_nationalities, Some(vec!["USA".to_owned()]));
    assert_eq!(both.retention_until, "2029-01-01T00:00:00Z".parse().ok());
}

#[test]
fn acs_and_iep_stay_unknown_to_who_decides_without_them() {
    let acs = acs_body(json!({ "classification": "U" }), ("permit", "permit"), json!({}));
    let acs = alone(&definition(OWN[0], acs::DEFINITION, acs));
    assert_eq!((acs.unknown, acs.unread), (vec![OWN[0].to_owned()], vec![]));
    let iep = alone(&definition(OWN[1], iep::DEFINITION, iep_body(json!({}))));
    assert_eq!((iep.unknown, iep.unread), (vec![OWN[1].to_owned()], vec![]));
}

#[test]
fn iep_policies_join_to_the_strictest_of_each_field() {
    let mut both = iep_marking(json!({ "encrypt_in_transit": "must", "tlp": "amber",
        "permitted_actions": "contact-for-instruction", "provider_attribution": "must",
        "end_date": "2027-01-01T00:00:00Z" }));
    both.merge(&iep_marking(json!({ "provider_attribution": "must-not",
        "affected_party_notifications": "must-not", "unmodified_resale": "must-not",
        "permitted_actions": "internally-visible-actions", "start_date": "2026-06-01T00:00:00Z",
        "end_date": "2028-01-01T00:00:00Z" })));
    assert_eq!(both.tlp, Some(Tlp::Amber));
    let joined = both.iep.unwrap();
    assert_eq!(joined.encrypt_in_transit, iep::Norm::Must);
    assert_eq!(joined.permitted_actions, iep::Actions::ContactFirst);
    assert_eq!(joined.affected_party_notifications, iep::Norm::MustNot);
    assert_eq!(joined.provider_attribution, iep::Norm::MustNot);
    assert_eq!(joined.unmodified_resale, iep::Norm::MustNot);
    let in_force = |at: &str| joined.in_force(&at.parse().unwrap());
    assert!(in_force("2026-06-01T00:00:00Z") && in_force("2026-12-31T23:59:59.999Z"));
    assert!(!in_force("2026-05-31T00:00:00Z") && !in_force("2027-01-01T00:00:00Z"));
}

#[test]
fn an_iep_field_that_cannot_be_read_is_the_strictest_of_its_kind() {
    assert_eq!(iep_marking(json!({})).unread, Vec::<String>::new());
    for name in [
        "encrypt_in_transit",
        "permitted_actions",
        "affected_party_notifications",
        "provider_attribution",
        "unmodified_resale",
        "tlp",
    ] {
        let broken = iep_marking(json!({ name: "perhaps" }));
        assert_eq!(broken.unread, [format!("iep.{name}")]);
        let mild = iep_marking(json!({}));
        assert!(broken.at_least_as_strict_as(&mild) && !mild.at_least_as_strict_as(&broken));
    }
    let encrypts = iep_marking(json!({ "encrypt_in_transit": "must-not" }));
    assert_eq!(encrypts.unread, ["iep.encrypt_in_transit"]);
    let later = iep_marking(json!({ "iep_version": 3.0, "start_date": 7, "onward": "no" }));
    assert_eq!(later.unread, ["iep.iep_version", "iep.onward", "iep.start_date"]);
}
