//! Any text as the terms of an agreement, and any object as an agreement that a partner sent: faults
//! that point into the text, or terms that are written and read again as they are, that compile and
//! that can be told in sentences.
#![no_main]

use enlace_policy::draft::{Draft, parse};
use enlace_policy::{Agreement, Policy, PrivateRules, models, rewrite, summary};
use enlace_stix::Object;
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

const OWN: &str = "identity--11111111-1111-4111-8111-111111111111";

fn compiles(agreement: &Agreement) {
    Policy::compile(agreement, &PrivateRules::default()).expect("terms that were read compile");
    assert!(!summary(agreement).is_empty());
}

fn sound(draft: &Draft) {
    let text = rewrite(draft).expect("terms that were read can be written");
    assert_eq!(parse(&text, "again").as_ref(), Ok(draft));
    let uuid = Uuid::from_u128(4 << 76 | 8 << 60 | 1);
    let created = "2026-01-01T00:00:00.000Z".parse().expect("a time");
    let own = OWN.parse().expect("an id");
    let object = Agreement::to_object(draft, uuid, uuid, &created, &own).expect("an agreement");
    let agreement = Agreement::from_object(&object).expect("what we write is read");
    assert_eq!(agreement.draft, *draft);
    compiles(&agreement);
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse(text, "file") {
        Ok(draft) => sound(&draft),
        Err(faults) => {
            assert!(!faults.is_empty(), "no draft, and nothing is wrong");
            let lines = text.matches('\n').count() + 1;
            assert!(faults.iter().all(|f| (1..=lines).contains(&f.line) && f.column >= 1));
            assert!(faults.is_sorted_by_key(|f| (f.line, f.column)));
        }
    }
    let _ = models::text_faults(text, "file", text);
    if let Ok(object) = Object::parse(text) {
        if let Ok(agreement) = Agreement::from_object(&object) {
            compiles(&agreement);
            // Where an amendment of it starts: the same terms, or faults to mend.
            let text = rewrite(&agreement.draft).expect("terms that were read can be written");
            assert!(parse(&text, "again").map_or(true, |draft| draft == agreement.draft));
        }
    }
});
