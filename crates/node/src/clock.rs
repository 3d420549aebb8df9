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
