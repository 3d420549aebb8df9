//! A warning of danger to life through the page: seen first, confirmed, looked at by another.

use crate::release::world;
use crate::site::Browser;

const VICTIM: &str = "identity--c1e0b8d1-3d2f-451d-b297-a216fd7594ce";
const WORDS: &str = "Two men are on their way to her house.";

async fn post(browser: &mut Browser, act: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let csrf = browser.csrf().await;
    let all: Vec<(&str, &str)> =
        [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    let answer = browser.post(&format!("/danger/{act}?lang=en"), &all).await;
    (answer.status, answer.text)
}

#[tokio::test]
async fn a_warning_is_seen_first_then_confirmed_and_looked_at_by_a_second_person() {
    let world = world().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let page = liaison.get("/danger?lang=en").await;
    assert_eq!(page.status, 200);
    for shown in ["Interagency Liaison Cell (ILC) (US)", "Kidnapping", "Warn a partner"] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    let asked = [
        ("partner", "US"),
        ("reason", "kidnapping"),
        ("text", WORDS),
        ("why", "Zzyzxwhy"),
        ("ids", VICTIM),
    ];
    let (status, seen) = post(&mut liaison, "check", &asked).await;
    assert_eq!(status, 200, "{seen}");
    for shown in ["Nadia Isabel Orrala Villao", WORDS, "Send the warning now", "D.4"] {
        assert!(seen.contains(shown), "{shown}: {seen}");
    }
    assert!(!seen.contains(">2450011939<"), "no number of a document leaves");
    assert_eq!(post(&mut liaison, "release", &asked).await.0, 409, "not without confirming");
    let confirmed: Vec<(&str, &str)> = asked.into_iter().chain([("confirm", "yes")]).collect();
    assert_eq!(post(&mut liaison, "release", &confirmed).await.0, 303);
    let page = liaison.get("/danger?lang=en").await.text;
    assert!(page.contains("On its way") && page.contains("Within 24 hours"), "{page}");
    assert!(!page.contains("It was right"), "who sent it does not review it");

    let mut approver = world.ec.signed_in("approver").await;
    for first in ["/?lang=en", "/search?lang=en"] {
        let home = approver.get(first).await.text;
        assert!(home.contains("A warning that we sent waits for a second person."), "{home}");
    }
    let id = approver.get("/danger").await.hidden("id");
    let found = [("id", id.as_str()), ("outcome", "confirmed"), ("note", "called them")];
    assert_eq!(post(&mut approver, "review", &found).await.0, 303);
    assert_eq!(post(&mut approver, "review", &found).await.0, 409);
    assert!(approver.get("/danger?lang=en").await.text.contains("It was right"));
    let home = approver.get("/search?lang=en").await.text;
    assert!(!home.contains("waits for a second person"));

    // Oversight sees that, when, to whom and by whom, and nothing that was said.
    let mut auditor = world.ec.signed_in("auditor").await;
    let page = auditor.get("/danger?lang=en").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Interagency Liaison Cell") && page.text.contains("Kidnapping"));
    for hidden in [WORDS, "Zzyzxwhy", "Nadia"] {
        assert!(!page.text.contains(hidden), "{hidden}");
    }
    let mut investigator = world.ec.signed_in("investigator").await;
    assert_eq!(investigator.get("/danger").await.status, 403);
    assert_eq!(post(&mut investigator, "release", &confirmed).await.0, 403);
}
