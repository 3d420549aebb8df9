//! How a feed is, and when it runs next: functions of what is kept of it and of the time alone.

use serde::Serialize;

use super::state::State;

const MINUTE_US: i64 = 60 * 1_000_000;
/// First pause after a failure; doubled with each further one.
const FIRST_PAUSE_US: i64 = MINUTE_US;
/// Longest pause.
pub(super) const LONGEST_PAUSE_US: i64 = 6 * 60 * MINUTE_US;
/// A run without a sign of life for so long died with its process.
const SILENT_US: i64 = 45 * 1_000_000;
/// So many intervals without a success are too many.
const LATE: i64 = 3;

/// How a feed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedHealth {
    /// Added, and not yet run.
    Fresh,
    /// Under way.
    Running,
    /// The last run went through, not long ago.
    Ok,
    /// Nothing went through for three intervals, and nothing failed: nobody runs it.
    Late,
    /// The last run failed.
    Failing,
    /// Paused by somebody.
    Paused,
    /// The channel of its partner rests since this node was restored.
    Resting,
}

impl FeedHealth {
    /// Name in lists and pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Late => "late",
            Self::Failing => "failing",
            Self::Paused => "paused",
            Self::Resting => "resting",
        }
    }

    /// Whether somebody has to look at it.
    pub fn is_trouble(self) -> bool {
        matches!(self, Self::Late | Self::Failing)
    }
}

/// What health depends on beside the state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    pub(super) every_us: i64,
    pub(super) paused: bool,
    pub(super) rests: bool,
    pub(super) now_us: i64,
}

pub(super) fn health(state: &State, beside: Beside) -> FeedHealth {
    let Beside { every_us, paused, rests, now_us } = beside;
    let quiet_us = now_us.saturating_sub(state.good_us.unwrap_or(0).max(state.since_us));
    let late = quiet_us > every_us.saturating_mul(LATE);
    match () {
        () if paused => FeedHealth::Paused,
        () if rests => FeedHealth::Resting,
        () if is_running(state, now_us) => FeedHealth::Running,
        () if state.fault.is_some() => FeedHealth::Failing,
        () if late => FeedHealth::Late,
        () if state.good_us.is_none() => FeedHealth::Fresh,
        () => FeedHealth::Ok,
    }
}

/// Whether a run is under way.
pub(super) fn is_running(state: &State, now_us: i64) -> bool {
    let since = state.running.as_ref().map(|running| now_us.saturating_sub(running.alive_us));
    since.is_some_and(|since| (0..SILENT_US).contains(&since))
}

/// Whether a run is due. A clock that was set back makes it due: else the feed would be silent until
/// the clock is where it was.
pub(super) fn is_due(state: &State, now_us: i64) -> bool {
    !is_running(state, now_us) && (state.next_us <= now_us || state.tried_us > now_us)
}

/// The pause after so many failures in a row, at least as long as the server asks for.
pub(super) fn pause_us(failures: u32, asked_us: i64) -> i64 {
    let doubled = FIRST_PAUSE_US << failures.saturating_sub(1).min(10);
    doubled.max(asked_us).min(LONGEST_PAUSE_US)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::state::{Fault, Running};

    const EVERY: i64 = 15 * MINUTE_US;
    const T: i64 = 1_790_000_000_000_000;

    fn beside(now_us: i64) -> Beside {
        Beside { every_us: EVERY, paused: false, rests: false, now_us }
    }

    #[test]
    fn a_feed_that_nobody_runs_is_late_after_three_intervals_whether_it_ever_ran_or_not() {
        let fresh = State::fresh(T);
        assert_eq!(health(&fresh, beside(T)), FeedHealth::Fresh);
        assert_eq!(health(&fresh, beside(T + 3 * EVERY)), FeedHealth::Fresh);
        assert_eq!(health(&fresh, beside(T + 3 * EVERY + 1)), FeedHealth::Late);
        let ran = State { good_us: Some(T + EVERY), ..fresh };
        assert_eq!(health(&ran, beside(T + 4 * EVERY)), FeedHealth::Ok);
        assert_eq!(health(&ran, beside(T + 4 * EVERY + 1)), FeedHealth::Late);
    }

    #[test]
    fn what_failed_last_is_failing_and_pause_and_rest_stand_in_front() {
        let fault =
            Fault { at_us: T, code: "feed.x".into(), problem: "no answer".into(), failures: 1 };
        let state = State { fault: Some(fault), good_us: Some(T), ..State::fresh(T) };
        assert_eq!(health(&state, beside(T)), FeedHealth::Failing);
        let paused = Beside { paused: true, rests: true, ..beside(T) };
        assert_eq!(health(&state, paused), FeedHealth::Paused);
        assert_eq!(health(&state, Beside { rests: true, ..beside(T) }), FeedHealth::Resting);
    }

    #[test]
    fn a_run_that_died_with_its_process_does_not_block_the_next_one() {
        let running = Some(Running { run: "r".into(), alive_us: T });
        let state = State { running, ..State::fresh(T) };
        assert!(is_running(&state, T) && !is_due(&state, T));
        assert!(is_running(&state, T + SILENT_US - 1));
        assert!(is_due(&state, T + SILENT_US));
        assert!(is_due(&state, T - 1), "the clock was set back");
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_a_feed() {
        let state = State { tried_us: T, next_us: T + EVERY, ..State::fresh(T) };
        assert!(!is_due(&state, T + EVERY - 1) && is_due(&state, T + EVERY));
        assert!(is_due(&state, T - 1) && is_due(&state, T - 365 * 86_400 * 1_000_000));
    }

    #[test]
    fn pauses_double_up_to_six_hours_and_a_server_may_ask_for_longer_ones_up_to_that() {
        let minutes = |failures| pause_us(failures, 0) / MINUTE_US;
        assert_eq!([1, 2, 3, 8, 9, 10, 4_000_000].map(minutes), [1, 2, 4, 128, 256, 360, 360]);
        assert_eq!(pause_us(1, 10 * MINUTE_US), 10 * MINUTE_US);
        assert_eq!(pause_us(1, i64::MAX), LONGEST_PAUSE_US);
    }
}
