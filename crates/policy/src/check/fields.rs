//! The fields of each type: kept, reduced, dropped.

use serde_json::{Map, Value};

use super::{Check, join, quoted, shorten, shown, types};
use crate::kinds;
use crate::mask::{MASK_NAMES, Mask};

impl Check {
    pub(super) fn fields(&mut self, fields: Option<&Value>) {
        let Some(fields) = fields else { return };
        let Some(table) = fields.as_object() else {
            self.report("fields", shown(fields), "a table for each object type");
            return;
        };
        for (name, value) in table {
            let path = join("fields", name);
            let Some(kind) = kinds::kind(name) else {
                self.report(&path, "a type that is not known".to_owned(), quoted(&types()));
                continue;
            };
            let optional = &["keep", "generalise", "drop"];
            let Some(table) = self.clauses(&path, value, &[], optional) else { continue };
            self.kept(&join(&path, "keep"), kind, table.get("keep"));
            self.generalised(&join(&path, "generalise"), kind, table);
            self.once(&path, table);
            self.dropped(&join(&path, "drop"), kind, table);
        }
    }

    fn kept(&mut self, path: &str, kind: &kinds::Kind, keep: Option<&Value>) {
        let Some(keep) = keep else { return };
        let Some(items) = keep.as_array() else {
            self.report(path, shown(keep), "a list of properties");
            return;
        };
        for (i, item) in items.iter().enumerate() {
            let path = format!("{path}[{i}]");
            match item.as_str() {
                Some(property) => self.property(&path, kind, property),
                None => self.report(&path, shown(item), "the name of a property"),
            }
        }
    }

    fn generalised(&mut self, path: &str, kind: &kinds::Kind, fields: &Map<String, Value>) {
        let Some(value) = fields.get("generalise") else { return };
        let Some(table) = value.as_object() else {
            self.report(path, shown(value), format!("a table: property = {MASK_NAMES}"));
            return;
        };
        for (property, mask) in table {
            let path = join(path, property);
            self.property(&path, kind, property);
            if mask.as_str().is_none_or(|text| text.parse::<Mask>().is_err()) {
                self.report(&path, shown(mask), MASK_NAMES);
            }
        }
    }

    /// What stays lies below something that is kept; anything else stays anyway.
    fn dropped(&mut self, path: &str, kind: &kinds::Kind, fields: &Map<String, Value>) {
        let Some(value) = fields.get("drop") else { return };
        let keep = fields.get("keep").and_then(Value::as_array);
        let kept: Vec<&str> = keep.into_iter().flatten().filter_map(Value::as_str).collect();
        let below = |text: &str, whole: &str| {
            text.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'))
        };
        // A name that nothing bears would leave in what somebody believes to be dropped.
        let fits = |text: &str| {
            let named = kind.class(text).is_some() && text.split('.').all(|part| !part.is_empty());
            named && kept.iter().any(|whole| below(text, whole))
        };
        self.items(path, value, fits, || "parts of a property that `keep` names".to_owned());
    }

    /// One clause for one property: neither twice nor both whole and in part.
    fn once(&mut self, path: &str, fields: &Map<String, Value>) {
        let keep = fields.get("keep").and_then(Value::as_array);
        let kept = keep.into_iter().flatten().filter_map(Value::as_str);
        let table = fields.get("generalise").and_then(Value::as_object);
        let mut named: Vec<&str> = kept.collect();
        named.extend(table.into_iter().flatten().map(|(name, _)| name.as_str()));
        let mut seen = std::collections::BTreeSet::new();
        let mut clash = |one: &str, again: &str| {
            let found = format!("`{one}` and `{again}`");
            self.report(path, found, "each property once, whole or in parts");
        };
        for name in &named {
            if !seen.insert(*name) {
                clash(name, name);
            }
        }
        for whole in &seen {
            // Parts of a whole stand right behind it: `.` sorts before every letter.
            let parts = format!("{whole}.");
            let part = seen.range(parts.as_str()..).next().filter(|name| name.starts_with(&parts));
            if let Some(part) = part {
                clash(whole, part);
            }
        }
    }

    pub(super) fn property(&mut self, path: &str, kind: &kinds::Kind, property: &str) {
        let found = format!("`{}`", shorten(property));
        let known = kind.knows(property) && property.split('.').all(|part| !part.is_empty());
        if kind.is_free_text(property) {
            let allowed = "no free text: it leaves only as a tear-line, see `text.leaves`";
            self.report(path, found, allowed);
        } else if !known {
            let properties = [kind.required, kind.one_of, kind.optional].concat();
            let free: Vec<&str> =
                properties.into_iter().filter(|name| !kind.is_free_text(name)).collect();
            let extensions: Vec<&str> = kinds::extensions().collect();
            let allowed = format!(
                "a property of `{}`: {}, a common one (`labels`, `confidence`, `lang`), one of \
                 an extension ({} and a dot), or a custom one (`x_…`)",
                kind.name,
                quoted(&free),
                quoted(&extensions)
            );
            self.report(path, found, allowed);
        }
    }
}
