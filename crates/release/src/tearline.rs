//! Does a text written for release name something that stays?

use std::collections::{BTreeSet, HashSet};

use enlace_stix::{Object, types};
use serde_json::{Map, Value};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Words of names that name nobody.
const PARTICLES: &[&str] = &[
    "and", "da", "das", "de", "del", "den", "der", "dos", "el", "la", "las", "los", "san", "the",
    "van", "von",
];

/// Shortest word or identifier that counts.
const SHORTEST: usize = 3;

/// A name or identifier that may not appear.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Guard {
    /// Words in a row.
    Words(Vec<String>),
    /// One word of a person's name.
    Word(String),
    /// An identifier without its separators, confusable characters folded.
    Compact(String),
}

/// A text made ready to be searched.
pub(crate) struct Folded {
    words: Vec<String>,
    set: HashSet<String>,
    compact: String,
}

impl Folded {
    pub(crate) fn of(texts: &[&str]) -> Self {
        let words: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
        let set = words.iter().cloned().collect();
        let compact = confusables(&words.concat());
        Self { words, set, compact }
    }

    pub(crate) fn names(&self, guard: &Guard) -> bool {
        match guard {
            Guard::Word(word) => self.set.contains(word),
            Guard::Compact(text) => self.compact.contains(text.as_str()),
            Guard::Words(row) => self.words.windows(row.len().max(1)).any(|w| w == row.as_slice()),
        }
    }
}

/// What may not be named of an object that stays; `released` holds every text of it that leaves
/// all the same.
pub(crate) fn guards(object: &Object, released: &HashSet<&str>) -> Vec<Guard> {
    let mut found = BTreeSet::new();
    let person = object.extension(&types::definition_id("person"));
    let is_person = person.is_some() || object.text("identity_class") == Some("individual");
    let mut name = |text: &str| {
        if !released.contains(text) {
            add_name(&mut found, text, is_person);
        }
    };
    object.text("name").into_iter().for_each(&mut name);
    object.texts("aliases").for_each(&mut name);
    object.text("display_name").into_iter().for_each(&mut name);
    for extension in ["person", "organization", "criminal-group"] {
        let body = object.extension(&types::definition_id(extension));
        body.into_iter().for_each(|body| names_of(body, &mut name));
    }
    let mut identifier = |text: &str| {
        if !released.contains(text) {
            add_identifier(&mut found, text);
        }
    };
    for property in [
        "value",
        "number",
        "iban",
        "account_number",
        "serial",
        "import_mark",
        "user_id",
        "account_login",
        "serial_number",
        "message_id",
        "street_address",
    ] {
        object.text(property).into_iter().for_each(&mut identifier);
    }
    let documents = person.and_then(|p| p.get("identity_documents")).and_then(Value::as_array);
    for document in documents.into_iter().flatten() {
        document.get("number").and_then(Value::as_str).into_iter().for_each(&mut identifier);
    }
    let organization = object.extension(&types::definition_id("organization"));
    let numbers = organization.and_then(|o| o.get("registration_numbers"));
    strings(numbers, &mut identifier);
    found.into_iter().collect()
}

fn names_of(body: &Map<String, Value>, name: &mut dyn FnMut(&str)) {
    strings(body.get("aliases"), name);
    for item in body.get("names").and_then(Value::as_array).into_iter().flatten() {
        match item {
            Value::Object(parts) => {
                parts.get("full").and_then(Value::as_str).into_iter().for_each(&mut *name);
                strings(parts.get("parts"), name);
            }
            other => strings(Some(other), name),
        }
    }
}

/// Every string in a value.
pub(crate) fn strings(value: Option<&Value>, take: &mut dyn FnMut(&str)) {
    match value {
        Some(Value::String(text)) => take(text),
        Some(Value::Array(items)) => items.iter().for_each(|item| strings(Some(item), take)),
        Some(Value::Object(members)) => members.values().for_each(|v| strings(Some(v), take)),
        _ => {}
    }
}

fn add_name(found: &mut BTreeSet<Guard>, text: &str, is_person: bool) {
    let row = words(text);
    if is_person {
        let telling =
            |w: &&String| w.chars().count() >= SHORTEST && !PARTICLES.contains(&w.as_str());
        found.extend(row.iter().filter(telling).map(|w| Guard::Word(w.clone())));
    }
    if row.iter().map(|w| w.chars().count()).sum::<usize>() >= SHORTEST {
        found.insert(Guard::Words(row));
    }
}

fn add_identifier(found: &mut BTreeSet<Guard>, text: &str) {
    let compact = confusables(&words(text).concat());
    if compact.chars().count() >= SHORTEST {
        found.insert(Guard::Compact(compact));
    }
}

/// Lower case, accents and compatibility forms folded, invisible characters removed, split at
/// everything that is neither letter nor digit.
fn words(text: &str) -> Vec<String> {
    let folded: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .collect();
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn confusables(text: &str) -> String {
    let fold = |c| match c {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    text.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(name: &str, person: bool, text: &str) -> bool {
        let mut found = BTreeSet::new();
        add_name(&mut found, name, person);
        let folded = Folded::of(&[text]);
        found.iter().any(|guard| folded.names(guard))
    }

    #[test]
    fn names_are_found_without_accents_case_and_tricks() {
        assert!(hit("Rosa Ñamérez", true, "…said ROSA NAMEREZ."));
        assert!(hit("Rosa Ñamérez", true, "the family Namérez"));
        assert!(hit("Rosa Ñamérez", true, "Na\u{200b}me\u{301}rez"));
        assert!(hit("Rosa Ñamérez", true, "ＮＡＭＥＲＥＺ"));
        assert!(!hit("Rosa de la Ñamérez", true, "de la casa"));
        assert!(hit("Frutas Marbrisa S.A.", false, "frutas marbrisa, s. a."));
        assert!(!hit("Frutas Marbrisa S.A.", false, "a load of frutas"));
    }

    #[test]
    fn identifiers_are_found_through_separators_and_confusables() {
        let mut found = BTreeSet::new();
        add_identifier(&mut found, "GLK-0O1-77");
        let hit = |text: &str| found.iter().any(|g| Folded::of(&[text]).names(g));
        assert!(hit("pistol glk 00177"));
        assert!(hit("GLK/OO 1.7/7"));
        assert!(!hit("GLK-178"));
    }
}
