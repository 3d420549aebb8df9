//! STIX 2.1 files: split, parsed, checked; every object stands or falls by itself.

use std::collections::{HashMap, HashSet};

use enlace_stix::validate::{self, Finding, Level};
use enlace_stix::{Id, Object, read as split};
use sha2::{Digest, Sha256};

use crate::outcome::{Position, finding, shown};
use crate::{Format, ImportError, Imported, Inherited, Outcome, Repeated, Source};

pub(crate) fn read(source: &Source<'_>) -> Result<Outcome, ImportError> {
    let text = std::str::from_utf8(source.bytes)
        .map_err(|e| ImportError::NotUtf8 { position: e.valid_up_to() })?;
    let (_, texts) = split::split(text)?;
    if texts.len() > source.limits.items {
        return Err(ImportError::TooManyItems { limit: source.limits.items });
    }
    let mut outcome = Outcome::new(Format::Stix, hex::encode(Sha256::digest(source.bytes)));
    if let Some(marking) = &source.marking {
        let expected = "no marking option: STIX objects keep the markings they arrived with";
        let id = marking.id().as_str();
        let note = finding(Level::Should, "import.marking.not-applicable", "", id, expected);
        outcome.notes.push(note);
    }
    let mut versions = HashMap::new();
    let mut lines = Lines { text, offset: 0, line: 1 };
    for (item, raw) in (1..).zip(texts) {
        let position = Position { what: "object", item, line: lines.line_of(raw) };
        match check(raw, source) {
            Ok((object, warnings)) => {
                hold(&mut outcome, &mut versions, object, warnings, position);
            }
            Err(findings) => outcome.reject(id_of(raw), position, raw, findings),
        }
    }
    outcome.inherited = inherited(&outcome.objects);
    Ok(outcome)
}

/// Parses and validates one object; MUST findings refuse it, the others come with it.
fn check(raw: &str, source: &Source<'_>) -> Result<(Object, Vec<Finding>), Vec<Finding>> {
    let object = Object::parse_within(raw, source.limits.object)
        .map_err(|e| vec![validate::unreadable(&e)])?;
    let (must, should): (Vec<_>, Vec<_>) =
        validate::object(&object).into_iter().partition(|f| f.level == Level::Must);
    if must.is_empty() { Ok((object, should)) } else { Err(must) }
}

/// Keeps an object once: an equal second one is repeated, a different one under the same id and
/// version is rejected.
fn hold(
    outcome: &mut Outcome,
    versions: &mut HashMap<(Id, String), [u8; 32]>,
    object: Object,
    warnings: Vec<Finding>,
    position: Position,
) {
    let hash = object.content_hash();
    let (id, version) = (object.id().clone(), object.version());
    match versions.get(&(id.clone(), version.clone())) {
        None => {
            versions.insert((id, version), hash);
            outcome.objects.push(Imported {
                object,
                position: position.to_string(),
                row: None,
                warnings,
            });
        }
        Some(held) if *held == hash => {
            outcome.repeated.push(Repeated { id, position: position.to_string() })
        }
        Some(_) => {
            let expected = "one content per id and modified: the first in the file is kept";
            let mut finding =
                finding(Level::Must, "stix.version.conflict", "modified", &version, expected);
            finding.section = "3.6";
            outcome.reject(Some(id.to_string()), position, object.raw(), vec![finding]);
        }
    }
}

/// The `id` of a text that could not be held, as far as it can be read.
fn id_of(raw: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: Option<serde_json::Value>,
    }
    let named: Named = serde_json::from_str(raw).ok()?;
    named.id?.as_str().map(shown)
}

/// Counts lines up to the objects of a text, which come in the order of the text.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which `part`, a slice of the text, begins.
    fn line_of(&mut self, part: &str) -> u64 {
        let at = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if let Some(between) = self.text.as_bytes().get(self.offset..at) {
            self.line += between.iter().filter(|b| **b == b'\n').count() as u64;
            self.offset = at;
        }
        self.line
    }
}

/// For every member without a marking, the markings of the containers that refer to it.
fn inherited(objects: &[Imported]) -> Vec<Inherited> {
    let bare: HashSet<&Id> = objects
        .iter()
        .map(|i| &i.object)
        .filter(|o| o.texts("object_marking_refs").next().is_none())
        .map(Object::id)
        .collect();
    let mut found = Vec::new();
    for container in objects.iter().map(|i| &i.object) {
        let markings: Vec<String> =
            container.texts("object_marking_refs").map(str::to_owned).collect();
        if markings.is_empty() {
            continue;
        }
        for member in container.texts("object_refs").filter_map(|t| t.parse::<Id>().ok()) {
            if bare.contains(&member) && member.kind() != "marking-definition" {
                let container = container.id().clone();
                found.push(Inherited { member, container, markings: markings.clone() });
            }
        }
    }
    found
}
