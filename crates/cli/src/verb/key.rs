//! `key change | compromise`.

use std::path::Path;

use enlace_keys::RecoveryKey;
use enlace_node::{Node, NodeError};

use super::{Session, read_text};
use crate::args::Key;
use crate::words::count;

pub(super) async fn run(session: Session<'_>, verb: Key) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let changed = match verb {
        Key::Change { recovery: None } => node.key_change(&actor, None).await?,
        Key::Change { recovery: Some(file) } => {
            let recovery = recovery_key(&node, Some(&file))?;
            node.key_change(&actor, Some(&recovery)).await?
        }
        Key::Compromise { since, recovery } => {
            let recovery = recovery_key(&node, recovery.as_deref())?;
            node.key_compromise(&actor, &since, &recovery).await?
        }
    };
    out.summary(&changed, || {
        format!(
            "key {} signs from now on; {} to be told at the next exchange or by `enlace partner \
             outbox NAME --file FILE`; sessions, links and tokens that ended: {}; start `enlace \
             serve` again",
            changed.key_id,
            count(changed.partners, "partner"),
            changed.ended
        )
    });
    Ok(0)
}

fn recovery_key(node: &Node, file: Option<&Path>) -> Result<RecoveryKey, NodeError> {
    let text = file.map(read_text).transpose()?;
    node.recovery_key(text.as_deref().zip(file))
}
