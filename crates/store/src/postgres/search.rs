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

/// Newest rows that tell how common what is asked for is.
const SAMPLE: usize = 8_192;
/// What it costs to fetch a hit that the index of words names, in rows that are read one after the
/// other (measured: 3 to 5 and 0.25 µs).
const FETCHED: f64 = 12.0;

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
    let way = way(db, &words, &asked).await?;
    let hit = hit(&asked, way, query);
    // One hit more than are counted tells of more; it is left out of the page. The count comes in a
    // row of its own, so that a page behind the end has it too.
    let sql = format!(
        "WITH hit AS MATERIALIZED ({hit} LIMIT {NEWEST} + 1),
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
         WHERE {NAMED} ORDER BY page.score DESC NULLS LAST, page.row DESC"
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

/// Each value is named once, so that the server knows its type in every form of the question.
const NAMED: &str = "(($1::text, $2::bigint, $3::text[], $4::text[]) IS NOT NULL OR true)";

/// How the hits are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As the server thinks best: it knows how common a single word is.
    Its,
    /// Along the rows, newest first, until there are enough.
    Rows,
    /// By the index of words.
    Words,
}

/// The way to what is asked for: of beginnings of words, and of several words together, the server does
/// not know how common they are, and its guess is wrong by tens of times.
async fn way(db: &impl Db, words: &[Word], asked: &str) -> Result<Way, StoreError> {
    if matches!(words, [one] if !one.prefix) {
        return Ok(Way::Its);
    }
    let sql = format!(
        "SELECT count(*) FILTER (WHERE s.words @@ {asked}), count(*),
                (SELECT coalesce(max(row), 0) FROM search)
         FROM (SELECT words FROM search ORDER BY row DESC LIMIT {SAMPLE}) s"
    );
    let found = fresh_rows(db, &sql, &[]).await?;
    let Some(row) = found.first() else { return Ok(Way::Its) };
    let number = |at| row.try_get::<_, i64>(at);
    Ok(better(number(0)?, number(1)?, number(2)?))
}

/// Along the rows, `NEWEST` hits are behind `NEWEST / share` rows; by the index of words each of
/// `share * rows` hits is fetched.
#[allow(clippy::cast_precision_loss)]
fn better(hits: i64, sample: i64, rows: i64) -> Way {
    let share = hits as f64 / sample.max(1) as f64;
    let (along, fetched) = (NEWEST as f64, share * share * rows as f64 * FETCHED);
    if along <= fetched { Way::Rows } else { Way::Words }
}

/// Rows of the hits, newest first. No hit's own row is read unless something is hidden from who asks:
/// they lie apart from each other, and to fetch them takes longer than all else.
fn hit(asked: &str, way: Way, query: &SearchQuery) -> String {
    // What no index answers leaves the server one way.
    let (asked, order) = match way {
        Way::Its => (format!("s.words @@ {asked}"), "s.row"),
        Way::Rows => (format!("(s.words @@ {asked}) IS TRUE"), "s.row"),
        Way::Words => (format!("s.words @@ {asked}"), "s.row + 0"),
    };
    if query.veil.bucket.is_empty() && query.kinds.iter().all(|kind| is_a_token(kind)) {
        return format!(
            "SELECT s.row FROM search s WHERE {asked} AND NOT EXISTS (
               SELECT 1 FROM object n
               WHERE n.row = s.row AND (NOT n.is_current OR n.state <> 'held') OFFSET 0)
             ORDER BY {order} DESC"
        );
    }
    format!(
        "SELECT s.row FROM search s JOIN object o ON o.row = s.row
         WHERE {asked} AND o.is_current AND o.state = 'held'
           AND (cardinality($4::text[]) = 0 OR o.kind = ANY ($4)) AND {UNVEILED}
         ORDER BY {order} DESC"
    )
}

/// Whether the name of a type stands in the index as it is. Others are asked for in the object's row
/// too.
fn is_a_token(kind: &str) -> bool {
    quoted(kind).len() == kind.len() + 2
}

/// A tsquery made of tokens (letters and digits only) and of type names, each in quotes. The type
/// is asked for in the index, so that a rare type among many hits is found without visiting them all.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_common_is_looked_for_along_the_rows_and_what_is_rare_by_its_words() {
        let sample = 8_192;
        for (hits, rows, expected) in [
            (0, 1_000_000, Way::Words),
            (100, 1_000_000, Way::Words),
            (800, 1_000_000, Way::Rows),
            (700, 100_000, Way::Words),
            (8_192, 100_000, Way::Rows),
            (8_192, 5_000_000_000, Way::Rows),
        ] {
            assert_eq!(better(hits, sample, rows), expected, "{hits} of {sample}, {rows} rows");
        }
        assert_eq!(better(0, 0, 0), Way::Words, "an empty store");
    }

    #[test]
    fn a_type_with_what_the_index_leaves_out_is_asked_for_in_the_row_too() {
        let ask = |kind: &str| {
            hit("q", Way::Its, &SearchQuery { kinds: vec![kind.to_owned()], ..Default::default() })
        };
        assert!(!ask("x-own").contains("o.kind"));
        assert!(ask("x-o'wn").contains("o.kind"));
    }
}
