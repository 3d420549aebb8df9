//! Making and opening a node directory; the node's card.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use enlace_keys::{Card, CardInfo, Language, NodeKeys};
use enlace_policy::roles::Action;
use enlace_stix::{Object, Timestamp};
use enlace_store::carry::Place;
use enlace_store::{Batch, Fault, Guard, NewObject, OWN, ObjectState, Stats, Store};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::epoch::{self, Epoch, Resting};
use crate::gone::GoneTwins;
use crate::ledger_log::Act;
use crate::memo::Memo;
use crate::password::Passwords;
use crate::plain_read::ToolReads;
use crate::record::{self, Bucket};
use crate::tries::Tries;
use crate::{Actor, Clock, Config, NodeError, SystemClock, clock, place};

/// What `init` asks for.
#[derive(Debug, Clone)]
pub struct Init {
    /// Name of the agency.
    pub name: String,
    /// ISO 3166-1 alpha-2 country.
    pub country: String,
    /// Unit inside the agency.
    pub unit: Option<String>,
}

/// The node's own description.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Me {
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) unit: String,
    pub(crate) identity_id: String,
}

/// An opened node.
pub struct Node {
    pub(crate) dir: PathBuf,
    pub(crate) config: Config,
    pub(crate) keys: Arc<NodeKeys>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) me: Me,
    /// Our own identity object.
    pub(crate) identity: Object,
    /// What was parsed and verified once.
    pub(crate) memo: Memo,
    pub(crate) passwords: Passwords,
    pub(crate) tries: Tries,
    /// What tools have read and no leaf says yet.
    pub(crate) tool_reads: ToolReads,
    /// The epoch of the store, once it was restored.
    pub(crate) epoch: Option<Epoch>,
    pub(crate) resting: Resting,
    pub(crate) gone: GoneTwins,
    /// Size of the node log up to which the list of erasures is known to be kept.
    pub(crate) erasures_at: AtomicU64,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Node {
    /// Makes a node in `dir`: keys, store, identity, first entry of the log. Refuses a directory
    /// that already holds one.
    pub async fn init(dir: &Path, init: &Init) -> Result<Self, NodeError> {
        let clock = Arc::new(SystemClock);
        let now = clock.now_us();
        check(init)?;
        if !crate::restore::staged_in(dir)?.is_empty() {
            let expected = "what `enlace restore` left there: repeat it, or empty the folder";
            return Err(NodeError::state(dir.display().to_string(), "not empty", expected));
        }
        let config = load_config(dir)?;
        let store = place::open(&place::configured(dir, &config)).await?;
        let identity_id = format!("identity--{}", clock::new_uuid()?);
        let me = Me {
            name: init.name.trim().to_owned(),
            country: init.country.to_ascii_uppercase(),
            unit: init.unit.clone().unwrap_or_default(),
            identity_id,
        };
        let identity = identity_object(&me, now)?;
        let keys = Arc::new(NodeKeys::create(dir, now, None)?);
        let node = Self::of(dir, config, keys, store, me, identity, clock);
        let act =
            Act::new("node-created").by(&Actor::console()).field("name", node.me.name.as_str());
        let mut own = node.new_object(&node.identity, OWN, "this node", ObjectState::Held);
        own.received_us = now;
        let batch = Batch {
            guards: vec![Guard::Absent { bucket: Bucket::NODE, key: "me".to_owned() }],
            writes: vec![
                record::put(Bucket::NODE, "me", &node.me, None)?,
                enlace_store::Write::Object(Box::new(own)),
                node.node_leaf(act)?,
            ],
        };
        node.store.commit(batch).await?;
        Ok(node)
    }

    /// Opens the node in `dir`.
    pub async fn open(dir: &Path) -> Result<Self, NodeError> {
        Self::open_with(dir, Arc::new(SystemClock)).await
    }

    /// Opens the node in `dir` with a clock of the caller's choice (tests).
    pub async fn open_with(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, NodeError> {
        // Before anything is made where there is no node.
        let keys = NodeKeys::open(dir)?;
        let config = load_config(dir)?;
        let store = place::open(&place::configured(dir, &config)).await?;
        place::check_not_moved(store.as_ref()).await?;
        place::check_finished(store.as_ref()).await?;
        Self::open_on(dir, config, keys, store, clock).await
    }

    /// The copy of the database that was made when opening changed its schema.
    pub fn migrated(&self) -> Option<&Path> {
        self.store.copied()
    }

    /// Opens a node that is being restored; no other way of opening does.
    pub(crate) async fn open_staged(
        dir: &Path,
        config: Config,
        place: &Place,
    ) -> Result<Self, NodeError> {
        let (keys, store) = (NodeKeys::open(dir)?, place::open(place).await?);
        Self::open_on(dir, config, keys, store, Arc::new(SystemClock)).await
    }

    async fn open_on(
        dir: &Path,
        config: Config,
        keys: NodeKeys,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NodeError> {
        let keys = crate::key_change::keys_in_force(dir, keys, store.as_ref()).await?;
        let node = Self::to_look_at(dir, config, keys, store, clock).await?;
        node.finish_key_change().await?;
        Ok(node)
    }

    /// A node as its keys and store are; nothing is finished or brought up to date.
    pub(crate) async fn to_look_at(
        dir: &Path,
        config: Config,
        keys: NodeKeys,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NodeError> {
        let keys = Arc::new(keys);
        let missing = || NodeError::state("the node", "incomplete", "run `enlace init` first");
        let me: Me = record::read(&store.record(Bucket::NODE, "me").await?.ok_or_else(missing)?)?;
        let row = store.object(&me.identity_id, Some(OWN)).await?.ok_or_else(missing)?;
        let identity = Object::parse(&row.raw).map_err(|_| missing())?;
        let epoch = epoch::epoch(store.as_ref()).await?;
        let gone = GoneTwins::read(store.as_ref(), &keys).await?;
        let node = Self { epoch, gone, ..Self::of(dir, config, keys, store, me, identity, clock) };
        node.read_resting().await?;
        Ok(node)
    }

    /// A node that has not looked at its store, and remembers nothing.
    fn of(
        dir: &Path,
        config: Config,
        keys: Arc<NodeKeys>,
        store: Arc<dyn Store>,
        me: Me,
        identity: Object,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            dir: dir.to_owned(),
            config,
            keys,
            store,
            me,
            identity,
            memo: Memo::default(),
            passwords: Passwords::default(),
            tries: Tries::default(),
            tool_reads: ToolReads::default(),
            epoch: None,
            resting: Resting::default(),
            gone: GoneTwins::default(),
            erasures_at: AtomicU64::new(0),
            clock,
        }
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The keys, for the listeners' TLS.
    pub fn keys(&self) -> &NodeKeys {
        &self.keys
    }

    /// Name of the agency.
    pub fn name(&self) -> &str {
        &self.me.name
    }

    /// Country of the agency, ISO 3166-1 alpha-2.
    pub fn country(&self) -> &str {
        &self.me.country
    }

    /// The node's card: everything a partner needs to know us, signed.
    pub fn card(&self) -> Result<Card, NodeError> {
        self.card_by(&self.keys)
    }

    /// [`Node::card`] with other keys: those that will follow.
    pub(crate) fn card_by(&self, keys: &NodeKeys) -> Result<Card, NodeError> {
        let identity: Value = Value::Object(self.identity.view().clone());
        let info = CardInfo {
            name: self.me.name.clone(),
            country: self.me.country.clone(),
            unit: Some(self.me.unit.clone()).filter(|u| !u.is_empty()),
            identity,
            url: self.config.url(),
            issued_us: self.now_us(),
        };
        keys.card(&info).map_err(|e| {
            let expected = "a name, country and `listen.url` that fit on a card";
            NodeError::input(e.code(), e.to_string(), "card", expected)
        })
    }

    /// Counts and sizes; objects that the actor does not see are not counted.
    pub async fn stats(&self, actor: &Actor) -> Result<Stats, NodeError> {
        actor.require(Action::Stats)?;
        let mut stats = self.store.stats().await?;
        for id in self.hidden(&self.view_of(actor).await?).await? {
            let versions = self.store.versions(&id).await?;
            let Some(first) = versions.first() else { continue };
            stats.objects = stats.objects.saturating_sub(1);
            stats.object_versions = stats.object_versions.saturating_sub(versions.len() as u64);
            if let Some(count) = stats.by_type.get_mut(&first.kind) {
                *count = count.saturating_sub(1);
            }
        }
        stats.by_type.retain(|_, count| *count > 0);
        Ok(stats)
    }

    /// Checks store and logs; empty = consistent.
    pub async fn fsck(&self, actor: &Actor) -> Result<Vec<Fault>, NodeError> {
        actor.require(Action::Stats)?;
        Ok(self.store.fsck().await?)
    }

    /// Derives anew what follows from the texts of objects; answers how many there were.
    pub async fn rebuild(&self, actor: &Actor) -> Result<usize, NodeError> {
        actor.require(Action::Stats)?;
        Ok(self.store.rebuild().await?)
    }

    /// Failed tries to sign in.
    pub fn tries(&self) -> &Tries {
        &self.tries
    }

    pub(crate) fn now_us(&self) -> i64 {
        self.clock.now_us()
    }

    /// Our name for all partners: the id of our first key, whatever key signs today.
    pub(crate) fn key_id(&self) -> &str {
        self.keys.party_id()
    }

    /// The fingerprint of our key as words, to be read out over the phone.
    pub fn words(&self) -> Vec<&'static str> {
        self.keys.public_key().words(Language::English)
    }

    /// The row that keeps an object version.
    pub(crate) fn new_object(
        &self,
        object: &Object,
        channel: &str,
        source: &str,
        state: ObjectState,
    ) -> NewObject {
        NewObject::of(object, channel, source, state, self.now_us())
    }

    /// Properties that every object of ours begins with.
    pub(crate) fn own_object(
        &self,
        kind: &str,
    ) -> Result<serde_json::Map<String, Value>, NodeError> {
        let time = Timestamp::from_micros(self.now_us()).to_millis();
        let value = json!({
            "type": kind,
            "spec_version": "2.1",
            "id": format!("{kind}--{}", clock::new_uuid()?),
            "created": time.as_str(),
            "modified": time.as_str(),
            "created_by_ref": self.me.identity_id,
            "extensions": {
                enlace_stix::types::definition_id(kind): { "extension_type": "new-sdo" }
            },
        });
        match value {
            Value::Object(view) => Ok(view),
            _ => Err(NodeError::Internal("object")),
        }
    }
}

fn check(init: &Init) -> Result<(), NodeError> {
    let country = init.country.as_bytes();
    if country.len() != 2 || !country.iter().all(u8::is_ascii_alphabetic) {
        let expected = "two letters of ISO 3166-1, such as `EC`";
        return Err(NodeError::input("init.country", "no country code", "--country", expected));
    }
    if init.name.trim().is_empty() {
        return Err(NodeError::input("init.name", "empty name", "--name", "the agency's name"));
    }
    Ok(())
}

fn identity_object(me: &Me, now_us: i64) -> Result<Object, NodeError> {
    let time = Timestamp::from_micros(now_us).to_millis();
    let identity = json!({
        "type": "identity",
        "spec_version": "2.1",
        "id": me.identity_id,
        "created": time.as_str(),
        "modified": time.as_str(),
        "name": me.name,
        "identity_class": "organization",
        "sectors": ["government"],
    });
    let Value::Object(view) = identity else { return Err(NodeError::Internal("identity")) };
    Object::from_view(view).map_err(|_| NodeError::Internal("identity"))
}

fn load_config(dir: &Path) -> Result<Config, NodeError> {
    Ok(Config::load(dir, &|name| std::env::var(name).ok())?)
}
