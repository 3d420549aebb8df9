//! `job list | show | cancel`.

use enlace_node::{ImportLine, JobLine, NodeError};
use serde_json::json;

use super::{Session, import};
use crate::args::Job;
use crate::words::count;

pub(super) async fn run(session: &Session<'_>, verb: Job) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Job::List => {
            let lines = node.job_list(actor).await?;
            for line in &lines {
                out.line(line, || sentence(line));
            }
            let live = lines.iter().filter(|line| !line.state.is_over()).count();
            let counts = json!({ "jobs": lines.len(), "live": live });
            out.summary(&counts, || match lines.is_empty() {
                true => "no jobs".to_owned(),
                false => String::new(),
            });
        }
        Job::Show { id } => {
            let told = |lines: &[ImportLine]| import::show_lines(session, lines, &[]);
            let view = node.job_told(actor, &id, told).await?;
            import::show_lines(session, &[], &view.notes);
            out.summary(&view.line, || sentence(&view.line));
        }
        Job::Cancel { id } => {
            let line = node.job_cancel(actor, &id).await?;
            out.summary(&line, || sentence(&line));
        }
    }
    Ok(0)
}

/// A job in one line.
pub(super) fn sentence(line: &JobLine) -> String {
    let name = line.file.as_deref().unwrap_or(line.kind);
    let mut text =
        format!("{}  {}  {name}  {}: {}", line.id, line.queued, line.state.name(), far(line));
    if let Some(counts) = &line.counts {
        text.push_str(&format!(
            "; {} new, {} known, {} in conflict, {} rejected",
            counts.new, counts.known, counts.conflict, counts.rejected
        ));
    }
    if let Some(fault) = &line.fault {
        text.push_str(&format!("; {} {}", fault.code, fault.text));
    }
    text
}

pub(super) fn far(line: &JobLine) -> String {
    let done = usize::try_from(line.done).unwrap_or(usize::MAX);
    match line.total {
        Some(total) => {
            format!("{done} of {}", count(usize::try_from(total).unwrap_or(done), "object"))
        }
        None => "the file is not read yet".to_owned(),
    }
}
