//! §3.1, §3.2, §3.8, §11.1: which properties stand in an object, and how they are named.

use serde_json::{Map, Value, json};

use super::base::{self, Size, put, seal};
use super::case::{Case, Generator, subject, unmarked};
use super::rng::Rng;
use super::site::{self, Step, sites};
use super::tables::{common, is_sco, names, table};
use super::values::{self, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.property.missing", mutant: missing, near: optional },
    Generator { rule: "stix.property.not-applicable", mutant: not_applicable, near: applicable },
    Generator { rule: "stix.property.defanged", mutant: defanged, near: applicable },
    Generator { rule: "stix.property.encoding-alone", mutant: encoding_alone, near: encoding },
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
