//! The model police agreement and a node that releases under it.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use enlace_policy::{Agreement, Party, Policy, PrivateRules, draft};
use enlace_release::{Candidate, Context, Plan, Previous, Released};
use enlace_stix::{Object, types};
use serde_json::{Value, json};

pub const EC: &str = "1111111111111111111111111111111111111111111111111111111111111111";
pub const US: &str = "2222222222222222222222222222222222222222222222222222222222222222";
/// 2026-06-01T00:00:00Z.
pub const NOW: i64 = 1_780_272_000_000_000;
pub const OWN: &str = "identity--11111111-1111-4111-8111-111111111111";
pub const PURPOSE: &str = "firearms-tracing";

pub struct Node {
    pub policy: Policy,
    pub own: Object,
    pub previous: BTreeMap<String, Previous>,
    pub definitions: HashMap<String, Object>,
    pub now_us: i64,
    pub active: bool,
}

/// A node that has released nothing yet; compiling its policy takes a while.
pub static NODE: LazyLock<Node> = LazyLock::new(Node::new);

pub fn agreement(edit: impl Fn(&str) -> String) -> Agreement {
    Agreement::from_object(&drafted(edit)).unwrap()
}

/// The object of the model agreement.
pub fn agreement_object() -> Value {
    Value::Object(drafted(str::to_owned).view().clone())
}

fn drafted(edit: impl Fn(&str) -> String) -> Object {
    let party = |key: &str, name: &str, country: &str, unit: &str, identity: &str| Party {
        key_id: key.into(),
        name: name.into(),
        country: country.into(),
        unit: unit.into(),
        identity_ref: identity.into(),
    };
    let other = "identity--22222222-2222-4222-8222-222222222222";
    let text = edit(&draft::template(
        "Police cooperation against transnational organised crime",
        "UNTOC Art. 27; bilateral memorandum of 12 January 2026",
        &[
            party(EC, "Unidad Nacional de Enlace", "EC", "Coordinación Guayaquil", OWN),
            party(US, "Interagency Liaison Cell", "US", "Miami desk", other),
        ],
        "2026-01-01",
        "2029-01-01",
    ));
    let draft = draft::parse(&text, "police-cooperation.toml").unwrap();
    let created = "2026-01-01T00:00:00.000Z".parse().unwrap();
    let by = OWN.parse().unwrap();
    let (id, lineage) = (uuid::Uuid::from_u128(4 << 76 | 8 << 60), uuid::Uuid::from_u128(9));
    Agreement::to_object(&draft, id, lineage, &created, &by).unwrap()
}

impl Node {
    pub fn new() -> Self {
        Self::under(&agreement(str::to_owned))
    }

    pub fn under(agreement: &Agreement) -> Self {
        let own = object(json!({
            "type": "identity", "spec_version": "2.1", "id": OWN,
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "name": "Unidad Nacional de Enlace", "identity_class": "organization",
            "x_desk": "not for partners",
        }));
        Self {
            policy: Policy::compile(agreement, &PrivateRules::default()).unwrap(),
            own,
            previous: BTreeMap::new(),
            definitions: definitions(),
            now_us: NOW,
            active: true,
        }
    }

    pub fn plan(&self, set: &[Candidate]) -> Plan {
        self.plan_with(set, "key of US under this lineage")
    }

    pub fn plan_with(&self, set: &[Candidate], key: &str) -> Plan {
        let find = |id: &str| self.definitions.get(id);
        enlace_release::plan(
            set,
            &Context {
                policy: &self.policy,
                partner: US,
                purpose: PURPOSE,
                active: self.active,
                vetted: true,
                offence: None,
                reasoned: false,
                own_identity: &self.own,
                twin_key: key.as_bytes(),
                now_us: self.now_us,
                previous: &self.previous,
                definition: &find,
                unspeakable: None,
            },
        )
    }

    /// What the store remembers after `plan` was carried out.
    pub fn remember(&mut self, plan: &Plan) {
        for released in &plan.released {
            let original = released.original().unwrap().to_owned();
            self.previous.insert(original, previous(released));
        }
    }
}

pub fn previous(released: &Released) -> Previous {
    let time = |text: Option<&str>| text.unwrap_or("2026-06-01T00:00:00.000Z").parse().unwrap();
    Previous {
        twin: released.id().clone(),
        created: time(released.created()),
        modified: time(released.modified()),
        content_hash: released.content_hash().to_owned(),
        recalled: released.revoked(),
        copy: None,
    }
}

pub fn object(value: Value) -> Object {
    Object::parse(&value.to_string()).unwrap()
}

pub fn candidate(value: Value) -> Candidate {
    Candidate::new(object(value), true)
}

pub fn id(kind: &str, number: usize) -> String {
    format!("{kind}--{number:08x}-0000-4000-8000-000000000000")
}

/// A domain or relationship object of ours, TLP:AMBER, with these properties.
pub fn sdo(kind: &str, number: usize, properties: Value) -> Value {
    let mut object = json!({
        "type": kind, "spec_version": "2.1", "id": id(kind, number),
        "created": "2026-05-01T10:00:00.000Z", "modified": "2026-05-02T10:00:00.000Z",
        "created_by_ref": OWN,
        "object_marking_refs": ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"],
    });
    if let Some((definition, extension)) = enlace_policy::kinds::own_definition(kind) {
        object["extensions"][definition] = json!({ "extension_type": extension });
    }
    for (name, value) in properties.as_object().unwrap() {
        match (name.as_str(), value) {
            ("extensions", Value::Object(more)) => {
                for (short, body) in more {
                    let mut body = body.clone();
                    body["extension_type"] = json!("property-extension");
                    object["extensions"][types::definition_id(short)] = body;
                }
            }
            _ => object[name] = value.clone(),
        }
    }
    object
}

/// Number of the definition: its handling extension, or what else it is.
pub fn definition_bodies() -> Vec<(usize, Value)> {
    let body = |rest: Value| {
        let mut body = json!({ "extension_type": "property-extension", "tlp": "green" });
        for (name, value) in rest.as_object().unwrap() {
            body[name] = value.clone();
        }
        json!({ "extensions": { types::definition_id("handling"): body } })
    };
    vec![
        (0, body(json!({ "handling": ["H1"], "releasable_to": [US] }))),
        (1, body(json!({ "tlp": "amber", "caveats": ["source-identity"] }))),
        (2, body(json!({ "purposes": ["cyber"] }))),
        (3, json!({ "definition_type": "statement", "definition": { "statement": "© us" } })),
        (4, body(json!({ "embargo": "2027" }))),
        (5, body(json!({ "handling": ["H0", "H3"] }))),
        (6, body(json!({ "releasable_to": "US" }))),
        (7, body(json!({ "releasable_to": ["EC", "NL"] }))),
        (8, body(json!({ "releasable_to": ["US", "NL"], "purposes": [PURPOSE, "cyber"] }))),
        (9, body(json!({ "tlp": "purple" }))),
        (
            10,
            json!({ "extensions": { "extension-definition--00000000-0000-4000-8000-000000000000":
            { "extension_type": "property-extension" } } }),
        ),
    ]
}

pub fn definitions() -> HashMap<String, Object> {
    let all = definition_bodies().into_iter().map(|(number, body)| {
        let id = id("marking-definition", number);
        let mut definition = json!({
            "type": "marking-definition", "spec_version": "2.1", "id": id,
            "created": "2026-01-01T00:00:00.000Z",
        });
        for (name, value) in body.as_object().unwrap() {
            definition[name] = value.clone();
        }
        (id, object(definition))
    });
    all.collect()
}

/// A dry run as text, one line a verdict.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for line in plan.lines() {
        let path = if line.path.is_empty() { "*" } else { &line.path };
        let args: Vec<String> = line.clause.args.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let others: Vec<&str> = line.others.iter().map(|c| c.id.as_str()).collect();
        let after = line.after.as_ref().map_or(String::new(), |v| format!(" → {v}"));
        out.push_str(&format!(
            "{:<12} {:<9} {:<28} {} {} {}{}{}\n",
            &line.object.split("--").next().unwrap(),
            format!("{:?}", line.verdict).to_lowercase(),
            path,
            line.clause.id,
            line.clause.code,
            args.join(" "),
            if others.is_empty() { String::new() } else { format!("+ {}", others.join(" ")) },
            after,
        ));
    }
    out
}
