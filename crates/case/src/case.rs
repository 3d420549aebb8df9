use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Event, Step};

/// What a case is about, as its opener said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The case.
    pub case: String,
    /// Who opened it.
    pub opener: String,
    /// All sides that it names, the opener among them.
    pub sides: Vec<String>,
    /// Purpose of the agreement.
    pub purpose: String,
    /// Number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// When it was opened.
    pub at_us: i64,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody but its opener takes part yet.
    Proposed,
    /// Two sides or more work on it.
    Open,
    /// Every other side declined or withdrew.
    Alone,
    /// Its opener closed it.
    Closed,
}

/// Where a side stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Was asked.
    Asked,
    /// Takes part.
    In,
    /// Declined.
    Declined,
    /// Took part.
    Out,
}

/// A member that a side named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Agency.
    pub side: String,
    /// As the side shows it.
    pub member: String,
    /// Role.
    pub role: String,
    /// Since when.
    pub since_us: i64,
    /// Until when.
    pub until_us: Option<i64>,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Given.
    Given,
    /// Taken up.
    Taken,
    /// Done.
    Done,
    /// Taken back or given up.
    Dropped,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The act that gave it.
    pub id: String,
    /// What is to be done.
    pub title: String,
    /// Who gave it.
    pub by: String,
    /// Who has it.
    pub to: String,
    /// When it is due, as written.
    pub due: Option<String>,
    /// Where it stands.
    pub state: TaskState,
    /// When it came there.
    pub at_us: i64,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub by: String,
    /// When.
    pub at_us: i64,
    /// What.
    pub text: String,
}

/// Objects that a side shared or named as an exhibit, by the ids of whom it told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Who.
    pub by: String,
    /// Whom it told: the ids are that agency's.
    pub to: String,
    /// When.
    pub at_us: i64,
    /// The objects.
    pub objects: Vec<String>,
    /// Number of the exhibit; `None`: shared.
    pub exhibit: Option<String>,
}

/// Why an act counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Void {
    /// An act before it has not come; it counts when that does.
    Waits,
    /// Another act stands at its place in the chain.
    Forked,
    /// It runs back behind the act before it.
    RunsBack,
    /// The case was opened before.
    OpenedTwice,
    /// Its side does not take part.
    NotIn,
    /// The case is closed.
    Closed,
    /// There is no such task, member or thing, or it does not stand so.
    NotSo,
}

impl Void {
    /// Stable code.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Waits => "case.waits",
            Self::Forked => "case.forked",
            Self::RunsBack => "case.runs-back",
            Self::OpenedTwice => "case.opened-twice",
            Self::NotIn => "case.not-in",
            Self::Closed => "case.closed",
            Self::NotSo => "case.not-so",
        }
    }
}

/// A case as one side reckons it from the acts that it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    head: Option<Head>,
    sides: BTreeMap<String, Side>,
    members: Vec<Member>,
    tasks: Vec<Task>,
    thread: Vec<Said>,
    shared: Vec<Shared>,
    closed_us: Option<i64>,
    timeline: Vec<Event>,
    voided: Vec<(String, Void)>,
}

impl Case {
    /// Reckons a case from events, in whatever order and however often they came.
    pub fn reckon(events: impl IntoIterator<Item = Event>) -> Self {
        let mut case = Self::default();
        let mut acts: BTreeMap<(i64, String, String), Event> = BTreeMap::new();
        for event in case.linked(events) {
            // An act told to several is one; what is shared is told to each by its own ids.
            let alone = matches!(event.step, Step::Shared | Step::Exhibit);
            let told = if alone { event.to.clone() } else { String::new() };
            acts.entry((event.at_us, event.by.clone(), format!("{}{told}", event.act)))
                .or_insert(event);
        }
        for event in acts.into_values() {
            match case.follow(&event) {
                Ok(()) => case.timeline.push(event),
                Err(void) => case.voided.push((event.id, void)),
            }
        }
        case
    }

    /// What a side may do now: the same act, judged as if it came last.
    pub fn judge(&self, event: &Event) -> Result<(), Void> {
        self.clone().follow(event)
    }

    /// The events of each chain as far as they are linked; the others are void.
    fn linked(&mut self, events: impl IntoIterator<Item = Event>) -> Vec<Event> {
        let mut chains: BTreeMap<(String, String), BTreeMap<u64, BTreeMap<String, Event>>> =
            BTreeMap::new();
        for event in events {
            let chain = chains.entry((event.by.clone(), event.to.clone())).or_default();
            chain.entry(event.sequence).or_default().insert(event.hash.clone(), event);
        }
        let mut linked = Vec::new();
        for chain in chains.into_values() {
            let mut before: Option<(u64, String, i64)> = None;
            for (sequence, at_place) in chain {
                let next = before.as_ref().map_or(1, |(last, ..)| last + 1);
                let (hash, after) = match &before {
                    Some((_, hash, at_us)) => (Some(hash.clone()), *at_us),
                    None => (None, i64::MIN),
                };
                let mut taken = false;
                // Of two at one place every side takes the same: the smallest hash that fits.
                for event in at_place.into_values() {
                    let fits = sequence == next && event.previous == hash;
                    if taken {
                        self.voided.push((event.id, Void::Forked));
                    } else if !fits {
                        self.voided.push((event.id, Void::Waits));
                    } else if event.at_us < after {
                        self.voided.push((event.id, Void::RunsBack));
                    } else {
                        taken = true;
                        before = Some((sequence, event.hash.clone(), event.at_us));
                        linked.push(event);
                    }
                }
            }
        }
        linked
    }

    fn follow(&mut self, event: &Event) -> Result<(), Void> {
        if event.step == Step::Opened {
            return self.open(event);
        }
        let head = self.head.as_ref().ok_or(Void::Waits)?;
        if self.closed_us.is_some() {
            return Err(Void::Closed);
        }
        let (by, opener) = (event.by.as_str(), head.opener == event.by);
        let side = self.sides.get(by).copied().ok_or(Void::NotIn)?;
        match (event.step, side) {
            (Step::Accepted, Side::Asked) => self.side(by, Side::In),
            (Step::Declined, Side::Asked) => self.side(by, Side::Declined),
            (Step::Accepted | Step::Declined, _) => Err(Void::NotSo),
            (_, Side::Asked | Side::Declined | Side::Out) => Err(Void::NotIn),
            (Step::Withdrawn, Side::In) if !opener => {
                self.end_members(by, event.at_us);
                self.side(by, Side::Out)
            }
            (Step::Closed, Side::In) if opener => {
                self.closed_us = Some(event.at_us);
                Ok(())
            }
            (Step::Withdrawn | Step::Closed, Side::In) => Err(Void::NotSo),
            (_, Side::In) => self.work(event),
        }
    }

    fn open(&mut self, event: &Event) -> Result<(), Void> {
        if self.head.is_some() {
            return Err(Void::OpenedTwice);
        }
        let sides: Vec<String> = event.texts("side_refs").map(str::to_owned).collect();
        if !sides.contains(&event.by) || !sides.contains(&event.to) {
            return Err(Void::NotSo);
        }
        for side in &sides {
            let state = if *side == event.by { Side::In } else { Side::Asked };
            self.sides.insert(side.clone(), state);
        }
        self.head = Some(Head {
            case: event.case.clone(),
            opener: event.by.clone(),
            sides,
            purpose: event.text("purpose").to_owned(),
            number: event.text("case_number").to_owned(),
            title: event.text("title").to_owned(),
            at_us: event.at_us,
        });
        Ok(())
    }

    /// What a side that takes part does.
    fn work(&mut self, event: &Event) -> Result<(), Void> {
        let (by, at_us) = (event.by.clone(), event.at_us);
        match event.step {
            Step::Joined => {
                let member = event.text("member").to_owned();
                if self.present(&by, &member).is_some() {
                    return Err(Void::NotSo);
                }
                let role = event.text("member_role").to_owned();
                self.members.push(Member {
                    side: by,
                    member,
                    role,
                    since_us: at_us,
                    until_us: None,
                });
            }
            Step::Left => {
                let member = event.text("member").to_owned();
                let found = self.present(&by, &member).ok_or(Void::NotSo)?;
                found.until_us = Some(at_us);
            }
            Step::TaskGiven => {
                let to = event.text("assigned_ref").to_owned();
                if self.sides.get(&to) != Some(&Side::In) {
                    return Err(Void::NotSo);
                }
                self.tasks.push(Task {
                    id: event.act.clone(),
                    title: event.text("title").to_owned(),
                    by,
                    to,
                    due: Some(event.text("due_at").to_owned()).filter(|due| !due.is_empty()),
                    state: TaskState::Given,
                    at_us,
                });
            }
            Step::TaskTaken | Step::TaskDone | Step::TaskDropped => self.task(event)?,
            Step::Said => {
                self.thread.push(Said { by, at_us, text: event.text("text").to_owned() });
            }
            Step::Shared | Step::Exhibit => {
                let objects: Vec<String> = event.texts("object_refs").map(str::to_owned).collect();
                let shared = self.shared_with(&by, &event.to);
                let exhibit =
                    (event.step == Step::Exhibit).then(|| event.text("exhibit_number").to_owned());
                // An exhibit is something that was shared.
                if exhibit.is_some() && !objects.iter().all(|id| shared.contains(id)) {
                    return Err(Void::NotSo);
                }
                let to = event.to.clone();
                self.shared.push(Shared { by, to, at_us, objects, exhibit });
            }
            Step::Opened | Step::Accepted | Step::Declined | Step::Withdrawn | Step::Closed => {
                return Err(Void::NotSo);
            }
        }
        Ok(())
    }

    fn task(&mut self, event: &Event) -> Result<(), Void> {
        let id = event.text("task");
        let task = self.tasks.iter_mut().find(|task| task.id == id).ok_or(Void::NotSo)?;
        let (gave, has) = (task.by == event.by, task.to == event.by);
        task.state = match (event.step, task.state) {
            (Step::TaskTaken, TaskState::Given) if has => TaskState::Taken,
            (Step::TaskDone, TaskState::Given | TaskState::Taken) if has => TaskState::Done,
            (Step::TaskDropped, TaskState::Given | TaskState::Taken) if gave || has => {
                TaskState::Dropped
            }
            _ => return Err(Void::NotSo),
        };
        task.at_us = event.at_us;
        Ok(())
    }

    fn side(&mut self, side: &str, state: Side) -> Result<(), Void> {
        self.sides.insert(side.to_owned(), state);
        Ok(())
    }

    fn present(&mut self, side: &str, member: &str) -> Option<&mut Member> {
        let is_it = |m: &&mut Member| m.side == side && m.member == member && m.until_us.is_none();
        self.members.iter_mut().find(is_it)
    }

    fn end_members(&mut self, side: &str, at_us: i64) {
        for member in self.members.iter_mut().filter(|m| m.side == side && m.until_us.is_none()) {
            member.until_us = Some(at_us);
        }
    }

    fn shared_with(&self, by: &str, to: &str) -> BTreeSet<String> {
        let told = self.shared.iter().filter(|shared| shared.by == by && shared.to == to);
        told.flat_map(|shared| shared.objects.iter().cloned()).collect()
    }

    /// What it is about; `None`: the act that opened it has not come.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        let others = || {
            let opener = self.head.as_ref().map(|head| head.opener.as_str());
            self.sides.iter().filter(move |(side, _)| Some(side.as_str()) != opener)
        };
        if self.closed_us.is_some() {
            Stage::Closed
        } else if others().any(|(_, state)| *state == Side::In) {
            Stage::Open
        } else if others().any(|(_, state)| *state == Side::Asked) {
            Stage::Proposed
        } else {
            Stage::Alone
        }
    }

    /// Where a side stands.
    pub fn side_of(&self, side: &str) -> Option<Side> {
        self.sides.get(side).copied()
    }

    /// Members of all sides, in the order in which they joined.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Tasks, in the order in which they were given.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// What was said, in order.
    pub fn thread(&self) -> &[Said] {
        &self.thread
    }

    /// What was shared and what of it is an exhibit.
    pub fn shared(&self) -> &[Shared] {
        &self.shared
    }

    /// When it was closed.
    pub fn closed_us(&self) -> Option<i64> {
        self.closed_us
    }

    /// Every act that counts, in order.
    pub fn timeline(&self) -> &[Event] {
        &self.timeline
    }

    /// Acts that count for nothing, each with the reason.
    pub fn voided(&self) -> &[(String, Void)] {
        &self.voided
    }
}
