//! Effective markings, read so that whatever is not understood counts as unknown.

use enlace_stix::marking::Effective;
use enlace_stix::{Object, types};
use serde_json::{Map, Value};

/// Finds a marking definition by id.
pub(crate) type Definitions<'a> = &'a dyn Fn(&str) -> Option<&'a Object>;

/// What the handling extension may say; anything else was written for a later version.
const HANDLING: &[&str] = &[
    "extension_type",
    "tlp",
    "handling",
    "releasable_to",
    "caveats",
    "purposes",
    "onward",
    "retention_until",
];

/// The markings of one object, ready to be asked for the object and for any property.
pub(crate) struct Markings<'a> {
    object: Effective,
    granular: Vec<Granular>,
    definition: Definitions<'a>,
}

struct Granular {
    selectors: Vec<String>,
    marking: String,
}

impl<'a> Markings<'a> {
    /// Reads the markings of `object`. A granular marking that selects nothing, or the type or
    /// the id, covers the whole object; one that cannot be read is an unknown marking.
    pub(crate) fn of(object: &Object, definition: Definitions<'a>) -> Self {
        let mut all = Self { object: Effective::default(), granular: Vec::new(), definition };
        match object.get("object_marking_refs") {
            None => {}
            Some(Value::Array(ids)) => {
                for id in ids {
                    all.join_object(id.as_str());
                }
            }
            Some(_) => all.join_object(None),
        }
        match object.get("granular_markings") {
            None => {}
            Some(Value::Array(items)) => items.iter().for_each(|item| all.read(object, item)),
            Some(_) => all.join_object(None),
        }
        all
    }

    /// The marking of the object.
    pub(crate) fn of_object(&self) -> &Effective {
        &self.object
    }

    /// The marking of the value at this selector, or `None` where it is the object's.
    pub(crate) fn of_property(&self, path: &str) -> Option<Effective> {
        let mut effective: Option<Effective> = None;
        for granular in &self.granular {
            if granular.selectors.iter().any(|s| within(path, s) || within(s, path)) {
                let joined = effective.get_or_insert_with(|| self.object.clone());
                join(joined, &granular.marking, self.definition);
            }
        }
        effective
    }

    fn join_object(&mut self, id: Option<&str>) {
        match id {
            Some(id) => join(&mut self.object, id, self.definition),
            None => self.object.unknown.push("malformed".to_owned()),
        }
    }

    fn read(&mut self, object: &Object, item: &Value) {
        let selectors: Vec<&str> = item
            .get("selectors")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let marking = match (item.get("marking_ref"), item.get("lang")) {
            (Some(Value::String(id)), _) => id,
            // A language says nothing about who may see the value (§7.2.3.1).
            (None, Some(Value::String(_))) => return,
            _ => return self.join_object(None),
        };
        let selects_part = |s: &&str| !matches!(*s, "id" | "type") && resolves(object.view(), s);
        if selectors.is_empty() || !selectors.iter().all(selects_part) {
            self.join_object(Some(marking));
        }
        let selectors = selectors.into_iter().map(str::to_owned).collect();
        self.granular.push(Granular { selectors, marking: marking.clone() });
    }
}

/// Joins one marking; an extension or a member that is not understood makes it unknown.
fn join(effective: &mut Effective, id: &str, definition: Definitions<'_>) {
    let found = definition(id).filter(|d| d.id().as_str() == id);
    effective.join(id, found);
    if enlace_stix::marking::Tlp::from_marking_id(id).is_none()
        && found.is_some_and(|d| !understood(d))
    {
        effective.unknown.push(id.to_owned());
    }
    effective.unknown.sort();
    effective.unknown.dedup();
}

fn understood(definition: &Object) -> bool {
    let handling = types::definition_id("handling");
    let extensions = definition.get("extensions");
    let Some(extensions) = extensions else { return true };
    let Some(extensions) = extensions.as_object() else { return false };
    extensions.iter().all(|(id, body)| match body.as_object() {
        Some(body) if *id == handling => handling_understood(body),
        _ => false,
    })
}

fn handling_understood(body: &Map<String, Value>) -> bool {
    body.iter().all(|(name, value)| match name.as_str() {
        "handling" | "releasable_to" | "caveats" | "purposes" => {
            value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
        }
        name => HANDLING.contains(&name) && value.is_string(),
    })
}

/// Whether a selector (`a.b.[2].c`) names something that is there.
fn resolves(members: &Map<String, Value>, selector: &str) -> bool {
    // A member name may contain dots (extension ids do not, `x_` names may): take the longest.
    fn below(value: &Value, rest: &str) -> bool {
        match (value, rest) {
            (_, "") => true,
            (Value::Array(items), rest) => {
                let rest = rest.strip_prefix('.').unwrap_or(rest);
                let Some(rest) = rest.strip_prefix('[') else { return false };
                let Some((index, rest)) = rest.split_once(']') else { return false };
                let item = index.parse::<usize>().ok().and_then(|i| items.get(i));
                item.is_some_and(|item| below(item, rest))
            }
            (Value::Object(members), rest) => {
                rest.strip_prefix('.').is_some_and(|rest| in_members(members, rest))
            }
            _ => false,
        }
    }
    fn in_members(members: &Map<String, Value>, rest: &str) -> bool {
        members.iter().any(|(name, value)| {
            rest.strip_prefix(name.as_str()).is_some_and(|rest| {
                (rest.is_empty() || rest.starts_with('.')) && below(value, rest)
            })
        })
    }
    in_members(members, selector)
}

fn within(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
