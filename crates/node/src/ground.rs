//! What a plan rests on beside the objects themselves: that nothing of it changes between the look
//! and the transaction that lets something out, or approves it.
//!
//! Guards are taken before anything is read. What is decided on what was true before fails to
//! commit; whoever wanted it looks again.

use enlace_policy::AgreementState;
use enlace_store::{Batch, Guard};

use crate::record::{self, Bucket};
use crate::release_set::Planned;
use crate::{Node, NodeError, expiry};

impl Node {
    /// Guards that hold for as long as a partner has the keys and the vetting that it has.
    pub(crate) async fn ground_of(&self, partner: &str) -> Result<Vec<Guard>, NodeError> {
        let keys = self.as_it_is(Bucket::PARTNER, partner).await?;
        Ok(vec![keys, self.as_it_is(Bucket::VETTING, partner).await?])
    }

    /// Whether all that something was looked up on is as it was.
    pub(crate) async fn still_stands(&self, guards: Vec<Guard>) -> Result<bool, NodeError> {
        expiry::finished(self.store.commit(Batch { guards, writes: Vec::new() }).await)
    }

    /// Holds for as long as a record is what it is now, or is not there.
    pub(crate) async fn as_it_is(
        &self,
        bucket: &'static str,
        key: &str,
    ) -> Result<Guard, NodeError> {
        let kept = self.store.record(bucket, key).await?;
        Ok(record::as_read(bucket, key, kept.as_ref()))
    }

    /// Refuses what was planned under an agreement that is over by now: its end needs no record to
    /// change, only time to pass.
    pub(crate) async fn still_in_force(&self, planned: &Planned) -> Result<(), NodeError> {
        let now = self.agreement_named(planned.standing.agreement.id.as_str()).await?;
        if now.state == AgreementState::Active {
            return Ok(());
        }
        let found = "not in force any more";
        Err(NodeError::state(now.agreement.title(), found, "an agreement that is in force"))
    }
}

#[cfg(test)]
pub(crate) mod tests;
