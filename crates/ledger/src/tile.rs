//! Where every hash, entry and record of a log stands in an exported folder (C2SP tlog-tiles).
//!
//! ```
//! use enlace_ledger::tile::{Tile, layout, entries_path, records_path};
//! assert_eq!(Tile { level: 0, index: 1_234_067, width: 256 }.path(), "tile/0/x001/x234/067");
//! assert_eq!(Tile { level: 1, index: 1, width: 17 }.path(), "tile/1/001.p/17");
//! assert_eq!(entries_path(273, 112), "tile/entries/273.p/112");
//! assert_eq!(records_path(273), "records/273");
//! let last: Vec<String> = layout(300).map(|file| file.path()).collect();
//! assert_eq!(last, ["checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1",
//!     "tile/entries/000", "tile/entries/001.p/44", "records/000", "records/001"]);
//! ```

/// Hashes in a full tile, entries in a full bundle, lines in a full records file.
pub const WIDTH: u64 = 256;

/// Path of the signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

/// One tile: up to 256 hashes in a row at one level of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// 0: leaf hashes; above: each hash is the root of a full tile one level below.
    pub level: u32,
    /// Place among the tiles of the level, from 0.
    pub index: u64,
    /// Number of hashes, 1 to 256; only the last of a level has fewer than 256.
    pub width: u64,
}

/// One file of an exported log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// The signed checkpoint.
    Checkpoint,
    /// Hashes of the tree.
    Tile(Tile),
    /// The entries whose hashes are in the tile of level 0.
    Entries(Tile),
    /// The records of these entries.
    Records(Tile),
}

impl Tile {
    /// `tile/<level>/<index>[.p/<width>]`.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, place(self.index, self.width))
    }

    /// First leaf under the hash at `position` in this tile.
    pub fn leaf(&self, position: u64) -> u64 {
        (self.index * WIDTH + position).checked_shl(8 * self.level).unwrap_or(u64::MAX)
    }
}

impl File {
    /// Path of the file in the folder of its log.
    pub fn path(&self) -> String {
        match self {
            Self::Checkpoint => CHECKPOINT.to_owned(),
            Self::Tile(tile) => tile.path(),
            Self::Entries(tile) => entries_path(tile.index, tile.width),
            Self::Records(tile) => records_path(tile.index),
        }
    }

    /// First leaf that the file is about.
    pub fn leaf(&self) -> Option<u64> {
        match self {
            Self::Checkpoint => None,
            Self::Tile(tile) | Self::Entries(tile) | Self::Records(tile) => Some(tile.leaf(0)),
        }
    }
}

/// `tile/entries/<index>[.p/<width>]`: entries `index * 256 ..`, each after its length in 2 bytes.
pub fn entries_path(index: u64, width: u64) -> String {
    format!("tile/entries/{}", place(index, width))
}

/// `records/<index>`: one line an entry, empty where there is no record. Records are no part of
/// the tree and change when a field is erased, so that the path does not state a width.
pub fn records_path(index: u64) -> String {
    format!("records/{}", place(index, WIDTH))
}

/// The width of the bundle that holds the last entries of a log, read from its path: how many
/// entries the log has at least.
pub(crate) fn size_up_to(entries_path: &str) -> Option<u64> {
    let (digits, width) = match entries_path.strip_prefix("tile/entries/")?.split_once(".p/") {
        Some((digits, width)) => (digits, width.parse().ok()?),
        None => (entries_path.strip_prefix("tile/entries/")?, WIDTH),
    };
    let digits: String = digits.chars().filter(|c| !matches!(c, 'x' | '/')).collect();
    let index: u64 = digits.parse().ok()?;
    let exact = self::entries_path(index, width) == entries_path;
    index.checked_mul(WIDTH)?.checked_add(width).filter(|_| exact && (1..=WIDTH).contains(&width))
}

/// Three digits a path element, all but the last begun with `x`; a partial tile adds its width.
fn place(index: u64, width: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < WIDTH { format!("{path}.p/{width}") } else { path }
}

/// Number of hashes at a level of a tree of `size` leaves.
pub(crate) fn hashes_at(level: u32, size: u64) -> u64 {
    size.checked_shr(8 * level).unwrap_or(0)
}

/// The tiles of one level of a tree of `size` leaves, in order.
pub fn tiles(level: u32, size: u64) -> impl Iterator<Item = Tile> {
    let hashes = hashes_at(level, size);
    (0..hashes.div_ceil(WIDTH)).map(move |index| {
        let width = (hashes - index * WIDTH).min(WIDTH);
        Tile { level, index, width }
    })
}

/// Every file of an exported log of `size` entries, each exactly once: the checkpoint, the tiles
/// level by level, the entries, the records.
pub fn layout(size: u64) -> impl Iterator<Item = File> {
    let tree = (0..8).flat_map(move |level| tiles(level, size).map(File::Tile));
    let entries = tiles(0, size).map(File::Entries);
    let records = tiles(0, size).map(File::Records);
    std::iter::once(File::Checkpoint).chain(tree).chain(entries).chain(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of C2SP tlog-tiles, Partial Tiles.
    #[test]
    fn a_tree_of_70000_has_the_tiles_that_the_specification_counts() {
        let widths = |level| -> (usize, Vec<u64>) {
            let full = tiles(level, 70_000).filter(|t| t.width == WIDTH).count();
            (full, tiles(level, 70_000).map(|t| t.width).filter(|w| *w < WIDTH).collect())
        };
        assert_eq!(widths(0), (273, vec![112]));
        assert_eq!(widths(1), (1, vec![17]));
        assert_eq!(widths(2), (0, vec![1]));
        assert_eq!(widths(3), (0, vec![]));
        let of_256: Vec<_> = (0..3).flat_map(|level| tiles(level, 256)).map(|t| t.path()).collect();
        assert_eq!(of_256, ["tile/0/000", "tile/1/000.p/1"]);
    }

    #[test]
    fn a_hash_of_a_tile_begins_at_its_first_leaf() {
        let tile = Tile { level: 1, index: 1, width: 17 };
        assert_eq!((tile.leaf(0), tile.leaf(16)), (65_536, 65_536 + 16 * 256));
    }

    #[test]
    fn the_size_is_read_from_the_last_bundle_and_only_from_its_one_spelling() {
        assert_eq!(size_up_to("tile/entries/000.p/1"), Some(1));
        assert_eq!(size_up_to("tile/entries/273"), Some(274 * 256));
        assert_eq!(size_up_to("tile/entries/x001/x234/067.p/255"), Some(1_234_067 * 256 + 255));
        for other in [
            "tile/0/000",
            "tile/entries/0",
            "tile/entries/000.p/256",
            "tile/entries/000.p/0",
            "tile/entries/x001/000.p/01",
            "tile/entries/x000/001",
            "tile/entries/99999999999999999999",
        ] {
            assert_eq!(size_up_to(other), None, "{other}");
        }
    }
}
