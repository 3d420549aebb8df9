//! Objects of STIX 2.0: held in the words of 2.1, with what was changed; the file is kept as it came.

use std::fmt::Write;

use enlace_stix::upgrade::{Change, Upgraded};
use enlace_stix::validate::{self, Finding, Level};
use enlace_stix::{Object, canonical};
use serde_json::Value;

use super::check;
use crate::outcome::{Position, finding};
use crate::{Blob, Imported, Outcome, Source, own};

/// Media type of a file of STIX 2.0.
const MEDIA: &str = "application/vnd.oasis.stix+json;version=2.0";

/// What became of one object: itself and the observables that it contained. They are held
/// together or not at all, since each needs the others.
pub(super) fn objects(
    upgraded: &Upgraded,
    position: Position,
    source: &Source<'_>,
) -> Result<Vec<Imported>, Vec<Finding>> {
    let mut objects = Vec::with_capacity(upgraded.objects.len());
    let mut faults = Vec::new();
    for (number, view) in upgraded.objects.iter().enumerate() {
        let changes: Vec<Change> =
            upgraded.changes.iter().filter(|c| c.object == number).cloned().collect();
        let text = canonical::to_string(&Value::Object(view.clone()));
        let read = Object::parse_within(&text, source.limits.object)
            .map_err(|e| vec![validate::unreadable(&e)])
            .and_then(|object| check(&object).map(|should| (object, should)));
        match read {
            Ok((object, should)) => {
                let mut warnings = vec![report(&changes)];
                warnings.extend(should);
                let position = place(position, &changes, number);
                objects.push(Imported { object, position, row: None, warnings, changes });
            }
            Err(must) => faults.extend(must.into_iter().map(|f| in_member(f, &changes, number))),
        }
    }
    if faults.is_empty() { Ok(objects) } else { Err(faults) }
}

/// Key of the container under which an observable stood: `objects.0`.
fn member(changes: &[Change], number: usize) -> Option<&str> {
    let own_id = changes.iter().find(|c| number > 0 && c.path_after == "id");
    own_id.map(|change| change.path_before.as_str())
}

fn place(position: Position, changes: &[Change], number: usize) -> String {
    match member(changes, number) {
        Some(member) => format!("{position}, {member}"),
        None => position.to_string(),
    }
}

/// A finding in an observable is located by the member that it was.
fn in_member(finding: Finding, changes: &[Change], number: usize) -> Finding {
    let Some(member) = member(changes, number) else { return finding };
    Finding { path: format!("{member}.{}", finding.path), ..finding }
}

/// All changes of one object in one line for people: `labels` → `malware_types` (stix20.labels).
fn report(changes: &[Change]) -> Finding {
    let mut expected = "STIX 2.1; upgraded".to_owned();
    for (number, change) in changes.iter().enumerate() {
        let mark = if number == 0 { ": " } else { ", " };
        let Change { path_before, path_after, rule, .. } = change;
        // INVARIANT: writing into a string does not fail.
        let _ = match (path_before.as_str(), path_after.as_str()) {
            ("", after) => write!(expected, "{mark}new `{after}` ({rule})"),
            (before, after) if before == after || after.is_empty() => {
                write!(expected, "{mark}`{before}` ({rule})")
            }
            (before, after) => write!(expected, "{mark}`{before}` → `{after}` ({rule})"),
        };
    }
    finding(Level::Should, "import.stix.upgraded", "spec_version", "STIX 2.0", expected)
}

/// Keeps the file as it came beside the objects, and says so once.
pub(super) fn keep_original(outcome: &mut Outcome, source: &Source<'_>, old: &[Upgraded]) {
    let inside: usize = old.iter().map(|one| one.objects.len().saturating_sub(1)).sum();
    let found = format!("{} objects of STIX 2.0", old.len());
    let expected = format!(
        "STIX 2.1; upgraded, with {inside} observables taken out of observed data; the file as \
         received is kept as {}",
        outcome.sha256
    );
    outcome.media = MEDIA;
    outcome.notes.push(finding(Level::Should, "import.stix.upgraded", "", &found, expected));
    outcome.blobs.push(Blob {
        bytes: source.bytes.to_vec(),
        sha256: outcome.sha256.clone(),
        media: MEDIA,
        name: own::file_name(source.name),
    });
}
