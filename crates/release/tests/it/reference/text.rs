//! Whether a tear-line names something that stays.

use std::collections::BTreeSet;

use serde_json::Value;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::types::{EXTENSIONS, ORGANIZATION, PERSON};

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

/// What no text may say of this object; `leaves`: texts of it that leave all the same.
pub fn names(object: &Value, leaves: &BTreeSet<String>) -> BTreeSet<Name> {
    let extension = |id: &str| object["extensions"].get(id).filter(|body| body.is_object());
    let person = extension(PERSON);
    let is_person = person.is_some() || object["identity_class"] == "individual";
    let mut called: Vec<String> = Vec::new();
    called.extend(object["name"].as_str().map(str::to_owned));
    let aliases = object["aliases"].as_array().into_iter().flatten();
    called.extend(aliases.filter_map(|a| a.as_str().map(str::to_owned)));
    called.extend(object["display_name"].as_str().map(str::to_owned));
    for (_, id, _) in EXTENSIONS {
        let Some(body) = extension(id) else { continue };
        strings(&body["aliases"], &mut called);
        for item in body["names"].as_array().into_iter().flatten() {
            if item.is_object() {
                called.extend(item["full"].as_str().map(str::to_owned));
                strings(&item["parts"], &mut called);
            } else {
                strings(item, &mut called);
            }
        }
    }
    let mut numbers: Vec<String> = Vec::new();
    for name in IDENTIFIERS {
        numbers.extend(object[*name].as_str().map(str::to_owned));
    }
    if let Some(person) = person {
        for document in person["identity_documents"].as_array().into_iter().flatten() {
            numbers.extend(document["number"].as_str().map(str::to_owned));
        }
    }
    if let Some(organization) = extension(ORGANIZATION) {
        strings(&organization["registration_numbers"], &mut numbers);
    }

    let mut found = BTreeSet::new();
    for text in called.iter().filter(|text| !leaves.contains(*text)) {
        let row = words(text);
        if is_person {
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
