//! What a person with access to the folder or the store might do.

use enlace_ledger::entry;
use enlace_ledger::export::{INDEX, Index, IndexEntry};
use enlace_ledger::note::Checkpoint;
use enlace_ledger::tree::{Frontier, leaf_hash};
use enlace_ledger::verify::{Files, Problem, Unreadable, Verdict, verify_all, verify_log};

use crate::sample::{Folder, Leaf, ORIGIN, checkpoint, export, folder, key, keys, leaves, log};

fn verify(folder: &Folder) -> Verdict {
    verify_log(folder, ORIGIN, &keys(ORIGIN)).unwrap()
}

fn place(verdict: &Verdict) -> (Problem, &str, u64, Option<u64>) {
    let bad = verdict.first_bad.as_ref().unwrap();
    (bad.problem, bad.file.as_str(), bad.offset, bad.leaf)
}

/// Leaves of which one says something else, under the checkpoint of the true ones.
fn rewritten(size: usize, at: usize) -> (Vec<Leaf>, Folder) {
    let original = leaves(size, 5);
    let mut changed = original.clone();
    let other = leaves(1, 99).remove(0);
    changed[at] = other;
    (original.clone(), folder(&changed, &checkpoint(ORIGIN, &original).to_string()))
}

#[test]
fn erasing_fields_and_records_keeps_the_log_whole() {
    let mut leaves = leaves(300, 4);
    let note = checkpoint(ORIGIN, &leaves).to_string();
    for (_, _, record) in &mut leaves {
        *record = record.take().map(|record| entry::erase(&record, &["objects", "act"]).unwrap());
    }
    assert!(verify(&folder(&leaves, &note)).ok);
    leaves.iter_mut().for_each(|(_, _, record)| *record = None);
    assert!(verify(&folder(&leaves, &note)).ok);
}

/// The entry and its leaf hash in the store were changed, then the log was exported.
#[test]
fn a_rewritten_store_differs_from_the_signed_root() {
    let (_, folder) = rewritten(300, 17);
    let line = format!("{ORIGIN}\n300\n").len() as u64;
    assert_eq!(place(&verify(&folder)), (Problem::CheckpointRoot, "checkpoint", line, None));
}

/// Only the entry was changed in the store.
#[test]
fn a_rewritten_entry_is_named_though_its_bundle_is_well_formed() {
    let (original, _) = rewritten(300, 17);
    let mut changed = original.clone();
    changed[17].1 = leaves(1, 99).remove(0).1;
    let folder = folder(&changed, &checkpoint(ORIGIN, &original).to_string());
    let offset: usize = original[..17].iter().map(|(_, entry, _)| entry.len() + 2).sum();
    let expected = (Problem::EntryHash, "tile/entries/000", offset as u64, Some(17));
    assert_eq!(place(&verify(&folder)), expected);
}

/// Entry and tile of level 0 were changed together, the hash above was forgotten.
#[test]
fn a_hash_left_above_shows_which_tile_was_rewritten() {
    let (original, mut folder) = rewritten(700, 300);
    let sound = crate::sample::folder(&original, &checkpoint(ORIGIN, &original).to_string());
    folder.insert("tile/1/000.p/2".into(), sound["tile/1/000.p/2"].clone());
    assert_eq!(place(&verify(&folder)), (Problem::TileRoot, "tile/0/001", 0, Some(256)));
}

#[test]
fn records_cannot_be_exchanged_between_entries() {
    let mut leaves = leaves(20, 8);
    leaves.retain(|(_, _, record)| record.as_ref().is_some_and(|r| r != b"{}"));
    let note = checkpoint(ORIGIN, &leaves).to_string();
    let (first, second) = (leaves[0].2.clone(), leaves[1].2.clone());
    leaves[0].2 = second;
    leaves[1].2 = first;
    let verdict = verify(&folder(&leaves, &note));
    assert_eq!(place(&verdict), (Problem::RecordMismatch, "records/000", 0, Some(0)));
}

#[test]
fn every_file_is_needed_and_no_other_is_allowed() {
    let sound = log(300, 6);
    for path in sound.keys() {
        let mut folder = sound.clone();
        folder.remove(path);
        let verdict = verify(&folder);
        assert_eq!((place(&verdict).0, place(&verdict).1), (Problem::FileMissing, path.as_str()));
        folder = sound.clone();
        folder.get_mut(path).unwrap().pop();
        assert_eq!(place(&verify(&folder)).1, path);
        folder = sound.clone();
        folder.get_mut(path).unwrap().push(b'\n');
        assert_eq!(place(&verify(&folder)).1, path, "one byte more");
    }
    for path in ["tile/0/001.p/43", "tile/2/000.p/1", "records/002", "notes.txt"] {
        let mut folder = sound.clone();
        folder.insert(path.into(), vec![0; 32]);
        assert_eq!(place(&verify(&folder)), (Problem::FileUnexpected, path, 0, None));
    }
}

#[test]
fn signatures_are_needed_from_all_given_keys_and_from_no_others() {
    let folder = log(3, 1);
    let [log_key, partner] = keys(ORIGIN).try_into().unwrap();
    let problem = |keys: &[_]| place(&verify_log(&folder, ORIGIN, keys).unwrap()).0;
    assert_eq!(problem(&[]), Problem::CheckpointUnknownSigner);
    assert_eq!(problem(std::slice::from_ref(&log_key)), Problem::CheckpointUnknownSigner);
    let witness = keys("enlace/witness").remove(0);
    assert_eq!(problem(&[log_key, partner, witness]), Problem::CheckpointUnsigned);
    let other = verify_log(&folder, "enlace/another", &keys(ORIGIN)).unwrap();
    assert_eq!(place(&other).0, Problem::CheckpointOrigin);
}

#[test]
fn a_signed_size_that_no_folder_holds_is_answered_at_once() {
    let mut folder = log(3, 1);
    let absurd = Checkpoint { origin: ORIGIN.into(), size: u64::MAX, root: [0; 32] };
    let mut note = absurd.sign(ORIGIN, &key(1)).unwrap();
    note.cosign("enlace/ilc-node", &key(2), 1).unwrap();
    folder.insert("checkpoint".into(), note.to_string().into_bytes());
    assert_eq!(place(&verify(&folder)).0, Problem::FileMissing);
}

/// The first and last hash of levels 0, 1 and 2 of a log that has all three.
#[test]
fn a_changed_hash_of_any_level_is_named() {
    let leaves: Vec<Leaf> = (0..65_536 + 300)
        .map(|i| {
            let entry = format!("{{\"n\":\"{i:064x}\"}}").into_bytes();
            (leaf_hash(&entry), entry, None)
        })
        .collect();
    let sound = folder(&leaves, &checkpoint(ORIGIN, &leaves).to_string());
    assert!(verify(&sound).ok);
    for (path, at, leaf) in [
        ("tile/0/000", 0, 0),
        ("tile/0/257.p/44", 43, 65_835),
        ("tile/1/000", 255, 65_280),
        ("tile/1/001.p/1", 0, 65_536),
        ("tile/2/000.p/1", 0, 0),
    ] {
        let mut folder = sound.clone();
        folder.get_mut(path).unwrap()[at * 32 + 31] ^= 4;
        let expected = (Problem::TileHash, path, at as u64 * 32, Some(leaf));
        assert_eq!(place(&verify(&folder)), expected);
    }
}

#[test]
fn an_export_signed_by_strangers_is_refused_where_keys_are_known() {
    let folder = export(&[("channel/0a/ours", 3), ("node", 5)], 7);
    let mut trusted = keys(&format!("{ORIGIN}/node"));
    let verdict = verify_all(&folder, Some(&trusted)).unwrap();
    let bad = verdict.first_bad.unwrap();
    assert_eq!((bad.problem, bad.file.as_str(), bad.offset), (Problem::IndexUntrusted, INDEX, 1));
    trusted.extend(keys(&format!("{ORIGIN}/channel/0a/ours")));
    let verdict = verify_all(&folder, Some(&trusted)).unwrap();
    assert!(verdict.ok);
    assert_eq!(verdict.logs.iter().map(|log| log.verdict.size).collect::<Vec<_>>(), [3, 5]);
    let json = serde_json::to_string(&verdict.logs[1]).unwrap();
    assert!(json.starts_with("{\"dir\":\"node\",\"origin\":\"enlace/une-node/node\",\"ok\":true,"));
}

#[test]
fn the_index_and_the_folders_must_match() {
    let sound = export(&[("channel/0a/ours", 3), ("node", 5)], 7);
    let bad = |folder: &Folder| {
        let bad = verify_all(folder, None).unwrap().first_bad.unwrap();
        (bad.problem, bad.file)
    };
    let mut folder = sound.clone();
    folder.insert("node-2/checkpoint".into(), vec![]);
    assert_eq!(bad(&folder), (Problem::FileUnexpected, "node-2/checkpoint".into()));
    folder = sound.clone();
    folder.retain(|path, _| !path.starts_with("node/"));
    assert_eq!(bad(&folder), (Problem::IndexDir, INDEX.into()));
    folder = sound.clone();
    folder.remove(INDEX);
    assert_eq!(bad(&folder), (Problem::FileMissing, INDEX.into()));
    folder = sound;
    let mut logs = Index::parse(&folder[INDEX]).unwrap().logs().to_vec();
    logs[1] = IndexEntry { origin: "enlace/other".into(), ..logs[1].clone() };
    folder.insert(INDEX.into(), Index::new(logs).unwrap().to_bytes());
    assert_eq!(bad(&folder), (Problem::IndexOrigin, INDEX.into()));
}

/// A disk that fails is not a log that was changed.
struct Failing;

impl Files for Failing {
    fn read(&self, _: &str) -> Result<Option<Vec<u8>>, String> {
        Err("input/output error".into())
    }

    fn list(&self) -> Result<Vec<String>, String> {
        Ok(vec![])
    }
}

#[test]
fn what_cannot_be_read_is_not_called_bad() {
    let found = verify_log(&Failing, ORIGIN, &keys(ORIGIN));
    let file = "checkpoint".to_owned();
    assert_eq!(found, Err(Unreadable { file, reason: "input/output error".into() }));
}

#[test]
fn a_log_that_grew_contains_the_one_before() {
    use enlace_ledger::proof::{consistency_proof, verify_consistency};
    let all: Vec<_> = leaves(300, 2).into_iter().map(|(hash, ..)| hash).collect();
    let mut tree = Frontier::new();
    all[..100].iter().for_each(|hash| tree.push(*hash));
    let old = tree.root();
    all[100..].iter().for_each(|hash| tree.push(*hash));
    let proof = consistency_proof(100, 300, all.as_slice()).unwrap();
    assert!(verify_consistency(100, 300, &old, &tree.root(), &proof));
}
