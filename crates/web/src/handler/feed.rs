//! `GET /feeds` and `POST /feeds/{act}`: TAXII servers that are asked or given to on a schedule.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{Action, FeedCredential, FeedHealth, FeedLine, NewCourse, NewFeed, NodeError};
use secrecy::SecretString;

use super::convert;
use super::desk::{finish, shown};
use super::form::Posted;
use super::visit::{Inside, Parameters};
use crate::href;
use crate::layout::{Flash, Place, Tone};
use crate::page::desk::{Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

const COLOURS: &[&str] = &["amber", "clear", "green", "amber+strict", "red"];
const WAYS: &[&str] = &["none", "basic", "bearer", "token"];
/// How long the page waits for a run: most are done by then; the others go on and the page says so.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn list(inside: Inside) -> Response {
    let node = &inside.visit.app.node;
    let lines = match node.feed_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let collections = match inside.actor.may(Action::CollectionManage) {
        true => node.plain_list(&inside.actor).await,
        false => Ok(Vec::new()),
    };
    let partners = match inside.actor.may(Action::PartnerManage) {
        true => node.partner_list(&inside.actor).await,
        false => Ok(Vec::new()),
    };
    let (collections, partners) = match (collections, partners) {
        (Ok(collections), Ok(partners)) => (collections, partners),
        (Err(error), _) | (_, Err(error)) => return inside.fail(&error),
    };
    let own = collections.into_iter().map(|line| (line.id, line.name)).collect::<Vec<_>>();
    let theirs = partners.into_iter().filter(|p| !p.revoked);
    let theirs = theirs.map(|p| (p.key_id, p.name)).collect::<Vec<_>>();
    let view = DeskView {
        title: "place-feeds",
        words: "feeds-words",
        sections: vec![Section {
            title: "place-feeds",
            columns: vec![
                "desk-name",
                "feeds-state",
                "feeds-last-good",
                "column-objects",
                "feeds-next",
                "feeds-trouble",
                "desk-do",
            ],
            rows: lines.iter().map(|line| row(&inside, line)).collect(),
            none: "feeds-none",
            ..Section::default()
        }],
        forms: forms(&inside, &own, &theirs),
    };
    shown(&inside, &view, Place::Feeds)
}

fn row(inside: &Inside, line: &FeedLine) -> Vec<Cell> {
    let at = |text: &Option<String>| match text {
        Some(at) => Cell::Time(convert::time(at)),
        None => Cell::Text("–".to_owned()),
    };
    let course = inside.visit.word("feeds-course", line.course);
    let theirs = line.collection.as_deref().unwrap_or("–");
    let way = inside.visit.word("feeds-credential", line.credential);
    let name = &line.name;
    let server = match line.partner.as_ref().or(line.own_collection.as_ref()) {
        Some(ours) => format!("{name}\n{course}: {ours}\n{}\n{theirs} · {way}", line.url),
        None => format!("{name}\n{course}\n{}\n{theirs} · {way}", line.url),
    };
    vec![
        Cell::Text(server),
        Cell::State("feeds-health", line.state.name().to_owned(), line.state.is_trouble()),
        at(&line.last_good),
        Cell::Text(objects(inside, line)),
        at(&line.next_run),
        Cell::Text(trouble(inside, line)),
        Cell::Forms(row_forms(line)),
    ]
}

/// How many in all, and what the last run did.
fn objects(inside: &Inside, line: &FeedLine) -> String {
    let total = inside.visit.lang.number(line.objects);
    let Some(last) = &line.last else { return total };
    let chrome = inside.chrome(Place::Feeds);
    let count = |n: usize| (n as u64).into();
    let words = chrome.ta(
        "feeds-last-run",
        &[
            ("new", count(last.new)),
            ("known", count(last.known)),
            ("conflict", count(last.conflict)),
            ("rejected", count(last.rejected)),
        ],
    );
    format!("{total}\n{words}")
}

/// What is wrong and what to do, in the language of the page; then as the program says it.
fn trouble(inside: &Inside, line: &FeedLine) -> String {
    let mut text = Vec::new();
    if let Some(fault) = &line.last_error {
        let code = match inside.visit.app.texts.knows("feeds-fault", &fault.code) {
            true => fault.code.as_str(),
            false => "other",
        };
        text.push(inside.visit.word("feeds-fault", code));
        text.push(format!("{} · {} · {}", fault.at, fault.code, fault.problem));
    } else if line.state == FeedHealth::Late {
        text.push(inside.visit.word("feeds-fault", "late"));
    }
    for [id, reason] in line.last.iter().flat_map(|last| &last.refused).take(5) {
        text.push(format!("{id}: {reason}"));
    }
    if text.is_empty() { "–".to_owned() } else { text.join("\n") }
}

fn row_forms(line: &FeedLine) -> Vec<Form> {
    let name = || Field::Hidden("name", line.name.clone());
    let form = |act: &str, fields: Vec<Field>, button, stop| Form {
        action: href::feed_act(act),
        fields,
        button,
        stop,
    };
    let mut forms = Vec::new();
    match line.state {
        FeedHealth::Paused => {
            forms.push(form("resume", vec![name()], "feeds-resume", false));
        }
        FeedHealth::Running => {
            forms.push(form("pause", vec![name()], "feeds-pause", true));
        }
        _ => {
            forms.push(form("run", vec![name()], "feeds-run", false));
            forms.push(form("pause", vec![name()], "feeds-pause", true));
        }
    }
    let words = Field::Words("feeds-remove-words");
    let sure = Field::Confirm("confirm", "feeds-remove-sure");
    forms.push(form("remove", vec![name(), words, sure], "feeds-remove", true));
    forms
}

/// What this role may add.
fn forms(inside: &Inside, own: &[(String, String)], theirs: &[(String, String)]) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut add = |course: &str, words, special: Vec<Field>, button| {
        let mut fields = vec![
            Field::Words(words),
            Field::Hidden("course", course.to_owned()),
            Field::Line("name", "feeds-name"),
            Field::Line("url", "feeds-url"),
            Field::Line("collection", "feeds-collection"),
        ];
        fields.extend(special);
        fields.extend([
            Field::Choice("way", "feeds-way", "feeds-credential", WAYS),
            Field::Line("user", "feeds-user"),
            Field::Password("secret", "feeds-secret"),
            Field::Line("pin", "feeds-pin"),
            Field::Lines("ca", "feeds-ca"),
            Field::Number("every", "feeds-every"),
        ]);
        forms.push(Form { action: href::feed_act("add"), fields, button, stop: false });
    };
    if inside.actor.may(Action::Import) {
        let colours = COLOURS.iter().map(|c| ((*c).to_owned(), c.to_uppercase())).collect();
        let mut special = vec![Field::Pick("marking", "feeds-marking", colours)];
        if inside.actor.may(Action::CompartmentUse) {
            special.push(Field::Line("compartment", "feeds-compartment"));
        }
        add("import", "feeds-import-words", special, "feeds-add-import");
    }
    if !own.is_empty() {
        let special = || {
            vec![
                Field::Pick("own", "feeds-own-collection", own.to_vec()),
                Field::Line("account", "feeds-account"),
            ]
        };
        add("into-collection", "feeds-into-words", special(), "feeds-add-into");
        add("from-collection", "feeds-from-words", special(), "feeds-add-from");
    }
    if !theirs.is_empty() {
        let special = vec![
            Field::Line("agreement", "feeds-agreement"),
            Field::Pick("partner", "column-partner", theirs.to_vec()),
        ];
        add("agreement", "feeds-agreement-words", special, "feeds-add-agreement");
    }
    forms
}

/// `add`, `run`, `pause`, `resume`, `remove`.
pub(crate) async fn act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor, name) = (&inside.visit.app.node, &inside.actor, fields.one("name"));
    let done = match act.as_str() {
        "add" => match new_feed(&fields) {
            Some(feed) => node.feed_add(actor, feed).await,
            None => return inside.visit.error(&ErrorView::NotFound),
        },
        "run" => run(&inside, name).await,
        "pause" => node.feed_pause(actor, name).await,
        "resume" => node.feed_resume(actor, name).await,
        "remove" if fields.one("confirm") != "yes" => {
            return inside.visit.error(&ErrorView::unconfirmed());
        }
        "remove" => node.feed_remove(actor, name).await,
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    finish(&inside, done.map(|()| href::FEEDS.to_owned()))
}

/// Runs a feed apart from the request: who closes the page does not stop it. What the server does
/// wrong stands in the table, not on a page of its own.
async fn run(inside: &Inside, name: &str) -> Result<(), NodeError> {
    let (node, actor) = (Arc::clone(&inside.visit.app.node), inside.actor.clone());
    let name = name.to_owned();
    let run = tokio::spawn(async move { node.feed_run(&actor, &name, &|_| ()).await });
    match tokio::time::timeout(PATIENCE, run).await {
        Ok(Ok(Err(error @ (NodeError::Forbidden { .. } | NodeError::NotFound { .. })))) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

fn new_feed(fields: &Parameters) -> Option<NewFeed> {
    let text = |name: &str| fields.some(name).map(str::to_owned);
    let secret = || SecretString::from(fields.one("secret").to_owned());
    let credential = match fields.one("way") {
        "none" | "" => FeedCredential::None,
        "basic" => {
            FeedCredential::Basic { user: fields.one("user").to_owned(), password: secret() }
        }
        "bearer" => FeedCredential::Bearer(secret()),
        "token" => FeedCredential::Token(secret()),
        _ => return None,
    };
    let (collection, account) = (fields.one("own").to_owned(), fields.one("account").to_owned());
    let course = match fields.one("course") {
        "import" => {
            NewCourse::Import { marking: text("marking"), compartment: text("compartment") }
        }
        "into-collection" => NewCourse::Into { collection, account },
        "from-collection" => NewCourse::From { collection, account },
        "agreement" => NewCourse::Agreement {
            agreement: fields.one("agreement").to_owned(),
            partner: fields.one("partner").to_owned(),
        },
        _ => return None,
    };
    Some(NewFeed {
        name: fields.one("name").to_owned(),
        url: fields.one("url").to_owned(),
        collection: text("collection"),
        credential,
        ca: text("ca"),
        pin: text("pin"),
        // What is no number is no interval: the use case says which there are.
        every_min: fields.some("every").map(|every| every.parse().unwrap_or(0)),
        page: None,
        course,
    })
}

/// What stands above the first page of who manages feeds, where one fails or fell silent.
pub(crate) async fn warnings(inside: &Inside) -> Result<Vec<Flash>, NodeError> {
    let [failing, late] = inside.visit.app.node.feeds_in_trouble(&inside.actor).await?;
    let chrome = inside.chrome(Place::Feeds);
    let count = |n: usize| [("count", (n as u64).into())];
    let mut flashes = Vec::new();
    if failing > 0 {
        let text = chrome.ta("feeds-alert-failing", &count(failing));
        flashes.push(Flash { tone: Tone::Fault, text });
    }
    if late > 0 {
        let text = chrome.ta("feeds-alert-late", &count(late));
        flashes.push(Flash { tone: Tone::Fault, text });
    }
    Ok(flashes)
}
