//! Every step of an agreement's life through the pages: who the partners are, what they sent, what
//! waits, drafts checked, replayed and signed; and that each page shows and does what its role may.

use enlace_node::{Actor, CompartmentKind, VettingResult};
use serde_json::Value;

use crate::site::{Answer, Browser, Site};

const CASE: &[u8] = include_bytes!("../../../../scenario/ec/case-calamares.json");
const TERMS: &str = include_str!("../../../../scenario/agreements/ec-us.toml");
const REPORT: &str = "report--0419ad5b-4a17-477d-8a1d-23196b80208a";
const PISTOL: &str = "firearm--bf3ea114-0551-4dbb-b5b1-a43726a079fb";
const SUSPECT: &str = "identity--5341317d-8a18-4a91-a7ff-3113adae3a3a";

/// Two agencies with every role, an agreement in force, and the case at EC.
pub struct World {
    pub ec: Site,
    pub us: Site,
    pub agreement: String,
    /// Key ids: EC's for US, US's for EC.
    pub ec_key: String,
    pub us_key: String,
}

impl World {
    pub async fn new() -> Self {
        Self::under(TERMS).await
    }

    pub async fn under(terms: &str) -> Self {
        let ec = Site::with_accounts().await;
        let us = Site::with_accounts_as("Interagency Liaison Cell (ILC)", "US").await;
        let console = Actor::console();
        let mut keys = Vec::new();
        for (node, other) in [(&ec.node, &us.node), (&us.node, &ec.node)] {
            let card = serde_json::to_string(other.card().unwrap().json()).unwrap();
            let partner = node.partner_add(&console, &card).await.unwrap();
            let passed = VettingResult::Passed;
            node.partner_vet(&console, &partner.key_id, "Office", "2099-12-31", passed, &[])
                .await
                .unwrap();
            keys.push(partner.key_id);
        }
        ec.import("case-calamares.json", CASE).await;
        let (liaison, approver) = (ec.actor("liaison").await, ec.actor("approver").await);
        let draft = ec.node.agreement_new(&liaison, &["US".into()], None, None, Some(terms)).await;
        let line = ec.node.agreement_sign_draft(&approver, &draft.unwrap(), "a.toml").await;
        let us_key = keys.remove(0);
        let ec_key = keys.remove(0);
        let world = Self { ec, us, agreement: line.unwrap().id, ec_key, us_key };
        world.papers().await;
        let approver = world.us.actor("approver").await;
        world.us.node.agreement_sign(&approver, &world.agreement).await.unwrap();
        world.papers().await;
        world
    }

    /// Papers by hand, both ways.
    pub async fn papers(&self) {
        let console = Actor::console();
        for (from, to, name) in [(&self.ec, &self.us, "US"), (&self.us, &self.ec, "EC")] {
            let file = from.node.outbox_file(&console, name).await.unwrap();
            to.node.inbox_file(&console, &file).await.unwrap();
        }
    }

    /// A draft of these objects, on the page; its address.
    pub async fn drafted(&self, browser: &mut Browser, ids: &[&str]) -> String {
        let mut fields =
            vec![("agreement", self.agreement.as_str()), ("purpose", "firearms-tracing")];
        fields.extend(ids.iter().map(|id| ("id", *id)));
        at(&post(browser, "/releases", &fields).await)
    }

    /// EC's pistol is of another model now, and is released to US again.
    async fn changed_pistol(&self) {
        let mut case: Value = serde_json::from_slice(CASE).unwrap();
        let objects = case["objects"].as_array_mut().unwrap();
        objects.retain(|object| object["id"] == PISTOL);
        objects[0]["model"] = "<i>M9</i>".into();
        objects[0]["modified"] = "2026-11-20T10:00:00.000Z".into();
        self.ec.import("later.json", case.to_string().as_bytes()).await;
        self.released(&[PISTOL], false).await;
    }

    /// A release of these objects that is sent and carried to US.
    pub async fn released(&self, ids: &[&str], follow: bool) -> String {
        let mut liaison = self.ec.signed_in("liaison").await;
        let mut approver = self.ec.signed_in("approver").await;
        let release = self.drafted(&mut liaison, ids).await;
        let fields: &[(&str, &str)] = if follow { &[("follow", "yes")] } else { &[] };
        done(&post(&mut approver, &format!("{release}/approve"), fields).await, "approved");
        done(&post(&mut liaison, &format!("{release}/send"), &[]).await, "sent");
        let id = release.trim_start_matches("/releases/");
        let actor = self.ec.actor("liaison").await;
        let carried = self.ec.node.release_file(&actor, id).await.unwrap();
        let console = Actor::console();
        self.us.node.inbox_bundle(&console, "file", &carried.bytes).await.unwrap();
        release
    }
}

pub async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = browser.csrf().await;
    let all: Vec<(&str, &str)> =
        [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    browser.post(path, &all).await
}

#[track_caller]
pub fn done(answer: &Answer, said: &str) {
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert!(answer.location().ends_with(&format!("said={said}")), "{}", answer.location());
}

#[track_caller]
pub fn at(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.location().split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_partner_is_vetted_gets_a_token_once_and_is_cut_off_on_its_page() {
    let world = World::new().await;
    let path = format!("/partners/{}", world.us_key);
    let mut admin = world.ec.signed_in("admin").await;
    assert_eq!(admin.get("/").await.location(), "/partners", "an administrator begins here");
    let list = admin.get("/partners?lang=en").await.text;
    assert!(list.contains("Interagency Liaison Cell") && list.contains("Valid through 2099-12-31"));
    assert!(!list.contains("Agreements in force"), "an administrator sees no agreements");

    let vet = [("by", "Office of vetting"), ("until", "2099-01-31"), ("result", "failed")];
    done(&post(&mut admin, &format!("{path}/vet"), &vet).await, "noted");
    let page = admin.get(&format!("{path}?lang=en")).await.text;
    assert!(page.contains(">Failed<") && page.contains("Office of vetting"), "{page}");
    let past = [("by", "Office"), ("until", "2001-01-01"), ("result", "passed")];
    let refused = post(&mut admin, &format!("{path}/vet"), &past).await;
    assert!(refused.status == 400 && refused.text.contains("partner.vetting"));

    let made = post(&mut admin, &format!("{path}/token"), &[("days", "30")]).await;
    assert_eq!(made.status, 200, "shown on this answer, in no address");
    let token = made.text.split("class=\"hash\">").nth(1).unwrap().split('<').next().unwrap();
    assert!(token.len() > 30, "{token}");
    let page = admin.get(&path).await;
    assert!(!page.text.contains(token), "and never again");
    let begins = page.hidden("begins");
    assert!(token.starts_with(&begins) && begins.len() < 20);
    for days in ["0", "400", "x", "-1"] {
        let odd = post(&mut admin, &format!("{path}/token"), &[("days", days)]).await;
        assert_eq!(odd.status, 400, "{days}");
    }
    let end = [("begins", begins.as_str())];
    done(&post(&mut admin, &format!("{path}/token-end"), &end).await, "noted");
    assert!(!admin.get(&path).await.text.contains(&begins));

    assert_eq!(post(&mut admin, &format!("{path}/revoke"), &[]).await.status, 400, "unconfirmed");
    assert!(!admin.get("/partners?lang=en").await.text.contains("Cut off"));
    let confirm = [("confirm", "yes")];
    done(&post(&mut admin, &format!("{path}/revoke"), &confirm).await, "cut-off");
    let page = admin.get(&format!("{path}?lang=en")).await.text;
    assert!(page.contains("Cut off") && !page.contains("/token\"") && !page.contains("/revoke\""));
    assert_eq!(post(&mut admin, &format!("{path}/token"), &[]).await.status, 409);
    assert_eq!(post(&mut admin, &format!("{path}/rename"), &[]).await.status, 404);
    assert_eq!(admin.get("/partners/US").await.status, 404, "an address holds the key id");
}

#[tokio::test]
async fn a_partners_page_shows_and_does_what_the_role_may() {
    let world = World::new().await;
    let path = format!("/partners/{}", world.us_key);
    for name in ["liaison", "approver", "auditor"] {
        let mut browser = world.ec.signed_in(name).await;
        let page = browser.get(&format!("{path}?lang=en")).await.text;
        assert!(page.contains("Convenio de cooperación") && page.contains("In force"), "{name}");
        assert!(browser.get("/partners?lang=en").await.text.contains("Agreements in force"));
        for act in ["vet", "token", "token-end", "revoke"] {
            assert!(!page.contains(&format!("/{act}\"")), "{name} {act}");
            let fields = [("result", "passed"), ("confirm", "yes")];
            let answer = post(&mut browser, &format!("{path}/{act}"), &fields).await;
            assert_eq!(answer.status, 403, "{name} {act}");
        }
        assert_eq!(page.contains("/sync\""), name == "liaison");
        assert_eq!(post(&mut browser, "/partners", &[("card", "{}")]).await.status, 403);
        assert_eq!(browser.get("/keys").await.status, 403);
    }
    let mut analyst = world.ec.signed_in("analyst").await;
    for path in ["/partners", &path] {
        assert_eq!(analyst.get(path).await.status, 403);
    }
    // An exchange that fails is told, and remembered for the next look.
    let mut liaison = world.ec.signed_in("liaison").await;
    let page = liaison.get(&format!("{path}?lang=en")).await.text;
    assert!(page.contains("Nothing was exchanged yet"));
    assert_eq!(post(&mut liaison, &format!("{path}/sync"), &[]).await.status, 502);
    let page = liaison.get(&format!("{path}?lang=en")).await.text;
    assert!(page.contains("The last attempt failed") && page.contains("node.partner"), "{page}");
}

#[tokio::test]
async fn an_administrator_pins_a_card_and_reads_what_to_compare() {
    let ec = Site::with_accounts().await;
    let us = Site::new("Interagency Liaison Cell (ILC)", "US").await;
    let mut admin = ec.signed_in("admin").await;
    assert!(admin.get("/partners?lang=en").await.text.contains("No partners yet"));
    let card = serde_json::to_string(us.node.card().unwrap().json()).unwrap();
    let pinned = post(&mut admin, "/partners", &[("card", &card)]).await;
    let page = admin.get(&format!("{}?lang=en", at(&pinned))).await.text;
    assert!(page.contains(&us.node.words().join(" ")) && page.contains("No record"), "{page}");
    assert_eq!(post(&mut admin, "/partners", &[("card", "no card")]).await.status, 400);
    let own = serde_json::to_string(ec.node.card().unwrap().json()).unwrap();
    let refused = post(&mut admin, "/partners", &[("card", &own)]).await;
    assert!(refused.status == 400 && refused.text.contains("partner.self"));

    let keys = admin.get("/keys?lang=en").await.text;
    assert!(keys.contains(&ec.node.words().join(" ")), "{keys}");
    assert!(keys.contains("enlace key change --recovery FILE"), "done at the console");
    assert!(keys.contains("still lies on this machine"));
    assert!(!keys.contains("action=\"/keys"), "nothing of it is done by a form");
}

#[tokio::test]
async fn what_is_accepted_is_seen_value_by_value_beside_what_is_held_from_the_same_partner() {
    let world = World::new().await;
    world.released(&[PISTOL], false).await;
    let mut liaison = world.us.signed_in("liaison").await;
    let first = waiting(&mut liaison).await;
    let page = liaison.get(&format!("{first}?lang=en")).await.text;
    assert!(page.contains("TXZ48213") && page.contains("New from this partner"), "{page}");
    assert!(page.contains("Every value is stated by"), "whose words they are: {page}");
    assert!(!page.contains("Held so far:"), "{page}");
    done(&post(&mut liaison, &format!("{first}/accept"), &[]).await, "accepted");

    world.changed_pistol().await;
    let second = waiting(&mut liaison).await;
    let page = liaison.get(&format!("{second}?lang=en")).await.text;
    assert!(page.contains("Different from what is held from this partner"), "{page}");
    assert!(page.contains("&lt;i&gt;M9&lt;/i&gt;") && !page.contains("<i>M9"), "escaped: {page}");
    assert!(page.contains("Held so far:") && shows(&page, "G2C"), "{page}");
    let mut analyst = world.us.signed_in("analyst").await;
    assert_eq!(analyst.get(&second).await.status, 403, "nobody else reads what waits");

    // What is refused is not shown any more.
    done(&post(&mut liaison, &format!("{second}/reject"), &[]).await, "rejected");
    let page = liaison.get(&format!("{second}?lang=en")).await.text;
    assert!(!page.contains("M9&lt;") && !page.contains("TXZ48213"), "{page}");
}

/// Whether the page shows the value in a place of its own. Two or three characters alone would
/// also be found in a token by chance.
fn shows(page: &str, value: &str) -> bool {
    page.contains(&format!(">{value}<"))
}

#[tokio::test]
async fn what_comes_again_is_new_to_who_may_not_see_what_is_held_of_it() {
    let world = World::new().await;
    world.released(&[PISTOL], false).await;
    let mut liaison = world.us.signed_in("liaison").await;
    let first = waiting(&mut liaison).await;
    done(&post(&mut liaison, &format!("{first}/accept"), &[]).await, "accepted");
    let approver = world.us.actor("approver").await;
    let held = world.us.node.search(&approver, "TXZ48213", &[], 0, 5).await.unwrap().hits;
    let kind = CompartmentKind::Case;
    world.us.node.compartment_create(&approver, "caso", kind, "few know").await.unwrap();
    let ids = [held[0].id.clone()];
    world.us.node.compartment_add(&approver, "caso", &ids, false).await.unwrap();
    world.changed_pistol().await;
    let second = waiting(&mut liaison).await;
    let page = liaison.get(&format!("{second}?lang=en")).await.text;
    assert!(page.contains("M9&lt;") && page.contains("New from this partner"), "{page}");
    assert!(!page.contains("Held so far:") && !shows(&page, "G2C"), "{page}");
}

/// The address of the one delivery that waits.
async fn waiting(browser: &mut Browser) -> String {
    let list = browser.get("/incoming?lang=en").await.text;
    let (_, waits) = list.split_once("Waiting for a verdict").unwrap();
    let rest = waits.split("href=\"/incoming/").nth(1).unwrap();
    format!("/incoming/{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn what_a_partner_sent_is_accepted_or_refused_with_a_reason_of_our_own() {
    let world = World::new().await;
    world.released(&[PISTOL], false).await;
    world.released(&[REPORT], false).await;
    let mut liaison = world.us.signed_in("liaison").await;
    let list = liaison.get("/incoming?lang=en").await.text;
    assert_eq!(list.matches("href=\"/incoming/release-record").count(), 2, "{list}");
    assert!(list.contains("Waiting for a verdict") && list.contains("Firearms tracing"));
    let paths: Vec<String> = list
        .split("href=\"")
        .filter(|rest| rest.starts_with("/incoming/release-record"))
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let page = liaison.get(&format!("{}?lang=en", paths[0])).await.text;
    assert!(page.contains("Convenio de cooperación") && page.contains("TLP:AMBER"), "{page}");
    assert!(page.contains("/accept\"") && page.contains("/reject\""));
    assert!(page.contains("New from this partner"), "{page}");
    let mut analyst = world.us.signed_in("analyst").await;
    assert_eq!(analyst.get(&paths[0]).await.status, 403, "nobody else reads what waits");
    assert!(liaison.get("/search?q=calamares&lang=en").await.text.contains("Nothing"));

    let ground = [("ground", "Zzyzxreason")];
    done(&post(&mut liaison, &format!("{}/reject", paths[1]), &ground).await, "rejected");
    done(&post(&mut liaison, &format!("{}/accept", paths[0]), &[]).await, "accepted");
    for path in &paths {
        let page = liaison.get(path).await.text;
        assert!(!page.contains("/accept\"") && !page.contains("/reject\""), "judged once");
        assert_eq!(post(&mut liaison, &format!("{path}/accept"), &[]).await.status, 409);
    }
    let list = liaison.get("/incoming?lang=en").await.text;
    assert!(list.contains("Accepted") && list.contains("Refused"));
    let long = "x".repeat(501);
    let odd = post(&mut liaison, &format!("{}/reject", paths[0]), &[("ground", &long)]).await;
    assert_eq!(odd.status, 400);
    assert_eq!(post(&mut liaison, &format!("{}/burn", paths[0]), &[]).await.status, 404);
    assert_eq!(liaison.get("/incoming/release-record--0").await.status, 404);

    // The reason stands in the node's own log and in nothing that the partner gets.
    let folder = tempfile::tempdir().unwrap();
    let console = Actor::console();
    world.us.node.export(&console, folder.path()).await.unwrap();
    let with_reason = files_with(folder.path(), b"Zzyzxreason");
    assert!(!with_reason.is_empty(), "in our log");
    assert!(with_reason.iter().all(|path| !path.contains("channel")), "{with_reason:?}");
    let out = world.us.node.outbox_file(&console, "EC").await.unwrap();
    assert!(out.contains("receipt") && !out.contains("Zzyzxreason"));

    let mut approver = world.us.signed_in("approver").await;
    assert_eq!(approver.get(&paths[0]).await.status, 403);
    let judged = post(&mut approver, &format!("{}/accept", paths[0]), &[]).await;
    assert_eq!(judged.status, 403);
}

/// Files below a folder that hold these bytes.
fn files_with(folder: &std::path::Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if std::fs::read(&path).unwrap().windows(bytes.len()).any(|w| w == bytes) {
            found.push(path.display().to_string().replace('\\', "/"));
        }
    }
    found
}

#[tokio::test]
async fn what_was_set_aside_is_told_by_its_rule_and_not_by_its_text() {
    let world = World::new().await;
    let bad = format!(
        r#"{{"type":"bundle","id":"bundle--11111111-1111-4111-8111-111111111110","objects":[
        {{"type":"identity","spec_version":"2.1","id":"{SUSPECT}","name":"Zzyzxsecret",
        "identity_class":"individual","created":"2025-09-02T10:11:07.187Z",
        "modified":"2025-09-02T10:11:07.187Z"}},
        {{"type":"malware","spec_version":"2.1","id":"malware--1","name":"Zzyzxsecret"}}]}}"#
    );
    world.ec.import("bad.json", bad.as_bytes()).await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let page = liaison.get("/incoming?lang=en").await.text;
    assert!(page.contains("The same version came before with other content"), "{page}");
    assert!(page.contains("Set aside from files of our own") && !page.contains("Zzyzxsecret"));
    // Of what is in a compartment nobody else hears.
    let actor = world.ec.actor("handler").await;
    let case = CompartmentKind::NeedToKnow;
    let id = world.ec.node.compartment_create(&actor, "Garza", case, "two know").await.unwrap();
    world.ec.node.compartment_add(&actor, &id, &[SUSPECT.into()], false).await.unwrap();
    let page = liaison.get("/incoming?lang=en").await.text;
    assert!(!page.contains("The same version came before") && !page.contains(SUSPECT), "{page}");
}

#[tokio::test]
async fn a_release_is_sent_in_the_slot_or_now_and_its_changes_wait_for_theirs() {
    let world = World::new().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let mut approver = world.ec.signed_in("approver").await;
    let release = world.drafted(&mut liaison, &[PISTOL]).await;
    let page = approver.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("name=\"follow\""), "whether changes may follow is asked");
    let follow = [("follow", "yes")];
    done(&post(&mut approver, &format!("{release}/approve"), &follow).await, "approved");
    let page = liaison.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("/send-slot\"") && page.contains("/send\""));
    done(&post(&mut liaison, &format!("{release}/send-slot"), &[]).await, "scheduled");
    let page = liaison.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("leaves at the time shown") && !page.contains("/send-slot\""), "{page}");
    let list = liaison.get("/releases?lang=en").await.text;
    assert!(
        list.contains("waiting for the partner") && list.contains("href=\"/releases/updates\"")
    );
    done(&post(&mut liaison, &format!("{release}/send"), &[]).await, "sent");
    // What was sent is looked at once more; the partner would see the same, so nothing is left.
    let confirm = [("confirm", "yes")];
    done(&post(&mut liaison, "/releases/updates", &confirm).await, "updates-out");
    assert!(liaison.get("/releases/updates?lang=en").await.text.contains("No update waits"));

    // A change of what the partner has.
    let case: Value = serde_json::from_slice(CASE).unwrap();
    let objects = case["objects"].as_array().unwrap();
    let mut pistol = objects.iter().find(|o| o["id"] == PISTOL).unwrap().clone();
    pistol["modified"] = "2026-03-04T05:06:07.890Z".into();
    pistol["serial"] = "TXZ48213-Z".into();
    let bundle = serde_json::json!({
        "type": "bundle", "id": "bundle--11111111-1111-4111-8111-111111111111",
        "objects": [pistol],
    });
    world.ec.import("again.json", bundle.to_string().as_bytes()).await;
    let page = liaison.get("/releases/updates?lang=en").await.text;
    assert!(page.contains("TXZ48213-Z") && page.contains("For their slot"), "{page}");
    let look = page.split("href=\"/releases/new?").nth(1).unwrap().split('"').next().unwrap();
    let look = liaison.get(&format!("/releases/new?{}", look.replace("&amp;", "&"))).await.text;
    assert!(look.contains("TXZ48213-Z") && look.contains("pair"), "{look}");
    assert!(!look.contains("value=\"Submit"), "an update is looked at, not drafted anew");
    assert!(!look.contains("action=\"/releases\""));

    // Who may not see the object hears of no update of it.
    let handler = world.ec.actor("handler").await;
    let kind = CompartmentKind::NeedToKnow;
    let node = &world.ec.node;
    let id = node.compartment_create(&handler, "Garza", kind, "two know").await.unwrap();
    node.compartment_add(&handler, &id, &[PISTOL.into()], false).await.unwrap();
    let hidden = liaison.get("/releases/updates?lang=en").await.text;
    assert!(hidden.contains("No update waits") && !hidden.contains(PISTOL), "{hidden}");
    node.compartment_remove(&handler, &id, &[PISTOL.into()]).await.unwrap();

    assert_eq!(post(&mut liaison, "/releases/updates", &[]).await.status, 400, "unconfirmed");
    assert_eq!(post(&mut approver, "/releases/updates", &confirm).await.status, 403);
    assert!(!approver.get("/releases/updates").await.text.contains("name=\"confirm\""));
    done(&post(&mut liaison, "/releases/updates", &confirm).await, "updates-out");
    assert!(liaison.get("/releases/updates?lang=en").await.text.contains("No update waits"));
    let sent = world.ec.node.release_list(&world.ec.actor("liaison").await).await.unwrap();
    assert_eq!(sent.iter().filter(|line| line.sent.is_some()).count(), 2, "the change left");
}

#[tokio::test]
async fn the_dry_run_asks_for_offence_and_reason_where_the_agreement_does() {
    let asked = r#"
[assurances]
clause = "2.4"
purposes = ["firearms-tracing"]
against = ["death-penalty"]
offences = ["drug-trafficking", "firearms-tracing"]

[types]"#;
    let terms = TERMS.replace("\"safeguards\"", "\"derogation\"").replacen("\n[types]", asked, 1);
    let world = World::under(&terms).await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let form = format!("/releases/new?lang=en&id={REPORT}&agreement={}", world.agreement);
    let other = liaison.get(&format!("{form}&purpose=drug-trafficking")).await.text;
    assert!(!other.contains("name=\"offence\"") && other.contains("name=\"ground_reason\""));
    let page = liaison.get(&format!("{form}&purpose=firearms-tracing")).await.text;
    assert!(
        page.contains("<select class=\"input\" id=\"offence\"")
            || page.contains("name=\"offence\"")
    );
    let gone = |page: &str| {
        let person = page.split("<section").find(|s| s.contains(&format!("/object/{SUSPECT}")));
        person.unwrap().contains("pair--withheld")
    };
    let said = "&offence=drug-trafficking&ground_reason=Threat+to+life";
    let with = liaison.get(&format!("{form}&purpose=firearms-tracing{said}")).await.text;
    assert!(gone(&page) && !gone(&with), "a person leaves for a named offence only");
    assert!(with.contains("type=\"hidden\" name=\"offence\" value=\"drug-trafficking\""));
    assert!(with.contains("type=\"hidden\" name=\"ground_reason\" value=\"Threat to life\""));
    // Chosen for one named person, it does not become a release to the whole unit.
    let person = format!("{form}&purpose=firearms-tracing{said}&person=nobody-known");
    let to_one = liaison.get(&person).await;
    assert!(to_one.status != 200 || to_one.text.matches("name=\"person\"").count() == 2);
    let odd = liaison.get(&format!("{form}&purpose=firearms-tracing&offence=other")).await.text;
    assert!(gone(&odd), "an offence that the agreement does not name is none");
}

#[tokio::test]
async fn a_draft_is_begun_from_a_model_checked_replayed_and_signed_on_its_page() {
    let world = World::new().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let new = "/agreements/new?lang=en";
    assert!(liaison.get("/agreements").await.text.contains("href=\"/agreements/new\""));
    let page = liaison.get(new).await.text;
    assert!(page.contains("Cybercrime") && page.contains(&world.us_key), "{page}");
    let begun = format!("{new}&model=police-cooperation&with={}&title=Zzyzx+%3Cb%3E", world.us_key);
    let page = liaison.get(&begun).await.text;
    let (terms, text) = (area(&page, "terms"), area(&page, "text"));
    assert!(terms.contains("Zzyzx <b>") && !page.contains("Zzyzx <b>"), "escaped");
    // As a browser sends it.
    let (sent, beside) = (terms.replace('\n', "\r\n"), text.replace('\n', "\r\n"));
    let fields = |act| [("terms", sent.as_str()), ("text", beside.as_str()), ("do", act)];
    let page = post(&mut liaison, new, &fields("check")).await;
    assert!(page.status == 200 && page.text.contains("No faults"), "{}", page.text);
    assert_eq!(area(&page.text, "terms"), terms, "what was written is still there");
    assert_eq!(area(&page.text, "text"), text);
    let other = [("terms", sent.as_str()), ("text", "# Another text"), ("do", "check")];
    let page = post(&mut liaison, new, &other).await.text;
    assert!(page.contains("agreement.text_sha256"), "terms and text fit each other: {page}");

    let broken = terms.replace("max = \"", "max = \"ultra");
    let line = broken.lines().position(|l| l.contains("ultra")).unwrap() + 1;
    for act in ["check", "replay"] {
        let fields = [("terms", broken.as_str()), ("do", act)];
        let page = post(&mut liaison, new, &fields).await.text;
        assert!(page.contains(&format!(">{line}:")) && page.contains("tlp.max"), "{page}");
        assert!(!page.contains("What the draft would change"));
    }

    let page = post(&mut liaison, new, &fields("replay")).await.text;
    assert!(page.contains("What the draft would change"), "{page}");
    assert!(page.contains("Compared with") && page.contains("Convenio de cooperación"), "{page}");
    assert!(page.contains("Would stay, and leaves now") || page.contains("Would leave"), "{page}");

    let sign = [fields("sign").as_slice(), &[("confirm", "yes")]].concat();
    assert_eq!(post(&mut liaison, new, &sign).await.status, 403, "an officer does not sign");
    assert!(!page.contains("value=\"sign\""));
    let mut approver = world.ec.signed_in("approver").await;
    let page = approver.get(new).await.text;
    assert!(page.contains("value=\"sign\"") && !page.contains("value=\"replay\""));
    let replay = post(&mut approver, new, &fields("replay")).await;
    assert_eq!(replay.status, 403, "who only signs does not replay");
    assert_eq!(post(&mut approver, new, &fields("sign")).await.status, 400, "unconfirmed");
    let faulty = [("terms", broken.as_str()), ("do", "sign"), ("confirm", "yes")];
    let refused = post(&mut approver, new, &faulty).await;
    assert!(refused.status == 400 && refused.text.contains("tlp.max"), "{}", refused.text);
    assert!(area(&refused.text, "terms").contains("ultra"), "and nothing written is lost");
    let signed = post(&mut approver, new, &sign).await;
    done(&signed, "agreement-signed");
    let page = approver.get(&format!("{}?lang=en", at(&signed))).await.text;
    assert!(page.contains("Awaits signatures") && page.contains("Zzyzx &lt;b&gt;"), "{page}");
    world.papers().await;
    let there = world.us.signed_in("approver").await.get("/agreements?lang=en").await.text;
    assert!(there.contains("Zzyzx &lt;b&gt;"));
    for name in ["auditor", "analyst", "admin"] {
        let mut browser = world.ec.signed_in(name).await;
        assert_eq!(browser.get(new).await.status, 403, "{name}");
        assert_eq!(post(&mut browser, new, &sign).await.status, 403, "{name}");
    }
    assert_eq!(post(&mut liaison, new, &[("do", "burn")]).await.status, 404);
}

/// The text of an area, as a browser would send it with plain line breaks.
fn area(page: &str, name: &str) -> String {
    let start = page.split("<textarea").find(|t| t.contains(&format!("name=\"{name}\""))).unwrap();
    let inner = start.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
    let inner = inner.strip_prefix('\n').unwrap();
    inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[tokio::test]
async fn an_agreement_is_amended_on_its_page_from_what_is_in_force() {
    let world = World::new().await;
    let path = format!("/agreements/{}", world.agreement);
    let amend = format!("{path}/amend");
    let mut approver = world.ec.signed_in("approver").await;
    assert!(approver.get(&path).await.text.contains(&format!("href=\"{amend}\"")));
    let page = approver.get(&format!("{amend}?lang=en&released=narrow")).await.text;
    let terms = area(&page, "terms");
    assert!(terms.contains("released = \"narrow\"") && terms.contains("Convenio"), "{terms}");
    let mut liaison = world.ec.signed_in("liaison").await;
    let narrower = terms.replace("\"firearm\",", "");
    assert_ne!(narrower, terms);
    let fields = |act| [("terms", narrower.as_str()), ("do", act), ("confirm", "yes")];
    let replay = post(&mut liaison, &format!("{amend}?lang=en"), &fields("replay")).await.text;
    assert!(replay.contains("Would stay, and leaves now"), "{replay}");
    assert!(replay.contains("Firearm") && replay.contains(PISTOL), "{replay}");
    assert_eq!(post(&mut liaison, &amend, &fields("sign")).await.status, 403);

    let plain = narrower.replace("released = \"narrow\"", "");
    let plain = plain.replace("[agreement.amends]", "").replace("amends = {  }", "");
    let kept = [("terms", plain.as_str()), ("do", "sign"), ("confirm", "yes")];
    let refused = post(&mut approver, &format!("{amend}?lang=en"), &kept).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.text.contains("an amendment says what happens"), "{}", refused.text);
    assert_eq!(area(&refused.text, "terms").trim(), plain.trim());

    let signed = post(&mut approver, &amend, &fields("sign")).await;
    done(&signed, "agreement-signed");
    let page = approver.get(&format!("{}?lang=en", at(&signed))).await.text;
    assert!(page.contains("Awaits signatures") && page.contains(&path), "beside its other version");
    let mut auditor = world.ec.signed_in("auditor").await;
    assert_eq!(auditor.get(&amend).await.status, 403);
    assert!(!auditor.get(&path).await.text.contains(&amend));
}

#[tokio::test]
async fn a_replay_shows_and_counts_only_what_who_asks_may_see() {
    let world = World::new().await;
    let handler = world.ec.actor("handler").await;
    let node = &world.ec.node;
    let case = CompartmentKind::NeedToKnow;
    let mut liaison = world.ec.signed_in("liaison").await;
    let path = format!("/agreements/{}/amend?lang=en", world.agreement);
    let terms = area(&liaison.get(&path).await.text, "terms").replace("\"firearm\",", "");
    let fields = [("terms", terms.as_str()), ("do", "replay")];
    let count = |page: &str| {
        let row = page.split("<tr").find(|row| row.contains("Firearm")).map(str::to_owned);
        row.map_or(0, |row| {
            let cell = row.rsplit("<td").next().unwrap();
            cell.split('>').nth(1).unwrap().split('<').next().unwrap().parse::<usize>().unwrap()
        })
    };
    let before = post(&mut liaison, &path, &fields).await.text;
    assert!(before.contains(PISTOL) && count(&before) > 0, "{before}");
    let id = node.compartment_create(&handler, "Garza", case, "two know").await.unwrap();
    node.compartment_add(&handler, &id, &[PISTOL.into()], false).await.unwrap();
    let after = post(&mut liaison, &path, &fields).await.text;
    assert!(!after.contains(PISTOL), "neither shown");
    assert_eq!(count(&after), count(&before) - 1, "nor counted");
}

#[tokio::test]
async fn holds_are_placed_and_lifted_on_their_page_by_who_placed_them() {
    let world = World::new().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let object = liaison.get(&format!("/object/{REPORT}?lang=en")).await.text;
    assert!(object.contains("action=\"/holds/place\""), "{object}");
    let few = post(&mut liaison, "/holds/place", &[("ids", SUSPECT)]).await;
    assert_eq!(few.status, 409, "a hold points at nobody");
    done(&post(&mut liaison, "/holds/place", &[("ids", REPORT)]).await, "noted");
    let page = liaison.get("/holds?lang=en").await;
    assert!(page.text.contains("End the hold"), "{}", page.text);
    let id = page.hidden("id");
    let mut approver = world.ec.signed_in("approver").await;
    assert!(approver.get("/holds?lang=en").await.text.contains("You hold nothing back"));
    assert_eq!(post(&mut approver, "/holds/lift", &[("id", &id)]).await.status, 404);
    let dry = format!("/releases/new?lang=en&id={REPORT}");
    assert!(approver.get(&dry).await.text.contains("A named officer holds it back"));
    done(&post(&mut liaison, "/holds/lift", &[("id", &id)]).await, "noted");
    assert!(!approver.get(&dry).await.text.contains("A named officer holds it back"));
    assert_eq!(post(&mut liaison, "/holds/burn", &[]).await.status, 404);
    let mut analyst = world.ec.signed_in("analyst").await;
    assert_eq!(post(&mut analyst, "/holds/place", &[("ids", REPORT)]).await.status, 403);
}

#[tokio::test]
async fn no_new_form_does_anything_without_the_sessions_token() {
    let world = World::new().await;
    let mut admin = world.ec.signed_in("admin").await;
    let mut approver = world.ec.signed_in("approver").await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let partner = format!("/partners/{}/revoke", world.us_key);
    let yes = [("csrf", "x"), ("confirm", "yes"), ("ids", REPORT), ("do", "sign")];
    for path in [partner.as_str(), "/partners"] {
        assert_eq!(admin.post(path, &yes).await.status, 403, "{path}");
    }
    for path in ["/releases/updates", "/holds/place", "/incoming/x/accept"] {
        assert_eq!(liaison.post(path, &yes).await.status, 403, "{path}");
    }
    let amend = format!("/agreements/{}/amend", world.agreement);
    for path in ["/agreements/new", amend.as_str()] {
        assert_eq!(approver.post(path, &yes).await.status, 403, "{path}");
    }
    let lines = world.ec.node.partner_list(&Actor::console()).await.unwrap();
    assert!(lines.iter().all(|line| !line.revoked) && world.ec_key.len() == 64);
}
