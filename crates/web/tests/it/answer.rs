//! A request of a partner is answered with what is held here: offered is what the account sees and the
//! agreement lets leave, and nothing outward changes by looking.

use enlace_node::{Actor, CompartmentKind};
use serde_json::{Value, json};

use crate::steps::{World, at, post};

const PISTOL: &str = "firearm--bf3ea114-0551-4dbb-b5b1-a43726a079fb";
const SUSPECT: &str = "identity--5341317d-8a18-4a91-a7ff-3113adae3a3a";
const VICTIM: &str = "identity--c1e0b8d1-3d2f-451d-b297-a216fd7594ce";
const ACCOUNT: &str = "bank-account--5154c156-b9b9-58d6-a591-9c9450e05f59";

/// US asks EC about these values; the id.
async fn asked(world: &World, values: &[(&str, &str)]) -> String {
    let values: Vec<Value> =
        values.iter().map(|(kind, value)| json!({ "kind": kind, "value": value })).collect();
    crate::home::asked_about(world, "ILC-26-118", json!(values)).await
}

/// Id, what it was found by, what would leave.
async fn offered(world: &World, who: &str, id: &str) -> Vec<(String, &'static str, &'static str)> {
    let actor = world.ec.actor(who).await;
    let found = world.ec.node.request_matches(&actor, id).await.unwrap();
    found.matches.into_iter().map(|one| (one.name.id, one.by, one.verdict)).collect()
}

/// What waits for the partner, as it would go over.
async fn outward(world: &World) -> String {
    world.ec.node.outbox_file(&Actor::console(), "US").await.unwrap()
}

#[tokio::test]
async fn offered_is_what_bears_the_identifier_or_says_the_name_and_may_leave() {
    let world = World::new().await;
    let values = [
        ("firearm-serial", "txz 48213"),
        ("name", "WILMER ANGEL QUIJIJE SANTISTEVAN"),
        ("name", "Nadia Isabel Orrala Villao"),
        ("name", "Wilmer"),
        ("account-number", "2200417938"),
        ("phone", "+593 4 555 9999"),
    ];
    let id = asked(&world, &values).await;
    let before = outward(&world).await;
    let found = offered(&world, "liaison", &id).await;
    let has = |id: &str, by: &str| found.iter().any(|(i, b, _)| i == id && *b == by);
    assert!(has(PISTOL, "identifier"), "written otherwise: {found:?}");
    assert!(has(SUSPECT, "words"), "without accents: {found:?}");
    assert!(has(ACCOUNT, "identifier"), "{found:?}");
    assert!(found.iter().all(|(id, ..)| id != VICTIM), "a victim stays: {found:?}");
    let names = found.iter().filter(|(id, ..)| id.starts_with("identity--")).count();
    assert_eq!(names, 1, "a part of a name is no name: {found:?}");
    let pistol = found.iter().find(|(id, ..)| id == PISTOL).unwrap();
    assert_eq!(pistol.2, "changed", "one of its marks is red");

    // Nothing left and nothing waits: the partner reads of a look at nothing what it reads of none.
    assert_eq!(outward(&world).await, before);
    let liaison = world.ec.actor("liaison").await;
    let shown = world.ec.node.request_show(&liaison, &id).await.unwrap();
    assert_eq!(shown.line.state, "delivered");
    let releases = world.ec.node.release_list(&liaison).await.unwrap();
    assert_eq!(releases.len(), 0);
}

#[tokio::test]
async fn what_an_account_does_not_see_is_offered_to_who_sees_it_alone() {
    let world = World::new().await;
    let id = asked(&world, &[("firearm-serial", "TXZ48213")]).await;
    assert_eq!(offered(&world, "liaison", &id).await.len(), 1);
    let lead = world.ec.actor("approver").await;
    let node = &world.ec.node;
    let kind = CompartmentKind::from_name("case").unwrap();
    let compartment = node.compartment_create(&lead, "Muelle", kind, "why").await.unwrap();
    node.compartment_add(&lead, &compartment, &[PISTOL.to_owned()], false).await.unwrap();
    assert_eq!(offered(&world, "liaison", &id).await, []);
    let mut officer = world.ec.signed_in("liaison").await;
    let page = officer.get(&format!("/requests/{id}?lang=en")).await.text;
    assert!(page.contains("Nothing that you see here matches"), "{page}");
    assert!(!page.contains(PISTOL) && !page.contains("G2C"), "{page}");
    // Picked by its id all the same, it is an unknown object.
    let act = format!("/requests/{id}/answer-draft");
    assert_eq!(post(&mut officer, &act, &[("id", PISTOL)]).await.status, 404);
    let unknown = "firearm--bf3ea114-0551-4dbb-b5b1-a43726a079f0";
    assert_eq!(post(&mut officer, &act, &[("id", unknown)]).await.status, 404);
}

#[tokio::test]
async fn who_may_not_answer_is_offered_nothing_and_who_asks_cannot_prepare() {
    let world = World::new().await;
    let id = asked(&world, &[("firearm-serial", "TXZ48213")]).await;
    let investigator = world.ec.actor("investigator").await;
    assert!(world.ec.node.request_matches(&investigator, &id).await.is_err());
    let there = world.us.actor("liaison").await;
    let found = world.us.node.request_matches(&there, &id).await.unwrap();
    assert!(found.matches.is_empty());
    let drafted = world.us.node.request_answer_draft(&there, &id, &[PISTOL.into()]).await;
    assert!(drafted.is_err());
}

/// Home, request, prepare, approve, send and answer: the browser plays the same in `ui/test/desk.mjs`.
#[tokio::test]
async fn an_answer_is_prepared_approved_and_sent_with_its_step() {
    let world = World::new().await;
    let id = asked(&world, &[("firearm-serial", "TXZ48213")]).await;
    let mut officer = world.ec.signed_in("liaison").await;
    let home = officer.get("/?lang=en").await.text;
    assert!(home.contains(&format!("href=\"/requests/{id}\"")));
    let page = officer.get(&format!("/requests/{id}?lang=en")).await;
    assert!(page.text.contains(&format!("value=\"{PISTOL}\" checked")), "{}", page.text);
    assert!(!page.text.contains("No case data on this page"));
    let draft =
        post(&mut officer, &format!("/requests/{id}/answer-draft"), &[("id", PISTOL)]).await;
    let release = at(&draft);
    assert!(release.starts_with("/releases/"), "{release}");
    let shown = officer.get(&format!("{release}?lang=en")).await.text;
    assert!(!shown.contains("send-answer"), "not approved yet");
    let early = post(&mut officer, &format!("{release}/send-answer"), &[]).await;
    assert_eq!(early.status, 409, "{}", early.text);
    at(&post(&mut officer, &format!("{release}/approve"), &[]).await);
    let shown = officer.get(&format!("{release}?lang=en")).await.text;
    assert!(shown.contains("Send now and answer the request"), "{shown}");
    let sent = post(&mut officer, &format!("{release}/send-answer"), &[]).await;
    assert_eq!(at(&sent), format!("/requests/{id}"));
    let liaison = world.ec.actor("liaison").await;
    let view = world.ec.node.request_show(&liaison, &id).await.unwrap();
    let last = view.steps.last().unwrap();
    assert_eq!(last.state, "answered");
    assert_eq!(last.said["answer_refs"].as_array().unwrap().len(), 1, "what was picked");
    assert!(!serde_json::to_string(&last.said).unwrap().contains(PISTOL), "by the twin's id");
    // Over: nothing is offered, and no button answers twice.
    let again = post(&mut officer, &format!("{release}/send-answer"), &[]).await;
    assert_eq!(again.status, 404);
    assert_eq!(offered(&world, "liaison", &id).await, []);
    world.papers().await;
    let there = world.us.actor("liaison").await;
    let shown = world.us.node.request_show(&there, &id).await.unwrap();
    assert_eq!(shown.line.state, "answered");
}

/// A process that dies between sending and answering leaves a release that is sent and a request that
/// waits: the same button answers with it.
#[tokio::test]
async fn a_release_that_was_sent_without_its_answer_answers_later() {
    let world = World::new().await;
    let id = asked(&world, &[("firearm-serial", "TXZ48213")]).await;
    let liaison = world.ec.actor("liaison").await;
    let node = &world.ec.node;
    let draft = node.request_answer_draft(&liaison, &id, &[PISTOL.into()]).await.unwrap();
    node.release_approve(&liaison, &draft.id, false).await.unwrap();
    node.release_send(&liaison, &draft.id, enlace_node::SendWhen::Now).await.unwrap();
    let mut officer = world.ec.signed_in("liaison").await;
    let shown = officer.get(&format!("/releases/{}?lang=en", draft.id)).await.text;
    assert!(shown.contains("Send now and answer the request"), "{shown}");
    let (request, said) = node.request_answer_send(&liaison, &draft.id).await.unwrap();
    assert_eq!((request, said.state), (id, "answered"));
    assert_eq!(node.release_list(&liaison).await.unwrap().len(), 1, "sent once");
}
