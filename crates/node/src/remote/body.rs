//! The body of an answer: bounded as it comes and as what it inflates to.

use std::io::Read;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use enlace_taxii::TransportError;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Bodies longer than this are inflated beside the other work of the process.
const LONG: usize = 64 << 10;

/// Reads a body to its end; each piece of it has to come within `silence`.
pub(super) async fn read(
    mut body: Incoming,
    headers: &HeaderMap,
    most: usize,
    silence: Duration,
) -> Result<Bytes, TransportError> {
    let mut read = BytesMut::new();
    loop {
        let next = tokio::time::timeout(silence, body.frame()).await;
        let quiet = |_| TransportError::Unreachable("it fell silent inside an answer".to_owned());
        let Some(frame) = next.map_err(quiet)? else { break };
        let frame = frame.map_err(|e| TransportError::Unreachable(e.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > most {
            return Err(TransportError::TooLarge(most));
        }
        read.extend_from_slice(&data);
    }
    let read = read.freeze();
    match coding(headers).as_str() {
        "" | "identity" => Ok(read),
        "gzip" | "x-gzip" if read.len() <= LONG => inflated(&read, most),
        "gzip" | "x-gzip" => {
            let done = tokio::task::spawn_blocking(move || inflated(&read, most)).await;
            done.map_err(|_| TransportError::Unreachable("inflating stopped".to_owned()))?
        }
        _ => {
            let problem = "the answer is packed in a way that was not asked for".to_owned();
            Err(TransportError::Refused(problem))
        }
    }
}

fn coding(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_ENCODING).and_then(|v| v.to_str().ok());
    value.unwrap_or_default().trim().to_ascii_lowercase()
}

fn inflated(packed: &[u8], most: usize) -> Result<Bytes, TransportError> {
    let mut out = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let done = MultiGzDecoder::new(packed).take(bound).read_to_end(&mut out);
    done.map_err(|_| TransportError::Unreachable("the packed answer is broken".to_owned()))?;
    if out.len() > most {
        return Err(TransportError::TooLarge(most));
    }
    Ok(out.into())
}
