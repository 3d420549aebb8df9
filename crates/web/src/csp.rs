//! The headers that keep a page from doing anything we did not write.
//!
//! Nothing inline, nothing from elsewhere, no framing, and Trusted Types: the only code that may
//! turn text into markup is htmx's policy `htmx`, which its extension `hx-csp` guards with the
//! nonce of the response. A page puts that nonce on its script and, as `hx-nonce`, on every
//! element that htmx acts on.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderName, HeaderValue};

/// The nonce of one response, found in the request's extensions by the handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// A nonce of these 16 bytes, which must come from the system's generator.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// The text for the `nonce` and `hx-nonce` attributes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The value of `Content-Security-Policy` for a response with this nonce.
pub fn policy(nonce: &Nonce) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{}'; style-src 'self'; \
         img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
         require-trusted-types-for 'script'; trusted-types htmx",
        nonce.as_str()
    )
}

/// Middleware (`axum::middleware::from_fn(csp::headers)`) for the whole pages listener: puts a
/// [`Nonce`] into the request's extensions and the headers on the answer. `Cache-Control:
/// no-store` yields to what the handler set (assets).
///
/// Without randomness from the system there is no page: the answer is an empty 500.
pub async fn headers(mut request: Request, next: Next) -> Response {
    let mut bytes = [0_u8; 16];
    if getrandom::fill(&mut bytes).is_err() {
        let mut failed = Response::default();
        *failed.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        return failed;
    }
    let nonce = Nonce::new(bytes);
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    protect(response.headers_mut(), &nonce);
    response
}

/// Headers that never change.
const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
];

fn protect(headers: &mut http::HeaderMap, nonce: &Nonce) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&policy(nonce)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_nothing_unsafe() {
        let policy = policy(&Nonce::new([7; 16]));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.starts_with("default-src 'none';"));
        for needed in ["'nonce-BwcH", "frame-ancestors 'none'", "require-trusted-types-for"] {
            assert!(policy.contains(needed), "{needed} in {policy}");
        }
    }

    #[test]
    fn pages_are_not_stored_but_assets_keep_their_own_caching() {
        let nonce = Nonce::new([0; 16]);
        let mut page = http::HeaderMap::new();
        protect(&mut page, &nonce);
        assert_eq!(page.get("cache-control").unwrap(), "no-store");
        let mut asset = http::HeaderMap::new();
        asset.insert("cache-control", HeaderValue::from_static("immutable"));
        protect(&mut asset, &nonce);
        assert_eq!(asset.get("cache-control").unwrap(), "immutable");
    }
}
