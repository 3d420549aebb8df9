//! What holds for every request to the pages: no form from elsewhere, the language is remembered.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{HOST, HeaderValue, ORIGIN, SET_COOKIE};
use http::request::Parts;
use http::{Method, Uri};

use super::visit::{LANG, Parameters, Visit};
use crate::app::App;
use crate::page::error::ErrorView;
use crate::text::Lang;

/// Middleware: a request that may change something must come from a page of this node. Browsers
/// say so in `Origin`; where that is absent, or `null` because our pages send no referrer
/// (Fetch §3.2), in `Sec-Fetch-Site`, which no page can set. Who says neither is refused.
pub(crate) async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let safe = matches!(parts.method, Method::GET | Method::HEAD);
    if safe || from_here(&parts, app.secure) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    match Visit::from_request_parts(&mut parts, &app).await {
        Ok(visit) => visit.error(&ErrorView::FormExpired),
        Err(refusal) => refusal,
    }
}

fn from_here(parts: &Parts, secure: bool) -> bool {
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
    let site = parts.headers.get("sec-fetch-site").and_then(text).unwrap_or_default();
    let Some(origin) = parts.headers.get(ORIGIN) else {
        return matches!(site.as_str(), "same-origin" | "none");
    };
    if origin == "null" {
        return site == "same-origin";
    }
    let host = parts.headers.get(HOST).and_then(text);
    let host = host.or_else(|| parts.uri.authority().map(ToString::to_string));
    let origin = text(origin).and_then(|origin| origin.parse::<Uri>().ok());
    let (Some(host), Some(origin)) = (host, origin) else { return false };
    let scheme = origin.scheme_str().unwrap_or_default();
    // A proxy in front of the loopback listener may speak TLS to the browser.
    let scheme_fits = scheme == "https" || (scheme == "http" && !secure);
    let named = origin.authority().map(|a| a.as_str()).unwrap_or_default();
    scheme_fits && !host.is_empty() && named.eq_ignore_ascii_case(&host)
}

/// Middleware: a language that was chosen by a link stays chosen.
pub(crate) async fn remember_language(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(parameters) = Parameters::from_request_parts(&mut parts, &app).await;
    let chosen = parameters.some("lang").and_then(Lang::from_code);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if let Some(lang) = chosen {
        let value = set_cookie(LANG, lang.code(), app.secure, "; Max-Age=31536000");
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

/// A cookie that scripts cannot read and other sites' pages do not send.
pub(crate) fn set_cookie(name: &str, value: &str, secure: bool, more: &str) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}")
}
