//! Inclusion and consistency proofs (RFC 9162 §2.1.3, §2.1.4).
//!
//! A proof is a list of roots of ranges of leaves. [`inclusion_ranges`] and [`consistency_ranges`]
//! name the ranges, [`inclusion_proof`] and [`consistency_proof`] also compute the roots from a
//! [`Leaves`] reader.

use std::ops::Range;

use crate::tree::{Frontier, Hash, empty_root, node_hash};

/// Reads the leaf hashes of a log, and roots of complete subtrees if they are kept somewhere.
pub trait Leaves {
    /// What can go wrong in reading.
    type Error;

    /// The hashes of the leaves in `range`, in order; at most 256 are asked for at once.
    fn leaf_hashes(&self, range: Range<u64>) -> Result<Vec<Hash>, Self::Error>;

    /// Root of the complete subtree over leaves `index << height .. (index + 1) << height`, if it
    /// is known without reading them. A reader that answers makes proofs logarithmic.
    fn subtree(&self, height: u32, index: u64) -> Result<Option<Hash>, Self::Error> {
        let _ = (height, index);
        Ok(None)
    }
}

impl Leaves for [Hash] {
    type Error = std::convert::Infallible;

    fn leaf_hashes(&self, range: Range<u64>) -> Result<Vec<Hash>, Self::Error> {
        let at = |index| usize::try_from(index).unwrap_or(usize::MAX);
        Ok(self.get(at(range.start)..at(range.end)).unwrap_or_default().to_vec())
    }
}

/// Why no proof could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// The leaf is not in the tree, or the older tree is larger than the newer.
    #[error("no proof from {from} in a tree of {size} leaves")]
    OutOfRange {
        /// Leaf index, or size of the older tree.
        from: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The reader gave fewer or more hashes than asked for.
    #[error("expected the hashes of leaves {start}..{end}, found {found}")]
    WrongCount {
        /// First leaf asked for.
        start: u64,
        /// One past the last leaf asked for.
        end: u64,
        /// Hashes given.
        found: usize,
    },
    /// The reader failed.
    #[error("reading leaf hashes: {0}")]
    Read(E),
}

/// Largest power of two smaller than `n` (`n` > 1).
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// The ranges of leaves whose roots prove that leaf `index` is in the tree of `size` leaves, in the
/// order of the proof; `None` if there is no such leaf.
pub fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let (mut start, mut end, mut ranges) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            ranges.push(middle..end);
            end = middle;
        } else {
            ranges.push(start..middle);
            start = middle;
        }
    }
    ranges.reverse();
    Some(ranges)
}

/// The ranges whose roots prove that the tree of `old` leaves is the beginning of the tree of
/// `new` leaves; empty when `old` is 0 or equals `new`, `None` when it is larger.
pub fn consistency_ranges(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old > new {
        return None;
    }
    let (mut start, mut end, mut ranges) = (0, new, Vec::new());
    while old != 0 && old != end {
        let middle = start + split(end - start);
        if old <= middle {
            ranges.push(middle..end);
            end = middle;
        } else {
            ranges.push(start..middle);
            start = middle;
        }
    }
    // The verifier knows the old root; a part of the old tree it must be told.
    if start > 0 {
        ranges.push(start..end);
    }
    ranges.reverse();
    Some(ranges)
}

/// Proof that leaf `index` is in the tree of `size` leaves.
pub fn inclusion_proof<L: Leaves + ?Sized>(
    index: u64,
    size: u64,
    leaves: &L,
) -> Result<Vec<Hash>, ProofError<L::Error>> {
    let ranges =
        inclusion_ranges(index, size).ok_or(ProofError::OutOfRange { from: index, size })?;
    ranges.into_iter().map(|range| range_root(range, leaves)).collect()
}

/// Proof that the tree of `old` leaves is the beginning of the tree of `new` leaves.
pub fn consistency_proof<L: Leaves + ?Sized>(
    old: u64,
    new: u64,
    leaves: &L,
) -> Result<Vec<Hash>, ProofError<L::Error>> {
    let ranges =
        consistency_ranges(old, new).ok_or(ProofError::OutOfRange { from: old, size: new })?;
    ranges.into_iter().map(|range| range_root(range, leaves)).collect()
}

/// Root over a range of leaves as RFC 9162 splits them: every complete subtree in it is aligned.
fn range_root<L: Leaves + ?Sized>(
    range: Range<u64>,
    leaves: &L,
) -> Result<Hash, ProofError<L::Error>> {
    let (mut frontier, mut at) = (Frontier::new(), range.start);
    while at < range.end {
        let height = at.trailing_zeros().min((range.end - at).ilog2());
        if let Some(root) = leaves.subtree(height, at >> height).map_err(ProofError::Read)? {
            frontier.push_subtree(height, root);
            at += 1 << height;
            continue;
        }
        let end = range.end.min(at + (1 << height.min(8)));
        let hashes = leaves.leaf_hashes(at..end).map_err(ProofError::Read)?;
        if hashes.len() as u64 != end - at {
            return Err(ProofError::WrongCount { start: at, end, found: hashes.len() });
        }
        hashes.into_iter().for_each(|hash| frontier.push(hash));
        at = end;
    }
    Ok(frontier.root())
}

/// Whether `proof` shows that `leaf` stands at `index` in the tree of `size` leaves with this
/// `root` (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            climb_to_right_child(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Levels at which a node on the right edge has no sibling are passed over.
fn climb_to_right_child(node: &mut u64, last: &mut u64) {
    let levels = if *node == 0 { 0 } else { node.trailing_zeros() };
    *node >>= levels;
    *last >>= levels;
}

/// Whether `proof` shows that the tree of `old` leaves with root `old_root` is the beginning of the
/// tree of `new` leaves with root `new_root` (RFC 9162 §2.1.4.2). The empty tree is the beginning
/// of every tree, and equal sizes need equal roots; both with an empty proof.
#[must_use]
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> bool {
    if old == 0 || old == new {
        let roots = if old == new { old_root == new_root } else { *old_root == empty_root() };
        return proof.is_empty() && roots && (new > 0 || *new_root == empty_root());
    }
    if old > new {
        return false;
    }
    let (mut node, mut last) = (old - 1, new - 1);
    let levels = node.trailing_ones();
    node >>= levels;
    last >>= levels;
    // A complete old tree is itself the first node of the proof.
    let (first, rest) = match (old.is_power_of_two(), proof.split_first()) {
        (true, Some(_)) => (*old_root, proof),
        (false, Some((first, rest))) => (*first, rest),
        (_, None) => return false,
    };
    let (mut in_old, mut in_new) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            in_old = node_hash(sibling, &in_old);
            in_new = node_hash(sibling, &in_new);
            climb_to_right_child(&mut node, &mut last);
        } else {
            in_new = node_hash(&in_new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && in_old == *old_root && in_new == *new_root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::tests::{leaves, mth};

    fn included(index: usize, size: usize, leaves: &[Hash]) -> Vec<Hash> {
        inclusion_proof(index as u64, size as u64, leaves).unwrap()
    }

    /// The seven leaves of RFC 9162 §2.1.5: a..g leaf hashes 0..7, h=ab, i=cd, j=ef, k=hi, l=jg.
    #[test]
    fn proofs_are_those_of_the_example_in_rfc_9162() {
        let d = leaves(7);
        let (a, b, c, e, f, g) = (d[0], d[1], d[2], d[4], d[5], d[6]);
        let (h, i, j) = (mth(&d[..2]), mth(&d[2..4]), mth(&d[4..6]));
        let (k, l) = (mth(&d[..4]), mth(&d[4..]));
        assert_eq!(included(0, 7, &d), [b, i, l]);
        assert_eq!(included(3, 7, &d), [c, h, l]);
        assert_eq!(included(4, 7, &d), [f, g, k]);
        assert_eq!(included(6, 7, &d), [j, k]);
        let consistent = |old| consistency_proof(old, 7, d.as_slice()).unwrap();
        assert_eq!(consistent(3), [c, d[3], h, l]);
        assert_eq!(consistent(4), [l]);
        assert_eq!(consistent(6), [j, g, k]);
        assert_eq!(node_hash(&a, &b), h);
        assert_eq!(node_hash(&e, &f), j);
    }

    #[test]
    fn every_proof_of_every_small_tree_verifies() {
        let all = leaves(40);
        for size in 1..=all.len() {
            let root = mth(&all[..size]);
            for index in 0..size {
                let proof = included(index, size, &all);
                let (index, size) = (index as u64, size as u64);
                assert!(verify_inclusion(index, size, &all[index as usize], &proof, &root));
            }
            for old in 0..=size {
                let proof = consistency_proof(old as u64, size as u64, all.as_slice()).unwrap();
                let old_root = mth(&all[..old]);
                assert!(verify_consistency(old as u64, size as u64, &old_root, &root, &proof));
            }
        }
    }

    #[test]
    fn there_is_no_proof_beyond_the_tree() {
        let d = leaves(3);
        let missing = inclusion_proof(3, 3, d.as_slice());
        assert_eq!(missing, Err(ProofError::OutOfRange { from: 3, size: 3 }));
        assert!(consistency_proof(4, 3, d.as_slice()).is_err());
        let short = inclusion_proof(0, 4, d.as_slice());
        assert_eq!(short, Err(ProofError::WrongCount { start: 2, end: 4, found: 0 }));
        assert!(!verify_inclusion(3, 3, &d[0], &[], &d[0]));
        assert!(!verify_consistency(4, 3, &d[0], &d[0], &[]));
        assert!(!verify_consistency(0, 3, &d[0], &mth(&d), &[]), "old root of no tree");
    }

    /// A reader that keeps subtrees; reading a leaf counts as a failure.
    struct Kept(Vec<Hash>);

    impl Leaves for Kept {
        type Error = &'static str;

        fn leaf_hashes(&self, _: Range<u64>) -> Result<Vec<Hash>, Self::Error> {
            Err("leaves are not to be read")
        }

        fn subtree(&self, height: u32, index: u64) -> Result<Option<Hash>, Self::Error> {
            let (start, width) = ((index << height) as usize, 1 << height);
            Ok(self.0.get(start..start + width).map(mth))
        }
    }

    #[test]
    fn kept_subtrees_give_the_same_proofs_without_reading_leaves() {
        let kept = Kept(leaves(1000));
        let leaves = kept.0.as_slice();
        for (index, size) in [(0, 1000), (511, 1000), (999, 1000), (700, 701), (3, 512)] {
            assert_eq!(
                inclusion_proof(index, size, &kept).unwrap(),
                inclusion_proof(index, size, leaves).unwrap()
            );
            assert_eq!(
                consistency_proof(index, size, &kept).unwrap(),
                consistency_proof(index, size, leaves).unwrap()
            );
        }
    }

    /// All changes of one bit in any of the hashes.
    fn flip(hashes: &mut [&mut Hash], which: usize, bit: usize) {
        let count = hashes.len();
        hashes[which % count][bit / 8] ^= 1 << (bit % 8);
    }

    proptest! {
        #[test]
        fn a_flipped_bit_breaks_an_inclusion_proof(
            size in 1_usize..700, at in 0.0..1.0, which in 0_usize..64, bit in 0_usize..256,
        ) {
            let all = leaves(size);
            let index = (at * size as f64) as usize;
            let (mut leaf, mut root) = (all[index], mth(&all));
            let mut proof = included(index, size, &all);
            let (index, size) = (index as u64, size as u64);
            prop_assert!(verify_inclusion(index, size, &leaf, &proof, &root));
            prop_assert!(!verify_inclusion(index ^ 1, size, &leaf, &proof, &root));
            let longer = [proof.as_slice(), &[leaf]].concat();
            prop_assert!(!verify_inclusion(index, size, &leaf, &longer, &root));
            if let Some((_, shorter)) = proof.split_last() {
                prop_assert!(!verify_inclusion(index, size, &leaf, shorter, &root));
            }
            let mut parts: Vec<&mut Hash> = vec![&mut leaf, &mut root];
            parts.extend(proof.iter_mut());
            flip(&mut parts, which, bit);
            prop_assert!(!verify_inclusion(index, size, &leaf, &proof, &root));
        }

        #[test]
        fn a_flipped_bit_breaks_a_consistency_proof(
            new in 2_usize..700, at in 0.0..1.0, which in 0_usize..64, bit in 0_usize..256,
        ) {
            let all = leaves(new);
            let old = 1 + (at * (new - 1) as f64) as usize;
            let (mut old_root, mut new_root) = (mth(&all[..old]), mth(&all));
            let (old, new) = (old as u64, new as u64);
            let mut proof = consistency_proof(old, new, all.as_slice()).unwrap();
            prop_assert!(verify_consistency(old, new, &old_root, &new_root, &proof));
            let mut parts: Vec<&mut Hash> = vec![&mut old_root, &mut new_root];
            parts.extend(proof.iter_mut());
            flip(&mut parts, which, bit);
            prop_assert!(!verify_consistency(old, new, &old_root, &new_root, &proof));
        }
    }
}
