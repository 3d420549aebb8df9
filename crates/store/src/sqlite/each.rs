//! One question about many: on one snapshot, with one way to a thread and back.

use enlace_stix::version::Version;
use rusqlite::Connection;

use super::{object, record, search, side};
use crate::{ObjectRow, Record, RecordQuery, SearchPage, SearchQuery, StoreError, Twin};

type Each<T> = Result<Vec<T>, StoreError>;

pub(super) fn objects(
    db: &Connection,
    ids: &[String],
    channel: Option<&str>,
) -> Each<Option<ObjectRow>> {
    ids.iter().map(|id| object::current(db, id, channel)).collect()
}

pub(super) fn beside(
    db: &Connection,
    channel: &str,
    arriving: &[(String, Version)],
) -> Each<Vec<Version>> {
    arriving.iter().map(|(id, version)| object::beside(db, channel, id, version)).collect()
}

pub(super) fn versions(db: &Connection, ids: &[String]) -> Each<Vec<ObjectRow>> {
    ids.iter().map(|id| object::versions(db, id)).collect()
}

pub(super) fn relations_from(
    db: &Connection,
    channel: &str,
    ids: &[String],
    limit: usize,
) -> Each<Vec<ObjectRow>> {
    ids.iter().map(|id| object::relations_from(db, channel, id, limit)).collect()
}

pub(super) fn searches(db: &Connection, queries: &[SearchQuery]) -> Each<SearchPage> {
    queries.iter().map(|query| search::search(db, query)).collect()
}

pub(super) fn record(db: &Connection, bucket: &str, keys: &[String]) -> Each<Option<Record>> {
    keys.iter().map(|key| record::one(db, bucket, key)).collect()
}

pub(super) fn records(db: &Connection, queries: &[RecordQuery]) -> Each<Vec<Record>> {
    queries.iter().map(|query| record::list(db, query)).collect()
}

pub(super) fn twins(
    db: &Connection,
    partner: &str,
    lineage: &str,
    originals: &[String],
) -> Each<Option<Twin>> {
    let twin = |original: &String| {
        side::twin(db, &[partner.to_owned(), lineage.to_owned(), original.clone()])
    };
    originals.iter().map(twin).collect()
}

pub(super) fn twins_of(db: &Connection, ids: &[String]) -> Each<Vec<Twin>> {
    ids.iter().map(|id| side::twins_of(db, id)).collect()
}
