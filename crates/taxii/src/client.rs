//! A TAXII 2.1 client over any transport; the transport knows the server, its pin and our
//! credentials.

use async_trait::async_trait;
use bytes::Bytes;
use enlace_stix::Timestamp;
use http::{HeaderMap, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::media_type::{self, MEDIA_TYPE};
use crate::server::DISCOVERY;
use crate::types::{ApiRoot, Collection, Collections, Discovery};

/// Longest body that is read, unless the client is told otherwise (interfaces: 100 MiB).
const MAX_BODY: usize = 100 << 20;

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Sends one GET request to the one server that it is bound to.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Asks for a path with query, such as `/taxii2/`. Must not follow redirects to another
    /// server, and must give up with [`TransportError::TooLarge`] instead of holding more than
    /// `max_bytes` of body.
    async fn get(
        &self,
        path_and_query: &str,
        headers: &[(&str, &str)],
        max_bytes: usize,
    ) -> Result<Response, TransportError>;
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection, or it broke or timed out.
    #[error("cannot reach the server: {0}")]
    Unreachable(String),
    /// The server is not the one whose key is pinned.
    #[error("the server did not prove the pinned key: compare its card again ({0})")]
    WrongPeer(String),
    /// The body is longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
}

/// Why the client has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Nothing came back.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server refused.
    #[error("server answered {status}: {title}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Title and description of its error message, at most 300 characters of either.
        title: String,
        /// Its `error_code`, if any.
        error_code: Option<String>,
    },
    /// The server asks to come again later.
    #[error("server asks to wait {retry_after_s} s: too many requests, or it is busy")]
    Busy {
        /// How many seconds, as it says.
        retry_after_s: u32,
    },
    /// The server speaks TAXII 2.0 only.
    #[error("server speaks TAXII 2.0: this program speaks 2.1, ask for a 2.1 API root")]
    Taxii20,
    /// The answer has no TAXII media type.
    #[error("answer has media type `{0}`: expected TAXII 2.1; is this the TAXII path?")]
    NotTaxii(String),
    /// The answer is TAXII but cannot be read.
    #[error("answer is no valid {resource}: {reason}")]
    Malformed {
        /// The TAXII resource.
        resource: &'static str,
        /// What the parser met.
        reason: String,
    },
    /// The API root lies on another server.
    #[error("API root `{0}` is on another server: only paths of the same server are followed")]
    OtherServer(String),
    /// The server says that there is more and gives the same again.
    #[error("server repeats itself: {0}; objects up to here are kept, tell the server's operator")]
    Stuck(&'static str),
}

impl ClientError {
    /// Stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transport(TransportError::Unreachable(_)) => "taxii.client.unreachable",
            Self::Transport(TransportError::WrongPeer(_)) => "taxii.client.wrong-peer",
            Self::Transport(TransportError::TooLarge(_)) => "taxii.client.too-large",
            Self::Status { .. } => "taxii.client.status",
            Self::Busy { .. } => "taxii.client.busy",
            Self::Taxii20 => "taxii.client.taxii-2.0",
            Self::NotTaxii(_) => "taxii.client.not-taxii",
            Self::Malformed { .. } => "taxii.client.malformed",
            Self::OtherServer(_) => "taxii.client.other-server",
            Self::Stuck(_) => "taxii.client.stuck",
        }
    }
}

/// One page of objects as received.
#[derive(Debug, Clone, Default)]
pub struct ObjectsPage {
    /// The texts of the objects, untouched.
    pub objects: Vec<Box<RawValue>>,
    /// Whether the server says that there is more.
    pub more: bool,
    /// The cursor of the next page; some servers give none although there is more.
    pub next: Option<String>,
    /// `X-TAXII-Date-Added-Last`, if it came and can be read.
    pub date_added_last: Option<Timestamp>,
}

/// A client of one TAXII 2.1 server.
#[derive(Debug, Clone)]
pub struct Client<T> {
    transport: T,
    authority: Option<String>,
    max_body: usize,
}

impl<T: Transport> Client<T> {
    /// A client over this transport.
    pub fn new(transport: T) -> Self {
        Self { transport, authority: None, max_body: MAX_BODY }
    }

    /// Names the server (`host` or `host:port`), so that absolute API roots on it are followed.
    pub fn with_authority(self, authority: impl Into<String>) -> Self {
        Self { authority: Some(authority.into()), ..self }
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
        let mut path = format!(
            "{}/collections/{}/objects/?match%5Bversion%5D=all&limit={limit}",
            root.trim_end_matches('/'),
            escape(collection)
        );
        let added_after = added_after.map(Timestamp::as_str);
        for (name, value) in [("added_after", added_after), ("next", next)] {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", escape(value)));
            }
        }
        let response = self.get(&path).await?;
        let last = response.headers.get("x-taxii-date-added-last");
        let last = last.and_then(|v| v.to_str().ok()).and_then(|t| t.trim().parse().ok());
        let envelope: Envelope = read(&response.body, "envelope")?;
        Ok(ObjectsPage {
            objects: envelope.objects.unwrap_or_default(),
            more: envelope.more.unwrap_or(false),
            next: envelope.next.and_then(cursor_text),
            date_added_last: last,
        })
    }

    async fn resource<R: DeserializeOwned>(
        &self,
        path: &str,
        resource: &'static str,
    ) -> Result<R, ClientError> {
        read(&self.get(path).await?.body, resource)
    }

    async fn get(&self, path: &str) -> Result<Response, ClientError> {
        let accept = [(header::ACCEPT.as_str(), MEDIA_TYPE)];
        let response = self.transport.get(path, &accept, self.max_body).await?;
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
        if response.status != 200 {
            return Err(refusal(&response));
        }
        if !media_type::is_taxii(content_type) {
            return Err(ClientError::NotTaxii(content_type.chars().take(100).collect()));
        }
        Ok(response)
    }

    /// The path of a URL that is relative or names our server; `None` for any other.
    fn local_path(&self, url: &str) -> Option<String> {
        let path = match url.strip_prefix("https://") {
            Some(rest) => {
                let start = rest.find('/').unwrap_or(rest.len());
                let (authority, path) = rest.split_at_checked(start)?;
                let ours = self.authority.as_deref()?;
                authority.eq_ignore_ascii_case(ours).then_some(path)?
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

fn escape(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn read<R: DeserializeOwned>(body: &[u8], resource: &'static str) -> Result<R, ClientError> {
    serde_json::from_slice(body)
        .map_err(|e| ClientError::Malformed { resource, reason: e.to_string() })
}

/// Seconds that a server asks to wait before the next request: `Retry-After` of a 429 or 503, where
/// it says seconds. `None` for every other answer.
pub fn retry_after(status: u16, headers: &HeaderMap) -> Option<u32> {
    let asks = matches!(status, 429 | 503);
    let said = headers.get(header::RETRY_AFTER).filter(|_| asks)?;
    said.to_str().ok()?.trim().parse().ok()
}

fn refusal(response: &Response) -> ClientError {
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
