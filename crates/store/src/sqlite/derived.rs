//! What follows from the texts of objects, made anew and compared.

use std::collections::BTreeSet;

use enlace_stix::{Limits, Object};
use rusqlite::{Connection, TransactionBehavior, params};

use super::object;
use crate::{NewObject, ObjectState, StoreError, text};

/// Number of the rules by which texts are read; it grows with every change of what
/// [`NewObject::of`] or `text` make of the same text. Kept as SQLite's `user_version`.
const RULES: i64 = 1;

/// Rows read at a time.
const PAGE: i64 = 500;

/// An object row and what its text says.
struct Derived {
    row: i64,
    new: NewObject,
}

/// Rebuilds if the store was written by other rules.
pub(super) fn bring_up_to_date(db: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found == RULES {
        return Ok(());
    }
    let texts = rebuild(db)?;
    tracing::info!(texts, "what follows from texts was derived anew");
    Ok(())
}

/// Makes everything anew that follows from texts; answers how many there were. Version keys stay:
/// records of the node name them.
pub(super) fn rebuild(db: &mut Connection) -> Result<usize, StoreError> {
    super::connection::widen(db)?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let texts = derive_all(&tx)?;
    tx.commit().map_err(|e| StoreError::from(e).during("committing"))?;
    Ok(texts)
}

fn derive_all(tx: &Connection) -> Result<usize, StoreError> {
    let mut texts = 0;
    let mut after = i64::MIN;
    while let Some((found, last)) = page(tx, after)? {
        for derived in &found {
            write(tx, derived)?;
        }
        texts += found.len();
        after = last;
    }
    // The index from its words: whatever it was before.
    tx.execute("INSERT INTO search (search) VALUES ('rebuild')", [])?;
    mark_current(tx)?;
    tx.pragma_update(None, "user_version", RULES)?;
    Ok(texts)
}

/// The next rows whose text can be read, and the last row looked at.
fn page(db: &Connection, after: i64) -> Result<Option<(Vec<Derived>, i64)>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT row, channel, source, received_us, raw FROM object
         WHERE row > ?1 AND purged = 0 ORDER BY row LIMIT ?2",
    )?;
    let mut rows = statement.query([after, PAGE])?;
    let (mut found, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let number = row.get(0)?;
        last = Some(number);
        let limits = Limits { object_bytes: usize::MAX, nesting: usize::MAX };
        let Ok(object) = Object::parse_within(row.get_ref(4)?.as_str().unwrap_or_default(), limits)
        else {
            continue;
        };
        let (channel, source): (String, String) = (row.get(1)?, row.get(2)?);
        let new = NewObject::of(&object, &channel, &source, ObjectState::Held, row.get(3)?);
        found.push(Derived { row: number, new });
    }
    Ok(last.map(|last| (found, last)))
}

fn write(tx: &Connection, Derived { row, new }: &Derived) -> Result<(), StoreError> {
    let dated = new.as_version().has_instant();
    let named = |value: &Option<String>| value.clone().filter(|_| dated);
    tx.prepare_cached(
        "UPDATE object SET content_hash = ?2, revoked = ?3, label = ?4, tlp = ?5, created = ?6,
                           creator = ?7, refs = 0, keys = 0 WHERE row = ?1",
    )?
    .execute(params![
        row,
        hex::encode(new.content_hash),
        new.revoked,
        new.label,
        new.tlp,
        named(&new.created),
        named(&new.creator)
    ])?;
    object::underive(tx, *row)?;
    object::derive(tx, *row, new)
}

/// One current version an object and channel, which carries what any version named.
fn mark_current(tx: &Connection) -> Result<(), StoreError> {
    let first = |column: &str| {
        format!(
            "coalesce({column}, (SELECT v.{column} FROM object v
               WHERE v.id = object.id AND v.channel = object.channel AND v.{column} IS NOT NULL
               ORDER BY v.row LIMIT 1))"
        )
    };
    tx.execute_batch(&format!(
        "UPDATE object SET is_current = 0 WHERE is_current = 1;
         UPDATE object SET is_current = 1 WHERE row IN
           (SELECT last_value(row) OVER (PARTITION BY id, channel ORDER BY {}
              RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM object);
         UPDATE object SET created = {}, creator = {}
           WHERE is_current = 1 AND (created IS NULL OR creator IS NULL)
             AND version NOT GLOB 'sha256:*';",
        object::CURRENT_SQL,
        first("created"),
        first("creator"),
    ))?;
    Ok(())
}

/// Rows whose derived columns or tables are not what their text says, with the table.
pub(super) fn differing(db: &Connection) -> Result<Vec<(i64, &'static str)>, StoreError> {
    let mut differing = Vec::new();
    let mut after = i64::MIN;
    while let Some((found, last)) = page(db, after)? {
        for derived in &found {
            differing.extend(compare(db, derived)?.map(|table| (derived.row, table)));
        }
        after = last;
    }
    Ok(differing)
}

fn compare(
    db: &Connection,
    Derived { row, new }: &Derived,
) -> Result<Option<&'static str>, StoreError> {
    let columns = (hex::encode(new.content_hash), new.revoked, new.label.clone(), new.tlp.clone());
    let kept = db
        .prepare_cached("SELECT content_hash, revoked, label, tlp FROM object WHERE row = ?1")?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    if columns != kept {
        return Ok(Some("object"));
    }
    for (table, sql, made) in [
        ("object_ref", "SELECT path, target FROM object_ref WHERE row = ?1", &new.refs),
        ("object_key", "SELECT kind, value FROM object_key WHERE row = ?1", &new.keys),
    ] {
        let made: BTreeSet<(String, String)> = made.iter().cloned().collect();
        let kept = db
            .prepare_cached(sql)?
            .query_map([row], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        if made != kept {
            return Ok(Some(table));
        }
    }
    let words: Option<String> = db
        .prepare_cached("SELECT c0 FROM search_content WHERE id = ?1")?
        .query_map([row], |row| row.get(0))?
        .next()
        .transpose()?;
    let made = text::tokens(&new.search_text).join(" ");
    // That words are missing is a finding of its own.
    Ok(words.is_some_and(|words| words != made).then_some("search"))
}
