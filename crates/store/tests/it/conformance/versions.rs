//! Generated histories of one object against the rule book, `enlace_stix::version`.

use std::collections::BTreeSet;

use enlace_stix::version::{self, Arrival, Version};
use enlace_store::{GuardFailure, NewObject, Outcome, Store, StoreError, Write};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::place::Place;
use crate::samples::*;

const HISTORIES: usize = 256;
const ANA: &str = "identity--ana";
const EVA: &str = "identity--eva";

/// The same histories at each run.
fn histories<S: Strategy>(strategy: S) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..HISTORIES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// One version of an object that is named later.
fn version_at(second: Option<u8>, other: u8, revoked: bool) -> NewObject {
    let version = match second {
        Some(second) => format!("2026-01-01T00:00:{second:02}"),
        None => format!("sha256:{other:02}"),
    };
    let text = format!("{version} {other} {revoked}");
    let hash = content(&text, other);
    NewObject { revoked, content_hash: hash, raw: text, ..object("", &version) }
}

/// Whatever may arrive: contradictions, strangers, contents without instant.
fn anything() -> impl Strategy<Value = Vec<NewObject>> {
    let creator = prop_oneof![
        4 => Just(None), 4 => Just(Some(ANA)), 1 => Just(Some(EVA))
    ];
    let created = prop_oneof![9 => Just("2026-01-01T00:00:00"), 1 => Just("2025-01-01T00:00:00")];
    let second = prop_oneof![7 => (0_u8..7).prop_map(Some), 3 => Just(None)];
    let one = (second, 0_u8..2, prop::bool::weighted(0.15), creator, created);
    let one = one.prop_map(|(second, other, revoked, creator, created)| {
        let mut new = version_at(second, other, revoked && second.is_some());
        if second.is_none() {
            return new;
        }
        new.created = second.map(|_| created.to_owned());
        new.creator = creator.map(str::to_owned);
        // Everything that is said is part of the content.
        let text = format!("{} {:?} {:?}", new.raw, new.created, new.creator);
        new.content_hash = content(&text, other);
        new
    });
    prop::collection::vec(one, 1..12)
}

/// Versions as one creator makes them, in two orders; perhaps revoked, perhaps more than once.
fn lawful() -> impl Strategy<Value = (Vec<NewObject>, Vec<NewObject>)> {
    let version = (prop::bool::weighted(0.15), any::<bool>());
    prop::collection::btree_map(0_u8..60, version, 1..9).prop_flat_map(|seconds| {
        let versions: Vec<_> = seconds
            .into_iter()
            .map(|(second, (revoked, named))| {
                let mut new = version_at(Some(second), 0, revoked);
                new.creator = named.then(|| ANA.to_owned());
                new.created = Some("2026-01-01T00:00:00".to_owned());
                new
            })
            .collect();
        (Just(versions.clone()).prop_shuffle(), Just(versions).prop_shuffle())
    })
}

fn named(history: &[NewObject], id: &str, channel: &str) -> Vec<Write> {
    let one = |new: &NewObject| NewObject {
        id: id.to_owned(),
        channel: channel.to_owned(),
        ..new.clone()
    };
    history.iter().map(|new| keep(one(new))).collect()
}

fn outcome(arrival: Arrival) -> Outcome {
    match arrival {
        Arrival::Same => Outcome::Known,
        fault if fault.fault().is_some() => Outcome::Refused(fault),
        _ => Outcome::New,
    }
}

async fn held(store: &dyn Store, id: &str, channel: &str) -> BTreeSet<(String, String)> {
    let rows = store.versions(id).await.unwrap().into_iter().filter(|v| v.channel == channel);
    rows.map(|v| (v.version, v.content_hash)).collect()
}

async fn current(store: &dyn Store, id: &str, channel: &str) -> (String, String) {
    let row = store.object(id, Some(channel)).await.unwrap().unwrap();
    (row.version, row.content_hash)
}

pub async fn every_arrival_is_judged_by_the_rule_book(place: &dyn Place) {
    let store = place.open().await;
    let mut seen = BTreeSet::new();
    for (number, history) in histories(anything()).iter().enumerate() {
        let id = format!("tool--{number}");
        let mut model: Vec<Version> = Vec::new();
        for (new, write) in history.iter().zip(named(history, &id, "own")) {
            let arriving = new.as_version();
            let arrival = version::arrival(&model, &arriving);
            seen.insert(format!("{arrival:?}"));
            let witnesses = store.beside("own", &[(id.clone(), arriving.clone())]).await.unwrap();
            let witnesses = witnesses.into_iter().next().unwrap();
            assert_eq!(version::arrival(&witnesses, &arriving), arrival, "{model:?} {new:?}");
            assert_eq!(one(&*store, write).await, outcome(arrival), "{model:?} {new:?}");
            if !matches!(outcome(arrival), Outcome::Known | Outcome::Refused(_)) {
                model.push(arriving);
            }
        }
        let key = |v: &Version| (v.version.clone(), hex::encode(v.content));
        let leads = version::current(&model).map(key).unwrap();
        assert_eq!(current(&*store, &id, "own").await, leads, "{model:?}");
        assert_eq!(held(&*store, &id, "own").await, model.iter().map(key).collect());
    }
    assert_eq!(seen.len(), 9, "every kind of arrival occurs: {seen:?}");
    assert_eq!(store.fsck().await.unwrap(), []);
}

/// What is later than the first revocation is a fault: kept only if it came before that.
pub async fn in_any_order_lawful_versions_end_the_same(place: &dyn Place) {
    let store = place.open().await;
    for (number, (order, other)) in histories(lawful()).iter().enumerate() {
        let id = format!("tool--{number}");
        commit(&*store, named(order, &id, "own")).await;
        commit(&*store, named(other, &id, "p1")).await;
        let leads = current(&*store, &id, "own").await;
        assert_eq!(current(&*store, &id, "p1").await, leads, "{order:?}");
        let end = order.iter().filter(|v| v.revoked).map(|v| v.version.clone()).min();
        let before_end = |v: &String| end.as_ref().is_none_or(|end| v <= end);
        let all = order.iter().map(|v| v.version.clone()).filter(before_end).collect();
        for channel in ["own", "p1"] {
            let kept = held(&*store, &id, channel).await;
            let kept: BTreeSet<_> = kept.into_iter().map(|(v, _)| v).filter(before_end).collect();
            assert_eq!(kept, all, "in {channel}: {order:?} {other:?}");
        }
    }
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn another_channel_never_changes_the_answer(place: &dyn Place) {
    let store = place.open().await;
    let all = histories((anything(), anything()));
    for (number, (history, elsewhere)) in all.iter().enumerate() {
        let (alone, beside) = (format!("tool--{number}"), format!("tool--{number}-b"));
        commit(&*store, named(elsewhere, &beside, "p2")).await;
        let alone = commit(&*store, named(history, &alone, "p1")).await;
        assert_eq!(commit(&*store, named(history, &beside, "p1")).await, alone);
    }
}

pub async fn a_batch_that_foresaw_something_else_is_refused(place: &dyn Place) {
    let store = place.open().await;
    let first = NewObject { id: "tool--a".into(), ..version_at(Some(1), 0, false) };
    let foreseen = |new: &NewObject, arrival| NewObject { foreseen: Some(arrival), ..new.clone() };
    assert_eq!(one(&*store, keep(foreseen(&first, Arrival::New))).await, Outcome::New);
    let writes = vec![leaf("node", "a"), keep(foreseen(&first, Arrival::New))];
    let refused = store.commit(enlace_store::Batch { guards: vec![], writes }).await.unwrap_err();
    let StoreError::Guard { index: 1, failure: GuardFailure::Foreseen } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(store.log("node").await.unwrap().size, 0, "nothing of the batch is kept");
    assert_eq!(one(&*store, keep(foreseen(&first, Arrival::Same))).await, Outcome::Known);
}
