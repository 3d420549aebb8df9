//! Styles and scripts of the pages: `ui/dist` inside the binary, or the bare stylesheet without it.
//!
//! `ui/build.mjs` writes files whose names carry a hash of their content, and `manifest.json` with
//! the name of each. A binary built without `ui/dist` still serves every page: it uses
//! `ui/src/style.css` as it is and no script.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// Route of [`serve`].
pub const ROUTE: &str = "/assets/{*name}";

const PLAIN_STYLE: (&str, &str) = ("style.css", include_str!("../../../ui/src/style.css"));
const PLAIN_ICON: (&str, &str) = ("icon.svg", include_str!("../../../ui/src/icon.svg"));

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

/// Where the page finds its files, as paths on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    /// Stylesheet.
    pub style: String,
    /// Icon (SVG).
    pub icon: String,
    /// Script module; `None` in a binary built without `ui/dist`.
    pub script: Option<String>,
}

impl Assets {
    /// Reads the manifest inside the binary. Called once at start.
    pub fn find() -> Self {
        let manifest: BTreeMap<String, String> = Dist::get("manifest.json")
            .and_then(|file| serde_json::from_slice(&file.data).ok())
            .unwrap_or_default();
        let path = |name: &str| manifest.get(name).map(|file| format!("/assets/{file}"));
        let plain = |name: &str| format!("/assets/{name}");
        Self {
            style: path("style.css").unwrap_or_else(|| plain(PLAIN_STYLE.0)),
            icon: path("icon.svg").unwrap_or_else(|| plain(PLAIN_ICON.0)),
            script: path("app.js"),
        }
    }
}

/// Handler of [`ROUTE`]: a file of `ui/dist` or of the plain two, else an empty 404.
///
/// Hashed names are cached for good; the plain ones are asked for again by their `ETag`.
pub async fn serve(Path(name): Path<String>, request: HeaderMap) -> Response {
    let Some((body, hashed)) = file(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&body)));
    let kind = mime_guess::from_path(&name).first_or_octet_stream();
    let caching = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|v| v.trim().trim_start_matches("W/") == tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Bytes::from(body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    for (name, value) in [(header::CONTENT_TYPE, kind.as_ref()), (header::ETAG, tag.as_str())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

/// The file's bytes, and whether its name carries the hash of its content.
fn file(name: &str) -> Option<(Vec<u8>, bool)> {
    if let Some(file) = Dist::get(name) {
        return (name != "manifest.json").then(|| (file.data.into_owned(), true));
    }
    let plain = [PLAIN_STYLE, PLAIN_ICON].into_iter().find(|(plain, _)| *plain == name)?;
    Some((plain.1.as_bytes().to_vec(), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(name: &str, tag: Option<&HeaderValue>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(tag) = tag {
            headers.insert(header::IF_NONE_MATCH, tag.clone());
        }
        serve(Path(name.to_owned()), headers).await
    }

    #[tokio::test]
    async fn the_stylesheet_that_pages_name_is_served_and_cached_by_its_tag() {
        let style = Assets::find().style;
        let name = style.strip_prefix("/assets/").unwrap();
        let first = get(name, None).await;
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers()["content-type"], "text/css");
        let again = get(name, first.headers().get("etag")).await;
        assert_eq!(again.status(), 304);
    }

    #[tokio::test]
    async fn without_ui_dist_the_bare_stylesheet_is_there() {
        let plain = get("style.css", None).await;
        assert_eq!(
            (plain.status().as_u16(), &plain.headers()["cache-control"]),
            (200, &HeaderValue::from_static("no-cache"))
        );
    }

    #[tokio::test]
    async fn nothing_else_is_served() {
        for name in ["manifest.json", "../Cargo.toml", "", "app.ts"] {
            assert_eq!(get(name, None).await.status(), 404, "{name}");
        }
    }
}
