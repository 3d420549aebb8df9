//! Plain collections: what our own tools exchange by TAXII on the pages' listener.
//!
//! Such a collection is apart from what the node holds as its own knowledge: nothing in it is
//! searched, shown or released, and no partner reaches it (docs/design/plain-collections.md).

use enlace_policy::roles::{Action, Role};
use enlace_store::{Batch, Guard, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Longest name in characters.
const LONGEST: usize = 100;
/// Most collections, and most grants of one account.
const MOST: usize = 10_000;

/// A plain collection as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plain {
    pub(crate) name: String,
    pub(crate) created_us: i64,
}

/// What an account may do with a plain collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Grant {
    /// Read its objects.
    pub read: bool,
    /// Add objects; with `read` also delete them.
    pub write: bool,
}

/// A grant for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantLine {
    /// The account.
    pub account: String,
    /// What it may.
    #[serde(flatten)]
    pub grant: Grant,
}

/// A plain collection for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlainLine {
    /// Its id in TAXII.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: String,
    /// Ids of objects in it.
    pub objects: u64,
    /// Versions of them.
    pub versions: u64,
    /// When something was last added.
    pub last_added: Option<String>,
    /// Who may what.
    pub grants: Vec<GrantLine>,
}

/// What is said of the role of an account that no collection is granted to.
const NO_CONTENT: &str = "an account that may see content, such as one of the role `tool`: \
                          administrators and auditors see none";

impl Node {
    /// Makes a plain collection; answers its id. Nobody has a right to it yet.
    pub async fn plain_create(&self, actor: &Actor, name: &str) -> Result<String, NodeError> {
        actor.require(Action::CollectionManage)?;
        let name = name.trim();
        let fits = !name.is_empty() && name.chars().count() <= LONGEST;
        // An id as a name could stand for another collection.
        if !fits || name.chars().any(char::is_control) || uuid::Uuid::try_parse(name).is_ok() {
            let expected = "1 to 100 characters in one line, and no UUID";
            return Err(NodeError::input("collection.name", "unusable name", "NAME", expected));
        }
        if self.store.record(Bucket::PLAIN_NAME, name).await?.is_some() {
            let expected = "a name that no other collection has";
            return Err(NodeError::state("the name", "taken", expected));
        }
        let id = clock::new_uuid()?.to_string();
        let plain = Plain { name: name.to_owned(), created_us: self.now_us() };
        let act = Act::new("plain-created").by(actor).field("collection", id.as_str());
        let writes = vec![
            record::put(Bucket::PLAIN, &id, &plain, None)?,
            record::put(Bucket::PLAIN_NAME, name, &id, None)?,
            self.node_leaf(act.field("name", name))?,
        ];
        let guards = vec![Guard::Absent { bucket: Bucket::PLAIN_NAME, key: name.to_owned() }];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(id)
    }

    /// All plain collections by name, with how much is in them and who may what.
    pub async fn plain_list(&self, actor: &Actor) -> Result<Vec<PlainLine>, NodeError> {
        actor.require(Action::CollectionManage)?;
        let all = |bucket| RecordQuery { bucket, limit: MOST, ..RecordQuery::default() };
        let queries =
            vec![all(Bucket::PLAIN), RecordQuery { limit: MOST * 10, ..all(Bucket::PLAIN_GRANT) }];
        let mut found = self.store.records_each(queries).await?.into_iter();
        let (plain, granted) = (found.next().unwrap_or_default(), found.next().unwrap_or_default());
        let mut lines = Vec::with_capacity(plain.len());
        for kept in plain {
            let plain: Plain = record::read(&kept)?;
            let extent = self.store.extent(&kept.key).await?;
            lines.push(PlainLine {
                name: plain.name,
                created: clock::text(plain.created_us),
                objects: extent.objects,
                versions: extent.versions,
                last_added: extent.last_added_us.map(clock::text),
                grants: Vec::new(),
                id: kept.key,
            });
        }
        for kept in granted {
            let grant: Grant = record::read(&kept)?;
            let Some((account, id)) = kept.key.split_once('/') else { continue };
            if let Some(line) = lines.iter_mut().find(|line| line.id == id) {
                line.grants.push(GrantLine { account: account.to_owned(), grant });
            }
        }
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(lines)
    }

    /// Says what an account may do with a collection from now on; the whole of it, so that neither
    /// right means none. `collection` is its id or its name.
    pub async fn plain_grant(
        &self,
        actor: &Actor,
        collection: &str,
        account: &str,
        grant: Grant,
    ) -> Result<(), NodeError> {
        actor.require(Action::CollectionManage)?;
        let id = self.plain_named(collection).await?;
        let none = grant == Grant::default();
        let holder = self.account(account).await?;
        let holder = holder.ok_or_else(|| NodeError::not_found("account", account))?;
        if !none && !may_be_granted(holder.role()?) {
            return Err(NodeError::state("the account", holder.role()?.name(), NO_CONTENT));
        }
        let key = grant_key(account, &id);
        let act = Act::new("plain-granted").by(actor).field("collection", id.as_str());
        let act = act.field("account", account);
        let leaf = self.node_leaf(act.field("read", grant.read).field("write", grant.write))?;
        let kept = match none {
            true => Write::Delete { bucket: Bucket::PLAIN_GRANT, key },
            false => record::put(Bucket::PLAIN_GRANT, &key, &grant, None)?,
        };
        self.store.commit(Batch { guards: vec![], writes: vec![kept, leaf] }).await?;
        Ok(())
    }

    /// The name of a collection; its id where it is gone.
    pub(crate) async fn plain_name(&self, id: &str) -> Result<String, NodeError> {
        let kept = self.store.record(Bucket::PLAIN, id).await?;
        let plain: Option<Plain> = kept.as_ref().map(record::read).transpose()?;
        Ok(plain.map_or_else(|| id.to_owned(), |plain| plain.name))
    }

    /// An account that has a right to a collection, as it acts there.
    pub(crate) async fn plain_right(
        &self,
        account: &str,
        collection: &str,
        right: impl Fn(Grant) -> bool + Send,
    ) -> Result<Actor, NodeError> {
        let holder = self.account(account).await?;
        let role = holder.ok_or_else(|| NodeError::not_found("account", account))?.role()?;
        let kept = self.store.record(Bucket::PLAIN_GRANT, &grant_key(account, collection)).await?;
        let grant: Option<Grant> = kept.as_ref().map(record::read).transpose()?;
        if !may_be_granted(role) || !grant.is_some_and(right) {
            let expected = "an account with this right: `enlace collection grant`";
            return Err(NodeError::state(account, "without a right to the collection", expected));
        }
        Ok(Actor::of(account, role))
    }

    /// The id of a collection that is named by its id or its name.
    pub(crate) async fn plain_named(&self, text: &str) -> Result<String, NodeError> {
        if self.store.record(Bucket::PLAIN, text).await?.is_some() {
            return Ok(text.to_owned());
        }
        match self.store.record(Bucket::PLAIN_NAME, text.trim()).await? {
            Some(kept) => record::read(&kept),
            None => Err(NodeError::not_found("collection", text)),
        }
    }
}

/// Whether an account of this role can have a right to a plain collection.
pub(crate) fn may_be_granted(role: Role) -> bool {
    !matches!(role, Role::Administrator | Role::Auditor | Role::Console)
}

/// An account's name has no `/` in it.
pub(crate) fn grant_key(account: &str, collection: &str) -> String {
    format!("{account}/{collection}")
}
