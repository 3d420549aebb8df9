//! A pause between the instant when `date_added` is taken and the commit: a trigger of the test's
//! own on the server, which runs when everything else of the transaction is done.

use std::ops::Range;

use tokio_postgres::{Client, NoTls};

/// The head of a collection is written with each date that is taken in it; deferred to the commit,
/// the trigger sleeps there up to a bit more than 30 ms, as the seed and the sequence say.
const INSTALL: &str = "
    CREATE TABLE pause (backend int, began_us bigint, ended_us bigint);
    CREATE FUNCTION clock_us() RETURNS bigint LANGUAGE sql VOLATILE AS
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint';
    CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        began bigint := clock_us();
    BEGIN
        PERFORM pg_sleep((hashint8(NEW.last_seq + SEED) & 31) / 1000.0);
        INSERT INTO pause VALUES (pg_backend_pid(), began, clock_us());
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER pause AFTER INSERT OR UPDATE ON collection
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pause();";

/// A pause that was made, in microseconds since 1970, and the connection that made it.
pub(super) struct Pause {
    pub backend: i32,
    pub span: Range<i64>,
}

/// Makes every transaction on the store at `url` pause that takes a date.
pub(super) fn install(url: &str, seed: u64) {
    let install = INSTALL.replace("SEED", &(seed % 1_000_000).to_string());
    on(url, async |client| client.batch_execute(&install).await.unwrap());
}

/// All pauses that were made so far in transactions that were kept.
pub(super) fn made(url: &str) -> Vec<Pause> {
    let asked = "SELECT backend, began_us, ended_us FROM pause ORDER BY began_us";
    let rows = on(url, async |client| client.query(asked, &[]).await.unwrap());
    let pause =
        |row: &tokio_postgres::Row| Pause { backend: row.get(0), span: row.get(1)..row.get(2) };
    rows.iter().map(pause).collect()
}

/// Does something on a connection of its own to the store at `url`.
pub fn on<T>(url: &str, does: impl AsyncFnOnce(Client) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        does(client).await
    })
}
