//! Consent through the pages: asked beside a received object, granted and withdrawn in the list.

use enlace_node::{Actor, ReleaseRequest, SendWhen, VettingResult};
use serde_json::Value;

use crate::site::{Browser, Site};

const CASE: &[u8] = include_bytes!("../../../../scenario/ec/case-calamares.json");
const TERMS: &str = include_str!("../../../../scenario/agreements/ec-us.toml");
const EXPECTED: &str = include_str!("../../../../scenario/expected.json");

struct Pair {
    ec: Site,
    us: Site,
    /// The original at EC, and its twin that US holds.
    original: String,
    twin: String,
}

/// EC released one indicator to US, which accepted it; everything went by hand-carried files.
async fn pair() -> Pair {
    let ec = Site::with_accounts().await;
    let us = Site::with_accounts_as("Interagency Liaison Cell (ILC)", "US").await;
    let console = Actor::console();
    for (node, other) in [(&ec.node, &us.node), (&us.node, &ec.node)] {
        let card = serde_json::to_string(other.card().unwrap().json()).unwrap();
        let partner = node.partner_add(&console, &card).await.unwrap();
        let (by, passed) = ("Office of vetting (invented)", VettingResult::Passed);
        node.partner_vet(&console, &partner.key_id, by, "2099-12-31", passed, &[]).await.unwrap();
    }
    ec.import("case-calamares.json", CASE).await;
    let (liaison, approver) = (ec.actor("liaison").await, ec.actor("approver").await);
    let draft = ec.node.agreement_new(&liaison, &["US".into()], None, None, Some(TERMS)).await;
    let line = ec.node.agreement_sign_draft(&approver, &draft.unwrap(), "ec-us.toml").await;
    let agreement = line.unwrap().id;
    carry(&ec, &us, "US").await;
    us.node.agreement_sign(&us.actor("approver").await, &agreement).await.unwrap();
    carry(&us, &ec, "EC").await;

    let expected: Value = serde_json::from_str(EXPECTED).unwrap();
    let original = expected["recall"]["object"].as_str().unwrap().to_owned();
    let request = ReleaseRequest {
        agreement,
        purpose: Some("firearms-tracing".to_owned()),
        ids: vec![original.clone()],
        ..ReleaseRequest::default()
    };
    let release = ec.node.release_draft(&liaison, &request).await.unwrap().id;
    ec.node.release_approve(&approver, &release, false).await.unwrap();
    ec.node.release_send(&liaison, &release, SendWhen::Now).await.unwrap();
    let file = ec.node.release_file(&liaison, &release).await.unwrap();
    us.node.inbox_bundle(&console, "release.age", &file.bytes).await.unwrap();
    let officer = us.actor("liaison").await;
    for record in us.node.inbox_pending(&officer).await.unwrap() {
        us.node.inbox_accept(&officer, &record).await.unwrap();
    }
    let found = us.node.search(&officer, "calamares*", &["indicator".to_owned()], 0, 5).await;
    let mut hits = found.unwrap().hits;
    if hits.is_empty() {
        let all = us.node.inbox_list(&officer).await.unwrap();
        let record = all.into_iter().find(|l| l.kind == "release-record").unwrap().id;
        hits = us.node.inbox_show(&officer, &record).await.unwrap();
        hits.retain(|row| row.kind == "indicator");
    }
    Pair { ec, us, original, twin: hits[0].id.clone() }
}

async fn carry(from: &Site, to: &Site, name: &str) {
    let console = Actor::console();
    let file = from.node.outbox_file(&console, name).await.unwrap();
    for receipt in to.node.inbox_file(&console, &file).await.unwrap() {
        assert_ne!(receipt.status, "refused", "{receipt:?}");
    }
}

async fn post(browser: &mut Browser, act: &str, fields: &[(&str, &str)]) -> u16 {
    let csrf = browser.csrf().await;
    let all: Vec<(&str, &str)> =
        [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    browser.post(&format!("/consents/{act}"), &all).await.status
}

#[tokio::test]
async fn consent_is_asked_beside_the_object_and_granted_and_withdrawn_in_the_list() {
    let pair = pair().await;
    let object = format!("/object/{}?lang=en", pair.twin);
    let mut liaison = pair.us.signed_in("liaison").await;
    let page = liaison.get(&object).await.text;
    assert!(page.contains("What its originator allows"), "{page}");
    assert!(page.contains("No – nobody was asked"), "H1 is no evidence: {page}");
    assert!(page.contains("action=\"/consents/ask\""), "{page}");
    let mut analyst = pair.us.signed_in("analyst").await;
    let seen = analyst.get(&object).await.text;
    assert!(seen.contains("What its originator allows") && !seen.contains("/consents/ask"));

    let ask = [
        ("id", pair.twin.as_str()),
        ("kind", "evidence"),
        ("to", "Criminal court of Guayaquil"),
        ("purpose", "firearms-tracing"),
    ];
    assert_eq!(post(&mut analyst, "ask", &ask).await, 403);
    assert_eq!(liaison.post("/consents/ask", &ask).await.status, 403, "without its token");
    assert_eq!(post(&mut liaison, "ask", &ask).await, 303);
    let own = [("id", pair.original.as_str()), ("kind", "evidence"), ("purpose", "x")];
    assert_eq!(post(&mut liaison, "ask", &own).await, 404, "of what is not held");
    carry(&pair.us, &pair.ec, "EC").await;

    let mut approver = pair.ec.signed_in("approver").await;
    let list = approver.get("/consents?lang=en").await;
    for shown in ["Interagency Liaison Cell", "Use as evidence", "Criminal court", &pair.original] {
        assert!(list.text.contains(shown), "{shown}: {}", list.text);
    }
    assert!(!list.text.contains(&pair.twin), "EC reads its own ids");
    let request = list.hidden("request");
    let mut investigator = pair.ec.signed_in("investigator").await;
    assert_eq!(investigator.get("/consents").await.status, 403);
    let grant = [("request", request.as_str()), ("until", "2099-01-01")];
    assert_eq!(post(&mut investigator, "grant", &grant).await, 403);
    let without_end = [("request", request.as_str()), ("until", "")];
    assert_eq!(post(&mut approver, "grant", &without_end).await, 400, "a grant needs an end");
    assert_eq!(post(&mut approver, "grant", &grant).await, 303);
    assert_eq!(post(&mut approver, "burn", &grant).await, 404);
    carry(&pair.ec, &pair.us, "US").await;

    let list = liaison.get("/consents?lang=es").await.text;
    assert!(list.contains("Concedido") && list.contains("Uso como prueba"), "{list}");
    let officer = pair.us.actor("liaison").await;
    let node = &pair.us.node;
    let court = "Criminal court of Guayaquil";
    assert!(node.evidence_allowed(&officer, &pair.twin, court).await.unwrap());
    assert!(!node.evidence_allowed(&officer, &pair.twin, "Another court").await.unwrap());

    let page = approver.get("/consents?lang=en").await;
    let consent = page.hidden("consent");
    assert_eq!(post(&mut approver, "withdraw", &[("consent", &consent)]).await, 303);
    carry(&pair.ec, &pair.us, "US").await;
    assert!(!node.evidence_allowed(&officer, &pair.twin, court).await.unwrap());
    assert!(liaison.get("/consents?lang=en").await.text.contains("Withdrawn"));
}

#[tokio::test]
async fn an_ask_about_what_is_in_a_compartment_exists_for_its_members_only() {
    let pair = pair().await;
    let officer = pair.us.actor("liaison").await;
    let ask = enlace_node::NewAsk {
        ids: vec![pair.twin.clone()],
        kind: "evidence".to_owned(),
        purpose: "firearms-tracing".to_owned(),
        ..enlace_node::NewAsk::default()
    };
    let request = pair.us.node.consent_ask(&officer, &ask).await.unwrap();
    carry(&pair.us, &pair.ec, "EC").await;
    let (node, liaison) = (&pair.ec.node, pair.ec.actor("liaison").await);
    let approver = pair.ec.actor("approver").await;
    assert_eq!(node.consent_list(&approver).await.unwrap().len(), 1);
    let kind = enlace_node::CompartmentKind::Case;
    node.compartment_create(&liaison, "Caso", kind, "two people know").await.unwrap();
    node.compartment_add(&liaison, "Caso", std::slice::from_ref(&pair.original), false)
        .await
        .unwrap();
    assert_eq!(node.consent_list(&approver).await.unwrap(), [], "not his to know");
    let new = enlace_node::NewConsent {
        request: Some(request.clone()),
        until: "2099-01-01".to_owned(),
        ..enlace_node::NewConsent::default()
    };
    let refused = node.consent_grant(&approver, &new).await.unwrap_err();
    assert_eq!(refused.code(), "node.not-found", "{refused}");
    assert_eq!(node.consent_list(&liaison).await.unwrap().len(), 1);
    node.consent_grant(&liaison, &new).await.unwrap();
}
