//! §2.5, §2.9, §3.3: references to objects, and to what lies outside.

use serde_json::{Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, note, replaced, unmarked};
use super::rng::Rng;
use super::site::Site;
use super::tables::{Kind, names};
use super::values::{hashes, slug, targets, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.reference.malformed", mutant: malformed, near: well_formed },
    Generator { rule: "stix.reference.target", mutant: wrong_target, near: right_target },
    Generator { rule: "stix.reference.custom", mutant: custom_not_id, near: custom_id },
    Generator { rule: "stix.reference.name", mutant: id_elsewhere, near: custom_id },
    Generator { rule: "stix.reference.bundle", mutant: to_bundle, near: custom_id },
    Generator { rule: "stix.external-reference.hash-algorithm", mutant: odd_hash, near: says_one },
    Generator {
        rule: "stix.external-reference.capec-format",
        mutant: bad_capec,
        near: good_number,
    },
    Generator { rule: "stix.external-reference.empty", mutant: says_nothing, near: says_one },
    Generator { rule: "stix.external-reference.url", mutant: bad_url, near: good_url },
    Generator { rule: "stix.external-reference.id-format", mutant: bad_number, near: good_number },
];

fn reference(site: &Site) -> bool {
    // That an archive holds a file is a sentence of its own.
    matches!(site.kind, Kind::Ref(_)) && site.owner != "archive-ext"
}

fn malformed(rng: &mut Rng) -> Option<Case> {
    replaced(rng, reference, |rng, site| {
        let Kind::Ref(to) = &site.kind else { return json!("") };
        let kind = rng.pick(&targets(to));
        let uuid = rng.uuid();
        json!(match rng.below(10) {
            0 => slug(rng),
            1 => format!("{kind}-{uuid}"),
            2 => format!("{kind}--"),
            3 => format!("{kind}--{}", uuid.replace('-', "")),
            4 => format!("{kind}--{}", &uuid[1..]),
            5 => uuid,
            6 => format!("{}--{uuid}", kind.to_uppercase()),
            7 => format!("{kind}--{uuid} "),
            8 => String::new(),
            _ => "0".to_owned(),
        })
    })
}

fn well_formed(rng: &mut Rng) -> Option<Case> {
    let case = replaced(rng, reference, |rng, site| {
        let Kind::Ref(to) = &site.kind else { return json!("") };
        let kind = rng.pick(&targets(to));
        json!(format!("{kind}--{}", rng.uuid().to_uppercase()))
    })?;
    Some(Case { path: None, ..case })
}

/// The types each reference may point to, by the table of its property.
fn wrong_target(rng: &mut Rng) -> Option<Case> {
    let narrow = |s: &Site| matches!(s.kind, Kind::Ref(to) if !matches!(to, "any" | "named"));
    // What an observation holds is judged as a whole; a sample may be any observable.
    let narrow = |s: &Site| narrow(s) && !(s.owner == "observed-data" && s.name() == "object_refs");
    replaced(
        rng,
        |s| narrow(s) && s.name() != "sample_ref",
        |rng, site| {
            let Kind::Ref(to) = &site.kind else { return json!("") };
            let good = targets(to);
            let others: Vec<&str> = match *to {
                "end" => vec![
                    "sighting",
                    "relationship",
                    "language-content",
                    "marking-definition",
                    "bundle",
                ],
                "sdo" => vec![
                    "sighting",
                    "relationship",
                    "marking-definition",
                    "language-content",
                    "bundle",
                ],
                "sco" => names(&["sdo", "sro", "meta"]),
                _ => names(&["sdo", "sro", "sco", "meta"]),
            };
            let others: Vec<&str> = others.into_iter().filter(|k| !good.contains(k)).collect();
            let kind = rng.pick(&others);
            json!(rng.id(kind))
        },
    )
}

fn right_target(rng: &mut Rng) -> Option<Case> {
    let case = replaced(rng, reference, |rng, site| {
        let Kind::Ref(to) = &site.kind else { return json!("") };
        let kind = rng.pick(&targets(to));
        json!(rng.id(kind))
    })?;
    let note = case.note.split("--").next().unwrap_or_default().to_owned();
    Some(Case { path: None, note, ..case })
}

/// §3.1: "If the value of the property contains an ID reference … it MUST end in _ref": a name with
/// that end promises an identifier.
fn custom_not_id(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let list = rng.one_in(2);
    let name = format!("{}_{}", slug(rng).replace('-', "_"), if list { "refs" } else { "ref" });
    let bad = rng.pick(&[json!("Ana"), json!("0"), json!(7), json!("tool--7")]);
    let good = json!(rng.id("tool"));
    view[name.as_str()] = if list { json!([good, bad]) } else { bad };
    let path = if list { format!("{name}.[1]") } else { name.clone() };
    Some(Case::at(&view, path, note(&view, &name, &view[&name])))
}

fn custom_id(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let name = slug(rng).replace('-', "_");
    let (end, value) = match rng.below(4) {
        0 => ("_ref", json!(rng.id("tool"))),
        1 => ("_refs", json!([rng.id("tool"), rng.id("x-thing")])),
        2 => ("_refer", json!("Ana")),
        _ => ("_reference", json!(7)),
    };
    let name = format!("{name}{end}");
    view[name.as_str()] = value;
    Some(Case::of(&view, format!("{} {name}", view["type"])))
}

/// An object with one external reference among none, one or two sound ones.
fn with_reference(rng: &mut Rng, bad: Value) -> (Value, String) {
    let kind = rng.pick(&names(&["sdo", "sro"]));
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let sound = json!({"source_name": slug(rng), "description": words(rng)});
    let (list, at) = match rng.below(3) {
        0 => (json!([bad]), 0),
        1 => (json!([sound, bad]), 1),
        _ => (json!([bad, sound]), 0),
    };
    view["external_references"] = list;
    (view, format!("external_references.[{at}]"))
}

/// "at least one of the description, url or external_id properties MUST be present".
fn says_nothing(rng: &mut Rng) -> Option<Case> {
    let mut bad = json!({"source_name": slug(rng)});
    if rng.one_in(2) {
        bad["hashes"] = hashes(rng);
    }
    let note = bad["source_name"].to_string();
    let (view, path) = with_reference(rng, bad);
    Some(Case::at(&view, path.clone(), format!("{} {path} {note}", view["type"])))
}

fn says_one(rng: &mut Rng) -> Option<Case> {
    let mut sound = json!({"source_name": slug(rng)});
    match rng.below(3) {
        0 => sound["description"] = json!(words(rng)),
        1 => sound["external_id"] = json!(rng.below(9999).to_string()),
        _ => {
            sound["url"] = json!("https://www.example.org/x");
            sound["hashes"] = hashes(rng);
        }
    }
    let note = sound.to_string();
    let (view, _) = with_reference(rng, sound);
    Some(Case::of(&view, note))
}

/// "A URL reference to an external resource [RFC3986]".
fn bad_url(rng: &mut Rng) -> Option<Case> {
    let name = slug(rng);
    let url = match rng.below(8) {
        0 => name,
        1 => format!(" https://example.org/{name}"),
        2 => format!("https://example.org/{name} x"),
        3 => format!("//example.org/{name}"),
        4 => format!("https://example.org/{name}é"),
        5 => format!("https://exa mple.org/{name}"),
        6 => format!("https://example.org/%zz{name}"),
        _ => format!("1https://example.org/{name}"),
    };
    let (view, path) = with_reference(rng, json!({"source_name": "press", "url": url}));
    Some(Case::at(&view, format!("{path}.url"), url))
}

fn good_url(rng: &mut Rng) -> Option<Case> {
    let name = slug(rng);
    let url = match rng.below(6) {
        0 => format!("https://example.org/{name}"),
        1 => format!("ftp://198.51.100.7:21/{name}?a=b#c"),
        2 => format!("urn:example:{name}"),
        3 => format!("http://[2001:db8::7]/{name}/%C3%A9"),
        4 => format!("mailto:{name}@example.org"),
        _ => format!("HTTPS://EXAMPLE.ORG/{name}"),
    };
    let (view, _) = with_reference(rng, json!({"source_name": "press", "url": url}));
    Some(Case::of(&view, url))
}

/// "the external_id property MUST be formatted as CAPEC-[id]"; "MUST be the exact CVE identifier".
fn bad_number(rng: &mut Rng) -> Option<Case> {
    let n = 1000 + rng.below(90_000);
    let (source, id) = match rng.below(6) {
        0 => ("cve", format!("2024-{n}")),
        1 => ("cve", format!("CVE-24-{n}")),
        2 => ("cve", format!("cve-2024-{n}")),
        3 => ("cve", format!("CVE-2024-{}", n % 1000)),
        4 => ("cve", format!("CVE 2024 {n}")),
        _ => ("cve", format!("CVE-2024-{n} ")),
    };
    let mut view = unmarked(base::object(rng, "vulnerability", Size::Some));
    view["external_references"] = json!([{"source_name": source, "external_id": id}]);
    Some(Case::at(&view, "external_references.[0].external_id", format!("{source} {id}")))
}

/// "the external_id property MUST be formatted as CAPEC-[id]".
fn bad_capec(rng: &mut Rng) -> Option<Case> {
    let n = 1000 + rng.below(90_000);
    let id = match rng.below(6) {
        0 => n.to_string(),
        1 => format!("CAPEC{n}"),
        2 => format!("capec-{n}"),
        3 => format!("CAPEC-{n}a"),
        4 => format!("CAPEC {n}"),
        _ => "CAPEC-".to_owned(),
    };
    let mut view = unmarked(base::object(rng, "attack-pattern", Size::Some));
    view["external_references"] = json!([{"source_name": "capec", "external_id": id}]);
    Some(Case::at(&view, "external_references.[0].external_id", id))
}

/// "Dictionary keys MUST come from one of the entries listed in the hash-algorithm-ov".
fn odd_hash(rng: &mut Rng) -> Option<Case> {
    let key = match rng.below(3) {
        0 => rng.pick(&["WHIRLPOOL", "sha-256", "SHA256", "RIPEMD-160", "md5"]).to_owned(),
        1 => format!("x_{}", slug(rng)),
        _ => slug(rng),
    };
    let mut all = hashes(rng);
    all[key.as_str()] = json!(rng.hex(64));
    let bad = json!({"source_name": slug(rng), "url": "https://www.example.org/x", "hashes": all});
    let (view, path) = with_reference(rng, bad);
    Some(Case::at(&view, format!("{path}.hashes.{key}"), format!("{path} {key}")))
}

/// "If the value of the property contains an ID reference … it MUST end in _ref".
fn id_elsewhere(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let list = rng.one_in(2);
    let name = format!("{}{}", slug(rng).replace('-', "_"), rng.pick(&["", "_id", "_reference"]));
    let id = json!(rng.id("tool"));
    view[name.as_str()] = if list { json!([id]) } else { id };
    Some(Case::at(&view, &name, format!("{} {name} {list}", view["type"])))
}

/// "STIX Bundle Object … MUST NOT have any relationships to or from it."
fn to_bundle(rng: &mut Rng) -> Option<Case> {
    let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
    let list = rng.one_in(2);
    let name = format!("{}_{}", slug(rng).replace('-', "_"), if list { "refs" } else { "ref" });
    let bad = json!(rng.id("bundle"));
    view[name.as_str()] = if list { json!([rng.id("tool"), bad]) } else { bad };
    let path = if list { format!("{name}.[1]") } else { name.clone() };
    Some(Case::at(&view, path, format!("{} {name}", view["type"])))
}

fn good_number(rng: &mut Rng) -> Option<Case> {
    let n = 1000 + rng.below(90_000);
    let (source, id) = match rng.below(6) {
        0 => ("cve", format!("CVE-2024-{n}")),
        1 => ("cve", format!("CVE-1999-{:04}", n % 1000)),
        2 => ("cve", format!("CVE-2024-{n}7")),
        3 => ("capec", format!("CAPEC-{n}")),
        4 => ("capec", format!("CAPEC-{}", n % 10)),
        // Another source numbers as it likes.
        _ => ("example-cve", format!("{n}")),
    };
    let kind = if source == "capec" { "attack-pattern" } else { "vulnerability" };
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    view["external_references"] = json!([{"source_name": source, "external_id": id}]);
    Some(Case::of(&view, format!("{source} {id}")))
}
