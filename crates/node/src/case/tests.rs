use std::sync::atomic::Ordering;

use enlace_policy::roles::Role;
use enlace_store::Veil;

use super::{CaseAct, NewCase};
use crate::standing::tests::{TERMS, Trio};
use crate::{Actor, Node, NodeError};

const DAY_US: i64 = 24 * 3_600_000_000;

fn liaison() -> Actor {
    Actor::of("liaison", Role::LiaisonOfficer)
}

/// EC, US and NL work on a case of EC's.
async fn case() -> (Trio, String) {
    let trio = Trio::new().await;
    let agreement = trio.active(TERMS).await;
    let new = NewCase {
        agreement,
        purpose: "firearms-tracing".into(),
        number: "UNE-77".into(),
        title: "Muelle nueve".into(),
        ..NewCase::default()
    };
    let id = trio.nodes[0].case_open(&liaison(), &new).await.unwrap();
    trio.share().await;
    for node in &trio.nodes[1..] {
        node.case_act(&liaison(), &id, &CaseAct::Accept).await.unwrap();
    }
    trio.share().await;
    (trio, id)
}

/// Texts of acts that are still kept.
async fn texts(node: &Node, id: &str) -> usize {
    let found = node.store.referring(id, &Veil::default(), 1000).await.unwrap();
    let acts = found.iter().filter(|one| one.object.kind == "case-event");
    acts.filter(|one| !one.object.raw.is_empty()).count()
}

fn is_gone(found: Result<super::Held, NodeError>) -> bool {
    matches!(found, Err(NodeError::NotFound { .. }))
}

#[tokio::test]
async fn the_acts_of_a_case_go_when_the_retention_of_its_agreement_has_run_since_its_end() {
    let (trio, id) = case().await;
    let (ec, nl) = (&trio.nodes[0], &trio.nodes[2]);
    let days =
        i64::from(ec.case_held(&id).await.unwrap().standing.agreement.terms().retention.days);
    let wait = |days: i64| {
        trio.clock.0.fetch_add(days * DAY_US, Ordering::Relaxed);
    };
    let round = async || {
        for node in &trio.nodes {
            node.retention_round().await.unwrap();
        }
    };
    round().await;
    // NL leaves a day before the others end it.
    nl.case_act(&liaison(), &id, &CaseAct::Withdraw(None)).await.unwrap();
    trio.share().await;
    wait(1);
    ec.case_act(&liaison(), &id, &CaseAct::Say("Rosa is at the pier.".into())).await.unwrap();
    ec.case_act(&liaison(), &id, &CaseAct::Close(None)).await.unwrap();
    trio.share().await;
    wait(days - 1);
    round().await;
    let gone = async |node: &Node| is_gone(node.case_held(&id).await);
    assert_eq!([gone(ec).await, gone(&trio.nodes[1]).await, gone(nl).await], [false, false, true]);
    wait(1);
    round().await;
    for node in &trio.nodes {
        assert!(gone(node).await);
        assert_eq!(texts(node, &id).await, 0);
        assert_eq!(node.case_accounts(&id).await.unwrap(), [""; 0]);
    }
}

#[tokio::test]
async fn a_case_that_nobody_ended_goes_after_its_agreement() {
    let (trio, id) = case().await;
    let us = &trio.nodes[1];
    let held = us.case_held(&id).await.unwrap();
    let end = held.standing.agreement.validity_us().1;
    let days = i64::from(held.standing.agreement.terms().retention.days);
    us.retention_round().await.unwrap();
    for (at, gone) in [(end + (days - 1) * DAY_US, false), (end + days * DAY_US, true)] {
        trio.clock.0.store(at, Ordering::Relaxed);
        us.retention_round().await.unwrap();
        assert_eq!(is_gone(us.case_held(&id).await), gone);
    }
}
