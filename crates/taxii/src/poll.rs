//! Fetching what is new in somebody else's collection, whatever the server makes of the standard.
//!
//! The rules (docs/design/client.md has what each of them answers):
//! - a run starts by date, a little before the last one that was seen, and drops what it knows;
//! - inside a run the server's cursor is followed as long as it leads on, and given up for the date
//!   as soon as it is refused, repeats itself, or an answer was lost on the way;
//! - the position behind a page stays behind the page before until the server has shown that its
//!   pages come in order: a crash repeats objects and loses none;
//! - the end is reached when the server says so, or when it claims more in vain.

use std::collections::{BTreeSet, HashSet};

use enlace_stix::Timestamp;
use serde_json::value::RawValue;

use crate::backoff::Backoff;
use crate::client::{Client, ObjectsPage};
use crate::client_error::ClientError;
use crate::date;
use crate::fingerprint::Fingerprint;
use crate::position::Position;
use crate::transport::Transport;
use circle::Circle;
pub use way::Quirk;
use way::{Manner, Way};

mod ask;
mod circle;
mod dates;
mod way;

/// Empty pages in a row that a chain of cursors may have: filters empty pages.
const EMPTY_PAGES: usize = 10;
/// Largest page that is asked for where objects of one date do not fit into a smaller one.
const WIDE: usize = 10_000;
/// Cursors that may be refused before the walk goes on by date alone.
const REFUSALS: usize = 2;
/// Microseconds by which a server may give more than it was asked for, and is remembered for.
const COARSE: i64 = 1_000_000;
/// Behind this nothing was added: who says that there is more says it always.
const FAR: i64 = 32_472_144_000_000_000;

/// What came, and where the poll stands behind it.
#[derive(Debug, Clone)]
pub struct PollPage {
    /// The texts of the objects, untouched, in the order in which the server gave them. None where
    /// only the position went on.
    pub objects: Vec<Box<RawValue>>,
    /// To be stored when the objects are, or after.
    pub position: Position,
}

/// A walk through what is new in a collection, page by page.
///
/// No object is lost whatever the server does that this module knows of; an object may come twice
/// where a run was interrupted, so whoever keeps them knows them by id and version. In memory: one
/// page, and the objects that [`Position`] remembers.
#[derive(Debug)]
pub struct Poll<'a, T> {
    client: &'a Client<T>,
    root: &'a str,
    collection: &'a str,
    position: Position,
    known: HashSet<Fingerprint>,
    quirks: BTreeSet<Quirk>,
    manner: Manner,
    walk: Walk,
    state: State,
    /// What is left of our patience since the last progress.
    backoff: Backoff,
}

/// What the present chain of requests has shown.
#[derive(Debug)]
struct Walk {
    /// The date of the last page since the last request without a cursor.
    last: Option<Timestamp>,
    /// The newest date of all.
    newest: Option<Timestamp>,
    ordered: bool,
    by_date: bool,
    circle: Circle,
    empty_pages: usize,
    known_objects: usize,
    refusals: usize,
    /// The last cursor was refused or its answer lost, and nothing new came since.
    cursor_lost: bool,
    may_ask_manifest: bool,
    /// The server gives what was added before the date that it was asked for.
    coarse: bool,
}

/// What to do at the next call.
#[derive(Debug)]
enum State {
    Ask(Way),
    /// The page that showed it was good and has been given out first.
    Fail(ClientError),
    Done,
}

/// What a page leads to.
enum Step {
    End,
    Ask(Way),
    /// The server says more and gives nothing new.
    Doubt(&'static str),
}

const NO_WAY_ON: &str = "`more` without `next`, and no date to go on from";
const ROUND: &str = "its cursors lead round in circles, and no date leads on";
const NOTHING_NEW: &str = "page after page holds nothing new";
const NO_ORDER: &str = "its pages are not in the order of arrival, and no cursor leads on";
const ONE_DATE: &str = "more objects share one date than a page holds, and there is no `next`";

impl<'a, T: Transport> Poll<'a, T> {
    /// Goes on from a position ([`Position::default`]: from the beginning), with pages of `limit`
    /// objects where the server allows that.
    pub fn new(
        client: &'a Client<T>,
        root: &'a str,
        collection: &'a str,
        position: Position,
        limit: usize,
    ) -> Self {
        let manner = Manner::new(limit.max(1));
        let walk = Walk {
            last: None,
            newest: None,
            ordered: true,
            by_date: false,
            circle: Circle::default(),
            empty_pages: 0,
            known_objects: 0,
            refusals: 0,
            cursor_lost: false,
            may_ask_manifest: true,
            coarse: false,
        };
        let state = State::Ask(Way { after: position.ask_behind(), next: None, manner });
        let (known, quirks) = (position.known(), BTreeSet::new());
        let backoff = Backoff::default();
        Self { client, root, collection, position, known, quirks, manner, walk, state, backoff }
    }

    /// The next objects; `None` at the end of what there is.
    ///
    /// Waits and asks again as the transport does. After an error the next call asks again from
    /// where this one stood, unless it was [`ClientError::Stuck`], which comes after the last good
    /// page.
    pub async fn next_page(&mut self) -> Result<Option<PollPage>, ClientError> {
        loop {
            let way = match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Ok(None),
                State::Fail(error) => return Err(error),
                State::Ask(way) => way,
            };
            let (way, page) = match self.fetch(way.clone()).await {
                Ok(found) => found,
                Err(error) => {
                    self.state = State::Ask(self.again_after(&error, way));
                    return Err(error);
                }
            };
            let before = self.position.clone();
            let objects = self.take(&way, page).await;
            if !objects.is_empty() || self.position != before {
                return Ok(Some(PollPage { objects, position: self.position.clone() }));
            }
        }
    }

    /// Where the poll stands.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// What was met so far that the standard does not foresee.
    pub fn quirks(&self) -> impl Iterator<Item = Quirk> {
        self.quirks.iter().copied()
    }

    /// What of a page is new; sets the position behind it and what to ask next.
    async fn take(&mut self, way: &Way, mut page: ObjectsPage) -> Vec<Box<RawValue>> {
        let prints: Vec<Fingerprint> = page.objects.iter().map(|o| Fingerprint::of(o)).collect();
        let date = self.date_of(&page).await;
        let round = !prints.is_empty() && self.walk.circle.closes(Fingerprint::of_page(&prints));
        if !round {
            self.check_order(way, &page, date.as_ref());
        }
        // The later one, where the newest come first.
        let date = if date.is_some() { date.max(page.date_added_first.clone()) } else { None };
        let before = self.walk.last.clone();
        if date.is_some() {
            self.walk.last.clone_from(&date);
        }
        if date > self.walk.newest {
            self.walk.newest.clone_from(&date);
        }
        let mut fresh = Vec::new();
        let mut each = prints.iter().copied();
        page.objects.retain(|_| {
            let new = each.next().filter(|print| self.known.insert(*print));
            fresh.extend(new);
            new.is_some()
        });
        let (given, fresh_count) = (prints.len(), fresh.len());
        let shown = Shown { given, fresh: fresh_count, round, date: &date };
        let step = self.step(way, &page, &shown);
        self.position.gave(given);
        if fresh_count > 0 {
            self.walk.cursor_lost = false;
            self.backoff = Backoff::default();
        }
        self.position.saw(date, fresh);
        let objects = page.objects;
        let step = match step {
            Step::Doubt(why) => {
                match self.position.is_short(given) && self.always_says_more().await {
                    true => Step::End,
                    false => {
                        self.state = State::Fail(ClientError::Stuck(why));
                        Step::Doubt(why)
                    }
                }
            }
            step => step,
        };
        self.advance(&step, before.as_ref());
        self.known = self.position.known();
        if let Step::Ask(way) = step {
            self.state = State::Ask(self.placed(way));
        }
        objects
    }

    /// A way by date starts where the position is now.
    fn placed(&mut self, way: Way) -> Way {
        if way.next.is_some() {
            return way;
        }
        self.begin();
        Way { after: self.position.ask_behind().or(way.after), ..way }
    }

    /// Notices pages that are not in the order of arrival: their dates say nothing about what is
    /// still to come.
    fn check_order(&mut self, way: &Way, page: &ObjectsPage, date: Option<&Timestamp>) {
        let Some(date) = date else { return };
        let first = page.date_added_first.as_ref().unwrap_or(date);
        let asked = way.after.map(|after| after.saturating_sub(self.manner.slack()));
        if asked.is_some_and(|asked| first.micros() < asked.saturating_sub(date::unit(first))) {
            self.walk.coarse = true;
            self.quirks.insert(Quirk::CoarseDates);
        }
        let back = |from: &Timestamp, to: &Timestamp| to.micros() < date::below(from);
        let before = self.walk.last.as_ref();
        if back(first, date) || before.is_some_and(|b| back(b, first) || back(b, date)) {
            self.walk.ordered = false;
            self.quirks.insert(Quirk::Unordered);
        }
    }

    fn advance(&mut self, step: &Step, before: Option<&Timestamp>) {
        let (to, whole) = match step {
            Step::End => (self.walk.newest.as_ref(), true),
            // Without a cursor the date is the only way on.
            Step::Ask(Way { next: None, .. }) => (self.walk.last.as_ref(), false),
            _ if self.walk.ordered => (before, false),
            _ => (None, false),
        };
        let slack = if self.walk.coarse { COARSE } else { self.manner.slack() };
        self.position.advance(to, whole, slack);
    }

    fn step(&mut self, way: &Way, page: &ObjectsPage, shown: &Shown<'_>) -> Step {
        // After a cursor that was lost the date leads on, as long as it does.
        let by_date = self.walk.by_date || (self.walk.cursor_lost && self.leads_on(shown));
        let cursor = page.next.clone().filter(|_| !by_date);
        self.walk.empty_pages = if shown.given == 0 { self.walk.empty_pages + 1 } else { 0 };
        self.walk.known_objects =
            if shown.fresh == 0 { self.walk.known_objects + shown.given } else { 0 };
        let onward = |next| Way { after: way.after, next: Some(next), manner: self.manner };
        if shown.given == 0 {
            return match cursor {
                _ if !page.more => Step::End,
                Some(next) if self.walk.empty_pages < EMPTY_PAGES => Step::Ask(onward(next)),
                _ => Step::Doubt(NOTHING_NEW),
            };
        }
        if !page.says_more() {
            // A full page that claims to be the last one is not believed.
            let full = self.manner.limit.is_some_and(|limit| shown.given >= limit);
            return match full && shown.date.is_some() && self.walk.ordered {
                true if self.leads_on(shown) => Step::Ask(self.dated(way)),
                true => self.widened(way).unwrap_or(Step::End),
                false => Step::End,
            };
        }
        if let Some(next) = cursor.filter(|_| !shown.round) {
            // Each of those remembered may come again once.
            let most = self.known.len() + shown.given;
            return match self.walk.known_objects > most {
                true => Step::Doubt(NOTHING_NEW),
                false => Step::Ask(onward(next)),
            };
        }
        if shown.date.is_none() {
            return Step::Doubt(if shown.round { ROUND } else { NO_WAY_ON });
        }
        if !self.walk.ordered {
            return Step::Doubt(NO_ORDER);
        }
        if shown.round && way.next.is_some() && !self.walk.by_date {
            self.walk.by_date = true;
            self.quirks.insert(Quirk::IgnoresCursor);
            return Step::Ask(self.dated(way));
        }
        match self.leads_on(shown) {
            true => Step::Ask(self.dated(way)),
            false => self.widened(way).unwrap_or(Step::Doubt(ONE_DATE)),
        }
    }

    /// Whether a request without cursor brings something else than the one before.
    fn leads_on(&self, shown: &Shown<'_>) -> bool {
        let Some(date) = shown.date.as_ref().filter(|_| self.walk.ordered) else { return false };
        self.position.added().is_none_or(|added| {
            date > added || (shown.fresh > 0 && date.micros() >= date::below(added))
        })
    }

    /// By date; where from is set when the position is.
    fn dated(&self, way: &Way) -> Way {
        Way { after: way.after, next: None, manner: self.manner }
    }

    /// A page without cursor that holds only what is known: a larger one may reach beyond.
    fn widened(&mut self, way: &Way) -> Option<Step> {
        self.manner.limit.filter(|limit| *limit < WIDE)?;
        self.manner.limit = Some(WIDE);
        Some(Step::Ask(self.dated(way)))
    }

    /// Whether the server claims more even behind a date that lies far ahead.
    async fn always_says_more(&mut self) -> bool {
        let way = Way { after: Some(FAR), next: None, manner: self.manner };
        let liar =
            self.ask(&way).await.is_ok_and(|page| page.says_more() && page.objects.is_empty());
        if liar {
            self.quirks.insert(Quirk::EndlessMore);
        }
        liar
    }
}

impl ObjectsPage {
    /// Whether there is more, by any of the two words for it.
    fn says_more(&self) -> bool {
        self.more || self.next.is_some()
    }
}

/// What a page showed.
struct Shown<'a> {
    given: usize,
    fresh: usize,
    /// The page came before.
    round: bool,
    date: &'a Option<Timestamp>,
}
