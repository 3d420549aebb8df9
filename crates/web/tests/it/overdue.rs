//! What nobody did in time is shown as overdue, with the hours since.

use crate::release::world;
use crate::site::{Browser, Site};

async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> u16 {
    let csrf = browser.csrf().await;
    let all: Vec<(&str, &str)> =
        [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    browser.post(path, &all).await.status
}

async fn page(site: &Site, name: &str, path: &str) -> String {
    site.signed_in(name).await.get(path).await.text
}

#[tokio::test]
async fn a_warning_without_a_second_person_is_overdue_after_a_day_with_the_hours_since() {
    let ec = world().await.ec;
    let mut liaison = ec.signed_in("liaison").await;
    let warning = [
        ("partner", "US"),
        ("reason", "kidnapping"),
        ("text", "Two men are on their way to her house."),
        ("why", "a call"),
        ("ids", ""),
        ("confirm", "yes"),
    ];
    assert_eq!(post(&mut liaison, "/danger/release", &warning).await, 303);
    let soon = page(&ec, "approver", "/danger?lang=en").await;
    assert!(soon.contains("<span class=\"state state--over\">Within 24 hours</span>"), "{soon}");
    assert!(soon.contains("sent 0 hours ago"), "{soon}");

    drop(liaison);
    let ec = ec.later(31, "").await;
    let late = page(&ec, "approver", "/danger?lang=en").await;
    assert!(late.contains("<span class=\"state state--bad\">OVERDUE</span>"), "{late}");
    assert!(late.contains("sent 31 hours ago"), "{late}");
    assert!(page(&ec, "auditor", "/danger?lang=es").await.contains("enviada hace 31 horas"));
    let home = page(&ec, "approver", "/search?lang=en").await;
    assert!(home.contains("no second person for more than 24 hours"), "{home}");

    let mut approver = ec.signed_in("approver").await;
    let id = approver.get("/danger").await.hidden("id");
    let found = [("id", id.as_str()), ("outcome", "confirmed"), ("note", "")];
    assert_eq!(post(&mut approver, "/danger/review", &found).await, 303);
    let seen = approver.get("/danger?lang=en").await.text;
    assert!(!seen.contains("OVERDUE") && !seen.contains("hours ago"), "{seen}");
}
