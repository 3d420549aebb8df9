//! Any text as a timestamp: what is one keeps its digits, and order is the order of instants.
#![no_main]

use enlace_stix::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (first, second) = text.split_once('|').unwrap_or((text, text));
    let Ok(time) = first.parse::<Timestamp>() else { return };
    assert_eq!(time.as_str(), first);
    let _ = (time.micros(), time.to_millis(), time.fraction_digits());
    let Ok(other) = second.parse::<Timestamp>() else { return };
    if time.micros() != other.micros() {
        assert_eq!(time < other, time.micros() < other.micros(), "{first} {second}");
    }
    assert_eq!(time == other, time.sort_key() == other.sort_key());
});
