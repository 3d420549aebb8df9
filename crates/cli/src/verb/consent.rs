//! `consent ask | grant | refuse | withdraw | list | show`.

use enlace_node::{ConsentLine, ConsentVerdict, NewAsk, NewConsent, NodeError};
use serde_json::json;

use super::Session;
use crate::args::Consent;
use crate::words::Words;

pub(super) async fn run(session: &Session<'_>, verb: Consent) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Consent::Ask { ids, kind, to, purpose, until } => {
            let to = to.unwrap_or_default();
            let id = node.consent_ask(actor, &NewAsk { ids, kind, to, purpose, until }).await?;
            out.summary(&json!({ "request": id }), || format!("asked: {id}"));
        }
        Consent::Grant(grant) => {
            let new = NewConsent {
                request: grant.request,
                agreement: grant.agreement,
                partner: grant.partner,
                kind: grant.kind,
                ids: grant.ids,
                types: grant.types,
                to: grant.to.unwrap_or_default(),
                purpose: grant.purpose.unwrap_or_default(),
                until: grant.until,
                redacted: grant.redacted,
                named_as: grant.named_as,
            };
            let id = node.consent_grant(actor, &new).await?;
            out.summary(&json!({ "consent": id }), || format!("granted: {id}"));
        }
        Consent::Refuse { request, ground } => {
            let id = node.consent_refuse(actor, &request, ground.as_deref()).await?;
            out.summary(&json!({ "consent": id }), || format!("refused: {id}"));
        }
        Consent::Withdraw { consent, ground } => {
            let id = node.consent_withdraw(actor, &consent, ground.as_deref()).await?;
            out.summary(&json!({ "consent": id }), || format!("withdrawn: {id}"));
        }
        Consent::List => {
            let lines = node.consent_list(actor).await?;
            for line in &lines {
                out.line(line, || told(line));
            }
            out.summary(&json!({ "consents": lines.len() }), String::new);
        }
        Consent::Show { id, purpose, proceedings } => {
            let (purpose, proceedings) = (purpose.as_deref(), proceedings.as_deref());
            let view = node.consent_show(actor, &id, purpose, proceedings).await?;
            for (partner, verdict) in &view.onward {
                out.line(&json!({ "onward": partner, "verdict": verdict }), || {
                    format!("to {partner}: {}", word(verdict))
                });
            }
            out.summary(&view, || {
                let (evidence, other) = (word(&view.evidence), word(&view.other_purpose));
                let purpose = &view.purpose;
                format!("evidence: {evidence}; for {purpose}: {other}")
            });
        }
    }
    Ok(0)
}

fn told(line: &ConsentLine) -> String {
    let ConsentLine { id, direction, partner, kind, state, recipient, purpose, .. } = line;
    format!("{id}  {direction}  {partner}  {kind}  to {recipient} for {purpose}: {state}")
}

fn word(verdict: &ConsentVerdict) -> String {
    let may = if verdict.allowed { "yes" } else { "no" };
    format!("{may} ({})", Words::new().word("consent-reason", verdict.reason))
}
