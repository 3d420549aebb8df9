//! Promises that only a server with several processes can keep or break.

use std::time::Duration;

use enlace_store::{MemberQuery, SearchQuery, Unchanged, VersionFilter, Write};
use tokio::sync::watch;
use tokio_postgres::NoTls;

use crate::place::{Place, Server};
use crate::samples::*;

const JANUARY: &str = "2026-01-01T00:00:00";
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_hears_what_another_commits_and_nothing_of_other_stores() {
    let (place, elsewhere) = (Server::new().await, Server::new().await);
    let (ours, theirs, others) = (place.open().await, place.open().await, elsewhere.open().await);
    let mut changes = theirs.changes();
    told(&mut changes).await;
    commit(&*others, vec![put("k", "1")]).await;
    let woken = tokio::time::timeout(Duration::from_millis(500), changes.changed()).await;
    assert!(woken.is_err(), "the other store of this database is not theirs");
    commit(&*ours, vec![put("k", "1")]).await;
    told(&mut changes).await;
    assert_eq!(theirs.record("b", "k").await.unwrap().unwrap().body, "1", "and it is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_whose_connection_is_cut_loses_the_duty_and_listens_again() {
    let place = Server::new().await;
    let (first, second) = (place.open().await, place.open().await);
    assert!(first.on_duty().await && !second.on_duty().await);
    let mut changes = first.changes();
    changes.mark_unchanged();
    cut_the_holder(&place.url).await;
    told(&mut changes).await;
    for _ in 0..20 {
        let both = first.on_duty().await && second.on_duty().await;
        assert!(!both, "never two");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(first.on_duty().await || second.on_duty().await, "one of them has it");
    changes.mark_unchanged();
    commit(&*second, vec![put("k", "1")]).await;
    told(&mut changes).await;
}

/// A server plans a kept question by what it knows then: of a new store nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_by_its_id_is_read_by_the_index_of_ids_from_the_first_one_on() {
    let place = Server::new().await;
    let store = place.open().await;
    let one = MemberQuery { collection: "c".into(), limit: 9, ..Default::default() };
    let id = |n: usize| format!("note--{n}");
    let asked = |n: usize| MemberQuery { ids: vec![id(n)], ..one.clone() };
    store.bodies_if(&[], asked(0), 1 << 20).await.unwrap();
    let rows = 300;
    for n in 0..rows {
        commit(&*store, vec![publish("c", &id(n), JANUARY, 100)]).await;
    }
    for n in 0..20 {
        store.bodies_if(&[], asked(n), 1 << 20).await.unwrap().unwrap();
        let all = [VersionFilter::All].to_vec();
        store.members(MemberQuery { versions: all, ..asked(n) }).await.unwrap();
        store.members(MemberQuery { kinds: vec!["note".into()], ..asked(n) }).await.unwrap();
    }
    let read = read_of_members(&place.url, 60).await;
    for (index, rows) in read {
        // What was looked for before each was published, and what was read here.
        let most = if index == "member_id" { 4_000 } else { 0 };
        assert!(rows <= most, "{rows} entries of {index}");
    }
}

/// Of beginnings and of several words a sample tells how common they are: what is common is looked
/// for along the rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_common_is_found_along_the_rows_as_it_is_by_its_words() {
    let place = Server::new().await;
    let store = place.open().await;
    let many = 2_400;
    let writes = (0..many).map(|n| {
        let text = if n % 600 == 7 { "Guayas Quito" } else { "Guayas" };
        found_by(&format!("note--{n}"), text)
    });
    commit(&*store, writes.collect()).await;
    one(&*store, Write::Purge { channel: "own".into(), id: "note--2399".into() }).await;
    let page = async |text: &str, kinds: &[&str], offset| {
        let kinds = kinds.iter().map(|&kind| kind.to_owned()).collect();
        let text = text.to_owned();
        let query = SearchQuery { text, kinds, offset, limit: 3, ..Default::default() };
        let page = store.search(query).await.unwrap();
        (page.total, page.hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>())
    };
    for kinds in [&[][..], &["note"]] {
        let by_word = page("guayas", kinds, 1_500).await;
        assert_eq!(by_word.0, many - 1);
        assert_eq!(page("gua*", kinds, 1_500).await, by_word, "along the rows");
        let rare = (4, vec!["note--1807".to_owned(), "note--1207".into(), "note--607".into()]);
        assert_eq!(page("guayas qui*", kinds, 0).await, rare, "by the words");
    }
    assert_eq!(page("gua*", &["report"], 0).await, (0, vec![]));
}

/// Nor does the time of an answer tell whether the object is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_record_changed_nothing_is_looked_for() {
    let place = Server::new().await;
    let store = place.open().await;
    commit(&*store, vec![publish("c", "note--1", JANUARY, 100), put("k", "1")]).await;
    let one = |revision| Unchanged { bucket: "b", key: "k".into(), revision };
    let ids = vec!["note--1".to_owned()];
    let query = MemberQuery { collection: "c".into(), ids, limit: 9, ..Default::default() };
    for (revision, times) in [(2, 100), (1, 10)] {
        for _ in 0..times {
            let found = store.bodies_if(&[one(revision)], query.clone(), 1 << 20).await.unwrap();
            assert_eq!(found.is_some(), revision == 1);
        }
    }
    drop(store);
    let (client, connection) = tokio_postgres::connect(&place.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let sql = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'member_id'
        AND relid = 'member'::regclass";
    let until = tokio::time::Instant::now() + PATIENCE;
    let scans = loop {
        let scans = client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
        if scans >= 10 || tokio::time::Instant::now() > until {
            break scans;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!((10..50).contains(&scans), "{scans} searches in the collection");
}

/// Entries of each index of members that were read to find rows, when the server has counted so many
/// searches by id.
async fn read_of_members(url: &str, searches: i64) -> Vec<(String, i64)> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let sql = "SELECT indexrelname::text, idx_tup_read, idx_scan FROM pg_stat_user_indexes
        WHERE relid = 'member'::regclass";
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let found = client.query(sql, &[]).await.unwrap();
        let by_id = found.iter().find(|row| row.get::<_, &str>(0) == "member_id").unwrap();
        if by_id.get::<_, i64>(2) >= searches || tokio::time::Instant::now() > until {
            return found.iter().map(|row| (row.get(0), row.get(1))).collect();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

pub async fn told(changes: &mut watch::Receiver<u64>) {
    let told = tokio::time::timeout(PATIENCE, changes.changed()).await;
    assert!(told.is_ok_and(|told| told.is_ok()), "of a change");
}

/// Ends the connection that holds the duty of the store at this address, as an operator would.
async fn cut_the_holder(url: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND classid = 1701735524
          AND objid = 'collection'::regclass::oid";
    assert_eq!(client.query_one(cut, &[]).await.unwrap().get::<_, i64>(0), 1);
}
