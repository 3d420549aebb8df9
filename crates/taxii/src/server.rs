//! The TAXII 2.1 routes over a [`Backend`].
//!
//! Every request is recognised, then routed, then negotiated, then answered, in this order: who is
//! not known learns nothing about paths, and what is refused before the backend is asked does not
//! depend on what the backend holds.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use enlace_stix::{Id, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::answers::{Answers, Place};
use crate::backend::{Backend, Denied, Envelope, Page, Record, Refused};
use crate::body::{self, Room};
use crate::compress;
use crate::fault::{Fault, json, nothing};
use crate::media_type::{accepted, accepts_gzip, is_sent_as_taxii};
use crate::query::{BadParameter, Query, VersionFilter};
use crate::submission::Submission;
use crate::types::{Collections, Manifest, ManifestRecord, Versions};

/// Path of the discovery resource.
pub const DISCOVERY: &str = "/taxii2/";
/// Path of the one API root.
pub const API_ROOT: &str = "/taxii2/node/";

/// Every method and path that is answered; each path is answered alike without its last slash, and
/// `HEAD` like `GET`. Anything else below [`DISCOVERY`] is 404 or 405.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET", "/taxii2/"),
    ("GET", "/taxii2/node/"),
    ("GET", "/taxii2/node/status/{status_id}/"),
    ("GET", "/taxii2/node/collections/"),
    ("GET", "/taxii2/node/collections/{id}/"),
    ("GET", "/taxii2/node/collections/{id}/manifest/"),
    ("GET", "/taxii2/node/collections/{id}/objects/"),
    ("POST", "/taxii2/node/collections/{id}/objects/"),
    ("GET", "/taxii2/node/collections/{id}/objects/{object_id}/"),
    ("DELETE", "/taxii2/node/collections/{id}/objects/{object_id}/"),
    ("GET", "/taxii2/node/collections/{id}/objects/{object_id}/versions/"),
];

const ADDED_FIRST: HeaderName = HeaderName::from_static("x-taxii-date-added-first");
const ADDED_LAST: HeaderName = HeaderName::from_static("x-taxii-date-added-last");

/// The routes of [`ROUTES`], to be merged into a listener's router. It has no fallback of its own;
/// everything below `/taxii2` is answered as TAXII.
pub fn router<B: Backend>(backend: Arc<B>) -> Router {
    let room = Room::for_bodies_of(backend.max_body());
    Router::new()
        .route("/taxii2", any(serve::<B>))
        .route("/taxii2/", any(serve::<B>))
        .route("/taxii2/{*rest}", any(serve::<B>))
        .with_state(Server { backend, room, answers: Answers::new() })
}

/// What requests share.
struct Server<B> {
    backend: Arc<B>,
    room: Room,
    answers: Answers,
}

impl<B> Clone for Server<B> {
    fn clone(&self) -> Self {
        let (room, answers) = (self.room.clone(), self.answers.clone());
        Self { backend: Arc::clone(&self.backend), room, answers }
    }
}

/// The answer to whoever asks too much, the same on every route: 429 with `Retry-After`. For a
/// listener that counts requests before they get here.
pub fn throttled(retry_after_s: u32) -> Response {
    Fault::from(Denied::Throttled { retry_after_s }).into_response()
}

async fn serve<B: Backend>(State(server): State<Server<B>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let packed = server.backend.compresses() && accepts_gzip(&parts.headers);
    let answer = answer(&server, &parts, body).await;
    let (response, place) = answer.unwrap_or_else(|fault| (fault.into_response(), None));
    let response = if packed { compress::gzip(response).await } else { response };
    match place {
        Some(place) => place.hold(response).await,
        None => response,
    }
}

/// A resource named by a path.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Discovery,
    ApiRoot,
    Status(String),
    Collections,
    Collection(String),
    Manifest(String),
    Objects(String),
    Object(String, String),
    Versions(String, String),
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Option<Vec<String>> = path
            .split('/')
            .map(|s| percent_decode_str(s).decode_utf8().ok().map(|s| s.into_owned()))
            .collect();
        let segments = segments?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let text = |part: &&str| (*part).to_owned();
        Some(match segments.as_slice() {
            ["", "taxii2"] => Self::Discovery,
            ["", "taxii2", "node"] => Self::ApiRoot,
            ["", "taxii2", "node", "status", id] => Self::Status(text(id)),
            ["", "taxii2", "node", "collections", rest @ ..] => match rest {
                [] => Self::Collections,
                [c] => Self::Collection(text(c)),
                [c, "manifest"] => Self::Manifest(text(c)),
                [c, "objects"] => Self::Objects(text(c)),
                [c, "objects", o] => Self::Object(text(c), text(o)),
                [c, "objects", o, "versions"] => Self::Versions(text(c), text(o)),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn allow(&self) -> &'static str {
        match self {
            Self::Objects(_) => "GET, HEAD, POST",
            Self::Object(..) => "GET, HEAD, DELETE",
            _ => "GET, HEAD",
        }
    }
}

async fn answer<B: Backend>(
    server: &Server<B>,
    parts: &http::request::Parts,
    body: Body,
) -> Result<(Response, Option<Place>), Fault> {
    let backend = &*server.backend;
    if let Some(found) = at_once(backend, parts).await {
        let place = server.answers.place(1).await?;
        return Ok((envelope(&found?)?, Some(place)));
    }
    let who = backend.authenticate(parts).await?;
    let target = Target::of(parts.uri.path()).ok_or_else(Fault::not_found)?;
    let reads = parts.method == Method::GET || parts.method == Method::HEAD;
    if !reads && !target.allow().split(", ").any(|m| m == parts.method.as_str()) {
        return Err(Fault::method_not_allowed(target.allow()));
    }
    if !accepted(&parts.headers) {
        return Err(Fault::not_acceptable());
    }
    if reads {
        // Only pages with whole objects are long.
        let query = parts.uri.query().unwrap_or_default();
        let objects = match target {
            Target::Objects(_) => Query::parse(query, backend.max_page()).ok().map(|q| q.limit),
            Target::Object(..) => Some(1),
            _ => None,
        };
        let place = match objects {
            Some(objects) => Some(server.answers.place(objects).await?),
            None => None,
        };
        return Ok((read(backend, &who, target, query).await?, place));
    }
    let written = match target {
        _ if !backend.writes() => Err(refuse_to_write(backend, &who, &target).await),
        Target::Objects(id) => add(server, &who, &id, &parts.headers, body).await,
        Target::Object(id, object) => {
            let text = parts.uri.query().unwrap_or_default();
            let query = Query::parse_or(text, backend.max_page(), VersionFilter::All);
            delete(backend, &who, &id, &object, query.map(of_one_object)).await
        }
        _ => Err(Fault::not_found()),
    };
    Ok((written?, None))
}

/// The answer to a question about one object with which nothing is wrong, if the backend knows the
/// asker well enough to give it at once.
async fn at_once<B: Backend>(
    backend: &B,
    parts: &http::request::Parts,
) -> Option<Result<Envelope, Refused>> {
    let reads = parts.method == Method::GET || parts.method == Method::HEAD;
    if !reads || !accepted(&parts.headers) {
        return None;
    }
    let Some(Target::Object(id, object)) = Target::of(parts.uri.path()) else { return None };
    let query = Query::parse(parts.uri.query().unwrap_or_default(), backend.max_page()).ok()?;
    let object: Id = object.parse().ok()?;
    backend.one_object(parts, &id, &object, &of_one_object(query)).await
}

async fn read<B: Backend>(
    backend: &B,
    who: &B::Who,
    target: Target,
    query: &str,
) -> Result<Response, Fault> {
    let query = || Query::parse(query, backend.max_page());
    match target {
        Target::Discovery => resource(&backend.discovery(who).await?),
        Target::ApiRoot => resource(&backend.api_root(who).await?),
        Target::Status(id) => resource(&backend.status(who, &id).await?),
        Target::Collections => {
            resource(&Collections { collections: backend.collections(who).await? })
        }
        Target::Collection(id) => resource(&backend.collection(who, &id).await?),
        Target::Manifest(id) => manifest(&backend.manifest(who, &id, &query()?).await?),
        Target::Objects(id) => envelope(&backend.envelope(who, &id, None, &query()?).await?),
        Target::Object(id, object) => {
            let (query, object) = (of_one_object(query()?), stix_id(&object)?);
            envelope(&backend.envelope(who, &id, Some(&object), &query).await?)
        }
        Target::Versions(id, object) => {
            // `match[version]` is no parameter here: the resource lists them all (§5.8).
            let query = Query { versions: vec![VersionFilter::All], ..of_one_object(query()?) };
            versions(&backend.versions(who, &id, &stix_id(&object)?, &query).await?)
        }
    }
}

/// Adds what was sent (§5.5). Who may not is told before the body is read.
async fn add<B: Backend>(
    server: &Server<B>,
    who: &B::Who,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let backend = &*server.backend;
    if !backend.collection(who, id).await?.can_write {
        return Err(Fault::read_only());
    }
    if !is_sent_as_taxii(headers) {
        return Err(Fault::unsupported_type());
    }
    let (bytes, place) = body::whole(headers, body, backend.max_body(), &server.room).await?;
    let limits = backend.limits();
    // Reading and judging many objects is work: other requests go on meanwhile.
    let judged = tokio::task::spawn_blocking(move || Submission::read(&bytes, limits));
    let submission = judged.await.map_err(|_| Fault::internal())??;
    let status = backend.add(who, id, submission).await?;
    drop(place);
    let body = serde_json::to_string(&status).map_err(|_| Fault::internal())?;
    Ok(json(StatusCode::ACCEPTED, body))
}

/// Deletes versions of an object (§5.7): all of them where `match[version]` names none, because
/// after a deletion the object is not to be found any more.
async fn delete<B: Backend>(
    backend: &B,
    who: &B::Who,
    id: &str,
    object: &str,
    query: Result<Query, BadParameter>,
) -> Result<Response, Fault> {
    let collection = backend.collection(who, id).await?;
    if !collection.can_write {
        return Err(Fault::read_only());
    }
    if !collection.can_read {
        return Err(Fault::write_only());
    }
    backend.delete(who, id, &stix_id(object)?, &query?).await?;
    Ok(nothing(StatusCode::OK))
}

/// Adding and deleting is refused; a collection that the asker may not see is still unknown.
async fn refuse_to_write<B: Backend>(backend: &B, who: &B::Who, target: &Target) -> Fault {
    let (Target::Objects(id) | Target::Object(id, _)) = target else { return Fault::not_found() };
    match backend.collection(who, id).await {
        Ok(_) => Fault::read_only(),
        Err(refused) => refused.into(),
    }
}

/// Below one object, `match[id]` and `match[type]` are no parameters (§5.6, §5.8).
fn of_one_object(query: Query) -> Query {
    Query { ids: Vec::new(), kinds: Vec::new(), ..query }
}

/// What is no identifier names no object.
fn stix_id(text: &str) -> Result<Id, Fault> {
    text.parse().map_err(|_| Fault::not_found())
}

fn resource(value: &impl Serialize) -> Result<Response, Fault> {
    let body = serde_json::to_string(value).map_err(|_| Fault::internal())?;
    Ok(json(StatusCode::OK, body))
}

/// The envelope of §3.7, put together from the stored texts; empty: `{}`.
fn envelope(page: &Envelope) -> Result<Response, Fault> {
    let mut body = String::with_capacity(page.objects.len() + 128);
    body.push('{');
    if page.next.is_some() || page.added_us.is_some() {
        body.push_str(if page.next.is_some() { "\"more\":true" } else { "\"more\":false" });
    }
    if let Some(next) = &page.next {
        let next = serde_json::to_string(next).map_err(|_| Fault::internal())?;
        body.push_str(",\"next\":");
        body.push_str(&next);
    }
    if page.added_us.is_some() {
        body.push_str(",\"objects\":[");
        body.push_str(&page.objects);
        body.push(']');
    }
    body.push('}');
    let dates = page.added_us.into_iter().flat_map(|(first, last)| [first, last]);
    dated(json(StatusCode::OK, body), dates)
}

fn manifest(page: &Page<Record>) -> Result<Response, Fault> {
    let body = Manifest {
        more: page.more(),
        next: page.next.as_deref(),
        objects: page.items.iter().map(ManifestRecord::of).collect(),
    };
    dated(resource(&body)?, page.items.iter().map(|item| item.date_added_us))
}

fn versions(page: &Page<Record>) -> Result<Response, Fault> {
    let body = Versions {
        more: page.more(),
        next: page.next.as_deref(),
        versions: page.items.iter().map(|item| item.version.as_str()).collect(),
    };
    dated(resource(&body)?, page.items.iter().map(|item| item.date_added_us))
}

/// Adds the `X-TAXII-Date-Added-*` headers with all six digits: a client that gets fewer fetches
/// the same objects again.
fn dated(
    mut response: Response,
    added_us: impl Iterator<Item = i64> + Clone,
) -> Result<Response, Fault> {
    for (name, added) in [(ADDED_FIRST, added_us.clone().min()), (ADDED_LAST, added_us.max())] {
        if let Some(added) = added {
            let text = Timestamp::from_micros(added).to_string();
            let value = HeaderValue::from_str(&text).map_err(|_| Fault::internal())?;
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
