//! `review list | keep | erase`.

use enlace_node::NodeError;
use serde_json::json;

use super::Session;
use crate::args::Review;

pub(super) async fn run(session: &Session<'_>, verb: Review) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Review::List => {
            let lines = node.review_list(actor).await?;
            for line in &lines {
                let (id, label) = (&line.name.id, &line.name.label);
                let shown =
                    json!({ "id": id, "type": line.name.kind, "label": label, "due": line.due });
                out.line(&shown, || format!("{id}  {label}  due {}", line.due));
            }
            out.summary(&json!({ "overdue": lines.len() }), String::new);
        }
        Review::Keep { id, until, why } => {
            node.review_keep(actor, &id, &until, &why).await?;
            out.summary(&json!({ "object": id, "until": until }), || format!("kept until {until}"));
        }
        Review::Erase { id } => {
            let erased = node.review_erase(actor, &id).await?;
            let warnings = &erased.warnings;
            out.summary(&erased, || {
                let mut text = format!("{} is erased", erased.id);
                for id in &warnings.erased {
                    text.push_str(&format!("\n  with the text of {id}"));
                }
                for id in &warnings.stay {
                    text.push_str(&format!(
                        "\n  {id} names it and stays: it is about other objects"
                    ));
                }
                text
            });
        }
    }
    Ok(0)
}
