//! What a partner sends about requests, and what follows without anybody: receipts, limits that
//! pass, the one outward answer at its hour.

use enlace_keys::SignedObject;
use enlace_request::clock::Standing;
use enlace_request::event::{Event, MOST_EVENTS};
use enlace_request::state::{Kind, Side, Step};
use enlace_stix::Object;
use enlace_store::{Batch, Record, RecordQuery, StoreError, Write};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Held;
use super::alert::Told;
use super::reading::MOST_WAITING;
use crate::ledger_log::Act;
use crate::party_key::time_of;
use crate::record::{self, Bucket};
use crate::{Node, NodeError};

/// How far ahead of ours a partner's clock may be: ten minutes, and the way.
pub(crate) const AHEAD_US: i64 = 15 * 60 * 1_000_000;
/// Longest request or step that is taken, in bytes.
const LONGEST: usize = 256 << 10;
/// From this step on the node gives no receipts: the partner could use up our steps with its own, and
/// the answer would have no place.
const RECEIPTS: u64 = MOST_EVENTS * 9 / 10;
/// Most requests that one round looks at.
const MOST: usize = 1_000;

/// The writes that keep which requests and steps of a message the partner refused, as it answered.
pub(crate) fn request_refusals(
    sent: &[SignedObject],
    answer: &[u8],
) -> Result<Vec<Write>, NodeError> {
    let Ok(answer) = serde_json::from_slice::<Answered>(answer) else { return Ok(Vec::new()) };
    let mut writes = Vec::new();
    for refused in answer.objects.iter().filter(|one| one.status == "refused") {
        let text = |object: &Value, name: &str| {
            object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let is_it = |one: &&SignedObject| text(&one.object, "id") == refused.id;
        let Some(paper) = sent.iter().find(is_it) else { continue };
        let request = match text(&paper.object, "type").as_str() {
            "request" if text(&paper.object, "kind") != "consent" => refused.id.clone(),
            "request-event" => text(&paper.object, "request_ref"),
            _ => continue,
        };
        // A code of ours, whatever a partner writes.
        let is_code = |c: &char| c.is_ascii_lowercase() || matches!(c, '.' | '-');
        let rule: String = refused.rule.chars().filter(is_code).take(100).collect();
        let key = format!("{request}/{}", refused.id);
        writes.push(record::put(Bucket::REQUEST_REFUSED, &key, &rule, None)?);
    }
    Ok(writes)
}

#[derive(Deserialize)]
struct Answered {
    objects: Vec<AnsweredOne>,
}

#[derive(Deserialize)]
struct AnsweredOne {
    id: String,
    status: String,
    #[serde(default)]
    rule: String,
}

fn same_place(one: &Event, other: &Event) -> bool {
    (one.side, one.sequence) == (other.side, other.sequence)
}

impl Node {
    /// The rule that a request of a partner breaks. Depends on nothing but the request, the clock
    /// and the agreements between us.
    pub(crate) async fn request_out_of_place(
        &self,
        partner: &str,
        request: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        if let Some(rule) = self.unfit(partner, request).await? {
            return Ok(Some(rule));
        }
        let kind = request.text("kind").and_then(Kind::from_name);
        let to_us = request.text("asked_of_ref") == Some(self.me.identity_id.as_str());
        let by_it = request.text("asked_by_ref") == request.text("created_by_ref");
        if kind.is_none() || !to_us || !by_it {
            return Ok(Some("exchange.out-of-place"));
        }
        let about = request.text("agreement_ref").unwrap_or_default();
        let standing = self.agreement_with_id(about).await?;
        let fits = standing.is_some_and(|s| s.agreement.party(partner).is_some());
        Ok(if fits { None } else { Some("exchange.out-of-place") })
    }

    /// The rule that a step of a partner breaks. One whose request is not known, or that waits for
    /// others, is kept: papers may come in any order.
    pub(crate) async fn step_out_of_place(
        &self,
        partner: &str,
        step: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        if let Some(rule) = self.unfit(partner, step).await? {
            return Ok(Some(rule));
        }
        let event = match Event::read(step) {
            Ok(event) => event,
            Err(error) => return Ok(Some(error.rule())),
        };
        if event.occurred_us > self.now_us().saturating_add(AHEAD_US) {
            return Ok(Some("exchange.future-dated"));
        }
        let extends = matches!(event.step, Step::AwaitingAuthorisation | Step::Extended);
        if extends && step.text("extension_reason").is_none_or(|why| why.trim().is_empty()) {
            return Ok(Some("request.step.no-reason"));
        }
        let held = match self.request_held(&event.request).await {
            Ok(held) if held.partner == partner => held,
            Ok(_) | Err(NodeError::NotFound { .. }) => {
                // Another's thread, or none yet: of what waits there is only so much.
                let rows = self.steps_about(&event.request).await?;
                let theirs = rows.iter().filter(|row| row.channel == partner);
                let (known, others): (Vec<_>, Vec<_>) = theirs.partition(|row| row.id == event.id);
                let full = known.is_empty() && others.len() >= MOST_WAITING;
                return Ok(full.then_some("request.step.too-many"));
            }
            Err(error) => return Err(error),
        };
        if held.steps.iter().any(|(known, _)| known.id() == step.id()) {
            return Ok(None);
        }
        if held.thread.waiting.iter().any(|other| same_place(other, &event)) {
            return Ok(Some("request.thread.forked"));
        }
        let id = event.id.clone();
        let thread = held.with(event);
        if let Some(fault) = thread.faults.iter().find(|fault| fault.event == id) {
            return Ok(Some(fault.kind.rule()));
        }
        let waits = thread.waiting.iter().any(|event| event.id == id);
        let full = waits && thread.waiting.len() > MOST_WAITING;
        Ok(full.then_some("request.step.too-many"))
    }

    pub(crate) async fn unfit(
        &self,
        partner: &str,
        paper: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        if paper.raw().len() > LONGEST {
            return Ok(Some("exchange.paper-too-long"));
        }
        // What was said once stands: another word is another step.
        let held = self.store.object(paper.id().as_str(), Some(partner)).await?;
        if held.is_some_and(|row| row.version != paper.version()) || paper.revoked() {
            return Ok(Some("exchange.paper-changed"));
        }
        let ahead = time_of(paper).unwrap_or(i64::MAX) > self.now_us().saturating_add(AHEAD_US);
        Ok(ahead.then_some("exchange.future-dated"))
    }

    /// The write by which a request or step that arrived is looked at again.
    pub(crate) fn request_news(&self, paper: &Object) -> Result<Option<Write>, NodeError> {
        let id = match paper.kind() {
            "request" => Some(paper.id().as_str()),
            _ => paper.text("request_ref"),
        };
        id.map(|id| self.request_news_of(id)).transpose()
    }

    pub(super) fn request_news_of(&self, id: &str) -> Result<Write, NodeError> {
        let now = self.now_us();
        record::put(Bucket::REQUEST_NEWS, id, &now, Some(now))
    }

    /// Looks at requests whose threads changed and whose time came. What fails is tried again in
    /// the next round and keeps nothing else.
    pub(crate) async fn settle_requests(&self) {
        let now = self.now_us();
        // A receipt of ours is news of its own: twice, so that its limit stands at once.
        for bucket in [
            Bucket::REQUEST_NEWS,
            Bucket::REQUEST_NEWS,
            Bucket::REQUEST_NOTHING,
            // That it nears and that it has passed: a node that was down tells both.
            Bucket::REQUEST_LIMIT,
            Bucket::REQUEST_LIMIT,
        ] {
            let query = RecordQuery {
                bucket,
                due_before_us: Some(now.saturating_add(1)),
                limit: MOST,
                ..RecordQuery::default()
            };
            let found = match self.store.records(query).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(%error, "requests that changed");
                    return;
                }
            };
            for kept in found {
                let done = match bucket {
                    Bucket::REQUEST_NEWS => self.settle_news(&kept).await,
                    Bucket::REQUEST_NOTHING => self.settle_nothing(&kept).await,
                    _ => self.settle_limit(&kept).await,
                };
                if let Err(error) = done {
                    tracing::error!(code = error.code(), request = kept.key, "a request");
                }
            }
        }
    }

    async fn settle_news(&self, kept: &Record) -> Result<(), NodeError> {
        let mut writes =
            vec![Write::Delete { bucket: Bucket::REQUEST_NEWS, key: kept.key.clone() }];
        match self.request_held(&kept.key).await {
            Ok(held) => {
                // While the channel rests nothing is said; the news waits.
                if self.resting.has(&held.partner) {
                    return Ok(());
                }
                let said = held.thread.chain(held.side).len() as u64;
                if held.thread.owes_receipt(held.side) && said < RECEIPTS {
                    // The news stays until the receipt is written.
                    let told = self.told_of_arrival(&held)?;
                    return self.take_step(None, &held, Step::Delivered, Map::new(), told).await;
                }
                writes.push(self.limit_write(&held).await?);
            }
            // Its request, or the agreement, has not come yet: that will be news.
            Err(NodeError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        self.settled(Bucket::REQUEST_NEWS, kept, writes).await
    }

    /// The write that wakes us when a limit nears or ends, or no longer does.
    async fn limit_write(&self, held: &Held) -> Result<Write, NodeError> {
        let key = held.object.id().as_str();
        match self.limit_wakes_at(held).await? {
            Some(at) => record::put(Bucket::REQUEST_LIMIT, key, &at, Some(at)),
            None => Ok(Write::Delete { bucket: Bucket::REQUEST_LIMIT, key: key.to_owned() }),
        }
    }

    async fn settle_limit(&self, kept: &Record) -> Result<(), NodeError> {
        let mut writes =
            vec![Write::Delete { bucket: Bucket::REQUEST_LIMIT, key: kept.key.clone() }];
        let held = match self.request_held(&kept.key).await {
            Ok(held) => held,
            Err(NodeError::NotFound { .. }) => {
                return self.settled(Bucket::REQUEST_LIMIT, kept, writes).await;
            }
            Err(error) => return Err(error),
        };
        match held.thread.clock.standing(self.now_us()) {
            Standing::Overdue(_) => {
                let act = Act::new("request-overdue").field("request", kept.key.as_str());
                let act = act.field("partner", held.partner.as_str());
                writes.push(self.node_leaf(act.field("side", held.side.name()))?);
                writes.push(self.alert_write(Told::Passed, &held)?);
            }
            Standing::Running(_) => match self.told_of_nearing(&held).await? {
                Some(told) => {
                    let due = held.thread.clock.due_us;
                    writes = vec![told, record::put(Bucket::REQUEST_LIMIT, &kept.key, &due, due)?];
                }
                None => writes.push(self.limit_write(&held).await?),
            },
            _ => writes.push(self.limit_write(&held).await?),
        }
        self.settled(Bucket::REQUEST_LIMIT, kept, writes).await
    }

    /// When *nothing* is said outward, if that is still to come.
    pub(super) fn hour_of_nothing(&self, held: &Held) -> Option<i64> {
        let after = super::nothing_after_us(&held.standing.agreement)?;
        let at = held.thread.clock.started_us?.saturating_add(after);
        (at > self.now_us()).then_some(at)
    }

    /// Keeps *nothing* until its hour: held or not, refused or not, it is said at the same time.
    pub(super) async fn nothing_later(
        &self,
        held: &Held,
        at_us: i64,
        mut writes: Vec<Write>,
    ) -> Result<(), NodeError> {
        let id = held.object.id().as_str();
        if !held.thread.possible(held.side).contains(&Step::NothingProvided) {
            let expected = "a request that is still to be answered";
            return Err(NodeError::state("the request", "answered", expected));
        }
        let kept = self.store.record(Bucket::REQUEST_OWN, id).await?;
        let count: u64 = kept.as_ref().map(record::read).transpose()?.unwrap_or(0);
        if count != held.thread.chain(held.side).len() as u64 {
            return Err(NodeError::Changed { what: "the request went on meanwhile".to_owned() });
        }
        writes.push(record::put(Bucket::REQUEST_NOTHING, id, &(), Some(at_us))?);
        let guards = vec![record::as_read(Bucket::REQUEST_OWN, id, kept.as_ref())];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    async fn settle_nothing(&self, kept: &Record) -> Result<(), NodeError> {
        let held = self.request_held(&kept.key).await?;
        if self.resting.has(&held.partner) {
            return Ok(());
        }
        let open = held.side == Side::Asked
            && held.thread.possible(Side::Asked).contains(&Step::NothingProvided);
        // A step without words: said too while the agreement rests.
        if open {
            self.take_step(None, &held, Step::NothingProvided, Map::new(), vec![]).await?;
        }
        let done = Write::Delete { bucket: Bucket::REQUEST_NOTHING, key: kept.key.clone() };
        self.settled(Bucket::REQUEST_NOTHING, kept, vec![done]).await
    }

    async fn settled(
        &self,
        bucket: &'static str,
        kept: &Record,
        writes: Vec<Write>,
    ) -> Result<(), NodeError> {
        let guards = vec![record::unchanged(bucket, kept)];
        match self.store.commit(Batch { guards, writes }).await {
            // Something new came meanwhile: the next round looks at it.
            Ok(_) | Err(StoreError::Guard { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
