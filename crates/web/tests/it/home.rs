//! The first page: who sees it, what stands on it, and that alerts are read by each for himself.

use enlace_node::{NewRequest, NewStep, Wish};
use serde_json::{Value, json};

use crate::steps::{World, post};

const TERMS: &str = include_str!("../../../../scenario/agreements/ec-us.toml");
const LIMITS: &str = "\n[deadlines]\nclause = \"9.1\"\nurgent_direct_hours = 8\n\
                      urgent_indirect_days = 3\nother_days = 7\n";

/// US asks EC; the id.
pub async fn asked(world: &World, number: &str) -> String {
    let about = json!([{ "kind": "name", "value": "Petronio Xavier Quimbaya" }]);
    asked_about(world, number, about).await
}

/// US asks EC about these values; the id.
pub async fn asked_about(world: &World, number: &str, values: Value) -> String {
    let (writer, sender) = (world.us.actor("investigator").await, world.us.actor("liaison").await);
    let content = json!({
        "kind": "information", "purpose": "firearms-tracing", "case_number": number,
        "facts": "A pistol was found at a crossing.", "grounds_held": "It was sold with you.",
        "questions": [{ "number": 1, "text": "Who bought it first?" }],
        "link_to_purpose": "It is the firearm.",
        "subject_values": values,
    });
    let content = content.as_object().unwrap().clone();
    let new = NewRequest { agreement: world.agreement.clone(), content, ..NewRequest::default() };
    let draft = world.us.node.request_new(&writer, &new).await.unwrap();
    world.us.node.request_approve(&sender, &draft.id).await.unwrap();
    world.us.node.request_send(&sender, &draft.id).await.unwrap();
    world.papers().await;
    draft.id
}

#[tokio::test]
async fn home_shows_what_waits_with_the_time_left_until_it_is_answered() {
    let world = World::under(&format!("{TERMS}{LIMITS}")).await;
    let mut officer = world.ec.signed_in("liaison").await;
    let empty = officer.get("/?lang=en").await;
    assert_eq!(empty.status, 200);
    assert!(empty.text.contains("No request waits for us."), "{}", empty.text);
    assert!(empty.text.contains("No case data on this page"), "{}", empty.text);
    let id = asked(&world, "ILC-26-118").await;
    let page = officer.get("/?lang=en").await.text;
    assert!(page.contains(&format!("href=\"/requests/{id}\"")), "{page}");
    assert!(page.contains("new request") && page.contains("6 d 23 h"), "{page}");
    assert!(!page.contains("crossing"), "what is asked stands on its own page");
    assert!(!page.contains("No case data on this page"), "a case's number is case data");
    let list = officer.get("/requests?lang=en").await.text;
    assert!(!list.contains("No case data on this page"), "{list}");
    let spanish = officer.get("/?lang=es").await.text;
    assert!(spanish.contains("solicitud nueva"), "{spanish}");
    officer.get("/?lang=en").await;

    // Read by one, new for the other.
    assert_eq!(post(&mut officer, "/alerts/read", &[("id", &id)]).await.status, 303);
    assert!(!officer.get("/?lang=en").await.text.contains("new request"));
    let mut other = world.ec.signed_in("investigator").await;
    assert!(other.get("/?lang=en").await.text.contains("new request"));

    let liaison = world.ec.actor("liaison").await;
    let wish = Wish::Step("answered".to_owned());
    let new = NewStep { wish, replies: vec!["Nobody.".into()], ..NewStep::default() };
    world.ec.node.request_say(&liaison, &id, &new).await.unwrap();
    assert!(officer.get("/?lang=en").await.text.contains("No request waits for us."));
    world.papers().await;
    let there = world.us.signed_in("liaison").await.get("/?lang=en").await.text;
    assert!(there.contains("Answers and questions that came"), "{there}");
    assert!(there.contains(&format!("href=\"/requests/{id}\"")), "{there}");
}

#[tokio::test]
async fn who_has_nothing_to_do_with_requests_begins_elsewhere_and_marks_nothing() {
    let world = World::new().await;
    let mut auditor = world.ec.signed_in("auditor").await;
    assert_eq!(auditor.get("/").await.location(), "/oversight");
    assert_eq!(post(&mut auditor, "/alerts/read", &[]).await.status, 403);
}
