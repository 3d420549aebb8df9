//! §7.3: extensions in an object, and their definitions.

use enlace_stix::types;
use serde_json::{Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, unmarked};
use super::rng::Rng;
use super::tables::{TABLES, names};
use super::values::{record, slug};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.extension.key", mutant: odd_key, near: right_key },
    Generator { rule: "stix.extension.name", mutant: bad_custom_name, near: custom_name },
    Generator { rule: "stix.extension.prefix", mutant: no_prefix, near: custom_name },
    Generator { rule: "stix.extension.carrier", mutant: on_another, near: custom_name },
    Generator { rule: "stix.extension.no-definition", mutant: no_id, near: right_key },
    Generator { rule: "stix.extension.redefines", mutant: redefines, near: adds },
    Generator { rule: "stix.extension.toplevel-names", mutant: unnamed, near: listed },
    Generator { rule: "stix.extension.description", mutant: undescribed, near: listed },
    Generator { rule: "stix.language-content.shape", mutant: other_shape, near: same_shape },
    Generator { rule: "stix.extension.type-missing", mutant: no_kind, near: right_key },
    Generator { rule: "stix.extension.mismatch", mutant: misplaced, near: in_place },
    Generator { rule: "stix.extension.properties", mutant: listed_in_vain, near: listed },
];

/// "Dictionary keys SHOULD be the id of a STIX Extension object or the name of a predefined object
/// extension".
fn odd_key(rng: &mut Rng) -> Option<Case> {
    let key = format!("x-example-com-{}-ext", slug(rng));
    custom_extension(rng, &key)
}

/// An extension without a definition, on an observable.
fn custom_extension(rng: &mut Rng, key: &str) -> Option<Case> {
    let kind = rng.pick(&names(&["sco"]));
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    view["extensions"] = json!({ key: {"grade": 7, "remark": "text"} });
    base::seal(rng, &mut view);
    let short: String = key.chars().take(60).collect();
    Some(Case::at(&view, format!("extensions.{key}"), format!("{kind} {short} {}", key.len())))
}

/// "… limited to characters a-z (lowercase ASCII), 0-9, and hyphen (-). … MUST end with -ext".
fn bad_custom_name(rng: &mut Rng) -> Option<Case> {
    let word = slug(rng);
    let key = match rng.below(6) {
        0 => format!("x-{word}"),
        1 => format!("x-{word}_a-ext"),
        2 => format!("x-{}-ext", word.to_uppercase()),
        3 => format!("x-{word}-Ext"),
        4 => format!("x-{}-ext", "a".repeat(245 + rng.below(9))),
        _ => format!("x-{word}-extension"),
    };
    // What is no dictionary key at all breaks that rule too.
    Some(custom_extension(rng, &key)?.with(&["stix.dictionary.key"]))
}

fn custom_name(rng: &mut Rng) -> Option<Case> {
    let key = match rng.below(3) {
        0 => format!("x-{}-ext", "a".repeat(240 + rng.below(5))),
        1 => format!("x-{}-ext", rng.below(1000)),
        _ => format!("x-example-com-{}-ext", slug(rng)),
    };
    Some(Case { path: None, ..custom_extension(rng, &key)? })
}

/// "Custom Extension names SHOULD start with x-".
fn no_prefix(rng: &mut Rng) -> Option<Case> {
    let key = format!("{}-ext", slug(rng));
    custom_extension(rng, &key)
}

/// "custom extensions can only be used with SCOs"; a predefined one belongs to its type.
fn on_another(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(2) {
        let kind = rng.pick(&names(&["sdo", "sro"]));
        let mut view = unmarked(base::object(rng, kind, Size::Some));
        let key = format!("x-example-com-{}-ext", slug(rng));
        view["extensions"] = json!({ &key: {"grade": 7} });
        return Some(Case::at(&view, format!("extensions.{key}"), format!("{kind} {key}")));
    }
    let predefined: Vec<_> = TABLES.iter().filter(|t| t.class == "extension").collect();
    let chosen = rng.pick(&predefined);
    let kind = rng.pick(&names(&["sco", "sdo"]));
    if kind == chosen.on {
        return None;
    }
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    view["extensions"] = json!({ chosen.name: record(rng, chosen.name, true) });
    base::seal(rng, &mut view);
    let note = format!("{} on {kind}", chosen.name);
    Some(Case::at(&view, format!("extensions.{}", chosen.name), note))
}

/// "the extensions property … MUST include the extension definition's UUID".
fn no_id(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&names(&["sdo", "sro", "sco"]));
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let key = match rng.below(3) {
        0 => slug(rng),
        1 => rng.id("extension"),
        _ => format!("x-{}-ext", slug(rng)),
    };
    view["extensions"] = json!({ &key: {"extension_type": "property-extension", "grade": 7} });
    base::seal(rng, &mut view);
    let note = format!("{kind} {}", key.split("--").next().unwrap_or_default());
    Some(Case::at(&view, format!("extensions.{key}"), note))
}

/// "This extension mechanism MUST NOT be used to redefine existing standardized objects or
/// properties."
fn redefines(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(2) {
        let mut view = unmarked(base::object(rng, "extension-definition", Size::Some));
        view["extension_types"] = json!(["toplevel-property-extension"]);
        let name = rng.pick(&["created", "modified", "labels", "id", "type", "confidence", "lang"]);
        let first = rng.one_in(2);
        let other = slug(rng).replace('-', "_");
        view["extension_properties"] =
            if first { json!([name, other]) } else { json!([other, name]) };
        let path = format!("extension_properties.[{}]", usize::from(!first));
        return Some(Case::at(&view, path.clone(), format!("{path} {name}")));
    }
    let kind = rng.pick(&names(&["sdo", "sro", "sco"]));
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let definition = rng.id("extension-definition");
    let class = rng.pick(&["new-sdo", "new-sco", "new-sro"]);
    view["extensions"] = json!({ &definition: {"extension_type": class} });
    base::seal(rng, &mut view);
    let path = format!("extensions.{definition}.extension_type");
    Some(Case::at(&view, path, format!("{kind} {class}")))
}

fn adds(rng: &mut Rng) -> Option<Case> {
    let view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    Some(Case::of(&view, view["id"].to_string()))
}

/// "When this property includes toplevel-property-extension then the extension_properties property
/// SHOULD include one or more property names."
fn unnamed(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "extension-definition", Size::Some));
    view["extension_types"] = rng.pick(&[
        json!(["toplevel-property-extension"]),
        json!(["property-extension", "toplevel-property-extension"]),
    ]);
    view.as_object_mut()?.shift_remove("extension_properties");
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    let note = format!("{} {names:?}", view["extension_types"]);
    Some(Case::at(&view, "extension_properties", note))
}

/// "While the description property is optional this property SHOULD be populated."
fn undescribed(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "extension-definition", Size::Some));
    view.as_object_mut()?.shift_remove("description");
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    let note = format!("{} {names:?}", view["extension_types"]);
    Some(Case::at(&view, "description", note))
}

fn translated(rng: &mut Rng, one: Value, other: Value) -> Value {
    let mut view = unmarked(base::object(rng, "language-content", Size::Least));
    view["contents"] = json!({"es": {"goals": one}, "fr": {"goals": other}});
    view
}

/// "The lists MUST have the same length." Two languages mirror one object, so their shapes agree.
fn other_shape(rng: &mut Rng) -> Option<Case> {
    let word = slug(rng);
    let (one, other) = match rng.below(4) {
        0 => (json!([word]), json!([word, "deux"])),
        1 => (json!(word), json!([word])),
        2 => (json!([word, "dos"]), json!({ "abc": word })),
        _ => (json!({ "abc": word }), json!(word)),
    };
    let view = translated(rng, one, other);
    Some(Case { path: None, ..Case::of(&view, view["contents"].to_string()) })
}

fn same_shape(rng: &mut Rng) -> Option<Case> {
    let word = slug(rng);
    let (one, other) = match rng.below(4) {
        0 => (json!([word, ""]), json!(["un", "deux"])),
        1 => (json!(word), json!("un")),
        2 => (json!({ "abc": word }), json!({"abc": "un", "def": "deux"})),
        _ => (json!([word, {"abc": "x"}]), json!(["un", {"abc": "y"}])),
    };
    let view = translated(rng, one, other);
    Some(Case::of(&view, view["contents"].to_string()))
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

/// One of our extensions on another type or of another kind than its definition says.
fn misplaced(rng: &mut Rng) -> Option<Case> {
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
    let class = if other_kind { "toplevel-property-extension" } else { class };
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
