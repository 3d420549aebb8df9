//! One pass over the bottom of a log: tiles of level 0, entries, records.

use super::records::{self, Entry, Openings};
use super::{Bad, Files, Problem, Stop, read};
use crate::tile::{File, Tile, WIDTH, entries_path, records_path, tiles};
use crate::tree::{Frontier, Hash, leaf_hash, root};

/// A tree over leaf hashes, kept as the roots of its full tiles and the leaves after them.
#[derive(Debug, Default)]
pub(super) struct View {
    frontier: Frontier,
    pub(super) full: Vec<Hash>,
}

/// What one pass has found.
#[derive(Debug)]
pub(super) struct Scan {
    /// The tree as the tiles of level 0 state it.
    pub(super) tiles: View,
    /// The tree as the entries hash; `None` if a bundle cannot be divided into entries.
    pub(super) entries: Option<View>,
    /// First leaf at which tile and entry differ.
    pub(super) fault: Option<Fault>,
    /// First wrong forms and records, where tile and entry agree.
    pub(super) openings: Openings,
}

/// Tile and entries bundle contradict each other: one of the two is bad.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) in_tile: Bad,
    pub(super) in_entries: Bad,
}

impl View {
    pub(super) fn root(&self) -> Hash {
        self.frontier.root()
    }

    fn add(&mut self, hashes: &[Hash]) {
        if hashes.len() as u64 == WIDTH {
            let root = root(hashes);
            self.full.push(root);
            self.frontier.push_subtree(8, root);
        } else {
            hashes.iter().for_each(|hash| self.frontier.push(*hash));
        }
    }
}

/// Passes over a log of `size` entries; stops only at what leaves nothing to compare.
pub(super) fn scan(files: &impl Files, size: u64) -> Result<Scan, Stop> {
    let mut scan = Scan {
        tiles: View::default(),
        entries: Some(View::default()),
        fault: None,
        openings: Openings::default(),
    };
    for tile in tiles(0, size) {
        scan_bundle(files, tile, &mut scan)?;
    }
    Ok(scan)
}

fn scan_bundle(files: &impl Files, tile: Tile, scan: &mut Scan) -> Result<(), Stop> {
    let hashes = tile_hashes(files, tile)?;
    let bundle = existing(files, File::Entries(tile))?;
    let records = existing(files, File::Records(tile))?;
    let (entries, complete) = split(&bundle, tile);
    let mut found = Vec::with_capacity(hashes.len());
    let mut checked = Vec::with_capacity(entries.len());
    let places = (0_u64..).zip(&hashes);
    for (entry, (position, stated)) in entries.into_iter().zip(places) {
        let hash = entry.bytes.map(leaf_hash);
        let agrees = hash == Some(*stated);
        if !agrees && scan.fault.is_none() {
            scan.fault = Some(fault(tile, position, entry.offset, hash.is_some()));
        }
        found.extend(hash);
        checked.push(Entry { bytes: entry.bytes.filter(|_| agrees), ..entry });
    }
    if !complete && scan.fault.is_none() {
        // All entries are right and bytes follow the last one.
        let used: usize = checked.iter().flat_map(|e| e.bytes).map(|bytes| bytes.len() + 2).sum();
        scan.fault = Some(fault(tile, tile.width - 1, used as u64, false));
    }
    scan.tiles.add(&hashes);
    scan.entries = scan.entries.take().filter(|_| complete).map(|mut view| {
        view.add(&found);
        view
    });
    let bundle_path = entries_path(tile.index, tile.width);
    let openings = records::check(&checked, &bundle_path, &records, &records_path(tile.index));
    scan.openings.entry = scan.openings.entry.take().or(openings.entry);
    scan.openings.record = scan.openings.record.take().or(openings.record);
    Ok(())
}

fn fault(tile: Tile, position: u64, offset: u64, read: bool) -> Fault {
    let leaf = Some(tile.leaf(position));
    let in_tile = Bad {
        leaf,
        file: tile.path(),
        offset: position * size_of::<Hash>() as u64,
        problem: Problem::TileHash,
    };
    let problem = if read { Problem::EntryHash } else { Problem::EntryLength };
    let file = entries_path(tile.index, tile.width);
    Fault { in_tile, in_entries: Bad { leaf, file, offset, problem } }
}

/// The entries of a bundle, one for each hash of its tile; from the first that does not fit in on,
/// they have no bytes. Also whether the bundle is exactly these entries.
fn split(bundle: &[u8], tile: Tile) -> (Vec<Entry<'_>>, bool) {
    let mut rest = Some(bundle);
    let mut offset = 0;
    let entries = (0..tile.width).map(|position| {
        let next = rest.and_then(|rest| {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        });
        let start = offset;
        rest = next.map(|(_, rest)| rest);
        offset = rest.map_or(start, |rest| (bundle.len() - rest.len()) as u64);
        Entry { leaf: tile.leaf(position), offset: start, bytes: next.map(|(bytes, _)| bytes) }
    });
    let entries = entries.collect();
    (entries, rest.is_some_and(<[u8]>::is_empty))
}

/// The hashes of a tile.
pub(super) fn tile_hashes(files: &impl Files, tile: Tile) -> Result<Vec<Hash>, Stop> {
    let bytes = existing(files, File::Tile(tile))?;
    let (hashes, rest) = bytes.as_chunks();
    if hashes.len() as u64 == tile.width && rest.is_empty() {
        return Ok(hashes.to_vec());
    }
    let expected = tile.width * size_of::<Hash>() as u64;
    let offset = expected.min(bytes.len() as u64) / 32 * 32;
    let (leaf, problem) = (Some(tile.leaf(offset / 32)), Problem::TileLength);
    Err(Bad { leaf, file: tile.path(), offset, problem }.into())
}

fn existing(files: &impl Files, file: File) -> Result<Vec<u8>, Stop> {
    let missing = || Bad::of_file(file.path(), file.leaf(), Problem::FileMissing);
    Ok(read(files, &file.path())?.ok_or_else(missing)?)
}
