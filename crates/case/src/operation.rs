//! Deconfliction: the keys by which two planned operations that meet are found hit/no-hit.
//!
//! The asked side has one key an operation, the asking side at most eight. Integers alone: every
//! node reckons the same grid. Operations that lie near and do not meet may share a key too: a hit
//! says *talk to each other*, no more.

use std::collections::BTreeSet;

/// Widest radius, in metres.
pub const MOST_RADIUS_M: i64 = 2_000;
/// Longest window: 24 hours, in microseconds.
pub const MOST_WINDOW_US: i64 = 24 * 3_600_000_000;

/// Height of a row of cells, in millionths of a degree: more than twice the reach of two operations.
const ROW: i64 = 90_000;
/// Two windows of the longest kind.
const SLOT_US: i64 = 2 * MOST_WINDOW_US;
const TURN: i64 = 360_000_000;
const MOST_LATITUDE: i64 = 75_000_000;
const MILLION: i64 = 1_000_000;

/// A planned operation: where and when. It never leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    latitude: i64,
    longitude: i64,
    radius_m: i64,
    from_us: i64,
    until_us: i64,
}

/// Why this is no operation that can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// Where.
    #[error("expected a latitude from -75 to 75 and a longitude from -180 to 180 degrees")]
    Place,
    /// How wide.
    #[error("expected a radius from 0 to 2000 metres: plan a wider one as several")]
    Radius,
    /// When.
    #[error(
        "expected an end after the start, at most 24 hours later: plan a longer one as several"
    )]
    Window,
}

impl Operation {
    /// `latitude` and `longitude` in millionths of a degree, times in microseconds since 1970.
    pub fn new(
        (latitude, longitude): (i64, i64),
        radius_m: i64,
        (from_us, until_us): (i64, i64),
    ) -> Result<Self, OperationError> {
        let half = TURN / 2;
        if !(-MOST_LATITUDE..=MOST_LATITUDE).contains(&latitude)
            || !(-half..=half).contains(&longitude)
        {
            return Err(OperationError::Place);
        }
        if !(0..=MOST_RADIUS_M).contains(&radius_m) {
            return Err(OperationError::Radius);
        }
        // Two days of slack on both sides: what is reckoned from a time stays a time.
        let is_time = |us: i64| us.checked_sub(SLOT_US).and(us.checked_add(SLOT_US)).is_some();
        let long = until_us.checked_sub(from_us);
        if !is_time(from_us) || !long.is_some_and(|us| (1..=MOST_WINDOW_US).contains(&us)) {
            return Err(OperationError::Window);
        }
        Ok(Self { latitude, longitude, radius_m, from_us, until_us })
    }

    /// The key under which the asked side has it: cell of its middle, slot of its start.
    pub fn held_key(&self) -> String {
        let row = self.latitude.div_euclid(ROW);
        key(row, column(row, self.longitude), self.from_us.div_euclid(SLOT_US))
    }

    /// The keys that the asking side asks for: every cell in which the middle, and every slot in which
    /// the start of an operation can lie that meets this one.
    pub fn asked_keys(&self) -> BTreeSet<String> {
        // A degree of latitude is more than 110 km anywhere.
        let reach = (self.radius_m + MOST_RADIUS_M) * 100 / 11 + 1;
        let first = (self.from_us - MOST_WINDOW_US).div_euclid(SLOT_US);
        let last = self.until_us.div_euclid(SLOT_US);
        let mut keys = BTreeSet::new();
        let rows =
            (self.latitude - reach).div_euclid(ROW)..=(self.latitude + reach).div_euclid(ROW);
        for row in rows {
            let wide = reach * MILLION / shrink(row) + 1;
            for edge in [self.longitude - wide, self.longitude + wide] {
                for slot in first..=last {
                    keys.insert(key(row, column(row, edge), slot));
                }
            }
        }
        keys
    }
}

fn key(row: i64, column: i64, slot: i64) -> String {
    format!("{row}:{column}:{slot}")
}

/// How much shorter a degree of longitude is beyond the far edge of a row, in millionths, never too
/// long: cos x is at least 1 - x²/2.
fn shrink(row: i64) -> i64 {
    let edge = (row * ROW).abs().max(((row + 1) * ROW).abs()) + ROW;
    let x = edge * 314_160 / 18_000_000;
    MILLION - x * x / (2 * MILLION) - 1
}

/// The cell of a row, around the earth.
fn column(row: i64, longitude: i64) -> i64 {
    let wide = ROW * MILLION / shrink(row) + 1;
    longitude.rem_euclid(TURN) * (TURN / wide) / TURN
}
