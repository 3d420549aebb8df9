//! Properties that no table describes: their names, what their names promise (§3.1, §3.8, §7.3.2,
//! §11.1).

use serde_json::Value;

use super::report::{Path, Report};
use super::values::Strict;
use super::{rules, text};
use crate::id;

/// How properties that no table lists come into the place that is checked.
#[derive(Clone, Copy)]
pub(super) struct Custom {
    /// An extension or a custom object defines them: only their form is judged.
    pub(super) defined: bool,
    /// The section with the rule of their names.
    pub(super) names: &'static str,
}

impl Custom {
    /// Added to an object or data type of the standard without any definition.
    pub(super) const UNDEFINED: Self = Self { defined: false, names: "11.1.1" };
    /// Defined by an extension definition.
    pub(super) const EXTENSION: Self = Self { defined: true, names: "7.3.2" };
    /// Those of a custom object.
    pub(super) const OBJECT: Self = Self { defined: true, names: "11.2.1" };
    /// Those of a custom extension, whose key is no definition.
    pub(super) const CUSTOM_EXTENSION: Self = Self { defined: true, names: "11.3.1" };
}

impl Report {
    /// A property that no table of ours describes.
    pub(super) fn unlisted(&mut self, name: &str, value: &Value, path: &Path<'_>) {
        if !text::is_property_name(name) {
            self.add_in(self.custom.names, rules::PROPERTY_NAME, path, name);
        }
        if text::is_reserved(name) {
            self.add(rules::PROPERTY_RESERVED, path, name);
        } else if !self.custom.defined {
            let is_marked = name.starts_with("x_");
            let rule = if is_marked { rules::PROPERTY_CUSTOM } else { rules::PROPERTY_UNKNOWN };
            self.add(rule, path, name);
        }
        self.content(value, path, Strict::Here);
        self.suffix(name, value, path);
    }

    /// What the end of a name promises, and what a value demands of its name.
    fn suffix(&mut self, name: &str, value: &Value, path: &Path<'_>) {
        if name.ends_with("_ref") {
            return self.custom_reference(value, path);
        }
        match value {
            Value::Array(items) if name.ends_with("_refs") => {
                for (i, item) in items.iter().enumerate() {
                    self.custom_reference(item, &path.item(i));
                }
            }
            Value::Array(items) => {
                let named = items.iter().find(|item| is_id(item));
                if let Some(item) = named {
                    self.add(rules::REFERENCE_NAME, path, item);
                }
            }
            _ if name.ends_with("_refs") => self.add(rules::REFERENCE_CUSTOM, path, value),
            Value::String(digits) if name.ends_with("_hex") && !text::is_hex(digits) => {
                self.add(rules::PROPERTY_SUFFIX, path, value);
            }
            Value::String(code) if name.ends_with("_bin") && !text::is_base64(code) => {
                self.add(rules::PROPERTY_SUFFIX, path, value);
            }
            Value::String(_) if is_id(value) && name != "id" => {
                self.add(rules::REFERENCE_NAME, path, value);
            }
            _ => {}
        }
    }

    fn custom_reference(&mut self, value: &Value, path: &Path<'_>) {
        match value.as_str().and_then(id::split) {
            None => self.add(rules::REFERENCE_CUSTOM, path, value),
            Some(("bundle", _)) => self.add(rules::REFERENCE_BUNDLE, path, value),
            Some(_) => {}
        }
    }
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| id::split(text).is_some())
}
