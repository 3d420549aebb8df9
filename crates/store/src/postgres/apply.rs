//! One batch inside the writing transaction.

use super::connection::Db;
use super::{log, member, object, record, side};
use crate::error::GuardFailure;
use crate::{Batch, Blobs, Guard, Outcome, StoreError, Write};

/// Writes that touch the same tables. Those of different lanes cannot meet, so that each lane is
/// done in one go, in the order of its writes, with few statements for many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Objects,
    Members,
    Records,
    Logs,
    Side,
}

/// A write and its position in the batch.
pub(super) type Placed<'a> = (usize, &'a Write);
/// What became of a write, by its position in the batch.
pub(super) type Settled = Vec<(usize, Outcome)>;

/// Checks all guards, then applies all writes. On an error the caller rolls back.
pub(super) async fn apply(
    tx: &impl Db,
    blobs: &Blobs,
    batch: &Batch,
) -> Result<Vec<Outcome>, StoreError> {
    for (index, guard) in batch.guards.iter().enumerate() {
        if let Some(failure) = check(tx, guard).await? {
            return Err(StoreError::Guard { index, failure });
        }
    }
    let mut settled: Settled = Vec::with_capacity(batch.writes.len());
    for lane in [Lane::Objects, Lane::Members, Lane::Records, Lane::Logs, Lane::Side] {
        let writes: Vec<Placed<'_>> =
            batch.writes.iter().enumerate().filter(|(_, write)| Lane::of(write) == lane).collect();
        if writes.is_empty() {
            continue;
        }
        let part = match lane {
            Lane::Objects => object::lane(tx, &writes).await,
            Lane::Members => member::lane(tx, &writes).await,
            Lane::Records => record::lane(tx, &writes).await,
            Lane::Logs => log::lane(tx, &writes).await,
            Lane::Side => side::lane(tx, blobs, &writes).await,
        };
        settled.extend(part.map_err(|error| error.during(lane.doing()))?);
    }
    settled.sort_by_key(|(at, _)| *at);
    Ok(settled.into_iter().map(|(_, outcome)| outcome).collect())
}

impl Lane {
    fn of(write: &Write) -> Self {
        match write {
            Write::Object(_)
            | Write::State { .. }
            | Write::Purge { .. }
            | Write::PurgeEarlier { .. } => Self::Objects,
            Write::Publish { .. }
            | Write::Withdraw { .. }
            | Write::WithdrawVersions { .. }
            | Write::Fetched { .. } => Self::Members,
            Write::Put { .. } | Write::Delete { .. } => Self::Records,
            Write::Leaf { .. } | Write::Checkpoint { .. } => Self::Logs,
            Write::Quarantine(_)
            | Write::PurgeAside { .. }
            | Write::Twin(_)
            | Write::Untwin { .. }
            | Write::Blob { .. } => Self::Side,
        }
    }

    fn doing(self) -> &'static str {
        match self {
            Self::Objects => "keeping or changing objects",
            Self::Members => "changing a collection",
            Self::Records => "writing or deleting records",
            Self::Logs => "appending to a log",
            Self::Side => "setting aside, keeping or forgetting twins, or naming blobs",
        }
    }
}

/// What stands against a guard.
async fn check(tx: &impl Db, guard: &Guard) -> Result<Option<GuardFailure>, StoreError> {
    match guard {
        Guard::Absent { bucket, key } => {
            let found = record::revision(tx, bucket, key).await?;
            Ok(found.map(|_| GuardFailure::Exists { bucket }))
        }
        Guard::Revision { bucket, key, revision } => {
            let found = record::revision(tx, bucket, key).await?;
            let holds = found == Some(*revision);
            Ok((!holds).then_some(GuardFailure::Revision { bucket, expected: *revision, found }))
        }
        Guard::LogSize { log, size } => {
            let found = log::size(tx, log).await?;
            let failure = || GuardFailure::LogSize { log: log.clone(), expected: *size, found };
            Ok((found != *size).then(failure))
        }
        Guard::Unseen { collection, seqs } => {
            let unseen = member::unseen(tx, collection, seqs).await?;
            Ok((!unseen).then_some(GuardFailure::Seen))
        }
        Guard::Newest { collection, of } => {
            let holds = member::are_newest(tx, collection, of).await?;
            Ok((!holds).then_some(GuardFailure::Newest))
        }
    }
}
