//! What one file gave.

use std::fmt;

use enlace_stix::upgrade::Change;
use enlace_stix::validate::{Finding, Level};
use enlace_stix::{Id, Object};

use crate::Format;

/// What one file gave. `objects`, `rejected` and `repeated` together are every object or row of
/// the file (and the objects that rows share, such as places).
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The format it was read as.
    pub format: Format,
    /// Media type of the file.
    pub media: &'static str,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// What can be held, in the order of the file. Versions of one object may repeat or contradict
    /// each other: `enlace_stix::version` tells their holder what each means.
    pub objects: Vec<Imported>,
    /// What goes to quarantine.
    pub rejected: Vec<Rejected>,
    /// Rows that say exactly what an earlier one of the same file said.
    pub repeated: Vec<Repeated>,
    /// Documents to keep beside the objects.
    pub blobs: Vec<Blob>,
    /// Markings that members without one inherit from a container in the same file.
    pub inherited: Vec<Inherited>,
    /// What concerns the file as a whole: assumed encoding, unread columns, unused marking.
    pub notes: Vec<Finding>,
}

/// An object that can be held.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The object.
    pub object: Object,
    /// Where it stands: `object 4, line 12`, `row 5, line 6`.
    pub position: String,
    /// The data row it was made from, from 1; `None` for STIX and documents.
    pub row: Option<u64>,
    /// SHOULD findings and doubts about values; that the object was upgraded.
    pub warnings: Vec<Finding>,
    /// What the upgrade from STIX 2.0 changed, each with its reason; empty for other objects.
    pub changes: Vec<Change>,
}

/// An object or row that cannot be held.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Its `id`, where one could be read.
    pub object_id: Option<String>,
    /// Where it stands: `object 4, line 12`, `row 5, line 6`.
    pub position: String,
    /// Property at fault, or the column as the file heads it; empty for the whole.
    pub path: String,
    /// The rule it broke: `stix.timestamp.not-utc`, `firearms.date.malformed`.
    pub rule: String,
    /// Section of STIX 2.1, where the standard speaks of it.
    pub section: String,
    /// What the rule wants.
    pub expected: String,
    /// What stands there, shortened.
    pub found: String,
    /// Further rules it broke.
    pub more: Vec<Finding>,
    /// The text as it stands in the file, at most 1 MiB.
    pub raw: String,
}

/// An item that says exactly what an earlier one said; the earlier one is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// The object's id.
    pub id: Id,
    /// Where the second stands.
    pub position: String,
}

/// A document to keep by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// Media type.
    pub media: &'static str,
    /// File name.
    pub name: String,
}

/// Markings that a member without any inherits, once, from a container of the same file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inherited {
    /// The object without a marking.
    pub member: Id,
    /// The report, grouping, note… that refers to it.
    pub container: Id,
    /// Ids of the container's marking definitions.
    pub markings: Vec<String>,
}

impl Outcome {
    pub(crate) fn new(format: Format, sha256: String) -> Self {
        Self {
            format,
            media: format.media(),
            sha256,
            objects: Vec::new(),
            rejected: Vec::new(),
            repeated: Vec::new(),
            blobs: Vec::new(),
            inherited: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Sets an item aside for what `findings` say; without any it is not set aside.
    pub(crate) fn reject(
        &mut self,
        object_id: Option<String>,
        position: Position,
        raw: &str,
        findings: Vec<Finding>,
    ) {
        let mut findings = findings.into_iter();
        let Some(first) = findings.next() else { return };
        self.rejected.push(Rejected {
            object_id,
            position: position.to_string(),
            path: first.path,
            rule: first.rule.to_owned(),
            section: first.section.to_owned(),
            expected: first.expected,
            found: first.found,
            more: findings.collect(),
            raw: cut(raw, RAW_KEPT),
        });
    }
}

/// Where in the file something stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// `object` or `row`.
    pub what: &'static str,
    /// Its number, from 1.
    pub item: u64,
    /// Line on which it begins, from 1.
    pub line: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, line {}", self.what, self.item, self.line)
    }
}

/// Longest text of a rejected item that is kept.
const RAW_KEPT: usize = 1 << 20;

/// A value as findings show it.
pub(crate) fn shown(value: &str) -> String {
    value.chars().take(200).collect()
}

fn cut(text: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(text.len())).rev().find(|i| text.is_char_boundary(*i));
    text.get(..end.unwrap_or(0)).unwrap_or("").to_owned()
}

/// A finding of ours (no section of STIX 2.1 speaks of it).
pub(crate) fn finding(
    level: Level,
    rule: &'static str,
    path: &str,
    found: &str,
    expected: impl Into<String>,
) -> Finding {
    Finding {
        level,
        rule,
        path: shown(path),
        section: "",
        found: shown(found),
        expected: expected.into(),
    }
}
