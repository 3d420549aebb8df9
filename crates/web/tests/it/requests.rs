//! Requests through the pages: written, what they lack, approved by another.

use crate::site::Site;
use crate::steps::{World, post};

#[tokio::test]
async fn a_request_that_is_written_on_its_page_stands_there_unmarked_until_another_approves_it() {
    let site = Site::with_accounts().await;
    let console = enlace_node::Actor::console();
    let us = Site::with_accounts_as("Interagency Liaison Cell (ILC)", "US").await;
    let card = serde_json::to_string(us.node.card().unwrap().json()).unwrap();
    site.node.partner_add(&console, &card).await.unwrap();
    let terms = include_str!("../../../../scenario/agreements/ec-us.toml");
    let (liaison, approver) = (site.actor("liaison").await, site.actor("approver").await);
    let draft = site.node.agreement_new(&liaison, &["US".into()], None, None, Some(terms)).await;
    let line = site.node.agreement_sign_draft(&approver, &draft.unwrap(), "ec-us.toml").await;
    let mut browser = site.signed_in("liaison").await;
    let empty = browser.get("/requests").await;
    assert!(empty.text.contains("No case data on this page"), "{}", empty.text);
    let csrf = browser.csrf().await;
    let agreement = line.unwrap().id;
    let fields = [
        ("csrf", csrf.as_str()),
        ("agreement", agreement.as_str()),
        ("kind", "information"),
        ("purpose", "firearms-tracing"),
        ("urgency", "normal"),
        ("facts", "A pistol was found at a crossing."),
    ];
    assert_eq!(browser.post("/requests", &fields).await.status, 303);
    let shown = browser.get("/requests").await.text;
    assert!(shown.contains("A pistol was found at a crossing."), "{shown}");
    assert!(shown.contains("questions, grounds_held, case_number"), "what it lacks: {shown}");
    assert!(!shown.contains("No case data on this page"));
    assert!(!shown.contains("/approve\""), "nobody approves his own");
    let other = site.signed_in("approver").await.get("/requests").await.text;
    assert!(other.contains("/approve\""), "{other}");
}

/// Under one outward answer the page refuses too; what the partner is told says nothing of it.
#[tokio::test]
async fn a_refusal_under_one_outward_answer_is_made_on_the_page_and_its_ground_stays_inside() {
    let terms = include_str!("../../../../scenario/agreements/ec-us.toml");
    let answer = "[answer]\nclause = \"9.2\"\nnothing = \"nothing can be provided\"\n\
                  after_hours = 48\n";
    let world = World::under(&format!("{terms}\n{answer}")).await;
    let id = crate::home::asked(&world, "ILC-26-118").await;
    let mut officer = world.ec.signed_in("liaison").await;
    let page = officer.get(&format!("/requests/{id}?lang=en")).await.text;
    assert!(page.contains(&format!("/requests/{id}/refuse\"")), "{page}");
    assert!(!page.contains(&format!("/requests/{id}/refused\"")), "that step would leave");
    let act = format!("/requests/{id}/refuse");
    let bare = post(&mut officer, &act, &[("statement", "No.")]).await;
    assert_eq!(bare.status, 400, "without a ground");
    let why = [("ground", "safety-of-person"), ("statement", "An officer is near.")];
    assert_eq!(post(&mut officer, &act, &why).await.status, 303);
    let page = officer.get(&format!("/requests/{id}?lang=en")).await.text;
    assert!(page.contains("is said at its hour"), "{page}");
    let waits = world.ec.node.outbox_file(&enlace_node::Actor::console(), "US").await.unwrap();
    assert!(!waits.contains("safety-of-person") && !waits.contains("is near"), "{waits}");
}
