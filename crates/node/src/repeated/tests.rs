//! Acts that a partner brings about again and again.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use enlace_ledger::note::Checkpoint;
use serde_json::{Value, json};

use crate::Node;
use crate::backend::tests::acts;
use crate::ledger_log::{NODE_LOG, ours};
use crate::review::DAY_US;
use crate::standing::tests::{TERMS, Trio};

async fn of_kind(node: &Node, kind: &str) -> Vec<Value> {
    acts(node).await.into_iter().filter(|act| act["act"] == kind).collect()
}

#[tokio::test]
async fn who_asks_for_its_half_of_the_log_again_and_again_is_counted_and_summed_up() {
    let trio = Trio::new().await;
    trio.active(TERMS).await;
    let (ec, us) = (&trio.nodes[0], trio.nodes[1].key_id());
    for from in 0..40 {
        let path = format!("held/{from}");
        ec.log_file(us, &path).await.unwrap().unwrap();
    }
    ec.log_file(trio.nodes[2].key_id(), "held/0").await.unwrap().unwrap();
    assert_eq!(of_kind(ec, "log-asked-back").await.len(), 2, "one for each partner");
    ec.retention_round().await.unwrap();
    assert_eq!(of_kind(ec, "repeated").await.len(), 0, "the day is not over");
    trio.clock.0.fetch_add(DAY_US, Ordering::Relaxed);
    ec.retention_round().await.unwrap();
    let sums = of_kind(ec, "repeated").await;
    assert_eq!(sums.len(), 1, "of what happened once there is no sum");
    let said = [&sums[0]["kind"], &sums[0]["partner"], &sums[0]["times"]];
    assert_eq!(said, [&json!("log-asked-back"), &json!(us), &json!(39)]);
    ec.retention_round().await.unwrap();
    assert_eq!(of_kind(ec, "repeated").await.len(), 1);
    // Another day is another leaf, whether a round came between or not.
    for _ in 0..2 {
        ec.log_file(us, "held/0").await.unwrap().unwrap();
        ec.log_file(us, "held/0").await.unwrap().unwrap();
        trio.clock.0.fetch_add(DAY_US + 1_000_000, Ordering::Relaxed);
    }
    ec.log_file(us, "held/0").await.unwrap().unwrap();
    assert_eq!(of_kind(ec, "log-asked-back").await.len(), 5);
    let times: Vec<_> =
        of_kind(ec, "repeated").await.iter().map(|act| act["times"].clone()).collect();
    assert_eq!(times, [json!(39), json!(1), json!(1)]);
}

/// What a partner posts: a checkpoint of its half, and the entries up to it.
fn posted(us: &Node, checkpoint: &Checkpoint, entries: &[Vec<u8>]) -> Vec<u8> {
    let note = checkpoint.sign(&us.keys.log_origin(), us.keys.log_key()).unwrap();
    let entries: Vec<String> = entries.iter().map(|entry| STANDARD.encode(entry)).collect();
    let body = json!({"cosigned": null, "checkpoint": note.to_string(), "from": 0,
        "entries": entries});
    body.to_string().into_bytes()
}

#[tokio::test]
async fn a_half_that_is_shown_split_again_and_again_is_one_leaf_and_a_count() {
    let trio = Trio::new().await;
    trio.active(TERMS).await;
    let (ec, us) = (&trio.nodes[0], &trio.nodes[1]);
    let half = ours(ec.key_id());
    let size = us.store.log(&half).await.unwrap().size;
    let entries = us.entries(&half, 0, size).await.unwrap();
    let origin = us.channel_origin(ec.key_id());
    for n in 0..40_u8 {
        let root = [n; 32];
        let checkpoint = Checkpoint { origin: origin.clone(), size, root };
        let refused = ec.cosign(us.key_id(), &posted(us, &checkpoint, &entries)).await;
        assert!(refused.unwrap_err().to_string().contains("rewritten"));
    }
    assert_eq!(of_kind(ec, "log-split").await.len(), 1);
    ec.index_leaves(NODE_LOG).await.unwrap();
    let split = ec.leaf_of(NODE_LOG, &format!("split/{}", us.key_id())).await;
    assert!(split.unwrap().is_some(), "that they contradict each other stays said");
    trio.clock.0.fetch_add(DAY_US, Ordering::Relaxed);
    ec.retention_round().await.unwrap();
    assert_eq!(of_kind(ec, "repeated").await[0]["times"], 39);
}
