//! Operations that meet share a key.

use enlace_case::{Operation, OperationError};

const HOUR: i64 = 3_600_000_000;

/// A number from `low` to `high`, the same for the same seed.
fn draw(seed: &mut u64, low: i64, high: i64) -> i64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    low + i64::try_from(*seed >> 33).unwrap() % (high - low + 1)
}

/// Metres between two places on a sphere.
#[allow(clippy::cast_precision_loss, reason = "degrees are far below 2^52")]
fn metres(a: (i64, i64), b: (i64, i64)) -> f64 {
    let rad = |u: i64| (u as f64 / 1e6).to_radians();
    let (dy, dx) = (rad(a.0 - b.0), rad(a.1 - b.1));
    let h = (dy / 2.0).sin().powi(2) + rad(a.0).cos() * rad(b.0).cos() * (dx / 2.0).sin().powi(2);
    2.0 * 6_371_000.0 * h.sqrt().asin()
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "radii are small")]
fn two_operations_that_meet_always_share_a_key_and_none_asks_for_more_than_eight() {
    let (mut seed, mut met, mut apart) = (7, 0, 0);
    for _ in 0..400_000 {
        let s = &mut seed;
        let a = (draw(s, -74_800, 74_800) * 1_000, draw(s, -180_000, 180_000) * 1_000);
        let spread = if a.0.abs() > 60_000_000 { 150_000 } else { 60_000 };
        let lon = a.1 + draw(s, -spread, spread);
        // Across the line of date too.
        let lon = (lon + 180_000_000).rem_euclid(360_000_000) - 180_000_000;
        let b = (a.0 + draw(s, -38_000, 38_000), lon);
        let (ra, rb) = (draw(s, 0, 2_000), draw(s, 0, 2_000));
        let from_a = draw(s, -100_000, 100_000) * HOUR;
        let from_b = from_a + draw(s, -26, 26) * HOUR;
        let (until_a, until_b) = (from_a + draw(s, 1, 24) * HOUR, from_b + draw(s, 1, 24) * HOUR);
        let one = Operation::new(a, ra, (from_a, until_a)).unwrap();
        let other = Operation::new(b, rb, (from_b, until_b)).unwrap();
        let keys = one.asked_keys();
        assert!(keys.len() <= 8, "{one:?} asks for {keys:?}");
        let meets = metres(a, b) <= (ra + rb) as f64 && from_a < until_b && from_b < until_a;
        if meets {
            met += 1;
            assert!(keys.contains(&other.held_key()), "{one:?} and {other:?} meet");
            assert!(other.asked_keys().contains(&one.held_key()), "{other:?} and {one:?} meet");
        } else if !keys.contains(&other.held_key()) {
            apart += 1;
        }
    }
    assert!(met > 10_000 && apart > 10_000, "{met} met, {apart} had no key in common");
}

#[test]
fn what_is_too_wide_too_long_or_nowhere_is_refused() {
    let day = (0, 24 * HOUR);
    assert_eq!(Operation::new((76_000_000, 0), 1, day), Err(OperationError::Place));
    assert_eq!(Operation::new((0, 181_000_000), 1, day), Err(OperationError::Place));
    assert_eq!(Operation::new((0, 0), 2_001, day), Err(OperationError::Radius));
    assert_eq!(Operation::new((0, 0), 1, (0, 24 * HOUR + 1)), Err(OperationError::Window));
    assert_eq!(Operation::new((0, 0), 1, (5, 5)), Err(OperationError::Window));
    assert_eq!(Operation::new((0, 0), 1, (i64::MIN, i64::MIN + 1)), Err(OperationError::Window));
}
