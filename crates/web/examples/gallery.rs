//! Serves every page with an invented case and the real headers, for looking at and for the
//! browser checks: `cargo run -p enlace-web --example gallery [ADDRESS]`, then `/en/search`.

use std::collections::HashMap;

use axum::extract::{Extension, Path, Query};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use enlace_web::asset::{self, Assets};
use enlace_web::csp::{self, Nonce};
use enlace_web::href;
use enlace_web::layout::{Chrome, NodeName, Place, Said, User};
use enlace_web::text::{Lang, Texts};
use http::StatusCode;

#[path = "../tests/it/sample.rs"]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod sample;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:7190".to_owned());
    let pages = Router::new()
        .route("/{lang}/{page}", get(page))
        .route(href::SEARCH, get(|q, nonce| at_address(q, nonce, "search")))
        .route(href::RELEASE_NEW, get(|q, nonce| at_address(q, nonce, "release")))
        .route(href::RELEASES, get(|q, nonce| at_address(q, nonce, "releases")))
        .route(href::OVERSIGHT, get(|q, nonce| at_address(q, nonce, "oversight")))
        .route(asset::ROUTE, get(asset::serve))
        .layer(middleware::from_fn(csp::headers));
    axum::serve(tokio::net::TcpListener::bind(address).await?, pages).await
}

async fn page(
    Path((lang, name)): Path<(String, String)>,
    Extension(nonce): Extension<Nonce>,
) -> Response {
    let (texts, assets) = (Texts::new(), Assets::find());
    let node = NodeName { name: "Unidad Nacional de Enlace (UNE)".into(), country: "EC".into() };
    let lang = Lang::from_code(&lang).unwrap_or_default();
    let chrome = chrome(&texts, &assets, &node, lang, &name, &nonce);
    let status = match name.strip_prefix("error-").and_then(|code| code.parse().ok()) {
        Some(code) => StatusCode::from_u16(code).unwrap_or_default(),
        None => StatusCode::OK,
    };
    match sample::render(&name, &chrome) {
        Some(markup) => (status, Html(markup.into_string())).into_response(),
        None => (StatusCode::NOT_FOUND, sample::PAGES.join("\n")).into_response(),
    }
}

/// The pages at their own addresses, in English, so that links, forms and keys lead somewhere.
async fn at_address(
    Query(parameters): Query<HashMap<String, String>>,
    nonce: Extension<Nonce>,
    name: &str,
) -> Response {
    let name = match parameters.get("q").map(String::as_str) {
        None if name == "search" => "search-first",
        Some("nothing") if name == "search" => "search-none",
        _ => name,
    };
    page(Path(("en".to_owned(), name.to_owned())), nonce).await
}

fn chrome<'a>(
    texts: &'a Texts,
    assets: &'a Assets,
    node: &'a NodeName,
    lang: Lang,
    name: &str,
    nonce: &Nonce,
) -> Chrome<'a> {
    let outside = name.starts_with("login");
    let here = match name.split('-').next() {
        Some("search") => Some(Place::Search),
        Some("release" | "releases") => Some(Place::Releases),
        Some("updates") => Some(Place::Releases),
        Some("incoming") => Some(Place::Incoming),
        Some("partner" | "partners" | "own") => Some(Place::Partners),
        Some("agreement" | "agreements") => Some(Place::Agreements),
        Some("oversight") => Some(Place::Oversight),
        _ => None,
    };
    let user = User { account: "m.cevallos".into(), role: "liaison-officer".into() };
    let flash = Said::Submitted.flash(texts, lang);
    Chrome {
        texts,
        assets,
        lang,
        node,
        user: (!outside).then_some(user),
        places: if outside { vec![] } else { Place::ALL.to_vec() },
        here,
        language_href: format!("/{}/{name}", lang.other()),
        csrf: "csrf-of-the-session".into(),
        nonce: nonce.as_str().to_owned(),
        flashes: if name == "releases" { vec![flash] } else { vec![] },
    }
}
