//! Paths into an object, written as granular markings write them: `extensions.archive-ext.version`,
//! `external_references.[0].hashes`.

use serde_json::{Map, Value};

/// What a path leads to.
pub(super) fn find<'a>(view: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut segments = path.split('.');
    let first = view.get(segments.next()?)?;
    segments.try_fold(first, |value, segment| match value {
        Value::Object(members) => members.get(segment),
        Value::Array(items) => items.get(index(segment)?),
        _ => None,
    })
}

/// What a path leads to, to be changed.
pub(super) fn find_mut<'a>(view: &'a mut Map<String, Value>, path: &str) -> Option<&'a mut Value> {
    let mut segments = path.split('.');
    let first = view.get_mut(segments.next()?)?;
    segments.try_fold(first, |value, segment| match value {
        Value::Object(members) => members.get_mut(segment),
        Value::Array(items) => items.get_mut(index(segment)?),
        _ => None,
    })
}

/// The dictionary that holds the last member of a path, and the name of that member.
pub(super) fn holder<'a, 'p>(
    view: &'a mut Map<String, Value>,
    path: &'p str,
) -> Option<(&'a mut Map<String, Value>, &'p str)> {
    match path.rsplit_once('.') {
        None => Some((view, path)),
        Some((parent, name)) => Some((find_mut(view, parent)?.as_object_mut()?, name)),
    }
}

/// The rest of `path` where it is `above` (empty) or lies below it (begins with a dot).
pub(super) fn below<'a>(path: &'a str, above: &str) -> Option<&'a str> {
    path.strip_prefix(above).filter(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn index(segment: &str) -> Option<usize> {
    segment.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}
