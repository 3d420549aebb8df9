//! Chapters 4 to 6: what single types demand; check digits.

use serde_json::{Value, json};

use super::base::{self, Size, put};
use super::case::{Case, Generator, unmarked};
use super::rng::Rng;
use super::values::slug;

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.relationship.type", mutant: bad_relation, near: edge_relation },
    Generator { rule: "stix.location.place", mutant: nowhere, near: somewhere },
    Generator { rule: "stix.observed-data.objects", mutant: container, near: observed },
    Generator { rule: "stix.observed-data.no-sco", mutant: no_observable, near: observed },
    Generator { rule: "stix.container.reference", mutant: leads_nowhere, near: leads_somewhere },
    Generator { rule: "stix.container.key", mutant: odd_container_key, near: leads_somewhere },
    Generator { rule: "stix.container.unrelated", mutant: unrelated, near: leads_somewhere },
    Generator { rule: "enlace.payment-card.security-code", mutant: card_code, near: card },
    Generator { rule: "stix.indicator.pattern", mutant: no_pattern, near: a_pattern },
    Generator { rule: "stix.identifier.check-digit", mutant: wrong_digit, near: right_digit },
];

fn relation(rng: &mut Rng, kind: &str) -> Value {
    let mut view = unmarked(base::object(rng, "relationship", Size::Some));
    view["relationship_type"] = json!(kind);
    view
}

/// "limited to characters a-z (lowercase ASCII), 0-9, and hyphen (-)".
fn bad_relation(rng: &mut Rng) -> Option<Case> {
    let word = rng.pick(&["uses", "targets", "owns", "controls", "related-to"]);
    let n = rng.below(99);
    let kind = match rng.below(9) {
        0 => word.to_uppercase(),
        1 => format!("{word}_{n}"),
        2 => format!("{word} {n}"),
        3 => format!("{word}.{n}"),
        4 => format!("{word}ñ{n}"),
        5 => format!("{word}{n}!"),
        6 => format!("{word}\u{2011}{n}"),
        7 => format!(" {word}{n}"),
        _ => format!("{word}/{n}"),
    };
    let view = relation(rng, &kind);
    Some(Case::at(&view, "relationship_type", kind))
}

fn edge_relation(rng: &mut Rng) -> Option<Case> {
    let kind = match rng.below(3) {
        0 => slug(rng),
        1 => format!("{}-2nd", slug(rng)),
        _ => rng.pick(&["uses", "related-to", "duplicate-of", "derived-from", "owns"]).to_owned(),
    };
    let view = relation(rng, &kind);
    Some(Case::of(&view, kind))
}

/// "At least one of the following properties/sets of properties MUST be provided".
fn nowhere(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "location", Size::Some));
    let members = view.as_object_mut()?;
    for name in ["region", "country", "latitude", "longitude", "precision"] {
        members.shift_remove(name);
    }
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    let note = format!("{names:?}");
    Some(Case { path: None, ..Case::of(&view, note) })
}

fn somewhere(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "location", Size::Some));
    let members = view.as_object_mut()?;
    let which = rng.below(3);
    for name in ["region", "country", "latitude", "longitude", "precision"] {
        members.shift_remove(name);
    }
    match which {
        0 => put(rng, "location", "region", members),
        1 => put(rng, "location", "country", members),
        _ => {
            put(rng, "location", "latitude", members);
            put(rng, "location", "longitude", members);
        }
    }
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    let note = format!("{names:?}");
    Some(Case::of(&view, note))
}

/// "Representing Cyber-observable Objects in an Observable Container has been deprecated".
fn container(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "observed-data", Size::Some));
    view.as_object_mut()?.shift_remove("object_refs");
    let n = rng.below(250);
    view["objects"] = json!({"0": {"type": "ipv4-addr", "value": format!("198.51.100.{n}")}});
    if rng.one_in(2) {
        view["objects"]["1"] =
            json!({"type": "network-traffic", "dst_ref": "0", "protocols": ["tcp"]});
    }
    let note = view["objects"].to_string();
    Some(Case::at(&view, "objects", note))
}

fn observed(rng: &mut Rng) -> Option<Case> {
    let view = base::object(rng, "observed-data", Size::Some);
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::of(&view, format!("{names:?} {}", view["object_refs"])))
}

/// "The object_refs MUST contain at least one SCO reference if defined."
fn no_observable(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "observed-data", Size::Some));
    let count = 1 + rng.below(3);
    let listed: Vec<String> = (0..count)
        .map(|_| {
            let kind = rng.pick(&["relationship", "sighting"]);
            rng.id(kind)
        })
        .collect();
    let kinds: Vec<&str> = listed.iter().map(|id| id.split("--").next().unwrap()).collect();
    let note = format!("{kinds:?} {}", view["number_observed"]);
    view["object_refs"] = json!(listed);
    Some(Case { path: None, ..Case::of(&view, note) })
}

/// A container of an address, of what leads to it, and there a second reference to `key`.
fn contained(rng: &mut Rng, kind: &str, key: &str) -> Value {
    let mut view = unmarked(base::object(rng, "observed-data", Size::Some));
    view.as_object_mut().unwrap().shift_remove("object_refs");
    let from = match kind {
        "domain-name" => json!({"type": kind, "value": "www.example.org",
            "resolves_to_refs": ["0", key]}),
        _ => json!({"type": kind, "protocols": ["tcp"], "dst_ref": "0", "src_ref": key}),
    };
    view["objects"] = json!({
        "0": {"type": "ipv4-addr", "value": format!("198.51.100.{}", rng.below(250))}, "1": from});
    view
}

fn address(rng: &mut Rng) -> Value {
    json!({"type": "ipv4-addr", "value": format!("203.0.113.{}", rng.below(250))})
}

/// "the referenced object MUST be provided within the same container".
fn leads_nowhere(rng: &mut Rng) -> Option<Case> {
    let (kind, at) = rng.pick(&[
        ("domain-name", "objects.1.resolves_to_refs.[1]"),
        ("network-traffic", "objects.1.src_ref"),
    ]);
    let key = match rng.below(3) {
        0 => (2 + rng.below(50)).to_string(),
        1 => rng.id("ipv4-addr"),
        _ => slug(rng),
    };
    let view = contained(rng, kind, &key);
    Some(Case::at(&view, at, format!("{kind} {key}")))
}

fn leads_somewhere(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&["domain-name", "network-traffic"]);
    let other = rng.pick(&["0", "2"]);
    let mut view = contained(rng, kind, other);
    if other == "2" {
        view["objects"]["2"] = address(rng);
    }
    Some(Case::of(&view, view["objects"].to_string()))
}

/// "These identifiers SHOULD be a non-negative monotonically increasing integer".
fn odd_container_key(rng: &mut Rng) -> Option<Case> {
    let key = match rng.below(3) {
        0 => format!("a{}", rng.below(99)),
        1 => format!("-{}", rng.below(99)),
        _ => slug(rng),
    };
    let mut view = contained(rng, "network-traffic", &key);
    view["objects"][key.as_str()] = address(rng);
    Some(Case::at(&view, format!("objects.{key}"), key))
}

/// "Multiple objects not related to each other … MUST NOT be contained within the same Observed
/// Data instance."
fn unrelated(rng: &mut Rng) -> Option<Case> {
    let (kind, pair) = (rng.pick(&["domain-name", "network-traffic"]), rng.one_in(2));
    let mut view = contained(rng, kind, "0");
    if pair {
        // Two islands, each of two.
        view["objects"]["2"] = address(rng);
        view["objects"]["3"] = json!({"type": kind, "value": "www.example.org",
            "protocols": ["udp"], "dst_ref": "2", "resolves_to_refs": ["2"]});
    } else {
        view["objects"]["2"] = address(rng);
    }
    Some(Case::at(&view, "objects.2", view["objects"].to_string()))
}

/// "The value of this property MUST match the type of pattern data included".
fn no_pattern(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "indicator", Size::Some));
    let blank = rng.pick(&["", " ", "  ", "\t", "\n", " \n "]);
    view["pattern"] = json!(blank);
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::at(&view, "pattern", format!("{blank:?} {names:?}")))
}

fn a_pattern(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "indicator", Size::Some));
    let n = rng.below(250);
    let (kind, pattern) = match rng.below(4) {
        0 => ("stix", format!("[file:size = {n}]")),
        1 => ("stix", format!("[url:value LIKE '%{n}%'] AND [file:name = 'a']")),
        2 => ("yara", format!("rule a{n} {{ condition: true }}")),
        _ => ("pcre", format!("^a{n}$")),
    };
    view["pattern_type"] = json!(kind);
    view["pattern"] = json!(pattern);
    if kind != "stix" {
        view.as_object_mut()?.shift_remove("pattern_version");
    }
    Some(Case::of(&view, pattern))
}

/// ISO 6346 and ISO 13616, computed here once more.
fn container_number(rng: &mut Rng, right: bool) -> String {
    let letters: String = (0..3).map(|_| char::from(b'A' + rng.below(26) as u8)).collect();
    let body = format!("{letters}U{:06}", rng.below(1_000_000));
    let mut sum = 0_u32;
    for (i, c) in body.chars().enumerate() {
        let value = match c.to_digit(10) {
            Some(digit) => digit,
            None => {
                let n = u32::from(c) - u32::from('A') + 10;
                n + u32::from(n > 10) + u32::from(n > 20) + u32::from(n > 30)
            }
        };
        sum += value * 2_u32.pow(i as u32);
    }
    let digit = sum % 11 % 10;
    format!("{body}{}", if right { digit } else { (digit + 1 + rng.below(8) as u32) % 10 })
}

fn iban(rng: &mut Rng, right: bool) -> String {
    let account: String = (0..18).map(|_| char::from(b'0' + rng.below(10) as u8)).collect();
    let digits = format!("{account}131400");
    let rest = digits.bytes().fold(0_u32, |rest, c| (rest * 10 + u32::from(c - b'0')) % 97);
    let check = 98 - rest;
    let check = if right { check } else { (check + rng.below(90) as u32) % 95 + 1 };
    format!("DE{check:02}{account}")
}

fn numbered(rng: &mut Rng, right: bool) -> (Value, &'static str) {
    let container = rng.one_in(2);
    let wanted = if container { "shipping-container" } else { "bank-account" };
    let held = base::own_examples().into_iter().find(|v| v["type"] == wanted);
    if container {
        let mut view = held.unwrap();
        view["number"] = json!(container_number(rng, right));
        return (view, "number");
    }
    let mut view = json!({"type": "bank-account", "spec_version": "2.1",
        "iban": iban(rng, right), "extensions": {
            enlace_stix::types::reused::BANK_ACCOUNT: {"extension_type": "new-sco"}}});
    let id = enlace_stix::sco_id("bank-account", view.as_object().unwrap());
    view["id"] = json!(id.unwrap().to_string());
    if rng.one_in(2) {
        view["currency"] = json!("EUR");
    }
    (view, "iban")
}

fn wrong_digit(rng: &mut Rng) -> Option<Case> {
    let (view, name) = numbered(rng, false);
    if name == "iban" {
        // One in a hundred may be right by chance: computed again, it is told apart.
        let text = view["iban"].as_str()?;
        let moved = format!("{}1314{}", &text[4..], &text[2..4]);
        if moved.bytes().fold(0_u32, |rest, c| (rest * 10 + u32::from(c - b'0')) % 97) == 1 {
            return None;
        }
    }
    Some(Case::at(&view, name, view[name].to_string()))
}

fn right_digit(rng: &mut Rng) -> Option<Case> {
    let (view, name) = numbered(rng, true);
    Some(Case::of(&view, view[name].to_string()))
}

/// A payment card of the public extension, without its own secrets.
fn payment_card(rng: &mut Rng) -> Option<Value> {
    let held = base::own_examples().into_iter().find(|v| v["type"] == "payment-card");
    let mut view = held?;
    view["spec_version"] = json!("2.1");
    if rng.one_in(2) {
        view["object_marking_refs"] = json!([rng.id("marking-definition")]);
    }
    Some(view)
}

/// Ours: a security code is never kept.
fn card_code(rng: &mut Rng) -> Option<Case> {
    let mut view = payment_card(rng)?;
    let name = rng.pick(&["security_code", "cvv"]);
    let code = format!("{:03}", rng.below(1000));
    view[name] = json!(code);
    Some(Case::at(&view, name, format!("{name} {code}")))
}

fn card(rng: &mut Rng) -> Option<Case> {
    let mut view = payment_card(rng)?;
    let name = rng.pick(&["security_note", "cvv_checked", "issuer_name"]);
    view[name] = json!(slug(rng));
    Some(Case::of(&view, format!("{name} {}", view[name])))
}
