//! Leaves: every act is written to the node log, acts with a partner also to our half of the
//! channel log with that partner.

use std::collections::BTreeMap;

use enlace_store::Write;
use serde_json::Value;

use crate::{Actor, Node, NodeError, clock};

/// Name of the node log in the store.
pub(crate) const NODE_LOG: &str = "node";

/// Our half of the channel log with a partner: only our own acts, only we append.
pub(crate) fn ours(partner: &str) -> String {
    format!("channel/{partner}/ours")
}

/// The partner's half, mirrored from it and checked at every sync.
pub(crate) fn theirs(partner: &str) -> String {
    format!("channel/{partner}/theirs")
}

/// One act, field by field; each field is committed to by itself (docs/ledger/format.md).
#[derive(Debug, Clone)]
pub(crate) struct Act {
    fields: BTreeMap<String, Value>,
}

impl Act {
    /// An act of this kind.
    pub(crate) fn new(kind: &'static str) -> Self {
        Self { fields: BTreeMap::from([("act".to_owned(), Value::from(kind))]) }
    }

    /// Who did it.
    pub(crate) fn by(self, actor: &Actor) -> Self {
        self.field("actor", actor.account()).field("role", actor.role().name())
    }

    /// One more field.
    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }
}

impl Node {
    /// The write that puts an act into the node log.
    pub(crate) fn node_leaf(&self, act: Act) -> Result<Write, NodeError> {
        self.leaf(NODE_LOG.to_owned(), act)
    }

    /// The writes that put an act with a partner into both logs. `shared` holds what the partner
    /// knows anyway; `inside` adds what only the node log may say. While the channel rests after a
    /// restore, its leaf waits.
    pub(crate) fn channel_leaves(
        &self,
        partner: &str,
        shared: Act,
        inside: impl FnOnce(Act) -> Act,
    ) -> Result<[Write; 2], NodeError> {
        let [mut channel, node] = self.channel_leaves_now(partner, shared, inside)?;
        if let Write::Leaf { entry, record: Some(values), .. } = &channel
            && self.resting.has(partner)
        {
            channel = self.waiting_leaf(partner, entry, values)?;
        }
        Ok([channel, node])
    }

    /// As [`Node::channel_leaves`], also while the channel rests.
    pub(crate) fn channel_leaves_now(
        &self,
        partner: &str,
        shared: Act,
        inside: impl FnOnce(Act) -> Act,
    ) -> Result<[Write; 2], NodeError> {
        let channel = self.leaf(ours(partner), shared.clone())?;
        let node = self.leaf(NODE_LOG.to_owned(), inside(shared).field("partner", partner))?;
        Ok([channel, node])
    }

    fn leaf(&self, log: String, act: Act) -> Result<Write, NodeError> {
        let fields = act.field("at", clock::text(self.now_us())).fields;
        let mut salts = Vec::with_capacity(fields.len());
        for _ in 0..fields.len() {
            salts.push(clock::random::<16>()?);
        }
        let mut salts = salts.into_iter();
        let (entry, record) =
            enlace_ledger::entry::commit(&fields, || salts.next().unwrap_or_default());
        Ok(Write::Leaf { log, entry, record: Some(record) })
    }
}
