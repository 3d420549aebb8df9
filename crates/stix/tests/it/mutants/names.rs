//! §3.1, §3.8, §11.1: how properties and keys that no table lists are named.

use serde_json::{Map, Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, subject, unmarked};
use super::rng::Rng;
use super::tables::table;
use super::values::{slug, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.property.name", mutant: bad_name, near: edge_name },
    Generator { rule: "stix.property.reserved", mutant: reserved, near: nearly_reserved },
    Generator { rule: "stix.property.custom", mutant: custom, near: defined },
    Generator { rule: "stix.property.unknown", mutant: unknown, near: defined },
    Generator { rule: "stix.property.suffix", mutant: wrong_suffix, near: right_suffix },
    Generator { rule: "stix.dictionary.key-case", mutant: upper_key, near: lower_key },
];

/// Names that §3.1 and §11.1.1 forbid: other characters, no letter first, under 3, over 250.
fn wrong_names(rng: &mut Rng) -> String {
    let letter = |rng: &mut Rng| char::from(b'a' + rng.below(26) as u8);
    let word = rng.pick(&["grade", "berth", "docket", "remark"]);
    match rng.below(14) {
        0 => format!("{}{}", letter(rng), letter(rng)),
        1 => letter(rng).to_string(),
        2 => format!("x_{}", "a".repeat(249 + rng.below(3))),
        3 => format!("{}{word}", rng.below(10)),
        4 => format!("_{word}"),
        5 => word.to_uppercase(),
        6 => format!("x_{word}_Code"),
        7 => format!("{word}-code"),
        8 => format!("{word} code"),
        9 => format!("{word}.code"),
        10 => format!("{word}ñ"),
        11 => format!("{}{}", word, rng.pick(&["$", "@id", "/x", ":x", "#"])),
        // A Cyrillic letter that looks like `a`.
        12 => format!("gr\u{0430}de_{word}"),
        _ => String::new(),
    }
}

fn bad_name(rng: &mut Rng) -> Option<Case> {
    let name = wrong_names(rng);
    let value = rng.pick(&[json!("text"), json!(7), json!(["a"])]);
    let (mut view, place) = match rng.below(4) {
        0 => (unmarked(subject(rng)), "top"),
        1 => (base::foreign(rng), "foreign type"),
        2 => (base::widened(rng), "widened"),
        _ => {
            let mut view = unmarked(base::versioned(rng, Size::Some));
            let definition = rng.id("extension-definition");
            let mut body = Map::new();
            body.insert("extension_type".into(), json!("property-extension"));
            body.insert(name.clone(), value.clone());
            view["extensions"] = json!({ &definition: body });
            let path = format!("extensions.{definition}.{name}");
            // The body is a dictionary: the same letters break the rule of its keys.
            let case = Case::at(&view, path, format!("in an extension {name}"));
            return Some(case.with(&["stix.dictionary.key"]));
        }
    };
    view[name.as_str()] = value;
    let kind = view["type"].as_str()?;
    let note = format!("{place} {kind} {name}");
    Some(Case::at(&view, name, note))
}

fn edge_name(rng: &mut Rng) -> Option<Case> {
    let name = match rng.below(6) {
        0 => format!("a{}", rng.within(10, 99)),
        1 => format!("x_{}", "a".repeat(247 + rng.below(2))),
        2 => format!("a_{}", rng.below(10)),
        3 => format!("x__{}", slug(rng).replace('-', "_")),
        4 => format!("{}_", slug(rng).replace('-', "_")),
        _ => slug(rng).replace('-', ""),
    };
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    view[name.as_str()] = json!(words(rng));
    Some(Case::of(&view, name))
}

/// §3.8: "MUST NOT be used for the name of any Custom Property or be present in any STIX content".
fn reserved(rng: &mut Rng) -> Option<Case> {
    let mut view = subject(rng);
    let kind = view["type"].as_str()?.to_owned();
    let name = rng.pick(&["severity", "username", "phone_number", "action"]);
    view[name] = rng.pick(&[json!("high"), json!(7), json!(["one"]), json!({"key": "value"})]);
    Some(Case::at(&view, name, format!("{kind} {name} {}", view[name])))
}

fn nearly_reserved(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let kind = view["type"].as_str()?.to_owned();
    let name = rng.pick(&[
        "severity_level",
        "user_name",
        "usernames",
        "phone_numbers",
        "phonenumber",
        "actions",
        "x_severity",
        "x_action",
        "action_taken",
        "x_username",
    ]);
    view[name] = json!("value");
    // Inside a dictionary the words are keys, not properties.
    let definition = rng.id("extension-definition");
    if !view["extensions"].is_object() {
        view["extensions"] = json!({});
    }
    view["extensions"][definition] = json!({"extension_type": "property-extension",
        "notes_by": {"severity": "high", "action": "none"}});
    Some(Case::of(&view, format!("{kind} {name}")))
}

/// An object of a known type whose properties no extension widens.
fn closed(rng: &mut Rng) -> Value {
    if rng.one_in(6) {
        let view = base::own(rng);
        // An own new type defines all its properties: another one is its extension's matter.
        if super::tables::TABLES.iter().any(|t| t.name == view["type"].as_str().unwrap_or("")) {
            return view;
        }
    }
    let view = base::any(rng, Size::Some);
    if view["definition_type"] == "tlp" { base::observable(rng, Size::Some) } else { view }
}

/// "Custom properties SHOULD be defined using the STIX Extension mechanism".
fn custom(rng: &mut Rng) -> Option<Case> {
    let mut view = closed(rng);
    let kind = view["type"].as_str()?.to_owned();
    let name = format!("x_example_org_{}", slug(rng).replace('-', "_"));
    view[name.as_str()] = json!(words(rng));
    Some(Case::at(&view, &name, format!("{kind} {name}")))
}

fn unknown(rng: &mut Rng) -> Option<Case> {
    let mut view = closed(rng);
    let kind = view["type"].as_str()?.to_owned();
    let name = match rng.below(3) {
        0 => slug(rng).replace('-', "_"),
        // Known on other types only.
        1 => rng.pick(&["tool_version", "malware_types", "sophistication", "dst_port"]).to_owned(),
        _ => rng.pick(&["names", "descriptions", "createdby_ref_", "label", "objekt"]).to_owned(),
    };
    if table(&kind).properties.iter().any(|p| p.name == name) || name.contains("_ref") {
        return None;
    }
    view[name.as_str()] = json!(words(rng));
    Some(Case::at(&view, &name, format!("{kind} {name}")))
}

/// Defined: by a toplevel-property-extension, or by the extension of a new type.
fn defined(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(3) { base::foreign(rng) } else { base::widened(rng) };
    let kind = view["type"].as_str()?.to_owned();
    let name = format!("{}{}", rng.pick(&["x_", ""]), slug(rng).replace('-', "_"));
    view[name.as_str()] = json!(words(rng));
    Some(Case::of(&view, format!("{kind} {name}")))
}

/// "For Custom Properties that use the hex type, the property name MUST end with '_hex'."
fn wrong_suffix(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let word = slug(rng).replace('-', "_");
    let (end, value) = match rng.below(6) {
        0 => ("hex", "0G"),
        1 => ("hex", "abc"),
        2 => ("hex", "FF"),
        3 => ("bin", "a-b="),
        4 => ("bin", "abc"),
        _ => ("bin", "no base64"),
    };
    let name = format!("{word}_{end}");
    view[name.as_str()] = json!(value);
    Some(Case::at(&view, &name, format!("{name} {value}")))
}

fn right_suffix(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let word = slug(rng).replace('-', "_");
    let (end, value) = match rng.below(4) {
        0 => ("_hex", "00ff"),
        1 => ("_bin", "AAEC"),
        2 => ("_hexadecimal", "0G"),
        _ => ("_binary", "a-b="),
    };
    let name = format!("{word}{end}");
    view[name.as_str()] = json!(value);
    Some(Case::of(&view, format!("{name} {value}")))
}

/// "Dictionary keys … SHOULD be lowercase."
fn upper_key(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let name = slug(rng).replace('-', "_");
    let key = rng.pick(&["Upper", "UPPER", "camelCase", "a-B"]);
    view[name.as_str()] = json!({"lower": 1, key: 2});
    Some(Case::at(&view, format!("{name}.{key}"), format!("{name} {key}")))
}

fn lower_key(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let name = slug(rng).replace('-', "_");
    let key = rng.pick(&["lower", "a-b", "a_b", "0", "x9"]);
    view[name.as_str()] = json!({key: "UPPER"});
    Some(Case::of(&view, format!("{name} {key}")))
}
