//! A thread: two chains of steps, one a side, woven into one order that both nodes reckon alike.
//!
//! Each side numbers and links its own steps, and each step names the last one of the other side
//! that its maker had read. So two steps that cross on the way are no fork: whichever node
//! holds the same steps orders them the same way, the asked side's first, and a step that no longer
//! fits there counts as *crossed*: it stands in the thread and moves nothing.

use std::collections::{BTreeMap, VecDeque};

use enlace_stix::Object;

use crate::clock::{Clock, Wanted};
use crate::event::{Event, Hash, hash};
use crate::rule::{Impossible, Rules, after};
use crate::state::{Position, Side, Step};

/// What a thread is woven from beside its steps.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The request.
    pub request: &'a Object,
    /// Which steps there are.
    pub rules: Rules,
    /// What it says about time.
    pub wanted: Wanted,
}

/// What is wrong with a step: it is left out, and so is what its side says after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum FaultKind {
    /// Of another request, or made by somebody who is not that side.
    #[error("not a step of this thread by this side")]
    Stranger,
    /// Another step stands at this place: its side said two things.
    #[error("its side has another step at this place")]
    Forked,
    /// Does not follow what its side said before.
    #[error("does not follow the step before it")]
    BrokenChain,
    /// Follows steps of the other side that this node does not have in that form.
    #[error("its side has read other steps than stand here")]
    Divergent,
    /// Its side's times run back, or it unreads what it had read.
    #[error("runs back behind the step before it")]
    Backwards,
    /// Not possible from where its side saw the thread.
    #[error("impossible: {0}")]
    Impossible(Impossible),
}

impl FaultKind {
    /// Stable code.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Stranger => "request.thread.stranger",
            Self::Forked => "request.thread.forked",
            Self::BrokenChain => "request.thread.broken-chain",
            Self::Divergent => "request.thread.divergent",
            Self::Backwards => "request.thread.backwards",
            Self::Impossible(why) => why.rule(),
        }
    }
}

/// A step that is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Id of the event.
    pub event: String,
    /// What is wrong.
    pub kind: FaultKind,
}

/// One step in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Whose.
    side: Side,
    /// Which of its chain, from 0.
    at: usize,
    /// Whether it crossed with one of the other side and moves nothing.
    crossed: bool,
}

/// A thread as one node holds it.
#[derive(Debug, Clone)]
pub struct Thread {
    rules: Rules,
    request: String,
    start: Hash,
    asking: Vec<Event>,
    asked: Vec<Event>,
    order: Vec<Place>,
    position: Option<Position>,
    /// Steps that cannot be placed yet: others before them are still on the way.
    pub waiting: Vec<Event>,
    /// Steps that were left out.
    pub faults: Vec<Fault>,
    /// The limit.
    pub clock: Clock,
}

impl Thread {
    /// Weaves the steps that a node holds, in the order of their arrival: of two at one place the
    /// earlier one stands.
    pub fn weave(frame: &Frame<'_>, events: impl IntoIterator<Item = Event>) -> Self {
        let mut thread = Self::empty(frame);
        let mut open: [Open; 2] = Default::default();
        for event in events {
            let side = event.side;
            let party = match side {
                Side::Asking => "asked_by_ref",
                Side::Asked => "asked_of_ref",
            };
            if event.request != thread.request || frame.request.text(party) != Some(&event.maker) {
                thread.fault(&event, FaultKind::Stranger);
                continue;
            }
            let [asking, asked] = &mut open;
            let chain = if side == Side::Asking { asking } else { asked };
            let here = chain.entry(event.sequence).or_default();
            if here.iter().all(|other| other.hash != event.hash) {
                here.push_back(event);
            }
        }
        thread.place_all(open);
        thread.fold();
        thread.clock = Clock::of(&thread, frame.wanted);
        thread
    }

    fn empty(frame: &Frame<'_>) -> Self {
        Self {
            rules: frame.rules,
            request: frame.request.id().to_string(),
            start: hash(frame.request),
            asking: Vec::new(),
            asked: Vec::new(),
            order: Vec::new(),
            position: None,
            waiting: Vec::new(),
            faults: Vec::new(),
            clock: Clock::unset(),
        }
    }

    /// The steps of a side, in its order.
    pub fn chain(&self, side: Side) -> &[Event] {
        match side {
            Side::Asking => &self.asking,
            Side::Asked => &self.asked,
        }
    }

    /// Every placed step in the common order, with whether it crossed.
    pub fn steps(&self) -> impl Iterator<Item = (&Event, bool)> {
        self.order.iter().filter_map(|p| Some((self.chain(p.side).get(p.at)?, p.crossed)))
    }

    /// The steps of a side that moved the thread, in order.
    pub(crate) fn counted(&self, side: Side) -> impl Iterator<Item = &Event> {
        self.steps().filter(move |(e, crossed)| e.side == side && !crossed).map(|(e, _)| e)
    }

    /// Where it stands; `None` before it was sent.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Id of the request.
    pub fn request(&self) -> &str {
        &self.request
    }

    /// Which steps there are.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Whether both nodes hold the same as far as this one can tell: nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    /// Hash that the next step of a side names as the one before it.
    pub fn head(&self, side: Side) -> Hash {
        self.chain(side).last().map_or(self.start, |event| event.hash)
    }

    /// Whether this side's node owes the other a receipt: something of the other arrived since its
    /// own last step that is no receipt itself.
    pub fn owes_receipt(&self, side: Side) -> bool {
        let read = self.chain(side).last().and_then(|e| e.seen).map_or(0, |seen| seen.sequence);
        let news = self.chain(side.other()).iter().filter(|e| e.sequence > read);
        news.into_iter().any(|event| event.step != Step::Delivered)
    }

    /// Whether an event of the asked side is the first that has read an answer to its question
    /// back: the clarification, not one that crossed.
    pub(crate) fn answers_back(&self, event: &Event) -> bool {
        let chain = self.chain(Side::Asked);
        let before = usize::try_from(event.sequence.saturating_sub(1)).unwrap_or(usize::MAX);
        let read = |e: &Event| e.seen.map_or(0, |seen| seen.sequence);
        let question = chain.iter().take(before).rev().find(|e| e.step == Step::NeedsClarification);
        let since = question.map_or(0, read);
        self.counted(Side::Asking)
            .any(|e| e.step == Step::Clarified && e.sequence > since && e.sequence <= read(event))
    }

    fn fault(&mut self, event: &Event, kind: FaultKind) {
        self.faults.push(Fault { event: event.id.clone(), kind });
    }

    fn place_all(&mut self, mut open: [Open; 2]) {
        loop {
            let mut moved = false;
            for (side, chain) in Side::ALL.into_iter().zip(&mut open) {
                moved |= self.place_next(side, chain);
            }
            if !moved {
                break;
            }
        }
        self.waiting = open.into_iter().flat_map(BTreeMap::into_values).flatten().collect();
    }

    /// Places or leaves out the next step of a side; `false` when there is none, or it has to wait.
    fn place_next(&mut self, side: Side, chain: &mut Open) -> bool {
        let next = self.chain(side).len() as u64 + 1;
        let Some(here) = chain.get_mut(&next) else { return false };
        let Some(event) = here.pop_front() else { return false };
        match self.check(&event) {
            Check::Waits => {
                here.push_front(event);
                return false;
            }
            Check::Fault(kind) => self.fault(&event, kind),
            Check::Fits => {
                for other in chain.remove(&next).unwrap_or_default() {
                    self.fault(&other, FaultKind::Forked);
                }
                match side {
                    Side::Asking => self.asking.push(event),
                    Side::Asked => self.asked.push(event),
                }
            }
        }
        true
    }

    /// Whether an event can stand at the end of its chain.
    fn check(&self, event: &Event) -> Check {
        let last = self.chain(event.side).last();
        if event.previous != self.head(event.side) {
            return Check::Fault(FaultKind::BrokenChain);
        }
        let read = event.seen.map_or(0, |seen| seen.sequence);
        let before = last.and_then(|e| e.seen).map_or(0, |seen| seen.sequence);
        if read < before || last.is_some_and(|e| e.occurred_us > event.occurred_us) {
            return Check::Fault(FaultKind::Backwards);
        }
        let other = self.chain(event.side.other());
        if let Some(seen) = event.seen {
            let place = usize::try_from(seen.sequence.saturating_sub(1)).unwrap_or(usize::MAX);
            match other.get(place) {
                None => return Check::Waits,
                Some(found) if found.hash != seen.hash => {
                    return Check::Fault(FaultKind::Divergent);
                }
                Some(_) => {}
            }
        }
        let own = self.chain(event.side).len();
        let read = usize::try_from(read).unwrap_or(usize::MAX);
        let (asking, asked) = match event.side {
            Side::Asking => (own, read),
            Side::Asked => (read, own),
        };
        let (_, at) = self.fold_of(asking, asked);
        match after(self.rules, at, event.side, event.step) {
            Ok(_) => Check::Fits,
            Err(why) => Check::Fault(FaultKind::Impossible(why)),
        }
    }

    fn fold(&mut self) {
        (self.order, self.position) = self.fold_of(self.asking.len(), self.asked.len());
    }

    /// The common order of the first steps of each side, and where they lead.
    fn fold_of(&self, asking: usize, asked: usize) -> (Vec<Place>, Option<Position>) {
        let (mut order, mut position) = (Vec::with_capacity(asking + asked), None);
        let (mut i, mut j) = (0, 0); // of asked, of asking
        loop {
            let has = |event: &&Event, other: usize| {
                event.seen.is_none_or(|seen| seen.sequence <= other as u64)
            };
            let of_asked = self.asked.get(i).filter(|_| i < asked).filter(|e| has(e, j));
            let of_asking = self.asking.get(j).filter(|_| j < asking).filter(|e| has(e, i));
            let Some(event) = of_asked.or(of_asking) else { break };
            let at = if event.side == Side::Asked { i } else { j };
            let next = after(self.rules, position, event.side, event.step);
            order.push(Place { side: event.side, at, crossed: next.is_err() });
            position = next.ok().or(position);
            match event.side {
                Side::Asked => i += 1,
                Side::Asking => j += 1,
            }
        }
        (order, position)
    }
}

/// Steps of a side that are not placed yet, by their place, in the order of their arrival.
type Open = BTreeMap<u64, VecDeque<Event>>;

enum Check {
    Fits,
    Waits,
    Fault(FaultKind),
}
