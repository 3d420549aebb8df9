//! The import of a file as a job: its file waits as a blob, each chunk is kept together with how far
//! the job is then, and what is told of every object is kept beside it.

use std::collections::BTreeSet;

use enlace_import::{Format, Marking};
use enlace_policy::roles::Action;
use enlace_store::{Batch, Guard, Record, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::import::Way;
use crate::job::{Job, JobState, pin};
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, ImportLine, ImportReport, ImportRequest, Node, NodeError, clock};

/// A file that was put down and is not named yet stays for so long.
const PINNED_US: i64 = 24 * 3_600 * 1_000_000;
/// Records of lines asked for at once.
const PAGES: usize = 50;

/// What is imported, and how far that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImportFile {
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) format: Option<String>,
    pub(crate) marking: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) compartment: Option<String>,
    /// Whether these bytes were imported before, whole or half-way, when the job began.
    pub(crate) met: Option<(bool, bool)>,
    /// Versions that were set aside so far.
    pub(crate) aside: usize,
    /// Whether everything was kept, but for what keeps the file's documents.
    pub(crate) kept: bool,
}

/// A line as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    id: String,
    result: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    rule: String,
    /// Whether this version was held before the import, whatever is told of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    held: bool,
}

impl Node {
    /// Puts a file down and asks for its import as a job; answers the job's id. The same file with
    /// the same wishes, asked for again while the job is not over, is that job.
    pub async fn import_job(
        &self,
        actor: &Actor,
        request: &ImportRequest<'_>,
        compartment: Option<&str>,
    ) -> Result<String, NodeError> {
        actor.require(Action::Import)?;
        self.check_wishes(actor, request, compartment).await?;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let import = ImportFile {
            name: request.name.to_owned(),
            sha256: hex::encode(Sha256::digest(request.bytes)),
            bytes: request.bytes.len() as u64,
            format: owned(request.format),
            marking: owned(request.marking),
            source: owned(request.source),
            compartment: owned(compartment),
            met: None,
            aside: 0,
            kept: false,
        };
        if let Some(id) = self.under_way(actor, &import).await? {
            return Ok(id);
        }
        let (id, now_us) = (clock::new_uuid()?.to_string(), self.now_us());
        let held = pin(&import.sha256, &id);
        // Pinned before it is there: no sweep takes what is written and not yet named.
        let until = Some(now_us.saturating_add(PINNED_US));
        let writes = vec![record::put(Bucket::PIN, &held, &(), until)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        let sha256 = self.store.blobs().put(request.bytes.to_vec()).await?;
        let act = Act::new("job-started").by(actor).field("job", id.as_str());
        let act = act.field("kind", "import").field("sha256", sha256.as_str());
        let writes = vec![
            record::put(Bucket::PIN, &held, &(), None)?,
            Write::Blob { sha256, size: import.bytes },
            self.new_job(actor, import).put(&id)?,
            self.node_leaf(act)?,
        ];
        let guards = vec![Guard::Absent { bucket: Bucket::JOB, key: id.clone() }];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(id)
    }

    fn new_job(&self, actor: &Actor, import: ImportFile) -> Job {
        Job {
            by: actor.account().to_owned(),
            import,
            state: JobState::Queued,
            done: 0,
            total: None,
            queued_us: self.now_us(),
            started_us: None,
            beat_us: None,
            ended_us: None,
            counts: ImportReport::default(),
            notes: Vec::new(),
            fault: None,
            tries: 0,
            again_us: None,
            epoch: self.epoch.as_ref().map(|epoch| epoch.tag.clone()),
        }
    }

    /// Refuses what the job could only fail for.
    async fn check_wishes(
        &self,
        actor: &Actor,
        request: &ImportRequest<'_>,
        compartment: Option<&str>,
    ) -> Result<(), NodeError> {
        let (found, most) = (request.bytes.len(), self.config.limits.body_bytes);
        if found > most {
            let expected = format!("at most {most} bytes (`limits.body_bytes`)");
            let problem = format!("the file has {found} bytes");
            return Err(NodeError::input("import.too-large", problem, request.name, expected));
        }
        if let Some(Err(error)) = request.marking.map(Marking::parse) {
            let expected = "a TLP colour, such as `amber`";
            let problem = error.to_string();
            return Err(NodeError::input("import.marking", problem, request.name, expected));
        }
        if let Some(name) = request.format.filter(|name| Format::from_name(name).is_none()) {
            let problem = format!("unknown format `{name}`");
            let expected = Format::NAMES;
            return Err(NodeError::input("import.format", problem, request.name, expected));
        }
        if let Some(name) = compartment {
            self.placing(actor, name).await?;
        }
        Ok(())
    }

    /// The job that the actor has under way for the same.
    async fn under_way(
        &self,
        actor: &Actor,
        import: &ImportFile,
    ) -> Result<Option<String>, NodeError> {
        let found = self.jobs().await?.into_iter().find(|(_, job)| {
            let asked = ImportFile { met: None, aside: 0, kept: false, ..job.import.clone() };
            !job.state.is_over() && job.is_of(actor) && asked == *import
        });
        Ok(found.map(|(id, _)| id))
    }

    /// Imports what a job says, from where it stands to its end.
    pub(crate) async fn run_import(&self, actor: &Actor, course: Course) -> Result<(), NodeError> {
        let import = course.job.import.clone();
        let bytes = self.store.blobs().get(&import.sha256).await?;
        let bytes = bytes.ok_or(NodeError::Internal("the file of a job"))?;
        let placing = match &import.compartment {
            Some(name) => Some(self.placing(actor, name).await?),
            None => None,
        };
        let request = ImportRequest {
            name: &import.name,
            bytes: &bytes,
            format: import.format.as_deref(),
            marking: import.marking.as_deref(),
            source: import.source.as_deref(),
            dry_run: false,
        };
        let way = Way { placing, feed: None, course: Some(course) };
        Box::pin(self.import_to(actor, request, way)).await.map(|_| ())
    }

    /// Objects that were held before the job, of those that it has gone through.
    pub(crate) async fn held_by_course(
        &self,
        course: &Course,
    ) -> Result<BTreeSet<String>, NodeError> {
        let (mut held, mut after) = (BTreeSet::new(), None);
        if course.position() == 0 {
            return Ok(held);
        }
        loop {
            let records = self.job_lines(&course.id, after.take(), PAGES).await?;
            let Some(last) = records.last() else { return Ok(held) };
            after = Some(last.key.clone());
            for record in &records {
                let lines: Vec<Line> = record::read(record)?;
                held.extend(lines.into_iter().filter(|line| line.held).map(|line| line.id));
            }
        }
    }

    /// The job is done.
    pub(crate) async fn end_course(&self, course: &mut Course) -> Result<(), NodeError> {
        let mut next = course.job.clone();
        (next.state, next.ended_us) = (JobState::Done, Some(self.now_us()));
        let guards = vec![course.guard()];
        let writes = self.job_end(&course.id, &next)?;
        self.store.commit(Batch { guards, writes }).await?;
        course.went(next);
        self.sweep_after_job().await;
        Ok(())
    }
}

/// A job under way, as this process knows it.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) id: String,
    revision: i64,
    job: Job,
}

impl Course {
    pub(crate) fn new(record: &Record, job: Job) -> Self {
        Self { id: record.key.clone(), revision: record.revision, job }
    }

    /// Objects that a step was done for.
    pub(crate) fn position(&self) -> usize {
        usize::try_from(self.job.done).unwrap_or(usize::MAX)
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.job.import.kept
    }

    /// Versions that were set aside because they break a rule beside what is held.
    pub(crate) fn aside(&self) -> usize {
        self.job.import.aside
    }

    pub(crate) fn report(&self) -> &ImportReport {
        &self.job.counts
    }

    /// Whether the file was imported before, whole or half-way: as the job found it when it began.
    pub(crate) fn met(&mut self, again: bool, resumed: bool) -> (bool, bool) {
        *self.job.import.met.get_or_insert((again, resumed))
    }

    pub(crate) fn begun(&self, now_us: i64, objects: usize, notes: &[String]) -> Job {
        let mut next = self.beat(now_us);
        next.started_us = next.started_us.or(Some(now_us));
        next.total = Some(objects as u64);
        notes.clone_into(&mut next.notes);
        next
    }

    pub(crate) fn stepped(&self, now_us: i64, told: &ImportReport, aside: usize) -> Job {
        let mut next = self.beat(now_us);
        next.done = next.done.saturating_add(told.lines.len() as u64);
        next.import.aside = next.import.aside.saturating_add(aside);
        next.count(told);
        // What failed before goes well now.
        next.tries = 0;
        next
    }

    pub(crate) fn kept(&self, now_us: i64, told: &ImportReport) -> Job {
        let mut next = self.beat(now_us);
        next.import.kept = true;
        next.count(told);
        next
    }

    fn beat(&self, now_us: i64) -> Job {
        let state = JobState::Running;
        Job { state, beat_us: Some(now_us), fault: None, again_us: None, ..self.job.clone() }
    }

    /// The guard that nobody else changed the job, and the write that does.
    pub(crate) fn next(&self, next: &Job) -> Result<(Guard, Write), NodeError> {
        Ok((self.guard(), next.put(&self.id)?))
    }

    pub(crate) fn guard(&self) -> Guard {
        Guard::Revision { bucket: Bucket::JOB, key: self.id.clone(), revision: self.revision }
    }

    /// The step was committed.
    pub(crate) fn went(&mut self, next: Job) {
        self.job = next;
        self.revision += 1;
    }

    /// What is told of the step that begins here, or of what follows the last.
    pub(crate) fn lines(&self, told: &[ImportLine], held: &[bool]) -> Result<Write, NodeError> {
        let kept = |(at, line): (usize, &ImportLine)| Line {
            id: line.id.clone(),
            result: line.result.to_owned(),
            reason: line.reason.clone(),
            path: line.path.clone(),
            rule: line.rule.clone(),
            held: held.get(at).copied().unwrap_or_default(),
        };
        let lines: Vec<Line> = told.iter().enumerate().map(kept).collect();
        // In the order of the file; what concerns no object that could be held comes last.
        let last = if held.is_empty() { "z" } else { "" };
        let key = format!("{}/{last}{:09}", self.id, self.job.done);
        record::put(Bucket::JOB_LINES, &key, &lines, None)
    }
}

impl Job {
    fn count(&mut self, told: &ImportReport) {
        let lines = told.lines.len();
        let counts = ImportReport { lines: Vec::new(), notes: Vec::new(), ..told.clone() };
        self.counts.join(ImportReport { objects: lines, ..counts });
    }
}

impl ImportFile {
    /// The lines of a record, as the import tells them.
    pub(crate) fn lines(&self, record: &Record) -> Result<Vec<ImportLine>, NodeError> {
        let lines: Vec<Line> = record::read(record)?;
        let told = |line: Line| ImportLine {
            file: self.name.clone(),
            id: line.id,
            result: result(&line.result),
            reason: line.reason,
            path: line.path,
            rule: line.rule,
        };
        Ok(lines.into_iter().map(told).collect())
    }
}

fn result(name: &str) -> &'static str {
    match name {
        "new" => "new",
        "known" => "known",
        "conflict" => "conflict",
        _ => "rejected",
    }
}

/// The lines of a record with nothing said of an object but what became of it; none where nothing is
/// said now.
pub(crate) fn without(record: &Record, object: &str) -> Result<Option<Write>, NodeError> {
    let mut lines: Vec<Line> = record::read(record)?;
    let mut changed = false;
    for line in lines.iter_mut().filter(|line| line.id == object && !line.reason.is_empty()) {
        line.reason.clear();
        changed = true;
    }
    match changed {
        true => Ok(Some(record::put(Bucket::JOB_LINES, &record.key, &lines, None)?)),
        false => Ok(None),
    }
}
