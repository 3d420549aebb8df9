//! Looking at what the node holds: one object, its versions and links, search.

use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_stix::marking::Effective;
use enlace_store::{Batch, OWN, ObjectRow, ObjectState, RefRow, SearchPage, SearchQuery};
use serde_json::Value;

use crate::facts::{Fact, Marked, ObjectName, PartyName, is_tlp, join, readable};
use crate::ledger_log::{Act, NODE_LOG};
use crate::note::OwnNote;
use crate::recall::{self, RecallRecord};
use crate::recall_answer::{Stated, Why};
use crate::record::{self, Bucket};
use crate::release::Release;
use crate::view::View;
use crate::{Actor, Node, NodeError, clock};

/// Most references to an object that are counted.
const REFERRING: usize = 2_000;

/// To whom an object went.
#[derive(Debug, Clone)]
pub struct SentTo {
    /// The partner.
    pub partner: PartyName,
    /// Key id of the partner.
    pub key_id: String,
    /// The latest release of it.
    pub release: String,
    /// Title of the agreement.
    pub agreement: String,
    /// First release.
    pub since: String,
    /// When the partner's signed receipt for the latest release came.
    pub receipt: Option<String>,
    /// When it was recalled since.
    pub recalled: Option<String>,
    /// What the partner answered to the recall: `purged`, or `restricted` with the ground.
    pub answer: Option<(String, String)>,
    /// When its retention at the partner ended, and what the partner stated.
    pub ended: Option<(String, Option<Stated>)>,
}

/// A reference from or to an object.
#[derive(Debug, Clone)]
pub struct Link {
    /// The object names the other one; else the other names it.
    pub outward: bool,
    /// Path of the reference, or the type of the relationship.
    pub path: String,
    /// The other end, if it is held.
    pub end: Result<ObjectName, String>,
}

/// Everything the object page shows.
#[derive(Debug, Clone)]
pub struct ObjectView {
    /// The version shown.
    pub row: ObjectRow,
    /// What it is called, with the marking of the whole object.
    pub name: ObjectName,
    /// Its properties.
    pub facts: Vec<Fact>,
    /// All versions with their originators (`None` = this agency), newest first.
    pub versions: Vec<(ObjectRow, Option<PartyName>)>,
    /// References of this object and to it, at most [`LINKS`].
    pub links: Vec<Link>,
    /// References beyond those.
    pub links_beyond: usize,
    /// Partners that received it, newest first; `None` = the actor may not know.
    pub sent_to: Option<Vec<SentTo>>,
    /// The partner it came from; `None` = this agency.
    pub originator: Option<PartyName>,
    /// Where in its source it stood: row or abbreviated hash.
    pub place: Option<String>,
    /// When its originator recalled it from us; its text is gone since.
    pub recalled: Option<String>,
    /// Our own notes and labels beside it, oldest first.
    pub notes: Vec<OwnNote>,
    /// What we last answered to its originator, and when: it took the object back, its retention
    /// ended, or it was corrected.
    pub answered: Option<(Why, String)>,
}

/// Most references on one page.
pub const LINKS: usize = 200;

/// Hits with the names of their originators.
#[derive(Debug)]
pub struct Searched {
    /// The hits.
    pub hits: Vec<ObjectRow>,
    /// Originator of each hit.
    pub originators: Vec<String>,
    /// Counted hits.
    pub total: usize,
    /// Whether there are more than were counted.
    pub capped: bool,
}

impl Node {
    /// Full-text search over what is held.
    pub async fn search(
        &self,
        actor: &Actor,
        text: &str,
        kinds: &[String],
        offset: usize,
        limit: usize,
    ) -> Result<Searched, NodeError> {
        actor.require(Action::Search)?;
        let veil = self.view_of(actor).await?.veil();
        let query =
            SearchQuery { text: text.to_owned(), kinds: kinds.to_vec(), veil, offset, limit };
        let SearchPage { hits, total, capped } = self.store.search(query).await?;
        self.log_search(actor, text, &hits).await?;
        let mut originators = Vec::with_capacity(hits.len());
        for hit in &hits {
            originators.push(self.channel_name(&hit.channel).await?);
        }
        Ok(Searched { hits, originators, total, capped })
    }

    /// The entry that a search leaves: who, the words, what was shown.
    pub(crate) async fn log_search(
        &self,
        actor: &Actor,
        text: &str,
        hits: &[ObjectRow],
    ) -> Result<(), NodeError> {
        let ids: Vec<Value> = hits.iter().map(|h| Value::from(h.id.as_str())).collect();
        let act = Act::new("consultation").by(actor).field("kind", "search");
        self.log_act(act.field("text", text).field("objects", ids)).await
    }

    /// The current version of an object as received. A recalled object has no text.
    pub async fn get(&self, actor: &Actor, id: &str) -> Result<ObjectRow, NodeError> {
        actor.require(Action::ViewObject)?;
        let row = self.visible(&self.view_of(actor).await?, id).await?;
        let act = Act::new("consultation").by(actor).field("kind", "object").field("object", id);
        self.log_act(act).await?;
        Ok(row)
    }

    /// Every version of an object, oldest first.
    pub async fn versions(&self, actor: &Actor, id: &str) -> Result<Vec<ObjectRow>, NodeError> {
        actor.require(Action::ViewObject)?;
        self.visible(&self.view_of(actor).await?, id).await?;
        let act = Act::new("consultation").by(actor).field("kind", "versions").field("object", id);
        self.log_act(act).await?;
        let mut versions = self.store.versions(&id.to_lowercase()).await?;
        versions.retain(|row| row.state != ObjectState::Restricted);
        Ok(versions)
    }

    /// What the object page shows: the current version, or the one that a channel gave (`own` or
    /// a key id, and its version key).
    pub async fn object_view(
        &self,
        actor: &Actor,
        id: &str,
        at: Option<(&str, &str)>,
    ) -> Result<ObjectView, NodeError> {
        let mut row = self.get(actor, id).await?;
        let view = self.view_of(actor).await?;
        let mut versions = self.store.versions(&row.id).await?;
        versions.retain(|v| matches!(v.state, ObjectState::Held | ObjectState::Recalled));
        if let Some((channel, version)) = at {
            let found = versions.iter().find(|v| v.channel == channel && v.version == version);
            row = found.ok_or_else(|| NodeError::not_found("version", version))?.clone();
        }
        let marked = self.marked(&row).await?;
        let mut name = self.name_of(&view, &row).await?;
        let (mut facts, mut links, mut place) = (Vec::new(), Vec::new(), None);
        if let Some(marked) = &marked {
            join(&mut name.marking, &marked.whole());
            facts = self.facts(&view, marked).await?;
            links = outward(marked);
            place = place_in_source(&marked.object);
        }
        let referring = self.store.referring(&row.id, &view.veil(), REFERRING).await?;
        let (shown, beyond) = self.links(&view, &row.id, links, referring).await?;
        let sent_to = match actor.may(Action::ReleaseView) {
            true => Some(self.sent_to(&row).await?),
            false => None,
        };
        let mut dated = Vec::with_capacity(versions.len());
        for version in versions.into_iter().rev() {
            let from = self.party(&version.channel).await?;
            dated.push((version, from));
        }
        let originator = self.party(&row.channel).await?;
        let recalled = match row.state {
            ObjectState::Recalled => Some(self.recalled_at(&row).await?),
            _ => None,
        };
        let given = match row.channel == OWN {
            true => None,
            false => self.given_answer(&row.channel, &row.id).await?,
        };
        Ok(ObjectView {
            answered: given.map(|given| (given.why, clock::text(given.at_us))),
            notes: self.notes(&row).await?,
            row,
            name,
            facts,
            versions: dated,
            links: shown,
            links_beyond: beyond,
            sent_to,
            originator,
            place,
            recalled,
        })
    }

    /// The current version, unless it is unknown, refused, not judged yet, or hidden from the view.
    pub(crate) async fn visible(&self, view: &View, id: &str) -> Result<ObjectRow, NodeError> {
        let id = id.to_lowercase();
        let found = self.seen(view, &id).await?;
        found
            .filter(|row| matches!(row.state, ObjectState::Held | ObjectState::Recalled))
            .ok_or_else(|| NodeError::not_found("object", &id))
    }

    /// Name of the node behind a channel.
    pub(crate) async fn channel_name(&self, channel: &str) -> Result<String, NodeError> {
        if channel == OWN {
            return Ok(self.me.name.clone());
        }
        Ok(self.partner(channel).await?.map_or_else(|| channel.to_owned(), |p| p.name))
    }

    /// Marking definitions that an object names, as its own channel gave them: a partner cannot
    /// say what the markings on our objects mean.
    pub(crate) async fn definitions(
        &self,
        object: &Object,
        channel: &str,
    ) -> Result<Vec<Object>, NodeError> {
        let mut found = Vec::new();
        for reference in object.references() {
            if reference.target.kind() != "marking-definition" {
                continue;
            }
            let row = self.store.object(reference.target.as_str(), Some(channel)).await?;
            if let Some(row) = row.filter(|r| r.state == ObjectState::Held) {
                found.extend(Object::parse(&row.raw).ok());
            }
        }
        Ok(found)
    }

    pub(crate) async fn log_act(&self, act: Act) -> Result<(), NodeError> {
        let writes = vec![self.node_leaf(act)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// When the text of a received object was erased because its originator recalled it.
    async fn recalled_at(&self, row: &ObjectRow) -> Result<String, NodeError> {
        self.index_leaves(NODE_LOG).await?;
        let erased = self.leaf_of(NODE_LOG, &format!("erasure/{}", row.id)).await?;
        Ok(erased.map_or_else(|| clock::text(row.received_us), |leaf| leaf.at))
    }

    /// Both kinds of links, each end by name, and how many there are beyond [`LINKS`].
    async fn links(
        &self,
        view: &View,
        id: &str,
        outward: Vec<(String, String, Effective)>,
        referring: Vec<RefRow>,
    ) -> Result<(Vec<Link>, usize), NodeError> {
        let beyond = (outward.len() + referring.len()).saturating_sub(LINKS);
        let mut links = Vec::new();
        for (path, target, marking) in outward.into_iter().take(LINKS) {
            let mut end = self.named(view, &target).await?.ok_or(target);
            if let Ok(end) = &mut end {
                join(&mut end.marking, &marking);
            }
            links.push(Link { outward: true, path, end });
        }
        let room = LINKS.saturating_sub(links.len());
        for found in referring.into_iter().take(room) {
            links.push(self.inward(view, id, &found).await?);
        }
        Ok((links, beyond))
    }

    /// A link to `id`. A relationship is shown as what it states: its type and its other end.
    async fn inward(&self, view: &View, id: &str, found: &RefRow) -> Result<Link, NodeError> {
        let mut name = self.name_of(view, &found.object).await?;
        let referring = self.marked(&found.object).await?;
        if let Some(marked) = &referring {
            join(&mut name.marking, &marked.at(&found.path));
        }
        if found.object.kind == "relationship"
            && let Some(relation) = referring
        {
            let object = &relation.object;
            let (source, target) = (object.text("source_ref"), object.text("target_ref"));
            let outward = source == Some(id);
            let other = if outward { target } else { source };
            if let (Some(other), Some(kind)) = (other, object.text("relationship_type"))
                && (outward || target == Some(id))
            {
                let mut end = self.named(view, other).await?.ok_or_else(|| other.to_owned());
                if let Ok(end) = &mut end {
                    join(&mut end.marking, &relation.strictest());
                }
                return Ok(Link { outward, path: kind.to_owned(), end });
            }
        }
        Ok(Link { outward: false, path: readable(&found.path), end: Ok(name) })
    }

    /// Partners that received a twin of an own object, the last release first.
    async fn sent_to(&self, row: &ObjectRow) -> Result<Vec<SentTo>, NodeError> {
        let twins = match row.channel == OWN {
            true => self.store.twins_of(&row.id).await?,
            false => Vec::new(),
        };
        if twins.is_empty() {
            return Ok(Vec::new());
        }
        let mut releases = self.releases().await?;
        releases.retain(|(_, r)| r.sent.is_some());
        releases.sort_by_key(|(_, r)| std::cmp::Reverse(r.sent.as_ref().map(|s| s.at_us)));
        let mut sent = Vec::new();
        for twin in twins.iter().filter(|t| t.original == row.id) {
            let carries = |r: &Release| {
                r.partner == twin.partner && r.twins.iter().any(|(_, t)| *t == twin.twin)
            };
            let Some((release, found)) = releases.iter().find(|(_, r)| carries(r)) else {
                continue;
            };
            let recall = self.recall_of(&twin.partner, &twin.twin).await?;
            let party = self.party(&twin.partner).await?;
            sent.push(SentTo {
                partner: party.ok_or(NodeError::Internal("partner of a twin"))?,
                key_id: twin.partner.clone(),
                release: release.clone(),
                agreement: found.title.clone(),
                since: twin.created.clone(),
                receipt: found.receipt.clone(),
                recalled: recall.as_ref().map(|r| clock::text(r.at_us)),
                answer: recall.and_then(|r| r.said).map(|said| (said.outcome, said.ground)),
                ended: self.retention_ended(&twin.partner, &twin.twin).await?,
            });
        }
        sent.sort_by(|a, b| b.since.cmp(&a.since));
        Ok(sent)
    }

    /// The recall of a twin from whom a release went to: the unit, or the one person.
    pub(crate) async fn recall_from(
        &self,
        release: &Release,
        twin: &str,
    ) -> Result<Option<RecallRecord>, NodeError> {
        let key = match &release.person {
            Some(person) => recall::key_of_person(&release.partner, twin, person),
            None => recall::key(&release.partner, twin),
        };
        let kept = self.store.record(Bucket::RECALL, &key).await?;
        kept.as_ref().map(record::read).transpose()
    }

    /// The recall of a twin at a partner.
    pub(crate) async fn recall_of(
        &self,
        partner: &str,
        twin: &str,
    ) -> Result<Option<RecallRecord>, NodeError> {
        let kept = self.store.record(Bucket::RECALL, &recall::key(partner, twin)).await?;
        kept.as_ref().map(record::read).transpose()
    }
}

/// References of an object but for TLP markings: path for people, id, marking of the property.
fn outward(marked: &Marked) -> Vec<(String, String, Effective)> {
    let found = marked.object.references().into_iter();
    found
        .filter(|r| !is_tlp(r.target.as_str()) && !r.path.starts_with("granular_markings"))
        .map(|r| (readable(&r.path), r.target.to_string(), marked.at(&r.path)))
        .collect()
}

/// Row of the table, or the beginning of the document's hash, that an object was made from.
fn place_in_source(object: &Object) -> Option<String> {
    let provenance = object.extension(&enlace_stix::types::definition_id("provenance"))?;
    let hash = provenance.get("sha256").and_then(Value::as_str);
    match provenance.get("row").and_then(Value::as_u64) {
        Some(row) => Some(format!("#{row}")),
        None => hash.and_then(|h| h.get(..12)).map(|h| format!("SHA-256 {h}…")),
    }
}
