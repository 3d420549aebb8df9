//! How often somebody may try to sign in, by a page or by a tool's password.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Failed tries of one account in [`WINDOW`] before it has to wait.
const MOST: usize = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Names remembered; beyond these the oldest go.
const NAMES: usize = 10_000;
/// Passwords checked at once: each check takes 19 MiB.
const AT_ONCE: usize = 1;

/// Failed tries by account.
#[derive(Debug)]
pub struct Tries {
    failed: Mutex<HashMap<String, Vec<Instant>>>,
    checks: Semaphore,
}

impl Default for Tries {
    fn default() -> Self {
        Self { failed: Mutex::default(), checks: Semaphore::new(AT_ONCE) }
    }
}

impl Tries {
    /// Whether this account has to wait.
    pub fn must_wait(&self, account: &str, now: Instant) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |at: &&Instant| now.saturating_duration_since(**at) < WINDOW;
        failed.get(account).is_some_and(|tries| tries.iter().filter(recent).count() >= MOST)
    }

    /// To be held while a password is checked.
    pub async fn check(&self) -> Option<SemaphorePermit<'_>> {
        self.checks.acquire().await.ok()
    }

    /// Notes a failed try.
    pub fn failed(&self, account: &str, now: Instant) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= NAMES {
            failed.retain(|_, tries| {
                tries.last().is_some_and(|at| now.saturating_duration_since(*at) < WINDOW)
            });
        }
        if failed.len() >= NAMES {
            failed.clear();
        }
        let tries = failed.entry(account.to_owned()).or_default();
        tries.retain(|at| now.saturating_duration_since(*at) < WINDOW);
        tries.push(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_try_within_a_minute_has_to_wait_and_others_do_not() {
        let (tries, now) = (Tries::default(), Instant::now());
        for _ in 0..MOST {
            assert!(!tries.must_wait("a", now));
            tries.failed("a", now);
        }
        assert!(tries.must_wait("a", now));
        assert!(!tries.must_wait("b", now));
        assert!(!tries.must_wait("a", now + WINDOW));
    }
}
