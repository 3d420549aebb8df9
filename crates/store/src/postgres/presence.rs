//! One connection of its own: it hears what other processes commit, and holds the duty.
//!
//! Both last exactly as long as the connection. The server lets a lock go when its holder is gone,
//! however it went, so that nobody has to guess by a clock whether a process still lives.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_postgres::{AsyncMessage, Client};

use super::connection;
use crate::{Claim, StoreError};

/// Held for as long as a process is on duty; the table's own number keeps stores of one database
/// apart.
const DUTY: &str = "SELECT pg_try_advisory_lock(1701735524, 'collection'::regclass::oid::int)";
/// Held by whoever works off jobs.
const JOBS: &str = "SELECT pg_try_advisory_lock(1701735525, 'collection'::regclass::oid::int)";
/// Which store of a database a notice is about.
const STORE: &str = "SELECT 'collection'::regclass::oid::text";
/// Told with each commit.
pub(super) const TELL: &str = "SELECT pg_notify('enlace', 'collection'::regclass::oid::text)";
/// Between two tries to get a connection or the duty.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest wait for an answer to a question that the server answers at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// The claim to work off jobs, on a connection of its own that nothing else is asked on.
pub(super) async fn claim_jobs(url: &str) -> Result<Option<Claim>, StoreError> {
    let address = connection::address(url)?;
    let (client, messages) = address.config.connect(address.tls).await?;
    // It ends with the client, and the claim with it.
    tokio::spawn(messages);
    let held: bool = client.query_one(JOBS, &[]).await?.try_get(0)?;
    Ok(held.then(|| Claim::by(client)))
}

/// What the connection tells.
#[derive(Debug)]
pub(super) struct Presence {
    changes: watch::Receiver<u64>,
    duty: watch::Receiver<Option<bool>>,
}

impl Presence {
    /// Starts the task; it ends when nobody looks any more.
    pub(super) fn start(url: String) -> Self {
        let (change, changes) = watch::channel(0);
        let (on, duty) = watch::channel(None);
        tokio::spawn(keep(url, change, on));
        Self { changes, duty }
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    /// Whether this process has the duty now; waits only for the first answer.
    pub(super) async fn on_duty(&self) -> bool {
        let mut duty = self.duty.clone();
        let known = duty.wait_for(Option::is_some).await.map(|known| *known);
        known.ok().flatten().unwrap_or(false)
    }
}

async fn keep(url: String, change: watch::Sender<u64>, duty: watch::Sender<Option<bool>>) {
    while !change.is_closed() {
        if let Err(error) = connected(&url, &change, &duty).await {
            tracing::warn!(code = error.code(), "no word of other processes");
        }
        duty.send_replace(Some(false));
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = change.closed() => {}
        }
    }
}

/// One connection, until it ends or nobody looks any more.
async fn connected(
    url: &str,
    change: &watch::Sender<u64>,
    duty: &watch::Sender<Option<bool>>,
) -> Result<(), StoreError> {
    let address = connection::address(url)?;
    let (client, mut messages) = address.config.connect(address.tls).await?;
    let (heard, mut notices) = mpsc::unbounded_channel();
    let driver = async move {
        while let Some(message) = poll_fn(|cx| messages.poll_message(cx)).await {
            if let AsyncMessage::Notification(notice) = message? {
                let _ = heard.send(notice.payload().to_owned());
            }
        }
        Ok::<(), StoreError>(())
    };
    let listener = listen(&client, &mut notices, change, duty);
    match select(pin!(driver), pin!(listener)).await {
        Either::Left((ended, _)) | Either::Right((ended, _)) => ended,
    }
}

async fn listen(
    client: &Client,
    notices: &mut mpsc::UnboundedReceiver<String>,
    change: &watch::Sender<u64>,
    duty: &watch::Sender<Option<bool>>,
) -> Result<(), StoreError> {
    client.batch_execute("SET client_min_messages = 'warning'; LISTEN enlace").await?;
    let store: String = client.query_one(STORE, &[]).await?.try_get(0)?;
    // Something may have been committed while nobody listened.
    change.send_modify(|count| *count += 1);
    let mut again = interval(PAUSE);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            notice = notices.recv() => match notice {
                Some(about) if about == store => change.send_modify(|count| *count += 1),
                Some(_) => {}
                None => return Ok(()),
            },
            _ = again.tick() => {
                let held = *duty.borrow() == Some(true);
                let on = timeout(PATIENCE, ask(client, held)).await;
                duty.send_replace(Some(on.map_err(|_| StoreError::Busy)??));
            }
            () = change.closed() => return Ok(()),
        }
    }
}

/// Asks for the duty, or, where it is held, for a sign of life: a server that is gone is noticed.
async fn ask(client: &Client, held: bool) -> Result<bool, StoreError> {
    match held {
        true => client.batch_execute("").await.map(|()| true).map_err(StoreError::from),
        false => Ok(client.query_one(DUTY, &[]).await?.try_get(0)?),
    }
}
