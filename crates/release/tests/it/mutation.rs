//! Takes away or changes one thing of a compiled agreement: the comparison with the reference, which
//! reads the agreement as it was signed, must notice within a bounded number of cases.

use enlace_policy::{Agreement, Policy, PrivateRules};
use serde_json::{Value, json};

use crate::differences::Node;
use crate::generate::case::case;
use crate::generate::terms;
use crate::model::object;

/// Cases within which a change must show.
const ENOUGH: u64 = 20_000;

/// Agreements whose terms are changed one by one.
const AGREEMENTS: [u64; 2] = [3, 8];

/// The first case in which node and reference differ.
fn noticed(node: &Node) -> Option<u64> {
    (0..ENOUGH).find(|seed| {
        let case = case(*seed, &node.agreement);
        !node.differences(&case, &mut |_| {}).is_empty()
    })
}

/// Rules that no case can show.
const SILENT: &[&str] = &[
    // No candidate says yet that an officer holds it back.
    "private.held-back",
    // Its condition is that of `agreement.type`; without it nothing leaves at all.
];

#[test]
fn a_missing_rule_is_noticed() {
    let mut missed = Vec::new();
    let full = Node::under(terms::every_term(), |agreement, private| {
        Policy::compile(agreement, private).unwrap()
    });
    assert_eq!(
        (0..500).find(|seed| {
            let case = case(*seed, &full.agreement);
            !full.differences(&case, &mut |_| {}).is_empty()
        }),
        None,
        "the whole policy is the reference"
    );
    for id in full.rule_ids().iter().filter(|id| !SILENT.contains(&id.as_str())) {
        let node = Node::under(terms::every_term(), |agreement, private| {
            Policy::compile_without(agreement, private, id).unwrap()
        });
        if noticed(&node).is_none() {
            missed.push(id.clone());
        }
    }
    assert!(missed.is_empty(), "nobody noticed that these are missing: {missed:?}");
}

/// Members of terms on which no plan depends.
const NO_MATTER: &[&str] = &[
    "approval",
    "acceptance",
    "answer",
    "deadlines",
    "match",
    "slots",
    "standing",
    "assurances.against",
];

#[test]
fn a_changed_term_is_noticed() {
    let mut missed = Vec::new();
    for number in AGREEMENTS {
        let signed = terms::agreement(number);
        for (path, changed) in changes(&signed["terms"]) {
            if NO_MATTER.iter().any(|name| path.starts_with(name)) {
                continue;
            }
            let mut other = signed.clone();
            other["terms"] = changed;
            other["purposes"] = other["terms"]["purposes"]["allowed"].clone();
            let Ok(parsed) = Agreement::from_object(&object(other)) else { continue };
            let node = Node::new(number, |_, private: &PrivateRules| {
                Policy::compile(&parsed, private).unwrap()
            });
            if noticed(&node).is_none() {
                missed.push(format!("{number}: {path}"));
            }
        }
    }
    assert!(missed.is_empty(), "nobody noticed that these were changed: {missed:#?}");
}

/// The terms with one thing changed, for each thing: an item of a list gone, a row of a mask table
/// gone or another, another number or choice.
fn changes(terms: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    walk(terms, "", &mut |path, value| all.push((path.to_owned(), value)));
    all
}

fn walk(value: &Value, path: &str, found: &mut dyn FnMut(&str, Value)) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) => {
            for (name, part) in members.iter().filter(|(name, _)| *name != "clause") {
                walk(part, &below(name), &mut |path, changed| {
                    let mut other = members.clone();
                    other[name] = changed;
                    found(path, Value::Object(other));
                });
                if path.ends_with(".generalise") || ["evaluation", "age"].contains(&name.as_str()) {
                    let mut less = members.clone();
                    less.shift_remove(name);
                    found(&below(name), Value::Object(less));
                }
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                let mut less = items.clone();
                less.remove(i);
                found(&format!("{path}[{item}]"), Value::Array(less));
            }
        }
        Value::Number(number) => found(path, json!(number.as_u64().unwrap() + 3)),
        Value::String(text) => {
            for other in OTHERS.iter().filter(|all| all.contains(&text.as_str())) {
                for choice in other.iter().filter(|choice| **choice != text) {
                    found(&format!("{path} = {choice}"), json!(choice));
                }
            }
        }
        _ => {}
    }
}

/// What else may stand in place of a choice.
const OTHERS: &[&[&str]] = &[
    &["none", "tear-line"],
    &["none", "flattened", "originals"],
    &["clear", "green", "amber", "amber+strict"],
    &["leaves", "stays"],
    &["none", "with-consent", "parties-only"],
    &["year", "province", "country", "initials", "band", "fixed:held"],
];
