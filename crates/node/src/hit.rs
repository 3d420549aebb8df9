//! Hit/no-hit: does a partner hold this? (docs/design/match.md)
//!
//! The asked node publishes to one partner, for one agreement and purpose, a table that says nothing
//! without an evaluation ([`set`], [`round`]); it evaluates what it cannot read ([`answer`]). The
//! asking node blinds, looks up, and learns *hit*, *no hit* or *refer* ([`ask`]).

mod answer;
mod ask;
mod copy;
mod keys;
mod round;
mod set;
#[cfg(test)]
mod tests;
mod wire;

pub use ask::{Ask, AskLine, AskWhat, AskedLine, MatchTerms};
pub use keys::MatchValue;

use enlace_policy::AgreementState;
use enlace_policy::MatchTerm;

use crate::standing::Standing;
use crate::{Node, NodeError};

impl Node {
    /// The agreements with a partner that open hit/no-hit, newest version first. As both sides see
    /// them: a silent suspension of ours does not show.
    pub(crate) async fn match_standings(&self, partner: &str) -> Result<Vec<Standing>, NodeError> {
        let mut found = self.match_open().await?;
        found.retain(|s| s.agreement.party(partner).is_some());
        Ok(found)
    }

    /// The same with whomever.
    pub(crate) async fn match_open(&self) -> Result<Vec<Standing>, NodeError> {
        let mut found = self.standings().await?;
        found.retain(|s| s.agreed == AgreementState::Active && term_of(s).is_some());
        found.sort_by(|a, b| b.agreement.modified.cmp(&a.agreement.modified));
        Ok(found)
    }
}

/// What an agreement says of hit/no-hit, if it opens any kind.
pub(crate) fn term_of(standing: &Standing) -> Option<&MatchTerm> {
    standing.agreement.terms().matching.as_ref().filter(|term| !term.kinds.is_empty())
}

/// Key of what is kept of one set: of which partner, agreement and purpose.
pub(crate) fn set_key(partner: &str, lineage: &str, purpose: &str) -> String {
    format!("{partner}/{lineage}/{purpose}")
}

/// 64 random bytes at a time, as the protocol takes them; that the system had none is told at the end
/// ([`Chance::whole`]), before anything leaves.
pub(crate) struct Chance {
    failed: bool,
}

impl Chance {
    pub(crate) fn new() -> Self {
        Self { failed: false }
    }

    pub(crate) fn next(&mut self) -> [u8; 64] {
        match crate::clock::random() {
            Ok(bytes) => bytes,
            Err(_) => {
                self.failed = true;
                [0; 64]
            }
        }
    }

    /// Nothing that was made without randomness leaves.
    pub(crate) fn whole(self) -> Result<(), NodeError> {
        match self.failed {
            true => Err(NodeError::Internal("no randomness")),
            false => Ok(()),
        }
    }
}

fn fault(error: enlace_oprf::Error) -> NodeError {
    tracing::warn!(%error, "hit/no-hit");
    NodeError::Internal("hit/no-hit")
}
