//! Answers that wait to be read: how many bytes of them are held at once.
//!
//! A long page is made in a moment and read as fast as its reader likes. While there is room, that
//! is the reader's affair; where another page wants the room, those go first of which nothing was
//! taken for the longest time. Their readers see the connection break and ask again.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::backend::Denied;
use crate::fault::Fault;

/// What a page is taken for until it is made.
const PAGE: usize = 8 << 20;
/// So many objects are short.
const FEW: usize = 8;
/// Shorter answers are handed over as they are.
const SHORT: usize = 128 << 10;
/// What is handed over at once of a longer one.
const PIECE: usize = 32 << 10;
/// An answer of which nothing was taken for so long may go.
const STALLED: Duration = Duration::from_millis(250);
/// Longest wait for room.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks for room.
const PAUSE: Duration = Duration::from_millis(20);

/// Room for the answers of one listener.
#[derive(Debug, Clone)]
pub(crate) struct Answers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// Of pages that are being made, and of answers that are not read yet.
    bytes: usize,
    next: u64,
    unread: BTreeMap<u64, Unread>,
}

#[derive(Debug)]
struct Unread {
    rest: Bytes,
    /// Memory that it takes until all of it is read.
    size: usize,
    moved: Instant,
}

/// Room for a page that is being made; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Answers {
    /// Room for eight of the longest pages.
    pub(crate) fn new() -> Self {
        Self::of(8 * PAGE)
    }

    fn of(most: usize) -> Self {
        Self(Arc::new(Shared { most, held: Mutex::default() }))
    }

    /// A place for a page of so many objects at most, as soon as there is room. A short one is
    /// made at once: it is not to wait behind those that nobody reads.
    pub(crate) async fn place(&self, objects: usize) -> Result<Place, Fault> {
        if objects <= FEW {
            return Ok(Place { shared: Arc::clone(&self.0), bytes: 0 });
        }
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if self.0.take(PAGE, Instant::now()) {
                return Ok(Place { shared: Arc::clone(&self.0), bytes: PAGE });
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Denied::Unavailable.into())
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes so much room, if necessary of answers that nobody reads.
    fn take(&self, bytes: usize, now: Instant) -> bool {
        let mut held = self.held();
        while held.bytes.saturating_add(bytes) > self.most {
            let stalled = held.unread.iter().min_by_key(|(_, unread)| unread.moved);
            match stalled.map(|(number, unread)| (*number, unread.moved)) {
                Some((number, moved)) if now.saturating_duration_since(moved) >= STALLED => {
                    held.forget(number);
                }
                _ => return false,
            }
        }
        held.bytes += bytes;
        true
    }
}

impl Held {
    fn forget(&mut self, number: u64) {
        if let Some(unread) = self.unread.remove(&number) {
            self.bytes = self.bytes.saturating_sub(unread.size);
        }
    }
}

impl Place {
    /// The answer, held until it is read.
    pub(crate) async fn hold(self, answer: Response) -> Response {
        let (parts, body) = answer.into_parts();
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            return Fault::internal().into_response();
        };
        if bytes.len() <= SHORT {
            return Response::from_parts(parts, Body::from(bytes));
        }
        let shared = Arc::clone(&self.shared);
        let mut held = shared.held();
        let (number, size) = (held.next, bytes.len());
        held.next += 1;
        held.bytes += size;
        held.unread.insert(number, Unread { rest: bytes, size, moved: Instant::now() });
        drop(held);
        Response::from_parts(parts, Body::new(Reading { shared, number, left: size }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.shared.held();
        held.bytes = held.bytes.saturating_sub(self.bytes);
    }
}

/// An answer on its way.
struct Reading {
    shared: Arc<Shared>,
    number: u64,
    left: usize,
}

impl HttpBody for Reading {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = {
            let mut held = self.shared.held();
            let Some(unread) = held.unread.get_mut(&self.number) else {
                return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
            };
            unread.moved = Instant::now();
            let length = unread.rest.len().min(PIECE);
            // A copy: a part of the whole would keep all of it.
            let piece = Bytes::copy_from_slice(&unread.rest.split_to(length));
            if unread.rest.is_empty() {
                held.forget(self.number);
            }
            piece
        };
        self.left = self.left.saturating_sub(piece.len());
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.shared.held().forget(self.number);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn long(byte: u8) -> Response {
        Response::new(Body::from(vec![byte; 5 << 20]))
    }

    #[tokio::test]
    async fn a_long_answer_comes_whole_with_its_length_and_leaves_its_room() {
        let answers = Answers::of(2 * PAGE);
        let answer = answers.place(1_000).await.unwrap().hold(long(7)).await;
        assert_eq!(answers.0.held().bytes, 5 << 20);
        assert_eq!(answer.body().size_hint().exact(), Some(5 << 20));
        let read = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        assert!(read.len() == 5 << 20 && read.iter().all(|byte| *byte == 7));
        let short = Response::new(Body::from("short"));
        let short = answers.place(1_000).await.unwrap().hold(short).await;
        assert_eq!(answers.0.held().bytes, 0, "held by nobody but its connection");
        assert_eq!(to_bytes(short.into_body(), 10).await.unwrap(), "short");
    }

    #[tokio::test]
    async fn where_there_is_no_room_an_answer_that_nobody_reads_goes_and_no_other() {
        let answers = Answers::of(2 * PAGE);
        let mut read = answers.place(1_000).await.unwrap().hold(long(1)).await.into_body();
        let deaf = answers.place(1_000).await.unwrap().hold(long(2)).await.into_body();
        assert!(!answers.0.take(PAGE, Instant::now()), "both are young");
        tokio::time::sleep(STALLED).await;
        read.frame().await.unwrap().unwrap();
        assert_eq!(answers.place(1).await.unwrap().bytes, 0, "a short one needs none");
        let place = answers.place(1_000).await.unwrap();
        assert!(to_bytes(deaf, usize::MAX).await.is_err(), "broken off, not cut short");
        assert_eq!(to_bytes(read, usize::MAX).await.unwrap().len(), (5 << 20) - PIECE);
        drop(place);
        assert_eq!(answers.0.held().bytes, 0);
    }
}
