//! `inbox list | show | accept | reject`.

use enlace_node::NodeError;
use serde_json::json;

use super::Session;
use crate::args::Inbox;

pub(super) async fn run(session: &Session<'_>, verb: Inbox) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Inbox::List => {
            let lines = node.inbox_list(actor).await?;
            for line in &lines {
                out.line(line, || {
                    let state = format!("{:?}", line.state).to_lowercase();
                    let (kind, partner) = (&line.kind, &line.partner);
                    format!("{} {kind} from {partner}: {} objects, {state}", line.id, line.objects)
                });
            }
            out.summary(&json!({ "items": lines.len() }), String::new);
        }
        Inbox::Show { id } => {
            let rows = node.inbox_show(actor, &id).await?;
            for row in &rows {
                let line = json!({
                    "id": row.id, "type": row.kind, "label": row.label, "state": row.state,
                });
                out.line(&line, || format!("{}  {}", row.id, row.label));
            }
            out.summary(&json!({ "objects": rows.len() }), String::new);
        }
        Inbox::Accept { id } if id == "all" => {
            let pending = node.inbox_pending(actor).await?;
            let mut objects = 0;
            for record in &pending {
                objects += node.inbox_accept(actor, record).await?;
            }
            let counts = json!({ "accepted": pending.len(), "objects": objects });
            out.summary(&counts, || format!("{} releases accepted", pending.len()));
        }
        Inbox::Accept { id } => {
            let objects = node.inbox_accept(actor, &id).await?;
            let counts = json!({ "accepted": 1, "objects": objects });
            out.summary(&counts, || format!("{objects} objects held; receipt queued"));
        }
        Inbox::Reject { id, ground } => {
            let objects = node.inbox_reject(actor, &id, ground.as_deref()).await?;
            let counts = json!({ "rejected": 1, "objects": objects });
            out.summary(&counts, || format!("{objects} objects refused"));
        }
    }
    Ok(0)
}
