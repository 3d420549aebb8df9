//! What the arrival of a version means, before the batch that keeps it.

use std::collections::HashMap;

use enlace_stix::Object;
use enlace_stix::version::{self, Arrival, Fault, Version};
use enlace_store::{GuardFailure, Quarantined, StoreError};

use crate::{Node, NodeError};

/// Times that a step is repeated because another process kept a version of the same object.
pub(crate) const PATIENCE: usize = 8;

/// Versions that a batch will keep, by object; all of one channel.
#[derive(Debug, Default)]
pub(crate) struct Ahead(HashMap<String, Vec<Version>>);

impl Ahead {
    /// What a version means beside what is held and what the batch keeps before it.
    fn arrival(&mut self, id: String, arriving: Version, mut held: Vec<Version>) -> Arrival {
        held.extend(self.0.get(&id).into_iter().flatten().cloned());
        let arrival = version::arrival(&held, &arriving);
        if arrival != Arrival::Same && arrival.fault().is_none() {
            self.0.entry(id).or_default().push(arriving);
        }
        arrival
    }

    /// To be called when the batch was committed, or given up.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Node {
    /// What a version means beside what the channel holds and the batch will keep. Nothing of any
    /// other channel is asked.
    pub(crate) async fn foresee(
        &self,
        ahead: &mut Ahead,
        channel: &str,
        object: &Object,
    ) -> Result<Arrival, NodeError> {
        let arrivals = self.foresee_each(ahead, channel, std::iter::once(object)).await?;
        arrivals.into_iter().next().ok_or(NodeError::Internal("arrival"))
    }

    /// The same of several that arrive one after the other.
    pub(crate) async fn foresee_each(
        &self,
        ahead: &mut Ahead,
        channel: &str,
        objects: impl Iterator<Item = &Object>,
    ) -> Result<Vec<Arrival>, NodeError> {
        let arriving: Vec<(String, Version)> =
            objects.map(|object| (object.id().to_string(), Version::of(object))).collect();
        let held = self.store.beside(channel, &arriving).await?;
        let arrives = arriving.into_iter().zip(held);
        Ok(arrives.map(|((id, version), held)| ahead.arrival(id, version, held)).collect())
    }

    /// The row that sets a version aside.
    pub(crate) fn aside(&self, source: String, object: &Object, fault: &Fault) -> Quarantined {
        Quarantined {
            number: 0,
            source,
            object_id: Some(object.id().to_string()),
            path: fault.path.to_owned(),
            rule: fault.rule.to_owned(),
            expected: fault.expected.to_owned(),
            found: found(object, fault),
            raw: object.raw().to_owned(),
            at_us: self.now_us(),
        }
    }
}

/// What stands at the property at fault.
pub(crate) fn found(object: &Object, fault: &Fault) -> String {
    let text = object.text(fault.path).or_else(|| object.text("created"));
    text.unwrap_or_default().chars().take(200).collect()
}

/// Whether the step may be repeated: what was foreseen did not come.
pub(crate) fn outrun(error: &StoreError) -> bool {
    matches!(error, StoreError::Guard { failure: GuardFailure::Foreseen, .. })
}
