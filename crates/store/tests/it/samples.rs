//! Objects and writes in short form. Ids only look like STIX here: rows are opaque to the store.

use enlace_store::{Batch, Guard, NewObject, OWN, ObjectState, Outcome, Store, StoreError, Write};

pub fn object(id: &str, version: &str) -> NewObject {
    NewObject {
        id: id.to_owned(),
        channel: OWN.to_owned(),
        kind: id.split("--").next().unwrap_or_default().to_owned(),
        version: version.to_owned(),
        raw: format!(r#"{{"id":"{id}","modified":"{version}"}}"#),
        content_hash: content(version, 0),
        revoked: false,
        created: None,
        creator: None,
        foreseen: None,
        state: ObjectState::Held,
        label: format!("label of {id}"),
        tlp: Some("amber".to_owned()),
        source: "ejemplo.json".to_owned(),
        received_us: 1_700_000_000_000_000,
        refs: Vec::new(),
        search_text: String::new(),
        keys: Vec::new(),
    }
}

/// A hash of its own for each version and content: a content says its version.
pub fn content(version: &str, content: u8) -> [u8; 32] {
    let mut hash = [content; 32];
    for (i, byte) in version.bytes().enumerate() {
        let at = &mut hash[i % 31];
        *at = at.wrapping_mul(31).wrapping_add(byte);
    }
    hash
}

pub fn keep(object: NewObject) -> Write {
    Write::Object(Box::new(object))
}

pub fn found_by(id: &str, text: &str) -> Write {
    keep(NewObject { search_text: text.to_owned(), ..object(id, "2026-01-01T00:00:00") })
}

pub fn put(key: &str, body: &str) -> Write {
    Write::Put { bucket: "b", key: key.to_owned(), body: body.to_owned(), due_us: None }
}

pub fn publish(collection: &str, id: &str, version: &str, now_us: i64) -> Write {
    Write::Publish {
        collection: collection.to_owned(),
        id: id.to_owned(),
        kind: id.split("--").next().unwrap_or_default().to_owned(),
        version: version.to_owned(),
        body: format!("{id} {version}"),
        now_us,
    }
}

pub fn leaf(log: &str, entry: &str) -> Write {
    Write::Leaf { log: log.to_owned(), entry: entry.into(), record: Some(b"values".to_vec()) }
}

/// Commits without guards.
pub async fn commit(store: &dyn Store, writes: Vec<Write>) -> Vec<Outcome> {
    store.commit(Batch { guards: Vec::new(), writes }).await.unwrap()
}

/// Commits one write.
pub async fn one(store: &dyn Store, write: Write) -> Outcome {
    commit(store, vec![write]).await.remove(0)
}

/// Commits behind one guard.
pub async fn guarded(
    store: &dyn Store,
    guard: Guard,
    writes: Vec<Write>,
) -> Result<Vec<Outcome>, StoreError> {
    store.commit(Batch { guards: vec![guard], writes }).await
}
