//! Plain collections with the real binary: the verbs, the listener of the pages, and that partners and
//! tools do not meet.

use serde_json::json;

use crate::exits::world::{NOWHERE, World, text};
use crate::support::{Client, PASSWORD, TAXII};

const NOTE: &str = r#"{"type":"note","spec_version":"2.1","id":"note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c11","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","content":"Zzyzxpuerto","object_refs":["identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"]}"#;

#[test]
fn a_partners_token_is_nobodys_here() {
    let world = World::new();
    let ec = &world.ec;
    let made = ec.must(&["collection", "create", "indicators"]);
    let id = text(&made.lines[0]["id"]);
    assert_eq!(made.lines[0], json!({ "id": id, "name": "indicators" }));
    ec.must(&["account", "create", "feeder", "--role", "tool", "--password", PASSWORD]);
    let tool = text(&ec.must(&["account", "token", "feeder"]).lines[0]["token"]);
    assert_eq!(ec.cli(&["collection", "grant", "indicators", "feeder"]).code, 2, "no right named");
    ec.must(&["collection", "grant", "indicators", "feeder", "--read", "--write"]);
    let collection = |id: &str, rest: &str| format!("/taxii2/node/collections/{id}/{rest}");
    let bearer =
        |token: &str| Client::plain(ec.pages).with("Authorization", &format!("Bearer {token}"));
    let feeder = bearer(&tool);
    let body = format!("{{\"objects\":[{NOTE}]}}");
    let typed = [("Content-Type", TAXII)];
    let added = feeder.send("POST", &collection(&id, "objects/"), &typed, body.as_bytes());
    assert_eq!((added.status, &added.json()["success_count"]), (202, &json!(1)));
    let whole = feeder.get(&collection(&id, "objects/"));
    assert_eq!(
        String::from_utf8(whole.body).unwrap(),
        format!("{{\"more\":false,\"objects\":[{NOTE}]}}")
    );

    // On the pages' listener a partner's token is like one that nobody made.
    let unknown = bearer("enl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").get("/taxii2/").alike();
    assert!(unknown.contains("taxii.unauthenticated"));
    let all =
        ["/taxii2/".to_owned(), collection(&id, "objects/"), collection(&world.collection, "")];
    for path in &all {
        assert_eq!(bearer(&world.token).get(path).alike(), unknown, "{path}");
    }
    // On the partners' listener a tool is nobody, and no partner finds the collection.
    let denied = Client::nobody(ec.partners).get("/taxii2/").alike();
    assert_eq!(Client::token(ec.partners, &tool).get(&collection(&id, "objects/")).alike(), denied);
    for partner in [world.us_by_token(), world.us_by_certificate()] {
        for rest in ["", "objects/", "manifest/"] {
            let hidden = partner.get(&collection(&id, rest));
            assert_eq!(hidden.status, 404);
            assert_eq!(hidden.alike(), partner.get(&collection(NOWHERE, rest)).alike());
        }
        let post = partner.send("POST", &collection(&id, "objects/"), &typed, body.as_bytes());
        assert_eq!(post.status, 404);
    }
    assert_eq!(feeder.get(&collection(&world.collection, "")).status, 404);

    let listed = ec.must(&["collection", "list"]);
    let line = &listed.lines[0];
    assert_eq!((&line["objects"], &line["versions"]), (&json!(1), &json!(1)));
    assert_eq!(line["grants"], json!([{ "account": "feeder", "read": true, "write": true }]));
    ec.must(&["collection", "grant", &id, "feeder", "--none"]);
    assert_eq!(feeder.get(&collection(&id, "")).status, 404, "at once, while serving");
    // What was read is logged when the node stops, and the log holds.
    ec.stop();
    let verified = ec.must(&["ledger", "verify"]);
    assert!(verified.results().all(|log| log["ok"] == true));
    let reads: i64 = ec
        .database()
        .query_row(
            "SELECT count(*) FROM log_entry WHERE CAST(record AS TEXT) LIKE '%\"plain-read\"%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(reads, 1);
    assert!(ec.must(&["search", "Zzyzxpuerto"]).results().next().is_none(), "no knowledge");
}
