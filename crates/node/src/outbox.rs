//! Messages to partners: written with the act they tell of, sent until they are taken.

use std::collections::HashSet;

use bytes::Bytes;
use enlace_keys::{NodeKeys, SignedObject};
use enlace_policy::Agreement;
use enlace_policy::roles::{Action, Role};
use enlace_release::Released;
use enlace_stix::Object;
use enlace_store::{Batch, Guard, OWN, ObjectState, Record, RecordQuery, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::expiry::finished;
use crate::ledger_log::Act;
use crate::paper;
use crate::record::{self, Bucket};
use crate::request::request_refusals;
use crate::{Actor, Node, NodeError, clock};

/// First pause after a failure; doubled with each further one.
const PAUSE_US: i64 = 15 * 1_000_000;
pub(crate) const LONGEST_PAUSE_US: i64 = 3600 * 1_000_000;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) partner: String,
    pub(crate) objects: Vec<SignedObject>,
    attempts: u32,
    problem: String,
    /// About our own keys: goes before all others, by the certificate that the partner knows.
    #[serde(default)]
    pub(crate) notice: bool,
}

/// How long a partner asks us to wait.
pub(crate) fn asked_us(error: &NodeError) -> i64 {
    match error {
        NodeError::Busy { retry_after_s, .. } => i64::from(*retry_after_s) * 1_000_000,
        _ => 0,
    }
}

/// What a round of sending did.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct Sent {
    /// Messages that the partner took.
    pub delivered: usize,
    /// Messages that wait for another try.
    pub waiting: usize,
}

/// Whether a message says something about an agreement and nothing else.
fn is_paper(signed: &SignedObject) -> bool {
    let kind = signed.object.get("type").and_then(Value::as_str);
    kind.is_some_and(|kind| paper::ABOUT.contains(&kind))
}

impl Node {
    /// The write that queues papers for a partner, each signed.
    pub(crate) fn message(&self, partner: &str, papers: &[Released]) -> Result<Write, NodeError> {
        let mut objects = Vec::with_capacity(papers.len());
        for paper in papers {
            let object: Value = serde_json::from_str(paper.bytes())
                .map_err(|_| NodeError::Internal("released paper"))?;
            objects.push(self.keys.envelope(object));
        }
        self.queued(partner, objects, false)
    }

    /// The write that queues signed objects.
    pub(crate) fn queued(
        &self,
        partner: &str,
        objects: Vec<SignedObject>,
        notice: bool,
    ) -> Result<Write, NodeError> {
        let (partner, problem) = (partner.to_owned(), String::new());
        let message = Message { partner, objects, attempts: 0, problem, notice };
        let now = self.now_us();
        let key = format!("{now:020}-{}", clock::new_uuid()?);
        record::put(Bucket::OUTBOX, &key, &message, Some(now))
    }

    /// Lets a paper of an agreement out to one of its parties, through the one exit.
    pub(crate) fn paper(
        &self,
        object: &Object,
        agreement: &Agreement,
        partner: &str,
    ) -> Result<Released, NodeError> {
        enlace_release::paper(object, agreement, partner).map_err(|e| {
            let expected = "a paper of an agreement with this partner";
            NodeError::input("release.paper", e.to_string(), object.id().as_str(), expected)
        })
    }

    /// Keeps a paper of ours and queues it for a partner.
    pub(crate) fn own_message(
        &self,
        partner: &str,
        agreement: &Agreement,
        object: &Object,
    ) -> Result<[Write; 2], NodeError> {
        let row = self.new_object(object, OWN, "this node", ObjectState::Held);
        let paper = self.paper(object, agreement, partner)?;
        Ok([Write::Object(Box::new(row)), self.message(partner, &[paper])?])
    }

    /// Sends what is due, to all partners or one.
    pub async fn deliver(&self, actor: &Actor, partner: Option<&str>) -> Result<Sent, NodeError> {
        actor.require(Action::Sync)?;
        let mut sent = Sent::default();
        let mut silent = HashSet::new();
        let now = self.now_us();
        let query = RecordQuery {
            bucket: Bucket::OUTBOX,
            // A named partner was asked for by a person: waiting pauses do not count.
            due_before_us: Some(if partner.is_some() { i64::MAX } else { now }),
            limit: 1000,
            ..RecordQuery::default()
        };
        let mut due = Vec::new();
        for found in self.store.records(query).await? {
            let message: Message = record::read(&found)?;
            due.push((found, message));
        }
        // Until a partner has read which keys are ours it takes nothing else.
        due.sort_by_key(|(_, message)| !message.notice);
        for (found, message) in due {
            let other = partner.is_some_and(|p| p != message.partner);
            let rests = self.resting.has(&message.partner);
            if other || rests || silent.contains(&message.partner) {
                continue;
            }
            match self.try_to_send(&message).await {
                Ok(answer) => {
                    sent.delivered += 1;
                    let mut writes = request_refusals(&message.objects, &answer)?;
                    writes.push(Write::Delete { bucket: Bucket::OUTBOX, key: found.key });
                    self.store.commit(Batch { guards: vec![], writes }).await?;
                }
                Err(error) => {
                    sent.waiting += 1;
                    // One that does not answer now must not keep the others waiting.
                    silent.insert(message.partner.clone());
                    self.put_off(&found, message, &error, now).await?;
                }
            }
        }
        Ok(sent)
    }

    /// Keeps a message for another try; not what was carried, or taken back with its partner's keys,
    /// while it was being sent.
    async fn put_off(
        &self,
        found: &Record,
        mut message: Message,
        error: &NodeError,
        now: i64,
    ) -> Result<(), NodeError> {
        let pause = (PAUSE_US << message.attempts.min(8)).max(asked_us(error));
        message.attempts += 1;
        message.problem = error.to_string();
        let due = now + pause.min(LONGEST_PAUSE_US);
        let again = record::put(Bucket::OUTBOX, &found.key, &message, Some(due))?;
        let guards = vec![record::unchanged(Bucket::OUTBOX, found)];
        finished(self.store.commit(Batch { guards, writes: vec![again] }).await)?;
        Ok(())
    }

    /// What waits for a partner, in clear, as the text of a file that `agreement import` reads: our
    /// own papers about agreements, and what other parties of agreements with it sent us for all.
    ///
    /// Messages with content (warnings, consents, answers) go into files that are encrypted to the
    /// partner; in clear only the console gets them, which owns the disk that they lie on. What was
    /// taken along is logged before it is answered; where nothing is, there is nothing to log.
    ///
    /// # Errors
    /// A partner that was cut off, or whose channel rests.
    pub async fn outbox_file(&self, actor: &Actor, partner: &str) -> Result<String, NodeError> {
        actor.require(Action::Sync)?;
        let (key_id, found) = self.partner_named(partner).await?;
        self.check_not_resting(&key_id, &found.name)?;
        let pinned = self.as_it_is(Bucket::PARTNER, &key_id).await?;
        self.refuse_cut_off(&key_id).await?;
        let mut objects = self.papers_for(&key_id).await?;
        let (mut messages, all) = (0, actor.role() == Role::Console);
        for (_, message) in self.waiting(&key_id).await? {
            if all || message.objects.iter().all(is_paper) {
                messages += 1;
                objects.extend(message.objects);
            }
        }
        self.log_carried(actor, &key_id, (messages, objects.len()), pinned).await?;
        Ok(json!({ "objects": objects }).to_string())
    }

    /// Logs what a file in clear takes along; `pinned`: what it was gathered on.
    async fn log_carried(
        &self,
        actor: &Actor,
        key_id: &str,
        (messages, objects): (usize, usize),
        pinned: Guard,
    ) -> Result<(), NodeError> {
        if objects == 0 {
            return Ok(());
        }
        let act = Act::new("carried").by(actor).field("partner", key_id);
        let act = act.field("clear", true).field("messages", messages).field("objects", objects);
        let writes = vec![self.node_leaf(act)?];
        self.store.commit(Batch { guards: vec![pinned], writes }).await?;
        Ok(())
    }

    /// The messages that wait for a partner, oldest first, by their keys.
    pub(crate) async fn waiting(&self, key_id: &str) -> Result<Vec<(String, Message)>, NodeError> {
        let query = RecordQuery { bucket: Bucket::OUTBOX, limit: 10_000, ..RecordQuery::default() };
        let mut waiting = Vec::new();
        for found in self.store.records(query).await? {
            let message: Message = record::read(&found)?;
            if message.partner == key_id {
                waiting.push((found.key, message));
            }
        }
        Ok(waiting)
    }

    /// The writes that sign every waiting message anew, with other keys; notices stay as they are.
    pub(crate) async fn signed_anew(&self, keys: &NodeKeys) -> Result<Vec<Write>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::OUTBOX, limit: 100_000, ..RecordQuery::default() };
        let mut writes = Vec::new();
        for found in self.store.records(query).await? {
            let mut message: Message = record::read(&found)?;
            if message.notice {
                continue;
            }
            let objects = std::mem::take(&mut message.objects);
            message.objects = objects.into_iter().map(|o| keys.envelope(o.object)).collect();
            writes.push(record::put(Bucket::OUTBOX, &found.key, &message, found.due_us)?);
        }
        Ok(writes)
    }

    /// Sends a message; what the partner says of its objects.
    async fn try_to_send(&self, message: &Message) -> Result<Bytes, NodeError> {
        let partner = self.partner(&message.partner).await?.filter(|p| !p.revoked);
        let partner = partner.ok_or_else(|| NodeError::not_found("partner", &message.partner))?;
        let wire = if message.notice { self.notice_wire(&partner)? } else { self.wire(&partner)? };
        let body = json!({ "objects": message.objects }).to_string();
        let answer = wire.post("/enlace/v1/inbox", body.into()).await?;
        if answer.status.is_success() {
            Ok(answer.body)
        } else {
            Err(wire.fault(format!("inbox answered {}", answer.status)))
        }
    }
}

#[cfg(test)]
mod tests;
