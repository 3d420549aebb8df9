//! `hold place | list | lift`.

use enlace_node::NodeError;
use serde_json::json;

use super::Session;
use crate::args::Hold;
use crate::words::count;

pub(super) async fn run(session: &Session<'_>, verb: Hold) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Hold::Place { ids } => {
            let (id, objects) = node.hold_place(actor, &ids).await?;
            out.summary(&json!({ "id": id, "objects": objects }), || {
                format!("hold {id}: {} held back", count(objects, "object"))
            });
        }
        Hold::List => {
            let lines = node.hold_list(actor).await?;
            for line in &lines {
                out.line(line, || format!("{}  {}  {}", line.id, line.since, line.objects.len()));
            }
            out.summary(&json!({ "holds": lines.len() }), String::new);
        }
        Hold::Lift { id } => {
            node.hold_lift(actor, &id).await?;
            out.summary(&json!({ "lifted": 1 }), || format!("hold {id} ended"));
        }
    }
    Ok(0)
}
