//! What the standard advises to add. Said only where it is asked for: nearly every object in use
//! lacks one of these, and a list of it would hide the rest.

use serde_json::Value;

use super::kinds::Family;
use super::report::{Path, Report};
use super::resolve::Resolved;
use super::{Finding, findings, rules};
use crate::Object;

/// Text that people write in their own language.
const TRANSLATABLE: &[&str] = &["name", "description", "abstract", "content", "explanation"];

/// The SHOULDs about what is left out and could be added: the language of text (§3.2), the hashes
/// of what a URL leads to (§2.5.1). All findings are of level SHOULD; [`super::object`] has none of
/// them.
pub fn advice(object: &Object) -> Vec<Finding> {
    let resolved = Resolved::of(object);
    let mut report = Report::new(resolved.section());
    let has_text = TRANSLATABLE.iter().any(|name| object.get(name).is_some());
    let may_say = matches!(resolved.family, Family::Sdo | Family::Sro);
    if has_text && may_say && object.get("lang").is_none() {
        report.add(rules::ADVICE_LANG, &Path::Root.member("lang"), "nothing");
    }
    let list = Path::Root.member("external_references");
    let references = object.get("external_references").and_then(Value::as_array);
    for (i, reference) in references.into_iter().flatten().enumerate() {
        if reference.get("url").is_some() && reference.get("hashes").is_none() {
            report.add(rules::ADVICE_HASHES, &list.item(i).member("hashes"), "nothing");
        }
    }
    findings(object, report)
}
