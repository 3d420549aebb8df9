//! Whoever keeps a restricted record that a partner's request may be about is told, in silence: the
//! officer who answers sees, counts and waits for the same as if there were none (release.md,
//! *Requests*). What follows is the owner's to decide.
//!
//! The node looks by itself, a round after the request arrived, so that neither the partner's message
//! nor anybody's page takes longer for it.

use enlace_policy::roles::Action;
use enlace_request::state::Side;
use enlace_store::{Batch, Record, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use super::Held;
use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::view::View;
use crate::{Actor, Node, NodeError, clock};

/// Most requests that one round looks at.
const MOST: usize = 1_000;
/// How long an owner is told.
const REMEMBERED_US: i64 = 180 * 24 * 3_600_000_000;

/// A request of a partner that may be about a restricted record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictedMatch {
    /// The record.
    pub object: ObjectName,
    /// The request.
    pub request: String,
    /// Name of the partner.
    pub partner: String,
    /// `information`, `trace`…
    pub kind: String,
    /// Number of the asking side.
    pub number: Option<String>,
    /// When it was found, by our clock.
    pub at: String,
    /// Whether the account may open the request.
    pub may_open: bool,
}

/// The same as kept.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    at_us: i64,
    partner: String,
}

impl Node {
    /// The write by which a request that came is looked at for the owners of restricted records.
    pub(super) fn look_write(&self, held: &Held) -> Result<Write, NodeError> {
        let now = self.now_us();
        record::put(Bucket::REQUEST_LOOK, held.object.id().as_str(), &now, Some(now))
    }

    /// Looks at requests that came since the last round.
    pub(crate) async fn look_for_owners(&self) {
        let query = RecordQuery {
            bucket: Bucket::REQUEST_LOOK,
            due_before_us: Some(self.now_us().saturating_add(1)),
            limit: MOST,
            ..RecordQuery::default()
        };
        let found = match self.store.records(query).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "requests that came");
                return;
            }
        };
        for kept in found {
            if let Err(error) = self.look_at(&kept).await {
                tracing::error!(code = error.code(), request = kept.key, "a request that came");
            }
        }
    }

    async fn look_at(&self, kept: &Record) -> Result<(), NodeError> {
        let mut writes =
            vec![Write::Delete { bucket: Bucket::REQUEST_LOOK, key: kept.key.clone() }];
        match self.request_held(&kept.key).await {
            Ok(held) if held.side == Side::Asked => {
                let objects = self.all_about(&held).await?;
                let found = Found { at_us: self.now_us(), partner: held.partner.clone() };
                let until = Some(found.at_us.saturating_add(REMEMBERED_US));
                for object in &objects {
                    if !self.compartments_with(object).await?.is_empty() {
                        let key = format!("{object}/{}", kept.key);
                        writes.push(record::put(Bucket::REQUEST_OWNER, &key, &found, until)?);
                    }
                }
                // The same leaf whatever was found; handlers of sources are told by it.
                let act = Act::new("request-looked").field("actor", crate::flow::NODE);
                let act = act.field("request", kept.key.as_str());
                writes.push(self.node_leaf(act.field("objects", objects))?);
            }
            Ok(_) | Err(NodeError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let guards = vec![record::unchanged(Bucket::REQUEST_LOOK, kept)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Requests that may be about restricted records which the actor sees, the newest first.
    pub async fn restricted_matches(
        &self,
        actor: &Actor,
    ) -> Result<Vec<RestrictedMatch>, NodeError> {
        if !actor.may(Action::CompartmentUse) {
            return Ok(Vec::new());
        }
        let view = self.view_of(actor).await?;
        if !view.is_inside() {
            return Ok(Vec::new());
        }
        let query =
            RecordQuery { bucket: Bucket::REQUEST_OWNER, limit: MOST, ..RecordQuery::default() };
        let mut matches = Vec::new();
        for kept in self.store.records(query).await? {
            let Some((object, request)) = kept.key.split_once('/') else { continue };
            if let Some(name) = self.named(&view, object).await? {
                let found: Found = record::read(&kept)?;
                matches
                    .push((found.at_us, self.match_of(actor, &view, name, request, found).await?));
            }
        }
        matches.sort_by_key(|(at_us, _)| std::cmp::Reverse(*at_us));
        Ok(matches.into_iter().filter_map(|(_, one)| one).collect())
    }

    async fn match_of(
        &self,
        actor: &Actor,
        view: &View,
        object: ObjectName,
        request: &str,
        found: Found,
    ) -> Result<Option<RestrictedMatch>, NodeError> {
        let held = match self.request_held(request).await {
            Ok(held) => held,
            Err(NodeError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let may_open = actor.may(Action::RequestView)
            && match self.request_seen(view, &held).await {
                Ok(()) => true,
                Err(NodeError::NotFound { .. }) => false,
                Err(error) => return Err(error),
            };
        let text = |name: &str| held.object.text(name).map(str::to_owned);
        Ok(Some(RestrictedMatch {
            object,
            request: request.to_owned(),
            partner: self.partner(&found.partner).await?.map(|p| p.name).unwrap_or_default(),
            kind: text("kind").unwrap_or_default(),
            number: text("request_number").or_else(|| text("case_number")),
            at: clock::text(found.at_us),
            may_open,
        }))
    }

    /// The writes that forget what was asked about an object that is erased, by partners and of them, and
    /// in which files of cases it lay.
    pub(crate) async fn asked_deletions(&self, object: &str) -> Result<Vec<Write>, NodeError> {
        let mut writes = Vec::new();
        for bucket in [Bucket::REQUEST_OWNER, Bucket::MATCH_ASKED] {
            let prefix = format!("{object}/");
            let query = RecordQuery { bucket, prefix, limit: 10_000, ..RecordQuery::default() };
            let kept = self.store.records(query).await?;
            writes.extend(kept.into_iter().map(|one| Write::Delete { bucket, key: one.key }));
        }
        let (bucket, ending) = (Bucket::CASE_FILED, format!("/{object}"));
        let query = RecordQuery { bucket, limit: 1_000_000, ..RecordQuery::default() };
        let filed = self.store.records(query).await?.into_iter();
        let filed = filed.filter(|one| one.key.ends_with(&ending));
        writes.extend(filed.map(|one| Write::Delete { bucket, key: one.key }));
        Ok(writes)
    }
}
