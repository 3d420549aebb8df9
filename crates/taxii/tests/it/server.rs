use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use enlace_taxii::{MEDIA_TYPE, ROUTES, router};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use proptest::prelude::*;
use tower::ServiceExt;

use crate::memory::{FIRST_US, HIDDEN, Memory, OBJECTS, OPEN, UNKNOWN};

const PERSON: &str = OBJECTS[0].0;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

async fn send(method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router(Arc::new(Memory)).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn get(path: &str) -> Answer {
    send("GET", path, &[("authorization", "Bearer une")]).await
}

fn filled(path: &str) -> String {
    path.replace("{id}", OPEN).replace("{object_id}", PERSON).replace("{status_id}", UNKNOWN)
}

fn objects(rest: &str) -> String {
    format!("/taxii2/node/collections/{OPEN}/objects/{rest}")
}

fn names(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let objects = json["objects"].as_array().cloned().unwrap_or_default();
    objects.iter().map(|o| o["id"].as_str().unwrap().split("--").next().unwrap().into()).collect()
}

#[tokio::test]
async fn nobody_learns_anything_without_credentials() {
    let unrouted = [("GET", "/taxii2/none/"), ("PUT", "/taxii2/"), ("GET", "/taxii2/node/x")];
    let mut bodies = Vec::new();
    for (method, path) in ROUTES.iter().chain(&unrouted) {
        let answer = send(method, &filled(path), &[("accept", "text/html")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        let schemes: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        assert_eq!(schemes, ["Basic realm=\"taxii\", charset=\"UTF-8\"", "Bearer"]);
        bodies.push((answer.headers, answer.body));
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    let busy = send("GET", "/taxii2/", &[("authorization", "Bearer busy")]).await;
    assert_eq!((busy.status.as_u16(), busy.header("retry-after")), (429, "7"));
}

#[tokio::test]
async fn every_route_answers_taxii_with_and_without_its_last_slash() {
    for (method, path) in ROUTES {
        let expected = match (*method, path.contains("status")) {
            ("GET", false) => 200,
            ("GET", true) => 404,
            _ => 403,
        };
        let path = filled(path);
        for path in [path.as_str(), path.trim_end_matches('/')] {
            let answer = send(method, path, &[("authorization", "Bearer une")]).await;
            assert_eq!(answer.status.as_u16(), expected, "{method} {path}");
            assert_eq!(answer.header("content-type"), MEDIA_TYPE);
            assert_eq!(answer.header("cache-control"), "no-store");
            assert!(answer.json().is_object());
        }
    }
}

#[tokio::test]
async fn a_forbidden_collection_and_an_unknown_one_answer_the_same_bytes() {
    for (method, path) in ROUTES.iter().filter(|(_, path)| path.contains("{id}")) {
        for query in ["", "?limit=0", "?next=x", "?match[type]=identity"] {
            for accept in ["*/*", "text/html"] {
                let headers = [("authorization", "Bearer une"), ("accept", accept)];
                let ask = |id: &str| format!("{}{query}", filled(&path.replace("{id}", id)));
                let hidden = send(method, &ask(HIDDEN), &headers).await;
                let unknown = send(method, &ask(UNKNOWN), &headers).await;
                let no_uuid = send(method, &ask("..%2F.."), &headers).await;
                for other in [&unknown, &no_uuid] {
                    assert_eq!(hidden.status, other.status, "{method} {path}{query}");
                    assert_eq!(hidden.headers, other.headers);
                    assert_eq!(hidden.body, other.body);
                }
                assert!(hidden.status != StatusCode::OK && !hidden.body.contains(HIDDEN));
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_served_is_a_taxii_error_too() {
    for (method, path, expected, allow) in [
        ("GET", "/taxii2/node/nothing/".to_owned(), 404, ""),
        ("GET", "/taxii2/other/".to_owned(), 404, ""),
        ("GET", "/taxii2//node/".to_owned(), 404, ""),
        ("GET", "/taxii2/node/%FF/".to_owned(), 404, ""),
        ("GET", objects("identity--nothing/"), 404, ""),
        ("GET", objects(&format!("identity--{UNKNOWN}/")), 404, ""),
        ("GET", objects(&format!("identity--{UNKNOWN}/versions/")), 404, ""),
        ("POST", "/taxii2/".to_owned(), 405, "GET, HEAD"),
        ("PUT", objects(""), 405, "GET, HEAD, POST"),
        ("POST", objects(&format!("{PERSON}/")), 405, "GET, HEAD, DELETE"),
        ("OPTIONS", "/taxii2/node/collections/".to_owned(), 405, "GET, HEAD"),
        ("POST", objects(""), 403, ""),
        ("DELETE", objects(&format!("{PERSON}/")), 403, ""),
    ] {
        let answer = send(method, &path, &[("authorization", "Bearer une")]).await;
        assert_eq!(answer.status.as_u16(), expected, "{method} {path}");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
        assert_eq!(answer.header("content-type"), MEDIA_TYPE);
        assert_eq!(answer.json()["http_status"], expected.to_string());
        assert!(answer.json()["title"].is_string() && answer.json()["error_code"].is_string());
    }
}

#[tokio::test]
async fn other_media_types_and_versions_are_not_acceptable() {
    for (accept, expected) in [
        ("application/taxii+json;version=2.1", 200),
        ("application/taxii+json", 200),
        ("*/*", 200),
        ("application/taxii+json;version=2.0", 406),
        ("application/json", 406),
        ("text/html", 406),
    ] {
        let headers = [("authorization", "Bearer une"), ("accept", accept)];
        let answer = send("GET", &objects(""), &headers).await;
        assert_eq!(answer.status.as_u16(), expected, "{accept}");
        assert_eq!(answer.header("content-type"), MEDIA_TYPE);
    }
}

#[tokio::test]
async fn objects_leave_as_the_very_text_that_is_stored() {
    let answer = get(&objects("?match[version]=all&limit=2")).await;
    let expected =
        format!(r#"{{"more":true,"next":"from-2","objects":[{},{}]}}"#, OBJECTS[0].2, OBJECTS[1].2);
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn pages_have_exact_dates_and_a_cursor_exactly_if_there_is_more() {
    for resource in ["objects", "manifest"] {
        let path = format!("/taxii2/node/collections/{OPEN}/{resource}/?match[version]=all");
        let first = get(&path).await;
        assert_eq!(first.header("x-taxii-date-added-first"), "2026-01-01T00:00:00.000000Z");
        assert_eq!(first.header("x-taxii-date-added-last"), "2026-01-01T00:00:00.000002Z");
        assert_eq!(
            (&first.json()["more"], &first.json()["next"]),
            (&true.into(), &"from-3".into())
        );
        let second = get(&format!("{path}&next=from-3")).await;
        assert_eq!(second.header("x-taxii-date-added-first"), "2026-01-01T00:00:00.000003Z");
        assert_eq!(second.header("x-taxii-date-added-last"), "2026-01-01T00:00:00.000003Z");
        assert!(second.json()["more"] == false && second.json().get("next").is_none());
        let empty = get(&format!("{path}&added_after=2026-01-01T00:00:00.000003Z")).await;
        assert_eq!((empty.status.as_u16(), empty.body.as_str()), (200, "{}"));
        assert_eq!(empty.header("x-taxii-date-added-last"), "");
    }
}

#[tokio::test]
async fn filters_reach_the_backend() {
    for (query, expected) in [
        ("", vec!["location", "identity", "ipv4-addr"]),
        ("?match[type]=location,ipv4-addr", vec!["location", "ipv4-addr"]),
        ("?match%5Btype%5D=location%2Cipv4-addr", vec!["location", "ipv4-addr"]),
        ("?match[version]=first", vec!["identity", "location", "ipv4-addr"]),
        ("?match[version]=2026-01-02T00:00:00Z", vec!["identity"]),
        ("?added_after=2026-01-01T00:00:00.000002Z", vec!["ipv4-addr"]),
        ("?added_after=2026-01-01T00:00:00Z", vec!["location", "identity", "ipv4-addr"]),
        ("?limit=1", vec!["location"]),
        ("?limit=1000000&unknown=yes", vec!["location", "identity", "ipv4-addr"]),
    ] {
        assert_eq!(names(&get(&objects(query)).await), expected, "{query}");
    }
    let one = get(&objects(&format!("{PERSON}/?match[type]=location"))).await;
    assert_eq!(names(&one), ["identity"], "match[type] is no parameter below one object");
    let none = get(&objects(&format!("{PERSON}/?match[version]=2020-01-01T00:00:00Z"))).await;
    assert_eq!((none.status.as_u16(), none.body.as_str()), (200, "{}"));
}

#[tokio::test]
async fn bad_filters_are_400_with_the_parameter_named() {
    for (query, code) in [
        ("limit=0", "taxii.limit.malformed"),
        ("limit=-1", "taxii.limit.malformed"),
        ("limit=abc", "taxii.limit.malformed"),
        ("added_after=garbage", "taxii.added_after.malformed"),
        ("added_after=2026-01-01T00:00:00%2B02:00", "taxii.added_after.malformed"),
        ("next=garbage", "taxii.next.malformed"),
        ("next=", "taxii.next.malformed"),
        ("next=stale", "taxii.next.stale"),
        ("match[version]=newest", "taxii.match.malformed"),
        ("match[id]=x", "taxii.match.malformed"),
    ] {
        let answer = get(&objects(&format!("?{query}"))).await;
        assert_eq!(answer.status.as_u16(), 400, "{query}");
        assert_eq!(answer.json()["error_code"], code, "{query}");
        assert_eq!(answer.header("content-type"), MEDIA_TYPE);
    }
}

/// The whole conversation of a client, as a text to review.
#[tokio::test]
async fn answers_have_the_form_of_the_standard() {
    let mut text = String::new();
    for path in [
        "/taxii2/".to_owned(),
        "/taxii2/node/".to_owned(),
        "/taxii2/node/collections/".to_owned(),
        format!("/taxii2/node/collections/{OPEN}/"),
        format!("/taxii2/node/collections/{OPEN}/manifest/?limit=2"),
        objects("?limit=1"),
        objects(&format!("{PERSON}/")),
        objects(&format!("{PERSON}/versions/")),
        objects("?limit=none"),
        format!("/taxii2/node/collections/{HIDDEN}/"),
    ] {
        let answer = get(&path).await;
        writeln!(text, "GET {path}\n{}", answer.status).unwrap();
        let mut headers: Vec<_> = answer.headers.iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
        }
        writeln!(text, "{}\n", serde_json::to_string_pretty(&answer.json()).unwrap()).unwrap();
    }
    insta::assert_snapshot!(text);
}

proptest! {
    #[test]
    fn any_path_and_query_is_answered_as_taxii(
        path in "[a-z0-9%/.-]{0,40}",
        query in "[a-z0-9%&=,\\[\\]_:+-]{0,60}",
    ) {
        let uri = format!("/taxii2/{path}?{query}");
        prop_assume!(uri.parse::<http::Uri>().is_ok());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(get(&uri));
        prop_assert!(answer.status.as_u16() < 500);
        prop_assert_eq!(answer.header("content-type"), MEDIA_TYPE);
        prop_assert!(answer.json().is_object());
    }
}

#[test]
fn the_fixture_begins_at_the_start_of_2026() {
    let first = enlace_stix::Timestamp::from_micros(FIRST_US);
    assert_eq!(first.as_str(), "2026-01-01T00:00:00.000000Z");
}
