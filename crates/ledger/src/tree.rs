//! Merkle tree hashes of RFC 9162 §2.1.1 with SHA-256, and the compact form of a growing tree.

use sha2::{Digest, Sha256};

/// A SHA-256 digest: of a leaf, an inner node or a whole tree.
pub type Hash = [u8; 32];

const LEAF: [u8; 1] = [0];
const NODE: [u8; 1] = [1];

/// Hash of an entry as a leaf: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update(LEAF).chain_update(entry).finalize().into()
}

/// Hash of two neighbouring subtrees: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update(NODE).chain_update(left).chain_update(right).finalize().into()
}

/// Root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Root of the tree over these leaf hashes, in order.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}

/// A tree reduced to what is needed to grow it: its size and the roots of its complete subtrees,
/// one for each bit set in the size, the largest first.
///
/// A push costs one hash on average and at most 63; a thousand million leaves need 30 hashes.
/// What it cannot do is prove anything about a leaf already pushed: that takes [`crate::proof`]
/// and the leaf hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// Why bytes are no [`Frontier`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("frontier of size {size} needs {expected} bytes, found {found}")]
pub struct FrontierError {
    /// Number of leaves the bytes state (0 if not even that is there).
    pub size: u64,
    /// Bytes such a frontier has.
    pub expected: usize,
    /// Bytes found.
    pub found: usize,
}

impl Frontier {
    /// Sizes from here on are refused; the tiles format could name them, no log will have them.
    const SIZE_LIMIT: u64 = 1 << 62;

    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends one leaf, given by its [`leaf_hash`].
    pub fn push(&mut self, leaf: Hash) {
        self.push_subtree(0, leaf);
    }

    /// Appends a complete subtree of 2^`height` leaves, given by its root.
    ///
    /// INVARIANT: the size is a multiple of 2^`height` (callers push larger subtrees first).
    pub(crate) fn push_subtree(&mut self, height: u32, root: Hash) {
        let mut node = root;
        // A carry in binary addition: each set bit from `height` up is a peak to merge with.
        let carries = (self.size >> height.min(63)).trailing_ones();
        for _ in 0..carries {
            let Some(left) = self.peaks.pop() else { break };
            node = node_hash(&left, &node);
        }
        self.peaks.push(node);
        self.size = self.size.saturating_add(1_u64.checked_shl(height).unwrap_or(0));
    }

    /// Root of the tree as it is now.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Size (8 bytes, big-endian), then the peaks of 32 bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        self.peaks.iter().for_each(|peak| bytes.extend_from_slice(peak));
        bytes
    }

    /// Reads [`Frontier::to_bytes`]. The hashes themselves cannot be checked here: compare the root
    /// with a checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let wrong = |size: u64, expected| FrontierError { size, expected, found: bytes.len() };
        let (size, peaks) = bytes.split_first_chunk::<8>().ok_or(wrong(0, 8))?;
        let size = u64::from_be_bytes(*size);
        let (peaks, rest) = peaks.as_chunks::<32>();
        let count = size.count_ones() as usize;
        if size >= Self::SIZE_LIMIT || peaks.len() != count || !rest.is_empty() {
            return Err(wrong(size, 8 + 32 * count));
        }
        Ok(Self { size, peaks: peaks.to_vec() })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 9162 §2.1.1 as it is written there, recursion and all: the oracle of every test.
    pub(crate) fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node_hash(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    /// Distinct leaf hashes.
    pub(crate) fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    /// The reference leaves and roots of Certificate Transparency (RFC 6962 test suite).
    #[test]
    fn roots_are_those_of_the_certificate_transparency_vectors() {
        let inputs = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut log = Frontier::new();
        assert_eq!(
            hex::encode(log.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (input, root) in inputs.iter().zip(roots) {
            log.push(leaf_hash(&hex::decode(input).unwrap()));
            assert_eq!(hex::encode(log.root()), root, "size {}", log.size());
        }
    }

    #[test]
    fn a_frontier_has_the_root_of_the_recursive_definition_at_every_size() {
        let leaves = leaves(600);
        let mut log = Frontier::new();
        for size in 0..=leaves.len() {
            assert_eq!(log.root(), mth(&leaves[..size]), "size {size}");
            assert_eq!(Frontier::from_bytes(&log.to_bytes()), Ok(log.clone()));
            if let Some(leaf) = leaves.get(size) {
                log.push(*leaf);
            }
        }
    }

    #[test]
    fn subtrees_count_as_their_leaves() {
        let leaves = leaves(5 * 256 + 77);
        let mut log = Frontier::new();
        let (full, rest) = leaves.as_chunks::<256>();
        full.iter().for_each(|tile| log.push_subtree(8, root(tile)));
        rest.iter().for_each(|leaf| log.push(*leaf));
        assert_eq!(log.root(), mth(&leaves));
        assert_eq!(log.size(), leaves.len() as u64);
    }

    #[test]
    fn bytes_of_another_length_are_no_frontier() {
        let mut log = Frontier::new();
        leaves(11).iter().for_each(|leaf| log.push(*leaf));
        let bytes = log.to_bytes();
        for end in 0..bytes.len() {
            assert!(Frontier::from_bytes(&bytes[..end]).is_err());
        }
        let found = Frontier::from_bytes(&[bytes.as_slice(), &[0]].concat());
        assert_eq!(found, Err(FrontierError { size: 11, expected: 104, found: 105 }));
        assert!(Frontier::from_bytes(&[0xff; 8 + 64 * 32]).is_err());
    }

    proptest! {
        #[test]
        fn a_kept_frontier_grows_as_the_original(first in 0_usize..300, more in 0_usize..300) {
            let leaves = leaves(first + more);
            let mut log = Frontier::new();
            leaves[..first].iter().for_each(|leaf| log.push(*leaf));
            let mut kept = Frontier::from_bytes(&log.to_bytes()).unwrap();
            leaves[first..].iter().for_each(|leaf| kept.push(*leaf));
            prop_assert_eq!(kept.root(), mth(&leaves));
        }
    }

    /// Not a benchmark: `cargo test -p enlace-ledger pushes_per_second -- --ignored --nocapture`
    /// with `--config 'profile.dev.package.enlace-ledger.opt-level=3'`.
    #[test]
    #[ignore = "a figure to look at, not a rule"]
    fn pushes_per_second() {
        let leaf = leaf_hash(b"leaf");
        let started = std::time::Instant::now();
        let mut log = Frontier::new();
        (0..4_000_000).for_each(|_| log.push(leaf));
        let seconds = started.elapsed().as_secs_f64();
        println!("{:.0} pushes/s, root {}", 4e6 / seconds, hex::encode(log.root()));
    }
}
