//! `GET /object/{id}/copy`: the flattened copy of a document, to look at before it leaves.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use enlace_node as node;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::visit::Inside;
use crate::page::document::DocumentPreview;

pub(crate) async fn copy(inside: Inside, Path(id): Path<String>) -> Response {
    match inside.visit.app.node.document_copy(&inside.actor, &id).await {
        Ok(copy) => answer(copy),
        Err(error) => inside.fail(&error),
    }
}

/// A browser shows pictures and text; anything else it saves. The name says nothing.
fn answer(copy: node::DocumentCopy) -> Response {
    let (kind, place) = match copy.mime.as_str() {
        "image/png" => ("image/png", "inline; filename=\"copy.png\""),
        "image/jpeg" => ("image/jpeg", "inline; filename=\"copy.jpg\""),
        "application/pdf" => ("application/pdf", "attachment; filename=\"copy.pdf\""),
        "text/csv" => ("text/csv; charset=utf-8", "attachment; filename=\"copy.csv\""),
        "text/plain" => ("text/plain; charset=utf-8", "inline; filename=\"copy.txt\""),
        _ => ("application/octet-stream", "attachment; filename=\"copy.bin\""),
    };
    let mut response = copy.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(place));
    response
}

/// As the page of a release shows it.
pub(super) fn preview(document: &node::Document) -> DocumentPreview {
    match document {
        node::Document::Flattened { mime, pages, size, notes } => {
            let short = |code: &str| code.trim_start_matches("flatten.note.").to_owned();
            let notes = notes.iter().map(|(code, count)| (short(code), *count)).collect();
            DocumentPreview::Copy { mime: mime.clone(), pages: *pages, size: *size, notes }
        }
        node::Document::Withheld { code, page } => {
            let reason = code.split_once('.').map_or(code.as_str(), |(_, reason)| reason);
            DocumentPreview::Withheld { reason: reason.to_owned(), page: *page }
        }
    }
}
