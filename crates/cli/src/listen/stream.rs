//! A connection's bytes, with a limit to how long the node waits for them to move.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::hall::Seat;

/// Ends with an error where the first request does not come in time, or the client does not take
/// what it is sent. Later requests are waited for by the protocol, bodies by [`super::body`].
pub(super) struct Paced<S> {
    inner: S,
    seat: Arc<Seat>,
    first: Pin<Box<Sleep>>,
    /// While a write waits.
    writing: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    pub(super) fn new(inner: S, seat: Arc<Seat>, first: Duration) -> Self {
        let first = Box::pin(tokio::time::sleep(first));
        Self { inner, seat, first, writing: None }
    }

    /// What became of a write.
    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        done: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        match done {
            Poll::Pending => {
                let seat = &self.seat;
                let timer =
                    self.writing.get_or_insert_with(|| Box::pin(sleep_until(seat.patience_ends())));
                if is_over(timer, seat, cx) {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Poll::Pending
            }
            Poll::Ready(done) => {
                self.writing = None;
                if let Ok(done) = &done {
                    self.seat.moved(bytes(done));
                }
                Poll::Ready(done)
            }
        }
    }
}

/// Whether the patience with a client is over; wakes up when it may be.
pub(super) fn is_over(timer: &mut Pin<Box<Sleep>>, seat: &Seat, cx: &mut Context<'_>) -> bool {
    while timer.as_mut().poll(cx).is_ready() {
        let end = seat.patience_ends();
        if end <= Instant::now() {
            return true;
        }
        timer.as_mut().reset(end);
    }
    false
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let read = Pin::new(&mut this.inner).poll_read(cx, buf);
        match &read {
            Poll::Ready(Ok(())) => this.seat.moved(buf.filled().len() - before),
            Poll::Pending if !this.seat.has_asked() && this.first.as_mut().poll(cx).is_ready() => {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            _ => {}
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.written(cx, done, |count| *count)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write_vectored(cx, bytes);
        self.written(cx, done, |count| *count)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.inner).poll_flush(cx);
        self.written(cx, done, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.written(cx, done, |()| 0)
    }
}
