//! What became of a partner's object here, said to its originator; and what partners said to us.
//!
//! One way for a recall, the end of the retention and a correction: the text goes, or is restricted
//! where a legal hold covers it, and an answer goes back. The answer names classes of copies and
//! states, never counts, people or third parties (docs/design/recall.md).

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::Agreement;
use enlace_policy::roles::Role;
use enlace_stix::Object;
use enlace_store::{ObjectRow, ObjectState, RecordQuery, Twin, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::flow::NODE;
use crate::ledger_log::Act;
use crate::recall::{self, RecallRecord, key};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Most partners that got one object on.
const MOST: usize = 10_000;
/// Longest ground that is kept of an answer, in characters.
const LONGEST: usize = 500;
/// Classes of copies and states that an answer may name (schemas/recall-answer.json).
const CLASSES: [&str; 6] =
    ["content", "old-versions", "notes", "alerts", "exports", "onward-copies"];
const STATES: [&str; 4] = ["purged", "restricted", "none", "recalled"];

/// What an answer answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The originator recalled the object.
    #[default]
    Recall,
    /// Its retention ended.
    Retention,
    /// The originator corrected it: the earlier versions go.
    Correction,
}

impl Why {
    /// Name in answers, logs and texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Retention => "retention",
            Self::Correction => "correction",
        }
    }

    /// Name of the reason of an erasure in the log.
    fn of_erasure(self) -> &'static str {
        match self {
            Self::Recall => "recalled",
            Self::Retention => "retention-ended",
            Self::Correction => "corrected",
        }
    }

    /// What an answer says that it answers; nothing = a recall.
    pub(crate) fn of(answer: &Object) -> Self {
        match answer.text("reason") {
            Some("retention") => Self::Retention,
            Some("correction") => Self::Correction,
            _ => Self::Recall,
        }
    }
}

/// What a partner stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// `purged` or `restricted`.
    pub outcome: String,
    /// Ground of a restriction; may be empty.
    pub ground: String,
    /// When the answer came.
    pub at: String,
    /// State by class of copies.
    pub covered: BTreeMap<String, String>,
    /// `modified` of the answer: an earlier one changes nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) version: String,
}

impl Stated {
    fn read(answer: &Object, at: String) -> Self {
        let text = |value: Option<&Value>, allowed: &[&str]| -> Option<String> {
            let said = value.and_then(Value::as_str)?;
            allowed.iter().find(|name| **name == said).map(|name| (*name).to_owned())
        };
        let covered = answer.get("covered").and_then(Value::as_array);
        let covered = covered.into_iter().flatten().filter_map(|one| {
            Some((text(one.get("class"), &CLASSES)?, text(one.get("state"), &STATES)?))
        });
        Self {
            outcome: answer.text("outcome").unwrap_or_default().to_owned(),
            ground: answer.text("ground").unwrap_or_default().chars().take(LONGEST).collect(),
            at,
            covered: covered.collect(),
            version: answer.text("modified").unwrap_or_default().to_owned(),
        }
    }
}

/// An end of retention or a correction of which a partner owes us an answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) original: String,
    pub(crate) twin: String,
    pub(crate) partner: String,
    pub(crate) why: Why,
    pub(crate) by: String,
    pub(crate) at_us: i64,
    /// The record that told of it, for the receipt.
    #[serde(default)]
    pub(crate) record: Option<String>,
    pub(crate) said: Option<Stated>,
}

impl Asked {
    /// That a partner is to answer about a twin that it has, as of now.
    pub(crate) fn about(twin: Twin, why: Why, by: &str, at_us: i64) -> Self {
        let Twin { original, twin, partner, .. } = twin;
        let by = by.to_owned();
        Self { original, twin, partner, why, by, at_us, record: None, said: None }
    }

    pub(crate) fn key(&self) -> String {
        asked_key(&self.partner, &self.twin, self.why)
    }
}

fn asked_key(partner: &str, twin: &str, why: Why) -> String {
    format!("{}/{}", key(partner, twin), why.name())
}

/// The last answer that we gave about a partner's object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Given {
    agreement: String,
    pub(crate) why: Why,
    ground: Option<String>,
    onward: String,
    pub(crate) at_us: i64,
    /// The version that corrected those before it.
    #[serde(default)]
    corrected: Option<String>,
}

impl Given {
    fn covered(&self) -> Vec<(&'static str, &str)> {
        let own = if self.ground.is_some() { "restricted" } else { "purged" };
        if self.why == Why::Correction {
            // What went on shows the object as it is now; its own originator corrects that.
            return vec![("old-versions", own), ("exports", "none")];
        }
        vec![
            ("content", own),
            ("old-versions", own),
            ("notes", own),
            // They bear an id and no content: nothing that proceedings could need.
            ("alerts", "purged"),
            // No function of this node writes a partner's content into a file (docs/design/recall.md).
            ("exports", "none"),
            ("onward-copies", self.onward.as_str()),
        ]
    }
}

/// The partner's object that something is done to.
pub(crate) struct Received<'a> {
    pub(crate) partner: &'a str,
    pub(crate) agreement: &'a Agreement,
    pub(crate) id: &'a str,
}

impl Node {
    /// Takes away what a partner released to us, everywhere, or restricts it for a legal hold; the
    /// answer goes back. What we gave on is recalled before anything else, by itself: a crash in
    /// between leaves less out, never more.
    pub(crate) async fn withdraw_received(
        &self,
        of: &Received<'_>,
        why: Why,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let (partner, id) = (of.partner, of.id);
        let channel = || partner.to_owned();
        let onward = match why {
            Why::Correction => "none".to_owned(),
            _ => {
                self.recall_onward(of).await?;
                self.onward_state(of, None).await?.to_owned()
            }
        };
        let versions = self.store.versions(id).await?;
        let released = versions.iter().any(|row| row.channel == partner);
        // Of what it never released to us it learns nothing, not even that it is restricted.
        let ground = if released { self.legal_ground(id).await? } else { None };
        match (&ground, why) {
            (None, Why::Correction) => {
                writes.push(Write::PurgeEarlier { channel: channel(), id: id.to_owned() });
            }
            (None, _) => {
                writes.push(Write::Purge { channel: channel(), id: id.to_owned() });
                writes.extend(self.note_deletions(id, Some(partner)).await?);
            }
            (Some(_), Why::Correction) => {
                writes.extend(self.restrict_earlier(of, writes).await?);
                writes.push(self.restricted_write(of, why)?);
            }
            (Some(_), _) => {
                let (id, state) = (id.to_owned(), ObjectState::Restricted);
                writes.push(Write::State { channel: channel(), id, version: None, state });
                writes.push(self.restricted_write(of, why)?);
            }
        }
        // What was set aside of it is nobody's to keep, a legal hold covers what was taken in.
        for source in self.names_of(partner).await? {
            writes.push(Write::PurgeAside { source, id: id.to_owned() });
        }
        // Flattened copies are made anew from what is left.
        writes.extend(self.copy_deletions(id, Some(partner)).await?);
        if why != Why::Correction {
            // What was made from it or passed on by consent comes back too.
            writes.extend(self.consent_recalled(partner, id)?);
            let other = |row: &ObjectRow| row.channel != partner && row.state == ObjectState::Held;
            if !versions.iter().any(other) {
                writes.extend(self.alert_deletions(id).await?);
                writes.extend(self.asked_deletions(id).await?);
            }
            writes.extend(self.kept_no_longer(partner, id).await?);
        }
        let kind = if ground.is_some() { "restriction" } else { "erasure" };
        let act = Act::new(kind).field("object", id).field("reason", why.of_erasure());
        let act = match &ground {
            Some(ground) => act.field("ground", ground.as_str()),
            None => act,
        };
        let agreement = of.agreement.id.to_string();
        let corrected = match why {
            Why::Correction => self.corrected_version(of, writes).await?,
            _ => None,
        };
        let at_us = self.now_us();
        let given = Given { agreement, why, ground, onward, at_us, corrected };
        writes.extend(self.answer_writes(of, &given)?);
        writes.extend(self.channel_leaves(partner, act, |a| a)?);
        Ok(())
    }

    /// Names under which what came from a partner was set aside.
    async fn names_of(&self, partner: &str) -> Result<BTreeSet<String>, NodeError> {
        let Some(known) = self.partner(partner).await? else { return Ok(BTreeSet::new()) };
        Ok(BTreeSet::from([known.card()?.name.clone(), known.name]))
    }

    /// The writes that send an answer and remember it.
    fn answer_writes(&self, of: &Received<'_>, given: &Given) -> Result<Vec<Write>, NodeError> {
        let covered: Vec<Value> = given
            .covered()
            .into_iter()
            .map(|(class, state)| json!({ "class": class, "state": state }))
            .collect();
        let outcome = if given.ground.is_some() { "restricted" } else { "purged" };
        let mut view = self.own_object("recall-answer")?;
        view.insert("agreement_ref".to_owned(), of.agreement.id.as_str().into());
        view.insert("object_ref".to_owned(), of.id.into());
        view.insert("outcome".to_owned(), outcome.into());
        view.insert("reason".to_owned(), given.why.name().into());
        view.insert("covered".to_owned(), covered.into());
        if let Some(ground) = &given.ground {
            view.insert("ground".to_owned(), ground.as_str().into());
        }
        let answer = Object::from_view(view).map_err(|_| NodeError::Internal("recall answer"))?;
        let mut writes = Vec::from(self.own_message(of.partner, of.agreement, &answer)?);
        let key = given_key(of.id, of.partner);
        writes.push(record::put(Bucket::GIVEN_ANSWER, &key, given, None)?);
        Ok(writes)
    }

    /// What becomes of a version that arrives although a correction took it back: nobody reads it.
    pub(crate) async fn overtaken(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<Write>, NodeError> {
        let id = object.id().to_string();
        let given = self.given_answer(partner, &id).await?;
        let corrected = given.and_then(|given| given.corrected);
        if corrected.is_none_or(|version| object.version() >= version) {
            return Ok(None);
        }
        let channel = partner.to_owned();
        Ok(Some(match self.legal_ground(&id).await? {
            None => Write::PurgeEarlier { channel, id },
            Some(_) => {
                let (version, state) = (Some(object.version()), ObjectState::Restricted);
                Write::State { channel, id, version, state }
            }
        }))
    }

    /// The last answer that we gave about a partner's object.
    pub(crate) async fn given_answer(
        &self,
        partner: &str,
        id: &str,
    ) -> Result<Option<Given>, NodeError> {
        let kept = self.store.record(Bucket::GIVEN_ANSWER, &given_key(id, partner)).await?;
        kept.as_ref().map(record::read).transpose()
    }

    /// When the retention of a twin at a partner ended, and what the partner stated.
    pub(crate) async fn retention_ended(
        &self,
        partner: &str,
        twin: &str,
    ) -> Result<Option<(String, Option<Stated>)>, NodeError> {
        let key = asked_key(partner, twin, Why::Retention);
        let kept = self.store.record(Bucket::ASKED, &key).await?;
        let asked: Option<Asked> = kept.as_ref().map(record::read).transpose()?;
        Ok(asked.map(|asked| (clock::text(asked.at_us), asked.said)))
    }

    /// Recalls what we gave on of a partner's object. The act of no person: its originator's.
    async fn recall_onward(&self, of: &Received<'_>) -> Result<(), NodeError> {
        let actor = Actor::of(NODE, Role::Console);
        let mut failed = None;
        for twin in self.onward_copies(of.id, Some(of.partner)).await? {
            // A partner at which it fails must not keep it at the others.
            if let Err(error) = self.recall_whole(&actor, twin).await {
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// What became of what we gave on: the worst of what those who got it said. `news`: partner,
    /// twin and outcome of an answer that is not kept yet.
    async fn onward_state(
        &self,
        of: &Received<'_>,
        news: Option<(&str, &str, &str)>,
    ) -> Result<&'static str, NodeError> {
        let mut states = Vec::new();
        for twin in self.onward_twins(of.id, Some(of.partner)).await? {
            let recall = self.recall_of(&twin.partner, &twin.twin).await?;
            let said = match news {
                Some((partner, at, said)) if partner == twin.partner && at == twin.twin => {
                    Some(said.to_owned())
                }
                _ => recall.as_ref().and_then(|r| r.said.as_ref()).map(|s| s.outcome.clone()),
            };
            states.push(match (recall, said.as_deref()) {
                (Some(recall), _) if !recall.fetched => "purged",
                (_, Some("purged")) => "purged",
                (_, Some(_)) => "restricted",
                (_, None) => "recalled",
            });
        }
        let worst = ["recalled", "restricted", "purged"].into_iter();
        Ok(worst.into_iter().find(|state| states.contains(state)).unwrap_or("none"))
    }

    /// Keeps a partner's answer beside what it answers. If it is about what another partner
    /// released to us, that one is told what has changed.
    pub(crate) async fn note_answer(
        &self,
        partner: &str,
        answer: &Object,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let Some(twin) = answer.text("object_ref") else { return Ok(()) };
        let stated = Stated::read(answer, clock::text(self.now_us()));
        let later =
            |held: &Option<Stated>| held.as_ref().is_none_or(|held| held.version <= stated.version);
        let why = Why::of(answer);
        if why == Why::Recall {
            let Some((key, mut recall)) = self.recall_with_answer(partner, twin).await? else {
                return Ok(());
            };
            if later(&recall.said) {
                let news = (partner, twin, stated.outcome.as_str());
                self.pass_answer_on(&recall.original, news, writes).await?;
                recall.answer = Some(format!("{}, {}", stated.outcome, stated.at));
                recall.said = Some(stated);
                writes.push(record::put(Bucket::RECALL, &key, &recall, None)?);
            }
            return Ok(());
        }
        let kept = self.store.record(Bucket::ASKED, &asked_key(partner, twin, why)).await?;
        let asked: Option<Asked> = kept.as_ref().map(record::read).transpose()?;
        let asked = match asked {
            Some(asked) => Some(asked),
            // Its clock was before ours.
            None => {
                let found = self.released_twins(partner, twin).await?.pop();
                found.map(|found| Asked::about(found, why, NODE, self.now_us()))
            }
        };
        if let Some(mut asked) = asked.filter(|asked| later(&asked.said)) {
            asked.said = Some(stated);
            writes.push(record::put(Bucket::ASKED, &asked.key(), &asked, None)?);
        }
        Ok(())
    }

    /// The recall that a partner answers: its own, else that from one of its persons.
    async fn recall_with_answer(
        &self,
        partner: &str,
        twin: &str,
    ) -> Result<Option<(String, RecallRecord)>, NodeError> {
        if let Some(recall) = self.recall_of(partner, twin).await? {
            return Ok(Some((key(partner, twin), recall)));
        }
        let prefix = recall::key_of_person(partner, twin, "");
        let query =
            RecordQuery { bucket: Bucket::RECALL, prefix, limit: 1, ..RecordQuery::default() };
        let found = self.store.records(query).await?.pop();
        found.map(|kept| Ok((kept.key.clone(), record::read(&kept)?))).transpose()
    }

    /// Whether a partner has cause to say what it says: it answers a recall or correction that it
    /// was told of, or the end of the retention of something that it fetched. Who never fetched was
    /// told of nothing: ids of observables can be guessed.
    pub(crate) async fn answer_in_place(
        &self,
        partner: &str,
        answer: &Object,
    ) -> Result<bool, NodeError> {
        let twin = answer.text("object_ref").unwrap_or_default();
        let why = Why::of(answer);
        match why {
            Why::Recall => {
                let found = self.recall_with_answer(partner, twin).await?;
                Ok(found.is_some_and(|(_, recall)| recall.fetched))
            }
            Why::Correction => {
                let key = asked_key(partner, twin, why);
                Ok(self.store.record(Bucket::ASKED, &key).await?.is_some())
            }
            Why::Retention => {
                let recalled = self.recall_of(partner, twin).await?;
                let told = recalled.is_some_and(|recall| recall.fetched);
                for found in self.released_twins(partner, twin).await? {
                    if told || self.was_fetched(&found).await? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// Whether a record told this partner of a correction; its receipt says nothing more.
    pub(crate) async fn told_of_correction(
        &self,
        partner: &str,
        record: &str,
    ) -> Result<bool, NodeError> {
        let told = self.records_of(Bucket::ASKED, format!("{partner}/")).await?;
        let told: Vec<Asked> = told.iter().map(record::read).collect::<Result<_, _>>()?;
        Ok(told.iter().any(|asked| asked.record.as_deref() == Some(record)))
    }

    /// What a partner knows under an id, under every agreement.
    async fn released_twins(&self, partner: &str, twin: &str) -> Result<Vec<Twin>, NodeError> {
        let mut twins = self.store.twins_of(twin).await?;
        twins.retain(|found| found.partner == partner && found.twin == twin);
        Ok(twins)
    }

    /// Tells those from whom we had an object that they took back what has become of the copies
    /// that went on; only if it is something else than they know.
    async fn pass_answer_on(
        &self,
        id: &str,
        news: (&str, &str, &str),
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let query = RecordQuery {
            bucket: Bucket::GIVEN_ANSWER,
            prefix: format!("{id}/"),
            limit: MOST,
            ..RecordQuery::default()
        };
        for found in self.store.records(query).await? {
            let mut given: Given = record::read(&found)?;
            let Some((_, partner)) = found.key.rsplit_once('/') else { continue };
            let standing = self.agreement_named(&given.agreement).await?;
            let of = Received { partner, agreement: &standing.agreement, id };
            let state = self.onward_state(&of, Some(news)).await?;
            if given.why == Why::Correction || given.onward == state {
                continue;
            }
            state.clone_into(&mut given.onward);
            writes.extend(self.answer_writes(&of, &given)?);
        }
        Ok(())
    }

    /// Answers anew, after a legal hold ended: the object is gone now.
    pub(crate) async fn purge_restricted(
        &self,
        of: &Received<'_>,
        why: Why,
    ) -> Result<Vec<Write>, NodeError> {
        let mut writes = Vec::new();
        self.withdraw_received(of, why, &mut writes).await?;
        writes.push(self.unrestricted_write(of));
        Ok(writes)
    }
}

fn given_key(id: &str, partner: &str) -> String {
    format!("{id}/{partner}")
}

#[cfg(test)]
mod tests;
