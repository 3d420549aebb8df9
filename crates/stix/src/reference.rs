//! References between objects: every property whose name ends in `_ref` or `_refs` (§3.1).

use serde_json::{Map, Value};

use crate::Id;

/// One reference from an object to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands, as a selector: `object_refs.[2]`, `extensions.….holder_ref`.
    pub path: String,
    /// The object meant.
    pub target: Id,
}

/// All references below `members`, in the order of the text. Marking references inside
/// `granular_markings` (`marking_ref`) are included.
pub(crate) fn collect(members: &Map<String, Value>) -> Vec<Reference> {
    let mut found = Vec::new();
    walk(members, "", &mut found);
    found
}

fn walk(members: &Map<String, Value>, prefix: &str, found: &mut Vec<Reference>) {
    for (name, value) in members {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let is_ref = name.ends_with("_ref") || name.ends_with("_refs");
        match value {
            Value::String(text) if is_ref => push(text, path, found),
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    let path = format!("{path}.[{i}]");
                    match item {
                        Value::String(text) if is_ref => push(text, path, found),
                        Value::Object(inner) => walk(inner, &path, found),
                        _ => {}
                    }
                }
            }
            Value::Object(inner) => walk(inner, &path, found),
            _ => {}
        }
    }
}

fn push(text: &str, path: String, found: &mut Vec<Reference>) {
    if let Ok(target) = text.parse() {
        found.push(Reference { path, target });
    }
}

#[cfg(test)]
mod tests {
    use crate::Object;

    #[test]
    fn nested_and_listed_references_are_found_with_their_paths() {
        let id = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
        let raw = format!(
            r#"{{"type":"report","id":"report--f431f809-377b-45e0-aa1c-6a4751cae5ff",
            "object_refs":["{id}"],"extensions":{{"e":{{"holder_ref":"{id}"}}}},
            "granular_markings":[{{"marking_ref":"{id}","selectors":["name"]}}]}}"#
        );
        let paths: Vec<_> = Object::parse(&raw)
            .map(|o| o.references().into_iter().map(|r| r.path).collect())
            .unwrap_or_default();
        let expected =
            ["object_refs.[0]", "extensions.e.holder_ref", "granular_markings.[0].marking_ref"];
        assert_eq!(paths, expected);
    }
}
