//! Connections and schema.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod,
};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::address::Address;
use crate::StoreError;
use crate::probe::Probe;

mod schema {
    refinery::embed_migrations!("migrations/postgres");
}

/// A connection that reads or writes: from the pool, or inside its transaction.
pub(super) trait Db: deadpool_postgres::GenericClient {}
impl<T: deadpool_postgres::GenericClient> Db for T {}

/// Connections that read.
const READERS: usize = 8;
/// How long a caller waits for a connection, and a writer for the lock of another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a connection is told before its first use. Acknowledged means on disk: a server that was
/// told otherwise is overruled, one that waits for its replicas keeps doing so.
const SETTINGS: &str = "
    SET client_min_messages = 'warning';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SET jit = off;
    SELECT set_config('synchronous_commit', 'on', false)
      WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// What a connection that reads is told too. Each question is written for its index: to plan a kept
/// one anew for the values of each time costs more than to answer it. Where values decide on the way
/// ([`fresh_rows`]), they stand in the text.
const PLANNED_ONCE: &str = "SET plan_cache_mode = force_generic_plan";

/// Connections to one store ([`Address::parse`]).
pub(crate) fn pool(url: &str, size: usize) -> Result<Pool, StoreError> {
    connections(url, size, "")
}

fn connections(url: &str, size: usize, more: &'static str) -> Result<Pool, StoreError> {
    let Address { config, tls } = address(url)?;
    let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config, tls, manager))
        .max_size(size)
        // The one that was used last: its process at the server is still warm.
        .queue_mode(QueueMode::Lifo)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .post_create(Hook::async_fn(move |client, _| {
            Box::pin(async move {
                client.batch_execute(SETTINGS).await.map_err(HookError::Backend)?;
                client.batch_execute(more).await.map_err(HookError::Backend)
            })
        }))
        .build()
        .map_err(|_| StoreError::Address)
}

/// The address, and how long to wait there.
pub(super) fn address(url: &str) -> Result<Address, StoreError> {
    let mut address = Address::parse(url)?;
    address.config.connect_timeout(PATIENCE);
    address.config.application_name("enlace");
    Ok(address)
}

/// The pool of the readers.
pub(super) fn readers(url: &str) -> Result<Pool, StoreError> {
    connections(url, READERS, PLANNED_ONCE)
}

/// Brings the schema up to date, one process at a time.
pub(super) async fn prepare(client: &mut Object) -> Result<(), StoreError> {
    // A number for "the schema of an Enlace store", the same in every process.
    const SCHEMA: i64 = 0x656e_6c61_6365;
    client.execute("SELECT pg_advisory_lock($1)", &[&SCHEMA]).await?;
    let done = migrate(client).await;
    client.execute("SELECT pg_advisory_unlock($1)", &[&SCHEMA]).await?;
    done
}

async fn migrate(client: &mut Object) -> Result<(), StoreError> {
    if let Some(found) = check_schema(client).await?.filter(|found| *found < known()) {
        // One transaction: a failure leaves all as it was. A copy is the operator's to make.
        tracing::warn!(schema = found, "migrating a store on a server, of which no copy is made");
    }
    schema::migrations::runner()
        .set_grouped(true)
        .run_async(&mut ***client)
        .await
        .map(|_| ())
        .map_err(|source| StoreError::Migration { source: Arc::new(source) })
}

/// A look that changes nothing.
pub(crate) async fn probe(url: &str) -> Result<Probe, StoreError> {
    let client = pool(url, 1)?.get().await?;
    let mut probe =
        Probe { schema: check_schema(&client).await?, known: known(), ..Probe::default() };
    for name in crate::probe::SETTINGS {
        // As the server has it: the connection's own is overruled.
        let sql = "SELECT coalesce(reset_val, setting) FROM pg_settings WHERE name = $1";
        let value: String = client.query_one(sql, &[&name]).await?.try_get(0)?;
        probe.settings.push((name.to_owned(), value));
    }
    let way = "SELECT coalesce(version, 'on this machine, without TLS')
        FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let way: String = client.query_one(way, &[]).await?.try_get(0)?;
    probe.settings.push((crate::probe::WAY.to_owned(), way));
    if probe.schema.is_some() {
        let last = "SELECT max(last_added_us) FROM collection";
        probe.last_added_us = client.query_one(last, &[]).await?.try_get(0)?;
        let wrong = client.query_one(crate::probe::WRONG_HEADS, &[]).await?;
        probe.wrong_heads = wrong.try_get::<_, i64>(0)?.unsigned_abs();
    }
    Ok(probe)
}

/// The schema of a store, if it has one that this program knows.
async fn check_schema(db: &Object) -> Result<Option<i64>, StoreError> {
    let history = "SELECT to_regclass('refinery_schema_history') IS NOT NULL";
    if !db.query_one(history, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let newest = "SELECT max(version)::bigint FROM refinery_schema_history";
    let found: Option<i64> = db.query_one(newest, &[]).await?.try_get(0)?;
    match found {
        Some(found) if found > known() => Err(StoreError::Newer { found, known: known() }),
        found => Ok(found),
    }
}

/// The newest schema of this program.
fn known() -> i64 {
    let runner = schema::migrations::runner();
    let versions = runner.get_migrations().iter().map(|m| i64::from(m.version()));
    versions.max().unwrap_or_default()
}

/// Values of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// All rows of a question. A value that no text of the server can be (it has no NUL) is equal to
/// none of them.
pub(super) async fn rows(
    db: &impl Db,
    sql: &str,
    values: Values<'_>,
) -> Result<Vec<Row>, StoreError> {
    let statement = db.prepare_cached(sql).await?;
    equal_to_none(db.query(&statement, values).await)
}

/// The same for a question that is planned anew each time, by what stands in its text: how common
/// words are decides on the best way, by a thousand times.
pub(super) async fn fresh_rows(
    db: &impl Db,
    sql: &str,
    values: Values<'_>,
) -> Result<Vec<Row>, StoreError> {
    equal_to_none(db.query(sql, values).await)
}

/// A text with a NUL is refused by the server: nothing there is equal to it.
fn equal_to_none(found: Result<Vec<Row>, tokio_postgres::Error>) -> Result<Vec<Row>, StoreError> {
    match found {
        Err(error) if error.code() == Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE) => {
            Ok(Vec::new())
        }
        found => Ok(found?),
    }
}

/// Texts to compare with what is kept: one with a NUL is equal to nothing there, and must not make the
/// server refuse the others.
pub(super) fn comparable(texts: &[String]) -> Vec<Option<&str>> {
    texts.iter().map(|text| Some(text.as_str()).filter(|text| !text.contains('\0'))).collect()
}

/// The first row of a question, if it has one.
pub(super) async fn first(
    db: &impl Db,
    sql: &str,
    values: Values<'_>,
) -> Result<Option<Row>, StoreError> {
    Ok(rows(db, sql, values).await?.into_iter().next())
}

/// Does, and answers how many rows it was done to.
pub(super) async fn execute(
    db: &impl Db,
    sql: &str,
    values: Values<'_>,
) -> Result<u64, StoreError> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.execute(&statement, values).await?)
}
