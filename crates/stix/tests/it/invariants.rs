//! What holds for every input, however strange.

use enlace_stix::{Object, canonical, read, validate};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any JSON value, a few levels deep.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("2026-03-01T10:00:00.000Z")),
        Just(json!("identity--f431f809-377b-45e0-aa1c-6a4751cae5ff")),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(names(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Names that the standard knows, and others.
fn names() -> impl Strategy<Value = String> {
    let known = [
        "name",
        "created",
        "modified",
        "labels",
        "extensions",
        "granular_markings",
        "selectors",
        "external_references",
        "object_refs",
        "hashes",
        "definition",
        "revoked",
        "value",
        "number",
    ];
    prop_oneof![3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

/// An object of some type with any properties.
fn objects() -> impl Strategy<Value = Map<String, Value>> {
    let kinds = [
        "identity",
        "relationship",
        "marking-definition",
        "file",
        "language-content",
        "firearm",
        "x-agency-thing",
        "observed-data",
        "location",
        "extension-definition",
        "bundle",
    ];
    let members = prop::collection::btree_map(names(), values(), 0..8);
    (prop::sample::select(kinds.to_vec()), members).prop_map(|(kind, members)| {
        let mut view: Map<String, Value> = members.into_iter().collect();
        view.insert("type".into(), json!(kind));
        view.insert("id".into(), json!(format!("{kind}--f431f809-377b-45e0-aa1c-6a4751cae5ff")));
        view
    })
}

/// The same members in the order that `keys` sorts them, as text.
fn shuffled(view: &Map<String, Value>, keys: &[u32]) -> String {
    let mut members: Vec<_> = view.iter().zip(keys.iter().cycle()).collect();
    members.sort_by_key(|(_, key)| **key);
    let members: Vec<_> =
        members.into_iter().map(|((n, v), _)| format!(" {} :{v}", json!(n))).collect();
    format!("{{{} }}", members.join(" ,"))
}

fn doubles_only(value: Value) -> Value {
    match value {
        Value::Number(n) if n.as_i64().is_some_and(|n| n.unsigned_abs() > 1 << 53) => {
            json!(n.as_i64().unwrap() >> 11)
        }
        Value::Array(items) => items.into_iter().map(doubles_only).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(n, v)| (n, doubles_only(v))).collect())
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn reading_never_panics(text in "\\PC{0,200}") {
        let _ = Object::parse(&text);
        let _ = read::split(&text);
        let _ = validate::bundle(&text);
    }

    #[test]
    fn reading_what_looks_like_json_never_panics(text in r#"[\[\]{}:,"\\ \n0-9a-f-]{0,200}"#) {
        let _ = Object::parse(&text);
        let _ = read::split(&text);
        let _ = validate::bundle(&text);
    }

    #[test]
    fn any_object_is_judged_and_derived_from_without_panic(view in objects()) {
        let object = Object::from_view(view).unwrap();
        for finding in validate::object(&object) {
            prop_assert!(validate::RULES.iter().any(|r| r.code == finding.rule
                && r.level == finding.level));
        }
        let _ = (object.search_text(), object.identifier_keys(), object.label());
        let _ = (object.references(), object.version(), object.expected_sco_id());
    }

    #[test]
    fn the_content_hash_does_not_depend_on_order_or_white_space(
        view in objects(), keys in prop::collection::vec(any::<u32>(), 1..8),
    ) {
        let one = Object::parse(&Value::Object(view.clone()).to_string()).unwrap();
        let other = Object::parse(&shuffled(&view, &keys)).unwrap();
        prop_assert_eq!(one.content_hash(), other.content_hash());
        prop_assert_eq!(validate::object(&one).len(), validate::object(&other).len());
    }

    #[test]
    fn the_canonical_form_reads_back_to_itself(value in values()) {
        let text = canonical::to_string(&value);
        let again: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(canonical::to_string(&again), text);
    }

    /// RFC 8785 §3.2.2.3: numbers are doubles. The other implementation writes integers beyond 2^53
    /// with all their digits, so these are left to the vectors of `canonical`.
    #[test]
    fn the_canonical_form_is_that_of_another_implementation(value in values()) {
        let value = doubles_only(value);
        let other = serde_json_canonicalizer::to_string(&value).unwrap();
        prop_assert_eq!(canonical::to_string(&value), other);
    }

    #[test]
    fn splitting_loses_no_object_in_any_form(views in prop::collection::vec(objects(), 1..6)) {
        let texts: Vec<String> =
            views.iter().map(|v| Value::Object(v.clone()).to_string()).collect();
        let list = texts.join(", ");
        let forms = [
            (read::Form::List, format!("[{list}]")),
            (read::Form::Envelope, format!("{{\"objects\":[{list}],\"more\":false}}")),
            (read::Form::Bundle, format!("{{\"type\":\"bundle\",\"objects\":[{list}]}}")),
            (read::Form::Lines, format!("{}\n\n", texts.join("\r\n"))),
        ];
        for (form, text) in forms {
            let (found, objects) = read::split(&text).unwrap();
            // One line is a single object, or what that object itself looks like.
            if form == read::Form::Lines && texts.len() == 1 {
                continue;
            }
            prop_assert_eq!(found, form);
            prop_assert_eq!(objects, texts.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
