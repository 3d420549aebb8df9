//! Which hits are shown first: BM25 over the newest of them. FTS5's own ranking counts all documents
//! with each word of a question first, which takes the longer the more common the word is.

use rusqlite::{Connection, OptionalExtension};

use super::limit;
use crate::StoreError;
use crate::text::Word;

/// Hits that are ranked; older ones follow behind them, newest first.
pub(super) const RANKED: usize = 1_000;
/// Objects up to which the rarity of a word is counted.
const COUNTED: usize = 10_000;
/// Words of a question whose rarity is counted.
const WEIGHED: usize = 8;
/// Bytes of the words of one object that are looked at.
const LOOKED_AT: usize = 64 << 10;

/// Usual constants: how fast repetition stops to count, how much length matters.
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// What the words of one hit say.
struct Read {
    row: i64,
    /// How often each word of the question occurs.
    counts: Vec<f64>,
    length: f64,
}

/// Sorts rows, newest first, so that the best of the newest come first; of two that are equally good
/// the newer one.
pub(super) fn rank(db: &Connection, words: &[Word], rows: &mut [i64]) -> Result<(), StoreError> {
    let count = rows.len().min(RANKED);
    let (near, _) = rows.split_at_mut(count);
    let read = near.iter().map(|row| look(db, words, *row)).collect::<Result<Vec<_>, _>>()?;
    let weights = weights(db, words)?;
    let average = read.iter().map(|read| read.length).sum::<f64>() / count.max(1) as f64;
    let mut scored: Vec<(f64, i64)> =
        read.iter().map(|read| (score(read, &weights, average), read.row)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    for (place, (_, row)) in near.iter_mut().zip(scored) {
        *place = row;
    }
    Ok(())
}

fn look(db: &Connection, words: &[Word], row: i64) -> Result<Read, StoreError> {
    let mut statement = db.prepare_cached("SELECT c0 FROM search_content WHERE id = ?1")?;
    let mut read = Read { row, counts: vec![0.0; words.len()], length: 0.0 };
    let mut found = statement.query([row])?;
    let Some(found) = found.next()? else { return Ok(read) };
    let text = found.get_ref(0)?.as_str().unwrap_or_default();
    let end = text.floor_char_boundary(LOOKED_AT);
    for token in text.get(..end).unwrap_or_default().split(' ') {
        read.length += 1.0;
        for (word, count) in words.iter().zip(&mut read.counts) {
            if is_of(token, word) {
                *count += 1.0;
            }
        }
    }
    Ok(read)
}

fn is_of(token: &str, word: &Word) -> bool {
    let mut wanted = word.tokens.iter();
    match word.prefix {
        true => wanted.any(|start| token.starts_with(start.as_str())),
        false => wanted.any(|one| one == token),
    }
}

/// How much each word of a question says: the rarer, the more. One word alone needs no weight.
fn weights(db: &Connection, words: &[Word]) -> Result<Vec<f64>, StoreError> {
    if words.len() < 2 {
        return Ok(vec![1.0; words.len()]);
    }
    let all: Option<i64> = db
        .prepare_cached("SELECT max(row) FROM object")?
        .query_row([], |row| row.get(0))
        .optional()?
        .flatten();
    let all = all.unwrap_or_default().max(1) as f64;
    let sql = "SELECT count(*) FROM
                 (SELECT 1 FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2)";
    let mut statement = db.prepare_cached(sql)?;
    let mut weights = vec![1.0; words.len()];
    for (word, weight) in words.iter().zip(&mut weights).take(WEIGHED) {
        let expression = format!("words : {}", super::search::word(word));
        let found: i64 =
            statement.query_row(rusqlite::params![expression, limit(COUNTED)], |row| row.get(0))?;
        let found = found as f64;
        *weight = (1.0 + (all - found + 0.5).max(0.5) / (found + 0.5)).ln();
    }
    Ok(weights)
}

fn score(read: &Read, weights: &[f64], average: f64) -> f64 {
    let long = K1 * (1.0 - B + B * read.length / average.max(1.0));
    let parts = read.counts.iter().zip(weights);
    parts.map(|(count, weight)| weight * count * (K1 + 1.0) / (count + long)).sum()
}
