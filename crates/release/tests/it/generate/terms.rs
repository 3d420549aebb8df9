//! Agreements with every option of every term, as the object that the parties sign.

use serde_json::{Map, Value, json};

use super::Dice;
use crate::model::{EC, OWN, US};
use crate::reference::types::{self, Type};

/// A third party of some agreements.
pub const NL: &str = "4444444444444444444444444444444444444444444444444444444444444444";
pub const PURPOSES: [&str; 3] = ["firearms-tracing", "cyber", "prosecution"];
pub const CATEGORIES: [&str; 7] =
    ["suspect", "convicted", "victim", "witness", "contact", "other", "not-established"];
pub const CAVEATS: [&str; 3] = ["no-press", "no-court", "eyes-only"];
const CODES: [&str; 4] = ["H0", "H1", "H2", "H3"];

/// The same number, the same agreement. Each allows most things: what forbids nearly everything
/// shows little.
pub fn agreement(number: u64) -> Value {
    let mut dice = Dice::new(number ^ 0xa97e_e3e2);
    let terms = terms(&mut dice);
    let party = |key: &str, country: &str, digit: &str| {
        json!({ "key_id": key, "name": format!("Agency {country}"), "country": country,
            "unit": "Liaison", "identity_ref":
            format!("identity--{0}{0}-{0}-4{1}-8{1}-{0}{0}{0}", digit, &digit[..3]) })
    };
    let mut parties = vec![party(EC, "EC", "1111"), party(US, "US", "2222")];
    if dice.one_in(3) {
        parties.push(party(NL, "NL", "4444"));
    }
    json!({
        "type": "agreement",
        "spec_version": "2.1",
        "id": format!("agreement--00000000-0000-4000-8000-{number:012x}"),
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "created_by_ref": OWN,
        "extensions": { enlace_stix::types::definition_id("agreement"):
            { "extension_type": "new-sdo" } },
        "lineage": "00000000-0000-4000-8000-000000000009",
        "title": format!("Agreement {number}"),
        "legal_basis": "UNTOC Art. 27",
        "parties": parties,
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": "2029-01-01T00:00:00Z",
        "purposes": terms["purposes"]["allowed"],
        "terms": terms,
    })
}

/// An agreement with every term that makes a rule, and that lets much leave.
pub fn every_term() -> Value {
    let mut agreement = agreement(0);
    let terms = &mut agreement["terms"];
    let names: Vec<&str> = types::all().iter().map(|t| t.name).collect();
    terms["purposes"]["allowed"] = json!(PURPOSES[..2]);
    terms["recipients"]["units"] = json!([US]);
    terms["transfer"]["ground"] = json!("derogation");
    terms["assurances"] = json!({ "clause": "2.4", "purposes": [PURPOSES[0]],
        "against": ["torture"], "offences": [OFFENCES[0]] });
    terms["types"]["allowed"] = json!(names[..names.len() - 2]);
    terms["tlp"]["max"] = json!("amber");
    terms["subjects"]["allowed"] = json!(["suspect", "convicted", "contact"]);
    terms["evaluation"] = json!({ "clause": "3.8", "unevaluated": "stays",
        "floor": { "admiralty": "C3", "4x4": "B2" } });
    terms["age"] = json!({ "clause": "3.9", "days": 60, "undated": "stays" });
    terms["handling"] = json!({ "clause": "3.4", "allowed": ["H0", "H1", "H2"], "stamp": ["H1"],
        "caveats": CAVEATS, "pap": ["clear", "green"] });
    terms["documents"]["leaves"] = json!("none");
    terms["text"]["leaves"] = json!("tear-line");
    agreement["purposes"] = agreement["terms"]["purposes"]["allowed"].clone();
    agreement
}

/// The agreement of this number with nothing in the way but its fields.
pub fn open(number: u64) -> Value {
    let mut agreement = agreement(number);
    let terms = agreement["terms"].as_object_mut().unwrap();
    for name in ["assurances", "ids", "evaluation", "age"] {
        terms.shift_remove(name);
    }
    let names: Vec<&str> = types::all().iter().map(|t| t.name).collect();
    terms["purposes"]["allowed"] = json!(PURPOSES);
    terms["recipients"]["units"] = json!([US]);
    terms["types"]["allowed"] = json!(names);
    terms["identifiers"]["allowed"] = json!(IDENTIFIERS);
    terms["tlp"]["max"] = json!("amber");
    terms["subjects"]["allowed"] = json!(CATEGORIES);
    terms["text"]["leaves"] = json!("tear-line");
    terms["documents"]["leaves"] = json!("originals");
    for kind in types::all() {
        if let Some(fields) = terms["fields"].get_mut(kind.name) {
            let needed: Vec<&str> = kind.required.iter().chain(&kind.one_of).copied().collect();
            let free = |name: &&str| types::is_free_text(kind, &[(*name).to_owned()]);
            let needed = needed.into_iter().filter(|n| *n != "extensions" && !free(n));
            let needed: Vec<&str> =
                needed.chain((kind.name == "identity").then_some("person.names")).collect();
            keeps(fields, &needed);
        }
    }
    agreement["purposes"] = json!(PURPOSES);
    agreement
}

/// Keeps this property whole.
pub fn keep_whole(fields: &mut Value, name: &str) {
    let of = |path: &str| path == name || path.starts_with(&format!("{name}."));
    for list in ["keep", "drop"] {
        let list = fields[list].as_array_mut().unwrap();
        list.retain(|path| !of(path.as_str().unwrap()));
    }
    fields["generalise"].as_object_mut().unwrap().retain(|path, _| !of(path));
    fields["keep"].as_array_mut().unwrap().push(json!(name));
}

/// Keeps these whole, and takes out what leaves nothing valid.
fn keeps(fields: &mut Value, needed: &[&str]) {
    // Members of records, without which, or with which alone, nothing of a record leaves.
    let records = [
        "external_references.",
        "person.identity_documents.",
        "contact-information.contact_numbers.",
        "contact-information.email_addresses.",
    ];
    let of = |path: &str| {
        let below = |name: &&str| path.starts_with(&format!("{name}."));
        let inside = records.iter().any(|record| path.starts_with(record));
        inside || needed.contains(&path) || needed.iter().any(below)
    };
    let texts = |list: &Value| -> Vec<Value> {
        let items = list.as_array().cloned().unwrap_or_default();
        items.into_iter().filter(|path| !of(path.as_str().unwrap())).collect()
    };
    let mut keep = texts(&fields["keep"]);
    keep.extend(needed.iter().map(|name| json!(name)));
    fields["keep"] = json!(keep);
    fields["drop"] = json!(texts(&fields["drop"]));
    // Lists and numbers that become a text are no longer valid, and take the object with them.
    let lists = ["roles", "sectors", "labels", "confidence", "aliases", "goals", "authors"];
    let fits = |path: &str| {
        let inside = ["person.nationalities", "organization.registration_numbers"];
        // Its first moment of the year would be before `valid_from`.
        path != "valid_until" && !of(path) && !lists.contains(&path) && !inside.contains(&path)
    };
    fields["generalise"].as_object_mut().unwrap().retain(|path, _| fits(path));
}

/// The node's own prohibitions beside it.
pub fn private(number: u64) -> Vec<Value> {
    let mut dice = Dice::new(number ^ 0x0e1f);
    let mut rules = Vec::new();
    for i in 0..[0, 0, 1, 2][dice.below(4)] {
        let mut rule = json!({ "name": format!("rule-{i}") });
        while rule.as_object().unwrap().len() < 2 {
            if dice.one_in(3) {
                rule["type"] =
                    json!(*dice.pick(&["identity", "firearm", "report", "bank-account"]));
            }
            if dice.one_in(3) {
                rule["caveat"] = json!(*dice.pick(&CAVEATS));
            }
            if dice.one_in(6) {
                rule["partner"] = json!(*dice.pick(&[US, "EC", "NL"]));
            }
            if dice.one_in(6) {
                rule["purpose"] = json!(*dice.pick(&PURPOSES));
            }
            if dice.one_in(3) {
                rule["category"] = json!(*dice.pick(&["contact", "suspect", "other"]));
            }
        }
        rules.push(rule);
    }
    rules
}

/// Each of these with a chance of `n` in `of`.
fn some<'a>(dice: &mut Dice, from: &[&'a str], n: usize, of: usize) -> Vec<&'a str> {
    from.iter().filter(|_| dice.below(of) < n).copied().collect()
}

fn terms(dice: &mut Dice) -> Value {
    let mut purposes = some(dice, &PURPOSES, 2, 3);
    let mut units = some(dice, &[EC], 1, 2);
    if !dice.one_in(30) {
        units.push(US);
    }
    if !dice.one_in(20) && !purposes.contains(&PURPOSES[0]) {
        purposes.push(PURPOSES[0]);
    }
    let names: Vec<&str> = types::all().iter().map(|t| t.name).collect();
    let mut terms = json!({
        "validity": { "clause": "1.2" },
        "purposes": { "clause": "2.1", "allowed": purposes },
        "recipients": { "clause": "2.2", "units": units },
        "transfer": { "clause": "2.3",
            "ground": dice.pick(&["adequacy", "safeguards", "derogation"]) },
        "identifiers": { "clause": "3.7", "allowed": some(dice, IDENTIFIERS, 4, 5) },
        "types": { "clause": "3.1", "allowed": some(dice, &names, 9, 10) },
        "tlp": { "clause": "3.2",
            "max": dice.pick(&["clear", "green", "amber", "amber", "amber+strict", "amber+strict"]) },
        "subjects": { "clause": "3.3", "allowed": some(dice, &CATEGORIES, 4, 5) },
        "handling": { "clause": "3.4", "allowed": some(dice, &CODES, 3, 4),
            "stamp": some(dice, &CODES, 1, 3) },
        "text": { "clause": "3.5", "leaves": dice.pick(&["none", "tear-line", "tear-line", "tear-line"]) },
        "documents": { "clause": "3.6", "leaves": dice.pick(&["none", "flattened", "originals"]) },
        "onward": { "clause": "5.1",
            "rule": dice.pick(&["none", "with-consent", "parties-only", "classes"]) },
        "retention": { "clause": "5.2", "days": dice.pick(&[1, 30, 1095]) },
        "approval": { "clause": "5.3", "rule": dice.pick(&["automatic", "one-officer", "four-eyes"]) },
        "acceptance": { "clause": "5.4", "rule": dice.pick(&["automatic", "person"]) },
        "fields": {},
    });
    if dice.one_in(2) {
        terms["handling"]["caveats"] = json!(some(dice, &CAVEATS, 1, 2));
    }
    optional(dice, &mut terms);
    for (i, kind) in types::all().iter().enumerate() {
        if !dice.one_in(15) {
            let clause = format!("4.{}", i + 1);
            terms["fields"][kind.name] = fields(dice, kind, &clause);
        }
    }
    terms
}

/// Sections and members that the parties may leave out.
fn optional(dice: &mut Dice, terms: &mut Value) {
    if terms["onward"]["rule"] == "classes" {
        terms["onward"]["classes"] = json!(some(dice, &CLASSES, 1, 2));
    }
    if dice.one_in(2) {
        terms["handling"]["pap"] = json!(some(dice, &["clear", "green", "amber", "red"], 1, 2));
    }
    if dice.one_in(3) {
        terms["retention"]["review_days"] = json!(1 + dice.below(2));
        terms["retention"]["days"] = json!(30);
    }
    if dice.one_in(3) {
        terms["assurances"] = json!({ "clause": "2.4", "purposes": some(dice, &PURPOSES, 1, 2),
            "against": ["death-penalty"], "offences": some(dice, &OFFENCES, 1, 2) });
    }
    if dice.one_in(3) {
        let mut floor = Map::new();
        for (scheme, grades) in [
            ("admiralty", ["A1", "C3", "E5"]),
            ("4x4", ["A1", "B2", "C4"]),
            ("3x5x2", ["1A", "2C", "3B"]),
            ("5x5x5", ["A1", "B3", "D2"]),
        ] {
            if !dice.one_in(3) {
                floor.insert(scheme.to_owned(), json!(dice.pick(&grades)));
            }
        }
        let unevaluated = if dice.one_in(4) { "stays" } else { "leaves" };
        terms["evaluation"] =
            json!({ "clause": "3.8", "unevaluated": unevaluated, "floor": floor });
    }
    if dice.one_in(4) {
        let types = ["relationship", "domain-name", "firearm", "identity", "bank-account"];
        terms["ids"] = json!({ "clause": "3.10", "original": some(dice, &types, 1, 3) });
    }
    if dice.one_in(3) {
        // The originals are 30 days old, or a year.
        terms["age"] = json!({ "clause": "3.9", "days": dice.pick(&[29, 30, 31, 60, 3650, 3650]) });
        match dice.below(3) {
            0 => {}
            1 => terms["age"]["undated"] = json!("stays"),
            _ => terms["age"]["undated"] = json!("leaves"),
        }
    }
}

const IDENTIFIERS: &[&str] = enlace_policy::kinds::IDENTIFIERS;
pub const OFFENCES: [&str; 2] = ["drug-trafficking", "murder"];
/// Classes of units to which passing on may be consented in advance.
pub const CLASSES: [&str; 2] = ["prosecution-service", "customs"];

/// Paths of which at most one of a line can be named, or several that lie beside each other.
const PARTS: &[(&str, &[&str])] = &[
    ("person.names", &["person.names.full", "person.names.kind"]),
    ("person.birth_date", &[]),
    ("person.birth_place", &[]),
    ("person.nationalities", &[]),
    (
        "person.identity_documents",
        &["person.identity_documents.number", "person.identity_documents.kind"],
    ),
    ("person.subject_categories", &["person.subject_categories.category"]),
    ("organization.names", &["organization.names.full"]),
    ("organization.legal_form", &[]),
    ("organization.registration_numbers", &[]),
    ("criminal-group.aliases", &[]),
    ("criminal-group.kind", &[]),
    ("contact-information.last_name", &[]),
    (
        "contact-information.contact_numbers",
        &[
            "contact-information.contact_numbers.contact_number",
            "contact-information.contact_numbers.contact_number_type",
        ],
    ),
    (
        "contact-information.email_addresses",
        &[
            "contact-information.email_addresses.email_address_ref",
            "contact-information.email_addresses.digital_contact_type",
        ],
    ),
];
const ANYWHERE: &[(&str, &[&str])] = &[
    ("x_custom", &[]),
    ("x_more", &["x_more.a", "x_more.deep.b", "x_more.link_ref"]),
    ("labels", &[]),
    ("external_references", &["external_references.source_name", "external_references.url"]),
    ("confidence", &[]),
];

fn fields(dice: &mut Dice, kind: &Type, clause: &str) -> Value {
    let mut keep: Vec<String> = Vec::new();
    let mut generalise = Map::new();
    let own = kind.required.iter().chain(&kind.one_of).chain(&kind.optional);
    let own = own.filter(|name| {
        **name != "extensions" && !types::is_free_text(kind, &[(**name).to_owned()])
    });
    let mut named: Vec<(&str, &[&str])> = own.map(|name| (*name, &[][..])).collect();
    // What every object of the type needs is nearly always named: else nothing of it ever leaves.
    let needed = |name: &str| kind.required.contains(&name) || kind.one_of.contains(&name);
    if kind.name == "identity" {
        named.extend(PARTS);
    }
    let common = ANYWHERE.iter().filter(|(name, _)| name.starts_with("x_") || kind.family != 'o');
    named.extend(common);
    for (whole, parts) in named {
        let chance = if needed(whole) { 40 } else { 2 };
        if dice.one_in(chance) {
            continue;
        }
        let paths = match !parts.is_empty() && dice.one_in(2) {
            true => some(dice, parts, 2, 3),
            false => vec![whole],
        };
        for path in paths {
            match mask(dice, path).filter(|_| dice.one_in(if needed(whole) { 12 } else { 3 })) {
                Some(mask) => drop(generalise.insert(path.to_owned(), json!(mask))),
                None => keep.push(path.to_owned()),
            }
        }
    }
    let below = [
        "person.names.kind",
        "person.names.full",
        "person.identity_documents.country",
        "contact-information.contact_numbers.contact_number_type",
        "contact-information.contact_numbers.classified",
        "x_more.a",
        "x_more.deep",
        "x_more.deep.b",
        "external_references.url",
        "hashes.MD5",
    ];
    let inside = |path: &&str| keep.iter().any(|kept| path.starts_with(&format!("{kept}.")));
    let below: Vec<&str> = below.into_iter().filter(inside).collect();
    let drop = some(dice, &below, 1, 3);
    json!({ "clause": clause, "keep": keep, "generalise": generalise, "drop": drop })
}

/// A mask that makes sense for the property at this path.
fn mask(dice: &mut Dice, path: &str) -> Option<&'static str> {
    let last = path.rsplit('.').next().unwrap();
    if last.ends_with("_ref") || last.ends_with("_refs") {
        return None;
    }
    let fitting: &[&str] = match last {
        _ if dice.one_in(6) => &["year", "province", "country", "initials", "band", "fixed:held"],
        "birth_place" | "city" | "street_address" => &["province", "country"],
        "name" | "names" | "full" | "display_name" | "aliases" => &["initials"],
        "count" | "number_observed" | "size" | "number" | "confidence" => &["band"],
        name if ["first", "last", "time", "date", "valid", "published", "recovered_on"]
            .iter()
            .any(|part| name.contains(part)) =>
        {
            &["year"]
        }
        _ => &["fixed:held", "initials"],
    };
    Some(*dice.pick(fitting))
}
