//! Any bytes as what a partner shows of its log: notes, checkpoints, keys, entries and the index of
//! an export are refused, or have one reading and are written again byte for byte. What is erased of
//! an entry is gone, and the rest still opens.
#![no_main]

use enlace_ledger::note::{Checkpoint, Note, VerifierKey};
use enlace_ledger::{entry, export};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(opened) = entry::open(bytes, None) {
        assert!(opened.fields.is_empty(), "nothing is told without a record");
    }
    if let Some(at) = bytes.iter().position(|b| *b == b'\n') {
        let (first, rest) = bytes.split_at(at);
        if let Ok(opened) = entry::open(first, Some(&rest[1..])) {
            if let Some(name) = opened.fields.keys().next() {
                let rest = entry::erase(&rest[1..], &[name]).expect("a record that was read");
                let less = entry::open(first, Some(&rest)).expect("erasing changes no entry");
                assert!(less.erased.contains(name) && less.fields.len() + 1 == opened.fields.len());
            }
            let names: Vec<&str> = opened.fields.keys().map(String::as_str).collect();
            let bare = entry::erase(&rest[1..], &names).expect("a record that was read");
            let erased = entry::open(first, Some(&bare)).expect("erasing changes no entry");
            assert!(erased.fields.is_empty());
        }
    }
    if let Ok(index) = export::Index::parse(bytes) {
        assert_eq!(index.to_bytes(), bytes, "one list, one form");
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_string(), text, "one text, one reading");
        let mut twice = note.clone();
        twice.merge(&note).expect("the text is the same");
        assert_eq!(twice, note, "a signature counts once");
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.text(), text, "one checkpoint, one text");
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string().parse::<VerifierKey>().as_ref(), Ok(&key));
    }
});
