//! `GET /agreements`, `GET /agreements/{id}` and `POST /agreements/{id}/{act}`

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{
    self as node, Action, Actor, AgreementLine, CommitmentLine, NewCommitment, NodeError,
    SummaryArg, Words,
};
use http::StatusCode;
use serde_json::{Map, Value};

use super::convert;
use super::form::Posted;
use super::visit::{Inside, Parameters, done_at, page};
use crate::href;
use crate::layout::{Chrome, Place, Said};
use crate::page::agreement::{
    self, AgreementAct, AgreementView, CommitmentRow, PartyRow, StatementRow, TermRow,
};
use crate::page::agreements::{self, AgreementRow, AgreementsView};
use crate::page::error::ErrorView;
use crate::summary;
use crate::value::PartnerName;

pub(crate) async fn list(inside: Inside, asked: Parameters) -> Response {
    let within = asked.some("within").and_then(|days| days.parse::<i64>().ok());
    match inside.visit.app.node.agreement_list(&inside.actor).await {
        Ok(mut lines) => {
            lines.retain(|line| within.is_none_or(|days| line.ends_within(days)));
            let rows = lines.iter().map(row).collect();
            let actor = &inside.actor;
            let may_draft = actor.may(Action::AgreementDraft) || actor.may(Action::AgreementSign);
            let may_import = actor.may(Action::Sync);
            let view = AgreementsView { rows, within, may_draft, may_import };
            page(StatusCode::OK, &agreements::render(&view, &inside.chrome(Place::Agreements)))
        }
        Err(error) => inside.fail(&error),
    }
}

pub(crate) async fn show(inside: Inside, Path(id): Path<String>) -> Response {
    match shown(&inside, &id).await {
        Ok((found, owed)) => {
            let chrome = inside.chrome(Place::Agreements);
            let view = view(&found, &owed, &inside.actor, &chrome);
            page(StatusCode::OK, &agreement::render(&view, &chrome))
        }
        Err(error) => inside.fail(&error),
    }
}

async fn shown(
    inside: &Inside,
    id: &str,
) -> Result<(node::AgreementView, Vec<CommitmentLine>), NodeError> {
    let node = &inside.visit.app.node;
    let found = node.agreement_show(&inside.actor, id).await?;
    let owed = match found.parties.is_empty() {
        true => Vec::new(),
        false => node.commitment_list(&inside.actor, Some(id)).await?,
    };
    Ok((found, owed))
}

pub(crate) async fn act(Path((id, act)): Path<(String, String)>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let node = &inside.visit.app.node;
    let actor = &inside.actor;
    let words = Words {
        effective: fields.some("effective"),
        note: fields.some("note"),
        ground: fields.some("ground"),
    };
    let done = |said| move |_: AgreementLine| said;
    let noted = |_: CommitmentLine| Said::Noted;
    let outcome = match act.as_str() {
        "sign" => node.agreement_sign(actor, &id).await.map(done(Said::AgreementSigned)),
        "suspend" => node.agreement_suspend(actor, &id, words).await.map(done(Said::Suspended)),
        "suspend-silently" => node
            .agreement_suspend_silently(actor, &id, words.ground)
            .await
            .map(done(Said::SuspendedSilently)),
        "resume" => node.agreement_resume(actor, &id, words).await.map(done(Said::Resumed)),
        "terminate" => {
            node.agreement_terminate(actor, &id, words).await.map(done(Said::Terminated))
        }
        "believe" => {
            node.agreement_judge(actor, &id, true, words.ground).await.map(done(Said::Noted))
        }
        "set-aside" => {
            node.agreement_judge(actor, &id, false, words.ground).await.map(done(Said::Noted))
        }
        "commit" => {
            let new = NewCommitment {
                agreement: Some(&id),
                obligation: fields.one("obligation"),
                owed_by: fields.one("owed_by"),
                due: fields.some("due"),
                clause: fields.some("clause"),
                ..NewCommitment::default()
            };
            node.commitment_add(actor, new).await.map(noted)
        }
        "met" => node.commitment_set(actor, fields.one("commitment"), "met", &[]).await.map(noted),
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    match outcome {
        Ok(said) => done_at(&href::agreement(&id), said),
        Err(error) => inside.fail(&error),
    }
}

fn row(line: &AgreementLine) -> AgreementRow {
    AgreementRow {
        id: line.id.clone(),
        title: line.title.clone(),
        state: line.state.to_owned(),
        parties: line.parties.clone(),
        until: line.valid_until.parse().ok(),
        days_left: matches!(line.state, "active" | "suspended").then_some(line.days_left),
        suspended_by: line.suspended_by.clone(),
        silent: line.silent,
        faults: line.faults.clone(),
    }
}

fn view(
    found: &node::AgreementView,
    owed: &[CommitmentLine],
    actor: &Actor,
    chrome: &Chrome<'_>,
) -> AgreementView {
    let party = |p: &node::PartyLine| PartyRow {
        name: PartnerName { name: p.name.clone(), country: p.country.clone() },
        unit: p.unit.clone(),
        key_id: p.key_id.clone(),
        signed: p.signed,
    };
    let said = |s: &node::StatementLine| StatementRow {
        by: s.by.clone(),
        said: s.said.to_owned(),
        made: convert::time(&s.made),
        effective: s.effective.as_deref().map(convert::time),
        note: s.note.clone(),
    };
    let may_note = actor.may(Action::CommitmentManage) && !found.parties.is_empty();
    let commitment = |c: &CommitmentLine| CommitmentRow {
        id: c.id.clone(),
        obligation: c.obligation.clone(),
        owed_by: c.owed_by.clone(),
        owed_to: c.owed_to.clone(),
        due: c.due.clone(),
        state: c.state.clone(),
        overdue: c.overdue,
        may_meet: may_note && c.own && matches!(c.state.as_str(), "open" | "in-progress"),
    };
    AgreementView {
        row: row(&found.line),
        legal_basis: found.legal_basis.clone(),
        from: found.line.valid_from.parse().ok(),
        parties: found.parties.iter().map(party).collect(),
        statements: found.statements.iter().map(said).collect(),
        versions: found.versions.iter().map(row).collect(),
        amends: found.line.amends.map(str::to_owned),
        effects: found
            .line
            .effects
            .as_ref()
            .map(|e| [e.recalled, e.narrowed, e.kept, e.left.len()]),
        sha256: found.sha256.clone(),
        text_sha256: found.text_sha256.clone(),
        sentences: found
            .summary
            .iter()
            .map(|said| summary::sentence(chrome.texts, chrome.lang, said))
            .collect(),
        terms: terms(found, chrome),
        cedar: found.cedar.clone(),
        commitments: owed.iter().map(commitment).collect(),
        acts: acts(found, actor),
        may_note,
        may_amend: may_amend(found, actor),
    }
}

/// Whether the role drafts or signs a later version of it.
fn may_amend(found: &node::AgreementView, actor: &Actor) -> bool {
    let over = matches!(found.line.state, "terminated" | "replaced" | "unreadable");
    !over && (actor.may(Action::AgreementDraft) || actor.may(Action::AgreementSign))
}

/// What the role may do with an agreement that stands where it stands.
fn acts(found: &node::AgreementView, actor: &Actor) -> Vec<AgreementAct> {
    let over = matches!(found.line.state, "expired" | "terminated" | "replaced" | "unreadable");
    let (signs, stops) = (actor.may(Action::AgreementSign), actor.may(Action::AgreementSuspend));
    let may = |act: &AgreementAct| match act {
        AgreementAct::Sign => signs && found.may_sign,
        AgreementAct::Believe | AgreementAct::SetAside => signs && !found.line.in_doubt.is_empty(),
        AgreementAct::Resume => signs && found.may_resume,
        AgreementAct::Suspend => stops && !over && (!found.may_resume || found.line.silent),
        AgreementAct::SuspendSilently => stops && !over && !found.line.silent,
        AgreementAct::Terminate => signs && !over,
    };
    AgreementAct::ALL.into_iter().filter(may).collect()
}

/// The terms as rows, by the numbers of their clauses as people count them.
fn terms(found: &node::AgreementView, chrome: &Chrome<'_>) -> Vec<TermRow> {
    let value: Value = serde_json::from_str(&found.terms).unwrap_or_default();
    let mut rows = Vec::new();
    for (section, body) in value.as_object().into_iter().flatten() {
        match body {
            Value::Object(table) if section == "fields" => {
                for (kind, one) in table {
                    rows.extend(
                        one.as_object().map(|o| term(section, Some(kind), o, found, chrome)),
                    );
                }
            }
            Value::Object(table) => rows.push(term(section, None, table, found, chrome)),
            Value::Array(tables) => rows.extend(
                tables
                    .iter()
                    .filter_map(Value::as_object)
                    .map(|o| term(section, None, o, found, chrome)),
            ),
            _ => {}
        }
    }
    let parts = |clause: &str| -> Vec<u32> {
        clause.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect()
    };
    rows.sort_by_cached_key(|row| (parts(&row.clause), row.kind.clone()));
    rows
}

fn term(
    section: &str,
    kind: Option<&String>,
    table: &Map<String, Value>,
    found: &node::AgreementView,
    chrome: &Chrome<'_>,
) -> TermRow {
    let clause = table.get("clause").and_then(Value::as_str).unwrap_or_default().to_owned();
    let about = |said: &&node::Sentence| {
        let fits = |arg: &SummaryArg| match arg {
            SummaryArg::Words { family: "type", names } => kind.is_none_or(|k| names.contains(k)),
            _ => false,
        };
        said.clause.as_ref() == Some(&clause) && (kind.is_none() || said.args.values().any(fits))
    };
    let sentences = found.summary.iter().filter(about);
    let words = sentences.map(|said| summary::words(chrome.texts, chrome.lang, said));
    let says: Vec<(String, String)> = words.map(|words| (String::new(), words)).collect();
    if !says.is_empty() {
        return TermRow { clause, section: section.to_owned(), kind: kind.cloned(), says };
    }
    let said = table.iter().filter(|(key, value)| *key != "clause" && !empty(value));
    let says = said.map(|(key, value)| {
        // In most sections the one list is what the section is about.
        let name = if key == "allowed" { "" } else { key.as_str() };
        (name.to_owned(), value_words(section, key, value, found, chrome))
    });
    TermRow { clause, section: section.to_owned(), kind: kind.cloned(), says: says.collect() }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// A value in words: names of purposes, types and categories, parties for their keys.
fn value_words(
    section: &str,
    key: &str,
    value: &Value,
    found: &node::AgreementView,
    chrome: &Chrome<'_>,
) -> String {
    let each = |value: &Value| value_words(section, key, value, found, chrome);
    match value {
        Value::Array(items) => items.iter().map(each).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let part = |(name, value): (&String, &Value)| {
                format!("{name}: {}", value_words(section, name, value, found, chrome))
            };
            members.iter().map(part).collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => match (section, key) {
            ("purposes", _) | (_, "purposes" | "purpose") => chrome.word("purpose", text),
            ("types", _) | (_, "types" | "type" | "original") => chrome.word("type", text),
            ("subjects", _) | (_, "categories") => chrome.word("category", text),
            ("tlp", _) => text.to_uppercase(),
            ("recipients", _) => {
                let party = found.parties.iter().find(|p| p.key_id == *text);
                party.map_or_else(|| text.clone(), |p| p.name.clone())
            }
            _ => text.clone(),
        },
        other => other.to_string(),
    }
}
