//! What was set aside, by the rule that it breaks. The refused text itself stays in the store.

use std::collections::BTreeSet;

use enlace_policy::roles::Action;
use serde::Serialize;

use crate::ledger_log::Act;
use crate::{Actor, Node, NodeError, clock, feed};

/// Something that was set aside.
#[derive(Debug, Clone, Serialize)]
pub struct QuarantineLine {
    /// Number, growing with time.
    pub number: i64,
    /// File, feed or partner.
    pub source: String,
    /// Object id, where one could be read.
    pub object: Option<String>,
    /// Property at fault.
    pub path: String,
    /// Rule that it breaks (`exchange.bad-signature`).
    pub rule: String,
    /// What the rule wants.
    pub expected: String,
    /// When.
    pub at: String,
    /// Whether it stood in a file of our own, so that we repair it ourselves; for pages.
    #[serde(skip)]
    pub own: bool,
}

impl Node {
    /// What was set aside, newest first; of what the actor does not see, nothing.
    pub async fn quarantine_list(
        &self,
        actor: &Actor,
        limit: usize,
    ) -> Result<Vec<QuarantineLine>, NodeError> {
        actor.require(Action::QuarantineView)?;
        let hidden = self.hidden(&self.view_of(actor).await?).await?;
        let partners: BTreeSet<String> =
            self.partners().await?.into_iter().map(|(_, partner)| partner.name).collect();
        let (mut lines, mut after) = (Vec::new(), None);
        while lines.len() < limit {
            let rows = self.store.quarantine(after, limit).await?;
            let Some(last) = rows.last().map(|row| row.number) else { break };
            after = Some(last);
            let shown = rows.into_iter().filter(|row| {
                row.object_id.as_ref().is_none_or(|id| !hidden.contains(&id.to_lowercase()))
            });
            // An import says the place in its file; what came from a partner bears its name.
            lines.extend(shown.map(|row| QuarantineLine {
                own: row.source.contains(": ")
                    && !feed::is_channel(&row.source)
                    && !row.rule.starts_with("exchange.")
                    && !partners.contains(&row.source),
                number: row.number,
                source: row.source,
                object: row.object_id,
                path: row.path,
                rule: row.rule,
                expected: row.expected,
                at: clock::text(row.at_us),
            }));
        }
        lines.truncate(limit);
        self.log_act(Act::new("consultation").by(actor).field("kind", "quarantine")).await?;
        Ok(lines)
    }
}
