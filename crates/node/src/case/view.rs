//! The case as an account of ours sees it: what it holds, what was released to us, what every side
//! said. Nothing in it tells what another side keeps.

use std::collections::BTreeMap;

use enlace_case::{Side, Stage, TaskState};
use enlace_policy::roles::Action;
use enlace_store::{ObjectState, RecordQuery};
use serde::Serialize;

use super::Held;
use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::record::Bucket;
use crate::view::View;
use crate::{Actor, Node, NodeError, clock};

/// Most cases of a list.
const MOST: usize = 10_000;

/// A case in a list.
#[derive(Debug, Clone, Serialize)]
pub struct CaseLine {
    /// Its id.
    pub id: String,
    /// Number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Purpose.
    pub purpose: String,
    /// Title of the agreement.
    pub agreement: String,
    /// `proposed`, `open`, `alone`, `closed`.
    pub stage: &'static str,
    /// Where our side stands: `asked`, `in`, `declined`, `out`.
    pub ours: &'static str,
    /// Names of the other sides.
    pub sides: Vec<String>,
    /// Tasks of ours that are not done.
    pub tasks: usize,
    /// When it was opened.
    pub opened: String,
}

/// A side with its members.
#[derive(Debug, Clone, Serialize)]
pub struct CaseSide {
    /// Name of the agency.
    pub name: String,
    /// Whether it is ours.
    pub ours: bool,
    /// `asked`, `in`, `declined`, `out`.
    pub state: &'static str,
    /// Members as the side shows them, with role, since when and until when.
    pub members: Vec<(String, String, String, Option<String>)>,
}

/// A task.
#[derive(Debug, Clone, Serialize)]
pub struct CaseTask {
    /// Its id.
    pub id: String,
    /// What is to be done.
    pub title: String,
    /// Who gave it.
    pub by: String,
    /// Who has it.
    pub to: String,
    /// Whether it is ours to do.
    pub ours: bool,
    /// By when.
    pub due: Option<String>,
    /// `given`, `taken`, `done`, `dropped`.
    pub state: &'static str,
}

/// Objects that were released into the case, as far as the account sees them.
#[derive(Debug, Clone)]
pub struct SharedLine {
    /// Who released them.
    pub by: String,
    /// To whom.
    pub to: String,
    /// When it was told.
    pub at: String,
    /// Number of the exhibit; `None`: shared.
    pub exhibit: Option<String>,
    /// The objects.
    pub objects: Vec<ObjectName>,
}

/// A case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Its line.
    pub line: CaseLine,
    /// Every side.
    pub sides: Vec<CaseSide>,
    /// Accounts of ours that work on it.
    pub accounts: Vec<String>,
    /// Tasks.
    pub tasks: Vec<CaseTask>,
    /// What was said: who, when, what.
    pub thread: Vec<(String, String, String)>,
    /// What was released into it.
    pub shared: Vec<SharedLine>,
    /// Our own file: objects of ours beside the case, which nobody else learns of.
    pub filed: Vec<ObjectName>,
    /// Every act that counts: when, who, what.
    pub timeline: Vec<(String, String, &'static str)>,
    /// Acts that count for nothing: the object and the rule.
    pub voided: Vec<(String, &'static str)>,
}

impl Node {
    /// The cases that an account works on or may take part in, the newest first.
    pub async fn case_list(&self, actor: &Actor) -> Result<Vec<CaseLine>, NodeError> {
        let lines = self.cases_of(actor).await?;
        let act = Act::new("consultation").by(actor).field("kind", "cases");
        self.log_act(act.field("count", lines.len())).await?;
        Ok(lines)
    }

    /// The same for the choice on another page, which is logged itself.
    pub async fn cases_of(&self, actor: &Actor) -> Result<Vec<CaseLine>, NodeError> {
        actor.require(Action::CaseWork)?;
        // One record for each case of which anything was told.
        let (bucket, limit) = (Bucket::CASE_END, MOST);
        let query = RecordQuery { bucket, limit, ..RecordQuery::default() };
        let known = self.store.records(query).await?;
        let mut lines = Vec::new();
        for id in known.iter().map(|record| &record.key) {
            match self.case_seen(actor, id).await {
                Ok(held) => lines.push(self.case_line(&held).await?),
                Err(NodeError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        lines.sort_by(|a, b| b.opened.cmp(&a.opened));
        Ok(lines)
    }

    /// One case; the look is logged.
    pub async fn case_show(&self, actor: &Actor, id: &str) -> Result<CaseView, NodeError> {
        let held = self.case_seen(actor, id).await?;
        let view = self.view_of(actor).await?;
        let names = self.side_names(&held).await?;
        let name = |side: &str| names.get(side).cloned().unwrap_or_else(|| side.to_owned());
        let at = |us: i64| clock::text(us);
        let mut sides = Vec::new();
        for side in held.case.head().map(|head| head.sides.clone()).unwrap_or_default() {
            let of_side = held.case.members().iter().filter(|member| member.side == side);
            sides.push(CaseSide {
                name: name(&side),
                ours: side == self.me.identity_id,
                state: held.case.side_of(&side).map_or("", state_of),
                members: of_side
                    .map(|m| (m.member.clone(), m.role.clone(), at(m.since_us), m.until_us.map(at)))
                    .collect(),
            });
        }
        let tasks = held.case.tasks().iter().map(|task| CaseTask {
            id: task.id.clone(),
            title: task.title.clone(),
            by: name(&task.by),
            to: name(&task.to),
            ours: task.to == self.me.identity_id,
            due: task.due.clone(),
            state: task_state(task.state),
        });
        let thread = held.case.thread().iter();
        let thread = thread.map(|said| (name(&said.by), at(said.at_us), said.text.clone()));
        let timeline = held.case.timeline().iter();
        let timeline = timeline.map(|e| (at(e.at_us), name(&e.by), e.step.name()));
        let voided = held.case.voided().iter();
        let found = CaseView {
            line: self.case_line(&held).await?,
            accounts: self.case_accounts(&held.id).await?,
            tasks: tasks.collect(),
            thread: thread.collect(),
            shared: self.case_shared(&view, &held, &names).await?,
            filed: self.case_filed(&view, &held.id).await?,
            timeline: timeline.collect(),
            voided: voided.map(|(id, void)| (id.clone(), void.rule())).collect(),
            sides,
        };
        let act = Act::new("consultation").by(actor).field("kind", "case");
        self.log_act(act.field("case", held.id.as_str())).await?;
        Ok(found)
    }

    async fn case_line(&self, held: &Held) -> Result<CaseLine, NodeError> {
        let missing = || NodeError::not_found("case", &held.id);
        let head = held.case.head().ok_or_else(missing)?;
        let names = self.side_names(held).await?;
        let others = head.sides.iter().filter(|side| **side != self.me.identity_id);
        let open = |state| matches!(state, TaskState::Given | TaskState::Taken);
        let tasks = held.case.tasks().iter();
        let ours = held.case.side_of(&self.me.identity_id);
        Ok(CaseLine {
            id: held.id.clone(),
            number: head.number.clone(),
            title: head.title.clone(),
            purpose: head.purpose.clone(),
            agreement: held.standing.agreement.title().to_owned(),
            stage: match held.case.stage() {
                Stage::Proposed => "proposed",
                Stage::Open => "open",
                Stage::Alone => "alone",
                Stage::Closed => "closed",
            },
            ours: ours.map_or("", state_of),
            sides: others.map(|side| names.get(side).unwrap_or(side).clone()).collect(),
            tasks: tasks.filter(|t| t.to == self.me.identity_id && open(t.state)).count(),
            opened: clock::text(head.at_us),
        })
    }

    /// Names of the sides, by their identities.
    async fn side_names(&self, held: &Held) -> Result<BTreeMap<String, String>, NodeError> {
        let parties = &held.standing.agreement.draft.parties;
        let named = parties.iter().map(|p| (p.identity_ref.clone(), p.name.clone()));
        Ok(named.collect())
    }

    /// What was released into the case by us or to us. What the account does not see, and what was
    /// recalled or not accepted, is neither shown nor counted.
    async fn case_shared(
        &self,
        view: &View,
        held: &Held,
        names: &BTreeMap<String, String>,
    ) -> Result<Vec<SharedLine>, NodeError> {
        let name = |side: &str| names.get(side).cloned().unwrap_or_else(|| side.to_owned());
        let mut lines = Vec::new();
        for shared in held.case.shared() {
            let ours = shared.by == self.me.identity_id;
            let side = if ours { &shared.to } else { &shared.by };
            let partner = held.others.iter().find(|(_, other)| other == side);
            let Some((partner, _)) = partner else { continue };
            let mut objects = Vec::new();
            for id in &shared.objects {
                let here = match ours {
                    true => match self.twin_ever_known_to(partner, id).await? {
                        Some(twin) if !twin.recalled => twin.original,
                        _ => continue,
                    },
                    // Only what this partner itself released to us.
                    false => match self.store.object(id, Some(partner)).await? {
                        Some(row) if row.state == ObjectState::Held => row.id,
                        _ => continue,
                    },
                };
                objects.extend(self.named(view, &here).await?);
            }
            if objects.is_empty() {
                continue;
            }
            lines.push(SharedLine {
                by: name(&shared.by),
                to: name(&shared.to),
                at: clock::text(shared.at_us),
                exhibit: shared.exhibit.clone(),
                objects,
            });
        }
        Ok(lines)
    }

    async fn case_filed(&self, view: &View, id: &str) -> Result<Vec<ObjectName>, NodeError> {
        let bucket = Bucket::CASE_FILED;
        let prefix = format!("{id}/");
        let query = RecordQuery { bucket, prefix, limit: MOST, ..RecordQuery::default() };
        let mut objects = Vec::new();
        for found in self.store.records(query).await? {
            let object = found.key.rsplit('/').next().unwrap_or_default();
            objects.extend(self.named(view, object).await?);
        }
        Ok(objects)
    }
}

fn state_of(side: Side) -> &'static str {
    match side {
        Side::Asked => "asked",
        Side::In => "in",
        Side::Declined => "declined",
        Side::Out => "out",
    }
}

fn task_state(state: TaskState) -> &'static str {
    match state {
        TaskState::Given => "given",
        TaskState::Taken => "taken",
        TaskState::Done => "done",
        TaskState::Dropped => "dropped",
    }
}
