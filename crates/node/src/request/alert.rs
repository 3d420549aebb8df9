//! What the desk is told of requests: one came, its limit nears, its limit passed. Told once, shown
//! while it is true, until the account has marked it read.

use std::collections::{HashMap, HashSet};

use enlace_policy::roles::Action;
use enlace_request::clock::Standing;
use enlace_request::state::{Kind, Side};
use enlace_store::{Batch, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use super::{Held, RequestLine};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Most alerts that are looked at: three a request.
const MOST: usize = 100_000;

/// Why the desk is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// A partner asks.
    Arrived,
    /// A quarter of the time is left.
    Nears,
    /// The limit passed.
    Passed,
}

impl Told {
    fn name(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Nears => "nears",
            Self::Passed => "passed",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Arrived, Self::Nears, Self::Passed].into_iter().find(|told| told.name() == name)
    }

    /// Whether it is still so.
    fn holds(self, line: &RequestLine) -> bool {
        match self {
            Self::Arrived => line.direction == "in" && line.ours,
            Self::Nears => line.limit == "running",
            Self::Passed => line.limit == "overdue",
        }
    }
}

/// Something that an account has not marked read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestAlert {
    /// `arrived`, `nears` or `passed`.
    pub kind: &'static str,
    /// When, by our clock.
    pub at: String,
    /// The request.
    pub line: RequestLine,
}

/// An alert as kept.
#[derive(Debug, Serialize, Deserialize)]
struct Alert {
    at_us: i64,
    /// End of the limit that it is about: moved, it is another alert.
    due_us: Option<i64>,
}

impl Node {
    /// Of these requests what the account has not marked read, newest first.
    pub(crate) async fn request_alerts(
        &self,
        actor: &Actor,
        lines: &[RequestLine],
    ) -> Result<Vec<RequestAlert>, NodeError> {
        let read = self.alerts_read(actor).await?;
        let query =
            RecordQuery { bucket: Bucket::REQUEST_ALERT, limit: MOST, ..RecordQuery::default() };
        let lines: HashMap<&str, &RequestLine> =
            lines.iter().map(|line| (line.id.as_str(), line)).collect();
        let mut found = Vec::new();
        for kept in self.store.records(query).await? {
            let Some((request, kind)) = kept.key.split_once('/') else { continue };
            let line = lines.get(request).copied();
            let (Some(line), Some(told)) = (line, Told::from_name(kind)) else { continue };
            let alert: Alert = record::read(&kept)?;
            if told.holds(line) && !read.contains(&(kept.key.clone(), alert.at_us)) {
                found.push((alert.at_us, told, line.clone()));
            }
        }
        found.sort_by_key(|(at_us, ..)| std::cmp::Reverse(*at_us));
        let alert = |(at_us, told, line): (i64, Told, RequestLine)| RequestAlert {
            kind: told.name(),
            at: clock::text(at_us),
            line,
        };
        Ok(found.into_iter().map(alert).collect())
    }

    /// Marks alerts read for the account: those of one request, or all. What it does not see is none.
    pub async fn request_alerts_mark(
        &self,
        actor: &Actor,
        request: Option<&str>,
    ) -> Result<usize, NodeError> {
        actor.require(Action::RequestView)?;
        let (_, lines) = self.request_list(actor).await?;
        let mut writes = Vec::new();
        for alert in self.request_alerts(actor, &lines).await? {
            if request.is_some_and(|id| id != alert.line.id) {
                continue;
            }
            let key = format!("{}/{}", alert.line.id, alert.kind);
            let Some(kept) = self.store.record(Bucket::REQUEST_ALERT, &key).await? else {
                continue;
            };
            let kept: Alert = record::read(&kept)?;
            let key = format!("{}/{key}", actor.account());
            writes.push(record::put(Bucket::REQUEST_READ, &key, &kept.at_us, None)?);
        }
        let count = writes.len();
        if count > 0 {
            self.store.commit(Batch { guards: vec![], writes }).await?;
        }
        Ok(count)
    }

    /// Keys of the alerts that an account has marked read, each with when it was told.
    async fn alerts_read(&self, actor: &Actor) -> Result<HashSet<(String, i64)>, NodeError> {
        let prefix = format!("{}/", actor.account());
        let query = RecordQuery {
            bucket: Bucket::REQUEST_READ,
            prefix: prefix.clone(),
            limit: MOST,
            ..RecordQuery::default()
        };
        let mut read = HashSet::new();
        for kept in self.store.records(query).await? {
            let key = kept.key.strip_prefix(&prefix).unwrap_or_default().to_owned();
            read.insert((key, record::read(&kept)?));
        }
        Ok(read)
    }

    /// The write that tells the desk.
    pub(super) fn alert_write(&self, told: Told, held: &Held) -> Result<Write, NodeError> {
        let key = format!("{}/{}", held.object.id(), told.name());
        let alert = Alert { at_us: self.now_us(), due_us: held.thread.clock.due_us };
        record::put(Bucket::REQUEST_ALERT, &key, &alert, None)
    }

    /// The write that goes with our receipt: a partner asks.
    pub(super) fn told_of_arrival(&self, held: &Held) -> Result<Vec<Write>, NodeError> {
        let first = held.side == Side::Asked && held.thread.chain(Side::Asked).is_empty();
        let asks = held.thread.rules().kind != Kind::Consent;
        match first && asks {
            true => Ok(vec![self.alert_write(Told::Arrived, held)?, self.look_write(held)?]),
            false => Ok(Vec::new()),
        }
    }

    /// When this request is looked at next for its limit: when it nears, unless that was told, else at
    /// its end.
    pub(super) async fn limit_wakes_at(&self, held: &Held) -> Result<Option<i64>, NodeError> {
        let clock = &held.thread.clock;
        if !matches!(clock.standing(self.now_us()), Standing::Running(_)) {
            return Ok(None);
        }
        let nears = match self.nearing_told(held).await? {
            true => None,
            false => clock.nears_us(),
        };
        Ok(nears.or(clock.due_us))
    }

    /// The write that tells that a limit nears, where it does and that was not told.
    pub(super) async fn told_of_nearing(&self, held: &Held) -> Result<Option<Write>, NodeError> {
        let near = held.thread.clock.nears_us().is_some_and(|nears| nears <= self.now_us());
        match near && !self.nearing_told(held).await? {
            true => self.alert_write(Told::Nears, held).map(Some),
            false => Ok(None),
        }
    }

    async fn nearing_told(&self, held: &Held) -> Result<bool, NodeError> {
        let key = format!("{}/{}", held.object.id(), Told::Nears.name());
        let kept = self.store.record(Bucket::REQUEST_ALERT, &key).await?;
        let kept: Option<Alert> = kept.as_ref().map(record::read).transpose()?;
        Ok(kept.is_some_and(|alert| alert.due_us == held.thread.clock.due_us))
    }
}
