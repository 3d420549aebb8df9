//! A run that gives: our own collection to another server of ours, or what a partner may fetch to a
//! server of that partner. Where it stands moves only behind what the server has taken.

use std::sync::Arc;

use enlace_store::{MemberQuery, VersionFilter};
use enlace_taxii::{Outcome, Push, Pushed, Query};
use serde_json::value::RawValue;

use super::round::{Progress, Turn};
use super::state::Sent;
use super::wire::{Found, Wire, fault};
use crate::hand_out::Reader;
use crate::ledger_log::Act;
use crate::{Node, NodeError, PartnerBackend};

/// Most objects of a step, and about how many bytes.
const STEP: usize = 500;
const STEP_BYTES: usize = 8 << 20;

impl Node {
    /// Gives what is in a plain collection, as the account that may read it.
    pub(super) async fn push_collection(
        &self,
        turn: &mut Turn,
        collection: &str,
        account: &str,
        told: Progress<'_>,
    ) -> Result<(), NodeError> {
        let wire = self.open_wire(&turn.name, &turn.feed)?;
        let found = self.find_collection(turn, &wire, true).await?;
        let longest = self.longest_body(turn, &wire, &found).await?;
        let mut push = Push::new(&wire, &found.root, &found.id, longest);
        loop {
            // A right that is taken ends with the next step.
            self.plain_right(account, collection, |grant| grant.read).await?;
            let ask = MemberQuery {
                collection: collection.to_owned(),
                after_seq: self.sent_until(turn),
                versions: vec![VersionFilter::All],
                limit: STEP.min(turn.feed.page),
                ..MemberQuery::default()
            };
            let page = self.store.bodies(ask, STEP_BYTES).await?;
            if page.count == 0 {
                break;
            }
            let key = (account, collection);
            self.tool_reads.note(key, page.count, page.seqs, self.now_us());
            let objects: Vec<Box<RawValue>> = serde_json::from_str(&format!("[{}]", page.text))
                .map_err(|_| NodeError::Internal("bodies of a collection"))?;
            turn.report.pages += 1;
            let pushed = push.send(&objects).await;
            let stopped = judge(turn, &objects, pushed);
            let until = stopped.is_none().then_some(page.seqs.1);
            self.keep_sent(turn, until, objects.len()).await?;
            told(&turn.report);
            if let Some(error) = stopped {
                return Err(error);
            }
            self.still_wanted(turn).await?;
        }
        self.tool_reads_logged().await?;
        Ok(())
    }

    /// Gives a partner what it would fetch from its own collection: the same pages through the same
    /// exit, logged before the first byte leaves.
    pub(super) async fn push_released(
        self: &Arc<Self>,
        turn: &mut Turn,
        lineage: &str,
        partner: &str,
        told: Progress<'_>,
    ) -> Result<(), NodeError> {
        self.proves_itself(&turn.feed)?;
        let own = self.collection_for(partner, lineage).await?;
        let (own, _) = own.ok_or_else(|| NodeError::not_found("collection of", partner))?;
        let wire = self.open_wire(&turn.name, &turn.feed)?;
        let found = self.find_collection(turn, &wire, true).await?;
        let longest = self.longest_body(turn, &wire, &found).await?;
        let mut push = Push::new(&wire, &found.root, &found.id, longest);
        let backend = PartnerBackend::new(Arc::clone(self));
        let reader = Reader::of(partner, Some(lineage));
        loop {
            let known = self.partner(partner).await?.filter(|known| !known.revoked);
            let known = known.ok_or_else(|| NodeError::not_found("partner", partner))?;
            self.check_not_resting(partner, &known.name)?;
            let mut query = Query::parse("match[version]=all", STEP.min(turn.feed.page))
                .map_err(|_| NodeError::Internal("query of a feed"))?;
            query.limit = STEP.min(turn.feed.page);
            query.cursor = self.sent_until(turn).map(|seq| self.cursor(partner, &own, seq));
            let page = backend.page_on_ground(&reader, &own, &query, None).await;
            let (page, ground) =
                page.map_err(|_| NodeError::not_found("collection of", partner))?;
            if page.items.is_empty() {
                return Ok(());
            }
            let mut objects = Vec::with_capacity(page.items.len());
            for (_, released) in &page.items {
                let raw = RawValue::from_string(released.bytes().to_owned());
                objects.push(raw.map_err(|_| NodeError::Internal("released object"))?);
            }
            if !self.still_stands(ground).await? {
                continue;
            }
            turn.report.pages += 1;
            let pushed = push.send(&objects).await;
            let done = pushed.outcomes.iter().take_while(|outcome| settled(outcome)).count();
            let stopped = judge(turn, &objects, pushed);
            let last = done.checked_sub(1).and_then(|at| page.items.get(at));
            self.keep_sent(turn, last.map(|(member, _)| member.seq), done).await?;
            told(&turn.report);
            if let Some(error) = stopped {
                return Err(error);
            }
            self.still_wanted(turn).await?;
        }
    }

    /// The longest request that the server says it takes.
    async fn longest_body(
        &self,
        turn: &Turn,
        wire: &Wire,
        found: &Found,
    ) -> Result<u64, NodeError> {
        let root = wire.api_root(&found.root).await.map_err(|e| fault(&turn.name, &e))?;
        Ok(root.max_content_length)
    }

    /// Up to which member everything was sent; nothing where the store was restored since.
    fn sent_until(&self, turn: &Turn) -> Option<i64> {
        let sent = turn.state.sent.as_ref()?;
        (sent.epoch == hex::encode(self.epoch_tag())).then_some(sent.seq)
    }

    /// Keeps up to where everything was sent, with its leaf.
    async fn keep_sent(
        &self,
        turn: &mut Turn,
        until: Option<i64>,
        objects: usize,
    ) -> Result<(), NodeError> {
        let Some(seq) = until else { return self.keep_turn(turn, Vec::new()).await };
        let act = Act::new("feed-sent").by(&turn.actor).field("feed", turn.name.as_str());
        let act = act.field("url", turn.feed.url.as_str()).field("objects", objects);
        let leaf = self.node_leaf(act.field("last_seq", seq))?;
        turn.state.sent = Some(Sent { seq, epoch: hex::encode(self.epoch_tag()) });
        self.keep_turn(turn, vec![leaf]).await
    }
}

/// Whether there is nothing more to do about an object.
fn settled(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Taken | Outcome::Known | Outcome::Refused(_) | Outcome::TooLarge(_))
}

/// Counts what became of a step; why the run cannot go on, if it cannot.
fn judge(turn: &mut Turn, objects: &[Box<RawValue>], pushed: Pushed) -> Option<NodeError> {
    let report = &mut turn.report;
    let mut unsettled = 0_usize;
    for (raw, outcome) in objects.iter().zip(&pushed.outcomes) {
        match outcome {
            Outcome::Taken => {
                report.new += 1;
                turn.state.objects += 1;
            }
            Outcome::Known => report.known += 1,
            Outcome::Refused(reason) => report.refuse(&id_of(raw), reason),
            Outcome::TooLarge(bytes) => {
                let reason = format!("longer than the server takes: {bytes} bytes");
                report.refuse(&id_of(raw), &reason);
            }
            _ => unsettled += 1,
        }
    }
    if let Some(error) = pushed.stopped {
        return Some(fault(&turn.name, &error));
    }
    (unsettled > 0).then(|| NodeError::Feed {
        feed: turn.name.clone(),
        code: "feed.unconfirmed",
        problem: format!(
            "the server did not say what became of {unsettled} objects: they are sent again"
        ),
        retry_after_s: 0,
    })
}

fn id_of(raw: &RawValue) -> String {
    enlace_stix::read::id_in(raw.get()).unwrap_or_default()
}
