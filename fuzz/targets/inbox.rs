//! Any objects as what a partner sends: signed by its key, as papers (agreements, signatures,
//! stops, commitments, consents, requests, receipts, recall answers, warnings, notices of keys) and
//! in a file that it carried over, released objects with the record that lists them among them.
//! Whatever they say, each gets an answer or the file is refused by a rule, never by a fault of ours;
//! the same papers sent again are known or refused again, and the store stays sound.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use enlace_keys::{Card, Content, Manifest, NodeKeys};
use enlace_node::{Actor, Init, Node, Receipt};
use enlace_stix::{Object, canonical};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

/// Inputs that one node reads before the next one begins anew.
const INPUTS: u32 = 200;
/// Inputs from one look through the whole store to the next.
const CHECKED: u32 = 50;
/// The keys of the two parties in the seeds.
const PARTNER_KEY: &str = "52597892af72166c5a1b5a1ef53f51beb6de370dab847be9026fb145caf1c213";
const OWN_KEY: &str = "31a57a42060aaf34c94d71619b3d5189b6cf668817edf1b595cc9f3cebb17add";
/// Objects of an input that are looked at.
const MOST: usize = 12;

struct Desk {
    runtime: Runtime,
    home: tempfile::TempDir,
    node: Option<Node>,
    read: u32,
    /// The partner's.
    keys: NodeKeys,
    /// What stands in the seeds, and the name that it has in this run: keys are new each time.
    names: Vec<(&'static str, String)>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::new(Desk::new());
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (keys, names) = runtime.block_on(async {
            let init = |name: &str, country: &str| Init {
                name: name.to_owned(),
                country: country.to_owned(),
                unit: None,
            };
            let first = home.path().join("first");
            let ec = Node::init(&first, &init("UNE", "EC")).await.expect("a node");
            let other = home.path().join("other");
            let us = Node::init(&other, &init("ILC", "US")).await.expect("a partner");
            let card = us.card().expect("a card");
            let text = card.to_string();
            ec.partner_add(&Actor::console(), &text).await.expect("pinned");
            let own = ec.card().expect("a card");
            let identity = |card: &Card| format!("\"{}\"", card.identity_id());
            let names = vec![
                ("\"PARTNER\"", identity(&card)),
                ("\"identity--5f1c7a52-0d0e-4b7a-9b6f-3c1a0f6f2d11\"", identity(&card)),
                ("\"identity--8a4e2f6b-6c3d-4e57-8f0a-7b9d5c1e3a22\"", identity(&own)),
                (PARTNER_KEY, card.party_id()),
                (OWN_KEY, own.party_id()),
            ];
            (NodeKeys::open(&other).expect("keys"), names)
        });
        Self { runtime, home, node: None, read: 0, keys, names }
    }

    /// A node that knows the partner, and not much else.
    fn node(&mut self) -> &Node {
        if self.read.is_multiple_of(INPUTS) {
            self.node = None;
        }
        self.read += 1;
        if self.node.is_none() {
            let (first, now) = (self.home.path().join("first"), self.home.path().join("now"));
            let _ = fs::remove_dir_all(&now);
            copy(&first, &now);
            let node = self.runtime.block_on(Node::open(&now)).expect("a node");
            self.node = Some(node);
        }
        self.node.as_ref().expect("it is open")
    }

    fn take(&mut self, items: Vec<Map<String, Value>>) {
        let signed: Vec<_> =
            items.iter().map(|item| self.keys.envelope(Value::Object(item.clone()))).collect();
        let body = json!({ "objects": signed }).to_string();
        let (partner, count) = (self.keys.party_id().to_owned(), items.len());
        let content = self.content(items);
        self.node();
        let (node, keys) = (self.node.as_ref().expect("it is open"), &self.keys);
        self.runtime.block_on(async {
            let receipts =
                node.inbox_receive(&partner, &body).await.expect("every paper is judged");
            assert_eq!(receipts.len(), count);
            let known = ["taken", "known", "refused"];
            assert!(receipts.iter().all(|r| known.contains(&r.status.as_str())), "{receipts:?}");
            let card = node.card().expect("a card");
            let manifest = Manifest {
                id: uuid::Uuid::new_v4().to_string(),
                from: partner.clone(),
                to: card.party_id(),
                made_us: 1_780_272_000_000_000,
                received: Vec::new(),
            };
            let to = card.age.clone().expect("a recipient");
            let file = keys.seal_bundle(&manifest, &content, &to).expect("a file");
            if let Err(error) = node.inbox_bundle(&Actor::console(), "file", &file).await {
                assert!(!["node.internal", "node.store"].contains(&error.code()), "{error:?}");
            }
            let again = node.inbox_receive(&partner, &body).await.expect("judged again");
            // One that was refused may be taken now, after what it speaks of.
            let twice = |(a, b): (&Receipt, &Receipt)| a.status == "taken" && b.status == "taken";
            assert!(!receipts.iter().zip(&again).any(twice), "{receipts:?} {again:?}");
            if self.read.is_multiple_of(CHECKED) {
                let faults = node.fsck(&Actor::console()).await.expect("the store is read");
                assert!(faults.is_empty(), "{faults:?}");
            }
        });
    }

    /// As a file holds it: papers in envelopes, and the rest listed by signed records.
    fn content(&self, items: Vec<Map<String, Value>>) -> Content {
        let (records, others): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| item.get("type") == Some(&json!("release-record")));
        let listed: Vec<Value> = others
            .iter()
            .map(|item| {
                let sha256 = hex::encode(canonical::sha256(&Value::Object(item.clone())));
                json!({ "id": item.get("id"), "modified": item.get("modified"), "sha256": sha256 })
            })
            .collect();
        let raw = |item: &Map<String, Value>| {
            let text = serde_json::to_string(item).expect("JSON");
            RawValue::from_string(text).expect("JSON")
        };
        let mut objects: Vec<Box<RawValue>> = Vec::new();
        for mut record in records {
            if record.get("released").is_none_or(Value::is_array) {
                record.insert("released".to_owned(), listed.clone().into());
            }
            objects.push(raw(&self.keys.sign_within(record)));
        }
        if !objects.is_empty() {
            objects.extend(others.iter().map(raw));
        }
        let papers = others.into_iter().map(|o| self.keys.envelope(Value::Object(o))).collect();
        Content { objects, papers }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    fs::set_permissions(to, fs::metadata(from).expect("rights").permissions()).expect("rights");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let text = DESK.with_borrow(|desk| {
        let names = desk.names.iter();
        names.fold(text.to_owned(), |text, (seed, name)| text.replace(seed, name))
    });
    // One object a line: what is none is passed over.
    let read = |line: &str| {
        Object::parse(line).ok()?;
        serde_json::from_str::<Map<String, Value>>(line).ok()
    };
    let items: Vec<_> = text.lines().filter_map(read).take(MOST).collect();
    if !items.is_empty() {
        DESK.with_borrow_mut(|desk| desk.take(items));
    }
});
