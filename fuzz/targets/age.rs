//! Any bytes as a file that was carried to this node: refused with a code and an advice, for nobody
//! wrote them for its key. A file for this node with any bytes written over it or behind it is
//! refused too, and never opens as something else than it was. A recipient prints as it is read.
#![no_main]

use std::sync::OnceLock;

use enlace_keys::{NodeKeys, Recipient};
use libfuzzer_sys::fuzz_target;

const PLAIN: &[u8] = b"what a partner wrote for this node";

struct Desk {
    keys: NodeKeys,
    file: Vec<u8>,
    _home: tempfile::TempDir,
}

fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let home = tempfile::tempdir().expect("a folder");
        let keys = NodeKeys::create(home.path(), 1_780_272_000_000_000, None).expect("keys");
        let file = keys.recipient().encrypt(PLAIN).expect("a file");
        Desk { keys, file, _home: home }
    })
}

fuzz_target!(|bytes: &[u8]| {
    let desk = desk();
    let error = desk.keys.open_bundle(bytes).expect_err("encrypted to nobody");
    assert!(error.code().starts_with("bundle.") && !error.advice().is_empty());
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(recipient) = text.parse::<Recipient>() {
            assert_eq!(recipient.to_string().parse::<Recipient>(), Ok(recipient));
        }
    }
    let Some(([high, low], over)) = bytes.split_first_chunk() else { return };
    let mut file = desk.file.clone();
    let at = usize::from(u16::from_be_bytes([*high, *low])) % file.len();
    file.resize(file.len().max(at + over.len()), 0);
    file[at..at + over.len()].copy_from_slice(over);
    let opened = desk.keys.open_bundle(&file);
    assert_eq!(opened.is_ok(), file == desk.file, "only the file as it was written opens");
    assert!(opened.is_err() || opened.is_ok_and(|plain| plain.as_slice() == PLAIN));
});
