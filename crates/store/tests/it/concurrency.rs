//! Promises that only show when several writers meet.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use enlace_store::{Guard, MemberQuery, Outcome, StoreError, VersionFilter};

use crate::place::Place;
use crate::samples::*;

const WRITERS: i64 = 8;
const ROUNDS: i64 = 25;

/// Two stores on one place share nothing in memory, as two processes would.
pub async fn sequences_and_logs_have_no_gaps_under_writers_in_two_processes(place: &dyn Place) {
    let stores = [place.open().await, place.open().await];
    let mut tasks = Vec::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&stores[(writer % 2) as usize]);
        tasks.push(tokio::spawn(async move {
            let mut last_seq = 0;
            for round in 0..ROUNDS {
                let id = format!("note--{writer}-{round}");
                let writes = vec![
                    keep(object(&id, "2026-01-01T00:00:00")),
                    publish("c", &id, "2026-01-01T00:00:00Z", 1_000 + round * 3),
                    leaf("node", &id),
                    leaf("channel/k/ours", &id),
                    put("shared", &id),
                ];
                let outcomes = commit(&*store, writes).await;
                let Outcome::Member { seq, .. } = outcomes[1] else { panic!("{outcomes:?}") };
                assert!(seq > last_seq, "one writer's acts come in their order");
                last_seq = seq;
                assert!(store.object(&id, None).await.unwrap().is_some(), "reads what it wrote");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let total = WRITERS * ROUNDS;
    let store = &stores[0];
    let (mut after_seq, mut seen, mut date) = (None, Vec::new(), 0);
    loop {
        let page = store
            .members(MemberQuery {
                collection: "c".into(),
                after_seq,
                versions: vec![VersionFilter::All],
                limit: 33,
                ..Default::default()
            })
            .await
            .unwrap();
        for member in page.members {
            assert!(member.date_added_us > date, "dates grow with sequences");
            date = member.date_added_us;
            after_seq = Some(member.seq);
            seen.push(member.seq);
        }
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, (1..=total).collect::<Vec<_>>());
    for log in ["node", "channel/k/ours"] {
        let entries = store.log_entries(log, 0, usize::MAX).await.unwrap();
        assert!(entries.iter().zip(0..).all(|(entry, index)| entry.index == index));
        let distinct: BTreeSet<_> = entries.into_iter().map(|e| e.entry).collect();
        assert_eq!(distinct.len() as i64, total);
    }
    assert_eq!(store.record("b", "shared").await.unwrap().unwrap().revision, total);
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn one_of_many_claimants_wins_a_guard(place: &dyn Place) {
    let stores = [place.open().await, place.open().await];
    let mut tasks = Vec::new();
    for claimant in 0..16_usize {
        let store = Arc::clone(&stores[claimant % 2]);
        tasks.push(tokio::spawn(async move {
            let guard = Guard::Absent { bucket: "b", key: "claim".into() };
            let writes = vec![put("claim", &claimant.to_string()), leaf("node", "claimed")];
            match guarded(&*store, guard, writes).await {
                Ok(_) => true,
                Err(StoreError::Guard { .. }) => false,
                Err(other) => panic!("{other}"),
            }
        }));
    }
    let mut winners = 0;
    for task in tasks {
        winners += usize::from(task.await.unwrap());
    }
    assert_eq!(winners, 1);
    assert_eq!(stores[1].log("node").await.unwrap().size, 1, "a refused batch leaves nothing");
}

/// What is to be done once has one process that does it, and another when that one is gone.
pub async fn one_process_is_on_duty_and_another_when_it_is_gone(place: &dyn Place) {
    let (first, second) = (place.open().await, place.open().await);
    assert!(first.on_duty().await && first.on_duty().await, "and stays so");
    for _ in 0..3 {
        assert!(!second.on_duty().await, "one at a time");
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    drop(first);
    let taken = async {
        while !second.on_duty().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let passed = tokio::time::timeout(Duration::from_secs(20), taken).await;
    assert!(passed.is_ok(), "the duty passes on");
    let third = place.open().await;
    assert!(!third.on_duty().await);
}

/// Who waits for changes is woken by what its own process commits, and by nothing that failed.
pub async fn a_commit_wakes_who_waits(place: &dyn Place) {
    let store = place.open().await;
    let mut changes = store.changes();
    // A connection of its own says once that something may have been missed.
    let _ = tokio::time::timeout(Duration::from_millis(500), changes.changed()).await;
    changes.mark_unchanged();
    commit(&*store, vec![put("k", "1")]).await;
    let woken = tokio::time::timeout(Duration::from_secs(10), changes.changed()).await;
    assert!(woken.is_ok_and(|woken| woken.is_ok()));
}

pub async fn one_works_off_jobs_and_another_when_it_is_gone(place: &dyn Place) {
    let (first, second) = (place.open().await, place.open().await);
    let claim = first.claim_jobs().await.unwrap();
    assert!(claim.is_some());
    assert!(second.claim_jobs().await.unwrap().is_none(), "another process");
    assert!(first.claim_jobs().await.unwrap().is_none(), "another part of the same");
    drop(claim);
    for _ in 0..200 {
        if second.claim_jobs().await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nobody may go on");
}
