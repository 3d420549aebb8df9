use std::sync::atomic::Ordering;

use enlace_oprf::Class;
use enlace_policy::roles::Role;
use enlace_store::Batch;
use sha2::{Digest, Sha256};

use super::ask::{AskedLine, blocks};
use super::keys::MatchKey;
use super::set::Asked;
use super::{set_key, term_of};
use crate::record::{self, Bucket};
use crate::standing::Standing;
use crate::standing::tests::{TERMS, Trio};
use crate::{Actor, ImportRequest};

const PURPOSE: &str = "firearms-tracing";
const MINUTE_US: i64 = 60_000_000;

async fn trio() -> (Trio, Standing) {
    let trio = Trio::new().await;
    trio.active(TERMS).await;
    let standing = trio.nodes[0].match_open().await.unwrap().remove(0);
    (trio, standing)
}

#[tokio::test]
async fn a_set_that_was_not_brought_up_to_date_is_not_asked() {
    let (trio, standing) = trio().await;
    let (ec, us) = (&trio.nodes[0], trio.nodes[1].key_id());
    ec.match_refresh(false).await.unwrap();
    let found = async || ec.match_set(us, &standing.agreement.lineage, PURPOSE).await.unwrap();
    assert!(found().await.is_some());
    let key = set_key(us, &standing.agreement.lineage, PURPOSE);
    let slot = ec.store.record(Bucket::MATCH_SET, &key).await.unwrap().unwrap().due_us.unwrap();
    trio.clock.0.store(slot + 14 * MINUTE_US, Ordering::Relaxed);
    assert!(found().await.is_some(), "the round has its time");
    trio.clock.0.store(slot + 16 * MINUTE_US, Ordering::Relaxed);
    assert!(found().await.is_none());
    ec.match_refresh(false).await.unwrap();
    assert!(found().await.is_some());
}

#[tokio::test]
async fn any_slot_may_be_the_last_of_an_epoch_and_it_is_the_last_of_all_its_sets() {
    let (trio, standing) = trio().await;
    let (ec, us) = (&trio.nodes[0], trio.nodes[1].key_id());
    let term = term_of(&standing).unwrap();
    let at = |purpose| Asked { partner: us, standing: &standing, term, purpose };
    let now = ec.now_us();
    let slots = 14 * 24;
    let mut ends = Vec::new();
    for slot in 0..20 * slots {
        let due = Some(now - slot * 60 * MINUTE_US);
        let [one, other] = [PURPOSE, "another"].map(|p| ec.epoch_ends(&at(p), due).unwrap());
        assert_eq!(one, other);
        if one {
            ends.push(slot);
        }
    }
    // 20 are expected; beyond these bounds once in a million keys.
    assert!((4..=44).contains(&ends.len()), "{}", ends.len());
    let gaps: Vec<i64> = ends.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().any(|gap| *gap != gaps[0]), "no fixed length tells an early end");
    assert!(!ec.epoch_ends(&at(PURPOSE), Some(now + 1)).unwrap(), "only a slot that came");
}

#[tokio::test]
async fn a_case_is_covered_otherwise_for_each_partner_and_proves_itself() {
    let (trio, standing) = trio().await;
    let (ec, us, nl) = (&trio.nodes[0], trio.nodes[1].key_id(), trio.nodes[2].key_id());
    let (opening, one) = ec.case_covered(us, &standing, "UNE-9").unwrap();
    let (_, other) = ec.case_covered(nl, &standing, "UNE-9").unwrap();
    assert_ne!(one, other);
    assert_ne!(one, ec.case_covered(us, &standing, "UNE-8").unwrap().1);
    let shown = hex::decode(opening).unwrap();
    let proof = [b"enlace-match-case-v1".as_slice(), &shown, b"UNE-9"].concat();
    assert_eq!(hex::encode(Sha256::digest(proof)), one);
}

#[tokio::test]
async fn for_which_case_somebody_asked_is_for_him_alone() {
    let (trio, _) = trio().await;
    let ec = &trio.nodes[0];
    let id = "identity--2d000000-0000-4000-8000-000000000001";
    let text = format!(
        "{{\"type\":\"bundle\",\"id\":\"bundle--2d000000-0000-4000-8000-000000000002\",\"objects\":[{{\"type\":\
         \"identity\",\"spec_version\":\"2.1\",\"id\":\"{id}\",\"name\":\"Muelle Nueve SA\",\"identity_class\":\
         \"organization\",\"created\":\"2026-01-01T00:00:00.000Z\",\"modified\":\"2026-01-01T00:00:00.000Z\"}}]}}"
    );
    let file = ImportRequest {
        name: "case.json",
        bytes: text.as_bytes(),
        format: None,
        marking: Some("green"),
        source: None,
        dry_run: false,
    };
    ec.import(&Actor::console(), file).await.unwrap();
    let line = AskedLine {
        partner: "US".into(),
        agreement: "a".into(),
        purpose: PURPOSE.into(),
        case: "OP-NORTE-7".into(),
        reference: "0123".into(),
        kind: "phone".into(),
        result: "hit".into(),
        by: "ana".into(),
        at: "2026-01-01T00:00:00.000Z".into(),
    };
    let due = Some(ec.now_us() + 180 * 24 * 60 * MINUTE_US);
    let writes = vec![record::put(Bucket::MATCH_ASKED, &format!("{id}/t/0"), &line, due).unwrap()];
    ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    for (account, case) in [("ana", "OP-NORTE-7"), ("luis", "")] {
        let actor = Actor::of(account, Role::Investigator);
        let listed = ec.asked_about_object(&actor, id).await.unwrap();
        let hits = ec.recent_hits(&actor).await.unwrap();
        assert_eq!([listed[0].case.as_str(), hits[0].1.case.as_str()], [case; 2], "{account}");
        assert_eq!(listed[0].result, "hit", "that there is a hit is for whoever sees the object");
    }
}

/// One whose second key is refused would read *no hit* by the first.
#[test]
fn no_item_is_cut_in_two_by_a_block() {
    let key = |number: usize| MatchKey { kind: "phone".into(), key: number.to_string() };
    for each in 1..=8 {
        let items: Vec<_> = (0..90)
            .map(|number| super::ask::Item {
                number,
                kind: "phone".into(),
                keys: (0..each).map(key).collect(),
            })
            .collect();
        let items: Vec<_> = items.iter().collect();
        let blocks = blocks(&items, Class::Block.elements());
        let count: usize = blocks.iter().map(Vec::len).sum();
        assert_eq!(count, 90 * each);
        for block in &blocks {
            assert!(block.len() <= Class::Block.elements());
            for (number, _) in block {
                assert_eq!(block.iter().filter(|(other, _)| other == number).count(), each);
            }
        }
    }
}
