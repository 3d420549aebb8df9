//! Connections of one listener, from their acceptance to their end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use enlace_node::Peer;
use enlace_web::CameFrom;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::body::Awaited;
use super::hall::{Hall, Seat};
use super::stream::Paced;

/// A client that has not finished its handshake by then is dropped.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The head of a request must be there by then.
const HEADERS: Duration = Duration::from_secs(10);
/// The head of the first request must be there by then, whatever comes before it.
const FIRST: Duration = Duration::from_secs(20);
/// An idle HTTP/2 connection is asked for a sign of life this often.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Connections that one listener holds at once. Two listeners, the store and the connections to
/// partners stay below the 1,024 files that a process usually may open.
const CONNECTIONS: usize = 400;
/// Bytes that wait in a connection to be read or sent; also the longest head of a request.
const BUFFER: usize = 128 << 10;
/// Open requests get this long to finish when the node stops.
const GRACE: Duration = Duration::from_secs(5);

/// Answers until the node stops.
pub(super) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = Arc::new(GracefulShutdown::new());
    let hall = Arc::new(Hall::new(CONNECTIONS));
    loop {
        let tcp = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => tcp,
                Err(error) => {
                    // Out of file descriptors, mostly: give others time to close theirs.
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            _ = stop.changed() => break,
        };
        let taken = tokio::select! {
            taken = hall.take() => taken,
            _ = stop.changed() => break,
        };
        let _ = tcp.set_nodelay(true);
        let from = tcp.peer_addr().ok().map(|address| CameFrom(address.ip()));
        let stream = Paced::new(tcp, Arc::clone(taken.seat()), FIRST);
        let seat = Arc::clone(taken.seat());
        let client = Client { seat, from, router: router.clone(), watcher: graceful.watcher() };
        let (tls, seat) = (tls.clone(), Arc::clone(taken.seat()));
        tokio::spawn(async move {
            tokio::select! {
                () = connection(stream, tls, client) => {}
                () = seat.asked_to_leave() => tracing::debug!("made way for another client"),
            }
            drop(taken);
        });
    }
    drop(listener);
    if let Some(graceful) = Arc::into_inner(graceful) {
        let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    }
}

/// Who sits at the other end, and what answers.
struct Client {
    seat: Arc<Seat>,
    from: Option<CameFrom>,
    router: Router,
    watcher: Watcher,
}

async fn connection<S>(stream: S, tls: Option<TlsAcceptor>, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(tls) = tls else { return answer(stream, Peer::none(), client).await };
    match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let certificates = stream.get_ref().1.peer_certificates();
            let spki = certificates
                .and_then(<[_]>::first)
                .and_then(|certificate| enlace_keys::spki_sha256(certificate).ok());
            answer(stream, Peer::of(spki), client).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "handshake"),
        Err(_) => tracing::debug!("handshake took too long"),
    }
}

async fn answer<S>(stream: S, peer: Peer, client: Client)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Client { seat, from, router, watcher } = client;
    let service = service_fn(move |request: Request<Incoming>| {
        let working = seat.work();
        let mut request = Awaited::within(request, &seat).map(Body::new);
        request.extensions_mut().insert(peer.clone());
        if let Some(from) = from {
            request.extensions_mut().insert(from);
        }
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await;
            drop(working);
            answer
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(HANDSHAKE)
        .max_send_buf_size(BUFFER)
        .max_concurrent_streams(64);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "connection");
    }
}
