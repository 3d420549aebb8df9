//! `legal-hold place | list | show | lift`.

use enlace_node::NodeError;
use serde_json::json;

use super::{Session, object};
use crate::args::LegalHold;

pub(super) async fn run(session: &Session<'_>, verb: LegalHold) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        LegalHold::Place { id, ground, reference } => {
            let hold = node.legal_hold_place(actor, &id, &ground, &reference).await?;
            out.summary(&json!({ "id": hold, "object": id }), || {
                format!("legal hold {hold}: {id} stays, restricted, if the partner takes it back")
            });
        }
        LegalHold::List => {
            let lines = node.legal_hold_list(actor, None).await?;
            for line in &lines {
                out.line(line, || {
                    let restricted = if line.restricted.is_some() { "restricted" } else { "" };
                    let (id, object, ground) = (&line.id, &line.object, &line.ground);
                    format!("{id}  {object}  {ground}  {}  {restricted}", line.since)
                });
            }
            out.summary(&json!({ "legal_holds": lines.len() }), String::new);
        }
        LegalHold::Show { id } => {
            let rows = node.legal_hold_view(actor, &id).await?;
            for row in &rows {
                object::show(session, &row.raw);
            }
            out.summary(&json!({ "versions": rows.len() }), String::new);
        }
        LegalHold::Lift { id } => {
            node.legal_hold_lift(actor, &id).await?;
            out.summary(&json!({ "lifted": 1 }), || format!("legal hold {id} ended"));
        }
    }
    Ok(0)
}
