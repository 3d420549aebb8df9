//! A process that dies at any instant leaves whole batches, and every one it was told about.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use enlace_store::sqlite::SqliteStore;
use enlace_store::{MemberQuery, Store};

use crate::place::{Folder, Place};
use crate::samples::*;

const FOLDER: &str = "ENLACE_TEST_FOLDER";
const KILLS: u64 = 10;

/// Not a test: what the child process does until it is killed.
#[tokio::test]
#[ignore = "run by the test below in a process of its own"]
async fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let store = SqliteStore::open(folder.as_ref()).unwrap();
    let from = store.log("node").await.unwrap().size;
    for i in from.. {
        let id = format!("note--{i}");
        let document = store.blobs().put(format!("document {i}")).await.unwrap();
        commit(
            &store,
            vec![
                found_by(&id, "Guayaquil"),
                enlace_store::Write::Blob {
                    sha256: document,
                    size: format!("document {i}").len() as u64,
                },
                publish("c", &id, "2026-01-01T00:00:00Z", 1),
                put(&id, "done"),
                leaf("node", &id),
            ],
        )
        .await;
        println!("kept {i}");
        std::io::stdout().flush().unwrap();
    }
}

#[tokio::test]
async fn a_killed_process_leaves_whole_batches_and_all_that_it_acknowledged() {
    let place = Folder::new();
    let mut acknowledged = None;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "crash::child", "--nocapture"])
            .env(FOLDER, place.0.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = std::thread::spawn(move || {
            lines.map_while(Result::ok).filter_map(|l| l.strip_prefix("kept ")?.parse().ok()).last()
        });
        std::thread::sleep(Duration::from_millis(150 + 37 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = told.join().unwrap().or(acknowledged);

        let store = place.open().await;
        let size = store.log("node").await.unwrap().size;
        assert!(acknowledged.is_none_or(|last: u64| size > last), "an acknowledged act is kept");
        assert_eq!(store.stats().await.unwrap().object_versions, size);
        let all = MemberQuery { collection: "c".into(), limit: usize::MAX, ..Default::default() };
        let members = store.members(all).await.unwrap().members;
        assert_eq!(members.last().map_or(0, |m| m.seq), size as i64);
        for i in 0..size {
            assert!(store.record("b", &format!("note--{i}")).await.unwrap().is_some());
        }
        assert!(store.record("b", &format!("note--{size}")).await.unwrap().is_none());
        assert_eq!(store.fsck().await.unwrap(), []);
    }
    assert!(acknowledged.is_some(), "the child got to work at least once");
}
