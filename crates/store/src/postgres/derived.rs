//! What follows from the texts of objects: references, keys, words; made anew and compared.

use std::collections::BTreeSet;

use deadpool_postgres::Object as Client;
use enlace_stix::{Limits, Object};

use super::connection::{Db, execute, first, rows};
use super::{limit, object, plain, writer};
use crate::{NewObject, ObjectState, StoreError, text};

/// Number of the rules by which texts are read; it grows with every change of what
/// [`NewObject::of`] or `text` make of the same text.
const RULES: i64 = 1;

/// Rows read at a time.
const PAGE: i64 = 500;

/// Bytes of the words of one object: a tsvector holds a mebibyte of distinct words. Of a text with
/// more, the first are found.
const WORD_BYTES: usize = 900_000;

/// Most rows named in one fault.
const MOST: usize = 100;

/// What follows from the text of one version.
pub(super) struct Derived {
    pub(super) refs: BTreeSet<(String, String)>,
    pub(super) keys: BTreeSet<(String, String)>,
    /// Distinct words, joined by blanks.
    words: String,
}

impl Derived {
    pub(super) fn of(new: &NewObject) -> Self {
        let pairs = |pairs: &[(String, String)]| {
            pairs.iter().map(|(a, b)| (plain(a).into_owned(), plain(b).into_owned())).collect()
        };
        Self {
            refs: pairs(&new.refs),
            keys: pairs(&new.keys),
            words: words(&new.search_text, &new.kind),
        }
    }
}

/// Sorted, so that the same text gives the same words.
fn words(search_text: &str, kind: &str) -> String {
    let mut bytes = 0;
    let fits = |word: &String| {
        bytes += word.len() + 1;
        bytes <= WORD_BYTES
    };
    let mut distinct: BTreeSet<String> =
        text::tokens(search_text).into_iter().take_while(fits).collect();
    distinct.insert(format!("kind:{kind}"));
    distinct.into_iter().collect::<Vec<_>>().join(" ")
}

/// Writes what follows from the texts of new rows.
pub(super) async fn write(
    tx: &impl Db,
    numbers: &[i64],
    derived: &[Derived],
) -> Result<(), StoreError> {
    type Pairs = fn(&Derived) -> &BTreeSet<(String, String)>;
    let tables: [(&str, Pairs); 2] = [
        (
            "INSERT INTO object_ref SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])",
            |d| &d.refs,
        ),
        (
            "INSERT INTO object_key SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])",
            |d| &d.keys,
        ),
    ];
    for (sql, pairs) in tables {
        let (mut row, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
        for (number, derived) in numbers.iter().zip(derived) {
            for (a, b) in pairs(derived) {
                row.push(*number);
                left.push(a.as_str());
                right.push(b.as_str());
            }
        }
        if !row.is_empty() {
            execute(tx, sql, &[&row, &left, &right]).await?;
        }
    }
    let words: Vec<&str> = derived.iter().map(|d| d.words.as_str()).collect();
    let sql = "INSERT INTO search SELECT n.row, array_to_tsvector(string_to_array(n.words, ' '))
               FROM unnest($1::bigint[], $2::text[]) AS n (row, words)";
    execute(tx, sql, &[&numbers, &words]).await?;
    Ok(())
}

/// Takes references, keys and words of rows away.
pub(super) async fn remove(tx: &impl Db, numbers: &[i64]) -> Result<(), StoreError> {
    if numbers.is_empty() {
        return Ok(());
    }
    for sql in [
        "DELETE FROM object_ref WHERE row = ANY($1)",
        "DELETE FROM object_key WHERE row = ANY($1)",
        "DELETE FROM search WHERE row = ANY($1)",
    ] {
        execute(tx, sql, &[&numbers]).await?;
    }
    Ok(())
}

/// Rebuilds if the store was written by other rules.
pub(super) async fn bring_up_to_date(client: &mut Client) -> Result<(), StoreError> {
    let found = first(client, "SELECT rules FROM derived", &[]).await?;
    let found: Option<i64> = found.map(|row| row.try_get(0)).transpose()?;
    if found == Some(RULES) {
        return Ok(());
    }
    let texts = rebuild(client).await?;
    tracing::info!(texts, "what follows from texts was derived anew");
    Ok(())
}

/// Makes everything anew that follows from texts; answers how many there were. Version keys stay:
/// records of the node name them.
pub(super) async fn rebuild(client: &mut Client) -> Result<usize, StoreError> {
    let tx = client.transaction().await?;
    writer::lock(&tx).await?;
    let mut texts = 0;
    let mut after = i64::MIN;
    while let Some((found, last)) = page(&tx, after).await? {
        rewrite(&tx, &found).await?;
        texts += found.len();
        after = last;
    }
    mark_current(&tx).await?;
    let sql = "INSERT INTO derived (rules) VALUES ($1)
               ON CONFLICT (one) DO UPDATE SET rules = excluded.rules";
    execute(&tx, sql, &[&RULES]).await?;
    tx.commit().await.map_err(|e| StoreError::from(e).during("committing"))?;
    Ok(texts)
}

/// The next rows whose text can be read, and the last row looked at.
async fn page(
    db: &impl Db,
    after: i64,
) -> Result<Option<(Vec<(i64, NewObject)>, i64)>, StoreError> {
    let sql = "SELECT row, channel, source, received_us, raw FROM object
               WHERE row > $1 AND NOT purged ORDER BY row LIMIT $2";
    let (mut found, mut last) = (Vec::new(), None);
    for row in rows(db, sql, &[&after, &PAGE]).await? {
        let number: i64 = row.try_get(0)?;
        last = Some(number);
        let limits = Limits { object_bytes: usize::MAX, nesting: usize::MAX };
        let Ok(object) = Object::parse_within(row.try_get(4)?, limits) else { continue };
        let (channel, source): (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
        let new = NewObject::of(&object, channel, source, ObjectState::Held, row.try_get(3)?);
        found.push((number, new));
    }
    Ok(last.map(|last| (found, last)))
}

async fn rewrite(tx: &impl Db, found: &[(i64, NewObject)]) -> Result<(), StoreError> {
    let numbers: Vec<i64> = found.iter().map(|(row, _)| *row).collect();
    let derived: Vec<Derived> = found.iter().map(|(_, new)| Derived::of(new)).collect();
    remove(tx, &numbers).await?;
    let sql = "UPDATE object SET content_hash = $2, revoked = $3, label = $4, tlp = $5,
                      created = $6, creator = $7, refs = $8, keys = $9 WHERE row = $1";
    for ((row, new), derived) in found.iter().zip(&derived) {
        let dated = new.as_version().has_instant();
        let named = |value: &Option<String>| value.clone().filter(|_| dated);
        execute(
            tx,
            sql,
            &[
                row,
                &hex::encode(new.content_hash),
                &new.revoked,
                &plain(&new.label),
                &new.tlp,
                &named(&new.created),
                &named(&new.creator),
                &limit(derived.refs.len()),
                &limit(derived.keys.len()),
            ],
        )
        .await?;
    }
    write(tx, &numbers, &derived).await
}

/// One current version an object and channel, which carries what any version named.
async fn mark_current(tx: &impl Db) -> Result<(), StoreError> {
    let first = |column: &str| {
        format!(
            "coalesce({column}, (SELECT v.{column} FROM object v
               WHERE v.id = object.id AND v.channel = object.channel AND v.{column} IS NOT NULL
               ORDER BY v.row LIMIT 1))"
        )
    };
    execute(tx, "UPDATE object SET is_current = false WHERE is_current", &[]).await?;
    let lead = format!(
        "UPDATE object SET is_current = true WHERE row IN
           (SELECT last_value(row) OVER (PARTITION BY id, channel ORDER BY {}
              RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM object)",
        object::CURRENT_SQL
    );
    execute(tx, &lead, &[]).await?;
    let named = format!(
        "UPDATE object SET created = {}, creator = {}
         WHERE is_current AND (created IS NULL OR creator IS NULL)
           AND version NOT LIKE 'sha256:%'",
        first("created"),
        first("creator"),
    );
    execute(tx, &named, &[]).await?;
    Ok(())
}

/// Rows whose derived columns or tables are not what their text says, with the table.
pub(super) async fn differing(db: &impl Db) -> Result<Vec<(i64, &'static str)>, StoreError> {
    let mut differing = Vec::new();
    let mut after = i64::MIN;
    while let Some((found, last)) = page(db, after).await? {
        for (row, new) in &found {
            if let Some(table) = compare(db, *row, new).await? {
                differing.push((*row, table));
            }
            if differing.len() >= MOST {
                return Ok(differing);
            }
        }
        after = last;
    }
    Ok(differing)
}

async fn compare(
    db: &impl Db,
    row: i64,
    new: &NewObject,
) -> Result<Option<&'static str>, StoreError> {
    let derived = Derived::of(new);
    let sql = "SELECT content_hash = $2 AND revoked = $3 AND label = $4
                      AND tlp IS NOT DISTINCT FROM $5 FROM object WHERE row = $1";
    let (hash, label) = (hex::encode(new.content_hash), plain(&new.label));
    let same = first(db, sql, &[&row, &hash, &new.revoked, &label, &new.tlp]).await?;
    if !same.map(|row| row.try_get(0)).transpose()?.unwrap_or(false) {
        return Ok(Some("object"));
    }
    for (table, sql, made) in [
        ("object_ref", "SELECT path, target FROM object_ref WHERE row = $1", &derived.refs),
        ("object_key", "SELECT kind, value FROM object_key WHERE row = $1", &derived.keys),
    ] {
        let mut kept = BTreeSet::new();
        for row in rows(db, sql, &[&row]).await? {
            kept.insert((row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?));
        }
        if *made != kept {
            return Ok(Some(table));
        }
    }
    let sql =
        "SELECT words = array_to_tsvector(string_to_array($2, ' ')) FROM search WHERE row = $1";
    let same = first(db, sql, &[&row, &derived.words]).await?;
    // That words are missing is a finding of its own.
    let same = same.map(|row| row.try_get(0)).transpose()?.unwrap_or(true);
    Ok((!same).then_some("search"))
}
