//! The end of retention by the clock: hidden at that instant, purged by the next round.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use enlace_policy::roles::Role;
use enlace_stix::types::definition_id;
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, OWN, ObjectState, Twin, Write};
use serde_json::json;

use super::{Retained, released_under};
use crate::recall_answer::Received;
use crate::record::{self, Bucket};
use crate::standing::tests::{TERMS, Trio};
use crate::{Actor, Node, NodeError};

const HELD: &str = "note--7a3d1f20-5b1c-4a0e-9c55-0d9be4f0b001";
const MARKING: &str = "marking-definition--7a3d1f20-5b1c-4a0e-9c55-0d9be4f0b002";

fn note(by: &str, modified: &str) -> Object {
    let view = json!({"type": "note", "spec_version": "2.1", "id": HELD, "content": "Zzyzxtexto",
        "created": "2026-06-01T00:00:00.000Z", "modified": modified, "created_by_ref": by,
        "object_refs": [HELD], "object_marking_refs": [MARKING]});
    let view = view.as_object().unwrap().clone();
    Object::from_view(view).unwrap()
}

fn marking(until: &str) -> BTreeMap<String, Object> {
    let view = json!({"type": "marking-definition", "spec_version": "2.1", "id": MARKING,
        "created": "2026-06-01T00:00:00.000Z", "extensions": {definition_id("handling"): {
        "extension_type": "property-extension", "retention_until": until}}});
    let view = view.as_object().unwrap().clone();
    BTreeMap::from([(MARKING.to_owned(), Object::from_view(view).unwrap())])
}

/// A version of EC's note arrives at US, marked to be kept until a day.
async fn arrives(trio: &Trio, agreement: &str, modified: &str, until: &str) {
    let object = note(&trio.nodes[0].me.identity_id, modified);
    object_arrives(trio, agreement, object, until).await;
}

async fn object_arrives(trio: &Trio, agreement: &str, object: Object, until: &str) {
    let (us, ec) = (&trio.nodes[1], &trio.nodes[0]);
    let standing = us.agreement_named(agreement).await.unwrap();
    let id = object.id().as_str();
    let of = Received { partner: ec.key_id(), agreement: &standing.agreement, id };
    let mut writes = us.keeping_writes(&of, &object, &marking(until)).await.unwrap();
    let row = us.new_object(&object, ec.key_id(), "EC", ObjectState::Held);
    writes.push(Write::Object(Box::new(row)));
    us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
}

fn it_is(trio: &Trio, day: &str) {
    let at: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    trio.clock.0.store(at.micros(), Ordering::Relaxed);
}

async fn is_seen(node: &Node) -> bool {
    let mut seen = Vec::new();
    for role in [Role::Approver, Role::LiaisonOfficer, Role::Analyst] {
        let found = node.get(&Actor::of("somebody", role), HELD).await;
        assert!(matches!(found, Ok(_) | Err(NodeError::NotFound { .. })), "{found:?}");
        seen.push(found.is_ok_and(|row| !row.raw.is_empty()));
    }
    assert!(seen.iter().all(|s| *s == seen[0]), "alike for all, reviewers too: {seen:?}");
    seen[0]
}

#[tokio::test]
async fn from_the_instant_of_its_end_nobody_sees_it_and_the_next_round_purges_it() {
    let trio = Trio::new().await;
    let agreement = trio.active(TERMS).await;
    let us = &trio.nodes[1];
    let none = Retained::default();
    arrives(&trio, &agreement, "2026-06-01T00:00:00.000Z", "2026-07-01").await;
    it_is(&trio, "2026-06-30");
    assert!(is_seen(us).await);
    assert_eq!(us.retention_round().await.unwrap(), none);
    // A version may bring a later end; the originator decides.
    arrives(&trio, &agreement, "2026-06-02T00:00:00.000Z", "2026-08-01").await;
    it_is(&trio, "2026-07-31");
    assert_eq!(us.retention_round().await.unwrap(), none);
    assert!(is_seen(us).await);
    it_is(&trio, "2026-08-01");
    assert!(!is_seen(us).await, "before any round");
    assert_eq!(us.retention_round().await.unwrap(), Retained { ended: 1, asked: 0 });
    assert!(us.store.versions(HELD).await.unwrap().iter().all(|row| row.raw.is_empty()));
    assert_eq!(us.retention_round().await.unwrap(), none, "once");
}

#[tokio::test]
async fn no_version_extends_it_beyond_the_agreement_and_a_date_that_cannot_be_read_has_come() {
    let trio = Trio::new().await;
    // 1095 days, from the first version on.
    let agreement = trio.active(TERMS).await;
    let us = &trio.nodes[1];
    arrives(&trio, &agreement, "2026-06-01T00:00:00.000Z", "2099-01-01").await;
    it_is(&trio, "2029-05-01");
    arrives(&trio, &agreement, "2029-05-01T00:00:00.000Z", "2099-01-01").await;
    assert!(is_seen(us).await);
    it_is(&trio, "2029-06-03");
    assert!(!is_seen(us).await);
    assert_eq!(us.retention_round().await.unwrap().ended, 1);

    let trio = Trio::new().await;
    let agreement = trio.active(TERMS).await;
    arrives(&trio, &agreement, "2026-06-01T00:00:00.000Z", "for ever").await;
    assert!(!is_seen(&trio.nodes[1]).await);
}

#[tokio::test]
async fn what_we_hold_as_our_own_stays_seen_when_a_partners_copy_ends() {
    let trio = Trio::new().await;
    let agreement = trio.active(TERMS).await;
    let us = &trio.nodes[1];
    let own = note(&us.me.identity_id, "2026-06-01T00:00:00.000Z");
    let row = us.new_object(&own, OWN, "file", ObjectState::Held);
    let writes = vec![Write::Object(Box::new(row))];
    us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    arrives(&trio, &agreement, "2026-06-01T00:00:00.000Z", "2026-07-01").await;
    it_is(&trio, "2026-07-01");
    assert!(is_seen(us).await);
    assert_eq!(us.retention_round().await.unwrap().ended, 1);
    assert!(is_seen(us).await);
    let texts = us.store.versions(HELD).await.unwrap();
    let left: Vec<&str> =
        texts.iter().filter(|r| !r.raw.is_empty()).map(|r| r.channel.as_str()).collect();
    assert_eq!(left, [OWN]);
}

#[tokio::test]
async fn a_reviewer_keeps_it_no_longer_than_its_retention_and_erases_nothing_under_a_legal_hold() {
    let trio = Trio::new().await;
    let agreement = trio.active(TERMS).await;
    let (us, approver) = (&trio.nodes[1], Actor::of("approver", Role::Approver));
    arrives(&trio, &agreement, "2026-06-01T00:00:00.000Z", "2026-07-01").await;
    let keep = |until: &'static str| us.review_keep(&approver, HELD, until, "case 0417");
    assert!(keep("2026-07-01").await.unwrap_err().to_string().contains("retention"));
    keep("2026-06-02").await.unwrap();
    it_is(&trio, "2026-06-03");
    us.legal_hold_place(&approver, HELD, "evidence", "case 0417").await.unwrap();
    let refused = us.review_erase(&approver, HELD).await.unwrap_err();
    assert!(refused.to_string().contains("legal hold"), "{refused}");
    let elsewhere = us.legal_hold_place(&approver, HELD, "because", "case 0417").await;
    assert!(elsewhere.unwrap_err().to_string().contains("ground"));
    let own = us.legal_hold_place(&approver, &us.me.identity_id, "evidence", "case 0417").await;
    assert!(own.is_err(), "our own needs no legal hold");
}

/// An address has one id, whoever writes it and under which agreement.
const ADDRESS: &str = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bb3caf07c4";

fn address() -> Object {
    let view = json!({"type": "ipv4-addr", "spec_version": "2.1", "id": ADDRESS,
        "value": "198.51.100.3", "object_marking_refs": [MARKING]});
    Object::from_view(view.as_object().unwrap().clone()).unwrap()
}

/// Three nodes with two agreements, by id.
async fn two_agreements() -> (Trio, [String; 2]) {
    let trio = Trio::new().await;
    let first = trio.active(TERMS).await;
    let other = TERMS.replacen("title = \"", "title = \"Other ", 1);
    let second = trio.active(&other).await;
    (trio, [first, second])
}

#[tokio::test]
async fn a_copy_under_two_agreements_goes_when_the_last_of_them_ends_whichever_came_first() {
    for order in [[0, 1], [1, 0]] {
        let (trio, agreements) = two_agreements().await;
        let until = ["2026-06-10", "2026-07-01"];
        for at in order {
            object_arrives(&trio, &agreements[at], address(), until[at]).await;
        }
        let us = &trio.nodes[1];
        let seen = async || us.get(&Actor::console(), ADDRESS).await.is_ok();
        for day in ["2026-06-09", "2026-06-10", "2026-06-30"] {
            it_is(&trio, day);
            assert!(seen().await, "{day}, {order:?}");
            assert_eq!(us.retention_round().await.unwrap(), Retained::default(), "{day}");
            assert!(seen().await, "{day}, {order:?}, after a round");
        }
        it_is(&trio, "2026-07-01");
        assert!(!seen().await, "before any round");
        assert_eq!(us.retention_round().await.unwrap().ended, 1);
        assert!(us.store.versions(ADDRESS).await.unwrap().iter().all(|row| row.raw.is_empty()));
        assert_eq!(us.retention_round().await.unwrap().ended, 0, "once");
    }
}

/// EC has published an address to US under both agreements, to be kept until a day under each.
async fn published(trio: &Trio, agreements: &[String; 2], until: [&str; 2]) {
    let (ec, us) = (&trio.nodes[0], trio.nodes[1].key_id());
    let now_us = ec.now_us();
    for (place, (agreement, day)) in agreements.iter().zip(until).enumerate() {
        let lineage = ec.agreement_named(agreement).await.unwrap().agreement.lineage.clone();
        let end: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
        let key = released_under(us, &lineage, ADDRESS);
        let collection = format!("collection-{place}");
        let twin = Twin {
            partner: us.to_owned(),
            lineage,
            original: ADDRESS.to_owned(),
            twin: ADDRESS.to_owned(),
            created: "2026-06-01T00:00:00.000Z".to_owned(),
            modified: "2026-06-01T00:00:00.000Z".to_owned(),
            content_hash: String::new(),
            collection: collection.clone(),
            recalled: false,
        };
        let publish = Write::Publish {
            collection,
            id: ADDRESS.to_owned(),
            kind: "ipv4-addr".to_owned(),
            version: String::new(),
            body: "sealed".to_owned(),
            now_us,
        };
        let due = record::put(Bucket::RETENTION, &key, &(), Some(end.micros())).unwrap();
        let writes = vec![Write::Twin(Box::new(twin)), publish, due];
        ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    }
}

async fn fetches(node: &Node, place: usize) {
    let collection = format!("collection-{place}");
    let fetched = Write::Fetched { collection, seqs: vec![1], now_us: node.now_us() };
    node.store.commit(Batch { guards: vec![], writes: vec![fetched] }).await.unwrap();
}

#[tokio::test]
async fn a_partner_is_asked_when_the_last_agreement_under_which_it_fetched_ends() {
    let until = ["2026-07-01", "2026-06-10"];
    // Fetched under the longer one alone, under both, under the shorter one alone.
    for (places, first, last) in [(vec![0], 0, 1), (vec![0, 1], 0, 1), (vec![1], 1, 0)] {
        let (trio, agreements) = two_agreements().await;
        let ec = &trio.nodes[0];
        published(&trio, &agreements, until).await;
        for place in &places {
            fetches(ec, *place).await;
        }
        it_is(&trio, "2026-06-10");
        assert_eq!(ec.retention_round().await.unwrap().asked, first, "{places:?}");
        it_is(&trio, "2026-07-01");
        assert_eq!(ec.retention_round().await.unwrap().asked, last, "{places:?}");
        assert_eq!(ec.retention_round().await.unwrap().asked, 0, "once");
    }
}

#[tokio::test]
async fn what_is_fetched_again_under_another_agreement_is_asked_about_again_at_its_end() {
    let (trio, agreements) = two_agreements().await;
    let (ec, us) = (&trio.nodes[0], trio.nodes[1].key_id());
    published(&trio, &agreements, ["2026-07-01", "2026-06-10"]).await;
    fetches(ec, 1).await;
    it_is(&trio, "2026-06-10");
    assert_eq!(ec.retention_round().await.unwrap().asked, 1);
    let mut view = trio.nodes[1].own_object("recall-answer").unwrap();
    view.insert("object_ref".into(), ADDRESS.into());
    view.insert("outcome".into(), "purged".into());
    view.insert("reason".into(), "retention".into());
    let answer = Object::from_view(view).unwrap();
    assert!(ec.answer_in_place(us, &answer).await.unwrap());
    let mut writes = Vec::new();
    ec.note_answer(us, &answer, &mut writes).await.unwrap();
    ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    fetches(ec, 0).await;
    it_is(&trio, "2026-07-01");
    assert_eq!(ec.retention_round().await.unwrap().asked, 1, "it had it anew");
}
