//! Any text as a selector, before `|` an object: what it selects is there, and it prints as it was.
#![no_main]

use enlace_stix::marking::{Selector, granular};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|text: &str| {
    let (text, object) =
        text.split_once('|').unwrap_or((text, r#"{"labels":["a","b"],"name":"x"}"#));
    let Ok(selector) = Selector::parse(text) else { return };
    assert_eq!(selector.as_str(), text);
    assert!(selector.covers(selector));
    let Ok(view) = serde_json::from_str::<Map<String, Value>>(object) else { return };
    let selected = selector.resolve(&view).is_some();
    const RED: &str = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
    let mark = granular::Mark::Ref(RED);
    if let Ok(marked) = granular::add(&view, &[mark], &[text]) {
        assert!(selected, "only what is there can be marked");
        assert!(selector.resolve(&marked).is_some());
    }
});
