//! What waits for a partner, and what is logged of what goes in clear.

use crate::backend::tests::acts;
use crate::ledger_log::NODE_LOG;
use crate::record::Bucket;
use crate::standing::tests::{TERMS, Trio, approver};
use crate::{Actor, NodeError};

#[tokio::test]
async fn where_nothing_waits_for_a_partner_nothing_is_logged() {
    let trio = Trio::new().await;
    let (ec, us) = (&trio.nodes[0], trio.nodes[1].key_id());
    let before = ec.store.log(NODE_LOG).await.unwrap().size;
    let file = ec.outbox_file(&Actor::console(), us).await.unwrap();
    assert_eq!(file, r#"{"objects":[]}"#);
    assert_eq!(ec.store.log(NODE_LOG).await.unwrap().size, before);
    trio.active(TERMS).await;
    let before = ec.store.log(NODE_LOG).await.unwrap().size;
    assert_ne!(ec.outbox_file(&Actor::console(), us).await.unwrap(), file);
    assert_eq!(ec.store.log(NODE_LOG).await.unwrap().size, before + 1);
}

#[tokio::test]
async fn what_was_gathered_before_a_partner_was_cut_off_is_not_logged_as_taken_along_after_it() {
    let trio = Trio::new().await;
    let (ec, us, console) = (&trio.nodes[0], trio.nodes[1].key_id(), Actor::console());
    let pinned = ec.as_it_is(Bucket::PARTNER, us).await.unwrap();
    ec.partner_revoke(&console, us).await.unwrap();
    let refused = ec.log_carried(&console, us, (1, 1), pinned).await;
    assert!(matches!(refused, Err(NodeError::Changed { .. })), "{refused:?}");
    assert!(acts(ec).await.iter().all(|act| act["act"] != "carried"));
}

#[tokio::test]
async fn a_message_that_was_on_its_way_when_its_partner_was_cut_off_waits_no_more() {
    let trio = Trio::new().await;
    let (ec, us) = (&trio.nodes[0], trio.nodes[1].key_id());
    let draft = trio.draft(TERMS).await;
    ec.agreement_sign_draft(&approver(), &draft, "a.toml").await.unwrap();
    let (key, message) = ec.waiting(us).await.unwrap().remove(0);
    let found = ec.store.record(Bucket::OUTBOX, &key).await.unwrap().unwrap();
    ec.partner_revoke(&Actor::console(), us).await.unwrap();
    let error = NodeError::Internal("no answer");
    ec.put_off(&found, message, &error, ec.now_us()).await.unwrap();
    assert_eq!(ec.waiting(us).await.unwrap().len(), 0, "what waits for it never leaves");
}
