//! Danger to life: warn a partner in two steps (what would leave, then send), what partners warned
//! of, what waits for a second person.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{
    Action, DANGER_REASONS, DangerAlerts, DangerLine, DangerOutcome, DangerRequest, DangerRun,
    DangerWarning, NodeError,
};
use http::StatusCode;

use super::convert;
use super::form::Posted;
use super::visit::{Inside, Parameters, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

/// `GET /danger`
pub(crate) async fn show(inside: Inside) -> Response {
    match desk(&inside).await {
        Ok(view) => shown(&inside, &view),
        Err(error) => inside.fail(&error),
    }
}

/// `POST /danger/{act}`
pub(crate) async fn act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let id = fields.one("id");
    let done = match act.as_str() {
        "check" => return check(&inside, &fields).await,
        "release" => {
            let confirmed = fields.one("confirm") == "yes";
            node.danger_release(actor, &request(&fields), confirmed).await.map(|_| ())
        }
        "review" => {
            let Some(outcome) = DangerOutcome::from_name(fields.one("outcome")) else {
                return inside.visit.error(&ErrorView::NotFound);
            };
            node.danger_review(actor, id, outcome, fields.one("note")).await.map(|_| ())
        }
        "recall" => node.danger_recall(actor, id).await.map(|_| ()),
        "seen" => node.danger_seen(actor, id).await,
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    match done {
        Ok(()) => done_at(href::DANGER, Said::Noted),
        Err(error) => inside.fail(&error),
    }
}

/// What needs the actor now, as the first page says it: key of the sentence and a count.
pub(crate) fn alerts(alerts: &DangerAlerts) -> Vec<(&'static str, usize)> {
    let all = [
        ("desk-danger-alert-received", alerts.received),
        ("desk-danger-alert-overdue", alerts.overdue),
        ("desk-danger-alert-review", alerts.to_review.saturating_sub(alerts.overdue)),
        ("desk-danger-alert-yours", alerts.of_yours),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

async fn desk(inside: &Inside) -> Result<DeskView, NodeError> {
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let (title, words) = ("place-danger", "desk-danger-words");
    if !actor.may(Action::DangerReview) {
        let lines = node.danger_oversight(actor).await?;
        let sections = vec![sent(&lines, inside)];
        return Ok(DeskView { title, words, sections, forms: Vec::new() });
    }
    let received = node.danger_received(actor).await?;
    let lines = node.danger_list(actor).await?;
    let mut forms = Vec::new();
    if actor.may(Action::DangerRelease) {
        forms.push(Form {
            action: href::danger_act("check"),
            fields: asked(node.partner_list(actor).await?),
            button: "desk-danger-check",
            stop: false,
        });
    }
    let sections = vec![arrived(&received), sent(&lines, inside)];
    Ok(DeskView { title, words, sections, forms })
}

/// What would leave, and the form that sends it.
async fn check(inside: &Inside, fields: &Parameters) -> Response {
    let node = &inside.visit.app.node;
    let run = match node.danger_dry_run(&inside.actor, &request(fields)).await {
        Ok(run) => run,
        Err(error) => return inside.fail(&error),
    };
    let names = ["partner", "reason", "text", "why", "ids"];
    let mut kept: Vec<Field> =
        names.iter().map(|name| Field::Hidden(name, fields.one(name).to_owned())).collect();
    kept.push(Field::Check("confirm", "desk-danger-confirm"));
    let view = DeskView {
        title: "desk-danger-check",
        words: "desk-danger-check-words",
        sections: vec![words(&run, fields), leaving(&run)],
        forms: vec![Form {
            action: href::danger_act("release"),
            fields: kept,
            button: "desk-danger-send",
            stop: true,
        }],
    };
    shown(inside, &view)
}

fn words(run: &DangerRun, fields: &Parameters) -> Section {
    let reason = fields.one("reason").to_owned();
    let row = vec![
        Cell::Text(run.partner.clone()),
        Cell::Word("danger-reason", reason),
        Cell::Text(fields.one("text").to_owned()),
        Cell::Text(run.originators.join(", ")),
    ];
    Section {
        title: "desk-danger-says",
        columns: vec![
            "column-partner",
            "desk-danger-reason",
            "desk-danger-text",
            "desk-danger-told",
        ],
        rows: vec![row],
        none: "desk-nothing",
        ..Section::default()
    }
}

fn leaving(run: &DangerRun) -> Section {
    let value = |after: &Option<serde_json::Value>| match after {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let row = |line: &enlace_node::DryLine| {
        vec![
            Cell::Link(href::object(&line.object), line.object.clone()),
            Cell::Text(line.path.clone()),
            Cell::Word("verdict", line.verdict.clone()),
            Cell::Text(value(&line.after)),
            Cell::Text(line.clause.clone()),
        ]
    };
    Section {
        title: "desk-danger-leaves",
        columns: vec![
            "column-object",
            "desk-danger-field",
            "desk-state",
            "desk-danger-value",
            "desk-danger-clause",
        ],
        rows: run.lines.iter().map(row).collect(),
        none: "desk-danger-words-alone",
        ..Section::default()
    }
}

fn arrived(all: &[DangerWarning]) -> Section {
    let row = |one: &DangerWarning| {
        let seen = Form {
            action: href::danger_act("seen"),
            fields: vec![Field::Hidden("id", one.id.clone())],
            button: "desk-danger-seen",
            stop: false,
        };
        let state = if one.withdrawn { "withdrawn" } else { "received" };
        let done = one.seen_by.clone().map_or(Cell::Forms(vec![seen]), Cell::Text);
        vec![
            Cell::Time(convert::time(&one.received)),
            Cell::Text(one.partner.clone()),
            Cell::Word("danger-reason", one.reason.clone()),
            Cell::Link(href::object(&one.id), said(&one.text, &one.id)),
            Cell::Word("danger-state", state.to_owned()),
            done,
        ]
    };
    Section {
        title: "desk-danger-received",
        columns: vec![
            "desk-danger-at",
            "column-partner",
            "desk-danger-reason",
            "desk-danger-text",
            "desk-state",
            "desk-do",
        ],
        rows: all.iter().map(row).collect(),
        none: "desk-danger-none",
        ..Section::default()
    }
}

fn said(text: &str, id: &str) -> String {
    if text.is_empty() { id.to_owned() } else { text.to_owned() }
}

fn sent(all: &[DangerLine], inside: &Inside) -> Section {
    let actor = &inside.actor;
    let row = |one: &DangerLine| {
        let id = || Field::Hidden("id", one.id.clone());
        let mut forms = Vec::new();
        if one.review.is_none() && actor.may(Action::DangerReview) && one.by != actor.account() {
            forms.extend([DangerOutcome::Confirmed, DangerOutcome::Recalled].map(|outcome| Form {
                action: href::danger_act("review"),
                fields: vec![
                    id(),
                    Field::Hidden("outcome", outcome.name().to_owned()),
                    Field::Line("note", "desk-note"),
                ],
                button: match outcome {
                    DangerOutcome::Confirmed => "desk-danger-confirmed",
                    DangerOutcome::Recalled => "desk-danger-recalled",
                },
                stop: outcome == DangerOutcome::Recalled,
            }));
        } else if !matches!(one.state, "recalled" | "purged") && actor.may(Action::Recall) {
            forms.push(Form {
                action: href::danger_act("recall"),
                fields: vec![id()],
                button: "desk-danger-recall",
                stop: true,
            });
        }
        let open = if one.overdue { "overdue" } else { "open" }.to_owned();
        let review = match &one.review {
            Some((_, outcome, _)) => Cell::Word("danger-review", (*outcome).to_owned()),
            None => Cell::Due("danger-review", open, one.overdue, Some(one.hours)),
        };
        vec![
            Cell::Time(convert::time(&one.at)),
            Cell::Text(one.partner.clone()),
            Cell::Word("danger-reason", one.reason.clone()),
            Cell::Text(one.text.clone()),
            Cell::Text(one.by.clone()),
            Cell::Word("danger-state", one.state.to_owned()),
            review,
            Cell::Forms(forms),
        ]
    };
    Section {
        title: "desk-danger-sent",
        columns: vec![
            "desk-danger-at",
            "column-partner",
            "desk-danger-reason",
            "desk-danger-text",
            "desk-danger-by",
            "desk-state",
            "desk-danger-review",
            "desk-do",
        ],
        rows: all.iter().map(row).collect(),
        none: "desk-danger-none",
        ..Section::default()
    }
}

fn asked(partners: Vec<enlace_node::PartnerLine>) -> Vec<Field> {
    let known = partners.into_iter().filter(|partner| !partner.revoked);
    let named = known.map(|p| (p.key_id, format!("{} ({})", p.name, p.country)));
    vec![
        Field::Pick("partner", "column-partner", named.collect()),
        Field::Choice("reason", "desk-danger-reason", "danger-reason", &DANGER_REASONS),
        Field::Lines("text", "desk-danger-text"),
        Field::Line("why", "desk-danger-why"),
        Field::Lines("ids", "desk-ids"),
    ]
}

fn request(fields: &Parameters) -> DangerRequest {
    let text = |name: &str| fields.one(name).to_owned();
    let ids = fields.one("ids").split(|c: char| c.is_whitespace() || c == ',');
    DangerRequest {
        partner: text("partner"),
        reason: text("reason"),
        text: text("text"),
        why: text("why"),
        ids: ids.filter(|id| !id.is_empty()).map(str::to_owned).collect(),
    }
}

fn shown(inside: &Inside, view: &DeskView) -> Response {
    page(StatusCode::OK, &desk::render(view, &inside.chrome(Place::Danger)))
}
