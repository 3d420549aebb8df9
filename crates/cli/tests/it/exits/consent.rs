//! Consent: what EC released to US reaches NL as far as EC says so, and no longer than that.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{World, text};
use crate::support::{Client, scenario, scenario_json};

const INBOX: &str = "/enlace/v1/inbox";
const PURPOSE: &str = "firearms-tracing";

/// EC, US and NL; US and NL have an agreement too, and US holds an indicator of EC.
struct Chain {
    world: World,
    /// Between US and NL.
    onward: String,
    /// EC's original, and the id under which US got it.
    original: String,
    twin: String,
}

impl Chain {
    /// `more`: fields of an indicator that US may release to NL beside those of the scenario.
    fn new(more: &str) -> Self {
        let world = World::new();
        let (us, nl) = (&world.us, &world.nl);
        let card = world.home.path().join("us.card.json");
        nl.must(&["partner", "add", card.to_str().unwrap()]);
        let vet = ["--by", "Vetting office", "--until", "2099-12-31"];
        nl.must(&[&["partner", "vet", "US"][..], &vet].concat());
        nl.serve();
        let terms = fs::read_to_string(scenario("agreements/us-nl.toml")).unwrap();
        let terms = terms
            .replace("allowed = [\"drug-trafficking\",", "allowed = [\"firearms-tracing\",")
            .replace("\"valid_from\", \"indicator_types\"", &format!("\"valid_from\", {more}"));
        let file = world.home.path().join("us-nl.toml");
        fs::write(&file, terms).unwrap();
        let draft = world.home.path().join("onward.toml");
        let (file, draft) = (file.to_str().unwrap(), draft.to_str().unwrap());
        let new = ["agreement", "new", "--with", "NL", "--terms", file, "--out", draft];
        us.must_as("liaison-officer", &new);
        let signed = us.must_as("approver", &["agreement", "sign", draft]);
        let onward = text(&signed.summary()["id"]);
        us.must(&["partner", "sync", "NL"]);
        nl.must_as("approver", &["agreement", "sign", &onward]);
        nl.must(&["partner", "sync", "US"]);

        let original = text(&scenario_json("expected.json")["recall"]["object"]);
        world.release(&[&original]);
        us.must(&["partner", "sync", "EC"]);
        us.must_as("liaison-officer", &["inbox", "accept", "all"]);
        let twin = world.twins().into_iter().find(|id| id.starts_with("indicator--")).unwrap();
        Self { world, onward, original, twin }
    }

    fn whole() -> Self {
        Self::new("\"valid_until\", \"indicator_types\"")
    }

    /// The line of an object in the dry run of US to NL.
    fn dry(&self, id: &str) -> Value {
        let ask = ["release", "--agreement", &self.onward, "--purpose", PURPOSE, "--dry-run", id];
        let dry = self.world.us.must_as("liaison-officer", &ask);
        let whole = |l: &&Value| l["object"] == id && l["path"] == "";
        dry.results().find(whole).unwrap_or_else(|| panic!("{}", dry.text)).clone()
    }

    fn withheld(&self, id: &str, when: &str) {
        let line = self.dry(id);
        assert_eq!(line["verdict"], "withheld", "{when}: {line}");
        let reason = text(&line["reason"]);
        assert!(reason.contains("private-third-agency"), "{when}: {line}");
    }

    /// US asks EC; the id of the ask.
    fn ask(&self) -> String {
        let ask = ["consent", "ask", &self.twin, "--to", "NL", "--purpose", PURPOSE];
        let asked = self.world.us.must_as("liaison-officer", &ask);
        self.world.us.must(&["partner", "sync", "EC"]);
        text(&asked.summary()["request"])
    }

    /// EC answers with these words; the id of its decision.
    fn decide(&self, words: &[&str]) -> String {
        let done = self.world.ec.must_as("approver", &[&["consent"][..], words].concat());
        self.world.ec.must(&["partner", "sync", "US"]);
        text(&done.summary()["consent"])
    }

    /// The line about an ask at US or EC.
    fn line(&self, node: &crate::support::Node, request: &str) -> Value {
        let all = node.must_as("liaison-officer", &["consent", "list"]);
        all.results().find(|l| l["id"] == request).unwrap_or_else(|| panic!("{}", all.text)).clone()
    }

    /// US releases to NL, NL fetches and accepts.
    fn pass_on(&self, id: &str) {
        let us = &self.world.us;
        let ask = ["release", "--agreement", &self.onward, "--purpose", PURPOSE, id];
        let drafted = us.must_as("liaison-officer", &ask);
        let release = text(&drafted.summary()["id"]);
        us.must_as("approver", &["release", "approve", &release]);
        us.must_as("liaison-officer", &["release", "send", &release]);
        let synced = self.world.nl.must(&["partner", "sync", "US"]);
        assert_eq!(synced.lines[0]["rejected"], 0, "{}", synced.text);
        self.world.nl.must_as("liaison-officer", &["inbox", "accept", "all"]);
    }

    /// Everything that US serves to NL.
    fn served(&self) -> (Vec<Value>, String) {
        let client = Client::node(self.world.us.partners, &self.world.nl);
        let listed = client.get("/taxii2/node/collections/").json();
        let collection = text(&listed["collections"][0]["id"]);
        let all = client.get(&super::world::in_collection(&collection, "objects/"));
        (all.objects(), String::from_utf8_lossy(&all.body).into_owned())
    }

    /// Waits until the round of US has looked at what EC decided.
    fn until_recalled(&self, id: &str) {
        let begun = Instant::now();
        loop {
            let (objects, _) = self.served();
            let now = objects.iter().find(|o| o["id"] == id);
            if now.is_none_or(|object| object["revoked"] == true) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "still served: {now:?}");
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}

#[test]
fn what_another_originated_goes_on_with_its_consent_whole_and_comes_back_when_it_ends() {
    let chain = Chain::whole();
    let (world, twin) = (&chain.world, chain.twin.as_str());
    chain.withheld(twin, "nobody was asked");

    let request = chain.ask();
    let open = chain.line(&world.ec, &request);
    assert_eq!((&open["direction"], &open["state"]), (&json!("asked-of-us"), &json!("open")));
    assert_eq!(open["objects"], json!([chain.original]), "EC reads what it asks for: {open}");
    assert_eq!(open["recipient"], "Landelijk Koppelpunt (LKP)", "{open}");
    chain.withheld(twin, "asked is not granted");
    let refused = chain.decide(&["refuse", &request, "--ground", "ongoing operation"]);
    let line = chain.line(&world.us, &request);
    let told = (&line["state"], &line["ground"], &line["consent"]);
    assert_eq!(told, (&json!("refused"), &json!("ongoing operation"), &json!(refused)), "{line}");
    chain.withheld(twin, "refused");

    let granted = chain.decide(&["grant", &request, "--until", "2099-01-01"]);
    assert_eq!(chain.line(&world.us, &request)["state"], "granted");
    let shown = world.us.must_as("liaison-officer", &["consent", "show", twin]);
    assert_eq!(shown.lines[0]["verdict"]["reason"], "by-consent", "{}", shown.text);
    assert_eq!(shown.lines[0]["purpose"], PURPOSE, "{}", shown.text);
    assert_eq!(shown.summary()["evidence"]["allowed"], false, "EC stamps H1: {}", shown.text);
    let dry = chain.dry(twin);
    assert_ne!(dry["verdict"], "withheld", "{dry}");
    chain.pass_on(twin);

    let (objects, body) = chain.served();
    let onward = objects.iter().find(|o| o["id"] == twin).unwrap();
    let ours = world.us_by_token().get(&world.at(&format!("objects/{twin}/"))).objects()[0].clone();
    for (name, value) in ours.as_object().unwrap() {
        if name != "object_marking_refs" {
            assert_eq!(onward[name], *value, "{name} leaves as EC released it");
        }
    }
    assert_eq!(onward["created_by_ref"], world.ec.identity(), "in EC's name");
    assert!(!body.contains(&chain.original), "EC's own id stays with EC");
    let held = world.nl.must_as("liaison-officer", &["get", twin]);
    assert_eq!(held.lines[0]["id"], twin, "NL holds it: {}", held.text);

    chain.decide(&["withdraw", &granted]);
    chain.until_recalled(twin);
    let synced = world.nl.must(&["partner", "sync", "US"]);
    assert_eq!(synced.lines[0]["recalled"], 1, "{}", synced.text);
    let gone = world.nl.cli_as(Some("liaison-officer"), &["get", twin]);
    assert_eq!((gone.code, &gone.lines[0]["state"]), (1, &json!("recalled")), "{}", gone.text);
    assert_eq!(chain.line(&world.us, &request)["state"], "withdrawn");
    let again = chain.dry(twin);
    assert_eq!(again["verdict"], "withheld", "{again}");
    let twice = world.ec.cli_as(Some("approver"), &["consent", "withdraw", &granted]);
    assert_eq!(twice.code, 1, "a second withdrawal has nothing to do: {}", twice.text);

    let heard = world.nl.must_as("liaison-officer", &["consent", "list"]);
    assert_eq!(heard.summary()["consents"], 0, "NL never learns of any of it: {}", heard.text);
}

#[test]
fn a_recall_by_the_originator_recalls_what_was_passed_on() {
    let chain = Chain::whole();
    let (world, twin) = (&chain.world, chain.twin.as_str());
    let request = chain.ask();
    chain.decide(&["grant", &request, "--until", "2099-01-01"]);
    chain.pass_on(twin);
    world.ec.must_as("liaison-officer", &["recall", &chain.original]);
    world.us.must(&["partner", "sync", "EC"]);
    chain.until_recalled(twin);
    world.nl.must(&["partner", "sync", "US"]);
    let gone = world.nl.cli_as(Some("liaison-officer"), &["get", twin]);
    assert_eq!(gone.lines[0]["state"], "recalled", "{}", gone.text);
}

#[test]
fn a_redacted_copy_leaves_as_ours_and_names_the_originator_as_it_wishes() {
    let chain = Chain::new("\"indicator_types\"");
    let world = &chain.world;
    let request = chain.ask();
    chain.decide(&[
        "grant",
        &request,
        "--until",
        "2099-01-01",
        "--redacted",
        "--named-as",
        "a partner agency",
    ]);
    let dry = chain.dry(&chain.twin);
    assert_ne!(dry["verdict"], "withheld", "{dry}");
    chain.pass_on(&chain.twin);
    let (objects, body) = chain.served();
    let copy = objects.iter().find(|o| o["type"] == "indicator").unwrap();
    assert_ne!(copy["id"], chain.twin.as_str(), "under an id of its own");
    assert_eq!(copy["created_by_ref"], world.us.identity(), "by who answers for it");
    assert!(body.contains("a partner agency"), "{body}");
    for name in [&chain.twin, &chain.original, &world.ec.identity()] {
        assert!(!body.contains(name.as_str()), "{name} tells whose it was");
    }
    assert!(!body.contains("Unidad Nacional"), "the name of EC");
}

#[test]
fn what_was_made_from_anothers_object_needs_its_consent_too_and_carries_its_markings() {
    let chain = Chain::whole();
    let world = &chain.world;
    let id = |n: u8| format!("indicator--2b000000-0000-4000-8000-00000000000{n}");
    let provenance = enlace_stix::types::definition_id("provenance");
    let indicator = |n: u8, inputs: &[&str]| {
        let mut object = json!({
            "type": "indicator", "spec_version": "2.1", "id": id(n),
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "pattern": "[domain-name:value = 'score.example']", "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z", "indicator_types": ["malicious-activity"],
            // TLP:GREEN
            "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
        });
        if !inputs.is_empty() {
            let body = json!({ "extension_type": "property-extension", "source": "score", "input_refs": inputs });
            object["extensions"] = json!({ provenance.clone(): body });
        }
        object
    };
    let relation = json!({
        "type": "relationship", "spec_version": "2.1",
        "id": "relationship--2b000000-0000-4000-8000-00000000000f",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "relationship_type": "derived-from", "source_ref": id(3), "target_ref": id(2),
    });
    // 1: ours alone. 2: from EC's. 3: from 2, by a relationship. 4 and 5: from each other.
    let objects = [
        indicator(1, &[]),
        indicator(2, &[&chain.twin]),
        indicator(3, &[]),
        indicator(4, &[&id(5)]),
        indicator(5, &[&id(4)]),
        indicator(6, &["indicator--2b000000-0000-4000-8000-0000000000ff"]),
        relation,
    ];
    let file = world.home.path().join("derived.json");
    fs::write(&file, Value::from(objects.to_vec()).to_string()).unwrap();
    let done = world.us.cli(&["import", file.to_str().unwrap()]);
    assert_eq!(done.summary()["new"], 7, "{}", done.text);
    let leaves = |n: u8| {
        let line = chain.dry(&id(n));
        (line["verdict"] != "withheld", text(&line["reason"]))
    };
    assert!(leaves(1).0, "{:?}", leaves(1));
    for n in [2, 3] {
        assert!(!leaves(n).0 && leaves(n).1.contains("private-third-agency"), "{:?}", leaves(n));
    }
    assert!(leaves(4).0 && leaves(5).0, "a circle of our own objects is ours");
    assert!(leaves(6).1.contains("private-third-agency"), "made from what nobody holds");

    let request = chain.ask();
    chain.decide(&["grant", &request, "--until", "2099-01-01"]);
    assert!(leaves(2).0 && leaves(3).0, "{:?} {:?}", leaves(2), leaves(3));
    chain.pass_on(&id(3));
    let (objects, body) = chain.served();
    let copy = objects.iter().find(|o| o["type"] == "indicator").unwrap();
    assert_eq!(copy["created_by_ref"], world.us.identity(), "ours, as a twin");
    assert!(!body.contains("2b000000"), "under ids of its own");
    let marks: Vec<&str> = copy["object_marking_refs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m.as_str().unwrap())
        .collect();
    let amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
    assert!(marks.contains(&amber), "green joined with EC's amber: {marks:?}");
    assert!(body.contains("Unidad Nacional"), "and named");
}

#[test]
fn papers_about_consent_fit_what_went_between_the_two_or_are_refused_alike() {
    let chain = Chain::whole();
    let world = &chain.world;
    let base = |kind: &str, by: &str| {
        let definition = enlace_stix::types::definition_id(kind);
        json!({
            "type": kind, "spec_version": "2.1", "id": format!("{kind}--{}", Uuid::new_v4()),
            "created": "2026-01-05T10:00:00.000Z", "modified": "2026-01-05T10:00:00.000Z",
            "created_by_ref": by, "agreement_ref": world.agreement,
            "extensions": { definition: { "extension_type": "new-sdo" } },
        })
    };
    let with = |mut object: Value, more: Value| {
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        object
    };
    let post = |from: &crate::support::Node, to: &crate::support::Node, object: &Value| {
        let signed = serde_json::to_value(from.keys().envelope(object.clone())).unwrap();
        let client = Client::node(to.partners, from);
        let answer = client.post(INBOX, json!({ "objects": [signed] }).to_string().as_bytes());
        let mut receipt = answer.objects()[0].clone();
        receipt["id"] = json!("");
        receipt["modified"] = json!("");
        receipt
    };
    let ask = |about: &str, more: Value| {
        let all = json!({ "kind": "consent", "asked_by_ref": world.us.identity(),
            "asked_of_ref": world.ec.identity(), "purpose": PURPOSE, "about_refs": [about],
            "consent_asked": { "consent_kind": "onward", "purpose": PURPOSE } });
        with(with(base("request", &world.us.identity()), all), more)
    };
    let (us, ec) = (&world.us, &world.ec);
    let unknown = post(us, ec, &ask(&format!("indicator--{}", Uuid::new_v4()), json!({})));
    assert_eq!(
        (&unknown["status"], &unknown["rule"]),
        (&json!("refused"), &json!("exchange.out-of-place"))
    );
    // Held and never released; held and released under another id.
    for about in World::originals().iter().take(20).chain([&chain.original]) {
        assert_eq!(post(us, ec, &ask(about, json!({}))), unknown, "{about}");
    }
    let other = json!({ "agreement_ref": chain.onward });
    assert_eq!(post(us, ec, &ask(&chain.twin, other)), unknown, "under an agreement of others");
    let other = json!({ "asked_of_ref": world.nl.identity() });
    assert_eq!(post(us, ec, &ask(&chain.twin, other)), unknown, "asked of another");
    let kind = post(us, ec, &ask(&chain.twin, json!({ "kind": "gossip" })));
    assert_eq!(kind["status"], "refused", "a kind that nobody knows");
    let kind = post(us, ec, &ask(&chain.twin, json!({ "kind": "information" })));
    assert_eq!(kind["status"], "taken", "another request, and no ask for consent");
    assert_eq!(post(us, ec, &ask(&chain.twin, json!({})))["status"], "taken");

    let consent = |covered: &str, more: Value| {
        let [us, nl] = [us, &world.nl].map(|node| node.keys().key_id().to_owned());
        let all = json!({ "addressee": us, "consent_kind": "onward", "decision": "granted",
            "covered_refs": [covered], "recipient_key_ids": [nl], "purposes": [PURPOSE],
            "valid_until": "2099-01-01T00:00:00Z" });
        with(with(base("consent", &world.ec.identity()), all), more)
    };
    let mine = "indicator--2b000000-0000-4000-8000-00000000000a";
    assert_eq!(post(ec, us, &consent(mine, json!({}))), unknown, "of what EC never released");
    let answers = json!({ "request_ref": format!("request--{}", Uuid::new_v4()) });
    assert_eq!(post(ec, us, &consent(&chain.twin, answers)), unknown, "to no ask of US");
    let future = json!({ "modified": "2098-01-01T00:00:00.000Z" });
    let future = post(ec, us, &consent(&chain.twin, future));
    assert_eq!(future["rule"], "exchange.future-dated");
    // NL cannot consent to what EC released, nor in EC's name.
    let by_nl = with(
        consent(&chain.twin, json!({})),
        json!({
        "created_by_ref": world.nl.identity(), "agreement_ref": chain.onward }),
    );
    assert_eq!(post(&world.nl, us, &by_nl), unknown);
    let in_name = post(&world.nl, us, &consent(&chain.twin, json!({})));
    assert_eq!(in_name["rule"], "exchange.not-the-originator");
    chain.withheld(&chain.twin, "no paper so far is a consent");

    for (more, why) in [
        (json!({ "valid_until": "2026-01-06T00:00:00Z" }), "expired"),
        (json!({ "purposes": ["prosecution"] }), "for another purpose"),
        (json!({ "recipient_key_ids": [world.stranger.keys().key_id()] }), "to another"),
        (json!({ "conditions": ["Only with our officer present"] }), "on conditions"),
    ] {
        assert_eq!(post(ec, us, &consent(&chain.twin, more))["status"], "taken", "{why}");
        chain.withheld(&chain.twin, why);
    }
    let at =
        json!({ "modified": "2026-01-05T11:00:00.000Z", "created": "2026-01-05T11:00:00.000Z" });
    assert_eq!(post(ec, us, &consent(&chain.twin, at))["status"], "taken");
    assert_ne!(chain.dry(&chain.twin)["verdict"], "withheld", "and now it is one");
}

#[test]
fn what_is_consented_to_a_class_goes_on_to_a_unit_that_vetting_found_to_be_of_it() {
    let chain = Chain::whole();
    let world = &chain.world;
    let terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
    let classes = "rule = \"classes\"\nclasses = [\"customs\"]";
    let advance = terms.replace("rule = \"with-consent\"", classes);
    assert_ne!(terms, advance);
    let file = world.home.path().join("classes.toml");
    fs::write(&file, advance).unwrap();
    let agreement = world.sign_with(&world.us, "US", &file);
    world.release_under(&agreement, &[&chain.original]);
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let client = world.us_by_certificate();
    let listed = client.get("/taxii2/node/collections/").json();
    let mut collections = listed["collections"].as_array().unwrap().iter();
    let other = collections.find(|c| c["id"] != world.collection.as_str()).unwrap();
    let path = super::world::in_collection(&text(&other["id"]), "objects/?match[type]=indicator");
    let twin = text(&client.get(&path).objects()[0]["id"]);
    let vet = |more: &[&str]| {
        let vet = ["partner", "vet", "NL", "--by", "Vetting office", "--until", "2099-12-31"];
        world.us.must(&[&vet[..], more].concat());
    };
    chain.withheld(&twin, "a unit of no class");
    vet(&["--class", "judicial-authorities"]);
    chain.withheld(&twin, "a unit of another class");
    vet(&["--class", "customs", "--class", "judicial-authorities"]);
    let line = chain.dry(&twin);
    assert_ne!(line["verdict"], "withheld", "{line}");
    vet(&[]);
    chain.withheld(&twin, "no longer of the class");
    let made_up = ["partner", "vet", "NL", "--by", "x", "--until", "2099-12-31", "--class"];
    let made_up = world.us.cli(&[&made_up[..], &["parties-of-agreement"]].concat());
    assert_eq!(made_up.code, 2, "no vetting makes a party: {}", made_up.text);
}

/// An observable has the id that its value makes: each agency that knows the value holds it under
/// the same one.
#[test]
fn what_we_know_ourselves_stays_ours_though_a_partner_sends_it_too_and_takes_it_back() {
    let world = World::new();
    let (ec, us, nl) = (&world.ec, &world.us, &world.nl);
    let case = scenario_json("ec/case-calamares.json");
    let mut objects = case["objects"].as_array().unwrap().iter();
    let mut account = objects.find(|o| o["type"] == "bank-account").unwrap().clone();
    account.as_object_mut().unwrap().remove("holder_ref");
    let id = text(&account["id"]);
    let file = world.home.path().join("account.json");
    fs::write(&file, account.to_string()).unwrap();
    us.must(&["import", "--marking", "amber", file.to_str().unwrap()]);
    nl.serve();
    let to_nl = world.sign_with(nl, "NL", &scenario("agreements/ec-us.toml"));
    world.release_under(&to_nl, &[&id]);
    let at_nl = || {
        let client = Client::node(ec.partners, nl);
        let listed = client.get("/taxii2/node/collections/").json();
        let collection = text(&listed["collections"][0]["id"]);
        let path = super::world::in_collection(&collection, "objects/?match[type]=bank-account");
        client.get(&path).objects()
    };
    let before = at_nl();
    assert_eq!(before.len(), 1, "released as our own");

    let ask = ["release", "--agreement", &world.agreement, "--purpose", PURPOSE, &id];
    let drafted = us.must_as("liaison-officer", &ask);
    let release = text(&drafted.summary()["id"]);
    us.must_as("approver", &["release", "approve", &release]);
    us.must_as("liaison-officer", &["release", "send", &release]);
    ec.must(&["partner", "sync", "US"]);
    ec.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let channels = ec.database().query_row(
        "SELECT count(DISTINCT channel) FROM object WHERE id = ?1",
        [&id],
        |row| row.get::<_, i64>(0),
    );
    assert_eq!(channels.unwrap(), 2, "both hold it under one id");
    let ask = ["release", "--agreement", &to_nl, "--purpose", PURPOSE, "--dry-run", &id];
    let dry = ec.must_as("liaison-officer", &ask);
    assert!(!dry.text.contains("private-third-agency"), "ours needs no consent: {}", dry.text);

    us.must_as("liaison-officer", &["recall", &id]);
    ec.must(&["partner", "sync", "US"]);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(at_nl(), before, "what we released ourselves is ours to recall");
}
