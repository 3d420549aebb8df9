//! Stopping an agreement, going on, ending it: said by one party alone, at any time, without
//! anybody's approval (docs/design/agreements.md).

use std::collections::HashMap;

use enlace_policy::roles::Action;
use enlace_policy::{AgreementState, Said};
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, Guard, OWN, ObjectState, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::standing::{Standing, rests};
use crate::{Actor, AgreementLine, Node, NodeError, paper};

/// Most lineages that are suspended in silence at once.
const MOST: usize = 100_000;

/// Our silent suspension of a lineage: no paper tells of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Silence {
    pub(crate) by: String,
    pub(crate) at_us: i64,
    pub(crate) ground: Option<String>,
}

/// What goes with a statement about an agreement.
#[derive(Debug, Clone, Copy, Default)]
pub struct Words<'a> {
    /// From when on it counts, a STIX timestamp or a date; `None` = at once.
    pub effective: Option<&'a str>,
    /// What the other parties are told about it.
    pub note: Option<&'a str>,
    /// The reason, for our own log only.
    pub ground: Option<&'a str>,
}

impl Node {
    /// Suspends every version of an agreement's lineage that is not over: nothing leaves under it
    /// until we resume, here at once, at the others when they hear of it.
    pub async fn agreement_suspend(
        &self,
        actor: &Actor,
        name: &str,
        words: Words<'_>,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSuspend)?;
        let standing = self.agreement_named(name).await?;
        let mut due = self.alive(&standing).await?;
        due.retain(|s| !rests(s, self.key_id(), self.now_us()));
        if due.is_empty() {
            return Err(nothing_to_do(&standing, "nothing of it is in force or coming"));
        }
        self.say(actor, &standing, due, Said::Suspended, words, Vec::new()).await
    }

    /// Suspends a lineage without telling anybody: nothing new leaves, what the others had they
    /// still see, and what they send is taken as before.
    pub async fn agreement_suspend_silently(
        &self,
        actor: &Actor,
        name: &str,
        ground: Option<&str>,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSuspend)?;
        let standing = self.agreement_named(name).await?;
        if standing.silence.is_some() {
            return Err(nothing_to_do(&standing, "it is suspended in silence already"));
        }
        let silence = Silence {
            by: actor.account().to_owned(),
            at_us: self.now_us(),
            ground: ground.map(str::to_owned),
        };
        let lineage = standing.agreement.lineage.as_str();
        let act = Act::new("policy-changed").by(actor).field("lineage", lineage);
        let act = act.field("change", "suspended-silently");
        let act = match ground {
            Some(ground) => act.field("ground", ground),
            None => act,
        };
        let writes = vec![
            record::put(Bucket::SILENCE, lineage, &silence, None)?,
            self.stop_write()?,
            self.node_leaf(act)?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        self.line_of(standing.agreement.id.as_str()).await
    }

    /// Ends our own suspensions of a lineage, also the silent one. Those of others stay.
    pub async fn agreement_resume(
        &self,
        actor: &Actor,
        name: &str,
        words: Words<'_>,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSign)?;
        let standing = self.agreement_named(name).await?;
        let mut due = self.lineage_of(&standing).await?;
        due.retain(|s| rests(s, self.key_id(), i64::MAX) && s.agreed != AgreementState::Terminated);
        let mut writes = Vec::new();
        if standing.silence.is_some() {
            let lineage = standing.agreement.lineage.as_str();
            writes.push(Write::Delete { bucket: Bucket::SILENCE, key: lineage.to_owned() });
            let act = Act::new("policy-changed").by(actor).field("lineage", lineage);
            writes.push(self.node_leaf(act.field("change", "resumed-silently"))?);
        }
        if due.is_empty() && writes.is_empty() {
            return Err(nothing_to_do(&standing, "we have not suspended it: only who did resumes"));
        }
        self.say(actor, &standing, due, Said::Resumed, words, writes).await
    }

    /// Ends every version of a lineage that is not over, for good.
    pub async fn agreement_terminate(
        &self,
        actor: &Actor,
        name: &str,
        words: Words<'_>,
    ) -> Result<AgreementLine, NodeError> {
        actor.require(Action::AgreementSign)?;
        let standing = self.agreement_named(name).await?;
        let due = self.alive(&standing).await?;
        if due.is_empty() {
            return Err(nothing_to_do(&standing, "it is over already"));
        }
        self.say(actor, &standing, due, Said::Terminated, words, Vec::new()).await
    }

    /// All versions of an agreement's lineage.
    pub(crate) async fn lineage_of(&self, standing: &Standing) -> Result<Vec<Standing>, NodeError> {
        let mut all = self.standings().await?;
        all.retain(|s| s.agreement.lineage == standing.agreement.lineage);
        Ok(all)
    }

    /// Versions that are in force or may come to be.
    async fn alive(&self, standing: &Standing) -> Result<Vec<Standing>, NodeError> {
        let mut all = self.lineage_of(standing).await?;
        all.retain(|s| {
            !matches!(
                s.agreed,
                AgreementState::Terminated
                    | AgreementState::Expired
                    | AgreementState::Replaced { .. }
            )
        });
        Ok(all)
    }

    /// One statement a version, sent to its other parties; all or none.
    async fn say(
        &self,
        actor: &Actor,
        standing: &Standing,
        due: Vec<Standing>,
        said: Said,
        words: Words<'_>,
        mut writes: Vec<Write>,
    ) -> Result<AgreementLine, NodeError> {
        let effective = words.effective.map(instant).transpose()?;
        for version in &due {
            let object = self.statement(version, said, words.note, effective.as_ref())?;
            let row = self.new_object(&object, OWN, "this node", ObjectState::Held);
            writes.push(Write::Object(Box::new(row)));
            writes.push(self.own_envelope(&object)?);
            for party in &version.agreement.draft.parties {
                if party.key_id == self.key_id() {
                    continue;
                }
                let paper = self.paper(&object, &version.agreement, &party.key_id)?;
                writes.push(self.message(&party.key_id, &[paper])?);
                let act = changed(&object, said);
                let inside = |act: Act| match words.ground {
                    Some(ground) => act.by(actor).field("ground", ground),
                    None => act.by(actor),
                };
                writes.extend(self.channel_leaves(&party.key_id, act, inside)?);
            }
        }
        writes.push(self.stop_write()?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        self.line_of(standing.agreement.id.as_str()).await
    }

    /// An `agreement-state` object of ours, later than everything that we said before.
    fn statement(
        &self,
        version: &Standing,
        said: Said,
        note: Option<&str>,
        effective: Option<&Timestamp>,
    ) -> Result<Object, NodeError> {
        let own = version.statements.iter().filter(|h| h.statement.by == self.key_id());
        let before = own.map(|h| h.statement.made.micros() + 1000).max().unwrap_or(i64::MIN);
        let now = Timestamp::from_micros(self.now_us().max(before)).to_millis();
        let mut view = self.own_object("agreement-state")?;
        view.insert("created".to_owned(), now.as_str().into());
        view.insert("modified".to_owned(), now.as_str().into());
        view.insert("agreement_ref".to_owned(), version.agreement.id.as_str().into());
        let modified = version.agreement.modified.as_str();
        view.insert("agreement_modified".to_owned(), modified.into());
        view.insert("state".to_owned(), said.name().into());
        if let Some(effective) = effective {
            view.insert("effective".to_owned(), effective.as_str().into());
        }
        if let Some(note) = note {
            view.insert("note".to_owned(), note.into());
        }
        Object::from_view(view).map_err(|_| NodeError::Internal("statement"))
    }

    /// The write that tells a request in flight that something stopped or went on: what it is about
    /// to hand out is looked at again ([`crate::backend`]).
    pub(crate) fn stop_write(&self) -> Result<Write, NodeError> {
        record::put(Bucket::NODE, STOPS, &self.now_us(), None)
    }

    /// Holds for as long as no agreement was signed, stopped or amended and nobody held anything back.
    pub(crate) async fn nothing_stopped(&self) -> Result<Guard, NodeError> {
        self.as_it_is(Bucket::NODE, STOPS).await
    }

    pub(crate) async fn silences(&self) -> Result<HashMap<String, Silence>, NodeError> {
        let query = RecordQuery { bucket: Bucket::SILENCE, limit: MOST, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }

    async fn line_of(&self, id: &str) -> Result<AgreementLine, NodeError> {
        let standing = self.agreement_named(id).await?;
        Ok(self.agreement_line(&standing))
    }
}

/// Key of the record that grows with every stop and resumption.
const STOPS: &str = "stops";

/// The act that a statement is, as both sides know it.
pub(crate) fn changed(object: &Object, said: Said) -> Act {
    let about = object.text("agreement_ref").unwrap_or_default();
    let act = Act::new("agreement-changed").field("agreement", about).field("state", said.name());
    act.field("paper", paper::key(object)).field("sha256", hex::encode(object.content_hash()))
}

fn nothing_to_do(standing: &Standing, expected: &str) -> NodeError {
    NodeError::state("the agreement", standing.agreed.name(), expected)
}

/// A STIX timestamp, or a date: its first instant in UTC.
fn instant(text: &str) -> Result<Timestamp, NodeError> {
    let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    full.parse().map_err(|_| {
        let expected = "a date such as 2026-01-01, or a time in UTC";
        NodeError::input("agreement.effective", format!("`{text}`"), "--effective", expected)
    })
}
