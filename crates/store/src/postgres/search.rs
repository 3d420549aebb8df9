//! Full-text search.

use tokio_postgres::Row;

use super::connection::{Db, Values, fresh_rows};
use super::limit;
use super::object_view::{self, COLUMNS};
use super::veil::UNVEILED;
use crate::text::{self, Word};
use crate::{SearchPage, SearchQuery, StoreError};

/// Hits that are counted; beyond these only "more" is said.
const NEWEST: usize = 10_000;
/// Hits that are ranked; older ones follow behind them, newest first.
const RANKED: usize = 1_000;

/// The newest hits; the newest of these ranked by the share of the question in their words, the
/// others behind them, newest first.
pub(super) async fn search(db: &impl Db, query: &SearchQuery) -> Result<SearchPage, StoreError> {
    let words = text::question(&query.text);
    if words.is_empty() {
        return Ok(SearchPage { hits: Vec::new(), total: 0, capped: false });
    }
    // Letters, digits and quotes only, see below. As the limits, it stands in the text, so that the
    // server plans by it.
    let asked = format!("'{}'::tsquery", expression(&words, &query.kinds).replace('\'', "''"));
    // One hit more than are counted tells of more; it is left out of the page. The count comes in a
    // row of its own, so that a page behind the end has it too.
    let sql = format!(
        "WITH hit AS MATERIALIZED (
             SELECT s.row FROM search s JOIN object o ON o.row = s.row
             WHERE s.words @@ {asked} AND o.is_current AND o.state = 'held'
               AND (cardinality($4::text[]) = 0 OR o.kind = ANY ($4)) AND {UNVEILED}
             ORDER BY s.row DESC LIMIT {NEWEST} + 1),
           near AS MATERIALIZED (
             SELECT n.row, ts_rank(s.words, {asked}, 1) AS score
             FROM (SELECT row FROM hit ORDER BY row DESC LIMIT {RANKED}) n JOIN search s ON s.row = n.row),
           page AS (
             SELECT h.row, n.score
             FROM (SELECT row FROM hit ORDER BY row DESC LIMIT {NEWEST}) h
             LEFT JOIN near n ON n.row = h.row
             ORDER BY n.score DESC NULLS LAST, h.row DESC OFFSET $5 LIMIT $6),
           counted AS (SELECT count(*) AS hits FROM hit)
         SELECT {COLUMNS}, counted.hits
         FROM counted LEFT JOIN (page JOIN object o ON o.row = page.row) ON true
         ORDER BY page.score DESC NULLS LAST, page.row DESC"
    );
    let (offset, count, veil) = (limit(query.offset), limit(query.limit), &query.veil);
    let values: Values<'_> =
        &[&veil.bucket, &veil.now_us, &veil.lifted, &query.kinds, &offset, &count];
    let found = fresh_rows(db, &sql, values).await?;
    let counted = found.first().map(|row| row.try_get::<_, i64>("hits")).transpose()?;
    let counted = usize::try_from(counted.unwrap_or_default()).unwrap_or_default();
    let is_hit = |row: &&Row| row.try_get::<_, Option<i64>>(0).is_ok_and(|row| row.is_some());
    let hits = found.iter().filter(is_hit).map(object_view::read).collect::<Result<_, _>>()?;
    Ok(SearchPage { hits, total: counted.min(NEWEST), capped: counted > NEWEST })
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
