//! §2.6, §2.10 and the limits of single properties.

use serde_json::{Value, json};

use super::base::{self, Size, seal};
use super::case::{Case, Generator, note, replaced, unmarked};
use super::rng::Rng;
use super::site::{self, Site};
use super::tables::{Kind, SAFE};
use super::values::slug;

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.integer.unsafe", mutant: too_long, near: longest },
    Generator { rule: "stix.number.out-of-range", mutant: out_of_range, near: at_the_limit },
];

/// Text of a number that 54 bits do not hold.
fn giant(rng: &mut Rng) -> String {
    let sign = rng.pick(&["", "-"]);
    match rng.below(5) {
        0 => format!("{sign}9007199254740992"),
        1 => format!("{sign}{}", 9_007_199_254_740_992_u64 + rng.next() % 1_000_000),
        2 => format!("{sign}9223372036854775807"),
        3 => format!("{sign}{}", u64::MAX - rng.next() % 1000),
        _ => format!("{sign}1{}", "0".repeat(16 + rng.below(20))),
    }
}

/// Writes the text of a number at a place; parsing would round it.
fn with_number(mut view: Value, steps: &[site::Step], digits: &str) -> String {
    let mark = 7_654_321_987_i64;
    site::set(&mut view, steps, json!(mark));
    view.to_string().replace(&mark.to_string(), digits)
}

/// "all integers MUST be capable of being represented as a signed 54-bit value".
fn too_long(rng: &mut Rng) -> Option<Case> {
    let digits = giant(rng);
    // In content whose type nobody knows, what no 64 bits hold may as well be a float.
    let (mut view, steps) = if digits.len() < 18 && rng.one_in(2) {
        let mut view = if rng.one_in(2) { base::foreign(rng) } else { base::widened(rng) };
        let name = slug(rng).replace('-', "_");
        view[name.as_str()] = json!(0);
        (view, vec![site::Step::Name(name)])
    } else {
        let view = unmarked(base::observable(rng, Size::Complete));
        let mut sites = site::sites(&view);
        sites.retain(|s| matches!(s.kind, Kind::Int(_, SAFE)));
        if sites.is_empty() {
            return None;
        }
        let steps = rng.pick(&sites).steps;
        (view, steps)
    };
    // The id contributes what the parser makes of the digits: a random one is never wrong as MUST.
    let kind = view["type"].as_str()?.to_owned();
    if super::tables::is_sco(&kind) {
        view["id"] = json!(rng.id(&kind));
    }
    let path = site::path(&steps);
    let note = format!("{kind} {path} {digits}");
    let text = with_number(view, &steps, &digits);
    Some(Case { path: Some(path), ..Case::text(text, note) })
}

fn longest(rng: &mut Rng) -> Option<Case> {
    let fits = |s: &Site| matches!(s.kind, Kind::Int(_, SAFE));
    let case = replaced(rng, fits, |rng, site| {
        let below = matches!(site.kind, Kind::Int(low, _) if low < 0);
        let value = SAFE - rng.below(3) as i64;
        json!(if below && rng.one_in(2) { -value } else { value })
    })?;
    Some(Case { path: None, ..case })
}

/// The limits of a property, as its table says.
fn out_of_range(rng: &mut Rng) -> Option<Case> {
    let fits = |s: &Site| match s.kind {
        Kind::Int(low, high) => low > -SAFE || high < SAFE,
        Kind::Float(low, _) => low > f64::MIN,
        _ => false,
    };
    replaced(rng, fits, |rng, site| match site.kind {
        Kind::Int(low, high) => {
            let further = rng.pick(&[1, 2, 10, 1_000_000]);
            let below = json!(low - further);
            if high == SAFE || rng.one_in(2) { below } else { json!(high + further) }
        }
        Kind::Float(low, high) => {
            let further = rng.pick(&[0.000_001, 0.1, 1.0, 270.0]);
            json!(if rng.one_in(2) { high + further } else { low - further })
        }
        _ => json!(null),
    })
}

fn at_the_limit(rng: &mut Rng) -> Option<Case> {
    if rng.one_in(3) {
        let mut view = unmarked(base::object(rng, "location", Size::Complete));
        let (name, most) = rng.pick(&[("latitude", 90), ("longitude", 180)]);
        let sign = rng.pick(&[-1.0, 1.0]);
        view[name] = rng.pick(&[
            json!(f64::from(most) * sign),
            json!(0),
            json!(-0.0),
            json!(f64::from(most) * sign - sign * 0.000_001),
        ]);
        seal(rng, &mut view);
        return Some(Case::of(&view, note(&view, name, &view[name])));
    }
    let fits = |s: &Site| matches!(s.kind, Kind::Int(low, high) if low > -SAFE || high < SAFE);
    let case = replaced(rng, fits, |rng, site| match site.kind {
        Kind::Int(low, high) => json!(rng.pick(&[low, high, low + 1, high - 1])),
        _ => json!(null),
    })?;
    Some(Case { path: None, ..case })
}
