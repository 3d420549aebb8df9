//! What an address is: found whatever part of a server it names, and TAXII 2.0 told apart.

use async_trait::async_trait;
use bytes::Bytes;
use enlace_taxii::{Client, ClientError, Place, Response, Transport, TransportError, retry_after};
use http::HeaderMap;

use crate::odd::TAXII;

const TAXII_2_0: &str = "application/vnd.oasis.taxii+json; version=2.0";

/// A server with its discovery, one API root and one collection; or one that speaks 2.0 only.
enum Server {
    Ours,
    /// 2.0 at `/taxii/`, nothing else.
    Old,
    /// 2.0 at every path, 406 for whoever asks for 2.1.
    Strict,
    /// HTML at every path.
    Web,
    /// Fails on every resource.
    Fails,
}

impl Server {
    fn answer(&self, path: &str, accept: &str) -> (u16, &'static str, &'static str) {
        let old = accept == TAXII_2_0;
        match (self, path) {
            (Self::Ours, "/taxii2/") => {
                let body = r#"{"title":"a","default":"https://ti.example:443/taxii2/root/",
                    "api_roots":["/taxii2/root/","https://other.example/x/","/taxii2/second/"]}"#;
                (200, TAXII, body)
            }
            (Self::Ours, "/taxii2/root/") => {
                (200, TAXII, r#"{"title":"r","versions":["x"],"max_content_length":9}"#)
            }
            (Self::Ours, "/taxii2/root/collections/") => (200, TAXII, "{}"),
            (Self::Ours, "/taxii2/root/collections/c-1/") => {
                (200, TAXII, r#"{"id":"c-1","title":"c","can_read":true}"#)
            }
            (Self::Ours, "/taxii2/root/collections/c-1/objects/") => (200, TAXII, "{}"),
            (Self::Old, "/taxii/") if old => (200, TAXII_2_0, "{}"),
            (Self::Strict, _) if old => (200, TAXII_2_0, "{}"),
            (Self::Strict, _) => (406, "text/html", "<p>"),
            (Self::Fails, _) => (500, "text/html", "<p>"),
            (Self::Web, _) => (200, "text/html", "<p>"),
            _ => (404, "text/html", "<p>"),
        }
    }
}

#[async_trait]
impl Transport for Server {
    async fn get(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        _max_bytes: usize,
    ) -> Result<Response, TransportError> {
        let accept = headers.iter().find(|(name, _)| *name == "accept").unwrap().1;
        let (status, kind, body) = self.answer(path, accept);
        let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, kind.parse().unwrap())]);
        Ok(Response { status, headers, body: Bytes::from(body) })
    }
}

async fn find(server: Server, path: &str) -> Result<Place, ClientError> {
    Client::new(server).with_authority("ti.example").locate(path).await
}

#[tokio::test]
async fn any_address_on_a_server_leads_to_its_root_and_collection() {
    let root = "/taxii2/root/";
    for (path, collection) in [
        ("", None),
        ("/", None),
        ("/taxii2", None),
        ("/taxii2/", None),
        ("/taxii2/root", None),
        ("/taxii2/root/", None),
        ("/taxii2/root/collections/", None),
        ("/taxii2/root/collections/c-1", Some("c-1")),
        ("/taxii2/root/collections/c-1/", Some("c-1")),
        ("/taxii2/root/collections/c-1/objects/", Some("c-1")),
    ] {
        let place = find(Server::Ours, path).await.unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!(
            (place.root.as_str(), place.collection.as_deref()),
            (root, collection),
            "{path}"
        );
    }
    let discovery = find(Server::Ours, "").await.unwrap();
    assert_eq!(discovery.roots, [root, "/taxii2/second/"], "those of other servers are left out");
}

#[tokio::test]
async fn a_server_of_taxii_2_0_is_told_from_one_that_is_not_there() {
    for path in ["", "/taxii2/", "/taxii/", "/root/"] {
        assert_eq!(find(Server::Strict, path).await, Err(ClientError::Taxii20), "{path}");
        assert_eq!(find(Server::Old, path).await, Err(ClientError::Taxii20), "{path}");
    }
    let nothing = find(Server::Ours, "/else").await.unwrap_err();
    assert_eq!(nothing.code(), "taxii.client.nothing-there");
    assert!(nothing.to_string().contains("`/else/` (server answered 404)"), "{nothing}");
    let place = find(Server::Fails, "/taxii2/r/collections/c-1/").await.unwrap();
    assert_eq!((place.root.as_str(), place.collection.as_deref()), ("/taxii2/r/", Some("c-1")));
    for path in ["/taxii2/r/collections/", "/taxii2/"] {
        assert_eq!(find(Server::Fails, path).await.unwrap_err().refusal(), Some(500), "{path}");
    }
    assert_eq!(find(Server::Web, "").await.unwrap_err().code(), "taxii.client.not-taxii");
}

#[test]
fn a_date_to_come_back_at_is_counted_from_the_servers_own_clock() {
    let headers = |date: Option<&str>| {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT".parse().unwrap());
        if let Some(date) = date {
            headers.insert("date", date.parse().unwrap());
        }
        headers
    };
    assert_eq!(retry_after(503, &headers(Some("Wed, 21 Oct 2026 07:28:00 GMT"))), Some(30));
    assert_eq!(retry_after(429, &headers(Some("Wed, 21 Oct 2026 08:00:00 GMT"))), Some(0));
    assert_eq!(retry_after(503, &headers(None)), None);
    assert_eq!(retry_after(500, &headers(Some("Wed, 21 Oct 2026 07:28:00 GMT"))), None);
}
