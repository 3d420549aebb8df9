//! Two nodes and a bad wire: loss, doubling, reordering, replays, forged steps, clocks ten minutes
//! apart, one node down for a week. In the end both hold the same thread, reckon the same limit, and
//! nothing that anybody said is lost or there twice. `ENLACE_LONG=1`: 100,000 histories.

use enlace_request::event::Event;
use enlace_request::next::Next;
use enlace_request::rule::Rules;
use enlace_request::state::{Kind, Side, Step};
use enlace_request::thread::{Frame, Thread};
use enlace_stix::Object;

use crate::desk::{
    ASKED, ASKING, DAY, HOUR, INFORMATION, MINUTE, NORMAL, URGENT, maker, object, request,
};

/// SplitMix64: the same history for the same seed.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// One node of the two.
struct Side2 {
    side: Side,
    /// How far its clock is from the true one.
    skew_us: i64,
    held: Vec<Event>,
    /// When the last step of the other side came, by its clock.
    received_us: Option<i64>,
    /// What the other has not confirmed.
    outbox: Vec<Event>,
    /// From when to when it is down.
    down: (i64, i64),
}

impl Side2 {
    fn is_up(&self, now_us: i64) -> bool {
        !(self.down.0..self.down.1).contains(&now_us)
    }
}

struct World {
    draw: Draw,
    request: Object,
    rules: Rules,
    now_us: i64,
    nodes: [Side2; 2],
    /// What is on the wire: when it arrives, to whom, what.
    wire: Vec<(i64, Side, Event)>,
    /// Everything that was ever on the wire, for replays.
    heard: Vec<Event>,
    number: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut draw = Draw(seed);
        let start = 1_000 * DAY;
        let mut node = |side| {
            let skew_us = draw.below(20 * MINUTE as u64) as i64 - 10 * MINUTE;
            let from = start + draw.below(3 * DAY as u64) as i64;
            let down = if draw.chance(30) { (from, from + 7 * DAY) } else { (0, 0) };
            let (held, outbox) = (Vec::new(), Vec::new());
            Side2 { side, skew_us, held, received_us: None, outbox, down }
        };
        let nodes = [node(Side::Asking), node(Side::Asked)];
        let rules = match draw.below(6) {
            0 => Rules { kind: Kind::Spontaneous, one_answer: false },
            1 => Rules { kind: Kind::Trace, one_answer: true },
            _ => INFORMATION,
        };
        let (wire, heard) = (Vec::new(), Vec::new());
        let request = request(seed);
        Self { draw, request, rules, now_us: start, nodes, wire, heard, number: 0 }
    }

    fn frame(&self) -> Frame<'_> {
        let urgent = self.request.id().as_str().ends_with(['0', '2', '4', '6', '8']);
        let wanted = if urgent { URGENT } else { NORMAL };
        Frame { request: &self.request, rules: self.rules, wanted }
    }

    fn node(&mut self, side: Side) -> &mut Side2 {
        &mut self.nodes[if side == Side::Asking { 0 } else { 1 }]
    }

    fn thread(&self, side: Side) -> Thread {
        let node = &self.nodes[if side == Side::Asking { 0 } else { 1 }];
        Thread::weave(&self.frame(), node.held.iter().cloned())
    }

    fn say(&mut self, side: Side, step: Step) {
        let now_us = self.now_us + self.node(side).skew_us;
        let thread = self.thread(side);
        let received_us = self.node(side).received_us;
        let view = thread.next(&Next { side, step, now_us, received_us }).unwrap();
        self.number += 1;
        let event = Event::read(&object(view, self.number, maker(side))).unwrap();
        let node = self.node(side);
        node.held.push(event.clone());
        node.outbox.push(event);
    }

    /// A person of this side does something that the pages offer.
    fn act(&mut self, side: Side) {
        let mut steps = self.thread(side).possible(side);
        // What ends a thread is said less often, so that histories grow.
        let ends = [Step::Withdrawn, Step::Closed];
        if !self.draw.chance(10) {
            steps.retain(|step| !ends.contains(step));
        }
        if !self.draw.chance(40) {
            steps.retain(|step| !step.is_outcome());
        }
        if let Some(step) = steps.get(self.draw.below(steps.len() as u64) as usize) {
            self.say(side, *step);
        }
    }

    /// Every node that is up sends again what the other has not confirmed: some is lost, some comes
    /// twice, everything takes its own time. Now and then somebody replays or forges.
    fn send(&mut self) {
        for at in 0..2 {
            if !self.nodes[at].is_up(self.now_us) {
                continue;
            }
            let to = self.nodes[at].side.other();
            for event in self.nodes[at].outbox.clone() {
                self.heard.push(event.clone());
                for _ in 0..1 + self.draw.below(2) {
                    if self.draw.chance(60) {
                        let late = self.draw.below(3 * HOUR as u64) as i64;
                        self.wire.push((self.now_us + late, to, event.clone()));
                    }
                }
            }
        }
        if self.draw.chance(20) && !self.heard.is_empty() {
            let old = self.heard[self.draw.below(self.heard.len() as u64) as usize].clone();
            let to = if self.draw.chance(50) { Side::Asking } else { Side::Asked };
            self.wire.push((self.now_us, to, old));
        }
        if self.draw.chance(10) {
            self.forge();
        }
    }

    /// Somebody who is not that side says what he likes at the next place.
    fn forge(&mut self) {
        let side = if self.draw.chance(50) { Side::Asking } else { Side::Asked };
        let thread = self.thread(side.other());
        let step = Step::ALL[self.draw.below(Step::ALL.len() as u64) as usize];
        let now_us = self.now_us;
        let Ok(view) = thread.next(&Next { side, step, now_us, received_us: None }) else { return };
        self.number += 1;
        let by = if side == Side::Asking { ASKED } else { ASKING };
        let event = Event::read(&object(view, self.number, by)).unwrap();
        self.wire.push((now_us, side.other(), event));
    }

    fn arrive(&mut self) {
        let now = self.now_us;
        let (due, rest) =
            std::mem::take(&mut self.wire).into_iter().partition(|(at, ..)| *at <= now);
        self.wire = rest;
        let due: Vec<(i64, Side, Event)> = due;
        for (_, to, event) in due {
            if !self.node(to).is_up(now) {
                continue;
            }
            // The door of the node: who signed it is who it says, and it is of the other side.
            let own = event.maker == maker(to);
            if own || event.maker != maker(event.side) {
                continue;
            }
            let node = self.node(to);
            if node.held.iter().all(|held| held.hash != event.hash) {
                node.held.push(event.clone());
                node.received_us = Some(now + node.skew_us);
            }
            // The answer to the POST may be lost too: then it is sent again.
            if self.draw.chance(70) {
                self.node(to.other()).outbox.retain(|waits| waits.hash != event.hash);
            }
        }
        for side in Side::ALL {
            if self.node(side).is_up(now) && self.thread(side).owes_receipt(side) {
                self.say(side, Step::Delivered);
            }
        }
    }

    fn run(&mut self) {
        self.say(Side::Asking, Step::Sent);
        let days = 1 + self.draw.below(14) as i64;
        let end = self.now_us + days * DAY;
        while self.now_us < end {
            self.now_us += self.draw.below(8 * HOUR as u64) as i64 + 1;
            self.send();
            self.arrive();
            for side in Side::ALL {
                let now = self.now_us;
                if self.node(side).is_up(now) && self.draw.chance(50) {
                    self.act(side);
                }
            }
        }
        // Everybody is up again and nobody says anything new; the wire stays as bad as it was.
        for node in &mut self.nodes {
            node.down = (0, 0);
        }
        let mut rounds = 0;
        while self.nodes.iter().any(|node| !node.outbox.is_empty()) || !self.wire.is_empty() {
            self.now_us += HOUR;
            self.send();
            self.arrive();
            rounds += 1;
            assert!(rounds < 2_000, "it never becomes quiet");
        }
    }
}

fn check(seed: u64) -> usize {
    let mut world = World::new(seed);
    world.run();
    let [asking, asked] = Side::ALL.map(|side| world.thread(side));
    let order = |thread: &Thread| {
        thread.steps().map(|(event, crossed)| (event.hash, crossed)).collect::<Vec<_>>()
    };
    assert_eq!(order(&asking), order(&asked), "seed {seed}: the threads differ");
    assert_eq!(asking.position(), asked.position(), "seed {seed}");
    assert_eq!(asking.clock, asked.clock, "seed {seed}: the limits differ");
    for (thread, side) in [(&asking, Side::Asking), (&asked, Side::Asked)] {
        assert!(thread.is_whole(), "seed {seed}: {side:?} {:?}", thread.faults);
        assert!(thread.waiting.is_empty(), "seed {seed}: {side:?} waits");
        assert!(thread.clock.misstated.is_empty(), "seed {seed}");
        // What a side said is what both hold of it: nothing lost, nothing doubled, in its order.
        let said = world.node(side).held.iter().filter(|e| e.side == side);
        let said: Vec<_> = said.map(|event| event.hash).collect();
        for thread in [&asking, &asked] {
            let held: Vec<_> = thread.chain(side).iter().map(|event| event.hash).collect();
            assert_eq!(held, said, "seed {seed}: {side:?}");
        }
    }
    if let (Some(started), Some(due)) = (asked.clock.started_us, asked.clock.due_us) {
        let sent = asked.chain(Side::Asking)[0].occurred_us;
        assert!(started >= sent - 20 * MINUTE, "seed {seed}: begins before it was sent");
        assert!(due > started && asked.clock.paused_us >= 0, "seed {seed}");
    }
    order(&asked).iter().filter(|(_, crossed)| *crossed).count()
}

#[test]
fn threads_converge_and_limits_agree_whatever_the_wire_does() {
    let long = std::env::var("ENLACE_LONG").is_ok_and(|v| v == "1");
    let count = if long { 100_000 } else { 2_000 };
    let crossed: usize = (0..count).map(check).sum();
    // The histories are worth something only if steps do cross.
    assert!(crossed > count as usize / 100, "only {crossed} steps crossed");
    println!("{count} histories, {crossed} steps crossed");
}
