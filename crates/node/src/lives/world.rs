//! Three nodes made once from a seed and copied for each sequence: EC, whose releases are looked at,
//! and its partners US and NL, who sign. EC has two agreements with US alone and one with both.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use enlace_policy::roles::Role;
use enlace_store::RecordQuery;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clock::seeded;
use crate::record::Bucket;
use crate::standing::tests::TERMS;
use crate::{Actor, Clock, ImportRequest, Init, Node, VettingResult};

pub(super) const MINUTE_US: i64 = 60_000_000;
pub(super) const DAY_US: i64 = 1440 * MINUTE_US;
/// 2026-06-01.
const NOW: i64 = 1_780_272_000_000_000;
/// Days that a partner keeps what it gets.
pub(super) const RETENTION: i64 = 30;

/// A clock that stands still while something is done: what the other world does beside it takes no
/// time.
pub(super) struct Still(AtomicI64);

impl Clock for Still {
    fn now_us(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Still {
    pub(super) fn set(&self, us: i64) {
        self.0.store(NOW + us, Ordering::Relaxed);
    }

    pub(super) fn at(&self, us: i64) {
        self.0.store(us, Ordering::Relaxed);
    }

    pub(super) fn add(&self, us: i64) {
        self.0.fetch_add(us, Ordering::Relaxed);
    }
}

/// What partner finds under which agreement: indices of `World::partners` and `World::lineages`.
pub(super) const PLACES: [(usize, usize); 4] = [(0, 0), (0, 1), (0, 2), (1, 2)];

pub(super) struct World {
    pub(super) clock: Arc<Still>,
    pub(super) ec: Arc<Node>,
    pub(super) partners: [Node; 2],
    pub(super) lineages: Vec<String>,
    home: TempDir,
}

pub(super) fn liaison() -> Actor {
    Actor::of("liaison", Role::LiaisonOfficer)
}

pub(super) fn approver() -> Actor {
    Actor::of("approver", Role::Approver)
}

/// The objects of EC, by their numbers in [`super::act::Act`].
pub(super) const KINDS: [&str; 16] = [
    "identity",
    "identity",
    "identity",
    "firearm",
    "firearm",
    "location",
    "shipping-container",
    "bank-account",
    "bank-account",
    "report",
    "report",
    "relationship",
    "relationship",
    "indicator",
    "report",
    "note",
];

pub(super) fn id(number: usize) -> String {
    format!("{}--00000000-0000-4000-8000-0000000000{number:02}", KINDS[number])
}

/// What an object refers to, as it is first imported.
pub(super) fn first_references(number: usize) -> Vec<usize> {
    match number {
        3 | 4 => vec![5],
        7 => vec![0],
        9 => vec![0, 1, 3, 7],
        10 => vec![1, 2, 4, 6, 8],
        11 => vec![0, 3],
        12 => vec![1, 0],
        14 => vec![11, 13, 6],
        15 => vec![6, 3],
        _ => vec![],
    }
}

const OWN_MARKING: &str = "marking-definition--00000000-0000-4000-8000-000000000099";
const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
/// In every text that no clause lets leave.
pub(super) const CANARY: &str = "Zarigüeya";

/// A version of an object: `shown` and `hidden` are in values that leave and that stay.
pub(super) fn version(
    number: usize,
    at_us: i64,
    shown: u32,
    hidden: u32,
    references: &[usize],
) -> Value {
    let time = enlace_stix::Timestamp::from_micros(NOW + at_us).to_millis();
    let refs: Vec<String> = references.iter().map(|n| id(*n)).collect();
    let extension = |kind: &str| enlace_stix::types::definition_id(kind);
    let marking = if [4, 6].contains(&number) { OWN_MARKING } else { AMBER };
    let mut object = json!({
        "type": KINDS[number], "spec_version": "2.1", "id": id(number),
        "object_marking_refs": [marking],
    });
    let mut add = |more: Value| {
        let more = more.as_object().unwrap().clone();
        object.as_object_mut().unwrap().extend(more);
    };
    if KINDS[number] != "bank-account" {
        add(json!({ "created": "2026-01-01T00:00:00.000Z", "modified": time.as_str() }));
    }
    let text = format!("{CANARY} {hidden}");
    match KINDS[number] {
        "identity" => add(json!({
            "name": person(number, shown),
            "identity_class": "individual", "description": text,
            "extensions": { extension("person"): {
                "extension_type": "property-extension",
                "names": [{ "full": person(number, shown), "kind": "primary", "script": "Latn" }],
                "subject_categories": [{ "category": "suspect", "basis": text }],
            } },
        })),
        "firearm" => add(json!({
            "serial": format!("TXZ4821{number}"), "serial_status": "readable",
            "model": format!("G2C-{shown}"), "calibre": "9x19 mm", "firearm_type": "pistol",
            "description": text,
            "extensions": { extension("firearm"): { "extension_type": "new-sdo" } },
        })),
        "location" => add(json!({
            "name": format!("Posorja {shown}"), "country": "EC", "description": text,
        })),
        "shipping-container" => add(json!({
            "number": "XMBU4810574", "description": text,
            "extensions": { extension("shipping-container"): { "extension_type": "new-sdo" } },
        })),
        "bank-account" => add(json!({
            "account_number": "2200417938", "bic": "BMVAECEG",
            "currency": if shown.is_multiple_of(2) { "USD" } else { "EUR" },
            "extensions": { "extension-definition--f19f3291-6a84-5674-b311-d75a925d5bd9": { "extension_type": "new-sco" } },
        })),
        "report" => add(json!({
            "name": text, "report_types": [format!("kind-{shown}")],
            "published": "2026-02-01T00:00:00Z", "object_refs": refs,
        })),
        "relationship" => add(json!({
            "relationship_type": "related-to", "source_ref": refs[0], "target_ref": refs[1],
            "description": text,
            "start_time": format!("2026-01-{:02}T00:00:00Z", 1 + shown % 28),
        })),
        "note" => add(json!({ "content": text, "object_refs": refs })),
        _ => add(json!({
            "name": text, "indicator_types": ["anomalous-activity"],
            "pattern": format!("[email-addr:value = 'a{shown}@example.org']"),
            "pattern_type": "stix", "pattern_version": "2.1",
            "valid_from": "2026-01-01T00:00:00Z",
        })),
    }
    if let ("firearm", Some(place)) = (KINDS[number], refs.first()) {
        add(json!({ "recovered_place_ref": place }));
    }
    if let ("bank-account", Some(holder)) = (KINDS[number], refs.first()) {
        add(json!({ "holder_ref": holder }));
    }
    object
}

fn person(number: usize, shown: u32) -> String {
    format!("Persona Inventada {} {shown}", ["Uno", "Dos", "Tres"][number])
}

pub(super) async fn import(ec: &Node, objects: Vec<Value>) {
    let bundle = json!({
        "type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects,
    });
    let bytes = bundle.to_string().into_bytes();
    let request = ImportRequest {
        name: "case.json",
        bytes: &bytes,
        format: None,
        marking: None,
        source: None,
        dry_run: false,
    };
    let done = ec.import(&Actor::console(), request).await.unwrap();
    let bad: Vec<_> = done.lines.iter().filter(|l| l.result == "rejected").collect();
    assert!(bad.is_empty(), "{bad:?}");
}

/// Keys of `init` are the system's; those that decide on an order are made of a number.
fn set_keys(home: &Path, number: u8) {
    for (name, kind) in [("node", "ed25519"), ("twin", "secret")] {
        let line = format!("enlace-key 1 {kind} {}\n", URL_SAFE_NO_PAD.encode([number; 32]));
        fs::write(home.join("keys").join(format!("{name}.key")), line).unwrap();
    }
}

pub(super) fn copy(from: &Path, to: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// A folder in memory, if there is one: the test is about what is written, not about when.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

/// What all sequences begin with.
pub(super) struct Template {
    home: TempDir,
    lineages: Vec<String>,
}

impl Template {
    pub(super) async fn new() -> Self {
        seeded::begin(Some(1));
        let home = folder();
        let mut number = 0;
        for (name, country) in [("UNE", "EC"), ("ILC", "US"), ("LKP", "NL")] {
            number += 1;
            let dir = home.path().join(country);
            let init = Init { name: name.into(), country: country.into(), unit: None };
            drop(Node::init(&dir, &init).await.unwrap());
            set_keys(&dir, number);
        }
        let world = World::open(home, Vec::new()).await;
        let [us, nl] = &world.partners;
        let (console, passed) = (Actor::console(), VettingResult::Passed);
        let nodes = [&world.ec, us, nl];
        for node in nodes {
            for other in nodes.iter().filter(|o| o.key_id() != node.key_id()) {
                let card = serde_json::to_string(other.card().unwrap().json()).unwrap();
                node.partner_add(&console, &card).await.unwrap();
                let (key, day) = (other.key_id(), "2099-12-31");
                node.partner_vet(&console, key, "Office", day, passed, &[]).await.unwrap();
            }
        }
        let terms = TERMS.replace("days = 1095", &format!("days = {RETENTION}"));
        let mut lineages = Vec::new();
        for (title, with) in
            [("First", vec!["US"]), ("Second", vec!["US"]), ("Both", vec!["US", "NL"])]
        {
            let with: Vec<String> = with.into_iter().map(str::to_owned).collect();
            let terms = terms.replacen("title = \"", &format!("title = \"{title} "), 1);
            let draft = world.ec.agreement_new(&liaison(), &with, None, None, Some(&terms)).await;
            let signed =
                world.ec.agreement_sign_draft(&approver(), &draft.unwrap(), "a.toml").await;
            let signed = signed.unwrap().id;
            world.signed_by_partners(&signed).await;
            lineages
                .push(world.ec.agreement_named(&signed).await.unwrap().agreement.lineage.clone());
            world.clock.add(MINUTE_US);
        }
        let marking = json!({
            "type": "marking-definition", "spec_version": "2.1", "id": OWN_MARKING,
            "created": "2026-01-01T00:00:00.000Z", "name": "UNE H1",
            "extensions": { "extension-definition--c61286f1-19df-529e-8a8d-178b5e78a841": {
                "extension_type": "property-extension", "tlp": "amber", "handling": ["H1"],
            } },
        });
        let objects = (0..KINDS.len()).map(|n| version(n, 0, 0, 0, &first_references(n)));
        import(&world.ec, std::iter::once(marking).chain(objects).collect()).await;
        let World { home, .. } = world;
        Self { home, lineages }
    }

    /// A world of its own.
    pub(super) async fn world(&self) -> World {
        let home = folder();
        copy(self.home.path(), home.path());
        World::open(home, self.lineages.clone()).await
    }
}

impl World {
    async fn open(home: TempDir, lineages: Vec<String>) -> Self {
        let clock = Arc::new(Still(AtomicI64::new(NOW)));
        let open = async |country: &str| {
            let clock: Arc<dyn Clock> = clock.clone();
            Node::open_with(&home.path().join(country), clock).await.unwrap()
        };
        let (ec, us, nl) = (open("EC").await, open("US").await, open("NL").await);
        Self { clock, ec: Arc::new(ec), partners: [us, nl], lineages, home }
    }

    /// EC starts again with these rules of its own.
    pub(super) async fn restart(&mut self, rules: &str) {
        fs::write(self.home.path().join("EC/enlace.toml"), rules).unwrap();
        let clock: Arc<dyn Clock> = self.clock.clone();
        self.ec = Arc::new(Node::open_with(&self.home.path().join("EC"), clock).await.unwrap());
    }

    /// The other parties get what EC signed, and sign.
    pub(super) async fn signed_by_partners(&self, id: &str) {
        let console = Actor::console();
        for (node, name) in self.partners.iter().zip(["US", "NL"]) {
            let parties = &self.ec.agreement_named(id).await.unwrap().agreement.draft.parties;
            if !parties.iter().any(|party| party.key_id == node.key_id()) {
                continue;
            }
            let file = self.ec.outbox_file(&console, name).await.unwrap();
            node.inbox_file(&console, &file).await.unwrap();
            node.agreement_sign(&approver(), id).await.unwrap();
            let file = node.outbox_file(&console, "EC").await.unwrap();
            self.ec.inbox_file(&console, &file).await.unwrap();
        }
    }

    pub(super) fn now_us(&self) -> i64 {
        self.clock.now_us()
    }

    /// The first instant, no later than `end_us`, at which a round has something to do.
    pub(super) async fn next_due(&self, end_us: i64) -> Option<i64> {
        let mut due = None;
        for bucket in [Bucket::UPDATE, Bucket::RELEASE] {
            let due_before_us = Some(end_us);
            let query = RecordQuery { bucket, due_before_us, limit: 1000, ..Default::default() };
            let found = self.ec.store.records(query).await.unwrap();
            due = found.into_iter().filter_map(|record| record.due_us).chain(due).min();
        }
        due
    }

    pub(super) fn place(&self, place: usize) -> (&str, &str) {
        let (partner, lineage) = PLACES[place];
        (self.partners[partner].key_id(), &self.lineages[lineage])
    }

    /// The numbers of the object that a partner knows under a twin's id, in a place.
    pub(super) async fn made_of(&self, place: usize, twin: &str) -> Vec<String> {
        let (partner, lineage) = self.place(place);
        let mut rows = self.ec.store.twins_of(twin).await.unwrap();
        rows.retain(|t| t.twin == twin && t.partner == partner && t.lineage == lineage);
        rows.into_iter().map(|t| t.original).collect()
    }

    pub(super) async fn twin(&self, place: usize, original: &str) -> Option<enlace_store::Twin> {
        let (partner, lineage) = self.place(place);
        self.ec.store.twin(partner, lineage, original).await.unwrap()
    }
}
