//! The verbs, one file a group.

mod account;
mod agreement;
mod ask;
mod backup;
mod carried;
mod case;
mod collection;
mod compartment;
mod consent;
mod danger;
mod feed;
mod hold;
mod import;
mod inbox;
mod job;
mod key;
mod ledger;
mod legal_hold;
mod migrate;
mod node;
mod note;
mod object;
mod partner;
mod protect;
mod recall;
mod release;
mod replay;
mod request;
mod review;
mod source;
mod validate;

use std::path::{Path, PathBuf};

use enlace_node::{Actor, Node, NodeError};

use crate::args::{Cli, Verb};
use crate::out::Out;
use crate::who;

/// What a verb works with.
pub(crate) struct Session<'a> {
    pub(crate) node: Node,
    pub(crate) actor: Actor,
    pub(crate) out: &'a Out,
}

/// Runs one command; the exit code is 0 for ok and 1 for findings or a refusal.
pub(crate) async fn run(cli: Cli, out: &Out) -> Result<u8, NodeError> {
    let dir = cli.node.unwrap_or_else(|| PathBuf::from("."));
    match &cli.verb {
        Verb::Init { name, country, unit } => {
            return node::init(out, &dir, name, country, unit.as_deref()).await;
        }
        Verb::Doctor => return Ok(node::doctor(out, &dir).await),
        Verb::Restore(asked) => return backup::restore(out, &dir, asked).await,
        Verb::Validate { files, strict, refs, advice } => {
            let asked = validate::Asked { strict: *strict, refs: *refs, advice: *advice };
            return validate::run(out, files, asked);
        }
        Verb::Ledger(crate::args::Ledger::Verify { dir: Some(folder), cards }) => {
            return ledger::verify_folder(out, folder, cards);
        }
        _ => {}
    }
    let opened = Node::open(&dir).await?;
    if let Some(copy) = opened.migrated() {
        out.note(&format!(
            "the store was brought up to date; as it was before: {}",
            copy.display()
        ));
    }
    let actor = who::actor(&opened, cli.account.as_deref()).await?;
    let session = Session { node: opened, actor, out };
    match cli.verb {
        Verb::Init { .. } | Verb::Validate { .. } | Verb::Restore(_) | Verb::Doctor => Ok(0),
        Verb::Serve { listen, partners } => crate::listen::serve(session, listen, partners).await,
        Verb::Card { words } => node::card(&session, words),
        Verb::Account(verb) => {
            let done = account::run(&session, verb).await;
            listed(&session, done).await
        }
        Verb::Collection(verb) => {
            let done = collection::run(&session, verb).await;
            listed(&session, done).await
        }
        Verb::Feed(verb) => Box::pin(feed::run(session, verb)).await,
        Verb::Import(verb) => import::run(&session, verb).await,
        Verb::Job(verb) => job::run(&session, verb).await,
        Verb::Get { id, versions } => object::get(&session, &id, versions).await,
        Verb::Search { text, kinds, limit } => object::search(&session, &text, &kinds, limit).await,
        Verb::Stats => node::stats(&session).await,
        Verb::Fsck { rebuild, sweep } => node::fsck(&session, rebuild, sweep).await,
        Verb::Migrate { to } => migrate::run(session, &to).await,
        Verb::Backup { file, passphrase_file, recipient } => {
            let lock = backup::lock(passphrase_file.as_deref(), recipient.as_deref())?;
            backup::backup(&session, &file, &lock).await
        }
        Verb::Key(verb) => Box::pin(key::run(session, verb)).await,
        Verb::Partner(verb) => {
            let done = partner::run(&session, verb).await;
            listed(&session, done).await
        }
        Verb::Agreement(verb) => {
            let done = agreement::run(&session, verb).await;
            listed(&session, done).await
        }
        Verb::Release(verb) => release::run(&session, verb).await,
        Verb::Danger(verb) => {
            let done = danger::run(&session, verb).await;
            listed(&session, done).await
        }
        Verb::Consent(verb) => consent::run(&session, verb).await,
        Verb::Request(verb) => request::run(&session, verb).await,
        Verb::Case(verb) => Box::pin(case::run(&session, verb)).await,
        Verb::Ask(verb) => Box::pin(ask::run(&session, verb)).await,
        Verb::Recall { id, partner, correct } => {
            let partner = partner.as_deref();
            let done = match correct {
                true => recall::correct(&session, &id, partner).await,
                false => recall::recall(&session, &id, partner).await,
            };
            listed(&session, done).await
        }
        Verb::Recalls { unanswered } => recall::list(&session, unanswered).await,
        Verb::LegalHold(verb) => {
            let done = legal_hold::run(&session, verb).await;
            listed(&session, done).await
        }
        Verb::Compartment(verb) => compartment::run(&session, verb).await,
        Verb::Source(verb) => source::run(&session, verb).await,
        Verb::Hold(verb) => {
            let done = hold::run(&session, verb).await;
            listed(&session, done).await
        }
        Verb::Protect(verb) => protect::run(&session, verb).await,
        Verb::Review(verb) => {
            let done = review::run(&session, verb).await;
            listed(&session, done).await
        }
        Verb::Note(verb) => note::run(&session, verb).await,
        Verb::Inbox(verb) => inbox::run(&session, verb).await,
        Verb::Ledger(verb) => ledger::run(&session, verb).await,
    }
}

/// After an act that a restore must not undo: says where the list of such acts could not be written.
async fn listed(session: &Session<'_>, done: Result<u8, NodeError>) -> Result<u8, NodeError> {
    if let Some(error) = session.node.keep_erasures().await {
        session
            .out
            .note(&format!("the list beside the backups is not written everywhere: {error}"));
    }
    done
}

/// The text of a file, with an error that names it.
pub(crate) fn read_text(path: &Path) -> Result<String, NodeError> {
    std::fs::read_to_string(path).map_err(|source| file_error(path, source))
}

pub(crate) fn file_error(path: &Path, source: std::io::Error) -> NodeError {
    NodeError::File { path: path.display().to_string(), source }
}
