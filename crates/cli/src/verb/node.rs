//! `init`, `card`, `stats`, `doctor`, `fsck`.

use std::path::Path;

use enlace_node::{Health, Init, Node, NodeError};
use serde_json::json;

use super::Session;
use crate::out::Out;
use crate::words::count;

pub(super) async fn init(
    out: &Out,
    dir: &Path,
    name: &str,
    country: &str,
    unit: Option<&str>,
) -> Result<u8, NodeError> {
    let init =
        Init { name: name.to_owned(), country: country.to_owned(), unit: unit.map(str::to_owned) };
    let node = Node::init(dir, &init).await?;
    let card = node.card()?;
    let key_id = card.key_id();
    out.summary(&json!({ "node": dir, "key_id": key_id }), || {
        format!(
            "node of {name} ({country}) made in {}\nkey {key_id}\nMove {} to a safe place offline.",
            dir.display(),
            dir.join("keys").join("recovery.key").display()
        )
    });
    Ok(0)
}

pub(super) fn card(session: &Session<'_>, words: bool) -> Result<u8, NodeError> {
    let card = session.node.card()?;
    if words {
        let words = session.node.words();
        session.out.line(&json!({ "words": words }), || words.join(" "));
    } else {
        // With --json on one line and nothing behind it: the output is the card.
        let text = serde_json::to_string(card.json()).unwrap_or_default();
        session.out.print(&if session.out.is_json() { text } else { card.to_string() });
    }
    Ok(0)
}

pub(super) async fn stats(session: &Session<'_>) -> Result<u8, NodeError> {
    let stats = session.node.stats(&session.actor).await?;
    let text = || {
        let mut text = format!(
            "{} in {}, {} set aside, {}, {}",
            count(stats.objects, "object"),
            count(stats.object_versions, "version"),
            stats.quarantined,
            count(stats.bytes, "byte"),
            count(stats.blobs, "document")
        );
        for (kind, number) in &stats.by_type {
            text.push_str(&format!("\n{number:>10}  {kind}"));
        }
        text
    };
    if session.out.is_json() {
        session.out.line(&stats, String::new);
        session.out.summary(&json!({ "objects": stats.objects }), String::new);
    } else {
        session.out.print(&text());
    }
    Ok(0)
}

pub(super) async fn doctor(out: &Out, dir: &Path) -> u8 {
    let checks = enlace_node::doctor(dir).await;
    let counted = |state| checks.iter().filter(|check| check.state == state).count();
    let (ok, warn, fail) = (counted(Health::Ok), counted(Health::Warn), counted(Health::Fail));
    for check in &checks {
        out.line(check, || {
            let state = match check.state {
                Health::Ok => "ok  ",
                Health::Warn => "warn",
                Health::Fail => "FAIL",
            };
            let next = if check.advice.is_empty() { "" } else { "; " };
            format!("{state}  {:<14} {}{next}{}", check.check, check.found, check.advice)
        });
    }
    out.summary(&json!({ "ok": ok, "warn": warn, "fail": fail }), || {
        format!("{ok} ok, {}, {}", count(warn, "warning"), count(fail, "failure"))
    });
    u8::from(fail > 0)
}

pub(super) async fn fsck(
    session: &Session<'_>,
    rebuild: bool,
    sweep: bool,
) -> Result<u8, NodeError> {
    if sweep {
        let gone = session.node.sweep(&session.actor).await?;
        session
            .out
            .note(&format!("{} deleted that belonged to no object", count(gone, "document")));
    }
    if rebuild {
        let texts = session.node.rebuild(&session.actor).await?;
        session.out.note(&format!("derived anew from {}", count(texts, "text")));
    }
    let faults = session.node.fsck(&session.actor).await?;
    for fault in &faults {
        session.out.line(fault, || format!("{}: {}; {}", fault.place, fault.problem, fault.advice));
    }
    session.out.summary(&json!({ "ok": faults.is_empty(), "faults": faults.len() }), || {
        if faults.is_empty() { "consistent".to_owned() } else { count(faults.len(), "fault") }
    });
    Ok(u8::from(!faults.is_empty()))
}
