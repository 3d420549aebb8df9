//! A partner's warning: taken without an agreement and without a verdict, answered at once, kept
//! for the protection of life only.

use std::collections::BTreeMap;

use enlace_policy::danger as terms;
use enlace_stix::{Object, validate, version};
use enlace_store::{ObjectState, Write};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::Step;
use crate::version::Ahead;
use crate::{Node, NodeError};

/// Longest warning that is taken, in bytes.
const LONGEST: usize = 256 << 10;
/// What may come with a warning.
const TAKEN: &[&str] = &[
    "aircraft",
    "identity",
    "location",
    "marking-definition",
    "phone-number",
    "vehicle",
    "vessel",
];

/// A warning that arrived; its text stands in the object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Arrived {
    pub(super) partner: String,
    pub(super) reason: String,
    pub(super) objects: Vec<String>,
    pub(super) received_us: i64,
    pub(super) withdrawn_us: Option<i64>,
    pub(super) seen: Option<Step>,
}

impl Arrived {
    pub(super) fn put(&self, id: &str) -> Result<Write, NodeError> {
        record::put(Bucket::DANGER_IN, &format!("{}/{id}", self.partner), self, None)
    }
}

impl Node {
    /// The rule that a warning or a notice breaks. Depends on nothing but what this partner sent
    /// and what we warned it of.
    pub(crate) async fn danger_out_of_place(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        if object.raw().len() > LONGEST {
            return Ok(Some("exchange.paper-too-long"));
        }
        let answers = object.text("warning_ref").filter(|_| object.kind() == "danger-notice");
        if let Some(warning) = answers {
            let ours = self.danger_sent(warning).await;
            let ours = ours.is_ok_and(|(_, sent)| sent.partner == partner);
            return Ok(if ours { None } else { Some("exchange.out-of-place") });
        }
        self.too_many_papers(partner, object).await
    }

    /// What follows from a warning or a notice that is kept.
    pub(crate) async fn danger_writes(
        &self,
        partner: &str,
        object: &Object,
        arrival: version::Arrival,
    ) -> Result<Vec<Write>, NodeError> {
        match object.kind() {
            // It was taken back, or a later one came, before it arrived: nothing of it is held.
            "danger-to-life" if !arrival.leads() => Ok(Vec::new()),
            "danger-to-life" if object.revoked() => self.danger_withdrawn(partner, object).await,
            "danger-to-life" => self.danger_arrived(partner, object).await,
            _ => self.danger_noticed(object),
        }
    }

    async fn danger_arrived(
        &self,
        partner: &str,
        warning: &Object,
    ) -> Result<Vec<Write>, NodeError> {
        let sender = self.channel_name(partner).await?;
        let (mut writes, mut ahead) = (Vec::new(), Ahead::default());
        let (mut definitions, mut kept) = (BTreeMap::new(), Vec::new());
        let came = warning.get("objects").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut came: Vec<Object> =
            came.into_iter().filter_map(|value| acceptable(warning, value)).collect();
        came.sort_by_key(|object| object.kind() != "marking-definition");
        for object in came {
            // What contradicts an earlier version is shown in the warning and kept nowhere else.
            let arrival = self.foresee(&mut ahead, partner, &object).await?;
            if arrival.fault().is_some() {
                continue;
            }
            let mut row = self.new_object(&object, partner, &sender, ObjectState::Held);
            row.foreseen = Some(arrival);
            writes.push(Write::Object(Box::new(row)));
            let days = Some(Some(terms::RETENTION_DAYS));
            writes.extend(self.review_write(&object, &definitions, days).await?);
            match object.kind() {
                "marking-definition" => {
                    definitions.insert(object.id().to_string(), object);
                }
                _ => kept.push(object.id().to_string()),
            }
        }
        writes.extend(
            self.review_write(warning, &definitions, Some(Some(terms::RETENTION_DAYS))).await?,
        );
        let id = warning.id().as_str();
        let before = self.store.record(Bucket::DANGER_IN, &format!("{partner}/{id}")).await?;
        if let Some(before) = before {
            // A later version: what came with the earlier one goes with it when it is taken back.
            kept.extend(record::read::<Arrived>(&before)?.objects);
            kept.sort();
            kept.dedup();
        }
        let arrived = Arrived {
            partner: partner.to_owned(),
            reason: warning.text("reason").unwrap_or_default().to_owned(),
            objects: kept,
            received_us: self.now_us(),
            withdrawn_us: None,
            seen: None,
        };
        writes.push(arrived.put(id)?);
        writes.extend(self.danger_answer(partner, warning, "received")?);
        Ok(writes)
    }

    /// A partner took its warning back: text and objects go, the answer goes back.
    async fn danger_withdrawn(
        &self,
        partner: &str,
        warning: &Object,
    ) -> Result<Vec<Write>, NodeError> {
        let id = warning.id().as_str();
        let mut writes = Vec::new();
        let key = format!("{partner}/{id}");
        let (channel, now_us) = (partner.to_owned(), self.now_us());
        if let Some(found) = self.store.record(Bucket::DANGER_IN, &key).await? {
            let mut arrived: Arrived = record::read(&found)?;
            for object in &arrived.objects {
                writes.push(Write::Purge { channel: channel.clone(), id: object.clone() });
                writes.extend(self.note_deletions(object, Some(partner)).await?);
            }
            arrived.withdrawn_us = Some(now_us);
            // That it was taken back is news.
            arrived.seen = None;
            writes.push(arrived.put(id)?);
        }
        writes.extend(self.note_deletions(id, Some(partner)).await?);
        writes.push(Write::Purge { channel, id: id.to_owned() });
        writes.extend(self.danger_answer(partner, warning, "purged")?);
        let act = Act::new("erasure").field("object", id).field("reason", "recalled");
        writes.extend(self.channel_leaves(partner, act, |act| act)?);
        Ok(writes)
    }

    /// A partner's answer to a warning of ours; what it tells as an originator stands by itself. In
    /// a record of its own, so that no answer undoes what a person decides meanwhile.
    fn danger_noticed(&self, notice: &Object) -> Result<Vec<Write>, NodeError> {
        let Some(warning) = notice.text("warning_ref") else { return Ok(Vec::new()) };
        let answer = match notice.text("notice") {
            Some(answer @ ("received" | "purged")) => answer,
            _ => return Ok(Vec::new()),
        };
        let key = format!("{warning}/{answer}");
        Ok(vec![record::put(Bucket::DANGER_ANSWER, &key, &self.now_us(), None)?])
    }

    fn danger_answer(
        &self,
        partner: &str,
        warning: &Object,
        notice: &str,
    ) -> Result<Vec<Write>, NodeError> {
        let mut view = self.own_object("danger-notice")?;
        view.insert("notice".to_owned(), notice.into());
        view.insert("warning_ref".to_owned(), warning.id().as_str().into());
        let paper = self.danger_paper(view, partner)?;
        let act = Act::new("danger-notice").field("notice", notice);
        let act = act.field("warning", warning.id().as_str());
        let mut writes = vec![self.message(partner, &[paper])?];
        writes.extend(self.channel_leaves(partner, act, |act| act)?);
        Ok(writes)
    }
}

/// An object of a warning, if it is a valid one of the warning's own sender.
fn acceptable(warning: &Object, value: Value) -> Option<Object> {
    let Value::Object(view) = value else { return None };
    let object = Object::from_view(view).ok()?;
    let creator = object.text("created_by_ref");
    let own = creator.is_none_or(|id| Some(id) == warning.text("created_by_ref"));
    let must = |f: &validate::Finding| f.level == validate::Level::Must;
    let valid = !validate::object(&object).iter().any(must);
    (own && valid && TAKEN.contains(&object.kind())).then_some(object)
}
