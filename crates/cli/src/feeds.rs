//! The rounds of feeds: apart from those of the node, because each waits for a foreign server, and
//! each apart from the others, so that one that hangs holds up none.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use enlace_node::{Node, NodeError};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Time between two looks at what is due.
const LOOK: Duration = Duration::from_secs(1);
/// Feeds that run at once: each may hold a page of its server in memory.
const AT_ONCE: usize = 8;

/// Names of the feeds that this process runs now.
type Running = Arc<Mutex<HashSet<String>>>;

/// Runs what is due until the node stops. What is under way then is given up: it goes on behind the
/// last page that was kept.
pub(crate) async fn feeds(node: Arc<Node>, mut stop: watch::Receiver<bool>) {
    let running = Running::default();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut runs = JoinSet::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            Some(_) = runs.join_next() => continue,
            _ = stop.changed() => break,
        }
        if !node.on_duty().await || node.keys_replaced().await.unwrap_or(false) {
            continue;
        }
        let due = match node.feeds_due().await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(code = error.code(), "feeds");
                continue;
            }
        };
        for name in due {
            if lock(&running).contains(&name) {
                continue;
            }
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { break };
            lock(&running).insert(name.clone());
            let (node, running) = (Arc::clone(&node), Arc::clone(&running));
            runs.spawn(async move {
                run(&node, &name).await;
                lock(&running).remove(&name);
                drop(place);
            });
        }
    }
    runs.shutdown().await;
}

async fn run(node: &Arc<Node>, name: &str) {
    match node.feed_round(name).await {
        Ok(report) => {
            tracing::debug!(feed = name, new = report.new, rejected = report.rejected, "feed");
        }
        // Somebody runs it by hand.
        Err(NodeError::Changed { .. }) => {}
        Err(error) => tracing::warn!(code = error.code(), feed = name, "feed"),
    }
}

fn lock(running: &Running) -> std::sync::MutexGuard<'_, HashSet<String>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
