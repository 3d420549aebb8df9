//! Verbs of the command line that got their page last: accounts, commitments, recalls of everything
//! or of the earlier versions, consent unasked, an act on an agreement from a later day on.

use crate::steps::{World, done, post};

const PISTOL: &str = "firearm--bf3ea114-0551-4dbb-b5b1-a43726a079fb";

#[tokio::test]
async fn an_administrator_makes_accounts_and_shows_link_and_token_once() {
    let world = World::new().await;
    let mut admin = world.ec.signed_in("admin").await;
    assert!(admin.get("/partners?lang=en").await.text.contains("href=\"/accounts\""));
    let new = [("name", "a.mora"), ("role", "analyst"), ("password", " eight letters ")];
    done(&post(&mut admin, "/accounts/create", &new).await, "noted");
    let page = admin.get("/accounts?lang=en").await.text;
    assert!(page.contains("a.mora") && page.contains("Analyst"), "{page}");
    let mut theirs = world.ec.browser();
    assert_eq!(theirs.sign_in("a.mora", " eight letters ").await.status, 303, "spaces count");

    let name = [("name", "a.mora")];
    let shown = |text: &str| {
        text.split("class=\"hash\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let made = post(&mut admin, "/accounts/link", &name).await;
    let link = shown(&made.text);
    let path = format!("/login/{}", link.rsplit('/').next().unwrap());
    let mut other = world.ec.browser();
    let csrf = other.get(&path).await.hidden("csrf");
    assert_eq!(other.post(&path, &[("csrf", &csrf)]).await.status, 303, "it signs in");
    let made = post(&mut admin, "/accounts/token", &name).await;
    let token = shown(&made.text);
    assert!(token.len() > 30, "{token}");
    let later = admin.get("/accounts").await.text;
    assert!(!later.contains(&token) && !later.contains(&link), "never again");

    // Who leaves is locked out at once.
    let tool = crate::tools::Client::with(&world.ec, &format!("Bearer {token}"));
    assert_eq!(tool.get("/taxii2/").await.status, 200);
    assert_eq!(theirs.get("/search").await.status, 200);
    done(&post(&mut admin, "/accounts/disable", &name).await, "noted");
    assert_eq!(tool.get("/taxii2/").await.status, 401, "its token");
    assert_eq!(theirs.get("/search").await.status, 303, "its session");
    assert_eq!(theirs.sign_in("a.mora", " eight letters ").await.status, 403);
    let page = admin.get("/accounts?lang=en").await.text;
    assert!(page.contains("/accounts/enable"), "{page}");
    done(&post(&mut admin, "/accounts/enable", &name).await, "noted");
    assert_eq!(tool.get("/taxii2/").await.status, 401, "a token does not come back");
    assert_eq!(theirs.sign_in("a.mora", " eight letters ").await.status, 303);
    let fresh = [("name", "a.mora"), ("password", "nine letters")];
    done(&post(&mut admin, "/accounts/password", &fresh).await, "noted");
    assert_eq!(theirs.get("/search").await.status, 303, "signed in with the old one");
    assert_eq!(theirs.sign_in("a.mora", " eight letters ").await.status, 403);
    assert_eq!(theirs.sign_in("a.mora", "nine letters").await.status, 303);
    let made = post(&mut admin, "/accounts/token", &name).await;
    let tool = crate::tools::Client::with(&world.ec, &format!("Bearer {}", shown(&made.text)));
    assert_eq!(tool.get("/taxii2/").await.status, 200);
    done(&post(&mut admin, "/accounts/revoke", &name).await, "noted");
    assert_eq!(tool.get("/taxii2/").await.status, 401);
    let last = post(&mut admin, "/accounts/disable", &[("name", "admin")]).await;
    assert!(last.status >= 400, "the last administrator: {}", last.status);

    for (field, value) in [("name", "a b"), ("password", "short")] {
        let mut odd = new;
        odd.iter_mut().find(|(name, _)| *name == field).unwrap().1 = value;
        assert_eq!(post(&mut admin, "/accounts/create", &odd).await.status, 400, "{field}");
    }
    let console = [("name", "b"), ("role", "console"), ("password", "long enough")];
    assert_eq!(post(&mut admin, "/accounts/create", &console).await.status, 404);
    assert_eq!(post(&mut admin, "/accounts/burn", &name).await.status, 404);
    for role in ["liaison", "approver", "auditor"] {
        let mut browser = world.ec.signed_in(role).await;
        assert_eq!(browser.get("/accounts").await.status, 403, "{role}");
        for act in ["create", "link", "token"] {
            assert_eq!(post(&mut browser, &format!("/accounts/{act}"), &new).await.status, 403);
        }
        assert!(!browser.get("/partners").await.text.contains("href=\"/accounts\""));
    }
}

#[tokio::test]
async fn commitments_of_agreements_and_meetings_stand_on_one_page_and_change_their_state() {
    let world = World::new().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let path = format!("/agreements/{}/commit", world.agreement);
    let owed = [
        ("obligation", "Send the monthly list"),
        ("owed_by", world.us_key.as_str()),
        ("due", "2026-01"),
    ];
    done(&post(&mut liaison, &path, &owed).await, "noted");
    let meeting = [
        ("meeting", "meeting--11111111-1111-4111-8111-111111111111"),
        ("obligation", "Call the port"),
        ("owed_by", "own"),
        ("owed_to", "US"),
        ("due", "2099"),
    ];
    let noted = post(&mut liaison, "/commitments/add", &meeting).await;
    done(&noted, "noted");
    let page = liaison.get("/commitments?lang=en").await.text;
    assert!(page.contains("Send the monthly list") && page.contains("Call the port"), "{page}");
    assert!(page.contains("<span class=\"state state--bad\">Overdue</span>"), "{page}");
    let late = liaison.get("/commitments?overdue=yes&lang=en").await.text;
    assert!(late.contains("monthly list") && !late.contains("Call the port"), "{late}");
    let id = late.split("name=\"commitment\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let set = [("commitment", id), ("state", "partly-met"), ("ids", PISTOL)];
    done(&post(&mut liaison, "/commitments/set", &set).await, "noted");
    assert!(liaison.get("/commitments?lang=en").await.text.contains("Partly met"));
    let odd = [("commitment", id), ("state", "forgotten"), ("ids", "")];
    assert_eq!(post(&mut liaison, "/commitments/set", &odd).await.status, 400);
    let nothing = [("obligation", "x"), ("owed_by", "own")];
    assert_eq!(post(&mut liaison, "/commitments/add", &nothing).await.status, 400);
    assert!(liaison.get("/agreements").await.text.contains("href=\"/commitments\""));
    let mut auditor = world.ec.signed_in("auditor").await;
    let page = auditor.get("/commitments").await;
    assert!(
        page.status == 200 && !page.text.contains("/commitments/"),
        "looks, and changes nothing"
    );
    assert_eq!(post(&mut auditor, "/commitments/set", &set).await.status, 403);
}

#[tokio::test]
async fn an_object_is_withdrawn_from_every_partner_or_in_its_earlier_versions_alone() {
    let world = World::new().await;
    world.released(&[PISTOL], false).await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let object = format!("/object/{PISTOL}?lang=en");
    let page = liaison.get(&object).await.text;
    assert!(page.contains("Withdraw from every partner") && page.contains("earlier versions"));
    let mut investigator = world.ec.signed_in("investigator").await;
    let page = investigator.get(&object).await.text;
    assert!(!page.contains("Withdraw from every partner"));
    let all = [("id", PISTOL)];
    assert_eq!(post(&mut investigator, "/recall", &all).await.status, 403);
    let earlier = [("id", PISTOL), ("earlier", "yes")];
    assert_eq!(post(&mut liaison, "/recall", &earlier).await.status, 409, "there is one version");
    done(&post(&mut liaison, "/recall", &all).await, "recalled");
    let page = liaison.get(&object).await.text;
    assert!(!page.contains("Withdraw from every partner"), "nobody has it any more: {page}");
    assert!(liaison.get("/recalls?lang=en").await.text.contains("Interagency Liaison Cell"));
}

#[tokio::test]
async fn consent_is_given_unasked_on_the_page_of_consents() {
    let world = World::new().await;
    world.released(&[PISTOL], false).await;
    let mut approver = world.ec.signed_in("approver").await;
    let page = approver.get("/consents?lang=en").await.text;
    assert!(page.contains("Consent unasked") && page.contains("Convenio de cooperación"), "{page}");
    let give = [
        ("agreement", world.agreement.as_str()),
        ("kind", "evidence"),
        ("ids", PISTOL),
        ("to", "Juzgado Noveno (invented)"),
        ("purpose", "firearms-tracing"),
        ("until", "2099-01-31"),
    ];
    done(&post(&mut approver, "/consents/give", &give).await, "noted");
    let page = approver.get("/consents?lang=en").await.text;
    assert!(page.contains("Juzgado Noveno (invented)") && page.contains("Granted"), "{page}");
    let nobody = [("agreement", "agreement--0"), ("until", "2099-01-31")];
    assert_ne!(post(&mut approver, "/consents/give", &nobody).await.status, 303);
    let mut auditor = world.ec.signed_in("auditor").await;
    assert_eq!(post(&mut auditor, "/consents/give", &give).await.status, 403);
}

#[tokio::test]
async fn an_agreement_is_suspended_from_a_later_day_on() {
    let world = World::new().await;
    let path = format!("/agreements/{}", world.agreement);
    let mut liaison = world.ec.signed_in("liaison").await;
    assert!(liaison.get(&path).await.text.contains("name=\"effective\""));
    let later = [("effective", "2099-01-31"), ("note", "elections")];
    done(&post(&mut liaison, &format!("{path}/suspend"), &later).await, "suspended");
    let page = liaison.get(&format!("{path}?lang=en")).await.text;
    assert!(page.contains("2099-01-31") && page.contains("In force"), "{page}");
    let odd = [("effective", "some day")];
    assert_eq!(post(&mut liaison, &format!("{path}/suspend"), &odd).await.status, 400);
}
