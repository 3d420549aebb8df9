//! The JSON Schema files of `schemas/`, in the binary; each is parsed when it is first needed.

use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

use super::{Extension, Kind, compute_id, reused};

/// One schema file.
pub(crate) struct Schema {
    /// Type name or short name; the file is `NAME.json`.
    pub(crate) name: &'static str,
    text: &'static str,
    ours: bool,
    json: OnceLock<Value>,
    head: OnceLock<Head>,
}

struct Head {
    extension: Extension,
    contributing: &'static [&'static str],
}

/// `static NAME: ours? "folder" "name" … ;`
macro_rules! files {
    ($(#[$doc:meta])* $table:ident: $ours:literal $folder:literal $($name:literal)*) => {
        $(#[$doc])*
        static $table: [Schema; [$($name),*].len()] = [$(Schema {
            name: $name,
            text: include_str!(concat!("../../../../schemas/", $folder, $name, ".json")),
            ours: $ours,
            json: OnceLock::new(),
            head: OnceLock::new(),
        }),*];
    };
}

files! {
    /// Ours, sorted by name.
    OURS: true ""
    "agreement" "agreement-signature" "agreement-state" "aircraft" "case" "case-event" "commitment" "consent"
    "criminal-group" "danger-notice" "danger-to-life" "designation" "detention" "evaluation" "exhibit-custody" "firearm"
    "firearm-transfer" "handling" "key-change" "key-compromise" "meeting" "membership"
    "organization" "payment" "person" "programme" "provenance" "recall" "recall-answer" "receipt"
    "release-record" "request" "request-event" "same-as" "seizure" "shipping-container"
    "tear-line" "unit" "vehicle" "vessel"
}

files! {
    /// Public ones whose properties we describe, sorted by name.
    PUBLIC: false "reused/"
    "admiralty-credibility" "admiralty-reliability" "bank-account" "contact-information"
    "cryptocurrency-transaction" "cryptocurrency-wallet" "payment-card" "phone-number" "task"
}

/// `(definition id, place in all)`, sorted by id: looking one up is no hash and no parsing.
static BY_ID: LazyLock<Vec<(String, usize)>> = LazyLock::new(|| {
    let id = |schema: &Schema| match schema.ours {
        true => Some(compute_id(schema.name)),
        false => reused::by_name(schema.name).map(|public| public.id.to_owned()),
    };
    let mut all: Vec<_> =
        all().enumerate().filter_map(|(place, schema)| Some((id(schema)?, place))).collect();
    all.sort_unstable();
    all
});

/// Our schemas, sorted by name.
pub(crate) fn ours() -> impl Iterator<Item = &'static Schema> {
    OURS.iter()
}

/// Every schema: ours, then the public ones.
pub(crate) fn all() -> impl Iterator<Item = &'static Schema> {
    OURS.iter().chain(&PUBLIC)
}

/// Our schema of this name.
pub(crate) fn own(name: &str) -> Option<&'static Schema> {
    OURS.get(place_of(name)?)
}

fn place_of(name: &str) -> Option<usize> {
    OURS.binary_search_by(|schema| schema.name.cmp(name)).ok()
}

/// The definition id of our schema of this name.
pub(super) fn own_id(name: &str) -> Option<&'static str> {
    let place = place_of(name)?;
    BY_ID.iter().find(|(_, at)| *at == place).map(|(id, _)| id.as_str())
}

/// The place of a schema in [`all`] by its definition id.
pub(crate) fn place(id: &str) -> Option<usize> {
    let at = BY_ID.binary_search_by(|(known, _)| known.as_str().cmp(id)).ok()?;
    BY_ID.get(at).map(|(_, place)| *place)
}

/// The schema of this definition id, ours or a public one.
pub(crate) fn by_definition(id: &str) -> Option<&'static Schema> {
    let place = place(id)?;
    OURS.get(place).or_else(|| PUBLIC.get(place.checked_sub(OURS.len())?))
}

impl Schema {
    /// A schema that is in no file.
    #[cfg(test)]
    pub(crate) fn for_test(name: &'static str, text: String) -> &'static Self {
        let text = text.leak();
        let (json, head) = (OnceLock::new(), OnceLock::new());
        Box::leak(Box::new(Self { name, text, ours: false, json, head }))
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.ours
    }

    /// The schema without its examples; `null` if the file is no JSON, which a test rules out.
    pub(crate) fn json(&'static self) -> &'static Value {
        self.json.get_or_init(|| {
            let mut json: Value = serde_json::from_str(self.text).unwrap_or_default();
            if let Some(members) = json.as_object_mut() {
                members.shift_remove("examples");
            }
            json
        })
    }

    /// Name, kind, carrier and the rest of the top of the file.
    pub(crate) fn head(&'static self) -> &'static Extension {
        &self.top().extension
    }

    /// The properties from which the id of a new observable is made.
    pub(super) fn contributing(&'static self) -> &'static [&'static str] {
        self.top().contributing
    }

    /// Read once; its lists live as long as the program, like the text they are read from.
    fn top(&'static self) -> &'static Head {
        self.head.get_or_init(|| {
            let text = |key| self.json().get(key).and_then(Value::as_str);
            let kind = text("x-extension-type").and_then(Kind::from_name);
            let kind = kind.unwrap_or(Kind::Property);
            let own = match kind {
                Kind::Property => self.json().get("$defs").and_then(|defs| defs.get(self.name)),
                _ => Some(self.json()),
            };
            let mut required = texts(own.and_then(|own| own.get("required")));
            required.retain(|name| !matches!(*name, "type" | "extensions" | "extension_type"));
            let extension = Extension {
                name: self.name,
                kind,
                required: required.leak(),
                carrier: texts(self.json().get("x-carrier")).leak(),
                publisher: text("x-publisher").unwrap_or("enlace"),
                version: self.json().get("x-version").and_then(Value::as_u64).unwrap_or(1),
                title: text("title").unwrap_or(self.name),
                description: text("description").unwrap_or_default(),
            };
            Head { extension, contributing: texts(self.json().get("x-contributing")).leak() }
        })
    }
}

/// The strings of a list.
fn texts(list: Option<&'static Value>) -> Vec<&'static str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_json_sorted_and_found() {
        assert!(OURS.is_sorted_by(|a, b| a.name < b.name));
        assert!(PUBLIC.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(BY_ID.len(), all().count());
        for schema in all() {
            assert!(schema.json().is_object(), "{}", schema.name);
            assert_eq!(schema.json()["x-name"], schema.name);
            let definition = schema.json()["x-definition-id"].as_str().unwrap();
            assert!(std::ptr::eq(by_definition(definition).unwrap(), schema), "{}", schema.name);
        }
    }
}
