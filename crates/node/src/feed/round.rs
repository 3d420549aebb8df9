//! Runs of feeds: one at a time each, whoever asks for it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use enlace_store::{Batch, Record, Write};

use super::health;
use super::state::{Beat, Fault, Running, State};
use super::{Course, Feed, FeedReport};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Longest text of an error that is kept.
const LONGEST: usize = 600;

/// Time between two signs of life.
const BEAT: Duration = Duration::from_secs(15);

/// A run under way, and where the feed stands.
pub(super) struct Turn {
    pub(super) name: String,
    pub(super) feed: Feed,
    /// As whom it acts.
    pub(super) actor: Actor,
    pub(super) state: State,
    pub(super) report: FeedReport,
    run: String,
    /// The state as it was kept last.
    kept: Record,
}

/// Told of each page of a run.
pub type Progress<'a> = &'a (dyn Fn(&FeedReport) + Send + Sync);

impl Node {
    /// Runs a feed now, whether it is due or not. `told` hears of each page.
    pub async fn feed_run(
        self: &Arc<Self>,
        actor: &Actor,
        name: &str,
        told: Progress<'_>,
    ) -> Result<FeedReport, NodeError> {
        if self.feed_of(actor, name).await?.paused {
            let expected = "first let it go on: `enlace feed resume NAME`";
            return Err(NodeError::state(name, "paused", expected));
        }
        self.run_feed(name, told).await
    }

    /// Names of the feeds that are due. For the process on duty.
    pub async fn feeds_due(&self) -> Result<Vec<String>, NodeError> {
        let now = self.now_us();
        let due = |(name, feed, state): (String, Feed, State)| {
            let rests = match &feed.course {
                Course::Agreement { partner, .. } => self.resting.has(partner),
                _ => false,
            };
            (!feed.paused && !rests && health::is_due(&state, now)).then_some(name)
        };
        Ok(self.feeds().await?.into_iter().filter_map(due).collect())
    }

    /// Runs a feed that is due.
    pub async fn feed_round(self: &Arc<Self>, name: &str) -> Result<FeedReport, NodeError> {
        self.run_feed(name, &|_| ()).await
    }

    async fn run_feed(
        self: &Arc<Self>,
        name: &str,
        told: Progress<'_>,
    ) -> Result<FeedReport, NodeError> {
        let mut turn = self.begin_run(name).await?;
        let run = turn.run.clone();
        let done = tokio::select! {
            done = self.run_through(&mut turn, told) => done,
            never = self.stay_alive(name, &run) => match never {},
        };
        self.end_run(turn, done).await
    }

    /// Says that the feed runs; refused while another run of it moves.
    pub(super) async fn begin_run(&self, name: &str) -> Result<Turn, NodeError> {
        let feed = self.feed_named(name).await?;
        let kept = self.store.record(Bucket::FEED_STATE, name).await?;
        let kept = kept.ok_or_else(|| NodeError::not_found("feed", name))?;
        let beat = self.store.record(Bucket::FEED_BEAT, name).await?;
        let beat = beat.as_ref().map(record::read).transpose()?;
        let state: State = record::read(&kept)?;
        let mut state = state.with_beat(beat);
        let now = self.now_us();
        if health::is_running(&state, now) {
            let expected = "it is done there (`enlace feed list`); where that process died, try \
                            again in a minute";
            return Err(NodeError::state(name, "being run by another process", expected));
        }
        let run = clock::new_uuid()?.to_string();
        state.running = Some(Running { run: run.clone(), alive_us: now });
        state.tried_us = now;
        // Until the run has found who it acts as.
        let actor = Actor::console();
        let report = FeedReport { feed: name.to_owned(), ..FeedReport::default() };
        let alive = self.beat(name, &run)?;
        let mut turn = Turn { name: name.to_owned(), feed, actor, state, report, run, kept };
        self.keep_turn(&mut turn, vec![alive]).await?;
        Ok(turn)
    }

    /// The write of a sign of life.
    fn beat(&self, name: &str, run: &str) -> Result<Write, NodeError> {
        let beat = Beat { run: run.to_owned(), at_us: self.now_us() };
        record::put(Bucket::FEED_BEAT, name, &beat, None)
    }

    /// Gives signs of life until it is dropped.
    async fn stay_alive(&self, name: &str, run: &str) -> Infallible {
        loop {
            tokio::time::sleep(BEAT).await;
            let Ok(alive) = self.beat(name, run) else { continue };
            // One that is missed is made good by the next.
            let _ = self.store.commit(Batch { guards: vec![], writes: vec![alive] }).await;
        }
    }

    async fn run_through(
        self: &Arc<Self>,
        turn: &mut Turn,
        told: Progress<'_>,
    ) -> Result<(), NodeError> {
        turn.actor = self.owner_of(&turn.name, &turn.feed).await?;
        // A partner may have been added since.
        self.refuse_partner_url(&turn.feed.url).await?;
        match turn.feed.course.clone() {
            Course::Import { .. } | Course::Into { .. } => self.pull_feed(turn, told).await,
            Course::From { collection, account } => {
                self.push_collection(turn, &collection, &account, told).await
            }
            Course::Agreement { lineage, partner } => {
                self.push_released(turn, &lineage, &partner, told).await
            }
        }
    }

    /// Keeps where the feed stands, with the writes of a step, if nobody else did meanwhile.
    pub(super) async fn keep_turn(
        &self,
        turn: &mut Turn,
        mut writes: Vec<Write>,
    ) -> Result<(), NodeError> {
        turn.state.last = Some(turn.report.clone());
        writes.push(record::put(Bucket::FEED_STATE, &turn.name, &turn.state, None)?);
        let guards = vec![record::unchanged(Bucket::FEED_STATE, &turn.kept)];
        self.store.commit(Batch { guards, writes }).await?;
        let lost = || NodeError::Changed { what: format!("the feed `{}`", turn.name) };
        let kept = self.store.record(Bucket::FEED_STATE, &turn.name).await?.ok_or_else(lost)?;
        let state: State = record::read(&kept)?;
        if turn.state.running.is_some() && state.running.is_none_or(|r| r.run != turn.run) {
            return Err(lost());
        }
        turn.kept = kept;
        Ok(())
    }

    /// Refuses to go on where the feed was paused or removed meanwhile.
    pub(super) async fn still_wanted(&self, turn: &Turn) -> Result<(), NodeError> {
        if self.feed_named(&turn.name).await?.paused {
            let expected = "what came until then is kept; it goes on behind it";
            return Err(NodeError::state(turn.name.as_str(), "paused meanwhile", expected));
        }
        Ok(())
    }

    /// Remembers how the run ended and when the next one is due.
    pub(super) async fn end_run(
        &self,
        mut turn: Turn,
        done: Result<(), NodeError>,
    ) -> Result<FeedReport, NodeError> {
        let now = self.now_us();
        let every = turn.feed.every_us();
        turn.state.running = None;
        let stopped = self.feed_named(&turn.name).await.is_ok_and(|feed| feed.paused);
        match &done {
            Ok(()) => {
                turn.state.good_us = Some(now);
                turn.state.fault = None;
                turn.state.next_us = now.saturating_add(every);
            }
            // It was asked to stop: no fault.
            Err(_) if stopped => turn.state.next_us = 0,
            Err(error) => {
                let failures = turn.state.fault.as_ref().map_or(0, |fault| fault.failures);
                let failures = failures.saturating_add(1);
                let asked_us = match error {
                    NodeError::Feed { retry_after_s, .. } => i64::from(*retry_after_s) * 1_000_000,
                    _ => 0,
                };
                let pause = health::pause_us(failures, asked_us);
                turn.state.next_us = now.saturating_add(pause);
                let (code, problem) = (error.code().to_owned(), error.to_string());
                let problem = problem.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
                turn.state.fault = Some(Fault { at_us: now, code, problem, failures });
            }
        }
        let kept = self.keep_turn(&mut turn, Vec::new()).await;
        // Removed meanwhile, or taken over: what the run did is kept all the same.
        if let (Err(error), Ok(())) = (kept, &done) {
            return Err(error);
        }
        done.map(|()| turn.report)
    }

    /// The account as which a feed acts, with the role that it has today.
    async fn owner_of(&self, name: &str, feed: &Feed) -> Result<Actor, NodeError> {
        let console = Actor::console();
        let actor = match feed.owner == console.account() {
            true => console,
            false => {
                let account = self.account(&feed.owner).await?;
                let gone = || NodeError::Feed {
                    feed: name.to_owned(),
                    code: "feed.owner",
                    problem: format!(
                        "the account `{}` that added it is gone: remove the feed and add it again",
                        feed.owner
                    ),
                    retry_after_s: 0,
                };
                Actor::of(&feed.owner, account.ok_or_else(gone)?.role()?)
            }
        };
        actor.require(feed.course.needs())?;
        Ok(actor)
    }
}
