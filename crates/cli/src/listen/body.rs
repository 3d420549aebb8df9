//! The body of a request: how long it is waited for, and what becomes of what nobody reads.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::{Request, Version, header};
use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep_until, timeout};

use super::hall::Seat;
use super::stream::is_over;

/// Time for a client to send the rest of a body that was refused, so that it hears why.
const LINGER: Duration = Duration::from_secs(30);
/// Most bytes of such a rest: two and a half of the longest bodies, if nothing else is configured.
const LINGER_BYTES: usize = 256 << 20;

/// A body that ends with [`io::ErrorKind::TimedOut`] where its sender is too slow.
pub(super) struct Awaited {
    inner: Option<Incoming>,
    seat: Arc<Seat>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the node waits for the client now.
    waiting: bool,
    lingers: bool,
}

impl Awaited {
    /// The same request, with its body so.
    pub(super) fn within(request: Request<Incoming>, seat: &Arc<Seat>) -> Request<Self> {
        // HTTP/2 can stop a body and keep the connection. Who asked whether to send it is told no.
        let one = request.version() < Version::HTTP_2;
        let lingers = one && !request.headers().contains_key(header::EXPECT);
        request.map(|body| Self {
            inner: Some(body),
            seat: Arc::clone(seat),
            timer: None,
            waiting: false,
            lingers,
        })
    }

    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if !self.waiting {
            self.waiting = true;
            self.seat.waits();
        }
        let seat = &self.seat;
        let timer = self.timer.get_or_insert_with(|| {
            // The node may have worked for long before it wanted the body.
            seat.begins();
            Box::pin(sleep_until(seat.patience_ends()))
        });
        match is_over(timer, seat, cx) {
            true => Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into()))),
            false => Poll::Pending,
        }
    }

    fn go_on(&mut self) {
        if std::mem::take(&mut self.waiting) {
            self.seat.works();
        }
    }
}

impl Body for Awaited {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        match Pin::new(inner).poll_frame(cx) {
            Poll::Pending => {
                let waited = self.wait(cx);
                // Who was too slow is not given more time.
                self.lingers &= waited.is_pending();
                waited
            }
            Poll::Ready(frame) => {
                self.go_on();
                if !matches!(frame, Some(Ok(_))) {
                    self.inner = None;
                }
                Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.go_on();
        let unread = self.inner.take().filter(|body| self.lingers && !body.is_end_stream());
        // A connection that is closed with unread bytes takes the answer back: the client would
        // learn that the connection broke, and not why.
        if let (Some(body), Ok(runtime)) = (unread, Handle::try_current()) {
            runtime.spawn(timeout(LINGER, read_away(body)));
        }
    }
}

async fn read_away(mut body: Incoming) {
    let mut left = LINGER_BYTES;
    while let Some(Ok(frame)) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
    {
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(less) => left = less,
            None => return,
        }
    }
}
