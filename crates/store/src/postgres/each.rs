//! One question about many, in one statement.

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connection::{Db, comparable, rows};
use crate::StoreError;

/// What is asked, in its order: a statement for [`all`] or [`one`] selects from it, and `n.nth`
/// behind its other columns. Its first value is what is asked.
pub(super) const EACH: &str = "unnest($1::text[]) WITH ORDINALITY AS n (asked, nth)";

/// The rows found for each, in the order of the statement.
pub(super) async fn all<T>(
    db: &impl Db,
    sql: &str,
    asked: &[String],
    more: &[&(dyn ToSql + Sync)],
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<Vec<T>>, StoreError> {
    let texts = comparable(asked);
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&texts];
    values.extend(more);
    let mut found: Vec<Vec<T>> = asked.iter().map(|_| Vec::new()).collect();
    for row in rows(db, sql, &values).await? {
        let nth = usize::try_from(row.try_get::<_, i64>("nth")?).unwrap_or_default();
        // The server counts from 1.
        if let Some(found) = found.get_mut(nth.wrapping_sub(1)) {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// The one row found for each, if there is one.
pub(super) async fn one<T>(
    db: &impl Db,
    sql: &str,
    asked: &[String],
    more: &[&(dyn ToSql + Sync)],
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<Option<T>>, StoreError> {
    let found = all(db, sql, asked, more, read).await?;
    Ok(found.into_iter().map(|rows| rows.into_iter().next()).collect())
}
