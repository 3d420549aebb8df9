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
            let words = Words::new();
            let word = |verdict: &ConsentVerdict| judged(&words, verdict);
            let own = view.originators.is_empty();
            let first = (&view.purpose, &view.onward);
            let others = view.others.iter().map(|one| (&one.purpose, &one.onward));
            for (purpose, onward) in std::iter::once(first).chain(others) {
                for (partner, verdict) in onward {
                    let line = json!({ "onward": partner, "purpose": purpose, "verdict": verdict });
                    out.line(&line, || format!("to {partner} for {purpose}: {}", word(verdict)));
                }
            }
            out.summary(&view, || {
                if own {
                    return "own: nobody else's consent is needed".to_owned();
                }
                let mut said = format!("evidence: {}", word(&view.evidence));
                let first = (&view.purpose, &view.other_purpose);
                let others = view.others.iter().map(|one| (&one.purpose, &one.other_purpose));
                for (purpose, verdict) in std::iter::once(first).chain(others) {
                    said.push_str(&match purpose.as_str() {
                        "" => format!("; use: {}", word(verdict)),
                        purpose => format!("; for {purpose}: {}", word(verdict)),
                    });
                }
                said
            });
        }
    }
    Ok(0)
}

fn told(line: &ConsentLine) -> String {
    let ConsentLine { id, direction, partner, kind, state, recipient, purpose, .. } = line;
    format!("{id}  {direction}  {partner}  {kind}  to {recipient} for {purpose}: {state}")
}

fn judged(words: &Words, verdict: &ConsentVerdict) -> String {
    let may = if verdict.allowed { "yes" } else { "no" };
    format!("{may} ({})", words.word("consent-reason", verdict.reason))
}
