//! Files that people choose in a form: `multipart/form-data` (RFC 7578), read piece by piece within
//! a bound.
//!
//! [`Uploading`] takes one file of any content: session and token of the form are looked at before
//! a byte of the file is read, the token being the form's first field. Small files of text come
//! through [`super::form::Posted`] as fields.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::form::same;
use super::visit::{Inside, Parameters, Visit};
use crate::app::App;
use crate::page::error::ErrorView;

/// Bytes of a form beside its file.
const FRAME: usize = 64 << 10;

/// A form with one file, by somebody who is signed in. The file is still on its way.
pub(crate) struct Uploading {
    pub(crate) inside: Inside,
    parts: Multipart<'static>,
    most: usize,
}

impl FromRequest<App> for Uploading {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let inside = Inside::from_request_parts(&mut parts, app).await?;
        let most = app.node.bundle_limit();
        let visit = &inside.visit;
        let expired = || visit.error(&ErrorView::FormExpired);
        let boundary = boundary(&parts.headers).ok_or_else(expired)?;
        let mut parts = multipart(boundary, body, most.saturating_add(FRAME));
        let first = parts.next_field().await.map_err(|error| broken(visit, &error))?;
        let first = first.filter(|field| field.name() == Some("csrf")).ok_or_else(expired)?;
        let given = read(visit, first, FRAME).await?;
        let token = visit.session.as_ref().map(|s| s.csrf.as_str()).unwrap_or_default();
        if !same(&String::from_utf8_lossy(&given), token) {
            return Err(expired());
        }
        Ok(Self { inside, parts, most })
    }
}

/// A file that was chosen.
pub(crate) struct Chosen {
    /// What it is called, without folders.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Uploading {
    /// As [`Uploading::file`], with the short fields before it and its name.
    pub(crate) async fn file_with(mut self) -> Result<(Inside, Parameters, Chosen), Response> {
        let visit = &self.inside.visit;
        let mut fields = Vec::new();
        while let Some(field) = self.parts.next_field().await.map_err(|e| broken(visit, &e))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name != "file" {
                let value = read(visit, field, FRAME).await?;
                fields.push((name, String::from_utf8_lossy(&value).into_owned()));
                continue;
            }
            let given = field.file_name().unwrap_or_default();
            let name = given.rsplit(['/', '\\']).next().unwrap_or_default();
            let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
            let bytes = read(visit, field, self.most).await?;
            if bytes.is_empty() {
                break;
            }
            return Ok((self.inside, Parameters(fields), Chosen { name, bytes }));
        }
        Err(visit.error(&fault(400, "form.no-file")))
    }

    /// Reads the file that was chosen in the field `file`, as far as a file of a partner may be
    /// long.
    pub(crate) async fn file(mut self) -> Result<(Inside, Vec<u8>), Response> {
        let visit = &self.inside.visit;
        while let Some(field) = self.parts.next_field().await.map_err(|e| broken(visit, &e))? {
            if field.name() == Some("file") {
                let bytes = read(visit, field, self.most).await?;
                if bytes.is_empty() {
                    break;
                }
                return Ok((self.inside, bytes));
            }
        }
        Err(visit.error(&fault(400, "form.no-file")))
    }
}

/// The boundary of a form with files; `None` for any other form.
pub(super) fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(CONTENT_TYPE)?.to_str().ok()?).ok()
}

/// The fields of a form with files of text, of at most so many bytes. A file that was not chosen is
/// an empty field.
pub(super) async fn texts(
    visit: &Visit,
    boundary: String,
    body: Body,
    most: usize,
) -> Result<Parameters, Response> {
    let mut parts = multipart(boundary, body, most);
    let mut fields = Vec::new();
    while let Some(field) = parts.next_field().await.map_err(|error| broken(visit, &error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = read(visit, field, most).await?;
        let text = String::from_utf8(bytes);
        fields.push((name, text.map_err(|_| visit.error(&fault(400, "form.not-text")))?));
    }
    Ok(Parameters(fields))
}

/// Bytes that the browser saves. The name tells nothing of what is in it.
pub(super) fn saved(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let kind =
        if name.ends_with(".json") { "application/json" } else { "application/octet-stream" };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(place) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, place);
    }
    response
}

fn multipart(boundary: String, body: Body, most: usize) -> Multipart<'static> {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let limit = Constraints::new().size_limit(SizeLimit::new().whole_stream(most));
    Multipart::with_constraints(body.into_data_stream(), boundary, limit)
}

async fn read(visit: &Visit, mut field: Field<'_>, most: usize) -> Result<Vec<u8>, Response> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(visit, &error))? {
        if bytes.len().saturating_add(chunk.len()) > most {
            return Err(visit.error(&fault(413, "form.too-long")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What cannot be read to its end: too long, cut off, or no form at all.
fn broken(visit: &Visit, error: &multer::Error) -> Response {
    let long = matches!(
        error,
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. }
    );
    visit.error(&if long { fault(413, "form.too-long") } else { fault(400, "form.broken") })
}

fn fault(status: u16, code: &str) -> ErrorView {
    ErrorView::Coded { status, code: code.to_owned(), args: Vec::new() }
}
