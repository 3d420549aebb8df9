//! `backup`, `restore`.

use std::path::Path;

use enlace_node::{ArchiveKey, ArchiveLock, Erasures, Node, NodeError, RestoreRequest};
use secrecy::{ExposeSecret, SecretString};

use super::{Session, read_text};
use crate::args::Restore;
use crate::out::Out;
use crate::words::count;

pub(super) async fn backup(
    session: &Session<'_>,
    file: &Path,
    lock: &ArchiveLock,
) -> Result<u8, NodeError> {
    let out = session.out;
    let made = session.node.backup(&session.actor, file, lock, |_, _| {}).await?;
    out.summary(&made, || {
        let (rows, documents) = (count(made.rows, "row"), count(made.blobs, "document"));
        let (file, sha256) = (made.file.display(), &made.sha256);
        format!("{rows} and {documents} in {file}, read back\nSHA-256 {sha256}")
    });
    Ok(0)
}

pub(super) async fn restore(out: &Out, dir: &Path, asked: &Restore) -> Result<u8, NodeError> {
    let key = match &asked.identity {
        None => ArchiveKey::Passphrase(passphrase(asked.passphrase_file.as_deref())?),
        Some(path) => ArchiveKey::identity(&read_text(path)?).map_err(|error| {
            let place = path.display().to_string();
            input(error.code(), error.to_string(), place, error.advice())
        })?,
    };
    let erasures = match &asked.erasures {
        Some(path) => Erasures::File(path.clone()),
        None if asked.without_erasures => Erasures::Lost,
        None => Erasures::Beside,
    };
    let (file, to) = (asked.file.clone(), asked.to.clone());
    let request = RestoreRequest { file, key, to, erasures };
    let restored = Node::restore(dir, &request).await?;
    out.summary(&restored, || {
        let (rows, documents) = (count(restored.rows, "row"), count(restored.blobs, "document"));
        let (dir, made) = (dir.display(), &restored.made);
        let mut text = format!("{rows} and {documents} of {made} in {dir}\nkey {}", restored.node);
        let (erased, recalled) = (restored.erased, restored.recalled);
        text.push_str(&format!("\nerased again: {erased}, recalled again: {recalled}"));
        text.push_str(&format!(
            "\nstopped again as the list says: {}; what else was stopped since the backup is lost: \
             look at agreements, rules and warnings; who had another password since needs a new \
             one: `enlace account password NAME`",
            restored.stopped
        ));
        for partner in &restored.resting {
            text.push_str(&format!("\nresting: {partner}; `enlace partner resume {partner}`"));
        }
        for id in &restored.warnings_left {
            text.push_str(&format!(
                "\nin a warning of danger that was not taken back, or such a warning: {id}"
            ));
        }
        text
    });
    Ok(0)
}

/// To whom the backup is encrypted.
pub(super) fn lock(file: Option<&Path>, recipient: Option<&str>) -> Result<ArchiveLock, NodeError> {
    if let Some(recipient) = recipient {
        let parsed = recipient.parse().map(ArchiveLock::Recipient);
        return parsed.map_err(|_| {
            let (problem, place) = ("no age recipient", "--recipient".to_owned());
            input("backup.recipient", problem.to_owned(), place, "`age1` and 58 characters")
        });
    }
    ArchiveLock::passphrase(passphrase(file)?)
        .map_err(|error| input(error.code(), error.to_string(), named(file), error.advice()))
}

fn passphrase(file: Option<&Path>) -> Result<SecretString, NodeError> {
    let given = match file {
        Some(path) => {
            let text = SecretString::from(read_text(path)?);
            SecretString::from(text.expose_secret().lines().next().unwrap_or_default())
        }
        None => SecretString::from(std::env::var("ENLACE_PASSPHRASE").unwrap_or_default()),
    };
    match given.expose_secret().is_empty() {
        false => Ok(given),
        true => {
            let expected = "the backup's passphrase there, or `--passphrase-file`";
            Err(input("backup.passphrase", "no passphrase".to_owned(), named(file), expected))
        }
    }
}

fn named(file: Option<&Path>) -> String {
    file.map_or_else(|| "ENLACE_PASSPHRASE".to_owned(), |path| path.display().to_string())
}

fn input(code: &'static str, problem: String, place: String, expected: &str) -> NodeError {
    NodeError::Input { code, problem, place, expected: expected.to_owned() }
}
