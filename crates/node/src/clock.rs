//! Time and randomness, the only places where the node takes either.

use std::time::{SystemTime, UNIX_EPOCH};

use enlace_stix::Timestamp;
use uuid::Uuid;

use crate::NodeError;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970-01-01T00:00:00Z.
    fn now_us(&self) -> i64;
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_us(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }
}

/// `N` random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NodeError> {
    #[cfg(test)]
    if let Some(bytes) = seeded::next() {
        return Ok(bytes);
    }
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NodeError::Internal("no randomness"))?;
    Ok(bytes)
}

/// A random UUIDv4.
pub(crate) fn new_uuid() -> Result<Uuid, NodeError> {
    Ok(uuid::Builder::from_random_bytes(random()?).into_uuid())
}

/// A random order (Fisher–Yates; the bias of one modulo by a count below 2^16 is under 2^-48).
pub(crate) fn shuffle<T>(items: &mut [T]) -> Result<(), NodeError> {
    for last in (1..items.len()).rev() {
        let number = u64::from_be_bytes(random::<8>()?);
        let at = number % (last as u64 + 1);
        items.swap(last, usize::try_from(at).unwrap_or(last));
    }
    Ok(())
}

/// Text of an instant with six digits.
pub(crate) fn text(us: i64) -> String {
    Timestamp::from_micros(us).to_string()
}

/// The day of an instant (UTC), `2026-03-01`.
pub(crate) fn day(us: i64) -> String {
    text(us).chars().take(10).collect()
}

/// Bytes that follow from a seed, for tests that have to happen again as they happened.
#[cfg(test)]
pub(crate) mod seeded {
    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// From here on this thread draws from a seed; `None`: from the operating system.
    pub(crate) fn begin(seed: Option<u64>) {
        STATE.set(seed);
    }

    /// SplitMix64.
    pub(crate) fn mix(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn next<const N: usize>() -> Option<[u8; N]> {
        let mut state = STATE.get()?;
        let bytes = std::array::from_fn(|_| (mix(&mut state) >> 56) as u8);
        STATE.set(Some(state));
        Some(bytes)
    }
}
