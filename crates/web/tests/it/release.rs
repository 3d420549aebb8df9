//! The scenario's release through the pages: dry run, draft, approval, sending, oversight, recall.

use enlace_node::{Actor, Role, VettingResult};
use serde_json::Value;

use crate::site::{Answer, Browser, Site};

const CASE: &[u8] = include_bytes!("../../../../scenario/ec/case-calamares.json");
const TERMS: &str = include_str!("../../../../scenario/agreements/ec-us.toml");
const EXPECTED: &str = include_str!("../../../../scenario/expected.json");

pub struct World {
    pub ec: Site,
    /// The other party; its one account is `approver`.
    pub us: Site,
    pub agreement: String,
    pub report: String,
    pub purpose: String,
    /// Labels and values of the case, which an auditor must not see.
    content: Vec<String>,
}

/// Two nodes with an agreement in force, signed by hand-carried files.
pub async fn world() -> World {
    let ec = Site::with_accounts().await;
    let us = Site::new("Interagency Liaison Cell (ILC)", "US").await;
    us.account("approver", Role::Approver).await;
    let console = Actor::console();
    for (node, other) in [(&ec.node, &us.node), (&us.node, &ec.node)] {
        let card = serde_json::to_string(other.card().unwrap().json()).unwrap();
        let partner = node.partner_add(&console, &card).await.unwrap();
        let passed = VettingResult::Passed;
        let by = "Office of vetting (invented)";
        node.partner_vet(&console, &partner.key_id, by, "2099-12-31", passed, &[]).await.unwrap();
    }
    ec.import("case-calamares.json", CASE).await;
    let (liaison, approver) = (ec.actor("liaison").await, ec.actor("approver").await);
    let draft = ec.node.agreement_new(&liaison, &["US".into()], None, None, Some(TERMS)).await;
    let line = ec.node.agreement_sign_draft(&approver, &draft.unwrap(), "ec-us.toml").await;
    let id = line.unwrap().id;
    let file = ec.node.outbox_file(&console, "US").await.unwrap();
    us.node.inbox_file(&console, &file).await.unwrap();
    us.node.agreement_sign(&us.actor("approver").await, &id).await.unwrap();
    let file = us.node.outbox_file(&console, "EC").await.unwrap();
    ec.node.inbox_file(&console, &file).await.unwrap();
    let expected: Value = serde_json::from_str(EXPECTED).unwrap();
    let text = |pointer| expected.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let case: Value = serde_json::from_slice(CASE).unwrap();
    let objects = case["objects"].as_array().unwrap();
    let named = objects.iter().filter_map(|o| o["name"].as_str());
    let content = named.filter(|n| n.len() > 8 && n.contains(' ')).map(str::to_owned).collect();
    World {
        agreement: id,
        report: text("/release/report"),
        purpose: text("/release/purpose"),
        content,
        ec,
        us,
    }
}

async fn drafted(world: &World, browser: &mut Browser) -> String {
    let csrf = browser.csrf().await;
    let answer = browser
        .post(
            "/releases",
            &[
                ("csrf", &csrf),
                ("id", &world.report),
                ("agreement", &world.agreement),
                ("purpose", &world.purpose),
            ],
        )
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let path = answer.location().split('?').next().unwrap().to_owned();
    assert!(answer.location().ends_with("?said=submitted"));
    path
}

async fn act(browser: &mut Browser, path: &str, act: &str) -> Answer {
    let csrf = browser.csrf().await;
    browser.post(&format!("{path}/{act}"), &[("csrf", &csrf)]).await
}

#[tokio::test]
async fn a_release_goes_from_dry_run_to_proof() {
    let world = world().await;
    let mut liaison = world.ec.signed_in("liaison").await;

    // The dry run shows both sides and the clause, and keeps nothing.
    let path = format!("/releases/new?id={}&lang=en", world.report);
    let dry = liaison.get(&path).await;
    assert_eq!(dry.status, 200);
    for shown in ["Interagency Liaison Cell", "3.5", "private.source-identity", "TLP:RED", "4.1"] {
        assert!(dry.text.contains(shown), "{shown}");
    }
    assert!(liaison.get("/releases?lang=en").await.text.contains("No releases yet"));

    let release = drafted(&world, &mut liaison).await;
    let page = liaison.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("Awaits approval"), "{page}");
    assert_eq!(act(&mut liaison, &release, "send").await.status, 409, "not approved yet");
    assert_eq!(act(&mut liaison, &release, "refuse").await.status, 404);

    let mut investigator = world.ec.signed_in("investigator").await;
    assert_eq!(act(&mut investigator, &release, "approve").await.status, 403);
    let mut approver = world.ec.signed_in("approver").await;
    let approved = act(&mut approver, &release, "approve").await;
    assert_eq!((approved.status, approved.location().ends_with("said=approved")), (303, true));
    assert!(!approver.get(&release).await.text.contains("/send\""), "an approver does not send");
    let ready = liaison.get(&release).await.text;
    assert!(ready.contains("/send\""), "{ready}");
    assert_eq!(act(&mut liaison, &release, "send").await.status, 303);
    let sent = liaison.get(&format!("{release}?lang=en")).await.text;
    assert!(sent.contains("Sent by") && !sent.contains("/send\""));
    assert!(sent.contains("table--pair"), "what left is shown as it left");
    assert!(!sent.contains("not shown any more"), "both sides of every line: {sent}");
    assert!(!sent.contains("NO TLP"), "no marking that nothing on it has: {sent}");
    assert!(sent.matches(">report--").count() >= 2, "ids of original and twin: {sent}");

    oversight(&world, &release).await;
    recall(&world, &mut liaison, &release).await;
}

#[tokio::test]
async fn what_was_sent_is_shown_as_it_was_when_our_object_changed_since() {
    let world = world().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let mut approver = world.ec.signed_in("approver").await;
    let release = drafted(&world, &mut liaison).await;
    assert_eq!(act(&mut approver, &release, "approve").await.status, 303);
    assert_eq!(act(&mut liaison, &release, "send").await.status, 303);
    let mut case: Value = serde_json::from_slice(CASE).unwrap();
    let objects = case["objects"].as_array_mut().unwrap();
    let report = objects.iter_mut().find(|o| o["id"] == world.report.as_str()).unwrap();
    let before = report["description"].as_str().unwrap().to_owned();
    report["description"] = "Written afterwards.".into();
    report["modified"] = "2026-01-01T00:00:00.000Z".into();
    world.ec.import("later.json", case.to_string().as_bytes()).await;
    let object = liaison.get(&format!("/object/{}?lang=en", world.report)).await.text;
    assert!(object.contains("Written afterwards."), "{object}");
    let sent = liaison.get(&format!("{release}?lang=en")).await.text;
    assert!(sent.contains(&before) && !sent.contains("Written afterwards."), "{sent}");
    assert!(!sent.contains("not shown any more"), "{sent}");
}

/// The auditor reads everything about it but labels and values.
async fn oversight(world: &World, release: &str) {
    let mut auditor = world.ec.signed_in("auditor").await;
    let list = auditor.get("/oversight?lang=en").await;
    let detail = auditor.get(&format!("/oversight{release}?lang=en")).await;
    assert_eq!((list.status, detail.status), (200, 200));
    let both = format!("{}{}", list.text, detail.text);
    for shown in [
        "identity--",
        "report--",
        "Interagency Liaison Cell",
        "3.5",
        "4.1",
        "3.3",
        "private.source-identity",
        "private.tlp-red",
        "approver",
        "liaison",
        "root",
        "Checked just now: the proof holds",
        "signature holds",
    ] {
        assert!(both.contains(shown), "{shown}");
    }
    assert!(!both.contains("the proof fails") && !both.contains("signature fails"));
    // Nobody has fetched it: the log shared with the partner says nothing of it.
    assert!(!detail.text.contains("Proof in the log shared with the partner"));
    for hidden in &world.content {
        assert!(!both.contains(hidden.as_str()), "{hidden}");
    }
    for (query, found) in [
        (world.report.as_str(), true),
        ("calamares", true),
        ("interagency", true),
        ("approver", true),
        ("nothing of the kind", false),
    ] {
        let query = query.replace(' ', "+");
        let page = auditor.get(&format!("/oversight?lang=en&q={query}")).await.text;
        assert_eq!(page.contains(&format!("/oversight{release}")), found, "{query}");
    }
    assert_eq!(auditor.get("/oversight/releases/none").await.status, 404);
    assert_eq!(auditor.get(release).await.status, 403);
    let spanish = auditor.get("/oversight?lang=es").await.text;
    assert!(spanish.contains("<html lang=\"es\">"));
}

/// One person recalls an object; the pages say so and the log has it.
async fn recall(world: &World, liaison: &mut Browser, release: &str) {
    let object = format!("/object/{}", world.report);
    let page = liaison.get(&format!("{object}?lang=en")).await;
    assert!(page.text.contains("action=\"/recall\""), "{}", page.text);
    assert!(!page.text.contains(">relationship<"), "a relationship is named by what it relates");
    let (csrf, id) = (page.hidden("csrf"), release.trim_start_matches("/releases/"));
    let fields = [("csrf", csrf.as_str()), ("id", &world.report), ("release", id)];
    let done = liaison.post("/recall", &fields).await;
    assert_eq!((done.status, done.location().ends_with("said=recalled")), (303, true));
    let page = liaison.get(&format!("{object}?lang=en")).await.text;
    assert!(page.contains("Recalled") && !page.contains("action=\"/recall\""));
    assert_eq!(liaison.post("/recall", &fields).await.status, 409, "a recall is final");
    // What left is still known, without the values that would not leave now.
    let old = liaison.get(&format!("{release}?lang=en")).await;
    assert_eq!(old.status, 200);
    let fields = |text: &str| text.split("<tr").count();
    assert!(fields(&old.text) > 50, "every decision on a field is shown");
    assert!(old.text.contains("tear-line written for release"));
    assert!(!liaison.get("/releases?lang=en").await.text.contains("No releases yet"));
    let mut auditor = world.ec.signed_in("auditor").await;
    let proof = auditor.get(&format!("/oversight{release}?lang=en")).await.text;
    assert!(proof.contains("Recalled"));
    assert!(proof.contains("Checked just now: the proof holds"));
}
