//! Markings of every kind, on objects and on every part of them, well formed and not.

use serde_json::{Value, json};

use super::Dice;
use super::terms::{CAVEATS, PURPOSES};
use crate::model::{US, id};
use crate::reference::marking::tlp_id;
use crate::reference::types::HANDLING;

/// How many marking definitions a node holds; the next few ids stand for such as it does not.
const HELD: usize = 24;
/// Of those, the first so many forbid nothing in most agreements.
const MILD: usize = 8;

/// The definition with a caveat that agreements may allow.
pub const WITH_CAVEAT: usize = 6;

/// The definitions of one node.
pub fn definitions(number: u64) -> Vec<Value> {
    let mut dice = Dice::new(number ^ 0xdef1);
    (0..HELD).map(|i| definition(&mut dice, i)).collect()
}

fn definition(dice: &mut Dice, number: usize) -> Value {
    let mut made = json!({
        "type": "marking-definition", "spec_version": "2.1", "id": id("marking-definition", number),
        "created": "2026-01-01T00:00:00.000Z",
    });
    let mut body = json!({ "extension_type": "property-extension",
        "tlp": dice.pick(&["clear", "green", "amber"]) });
    let mut handling = true;
    match number {
        0 => body["handling"] = json!([dice.pick(&["H0", "H1"])]),
        1 => body["releasable_to"] = json!([US, "NL"]),
        2 => body["purposes"] = json!(PURPOSES),
        3 => {
            handling = false;
            made["definition_type"] = json!("statement");
            made["definition"] = json!({ "statement": "© the agency" });
        }
        4 => {
            match dice.below(4) {
                0 => {}
                n => body["onward"] = json!(["with-consent", "with-consent", "none"][n - 1]),
            }
            if !dice.one_in(3) {
                body["onward_recipients"] = json!(["customs", "parties-of-agreement"]);
            }
        }
        5 => {
            let until = ["2026-06-20", "2026-06-03T10:00:00Z", "2099", "2027-02"];
            match dice.below(3) {
                0 => body["retention_until"] = json!(dice.pick(&until)),
                1 => body["retention_days"] = json!(dice.pick(&[1, 20, 4_000_000_000_u64])),
                _ => body["review_due"] = json!(dice.pick(&until)),
            }
        }
        WITH_CAVEAT => body["caveats"] = json!([dice.pick(&CAVEATS)]),
        7 => {
            body["releasable_to"] = json!(["US", "EC"]);
            body["handling"] = json!(["H0", "H2"]);
        }
        8 => body["caveats"] = json!(["source-identity"]),
        9 => body["purposes"] = json!([dice.pick(&PURPOSES)]),
        10 => body["releasable_to"] = json!(["NL"]),
        11 => body["handling"] = json!([dice.pick(&["H3", "H9"])]),
        12 => body["tlp"] = dice.pick(&[json!("purple"), json!("red"), json!(3)]).clone(),
        13 => body["pap"] = dice.pick(&[json!("green"), json!("amber"), json!("red")]).clone(),
        14 => {
            let (name, value) = dice
                .pick(&[
                    ("embargo", json!("2027")),
                    ("conditions", json!("not in court")),
                    ("conditions", json!(3)),
                    ("clause", json!("4.4")),
                    ("retention_days", json!(0)),
                    ("review_due", json!("2026-05-31")),
                    ("retention_until", json!("2026-06-01")),
                    ("retention_until", json!("2020")),
                    ("onward_recipients", json!("all")),
                    ("releasable_to", json!("US")),
                    ("purposes", json!([3])),
                    ("retention_until", json!("tomorrow")),
                    ("onward", json!("maybe")),
                    ("caveats", json!({})),
                ])
                .clone();
            body[name] = value;
        }
        15 => {
            made["extensions"] = json!({ "extension-definition--00000000-0000-4000-8000-000000000000":
                { "extension_type": "property-extension" } });
        }
        16 => made["definition_type"] = json!(dice.pick(&["tlp", "iep", "statement"])),
        // Stands under another id than it says.
        17 => made["id"] = json!(id("marking-definition", 4711)),
        18 => handling = false,
        19 => body["releasable_to"] = json!([]),
        // Once more what is rare and forbids.
        20 => body["conditions"] = json!("not in court"),
        21 => body["retention_until"] = json!(dice.pick(&["2026-06-01", "2026-05-30"])),
        22 => body["review_due"] = json!(dice.pick(&["2026-05-31", "2026-06-01"])),
        _ => body["pap"] = json!(dice.pick(&["clear", "white", "green"])),
    }
    if handling {
        made["extensions"][HANDLING] = body;
    }
    made
}

/// The id under which a definition is held.
pub fn held_under(number: usize) -> String {
    id("marking-definition", number)
}

fn marking(dice: &mut Dice) -> String {
    match dice.below(8) {
        0 => tlp_id(4).to_owned(),
        1 => tlp_id(3).to_owned(),
        2 | 3 => tlp_id(dice.below(3)).to_owned(),
        4 | 5 => held_under(dice.below(MILD)),
        _ => held_under(dice.below(HELD + 3)),
    }
}

/// Marks the object; most of them mildly.
pub fn mark(dice: &mut Dice, object: &mut Value) {
    let mut ids: Vec<Value> = Vec::new();
    if !dice.one_in(40) {
        let colour = if dice.one_in(12) { dice.below(5) } else { [0, 0, 1, 1, 2][dice.below(5)] };
        ids.push(json!(tlp_id(colour)));
    }
    if dice.one_in(5) {
        ids.push(json!(held_under(dice.below(MILD))));
    }
    if dice.one_in(25) {
        ids.push(json!(marking(dice)));
    }
    object["object_marking_refs"] = match dice.below(300) {
        0 => json!("TLP:CLEAR"),
        1 => json!([1, null]),
        2 => json!({}),
        // TLP 1, and ids in capitals.
        3..=10 => json!(["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]),
        11..=20 => json!(["marking-definition--BAB4A63C-AED9-4CF5-A766-DFCA5ABAC2BB"]),
        _ => json!(ids),
    };
    if dice.one_in(3) {
        let list: Vec<Value> = (0..1 + dice.below(3)).map(|_| granular(dice, object)).collect();
        object["granular_markings"] = match dice.below(150) {
            0 => json!({ "marking_ref": tlp_id(1), "selectors": ["name"] }),
            1 => json!([]),
            _ => json!(list),
        };
    }
}

fn granular(dice: &mut Dice, object: &Value) -> Value {
    let count = [1, 1, 2][dice.below(3)];
    let selectors: Vec<Value> = (0..count).map(|_| selector(dice, object)).collect();
    match dice.below(60) {
        0 => json!({ "lang": "es", "selectors": selectors }),
        1 => json!({ "lang": "es", "marking_ref": marking(dice), "selectors": selectors }),
        2 => json!({ "selectors": selectors }),
        3 => json!("TLP:RED"),
        4 => json!({ "marking_ref": 7, "selectors": selectors }),
        5 => json!({ "marking_ref": marking(dice), "selectors": [] }),
        6 => json!({ "marking_ref": marking(dice) }),
        7 => json!({ "marking_ref": marking(dice), "selectors": "name" }),
        8 => json!({ "marking_ref": marking(dice), "selectors": [{}] }),
        9 => json!({ "lang": 3, "selectors": selectors }),
        _ => json!({ "marking_ref": marking(dice), "selectors": selectors }),
    }
}

/// A selector: mostly of a value that is there, at any depth; sometimes of none, or malformed.
fn selector(dice: &mut Dice, object: &Value) -> Value {
    let broken = [
        "id",
        "type",
        "no.such.[3]",
        "",
        ".name",
        "name.",
        "a..b",
        "labels.[x]",
        "labels.[",
        "[0]",
        "labels.[99999999999999999999999]",
        "name.[0]",
        "NAME",
        "x y",
        "labels.[-1]",
    ];
    if dice.one_in(15) {
        return json!(dice.pick(&broken));
    }
    let mut path = String::new();
    let mut value = object;
    loop {
        let below = match value {
            Value::Object(members) if !members.is_empty() => {
                let (name, value) = members.iter().nth(dice.below(members.len())).unwrap();
                Some((name.clone(), value))
            }
            Value::Array(items) if !items.is_empty() => {
                let index = dice.below(items.len());
                let zeros = if dice.one_in(12) { "0" } else { "" };
                Some((format!("[{zeros}{index}]"), &items[index]))
            }
            _ => None,
        };
        let Some((step, next)) = below.filter(|_| path.is_empty() || !dice.one_in(3)) else {
            return json!(path);
        };
        path = if path.is_empty() { step } else { format!("{path}.{step}") };
        value = next;
    }
}
