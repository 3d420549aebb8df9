//! Who is cut off, expired or forged is nobody; what was changed on disk does not leave.

use serde_json::json;

use super::world::{NOWHERE, World, in_collection, text};
use crate::support::{Client, TAXII, scenario_json};

#[test]
fn a_token_reads_one_agreement_until_it_expires_and_nothing_else() {
    let world = World::new();
    world.release_report();
    let nobody = Client::nobody(world.ec.partners);
    let objects = world.at("objects/");
    let denied = nobody.get(&objects).alike();
    let with = |value: &str| nobody.clone().with("Authorization", value).get(&objects);

    let token = world.token.as_str();
    let basic = |name: &str, password: &str| {
        use base64::Engine as _;
        let pair = format!("{name}:{password}");
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    };
    let whole = with(&format!("Bearer {token}"));
    assert_eq!(whole.status, 200, "the token reads the collection of its agreement");
    for form in [format!("Token {token}"), format!("bearer {token}"), basic("any", token)] {
        assert_eq!(with(&form).alike(), whole.alike(), "each form of the header is the same");
    }
    let mut cut = token.to_owned();
    cut.pop();
    let flipped =
        format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { 'B' } else { 'A' });
    let account = text(&world.ec.must(&["account", "list"]).lines[0]["name"]);
    let staff = text(&world.ec.must(&["account", "token", &account]).lines[0]["token"]);
    let odd = [
        cut,
        flipped,
        token.to_uppercase(),
        format!("{token}A"),
        String::new(),
        "null".to_owned(),
        "0".repeat(token.len()),
        "%".to_owned(),
        staff.clone(),
    ];
    for forged in &odd {
        for form in [format!("Bearer {forged}"), format!("Token {forged}"), basic("US", forged)] {
            assert_eq!(with(&form).alike(), denied, "`{form}` is nobody's");
        }
    }
    for form in
        [token.to_owned(), format!("Digest {token}"), basic(token, ""), "Basic !".to_owned()]
    {
        assert_eq!(with(&form).alike(), denied, "`{form}` is no credential");
    }
    let in_query = nobody.get(&format!("{objects}?token={token}&access_token={token}"));
    assert_eq!(in_query.alike(), denied, "a token in the address does not count");
    the_token_is_no_account(&world, token);

    // A later agreement has its own collection and token; each token reads its own only.
    let first = world.collection.clone();
    world.sign("agreements/ec-us.toml");
    let other = Client::token(world.ec.partners, &world.new_token());
    let mine = other.get("/taxii2/node/collections/").json()["collections"].clone();
    assert_eq!(mine.as_array().map(Vec::len), Some(1), "a token lists its own agreement: {mine}");
    let second = text(&mine[0]["id"]);
    assert_ne!(second, first, "each agreement has a collection of its own");
    for rest in ["", "objects/", "manifest/"] {
        let [hidden, unknown] =
            [&first, NOWHERE].map(|id| other.get(&in_collection(id, rest)).alike());
        assert_eq!(hidden, unknown, "{rest}: the other agreement's collection is unknown");
    }
    let next = text(&world.us_by_certificate().get(&world.at("objects/?limit=1")).json()["next"]);
    let [theirs, made_up] = [next.as_str(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
        .map(|n| other.get(&in_collection(&second, &format!("objects/?next={n}"))).alike());
    assert_eq!(theirs, made_up, "a cursor of another collection is any wrong cursor");

    expire_tokens(&world);
    assert_eq!(world.us_by_token().get(&objects).alike(), denied, "an expired token is nobody's");
}

/// A partner's token does not act in our node, and no token but a partner's reads for partners.
fn the_token_is_no_account(world: &World, token: &str) {
    let dir = world.ec.dir.display().to_string();
    let key_id = world.us.keys().key_id().to_owned();
    for name in ["US", &key_id, "liaison-officer"] {
        let args = ["--node", &dir, "--json", "--as", name, "search", "Calamares"];
        let done = crate::support::run(&args, &[("ENLACE_TOKEN", token), ("ENLACE_PASSWORD", "")]);
        assert_eq!((done.code, done.text.as_str()), (1, ""), "a partner's token acts as {name}");
    }
}

fn expire_tokens(world: &World) {
    let db = world.ec.database();
    let changed = db.execute(
        "UPDATE record SET body = json_set(body, '$.expires_us', 1) WHERE bucket = 'token'",
        [],
    );
    assert!(changed.unwrap() >= 2, "tokens lie in the store");
}

#[test]
fn a_revoked_partner_is_a_stranger() {
    let world = World::new();
    world.release_report();
    let us = world.us_by_certificate();
    assert_eq!(us.get(&world.at("objects/")).status, 200, "US reads before it is revoked");
    world.ec.must(&["partner", "revoke", "US"]);

    let stranger = Client::node(world.ec.partners, &world.stranger);
    let nobody = Client::nobody(world.ec.partners);
    let body = br#"{"objects":[]}"#.as_slice();
    let requests = [
        ("GET", "/taxii2/".to_owned()),
        ("GET", "/taxii2/node/collections/".to_owned()),
        ("GET", world.at("")),
        ("GET", world.at("objects/")),
        ("GET", world.at("manifest/?limit=1")),
        ("POST", world.at("objects/")),
        ("GET", "/enlace/v1/log/checkpoint".to_owned()),
        ("GET", "/enlace/v1/log/tile/entries/000.p/1".to_owned()),
        ("POST", "/enlace/v1/log/cosign".to_owned()),
        ("POST", "/enlace/v1/inbox".to_owned()),
    ];
    for (method, path) in &requests {
        let ask = |client: &Client| client.send(method, path, &[("Accept", TAXII)], body).alike();
        let unknown = ask(&stranger);
        assert_eq!(ask(&us), unknown, "{method} {path}: the revoked certificate is a stranger's");
        assert_eq!(
            ask(&world.us_by_token()),
            ask(&nobody),
            "{method} {path}: the token is nobody's"
        );
        assert_eq!(unknown, ask(&nobody), "{method} {path}: a stranger is nobody");
    }
    // In the middle of a connection's life too: the key is looked up at each request.
    let synced = world.us.cli(&["partner", "sync", "EC"]);
    assert_eq!(synced.code, 1, "a revoked partner gets nothing more: {}", synced.text);
    let gone = world.ec.cli(&["partner", "sync", "US"]);
    assert_eq!(gone.code, 1, "and is asked nothing more: {}", gone.text);
    let token = world.ec.cli(&["partner", "token", "US"]);
    assert_ne!(token.code, 0, "no new token for a revoked partner: {}", token.text);
}

#[test]
fn a_row_that_was_changed_on_disk_does_not_leave() {
    let world = World::new();
    world.release_report();
    let us = world.us_by_token();
    let whole = us.get(&world.at("objects/"));
    let firearm = whole.objects().into_iter().find(|o| o["serial"] == "TXZ48213").unwrap();
    let id = text(&firearm["id"]);
    let db = world.ec.database();

    // One byte of the content, of the seal, of the agreement, of the retention.
    let sql = "SELECT body FROM member WHERE id = ?1";
    let body: String = db.query_row(sql, [&id], |row| row.get(0)).unwrap();
    let row: serde_json::Value = serde_json::from_str(&body).unwrap();
    let edit = |name: &str, value: serde_json::Value| {
        let mut row = row.clone();
        assert_ne!(row[name], value, "{name} is changed");
        row[name] = value;
        row.to_string()
    };
    let mut mac = text(&row["mac"]);
    mac.replace_range(0..1, if mac.starts_with('0') { "1" } else { "0" });
    let later = row["expires_us"].as_i64().unwrap() + 1;
    let other_bytes = text(&row["bytes"]).replace("TXZ48213", "TXZ48214");
    let changed = [
        ("content", edit("bytes", json!(other_bytes))),
        ("seal", edit("mac", json!(mac))),
        ("no seal", edit("mac", json!(""))),
        ("agreement", edit("agreement", json!(format!("agreement--{NOWHERE}")))),
        ("partner", edit("partner", json!(world.nl.keys().key_id()))),
        ("retention", edit("expires_us", json!(later))),
        ("no row", "{}".to_owned()),
        ("plain object", firearm.to_string()),
    ];
    let set = |body: &str| {
        let done = db.execute("UPDATE member SET body = ?2 WHERE id = ?1", [id.as_str(), body]);
        assert_eq!(done.unwrap(), 1, "the row is written");
    };
    let one = world.at(&format!("objects/{id}/"));
    for (what, body) in &changed {
        set(body);
        let all = world.at("objects/?match[version]=all");
        let versions = format!("{one}versions/");
        for path in [world.at("objects/"), all, world.at("manifest/"), one.clone(), versions] {
            let answer = us.get(&path);
            let there = answer.objects().iter().any(|o| o["id"] == id.as_str());
            let listed = answer.json()["versions"].as_array().is_some_and(|v| !v.is_empty());
            assert!(!there && !listed, "{what} changed, and yet {path} serves the row");
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains("TXZ48214"), "{path} serves what somebody wrote into the row");
        }
        let unknown = world.at("objects/firearm--2f5c8bb0-9c39-4d3d-8d1f-0a4f6ec0a001/");
        let [closed, unknown] = [&one, &unknown].map(|path| us.get(path).alike());
        assert_eq!(closed, unknown, "{what}: what stays closed is like what is not there");
        let rest = us.get(&world.at("objects/")).objects().len();
        assert_eq!(rest, whole.objects().len() - 1, "{what}: the other rows are served");
    }
    set(&body);
    assert_eq!(us.get(&world.at("objects/")).alike(), whole.alike(), "whole again, served again");
    let log = world.ec.log();
    assert!(log.contains("sealed row stays closed"), "the operator is told");
    assert!(!log.contains("TXZ48213"), "and not with the content");
}

#[test]
fn a_token_lives_as_long_as_it_was_given_and_ends_alone() {
    let world = World::new();
    world.release_report();
    let ec = &world.ec;
    let made = |args: &[&str]| {
        let done = ec.must(&[&["partner", "token", "US"], args].concat());
        text(&done.lines[0]["token"])
    };
    let (stays, goes) = (made(&["--days", "30"]), made(&["--days", "1"]));
    let reads = |token: &str| Client::token(ec.partners, token).get(&world.at("objects/")).status;
    assert_eq!((reads(&stays), reads(&goes)), (200, 200));
    let listed = ec.must(&["partner", "token", "US", "--list"]);
    assert_eq!(listed.summary()["tokens"], 3, "{}", listed.text);
    for token in [&stays, &goes] {
        assert!(!listed.text.contains(token.as_str()), "a list shows no token");
        assert!(listed.text.contains(&token[..10]), "but how it begins: {}", listed.text);
    }
    for (wrong, what) in [("enl_", "too short"), ("enl_ZZZZZZ", "nobody's"), ("", "empty")] {
        let done = ec.cli(&["partner", "token", "US", "--revoke", wrong]);
        assert_eq!(done.code, 2, "{what}: {}", done.text);
        assert!(done.errors.contains("token.unknown"), "{what}: {}", done.errors);
    }
    let other = ec.cli(&["partner", "token", "NL", "--revoke", &goes]);
    assert_eq!(other.code, 2, "a token of another partner: {}", other.text);
    ec.must(&["partner", "token", "US", "--revoke", &goes[..10]]);
    assert_eq!((reads(&stays), reads(&goes)), (200, 401), "at once, and it alone");
    ec.must(&["partner", "token", "US", "--revoke", &stays]);
    assert_eq!((reads(&stays), reads(&world.token)), (401, 200), "named by the whole token");
    let days = ec.cli(&["partner", "token", "US", "--days", "366"]);
    assert!(days.errors.contains("token.days"), "{}", days.errors);
}

#[test]
fn nothing_moves_to_or_from_a_partner_that_was_cut_off() {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    world.us.stop();
    let ec = &world.ec;
    let objects = scenario_json("expected.json")["release"]["objects"].clone();
    let pistol = objects.as_array().unwrap().iter().find(|o| o["key"] == "pistol").unwrap();
    let pistol = text(&pistol["object"]);
    let held = world.us.must(&["stats"]).lines[0]["objects"].clone();
    let cut = world.us.must(&["partner", "revoke", "EC"]);
    assert_eq!(cut.summary()["messages"], 1, "the receipt never leaves: {}", cut.text);
    let cut = ec.must(&["partner", "revoke", "US"]);
    assert_eq!(cut.summary()["tokens"], 1, "{}", cut.text);
    let shown = ec.must(&["agreement", "show", &world.agreement]);
    assert_eq!(shown.lines[0]["state"], "suspended", "{}", shown.text);
    let listed = ec.must(&["agreement", "show"]);
    assert_eq!(listed.lines[0]["state"], "suspended", "{}", listed.text);
    let ask = ["release", "--agreement", &world.agreement, "--purpose", "firearms-tracing"];
    for extra in [&["--dry-run", &pistol][..], &[&pistol]] {
        let done = ec.cli_as(Some("liaison-officer"), &[&ask[..], extra].concat());
        assert_eq!(done.code, 1, "{}", done.text);
        assert!(done.errors.contains("cut off"), "{}", done.errors);
    }
    // Stopping always works: what was released is still withdrawn.
    ec.must_as("liaison-officer", &["recall", &pistol]);
    assert_eq!(world.us.must(&["stats"]).lines[0]["objects"], held, "what is held stays");
    let list = ec.must(&["partner", "list"]);
    let us = list.results().find(|l| l["country"] == "US").unwrap().clone();
    assert_eq!(us["revoked"], true, "{us}");
}
