//! Tools at work: some send envelopes and remember which were acknowledged, some walk along.
//!
//! A writer does what the standard advises: what was not acknowledged it sends again, until it is.
//! So at the end everything that was ever sent has to be there once.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::desk::{Desk, Shelf, check_refusal, id_of, indicator, is_acknowledged};
use super::walk::{Walk, Way};

/// Longest wait for a service to be back.
pub const BACK: Duration = Duration::from_secs(30);
const WRITERS: usize = 4;
/// Between two tries to reach somebody who is not there.
const PAUSE: Duration = Duration::from_millis(10);

/// What the tools know of their own.
#[derive(Default)]
pub struct Known {
    over: AtomicBool,
    /// Requests that add something and have no answer yet.
    pub under_way: AtomicUsize,
    /// Those that lost their connection without an answer.
    pub broken: AtomicUsize,
    pub acknowledged: AtomicUsize,
    pub refused: AtomicUsize,
    /// Text by id of what was acknowledged.
    kept: Mutex<BTreeMap<String, String>>,
}

pub struct Load {
    pub known: Arc<Known>,
    shelf: Shelf,
    writers: Vec<JoinHandle<()>>,
    readers: Vec<JoinHandle<Walk>>,
}

impl Load {
    pub fn start(desk: &Desk) -> Self {
        let known = Arc::new(Known::default());
        let shelf = desk.shelf.clone();
        let writers = (0..WRITERS).map(|number| {
            let (known, shelf) = (Arc::clone(&known), shelf.clone());
            std::thread::spawn(move || write(number, &known, &shelf))
        });
        let ways = [(Way::Next, 7), (Way::Added, 7), (Way::Next, 200)];
        let readers = ways.into_iter().map(|(way, limit)| {
            let walk = Walk::new(&shelf, way, limit);
            let known = Arc::clone(&known);
            std::thread::spawn(move || read(walk, &known))
        });
        let (writers, readers) = (writers.collect(), readers.collect());
        Self { known, shelf, writers, readers }
    }

    /// Waits until so many more are acknowledged: the service is there.
    pub fn wait_for_more(&self, more: usize) {
        let before = self.known.acknowledged.load(Ordering::SeqCst);
        let since = Instant::now();
        while self.known.acknowledged.load(Ordering::SeqCst) < before + more {
            assert!(since.elapsed() < BACK, "not back within {BACK:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Something that another than the writers sent and that was acknowledged.
    pub fn keep(&self, text: String) {
        self.known.kept.lock().unwrap().insert(id_of(&text), text);
    }

    /// Lets everybody finish, and checks what is there; answers how many objects that is.
    pub fn finish(self) -> usize {
        self.known.over.store(true, Ordering::SeqCst);
        for writer in self.writers {
            writer.join().expect("a writer");
        }
        let walks: Vec<Walk> =
            self.readers.into_iter().map(|reader| reader.join().expect("a reader")).collect();
        let mut fresh = Walk::new(&self.shelf, Way::Next, 500);
        fresh.finish();
        for mut walk in walks {
            walk.finish();
            assert_eq!(walk.ids.len(), fresh.ids.len(), "a reader that went on with its place");
            assert!(walk.ids == fresh.ids, "saw another order");
        }
        let kept = self.known.kept.lock().unwrap();
        for (id, object) in fresh.ids.iter().zip(&fresh.objects) {
            let sent: Value = serde_json::from_str(&kept[id]).unwrap();
            assert_eq!(*object, sent, "as it was sent");
        }
        let mut found = fresh.ids;
        found.sort();
        let sent: Vec<String> = kept.keys().cloned().collect();
        assert!(found == sent, "{} are there, {} were acknowledged", found.len(), sent.len());
        for chunk in sent.chunks(sent.len().div_ceil(20).max(1)) {
            check_text(&self.shelf, &chunk[0], &kept[&chunk[0]]);
        }
        found.len()
    }
}

/// An object is there as it was sent, byte for byte.
fn check_text(shelf: &Shelf, id: &str, text: &str) {
    let found = shelf.tool.get(&format!("{}{id}/", shelf.objects));
    let body = String::from_utf8(found.body).unwrap();
    assert!(body.contains(text), "{id}: {body}");
}

fn write(number: usize, known: &Known, shelf: &Shelf) {
    let mut envelope = 0;
    while !known.over.load(Ordering::SeqCst) {
        let texts: Vec<String> =
            (0..1 + envelope % 8).map(|place| indicator(number, envelope, place)).collect();
        let body = format!("{{\"objects\":[{}]}}", texts.join(","));
        let mut since = Instant::now();
        while !attempt(known, shelf, body.as_bytes()) {
            assert!(
                since.elapsed() < BACK * 2,
                "writer {number}: nobody takes envelope {envelope}"
            );
            if !known.over.load(Ordering::SeqCst) {
                since = Instant::now();
            }
            std::thread::sleep(PAUSE);
        }
        let mut kept = known.kept.lock().unwrap();
        kept.extend(texts.into_iter().map(|text| (id_of(&text), text)));
        known.acknowledged.fetch_add(1, Ordering::SeqCst);
        envelope += 1;
    }
}

/// Sends once; whether all of it was acknowledged.
fn attempt(known: &Known, shelf: &Shelf, body: &[u8]) -> bool {
    known.under_way.fetch_add(1, Ordering::SeqCst);
    let answer = shelf.post(body);
    known.under_way.fetch_sub(1, Ordering::SeqCst);
    match answer {
        Ok(answer) if answer.status == 202 => {
            assert!(is_acknowledged(&answer), "{}", answer.json());
            true
        }
        Ok(answer) => {
            check_refusal(&answer);
            known.refused.fetch_add(1, Ordering::SeqCst);
            false
        }
        Err(error) => {
            if error.kind() != io::ErrorKind::ConnectionRefused {
                known.broken.fetch_add(1, Ordering::SeqCst);
            }
            false
        }
    }
}

fn read(mut walk: Walk, known: &Known) -> Walk {
    while !known.over.load(Ordering::SeqCst) {
        match walk.step() {
            Ok(page) if page.status == 200 => {}
            Ok(refused) => check_refusal(&refused),
            Err(_) => {}
        }
        std::thread::sleep(PAUSE);
    }
    walk
}
