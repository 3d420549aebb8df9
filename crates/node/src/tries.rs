//! How often somebody may try to sign in, by a page or by a tool's password.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::account::LONGEST_NAME;

/// Failed tries of one account in [`WINDOW`] before it has to wait.
const MOST: usize = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Longest wait for the turn to have a password checked.
const TURN: Duration = Duration::from_secs(5);
/// Names remembered; beyond these the oldest go.
const NAMES: usize = 10_000;
/// Passwords checked at once: each check takes 19 MiB.
const AT_ONCE: usize = 1;

/// Failed tries by account.
#[derive(Debug)]
pub struct Tries {
    failed: Mutex<Failed>,
    checks: Semaphore,
}

#[derive(Debug, Default)]
struct Failed {
    by_name: HashMap<String, Vec<Instant>>,
    /// When old names were last dropped.
    looked: Option<Instant>,
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
        let failed = &failed.by_name;
        failed.get(account).is_some_and(|tries| tries.iter().filter(recent).count() >= MOST)
    }

    /// The turn to check a password of this account: none if it has to wait. Others may have failed
    /// for it while this one waited.
    pub async fn turn(&self, account: &str) -> Option<SemaphorePermit<'_>> {
        if self.must_wait(account, Instant::now()) {
            return None;
        }
        let turn = tokio::time::timeout(TURN, self.checks.acquire()).await.ok()?.ok()?;
        (!self.must_wait(account, Instant::now())).then_some(turn)
    }

    /// Notes a failed try. A name that no account can have is not remembered.
    pub fn failed(&self, account: &str, now: Instant) {
        if account.len() > LONGEST_NAME {
            return;
        }
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let Failed { by_name, looked } = &mut *failed;
        let is_recent = |at: &Instant| now.saturating_duration_since(*at) < WINDOW;
        // Once in a window, so that each name is looked at once or twice.
        if by_name.len() >= NAMES || !looked.as_ref().is_some_and(is_recent) {
            by_name.retain(|_, tries| tries.last().is_some_and(is_recent));
            *looked = Some(now);
        }
        if by_name.len() >= NAMES {
            by_name.clear();
        }
        let tries = by_name.entry(account.to_owned()).or_default();
        tries.retain(is_recent);
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

    #[test]
    fn a_name_that_no_account_can_have_is_not_remembered_and_old_names_go_with_the_next() {
        let (tries, now) = (Tries::default(), Instant::now());
        for size in [65, 250_000] {
            tries.failed(&"a".repeat(size), now);
        }
        let known = |tries: &Tries| tries.failed.lock().unwrap().by_name.len();
        assert_eq!(known(&tries), 0);
        for number in 0..100 {
            tries.failed(&format!("stranger-{number}"), now);
        }
        assert_eq!(known(&tries), 100);
        tries.failed("later", now + WINDOW);
        assert_eq!(known(&tries), 1, "what is of no weight any more goes");
    }
}
