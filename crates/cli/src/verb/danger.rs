//! `danger release | list | review | recall | seen`.

use enlace_node::{DangerLine, DangerOutcome, DangerRequest, DangerRun, DangerWarning, NodeError};
use serde_json::json;

use super::{Session, read_text};
use crate::args::Danger;
use crate::words::{Words, count};

pub(super) async fn run(session: &Session<'_>, verb: Danger) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Danger::Release { partner, reason, text, text_file, why, dry_run, confirm, ids } => {
            let text = match (text, text_file) {
                (Some(text), _) => text,
                (None, Some(path)) => read_text(&path)?,
                (None, None) => String::new(),
            };
            let request = DangerRequest { partner, reason, text, why, ids };
            if dry_run {
                show(session, &node.danger_dry_run(actor, &request).await?);
                return Ok(0);
            }
            let line = node.danger_release(actor, &request, confirm).await?;
            out.summary(&line, || {
                let state = if line.state == "received" { "received" } else { "on its way" };
                format!(
                    "{}: {} warned ({state}); to be reviewed by {}",
                    line.id, line.partner, line.due
                )
            });
        }
        Danger::List => {
            let (sent, received) =
                (node.danger_list(actor).await?, node.danger_received(actor).await?);
            for one in &received {
                out.line(&json!({ "received": one }), || arrived(one));
            }
            for one in &sent {
                out.line(&json!({ "sent": one }), || told(one));
            }
            let overdue = sent.iter().filter(|one| one.overdue).count();
            let counts =
                json!({ "sent": sent.len(), "received": received.len(), "overdue": overdue });
            out.summary(&counts, String::new);
        }
        Danger::Review { id, outcome, note } => {
            let outcome = DangerOutcome::from_name(&outcome).ok_or_else(|| NodeError::Input {
                code: "danger.outcome",
                problem: format!("unknown outcome `{outcome}`"),
                place: "OUTCOME".to_owned(),
                expected: "confirmed, recalled".to_owned(),
            })?;
            let line = node.danger_review(actor, &id, outcome, &note).await?;
            out.summary(&line, || told(&line));
        }
        Danger::Recall { id } => {
            let line = node.danger_recall(actor, &id).await?;
            out.summary(&line, || told(&line));
        }
        Danger::Seen { id } => {
            node.danger_seen(actor, &id).await?;
            out.summary(&json!({ "seen": id }), || "noted".to_owned());
        }
    }
    Ok(0)
}

fn told(line: &DangerLine) -> String {
    let review = match (&line.review, line.overdue) {
        (Some((by, outcome, _)), _) => format!("{outcome} by {by}"),
        (None, true) => format!("REVIEW OVERDUE since {}", line.due),
        (None, false) => format!("to be reviewed by {}", line.due),
    };
    format!("{}  to {}  {}  {}  {review}", line.id, line.partner, line.reason, line.state)
}

fn arrived(one: &DangerWarning) -> String {
    let seen = one.seen_by.as_deref().map_or("NEW".to_owned(), |by| format!("seen by {by}"));
    let text = if one.withdrawn { "(taken back)" } else { one.text.as_str() };
    format!("{}  from {}  {}  {seen}  {text}", one.id, one.partner, one.reason)
}

fn show(session: &Session<'_>, run: &DangerRun) {
    for originator in &run.originators {
        session.out.note(&format!("will be told, it originated what leaves: {originator}"));
    }
    let words = Words::new();
    for line in &run.lines {
        session.out.line(line, || words.dry(line));
    }
    session.out.summary(&run.counts, || {
        let c = &run.counts;
        let leave = c.kept + c.changed;
        let leave = count(leave, "object");
        format!("the text and {leave} would go to {}; withheld: {}", run.partner, c.withheld)
    });
}
