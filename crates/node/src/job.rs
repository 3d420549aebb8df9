//! Jobs: what takes long, is seen while it runs, can be stopped, and is gone on with after a crash
//! (docs/design/jobs.md).
//!
//! A job is one record. Each step commits its rows together with the position behind them, guarded
//! by the revision of that record: a step is done once, whoever does it, and whoever changes the
//! record (to cancel it, or to go on with it) stops everybody else at the next step.

use enlace_policy::roles::Action;
use enlace_store::{Batch, Record, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use crate::import_job::ImportFile;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, ImportLine, ImportReport, Node, NodeError, Role, clock};

/// How long a job that is over stays to be looked at.
const KEPT_US: i64 = 30 * 24 * 3_600 * 1_000_000;
/// Jobs that are looked at; no node has as many.
pub(crate) const MOST: usize = 10_000;
/// How long after its last step a job is taken to be worked on.
const ALIVE_US: i64 = 120 * 1_000_000;
/// Records of lines asked for at once, of two thousand lines each.
const PAGES: usize = 8;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Nobody has begun it.
    Queued,
    /// A process works on it; one that was killed did, and the next goes on.
    Running,
    /// It was being worked on, and no step was done for a long time: its process died and no other
    /// has taken it up, or the step is very slow. Only said of a job, never kept in its record:
    /// nothing is decided by it.
    Interrupted,
    /// It waits: the node was stopped, or a step failed that may go well later.
    Paused,
    /// All of it was done.
    Done,
    /// It cannot be done.
    Failed,
    /// Somebody stopped it; what was done stays.
    Cancelled,
}

impl JobState {
    /// Whether nothing is going to happen any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Name in records, on pages and in the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why a job failed or waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFault {
    /// Stable code.
    pub code: String,
    /// What happened and what to do.
    pub text: String,
}

/// The record of a job. Only the import of a file is done as one yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Who started it, `console` for the operator.
    pub(crate) by: String,
    pub(crate) import: ImportFile,
    pub(crate) state: JobState,
    /// Objects of the file that a step was done for, of how many once that is known.
    pub(crate) done: u64,
    pub(crate) total: Option<u64>,
    pub(crate) queued_us: i64,
    pub(crate) started_us: Option<i64>,
    /// When a step was last committed.
    pub(crate) beat_us: Option<i64>,
    pub(crate) ended_us: Option<i64>,
    /// What was found so far.
    pub(crate) counts: ImportReport,
    /// What concerns the whole.
    pub(crate) notes: Vec<String>,
    pub(crate) fault: Option<JobFault>,
    /// Steps in a row that failed and may go well later.
    pub(crate) tries: u32,
    /// When the next try is due.
    pub(crate) again_us: Option<i64>,
    /// The epoch of the store in which it was started: a restored node does not go on with what was
    /// under way in another life.
    pub(crate) epoch: Option<String>,
}

/// A job as it is listed.
#[derive(Debug, Clone, Serialize)]
pub struct JobLine {
    /// Its id.
    pub id: String,
    /// What is done: `import`.
    pub kind: &'static str,
    /// Who started it.
    pub by: String,
    /// Name of the file, for who started it alone: a name may say whom a file is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where it stands.
    pub state: JobState,
    /// Objects done.
    pub done: u64,
    /// Of how many; `None` until the file was read.
    pub total: Option<u64>,
    /// What `done` and `total` count.
    pub unit: &'static str,
    /// When it was asked for.
    pub queued: String,
    /// When somebody began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When a step was last committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beat: Option<String>,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// What was found so far, for who started it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<ImportReport>,
    /// Why it failed or waits. The text, which may name the file, is for who started it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<JobFault>,
}

/// A job with its results, for who started it.
#[derive(Debug, Clone)]
pub struct JobView {
    /// The job.
    pub line: JobLine,
    /// One line an object or row, in the order of the file; of a job that runs, those so far.
    pub lines: Vec<ImportLine>,
    /// Whether there are more lines than were asked for.
    pub more: bool,
    /// What concerns the file as a whole.
    pub notes: Vec<String>,
}

impl Node {
    /// Jobs, the newest first: one's own; who runs the node sees that there are others and how far
    /// they are, not what they are about.
    pub async fn job_list(&self, actor: &Actor) -> Result<Vec<JobLine>, NodeError> {
        if !actor.may(Action::Health) {
            actor.require(Action::Import)?;
        }
        let mut lines = Vec::new();
        for (id, job) in self.jobs().await? {
            if job.is_of(actor) || actor.may(Action::Health) {
                lines.push(job.line(&id, actor, self.now_us()));
            }
        }
        lines.reverse();
        Ok(lines)
    }

    /// How far a job is.
    pub async fn job(&self, actor: &Actor, id: &str) -> Result<JobLine, NodeError> {
        let (_, job) = self.job_for(actor, id).await?;
        Ok(job.line(id, actor, self.now_us()))
    }

    /// A job with at most so many of its lines; `attention`: only those that need somebody's.
    pub async fn job_view(
        &self,
        actor: &Actor,
        id: &str,
        attention: bool,
        most: usize,
    ) -> Result<JobView, NodeError> {
        let (_, job) = self.job_for(actor, id).await?;
        let line = job.line(id, actor, self.now_us());
        let mut view = JobView { line, lines: Vec::new(), more: false, notes: Vec::new() };
        if !job.is_of(actor) {
            return Ok(view);
        }
        view.notes.clone_from(&job.notes);
        let wanted = |line: &ImportLine| !attention || needs_attention(line);
        self.each_line(id, &job, |lines| {
            view.lines.extend(lines.into_iter().filter(wanted).take(most.saturating_add(1)));
            view.more = view.lines.len() > most;
            view.lines.truncate(most);
            !view.more
        })
        .await?;
        Ok(view)
    }

    /// As [`Node::job_view`] with every line, none of which is kept: `told` hears them in the order of
    /// the file, a step's at a time. A large import has more than fit into memory.
    pub async fn job_told(
        &self,
        actor: &Actor,
        id: &str,
        mut told: impl FnMut(&[ImportLine]),
    ) -> Result<JobView, NodeError> {
        let (_, job) = self.job_for(actor, id).await?;
        let line = job.line(id, actor, self.now_us());
        let mut view = JobView { line, lines: Vec::new(), more: false, notes: Vec::new() };
        if job.is_of(actor) {
            view.notes.clone_from(&job.notes);
            let told = |lines: Vec<ImportLine>| {
                told(&lines);
                true
            };
            self.each_line(id, &job, told).await?;
        }
        Ok(view)
    }

    /// Shows the lines of a job, a step's at a time, as long as they are wanted.
    async fn each_line(
        &self,
        id: &str,
        job: &Job,
        mut show: impl FnMut(Vec<ImportLine>) -> bool,
    ) -> Result<(), NodeError> {
        let mut after = None;
        loop {
            let records = self.job_lines(id, after.take(), PAGES).await?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for record in &records {
                if !show(job.import.lines(record)?) {
                    return Ok(());
                }
            }
        }
    }

    /// Stops a job before its next step. What was done stays.
    pub async fn job_cancel(&self, actor: &Actor, id: &str) -> Result<JobLine, NodeError> {
        let (record, mut job) = self.job_for(actor, id).await?;
        if job.state.is_over() {
            let expected = "a job that is not over";
            return Err(NodeError::state(format!("job `{id}`"), job.state.name(), expected));
        }
        job.state = JobState::Cancelled;
        job.ended_us = Some(self.now_us());
        let mut writes = self.job_end(id, &job)?;
        let act = Act::new("job-cancelled").by(actor).field("job", id).field("done", job.done);
        writes.push(self.node_leaf(act)?);
        let guards = vec![record::unchanged(Bucket::JOB, &record)];
        self.store.commit(Batch { guards, writes }).await?;
        self.sweep_after_job().await;
        Ok(job.line(id, actor, self.now_us()))
    }

    /// Every job, the oldest first.
    pub(crate) async fn jobs(&self) -> Result<Vec<(String, Job)>, NodeError> {
        let query = RecordQuery { bucket: Bucket::JOB, limit: MOST, ..RecordQuery::default() };
        let mut jobs = Vec::new();
        for found in self.store.records(query).await? {
            let job: Job = record::read(&found)?;
            jobs.push((found.key, job));
        }
        jobs.sort_by_key(|(_, job)| job.queued_us);
        Ok(jobs)
    }

    /// A job that the actor may see; another one does not exist for him.
    pub(crate) async fn job_for(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<(Record, Job), NodeError> {
        let missing = || NodeError::not_found("job", id);
        let found = self.store.record(Bucket::JOB, id).await?.ok_or_else(missing)?;
        let job: Job = record::read(&found)?;
        let seen = actor.may(Action::Health) || (job.is_of(actor) && actor.may(Action::Import));
        if seen { Ok((found, job)) } else { Err(missing()) }
    }

    /// The writes that end a job, whose state says how: its file is nobody's any more.
    pub(crate) fn job_end(&self, id: &str, job: &Job) -> Result<Vec<Write>, NodeError> {
        let sha256 = &job.import.sha256;
        let until = self.now_us().saturating_add(KEPT_US);
        Ok(vec![
            record::put(Bucket::JOB, id, job, Some(until))?,
            Write::Delete { bucket: Bucket::PIN, key: pin(sha256, id) },
            record::put(Bucket::SWEEP, sha256, &(), None)?,
        ])
    }

    pub(crate) async fn job_lines(
        &self,
        id: &str,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Record>, NodeError> {
        let prefix = format!("{id}/");
        let query = RecordQuery { bucket: Bucket::JOB_LINES, prefix, after, ..Default::default() };
        Ok(self.store.records(RecordQuery { limit, ..query }).await?)
    }

    /// Forgets jobs that were over long ago, with their lines.
    pub(crate) async fn tidy_jobs(&self) -> Result<(), NodeError> {
        let due = RecordQuery {
            bucket: Bucket::JOB,
            due_before_us: Some(self.now_us()),
            limit: MOST,
            ..RecordQuery::default()
        };
        for old in self.store.records(due).await? {
            if !record::read::<Job>(&old)?.state.is_over() {
                continue;
            }
            loop {
                let lines = self.job_lines(&old.key, None, PAGES).await?;
                let last = lines.len() < PAGES;
                let bucket = Bucket::JOB_LINES;
                let mut writes: Vec<Write> =
                    lines.into_iter().map(|r| Write::Delete { bucket, key: r.key }).collect();
                if last {
                    writes.push(Write::Delete { bucket: Bucket::JOB, key: old.key.clone() });
                }
                self.store.commit(Batch { guards: vec![], writes }).await?;
                if last {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The writes that take what jobs say of an object away with it: an advice may quote its text.
    pub(crate) async fn job_forgets(&self, object: &str) -> Result<Vec<Write>, NodeError> {
        let (mut writes, mut after) = (Vec::new(), None);
        loop {
            let query = RecordQuery {
                bucket: Bucket::JOB_LINES,
                after: after.take(),
                limit: PAGES,
                ..RecordQuery::default()
            };
            let records = self.store.records(query).await?;
            let Some(last) = records.last() else { return Ok(writes) };
            after = Some(last.key.clone());
            for found in records.iter().filter(|r| r.body.contains(object)) {
                if let Some(write) = crate::import_job::without(found, object)? {
                    writes.push(write);
                }
            }
        }
    }
}

fn needs_attention(line: &ImportLine) -> bool {
    matches!(line.result, "rejected" | "conflict")
}

impl Job {
    /// The write of a job that is not over: due when it can be worked on.
    pub(crate) fn put(&self, id: &str) -> Result<Write, NodeError> {
        record::put(Bucket::JOB, id, self, Some(self.again_us.unwrap_or(self.queued_us)))
    }

    /// Whether it is this actor's own.
    pub(crate) fn is_of(&self, actor: &Actor) -> bool {
        // No account is called as the operator at the shell is.
        self.by == actor.account()
    }

    /// Its state for people, who see a job that nobody works on as what it is.
    fn shown(&self, now_us: i64) -> JobState {
        let alive = self.beat_us.max(self.started_us).unwrap_or(self.queued_us);
        match self.state {
            JobState::Running if now_us.saturating_sub(alive) > ALIVE_US => JobState::Interrupted,
            state => state,
        }
    }

    fn line(&self, id: &str, actor: &Actor, now_us: i64) -> JobLine {
        let own = self.is_of(actor);
        let fault = self.fault.clone().map(|fault| match own {
            true => fault,
            false => JobFault { text: String::new(), ..fault },
        });
        JobLine {
            id: id.to_owned(),
            kind: "import",
            by: self.by.clone(),
            file: own.then(|| self.import.name.clone()),
            state: self.shown(now_us),
            done: self.done,
            total: self.total,
            unit: "objects",
            queued: clock::text(self.queued_us),
            started: self.started_us.map(clock::text),
            beat: self.beat_us.map(clock::text),
            ended: self.ended_us.map(clock::text),
            counts: own.then(|| self.counts.clone()),
            fault,
        }
    }
}

/// What keeps the file of a job that is not over.
pub(crate) fn pin(sha256: &str, id: &str) -> String {
    format!("{sha256}/{id}")
}

/// Who a job acts for, as the account is now: a role that was taken away ends what it began.
pub(crate) fn actor(by: &str, role: Option<Role>) -> Result<Actor, NodeError> {
    match role {
        _ if by == Actor::console().account() => Ok(Actor::console()),
        Some(role) => Ok(Actor::of(by, role)),
        None => Err(NodeError::not_found("account", by)),
    }
}

#[cfg(test)]
mod tests;
