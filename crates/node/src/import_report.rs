//! What an import tells: a line an object or row, and their counts.

use enlace_import::{Imported, Rejected};
use enlace_stix::validate::Finding;
use enlace_stix::version::Arrival;
use serde::{Deserialize, Serialize};

use crate::version;

/// What became of one object or row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportLine {
    /// The file.
    pub file: String,
    /// Object id, or where it stands if none could be read.
    pub id: String,
    /// `new`, `known`, `conflict` or `rejected`.
    pub result: &'static str,
    /// Why; for held objects what the standard only advises.
    pub reason: String,
    /// Property at fault.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Rule that was broken.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rule: String,
}

/// All lines and their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// One a read object.
    #[serde(skip)]
    pub lines: Vec<ImportLine>,
    /// What concerns a file as a whole.
    #[serde(skip)]
    pub notes: Vec<String>,
    /// Lines in all.
    pub objects: usize,
    /// Kept.
    pub new: usize,
    /// Kept before.
    pub known: usize,
    /// Versions that break a rule beside those that are held: other content under one version key,
    /// later than a revocation, by another creator. Not held; in quarantine.
    pub conflict: usize,
    /// Not held; in quarantine.
    pub rejected: usize,
    /// Held objects that the standard advises to be different.
    pub should: usize,
}

impl ImportReport {
    /// Adds another file's report.
    pub fn join(&mut self, other: Self) {
        self.objects += other.objects;
        self.new += other.new;
        self.known += other.known;
        self.conflict += other.conflict;
        self.rejected += other.rejected;
        self.should += other.should;
        self.lines.extend(other.lines);
        self.notes.extend(other.notes);
    }

    pub(crate) fn add(&mut self, file: &str, imported: &Imported, arrival: Arrival) {
        let object = &imported.object;
        self.should += usize::from(!imported.warnings.is_empty());
        if let Some(fault) = arrival.fault() {
            self.conflict += 1;
            let (at, section, expected) = (&imported.position, fault.section, fault.expected);
            let found = version::found(object, fault);
            let reason = format!("{at}: found {found}, expected {expected} (STIX {section})");
            self.push(file, object.id().as_str(), "conflict", reason);
            if let Some(line) = self.lines.last_mut() {
                fault.path.clone_into(&mut line.path);
                fault.rule.clone_into(&mut line.rule);
            }
            return;
        }
        let advice: Vec<String> = imported.warnings.iter().map(say).collect();
        let result = if arrival == Arrival::Same { "known" } else { "new" };
        match arrival {
            Arrival::Same => self.known += 1,
            _ => self.new += 1,
        }
        self.push(file, object.id().as_str(), result, advice.join("; "));
    }

    pub(crate) fn reject(&mut self, file: &str, bad: &Rejected) {
        self.rejected += 1;
        let id = bad.object_id.as_ref().unwrap_or(&bad.position);
        let reason = format!("{}: found {}, expected {}", bad.position, bad.found, bad.expected);
        self.push(file, id, "rejected", reason);
        if let Some(line) = self.lines.last_mut() {
            line.path.clone_from(&bad.path);
            line.rule.clone_from(&bad.rule);
        }
    }

    pub(crate) fn repeat(&mut self, file: &str, id: &str) {
        self.known += 1;
        self.push(file, id, "known", "the file says the same twice".to_owned());
    }

    fn push(&mut self, file: &str, id: &str, result: &'static str, reason: String) {
        self.lines.push(ImportLine {
            file: file.to_owned(),
            id: id.to_owned(),
            result,
            reason,
            path: String::new(),
            rule: String::new(),
        });
    }
}

/// A finding in one line.
pub(crate) fn say(finding: &Finding) -> String {
    let Finding { rule, path, found, expected, .. } = finding;
    format!("{rule} at `{path}`: found {found}, expected {expected}")
}
