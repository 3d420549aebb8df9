//! `migrate`.

use enlace_node::NodeError;
use serde_json::json;

use super::Session;

pub(super) async fn run(session: Session<'_>, to: &str) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let mut told = "";
    let carried = node
        .migrate(&actor, to, |table, rows| {
            if table != told || rows % 100_000 == 0 {
                out.note(&format!("{table}: {rows}"));
                told = table;
            }
        })
        .await?;
    for (table, rows) in &carried.tables {
        out.line(&json!({ "table": table, "rows": rows }), || format!("{rows:>10}  {table}"));
    }
    let rows: u64 = carried.tables.iter().map(|(_, rows)| rows).sum();
    out.summary(&json!({ "rows": rows, "blobs": carried.blobs }), || {
        let next = match to {
            "sqlite" => "Remove `url` from `[store]` in enlace.toml".to_owned(),
            // Not repeated here: it may hold a password.
            _ => "Write its address as `url` below `[store]` in enlace.toml".to_owned(),
        };
        format!("{rows} rows carried and compared. {next}, then start the node.")
    });
    Ok(0)
}
