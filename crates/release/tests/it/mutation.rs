//! Takes away or changes one thing of a compiled agreement: the comparison with the reference, which
//! reads the agreement as it was signed, must notice within a bounded number of cases.

use std::cell::RefCell;
use std::collections::BTreeMap;

use enlace_policy::{Agreement, Policy};
use enlace_release::Plan;
use serde_json::{Value, json};

use crate::differences::Node;
use crate::generate::case::{Case, case, mild};
use crate::generate::{granular, terms};
use crate::model::object;
use crate::reference::types;

/// Cases within which a change must show.
const ENOUGH: u64 = 4_000;

/// Cases with what the unchanged policy makes of them, which is what the reference says; made when
/// they are first looked at.
struct Pool<'n> {
    full: &'n Node,
    most: u64,
    make: Box<dyn Fn(u64) -> Case + 'n>,
    made: RefCell<Vec<(Case, Plan)>>,
}

impl<'n> Pool<'n> {
    fn of(full: &'n Node, most: u64, make: impl Fn(u64) -> Case + 'n) -> Self {
        Self { full, most, make: Box::new(make), made: RefCell::default() }
    }

    /// Whether any case shows that this node is another.
    fn notices(&self, node: &Node) -> bool {
        (0..self.most).any(|seed| {
            let mut made = self.made.borrow_mut();
            if made.len() as u64 == seed {
                let case = (self.make)(seed);
                // The reference has no hand in what is as slow as it is, but for a few.
                if seed < COMPARED {
                    let differences = self.full.differences(&case, &mut |_| {});
                    assert!(differences.is_empty(), "{differences:?}");
                }
                let plan = self.full.plan(&case, &BTreeMap::new());
                made.push((case, plan));
            }
            let (case, plan) = &made[usize::try_from(seed).unwrap()];
            node.plan(case, &BTreeMap::new()) != *plan
        })
    }
}

/// Cases of a pool that are held against the reference here; all are elsewhere.
const COMPARED: u64 = 50;

fn is_long() -> bool {
    std::env::var("ENLACE_LONG").is_ok()
}

#[test]
fn a_missing_rule_is_noticed() {
    let mut missed = Vec::new();
    let full = Node::under(terms::every_term(), |agreement, private| {
        Policy::compile(agreement, private).unwrap()
    });
    let pool = Pool::of(&full, ENOUGH, |seed| Case { again: None, ..case(seed, &full.agreement) });
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
/// leaves whole, a dropped part that leaves, and one that nobody named that leaves.
#[test]
fn a_changed_row_of_a_mask_table_is_noticed() {
    let (mut missed, mut changed) = (Vec::new(), 0);
    for number in if is_long() { 5..9 } else { 5..6 } {
        let signed = terms::open(number);
        let full = Node::plain(signed.clone(), |a, p| Policy::compile(a, p).unwrap());
        for (kind, fields) in signed["terms"]["fields"].as_object().unwrap() {
            let pool = Pool::of(&full, ENOUGH_FOR_A_FIELD, |seed| mild(kind, seed, &signed));
            for (row, other) in rows(kind, fields) {
                let mut agreement = signed.clone();
                agreement["terms"]["fields"][kind] = other;
                let parsed = Agreement::from_object(&object(agreement)).unwrap();
                let node = Node::plain(signed.clone(), |_, p| Policy::compile(&parsed, p).unwrap());
                changed += 1;
                if !pool.notices(&node) {
                    missed.push(format!("{number} {kind}: {row}"));
                }
            }
        }
    }
    assert!(changed > 150, "{changed} rows");
    assert!(missed.is_empty(), "nobody noticed that these were changed: {missed:#?}");
}

/// Terms whose lists decide what leaves.
const LISTS: &[(&str, &str)] = &[
    ("purposes", "allowed"),
    ("recipients", "units"),
    ("assurances", "offences"),
    ("assurances", "purposes"),
    ("types", "allowed"),
    ("subjects", "allowed"),
    ("handling", "allowed"),
    ("handling", "stamp"),
    ("handling", "caveats"),
    ("handling", "pap"),
];

/// Terms that are one choice or number, with others.
const CHOICES: &[(&str, &str, &[&str])] = &[
    ("transfer", "ground", &["adequacy"]),
    ("tlp", "max", &["clear", "green", "amber+strict"]),
    ("evaluation", "unevaluated", &["leaves"]),
    ("age", "undated", &["leaves"]),
    ("text", "leaves", &["none"]),
    ("documents", "leaves", &["flattened", "originals"]),
    ("onward", "rule", &["none", "with-consent", "parties-only"]),
];

/// Each item of each list taken away, each choice made another, each optional section left out.
#[test]
fn a_changed_term_is_noticed() {
    let signed = terms::every_term();
    let full = Node::under(signed.clone(), |a, p| Policy::compile(a, p).unwrap());
    let pool = Pool::of(&full, ENOUGH, |seed| Case { again: None, ..case(seed, &full.agreement) });
    let mut missed = Vec::new();
    let changes = changes(&signed["terms"]);
    assert!(changes.len() > 50, "{} changes", changes.len());
    for (what, terms) in changes {
        let mut other = signed.clone();
        other["purposes"] = terms["purposes"]["allowed"].clone();
        other["terms"] = terms;
        let parsed = Agreement::from_object(&object(other)).unwrap();
        let node = Node::under(signed.clone(), |_, p| Policy::compile(&parsed, p).unwrap());
        if !pool.notices(&node) {
            missed.push(what);
        }
    }
    assert!(missed.is_empty(), "nobody noticed that these were changed: {missed:#?}");
}

fn changes(terms: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (section, name) in LISTS {
        for (i, item) in terms[section][name].as_array().unwrap().iter().enumerate() {
            let mut less = terms.clone();
            less[section][name].as_array_mut().unwrap().remove(i);
            all.push((format!("{section}.{name} without {item}"), less));
        }
    }
    for (section, name, others) in CHOICES {
        for other in others.iter().filter(|other| terms[section][name] != **other) {
            let mut changed = terms.clone();
            changed[section][name] = json!(other);
            all.push((format!("{section}.{name} = {other}"), changed));
        }
    }
    for section in ["assurances", "evaluation", "age"] {
        let mut less = terms.clone();
        less.as_object_mut().unwrap().shift_remove(section);
        all.push((format!("no {section}"), less));
    }
    for (section, name, more) in [("age", "days", 400), ("retention", "days", 7)] {
        let mut changed = terms.clone();
        changed[section][name] = json!(terms[section][name].as_u64().unwrap() + more);
        all.push((format!("{section}.{name} + {more}"), changed));
    }
    // What no marking of the generator says here.
    let said = json!(granular::definitions(0)).to_string();
    all.retain(|(what, _)| {
        let item = what.rsplit(' ').next().unwrap();
        match what.split(' ').next().unwrap() {
            "handling.caveats" => said.contains(item),
            "handling.pap" => said.contains(&format!("\"pap\":{item}")),
            _ => true,
        }
    });
    all
}

/// Identifiers inside external references that the generator does not write.
const UNWRITTEN: [&str; 2] = ["external_references.external_id", "external_references.hashes"];

/// Each property that holds an identifier, kept by the agreement: its kind taken off the list.
#[test]
fn a_kind_of_identifier_taken_off_the_list_is_noticed() {
    let mut missed = Vec::new();
    for (kind, path, identifier) in types::IDENTIFIERS {
        if UNWRITTEN.contains(path) {
            continue;
        }
        let kind = if *kind == "*" { "report" } else { *kind };
        let mut signed = terms::open(5);
        let steps: Vec<&str> = path.split('.').collect();
        let is_extension = types::EXTENSIONS.iter().any(|(short, ..)| *short == steps[0]);
        let whole = steps[..if is_extension { 2 } else { 1 }].join(".");
        terms::keep_whole(&mut signed["terms"]["fields"][kind], &whole);
        let full = Node::plain(signed.clone(), |a, p| Policy::compile(a, p).unwrap());
        let pool = Pool::of(&full, ENOUGH_FOR_A_FIELD, |seed| mild(kind, seed, &signed));
        let mut other = signed.clone();
        let allowed = other["terms"]["identifiers"]["allowed"].as_array_mut().unwrap();
        allowed.retain(|item| item != identifier);
        let parsed = Agreement::from_object(&object(other)).unwrap();
        let node = Node::plain(signed.clone(), |_, p| Policy::compile(&parsed, p).unwrap());
        if !pool.notices(&node) {
            missed.push(format!("{kind} {path}: {identifier}"));
        }
    }
    assert!(missed.is_empty(), "nobody noticed that these were taken off: {missed:#?}");
}

/// The fields of a type with one row changed, for each row.
fn rows(kind: &str, fields: &Value) -> Vec<(String, Value)> {
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
    let of = types::find(kind).unwrap();
    let named = |name: &str| {
        let below = |path: &str| path == name || path.starts_with(&format!("{name}."));
        let kept = list("keep").iter().any(|path| below(path.as_str().unwrap()));
        kept || fields["generalise"].as_object().unwrap().keys().any(|path| below(path))
    };
    let free = |name: &str| types::is_free_text(of, &[name.to_owned()]);
    for name in of.optional.iter().filter(|name| !named(name) && !free(name)) {
        let mut more = fields.clone();
        more["keep"].as_array_mut().unwrap().push(json!(name));
        all.push((format!("nothing of {name}"), more));
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
