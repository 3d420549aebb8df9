//! Answers in step: how long the node looked at what it does not give stays inside.
//!
//! A row that stays closed takes longer to refuse than one that is not there: it is found, its seal
//! is checked. So a refusal leaves at the next whole step after the request came, and so does each
//! answer of the inbox, which judges papers about things that we may or may not hold. What is handed
//! out is not held up.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::time::{Instant, sleep_until};

/// Well above what refusing takes, so that nearly every refusal leaves at the first step.
const STEP: Duration = Duration::from_millis(10);

/// The routes of the partners' listener, with their refusals in step.
pub fn in_step(routes: Router) -> Router {
    routes.layer(middleware::from_fn(answer))
}

async fn answer(request: Request, next: Next) -> Response {
    let came = Instant::now();
    let judges = request.uri().path() == crate::partner::INBOX;
    let answer = next.run(request).await;
    let given = answer.status().is_success() || answer.status() == StatusCode::NOT_MODIFIED;
    if judges || !given {
        sleep_until(came + next_step(came.elapsed())).await;
    }
    answer
}

/// The first whole step that is not before this time.
fn next_step(taken: Duration) -> Duration {
    let steps = taken.as_nanos() / STEP.as_nanos() + 1;
    STEP * u32::try_from(steps).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_leaves_at_the_next_whole_step_whatever_it_took() {
        let at = |micros: u64| next_step(Duration::from_micros(micros));
        for micros in [0, 1, 300, 9_999] {
            assert_eq!(at(micros), STEP);
        }
        assert_eq!(at(10_000), 2 * STEP);
        assert_eq!(at(25_000), 3 * STEP);
    }
}
