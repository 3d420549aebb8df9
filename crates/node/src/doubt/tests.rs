use enlace_policy::roles::Role;
use enlace_policy::{AgreementState, Said, Statement};
use enlace_store::{Batch, Write};

use super::{Judged, doubted, in_doubt};
use crate::partner::Partner;
use crate::record::{self, Bucket};
use crate::standing::tests::{TERMS, Trio};
use crate::{Actor, Clock, Node, Words};

fn said(said: Said) -> Statement {
    Statement {
        by: "ab".to_owned(),
        said,
        made: "2026-03-01T00:00:00.000Z".parse().unwrap(),
        effective_us: None,
        id: "agreement-state--1".to_owned(),
        note: None,
    }
}

#[test]
fn by_a_key_that_others_had_an_end_is_a_suspension_until_people_judge_it() {
    let judged = |stands| Judged { stands, by: "ana".to_owned(), at_us: 0 };
    let counts = |what: Said, judged: Option<&Judged>| {
        doubted(said(what), "p".to_owned(), judged).map(|(s, d)| (s.said, d.is_some()))
    };
    for stop in [Said::Terminated, Said::Suspended] {
        assert_eq!(counts(stop, None), Some((Said::Suspended, true)));
        assert_eq!(counts(stop, Some(&judged(true))), Some((stop, false)));
        assert_eq!(counts(stop, Some(&judged(false))), None);
    }
    assert_eq!(counts(Said::Resumed, None), None, "nothing goes on unseen");
    assert_eq!(counts(Said::Resumed, Some(&judged(true))), Some((Said::Resumed, false)));
}

/// What `node` keeps of a partner once that declared its key compromised since `since_us`.
async fn declared(node: &Node, partner: &str, since_us: i64) {
    let kept = node.store.record(Bucket::PARTNER, partner).await.unwrap().unwrap();
    let mut known: Partner = record::read(&kept).unwrap();
    known.compromised_us = Some(since_us);
    let writes: Vec<Write> = vec![record::put(Bucket::PARTNER, partner, &known, None).unwrap()];
    node.store.commit(Batch { guards: vec![], writes }).await.unwrap();
}

fn approver() -> Actor {
    Actor::of("approver", Role::Approver)
}

#[tokio::test]
async fn an_end_by_a_key_that_others_had_ends_nothing_until_an_officer_confirms_it() {
    for stands in [true, false] {
        let trio = Trio::new().await;
        let id = trio.active(TERMS).await;
        let us = trio.nodes[1].key_id().to_owned();
        let since = trio.clock.now_us();
        trio.nodes[1].agreement_terminate(&approver(), &id, Words::default()).await.unwrap();
        trio.share().await;
        assert_eq!(trio.agreed(0, &id).await, AgreementState::Terminated);
        let ec = &trio.nodes[0];
        declared(ec, &us, since).await;
        let rests = AgreementState::Suspended { by: vec![us.clone()] };
        assert_eq!(trio.agreed(0, &id).await, rests, "nothing leaves, and nothing is over");
        let doubts = in_doubt(&ec.agreement_named(&id).await.unwrap());
        assert_eq!(doubts.iter().map(|d| d.said).collect::<Vec<_>>(), ["terminated"]);
        let liaison = Actor::of("liaison", Role::LiaisonOfficer);
        assert!(ec.agreement_judge(&liaison, &id, stands, None).await.is_err());
        let line = ec.agreement_judge(&approver(), &id, stands, Some("called")).await.unwrap();
        assert_eq!(line.state, if stands { "terminated" } else { "active" });
        assert!(line.in_doubt.is_empty());
        assert!(ec.agreement_judge(&approver(), &id, stands, None).await.is_err(), "once");
    }
}

#[tokio::test]
async fn what_came_before_the_key_was_lost_is_not_in_doubt() {
    let trio = Trio::new().await;
    let id = trio.active(TERMS).await;
    trio.nodes[1].agreement_terminate(&approver(), &id, Words::default()).await.unwrap();
    trio.share().await;
    declared(&trio.nodes[0], trio.nodes[1].key_id(), trio.clock.now_us()).await;
    assert_eq!(trio.agreed(0, &id).await, AgreementState::Terminated);
    assert!(in_doubt(&trio.nodes[0].agreement_named(&id).await.unwrap()).is_empty());
}

#[tokio::test]
async fn an_amendment_that_a_lost_key_signed_rests_in_its_place_until_it_is_judged() {
    for stands in [true, false] {
        let trio = Trio::new().await;
        let first = trio.active(TERMS).await;
        let us = trio.nodes[1].key_id().to_owned();
        let since = trio.clock.now_us();
        let amendment =
            TERMS.replace("[agreement]\n", "[agreement]\namends = { released = \"keep\" }\n");
        let draft = trio.draft(&amendment).await;
        let next = trio.nodes[0].agreement_amend(&approver(), &first, &draft, "b.toml").await;
        let next = next.unwrap().id;
        trio.share().await;
        for node in &trio.nodes[1..] {
            node.agreement_sign(&approver(), &next).await.unwrap();
        }
        trio.share().await;
        assert_eq!(trio.agreed(0, &next).await, AgreementState::Active);
        declared(&trio.nodes[0], &us, since).await;
        let rests = AgreementState::Suspended { by: vec![us] };
        assert_eq!(trio.agreed(0, &next).await, rests, "neither the new terms nor the old");
        let replaced = AgreementState::Replaced { by: next.clone() };
        assert_eq!(trio.agreed(0, &first).await, replaced);
        trio.nodes[0].agreement_judge(&approver(), &next, stands, None).await.unwrap();
        let (old, new) = (trio.agreed(0, &first).await, trio.agreed(0, &next).await);
        match stands {
            true => assert_eq!((old, new), (replaced, AgreementState::Active)),
            false => {
                assert_eq!(old, AgreementState::Active);
                assert!(matches!(new, AgreementState::AwaitingSignatures { .. }), "{new:?}");
            }
        }
    }
}
