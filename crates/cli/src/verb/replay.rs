//! `agreement replay`.

use std::path::Path;

use enlace_node::NodeError;
use serde_json::json;

use super::{Session, read_text};

pub(super) async fn run(
    session: &Session<'_>,
    file: &Path,
    against: Option<&str>,
) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let name = super::agreement::name(file);
    let replay = node.agreement_replay(actor, &read_text(file)?, &name, against).await?;
    for line in &replay.lines {
        out.line(line, || {
            let (object, partner) = (&line.object, &line.partner);
            let why = [line.clauses.as_slice(), line.paths.as_slice()].concat().join(", ");
            format!("{:8} {object}  {partner}  {why}", line.verdict)
        });
    }
    for past in &replay.history {
        out.line(past, || {
            let (left, stay) = (past.left, past.would_stay.len());
            format!("release {} of {}: {left} left, {stay} would stay", past.release, past.sent)
        });
    }
    let count = |verdict: &str| replay.lines.iter().filter(|l| l.verdict == verdict).count();
    let (more, fewer, changed) = (count("more"), count("fewer"), count("changed"));
    let summary = json!({
        "against": replay.against, "planned": replay.planned, "cut": replay.cut,
        "more": more, "fewer": fewer, "changed": changed, "counts": replay.counts,
        "releases": replay.history.len(),
    });
    out.summary(&summary, || {
        let mut text = format!(
            "of {}: {more} more would leave, {fewer} fewer, {changed} with other fields",
            crate::words::count(replay.planned, "object")
        );
        for (what, count) in &replay.counts {
            text.push_str(&format!("\n  {count:6}  {what}"));
        }
        text
    });
    Ok(0)
}
