//! `serve`: the two listeners and the node's own rounds.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use enlace_node::{Actor, Node, NodeError, PartnerBackend};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use self::connection::accept;
use crate::verb::Session;

mod body;
mod connection;
mod hall;
mod stream;

/// Seconds between two rounds that forget expired sessions.
const TIDY_S: u64 = 600;

/// Time between two looks at who the partners are, for their limits.
const KNOWN: Duration = Duration::from_secs(1);
/// After a change, for others that come with it.
const SETTLE: Duration = Duration::from_millis(200);

/// Seconds between two leaves of what tools read.
const TOOL_READS_S: u64 = 10;
const MATCH_S: u64 = 5;

/// Seconds between two looks at what amendments do to earlier releases; until then its doors keep
/// shut what they end.
const AMENDMENTS_S: u64 = 10;

pub(crate) async fn serve(
    session: Session<'_>,
    listen: Option<SocketAddr>,
    partners: Option<SocketAddr>,
) -> Result<u8, NodeError> {
    let Session { node, out, .. } = session;
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // A line that cannot be written, on a full disk for example, must end no request.
        .log_internal_errors(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("ENLACE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
    // Before anything is handed out.
    node.own_rules_apply(&Actor::console()).await?;
    let node = Arc::new(node);
    let pages_at = listen.unwrap_or(node.config().listen.pages);
    let partners_at = partners.unwrap_or(node.config().listen.partners);
    let pages_tls = match pages_at.ip().is_loopback() {
        true => None,
        false => Some(TlsAcceptor::from(Arc::new(enlace_keys::pages_server_config(node.keys())?))),
    };
    let partner_tls = enlace_keys::partner_server_config(node.keys())?;
    let partner_tls = TlsAcceptor::from(Arc::new(partner_tls));
    let pages_listener = bind(pages_at).await?;
    let partner_listener = bind(partners_at).await?;
    let foreign = Arc::new(PartnerBackend::new(Arc::clone(&node)));
    let pages = match pages_tls {
        Some(_) => enlace_web::pages_over_tls(Arc::clone(&node)),
        None => enlace_web::pages(Arc::clone(&node)),
    };
    let partner_routes = enlace_web::partners(Arc::clone(&node));
    let quota = Arc::new(enlace_web::Quota::new(&node.config().quota));
    quota.know(node.known_credentials().await?);
    let partner_routes = partner_routes.merge(enlace_taxii::router(foreign));
    let partner_routes = enlace_web::in_bounds(partner_routes, Arc::clone(&quota));
    let partner_routes = enlace_web::in_step(partner_routes);
    let scheme = if pages_tls.is_some() { "https" } else { "http" };
    let (at, with) = (format!("{scheme}://{pages_at}"), format!("https://{partners_at}"));
    out.line(&json!({ "pages": at, "partners": with }), || {
        format!("pages     {at}\npartners  {with}")
    });
    let stop = tokio::sync::watch::channel(false);
    let tasks = [
        tokio::spawn(accept(pages_listener, pages_tls, pages, stop.1.clone())),
        tokio::spawn(accept(partner_listener, Some(partner_tls), partner_routes, stop.1.clone())),
        tokio::spawn(known(Arc::clone(&node), quota, stop.1.clone())),
        tokio::spawn(jobs(Arc::clone(&node), stop.1.clone())),
    ];
    let feeds = tokio::spawn(crate::feeds::feeds(Arc::clone(&node), stop.1.clone()));
    let mut rounds = tokio::spawn(rounds(Arc::clone(&node), stop.1.clone()));
    let replaced = tokio::select! {
        () = stopped() => false,
        _ = &mut rounds => true,
    };
    let _ = stop.0.send(true);
    for task in tasks {
        let _ = task.await;
    }
    let _ = feeds.await;
    // Nobody reads any more.
    tool_reads(&node).await;
    if replaced {
        let expected = "start `enlace serve` again: it goes on with the new keys";
        return Err(NodeError::State {
            what: "the key folder".to_owned(),
            found: "of other keys than this process has".to_owned(),
            expected: expected.to_owned(),
        });
    }
    let _ = rounds.await;
    Ok(0)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, NodeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| NodeError::File { path: address.to_string(), source })
}

/// Ctrl-C or the service manager's TERM.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

/// Tells the limits who the partners are, at once where a process of the node changed something.
/// Apart from the other rounds: those wait for partners.
async fn known(
    node: Arc<Node>,
    quota: Arc<enlace_web::Quota>,
    mut stop: tokio::sync::watch::Receiver<bool>,
) {
    let mut changes = node.store_changes();
    loop {
        tokio::select! {
            () = tokio::time::sleep(KNOWN) => {}
            Ok(()) = changes.changed() => tokio::time::sleep(SETTLE).await,
            _ = stop.changed() => return,
        }
        match node.known_credentials().await {
            Ok(known) => quota.know(known),
            Err(error) => tracing::warn!(code = error.code(), "known partners"),
        }
    }
}

/// Works off jobs, beside the rounds: one may take minutes.
async fn jobs(node: Arc<Node>, mut stop: tokio::sync::watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => return,
        }
        tokio::select! {
            done = node.job_round() => if let Err(error) = done {
                tracing::warn!(code = error.code(), "jobs");
            },
            _ = stop.changed() => break,
        }
    }
    // Cut off between two steps, as by a crash; the next process goes on.
    if let Err(error) = node.jobs_rest().await {
        tracing::warn!(code = error.code(), "jobs");
    }
}

/// Sends what waits and, where configured, asks all partners; ends when the keys were replaced.
async fn rounds(node: Arc<Node>, mut stop: tokio::sync::watch::Receiver<bool>) {
    let console = Actor::console();
    let every = node.config().sync.interval_s;
    let (mut since_sync, mut since_tidy, mut since_amendments) = (0, 0, AMENDMENTS_S);
    let mut since_reads = 0;
    let mut since_match = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => return,
        }
        // Nothing is signed or answered with a key that was replaced.
        if node.keys_replaced().await.unwrap_or(false) {
            return;
        }
        // What each process remembers by itself.
        if let Err(error) = node.look_for_resting().await {
            tracing::warn!(code = error.code(), "channels that rest");
        }
        since_reads += 1;
        if since_reads >= TOOL_READS_S {
            since_reads = 0;
            tool_reads(&node).await;
        }
        // What is done once, whichever process does it.
        if !node.on_duty().await {
            continue;
        }
        if let Err(error) = node.deliver(&console, None).await {
            tracing::warn!(code = error.code(), "outbox");
        }
        if let Err(error) = node.resting_round().await {
            tracing::warn!(code = error.code(), "channels that go on");
        }
        node.keep_erasures().await;
        since_amendments += 1;
        if since_amendments >= AMENDMENTS_S {
            since_amendments = 0;
            if let Err(error) = node.amendments_apply(&console).await {
                tracing::warn!(code = error.code(), "amendments");
            }
        }
        if let Err(error) = node.update_round().await {
            tracing::warn!(code = error.code(), "updates");
        }
        since_match += 1;
        if since_match >= MATCH_S {
            since_match = 0;
            if let Err(error) = node.match_round().await {
                tracing::warn!(code = error.code(), "hit/no-hit");
            }
        }
        if let Err(error) = node.retention_round().await {
            tracing::warn!(code = error.code(), "retention");
        }
        if let Err(error) = node.watch_sources().await {
            tracing::warn!(code = error.code(), "log");
        }
        since_tidy += 1;
        if since_tidy >= TIDY_S {
            since_tidy = 0;
            if let Err(error) = node.tidy().await {
                tracing::warn!(code = error.code(), "tidy");
            }
        }
        since_sync += 1;
        if every > 0 && since_sync >= every {
            since_sync = 0;
            sync_all(&node, &console).await;
        }
    }
}

/// Logs what tools have read.
async fn tool_reads(node: &Node) {
    if let Err(error) = node.tool_reads_logged().await {
        tracing::warn!(code = error.code(), "leaves of what tools read");
    }
}

async fn sync_all(node: &Node, console: &Actor) {
    let partners = node.partner_list(console).await.unwrap_or_default();
    for partner in partners.into_iter().filter(|p| !p.revoked) {
        // It said when it will answer again.
        if node.asked_to_wait(&partner.key_id).await.unwrap_or(false) {
            continue;
        }
        if let Err(error) = node.sync(console, &partner.key_id).await {
            tracing::warn!(code = error.code(), partner = partner.key_id, "sync");
        }
    }
}
