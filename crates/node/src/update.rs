//! Changes that partners would see: noticed from the order of the store, kept until the slot.
//!
//! Nothing is decided here. Each original that changed and that a partner has, and each that a
//! standing rule may select, waits for the partner's next slot; `flow.rs` plans it there. If the
//! partner would see the same bytes, nothing is emitted.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::AgreementState;
use enlace_policy::roles::Action;
use enlace_store::{
    Batch, OWN, ObjectQuery, ObjectRow, ObjectState, RecordQuery, StoreError, Write,
};
use serde::{Deserialize, Serialize};

use crate::record::{self, Bucket};
use crate::slot::DEFAULT_MINUTES;
use crate::standing::Standing;
use crate::{Actor, Node, NodeError, clock};

/// Rows looked at in one transaction.
const ROWS: usize = 500;

/// Where in the order of the store the next look begins.
const EXAMINED: &str = "examined";

/// An original that a partner may have to see anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Update {
    pub(crate) partner: String,
    pub(crate) lineage: String,
    pub(crate) original: String,
    pub(crate) slot_us: i64,
    /// The standing rule that selects it; `None`: the partner has it already.
    pub(crate) rule: Option<String>,
    pub(crate) stage: UpdateStage,
}

/// Where an update stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UpdateStage {
    /// For the slot.
    Waiting,
    /// For a person: it shows what nobody decided on; drafted as this release.
    Drafted(String),
    /// For a person: it may no longer leave, by these clauses; what the partner has, it has until
    /// somebody recalls it.
    MayNotLeave(Vec<String>),
}

/// An update for lists.
#[derive(Debug, Clone, Serialize)]
pub struct UpdateLine {
    /// The original.
    pub object: String,
    /// Name of the partner.
    pub partner: String,
    /// Key id of the partner; for pages.
    #[serde(skip)]
    pub partner_key: String,
    /// Lineage of the agreement.
    pub lineage: String,
    /// Standing rule that selected it, if one did.
    pub rule: Option<String>,
    /// What that rule reads and the agreement does not release whole: that it selected tells it, so
    /// a person decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
    /// `waiting`, `drafted` or `may-not-leave`.
    pub state: &'static str,
    /// When it becomes visible, if it is waiting.
    pub slot: Option<String>,
    /// The draft that a person has to approve.
    pub release: Option<String>,
    /// Clauses by which it may no longer leave: recall it, or leave it with the partner.
    pub clauses: Vec<String>,
}

/// A rule of an agreement in force, for one partner.
struct Rule {
    partner: String,
    lineage: String,
    minutes: u32,
    name: String,
    kind: String,
}

impl Update {
    pub(crate) fn key(&self) -> String {
        crate::sent::key(&self.partner, &self.lineage, &self.original)
    }

    /// The write that keeps it; a job looks at it when it is due.
    pub(crate) fn put(&self) -> Result<Write, NodeError> {
        let due = (self.stage == UpdateStage::Waiting).then_some(self.slot_us);
        record::put(Bucket::UPDATE, &self.key(), self, due)
    }

    pub(crate) fn delete(&self) -> Write {
        Write::Delete { bucket: Bucket::UPDATE, key: self.key() }
    }
}

impl Node {
    /// Updates that wait for their slot or for a person. Of what the actor does not see, nothing.
    pub async fn update_list(&self, actor: &Actor) -> Result<Vec<UpdateLine>, NodeError> {
        actor.require(Action::ReleaseView)?;
        self.examine().await?;
        let query =
            RecordQuery { bucket: Bucket::UPDATE, limit: 100_000, ..RecordQuery::default() };
        let hidden = self.hidden(&self.view_of(actor).await?.with_overdue()).await?;
        let standings = self.standings().await?;
        let mut lines = Vec::new();
        for found in self.store.records(query).await? {
            let update: Update = record::read(&found)?;
            if !hidden.contains(&update.original) {
                lines.push(self.update_line(update, &standings).await?);
            }
        }
        Ok(lines)
    }

    async fn update_line(
        &self,
        update: Update,
        standings: &[Standing],
    ) -> Result<UpdateLine, NodeError> {
        let waiting = update.stage == UpdateStage::Waiting;
        let reads = reads(&update, standings);
        let (state, release, clauses) = match update.stage {
            UpdateStage::Waiting => ("waiting", None, Vec::new()),
            UpdateStage::Drafted(release) => ("drafted", Some(release), Vec::new()),
            UpdateStage::MayNotLeave(clauses) => ("may-not-leave", None, clauses),
        };
        Ok(UpdateLine {
            object: update.original,
            partner: self.channel_name(&update.partner).await?,
            partner_key: update.partner,
            reads,
            lineage: update.lineage,
            rule: update.rule,
            state,
            slot: waiting.then(|| clock::text(update.slot_us)),
            release,
            clauses,
        })
    }

    /// Looks at every held object anew in the next round: after a change of policy another set may
    /// leave.
    pub(crate) fn examine_again(&self) -> Result<Write, NodeError> {
        record::put(Bucket::NODE, EXAMINED, &0_i64, None)
    }

    /// Notices what changed since the last look.
    pub(crate) async fn examine(&self) -> Result<(), NodeError> {
        let standings = self.standings().await?;
        let rules = self.rules_of(&standings);
        let minutes: BTreeMap<&str, u32> =
            standings.iter().map(|s| (s.agreement.lineage.as_str(), minutes_of(s))).collect();
        loop {
            let kept = self.store.record(Bucket::NODE, EXAMINED).await?;
            let after: i64 = kept.as_ref().map(record::read).transpose()?.unwrap_or_default();
            if after == 0 {
                self.withdraw_unseen().await?;
            }
            let query = ObjectQuery {
                channel: Some(OWN.to_owned()),
                state: Some(ObjectState::Held),
                after: Some(after),
                limit: ROWS,
                ..ObjectQuery::default()
            };
            let rows = self.store.objects(query).await?;
            let Some(last) = rows.last().map(|row| row.row) else { return Ok(()) };
            let mut writes = vec![record::put(Bucket::NODE, EXAMINED, &last, None)?];
            for row in &rows {
                self.notice(row, &rules, &minutes, &mut writes).await?;
            }
            // Two processes that look at once: the second begins again where the first ended.
            let guard = record::as_read(Bucket::NODE, EXAMINED, kept.as_ref());
            match self.store.commit(Batch { guards: vec![guard], writes }).await {
                Err(StoreError::Guard { .. }) => {}
                done => {
                    done?;
                }
            }
        }
    }

    /// The writes that have these originals looked at in the next slot, as if they had changed.
    pub(crate) async fn look_again(
        &self,
        originals: &BTreeSet<String>,
    ) -> Result<Vec<Write>, NodeError> {
        let standings = self.standings().await?;
        let rules = self.rules_of(&standings);
        let minutes: BTreeMap<&str, u32> =
            standings.iter().map(|s| (s.agreement.lineage.as_str(), minutes_of(s))).collect();
        let mut writes = Vec::new();
        for id in originals {
            let row = self.store.object(id, Some(OWN)).await?;
            if let Some(row) = row.filter(|row| row.state == ObjectState::Held) {
                self.notice(&row, &rules, &minutes, &mut writes).await?;
            }
        }
        Ok(writes)
    }

    async fn notice(
        &self,
        row: &ObjectRow,
        rules: &[Rule],
        minutes: &BTreeMap<&str, u32>,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let twins = self.store.twins_of(&row.id).await?;
        let mut has = Vec::new();
        for twin in twins.into_iter().filter(|twin| twin.original == row.id) {
            if !twin.recalled {
                let minutes = minutes.get(twin.lineage.as_str()).copied();
                let minutes = minutes.unwrap_or(DEFAULT_MINUTES);
                self.wait(&twin.partner, &twin.lineage, &row.id, None, minutes, writes).await?;
            }
            has.push((twin.partner, twin.lineage));
        }
        for rule in rules.iter().filter(|rule| rule.kind == row.kind) {
            if !has.iter().any(|(p, l)| *p == rule.partner && *l == rule.lineage) {
                let (partner, lineage, name) = (&rule.partner, &rule.lineage, &rule.name);
                self.wait(partner, lineage, &row.id, Some(name), rule.minutes, writes).await?;
            }
        }
        Ok(())
    }

    /// Queues for the next slot what is not queued yet: a second change does not postpone the
    /// first.
    pub(crate) async fn wait(
        &self,
        partner: &str,
        lineage: &str,
        original: &str,
        rule: Option<&str>,
        minutes: u32,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let update = Update {
            partner: partner.to_owned(),
            lineage: lineage.to_owned(),
            original: original.to_owned(),
            slot_us: self.next_slot(partner, lineage, minutes, self.now_us()),
            rule: rule.map(str::to_owned),
            stage: UpdateStage::Waiting,
        };
        let queued = self.store.record(Bucket::UPDATE, &update.key()).await?;
        let queued: Option<Update> = queued.as_ref().map(record::read).transpose()?;
        if queued.is_none_or(|q| q.stage != UpdateStage::Waiting) {
            writes.push(update.put()?);
        }
        Ok(())
    }

    fn rules_of(&self, standings: &[Standing]) -> Vec<Rule> {
        let mut rules = Vec::new();
        for standing in standings.iter().filter(|s| s.state == AgreementState::Active) {
            let agreement = &standing.agreement;
            let partners = agreement.draft.parties.iter().filter(|p| p.key_id != self.key_id());
            for partner in partners {
                rules.extend(agreement.terms().standing.iter().map(|rule| Rule {
                    partner: partner.key_id.clone(),
                    lineage: agreement.lineage.clone(),
                    minutes: minutes_of(standing),
                    name: rule.name.clone(),
                    kind: rule.kind.clone(),
                }));
            }
        }
        rules
    }
}

/// What the rule that selected an update reads and the agreement does not release whole.
fn reads(update: &Update, standings: &[Standing]) -> Vec<String> {
    let mut of_lineage = standings.iter().filter(|s| s.agreement.lineage == update.lineage);
    let active = of_lineage.find(|s| s.state == AgreementState::Active);
    let Some(terms) = active.map(|standing| standing.agreement.terms()) else { return Vec::new() };
    let rule = terms.standing.iter().find(|rule| Some(&rule.name) == update.rule.as_ref());
    let unreleased = rule.map(|rule| rule.unreleased(terms)).unwrap_or_default();
    unreleased.into_iter().map(str::to_owned).collect()
}

/// Length of the slots of an agreement.
pub(crate) fn minutes_of(standing: &Standing) -> u32 {
    standing.agreement.terms().slots.as_ref().map_or(DEFAULT_MINUTES, |slots| slots.minutes)
}
