//! The bundle around objects (chapter 8).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::report::{Path, Report};
use super::{Finding, rules};
use crate::Id;

/// Checks the bundle itself, not the objects inside: its id, that it holds nothing else, that its
/// list is not empty. `text` is the whole bundle; a text that is no JSON object has no findings
/// (`read::split` says what is wrong with it).
pub fn bundle(text: &str) -> Vec<Finding> {
    let mut report = Report::new("8");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
        return Vec::new();
    };
    id(members.get("id").copied(), &mut report);
    for (name, value) in &members {
        let at = Path::Root.member(name);
        match name.as_str() {
            "type" | "id" => {}
            "objects" => objects(value.get(), &mut report),
            _ => report.add(rules::BUNDLE_PROPERTY, &at, value.get()),
        }
    }
    report.into_findings()
}

fn id(value: Option<&RawValue>, report: &mut Report) {
    let text = value.and_then(|v| serde_json::from_str::<String>(v.get()).ok());
    let is_bundle = |t: &String| t.parse::<Id>().is_ok_and(|id| id.kind() == "bundle");
    if !text.as_ref().is_some_and(is_bundle) {
        let found = text.as_deref().unwrap_or("nothing");
        report.add(rules::BUNDLE_ID, &Path::Root.member("id"), found);
    }
}

fn objects(raw: &str, report: &mut Report) {
    let at = Path::Root.member("objects");
    match raw.strip_prefix('[').map(str::trim_start) {
        Some(rest) if rest.starts_with(']') => report.add(rules::LIST_EMPTY, &at, "[]"),
        Some(_) => {}
        None => report.expect(rules::VALUE_KIND, &at, raw, "a list of objects"),
    }
}
