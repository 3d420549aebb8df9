//! What is particular to the single-file adapter: files, schema versions, damage.

use std::path::Path;

use enlace_store::sqlite::SqliteStore;
use enlace_store::{Batch, Fault, NewObject, SearchQuery, Store, StoreError, Write};

use crate::place::{Folder, Place};
use crate::samples::*;

const JANUARY: &str = "2026-01-01T00:00:00";

/// A store with a row in most tables; answers the name of its blob.
async fn furnished(store: &dyn Store) -> String {
    let blob = store.blobs().put("documento").await.unwrap();
    let told = NewObject {
        search_text: "Guayaquil".into(),
        refs: vec![("holder_ref".into(), "identity--x".into())],
        keys: vec![("iban".into(), "EC00".into())],
        ..object("note--1", JANUARY)
    };
    commit(
        store,
        vec![
            keep(told),
            keep(object("note--1", "2026-02-01T00:00:00")),
            publish("c", "note--1", "2026-01-01T00:00:00Z", 1),
            publish("c", "note--2", "2026-01-01T00:00:00Z", 2),
            leaf("node", "a"),
            leaf("node", "b"),
            Write::Blob { sha256: blob.clone(), size: 9 },
        ],
    )
    .await;
    blob
}

fn damage(folder: &Path, sql: &str) {
    let db = rusqlite::Connection::open(folder.join("enlace.db")).unwrap();
    db.execute_batch(sql).unwrap();
}

/// What fsck says after a statement that no program of ours would run.
async fn faults_after(sql: &str) -> Vec<Fault> {
    let place = Folder::new();
    let store = place.open().await;
    furnished(&*store).await;
    assert_eq!(store.fsck().await.unwrap(), []);
    damage(place.0.path(), sql);
    store.fsck().await.unwrap()
}

#[tokio::test]
async fn fsck_names_the_place_of_each_damage() {
    for (sql, place) in [
        ("UPDATE object SET is_current = 0 WHERE row = 2", "table object, row 2"),
        ("UPDATE object SET content_hash = 'ZZ' WHERE row = 1", "table object, row 1"),
        ("UPDATE object SET purged = 1 WHERE row = 2", "table object, row 2"),
        ("DELETE FROM object_ref", "table object_ref, row 1"),
        ("DELETE FROM object_key", "table object_key, row 1"),
        ("DELETE FROM search WHERE rowid = 1", "table search, row 1"),
        ("INSERT INTO search (rowid, words) VALUES (77, 'x')", "table search, row 77"),
        ("UPDATE search_content SET c0 = 'quito' WHERE id = 1", "enlace.db"),
        ("DELETE FROM member WHERE seq = 1", "collection c, sequence 1"),
        ("UPDATE collection SET last_seq = 1", "collection c, sequence 3"),
        ("UPDATE collection SET last_added_us = 0", "table collection, row c"),
        ("UPDATE member SET date_added_us = 9 WHERE seq = 1", "table member, row c 2"),
        ("UPDATE member SET is_last = 0 WHERE seq = 1", "table member, row c 1"),
        ("UPDATE member SET instant = 'x' WHERE seq = 2", "table member, row c 2"),
        ("UPDATE log_entry SET entry = x'00' WHERE idx = 1", "log node, entry 1"),
        ("UPDATE log_entry SET leaf_hash = x'00' WHERE idx = 0", "log node, entry 0"),
        ("DELETE FROM log_entry WHERE idx = 0", "log node, entry 1"),
        ("DELETE FROM log_entry WHERE idx = 1", "log node"),
        ("UPDATE log SET size = 3", "log node"),
        ("UPDATE log SET frontier = x'00'", "log node"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM collection", "table member, row 1"),
    ] {
        let faults = faults_after(sql).await;
        assert!(faults.iter().any(|f| f.place == place), "after `{sql}`: {faults:?}");
    }
}

const TEXT: &str = r#"{"type":"firearm","spec_version":"2.1",
    "id":"firearm--6f1d3c52-0d0e-4b53-9c6a-2a4f7c1b8e90","created_by_ref":
    "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","created":"2026-03-01T10:00:00.000Z",
    "modified":"2026-03-02T10:00:00.000Z","name":"Pistola","serial":"AB-123456"}"#;

/// A store with two versions of an object that can be read, the later one anonymous.
async fn with_texts(place: &Folder) -> std::sync::Arc<dyn Store> {
    let store = place.open().await;
    let nobody = TEXT.replace("\"created_by_ref\":", "\"x_by\":").replace("-02T", "-03T");
    let rows = [TEXT, &nobody].map(|text| {
        let object = enlace_stix::Object::parse(text).unwrap();
        keep(NewObject::of(&object, "own", "ejemplo.json", enlace_store::ObjectState::Held, 1))
    });
    commit(&*store, rows.into()).await;
    assert_eq!(store.fsck().await.unwrap(), []);
    store
}

const DUMP: &[&str] = &[
    "SELECT row || content_hash || is_current || revoked || refs || keys || label ||
        coalesce(created, '-') || coalesce(creator, '-') FROM object ORDER BY 1",
    "SELECT row || path || target FROM object_ref ORDER BY 1",
    "SELECT row || kind || value FROM object_key ORDER BY 1",
    "SELECT id || c0 FROM search_content ORDER BY 1",
];

fn dump(folder: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(folder.join("enlace.db")).unwrap();
    let lines = |sql: &&str| -> Vec<String> {
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    DUMP.iter().flat_map(lines).collect()
}

#[tokio::test]
async fn what_follows_from_texts_is_found_wrong_and_derived_anew() {
    for (sql, table) in [
        ("UPDATE object SET label = 'x' WHERE row = 1", "object"),
        ("UPDATE object SET content_hash = replace(content_hash, 'a', 'b')", "object"),
        ("UPDATE object_key SET value = 'x' WHERE row = 1", "object_key"),
        ("UPDATE object_ref SET target = 'x' WHERE row = 1", "object_ref"),
        ("DELETE FROM search WHERE rowid = 1", "search"),
        ("UPDATE search_content SET c0 = 'quito' WHERE id = 1", "search"),
        ("UPDATE object SET is_current = 0; UPDATE object SET is_current = 1 WHERE row = 1", ""),
    ] {
        let place = Folder::new();
        let store = with_texts(&place).await;
        let before = dump(place.0.path());
        damage(place.0.path(), sql);
        let faults = store.fsck().await.unwrap();
        let named = faults.iter().find(|f| f.place.starts_with(&format!("table {table}")));
        assert!(named.is_some_and(|f| f.advice.contains("--rebuild")), "{sql}: {faults:?}");
        assert_eq!(store.rebuild().await.unwrap(), 2);
        assert_eq!(store.fsck().await.unwrap(), [], "after {sql}");
        assert_eq!(dump(place.0.path()), before, "after {sql}");
    }
}

/// A store of the first schema has neither creators nor hashes by today's rules.
#[tokio::test]
async fn a_store_of_other_rules_is_derived_anew_when_it_is_opened() {
    let place = Folder::new();
    drop(with_texts(&place).await);
    let before = dump(place.0.path());
    let old = format!(
        "DROP INDEX object_not_found; DROP INDEX object_content;
         ALTER TABLE object DROP COLUMN created;
         ALTER TABLE object DROP COLUMN creator; ALTER TABLE object DROP COLUMN restricted;
         DROP INDEX withdrawn_handed_out; ALTER TABLE withdrawn DROP COLUMN handed_out;
         UPDATE object SET content_hash = '{}';
         DELETE FROM object_key; DELETE FROM refinery_schema_history WHERE version >= 2;
         PRAGMA user_version = 0",
        "0".repeat(64)
    );
    damage(place.0.path(), &old);
    let store = place.open().await;
    assert_eq!(dump(place.0.path()), before);
    assert_eq!(store.fsck().await.unwrap(), []);
    let stranger = TEXT.replace("f431f809", "f431f80a").replace("-02T", "-04T");
    let object = enlace_stix::Object::parse(&stranger).unwrap();
    let state = enlace_store::ObjectState::Held;
    let row = NewObject::of(&object, "own", "ejemplo.json", state, 2);
    let refused = enlace_stix::version::Arrival::OtherCreator;
    assert_eq!(one(&*store, keep(row)).await, enlace_store::Outcome::Refused(refused));
}

#[tokio::test]
async fn fsck_finds_blobs_that_changed_or_went() {
    let place = Folder::new();
    let store = place.open().await;
    let name = furnished(&*store).await;
    let file = place.0.path().join("blobs").join(&name[..2]).join(&name);
    std::fs::write(&file, "Documento").unwrap();
    let faults = store.fsck().await.unwrap();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].place.contains(&name) && faults[0].problem.contains("hash"));
    assert!(matches!(store.blobs().get(&name).await, Err(StoreError::BlobDamaged { .. })));
    std::fs::remove_file(&file).unwrap();
    assert!(store.fsck().await.unwrap()[0].problem.contains("missing"));
    assert_eq!(store.blobs().put("documento").await.unwrap(), name);
    assert_eq!(store.fsck().await.unwrap(), [], "putting it again heals it");
}

#[tokio::test]
async fn an_older_program_refuses_a_newer_store() {
    let place = Folder::new();
    drop(place.open().await);
    damage(
        place.0.path(),
        "INSERT INTO refinery_schema_history VALUES (99, 'later', '2027-01-01T00:00:00Z', '1')",
    );
    let refused = SqliteStore::open(place.0.path()).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found: 99, .. }), "{refused}");
    assert!(refused.advice().contains("newer version"));
    let refused = SqliteStore::open_read_only(place.0.path()).unwrap_err();
    assert_eq!(refused.code(), "store.schema.newer");
}

#[tokio::test]
async fn a_copy_is_read_and_not_changed() {
    let (place, copy) = (Folder::new(), Folder::new());
    let store = place.open().await;
    let name = furnished(&*store).await;
    drop(store);
    let absent = SqliteStore::open_read_only(copy.0.path()).unwrap_err();
    assert_eq!(absent.code(), "store.absent");
    let file = Path::new("blobs").join(&name[..2]).join(&name);
    std::fs::create_dir_all(copy.0.path().join(&file).parent().unwrap()).unwrap();
    for part in [Path::new("enlace.db"), &file] {
        std::fs::copy(place.0.path().join(part), copy.0.path().join(part)).unwrap();
    }
    let before = std::fs::read(copy.0.path().join("enlace.db")).unwrap();
    let reader = SqliteStore::open_read_only(copy.0.path()).unwrap();
    assert_eq!(reader.log("node").await.unwrap().size, 2);
    assert_eq!(reader.fsck().await.unwrap(), []);
    assert!(matches!(reader.commit(Batch::default()).await, Err(StoreError::ReadOnly)));
    drop(reader);
    assert_eq!(std::fs::read(copy.0.path().join("enlace.db")).unwrap(), before);
}

/// Erasure reaches the bytes: rows, index and write-ahead log.
#[tokio::test]
async fn a_purged_text_is_in_no_file_of_the_database() {
    let place = Folder::new();
    let store = place.open().await;
    let canary = "zq9x8w7v";
    let mut writes: Vec<_> =
        (0..400).map(|i| found_by(&format!("note--{i}"), &format!("palabra{i} común"))).collect();
    writes.push(keep(NewObject {
        raw: format!("raw {canary}"),
        label: canary.into(),
        source: format!("{canary}.pdf"),
        search_text: canary.into(),
        keys: vec![("iban".into(), canary.into())],
        refs: vec![("x_ref".into(), canary.into())],
        ..object("identity--a", JANUARY)
    }));
    commit(&*store, writes).await;
    let found = || {
        let files = ["enlace.db", "enlace.db-wal"].map(|name| place.0.path().join(name));
        let bytes = files.iter().filter_map(|file| std::fs::read(file).ok());
        bytes
            .flat_map(|b| b.windows(8).map(<[u8]>::to_vec).collect::<Vec<_>>())
            .any(|w| w == canary.as_bytes())
    };
    assert!(found());
    one(&*store, Write::Purge { channel: "own".into(), id: "identity--a".into() }).await;
    // The next answer comes after the log was emptied.
    one(&*store, put("k", "v")).await;
    assert!(!found());
}

#[tokio::test]
async fn a_caller_that_stops_waiting_does_not_stop_its_batch() {
    let place = Folder::new();
    let store = place.open().await;
    {
        let batch = Batch { guards: vec![], writes: vec![put("k", "v")] };
        let mut commit = std::pin::pin!(store.commit(batch));
        let waker = std::task::Waker::noop();
        let first = commit.as_mut().poll(&mut std::task::Context::from_waker(waker));
        assert!(first.is_pending(), "the disk takes longer than one look");
    }
    one(&*store, put("l", "v")).await;
    assert!(store.record("b", "k").await.unwrap().is_some());
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_for_the_node_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Folder::new();
    let folder = place.0.path().join("node");
    let store = SqliteStore::open(&folder).unwrap();
    furnished(&store).await;
    let mode =
        |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("blobs"), 0o700);
    assert_eq!(mode("enlace.db"), 0o600);
    assert_eq!(mode("enlace.db-wal"), 0o600);
}

#[tokio::test]
async fn beyond_ten_thousand_hits_the_newest_are_ranked_and_more_is_said() {
    let place = Folder::new();
    let store = place.open().await;
    for from in (0..10_002).step_by(3_334) {
        let writes = (from..from + 3_334).map(|i| found_by(&format!("note--{i}"), "Guayas"));
        commit(&*store, writes.collect()).await;
    }
    let ask =
        |offset| SearchQuery { text: "guayas".into(), offset, limit: 9, ..Default::default() };
    let page = store.search(ask(9_999)).await.unwrap();
    assert!(page.capped && page.total == 10_000);
    assert_eq!(page.hits.len(), 1);
    assert_eq!(page.hits[0].id, "note--2", "the two oldest are beyond");
    one(&*store, Write::Purge { channel: "own".into(), id: "note--5".into() }).await;
    one(&*store, Write::Purge { channel: "own".into(), id: "note--6".into() }).await;
    assert!(!store.search(ask(0)).await.unwrap().capped);
}

/// Figures for the README: `cargo test -p enlace-store -- --ignored --nocapture figures`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn figures() {
    let place = Folder::new();
    let store = place.open().await;
    let text = "Contenedor de banano con doble fondo hallado en el puerto de Guayaquil, serial ";
    let total = 50_000_u32;
    let cpu = cpu_seconds();
    let start = std::time::Instant::now();
    for from in (0..total).step_by(500) {
        let writes = (from..from + 500).map(|i| {
            keep(NewObject {
                raw: format!("{{\"n\":{i},\"pad\":\"{}\"}}", "x".repeat(670)),
                search_text: format!("{text} {i}"),
                refs: vec![("a_ref".into(), format!("identity--{}", i % 997))],
                keys: vec![("iban".into(), i.to_string())],
                // Spread like random UUIDs.
                ..object(&format!("note--{:08x}", i.wrapping_mul(2_654_435_761)), JANUARY)
            })
        });
        commit(&*store, writes.collect()).await;
    }
    println!("objects/s in batches of 500: {:.0}", rate(total, start));
    println!("objects per CPU second: {:.0}", f64::from(total) / (cpu_seconds() - cpu));
    let start = std::time::Instant::now();
    for i in 0..total / 500 {
        let writes = (0..500).map(|j| publish("c", &format!("note--{i}-{j}"), JANUARY, 1));
        commit(&*store, writes.collect()).await;
    }
    println!("members/s in batches of 500: {:.0}", rate(total, start));
    let start = std::time::Instant::now();
    for i in 0..500_u32 {
        one(&*store, put("k", &i.to_string())).await;
    }
    println!("single commits/s, one caller: {:.0}", rate(500, start));
    let start = std::time::Instant::now();
    let mut tasks = Vec::new();
    for task in 0..32 {
        let store = std::sync::Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            for i in 0..50 {
                one(&*store, put(&format!("k{task}"), &i.to_string())).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    println!("single commits/s, 32 callers: {:.0}", rate(1_600, start));
    for after in [0, 49_000] {
        let start = std::time::Instant::now();
        for _ in 0..50 {
            let query = enlace_store::MemberQuery {
                collection: "c".into(),
                after_seq: Some(after),
                kinds: vec!["note".into()],
                limit: 100,
                ..Default::default()
            };
            assert_eq!(store.members(query).await.unwrap().members.len(), 100);
        }
        println!("pages of 100 members/s behind {after}: {:.0}", rate(50, start));
    }
    for asked in ["guayaquil", "serial 4711", "47*"] {
        let start = std::time::Instant::now();
        let query = SearchQuery { text: asked.into(), limit: 20, ..Default::default() };
        let page = store.search(query).await.unwrap();
        let took = start.elapsed().as_millis();
        println!(
            "search `{asked}`: {} hits{} in {took} ms",
            page.total,
            if page.capped { "+" } else { "" }
        );
    }
    let start = std::time::Instant::now();
    assert_eq!(store.fsck().await.unwrap(), []);
    println!(
        "fsck: {} ms, {} bytes",
        start.elapsed().as_millis(),
        store.stats().await.unwrap().bytes
    );
}

fn rate(count: u32, start: std::time::Instant) -> f64 {
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// User and system time of this process, from Linux (clock ticks of 10 ms).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = |n| stat.split_whitespace().nth(n).and_then(|t| t.parse::<f64>().ok());
    (ticks(13).unwrap_or(0.0) + ticks(14).unwrap_or(0.0)) / 100.0
}

/// A purge takes words out of an index however the versions came and however many go at once; what
/// fsck says does not depend on what was looked for before.
#[tokio::test]
async fn a_purge_leaves_an_index_without_a_fault_and_without_its_words() {
    for (objects, versions, at_once) in
        [(2, 2, true), (3, 1, false), (4, 3, true), (5, 2, false), (9, 4, true)]
    {
        let place = Folder::new();
        let store = place.open().await;
        let mut all = Vec::new();
        for number in 0..objects {
            for version in 0..versions {
                let words = format!("Guayaquil muelle Zzyzx{number} {}", "tres ".repeat(version));
                let id = format!("note--{number}");
                let version = format!("2026-01-0{}T00:00:00", version + 1);
                all.push(keep(NewObject { search_text: words, ..object(&id, &version) }));
            }
        }
        match at_once {
            true => drop(commit(&*store, all).await),
            false => {
                for write in all {
                    one(&*store, write).await;
                }
            }
        }
        for number in [1, 0] {
            let id = format!("note--{number}");
            one(&*store, Write::Purge { channel: "own".into(), id }).await;
            assert_eq!(store.fsck().await.unwrap(), [], "{objects} × {versions}, {at_once}");
        }
        drop(store);
        let bytes = std::fs::read(place.0.path().join("enlace.db")).unwrap();
        for word in ["zzyzx0", "zzyzx1"] {
            let found = bytes.windows(word.len()).any(|w| w == word.as_bytes());
            assert!(!found, "{word} is left on disk");
        }
    }
}
