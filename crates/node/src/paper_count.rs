//! How many papers one partner has us keep: of each kind in a day, and about each thing of ours
//! that a paper answers.
//!
//! Depends on nothing but what this partner sent. What stops something, withdraws something or warns
//! of danger to life is always taken.

use enlace_stix::Object;
use enlace_store::{Guard, Write};

use crate::record::{self, Bucket};
use crate::review::DAY_US;
use crate::{Node, NodeError, clock};

/// Most papers of one kind that are kept from one partner in a day (UTC), refused versions that are
/// set aside among them.
pub(crate) const A_DAY: u32 = 2_000;
/// Most answers of a partner that are kept about one release, or about one recalled object.
const ABOUT_ONE: u32 = 50;
/// Longest answer about a release or a recall, in bytes: a release has at most 10,000 objects.
const LONGEST: usize = 4 << 20;

/// Kinds that are counted by day. A day of recalls brings as many answers as objects.
const BY_DAY: &[&str] = &[
    "agreement",
    "agreement-signature",
    "commitment",
    "case-event",
    "danger-notice",
    "receipt",
    "request",
    "request-event",
];

/// What keeps count of a paper, or the rule by which it is not kept.
pub(crate) type Counted = Result<(Vec<Guard>, Vec<Write>), &'static str>;

impl Node {
    /// Counts a paper that would be kept; `aside`: a version that would be set aside.
    pub(crate) async fn count_paper(
        &self,
        partner: &str,
        object: &Object,
        aside: bool,
    ) -> Result<Counted, NodeError> {
        let kind = if aside { "aside" } else { object.kind() };
        let (mut guards, mut writes) = (Vec::new(), Vec::new());
        if let Some(about) = answered(object).filter(|_| !aside) {
            if object.raw().len() > LONGEST {
                return Ok(Err("exchange.paper-too-long"));
            }
            let key = format!("about/{partner}/{kind}/{about}");
            match self.one_more(key, ABOUT_ONE, None).await? {
                Some(counted) => (guards.push(counted.0), writes.push(counted.1)),
                None => return Ok(Err("exchange.answered-enough")),
            };
        }
        if aside || BY_DAY.contains(&kind) {
            let now_us = self.now_us();
            let today = clock::day(now_us);
            let key = format!("day/{partner}/{kind}/{today}");
            match self.one_more(key, A_DAY, Some(now_us.saturating_add(2 * DAY_US))).await? {
                Some(counted) => (guards.push(counted.0), writes.push(counted.1)),
                None => return Ok(Err("exchange.too-many-today")),
            };
        }
        Ok(Ok((guards, writes)))
    }

    /// Raises a count; `None` if it has reached its most.
    async fn one_more(
        &self,
        key: String,
        most: u32,
        due_us: Option<i64>,
    ) -> Result<Option<(Guard, Write)>, NodeError> {
        let kept = self.store.record(Bucket::PAPER_COUNT, &key).await?;
        let count: u32 = kept.as_ref().map(record::read).transpose()?.unwrap_or(0);
        if count >= most {
            return Ok(None);
        }
        let write = record::put(Bucket::PAPER_COUNT, &key, &(count + 1), due_us)?;
        Ok(Some((record::as_read(Bucket::PAPER_COUNT, &key, kept.as_ref()), write)))
    }
}

/// The thing of ours that a paper answers.
fn answered(object: &Object) -> Option<&str> {
    match object.kind() {
        "receipt" => object.text("record_ref"),
        "recall-answer" => object.text("object_ref"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use enlace_store::Batch;

    use super::*;
    use crate::standing::tests::Trio;

    fn receipt(node: &Node, record: &str) -> Object {
        let mut view = node.own_object("receipt").unwrap();
        view.insert("record_ref".into(), record.into());
        Object::from_view(view).unwrap()
    }

    /// Keeps count as if the paper was kept, `times` times; the rule that it broke at last.
    async fn counted(node: &Node, paper: &Object, times: u32) -> Option<&'static str> {
        let mut rule = None;
        for _ in 0..times {
            match node.count_paper("us", paper, false).await.unwrap() {
                Ok((guards, writes)) if !writes.is_empty() => {
                    node.store.commit(Batch { guards, writes }).await.unwrap();
                }
                Ok(_) => {}
                Err(broken) => rule = Some(broken),
            }
        }
        rule
    }

    #[tokio::test]
    async fn receipts_are_kept_up_to_a_bound_for_each_release_and_each_day() {
        let trio = Trio::new().await;
        let node = &trio.nodes[0];
        let (one, other) = (receipt(node, "one"), receipt(node, "other"));
        assert_eq!(counted(node, &one, ABOUT_ONE).await, None);
        assert_eq!(counted(node, &one, 1).await, Some("exchange.answered-enough"));
        assert_eq!(counted(node, &other, 1).await, None, "of another release");

        let today: String = clock::text(node.now_us()).chars().take(10).collect();
        let full = format!("day/us/receipt/{today}");
        let write = record::put(Bucket::PAPER_COUNT, &full, &A_DAY, None).unwrap();
        node.store.commit(Batch { guards: vec![], writes: vec![write] }).await.unwrap();
        assert_eq!(counted(node, &other, 1).await, Some("exchange.too-many-today"));
        assert!(node.count_paper("nl", &other, false).await.unwrap().is_ok(), "another partner");
        trio.clock.0.fetch_add(DAY_US, Ordering::Relaxed);
        assert_eq!(counted(node, &other, 1).await, None, "the day after");
        assert_eq!(counted(node, &one, 1).await, Some("exchange.answered-enough"), "for good");
    }

    #[tokio::test]
    async fn what_stops_withdraws_or_warns_is_never_counted_away() {
        let trio = Trio::new().await;
        let node = &trio.nodes[0];
        for kind in ["agreement-state", "consent", "danger-to-life"] {
            let paper = Object::from_view(node.own_object(kind).unwrap()).unwrap();
            assert_eq!(counted(node, &paper, A_DAY + 1).await, None, "{kind}");
        }
    }

    #[tokio::test]
    async fn an_answer_longer_than_any_release_needs_is_not_kept() {
        let trio = Trio::new().await;
        let node = &trio.nodes[0];
        let mut view = receipt(node, "one").view().clone();
        view.insert("x".into(), "x".repeat(LONGEST).into());
        let long = Object::from_view(view).unwrap();
        assert_eq!(counted(node, &long, 1).await, Some("exchange.paper-too-long"));
    }
}
