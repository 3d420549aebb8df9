//! The worked example of `docs/ledger/format.md` is what this crate writes.

use std::collections::BTreeMap;

use enlace_ledger::entry;
use enlace_ledger::export::{Index, IndexEntry, files};
use enlace_ledger::note::{Checkpoint, KeyKind, VerifierKey};
use enlace_ledger::tree::{Frontier, leaf_hash};
use serde_json::{Value, json};

use crate::sample::key;

const DOCUMENT: &str = include_str!("../../../../docs/ledger/format.md");
const ORIGIN: &str = "une.example/node";

/// Salts 000102…0f, 101112…1f and so on.
fn salts() -> impl FnMut() -> [u8; 16] {
    let mut next = 0_u8;
    move || {
        std::array::from_fn(|_| {
            next += 1;
            next - 1
        })
    }
}

/// The lines of the example, with what they are.
fn example() -> Vec<(&'static str, String)> {
    let mut salts = salts();
    let act = |value: Value| -> BTreeMap<String, Value> {
        value.as_object().unwrap().clone().into_iter().collect()
    };
    let (first, first_record) =
        entry::commit(&act(json!({"act": "import", "objects": 3})), &mut salts);
    let (second, second_record) = entry::commit(
        &act(json!({"act": "release", "person": "Iván Roldán", "purpose": "trafficking"})),
        &mut salts,
    );
    let erased = entry::erase(&second_record, &["person"]).unwrap();
    let hashes = [leaf_hash(&first), leaf_hash(&second)];
    let mut tree = Frontier::new();
    hashes.iter().for_each(|hash| tree.push(*hash));
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: 2, root: tree.root() };
    let mut note = checkpoint.sign(ORIGIN, &key(1)).unwrap();
    note.cosign("ilc.example/node", &key(2), 1_790_000_000).unwrap();
    let note = note.to_string();
    let records = [Some(&first_record[..]), Some(&erased[..])];
    let leaves = [&first[..], &second[..]];
    let leaves = hashes.iter().zip(leaves).zip(records).map(|((h, e), r)| (*h, e, r));
    let written: BTreeMap<_, _> = files(leaves, &note).unwrap().into_iter().collect();
    let verifier = |name, kind, seed| VerifierKey::new(name, kind, key(seed).verifying_key());
    let vkeys = vec![
        verifier(ORIGIN, KeyKind::Note, 1).unwrap(),
        verifier("ilc.example/node", KeyKind::Cosignature, 2).unwrap(),
    ];
    let log = IndexEntry { dir: "node".into(), origin: ORIGIN.into(), vkeys };
    let index = Index::new(vec![log]).unwrap().to_bytes();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines = vec![
        ("entry 0", text(&first)),
        ("record 0", text(&first_record)),
        ("entry 1", text(&second)),
        ("record 1", text(&second_record)),
        ("record 1, person erased", text(&erased)),
        ("leaf 0", hex::encode(hashes[0])),
        ("leaf 1", hex::encode(hashes[1])),
        ("root", hex::encode(tree.root())),
        ("frontier", hex::encode(tree.to_bytes())),
        ("log.json", text(&index)),
    ];
    lines.extend(note.lines().filter(|l| !l.is_empty()).map(|l| ("checkpoint", l.to_owned())));
    for path in written.keys() {
        lines.push(("file", format!("node/{path}")));
    }
    let bundle = &written["tile/entries/000.p/2"];
    lines.push(("first bytes of the bundle", hex::encode(&bundle[..8])));
    assert_eq!(written["tile/0/000.p/2"], hashes.concat());
    lines
}

#[test]
fn every_line_of_the_worked_example_is_what_is_written() {
    for (what, line) in example() {
        assert!(DOCUMENT.contains(&line), "format.md lacks {what}: {line}");
    }
}
