//! A single-file store, row by row.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use super::{PAGE, Row, Side, Table, Value};
use crate::StoreError;
use crate::sqlite::{Mode, connect, widen};

/// One connection within one transaction.
pub(super) struct Folder(Arc<Mutex<Connection>>);

impl Folder {
    /// Begins; dropped, it leaves nothing.
    pub(super) fn begin(folder: &Path) -> Result<Self, StoreError> {
        let db = connect(folder, Mode::Write)?;
        widen(&db)?;
        db.execute_batch("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON")?;
        Ok(Self(Arc::new(Mutex::new(db))))
    }

    async fn on<T, F>(&self, act: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let db = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            act(&db.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await.map_err(|_| StoreError::Closed)?
    }
}

#[async_trait]
impl Side for Folder {
    async fn page(
        &mut self,
        table: &'static Table,
        after: Option<Vec<Value>>,
    ) -> Result<Vec<Row>, StoreError> {
        self.on(move |db| page(db, table, after.as_deref())).await
    }

    async fn put(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        self.on(move |db| put(db, table, &rows)).await
    }

    async fn finish(self: Box<Self>) -> Result<(), StoreError> {
        self.on(|db| Ok(db.execute_batch("COMMIT")?)).await
    }
}

fn page(db: &Connection, table: &Table, after: Option<&[Value]>) -> Result<Vec<Row>, StoreError> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let key = names.iter().take(table.key).copied().collect::<Vec<_>>().join(", ");
    let behind = match after {
        Some(_) => format!("WHERE ({key}) > ({})", marks(table.key)),
        None => String::new(),
    };
    let sql = format!(
        "SELECT {} FROM {} {behind} ORDER BY {key} LIMIT {PAGE}",
        names.join(", "),
        table.name
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut found = statement.query(params_from_iter(after.unwrap_or_default()))?;
    let mut page = Vec::new();
    while let Some(row) = found.next()? {
        let value = |at| Ok::<_, StoreError>(read(row.get_ref(at)?));
        page.push((0..names.len()).map(value).collect::<Result<_, _>>()?);
    }
    Ok(page)
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        // No column holds one.
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

fn put(db: &Connection, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    // Counts of what follows from texts: written when that is derived.
    let (extra, zero) = if table.name == "object" { (", refs, keys", ", 0, 0") } else { ("", "") };
    let sql = format!(
        "INSERT INTO {} ({}{extra}) VALUES ({}{zero})",
        table.name,
        names.join(", "),
        marks(names.len())
    );
    let mut statement = db.prepare_cached(&sql)?;
    for row in rows {
        statement.execute(params_from_iter(row))?;
    }
    Ok(())
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
