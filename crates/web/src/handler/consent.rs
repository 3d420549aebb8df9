//! `GET /consents`, `POST /consents/{act}`, and what the object page shows of consent.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{
    Action, Actor, AgreementLine, ConsentLine, ConsentVerdict, ConsentView, NewAsk, NewConsent,
    NodeError,
};
use http::StatusCode;

use super::convert;
use super::desk::ids;
use super::form::Posted;
use super::visit::{Inside, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::page::consent::{ConsentBox, ConsentWord, OtherPurpose};
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

const KINDS: &[&str] = &["onward", "evidence", "other-purpose"];

/// What was asked of us and by us.
pub(crate) async fn list(inside: Inside) -> Response {
    let lines = match inside.visit.app.node.consent_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let unasked = match inside.actor.may(Action::ConsentDecide) {
        true => match inside.visit.app.node.agreement_list(&inside.actor).await {
            Ok(agreements) => vec![unasked(agreements)],
            Err(error) => return inside.fail(&error),
        },
        false => Vec::new(),
    };
    let section = |title: &'static str, directions: &[&str]| Section {
        title,
        columns: vec![
            "column-when",
            "column-partner",
            "desk-kind",
            "column-objects",
            "desk-consent-to",
            "column-purpose",
            "column-state",
            "desk-consent-until",
            "desk-do",
        ],
        rows: lines
            .iter()
            .filter(|line| directions.contains(&line.direction))
            .map(|line| row(line, &inside))
            .collect(),
        none: "desk-nothing",
        ..Section::default()
    };
    let view = DeskView {
        title: "place-consents",
        words: "desk-consents-words",
        sections: vec![
            section("desk-consents-of-us", &["asked-of-us"]),
            section("desk-consents-by-us", &["asked-by-us"]),
            section("desk-consents-unasked", &["given", "received"]),
        ],
        forms: unasked,
    };
    page(StatusCode::OK, &desk::render(&view, &inside.chrome(Place::Consents)))
}

/// A consent that nobody asked for, under an agreement in force.
fn unasked(mut agreements: Vec<AgreementLine>) -> Form {
    agreements.retain(|line| line.state == "active");
    let named = agreements.into_iter().map(|line| (line.id, line.title)).collect();
    Form {
        action: href::consent_act("give"),
        fields: vec![
            Field::Pick("agreement", "column-agreement", named),
            Field::Line("partner", "desk-consent-partner"),
            Field::Choice("kind", "desk-kind", "consent-kind", KINDS),
            Field::Lines("ids", "desk-ids"),
            Field::Line("types", "desk-consent-types"),
            Field::Line("to", "desk-consent-to"),
            Field::Line("purpose", "column-purpose"),
            Field::Line("until", "desk-consent-until"),
            Field::Check("redacted", "desk-consent-redacted"),
            Field::Line("named-as", "desk-consent-named-as"),
        ],
        button: "desk-consent-give",
        stop: false,
    }
}

fn row(line: &ConsentLine, inside: &Inside) -> Vec<Cell> {
    let state = inside.visit.word("consent-state", line.state);
    let ground = line.ground.as_ref().map(|ground| format!("{state}: {ground}"));
    let types = line.types.iter().map(|kind| inside.visit.word("type", kind));
    let objects = line.objects.iter().cloned().chain(types).collect::<Vec<_>>().join("\n");
    let objects = match &line.objects[..] {
        [one] if line.types.is_empty() => Cell::Link(href::object(one), one.clone()),
        _ => Cell::Text(objects),
    };
    vec![
        Cell::Time(convert::time(&line.at)),
        Cell::Text(line.partner.clone()),
        Cell::Word("consent-kind", line.kind.clone()),
        objects,
        Cell::Text(line.recipient.clone()),
        Cell::Word("purpose", line.purpose.clone()),
        Cell::Text(ground.unwrap_or(state)),
        line.until.as_deref().map_or(Cell::Text(String::new()), |at| Cell::Time(convert::time(at))),
        Cell::Forms(forms(line, &inside.actor)),
    ]
}

/// What may be done with a line.
fn forms(line: &ConsentLine, actor: &Actor) -> Vec<Form> {
    let mut forms = Vec::new();
    let form = |act: &str, fields, button, stop| Form {
        action: href::consent_act(act),
        fields,
        button,
        stop,
    };
    let open = line.direction == "asked-of-us" && line.state != "granted";
    if open && actor.may(Action::ConsentDecide) {
        let request = || Field::Hidden("request", line.id.clone());
        let grant = vec![
            request(),
            Field::Line("until", "desk-consent-until"),
            Field::Check("redacted", "desk-consent-redacted"),
            Field::Line("named-as", "desk-consent-named-as"),
        ];
        forms.push(form("grant", grant, "desk-consent-grant", false));
        if line.state == "open" {
            let refuse = vec![request(), Field::Line("ground", "desk-consent-ground")];
            forms.push(form("refuse", refuse, "desk-consent-refuse", true));
        }
    }
    let ours = matches!(line.direction, "asked-of-us" | "given") && line.state == "granted";
    if let (true, Some(consent)) = (ours && actor.may(Action::Recall), &line.consent) {
        let consent = Field::Hidden("consent", consent.clone());
        let fields = vec![consent, Field::Line("ground", "desk-consent-ground")];
        forms.push(form("withdraw", fields, "desk-consent-withdraw", true));
    }
    forms
}

/// `ask`, `grant`, `give`, `refuse`, `withdraw`.
pub(crate) async fn act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let text = |name: &str| fields.one(name).to_owned();
    let done: Result<String, NodeError> = match act.as_str() {
        "ask" => {
            let ask = NewAsk {
                ids: vec![text("id")],
                kind: text("kind"),
                to: text("to"),
                purpose: text("purpose"),
                until: fields.some("until").map(str::to_owned),
            };
            node.consent_ask(actor, &ask).await
        }
        "grant" => {
            let new = NewConsent {
                request: Some(text("request")),
                until: text("until"),
                redacted: fields.one("redacted") == "yes",
                named_as: fields.some("named-as").map(str::to_owned),
                ..NewConsent::default()
            };
            node.consent_grant(actor, &new).await
        }
        "give" => {
            let types = fields.one("types").split([',', ' ']).map(str::trim);
            let new = NewConsent {
                agreement: fields.some("agreement").map(str::to_owned),
                partner: fields.some("partner").map(str::to_owned),
                kind: text("kind"),
                ids: ids(&fields),
                types: types.filter(|one| !one.is_empty()).map(str::to_owned).collect(),
                to: text("to"),
                purpose: text("purpose"),
                until: text("until"),
                redacted: fields.one("redacted") == "yes",
                named_as: fields.some("named-as").map(str::to_owned),
                ..NewConsent::default()
            };
            node.consent_grant(actor, &new).await
        }
        "refuse" => node.consent_refuse(actor, fields.one("request"), fields.some("ground")).await,
        "withdraw" => {
            node.consent_withdraw(actor, fields.one("consent"), fields.some("ground")).await
        }
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    match done {
        Ok(_) => done_at(href::CONSENTS, Said::Noted),
        Err(error) => inside.fail(&error),
    }
}

/// What the object page shows.
pub(crate) fn beside(found: &ConsentView, actor: &Actor) -> ConsentBox {
    let word = |verdict: &ConsentVerdict| ConsentWord {
        allowed: verdict.allowed,
        reason: verdict.reason.to_owned(),
    };
    let partners = |all: &[(String, ConsentVerdict)]| -> Vec<(String, ConsentWord)> {
        all.iter().map(|(name, verdict)| (name.clone(), word(verdict))).collect()
    };
    let ask = Form {
        action: href::consent_act("ask"),
        fields: vec![
            Field::Hidden("id", found.object.clone()),
            Field::Choice("kind", "desk-kind", "consent-kind", KINDS),
            Field::Line("to", "desk-consent-to"),
            Field::Line("purpose", "column-purpose"),
            Field::Line("until", "desk-consent-until"),
        ],
        button: "desk-consent-ask",
        stop: false,
    };
    ConsentBox {
        originators: found.originators.clone(),
        purpose: found.purpose.clone(),
        onward: partners(&found.onward),
        others: found
            .others
            .iter()
            .map(|one| OtherPurpose {
                purpose: one.purpose.clone(),
                onward: partners(&one.onward),
                used: word(&one.other_purpose),
            })
            .collect(),
        evidence: word(&found.evidence),
        other_purpose: word(&found.other_purpose),
        copies: found.copies as u64,
        ask: (found.may_ask && actor.may(Action::ConsentAsk)).then_some(ask),
    }
}
