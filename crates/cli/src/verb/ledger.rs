//! `ledger checkpoint | verify | export`.

use std::path::{Path, PathBuf};

use enlace_node::{NodeError, Verified};
use serde_json::json;

use super::{Session, read_text};
use crate::args::Ledger;
use crate::out::Out;
use crate::words::count;

pub(super) async fn run(session: &Session<'_>, verb: Ledger) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Ledger::Checkpoint => {
            let signed = node.checkpoint(actor).await?;
            for line in &signed {
                out.line(line, || format!("{}  size {}  root {}", line.log, line.size, line.root));
            }
            out.summary(&json!({ "logs": signed.len() }), String::new);
        }
        Ledger::Verify { .. } => {
            let verdicts = node.verify(actor).await?;
            return Ok(show(out, &verdicts));
        }
        Ledger::Export { dir } => {
            let files = node.export(actor, &dir).await?;
            let counts = json!({ "dir": dir, "files": files });
            out.summary(&counts, || format!("{} in {}", count(files, "file"), dir.display()));
        }
    }
    Ok(0)
}

/// Verifies a copied folder; needs no node.
pub(super) fn verify_folder(out: &Out, dir: &Path, cards: &[PathBuf]) -> Result<u8, NodeError> {
    let cards: Result<Vec<String>, _> = cards.iter().map(|card| read_text(card)).collect();
    let verdicts = enlace_node::verify_folder(dir, &cards?)?;
    Ok(show(out, &verdicts))
}

fn show(out: &Out, verdicts: &[Verified]) -> u8 {
    for v in verdicts {
        out.line(v, || match &v.first_bad {
            None => format!("{}: ok, {} entries, root {}", v.log, v.size, v.root),
            Some(bad) => {
                let leaf = bad.leaf.map_or_else(|| "-".to_owned(), |l| l.to_string());
                let (file, offset) = (&bad.file, bad.offset);
                format!("{}: BAD at leaf {leaf}, {file} byte {offset}: {}", v.log, bad.problem)
            }
        });
    }
    let bad = verdicts.iter().filter(|v| !v.ok).count();
    out.summary(&json!({ "ok": bad == 0, "logs": verdicts.len(), "bad": bad }), String::new);
    u8::from(bad > 0)
}
