//! The register of sources (informants, undercover officers): a register of its own, with its own
//! key and role.
//!
//! Rows are sealed with a key that only the register's passphrase opens; neither the console nor an
//! administrator reads them. What the running node can do without it: recognise an object that is
//! linked to a source by a keyed hash of its id, so that the handler is told ([`crate::alert`]).

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use enlace_keys::{RegisterKey, seal, unseal};
use enlace_policy::roles::{Action, allows};
use enlace_store::{Batch, Guard, Record, RecordQuery, Write};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::mac::mac;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Most sources of a register.
const MOST: usize = 100_000;
/// Where a source stands.
const STATES: [&str; 3] = ["active", "resting", "closed"];

/// A source to enter.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// The name it goes by.
    pub code_name: String,
    /// Who it is: a reference or details. Sealed like everything in the register.
    pub identity: String,
    /// Since when, as the handler writes it.
    pub since: String,
    /// Objects that come from it.
    pub objects: Vec<String>,
}

/// A source for its handler.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SourceLine {
    /// Id in the register.
    #[serde(skip)]
    pub id: String,
    /// The name it goes by.
    pub code_name: String,
    /// Who it is.
    pub identity: String,
    /// The account that handles it.
    pub handler: String,
    /// Since when.
    pub since: String,
    /// `active`, `resting`, `closed`.
    pub status: String,
    /// Objects that come from it.
    pub objects: BTreeSet<String>,
}

/// Who is told when something happens to a linked object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Linked {
    pub(crate) source: String,
    pub(crate) handler: String,
}

/// A row with the record that it was read from.
struct Row {
    record: Record,
    line: SourceLine,
}

impl Node {
    /// Makes the register with its passphrase (or the text of a key file).
    pub async fn source_init(
        &self,
        actor: &Actor,
        passphrase: &SecretString,
    ) -> Result<(), NodeError> {
        actor.require(Action::SourceRegister)?;
        let (dir, passphrase) = (self.dir.clone(), passphrase.clone());
        let made = move || RegisterKey::create(&dir, &passphrase);
        let made = tokio::task::spawn_blocking(made).await;
        made.map_err(|_| NodeError::Internal("key of the register"))??;
        self.log_act(register_act(actor, "made")).await
    }

    /// Enters a source; the actor handles it. Answers its id.
    pub async fn source_add(
        &self,
        actor: &Actor,
        passphrase: &SecretString,
        new: NewSource,
    ) -> Result<String, NodeError> {
        let key = self.register(actor, passphrase).await?;
        if new.code_name.trim().is_empty() {
            let expected = "the name that the source goes by";
            return Err(NodeError::input("source.name", "no name", "NAME", expected));
        }
        if self.sources_of(actor, &key).await?.iter().any(|r| r.line.code_name == new.code_name) {
            let expected = "another name";
            return Err(NodeError::input("source.taken", "the name is taken", "NAME", expected));
        }
        let objects = self.linkable(actor, &new.objects).await?;
        let id = clock::new_uuid()?.to_string();
        let line = SourceLine {
            id: id.clone(),
            code_name: new.code_name,
            identity: new.identity,
            handler: actor.account().to_owned(),
            since: new.since,
            status: "active".to_owned(),
            objects: objects.clone(),
        };
        let mut batch = Batch {
            guards: vec![Guard::Absent { bucket: Bucket::REGISTER, key: id.clone() }],
            writes: vec![row(&key, &line)?, self.node_leaf(register_act(actor, "changed"))?],
        };
        let linked = Linked { source: id.clone(), handler: line.handler };
        self.link(&mut batch, &objects, &linked, true).await?;
        self.store.commit(batch).await?;
        Ok(id)
    }

    /// The sources that the actor handles, by name.
    pub async fn source_list(
        &self,
        actor: &Actor,
        passphrase: &SecretString,
    ) -> Result<Vec<SourceLine>, NodeError> {
        let key = self.register(actor, passphrase).await?;
        self.log_act(register_act(actor, "read")).await?;
        let mut lines: Vec<SourceLine> =
            self.sources_of(actor, &key).await?.into_iter().map(|row| row.line).collect();
        lines.sort_by(|a, b| a.code_name.cmp(&b.code_name));
        Ok(lines)
    }

    /// Links objects to a source (`on`) or unlinks them. Answers how many links it has then.
    pub async fn source_link(
        &self,
        actor: &Actor,
        passphrase: &SecretString,
        name: &str,
        ids: &[String],
        on: bool,
    ) -> Result<usize, NodeError> {
        let key = self.register(actor, passphrase).await?;
        let Row { record, mut line } = self.source_named(actor, &key, name).await?;
        let given = match on {
            true => self.linkable(actor, ids).await?,
            false => ids.iter().map(|id| id.to_lowercase()).collect(),
        };
        let changed: BTreeSet<String> =
            given.into_iter().filter(|id| line.objects.contains(id) != on).collect();
        for id in &changed {
            match on {
                true => line.objects.insert(id.clone()),
                false => line.objects.remove(id),
            };
        }
        let mut batch = Batch {
            guards: vec![record::unchanged(Bucket::REGISTER, &record)],
            writes: vec![row(&key, &line)?, self.node_leaf(register_act(actor, "changed"))?],
        };
        let linked = Linked { source: line.id.clone(), handler: line.handler.clone() };
        self.link(&mut batch, &changed, &linked, on).await?;
        self.store.commit(batch).await?;
        Ok(line.objects.len())
    }

    /// States where a source stands, or hands it over to another handler.
    pub async fn source_change(
        &self,
        actor: &Actor,
        passphrase: &SecretString,
        name: &str,
        status: Option<&str>,
        handler: Option<&str>,
    ) -> Result<(), NodeError> {
        let key = self.register(actor, passphrase).await?;
        let Row { record, mut line } = self.source_named(actor, &key, name).await?;
        let mut batch = Batch {
            guards: vec![record::unchanged(Bucket::REGISTER, &record)],
            writes: vec![self.node_leaf(register_act(actor, "changed"))?],
        };
        if let Some(status) = status {
            if !STATES.contains(&status) {
                let expected = STATES.join(", ");
                return Err(NodeError::input("source.status", "unknown", status, expected));
            }
            status.clone_into(&mut line.status);
        }
        if let Some(account) = handler {
            let found = self.account(account).await?;
            let role = found.ok_or_else(|| NodeError::not_found("account", account))?.role()?;
            if !allows(role, Action::SourceRegister) {
                let expected = "an account whose role keeps sources";
                return Err(NodeError::state(account, "no source handler", expected));
            }
            let before = Linked { source: line.id.clone(), handler: line.handler.clone() };
            let after = Linked { source: line.id.clone(), handler: account.to_owned() };
            account.clone_into(&mut line.handler);
            for id in &line.objects {
                self.relink(&mut batch, id, &before, &after).await?;
            }
        }
        batch.writes.push(row(&key, &line)?);
        self.store.commit(batch).await?;
        Ok(())
    }

    /// Opens the register for its role; the passphrase is the second lock.
    async fn register(
        &self,
        actor: &Actor,
        passphrase: &SecretString,
    ) -> Result<Arc<RegisterKey>, NodeError> {
        actor.require(Action::SourceRegister)?;
        if !RegisterKey::present(&self.dir)? {
            let expected = "made first: `enlace source init`";
            return Err(NodeError::state("the register", "not there", expected));
        }
        let (dir, passphrase) = (self.dir.clone(), passphrase.clone());
        let opened = tokio::task::spawn_blocking(move || RegisterKey::open(&dir, &passphrase));
        let opened = opened.await.map_err(|_| NodeError::Internal("key of the register"))?;
        match opened {
            Ok(key) => Ok(Arc::new(key)),
            Err(error) => {
                self.log_act(register_act(actor, "refused")).await?;
                Err(error.into())
            }
        }
    }

    async fn sources_of(&self, actor: &Actor, key: &RegisterKey) -> Result<Vec<Row>, NodeError> {
        let query = RecordQuery { bucket: Bucket::REGISTER, limit: MOST, ..RecordQuery::default() };
        let mut rows = Vec::new();
        for record in self.store.records(query).await? {
            let sealed = sealed(&record)?;
            let text = key.unseal(&record.key, &sealed);
            let text = text.ok_or(NodeError::Internal("row of the register"))?;
            let mut line: SourceLine = serde_json::from_slice(&text)
                .map_err(|_| NodeError::Internal("row of the register"))?;
            line.id.clone_from(&record.key);
            if line.handler == actor.account() {
                rows.push(Row { record, line });
            }
        }
        Ok(rows)
    }

    async fn source_named(
        &self,
        actor: &Actor,
        key: &RegisterKey,
        name: &str,
    ) -> Result<Row, NodeError> {
        let rows = self.sources_of(actor, key).await?;
        let found = rows.into_iter().find(|r| r.line.code_name == name || r.line.id == name);
        found.ok_or_else(|| NodeError::not_found("source", name))
    }

    /// Ids of objects that the handler sees.
    async fn linkable(&self, actor: &Actor, ids: &[String]) -> Result<BTreeSet<String>, NodeError> {
        let view = self.view_of(actor).await?;
        let mut found = BTreeSet::new();
        for id in ids {
            found.insert(self.visible(&view, id).await?.id);
        }
        Ok(found)
    }

    /// The writes that make the node recognise objects, or forget them.
    async fn link(
        &self,
        batch: &mut Batch,
        ids: &BTreeSet<String>,
        linked: &Linked,
        on: bool,
    ) -> Result<(), NodeError> {
        if on && !ids.is_empty() {
            batch.writes.extend(self.watch_from_now().await?);
        }
        for id in ids {
            let (key, record, mut all) = self.linked_to(id).await?;
            all.retain(|one| one != linked);
            if on {
                all.push(linked.clone());
            }
            self.keep_links(batch, key, record, &all)?;
        }
        Ok(())
    }

    async fn relink(
        &self,
        batch: &mut Batch,
        id: &str,
        before: &Linked,
        after: &Linked,
    ) -> Result<(), NodeError> {
        let (key, record, mut all) = self.linked_to(id).await?;
        all.retain(|one| one != before);
        all.push(after.clone());
        self.keep_links(batch, key, record, &all)
    }

    async fn linked_to(
        &self,
        id: &str,
    ) -> Result<(String, Option<Record>, Vec<Linked>), NodeError> {
        let key = hex::encode(self.source_tag("object", id));
        let record = self.store.record(Bucket::SOURCE_LINK, &key).await?;
        let all = match &record {
            Some(record) => self.open_record(record)?,
            None => Vec::new(),
        };
        Ok((key, record, all))
    }

    fn keep_links(
        &self,
        batch: &mut Batch,
        key: String,
        record: Option<Record>,
        all: &[Linked],
    ) -> Result<(), NodeError> {
        let bucket = Bucket::SOURCE_LINK;
        batch.guards.push(record::as_read(bucket, &key, record.as_ref()));
        match (all.is_empty(), record) {
            (true, None) => {}
            (true, Some(_)) => batch.writes.push(Write::Delete { bucket, key }),
            (false, _) => batch.writes.push(self.seal_record(bucket, &key, &all)?),
        }
        Ok(())
    }

    /// A keyed hash by which the running node recognises something without knowing more of it.
    pub(crate) fn source_tag(&self, what: &str, text: &str) -> [u8; 32] {
        let key = self.keys.source_lookup_key();
        mac(key.expose(), &[what.as_bytes(), text.as_bytes()]).unwrap_or_default()
    }

    /// A record that the running node can read and a copy of the store alone cannot.
    pub(crate) fn seal_record(
        &self,
        bucket: &'static str,
        key: &str,
        body: &impl Serialize,
    ) -> Result<Write, NodeError> {
        let text = serde_json::to_vec(body).map_err(|_| NodeError::Internal("record"))?;
        let sealed = seal(&self.keys.source_alert_key(), &format!("{bucket}/{key}"), &text)?;
        record::put(bucket, key, &STANDARD.encode(sealed), None)
    }

    /// The body of a record that [`Node::seal_record`] wrote.
    pub(crate) fn open_record<T: serde::de::DeserializeOwned>(
        &self,
        record: &Record,
    ) -> Result<T, NodeError> {
        let broken = || NodeError::Internal("sealed record");
        let name = format!("{}/{}", record.bucket, record.key);
        let text = unseal(&self.keys.source_alert_key(), &name, &sealed(record)?);
        serde_json::from_slice(&text.ok_or_else(broken)?).map_err(|_| broken())
    }
}

/// The entry of the log says that the register was used and by whom, never for what.
fn register_act(actor: &Actor, kind: &'static str) -> Act {
    Act::new("source-register").by(actor).field("kind", kind)
}

fn row(key: &RegisterKey, line: &SourceLine) -> Result<Write, NodeError> {
    let text = serde_json::to_vec(line).map_err(|_| NodeError::Internal("record"))?;
    let text = zeroize::Zeroizing::new(text);
    let sealed = key.seal(&line.id, &text)?;
    record::put(Bucket::REGISTER, &line.id, &STANDARD.encode(sealed), None)
}

fn sealed(record: &Record) -> Result<Vec<u8>, NodeError> {
    let text: String = record::read(record)?;
    STANDARD.decode(text).map_err(|_| NodeError::Internal("sealed record"))
}
