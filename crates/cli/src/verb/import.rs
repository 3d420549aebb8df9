//! `import FILE…`

use std::path::Path;

use enlace_node::{ImportLine, ImportReport, ImportRequest, JobState, NodeError};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Session, file_error, job};
use crate::args::Import;
use crate::words::count;

/// From here on a file is imported as a job: it takes seconds, and is gone on with if it is cut off.
const LARGE: usize = 8 << 20;

pub(super) async fn run(session: &Session<'_>, verb: Import) -> Result<u8, NodeError> {
    let mut total = ImportReport::default();
    let mut unread = None;
    let bar = ProgressBar::new(verb.files.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files  {msg}") {
        bar.set_style(style);
    }
    for file in &verb.files {
        let done = Box::pin(one(session, &verb, file, &bar)).await;
        bar.inc(1);
        match done {
            Ok(counts) => total.join(counts),
            // The other files are read all the same; the exit code tells of this one.
            Err(error @ (NodeError::Input { .. } | NodeError::File { .. })) => {
                bar.suspend(|| session.out.error(error.code(), &error.to_string()));
                unread = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    bar.finish_and_clear();
    session.out.summary(&total, || {
        format!(
            "{}: {} new, {} known, {} in conflict, {} rejected; {} could follow the standard's \
             advice better",
            count(total.objects, "object"),
            total.new,
            total.known,
            total.conflict,
            total.rejected,
            total.should
        )
    });
    Ok(match unread {
        Some(error) => error.exit_code(),
        None => u8::from(total.rejected + total.conflict > 0),
    })
}

/// Imports one file and shows its lines; answers its counts alone, so that memory does not grow with
/// the number of files.
async fn one(
    session: &Session<'_>,
    verb: &Import,
    file: &Path,
    bar: &ProgressBar,
) -> Result<ImportReport, NodeError> {
    let name = file
        .file_name()
        .map_or_else(|| file.display().to_string(), |n| n.to_string_lossy().into_owned());
    bar.set_message(name.clone());
    let bytes = std::fs::read(file).map_err(|error| file_error(file, error))?;
    let request = ImportRequest {
        name: &name,
        bytes: &bytes,
        format: verb.format.as_deref(),
        marking: verb.marking.as_deref(),
        source: verb.source.as_deref(),
        dry_run: verb.dry_run,
    };
    let (node, actor) = (&session.node, &session.actor);
    let mut report = match &verb.compartment {
        into if bytes.len() >= LARGE && !verb.dry_run => {
            let id = node.import_job(actor, &request, into.as_deref()).await?;
            // The job has its own.
            drop(bytes);
            return as_job(session, &name, &id, bar).await;
        }
        Some(into) => node.import_into(actor, request, into).await?,
        None => node.import(actor, request).await?,
    };
    bar.suspend(|| show_lines(session, &report.lines, &report.notes));
    (report.lines, report.notes) = (Vec::new(), Vec::new());
    Ok(report)
}

/// Imports a large file as a job: here, or where another process of the node works off jobs.
async fn as_job(
    session: &Session<'_>,
    name: &str,
    id: &str,
    files: &ProgressBar,
) -> Result<ImportReport, NodeError> {
    let Session { node, actor, .. } = session;
    let told = |line: &enlace_node::JobLine| {
        files.set_message(format!("{name}: {}", job::far(line)));
    };
    let line = Box::pin(node.job_wait(actor, id, told)).await?;
    if line.state != JobState::Done {
        let fault = line.fault.as_ref().map(|fault| fault.text.clone()).unwrap_or_default();
        let problem = format!("job `{id}` is {}: {} {fault}", line.state.name(), job::far(&line));
        return Err(NodeError::Input {
            code: "import.job",
            problem,
            place: name.to_owned(),
            expected: "a job that is done: look at `enlace job show`, and import the file again"
                .to_owned(),
        });
    }
    let told = |lines: &[ImportLine]| files.suspend(|| show_lines(session, lines, &[]));
    let view = node.job_told(actor, id, told).await?;
    files.suspend(|| show_lines(session, &[], &view.notes));
    Ok(view.line.counts.unwrap_or_default())
}

pub(super) fn show_lines(session: &Session<'_>, lines: &[ImportLine], notes: &[String]) {
    let mut out = session.out.many();
    for line in lines {
        // People see what needs attention; scripts see every object.
        if session.out.is_json() || line.result == "rejected" || line.result == "conflict" {
            out.line(line, || {
                let rule = if line.rule.is_empty() { "" } else { &line.rule };
                let (file, id, path) = (&line.file, &line.id, &line.path);
                format!("{file}: {id}: {} {rule} at `{path}`: {}", line.result, line.reason)
            });
        }
    }
    drop(out);
    for note in notes {
        session.out.note(note);
    }
}
