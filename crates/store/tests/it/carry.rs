//! A store that is carried to another database and back is the same store.

use std::path::PathBuf;

use enlace_stix::Object;
use enlace_store::carry::{Place as At, carry};
use enlace_store::dump::{self, ArchiveReader, ArchiveWriter, Dumped, Loader, Seen};
use enlace_store::{
    Batch, NewObject, OWN, ObjectQuery, ObjectState, Quarantined, SearchQuery, Store, StoreError,
    Twin, Write,
};

use crate::place::{Folder, Place, Server};
use crate::samples::*;

const JANUARY: &str = "2026-01-01T00:00:00";
const NOTE: &str = "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c11";
const REVOKED: &str = "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c12";
const PURGED: &str = "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c13";
const NEXT: &str = "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c14";

/// A whole note: what follows from its text can be derived.
fn real(id: &str, more: &str) -> Object {
    let text = format!(
        r#"{{"type":"note","spec_version":"2.1","id":"{id}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","content":"Contenedor en Guayaquil","object_refs":["{NOTE}"]{more}}}"#
    );
    Object::parse(&text).unwrap()
}

/// A store with something in every table: purged, restricted, revoked and pending objects, a NUL in
/// what was set aside, withdrawn members, a deleted record, two notes of one size.
async fn furnish(store: &dyn Store) -> String {
    let note = real(NOTE, "");
    let revoked = real(REVOKED, r#","revoked":true"#);
    let purged = real(PURGED, "");
    let blob = store.blobs().put("documento").await.unwrap();
    let new = |object: &Object, state| NewObject::of(object, OWN, "ejemplo.json", state, 5);
    let aside = Quarantined {
        number: 0,
        source: "EC".into(),
        object_id: Some("note--b".into()),
        path: "created".into(),
        rule: "stix.version.created".into(),
        expected: "the same".into(),
        found: "another".into(),
        raw: "with a \0 inside".into(),
        at_us: 1,
    };
    let twin = Twin {
        partner: "p1".into(),
        lineage: "l".into(),
        original: "note--a".into(),
        twin: "note--t1".into(),
        created: "2026-01-01T00:00:00.000Z".into(),
        modified: "2026-01-01T00:00:00.000Z".into(),
        content_hash: "00".into(),
        collection: "c".into(),
        recalled: true,
    };
    let signed = |text: &str| Write::Checkpoint { log: "node".into(), size: 1, note: text.into() };
    let writes = vec![
        keep(new(&note, ObjectState::Held)),
        keep(NewObject { channel: "p1".into(), ..new(&note, ObjectState::Restricted) }),
        keep(new(&revoked, ObjectState::Pending)),
        keep(new(&purged, ObjectState::Held)),
        Write::Purge { channel: OWN.into(), id: PURGED.into() },
        Write::Quarantine(Box::new(aside)),
        put("k", "1"),
        put("gone", "1"),
        Write::Delete { bucket: "b", key: "gone".into() },
        publish("c", "note--a", JANUARY, 7),
        publish("c", "note--b", JANUARY, 7),
        Write::Fetched { collection: "c".into(), seqs: vec![1, 2], now_us: 9 },
        Write::Withdraw { collection: "c".into(), id: "note--a".into() },
        Write::Twin(Box::new(twin)),
        leaf("node", "e"),
        leaf("node", "f"),
        signed("one"),
        signed("split"),
        Write::Blob { sha256: blob.clone(), size: 9 },
    ];
    commit(store, writes).await;
    blob
}

/// All that can be read of it.
async fn seen(store: &dyn Store) -> Vec<String> {
    let mut seen = Vec::new();
    for id in [NOTE, REVOKED, PURGED] {
        seen.push(format!("{:?}", store.versions(id).await.unwrap()));
    }
    let all = ObjectQuery { limit: 9, ..Default::default() };
    seen.push(format!("{:?}", store.objects(all).await.unwrap()));
    let query = SearchQuery { text: "contenedores".into(), limit: 9, ..Default::default() };
    seen.push(format!("{:?}", store.search(query).await.unwrap()));
    seen.push(format!("{:?}", store.quarantine(None, 9).await.unwrap()));
    seen.push(format!("{:?}", store.record("b", "k").await.unwrap()));
    seen.push(format!("{:?}", store.twins_of("note--a").await.unwrap()));
    let ids = ["note--a", "note--b", "note--c"].map(str::to_owned);
    let handed_out = store.handed_out("c", &ids).await.unwrap();
    assert_eq!(handed_out.len(), 2, "of one that is there and one that was withdrawn");
    seen.push(format!("{handed_out:?}"));
    seen.push(format!("{:?}", store.log("node").await.unwrap()));
    seen.push(format!("{:?}", store.log_entries("node", 0, 9).await.unwrap()));
    seen.push(format!("{:?}", store.checkpoints("node", 9).await.unwrap()));
    let page = enlace_store::MemberQuery { collection: "c".into(), limit: 9, ..Default::default() };
    seen.push(format!("{:?}", store.members(page).await.unwrap()));
    seen
}

/// What is written next goes on where the source stopped.
async fn goes_on(store: &dyn Store) {
    let next = [
        keep(NewObject::of(&real(NEXT, ""), OWN, "ejemplo.json", ObjectState::Held, 5)),
        publish("c", NEXT, JANUARY, 0),
        put("gone", "2"),
        leaf("node", "g"),
        leaf("another", "g"),
    ];
    let last = store.objects(ObjectQuery { limit: 99, ..Default::default() }).await.unwrap();
    let outcomes = commit(store, next.to_vec()).await;
    assert_eq!(outcomes[1], enlace_store::Outcome::Member { seq: 3, date_added_us: 9 });
    assert_eq!(outcomes[3], enlace_store::Outcome::Leaf { index: 2 });
    assert_eq!(store.record("b", "gone").await.unwrap().unwrap().revision, 2);
    let new = store.object(NEXT, None).await.unwrap().unwrap();
    assert!(last.iter().all(|row| row.row < new.row));
    assert_eq!(store.fsck().await.unwrap(), []);
}

fn folder(place: &Folder) -> At {
    At::Folder(place.0.path().to_owned())
}

fn server(place: &Server) -> At {
    At::Server { url: place.url.clone(), blobs: place.blobs() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_carried_to_a_server_and_back_is_the_same_and_goes_on() {
    let (first, second, third) = (Folder::new(), Server::new().await, Folder::new());
    let store = first.open().await;
    let blob = furnish(&*store).await;
    let before = seen(&*store).await;
    let mut told = Vec::new();
    let carried =
        carry(&folder(&first), &server(&second), |table, rows| told.push((table, rows))).await;
    assert_eq!(carried.unwrap().blobs, 1);
    assert!(told.contains(&("object", 4)), "{told:?}");
    // A process that was running, and one that starts, write nothing any more.
    for left in [store, first.open().await] {
        let refused = left.commit(Batch { guards: vec![], writes: vec![put("k", "2")] }).await;
        assert!(matches!(refused, Err(StoreError::Moved)), "{refused:?}");
    }
    let on_server = second.open().await;
    // The server ranks by other numbers and keeps no NUL in texts that people read; rows, texts and
    // logs are the same.
    assert_eq!(seen(&*on_server).await, before);
    drop(on_server);
    carry(&server(&second), &folder(&third), |_, _| {}).await.unwrap();
    let back = third.open().await;
    assert_eq!(seen(&*back).await, before);
    assert_eq!(back.blobs().get(&blob).await.unwrap().unwrap(), "documento");
    goes_on(&*back).await;
    let left = second.open().await;
    let refused = left.commit(Batch { guards: vec![], writes: vec![put("k", "2")] }).await;
    assert!(matches!(refused, Err(StoreError::Moved)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_holds_something_is_no_target() {
    let (first, second) = (Folder::new(), Server::new().await);
    furnish(&*first.open().await).await;
    commit(&*second.open().await, vec![leaf("node", "e")]).await;
    let refused = carry(&folder(&first), &server(&second), |_, _| {}).await;
    assert!(matches!(refused, Err(StoreError::NotEmpty)), "{refused:?}");
    let empty = Folder::new();
    let nowhere = PathBuf::from("/nonexistent/blobs");
    let url = "postgres://enlace@localhost/enlace?host=/nonexistent".to_owned();
    let silent = carry(&folder(&empty), &At::Server { url, blobs: nowhere }, |_, _| {}).await;
    assert!(silent.is_err(), "{silent:?}");
}

/// What is in an archive of a place, and what of it was heard while it was loaded into another.
async fn archived(from: &At, to: &At, floor_us: i64) -> (Dumped, Dumped, Vec<String>) {
    let mut archive = ArchiveWriter::new(Vec::new()).unwrap();
    let dumped = dump::write(from, &mut archive, |_, _| {}).await.unwrap();
    let bytes = archive.finish().unwrap();
    let mut archive = ArchiveReader::new(bytes.as_slice()).unwrap();
    let mut loader = Loader::begin(to, floor_us).await.unwrap();
    let mut heard = Vec::new();
    while let Some(name) = archive.next_part().unwrap() {
        if name == dump::BLOBS {
            loader.blobs(&mut archive).await.unwrap();
            continue;
        }
        let hears = |seen: Seen<'_>| heard.push(format!("{seen:?}"));
        let loaded = loader.table(&name, &mut archive, hears).await;
        assert!(matches!(loaded, Ok(true)), "{name} to {to:?}: {loaded:?}");
    }
    let loaded = loader.loaded.clone();
    loader.finish().await.unwrap();
    (dumped, loaded, heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_of_either_store_makes_the_same_store_on_either() {
    let (first, second) = (Folder::new(), Server::new().await);
    let (third, fourth) = (Server::new().await, Folder::new());
    let blob = furnish(&*first.open().await).await;
    let before = seen(&*first.open().await).await;
    let places: [(&dyn Place, At); 4] = [
        (&first, folder(&first)),
        (&second, server(&second)),
        (&third, server(&third)),
        (&fourth, folder(&fourth)),
    ];
    let (bucket, key) = dump::UNFINISHED;
    for pair in places.windows(2) {
        let (from, (target, to)) = (&pair[0].1, &pair[1]);
        let (dumped, loaded, heard) = archived(from, to, 0).await;
        assert_eq!(dumped.logs, loaded.logs);
        assert_eq!((dumped.blobs, loaded.blobs), (1, 1));
        assert_eq!(
            heard.len(),
            3,
            "three versions have their text, the twin is recalled: {heard:?}"
        );
        let made = target.open().await;
        assert!(made.record(bucket, key).await.unwrap().is_some(), "marked until it is finished");
        commit(&*made, vec![Write::Delete { bucket, key: key.into() }]).await;
    }
    let last = fourth.open().await;
    assert_eq!(seen(&*last).await, before);
    assert_eq!(last.blobs().get(&blob).await.unwrap().unwrap(), "documento");
    goes_on(&*last).await;
    // The source goes on as it was.
    commit(&*first.open().await, vec![put("k", "2")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_after_a_restore_is_later_than_any_date_of_before() {
    let (first, second) = (Folder::new(), Folder::new());
    furnish(&*first.open().await).await;
    archived(&folder(&first), &folder(&second), 1_000).await;
    let outcomes = commit(&*second.open().await, vec![publish("c", NEXT, JANUARY, 0)]).await;
    assert_eq!(outcomes[0], enlace_store::Outcome::Member { seq: 3, date_added_us: 1_001 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_is_not_finished_leaves_no_row() {
    let (one, other) = (Folder::new(), Server::new().await);
    for to in [folder(&one), server(&other)] {
        let first = Folder::new();
        furnish(&*first.open().await).await;
        let mut archive = ArchiveWriter::new(Vec::new()).unwrap();
        dump::write(&folder(&first), &mut archive, |_, _| {}).await.unwrap();
        let bytes = archive.finish().unwrap();
        let half = &bytes[..bytes.len() * 3 / 4];
        let mut archive = ArchiveReader::new(half).unwrap();
        let mut loader = Loader::begin(&to, 0).await.unwrap();
        let refused = loop {
            match archive.next_part() {
                Ok(Some(name)) if name == dump::BLOBS => {
                    loader.blobs(&mut archive).await.unwrap();
                }
                Ok(Some(name)) => {
                    if let Err(error) = loader.table(&name, &mut archive, |_| {}).await {
                        break error;
                    }
                }
                Ok(None) => panic!("whole"),
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, StoreError::Archive { .. }), "{refused:?}");
        drop(loader);
        // Empty still: it takes another.
        archived(&folder(&first), &to, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_of_one_instant_whatever_is_written_meanwhile() {
    let (one, other) = (Folder::new(), Server::new().await);
    let places: [(&dyn Place, At); 2] = [(&one, folder(&one)), (&other, server(&other))];
    for (place, at) in places {
        let store = place.open().await;
        furnish(&*store).await;
        let mut archive = ArchiveWriter::new(Vec::new()).unwrap();
        let mut written = false;
        let meanwhile = |part: &str, _| {
            if part == "object" && !written {
                written = true;
                let writes = vec![leaf("node", "g"), put("later", "1")];
                let runtime = tokio::runtime::Handle::current();
                let writing = commit(&*store, writes);
                tokio::task::block_in_place(|| runtime.block_on(writing));
            }
        };
        let dumped = dump::write(&at, &mut archive, meanwhile).await.unwrap();
        assert_eq!(dumped.logs[0].size, 2, "as it was when the archive was begun");
        assert_eq!(store.log("node").await.unwrap().size, 3, "and it was written to meanwhile");
        let bytes = archive.finish().unwrap();
        assert!(!bytes.windows(5).any(|window| window == b"later"));
    }
}
