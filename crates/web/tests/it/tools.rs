//! Plain collections: our own tools by TAXII on the pages' listener, through the node to its store.

use axum::Router;
use axum::body::{Body, to_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use enlace_node::{Actor, Grant, Role};
use enlace_taxii::MEDIA_TYPE;
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::site::{PASSWORD, Site};

pub const NOTE: &str = "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c11";
pub const FIRST: &str = "2026-01-01T00:00:00.000Z";
const SECOND: &str = "2026-01-02T00:00:00.000Z";
const ADDRESS: &str = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4";

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn ids(&self) -> Vec<String> {
        let json = self.json();
        let objects = json["objects"].as_array().cloned().unwrap_or_default();
        objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// A program with its credential.
#[derive(Clone)]
pub struct Client {
    router: Router,
    authorization: String,
}

impl Client {
    pub fn with(site: &Site, authorization: &str) -> Self {
        Self { router: site.router.clone(), authorization: authorization.to_owned() }
    }

    pub async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &self.authorization)
            .header("accept", MEDIA_TYPE)
            .header("content-type", MEDIA_TYPE);
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub async fn post(&self, collection: &str, objects: &[String]) -> Answer {
        let body = format!("{{\"objects\":[{}]}}", objects.join(","));
        self.send("POST", &objects_of(collection, ""), body).await
    }
}

pub fn objects_of(collection: &str, rest: &str) -> String {
    format!("/taxii2/node/collections/{collection}/objects/{rest}")
}

pub fn note(id: &str, modified: &str, content: &str) -> String {
    json!({
        "type": "note", "spec_version": "2.1", "id": id, "created": FIRST, "modified": modified,
        "content": content, "object_refs": ["identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"],
    })
    .to_string()
}

fn address(more: &str) -> String {
    format!(r#"{{"type":"ipv4-addr","id":"{ADDRESS}","value":"198.51.100.3"{more}}}"#)
}

pub async fn tool(site: &Site, name: &str) -> Client {
    site.account(name, Role::Tool).await;
    let token = site.node.account_token(&Actor::console(), name).await.unwrap();
    Client::with(site, &format!("Bearer {}", token.expose()))
}

pub async fn grant(site: &Site, collection: &str, account: &str, read: bool, write: bool) {
    let console = Actor::console();
    site.node.plain_grant(&console, collection, account, Grant { read, write }).await.unwrap();
}

pub async fn collection(site: &Site, name: &str) -> String {
    site.node.plain_create(&Actor::console(), name).await.unwrap()
}

fn counts(status: &Value) -> [u64; 3] {
    ["success_count", "failure_count", "pending_count"].map(|name| status[name].as_u64().unwrap())
}

/// The acts with plain collections.
async fn acts(site: &Site) -> Vec<String> {
    let text = |act: &Value| act.as_str().unwrap().to_owned();
    let all = site.acts().await.into_iter().map(|fields| text(&fields["act"]));
    all.filter(|act| act.starts_with("plain-")).collect()
}

#[tokio::test]
async fn rights_are_by_account_and_collection_and_end_at_once() {
    let site = Site::new("UNE", "EC").await;
    let (indicators, ports) =
        (collection(&site, "indicators").await, collection(&site, "ports").await);
    let (maker, reader) = (tool(&site, "maker").await, tool(&site, "reader").await);
    grant(&site, "indicators", "maker", true, true).await;
    grant(&site, &indicators, "reader", true, false).await;
    let sent = [note(NOTE, FIRST, "seen in the port")];
    assert_eq!(maker.post(&indicators, &sent).await.status, 202);
    let one = objects_of(&indicators, &format!("{NOTE}/"));
    let listed = reader.get("/taxii2/node/collections/").await.json();
    let shown = json!([{
        "id": indicators, "title": "indicators", "can_read": true, "can_write": false,
        "media_types": ["application/stix+json;version=2.1"],
    }]);
    assert_eq!(listed["collections"], shown);
    assert_eq!(reader.get(&one).await.ids(), [NOTE]);
    assert_eq!(reader.post(&indicators, &sent).await.status, 403);
    assert_eq!(reader.send("DELETE", &one, "").await.status, 403);
    // The other collection is like one that does not exist.
    let none = "00000000-0000-4000-8000-000000000000";
    for rest in ["", "manifest/", "objects/", &format!("objects/{NOTE}/")] {
        for (method, body) in [("GET", ""), ("POST", "{"), ("DELETE", "")] {
            let path = |id: &str| format!("/taxii2/node/collections/{id}/{rest}");
            let hidden = maker.send(method, &path(&ports), body).await;
            let unknown = maker.send(method, &path(none), body).await;
            assert!([404, 405].contains(&hidden.status), "{method} {rest}");
            assert_eq!((&hidden.headers, &hidden.text), (&unknown.headers, &unknown.text));
        }
    }
    // Neither right is left: the collection is gone for this account, with its next request.
    grant(&site, &indicators, "reader", false, true).await;
    assert_eq!(reader.get(&one).await.status, 403);
    assert_eq!(reader.post(&indicators, &[]).await.status, 202);
    grant(&site, &indicators, "reader", false, false).await;
    assert_eq!(reader.get(&one).await.status, 404);
    assert_eq!(reader.get("/taxii2/node/collections/").await.text, "{}");
}

#[tokio::test]
async fn what_is_remembered_of_a_reader_ends_with_the_right_the_account_and_the_token() {
    let site = Site::new("UNE", "EC").await;
    let console = Actor::console();
    let id = collection(&site, "indicators").await;
    let (maker, reader) = (tool(&site, "maker").await, tool(&site, "reader").await);
    grant(&site, "indicators", "maker", true, true).await;
    assert_eq!(maker.post(&id, &[note(NOTE, FIRST, "seen in the port")]).await.status, 202);
    let one = objects_of(&id, &format!("{NOTE}/"));
    let other = objects_of(&id, "note--00000000-0000-4000-8000-000000000000/");
    // Seen, and remembered, before each end.
    let seen = async || {
        grant(&site, "indicators", "reader", true, false).await;
        for _ in 0..3 {
            assert_eq!(reader.get(&one).await.ids(), [NOTE]);
            assert_eq!(reader.get(&other).await.status, 404);
            assert_eq!(reader.get(&format!("{one}?limit=x")).await.status, 400);
            assert_eq!(reader.send("HEAD", &one, "").await.status, 200);
        }
    };
    seen().await;
    grant(&site, "indicators", "reader", false, true).await;
    for path in [&one, &other] {
        assert_eq!(reader.get(path).await.status, 403);
    }
    seen().await;
    grant(&site, "indicators", "reader", false, false).await;
    let (hidden, unknown) = (reader.get(&one).await, reader.get(&other).await);
    assert_eq!((hidden.status, &hidden.headers), (404, &unknown.headers));
    assert_eq!(hidden.text, unknown.text);
    seen().await;
    site.node.account_disable(&console, "reader").await.unwrap();
    assert_eq!(reader.get(&one).await.status, 401);
    // Another's token for the same collection, remembered too, opens nothing once it is revoked.
    assert_eq!(maker.get(&one).await.ids(), [NOTE]);
    assert_eq!(maker.get(&one).await.ids(), [NOTE]);
    site.node.account_token_revoke(&console, "maker", "all").await.unwrap();
    for path in [&one, &other] {
        assert_eq!(maker.get(path).await.status, 401);
    }
}

#[tokio::test]
async fn a_post_answers_alike_whether_or_not_the_id_is_held_elsewhere() {
    let site = Site::with_accounts().await;
    let (a, b) = (collection(&site, "a").await, collection(&site, "b").await);
    let (maker, other) = (tool(&site, "maker").await, tool(&site, "other").await);
    grant(&site, &a, "maker", true, true).await;
    grant(&site, &b, "other", true, true).await;
    // The same id and version with other content: in another collection and as our own knowledge.
    maker.post(&a, &[note(NOTE, FIRST, "theirs")]).await;
    site.import("own.json", note(NOTE, FIRST, "ours").as_bytes()).await;
    let fresh = "note--00000000-0000-4000-8000-000000000001";
    let answer = other.post(&b, &[note(NOTE, FIRST, "mine"), note(fresh, FIRST, "mine")]).await;
    assert_eq!(counts(&answer.json()), [2, 0, 0]);
    assert!(answer.json().get("failures").is_none());
    // Nothing of it is the node's knowledge.
    let analyst = site.actor("analyst").await;
    let found = site.node.search(&analyst, "mine", &[], 0, 10).await.unwrap();
    assert_eq!(found.hits.len(), 0);
    assert_eq!(site.node.search(&analyst, "ours", &[], 0, 10).await.unwrap().hits.len(), 1);
}

#[tokio::test]
async fn the_same_again_is_a_success_other_content_of_a_version_a_failure_with_its_reason() {
    let site = Site::new("UNE", "EC").await;
    let id = collection(&site, "c").await;
    let maker = tool(&site, "maker").await;
    grant(&site, &id, "maker", true, true).await;
    let first = note(NOTE, FIRST, "1");
    let broken = note(NOTE, "2025-01-01T00:00:00.000Z", "older than itself");
    let status = maker.post(&id, &[first.clone(), broken, address("")]).await.json();
    assert_eq!(counts(&status), [2, 1, 0]);
    assert!(status["failures"][0]["message"].as_str().unwrap().contains("stix.timestamp.order"));
    // The same, in other words and with other digits; then another content; then the same twice.
    let spaced = first.replace(",\"modified\"", " ,\n \"modified\"").replace(".000Z", ".0000Z");
    assert_ne!(spaced, first);
    let sent = [spaced, note(NOTE, FIRST, "2"), first.clone(), note(NOTE, SECOND, "3")];
    let status = maker.post(&id, &sent).await.json();
    assert_eq!(counts(&status), [3, 1, 0]);
    let failure = &status["failures"][0];
    assert_eq!((&failure["id"], &failure["version"]), (&json!(NOTE), &json!(FIRST)));
    assert!(failure["message"].as_str().unwrap().starts_with("taxii.object.conflict"));
    let all = maker.get(&objects_of(&id, &format!("{NOTE}/?match[version]=all"))).await;
    let expected = format!("{{\"more\":false,\"objects\":[{first},{}]}}", note(NOTE, SECOND, "3"));
    assert_eq!(all.text, expected, "as received");
    // An object without version has one by the time it came; other content is a later one.
    let again = maker.post(&id, &[address(""), address(",\"x_port\":1"), address("")]).await.json();
    assert_eq!(counts(&again), [3, 0, 0]);
    let path = objects_of(&id, &format!("{ADDRESS}/versions/"));
    let versions = maker.get(&path).await.json()["versions"].clone();
    assert_eq!(versions.as_array().unwrap().len(), 3, "{versions}");
    assert_eq!(again["successes"][0]["version"], versions[0], "known");
    assert_eq!(again["successes"][2]["version"], versions[2]);
    for (version, text) in versions.as_array().unwrap().iter().zip(["", ",\"x_port\":1", ""]) {
        let one = format!("{ADDRESS}/?match[version]={}", version.as_str().unwrap());
        let found = maker.get(&objects_of(&id, &one)).await;
        assert!(found.text.contains(&address(text)), "{} has {text}", found.text);
    }
}

#[tokio::test]
async fn objects_posted_by_many_at_once_are_there_once() {
    let site = Site::new("UNE", "EC").await;
    let id = collection(&site, "c").await;
    let maker = tool(&site, "maker").await;
    grant(&site, &id, "maker", true, true).await;
    let name = |n: usize| format!("note--00000000-0000-4000-8000-{n:012}");
    let posts = (0..8).map(|start| {
        let (maker, id) = (maker.clone(), id.clone());
        let sent: Vec<String> =
            (start..start + 10).map(|n| note(&name(n), FIRST, "x")).chain([address("")]).collect();
        tokio::spawn(async move { maker.post(&id, &sent).await.json() })
    });
    for post in posts.collect::<Vec<_>>() {
        assert_eq!(counts(&post.await.unwrap()), [11, 0, 0]);
    }
    let mut seen = Vec::new();
    let mut path = objects_of(&id, "?match[version]=all&limit=3");
    loop {
        let page = maker.get(&path).await;
        seen.extend(page.ids());
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else { break };
        // A client may send both.
        let last = page.header("x-taxii-date-added-last").to_owned();
        path =
            objects_of(&id, &format!("?match[version]=all&limit=3&next={next}&added_after={last}"));
    }
    assert_eq!(seen.len(), 18);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 18);
    assert_eq!(site.node.fsck(&Actor::console()).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poller_sees_each_object_once_and_in_order_while_others_write() {
    let site = Site::new("UNE", "EC").await;
    let id = collection(&site, "c").await;
    let maker = tool(&site, "maker").await;
    grant(&site, &id, "maker", true, true).await;
    let (writers, posts) = (4, 12);
    let name = |n: usize| format!("note--00000000-0000-4000-8000-{n:012}");
    let writing: Vec<_> = (0..writers)
        .map(|writer| {
            let (maker, id) = (maker.clone(), id.clone());
            tokio::spawn(async move {
                for post in 0..posts {
                    let first = (writer * posts + post) * 3;
                    let sent: Vec<String> =
                        (first..first + 3).map(|n| note(&name(n), FIRST, "x")).collect();
                    assert_eq!(maker.post(&id, &sent).await.status, 202);
                    // One of them goes again: a poller has it before, or never.
                    let gone = objects_of(&id, &format!("{}/", name(first + 1)));
                    assert_eq!(maker.send("DELETE", &gone, "").await.status, 200);
                }
            })
        })
        .collect();
    let (mut seen, mut dates) = (Vec::new(), Vec::new());
    let mut after = String::new();
    loop {
        // Looked at first: what is written until then is on the pages that follow.
        let done = writing.iter().all(tokio::task::JoinHandle::is_finished);
        let mut next = String::new();
        loop {
            let path = objects_of(&id, &format!("?match[version]=all&limit=4{after}{next}"));
            let page = maker.get(&path).await;
            assert_eq!(page.status, 200, "{}", page.text);
            seen.extend(page.ids());
            let last = page.header("x-taxii-date-added-last");
            if !last.is_empty() {
                dates.push((page.header("x-taxii-date-added-first").to_owned(), last.to_owned()));
            }
            match page.json()["next"].as_str() {
                Some(text) => next = format!("&next={text}"),
                None => break,
            }
        }
        if let Some((_, last)) = dates.last() {
            after = format!("&added_after={last}");
        }
        if done {
            break;
        }
    }
    for writer in writing {
        writer.await.unwrap();
    }
    assert!(dates.windows(2).all(|pair| pair[0].1 < pair[1].0), "{dates:?}");
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "none twice");
    for n in (0..writers * posts * 3).filter(|n| n % 3 != 1) {
        assert!(seen.contains(&name(n)), "{n} was never seen");
    }
}

#[tokio::test]
async fn a_status_is_its_owners_for_a_day() {
    let site = Site::new("UNE", "EC").await;
    let id = collection(&site, "c").await;
    let (maker, other) = (tool(&site, "maker").await, tool(&site, "other").await);
    grant(&site, &id, "maker", true, true).await;
    grant(&site, &id, "other", true, true).await;
    let status = maker.post(&id, &[note(NOTE, FIRST, "x"), "{}".into()]).await.json();
    let path = format!("/taxii2/node/status/{}/", status["id"].as_str().unwrap());
    assert_eq!(maker.get(&path).await.json(), status);
    let none = other.get("/taxii2/node/status/00000000-0000-4000-8000-000000000000/").await;
    let theirs = other.get(&path).await;
    assert_eq!((theirs.status, &theirs.text), (404, &none.text));
    assert_eq!(theirs.headers, none.headers);
    let authorization = maker.authorization.clone();
    let later = site.later(25, "").await;
    let maker = Client::with(&later, &authorization);
    assert_eq!(maker.get(&path).await.status, 404);
    later.node.tidy().await.unwrap();
    assert_eq!(maker.get(&objects_of(&id, "")).await.ids(), [NOTE], "the objects stay");
}

#[tokio::test]
async fn a_deletion_ends_what_it_names_and_leaves_its_leaf() {
    let site = Site::with_accounts().await;
    let id = collection(&site, "c").await;
    let maker = tool(&site, "maker").await;
    grant(&site, &id, "maker", true, true).await;
    maker.post(&id, &[note(NOTE, FIRST, "1"), note(NOTE, SECOND, "2"), address("")]).await;
    let one = |rest: &str| objects_of(&id, &format!("{NOTE}/{rest}"));
    let newest = format!("?match[version]={SECOND}");
    assert_eq!(maker.send("DELETE", &one("?match[spec_version]=2.0"), "").await.status, 404);
    let done = maker.send("DELETE", &one(&newest), "").await;
    assert_eq!((done.status, done.text.as_str()), (200, ""));
    assert!(maker.get(&one("")).await.text.contains("\"content\":\"1\""), "the last of the rest");
    assert_eq!(maker.send("DELETE", &one(&newest), "").await.status, 404);
    // Neither a date nor a page narrows it.
    let rest = "?added_after=2100-01-01T00:00:00Z&limit=1";
    assert_eq!(maker.send("DELETE", &one(rest), "").await.status, 200);
    assert_eq!(maker.get(&one("")).await.status, 404);
    assert_eq!(maker.get(&one("versions/")).await.status, 404);
    assert_eq!(maker.send("DELETE", &one(""), "").await.status, 404);
    assert_eq!(maker.get(&objects_of(&id, "")).await.ids(), [ADDRESS]);
    // What was deleted can be sent again.
    assert_eq!(counts(&maker.post(&id, &[note(NOTE, FIRST, "1")]).await.json()), [1, 0, 0]);
    let expected = ["created", "granted", "added", "deleted", "deleted", "added"];
    assert_eq!(acts(&site).await, expected.map(|act| format!("plain-{act}")));
    let log = site.acts().await;
    let added = log.iter().find(|fields| fields["act"] == "plain-added").unwrap();
    assert_eq!(
        (&added["actor"], &added["objects"]),
        (&json!("maker"), &json!([NOTE, NOTE, ADDRESS]))
    );
    let deleted = log.iter().rfind(|fields| fields["act"] == "plain-deleted").unwrap();
    assert_eq!((&deleted["object"], &deleted["versions"]), (&json!(NOTE), &json!([FIRST])));
    assert_eq!(site.node.fsck(&Actor::console()).await.unwrap(), []);
}

#[tokio::test]
async fn what_tools_read_is_summed_up_and_what_changes_nothing_leaves_no_leaf() {
    let site = Site::with_accounts().await;
    let id = collection(&site, "c").await;
    let maker = tool(&site, "maker").await;
    grant(&site, &id, "maker", true, true).await;
    maker.post(&id, &[note(NOTE, FIRST, "1")]).await;
    let before = acts(&site).await.len();
    maker.post(&id, &[note(NOTE, FIRST, "1"), "7".into()]).await;
    for _ in 0..5 {
        assert_eq!(maker.get(&objects_of(&id, &format!("{NOTE}/"))).await.status, 200);
        maker.get("/taxii2/node/collections/").await;
    }
    assert_eq!(acts(&site).await.len(), before);
    assert_eq!(site.node.tool_reads_logged().await.unwrap(), 1);
    assert_eq!(site.node.tool_reads_logged().await.unwrap(), 0);
    assert_eq!(acts(&site).await.len(), before + 1);
    let log = site.acts().await;
    let read = log.last().unwrap();
    let sum = ["account", "collection", "requests", "objects", "first_seq", "last_seq"];
    let expected = [json!("maker"), json!(id), json!(5), json!(5), json!(1), json!(1)];
    assert_eq!(sum.map(|name| read[name].clone()), expected);
}

#[tokio::test]
async fn a_cursor_is_good_for_one_account_in_one_collection() {
    let site = Site::new("UNE", "EC").await;
    let (a, b) = (collection(&site, "a").await, collection(&site, "b").await);
    let (maker, other) = (tool(&site, "maker").await, tool(&site, "other").await);
    for id in [&a, &b] {
        grant(&site, id, "maker", true, true).await;
        grant(&site, id, "other", true, false).await;
        maker.post(id, &[note(NOTE, FIRST, "1"), address("")]).await;
    }
    let first = maker.get(&objects_of(&a, "?limit=1")).await.json();
    let next =
        |id: &str| objects_of(id, &format!("?limit=1&next={}", first["next"].as_str().unwrap()));
    assert_eq!(maker.get(&next(&a)).await.ids(), [ADDRESS]);
    for refused in [maker.get(&next(&b)).await, other.get(&next(&a)).await] {
        assert_eq!(
            (refused.status, &refused.json()["error_code"]),
            (400, &json!("taxii.next.malformed"))
        );
    }
}

#[tokio::test]
async fn a_tool_shows_token_or_password_and_wrong_ones_are_throttled() {
    let site = Site::with_accounts().await;
    collection(&site, "c").await;
    grant(&site, "c", "tool", true, false).await;
    grant(&site, "c", "analyst", true, false).await;
    let token = site.node.account_token(&Actor::console(), "tool").await.unwrap();
    let token = token.expose();
    let basic =
        |name: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")));
    let ask = |authorization: String| {
        let client = Client::with(&site, &authorization);
        async move { client.get("/taxii2/node/collections/").await }
    };
    for good in [
        format!("Bearer {token}"),
        format!("Token {token}"),
        format!("token {token}"),
        basic("tool", token),
        basic("tool", PASSWORD),
        basic("analyst", PASSWORD),
    ] {
        let answer = ask(good.clone()).await;
        assert_eq!(answer.json()["collections"][0]["title"], "c", "{good}");
    }
    let none = ask(String::new()).await;
    assert_eq!(none.status, 401);
    let schemes: Vec<_> = none.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(schemes.len(), 2);
    for wrong in [
        format!("Bearer {token}x"),
        format!("Digest {token}"),
        basic("analyst", token),
        basic("", token),
        basic("nobody", PASSWORD),
        "Basic !!!".to_owned(),
    ] {
        let answer = ask(wrong.clone()).await;
        assert_eq!((answer.status, &answer.text), (401, &none.text), "{wrong}");
    }
    for _ in 0..10 {
        assert_eq!(ask(basic("analyst", "wrong password")).await.status, 401);
    }
    let waits = ask(basic("analyst", "wrong password")).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "60"));
    // Who was right a moment ago, and others, go on.
    assert_eq!(ask(basic("analyst", PASSWORD)).await.status, 200);
    assert_eq!(ask(basic("tool", PASSWORD)).await.status, 200);
    // The pages count the same tries.
    assert_eq!(site.browser().sign_in("analyst", PASSWORD).await.status, 429);
}

#[tokio::test]
async fn who_may_only_write_does_not_learn_who_was_there_first_and_when() {
    let site = Site::new("UNE", "EC").await;
    collection(&site, "c").await;
    let (maker, writer) = (tool(&site, "maker").await, tool(&site, "writer").await);
    grant(&site, "c", "maker", true, true).await;
    grant(&site, "c", "writer", false, true).await;
    let id = site.node.plain_list(&Actor::console()).await.unwrap()[0].id.clone();
    let version = |answer: &Answer| answer.json()["successes"][0]["version"].clone();
    let held = version(&maker.post(&id, &[address("")]).await);
    assert_eq!(version(&maker.post(&id, &[address("")]).await), held, "who reads it sees it");
    let known = writer.post(&id, &[address(""), address("")]).await;
    let json = known.json();
    assert_eq!(counts(&json), [2, 0, 0]);
    for success in json["successes"].as_array().unwrap() {
        assert_ne!(success["version"], held, "the instant when it was added");
    }
    let same = json["successes"][0]["version"].as_str() >= json["request_timestamp"].as_str();
    assert!(same, "{json}");
}

#[tokio::test]
async fn a_password_that_was_right_is_not_hashed_again() {
    let site = Site::with_accounts().await;
    let basic = format!("Basic {}", STANDARD.encode(format!("tool:{PASSWORD}")));
    let client = Client::with(&site, &basic);
    let took = || async {
        let start = std::time::Instant::now();
        assert_eq!(client.get("/taxii2/").await.status, 200);
        start.elapsed()
    };
    let first = took().await;
    let mut later = took().await;
    for _ in 0..9 {
        later = later.min(took().await);
    }
    assert!(later * 4 < first, "{later:?} after {first:?}");
}

#[tokio::test]
async fn a_tool_has_no_page_and_who_sees_no_content_gets_no_collection() {
    let site = Site::with_accounts().await;
    collection(&site, "c").await;
    let console = Actor::console();
    assert_ne!(site.browser().sign_in("tool", PASSWORD).await.status, 303);
    assert!(site.node.account_link(&console, "tool").await.is_err());
    let all = Grant { read: true, write: true };
    for account in ["admin", "auditor"] {
        let refused = site.node.plain_grant(&console, "c", account, all).await.unwrap_err();
        assert_eq!(refused.code(), "node.state", "{account}");
    }
    for account in ["tool", "investigator", "liaison"] {
        site.node.plain_grant(&console, "c", account, all).await.unwrap();
        let actor = site.actor(account).await;
        assert!(site.node.plain_create(&actor, "d").await.is_err(), "{account}");
        assert!(site.node.plain_list(&actor).await.is_err(), "{account}");
        assert!(site.node.plain_grant(&actor, "c", account, all).await.is_err(), "{account}");
    }
    let again = site.node.plain_create(&console, " c ").await.unwrap_err();
    assert_eq!(again.code(), "node.state");
    for name in ["", "  ", "a\nb", "00000000-0000-4000-8000-000000000000", &"x".repeat(101)] {
        let refused = site.node.plain_create(&console, name).await.unwrap_err();
        assert_eq!(refused.code(), "collection.name", "{name}");
    }
}

#[tokio::test]
async fn the_administrator_makes_and_grants_on_the_page() {
    let site = Site::with_accounts().await;
    let mut admin = site.signed_in("admin").await;
    let page = admin.get("/collections").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("No collection yet"));
    assert_eq!(
        admin.post_form("/collections", "/collections/create", &[("name", "Puertos")]).await,
        303
    );
    let id = site.node.plain_list(&Actor::console()).await.unwrap()[0].id.clone();
    let fields = [("collection", id.as_str()), ("account", "tool"), ("read", "yes")];
    assert_eq!(admin.post_form("/collections", "/collections/grant", &fields).await, 303);
    let page = admin.get("/collections").await.text;
    assert!(page.contains("Puertos") && page.contains(&id), "{page}");
    let line = site.node.plain_list(&Actor::console()).await.unwrap().remove(0);
    assert_eq!(line.grants[0].account, "tool");
    assert_eq!(line.grants[0].grant, Grant { read: true, write: false });
    assert_eq!(admin.post_form("/collections", "/collections/grant", &fields[..2]).await, 303);
    let line = site.node.plain_list(&Actor::console()).await.unwrap().remove(0);
    assert_eq!(line.grants, []);
    for name in ["analyst", "liaison", "auditor"] {
        assert_eq!(site.signed_in(name).await.get("/collections").await.status, 403, "{name}");
    }
}
