//! Takes away or changes one thing of a compiled agreement: the comparison with the reference, which
//! reads the agreement as it was signed, must notice within a bounded number of cases.

use std::collections::BTreeMap;

use enlace_policy::{Agreement, Policy, PrivateRules};
use enlace_release::Plan;
use serde_json::{Value, json};

use crate::differences::Node;
use crate::generate::case::{Case, case};
use crate::generate::terms;
use crate::model::object;

/// Cases within which a change must show.
const ENOUGH: u64 = 4_000;

/// Cases with what the unchanged policy makes of them, which is what the reference says.
struct Pool(Vec<(Case, Plan)>);

impl Pool {
    fn of(node: &Node, cases: u64) -> Self {
        let planned = |seed: u64| {
            let case = Case { again: None, ..case(seed, &node.agreement) };
            let differences = node.differences(&case, &mut |_| {});
            assert!(differences.is_empty(), "{differences:?}");
            let plan = node.plan(&case, &BTreeMap::new());
            (case, plan)
        };
        Self((0..cases).map(planned).collect())
    }

    /// Whether any case shows that this node is another.
    fn notices(&self, node: &Node) -> bool {
        self.0.iter().any(|(case, plan)| node.plan(case, &BTreeMap::new()) != *plan)
    }
}

/// Rules that no case can show.
const SILENT: &[&str] = &[
    // No candidate says yet that an officer holds it back.
    "private.held-back",
];

#[test]
fn a_missing_rule_is_noticed() {
    let mut missed = Vec::new();
    let full = Node::under(terms::every_term(), |agreement, private| {
        Policy::compile(agreement, private).unwrap()
    });
    let pool = Pool::of(&full, ENOUGH);
    for id in full.rule_ids().iter().filter(|id| !SILENT.contains(&id.as_str())) {
        let node = Node::under(terms::every_term(), |agreement, private| {
            Policy::compile_without(agreement, private, id).unwrap()
        });
        if !pool.notices(&node) {
            missed.push(id.clone());
        }
    }
    assert!(missed.is_empty(), "nobody noticed that these are missing: {missed:?}");
}

/// Agreements whose terms are changed one by one.
const AGREEMENTS: [u64; 2] = [3, 8];

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
#[ignore = "the generator hits rare rows of mask tables too seldom: cases aimed at one row are missing"]
fn a_changed_term_is_noticed() {
    let mut missed = Vec::new();
    // A shorter run changes one thing in sixteen.
    let step = if std::env::var("ENLACE_LONG").is_ok() { 1 } else { 16 };
    for number in AGREEMENTS {
        let full = Node::compiled(number);
        let pool = Pool::of(&full, ENOUGH / 4);
        let signed = terms::agreement(number);
        for (path, changed) in changes(&signed["terms"]).into_iter().step_by(step) {
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
            if !pool.notices(&node) {
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
