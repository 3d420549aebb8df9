//! What was published and is published again with less in it.

use std::collections::{BTreeMap, HashMap};

use enlace_policy::{Policy, PrivateRules};
use enlace_release::{Context, Plan, Previous, Published, facts, narrowed};
use enlace_stix::Object;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use crate::generate;
use crate::model::{self, NODE, NOW, Node, PURPOSE, US, candidate, id, sdo};

fn cases() -> Config {
    let cases = std::env::var("ENLACE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256);
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// What a partner was sent, with what the store remembers of it.
struct Sent {
    set: Vec<Published>,
    definitions: HashMap<String, Object>,
    previous: BTreeMap<String, Previous>,
    hashes: BTreeMap<String, String>,
}

fn sent(node: &Node, plan: &Plan, originals: &[Object]) -> Sent {
    let find = |id: &str| node.definitions.get(id);
    let mut sent = Sent {
        set: Vec::new(),
        definitions: HashMap::new(),
        previous: BTreeMap::new(),
        hashes: BTreeMap::new(),
    };
    for released in &plan.released {
        let twin = Object::parse(released.bytes()).unwrap();
        if twin.kind() == "marking-definition" {
            sent.definitions.insert(twin.id().to_string(), twin);
            continue;
        }
        let original = released.original().unwrap();
        let Some(held) = originals.iter().find(|o| o.id().as_str() == original) else { continue };
        let unsent = Previous { content_hash: String::new(), ..model::previous(released) };
        sent.previous.insert(twin.id().to_string(), unsent);
        sent.hashes.insert(twin.id().to_string(), released.content_hash().to_owned());
        let facts = facts(held, true, NOW, &find);
        sent.set.push(Published { original: held.id().clone(), object: twin, facts });
    }
    sent
}

impl Sent {
    fn narrowed(&self, under: &Policy, policy: &Policy) -> Plan {
        let find = |id: &str| self.definitions.get(id);
        let context = Context {
            policy,
            partner: US,
            purpose: PURPOSE,
            active: true,
            vetted: true,
            offence: None,
            reasoned: false,
            own_identity: &NODE.own,
            twin_key: b"key of US under this lineage",
            now_us: NOW,
            previous: &self.previous,
            definition: &find,
            unspeakable: None,
        };
        narrowed(&self.set, under, &context)
    }

    fn twin(&self, id: &str) -> Value {
        let found = self.set.iter().find(|p| p.object.id().as_str() == id).unwrap();
        Value::Object(found.object.view().clone())
    }
}

/// Own objects of a generated set: those of others need a consent.
fn own(seed: u64) -> Vec<enlace_release::Candidate> {
    let mut set = generate::set(seed, 12, true).candidates;
    set.retain(|candidate| candidate.own);
    set
}

fn under(edit: impl Fn(&str) -> String) -> Policy {
    Policy::compile(&model::agreement(edit), &PrivateRules::default()).unwrap()
}

/// Whether each value of one form stands in the other, or a generalisation of it does.
fn within(less: &Value, more: &Value) -> bool {
    match (less, more) {
        (Value::Object(less), Value::Object(more)) => less
            .iter()
            .filter(|(name, _)| !["modified", "object_marking_refs"].contains(&name.as_str()))
            .all(|(name, value)| more.get(name).is_some_and(|had| within(value, had))),
        (Value::Array(less), Value::Array(more)) => {
            less.iter().all(|item| more.iter().any(|had| within(item, had)))
        }
        (less, more) => less == more,
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn under_the_same_terms_what_was_published_stays_as_it_is(seed: u64) {
        let node = &*NODE;
        let set = own(seed);
        let plan = node.plan(&set);
        let originals: Vec<Object> = set.iter().map(|c| c.object.clone()).collect();
        let sent = sent(node, &plan, &originals);
        let again = sent.narrowed(&node.policy, &node.policy);
        for published in &sent.set {
            let twin = published.object.id().as_str();
            let form = again.released.iter().find(|r| r.id().as_str() == twin);
            let hash = form.map(|r| r.content_hash().to_owned());
            prop_assert_eq!(hash.as_ref(), sent.hashes.get(twin), "{}", published.object.raw());
            prop_assert_eq!(form.and_then(|r| r.original()), Some(published.original.as_str()));
        }
    }

    #[test]
    fn nothing_leaves_that_was_not_published(seed: u64) {
        let node = &*NODE;
        let set = own(seed);
        let plan = node.plan(&set);
        let originals: Vec<Object> = set.iter().map(|c| c.object.clone()).collect();
        let sent = sent(node, &plan, &originals);
        for released in sent.narrowed(&node.policy, &NARROWER).released {
            if ["marking-definition", "identity"].contains(&released.kind()) && released.original()
                .is_some_and(|o| o == released.id().as_str()) {
                continue;
            }
            let form: Value = serde_json::from_str(released.bytes()).unwrap();
            let had = sent.twin(released.id().as_str());
            prop_assert!(within(&form, &had), "{form}\n{had}");
        }
    }
}

/// Without accounts, without texts, and of lower colour.
static NARROWER: std::sync::LazyLock<Policy> = std::sync::LazyLock::new(|| {
    under(|terms| {
        let narrower = terms
            .replace("\"bank-account\", ", "")
            .replace("max = \"amber\"", "max = \"green\"")
            .replace("leaves = \"tear-line\"", "leaves = \"none\"");
        assert_ne!(narrower, terms);
        narrower
    })
});

#[test]
fn what_became_of_an_original_is_not_looked_at() {
    let node = Node::new();
    let pistol = sdo(
        "firearm",
        1,
        json!({ "serial_status": "readable", "serial": "TXZ48213",
        "manufacturer": "Taurus", "model": "G2C", "calibre": "9 mm" }),
    );
    let plan = node.plan(&[candidate(pistol.clone())]);
    let sent = sent(&node, &plan, &[model::object(pistol)]);
    let policy = under(|terms| {
        let (before, section) = terms.split_once("[fields.firearm]").unwrap();
        format!("{before}[fields.firearm]{}", section.replacen("\"calibre\",", "", 1))
    });
    let plan = sent.narrowed(&node.policy, &policy);
    let made = plan.released.iter().find(|r| r.kind() == "firearm").unwrap();
    assert_eq!(made.original(), Some(id("firearm", 1).as_str()));
    let form: Value = serde_json::from_str(made.bytes()).unwrap();
    assert_eq!((&form["calibre"], &form["serial"]), (&Value::Null, &json!("TXZ48213")));
    assert_eq!(plan.objects[0].original.as_str(), id("firearm", 1));
}
