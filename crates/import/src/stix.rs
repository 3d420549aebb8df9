//! STIX files: split, parsed, checked; every object stands or falls by itself. What is STIX 2.0 is
//! upgraded first.

mod version_2_0;

use std::collections::HashSet;

use enlace_stix::upgrade::{self, Upgraded, Version1};
use enlace_stix::validate::{self, Finding, Level};
use enlace_stix::{Id, Object, ParseError, read as split};
use sha2::{Digest, Sha256};

use crate::outcome::{Position, finding, shown};
use crate::{Format, ImportError, Imported, Inherited, Outcome, Source};

pub(crate) fn read(source: &Source<'_>) -> Result<Outcome, ImportError> {
    let text = std::str::from_utf8(source.bytes)
        .map_err(|e| ImportError::NotUtf8 { position: e.valid_up_to() })?;
    let (form, texts) = split::split(text)?;
    if let (split::Form::Single, [only]) = (form, texts.as_slice())
        && let Some(found) = upgrade::version_1_json(only)
    {
        return Err(ImportError::Version1(found));
    }
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
    let mut lines = Lines { text, offset: 0, line: 1 };
    let mut items = Vec::with_capacity(texts.len());
    let mut old = Vec::new();
    for (item, raw) in (1..).zip(texts) {
        let position = Position { what: "object", item, line: lines.line_of(raw) };
        items.push((position, raw, Item::read(raw, source, &mut old)));
    }
    upgrade::unite(&mut old);
    hold_all(&mut outcome, items, &old, source);
    if !old.is_empty() {
        version_2_0::keep_original(&mut outcome, source, &old);
    }
    outcome.inherited = inherited(&outcome.objects);
    Ok(outcome)
}

/// One object of the file, read.
enum Item {
    /// It can be held as it is, with what the standard advises.
    Good(Object, Vec<Finding>),
    /// It is STIX 2.0: its number among those of the file.
    Old(usize),
    /// It cannot be held.
    Bad(Vec<Finding>),
}

impl Item {
    fn read(raw: &str, source: &Source<'_>, old: &mut Vec<Upgraded>) -> Self {
        let object = match Object::parse_within(raw, source.limits.object) {
            Ok(object) => object,
            Err(e) => return Self::Bad(vec![unreadable(raw, &e)]),
        };
        if upgrade::is_2_0(object.view()) {
            old.push(upgrade::object(object.view()));
            return Self::Old(old.len() - 1);
        }
        match check(&object) {
            Ok(warnings) => Self::Good(object, warnings),
            Err(findings) => Self::Bad(findings),
        }
    }
}

/// Takes or rejects every object, in the order of the file. What a version means beside others is
/// for the holder to say, who knows what is held.
fn hold_all(
    outcome: &mut Outcome,
    items: Vec<(Position, &str, Item)>,
    old: &[Upgraded],
    source: &Source<'_>,
) {
    for (position, raw, item) in items {
        match item {
            Item::Good(object, warnings) => {
                let shown = position.to_string();
                let imported =
                    Imported { object, position: shown, row: None, warnings, changes: Vec::new() };
                outcome.objects.push(imported);
            }
            Item::Old(number) => {
                let Some(upgraded) = old.get(number) else { continue };
                match version_2_0::objects(upgraded, position, source) {
                    Ok(objects) => outcome.objects.extend(objects),
                    Err(findings) => outcome.reject(id_of(raw), position, raw, findings),
                }
            }
            Item::Bad(findings) => outcome.reject(id_of(raw), position, raw, findings),
        }
    }
}

/// What the validator says of an object: MUST findings refuse it, the others come with it.
fn check(object: &Object) -> Result<Vec<Finding>, Vec<Finding>> {
    let (must, should): (Vec<_>, Vec<_>) =
        validate::object(object).into_iter().partition(|f| f.level == Level::Must);
    if must.is_empty() { Ok(should) } else { Err(must) }
}

/// Why a text is no object; one of STIX 1.x is called by its name.
fn unreadable(raw: &str, error: &ParseError) -> Finding {
    match upgrade::version_1_json(raw) {
        Some(found) => {
            let rule = "import.stix.version-1";
            finding(Level::Must, rule, "", &found.to_string(), Version1::ADVICE)
        }
        None => validate::unreadable(error),
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
