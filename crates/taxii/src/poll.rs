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
use crate::transport::{Transport, TransportError};
use circle::Circle;
pub use way::Quirk;
use way::{Manner, Way};

mod circle;
mod dates;
mod way;

/// Empty pages in a row that a chain of cursors may have: filters empty pages.
const EMPTY_PAGES: usize = 10;
/// Largest page that is asked for where objects of one date do not fit into a smaller one.
const WIDE: usize = 10_000;
/// Cursors that may be refused before the walk goes on by date alone.
const REFUSALS: usize = 2;
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
    may_ask_manifest: bool,
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
            may_ask_manifest: true,
        };
        let state = State::Ask(Way { after: position.ask_behind(), next: None, manner });
        let (known, quirks) = (position.known(), BTreeSet::new());
        Self { client, root, collection, position, known, quirks, manner, walk, state }
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

    async fn fetch(&mut self, mut way: Way) -> Result<(Way, ObjectsPage), ClientError> {
        let mut backoff = Backoff::default();
        loop {
            let error = match self.ask(&way).await {
                Ok(page) => return Ok((way, page)),
                Err(error) => error,
            };
            if let ClientError::Transport(TransportError::TooLarge(_)) = error
                && let Some(smaller) = self.smaller()
            {
                way = smaller;
                continue;
            }
            if let Some(found) = self.other_way(&way, &error).await? {
                return Ok(found);
            }
            if !self.client.waits(&mut backoff, &error).await {
                return Err(error);
            }
            way = self.again_after(&error, way);
        }
    }

    async fn ask(&self, way: &Way) -> Result<ObjectsPage, ClientError> {
        self.client.page(self.root, self.collection, &way.query()).await
    }

    /// How to ask again after a failure. Only an answer that says "later" leaves a cursor as it
    /// was; where the answer was lost, the server may have spent it.
    fn again_after(&mut self, error: &ClientError, way: Way) -> Way {
        let kept = match error {
            ClientError::Busy { .. } => true,
            other => matches!(other.refusal(), Some(429 | 503)),
        };
        if kept || way.next.is_none() { way } else { self.by_date() }
    }

    /// From the position, without a cursor.
    fn by_date(&mut self) -> Way {
        self.begin();
        Way { after: self.position.ask_behind(), next: None, manner: self.manner }
    }

    /// A chain of requests begins.
    fn begin(&mut self) {
        self.walk.circle = Circle::default();
        self.walk.last = None;
    }

    /// From the position with smaller pages, if they can be smaller.
    fn smaller(&mut self) -> Option<Way> {
        let limit = self.manner.limit.filter(|limit| *limit > 1)?;
        self.manner.limit = Some((limit / 4).max(1));
        Some(self.by_date())
    }

    /// Asks in other words what was refused.
    async fn other_way(
        &mut self,
        way: &Way,
        error: &ClientError,
    ) -> Result<Option<(Way, ObjectsPage)>, ClientError> {
        let status = match (error.refusal(), &way.next) {
            (Some(status @ (400 | 406 | 414 | 416 | 422 | 501)), _) => status,
            (Some(status @ (404 | 410)), Some(_)) => status,
            // Some fail on dates that they cannot read.
            (Some(status @ 500), None) => status,
            _ => return Ok(None),
        };
        for other in way.others(status) {
            if let Ok(page) = self.ask(&other).await {
                self.quirks.extend(other.manner.quirks(&self.manner));
                self.manner = other.manner;
                return Ok(Some((other, page)));
            }
        }
        if way.next.is_none() {
            return Ok(None);
        }
        self.quirks.insert(Quirk::RefusesCursor);
        self.walk.refusals += 1;
        let dated = self.walk.newest.is_some() && self.walk.ordered;
        if self.walk.refusals >= REFUSALS && dated {
            self.walk.by_date = true;
        } else if self.walk.refusals > REFUSALS {
            return Ok(None);
        }
        let other = self.by_date();
        let page = self.ask(&other).await?;
        Ok(Some((other, page)))
    }

    /// What of a page is new; sets the position behind it and what to ask next.
    async fn take(&mut self, way: &Way, mut page: ObjectsPage) -> Vec<Box<RawValue>> {
        let prints: Vec<Fingerprint> = page.objects.iter().map(|o| Fingerprint::of(o)).collect();
        let date = self.date_of(&page).await;
        self.check_order(&page, date.as_ref());
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
        let shown = Shown { given: prints.len(), fresh: fresh.len(), date: &date };
        let step = self.step(way, &page, &prints, &shown);
        self.position.saw(date, fresh);
        let objects = page.objects;
        let step = match step {
            Step::Doubt(why) => match self.always_says_more().await {
                true => Step::End,
                false => {
                    self.state = State::Fail(ClientError::Stuck(why));
                    Step::Doubt(why)
                }
            },
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
    fn check_order(&mut self, page: &ObjectsPage, date: Option<&Timestamp>) {
        let Some(date) = date else { return };
        let first = page.date_added_first.as_ref().unwrap_or(date);
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
        self.position.advance(to, whole, self.manner.slack());
    }

    fn step(
        &mut self,
        way: &Way,
        page: &ObjectsPage,
        prints: &[Fingerprint],
        shown: &Shown<'_>,
    ) -> Step {
        let cursor = page.next.clone().filter(|_| !self.walk.by_date);
        let goes_on = page.more || cursor.is_some();
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
        if !goes_on {
            // A full page that claims to be the last one is not believed.
            let full = self.manner.limit.is_some_and(|limit| shown.given >= limit);
            let dated = shown.date.is_some() && self.walk.ordered;
            return match full && shown.fresh > 0 && dated {
                true => Step::Ask(self.dated(way)),
                false => Step::End,
            };
        }
        let round = self.walk.circle.closes(Fingerprint::of_page(prints));
        if let Some(next) = cursor.filter(|_| !round) {
            // Each of those remembered may come again once.
            let most = self.known.len() + shown.given;
            return match self.walk.known_objects > most {
                true => Step::Doubt(NOTHING_NEW),
                false => Step::Ask(onward(next)),
            };
        }
        if shown.date.is_none() {
            return Step::Doubt(if round { ROUND } else { NO_WAY_ON });
        }
        if !self.walk.ordered {
            return Step::Doubt(NO_ORDER);
        }
        if round && way.next.is_some() && !self.walk.by_date {
            self.walk.by_date = true;
            self.quirks.insert(Quirk::IgnoresCursor);
            return Step::Ask(self.dated(way));
        }
        let goes_on = shown.date.as_ref() > self.position.added();
        match shown.fresh > 0 || goes_on {
            true => Step::Ask(self.dated(way)),
            false => self.widened(way),
        }
    }

    /// By date; where from is set when the position is.
    fn dated(&self, way: &Way) -> Way {
        Way { after: way.after, next: None, manner: self.manner }
    }

    /// A page without cursor that holds only what is known: a larger one may reach beyond.
    fn widened(&mut self, way: &Way) -> Step {
        match self.manner.limit {
            Some(limit) if limit < WIDE => {
                self.manner.limit = Some(WIDE);
                self.walk.circle = Circle::default();
                Step::Ask(self.dated(way))
            }
            _ => Step::Doubt(ONE_DATE),
        }
    }

    /// Whether the server claims more even behind a date that lies far ahead.
    async fn always_says_more(&mut self) -> bool {
        let way = Way { after: Some(FAR), next: None, manner: self.manner };
        let liar = self.ask(&way).await.is_ok_and(|page| page.more && page.objects.is_empty());
        if liar {
            self.quirks.insert(Quirk::EndlessMore);
        }
        liar
    }
}

/// What a page showed.
struct Shown<'a> {
    given: usize,
    fresh: usize,
    date: &'a Option<Timestamp>,
}
