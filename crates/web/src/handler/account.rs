//! `GET /accounts`, `POST /accounts/{act}`: accounts of our own people and tools.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{AccountLine, Node, Role};
use secrecy::SecretString;

use super::convert;
use super::desk::{finish, shown};
use super::form::Posted;
use super::visit::Inside;
use crate::href;
use crate::layout::Place;
use crate::page::desk::{Cell, DeskView, Field, Form, Section};
use crate::page::error::ErrorView;

/// The roles that an account can have.
const ROLES: &[&str] = &[
    "investigator",
    "analyst",
    "liaison-officer",
    "approver",
    "source-handler",
    "auditor",
    "administrator",
    "tool",
];

pub(crate) async fn list(inside: Inside) -> Response {
    listed(&inside, None).await
}

/// `made`: a token or a link, which stands on this one answer and in no address.
async fn listed(inside: &Inside, made: Option<(&'static str, String)>) -> Response {
    let lines = match inside.visit.app.node.account_list(&inside.actor).await {
        Ok(lines) => lines,
        Err(error) => return inside.fail(&error),
    };
    let row = |line: &AccountLine| {
        let form = |act: &str, button, stop| Form {
            action: href::account_act(act),
            fields: vec![Field::Hidden("name", line.name.clone())],
            button,
            stop,
        };
        let forms = match line.disabled {
            true => vec![form("enable", "desk-account-enable", false)],
            false => vec![
                form("link", "desk-account-link", false),
                form("token", "desk-account-token", false),
                form("revoke", "desk-account-revoke", true),
                form("disable", "desk-account-disable", true),
            ],
        };
        vec![
            Cell::Text(line.name.clone()),
            Cell::Word("role", line.role.to_owned()),
            Cell::Time(convert::time(&line.created)),
            Cell::Forms(forms),
        ]
    };
    let mut sections = Vec::new();
    if let Some((title, text)) = made {
        sections.push(Section {
            title,
            columns: vec!["desk-account-once"],
            rows: vec![vec![Cell::Code(text)]],
            none: "desk-nothing",
            ..Section::default()
        });
    }
    for (title, disabled) in [("desk-accounts", false), ("desk-accounts-disabled", true)] {
        sections.push(Section {
            title,
            columns: vec!["login-account", "desk-account-role", "desk-since", "desk-do"],
            rows: lines.iter().filter(|line| line.disabled == disabled).map(row).collect(),
            none: "desk-nothing",
            ..Section::default()
        });
    }
    let view = DeskView {
        title: "desk-accounts",
        words: "desk-accounts-words",
        sections,
        forms: vec![
            Form {
                action: href::account_act("create"),
                fields: vec![
                    Field::Line("name", "login-account"),
                    Field::Choice("role", "desk-account-role", "role", ROLES),
                    Field::Secret("password", "login-password"),
                ],
                button: "desk-account-create",
                stop: false,
            },
            Form {
                action: href::account_act("password"),
                fields: vec![
                    Field::Line("name", "login-account"),
                    Field::Secret("password", "login-password"),
                ],
                button: "desk-account-password",
                stop: false,
            },
        ],
    };
    shown(inside, &view, Place::Partners)
}

/// `create`, `password`, `disable`, `enable`, `link`, `token`, `revoke`.
pub(crate) async fn act(Path(act): Path<String>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let name = fields.one("name");
    let made = match act.as_str() {
        "create" => {
            let Some(role) = Role::from_name(fields.one("role")) else {
                return inside.visit.error(&ErrorView::NotFound);
            };
            // A password may begin or end with a space.
            let password = SecretString::from(fields.whole("password"));
            let done = node.account_create(actor, name, role, &password).await;
            return finish(&inside, done.map(|()| href::ACCOUNTS.to_owned()));
        }
        "password" => {
            let password = SecretString::from(fields.whole("password"));
            let done = node.account_password(actor, name, &password).await;
            return finish(&inside, done.map(|()| href::ACCOUNTS.to_owned()));
        }
        "disable" => {
            let done = node.account_disable(actor, name).await;
            return finish(&inside, done.map(|_| href::ACCOUNTS.to_owned()));
        }
        "enable" => {
            let done = node.account_enable(actor, name).await;
            return finish(&inside, done.map(|()| href::ACCOUNTS.to_owned()));
        }
        "revoke" => {
            let done = node.account_token_revoke(actor, name, "all").await;
            return finish(&inside, done.map(|_| href::ACCOUNTS.to_owned()));
        }
        "link" => {
            let link = node.account_link(actor, name).await;
            link.map(|path| ("desk-account-link", address(node, &path)))
        }
        "token" => {
            let token = node.account_token(actor, name).await;
            token.map(|token| ("desk-account-token", token.expose().to_owned()))
        }
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    match made {
        Ok(made) => listed(&inside, Some(made)).await,
        Err(error) => inside.fail(&error),
    }
}

/// Where the pages are reached, as the command line says it.
fn address(node: &Node, path: &str) -> String {
    let pages = node.config().listen.pages;
    let scheme = if pages.ip().is_loopback() { "http" } else { "https" };
    format!("{scheme}://{pages}{path}")
}
