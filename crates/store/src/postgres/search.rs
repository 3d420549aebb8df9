//! Full-text search.

use tokio_postgres::types::ToSql;

use super::connection::{Db, Values, rows};
use super::limit;
use super::object_view::{self, COLUMNS};
use super::veil::UNVEILED;
use crate::text::{self, Word};
use crate::{SearchPage, SearchQuery, StoreError};

/// Hits that are ranked and counted; beyond these only "more" is said.
const NEWEST: usize = 10_000;

/// The newest hits, ranked by the share of the question in their words, then newest first.
pub(super) async fn search(db: &impl Db, query: &SearchQuery) -> Result<SearchPage, StoreError> {
    let words = text::question(&query.text);
    if words.is_empty() {
        return Ok(SearchPage { hits: Vec::new(), total: 0, capped: false });
    }
    // One hit more than are ranked tells of more; it is counted, and left out of the ranking.
    let sql = format!(
        "WITH hit AS MATERIALIZED (
             SELECT s.row, ts_rank(s.words, $4::text::tsquery, 1) AS score
             FROM search s JOIN object o ON o.row = s.row
             WHERE s.words @@ $4::text::tsquery AND o.is_current AND o.state = 'held'
               AND (cardinality($5::text[]) = 0 OR o.kind = ANY ($5)) AND {UNVEILED}
             ORDER BY s.row DESC LIMIT $6),
           page AS (
             SELECT row, score FROM (SELECT row, score FROM hit ORDER BY row DESC LIMIT $6 - 1) h
             ORDER BY score DESC, row DESC OFFSET $7 LIMIT $8)
         SELECT {COLUMNS}, page.score FROM page JOIN object o ON o.row = page.row
         ORDER BY page.score DESC, page.row DESC"
    );
    let expression = expression(&words, &query.kinds);
    let (most, offset, count) = (limit(NEWEST + 1), limit(query.offset), limit(query.limit));
    let veil = &query.veil;
    let asked: [&(dyn ToSql + Sync); 6] =
        [&veil.bucket, &veil.now_us, &veil.lifted, &expression, &query.kinds, &most];
    let paged: Vec<&(dyn ToSql + Sync)> =
        asked.iter().copied().chain([&offset as &(dyn ToSql + Sync), &count]).collect();
    let hits =
        rows(db, &sql, &paged).await?.iter().map(object_view::read).collect::<Result<_, _>>()?;
    let counted = count_hits(db, &asked).await?;
    Ok(SearchPage { hits, total: counted.min(NEWEST), capped: counted > NEWEST })
}

async fn count_hits(db: &impl Db, values: Values<'_>) -> Result<usize, StoreError> {
    let sql = format!(
        "SELECT count(*) FROM (
             SELECT 1 FROM search s JOIN object o ON o.row = s.row
             WHERE s.words @@ $4::text::tsquery AND o.is_current AND o.state = 'held'
               AND (cardinality($5::text[]) = 0 OR o.kind = ANY ($5)) AND {UNVEILED}
             ORDER BY s.row DESC LIMIT $6) h"
    );
    let found = rows(db, &sql, values).await?;
    let count: i64 = found.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    Ok(usize::try_from(count).unwrap_or_default())
}

/// A tsquery made of tokens (letters and digits only) and of type names, each in quotes. The type
/// is asked for twice: in the index, so that a rare type among many hits is found without visiting
/// them all, and exactly in the object's row.
fn expression(words: &[Word], kinds: &[String]) -> String {
    let mut all: Vec<String> = words.iter().map(word).collect();
    if !kinds.is_empty() {
        let any = kinds.iter().map(|kind| quoted(&format!("kind:{kind}"))).collect::<Vec<_>>();
        all.push(format!("({})", any.join(" | ")));
    }
    all.join(" & ")
}

fn word(word: &Word) -> String {
    let star = if word.prefix { ":*" } else { "" };
    let any: Vec<String> = word.tokens.iter().map(|token| quoted(token) + star).collect();
    format!("({})", any.join(" | "))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace(['\'', '\\', '\0'], ""))
}
