//! §2.9, §3.1, §3.2, §3.8: type, identifier, version of the standard.

use serde_json::{Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, note, subject, unmarked};
use super::rng::Rng;
use super::tables::{is_sco, names};
use super::values::slug;

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.type.missing", mutant: no_type, near: a_type },
    Generator { rule: "stix.type.name", mutant: bad_type, near: edge_type },
    Generator { rule: "stix.type.bundle", mutant: nested_bundle, near: nearly_bundle },
    Generator { rule: "stix.type.custom", mutant: custom_type, near: defined_x_type },
    Generator { rule: "stix.type.unknown", mutant: unknown_type, near: defined_type },
    Generator { rule: "stix.id.malformed", mutant: bad_id, near: edge_id },
    Generator { rule: "stix.id.type-mismatch", mutant: other_type, near: edge_id },
    Generator { rule: "stix.id.not-rfc-4122", mutant: not_rfc_4122, near: rfc_4122 },
    Generator { rule: "stix.id.not-v4", mutant: not_v4, near: v4 },
    Generator { rule: "stix.sco.id-mismatch", mutant: wrong_v5, near: right_v5 },
    Generator { rule: "stix.sco.id-random", mutant: random_sco, near: right_v5 },
    Generator { rule: "stix.sco.id-not-v4", mutant: nothing_contributes, near: nothing_v4 },
    Generator {
        rule: "stix.sco.versioned-namespace",
        mutant: versioned_sco,
        near: other_namespace,
    },
    Generator { rule: "stix.spec-version.not-2-1", mutant: other_version, near: version_2_1 },
];

fn no_type(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(subject(rng));
    let kind = view["type"].as_str()?.to_owned();
    let how = rng.below(7);
    let other =
        [json!(null), json!(7), json!(true), json!([&kind]), json!({"name": &kind}), json!([])];
    match other.get(how) {
        Some(other) => view["type"] = other.clone(),
        None => {
            view.as_object_mut()?.shift_remove("type");
        }
    }
    Some(Case::at(&view, "type", format!("{kind} {how}")))
}

fn a_type(rng: &mut Rng) -> Option<Case> {
    let view = subject(rng);
    let kind = view["type"].as_str()?.to_owned();
    let text = view.to_string();
    let (what, text) = match rng.below(3) {
        0 => ("escaped value", {
            let escaped = format!("\\u{:04x}{}", u32::from(kind.chars().next()?), &kind[1..]);
            text.replacen(&format!("\"type\":\"{kind}\""), &format!("\"type\":\"{escaped}\""), 1)
        }),
        1 => ("escaped name", text.replacen("\"type\"", "\"t\\u0079pe\"", 1)),
        _ => {
            let mut view = view.clone();
            let kind = view.as_object_mut()?.shift_remove("type")?;
            view["type"] = kind;
            ("last", view.to_string())
        }
    };
    Some(Case::text(text, format!("{kind} {what}")))
}

/// An object of a type that the standard does not know, with or without its definition.
fn foreign(rng: &mut Rng, kind: &str, defined: bool) -> Value {
    let mut view = json!({"type": kind, "spec_version": "2.1", "id": rng.id(kind),
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z"});
    view["docket"] = json!(slug(rng));
    if rng.one_in(2) {
        view["pages_total"] = json!(rng.below(99));
    }
    if defined {
        view["extensions"] = json!({ rng.id("extension-definition"): {
            "extension_type": rng.pick(&["new-sdo", "new-sro"])}});
    }
    view
}

/// "Type names … MUST begin with a letter character"; "MUST be between three and 250 characters".
fn bad_type(rng: &mut Rng) -> Option<Case> {
    let letter = |rng: &mut Rng| char::from(b'a' + rng.below(26) as u8);
    let kind = match rng.below(5) {
        0 => letter(rng).to_string(),
        1 => format!("{}{}", letter(rng), rng.below(10)),
        2 => format!("{}{}", letter(rng), letter(rng)),
        3 => format!("{}{}", rng.below(100), slug(rng)),
        _ => format!("-{}", slug(rng)),
    };
    let defined = rng.one_in(2);
    let view = foreign(rng, &kind, defined);
    Some(Case::at(&view, "type", format!("{kind} {defined}")))
}

fn edge_type(rng: &mut Rng) -> Option<Case> {
    let kind = match rng.below(5) {
        0 => format!("a{}", rng.hex(2).replace(|c: char| c.is_ascii_digit(), "z")),
        1 => format!("x{}", "y".repeat(248 + rng.below(2))),
        2 => format!("a{}-b{}", rng.below(99), rng.below(99)),
        3 => format!("{}-", slug(rng)),
        _ => format!("x-{}", slug(rng)),
    };
    let view = foreign(rng, &kind, true);
    Some(Case::of(&view, kind))
}

/// "Objects in this list MUST be a STIX Object"; "A STIX Bundle Object is not a STIX Object".
fn nested_bundle(rng: &mut Rng) -> Option<Case> {
    let inner = base::any(rng, Size::Least);
    let mut view = json!({"type": "bundle", "id": rng.id("bundle")});
    let inside = rng.pick(&["none", "one", "two"]);
    match inside {
        "one" => view["objects"] = json!([inner]),
        "two" => view["objects"] = json!([inner, base::any(rng, Size::Least)]),
        _ => {}
    }
    let note = format!("{inside} {}", if inside == "none" { &view["id"] } else { &inner["type"] });
    // As an object it lacks what every object has.
    Some(Case::at(&view, "type", note).with(&["stix.property.missing"]))
}

fn nearly_bundle(rng: &mut Rng) -> Option<Case> {
    let kind = match rng.below(3) {
        0 => format!("bundle-{}", slug(rng)),
        1 => rng.pick(&["bundles", "x-bundle", "bundled", "bun"]).to_owned(),
        _ => format!("{}-bundle", slug(rng)),
    };
    let view = foreign(rng, &kind, true);
    Some(Case::of(&view, kind))
}

/// "Custom objects SHOULD be defined using the STIX Extension mechanism".
fn custom_type(rng: &mut Rng) -> Option<Case> {
    let kind = format!("x-example-com-{}", slug(rng));
    let view = foreign(rng, &kind, false);
    Some(Case::at(&view, "type", kind))
}

fn defined_x_type(rng: &mut Rng) -> Option<Case> {
    let kind = format!("x-{}", slug(rng));
    let view = foreign(rng, &kind, true);
    Some(Case::of(&view, kind))
}

fn unknown_type(rng: &mut Rng) -> Option<Case> {
    let kind = match rng.below(3) {
        0 => slug(rng),
        1 => format!("{}s", rng.pick(&names(&["sdo", "sro", "sco"]))),
        _ => format!("my-{}", rng.pick(&names(&["sdo", "sro", "sco", "meta"]))),
    };
    let view = foreign(rng, &kind, false);
    Some(Case::at(&view, "type", kind))
}

fn defined_type(rng: &mut Rng) -> Option<Case> {
    let kind = slug(rng);
    let view = if rng.one_in(3) { base::own(rng) } else { foreign(rng, &kind, true) };
    let kind = view["type"].as_str()?.to_owned();
    Some(Case::of(&view, kind))
}

/// "All identifiers … MUST follow the form object-type--UUID".
fn bad_id(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(subject(rng));
    let kind = view["type"].as_str()?.to_owned();
    let uuid = rng.uuid();
    let (what, id) = match rng.below(20) {
        0 => ("one hyphen", json!(format!("{kind}-{uuid}"))),
        1 => ("slash", json!(format!("{kind}/{uuid}"))),
        2 => ("no type", json!(uuid)),
        3 => ("no uuid", json!(format!("{kind}--"))),
        4 => ("no hyphens in the uuid", json!(format!("{kind}--{}", uuid.replace('-', "")))),
        5 => ("braces", json!(format!("{kind}--{{{uuid}}}"))),
        6 => ("urn", json!(format!("{kind}--urn:uuid:{uuid}"))),
        7 => ("short", json!(format!("{kind}--{}", &uuid[..35]))),
        8 => ("long", json!(format!("{kind}--{uuid}0"))),
        9 => ("not hexadecimal", json!(format!("{kind}--g{}", &uuid[1..]))),
        10 => ("space behind", json!(format!("{kind}--{uuid} "))),
        11 => ("space in front", json!(format!(" {kind}--{uuid}"))),
        12 => ("upper-case type", json!(format!("{}--{uuid}", kind.to_uppercase()))),
        13 => ("long dash", json!(format!("{kind}\u{2014}{uuid}"))),
        14 => ("not ASCII", json!(format!("{kind}--{}\u{0430}", &uuid[..35]))),
        15 => ("hyphens elsewhere", json!(format!("{kind}--{}{}", uuid.replace('-', ""), "----"))),
        16 => ("number", json!(7)),
        17 => ("null", json!(null)),
        _ => ("list", json!([format!("{kind}--{uuid}")])),
    };
    view["id"] = id;
    Some(Case::at(&view, "id", format!("{kind} {what}")))
}

fn edge_id(rng: &mut Rng) -> Option<Case> {
    let mut view = subject(rng);
    let id = view["id"].as_str()?.to_owned();
    let (kind, uuid) = id.split_once("--")?;
    let upper = rng.one_in(2);
    if upper {
        view["id"] = json!(format!("{kind}--{}", uuid.to_uppercase()));
    }
    Some(Case::of(&view, format!("{kind} {upper}")))
}

/// "… where object-type is the exact value … from the type property of the object".
fn other_type(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(subject(rng));
    let kind = view["type"].as_str()?.to_owned();
    let other = match rng.below(3) {
        0 => format!("{kind}s"),
        1 => format!("x-{kind}"),
        _ => rng.pick(&base::kinds()).to_owned(),
    };
    view["id"] = json!(rng.id(&other));
    (other != kind).then(|| Case::at(&view, "id", format!("{kind} {other}")))
}

/// A UUID with this version digit and variant digit.
fn uuid(rng: &mut Rng, version: char, variant: char) -> String {
    let h = rng.hex(32);
    format!(
        "{}-{}-{version}{}-{variant}{}-{}",
        &h[..8],
        &h[8..12],
        &h[13..16],
        &h[17..20],
        &h[20..]
    )
}

/// "The UUID MUST be an RFC 4122-compliant UUID": versions 1 to 5, variant 8 to b.
fn not_rfc_4122(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(subject(rng));
    let kind = view["type"].as_str()?.to_owned();
    let text = match rng.below(4) {
        0 => "00000000-0000-0000-0000-000000000000".to_owned(),
        1 => {
            let version = rng.pick(&['0', '6', '7', '8', '9', 'a', 'f']);
            uuid(rng, version, '8')
        }
        2 => "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(),
        _ => {
            let variant = rng.pick(&['0', '3', '7', 'c', 'd', 'e', 'f']);
            uuid(rng, '4', variant)
        }
    };
    let (version, variant) = (&text[14..15], &text[19..20]);
    view["id"] = json!(format!("{kind}--{text}"));
    Some(Case::at(&view, "id", format!("{kind} {version} {variant}")))
}

fn rfc_4122(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&names(&["sdo", "sro"]));
    let mut view = base::object(rng, kind, Size::Some);
    let version = rng.pick(&['1', '3', '4', '5']);
    let variant = rng.pick(&['8', '9', 'a', 'b', 'B', 'A']);
    view["id"] = json!(format!("{kind}--{}", uuid(rng, version, variant)));
    Some(Case::of(&view, format!("{kind} {version} {variant}")))
}

/// "STIX Domain Objects, STIX Relationship Objects … SHOULD use UUIDv4".
fn not_v4(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&names(&["sdo", "sro"]));
    let mut view = base::object(rng, kind, Size::Some);
    let version = rng.pick(&['1', '3', '5']);
    view["id"] = json!(format!("{kind}--{}", uuid(rng, version, '9')));
    Some(Case::at(&view, "id", format!("{kind} {version}")))
}

fn v4(rng: &mut Rng) -> Option<Case> {
    let view = if rng.one_in(3) { base::own(rng) } else { base::versioned(rng, Size::Some) };
    let mut view = view;
    let kind = view["type"].as_str()?.to_owned();
    if kind == "bank-account" || kind == "phone-number" {
        return None;
    }
    let variant = rng.pick(&['8', '9', 'a', 'b', 'A', 'B']);
    view["id"] = json!(format!("{kind}--{}", uuid(rng, '4', variant)));
    Some(Case::of(&view, format!("{kind} {variant}")))
}

/// An observable with something that contributes to its id, and that id.
fn contributing(rng: &mut Rng) -> Option<(Value, String)> {
    let view = base::observable(rng, Size::Some);
    let kind = view["type"].as_str()?.to_owned();
    enlace_stix::sco_id(&kind, view.as_object()?).map(|_| (view, kind))
}

/// "The namespace SHOULD be 00abedb4-…"; "The value of the name portion SHOULD be …".
fn wrong_v5(rng: &mut Rng) -> Option<Case> {
    let (mut view, kind) = contributing(rng)?;
    let right = view["id"].clone();
    let how = rng.below(3);
    view["id"] = match how {
        0 => json!(format!("{kind}--{}", uuid(rng, '5', '9'))),
        // The id of another object of the type.
        1 => base::object(rng, &kind, Size::Some)["id"].clone(),
        // One bit beside the right one.
        _ => {
            let id = view["id"].as_str()?;
            let last = if id.ends_with('0') { "1" } else { "0" };
            json!(format!("{}{last}", &id[..id.len() - 1]))
        }
    };
    let v5 = view["id"].as_str()?.split("--").nth(1)?.as_bytes()[14] == b'5';
    (v5 && view["id"] != right)
        .then(|| Case::at(&view, "id", format!("{kind} {how} {}", view["id"])))
}

fn right_v5(rng: &mut Rng) -> Option<Case> {
    let (view, kind) = contributing(rng)?;
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::of(&view, format!("{kind} {names:?}")))
}

/// "STIX Cyber-observable Objects SHOULD use UUIDv5".
fn random_sco(rng: &mut Rng) -> Option<Case> {
    let (mut view, kind) = contributing(rng)?;
    let version = rng.pick(&['1', '3', '4']);
    view["id"] = json!(format!("{kind}--{}", uuid(rng, version, '8')));
    Some(Case::at(&view, "id", format!("{kind} {version}")))
}

/// An observable without anything that contributes.
fn plain(rng: &mut Rng) -> (Value, &'static str) {
    let (kind, gone) = rng.pick(&[
        ("process", &[][..]),
        ("email-message", &["from_ref", "subject", "body"][..]),
        ("user-account", &["account_type", "user_id", "account_login"][..]),
        ("windows-registry-key", &["key", "values"][..]),
        ("x509-certificate", &["hashes", "serial_number"][..]),
    ]);
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let members = view.as_object_mut().unwrap();
    for name in gone {
        members.shift_remove(*name);
    }
    let (name, value) = match kind {
        "process" => ("pid", json!(rng.below(9999))),
        "email-message" => ("content_type", json!("text/plain")),
        "user-account" => ("display_name", json!(slug(rng))),
        "windows-registry-key" => ("number_of_subkeys", json!(rng.below(99))),
        _ => ("issuer", json!(slug(rng))),
    };
    members.insert(name.to_owned(), value);
    (view, kind)
}

/// "If the contributing properties are all optional, and none are present …, a UUIDv4 MUST be used".
fn nothing_contributes(rng: &mut Rng) -> Option<Case> {
    let (mut view, kind) = plain(rng);
    let version = rng.pick(&['1', '3', '5']);
    let names = view.as_object()?.len();
    view["id"] = json!(format!("{kind}--{}", uuid(rng, version, 'a')));
    Some(Case::at(&view, "id", format!("{kind} {version} {names}")))
}

fn nothing_v4(rng: &mut Rng) -> Option<Case> {
    let (mut view, kind) = plain(rng);
    view["id"] = json!(rng.id(kind));
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::of(&view, format!("{kind} {names:?}")))
}

/// "producers versioning SCOs MUST NOT use the default namespace".
fn versioned_sco(rng: &mut Rng) -> Option<Case> {
    let (mut view, kind) = contributing(rng)?;
    view["created"] = json!("2026-03-01T10:00:00.000Z");
    view["modified"] = json!("2026-03-02T10:00:00.000Z");
    if rng.one_in(2) {
        view.as_object_mut()?.shift_remove("created");
    }
    let names = view.as_object()?.len();
    Some(Case::at(&view, "id", format!("{kind} {names}")))
}

fn other_namespace(rng: &mut Rng) -> Option<Case> {
    let (mut view, kind) = contributing(rng)?;
    view["created"] = json!("2026-03-01T10:00:00.000Z");
    view["modified"] = json!("2026-03-02T10:00:00.000Z");
    let version = rng.pick(&['4', '5']);
    view["id"] = json!(format!("{kind}--{}", uuid(rng, version, '8')));
    Some(Case::of(&view, format!("{kind} {version}")))
}

/// "The value of this property MUST be 2.1".
fn other_version(rng: &mut Rng) -> Option<Case> {
    let mut view = subject(rng);
    view["spec_version"] = json!(
        rng.pick(&["2.0", "2.2", "", "2", "2.1.0", "v2.1", " 2.1", "2.1 ", "2,1", "3.0", "1.2"])
    );
    Some(Case::at(&view, "spec_version", note(&view, "spec_version", &view["spec_version"])))
}

fn version_2_1(rng: &mut Rng) -> Option<Case> {
    let mut view = subject(rng);
    let kind = view["type"].as_str()?.to_owned();
    let without = is_sco(&kind) && rng.one_in(2);
    if without {
        view.as_object_mut()?.shift_remove("spec_version");
    }
    Some(Case::of(&view, format!("{kind} {without}")))
}
