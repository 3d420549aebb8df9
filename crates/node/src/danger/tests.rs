use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use enlace_policy::roles::Role;
use enlace_stix::Object;
use enlace_store::{Batch, OWN, ObjectState, Write};
use serde_json::json;
use tempfile::TempDir;

use super::{DangerOutcome, DangerRequest, REVIEW_US};
use crate::backend::tests::acts;
use crate::{Actor, Clock, CompartmentKind, Init, Node, NodeError};

const PERSON: &str = "identity--1c000000-0000-4000-8000-000000000001";
/// 2026-06-01.
const NOW: i64 = 1_780_272_000_000_000;

struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_us(&self) -> i64 {
        self.0.fetch_add(1000, Ordering::Relaxed)
    }
}

/// EC with one person, and US; each has the card of the other and no wire.
async fn desk() -> (Arc<Hand>, Node, Node, Vec<TempDir>) {
    let clock = Arc::new(Hand(AtomicI64::new(NOW)));
    let (mut nodes, mut homes) = (Vec::new(), Vec::new());
    for (name, country) in [("UNE", "EC"), ("ILC", "US")] {
        let home = tempfile::tempdir().unwrap();
        let init = Init { name: name.into(), country: country.into(), unit: None };
        drop(Node::init(home.path(), &init).await.unwrap());
        let clock: Arc<dyn Clock> = clock.clone();
        nodes.push(Node::open_with(home.path(), clock).await.unwrap());
        homes.push(home);
    }
    let [ec, us]: [Node; 2] = nodes.try_into().unwrap();
    for (node, other) in [(&ec, &us), (&us, &ec)] {
        let card = serde_json::to_string(other.card().unwrap().json()).unwrap();
        node.partner_add(&Actor::console(), &card).await.unwrap();
    }
    let person = json!({
        "type": "identity", "spec_version": "2.1", "id": PERSON, "name": "Rosa Namérez",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "identity_class": "individual",
    });
    let row =
        ec.new_object(&Object::parse(&person.to_string()).unwrap(), OWN, "f", ObjectState::Held);
    let writes = vec![Write::Object(Box::new(row))];
    ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    (clock, ec, us, homes)
}

fn officer(name: &str) -> Actor {
    Actor::of(name, Role::LiaisonOfficer)
}

fn request() -> DangerRequest {
    DangerRequest {
        partner: "US".into(),
        reason: "kidnapping".into(),
        text: "They come for her tonight.".into(),
        why: "heard on line four".into(),
        ids: vec![PERSON.into()],
    }
}

#[tokio::test]
async fn a_warning_that_nobody_looks_at_within_a_day_is_overdue_and_stops_no_other() {
    let (clock, ec, _us, _homes) = desk().await;
    let (ana, luis) = (officer("ana"), officer("luis"));
    let line = ec.danger_release(&ana, &request(), true).await.unwrap();
    assert_eq!((line.state, line.overdue), ("waiting", false));
    let waiting = ec.waiting(&ec.partner_named("US").await.unwrap().0).await.unwrap();
    assert_eq!(waiting.len(), 1, "it waits for the wire");
    clock.0.fetch_add(REVIEW_US - 3_600_000_000, Ordering::Relaxed);
    assert_eq!(ec.danger_alerts(&luis).await.unwrap().overdue, 0);
    clock.0.fetch_add(3_600_000_000, Ordering::Relaxed);
    let alerts = ec.danger_alerts(&luis).await.unwrap();
    assert_eq!((alerts.to_review, alerts.overdue), (1, 1));
    assert_eq!(ec.danger_alerts(&ana).await.unwrap().to_review, 0, "she sent it");
    let auditor = Actor::of("eva", Role::Auditor);
    let listed = ec.danger_oversight(&auditor).await.unwrap();
    assert!(listed[0].overdue && listed[0].text.is_empty() && listed[0].why.is_empty());
    ec.danger_release(&ana, &request(), true).await.unwrap();
    ec.danger_review(&luis, &line.id, DangerOutcome::Confirmed, "").await.unwrap();
    let overdue = ec.danger_list(&luis).await.unwrap().iter().filter(|l| l.overdue).count();
    assert_eq!(overdue, 0);
}

#[tokio::test]
async fn a_held_object_stays_and_the_lead_of_a_compartment_is_told() {
    let (_, ec, _us, _homes) = desk().await;
    let (ana, luis) = (officer("ana"), officer("luis"));
    ec.compartment_create(&luis, "caso", CompartmentKind::Case, "two know").await.unwrap();
    ec.compartment_add(&luis, "caso", &[PERSON.to_owned()], false).await.unwrap();
    let unseen = ec.danger_release(&ana, &request(), true).await;
    assert!(unseen.is_err(), "what she does not see is not there");
    let console = Actor::console();
    ec.account_create(&console, "ana", Role::LiaisonOfficer, &"long enough 1".into())
        .await
        .unwrap();
    ec.compartment_member(&luis, "caso", "ana", true).await.unwrap();
    let line = ec.danger_release(&ana, &request(), true).await.unwrap();
    assert_eq!(line.objects, [PERSON]);
    assert_eq!(ec.danger_alerts(&luis).await.unwrap().of_yours, 1);
    let outsider = officer("mara");
    assert!(ec.danger_list(&outsider).await.unwrap().is_empty(), "who is no member sees none");
    let hold = ["a", "b", "c", "d"].map(|n| format!("location--{n}")).into_iter();
    let set = hold.chain([PERSON.to_owned()]).chain(["identity--x".to_owned()]).collect();
    ec.hold_writes(&luis, set).await.unwrap();
    let run = ec.danger_dry_run(&ana, &request()).await.unwrap();
    assert_eq!((run.counts.withheld, run.lines[0].clause.as_str()), (1, "private.held-back"));
}

#[tokio::test]
async fn what_waits_for_a_partner_is_shown_in_clear_as_papers_only_and_logged_where_there_is_any() {
    let (_, ec, _, _homes) = desk().await;
    let console = Actor::console();
    ec.danger_release(&officer("ana"), &request(), true).await.unwrap();
    for role in [Role::Administrator, Role::LiaisonOfficer] {
        let before = ec.store.log("node").await.unwrap().size;
        let shown = ec.outbox_file(&Actor::of("someone", role), "US").await.unwrap();
        assert!(!shown.contains("Rosa") && !shown.contains("danger-to-life"), "{role:?}: {shown}");
        assert_eq!(ec.store.log("node").await.unwrap().size, before, "{role:?}");
    }
    let before = ec.store.log("node").await.unwrap().size;
    assert!(ec.outbox_file(&console, "US").await.unwrap().contains("danger-to-life"));
    let leaf = ec.store.log_entries("node", before, 9).await.unwrap().remove(0);
    let said = String::from_utf8(leaf.record.unwrap()).unwrap();
    assert!(said.contains("carried") && said.contains("console"), "{said}");
    ec.partner_revoke(&console, "US").await.unwrap();
    let refused = ec.outbox_file(&console, "US").await.unwrap_err();
    assert!(refused.to_string().contains("cut off"), "{refused}");
}

#[tokio::test]
async fn a_warning_that_was_planned_before_its_partner_was_cut_off_does_not_leave_after_it() {
    let (_, ec, _us, _homes) = desk().await;
    let (ana, console) = (officer("ana"), Actor::console());
    let planned = ec.danger_planned(&ana, &request()).await.unwrap();
    ec.partner_revoke(&console, "US").await.unwrap();
    let late = ec.danger_left(&ana, &request(), &planned).await;
    assert!(matches!(late, Err(NodeError::Changed { .. })), "{late:?}");
    assert!(acts(&ec).await.iter().all(|act| act["act"] != "danger-to-life"));
    let refused = ec.danger_release(&ana, &request(), true).await.unwrap_err();
    assert!(refused.to_string().contains("cut off"), "{refused}");
}

#[tokio::test]
async fn a_warning_that_was_planned_before_a_hold_is_planned_again_after_it() {
    let (_, ec, _us, _homes) = desk().await;
    let (ana, luis) = (officer("ana"), officer("luis"));
    let planned = ec.danger_planned(&ana, &request()).await.unwrap();
    let hold = ["a", "b", "c", "d"].map(|n| format!("location--{n}")).into_iter();
    let set = hold.chain([PERSON.to_owned()]).chain(["identity--x".to_owned()]).collect();
    ec.hold_writes(&luis, set).await.unwrap();
    let late = ec.danger_left(&ana, &request(), &planned).await;
    assert!(matches!(late, Err(NodeError::Changed { .. })), "{late:?}");
    let line = ec.danger_release(&ana, &request(), true).await.unwrap();
    assert_eq!(line.objects, [""; 0], "the words leave, what is held does not");
}

#[tokio::test]
async fn a_warning_that_arrives_after_it_was_taken_back_leaves_nothing() {
    let (_, ec, us, _homes) = desk().await;
    let (ana, console) = (officer("ana"), Actor::console());
    let line = ec.danger_release(&ana, &request(), true).await.unwrap();
    let warning = ec.outbox_file(&console, "US").await.unwrap();
    assert!(warning.contains("Rosa"));
    ec.recall(&ana, PERSON, None).await.unwrap();
    assert_eq!(ec.danger_list(&ana).await.unwrap()[0].state, "recalled");
    let recall = ec.outbox_file(&console, "US").await.unwrap();
    assert!(!recall.contains("Rosa"), "what was not fetched is not sent any more");
    for file in [&recall, &warning, &warning, &recall] {
        us.inbox_file(&console, file).await.unwrap();
        for row in us
            .store
            .objects(enlace_store::ObjectQuery { limit: 99, ..Default::default() })
            .await
            .unwrap()
        {
            assert!(!row.raw.contains("Rosa") && !row.label.contains("Rosa"), "{row:?}");
        }
    }
    let kept = us.store.object(&line.id, None).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.revoked), (ObjectState::Recalled, true));
}

#[tokio::test]
async fn a_partner_answers_only_warnings_that_went_to_it() {
    let (_, ec, us, _homes) = desk().await;
    let (ana, console) = (officer("ana"), Actor::console());
    let line = ec.danger_release(&ana, &request(), true).await.unwrap();
    let file = ec.outbox_file(&console, "US").await.unwrap();
    us.inbox_file(&console, &file).await.unwrap();
    let got = us.danger_received(&ana).await.unwrap();
    assert_eq!((got.len(), got[0].text.as_str()), (1, "They come for her tonight."));
    assert_eq!(us.danger_alerts(&ana).await.unwrap().received, 1);
    us.danger_seen(&ana, &line.id).await.unwrap();
    assert_eq!(us.danger_alerts(&ana).await.unwrap().received, 0);
    let answer = us.outbox_file(&console, "EC").await.unwrap();
    let taken = ec.inbox_file(&console, &answer).await.unwrap();
    assert_eq!(taken[0].status, "taken", "{taken:?}");
    assert_eq!(ec.danger_list(&ana).await.unwrap()[0].state, "received");
    // The same, carried to somebody who never warned.
    let (_, other, _, _homes) = desk().await;
    let card = serde_json::to_string(us.card().unwrap().json()).unwrap();
    other.partner_add(&console, &card).await.unwrap();
    let refused = other.inbox_file(&console, &answer).await.unwrap();
    assert_eq!(refused[0].rule, "exchange.other-addressee");
}

/// An object whose review is overdue.
async fn overdue(node: &Node, id: &str) {
    let due = Some(1);
    let key = format!("{id}/{}", crate::view::OVERDUE);
    let write = crate::record::put(crate::record::Bucket::VEIL, &key, &(), due).unwrap();
    node.store.commit(Batch { guards: vec![], writes: vec![write] }).await.unwrap();
}

/// Whether any record or object of a node holds a text.
async fn says(node: &Node, text: &str) -> bool {
    let all = enlace_store::ObjectQuery { limit: 999, ..Default::default() };
    let objects = node.store.objects(all).await.unwrap();
    let mut held = objects.iter().any(|row| row.raw.contains(text) || row.label.contains(text));
    for bucket in [crate::record::Bucket::DANGER, crate::record::Bucket::DANGER_IN] {
        let all = enlace_store::RecordQuery { bucket, limit: 999, ..Default::default() };
        let records = node.store.records(all).await.unwrap();
        held |= records.iter().any(|record| record.body.contains(text));
    }
    held
}

#[tokio::test]
async fn an_erasure_at_review_takes_the_text_of_our_warnings_about_it_once_both_have_seen_them() {
    let (_, ec, _us, _homes) = desk().await;
    let (ana, reviewer) = (officer("ana"), Actor::of("eva", Role::Approver));
    let line = ec.danger_release(&ana, &request(), true).await.unwrap();
    overdue(&ec, PERSON).await;
    let early = ec.review_erase(&reviewer, PERSON).await.unwrap_err();
    assert!(early.to_string().contains("at a partner"), "{early}");
    ec.danger_recall(&ana, &line.id).await.unwrap();
    let unseen = ec.review_erase(&reviewer, PERSON).await.unwrap_err();
    assert!(unseen.to_string().contains("nobody reviewed"), "{unseen}");
    assert!(says(&ec, "They come for her").await, "a refusal changes nothing");
    ec.danger_review(&reviewer, &line.id, DangerOutcome::Confirmed, "line four was right")
        .await
        .unwrap();
    let erased = ec.review_erase(&reviewer, PERSON).await.unwrap();
    assert_eq!(erased.warnings.erased, [line.id.as_str()]);
    for text in ["They come for her", "heard on line four", "line four was right", "Rosa"] {
        assert!(!says(&ec, text).await, "{text}");
    }
    let listed = ec.danger_oversight(&Actor::of("audit", Role::Auditor)).await.unwrap();
    assert_eq!((listed[0].by.as_str(), listed[0].reason.as_str()), ("ana", "kidnapping"));
}

#[tokio::test]
async fn an_erasure_at_review_takes_the_text_of_partners_warnings_about_it() {
    let (_, ec, us, _homes) = desk().await;
    let (ana, console) = (officer("ana"), Actor::console());
    let line = ec.danger_release(&ana, &request(), true).await.unwrap();
    let file = ec.outbox_file(&console, "US").await.unwrap();
    us.inbox_file(&console, &file).await.unwrap();
    let reviewer = Actor::of("eva", Role::Approver);
    let arrived = us.danger_received(&ana).await.unwrap();
    let twin = arrived[0].objects.iter().find(|id| id.starts_with("identity")).unwrap().clone();
    assert!(says(&us, "They come for her").await && says(&us, "Rosa").await);
    overdue(&us, &twin).await;
    let erased = us.review_erase(&reviewer, &twin).await.unwrap();
    assert_eq!(erased.warnings.erased, [line.id.as_str()]);
    assert!(!says(&us, "They come for her").await && !says(&us, "Rosa").await);
    let listed = us.danger_received(&ana).await.unwrap();
    assert_eq!((listed[0].text.as_str(), listed[0].reason.as_str()), ("", "kidnapping"));
}

#[tokio::test]
async fn an_erasure_at_review_says_which_warnings_name_it_and_stay() {
    let (_, ec, _us, _homes) = desk().await;
    let ana = officer("ana");
    // Nobody held here has that name when the warning is sent.
    let text = "Lena Venidera is not the one they look for.".to_owned();
    let other = DangerRequest { text, ids: Vec::new(), ..request() };
    let line = ec.danger_release(&ana, &other, true).await.unwrap();
    let id = "identity--1c000000-0000-4000-8000-000000000009";
    let person = json!({
        "type": "identity", "spec_version": "2.1", "id": id, "name": "Lena Venidera",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "identity_class": "individual",
    });
    let person = Object::parse(&person.to_string()).unwrap();
    let new = ec.new_object(&person, OWN, "f", ObjectState::Held);
    let writes = vec![Write::Object(Box::new(new))];
    ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    overdue(&ec, id).await;
    let erased = ec.review_erase(&Actor::of("eva", Role::Approver), id).await.unwrap();
    assert!(erased.warnings.erased.is_empty());
    assert_eq!(erased.warnings.stay, [line.id]);
}

#[tokio::test]
async fn the_words_name_who_leaves_and_no_refusal_tells_a_source_from_anybody_else() {
    let (_clock, ec, us, _homes) = desk().await;
    let (ana, handler) = (officer("ana"), Actor::of("handler", Role::SourceHandler));
    let id = |n: u8| format!("identity--1c000000-0000-4000-8000-00000000000{n}");
    // One of ours, one that a handler linked to a source, one that a partner gave.
    let held = ["Tomás Ejemplar Uno", "Berta Inventada Dos", "Celso Ficticio Tres"];
    let mut writes = Vec::new();
    for ((n, name), channel) in (2..).zip(held).zip([OWN, OWN, us.key_id()]) {
        let person = json!({
            "type": "identity", "spec_version": "2.1", "id": id(n), "name": name,
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "identity_class": "individual",
        });
        let person = Object::parse(&person.to_string()).unwrap();
        writes.push(Write::Object(Box::new(ec.new_object(
            &person,
            channel,
            "f",
            ObjectState::Held,
        ))));
    }
    ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    let pass = secrecy::SecretString::from("a passphrase of the register");
    ec.source_init(&handler, &pass).await.unwrap();
    let source = crate::NewSource {
        code_name: "GARZA".into(),
        identity: "Berta Inventada Dos".into(),
        since: "2026-01-01".into(),
        objects: vec![id(3)],
    };
    ec.source_add(&handler, &pass, source).await.unwrap();

    let ask = |text: String, ids: Vec<String>| {
        let request = DangerRequest { text, ids, ..request() };
        let (ec, ana) = (&ec, &ana);
        async move {
            let done = ec.danger_dry_run(ana, &request).await;
            done.map(|_| ()).map_err(|error| (error.code(), error.to_string()))
        }
    };
    let mut refused = Vec::new();
    for name in held.into_iter().chain(["Rosa Namérez"]) {
        refused.push(ask(format!("They come for {name}."), vec![]).await.unwrap_err());
    }
    assert_eq!(refused[0].0, "danger.names");
    assert!(refused.windows(2).all(|two| two[0] == two[1]), "{refused:?}");
    ask("They come for Rosa Namérez.".into(), vec![PERSON.into()]).await.unwrap();
    ask("They come for Nadia Desconocida.".into(), vec![]).await.unwrap();
    ask("They come with Tomás Ejemplar Uno.".into(), vec![id(2)]).await.unwrap();
}
