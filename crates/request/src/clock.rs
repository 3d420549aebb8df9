//! The limit of a request: reckoned by both nodes from the steps of the asked side alone, so that
//! both reckon the same whatever their clocks say.
//!
//! Directive (EU) 2023/977, Article 5: eight hours where it is urgent and the information directly
//! accessible, three calendar days where it is urgent and indirectly accessible, seven calendar days
//! else; it begins with the receipt. A day is 24 hours here: both sides reckon to the same instant
//! wherever they are, and it is never later than the end of the calendar day would be.

use crate::event::Event;
use crate::state::{Side, Step};
use crate::thread::Thread;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

/// How the asked side reaches what is asked for (Directive (EU) 2023/977, Article 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accessibility {
    /// In its own databases.
    Direct,
    /// From other authorities or private parties.
    Indirect,
}

impl Accessibility {
    /// Name in objects.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Indirect => "indirect",
        }
    }

    /// Reads [`Accessibility::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Direct, Self::Indirect].into_iter().find(|a| a.name() == name)
    }
}

/// Which limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitRule {
    /// Urgent, directly accessible.
    UrgentDirect,
    /// Urgent, indirectly accessible.
    UrgentIndirect,
    /// Every other.
    Other,
    /// The time that the asking side asked for and the asked side agreed to.
    Agreed,
    /// Nothing is promised.
    None,
}

impl LimitRule {
    const ALL: [Self; 5] =
        [Self::UrgentDirect, Self::UrgentIndirect, Self::Other, Self::Agreed, Self::None];

    /// Name in objects.
    pub fn name(self) -> &'static str {
        match self {
            Self::UrgentDirect => "urgent-direct-8h",
            Self::UrgentIndirect => "urgent-indirect-3d",
            Self::Other => "other-7d",
            Self::Agreed => "agreed",
            Self::None => "none",
        }
    }

    /// Reads [`LimitRule::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}

/// The limits of an agreement, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Urgent, directly accessible.
    pub urgent_direct_us: i64,
    /// Urgent, indirectly accessible.
    pub urgent_indirect_us: i64,
    /// Every other.
    pub other_us: i64,
}

impl Limits {
    /// Those of Directive (EU) 2023/977, Article 5.
    pub const DIRECTIVE: Self = Self {
        urgent_direct_us: 8 * HOUR_US,
        urgent_indirect_us: 3 * DAY_US,
        other_us: 7 * DAY_US,
    };

    /// From the hours and days of an agreement's term.
    pub fn of_term(direct_hours: u32, indirect_days: u32, other_days: u32) -> Self {
        Self {
            urgent_direct_us: i64::from(direct_hours) * HOUR_US,
            urgent_indirect_us: i64::from(indirect_days) * DAY_US,
            other_us: i64::from(other_days) * DAY_US,
        }
    }
}

/// What a request says about time, and what its agreement promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Whether the short limits are claimed.
    pub is_urgent: bool,
    /// `answer_by`: the time that the asking side asked for.
    pub answer_by_us: Option<i64>,
    /// The agreement's limits; `None` = it promises nothing.
    pub limits: Option<Limits>,
    /// How long after the receipt *nothing can be provided* is said, where the agreement has one
    /// outward answer: that hour stands before the limits.
    pub nothing_after_us: Option<i64>,
}

/// The limit of a thread. All instants are by the clock of the asked side, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Which limit counts.
    pub rule: LimitRule,
    /// Receipt of the request.
    pub started_us: Option<i64>,
    /// Since when a question back holds the limit up.
    pub paused_since_us: Option<i64>,
    /// How long questions back have held it up, those that are over.
    pub paused_us: i64,
    /// End of the limit, as far as it can be said: a pause that lasts moves it.
    pub due_us: Option<i64>,
    /// Until when the limit was extended, where it was.
    pub extended_us: Option<i64>,
    /// When the answer or another outcome stopped it.
    pub stopped_us: Option<i64>,
    /// Events of the asked side that state another end than the one that follows from the thread.
    pub misstated: Vec<String>,
}

/// How a limit stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is promised.
    NoLimit,
    /// The request has not arrived.
    NotStarted,
    /// So many microseconds are left.
    Running(i64),
    /// Held up by a question back; so many are left once it is answered.
    Paused(i64),
    /// Passed so long ago.
    Overdue(i64),
    /// An outcome came in time.
    Kept,
    /// It came so many microseconds late.
    Missed(i64),
}

impl Clock {
    /// Of a thread without steps.
    pub(crate) fn unset() -> Self {
        Self {
            rule: LimitRule::None,
            started_us: None,
            paused_since_us: None,
            paused_us: 0,
            due_us: None,
            extended_us: None,
            stopped_us: None,
            misstated: Vec::new(),
        }
    }

    pub(crate) fn of(thread: &Thread, wanted: Wanted) -> Self {
        let mut clock = Self::unset();
        let mut said = Said::default();
        for event in thread.counted(Side::Asked) {
            clock.step(event, wanted, &mut said, thread);
        }
        let withdrawn = thread.counted(Side::Asking).find(|e| e.step == Step::Withdrawn);
        if let (None, Some(event)) = (clock.stopped_us, withdrawn) {
            clock.stopped_us = Some(event.occurred_us);
        }
        clock.rule = said.rule(wanted);
        clock.hour_of_nothing(thread, wanted);
        clock
    }

    /// *Nothing* is not late before its own hour, nor while the node gets to it.
    fn hour_of_nothing(&mut self, thread: &Thread, wanted: Wanted) {
        let nothing = thread.counted(Side::Asked).any(|e| e.step == Step::NothingProvided);
        let (Some(after), Some(started), true) =
            (wanted.nothing_after_us, self.started_us, nothing)
        else {
            return;
        };
        let hour = started.saturating_add(after).saturating_add(HOUR_US);
        self.due_us = self.due_us.map(|due| due.max(hour));
    }

    fn step(&mut self, event: &Event, wanted: Wanted, said: &mut Said, thread: &Thread) {
        if self.stopped_us.is_some() {
            return;
        }
        // Nothing arrives after the step that tells of it.
        let arrived = event.received_us.unwrap_or(event.occurred_us).min(event.occurred_us);
        if self.started_us.is_none() {
            self.started_us = Some(arrived);
        }
        // A limit that has passed is passed: no later word moves its end.
        let held_up_at = self.paused_since_us.unwrap_or(event.occurred_us);
        let passed = self.due_us.is_some_and(|due| held_up_at > due);
        if !passed {
            said.accessibility = event.accessibility.or(said.accessibility);
            said.rule = event.limit_rule.or(said.rule);
        }
        if let Some(since) = self.paused_since_us.filter(|_| ends_pause(event, thread)) {
            let at = if thread.answers_back(event) { arrived } else { event.occurred_us };
            self.paused_us = self.paused_us.saturating_add(at.saturating_sub(since).max(0));
            self.paused_since_us = None;
        }
        match event.step {
            Step::NeedsClarification => self.paused_since_us = Some(event.occurred_us),
            Step::AwaitingAuthorisation | Step::Extended if !passed => {
                self.extended_us = event.due_us.or(self.extended_us);
            }
            step if step.is_outcome() => self.stopped_us = Some(event.occurred_us),
            _ => {}
        }
        self.due_us = self.due(wanted, said);
        let extends = matches!(event.step, Step::AwaitingAuthorisation | Step::Extended);
        let moves = extends && !passed;
        if !moves && event.due_us.is_some() && event.due_us != self.due_us {
            self.misstated.push(event.id.clone());
        }
    }

    fn due(&self, wanted: Wanted, said: &Said) -> Option<i64> {
        let started = self.started_us?;
        let limits = wanted.limits;
        let from = |us: i64| started.saturating_add(us).saturating_add(self.paused_us);
        let due = match said.rule(wanted) {
            LimitRule::UrgentDirect => from(limits?.urgent_direct_us),
            LimitRule::UrgentIndirect => from(limits?.urgent_indirect_us),
            LimitRule::Other => from(limits?.other_us),
            LimitRule::Agreed => wanted.answer_by_us?.saturating_add(self.paused_us),
            LimitRule::None => return None,
        };
        // An extension only ever gives time.
        Some(self.extended_us.map_or(due, |extended| extended.max(due)))
    }

    /// When the limit nears: a quarter of its time is left then. Questions back count to neither.
    pub fn nears_us(&self) -> Option<i64> {
        let (due, started) = (self.due_us?, self.started_us?);
        let whole = due.saturating_sub(started).saturating_sub(self.paused_us).max(0);
        Some(due.saturating_sub(whole / 4))
    }

    /// How the limit stands now, by the clock of the asked side.
    pub fn standing(&self, now_us: i64) -> Standing {
        let Some(due) = self.due_us else {
            let none = self.rule == LimitRule::None || self.started_us.is_some();
            return if none { Standing::NoLimit } else { Standing::NotStarted };
        };
        match (self.stopped_us, self.paused_since_us) {
            (Some(stopped), since) => match since.unwrap_or(stopped).min(stopped) {
                stopped if stopped <= due => Standing::Kept,
                stopped => Standing::Missed(stopped.saturating_sub(due)),
            },
            (None, Some(since)) if since <= due => Standing::Paused(due.saturating_sub(since)),
            (None, Some(since)) => Standing::Overdue(since.saturating_sub(due)),
            (None, None) if now_us <= due => Standing::Running(due.saturating_sub(now_us)),
            (None, None) => Standing::Overdue(now_us.saturating_sub(due)),
        }
    }
}

/// Whether the limit runs on with this step: the answer to the question back has arrived, or the
/// asked side goes on without it.
fn ends_pause(event: &Event, thread: &Thread) -> bool {
    let stays = [Step::Delivered, Step::Extended, Step::NeedsClarification];
    !stays.contains(&event.step) || thread.answers_back(event)
}

/// What the asked side has said about the limit.
#[derive(Debug, Default)]
struct Said {
    accessibility: Option<Accessibility>,
    rule: Option<LimitRule>,
}

impl Said {
    /// The limit that counts. The asked side may bind itself to a shorter one than the request
    /// claims or agree to a time; it cannot turn an urgent request into another by a word.
    fn rule(&self, wanted: Wanted) -> LimitRule {
        let reckoned = match (wanted.limits, wanted.is_urgent, self.accessibility) {
            (None, _, _) => LimitRule::None,
            (_, true, Some(Accessibility::Indirect)) => LimitRule::UrgentIndirect,
            (_, true, _) => LimitRule::UrgentDirect,
            (_, false, _) => LimitRule::Other,
        };
        let agreed = wanted.answer_by_us.is_some();
        match self.rule {
            Some(LimitRule::Agreed) if agreed => LimitRule::Agreed,
            Some(LimitRule::UrgentDirect) if wanted.limits.is_some() => LimitRule::UrgentDirect,
            Some(LimitRule::UrgentIndirect) if reckoned == LimitRule::Other => {
                LimitRule::UrgentIndirect
            }
            _ => reckoned,
        }
    }
}
