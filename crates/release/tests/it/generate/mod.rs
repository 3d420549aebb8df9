//! Generated sets of originals, some hostile, every text of them a canary; and whole cases for
//! the comparison with the reference ([`case`], [`terms`]).

pub mod case;
pub mod granular;
mod objects;
pub mod terms;

use std::collections::BTreeMap;

use enlace_policy::kinds::{self, Family, Kind};
use enlace_release::Candidate;
use enlace_stix::{marking::Tlp, types};
use serde_json::{Map, Value, json};

use crate::model::{self, id};

/// SplitMix64: the same seed, the same set.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// A generated set.
pub struct Set {
    pub candidates: Vec<Candidate>,
    /// Canary text → original and path (as a selector) where it stands.
    pub canaries: BTreeMap<String, (String, String)>,
}

const KINDS: &[&str] = &[
    "identity",
    "identity",
    "identity",
    "firearm",
    "location",
    "report",
    "relationship",
    "relationship",
    "sighting",
    "indicator",
    "incident",
    "observed-data",
    "bank-account",
    "phone-number",
    "shipping-container",
    "domain-name",
    "note",
    "artifact",
    "malware",
    "agreement",
    "x-unheard-of",
];

/// Builds a set of up to `limit` originals that refer to each other. `gossip`: tear-lines may name
/// other objects.
pub fn set(seed: u64, limit: usize, gossip: bool) -> Set {
    let mut dice = Dice::new(seed);
    let count = 1 + dice.below(limit);
    let ids: Vec<String> = (0..count).map(|n| id(KINDS[dice.below(KINDS.len())], n + 1)).collect();
    let mut made = Set { candidates: Vec::new(), canaries: BTreeMap::new() };
    for (number, id) in ids.iter().enumerate() {
        let mut maker = Maker { dice: &mut dice, ids: &ids, number, gossip };
        let object = maker.object(id);
        collect(&object, String::new(), id, &mut made.canaries);
        let own = !dice.one_in(12);
        made.candidates.push(Candidate::new(model::object(object), own));
    }
    made
}

fn collect(value: &Value, path: String, id: &str, into: &mut BTreeMap<String, (String, String)>) {
    let below =
        |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
    match value {
        Value::String(text) if text.contains("canary") => {
            into.insert(text.clone(), (id.to_owned(), path));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(value, below(name), id, into));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(i, value)| collect(value, below(&format!("[{i}]")), id, into));
        }
        _ => {}
    }
}

struct Maker<'a> {
    dice: &'a mut Dice,
    ids: &'a [String],
    number: usize,
    gossip: bool,
}

impl Maker<'_> {
    fn object(&mut self, id: &str) -> Value {
        let name = id.split("--").next().unwrap();
        let kind = kinds::kind(name);
        let observable = kind.is_some_and(|k| k.family == Family::Observable);
        let mut object = match observable {
            true => json!({ "type": name, "spec_version": "2.1", "id": id }),
            false => model::sdo(name, self.number + 1, json!({})),
        };
        if let (true, Some((definition, form))) = (observable, kinds::own_definition(name)) {
            object["extensions"] = json!({ definition: { "extension_type": form } });
        }
        if let Some(kind) = kind {
            self.properties(kind, &mut object);
        }
        object["x_custom"] = self.canary("x");
        self.markings(&mut object);
        self.extensions(name, &mut object);
        if self.dice.one_in(25) {
            object["revoked"] = json!(true);
        }
        if self.dice.one_in(30) {
            object["spec_version"] = json!("2.0");
        }
        object
    }

    fn properties(&mut self, kind: &Kind, object: &mut Value) {
        let text = [kind.title, kind.text];
        let optional = kind.one_of.iter().chain(kind.optional).chain(text.iter().flatten());
        for name in kind.required {
            object[*name] = self.value(kind.name, name);
        }
        for name in optional {
            if !self.dice.one_in(3) {
                object[*name] = self.value(kind.name, name);
            }
        }
        for name in ["labels", "external_references", "lang"] {
            if self.dice.one_in(4) {
                object[name] = self.value(kind.name, name);
            }
        }
        if self.dice.one_in(15)
            && let Some(name) = kind.required.first()
        {
            // Hostile: another form than the standard's, or nothing at all.
            match self.dice.below(3) {
                0 => object[*name] = json!({ "deep": [self.canary("deep")] }),
                1 => object[*name] = json!([]),
                _ => drop(object.as_object_mut().unwrap().remove(*name)),
            }
        }
    }

    fn value(&mut self, kind: &str, name: &str) -> Value {
        if name.ends_with("_ref") {
            return self.reference(name);
        }
        if name.ends_with("_refs") {
            let count = 1 + self.dice.below(4);
            return (0..count).map(|_| self.reference(name)).collect();
        }
        match plausible(kind, name) {
            Value::String(text) if text.is_empty() => {
                if self.dice.one_in(20) {
                    // An identifier inside an ordinary value.
                    return json!(format!("canary of {}", self.reference("").as_str().unwrap()));
                }
                self.canary(name)
            }
            Value::Array(items) if items == [json!("")] => {
                json!([self.canary(name), self.canary(name)])
            }
            other => other,
        }
    }

    /// An object of the set, mostly of a type that the standard accepts at this place.
    fn reference(&mut self, name: &str) -> Value {
        let relations = ["relationship", "sighting"];
        let accepts = |id: &String| {
            let kind = id.split("--").next().unwrap();
            match name {
                "recovered_place_ref" => kind == "location",
                "holder_ref" => kind == "identity",
                "where_sighted_refs" => ["identity", "location"].contains(&kind),
                "observed_data_refs" => kind == "observed-data",
                "source_ref" | "target_ref" | "sighting_of_ref" => !relations.contains(&kind),
                _ => true,
            }
        };
        let fitting: Vec<&String> = self.ids.iter().filter(|id| accepts(id)).collect();
        match self.dice.below(20) {
            0 => json!(id("identity", 9999)),
            1 => json!(model::OWN),
            2 => json!(self.dice.pick(self.ids).clone()),
            _ if fitting.is_empty() => json!(id("location", 9998)),
            _ => json!(fitting[self.dice.below(fitting.len())].clone()),
        }
    }

    fn canary(&mut self, name: &str) -> Value {
        // Names can be guessed, so that tear-lines can tell them.
        let number = if name == "name" { 0 } else { self.dice.below(1 << 40) };
        json!(format!("canary{}q{name}q{number:x}", self.number))
    }

    fn markings(&mut self, object: &mut Value) {
        let mut ids: Vec<Value> = Vec::new();
        if !self.dice.one_in(12) {
            let colours = [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red];
            let mild = if self.dice.one_in(4) { colours.len() } else { 3 };
            ids.push(json!(colours[self.dice.below(mild)].marking_id()));
        }
        if self.dice.one_in(4) {
            ids.push(json!(id("marking-definition", self.dice.below(13))));
        }
        if self.dice.one_in(4) {
            ids.push(json!(id("marking-definition", *self.dice.pick(&[0, 3, 8]))));
        }
        object["object_marking_refs"] = match self.dice.below(60) {
            0 => json!("TLP:CLEAR"),
            1 => json!([1, null]),
            _ => json!(ids),
        };
        if self.dice.one_in(4) {
            let granular: Vec<Value> =
                (0..1 + self.dice.below(2)).map(|_| self.granular(object)).collect();
            object["granular_markings"] = json!(granular);
        }
    }

    fn granular(&mut self, object: &Value) -> Value {
        let names: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
        let name = self.dice.pick(&names).clone();
        let selector = match (&object[&name], self.dice.below(12)) {
            (_, 0) => "no.such.[3]".to_owned(),
            (Value::Array(items), _) if !items.is_empty() => {
                format!("{name}.[{}]", self.dice.below(items.len()))
            }
            _ => name,
        };
        let marking = match self.dice.below(4) {
            0 => Tlp::Red.marking_id().to_owned(),
            1 => Tlp::Amber.marking_id().to_owned(),
            2 => id("marking-definition", self.dice.below(13)),
            _ => Tlp::AmberStrict.marking_id().to_owned(),
        };
        match self.dice.below(15) {
            0 => json!({ "lang": "es", "selectors": [selector] }),
            1 => json!({ "selectors": [selector] }),
            2 => json!("TLP:RED"),
            _ => json!({ "marking_ref": marking, "selectors": [selector] }),
        }
    }

    fn extensions(&mut self, kind: &str, object: &mut Value) {
        let mut all = object["extensions"].as_object().cloned().unwrap_or_default();
        let mut put = |name: &str, mut body: Value| {
            body["extension_type"] = json!("property-extension");
            all.insert(types::definition_id(name), body);
        };
        if self.dice.one_in(2) {
            put(
                "provenance",
                json!({ "source": self.canary("source"), "sha256": self.canary("h") }),
            );
        }
        if self.dice.one_in(2) {
            let named = self.number.wrapping_sub(1);
            let mut text = self.canary("text");
            if self.gossip && self.dice.one_in(3) {
                text = json!(format!("{} canary{named}qnameq0", text.as_str().unwrap()));
            }
            put("tear-line", json!({ "title": self.canary("title"), "text": text }));
        }
        if kind == "identity" && !self.dice.one_in(3) {
            put("person", self.person());
        }
        if self.dice.one_in(20) {
            let body = json!({ "extension_type": "property-extension", "a": self.canary("odd") });
            all.insert("extension-definition--99999999-0000-4000-8000-000000000000".into(), body);
        }
        if !all.is_empty() {
            object["extensions"] = Value::Object(all);
        }
        if kind == "identity" {
            let class = *self.dice.pick(&["individual", "organization", "group", "unknown"]);
            object["identity_class"] = json!(class);
        }
    }

    fn person(&mut self) -> Value {
        let categories = [
            "suspect",
            "suspect",
            "convicted",
            "contact",
            "victim",
            "witness",
            "not-established",
            "informer",
        ];
        let count = self.dice.below(3);
        let list: Vec<Value> = (0..count)
            .map(
                |_| json!({ "category": self.dice.pick(&categories), "case": self.canary("case") }),
            )
            .collect();
        let mut person = Map::new();
        person.insert("names".into(), json!([{ "full": self.canary("full"), "kind": "primary" }]));
        person.insert("birth_date".into(), json!("1984-05-17"));
        person.insert("birth_place".into(), self.canary("place"));
        person.insert("nationalities".into(), json!([self.canary("nation")]));
        person.insert("identity_documents".into(), json!([{ "number": self.canary("doc") }]));
        if !list.is_empty() || self.dice.one_in(3) {
            person.insert("subject_categories".into(), json!(list));
        }
        if self.dice.one_in(20) {
            person.insert("subject_categories".into(), json!("suspect"));
        }
        Value::Object(person)
    }
}

/// A value that the standard accepts for this property; `""` and `[""]` stand for a free choice.
pub fn plausible(kind: &str, name: &str) -> Value {
    let time = json!("2026-05-01T10:00:00Z");
    match name {
        "published" | "valid_from" | "first_observed" | "first_seen" | "start_time" | "start" => {
            time
        }
        "last_observed" | "last_seen" | "valid_until" | "stop_time" => {
            json!("2026-05-03T10:00:00Z")
        }
        "ctime" | "mtime" | "atime" | "date" | "submitted" => time,
        "recovered_on" => json!("2026-04-30"),
        "number_observed" | "count" => json!(3),
        "latitude" | "longitude" => json!(2.5),
        "precision" => json!(10.0),
        "is_family" | "summary" | "is_multipart" => json!(false),
        "pattern" => json!("[ipv4-addr:value = '198.51.100.3']"),
        "pattern_type" => json!("stix"),
        "pattern_version" => json!("2.1"),
        "relationship_type" => json!("related-to"),
        "opinion" => json!("agree"),
        "context" => json!("suspicious-activity"),
        "lang" => json!("es"),
        "country" => json!("EC"),
        "serial_status" => json!("readable"),
        "status" => json!("recovered"),
        "identity_class" => json!("individual"),
        "mime_type" => json!("text/html"),
        "payload_bin" => json!("Y2FuYXJ5"),
        "value" if kind == "domain-name" => json!(""),
        "hashes" => json!({ "SHA-256": "0".repeat(64) }),
        "external_references" => {
            json!([{ "source_name": "canary-source", "url": "http://canary/" }])
        }
        "kill_chain_phases" => json!([{ "kill_chain_name": "k", "phase_name": "p" }]),
        "labels" | "aliases" | "roles" | "report_types" | "indicator_types" | "sectors"
        | "authors" | "malware_types" | "capabilities" | "goals" => json!([""]),
        "object_refs" if kind == "observed-data" => json!([id("ipv4-addr", 1)]),
        name if name.ends_with("_refs") => json!([id("identity", 1)]),
        name if name.ends_with("_ref") => json!(id("identity", 1)),
        _ => json!(""),
    }
}
