//! `note add | list | remove`.

use enlace_node::{NodeError, NoteKind};
use serde_json::json;

use super::Session;
use crate::args::Note;

pub(super) async fn run(session: &Session<'_>, verb: Note) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Note::Add { id, text, label } => {
            let kind = if label { NoteKind::Label } else { NoteKind::Note };
            let note = node.note_add(actor, &id, kind, &text).await?;
            out.summary(&json!({ "note": note }), || format!("note {note} written"));
        }
        Note::List { id } => {
            let notes = node.note_list(actor, &id).await?;
            for note in &notes {
                let line = json!({
                    "id": note.id, "kind": note.kind, "text": note.text, "by": note.by,
                    "at": note.at, "channel": note.channel,
                });
                out.line(&line, || format!("{}  {}  {}: {}", note.id, note.at, note.by, note.text));
            }
            out.summary(&json!({ "notes": notes.len() }), String::new);
        }
        Note::Remove { id, note } => {
            node.note_remove(actor, &id, &note).await?;
            out.summary(&json!({ "removed": 1 }), String::new);
        }
    }
    Ok(0)
}
