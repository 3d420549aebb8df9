//! Where an act stands in a log, and the proof that it stands there.
//!
//! A log is read once: each act that a page asks for leaves its index in the bucket `leaf`, each
//! complete block of entries its root, so that a proof reads two blocks and not the log.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Range;

use enlace_ledger::entry;
use enlace_ledger::note::{Checkpoint, Note, VerifierKey};
use enlace_ledger::proof::{Leaves, inclusion_proof, verify_inclusion};
use enlace_ledger::tree::{Hash, leaf_hash, node_hash, root};
use enlace_store::{Batch, LogEntry, RecordQuery};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::{self, Bucket};
use crate::{Node, NodeError};

/// A block is 2^12 entries.
const HEIGHT: u32 = 12;
const BLOCK: u64 = 1 << HEIGHT;
/// Where reading goes on. Another name when [`notable`] knows more: then a log is read anew.
const INDEX: &str = "next-3";

/// An act in a log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Leaf {
    /// Index of the entry.
    pub(crate) index: u64,
    /// Account, where the entry names one.
    pub(crate) by: String,
    /// When.
    pub(crate) at: String,
}

/// A proof of inclusion (RFC 9162 §2.1.3) that was checked.
#[derive(Debug, Clone)]
pub struct LeafProof {
    /// Index of the entry.
    pub index: u64,
    /// Hash of the entry.
    pub leaf_hash: Hash,
    /// From the entry up to the root.
    pub path: Vec<Hash>,
    /// The signature of the checkpoint and the path to its root hold.
    pub holds: bool,
}

impl Node {
    /// Reads what a log has got since it was last read.
    pub(crate) async fn index_leaves(&self, log: &str) -> Result<(), NodeError> {
        let cursor = format!("{log}/{INDEX}");
        loop {
            let kept = self.store.record(Bucket::LEAF, &cursor).await?;
            let from: u64 = kept.as_ref().map(record::read).transpose()?.unwrap_or(0);
            let room = BLOCK - from % BLOCK;
            let entries = self.store.log_entries(log, from, at_most(room)).await?;
            if entries.is_empty() {
                return Ok(());
            }
            let next = from + entries.len() as u64;
            let mut writes = vec![record::put(Bucket::LEAF, &cursor, &next, None)?];
            for entry in &entries {
                for (key, leaf) in notable(log, entry) {
                    writes.push(record::put(Bucket::LEAF, &key, &leaf, None)?);
                }
            }
            if next.is_multiple_of(BLOCK) {
                let block = self.leaf_hashes(log, next - BLOCK, next).await?;
                let key = block_key(log, next / BLOCK - 1);
                writes.push(record::put(Bucket::LEAF, &key, &hex::encode(root(&block)), None)?);
            }
            let guard = record::as_read(Bucket::LEAF, &cursor, kept.as_ref());
            match self.store.commit(Batch { guards: vec![guard], writes }).await {
                Ok(_) => {}
                Err(error) => match NodeError::from(error) {
                    // Another reader was faster.
                    NodeError::Changed { .. } => {}
                    other => return Err(other),
                },
            }
        }
    }

    /// The entry of an act, if the log has it: `release/ID/release-drafted`,
    /// `release/ID/disclosure`, `fetched/RECORD`, `recall/PARTNER/TWIN`, `received/ID` (papers and
    /// release-records), `signed/AGREEMENT` (by us), `said/PAPER`, `erasure/ID`, `split/PARTNER`.
    pub(crate) async fn leaf_of(&self, log: &str, act: &str) -> Result<Option<Leaf>, NodeError> {
        let kept = self.store.record(Bucket::LEAF, &format!("{log}/{act}")).await?;
        kept.as_ref().map(record::read).transpose()
    }

    /// The proof that an entry stands in the log that a checkpoint of ours signs.
    pub(crate) async fn inclusion(
        &self,
        log: &str,
        index: u64,
        note: &Note,
        key: &VerifierKey,
    ) -> Result<LeafProof, NodeError> {
        let fault = |_| NodeError::Internal("checkpoint");
        let checkpoint = Checkpoint::parse(note.text()).map_err(fault)?;
        let signed = note.verify(std::slice::from_ref(key)).is_ok();
        let size = checkpoint.size;
        let blocks = self.blocks(log, size).await?;
        let tail = blocks.len() as u64 * BLOCK;
        let mut known = Known { blocks, leaves: BTreeMap::new() };
        let around = index - index % BLOCK;
        for (from, to) in [(around, around + BLOCK), (tail, size)] {
            let hashes = self.leaf_hashes(log, from, to.min(size)).await?;
            known.leaves.extend((from..).zip(hashes));
        }
        let missing = NodeError::Internal("entry of the log");
        let leaf_hash = *known.leaves.get(&index).ok_or(missing)?;
        let path = inclusion_proof(index, size, &known)
            .map_err(|_| NodeError::Internal("inclusion proof"))?;
        let holds = signed && verify_inclusion(index, size, &leaf_hash, &path, &checkpoint.root);
        Ok(LeafProof { index, leaf_hash, path, holds })
    }

    /// Roots of the blocks that were read whole, from the first on.
    async fn blocks(&self, log: &str, size: u64) -> Result<Vec<Hash>, NodeError> {
        let query = RecordQuery {
            bucket: Bucket::LEAF,
            prefix: format!("{log}/block/"),
            limit: at_most(size / BLOCK),
            ..RecordQuery::default()
        };
        let mut blocks = Vec::new();
        for kept in self.store.records(query).await? {
            let text: String = record::read(&kept)?;
            let mut hash = Hash::default();
            hex::decode_to_slice(text, &mut hash).map_err(|_| NodeError::Internal("block"))?;
            blocks.push(hash);
        }
        Ok(blocks)
    }

    async fn leaf_hashes(&self, log: &str, from: u64, to: u64) -> Result<Vec<Hash>, NodeError> {
        let entries = self.entries(log, from, to).await?;
        Ok(entries.iter().map(|entry| leaf_hash(entry)).collect())
    }
}

fn block_key(log: &str, index: u64) -> String {
    // As wide as any count of blocks, so that keys sort as numbers do.
    format!("{log}/block/{index:013}")
}

fn at_most(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The keys under which an entry is found again; none for acts that no page asks for.
fn notable(log: &str, entry: &LogEntry) -> Vec<(String, Leaf)> {
    let Ok(opened) = entry::open(&entry.entry, entry.record.as_deref()) else { return Vec::new() };
    let text = |name: &str| opened.fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let (act, kind) = (text("act"), text("kind"));
    let keys = match act {
        "release-drafted" | "release-approved" => {
            vec![format!("release/{}/{act}", text("release"))]
        }
        "disclosure" if kind == "release" => vec![format!("release/{}/{act}", text("release"))],
        "disclosure" if kind == "fetched" => {
            let objects = opened.fields.get("objects").and_then(Value::as_array);
            let ids = objects.into_iter().flatten().filter_map(Value::as_str);
            ids.filter(|id| id.starts_with("release-record--"))
                .map(|id| format!("fetched/{id}"))
                .collect()
        }
        "collection" => vec![format!("received/{}", text("record"))],
        "agreement-changed" if !text("paper").is_empty() => vec![format!("said/{}", text("paper"))],
        "agreement-signed" => vec![format!("signed/{}", text("agreement"))],
        "recall" => vec![format!("recall/{}/{}", text("partner"), text("object"))],
        "received" | "erasure" => vec![format!("{act}/{}", text("object"))],
        "log-split" => vec![format!("split/{}", text("partner"))],
        _ => Vec::new(),
    };
    let (by, at) = (text("actor").to_owned(), text("at").to_owned());
    let leaf = Leaf { index: entry.index, by, at };
    keys.into_iter().map(|key| (format!("{log}/{key}"), leaf.clone())).collect()
}

/// The hashes that one proof needs.
struct Known {
    blocks: Vec<Hash>,
    leaves: BTreeMap<u64, Hash>,
}

impl Leaves for Known {
    type Error = Infallible;

    fn leaf_hashes(&self, range: Range<u64>) -> Result<Vec<Hash>, Infallible> {
        Ok(self.leaves.range(range).map(|(_, hash)| *hash).collect())
    }

    fn subtree(&self, height: u32, index: u64) -> Result<Option<Hash>, Infallible> {
        if height < HEIGHT {
            return Ok(None);
        }
        if height == HEIGHT {
            return Ok(self.blocks.get(at_most(index)).copied());
        }
        let left = self.subtree(height - 1, index * 2)?;
        let right = self.subtree(height - 1, index * 2 + 1)?;
        Ok(left.zip(right).map(|(left, right)| node_hash(&left, &right)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a proof reads: blocks that are complete, and the leaves of two blocks.
    #[test]
    fn a_proof_from_blocks_is_the_proof_from_all_leaves() {
        let leaves: Vec<Hash> = (0..3 * BLOCK + 700).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let size = leaves.len() as u64;
        let whole = root(&leaves);
        let blocks: Vec<Hash> = leaves.chunks_exact(at_most(BLOCK)).map(root).collect();
        for index in [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 17, 3 * BLOCK, size - 1] {
            let mut known = Known { blocks: blocks.clone(), leaves: BTreeMap::new() };
            let around = index - index % BLOCK;
            for (from, to) in [(around, (around + BLOCK).min(size)), (3 * BLOCK, size)] {
                let part = leaves[at_most(from)..at_most(to)].iter().copied();
                known.leaves.extend((from..).zip(part));
            }
            let path = inclusion_proof(index, size, &known).unwrap();
            assert_eq!(path, inclusion_proof(index, size, leaves.as_slice()).unwrap(), "{index}");
            let leaf = leaves[at_most(index)];
            assert!(verify_inclusion(index, size, &leaf, &path, &whole), "{index}");
            assert!(!verify_inclusion(index, size, &whole, &path, &whole), "{index}");
        }
    }
}
