use std::io::{Read, Write};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use enlace_taxii::{MEDIA_TYPE, router};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::shelf::{MOST, SHELF, Shelf};

const NOTE: &str = "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c11";

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

struct Site(Router);

impl Site {
    fn new() -> Self {
        Self(router(Arc::new(Shelf::default())))
    }

    async fn send(
        &self,
        (who, method, path): (&str, &str, &str),
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let bearer = format!("Bearer {who}");
        let mut request =
            Request::builder().method(method).uri(path).header("authorization", bearer);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.0.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn post(&self, who: &str, body: impl Into<Body>) -> Answer {
        self.send((who, "POST", &objects("")), &[("content-type", MEDIA_TYPE)], body).await
    }

    async fn get(&self, who: &str, path: &str) -> Answer {
        self.send((who, "GET", path), &[], "").await
    }

    /// The objects on the shelf.
    async fn held(&self) -> Vec<Value> {
        let answer = self.get("maker", &objects("")).await;
        answer.json()["objects"].as_array().cloned().unwrap_or_default()
    }
}

fn objects(rest: &str) -> String {
    format!("/taxii2/node/collections/{SHELF}/objects/{rest}")
}

fn note(modified: &str, content: &str) -> String {
    format!(
        r#"{{"type":"note","spec_version":"2.1","id":"{NOTE}","created":"2026-01-01T00:00:00.000Z","modified":"{modified}","content":"{content}","object_refs":["identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"]}}"#
    )
}

fn envelope(objects: &[String]) -> String {
    format!("{{\"objects\":[{}]}}", objects.join(","))
}

const FIRST: &str = "2026-01-01T00:00:00.000Z";
const SECOND: &str = "2026-01-02T00:00:00.000Z";

#[tokio::test]
async fn a_part_that_is_not_stix_fails_with_its_reason_and_the_rest_is_kept_as_received() {
    let site = Site::new();
    let good = note(FIRST, "1.50  kg");
    let bad = note("2025-01-01T00:00:00.000Z", "modified before it was created");
    let deep = format!("{}{}", "[".repeat(30), "]".repeat(30));
    let long = note(FIRST, &"x".repeat(2_000));
    let sent = envelope(&[good.clone(), bad, deep, long, "null".into()]);
    let answer = site.post("maker", sent).await;
    assert_eq!((answer.status, answer.header("content-type")), (202, MEDIA_TYPE));
    let status = answer.json();
    assert_eq!(status["status"], "complete");
    let counts = ["total", "success", "failure", "pending"].map(|n| &status[format!("{n}_count")]);
    assert_eq!(counts, [&json!(5), &json!(1), &json!(4), &json!(0)]);
    let rules: Vec<&str> = status["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["message"].as_str().unwrap().split([':', ' ']).next().unwrap())
        .collect();
    let expected = [
        "stix.timestamp.order",
        "stix.object.too-deep",
        "stix.object.too-large",
        "stix.object.not-an-object",
    ];
    assert_eq!(rules, expected);
    let whole = site.get("maker", &objects("")).await;
    assert_eq!(
        String::from_utf8(whole.body).unwrap(),
        format!("{{\"more\":false,\"objects\":[{good}]}}")
    );
}

#[tokio::test]
async fn a_status_is_its_owners_alone_and_to_others_like_none() {
    let site = Site::new();
    let status = site.post("maker", envelope(&[note(FIRST, "a")])).await.json();
    let path = format!("/taxii2/node/status/{}/", status["id"].as_str().unwrap());
    assert_eq!(site.get("maker", &path).await.json(), status);
    assert_eq!(site.get("maker", path.trim_end_matches('/')).await.json(), status);
    let none = site.get("reader", "/taxii2/node/status/none/").await;
    for who in ["reader", "dropper", "other"] {
        let other = site.get(who, &path).await;
        assert_eq!(other.status, 404, "{who}");
        assert_eq!((other.headers, other.body), (none.headers.clone(), none.body.clone()));
    }
}

#[tokio::test]
async fn who_may_not_write_is_told_before_anything_is_read() {
    let site = Site::new();
    let sent = || envelope(&[note(FIRST, "a")]);
    let object = objects(&format!("{NOTE}/"));
    for (who, post, delete) in
        [("reader", 403, 403), ("other", 404, 404), ("none", 401, 401), ("dropper", 202, 403)]
    {
        assert_eq!(site.post(who, sent()).await.status, post, "{who}");
        let deleted = site.send((who, "DELETE", &object), &[], "").await;
        assert_eq!(deleted.status, delete, "{who}");
        if post != 202 {
            // Neither type nor length nor text of the body makes a difference.
            let text = site.send((who, "POST", &objects("")), &[], "x").await;
            let long = site.post(who, "x".repeat(MOST + 1)).await;
            assert_eq!((text.status, long.status), (post, post), "{who}");
        }
    }
    assert_eq!(site.get("dropper", &objects("")).await.json()["error_code"], "taxii.write-only");
    assert_eq!(site.held().await.len(), 1, "what `dropper` sent");
}

#[tokio::test]
async fn bodies_are_bounded_and_of_one_type() {
    let site = Site::new();
    let post = |headers: &'static [(&str, &str)], body: Vec<u8>| {
        let site = &site;
        async move { site.send(("maker", "POST", &objects("")), headers, body).await }
    };
    let sent = envelope(&[note(FIRST, "a")]).into_bytes();
    for content_type in ["application/json", "application/taxii+json;version=2.0", "text/plain"] {
        let headers = [("content-type", content_type)];
        let answer = site.send(("maker", "POST", &objects("")), &headers, sent.clone()).await;
        assert_eq!(answer.status, 415, "{content_type}");
    }
    assert_eq!(post(&[], sent.clone()).await.status, 415);
    const PLAIN: &[(&str, &str)] = &[("content-type", MEDIA_TYPE)];
    const GZIP: &[(&str, &str)] = &[("content-type", MEDIA_TYPE), ("content-encoding", "gzip")];
    const BROTLI: &[(&str, &str)] = &[("content-type", MEDIA_TYPE), ("content-encoding", "br")];
    let packed = |bytes: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let padded = |length: usize| {
        let mut padded = sent.clone();
        padded.resize(length, b' ');
        padded
    };
    let brotli = post(BROTLI, sent.clone()).await;
    assert_eq!((brotli.status, brotli.header("accept-encoding")), (415, "gzip"));
    for (headers, body, expected) in [
        (PLAIN, padded(MOST), 202),
        (PLAIN, padded(MOST + 1), 413),
        (GZIP, packed(&padded(MOST)), 202),
        (GZIP, packed(&padded(MOST + 1)), 413),
        (GZIP, packed(&vec![b' '; 30 << 20]), 413),
        (GZIP, sent.clone(), 400),
        (PLAIN, packed(&sent), 400),
        (PLAIN, b"{\"objects\":[]}".to_vec(), 202),
        (PLAIN, b"{}".to_vec(), 422),
        (PLAIN, b"{\"objects\":[".to_vec(), 400),
        (PLAIN, b"{\"type\":\"bundle\"}".to_vec(), 422),
        (PLAIN, Vec::new(), 400),
    ] {
        let answer = post(headers, body).await;
        assert_eq!(answer.status, expected, "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.header("content-type"), MEDIA_TYPE);
        if expected != 202 {
            let json = answer.json();
            assert_eq!(json["http_status"], expected.to_string());
            assert!(json["title"].is_string() && json["description"].is_string());
        }
    }
    assert_eq!(site.held().await.len(), 2);
}

#[tokio::test]
async fn a_deletion_takes_all_versions_or_those_that_are_named() {
    let site = Site::new();
    let three = [note(FIRST, "1"), note(SECOND, "2"), note("2026-01-03T00:00:00.000Z", "3")];
    site.post("maker", envelope(&three)).await;
    let delete = |query: &str| {
        let path = objects(&format!("{NOTE}/{query}"));
        let site = &site;
        async move { site.send(("maker", "DELETE", &path), &[], "").await }
    };
    assert_eq!(delete("?match[version]=2020-01-01T00:00:00Z").await.status, 404);
    assert_eq!(delete("?match[version]=newest").await.status, 400);
    let done = delete(&format!("?match[version]={FIRST}")).await;
    assert_eq!((done.status, done.body.len()), (200, 0));
    assert_eq!(site.held().await.len(), 2);
    assert_eq!(delete("").await.status, 200);
    assert_eq!(site.held().await.len(), 0);
    assert_eq!(delete("").await.status, 404);
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_accepts_it() {
    let site = Site::new();
    let content = "a sentence that comes again and again; ".repeat(30);
    site.post("maker", envelope(&[note(FIRST, &content), note(SECOND, &content)])).await;
    let plain = site.get("maker", &objects("")).await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", ""));
    let accept = [("accept-encoding", "deflate, gzip")];
    let packed = site.send(("maker", "GET", &objects("")), &accept, "").await;
    let encoding = (packed.header("content-encoding"), packed.header("vary"));
    assert_eq!(encoding, ("gzip", "Accept-Encoding"));
    assert_eq!(packed.header("content-length"), packed.body.len().to_string());
    let mut text = Vec::new();
    GzDecoder::new(packed.body.as_slice()).read_to_end(&mut text).unwrap();
    assert!(packed.body.len() < text.len() && text == plain.body);
    let short = site.send(("maker", "GET", "/taxii2/"), &accept, "").await;
    assert_eq!(short.header("content-encoding"), "");
    let refused = [("accept-encoding", "gzip;q=0")];
    let asked = site.send(("maker", "GET", &objects("")), &refused, "").await;
    assert_eq!(asked.body, plain.body);
}
