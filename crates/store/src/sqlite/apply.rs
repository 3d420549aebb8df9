//! One batch inside the writing transaction.

use rusqlite::Connection;

use super::{log, member, object, record, side};
use crate::error::GuardFailure;
use crate::{Batch, Blobs, Guard, Outcome, StoreError, Write};

/// Checks all guards, then applies all writes in order. On an error the caller rolls back.
pub(super) fn apply(
    tx: &Connection,
    blobs: &Blobs,
    batch: &Batch,
) -> Result<Vec<Outcome>, StoreError> {
    for (index, guard) in batch.guards.iter().enumerate() {
        if let Some(failure) = check(tx, guard)? {
            return Err(StoreError::Guard { index, failure });
        }
    }
    let mut heads = log::Heads::default();
    let mut outcomes = Vec::with_capacity(batch.writes.len());
    for (index, write) in batch.writes.iter().enumerate() {
        let outcome = one(tx, blobs, &mut heads, write, index);
        outcomes.push(outcome.map_err(|error| error.during(doing(write)))?);
    }
    heads.keep(tx)?;
    Ok(outcomes)
}

/// What stands against a guard.
fn check(tx: &Connection, guard: &Guard) -> Result<Option<GuardFailure>, StoreError> {
    match guard {
        Guard::Absent { bucket, key } => {
            let found = record::revision(tx, bucket, key)?;
            Ok(found.map(|_| GuardFailure::Exists { bucket }))
        }
        Guard::Revision { bucket, key, revision } => {
            let found = record::revision(tx, bucket, key)?;
            let holds = found == Some(*revision);
            Ok((!holds).then_some(GuardFailure::Revision { bucket, expected: *revision, found }))
        }
        Guard::LogSize { log, size } => {
            let found = log::size(tx, log)?;
            let failure = || GuardFailure::LogSize { log: log.clone(), expected: *size, found };
            Ok((found != *size).then(failure))
        }
        Guard::Unseen { collection, seqs } => {
            let unseen = member::unseen(tx, collection, seqs)?;
            Ok((!unseen).then_some(GuardFailure::Seen))
        }
        Guard::Newest { collection, of } => {
            let holds = member::are_newest(tx, collection, of)?;
            Ok((!holds).then_some(GuardFailure::Newest))
        }
    }
}

fn one(
    tx: &Connection,
    blobs: &Blobs,
    heads: &mut log::Heads,
    write: &Write,
    index: usize,
) -> Result<Outcome, StoreError> {
    match write {
        Write::Object(new) => object::keep(tx, new, index),
        Write::State { channel, id, version, state } => {
            object::set_state(tx, channel, id, version.as_deref(), *state)
        }
        Write::Purge { channel, id } => object::purge(tx, channel, id, false),
        Write::PurgeEarlier { channel, id } => object::purge(tx, channel, id, true),
        Write::PurgeAside { source, id } => side::purge_aside(tx, source, id),
        Write::Quarantine(row) => side::set_aside(tx, row),
        Write::Put { bucket, key, body, due_us } => record::put(tx, bucket, key, body, *due_us),
        Write::Delete { bucket, key } => record::delete(tx, bucket, key),
        Write::Publish { collection, id, kind, version, body, now_us } => {
            let new = member::New { id, kind, version, body, now_us: *now_us };
            member::publish(tx, collection, &new)
        }
        Write::Withdraw { collection, id } => member::withdraw(tx, collection, id),
        Write::WithdrawVersions { collection, seqs } => {
            member::withdraw_versions(tx, collection, seqs)
        }
        Write::Fetched { collection, seqs, now_us } => {
            member::fetched(tx, collection, seqs, *now_us)
        }
        Write::Twin(twin) => side::keep_twin(tx, twin),
        Write::Untwin { partner, lineage, original } => {
            side::forget_twin(tx, [partner, lineage, original])
        }
        Write::Leaf { log, entry, record } => heads.append(tx, log, entry, record.as_deref()),
        Write::Checkpoint { log, size, note } => log::keep_checkpoint(tx, log, *size, note),
        Write::Blob { sha256, size } => side::name_blob(tx, blobs, sha256, *size),
    }
}

fn doing(write: &Write) -> &'static str {
    match write {
        Write::Object(_) => "keeping an object",
        Write::State { .. } => "moving an object to another state",
        Write::Purge { .. } => "purging an object",
        Write::PurgeEarlier { .. } => "purging earlier versions",
        Write::PurgeAside { .. } => "purging what was set aside",
        Write::Quarantine(_) => "setting a row aside",
        Write::Put { .. } => "writing a record",
        Write::Delete { .. } => "deleting a record",
        Write::Publish { .. } => "publishing",
        Write::Withdraw { .. } | Write::WithdrawVersions { .. } => "withdrawing from a collection",
        Write::Fetched { .. } => "marking members as fetched",
        Write::Twin(_) => "keeping a twin",
        Write::Untwin { .. } => "forgetting a twin",
        Write::Leaf { .. } => "appending to a log",
        Write::Checkpoint { .. } => "keeping a checkpoint",
        Write::Blob { .. } => "naming a blob",
    }
}
