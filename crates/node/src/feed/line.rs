//! Feeds for lists: everything but their secrets.

use enlace_policy::roles::Action;
use enlace_store::{Record, RecordQuery};
use serde::Serialize;

use super::health::{self, Beside, FeedHealth};
use super::state::State;
use super::{Course, Feed, FeedReport, MOST, course_name};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Why the last run failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedFault {
    /// When.
    pub at: String,
    /// Stable code.
    pub code: String,
    /// What happened and what to do.
    pub problem: String,
    /// How many runs failed in a row.
    pub failures: u32,
}

/// A feed for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedLine {
    /// Its name.
    pub name: String,
    /// `pull` or `push`.
    pub direction: &'static str,
    /// `import`, `into-collection`, `from-collection` or `agreement`.
    pub course: &'static str,
    /// The server.
    pub url: String,
    /// The collection there, as it was named.
    pub collection: Option<String>,
    /// How it is.
    pub state: FeedHealth,
    /// When a run last went through.
    pub last_good: Option<String>,
    /// Why the last run failed, unless it went through.
    pub last_error: Option<FeedFault>,
    /// When a run last began.
    pub last_try: Option<String>,
    /// Objects that it brought or gave, in all.
    pub objects: u64,
    /// What the last run did.
    pub last: Option<FeedReport>,
    /// When it runs next; `None` while it is paused, under way or resting.
    pub next_run: Option<String>,
    /// Minutes between two runs.
    pub every: u32,
    /// The account that added it and as which it runs.
    pub owner: String,
    /// How we show who we are: `none`, `basic`, `bearer`, `token` or `certificate`.
    pub credential: &'static str,
    /// Marking of objects without one.
    pub marking: Option<String>,
    /// Compartment that objects go into.
    pub compartment: Option<String>,
    /// Our own collection.
    pub own_collection: Option<String>,
    /// The partner whose pages go out, as its name.
    pub partner: Option<String>,
    /// When it was added.
    pub added: String,
}

impl Node {
    /// All feeds by name, with their health.
    pub async fn feed_list(&self, actor: &Actor) -> Result<Vec<FeedLine>, NodeError> {
        actor.require(Action::FeedManage)?;
        let mut lines = Vec::new();
        let shown = |(_, feed, _): &(String, Feed, State)| feed.is_shown_to(actor);
        for (name, feed, state) in self.feeds().await?.into_iter().filter(shown) {
            lines.push(self.feed_line(name, feed, state).await?);
        }
        Ok(lines)
    }

    /// How many feeds somebody has to look at: failing ones, late ones. Nothing for who manages none.
    pub async fn feeds_in_trouble(&self, actor: &Actor) -> Result<[usize; 2], NodeError> {
        let mut counts = [0, 0];
        if !actor.may(Action::FeedManage) {
            return Ok(counts);
        }
        let shown = |(_, feed, _): &(String, Feed, State)| feed.is_shown_to(actor);
        for (_, feed, state) in self.feeds().await?.into_iter().filter(shown) {
            let [failing, late] = &mut counts;
            match self.health_of(&feed, &state) {
                FeedHealth::Failing => *failing += 1,
                FeedHealth::Late => *late += 1,
                _ => {}
            }
        }
        Ok(counts)
    }

    /// All feeds with where they stand.
    pub(crate) async fn feeds(&self) -> Result<Vec<(String, Feed, State)>, NodeError> {
        let all = |bucket| RecordQuery { bucket, limit: MOST, ..RecordQuery::default() };
        let queries = [Bucket::FEED, Bucket::FEED_STATE, Bucket::FEED_BEAT].map(all).to_vec();
        let mut found = self.store.records_each(queries).await?.into_iter();
        let mut next = || found.next().unwrap_or_default();
        let (feeds, states, beats) = (next(), next(), next());
        let of = |records: &[Record], key: &str| records.iter().find(|r| r.key == key).cloned();
        let mut all = Vec::with_capacity(feeds.len());
        for kept in feeds {
            let feed: Feed = record::read(&kept)?;
            let state = of(&states, &kept.key).as_ref().map(record::read).transpose()?;
            let state: State = state.unwrap_or_else(|| State::fresh(feed.added_us));
            let beat = of(&beats, &kept.key).as_ref().map(record::read).transpose()?;
            all.push((kept.key, feed, state.with_beat(beat)));
        }
        Ok(all)
    }

    pub(super) fn health_of(&self, feed: &Feed, state: &State) -> FeedHealth {
        let rests = match &feed.course {
            Course::Agreement { partner, .. } => self.resting.has(partner),
            _ => false,
        };
        let now_us = self.now_us();
        let beside = Beside { every_us: feed.every_us(), paused: feed.paused, rests, now_us };
        health::health(state, beside)
    }

    async fn feed_line(
        &self,
        name: String,
        feed: Feed,
        state: State,
    ) -> Result<FeedLine, NodeError> {
        let health = self.health_of(&feed, &state);
        let credential = match self.unseal_credential(&name, feed.sealed.as_deref()) {
            Ok(credential) => credential.name(),
            // The run says so.
            Err(_) => "unread",
        };
        let waits = matches!(
            health,
            FeedHealth::Fresh | FeedHealth::Ok | FeedHealth::Late | FeedHealth::Failing
        );
        let fault = |fault: super::state::Fault| FeedFault {
            at: clock::text(fault.at_us),
            code: fault.code,
            problem: fault.problem,
            failures: fault.failures,
        };
        let (marking, compartment) = match &feed.course {
            Course::Import { marking, compartment } => (Some(marking.clone()), compartment.clone()),
            _ => (None, None),
        };
        let own_collection = match &feed.course {
            Course::Into { collection, .. } | Course::From { collection, .. } => {
                Some(self.plain_name(collection).await?)
            }
            _ => None,
        };
        let partner = match &feed.course {
            Course::Agreement { partner, .. } => Some(self.channel_name(partner).await?),
            _ => None,
        };
        Ok(FeedLine {
            direction: if feed.course.pulls() { "pull" } else { "push" },
            course: course_name(&feed.course),
            state: health,
            last_good: state.good_us.map(clock::text),
            last_error: state.fault.map(fault),
            last_try: Some(state.tried_us).filter(|at| *at > 0).map(clock::text),
            objects: state.objects,
            last: state.last,
            next_run: waits.then(|| clock::text(state.next_us.max(state.since_us))),
            every: feed.every_min,
            credential,
            marking,
            compartment,
            own_collection,
            partner,
            added: clock::text(feed.added_us),
            url: feed.url,
            collection: feed.collection,
            owner: feed.owner,
            name,
        })
    }
}
