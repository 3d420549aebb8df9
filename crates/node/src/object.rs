//! Looking at what the node holds: one object, its versions and links, search.

use enlace_policy::roles::Action;
use enlace_stix::{Object, marking};
use enlace_store::{Batch, OWN, ObjectRow, ObjectState, SearchPage, SearchQuery};
use serde_json::Value;

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::recall::RecallRecord;
use crate::{Actor, Node, NodeError};

/// One property of an object, as a line on a page.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Path as a selector: `extensions.….birth_date` is shown as `person.birth_date`.
    pub path: String,
    /// The value, strings without quotes.
    pub value: String,
    /// Effective TLP of this property.
    pub tlp: Option<&'static str>,
    /// Object that the value refers to: id and label.
    pub target: Option<(String, String)>,
}

/// To whom an object went.
#[derive(Debug, Clone)]
pub struct SentTo {
    /// Name of the partner.
    pub partner: String,
    /// First release.
    pub since: String,
    /// Whether it was recalled since.
    pub recalled: bool,
    /// What the partner answered to the recall.
    pub answer: Option<String>,
}

/// Everything the object page shows.
#[derive(Debug, Clone)]
pub struct ObjectView {
    /// The current version.
    pub row: ObjectRow,
    /// Its properties.
    pub facts: Vec<Fact>,
    /// All versions, oldest first.
    pub versions: Vec<ObjectRow>,
    /// What it refers to: path, id, label, type.
    pub links_out: Vec<(String, String, String, String)>,
    /// What refers to it: path, id, label, type.
    pub links_in: Vec<(String, String, String, String)>,
    /// Partners that received it.
    pub sent_to: Vec<SentTo>,
    /// Name of the originator: our own or a partner's.
    pub originator: String,
    /// Strictest TLP on the page.
    pub tlp: Option<&'static str>,
}

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
        let query =
            SearchQuery { text: text.to_owned(), kinds: kinds.to_vec(), offset, limit };
        let SearchPage { hits, total, capped } = self.store.search(query).await?;
        let ids: Vec<Value> = hits.iter().map(|h| Value::from(h.id.as_str())).collect();
        let act = Act::new("consultation").by(actor).field("kind", "search");
        self.log_act(act.field("text", text).field("objects", ids)).await?;
        let mut originators = Vec::with_capacity(hits.len());
        for hit in &hits {
            originators.push(self.channel_name(&hit.channel).await?);
        }
        Ok(Searched { hits, originators, total, capped })
    }

    /// The current version of an object as received. A recalled object has no text.
    pub async fn get(&self, actor: &Actor, id: &str) -> Result<ObjectRow, NodeError> {
        actor.require(Action::ViewObject)?;
        let row = self.visible(id).await?;
        let act = Act::new("consultation").by(actor).field("kind", "object").field("object", id);
        self.log_act(act).await?;
        Ok(row)
    }

    /// Every version of an object, oldest first.
    pub async fn versions(&self, actor: &Actor, id: &str) -> Result<Vec<ObjectRow>, NodeError> {
        actor.require(Action::ViewObject)?;
        self.visible(id).await?;
        let act = Act::new("consultation").by(actor).field("kind", "versions").field("object", id);
        self.log_act(act).await?;
        Ok(self.store.versions(&id.to_lowercase()).await?)
    }

    /// What the object page shows.
    pub async fn object_view(&self, actor: &Actor, id: &str) -> Result<ObjectView, NodeError> {
        let row = self.get(actor, id).await?;
        let object = Object::parse(&row.raw).ok();
        let definitions = match &object {
            Some(object) => self.definitions(object).await?,
            None => Vec::new(),
        };
        let lookup = |id: &str| definitions.iter().find(|d| d.id().as_str() == id);
        let mut facts = Vec::new();
        let mut links_out = Vec::new();
        if let Some(object) = &object {
            for (path, value) in flatten(object) {
                let tlp = marking::of_property(object, &path.0, &lookup).tlp;
                let target = match path.0.contains("_ref") {
                    true => self.label_of(&value).await?,
                    false => None,
                };
                if let Some((id, label)) = &target {
                    let kind = id.split("--").next().unwrap_or_default().to_owned();
                    links_out.push((path.1.clone(), id.clone(), label.clone(), kind));
                }
                facts.push(Fact { path: path.1, value, tlp: tlp.map(|t| t.name()), target });
            }
        }
        let tlp = object
            .as_ref()
            .and_then(|o| {
                let whole = marking::of_object(o, &lookup).tlp;
                let parts = o.view().keys().map(|p| marking::of_property(o, p, &lookup).tlp);
                parts.fold(whole, |a, b| a.max(b))
            })
            .map(|t| t.name());
        let links_in = self.store.referring(&row.id, 200).await?;
        let links_in = links_in
            .into_iter()
            .map(|r| (r.path, r.object.id, r.object.label, r.object.kind))
            .collect();
        Ok(ObjectView {
            versions: self.store.versions(&row.id).await?,
            sent_to: self.sent_to(&row).await?,
            originator: self.channel_name(&row.channel).await?,
            row,
            facts,
            links_out,
            links_in,
            tlp,
        })
    }

    /// The current version, unless it is unknown or was refused on arrival.
    pub(crate) async fn visible(&self, id: &str) -> Result<ObjectRow, NodeError> {
        let id = id.to_lowercase();
        let found = self.store.object(&id, None).await?;
        found
            .filter(|row| row.state != ObjectState::Rejected)
            .ok_or_else(|| NodeError::not_found("object", &id))
    }

    /// Name of the node behind a channel.
    pub(crate) async fn channel_name(&self, channel: &str) -> Result<String, NodeError> {
        if channel == OWN {
            return Ok(self.me.name.clone());
        }
        Ok(self.partner(channel).await?.map_or_else(|| channel.to_owned(), |p| p.name))
    }

    /// Marking definitions that an object names and that we hold.
    pub(crate) async fn definitions(&self, object: &Object) -> Result<Vec<Object>, NodeError> {
        let mut found = Vec::new();
        for reference in object.references() {
            if reference.target.kind() != "marking-definition" {
                continue;
            }
            if let Some(row) = self.store.object(reference.target.as_str(), None).await? {
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

    async fn label_of(&self, id: &str) -> Result<Option<(String, String)>, NodeError> {
        let found = self.store.object(&id.to_lowercase(), None).await?;
        let found = found.filter(|r| r.state != ObjectState::Rejected);
        Ok(found.map(|row| (row.id, row.label)))
    }

    async fn sent_to(&self, row: &ObjectRow) -> Result<Vec<SentTo>, NodeError> {
        let mut sent = Vec::new();
        if row.channel != OWN {
            return Ok(sent);
        }
        for twin in self.store.twins_of(&row.id).await? {
            let key = format!("{}/{}", twin.partner, twin.twin);
            let recall = self.store.record(Bucket::RECALL, &key).await?;
            let recall: Option<RecallRecord> = recall.as_ref().map(record::read).transpose()?;
            sent.push(SentTo {
                partner: self.channel_name(&twin.partner).await?,
                since: twin.created.clone(),
                recalled: twin.recalled,
                answer: recall.and_then(|r| r.answer),
            });
        }
        Ok(sent)
    }
}

/// Leaves of an object: (selector, selector for people) and value. Extensions are named by their
/// short names.
fn flatten(object: &Object) -> Vec<((String, String), String)> {
    let mut facts = Vec::new();
    for (name, value) in object.view() {
        walk(name.clone(), value, &mut facts);
    }
    facts.into_iter().map(|(path, value)| ((path.clone(), readable(&path)), value)).collect()
}

fn walk(path: String, value: &Value, facts: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                walk(format!("{path}.{name}"), inner, facts);
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                walk(format!("{path}.[{i}]"), inner, facts);
            }
        }
        Value::String(text) => facts.push((path, text.clone())),
        other => facts.push((path, other.to_string())),
    }
}

fn readable(path: &str) -> String {
    let Some(rest) = path.strip_prefix("extensions.") else { return path.to_owned() };
    let (definition, rest) = rest.split_once('.').unwrap_or((rest, ""));
    let name = enlace_stix::types::by_definition(definition).map_or(definition, |e| e.name);
    if rest.is_empty() { name.to_owned() } else { format!("{name}.{rest}") }
}
