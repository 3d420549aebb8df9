//! Invented values of every data type, such as the standard wants them.

use serde_json::{Map, Value, json};

use super::rng::Rng;
use super::tables::{Kind, names, table, vocabulary};

const WORDS: &[&str] = &[
    "harbour", "manifest", "paper", "river", "orange", "courier", "ledger", "quay", "salt",
    "north", "cargo", "anchor", "signal", "velvet", "copper", "lantern",
];

/// A few invented words, sometimes with letters beyond ASCII.
pub fn words(rng: &mut Rng) -> String {
    let mut text = format!("{} {} {}", rng.pick(WORDS), rng.pick(WORDS), rng.below(1000));
    match rng.below(6) {
        0 => text.push_str(" – Ñandú, «Túmbez»"),
        1 => text.push_str(" 港 \u{1F6A2}"),
        2 => text.push_str(" \"quoted\": {a: [1]} \\ end"),
        _ => {}
    }
    text
}

/// Words joined by hyphens.
pub fn slug(rng: &mut Rng) -> String {
    format!("{}-{}-{}", rng.pick(WORDS), rng.pick(WORDS), rng.below(1000))
}

/// An instant of one year with three to six digits.
pub fn time_in(rng: &mut Rng, year: u32) -> String {
    let (month, day) = (1 + rng.below(12), 1 + rng.below(28));
    let (hour, minute, second) = (rng.below(24), rng.below(60), rng.below(60));
    let digits = 3 + rng.below(4);
    let fraction: String = (0..digits).map(|_| char::from(b'0' + rng.below(10) as u8)).collect();
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}Z")
}

/// The year of a time: what begins lies before what ends, whatever the order of making.
fn year(name: &str) -> u32 {
    match name {
        "created"
        | "first_seen"
        | "first_observed"
        | "start"
        | "start_time"
        | "valid_from"
        | "submitted"
        | "validity_not_before"
        | "private_key_usage_period_not_before"
        | "account_created"
        | "ctime" => 2024,
        "last_seen"
        | "last_observed"
        | "end"
        | "stop_time"
        | "valid_until"
        | "analysis_ended"
        | "validity_not_after"
        | "private_key_usage_period_not_after"
        | "account_expires"
        | "modified" => 2026,
        _ => 2025,
    }
}

/// A sound value of `kind` for the property `name` of `owner`.
pub fn value(rng: &mut Rng, owner: &str, name: &str, kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!(text(rng, owner, name)),
        Kind::Bool => json!(rng.one_in(2)),
        Kind::Time if name == "time_date_stamp" => json!("2023-05-06T07:08:09Z"),
        Kind::Time => json!(time_in(rng, year(name))),
        // Languages without a code of two letters: the same tag in RFC 5646 and ISO 639-2.
        Kind::Lang if owner == "software" => json!(rng.pick(&["haw", "gsw", "fil", "ceb"])),
        Kind::Lang => json!(rng.pick(&["en", "es", "fr", "pt", "de", "qu"])),
        Kind::Hex => {
            let digits = 2 * (1 + rng.below(4));
            json!(rng.hex(digits))
        }
        Kind::Bin => json!(rng.pick(&["iVBORw0KGgo=", "SGVsbG8=", "AAECAwQF", "aQ==", "+/+/"])),
        Kind::Hashes => hashes(rng),
        Kind::Dict(of) => dictionary(rng, name, of),
        Kind::Int(low, high) => json!(rng.within((*low).max(0), (*high).min(60_000))),
        Kind::Float(low, high) => {
            let whole = rng.within(low.max(0.0) as i64, high.min(80.0) as i64);
            json!((whole as f64 - 0.5).max(0.25))
        }
        Kind::Enum(of) if *of == "extension-type-enum" => json!("new-sdo"),
        Kind::Enum(of) | Kind::Vocab(of) => json!(rng.pick(&vocabulary(of))),
        Kind::Ref(to) => json!(reference(rng, to)),
        Kind::Record(of) => record(rng, of, true),
        Kind::List(item) => {
            let count = 1 + rng.below(3);
            let mut items: Vec<Value> = Vec::new();
            for _ in 0..count {
                let item = value(rng, owner, name, item);
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            match name {
                "protocols" => json!(["ipv4", "icmp", "tcp", "http"]),
                // An archive holds one file at least.
                _ if owner == "archive-ext" => json!([rng.id("directory"), rng.id("file")]),
                _ => json!(items),
            }
        }
    }
}

/// A record with its required properties and all, or some, of the others.
pub fn record(rng: &mut Rng, name: &str, complete: bool) -> Value {
    let table = table(name);
    let mut members = Map::new();
    let chosen = table.any.get(rng.below(table.any.len().max(1))).copied();
    for property in &table.properties {
        let wanted = property.required || Some(property.name) == chosen;
        if wanted || complete || rng.one_in(2) {
            let value = value(rng, name, property.name, &property.kind);
            members.insert(property.name.to_owned(), value);
        }
    }
    match name {
        // What is not text has a reference in place of the body.
        "email-mime-part-type" => {
            let text = rng.one_in(2);
            members.shift_remove(if text { "body_raw_ref" } else { "body" });
            if !text && !members.contains_key("body_raw_ref") {
                members.insert("body_raw_ref".to_owned(), json!(rng.id("artifact")));
            }
            if text && !members.contains_key("body") {
                members.insert("body".to_owned(), json!("Good day"));
            }
            let kind = if text { "text/plain; charset=utf-8" } else { "image/png" };
            members.insert("content_type".to_owned(), json!(kind));
        }
        "external-reference" if members.contains_key("url") => {
            members.insert("hashes".to_owned(), hashes(rng));
        }
        _ => {}
    }
    Value::Object(members)
}

/// Digests in the form of their algorithms; SHA-256 is always there, as §2.7 advises.
pub fn hashes(rng: &mut Rng) -> Value {
    let mut members = Map::new();
    for algorithm in ["MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SSDEEP", "TLSH"] {
        if algorithm == "SHA-256" || rng.one_in(3) {
            members.insert(algorithm.to_owned(), json!(digest(rng, algorithm)));
        }
    }
    Value::Object(members)
}

pub fn digest(rng: &mut Rng, algorithm: &str) -> String {
    match algorithm {
        "MD5" => rng.hex(32),
        "SHA-1" => rng.hex(40),
        "SHA-256" | "SHA3-256" => rng.hex(64),
        "SHA-512" | "SHA3-512" => rng.hex(128),
        "TLSH" => rng.hex(70).to_uppercase(),
        _ => format!("96:{}:{}", "qXaN9dCwXlNu5l4sKB9HEJ1R", "qKN9ksXmyHE1R"),
    }
}

fn dictionary(rng: &mut Rng, name: &str, of: &str) -> Value {
    let whole = rng.within(0, 9000);
    match name {
        "startup_info" => return json!({"lpDesktop": words(rng), "dwFlags": "0x00000001"}),
        "exif_tags" => {
            return json!({"Make": "Quay", rng.pick(&["XResolution", "ISOSpeed"]): whole});
        }
        "options" => {
            return json!({"SO_ACCEPTCONN": 1, rng.pick(&["SO_LINGER", "TCP_NODELAY"]): whole});
        }
        "ipfix" => {
            return json!({"minimumIpTotalLength": whole,
                rng.pick(&["octetDeltaCount", "interfaceName"]): "eth0"});
        }
        _ => {}
    }
    let (one, two) = (rng.pick(&["alpha", "beta_2", "gamma-x"]), rng.pick(&["delta", "Eps", "z9"]));
    match of {
        "text" => json!({one: words(rng), two: "plain"}),
        "texts" => json!({one: [words(rng), "again"], two: ["first", "second"]}),
        "int" => json!({one: rng.within(0, 9000), two: 1}),
        "int|text" => json!({one: rng.within(0, 9000), two: "value"}),
        "contents" => json!({"es": {"name": words(rng), "description": "Texto"},
            rng.pick(&["fr", "de", "pt"]): {"name": words(rng)}}),
        "extensions" => json!({ rng.id("extension-definition"): {
            "extension_type": "property-extension", "grade": rng.below(9), "remark": words(rng)}}),
        _ => json!({one: words(rng), two: [1, "b", true]}),
    }
}

/// The types that a target word of the tables means.
pub fn targets(to: &str) -> Vec<&'static str> {
    match to {
        "sco" => names(&["sco"]),
        "sdo" => names(&["sdo"]),
        "end" => names(&["sdo", "sco"]),
        "any" => names(&["sdo", "sco", "sro"]),
        "named" => vec!["campaign", "malware", "identity", "tool", "vulnerability"],
        list => {
            let known = names(&["sdo", "sco", "sro", "meta"]);
            known.into_iter().filter(|k| list.split('|').any(|t| t == *k)).collect()
        }
    }
}

pub fn reference(rng: &mut Rng, to: &str) -> String {
    let kind = rng.pick(&targets(to));
    rng.id(kind)
}

/// A sound text for a property; where the standard asks nothing, invented words.
fn text(rng: &mut Rng, owner: &str, name: &str) -> String {
    let n = rng.below(250);
    match (owner, name) {
        ("ipv4-addr", "value") => {
            format!("{}.{n}", rng.pick(&["198.51.100", "192.0.2", "203.0.113"]))
        }
        ("ipv6-addr", "value") => format!("2001:db8::{n:x}"),
        ("mac-addr", "value") => format!("02:00:5e:10:{n:02x}:{:02x}", rng.below(256)),
        ("domain-name", "value") => format!("{}.example.org", slug(rng)),
        ("email-addr", "value") => format!("{}@example.org", slug(rng)),
        (_, "url" | "schema") | ("url", "value") => {
            format!("https://www.example.org/{}?n={n}", slug(rng))
        }
        (_, "mime_type") => rng.pick(&["image/png", "application/pdf", "text/plain"]).to_owned(),
        (_, "content_type") => "text/plain; charset=utf-8".to_owned(),
        (_, "content_disposition") => "inline".to_owned(),
        (_, "path_enc" | "name_enc") => rng.pick(&["UTF-8", "windows-1252"]).to_owned(),
        (_, "cpe") => format!("cpe:2.3:a:example:{}:1.{n}:*:*:*:*:*:*:*", rng.pick(WORDS)),
        (_, "pattern") => format!("[ipv4-addr:value = '198.51.100.{n}']"),
        (_, "pattern_type") => "stix".to_owned(),
        (_, "pattern_version") => "2.1".to_owned(),
        (_, "region") => rng.pick(&vocabulary("region-ov")).to_owned(),
        (_, "country") => rng.pick(&["EC", "PE", "NL", "BE", "CO"]).to_owned(),
        (_, "administrative_area") => rng.pick(&["EC-G", "NL-ZH", "PE-TUM"]).to_owned(),
        (_, "relationship_type") => "related-to".to_owned(),
        (_, "product") => slug(rng),
        (_, "kill_chain_name" | "phase_name") => slug(rng),
        (_, "priority") => "HIGH_PRIORITY_CLASS".to_owned(),
        (_, "request_method") => rng.pick(&["get", "post"]).to_owned(),
        (_, "request_value") => "/quay/index.html".to_owned(),
        (_, "request_version") => "http/1.1".to_owned(),
        (_, "rir") => "LACNIC".to_owned(),
        (_, "key") => format!("HKEY_LOCAL_MACHINE\\Software\\{}", rng.pick(WORDS)),
        (_, "encryption_algorithm") => "AES-256-GCM".to_owned(),
        (_, "lang") => "en".to_owned(),
        ("extension-definition", "version") => format!("1.{n}.0"),
        (_, "source_name") => slug(rng),
        (_, "imphash") => rng.hex(32),
        (_, "home_dir") => "/home/quay".to_owned(),
        (_, "shell") => "/bin/sh".to_owned(),
        (_, "path" | "cwd") => format!("/var/{}", rng.pick(WORDS)),
        (_, "subject_key_identifier" | "authority_key_identifier" | "serial_number") => {
            let hex = rng.hex(6);
            format!("{}:{}:{}", &hex[..2], &hex[2..4], &hex[4..])
        }
        (_, "private_key_usage_period_not_before" | "message_id") => format!("<{n}@example.org>"),
        (_, "owner_sid" | "sid") => format!("S-1-5-21-{n}"),
        _ => words(rng),
    }
}
