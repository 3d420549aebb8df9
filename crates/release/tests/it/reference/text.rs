//! Whether a tear-line names something that stays.

use std::collections::BTreeSet;

use serde_json::Value;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::types::{self, EXTENSIONS};

/// Words that stand in many names and name nobody.
const PARTICLES: &str = " and da das de del den der dos el la las los san the van von ";

/// Properties that identify a thing.
const IDENTIFIERS: &[&str] = &[
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
];

/// What a text may not say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// These words in a row.
    Row(Vec<String>),
    /// This word of a person's name.
    Word(String),
    /// These letters and digits, whatever stands between them.
    Letters(String),
}

/// A text by which something is known.
enum Known {
    Person(String),
    Thing(String),
    Number(String),
}

/// Properties in which people are named, whatever the object is.
const PEOPLE: &[&str] = &[
    "person",
    "holder_person",
    "received_from_person",
    "witness_persons",
    "first_name",
    "middle_name",
    "last_name",
    "known_as",
];

/// `name`: the last one; `path`: all of them, where a dot in a name looks like two.
fn walk(
    object: &Value,
    (name, value): (&str, &Value),
    path: &[String],
    is_person: bool,
    into: &mut Vec<Known>,
) {
    match value {
        Value::String(text) if !super::fields::is_reference(name) => {
            // As the path: of `names.full` the last step names the value.
            let name = name.split('.').next_back().unwrap();
            let designates = match name {
                "name" | "aliases" | "display_name" => path.len() <= 2,
                "names" | "full" | "names_as_listed" => true,
                _ => path.iter().any(|part| part == "parts"),
            };
            let kind = object["type"].as_str().unwrap();
            let at = |identifier: &str| identifier.split('.').zip(path).all(|(a, b)| a == b);
            let is_identifier = types::IDENTIFIERS.iter().any(|(of, identifier, _)| {
                let steps = identifier.split('.').count();
                (*of == kind || *of == "*") && steps <= path.len() && at(identifier)
            });
            if PEOPLE.contains(&name) || (designates && is_person) {
                into.push(Known::Person(text.clone()));
            } else if designates {
                into.push(Known::Thing(text.clone()));
            } else if is_identifier
                || path.join(".").starts_with("organization.registration_numbers")
                || (path.len() == 1 && IDENTIFIERS.contains(&name))
            {
                into.push(Known::Number(text.clone()));
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| walk(object, (name, item), path, is_person, into));
        }
        Value::Object(members) => {
            for (name, value) in members {
                let below = name.split('.').map(str::to_owned);
                let path: Vec<String> = path.iter().cloned().chain(below).collect();
                walk(object, (name, value), &path, is_person, into);
            }
        }
        _ => {}
    }
}

fn dotted(name: &str) -> Vec<String> {
    name.split('.').map(str::to_owned).collect()
}

/// What no text may say of this object; `leaves`: texts of it that leave all the same.
pub fn names(object: &Value, leaves: &BTreeSet<String>) -> BTreeSet<Name> {
    let is_person = super::is_person(object);
    let mut known = Vec::new();
    for (name, value) in object.as_object().unwrap() {
        if !types::ENVELOPE.contains(&name.as_str()) {
            walk(object, (name, value), &dotted(name), is_person, &mut known);
        }
    }
    for (short, id, _) in EXTENSIONS {
        if let Some(body) = object["extensions"].get(id).filter(|body| body.is_object()) {
            walk(object, ("", body), &[(*short).to_owned()], is_person, &mut known);
        }
    }
    let (mut called, mut numbers) = (Vec::new(), Vec::new());
    for known in known {
        match known {
            Known::Person(text) => called.push((text, true)),
            Known::Thing(text) => called.push((text, false)),
            Known::Number(text) => numbers.push(text),
        }
    }
    let mut found = BTreeSet::new();
    for (text, is_person) in called.iter().filter(|(text, _)| !leaves.contains(text)) {
        let row = words(text);
        if *is_person {
            for word in &row {
                if word.chars().count() >= 3 && !PARTICLES.contains(&format!(" {word} ")) {
                    found.insert(Name::Word(word.clone()));
                }
            }
        }
        if row.concat().chars().count() >= 3 {
            found.insert(Name::Row(row));
        }
    }
    for text in numbers.iter().filter(|text| !leaves.contains(*text)) {
        let letters = letters(&words(text));
        if letters.chars().count() >= 3 {
            found.insert(Name::Letters(letters));
        }
    }
    found
}

/// Whether these texts, read one after the other, say the name.
pub fn says(texts: &[String], name: &Name) -> bool {
    let said: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
    match name {
        Name::Word(word) => said.contains(word),
        Name::Letters(hidden) => letters(&said).contains(hidden),
        Name::Row(row) => (0..said.len()).any(|i| said[i..].starts_with(row)),
    }
}

/// Every string in a value.
pub fn strings(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(members) => members.values().for_each(|value| strings(value, into)),
        _ => {}
    }
}

/// Words in lower case, without accents, invisible characters and forms of one letter.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let plain: String = text.nfkd().collect::<String>().to_lowercase().nfkd().collect();
    for c in plain.chars() {
        let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}'
            | '\u{feff}');
        if is_combining_mark(c) || invisible {
            continue;
        }
        match c.is_alphanumeric() {
            true => words.last_mut().unwrap().push(c),
            false => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// One string in which `O` and `0`, `I`, `l` and `1` are the same.
fn letters(words: &[String]) -> String {
    words.concat().replace('o', "0").replace(['i', 'l'], "1")
}
