//! Random batches against the store and against a slow, obvious model: outcomes and all that can
//! be read must agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use enlace_stix::version::{self, Arrival, Version};
use enlace_store::{
    Batch, Guard, MemberQuery, NewObject, ObjectQuery, ObjectRow, ObjectState, Outcome, Store,
    StoreError, VersionFilter, Write,
};
use proptest::prelude::*;

use crate::place::{Folder, Place, Server};
use crate::samples::object;

/// Versions of both kinds: contents without instant, and instants with more and fewer digits.
const VERSIONS: [&str; 6] = [
    "sha256:aa",
    "sha256:bb",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00.05",
    "2026-01-01T00:00:00.1",
    "2026-02-01T00:00:00",
];
const IDS: [&str; 3] = ["identity--a", "firearm--b", "note--c"];
const CHANNELS: [&str; 2] = ["own", "p1"];
const STATES: [ObjectState; 3] = [ObjectState::Held, ObjectState::Pending, ObjectState::Rejected];

#[derive(Default, Clone)]
struct Model {
    objects: Vec<Kept>,
    records: BTreeMap<String, (String, i64)>,
    floor: i64,
    members: Vec<(i64, i64, String, String, bool)>,
    head: Option<(i64, i64)>,
    handed_out: BTreeSet<String>,
    log: Vec<Vec<u8>>,
}

#[derive(Clone)]
struct Kept {
    new: NewObject,
    purged: bool,
}

impl Model {
    /// All or nothing.
    fn commit(&mut self, batch: &Batch) -> Option<Vec<Outcome>> {
        let holds = |guard: &Guard| match guard {
            Guard::Absent { key, .. } => !self.records.contains_key(key),
            Guard::Revision { key, revision, .. } => {
                self.records.get(key).is_some_and(|(_, found)| found == revision)
            }
            Guard::LogSize { size, .. } => self.log.len() as u64 == *size,
            Guard::Unseen { seqs, .. } => {
                seqs.iter().all(|seq| self.members.iter().any(|m| m.0 == *seq && !m.4))
            }
            Guard::Newest { of, .. } => of.iter().all(|(id, version, expected)| {
                let fits = |found: &str| version.is_empty() || instant(found) == instant(version);
                let of_id = self.members.iter().filter(|m| m.2 == *id && fits(&m.3));
                of_id.map(|m| m.0).max() == *expected
            }),
        };
        if !batch.guards.iter().all(holds) {
            return None;
        }
        Some(batch.writes.iter().map(|write| self.apply(write)).collect())
    }

    fn apply(&mut self, write: &Write) -> Outcome {
        match write {
            Write::Object(new) => self.keep(new),
            Write::State { channel, id, version: None, state } => {
                self.change(channel, id, |kept| kept.new.state = *state)
            }
            Write::Purge { channel, id } => self.purge(channel, id),
            Write::Put { key, body, .. } => {
                let floor = self.floor;
                let record = self.records.entry(key.clone()).or_insert((String::new(), floor));
                *record = (body.clone(), record.1 + 1);
                Outcome::Done
            }
            Write::Delete { key, .. } => match self.records.remove(key) {
                Some((_, revision)) => {
                    self.floor = self.floor.max(revision);
                    Outcome::Done
                }
                None => Outcome::Missing,
            },
            Write::Publish { id, version, now_us, .. } => {
                let next = |(seq, date): (i64, i64)| (seq + 1, (date + 1).max(*now_us));
                let (seq, date_added_us) = self.head.map_or((1, *now_us), next);
                self.head = Some((seq, date_added_us));
                let version = match version.as_str() {
                    "" => enlace_stix::Timestamp::from_micros(date_added_us).to_string(),
                    version => version.to_owned(),
                };
                self.members.push((seq, date_added_us, id.clone(), version, false));
                Outcome::Member { seq, date_added_us }
            }
            Write::Withdraw { id, .. } => {
                let (gone, left) = self.members.drain(..).partition::<Vec<_>, _>(|m| m.2 == *id);
                self.members = left;
                Outcome::Withdrawn { versions: gone.len(), fetched: gone.iter().any(|m| m.4) }
            }
            Write::WithdrawVersions { seqs, .. } => {
                let is_out = |m: &(i64, i64, String, String, bool)| seqs.contains(&m.0);
                let (gone, left) = self.members.drain(..).partition::<Vec<_>, _>(is_out);
                self.members = left;
                Outcome::Withdrawn { versions: gone.len(), fetched: gone.iter().any(|m| m.4) }
            }
            Write::Fetched { seqs, .. } => {
                for member in self.members.iter_mut().filter(|m| seqs.contains(&m.0)) {
                    member.4 = true;
                    self.handed_out.insert(member.2.clone());
                }
                Outcome::Done
            }
            Write::Leaf { entry, .. } => {
                self.log.push(entry.clone());
                Outcome::Leaf { index: self.log.len() as u64 - 1 }
            }
            other => panic!("not generated: {other:?}"),
        }
    }

    fn keep(&mut self, new: &NewObject) -> Outcome {
        let held = self.held(&new.id, &new.channel);
        let arrival = version::arrival(&held, &new.as_version());
        let lead = self.current(&new.id, &new.channel);
        let purged = arrival == Arrival::Late && lead.is_some_and(|lead| lead.purged);
        match arrival {
            Arrival::Same => return Outcome::Known,
            fault if fault.fault().is_some() => return Outcome::Refused(fault),
            _ => self.objects.push(Kept { new: new.clone(), purged: false }),
        }
        if purged {
            self.purge(&new.channel, &new.id);
        }
        Outcome::New
    }

    fn purge(&mut self, channel: &str, id: &str) -> Outcome {
        self.change(channel, id, |kept| {
            kept.purged = true;
            kept.new.raw.clear();
            kept.new.state = ObjectState::Recalled;
        })
    }

    fn held(&self, id: &str, channel: &str) -> Vec<Version> {
        let all = self.objects.iter().map(|kept| &kept.new);
        all.filter(|o| o.id == id && o.channel == channel).map(NewObject::as_version).collect()
    }

    fn change(&mut self, channel: &str, id: &str, act: impl Fn(&mut Kept)) -> Outcome {
        let mut outcome = Outcome::Missing;
        for kept in &mut self.objects {
            if kept.new.id == id && kept.new.channel == channel && !kept.purged {
                act(kept);
                outcome = Outcome::Done;
            }
        }
        outcome
    }

    fn current(&self, id: &str, channel: &str) -> Option<&Kept> {
        let held = self.held(id, channel);
        let leads = &version::current(&held)?.version;
        self.objects.iter().find(|kept| {
            (&*kept.new.id, &*kept.new.channel, &kept.new.version) == (id, channel, leads)
        })
    }

    /// Members whose version is the last of their id.
    fn last_members(&self) -> Vec<i64> {
        let last = |m: &&(i64, i64, String, String, bool)| {
            !self.members.iter().any(|n| n.2 == m.2 && (instant(&n.3), n.0) > (instant(&m.3), m.0))
        };
        self.members.iter().filter(last).map(|m| m.0).collect()
    }
}

/// As texts are compared: without zone and without the zeros at the end of a fraction.
fn instant(version: &str) -> &str {
    let bare = version.trim_end_matches('Z');
    if bare.contains('.') { bare.trim_end_matches('0').trim_end_matches('.') } else { bare }
}

fn write() -> impl Strategy<Value = Write> {
    let id = || (0..IDS.len()).prop_map(|i| IDS[i].to_owned());
    let channel = || (0..CHANNELS.len()).prop_map(|i| CHANNELS[i].to_owned());
    let key = || "[kl]";
    prop_oneof![
        6 => (id(), channel(), 0..VERSIONS.len(), 0_u8..5, prop::bool::weighted(0.1), 0..2_usize)
            .prop_map(|(id, channel, version, content, revoked, state)| {
                let content_hash = crate::samples::content(VERSIONS[version], content / 4);
                let (version, state) = (VERSIONS[version], STATES[state]);
                let raw = format!("{version} {content}");
                let new = object(&id, version);
                let new = NewObject { channel, content_hash, revoked, state, raw, ..new };
                Write::Object(Box::new(new))
            }),
        2 => (id(), channel(), 0..STATES.len())
            .prop_map(|(id, channel, s)| Write::State { channel, id, version: None, state: STATES[s] }),
        1 => (id(), channel()).prop_map(|(id, channel)| Write::Purge { channel, id }),
        3 => (key(), "[a-c]{1,3}")
            .prop_map(|(key, body)| Write::Put { bucket: "b", key, body, due_us: None }),
        1 => key().prop_map(|key| Write::Delete { bucket: "b", key }),
        4 => (id(), 1..VERSIONS.len(), 0..200_i64).prop_map(|(id, version, now_us)| {
            let (collection, kind) = ("c".to_owned(), "note".to_owned());
            let version = if version == 1 { "" } else { VERSIONS[version] }.to_owned();
            Write::Publish { collection, id, kind, version, body: String::new(), now_us }
        }),
        1 => id().prop_map(|id| Write::Withdraw { collection: "c".into(), id }),
        1 => prop::collection::vec(0..9_i64, 0..3)
            .prop_map(|seqs| Write::WithdrawVersions { collection: "c".into(), seqs }),
        1 => prop::collection::vec(0..9_i64, 0..3)
            .prop_map(|seqs| Write::Fetched { collection: "c".into(), seqs, now_us: 1 }),
        2 => "[a-z]{0,3}".prop_map(|entry| {
            Write::Leaf { log: "node".into(), entry: entry.into_bytes(), record: None }
        }),
    ]
}

fn guard() -> impl Strategy<Value = Guard> {
    prop_oneof![
        "[kl]".prop_map(|key| Guard::Absent { bucket: "b", key }),
        ("[kl]", 1..4_i64).prop_map(|(key, revision)| Guard::Revision {
            bucket: "b",
            key,
            revision
        }),
        (0..4_u64).prop_map(|size| Guard::LogSize { log: "node".into(), size }),
        prop::collection::vec(0..6_i64, 0..3)
            .prop_map(|seqs| Guard::Unseen { collection: "c".into(), seqs }),
        prop::collection::vec((0..IDS.len(), 1..VERSIONS.len(), prop::option::of(1..6_i64)), 1..3)
            .prop_map(|of| {
                let version = |v: usize| if v == 1 { "" } else { VERSIONS[v] }.to_owned();
                let named = |(id, v, seq): (usize, usize, _)| (IDS[id].to_owned(), version(v), seq);
                let of = of.into_iter().map(named).collect();
                Guard::Newest { collection: "c".into(), of }
            }),
    ]
}

fn batch() -> impl Strategy<Value = Batch> {
    let guards = prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(guard(), 1..3)];
    let writes = prop::collection::vec(write(), 0..8);
    (guards, writes).prop_map(|(guards, writes)| Batch { guards, writes })
}

fn copy(batch: &Batch) -> Batch {
    Batch { guards: batch.guards.clone(), writes: batch.writes.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_single_file_store_agrees_with_a_model(batches in prop::collection::vec(batch(), 1..20)) {
        runtime().block_on(async { compare(&Folder::new(), &batches).await });
    }

    #[test]
    fn the_server_store_agrees_with_a_model(batches in prop::collection::vec(batch(), 1..20)) {
        runtime().block_on(async { compare(&Server::new().await, &batches).await });
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn compare(place: &dyn Place, batches: &[Batch]) {
    let store = place.open().await;
    let mut model = Model::default();
    for batch in batches {
        let expected = model.commit(batch);
        match (store.commit(copy(batch)).await, expected) {
            (Ok(found), Some(expected)) => assert_eq!(found, expected),
            (Err(StoreError::Guard { .. }), None) => {}
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }
    agree(&store, &model).await;
    drop(store);
    agree(&place.open().await, &model).await;
}

async fn agree(store: &Arc<dyn Store>, model: &Model) {
    let seen = |row: &ObjectRow| (row.version.clone(), row.raw.clone(), row.state, row.revoked);
    let made = |new: &NewObject| (new.version.clone(), new.raw.clone(), new.state, new.revoked);
    let mut current = 0;
    for id in IDS {
        for channel in CHANNELS {
            let found = store.object(id, Some(channel)).await.unwrap();
            assert_eq!(
                found.as_ref().map(seen),
                model.current(id, channel).map(|kept| made(&kept.new))
            );
            current += usize::from(found.is_some());
        }
        let versions = store.versions(id).await.unwrap();
        assert_eq!(versions.len(), model.objects.iter().filter(|k| k.new.id == id).count());
    }
    let all = ObjectQuery { limit: 99, ..Default::default() };
    assert_eq!(store.objects(all).await.unwrap().len(), current);
    for key in ["k", "l"] {
        let found = store.record("b", key).await.unwrap().map(|r| (r.body, r.revision));
        assert_eq!(found, model.records.get(key).cloned());
    }
    let page = |versions| MemberQuery {
        collection: "c".into(),
        versions,
        limit: 999,
        ..Default::default()
    };
    let members = store.members(page(vec![VersionFilter::All])).await.unwrap().members;
    let found: Vec<_> = members
        .into_iter()
        .map(|m| (m.seq, m.date_added_us, m.id, m.version, m.fetched_us.is_some()))
        .collect();
    assert_eq!(found, model.members);
    let unseen = MemberQuery { not_handed_out: true, ..page(vec![VersionFilter::All]) };
    let unseen = store.members(unseen).await.unwrap().members;
    let expected: Vec<i64> = model.members.iter().filter(|m| !m.4).map(|m| m.0).collect();
    assert_eq!(unseen.into_iter().map(|m| m.seq).collect::<Vec<_>>(), expected);
    let handed_out = store.handed_out("c", &IDS.map(str::to_owned)).await.unwrap();
    assert_eq!(handed_out, model.handed_out);
    let last = store.members(page(vec![VersionFilter::Last])).await.unwrap().members;
    assert_eq!(last.into_iter().map(|m| m.seq).collect::<Vec<_>>(), model.last_members());
    let entries = store.log_entries("node", 0, 999).await.unwrap();
    assert_eq!(entries.into_iter().map(|e| e.entry).collect::<Vec<_>>(), model.log);
    assert_eq!(store.fsck().await.unwrap(), []);
}
