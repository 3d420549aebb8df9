//! A store on a server, row by row.

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Object, Pool};
use tokio_postgres::types::ToSql;

use super::{Kind, Row, Side, Table, Value};
use crate::StoreError;
use crate::postgres::{LOCK, pool};

/// One connection within one transaction.
pub(super) struct Server {
    client: Object,
    /// Keeps the connection's background work alive.
    _pool: Pool,
}

impl Server {
    /// Begins; dropped, it leaves nothing.
    pub(super) async fn begin(url: &str) -> Result<Self, StoreError> {
        let pool = pool(url, 1)?;
        let client = pool.get().await?;
        // A store of millions of objects takes its time.
        client.batch_execute("SET idle_in_transaction_session_timeout = 0").await?;
        client.batch_execute("BEGIN").await?;
        client.batch_execute(LOCK).await?;
        Ok(Self { client, _pool: pool })
    }

    /// Begins to read what is there now, while others write.
    pub(super) async fn snapshot(url: &str) -> Result<Self, StoreError> {
        let pool = pool(url, 1)?;
        let client = pool.get().await?;
        client.batch_execute("SET idle_in_transaction_session_timeout = 0").await?;
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        // The first question fixes what is seen.
        client.batch_execute("SELECT number FROM log LIMIT 1").await?;
        Ok(Self { client, _pool: pool })
    }
}

impl Drop for Server {
    /// A connection in the middle of a transaction is no use to anybody.
    fn drop(&mut self) {
        self._pool.close();
    }
}

#[async_trait]
impl Side for Server {
    async fn page(
        &mut self,
        table: &'static Table,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let key = names.iter().take(table.key).copied().collect::<Vec<_>>().join(", ");
        let behind = match &after {
            Some(after) => {
                let marks = (1..=after.len()).map(|n| format!("${n}")).collect::<Vec<_>>();
                format!("WHERE ({key}) > ({})", marks.join(", "))
            }
            None => String::new(),
        };
        let sql = format!(
            "SELECT {} FROM {} {behind} ORDER BY {key} LIMIT {limit}",
            names.join(", "),
            table.name
        );
        let after = after.unwrap_or_default();
        let values: Vec<&(dyn ToSql + Sync)> = after.iter().filter_map(as_sql).collect();
        let statement = self.client.prepare_cached(&sql).await?;
        let mut page = Vec::new();
        for row in self.client.query(&statement, &values).await? {
            let columns = table.columns.iter().enumerate();
            page.push(
                columns.map(|(at, (_, kind))| read(&row, at, *kind)).collect::<Result<_, _>>()?,
            );
        }
        Ok(page)
    }

    async fn put(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let mut columns: Vec<Box<dyn ToSql + Sync + Send>> = Vec::with_capacity(names.len());
        for (at, (_, kind)) in table.columns.iter().enumerate() {
            columns.push(column(&rows, at, *kind));
        }
        let marks = table.columns.iter().enumerate();
        let marks = marks.map(|(at, (_, kind))| format!("${}::{}[]", at + 1, kind.sql()));
        // Counts of what follows from texts: written when that is derived.
        let (extra, zero) =
            if table.name == "object" { (", refs, keys", ", 0, 0") } else { ("", "") };
        let sql = format!(
            "INSERT INTO {} ({}{extra}) OVERRIDING SYSTEM VALUE SELECT *{zero} FROM unnest({})",
            table.name,
            names.join(", "),
            marks.collect::<Vec<_>>().join(", ")
        );
        let values: Vec<&(dyn ToSql + Sync)> =
            columns.iter().map(|c| c.as_ref() as &(dyn ToSql + Sync)).collect();
        let statement = self.client.prepare_cached(&sql).await?;
        self.client.execute(&statement, &values).await?;
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), StoreError> {
        for table in super::TABLES {
            let Some(column) = table.numbered else { continue };
            // The next number follows the last that was given.
            let sequence = match table.name {
                "object" => "'object_row'::regclass".to_owned(),
                name => format!("pg_get_serial_sequence('{name}', '{column}')::regclass"),
            };
            let sql = format!(
                "SELECT setval({sequence}, max({column})) FROM {} HAVING max({column}) > 0",
                table.name
            );
            self.client.batch_execute(&sql).await?;
        }
        self.client.batch_execute("COMMIT; ANALYZE").await?;
        Ok(())
    }
}

/// A value of a key: never null.
fn as_sql(value: &Value) -> Option<&(dyn ToSql + Sync)> {
    match value {
        Value::Null => None,
        Value::Int(number) => Some(number),
        Value::Text(text) => Some(text),
        Value::Bytes(bytes) => Some(bytes),
    }
}

fn read(row: &tokio_postgres::Row, at: usize, kind: Kind) -> Result<Value, StoreError> {
    let value = match kind {
        Kind::Int => row.try_get::<_, Option<i64>>(at)?.map(Value::Int),
        Kind::Bool => row.try_get::<_, Option<bool>>(at)?.map(|b| Value::Int(i64::from(b))),
        Kind::Text => row.try_get::<_, Option<String>>(at)?.map(Value::Text),
        Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(at)?.map(Value::Bytes),
        Kind::Any => {
            let bytes = row.try_get::<_, Option<Vec<u8>>>(at)?;
            bytes.map(|bytes| Value::Text(String::from_utf8_lossy(&bytes).into_owned()))
        }
    };
    Ok(value.unwrap_or(Value::Null))
}

impl Kind {
    fn sql(self) -> &'static str {
        match self {
            Self::Int => "bigint",
            Self::Bool => "boolean",
            Self::Text => "text",
            Self::Bytes | Self::Any => "bytea",
        }
    }
}

/// One column of many rows, as an array.
fn column(rows: &[Row], at: usize, kind: Kind) -> Box<dyn ToSql + Sync + Send> {
    let values = rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null));
    let int = |value: &Value| if let Value::Int(number) = value { Some(*number) } else { None };
    let text = |value: &Value| match value {
        Value::Text(text) => Some(crate::postgres::plain(text).into_owned()),
        _ => None,
    };
    let bytes = |value: &Value| match value {
        Value::Bytes(bytes) => Some(bytes.clone()),
        Value::Text(text) => Some(text.clone().into_bytes()),
        _ => None,
    };
    match kind {
        Kind::Int => Box::new(values.map(int).collect::<Vec<_>>()),
        Kind::Bool => Box::new(values.map(|v| int(v).map(|n| n != 0)).collect::<Vec<_>>()),
        Kind::Text => Box::new(values.map(text).collect::<Vec<_>>()),
        Kind::Bytes | Kind::Any => Box::new(values.map(bytes).collect::<Vec<_>>()),
    }
}
