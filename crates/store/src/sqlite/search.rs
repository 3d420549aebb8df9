//! Full-text search.

use rusqlite::{Connection, ToSql};

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

/// Rows of the newest hits, one more than are counted. No hit's own row is read unless something is
/// hidden from who asks: the rows of ten thousand hits lie apart from each other, and to fetch them
/// takes longer than all else. The type is asked for twice: in the words' index, so that a rare type
/// among many hits is found without visiting them all, and exactly in the index of types.
fn newest(db: &Connection, expression: &str, query: &SearchQuery) -> Result<Vec<i64>, StoreError> {
    let of_kind = match query.kinds.is_empty() {
        true => "",
        false => {
            "AND EXISTS (
             SELECT 1 FROM object k INDEXED BY object_kind
             WHERE k.kind IN (SELECT value FROM json_each(:kinds)) AND k.row = search.rowid
               AND k.is_current = 1)"
        }
    };
    let seen = match query.veil.bucket.is_empty() {
        true => String::new(),
        false => {
            format!("AND EXISTS (SELECT 1 FROM object o WHERE o.row = search.rowid AND {UNVEILED})")
        }
    };
    let sql = format!(
        "SELECT search.rowid FROM search WHERE search MATCH :words
           AND NOT EXISTS (
             SELECT 1 FROM object n INDEXED BY object_not_found
             WHERE n.row = search.rowid AND (n.is_current = 0 OR n.state <> 'held'))
           {of_kind} {seen}
         ORDER BY search.rowid DESC LIMIT :limit"
    );
    let limit = limit(NEWEST + 1);
    let mut values: Vec<(&str, &dyn ToSql)> = vec![(":words", &expression), (":limit", &limit)];
    let kinds = serde_json::Value::from(query.kinds.as_slice()).to_string();
    if !query.kinds.is_empty() {
        values.push((":kinds", &kinds));
    }
    let lifted = lifted(&query.veil);
    if !query.veil.bucket.is_empty() {
        let veil = &query.veil;
        values.push((":veil", &veil.bucket));
        values.push((":lifted", &lifted));
        values.push((":now", &veil.now_us));
    }
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(values.as_slice(), |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
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
