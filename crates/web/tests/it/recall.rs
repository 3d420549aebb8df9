//! Recalls and their answers, legal holds: from both ends, through the pages.

use enlace_node::{Actor, ReleaseRequest, Role, SendWhen};
use serde_json::Value;

use crate::release::{World, world};
use crate::site::{Browser, Site};

const EXPECTED: &str = include_str!("../../../../scenario/expected.json");

/// EC released its indicator to US, by file.
struct Pair {
    world: World,
    original: String,
    canary: String,
    twin: String,
}

async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let csrf = browser.csrf().await;
    let all: Vec<(&str, &str)> =
        [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    let answer = browser.post(path, &all).await;
    (answer.status, if answer.status == 303 { answer.location().to_owned() } else { answer.text })
}

/// What waits goes as a file.
async fn carry(from: &Site, name: &str, to: &Site) {
    let file = from.node.outbox_bundle(&Actor::console(), name).await.unwrap();
    to.node.inbox_bundle(&Actor::console(), "carried.age", &file.bytes).await.unwrap();
}

async fn released() -> Pair {
    let world = world().await;
    let expected: Value = serde_json::from_str(EXPECTED).unwrap();
    let text = |name: &str| expected["recall"][name].as_str().unwrap().to_owned();
    let (original, canary) = (text("object"), text("canary"));
    let (liaison, approver) = (world.ec.actor("liaison").await, world.ec.actor("approver").await);
    let request = ReleaseRequest {
        agreement: world.agreement.clone(),
        purpose: Some(world.purpose.clone()),
        ids: vec![original.clone()],
        ..ReleaseRequest::default()
    };
    let node = &world.ec.node;
    let id = node.release_draft(&liaison, &request).await.unwrap().id;
    node.release_approve(&approver, &id, false).await.unwrap();
    node.release_send(&liaison, &id, SendWhen::Now).await.unwrap();
    world.us.account("liaison", Role::LiaisonOfficer).await;
    carry(&world.ec, "US", &world.us).await;
    let officer = world.us.actor("liaison").await;
    for record in world.us.node.inbox_pending(&officer).await.unwrap() {
        world.us.node.inbox_accept(&officer, &record).await.unwrap();
    }
    let found = world.us.node.search(&officer, "marbrisa", &[], 0, 9).await.unwrap();
    let twin = found.hits.iter().find(|hit| hit.kind == "indicator").unwrap().id.clone();
    Pair { world, original, canary, twin }
}

#[tokio::test]
async fn the_page_lists_who_has_not_answered_and_then_what_the_partner_states() {
    let Pair { world, original, canary, twin } = released().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let link = liaison.get("/releases?lang=en").await.text;
    assert!(link.contains("href=\"/recalls\""), "the place of releases leads there");
    let none = liaison.get("/recalls?lang=en").await.text;
    assert!(none.contains("Every partner that fetched something has answered"), "{none}");

    // US keeps it for a court; the form stands on the page of a partner's object alone.
    let mut officer = world.us.signed_in("liaison").await;
    let mut approver = world.us.signed_in("approver").await;
    let object = format!("/object/{twin}");
    let form = "action=\"/legal-holds/place\"";
    assert!(!officer.get(&object).await.text.contains(form), "not his to place");
    assert!(approver.get(&object).await.text.contains(form));
    let mut own = world.ec.signed_in("approver").await;
    let own_object = format!("/object/{original}");
    assert!(!own.get(&own_object).await.text.contains(form), "our own needs none");
    let hold = [("id", twin.as_str()), ("ground", "court-order"), ("reference", "Zzyzxauto 0417")];
    assert_eq!(post(&mut officer, "/legal-holds/place", &hold).await.0, 403);
    assert_eq!(post(&mut approver, "/legal-holds/place", &hold).await.0, 303);
    assert_eq!(approver.get(&object).await.status, 200, "a hold alone changes nothing");

    let actor = world.ec.actor("liaison").await;
    world.ec.node.recall(&actor, &original, None).await.unwrap();
    let waiting = liaison.get("/recalls?lang=en").await.text;
    assert!(waiting.contains("No answer yet") && waiting.contains(&original), "{waiting}");
    assert!(waiting.contains("Interagency Liaison Cell") && waiting.contains("TLP:AMBER"));
    let waiting = liaison.get("/recalls?lang=es").await.text;
    assert!(waiting.contains("Aún sin respuesta") && waiting.contains("Sin respuesta"));

    carry(&world.ec, "US", &world.us).await;
    for browser in [&mut officer, &mut approver] {
        assert_eq!(browser.get(&object).await.status, 404, "restricted: on no page");
        let found = browser.get("/search?q=marbrisa").await.text;
        assert!(!found.contains(&twin) && !found.contains(&canary));
    }
    let reviews = approver.get("/reviews").await.text;
    assert!(reviews.contains("href=\"/legal-holds\""), "the place of reviews leads there");
    let listed = approver.get("/legal-holds?lang=en").await.text;
    let restricted = format!("/restricted/{twin}");
    assert!(listed.contains(&restricted) && listed.contains("Zzyzxauto 0417"), "{listed}");
    assert!(!listed.contains(&canary), "a list shows no content of it");
    let shown = approver.get(&format!("{restricted}?lang=en")).await.text;
    let there = shown.contains("despachos@frutas-marbrisa.example");
    assert!(there && shown.contains("kept for a legal hold alone"), "{shown}");
    assert!(!shown.contains("/notes/add") && !shown.contains("/releases/new?"), "only to see");
    assert_eq!(officer.get(&restricted).await.status, 403);

    carry(&world.us, "EC", &world.ec).await;
    let stated = liaison.get("/recalls?lang=en").await.text;
    assert!(stated.contains("Order of a court") && stated.contains("Answered"), "{stated}");
    assert!(stated.contains("restricted under legal hold") && !stated.contains("Zzyzxauto"));
    let page = liaison.get(&format!("{own_object}?lang=en")).await.text;
    let words = "partner states: kept under restriction (Order of a court)";
    assert!(page.contains(words), "{page}");

    let hold = approver.get("/legal-holds").await.hidden("hold");
    assert_eq!(post(&mut approver, "/legal-holds/lift", &[("hold", &hold)]).await.0, 303);
    assert_eq!(approver.get(&restricted).await.status, 404, "it is gone");
    carry(&world.us, "EC", &world.ec).await;
    let page = liaison.get(&format!("{own_object}?lang=es")).await.text;
    assert!(page.contains("la contraparte declara: eliminado"), "{page}");
}
