use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use enlace_taxii::{
    Client, ClientError, Discovery, Pull, Response, Transport, TransportError, retry_after,
};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::memory::{HIDDEN, Memory, OBJECTS, OPEN};

/// Our own server, reached without a network, with this token.
struct Own(&'static str);

#[async_trait]
impl Transport for Own {
    async fn get(
        &self,
        path_and_query: &str,
        headers: &[(&str, &str)],
        _max_bytes: usize,
    ) -> Result<Response, TransportError> {
        let mut request = Request::get(path_and_query).header("authorization", self.0);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = enlace_taxii::router(Arc::new(Memory)).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

/// A server that answers by a function of the path and keeps what it was asked.
struct Scripted<F> {
    answer: F,
    asked: Mutex<Vec<String>>,
}

type Parts = (u16, &'static str, Option<&'static str>, String);

fn scripted<F: Fn(&str) -> Parts + Send + Sync>(answer: F) -> Client<Scripted<F>> {
    Client::new(Scripted { answer, asked: Mutex::default() })
}

impl<F> std::fmt::Debug for Scripted<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.asked.lock().unwrap().fmt(f)
    }
}

#[async_trait]
impl<F: Fn(&str) -> Parts + Send + Sync> Transport for Scripted<F> {
    async fn get(
        &self,
        path: &str,
        _headers: &[(&str, &str)],
        _max_bytes: usize,
    ) -> Result<Response, TransportError> {
        self.asked.lock().unwrap().push(path.to_owned());
        let (status, content_type, last, body) = (self.answer)(path);
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        if let Some(last) = last {
            headers.insert("x-taxii-date-added-last", last.parse().unwrap());
        }
        Ok(Response { status, headers, body: Bytes::from(body) })
    }
}

const TAXII: &str = "application/taxii+json;version=2.1";

/// All objects of a pull and how it ended.
async fn drain<T: Transport>(pull: &mut Pull<'_, T>) -> (Vec<String>, Result<(), ClientError>) {
    let mut all = Vec::new();
    loop {
        match pull.next_page().await {
            Ok(Some(page)) => all.extend(page.objects.iter().map(|o| o.get().to_owned())),
            Ok(None) => return (all, Ok(())),
            Err(error) => return (all, Err(error)),
        }
    }
}

#[tokio::test]
async fn client_and_server_understand_each_other() {
    let client = Client::new(Own("Bearer une"));
    let root = client.root_path(&client.discover().await.unwrap()).unwrap();
    assert_eq!(client.api_root(&root).await.unwrap().title, "UNE");
    let collections = client.collections(&root).await.unwrap();
    assert_eq!((collections.len(), collections[0].id.as_str()), (1, OPEN));
    let mut pull = Pull::new(&client, &root, OPEN, None, 1);
    let (all, end) = drain(&mut pull).await;
    assert_eq!(end, Ok(()));
    assert_eq!(all, OBJECTS.map(|o| o.2), "every version, not the last alone");
    let resume = pull.resume_after().cloned();
    assert_eq!(resume.as_ref().unwrap().as_str(), "2026-01-01T00:00:00.000003Z");
    let (rest, end) = drain(&mut Pull::new(&client, &root, OPEN, resume, 1)).await;
    assert_eq!((rest.len(), end), (0, Ok(())));
    let refused = client.objects(&root, HIDDEN, None, None, 1).await.unwrap_err();
    assert!(matches!(refused, ClientError::Status { status: 404, .. }), "{refused}");
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_told_from_one_that_refuses() {
    let busy = Client::new(Own("Bearer busy")).discover().await.unwrap_err();
    assert_eq!(busy, ClientError::Busy { retry_after_s: 7 });
    assert_eq!(busy.code(), "taxii.client.busy");
    let mut headers = HeaderMap::new();
    assert_eq!(retry_after(429, &headers), None, "it does not say how long");
    headers.insert("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT".parse().unwrap());
    assert_eq!(retry_after(429, &headers), None, "a date says nothing without the server's own");
    headers.insert("retry-after", "30".parse().unwrap());
    assert_eq!((retry_after(503, &headers), retry_after(200, &headers)), (Some(30), None));
}

#[tokio::test]
async fn a_server_without_next_is_walked_by_its_dates() {
    let client = scripted(|path| match path.contains("added_after=2026-01-01T00%3A00%3A00.5Z") {
        false => {
            (200, TAXII, Some("2026-01-01T00:00:00.5Z"), r#"{"more":true,"objects":[1]}"#.into())
        }
        true => {
            (200, TAXII, Some("2026-01-01T00:00:01Z"), r#"{"more":false,"objects":[2]}"#.into())
        }
    });
    let mut pull = Pull::new(&client, "/api/", "c", None, 10);
    assert_eq!(drain(&mut pull).await, (vec!["1".into(), "2".into()], Ok(())));
    assert_eq!(pull.resume_after().unwrap().as_str(), "2026-01-01T00:00:01Z");
}

#[tokio::test]
async fn dates_cut_to_milliseconds_bring_no_object_twice_and_lose_none() {
    let client = scripted(|path| match path.contains("added_after") {
        false => (
            200,
            TAXII,
            Some("2026-01-01T00:00:00.123Z"),
            r#"{"more":true,"objects":[1,2]}"#.into(),
        ),
        true => (200, TAXII, Some("2026-01-01T00:00:00.124Z"), r#"{"objects":[2,3]}"#.into()),
    });
    let mut pull = Pull::new(&client, "/api/", "c", None, 2);
    assert_eq!(drain(&mut pull).await.0, ["1", "2", "3"]);
}

#[tokio::test]
async fn the_first_page_for_ever_is_noticed_and_its_objects_are_given_once() {
    let bodies = [
        (None, r#"{"more":true,"objects":[1]}"#),
        (Some("2026-01-01T00:00:00Z"), r#"{"more":true,"objects":[1]}"#),
        (None, r#"{"more":true,"next":"n","objects":[1]}"#),
        (None, r#"{"more":true,"next":7,"objects":[1]}"#),
    ];
    for (last, body) in bodies {
        let client = scripted(move |_| (200, TAXII, last, body.into()));
        let (all, end) = drain(&mut Pull::new(&client, "/api/", "c", None, 10)).await;
        assert_eq!(all, ["1"], "{body}");
        assert_eq!(end.unwrap_err().code(), "taxii.client.stuck", "{body}");
    }
}

#[tokio::test]
async fn new_cursors_for_ever_without_new_objects_are_noticed() {
    let count = Mutex::new(0);
    let client = scripted(move |_| {
        let mut count = count.lock().unwrap();
        *count += 1;
        (200, TAXII, None, format!(r#"{{"more":true,"next":"n{count}","objects":[1]}}"#))
    });
    let (all, end) = drain(&mut Pull::new(&client, "/api/", "c", None, 10)).await;
    assert_eq!((all.len(), end.unwrap_err().code()), (1, "taxii.client.stuck"));
}

#[tokio::test]
async fn a_page_that_failed_is_asked_for_again() {
    let count = Mutex::new(0);
    let client = scripted(move |_| {
        let mut count = count.lock().unwrap();
        *count += 1;
        match *count {
            1 => (200, TAXII, None, r#"{"more":true,"next":"n","objects":[1]}"#.into()),
            2 => (503, TAXII, None, r#"{"title":"busy"}"#.into()),
            _ => (200, TAXII, None, r#"{"objects":[2]}"#.into()),
        }
    });
    let mut pull = Pull::new(&client, "/api/", "c", None, 10);
    assert_eq!(pull.next_page().await.unwrap().unwrap().objects.len(), 1);
    let busy = pull.next_page().await.unwrap_err();
    assert_eq!(busy.to_string(), "server answered 503: busy");
    assert_eq!(drain(&mut pull).await, (vec!["2".into()], Ok(())));
}

#[tokio::test]
async fn null_and_absent_members_of_an_envelope_are_nothing() {
    for body in ["{}", r#"{"more":null,"next":null,"objects":null,"new":1}"#] {
        let client = scripted(move |_| (200, "application/json", Some("soon"), body.into()));
        let page = client.objects("/api/", "c", None, None, 1).await.unwrap();
        assert!(page.objects.is_empty() && !page.more && page.next.is_none());
        assert_eq!(page.date_added_last, None);
    }
}

#[tokio::test]
async fn pages_after_the_first_repeat_the_same_filters() {
    let client = scripted(|path| match path.contains("next=") {
        false => (200, TAXII, None, r#"{"more":true,"next":"a/b c","objects":[1]}"#.into()),
        true => (200, TAXII, None, "{}".into()),
    });
    let after = "2026-01-01T00:00:00.000001Z".parse().unwrap();
    drain(&mut Pull::new(&client, "/api/", "c", Some(after), 5)).await.1.unwrap();
    let asked = format!("{client:?}");
    let base = "/api/collections/c/objects/?match%5Bversion%5D=all&limit=5&added_after=2026-01-01T00%3A00%3A00.000001Z";
    assert!(asked.contains(&format!("{base}&next=a%2Fb%20c")), "{asked}");
}

#[tokio::test]
async fn what_is_no_taxii_2_1_is_said_clearly() {
    for (status, content_type, body, code) in [
        (200, "application/vnd.oasis.taxii+json; version=2.0", "{}", "taxii.client.taxii-2.0"),
        (406, "application/vnd.oasis.taxii+json", "{}", "taxii.client.taxii-2.0"),
        (200, "text/html", "<html>", "taxii.client.not-taxii"),
        (500, "text/html", "<html>", "taxii.client.status"),
        (200, TAXII, "<html>", "taxii.client.malformed"),
        (200, TAXII, "[]x", "taxii.client.malformed"),
        (200, TAXII, &format!(r#"{{"title":"{}"}}"#, "x".repeat(2000)), "taxii.client.too-large"),
    ] {
        let body = body.to_owned();
        let client = scripted(move |_| (status, content_type, None, body.clone()));
        let error = client.with_max_body(1000).discover().await.unwrap_err();
        assert_eq!(error.code(), code, "{status} {content_type}: {error}");
    }
}

#[test]
fn api_roots_on_other_servers_are_not_followed() {
    let client = Client::new(Own("Bearer une")).with_authority("une.example:7201");
    let of = |default: Option<&str>, roots: &[&str]| {
        let discovery = Discovery {
            default: default.map(Into::into),
            api_roots: roots.iter().map(|r| (*r).to_owned()).collect(),
            ..Discovery::of_node("UNE")
        };
        client.root_path(&discovery).ok()
    };
    assert_eq!(of(Some("/taxii2/node/"), &[]).as_deref(), Some("/taxii2/node/"));
    assert_eq!(of(Some("https://UNE.example:7201/api1/"), &[]).as_deref(), Some("/api1/"));
    assert_eq!(of(Some("https://x.example/a/"), &["/b/"]).as_deref(), Some("/b/"));
    for other in ["https://x.example/a/", "https://une.example:7201.x/", "//x/a", "http://x/", "a/"]
    {
        assert_eq!(of(Some(other), &[]), None, "{other}");
    }
    assert_eq!(of(None, &[]), None);
}
