//! The same through the pages: forms with their token, the register opened for one answer.

use crate::release::world;
use crate::site::Browser;

async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let csrf = browser.csrf().await;
    let all: Vec<(&str, &str)> =
        [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    let answer = browser.post(path, &all).await;
    (answer.status, if answer.status == 303 { answer.location().to_owned() } else { answer.text })
}

#[tokio::test]
async fn a_compartment_is_made_filled_and_opened_to_a_member_on_its_page() {
    let world = world().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let new = [("name", "Caso 0417"), ("kind", "case"), ("why", "two people know")];
    let (status, at) = post(&mut liaison, "/compartments", &new).await;
    assert_eq!(status, 303, "{at}");
    let path = at.split('?').next().unwrap().to_owned();
    assert!(at.ends_with("said=noted") && path.starts_with("/compartments/"), "{at}");
    let fields = [("ids", world.report.as_str())];
    assert_eq!(post(&mut liaison, &format!("{path}/add"), &fields).await.0, 303);
    let page = liaison.get(&format!("{path}?lang=en")).await.text;
    assert!(page.contains(&world.report) && page.contains("Caso 0417"), "{page}");
    assert!(page.contains("TLP:AMBER"), "the band is that of what is in it");
    let mut investigator = world.ec.signed_in("investigator").await;
    let object = format!("/object/{}", world.report);
    assert_eq!(investigator.get(&object).await.status, 404);
    assert_eq!(investigator.get(&path).await.status, 404);
    assert_eq!(post(&mut investigator, &format!("{path}/add"), &fields).await.0, 404);
    let member = [("account", "investigator")];
    assert_eq!(post(&mut liaison, &format!("{path}/member"), &member).await.0, 303);
    assert_eq!(investigator.get(&object).await.status, 200);
    assert!(investigator.get("/compartments?lang=en").await.text.contains("Caso 0417"));
    assert_eq!(post(&mut liaison, &format!("{path}/out"), &member).await.0, 303);
    assert_eq!(investigator.get(&object).await.status, 404);
    let without = liaison.post(&format!("{path}/member"), &member).await;
    assert_eq!(without.status, 403, "a form without its token does nothing");
    assert_eq!(post(&mut liaison, &format!("{path}/rename"), &[]).await.0, 404);
}

#[tokio::test]
async fn the_register_is_shown_once_for_its_passphrase_and_on_no_later_page() {
    let world = world().await;
    let mut handler = world.ec.signed_in("handler").await;
    let pass = ("passphrase", "twelve letters and more");
    assert_eq!(post(&mut handler, "/sources/init", &[pass]).await.0, 303);
    let add = [pass, ("name", "GARZA"), ("identity", "Zzyzxidentity"), ("ids", &world.report)];
    assert_eq!(post(&mut handler, "/sources/add", &add).await.0, 303);
    let (status, page) = post(&mut handler, "/sources/open", &[pass]).await;
    assert!(status == 200 && page.contains("Zzyzxidentity") && page.contains("GARZA"));
    for path in ["/sources", "/search?q=garza", "/compartments"] {
        let later = handler.get(path).await.text;
        assert!(!later.contains("Zzyzxidentity"), "{path}");
    }
    let wrong = post(&mut handler, "/sources/open", &[("passphrase", "another of some length")]);
    assert_eq!(wrong.await.0, 403);
    let mut liaison = world.ec.signed_in("liaison").await;
    assert_eq!(post(&mut liaison, "/sources/open", &[pass]).await.0, 403);
    let draft = [
        ("id", world.report.as_str()),
        ("agreement", &world.agreement),
        ("purpose", &world.purpose),
    ];
    assert_eq!(post(&mut liaison, "/releases", &draft).await.0, 303);
    let told = handler.get("/sources?lang=en").await.text;
    assert!(told.contains("A release was drafted") && told.contains(&world.report), "{told}");
    // A hold is placed and ended on the same page.
    assert_eq!(post(&mut handler, "/sources/hold", &[("ids", &world.report)]).await.0, 303);
    let dry = liaison.get(&format!("/releases/new?id={}&lang=en", world.report)).await.text;
    assert!(dry.contains("A named officer holds it back"));
    let hold = handler.get("/sources").await.hidden("id");
    assert_eq!(post(&mut handler, "/sources/lift", &[("id", &hold)]).await.0, 303);
    let dry = liaison.get(&format!("/releases/new?id={}&lang=en", world.report)).await.text;
    assert!(!dry.contains("A named officer holds it back"));
}

#[tokio::test]
async fn a_protected_person_is_stated_on_the_object_page_and_confirmed_by_the_approver() {
    let world = world().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let suspect = "identity--5341317d-8a18-4a91-a7ff-3113adae3a3a";
    let page = liaison.get(&format!("/object/{suspect}?lang=en")).await.text;
    assert!(page.contains("action=\"/protected/set\""), "{page}");
    let set = [("id", suspect), ("status", "witness"), ("basis", "court 4/26")];
    assert_eq!(post(&mut liaison, "/protected/set", &set).await.0, 303);
    let draft = [
        ("id", world.report.as_str()),
        ("agreement", &world.agreement),
        ("purpose", &world.purpose),
    ];
    let (_, at) = post(&mut liaison, "/releases", &draft).await;
    let release = at.split('?').next().unwrap().to_owned();
    let mut approver = world.ec.signed_in("approver").await;
    let page = approver.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("Protected persons leave with this"), "the warning");
    assert!(page.contains("name=\"confirm-protected\""), "and the box");
    assert_eq!(post(&mut approver, &format!("{release}/approve"), &[]).await.0, 409);
    let confirm = [("confirm-protected", "yes")];
    assert_eq!(post(&mut approver, &format!("{release}/approve"), &confirm).await.0, 303);
    let proposals = approver.get("/protected?lang=en").await;
    assert!(proposals.text.contains("Witness: court 4/26"), "{}", proposals.text);
    let id = proposals.hidden("id");
    let keep = [("id", id.as_str()), ("decision", "keep")];
    assert_eq!(post(&mut approver, "/protected/decide", &keep).await.0, 303);
    let mut analyst = world.ec.signed_in("analyst").await;
    let page = analyst.get(&format!("/object/{suspect}?lang=en")).await.text;
    assert!(!page.contains("Witness"), "a status is shown to those who decide only");
}

#[tokio::test]
async fn notes_are_written_and_taken_away_on_the_object_page() {
    let world = world().await;
    let mut analyst = world.ec.signed_in("analyst").await;
    let object = format!("/object/{}", world.report);
    let note = [("id", world.report.as_str()), ("text", "Zzyzxnota <b>")];
    assert_eq!(post(&mut analyst, "/notes/add", &note).await.0, 303);
    let mut liaison = world.ec.signed_in("liaison").await;
    let page = liaison.get(&object).await.text;
    assert!(page.contains("Zzyzxnota &lt;b&gt;"), "{page}");
    assert!(!page.contains("/notes/remove"), "only its writer takes it away");
    let id = analyst.get(&object).await.hidden("note");
    let fields = [("id", world.report.as_str()), ("note", id.as_str())];
    assert_eq!(post(&mut liaison, "/notes/remove", &fields).await.0, 404);
    assert_eq!(post(&mut analyst, "/notes/remove", &fields).await.0, 303);
    assert!(!liaison.get(&object).await.text.contains("Zzyzxnota"));
}
