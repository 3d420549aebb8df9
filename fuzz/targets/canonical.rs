//! Any JSON: the canonical form equals another implementation's and reads back to itself.
#![no_main]

use enlace_stix::canonical;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    let text = canonical::to_string(&value);
    let again: Value = serde_json::from_str(&text).expect("canonical text is JSON");
    assert_eq!(canonical::to_string(&again), text);
    // The other implementation writes integers beyond 2^53 with all their digits; RFC 8785 §3.2.2.3
    // knows doubles only.
    if !has_large_integer(&value) {
        let other = serde_json_canonicalizer::to_string(&value).expect("serialisable");
        assert_eq!(text, other);
    }
});

fn has_large_integer(value: &Value) -> bool {
    match value {
        Value::Number(n) => n.as_f64().is_none_or(|d| n.is_i64() | n.is_u64() && d.abs() >= 9e15),
        Value::Array(items) => items.iter().any(has_large_integer),
        Value::Object(members) => members.values().any(has_large_integer),
        _ => false,
    }
}
