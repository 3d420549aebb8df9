//! The partners' listener beside TAXII: inbox and log, for certificates only.
//!
//! What is answered depends on who asks and what was sent; errors carry a code and nothing else.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use enlace_node::{NodeError, Peer};
use serde_json::json;

use crate::app::App;
use crate::route::{Declared, Exit};

/// Where partners send signed papers.
pub(crate) const INBOX: &str = "/enlace/v1/inbox";

pub(crate) fn routes() -> Declared {
    Declared::new()
        .get(Exit::Public, "/healthz", health)
        .post(Exit::Partner, INBOX, inbox)
        .get(Exit::Partner, "/enlace/v1/log/{*path}", log_file)
        .post(Exit::Partner, "/enlace/v1/log/cosign", cosign)
}

/// Up or not; nothing else.
pub(crate) async fn health() -> Response {
    let mut answer = Response::new(Body::from("up\n"));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer
}

/// Anything that is not routed.
pub(crate) async fn nothing() -> Response {
    refuse(StatusCode::NOT_FOUND, "node.not-found")
}

async fn inbox(State(app): State<App>, peer: Option<Extension<Peer>>, body: Body) -> Response {
    let (partner, body) = match sender(&app, peer, body).await {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    let Ok(text) = std::str::from_utf8(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "inbox.not-an-envelope");
    };
    match app.node.inbox_receive(&partner, text).await {
        Ok(objects) => Json(json!({ "objects": objects })).into_response(),
        Err(error) => failed(&error),
    }
}

async fn log_file(
    State(app): State<App>,
    Path(path): Path<String>,
    peer: Option<Extension<Peer>>,
) -> Response {
    let partner = match certified(&app, peer).await {
        Ok(partner) => partner,
        Err(refusal) => return refusal,
    };
    match app.node.log_file(&partner, &path).await {
        Ok(Some(bytes)) => {
            let mut answer = Response::new(Body::from(bytes));
            let kind = HeaderValue::from_static("application/octet-stream");
            answer.headers_mut().insert(header::CONTENT_TYPE, kind);
            answer
        }
        Ok(None) => nothing().await,
        Err(error) => failed(&error),
    }
}

async fn cosign(State(app): State<App>, peer: Option<Extension<Peer>>, body: Body) -> Response {
    let (partner, body) = match sender(&app, peer, body).await {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    match app.node.cosign(&partner, &body).await {
        Ok(bytes) => {
            let mut answer = Response::new(Body::from(bytes));
            let kind = HeaderValue::from_static("application/json");
            answer.headers_mut().insert(header::CONTENT_TYPE, kind);
            answer
        }
        Err(error) => failed(&error),
    }
}

/// The partner of the connection's certificate.
async fn certified(app: &App, peer: Option<Extension<Peer>>) -> Result<String, Response> {
    let peer = peer.map(|Extension(peer)| peer).unwrap_or_default();
    match app.node.partner_of_peer(&peer).await {
        Ok(Some(partner)) => Ok(partner),
        Ok(None) => Err(refuse(StatusCode::UNAUTHORIZED, "partner.certificate")),
        Err(error) => Err(failed(&error)),
    }
}

/// The partner and the whole body; who is not recognised is refused unread.
async fn sender(
    app: &App,
    peer: Option<Extension<Peer>>,
    body: Body,
) -> Result<(String, Bytes), Response> {
    let partner = certified(app, peer).await?;
    let body = to_bytes(body, app.node.config().limits.body_bytes).await;
    let body = body.map_err(|_| refuse(StatusCode::PAYLOAD_TOO_LARGE, "partner.too-large"))?;
    Ok((partner, body))
}

fn failed(error: &NodeError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    if status.is_server_error() {
        tracing::error!(code = error.code(), "partner request");
    }
    refuse(status, error.code())
}

fn refuse(status: StatusCode, code: &'static str) -> Response {
    (status, Json(json!({ "title": code, "http_status": status.as_str() }))).into_response()
}
