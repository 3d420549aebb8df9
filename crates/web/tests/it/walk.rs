//! The route table, walked: without a session, with every role, and what every answer carries.

use enlace_web::Exit;

use crate::site::{Answer, Browser, Site};

const CANARY: &str = "Zzyzxcanary";
const HELD: &str = "identity--11111111-1111-4111-8111-111111111111";

async fn site() -> Site {
    let site = Site::with_accounts().await;
    let bundle = format!(
        r#"{{"type":"bundle","id":"bundle--11111111-1111-4111-8111-111111111110","objects":[
        {{"type":"identity","spec_version":"2.1","id":"{HELD}",
        "created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",
        "name":"{CANARY} <script>alert(1)</script>","identity_class":"individual",
        "description":"line one\n\"><img src=x onerror=alert(2)>",
        "contact_information":"secret place",
        "object_marking_refs":["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"],
        "granular_markings":[{{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
        "selectors":["contact_information"]}}]}}]}}"#
    );
    site.import("canary.json", bundle.as_bytes()).await;
    site
}

/// A path of the table with its parameters filled in.
fn filled(path: &str) -> String {
    let path = path.replace("{*name}", "style.css").replace("{token}", "enl_x");
    let id = if path.starts_with("/object") { HELD } else { "r1" };
    path.replace("{id}", id).replace("{act}", "send")
}

fn protected(answer: &Answer, path: &str) {
    let header = |name: &str| answer.headers.get(name).map(|v| v.to_str().unwrap().to_owned());
    let policy = header("content-security-policy").unwrap_or_else(|| panic!("{path}: no policy"));
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}");
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
    assert_eq!(header("x-frame-options").as_deref(), Some("DENY"), "{path}");
    if !path.starts_with("/assets/") || answer.status != 200 {
        assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn without_a_session_no_route_gives_any_data() {
    let site = site().await;
    let (routes, _) = enlace_web::routes();
    assert!(routes.iter().any(|r| r.exit == Exit::Inside));
    for route in &routes {
        let path = filled(route.path);
        let mut browser = site.browser();
        let answer = match route.method {
            "GET" => browser.get(&path).await,
            _ => browser.post(&path, &[("csrf", "x"), ("id", HELD)]).await,
        };
        protected(&answer, &path);
        for held in [CANARY, "secret place"] {
            assert!(!answer.text.contains(held), "{} {path}", route.method);
        }
        match (route.exit, route.method) {
            (Exit::Inside | Exit::Carried, _) => {
                assert_eq!(answer.status, 303, "{} {path}", route.method);
                assert!(answer.location().starts_with("/login"), "{path}");
                assert!(answer.text.is_empty(), "{path}");
            }
            (Exit::Public, "GET") => assert!([200, 404].contains(&answer.status), "{path}"),
            (Exit::Public, _) => assert_eq!(answer.status, 403, "{path}"),
            (Exit::Partner, _) => panic!("{path} gives what was released on the pages' listener"),
        }
    }
}

#[tokio::test]
async fn what_is_not_routed_is_not_found_in_the_same_words_for_everybody() {
    let site = site().await;
    for path in ["/enlace/v1/inbox", "/taxii", "/metrics", "/.git/config", "/recall"] {
        let answer = site.browser().get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        protected(&answer, path);
    }
    let mut browser = site.signed_in("liaison").await;
    for path in ["/object/identity--00000000-0000-4000-8000-000000000000", "/object/x", "/x"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
}

/// Status of each page for each role; the pages, not the table, are asked.
#[tokio::test]
async fn the_role_decides_which_page_is_shown() {
    let site = site().await;
    let object = format!("/object/{HELD}");
    let pages = [
        "/search",
        "/search?q=zzyzxcanary",
        &object,
        "/releases",
        "/releases/new",
        "/oversight",
        "/compartments",
        "/sources",
        "/protected",
        "/reviews",
        "/recalls",
        "/legal-holds",
        "/agreements",
        "/partners",
        "/incoming",
        "/releases/updates",
        "/agreements/new",
        "/holds",
        "/keys",
        "/danger",
        "/jobs",
        "/feeds",
    ];
    let expected: [(&str, [u16; 22]); 7] = [
        (
            "admin",
            [
                403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 403, 403,
                403, 403, 200, 403, 200, 200,
            ],
        ),
        (
            "investigator",
            [
                200, 200, 200, 403, 403, 403, 200, 403, 403, 403, 403, 403, 403, 403, 403, 403,
                403, 403, 403, 403, 200, 403,
            ],
        ),
        (
            "analyst",
            [
                200, 200, 200, 403, 403, 403, 200, 403, 403, 403, 403, 403, 403, 403, 403, 403,
                403, 403, 403, 403, 200, 200,
            ],
        ),
        (
            "liaison",
            [
                200, 200, 200, 200, 200, 403, 200, 403, 200, 403, 200, 403, 200, 200, 200, 200,
                200, 200, 403, 200, 200, 403,
            ],
        ),
        (
            "approver",
            [
                200, 200, 200, 200, 200, 403, 200, 403, 200, 200, 200, 200, 200, 200, 403, 200,
                200, 200, 403, 200, 403, 403,
            ],
        ),
        (
            "handler",
            [
                200, 200, 200, 403, 403, 403, 200, 200, 403, 403, 403, 403, 403, 403, 403, 403,
                403, 200, 403, 403, 403, 403,
            ],
        ),
        (
            "auditor",
            [
                403, 403, 403, 403, 403, 200, 403, 403, 403, 403, 403, 403, 200, 200, 403, 403,
                403, 403, 403, 200, 403, 403,
            ],
        ),
    ];
    for (name, statuses) in expected {
        let mut browser = site.signed_in(name).await;
        for (page, status) in pages.iter().zip(statuses) {
            let answer = browser.get(page).await;
            assert_eq!(answer.status, status, "{name} {page}");
            protected(&answer, page);
            if status == 403 {
                assert!(!answer.text.contains(CANARY), "{name} {page}");
            }
        }
    }
}

#[tokio::test]
async fn the_object_page_escapes_what_it_shows_and_marks_every_value() {
    let site = site().await;
    let mut browser = site.signed_in("liaison").await;
    for path in [format!("/object/{HELD}?lang=en"), "/search?q=zzyzxcanary&lang=en".to_owned()] {
        let page = browser.get(&path).await.text;
        assert!(page.contains("Zzyzxcanary &lt;script&gt;"), "{page}");
        assert!(!page.contains("<script>") && !page.contains("<img"), "{path}");
    }
    let page = browser.get(&format!("/object/{HELD}?lang=en")).await.text;
    let row = page.split("<tr").skip(1).find(|row| row.contains("secret place")).unwrap();
    assert!(row.contains("TLP:RED"), "{row}");
    let name = page.split("<tr").skip(1).find(|row| row.contains("&lt;script&gt;")).unwrap();
    assert!(name.contains("TLP:AMBER") && !name.contains("TLP:RED"), "{name}");
    let band = page.split("band--top").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(band.contains("TLP:RED"), "the band is that of the strictest value: {band}");
}

#[tokio::test]
async fn a_hit_by_a_value_shows_the_words_with_their_marking() {
    let site = site().await;
    let mut browser = site.signed_in("investigator").await;
    let page = browser.get("/search?q=secret+place&lang=en").await.text;
    let row = page.split("<tr").skip(1).find(|row| row.contains("secret place")).unwrap();
    assert!(row.contains("TLP:RED"), "{row}");
    let other = browser.get("/search?q=zzyzxcanary&type=malware&lang=en").await.text;
    assert!(!other.contains(HELD));
}

async fn language(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await.text;
    page.split("<html lang=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_language_link_keeps_the_page_and_the_choice_is_remembered() {
    let site = site().await;
    let mut browser = site.signed_in("investigator").await;
    let page = browser.get("/search?q=zzyzxcanary").await.text;
    assert!(page.contains("href=\"/search?q=zzyzxcanary&amp;lang=es\""), "{page}");
    assert_eq!(language(&mut browser, "/search?q=zzyzxcanary&lang=es").await, "es");
    assert_eq!(language(&mut browser, "/search").await, "es");
    assert_eq!(language(&mut browser, "/nothing").await, "es");
    assert_eq!(language(&mut browser, "/search?lang=en").await, "en");
    assert_eq!(language(&mut browser, "/search?lang=fr").await, "en");
    let mut accepts = site.browser();
    let request = http::Request::get("/login").header("accept-language", "es-EC,es;q=0.9");
    let page = accepts.send(request, axum::body::Body::empty()).await.text;
    assert!(page.contains("<html lang=\"es\">"));
}
