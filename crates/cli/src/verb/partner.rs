//! `partner add | vet | list | person | sync | inbox | outbox | token | revoke`.

use std::path::Path;

use enlace_node::{NodeError, PartnerLine, VettingResult};
use serde_json::json;

use super::carried::{Place, read, said, written};
use super::{Session, read_text};
use crate::args::{Partner, Person};
use crate::words::count;

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
        Partner::Vet { name, by, until, result, classes } => {
            let result = VettingResult::from_name(&result).ok_or_else(|| NodeError::Input {
                code: "partner.vetting",
                problem: result,
                place: "--result".to_owned(),
                expected: "`passed` or `failed`".to_owned(),
            })?;
            let line = {
                let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
                node.partner_vet(actor, &name, &by, &until, result, &classes).await?
            };
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
        Partner::Person(verb) => return person(session, verb).await,
        Partner::Sync { name } => return sync(session, name.as_deref()).await,
        Partner::Inbox { file } => return inbox(session, &file).await,
        Partner::Outbox { name, file: None } => out.print(&node.outbox_file(actor, &name).await?),
        Partner::Outbox { name, file: Some(file) } => {
            let place = Place::new(&file)?;
            let carried = node.outbox_bundle(actor, &name).await?;
            let path = place.keep(&carried)?;
            out.summary(&written(&carried, &path), || said(&carried, &path));
        }
        Partner::Token { name, revoke: Some(begins), .. } => {
            node.partner_token_revoke(actor, &name, &begins).await?;
            out.summary(&json!({ "revoked": 1 }), || "the token is dead".to_owned());
        }
        Partner::Token { name, list: true, .. } => {
            let tokens = node.partner_tokens(actor, &name).await?;
            for token in &tokens {
                out.line(token, || format!("{}…  until {}", token.begins, token.expires));
            }
            out.summary(&json!({ "tokens": tokens.len() }), String::new);
        }
        Partner::Token { name, days, .. } => {
            let token = node.partner_token(actor, &name, days).await?;
            let text = token.expose();
            out.line(&json!({ "partner": name, "token": text }), || text.to_owned());
            out.summary(&json!({ "tokens": 1 }), String::new);
        }
        Partner::Resume { name } => {
            let resumed = node.partner_resume(actor, &name).await?;
            out.summary(&resumed, || {
                format!(
                    "the exchange with {} goes on: {} of our log came back from it, {} of acts \
                     since were appended, {} of requests came back; a stop since the backup that `restore` did not name is lost",
                    resumed.partner,
                    count(resumed.recovered, "entry"),
                    count(resumed.appended, "entry"),
                    count(resumed.said as u64, "paper")
                )
            });
        }
        Partner::Revoke { name } => {
            let cut = node.partner_revoke(actor, &name).await?;
            let (tokens, messages) = (cut.tokens, cut.messages);
            let done = json!({ "revoked": name, "tokens": tokens, "messages": messages });
            out.summary(&done, || {
                format!(
                    "{name} is cut off: {} ended, {} dropped",
                    count(tokens, "token"),
                    count(messages, "waiting message")
                )
            });
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

async fn inbox(session: &Session<'_>, file: &Path) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let bytes = read(file, node.bundle_limit())?;
    let brought = node.inbox_bundle(actor, &file.display().to_string(), &bytes).await?;
    for receipt in &brought.papers {
        out.line(receipt, || format!("{} {} {}", receipt.id, receipt.status, receipt.rule));
    }
    let refused = brought.papers.iter().filter(|r| r.status == "refused").count();
    let refused = refused + brought.rejected;
    let counts = json!({
        "partner": brought.partner, "bundle": brought.bundle, "objects": brought.objects,
        "releases": brought.releases, "recalled": brought.recalled,
        "papers": brought.papers.len(), "refused": refused,
        "acknowledged": brought.acknowledged,
    });
    out.summary(&counts, || {
        format!(
            "{}: {} in {}, {} recalled, {}, {refused} refused; {} of ours read there",
            brought.partner,
            count(brought.objects, "object"),
            count(brought.releases, "release"),
            brought.recalled,
            count(brought.papers.len(), "paper"),
            count(brought.acknowledged, "file")
        )
    });
    Ok(u8::from(refused > 0))
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

async fn person(session: &Session<'_>, verb: Person) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let show = |line: &enlace_node::PersonLine| {
        out.line(line, || {
            format!("{}  {} ({})  {}", line.id, line.name, line.partner, line.recipient)
        });
    };
    let count = match verb {
        Person::Add { partner, name, recipient, basis } => {
            show(&node.person_add(actor, &partner, &name, &recipient, &basis).await?);
            1
        }
        Person::List => {
            let lines = node.person_list(actor).await?;
            lines.iter().for_each(show);
            lines.len()
        }
        Person::Remove { id } => {
            node.person_remove(actor, &id).await?;
            1
        }
    };
    out.summary(&json!({ "persons": count }), String::new);
    Ok(0)
}
