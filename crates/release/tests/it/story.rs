//! The story of the spine: a report with everything that it refers to.

use enlace_release::{Candidate, Consent, Outcome};
use enlace_stix::marking::Tlp;
use serde_json::{Value, json};

use crate::model::{self, NODE, Node, candidate, id, sdo, text};

/// Report, suspect, victim, person of unknown category, pistol, RED note-worthy place, account.
pub fn set() -> Vec<Candidate> {
    let person = |number, name: &str, extra: Value| {
        let mut body = json!({ "names": [{ "full": name, "kind": "primary" }],
            "birth_date": "1984-05-17", "birth_place": "Durán, Guayas, EC" });
        for (key, value) in extra.as_object().unwrap() {
            body[key] = value.clone();
        }
        sdo(
            "identity",
            number,
            json!({
                "name": name, "identity_class": "individual", "extensions": {
                    "person": body, "provenance": { "source": "informe-07.html" } },
            }),
        )
    };
    let category = |name: &str| {
        json!({ "subject_categories":
        [{ "category": name, "case": "GYE-2026-0131", "basis": "Art. 369 COIP" }] })
    };
    let report = sdo(
        "report",
        1,
        json!({
            "name": "Informe 07: lo que dijo Rosa Namérez",
            "description": "Rosa Namérez vio las armas en la bodega.",
            "published": "2026-05-01T10:00:00Z", "report_types": ["x-arms"], "confidence": 80,
            "object_refs": (2..=9).map(|n| id(match n {
                2..=4 => "identity", 5 => "firearm", 6 => "location", 7 => "bank-account",
                _ => "relationship" }, n)).collect::<Vec<_>>(),
            "extensions": { "tear-line": { "title": "Pistols at the port of Guayaquil",
                "text": "Los Calamares del Sur move pistols through the port." } },
        }),
    );
    let mut account = sdo(
        "bank-account",
        7,
        json!({ "iban": "EC0000000000000000000042",
        "currency": "USD", "holder_ref": id("identity", 3) }),
    );
    for name in ["created", "modified", "created_by_ref"] {
        account.as_object_mut().unwrap().remove(name);
    }
    let red = json!([Tlp::Red.marking_id()]);
    vec![
        candidate(report),
        candidate(person(2, "Braulio Quimí", category("suspect"))),
        candidate(person(3, "Rosa Namérez", category("victim"))),
        candidate(person(4, "Desconocido Uno", json!({}))),
        candidate(sdo(
            "firearm",
            5,
            json!({ "serial": "KX4471", "serial_status": "readable",
            "manufacturer": "Taurus", "model": "G3C", "other_marks": "scratched",
            "recovered_on": "2026-04-30", "recovered_place_ref": id("location", 6) }),
        )),
        candidate(sdo(
            "location",
            6,
            json!({ "name": "Bodega 9", "country": "EC",
            "city": "Guayaquil", "object_marking_refs": red }),
        )),
        candidate(account),
        candidate(sdo(
            "relationship",
            8,
            json!({ "relationship_type": "owns",
            "source_ref": id("identity", 2), "target_ref": id("firearm", 5) }),
        )),
        candidate(sdo(
            "relationship",
            9,
            json!({ "relationship_type": "extorts",
            "source_ref": id("identity", 2), "target_ref": id("identity", 3) }),
        )),
        candidate(source()),
    ]
}

fn source() -> Value {
    // An object that identifies a source: the caveat is in its marking.
    sdo(
        "identity",
        10,
        json!({ "name": "Fuente Delta", "identity_class": "individual",
        "object_marking_refs": [id("marking-definition", 1)],
        "extensions": { "person": { "names": [{ "full": "Fuente Delta" }],
            "subject_categories": [{ "category": "contact" }] } } }),
    )
}

#[test]
fn a_report_leaves_without_victim_source_red_unknown_and_free_text() {
    let plan = Node::new().plan(&set());
    insta::assert_snapshot!(text(&plan));
    let bytes: Vec<&str> = plan.released.iter().map(|r| r.bytes()).collect();
    insta::assert_snapshot!("released", bytes.join("\n"));
}

#[test]
fn every_marking_made_for_a_partner_says_not_for_targeting() {
    let released = Node::new().plan(&set()).released;
    let (markings, others): (Vec<_>, Vec<_>) =
        released.iter().partition(|r| r.kind() == "marking-definition");
    let never = json!({ "source_name": "enlace", "description": "not for targeting" });
    let says = |text: &str| {
        let marking: Value = serde_json::from_str(text).unwrap();
        marking["external_references"].as_array().is_some_and(|said| said.contains(&never))
    };
    assert!(markings.iter().all(|marking| says(marking.bytes())));
    let bears = |text: &str| markings.iter().any(|marking| text.contains(marking.id().as_str()));
    let twins: Vec<_> = others.iter().filter(|r| r.id() != NODE.own.id()).collect();
    assert!(twins.len() > 3 && twins.iter().all(|twin| bears(twin.bytes())));
}

#[test]
fn a_tear_line_that_names_a_withheld_person_takes_the_report_with_it() {
    let mut set = set();
    let mut report = set[0].object.view().clone();
    let definition = enlace_stix::types::definition_id("tear-line");
    report["extensions"][&definition]["text"] = "The family ÑAMEREZ was told.".into();
    set[0] = candidate(report.into());
    let plan = Node::new().plan(&set);
    let report = plan.objects.iter().find(|o| o.original.kind() == "report").unwrap();
    assert!(matches!(report.outcome, Outcome::Withheld(_)));
    let codes: Vec<&str> = report.lines[0].others.iter().map(|c| c.code).collect();
    assert_eq!(codes, ["tear-line-names-withheld"]);
}

#[test]
fn what_the_partner_already_has_is_not_sent_again_and_updates_keep_the_id() {
    let mut node = Node::new();
    let first = node.plan(&set());
    node.remember(&first);
    node.now_us += 86_400_000_000;
    let again = node.plan(&set());
    assert!(again.released.is_empty());
    assert!(again.objects.iter().all(|o| !matches!(o.outcome, Outcome::Released { .. })));
    let mut changed = set();
    let mut pistol = changed[4].object.view().clone();
    pistol["serial"] = "KX4472".into();
    changed[4] = candidate(pistol.into());
    let update = node.plan(&changed);
    assert_eq!(update.released.len(), 1, "{:#?}", update.released);
    let (old, new) = (first.released.iter().find(|r| r.kind() == "firearm"), &update.released[0]);
    let old = old.unwrap();
    assert_eq!((old.id(), old.created()), (new.id(), new.created()));
    assert!(old.modified() < new.modified());
}

#[test]
fn a_change_that_the_partner_cannot_see_sends_nothing() {
    let mut node = Node::new();
    node.remember(&node.plan(&set()));
    let mut changed = set();
    let mut pistol = changed[4].object.view().clone();
    pistol["other_marks"] = "another mark".into();
    pistol["modified"] = "2026-05-20T10:00:00.000Z".into();
    changed[4] = candidate(pistol.into());
    assert!(node.plan(&changed).released.is_empty());
}

#[test]
fn modified_grows_even_when_the_clock_does_not() {
    let mut node = Node::new();
    node.remember(&node.plan(&set()));
    let mut changed = set();
    let mut pistol = changed[4].object.view().clone();
    pistol["serial"] = "KX4472".into();
    changed[4] = candidate(pistol.into());
    let update = node.plan(&changed);
    assert_eq!(update.released[0].modified(), Some("2026-06-01T00:00:00.001Z"));
}

#[test]
fn references_to_what_the_partner_already_has_are_repointed() {
    let mut node = Node::new();
    let first = node.plan(&set());
    node.remember(&first);
    let relation = sdo(
        "relationship",
        20,
        json!({ "relationship_type": "located-at",
        "source_ref": id("firearm", 5), "target_ref": id("identity", 2) }),
    );
    let plan = node.plan(&[candidate(relation)]);
    let twin = |kind: &str| first.released.iter().find(|r| r.kind() == kind).unwrap().id().as_str();
    let bytes: Value = serde_json::from_str(plan.released[0].bytes()).unwrap();
    assert_eq!(bytes["source_ref"], twin("firearm"));
    let orphan = sdo(
        "relationship",
        21,
        json!({ "relationship_type": "located-at",
        "source_ref": id("firearm", 5), "target_ref": id("identity", 3) }),
    );
    assert!(node.plan(&[candidate(orphan)]).released.is_empty());
}

#[test]
fn twins_of_two_partners_share_no_identifier() {
    let node = Node::new();
    let ids = |key| -> Vec<String> {
        node.plan_with(&set(), key).released.iter().map(|r| r.id().to_string()).collect()
    };
    let (one, other) = (ids("one"), ids("other"));
    let shared: Vec<&String> = one.iter().filter(|id| other.contains(id)).collect();
    // The node itself, and the account whose number leaves in full.
    assert!(shared.iter().all(|id| **id == model::OWN || id.starts_with("bank-account")));
    assert_eq!(shared.len(), 2);
}

#[test]
fn long_chains_and_rings_settle() {
    // A chain of sightings: when its first end stays, all stay; a ring of reports leaves whole.
    let count = 1500;
    let link = |n: usize| {
        let target = if n == 1 { id("identity", 3) } else { id("sighting", n + 99) };
        candidate(sdo("sighting", n + 100, json!({ "sighting_of_ref": target })))
    };
    let ring = |n: usize| {
        let next = id("report", 5000 + (n + 1) % count);
        candidate(sdo(
            "report",
            5000 + n,
            json!({
            "published": "2026-05-01T10:00:00Z", "object_refs": [next],
            "extensions": { "tear-line": { "title": "A", "text": "B" } } }),
        ))
    };
    let chain = (1..=count).map(link);
    let mut all: Vec<Candidate> = chain.chain((0..count).map(ring)).collect();
    all.push(set().swap_remove(2));
    let plan = NODE.plan(&all);
    let released = |kind: &str| plan.released.iter().filter(|r| r.kind() == kind).count();
    assert_eq!((released("sighting"), released("report")), (0, count));
}

#[test]
fn hostile_objects_are_withheld_not_feared() {
    let with = |edit: &dyn Fn(&mut Value)| {
        let mut pistol = sdo("firearm", 5, json!({ "serial": "K", "serial_status": "readable" }));
        edit(&mut pistol);
        let plan = NODE.plan(&[candidate(pistol)]);
        plan.objects[0].lines[0].clause.code
    };
    let mark = json!([{ "marking_ref": Tlp::Red.marking_id(), "selectors": ["no.such"] }]);
    let cases: Vec<(&str, Value, &str)> = vec![
        ("granular_markings", mark, "private-tlp-red"),
        ("granular_markings", json!("TLP:RED"), "private-unknown-marking"),
        ("granular_markings", json!([{ "selectors": ["serial"] }]), "private-unknown-marking"),
        ("object_marking_refs", json!({}), "private-unknown-marking"),
        ("object_marking_refs", json!([]), "private-unmarked"),
        ("extensions", json!([]), "private-unknown-extension"),
        ("extensions", json!({ "x": {} }), "private-unknown-extension"),
        ("serial_status", json!({}), "closure-required"),
        ("serial_status", json!([[[]]]), "closure-required"),
        ("spec_version", json!("2.0"), "invalid-stix"),
        ("revoked", json!(true), "private-revoked"),
    ];
    for (name, value, code) in cases {
        assert_eq!(with(&|pistol| pistol[name] = value.clone()), code, "{name}: {value}");
    }
}

#[test]
fn one_value_under_two_ids_leaves_once_and_of_two_versions_the_newer() {
    let account = |number| {
        let mut account = sdo("phone-number", number, json!({ "number": "+593991234567" }));
        for name in ["created", "modified", "created_by_ref"] {
            account.as_object_mut().unwrap().remove(name);
        }
        candidate(account)
    };
    let plan = NODE.plan(&[account(2), account(1)]);
    assert_eq!(plan.released.iter().filter(|r| r.kind() == "phone-number").count(), 1);
    let pistol = |serial: &str, modified: &str| {
        candidate(sdo(
            "firearm",
            5,
            json!({ "serial": serial, "serial_status": "readable",
            "modified": modified }),
        ))
    };
    let (old, new) =
        (pistol("OLD", "2026-05-02T10:00:00.000Z"), pistol("NEW", "2026-05-02T10:00:00.001Z"));
    for set in [[old.clone(), new.clone()], [new, old]] {
        let plan = NODE.plan(&set);
        let bytes: String = plan.released.iter().map(|r| r.bytes()).collect();
        assert!(bytes.contains("NEW") && !bytes.contains("OLD"));
    }
}

/// A phone number of ours under the id of this number.
fn phone(number: usize) -> Candidate {
    let mut phone = sdo("phone-number", number, json!({ "number": "+593991234567" }));
    for name in ["created", "modified", "created_by_ref"] {
        phone.as_object_mut().unwrap().remove(name);
    }
    candidate(phone)
}

#[test]
fn one_value_under_a_second_id_is_not_sent_again_and_not_kept_longer() {
    let mut node = Node::new();
    let plan = node.plan(&[phone(1)]);
    let twin = plan.released.iter().find(|r| r.kind() == "phone-number").unwrap().id().clone();
    node.remember(&plan);
    node.now_us += 40 * 86_400_000_000;
    let plan = node.plan(&[phone(2)]);
    assert_eq!(plan.objects[0].outcome, Outcome::Unchanged { twin });
    assert_eq!(plan.released, []);
    // What was recalled under one id is not sent under another.
    let had = node.previous.values_mut().find(|p| p.twin.kind() == "phone-number").unwrap();
    had.recalled = true;
    let Outcome::Withheld(why) = &node.plan(&[phone(2)]).objects[0].outcome else { panic!() };
    assert_eq!(why.reason, "private-recalled");
}

#[test]
fn lists_of_another_originators_object_leave_as_they_stand() {
    let theirs = |mut object: Value| {
        if object["type"] == "domain-name" {
            for name in ["created", "modified", "created_by_ref"] {
                object.as_object_mut().unwrap().remove(name);
            }
        } else {
            object["created_by_ref"] = json!(id("identity", 77));
        }
        Candidate { consent: Consent::Whole, ..Candidate::new(model::object(object), false) }
    };
    let (a, b) = (id("domain-name", 2), id("domain-name", 3));
    let report = sdo(
        "report",
        1,
        json!({ "name": "Pistols", "published": "2026-05-01T10:00:00Z",
        "object_refs": [b, a, b] }),
    );
    let domain = |n: usize| sdo("domain-name", n, json!({ "value": format!("d{n}.example.org") }));
    let set = [theirs(report), theirs(domain(2)), theirs(domain(3))];
    let plan = NODE.plan(&set);
    let sent = plan.released.iter().find(|r| r.kind() == "report").unwrap_or_else(|| {
        panic!("{}", text(&plan));
    });
    let sent: Value = serde_json::from_str(sent.bytes()).unwrap();
    assert_eq!(sent["object_refs"], json!([b, a, b]));
}

#[test]
fn a_name_under_a_dotted_key_is_a_name_all_the_same() {
    let hidden = sdo(
        "identity",
        2,
        json!({ "name": "X", "identity_class": "individual",
        "extensions": { "person": { "names.full": "Elena Paz" } } }),
    );
    let tear = json!({ "title": "Pistols", "text": "PAZ moves pistols" });
    let report = sdo(
        "report",
        1,
        json!({ "name": "Informe", "published": "2026-05-01T10:00:00Z",
        "object_refs": [id("identity", 2), model::OWN], "extensions": { "tear-line": tear } }),
    );
    let plan = NODE.plan(&[candidate(report), candidate(hidden)]);
    let bytes: String = plan.released.iter().map(|r| r.bytes()).collect();
    assert!(!bytes.contains("PAZ"), "{bytes}");
}
