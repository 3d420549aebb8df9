//! Figures of hit/no-hit: `enlace-bench-psi ITEMS QUERIES LIMIT_ITEMS`, one JSON line.
//!
//! CPU seconds of this process, one thread. The limits are measured with curve25519-dalek alone,
//! half of them before and half after what they are compared with.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use enlace_oprf::{Answer, Change, Class, Key, Query, Scope, Set, Value, Verdict};
use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest, Sha512};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = cpu();
    let made = work();
    (cpu() - before, made)
}

/// One hash to the group as RFC 9380 has it: two blocks of SHA-512 and the map.
fn hash_to_group(number: usize) -> RistrettoPoint {
    let mut first = Sha512::new();
    first.update([0; 128]);
    first.update(number.to_be_bytes());
    first.update(b"HashToGroup-OPRFV1-\x01-ristretto255-SHA512.");
    let mut second = Sha512::new();
    second.update(first.finalize());
    second.update(b"HashToGroup-OPRFV1-\x01-ristretto255-SHA512.");
    RistrettoPoint::from_uniform_bytes(&second.finalize().into())
}

/// Seconds an item: hash, multiplication, compression; and those of a query's whole way.
fn limits(items: usize) -> (f64, f64) {
    let key = Scalar::from_bytes_mod_order_wide(&[9; 64]);
    let (prepare, sent) = timed(|| {
        let one = |n| (hash_to_group(n) * key).compress();
        (0..items).map(one).collect::<Vec<_>>()
    });
    // Sent on: decompressed, multiplied and compressed at the partner, and again when it is back.
    let (rest, ()) = timed(|| {
        for one in &sent {
            let at_partner = one.decompress().map(|point| (point * key).compress());
            let back = at_partner.and_then(|one| one.decompress());
            black_box(back.map(|point| (point * key).compress()));
        }
    });
    (prepare / items as f64, (prepare + rest) / items as f64)
}

fn random() -> [u8; 64] {
    let mut bytes = [0; 64];
    // Of this machine; without it there is no figure.
    if getrandom::fill(&mut bytes).is_err() {
        std::process::exit(2);
    }
    bytes
}

fn value(number: usize) -> Outcome<Value> {
    Ok(Value::new("firearm-serial", &format!("SN{number:09}"))?)
}

fn main() -> Outcome<()> {
    let mut given = std::env::args().skip(1).map(|one| one.parse::<usize>());
    let mut next = |otherwise| given.next().unwrap_or(Ok(otherwise));
    let (items, queries, sample) = (next(1_000_000)?, next(10_000)?, next(100_000)?);
    let scope = Scope { asked: &[1; 32], asking: &[2; 32], purpose: "firearms-tracing", epoch: 1 };
    let key = Key::derive(&random().first_chunk().copied().unwrap_or_default(), &scope)?;
    let held: Vec<(Value, Verdict)> =
        (0..items).map(|n| Ok((value(n)?, Verdict::Hit))).collect::<Outcome<_>>()?;

    let before = limits(sample / 2);
    let (prepare, mut set) = timed(|| Set::prepare(&key, &held, 0, &mut random));
    let between = limits(sample / 2);
    let mut partner = set.published();

    // Half of what is asked is held.
    let (mut hits, mut sent, mut received) = (0, 0, 0);
    let wanted = |n: usize| if n.is_multiple_of(2) { n } else { items + n };
    let start = cpu();
    for block in (0..queries).collect::<Vec<_>>().chunks(Class::Block.elements()) {
        let values = block.iter().map(|n| value(wanted(*n))).collect::<Outcome<Vec<_>>>()?;
        let query = Query::new(Class::Block, values, &mut random)?;
        let bytes = query.bytes();
        let answer = key.answer(Class::Block, &bytes, &mut random)?;
        (sent, received) = (sent + bytes.len(), received + answer.len());
        let marks = query.finish(&key.public(), &answer)?;
        hits += marks.iter().filter(|mark| partner.look(mark) == Answer::Hit).count();
    }
    let asked = cpu() - start;
    let after = limits(sample / 2);
    if hits != queries.div_ceil(2) {
        return Err(format!("{hits} hits, expected {}", queries.div_ceil(2)).into());
    }

    let half = 500.min(items / 2);
    let mut now = held;
    now.drain(..half);
    for n in 0..half {
        now.push((value(2 * items + n)?, Verdict::Hit));
    }
    let changed = 2 * half;
    let (update, changes) = timed(|| set.change(&key, &now, &mut random));
    let changes = changes?;
    partner.apply(&changes)?;
    let line = serde_json::json!({
        "items": items, "queries": queries, "limit_items": sample,
        "prepare_s": prepare, "prepare_us": prepare * 1e6 / items as f64,
        "limit_us": (before.0 + between.0) / 2.0 * 1e6,
        "prepare_times_limit": prepare / items as f64 / ((before.0 + between.0) / 2.0),
        "query_us": asked * 1e6 / queries as f64,
        "query_limit_us": (between.1 + after.1) / 2.0 * 1e6,
        "query_times_limit": asked / queries as f64 / ((between.1 + after.1) / 2.0),
        "bytes_sent_a_value": sent as f64 / queries as f64,
        "bytes_received_a_value": received as f64 / queries as f64,
        "bytes_one_sent": Class::One.query_len(), "bytes_one_received": Class::One.answer_len(),
        "table_entries": partner.size(), "table_bytes": partner.size() * enlace_oprf::ENTRY,
        "updated": changed, "update_s": update, "changes": changes.len(),
        "change_bytes": changes.len() * Change::LEN,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
