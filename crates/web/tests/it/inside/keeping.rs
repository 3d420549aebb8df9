//! What is overdue for review is hidden until a reviewer decides; own notes stay inside.

use enlace_node::{NodeError, NoteKind, ReleaseRequest};
use serde_json::{Value, json};

use crate::release::{World, world};

const MARKING: &str = "marking-definition--2a000000-0000-4000-8000-000000000001";
const LATER: &str = "marking-definition--2a000000-0000-4000-8000-000000000002";
const OLD: &str = "identity--2a000000-0000-4000-8000-000000000003";
const FRESH: &str = "identity--2a000000-0000-4000-8000-000000000004";
const REPORT: &str = "report--2a000000-0000-4000-8000-000000000005";

fn marking(id: &str, due: &str) -> Value {
    let handling = enlace_stix::types::definition_id("handling");
    json!({"type": "marking-definition", "spec_version": "2.1", "id": id,
        "created": "2026-01-01T00:00:00.000Z", "extensions": {handling: {
        "extension_type": "property-extension", "tlp": "amber", "review_due": due}}})
}

fn person(id: &str, name: &str, marking: &str) -> Value {
    json!({"type": "identity", "spec_version": "2.1", "id": id, "name": name,
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "identity_class": "individual", "object_marking_refs": [marking]})
}

async fn held() -> World {
    let world = world().await;
    let report = json!({"type": "report", "spec_version": "2.1", "id": REPORT,
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "name": "Informe con plazo", "published": "2026-01-01T00:00:00Z",
        "report_types": ["threat-actor"], "object_refs": [OLD, FRESH],
        "object_marking_refs": [LATER]});
    // The persons stand before the markings that say how long they are kept.
    let objects = [
        person(OLD, "Zzyzxvencido", MARKING),
        person(FRESH, "Zzyzxvigente", LATER),
        report,
        marking(MARKING, "2020-06-01"),
        marking(LATER, "2999"),
    ];
    let bundle = json!({"type": "bundle", "id": "bundle--2a000000-0000-4000-8000-000000000009",
        "objects": objects});
    world.ec.import("due.json", bundle.to_string().as_bytes()).await;
    world
}

#[tokio::test]
async fn what_is_overdue_is_hidden_from_all_but_reviewers_and_does_not_leave() {
    let world = held().await;
    let node = &world.ec.node;
    let approver = world.ec.actor("approver").await;
    for name in ["liaison", "investigator", "analyst", "handler"] {
        let actor = world.ec.actor(name).await;
        assert!(matches!(node.get(&actor, OLD).await.unwrap_err(), NodeError::NotFound { .. }));
        assert_eq!(node.search(&actor, "zzyzx*", &[], 0, 9).await.unwrap().total, 1, "{name}");
        assert!(node.get(&actor, FRESH).await.is_ok(), "{name}");
    }
    let listed = node.review_list(&approver).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].name.id.as_str(), &listed[0].due[..10]), (OLD, "2020-06-01"));
    let liaison = world.ec.actor("liaison").await;
    assert!(node.review_list(&liaison).await.is_err());
    assert!(node.get(&approver, OLD).await.is_ok());
    // The reviewer sees it and still does not release it.
    let request = ReleaseRequest {
        agreement: world.agreement.clone(),
        partner: None,
        purpose: Some(world.purpose.clone()),
        ids: vec![REPORT.to_owned()],
        ..ReleaseRequest::default()
    };
    let ids = |dry: &enlace_node::DryRun| -> Vec<String> {
        dry.objects.iter().map(|o| o.name.id.clone()).collect()
    };
    for actor in [&approver, &liaison] {
        let dry = node.dry_run(actor, &request).await.unwrap();
        assert!(!ids(&dry).contains(&OLD.to_owned()) && ids(&dry).contains(&FRESH.to_owned()));
    }
    // Kept for a reason until a later day, then it is everybody's again.
    for (until, why) in [("2001-01-01", "case open"), ("soon", "case open"), ("2999-01-01", " ")] {
        assert!(node.review_keep(&approver, OLD, until, why).await.is_err(), "{until} {why}");
    }
    node.review_keep(&approver, OLD, "2999-01-01", "case 0417 is open").await.unwrap();
    assert!(node.get(&liaison, OLD).await.is_ok());
    assert!(ids(&node.dry_run(&liaison, &request).await.unwrap()).contains(&OLD.to_owned()));
    assert!(node.review_list(&approver).await.unwrap().is_empty());
    let early = node.review_erase(&approver, OLD).await.unwrap_err();
    assert!(early.to_string().contains("not overdue"), "{early}");
}

#[tokio::test]
async fn an_erasure_takes_text_search_and_notes() {
    let world = held().await;
    let node = &world.ec.node;
    let approver = world.ec.actor("approver").await;
    node.note_add(&approver, OLD, NoteKind::Note, "Zzyzxnota").await.unwrap();
    let erased = node.review_erase(&approver, OLD).await.unwrap();
    assert_eq!(erased.channels, ["own"]);
    assert!(node.review_list(&approver).await.unwrap().is_empty());
    assert_eq!(node.search(&approver, "zzyzxvencido", &[], 0, 9).await.unwrap().total, 0);
    assert!(node.get(&approver, OLD).await.unwrap().raw.is_empty());
    assert!(node.note_list(&approver, OLD).await.unwrap().is_empty());
    assert!(node.get(&world.ec.actor("liaison").await, OLD).await.is_err(), "it stays hidden");
}

#[tokio::test]
async fn notes_stand_beside_an_object_and_never_go_along() {
    let world = world().await;
    let node = &world.ec.node;
    let (analyst, liaison) = (world.ec.actor("analyst").await, world.ec.actor("liaison").await);
    let raw = node.get(&liaison, &world.report).await.unwrap().raw;
    let note = node.note_add(&analyst, &world.report, NoteKind::Note, "Zzyzxnota").await.unwrap();
    node.note_add(&analyst, &world.report, NoteKind::Label, "zzyzxetiqueta").await.unwrap();
    let view = node.object_view(&liaison, &world.report, None).await.unwrap();
    let texts: Vec<&str> = view.notes.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(texts, ["Zzyzxnota", "zzyzxetiqueta"]);
    assert_eq!(view.notes[0].by, "analyst");
    assert_eq!(node.get(&liaison, &world.report).await.unwrap().raw, raw, "nobody changes it");
    let request = ReleaseRequest {
        agreement: world.agreement.clone(),
        partner: None,
        purpose: Some(world.purpose.clone()),
        ids: vec![world.report.clone()],
        ..ReleaseRequest::default()
    };
    let dry = format!("{:?}", node.dry_run(&liaison, &request).await.unwrap());
    assert!(!dry.to_lowercase().contains("zzyzx"));
    assert!(node.note_remove(&liaison, &world.report, &note).await.is_err(), "not his");
    node.note_remove(&analyst, &world.report, &note).await.unwrap();
    assert_eq!(node.note_list(&liaison, &world.report).await.unwrap().len(), 1);
    let auditor = world.ec.actor("auditor").await;
    assert!(node.note_add(&auditor, &world.report, NoteKind::Note, "x").await.is_err());
}
