//! Places for connections. Where all are taken, whoever has made the node wait the longest gives
//! way to who comes: a crowd of idle or slow clients keeps nobody out, and where there is no crowd,
//! nobody is hurried.
//!
//! How patient the node is with a client follows from the bytes that move: each gives a little
//! credit, which time uses up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// Bytes a second below which a client counts as slow.
const PACE: u64 = 1024;
/// Credit of a client that comes or asks, and the most that it can gather.
const CREDIT: Duration = Duration::from_secs(5);
/// A client that owes an answer, or has one to read, is cut off this long after its credit ended.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time for somebody to leave before another one is asked to.
const AGAIN: Duration = Duration::from_millis(50);

/// The places of one listener.
pub(super) struct Hall {
    places: Arc<Semaphore>,
    seats: Mutex<BTreeMap<u64, Arc<Seat>>>,
    next: AtomicU64,
}

/// What is known of a connection.
pub(super) struct Seat {
    began: Instant,
    /// End of the client's credit in microseconds since `began`.
    credit_us: AtomicU64,
    /// Requests that the node works on: it is not the client that is waited for.
    working: AtomicUsize,
    /// Whether a request came yet.
    asked: AtomicBool,
    leaving: AtomicBool,
    leave: Notify,
}

/// A seat that is taken; free again when it is dropped.
pub(super) struct Taken {
    hall: Arc<Hall>,
    number: u64,
    seat: Arc<Seat>,
    _place: OwnedSemaphorePermit,
}

/// A request that is worked on.
pub(super) struct Working(Arc<Seat>);

impl Hall {
    pub(super) fn new(places: usize) -> Self {
        let places = Arc::new(Semaphore::new(places));
        Self { places, seats: Mutex::default(), next: AtomicU64::new(0) }
    }

    /// A seat for a connection, as soon as there is one.
    pub(super) async fn take(self: &Arc<Self>) -> Taken {
        let place = loop {
            let place = Arc::clone(&self.places);
            match place.try_acquire_owned() {
                Ok(place) => break place,
                Err(_) => self.ask_one_to_leave(),
            }
            // While the node works for all of them, one will be done some time.
            let freed = timeout(AGAIN, Arc::clone(&self.places).acquire_owned()).await;
            if let Ok(Ok(place)) = freed {
                break place;
            }
        };
        let (number, seat) = (self.next.fetch_add(1, Ordering::Relaxed), Arc::new(Seat::new()));
        self.seats().insert(number, Arc::clone(&seat));
        Taken { hall: Arc::clone(self), number, seat, _place: place }
    }

    /// Asks the client whose credit ended first, of those that the node does not work for.
    fn ask_one_to_leave(&self) {
        let seats = self.seats();
        let slowest = seats.values().filter(|seat| seat.may_be_asked()).min_by_key(|s| s.credit());
        if let Some(seat) = slowest {
            seat.leaving.store(true, Ordering::Relaxed);
            seat.leave.notify_one();
        }
    }

    fn seats(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Seat>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    pub(super) fn seat(&self) -> &Arc<Seat> {
        &self.seat
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.hall.seats().remove(&self.number);
    }
}

impl Seat {
    fn new() -> Self {
        let seat = Self {
            began: Instant::now(),
            credit_us: AtomicU64::new(0),
            working: AtomicUsize::new(0),
            asked: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
            leave: Notify::new(),
        };
        seat.begins();
        seat
    }

    /// Ends when the place is wanted for another.
    pub(super) async fn asked_to_leave(&self) {
        self.leave.notified().await;
    }

    /// From here on the node works on a request.
    pub(super) fn work(self: &Arc<Self>) -> Working {
        self.asked.store(true, Ordering::Relaxed);
        self.works();
        Working(Arc::clone(self))
    }

    /// Not on the client any more.
    pub(super) fn works(&self) {
        self.working.fetch_add(1, Ordering::Relaxed);
    }

    /// For the client.
    pub(super) fn waits(&self) {
        self.working.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether a request came yet.
    pub(super) fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// The client's turn begins: whole credit.
    pub(super) fn begins(&self) {
        let whole = micros(self.began.elapsed() + CREDIT);
        self.credit_us.fetch_max(whole, Ordering::Relaxed);
    }

    /// So many bytes came or went.
    pub(super) fn moved(&self, bytes: usize) {
        let now = micros(self.began.elapsed());
        let _ = self.credit_us.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |credit| {
            Some(earned(credit, now, bytes as u64))
        });
    }

    /// When patience with the client ends.
    pub(super) fn patience_ends(&self) -> Instant {
        self.credit() + PATIENCE
    }

    fn credit(&self) -> Instant {
        self.began + Duration::from_micros(self.credit_us.load(Ordering::Relaxed))
    }

    fn may_be_asked(&self) -> bool {
        !self.leaving.load(Ordering::Relaxed) && self.working.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.waits();
        // Now the client has an answer to read.
        self.0.begins();
    }
}

/// The end of the credit after so many bytes at `now`. It is never more than a whole one, and what
/// was missed before is not forgotten: a client has to catch up by moving more.
fn earned(credit: u64, now: u64, bytes: u64) -> u64 {
    let more = bytes.saturating_mul(1_000_000) / PACE;
    credit.saturating_add(more).min(now.saturating_add(micros(CREDIT))).max(credit)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    #[test]
    fn credit_lasts_for_who_keeps_the_pace_and_ends_for_who_trickles() {
        let after = |bytes: u64| {
            (1..=60).fold(5 * SECOND, |credit, second| earned(credit, second * SECOND, bytes))
        };
        assert!(after(1) < 6 * SECOND, "a byte a second");
        assert_eq!(after(PACE), 65 * SECOND);
        assert_eq!(after(PACE * 1_000), 65 * SECOND, "nobody gathers more");
    }

    #[test]
    fn a_burst_makes_up_for_silence_and_never_takes_credit_away() {
        assert_eq!(earned(5 * SECOND, 20 * SECOND, 2 * PACE), 7 * SECOND);
        assert_eq!(earned(5 * SECOND, 20 * SECOND, 1 << 20), 25 * SECOND);
        assert_eq!(earned(30 * SECOND, 20 * SECOND, 0), 30 * SECOND);
    }

    #[tokio::test]
    async fn where_all_places_are_taken_the_slowest_one_gives_way_and_none_that_is_worked_for() {
        let hall = Arc::new(Hall::new(3));
        let (first, second, third) = (hall.take().await, hall.take().await, hall.take().await);
        let working = first.seat().work();
        third.seat().credit_us.store(1, Ordering::Relaxed);
        let coming = tokio::spawn({
            let hall = Arc::clone(&hall);
            async move { hall.take().await }
        });
        third.seat().asked_to_leave().await;
        assert!(!first.seat().leaving.load(Ordering::Relaxed));
        assert!(
            !second.seat().leaving.load(Ordering::Relaxed),
            "one is enough, if it goes at once"
        );
        drop(third);
        let fourth = coming.await.unwrap();
        assert_eq!(hall.seats().len(), 3);
        drop((working, first, second, fourth));
        assert_eq!((hall.seats().len(), hall.places.available_permits()), (0, 3));
    }

    #[tokio::test]
    async fn where_the_node_works_for_all_nobody_is_asked_and_who_comes_waits() {
        let hall = Arc::new(Hall::new(1));
        let only = hall.take().await;
        let working = only.seat().work();
        assert!(timeout(Duration::from_millis(150), hall.take()).await.is_err());
        assert!(!only.seat().leaving.load(Ordering::Relaxed));
        drop(working);
        assert!(timeout(Duration::from_millis(150), hall.take()).await.is_err());
        assert!(only.seat().leaving.load(Ordering::Relaxed), "now it is the client that waits");
    }
}
