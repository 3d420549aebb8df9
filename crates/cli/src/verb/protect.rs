//! `protect set | list | proposals | decide`.

use enlace_node::{NodeError, ProtectDecision};
use serde_json::{Value, json};

use super::Session;
use crate::args::Protect;
use crate::words::count;

pub(super) async fn run(session: &Session<'_>, verb: Protect) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Protect::Set { id, status, basis, since } => {
            node.protect_set(actor, &id, &status, &basis, &since).await?;
            out.summary(&json!({ "object": id, "status": status }), || {
                "set; partners have and get what they had before, until an officer decides".into()
            });
        }
        Protect::List => {
            let all = node.protect_list(actor).await?;
            for one in &all {
                let line = json!({
                    "id": one.name.id, "label": one.name.label, "statuses": one.statuses,
                });
                let statuses: Vec<&str> = one.statuses.iter().map(|s| s.status.as_str()).collect();
                out.line(&line, || {
                    format!("{}  {}  {}", one.name.id, one.name.label, statuses.join(", "))
                });
            }
            out.summary(&json!({ "persons": all.len() }), String::new);
        }
        Protect::Proposals => {
            let all = node.protect_proposals(actor).await?;
            for one in &all {
                let set: Vec<&str> = one.set.iter().map(|o| o.id.as_str()).collect();
                let decided = one.decided.as_ref().map_or(
                    Value::Null,
                    |(decision, by, at)| json!({ "decision": decision.name(), "by": by, "at": at }),
                );
                let line = json!({
                    "id": one.id, "at": one.at, "set": set, "released": one.released,
                    "decided": decided,
                });
                out.line(&line, || {
                    let state = one.decided.as_ref().map_or("open", |(d, _, _)| d.name());
                    let objects = count(set.len(), "object");
                    format!("{}  {objects}, {} released: {state}", one.id, one.released)
                });
            }
            out.summary(&json!({ "proposals": all.len() }), String::new);
        }
        Protect::Decide { id, decision } => {
            let decision =
                ProtectDecision::from_name(&decision).ok_or_else(|| NodeError::Input {
                    code: "protect.decision",
                    problem: format!("unknown decision `{decision}`"),
                    place: "DECISION".to_owned(),
                    expected: "keep, narrow, recall".to_owned(),
                })?;
            let recalled = node.protect_decide(actor, &id, decision).await?;
            out.summary(&json!({ "decision": decision.name(), "recalled": recalled }), || {
                format!("{}: {} recalled", decision.name(), count(recalled, "object"))
            });
        }
    }
    Ok(0)
}
