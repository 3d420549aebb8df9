//! What a hostile partner or a malicious colleague tries against a node, each as the smallest test
//! that failed before it was answered (docs/attacks.md).

use std::sync::atomic::Ordering;

use enlace_policy::AgreementState;
use enlace_policy::roles::Role;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::backend::tests::acts;
use crate::paper_count::A_DAY;
use crate::record::Bucket;
use crate::standing::tests::{TERMS, Trio, approver};
use crate::sync::Delivery;
use crate::{Actor, Node, SyncReport, Words};

/// A paper of a node's own making, with these properties beside or in place of the usual ones.
fn paper_of(node: &Node, kind: &str, with: Value) -> Value {
    let mut view = node.own_object(kind).unwrap();
    view.extend(with.as_object().unwrap().clone());
    serde_json::to_value(node.keys.envelope(Value::Object(view))).unwrap()
}

/// What `from` pushes into the inbox of `to`; the status.
async fn pushes(from: &Node, to: &Node, paper: &Value) -> String {
    let body = json!({ "objects": [paper] }).to_string();
    let receipts = to.inbox_receive(from.key_id(), &body).await.unwrap();
    receipts.first().unwrap().status.clone()
}

/// The only statement about agreements that somebody made and that a node holds.
async fn statement_of(node: &Node, by: &Node) -> Value {
    let rows = node.papers("agreement-state").await.unwrap();
    let own = format!("\"created_by_ref\":\"{}\"", by.me.identity_id);
    let row = rows.into_iter().find(|row| row.raw.contains(&own)).unwrap();
    serde_json::from_str(&row.raw).unwrap()
}

/// A statement with the id and times of another, signed by whoever copies it.
fn copied(node: &Node, of: &Value, state: &str) -> Value {
    let with = json!({ "id": of["id"], "created": of["created"], "modified": of["modified"],
        "agreement_ref": of["agreement_ref"], "agreement_modified": of["agreement_modified"],
        "state": state });
    paper_of(node, "agreement-state", with)
}

#[tokio::test]
async fn a_partner_cannot_undo_what_another_said_by_a_paper_under_its_id() {
    let trio = Trio::new().await;
    let id = trio.active(TERMS).await;
    let [ec, us, nl] = trio.nodes.as_slice() else { panic!() };
    let by = |node: &Node| vec![node.key_id().to_owned()];
    // We suspended. A partner sends a paper under the id and version of ours.
    ec.agreement_suspend(&approver(), &id, Words::default()).await.unwrap();
    assert_eq!(trio.agreed(0, &id).await, AgreementState::Suspended { by: by(ec) });
    let ours = statement_of(ec, ec).await;
    assert_eq!(pushes(us, ec, &copied(us, &ours, "resumed")).await, "taken");
    assert_eq!(trio.agreed(0, &id).await, AgreementState::Suspended { by: by(ec) });
    // Another partner ended it. A third one does the same to that.
    ec.agreement_resume(&approver(), &id, Words::default()).await.unwrap();
    nl.agreement_terminate(&approver(), &id, Words::default()).await.unwrap();
    trio.share().await;
    let theirs = statement_of(ec, nl).await;
    assert_eq!(pushes(us, ec, &copied(us, &theirs, "resumed")).await, "taken");
    assert_eq!(trio.agreed(0, &id).await, AgreementState::Terminated);
    // And it still goes on to who has not heard it, in its maker's envelope.
    assert_eq!(trio.agreed(1, &id).await, AgreementState::Terminated);
}

#[tokio::test]
async fn no_account_bears_a_name_under_which_no_person_acts() {
    let trio = Trio::new().await;
    let (node, console) = (&trio.nodes[0], Actor::console());
    let password = SecretString::from("correct horse battery");
    for name in ["console", "node", "Node", "agreement", "AGREEMENT"] {
        let made = node.account_create(&console, name, Role::LiaisonOfficer, &password);
        assert!(made.await.is_err(), "{name} would draft and approve as the node itself does");
    }
    node.account_create(&console, "nodes", Role::LiaisonOfficer, &password).await.unwrap();
}

#[tokio::test]
async fn nobody_takes_the_place_of_a_named_person_by_a_name() {
    let trio = Trio::new().await;
    let (node, console) = (&trio.nodes[0], Actor::console());
    let age = |at: usize| trio.nodes[at].card().unwrap().age.unwrap().to_string();
    let (first, second) = (age(0), age(2));
    let dana = node.person_add(&console, "US", "Dana Ruiz", &first, "by letter").await.unwrap();
    assert_eq!(node.person_of(trio.nodes[1].key_id(), &dana.id).await.unwrap().1.name, "Dana Ruiz");
    // A release was approved for the record of Dana Ruiz. Somebody removes it, and names another
    // person as the record is called.
    node.person_remove(&console, &dana.id).await.unwrap();
    node.person_add(&console, "US", &dana.id, &second, "by letter").await.unwrap();
    assert!(node.person_of(trio.nodes[1].key_id(), &dana.id).await.is_err());
}

#[tokio::test]
async fn what_is_signed_by_a_name_is_the_only_thing_of_that_name() {
    let trio = Trio::new().await;
    let [ec, us, _] = trio.nodes.as_slice() else { panic!() };
    let liaison = Actor::of("liaison", Role::LiaisonOfficer);
    let names = [String::from("EC")];
    let draft = us.agreement_new(&liaison, &names, None, None, Some(TERMS)).await.unwrap();
    let first = us.agreement_sign_draft(&approver(), &draft, "a.toml").await.unwrap();
    trio.share().await;
    let title = ec.agreement_named(&first.id).await.unwrap().agreement.title().to_owned();
    // While EC's people read it, US sends another one of the same lineage and title.
    let wider = "[agreement]\namends = { released = \"keep\" }\n";
    let wider = TERMS.replace("[agreement]\n", wider).replace("days = 1095", "days = 9999");
    let draft = us.agreement_new(&liaison, &names, None, None, Some(&wider)).await.unwrap();
    let next = us.agreement_amend(&approver(), &first.id, &draft, "b.toml").await.unwrap();
    trio.share().await;
    assert_ne!(first.id, next.id);
    for name in [&title, &ec.agreement_named(&next.id).await.unwrap().agreement.lineage] {
        let signed = ec.agreement_sign(&approver(), name).await;
        assert!(signed.is_err(), "signed what nobody read: {}", signed.unwrap().id);
    }
    assert_eq!(ec.agreement_sign(&approver(), &first.id).await.unwrap().id, first.id);
}

#[tokio::test]
async fn what_was_written_for_one_partner_says_nothing_to_another() {
    let trio = Trio::new().await;
    let [ec, us, nl] = trio.nodes.as_slice() else { panic!() };
    let agreement = trio.active(TERMS).await;
    let officer = Actor::of("liaison", Role::LiaisonOfficer);
    let warning = crate::DangerRequest {
        partner: "US".into(),
        reason: "threat-to-life".into(),
        text: "They come for her tonight.".into(),
        why: "heard on line four".into(),
        ids: Vec::new(),
    };
    ec.danger_release(&officer, &warning, true).await.unwrap();
    // US hands the signed envelope on; an officer of NL reads the file in.
    let file = ec.outbox_file(&Actor::console(), "US").await.unwrap();
    let taken = nl.inbox_file(&Actor::console(), &file).await.unwrap();
    let taken: Vec<_> = taken.iter().filter(|r| r.id.starts_with("danger-to-life--")).collect();
    assert_eq!((taken[0].status.as_str(), taken.len()), ("refused", 1));
    assert_eq!(nl.danger_received(&officer).await.unwrap().len(), 0, "EC never warned NL");
    us.inbox_file(&Actor::console(), &file).await.unwrap();
    assert_eq!(us.danger_received(&officer).await.unwrap().len(), 1);
    // A consent to a whole type: it names no object of US by which it could be told apart.
    let consent = |to: &Node| {
        let with = json!({ "agreement_ref": agreement, "consent_kind": "onward",
            "decision": "granted", "covered_class": { "object_types": ["indicator"] },
            "recipient_class": "customs", "purposes": ["firearms-tracing"],
            "valid_until": "2099-01-01T00:00:00.000Z", "addressee": to.key_id() });
        json!({ "objects": [paper_of(ec, "consent", with)] }).to_string()
    };
    let carried = nl.inbox_file(&Actor::console(), &consent(us)).await.unwrap();
    assert_eq!((&*carried[0].status, &*carried[0].rule), ("refused", "exchange.other-addressee"));
    let mine = nl.inbox_file(&Actor::console(), &consent(nl)).await.unwrap();
    assert_eq!(mine[0].status, "taken", "{}", mine[0].rule);
}

#[tokio::test]
async fn what_a_party_signed_or_ended_is_not_taken_back_by_a_later_version_of_its_paper() {
    let trio = Trio::new().await;
    let id = trio.active(TERMS).await;
    let [ec, us, _] = trio.nodes.as_slice() else { panic!() };
    let later = json!("2026-06-01T12:00:00.000Z");
    // Its signature, with another value.
    let rows = ec.papers("agreement-signature").await.unwrap();
    let theirs = rows.iter().find(|row| row.channel == us.key_id()).unwrap();
    let mut signature: Value = serde_json::from_str(&theirs.raw).unwrap();
    signature["modified"] = later.clone();
    let value = signature["value"].as_str().unwrap();
    signature["value"] = value.chars().rev().collect::<String>().into();
    let changed = serde_json::to_value(us.keys.envelope(signature)).unwrap();
    assert_eq!(pushes(us, ec, &changed).await, "refused");
    assert_eq!(trio.agreed(0, &id).await, AgreementState::Active);
    // An end is for good.
    us.agreement_terminate(&approver(), &id, Words::default()).await.unwrap();
    trio.share().await;
    trio.clock.0.fetch_add(86_400_000_000, Ordering::Relaxed);
    let mut ended = statement_of(ec, us).await;
    ended["modified"] = later;
    assert_eq!(pushes(us, ec, &copied(us, &ended, "resumed")).await, "refused");
    assert_eq!(trio.agreed(0, &id).await, AgreementState::Terminated);
}

/// A record of these objects, signed by whom they are of.
fn record_of(node: &Node, agreement: &str, objects: &[Value]) -> Value {
    let mut view = node.own_object("release-record").unwrap();
    let listed = |object: &Value| {
        let sha256 = hex::encode(enlace_stix::canonical::sha256(object));
        json!({ "id": object["id"], "modified": object["modified"], "sha256": sha256 })
    };
    view.insert("agreement_ref".into(), agreement.into());
    view.insert("purpose".into(), "firearms-tracing".into());
    view.insert("released".into(), objects.iter().map(listed).collect());
    Value::Object(node.keys.sign_within(view))
}

/// What `to` makes of a delivery by `from`: objects and the record of them.
async fn delivers(from: &Node, to: &Node, agreement: &str, objects: &[Value]) -> SyncReport {
    let (card, mut report) = (from.card().unwrap(), SyncReport::default());
    let keys = to.keys_of(from.key_id()).await.unwrap();
    let mut delivery = Delivery::new(from.key_id(), &card, keys);
    let record = record_of(from, agreement, objects);
    for item in objects.iter().chain([&record]) {
        to.take_in(&mut delivery, &item.to_string(), &mut report).await.unwrap();
    }
    let (guards, writes) = (delivery.guards, delivery.writes);
    to.store.commit(enlace_store::Batch { guards, writes }).await.unwrap();
    report
}

#[tokio::test]
async fn a_record_of_contradictions_without_number_is_a_few_leaves_and_a_count() {
    let trio = Trio::new().await;
    let id = trio.active(TERMS).await;
    let [ec, us, _] = trio.nodes.as_slice() else { panic!() };
    let object = |number: usize, words: &str| {
        json!({ "type": "identity", "spec_version": "2.1", "name": words,
            "id": format!("identity--5f2e0000-0000-4000-8000-{number:012}"),
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "created_by_ref": us.me.identity_id, "identity_class": "individual" })
    };
    let [first, other] = ["Una", "Otra"]
        .map(|words| (0..60).map(|number| object(number, words)).collect::<Vec<Value>>());
    let report = delivers(us, ec, &id, &first).await;
    assert_eq!((report.objects, report.rejected), (60, 0));
    let report = delivers(us, ec, &id, &other).await;
    assert_eq!((report.objects, report.rejected), (0, 60));
    let mut leaves = acts(ec).await;
    leaves.retain(|act| act["act"] == "integrity");
    assert_eq!(leaves.len(), 21);
    assert_eq!(leaves.last().unwrap()["more"], 40, "none is left out of the count");
    let aside = ec.store.quarantine(None, 100).await.unwrap();
    assert_eq!(aside.len(), 60, "each is set aside with its rule");
}

#[tokio::test]
async fn changes_of_keys_that_prove_nothing_are_kept_up_to_a_bound_and_then_counted() {
    let trio = Trio::new().await;
    let [ec, us, _] = trio.nodes.as_slice() else { panic!() };
    let notice = |number: usize| paper_of(us, "key-change", json!({ "x_number": number }));
    let kept = async || {
        let mut leaves = acts(ec).await;
        leaves.retain(|act| act["act"] == "key-change-refused");
        (leaves.len(), ec.store.quarantine(None, 100).await.unwrap().len())
    };
    for number in 0..3 {
        assert_eq!(pushes(us, ec, &notice(number)).await, "refused");
    }
    assert_eq!(kept().await, (3, 3));
    let today = crate::clock::text(ec.now_us()).chars().take(10).collect::<String>();
    let key = format!("day/{}/aside/{today}", us.key_id());
    let full = crate::record::put(Bucket::PAPER_COUNT, &key, &A_DAY, None).unwrap();
    let batch = enlace_store::Batch { guards: vec![], writes: vec![full] };
    ec.store.commit(batch).await.unwrap();
    for number in 3..30 {
        assert_eq!(pushes(us, ec, &notice(number)).await, "refused");
    }
    assert_eq!(kept().await, (4, 3));
    trio.clock.0.fetch_add(crate::review::DAY_US, Ordering::Relaxed);
    ec.retention_round().await.unwrap();
    let sum = acts(ec).await.into_iter().rfind(|act| act["act"] == "repeated").unwrap();
    assert_eq!((&sum["kind"], &sum["times"]), (&json!("key-change-refused"), &json!(26)));
}
