//! A TAXII 2.1 client over any transport; the transport knows the server, its pin and our
//! credentials.

use std::time::Duration;

use bytes::Bytes;
use enlace_stix::Timestamp;
use http::header;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::backoff::{Backoff, retry_after};
use crate::client_error::ClientError;
use crate::date;
use crate::media_type::{self, MEDIA_TYPE};
use crate::server::DISCOVERY;
use crate::transport::{Response, Transport, TransportError};
use crate::types::{ApiRoot, Collection, Collections, Discovery, Status};

/// Longest body that is read, unless the client is told otherwise (interfaces: 100 MiB).
const MAX_BODY: usize = 100 << 20;

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One page of objects as received.
#[derive(Debug, Clone, Default)]
pub struct ObjectsPage {
    /// The texts of the objects, untouched.
    pub objects: Vec<Box<RawValue>>,
    /// Whether the server says that there is more.
    pub more: bool,
    /// The cursor of the next page; some servers give none although there is more.
    pub next: Option<String>,
    /// `X-TAXII-Date-Added-First`, if it came and can be read.
    pub date_added_first: Option<Timestamp>,
    /// `X-TAXII-Date-Added-Last`, if it came and can be read.
    pub date_added_last: Option<Timestamp>,
}

/// A client of one TAXII 2.1 server.
#[derive(Debug, Clone)]
pub struct Client<T> {
    transport: T,
    authority: Option<String>,
    scheme: &'static str,
    max_body: usize,
}

impl<T: Transport> Client<T> {
    /// A client over this transport.
    pub fn new(transport: T) -> Self {
        Self { transport, authority: None, scheme: "https", max_body: MAX_BODY }
    }

    /// Names the server (`host` or `host:port`), so that absolute API roots on it are followed.
    pub fn with_authority(self, authority: impl Into<String>) -> Self {
        Self { authority: Some(authority.into()), ..self }
    }

    /// Says that the server is reached without TLS, so that API roots named `http://` are its own.
    pub fn without_tls(self) -> Self {
        Self { scheme: "http", ..self }
    }

    /// Sets the longest body in bytes.
    pub fn with_max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// Asks `/taxii2/` what the server offers.
    pub async fn discover(&self) -> Result<Discovery, ClientError> {
        self.resource(DISCOVERY, "discovery resource").await
    }

    /// The path of the API root to use: the default one, else the first one on this server.
    pub fn root_path(&self, discovery: &Discovery) -> Result<String, ClientError> {
        let all = || discovery.default.iter().chain(&discovery.api_roots);
        let found = all().find_map(|url| self.local_path(url));
        found.ok_or_else(|| {
            let first = all().next().map(|url| url.chars().take(200).collect());
            ClientError::OtherServer(first.unwrap_or_else(|| "(none given)".to_owned()))
        })
    }

    /// The API root resource at a path.
    pub async fn api_root(&self, root: &str) -> Result<ApiRoot, ClientError> {
        self.resource(root, "API root").await
    }

    /// The collections below an API root's path.
    pub async fn collections(&self, root: &str) -> Result<Vec<Collection>, ClientError> {
        let path = format!("{}/collections/", root.trim_end_matches('/'));
        let found: Collections = self.resource(&path, "list of collections").await?;
        Ok(found.collections)
    }

    /// One page of objects of a collection, every version of each (a server gives only the last
    /// unless asked). To fetch all, see [`crate::Pull`].
    ///
    /// `added_after` goes to the server as it is; `next` is the cursor of the page before, with
    /// the same `added_after` and `limit` as there (§3.5).
    pub async fn objects(
        &self,
        root: &str,
        collection: &str,
        added_after: Option<&Timestamp>,
        next: Option<&str>,
        limit: usize,
    ) -> Result<ObjectsPage, ClientError> {
        let mut query = format!("match%5Bversion%5D=all&limit={limit}");
        let added_after = added_after.map(Timestamp::as_str);
        for (name, value) in [("added_after", added_after), ("next", next)] {
            if let Some(value) = value {
                query.push_str(&format!("&{name}={}", escape(value)));
            }
        }
        self.page(root, collection, &query).await
    }

    /// One page of objects by a query that is escaped already.
    pub(crate) async fn page(
        &self,
        root: &str,
        collection: &str,
        query: &str,
    ) -> Result<ObjectsPage, ClientError> {
        let mark = if query.is_empty() { "" } else { "?" };
        let path = format!("{}objects/{mark}{query}", collection_path(root, collection));
        let response = self.get(&path).await?;
        let date = |name: &str| {
            let value = response.headers.get(name);
            value.and_then(|v| v.to_str().ok()).and_then(date::read)
        };
        let first = date("x-taxii-date-added-first");
        let last = date("x-taxii-date-added-last");
        let envelope: Envelope = read(&response.body, "envelope")?;
        Ok(ObjectsPage {
            objects: envelope.objects.unwrap_or_default(),
            more: envelope.more.unwrap_or(false),
            next: envelope.next.and_then(cursor_text),
            date_added_first: first,
            date_added_last: last,
        })
    }

    /// Adds objects to a collection in one envelope, as they are. An answer that was lost does not
    /// say what became of them; [`crate::Push`] does, and it keeps to the server's limits.
    pub async fn post_objects(
        &self,
        root: &str,
        collection: &str,
        objects: &[Box<RawValue>],
    ) -> Result<Status, ClientError> {
        let path = format!("{}objects/", collection_path(root, collection));
        let headers =
            [(header::ACCEPT.as_str(), MEDIA_TYPE), (header::CONTENT_TYPE.as_str(), MEDIA_TYPE)];
        let body = Bytes::from(envelope_text(objects));
        let answer = self.transport.post(&path, &headers, body, self.max_body).await?;
        read(&self.judged(answer)?.body, "status")
    }

    /// What became of the objects of an envelope.
    pub async fn status(&self, root: &str, id: &str) -> Result<Status, ClientError> {
        let path = format!("{}/status/{}/", root.trim_end_matches('/'), escape(id));
        self.resource(&path, "status").await
    }

    /// Waits before a request is made again after `error`; `false` where that would not help, was
    /// done often enough, or is not done on this way.
    pub(crate) async fn waits(&self, backoff: &mut Backoff, error: &ClientError) -> bool {
        match backoff.pause(error) {
            Some((least, most)) => self.transport.wait(least, most).await,
            None => false,
        }
    }

    /// Waits for about this time, on a way that waits.
    pub(crate) async fn pauses(&self, time: Duration) -> bool {
        self.transport.wait(time, time + time / 2).await
    }

    pub(crate) async fn resource<R: DeserializeOwned>(
        &self,
        path: &str,
        resource: &'static str,
    ) -> Result<R, ClientError> {
        read(&self.get(path).await?.body, resource)
    }

    async fn get(&self, path: &str) -> Result<Response, ClientError> {
        self.judged(self.get_as(path, MEDIA_TYPE).await?)
    }

    /// The answer to a GET as it is.
    pub(crate) async fn get_as(&self, path: &str, kind: &str) -> Result<Response, TransportError> {
        self.transport.get(path, &[(header::ACCEPT.as_str(), kind)], self.max_body).await
    }

    /// A good answer in TAXII 2.1, or why it is none.
    pub(crate) fn judged(&self, response: Response) -> Result<Response, ClientError> {
        if response.body.len() > self.max_body {
            return Err(TransportError::TooLarge(self.max_body).into());
        }
        let content_type = response.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|v| v.to_str().ok()).unwrap_or_default();
        if media_type::is_taxii_2_0(content_type) {
            return Err(ClientError::Taxii20);
        }
        if let Some(retry_after_s) = retry_after(response.status, &response.headers) {
            return Err(ClientError::Busy { retry_after_s });
        }
        if !(200..=202).contains(&response.status) {
            return Err(refusal(&response));
        }
        if !media_type::is_taxii(content_type) {
            return Err(ClientError::NotTaxii(content_type.chars().take(100).collect()));
        }
        Ok(response)
    }

    /// The path of a URL that is relative or names our server; `None` for any other.
    pub(crate) fn local_path(&self, url: &str) -> Option<String> {
        let port = if self.scheme == "https" { ":443" } else { ":80" };
        let bare = |authority: &str| authority.trim_end_matches(port).to_ascii_lowercase();
        let absolute = url.strip_prefix(self.scheme).and_then(|rest| rest.strip_prefix("://"));
        let path = match absolute {
            Some(rest) => {
                let start = rest.find('/').unwrap_or(rest.len());
                let (authority, path) = rest.split_at_checked(start)?;
                let ours = self.authority.as_deref()?;
                (bare(authority) == bare(ours)).then_some(path)?
            }
            None => url,
        };
        let plain = path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|c| c.is_ascii_graphic() && !b"?#\\".contains(&c));
        plain.then(|| path.to_owned())
    }
}

/// The envelope of §3.7; some servers write `null` for what is not there.
#[derive(Deserialize)]
struct Envelope {
    more: Option<bool>,
    next: Option<Value>,
    objects: Option<Vec<Box<RawValue>>>,
}

/// A cursor as text; some servers write a number.
fn cursor_text(next: Value) -> Option<String> {
    match next {
        Value::String(text) => Some(text).filter(|t| !t.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The path of a collection, with a slash at its end.
pub(crate) fn collection_path(root: &str, collection: &str) -> String {
    format!("{}/collections/{}/", root.trim_end_matches('/'), escape(collection))
}

/// The envelope of these objects.
fn envelope_text(objects: &[Box<RawValue>]) -> String {
    let texts: Vec<&str> = objects.iter().map(|object| object.get()).collect();
    format!("{{\"objects\":[{}]}}", texts.join(","))
}

pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

pub(crate) fn read<R: DeserializeOwned>(
    body: &[u8],
    resource: &'static str,
) -> Result<R, ClientError> {
    serde_json::from_slice(body)
        .map_err(|e| ClientError::Malformed { resource, reason: e.to_string() })
}

pub(crate) fn refusal(response: &Response) -> ClientError {
    let message: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |name: &str| {
        let value = message.get(name).and_then(Value::as_str);
        value.map(|t| t.chars().filter(|c| !c.is_control()).take(300).collect::<String>())
    };
    let title = match (text("title"), text("description")) {
        (Some(title), Some(description)) => format!("{title} ({description})"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "no reason given".to_owned(),
    };
    ClientError::Status { status: response.status, title, error_code: text("error_code") }
}
