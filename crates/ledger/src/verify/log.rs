//! One log: which of the places that contradict each other is the wrong one.

use std::collections::BTreeSet;

use super::scan::{Scan, scan, tile_hashes};
use super::{Bad, Files, Problem, Stop, Unreadable, Verdict, checkpoint, list, read};
use crate::note::{Checkpoint, VerifierKey};
use crate::tile::{CHECKPOINT, Tile, WIDTH, hashes_at, layout, size_up_to, tiles};
use crate::tree::{Hash, root};

/// Verifies the folder of one log. `origin` is the log expected; `keys` are exactly those whose
/// signatures its checkpoint must have: one more, one less or one wrong is found.
///
/// ```
/// use enlace_ledger::{export, note::{Checkpoint, KeyKind, VerifierKey}, tree, verify::verify_log};
/// use std::collections::BTreeMap;
///
/// let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
/// let origin = "node.example/log";
/// let leaf = tree::leaf_hash(b"{}");
/// let checkpoint = Checkpoint { origin: origin.into(), size: 1, root: leaf };
/// let note = checkpoint.sign(origin, &key)?.to_string();
/// let mut folder: BTreeMap<String, Vec<u8>> =
///     export::files([(leaf, b"{}".as_slice(), None)], &note)?.into_iter().collect();
///
/// let keys = [VerifierKey::new(origin, KeyKind::Note, key.verifying_key())?];
/// assert!(verify_log(&folder, origin, &keys)?.ok);
/// folder.insert("tile/entries/000.p/1".into(), b"\0\x02{ ".to_vec());
/// let bad = verify_log(&folder, origin, &keys)?.first_bad.unwrap();
/// assert_eq!((bad.file.as_str(), bad.leaf), ("tile/entries/000.p/1", Some(0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify_log(
    files: &impl Files,
    origin: &str,
    keys: &[VerifierKey],
) -> Result<Verdict, Unreadable> {
    let listed: BTreeSet<String> = list(files)?.into_iter().collect();
    let Some(bytes) = read(files, CHECKPOINT)? else {
        let bad = Bad::of_file(CHECKPOINT.to_owned(), None, Problem::FileMissing);
        return Ok(verdict(0, None, Some(bad)));
    };
    match checkpoint::examine(&bytes, keys) {
        Ok(signed) => match check(files, &listed, &signed, origin) {
            Ok(()) => Ok(verdict(signed.size, Some(signed.root), None)),
            Err(Stop::Bad(bad)) => Ok(verdict(signed.size, Some(signed.root), Some(bad))),
            Err(Stop::Unreadable(unreadable)) => Err(unreadable),
        },
        Err(problem) => {
            let expected = expected(files, &listed, origin)?;
            let offset = checkpoint::locate(&bytes, expected.as_ref(), keys) as u64;
            let bad = Bad { leaf: None, file: CHECKPOINT.to_owned(), offset, problem };
            let size = expected.as_ref().map_or(0, |found| found.size);
            Ok(verdict(size, expected.map(|found| found.root), Some(bad)))
        }
    }
}

fn verdict(size: u64, root: Option<Hash>, first_bad: Option<Bad>) -> Verdict {
    let root = root.map(hex::encode).unwrap_or_default();
    Verdict { ok: first_bad.is_none(), size, root, first_bad }
}

/// The checkpoint that entries (or, if they cannot be read, tiles) call for.
fn expected(
    files: &impl Files,
    listed: &BTreeSet<String>,
    origin: &str,
) -> Result<Option<Checkpoint>, Unreadable> {
    let size = listed.iter().filter_map(|path| size_up_to(path)).max().unwrap_or(0);
    let root = match scan(files, size) {
        Ok(scan) => scan.entries.as_ref().unwrap_or(&scan.tiles).root(),
        Err(Stop::Bad(_)) => return Ok(None),
        Err(Stop::Unreadable(unreadable)) => return Err(unreadable),
    };
    Ok(Some(Checkpoint { origin: origin.to_owned(), size, root }))
}

/// Everything else, given a checkpoint whose signatures hold.
fn check(
    files: &impl Files,
    listed: &BTreeSet<String>,
    signed: &Checkpoint,
    origin: &str,
) -> Result<(), Stop> {
    if signed.origin != origin {
        let bad = Bad::of_file(CHECKPOINT.to_owned(), None, Problem::CheckpointOrigin);
        return Err(bad.into());
    }
    check_names(listed, signed.size)?;
    let scan = scan(files, signed.size)?;
    check_tree(files, signed, &scan)?;
    match scan.openings.entry.or(scan.openings.record) {
        Some(bad) => Err(bad.into()),
        None => Ok(()),
    }
}

/// Exactly the files of a log of this size. The size is not trusted to be small: the first file
/// missing ends the walk.
fn check_names(listed: &BTreeSet<String>, size: u64) -> Result<(), Stop> {
    let mut expected = BTreeSet::new();
    for file in layout(size) {
        let path = file.path();
        if !listed.contains(&path) {
            return Err(Bad::of_file(path, file.leaf(), Problem::FileMissing).into());
        }
        expected.insert(path);
    }
    match listed.difference(&expected).next() {
        Some(other) => Err(Bad::of_file(other.clone(), None, Problem::FileUnexpected).into()),
        None => Ok(()),
    }
}

/// Tiles and entries against the signed root: what hashes to it is right, what differs is wrong.
fn check_tree(files: &impl Files, signed: &Checkpoint, scan: &Scan) -> Result<(), Stop> {
    if let Some(entries) = scan.entries.as_ref().filter(|view| view.root() == signed.root) {
        if let Some(fault) = &scan.fault {
            return Err(fault.in_tile.clone().into());
        }
        return match first_difference(files, signed.size, &entries.full)? {
            Some((tile, position)) => Err(bad_hash(tile, position).into()),
            None => Ok(()),
        };
    }
    if let Some(fault) = &scan.fault {
        return Err(fault.in_entries.clone().into());
    }
    // Tiles and entries agree with each other, not with the signed root: both were rewritten. A
    // hash further up that was left as it was shows where.
    if let Some((tile, position)) = first_difference(files, signed.size, &scan.tiles.full)? {
        let index = tile.index * WIDTH + position;
        let below = Tile { level: tile.level - 1, index, width: WIDTH };
        let bad = Bad::of_file(below.path(), Some(below.leaf(0)), Problem::TileRoot);
        return Err(bad.into());
    }
    let offset = format!("{}\n{}\n", signed.origin, signed.size).len() as u64;
    let (file, problem) = (CHECKPOINT.to_owned(), Problem::CheckpointRoot);
    Err(Bad { leaf: None, file, offset, problem }.into())
}

/// The first hash in the tiles above level 0 that is not what these roots of full tiles of level 0
/// give.
fn first_difference(
    files: &impl Files,
    size: u64,
    roots: &[Hash],
) -> Result<Option<(Tile, u64)>, Stop> {
    let mut hashes = roots.to_vec();
    let mut level = 1;
    while hashes_at(level, size) > 0 {
        for (tile, right) in tiles(level, size).zip(hashes.chunks(256)) {
            let stated = tile_hashes(files, tile)?;
            let same = stated.iter().zip(right).take_while(|(a, b)| a == b).count();
            if same < stated.len() {
                return Ok(Some((tile, same as u64)));
            }
        }
        hashes = hashes.as_chunks::<256>().0.iter().map(|full| root(full)).collect();
        level += 1;
    }
    Ok(None)
}

fn bad_hash(tile: Tile, position: u64) -> Bad {
    let (leaf, offset) = (Some(tile.leaf(position)), position * 32);
    Bad { leaf, file: tile.path(), offset, problem: Problem::TileHash }
}
