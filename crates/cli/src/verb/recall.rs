//! `recall`, `recalls`.

use enlace_node::{NodeError, RecallStatus};
use serde_json::json;

use super::Session;

/// A recall stands in the collection that the partner's node asks; nobody is called.
const READS_IT: &str = "its node reads it with its next synchronisation";

pub(super) async fn recall(
    session: &Session<'_>,
    id: &str,
    partner: Option<&str>,
) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let recalled = node.recall(actor, id, partner).await?;
    for line in &recalled {
        out.line(line, || {
            let (partner, told) =
                (&line.partner, if line.fetched { READS_IT } else { "never had it" });
            format!("{}: withdrawn from {partner} ({told})", line.twin)
        });
    }
    out.summary(&json!({ "partners": recalled.len() }), String::new);
    Ok(u8::from(recalled.is_empty()))
}

pub(super) async fn correct(
    session: &Session<'_>,
    id: &str,
    partner: Option<&str>,
) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let corrected = node.correct(actor, id, partner).await?;
    for line in &corrected {
        out.line(line, || {
            let told = if line.fetched { READS_IT } else { "never had any" };
            let (twin, partner) = (&line.twin, &line.partner);
            format!("{twin}: {} earlier versions withdrawn from {partner} ({told})", line.versions)
        });
    }
    out.summary(&json!({ "partners": corrected.len() }), String::new);
    Ok(0)
}

pub(super) async fn list(session: &Session<'_>, unanswered: bool) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let lines = node.recall_list(actor, unanswered).await?;
    for line in &lines {
        out.line(line, || {
            let (object, partner, reason) = (&line.object, &line.partner, line.reason.name());
            format!("{object}  {partner}  {reason} {}: {}", line.at, said(line))
        });
    }
    let of = |state: &str| lines.iter().filter(|line| line.state == state).count();
    let (waiting, overdue) = (of("waiting") + of("overdue"), of("overdue"));
    out.summary(&json!({ "listed": lines.len(), "waiting": waiting, "overdue": overdue }), || {
        format!("{} listed, {waiting} without an answer, {overdue} of them overdue", lines.len())
    });
    Ok(0)
}

fn said(line: &RecallStatus) -> String {
    match &line.stated {
        None if line.fetched => format!("no answer for {} days", line.days),
        None => "was not fetched".to_owned(),
        Some(stated) => {
            let ground = match stated.ground.as_str() {
                "" => String::new(),
                ground => format!(" ({ground})"),
            };
            format!("partner states: {}{ground}, {}", stated.outcome, stated.at)
        }
    }
}
