//! Every answer that is no success: a TAXII error message, never HTML.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::backend::{Denied, Refused};
use crate::media_type::MEDIA_TYPE;
use crate::query::BadParameter;
use crate::types::ErrorMessage;

/// An error answer on its way out.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    description: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Fault {
    fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        description: impl Into<String>,
    ) -> Self {
        Self { status, code, title, description: description.into(), headers: Vec::new() }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// One text for all that is not there or not for the asker: nothing of the request in it.
    pub(crate) fn not_found() -> Self {
        let text = "no such resource for this account: ask for the list of collections";
        Self::new(StatusCode::NOT_FOUND, "taxii.not-found", "not found", text)
    }

    pub(crate) fn not_acceptable() -> Self {
        let text = format!("this server answers `{MEDIA_TYPE}` only: name it in `Accept`");
        Self::new(StatusCode::NOT_ACCEPTABLE, "taxii.not-acceptable", "not acceptable", text)
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let text = format!("this resource answers {allow}");
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "taxii.method-not-allowed", "method not allowed", text)
            .with(header::ALLOW, HeaderValue::from_static(allow))
    }

    pub(crate) fn read_only() -> Self {
        let text = "objects of this collection can be read, not added or deleted";
        Self::new(StatusCode::FORBIDDEN, "taxii.read-only", "collection is read-only", text)
    }

    pub(crate) fn write_only() -> Self {
        let text = "objects can be added to this collection, not read or deleted";
        Self::new(StatusCode::FORBIDDEN, "taxii.write-only", "collection is write-only", text)
    }

    pub(crate) fn unsupported_type() -> Self {
        let text = format!("send an envelope as `Content-Type: {MEDIA_TYPE}`");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "taxii.content-type", "unsupported media type", text)
    }

    pub(crate) fn unsupported_encoding() -> Self {
        let text = "send the body as it is or with `Content-Encoding: gzip`";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "taxii.content-encoding", "unsupported content encoding", text)
            .with(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))
    }

    pub(crate) fn too_large(most: usize) -> Self {
        let text = format!(
            "at most {most} bytes are read of a request, compressed ones as what they inflate to: \
             see `max_content_length` and send smaller envelopes"
        );
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Self::new(status, "taxii.too-large", "request too large", text)
    }

    pub(crate) fn too_many(most: usize) -> Self {
        let text = format!("at most {most} objects are read of a request: send smaller envelopes");
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Self::new(status, "taxii.too-many", "too many objects", text)
    }

    pub(crate) fn too_slow() -> Self {
        let text = "the body came too slowly, or nothing of it for too long: send it again";
        Self::new(StatusCode::REQUEST_TIMEOUT, "taxii.too-slow", "request timed out", text)
    }

    pub(crate) fn broken_body() -> Self {
        let text = "the body broke off or is no gzip: send it again";
        Self::new(StatusCode::BAD_REQUEST, "taxii.body.broken", "bad request", text)
    }

    pub(crate) fn not_json(problem: &str) -> Self {
        let text = format!("the body is no JSON: {problem}");
        Self::new(StatusCode::BAD_REQUEST, "taxii.body.not-json", "bad request", text)
    }

    pub(crate) fn no_envelope(problem: &str) -> Self {
        let text = format!("expected a TAXII envelope `{{\"objects\":[…]}}`: {problem}");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "taxii.body.no-envelope", "no envelope", text)
    }

    pub(crate) fn internal() -> Self {
        let text = "the server failed to answer: try again, then tell its operator the time";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "taxii.internal", "internal error", text)
    }

    fn unavailable() -> Self {
        let text = "the server cannot answer now: try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "taxii.unavailable", "unavailable", text)
            .with(header::RETRY_AFTER, HeaderValue::from_static("30"))
    }

    pub(crate) fn into_response(self) -> Response {
        let message = ErrorMessage {
            title: self.title.to_owned(),
            description: Some(self.description),
            error_code: Some(self.code.to_owned()),
            http_status: Some(self.status.as_str().to_owned()),
        };
        let body = serde_json::to_string(&message).unwrap_or_default();
        let mut response = json(self.status, body);
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

/// A TAXII answer with this JSON text.
pub(crate) fn json(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An answer without a body.
pub(crate) fn nothing(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl From<Denied> for Fault {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => {
                let text = "send your token as `Authorization: Bearer T`, as Basic password, or \
                            connect with the client certificate that was agreed";
                let status = StatusCode::UNAUTHORIZED;
                let basic = HeaderValue::from_static("Basic realm=\"taxii\", charset=\"UTF-8\"");
                Self::new(status, "taxii.unauthenticated", "not authenticated", text)
                    .with(header::WWW_AUTHENTICATE, basic)
                    .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            }
            Denied::Throttled { retry_after_s } => {
                let text = format!("too many requests: try again in {retry_after_s} seconds");
                let status = StatusCode::TOO_MANY_REQUESTS;
                Self::new(status, "taxii.throttled", "too many requests", text)
                    .with(header::RETRY_AFTER, HeaderValue::from(retry_after_s))
            }
            Denied::Unavailable => Self::unavailable(),
        }
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound => Self::not_found(),
            Refused::ReadOnly => Self::read_only(),
            Refused::WriteOnly => Self::write_only(),
            Refused::BadCursor => Self::new(
                StatusCode::BAD_REQUEST,
                "taxii.next.malformed",
                "bad request",
                "parameter `next`: expected the `next` of the page before, unchanged",
            ),
            Refused::StaleCursor => Self::new(
                StatusCode::BAD_REQUEST,
                "taxii.next.stale",
                "bad request",
                "parameter `next` is from before this server was restored: start again with \
                 `added_after` set to the last X-TAXII-Date-Added-Last you have seen",
            ),
            Refused::Unavailable => Self::unavailable(),
            Refused::Internal => Self::internal(),
        }
    }
}

impl From<BadParameter> for Fault {
    fn from(bad: BadParameter) -> Self {
        Self::new(StatusCode::BAD_REQUEST, bad.code(), "bad request", bad.to_string())
    }
}
