//! Any bytes as one object: it is refused with a reason, or held byte for byte and judged.
#![no_main]

use enlace_stix::{Object, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let object = match Object::parse(text) {
        Ok(object) => object,
        Err(error) => {
            assert!(!validate::unreadable(&error).expected.is_empty());
            return;
        }
    };
    assert_eq!(object.raw(), text);
    for finding in validate::object(&object) {
        assert!(validate::RULES.iter().any(|rule| rule.code == finding.rule));
    }
    let _ = (object.search_text(), object.identifier_keys(), object.label(), object.version());
    let _ = (object.references(), object.expected_sco_id());
    let again = Object::from_view(object.view().clone()).expect("our own text is readable");
    assert_eq!(again.content_hash(), object.content_hash());
});
