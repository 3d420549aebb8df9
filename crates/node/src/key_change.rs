//! Our own keys: another signing key, and what to do when others may have the present one
//! (docs/design/keys.md).

use std::path::Path;

use enlace_keys::{NodeKeys, RecoveryKey, SignedObject};
use enlace_policy::roles::Action;
use enlace_release::Record;
use enlace_stix::{Object, Timestamp};
use enlace_store::{
    Batch, MemberQuery, OWN, ObjectState, RecordQuery, Store, VersionFilter, Write,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ledger_log::Act;
use crate::party_key::FormerKey;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Members that are read at once.
const PAGE: usize = 1000;

/// The history of our own keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct OwnKeys {
    /// Id of the key that signs.
    current: String,
    pub(crate) former: Vec<FormerKey>,
    /// Whether records that nobody has fetched are still to be signed by the present key.
    unsigned: bool,
}

/// What a change of keys did.
#[derive(Debug, Clone, Serialize)]
pub struct KeysChanged {
    /// Id of the key that signs from now on.
    pub key_id: String,
    /// Partners that are told.
    pub partners: usize,
    /// Sessions, links and tokens that are dead.
    pub ended: usize,
}

/// The keys of a node directory: those that its store says are in force, whether or not a crash
/// kept them from their place.
pub(crate) async fn keys_in_force(
    dir: &Path,
    keys: NodeKeys,
    store: &dyn Store,
) -> Result<NodeKeys, NodeError> {
    let kept = store.record(Bucket::NODE, "keys").await?;
    let own: Option<OwnKeys> = kept.as_ref().map(record::read).transpose()?;
    match own {
        Some(own) if own.current != keys.key_id() => {
            let keys = NodeKeys::install(dir, &own.current)?;
            match keys.key_id() == own.current {
                true => Ok(keys),
                false => {
                    let expected = "those of the last `enlace key change`: restore `keys` from a \
                                    backup that is not older";
                    Err(NodeError::state("the key folder", "of other keys", expected))
                }
            }
        }
        _ => Ok(keys),
    }
}

impl Node {
    /// The offline key: of the text of a file, else of `keys/recovery.key`.
    pub fn recovery_key(&self, file: Option<(&str, &Path)>) -> Result<RecoveryKey, NodeError> {
        let key = match file {
            Some((text, path)) => Some(RecoveryKey::read(text, path)?),
            None => NodeKeys::recovery_key(&self.dir)?,
        };
        let expected = "`--recovery FILE` with the file that was moved away after `init`";
        let missing = || NodeError::input("key.recovery", "no recovery key", "keys", expected);
        let key = key.ok_or_else(missing)?;
        if key.public_key() == self.keys.recovery_public_key() {
            return Ok(key);
        }
        let expected = "the file that `init` of this node made";
        Err(NodeError::input("key.recovery", "the key of another node", "--recovery", expected))
    }

    /// Signs with a new key from now on; every partner is told by a `key-change` that the old key
    /// signs, or the recovery key where it is given. A running `serve` ends and is to be started.
    pub async fn key_change(
        self,
        actor: &Actor,
        recovery: Option<&RecoveryKey>,
    ) -> Result<KeysChanged, NodeError> {
        actor.require(Action::PartnerManage)?;
        self.replace_keys(actor, recovery, None).await
    }

    /// Others may have had our keys since some day: new keys for signing, TLS and files; every partner is
    /// told by a `key-compromise` and a `key-change` that the recovery key signs; sessions, links
    /// and tokens, of our accounts and of partners, are dead.
    pub async fn key_compromise(
        self,
        actor: &Actor,
        since: &str,
        recovery: &RecoveryKey,
    ) -> Result<KeysChanged, NodeError> {
        actor.require(Action::PartnerManage)?;
        let time = since.parse::<Timestamp>().ok().filter(|t| t.micros() <= self.now_us());
        let expected = "a time that has passed, such as `2026-03-01T10:00:00Z`";
        let time = time.ok_or_else(|| {
            NodeError::input("key.since", format!("`{since}`"), "--since", expected)
        })?;
        self.replace_keys(actor, Some(recovery), Some(time)).await
    }

    async fn replace_keys(
        self,
        actor: &Actor,
        recovery: Option<&RecoveryKey>,
        since: Option<Timestamp>,
    ) -> Result<KeysChanged, NodeError> {
        let now = self.now_us();
        let next = self.keys.successor(&self.dir, now, since.is_some())?;
        let mut notices = Vec::new();
        if let (Some(since), Some(recovery)) = (&since, recovery) {
            notices.push(self.compromise_notice(since, recovery)?);
        }
        notices.push(self.change_notice(&next, recovery)?);
        let kept = self.store.record(Bucket::NODE, "keys").await?;
        let before: Option<OwnKeys> = kept.as_ref().map(record::read).transpose()?;
        let mut own = before.unwrap_or_default();
        own.former.push(FormerKey {
            key: self.keys.public_key().to_string(),
            until_us: now,
            compromised_us: since.as_ref().map(Timestamp::micros),
        });
        own.current = next.key_id().to_owned();
        own.unsigned = since.is_some();
        let mut writes = vec![record::put(Bucket::NODE, "keys", &own, None)?];
        let (told, partners) = self.telling(actor, &notices).await?;
        writes.extend(told);
        writes.extend(self.signed_anew(&next).await?);
        let ended = match since {
            Some(_) => self.endings().await?,
            None => Vec::new(),
        };
        let changed = KeysChanged { key_id: own.current.clone(), partners, ended: ended.len() };
        writes.extend(ended);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        let dir = self.dir.clone();
        drop(self);
        NodeKeys::install(&dir, &changed.key_id)?;
        // Opening finishes what the new key has to sign.
        Node::open(&dir).await?;
        Ok(changed)
    }

    fn change_notice(
        &self,
        next: &NodeKeys,
        recovery: Option<&RecoveryKey>,
    ) -> Result<Object, NodeError> {
        let mut view = self.own_object("key-change")?;
        view.insert("party".to_owned(), json!(self.key_id()));
        view.insert("old_key_id".to_owned(), json!(self.keys.key_id()));
        view.insert("new_key_id".to_owned(), json!(next.key_id()));
        view.insert("card".to_owned(), Value::Object(self.card_by(next)?.json().clone()));
        self.signed_notice(view, recovery)
    }

    fn compromise_notice(
        &self,
        since: &Timestamp,
        recovery: &RecoveryKey,
    ) -> Result<Object, NodeError> {
        let mut view = self.own_object("key-compromise")?;
        view.insert("party".to_owned(), json!(self.key_id()));
        view.insert("key_id".to_owned(), json!(self.keys.key_id()));
        view.insert("since".to_owned(), json!(since.to_millis().as_str()));
        self.signed_notice(view, Some(recovery))
    }

    fn signed_notice(
        &self,
        view: Map<String, Value>,
        recovery: Option<&RecoveryKey>,
    ) -> Result<Object, NodeError> {
        let view = match recovery {
            Some(recovery) => recovery.sign_within(view),
            None => self.keys.sign_within(view),
        };
        Object::from_view(view).map_err(|_| NodeError::Internal("notice of keys"))
    }

    /// The writes that keep the notices and tell every partner.
    async fn telling(
        &self,
        actor: &Actor,
        notices: &[Object],
    ) -> Result<(Vec<Write>, usize), NodeError> {
        let mut writes = Vec::new();
        for notice in notices {
            let row = self.new_object(notice, OWN, "this node", ObjectState::Held);
            writes.push(Write::Object(Box::new(row)));
            writes.push(self.node_leaf(act(notice).by(actor))?);
        }
        let mut told = 0;
        for (party, partner) in self.partners().await? {
            if partner.revoked {
                continue;
            }
            let mut objects = Vec::with_capacity(notices.len());
            for notice in notices {
                let released = enlace_release::notice(notice, &party)
                    .map_err(|_| NodeError::Internal("notice of keys"))?;
                let object: Value = serde_json::from_str(released.bytes())
                    .map_err(|_| NodeError::Internal("notice of keys"))?;
                // The envelope's signature is the one inside: it may be the recovery key's.
                let signature = object.get("signature").cloned().unwrap_or_default();
                let signature = serde_json::from_value(signature)
                    .map_err(|_| NodeError::Internal("notice of keys"))?;
                objects.push(SignedObject { object, signature });
                writes.extend(self.channel_leaves(&party, act(notice), |a| a.by(actor))?);
            }
            writes.push(self.queued(&party, objects, true)?);
            told += 1;
        }
        Ok((writes, told))
    }

    /// The writes that end every session, link and token.
    async fn endings(&self) -> Result<Vec<Write>, NodeError> {
        let mut writes = Vec::new();
        for bucket in [Bucket::SESSION, Bucket::LINK, Bucket::TOKEN] {
            let query = RecordQuery { bucket, limit: 1_000_000, ..RecordQuery::default() };
            let found = self.store.records(query).await?;
            writes.extend(found.into_iter().map(|r| Write::Delete { bucket, key: r.key }));
        }
        Ok(writes)
    }

    /// After a compromise partners believe no record by the former key that they have not got: those
    /// are published again, signed by the present one.
    pub(crate) async fn finish_key_change(&self) -> Result<(), NodeError> {
        let Some(kept) = self.store.record(Bucket::NODE, "keys").await? else { return Ok(()) };
        let mut own: OwnKeys = record::read(&kept)?;
        if !own.unsigned {
            return Ok(());
        }
        let mut writes = Vec::new();
        for (id, collection) in self.collections().await? {
            writes.extend(self.records_anew(&id, &collection.partner).await?);
        }
        own.unsigned = false;
        writes.push(record::put(Bucket::NODE, "keys", &own, None)?);
        let guards = vec![record::unchanged(Bucket::NODE, &kept)];
        match self.store.commit(Batch { guards, writes }).await.map_err(NodeError::from) {
            // Another process did it.
            Ok(_) | Err(NodeError::Changed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn records_anew(&self, collection: &str, partner: &str) -> Result<Vec<Write>, NodeError> {
        let (mut writes, mut after_seq) = (Vec::new(), None);
        let now = Timestamp::from_micros(self.now_us());
        loop {
            let query = MemberQuery {
                collection: collection.to_owned(),
                after_seq,
                kinds: vec!["release-record".to_owned()],
                versions: vec![VersionFilter::All],
                limit: PAGE,
                ..MemberQuery::default()
            };
            let page = self.store.members(query).await?;
            after_seq = page.members.last().map(|m| m.seq);
            for member in page.members.iter().filter(|m| m.fetched_us.is_none()) {
                let (published, _) = self.opened(partner, &member.body).await?;
                let again = Record::again(&published, clock::new_uuid()?, &now)
                    .map_err(|_| NodeError::Internal("record signed anew"))?;
                let fresh = again.id().to_owned();
                let (collection, id) = (collection.to_owned(), member.id.clone());
                writes.push(Write::Withdraw { collection: collection.clone(), id });
                writes.extend(self.publish(again, &[], &collection)?.1);
                for (id, mut release) in self.releases().await? {
                    if release.record.as_deref() == Some(member.id.as_str()) {
                        release.record = Some(fresh.clone());
                        writes.push(record::put(Bucket::RELEASE, &id, &release, None)?);
                    }
                }
            }
            if !page.more || after_seq.is_none() {
                return Ok(writes);
            }
        }
    }

    /// Whether another process has replaced the keys that this one works with.
    pub async fn keys_replaced(&self) -> Result<bool, NodeError> {
        let kept = self.store.record(Bucket::NODE, "keys").await?;
        let own: Option<OwnKeys> = kept.as_ref().map(record::read).transpose()?;
        Ok(own.is_some_and(|own| own.current != self.keys.key_id()))
    }
}

/// The entry of the log that tells of a notice.
pub(crate) fn act(notice: &Object) -> Act {
    let kind = if notice.kind() == "key-change" { "key-change" } else { "key-compromise" };
    let mut act = Act::new(kind).field("object", notice.id().as_str());
    for name in ["party", "old_key_id", "new_key_id", "key_id", "since"] {
        if let Some(value) = notice.text(name) {
            act = act.field(name, value);
        }
    }
    act.field("sha256", hex::encode(notice.content_hash()))
}
