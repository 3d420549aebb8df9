//! Several processes of one node: who does the rounds, and what the others did.

use tokio::sync::watch;

use crate::Node;

impl Node {
    /// Whether this process does the rounds of the node now: one of all that serve it, another one
    /// when that is gone. To be asked before each round.
    pub async fn on_duty(&self) -> bool {
        self.store.on_duty().await
    }

    /// Counts up when something was committed, on a server by any process of the node.
    pub fn store_changes(&self) -> watch::Receiver<u64> {
        self.store.changes()
    }
}
