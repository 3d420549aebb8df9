//! `collection create | list | grant`.

use enlace_node::{Grant, GrantLine, NodeError, PlainLine};
use serde_json::json;

use super::Session;
use crate::args::Collection;
use crate::words::count;

pub(super) async fn run(session: &Session<'_>, verb: Collection) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Collection::Create { name } => {
            let id = node.plain_create(actor, &name).await?;
            out.line(&json!({ "id": id, "name": name.trim() }), || id.clone());
            out.summary(&json!({ "created": 1 }), String::new);
        }
        Collection::List => {
            let lines = node.plain_list(actor).await?;
            for line in &lines {
                out.line(line, || shown(line));
            }
            out.summary(&json!({ "collections": lines.len() }), String::new);
        }
        Collection::Grant { collection, holder: account, read, write, none: _ } => {
            let grant = Grant { read, write };
            node.plain_grant(actor, &collection, &account, grant).await?;
            let made = json!({
                "collection": collection, "account": account, "read": read, "write": write,
            });
            out.summary(&made, || format!("`{account}` may {} `{collection}`", rights(grant)));
        }
    }
    Ok(0)
}

fn shown(line: &PlainLine) -> String {
    let holder = |one: &GrantLine| format!("{} ({})", one.account, rights(one.grant));
    let holders: Vec<String> = line.grants.iter().map(holder).collect();
    let objects = usize::try_from(line.objects).unwrap_or(usize::MAX);
    format!("{}  {}  {}  {}", line.id, line.name, count(objects, "object"), holders.join(", "))
}

fn rights(grant: Grant) -> &'static str {
    match (grant.read, grant.write) {
        (true, true) => "read and write",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => "neither read nor write",
    }
}
