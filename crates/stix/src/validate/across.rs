//! What holds between the objects of one file: references, versions, definitions, translations.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use super::report::{Path, Report};
use super::{Finding, definitions, findings, judge, meta, rules};
use crate::marking::Tlp;
use crate::types::Registry;
use crate::version::Version;
use crate::{Id, Object};

/// So many marking definitions are followed from one: longer circles are not looked for.
const LONGEST: usize = 1000;

/// Checks the objects of one file against each other. The file is read twice: [`Across::learn`]
/// takes every object, then [`Across::object`] judges each.
///
/// About 300 bytes are held for each object of the file; of objects that are translated the whole.
///
/// ```
/// use enlace_stix::{Object, validate::Across};
/// let raw = r#"{"type":"note","spec_version":"2.1","content":"x",
///   "id":"note--f431f809-377b-45e0-aa1c-6a4751cae5ff",
///   "created":"2026-03-01T10:00:00.000Z","modified":"2026-03-01T10:00:00.000Z",
///   "object_refs":["identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"]}"#;
/// let note = Object::parse(raw)?;
/// let mut across = Across::default();
/// across.learn(&note);
/// assert_eq!(across.object(&note)[0].rule, "stix.reference.not-in-file");
/// # Ok::<(), enlace_stix::ParseError>(())
/// ```
#[derive(Debug, Default)]
pub struct Across {
    registry: Registry,
    held: HashSet<Id>,
    /// Objects that a language content translates, and the versions of them in the file.
    translated: HashMap<Id, BTreeMap<String, Map<String, Value>>>,
    /// Marking definitions and those that mark them.
    marked: BTreeMap<Id, BTreeSet<Id>>,
    histories: HashMap<Id, History>,
}

/// What was met of the versions of one object.
#[derive(Debug)]
struct History {
    first: Version,
    contents: BTreeMap<String, [u8; 32]>,
    /// The earliest version that revokes the object.
    revoked: Option<String>,
}

impl Across {
    /// Takes note of an object of the file (first reading).
    pub fn learn(&mut self, object: &Object) {
        self.registry.learn(object);
        self.held.insert(object.id().clone());
        match object.kind() {
            "language-content" => {
                let target = object.text("object_ref").and_then(|id| id.parse().ok());
                self.translated.extend(target.map(|id| (id, BTreeMap::new())));
            }
            "marking-definition" => {
                let marks = object.texts("object_marking_refs").filter_map(|id| id.parse().ok());
                self.marked.entry(object.id().clone()).or_default().extend(marks);
            }
            _ => {}
        }
    }

    /// Judges an object (second reading): what [`super::object`] says of it by itself, then what
    /// the others say. Translations are judged by [`Across::translation`], when all was read.
    pub fn object(&mut self, object: &Object) -> Vec<Finding> {
        let mut report = judge(object);
        definitions::check(object, &self.registry, &mut report);
        self.references(object, &mut report);
        self.circular(object, &mut report);
        self.version(object, &mut report);
        if let Some(versions) = self.translated.get_mut(object.id()) {
            versions.insert(object.version(), object.view().clone());
        }
        findings(object, report)
    }

    /// Judges a language content beside the object that it translates, if the file holds it
    /// (§7.1.1). To be asked after the second reading.
    pub fn translation(&self, object: &Object) -> Vec<Finding> {
        let mut report = Report::new("7.1.1");
        let target = object.text("object_ref").and_then(|id| id.parse::<Id>().ok());
        let versions = target.and_then(|id| self.translated.get(&id)).filter(|v| !v.is_empty());
        let Some(versions) = versions else { return Vec::new() };
        let original = match object.time("object_modified") {
            None => versions.values().next_back(),
            Some(time) => {
                let version = versions.get(time.sort_key());
                if version.is_none() {
                    let at = Path::Root.member("object_modified");
                    report.add(rules::TRANSLATED_VERSION, &at, time.as_str());
                }
                version
            }
        };
        if let (Some(original), Some(contents)) = (original, object.get("contents")) {
            let at = Path::Root.member("contents");
            for (tag, translated) in contents.as_object().into_iter().flatten() {
                meta::translates(original, translated, &at.member(tag), &mut report);
            }
        }
        findings(object, report)
    }

    fn references(&self, object: &Object, report: &mut Report) {
        for reference in object.references() {
            let target = &reference.target;
            let known =
                self.held.contains(target) || Tlp::from_marking_id(target.as_str()).is_some();
            if !known {
                let at = Path::Root.member(&reference.path);
                report.add(rules::REFERENCE_NOT_IN_FILE, &at, target.as_str());
            }
        }
    }

    /// §3.2, `object_marking_refs`: a marking definition is not marked by itself through others.
    fn circular(&self, object: &Object, report: &mut Report) {
        let Some(marks) = self.marked.get(object.id()) else { return };
        // By itself directly: said without the others.
        let mut open: Vec<&Id> = marks.iter().filter(|id| *id != object.id()).collect();
        let mut seen: BTreeSet<&Id> = open.iter().copied().collect();
        while let Some(id) = open.pop() {
            for next in self.marked.get(id).into_iter().flatten() {
                if next == object.id() {
                    let at = Path::Root.member("object_marking_refs");
                    return report.add(rules::MARKING_CIRCULAR, &at, id.as_str());
                }
                if seen.len() < LONGEST && seen.insert(next) {
                    open.push(next);
                }
            }
        }
    }

    /// §3.6: beside the versions read so far. The first of two that contradict each other stands.
    fn version(&mut self, object: &Object, report: &mut Report) {
        let version = Version::of(object);
        if !version.has_instant() {
            return;
        }
        let key = version.version.clone();
        let Some(history) = self.histories.get_mut(object.id()) else {
            let revoked = version.revoked.then(|| key.clone());
            let contents = BTreeMap::from([(key, version.content)]);
            let history = History { first: version, contents, revoked };
            self.histories.insert(object.id().clone(), history);
            return;
        };
        let at = |name| Path::Member(&Path::Root, name);
        let said = |name| object.text(name).unwrap_or("nothing");
        match history.contents.get(&key) {
            Some(content) if *content == version.content => return,
            Some(_) => {
                return report.add(rules::VERSION_CONFLICT, &at("modified"), said("modified"));
            }
            None => {}
        }
        let first = &mut history.first;
        if first.created != version.created {
            report.add(rules::VERSION_OTHER_CREATED, &at("created"), said("created"));
        } else if first.creator.is_some()
            && version.creator.is_some()
            && first.creator != version.creator
        {
            let creator = "created_by_ref";
            report.add(rules::VERSION_OTHER_CREATOR, &at(creator), said(creator));
        } else if history.revoked.as_ref().is_some_and(|revoked| *revoked < key) {
            report.add(rules::VERSION_AFTER_REVOCATION, &at("modified"), said("modified"));
        }
        // A creator named by any version is that of all.
        if first.creator.is_none() {
            first.creator.clone_from(&version.creator);
        }
        let earlier = history.revoked.as_ref().is_none_or(|revoked| key < *revoked);
        if version.revoked && earlier {
            history.revoked = Some(key.clone());
        }
        history.contents.insert(key, version.content);
    }
}
