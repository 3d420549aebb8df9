//! An agreement through the pages: read, stopped, resumed, ended, with what is owed under it.

use enlace_node::Actor;

use crate::site::{Answer, Browser, Site};

const TERMS: &str = include_str!("../../../../scenario/agreements/ec-us.toml");

struct World {
    ec: Site,
    us: Site,
    agreement: String,
}

impl World {
    /// Signed by EC; US has it.
    async fn new() -> Self {
        let ec = Site::with_accounts().await;
        let us = Site::with_accounts_as("Interagency Liaison Cell (ILC)", "US").await;
        let console = Actor::console();
        for (node, other) in [(&ec.node, &us.node), (&us.node, &ec.node)] {
            let card = serde_json::to_string(other.card().unwrap().json()).unwrap();
            node.partner_add(&console, &card).await.unwrap();
        }
        let (liaison, approver) = (ec.actor("liaison").await, ec.actor("approver").await);
        let draft = ec.node.agreement_new(&liaison, &["US".into()], None, None, Some(TERMS)).await;
        let line = ec.node.agreement_sign_draft(&approver, &draft.unwrap(), "ec-us.toml").await;
        let world = Self { ec, us, agreement: line.unwrap().id };
        world.carry().await;
        world
    }

    /// Everything by hand, both ways.
    async fn carry(&self) {
        let console = Actor::console();
        for (from, to, name) in [(&self.ec, &self.us, "US"), (&self.us, &self.ec, "EC")] {
            let file = from.node.outbox_file(&console, name).await.unwrap();
            to.node.inbox_file(&console, &file).await.unwrap();
        }
    }

    fn path(&self) -> String {
        format!("/agreements/{}", self.agreement)
    }

    async fn act(&self, browser: &mut Browser, act: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = browser.csrf().await;
        let all = [&[("csrf", csrf.as_str())], fields].concat();
        browser.post(&format!("{}/{act}", self.path()), &all).await
    }
}

fn buttons(page: &str) -> Vec<&str> {
    ["sign", "resume", "suspend", "suspend-silently", "terminate"]
        .into_iter()
        .filter(|act| page.contains(&format!("/{act}\"")))
        .collect()
}

#[tokio::test]
async fn an_agreement_is_signed_stopped_resumed_and_ended_on_its_page() {
    let world = World::new().await;
    let path = format!("{}?lang=en", world.path());
    let mut us = world.us.signed_in("approver").await;
    let page = us.get(&path).await.text;
    assert!(page.contains("Awaits signatures") && page.contains("Drug trafficking"), "{page}");
    assert!(page.contains("Highest TLP") && page.contains("AMBER"), "clauses are readable");
    assert!(buttons(&page).contains(&"sign"));
    let signed = world.act(&mut us, "sign", &[]).await;
    assert_eq!((signed.status, signed.location().ends_with("said=agreement-signed")), (303, true));
    world.carry().await;

    let mut liaison = world.ec.signed_in("liaison").await;
    let page = liaison.get(&path).await.text;
    assert!(page.contains("In force"), "{page}");
    assert_eq!(buttons(&page), ["suspend", "suspend-silently"], "an officer stops");
    let stopped = world.act(&mut liaison, "suspend-silently", &[("ground", "Zzyzx")]).await;
    assert_eq!(stopped.status, 303, "{}", stopped.text);
    assert!(liaison.get(&path).await.text.contains("the other parties were not told"));
    assert_eq!(world.act(&mut liaison, "resume", &[]).await.status, 403);
    let told = [("note", "Until the review"), ("ground", "Zzyzx")];
    assert_eq!(world.act(&mut liaison, "suspend", &told).await.status, 303);
    world.carry().await;
    let page = us.get(&path).await.text;
    assert!(page.contains("Until the review") && !page.contains("Zzyzx"), "{page}");
    assert!(!page.contains("parties were not told"), "nor of the silent one");
    assert!(!buttons(&page).contains(&"resume"), "who did not suspend cannot resume");

    let mut approver = world.ec.signed_in("approver").await;
    assert_eq!(world.act(&mut approver, "resume", &[]).await.status, 303);
    let page = approver.get(&path).await.text;
    assert!(page.contains("state--good"), "both suspensions are over: {page}");
    let list = approver.get("/agreements?lang=en").await.text;
    assert!(list.contains("In force"), "{list}");
    assert!(approver.get("/agreements?lang=en&within=1").await.text.contains("No agreements"));
    assert_eq!(world.act(&mut approver, "terminate", &[]).await.status, 303);
    let page = approver.get(&path).await.text;
    assert!(page.contains("Terminated") && buttons(&page).is_empty(), "{page}");
    assert_eq!(world.act(&mut approver, "suspend", &[]).await.status, 409);
    assert_eq!(world.act(&mut approver, "no-such-act", &[]).await.status, 404);
}

#[tokio::test]
async fn an_auditor_reads_agreements_and_changes_nothing() {
    let world = World::new().await;
    let mut auditor = world.ec.signed_in("auditor").await;
    let page = auditor.get(&format!("{}?lang=es", world.path())).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Espera firmas"), "{}", page.text);
    assert!(buttons(&page.text).is_empty() && !page.text.contains("/commit\""));
    for act in ["sign", "suspend", "suspend-silently", "resume", "terminate", "commit", "met"] {
        assert_eq!(world.act(&mut auditor, act, &[]).await.status, 403, "{act}");
    }
    let mut approver = world.ec.signed_in("approver").await;
    let forged = approver.post(&format!("{}/terminate", world.path()), &[("csrf", "x")]).await;
    assert_eq!(forged.status, 403, "a form without the session's token");
    let state = world.ec.node.agreement_list(&world.ec.actor("approver").await).await.unwrap();
    assert_eq!(state[0].state, "awaiting-signatures", "nothing was changed");
}

#[tokio::test]
async fn a_commitment_is_noted_and_met_on_the_page_of_its_agreement() {
    let world = World::new().await;
    let key = world.ec.node.card().unwrap().key_id();
    let mut liaison = world.ec.signed_in("liaison").await;
    let owed = [
        ("obligation", "Answer urgent traces <b>"),
        ("owed_by", key.as_str()),
        ("due", "2026-01"),
        ("clause", "8.3"),
    ];
    let noted = world.act(&mut liaison, "commit", &owed).await;
    assert_eq!(noted.status, 303, "{}", noted.text);
    let path = format!("{}?lang=en", world.path());
    let page = liaison.get(&path).await;
    assert!(page.text.contains("Answer urgent traces &lt;b&gt;"), "{}", page.text);
    assert!(page.text.contains("Overdue"), "January 2026 is over");
    let id = page.hidden("commitment");
    world.carry().await;
    let mut us = world.us.signed_in("liaison").await;
    let there = us.get(&path).await.text;
    assert!(there.contains("Overdue") && !there.contains("/met\""), "{there}");
    let not_ours = world.act(&mut us, "met", &[("commitment", &id)]).await;
    assert_eq!(not_ours.status, 409, "nobody versions another's commitment");
    assert_eq!(world.act(&mut liaison, "met", &[("commitment", &id)]).await.status, 303);
    let page = liaison.get(&path).await.text;
    assert!(page.contains("Met") && !page.contains("Overdue"), "{page}");
    for (name, value) in [("due", "soon"), ("owed_by", "PA"), ("obligation", "")] {
        let odd: Vec<_> =
            owed.iter().map(|(n, v)| if *n == name { (*n, value) } else { (*n, *v) }).collect();
        assert_eq!(world.act(&mut liaison, "commit", &odd).await.status, 400, "{name}");
    }
}
