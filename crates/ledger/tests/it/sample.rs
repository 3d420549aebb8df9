//! Invented logs of any size, the same for the same seed.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use enlace_ledger::entry;
use enlace_ledger::export::{INDEX, Index, IndexEntry, files};
use enlace_ledger::note::{Checkpoint, KeyKind, Note, VerifierKey};
use enlace_ledger::tree::{Frontier, Hash, leaf_hash};
use serde_json::{Value, json};

pub type Folder = BTreeMap<String, Vec<u8>>;
pub type Leaf = (Hash, Vec<u8>, Option<Vec<u8>>);

pub const ORIGIN: &str = "enlace/une-node";

/// Numbers that look random (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn salt(&mut self) -> [u8; 16] {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&self.next().to_be_bytes());
        salt[8..].copy_from_slice(&self.next().to_be_bytes());
        salt
    }
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// The log's key and the cosigner's.
pub fn keys(origin: &str) -> Vec<VerifierKey> {
    vec![
        VerifierKey::new(origin, KeyKind::Note, key(1).verifying_key()).unwrap(),
        VerifierKey::new("enlace/ilc-node", KeyKind::Cosignature, key(2).verifying_key()).unwrap(),
    ]
}

fn fields(numbers: &mut Numbers, index: usize) -> BTreeMap<String, Value> {
    let acts = ["import", "release", "consultation", "erasure"];
    let act = json!({
        "act": acts[numbers.below(4)],
        "at": format!("2026-09-{:02}T10:00:00Z", 1 + numbers.below(28)),
        "objects": (0..numbers.below(3)).map(|_| numbers.next() % 1000).collect::<Vec<_>>(),
        "purpose": "trata \"ñ\" \u{1f6a2}\n",
        "lat": (numbers.next() >> 11) as f64 / (1_u64 << 53) as f64,
    });
    let mut fields: BTreeMap<_, _> = act.as_object().unwrap().clone().into_iter().collect();
    if index.is_multiple_of(3) {
        fields.insert("\u{e9}\u{1f600}/\"clause\"".into(), json!({"b": null, "a": [true]}));
    }
    fields
}

/// Leaves with whole, partly erased, wholly erased and absent records.
pub fn leaves(size: usize, seed: u64) -> Vec<Leaf> {
    let mut numbers = Numbers(seed);
    let leaf = |index| {
        let fields = fields(&mut numbers, index);
        let (entry, record) = entry::commit(&fields, || numbers.salt());
        let record = match numbers.below(6) {
            0 => None,
            1 => Some(b"{}".to_vec()),
            2 => Some(entry::erase(&record, &["objects", "purpose"]).unwrap()),
            _ => Some(record),
        };
        (leaf_hash(&entry), entry, record)
    };
    (0..size).map(leaf).collect()
}

/// The checkpoint of these leaves, signed and cosigned.
pub fn checkpoint(origin: &str, leaves: &[Leaf]) -> Note {
    let mut tree = Frontier::new();
    leaves.iter().for_each(|(hash, ..)| tree.push(*hash));
    let checkpoint =
        Checkpoint { origin: origin.into(), size: leaves.len() as u64, root: tree.root() };
    let mut note = checkpoint.sign(origin, &key(1)).unwrap();
    note.cosign("enlace/ilc-node", &key(2), 1_790_000_000).unwrap();
    note
}

/// Leaves as an exported log under this checkpoint.
pub fn folder(leaves: &[Leaf], checkpoint: &str) -> Folder {
    let leaves = leaves.iter().map(|(hash, entry, record)| (*hash, &entry[..], record.as_deref()));
    files(leaves, checkpoint).unwrap().into_iter().collect()
}

/// One log, exported.
pub fn log(size: usize, seed: u64) -> Folder {
    let leaves = leaves(size, seed);
    folder(&leaves, &checkpoint(ORIGIN, &leaves).to_string())
}

/// Logs of these sizes in one export folder.
pub fn export(logs: &[(&str, usize)], seed: u64) -> Folder {
    let mut all = Folder::new();
    let mut index = Vec::new();
    for (dir, size) in logs {
        let origin = format!("{ORIGIN}/{dir}");
        let leaves = leaves(*size, seed + *size as u64);
        let files = folder(&leaves, &checkpoint(&origin, &leaves).to_string());
        all.extend(files.into_iter().map(|(path, bytes)| (format!("{dir}/{path}"), bytes)));
        index.push(IndexEntry { dir: (*dir).into(), vkeys: keys(&origin), origin });
    }
    all.insert(INDEX.into(), Index::new(index).unwrap().to_bytes());
    all
}
