//! `docs/taxii/openapi.json` describes what is served.

use std::collections::BTreeSet;

use enlace_taxii::{MEDIA_TYPE, ROUTES};
use serde_json::Value;

fn description() -> Value {
    serde_json::from_str(include_str!("../../../../docs/taxii/openapi.json")).unwrap()
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

#[test]
fn the_paths_and_methods_are_those_of_the_server() {
    let description = description();
    assert_eq!(description["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|k| METHODS.contains(&k.as_str())) {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let served = ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(described, served.collect());
}

#[test]
fn every_reference_leads_somewhere_and_every_content_is_taxii() {
    fn walk(value: &Value, root: &Value, seen: &mut usize) {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(root.pointer(pointer).is_some(), "{target}");
            *seen += 1;
        }
        if let Some(content) = value.get("content").and_then(Value::as_object) {
            assert_eq!(content.keys().collect::<Vec<_>>(), [MEDIA_TYPE]);
        }
        let members = value.as_object().into_iter().flat_map(|map| map.values());
        for inner in members.chain(value.as_array().into_iter().flatten()) {
            walk(inner, root, seen);
        }
    }
    let (description, mut seen) = (description(), 0);
    walk(&description, &description, &mut seen);
    assert!(seen > 100, "{seen}");
    for item in description["paths"].as_object().unwrap().values() {
        for (method, operation) in item.as_object().unwrap() {
            if METHODS.contains(&method.as_str()) {
                for status in ["401", "404", "405", "406", "429", "500", "503"] {
                    assert!(operation["responses"].get(status).is_some(), "{method} {status}");
                }
            }
        }
    }
}
