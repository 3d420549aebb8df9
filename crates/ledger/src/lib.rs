//! What can be proved: Merkle logs whose entries commit to acts field by field.
//!
//! Pure: no files, no clock, no randomness. Formats are those of RFC 9162 (tree), C2SP
//! signed-note, tlog-checkpoint, tlog-cosignature and tlog-tiles; `docs/ledger/format.md` gives
//! every byte, and `docs/ledger/verify_ledger.py` checks the same folders without this code.
//!
//! - [`entry`]: an entry holds salted hashes of an act's fields; values and salts live in a record
//!   apart, so that a field can be erased and the log still verifies
//! - [`tree`]: leaf and node hashes, [`tree::Frontier`] that grows by one leaf in constant time
//! - [`proof`]: inclusion and consistency
//! - [`note`]: signed notes, [`note::Checkpoint`], `cosignature/v1`, verifier keys
//! - [`tile`]: where each hash, entry and record stands in an exported folder
//! - [`export`]: writes such a folder; [`verify`]: checks it and names the first bad byte's place
//!
//! ```
//! use enlace_ledger::{entry, note::Checkpoint, tree::{Frontier, leaf_hash}};
//! use std::collections::BTreeMap;
//!
//! let act = BTreeMap::from([("act".to_owned(), "release".into())]);
//! let (entry, record) = entry::commit(&act, || [7; 16]); // salts: random in earnest
//! assert_eq!(entry::open(&entry, Some(&record))?.fields, act);
//!
//! let mut log = Frontier::new();
//! log.push(leaf_hash(&entry));
//! let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
//! let checkpoint = Checkpoint { origin: "node.example/log".into(), size: 1, root: log.root() };
//! assert!(checkpoint.sign("node.example/log", &key)?.to_string().starts_with("node.example/log\n1\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod entry;
pub mod export;
pub mod note;
pub mod proof;
pub mod tile;
pub mod tree;
pub mod verify;
