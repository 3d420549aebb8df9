//! Answers for who accepts gzip.

use std::io::Write;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{self, HeaderValue};

use crate::fault::Fault;

/// Shorter answers gain nothing.
const SHORTEST: usize = 1024;

/// The same answer, compressed where it is long enough.
pub(crate) async fn gzip(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = to_bytes(body, usize::MAX).await else {
        return Fault::internal().into_response();
    };
    parts.headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if plain.len() < SHORTEST {
        return Response::from_parts(parts, Body::from(plain));
    }
    let packing = plain.clone();
    let packed = tokio::task::spawn_blocking(move || {
        let mut gzip = GzEncoder::new(Vec::with_capacity(packing.len() / 4), Compression::fast());
        gzip.write_all(&packing).and_then(|()| gzip.finish())
    });
    match packed.await {
        Ok(Ok(packed)) => {
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Response::from_parts(parts, Body::from(packed))
        }
        _ => Response::from_parts(parts, Body::from(plain)),
    }
}
