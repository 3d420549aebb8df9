//! What a node's folder holds: to compare with an undisturbed run, and to see that nothing is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

/// What two runs of the same acts must have in common: everything but times, random ids and who
/// looked at it.
#[derive(Debug, PartialEq, Eq)]
pub struct State(BTreeMap<String, usize>);

/// One line for each thing that the node may never lose.
pub fn kept(dir: &Path) -> BTreeSet<String> {
    let db = open(dir);
    let mut kept = BTreeSet::new();
    for sql in KEPT {
        kept.extend(lines(&db, sql));
    }
    kept
}

/// Ids of objects that are held, and of objects or places that were set aside.
pub fn known_ids(dir: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let db = open(dir);
    let held = lines(&db, "SELECT id FROM object");
    let aside =
        "SELECT coalesce(object_id, substr(source, instr(source, ': ') + 2)) FROM quarantine";
    (held.into_iter().collect(), lines(&db, aside).into_iter().collect())
}

/// The rows that a question finds, a line each.
pub fn lines_of(dir: &Path, sql: &str) -> Vec<String> {
    lines(&open(dir), sql)
}

const KEPT: &[&str] = &[
    "SELECT 'object', id, channel, version, content_hash FROM object",
    "SELECT 'leaf', log, idx, hex(leaf_hash) FROM log_entry",
    "SELECT 'aside', number, rule FROM quarantine",
    "SELECT 'blob', sha256, size FROM blob",
    "SELECT 'member', collection, seq, id FROM member",
    "SELECT 'fetched', collection, seq FROM member WHERE fetched_us IS NOT NULL",
    "SELECT 'twin', partner, original, twin FROM twin",
    "SELECT 'record', bucket, key FROM record WHERE bucket NOT IN
        ('outbox', 'session', 'link', 'update', 'kept-until', 'veil', 'pin', 'sweep')",
    "SELECT 'approved', key FROM record WHERE bucket = 'release'
        AND json_extract(body, '$.stage') IN ('approved', 'sent')",
    "SELECT 'sent', key FROM record WHERE bucket = 'release'
        AND json_extract(body, '$.stage') = 'sent'",
    "SELECT 'receipt', key FROM record WHERE bucket = 'release'
        AND json_extract(body, '$.receipt') IS NOT NULL",
    "SELECT 'verdict', key FROM record WHERE bucket = 'arrival'
        AND json_extract(body, '$.verdict') IS NOT NULL",
];

/// Ids of papers are random; content of what is not dated by the run itself is compared too.
const STATE: &[&str] = &[
    "SELECT 'object', iif(channel = 'own', channel, 'partner'), kind,
        iif(kind IN ('receipt', 'recall-answer', 'release-record'), '', id),
        state, is_current, revoked, purged, iif(source LIKE '%.json', content_hash, '') FROM object",
    "SELECT 'aside', object_id, path, rule, expected FROM quarantine",
    "SELECT 'record', bucket, iif(bucket IN ('source', 'inherited', 'account'), key, ''),
        iif(json_valid(body), json_extract(body, '$.stage'), ''),
        iif(json_valid(body), json_extract(body, '$.verdict'), ''),
        iif(json_valid(body), json_extract(body, '$.done'), ''),
        iif(json_valid(body), json_extract(body, '$.receipt') IS NOT NULL, ''),
        iif(json_valid(body), json_extract(body, '$.answer') IS NOT NULL, '') FROM record
        WHERE bucket NOT IN ('update', 'pin')",
    "SELECT 'member', kind, iif(kind = 'release-record', '', id), is_first, is_last,
        fetched_us IS NOT NULL FROM member",
    "SELECT 'withdrawn', seq FROM withdrawn",
    "SELECT 'twin', original, twin, recalled FROM twin",
    "SELECT 'blob', sha256, size FROM blob",
];

impl State {
    pub fn of(dir: &Path) -> Self {
        let db = open(dir);
        let mut state = BTreeMap::new();
        let rows = STATE.iter().flat_map(|sql| lines(&db, sql));
        for line in rows.chain(acts(&db)) {
            *state.entry(line).or_default() += 1;
        }
        Self(state)
    }

    /// What is different, a line each.
    pub fn differs_from(&self, reference: &Self) -> Vec<String> {
        let all: BTreeSet<&String> = self.0.keys().chain(reference.0.keys()).collect();
        let count = |state: &Self, line: &str| state.0.get(line).copied().unwrap_or(0);
        all.into_iter()
            .map(|line| (line, count(self, line), count(reference, line)))
            .filter(|(_, here, there)| here != there)
            .map(|(line, here, there)| format!("{here} times, undisturbed {there}: {line}"))
            .collect()
    }

    pub fn count(&self, start: &str) -> usize {
        self.0.iter().filter(|(line, _)| line.starts_with(start)).map(|(_, n)| n).sum()
    }
}

/// The acts of all logs, and the sizes of the halves that partners write. Who looked is left out:
/// after a crash somebody looks once more.
fn acts(db: &Connection) -> Vec<String> {
    let sql = "SELECT name, record FROM log_entry JOIN log ON log = number";
    let mut statement = db.prepare(sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let rows = statement.query_map([], read).unwrap();
    let entries: Vec<(String, Option<Vec<u8>>)> = rows.map(Result::unwrap).collect();
    let mut acts = Vec::new();
    for (log, record) in entries {
        let half = log.rsplit('/').next().unwrap();
        let record: Value =
            record.map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
        let value = |name: &str| record[name]["value"].as_str().unwrap_or_default().to_owned();
        if value("act") != "consultation" {
            acts.push(format!("leaf|{half}|{}|{}", value("act"), value("kind")));
        }
    }
    acts
}

fn open(dir: &Path) -> Connection {
    let db = Connection::open(dir.join("enlace.db")).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    db
}

/// Each row as one line.
fn lines(db: &Connection, sql: &str) -> Vec<String> {
    use rusqlite::types::ValueRef;
    let mut statement = db.prepare(sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let cells = (0..columns).map(|column| match row.get_ref(column).unwrap() {
            ValueRef::Null => String::new(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
            ValueRef::Blob(bytes) => hex::encode(bytes),
        });
        lines.push(cells.collect::<Vec<_>>().join("|"));
    }
    lines
}
