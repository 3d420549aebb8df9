//! §3.1, §3.2, §3.8, §11.1: which properties stand in an object, and how they are named.

use serde_json::{Map, Value, json};

use super::base::{self, Size, put, seal};
use super::case::{Case, Generator, subject, unmarked};
use super::rng::Rng;
use super::site::{self, Step, sites};
use super::tables::{common, is_sco, names, table};
use super::values::{self, slug, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.property.missing", mutant: missing, near: optional },
    Generator { rule: "stix.property.name", mutant: bad_name, near: edge_name },
    Generator { rule: "stix.property.reserved", mutant: reserved, near: nearly_reserved },
    Generator { rule: "stix.property.custom", mutant: custom, near: defined },
    Generator { rule: "stix.property.unknown", mutant: unknown, near: defined },
    Generator { rule: "stix.property.not-applicable", mutant: not_applicable, near: applicable },
    Generator { rule: "stix.property.defanged", mutant: defanged, near: applicable },
    Generator { rule: "stix.property.encoding-alone", mutant: encoding_alone, near: encoding },
    Generator { rule: "stix.property.suffix", mutant: wrong_suffix, near: right_suffix },
    Generator { rule: "stix.dictionary.key-case", mutant: upper_key, near: lower_key },
    Generator { rule: "stix.property.one-of", mutant: none_of, near: one_of },
    Generator { rule: "stix.property.excluded", mutant: both, near: either },
];

/// "Properties marked required in the property tables MUST be present".
fn missing(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(4) {
        return asked_for(rng);
    }
    let mut view = unmarked(subject(rng));
    let kind = view["type"].as_str()?.to_owned();
    let mut places = sites(&view);
    // A list of one kind of things is asked for by a rule of its own; the last member of a
    // dictionary would leave it empty.
    places.retain(|s| {
        s.required
            && !s.is_item()
            && table_requires(s.owner, s.name())
            && !(kind == "observed-data" && s.name() == "object_refs")
            && s.name() != "path"
            && site::get(&view, &s.steps[..s.steps.len() - 1])
                .as_object()
                .is_some_and(|above| above.len() > 1)
    });
    if !is_sco(&kind) && view.get("created").is_some() {
        let steps = vec![Step::Name("spec_version".into())];
        let kind = super::tables::Kind::Text;
        places.push(site::Site { steps, kind, required: true, owner: "common-sdo" });
    }
    if places.is_empty() {
        return None;
    }
    let chosen = rng.pick(&places);
    site::remove(&mut view, &chosen.steps);
    seal(rng, &mut view);
    // Without the kinds nothing says that top-level names are among them.
    let case = Case::at(&view, chosen.path(), format!("{kind} {}", chosen.path()));
    Some(if chosen.name() == "extension_types" {
        case.with(&["stix.extension.properties"])
    } else {
        case
    })
}

fn table_requires(owner: &str, name: &str) -> bool {
    matches!(name, "created" | "modified")
        || table(owner).properties.iter().any(|p| p.name == name && p.required)
}

/// Properties that another property, or its value, asks for.
fn asked_for(rng: &mut Rng) -> Option<Case> {
    let size = rng.pick(&[Size::Some, Size::Complete]);
    let (kind, gone, why) = rng.pick(&[
        ("malware", "name", "a family has a name"),
        ("location", "longitude", "beside latitude"),
        ("location", "latitude", "beside longitude"),
        ("artifact", "hashes", "beside url"),
        ("artifact", "encryption_algorithm", "beside decryption_key"),
        ("marking-definition", "statement", "in its definition"),
    ]);
    let mut view = unmarked(base::object(rng, kind, size));
    let members = view.as_object_mut()?;
    let mut path = gone.to_owned();
    match (kind, gone) {
        ("malware", _) => {
            members.insert("is_family".into(), json!(true));
        }
        ("location", _) => {
            put(rng, kind, "country", members);
            put(rng, kind, "latitude", members);
            put(rng, kind, "longitude", members);
            members.shift_remove("precision");
        }
        ("artifact", "hashes") => {
            members.shift_remove("payload_bin");
            put(rng, kind, "url", members);
        }
        ("artifact", _) => put(rng, kind, "decryption_key", members),
        _ => {
            members.shift_remove("extensions");
            members.insert("id".into(), json!(rng.id(kind)));
            members.insert("definition_type".into(), json!("statement"));
            members.insert("definition".into(), json!({ "note_text": words(rng) }));
            path = "definition.statement".to_owned();
        }
    }
    members.shift_remove(gone);
    let count = members.len();
    seal(rng, &mut view);
    Some(Case::at(&view, path, format!("{kind} {gone}: {why} {count}")))
}

/// Any optional property may be left out.
fn optional(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&base::kinds());
    let mut view = unmarked(base::object(rng, kind, Size::Complete));
    if matches!(kind, "marking-definition" | "extension-definition" | "location" | "artifact") {
        return None;
    }
    let own = table(kind);
    let mut free: Vec<&str> = own
        .properties
        .iter()
        .chain(&common(kind).properties)
        .filter(|p| !p.required && !own.any.contains(&p.name))
        .map(|p| p.name)
        .filter(|n| !matches!((kind, *n), ("malware", "name") | ("indicator", _)))
        .filter(|n| !matches!(*n, "name" | "path"))
        .collect();
    free.retain(|n| view.get(*n).is_some());
    let gone = if free.is_empty() { return None } else { rng.pick(&free) };
    view.as_object_mut()?.shift_remove(gone);
    seal(rng, &mut view);
    Some(Case::of(&view, format!("{kind} {gone}")))
}

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

/// The "Not Applicable Common Properties" of each table.
fn not_applicable(rng: &mut Rng) -> Option<Case> {
    let (kind, name) = match rng.below(4) {
        0 => ("marking-definition", rng.pick(&["labels", "confidence", "lang"])),
        1 => ("language-content", "lang"),
        2 => ("extension-definition", rng.pick(&["confidence", "lang"])),
        _ => {
            let kind = rng.pick(&names(&["sco"]));
            let all = [
                "created_by_ref",
                "revoked",
                "labels",
                "confidence",
                "lang",
                "external_references",
            ];
            (kind, rng.pick(&all))
        }
    };
    let mut view = base::object(rng, kind, Size::Some);
    if view["definition_type"] == "tlp" {
        return None;
    }
    let property = table("common-sdo").properties.iter().find(|p| p.name == name)?;
    view[name] = values::value(rng, kind, name, &property.kind);
    Some(Case::at(&view, name, format!("{kind} {name} {}", view[name])))
}

fn applicable(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&base::kinds());
    let mut view = base::object(rng, kind, Size::Some);
    if view["definition_type"] == "tlp" {
        return None;
    }
    let free: Vec<&str> = common(kind)
        .properties
        .iter()
        .map(|p| p.name)
        .filter(|n| *n != "granular_markings" && *n != "extensions")
        .collect();
    let name = rng.pick(&free);
    put(rng, kind, name, view.as_object_mut()?);
    Some(Case::of(&view, format!("{kind} {name}")))
}

/// "This property MUST NOT be used on any STIX Objects other than SCOs."
fn defanged(rng: &mut Rng) -> Option<Case> {
    let mut view = subject(rng);
    let kind = view["type"].as_str()?.to_owned();
    // Of a type that an extension defines only the extension knows what it is.
    if !names(&["sdo", "sro", "meta"]).contains(&kind.as_str()) {
        return None;
    }
    view["defanged"] = json!(rng.one_in(2));
    let names = view.as_object()?.len();
    Some(Case::at(&view, "defanged", format!("{kind} {} {names}", view["defanged"])))
}

/// "The encoding property MUST NOT be present when the original property is not present."
fn encoding_alone(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "file", Size::Some));
    let members = view.as_object_mut()?;
    members.shift_remove("name");
    put(rng, "file", "hashes", members);
    let charset = rng.pick(&["UTF-8", "windows-1252", "ISO-8859-1", "Shift_JIS"]);
    members.insert("name_enc".into(), json!(charset));
    let count = members.len();
    seal(rng, &mut view);
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::at(&view, "name_enc", format!("{charset} {count} {names:?}")))
}

fn encoding(rng: &mut Rng) -> Option<Case> {
    let (kind, name) = rng.pick(&[("file", "name"), ("directory", "path")]);
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let members = view.as_object_mut()?;
    put(rng, kind, name, members);
    put(rng, kind, &format!("{name}_enc"), members);
    seal(rng, &mut view);
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::of(&view, format!("{kind} {names:?}")))
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

/// "At least one of the properties … MUST be included": types, records and extensions alike.
fn none_of(rng: &mut Rng) -> Option<Case> {
    let holders = [
        ("malware-analysis", ""),
        ("observed-data", ""),
        ("file", ""),
        ("network-traffic", ""),
        ("process", ""),
        ("user-account", ""),
        ("windows-registry-key", ""),
        ("x509-certificate", ""),
        ("windows-registry-key", "windows-registry-value-type"),
        ("file", "ntfs-ext"),
        ("network-traffic", "tcp-ext"),
    ];
    let (kind, inside) = rng.pick(&holders);
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    // What stays must be something: an empty dictionary breaks another rule.
    let left = rng.pick(&["x_note_of", "remark", "grade_of_it"]);
    let mut path = String::new();
    match inside {
        "" => {
            let gone: Vec<&str> = match kind {
                "observed-data" => vec!["object_refs"],
                _ => table(kind).any.clone(),
            };
            let members = view.as_object_mut()?;
            for name in gone {
                members.shift_remove(name);
            }
            if kind == "file" {
                members.shift_remove("name_enc");
            }
        }
        "windows-registry-value-type" => {
            let good = values::record(rng, inside, false);
            let bad = json!({ left: 7 });
            let last = rng.one_in(2);
            view["values"] = if last { json!([good, bad]) } else { json!([bad, good]) };
            path = format!("values.[{}]", usize::from(last));
        }
        extension => {
            view["extensions"] = json!({ extension: { left: 7 } });
            path = format!("extensions.{extension}");
        }
    }
    if inside.is_empty() && rng.one_in(2) {
        view[left] = json!("value");
    }
    seal(rng, &mut view);
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    let note = format!("{kind} {inside} {left} {names:?}");
    let mut case = Case::at(&view, path, note);
    // Without `object_refs` no table says where: at the property or at the object.
    if kind == "observed-data" {
        case.path = None;
    }
    Some(case)
}

fn one_of(rng: &mut Rng) -> Option<Case> {
    let all: Vec<_> = super::tables::TABLES
        .iter()
        .filter(|t| !t.any.is_empty() && (t.class == "sco" || t.class == "sdo"))
        .collect();
    let chosen = rng.pick(&all);
    let mut view = unmarked(base::object(rng, chosen.name, Size::Least));
    let only = rng.pick(&chosen.any);
    let members = view.as_object_mut()?;
    put(rng, chosen.name, only, members);
    for name in chosen.any.iter().filter(|name| **name != only) {
        members.shift_remove(*name);
    }
    if chosen.name == "artifact" && only == "url" {
        put(rng, "artifact", "hashes", members);
    }
    seal(rng, &mut view);
    Some(Case::of(&view, format!("{} {only}", chosen.name)))
}

/// Properties that MUST NOT stand together.
fn both(rng: &mut Rng) -> Option<Case> {
    let size = rng.pick(&[Size::Least, Size::Some, Size::Complete]);
    let (kind, add, path) = rng.pick(&[
        ("artifact", &["payload_bin", "url", "hashes"][..], ""),
        ("email-message", &["body"][..], "body"),
        ("email-message", &["body_multipart"][..], "body_multipart"),
        ("network-traffic", &["end"][..], ""),
        ("location", &["precision"][..], "precision"),
        ("location", &["precision"][..], "precision"),
    ]);
    let mut view = unmarked(base::object(rng, kind, size));
    let members = view.as_object_mut()?;
    for name in add {
        put(rng, kind, name, members);
    }
    match path {
        "body" => {
            members.insert("is_multipart".into(), json!(true));
            members.shift_remove("body_multipart");
        }
        "body_multipart" => {
            members.insert("is_multipart".into(), json!(false));
            members.shift_remove("body");
        }
        "precision" => {
            members.shift_remove("latitude");
            members.shift_remove("longitude");
            put(rng, kind, rng_place(members), members);
        }
        _ => {}
    }
    if kind == "network-traffic" {
        members.insert("is_active".into(), json!(true));
        members.shift_remove("start");
    }
    seal(rng, &mut view);
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    let note = format!("{kind} {path} {names:?}");
    let mut case = Case::at(&view, path, note);
    if path.is_empty() {
        case.path = None;
    }
    Some(case)
}

fn rng_place(members: &Map<String, Value>) -> &'static str {
    if members.contains_key("city") { "region" } else { "country" }
}

fn either(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&["artifact", "email-message", "network-traffic", "location"]);
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let members = view.as_object_mut()?;
    match kind {
        "network-traffic" => {
            let over = rng.one_in(2);
            members.insert("is_active".into(), json!(!over));
            if over {
                put(rng, kind, "end", members);
            } else {
                members.shift_remove("end");
            }
        }
        "location" => {
            put(rng, kind, "latitude", members);
            put(rng, kind, "longitude", members);
            put(rng, kind, "precision", members);
        }
        _ => {}
    }
    seal(rng, &mut view);
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::of(&view, format!("{kind} {names:?}")))
}
