//! Commitments: who promised what to whom, until when, and how it stands.
//!
//! Whoever made a commitment versions it; the others answer with commitments of their own. One that
//! follows from an agreement goes to its parties as a paper. What shows that it is met stays here:
//! it names objects of ours.

use std::collections::BTreeMap;

use enlace_policy::roles::Action;
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, OWN, ObjectState, Write};
use jiff::civil::Date;
use serde::Serialize;

use crate::agreement::DAY_US;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::standing::Standing;
use crate::{Actor, Node, NodeError};

/// States in which something is still owed.
const OPEN: &[&str] = &["open", "in-progress", "partly-met", "disputed"];

/// States that its maker may set.
const STATES: &[&str] =
    &["open", "in-progress", "met", "partly-met", "waived", "disputed", "withdrawn"];

/// A commitment to note.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewCommitment<'a> {
    /// Agreement that it follows from: it is shared with its parties.
    pub agreement: Option<&'a str>,
    /// Meeting at which it was made; a commitment with a meeting alone is shared with nobody.
    pub meeting: Option<&'a str>,
    /// What is owed, in one sentence.
    pub obligation: &'a str,
    /// Who owes: `own` (this node), or a party by name, country or key id.
    pub owed_by: &'a str,
    /// To whom; empty = every other party of the agreement.
    pub owed_to: &'a [String],
    /// Day on which it is due: `2026-06-30`, `2026-06`, `2026`, or an instant.
    pub due: Option<&'a str>,
    /// Clause of the agreement.
    pub clause: Option<&'a str>,
    /// Kind (`information`, `answer`, `equipment`, …).
    pub kind: Option<&'a str>,
}

/// A commitment for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommitmentLine {
    /// Id of the object.
    pub id: String,
    /// What is owed.
    pub obligation: String,
    /// Who owes.
    pub owed_by: String,
    /// To whom.
    pub owed_to: Vec<String>,
    /// Id of the agreement that it follows from.
    pub agreement: Option<String>,
    /// Clause of the agreement.
    pub clause: Option<String>,
    /// Day on which it is due, as stated.
    pub due: Option<String>,
    /// `open`, `met`, …
    pub state: String,
    /// Whole days until it is overdue; negative once it is. `None` = nothing is owed any more, or
    /// no day was set.
    pub days_left: Option<i64>,
    /// Still owed after the day due.
    pub overdue: bool,
    /// Who made the commitment, and changes its state.
    pub made_by: String,
    /// Whether that is this node.
    pub own: bool,
    /// What shows that it is met: ids of objects of ours, known here only.
    pub evidence: Vec<String>,
}

impl Node {
    /// Notes a commitment; one under an agreement is sent to its parties.
    pub async fn commitment_add(
        &self,
        actor: &Actor,
        new: NewCommitment<'_>,
    ) -> Result<CommitmentLine, NodeError> {
        actor.require(Action::CommitmentManage)?;
        let standing = match new.agreement {
            Some(name) => Some(self.agreement_named(name).await?),
            None => None,
        };
        if standing.is_none() && new.meeting.is_none() {
            let expected = "an agreement or a meeting";
            let problem = "it follows from nothing";
            return Err(NodeError::input("commitment.basis", problem, "commitment", expected));
        }
        let mut view = self.own_object("commitment")?;
        let mut set = |name: &str, value: Option<&str>| {
            if let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) {
                view.insert(name.to_owned(), value.into());
            }
        };
        set("obligation", Some(new.obligation));
        set("commitment_kind", new.kind);
        set("clause", new.clause);
        set("due_on", new.due);
        set("meeting_ref", new.meeting.filter(|_| standing.is_none()));
        set("agreement_ref", standing.as_ref().map(|s| s.agreement.id.as_str()));
        set("state", Some("open"));
        let parties = self.identities(standing.as_ref()).await?;
        let owed_by = one_of(&parties, new.owed_by)?;
        let owed_to: Vec<String> = match new.owed_to {
            [] => parties.keys().filter(|id| **id != owed_by).cloned().collect(),
            names => names.iter().map(|name| one_of(&parties, name)).collect::<Result<_, _>>()?,
        };
        view.insert("owed_by_ref".to_owned(), owed_by.into());
        view.insert("owed_to_refs".to_owned(), owed_to.into());
        let object = self.sound_commitment(view)?;
        if let Some(due) = new.due
            && end_of(due).is_none()
        {
            let expected = "a day, month or year: 2026-06-30, 2026-06, 2026";
            return Err(NodeError::input("commitment.due", format!("`{due}`"), "due", expected));
        }
        self.keep_commitment(actor, &object, standing.as_ref(), None).await
    }

    /// Commitments, the first due first; of one agreement's lineage or all.
    pub async fn commitment_list(
        &self,
        actor: &Actor,
        agreement: Option<&str>,
    ) -> Result<Vec<CommitmentLine>, NodeError> {
        actor.require(Action::AgreementView)?;
        let lineage = match agreement {
            Some(name) => {
                let standing = self.agreement_named(name).await?;
                let all = self.lineage_of(&standing).await?;
                Some(all.into_iter().map(|s| s.agreement.id.to_string()).collect::<Vec<_>>())
            }
            None => None,
        };
        let mut lines = Vec::new();
        for (channel, object) in self.commitments().await? {
            let about = object.text("agreement_ref").unwrap_or_default();
            if lineage.as_ref().is_none_or(|ids| ids.iter().any(|id| id == about)) {
                lines.push(self.commitment_line(&channel, &object).await?);
            }
        }
        lines.sort_by_key(|l| (l.days_left.unwrap_or(i64::MAX), l.due.clone(), l.id.clone()));
        Ok(lines)
    }

    /// Sets the state of a commitment that we made, with what shows it.
    pub async fn commitment_set(
        &self,
        actor: &Actor,
        id: &str,
        state: &str,
        evidence: &[String],
    ) -> Result<CommitmentLine, NodeError> {
        actor.require(Action::CommitmentManage)?;
        if !STATES.contains(&state) {
            let expected = STATES.join(", ");
            return Err(NodeError::input("commitment.state", format!("`{state}`"), id, expected));
        }
        for shown in evidence {
            if self.store.object(shown, None).await?.is_none() {
                return Err(NodeError::not_found("object", shown));
            }
        }
        let found = self.commitments().await?.into_iter().find(|(_, o)| o.id().as_str() == id);
        let Some((channel, object)) = found else {
            return Err(NodeError::not_found("commitment", id));
        };
        if channel != OWN {
            let by = self.channel_name(&channel).await?;
            let expected = "its maker changes it; make one of your own";
            return Err(NodeError::state("the commitment", format!("made by {by}"), expected));
        }
        let before = object.time("modified").map_or(i64::MIN, |t| t.micros() + 1000);
        let now = Timestamp::from_micros(self.now_us().max(before)).to_millis();
        let mut view = object.view().clone();
        view.insert("modified".to_owned(), now.as_str().into());
        view.insert("state".to_owned(), state.into());
        view.insert("state_since".to_owned(), day(&now).into());
        let object = self.sound_commitment(view)?;
        let standing = match object.text("agreement_ref") {
            Some(about) => Some(self.agreement_named(about).await?),
            None => None,
        };
        let evidence = (!evidence.is_empty()).then_some(evidence);
        self.keep_commitment(actor, &object, standing.as_ref(), evidence).await
    }

    /// Current versions with their channels, as far as their makers may make them: our own, and
    /// those of parties about agreements with them.
    async fn commitments(&self) -> Result<Vec<(String, Object)>, NodeError> {
        let standings = self.standings().await?;
        let mut found = Vec::new();
        for row in self.papers("commitment").await? {
            let Some(read) = self.memo.object(&row.raw) else { continue };
            let about = read.object.text("agreement_ref");
            let party = standings.iter().any(|s| {
                Some(s.agreement.id.as_str()) == about && s.agreement.party(&row.channel).is_some()
            });
            let held = row.state == ObjectState::Held;
            if held && !read.object.revoked() && (row.channel == OWN || party) {
                found.push((row.channel, Object::clone(&read.object)));
            }
        }
        Ok(found)
    }

    fn sound_commitment(
        &self,
        view: serde_json::Map<String, serde_json::Value>,
    ) -> Result<Object, NodeError> {
        let object = Object::from_view(view).map_err(|_| NodeError::Internal("commitment"))?;
        let must = enlace_stix::validate::Level::Must;
        match enlace_stix::validate::object(&object).into_iter().find(|f| f.level == must) {
            Some(f) => Err(NodeError::input("commitment.invalid", f.found, f.path, f.expected)),
            None => Ok(object),
        }
    }

    async fn keep_commitment(
        &self,
        actor: &Actor,
        object: &Object,
        standing: Option<&Standing>,
        evidence: Option<&[String]>,
    ) -> Result<CommitmentLine, NodeError> {
        let row = self.new_object(object, OWN, "this node", ObjectState::Held);
        let mut writes = vec![Write::Object(Box::new(row)), self.own_envelope(object)?];
        if let Some(evidence) = evidence {
            let mut all = self.evidence(object.id().as_str()).await?;
            all.extend(evidence.iter().cloned());
            all.sort();
            all.dedup();
            writes.push(record::put(Bucket::EVIDENCE, object.id().as_str(), &all, None)?);
        }
        let act = Act::new("commitment").field("commitment", object.id().as_str());
        let act = act.field("state", object.text("state").unwrap_or_default());
        let act = act.field("sha256", hex::encode(object.content_hash()));
        let others = standing.into_iter().flat_map(|s| &s.agreement.draft.parties);
        let others: Vec<_> = others.filter(|p| p.key_id != self.key_id()).collect();
        for party in &others {
            let Some(standing) = standing else { continue };
            let paper = self.paper(object, &standing.agreement, &party.key_id)?;
            writes.push(self.message(&party.key_id, &[paper])?);
            writes.extend(self.channel_leaves(&party.key_id, act.clone(), |a| a.by(actor))?);
        }
        if others.is_empty() {
            writes.push(self.node_leaf(act.by(actor))?);
        }
        self.store.commit(Batch { guards: vec![], writes }).await?;
        self.commitment_line(OWN, object).await
    }

    async fn commitment_line(
        &self,
        channel: &str,
        object: &Object,
    ) -> Result<CommitmentLine, NodeError> {
        let text = |name: &str| object.text(name).map(str::to_owned);
        let names = self.identity_names().await?;
        let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        let state = text("state").unwrap_or_default();
        let due = text("due_on");
        let end = due.as_deref().and_then(end_of).filter(|_| OPEN.contains(&state.as_str()));
        let days_left = end.map(|end| (end - self.now_us()).div_euclid(DAY_US));
        Ok(CommitmentLine {
            id: object.id().to_string(),
            obligation: text("obligation").unwrap_or_default(),
            owed_by: name(object.text("owed_by_ref").unwrap_or_default()),
            owed_to: object.texts("owed_to_refs").map(name).collect(),
            agreement: text("agreement_ref"),
            clause: text("clause"),
            due,
            state,
            days_left,
            overdue: days_left.is_some_and(|days| days < 0),
            made_by: self.channel_name(channel).await?,
            own: channel == OWN,
            evidence: match channel {
                OWN => self.evidence(object.id().as_str()).await?,
                _ => Vec::new(),
            },
        })
    }

    async fn evidence(&self, id: &str) -> Result<Vec<String>, NodeError> {
        let kept = self.store.record(Bucket::EVIDENCE, id).await?;
        Ok(kept.as_ref().map(record::read).transpose()?.unwrap_or_default())
    }

    /// Names by identity: our own and those of all partners.
    async fn identity_names(&self) -> Result<BTreeMap<String, String>, NodeError> {
        let mut names = BTreeMap::from([(self.me.identity_id.clone(), self.me.name.clone())]);
        for (_, _, card) in self.cards().await? {
            names.insert(card.identity_id().to_owned(), card.name.clone());
        }
        Ok(names)
    }

    /// Who may owe and be owed: the parties of the agreement, else we and every partner; by
    /// identity, with the words by which each is named.
    async fn identities(
        &self,
        standing: Option<&Standing>,
    ) -> Result<BTreeMap<String, Vec<String>>, NodeError> {
        let mut found = BTreeMap::new();
        let own = vec!["own".to_owned(), self.me.name.clone(), self.key_id().to_owned()];
        found.insert(self.me.identity_id.clone(), own);
        for (key_id, _, card) in self.cards().await? {
            let party = standing.is_none_or(|s| s.agreement.party(&key_id).is_some());
            if party {
                let words = vec![card.name.clone(), card.country.clone(), key_id];
                found.insert(card.identity_id().to_owned(), words);
            }
        }
        Ok(found)
    }
}

fn one_of(parties: &BTreeMap<String, Vec<String>>, name: &str) -> Result<String, NodeError> {
    let fits = |words: &&Vec<String>| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    let mut found = parties.iter().filter(|(_, words)| fits(words)).map(|(id, _)| id.clone());
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => {
            let expected = "`own` (this node), or one party by its name, country or key id";
            Err(NodeError::input("commitment.party", format!("`{name}`"), "party", expected))
        }
    }
}

/// The first instant after a day, month or year, or the instant itself.
fn end_of(text: &str) -> Option<i64> {
    if text.len() > 10 {
        return text.parse::<Timestamp>().ok().map(|t| t.micros());
    }
    let mut parts = text.split('-').map(str::parse::<i16>);
    let year = parts.next()?.ok()?;
    let month = parts.next().transpose().ok()?;
    let day = parts.next().transpose().ok()?;
    let small = |n: i16| i8::try_from(n).ok();
    let first = Date::new(year, small(month.unwrap_or(1))?, small(day.unwrap_or(1))?).ok()?;
    let next = match (month, day) {
        (_, Some(_)) => first.tomorrow().ok()?,
        (Some(_), None) => first.last_of_month().tomorrow().ok()?,
        (None, None) => first.last_of_year().tomorrow().ok()?,
    };
    let zoned = next.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_microsecond())
}

fn day(time: &Timestamp) -> String {
    time.as_str().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_month_or_year_is_over_when_the_next_one_begins() {
        let at = |text: &str| end_of(text).map(|us| Timestamp::from_micros(us).to_millis());
        let shown = |text: &str| at(text).map(|t| t.to_string());
        assert_eq!(shown("2026-06-30").as_deref(), Some("2026-07-01T00:00:00.000Z"));
        assert_eq!(shown("2026-12").as_deref(), Some("2027-01-01T00:00:00.000Z"));
        assert_eq!(shown("2024-02").as_deref(), Some("2024-03-01T00:00:00.000Z"));
        assert_eq!(shown("2026").as_deref(), Some("2027-01-01T00:00:00.000Z"));
        assert_eq!(shown("2026-06-30T12:00:00Z").as_deref(), Some("2026-06-30T12:00:00.000Z"));
        for wrong in ["", "soon", "2026-13", "2026-02-30", "2026-06-30-01x"] {
            assert_eq!(end_of(wrong), None, "{wrong}");
        }
    }
}
