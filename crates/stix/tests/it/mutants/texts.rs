//! §2.1, §2.7, §2.8 and RFC 5646: texts of a form: digits, base64, dates, languages, digests.

use serde_json::{Value, json};

use super::base::{self, Size, seal};
use super::case::{Case, Generator, note, replaced, replaced_in, unmarked};
use super::rng::Rng;
use super::site::{self, Site};
use super::tables::{Kind, vocabulary};
use super::values::{digest, hashes, slug, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.hex.malformed", mutant: bad_hex, near: edge_hex },
    Generator { rule: "stix.binary.malformed", mutant: bad_base64, near: edge_base64 },
    Generator { rule: "stix.date.malformed", mutant: bad_date, near: edge_date },
    Generator { rule: "stix.lang.malformed", mutant: bad_language, near: edge_language },
    Generator { rule: "stix.hashes.key", mutant: bad_hash_key, near: edge_hash_key },
    Generator { rule: "stix.hashes.format", mutant: bad_digest, near: edge_digest },
    Generator { rule: "stix.hashes.algorithm", mutant: other_algorithm, near: edge_digest },
];

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
