//! Takes away or changes one thing of a compiled agreement: the comparison with the reference, which
//! reads the agreement as it was signed, must notice within a bounded number of cases.

use std::collections::BTreeMap;

use enlace_policy::{Agreement, Policy};
use enlace_release::Plan;
use serde_json::{Value, json};

use crate::differences::Node;
use crate::generate::case::{Case, case, mild};
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

#[test]
fn a_missing_rule_is_noticed() {
    let mut missed = Vec::new();
    let full = Node::under(terms::every_term(), |agreement, private| {
        Policy::compile(agreement, private).unwrap()
    });
    let pool = Pool::of(&full, ENOUGH);
    for id in &full.rule_ids() {
        let node = Node::under(terms::every_term(), |agreement, private| {
            Policy::compile_without(agreement, private, id).unwrap()
        });
        if !pool.notices(&node) {
            missed.push(id.clone());
        }
    }
    assert!(missed.is_empty(), "nobody noticed that these are missing: {missed:?}");
}

/// Cases within which the change of one row of a mask table must show.
const ENOUGH_FOR_A_FIELD: u64 = 400;

/// Every row of the mask tables of an agreement: a kept property that stays, a reduced one that
/// leaves whole, a dropped part that leaves.
#[test]
fn a_changed_row_of_a_mask_table_is_noticed() {
    let (mut missed, mut changed) = (Vec::new(), 0);
    let signed = terms::open(5);
    let full = Node::plain(signed.clone(), |a, p| Policy::compile(a, p).unwrap());
    for (kind, fields) in signed["terms"]["fields"].as_object().unwrap() {
        let planned = |seed: u64| {
            let case = mild(kind, seed, &signed);
            let plan = full.plan(&case, &BTreeMap::new());
            (case, plan)
        };
        let pool = Pool((0..ENOUGH_FOR_A_FIELD).map(planned).collect());
        for (row, other) in rows(fields) {
            let mut agreement = signed.clone();
            agreement["terms"]["fields"][kind] = other;
            let parsed = Agreement::from_object(&object(agreement)).unwrap();
            let node = Node::plain(signed.clone(), |_, p| Policy::compile(&parsed, p).unwrap());
            changed += 1;
            if !pool.notices(&node) {
                missed.push(format!("{kind}: {row}"));
            }
        }
    }
    assert!(changed > 100, "{changed} rows");
    assert!(missed.is_empty(), "nobody noticed that these were changed: {missed:#?}");
}

/// The fields of a type with one row changed, for each row.
fn rows(fields: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let list = |name: &str| fields[name].as_array().cloned().unwrap_or_default();
    let inside = |path: &str| list("drop").iter().any(|d| d.as_str().unwrap().starts_with(path));
    for (i, path) in list("keep").iter().enumerate() {
        // What is dropped below it would hang in the air.
        if inside(&format!("{}.", path.as_str().unwrap())) {
            continue;
        }
        let mut less = fields.clone();
        less["keep"].as_array_mut().unwrap().remove(i);
        all.push((format!("keep {path}"), less));
    }
    for (path, mask) in fields["generalise"].as_object().unwrap() {
        let mut more = fields.clone();
        more["generalise"].as_object_mut().unwrap().shift_remove(path);
        more["keep"].as_array_mut().unwrap().push(json!(path));
        all.push((format!("{mask} {path}"), more));
    }
    for (i, path) in list("drop").iter().enumerate() {
        // What lies in another dropped part stays with it.
        let path = path.as_str().unwrap();
        let other = |d: &Value| path.starts_with(&format!("{}.", d.as_str().unwrap()));
        if list("drop").iter().any(other) {
            continue;
        }
        let mut more = fields.clone();
        more["drop"].as_array_mut().unwrap().remove(i);
        all.push((format!("drop {path}"), more));
    }
    all
}
