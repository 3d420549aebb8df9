//! The queue to the one who writes: waiting batches share a transaction and one wait for the disk.

use tokio::sync::{mpsc, oneshot};

use crate::{Batch, Outcome, StoreError, Sweep};

/// Batches that may wait before callers do.
const QUEUE: usize = 256;
/// Changes after which a group is closed.
const GROUP_WRITES: usize = 5_000;

pub(crate) type Answer = Result<Vec<Outcome>, StoreError>;
pub(crate) type Done<T> = oneshot::Sender<Result<T, StoreError>>;

struct Job {
    batch: Batch,
    done: oneshot::Sender<Answer>,
}

enum Task {
    Commit(Job),
    Rebuild(Done<usize>),
    Sweep(Sweep, Done<Vec<String>>),
}

/// What is to be done next. The caller of any of it may have gone away; what was done stands.
pub(crate) enum Work {
    Commit(Group),
    Rebuild(Done<usize>),
    Sweep(Sweep, Done<Vec<String>>),
}

/// Batches that share a transaction.
pub(crate) struct Group {
    pub(crate) batches: Vec<Batch>,
    callers: Vec<oneshot::Sender<Answer>>,
}

/// The end where callers wait.
#[derive(Debug)]
pub(crate) struct Queue(mpsc::Sender<Task>);

/// The end where work is taken.
pub(crate) struct Tasks {
    waiting: mpsc::Receiver<Task>,
    /// Taken out with a group that it is not part of.
    next: Option<Task>,
}

impl Queue {
    pub(crate) fn new() -> (Self, Tasks) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        (Self(queue), Tasks { waiting, next: None })
    }

    /// Hands a batch over and waits until it is on disk. A caller that stops waiting does not
    /// stop the batch.
    pub(crate) async fn commit(&self, batch: Batch) -> Answer {
        self.ask(|done| Task::Commit(Job { batch, done })).await
    }

    /// Derives anew between two groups; answers how many texts were read.
    pub(crate) async fn rebuild(&self) -> Result<usize, StoreError> {
        self.ask(Task::Rebuild).await
    }

    /// Sweeps blobs between two groups; answers which are gone.
    pub(crate) async fn sweep(&self, sweep: Sweep) -> Result<Vec<String>, StoreError> {
        self.ask(|done| Task::Sweep(sweep, done)).await
    }

    async fn ask<T>(&self, task: impl FnOnce(Done<T>) -> Task) -> Result<T, StoreError> {
        let (done, answer) = oneshot::channel();
        self.0.send(task(done)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Tasks {
    /// Waits for work; `None` once all who could ask are gone and nothing is left.
    pub(crate) async fn next(&mut self) -> Option<Work> {
        let task = match self.next.take() {
            Some(task) => task,
            None => self.waiting.recv().await?,
        };
        Some(self.work(task))
    }

    /// The same, for a thread that may block.
    pub(crate) fn blocking_next(&mut self) -> Option<Work> {
        let task = self.next.take().or_else(|| self.waiting.blocking_recv())?;
        Some(self.work(task))
    }

    fn work(&mut self, task: Task) -> Work {
        match task {
            Task::Commit(first) => Work::Commit(self.group(first)),
            Task::Rebuild(done) => Work::Rebuild(done),
            Task::Sweep(sweep, done) => Work::Sweep(sweep, done),
        }
    }

    /// The batches that wait behind one, up to the first other task.
    fn group(&mut self, first: Job) -> Group {
        let mut writes = first.batch.writes.len();
        let mut group = Group { batches: vec![first.batch], callers: vec![first.done] };
        while writes < GROUP_WRITES
            && self.next.is_none()
            && let Ok(task) = self.waiting.try_recv()
        {
            match task {
                Task::Commit(Job { batch, done }) => {
                    writes += batch.writes.len();
                    group.batches.push(batch);
                    group.callers.push(done);
                }
                other => self.next = Some(other),
            }
        }
        group
    }
}

impl Group {
    /// Answers everyone in it, after the disk has it; an error is everybody's.
    pub(crate) fn answer(self, answers: Result<Vec<Answer>, StoreError>) {
        let answers = answers.unwrap_or_else(|error| vec![Err(error); self.batches.len()]);
        for (caller, answer) in self.callers.into_iter().zip(answers) {
            // The caller may have gone away; the batch stands.
            let _ = caller.send(answer);
        }
    }
}
