//! What the asked node and an observer see of held and of unheld values is the same.
//!
//! Test: of n queries, each bit of each first element counts ones; z² of each of the 254 bits that
//! can be set, summed, is chi-squared with 254 degrees of freedom when bits are even (mean 254,
//! deviation 22.5). Bound 434: eight deviations. Between held and unheld the same, of the
//! difference of the counts.

use std::collections::BTreeSet;

use enlace_oprf::{Class, Key, Query, Set, Value, Verdict};

use crate::{chance, key, serial};

const BOUND: f64 = 434.0;

struct Seen {
    ones: [u32; 256],
    sizes: BTreeSet<(usize, usize)>,
    elements: BTreeSet<Vec<u8>>,
    asked: u32,
}

fn watch(key: &Key, asked: u32, value: &Value, random: &mut dyn FnMut() -> [u8; 64]) -> Seen {
    let mut seen =
        Seen { ones: [0; 256], sizes: BTreeSet::new(), elements: BTreeSet::new(), asked };
    for at in 0..asked {
        let query = Query::new(Class::One, vec![value.clone()], random).unwrap();
        let bytes = query.bytes();
        for bit in 0..256 {
            seen.ones[bit] += u32::from(bytes[bit / 8] >> (bit % 8) & 1);
        }
        // Evaluating costs most; sizes of answers are looked at now and then.
        if at % 50 == 0 {
            let answer = key.answer(Class::One, &bytes, &mut chance(at.into())).unwrap();
            seen.sizes.insert((bytes.len(), answer.len()));
        }
        seen.elements.extend(bytes.chunks(32).map(<[u8]>::to_vec));
    }
    seen
}

/// Bits 0 and 255 are zero in every encoding.
fn uneven(seen: &Seen) -> f64 {
    let n = f64::from(seen.asked);
    let of = |ones: &u32| (f64::from(*ones) - n / 2.0).powi(2) / (n / 4.0);
    seen.ones[1..255].iter().map(of).sum()
}

fn unlike(one: &Seen, other: &Seen) -> f64 {
    let n = f64::from(one.asked);
    let pairs = one.ones[1..255].iter().zip(&other.ones[1..255]);
    pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2) / (n / 2.0)).sum()
}

fn asked() -> u32 {
    if std::env::var("ENLACE_LONG").is_ok_and(|v| v == "1") { 10_000 } else { 1_000 }
}

#[test]
fn held_and_unheld_values_leave_the_same_transcripts() {
    let key = key(1);
    let table = Set::prepare(&key, &[(serial(1), Verdict::Hit)], 0, &mut chance(5)).published();
    assert_eq!(crate::ask(&key, &table, vec![serial(1)], 1), [enlace_oprf::Answer::Hit]);
    let held = watch(&key, asked(), &serial(1), &mut chance(10));
    let unheld = watch(&key, asked(), &serial(2), &mut chance(11));
    for seen in [&held, &unheld] {
        assert_eq!(seen.sizes, BTreeSet::from([(256, 320)]), "one size");
        assert_eq!(seen.elements.len(), asked() as usize * 8, "no element comes twice");
        assert!(uneven(seen) < BOUND, "bits uneven: {}", uneven(seen));
    }
    assert!(unlike(&held, &unheld) < BOUND, "told apart: {}", unlike(&held, &unheld));
}

/// The test above can fail: blinds that repeat, and blinds of one byte, are told apart by far.
#[test]
fn the_test_of_transcripts_finds_broken_blindings() {
    let key = key(1);
    let one = watch(&key, 1_000, &serial(1), &mut || [9; 64]);
    let other = watch(&key, 1_000, &serial(2), &mut || [9; 64]);
    assert!(uneven(&one) > BOUND && unlike(&one, &other) > BOUND);
    let short = |seed| {
        let mut random = chance(seed);
        move || {
            let mut bytes = [0; 64];
            bytes[0] = random()[0] % 16 + 1;
            bytes
        }
    };
    let one = watch(&key, 1_000, &serial(1), &mut short(1));
    let other = watch(&key, 1_000, &serial(2), &mut short(2));
    assert!(uneven(&one) > BOUND && unlike(&one, &other) > BOUND);
    assert!(one.elements.len() < 8_000, "elements come again");
}
