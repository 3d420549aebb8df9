//! What language contents (§7.1) and extension definitions (§7.3) demand beyond their tables.

use serde_json::{Map, Value};

use super::common::COMMON;
use super::report::{Path, Report};
use super::{rules, text};
use crate::Object;

pub(super) fn check(object: &Object, report: &mut Report) {
    match object.kind() {
        "language-content" => languages(object, report),
        "extension-definition" => extension_definition(object, report),
        _ => {}
    }
}

/// §7.1.1: keys are language tags, below them the names of the properties translated; every
/// language mirrors the same object, so that no two may differ in shape.
fn languages(object: &Object, report: &mut Report) {
    let at = Path::Root.member("contents");
    let Some(contents) = object.get("contents").and_then(Value::as_object) else { return };
    for (tag, translated) in contents {
        let at = at.member(tag);
        report.in_section("7.1.1", |report| report.language(tag, &at));
        let Some(members) = translated.as_object() else {
            report.wrong_kind(&at, translated, "a dictionary of translated properties");
            continue;
        };
        for (name, value) in members {
            let at = at.member(name);
            if !text::is_property_name(name) {
                report.add(rules::PROPERTY_NAME, &at, name.as_str());
            }
            let first = contents.values().find_map(|other| other.get(name));
            if let Some(first) = first {
                mirrors(first, value, &at, report);
            }
        }
    }
}

/// Whether `value` can translate the same property as `first`. An empty string stands for what was
/// left untranslated and fits anything.
fn mirrors(first: &Value, value: &Value, at: &Path<'_>, report: &mut Report) {
    let is_open = |v: &Value| v.as_str().is_some_and(str::is_empty);
    if is_open(first) || is_open(value) {
        return;
    }
    match (first, value) {
        (Value::Array(first), Value::Array(items)) if first.len() == items.len() => {
            for (i, (first, item)) in first.iter().zip(items).enumerate() {
                mirrors(first, item, &at.item(i), report);
            }
        }
        (Value::Object(first), Value::Object(members)) => {
            for (name, value) in members {
                if let Some(first) = first.get(name) {
                    mirrors(first, value, &at.member(name), report);
                }
            }
        }
        (Value::Array(_) | Value::Object(_) | Value::String(_), Value::Array(_))
        | (Value::Array(_) | Value::String(_), Value::Object(_))
        | (Value::Array(_) | Value::Object(_), Value::String(_)) => {
            report.add(rules::LANGUAGE_CONTENT, at, value);
        }
        _ => {}
    }
}

/// Whether `translated` mirrors the properties of `original`; what the original does not hold is
/// ignored (§7.1.1: "Keys that point to … properties that do not exist in the target object MUST be
/// ignored").
pub(super) fn translates(
    original: &Map<String, Value>,
    translated: &Value,
    at: &Path<'_>,
    report: &mut Report,
) {
    for (name, value) in translated.as_object().into_iter().flatten() {
        if let Some(first) = original.get(name) {
            mirrors(first, value, &at.member(name), report);
        }
    }
}

/// §7.3.1, and what §3.8 and §7.3.2 say of the names that it defines.
fn extension_definition(object: &Object, report: &mut Report) {
    let names = object.get("extension_properties");
    let at = Path::Root.member("extension_properties");
    let toplevel = object.texts("extension_types").any(|t| t == "toplevel-property-extension");
    match names {
        Some(_) if !toplevel => {
            report.add(rules::EXTENSION_PROPERTIES, &at, "extension_properties");
        }
        None if toplevel => report.add(rules::EXTENSION_TOPLEVEL, &at, "nothing"),
        _ => {}
    }
    if object.get("description").is_none() {
        report.add(rules::EXTENSION_DESCRIPTION, &Path::Root.member("description"), "nothing");
    }
    for (i, name) in names.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(name) = name.as_str() else { continue };
        let at = at.item(i);
        if COMMON.property(name).is_some() {
            report.add(rules::EXTENSION_REDEFINES, &at, name);
        } else if text::is_reserved(name) {
            report.add(rules::PROPERTY_RESERVED, &at, name);
        } else if !text::is_property_name(name) {
            report.add_in("7.3.2", rules::PROPERTY_NAME, &at, name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    fn shapes(contents: Value) -> Vec<String> {
        let view: Map<String, Value> = serde_json::from_value(json!({
            "type": "language-content",
            "id": "language-content--f431f809-377b-45e0-aa1c-6a4751cae5ff",
            "contents": contents,
        }))
        .unwrap();
        let mut report = Report::new("7.1");
        languages(&Object::from_view(view).unwrap(), &mut report);
        report.into_findings().into_iter().map(|f| f.path).collect()
    }

    #[test]
    fn languages_that_translate_one_object_have_one_shape() {
        let sound =
            json!({"es": {"goals": ["uno", ""], "name": "N"}, "fr": {"goals": ["un", "deux"]}});
        assert_eq!(shapes(sound), Vec::<String>::new());
        let lengths = json!({"es": {"goals": ["uno"]}, "fr": {"goals": ["un", "deux"]}});
        assert_eq!(shapes(lengths), ["contents.fr.goals"]);
        let deep = json!({"es": {"abc": {"d": ["uno"]}}, "fr": {"abc": {"d": "un"}}});
        assert_eq!(shapes(deep), ["contents.fr.abc.d"]);
    }
}
