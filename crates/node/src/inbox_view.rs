//! A delivery that a partner sent, as its page shows it before somebody judges.

use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_store::ObjectState;
use serde_json::Value;

use crate::facts::PartyName;
use crate::inbox::Arrival;
use crate::inbox_content::Received;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// A delivery.
#[derive(Debug, Clone)]
pub struct InboxView {
    /// The release-record.
    pub id: String,
    /// Who sent it.
    pub partner: PartyName,
    /// Purpose that the record names.
    pub purpose: String,
    /// The agreement: id, and title where it is known.
    pub agreement: (String, String),
    /// When it arrived.
    pub received: String,
    /// `pending`, `held`, `rejected`.
    pub state: ObjectState,
    /// What came with it, as far as the actor sees it: those asked for.
    pub objects: Vec<Received>,
    /// How many the actor sees.
    pub total: usize,
}

impl Node {
    /// A delivery with its objects from `offset` on, at most `limit`, each with its values; the look
    /// is logged.
    pub async fn inbox_view(
        &self,
        actor: &Actor,
        record_id: &str,
        offset: usize,
        limit: usize,
    ) -> Result<InboxView, NodeError> {
        actor.require(Action::InboxView)?;
        let missing = || NodeError::not_found("release-record", record_id);
        let arrival = self.store.record(Bucket::ARRIVAL, record_id).await?.ok_or_else(missing)?;
        let arrival: Arrival = record::read(&arrival)?;
        let versions = self.store.versions(record_id).await?;
        let row = versions.into_iter().find(|row| row.channel == arrival.partner);
        let row = row.ok_or_else(missing)?;
        let record = Object::parse(&row.raw).ok();
        let said = |name: &str| {
            let value = record.as_ref().and_then(|record| record.get(name));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let title = match self.agreement_named(&arrival.agreement).await {
            Ok(standing) => standing.agreement.title().to_owned(),
            Err(NodeError::NotFound { .. }) => String::new(),
            Err(error) => return Err(error),
        };
        let (total, objects) = self.inbox_read(actor, record_id, offset, limit).await?;
        let unknown = || PartyName { name: arrival.partner.clone(), country: String::new() };
        Ok(InboxView {
            id: record_id.to_owned(),
            partner: self.party(&arrival.partner).await?.unwrap_or_else(unknown),
            purpose: said("purpose"),
            agreement: (arrival.agreement, title),
            received: clock::text(row.received_us),
            state: arrival.verdict.unwrap_or(ObjectState::Pending),
            objects,
            total,
        })
    }
}
