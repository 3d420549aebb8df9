//! Equal to the reference, over many generated cases.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::differences::{Node, shrunk};
use crate::generate::case::case;

/// Cases under one agreement, before the next one is compiled.
const A_BLOCK: u64 = 64;

fn cases() -> u64 {
    std::env::var("ENLACE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

#[test]
fn the_fast_path_is_the_reference() {
    let blocks = cases().div_ceil(A_BLOCK);
    let first: u64 = std::env::var("ENLACE_FIRST").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let (next, failed) = (AtomicU64::new(first), Mutex::new(BTreeMap::new()));
    let work = || loop {
        let block = next.fetch_add(1, Ordering::Relaxed);
        if block >= first + blocks || failed.lock().unwrap().len() >= 20 {
            return;
        }
        let node = Node::compiled(block);
        for seed in block * A_BLOCK..(block + 1) * A_BLOCK {
            let case = case(seed, &node.agreement);
            if !node.differences(&case).is_empty() {
                let small = shrunk(&node, &case);
                let text = node.differences(&small).join("\n");
                failed.lock().unwrap().insert(seed, format!("{text}\n{small:#?}"));
                break;
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    for (seed, text) in &failed {
        let brief: String = text.chars().take(6000).collect();
        eprintln!("seed {seed}, agreement {}:\n{brief}\n", seed / A_BLOCK);
    }
    assert!(failed.is_empty(), "{} cases differ", failed.len());
}
