//! `partner add | vet | list | sync | inbox | token | revoke`.

use enlace_node::{NodeError, PartnerLine, VettingResult};
use serde_json::json;

use super::{Session, read_text};
use crate::args::Partner;

pub(super) async fn run(session: &Session<'_>, verb: Partner) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Partner::Add { card } => {
            let line = node.partner_add(actor, &read_text(&card)?).await?;
            out.line(&line, || {
                format!("{} ({}) pinned\ncompare by phone: {}", line.name, line.country, line.words)
            });
            out.summary(&json!({ "partners": 1 }), String::new);
        }
        Partner::Vet { name, by, until, result } => {
            let result = VettingResult::from_name(&result).ok_or_else(|| NodeError::Input {
                code: "partner.vetting",
                problem: result,
                place: "--result".to_owned(),
                expected: "`passed` or `failed`".to_owned(),
            })?;
            let line = node.partner_vet(actor, &name, &by, &until, result).await?;
            out.line(&line, || format!("{} ({}): {}", line.name, line.country, vetting(&line)));
            out.summary(&json!({ "partners": 1 }), String::new);
        }
        Partner::List => {
            let lines = node.partner_list(actor).await?;
            for line in &lines {
                let state = if line.revoked { "revoked" } else { "" };
                out.line(line, || {
                    format!(
                        "{}  {} ({}) {} {} {state}",
                        line.key_id,
                        line.name,
                        line.country,
                        line.url,
                        vetting(line)
                    )
                });
            }
            out.summary(&json!({ "partners": lines.len() }), String::new);
        }
        Partner::Sync { name } => return sync(session, name.as_deref()).await,
        Partner::Inbox { file } => {
            let receipts = node.inbox_file(actor, &read_text(&file)?).await?;
            for receipt in &receipts {
                out.line(receipt, || format!("{} {} {}", receipt.id, receipt.status, receipt.rule));
            }
            let refused = receipts.iter().filter(|r| r.status == "refused").count();
            out.summary(&json!({ "objects": receipts.len(), "refused": refused }), String::new);
            return Ok(u8::from(refused > 0));
        }
        Partner::Outbox { name } => out.print(&node.outbox_file(actor, &name).await?),
        Partner::Token { name } => {
            let token = node.partner_token(actor, &name).await?;
            let text = token.expose();
            out.line(&json!({ "partner": name, "token": text }), || text.to_owned());
            out.summary(&json!({ "tokens": 1 }), String::new);
        }
        Partner::Revoke { name } => {
            node.partner_revoke(actor, &name).await?;
            out.summary(&json!({ "revoked": name }), || format!("{name} is cut off"));
        }
    }
    Ok(0)
}

fn vetting(line: &PartnerLine) -> String {
    match &line.vetting {
        None => "not vetted".to_owned(),
        Some(vetting) if vetting.valid => {
            format!("vetted by {} until {}", vetting.by, vetting.until)
        }
        Some(vetting) if vetting.result == VettingResult::Failed => {
            format!("failed vetting by {}", vetting.by)
        }
        Some(vetting) => format!("vetting ended on {}", vetting.until),
    }
}

async fn sync(session: &Session<'_>, name: Option<&str>) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let names = match name {
        Some(name) => vec![name.to_owned()],
        None => {
            let partners = node.partner_list(actor).await?;
            partners.into_iter().filter(|p| !p.revoked).map(|p| p.key_id).collect()
        }
    };
    let mut failed = 0;
    for name in &names {
        match node.sync(actor, name).await {
            Ok(report) => out.line(&report, || report.to_string()),
            Err(error) => {
                failed += 1;
                out.error(error.code(), &error.to_string());
            }
        }
    }
    out.summary(&json!({ "partners": names.len(), "failed": failed }), String::new);
    Ok(u8::from(failed > 0))
}
