//! `GET /requests`, `GET /requests/{id}` and what is done there.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{
    Action, AgreementLine, NewRequest, NewStep, NodeError, RequestDraft, RequestLine, RequestMatch,
    RequestMatches, RequestObject, RequestTemplate, RequestView, StepLine, Wish,
};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::convert;
use super::desk::ids;
use super::form::Posted;
use super::visit::{Inside, Parameters, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::marking::Marking;
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

const KINDS: &[&str] = &[
    "information",
    "trace",
    "evidence",
    "interview",
    "correction",
    "recall",
    "spontaneous-information",
];
const URGENCY: &[&str] = &[
    "normal",
    "loss-of-relevance",
    "danger-to-life",
    "threat-to-public-security",
    "decision-on-detention",
];
const GROUNDS: &[&str] = &[
    "not-available",
    "authorisation-missing",
    "authorisation-refused",
    "national-security",
    "ongoing-investigation",
    "safety-of-person",
    "minor-offence",
    "not-an-offence",
    "disproportionate",
    "irrelevant",
    "not-owned",
    "consent-missing",
    "rights",
    "purpose-not-covered",
    "malformed",
];
const USEFUL: &[&str] = &["yes", "partly", "no", "not-yet-known"];
const SUBJECTS: &[&str] =
    &["name", "phone", "iban", "plate", "firearm-serial", "identity-document", "other"];

/// Columns of a request in a list: see [`row`].
pub(super) const LINE: [&str; 7] = [
    "desk-request-number",
    "column-partner",
    "desk-kind",
    "column-purpose",
    "column-state",
    "desk-request-limit",
    "desk-request-due",
];

/// Requests in and out, and what has not left.
pub(crate) async fn list(inside: Inside) -> Response {
    let node = &inside.visit.app.node;
    let (drafts, lines) = match node.request_list(&inside.actor).await {
        Ok(found) => found,
        Err(error) => return inside.fail(&error),
    };
    let (mut forms, mut templates) = (Vec::new(), Vec::new());
    if inside.actor.may(Action::RequestDraft) {
        let mut agreements = match node.agreement_list(&inside.actor).await {
            Ok(agreements) => agreements,
            // Who may not see agreements names one by its title.
            Err(NodeError::Forbidden { .. }) => Vec::new(),
            Err(error) => return inside.fail(&error),
        };
        agreements.retain(|line| line.state == "active");
        templates = match node.request_templates(&inside.actor).await {
            Ok(templates) => templates,
            Err(error) => return inside.fail(&error),
        };
        forms.push(written(&agreements));
        if !templates.is_empty() {
            forms.push(by_template(&templates));
        }
        if inside.actor.may(Action::RequestHandle) {
            forms.push(template_form(&agreements));
        }
    }
    let section = |title: &'static str, direction: &str| Section {
        title,
        columns: LINE.to_vec(),
        rows: lines.iter().filter(|line| line.direction == direction).map(row).collect(),
        none: "desk-nothing",
        ..Section::default()
    };
    let mut sections = vec![section("desk-requests-in", "in"), section("desk-requests-out", "out")];
    if !drafts.is_empty() {
        sections.push(unsent(&drafts, &inside));
    }
    if !templates.is_empty() {
        sections.push(template_list(&templates, &inside));
    }
    let view = DeskView { title: "place-requests", words: "desk-requests-words", sections, forms };
    // What is asked is content, a case's number too, and bears no marking of its own.
    let bears = match lines.is_empty() && drafts.is_empty() && templates.is_empty() {
        true => Marking::nothing(),
        false => Marking::absent(),
    };
    page(StatusCode::OK, &desk::render_bearing(&view, &bears, &inside.chrome(Place::Requests)))
}

pub(super) fn row(line: &RequestLine) -> Vec<Cell> {
    let number = line.number.clone().unwrap_or_else(|| line.id.clone());
    let late = line.diverges || matches!(line.limit, "overdue" | "missed");
    let end = line.due.as_deref().or(line.wanted.as_deref());
    let limit = match (line.limit, line.due.is_none() && line.wanted.is_some()) {
        ("no-limit", true) => "wanted",
        (limit, _) => limit,
    };
    vec![
        Cell::Link(href::request(&line.id), number),
        Cell::Text(line.partner.clone()),
        Cell::Word("request-kind", line.kind.clone()),
        Cell::Word("purpose", line.purpose.clone()),
        state(line),
        Cell::Left("request-limit", limit.to_owned(), late, line.seconds),
        end.map_or(Cell::Text(String::new()), |at| Cell::Time(convert::time(at))),
    ]
}

fn state(line: &RequestLine) -> Cell {
    let name = match (line.diverges, line.state) {
        (true, _) => "diverges",
        (false, "") => "waiting",
        (false, state) => state,
    };
    Cell::State("request-step", name.to_owned(), line.diverges || line.ours)
}

/// What has not left.
fn unsent(drafts: &[RequestDraft], inside: &Inside) -> Section {
    let row = |draft: &RequestDraft| {
        let text = |name: &str| draft.content.get(name).and_then(Value::as_str).unwrap_or_default();
        let form = |act: &str, button, stop| Form {
            action: href::request_act(&draft.id, act),
            fields: Vec::new(),
            button,
            stop,
        };
        let mut forms = Vec::new();
        let own = draft.by == inside.actor.account();
        if draft.approved.is_none() && !own && inside.actor.may(Action::RequestApprove) {
            forms.push(form("approve", "desk-request-approve", false));
        }
        if draft.approved.is_some() && inside.actor.may(Action::RequestHandle) {
            forms.push(form("send", "desk-request-send", false));
        }
        if (own || inside.actor.may(Action::RequestHandle))
            && inside.actor.may(Action::ReleaseDraft)
        {
            let words = Field::Words("desk-request-attach-words");
            let fields = vec![words, Field::Lines("attach", "desk-request-attach-ids")];
            forms.push(Form { fields, ..form("attach", "desk-request-attach", false) });
        }
        if own || inside.actor.may(Action::RequestHandle) {
            forms.push(form("discard", "desk-request-discard", true));
        }
        let approved = if draft.approved.is_some() { "approved" } else { "draft" };
        vec![
            Cell::Text(text("case_number").to_owned()),
            Cell::Word("request-kind", text("kind").to_owned()),
            Cell::Word("request-step", approved.to_owned()),
            Cell::Text(draft.by.clone()),
            Cell::Text(text("facts").to_owned()),
            Cell::Text(draft.missing.join(", ")),
            attached(draft, inside),
            Cell::Forms(forms),
        ]
    };
    Section {
        title: "desk-requests-unsent",
        columns: vec![
            "desk-request-number",
            "desk-kind",
            "column-state",
            "desk-request-by",
            "desk-request-facts",
            "desk-request-lacks",
            "desk-request-attached",
            "desk-do",
        ],
        rows: drafts.iter().map(row).collect(),
        none: "desk-nothing",
        ..Section::default()
    }
}

/// What goes along: the release that brings it, where its approver sees every field.
fn attached(draft: &RequestDraft, inside: &Inside) -> Cell {
    let Some(attached) = &draft.attached else { return Cell::Text(String::new()) };
    let count = attached.documents.len().into();
    let chrome = inside.chrome(Place::Requests);
    let words = chrome.ta("desk-request-attached-count", &[("count", count)]);
    match &attached.release {
        Some(release) if inside.actor.may(Action::ReleaseView) => {
            Cell::Link(href::release(release), words)
        }
        _ => Cell::Text(words),
    }
}

/// The form of a new request.
fn written(agreements: &[AgreementLine]) -> Form {
    let agreement = agreement_field(agreements);
    Form {
        action: href::REQUESTS.to_owned(),
        fields: vec![
            agreement,
            Field::Line("partner", "desk-consent-partner"),
            Field::Choice("kind", "desk-kind", "request-kind", KINDS),
            Field::Line("purpose", "column-purpose"),
            Field::Line("case_number", "desk-request-number"),
            choice("urgency", "desk-request-urgency", ("request-urgency", URGENCY)),
            Field::Line("urgency_reason", "desk-request-urgency-reason"),
            Field::Line("answer_by", "desk-request-answer-by"),
            Field::Line("legal_basis", "desk-request-basis"),
            Field::Lines("facts", "desk-request-facts"),
            Field::Lines("grounds_held", "desk-request-grounds"),
            Field::Lines("questions", "desk-request-questions"),
            choice("subject_kind", "desk-request-subject-kind", ("request-subject", SUBJECTS)),
            Field::Lines("subject_values", "desk-request-subjects"),
            Field::Lines("ids", "desk-ids"),
            Field::Line("link_to_purpose", "desk-request-link"),
            Field::Lines("attach", "desk-request-attach-ids"),
        ],
        button: "desk-request-write",
        stop: false,
    }
}

/// One of the agreements in force, or its title.
fn agreement_field(agreements: &[AgreementLine]) -> Field {
    match agreements.is_empty() {
        true => Field::Line("agreement", "column-agreement"),
        false => {
            let named = agreements.iter().map(|line| (line.id.clone(), line.title.clone()));
            Field::Pick("agreement", "column-agreement", named.collect())
        }
    }
}

/// The form of a new request of which a template says the rest.
fn by_template(templates: &[RequestTemplate]) -> Form {
    let named = templates.iter().map(|one| {
        (format!("{}/{}", one.lineage, one.name), format!("{} · {}", one.name, one.agreement))
    });
    Form {
        action: href::REQUESTS.to_owned(),
        fields: vec![
            Field::Pick("template", "desk-request-template", named.collect()),
            Field::Line("partner", "desk-consent-partner"),
            Field::Line("case_number", "desk-request-number"),
            Field::Line("urgency_reason", "desk-request-urgency-reason"),
            Field::Lines("facts", "desk-request-facts"),
            Field::Lines("questions", "desk-request-questions"),
            choice("subject_kind", "desk-request-subject-kind", ("request-subject", SUBJECTS)),
            Field::Lines("subject_values", "desk-request-subjects"),
            Field::Lines("ids", "desk-ids"),
            Field::Line("link_to_purpose", "desk-request-link"),
            Field::Lines("attach", "desk-request-attach-ids"),
        ],
        button: "desk-request-by-template",
        stop: false,
    }
}

/// The form of a template.
fn template_form(agreements: &[AgreementLine]) -> Form {
    Form {
        action: href::request_template("set"),
        fields: vec![
            Field::Line("name", "desk-name"),
            agreement_field(agreements),
            Field::Choice("kind", "desk-kind", "request-kind", KINDS),
            Field::Line("purpose", "column-purpose"),
            Field::Line("legal_basis", "desk-request-basis"),
            choice("urgency", "desk-request-urgency", ("request-urgency", URGENCY)),
            Field::Lines("grounds_held", "desk-request-grounds"),
            Field::Lines("questions", "desk-request-questions"),
            Field::Lines("required", "desk-request-required"),
        ],
        button: "desk-request-template-set",
        stop: false,
    }
}

fn template_list(templates: &[RequestTemplate], inside: &Inside) -> Section {
    let may = inside.actor.may(Action::RequestHandle);
    let row = |one: &RequestTemplate| {
        let text = |name: &str| one.content.get(name).and_then(Value::as_str).unwrap_or_default();
        let remove = Form {
            action: href::request_template("remove"),
            fields: vec![
                Field::Hidden("agreement", one.lineage.clone()),
                Field::Hidden("name", one.name.clone()),
            ],
            button: "desk-request-discard",
            stop: true,
        };
        vec![
            Cell::Text(one.name.clone()),
            Cell::Text(one.agreement.clone()),
            Cell::Word("request-kind", text("kind").to_owned()),
            Cell::Word("purpose", text("purpose").to_owned()),
            Cell::Text(one.required.join(", ")),
            Cell::Forms(if may { vec![remove] } else { Vec::new() }),
        ]
    };
    Section {
        title: "desk-request-templates",
        columns: vec![
            "desk-name",
            "column-agreement",
            "desk-kind",
            "column-purpose",
            "desk-request-required",
            "desk-do",
        ],
        rows: templates.iter().map(row).collect(),
        none: "desk-nothing",
        ..Section::default()
    }
}

/// `POST /request-templates/{act}`: `set`, `remove`.
pub(crate) async fn template(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let (agreement, name) = (fields.one("agreement"), fields.one("name"));
    let done = match act.as_str() {
        "set" => {
            let (content, required) = (content(&fields), lines(&fields, "required"));
            let set = node.request_template_set(actor, agreement, name, content, required).await;
            set.map(|_| ())
        }
        "remove" => node.request_template_remove(actor, agreement, name).await,
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    match done {
        Ok(()) => done_at(href::REQUESTS, Said::Noted),
        Err(error) => inside.fail(&error),
    }
}

/// One of the names of a family.
fn choice(
    name: &'static str,
    label: &'static str,
    (family, names): (&'static str, &'static [&'static str]),
) -> Field {
    Field::Choice(name, label, family, names)
}

/// `POST /requests`: a new one.
pub(crate) async fn write(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    // A template names its agreement.
    let (agreement, template) = match fields.one("template").split_once('/') {
        Some((agreement, template)) => (agreement, Some(template)),
        None => (fields.one("agreement"), None),
    };
    let new = NewRequest {
        agreement: agreement.to_owned(),
        partner: fields.some("partner").map(str::to_owned),
        content: content(&fields),
        template: template.map(str::to_owned),
        attach: lines(&fields, "attach"),
    };
    match inside.visit.app.node.request_new(&inside.actor, &new).await {
        Ok(_) => done_at(href::REQUESTS, Said::Noted),
        Err(error) => inside.fail(&error),
    }
}

fn content(fields: &Parameters) -> Map<String, Value> {
    let mut content = Map::new();
    for name in [
        "kind",
        "purpose",
        "case_number",
        "urgency_reason",
        "facts",
        "grounds_held",
        "link_to_purpose",
        "legal_basis",
        "answer_by",
        "hit_reference",
    ] {
        if let Some(text) = fields.some(name) {
            content.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(ground) = fields.some("urgency").filter(|ground| *ground != "normal") {
        content.insert("urgency".to_owned(), json!("urgent"));
        content.insert("urgency_ground".to_owned(), json!(ground));
    }
    let questions = lines(fields, "questions");
    if !questions.is_empty() {
        let numbered = questions.iter().enumerate();
        let numbered = numbered.map(|(at, text)| json!({ "number": at + 1, "text": text }));
        content.insert("questions".to_owned(), numbered.collect());
    }
    let subjects = lines(fields, "subject_values");
    if !subjects.is_empty() {
        let kind = fields.some("subject_kind").unwrap_or("other");
        let values = subjects.iter().map(|value| json!({ "kind": kind, "value": value }));
        content.insert("subject_values".to_owned(), values.collect());
    }
    let about = ids(fields);
    if !about.is_empty() {
        let name = if fields.one("kind") == "recall" { "about_refs" } else { "subject_refs" };
        content.insert(name.to_owned(), json!(about));
    }
    content
}

fn lines(fields: &Parameters, name: &str) -> Vec<String> {
    let lines = fields.one(name).lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// `GET /requests/{id}`
pub(crate) async fn show(inside: Inside, Path(id): Path<String>) -> Response {
    let view = match inside.visit.app.node.request_show(&inside.actor, &id).await {
        Ok(view) => view,
        Err(error) => return inside.fail(&error),
    };
    let mut sections = sections(&view);
    let mut forms = Vec::new();
    if view.line.direction == "in" && view.possible.contains(&"answered") {
        match prepared(&inside, &view.line.id).await {
            Ok((section, form)) => {
                sections.insert(1, section);
                forms.extend(form);
            }
            Err(error) => return inside.fail(&error),
        }
    }
    let timed = view.line.direction == "in" && view.request.contains_key("answer_by");
    let form = |step: &&'static str| step_form(&view.line.id, step, timed);
    forms.extend(view.possible.iter().filter_map(form));
    let refusable = view.possible.contains(&"nothing-provided") && view.line.direction == "in";
    if refusable && !view.possible.contains(&"refused") {
        forms.push(refusal_inside(&view.line.id));
    }
    let desk = DeskView { title: "request-title", words: turn(&view.line), sections, forms };
    let chrome = inside.chrome(Place::Requests);
    page(StatusCode::OK, &desk::render_bearing(&desk, &Marking::absent(), &chrome))
}

/// What is held here of what is asked and could leave, and the form that drafts an answer of it.
async fn prepared(inside: &Inside, id: &str) -> Result<(Section, Option<Form>), NodeError> {
    let node = &inside.visit.app.node;
    let all = [Action::Search, Action::DryRun, Action::ReleaseDraft];
    let found = match all.iter().all(|action| inside.actor.may(*action)) {
        true => node.request_matches(&inside.actor, id).await?,
        false => RequestMatches::default(),
    };
    let row = |one: &RequestMatch| {
        vec![
            Cell::Objects(vec![convert::object(&one.name)]),
            Cell::Word("request-found", one.by.to_owned()),
            Cell::Text(one.asked.clone()),
            Cell::Word("request-leaves", one.verdict.to_owned()),
            Cell::Text(one.clause.clone()),
        ]
    };
    let section = Section {
        title: "desk-request-matches",
        name: match found.beyond {
            true => inside.chrome(Place::Requests).t("desk-request-matches-beyond"),
            false => String::new(),
        },
        columns: vec![
            "column-object",
            "desk-request-found",
            "desk-request-asked",
            "desk-request-leaves",
            "desk-request-clause",
        ],
        rows: found.matches.iter().map(row).collect(),
        none: "desk-request-matches-none",
    };
    let new = found.matches.iter().filter(|one| one.verdict != "had");
    let picks: Vec<_> = new.map(|one| (convert::object(&one.name), one.asked.clone())).collect();
    let form = Form {
        action: href::request_act(id, "answer-draft"),
        fields: vec![
            Field::Words("desk-request-prepare-words"),
            Field::Objects("id", "column-objects", picks.clone()),
        ],
        button: "desk-request-prepare",
        stop: false,
    };
    Ok((section, Some(form).filter(|_| !picks.is_empty())))
}

/// What is next, in a sentence.
fn turn(line: &RequestLine) -> &'static str {
    match (line.diverges, line.nothing_at.is_some(), line.ours) {
        (true, ..) => "desk-request-diverges",
        (_, true, _) => "desk-request-nothing-waits",
        (_, _, true) => "desk-request-ours",
        _ => "desk-request-theirs",
    }
}

fn sections(view: &RequestView) -> Vec<Section> {
    let columns = vec!["desk-request-part", "desk-request-said"];
    let content = view.request.iter().map(|(name, value)| {
        vec![Cell::Word("request-part", name.clone()), Cell::Text(readable(value))]
    });
    let mut sections = vec![
        Section {
            title: "desk-request-where",
            columns: LINE.to_vec(),
            rows: vec![row(&view.line)],
            none: "desk-nothing",
            ..Section::default()
        },
        Section {
            title: "desk-request-content",
            columns,
            rows: content.collect(),
            none: "desk-nothing",
            ..Section::default()
        },
        Section {
            title: "desk-request-thread",
            columns: vec![
                "column-when",
                "desk-request-here",
                "desk-request-side",
                "column-state",
                "desk-request-said",
            ],
            rows: view.steps.iter().map(step).collect(),
            none: "desk-nothing",
            ..Section::default()
        },
    ];
    if !view.objects.is_empty() {
        sections.push(Section {
            title: "desk-request-objects",
            columns: vec!["desk-request-part", "column-object"],
            rows: view.objects.iter().map(along).collect(),
            none: "desk-nothing",
            ..Section::default()
        });
    }
    if !view.faults.is_empty() {
        let fault = |(event, rule): &(String, String)| {
            vec![Cell::Code(event.clone()), Cell::Word("rule", rule.clone())]
        };
        sections.push(Section {
            title: "desk-request-faults",
            columns: vec!["desk-request-step", "desk-why"],
            rows: view.faults.iter().map(fault).collect(),
            none: "desk-nothing",
            ..Section::default()
        });
    }
    sections
}

/// A document or object that came or went with the thread.
fn along(one: &RequestObject) -> Vec<Cell> {
    let object = match &one.name {
        Some(name) => Cell::Objects(vec![convert::object(name)]),
        None => Cell::Word("request-object", "on-the-way".to_owned()),
    };
    vec![Cell::Word("request-object", one.part.to_owned()), object]
}

fn step(line: &StepLine) -> Vec<Cell> {
    let said: Vec<String> = line.said.values().map(readable).collect();
    let here = line.here.as_deref();
    vec![
        Cell::Time(convert::time(&line.at)),
        here.map_or(Cell::Text(String::new()), |at| Cell::Time(convert::time(at))),
        Cell::Word("request-side", line.side.to_owned()),
        Cell::State("request-step", line.state.to_owned(), line.crossed),
        Cell::Text(said.join("\n")),
    ]
}

/// A value as people read it: the texts in it, one a line.
fn readable(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(readable).collect::<Vec<_>>().join("\n"),
        Value::Object(members) => {
            let texts = members.values().map(readable);
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
        }
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A refusal of which the partner reads the one outward answer: why stays in our log.
fn refusal_inside(id: &str) -> Form {
    Form {
        action: href::request_act(id, "refuse"),
        fields: vec![
            Field::Words("desk-request-refuse-inside-words"),
            choice("ground", "desk-consent-ground", ("request-ground", GROUNDS)),
            Field::Line("clause", "desk-request-clause"),
            Field::Lines("statement", "desk-request-why-inside"),
        ],
        button: "desk-request-refuse-inside",
        stop: true,
    }
}

/// The form of a step, with what it needs. `timed`: whether a time is asked for that can be agreed to.
fn step_form(id: &str, step: &str, timed: bool) -> Option<Form> {
    let statement = Field::Lines("statement", "desk-request-statement");
    let replies = Field::Lines("replies", "desk-request-replies");
    let release = Field::Line("release", "desk-request-release");
    let along = Field::Line("release", "desk-request-release-along");
    let useful = choice("useful", "desk-request-useful", ("request-useful", USEFUL));
    let later = || {
        vec![
            Field::Line("reason", "desk-request-reason"),
            Field::Line("until", "desk-request-until"),
        ]
    };
    let (fields, button, stop) = match step {
        "answered" => (vec![release, replies], "desk-request-answer", false),
        "partial" => (vec![release, replies], "desk-request-partial", false),
        "needs-clarification" => (vec![replies, along], "desk-request-ask-back", false),
        "clarified" => (vec![replies, along], "desk-request-clarify", false),
        "acknowledged" => (vec![], "desk-request-acknowledge", false),
        "accepted" if timed => {
            let agree = Field::Check("agree_time", "desk-request-agree-time");
            (vec![agree, statement], "desk-request-accept", false)
        }
        "accepted" => (vec![statement], "desk-request-accept", false),
        "gathering" => (vec![], "desk-request-gather", false),
        "awaiting-authorisation" => (later(), "desk-request-authorisation", false),
        "authorised" => (vec![], "desk-request-authorised", false),
        "extended" => (later(), "desk-request-extend", false),
        "no-data" => (vec![], "desk-request-no-data", true),
        "nothing-provided" => (vec![], "desk-request-nothing", true),
        "refused" => {
            let grounds = choice("ground", "desk-consent-ground", ("request-ground", GROUNDS));
            let clause = Field::Line("clause", "desk-request-clause");
            (vec![grounds, clause, statement], "desk-request-refuse", true)
        }
        "referred" => (vec![Field::Line("to", "desk-request-to")], "desk-request-refer", true),
        "supplemented" => (vec![statement], "desk-request-add", false),
        "feedback" => (vec![useful], "desk-request-feedback", false),
        "appealed" => (vec![statement], "desk-request-appeal", false),
        "escalated" => (vec![statement], "desk-request-escalate", false),
        "withdrawn" => (vec![], "desk-request-withdraw", true),
        "closed" => (vec![useful], "desk-request-close", false),
        _ => return None,
    };
    let action = href::request_act(id, step);
    Some(Form { action, fields, button, stop })
}

/// `POST /requests/{id}/{act}`: `attach`, `approve`, `send`, `discard`, `answer-draft`, `refuse`, or a step.
pub(crate) async fn act(Path((id, act)): Path<(String, String)>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let some = |name: &str| fields.some(name).map(str::to_owned);
    let done = match act.as_str() {
        "approve" => node.request_approve(actor, &id).await.map(|()| href::REQUESTS.to_owned()),
        "send" => node.request_send(actor, &id).await.map(|()| href::request(&id)),
        "answer-draft" => {
            let draft = node.request_answer_draft(actor, &id, &fields.all("id")).await;
            draft.map(|line| href::release(&line.id))
        }
        "attach" => {
            let documents = lines(&fields, "attach");
            let draft = node.request_attach(actor, &id, &documents).await;
            draft.map(|_| href::REQUESTS.to_owned())
        }
        "discard" => node.request_discard(actor, &id).await.map(|()| href::REQUESTS.to_owned()),
        step => {
            let new = NewStep {
                wish: match step {
                    "refuse" => Wish::Refuse,
                    step => Wish::Step(step.to_owned()),
                },
                statement: some("statement"),
                ground: some("ground"),
                ground_clause: some("clause"),
                replies: lines(&fields, "replies"),
                release: some("release"),
                accessibility: None,
                agree_time: fields.one("agree_time") == "yes",
                until: some("until"),
                reason: some("reason"),
                referred_to: some("to"),
                useful: some("useful"),
                outcome: None,
            };
            node.request_say(actor, &id, &new).await.map(|_| href::request(&id))
        }
    };
    match done {
        Ok(place) => done_at(&place, Said::Noted),
        Err(NodeError::NotFound { .. }) => inside.visit.error(&ErrorView::NotFound),
        Err(error) => inside.fail(&error),
    }
}
