//! One byte of one file is changed: the verdict names the file and the element of that byte.

use enlace_ledger::export::INDEX;
use enlace_ledger::verify::{Bad, verify_all, verify_log};
use proptest::prelude::*;

use crate::sample::{Folder, ORIGIN, export, keys, log};

/// First byte of the hash, entry, line or log to which the byte at `at` belongs.
fn element_start(path: &str, bytes: &[u8], at: usize) -> usize {
    if path.contains("tile/entries/") {
        let mut start = 0;
        loop {
            let length = usize::from(u16::from_be_bytes([bytes[start], bytes[start + 1]]));
            if at < start + 2 + length {
                return start;
            }
            start += 2 + length;
        }
    }
    if path.contains("tile/") {
        return at / 32 * 32;
    }
    bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |line| line + 1)
}

/// Changes a byte, asks, puts it back.
fn bad_after(
    folder: &mut Folder,
    path: &str,
    at: usize,
    flip: u8,
    verify: impl Fn(&Folder) -> Option<Bad>,
) -> Option<Bad> {
    folder.get_mut(path).unwrap()[at] ^= flip;
    let bad = verify(folder);
    folder.get_mut(path).unwrap()[at] ^= flip;
    bad
}

fn of_log(folder: &Folder) -> Option<Bad> {
    let verdict = verify_log(folder, ORIGIN, &keys(ORIGIN)).unwrap();
    assert_eq!(verdict.ok, verdict.first_bad.is_none());
    verdict.first_bad
}

fn of_all(folder: &Folder) -> Option<Bad> {
    let verdict = verify_all(folder, None).unwrap();
    assert_eq!(verdict.ok, verdict.first_bad.is_none());
    verdict.first_bad
}

/// What a byte is changed to: its neighbour, a line feed, the beginning of a record, no text.
fn changes(byte: u8) -> impl Iterator<Item = u8> {
    [1, 0x80, byte ^ b'\n', byte ^ b'{'].into_iter().filter(|flip| *flip != 0)
}

#[test]
fn every_byte_of_a_small_log_is_guarded() {
    let mut folder = log(3, 5);
    assert_eq!(of_log(&folder), None);
    for (path, bytes) in folder.clone() {
        for (at, byte) in bytes.iter().enumerate() {
            for flip in changes(*byte) {
                let bad = bad_after(&mut folder, &path, at, flip, of_log);
                let bad = bad.unwrap_or_else(|| panic!("{path} byte {at} ^ {flip:#x} is not seen"));
                let place = (bad.file.as_str(), bad.offset as usize);
                assert_eq!(place, (path.as_str(), element_start(&path, &bytes, at)), "byte {at}");
            }
        }
    }
}

#[test]
fn every_byte_of_the_list_of_logs_is_guarded() {
    let mut folder = export(&[("channel/0a/ours", 0), ("channel/0a/theirs", 2), ("node", 1)], 7);
    assert_eq!(of_all(&folder), None);
    let bytes = folder[INDEX].clone();
    for (at, byte) in bytes.iter().enumerate() {
        for flip in changes(*byte) {
            let bad = bad_after(&mut folder, INDEX, at, flip, of_all);
            let bad = bad.unwrap_or_else(|| panic!("byte {at} ^ {flip:#x} is not seen"));
            assert_eq!(bad.file, INDEX, "byte {at}");
            assert!(bad.offset <= at as u64, "byte {at}: {bad:?}");
        }
    }
}

#[test]
fn a_sound_log_of_any_size_verifies() {
    for size in [0, 1, 2, 255, 256, 257, 512, 700] {
        let folder = log(size, 3);
        let verdict = verify_log(&folder, ORIGIN, &keys(ORIGIN)).unwrap();
        assert!(verdict.ok, "{size}: {verdict:?}");
        assert_eq!(verdict.size, size as u64);
    }
}

/// Not a benchmark: see `pushes_per_second` for how to run it optimised.
#[test]
#[ignore = "a figure to look at, not a rule"]
fn entries_verified_per_second() {
    let folder = log(50_000, 1);
    let started = std::time::Instant::now();
    assert_eq!(of_log(&folder), None);
    println!("{:.0} entries/s with their records", 5e4 / started.elapsed().as_secs_f64());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_changed_byte_is_found_in_its_file_and_element(
        size in prop_oneof![8 => 0_usize..40, 1 => 250_usize..270, 1 => 500_usize..560],
        seed in any::<u64>(),
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
    ) {
        let mut folder = log(size, seed);
        let paths: Vec<_> = folder.keys().cloned().collect();
        let path = which.get(&paths);
        let bytes = folder[path].clone();
        let at = at.index(bytes.len());
        let bad = bad_after(&mut folder, path, at, flip, of_log);
        prop_assert!(bad.is_some());
        let bad = bad.unwrap();
        prop_assert_eq!(&bad.file, path);
        prop_assert_eq!(bad.offset, element_start(path, &bytes, at) as u64, "{:?} byte {}", bad, at);
    }
}
