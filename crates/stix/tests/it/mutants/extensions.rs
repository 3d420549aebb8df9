//! §7.3: extensions in an object, and their definitions.

use enlace_stix::types;
use serde_json::json;

use super::base::{self, Size};
use super::case::{Case, Generator, unmarked};
use super::rng::Rng;
use super::tables::{TABLES, names};
use super::values::{record, slug};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.extension.key", mutant: odd_key, near: right_key },
    Generator { rule: "stix.extension.type-missing", mutant: no_kind, near: right_key },
    Generator { rule: "stix.extension.mismatch", mutant: misplaced, near: in_place },
    Generator { rule: "stix.extension.properties", mutant: listed_in_vain, near: listed },
];

/// "Dictionary keys SHOULD be the id of a STIX Extension object or the name of a predefined object
/// extension".
fn odd_key(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&names(&["sdo", "sro"]));
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let key = match rng.below(4) {
        0 => slug(rng),
        1 => format!("{}-ext", slug(rng)),
        2 => rng.id("extension"),
        _ => format!("x-example-com-{}-ext", slug(rng)),
    };
    view["extensions"] = json!({ &key: {"grade": 7, "remark": "text"} });
    Some(Case::at(&view, format!("extensions.{key}"), format!("{kind} {key}")))
}

fn right_key(rng: &mut Rng) -> Option<Case> {
    let predefined: Vec<_> = TABLES.iter().filter(|t| t.class == "extension").collect();
    if rng.one_in(2) {
        let chosen = rng.pick(&predefined);
        let complete = rng.one_in(2);
        let mut view = unmarked(base::object(rng, chosen.on, Size::Some));
        view["extensions"] = json!({ chosen.name: record(rng, chosen.name, complete) });
        base::seal(rng, &mut view);
        let body = view["extensions"].to_string().len();
        return Some(Case::of(&view, format!("{} {body}", chosen.name)));
    }
    let kind = rng.pick(&names(&["sdo", "sro", "sco"]));
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let upper = rng.one_in(2);
    let uuid = if upper { rng.uuid().to_uppercase() } else { rng.uuid() };
    let class = rng.pick(&["property-extension", "toplevel-property-extension"]);
    view["extensions"] = json!({ format!("extension-definition--{uuid}"): {
        "extension_type": class, "grade": 7}});
    base::seal(rng, &mut view);
    Some(Case::of(&view, format!("{kind} {class} {upper}")))
}

/// "When this extension facility is used the extension_type property MUST be present."
fn no_kind(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&names(&["sdo", "sro", "sco"]));
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let definition = rng.id("extension-definition");
    let name = rng.pick(&["grade", "remark", "extension_typ", "extension_types", "type"]);
    let good = json!({"extension_type": "property-extension", "grade": 1});
    let bad = json!({name: "property-extension"});
    let beside = rng.one_in(2);
    view["extensions"] = if beside {
        json!({ rng.id("extension-definition"): good, &definition: bad })
    } else {
        json!({ &definition: bad })
    };
    base::seal(rng, &mut view);
    let path = format!("extensions.{definition}.extension_type");
    Some(Case::at(&view, path, format!("{kind} {name} {beside}")))
}

/// A predefined extension on another type; one of ours on another type or of another kind.
fn misplaced(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(2) {
        let predefined: Vec<_> = TABLES.iter().filter(|t| t.class == "extension").collect();
        let chosen = rng.pick(&predefined);
        let kind = rng.pick(&names(&["sco", "sdo"]));
        if kind == chosen.on {
            return None;
        }
        let mut view = unmarked(base::object(rng, kind, Size::Some));
        view["extensions"] = json!({ chosen.name: record(rng, chosen.name, true) });
        base::seal(rng, &mut view);
        return Some(Case::at(
            &view,
            format!("extensions.{}", chosen.name),
            format!("{} on {kind}", chosen.name),
        ));
    }
    let (name, class, body) = rng.pick(&[
        ("person", "property-extension", json!({"names": [{"full": "Elena Paz"}]})),
        ("organization", "property-extension", json!({"country": "EC"})),
        ("criminal-group", "property-extension", json!({"territory": "Puerto Quay"})),
        ("handling", "property-extension", json!({"tlp": "amber"})),
    ]);
    let definition = types::definition_id(name);
    let right = if name == "handling" { "marking-definition" } else { "identity" };
    let other_kind = rng.one_in(3);
    let kind = if other_kind { "identity" } else { rng.pick(&names(&["sdo", "sro", "sco"])) };
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let class =
        if other_kind { rng.pick(&["toplevel-property-extension", "new-sdo"]) } else { class };
    if (kind == right) != other_kind || other_kind && name == "handling" {
        return None;
    }
    let mut body = body;
    body["extension_type"] = json!(class);
    view["extensions"] = json!({ &definition: body });
    base::seal(rng, &mut view);
    let below = if other_kind { ".extension_type" } else { "" };
    Some(Case::at(
        &view,
        format!("extensions.{definition}{below}"),
        format!("{name} {class} {kind}"),
    ))
}

fn in_place(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(3) {
        let view = base::own(rng);
        return Some(Case::of(&view, view["id"].to_string()));
    }
    right_key(rng)
}

/// "This property MUST only be used when the extension_types property includes a value of
/// toplevel-property-extension."
fn listed_in_vain(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "extension-definition", Size::Some));
    let others = ["new-sdo", "new-sco", "new-sro", "property-extension"];
    let mut kinds: Vec<&str> = others.into_iter().filter(|_| rng.one_in(2)).collect();
    if kinds.is_empty() {
        kinds.push("property-extension");
    }
    view["extension_types"] = json!(kinds);
    let name = slug(rng).replace('-', "_");
    view["extension_properties"] = json!([name]);
    Some(Case::at(&view, "extension_properties", format!("{kinds:?} {name}")))
}

fn listed(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "extension-definition", Size::Some));
    let kinds = rng.pick(&[
        &["toplevel-property-extension"][..],
        &["property-extension", "toplevel-property-extension"][..],
        &["toplevel-property-extension", "new-sdo"][..],
    ]);
    view["extension_types"] = json!(kinds);
    let name = slug(rng).replace('-', "_");
    view["extension_properties"] = json!([name]);
    Some(Case::of(&view, format!("{kinds:?} {name}")))
}
