//! Chapter 2: values of their data type, nothing null, nothing empty, dictionaries and hashes.

use serde_json::{Map, Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, note, replaced, replaced_in};
use super::rng::Rng;
use super::site::Site;
use super::tables::{Kind, vocabulary};
use super::values::slug;

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.value.kind", mutant: wrong_kind, near: right_kind },
    Generator { rule: "stix.value.null", mutant: null, near: not_null },
    Generator { rule: "stix.enum.value", mutant: not_listed, near: listed },
    Generator { rule: "stix.list.empty", mutant: empty_list, near: short_list },
    Generator { rule: "stix.dictionary.empty", mutant: empty_dictionary, near: short_dictionary },
    Generator { rule: "stix.dictionary.key", mutant: bad_key, near: edge_key },
    Generator { rule: "stix.content.form", mutant: loose_content, near: plain_content },
];

/// Places where any value of the data type does: none that another rule looks into.
fn free(site: &Site) -> bool {
    // `definition` is judged with `definition_type`; extensions and translations by their rules.
    !matches!(site.kind, Kind::Dict("definition" | "extensions" | "contents"))
        && !matches!(site.name(), "definition_type" | "is_multipart" | "extension_types")
}

fn wrong_kind(rng: &mut Rng) -> Option<Case> {
    let others = |kind: &Kind| -> Vec<Value> {
        let all = [json!("text"), json!(7), json!(true), json!(["text"]), json!({"key": "value"})];
        let ok = match kind {
            Kind::Bool => 2,
            Kind::Int(..) | Kind::Float(..) => 1,
            Kind::List(_) => 3,
            Kind::Record(_) | Kind::Dict(_) | Kind::Hashes => 4,
            _ => 0,
        };
        all.iter().enumerate().filter(|(i, _)| *i != ok).map(|(_, v)| v.clone()).collect()
    };
    let fits = |s: &Site| free(s) && !matches!(s.name(), "created" | "modified");
    replaced(rng, fits, |rng, site| match site.kind {
        Kind::Int(..) if rng.one_in(3) => rng.pick(&[json!(7.5), json!(0.1), json!(1e-3)]),
        Kind::Bool if rng.one_in(3) => rng.pick(&[json!("true"), json!(0), json!("False")]),
        Kind::Int(..) | Kind::Float(..) if rng.one_in(3) => json!("7"),
        _ => rng.pick(&others(&site.kind)),
    })
}

/// Numbers are one JSON type: 1.0 is a whole number, 7 a float.
fn right_kind(rng: &mut Rng) -> Option<Case> {
    let fits = |s: &Site| match s.kind {
        Kind::Text => matches!(s.name(), "description" | "name" | "labels" | "aliases" | "subject"),
        Kind::Int(low, _) => low <= 1,
        Kind::Float(..) | Kind::Bool => {
            free(s) && s.name() != "is_active" && s.name() != "is_family"
        }
        _ => false,
    };
    let case = replaced(rng, fits, |rng, site| match site.kind {
        Kind::Text => json!(rng.pick(&["7", "true", "[]", "{}", "null", " "])),
        Kind::Int(..) => json!(rng.pick(&[1.0, 2.0, 7.0])),
        Kind::Float(..) => json!(rng.pick(&[0, 7, 45])),
        _ => json!(rng.one_in(2)),
    })?;
    Some(Case { path: None, ..case })
}

/// No data type of chapter 2 has a null.
fn null(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(5) {
        let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
        let name = slug(rng).replace('-', "_");
        view[name.as_str()] = json!(null);
        return Some(Case::at(&view, &name, note(&view, &name, &json!(null))));
    }
    let fits = |s: &Site| free(s) && !matches!(s.name(), "created" | "modified");
    replaced(rng, fits, |_, _| json!(null))
}

fn not_null(rng: &mut Rng) -> Option<Case> {
    let fits =
        |s: &Site| matches!(s.name(), "description" | "labels" | "aliases" | "subject" | "goals");
    let fits = |s: &Site| fits(s) && s.kind == Kind::Text;
    let case = replaced(rng, fits, |rng, _| json!(rng.pick(&["null", "NULL", "None", "\0", ""])))?;
    Some(Case { path: None, ..case })
}

/// "Terms defined in an enum … MUST NOT be expanded".
fn not_listed(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&[
        "opinion",
        "artifact",
        "network-traffic",
        "process",
        "windows-registry-key",
        "extension-definition",
        "process",
    ]);
    let view = base::object(rng, kind, Size::Complete);
    // A kind of extension that is none takes the ground from `extension_properties`.
    let case = not_listed_in(rng, view)?;
    Some(case.with(&["stix.extension.properties"]))
}

fn not_listed_in(rng: &mut Rng, view: Value) -> Option<Case> {
    let listed = |s: &Site| {
        matches!(s.kind, Kind::Enum(_)) && s.name() != "extension_types"
            || s.is_item() && s.name() == "extension_types"
    };
    replaced_in(rng, view, listed, |rng, site| {
        let Kind::Enum(of) = &site.kind else { return json!("") };
        let value = rng.pick(&vocabulary(of));
        let upper = value.to_uppercase();
        let lower = value.to_lowercase();
        json!(match rng.below(5) {
            0 => format!("{value} "),
            1 if upper != value => upper,
            1 => lower,
            2 => slug(rng),
            3 => value.replace(['_', '-'], " ") + "s",
            _ => String::new(),
        })
    })
}

fn listed(rng: &mut Rng) -> Option<Case> {
    let kind =
        rng.pick(&["opinion", "artifact", "network-traffic", "process", "windows-registry-key"]);
    let view = base::object(rng, kind, Size::Complete);
    let fits = |s: &Site| matches!(s.kind, Kind::Enum(_));
    let case = replaced_in(rng, view, fits, |rng, site| match &site.kind {
        Kind::Enum(of) => json!(rng.pick(&vocabulary(of))),
        _ => json!(null),
    })?;
    Some(Case { path: None, ..case })
}

/// "Empty lists are prohibited in STIX".
fn empty_list(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(5) {
        let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
        let name = slug(rng).replace('-', "_");
        view[name.as_str()] = json!([]);
        return Some(Case::at(&view, &name, note(&view, &name, &json!([]))));
    }
    // Lists that a rule between properties looks into are left out.
    let fits = |s: &Site| matches!(s.kind, Kind::List(_)) && s.name() != "extension_types";
    let fits = |s: &Site| fits(s) && (s.name() != "object_refs" || s.owner != "observed-data");
    replaced(rng, fits, |_, _| json!([]))
}

fn short_list(rng: &mut Rng) -> Option<Case> {
    let fits = |s: &Site| {
        matches!(&s.kind, Kind::List(item) if **item == Kind::Text) && s.name() != "protocols"
    };
    let fits = |s: &Site| fits(s) && s.name() != "extension_properties";
    let case = replaced(rng, fits, |rng, _| {
        rng.pick(&[json!(["one"]), json!(["[]"]), json!(["same", "same"]), json!(["a", "b", "c"])])
    })?;
    Some(Case { path: None, ..case })
}

/// "Empty dictionaries are prohibited in STIX".
fn empty_dictionary(rng: &mut Rng) -> Option<Case> {
    let fits = |s: &Site| matches!(s.kind, Kind::Dict(_) | Kind::Hashes | Kind::Record(_));
    let case = replaced(rng, |s| fits(s) && s.name() != "definition", |_, _| json!({}))?;
    let inside: Value = serde_json::from_str(&case.text).ok()?;
    // A record that lacks all it must hold is empty as well: one change, two sentences. An
    // observable that consists of an empty dictionary alone still names it.
    let path = case.path.clone().unwrap_or_default();
    let also: &[&str] =
        match inside.pointer(&format!("/{}", path.replace(['[', ']'], "").replace('.', "/"))) {
            Some(_) => &[
                "stix.property.missing",
                "stix.property.one-of",
                "stix.external-reference.empty",
                "stix.granular.lang-or-ref",
            ],
            None => &[],
        };
    Some(case.with(also))
}

fn short_dictionary(rng: &mut Rng) -> Option<Case> {
    let fits =
        |s: &Site| matches!(s.kind, Kind::Dict("any" | "text" | "int|text" | "texts" | "int"));
    let case = replaced(rng, fits, |rng, site| {
        let key = rng.pick(&["a", "Z-9_", "only", "x"]);
        match site.kind {
            Kind::Dict("texts") => json!({key: ["{}"]}),
            Kind::Dict("int") => json!({key: 0}),
            _ => json!({key: "{}"}),
        }
    })?;
    Some(Case { path: None, ..case })
}

/// "… limited to the characters a-z, A-Z, numerals 0-9, hyphen (-), and underscore (_) … no longer
/// than 250 ASCII characters".
fn bad_key(rng: &mut Rng) -> Option<Case> {
    let key = match rng.below(9) {
        0 => "k".repeat(251 + rng.below(50)),
        1 => format!("{} of", slug(rng)),
        2 => format!("{}.x", slug(rng)),
        3 => format!("{}ñ", slug(rng)),
        4 => format!("{}:", slug(rng)),
        5 => String::new(),
        6 => format!("$({})", slug(rng)),
        7 => format!("{}/{}", slug(rng), slug(rng)),
        _ => format!("{}\u{2011}x", slug(rng)),
    };
    let fits =
        |s: &Site| matches!(s.kind, Kind::Dict("any" | "text" | "int|text" | "texts" | "int"));
    let first = rng.one_in(2);
    let case = replaced(rng, fits, |_, site| {
        let (bad, good) = match site.kind {
            Kind::Dict("texts") => (json!(["v"]), json!(["v"])),
            Kind::Dict("int") => (json!(1), json!(2)),
            _ => (json!("v"), json!("v")),
        };
        let mut members = Map::new();
        if !first {
            members.insert("before".into(), good.clone());
        }
        members.insert(key.clone(), bad);
        Value::Object(members)
    })?;
    let path = format!("{}.{key}", case.path.clone()?);
    // Findings shorten a path to 500 characters.
    Some(Case { path: Some(path.chars().take(500).collect()), ..case })
}

fn edge_key(rng: &mut Rng) -> Option<Case> {
    let key = match rng.below(6) {
        0 => "k".repeat(249 + rng.below(2)),
        1 => "a".to_owned(),
        2 => rng.below(1000).to_string(),
        3 => format!("-{}-", slug(rng)),
        4 => format!("_{}_", slug(rng).replace('-', "_")),
        _ => slug(rng).to_uppercase(),
    };
    let fits = |s: &Site| matches!(s.kind, Kind::Dict("any" | "text" | "int|text"));
    let case = replaced(rng, fits, |_, _| json!({ &key: "value" }))?;
    Some(Case { path: None, ..case })
}

/// §11.1: what stands inside custom content should keep the rules of chapter 2 as well.
fn loose_content(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let name = format!("x_{}", slug(rng).replace('-', "_"));
    let (inside, below) = match rng.below(6) {
        0 => (json!([null]), "[0]"),
        1 => (json!(["a", [], "b"]), "[1]"),
        2 => (json!({"deep": {}}), "deep"),
        3 => (json!({"deep": null}), "deep"),
        4 => (json!({"deep": {"a b": 1}}), "deep.a b"),
        _ => (json!({"deep": [{"x": []}]}), "deep.[0].x"),
    };
    view[name.as_str()] = inside;
    Some(Case::at(&view, format!("{name}.{below}"), note(&view, &name, &view[&name])))
}

fn plain_content(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let name = format!("x_{}", slug(rng).replace('-', "_"));
    view[name.as_str()] = match rng.below(4) {
        0 => json!([0, "", false, -1.5]),
        1 => json!({"deep": {"A-b_9": [["x"]]}}),
        2 => json!(""),
        _ => json!([{"a": 1}, {"a": "null"}]),
    };
    Some(Case::of(&view, note(&view, &name, &view[&name])))
}
