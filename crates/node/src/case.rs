//! Joint cases: each side keeps its own data, and one case is reckoned alike by all
//! (docs/design/cases.md).
//!
//! - `case/act.rs`: what a side of ours does, told to every other side through the one exit
//! - `case/arrival.rs`: what a partner tells
//! - `case/end.rs`: how long its acts are kept
//! - `case/view.rs`: the case as an account sees it

mod act;
mod arrival;
mod end;
#[cfg(test)]
mod tests;
mod view;

use enlace_case::{Case, Event};
use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_store::{OWN, ObjectState, RecordQuery, Veil};

use crate::record::Bucket;
use crate::standing::Standing;
use crate::{Actor, Node, NodeError};

pub use act::{CaseAct, NewCase};
pub use view::{CaseLine, CaseSide, CaseTask, CaseView, SharedLine};

/// Most acts of one case that are read.
const MOST: usize = 100_000;
/// Most accounts of one case.
const MOST_MEMBERS: usize = 1_000;

/// A case as this node holds it.
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) case: Case,
    /// Key ids of the other sides with their identities, as far as they are partners of ours.
    pub(crate) others: Vec<(String, String)>,
    pub(crate) standing: Standing,
}

impl Node {
    /// The acts of a case that are held, ours and those of partners who tell them themselves.
    async fn case_events(&self, id: &str) -> Result<Vec<(Event, String, String)>, NodeError> {
        let mut events = Vec::new();
        for found in self.store.referring(id, &Veil::default(), MOST).await? {
            let row = found.object;
            let is_act = row.kind == "case-event" && found.path == "case_ref";
            if !is_act || row.state != ObjectState::Held {
                continue;
            }
            let Ok(object) = Object::parse(&row.raw) else { continue };
            let agreement = object.text("agreement_ref").unwrap_or_default().to_owned();
            if let Ok(event) = Event::read(&object) {
                events.push((event, row.channel, agreement));
            }
        }
        Ok(events)
    }

    /// The case; not found where nobody opened it.
    pub(crate) async fn case_held(&self, id: &str) -> Result<Held, NodeError> {
        let missing = || NodeError::not_found("case", id);
        let id = id.to_lowercase();
        let found = self.case_events(&id).await?;
        let agreement = found.iter().find(|(event, ..)| event.step == enlace_case::Step::Opened);
        let agreement = agreement.map(|(.., agreement)| agreement.clone()).ok_or_else(missing)?;
        let standing = self.agreement_with_id(&agreement).await?.ok_or_else(missing)?;
        let parties = &standing.agreement.draft.parties;
        // Who tells is whom the channel is of: a party does not speak for another.
        let maker = |channel: &str| {
            let key = if channel == OWN { self.key_id() } else { channel };
            parties.iter().find(|p| p.key_id == key).map(|p| p.identity_ref.clone())
        };
        let events = found.into_iter().filter_map(|(event, channel, _)| {
            (maker(&channel).as_deref() == Some(event.by.as_str())).then_some(event)
        });
        let case = Case::reckon(events);
        let sides = case.head().map(|head| head.sides.clone()).ok_or_else(missing)?;
        let others =
            parties.iter().filter(|p| p.key_id != self.key_id() && sides.contains(&p.identity_ref));
        let others = others.map(|p| (p.key_id.clone(), p.identity_ref.clone())).collect();
        Ok(Held { id, case, others, standing })
    }

    /// The accounts of ours that work on a case.
    pub(crate) async fn case_accounts(&self, id: &str) -> Result<Vec<String>, NodeError> {
        let bucket = Bucket::CASE_MEMBER;
        let prefix = format!("{id}/");
        let query = RecordQuery { bucket, prefix, limit: MOST_MEMBERS, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        let account = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(found.iter().map(|record| account(&record.key)).collect())
    }

    /// Refuses whoever does not work on a case: it is as if there were none. While nobody of ours
    /// does, those who may take part in one see it.
    pub(crate) async fn case_seen(&self, actor: &Actor, id: &str) -> Result<Held, NodeError> {
        actor.require(Action::CaseWork)?;
        let accounts = self.case_accounts(&id.to_lowercase()).await?;
        let member = accounts.iter().any(|account| account == actor.account());
        let free = accounts.is_empty() && actor.may(Action::CaseManage);
        match member || free {
            true => self.case_held(id).await,
            false => Err(NodeError::not_found("case", id)),
        }
    }
}
