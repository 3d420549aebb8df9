//! `get`, `search`.

use enlace_node::NodeError;
use serde_json::json;

use super::Session;

pub(super) async fn get(session: &Session<'_>, id: &str, versions: bool) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    if versions {
        let rows = node.versions(actor, id).await?;
        for row in rows.iter().filter(|r| !r.raw.is_empty()) {
            show(session, &row.raw);
        }
        out.summary(&json!({ "versions": rows.len() }), String::new);
        return Ok(0);
    }
    let row = node.get(actor, id).await?;
    if row.raw.is_empty() {
        let gone = json!({ "id": row.id, "state": row.state, "channel": row.channel });
        out.line(&gone, || format!("{} was recalled by its originator", row.id));
        return Ok(1);
    }
    show(session, &row.raw);
    Ok(0)
}

/// The text as received; for `--json` without its line breaks, digits and escapes untouched.
pub(super) fn show(session: &Session<'_>, raw: &str) {
    if session.out.is_json() {
        session.out.print(&one_line(raw));
    } else {
        session.out.print(raw);
    }
}

/// JSON text without the white space between its tokens.
fn one_line(raw: &str) -> String {
    let (mut in_text, mut escaped) = (false, false);
    let mut kept = |c: &char| {
        let keep = in_text || !c.is_ascii_whitespace();
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            _ => {}
        }
        keep
    };
    raw.chars().filter(|c| kept(c)).collect()
}

pub(super) async fn search(
    session: &Session<'_>,
    text: &str,
    kinds: &[String],
    limit: usize,
) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let found = node.search(actor, text, kinds, 0, limit).await?;
    for (hit, originator) in found.hits.iter().zip(&found.originators) {
        let line = json!({
            "id": hit.id, "type": hit.kind, "label": hit.label, "tlp": hit.tlp,
            "originator": originator, "channel": hit.channel, "version": hit.version,
        });
        out.line(&line, || format!("{}  {}  ({originator})", hit.id, hit.label));
    }
    let counts = json!({
        "shown": found.hits.len(), "total": found.total, "capped": found.capped,
    });
    out.summary(&counts, || {
        let more = if found.capped { "+" } else { "" };
        format!("{} of {}{more}", found.hits.len(), found.total)
    });
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn one_line_changes_nothing_but_white_space_between_tokens() {
        let raw = "{\n  \"a\" : \"x \\\" y\\\\\" ,\t\"b\": [1.50, 2]\n}";
        assert_eq!(one_line(raw), "{\"a\":\"x \\\" y\\\\\",\"b\":[1.50,2]}");
    }
}
