//! How often and after which time a request is made again.

use std::time::Duration;

use http::{HeaderMap, header};

use crate::client_error::ClientError;

/// Requests in all before the client gives up.
const MOST: u32 = 5;
/// Longest time between two requests; a server that asks for more is left to the caller's schedule.
const LONGEST: Duration = Duration::from_secs(60);

/// The times between the requests of one question.
#[derive(Debug)]
pub(crate) struct Backoff {
    left: u32,
    pause: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { left: MOST - 1, pause: Duration::from_secs(1) }
    }
}

impl Backoff {
    /// The least and the longest time to wait after this error, drawn between the two; `None` to
    /// give up. The time doubles; a server that says how long is believed.
    pub(crate) fn pause(&mut self, error: &ClientError) -> Option<(Duration, Duration)> {
        if !error.passes() {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let own = self.pause;
        self.pause = (own * 2).min(LONGEST);
        if let ClientError::Busy { retry_after_s } = error {
            let asked = Duration::from_secs((*retry_after_s).into());
            return (asked <= LONGEST).then(|| (asked, asked + own / 2));
        }
        Some((own / 2, own))
    }
}

/// Seconds that a server asks to wait before the next request: `Retry-After` of a 429 or 503, as
/// seconds or as a date beside the server's own `Date`. `None` for every other answer.
pub fn retry_after(status: u16, headers: &HeaderMap) -> Option<u32> {
    let asks = matches!(status, 429 | 503);
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let said = text(header::RETRY_AFTER).filter(|_| asks)?;
    if let Ok(seconds) = said.parse() {
        return Some(seconds);
    }
    // Both dates are the server's, so that our clock may differ.
    let until = httpdate::parse_http_date(said).ok()?;
    let now = httpdate::parse_http_date(text(header::DATE)?).ok()?;
    let left = until.duration_since(now).unwrap_or_default().as_secs();
    Some(left.try_into().unwrap_or(u32::MAX))
}
