//! §7.2: granular markings, marking definitions, the published TLP definitions.

use enlace_stix::types::reused::TLP_2;
use serde_json::{Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, note, unmarked};
use super::rng::Rng;
use super::values::{slug, time_in, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.granular.lang-or-ref", mutant: not_one, near: just_one },
    Generator { rule: "stix.granular.selector-syntax", mutant: bad_syntax, near: selected },
    Generator { rule: "stix.granular.selector-missing", mutant: selects_nothing, near: selected },
    Generator { rule: "stix.marking.versioned", mutant: versioned, near: definition },
    Generator { rule: "stix.marking.circular", mutant: circular, near: marked_by_another },
    Generator { rule: "stix.marking.no-definition", mutant: no_definition, near: definition },
    Generator { rule: "stix.marking.tlp", mutant: changed_tlp, near: published_tlp },
    Generator { rule: "stix.marking.definition-type", mutant: other_kind, near: definition },
];

/// The four TLP definitions of the standard: level and UUID.
pub const TLP_1: &[(&str, &str)] = &[
    ("white", "613f2e26-407d-48c7-9eca-b8e91df99dc9"),
    ("green", "34098fce-860f-48ae-8e50-ebd3cc5e41da"),
    ("amber", "f88d31f6-486f-44da-b317-01333bde0b82"),
    ("red", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"),
];

/// TLP 2.0 as OASIS published it as an extension.
const TLP_2_LEVELS: &[(&str, &str)] = &[
    ("clear", "94868c89-83c2-464b-929b-a1a8aa3c8487"),
    ("green", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
    ("amber", "55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
    ("amber+strict", "939a9414-2ddd-4d32-a0cd-375ea402b003"),
    ("red", "e828b379-4e03-4974-9ac4-e53a884c97c1"),
];

/// An object with something to select at every depth.
fn rich(rng: &mut Rng) -> Value {
    let kind = rng.pick(&["campaign", "malware", "tool", "intrusion-set", "attack-pattern"]);
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    view["description"] = json!(words(rng));
    view["labels"] = json!(["one", "two", "three"]);
    view["external_references"] = json!([
        {"source_name": slug(rng), "description": words(rng)},
        {"source_name": slug(rng), "external_id": "7"}]);
    view["extensions"] = json!({ rng.id("extension-definition"): {
        "extension_type": "property-extension", "ranks": [[1, 2], [3]], "deep": {"Key-1": {"x_y": "z"}}}});
    view
}

fn marked(rng: &mut Rng, view: &mut Value, marking: Value) -> String {
    let sound = json!({"marking_ref": rng.id("marking-definition"), "selectors": ["description"]});
    let (list, at) = match rng.below(3) {
        0 => (json!([marking]), 0),
        1 => (json!([sound, marking]), 1),
        _ => (json!([marking, sound]), 0),
    };
    view["granular_markings"] = list;
    format!("granular_markings.[{at}]")
}

/// "one and only one of these properties MUST be present".
fn not_one(rng: &mut Rng) -> Option<Case> {
    let mut view = rich(rng);
    let both = rng.one_in(2);
    let selector = rng.pick(&["description", "labels", "labels.[1]", "external_references.[0]"]);
    let marking = if both {
        json!({"lang": rng.pick(&["es", "en", "fr"]), "marking_ref": rng.id("marking-definition"),
            "selectors": [selector]})
    } else {
        json!({"selectors": [selector]})
    };
    let path = marked(rng, &mut view, marking);
    Some(Case::at(&view, path.clone(), format!("{} {path} {both} {selector}", view["type"])))
}

fn just_one(rng: &mut Rng) -> Option<Case> {
    let mut view = rich(rng);
    let selector = rng.pick(&["description", "labels.[2]", "external_references.[1].external_id"]);
    let marking = if rng.one_in(2) {
        json!({"lang": rng.pick(&["es", "en", "fr"]), "selectors": [selector]})
    } else {
        json!({"marking_ref": rng.id("marking-definition"), "selectors": [selector]})
    };
    let path = marked(rng, &mut view, marking.clone());
    Some(Case::of(
        &view,
        format!("{} {path} {selector} {}", view["type"], marking.get("lang").is_some()),
    ))
}

fn selecting(rng: &mut Rng, selector: &str) -> (Value, String) {
    let mut view = rich(rng);
    let last = rng.one_in(2);
    let selectors = if last { json!(["description", selector]) } else { json!([selector]) };
    let marking = json!({"marking_ref": rng.id("marking-definition"), "selectors": selectors});
    let path = marked(rng, &mut view, marking);
    (view, format!("{path}.selectors.[{}]", usize::from(last)))
}

/// "components … MUST be separated by the . character"; names, or indexes in square brackets.
fn bad_syntax(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(3);
    let selector = match rng.below(16) {
        0 => format!("labels[{n}]"),
        1 => "labels.".to_owned(),
        2 => ".labels".to_owned(),
        3 => format!("labels..[{n}]"),
        4 => "labels.[-1]".to_owned(),
        5 => "labels.[]".to_owned(),
        6 => format!("labels.[{n}"),
        7 => format!("labels.{n}]"),
        8 => "labels.[*]".to_owned(),
        9 => format!("external_references.[{n}]source_name"),
        10 => format!("/external_references/{n}"),
        11 => "$.description".to_owned(),
        12 => String::new(),
        13 => "description ".to_owned(),
        14 => format!("labels.[ {n}]"),
        _ => format!("labels.[{n}.0]"),
    };
    let (view, path) = selecting(rng, &selector);
    Some(Case::at(&view, path.clone(), format!("{path} {selector}")))
}

/// "Selectors MUST refer to properties or list items that are actually present".
fn selects_nothing(rng: &mut Rng) -> Option<Case> {
    let n = 3 + rng.below(99);
    let selector = match rng.below(11) {
        0 => format!("labels.[{n}]"),
        1 => "description.[0]".to_owned(),
        2 => "labels.name".to_owned(),
        3 => format!("external_references.[{n}].source_name"),
        4 => "external_references.[1].url".to_owned(),
        5 => "external_references.source_name".to_owned(),
        6 => slug(rng).replace('-', "_"),
        7 => "Description".to_owned(),
        8 => "description.text".to_owned(),
        9 => "labels.[0].[0]".to_owned(),
        _ => format!("labels.[{}]", u64::MAX),
    };
    let (view, path) = selecting(rng, &selector);
    Some(Case::at(&view, path.clone(), format!("{path} {selector}")))
}

fn selected(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(3);
    let selector = match rng.below(11) {
        0 => format!("labels.[{n}]"),
        1 => format!("external_references.[{}]", n % 2),
        2 => format!("external_references.[{}].source_name", n % 2),
        3 => "granular_markings".to_owned(),
        4 => rng.pick(&["id", "type", "created", "modified", "spec_version"]).to_owned(),
        5 => "granular_markings.[0].selectors.[0]".to_owned(),
        6 => "extensions".to_owned(),
        7 => "labels.[00]".to_owned(),
        8 => "labels".to_owned(),
        9 => "name".to_owned(),
        _ => "<extension>".to_owned(),
    };
    // A leading zero is a matter of taste that the standard does not decide: left out.
    if selector.contains("00") {
        return None;
    }
    let (mut view, path) = selecting(rng, &selector);
    if view.get("name").is_none() {
        view["name"] = json!(words(rng));
    }
    let mut real = selector.clone();
    if selector == "<extension>" {
        let definition = view["extensions"].as_object()?.keys().next()?.clone();
        let below = rng.pick(&["", ".ranks.[1].[0]", ".deep.Key-1.x_y", ".ranks.[0]"]);
        real = format!("extensions.{definition}{below}");
        let text = view.to_string().replace("<extension>", &real);
        let below = below.to_owned();
        return Some(Case::text(text, format!("{path} extension{below}")));
    }
    Some(Case::of(&view, format!("{path} {real}")))
}

fn statement(rng: &mut Rng) -> Value {
    let mut view = json!({"type": "marking-definition", "spec_version": "2.1",
        "id": rng.id("marking-definition"), "created": time_in(rng, 2024),
        "definition_type": "statement", "definition": {"statement": words(rng)}});
    if rng.one_in(2) {
        view["name"] = json!(words(rng));
    }
    if rng.one_in(2) {
        view["created_by_ref"] = json!(rng.id("identity"));
    }
    view
}

/// "Unlike other STIX Objects, Marking Definition objects cannot be versioned".
fn versioned(rng: &mut Rng) -> Option<Case> {
    let mut view = statement(rng);
    let name = rng.pick(&["modified", "revoked"]);
    view[name] = match name {
        "modified" if rng.one_in(2) => view["created"].clone(),
        "modified" => json!(time_in(rng, 2026)),
        _ => json!(rng.one_in(2)),
    };
    Some(Case::at(&view, name, note(&view, name, &view[name]) + &view["definition"].to_string()))
}

fn definition(rng: &mut Rng) -> Option<Case> {
    let view = match rng.below(3) {
        0 => {
            let mut view = statement(rng);
            let members = view.as_object_mut()?;
            members.shift_remove("definition");
            members.shift_remove("definition_type");
            view["extensions"] = json!({ rng.id("extension-definition"): {
                "extension_type": "property-extension", "grade": slug(rng)}});
            view
        }
        1 => base::object(rng, "marking-definition", Size::Some),
        _ => statement(rng),
    };
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::of(&view, format!("{names:?} {}", view["definition"])))
}

/// "this property MUST NOT contain any references to the same Marking Definition object".
fn circular(rng: &mut Rng) -> Option<Case> {
    let mut view = statement(rng);
    let own = view["id"].clone();
    let other = json!(rng.id("marking-definition"));
    let granular = rng.one_in(2);
    let last = rng.one_in(2);
    let path = if granular {
        let selectors = json!([rng.pick(&["definition", "created", "definition.statement"])]);
        view["granular_markings"] = if last {
            json!([{"marking_ref": other, "selectors": ["created"]},
                {"marking_ref": own, "selectors": selectors}])
        } else {
            json!([{"marking_ref": own, "selectors": selectors}])
        };
        format!("granular_markings.[{}].marking_ref", usize::from(last))
    } else {
        view["object_marking_refs"] = if last { json!([other, own]) } else { json!([own]) };
        format!("object_marking_refs.[{}]", usize::from(last))
    };
    Some(Case::at(&view, path.clone(), format!("{path} {}", view["definition"])))
}

fn marked_by_another(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { statement(rng) } else { rich(rng) };
    view["object_marking_refs"] = json!([rng.id("marking-definition")]);
    let selector = if view.get("definition").is_some() { "definition" } else { "labels" };
    view["granular_markings"] =
        json!([{"marking_ref": rng.id("marking-definition"), "selectors": [selector]}]);
    Some(Case::of(&view, view["id"].to_string()))
}

/// "If the extensions property is not present, this property MUST be present."
fn no_definition(rng: &mut Rng) -> Option<Case> {
    let mut view = statement(rng);
    let members = view.as_object_mut()?;
    let gone: &[&str] = rng.pick(&[
        &["definition"][..],
        &["definition_type"][..],
        &["definition", "definition_type"][..],
    ]);
    let rest = members["definition"].to_string();
    for name in gone {
        members.shift_remove(*name);
    }
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    let rest =
        if gone.len() == 2 || gone[0] == "definition" { view["id"].to_string() } else { rest };
    Some(Case { path: None, ..Case::of(&view, format!("{names:?} {rest}")) })
}

fn tlp_1(level: &str, uuid: &str) -> Value {
    json!({"type": "marking-definition", "spec_version": "2.1",
        "id": format!("marking-definition--{uuid}"), "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp", "name": format!("TLP:{}", level.to_uppercase()),
        "definition": {"tlp": level}})
}

fn tlp_2(level: &str, uuid: &str) -> Value {
    json!({"type": "marking-definition", "spec_version": "2.1",
        "id": format!("marking-definition--{uuid}"), "created": "2022-10-01T00:00:00.000Z",
        "name": format!("TLP:{}", level.to_uppercase()),
        "extensions": { TLP_2: {"extension_type": "property-extension", "tlp_2_0": level}}})
}

/// "Other instances of tlp-marking MUST NOT be used or created".
fn changed_tlp(rng: &mut Rng) -> Option<Case> {
    let (level, uuid) = rng.pick(TLP_1);
    let (other, other_uuid) = rng.pick(TLP_1);
    let mut view = tlp_1(level, uuid);
    let what = rng.below(6);
    match what {
        0 => view["id"] = json!(rng.id("marking-definition")),
        1 if other != level => view["id"] = json!(format!("marking-definition--{other_uuid}")),
        2 if other != level => view["definition"] = json!({ "tlp": other }),
        3 => {
            view["definition"] =
                json!({"tlp": rng.pick(&["clear", "WHITE", "amber+strict", "black", ""])})
        }
        4 => view["created"] = json!(time_in(rng, 2024)),
        5 => {
            view["definition_type"] = json!("statement");
            view["definition"] = json!({"statement": words(rng)});
        }
        _ => return None,
    }
    let note = format!("{level} {what} {} {} {}", view["id"], view["created"], view["definition"]);
    Some(Case { path: None, ..Case::of(&view, note) })
}

fn published_tlp(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(3) {
        let mut view = statement(rng);
        view["definition"] = json!({"statement": format!("TLP:{} as we read it", slug(rng))});
        return Some(Case::of(&view, view["definition"].to_string()));
    }
    let (mut view, what) = if rng.one_in(2) {
        let (level, uuid) = rng.pick(TLP_1);
        (tlp_1(level, uuid), format!("1 {level}"))
    } else {
        let (level, uuid) = rng.pick(TLP_2_LEVELS);
        (tlp_2(level, uuid), format!("2 {level}"))
    };
    // An instant, however many zeros it is written with.
    let zeros = 3 + rng.below(4);
    let created = view["created"].as_str()?.replace("000Z", &format!("{}Z", "0".repeat(zeros)));
    view["created"] = json!(created);
    Some(Case::of(&view, format!("{what} {zeros}")))
}

/// "The value of the definition_type property SHOULD be … statement or tlp".
fn other_kind(rng: &mut Rng) -> Option<Case> {
    let mut view = statement(rng);
    let kind = slug(rng);
    view["definition_type"] = json!(kind);
    view["definition"] = json!({"grade": slug(rng)});
    Some(Case::at(&view, "definition_type", kind))
}
