//! Batches, guards, records, logs, quarantine, blobs, reopening.

use enlace_store::{Guard, GuardFailure, Outcome, Quarantined, RecordQuery, StoreError, Write};

use crate::place::Place;
use crate::samples::*;

const JANUARY: &str = "2026-01-01T00:00:00";
const MARCH: &str = "2026-03-01T00:00:00";
const A: &str = "identity--a";

pub async fn guards_refuse_the_whole_batch(place: &dyn Place) {
    let store = place.open().await;
    let writes = || vec![put("k", "1"), keep(object(A, JANUARY)), leaf("node", "e")];
    let absent = || Guard::Absent { bucket: "b", key: "k".into() };
    let at = |revision| Guard::Revision { bucket: "b", key: "k".into(), revision };
    let failure = |result: Result<Vec<Outcome>, StoreError>| match result {
        Err(StoreError::Guard { index: 0, failure }) => failure,
        other => panic!("expected a failed guard, got {other:?}"),
    };
    let gone = failure(guarded(&*store, at(1), writes()).await);
    assert_eq!(gone, GuardFailure::Revision { bucket: "b", expected: 1, found: None });
    guarded(&*store, absent(), writes()).await.unwrap();
    let exists = failure(guarded(&*store, absent(), writes()).await);
    assert_eq!(exists, GuardFailure::Exists { bucket: "b" });
    guarded(&*store, at(1), vec![put("k", "2")]).await.unwrap();
    let changed = failure(guarded(&*store, at(1), vec![put("k", "3"), leaf("node", "x")]).await);
    assert_eq!(changed, GuardFailure::Revision { bucket: "b", expected: 1, found: Some(2) });
    let size = |size| Guard::LogSize { log: "node".into(), size };
    let grown = failure(guarded(&*store, size(0), vec![put("k", "4")]).await);
    assert_eq!(grown, GuardFailure::LogSize { log: "node".into(), expected: 0, found: 1 });
    guarded(&*store, size(1), vec![leaf("node", "f")]).await.unwrap();
    let unknown = Guard::LogSize { log: "channel/x/ours".into(), size: 0 };
    guarded(&*store, unknown, vec![]).await.unwrap();
    let record = store.record("b", "k").await.unwrap().unwrap();
    assert_eq!((record.body.as_str(), record.revision), ("2", 2));
    assert_eq!(store.log("node").await.unwrap().size, 2);
}

pub async fn a_record_written_again_never_repeats_a_revision(place: &dyn Place) {
    let store = place.open().await;
    commit(&*store, vec![put("k", "1"), put("k", "2"), put("k", "3")]).await;
    let delete = Write::Delete { bucket: "b", key: "k".into() };
    assert_eq!(one(&*store, delete.clone()).await, Outcome::Done);
    assert_eq!(one(&*store, delete).await, Outcome::Missing);
    assert!(store.record("b", "k").await.unwrap().is_none());
    commit(&*store, vec![put("k", "4")]).await;
    assert_eq!(store.record("b", "k").await.unwrap().unwrap().revision, 4);
}

pub async fn records_come_by_key_or_by_due_date(place: &dyn Place) {
    let store = place.open().await;
    let due = |key: &str, due_us| Write::Put {
        bucket: "jobs",
        key: key.into(),
        body: String::new(),
        due_us,
    };
    commit(
        &*store,
        vec![
            due("x/3", Some(30)),
            due("x/1", Some(20)),
            due("x/2", Some(20)),
            due("y/4", Some(10)),
            due("x/5", None),
            put("x/6", ""),
        ],
    )
    .await;
    let keys = |query: RecordQuery| {
        let store = &store;
        async move {
            let found = store.records(query).await.unwrap();
            found.into_iter().map(|r| r.key).collect::<Vec<_>>()
        }
    };
    let all = RecordQuery { bucket: "jobs", limit: 9, ..Default::default() };
    assert_eq!(keys(all.clone()).await, ["x/1", "x/2", "x/3", "x/5", "y/4"]);
    let x = RecordQuery { prefix: "x/".into(), ..all.clone() };
    assert_eq!(keys(x.clone()).await, ["x/1", "x/2", "x/3", "x/5"]);
    let behind = RecordQuery { after: Some("x/2".into()), limit: 1, ..x.clone() };
    assert_eq!(keys(behind).await, ["x/3"]);
    let before = RecordQuery { after: Some("a".into()), ..x.clone() };
    assert_eq!(keys(before).await, ["x/1", "x/2", "x/3", "x/5"]);
    let by_date = RecordQuery { due_before_us: Some(20), ..all };
    assert_eq!(keys(by_date.clone()).await, ["y/4", "x/1", "x/2"]);
    let behind = RecordQuery { after: Some("x/1".into()), ..by_date };
    assert_eq!(keys(behind).await, ["x/2"]);
    let dated = RecordQuery { due_before_us: Some(99), ..x };
    assert_eq!(keys(dated).await, ["x/1", "x/2", "x/3"]);
}

pub async fn logs_give_indexes_roots_and_checkpoints(place: &dyn Place) {
    let store = place.open().await;
    let empty = store.log("node").await.unwrap();
    assert_eq!(hex::encode(empty.root), empty_root());
    let outcomes = commit(
        &*store,
        vec![
            leaf("node", "a"),
            leaf("channel/k/ours", "x"),
            leaf("node", "b"),
            Write::Leaf { log: "node".into(), entry: b"c".to_vec(), record: None },
        ],
    )
    .await;
    let index = |index| Outcome::Leaf { index };
    assert_eq!(outcomes, [index(0), index(0), index(1), index(2)]);
    let state = store.log("node").await.unwrap();
    assert_eq!((state.size, hex::encode(state.root)), (3, root_of_abc()));
    assert_eq!(store.logs().await.unwrap(), ["channel/k/ours", "node"]);
    let entries = store.log_entries("node", 1, 9).await.unwrap();
    assert_eq!(entries.iter().map(|e| e.index).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(entries[0].record.as_deref(), Some(&b"values"[..]));
    assert_eq!((entries[1].entry.as_slice(), &entries[1].record), (&b"c"[..], &None));
    assert_eq!(store.log_entries("node", 0, 2).await.unwrap().len(), 2);
    assert_eq!(store.log_entries("nobody", 0, 2).await.unwrap(), []);
    let note = |size, note: &str| Write::Checkpoint { log: "node".into(), size, note: note.into() };
    commit(&*store, vec![note(1, "one"), note(3, "three"), note(3, "three"), note(3, "split")])
        .await;
    let notes = store.checkpoints("node", 9).await.unwrap();
    let notes: Vec<_> = notes.iter().map(|c| (c.size, c.note.as_str())).collect();
    assert_eq!(notes, [(3, "split"), (3, "three"), (1, "one")], "evidence is never overwritten");
    assert_eq!(store.checkpoints("node", 1).await.unwrap().len(), 1);
}

/// SHA-256 of nothing (RFC 9162 §2.1.1).
fn empty_root() -> String {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned()
}

/// The root over the leaves `a`, `b`, `c`, written out.
fn root_of_abc() -> String {
    use sha2::{Digest, Sha256};
    let leaf = |entry: &[u8]| Sha256::new().chain_update([0]).chain_update(entry).finalize();
    let node = |l: &[u8], r: &[u8]| {
        Sha256::new().chain_update([1]).chain_update(l).chain_update(r).finalize()
    };
    hex::encode(node(&node(&leaf(b"a"), &leaf(b"b")), &leaf(b"c")))
}

pub async fn quarantine_is_newest_first(place: &dyn Place) {
    let store = place.open().await;
    for i in 0..5 {
        let row = Quarantined {
            number: 0,
            source: format!("file {i}"),
            object_id: None,
            path: "id".into(),
            rule: "stix.id.malformed".into(),
            expected: "an id".into(),
            found: "nothing".into(),
            raw: "{}".into(),
            at_us: i,
        };
        assert_eq!(one(&*store, Write::Quarantine(Box::new(row))).await, Outcome::Done);
    }
    let first = store.quarantine(None, 2).await.unwrap();
    assert_eq!(first.iter().map(|q| q.at_us).collect::<Vec<_>>(), [4, 3]);
    let rest = store.quarantine(Some(first[1].number), 9).await.unwrap();
    assert_eq!(rest.iter().map(|q| q.at_us).collect::<Vec<_>>(), [2, 1, 0]);
}

pub async fn what_was_set_aside_loses_its_text_and_stays_told(place: &dyn Place) {
    let store = place.open().await;
    for (source, id) in [("EC", A), ("EC", "note--b"), ("NL", A)] {
        let row = Quarantined {
            number: 0,
            source: source.into(),
            object_id: Some(id.into()),
            path: "created".into(),
            rule: "stix.version.created".into(),
            expected: "the same".into(),
            found: "another".into(),
            raw: "text".into(),
            at_us: 1,
        };
        one(&*store, Write::Quarantine(Box::new(row))).await;
    }
    let purge = Write::PurgeAside { source: "EC".into(), id: A.into() };
    assert_eq!(one(&*store, purge.clone()).await, Outcome::Done);
    assert_eq!(one(&*store, purge).await, Outcome::Missing);
    let rows = store.quarantine(None, 9).await.unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        let gone = row.source == "EC" && row.object_id.as_deref() == Some(A);
        assert_eq!((row.raw.is_empty(), row.found.is_empty()), (gone, gone), "{row:?}");
        assert_eq!(row.rule, "stix.version.created");
    }
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn a_failing_write_leaves_nothing_of_its_batch(place: &dyn Place) {
    let store = place.open().await;
    let missing = Write::Blob { sha256: "0".repeat(64), size: 1 };
    let writes =
        vec![keep(object(A, JANUARY)), publish("c", A, JANUARY, 1), leaf("node", "e"), missing];
    let refused = guarded(&*store, Guard::LogSize { log: "node".into(), size: 0 }, writes).await;
    assert!(matches!(refused, Err(StoreError::BlobMissing { .. })));
    assert!(store.object(A, None).await.unwrap().is_none());
    assert_eq!(store.log("node").await.unwrap().size, 0);
    let next = one(&*store, publish("c", A, JANUARY, 1)).await;
    assert_eq!(next, Outcome::Member { seq: 1, date_added_us: 1 });
}

pub async fn blobs_are_named_by_their_content(place: &dyn Place) {
    let store = place.open().await;
    let name = store.blobs().put("documento").await.unwrap();
    assert_eq!(store.blobs().put("documento").await.unwrap(), name);
    assert_eq!(store.blobs().get(&name).await.unwrap().unwrap(), "documento");
    assert_eq!(store.blobs().get(&"0".repeat(64)).await.unwrap(), None);
    assert!(matches!(store.blobs().get("../x").await, Err(StoreError::BlobName)));
    assert_eq!(store.blobs().list().await.unwrap(), [(name.clone(), 9)]);
    let row = || Write::Blob { sha256: name.clone(), size: 9 };
    assert_eq!(commit(&*store, vec![row(), row()]).await, [Outcome::New, Outcome::Known]);
    store.blobs().put("without row").await.unwrap();
    assert_eq!(store.fsck().await.unwrap(), [], "a blob without row is no fault");
}

pub async fn what_was_acknowledged_is_there_after_reopening(place: &dyn Place) {
    let store = place.open().await;
    let blob = store.blobs().put("documento").await.unwrap();
    commit(
        &*store,
        vec![
            found_by(A, "Guayaquil"),
            put("k", "v"),
            publish("c", A, JANUARY, 5),
            leaf("node", "a"),
            Write::Blob { sha256: blob.clone(), size: 9 },
        ],
    )
    .await;
    let before = (store.versions(A).await.unwrap(), store.log("node").await.unwrap());
    drop(store);
    let store = place.open().await;
    assert_eq!((store.versions(A).await.unwrap(), store.log("node").await.unwrap()), before);
    assert_eq!(store.record("b", "k").await.unwrap().unwrap().body, "v");
    assert!(store.blobs().get(&blob).await.unwrap().is_some());
    let next = one(&*store, publish("c", A, MARCH, 0)).await;
    assert_eq!(next, Outcome::Member { seq: 2, date_added_us: 6 });
    assert_eq!(one(&*store, leaf("node", "b")).await, Outcome::Leaf { index: 1 });
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn what_is_gone_is_told_whole_and_nothing_else(place: &dyn Place) {
    let store = place.open().await;
    assert_eq!(store.gone().await.unwrap(), enlace_store::Gone::default());
    let twin = |partner: &str, recalled| {
        Write::Twin(Box::new(enlace_store::Twin {
            partner: partner.into(),
            lineage: "l".into(),
            original: A.into(),
            twin: format!("{partner}-twin"),
            created: JANUARY.into(),
            modified: JANUARY.into(),
            content_hash: "00".into(),
            collection: "c".into(),
            recalled,
        }))
    };
    let writes = vec![
        found_by(A, "Guayaquil"),
        found_by("identity--b", "Guayaquil"),
        Write::Purge { channel: enlace_store::OWN.into(), id: A.into() },
        twin("p1", true),
        twin("p2", false),
    ];
    commit(&*store, writes).await;
    let gone = store.gone().await.unwrap();
    let version = store.versions(A).await.unwrap()[0].version.clone();
    assert_eq!(gone.versions, [[enlace_store::OWN.to_owned(), A.to_owned(), version]]);
    assert_eq!(gone.twins, [["p1", "l", "p1-twin"].map(str::to_owned)]);
}
