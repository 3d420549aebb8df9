//! `inbox list | show | accept | reject`.

use enlace_node::{Cut, NodeError, Received, ShownValue};
use serde_json::{Value, json};

use super::Session;
use crate::args::Inbox;
use crate::words::count;

pub(super) async fn run(session: &Session<'_>, verb: Inbox) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Inbox::List => {
            let lines = node.inbox_list(actor).await?;
            for line in &lines {
                out.line(line, || {
                    let state = format!("{:?}", line.state).to_lowercase();
                    let (kind, partner) = (&line.kind, &line.partner);
                    let objects = count(line.objects, "object");
                    format!("{} {kind} from {partner}: {objects}, {state}", line.id)
                });
            }
            out.summary(&json!({ "items": lines.len() }), String::new);
        }
        Inbox::Show { id } => {
            let view = node.inbox_view(actor, &id, 0, usize::MAX).await?;
            for received in &view.objects {
                let (name, from) = (&received.name, &view.partner.name);
                let line = json!({
                    "id": name.id, "type": name.kind, "label": name.label,
                    "state": received.state, "from": from, "news": received.news,
                    "values": received.values, "beyond": received.beyond,
                });
                out.line(&line, || described(received, from));
            }
            out.summary(&json!({ "objects": view.total }), String::new);
        }
        Inbox::Accept { id } if id == "all" => {
            let pending = node.inbox_pending(actor).await?;
            let mut objects = 0;
            for record in &pending {
                objects += node.inbox_accept(actor, record).await?;
            }
            let counts = json!({ "accepted": pending.len(), "objects": objects });
            out.summary(&counts, || format!("{} accepted", count(pending.len(), "release")));
        }
        Inbox::Accept { id } => {
            let objects = node.inbox_accept(actor, &id).await?;
            let counts = json!({ "accepted": 1, "objects": objects });
            out.summary(&counts, || format!("{} held; receipt queued", count(objects, "object")));
        }
        Inbox::Reject { id, ground } => {
            let objects = node.inbox_reject(actor, &id, ground.as_deref()).await?;
            let counts = json!({ "rejected": 1, "objects": objects });
            out.summary(&counts, || format!("{} refused", count(objects, "object")));
        }
    }
    Ok(0)
}

/// An object as its sender states it, a line a value.
fn described(received: &Received, from: &str) -> String {
    let (name, news) = (&received.name, received.news.name());
    let mut text = format!("{}  {}", safe(&name.id), safe(&name.label));
    if !received.values.is_empty() {
        text.push_str(&format!("  [{news}; stated by {}]", safe(from)));
    }
    for value in &received.values {
        let now = value.now.as_ref().map_or_else(|| "(no more)".to_owned(), said);
        text.push_str(&format!("\n  {}: {now}", safe(&value.path)));
        if value.changed {
            let before = value.before.as_ref().map_or_else(|| "(nothing)".to_owned(), said);
            text.push_str(&format!("\n    held so far: {before}"));
        }
    }
    if received.beyond > 0 {
        text.push_str(&format!("\n  … {} more values", received.beyond));
    }
    text
}

fn said(shown: &ShownValue) -> String {
    let text = match &shown.value {
        Value::String(text) => safe(text),
        other => safe(&other.to_string()),
    };
    match shown.cut {
        Some(Cut::Characters(count)) => format!("{text}… ({count} characters in all)"),
        Some(Cut::Items(count)) => format!("{text}… ({count} items in all)"),
        None => text,
    }
}

/// A partner's text cannot steer the terminal: what is not seen, or turns what stands around it, is
/// written as its code.
fn safe(text: &str) -> String {
    let unseen = |c: char| {
        let turns = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
        c.is_control() || turns
    };
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        match unseen(c) {
            true => safe.extend(c.escape_default()),
            false => safe.push(c),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn a_partners_text_cannot_steer_the_terminal() {
        let text = "Ñandú\u{1b}[2J\u{9b}1A\nline\u{202e}txt";
        assert_eq!(safe(text), "Ñandú\\u{1b}[2J\\u{9b}1A\\nline\\u{202e}txt");
    }
}
