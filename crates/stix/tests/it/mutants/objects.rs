//! Chapters 4 to 6: what single types demand; check digits.

use serde_json::{Value, json};

use super::base::{self, Size, put, seal};
use super::case::{Case, Generator, unmarked};
use super::rng::Rng;
use super::values::{slug, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.relationship.type", mutant: bad_relation, near: edge_relation },
    Generator { rule: "stix.location.place", mutant: nowhere, near: somewhere },
    Generator { rule: "stix.location.country", mutant: bad_country, near: edge_country },
    Generator { rule: "stix.address.malformed", mutant: bad_address, near: edge_address },
    Generator { rule: "stix.observed-data.objects", mutant: container, near: observed },
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

/// "This property SHOULD contain a valid ISO 3166-1 ALPHA-2 Code".
fn bad_country(rng: &mut Rng) -> Option<Case> {
    let mut view = base::object(rng, "location", Size::Some);
    let country = match rng.below(4) {
        0 => rng.pick(&["Ecuador", "ECU", "NLD", "Perú", "E", ""]).to_owned(),
        1 => slug(rng),
        2 => format!("E{}", rng.below(10)),
        _ => format!("{:03}", rng.below(1000)),
    };
    view["country"] = json!(country);
    Some(Case::at(&view, "country", country))
}

fn edge_country(rng: &mut Rng) -> Option<Case> {
    let mut view = base::object(rng, "location", Size::Some);
    let country = rng.pick(&[
        "EC", "PE", "NL", "BE", "CO", "DE", "ES", "FR", "GB", "US", "ZA", "ZW", "AD", "AE", "AF",
        "JP", "CN", "IN", "BR", "AR", "CL", "MX", "CA", "AU", "NZ", "SE", "NO", "FI", "DK", "PL",
    ]);
    view["country"] = json!(country);
    Some(Case::of(&view, country))
}

fn addressed(rng: &mut Rng, kind: &str, value: &str) -> Value {
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    view["value"] = json!(value);
    seal(rng, &mut view);
    view
}

/// Addresses and CIDR blocks; "a single colon-delimited, lowercase MAC-48 address".
fn bad_address(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(250);
    let (kind, value) = match rng.below(17) {
        0 => ("ipv4-addr", format!("198.51.100.{}", 256 + n)),
        1 => ("ipv4-addr", format!("198.51.{n}")),
        2 => ("ipv4-addr", format!("198.51.100.{n}/{}", 33 + n)),
        3 => ("ipv4-addr", format!("198.51.100.{n}.7")),
        4 => ("ipv4-addr", format!("198.51.100.{n}/")),
        5 => ("ipv4-addr", format!("198.51.100.{n} ")),
        6 => ("ipv4-addr", format!("2001:db8::{n:x}")),
        7 => ("ipv6-addr", format!("2001:db8:::{n:x}")),
        8 => ("ipv6-addr", format!("2001:db8::{n:x}::1")),
        9 => ("ipv6-addr", format!("2001:db8::{n:x}/{}", 129 + n)),
        10 => ("ipv6-addr", format!("2001:db8:1:2:3:4:5:6:{n:x}")),
        11 => ("ipv6-addr", format!("198.51.100.{n}")),
        12 => ("mac-addr", format!("02-00-5e-10-00-{n:02x}")),
        13 => ("mac-addr", format!("02:00:5E:10:00:{n:02x}")),
        14 => ("mac-addr", format!("2:0:5e:10:0:{n:02x}")),
        15 => ("mac-addr", format!("02:00:5e:10:{n:02x}")),
        _ => ("mac-addr", format!("0200.5e10.00{n:02x}")),
    };
    let view = addressed(rng, kind, &value);
    Some(Case::at(&view, "value", format!("{kind} {value}")))
}

fn edge_address(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(250);
    let (kind, value) = match rng.below(9) {
        0 => ("ipv4-addr", format!("198.51.100.{n}")),
        1 => ("ipv4-addr", format!("198.51.100.0/{}", rng.below(33))),
        2 => ("ipv4-addr", rng.pick(&["0.0.0.0", "255.255.255.255", "0.0.0.0/0"]).to_owned()),
        3 => ("ipv6-addr", format!("2001:db8::{n:x}")),
        4 => ("ipv6-addr", format!("2001:0db8:0000:0000:0000:0000:0000:{n:04x}")),
        5 => ("ipv6-addr", format!("2001:db8::/{}", rng.below(129))),
        6 => ("ipv6-addr", format!("::ffff:198.51.100.{n}")),
        7 => ("ipv6-addr", format!("2001:DB8::{n:X}")),
        _ => ("mac-addr", format!("00:00:5e:00:53:{n:02x}")),
    };
    let view = addressed(rng, kind, &value);
    Some(Case::of(&view, format!("{kind} {value}")))
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
    let _ = words(rng);
    Some(Case::of(&view, view[name].to_string()))
}
