//! Who acts: the console, or the account of `--as` with its credential.

use enlace_node::{Actor, Node, NodeError};

/// The actor of this command. Without `--as` it is the console.
pub(crate) async fn actor(node: &Node, account: Option<&str>) -> Result<Actor, NodeError> {
    let Some(account) = account else { return Ok(Actor::console()) };
    let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    if let Some((name, password)) = account.split_once(':') {
        return node.check_password(name, &password.to_owned().into()).await;
    }
    if let Some(token) = variable("ENLACE_TOKEN") {
        let actor = node.actor_by_token(&token).await?;
        return if actor.account() == account { Ok(actor) } else { Err(NodeError::SignIn) };
    }
    match variable("ENLACE_PASSWORD") {
        Some(password) => node.check_password(account, &password.into()).await,
        None => Err(NodeError::SignIn),
    }
}
