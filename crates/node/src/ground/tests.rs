//! A release that was planned or drafted before something changed does not leave on what was true
//! before, whatever changed, however close the two come.

use std::sync::atomic::Ordering;

use enlace_policy::roles::Role;

use crate::release::{Release, digest};
use crate::release_set::Planned;
use crate::send::Leaving;
use crate::standing::tests::{TERMS, Trio};
use crate::{
    Actor, ImportRequest, NewConsent, Node, NodeError, ReleaseRequest, SendWhen, VettingResult,
    Words,
};

const CASE: &[u8] = include_bytes!("../../../../scenario/ec/case-calamares.json");
pub(crate) const INDICATOR: &str = "indicator--6c264967-2f4b-4667-8b62-2e4f38cbd7ef";
const PURPOSE: &str = "firearms-tracing";

pub(crate) fn liaison() -> Actor {
    Actor::of("liaison", Role::LiaisonOfficer)
}

pub(crate) fn approver() -> Actor {
    Actor::of("approver", Role::Approver)
}

/// Three parties with an agreement, all vetted; EC holds the case.
pub(crate) async fn case() -> (Trio, String) {
    let trio = Trio::new().await;
    let agreement = trio.active(TERMS).await;
    let console = Actor::console();
    for node in &trio.nodes {
        for other in trio.nodes.iter().filter(|o| o.key_id() != node.key_id()) {
            let passed = VettingResult::Passed;
            let day = "2099-12-31";
            node.partner_vet(&console, other.key_id(), "Office", day, passed, &[]).await.unwrap();
        }
    }
    let request = ImportRequest {
        name: "case.json",
        bytes: CASE,
        format: None,
        marking: Some("amber"),
        source: None,
        dry_run: false,
    };
    trio.nodes[0].import(&console, request).await.unwrap();
    (trio, agreement)
}

/// A release of one object to one partner, approved and looked at a moment ago, and another that is
/// drafted.
pub(crate) struct Ready<'a> {
    node: &'a Node,
    object: String,
    approved: String,
    drafted: String,
    kept: enlace_store::Record,
    release: Release,
    planned: Planned,
}

impl<'a> Ready<'a> {
    pub(crate) async fn new(node: &'a Node, agreement: &str, partner: &Node, object: &str) -> Self {
        let request = ReleaseRequest {
            agreement: agreement.to_owned(),
            partner: Some(partner.key_id().to_owned()),
            purpose: Some(PURPOSE.to_owned()),
            ids: vec![object.to_owned()],
            exact: true,
            ..ReleaseRequest::default()
        };
        let approved = node.release_draft(&liaison(), &request).await.unwrap().id;
        let drafted = node.release_draft(&liaison(), &request).await.unwrap().id;
        node.release_approve(&approver(), &approved, false).await.unwrap();
        let (kept, release, view) = node.release_for(&liaison(), &approved).await.unwrap();
        let at_us = node.now_us();
        let planned = node.planned_at(&view, &release.request(), at_us).await.unwrap();
        assert_eq!(digest(&planned), release.digest, "what was approved would leave");
        assert!(!planned.plan.released.is_empty());
        Self { node, object: object.to_owned(), approved, drafted, kept, release, planned }
    }

    /// Sends what was planned as it was planned.
    pub(crate) async fn publish(self) -> Result<(), NodeError> {
        let leaving = Leaving {
            id: &self.approved,
            kept: Some(&self.kept),
            release: self.release,
            planned: self.planned,
            at_us: self.node.now_us(),
            first: Vec::new(),
            more: Vec::new(),
            in_place: Default::default(),
        };
        self.node.publish_release(&liaison(), leaving).await.map(|_| ())
    }

    /// Looks that nothing leaves: what was planned, what was approved, what was drafted.
    async fn stays(self) {
        let (node, object) = (self.node, self.object.clone());
        let (approved, drafted) = (self.approved.clone(), self.drafted.clone());
        let planned = self.publish().await.unwrap_err();
        let fits = matches!(planned, NodeError::Changed { .. } | NodeError::State { .. });
        assert!(fits, "{planned:?}");
        let sent = node.release_send(&liaison(), &approved, SendWhen::Now).await;
        assert!(sent.is_err(), "what was approved before is not sent: {sent:?}");
        let approval = node.release_approve(&approver(), &drafted, false).await;
        assert!(approval.is_err(), "what was drafted before is not approved: {approval:?}");
        let twins = node.store.twins_of(&object).await.unwrap();
        assert!(twins.iter().all(|twin| twin.original != object), "nothing left");
    }
}

#[tokio::test]
async fn what_nothing_changed_about_is_sent() {
    let (trio, agreement) = case().await;
    let (ec, us) = (&trio.nodes[0], &trio.nodes[1]);
    Ready::new(ec, &agreement, us, INDICATOR).await.publish().await.unwrap();
    assert_eq!(ec.store.twins_of(INDICATOR).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_planned_before_a_suspension_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let ready = Ready::new(&trio.nodes[0], &agreement, &trio.nodes[1], INDICATOR).await;
    trio.nodes[0].agreement_suspend(&approver(), &agreement, Words::default()).await.unwrap();
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_a_silent_suspension_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let ready = Ready::new(&trio.nodes[0], &agreement, &trio.nodes[1], INDICATOR).await;
    trio.nodes[0].agreement_suspend_silently(&approver(), &agreement, None).await.unwrap();
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_a_partner_suspends_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let ready = Ready::new(&trio.nodes[0], &agreement, &trio.nodes[1], INDICATOR).await;
    trio.nodes[2].agreement_suspend(&approver(), &agreement, Words::default()).await.unwrap();
    trio.share().await;
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_an_amendment_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let amendment =
        TERMS.replace("[agreement]\n", "[agreement]\namends = { released = \"keep\" }\n");
    let draft = trio.draft(&amendment).await;
    let next = trio.nodes[0].agreement_amend(&approver(), &agreement, &draft, "b.toml").await;
    let next = next.unwrap().id;
    trio.share().await;
    trio.nodes[1].agreement_sign(&approver(), &next).await.unwrap();
    trio.nodes[2].agreement_sign(&approver(), &next).await.unwrap();
    let ready = Ready::new(&trio.nodes[0], &agreement, &trio.nodes[1], INDICATOR).await;
    // The last signatures arrive.
    trio.share().await;
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_an_agreement_ends_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let ready = Ready::new(&trio.nodes[0], &agreement, &trio.nodes[1], INDICATOR).await;
    // 2035-01-02: time alone ends it.
    trio.clock.0.store(2_051_308_800_000_000, Ordering::Relaxed);
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_a_termination_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let ready = Ready::new(&trio.nodes[0], &agreement, &trio.nodes[1], INDICATOR).await;
    trio.nodes[0].agreement_terminate(&approver(), &agreement, Words::default()).await.unwrap();
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_a_partners_keys_are_revoked_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let ready = Ready::new(&trio.nodes[0], &agreement, &trio.nodes[1], INDICATOR).await;
    trio.nodes[0].partner_revoke(&Actor::console(), "US").await.unwrap();
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_a_unit_lost_its_vetting_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let (ec, us) = (&trio.nodes[0], &trio.nodes[1]);
    let ready = Ready::new(ec, &agreement, us, INDICATOR).await;
    let (console, failed) = (Actor::console(), VettingResult::Failed);
    ec.partner_vet(&console, us.key_id(), "Office", "2026-06-01", failed, &[]).await.unwrap();
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_a_hold_is_placed_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let ready = Ready::new(&trio.nodes[0], &agreement, &trio.nodes[1], INDICATOR).await;
    let set = ["a", "b", "c", "d"].map(|n| format!("location--{n}")).into_iter();
    let set = set.chain([INDICATOR.to_owned()]).collect();
    trio.nodes[0].hold_writes(&liaison(), set).await.unwrap();
    ready.stays().await;
}

#[tokio::test]
async fn what_was_planned_before_a_consent_is_withdrawn_is_not_sent_after_it() {
    let (trio, agreement) = case().await;
    let [ec, us, nl] = &trio.nodes[..] else { panic!("three") };
    let console = Actor::console();
    let first = Ready::new(ec, &agreement, us, INDICATOR).await;
    let id = first.approved.clone();
    first.publish().await.unwrap();
    let file = ec.release_file(&liaison(), &id).await.unwrap();
    us.inbox_bundle(&console, "file", &file.bytes).await.unwrap();
    for record in us.inbox_pending(&liaison()).await.unwrap() {
        us.inbox_accept(&liaison(), &record).await.unwrap();
    }
    let twin = ec.store.twins_of(INDICATOR).await.unwrap().swap_remove(0).twin;
    let grant = NewConsent {
        agreement: Some(agreement.clone()),
        partner: Some("US".into()),
        kind: "onward".into(),
        ids: vec![INDICATOR.into()],
        to: "NL".into(),
        purpose: PURPOSE.into(),
        until: "2027-01-01".into(),
        ..NewConsent::default()
    };
    let consent = ec.consent_grant(&liaison(), &grant).await.unwrap();
    trio.share().await;
    let ready = Ready::new(us, &agreement, nl, &twin).await;
    ec.consent_withdraw(&liaison(), &consent, None).await.unwrap();
    trio.share().await;
    ready.stays().await;
}
