//! `account create | list | password | disable | enable | token | link`.

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
                let state = if line.disabled { "  disabled" } else { "" };
                let (name, role, created) = (&line.name, line.role, &line.created);
                out.line(line, || format!("{name:<20} {role:<16} {created}{state}"));
            }
            out.summary(&json!({ "accounts": lines.len() }), String::new);
        }
        Account::Password { name, password } => {
            node.account_password(actor, &name, &password.into()).await?;
            out.summary(&json!({ "account": name }), || format!("`{name}` has a new password"));
        }
        Account::Disable { name } => {
            let tokens = node.account_disable(actor, &name).await?;
            let done = json!({ "disabled": name, "tokens": tokens });
            out.summary(&done, || format!("`{name}` is locked out; tokens that died: {tokens}"));
        }
        Account::Enable { name } => {
            node.account_enable(actor, &name).await?;
            out.summary(&json!({ "enabled": name }), || format!("`{name}` can sign in again"));
        }
        Account::Token { name, revoke: Some(begins) } => {
            let revoked = node.account_token_revoke(actor, &name, &begins).await?;
            let done = json!({ "account": name, "revoked": revoked });
            out.summary(&done, || format!("tokens of `{name}` that died: {revoked}"));
        }
        Account::Token { name, revoke: None } => {
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
