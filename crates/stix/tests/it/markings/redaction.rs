//! Granular markings after values were taken out.

use std::collections::{BTreeMap, BTreeSet};

use enlace_stix::marking::granular::EditError;
use enlace_stix::marking::redaction::{redact, reindex};
use enlace_stix::marking::{self, Selector};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{OWN, RED, members};

fn report(granular: Value) -> Map<String, Value> {
    members(json!({
        "type": "report", "id": "report--f431f809-377b-45e0-aa1c-6a4751cae5ff", "name": "x",
        "labels": ["a", "b", "c", "d"],
        "external_references": [
            { "source_name": "one" },
            { "source_name": "two", "hashes": { "MD5": "m", "SHA-256": "s" } },
            { "source_name": "three" },
        ],
        "granular_markings": granular,
    }))
}

fn red(selectors: &[&str]) -> Value {
    json!({ "marking_ref": RED, "selectors": selectors })
}

fn selectors(view: &Map<String, Value>) -> Vec<&str> {
    let items = view.get("granular_markings").and_then(Value::as_array);
    let selectors = items.into_iter().flatten().flat_map(|item| item["selectors"].as_array());
    selectors.flatten().filter_map(Value::as_str).collect()
}

#[test]
fn list_indexes_close_up_and_what_is_gone_takes_its_marking_along() {
    let view = report(json!([
        red(&["labels.[0]", "labels.[1]", "labels.[3]", "external_references.[2].source_name"]),
        { "lang": "es", "selectors": ["labels.[2]"] },
    ]));
    let left = redact(&view, &["labels.[2]", "labels.[0]", "external_references.[0]"]).unwrap();
    assert_eq!(left["labels"], json!(["b", "d"]));
    let expected = ["external_references.[1].source_name", "labels.[0]", "labels.[1]"];
    assert_eq!(selectors(&left), expected);
    assert_eq!(left["granular_markings"].as_array().unwrap().len(), 1);
}

#[test]
fn what_loses_its_last_part_is_gone_and_its_list_closes_up() {
    let view = report(json!([red(&[
        "external_references",
        "external_references.[1].hashes",
        "external_references.[2].source_name",
        "external_references.[0]",
    ])]));
    let left = redact(&view, &["external_references.[0].source_name"]).unwrap();
    let expected = [
        "external_references",
        "external_references.[0].hashes",
        "external_references.[1].source_name",
    ];
    assert_eq!(selectors(&left), expected);
    assert_eq!(left["external_references"].as_array().unwrap().len(), 2);
    let hashes = ["external_references.[1].hashes.MD5", "external_references.[1].hashes.SHA-256"];
    let left = redact(&view, &hashes).unwrap();
    assert_eq!(left["external_references"][1], json!({ "source_name": "two" }));
    let none = redact(&view, &["external_references"]).unwrap();
    assert!(!none.contains_key("external_references"));
    assert!(!none.contains_key("granular_markings"));
}

#[test]
fn a_redaction_that_misses_is_an_error() {
    let view = report(json!([red(&["name"])]));
    assert_eq!(redact(&view, &["title"]), Err(EditError::Missing("title".into())));
    let inside = "granular_markings.[0]";
    assert_eq!(redact(&view, &[inside]), Err(EditError::InsideMarkings(inside.into())));
    assert!(matches!(redact(&view, &["a b"]), Err(EditError::Selector(_))));
    let left = redact(&view, &["granular_markings"]).unwrap();
    assert!(!left.contains_key("granular_markings") && left.contains_key("name"));
    assert_eq!(redact(&view, &[]), Ok(view));
}

#[test]
fn a_marking_that_dangled_goes_on_covering_the_whole_object() {
    let view = report(json!([
        { "marking_ref": OWN[0], "selectors": ["no.such", "labels.[1]"] },
        { "marking_ref": OWN[1], "selectors": [] },
        { "lang": "es", "selectors": ["no.such"] },
    ]));
    let left = redact(&view, &["labels.[0]"]).unwrap();
    assert_eq!(left["object_marking_refs"], json!([OWN[0], OWN[1]]));
    assert_eq!(selectors(&left), ["labels.[0]"]);
}

#[test]
fn markings_follow_what_a_caller_left_and_rise_from_what_he_reduced() {
    let view = report(json!([red(&["external_references.[1].hashes.MD5", "labels.[3]", "name"])]));
    let mut left = view.clone();
    left.remove("name");
    left["labels"] = json!(["b", "c", "d"]);
    left["external_references"][1]["hashes"] = json!("2 hashes");
    let left = reindex(&view, &["labels.[0]", "name"], &left).unwrap();
    assert_eq!(selectors(&left), ["external_references.[1].hashes", "labels.[2]"]);
}

/// A random value whose leaves are told apart by `tag`, three levels deep at most.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!("?")), Just(json!({})), Just(json!([]))];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Gives each text its own number, so that it is known again wherever it went.
fn number(value: &mut Value, next: &mut u32) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|v| number(v, next)),
        Value::Array(items) => items.iter_mut().for_each(|v| number(v, next)),
        leaf => {
            *leaf = json!(*next);
            *next += 1;
        }
    }
}

/// Every value with its selector.
fn paths(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    if !at.is_empty() {
        found.push((at.to_owned(), value.clone()));
    }
    let dot = if at.is_empty() { "" } else { "." };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(n, v)| paths(v, &format!("{at}{dot}{n}"), found));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(i, v)| paths(v, &format!("{at}{dot}[{i}]"), found));
        }
        _ => {}
    }
}

fn leaves(value: &Value, found: &mut BTreeSet<u64>) {
    match value {
        Value::Object(members) => members.values().for_each(|v| leaves(v, found)),
        Value::Array(items) => items.iter().for_each(|v| leaves(v, found)),
        leaf => found.extend(leaf.as_u64()),
    }
}

/// For each numbered leaf, the markings at or above it.
fn marks_of_leaves(view: &Map<String, Value>) -> BTreeMap<u64, BTreeSet<String>> {
    let mut marks = BTreeMap::new();
    let mut all = Vec::new();
    let without: Map<String, Value> =
        view.iter().filter(|(n, _)| n.len() == 1).map(|(n, v)| (n.clone(), v.clone())).collect();
    paths(&Value::Object(without), "", &mut all);
    for (path, value) in all {
        let Some(leaf) = value.as_u64() else { continue };
        let here = Selector::parse(&path).unwrap();
        let on = view.get("granular_markings").and_then(Value::as_array).into_iter().flatten();
        let on = on.filter(|item| {
            let list = item["selectors"].as_array().unwrap();
            list.iter().any(|s| Selector::parse(s.as_str().unwrap()).unwrap().covers(here))
        });
        let on = on.map(|item| item.get("marking_ref").or(item.get("lang")).unwrap().to_string());
        marks.insert(leaf, on.collect());
    }
    marks
}

/// An object, selectors that it has, and those of them that are taken out.
fn cases() -> impl Strategy<Value = (Map<String, Value>, Vec<String>)> {
    let body = prop::collection::btree_map("[a-d]", values(), 1..5);
    let marks = prop::collection::vec((0..4_usize, any::<prop::sample::Index>()), 0..8);
    let cuts = prop::collection::vec(any::<prop::sample::Index>(), 0..5);
    (body, marks, cuts).prop_map(|(body, marks, cuts)| {
        let mut body = Value::Object(body.into_iter().collect());
        number(&mut body, &mut 0);
        let mut all = Vec::new();
        paths(&body, "", &mut all);
        let pick = |index: &prop::sample::Index| all[index.index(all.len())].0.clone();
        let mut view = members(body.clone());
        let granular = marks.iter().map(|(mark, at)| match mark {
            3 => json!({ "lang": "es", "selectors": [pick(at)] }),
            i => json!({ "marking_ref": OWN[*i], "selectors": [pick(at)] }),
        });
        view.insert("granular_markings".into(), granular.collect());
        (view, cuts.iter().map(pick).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_selector_dangles_and_what_is_left_keeps_exactly_its_markings(
        (view, removed) in cases(),
    ) {
        let removed: Vec<&str> = removed.iter().map(String::as_str).collect();
        let left = redact(&view, &removed).unwrap();

        // What was to go is gone, what was not is there, and no list or dictionary became empty.
        let mut gone = BTreeSet::new();
        for path in &removed {
            leaves(Selector::parse(path).unwrap().resolve(&view).unwrap(), &mut gone);
        }
        let before = marks_of_leaves(&view);
        let after = marks_of_leaves(&left);
        let expected: BTreeMap<_, _> =
            before.into_iter().filter(|(leaf, _)| !gone.contains(leaf)).collect();
        prop_assert_eq!(&after, &expected);
        let empty = |view: &Map<String, Value>| {
            let mut all = Vec::new();
            paths(&Value::Object(view.clone()), "", &mut all);
            let is_empty = |v: &Value| *v == json!([]) || *v == json!({});
            all.iter().filter(|(_, v)| is_empty(v)).count()
        };
        prop_assert!(empty(&left) <= empty(&view));

        for selector in selectors(&left) {
            prop_assert!(Selector::parse(selector).unwrap().resolve(&left).is_some(), "{selector}");
        }
        // What a caller cut by himself gets the same markings.
        let mut bare = left.clone();
        bare.remove("granular_markings");
        prop_assert_eq!(reindex(&view, &removed, &bare).unwrap(), left);
    }

    #[test]
    fn every_selector_selects_what_it_selected_or_what_is_left_of_it((view, removed) in cases()) {
        let removed: Vec<&str> = removed.iter().map(String::as_str).collect();
        let left = redact(&view, &removed).unwrap();
        let items = |view: &Map<String, Value>| -> Vec<(String, Vec<BTreeSet<u64>>)> {
            let list = view.get("granular_markings").and_then(Value::as_array);
            let of = |item: &Value| {
                let selected = item["selectors"].as_array().unwrap().iter().map(|s| {
                    let mut found = BTreeSet::new();
                    let value = Selector::parse(s.as_str().unwrap()).unwrap().resolve(view);
                    leaves(value.unwrap(), &mut found);
                    found
                });
                let mark = item.get("marking_ref").or(item.get("lang")).unwrap();
                (mark.to_string(), selected.collect())
            };
            list.into_iter().flatten().map(of).collect()
        };
        let before = items(&view);
        for (mark, selected) in items(&left) {
            for part in selected {
                let held = before.iter().filter(|(m, _)| *m == mark).flat_map(|(_, all)| all);
                prop_assert!(held.into_iter().any(|whole| part.is_subset(whole)));
            }
        }
    }

    #[test]
    fn no_leaf_is_marked_milder_after_a_redaction(
        (mut view, removed) in cases(), dangling in prop::option::of(0..3_usize),
    ) {
        if let Some(form) = dangling {
            let selectors = [json!(["no.such"]), json!([]), json!(7)];
            let item = json!({ "marking_ref": OWN[0], "selectors": selectors[form] });
            view["granular_markings"].as_array_mut().unwrap().push(item);
        }
        let removed: Vec<&str> = removed.iter().map(String::as_str).collect();
        let object = |view: Map<String, Value>| {
            let mut view = Value::Object(view);
            view["type"] = json!("x-thing");
            view["id"] = json!("x-thing--f431f809-377b-45e0-aa1c-6a4751cae5ff");
            super::object(view)
        };
        let (before, after) = (object(view.clone()), object(redact(&view, &removed).unwrap()));
        let of = |object: &enlace_stix::Object| {
            let mut found = BTreeMap::new();
            marking::of_every_property(object, &|_| None).each(&mut |_, value, effective| {
                if let Some(leaf) = value.as_u64() {
                    found.insert(leaf, effective.clone());
                }
            });
            found
        };
        let before = of(&before);
        for (leaf, effective) in of(&after) {
            prop_assert!(effective.at_least_as_strict_as(&before[&leaf]));
        }
    }
}
