//! `source init | add | list | link | change | alerts`.

use enlace_node::{NewSource, NodeError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Session, read_text};
use crate::args::{RegisterKey, Source};
use crate::words::count;

pub(super) async fn run(session: &Session<'_>, verb: Source) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Source::Init(key) => {
            node.source_init(actor, &passphrase(&key)?).await?;
            out.summary(&json!({ "registers": 1 }), || "the register is made".to_owned());
        }
        Source::Add { name, identity, since, objects, key } => {
            let identity = read_text(&identity)?;
            let new = NewSource { code_name: name, identity, since, objects };
            let id = node.source_add(actor, &passphrase(&key)?, new).await?;
            out.summary(&json!({ "id": id }), || format!("source {id} entered"));
        }
        Source::List { identity, key } => {
            let lines = node.source_list(actor, &passphrase(&key)?).await?;
            for line in &lines {
                let who = identity.then_some(&line.identity);
                let shown = json!({
                    "id": line.id, "code_name": line.code_name, "since": line.since,
                    "status": line.status, "objects": line.objects, "identity": who,
                });
                out.line(&shown, || {
                    let who = if identity { line.identity.trim() } else { "" };
                    format!("{}  {}  {}  {who}", line.id, line.code_name, line.status)
                });
            }
            out.summary(&json!({ "sources": lines.len() }), String::new);
        }
        Source::Link { name, ids, off, key } => {
            let links = node.source_link(actor, &passphrase(&key)?, &name, &ids, !off).await?;
            out.summary(&json!({ "links": links }), || {
                format!("{} linked", count(links, "object"))
            });
        }
        Source::Change { name, status, handler, key } => {
            let (status, handler) = (status.as_deref(), handler.as_deref());
            node.source_change(actor, &passphrase(&key)?, &name, status, handler).await?;
            out.summary(&json!({ "changed": 1 }), String::new);
        }
        Source::Alerts => {
            let lines = node.source_alerts(actor).await?;
            for line in &lines {
                out.line(line, || {
                    let (at, kind, by) = (&line.at, &line.kind, &line.by);
                    format!("{at}  {kind} by {by}: {} (source {})", line.object, line.source)
                });
            }
            out.summary(&json!({ "alerts": lines.len() }), String::new);
        }
    }
    Ok(0)
}

fn passphrase(key: &RegisterKey) -> Result<SecretString, NodeError> {
    let given = match &key.key_file {
        Some(path) => SecretString::from(read_text(path)?.trim_end()),
        None => SecretString::from(std::env::var("ENLACE_REGISTER_PASSPHRASE").unwrap_or_default()),
    };
    match given.expose_secret().is_empty() {
        false => Ok(given),
        true => Err(NodeError::Input {
            code: "source.passphrase",
            problem: "no passphrase".to_owned(),
            place: "ENLACE_REGISTER_PASSPHRASE".to_owned(),
            expected: "the register's passphrase there, or `--key-file`".to_owned(),
        }),
    }
}
