//! A file from the page: taken in as a job, seen while it runs, stopped, and nobody else's to read.

use serde_json::{Value, json};

use crate::site::{Browser, Site};

const CANARY: &str = "Zzyzxcanary";

fn person(number: usize, name: &str) -> Value {
    json!({"type": "identity", "spec_version": "2.1",
        "id": format!("identity--5f2e0000-0000-4000-8000-{number:012}"),
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "name": name, "identity_class": "individual"})
}

fn file() -> Vec<u8> {
    let mut bad = person(99, "x");
    bad["modified"] = json!(format!("{CANARY} no date"));
    let objects = [person(1, "Persona inventada"), person(2, "Otra persona"), bad];
    let id = "bundle--5f2e0000-0000-4000-8000-000000000000";
    json!({"type": "bundle", "id": id, "objects": objects}).to_string().into_bytes()
}

/// Uploads a file as the page's form does; where the browser is sent.
async fn upload(browser: &mut Browser, marking: &str) -> String {
    let csrf = browser.get("/jobs").await.hidden("csrf");
    let bytes = file();
    let parts: [(&str, &str, &[u8]); 4] = [
        ("csrf", "", csrf.as_bytes()),
        ("marking", "", marking.as_bytes()),
        ("source", "", b""),
        ("file", "C:\\casos\\personas.json", &bytes),
    ];
    let answer = browser.upload("/jobs", &parts).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.location().to_owned()
}

#[tokio::test]
async fn a_file_from_the_page_is_read_as_a_job_and_the_page_says_how_far_it_is() {
    let site = Site::with_accounts().await;
    let mut browser = site.signed_in("investigator").await;
    let page = upload(&mut browser, "").await;
    let waits = browser.get(&format!("{page}?lang=en")).await.text;
    assert!(waits.contains("Waits") && waits.contains("every 2s"), "{waits}");
    assert!(waits.contains("personas.json") && !waits.contains("casos"), "{waits}");
    site.node.job_round().await.unwrap();
    let done = browser.get(&format!("{page}?lang=en")).await.text;
    assert!(done.contains("Done") && done.contains("2 of 2 objects"), "{done}");
    assert!(!done.contains("every 2s"), "what is over is not asked for again");
    assert!(done.contains("stix.timestamp") && done.contains("object 3"), "{done}");
    assert!(!done.contains(CANARY), "what stands in a file has no marking here");
    let list = browser.get("/jobs?lang=es").await.text;
    assert!(list.contains("personas.json") && list.contains("Terminada"), "{list}");
    let acts = site.acts().await;
    let started = acts.iter().find(|act| act["act"] == "job-started").unwrap();
    assert_eq!(started["actor"], "investigator");
    assert!(!started.values().any(|value| value.to_string().contains("personas")));
}

#[tokio::test]
async fn a_job_is_stopped_by_its_owner_or_who_runs_the_node() {
    let site = Site::with_accounts().await;
    let mut owner = site.signed_in("investigator").await;
    let page = upload(&mut owner, "amber").await;
    let cancel = format!("{page}/cancel");
    for name in ["analyst", "liaison", "auditor", "approver"] {
        let mut other = site.signed_in(name).await;
        assert_eq!(other.get(&page).await.status, 404, "{name}");
        let csrf = other.get("/search").await;
        let csrf = if csrf.status == 200 { csrf.hidden("csrf") } else { "x".to_owned() };
        let answer = other.post(&cancel, &[("csrf", &csrf)]).await;
        assert!([403, 404].contains(&answer.status), "{name}: {}", answer.status);
    }
    let mut admin = site.signed_in("admin").await;
    let seen = admin.get(&format!("{page}?lang=en")).await.text;
    assert!(seen.contains("investigator") && !seen.contains("personas"), "{seen}");
    let list = admin.get("/jobs?lang=en").await.text;
    assert!(list.contains("Import of a file") && !list.contains("personas"), "{list}");
    assert_eq!(admin.post(&cancel, &[("csrf", "x")]).await.status, 403, "without the token");
    let csrf = admin.get(&page).await.hidden("csrf");
    assert_eq!(admin.post(&cancel, &[("csrf", &csrf)]).await.status, 303);
    site.node.job_round().await.unwrap();
    let stopped = owner.get(&format!("{page}?lang=en")).await.text;
    assert!(stopped.contains("Stopped") && !stopped.contains("every 2s"), "{stopped}");
    let csrf = owner.get("/jobs").await.hidden("csrf");
    assert_eq!(owner.post(&cancel, &[("csrf", &csrf)]).await.status, 409, "it is over");
}

#[tokio::test]
async fn who_may_not_import_sends_no_file() {
    let site = Site::with_accounts().await;
    for name in ["admin", "approver", "auditor"] {
        let mut browser = site.signed_in(name).await;
        let csrf = browser.get("/partners").await.hidden("csrf");
        let bytes = file();
        let parts: [(&str, &str, &[u8]); 2] =
            [("csrf", "", csrf.as_bytes()), ("file", "a.json", &bytes)];
        assert_eq!(browser.upload("/jobs", &parts).await.status, 403, "{name}");
    }
    assert!(site.acts().await.iter().all(|act| act["act"] != "job-started"));
}
