//! `import FILE…`

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
        let name = file
            .file_name()
            .map_or_else(|| file.display().to_string(), |n| n.to_string_lossy().into_owned());
        bar.set_message(name.clone());
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                // The other files are read all the same; the exit code tells of this one.
                let error = file_error(file, error);
                bar.suspend(|| session.out.error(error.code(), &error.to_string()));
                unread = Some(error);
                bar.inc(1);
                continue;
            }
        };
        let request = ImportRequest {
            name: &name,
            bytes: &bytes,
            format: verb.format.as_deref(),
            marking: verb.marking.as_deref(),
            source: verb.source.as_deref(),
            dry_run: verb.dry_run,
        };
        let (node, actor) = (&session.node, &session.actor);
        let done = match &verb.compartment {
            into if bytes.len() >= LARGE && !verb.dry_run => {
                as_job(session, &request, into.as_deref(), &bar).await
            }
            Some(name) => node.import_into(actor, request, name).await,
            None => node.import(actor, request).await,
        };
        let report = match done {
            Ok(report) => report,
            Err(error @ (NodeError::Input { .. } | NodeError::File { .. })) => {
                bar.suspend(|| session.out.error(error.code(), &error.to_string()));
                unread = Some(error);
                bar.inc(1);
                continue;
            }
            Err(error) => return Err(error),
        };
        bar.inc(1);
        bar.suspend(|| show(session, &report));
        total.join(report);
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

/// Imports a large file as a job: here, or where another process of the node works off jobs.
async fn as_job(
    session: &Session<'_>,
    request: &ImportRequest<'_>,
    into: Option<&str>,
    files: &ProgressBar,
) -> Result<ImportReport, NodeError> {
    let Session { node, actor, .. } = session;
    let id = node.import_job(actor, request, into).await?;
    let told = |line: &enlace_node::JobLine| {
        files.set_message(format!("{}: {}", request.name, job::far(line)));
    };
    let line = Box::pin(node.job_wait(actor, &id, told)).await?;
    if line.state != JobState::Done {
        let fault = line.fault.as_ref().map(|fault| fault.text.clone()).unwrap_or_default();
        let problem = format!("job `{id}` is {}: {} {fault}", line.state.name(), job::far(&line));
        return Err(NodeError::Input {
            code: "import.job",
            problem,
            place: request.name.to_owned(),
            expected: "a job that is done: look at `enlace job show`, and import the file again"
                .to_owned(),
        });
    }
    let view = node.job_view(actor, &id, false, usize::MAX).await?;
    let counts = view.line.counts.unwrap_or_default();
    Ok(ImportReport { lines: view.lines, notes: view.notes, ..counts })
}

fn show(session: &Session<'_>, report: &ImportReport) {
    show_lines(session, &report.lines, &report.notes);
}

pub(super) fn show_lines(session: &Session<'_>, lines: &[ImportLine], notes: &[String]) {
    for line in lines {
        // People see what needs attention; scripts see every object.
        if session.out.is_json() || line.result == "rejected" || line.result == "conflict" {
            session.out.line(line, || {
                let rule = if line.rule.is_empty() { "" } else { &line.rule };
                let (file, id, path) = (&line.file, &line.id, &line.path);
                format!("{file}: {id}: {} {rule} at `{path}`: {}", line.result, line.reason)
            });
        }
    }
    for note in notes {
        session.out.note(note);
    }
}
