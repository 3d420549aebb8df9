//! Validation beside its limit: how much longer than plain JSON parsing of the same bytes.
//!
//! `stix FILE…` prints one JSON line a file: CPU seconds of the median run, objects a CPU second,
//! and the ratio to `serde_json::Value`. Bytes are in memory before the clock starts.

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;

use enlace_bench::{Runs, cpu_median};
use enlace_stix::read::{ReadError, Stream};
use enlace_stix::validate;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let runs = Runs::of_size(bytes.len());
        let (value, _) = cpu_median(runs, || -> Result<usize, serde_json::Error> {
            black_box(serde_json::from_slice::<Value>(&bytes)?);
            Ok(0)
        })?;
        let (split, _) = cpu_median(runs, || walk(&bytes, |_| ()))?;
        let (parse, _) = cpu_median(runs, || walk(&bytes, |item| drop(black_box(item.object()))))?;
        let (validate, objects) = cpu_median(runs, || {
            walk(&bytes, |item| {
                if let Ok(object) = item.object() {
                    black_box(validate::object(&object));
                }
            })
        })?;
        let line = json!({
            "file": path, "bytes": bytes.len(), "objects": objects, "runs": runs.count(),
            "cpu_s": { "value": value, "split": split, "parse": parse, "validate": validate },
            "objects_per_cpu_s": (objects as f64 / validate).round(),
            "share_of_value_parse_rate": value / validate,
        });
        writeln!(std::io::stdout().lock(), "{line}")?;
    }
    Ok(())
}

/// Hands every item of a file to `act`; the count of items.
fn walk(
    bytes: &[u8],
    mut act: impl FnMut(&enlace_stix::read::Item<'_>),
) -> Result<usize, ReadError> {
    let mut stream = Stream::new(bytes);
    let mut count = 0;
    while let Some(item) = stream.next()? {
        act(&item);
        count += 1;
    }
    Ok(count)
}
