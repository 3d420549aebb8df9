//! Files in: formats → objects → store, one line of result each.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use enlace_import::{Format, Imported, Limits, Marking, MarkingError, Rejected, Source};
use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_stix::version::Arrival;
use enlace_store::{Batch, Guard, OWN, ObjectState, Quarantined, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::blob_use::Pinned;
use crate::compartment::Placing;
use crate::feed::Brought;
use crate::import_job::Course;
use crate::import_report::{ImportReport, say};
use crate::inherited;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::version::{self, Ahead};
use crate::view::View;
use crate::{Actor, Node, NodeError};

/// Objects written in one transaction. Tests have small files, and want many steps.
const CHUNK: usize = if cfg!(test) { 100 } else { 2000 };

/// A file to import.
#[derive(Debug)]
pub struct ImportRequest<'a> {
    /// Its name, for reports and provenance.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Format by name; `None` = told by content.
    pub format: Option<&'a str>,
    /// TLP for objects that we make from rows and documents.
    pub marking: Option<&'a str>,
    /// Name of the source, instead of the file name.
    pub source: Option<&'a str>,
    /// Only report.
    pub dry_run: bool,
}

#[derive(Serialize, Deserialize)]
struct SourceFile {
    name: String,
    media: String,
    bytes: usize,
    imported_us: i64,
    /// Whether all of it was read; a crash leaves it open, and the next import goes on.
    done: bool,
}

/// Where the objects of an import go.
#[derive(Default)]
pub(crate) struct Way {
    /// The compartment that they go into.
    pub(crate) placing: Option<Placing>,
    /// The feed that brings them; `None` = they are ours.
    pub(crate) feed: Option<Brought>,
    /// The job that it is; `None` for an import in one go.
    pub(crate) course: Option<Course>,
}

impl Way {
    fn channel(&self) -> &str {
        self.feed.as_ref().map_or(OWN, |feed| &feed.channel)
    }

    /// Under which key the file is remembered: what one channel brought is new to another.
    fn source_key(&self, sha256: &str) -> String {
        match &self.feed {
            Some(feed) => format!("{}/{sha256}", feed.channel),
            None => sha256.to_owned(),
        }
    }
}

/// One import under way.
struct Run<'a> {
    actor: &'a Actor,
    /// What the importer sees, and ids of what he does not.
    view: View,
    hidden: HashSet<String>,
    /// Markings of the file: they say when what bears them is due for review.
    definitions: BTreeMap<String, Object>,
    way: Way,
    request: &'a ImportRequest<'a>,
    /// Name under which these bytes came in first.
    source: String,
    sha256: String,
    /// Whether these bytes were imported before.
    again: bool,
    /// Whether an import of these bytes ended half-way: what is held may be of this file.
    resumed: bool,
    /// Objects of the file that were held already in this version.
    held: BTreeSet<String>,
    /// Versions that the batch under way will keep; of a dry run those of the whole file.
    ahead: Ahead,
    /// Versions that break a rule beside what is held; of a job they are kept with their step.
    aside: Vec<Quarantined>,
    report: ImportReport,
    /// The job that this is; `None` for an import in one go.
    course: Option<Course>,
}

/// What is told of a chunk.
struct Told {
    report: ImportReport,
    /// Of each object whether this version was held before the import.
    held: Vec<bool>,
    aside: Vec<Quarantined>,
}

impl Node {
    /// Imports one file. Good objects are held, each bad one is set aside with its reason; the
    /// same file again changes nothing.
    pub async fn import(
        &self,
        actor: &Actor,
        request: ImportRequest<'_>,
    ) -> Result<ImportReport, NodeError> {
        self.import_to(actor, request, Way::default()).await
    }

    /// As [`Node::import`], into a compartment that the actor is in: what was not held before is in
    /// it from its first instant. What is held already stays where it is.
    pub async fn import_into(
        &self,
        actor: &Actor,
        request: ImportRequest<'_>,
        compartment: &str,
    ) -> Result<ImportReport, NodeError> {
        actor.require(Action::Import)?;
        let placing = Some(self.placing(actor, compartment).await?);
        self.import_to(actor, request, Way { placing, ..Way::default() }).await
    }

    /// Imports one file on its way: ours, or a page of a feed.
    pub(crate) async fn import_to(
        &self,
        actor: &Actor,
        request: ImportRequest<'_>,
        mut way: Way,
    ) -> Result<ImportReport, NodeError> {
        actor.require(Action::Import)?;
        let sha256 = hex::encode(Sha256::digest(request.bytes));
        let source_key = way.source_key(&sha256);
        let first = self.store.record(Bucket::SOURCE, &source_key).await?;
        let known: Option<SourceFile> = first.as_ref().map(record::read).transpose()?;
        let again = known.as_ref().is_some_and(|k| k.done);
        let file = known.unwrap_or_else(|| SourceFile {
            name: request.source.unwrap_or(request.name).to_owned(),
            media: String::new(),
            bytes: request.bytes.len(),
            imported_us: self.now_us(),
            done: false,
        });
        let mut outcome = self.read_file(&request, &file)?;
        if let Some(feed) = &way.feed {
            feed.refuse_parties(&mut outcome);
        }
        let view = self.view_of(actor).await?;
        let course = way.course.take();
        let mut run = Run {
            actor,
            hidden: self.hidden(&view).await?,
            view,
            definitions: definitions(&outcome),
            way,
            request: &request,
            source: file.name.clone(),
            sha256,
            again,
            resumed: first.is_some() && !again,
            held: BTreeSet::new(),
            ahead: Ahead::default(),
            aside: Vec::new(),
            report: ImportReport::default(),
            course,
        };
        run.report.notes =
            outcome.notes.iter().map(|n| format!("{}: {}", file.name, say(n))).collect();
        let mut writes = Vec::new();
        if !request.dry_run && first.is_none() {
            // What we make of the file is dated by its first import: remembered before the rest.
            writes.push(record::put(Bucket::SOURCE, &source_key, &file, None)?);
        }
        self.begin(&mut run, outcome.objects.len(), writes).await?;
        let pinned = match request.dry_run {
            true => Pinned::default(),
            false => self.keep_documents(&outcome).await?,
        };
        let from = run.course.as_ref().map_or(0, Course::position);
        for chunk in outcome.objects.get(from..).unwrap_or_default().chunks(CHUNK) {
            self.keep(&mut run, chunk).await?;
        }
        if !run.course.as_ref().is_some_and(Course::is_kept) {
            self.finish(&mut run, file, &outcome).await?;
        }
        self.unpin(pinned, &outcome).await?;
        if let Some(course) = &mut run.course {
            self.end_course(course).await?;
            return Ok(course.report().clone());
        }
        run.report.objects = run.report.lines.len();
        Ok(run.report)
    }

    /// Begins, or goes on where the job stopped.
    async fn begin(
        &self,
        run: &mut Run<'_>,
        objects: usize,
        mut writes: Vec<Write>,
    ) -> Result<(), NodeError> {
        let mut guards = Vec::new();
        if let Some(course) = &mut run.course {
            // What the file was before the job touched it, not what the job made of it.
            (run.again, run.resumed) = course.met(run.again, run.resumed);
            run.held = self.held_by_course(course).await?;
            let next = course.begun(self.now_us(), objects, &run.report.notes);
            let (guard, write) = course.next(&next)?;
            guards.push(guard);
            writes.push(write);
            self.store.commit(Batch { guards, writes }).await?;
            course.went(next);
        } else if !writes.is_empty() {
            self.store.commit(Batch { guards, writes }).await?;
        }
        Ok(())
    }

    fn read_file(
        &self,
        request: &ImportRequest<'_>,
        file: &SourceFile,
    ) -> Result<enlace_import::Outcome, NodeError> {
        let fault = |code, problem: String, expected: String| {
            NodeError::input(code, problem, request.name, expected)
        };
        let marking = request.marking.map(Marking::parse).transpose();
        let marking = marking.map_err(|e: MarkingError| {
            fault("import.marking", e.to_string(), "a TLP colour, such as `amber`".to_owned())
        })?;
        let format = match request.format {
            None => None,
            Some(name) => Some(Format::from_name(name).ok_or_else(|| {
                let problem = format!("unknown format `{name}`");
                fault("import.format", problem, Format::NAMES.to_owned())
            })?),
        };
        let limits = &self.config.limits;
        let object =
            enlace_stix::Limits { object_bytes: limits.object_bytes, nesting: limits.nesting };
        let key = self.keys.identifier_key();
        let source = Source {
            format,
            marking,
            created_by: Some(&self.me.identity_id),
            limits: Limits { file_bytes: limits.body_bytes, object, ..Limits::default() },
            ..Source::new(&file.name, request.bytes, key.expose(), file.imported_us)
        };
        enlace_import::import(&source).map_err(|e| fault(e.code(), e.to_string(), e.expected()))
    }

    /// Keeps a chunk of objects with its leaf in one transaction; of a job also how far it is then.
    async fn keep(&self, run: &mut Run<'_>, chunk: &[Imported]) -> Result<(), NodeError> {
        let mut attempts = 0;
        let (told, next) = loop {
            let (arrivals, mut writes) = self.chunk(run, chunk).await?;
            let mut told = self.tell(run, chunk, &arrivals);
            let (mut guards, mut next) = (Vec::new(), None);
            if let Some(course) = &run.course {
                let job = course.stepped(self.now_us(), &told.report, told.aside.len());
                let (guard, write) = course.next(&job)?;
                guards.push(guard);
                writes.push(write);
                writes.push(course.lines(&told.report.lines, &told.held)?);
                let aside = told.aside.drain(..);
                writes.extend(aside.map(|row| Write::Quarantine(Box::new(row))));
                next = Some(job);
            }
            if run.request.dry_run || writes.is_empty() {
                break (told, next);
            }
            run.ahead.clear();
            attempts += 1;
            match self.store.commit(Batch { guards, writes }).await {
                Ok(_) => break (told, next),
                Err(error) if version::outrun(&error) && attempts < version::PATIENCE => {}
                Err(error) => return Err(error.into()),
            }
        };
        let held = chunk.iter().zip(&told.held).filter(|(_, held)| **held);
        run.held.extend(held.map(|(imported, _)| imported.object.id().to_string()));
        run.aside.extend(told.aside);
        match (&mut run.course, next) {
            (Some(course), Some(next)) => course.went(next),
            _ => run.report.join(told.report),
        }
        Ok(())
    }

    /// What is told of the objects of a chunk.
    fn tell(&self, run: &Run<'_>, chunk: &[Imported], arrivals: &[Arrival]) -> Told {
        let mut told =
            Told { report: ImportReport::default(), held: Vec::new(), aside: Vec::new() };
        for (imported, arrival) in chunk.iter().zip(arrivals) {
            told.held.push(*arrival == Arrival::Same && !run.resumed);
            if let (Some(fault), false) = (arrival.fault(), run.again) {
                let source = format!("{}: {}", run.source, imported.position);
                told.aside.push(self.aside(source, &imported.object, fault));
            }
            // To whom an object is hidden its import says what that of an unknown one says.
            let hidden = run.hidden.contains(imported.object.id().as_str());
            let shown = if hidden { Arrival::New } else { *arrival };
            told.report.add(run.request.name, imported, shown);
        }
        told
    }

    /// What each object of a chunk means beside what is held, and what keeps the new ones.
    async fn chunk(
        &self,
        run: &mut Run<'_>,
        chunk: &[Imported],
    ) -> Result<(Vec<Arrival>, Vec<Write>), NodeError> {
        let (mut writes, mut placed) = (Vec::new(), Vec::new());
        let objects = chunk.iter().map(|imported| &imported.object);
        let arrivals = self.foresee_each(&mut run.ahead, run.way.channel(), objects).await?;
        for (Imported { object, .. }, arrival) in chunk.iter().zip(&arrivals) {
            let (arrival, channel) = (*arrival, run.way.channel());
            if arrival != Arrival::Same && arrival.fault().is_none() {
                let mut row = self.new_object(object, channel, &run.source, ObjectState::Held);
                row.foreseen = Some(arrival);
                writes.push(Write::Object(Box::new(row)));
                // What hides an object hides it in every channel: a feed hides nothing of ours.
                if channel == OWN || !self.holds_own(object).await? {
                    writes.extend(self.hidden_with(&run.view, object).await?);
                    writes.extend(self.review_write(object, &run.definitions, None).await?);
                }
            }
            if let (Arrival::New, Some(placing)) = (arrival, &run.way.placing)
                && placing.takes(object)
                // Held in another channel: it is not the importer's to hide.
                && self.store.object(object.id().as_str(), None).await?.is_none()
            {
                writes.push(placing.write(object)?);
                placed.push(object.id().to_string());
            }
        }
        if !writes.is_empty() {
            let kept = writes.iter().filter(|w| matches!(w, Write::Object(_))).count();
            let act = Act::new("collection").by(run.actor).field("file", run.source.as_str());
            let act = act.field("sha256", run.sha256.as_str()).field("objects", kept);
            writes.push(self.node_leaf(act)?);
            if let (Some(placing), false) = (&run.way.placing, placed.is_empty()) {
                writes.push(self.node_leaf(placing.act(run.actor, placed))?);
            }
        }
        Ok((arrivals, writes))
    }

    /// Sets aside what was rejected, remembers the file and the markings that members inherit.
    async fn finish(
        &self,
        run: &mut Run<'_>,
        mut file: SourceFile,
        outcome: &enlace_import::Outcome,
    ) -> Result<(), NodeError> {
        let mut writes = Vec::with_capacity(outcome.rejected.len() + run.aside.len() + 2);
        let conflicts = run.course.as_ref().map_or(run.aside.len(), Course::aside);
        writes.extend(run.aside.drain(..).map(|row| Write::Quarantine(Box::new(row))));
        let mut last = ImportReport::default();
        for bad in &outcome.rejected {
            last.reject(run.request.name, bad);
            writes.push(Write::Quarantine(Box::new(self.rejected(run, bad))));
        }
        for repeated in &outcome.repeated {
            last.repeat(run.request.name, repeated.id.as_str());
        }
        if run.request.dry_run || (run.again && run.course.is_none()) {
            run.report.join(last);
            return Ok(());
        }
        if run.again {
            writes.clear();
            return self.kept(run, last, Vec::new(), writes).await;
        }
        if !outcome.rejected.is_empty() || conflicts > 0 {
            let act = Act::new("collection").by(run.actor).field("file", run.source.as_str());
            let mut act = act.field("sha256", run.sha256.as_str());
            act = act.field("rejected", outcome.rejected.len());
            if conflicts > 0 {
                act = act.field("conflict", conflicts);
            }
            writes.push(self.node_leaf(act)?);
        }
        let mut guards = Vec::new();
        let mut inherits = inherited(outcome);
        if let Some(feed) = &run.way.feed {
            feed.mark_the_rest(outcome, &mut inherits);
        }
        for (id, mut markings) in inherits {
            let member = inherited::key(run.way.channel(), &id);
            match self.store.record(Bucket::INHERITED, &member).await? {
                // Copied once: to file what is held changes nothing of what partners have.
                Some(_) if run.held.contains(&id) => continue,
                Some(kept) => {
                    markings.extend(record::read::<BTreeSet<String>>(&kept)?);
                    guards.push(record::unchanged(Bucket::INHERITED, &kept));
                }
                None => {
                    guards.push(Guard::Absent { bucket: Bucket::INHERITED, key: member.clone() });
                }
            }
            writes.push(record::put(Bucket::INHERITED, &member, &markings, None)?);
        }
        file.media = outcome.media.to_owned();
        file.done = true;
        writes.push(record::put(Bucket::SOURCE, &run.way.source_key(&run.sha256), &file, None)?);
        self.kept(run, last, guards, writes).await
    }

    /// The last transaction of what the file brought.
    async fn kept(
        &self,
        run: &mut Run<'_>,
        last: ImportReport,
        mut guards: Vec<Guard>,
        mut writes: Vec<Write>,
    ) -> Result<(), NodeError> {
        match &mut run.course {
            None => {
                self.store.commit(Batch { guards, writes }).await?;
                run.report.join(last);
            }
            Some(course) => {
                let next = course.kept(self.now_us(), &last);
                let (guard, write) = course.next(&next)?;
                guards.push(guard);
                writes.push(write);
                writes.push(course.lines(&last.lines, &[])?);
                self.store.commit(Batch { guards, writes }).await?;
                course.went(next);
            }
        }
        Ok(())
    }

    async fn holds_own(&self, object: &Object) -> Result<bool, NodeError> {
        Ok(self.store.object(object.id().as_str(), Some(OWN)).await?.is_some())
    }

    fn rejected(&self, run: &Run<'_>, bad: &Rejected) -> Quarantined {
        Quarantined {
            number: 0,
            source: format!("{}: {}", run.source, bad.position),
            object_id: bad.object_id.clone(),
            path: bad.path.clone(),
            rule: bad.rule.clone(),
            expected: bad.expected.clone(),
            found: bad.found.clone(),
            raw: bad.raw.clone(),
            at_us: self.now_us(),
        }
    }
}

/// Markings by member: of several containers all count, so that the strictest wins.
fn inherited(outcome: &enlace_import::Outcome) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in &outcome.inherited {
        let markings = found.entry(one.member.to_string()).or_default();
        markings.extend(one.markings.iter().cloned());
    }
    found
}

/// Marking definitions of a file, by id.
fn definitions(outcome: &enlace_import::Outcome) -> BTreeMap<String, Object> {
    let all = outcome.objects.iter().map(|imported| &imported.object);
    let markings = all.filter(|object| object.kind() == "marking-definition");
    markings.map(|object| (object.id().to_string(), object.clone())).collect()
}
