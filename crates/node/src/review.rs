//! Review dates: what is overdue is hidden from everybody but reviewers, and does not leave.
//!
//! When an object comes in, its date is worked out from its markings (`review_due`; of our own also
//! `retention_until` and `retention_days`), from the years that the configuration gives for the
//! categories of a person (Directive (EU) 2016/680, Article 5), and for what a partner released
//! from the days of review of the agreement. The earliest counts. From that instant on the object
//! is hidden by its record, without anybody having to run anything. What a partner released goes
//! when its retention ends, whoever would keep it (`expiry.rs`).

use std::collections::BTreeMap;

use enlace_policy::roles::Action;
use enlace_stix::types::definition_id;
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, ObjectState, RecordQuery, Write};
use serde::Serialize;
use serde_json::Value;

use crate::danger::WarningsErased;
use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::view::OVERDUE;
use crate::{Actor, Node, NodeError, clock};

pub(crate) const DAY_US: i64 = 86_400 * 1_000_000;
/// What a handling marking says of the end, by date or in days from now.
pub(crate) const RETENTION: [&str; 2] = ["retention_until", "retention_days"];
const YEAR_DAYS: i64 = 365;
/// Records read at once.
const CHUNK: usize = 10_000;

/// An object that is overdue.
#[derive(Debug, Clone)]
pub struct ReviewLine {
    /// The object.
    pub name: ObjectName,
    /// Since when it is overdue.
    pub due: String,
}

/// What became of the objects of an erasure.
#[derive(Debug, Clone, Serialize)]
pub struct Erased {
    /// The object.
    pub id: String,
    /// Channels whose copies were erased.
    pub channels: Vec<String>,
    /// Warnings of danger to life about it.
    pub warnings: WarningsErased,
}

impl Node {
    /// What is overdue for review, the longest first.
    pub async fn review_list(&self, actor: &Actor) -> Result<Vec<ReviewLine>, NodeError> {
        actor.require(Action::Review)?;
        let view = self.view_of(actor).await?;
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let query = RecordQuery {
                bucket: Bucket::VEIL,
                after,
                due_before_us: Some(self.now_us()),
                limit: CHUNK,
                ..RecordQuery::default()
            };
            let records = self.store.records(query).await?;
            for record in &records {
                let Some((id, OVERDUE)) = record.key.rsplit_once('/') else { continue };
                let row = self.seen(&view, id).await?;
                if let Some(row) = row.filter(|row| row.state == ObjectState::Held) {
                    let due = clock::text(record.due_us.unwrap_or_default());
                    lines.push(ReviewLine { name: self.name_of(&view, &row).await?, due });
                }
            }
            match records.last() {
                Some(last) if records.len() == CHUNK => after = Some(last.key.clone()),
                _ => break,
            }
        }
        let ids: Vec<&str> = lines.iter().map(|line| line.name.id.as_str()).collect();
        let act = Act::new("consultation").by(actor).field("kind", "review");
        self.log_act(act.field("objects", ids)).await?;
        lines.sort_by(|a, b| a.due.cmp(&b.due));
        Ok(lines)
    }

    /// Keeps an object until a later date, for a stated reason.
    pub async fn review_keep(
        &self,
        actor: &Actor,
        id: &str,
        until: &str,
        why: &str,
    ) -> Result<(), NodeError> {
        actor.require(Action::Review)?;
        let row = self.visible(&self.view_of(actor).await?, id).await?;
        let due_us = instant(until).filter(|due| *due > self.now_us());
        let due_us = due_us.ok_or_else(|| {
            let expected = "a day to come: `YYYY-MM-DD`";
            NodeError::input("review.until", "no later date", until, expected)
        })?;
        if why.trim().is_empty() {
            let expected = "why it is still needed";
            return Err(NodeError::input("review.why", "no reason", "--why", expected));
        }
        if let Some(end_us) = self.end_of_retention(&row).await?.filter(|end| due_us >= *end) {
            let expected = format!("a day before its retention ends: {}", clock::text(end_us));
            return Err(NodeError::input("review.until", "beyond the retention", until, expected));
        }
        let key = format!("{}/{OVERDUE}", row.id);
        let act = Act::new("review-kept").by(actor).field("object", row.id.as_str());
        let act = act.field("until", clock::text(due_us)).field("why", why.trim());
        let writes =
            vec![record::put(Bucket::VEIL, &key, &(), Some(due_us))?, self.node_leaf(act)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// Erases every version of an object, in each channel, with text, links and search rows, and the
    /// text of warnings about it. What partners have is recalled first, by its own act.
    pub async fn review_erase(&self, actor: &Actor, id: &str) -> Result<Erased, NodeError> {
        actor.require(Action::Review)?;
        let row = self.visible(&self.view_of(actor).await?, id).await?;
        let key = format!("{}/{OVERDUE}", row.id);
        let due = self.store.record(Bucket::VEIL, &key).await?.and_then(|record| record.due_us);
        if due.is_none_or(|due| due > self.now_us()) || row.id == self.me.identity_id {
            let expected = "an object that is overdue: `enlace review list`";
            return Err(NodeError::state(row.id, "not overdue", expected));
        }
        if self.legal_ground(&row.id).await?.is_some() {
            let expected = "the end of the legal hold: `enlace legal-hold list`";
            return Err(NodeError::state(row.id, "under legal hold", expected));
        }
        if self.at_partners(&row.id).await? {
            let expected = "recalled first: `enlace recall`";
            return Err(NodeError::state(row.id, "at a partner", expected));
        }
        let mut channels: Vec<String> =
            self.store.versions(&row.id).await?.into_iter().map(|v| v.channel).collect();
        channels.sort();
        channels.dedup();
        let purge =
            |channel: &String| Write::Purge { channel: channel.clone(), id: row.id.clone() };
        let mut writes: Vec<Write> = channels.iter().map(purge).collect();
        writes.extend(self.note_deletions(&row.id, None).await?);
        writes.extend(self.copy_deletions(&row.id, None).await?);
        writes.extend(self.asked_deletions(&row.id).await?);
        let (mut guards, mut warnings) = (Vec::new(), WarningsErased::default());
        if let Ok(object) = Object::parse(&row.raw) {
            warnings = self.warnings_without(&object, &mut guards, &mut writes).await?;
        }
        let mut act = Act::new("erasure").by(actor).field("object", row.id.as_str());
        if !warnings.erased.is_empty() {
            act = act.field("warnings", warnings.erased.clone());
        }
        writes.push(self.node_leaf(act.field("reason", "review"))?);
        self.store.commit(Batch { guards, writes }).await?;
        // It is erased; what is left of its document goes now or with the next round.
        if let Err(error) = self.sweep_queued().await {
            tracing::warn!(code = error.code(), "blobs of what was erased");
        }
        self.keep_erasures().await;
        Ok(Erased { id: row.id, channels, warnings })
    }

    /// The definitions of the markings that an object bears, also of those that come with it.
    pub(crate) async fn markings_of(
        &self,
        object: &Object,
        definitions: &BTreeMap<String, Object>,
    ) -> Result<Vec<Object>, NodeError> {
        let mut found = Vec::new();
        for id in markings(object) {
            match definitions.get(id) {
                Some(definition) => found.push(definition.clone()),
                None => {
                    let row = self.store.object(id, None).await?;
                    found.extend(row.and_then(|row| Object::parse(&row.raw).ok()));
                }
            }
        }
        Ok(found)
    }

    /// The write that sets the date of an object that comes in; none where nothing asks for one. A
    /// later version may bring an earlier date, never a later one: that is a reviewer's to say.
    /// `released`: a partner released it, under an agreement with these days of review.
    pub(crate) async fn review_write(
        &self,
        object: &Object,
        definitions: &BTreeMap<String, Object>,
        released: Option<Option<u32>>,
    ) -> Result<Option<Write>, NodeError> {
        let now_us = self.now_us();
        let held = released.flatten();
        let held = held.map(|days| now_us.saturating_add(i64::from(days) * DAY_US));
        let mut due: Vec<i64> = held.into_iter().collect();
        let years = &self.config.review.years;
        due.extend(categories(object).filter_map(|category| {
            let years = i64::from(*years.get(category)?);
            Some(now_us.saturating_add(years * YEAR_DAYS * DAY_US))
        }));
        for definition in self.markings_of(object, definitions).await? {
            due.extend(ends(&definition, &["review_due"], now_us));
            if released.is_none() {
                due.extend(ends(&definition, &RETENTION, now_us));
            }
        }
        let Some(due) = due.into_iter().min() else { return Ok(None) };
        let key = format!("{}/{OVERDUE}", object.id());
        let known = self.store.record(Bucket::VEIL, &key).await?;
        if known.and_then(|k| k.due_us).is_some_and(|known| known <= due) {
            return Ok(None);
        }
        record::put(Bucket::VEIL, &key, &(), Some(due)).map(Some)
    }
}

/// Markings of the whole object but for those of the standard, which bear no date.
fn markings(object: &Object) -> impl Iterator<Item = &str> {
    let listed = object.get("object_marking_refs").and_then(Value::as_array);
    let ids = listed.into_iter().flatten().filter_map(Value::as_str);
    ids.filter(|id| !crate::facts::is_tlp(id))
}

/// Dates of these names that a handling marking sets.
pub(crate) fn ends(definition: &Object, names: &[&str], now_us: i64) -> Vec<i64> {
    let Some(handling) = definition.extension(&definition_id("handling")) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for name in names {
        match handling.get(*name) {
            // A date that cannot be read is overdue: it closes, it never opens.
            Some(Value::String(text)) => found.push(instant(text).unwrap_or(0)),
            Some(Value::Number(days)) => {
                let days = days.as_i64().unwrap_or(0);
                found.push(now_us.saturating_add(days.saturating_mul(DAY_US)));
            }
            _ => {}
        }
    }
    found
}

/// Categories that are stated of a person.
fn categories(object: &Object) -> impl Iterator<Item = &str> {
    let person = object.extension(&definition_id("person"));
    let stated = person.and_then(|p| p.get("subject_categories")).and_then(Value::as_array);
    stated.into_iter().flatten().filter_map(|c| c.get("category").and_then(Value::as_str))
}

/// The instant at which a date begins: `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a timestamp.
fn instant(text: &str) -> Option<i64> {
    let whole = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    whole.parse::<Timestamp>().ok().map(|at| at.micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_begins_with_its_first_instant_and_nonsense_is_none() {
        assert_eq!(instant("1970-01-02"), Some(DAY_US));
        assert_eq!(instant("1970-02"), Some(31 * DAY_US));
        assert_eq!(instant("1970"), Some(0));
        assert_eq!(instant("1970-01-01T00:00:01Z"), Some(1_000_000));
        assert_eq!(instant("soon"), None);
    }
}
