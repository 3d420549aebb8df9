//! §2.16 and the orders of times.

use serde_json::{Value, json};

use super::base::{self, Size, put, seal};
use super::case::{Case, Generator, note, replaced, unmarked};
use super::rng::Rng;
use super::site::Site;
use super::tables::Kind;

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.timestamp.not-utc", mutant: not_utc, near: utc },
    Generator { rule: "stix.timestamp.malformed", mutant: malformed, near: utc },
    Generator { rule: "stix.timestamp.no-such-time", mutant: no_such_time, near: edge_of_time },
    Generator { rule: "stix.timestamp.precision", mutant: coarse, near: fine },
    Generator { rule: "stix.timestamp.order", mutant: out_of_order, near: in_order },
];

/// Where a time stands; of a PE file it has a precision of its own.
fn time(site: &Site) -> bool {
    site.kind == Kind::Time && site.name() != "time_date_stamp"
}

/// A day, in the year that the property's others leave room for.
fn day(rng: &mut Rng, site: &Site) -> String {
    let year = match site.name() {
        "created"
        | "first_seen"
        | "first_observed"
        | "start"
        | "start_time"
        | "valid_from"
        | "validity_not_before"
        | "submitted"
        | "account_created"
        | "ctime" => 2024,
        "modified" => 2027,
        "last_seen" | "last_observed" | "end" | "stop_time" | "valid_until"
        | "validity_not_after" | "analysis_ended" | "account_expires" => 2026,
        name if name.ends_with("not_before") => 2024,
        name if name.ends_with("not_after") => 2026,
        _ => 2025,
    };
    format!("{year}-{:02}-{:02}", 1 + rng.below(12), 1 + rng.below(28))
}

/// "The timestamp MUST be represented in the UTC timezone and MUST use the Z designation".
fn not_utc(rng: &mut Rng) -> Option<Case> {
    replaced(rng, time, |rng, site| {
        let day = day(rng, site);
        let zone = rng.pick(&["+00:00", "-00:00", "-05:00", "+05:30", "+14:00", "", "z", "Z "]);
        let fraction = rng.pick(&[".000", ".123456"]);
        json!(format!("{day}T10:{:02}:00{fraction}{zone}", rng.below(60)))
    })
}

fn utc(rng: &mut Rng) -> Option<Case> {
    let case = replaced(rng, time, |rng, site| {
        let day = day(rng, site);
        let least = if matches!(site.name(), "created" | "modified") { 3 } else { 0 };
        let digits = rng.pick(&[least, 3, 6, 9, 30]);
        let fraction: String =
            (0..digits).map(|_| char::from(b'0' + rng.below(10) as u8)).collect();
        let point = if fraction.is_empty() { "" } else { "." };
        json!(format!("{day}T{:02}:59:59{point}{fraction}Z", rng.below(24)))
    })?;
    Some(Case { path: None, ..case })
}

/// "… using the format YYYY-MM-DDTHH:mm:ss[.s+]Z".
fn malformed(rng: &mut Rng) -> Option<Case> {
    replaced(rng, time, |rng, site| {
        let day = day(rng, site);
        json!(match rng.below(15) {
            0 => format!("{day} 10:00:00.000Z"),
            1 => format!("{day}T10:00:00.Z"),
            2 => format!("{day}T10:00Z"),
            3 => format!("{day}T10:00:00.000 Z"),
            4 => format!("{day}T10:00:00,000Z"),
            5 => format!("{day}T1:00:00.000Z"),
            6 => format!("{}T100000.000Z", day.replace('-', "")),
            7 => format!("{day}T10:00:00.000ZZ"),
            8 => format!(" {day}T10:00:00.000Z"),
            9 => format!("{day}T10:00:0x.000Z"),
            10 => format!("{day}T10:00:00.12a456Z"),
            11 => format!("+00{day}T10:00:00.000Z"),
            12 => format!("{}T10:00:00.000Z", &day[2..]),
            13 => format!("{day}t10:00:00.000Z"),
            // Full-width digits.
            _ => format!("{day}T\u{ff11}\u{ff10}:00:00.000Z"),
        })
    })
}

/// RFC 3339: months to 12, days as the month has them, hours to 23, minutes and seconds to 59.
fn no_such_time(rng: &mut Rng) -> Option<Case> {
    replaced(rng, time, |rng, site| {
        let year = &day(rng, site)[..4].to_owned();
        let text = match rng.below(11) {
            0 => format!("{year}-13-01T10:00:00"),
            1 => format!("{year}-00-01T10:00:00"),
            2 => format!("{year}-04-31T10:00:00"),
            3 => format!("{year}-02-30T10:00:00"),
            4 => "2025-02-29T10:00:00".to_owned(),
            5 => "1900-02-29T10:00:00".to_owned(),
            6 => format!("{year}-01-00T10:00:00"),
            7 => format!("{year}-01-32T10:00:00"),
            8 => format!("{year}-01-01T24:00:00"),
            9 => format!("{year}-01-01T10:60:00"),
            _ => format!("{year}-01-01T10:00:61"),
        };
        json!(format!("{text}.{:03}Z", rng.below(1000)))
    })
}

fn edge_of_time(rng: &mut Rng) -> Option<Case> {
    let case = replaced(rng, time, |rng, site| {
        let year = &day(rng, site)[..4].to_owned();
        let text = match (rng.below(5), year.as_str()) {
            (0, "2024") => "2024-02-29T23:59:59".to_owned(),
            (1, _) => format!("{year}-12-31T23:59:59"),
            (2, _) => format!("{year}-01-01T00:00:00"),
            (3, _) => format!("{year}-02-28T23:59:59"),
            _ => format!("{year}-04-30T00:00:00"),
        };
        json!(format!("{text}.{:03}Z", rng.below(1000)))
    })?;
    Some(Case { path: None, ..case })
}

/// "The minimum precision MUST be milliseconds (three digits after the decimal place)".
fn coarse(rng: &mut Rng) -> Option<Case> {
    replaced(
        rng,
        |s| matches!(s.name(), "created" | "modified") && s.depth() == 1,
        |rng, site| {
            let day = day(rng, site);
            let fraction = rng.pick(&["", ".0", ".12", ".9", ".00"]);
            json!(format!("{day}T10:00:{:02}{fraction}Z", rng.below(60)))
        },
    )
}

fn fine(rng: &mut Rng) -> Option<Case> {
    let case = replaced(rng, time, |rng, site| {
        let day = day(rng, site);
        let exact = matches!(site.name(), "created" | "modified");
        let fraction = match (exact, rng.below(3)) {
            (true, 0) => ".000",
            (true, 1) => ".1230",
            (true, _) => ".123456",
            (false, 0) => "",
            (false, 1) => ".1",
            (false, _) => ".12",
        };
        json!(format!("{day}T10:00:{:02}{fraction}Z", rng.below(60)))
    })?;
    Some(Case { path: None, ..case })
}

/// Type, earlier, later, whether they must differ.
const ORDERS: &[(&str, &str, &str, bool)] = &[
    ("", "created", "modified", false),
    ("campaign", "first_seen", "last_seen", false),
    ("infrastructure", "first_seen", "last_seen", false),
    ("intrusion-set", "first_seen", "last_seen", false),
    ("malware", "first_seen", "last_seen", false),
    ("threat-actor", "first_seen", "last_seen", false),
    ("sighting", "first_seen", "last_seen", false),
    ("indicator", "valid_from", "valid_until", true),
    ("observed-data", "first_observed", "last_observed", false),
    ("relationship", "start_time", "stop_time", true),
    ("network-traffic", "start", "end", false),
];

fn ordered(rng: &mut Rng) -> (Value, &'static str, &'static str, bool) {
    let (kind, earlier, later, strict) = rng.pick(ORDERS);
    let kind =
        if kind.is_empty() { rng.pick(&super::tables::names(&["sdo", "sro"])) } else { kind };
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    for name in [earlier, later] {
        if name != "created" && name != "modified" {
            put(rng, kind, name, view.as_object_mut().unwrap());
        }
    }
    if kind == "network-traffic" {
        view["is_active"] = json!(false);
    }
    (view, earlier, later, strict)
}

/// "… MUST be later than or equal to"; "MUST be greater than" for two of them.
fn out_of_order(rng: &mut Rng) -> Option<Case> {
    let (mut view, earlier, later, strict) = ordered(rng);
    let (first, second) = match rng.below(5) {
        0 => ("2025-06-01T10:00:00.001Z", "2025-06-01T10:00:00.000Z"),
        1 => ("2025-06-01T10:00:00.000Z", "2024-06-01T10:00:00.000Z"),
        2 => ("2025-06-01T10:00:00.0000001Z", "2025-06-01T10:00:00.000Z"),
        3 if strict => ("2025-06-01T10:00:00.000Z", "2025-06-01T10:00:00.000Z"),
        4 if strict => ("2025-06-01T10:00:00.100Z", "2025-06-01T10:00:00.1000Z"),
        3 => ("2025-12-31T23:59:59.999Z", "2025-01-01T00:00:00.000Z"),
        _ => ("2025-06-01T10:00:00.123Z", "2025-06-01T10:00:00.1229Z"),
    };
    view[earlier] = json!(first);
    view[later] = json!(second);
    seal(rng, &mut view);
    Some(Case::at(&view, later, format!("{} {first}", note(&view, later, &view[later]))))
}

/// Instants are compared, not texts.
fn in_order(rng: &mut Rng) -> Option<Case> {
    let (mut view, earlier, later, strict) = ordered(rng);
    let (first, second) = match rng.below(4) {
        0 if !strict => ("2025-06-01T10:00:00.100Z", "2025-06-01T10:00:00.100Z"),
        1 if !strict => ("2025-06-01T10:00:00.1000Z", "2025-06-01T10:00:00.100Z"),
        2 => ("2025-06-01T10:00:00.100Z", "2025-06-01T10:00:00.1000001Z"),
        _ => ("2025-06-01T09:59:59.999Z", "2025-06-01T10:00:00.000Z"),
    };
    view[earlier] = json!(first);
    view[later] = json!(second);
    seal(rng, &mut view);
    Some(Case::of(&view, format!("{} {first}", note(&view, later, &view[later]))))
}
