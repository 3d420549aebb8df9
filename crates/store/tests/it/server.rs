//! Promises that only a server with several processes can keep or break.

use std::time::Duration;

use tokio::sync::watch;
use tokio_postgres::NoTls;

use crate::place::{Place, Server};
use crate::samples::*;

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
