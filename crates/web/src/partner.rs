//! The partners' listener beside TAXII: inbox and log, for certificates only.
//!
//! What is answered depends on who asks and what was sent; errors carry a code and nothing else.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::BytesMut;
use enlace_node::{NodeError, Peer};
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::quota;
use crate::room::Place;
use crate::route::{Declared, Exit};

/// Where partners send signed papers.
pub(crate) const INBOX: &str = "/enlace/v1/inbox";

/// Where partners ask hit or no hit.
const MATCH: &str = "/enlace/v1/match";
/// Answers about hit or no hit leave at whole steps of this after the question came: how long the work
/// took says nothing.
const STEP: Duration = Duration::from_millis(100);

/// A whole body must have come by then.
const BODY: Duration = Duration::from_secs(120);
/// Who found no room for a body is told to come again after this long.
const AGAIN: Duration = Duration::from_secs(5);

pub(crate) fn routes() -> Declared {
    Declared::new()
        .get(Exit::Public, "/healthz", health)
        .post(Exit::Partner, INBOX, inbox)
        .get(Exit::Partner, "/enlace/v1/log/{*path}", log_file)
        .post(Exit::Partner, "/enlace/v1/log/cosign", cosign)
        .post(Exit::Partner, MATCH, matching)
        .get(Exit::Partner, "/enlace/v1/match/{*path}", match_table)
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
    let (partner, body, _place) = match sender(&app, peer, body).await {
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
    // What we hold of the asker's own half: also for one whose channel rests.
    let found = match path.starts_with("held/") {
        true => resting(&app, peer).await,
        false => certified(&app, peer).await,
    };
    let partner = match found {
        Ok(partner) => partner,
        Err(refusal) => return refusal,
    };
    match app.node.log_file(&partner, &path).await {
        Ok(Some(bytes)) => octets(Body::from(bytes)),
        Ok(None) => nothing().await,
        Err(error) => failed(&error),
    }
}

async fn matching(State(app): State<App>, peer: Option<Extension<Peer>>, body: Body) -> Response {
    let (partner, body, _place) = match sender(&app, peer, body).await {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    let began = Instant::now();
    let answer = match app.node.match_receive(&partner, &body).await {
        Ok(signed) => Json(signed).into_response(),
        Err(error) => failed(&error),
    };
    let steps = began.elapsed().as_millis() / STEP.as_millis() + 1;
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    tokio::time::sleep_until(began + STEP.saturating_mul(steps)).await;
    answer
}

async fn match_table(
    State(app): State<App>,
    Path(sha256): Path<String>,
    peer: Option<Extension<Peer>>,
) -> Response {
    let partner = match certified(&app, peer).await {
        Ok(partner) => partner,
        Err(refusal) => return refusal,
    };
    match app.node.match_file(&partner, &sha256).await {
        Ok(Some(bytes)) => octets(Body::from(bytes)),
        Ok(None) => nothing().await,
        Err(error) => failed(&error),
    }
}

async fn cosign(State(app): State<App>, peer: Option<Extension<Peer>>, body: Body) -> Response {
    let (partner, body, _place) = match sender(&app, peer, body).await {
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

/// As [`certified`], also while the channel rests.
async fn resting(app: &App, peer: Option<Extension<Peer>>) -> Result<String, Response> {
    let peer = peer.map(|Extension(peer)| peer).unwrap_or_default();
    match app.node.partner_of_resting_peer(&peer).await {
        Ok(Some(partner)) => Ok(partner),
        Ok(None) => Err(refuse(StatusCode::UNAUTHORIZED, "partner.certificate")),
        Err(error) => Err(failed(&error)),
    }
}

/// The partner, the whole body and the room that it has for as long as it is worked on; who is not
/// recognised is refused unread, and so is what there is no room for.
async fn sender(
    app: &App,
    peer: Option<Extension<Peer>>,
    body: Body,
) -> Result<(String, Bytes, Place), Response> {
    let partner = certified(app, peer).await?;
    let mut place = app.room.place(&partner);
    let most = app.node.config().limits.body_bytes.min(app.room.widest());
    let late = |_| refuse(StatusCode::REQUEST_TIMEOUT, "partner.too-slow");
    let body = timeout(BODY, whole(body, &mut place, most)).await.map_err(late)??;
    Ok((partner, body, place))
}

/// The whole body, as far as there is room for it. What it says of its length is kept free from the
/// first byte on: two bodies never wait for each other half-way.
async fn whole(mut body: Body, place: &mut Place, most: usize) -> Result<Bytes, Response> {
    let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, "partner.too-large");
    let no_room = || quota::refused(AGAIN);
    let said = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if said > most {
        return Err(too_large());
    }
    if !place.widen(said) {
        return Err(no_room());
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let broken = |_| refuse(StatusCode::BAD_REQUEST, "partner.broken-body");
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        let length = whole.len().saturating_add(data.len());
        if length > most {
            return Err(too_large());
        }
        if !place.widen(length) {
            return Err(no_room());
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

fn octets(body: Body) -> Response {
    let mut answer = Response::new(body);
    let kind = HeaderValue::from_static("application/octet-stream");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Room;

    fn room(partner: usize, all: usize) -> Room {
        Room::new(&enlace_node::Quota {
            partner_body_bytes: partner,
            body_bytes: all,
            ..enlace_node::Quota::default()
        })
    }

    fn status(done: Result<Bytes, Response>) -> u16 {
        done.map_or_else(|refused| refused.status().as_u16(), |_| 200)
    }

    #[tokio::test]
    async fn a_body_waits_for_no_room_and_is_refused_before_it_is_read() {
        let room = room(10, 100);
        let (mut first, mut second) = (room.place("us"), room.place("us"));
        assert_eq!(status(whole(Body::from("123456"), &mut first, 100).await), 200);
        let refused = whole(Body::from("12345"), &mut second, 100).await.unwrap_err();
        assert_eq!(refused.status().as_u16(), 429);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
        assert_eq!(status(whole(Body::from("1234"), &mut second, 100).await), 200);
        assert_eq!(status(whole(Body::from("1"), &mut room.place("nl"), 100).await), 200);
        drop(first);
        assert_eq!(status(whole(Body::from("123456"), &mut room.place("us"), 100).await), 200);
    }

    #[tokio::test]
    async fn a_body_that_does_not_say_its_length_has_room_for_what_came_and_no_more() {
        let room = room(10, 100);
        // As of HTTP/2 without `content-length`.
        let unsaid = || Body::new(Body::from("123456123456").map_frame(|frame| frame));
        assert_eq!(unsaid().size_hint().lower(), 0);
        assert_eq!(status(whole(unsaid(), &mut room.place("us"), 100).await), 429);
        assert_eq!(status(whole(unsaid(), &mut room.place("us"), 8).await), 413);
        let wide = Room::new(&enlace_node::Quota::default());
        assert_eq!(status(whole(unsaid(), &mut wide.place("us"), 100).await), 200);
    }
}
