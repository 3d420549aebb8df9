//! `case new | list | show | accept | decline | withdraw | member | task | say | share | exhibit | file | close`.

use enlace_node::{CaseAct, CaseLine, CaseView, NewCase, NodeError};
use serde_json::json;

use super::Session;
use crate::args::Case;

pub(super) async fn run(session: &Session<'_>, verb: Case) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let (id, act) = match verb {
        Case::New { agreement, partners, purpose, number, title } => {
            let new = NewCase { agreement, partners, purpose, number, title };
            let id = node.case_open(actor, &new).await?;
            out.summary(&json!({ "case": id }), || format!("proposed: {id}"));
            return Ok(0);
        }
        Case::List => {
            let lines = node.case_list(actor).await?;
            for line in &lines {
                out.line(line, || told(line));
            }
            out.summary(&json!({ "cases": lines.len() }), String::new);
            return Ok(0);
        }
        Case::Show { id } => {
            show(session, &node.case_show(actor, &id).await?);
            return Ok(0);
        }
        Case::File { id, objects, out: outside } => {
            let count = node.case_file(actor, &id, &objects, !outside).await?;
            out.summary(&json!({ "case": id, "objects": count }), String::new);
            return Ok(0);
        }
        Case::Accept { id } => (id, CaseAct::Accept),
        Case::Decline { id, text } => (id, CaseAct::Decline(text)),
        Case::Withdraw { id, text } => (id, CaseAct::Withdraw(text)),
        Case::Member { id, member, shown, role, out: outside } => match outside {
            true => (id, CaseAct::Leave { account: member }),
            false => {
                let shown = shown.unwrap_or_default();
                (id, CaseAct::Join { account: member, member: shown, role })
            }
        },
        Case::Task { id, task, state: Some(state), .. } => (id, CaseAct::Progress { task, state }),
        Case::Task { id, task, to, due, state: None } => {
            (id, CaseAct::Task { title: task, to, due })
        }
        Case::Say { id, text } => (id, CaseAct::Say(text)),
        Case::Share { id, release } => (id, CaseAct::Share(release)),
        Case::Exhibit { id, object, number } => (id, CaseAct::Exhibit { object, number }),
        Case::Close { id, text } => (id, CaseAct::Close(text)),
    };
    node.case_act(actor, &id, &act).await?;
    out.summary(&json!({ "case": id }), || "told to every other side".to_owned());
    Ok(0)
}

fn told(line: &CaseLine) -> String {
    let CaseLine { id, number, title, stage, ours, .. } = line;
    format!("{id}  {number}  {title}  {stage} ({ours})  with {}", line.sides.join(", "))
}

fn show(session: &Session<'_>, view: &CaseView) {
    let out = session.out;
    for side in &view.sides {
        let line = json!({ "what": "side", "name": side.name, "ours": side.ours,
            "state": side.state, "members": side.members });
        out.line(&line, || {
            format!("{}  {}  {} members", side.name, side.state, side.members.len())
        });
    }
    for task in &view.tasks {
        let line = json!({ "what": "task", "id": task.id, "title": task.title, "by": task.by,
            "to": task.to, "ours": task.ours, "due": task.due, "state": task.state });
        out.line(&line, || {
            format!("{}  {}  {} → {}  {}", task.id, task.title, task.by, task.to, task.state)
        });
    }
    for (by, at, text) in &view.thread {
        let line = json!({ "what": "said", "by": by, "at": at, "text": text });
        out.line(&line, || format!("{at}  {by}: {text}"));
    }
    for shared in &view.shared {
        let objects: Vec<&str> = shared.objects.iter().map(|object| object.id.as_str()).collect();
        let line = json!({ "what": if shared.exhibit.is_some() { "exhibit" } else { "shared" },
            "by": shared.by, "to": shared.to, "at": shared.at, "number": shared.exhibit,
            "objects": objects });
        out.line(&line, || {
            format!("{}  {} → {}  {}", shared.at, shared.by, shared.to, objects.join(" "))
        });
    }
    for object in &view.filed {
        let line = json!({ "what": "filed", "id": object.id, "label": object.label });
        out.line(&line, || format!("ours: {}  {}", object.id, object.label));
    }
    for (object, rule) in &view.voided {
        let line = json!({ "what": "left-out", "object": object, "rule": rule });
        out.line(&line, || format!("left out: {object} ({rule})"));
    }
    let summary = json!({ "case": view.line, "accounts": view.accounts,
        "timeline": view.timeline });
    out.summary(&summary, || told(&view.line));
}
