//! What is read of the store to tell where requests stand: once, whether one is asked for or all.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use enlace_request::event::MOST_EVENTS;
use enlace_request::state::Side;
use enlace_stix::Object;
use enlace_store::{OWN, ObjectQuery, ObjectRow, ObjectState, Record, RecordQuery, Veil};

use super::{Held, events_of, first_of, kind_of, woven};
use crate::record::{self, Bucket};
use crate::standing::Standing;
use crate::view::View;
use crate::{Node, NodeError};

/// Most steps of one partner that wait for others of a thread.
pub(super) const MOST_WAITING: usize = 100;
/// Rows that are read at once.
const CHUNK: usize = 10_000;
/// Subjects that are asked about at once.
const ASKED: usize = 1_000;

/// Who the partners are, what is agreed, and the steps of threads.
pub(crate) struct Reading {
    /// Our own key id and identity.
    me: (String, String),
    /// Key id, identity and name of every partner.
    partners: Vec<(String, String, String)>,
    standings: Vec<Arc<Standing>>,
    /// Steps by their request, in the order of their arrival.
    steps: HashMap<String, Vec<ObjectRow>>,
    /// Steps of ours that a partner refused, each with the rule, by their request.
    refused: HashMap<String, Vec<(String, String)>>,
    /// When *nothing* will be said outward, by request.
    nothing: HashMap<String, i64>,
}

impl Reading {
    /// Name of a partner.
    pub(super) fn name(&self, partner: &str) -> String {
        let found = self.partners.iter().find(|(key_id, ..)| key_id == partner);
        found.map_or_else(|| partner.to_owned(), |(_, _, name)| name.clone())
    }

    /// When *nothing* will be said outward.
    pub(super) fn nothing_at(&self, request: &str) -> Option<i64> {
        self.nothing.get(request).copied()
    }

    /// The thread of a request that is held; `None` for one that has none.
    pub(super) fn thread(&self, row: &ObjectRow) -> Option<Held> {
        let object = Object::parse(&row.raw).ok()?;
        let kind = kind_of(&object)?;
        let (side, partner) = self.parties(&row.channel, &object)?;
        let standing = self.standing(object.text("agreement_ref").unwrap_or_default())?;
        let steps = self.steps_of(object.id().as_str(), &partner);
        let thread = woven(&object, kind, &standing.agreement, events_of(&steps));
        let refused = self.refused.get(object.id().as_str()).cloned().unwrap_or_default();
        Some(Held { side, partner, standing, thread, steps, refused, object })
    }

    /// Which side this node is, and the key id of the other; `None` where it is not between the two.
    fn parties(&self, channel: &str, request: &Object) -> Option<(Side, String)> {
        let me = self.me.1.as_str();
        let (by, of) = (request.text("asked_by_ref"), request.text("asked_of_ref"));
        let partner = |identity: Option<&str>| {
            let found = self.partners.iter().find(|(_, id, _)| Some(id.as_str()) == identity);
            found.map(|(key_id, ..)| key_id.clone())
        };
        match channel {
            OWN if by == Some(me) => partner(of).map(|key_id| (Side::Asking, key_id)),
            OWN => None,
            channel if of == Some(me) && partner(by).as_deref() == Some(channel) => {
                Some((Side::Asked, channel.to_owned()))
            }
            _ => None,
        }
    }

    /// The agreement with exactly this id; what we signed comes first, and of several others none.
    fn standing(&self, id: &str) -> Option<Arc<Standing>> {
        let fits = |s: &&Arc<Standing>| s.agreement.id.as_str() == id;
        let signed = |s: &&Arc<Standing>| s.signed.contains(&self.me.0);
        let found: Vec<_> = self.standings.iter().filter(fits).collect();
        let ours = found.iter().copied().filter(signed).collect::<Vec<_>>();
        match (if ours.is_empty() { found } else { ours }).as_slice() {
            [one] => Some(Arc::clone(one)),
            _ => None,
        }
    }

    /// The steps of a thread from the two of us.
    fn steps_of(&self, request: &str, partner: &str) -> Vec<(Object, i64)> {
        let rows = self.steps.get(request).map(Vec::as_slice).unwrap_or_default();
        let ours = rows.iter().filter(|row| row.channel == OWN || row.channel == partner);
        let read = |row: &ObjectRow| Some((Object::parse(&row.raw).ok()?, row.received_us));
        ours.filter_map(read).collect()
    }
}

impl Node {
    /// Reads what tells of one request, or of all.
    pub(crate) async fn request_reading(&self, only: Option<&str>) -> Result<Reading, NodeError> {
        let cards = self.cards().await?.into_iter();
        let partners = cards
            .map(|(key_id, partner, card)| (key_id, card.identity_id().to_owned(), partner.name));
        let mut reading = Reading {
            me: (self.key_id().to_owned(), self.me.identity_id.clone()),
            partners: partners.collect(),
            standings: self.standings().await?.into_iter().map(Arc::new).collect(),
            steps: HashMap::new(),
            refused: HashMap::new(),
            nothing: HashMap::new(),
        };
        let rows = match only {
            Some(id) => self.steps_about(id).await?,
            None => self.every("request-event").await?,
        };
        for row in rows {
            let about = Object::parse(&row.raw).ok();
            let about = about.and_then(|o| o.text("request_ref").map(str::to_owned));
            reading.steps.entry(about.unwrap_or_default()).or_default().push(row);
        }
        let prefix = only.map(|id| format!("{id}/")).unwrap_or_default();
        for kept in self.every_record(Bucket::REQUEST_REFUSED, &prefix).await? {
            let Some((request, event)) = kept.key.split_once('/') else { continue };
            let refused = (event.to_owned(), record::read(&kept)?);
            reading.refused.entry(request.to_owned()).or_default().push(refused);
        }
        for kept in self.every_record(Bucket::REQUEST_NOTHING, only.unwrap_or_default()).await? {
            reading.nothing.extend(kept.due_us.map(|due| (kept.key, due)));
        }
        Ok(reading)
    }

    /// Every request that is held with its thread, with what was read for all of them. What is about
    /// something that the view does not see is left out.
    pub(crate) async fn requests_seen(
        &self,
        view: &View,
    ) -> Result<(Reading, Vec<Held>), NodeError> {
        let reading = self.request_reading(None).await?;
        let rows = first_of(self.every("request").await?);
        let mut all: Vec<Held> = rows.iter().filter_map(|row| reading.thread(row)).collect();
        let hidden = self.hidden(view).await?;
        if !hidden.is_empty() {
            let unseen = self.unseen_requests(&all, &hidden).await?;
            all.retain(|held| !unseen.contains(held.object.id().as_str()));
        }
        Ok((reading, all))
    }

    /// Of these requests those that are about something hidden.
    async fn unseen_requests(
        &self,
        all: &[Held],
        hidden: &HashSet<String>,
    ) -> Result<HashSet<String>, NodeError> {
        let mut asked: Vec<(&Held, String)> = Vec::new();
        for held in all {
            asked.extend(held.subjects().into_iter().map(|id| (held, id.to_lowercase())));
        }
        let mut unseen = HashSet::new();
        for chunk in asked.chunks(ASKED) {
            let ids: Vec<String> = chunk.iter().map(|(_, id)| id.clone()).collect();
            let twins = self.store.twins_of_each(&ids).await?;
            for ((held, id), twins) in chunk.iter().zip(twins) {
                let twin = twins.iter().find(|t| t.partner == held.partner && t.twin == *id);
                if hidden.contains(twin.map_or(id, |twin| &twin.original)) {
                    unseen.insert(held.object.id().to_string());
                }
            }
        }
        Ok(unseen)
    }

    /// The steps that name a request, in the order of their arrival.
    pub(super) async fn steps_about(&self, id: &str) -> Result<Vec<ObjectRow>, NodeError> {
        // Both chains, and what waits: of each partner a few ([`MOST_WAITING`]).
        let most = usize::try_from(MOST_EVENTS).unwrap_or(1_000).saturating_mul(20);
        let mut rows: Vec<ObjectRow> = Vec::new();
        for found in self.store.referring(id, &Veil::default(), most).await? {
            let row = found.object;
            if row.kind == "request-event" && rows.iter().all(|r| r.row != row.row) {
                rows.push(row);
            }
        }
        rows.sort_by_key(|row| row.row);
        Ok(rows)
    }

    /// Current held objects of a type, in the order of their arrival.
    pub(super) async fn every(&self, kind: &str) -> Result<Vec<ObjectRow>, NodeError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let query = ObjectQuery {
                kinds: vec![kind.to_owned()],
                state: Some(ObjectState::Held),
                after,
                limit: CHUNK,
                ..ObjectQuery::default()
            };
            let rows = self.store.objects(query).await?;
            let whole = rows.len() == CHUNK;
            after = rows.last().map(|row| row.row);
            all.extend(rows);
            if !whole {
                return Ok(all);
            }
        }
    }

    async fn every_record(
        &self,
        bucket: &'static str,
        prefix: &str,
    ) -> Result<Vec<Record>, NodeError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let prefix = prefix.to_owned();
            let query =
                RecordQuery { bucket, prefix, after, limit: CHUNK, ..RecordQuery::default() };
            let records = self.store.records(query).await?;
            let whole = records.len() == CHUNK;
            after = records.last().map(|kept| kept.key.clone());
            all.extend(records);
            if !whole {
                return Ok(all);
            }
        }
    }
}
