//! `ask --partner P --purpose U [--case C] KIND VALUE`, or a watchlist.

use std::path::Path;

use enlace_node::{AskLine, AskWhat, MatchValue, NodeError};
use serde::Deserialize;
use serde_json::json;

use super::{Session, read_text};
use crate::args::Ask;

/// A row of a watchlist; columns that a kind does not need may be empty or missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: String,
    value: String,
    #[serde(default)]
    birth_date: Option<String>,
    #[serde(default)]
    maker: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    calibre: Option<String>,
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    scheme: Option<String>,
}

pub(super) async fn run(session: &Session<'_>, verb: Ask) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let what = match (&verb.list, verb.kind.as_deref(), &verb.value) {
        (Some(file), ..) => AskWhat::Values(list(file)?),
        (None, Some("object"), Some(id)) => AskWhat::Object(id.clone()),
        (None, kind, value) => AskWhat::Values(vec![MatchValue {
            kind: kind.unwrap_or_default().to_owned(),
            value: value.clone().unwrap_or_default(),
            country: verb.country,
            scheme: verb.scheme,
            birth_date: verb.birth_date,
            maker: verb.maker,
            model: verb.model,
            calibre: verb.calibre,
            from: verb.from,
            until: verb.until,
            radius: verb.radius,
        }]),
    };
    let (partners, purpose, case) = (verb.partners, verb.purpose, verb.case);
    let ask = enlace_node::Ask { partners, purpose, case, what };
    let lines = node.ask(actor, &ask).await?;
    for line in &lines {
        out.line(line, || told(line));
    }
    let count = |result: &str| lines.iter().filter(|line| line.result == result).count();
    let (hits, refers, no_hits) = (count("hit"), count("refer"), count("no-hit"));
    let not_asked = count("not-asked");
    let case = lines.first().map(|line| line.case.as_str());
    let summary = json!({
        "case": case, "hits": hits, "refers": refers, "no_hits": no_hits, "not_asked": not_asked,
    });
    out.summary(&summary, || match hits + refers {
        0 => String::new(),
        _ => "ask for it: `enlace request new FILE --agreement AGREEMENT`".to_owned(),
    });
    Ok(u8::from(not_asked > 0))
}

fn told(line: &AskLine) -> String {
    let AskLine { partner, kind, item, result, case, .. } = line;
    let reason = line.words.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{partner}  {item}  {kind}  {result}{reason}  (case {case})")
}

fn list(file: &Path) -> Result<Vec<MatchValue>, NodeError> {
    let text = read_text(file)?;
    let bad = |row: u64, problem: String| NodeError::Input {
        code: "match.list",
        problem,
        place: format!("{}, line {row}", file.display()),
        expected: "a header `kind,value` and, where a kind needs them, `birth_date`, `maker`, \
                   `model`, `calibre`, `country`, `scheme`"
            .to_owned(),
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut values = Vec::new();
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|error| {
            let at = error.position().map_or(0, csv::Position::line);
            // Not the row itself: it is personal data.
            bad(at, "a row that cannot be read".to_owned())
        })?;
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        values.push(MatchValue {
            kind: row.kind,
            value: row.value,
            country: said(row.country),
            scheme: said(row.scheme),
            birth_date: said(row.birth_date),
            maker: said(row.maker),
            model: said(row.model),
            calibre: said(row.calibre),
            ..MatchValue::default()
        });
    }
    Ok(values)
}
