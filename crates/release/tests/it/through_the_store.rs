//! Sealed rows, records, recalls and papers.

use enlace_policy::AgreementState;
use enlace_release::{Gate, PaperError, RecallError, Record, ReopenError, paper, recalled, reopen};
use enlace_stix::Object;
use enlace_stix::validate::shape::Form;
use serde_json::{Value, json};

use crate::model::{self, EC, NOW, Node, US, previous, sdo};
use crate::story;

const KEY: &[u8] = b"row key";

fn gate<'a>(agreement: &'a str, state: &'a AgreementState) -> Gate<'a> {
    Gate { agreement, partner: US, state, recalled: false, now_us: NOW }
}

#[test]
fn a_sealed_row_opens_only_whole_for_its_partner_and_while_it_may_leave() {
    let node = Node::new();
    let plan = node.plan(&story::set());
    let released = plan.released.iter().find(|r| r.kind() == "firearm").unwrap();
    let row = released.seal("release-record--x", KEY);
    let agreement = released.agreement().to_owned();
    let open = |row: &str, gate: Gate<'_>| reopen(row, KEY, &gate).map(|r| r.bytes().to_owned());
    let active = AgreementState::Active;
    let now = gate(&agreement, &active);
    assert_eq!(open(&row, now), Ok(released.bytes().to_owned()));
    assert!(!row.contains(released.original().unwrap()), "a row tells no original");
    assert_eq!(open(&row.replace("KX4471", "KX4472"), now), Err(ReopenError::BadSeal));
    assert_eq!(reopen(&row, b"other", &now), Err(ReopenError::BadSeal));
    assert_eq!(open("", now), Err(ReopenError::Malformed));
    assert_eq!(open(&row, Gate { partner: EC, ..now }), Err(ReopenError::OtherPartner));
    assert_eq!(
        open(&row, Gate { agreement: "agreement--y", ..now }),
        Err(ReopenError::OtherPartner)
    );
    assert_eq!(open(&row, Gate { recalled: true, ..now }), Err(ReopenError::Recalled));
    let late = Gate { now_us: released.expires_us(), ..now };
    assert_eq!(open(&row, late), Err(ReopenError::Expired));
    for state in [AgreementState::Expired, AgreementState::NotYetValid, AgreementState::Terminated]
    {
        let closed = Gate { state: &state, ..now };
        assert_eq!(open(&row, closed), Err(ReopenError::NotActive));
    }
}

#[test]
fn a_record_lists_what_was_sent_and_is_signed_over_its_canonical_text() {
    let node = Node::new();
    let plan = node.plan(&story::set());
    let (id, now) =
        (uuid::Uuid::from_u128(5 << 76 | 8 << 60), "2026-06-01T00:00:00Z".parse().unwrap());
    let agreement = node.policy.agreement();
    let record =
        Record::new(id, agreement, "firearms-tracing", &plan.released, node.own.id(), &now)
            .unwrap();
    let text = record.to_sign();
    let released = record.signed(EC, "c2ln").unwrap();
    let object = Object::parse(released.bytes()).unwrap();
    assert_eq!(Record::signed_text(&object), text);
    let listed = object.get("released").unwrap().as_array().unwrap();
    assert_eq!(listed.len(), plan.released.len());
    for (entry, released) in listed.iter().zip(&plan.released) {
        assert_eq!(entry["id"], released.id().as_str());
        assert_eq!(entry["sha256"], released.sha256());
    }
    let none = Record::new(id, agreement, "x", &[], node.own.id(), &now);
    assert!(none.is_err());
}

#[test]
fn a_recalled_twin_says_nothing_but_that_it_is_gone() {
    let mut node = Node::new();
    let plan = node.plan(&story::set());
    let agreement = node.policy.agreement().id.to_string();
    let mut shown = String::new();
    for released in &plan.released {
        let published = Object::parse(released.bytes()).unwrap();
        let before = previous(released);
        let original = released.original().unwrap();
        match recalled(original, &before, &published, &agreement, US, NOW) {
            Ok(twin) => {
                assert!(twin.revoked());
                assert_eq!((twin.id(), twin.created()), (released.id(), released.created()));
                assert!(twin.modified() > released.modified());
                for secret in ["KX4471", "Quim", "Pistols", "Calamares"] {
                    assert!(!twin.bytes().contains(secret), "{secret}");
                }
                shown.push_str(&format!("{}\n", twin.bytes()));
                let row = twin.seal("release-record--x", KEY);
                let state = AgreementState::Expired;
                let gate = Gate { recalled: true, ..gate(&agreement, &state) };
                assert!(reopen(&row, KEY, &gate).is_ok(), "stopping is always possible");
            }
            Err(RecallError::NotRevocable(_)) => {
                assert!(matches!(released.kind(), "bank-account" | "marking-definition"));
            }
            Err(other) => panic!("{other}"),
        }
    }
    insta::assert_snapshot!(shown);
    node.remember(&plan);
    for previous in node.previous.values_mut() {
        previous.recalled = true;
    }
    let after = node.plan(&story::set());
    assert!(after.released.is_empty(), "a recall is final");
}

#[test]
fn every_domain_type_has_a_valid_revoked_form() {
    let before = |object: &Object| enlace_release::Previous {
        twin: object.id().clone(),
        created: "2026-05-01T10:00:00.000Z".parse().unwrap(),
        modified: "2026-05-02T10:00:00.000Z".parse().unwrap(),
        content_hash: String::new(),
        recalled: false,
        copy: None,
    };
    for kind in enlace_policy::kinds::all() {
        if kind.family == enlace_policy::kinds::Family::Observable {
            continue;
        }
        let mut properties = json!({});
        let (_, shape) = enlace_stix::validate::shape::of_type(kind.name).unwrap();
        for name in kind.required.iter().chain(kind.one_of.first()) {
            let property = shape.property(name).unwrap();
            let held = match property.form {
                Form::Reference(types) => {
                    let any = if *name == "object_refs" { "ipv4-addr" } else { "identity" };
                    let id = model::id(types.first().unwrap_or(&any), 1);
                    if property.list { json!([id]) } else { json!(id) }
                }
                _ => kind.blank(name, None, "2026-05-01T10:00:00.000Z").unwrap(),
            };
            properties[*name] = held;
        }
        let published = model::object(sdo(kind.name, 1, properties));
        let twin = recalled("x--y", &before(&published), &published, "a", US, NOW);
        assert!(twin.is_ok(), "{}: {:?}", kind.name, twin.err());
    }
}

#[test]
fn only_papers_of_an_agreement_leave_as_papers_and_only_to_its_parties() {
    let agreement = model::agreement(str::to_owned);
    let receipt = |extra: Value| {
        let mut receipt = sdo(
            "receipt",
            1,
            json!({ "agreement_ref": agreement.id.as_str(),
            "received": [{ "id": model::OWN, "sha256": "0".repeat(64) }] }),
        );
        receipt.as_object_mut().unwrap().remove("object_marking_refs");
        for (name, value) in extra.as_object().unwrap() {
            receipt[name] = value.clone();
        }
        model::object(receipt)
    };
    assert!(paper(&receipt(json!({})), &agreement, US).is_ok());
    let extra = paper(&receipt(json!({ "x_note": "secret" })), &agreement, US);
    assert_eq!(extra, Err(PaperError::Property("x_note".into())));
    assert_eq!(paper(&receipt(json!({})), &agreement, "3"), Err(PaperError::NotAParty));
    let other = receipt(json!({ "agreement_ref": model::id("agreement", 3) }));
    assert_eq!(paper(&other, &agreement, US), Err(PaperError::OtherAgreement));
    let person = model::object(sdo("identity", 2, json!({ "name": "A" })));
    assert_eq!(paper(&person, &agreement, US), Err(PaperError::NotAPaper("identity".into())));
}
