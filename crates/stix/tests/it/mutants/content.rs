//! Chapter 2: values of their data type, nothing null, nothing empty, dictionaries and hashes.

use serde_json::{Map, Value, json};

use super::base::{self, Size, seal};
use super::case::{Case, Generator, note, replaced, replaced_in, unmarked};
use super::rng::Rng;
use super::site::{self, Site};
use super::tables::{Kind, vocabulary};
use super::values::{digest, hashes, slug, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.value.kind", mutant: wrong_kind, near: right_kind },
    Generator { rule: "stix.value.null", mutant: null, near: not_null },
    Generator { rule: "stix.enum.value", mutant: not_listed, near: listed },
    Generator { rule: "stix.list.empty", mutant: empty_list, near: short_list },
    Generator { rule: "stix.dictionary.empty", mutant: empty_dictionary, near: short_dictionary },
    Generator { rule: "stix.dictionary.key", mutant: bad_key, near: edge_key },
    Generator { rule: "stix.content.form", mutant: loose_content, near: plain_content },
    Generator { rule: "stix.hex.malformed", mutant: bad_hex, near: edge_hex },
    Generator { rule: "stix.binary.malformed", mutant: bad_base64, near: edge_base64 },
    Generator { rule: "stix.date.malformed", mutant: bad_date, near: edge_date },
    Generator { rule: "stix.lang.malformed", mutant: bad_language, near: edge_language },
    Generator { rule: "stix.hashes.key", mutant: bad_hash_key, near: edge_hash_key },
    Generator { rule: "stix.hashes.format", mutant: bad_digest, near: edge_digest },
    Generator { rule: "stix.hashes.algorithm", mutant: other_algorithm, near: edge_digest },
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

/// "The string MUST consist of an even number of hexadecimal characters … lower-case".
fn bad_hex(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&["file", "network-traffic"]);
    let view = base::object(rng, kind, Size::Complete);
    replaced_in(
        rng,
        view,
        |s| s.kind == Kind::Hex,
        |rng, _| {
            let length = 2 * (1 + rng.below(5));
            let hex = rng.hex(length);
            json!(match rng.below(7) {
                0 => hex[1..].to_owned(),
                1 => format!("{}F", &hex[1..]),
                2 => format!("0x{hex}"),
                3 => format!("{hex} "),
                4 => format!("{}g", &hex[1..]),
                5 => format!("{}:{}", &hex[..1], hex),
                _ => format!("{}\u{0430}", &hex[1..]),
            })
        },
    )
}

fn edge_hex(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&["file", "network-traffic"]);
    let view = base::object(rng, kind, Size::Complete);
    let case = replaced_in(
        rng,
        view,
        |s| s.kind == Kind::Hex,
        |rng, _| {
            let length = 2 * (1 + rng.below(40));
            json!(rng.hex(length))
        },
    )?;
    Some(Case { path: None, ..case })
}

/// RFC 4648 §4: alphabet, padding, no line breaks.
fn bad_base64(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "artifact", Size::Some));
    let members = view.as_object_mut()?;
    members.shift_remove("url");
    let text: String =
        (0..4 * (1 + rng.below(6))).map(|_| char::from(rng.pick(b"ABCxyz019+/"))).collect();
    let (what, bad) = match rng.below(8) {
        0 => ("url alphabet", text.replacen(|_| true, "-", 1)),
        1 => ("url alphabet", text.replacen(|_| true, "_", 1)),
        2 => ("no padding", text[1..].to_owned()),
        3 => ("one too many", format!("{text}A")),
        4 => ("padding in front", format!("={}", &text[1..])),
        5 => ("three pads", format!("{}===", &text[..text.len() - 3])),
        6 => ("line break", format!("{}\n{}", &text[..3], &text[4..])),
        _ => ("space", format!("{} {}", &text[..2], &text[3..])),
    };
    members.insert("payload_bin".into(), json!(bad));
    seal(rng, &mut view);
    Some(Case::at(&view, "payload_bin", format!("{what} {bad}")))
}

fn edge_base64(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "artifact", Size::Some));
    let members = view.as_object_mut()?;
    members.shift_remove("url");
    let text: String =
        (0..4 * rng.below(40)).map(|_| char::from(rng.pick(b"ABCxyz019+/"))).collect();
    let end = rng.pick(&["AA==", "AAA=", "AAAA", "+/+/", "////"]);
    members.insert("payload_bin".into(), json!(format!("{text}{end}")));
    seal(rng, &mut view);
    Some(Case::of(&view, format!("{text}{end}")))
}

/// Dates of our own types (`schemas/`): a year, month, day that exists, or a timestamp.
fn dated(rng: &mut Rng, date: &str) -> (Value, String) {
    if rng.one_in(2) {
        let mut view = base::own_examples()
            .into_iter()
            .find(|v| v["type"] == "firearm" && v.get("serial_status").is_some())
            .unwrap();
        view["recovered_on"] = json!(date);
        (view, "recovered_on".into())
    } else {
        let person = enlace_stix::types::definition_id("person");
        let mut view = base::own_examples()
            .into_iter()
            .find(|v| v["extensions"].get(&person).is_some())
            .unwrap();
        let body = view["extensions"][person.as_str()].as_object_mut().unwrap();
        body.insert("birth_date".into(), json!(date));
        // Other dates that stand in an order with it.
        for name in ["birth_date_latest", "death_date", "deceased"] {
            body.shift_remove(name);
        }
        (view, format!("extensions.{person}.birth_date"))
    }
}

fn bad_date(rng: &mut Rng) -> Option<Case> {
    let (y, m, d) = (rng.within(1900, 2030), rng.within(1, 12), rng.within(1, 28));
    let date = match rng.below(10) {
        0 => format!("{y}-13"),
        1 => format!("{y}-00-{d:02}"),
        2 => format!("{}-02-29", y / 4 * 4 + 1),
        3 => format!("{y}-{}-{d:02}", m % 9 + 1),
        4 => format!("{d:02}.{m:02}.{y}"),
        5 => format!("{d:02}/{m:02}/{y}"),
        6 => format!("{:02}", y % 100),
        7 => format!("{y}-{m:02}-{d:02} "),
        8 => format!("{y}{m:02}{d:02}"),
        _ => format!("{y}-{m:02}-32"),
    };
    let (view, path) = dated(rng, &date);
    Some(Case::at(&view, path.clone(), format!("{path} {date}")))
}

fn edge_date(rng: &mut Rng) -> Option<Case> {
    let (y, m, d) = (rng.within(1900, 2030), rng.within(1, 12), rng.within(1, 28));
    let date = match rng.below(5) {
        0 => format!("{y:04}"),
        1 => format!("{y}-{m:02}"),
        2 => format!("{y}-{m:02}-{d:02}"),
        3 => format!("{}-02-29", y / 4 * 4 + if y < 1904 { 4 } else { 0 }),
        _ => format!("{y}-{m:02}-{d:02}T00:00:00Z"),
    };
    let (view, path) = dated(rng, &date);
    Some(Case::of(&view, format!("{path} {date}")))
}

/// "it MUST be a language code conformant to RFC 5646": shapes that no tag has.
fn bad_language(rng: &mut Rng) -> Option<Case> {
    let good = rng.pick(&["en", "es", "fr", "pt", "de"]);
    let tag = match rng.below(8) {
        0 => format!("{good}_{}", rng.pick(&["US", "ec", "Latn"])),
        1 => good[..1].to_owned(),
        2 => format!("{good}-"),
        3 => format!("-{good}"),
        4 => format!("{good} "),
        5 => rng.pick(&["español", "inglés", "日本語"]).to_owned(),
        6 => format!("{good}-{}", "verylongsubtag"),
        _ => format!("{good}--EC"),
    };
    if rng.one_in(3) {
        let mut view = unmarked(base::object(rng, "language-content", Size::Least));
        view["contents"] = json!({"es": {"name": words(rng)}, &tag: {"name": "x"}});
        // The tag is a key: letters that no key may have break that rule too.
        let case = Case::at(&view, format!("contents.{tag}"), format!("contents {tag}"));
        return Some(case.with(&["stix.dictionary.key"]));
    }
    if rng.one_in(3) {
        let mut view = unmarked(base::versioned(rng, Size::Some));
        view["granular_markings"] = json!([{"lang": &tag, "selectors": ["created"]}]);
        return Some(Case::at(
            &view,
            "granular_markings.[0].lang",
            note(&view, "granular", &json!(tag)),
        ));
    }
    let lang = |s: &Site| s.kind == Kind::Lang && s.name() == "lang";
    replaced(rng, lang, |_, _| json!(tag.clone()))
}

fn edge_language(rng: &mut Rng) -> Option<Case> {
    let tag =
        rng.pick(&["zh-hant", "en-us", "es-ec", "pt-br", "sr-latn", "de", "fr", "qu", "ay", "es"]);
    let case = replaced(rng, |s| s.kind == Kind::Lang && s.name() == "lang", |_, _| json!(tag))?;
    Some(Case { path: None, ..case })
}

fn holder(rng: &mut Rng) -> (Value, Site) {
    loop {
        let kind = rng.pick(&["file", "artifact", "x509-certificate", "malware", "file"]);
        let view = unmarked(base::object(rng, kind, Size::Complete));
        let mut sites = site::sites(&view);
        sites.retain(|s| s.kind == Kind::Hashes);
        if !sites.is_empty() {
            let chosen = rng.pick(&sites);
            return (view, chosen);
        }
    }
}

/// Puts a key into some dictionary of hashes.
fn hashed(rng: &mut Rng, key: &str, value: Value, alone: bool) -> Option<Case> {
    let (mut view, chosen) = holder(rng);
    let mut members = if alone { json!({}) } else { hashes(rng) };
    members[key] = value;
    site::set(&mut view, &chosen.steps, members);
    seal(rng, &mut view);
    let path = format!("{}.{key}", chosen.path());
    let short: String = key.chars().take(60).collect();
    let kind = view["type"].as_str()?.to_owned();
    let note = format!("{kind} {} {short} {} {alone}", chosen.path(), key.len());
    Some(Case::at(&view, path.chars().take(500).collect::<String>(), note))
}

/// "Dictionary keys MUST have a minimum length of 3 … no longer than 250 … in ASCII".
fn bad_hash_key(rng: &mut Rng) -> Option<Case> {
    let key = match rng.below(7) {
        0 => "m".repeat(1 + rng.below(2)),
        1 => "m".repeat(251 + rng.below(9)),
        2 => "SHA 256".to_owned(),
        3 => format!("{}.{}", slug(rng), rng.below(9)),
        4 => "SHA–256".to_owned(),
        5 => format!("{}/{}", slug(rng), rng.below(9)),
        _ => String::new(),
    };
    let digest = rng.hex(64);
    // Those of an external reference come from the vocabulary alone: another sentence as well.
    Some(hashed(rng, &key, json!(digest), false)?.with(&["stix.external-reference.hash-algorithm"]))
}

/// In file, artifact and certificate "Dictionary keys MUST come from the hash-algorithm-ov".
fn edge_hash_key(rng: &mut Rng) -> Option<Case> {
    let key = rng.pick(&vocabulary("hash-algorithm-ov"));
    let digest = digest(rng, key);
    let alone = rng.one_in(2);
    let case = hashed(rng, key, json!(digest), alone)?;
    Some(Case { path: None, ..case })
}

/// "The value MUST be a string in the appropriate format defined by the hash type".
fn bad_digest(rng: &mut Rng) -> Option<Case> {
    let key = rng.pick(&["MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA3-512"]);
    let digest = digest(rng, key);
    let bad = match rng.below(6) {
        0 => digest[1..].to_owned(),
        1 => format!("{digest}0"),
        2 => format!("g{}", &digest[1..]),
        3 => format!("{} ", &digest[1..]),
        4 => String::new(),
        _ => digest[..digest.len() / 2].to_owned(),
    };
    let alone = rng.one_in(2);
    let case = hashed(rng, key, json!(bad), alone)?;
    let note = format!("{} {}", case.note, bad.len());
    Some(Case { note, ..case })
}

fn edge_digest(rng: &mut Rng) -> Option<Case> {
    let key =
        rng.pick(&["MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA3-512", "TLSH", "SSDEEP"]);
    let digest = digest(rng, key);
    let digest = if rng.one_in(2) && key != "SSDEEP" { digest.to_uppercase() } else { digest };
    let upper = digest.chars().any(|c| c.is_uppercase());
    let case = hashed(rng, key, json!(digest), false)?;
    let note = format!("{} {upper}", case.note);
    Some(Case { path: None, note, ..case })
}

/// "This name SHOULD come from one of the values defined in the hash-algorithm-ov".
fn other_algorithm(rng: &mut Rng) -> Option<Case> {
    let key = match rng.below(3) {
        0 => {
            rng.pick(&["WHIRLPOOL", "RIPEMD-160", "BLAKE2b", "sha-256", "md5", "SHA256"]).to_owned()
        }
        1 => format!("x_{}", slug(rng)),
        _ => slug(rng),
    };
    let digest = rng.hex(64);
    let case = hashed(rng, &key, json!(digest), false)?;
    // Those of an external reference come from the vocabulary alone.
    (!case.path.as_deref()?.starts_with("external")).then_some(case)
}
