//! What we passed on of a partner's object: recalled with it, and its originator reads what became
//! of it, never who had it.

use enlace_stix::Object;
use enlace_store::{Batch, OWN, ObjectState, Twin, Write};
use serde_json::{Value, json};

use super::{Received, Why};
use crate::record::{self, Bucket};
use crate::standing::tests::{TERMS, Trio};
use crate::{Node, recall};

/// EC's object as US holds it.
const HELD: &str = "note--7a3d1f20-5b1c-4a0e-9c55-0d9be4f0a001";
/// What US gave NL of it.
const TWIN: &str = "note--7a3d1f20-5b1c-4a0e-9c55-0d9be4f0a002";

/// US (the second node) holds an object of EC and gave it on to NL, which fetched it.
async fn passed_on() -> (Trio, String) {
    let trio = Trio::new().await;
    let agreement = trio.active(TERMS).await;
    let (us, nl) = (&trio.nodes[1], trio.nodes[2].key_id().to_owned());
    let ec = trio.nodes[0].key_id();
    let held = note(HELD, &trio.nodes[0].me.identity_id);
    let twin = Twin {
        partner: nl.clone(),
        lineage: "lineage".into(),
        original: HELD.into(),
        twin: TWIN.into(),
        created: "2026-06-01T00:00:00.000Z".into(),
        modified: "2026-06-01T00:00:00.000Z".into(),
        content_hash: String::new(),
        collection: "for-nl".into(),
        recalled: false,
    };
    let publish = Write::Publish {
        collection: "for-nl".into(),
        id: TWIN.into(),
        kind: "note".into(),
        version: twin.modified.clone(),
        body: "{}".into(),
        now_us: us.now_us(),
    };
    let fetched =
        Write::Fetched { collection: "for-nl".into(), seqs: vec![1], now_us: us.now_us() };
    let row = us.new_object(&held, ec, "EC", ObjectState::Held);
    let writes = vec![Write::Object(Box::new(row)), Write::Twin(Box::new(twin)), publish, fetched];
    us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    (trio, agreement)
}

fn note(id: &str, by: &str) -> Object {
    let view = json!({"type": "note", "spec_version": "2.1", "id": id, "content": "Zzyzx",
        "created": "2026-06-01T00:00:00.000Z", "modified": "2026-06-01T00:00:00.000Z",
        "created_by_ref": by, "object_refs": [id]});
    let view = view.as_object().unwrap().clone();
    Object::from_view(view).unwrap()
}

/// EC's recall arrives at US; the answer.
async fn recalled(us: &Node, ec: &str, agreement: &str) -> Object {
    let standing = us.agreement_named(agreement).await.unwrap();
    let mut writes = Vec::new();
    let of = Received { partner: ec, agreement: &standing.agreement, id: HELD };
    us.withdraw_received(&of, Why::Recall, &mut writes).await.unwrap();
    let said = answer_in(&writes).unwrap();
    us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    said
}

/// The answer that a batch sends.
fn answer_in(writes: &[Write]) -> Option<Object> {
    writes.iter().find_map(|write| match write {
        Write::Object(new) if new.kind == "recall-answer" && new.channel == OWN => {
            Object::parse(&new.raw).ok()
        }
        _ => None,
    })
}

/// NL's answer reaches US; what US tells EC then.
async fn nl_says(trio: &Trio, outcome: &str) -> Option<Object> {
    let (us, nl) = (&trio.nodes[1], &trio.nodes[2]);
    let mut view = nl.own_object("recall-answer").unwrap();
    view.insert("object_ref".into(), TWIN.into());
    view.insert("outcome".into(), outcome.into());
    let answer = Object::from_view(view).unwrap();
    assert!(us.answer_in_place(nl.key_id(), &answer).await.unwrap());
    let mut writes = Vec::new();
    us.note_answer(nl.key_id(), &answer, &mut writes).await.unwrap();
    let told = answer_in(&writes);
    us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    told
}

fn onward(answer: &Object) -> String {
    let covered = answer.get("covered").and_then(Value::as_array).unwrap();
    let found = covered.iter().find(|one| one["class"] == "onward-copies").unwrap();
    found["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn copies_passed_on_are_recalled_and_the_originator_reads_when_they_are_gone() {
    let (trio, agreement) = passed_on().await;
    let (ec, us, nl) = (trio.nodes[0].key_id(), &trio.nodes[1], trio.nodes[2].key_id());
    let first = recalled(us, ec, &agreement).await;
    assert_eq!((first.text("outcome"), onward(&first).as_str()), (Some("purged"), "recalled"));
    let recall = us.recall_of(nl, TWIN).await.unwrap().unwrap();
    assert!(recall.fetched && us.store.twins_of(TWIN).await.unwrap()[0].recalled);
    assert!(us.store.object(HELD, None).await.unwrap().unwrap().raw.is_empty());

    let kept = nl_says(&trio, "restricted").await.expect("EC is told");
    assert_eq!(onward(&kept), "restricted");
    assert!(nl_says(&trio, "restricted").await.is_none(), "nothing new, nothing said");
    let gone = nl_says(&trio, "purged").await.expect("EC is told");
    assert_eq!((gone.text("object_ref"), onward(&gone).as_str()), (Some(HELD), "purged"));
    for answer in [&first, &kept, &gone] {
        let raw = answer.raw();
        let (name, identity) = (&trio.nodes[2].me.name, &trio.nodes[2].me.identity_id);
        for third in [nl, name.as_str(), identity.as_str(), TWIN] {
            assert!(!raw.contains(third), "EC reads nothing of whom US told: {raw}");
        }
        let paper = us.agreement_named(&agreement).await.unwrap();
        assert!(us.paper(answer, &paper.agreement, ec).is_ok(), "it may leave as a paper");
    }
}

#[tokio::test]
async fn what_we_hold_as_our_own_stays_with_others_when_a_partner_recalls_the_same_id() {
    let (trio, agreement) = passed_on().await;
    let (ec, us) = (trio.nodes[0].key_id(), &trio.nodes[1]);
    let own = note(HELD, &us.me.identity_id);
    let row = us.new_object(&own, OWN, "file", ObjectState::Held);
    let writes = vec![Write::Object(Box::new(row))];
    us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    let said = recalled(us, ec, &agreement).await;
    assert_eq!(onward(&said), "none");
    assert!(!us.store.twins_of(TWIN).await.unwrap()[0].recalled);
    assert!(!us.store.object(HELD, Some(OWN)).await.unwrap().unwrap().raw.is_empty());
}

#[tokio::test]
async fn an_answer_is_taken_only_from_whom_was_told_and_an_older_one_changes_nothing() {
    let (trio, agreement) = passed_on().await;
    let (ec, us, nl) = (trio.nodes[0].key_id(), &trio.nodes[1], trio.nodes[2].key_id());
    let answer = |reason: &str, object: &str, at: &str| {
        let mut view = us.own_object("recall-answer").unwrap();
        view.insert("object_ref".into(), object.into());
        view.insert("outcome".into(), "purged".into());
        view.insert("reason".into(), reason.into());
        view.insert("modified".into(), at.into());
        Object::from_view(view).unwrap()
    };
    let late = "2030-01-01T00:00:00.000Z";
    // Before anything is recalled NL may only say that the retention of what it fetched has ended.
    let cases = [
        (nl, "recall", TWIN, false),
        (nl, "correction", TWIN, false),
        (nl, "retention", TWIN, true),
        (nl, "retention", HELD, false),
        (ec, "retention", TWIN, false),
    ];
    for (from, reason, object, taken) in cases {
        let said = answer(reason, object, late);
        let in_place = us.answer_in_place(from, &said).await.unwrap();
        assert_eq!(in_place, taken, "{reason} of {object}");
    }
    recalled(us, ec, &agreement).await;
    assert!(us.answer_in_place(nl, &answer("recall", TWIN, late)).await.unwrap());
    for (at, counts) in [(late, true), ("2029-01-01T00:00:00.000Z", false)] {
        let mut writes = Vec::new();
        us.note_answer(nl, &answer("recall", TWIN, at), &mut writes).await.unwrap();
        let key = recall::key(nl, TWIN);
        let noted = writes.iter().any(|write| {
            matches!(write, Write::Put { bucket, key: k, .. }
                if *bucket == Bucket::RECALL && *k == key)
        });
        assert_eq!(noted, counts, "{at}");
        us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    }
    let kept = us.store.record(Bucket::RECALL, &recall::key(nl, TWIN)).await.unwrap().unwrap();
    let kept: crate::recall::RecallRecord = record::read(&kept).unwrap();
    assert_eq!(kept.said.unwrap().version, late);
}

#[tokio::test]
async fn a_partner_recalls_and_learns_nothing_of_what_another_released() {
    let (trio, agreement) = passed_on().await;
    let (us, nl) = (&trio.nodes[1], trio.nodes[2].key_id());
    let untouched = async || {
        assert!(!us.store.twins_of(TWIN).await.unwrap()[0].recalled, "the copy of EC's object");
        assert_eq!(us.store.object(HELD, None).await.unwrap().unwrap().state, ObjectState::Held);
    };
    // Ids of observables can be guessed: NL recalls what it never released, …
    let said = recalled(us, nl, &agreement).await;
    assert_eq!((said.text("outcome"), onward(&said).as_str()), (Some("purged"), "none"));
    untouched().await;
    // … also what somebody here holds for proceedings, …
    let hold = json!({"by": "ana", "at_us": 1, "ground": "court-order", "reference": "Zzyzx"});
    let held = record::put(Bucket::LEGAL_HOLD, &format!("{HELD}/1"), &hold, None).unwrap();
    us.store.commit(Batch { guards: vec![], writes: vec![held] }).await.unwrap();
    let said = recalled(us, nl, &agreement).await;
    assert_eq!((said.text("outcome"), said.text("ground")), (Some("purged"), None));
    let key = format!("{HELD}/1");
    let ended = Write::Delete { bucket: Bucket::LEGAL_HOLD, key };
    us.store.commit(Batch { guards: vec![], writes: vec![ended] }).await.unwrap();
    // … and what it sent after EC's object went on.
    let sent = note(HELD, &trio.nodes[2].me.identity_id);
    let row = us.new_object(&sent, nl, "NL", ObjectState::Held);
    let writes = vec![Write::Object(Box::new(row))];
    us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    let said = recalled(us, nl, &agreement).await;
    assert_eq!((said.text("outcome"), onward(&said).as_str()), (Some("purged"), "none"));
    untouched().await;
    us.settle_consents().await;
    untouched().await;
}
