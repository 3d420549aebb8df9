//! Pollers of a collection that two processes write to and delete from at once, where every
//! transaction pauses between taking its dates and its commit.
//!
//! It is the moment that loses objects: were a later date to be committed first, a poller would take
//! it for its place and never see the earlier one.

#![allow(clippy::print_stdout)]

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::pause;
use crate::crash::random::Random;
use crate::faults::desk::{Desk, Shelf, id_of, indicator, is_acknowledged};
use crate::faults::walk::{Walk, Way};
use crate::migrate::server;
use crate::support::{Node, TAXII};

/// How long writers write in a round.
const ROUND: Duration = Duration::from_secs(4);
/// Writers of each process.
const WRITERS: usize = 3;
/// One of so many objects is deleted, at most.
const DELETED: usize = 8;

#[test]
fn pollers_of_two_processes_see_every_object_once_in_one_order_whatever_waits_for_its_commit() {
    let rounds = if std::env::var_os("ENLACE_LONG").is_some() { 12 } else { 1 };
    for round in 0..rounds {
        let seed = Random::seed() + round;
        println!("seed {seed}");
        let pair = Pair::new(seed);
        let known = Known::default();
        let polled = pair.play(seed, &known);
        pair.check(&known, polled);
    }
}

/// Two processes on one server, and the doors of both to one collection.
struct Pair {
    first: Desk,
    second: Node,
    doors: [Shelf; 2],
    url: String,
}

/// What writers and deleters were told.
#[derive(Default)]
struct Known {
    over: AtomicBool,
    /// Acknowledged, in the order in which it was told, and not given to a deleter.
    there: Mutex<Vec<String>>,
    deleted: Mutex<BTreeSet<String>>,
}

/// A poller, and when it asked: microseconds since 1970.
struct Polled {
    walk: Walk,
    spans: Vec<Range<i64>>,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let (first, url) = (Desk::new(), server());
        first.node.must(&["migrate", "--to", &url]);
        let second = first.node.double("ec-second");
        let blobs = first.node.dir.join("blobs");
        let store = format!("[store]\nurl = \"{url}\"\nblobs = \"{}\"\n", blobs.display());
        for dir in [&first.node.dir, &second.dir] {
            let path = dir.join("enlace.toml");
            let listen = fs::read_to_string(&path).unwrap();
            fs::write(&path, format!("{listen}{store}")).unwrap();
        }
        pause::install(&url, seed);
        first.node.serve();
        second.serve();
        let doors = [first.shelf.clone(), first.shelf.at(second.pages)];
        Self { first, second, doors, url }
    }

    /// Writers, deleters and pollers at both doors; then the pollers to their end.
    fn play(&self, seed: u64, known: &Known) -> Vec<Polled> {
        let until = Instant::now() + ROUND;
        thread::scope(|scope| {
            let pollers: Vec<_> = self
                .pollers()
                .into_iter()
                .map(|(walk, doors)| scope.spawn(move || poll(walk, &doors, known)))
                .collect();
            let mut writers = Vec::new();
            for (side, door) in self.doors.iter().enumerate() {
                for writer in 0..WRITERS {
                    let number = side * WRITERS + writer;
                    writers.push(scope.spawn(move || write(number, door, until, known)));
                }
                let random = Random::new(seed ^ side as u64);
                writers.push(scope.spawn(move || delete(random, door, until, known)));
            }
            let wrote: Vec<_> = writers.into_iter().map(ScopedJoinHandle::join).collect();
            known.over.store(true, Ordering::SeqCst);
            wrote.into_iter().for_each(Result::unwrap);
            pollers.into_iter().map(|poller| poller.join().unwrap()).collect()
        })
    }

    /// By cursors and by dates alone; at one process, at the other, and at both in turn, as behind a
    /// balancer.
    fn pollers(&self) -> Vec<(Walk, Vec<Shelf>)> {
        let [one, other] = &self.doors;
        let doors = [vec![one.clone()], vec![other.clone()], self.doors.to_vec()];
        let ways = [(Way::Next, 5), (Way::Added, 9)];
        ways.into_iter()
            .flat_map(|(way, limit)| doors.clone().map(|doors| (Walk::new(one, way, limit), doors)))
            .collect()
    }

    fn check(&self, known: &Known, polled: Vec<Polled>) {
        self.check_pauses(&polled);
        let there = known.there.lock().unwrap();
        let deleted = known.deleted.lock().unwrap();
        println!("{} objects, {} deleted", there.len() + deleted.len(), deleted.len());
        assert!(there.len() > 50 && deleted.len() > 5, "too little happened");

        let [one, other] = &self.doors;
        let mut fresh = Walk::new(one, Way::Next, 500);
        fresh.finish();
        let told: BTreeSet<&String> = there.iter().collect();
        assert!(
            fresh.ids.iter().collect::<BTreeSet<_>>() == told,
            "what was acknowledged is there"
        );
        assert_eq!(dated(other), fresh.ids, "the other process dates them in the same order");

        let mut seen = Vec::new();
        for poller in polled {
            let mut walk = poller.walk;
            // That each came once, and no date fell, is checked there.
            walk.finish();
            let kept = |id: &&String| !deleted.contains(*id);
            let left: Vec<&String> = walk.ids.iter().filter(kept).collect();
            let missed = fresh.ids.iter().find(|id| !left.contains(id));
            assert_eq!(missed, None, "{:?} passed over it", walk.way);
            assert!(left.iter().copied().eq(&fresh.ids), "{:?}: another order", walk.way);
            seen.push(walk.ids);
        }
        check_orders(&seen);
        self.first.node.stop();
        self.second.stop();
        self.second.must(&["fsck"]);
        self.second.must(&["ledger", "verify"]);
    }

    /// That both processes paused, and that pollers asked and were answered meanwhile.
    fn check_pauses(&self, polled: &[Polled]) {
        let pauses = pause::made(&self.url);
        let backends: BTreeSet<i32> = pauses.iter().map(|pause| pause.backend).collect();
        let asked: Vec<&Range<i64>> = polled.iter().flat_map(|poller| &poller.spans).collect();
        let inside = |pause: &Range<i64>| {
            asked.iter().any(|asked| pause.start < asked.start && asked.end < pause.end)
        };
        let met = pauses.iter().filter(|pause| inside(&pause.span)).count();
        println!("{} pauses, polls in {met} of them; {} polls", pauses.len(), asked.len());
        assert!(backends.len() > 1, "only one process wrote: {backends:?}");
        assert!(met > 10, "pollers met {met} of {} pauses", pauses.len());
    }
}

/// Sends envelope after envelope; each is taken.
fn write(number: usize, door: &Shelf, until: Instant, known: &Known) {
    let mut envelope = 0;
    while Instant::now() < until {
        let texts: Vec<String> =
            (0..1 + envelope % 4).map(|place| indicator(number, envelope, place)).collect();
        let body = format!("{{\"objects\":[{}]}}", texts.join(","));
        let answer = door.post(body.as_bytes()).unwrap();
        assert!(is_acknowledged(&answer), "{}\n{}", answer.head, answer.json());
        known.there.lock().unwrap().extend(texts.iter().map(|text| id_of(text)));
        envelope += 1;
    }
}

/// Deletes what was just added, which may be where a poller stands, or anything before.
fn delete(mut random: Random, door: &Shelf, until: Instant, known: &Known) {
    while Instant::now() < until {
        thread::sleep(Duration::from_millis(random.below(40) as u64));
        let mut there = known.there.lock().unwrap();
        let mut deleted = known.deleted.lock().unwrap();
        if there.len() < DELETED * (deleted.len() + 1) {
            continue;
        }
        let newest = there.len() - 1;
        let at = if random.below(2) == 0 { newest } else { random.below(newest) };
        let id = there.swap_remove(at);
        deleted.insert(id.clone());
        drop((there, deleted));
        let path = format!("{}{id}/", door.objects);
        let gone = door.tool.send("DELETE", &path, &[("Accept", TAXII)], b"");
        assert_eq!(gone.status, 200, "{id}: {}\n{}", gone.head, gone.json());
    }
}

/// Asks again and again, at each door in turn.
fn poll(mut walk: Walk, doors: &[Shelf], known: &Known) -> Polled {
    let mut spans = Vec::new();
    for door in doors.iter().cycle() {
        if known.over.load(Ordering::SeqCst) {
            break;
        }
        walk.turn_to(door);
        let began = now_us();
        let page = walk.step().unwrap();
        assert_eq!(page.status, 200, "{}\n{}", page.head, page.json());
        spans.push(began..now_us());
        thread::sleep(Duration::from_millis(2));
    }
    Polled { walk, spans }
}

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

/// All ids in the order of the manifest, whose dates grow strictly.
fn dated(door: &Shelf) -> Vec<String> {
    let manifest = door.objects.replace("/objects/", "/manifest/");
    let (mut ids, mut dates) = (Vec::new(), Vec::<String>::new());
    let mut path = format!("{manifest}?limit=500");
    loop {
        let page = door.tool.get(&path);
        for line in page.objects() {
            ids.push(line["id"].as_str().unwrap().to_owned());
            dates.push(line["date_added"].as_str().unwrap().to_owned());
        }
        let body = page.json();
        let Some(next) = body["next"].as_str() else { break };
        path = format!("{manifest}?limit=500&next={next}");
    }
    assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "dates grow: {dates:?}");
    ids
}

/// What two pollers both saw, deleted or not, they saw in the same order.
fn check_orders(seen: &[Vec<String>]) {
    for (at, one) in seen.iter().enumerate() {
        for other in &seen[at + 1..] {
            assert!(shared(one, other) == shared(other, one), "two pollers saw two orders");
        }
    }
}

/// Those of `ids` that are in `others` too, in their order.
fn shared<'a>(ids: &'a [String], others: &[String]) -> Vec<&'a String> {
    let others: BTreeSet<&String> = others.iter().collect();
    ids.iter().filter(|id| others.contains(id)).collect()
}
