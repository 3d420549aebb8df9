//! What the client needs of the world: a way to one server, and time.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;

/// Sends requests to the one server that it is bound to, and waits: all that the client needs of
/// the world.
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

    /// Sends a body to a path, under the same rules. A way that only reads need not have it.
    async fn post(
        &self,
        _path: &str,
        _headers: &[(&str, &str)],
        _body: Bytes,
        _max_bytes: usize,
    ) -> Result<Response, TransportError> {
        Err(TransportError::Refused("this way only reads".to_owned()))
    }

    /// Waits for a random time between the two, so that many clients do not come back at once.
    /// `false` if this way never waits: then the caller hears of the trouble at once.
    async fn wait(&self, _least: Duration, _most: Duration) -> bool {
        false
    }
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
    /// The server's certificate does not hold, or ours does not for it.
    #[error("the server is not trusted, or does not trust us: {0}")]
    Untrusted(String),
    /// The request was not made, or its answer is not followed.
    #[error("the request is not made: {0}")]
    Refused(String),
    /// The body is longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
}
