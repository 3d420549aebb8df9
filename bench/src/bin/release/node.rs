//! A node that releases the scenario under an agreement of sixty clauses.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;

use enlace_policy::draft::{fill, parse};
use enlace_policy::{Agreement, Forbid, Party, Policy, PrivateRules};
use enlace_release::{Candidate, Context, Plan, Previous, plan};
use enlace_stix::Object;
use enlace_stix::read::Stream;
use serde_json::{Value, json};

/// What the agreement and the private rules have together.
pub const CLAUSES: usize = 60;
/// 2026-06-01T00:00:00Z.
const NOW: i64 = 1_780_272_000_000_000;
const OWN: &str = "identity--11111111-1111-4111-8111-111111111111";

/// Everything that one release depends on.
pub struct Node {
    pub policy: Policy,
    pub partner: String,
    pub own: Object,
    pub key: String,
    pub previous: BTreeMap<String, Previous>,
    pub definitions: HashMap<String, Object>,
}

/// The partner of this number; its key is as long as a real one.
fn partner(number: usize) -> String {
    format!("{number:064x}")
}

impl Node {
    /// A node under the agreement that `text` drafts, with partner `number`.
    pub fn new(text: &str, number: usize) -> Result<Self, Box<dyn Error>> {
        let party = |n: usize, country: &str| Party {
            key_id: partner(n),
            name: format!("Agency {n}"),
            country: country.to_owned(),
            unit: "desk".to_owned(),
            identity_ref: format!("identity--{n:08x}-1111-4111-8111-111111111111"),
        };
        let parties = [party(1, "EC"), party(number, "US")];
        let text = fill(text, "t", "b", &parties, "2025-01-01", "2035-01-01");
        let draft = parse(&text, "agreement").map_err(|faults| format!("{faults:?}"))?;
        let uuid = uuid::Uuid::from_u128(number as u128 | 4 << 76 | 8 << 60);
        let created = "2026-01-01T00:00:00.000Z".parse()?;
        let object = Agreement::to_object(&draft, uuid, uuid, &created, &OWN.parse()?)?;
        let agreement = Agreement::from_object(&object)?;
        let own = json!({
            "type": "identity", "spec_version": "2.1", "id": OWN,
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "name": "Unidad Nacional de Enlace", "identity_class": "organization",
        });
        Ok(Self {
            policy: sixty(&agreement)?,
            partner: partner(number),
            own: Object::parse(&own.to_string())?,
            key: format!("twin key {number}"),
            previous: BTreeMap::new(),
            definitions: HashMap::new(),
        })
    }

    /// Lets `act` work with what a release depends on.
    pub fn with<T>(&self, act: impl FnOnce(&Context<'_>) -> T) -> T {
        let definition = |id: &str| self.definitions.get(id);
        act(&Context {
            policy: &self.policy,
            partner: &self.partner,
            purpose: "firearms-tracing",
            active: true,
            vetted: true,
            offence: None,
            reasoned: true,
            own_identity: &self.own,
            twin_key: self.key.as_bytes(),
            now_us: NOW,
            previous: &self.previous,
            definition: &definition,
            unspeakable: None,
        })
    }

    /// The partner has every twin of `set` in an older version, and its markings.
    pub fn remember(&mut self, set: &[Candidate]) -> Result<Plan, Box<dyn Error>> {
        let made = self.with(|context| plan(set, context));
        let first = "2026-05-01T00:00:00.000Z";
        for released in &made.released {
            let older = ["marking-definition", "identity"].contains(&released.kind())
                && released.original() == Some(released.id().as_str());
            let hash = if older { released.content_hash().to_owned() } else { String::new() };
            let previous = Previous {
                twin: released.id().clone(),
                created: first.parse()?,
                modified: first.parse()?,
                content_hash: hash,
                recalled: false,
                copy: None,
            };
            let original = released.original().unwrap_or_default().to_owned();
            self.previous.insert(original, previous);
        }
        Ok(made)
    }
}

/// The agreement with private rules until there are sixty clauses. Counted are rules of Cedar;
/// clauses on fields, texts and retention come on top.
fn sixty(agreement: &Agreement) -> Result<Policy, Box<dyn Error>> {
    let mut private = PrivateRules::default();
    loop {
        let policy = Policy::compile(agreement, &private)?;
        let rules = rules(&policy);
        if rules >= CLAUSES {
            return Ok(policy);
        }
        for _ in rules..CLAUSES {
            let number = private.forbid.len();
            private.forbid.push(Forbid {
                name: format!("desk-{number}"),
                kind: Some("identity".to_owned()),
                caveat: Some(format!("desk-{number}")),
                ..Forbid::default()
            });
        }
    }
}

/// Rules of Cedar in a policy.
pub fn rules(policy: &Policy) -> usize {
    let text = policy.cedar_text();
    text.lines().filter(|line| line.starts_with("@clause")).count()
}

/// The objects of the scenario but for markings, which are given apart.
pub fn scenario(files: &[String]) -> Result<(Vec<Object>, Vec<Object>), Box<dyn Error>> {
    let (mut objects, mut markings) = (Vec::new(), Vec::new());
    for file in files {
        let bytes = std::fs::read(file)?;
        let mut stream = Stream::new(bytes.as_slice());
        while let Some(item) = stream.next()? {
            let object = item.object()?;
            // As the node holds it: one compact text.
            let object = Object::from_view(object.view().clone())?;
            match object.kind() {
                "marking-definition" => markings.push(object),
                _ => objects.push(object),
            }
        }
    }
    Ok((objects, markings))
}

/// Properties of an object and of its extensions.
pub fn properties(object: &Object) -> usize {
    let extensions = object.get("extensions").and_then(Value::as_object);
    let inside = extensions.into_iter().flatten().filter_map(|(_, body)| body.as_object());
    object.view().len() + inside.map(|body| body.len()).sum::<usize>()
}

/// Ids that occur once; of the scenario some objects are known to several.
pub fn distinct(objects: Vec<Object>) -> Vec<Object> {
    let mut seen = BTreeSet::new();
    objects.into_iter().filter(|object| seen.insert(object.id().clone())).collect()
}
