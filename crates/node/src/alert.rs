//! What the handler of a source is told, silently.
//!
//! Alerts are made from the node's log, after the act that they tell of was answered: the use case
//! of the one who acts does not know that sources exist. Each entry is looked at in the same way,
//! whether anything comes of it or not.

use std::collections::{BTreeSet, HashMap};

use enlace_ledger::entry;
use enlace_policy::roles::Action;
use enlace_stix::Timestamp;
use enlace_store::{Batch, LogEntry, RecordQuery, SearchQuery, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ledger_log::{Act, NODE_LOG};
use crate::record::{self, Bucket};
use crate::source::Linked;
use crate::{Actor, Node, NodeError};

/// Entries looked at in one transaction.
const CHUNK: usize = 1000;
/// Most linked objects.
const LINKS: usize = 100_000;
/// Hits of a search that are compared, seen by the one who searched or not.
const HITS: usize = 100;
/// As many looks of one account at one object within [`WINDOW_US`] are repeated.
const REPEATED: usize = 3;
const WINDOW_US: i64 = 24 * 3600 * 1_000_000;
/// Where reading the log stands, and the looks of the last day.
const NEXT: &str = "next";

/// Something that happened to an object linked to a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertLine {
    /// `release-drafted`, `release-approved`, `release-sent`, `recall`, `danger-to-life`,
    /// `request-about`, `repeated-looks`.
    pub kind: String,
    /// The source, by its id in the register.
    pub source: String,
    /// The linked object.
    pub object: String,
    /// Who acted.
    pub by: String,
    /// When.
    pub at: String,
    /// The entry of the node's log.
    pub leaf: u64,
}

/// How far the log is read, with the looks that may yet be repeated.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Watch {
    next: u64,
    looks: Vec<Look>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Look {
    by: String,
    object: String,
    at_us: i64,
}

/// What an entry of the log tells.
struct Told {
    kind: &'static str,
    by: String,
    at: String,
    objects: BTreeSet<String>,
}

impl Node {
    /// Looks at what the log got since the last time; answers how many alerts came of it. Called in
    /// the rounds of the running node, and before a handler reads.
    pub async fn watch_sources(&self) -> Result<usize, NodeError> {
        let mut made = 0;
        loop {
            let kept = self.store.record(Bucket::SOURCE_WATCH, NEXT).await?;
            let mut watch: Watch = match &kept {
                Some(kept) => self.open_record(kept)?,
                None => Watch::default(),
            };
            let linked = self.linked().await?;
            if linked.is_empty() {
                return Ok(made);
            }
            let entries = self.store.log_entries(NODE_LOG, watch.next, CHUNK).await?;
            if entries.is_empty() {
                return Ok(made);
            }
            watch.next += entries.len() as u64;
            let mut writes = Vec::new();
            for entry in &entries {
                let Some(told) = self.told_by(entry).await? else { continue };
                for (handler, alert) in self.alerts(&told, entry.index, &linked, &mut watch) {
                    let key = self.alert_key(&handler, &alert);
                    writes.push(self.seal_record(Bucket::SOURCE_ALERT, &key, &alert)?);
                    made += 1;
                }
            }
            writes.push(self.seal_record(Bucket::SOURCE_WATCH, NEXT, &watch)?);
            let bucket = Bucket::SOURCE_WATCH;
            let guard = record::as_read(bucket, NEXT, kept.as_ref());
            match self.store.commit(Batch { guards: vec![guard], writes }).await {
                Ok(_) => {}
                Err(error) => match NodeError::from(error) {
                    // Another process was faster.
                    NodeError::Changed { .. } => return Ok(made),
                    other => return Err(other),
                },
            }
        }
    }

    /// What the actor, a handler, was told, newest first.
    pub async fn source_alerts(&self, actor: &Actor) -> Result<Vec<AlertLine>, NodeError> {
        actor.require(Action::SourceRegister)?;
        self.watch_sources().await?;
        self.log_act(Act::new("source-register").by(actor).field("kind", "alerts")).await?;
        let prefix = format!("{}/", self.handler_tag(actor.account()));
        let query = RecordQuery {
            bucket: Bucket::SOURCE_ALERT,
            prefix,
            limit: LINKS,
            ..Default::default()
        };
        let records = self.store.records(query).await?;
        let mut lines: Vec<AlertLine> =
            records.iter().map(|r| self.open_record(r)).collect::<Result<_, _>>()?;
        lines.sort_by_key(|line| std::cmp::Reverse(line.leaf));
        Ok(lines)
    }

    /// The writes that delete what handlers were told of an object: a recall covers it.
    pub(crate) async fn alert_deletions(&self, object: &str) -> Result<Vec<Write>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::SOURCE_ALERT, limit: LINKS, ..Default::default() };
        let mut writes = Vec::new();
        for record in self.store.records(query).await? {
            let alert: AlertLine = self.open_record(&record)?;
            if alert.object == object {
                writes.push(Write::Delete { bucket: Bucket::SOURCE_ALERT, key: record.key });
            }
        }
        Ok(writes)
    }

    /// The write by which the log is read from here on, where nothing was linked before.
    pub(crate) async fn watch_from_now(&self) -> Result<Option<Write>, NodeError> {
        let any = RecordQuery { bucket: Bucket::SOURCE_LINK, limit: 1, ..RecordQuery::default() };
        if !self.store.records(any).await?.is_empty() {
            return Ok(None);
        }
        let next = self.store.log(NODE_LOG).await?.size;
        let watch = Watch { next, looks: Vec::new() };
        self.seal_record(Bucket::SOURCE_WATCH, NEXT, &watch).map(Some)
    }

    async fn linked(&self) -> Result<HashMap<String, Vec<Linked>>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::SOURCE_LINK, limit: LINKS, ..RecordQuery::default() };
        let records = self.store.records(query).await?;
        records.into_iter().map(|r| Ok((r.key.clone(), self.open_record(&r)?))).collect()
    }

    /// What an entry tells of objects; `None` for acts that concern nobody's source.
    async fn told_by(&self, entry: &LogEntry) -> Result<Option<Told>, NodeError> {
        let Ok(opened) = entry::open(&entry.entry, entry.record.as_deref()) else {
            return Ok(None);
        };
        let fields: Map<String, Value> = opened.fields.into_iter().collect();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let kind = match (text("act"), text("kind")) {
            ("consultation", _) => "repeated-looks",
            ("release-drafted", _) => "release-drafted",
            ("release-approved", _) => "release-approved",
            ("disclosure", "release") => "release-sent",
            ("recall", _) => "recall",
            ("danger-to-life", _) => "danger-to-life",
            ("request-looked", _) => "request-about",
            _ => return Ok(None),
        };
        let mut objects: BTreeSet<String> = BTreeSet::new();
        for name in ["object", "original", "objects"] {
            match fields.get(name) {
                Some(Value::String(id)) => objects.extend([id.to_lowercase()]),
                Some(Value::Array(ids)) => {
                    objects.extend(ids.iter().filter_map(Value::as_str).map(str::to_lowercase));
                }
                _ => {}
            }
        }
        if let Ok((_, release)) = self.release(text("release")).await {
            objects.extend(release.lines.into_iter().map(|line| line.object));
        }
        if text("kind") == "search" {
            // Also what the search did not show to the one who searched.
            let query =
                SearchQuery { text: text("text").to_owned(), limit: HITS, ..Default::default() };
            objects.extend(self.store.search(query).await?.hits.into_iter().map(|hit| hit.id));
        }
        let (by, at) = (text("actor").to_owned(), text("at").to_owned());
        Ok(Some(Told { kind, by, at, objects }))
    }

    fn alerts(
        &self,
        told: &Told,
        leaf: u64,
        linked: &HashMap<String, Vec<Linked>>,
        watch: &mut Watch,
    ) -> Vec<(String, AlertLine)> {
        let mut alerts = Vec::new();
        for object in &told.objects {
            let Some(all) = linked.get(&hex::encode(self.source_tag("object", object))) else {
                continue;
            };
            if told.kind == "repeated-looks" && !watch.repeated(told, object) {
                continue;
            }
            for one in all.iter().filter(|one| one.handler != told.by) {
                let alert = AlertLine {
                    kind: told.kind.to_owned(),
                    source: one.source.clone(),
                    object: object.clone(),
                    by: told.by.clone(),
                    at: told.at.clone(),
                    leaf,
                };
                alerts.push((one.handler.clone(), alert));
            }
        }
        alerts
    }

    fn alert_key(&self, handler: &str, alert: &AlertLine) -> String {
        let what = format!("{}/{}/{}", alert.leaf, alert.source, alert.object);
        format!("{}/{}", self.handler_tag(handler), hex::encode(self.source_tag("alert", &what)))
    }

    fn handler_tag(&self, handler: &str) -> String {
        hex::encode(self.source_tag("handler", handler))
    }
}

impl Watch {
    /// Whether this look is one too many; the count begins anew then.
    fn repeated(&mut self, told: &Told, object: &str) -> bool {
        let at_us = told.at.parse::<Timestamp>().map_or(0, |at| at.micros());
        self.looks.retain(|look| look.at_us > at_us - WINDOW_US);
        let same = |look: &Look| look.by == told.by && look.object == object;
        if self.looks.iter().filter(|look| same(look)).count() + 1 >= REPEATED {
            self.looks.retain(|look| !same(look));
            return true;
        }
        self.looks.push(Look { by: told.by.clone(), object: object.to_owned(), at_us });
        false
    }
}
