//! Slots: changes that a partner can see become visible together, at instants of the partner's own.
//!
//! The phase comes from the twin key, so two partners who compare their copies find no common
//! rhythm; times and order inside a slot say nothing of when and in which order we worked.

use enlace_keys::SecretKey;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::Node;

const MINUTE_US: i64 = 60_000_000;

/// Slots of this many minutes where an agreement says nothing.
pub(crate) const DEFAULT_MINUTES: u32 = 60;

/// A slot that is this late (the node was down) waits for the next one.
pub(crate) const LATE_US: i64 = 5 * MINUTE_US;

impl Node {
    /// The first slot of a partner after `after_us` (microseconds since the epoch).
    pub(crate) fn next_slot(
        &self,
        partner: &str,
        lineage: &str,
        minutes: u32,
        after_us: i64,
    ) -> i64 {
        let length = i64::from(minutes.max(1)).saturating_mul(MINUTE_US);
        next(phase(&self.keys.twin_key(partner, lineage), length), length, after_us)
    }
}

/// A whole millisecond in `0..length_us`, made from the twin key.
fn phase(key: &SecretKey, length_us: i64) -> i64 {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_slice()) else { return 0 };
    mac.update(b"enlace slot phase 1\0");
    let bytes = mac.finalize().into_bytes();
    let number = bytes.iter().take(7).fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
    number.rem_euclid(length_us / 1000) * 1000
}

/// The smallest instant later than `after_us` that is `phase_us` past a multiple of `length_us`.
fn next(phase_us: i64, length_us: i64, after_us: i64) -> i64 {
    after_us - (after_us - phase_us).rem_euclid(length_us) + length_us
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_later_than_now_by_at_most_its_length_and_keeps_its_phase() {
        for after in [0, 1, 59, 60, 61, 119, 120, 121, -5] {
            let slot = next(1, 60, after);
            assert!(slot > after && slot - after <= 60, "{after} {slot}");
            assert_eq!(slot.rem_euclid(60), 1);
        }
    }
}
