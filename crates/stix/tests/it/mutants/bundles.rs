//! Chapter 8: the bundle around objects.

use serde_json::{Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, Subject};
use super::rng::Rng;
use super::values::slug;

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.bundle.id", mutant: bad_id, near: edge_id },
    Generator { rule: "stix.bundle.property", mutant: other_property, near: edge_id },
];

fn bundle(rng: &mut Rng) -> Value {
    let mut view = json!({"type": "bundle", "id": rng.id("bundle")});
    let count = rng.below(4);
    if count > 0 {
        let objects: Vec<_> = (0..count).map(|_| base::any(rng, Size::Least)).collect();
        view["objects"] = json!(objects);
    }
    view
}

fn held(view: &Value) -> String {
    let objects = view["objects"].as_array().into_iter().flatten();
    objects.map(|o| o["type"].as_str().unwrap_or_default()).collect::<Vec<_>>().join(" ")
}

fn of(view: &Value, note: String) -> Case {
    Case { subject: Subject::Bundle, ..Case::of(view, note) }
}

/// "An identifier for this Bundle": `bundle--UUID`.
fn bad_id(rng: &mut Rng) -> Option<Case> {
    let mut view = bundle(rng);
    let uuid = rng.uuid();
    let (what, id) = match rng.below(10) {
        0 => ("no type", json!(uuid)),
        1 => ("one hyphen", json!(format!("bundle-{uuid}"))),
        2 => ("another type", json!(rng.id("report"))),
        3 => ("no uuid", json!("bundle--")),
        4 => ("short", json!(format!("bundle--{}", &uuid[1..]))),
        5 => ("upper-case type", json!(format!("Bundle--{uuid}"))),
        6 => ("number", json!(7)),
        7 => ("braces", json!(format!("bundle--{{{uuid}}}"))),
        8 => ("null", json!(null)),
        _ => ("none", json!(null)),
    };
    view["id"] = id;
    if what == "none" {
        view.as_object_mut()?.shift_remove("id");
    }
    let note = format!("{what}: {}", held(&view));
    Some(Case { path: Some("id".into()), ..of(&view, note) })
}

fn edge_id(rng: &mut Rng) -> Option<Case> {
    let mut view = bundle(rng);
    let upper = rng.one_in(2);
    if upper {
        view["id"] = json!(format!("bundle--{}", rng.uuid().to_uppercase()));
    }
    let note = format!("{upper} {}", held(&view));
    Some(of(&view, note))
}

/// §8.1 lists `type`, `id` and `objects`.
fn other_property(rng: &mut Rng) -> Option<Case> {
    let mut view = bundle(rng);
    let name = match rng.below(3) {
        0 => rng.pick(&["spec_version", "created", "modified", "name", "labels"]).to_owned(),
        1 => format!("x_{}", slug(rng).replace('-', "_")),
        _ => slug(rng).replace('-', "_"),
    };
    view[name.as_str()] = json!("2.1");
    let note = format!("{name} {}", held(&view));
    Some(Case { path: Some(name), ..of(&view, note) })
}
