//! `request new | attach | template | approve | send | list | show | matches | answer | refuse | clarify | withdraw | step | calendar`.

use std::path::Path;

use enlace_node::{
    NewRequest, NewStep, NodeError, RequestDraft, RequestLine, RequestMatch, StepLine, StepSaid,
    Wish,
};
use serde_json::{Map, Value, json};

use super::{Session, file_error, read_text};
use crate::args::{Request, Template};

pub(super) async fn run(session: &Session<'_>, verb: Request) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Request::New { file, agreement, partner, template, attach } => {
            let content = content(&file)?;
            let new = NewRequest { agreement, partner, content, template, attach };
            written(session, &node.request_new(actor, &new).await?);
        }
        Request::Attach { id, documents } => {
            written(session, &node.request_attach(actor, &id, &documents).await?);
        }
        Request::Template(verb) => return template(session, verb).await,
        Request::Approve { id } => {
            node.request_approve(actor, &id).await?;
            out.summary(&json!({ "request": id }), || format!("approved: {id}"));
        }
        Request::Send { id } => {
            node.request_send(actor, &id).await?;
            out.summary(&json!({ "request": id }), || format!("sent: {id}"));
        }
        Request::Discard { id } => {
            node.request_discard(actor, &id).await?;
            out.summary(&json!({ "request": id }), || format!("thrown away: {id}"));
        }
        Request::List => {
            let (drafts, lines) = node.request_list(actor).await?;
            for draft in &drafts {
                let approved = if draft.approved.is_some() { "approved" } else { "draft" };
                out.line(draft, || format!("{}  {approved}{}", draft.id, lacking(draft)));
            }
            for line in &lines {
                out.line(line, || told(line));
            }
            let summary = json!({ "drafts": drafts.len(), "requests": lines.len() });
            out.summary(&summary, String::new);
        }
        Request::Show { id } => {
            let view = node.request_show(actor, &id).await?;
            for step in &view.steps {
                out.line(step, || stepped(step));
            }
            for (event, rule) in &view.faults {
                let line = json!({ "event": event, "rule": rule });
                out.line(&line, || format!("left out: {event} ({rule})"));
            }
            out.summary(&view, || told(&view.line));
            return Ok(u8::from(view.line.diverges));
        }
        Request::Matches { id } => {
            let found = node.request_matches(actor, &id).await?;
            for one in &found.matches {
                out.line(&matched(one), || {
                    let RequestMatch { name, by, verdict, clause, .. } = one;
                    format!("{}  {}  {by}  {verdict}  {clause}", name.id, name.label)
                });
            }
            let summary = json!({
                "request": id, "matches": found.matches.len(), "beyond": found.beyond,
            });
            out.summary(&summary, || format!("{} could leave", found.matches.len()));
        }
        Request::Answer { id, release, partial, nothing, replies } => {
            let wish = match (nothing, partial) {
                (true, _) => Wish::Nothing,
                (false, true) => Wish::Step("partial".to_owned()),
                (false, false) => Wish::Step("answered".to_owned()),
            };
            let new = NewStep { wish, release, replies, ..NewStep::default() };
            return say(session, &id, new).await;
        }
        Request::Refuse { id, ground, clause, text } => {
            let new = NewStep {
                wish: Wish::Refuse,
                ground: Some(ground),
                ground_clause: clause,
                statement: text,
                ..NewStep::default()
            };
            return say(session, &id, new).await;
        }
        Request::Clarify { id, replies, release } => {
            let new = NewStep { wish: Wish::Clarify, replies, release, ..NewStep::default() };
            return say(session, &id, new).await;
        }
        Request::Withdraw { id } => {
            let wish = Wish::Step("withdrawn".to_owned());
            let new = NewStep { wish, ..NewStep::default() };
            return say(session, &id, new).await;
        }
        Request::Step(step) => {
            let new = NewStep {
                wish: Wish::Step(step.state),
                statement: step.text,
                accessibility: step.accessibility,
                agree_time: step.agree_time,
                until: step.until,
                reason: step.reason,
                referred_to: step.to,
                useful: step.useful,
                outcome: step.outcome,
                ..NewStep::default()
            };
            return say(session, &step.id, new).await;
        }
        Request::Calendar { out: file } => {
            let (text, count) = node.request_calendar(actor).await?;
            std::fs::write(&file, text).map_err(|e| file_error(&file, e))?;
            let summary = json!({ "file": file.display().to_string(), "events": count });
            out.summary(&summary, || format!("{count} in {}", file.display()));
        }
    }
    Ok(0)
}

/// What a draft lacks, and what goes along with it.
fn written(session: &Session<'_>, draft: &RequestDraft) {
    let out = &session.out;
    if let Some(attached) = &draft.attached {
        for (document, verdict) in attached.documents.iter().zip(&attached.verdicts) {
            let line = json!({ "document": document, "verdict": verdict });
            out.line(&line, || format!("{document}  {verdict}"));
        }
    }
    let release = draft.attached.as_ref().and_then(|attached| attached.release.as_deref());
    let mut summary = Map::from_iter([
        ("request".to_owned(), json!(draft.id)),
        ("missing".to_owned(), json!(draft.missing)),
    ]);
    summary.extend(release.map(|release| ("release".to_owned(), json!(release))));
    out.summary(&summary, || {
        let along = release.map(|id| format!("  with release {id}")).unwrap_or_default();
        format!("written: {}{along}{}", draft.id, lacking(draft))
    });
}

async fn template(session: &Session<'_>, verb: Template) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Template::Set { name, file, agreement } => {
            let mut content = content(&file)?;
            let required = match content.remove("required") {
                Some(required) => {
                    serde_json::from_value(required).map_err(|e| NodeError::Input {
                        code: "request.template",
                        problem: e.to_string(),
                        place: file.display().to_string(),
                        expected: "a list of properties: `required = [\"legal_basis\"]`".to_owned(),
                    })?
                }
                None => Vec::new(),
            };
            let set =
                node.request_template_set(actor, &agreement, &name, content, required).await?;
            out.summary(&set, || format!("written: {name}"));
        }
        Template::List => {
            let all = node.request_templates(actor).await?;
            for one in &all {
                out.line(one, || format!("{}  {}", one.name, one.agreement));
            }
            out.summary(&json!({ "templates": all.len() }), String::new);
        }
        Template::Remove { name, agreement } => {
            node.request_template_remove(actor, &agreement, &name).await?;
            out.summary(&json!({ "template": name }), || format!("taken away: {name}"));
        }
    }
    Ok(0)
}

fn matched(one: &RequestMatch) -> Value {
    let RequestMatch { name, by, asked, verdict, clause } = one;
    json!({
        "object": name.id, "type": name.kind, "label": name.label, "by": by, "asked": asked,
        "verdict": verdict, "clause": clause,
    })
}

async fn say(session: &Session<'_>, id: &str, new: NewStep) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let StepSaid { state, left } = node.request_say(actor, id, &new).await?;
    out.summary(&json!({ "request": id, "state": state, "said": left }), || match left {
        true => format!("{state}: {id}"),
        false => format!("{state} will be said at its hour: {id}"),
    });
    Ok(0)
}

fn content(file: &Path) -> Result<Map<String, Value>, NodeError> {
    let text = read_text(file)?;
    let is_json = text.trim_start().starts_with('{');
    let read: Result<Map<String, Value>, String> = match is_json {
        true => serde_json::from_str(&text).map_err(|e| e.to_string()),
        false => toml::from_str(&text).map_err(|e| e.to_string()),
    };
    read.map_err(|problem| NodeError::Input {
        code: "request.file",
        problem,
        place: file.display().to_string(),
        expected: "properties of a request: `kind = \"information\"`…".to_owned(),
    })
}

fn lacking(draft: &RequestDraft) -> String {
    match draft.missing.is_empty() {
        true => String::new(),
        false => format!("  lacks: {}", draft.missing.join(", ")),
    }
}

fn told(line: &RequestLine) -> String {
    let RequestLine { id, direction, partner, kind, purpose, state, limit, due, .. } = line;
    let due = due.as_deref().map(|due| format!(" until {due}")).unwrap_or_default();
    let fault = if line.diverges { "  DIVERGES" } else { "" };
    format!("{id}  {direction}  {partner}  {kind} for {purpose}: {state}  {limit}{due}{fault}")
}

fn stepped(step: &StepLine) -> String {
    let crossed = if step.crossed { "  (crossed)" } else { "" };
    let said = match step.said.is_empty() {
        true => String::new(),
        false => format!("  {}", Value::Object(step.said.clone())),
    };
    format!("{}  {}  {}{crossed}{said}", step.at, step.side, step.state)
}
