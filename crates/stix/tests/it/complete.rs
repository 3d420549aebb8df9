//! One complete object of every type of chapters 4 to 6: each property is known, of its data type,
//! and required where the standard requires it.

use enlace_stix::validate::{Finding, Level};
use serde_json::{Map, Value, json};

use super::rules::findings;

/// The objects, and the names that none of them may lack.
const COMPLETE: &str = include_str!("complete.json");

/// Complete objects, observables under the id that §2.9 asks for.
fn complete() -> Vec<(Value, Vec<String>)> {
    let entries: Vec<Value> = serde_json::from_str(COMPLETE).unwrap();
    let names = |entry: &Value| -> Vec<String> {
        entry["required"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().into()).collect()
    };
    entries.iter().map(|entry| (with_its_id(&entry["object"]), names(entry))).collect()
}

fn with_its_id(view: &Value) -> Value {
    let kind = view["type"].as_str().unwrap();
    let mut view = view.clone();
    let id = enlace_stix::sco_id(kind, view.as_object().unwrap());
    if let Some(id) = id.filter(|_| view.get("created").is_none()) {
        view["id"] = json!(id.as_str());
    }
    view
}

#[test]
fn a_complete_object_of_every_type_is_free_of_findings() {
    let complete = complete();
    assert_eq!(complete.len(), 39, "19 domain, 2 relationship, 18 observable types");
    for (view, _) in complete {
        assert_eq!(findings(&view), [], "{view}");
    }
}

#[test]
fn exactly_the_required_properties_are_missed() {
    for (view, required) in complete() {
        for name in own(&view) {
            let mut without = view.clone();
            without.as_object_mut().unwrap().remove(&name);
            let rest = findings(&with_its_id(&without));
            let missed = rest.iter().any(|f| f.rule == "stix.property.missing" && f.path == name);
            assert_eq!(missed, required.contains(&name), "{name} of {view}: {rest:#?}");
        }
    }
}

/// Properties of the type, not those of every object.
fn own(view: &Value) -> Vec<String> {
    let common = ["type", "spec_version", "id", "created", "modified", "extensions"];
    let names = view.as_object().unwrap().keys();
    names.filter(|name| !common.contains(&name.as_str())).cloned().collect()
}

#[test]
fn a_value_of_another_data_type_is_refused_at_any_depth() {
    for (view, _) in complete() {
        for path in leaves(&view) {
            for wrong in [json!(null), json!([]), json!({}), json!(1.5), json!(true)] {
                let mut changed = view.clone();
                let place = place(&mut changed, &path);
                if is_of_the_same_type(place, &wrong) {
                    continue;
                }
                *place = wrong.clone();
                let selector = selector(&path);
                let hit = |f: &Finding| f.level == Level::Must && f.path == selector;
                let found = findings(&changed);
                assert!(found.iter().any(hit), "{wrong} at {selector} of {view}: {found:#?}");
            }
        }
    }
}

/// Empty lists and dictionaries are wrong everywhere, a fraction is no integer.
fn is_of_the_same_type(value: &Value, wrong: &Value) -> bool {
    match wrong {
        Value::Bool(_) => value.is_boolean(),
        Value::Number(_) => value.is_f64(),
        _ => false,
    }
}

#[derive(Clone)]
enum Step {
    Name(String),
    Index(usize),
}

/// Every value below the properties of the type, as steps from the object.
fn leaves(view: &Value) -> Vec<Vec<Step>> {
    let below: Map<String, Value> = view
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| own(view).contains(name) || *name == "extensions")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut paths = Vec::new();
    walk(&Value::Object(below), &mut Vec::new(), &mut paths);
    paths
}

fn walk(value: &Value, path: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    // The content of STARTUPINFO is anybody's.
    if matches!(path.last(), Some(Step::Name(name)) if name == "startup_info") {
        return;
    }
    if !path.is_empty() {
        paths.push(path.clone());
    }
    let steps: Vec<(Step, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(n, v)| (Step::Name(n.clone()), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, v)| (Step::Index(i), v)).collect(),
        _ => Vec::new(),
    };
    for (step, value) in steps {
        path.push(step);
        walk(value, path, paths);
        path.pop();
    }
}

fn place<'a>(view: &'a mut Value, path: &[Step]) -> &'a mut Value {
    path.iter().fold(view, |value, step| match step {
        Step::Name(name) => &mut value[name.as_str()],
        Step::Index(i) => &mut value[*i],
    })
}

fn selector(path: &[Step]) -> String {
    let parts = path.iter().map(|step| match step {
        Step::Name(name) => name.clone(),
        Step::Index(i) => format!("[{i}]"),
    });
    parts.collect::<Vec<_>>().join(".")
}
