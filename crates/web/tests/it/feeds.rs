//! Feeds through the pages: added, run, seen, failing in words, paused, removed.

use enlace_node::{Actor, Grant};
use serde_json::json;

use crate::site::Site;
use crate::steps::{done, post};
use crate::tools::Client;

const ID: &str = "indicator--2d3bb9a8-3f0f-4a43-8c1e-5f2d7b0d0001";

/// Another agency's node with one indicator in a collection; its address and a token.
async fn upstream() -> (Site, String, String) {
    let site = Site::with_accounts_as("CERT", "EC").await;
    let console = Actor::console();
    let shelf = site.node.plain_create(&console, "Loaders").await.unwrap();
    let both = Grant { read: true, write: true };
    site.node.plain_grant(&console, &shelf, "tool", both).await.unwrap();
    let token = site.node.account_token(&console, "tool").await.unwrap().expose().to_owned();
    let indicator = json!({
        "type": "indicator", "spec_version": "2.1", "id": ID,
        "created": "2026-05-01T00:00:00.000Z", "modified": "2026-05-01T00:00:00.000Z",
        "name": "Zzyzxloader", "indicator_types": ["malicious-activity"],
        "pattern": "[domain-name:value = 'loader.example']", "pattern_type": "stix",
        "valid_from": "2026-05-01T00:00:00Z",
    });
    let client = Client::with(&site, &format!("Bearer {token}"));
    let path = format!("/taxii2/node/collections/{shelf}/objects/");
    let sent = client.send("POST", &path, json!({ "objects": [indicator] }).to_string()).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/taxii2/", listener.local_addr().unwrap());
    let router = site.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (site, url, token)
}

fn fields<'a>(name: &'a str, url: &'a str, token: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("course", "import"),
        ("name", name),
        ("url", url),
        ("collection", "Loaders"),
        ("marking", "green"),
        ("way", "bearer"),
        ("secret", token),
        ("every", "30"),
    ]
}

#[tokio::test]
async fn an_analyst_adds_a_feed_runs_it_and_finds_what_it_brought() {
    let (_cert, url, token) = upstream().await;
    let ec = Site::with_accounts().await;
    let mut analyst = ec.signed_in("analyst").await;
    done(&post(&mut analyst, "/feeds/add", &fields("loaders", &url, &token)).await, "noted");
    let fresh = analyst.get("/feeds?lang=en").await.text;
    assert!(fresh.contains("Not run yet") && !fresh.contains(&token), "{fresh}");
    let name = [("name", "loaders")];
    done(&post(&mut analyst, "/feeds/run", &name).await, "noted");
    let ran = analyst.get("/feeds?lang=en").await.text;
    assert!(ran.contains("Good") && ran.contains("last run: 1 new"), "{ran}");
    let found = analyst.get("/search?q=Zzyzxloader&lang=en").await.text;
    assert!(found.contains(ID) && found.contains("feed/loaders"), "{found}");
    let object = analyst.get(&format!("/object/{ID}?lang=es")).await.text;
    assert!(object.contains("TLP:GREEN") && object.contains("feed/loaders"), "{object}");

    done(&post(&mut analyst, "/feeds/pause", &name).await, "noted");
    assert!(analyst.get("/feeds?lang=es").await.text.contains("En pausa"));
    done(&post(&mut analyst, "/feeds/resume", &name).await, "noted");
    assert_eq!(post(&mut analyst, "/feeds/remove", &name).await.status, 400, "not confirmed");
    let sure = [("name", "loaders"), ("confirm", "yes")];
    done(&post(&mut analyst, "/feeds/remove", &sure).await, "noted");
    assert!(analyst.get("/feeds?lang=en").await.text.contains("No feed yet."));
}

#[tokio::test]
async fn a_feed_that_fails_is_said_on_the_first_page_of_who_manages_feeds_with_what_to_do() {
    let (_cert, url, token) = upstream().await;
    let ec = Site::with_accounts().await;
    let mut analyst = ec.signed_in("analyst").await;
    assert!(!analyst.get("/search?lang=en").await.text.contains("see Feeds"));
    let mut wrong = fields("loaders", &url, &token);
    wrong.retain(|(name, _)| *name != "collection");
    wrong.push(("collection", "Droppers"));
    done(&post(&mut analyst, "/feeds/add", &wrong).await, "noted");
    done(&post(&mut analyst, "/feeds/run", &[("name", "loaders")]).await, "noted");
    let page = analyst.get("/feeds?lang=en").await.text;
    assert!(page.contains("state--bad\">FAILS"), "{page}");
    assert!(page.contains("The server has no such collection."), "{page}");
    assert!(analyst.get("/?lang=en").await.text.contains("see Feeds"), "where he begins");
    let home = analyst.get("/search?lang=en").await.text;
    assert!(home.contains("A feed fails: see Feeds."), "{home}");
    let mut admin = ec.signed_in("admin").await;
    let home = admin.get("/partners?lang=es").await.text;
    assert!(home.contains("Una fuente falla"), "{home}");
    let mut liaison = ec.signed_in("liaison").await;
    assert!(!liaison.get("/search?lang=en").await.text.contains("see Feeds"));
}

#[tokio::test]
async fn feeds_are_for_administrators_and_analysts_and_each_adds_what_it_may_do_by_hand() {
    let ec = Site::with_accounts().await;
    let url = "https://ti.example/taxii2/";
    for role in ["investigator", "liaison", "approver", "handler", "auditor"] {
        let mut browser = ec.signed_in(role).await;
        assert_eq!(browser.get("/feeds").await.status, 403, "{role}");
        for act in ["add", "run", "pause", "resume"] {
            let posted = post(&mut browser, &format!("/feeds/{act}"), &fields("x", url, "t")).await;
            assert_eq!(posted.status, 403, "{role} {act}");
        }
    }
    let mut admin = ec.signed_in("admin").await;
    assert_eq!(post(&mut admin, "/feeds/add", &fields("x", url, "t")).await.status, 403);
    let page = admin.get("/feeds?lang=en").await.text;
    assert!(!page.contains("Add a feed that is held here"), "{page}");
    let mut analyst = ec.signed_in("analyst").await;
    let page = analyst.get("/feeds?lang=en").await.text;
    assert!(page.contains("Add a feed that is held here") && !page.contains("Give a"), "{page}");
    for (field, value) in
        [("name", "A b"), ("url", "ftp://x"), ("every", "0"), ("secret", ""), ("pin", "12")]
    {
        let mut odd = fields("x", url, "t");
        odd.retain(|(name, _)| *name != field);
        odd.push((field, value));
        assert_eq!(post(&mut analyst, "/feeds/add", &odd).await.status, 400, "{field}");
    }
    assert_eq!(post(&mut analyst, "/feeds/burn", &[("name", "x")]).await.status, 404);
    assert_eq!(post(&mut analyst, "/feeds/run", &[("name", "x")]).await.status, 404);
}
