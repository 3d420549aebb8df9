//! The body of a request, read within bounds: what was announced as the longest, whatever length
//! it claims and however it is compressed, and as much as there is room for.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use flate2::write::GzDecoder;
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::backend::Denied;
use crate::fault::Fault;

/// Longest silence within a body.
const SILENCE: Duration = Duration::from_secs(30);
/// A permit stands for so many bytes.
const UNIT: usize = 1024;
/// Seconds after which somebody for whom there was no room may ask again.
const AGAIN: u32 = 5;

/// Room for the bodies that are read or worked on at once.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

/// What one body takes; given back when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<OwnedSemaphorePermit>);

impl Room {
    /// Room for two of the longest bodies: one that is read while another is worked on.
    pub(crate) fn for_bodies_of(most: usize) -> Self {
        let units = most.div_ceil(UNIT).saturating_mul(2).clamp(2, Semaphore::MAX_PERMITS >> 4);
        Self(Arc::new(Semaphore::new(units)))
    }

    /// Makes a place so wide. Nobody waits half-way for another: who finds no room goes, and leaves
    /// its room to the others.
    fn widen(&self, place: &mut Place, bytes: usize) -> Result<(), Fault> {
        let has = place.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = u32::try_from(bytes.div_ceil(UNIT).saturating_sub(has)).unwrap_or(u32::MAX);
        if wanted == 0 {
            return Ok(());
        }
        let more = Arc::clone(&self.0).try_acquire_many_owned(wanted);
        let more = more.map_err(|_| Fault::from(Denied::Throttled { retry_after_s: AGAIN }))?;
        match &mut place.0 {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

/// The whole body as it was before it was compressed, and its place in the room.
pub(crate) async fn whole(
    headers: &HeaderMap,
    mut body: Body,
    most: usize,
    room: &Room,
) -> Result<(Vec<u8>, Place), Fault> {
    let mut whole = Whole::of(headers, most)?;
    let mut place = Place::default();
    if length_said(headers).is_some_and(|said| said > most) {
        return Err(Fault::too_large(most));
    }
    // For what came, not for what is said: who says the longest body and sends nothing would keep
    // everybody else out.
    loop {
        let frame = tokio::time::timeout(SILENCE, body.frame()).await;
        let Some(frame) = frame.map_err(|_| Fault::too_slow())? else { break };
        let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() else { continue };
        whole.take(&data)?;
        room.widen(&mut place, whole.length())?;
    }
    Ok((whole.finish()?, place))
}

/// A body that its connection gave up: because of its sender's pace, or because it broke off.
fn broken(error: &(dyn Error + 'static)) -> Fault {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let system = error.downcast_ref::<std::io::Error>();
        if system.is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut) {
            return Fault::too_slow();
        }
        cause = error.source();
    }
    Fault::broken_body()
}

fn length_said(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What came of a body.
enum Whole {
    Plain(Bounded),
    Gzip(Box<GzDecoder<Bounded>>),
}

impl Whole {
    fn of(headers: &HeaderMap, most: usize) -> Result<Self, Fault> {
        let bounded = Bounded { bytes: Vec::new(), most };
        let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
        let coding = match (codings.next(), codings.next()) {
            (None, _) => return Ok(Self::Plain(bounded)),
            (Some(coding), None) => coding.to_str().unwrap_or_default().trim(),
            _ => return Err(Fault::unsupported_encoding()),
        };
        match coding.to_ascii_lowercase().as_str() {
            "identity" | "" => Ok(Self::Plain(bounded)),
            "gzip" | "x-gzip" => Ok(Self::Gzip(Box::new(GzDecoder::new(bounded)))),
            _ => Err(Fault::unsupported_encoding()),
        }
    }

    fn bounded(&self) -> &Bounded {
        match self {
            Self::Plain(bounded) => bounded,
            Self::Gzip(gzip) => gzip.get_ref(),
        }
    }

    fn length(&self) -> usize {
        self.bounded().bytes.len()
    }

    fn take(&mut self, data: &[u8]) -> Result<(), Fault> {
        let taken = match self {
            Self::Plain(bounded) => bounded.write_all(data),
            Self::Gzip(gzip) => gzip.write_all(data),
        };
        taken.map_err(|error| self.fault(&error))
    }

    fn finish(self) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Plain(bounded) => Ok(bounded.bytes),
            Self::Gzip(mut gzip) => match gzip.try_finish() {
                Ok(()) => gzip.finish().map(|b| b.bytes).map_err(|_| Fault::broken_body()),
                Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                    Err(Fault::too_large(gzip.get_ref().most))
                }
                Err(_) => Err(Fault::broken_body()),
            },
        }
    }

    fn fault(&self, error: &std::io::Error) -> Fault {
        match error.kind() {
            std::io::ErrorKind::FileTooLarge => Fault::too_large(self.bounded().most),
            _ => Fault::broken_body(),
        }
    }
}

/// Bytes up to a bound.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len().saturating_add(data.len()) > self.most {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::{Bytes, HttpBody};
    use hyper::body::Frame;

    use super::*;

    fn headers(gzip: bool) -> HeaderMap {
        let gzip = gzip.then_some((header::CONTENT_ENCODING, "gzip".parse().unwrap()));
        gzip.into_iter().collect()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    async fn read(gzip: bool, body: Vec<u8>, most: usize, room: &Room) -> Result<Vec<u8>, u16> {
        // Without a length, as chunks come.
        let unsaid = Body::new(Body::from(body).map_frame(|frame| frame));
        let read = whole(&headers(gzip), unsaid, most, room).await;
        read.map(|(bytes, _)| bytes).map_err(|f| f.into_response().status().as_u16())
    }

    #[tokio::test]
    async fn a_body_is_measured_as_what_it_inflates_to() {
        let room = Room::for_bodies_of(1 << 20);
        let text = vec![b' '; 1000];
        assert_eq!(read(false, text.clone(), 1000, &room).await, Ok(text.clone()));
        assert_eq!(read(true, packed(&text), 1000, &room).await, Ok(text.clone()));
        assert_eq!(read(false, text.clone(), 999, &room).await, Err(413));
        assert_eq!(read(true, packed(&text), 999, &room).await, Err(413));
        let bomb = packed(&vec![0; 50 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(read(true, bomb, 1 << 20, &room).await, Err(413));
        assert_eq!(read(true, text, 1000, &room).await, Err(400));
        let mut cut = packed(b"{\"objects\":[]}");
        cut.truncate(20);
        assert_eq!(read(true, cut, 1000, &room).await, Err(400));
    }

    #[tokio::test]
    async fn who_finds_no_room_is_told_to_come_again_and_room_is_given_back() {
        let room = Room::for_bodies_of(10 * UNIT);
        let body = || Body::from(vec![b'x'; 10 * UNIT]);
        let first = whole(&headers(false), body(), 10 * UNIT, &room).await.unwrap();
        let second = whole(&headers(false), body(), 10 * UNIT, &room).await.unwrap();
        let none = read(false, vec![b'x'], 10 * UNIT, &room).await;
        assert_eq!(none, Err(429));
        drop(first);
        assert_eq!(read(false, vec![b'x'], 10 * UNIT, &room).await, Ok(vec![b'x']));
        drop(second);
        assert_eq!(room.0.available_permits(), 20);
    }

    /// A body of which nothing comes, or an error.
    struct Nothing(Option<ErrorKind>);

    impl HttpBody for Nothing {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            match self.0 {
                Some(kind) => Poll::Ready(Some(Err(kind.into()))),
                None => Poll::Pending,
            }
        }
    }

    #[tokio::test]
    async fn who_only_says_that_much_comes_takes_no_room() {
        let room = Room::for_bodies_of(10 * UNIT);
        let mut said = headers(false);
        said.insert(header::CONTENT_LENGTH, (10 * UNIT).into());
        let mut waiting = Vec::new();
        for _ in 0..5 {
            let mut one = Box::pin(whole(&said, Body::new(Nothing(None)), 10 * UNIT, &room));
            let read = tokio::time::timeout(Duration::from_millis(1), &mut one).await;
            assert!(read.is_err(), "nothing came");
            waiting.push(one);
        }
        assert_eq!(room.0.available_permits(), 20);
    }

    #[tokio::test]
    async fn who_was_too_slow_for_the_connection_is_told_so() {
        let room = Room::for_bodies_of(UNIT);
        for (kind, status) in [(ErrorKind::TimedOut, 408), (ErrorKind::ConnectionReset, 400)] {
            let body = Body::new(Nothing(Some(kind)));
            let refused = whole(&headers(false), body, UNIT, &room).await;
            assert_eq!(refused.unwrap_err().into_response().status().as_u16(), status);
        }
    }
}
