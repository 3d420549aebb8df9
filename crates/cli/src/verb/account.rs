//! `account create | list | token | link`.

use enlace_node::{NodeError, Role};
use serde_json::json;

use super::Session;
use crate::args::Account;

pub(super) async fn run(session: &Session<'_>, verb: Account) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Account::Create { name, role, password } => {
            let role = Role::from_name(&role).ok_or_else(|| NodeError::Input {
                code: "account.role",
                problem: format!("unknown role `{role}`"),
                place: "--role".to_owned(),
                expected: role_names(),
            })?;
            node.account_create(actor, &name, role, &password.into()).await?;
            let made = json!({ "account": name, "role": role.name() });
            out.summary(&made, || format!("account `{name}` made: {}", role.name()));
        }
        Account::List => {
            let lines = node.account_list(actor).await?;
            for line in &lines {
                out.line(line, || format!("{:<20} {:<16} {}", line.name, line.role, line.created));
            }
            out.summary(&json!({ "accounts": lines.len() }), String::new);
        }
        Account::Token { name } => {
            let token = node.account_token(actor, &name).await?;
            let text = token.expose();
            out.line(&json!({ "account": name, "token": text }), || text.to_owned());
            out.summary(&json!({ "tokens": 1 }), String::new);
        }
        Account::Link { name } => {
            let link = node.account_link(actor, &name).await?;
            let pages = node.config().listen.pages;
            let scheme = if pages.ip().is_loopback() { "http" } else { "https" };
            let url = format!("{scheme}://{pages}{link}");
            out.line(&json!({ "account": name, "path": link, "link": url }), || url.clone());
            out.summary(&json!({ "links": 1 }), String::new);
        }
    }
    Ok(0)
}

fn role_names() -> String {
    let accounts = Role::ALL.into_iter().filter(|r| *r != Role::Console);
    accounts.map(Role::name).collect::<Vec<_>>().join(", ")
}
