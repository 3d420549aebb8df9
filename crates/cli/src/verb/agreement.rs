//! `agreement new | check | sign | import | show | replay | amend | suspend | resume | terminate |
//! judge` and
//! `agreement commitment add | list | done`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use enlace_node::{AgreementModel, DraftFault, NewCommitment, NodeError, agreement_models};
use enlace_web::summary;
use enlace_web::text::{Lang, Texts};
use serde_json::json;

use super::{Session, file_error, read_text};
use crate::args::{Agreement, Commitment, Words};

pub(super) async fn run(session: &Session<'_>, verb: Agreement) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Agreement::New { partners, title, legal_basis, terms, model, out: file } => {
            let (title, basis) = (title.as_deref(), legal_basis.as_deref());
            if let Some(model) = model {
                return pair(session, &partners, title, basis, &model, file).await;
            }
            let model = terms.as_deref().map(read_text).transpose()?;
            let text = node.agreement_new(actor, &partners, title, basis, model.as_deref()).await?;
            match file.map(toml) {
                Some(file) => std::fs::write(&file, text).map_err(|e| file_error(&file, e))?,
                None => {
                    out.line(&json!({ "draft": text }), || text.clone());
                    out.summary(&json!({ "drafts": 1 }), String::new);
                }
            }
        }
        Agreement::Check { file } => {
            let terms = read_text(&file)?;
            let mut checked = node.agreement_check(actor, &terms, &name(&file)).await?;
            checked.faults.extend(beside(session, &terms, &file)?);
            checked.faults.sort_by_key(|fault| (fault.line, fault.column));
            for fault in &checked.faults {
                out.line(fault, || {
                    let (file, line, column) = (&fault.file, fault.line, fault.column);
                    let (key, found, allowed) = (&fault.key, &fault.found, &fault.allowed);
                    format!("{file}:{line}:{column}: `{key}`: found {found}, allowed: {allowed}")
                });
            }
            let faults = checked.faults.len();
            let counts = json!({ "ok": faults == 0, "faults": faults });
            out.summary(&counts, || match faults {
                0 => "no faults".to_owned(),
                n => crate::words::count(n, "fault"),
            });
            return Ok(u8::from(faults > 0));
        }
        Agreement::Sign { agreement } => {
            let path = Path::new(&agreement);
            let signed = if path.is_file() {
                let terms = read_text(path)?;
                fits(session, &terms, path)?;
                node.agreement_sign_draft(actor, &terms, &name(path)).await?
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
        Agreement::Amend { agreement, file } => {
            let (text, name) = (read_text(&file)?, name(&file));
            fits(session, &text, &file)?;
            let signed = node.agreement_amend(actor, &agreement, &text, &name).await?;
            out.summary(&signed, || format!("{} signed: {}", signed.title, signed.state));
        }
        Agreement::Suspend { words, silent } => {
            let line = if silent {
                let ground = words.ground.as_deref();
                node.agreement_suspend_silently(actor, &words.agreement, ground).await?
            } else {
                node.agreement_suspend(actor, &words.agreement, said(&words)).await?
            };
            out.summary(&line, || format!("{}: {}", line.title, line.state));
        }
        Agreement::Resume(words) => {
            let line = node.agreement_resume(actor, &words.agreement, said(&words)).await?;
            out.summary(&line, || format!("{}: {}", line.title, line.state));
        }
        Agreement::Terminate(words) => {
            let line = node.agreement_terminate(actor, &words.agreement, said(&words)).await?;
            out.summary(&line, || format!("{}: {}", line.title, line.state));
        }
        Agreement::Judge { agreement, confirm, ground, .. } => {
            let ground = ground.as_deref();
            let line = node.agreement_judge(actor, &agreement, confirm, ground).await?;
            out.summary(&line, || format!("{}: {}", line.title, line.state));
        }
        Agreement::Replay { file, against } => {
            return super::replay::run(session, &file, against.as_deref()).await;
        }
        Agreement::Commitment(verb) => return commitment(session, verb).await,
        Agreement::Show { agreement, expiring, cedar } => {
            return show(session, agreement.as_deref(), expiring, cedar).await;
        }
    }
    Ok(0)
}

fn said(words: &Words) -> enlace_node::Words<'_> {
    enlace_node::Words {
        effective: words.effective.as_deref(),
        note: words.note.as_deref(),
        ground: words.ground.as_deref(),
    }
}

async fn commitment(session: &Session<'_>, verb: Commitment) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Commitment::Add { obligation, agreement, meeting, owed_by, owed_to, due, clause, kind } => {
            let new = NewCommitment {
                agreement: agreement.as_deref(),
                meeting: meeting.as_deref(),
                obligation: &obligation,
                owed_by: &owed_by,
                owed_to: &owed_to,
                due: due.as_deref(),
                clause: clause.as_deref(),
                kind: kind.as_deref(),
            };
            let line = node.commitment_add(actor, new).await?;
            out.summary(&line, || format!("{} noted", line.id));
        }
        Commitment::List { agreement, overdue } => {
            let mut lines = node.commitment_list(actor, agreement.as_deref()).await?;
            lines.retain(|line| line.overdue || !overdue);
            for line in &lines {
                out.line(line, || {
                    let due = line.due.as_deref().unwrap_or("no day set");
                    let late = if line.overdue { ", overdue" } else { "" };
                    let (by, to) = (&line.owed_by, line.owed_to.join(", "));
                    let (id, what, state) = (&line.id, &line.obligation, &line.state);
                    format!("{id}  {what}: {by} to {to}, due {due}, {state}{late}")
                });
            }
            let overdue = lines.iter().filter(|line| line.overdue).count();
            out.summary(&json!({ "commitments": lines.len(), "overdue": overdue }), String::new);
        }
        Commitment::Done { id, state, evidence } => {
            let line = node.commitment_set(actor, &id, &state, &evidence).await?;
            out.summary(&line, || format!("{}: {}", line.obligation, line.state));
        }
    }
    Ok(0)
}

async fn show(
    session: &Session<'_>,
    agreement: Option<&str>,
    expiring: Option<i64>,
    cedar: bool,
) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let Some(name) = agreement else {
        let mut lines = node.agreement_list(actor).await?;
        lines.retain(|line| expiring.is_none_or(|days| line.ends_within(days)));
        for line in &lines {
            out.line(line, || {
                let mut text = format!(
                    "{}  {}  {}  until {}",
                    line.id, line.title, line.state, line.valid_until
                );
                for fault in &line.faults {
                    text.push_str(&format!("\n  {fault}"));
                }
                text
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
    let mut object = json!(view.line);
    if let Some(members) = object.as_object_mut() {
        members.insert("sentences".to_owned(), json!(view.summary));
    }
    out.line(&object, || {
        let mut text = format!("{}\n{}\nstate: {}", view.line.title, view.line.id, view.line.state);
        for (party, signed) in &view.line.parties {
            let mark = if *signed { "signed" } else { "not signed" };
            text.push_str(&format!("\n  {party}: {mark}"));
        }
        if view.line.silent {
            text.push_str("\nsuspended by us; the others were not told");
        }
        for said in &view.statements {
            let from = said.effective.as_deref().unwrap_or("at once");
            let note = said.note.as_deref().unwrap_or_default();
            text.push_str(&format!("\n{} {}: {} ({from}) {note}", said.made, said.by, said.said));
        }
        for other in &view.versions {
            text.push_str(&format!("\nother version: {} {}", other.id, other.state));
        }
        for fault in &view.line.faults {
            text.push_str(&format!("\n{fault}"));
        }
        text
    });
    if !out.is_json() {
        let texts = Texts::new();
        for lang in Lang::ALL {
            out.print("");
            for line in &view.summary {
                out.print(&summary::sentence(&texts, lang, line));
            }
        }
        out.print("");
        out.print(&view.terms);
    }
    out.summary(&json!({ "agreements": 1 }), String::new);
    Ok(0)
}

/// Writes terms and text of a model side by side; neither over a file that is there.
async fn pair(
    session: &Session<'_>,
    partners: &[String],
    title: Option<&str>,
    basis: Option<&str>,
    model: &str,
    file: Option<PathBuf>,
) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let path = Path::new(model);
    let own = match agreement_models().any(|known| known == model) || !path.is_file() {
        true => None,
        false => Some((read_text(path)?, read_text(&path.with_extension("md"))?)),
    };
    let source = match &own {
        Some((terms, text)) => AgreementModel::Own { terms, text },
        None => AgreementModel::Named(model),
    };
    let written = node.agreement_pair(actor, partners, title, basis, source).await?;
    let terms = file.map_or_else(|| PathBuf::from(format!("{model}.toml")), toml);
    let text = terms.with_extension("md");
    create(&text, &written.text)?;
    create(&terms, &written.terms)?;
    let (terms, text) = (name(&terms), name(&text));
    out.line(&json!({ "terms": terms, "text": text }), || format!("{terms}\n{text}"));
    out.summary(&json!({ "drafts": 1 }), String::new);
    Ok(0)
}

/// The file of the terms: the name that was given, with `.toml` behind it unless it has that.
fn toml(file: PathBuf) -> PathBuf {
    match file.extension() {
        Some(suffix) if suffix == "toml" => file,
        _ => {
            let mut name = file.into_os_string();
            name.push(".toml");
            PathBuf::from(name)
        }
    }
}

fn create(path: &Path, text: &str) -> Result<(), NodeError> {
    let created = std::fs::File::create_new(path);
    created.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| file_error(path, e))
}

/// Refuses terms that do not fit the text beside them: they would be signed as one.
fn fits(session: &Session<'_>, terms: &str, file: &Path) -> Result<(), NodeError> {
    let faults = beside(session, terms, file)?;
    let shown = |f: &DraftFault| {
        let (line, column, key) = (f.line, f.column, &f.key);
        format!("{line}:{column}: `{key}`: found {}, allowed: {}", f.found, f.allowed)
    };
    match faults.as_slice() {
        [] => Ok(()),
        faults => {
            let faults = faults.iter().map(shown).collect();
            Err(NodeError::Faults { file: name(file), faults })
        }
    }
}

/// Faults of terms beside their text: the file of the same name with `.md`, if it is there.
fn beside(session: &Session<'_>, terms: &str, file: &Path) -> Result<Vec<DraftFault>, NodeError> {
    let text = file.with_extension("md");
    if !text.is_file() {
        return Ok(Vec::new());
    }
    let Session { node, actor, .. } = session;
    Ok(node.agreement_text_check(actor, terms, &name(file), &read_text(&text)?)?.faults)
}

pub(super) fn name(path: &Path) -> String {
    path.display().to_string()
}
