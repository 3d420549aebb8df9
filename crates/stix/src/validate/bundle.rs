//! The bundle around objects (chapter 8).

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::report::{Path, Report};
use super::{Finding, rules, text};
use crate::id;

/// Checks the bundle itself, not the objects inside: its id, that it holds nothing else, that its
/// list is not empty. `text` is the whole bundle; a text that is no JSON object has no findings
/// (`read::split` says what is wrong with it).
pub fn bundle(text: &str) -> Vec<Finding> {
    let mut report = Report::new("8.1");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(Members(members)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let named = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
    identity(named("id"), &mut report);
    for (i, (name, value)) in members.iter().enumerate() {
        let at = Path::Root.member(name);
        if members.iter().take(i).any(|(earlier, _)| earlier == name) {
            report.add(rules::DUPLICATE_MEMBER, &at, name.as_str());
        }
        match name.as_str() {
            "type" | "id" => {}
            "objects" => objects(value.get(), &mut report),
            _ => custom(name, value.get(), &at, &mut report),
        }
    }
    report.into_findings()
}

/// The members of a dictionary as they stand in the text, a name twice where it stands twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a bundle")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Pairs)
    }
}

fn identity(value: Option<&RawValue>, report: &mut Report) {
    let at = Path::Root.member("id");
    let text = value.and_then(|v| serde_json::from_str::<String>(v.get()).ok());
    match text.as_deref().and_then(id::split) {
        Some(("bundle", uuid)) => {
            let found = text.as_deref().unwrap_or_default();
            if !id::is_rfc4122(uuid) {
                report.add(rules::ID_NOT_RFC4122, &at, found);
            } else if uuid.get_version_num() != 4 {
                report.add(rules::ID_NOT_V4, &at, found);
            }
        }
        _ => report.add(rules::BUNDLE_ID, &at, text.as_deref().unwrap_or("nothing")),
    }
}

/// A property that bundles do not have.
fn custom(name: &str, raw: &str, at: &Path<'_>, report: &mut Report) {
    report.add(rules::BUNDLE_PROPERTY, at, raw);
    if text::is_reserved(name) {
        report.add(rules::PROPERTY_RESERVED, at, name);
    }
    if !text::is_property_name(name) {
        report.add_in("11.1.1", rules::PROPERTY_NAME, at, name);
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
