//! A slow, obvious release that reads the agreement itself: the oracle of the fast one.
//!
//! JSON in, JSON out. Uses neither Cedar nor any function of the policy or release crates nor the
//! markings of the stix crate: the agreement is the object that the parties signed, the rules are
//! those of docs and terms, written down a second time in the simplest way. Whether a finished
//! twin is valid STIX is asked of the validator, which has public oracles of its own.

mod closure;
mod fields;
pub mod marking;
mod text;
pub mod time;
pub mod types;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

pub use closure::{
    NOT_WHOLE, Outcome, Previous, Twin, World, observable_id, public_identity, release,
};
use marking::{Marking, Markings, Texts};
use types::{ORGANIZATION, PERSON};

/// What is asked.
#[derive(Clone, std::marker::Copy)]
pub struct Question<'a> {
    /// The agreement object.
    pub agreement: &'a Value,
    /// Prohibitions of the node: `{name, type?, caveat?, category?}`.
    pub private: &'a [Value],
    /// Marking definitions that are held.
    pub definitions: &'a BTreeMap<String, Value>,
    pub partner: &'a str,
    pub purpose: &'a str,
    pub now_us: i64,
    /// Signed by all, inside its dates, neither suspended nor ended.
    pub active: bool,
    /// The recipient has a valid vetting record here.
    pub vetted: bool,
    /// Offence that the release is about.
    pub offence: Option<&'a str>,
    /// The release names a reason for its transfer.
    pub reasoned: bool,
}

/// An object that someone proposes to release.
#[derive(Debug, Clone, PartialEq)]
pub struct Original {
    pub object: Value,
    /// Whether it is ours.
    pub own: bool,
    /// What its originator, if that is another, consented to for this release.
    pub consent: Consent,
    /// Whether a named officer holds it back.
    pub held: bool,
    /// The flattened copy of its document.
    pub copy: Option<Copy>,
}

/// Pages without anything else, made for release.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    pub bytes: Vec<u8>,
    pub mime: &'static str,
}

/// What a file tells of a copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub sha256: String,
    pub size: usize,
    pub mime: &'static str,
}

impl Told {
    pub fn of(copy: &Copy) -> Self {
        let sha256 = hex::encode(Sha256::digest(&copy.bytes));
        Self { sha256, size: copy.bytes.len(), mime: copy.mime }
    }
}

impl Original {
    /// An object without consent or hold.
    pub fn new(object: Value, own: bool) -> Self {
        Self { object, own, consent: Consent::None, held: false, copy: None }
    }
}

/// Consent of another originator.
#[derive(Debug, Clone, PartialEq)]
pub enum Consent {
    None,
    /// Whole or not at all.
    Whole,
    /// With less in it, the originator named like this.
    Redacted(String),
}

fn list(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

impl Question<'_> {
    fn clause(&self, section: &str) -> String {
        self.agreement["terms"][section]["clause"].as_str().unwrap().to_owned()
    }

    /// Whether the list at `terms.SECTION.NAME` names this.
    fn lists(&self, section: &str, name: &str, what: &str) -> bool {
        list(&self.agreement["terms"][section][name]).iter().any(|item| item == what)
    }

    /// Ids of all clauses that forbid; empty = may leave.
    pub fn forbids(&self, original: &Original) -> BTreeSet<String> {
        let object = &original.object;
        let markings = Markings::of(object, self.definitions);
        let mut found = self.forbids_marking(object, &markings.whole, true);
        let mut forbid = |clause: String| {
            found.insert(clause);
        };
        let kind = object["type"].as_str().unwrap();
        let terms = &self.agreement["terms"];
        if !self.lists("recipients", "units", self.partner) || !self.vetted {
            forbid(self.clause("recipients"));
        }
        if terms["transfer"]["ground"] == "derogation" && !self.reasoned {
            forbid(self.clause("transfer"));
        }
        if terms.get("assurances").is_some() && self.lists("assurances", "purposes", self.purpose) {
            let promised = |offence: &str| self.lists("assurances", "offences", offence);
            if is_person(object) && !self.offence.is_some_and(promised) {
                forbid(self.clause("assurances"));
            }
        }
        if let Some(term) = terms.get("evaluation")
            && !well_sourced(object, term)
        {
            forbid(self.clause("evaluation"));
        }
        if let Some(term) = terms.get("age")
            && !young(object, term, self.now_us)
        {
            forbid(self.clause("age"));
        }
        let moment = |name: &str| time::micros(self.agreement[name].as_str().unwrap()).unwrap();
        let in_dates = self.now_us >= moment("valid_from") && self.now_us < moment("valid_until");
        if !self.active || !in_dates {
            forbid(self.clause("validity"));
        }
        if !self.lists("purposes", "allowed", self.purpose) {
            forbid(self.clause("purposes"));
        }
        if !self.lists("types", "allowed", kind) {
            forbid(self.clause("types"));
        }
        let leaves = match terms["documents"]["leaves"].as_str() {
            Some("originals") => true,
            Some("flattened") => original.copy.is_some(),
            _ => false,
        };
        if kind == "artifact" && !leaves {
            forbid(self.clause("documents"));
        }
        if !original.own && original.consent == Consent::None {
            forbid("private.third-agency".to_owned());
        }
        if original.held {
            forbid("private.held-back".to_owned());
        }
        if object["revoked"] == true {
            forbid("private.revoked".to_owned());
        }
        if is_person(object) {
            let categories = categories(object);
            if categories.is_empty() {
                forbid("private.subject-unstated".to_owned());
            }
            if categories.iter().any(|c| !self.lists("subjects", "allowed", c)) {
                forbid(self.clause("subjects"));
            }
        }
        found
    }

    /// What the markings on the object, or on a value of it, forbid.
    pub fn forbids_marking(
        &self,
        object: &Value,
        marking: &Marking,
        whole: bool,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut forbid = |clause: String| {
            found.insert(clause);
        };
        let max = self.agreement["terms"]["tlp"]["max"].as_str().unwrap();
        let max = marking::COLOURS.iter().position(|colour| *colour == max).unwrap();
        match marking.tlp {
            None => forbid("private.unmarked".to_owned()),
            Some(tlp) => {
                if tlp > max {
                    forbid(self.clause("tlp"));
                }
                if tlp == 4 {
                    forbid("private.tlp-red".to_owned());
                }
            }
        }
        let listed = |name: &str, all: &Texts| all.iter().all(|x| self.lists("handling", name, x));
        if !listed("allowed", &marking.handling) || !listed("caveats", &marking.caveats) {
            forbid(self.clause("handling"));
        }
        if marking.caveats.contains("source-identity") {
            forbid("private.source-identity".to_owned());
        }
        if marking.unknown {
            forbid("private.unknown-marking".to_owned());
        }
        if marking.pap.is_some_and(|pap| !self.lists("handling", "pap", marking::PAP[pap])) {
            forbid(self.clause("handling"));
        }
        if marking.conditions {
            forbid("private.conditions".to_owned());
        }
        let day = |micros: i64| micros.div_euclid(time::DAY);
        if marking.until.is_some_and(|until| day(until) <= day(self.now_us)) {
            forbid("private.retention-over".to_owned());
        }
        if marking.review.is_some_and(|due| day(due) < day(self.now_us)) {
            forbid("private.review-overdue".to_owned());
        }
        let mut names = vec![self.partner.to_owned()];
        for party in self.agreement["parties"].as_array().unwrap() {
            if party["key_id"] == self.partner {
                names
                    .extend(["country", "identity_ref"].map(|n| party[n].as_str().unwrap().into()));
            }
        }
        if let Some(to) = &marking.to
            && !names.iter().any(|name| to.contains(name))
        {
            forbid("private.releasable-to".to_owned());
        }
        if marking.purposes.as_ref().is_some_and(|purposes| !purposes.contains(self.purpose)) {
            forbid("private.marking-purpose".to_owned());
        }
        for rule in self.private {
            let holds = |name: &str, test: &dyn Fn(&str) -> bool| {
                rule.get(name).and_then(Value::as_str).is_none_or(test)
            };
            let categories = if is_person(object) { categories(object) } else { Texts::new() };
            // The object itself was found free of what says nothing of markings.
            if !whole && rule.get("caveat").is_none() {
                continue;
            }
            if holds("type", &|kind| object["type"] == kind)
                && holds("caveat", &|caveat| marking.caveats.contains(caveat))
                && holds("category", &|category| categories.contains(category))
                && holds("partner", &|partner| names.iter().any(|name| name == partner))
                && holds("purpose", &|purpose| self.purpose == purpose)
            {
                forbid(format!("private.{}", rule["name"].as_str().unwrap()));
            }
        }
        found
    }

    /// Whether the markings at this selector let the value leave.
    pub fn property_may_leave(&self, object: &Value, selector: &str) -> bool {
        let Some(steps) = marking::steps(selector) else { return false };
        let markings = Markings::of(object, self.definitions);
        self.forbids_marking(object, &markings.at(&steps), false).is_empty()
    }
}

/// An identity is taken for a natural person unless something says that it is none.
fn is_person(object: &Value) -> bool {
    let carries = |id: &str| object["extensions"].get(id).is_some_and(Value::is_object);
    let criminal_group = "extension-definition--fa73c7c3-641b-52d3-af56-283a94c82735";
    let collective = match object["identity_class"].as_str() {
        Some(class) => ["group", "system", "organization", "class"].contains(&class),
        None => carries(ORGANIZATION) || carries(criminal_group),
    };
    carries(PERSON) || (object["type"] == "identity" && !collective)
}

/// Stated categories; one that cannot be read is one that no clause allows.
fn categories(object: &Value) -> Texts {
    let known =
        ["suspect", "convicted", "victim", "witness", "contact", "other", "not-established"];
    let name = |item: &Value| match item["category"].as_str() {
        Some(name) if known.contains(&name) => name.to_owned(),
        _ => "unknown".to_owned(),
    };
    match object["extensions"][PERSON].get("subject_categories") {
        None => Texts::new(),
        Some(Value::Array(items)) => items.iter().map(name).collect(),
        Some(_) => Texts::from(["unknown".to_owned()]),
    }
}

/// Grades that say something, best first; the rest means *cannot be judged*.
const GRADES: [(&str, &str, &str); 4] = [
    ("admiralty", "ABCDE", "12345"),
    ("4x4", "ABC", "1234"),
    ("3x5x2", "123", "ABC"),
    ("5x5x5", "ABCD", "123"),
];

/// Whether the evaluation of an object is at the floor of its own scheme.
fn well_sourced(object: &Value, term: &Value) -> bool {
    let found = object["extensions"].get(types::EVALUATION);
    let Some(found) = found else {
        return term["unevaluated"] == "leaves";
    };
    if found.get("paths").is_some() && term["unevaluated"] == "stays" {
        return false;
    }
    let scheme = found["scheme"].as_str().unwrap_or_default();
    let Some(floor) = term["floor"][scheme].as_str() else { return false };
    let Some((_, sources, informations)) = GRADES.iter().find(|(name, ..)| *name == scheme) else {
        return false;
    };
    let reaches = |all: &str, grade: &Value, lowest: &str| {
        let rank = |grade: &str| (grade.len() == 1).then(|| all.find(grade)).flatten();
        match (grade.as_str().and_then(rank), rank(lowest)) {
            (Some(found), Some(lowest)) => found <= lowest,
            _ => false,
        }
    };
    reaches(sources, &found["source_grade"], &floor[..1])
        && reaches(informations, &found["information_grade"], &floor[1..])
}

/// Whether an object is no older than the agreement allows: an edit does not make old news young.
fn young(object: &Value, term: &Value, now_us: i64) -> bool {
    let moment = |name: &str| object[name].as_str().and_then(time::micros);
    let mut moments = Vec::from_iter(moment("modified").or_else(|| moment("created")));
    moments.extend(moment("last_seen"));
    moments.extend(moment("last_observed"));
    match moments.into_iter().min() {
        None => term["undated"] == "leaves",
        Some(moment) => (now_us - moment) / time::DAY <= term["days"].as_i64().unwrap(),
    }
}
