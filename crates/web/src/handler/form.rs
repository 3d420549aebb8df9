//! Forms: nothing is done unless the form carries the token of the session that it belongs to.

use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::response::Response;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use subtle::ConstantTimeEq;

use super::upload;
use super::visit::{Inside, Parameters, Visit, cookie};
use crate::app::App;
use crate::page::error::ErrorView;

/// Longest form in bytes.
const LONGEST: usize = 64 << 10;
/// Cookie with the token of forms that nobody is signed in for yet.
pub(crate) const ENTRY: &str = "enlace_entry";

/// A form that somebody sent who is signed in, of at most so many bytes.
pub(crate) struct Posted<const MOST: usize = LONGEST> {
    pub(crate) inside: Inside,
    pub(crate) fields: Parameters,
}

impl<const MOST: usize> FromRequest<App> for Posted<MOST> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let inside = Inside::from_request_parts(&mut parts, app).await?;
        // Files of text that were chosen with it are fields, too.
        let fields = match upload::boundary(&parts.headers) {
            Some(boundary) => upload::texts(&inside.visit, boundary, body, MOST).await?,
            None => fields(&inside.visit, body, MOST).await?,
        };
        let token = inside.visit.session.as_ref().map(|s| s.csrf.as_str()).unwrap_or_default();
        if !same(fields.one("csrf"), token) {
            return Err(inside.visit.error(&ErrorView::FormExpired));
        }
        Ok(Self { inside, fields })
    }
}

/// A form to sign in with: its token is that of a cookie set with the form (double submit).
pub(crate) struct Entered {
    pub(crate) visit: Visit,
    pub(crate) fields: Parameters,
    /// The token, for showing the form again.
    pub(crate) token: String,
}

impl FromRequest<App> for Entered {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let token = entry_token(&parts.headers).unwrap_or_default();
        let fields = fields(&visit, body, LONGEST).await?;
        if !same(fields.one("csrf"), &token) {
            return Err(visit.error(&ErrorView::FormExpired));
        }
        Ok(Self { visit, fields, token })
    }
}

/// The token of the cookie, if it is one that we made.
pub(crate) fn entry_token(headers: &HeaderMap) -> Option<String> {
    let token = cookie(headers, ENTRY)?;
    (token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit())).then_some(token)
}

/// Whether two tokens are equal, in the same time for any two; an empty one equals none.
pub(super) fn same(given: &str, token: &str) -> bool {
    !token.is_empty() && bool::from(given.as_bytes().ct_eq(token.as_bytes()))
}

async fn fields(visit: &Visit, body: Body, most: usize) -> Result<Parameters, Response> {
    let too_long = ErrorView::Coded { status: 413, code: "form.too-long".into(), args: vec![] };
    let bytes = to_bytes(body, most).await.map_err(|_| visit.error(&too_long))?;
    // Whatever the browser calls it: nothing but a form is read here.
    let form = "application/x-www-form-urlencoded";
    let request = Request::post("/").header(CONTENT_TYPE, form).body(Body::from(bytes));
    let pairs = match request {
        Ok(request) => Form::<Vec<(String, String)>>::from_request(request, &()).await.ok(),
        Err(_) => None,
    };
    Ok(Parameters(pairs.map(|Form(pairs)| pairs).unwrap_or_default()))
}
