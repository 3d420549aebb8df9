//! Two nodes that ask each other, and a third that must learn nothing.

use std::sync::atomic::Ordering;

use enlace_policy::roles::Role;
use enlace_request::event::{Event, hash};
use enlace_request::next::Next;
use enlace_request::state::{Kind, Side, Step};
use enlace_stix::Object;
use enlace_store::{Batch, OWN, ObjectState, Write};
use serde_json::{Map, Value, json};

use super::{NewRequest, NewStep, RequestLine, RequestView, Wish, woven};
use crate::ledger_log::NODE_LOG;
use crate::record::{self, Bucket};
use crate::standing::tests::{TERMS, Trio};
use crate::{Actor, ImportRequest, Node, NodeError};

const HOUR_US: i64 = 3_600_000_000;
const LIMITS: &str = "\n[deadlines]\nclause = \"9.1\"\nurgent_direct_hours = 8\n\
                      urgent_indirect_days = 3\nother_days = 7\n";
const ONE_ANSWER: &str = "\n[answer]\nclause = \"9.2\"\nnothing = \"nothing can be provided\"\n\
                          after_hours = 48\n";

fn liaison() -> Actor {
    Actor::of("liaison", Role::LiaisonOfficer)
}

fn investigator() -> Actor {
    Actor::of("investigator", Role::Investigator)
}

/// EC, US and NL under one agreement.
struct Desk {
    trio: Trio,
    agreement: String,
}

impl Desk {
    async fn new(terms: &str) -> Self {
        let trio = Trio::new().await;
        let agreement = trio.active(&format!("{TERMS}{terms}")).await;
        Self { trio, agreement }
    }

    fn ec(&self) -> &Node {
        &self.trio.nodes[0]
    }

    fn us(&self) -> &Node {
        &self.trio.nodes[1]
    }

    fn new_request(&self, change: Value) -> NewRequest {
        let mut content = json!({
            "kind": "information", "purpose": "firearms-tracing", "case_number": "UNE-2026-0417",
            "facts": "A pistol was found at a crossing.", "grounds_held": "It was sold with you.",
            "questions": [{ "number": 1, "text": "Who bought it first?" }],
        });
        let members = content.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        let content: Map<String, Value> = members.clone();
        NewRequest {
            agreement: self.agreement.clone(),
            partner: Some("US".to_owned()),
            content,
            ..NewRequest::default()
        }
    }

    /// EC asks US; the id.
    async fn asked(&self, change: Value) -> String {
        let ec = self.ec();
        let draft = ec.request_new(&investigator(), &self.new_request(change)).await.unwrap();
        assert_eq!(draft.missing, [""; 0]);
        ec.request_approve(&liaison(), &draft.id).await.unwrap();
        ec.request_send(&liaison(), &draft.id).await.unwrap();
        draft.id
    }

    /// Everything that waits goes to everybody, twice: receipts follow.
    async fn share(&self) {
        self.trio.share().await;
        self.trio.share().await;
    }

    async fn line(&self, node: &Node, id: &str) -> RequestLine {
        let (_, lines) = node.request_list(&liaison()).await.unwrap();
        lines.into_iter().find(|line| line.id == id).unwrap()
    }

    fn wait(&self, us: i64) {
        self.trio.clock.0.fetch_add(us, Ordering::Relaxed);
    }
}

fn step(state: &str, text: &str) -> NewStep {
    let replies = if text.is_empty() { vec![] } else { vec![text.to_owned()] };
    NewStep { wish: Wish::Step(state.to_owned()), replies, ..NewStep::default() }
}

async fn say(node: &Node, id: &str, new: NewStep) -> Result<bool, NodeError> {
    Ok(node.request_say(&liaison(), id, &new).await?.left)
}

/// What both sides must hold alike.
fn shared(view: &RequestView) -> Value {
    let steps = view.steps.iter().map(|s| json!([s.id, s.side, s.state, s.at, s.crossed, s.said]));
    json!([steps.collect::<Vec<_>>(), view.line.state, view.line.due, view.request])
}

fn code(error: NodeError) -> &'static str {
    error.code()
}

#[tokio::test]
async fn a_request_goes_from_draft_to_feedback_and_both_nodes_hold_the_same_thread() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk
        .asked(json!({ "urgency": "urgent", "urgency_ground": "loss-of-relevance",
        "urgency_reason": "The hearing is on Friday." }))
        .await;
    desk.share().await;
    let line = desk.line(us, &id).await;
    assert_eq!((line.direction, line.state, line.limit), ("in", "delivered", "running"));
    assert!(line.ours && !line.diverges);
    assert_eq!(desk.line(ec, &id).await.due, line.due, "both reckon the same end");

    say(us, &id, step("needs-clarification", "Is the third sign an O or a zero?")).await.unwrap();
    desk.share().await;
    assert_eq!(desk.line(ec, &id).await.limit, "paused");
    desk.wait(5 * HOUR_US);
    say(ec, &id, step("clarified", "A zero.")).await.unwrap();
    desk.share().await;
    let resumed = desk.line(us, &id).await;
    assert_eq!((resumed.state, resumed.limit), ("clarified", "running"));
    assert!(resumed.due > line.due, "the pause counts");

    for state in ["accepted", "gathering", "answered"] {
        say(us, &id, step(state, "")).await.unwrap();
    }
    desk.share().await;
    let closed = NewStep { useful: Some("yes".into()), ..step("closed", "") };
    say(ec, &id, closed).await.unwrap();
    desk.share().await;
    let here = ec.request_show(&liaison(), &id).await.unwrap();
    let there = us.request_show(&liaison(), &id).await.unwrap();
    assert_eq!(shared(&here), shared(&there));
    assert_eq!((here.line.state, here.line.limit), ("closed", "kept"));
    assert_eq!((here.faults.len(), here.waiting, here.misstated.len()), (0, 0, 0));
    // The third party of the agreement holds nothing of it.
    let (_, lines) = desk.trio.nodes[2].request_list(&liaison()).await.unwrap();
    assert_eq!(lines, []);
}

#[tokio::test]
async fn nobody_sends_what_nobody_else_approved_or_what_lacks_something() {
    let desk = Desk::new(LIMITS).await;
    let ec = desk.ec();
    let wrote = ec.request_new(&liaison(), &desk.new_request(json!({}))).await.unwrap();
    let sent = ec.request_send(&liaison(), &wrote.id).await;
    assert!(matches!(sent, Err(NodeError::State { .. })), "{sent:?}");
    let own = ec.request_approve(&liaison(), &wrote.id).await;
    assert!(matches!(own, Err(NodeError::State { .. })), "{own:?}");
    let bare = desk.new_request(json!({ "grounds_held": " " }));
    let draft = ec.request_new(&investigator(), &bare).await.unwrap();
    assert_eq!(draft.missing, ["grounds_held"]);
    ec.request_approve(&liaison(), &draft.id).await.unwrap();
    let sent = ec.request_send(&liaison(), &draft.id).await;
    assert_eq!(code(sent.unwrap_err()), "request.incomplete");
    let other = desk.new_request(json!({ "purpose": "tax" }));
    let refused = ec.request_new(&investigator(), &other).await;
    assert_eq!(code(refused.unwrap_err()), "request.purpose");
    let forbidden = ec.request_send(&investigator(), &draft.id).await;
    assert!(matches!(forbidden, Err(NodeError::Forbidden { .. })));
    assert!(ec.outbox_file(&Actor::console(), "US").await.unwrap().find("request").is_none());
}

#[tokio::test]
async fn an_impossible_step_is_refused_with_the_reason_and_what_would_be_possible() {
    let desk = Desk::new(LIMITS).await;
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let early = say(desk.us(), &id, step("authorised", "")).await.unwrap_err();
    assert!(early.to_string().contains("accepted"), "{early}");
    assert_eq!(code(early), "request.step.out-of-order");
    let other = say(desk.us(), &id, step("withdrawn", "")).await.unwrap_err();
    assert_eq!(code(other), "request.step.other-side");
    let without = say(desk.us(), &id, step("refused", "")).await.unwrap_err();
    assert_eq!(code(without), "request.ground");
}

/// What a partner signed itself but could not say from where the thread stands changes nothing.
#[tokio::test]
async fn a_forged_step_of_the_partner_is_refused_with_its_rule_and_moves_nothing() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let held = us.request_held(&id).await.unwrap();
    let next = enlace_request::next::Next {
        side: enlace_request::state::Side::Asked,
        step: enlace_request::state::Step::Accepted,
        now_us: us.now_us(),
        received_us: None,
    };
    let links = held.thread.next(&next).unwrap();
    let send = |change: Value| {
        let mut links = links.clone();
        links.extend(change.as_object().unwrap().clone());
        let object = us.step_object(links, Map::new()).unwrap();
        let signed = us.keys.envelope(Value::Object(object.view().clone()));
        let body = json!({ "objects": [signed] }).to_string();
        async move { ec.inbox_receive(us.key_id(), &body).await.unwrap().remove(0) }
    };
    let zeros = "0".repeat(64);
    for (change, rule) in [
        (json!({ "state": "authorised" }), "request.step.out-of-order"),
        (json!({ "state": "withdrawn" }), "request.step.other-side"),
        (json!({ "side": "asking" }), "request.thread.stranger"),
        (json!({ "previous_sha256": zeros }), "request.thread.broken-chain"),
        (json!({ "seen_sha256": zeros }), "request.thread.divergent"),
        (json!({ "occurred_at": "2026-01-01T00:00:00Z" }), "request.thread.backwards"),
        (json!({ "occurred_at": "2027-01-01T00:00:00Z" }), "exchange.future-dated"),
        (json!({ "state": "draft" }), "request.event.malformed"),
        (json!({ "state": "extended" }), "request.step.no-reason"),
    ] {
        let receipt = send(change.clone()).await;
        assert_eq!((receipt.status.as_str(), receipt.rule.as_str()), ("refused", rule), "{change}");
    }
    assert_eq!(desk.line(ec, &id).await.state, "delivered");
    assert_eq!(send(json!({})).await.status, "taken");
    assert_eq!(send(json!({ "state": "gathering" })).await.rule, "request.thread.forked");
    assert_eq!(desk.line(ec, &id).await.state, "accepted");
}

/// A third node that learned the id of a request gets the answer that any invented id gets.
#[tokio::test]
async fn a_step_in_somebody_elses_thread_is_answered_like_one_in_none() {
    let desk = Desk::new(LIMITS).await;
    let (us, nl) = (desk.us(), &desk.trio.nodes[2]);
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let before = desk.line(us, &id).await;
    let mut answers = Vec::new();
    for request in [id.as_str(), "request--00000000-0000-4000-8000-000000000001"] {
        let links = json!({
            "request_ref": request, "state": "withdrawn", "side": "asking", "sequence": 2,
            "previous_sha256": "0".repeat(64), "occurred_at": crate::clock::text(nl.now_us()),
        });
        let step = nl.step_object(links.as_object().unwrap().clone(), Map::new()).unwrap();
        let signed = nl.keys.envelope(Value::Object(step.view().clone()));
        let body = json!({ "objects": [signed] }).to_string();
        let receipt = us.inbox_receive(nl.key_id(), &body).await.unwrap().remove(0);
        answers.push((receipt.status, receipt.rule));
    }
    assert_eq!(answers[0], answers[1]);
    let after = desk.line(us, &id).await;
    assert_eq!((after.state, after.diverges), (before.state, false));
}

#[tokio::test]
async fn under_one_outward_answer_nothing_is_said_at_its_hour_and_no_step_before_tells() {
    let desk = Desk::new(&format!("{LIMITS}{ONE_ANSWER}")).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    desk.share().await;
    for state in ["accepted", "no-data", "refused", "awaiting-authorisation"] {
        let new = NewStep {
            ground: Some("not-available".into()),
            reason: Some("court".into()),
            until: Some("2026-12-31T00:00:00Z".into()),
            ..step(state, "")
        };
        let refused = say(us, &id, new).await.unwrap_err();
        assert_eq!(code(refused), "request.step.kept-inside", "{state}");
    }
    let said = say(us, &id, step("nothing-provided", "")).await.unwrap();
    assert!(!said, "it waits");
    desk.share().await;
    assert_eq!(desk.line(ec, &id).await.state, "delivered");
    assert!(desk.line(us, &id).await.nothing_at.is_some());
    desk.wait(49 * HOUR_US);
    us.settle_requests().await;
    desk.share().await;
    assert_eq!(desk.line(ec, &id).await.state, "nothing-provided");
}

const ROQUEFUERTE: &str = "identity--5d1b6c52-9c0a-4d1a-8a56-0c8d2f3b7e11";

async fn hold_roquefuerte(node: &Node) {
    let bundle = json!({ "type": "bundle", "id": "bundle--0b6e5a8c-5d3c-4a54-9b38-2a8c3f1f7a01",
        "objects": [{ "type": "identity", "spec_version": "2.1", "id": ROQUEFUERTE,
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "identity_class": "individual", "name": "Aníbal Roquefuerte" }] });
    hold(node, &bundle).await;
}

async fn hold(node: &Node, bundle: &Value) {
    let text = bundle.to_string();
    let file = ImportRequest {
        name: "case.json",
        bytes: text.as_bytes(),
        format: None,
        marking: Some("green"),
        source: None,
        dry_run: false,
    };
    node.import(&Actor::console(), file).await.unwrap();
}

#[tokio::test]
async fn a_request_names_its_subject_and_nobody_else_who_is_held_here() {
    let desk = Desk::new(LIMITS).await;
    let ec = desk.ec();
    hold_roquefuerte(ec).await;
    let facts = "ANIBAL ROQUEFUERTE carried it.";
    let named = desk.new_request(json!({ "facts": facts }));
    let draft = ec.request_new(&investigator(), &named).await.unwrap();
    ec.request_approve(&liaison(), &draft.id).await.unwrap();
    let refused = ec.request_send(&liaison(), &draft.id).await.unwrap_err();
    assert!(!refused.to_string().to_uppercase().contains("ROQUEFUERTE"), "{refused}");
    assert_eq!(code(refused), "request.names");
    let subject = json!([{ "kind": "name", "value": "Aníbal Roquefuerte" }]);
    let about = json!({ "facts": facts, "subject_values": subject, "link_to_purpose": "Carried." });
    let id = desk.asked(about).await;
    desk.share().await;
    assert_eq!(desk.line(desk.us(), &id).await.state, "delivered");
}

#[tokio::test]
async fn a_limit_that_passes_shows_on_both_sides_and_stands_once_in_the_log() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    desk.share().await;
    desk.wait(8 * 24 * HOUR_US);
    for node in [ec, us] {
        node.settle_requests().await;
        node.settle_requests().await;
        assert_eq!(desk.line(node, &id).await.limit, "overdue");
    }
    say(ec, &id, step("escalated", "")).await.unwrap();
    say(us, &id, step("answered", "")).await.unwrap();
    desk.share().await;
    let (here, there) = (desk.line(ec, &id).await, desk.line(us, &id).await);
    assert_eq!((here.state, here.limit), ("answered", "missed"));
    assert_eq!(here.seconds, there.seconds);
}

#[tokio::test]
async fn of_two_steps_that_one_side_writes_at_once_one_is_told_to_look_again() {
    let desk = Desk::new(LIMITS).await;
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let us = desk.us();
    let held = us.request_held(&id).await.unwrap();
    let step = enlace_request::state::Step::Accepted;
    us.take_step(Some(&liaison()), &held, step, Map::new(), vec![]).await.unwrap();
    let second = us.take_step(Some(&liaison()), &held, step, Map::new(), vec![]).await;
    assert!(matches!(second, Err(NodeError::Changed { .. })), "{second:?}");
    assert!(us.request_held(&id).await.unwrap().thread.is_whole());
}

#[tokio::test]
async fn spontaneous_information_needs_no_answer() {
    let desk = Desk::new(LIMITS).await;
    let id = desk.asked(json!({ "kind": "spontaneous-information" })).await;
    desk.share().await;
    assert_eq!(desk.line(desk.us(), &id).await.limit, "no-limit");
    say(desk.us(), &id, step("acknowledged", "")).await.unwrap();
    desk.share().await;
    say(desk.ec(), &id, step("closed", "")).await.unwrap();
    desk.share().await;
    assert_eq!(desk.line(desk.us(), &id).await.state, "closed");
}

#[tokio::test]
async fn what_a_partner_refused_of_a_thread_is_kept_by_its_request() {
    let trio = Trio::new().await;
    let keys = &trio.nodes[0].keys;
    let papers = [
        json!({ "type": "request-event", "id": "request-event--1", "request_ref": "request--1" }),
        json!({ "type": "request", "id": "request--2", "kind": "trace" }),
        json!({ "type": "receipt", "id": "receipt--3" }),
        json!({ "type": "request-event", "id": "request-event--4", "request_ref": "request--1" }),
    ];
    let sent: Vec<_> = papers.into_iter().map(|paper| keys.envelope(paper)).collect();
    let said =
        |id: &str, status: &str, rule: &str| json!({ "id": id, "status": status, "rule": rule });
    let answer = json!({ "objects": [
        said("request-event--1", "refused", "request.thread.forked\n<b>"),
        said("request--2", "refused", "exchange.out-of-place"),
        said("receipt--3", "refused", "x"),
        said("request-event--4", "taken", ""),
        said("request-event--9", "refused", "x"),
    ] });
    let writes = super::request_refusals(&sent, answer.to_string().as_bytes()).unwrap();
    let kept: Vec<(String, String)> = writes
        .into_iter()
        .map(|write| match write {
            enlace_store::Write::Put { key, body, .. } => (key, body),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("request--1/request-event--1".to_owned(), "\"request.thread.forkedb\"".to_owned()),
        ("request--2/request--2".to_owned(), "\"exchange.out-of-place\"".to_owned()),
    ];
    assert_eq!(kept, expected);
    assert!(super::request_refusals(&sent, b"not JSON").unwrap().is_empty());
}

/// A third of them were received, so that their limits run.
async fn many(desk: &Desk, count: usize) -> Vec<String> {
    let (ec, us) = (desk.ec(), desk.us());
    let draft = ec.request_new(&investigator(), &desk.new_request(json!({}))).await.unwrap();
    ec.request_discard(&liaison(), &draft.id).await.unwrap();
    let standing = ec.agreement_named(&desk.agreement).await.unwrap();
    let (mut ids, mut writes) = (Vec::new(), Vec::new());
    for at in 0..count {
        let mut view = draft.content.clone();
        view.extend(ec.own_object("request").unwrap());
        let request = Object::from_view(view).unwrap();
        let sent = ec.first_step(&request, &standing.agreement).unwrap();
        let mut steps = vec![(sent, OWN.to_owned())];
        if at % 3 == 0 {
            let events = [Event::read(&steps[0].0).unwrap()];
            let thread = woven(&request, Kind::Information, &standing.agreement, events);
            let now_us = us.now_us();
            let received_us = Some(now_us);
            let next = Next { side: Side::Asked, step: Step::Delivered, now_us, received_us };
            let links = thread.next(&next).unwrap();
            steps.push((us.step_object(links, Map::new()).unwrap(), us.key_id().to_owned()));
        }
        ids.push(request.id().to_string());
        for (object, channel) in std::iter::once((request, OWN.to_owned())).chain(steps) {
            let row = ec.new_object(&object, &channel, "a test", ObjectState::Held);
            writes.push(Write::Object(Box::new(row)));
        }
    }
    for chunk in writes.chunks(300) {
        let batch = Batch { guards: vec![], writes: chunk.to_vec() };
        ec.store.commit(batch).await.unwrap();
    }
    ids
}

#[tokio::test]
async fn a_list_of_a_thousand_tells_of_each_request_what_its_own_thread_tells() {
    let desk = Desk::new(LIMITS).await;
    let ids = many(&desk, 1_000).await;
    let started = std::time::Instant::now();
    let (_, lines) = desk.ec().request_list(&liaison()).await.unwrap();
    eprintln!("1,000 requests listed in {} ms", started.elapsed().as_millis());
    assert_eq!(lines.len(), ids.len());
    for (at, id) in ids.iter().enumerate() {
        let line = lines.iter().find(|line| line.id == *id).unwrap();
        let expected = if at % 3 == 0 { ("delivered", "running") } else { ("sent", "not-started") };
        assert_eq!((line.state, line.limit), expected, "{at}");
        assert_eq!(line.partner, "ILC");
    }
    let first = &lines[0];
    assert_eq!(desk.ec().request_show(&liaison(), &first.id).await.unwrap().line.due, first.due);
}

/// Which of two words a wish becomes depends on the thread, which nobody looks at for that.
#[tokio::test]
async fn a_wish_becomes_the_step_that_the_thread_and_the_agreement_take_in_one_act() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let wish = |wish: Wish| NewStep { wish, ..step("", "The third one.") };
    let before = us.store.log(NODE_LOG).await.unwrap().size;
    let asked = us.request_say(&liaison(), &id, &wish(Wish::Clarify)).await.unwrap();
    assert_eq!((asked.state, asked.left), ("needs-clarification", true));
    assert_eq!(us.store.log(NODE_LOG).await.unwrap().size, before + 1, "one act, one leaf");
    desk.share().await;
    let given = ec.request_say(&liaison(), &id, &wish(Wish::Clarify)).await.unwrap();
    assert_eq!(given.state, "clarified");
    desk.share().await;
    let without = us.request_say(&liaison(), &id, &wish(Wish::Refuse)).await;
    assert_eq!(code(without.unwrap_err()), "request.ground");
    let none = us.request_say(&liaison(), &id, &wish(Wish::Nothing)).await.unwrap();
    assert_eq!((none.state, none.left), ("no-data", true));
}

#[tokio::test]
async fn under_one_outward_answer_the_ground_of_a_refusal_stands_in_our_log_and_nowhere_else() {
    let desk = Desk::new(&format!("{LIMITS}{ONE_ANSWER}")).await;
    let (ec, us) = (desk.ec(), desk.us());
    // The hour of the second is over when it is decided: its answer leaves at once.
    for late in [false, true] {
        let id = desk.asked(json!({})).await;
        desk.share().await;
        if late {
            desk.wait(49 * HOUR_US);
        }
        let refuse = NewStep {
            wish: Wish::Refuse,
            ground: Some("ongoing-investigation".into()),
            statement: Some("An operation is on.".into()),
            ..NewStep::default()
        };
        let size = us.store.log(NODE_LOG).await.unwrap().size;
        let said = us.request_say(&liaison(), &id, &refuse).await.unwrap();
        assert_eq!((said.state, said.left), ("nothing-provided", late));
        let leaves = us.store.log_entries(NODE_LOG, size, 10).await.unwrap();
        let told: Vec<u8> = leaves.into_iter().filter_map(|leaf| leaf.record).flatten().collect();
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("ongoing-investigation") && told.contains("refused"), "{told}");
        desk.wait(49 * HOUR_US);
        us.settle_requests().await;
        desk.share().await;
        let view = ec.request_show(&liaison(), &id).await.unwrap();
        assert_eq!(view.line.state, "nothing-provided");
        let read: Vec<_> = view.steps.iter().map(|step| &step.said).collect();
        assert!(!format!("{read:?}").contains("operation"), "{read:?}");
        assert!(!format!("{read:?}").contains("ongoing"), "{read:?}");
    }
}

/// The list asks once for all what a page of one asks for itself: both judge alike.
#[tokio::test]
async fn a_request_about_something_hidden_stands_neither_in_the_list_nor_on_its_page() {
    let desk = Desk::new(LIMITS).await;
    let ec = desk.ec();
    let ids = many(&desk, 3).await;
    let row = ec.store.object(&ids[0], None).await.unwrap().unwrap();
    let first = Object::parse(&row.raw).unwrap().view().clone();
    let hidden = "identity--5d1b6c52-9c0a-4d1a-8a56-0c8d2f3b7e11";
    let mut about = Vec::new();
    for place in super::SUBJECTS {
        let mut view = first.clone();
        view.extend(ec.own_object("request").unwrap());
        let many = place.ends_with("refs");
        let value = if many { json!([hidden]) } else { json!(hidden) };
        match place.split('/').collect::<Vec<_>>().as_slice() {
            ["", name] => drop(view.insert((*name).to_owned(), value)),
            ["", outer, name] => drop(view.insert((*outer).to_owned(), json!({ *name: value }))),
            other => panic!("{other:?}"),
        }
        about.push(Object::from_view(view).unwrap());
    }
    let row =
        |about| Write::Object(Box::new(ec.new_object(about, OWN, "a test", ObjectState::Held)));
    let mut writes: Vec<Write> = about.iter().map(row).collect();
    // An answer that names something hidden.
    let links = json!({
        "request_ref": ids[1], "state": "answered", "side": "asked", "sequence": 7,
        "previous_sha256": "0".repeat(64), "occurred_at": crate::clock::text(ec.now_us()),
        "answer_refs": [hidden],
    });
    let us = desk.us();
    let step = us.step_object(links.as_object().unwrap().clone(), Map::new()).unwrap();
    let step = ec.new_object(&step, us.key_id(), "a test", ObjectState::Held);
    writes.push(Write::Object(Box::new(step)));
    ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    let mut named: Vec<&str> = about.iter().map(|object| object.id().as_str()).collect();
    named.push(&ids[1]);
    let all = ids.len() + about.len();
    for (due, count) in [(i64::MAX, all), (0, all - named.len())] {
        let key = format!("{hidden}/compartment--1");
        let veil = crate::record::put(crate::record::Bucket::VEIL, &key, &(), Some(due)).unwrap();
        ec.store.commit(Batch { guards: vec![], writes: vec![veil] }).await.unwrap();
        let (_, lines) = ec.request_list(&liaison()).await.unwrap();
        assert_eq!(lines.len(), count);
        for id in &named {
            let shown = ec.request_show(&liaison(), id).await;
            assert_eq!(shown.is_ok(), due != 0, "{id}");
            if due == 0 {
                let refused = say(ec, id, step_of("withdrawn")).await.unwrap_err();
                let unknown = "request--00000000-0000-4000-8000-000000000001";
                let none = say(ec, unknown, step_of("withdrawn")).await.unwrap_err();
                assert_eq!(code(refused), code(none), "{id}");
            }
        }
    }
}

fn step_of(state: &str) -> NewStep {
    step(state, "")
}

/// An auditor follows what was approved to what was sent.
#[tokio::test]
async fn what_was_written_approved_and_sent_is_one_hash_in_the_log_and_an_export_is_a_leaf() {
    let desk = Desk::new(LIMITS).await;
    let ec = desk.ec();
    let size = ec.store.log(NODE_LOG).await.unwrap().size;
    desk.asked(json!({})).await;
    ec.request_calendar(&liaison()).await.unwrap();
    let leaves = ec.store.log_entries(NODE_LOG, size, 99).await.unwrap();
    let acts: Vec<Value> = leaves
        .into_iter()
        .filter_map(|leaf| serde_json::from_slice(&leaf.record.unwrap()).ok())
        .collect();
    let of = |act: &str| acts.iter().find(|leaf| leaf.pointer("/act/value") == Some(&json!(act)));
    let told = |act: &str, field: &str| {
        of(act).and_then(|leaf| leaf.pointer(&format!("/{field}/value"))).cloned()
    };
    let written = told("request-drafted", "sha256");
    assert!(written.is_some(), "{acts:?}");
    assert_eq!(told("request-approved", "sha256"), written);
    assert_eq!(told("request-sent", "approved_sha256"), written);
    assert_eq!(told("request-calendar", "limits"), Some(json!(0)));
}

/// A draft whose first subject cannot be sent, and whose second is hidden.
#[tokio::test]
async fn a_draft_about_something_hidden_does_not_exist_for_who_may_not_see_it() {
    let desk = Desk::new(LIMITS).await;
    let ec = desk.ec();
    let draft = ec.request_new(&investigator(), &desk.new_request(json!({}))).await.unwrap();
    hold_roquefuerte(ec).await;
    let hidden = "identity--7d1b6c52-9c0a-4d1a-8a56-0c8d2f3b7e12";
    let kept = ec.store.record(Bucket::REQUEST, &draft.id).await.unwrap().unwrap();
    let mut changed: super::RequestDraft = crate::record::read(&kept).unwrap();
    changed.content.insert("subject_refs".to_owned(), json!([ROQUEFUERTE, hidden]));
    for (due, shows) in [(i64::MAX, true), (0, false)] {
        let key = format!("{hidden}/compartment--1");
        let writes = vec![
            crate::record::put(Bucket::VEIL, &key, &(), Some(due)).unwrap(),
            crate::record::put(Bucket::REQUEST, &draft.id, &changed, None).unwrap(),
        ];
        ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
        let (drafts, _) = ec.request_list(&liaison()).await.unwrap();
        assert_eq!(drafts.len(), usize::from(shows));
        if !shows {
            for refused in [
                ec.request_approve(&liaison(), &draft.id).await,
                ec.request_send(&liaison(), &draft.id).await,
                ec.request_discard(&liaison(), &draft.id).await,
            ] {
                let unknown = ec.request_approve(&liaison(), "request--none").await.unwrap_err();
                assert_eq!(code(refused.unwrap_err()), code(unknown));
            }
        }
    }
}

/// A third party that learned the id of a request sends one of its own under it, dated later; and a
/// request names the thread with somebody else as the one before.
#[tokio::test]
async fn a_request_is_neither_taken_over_by_its_id_nor_named_to_a_third_party() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us, nl) = (desk.ec(), desk.us(), &desk.trio.nodes[2]);
    let id = desk.asked(json!({})).await;
    desk.share().await;
    desk.wait(HOUR_US);
    let row = us.store.object(&id, None).await.unwrap().unwrap();
    let mut view = Object::parse(&row.raw).unwrap().view().clone();
    view.extend(nl.own_object("request").unwrap());
    view.insert("id".to_owned(), json!(id));
    view.insert("asked_by_ref".to_owned(), json!(nl.me.identity_id));
    let signed = nl.keys.envelope(Value::Object(view));
    let body = json!({ "objects": [signed] }).to_string();
    let receipt = us.inbox_receive(nl.key_id(), &body).await.unwrap().remove(0);
    assert_eq!(receipt.status, "taken", "{receipt:?}");
    assert_eq!(us.request_held(&id).await.unwrap().partner, ec.key_id());
    assert_eq!(desk.line(us, &id).await.partner, "UNE");
    say(us, &id, step("accepted", "")).await.unwrap();
    desk.share().await;
    assert_eq!(desk.line(ec, &id).await.state, "accepted");

    let follow = desk.new_request(json!({ "previous_ref": id }));
    ec.request_new(&investigator(), &follow).await.unwrap();
    let third = NewRequest { partner: Some("NL".to_owned()), ..follow };
    let refused = ec.request_new(&investigator(), &third).await.unwrap_err();
    let none = "request--00000000-0000-4000-8000-000000000001";
    let unknown = NewRequest {
        partner: Some("NL".into()),
        ..desk.new_request(json!({ "previous_ref": none }))
    };
    assert_eq!(code(refused), code(ec.request_new(&investigator(), &unknown).await.unwrap_err()));
}

/// Steps of US, one for each change, in one message to EC; what EC answered to each.
async fn sent_by_us(desk: &Desk, id: &str, changes: &[Value]) -> Vec<(String, String)> {
    let (ec, us) = (desk.ec(), desk.us());
    let mut signed = Vec::new();
    for change in changes {
        let mut links = json!({
            "request_ref": id, "state": "accepted", "side": "asked", "sequence": 500,
            "previous_sha256": "0".repeat(64), "occurred_at": crate::clock::text(us.now_us()),
        });
        links.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let object = us.step_object(links.as_object().unwrap().clone(), Map::new()).unwrap();
        signed.push(us.keys.envelope(Value::Object(object.view().clone())));
    }
    let body = json!({ "objects": signed }).to_string();
    let receipts = ec.inbox_receive(us.key_id(), &body).await.unwrap();
    receipts.into_iter().map(|r| (r.status, r.rule)).collect()
}

/// Steps that wait are kept, whatever comes; a partner that sends them without end must not push the
/// real ones out.
#[tokio::test]
async fn of_steps_that_wait_for_others_one_stands_at_a_place_and_only_so_many_are_kept() {
    let desk = Desk::new(LIMITS).await;
    let known = desk.asked(json!({})).await;
    desk.share().await;
    let unknown = "request--00000000-0000-4000-8000-000000000001";
    for id in [known.as_str(), unknown] {
        let changes: Vec<Value> = (0..=100).map(|n| json!({ "sequence": 500 + n })).collect();
        let answers = sent_by_us(&desk, id, &changes).await;
        let (taken, refused) = answers.split_at(100);
        assert!(taken.iter().all(|(status, _)| status == "taken"), "{id}: {taken:?}");
        assert_eq!(refused, [("refused".to_owned(), "request.step.too-many".to_owned())]);
    }
    let forked = sent_by_us(&desk, &known, &[json!({})]).await;
    assert_eq!(forked, [("refused".to_owned(), "request.thread.forked".to_owned())]);
    say(desk.us(), &known, step("accepted", "")).await.unwrap();
    desk.share().await;
    assert_eq!(desk.line(desk.ec(), &known).await.state, "accepted", "the thread goes on");
}

/// Two at once, each judged before the other is kept.
#[tokio::test]
async fn of_two_steps_at_one_place_that_come_at_once_one_is_refused() {
    let desk = Desk::new(LIMITS).await;
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let (ec, us) = (desk.ec(), desk.us());
    let held = us.request_held(&id).await.unwrap();
    let (step, now_us) = (Step::Acknowledged, us.now_us());
    let links = held.thread.next(&Next { side: Side::Asked, step, now_us, received_us: None });
    let post = || {
        let object = us.step_object(links.clone().unwrap(), Map::new()).unwrap();
        let signed = us.keys.envelope(Value::Object(object.view().clone()));
        let body = json!({ "objects": [signed] }).to_string();
        async move { ec.inbox_receive(us.key_id(), &body).await.unwrap().remove(0) }
    };
    let (one, other) = tokio::join!(post(), post());
    let taken = [&one, &other].iter().filter(|r| r.status == "taken").count();
    assert_eq!(taken, 1, "{one:?} {other:?}");
    assert!([&one, &other].iter().any(|r| r.rule == "request.thread.forked"));
}

/// A question back after it takes the decision away, and the agreement's rest does not swallow it.
#[tokio::test]
async fn nothing_that_was_decided_is_taken_back_by_another_word_and_bears_none_itself() {
    let desk = Desk::new(&format!("{LIMITS}{ONE_ANSWER}")).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let wordy = NewStep { statement: Some("Try again.".into()), ..step("nothing-provided", "") };
    assert_eq!(code(say(us, &id, wordy.clone()).await.unwrap_err()), "request.words");
    say(us, &id, step("nothing-provided", "")).await.unwrap();
    say(us, &id, step("needs-clarification", "Which case?")).await.unwrap();
    assert!(desk.line(us, &id).await.nothing_at.is_none(), "the question stands instead");
    desk.wait(49 * HOUR_US);
    us.settle_requests().await;
    desk.share().await;
    assert_eq!(desk.line(ec, &id).await.state, "needs-clarification");
    say(ec, &id, step("clarified", "This one.")).await.unwrap();
    desk.share().await;
    assert_eq!(code(say(us, &id, wordy).await.unwrap_err()), "request.words", "late too");
    say(us, &id, step("nothing-provided", "")).await.unwrap();
    let again = say(us, &id, step("nothing-provided", "")).await.unwrap_err();
    assert_eq!(code(again), "request.step.out-of-order");
}

async fn told(node: &Node, actor: &Actor) -> Vec<&'static str> {
    let home = node.home(actor).await.unwrap();
    home.alerts.iter().map(|alert| alert.kind).collect()
}

#[tokio::test]
async fn the_desk_is_told_once_that_a_request_came_that_its_limit_nears_and_that_it_passed() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    desk.share().await;
    assert_eq!(told(us, &liaison()).await, ["arrived"]);
    assert_eq!(told(ec, &liaison()).await, [""; 0], "who asks is not told that he asked");
    // Seven days: a quarter is 42 hours.
    desk.wait(7 * 24 * HOUR_US - 43 * HOUR_US);
    us.settle_requests().await;
    assert_eq!(told(us, &liaison()).await, ["arrived"]);
    desk.wait(2 * HOUR_US);
    for node in [ec, us] {
        node.settle_requests().await;
        node.settle_requests().await;
    }
    assert_eq!(told(us, &liaison()).await, ["nears", "arrived"]);
    assert_eq!(told(ec, &liaison()).await, ["nears"]);

    // Each account marks for itself.
    assert_eq!(us.request_alerts_mark(&liaison(), None).await.unwrap(), 2);
    assert_eq!(told(us, &liaison()).await, [""; 0]);
    assert_eq!(told(us, &investigator()).await, ["nears", "arrived"]);
    us.settle_requests().await;
    assert_eq!(told(us, &liaison()).await, [""; 0], "told once");

    // A limit that moved nears again.
    let later = crate::clock::text(us.now_us() + 20 * 24 * HOUR_US);
    let reason = Some("court".into());
    for state in ["accepted", "awaiting-authorisation"] {
        let (reason, until) = (reason.clone(), Some(later.clone()));
        let new = NewStep { reason, until, ..step(state, "") };
        say(us, &id, new).await.unwrap();
    }
    desk.share().await;
    desk.wait(19 * 24 * HOUR_US);
    us.settle_requests().await;
    assert_eq!(told(us, &liaison()).await, ["nears"]);
    desk.wait(2 * 24 * HOUR_US);
    us.settle_requests().await;
    assert_eq!(told(us, &liaison()).await, ["passed"], "it nears no more");
    assert_eq!(us.home(&liaison()).await.unwrap().to_answer[0].limit, "overdue");
    say(us, &id, step("answered", "")).await.unwrap();
    assert_eq!(told(us, &liaison()).await, [""; 0], "what is answered needs nobody");
}

/// A node that was down for the whole time tells at its return.
#[tokio::test]
async fn a_limit_that_passed_while_nobody_looked_is_told() {
    let desk = Desk::new(LIMITS).await;
    desk.asked(json!({})).await;
    desk.share().await;
    desk.wait(30 * 24 * HOUR_US);
    desk.us().settle_requests().await;
    assert!(told(desk.us(), &liaison()).await.contains(&"passed"));
}

#[tokio::test]
async fn home_says_whose_turn_it_is_and_shows_drafts_to_who_may_approve_them_alone() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let (here, there) = (ec.home(&liaison()).await.unwrap(), us.home(&liaison()).await.unwrap());
    let ids = |lines: &[RequestLine]| lines.iter().map(|l| l.id.clone()).collect::<Vec<_>>();
    assert_eq!((ids(&here.awaited), ids(&there.to_answer)), (vec![id.clone()], vec![id.clone()]));
    assert_eq!((here.to_answer.len(), here.answers.len(), there.awaited.len()), (0, 0, 0));
    say(us, &id, step("answered", "")).await.unwrap();
    desk.share().await;
    let here = ec.home(&liaison()).await.unwrap();
    assert_eq!((ids(&here.answers), here.awaited.len()), (vec![id], 0));

    let draft = ec.request_new(&liaison(), &desk.new_request(json!({}))).await.unwrap();
    let waits = |home: crate::Home| home.drafts.into_iter().map(|d| d.id).collect::<Vec<_>>();
    assert_eq!(waits(ec.home(&liaison()).await.unwrap()), [""; 0], "nobody approves his own");
    let other = Actor::of("approver", Role::Approver);
    assert_eq!(waits(ec.home(&other).await.unwrap()), [draft.id]);
    assert_eq!(waits(ec.home(&investigator()).await.unwrap()), [""; 0]);
    let auditor = Actor::of("auditor", Role::Auditor);
    assert!(matches!(ec.home(&auditor).await, Err(NodeError::Forbidden { .. })));
}

/// What is hidden is not in the list, and an alert is of the list.
#[tokio::test]
async fn an_account_is_told_of_no_request_that_its_list_does_not_hold() {
    let desk = Desk::new(LIMITS).await;
    let us = desk.us();
    desk.asked(json!({})).await;
    desk.share().await;
    let (_, lines) = us.request_list(&liaison()).await.unwrap();
    assert_eq!(us.request_alerts(&liaison(), &lines).await.unwrap().len(), 1);
    assert_eq!(us.request_alerts(&liaison(), &[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_template_fills_in_what_a_request_does_not_say_and_wants_more_said_before_it_leaves() {
    let desk = Desk::new(LIMITS).await;
    let ec = desk.ec();
    let content = json!({
        "kind": "information", "purpose": "firearms-tracing", "legal_basis": "Article 4",
        "grounds_held": "It was sold with you.",
        "questions": [{ "number": 1, "text": "Who bought it first?" }],
    });
    let content = content.as_object().unwrap().clone();
    let required = vec!["legal_basis".to_owned(), "offences".to_owned()];
    let agreement = desk.agreement.as_str();
    let set = |name: &'static str, content: &Map<String, Value>, required: &[String]| {
        let (content, required) = (content.clone(), required.to_vec());
        async move { ec.request_template_set(&liaison(), agreement, name, content, required).await }
    };
    set("first-buyer", &content, &required).await.unwrap();
    let own = json!({ "case_number": "UNE-2026-0417", "facts": "Found at a crossing.",
        "grounds_held": "Our own words." });
    let by = |template: &str| NewRequest {
        agreement: desk.agreement.clone(),
        partner: Some("US".to_owned()),
        content: own.as_object().unwrap().clone(),
        template: Some(template.to_owned()),
        ..NewRequest::default()
    };
    let draft = ec.request_new(&investigator(), &by("first-buyer")).await.unwrap();
    assert_eq!(draft.content["grounds_held"], "Our own words.", "what is said stands");
    assert_eq!(draft.content["legal_basis"], "Article 4");
    assert_eq!(draft.missing, ["offences"], "what the template wants besides");
    assert!(draft.content.get("template").is_none(), "its name stays here");
    // It is the node that remembers what is wanted, also when the template is gone.
    ec.request_template_remove(&liaison(), &desk.agreement, "first-buyer").await.unwrap();
    ec.request_approve(&liaison(), &draft.id).await.unwrap();
    let sent = ec.request_send(&liaison(), &draft.id).await;
    assert_eq!(code(sent.unwrap_err()), "request.incomplete");
    let gone = ec.request_new(&investigator(), &by("first-buyer")).await;
    assert!(matches!(gone, Err(NodeError::NotFound { .. })));

    let with = |name: &str, value: Value| {
        let mut content = content.clone();
        content.insert(name.to_owned(), value);
        content
    };
    let subject = with("subject_values", json!([{ "kind": "name", "value": "X" }]));
    assert_eq!(code(set("a", &subject, &[]).await.unwrap_err()), "request.template");
    let tax = with("purpose", json!("tax"));
    assert_eq!(code(set("a", &tax, &[]).await.unwrap_err()), "request.purpose");
    assert_eq!(code(set("a/b", &content, &[]).await.unwrap_err()), "request.template");
    let odd = ["../x".to_owned()];
    assert_eq!(code(set("a", &content, &odd).await.unwrap_err()), "request.template");
    let (name, content) = ("a", content.clone());
    let who = investigator();
    let other = ec.request_template_set(&who, agreement, name, content, vec![]).await;
    assert!(matches!(other, Err(NodeError::Forbidden { .. })));
}

#[tokio::test]
async fn a_time_that_is_agreed_to_binds_though_the_agreement_promises_none() {
    let desk = Desk::new("").await;
    let (ec, us) = (desk.ec(), desk.us());
    let by = crate::clock::text(ec.now_us() + HOUR_US);
    let id = desk.asked(json!({ "answer_by": by })).await;
    desk.share().await;
    assert_eq!(desk.line(us, &id).await.limit, "no-limit");
    let agreed = NewStep { agree_time: true, ..step("accepted", "") };
    say(us, &id, agreed.clone()).await.unwrap();
    desk.share().await;
    for node in [ec, us] {
        assert_eq!(desk.line(node, &id).await.limit, "running");
    }
    desk.wait(2 * HOUR_US);
    assert_eq!(desk.line(ec, &id).await.limit, "overdue");
    let without = desk.asked(json!({})).await;
    desk.share().await;
    assert_eq!(code(say(us, &without, agreed).await.unwrap_err()), "request.time");
}

/// The node that EC becomes when it is restored from what it was before a thread went on.
async fn before(desk: &Desk) -> (Node, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("node.backup");
    let lock = enlace_keys::ArchiveLock::passphrase("correct horse battery".into()).unwrap();
    desk.ec().backup(&Actor::console(), &file, &lock, |_, _| {}).await.unwrap();
    let folder = home.path().join("node");
    let request = crate::RestoreRequest {
        file,
        key: enlace_keys::ArchiveKey::Passphrase("correct horse battery".into()),
        to: None,
        erasures: crate::Erasures::Beside,
    };
    Node::restore(&folder, &request).await.unwrap();
    let clock: std::sync::Arc<dyn crate::Clock> = desk.trio.clock.clone();
    (Node::open_with(&folder, clock).await.unwrap(), home)
}

/// As `partner resume` does, without a wire.
async fn said_again(node: &Node, partner: &Node) -> usize {
    let bytes = partner.held_requests(node.key_id(), "0").await.unwrap();
    let page: Value = serde_json::from_slice(&bytes).unwrap();
    let said: Vec<_> = serde_json::from_value(page["objects"].clone()).unwrap();
    let lost = node.lost_requests(partner.key_id(), said).await.unwrap();
    node.store.commit(Batch { guards: vec![], writes: lost.writes }).await.unwrap();
    node.hear_again(partner.key_id(), &lost.theirs).await.unwrap();
    lost.count
}

async fn carry(from: &Node, to: &Node) {
    let file = from.outbox_file(&Actor::console(), to.key_id()).await.unwrap();
    to.inbox_file(&Actor::console(), &file).await.unwrap();
}

#[tokio::test]
async fn what_was_said_after_a_backup_comes_back_and_the_thread_goes_on_without_a_fork() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let old = desk.asked(json!({})).await;
    desk.share().await;
    let (restored, _home) = before(&desk).await;
    // Lost: a question back, its answer, and a whole request.
    say(us, &old, step("needs-clarification", "Which one?")).await.unwrap();
    desk.share().await;
    say(ec, &old, step("clarified", "The third.")).await.unwrap();
    let new = desk.asked(json!({ "case_number": "UNE-2026-0500" })).await;
    desk.share().await;
    say(us, &new, step("accepted", "")).await.unwrap();
    desk.share().await;

    let early = say(&restored, &old, step("supplemented", "")).await.unwrap_err();
    assert!(early.to_string().contains("resting"), "{early}");
    let count = said_again(&restored, us).await;
    assert!(count >= 4, "two steps, a request and its first step: {count}");
    assert_eq!(said_again(&restored, us).await, 0, "once");
    for id in [&old, &new] {
        let here = restored.request_show(&liaison(), id).await.unwrap();
        let there = us.request_show(&liaison(), id).await.unwrap();
        assert_eq!(shared(&here), shared(&there));
        assert!(!here.line.diverges && here.waiting == 0);
    }
    // The next step is taken over there.
    let held = restored.request_held(&old).await.unwrap();
    restored.resting.forget(us.key_id());
    let step = enlace_request::state::Step::Withdrawn;
    restored.take_step(Some(&liaison()), &held, step, Map::new(), vec![]).await.unwrap();
    carry(&restored, us).await;
    let line = desk.line(us, &old).await;
    assert_eq!((line.state, line.diverges), ("withdrawn", false));
}

#[tokio::test]
async fn a_partner_puts_no_words_into_the_mouth_of_a_node_that_lost_its_own() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us, nl) = (desk.ec(), desk.us(), &desk.trio.nodes[2]);
    let id = desk.asked(json!({})).await;
    desk.share().await;
    let (restored, _home) = before(&desk).await;
    say(ec, &id, step("withdrawn", "")).await.unwrap();
    desk.share().await;
    // A third party gets nothing of it.
    let none: Value =
        serde_json::from_slice(&nl.held_requests(us.key_id(), "0").await.unwrap()).unwrap();
    assert_eq!(none["objects"], json!([]));
    let none: Value =
        serde_json::from_slice(&us.held_requests(nl.key_id(), "0").await.unwrap()).unwrap();
    assert_eq!(none["objects"], json!([]));
    let bytes = us.held_requests(ec.key_id(), "0").await.unwrap();
    let page: Value = serde_json::from_slice(&bytes).unwrap();
    let mut said: Vec<enlace_keys::SignedObject> =
        serde_json::from_value(page["objects"].clone()).unwrap();
    said.retain(|one| one.object["state"] == "withdrawn");
    assert_eq!(said.len(), 1);
    let mut changed = said.clone();
    changed[0].object["statement"] = json!("We were wrong.");
    let mut signed = said.clone();
    signed[0] = us.keys.envelope(said[0].object.clone());
    for forged in [changed, signed] {
        let lost = restored.lost_requests(us.key_id(), forged).await.unwrap();
        assert_eq!((lost.count, lost.writes.len()), (0, 0));
    }
    assert_eq!(restored.lost_requests(us.key_id(), said).await.unwrap().count, 1);
}

/// What an account of US is told, and how the desk's own look at the request comes out.
async fn told_and_looked(us: &Node, id: &str, account: &str) -> (usize, Value) {
    let told = us.restricted_matches(&Actor::of(account, Role::LiaisonOfficer)).await.unwrap();
    let looked = us.request_matches(&liaison(), id).await.unwrap();
    let home = us.home(&liaison()).await.unwrap();
    (told.len(), json!([looked.matches.len(), looked.beyond, home.alerts.len()]))
}

#[tokio::test]
async fn who_keeps_a_restricted_record_that_a_request_is_about_is_told_and_the_desk_is_not() {
    let ask = json!({ "subject_values": [{ "kind": "name", "value": "Rosa Zzyzx Quimis" }],
        "link_to_purpose": "She signed for the pistol." });
    let person = |name: &str, id: &str| {
        json!({ "type": "identity", "spec_version": "2.1", "id": id, "name": name,
            "identity_class": "individual", "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z" })
    };
    let mut seen = Vec::new();
    for restricted in [true, false] {
        let desk = Desk::new(LIMITS).await;
        let us = desk.us();
        let name = if restricted { "Rosa Zzyzx Quimis" } else { "Somebody Else" };
        let id = "identity--2d000000-0000-4000-8000-000000000001";
        let bundle = json!({ "type": "bundle", "id": "bundle--2d000000-0000-4000-8000-000000000002",
            "objects": [person(name, id)] });
        hold(us, &bundle).await;
        let lead = Actor::of("lead", Role::LiaisonOfficer);
        let kind = crate::CompartmentKind::Case;
        us.compartment_create(&lead, "caso", kind, "two know").await.unwrap();
        us.compartment_add(&lead, "caso", &[id.to_owned()], false).await.unwrap();
        let asked = desk.asked(ask.clone()).await;
        desk.share().await;
        assert_eq!(us.restricted_matches(&lead).await.unwrap().len(), 0, "not while it arrives");
        us.look_for_owners().await;
        us.look_for_owners().await;
        let (told, looked) = told_and_looked(us, &asked, "lead").await;
        assert_eq!(told, usize::from(restricted));
        assert_eq!(told_and_looked(us, &asked, "liaison").await.0, 0, "not in the compartment");
        let entries = us.store.log(NODE_LOG).await.unwrap().size;
        seen.push((looked, entries));
        if restricted {
            let found = us.restricted_matches(&lead).await.unwrap();
            assert_eq!((found[0].object.id.as_str(), found[0].may_open), (id, true));
            // Erased, it is forgotten what was asked about it.
            let writes = us.asked_deletions(id).await.unwrap();
            us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
            assert_eq!(us.restricted_matches(&lead).await.unwrap().len(), 0);
        }
    }
    assert_eq!(seen[0], seen[1], "the desk sees the same, and the log is as long");
}

/// Steps of US that stand in its own store alone, until it has taken `count` in the thread.
async fn taken_by_us(us: &Node, id: &str, count: u64) {
    let held = us.request_held(id).await.unwrap();
    let mut sequence = held.thread.chain(Side::Asked).len() as u64;
    let (step, now_us) = (Step::Partial, us.now_us());
    let next = Next { side: Side::Asked, step, now_us, received_us: None };
    let mut links = held.thread.next(&next).unwrap();
    let mut writes = vec![record::put(Bucket::REQUEST_OWN, id, &count, None).unwrap()];
    while sequence < count {
        sequence += 1;
        links.insert("sequence".to_owned(), json!(sequence));
        let object = us.step_object(links.clone(), Map::new()).unwrap();
        links.insert("previous_sha256".to_owned(), json!(hex::encode(hash(&object))));
        let row = us.new_object(&object, OWN, "this node", ObjectState::Held);
        writes.push(Write::Object(Box::new(row)));
    }
    us.store.commit(Batch { guards: vec![], writes }).await.unwrap();
}

/// A partner that speaks without end must not use up the steps that our answer needs.
#[tokio::test]
async fn receipts_end_before_our_steps_do_and_the_answer_has_its_place() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    desk.share().await;
    say(us, &id, step("accepted", "")).await.unwrap();
    desk.share().await;
    taken_by_us(us, &id, 898).await;
    let ours = async || us.request_held(&id).await.unwrap().thread.chain(Side::Asked).len();
    assert_eq!(ours().await, 898);
    for expected in [899, 900, 900, 900] {
        say(ec, &id, step("supplemented", "")).await.unwrap();
        desk.share().await;
        us.settle_requests().await;
        assert_eq!(ours().await, expected);
    }
    say(us, &id, step("answered", "")).await.unwrap();
    assert_eq!(ours().await, 901);
}

/// Two versions of one request that come at once, each judged before the other is kept.
#[tokio::test]
async fn of_two_versions_of_a_request_that_come_at_once_one_is_kept() {
    let desk = Desk::new(LIMITS).await;
    let (ec, us) = (desk.ec(), desk.us());
    let id = desk.asked(json!({})).await;
    let request = ec.request_held(&id).await.unwrap().object;
    let ago = |seconds: i64| crate::clock::text(us.now_us() - seconds * 1_000_000);
    let post = |facts: &'static str, seconds: i64| {
        let mut view = request.view().clone();
        view.insert("facts".to_owned(), json!(facts));
        view.insert("modified".to_owned(), json!(ago(seconds)));
        view.insert("created".to_owned(), json!(ago(9)));
        let signed = ec.keys.envelope(Value::Object(view));
        let body = json!({ "objects": [signed] }).to_string();
        async move { us.inbox_receive(ec.key_id(), &body).await.unwrap().remove(0) }
    };
    let (one, other) = tokio::join!(post("A pistol.", 2), post("A rifle.", 1));
    let versions = us.store.versions(&id).await.unwrap();
    let held: Vec<_> = versions.iter().filter(|row| row.state == ObjectState::Held).collect();
    assert_eq!(held.len(), 1, "{one:?} {other:?}");
    let taken = [&one, &other].iter().filter(|receipt| receipt.status == "taken").count();
    assert_eq!(taken, 1, "{one:?} {other:?}");
    assert!([&one, &other].iter().any(|r| r.status == "refused"), "{one:?} {other:?}");
}

/// The agreement rests when the hour comes: *nothing* bears no words and is said all the same.
#[tokio::test]
async fn nothing_that_is_decided_under_a_suspended_agreement_is_said_at_its_hour() {
    let desk = Desk::new(&format!("{LIMITS}{ONE_ANSWER}")).await;
    let (ec, us) = (desk.ec(), desk.us());
    let decided = desk.asked(json!({})).await;
    let later = desk.asked(json!({})).await;
    desk.share().await;
    let nothing = || NewStep { wish: Wish::Nothing, ..NewStep::default() };
    assert!(!say(us, &decided, nothing()).await.unwrap());
    let words = crate::Words::default();
    us.agreement_suspend(&crate::standing::tests::approver(), &desk.agreement, words)
        .await
        .unwrap();
    assert!(!say(us, &later, nothing()).await.unwrap(), "also decided while it rests");
    desk.wait(47 * HOUR_US);
    us.settle_requests().await;
    desk.share().await;
    assert_eq!(desk.line(ec, &decided).await.state, "delivered", "not before");
    desk.wait(2 * HOUR_US);
    us.settle_requests().await;
    desk.share().await;
    for id in [&decided, &later] {
        assert_eq!(desk.line(ec, id).await.state, "nothing-provided");
    }
}
