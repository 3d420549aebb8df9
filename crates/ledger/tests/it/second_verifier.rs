//! Material for `docs/ledger/verify_ledger.py`, which must come to the same verdicts.

use std::path::Path;

use enlace_ledger::verify::verify_all;

use crate::sample::{Folder, Numbers, export};

fn write(folder: &Folder, dir: &Path) {
    for (path, bytes) in folder {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Writes `<ENLACE_LEDGER_SAMPLE>/export` and `…/cases.jsonl`, one changed byte a line with the
/// place our verifier names; `docs/ledger/try_verify_ledger.py` replays them.
#[test]
#[ignore = "writes files for the verifier in another language; see docs/ledger/format.md"]
fn sample_for_the_second_verifier() {
    let dir = std::env::var("ENLACE_LEDGER_SAMPLE").expect("ENLACE_LEDGER_SAMPLE names a folder");
    let logs = [("channel/0a1b/ours", 0), ("channel/0a1b/theirs", 9), ("node", 600)];
    let mut folder = export(&logs, 7);
    assert!(verify_all(&folder, None).unwrap().ok);
    write(&folder, &Path::new(&dir).join("export"));
    let mut numbers = Numbers(1);
    let paths: Vec<_> = folder.keys().cloned().collect();
    let mut cases = String::new();
    for round in 0..40 {
        for path in &paths {
            let at = numbers.below(folder[path].len());
            let byte = folder[path][at];
            let to = match round % 4 {
                0 => byte ^ (1 << numbers.below(8)),
                1 => b'\n',
                2 => *b" {\"}0,".get(numbers.below(6)).unwrap(),
                _ => byte.wrapping_add(1 + numbers.below(255) as u8),
            };
            if to == byte {
                continue;
            }
            folder.get_mut(path).unwrap()[at] = to;
            let bad = verify_all(&folder, None).unwrap().first_bad.unwrap();
            folder.get_mut(path).unwrap()[at] = byte;
            let case = serde_json::json!({"path": path, "at": at, "to": to, "bad": bad});
            cases.push_str(&format!("{case}\n"));
        }
    }
    std::fs::write(Path::new(&dir).join("cases.jsonl"), cases).unwrap();
}
