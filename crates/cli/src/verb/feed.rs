//! `feed add | list | run | pause | resume | remove`.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use enlace_node::{FeedCredential, FeedLine, FeedReport, NewCourse, NewFeed, NodeError};
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{Session, file_error, read_text};
use crate::args::{Feed, FeedAdd};
use crate::words::count;

pub(super) async fn run(session: Session<'_>, verb: Feed) -> Result<u8, NodeError> {
    let Session { node, actor, out } = &session;
    let done = match verb {
        Feed::Add(asked) => {
            let name = asked.name.clone();
            node.feed_add(actor, new_feed(*asked)?).await?;
            ("added", name)
        }
        Feed::List => return list(&session).await,
        Feed::Run { name } => return run_now(session, name.as_deref()).await,
        Feed::Pause { name } => {
            node.feed_pause(actor, &name).await?;
            ("paused", name)
        }
        Feed::Resume { name } => {
            node.feed_resume(actor, &name).await?;
            ("resumed", name)
        }
        Feed::Remove { name } => {
            node.feed_remove(actor, &name).await?;
            ("removed", name)
        }
    };
    let (act, name) = done;
    out.summary(&json!({ act: name }), || format!("feed `{name}` {act}"));
    Ok(0)
}

async fn list(session: &Session<'_>) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let lines = node.feed_list(actor).await?;
    for line in &lines {
        out.line(line, || shown(line));
    }
    let trouble = lines.iter().filter(|line| line.state.is_trouble()).count();
    out.summary(&json!({ "feeds": lines.len(), "in_trouble": trouble }), String::new);
    Ok(0)
}

fn shown(line: &FeedLine) -> String {
    let FeedLine { name, direction, url, objects, .. } = line;
    let never = || "never".to_owned();
    let last = line.last_good.clone().unwrap_or_else(never);
    let next = line.next_run.clone().unwrap_or_else(never);
    let state = line.state.name();
    let mut text = format!(
        "{name}  {direction} {url}  {state}, {objects} objects; last good run {last}, next {next}"
    );
    if let Some(fault) = &line.last_error {
        let times = count(fault.failures, "failure");
        text.push_str(&format!("\n    {} ({times}): {}", fault.at, fault.problem));
    }
    text
}

async fn run_now(session: Session<'_>, name: Option<&str>) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let node = Arc::new(node);
    let names = match name {
        Some(name) => vec![name.to_owned()],
        None => {
            let lines = node.feed_list(&actor).await?.into_iter();
            let paused = enlace_node::FeedHealth::Paused;
            lines.filter(|line| line.state != paused).map(|line| line.name).collect()
        }
    };
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    let (mut total, mut failed) = (FeedReport::default(), 0);
    for name in &names {
        let told = |report: &FeedReport| bar.set_message(said(report));
        bar.set_message(name.clone());
        match node.feed_run(&actor, name, &told).await {
            Ok(report) => {
                bar.suspend(|| {
                    out.line(&report, || said(&report));
                    for [id, reason] in &report.refused {
                        out.note(&format!("{name}: {id}: {reason}"));
                    }
                });
                total.new += report.new;
                total.known += report.known;
                total.conflict += report.conflict;
                total.rejected += report.rejected;
                total.pages += report.pages;
            }
            // The others run all the same.
            Err(error) => {
                failed += 1;
                bar.suspend(|| out.error(error.code(), &error.to_string()));
            }
        }
    }
    bar.finish_and_clear();
    let FeedReport { new, known, conflict, rejected, pages, .. } = total;
    let counts = json!({
        "feeds": names.len(), "failed": failed,
        "new": new, "known": known, "conflict": conflict, "rejected": rejected, "pages": pages,
    });
    out.summary(&counts, || match failed {
        0 => count(names.len(), "feed"),
        _ => format!("{}, {failed} failed", count(names.len(), "feed")),
    });
    Ok(u8::from(failed > 0))
}

fn said(report: &FeedReport) -> String {
    let FeedReport { feed, new, known, conflict, rejected, pages, .. } = report;
    let pages = count(pages, "page");
    format!(
        "{feed}: {new} new, {known} known, {conflict} in conflict, {rejected} rejected; {pages}"
    )
}

fn new_feed(asked: FeedAdd) -> Result<NewFeed, NodeError> {
    let credential = credential(&asked)?;
    let account = asked.holder.unwrap_or_default();
    let course = match (asked.into_collection, asked.from_collection, asked.agreement) {
        (Some(collection), _, _) => NewCourse::Into { collection, account },
        (_, Some(collection), _) => NewCourse::From { collection, account },
        (_, _, Some(agreement)) => {
            NewCourse::Agreement { agreement, partner: asked.partner.unwrap_or_default() }
        }
        _ if asked.push => {
            return Err(NodeError::Input {
                code: "feed.push",
                problem: "nothing to give".to_owned(),
                place: "--push".to_owned(),
                expected: "`--from-collection NAME --account A`, or `--agreement A --partner P`"
                    .to_owned(),
            });
        }
        _ => NewCourse::Import { marking: asked.marking, compartment: asked.compartment },
    };
    Ok(NewFeed {
        name: asked.name,
        url: asked.url,
        collection: asked.collection,
        credential,
        ca: asked.ca.as_deref().map(read_text).transpose()?,
        pin: asked.pin,
        every_min: asked.every,
        page: asked.page,
        course,
    })
}

/// Secrets come from files or the input, never from the command line: that is in its history.
fn credential(asked: &FeedAdd) -> Result<FeedCredential, NodeError> {
    if let (Some(user), Some(file)) = (&asked.user, &asked.password_file) {
        return Ok(FeedCredential::Basic { user: user.clone(), password: first_line(file)? });
    }
    if let Some(file) = &asked.token_file {
        let token = first_line(file)?;
        return Ok(match asked.token_scheme.as_str() {
            "token" => FeedCredential::Token(token),
            _ => FeedCredential::Bearer(token),
        });
    }
    if let (Some(cert), Some(key)) = (&asked.cert, &asked.key) {
        let (certificates, key) = (read_text(cert)?, SecretString::from(read_text(key)?));
        return Ok(FeedCredential::Certificate { certificates, key });
    }
    Ok(FeedCredential::None)
}

fn first_line(file: &Path) -> Result<SecretString, NodeError> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| file_error(Path::new("input"), error))?;
        SecretString::from(text)
    } else {
        SecretString::from(read_text(file)?)
    };
    Ok(SecretString::from(text.expose_secret().lines().next().unwrap_or_default()))
}
