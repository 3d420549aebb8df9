//! Compartments, sources and holds, protected persons, reviews, own notes.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{
    Action, CompartmentKind, NewSource, NodeError, NoteKind, ObjectName, ProtectDecision, STATUSES,
};
use http::StatusCode;
use secrecy::SecretString;

use super::convert;
use super::form::Posted;
use super::visit::{Inside, Parameters, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::page::desk::{self, Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

const KINDS: &[&str] = &["case", "need-to-know"];
const SOURCE_STATES: &[&str] = &["active", "resting", "closed"];
const DECISIONS: &[&str] = &["keep", "narrow", "recall"];

/// `GET /compartments`
pub(crate) async fn compartments(inside: Inside) -> Response {
    let lines = match inside.visit.app.node.compartment_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let asked = match inside.visit.app.node.restricted_matches(&inside.actor).await {
        Ok(asked) => asked,
        Err(error) => return inside.fail(&error),
    };
    let row = |line: &enlace_node::CompartmentLine| {
        vec![
            Cell::Link(href::compartment(&line.id), line.name.clone()),
            Cell::Word("compartment-kind", line.kind.to_owned()),
            Cell::Text(line.why.clone()),
            Cell::Text(line.lead.clone()),
            Cell::Count(line.members.len()),
            Cell::Count(line.objects),
        ]
    };
    let mut view = DeskView {
        title: "place-compartments",
        words: "desk-compartments-words",
        sections: vec![Section {
            title: "desk-compartments-yours",
            columns: vec![
                "desk-name",
                "desk-kind",
                "desk-why",
                "desk-lead",
                "desk-members",
                "column-objects",
            ],
            rows: lines.iter().map(row).collect(),
            none: "desk-compartments-none",
            ..Section::default()
        }],
        forms: Vec::new(),
    };
    view.sections.extend(super::home::restricted(&asked));
    if inside.actor.may(Action::CompartmentLead) {
        view.forms.push(Form {
            action: href::COMPARTMENTS.to_owned(),
            fields: vec![
                Field::Line("name", "desk-name"),
                Field::Choice("kind", "desk-kind", "compartment-kind", KINDS),
                Field::Line("why", "desk-why"),
            ],
            button: "desk-compartment-make",
            stop: false,
        });
    }
    shown(&inside, &view, Place::Compartments)
}

/// `POST /compartments`
pub(crate) async fn compartment_make(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let Some(kind) = CompartmentKind::from_name(fields.one("kind")) else {
        return inside.visit.error(&ErrorView::NotFound);
    };
    let node = &inside.visit.app.node;
    let (name, why) = (fields.one("name"), fields.one("why"));
    let made = node.compartment_create(&inside.actor, name, kind, why).await;
    finish(&inside, made.map(|id| href::compartment(&id)))
}

/// `GET /compartments/{id}`
pub(crate) async fn compartment(inside: Inside, Path(id): Path<String>) -> Response {
    let found = match inside.visit.app.node.compartment_view(&inside.actor, &id).await {
        Ok(found) => found,
        Err(error) => return inside.fail(&error),
    };
    let line = found.line;
    let leads = line.lead == inside.actor.account() && inside.actor.may(Action::CompartmentLead);
    let act = |act: &str| href::compartment_act(&line.id, act);
    let member = |name: &String| {
        let forms = ["out", "lead"].map(|kind| Form {
            action: act(kind),
            fields: vec![Field::Hidden("account", name.clone())],
            button: if kind == "out" { "desk-member-out" } else { "desk-member-lead" },
            stop: kind == "out",
        });
        let may = leads && *name != line.lead;
        vec![Cell::Text(name.clone()), Cell::Forms(if may { forms.to_vec() } else { vec![] })]
    };
    let object = |name: &ObjectName| {
        let form = Form {
            action: act("remove"),
            fields: vec![Field::Hidden("id", name.id.clone())],
            button: "desk-take-out",
            stop: true,
        };
        let forms = if leads { vec![form] } else { vec![] };
        vec![Cell::Objects(vec![convert::object(name)]), Cell::Forms(forms)]
    };
    let mut forms = vec![Form {
        action: act("add"),
        fields: vec![Field::Lines("ids", "desk-ids"), Field::Check("whole", "desk-whole")],
        button: "desk-put-in",
        stop: false,
    }];
    if leads {
        forms.push(Form {
            action: act("member"),
            fields: vec![Field::Line("account", "login-account")],
            button: "desk-member-in",
            stop: false,
        });
    }
    let view = DeskView {
        title: "desk-compartment",
        words: "desk-compartment-words",
        sections: vec![
            Section {
                title: "desk-members",
                name: line.name.clone(),
                columns: vec!["login-account", "desk-do"],
                rows: line.members.iter().map(member).collect(),
                none: "desk-nothing",
            },
            Section {
                title: "column-objects",
                name: String::new(),
                columns: vec!["column-object", "desk-do"],
                rows: found.objects.iter().map(object).collect(),
                none: "desk-nothing",
            },
        ],
        forms,
    };
    shown(&inside, &view, Place::Compartments)
}

/// `POST /compartments/{id}/{act}`
pub(crate) async fn compartment_act(
    Path((id, act)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let account = fields.one("account");
    let done = match act.as_str() {
        "add" => {
            let whole = fields.one("whole") == "yes";
            node.compartment_add(actor, &id, &ids(&fields), whole).await.map(|_| ())
        }
        "remove" => {
            let ids = [fields.one("id").to_owned()];
            node.compartment_remove(actor, &id, &ids).await.map(|_| ())
        }
        "member" => node.compartment_member(actor, &id, account, true).await,
        "out" => node.compartment_member(actor, &id, account, false).await,
        "lead" => node.compartment_hand_over(actor, &id, account).await,
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done.map(|()| href::compartment(&id)))
}

/// `GET /sources`
pub(crate) async fn sources(inside: Inside) -> Response {
    match desk_of_sources(&inside, None).await {
        Ok(view) => shown(&inside, &view, Place::Sources),
        Err(error) => inside.fail(&error),
    }
}

/// `POST /sources/{act}`: `open` shows the register, which no address and no cookie keeps open.
pub(crate) async fn source_act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let pass = SecretString::from(fields.one("passphrase"));
    let name = fields.one("name");
    let done = match act.as_str() {
        "open" => {
            return match desk_of_sources(&inside, Some(&pass)).await {
                Ok(view) => shown(&inside, &view, Place::Sources),
                Err(error) => inside.fail(&error),
            };
        }
        "init" => node.source_init(actor, &pass).await,
        "add" => {
            let new = NewSource {
                code_name: name.to_owned(),
                identity: fields.one("identity").to_owned(),
                since: fields.one("since").to_owned(),
                objects: ids(&fields),
            };
            node.source_add(actor, &pass, new).await.map(|_| ())
        }
        "link" => node.source_link(actor, &pass, name, &ids(&fields), true).await.map(|_| ()),
        "unlink" => node.source_link(actor, &pass, name, &ids(&fields), false).await.map(|_| ()),
        "status" => node.source_change(actor, &pass, name, fields.some("status"), None).await,
        "handler" => node.source_change(actor, &pass, name, None, fields.some("account")).await,
        "hold" => node.hold_place(actor, &ids(&fields)).await.map(|_| ()),
        "lift" => node.hold_lift(actor, fields.one("id")).await,
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done.map(|()| href::SOURCES.to_owned()))
}

async fn desk_of_sources(
    inside: &Inside,
    pass: Option<&SecretString>,
) -> Result<DeskView, NodeError> {
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let alert = |line: &enlace_node::AlertLine| {
        vec![
            Cell::Time(convert::time(&line.at)),
            Cell::Word("alert", line.kind.clone()),
            Cell::Text(line.by.clone()),
            Cell::Link(href::object(&line.object), line.object.clone()),
            Cell::Text(line.source.clone()),
        ]
    };
    let hold = |line: &enlace_node::HoldLine| {
        let lift = Form {
            action: href::source_act("lift"),
            fields: vec![Field::Hidden("id", line.id.clone())],
            button: "desk-hold-lift",
            stop: true,
        };
        vec![
            Cell::Time(convert::time(&line.since)),
            Cell::Count(line.objects.len()),
            Cell::Forms(vec![lift]),
        ]
    };
    let mut sections = Vec::new();
    if let Some(pass) = pass {
        let lines = node.source_list(actor, pass).await?;
        let row = |line: &enlace_node::SourceLine| {
            vec![
                Cell::Text(line.code_name.clone()),
                Cell::Text(line.identity.clone()),
                Cell::Text(line.since.clone()),
                Cell::Word("source-state", line.status.clone()),
                Cell::Count(line.objects.len()),
                Cell::Text(line.id.clone()),
            ]
        };
        sections.push(Section {
            title: "desk-sources-yours",
            columns: vec![
                "desk-name",
                "desk-identity",
                "desk-since",
                "desk-state",
                "column-objects",
                "desk-number",
            ],
            rows: lines.iter().map(row).collect(),
            none: "desk-nothing",
            ..Section::default()
        });
    }
    sections.push(Section {
        title: "desk-alerts",
        columns: vec!["desk-when", "desk-what", "desk-who", "column-object", "desk-number"],
        rows: node.source_alerts(actor).await?.iter().map(alert).collect(),
        none: "desk-alerts-none",
        ..Section::default()
    });
    sections.push(Section {
        title: "desk-holds",
        columns: vec!["desk-since", "column-objects", "desk-do"],
        rows: node.hold_list(actor).await?.iter().map(hold).collect(),
        none: "desk-nothing",
        ..Section::default()
    });
    let (title, words) = ("place-sources", "desk-sources-words");
    Ok(DeskView { title, words, sections, forms: source_forms() })
}

fn source_forms() -> Vec<Form> {
    let form = |act: &str, fields: Vec<Field>, button| Form {
        action: href::source_act(act),
        fields,
        button,
        stop: false,
    };
    let with = |mut fields: Vec<Field>| {
        fields.push(Field::Secret("passphrase", "desk-passphrase"));
        fields
    };
    let (name, objects) = (Field::Line("name", "desk-name"), Field::Lines("ids", "desk-ids"));
    vec![
        form("init", with(vec![]), "desk-register-init"),
        form("open", with(vec![]), "desk-register-open"),
        form(
            "add",
            with(vec![
                name.clone(),
                Field::Lines("identity", "desk-identity"),
                Field::Line("since", "desk-since"),
                objects.clone(),
            ]),
            "desk-source-add",
        ),
        form("link", with(vec![name.clone(), objects.clone()]), "desk-source-link"),
        form("unlink", with(vec![name.clone(), objects.clone()]), "desk-source-unlink"),
        form(
            "status",
            with(vec![
                name.clone(),
                Field::Choice("status", "desk-state", "source-state", SOURCE_STATES),
            ]),
            "desk-source-status",
        ),
        form(
            "handler",
            with(vec![name, Field::Line("account", "login-account")]),
            "desk-source-handler",
        ),
        form("hold", vec![objects], "desk-hold-place"),
    ]
}

/// `GET /protected`
pub(crate) async fn protected(inside: Inside) -> Response {
    match desk_of_protected(&inside).await {
        Ok(view) => shown(&inside, &view, Place::Protected),
        Err(error) => inside.fail(&error),
    }
}

async fn desk_of_protected(inside: &Inside) -> Result<DeskView, NodeError> {
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let proposal = |line: &enlace_node::ProposalLine| {
        let state = match &line.decided {
            Some((decision, by, at)) => {
                let at = at.get(..10).unwrap_or(at);
                Cell::Text(format!(
                    "{} · {by} · {at}",
                    inside.visit.word("decision", decision.name())
                ))
            }
            None => Cell::Forms(vec![Form {
                action: href::protected_act("decide"),
                fields: vec![
                    Field::Hidden("id", line.id.clone()),
                    Field::Choice("decision", "desk-decision", "decision", DECISIONS),
                ],
                button: "desk-decide",
                stop: true,
            }]),
        };
        vec![
            Cell::Time(convert::time(&line.at)),
            Cell::Objects(line.set.iter().map(convert::object).collect()),
            Cell::Count(line.released),
            state,
        ]
    };
    let person = |one: &enlace_node::Protected| {
        let words = one.statuses.iter().map(|s| {
            let status = inside.visit.word("protected", &s.status);
            let said = [s.by.as_str(), s.since.as_str()];
            let said: Vec<&str> = said.into_iter().filter(|part| !part.is_empty()).collect();
            match said.is_empty() {
                true => format!("{status}: {}", s.basis),
                false => format!("{status}: {} ({})", s.basis, said.join(", ")),
            }
        });
        let words: Vec<String> = words.collect();
        vec![Cell::Objects(vec![convert::object(&one.name)]), Cell::Text(words.join("\n"))]
    };
    let sections = vec![
        Section {
            title: "desk-proposals",
            columns: vec!["desk-when", "desk-set", "desk-released", "desk-decision"],
            rows: node.protect_proposals(actor).await?.iter().map(proposal).collect(),
            none: "desk-nothing",
            ..Section::default()
        },
        Section {
            title: "desk-protected-persons",
            columns: vec!["column-object", "desk-status"],
            rows: node.protect_list(actor).await?.iter().map(person).collect(),
            none: "desk-nothing",
            ..Section::default()
        },
    ];
    let (title, words) = ("place-protected", "desk-protected-words");
    Ok(DeskView { title, words, sections, forms: vec![protect_form(None)] })
}

/// The form that states a status; of a known person, or of one that is named.
pub(crate) fn protect_form(id: Option<&str>) -> Form {
    let who = match id {
        Some(id) => Field::Hidden("id", id.to_owned()),
        None => Field::Line("id", "desk-person"),
    };
    Form {
        action: href::protected_act("set"),
        fields: vec![
            who,
            Field::Choice("status", "desk-status", "protected", &STATUSES),
            Field::Line("basis", "desk-basis"),
            Field::Line("since", "desk-since"),
        ],
        button: "desk-protect",
        stop: false,
    }
}

/// `POST /protected/{act}`
pub(crate) async fn protected_act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let id = fields.one("id");
    let done = match act.as_str() {
        "set" => {
            let [status, basis, since] = ["status", "basis", "since"].map(|name| fields.one(name));
            let set = node.protect_set(actor, id, status, basis, since).await;
            set.map(|()| href::object(id))
        }
        "decide" => {
            let Some(decision) = ProtectDecision::from_name(fields.one("decision")) else {
                return inside.visit.error(&ErrorView::NotFound);
            };
            let decided = node.protect_decide(actor, id, decision).await;
            decided.map(|_| href::PROTECTED.to_owned())
        }
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done)
}

/// `GET /reviews`
pub(crate) async fn reviews(inside: Inside) -> Response {
    let lines = match inside.visit.app.node.review_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let row = |line: &enlace_node::ReviewLine| {
        let id = || Field::Hidden("id", line.name.id.clone());
        let keep = Form {
            action: href::review_act("keep"),
            fields: vec![id(), Field::Line("until", "desk-until"), Field::Line("why", "desk-why")],
            button: "desk-review-keep",
            stop: false,
        };
        let erase = Form {
            action: href::review_act("erase"),
            fields: vec![id()],
            button: "desk-review-erase",
            stop: true,
        };
        vec![
            Cell::Objects(vec![convert::object(&line.name)]),
            Cell::Time(convert::time(&line.due)),
            Cell::Forms(vec![keep, erase]),
        ]
    };
    let mut view = DeskView {
        title: "place-reviews",
        words: "desk-reviews-words",
        sections: vec![Section {
            title: "desk-overdue",
            columns: vec!["column-object", "desk-due", "desk-do"],
            rows: lines.iter().map(row).collect(),
            none: "desk-nothing",
            ..Section::default()
        }],
        forms: Vec::new(),
    };
    if inside.actor.may(Action::LegalHold) {
        let words = inside.chrome(Place::Reviews).t("desk-legal-holds");
        view.sections.push(Section {
            title: "desk-legal-holds",
            columns: vec!["desk-name"],
            rows: vec![vec![Cell::Link(href::LEGAL_HOLDS.to_owned(), words)]],
            ..Section::default()
        });
    }
    shown(&inside, &view, Place::Reviews)
}

/// `POST /reviews/{act}`
pub(crate) async fn review_act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let id = fields.one("id");
    let done = match act.as_str() {
        "keep" => node.review_keep(actor, id, fields.one("until"), fields.one("why")).await,
        "erase" => node.review_erase(actor, id).await.map(|_| ()),
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done.map(|()| href::REVIEWS.to_owned()))
}

/// `POST /notes/{act}`
pub(crate) async fn note_act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let id = fields.one("id");
    let done = match act.as_str() {
        "add" => {
            let label = fields.one("label") == "yes";
            let kind = if label { NoteKind::Label } else { NoteKind::Note };
            node.note_add(actor, id, kind, fields.one("text")).await.map(|_| ())
        }
        "remove" => node.note_remove(actor, id, fields.one("note")).await,
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done.map(|()| href::object(id)))
}

/// The form that writes a note beside an object.
pub(crate) fn note_form(id: &str) -> Form {
    Form {
        action: href::note_act("add"),
        fields: vec![
            Field::Hidden("id", id.to_owned()),
            Field::Lines("text", "desk-note"),
            Field::Check("label", "desk-note-label"),
        ],
        button: "desk-note-add",
        stop: false,
    }
}

/// Ids in a field of several lines.
pub(crate) fn ids(fields: &Parameters) -> Vec<String> {
    let text = fields.one("ids");
    text.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(crate) fn shown(inside: &Inside, view: &DeskView, place: Place) -> Response {
    page(StatusCode::OK, &desk::render(view, &inside.chrome(place)))
}

pub(crate) fn finish(inside: &Inside, done: Result<String, NodeError>) -> Response {
    match done {
        Ok(path) => done_at(&path, Said::Noted),
        Err(error) => inside.fail(&error),
    }
}
