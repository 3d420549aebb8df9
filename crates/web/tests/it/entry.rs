//! Signing in and out, sessions, and who may send a form.

use http::Request;
use http::header::{COOKIE, ORIGIN, SET_COOKIE};

use crate::site::{PASSWORD, Site, form};

#[tokio::test]
async fn a_person_signs_in_goes_where_they_wanted_and_signs_out() {
    let site = Site::with_accounts().await;
    let mut browser = site.browser();
    let turned_away = browser.get("/search?q=tagua").await;
    assert_eq!(turned_away.status, 303);
    let login = turned_away.location().to_owned();
    assert_eq!(login, "/login?next=%2Fsearch%3Fq%3Dtagua");
    let page = browser.get(&login).await;
    let (csrf, next) = (page.hidden("csrf"), page.hidden("next"));
    assert_eq!(next, "/search?q=tagua");
    let fields =
        [("csrf", csrf.as_str()), ("next", &next), ("account", "liaison"), ("password", PASSWORD)];
    let entered = browser.post("/login", &fields).await;
    assert_eq!((entered.status, entered.location()), (303, "/search?q=tagua"));
    let cookie = entered.headers.get_all(SET_COOKIE).iter().map(|v| v.to_str().unwrap());
    let cookie = cookie.into_iter().find(|c| c.starts_with("enlace_session=")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let inside = browser.get("/search").await;
    assert_eq!(inside.status, 200);
    assert!(inside.text.contains("liaison"));
    let session = browser.cookies["enlace_session"].clone();
    let csrf = browser.csrf().await;
    let out = browser.post("/logout", &[("csrf", &csrf)]).await;
    assert_eq!((out.status, out.location()), (303, "/login?said=signed-out"));
    // The session is over on the node, not only in the browser.
    browser.cookies.insert("enlace_session".into(), session);
    assert_eq!(browser.get("/search").await.status, 303);
}

#[tokio::test]
async fn over_tls_cookies_never_travel_without_it() {
    let mut site = Site::new("UNE", "EC").await;
    let router = enlace_web::pages_over_tls(site.node.clone());

    site.router = router;
    let answer = site.browser().get("/login?lang=es").await;
    let cookies: Vec<_> = answer.headers.get_all(SET_COOKIE).iter().collect();
    assert_eq!(cookies.len(), 2);
    assert!(cookies.iter().all(|c| c.to_str().unwrap().contains("; Secure")), "{cookies:?}");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_get_the_same_answer() {
    let site = Site::with_accounts().await;
    let mut texts = Vec::new();
    for account in ["liaison", "nobody1"] {
        let mut browser = site.browser();
        let answer = browser.sign_in(account, "wrong password").await;
        assert_eq!(answer.status, 403);
        assert!(!browser.cookies.contains_key("enlace_session"));
        let csrf = browser.cookies["enlace_entry"].clone();
        let nonce = answer.text.split("nonce=\"").nth(1).map(|t| t.split('"').next().unwrap());
        let text = answer.text.replace(account, "NAME").replace(&csrf, "CSRF");
        texts.push(text.replace(nonce.unwrap_or("no nonce"), "NONCE"));
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn after_ten_wrong_passwords_an_account_waits_and_others_do_not() {
    let site = Site::with_accounts().await;
    let mut browser = site.browser();
    for _ in 0..10 {
        assert_eq!(browser.sign_in("liaison", "wrong password").await.status, 403);
    }
    assert_eq!(browser.sign_in("liaison", PASSWORD).await.status, 429);
    assert_eq!(browser.sign_in("auditor", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn ten_wrong_passwords_are_the_most_however_many_come_at_once() {
    let site = Site::with_accounts().await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let mut browser = site.browser();
        asked.spawn(async move { browser.sign_in("liaison", "wrong password").await.status });
    }
    let answered = asked.join_all().await;
    let of = |status: u16| answered.iter().filter(|one| **one == status).count();
    assert_eq!((of(403), of(429)), (10, 20), "{answered:?}");
}

#[tokio::test]
async fn a_one_time_link_is_not_used_up_by_opening_and_signs_in_once() {
    let site = Site::with_accounts().await;
    let link = site.node.account_link(&enlace_node::Actor::console(), "auditor").await.unwrap();
    let mut browser = site.browser();
    for _ in 0..3 {
        let page = browser.get(&link).await;
        assert_eq!(page.status, 200);
    }
    let csrf = browser.get(&link).await.hidden("csrf");
    let entered = browser.post(&link, &[("csrf", &csrf)]).await;
    assert_eq!((entered.status, entered.location()), (303, "/"));
    assert_eq!(browser.get("/").await.location(), "/oversight");
    let mut other = site.browser();
    let csrf = other.get(&link).await.hidden("csrf");
    let again = other.post(&link, &[("csrf", &csrf)]).await;
    assert_eq!(again.status, 403);
    assert!(!other.cookies.contains_key("enlace_session"));
}

#[tokio::test]
async fn a_form_to_sign_in_needs_the_token_of_its_cookie() {
    let site = Site::with_accounts().await;
    let mut browser = site.browser();
    let csrf = browser.get("/login").await.hidden("csrf");
    browser.cookies.clear();
    let fields = [("csrf", csrf.as_str()), ("account", "liaison"), ("password", PASSWORD)];
    assert_eq!(browser.post("/login", &fields).await.status, 403);
    browser.cookies.insert("enlace_entry".into(), String::new());
    let fields = [("csrf", ""), ("account", "liaison"), ("password", PASSWORD)];
    assert_eq!(browser.post("/login", &fields).await.status, 403);
    assert!(!browser.cookies.contains_key("enlace_session"));
}

#[tokio::test]
async fn a_form_without_the_sessions_token_or_from_elsewhere_changes_nothing() {
    let site = Site::with_accounts().await;
    let mut browser = site.signed_in("liaison").await;
    let csrf = browser.csrf().await;
    let other = site.signed_in("approver").await.csrf().await;
    for wrong in ["", "x", &other, &csrf[1..]] {
        assert_eq!(browser.post("/logout", &[("csrf", wrong)]).await.status, 403, "{wrong}");
    }
    assert_eq!(browser.post("/logout", &[]).await.status, 403);
    let right = || form(&[("csrf", &csrf)]);
    for origin in ["http://evil.example", "null", "http://127.0.0.1:7102", "127.0.0.1:7101", ""] {
        let request = Request::post("/logout").header(ORIGIN, origin);
        assert_eq!(browser.send(request, right()).await.status, 403, "{origin}");
    }
    assert_eq!(browser.send(Request::post("/logout"), right()).await.status, 403);
    for site in ["cross-site", "same-site"] {
        let request = Request::post("/logout").header("sec-fetch-site", site);
        assert_eq!(browser.send(request, right()).await.status, 403, "{site}");
    }
    let opaque = Request::post("/logout").header(ORIGIN, "null");
    let sandboxed = opaque.header("sec-fetch-site", "cross-site");
    assert_eq!(browser.send(sandboxed, right()).await.status, 403);
    assert_eq!(browser.get("/search").await.status, 200, "still signed in");
    let request = Request::post("/logout").header("sec-fetch-site", "same-origin");
    assert_eq!(browser.send(request, right()).await.status, 303);
}

/// What browsers send from a page with `Referrer-Policy: no-referrer`.
#[tokio::test]
async fn a_form_of_our_own_page_counts_although_its_origin_is_not_named() {
    let site = Site::with_accounts().await;
    let mut browser = site.signed_in("liaison").await;
    let csrf = browser.csrf().await;
    let request = Request::post("/logout").header(ORIGIN, "null");
    let request = request.header("sec-fetch-site", "same-origin");
    assert_eq!(browser.send(request, form(&[("csrf", &csrf)])).await.status, 303);
}

#[tokio::test]
async fn a_token_in_the_address_or_a_form_that_is_too_long_does_not_count() {
    let site = Site::with_accounts().await;
    let mut browser = site.signed_in("liaison").await;
    let csrf = browser.csrf().await;
    assert_eq!(browser.post(&format!("/logout?csrf={csrf}"), &[]).await.status, 403);
    let long = "x".repeat(70_000);
    let answer = browser.post("/logout", &[("csrf", &csrf), ("more", &long)]).await;
    assert_eq!(answer.status, 413);
    assert_eq!(browser.get("/search").await.status, 200);
}

#[tokio::test]
async fn a_session_cookie_of_any_other_form_is_nobodys() {
    let site = Site::with_accounts().await;
    let answer = site
        .browser()
        .send(
            Request::get("/search").header(COOKIE, "enlace_session=enl_; enlace_session=' OR 1"),
            axum::body::Body::empty(),
        )
        .await;
    assert_eq!(answer.status, 303);
}
