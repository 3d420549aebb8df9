//! The limit of an import: the same rows by the same statements, with nothing to read, check or derive.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use enlace_bench::cpu_seconds;
use enlace_store::sqlite::SqliteStore;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// Objects in one transaction, as in an import.
const CHUNK: usize = 2_000;

/// What the store sets on its writing connection during an import.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = 8000;";

const OBJECT: &str = "row, id, channel, version, kind, content_hash, revoked, state, restricted,
     is_current, tlp, received_us, label, source, raw, created, creator";

/// Rows of one transaction, in memory.
#[derive(Default)]
struct Chunk {
    /// Row, references and keys as they are counted at the end.
    objects: Vec<(Vec<Value>, i64, i64)>,
    refs: Vec<Vec<Value>>,
    keys: Vec<Vec<Value>>,
    words: Vec<Vec<Value>>,
    leaf: Vec<Value>,
}

pub(crate) fn run(from: &Path, to: &Path, held: usize) -> Result<(), Box<dyn Error>> {
    drop(SqliteStore::open(to)?);
    let source = Connection::open(from.join("enlace.db"))?;
    let mut target = Connection::open(to.join("enlace.db"))?;
    target.execute_batch(SETTINGS)?;
    target.set_prepared_statement_cache_capacity(128);
    target.execute("INSERT INTO log (name, size, frontier) VALUES ('node', 0, x'')", [])?;
    let (mut after, mut done, mut seconds) = (0, 0, 0.0);
    loop {
        let chunk = read(&source, after, done / CHUNK)?;
        let Some((last, ..)) = chunk.objects.last() else { break };
        let Some(Value::Integer(row)) = last.first() else {
            return Err("a row has no number".into());
        };
        after = *row;
        let before = cpu_seconds();
        let count = write(&mut target, &chunk)?;
        if done >= held {
            seconds += cpu_seconds() - before;
        }
        done += count;
    }
    let line = serde_json::json!({"objects": done - held, "cpu_s": seconds});
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn read(db: &Connection, after: i64, leaf: usize) -> Result<Chunk, Box<dyn Error>> {
    let mut chunk = Chunk::default();
    let sql =
        format!("SELECT refs, keys, {OBJECT} FROM object WHERE row > ?1 ORDER BY row LIMIT ?2");
    let mut statement = db.prepare_cached(&sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([after, i64::try_from(CHUNK)?])?;
    let mut last = after;
    while let Some(row) = rows.next()? {
        let values = (2..columns).map(|at| row.get(at)).collect::<Result<Vec<Value>, _>>()?;
        last = row.get(2)?;
        chunk.objects.push((values, row.get(0)?, row.get(1)?));
    }
    let range = [after, last];
    let rows_of = |sql: &str| -> Result<Vec<Vec<Value>>, rusqlite::Error> {
        let mut statement = db.prepare_cached(sql)?;
        let columns = statement.column_count();
        let found =
            statement.query_map(range, |row| (0..columns).map(|at| row.get(at)).collect())?;
        found.collect()
    };
    chunk.refs = rows_of("SELECT * FROM object_ref WHERE row > ?1 AND row <= ?2")?;
    chunk.keys = rows_of("SELECT * FROM object_key WHERE row > ?1 AND row <= ?2")?;
    chunk.words =
        rows_of("SELECT rowid, words, kind FROM search WHERE rowid > ?1 AND rowid <= ?2")?;
    // The leaves of an import name files and counts; any leaf of this log is as long.
    let sql = "SELECT ?1, leaf_hash, entry, record FROM log_entry ORDER BY log, idx DESC LIMIT 1";
    let number = i64::try_from(leaf)?;
    chunk.leaf = db.query_row(sql, [number], |row| (0..4).map(|at| row.get(at)).collect())?;
    Ok(chunk)
}

/// One transaction; how many objects.
fn write(db: &mut Connection, chunk: &Chunk) -> Result<usize, Box<dyn Error>> {
    let tx = db.transaction()?;
    let marks = vec!["?"; OBJECT.split(',').count()].join(", ");
    let insert = format!("INSERT INTO object ({OBJECT}, refs, keys) VALUES ({marks}, 0, 0)");
    let (mut refs, mut keys) = (chunk.refs.iter(), chunk.keys.iter());
    for ((object, ref_count, key_count), words) in chunk.objects.iter().zip(&chunk.words) {
        tx.prepare_cached(&insert)?.execute(params_from_iter(object))?;
        for row in refs.by_ref().take(usize::try_from(*ref_count)?) {
            tx.prepare_cached("INSERT OR IGNORE INTO object_ref VALUES (?, ?, ?)")?
                .execute(params_from_iter(row))?;
        }
        for row in keys.by_ref().take(usize::try_from(*key_count)?) {
            tx.prepare_cached("INSERT OR IGNORE INTO object_key VALUES (?, ?, ?)")?
                .execute(params_from_iter(row))?;
        }
        if ref_count + key_count > 0 {
            let row = object.first().ok_or("a row has no number")?;
            tx.prepare_cached("UPDATE object SET refs = ?2, keys = ?3 WHERE row = ?1")?
                .execute(rusqlite::params![row, ref_count, key_count])?;
        }
        tx.prepare_cached("INSERT INTO search (rowid, words, kind) VALUES (?, ?, ?)")?
            .execute(params_from_iter(words))?;
    }
    tx.prepare_cached(
        "INSERT INTO log_entry (log, idx, leaf_hash, entry, record) VALUES (1, ?, ?, ?, ?)",
    )?
    .execute(params_from_iter(&chunk.leaf))?;
    tx.commit()?;
    Ok(chunk.objects.len())
}
