//! Blobs that nothing keeps go; what is named, pinned or about to be named never does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use enlace_store::{NewObject, ObjectState, Store, StoreError, Sweep, Write};
use sha2::{Digest, Sha256};

use crate::place::Place;
use crate::samples::*;

const JANUARY: &str = "2026-01-01T00:00:00";
const USES: &str = "uses";
const PINS: &str = "pins";
const NOW: i64 = 1_000;

fn record(bucket: &'static str, key: String, due_us: Option<i64>) -> Write {
    Write::Put { bucket, key, body: "null".to_owned(), due_us }
}

fn of(names: Option<Vec<String>>) -> Sweep {
    Sweep { names, uses: USES, pins: PINS, now_us: NOW }
}

async fn named(store: &dyn Store, text: &'static str) -> String {
    let sha256 = store.blobs().put(text).await.unwrap();
    commit(store, vec![Write::Blob { sha256: sha256.clone(), size: text.len() as u64 }]).await;
    sha256
}

async fn left(store: &dyn Store) -> Vec<String> {
    store.blobs().list().await.unwrap().into_iter().map(|(name, _)| name).collect()
}

pub async fn a_blob_stays_while_its_object_has_its_text(place: &dyn Place) {
    let store = place.open().await;
    let name = named(&*store, "documento").await;
    let mut writes = vec![record(USES, format!("{name}/artifact--1"), None)];
    // Who holds a text of the object does not matter, unless it is our own.
    let theirs = NewObject { channel: "k".into(), ..object("artifact--1", JANUARY) };
    writes.extend([keep(object("artifact--1", JANUARY)), keep(theirs)]);
    commit(&*store, writes).await;
    assert!(store.sweep(of(None)).await.unwrap().is_empty());
    // An object that was never brought with it keeps nothing, whatever it says.
    let other = NewObject {
        raw: format!(r#"{{"url":"urn:sha256:{name}"}}"#),
        ..object("artifact--2", JANUARY)
    };
    commit(&*store, vec![keep(other)]).await;

    let purge = |channel: &str| Write::Purge { channel: channel.into(), id: "artifact--1".into() };
    commit(&*store, vec![purge("own")]).await;
    assert_eq!(
        store.sweep(of(Some(vec![name.clone()]))).await.unwrap(),
        std::slice::from_ref(&name)
    );
    assert!(left(&*store).await.is_empty());
    let noted = store.record(USES, &format!("{name}/artifact--1")).await.unwrap();
    assert!(noted.is_none(), "nothing tells that it was there");
    assert!(store.sweep(of(Some(vec![name]))).await.unwrap().is_empty(), "once is enough");
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn of_an_object_in_any_state_with_a_text_the_blob_stays(place: &dyn Place) {
    let store = place.open().await;
    let name = named(&*store, "documento").await;
    let uses = |id: &str| record(USES, format!("{name}/{id}"), None);
    let pending = NewObject { state: ObjectState::Pending, ..object("artifact--1", JANUARY) };
    commit(&*store, vec![uses("artifact--1"), uses("artifact--2"), keep(pending)]).await;
    assert!(store.sweep(of(None)).await.unwrap().is_empty());
    let state = |state| Write::State {
        channel: "own".into(),
        id: "artifact--1".into(),
        version: None,
        state,
    };
    commit(&*store, vec![state(ObjectState::Rejected)]).await;
    assert!(store.sweep(of(None)).await.unwrap().is_empty());
    // One of several that it belongs to is enough.
    let purge = Write::Purge { channel: "own".into(), id: "artifact--1".into() };
    commit(&*store, vec![keep(object("artifact--2", JANUARY)), purge]).await;
    assert!(store.sweep(of(None)).await.unwrap().is_empty());
}

pub async fn a_pin_keeps_a_blob_until_it_is_due(place: &dyn Place) {
    let store = place.open().await;
    let name = named(&*store, "documento").await;
    let pin = |key: &str, due| record(PINS, format!("{name}/{key}"), due);
    commit(&*store, vec![pin("a", Some(NOW + 1)), pin("b", None)]).await;
    assert!(store.sweep(of(None)).await.unwrap().is_empty());
    let key = format!("{name}/b");
    commit(&*store, vec![Write::Delete { bucket: PINS, key }]).await;
    assert!(store.sweep(of(None)).await.unwrap().is_empty());
    commit(&*store, vec![pin("a", Some(NOW))]).await;
    assert_eq!(store.sweep(of(None)).await.unwrap(), std::slice::from_ref(&name));
    assert!(store.record(PINS, &format!("{name}/a")).await.unwrap().is_none());
}

pub async fn a_file_without_row_goes_unless_it_is_pinned(place: &dyn Place) {
    let store = place.open().await;
    let pinned = store.blobs().put("under way").await.unwrap();
    commit(&*store, vec![record(PINS, format!("{pinned}/import"), Some(NOW + 1))]).await;
    let orphan = store.blobs().put("left by a crash").await.unwrap();
    let named = named(&*store, "kept").await;
    commit(
        &*store,
        vec![
            record(USES, format!("{named}/artifact--1"), None),
            keep(object("artifact--1", JANUARY)),
        ],
    )
    .await;
    // Names that are none are not looked for.
    let asked = vec!["../enlace.db".to_owned(), String::new()];
    assert!(store.sweep(of(Some(asked))).await.unwrap().is_empty());
    assert_eq!(store.sweep(of(None)).await.unwrap(), [orphan]);
    let mut kept = vec![pinned, named];
    kept.sort();
    assert_eq!(left(&*store).await, kept);
}

pub async fn of_many_names_each_is_looked_at(place: &dyn Place) {
    let store = place.open().await;
    let pinned = store.blobs().put("under way").await.unwrap();
    commit(&*store, vec![record(PINS, format!("{pinned}/import"), None)]).await;
    let mut orphans = Vec::new();
    for number in 0..7 {
        orphans.push(store.blobs().put(format!("orphan {number}")).await.unwrap());
    }
    orphans.sort();
    let mut asked: Vec<String> =
        (0..300_u32).map(|number| hex::encode(Sha256::digest(number.to_be_bytes()))).collect();
    asked.extend(orphans.iter().chain([&pinned]).cloned());
    let mut gone = store.sweep(of(Some(asked))).await.unwrap();
    gone.sort();
    assert_eq!(gone, orphans);
    assert_eq!(left(&*store).await, [pinned]);
}

pub async fn a_store_that_was_carried_elsewhere_is_not_swept(place: &dyn Place) {
    let store = place.open().await;
    // Another store may name it: both lie on the same folder of blobs.
    let orphan = store.blobs().put("elsewhere").await.unwrap();
    let (bucket, key) = enlace_store::carry::MOVED;
    commit(&*store, vec![record(bucket, key.to_owned(), None)]).await;
    let refused = store.sweep(of(None)).await;
    assert!(matches!(refused, Err(StoreError::Moved)), "{refused:?}");
    assert_eq!(left(&*store).await, [orphan]);
}

/// Imports in one process, sweeps in another: no import finds its blob gone.
pub async fn no_sweep_takes_what_is_being_imported(place: &dyn Place) {
    let (store, other) = (place.open().await, place.open().await);
    let stop = Arc::new(AtomicBool::new(false));
    let sweeping = tokio::spawn({
        let stop = Arc::clone(&stop);
        async move {
            let mut gone = 0;
            while !stop.load(Ordering::Relaxed) {
                gone += other.sweep(of(None)).await.unwrap().len();
            }
            gone
        }
    });
    for round in 0..60 {
        // The same bytes again and again: each time they were swept before.
        let bytes = format!("document {}", round % 3);
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let pin = format!("{sha256}/{round}");
        commit(&*store, vec![record(PINS, pin.clone(), Some(NOW + 1))]).await;
        let size = bytes.len() as u64;
        store.blobs().put(bytes.into_bytes()).await.unwrap();
        tokio::task::yield_now().await;
        let id = format!("artifact--{round}");
        let row = Write::Blob { sha256: sha256.clone(), size };
        commit(&*store, vec![row, record(USES, format!("{sha256}/{id}"), None)]).await;
        commit(&*store, vec![keep(object(&id, JANUARY))]).await;
        commit(&*store, vec![Write::Delete { bucket: PINS, key: pin }]).await;
        assert!(store.blobs().get(&sha256).await.unwrap().is_some(), "round {round}");
        commit(&*store, vec![Write::Purge { channel: "own".into(), id }]).await;
    }
    stop.store(true, Ordering::Relaxed);
    let gone = sweeping.await.unwrap() + store.sweep(of(None)).await.unwrap().len();
    assert!(gone >= 3, "something was swept: {gone}");
    assert!(left(&*store).await.is_empty());
    assert_eq!(store.fsck().await.unwrap(), []);
}
