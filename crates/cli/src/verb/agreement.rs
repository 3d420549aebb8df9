//! `agreement new | check | sign | import | show | replay`.

use std::path::Path;

use enlace_node::NodeError;
use serde_json::json;

use super::{Session, file_error, read_text};
use crate::args::Agreement;

pub(super) async fn run(session: &Session<'_>, verb: Agreement) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Agreement::New { partners, title, legal_basis, terms, out: file } => {
            let (title, basis) = (title.as_deref(), legal_basis.as_deref());
            let model = terms.as_deref().map(read_text).transpose()?;
            let text = node.agreement_new(actor, &partners, title, basis, model.as_deref()).await?;
            match file {
                Some(file) => std::fs::write(&file, text).map_err(|e| file_error(&file, e))?,
                None => {
                    out.line(&json!({ "draft": text }), || text.clone());
                    out.summary(&json!({ "drafts": 1 }), String::new);
                }
            }
        }
        Agreement::Check { file } => {
            let checked = node.agreement_check(actor, &read_text(&file)?, &name(&file)).await?;
            for fault in &checked.faults {
                out.line(fault, || {
                    let (file, line, column) = (&fault.file, fault.line, fault.column);
                    let (key, found, allowed) = (&fault.key, &fault.found, &fault.allowed);
                    format!("{file}:{line}:{column}: `{key}`: found {found}, allowed: {allowed}")
                });
            }
            let faults = checked.faults.len();
            out.summary(&json!({ "ok": faults == 0, "faults": faults }), || match faults {
                0 => "no faults".to_owned(),
                n => format!("{n} fault(s)"),
            });
            return Ok(u8::from(faults > 0));
        }
        Agreement::Sign { agreement } => {
            let path = Path::new(&agreement);
            let signed = if path.is_file() {
                node.agreement_sign_draft(actor, &read_text(path)?, &name(path)).await?
            } else {
                node.agreement_sign(actor, &agreement).await?
            };
            out.summary(&signed, || format!("{} signed: {}", signed.title, signed.state));
        }
        Agreement::Import { file } => {
            let receipts = node.inbox_file(actor, &read_text(&file)?).await?;
            for receipt in &receipts {
                out.line(receipt, || format!("{} {}", receipt.id, receipt.status));
            }
            out.summary(&json!({ "objects": receipts.len() }), String::new);
        }
        Agreement::Replay { file, against } => {
            return super::replay::run(session, &file, against.as_deref()).await;
        }
        Agreement::Show { agreement, cedar } => {
            return show(session, agreement.as_deref(), cedar).await;
        }
    }
    Ok(0)
}

async fn show(
    session: &Session<'_>,
    agreement: Option<&str>,
    cedar: bool,
) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let Some(name) = agreement else {
        let lines = node.agreement_list(actor).await?;
        for line in &lines {
            out.line(line, || {
                format!("{}  {}  {}  until {}", line.id, line.title, line.state, line.valid_until)
            });
        }
        out.summary(&json!({ "agreements": lines.len() }), String::new);
        return Ok(0);
    };
    let view = node.agreement_show(actor, name).await?;
    if cedar {
        out.line(&json!({ "id": view.line.id, "cedar": view.cedar }), || view.cedar.clone());
        out.summary(&json!({ "agreements": 1 }), String::new);
        return Ok(0);
    }
    out.line(&view.line, || {
        let mut text = format!("{}\n{}\nstate: {}", view.line.title, view.line.id, view.line.state);
        for (party, signed) in &view.line.parties {
            let mark = if *signed { "signed" } else { "not signed" };
            text.push_str(&format!("\n  {party}: {mark}"));
        }
        text
    });
    if !session.out.is_json() {
        out.print(&view.terms);
    }
    out.summary(&json!({ "agreements": 1 }), String::new);
    Ok(0)
}

pub(super) fn name(path: &Path) -> String {
    path.display().to_string()
}
