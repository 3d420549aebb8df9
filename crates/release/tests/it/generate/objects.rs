//! Originals that refer to each other, some of them hostile.

use serde_json::{Value, json};

use super::{Dice, granular, plausible};
use crate::model::{self, id};
use crate::reference::types::{
    self, CONTACT, EVALUATION, ORGANIZATION, PERSON, PROVENANCE, TEAR_LINE, Type,
};

/// Names and identifiers that tear-lines may tell.
const NAMES: &[&str] = &[
    "Rosa Ñamérez",
    "Braulio de la Quimí",
    "Los Calamares del Sur",
    "Frutas Marbrisa S.A.",
    "Bodega 9",
    "Elena Paz",
];
const NUMBERS: &[&str] = &["GLK-0O1-77", "KX4471", "EC00 1234 5678", "+593 4 555 0101", "AB 123"];

pub struct Maker<'a> {
    pub dice: &'a mut Dice,
    pub ids: &'a [String],
}

impl Maker<'_> {
    pub fn object(&mut self, id: &str) -> Value {
        let name = id.split("--").next().unwrap();
        let mut object = json!({ "type": name, "spec_version": "2.1", "id": id });
        let kind = types::find(name);
        if kind.is_none_or(|kind| kind.family != 'o') {
            object["created"] = json!("2026-05-01T10:00:00.000Z");
            object["modified"] = json!("2026-05-02T10:00:00.000Z");
            object["created_by_ref"] = json!(model::OWN);
            if self.dice.one_in(12) {
                object["created"] = json!("2025-05-01T10:00:00.000Z");
                object["modified"] = json!("2025-05-02T10:00:00.000Z");
            }
        }
        if let Some(kind) = kind {
            self.properties(kind, &mut object);
            self.extensions(kind, &mut object);
        }
        self.custom(&mut object);
        granular::mark(self.dice, &mut object);
        if self.dice.one_in(60) {
            object["revoked"] = if self.dice.one_in(4) { json!("yes") } else { json!(true) };
        }
        if self.dice.one_in(100) {
            object["spec_version"] = json!("2.0");
        }
        object
    }

    fn properties(&mut self, kind: &Type, object: &mut Value) {
        let slots = kind.title.iter().chain(kind.text.iter());
        for name in kind.required.iter().chain(slots) {
            if kind.required.contains(name) || self.dice.one_in(2) {
                object[*name] = self.value(kind, name);
            }
        }
        let listed = kind.one_of.iter().chain(&kind.optional);
        for name in listed.filter(|name| **name != "extensions") {
            if !self.dice.one_in(3) {
                object[*name] = self.value(kind, name);
            }
        }
        if kind.name == "identity" {
            let classes = ["individual", "individual", "organization", "group", "unknown"];
            object["identity_class"] = json!(self.dice.pick(&classes));
            if self.dice.one_in(4) {
                object.as_object_mut().unwrap().remove("identity_class");
            }
        }
        if kind.name == "identity" && self.dice.one_in(3) {
            object["contact_information"] = self.text();
        }
        if kind.name == "indicator" {
            // Later than every `valid_from`, or the original is no STIX.
            object["valid_until"] = json!("2026-06-03T10:00:00Z");
        }
        for name in ["labels", "external_references", "confidence"] {
            if kind.family != 'o' && self.dice.one_in(4) {
                object[name] = self.value(kind, name);
            }
        }
        if self.dice.one_in(40) {
            // Another form than the standard's, or nothing at all.
            let name = kind.required.first().copied().unwrap_or("name");
            match self.dice.below(6) {
                0 => object[name] = json!({ "deep": [{ "deeper": [["text"]] }] }),
                1 => object[name] = json!([]),
                2 => object[name] = json!(null),
                3 => object[name] = json!([[1, null], {}]),
                4 => object[name] = json!("x".repeat(5000)),
                _ => drop(object.as_object_mut().unwrap().remove(name)),
            }
        }
    }

    fn value(&mut self, kind: &Type, name: &str) -> Value {
        if name.ends_with("_ref") {
            return self.reference(name);
        }
        if name.ends_with("_refs") {
            let count = 1 + self.dice.below(4);
            return (0..count).map(|_| self.reference(name)).collect();
        }
        match name {
            "value" if kind.name == "ipv4-addr" => {
                return json!(self.dice.pick(&["198.51.100.3", "198.51.100.4"]));
            }
            "value" if kind.name == "url" => return json!("https://example.org/port"),
            "value" if kind.name == "email-addr" => return json!("ana@example.org"),
            "value" => return json!(self.dice.pick(&["example.org", "port.example.org"])),
            "number" if kind.name == "autonomous-system" => {
                return json!(64496 + self.dice.below(3));
            }
            "number" if kind.name == "shipping-container" => return json!("CSQU3054383"),
            "number" | "serial" | "iban" | "account_number" | "user_id" | "import_mark" => {
                return json!(self.dice.pick(NUMBERS));
            }
            "name" | "display_name" | "objective" => return json!(self.dice.pick(NAMES)),
            "aliases" => return json!([self.dice.pick(NAMES), self.dice.pick(NAMES)]),
            "birth_place" | "city" => {
                return json!(self.dice.pick(&["Durán, Guayas, EC", "Durán", "Guayas, EC"]));
            }
            "threat_actor_types" | "capabilities" | "malware_types" => return json!(["x-other"]),
            "url" => return json!("https://example.org/file"),
            "is_disabled" => return json!(false),
            "account_created" => return json!("2026-05-01T10:00:00Z"),
            "account_type" => return json!("unix"),
            "size" | "confidence" => return json!(7 + self.dice.below(90)),
            "external_references" => {
                return json!([{ "source_name": "press", "description": "free text",
                    "url": "https://example.org/1" }, { "source_name": self.dice.pick(NAMES) }]);
            }
            _ => {}
        }
        match plausible(kind.name, name) {
            Value::String(text) if text.is_empty() => self.text(),
            Value::Array(items) if items == [json!("")] => json!([self.text(), self.text()]),
            other => other,
        }
    }

    fn text(&mut self) -> Value {
        match self.dice.below(25) {
            // An identifier inside an ordinary value.
            0 => json!(format!("see {}", self.dice.pick(self.ids))),
            n => json!(format!("{} {n}", ["blue", "red house", "port", "4"][n % 4])),
        }
    }

    /// An object of the set, mostly of a type that the standard accepts at this place.
    fn reference(&mut self, name: &str) -> Value {
        let accepts = |id: &&String| {
            let kind = id.split("--").next().unwrap();
            let observable = types::find(kind).is_some_and(|kind| kind.family == 'o');
            let relation = kind == "relationship" || kind == "sighting";
            match name {
                "recovered_place_ref" => kind == "location",
                "holder_ref" => kind == "identity",
                "belongs_to_ref" => kind == "user-account",
                "belongs_to_refs" => kind == "autonomous-system",
                "email_address_ref" => kind == "email-addr",
                "content_ref" => kind == "artifact" || kind == "file",
                "where_sighted_refs" => kind == "identity" || kind == "location",
                "observed_data_refs" => kind == "observed-data",
                "resolves_to_refs" => kind == "ipv4-addr" || kind == "domain-name",
                "contains_refs" => observable,
                "source_ref" | "target_ref" => !relation,
                "sighting_of_ref" => !relation && !observable && kind != "location",
                _ => true,
            }
        };
        let fitting: Vec<&String> = self.ids.iter().filter(accepts).collect();
        let chosen = match self.dice.below(40) {
            0 => return json!(id("identity", 9999)),
            1 => return json!(model::OWN),
            2 => self.dice.pick(self.ids),
            3 => return json!("no-id"),
            4 => return json!(7),
            5..15 if name == "content_ref" => return json!(id("artifact", 9997)),
            _ if fitting.is_empty() => return json!(id("location", 9998)),
            _ => fitting[self.dice.below(fitting.len())],
        };
        match self.dice.one_in(30) {
            true => {
                let (kind, uuid) = chosen.split_once("--").unwrap();
                json!(format!("{kind}--{}", uuid.to_uppercase()))
            }
            false => json!(chosen),
        }
    }

    /// Properties of nobody's: what a clause may name, and what looks as if it did.
    fn custom(&mut self, object: &mut Value) {
        if self.dice.one_in(3) {
            object["x_custom"] = self.text();
        }
        if self.dice.one_in(3) {
            object["x_more"] = json!({ "a": self.text(), "link_ref": self.reference("x_ref"),
                "deep": { "b": [1, self.text()], "c": self.text(), "description": "free" } });
            if self.dice.one_in(4) {
                let key = self.reference("x_ref").to_string().trim_matches('"').to_owned();
                object["x_more"][key] = json!("named by an id");
            }
            if self.dice.one_in(4) {
                object["x_more"]["deep.b"] = json!("a dot in a name");
            }
            if self.dice.one_in(6) {
                object["x_more"] = json!([object["x_more"], "no part", [object["x_more"]]]);
            }
        }
        let hostile = match self.dice.below(120) {
            0 => Some(("person", json!({ "names": [{ "full": "Rosa Ñamérez" }] }))),
            1 => Some(("person.birth_place", json!("Durán, Guayas, EC"))),
            2 => Some(("x_more.a", json!("a dotted name"))),
            3 => Some(("description.x", json!("free text"))),
            4 => Some(("organization", json!({ "legal_form": "S.A." }))),
            5 => Some(("lang", json!("es"))),
            _ => None,
        };
        if let Some((name, value)) = hostile {
            object[name] = value;
        }
    }

    fn extensions(&mut self, kind: &Type, object: &mut Value) {
        if let Some(definition) = kind.definition {
            let form = if kind.family == 'o' { "new-sco" } else { "new-sdo" };
            object["extensions"][definition] = json!({ "extension_type": form });
            if self.dice.one_in(20) {
                object["extensions"][definition]["x_hidden"] = json!("Rosa Ñamérez");
            }
        }
        let mut put = |id: &str, mut body: Value| {
            body["extension_type"] = json!("property-extension");
            object["extensions"][id] = body;
        };
        if self.dice.one_in(3) {
            put(PROVENANCE, json!({ "source": "informe-07.html", "sha256": "0".repeat(64) }));
        }
        if !self.dice.one_in(6) {
            let mut tear = json!({ "title": self.tear(), "text": self.tear() });
            if self.dice.one_in(8) {
                tear["title"] = json!(["a list"]);
            }
            put(TEAR_LINE, tear);
        }
        if kind.name == "identity" {
            match self.dice.below(8) {
                0 => put(
                    ORGANIZATION,
                    json!({ "legal_form": "S.A.",
                    "names": [{ "full": self.dice.pick(NAMES), "kind": "primary" }],
                    "registration_numbers": [{ "number": "0991234567001", "kind": "ruc" }] }),
                ),
                1 => put(
                    "extension-definition--fa73c7c3-641b-52d3-af56-283a94c82735",
                    json!({ "kind": "gang", "aliases": [self.dice.pick(NAMES)] }),
                ),
                2 => {}
                _ => {
                    let person = self.person();
                    put(PERSON, person);
                }
            }
        }
        if kind.name == "identity" && self.dice.one_in(4) {
            let contact = self.contact();
            put(CONTACT, contact);
        }
        if self.dice.one_in(4) {
            let evaluation = self.evaluation();
            put(EVALUATION, evaluation);
        }
        self.hostile_extensions(object);
    }

    /// Records of which one may lack what it must have.
    fn contact(&mut self) -> Value {
        let mut numbers = Vec::new();
        for _ in 0..1 + self.dice.below(2) {
            numbers.push(json!({ "contact_number": self.dice.pick(NUMBERS), "classified": false,
                "contact_number_type": "work-phone", "description": "after dark" }));
        }
        let mut addresses = Vec::new();
        for _ in 0..1 + self.dice.below(2) {
            addresses.push(json!({ "email_address_ref": self.reference("email_address_ref"),
                "digital_contact_type": "work" }));
        }
        if self.dice.one_in(20) {
            numbers[0].as_object_mut().unwrap().remove("contact_number");
        }
        if self.dice.one_in(20) {
            addresses.push(json!("ana@example.org"));
        }
        json!({ "contact_numbers": numbers, "email_addresses": addresses,
            "last_name": self.dice.pick(NAMES) })
    }

    fn evaluation(&mut self) -> Value {
        let (scheme, source, information) = *self.dice.pick(&[
            ("admiralty", "A", "1"),
            ("admiralty", "B", "3"),
            ("admiralty", "D", "2"),
            ("admiralty", "F", "2"),
            ("admiralty", "B", "6"),
            ("4x4", "A", "1"),
            ("4x4", "B", "4"),
            ("4x4", "X", "1"),
            ("3x5x2", "1", "A"),
            ("3x5x2", "2", "D"),
            ("5x5x5", "B", "2"),
            ("5x5x5", "E", "5"),
            ("grandma", "A", "1"),
        ]);
        let mut found = json!({ "scheme": scheme, "source_grade": source,
            "information_grade": information, "basis": "fact" });
        if self.dice.one_in(6) {
            found["paths"] = json!(["name"]);
            found["reason"] = json!("two manifests agree");
        }
        found
    }

    fn hostile_extensions(&mut self, object: &mut Value) {
        let foreign = "extension-definition--99999999-0000-4000-8000-000000000000";
        let deep = (0..40).fold(json!("end"), |inner, _| json!({ "in": [inner] }));
        let (id, body) = match self.dice.below(250) {
            14 => (EVALUATION, json!("A1")),
            15 => (EVALUATION, json!({ "extension_type": "property-extension", "scheme": 4 })),
            0 => (foreign, json!({ "extension_type": "property-extension", "a": 1 })),
            1 => (foreign, json!({ "extension_type": "toplevel-property-extension" })),
            2 => (foreign, deep),
            3 => (PERSON, json!("Rosa Ñamérez")),
            4 => ("not-an-id", json!({ "a": "x".repeat(3000) })),
            5 => ("pdf-ext", json!({ "version": "1.7" })),
            6 => (
                PERSON,
                json!({ "extension_type": "toplevel-property-extension",
                "names": [{ "full": "Rosa Ñamérez" }] }),
            ),
            7 => (ORGANIZATION, json!([1])),
            8 => (TEAR_LINE, json!("a text")),
            9 => (PERSON, json!({ "names.full": "Elena Paz", "birth_date.x": "1984" })),
            10 => (types::HANDLING, json!({ "tlp": "clear" })),
            11 => (
                "extension-definition--79eb0018-bfec-5dfa-a71d-d726710c50a5",
                json!({ "extension_type": "new-sdo" }),
            ),
            12 => {
                object["extensions"] = json!("none");
                return;
            }
            13 => ("extension-definition--F0329B86-4667-5915-B265-B87D5C541597", json!({})),
            _ => return,
        };
        object["extensions"][id] = body;
    }

    /// A tear-line; some tell a name, written in one way or another.
    fn tear(&mut self) -> Value {
        let name = *self.dice.pick(NAMES);
        let number = *self.dice.pick(NUMBERS);
        json!(match self.dice.below(40) {
            0 => format!("The family {name} was told."),
            1 => name.to_uppercase(),
            2 => name.replace('é', "e\u{301}").replace('a', "a\u{200b}"),
            3 => format!("said {}", name.split(' ').next_back().unwrap()),
            4 => format!("pistol {number}"),
            5 => number.replace(['-', ' '], "").to_lowercase().replace('o', "0"),
            6 => format!("see {}", id("identity", 1)),
            _ => "A load moves through the port.".to_owned(),
        })
    }

    fn person(&mut self) -> Value {
        let common = ["suspect", "suspect", "suspect", "convicted", "contact"];
        let rare = ["victim", "witness", "other", "not-established", "informer"];
        let count = [1, 1, 1, 1, 1, 1, 2, 0][self.dice.below(8)];
        let mut list = Vec::new();
        for _ in 0..count {
            let from = if self.dice.one_in(6) { &rare } else { &common };
            list.push(json!({ "category": self.dice.pick(from), "case": "GYE-2026-0131" }));
        }
        let mut person = json!({
            "names": [{ "full": self.dice.pick(NAMES), "kind": "primary" }],
            "birth_date": self.dice.pick(&["1984-05-17", "1984", "17.5.1984"]),
            "birth_place": self.dice.pick(&["Durán, Guayas, EC", "Durán"]),
            "nationalities": ["EC"],
            "identity_documents": [{ "kind": "passport", "number": self.dice.pick(NUMBERS),
                "country": "EC" }],
        });
        if count > 0 || self.dice.one_in(2) {
            person["subject_categories"] = json!(list);
        }
        if self.dice.one_in(5) {
            person["protected"] = json!(true);
            person["marks"] = json!(["a scar"]);
        }
        match self.dice.below(40) {
            0 => person["subject_categories"] = json!("suspect"),
            1 => person["subject_categories"] = json!([{ "case": "x" }, 3]),
            2 => person["names"] = json!([{ "kind": "primary" }, "Elena Paz"]),
            3 => drop(person.as_object_mut().unwrap().remove("names")),
            4 => person["names"][0]["parts"] = json!({ "family": "Ñamérez" }),
            _ => {}
        }
        person
    }
}
