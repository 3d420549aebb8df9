//! Any bytes as what a file of a partner holds: the frame is judged, and any content behind a frame
//! that is whole. What is taken was listed by a record.
#![no_main]

use enlace_keys::{Bundle, Content};
use enlace_stix::Object;
use libfuzzer_sys::fuzz_target;

const SENDER: &str = "identity--3a0bd2b9-0b0e-4ef5-a1f5-5ae4c1ed8ba5";

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bundle) = Bundle::read(bytes) {
        let _ = bundle.papers();
        let _ = bundle.content(SENDER, |_| true);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Nobody signed anything: then nothing but the sender's own identity is taken.
    if let Ok(content) = Content::parse(text, SENDER, |_| false) {
        let id = |raw: &str| Object::parse(raw).expect("it was read").id().to_string();
        assert!(content.objects.iter().all(|raw| id(raw.get()) == SENDER));
    }
    if let Ok(content) = Content::parse(text, SENDER, |_| true) {
        let again = serde_json::to_string(&content).expect("what was read can be written");
        assert!(Content::parse(&again, SENDER, |_| true).is_ok(), "and read again");
    }
});
