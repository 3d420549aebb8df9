//! A slow, obvious decision that reads the terms itself: the oracle of the fast one.
//!
//! Uses neither Cedar nor any function of the policy or release crates; only the terms as data.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::{Documents, Draft};
use serde_json::Value;

type Texts = BTreeSet<String>;

/// A joined marking.
#[derive(Default, Clone)]
struct Marking {
    tlp: Option<usize>,
    handling: Texts,
    caveats: Texts,
    to: Option<Texts>,
    purposes: Option<Texts>,
    unknown: bool,
}

const COLOURS: [&str; 5] = ["clear", "green", "amber", "amber+strict", "red"];
const TLP: [(&str, usize); 9] = [
    ("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", 0),
    ("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", 0),
    ("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", 1),
    ("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", 1),
    ("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", 2),
    ("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", 2),
    ("marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", 3),
    ("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", 4),
    ("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", 4),
];

/// What is asked.
pub struct Question<'a> {
    pub draft: &'a Draft,
    pub definitions: &'a BTreeMap<String, Value>,
    pub partner: &'a str,
    pub purpose: &'a str,
    pub now_us: i64,
    pub active: bool,
}

fn definition(name: &str) -> String {
    enlace_stix::types::definition_id(name)
}

fn list(value: &Value) -> Vec<String> {
    let items = value.as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

impl Question<'_> {
    /// Ids of all clauses that forbid; empty = may leave.
    pub fn forbids(&self, object: &Value, own: bool) -> BTreeSet<String> {
        let marking = self.marking_of(object);
        let mut found = self.forbids_marking(&marking);
        let mut forbid = |clause: &str| found.insert(clause.to_owned());
        let terms = &self.draft.terms;
        let kind = object["type"].as_str().unwrap().to_owned();
        if !terms.recipients.units.iter().any(|unit| unit == self.partner) {
            forbid(&terms.recipients.clause);
        }
        let from = self.draft.valid_from.micros();
        let until = self.draft.valid_until.micros();
        if !self.active || self.now_us < from || self.now_us >= until {
            forbid(&terms.validity.clause);
        }
        if !terms.purposes.allowed.iter().any(|purpose| purpose == self.purpose) {
            forbid(&terms.purposes.clause);
        }
        if !terms.types.allowed.contains(&kind) {
            forbid(&terms.types.clause);
        }
        if kind == "artifact" && terms.documents.leaves == Documents::None {
            forbid(&terms.documents.clause);
        }
        if !own {
            forbid("private.third-agency");
        }
        if object["revoked"] == true {
            forbid("private.revoked");
        }
        let extensions = &object["extensions"];
        let person = extensions.get(definition("person")).filter(|body| body.is_object());
        let groups = [definition("organization"), definition("criminal-group")];
        let collective = match object["identity_class"].as_str() {
            Some(class) => ["group", "system", "organization", "class"].contains(&class),
            None => groups.iter().any(|id| extensions.get(id).is_some()),
        };
        if person.is_some() || (kind == "identity" && !collective) {
            let stated = person.and_then(|person| person.get("subject_categories"));
            let categories: Vec<String> = match stated {
                None => vec![],
                Some(Value::Array(items)) => {
                    let name = |item: &Value| item["category"].as_str().unwrap_or("?").to_owned();
                    items.iter().map(name).collect()
                }
                Some(_) => vec!["?".to_owned()],
            };
            if categories.is_empty() {
                forbid("private.subject-unstated");
            }
            if categories.iter().any(|c| !terms.subjects.allowed.contains(c)) {
                forbid(&terms.subjects.clause);
            }
        }
        found
    }

    /// Whether the value at this selector may leave of an object that may.
    pub fn property_may_leave(&self, object: &Value, path: &str) -> bool {
        let mut marking = self.marking_of(object);
        let mut touched = false;
        for granular in object["granular_markings"].as_array().into_iter().flatten() {
            let touches = list(&granular["selectors"]).iter().any(|selector| {
                format!("{path}.").starts_with(&format!("{selector}."))
                    || format!("{selector}.").starts_with(&format!("{path}."))
            });
            if let (true, Some(id)) = (touches, granular["marking_ref"].as_str()) {
                self.join(&mut marking, id);
                touched = true;
            }
        }
        !touched || self.forbids_marking(&marking).is_empty()
    }

    fn forbids_marking(&self, marking: &Marking) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut forbid = |clause: &str| found.insert(clause.to_owned());
        let terms = &self.draft.terms;
        let max = COLOURS.iter().position(|name| *name == terms.tlp.max.name()).unwrap();
        match marking.tlp {
            None => drop(forbid("private.unmarked")),
            Some(tlp) => {
                if tlp > max {
                    forbid(&terms.tlp.clause);
                }
                if tlp == 4 {
                    forbid("private.tlp-red");
                }
            }
        }
        let codes: Vec<String> =
            terms.handling.allowed.iter().map(|code| format!("{code:?}")).collect();
        if marking.handling.iter().any(|code| !codes.contains(code)) {
            forbid(&terms.handling.clause);
        }
        if marking.caveats.iter().any(|caveat| !terms.handling.caveats.contains(caveat)) {
            forbid(&terms.handling.clause);
        }
        if marking.caveats.contains("source-identity") {
            forbid("private.source-identity");
        }
        if marking.unknown {
            forbid("private.unknown-marking");
        }
        if let Some(to) = &marking.to {
            let party = self.draft.parties.iter().find(|party| party.key_id == self.partner);
            let named = party.is_some_and(|party| {
                to.contains(&party.country) || to.contains(&party.identity_ref)
            });
            if !named && !to.contains(self.partner) {
                forbid("private.releasable-to");
            }
        }
        if marking.purposes.as_ref().is_some_and(|purposes| !purposes.contains(self.purpose)) {
            forbid("private.marking-purpose");
        }
        found
    }

    fn marking_of(&self, object: &Value) -> Marking {
        let mut marking = Marking::default();
        match object.get("object_marking_refs") {
            None => {}
            Some(Value::Array(ids)) => {
                for id in ids {
                    match id.as_str() {
                        Some(id) => self.join(&mut marking, id),
                        None => marking.unknown = true,
                    }
                }
            }
            Some(_) => marking.unknown = true,
        }
        for granular in object["granular_markings"].as_array().into_iter().flatten() {
            let selectors = list(&granular["selectors"]);
            match (granular["marking_ref"].as_str(), granular["lang"].as_str()) {
                (Some(id), _) => {
                    let fine = |s: &String| s != "id" && s != "type" && there(object, s);
                    if selectors.is_empty() || !selectors.iter().all(fine) {
                        self.join(&mut marking, id);
                    }
                }
                (None, Some(_)) => {}
                (None, None) => marking.unknown = true,
            }
        }
        marking
    }

    fn join(&self, marking: &mut Marking, id: &str) {
        if let Some((_, tlp)) = TLP.iter().find(|(tlp, _)| *tlp == id) {
            marking.tlp = marking.tlp.max(Some(*tlp));
            return;
        }
        let Some(found) = self.definitions.get(id) else {
            marking.unknown = true;
            return;
        };
        let handling = definition("handling");
        let extensions = found["extensions"].as_object().cloned().unwrap_or_default();
        if extensions.keys().any(|id| *id != handling) {
            marking.unknown = true;
        }
        let Some(body) = extensions.get(&handling) else {
            marking.unknown |= found["definition_type"] != "statement";
            return;
        };
        let colour = body["tlp"].as_str().and_then(|c| COLOURS.iter().position(|n| *n == c));
        marking.tlp = marking.tlp.max(colour.or(Some(4)));
        for (name, value) in body.as_object().unwrap() {
            let texts = || -> Texts { list(value).into_iter().collect() };
            let of_texts = value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
            match name.as_str() {
                "handling" => marking.handling.extend(texts()),
                "caveats" => marking.caveats.extend(texts()),
                "releasable_to" => {
                    marking.to = Some(cut(&marking.to, texts()));
                    marking.unknown |= !of_texts;
                }
                "purposes" => {
                    marking.purposes = Some(cut(&marking.purposes, texts()));
                    marking.unknown |= !of_texts;
                }
                "extension_type" | "tlp" | "onward" | "retention_until" => {}
                _ => marking.unknown = true,
            }
        }
    }
}

fn cut(held: &Option<Texts>, more: Texts) -> Texts {
    match held {
        None => more,
        Some(held) => held.intersection(&more).cloned().collect(),
    }
}

/// Whether `a.b.[0]` names a value; by listing every selector of the object.
fn there(object: &Value, selector: &str) -> bool {
    fn all(value: &Value, path: &str, into: &mut Texts) {
        into.insert(path.to_owned());
        let below = |part: String| if path.is_empty() { part } else { format!("{path}.{part}") };
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| all(value, &below(name.clone()), into));
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.for_each(|(i, value)| all(value, &below(format!("[{i}]")), into));
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    all(object, "", &mut found);
    !selector.is_empty() && found.contains(selector)
}
