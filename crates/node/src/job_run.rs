//! Who works off jobs: one process at a time, one job after the other, the oldest first.

use std::time::Duration;

use enlace_store::{Batch, Record, RecordQuery};
use tokio::time::sleep;

use crate::import_job::Course;
use crate::job::{Job, JobFault, JobLine, JobState, MOST, actor};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError};

/// Steps in a row that may fail for what passes: a full disk, a server that is away.
const TRIES: u32 = 8;
/// The first pause before the next try; each further one is twice as long.
const PAUSE_US: i64 = 5_000_000;
/// Between two looks at a job that another process works on.
const LOOK: Duration = Duration::from_millis(300);

impl Node {
    /// Works off the jobs that wait, unless another process does. What a process that was killed
    /// left is gone on with from its last step.
    pub async fn job_round(&self) -> Result<(), NodeError> {
        if self.job_due().await?.is_none() {
            return Ok(());
        }
        let Some(_claim) = self.store.claim_jobs().await? else { return Ok(()) };
        while let Some(id) = self.job_due().await? {
            self.run_job(&id).await?;
        }
        Ok(())
    }

    /// Waits until a job is over, and works on it where nobody else works on any. `told` hears how
    /// far it is.
    pub async fn job_wait(
        &self,
        who: &Actor,
        id: &str,
        mut told: impl FnMut(&JobLine),
    ) -> Result<JobLine, NodeError> {
        loop {
            let line = self.job(who, id).await?;
            told(&line);
            if line.state.is_over() {
                return Ok(line);
            }
            let Some(_claim) = self.store.claim_jobs().await? else {
                sleep(LOOK).await;
                continue;
            };
            let mut running = std::pin::pin!(self.run_job(id));
            loop {
                tokio::select! {
                    done = &mut running => {
                        if done? == JobState::Paused {
                            return self.job(who, id).await;
                        }
                        break;
                    }
                    () = sleep(LOOK) => told(&self.job(who, id).await?),
                }
            }
        }
    }

    /// The node is being stopped: jobs under way wait for its next start, and say so.
    pub async fn jobs_rest(&self) -> Result<(), NodeError> {
        let Some(_claim) = self.store.claim_jobs().await? else { return Ok(()) };
        for (id, job) in self.jobs().await? {
            if job.state != JobState::Running {
                continue;
            }
            if let Some((record, mut job)) = self.job_record(&id).await? {
                job.state = JobState::Paused;
                self.set_job(&record, &job).await?;
            }
        }
        Ok(())
    }

    /// The oldest job that can be worked on now.
    async fn job_due(&self) -> Result<Option<String>, NodeError> {
        // Asked every second: what is over is due when it is forgotten, and not read before.
        let query = RecordQuery {
            bucket: Bucket::JOB,
            due_before_us: Some(self.now_us()),
            limit: MOST,
            ..RecordQuery::default()
        };
        let mut first: Option<(i64, String)> = None;
        for found in self.store.records(query).await? {
            let job: Job = record::read(&found)?;
            if !job.state.is_over() && first.as_ref().is_none_or(|(at, _)| job.queued_us < *at) {
                first = Some((job.queued_us, found.key));
            }
        }
        Ok(first.map(|(_, id)| id))
    }

    /// Works on a job until it is over, or has to wait; answers its state. The caller has the claim.
    pub(crate) async fn run_job(&self, id: &str) -> Result<JobState, NodeError> {
        let Some((record, job)) = self.job_record(id).await? else { return Ok(JobState::Done) };
        if job.state.is_over() {
            return Ok(job.state);
        }
        let worked = self.work(&record, job).await;
        let Some((record, mut job)) = self.job_record(id).await? else { return Ok(JobState::Done) };
        let Err(error) = worked else { return Ok(job.state) };
        // Cancelled meanwhile, or somebody else goes on with it.
        if job.state.is_over() {
            return Ok(job.state);
        }
        tracing::warn!(job = id, code = error.code(), "a step of a job");
        job.tries += 1;
        job.fault = Some(JobFault { code: error.code().to_owned(), text: error.to_string() });
        job.state = JobState::Paused;
        job.again_us = Some(self.now_us().saturating_add(PAUSE_US << job.tries.min(TRIES)));
        if !may_pass(&error) || job.tries > TRIES {
            job.state = JobState::Failed;
            job.ended_us = Some(self.now_us());
        }
        self.set_job(&record, &job).await?;
        Ok(job.state)
    }

    async fn work(&self, record: &Record, job: Job) -> Result<(), NodeError> {
        let epoch = self.epoch.as_ref().map(|epoch| epoch.tag.as_str());
        if job.epoch.as_deref() != epoch {
            let expected = "import the file again: the node was restored from a backup since";
            return Err(NodeError::state("the job", "of before the restore", expected));
        }
        let role = match self.account(&job.by).await? {
            Some(account) => Some(account.role()?),
            None => None,
        };
        let actor = actor(&job.by, role)?;
        self.run_import(&actor, Course::new(record, job)).await
    }

    async fn job_record(&self, id: &str) -> Result<Option<(Record, Job)>, NodeError> {
        let Some(found) = self.store.record(Bucket::JOB, id).await? else { return Ok(None) };
        let job = record::read(&found)?;
        Ok(Some((found, job)))
    }

    /// Writes how a job stands, unless somebody else changed it.
    async fn set_job(&self, record: &Record, job: &Job) -> Result<(), NodeError> {
        let writes = match job.state.is_over() {
            true => self.job_end(&record.key, job)?,
            false => vec![job.put(&record.key)?],
        };
        let guards = vec![record::unchanged(Bucket::JOB, record)];
        match self.store.commit(Batch { guards, writes }).await.map_err(NodeError::from) {
            Ok(_) if job.state.is_over() => {
                self.sweep_after_job().await;
                Ok(())
            }
            Ok(_) | Err(NodeError::Changed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The file of a job that is over goes now, or with the next round.
    pub(crate) async fn sweep_after_job(&self) {
        if let Err(error) = self.sweep_queued().await {
            tracing::warn!(code = error.code(), "the file of a job that is over");
        }
    }
}

/// Whether the same step may go well later.
fn may_pass(error: &NodeError) -> bool {
    matches!(error, NodeError::Store(_) | NodeError::Changed { .. } | NodeError::File { .. })
}
