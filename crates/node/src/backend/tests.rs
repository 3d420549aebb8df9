//! What is looked up and what is logged as handed out, with something between the two.

use std::sync::Arc;

use enlace_taxii::{Query, Refused};

use super::{Looked, PartnerBackend};
use crate::ground::tests::{INDICATOR, Ready, approver, case, liaison};
use crate::hand_out::Reader;
use crate::ledger_log::NODE_LOG;
use crate::standing::tests::Trio;
use crate::{Actor, Node, VettingResult, Words};

/// EC has released an indicator to US, and US has fetched nothing yet.
pub(crate) struct Released {
    pub(crate) ec: Arc<Node>,
    pub(crate) us: String,
    pub(crate) agreement: String,
    pub(crate) lineage: String,
    /// Id of the release.
    pub(crate) release: String,
    /// The collection of US.
    own: String,
    _others: Trio,
}

impl Released {
    pub(crate) async fn new() -> Self {
        let (mut trio, agreement) = case().await;
        let ec = Arc::new(trio.nodes.remove(0));
        let us = trio.nodes[0].key_id().to_owned();
        let ready = Ready::new(&ec, &agreement, &trio.nodes[0], INDICATOR).await;
        ready.publish().await.unwrap();
        let standing = ec.agreement_named(&agreement).await.unwrap();
        let lineage = standing.agreement.lineage.clone();
        let (own, _) = ec.collection_for(&us, &lineage).await.unwrap().unwrap();
        let sent = ec.release_list(&liaison()).await.unwrap();
        let sent = sent.into_iter().find(|line| line.state == "sent").unwrap();
        Self { ec, us, agreement, lineage, release: sent.id, own, _others: trio }
    }

    fn backend(&self) -> PartnerBackend {
        PartnerBackend::new(Arc::clone(&self.ec))
    }

    async fn look(&self, who: &Reader) -> Looked {
        let looked = self.backend().look(who, &self.own, &all(), None).await.unwrap();
        assert!(looked.page.items.len() > 1, "a record and what it lists");
        looked
    }

    /// What is handed out of the collection, by id; nothing where it is not there.
    async fn got(&self, who: &Reader) -> Vec<String> {
        match self.backend().page(who, &self.own, &all(), None).await {
            Ok(page) => sorted(page.items.into_iter().map(|(member, _)| member.id).collect()),
            Err(refused) => {
                assert_eq!(refused, Refused::NotFound);
                Vec::new()
            }
        }
    }

    /// What the log says was handed out, by id.
    pub(crate) async fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        for act in acts(&self.ec).await {
            if act["act"] == "disclosure" && act["kind"] == "fetched" {
                told.extend(act["objects"].as_array().unwrap().iter().cloned());
            }
        }
        sorted(told.into_iter().map(|id| id.as_str().unwrap().to_owned()).collect())
    }
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

fn all() -> Query {
    Query::parse("match[version]=all", 100).unwrap()
}

/// Every act of the node log.
pub(crate) async fn acts(node: &Node) -> Vec<serde_json::Value> {
    let entries = node.store.log_entries(NODE_LOG, 0, 10_000).await.unwrap();
    let opened = entries.iter().map(|found| {
        let record = found.record.as_deref();
        let fields = enlace_ledger::entry::open(&found.entry, record).unwrap().fields;
        serde_json::Value::Object(fields.into_iter().collect())
    });
    opened.collect()
}

/// Files that the log says were written for a partner.
pub(crate) async fn files_told(node: &Node) -> usize {
    acts(node)
        .await
        .iter()
        .filter(|act| act["act"] == "carried" && !act["bundle"].is_null())
        .count()
}

/// What ends the right of a partner.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stop {
    CutOff,
    VettingLost,
    Suspension,
    Token,
}

#[tokio::test]
async fn what_was_looked_up_before_a_partners_right_ended_is_not_handed_out_after_it() {
    let console = Actor::console();
    for stop in [Stop::CutOff, Stop::VettingLost, Stop::Suspension, Stop::Token] {
        let at = Released::new().await;
        let token = at.ec.partner_token(&console, &at.us, None).await.unwrap();
        let who = match stop {
            Stop::Token => at.ec.partner_of_token(token.expose()).await.unwrap().unwrap(),
            _ => Reader::of(&at.us, None),
        };
        let looked = at.look(&who).await;
        match stop {
            Stop::CutOff => drop(at.ec.partner_revoke(&console, &at.us).await.unwrap()),
            Stop::VettingLost => {
                let (failed, day) = (VettingResult::Failed, "2026-06-01");
                at.ec.partner_vet(&console, &at.us, "Office", day, failed, &[]).await.unwrap();
            }
            Stop::Suspension => {
                let words = Words::default();
                at.ec.agreement_suspend(&approver(), &at.agreement, words).await.unwrap();
            }
            Stop::Token => {
                let text = token.expose();
                at.ec.partner_token_revoke(&console, &at.us, text).await.unwrap();
            }
        }
        let told = at.backend().told(looked).await.unwrap();
        assert!(told.is_none(), "{stop:?}: it is to be looked up again");
        assert_eq!(at.got(&who).await, [""; 0], "{stop:?}");
        assert_eq!(at.told().await, [""; 0], "{stop:?}: no leaf says that it was handed out");
    }
}

#[tokio::test]
async fn the_log_names_nothing_that_a_recall_took_away_at_the_same_instant() {
    let at = Released::new().await;
    let who = Reader::of(&at.us, None);
    let looked = at.look(&who).await;
    at.ec.recall(&liaison(), INDICATOR, None).await.unwrap();
    assert!(at.backend().told(looked).await.unwrap().is_none());
    assert_eq!(at.got(&who).await, at.told().await);
    let twin = at.ec.store.twins_of(INDICATOR).await.unwrap().swap_remove(0).twin;
    assert!(!at.told().await.contains(&twin));
}

#[tokio::test]
async fn what_two_ask_for_at_the_same_instant_is_logged_once_and_handed_to_both() {
    let at = Released::new().await;
    let who = Reader::of(&at.us, None);
    let (one, other) = (at.look(&who).await, at.look(&who).await);
    let (page, _) = at.backend().told(one).await.unwrap().unwrap();
    assert!(at.backend().told(other).await.unwrap().is_none());
    let got = at.got(&who).await;
    assert_eq!(page.items.len(), got.len());
    assert_eq!(at.told().await, got);
}

#[tokio::test]
async fn a_feed_sends_nothing_that_was_looked_up_before_its_partner_was_cut_off() {
    let at = Released::new().await;
    let who = Reader::of(&at.us, Some(&at.lineage));
    let (backend, query) = (at.backend(), all());
    let (page, ground) = backend.page_on_ground(&who, &at.own, &query, None).await.unwrap();
    assert!(!page.items.is_empty());
    assert!(at.ec.still_stands(ground.clone()).await.unwrap());
    at.ec.partner_revoke(&Actor::console(), &at.us).await.unwrap();
    assert!(!at.ec.still_stands(ground).await.unwrap());
    assert!(backend.page_on_ground(&who, &at.own, &query, None).await.is_err());
}
