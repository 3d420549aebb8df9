//! Full-text search.

use rusqlite::{Connection, named_params};

use super::rank::rank;
use super::veil::{UNVEILED, lifted};
use super::{limit, object};
use crate::text::{self, Word};
use crate::{SearchPage, SearchQuery, StoreError};

/// Hits that are counted; beyond these only "more" is said.
const NEWEST: usize = 10_000;

/// The newest hits; the newest of these ranked, the others behind them, newest first.
pub(super) fn search(db: &Connection, query: &SearchQuery) -> Result<SearchPage, StoreError> {
    let words = text::question(&query.text);
    if words.is_empty() {
        return Ok(SearchPage { hits: Vec::new(), total: 0, capped: false });
    }
    let mut hits = newest(db, &expression(&words, &query.kinds), query)?;
    let capped = hits.len() > NEWEST;
    hits.truncate(NEWEST);
    rank(db, &words, &mut hits)?;
    let page = hits.iter().skip(query.offset).take(query.limit);
    let found = page.map(|row| object::by_row(db, *row)).collect::<Result<_, _>>()?;
    Ok(SearchPage { hits: found, total: hits.len(), capped })
}

/// Rows of the newest hits, one more than are counted. The type is asked for twice: in the index,
/// so that a rare type among many hits is found without visiting them all, and exactly in the
/// object's row.
fn newest(db: &Connection, expression: &str, query: &SearchQuery) -> Result<Vec<i64>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT search.rowid
         FROM search CROSS JOIN object o ON o.row = search.rowid
         WHERE search MATCH :words AND o.is_current = 1 AND o.state = 'held'
           AND (:kinds = '[]' OR o.kind IN (SELECT value FROM json_each(:kinds)))
           AND {UNVEILED}
         ORDER BY search.rowid DESC LIMIT :limit",
    ))?;
    let kinds = serde_json::Value::from(query.kinds.as_slice()).to_string();
    let values = named_params! {
        ":words": expression, ":kinds": kinds, ":limit": limit(NEWEST + 1),
        ":veil": query.veil.bucket, ":lifted": lifted(&query.veil), ":now": query.veil.now_us,
    };
    let found = statement.query_map(values, |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// An FTS5 expression made of tokens (letters and digits only) and of quoted type names.
fn expression(words: &[Word], kinds: &[String]) -> String {
    let all = words.iter().map(word).collect::<Vec<_>>().join(" AND ");
    if kinds.is_empty() {
        return format!("words : ({all})");
    }
    let any = kinds.iter().map(|kind| quoted(kind)).collect::<Vec<_>>().join(" OR ");
    format!("(words : ({all})) AND (kind : ({any}))")
}

pub(super) fn word(word: &Word) -> String {
    let star = if word.prefix { " *" } else { "" };
    let any: Vec<String> = word.tokens.iter().map(|token| quoted(token) + star).collect();
    format!("({})", any.join(" OR "))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', ""))
}
