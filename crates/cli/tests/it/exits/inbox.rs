//! What a partner posts: signed by it, about itself, and answered by what it sent alone.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::canary::{Searcher, withheld};
use super::world::{World, text};
use crate::support::{Answer, Client, Node, scenario_json};

const INBOX: &str = "/enlace/v1/inbox";

#[test]
fn the_inbox_answers_by_what_the_partner_sent_and_nothing_else() {
    let world = World::new();
    world.release_report();
    // Recalled before US asked for anything: US is told of no recall.
    let account = original("account");
    world.ec.must_as("liaison-officer", &["recall", &account]);
    let released = world.ec.must_as("liaison-officer", &["release", "list"]);
    let us = Us {
        client: world.us_by_certificate(),
        keys: &world.us,
        identity: world.us.identity(),
        agreement: world.agreement.clone(),
        record: text(&released.lines[0]["record"]),
    };

    a_recall_that_was_not_told_is_like_none(&us, &account);
    only_the_certificate_may_post(&world, &us);
    a_paper_is_taken_once(&world, &us);
    versions_are_judged_by_what_the_partner_sent(&world, &us);
    what_is_not_the_partners_own_is_refused(&world, &us);
    answers_do_not_depend_on_what_is_held(&world, &us);
    one_bad_object_does_not_stop_the_others(&world, &us);
    the_double_of_an_agreement_does_not_block_it(&world, &us);
    hostile_json_is_refused_in_order(&world, &us);
}

#[test]
fn receipts_of_a_partner_are_kept_up_to_a_bound_for_each_release() {
    let world = World::new();
    let send = |object: &str| text(&world.release(&[object])["record"]);
    let (first, second) = (send(&original("posorja")), send(&original("account")));
    let us = |record: String| Us {
        client: world.us_by_certificate(),
        keys: &world.us,
        identity: world.us.identity(),
        agreement: world.agreement.clone(),
        record,
    };
    let entries = || -> i64 {
        let sql = "SELECT sum(size) FROM log";
        world.ec.database().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let one = us(first);
    let many: Vec<Value> = (0..60).map(|_| one.signed(&one.receipt(json!({})))).collect();
    let found: Vec<Receipt> = one.post(&many).objects().iter().map(Receipt::of).collect();
    let taken = found.iter().filter(|r| **r == Receipt::status("taken")).count();
    assert_eq!(taken, 50, "{found:?}");
    let enough = Receipt::refused("exchange.answered-enough");
    assert!(found[50..].iter().all(|r| *r == enough), "{found:?}");
    let before = entries();
    assert_eq!(one.says(&one.receipt(json!({}))), enough);
    assert_eq!(entries(), before, "what is too many is in no log");
    assert_eq!(Receipt::only(&one.post(&many[..1])), Receipt::status("known"), "the same again");
    let other = us(second);
    assert_eq!(other.says(&other.receipt(json!({}))), Receipt::status("taken"), "of another");
}

/// The id of an object of the case by its key in `expected.json`.
fn original(key: &str) -> String {
    let objects = scenario_json("expected.json")["release"]["objects"].clone();
    let found = objects.as_array().unwrap().iter().find(|o| o["key"] == key).unwrap().clone();
    text(&found["object"])
}

/// US with its own keys, saying what its software never would.
struct Us<'a> {
    client: Client,
    keys: &'a Node,
    identity: String,
    /// The agreement with EC.
    agreement: String,
    /// The release-record of what EC released.
    record: String,
}

impl Us<'_> {
    /// An object of a type of ours, by US unless `values` says otherwise.
    fn object(&self, kind: &str, values: Value) -> Value {
        let definition = enlace_stix::types::definition_id(kind);
        let mut object = json!({
            "type": kind,
            "spec_version": "2.1",
            "id": format!("{kind}--{}", Uuid::new_v4()),
            "created": "2026-01-05T10:00:00.000Z",
            "modified": "2026-01-05T10:00:00.000Z",
            "created_by_ref": self.identity,
            "extensions": { definition: { "extension_type": "new-sdo" } },
        });
        let Value::Object(values) = values else { panic!("values are a dictionary") };
        object.as_object_mut().unwrap().extend(values);
        object
    }

    fn receipt(&self, values: Value) -> Value {
        let sha256 = "0".repeat(64);
        let received = json!([{ "id": format!("note--{}", Uuid::new_v4()), "sha256": sha256 }]);
        let mut all = json!({
            "agreement_ref": self.agreement,
            "record_ref": self.record,
            "received": received,
        });
        let Value::Object(values) = values else { panic!("values are a dictionary") };
        all.as_object_mut().unwrap().extend(values);
        self.object("receipt", all)
    }

    fn signature(&self, values: Value) -> Value {
        let mut all = json!({
            "agreement_ref": format!("agreement--{}", Uuid::new_v4()),
            "agreement_modified": "2026-01-05T10:00:00.000Z",
            "sha256": "0".repeat(64),
            "key_id": self.keys.keys().key_id(),
            "value": "A".repeat(86),
        });
        let Value::Object(values) = values else { panic!("values are a dictionary") };
        all.as_object_mut().unwrap().extend(values);
        self.object("agreement-signature", all)
    }

    fn answer_to_recall(&self, values: Value) -> Value {
        let mut all =
            json!({ "object_ref": format!("note--{}", Uuid::new_v4()), "outcome": "purged" });
        let Value::Object(values) = values else { panic!("values are a dictionary") };
        all.as_object_mut().unwrap().extend(values);
        self.object("recall-answer", all)
    }

    fn signed(&self, object: &Value) -> Value {
        signed_by(self.keys, object)
    }

    /// Posts items as they are.
    fn post(&self, items: &[Value]) -> Answer {
        self.client.post(INBOX, json!({ "objects": items }).to_string().as_bytes())
    }

    /// Signs, posts, gives the one receipt.
    fn says(&self, object: &Value) -> Receipt {
        Receipt::only(&self.post(&[self.signed(object)]))
    }
}

fn signed_by(node: &Node, object: &Value) -> Value {
    serde_json::to_value(node.keys().envelope(object.clone())).unwrap()
}

/// Status and rule of the one object of an answer.
#[derive(Debug, PartialEq)]
struct Receipt {
    status: String,
    rule: String,
}

impl Receipt {
    fn only(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.alike());
        let objects = answer.objects();
        assert_eq!(objects.len(), 1, "one answer an object: {}", answer.alike());
        Self::of(&objects[0])
    }

    fn of(found: &Value) -> Self {
        let rule = found["rule"].as_str().unwrap_or_default().to_owned();
        Self { status: text(&found["status"]), rule }
    }

    fn refused(rule: &str) -> Self {
        Self { status: "refused".to_owned(), rule: rule.to_owned() }
    }

    fn status(status: &str) -> Self {
        Self { status: status.to_owned(), rule: String::new() }
    }
}

/// The id of an account is made of its number, so it can be guessed by one who never received it.
fn a_recall_that_was_not_told_is_like_none(us: &Us<'_>, account: &str) {
    let guess = us.answer_to_recall(json!({ "object_ref": account }));
    let made_up = us.answer_to_recall(json!({}));
    let found = us.says(&guess);
    assert_eq!(found, us.says(&made_up), "the inbox tells what was recalled before it was fetched");
    assert_eq!(found.status, "refused");
}

fn only_the_certificate_may_post(world: &World, us: &Us<'_>) {
    let body = json!({ "objects": [us.signed(&us.receipt(json!({})))] }).to_string();
    let post = |client: &Client| client.post(INBOX, body.as_bytes());
    let nobody = post(&Client::nobody(world.ec.partners));
    assert_eq!(nobody.status, 401, "without a certificate nothing is posted");
    let stranger = Client::node(world.ec.partners, &world.stranger);
    for (who, client) in [("a token", world.us_by_token()), ("a foreign certificate", stranger)] {
        assert_eq!(post(&client).alike(), nobody.alike(), "{who} posts like nobody");
    }
    // NL is pinned, but these are not its words.
    let nl = Client::node(world.ec.partners, &world.nl);
    let found = Receipt::only(&post(&nl));
    assert_eq!(found, Receipt::refused("exchange.bad-signature"), "NL cannot post for US");
}

fn a_paper_is_taken_once(world: &World, us: &Us<'_>) {
    let receipt = us.receipt(json!({}));
    assert_eq!(us.says(&receipt), Receipt::status("taken"), "a signed paper is taken");
    let entries = || -> i64 {
        let sql = "SELECT sum(size) FROM log";
        world.ec.database().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let before = entries();
    for _ in 0..2 {
        assert_eq!(us.says(&receipt), Receipt::status("known"), "the same again is known");
    }
    assert_eq!(entries(), before, "and is no new act in any log");
    let mut other = receipt.clone();
    other["received"][0]["sha256"] = json!("1".repeat(64));
    assert_eq!(
        us.says(&other),
        Receipt::refused("stix.version.conflict"),
        "other content under the same id and time is refused"
    );
    let aside = || -> (i64, i64) {
        let count = "SELECT count(*) FROM quarantine WHERE object_id = ?1";
        let id = receipt["id"].as_str().unwrap();
        let db = world.ec.database();
        (db.query_row(count, [id], |row| row.get(0)).unwrap(), entries())
    };
    let told = aside();
    assert_eq!(told.0, 1, "and set aside");
    assert_eq!(us.says(&other), Receipt::refused("stix.version.conflict"));
    assert_eq!(aside(), told, "once: the same again is no new act");
    let mut later = other;
    later["modified"] = json!("2026-01-05T11:00:00.000Z");
    assert_eq!(us.says(&later), Receipt::status("taken"), "a later version is taken");
    let mut moved = later;
    moved["modified"] = json!("2026-01-05T12:00:00.000Z");
    moved["created"] = json!("2026-01-05T09:00:00.000Z");
    assert_eq!(us.says(&moved), Receipt::refused("stix.version.other-created"));
    let revoked = us.receipt(json!({ "modified": "2026-01-05T11:00:00.000Z", "revoked": true }));
    assert_eq!(us.says(&revoked), Receipt::status("taken"));
    let mut after = revoked;
    after["modified"] = json!("2026-01-05T12:00:00.000Z");
    after["revoked"] = json!(false);
    assert_eq!(us.says(&after), Receipt::refused("stix.version.after-revocation"));
}

/// The same papers, once under an id that EC holds from elsewhere and once under a new one.
fn versions_are_judged_by_what_the_partner_sent(world: &World, us: &Us<'_>) {
    let held = us.receipt(json!({}));
    let mut elsewhere = held.clone();
    elsewhere["created_by_ref"] = json!("identity--8c1e2f3a-0d6a-4b1e-9a2f-5c7d8e9f0a1b");
    elsewhere["created"] = json!("2026-01-01T10:00:00.000Z");
    elsewhere["revoked"] = json!(true);
    let mut conflict = elsewhere.clone();
    conflict["modified"] = json!("2026-01-01T10:00:00.000Z");
    let file = world.home.path().join("elsewhere.json");
    std::fs::write(&file, json!([elsewhere, conflict]).to_string()).unwrap();
    let imported = world.ec.cli(&["import", file.to_str().unwrap()]);
    assert_eq!(imported.summary()["new"], 2, "{}", imported.text);

    let mut new = held.clone();
    new["id"] = json!(format!("receipt--{}", Uuid::new_v4()));
    let papers = |first: &Value| {
        let at = |hour: u32, values: Value| {
            let mut paper = first.clone();
            paper["modified"] = json!(format!("2026-01-05T{hour}:00:00.000Z"));
            paper.as_object_mut().unwrap().extend(values.as_object().unwrap().clone());
            paper
        };
        vec![
            at(11, json!({})),
            at(11, json!({})),
            at(11, json!({ "agreement_ref": us.agreement, "labels": ["other"] })),
            at(10, json!({})),
            at(13, json!({ "created": "2026-01-05T09:00:00.000Z" })),
            at(12, json!({ "revoked": true })),
            at(14, json!({})),
        ]
    };
    let answers = |first: &Value| -> Vec<String> {
        let say = |paper: &Value| us.post(&[us.signed(paper)]).alike();
        let id = first["id"].as_str().unwrap();
        papers(first).iter().map(|paper| say(paper).replace(id, "ID")).collect()
    };
    let (one, other) = (answers(&held), answers(&new));
    assert_eq!(one, other, "byte for byte, but for the id that was sent");
    let words =
        ["taken", "known", "conflict", "taken", "other-created", "taken", "after-revocation"];
    for (answer, word) in one.iter().zip(words) {
        assert!(answer.contains(word), "{word}: {answer}");
    }
}

fn what_is_not_the_partners_own_is_refused(world: &World, us: &Us<'_>) {
    let receipt = us.receipt(json!({}));
    let signed = us.signed(&receipt);
    let bad = Receipt::refused("exchange.bad-signature");
    let mut changed = signed.clone();
    changed["object"]["created"] = json!("2026-01-04T10:00:00.000Z");
    assert_eq!(Receipt::only(&us.post(&[changed])), bad, "changed after signing");
    let mut other = signed.clone();
    other["signature"]["value"] = us.signed(&us.receipt(json!({})))["signature"]["value"].clone();
    assert_eq!(Receipt::only(&us.post(&[other])), bad, "the signature of another object");
    let mut key = signed.clone();
    key["signature"]["key_id"] = json!(world.nl.keys().key_id());
    assert_eq!(Receipt::only(&us.post(&[key])), bad, "a signature in another's name");
    for (value, what) in [("none", "algorithm none"), ("HMAC", "another algorithm")] {
        let mut alg = signed.clone();
        alg["signature"]["alg"] = json!(value);
        assert_eq!(Receipt::only(&us.post(&[alg])), bad, "{what}");
    }
    let by_nl = signed_by(&world.nl, &receipt);
    assert_eq!(Receipt::only(&us.post(&[by_nl])), bad, "signed by another partner");
    let unsigned = Receipt::refused("exchange.not-signed");
    assert_eq!(Receipt::only(&us.post(std::slice::from_ref(&receipt))), unsigned, "not signed");
    assert_eq!(Receipt::only(&us.post(&[json!({ "object": receipt })])), unsigned, "not signed");

    for who in [world.ec.identity(), world.nl.identity()] {
        assert_eq!(
            us.says(&us.receipt(json!({ "created_by_ref": who }))),
            Receipt::refused("exchange.not-the-originator"),
            "in the name of somebody else"
        );
    }
    let mut nameless = us.receipt(json!({}));
    nameless.as_object_mut().unwrap().remove("created_by_ref");
    let refused = us.says(&nameless);
    assert_eq!(refused.status, "refused", "by nobody: {refused:?}");

    let not_taken = Receipt::refused("exchange.type-not-taken");
    let case = scenario_json("us/case-biscayne.json");
    for object in case["objects"].as_array().unwrap() {
        let mut object = object.clone();
        object["created_by_ref"] = json!(us.identity);
        assert_eq!(us.says(&object), not_taken, "objects are pulled, not pushed: {object}");
    }
    for kind in ["release-record", "firearm"] {
        let object = us.object(kind, json!({}));
        assert_eq!(us.says(&object), not_taken, "{kind} is not taken by the inbox");
    }
}

/// The same paper, once about a thing that EC holds and once about one it does not: same answer.
fn answers_do_not_depend_on_what_is_held(world: &World, us: &Us<'_>) {
    let record = us.record.as_str();
    let listed = world.ec.must_as("liaison-officer", &["agreement", "show", &world.agreement]);
    assert_eq!(listed.lines[0]["state"], "active", "the agreement is in force");
    let signature_of_ec: String = world
        .ec
        .database()
        .query_row(
            "SELECT id FROM object WHERE kind = 'agreement-signature' AND channel = 'own'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let held = |kind: &str| -> String {
        let sql = "SELECT id FROM object WHERE kind = ?1 LIMIT 1";
        world.ec.database().query_row(sql, [kind], |row| row.get(0)).unwrap()
    };
    let twin = world.twins().swap_remove(0);
    let original = World::originals().swap_remove(0);
    let unknown = |id: &str| {
        let kind = id.split("--").next().unwrap();
        format!("{kind}--{}", Uuid::new_v4())
    };
    let pairs: Vec<(&str, Value, Value)> = vec![
        (
            "an id under which EC holds a paper of its own",
            us.signature(json!({ "id": signature_of_ec })),
            us.signature(json!({ "id": unknown(&signature_of_ec) })),
        ),
        (
            "a signature for an agreement that EC has",
            us.signature(json!({ "agreement_ref": world.agreement })),
            us.signature(json!({ "agreement_ref": unknown(&world.agreement) })),
        ),
        (
            "an answer about a twin",
            us.answer_to_recall(json!({ "object_ref": twin })),
            us.answer_to_recall(json!({ "object_ref": unknown(&twin) })),
        ),
        (
            "an answer about an original",
            us.answer_to_recall(json!({ "object_ref": original })),
            us.answer_to_recall(json!({ "object_ref": unknown(&original) })),
        ),
        (
            "an object under an id of EC's case",
            us.object("firearm", json!({ "id": held("firearm") })),
            us.object("firearm", json!({ "id": unknown("firearm--x") })),
        ),
    ];
    let nl = Us {
        client: Client::node(world.ec.partners, &world.nl),
        keys: &world.nl,
        identity: world.nl.identity(),
        agreement: us.agreement.clone(),
        record: us.record.clone(),
    };
    let as_nl = |object: &Value| {
        let mut object = object.clone();
        object["created_by_ref"] = json!(nl.identity);
        object
    };
    let searcher = Searcher::new(withheld());
    for (what, real, made_up) in pairs {
        assert_eq!(us.says(&real), us.says(&made_up), "US: {what}, or made up");
        assert_eq!(us.says(&real), us.says(&made_up), "US, again: {what}, or made up");
        assert_eq!(nl.says(&as_nl(&real)), nl.says(&as_nl(&made_up)), "NL: {what}, or made up");
    }
    // What EC released to US is nothing to NL.
    let unknown = unknown(record);
    let [real, made_up] = [record, &unknown].map(|r| nl.receipt(json!({ "record_ref": r })));
    assert_eq!(nl.says(&real), nl.says(&made_up), "NL: a receipt for a release to US, or made up");
    assert_eq!(nl.says(&real).status, "refused");
    // Headers and everything but the id that was sent are the same too.
    let [x, y] = [&real, &made_up].map(|object| {
        let answer = nl.post(&[nl.signed(object)]);
        assert!(searcher.search("inbox", &answer.bytes()).is_empty(), "an answer shows EC's data");
        answer.alike().replace(object["id"].as_str().unwrap(), "ID")
    });
    assert_eq!(x, y, "byte for byte, but for the id that was sent");

    let shown = world.ec.must_as("liaison-officer", &["agreement", "show", &world.agreement]);
    assert_eq!(shown.lines[0]["state"], "active", "no paper of a partner ends an agreement");
}

fn one_bad_object_does_not_stop_the_others(world: &World, us: &Us<'_>) {
    let (first, last) = (us.receipt(json!({})), us.receipt(json!({})));
    let bad = us.object("firearm", json!({}));
    let items = [us.signed(&first), us.signed(&bad), json!(17), us.signed(&last)];
    let answer = us.post(&items);
    let found: Vec<Receipt> = answer.objects().iter().map(Receipt::of).collect();
    let wanted = [
        Receipt::status("taken"),
        Receipt::refused("exchange.type-not-taken"),
        Receipt::refused("exchange.not-signed"),
        Receipt::status("taken"),
    ];
    assert_eq!(found, wanted, "one answer an object, in order");
    for object in [&first, &last] {
        let kept: i64 = world
            .ec
            .database()
            .query_row("SELECT count(*) FROM object WHERE id = ?1", [object["id"].as_str()], |r| {
                r.get(0)
            })
            .unwrap();
        assert_eq!(kept, 1, "what was answered `taken` is kept");
    }
}

/// US posts the agreement that EC drafted once more, as if it had drafted it itself.
fn the_double_of_an_agreement_does_not_block_it(world: &World, us: &Us<'_>) {
    let raw: String = world
        .ec
        .database()
        .query_row("SELECT raw FROM object WHERE id = ?1", [&world.agreement], |row| row.get(0))
        .unwrap();
    let mut double: Value = serde_json::from_str(&raw).unwrap();
    double["created_by_ref"] = json!(us.identity);
    double["modified"] = json!("2026-12-24T00:00:00.000Z");
    let found = us.says(&double);
    let shown = world.ec.cli_as(Some("liaison-officer"), &["agreement", "show", &world.agreement]);
    let state = &shown.lines.first().map_or(Value::Null, |l| l["state"].clone());
    assert_eq!(state, "active", "a double ({found:?}) blocks the agreement: {}", shown.errors);
    let ask = ["release", "--agreement", &world.agreement, "--dry-run", &original("posorja")];
    let dry = world.ec.cli_as(Some("liaison-officer"), &ask);
    assert_eq!(dry.code, 0, "a double blocks releases: {}", dry.errors);
}

fn hostile_json_is_refused_in_order(world: &World, us: &Us<'_>) {
    let deep = format!("{{\"objects\":[{}{}]}}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = "{\"objects\":[],\"objects\":[{}]}";
    let wide: Map<String, Value> = (0..20_000).map(|i| (format!("x_{i}"), json!(i))).collect();
    let bodies: [Vec<u8>; 6] = [
        deep.into_bytes(),
        twice.into(),
        b"\xff\xfe{\"objects\":[]}".to_vec(),
        json!({ "objects": us.identity }).to_string().into_bytes(),
        b"{\"objects\":[1e999]}".to_vec(),
        b"{\"objects\":[\"\\ud800\"]}".to_vec(),
    ];
    for body in &bodies {
        let answer = us.client.post(INBOX, body);
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert!((400..500).contains(&answer.status), "{start}: {}", answer.alike());
    }
    let found = us.says(&us.receipt(Value::Object(wide)));
    assert!(["taken", "refused"].contains(&found.status.as_str()), "{found:?}");
    let id = format!("receipt--{}", "x".repeat(10_000));
    assert_eq!(us.says(&us.receipt(json!({ "id": id }))).status, "refused", "an endless id");
    let log = world.ec.log();
    assert!(!log.contains("panic"), "nothing that is sent brings the node down: {log}");
    assert_eq!(Client::nobody(world.ec.partners).get("/healthz").status, 200, "still up");
}
