//! One case of the comparison: an agreement, a question and a set.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::objects::Maker;
use super::terms::{OFFENCES, PURPOSES};
use super::{Dice, granular};
use crate::model::{EC, NOW, OWN, US, id};
use crate::reference::{Consent, Copy, Original, Previous, Told, types};

/// A question about a set, under one agreement.
#[derive(Clone)]
pub struct Case {
    pub partner: String,
    pub purpose: String,
    pub now_us: i64,
    /// Key ids of those who signed.
    pub signed: Vec<String>,
    pub suspended: bool,
    pub vetted: bool,
    pub offence: Option<String>,
    pub reasoned: bool,
    pub identity: Value,
    pub originals: Vec<Original>,
    pub previous: BTreeMap<String, Previous>,
    /// What the node holds beside the set, with whether the partner knows of it.
    pub outside: Vec<(Value, bool)>,
    /// Released once more after changes made with this seed.
    pub again: Option<u64>,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { partner, purpose, now_us, signed, suspended, vetted, offence, .. } = self;
        writeln!(f, "  to {partner} for {purpose} at {now_us}, signed by {signed:?}")?;
        writeln!(f, "  suspended {suspended}, vetted {vetted}, offence {offence:?}")?;
        writeln!(f, "  reasoned {}, identity {}", self.reasoned, self.identity)?;
        for original in &self.originals {
            let Original { object, own, consent, held, copy } = original;
            writeln!(f, "  own {own} {consent:?} held {held} copy {copy:?}: {object}")?;
        }
        for (id, previous) in &self.previous {
            writeln!(f, "  had {id}: {previous:?}")?;
        }
        for (object, knows) in &self.outside {
            writeln!(f, "  outside, known {knows}: {object}")?;
        }
        Ok(())
    }
}

/// A unit that no agreement knows.
const STRANGER: &str = "3333333333333333333333333333333333333333333333333333333333333333";

/// The types from which a set is drawn, the more frequent more often.
const MANY: &[&str] = &["identity", "identity", "identity", "relationship", "report", "firearm"];
const OTHERS: &[&str] = &["agreement", "release-record", "marking-definition", "x-unheard-of"];

/// The same seed, the same case.
pub fn case(seed: u64, agreement: &Value) -> Case {
    let mut dice = Dice::new(seed ^ 0xca5e);
    let originals = originals(&mut dice);
    let mut previous = BTreeMap::new();
    for original in &originals {
        if dice.one_in(8) {
            previous.insert(
                original.object["id"].as_str().unwrap().to_owned(),
                had(&mut dice, original),
            );
        }
    }
    if dice.one_in(3) {
        // Things of an earlier release that others may still refer to.
        for (kind, number) in [("location", 9998), ("identity", 9999), ("artifact", 9997)] {
            let object = json!({ "type": kind, "id": id(kind, number) });
            let original = Original::new(object, true);
            previous.insert(id(kind, number), had(&mut dice, &original));
        }
    }
    let parties = agreement["parties"].as_array().unwrap();
    let mut signed: Vec<String> =
        parties.iter().map(|p| p["key_id"].as_str().unwrap().to_owned()).collect();
    if dice.one_in(60) {
        signed.pop();
    }
    let mut identity = json!({
        "type": "identity", "spec_version": "2.1", "id": OWN,
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "name": "Unidad Nacional de Enlace", "identity_class": "organization",
        "x_desk": "not for partners",
    });
    if dice.one_in(200) {
        identity["name"] = json!(7);
    }
    Case {
        partner: match dice.below(60) {
            0 => STRANGER.to_owned(),
            1 => EC.to_owned(),
            _ => US.to_owned(),
        },
        purpose: match dice.below(30) {
            0 => "migration-control".to_owned(),
            1 | 2 => dice.pick(&PURPOSES).to_string(),
            _ => PURPOSES[0].to_owned(),
        },
        now_us: match dice.below(100) {
            // Before the first instant, on it, on the first after the last, and far off.
            0 => 1_767_225_599_999_999,
            1 => 1_767_225_600_000_000,
            2 => 1_861_920_000_000_000,
            3 => 0,
            _ => NOW + i64::try_from(dice.below(1 << 40)).unwrap(),
        },
        signed,
        suspended: dice.one_in(60),
        vetted: !dice.one_in(60),
        offence: (!dice.one_in(3))
            .then(|| dice.pick(&[OFFENCES[0], OFFENCES[1], "theft"]).to_string()),
        reasoned: !dice.one_in(10),
        identity,
        originals,
        previous,
        again: dice.one_in(4).then_some(seed),
        outside: outside(&mut dice),
    }
}

/// What the node holds beside the set; seldom so many of one name that it names nobody.
fn outside(dice: &mut Dice) -> Vec<(Value, bool)> {
    let count = match dice.below(40) {
        0 => 6 + dice.below(6),
        1..9 => 1 + dice.below(3),
        _ => 0,
    };
    let one = dice.below(10);
    let mut all = Vec::new();
    for number in 0..count {
        let kind = dice.pick(&["identity", "identity", "firearm", "phone-number", "malware"]);
        let id = id(kind, 8000 + number);
        let object = Maker { dice, ids: std::slice::from_ref(&id) }.object(&id);
        all.push((object, if one == 0 { dice.one_in(2) } else { one > 5 }));
    }
    all
}

/// One object of this type, with others to which it may refer, and nothing that forbids them: for
/// questions about fields.
pub fn mild(kind: &str, seed: u64, agreement: &Value) -> Case {
    let mut dice = Dice::new(seed ^ 0x311d);
    let others = ["identity", "firearm", "location", "ipv4-addr", "domain-name", "artifact"];
    let mut ids = vec![id(kind, 1)];
    ids.extend(others.iter().enumerate().map(|(n, kind)| id(kind, n + 2)));
    let mut originals = Vec::new();
    for id in &ids {
        let mut object = Maker { dice: &mut dice, ids: &ids }.object(id);
        object["object_marking_refs"] = json!([crate::reference::marking::tlp_id(0)]);
        for name in ["granular_markings", "revoked"] {
            object.as_object_mut().unwrap().shift_remove(name);
        }
        if let Some(tear) = object["extensions"].get_mut(types::TEAR_LINE).filter(|t| t.is_object())
        {
            tear["title"] = json!("A load");
            tear["text"] = json!("It moves through the port.");
        }
        if let Some(person) = object["extensions"].get_mut(types::PERSON).filter(|p| p.is_object())
        {
            person["subject_categories"] = json!([{ "category": "suspect", "case": "GYE-1" }]);
        }
        originals.push(Original::new(object, true));
    }
    Case {
        partner: US.to_owned(),
        purpose: PURPOSES[0].to_owned(),
        now_us: NOW,
        suspended: false,
        vetted: true,
        offence: None,
        reasoned: true,
        originals,
        previous: BTreeMap::new(),
        outside: Vec::new(),
        again: None,
        ..case(0, agreement)
    }
    .signed_by_all(agreement)
}

impl Case {
    fn signed_by_all(mut self, agreement: &Value) -> Self {
        let parties = agreement["parties"].as_array().unwrap().iter();
        self.signed = parties.map(|p| p["key_id"].as_str().unwrap().to_owned()).collect();
        self.identity["name"] = json!("Unidad Nacional de Enlace");
        self
    }
}

/// The set some time later: some objects changed, withdrawn or no longer picked.
pub fn later(case: &Case, seed: u64, previous: BTreeMap<String, Previous>) -> Case {
    let mut dice = Dice::new(seed ^ 0x1a7e);
    let mut later = Case { previous, again: None, ..case.clone() };
    later.now_us += [0_i64, 500, 1_500_000, 90_000_000_000][dice.below(4)];
    later.originals.retain(|_| !dice.one_in(10));
    for (number, original) in later.originals.iter_mut().enumerate() {
        let object = &mut original.object;
        match dice.below(12) {
            0 => object["x_custom"] = json!("changed"),
            1 => object["revoked"] = json!(true),
            2 => granular::mark(&mut dice, object),
            3 => drop(object.as_object_mut().unwrap().remove("granular_markings")),
            4 => object["labels"] = json!(["changed"]),
            5 if object.get("modified").is_some() => {
                // Of two versions none may be as new as the other.
                object["modified"] = json!(format!("2026-05-20T10:00:{number:02}Z"));
            }
            _ => {}
        }
    }
    later
}

fn had(dice: &mut Dice, original: &Original) -> Previous {
    let id = original.object["id"].as_str().unwrap();
    let kind = id.split("--").next().unwrap();
    let known = types::find(kind);
    let members = original.object.as_object().unwrap();
    let told = known.and_then(|kind| crate::reference::observable_id(kind, members));
    let number = dice.below(1 << 30);
    let made = format!("{kind}--7777{:04x}-0000-4000-8000-{number:012x}", dice.below(1 << 16));
    let created_us = NOW - 86_400_000_000 * i64::try_from(dice.below(40)).unwrap();
    Previous {
        twin: told.filter(|_| dice.one_in(2)).unwrap_or(made),
        created_us,
        // At times after now: two releases in one slot.
        modified_us: created_us + 3_600_000_000 * i64::try_from(dice.below(2000)).unwrap(),
        recalled: dice.one_in(10),
        copy: (kind == "artifact" && !dice.one_in(3)).then(|| Told::of(&copy(dice))),
    }
}

fn originals(dice: &mut Dice) -> Vec<Original> {
    let listed = types::all();
    let chain = dice.one_in(150);
    let count = if chain { 12 + dice.below(25) } else { 1 + dice.below(5) };
    let mut ids = Vec::new();
    for number in 1..=count {
        let kind = match dice.below(20) {
            _ if chain => ["relationship", "report", "note", "identity"][dice.below(4)],
            0..8 => dice.pick(MANY),
            8 if dice.one_in(4) => dice.pick(OTHERS),
            9 => dice.pick(&["artifact", "file", "email-addr"]),
            _ => dice.pick(listed).name,
        };
        ids.push(id(kind, number));
    }
    let mut made = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        // In a chain each object refers to the next one, the last to the first.
        let next = [ids[(number + 1) % ids.len()].clone()];
        let near = if chain { &next[..] } else { &ids[..] };
        let object = Maker { dice, ids: near }.object(id);
        let own = !dice.one_in(15);
        if dice.one_in(25) && object.get("modified").is_some() {
            made.push(Original::new(other_version(dice, &object), own));
        }
        let consent = match dice.below(4) {
            _ if own => Consent::None,
            0 => Consent::None,
            1 => Consent::Redacted("Agency of the North".to_owned()),
            _ => Consent::Whole,
        };
        let is_document = object["type"] == "artifact" || dice.one_in(100);
        let copy = (is_document && dice.one_in(2)).then(|| copy(dice));
        made.push(Original { object, own, consent, held: dice.one_in(80), copy });
    }
    if dice.one_in(60) {
        made.push(Original::new(json!({ "type": "identity", "id": OWN }), true));
    }
    made
}

fn copy(dice: &mut Dice) -> Copy {
    let bytes = dice.pick(&["page", "two pages"]).as_bytes().to_vec();
    Copy { bytes, mime: "application/pdf" }
}

/// An earlier or later version, perhaps one that withdraws the object.
fn other_version(dice: &mut Dice, object: &Value) -> Value {
    let mut other = object.clone();
    let times = ["2026-05-02T09:59:59.999Z", "2026-05-02T10:00:00.0001Z", "2026-05-09T00:00:00Z"];
    other["modified"] = json!(dice.pick(&times));
    other["x_custom"] = json!("another version");
    if dice.one_in(3) {
        other["revoked"] = json!(true);
    }
    granular::mark(dice, &mut other);
    other
}

/// The case with one thing less, for each thing that can be taken away.
pub fn smaller(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    for i in 0..case.originals.len() {
        let mut less = case.clone();
        less.originals.remove(i);
        all.push(less);
    }
    for id in case.previous.keys() {
        let mut less = case.clone();
        less.previous.remove(id);
        all.push(less);
    }
    for i in 0..case.outside.len() {
        let mut less = case.clone();
        less.outside.remove(i);
        all.push(less);
    }
    if case.again.is_some() {
        all.push(Case { again: None, ..case.clone() });
    }
    for (i, original) in case.originals.iter().enumerate() {
        for object in cut(&original.object, 0) {
            let stays = ["id", "type", "created", "modified"];
            if stays.iter().all(|name| object.get(*name) == original.object.get(*name)) {
                let mut less = case.clone();
                less.originals[i].object = object;
                all.push(less);
            }
        }
    }
    all
}

/// The value without one of its parts.
fn cut(value: &Value, depth: usize) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(members) if depth < 5 => {
            for (name, part) in members {
                let mut less = members.clone();
                less.shift_remove(name);
                all.push(Value::Object(less));
                for part in cut(part, depth + 1) {
                    let mut less = members.clone();
                    less[name] = part;
                    all.push(Value::Object(less));
                }
            }
        }
        Value::Array(items) if depth < 5 => {
            for (i, part) in items.iter().enumerate() {
                let mut less = items.clone();
                less.remove(i);
                all.push(Value::Array(less));
                for part in cut(part, depth + 1) {
                    let mut less = items.clone();
                    less[i] = part;
                    all.push(Value::Array(less));
                }
            }
        }
        _ => {}
    }
    all
}
