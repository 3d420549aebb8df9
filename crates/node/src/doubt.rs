//! What was said of an agreement with a key that others may have had by then: people judge it
//! (docs/design/keys.md).
//!
//! Until somebody does, the narrow side holds: the agreement rests. A stop is not believed for
//! good, for a thief of the key could end every agreement; nor is it set aside unseen, for the party
//! may have meant it.

use std::collections::HashMap;

use enlace_policy::roles::Action;
use enlace_policy::{Said, Statement};
use enlace_store::{Batch, RecordQuery};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::standing::{Heard, Standing};
use crate::{Actor, AgreementLine, Node, NodeError};

/// Most judgements that are looked at.
const MOST: usize = 1_000_000;

/// What a signature over an amendment is called beside what parties say.
const SIGNED: &str = "signed";

/// Something that waits for a judgement, or what was judged of it.
#[derive(Debug, Clone, Serialize)]
pub struct DoubtLine {
    /// The paper: id and version of a statement, id of a signature.
    pub paper: String,
    /// Name of the party whose key signed it.
    pub by: String,
    /// `suspended` or `terminated`; `signed` = the amendment itself.
    pub said: &'static str,
    /// When it says that it was made.
    pub made: String,
}

/// What people found about a paper.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Judged {
    /// Whether the party said it; else it counts for nothing.
    pub(crate) stands: bool,
    by: String,
    at_us: i64,
}

/// Why something counts as a suspension only.
#[derive(Debug, Clone)]
pub(crate) struct Doubt {
    /// Key of the paper.
    pub(crate) paper: String,
    /// What it says; `None` = it signs an amendment.
    pub(crate) said: Option<Said>,
}

/// A statement by a key that others may have had, as it counts until people judge it: nothing
/// leaves. `None` where it would let something leave.
pub(crate) fn doubted(
    statement: Statement,
    paper: String,
    judged: Option<&Judged>,
) -> Option<(Statement, Option<Doubt>)> {
    match judged {
        Some(judged) => judged.stands.then_some((statement, None)),
        None if statement.said == Said::Resumed => None,
        None => {
            let doubt = Doubt { paper, said: Some(statement.said) };
            Some((Statement { said: Said::Suspended, ..statement }, Some(doubt)))
        }
    }
}

impl Node {
    /// Says of everything about an agreement's lineage that is in doubt whether it stands
    /// (`stands`) or counts for nothing. Ask the party first, by a way that the key does not open.
    pub async fn agreement_judge(
        &self,
        actor: &Actor,
        name: &str,
        stands: bool,
        ground: Option<&str>,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSign)?;
        let standing = self.agreement_named(name).await?;
        let mut writes = Vec::new();
        for version in self.lineage_of(&standing).await? {
            for doubt in version.statements.iter().filter_map(|heard| heard.doubt.as_ref()) {
                let judged =
                    Judged { stands, by: actor.account().to_owned(), at_us: self.now_us() };
                writes.push(record::put(Bucket::JUDGED, &doubt.paper, &judged, None)?);
                let act = Act::new("agreement-judged").by(actor);
                let act = act.field("agreement", version.agreement.id.as_str());
                let act = act.field("paper", doubt.paper.as_str()).field("stands", stands);
                writes.push(self.node_leaf(match ground {
                    Some(ground) => act.field("ground", ground),
                    None => act,
                })?);
            }
        }
        if writes.is_empty() {
            let expected = "something that was said with a key that others may have had";
            return Err(NodeError::state("the agreement", "nothing is in doubt", expected));
        }
        writes.push(self.stop_write()?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        let standing = self.agreement_named(standing.agreement.id.as_str()).await?;
        Ok(self.agreement_line(&standing))
    }

    /// What people found, by paper.
    pub(crate) async fn judgements(&self) -> Result<HashMap<String, Judged>, NodeError> {
        let query = RecordQuery { bucket: Bucket::JUDGED, limit: MOST, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }
}

/// What of a version waits for people.
pub(crate) fn in_doubt(standing: &Standing) -> Vec<DoubtLine> {
    let line = |heard: &Heard| {
        let (doubt, statement) = (heard.doubt.as_ref()?, &heard.statement);
        let party = standing.agreement.party(&statement.by);
        Some(DoubtLine {
            paper: doubt.paper.clone(),
            by: party.map_or_else(|| statement.by.clone(), |p| p.name.clone()),
            said: doubt.said.map_or(SIGNED, Said::name),
            made: statement.made.to_string(),
        })
    };
    standing.statements.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests;
