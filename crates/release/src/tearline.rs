//! Does a text written for release name something that stays?

use std::collections::BTreeSet;

use enlace_policy::kinds;
use enlace_stix::Object;
use serde_json::Value;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::draft::is_reference;
use crate::subject::{PERSON, may_be_person};

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

/// A text by which an object is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming<'o> {
    /// A name of a natural person: each telling word of it names them.
    Person(&'o str),
    /// A name of anything else: only the whole of it names it.
    Thing(&'o str),
    /// A number or address.
    Identifier(&'o str),
}

impl<'o> Naming<'o> {
    /// The text.
    pub(crate) fn text(self) -> &'o str {
        match self {
            Self::Person(text) | Self::Thing(text) | Self::Identifier(text) => text,
        }
    }

    /// What may not appear of it.
    pub(crate) fn guards(self, found: &mut BTreeSet<Guard>) {
        match self {
            Self::Person(text) => add_name(found, text, true),
            Self::Thing(text) => add_name(found, text, false),
            Self::Identifier(text) => add_identifier(found, text),
        }
    }
}

/// A text made ready to be searched.
pub(crate) struct Folded {
    pub(crate) words: Vec<String>,
    /// The words without separators, confusable characters folded.
    pub(crate) compact: Vec<char>,
}

impl Folded {
    pub(crate) fn of(texts: &[&str]) -> Self {
        let words: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
        let compact = confusables(&words.concat()).chars().collect();
        Self { words, compact }
    }
}

/// Properties in which names of people stand, in objects of any type.
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

/// Identifiers that the classes of properties do not call so, or call so only in some types.
const NUMBERS: &[&str] = &[
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

/// Every text by which an object may be known.
pub(crate) fn namings<'o>(object: &'o Object, told: &mut dyn FnMut(Naming<'o>)) {
    let kind = kinds::kind(object.kind());
    let is_person = object.extension(&PERSON).is_some() || may_be_person(object);
    let mut walk = Walk { kind, is_person, path: String::with_capacity(64), told };
    for (name, value) in object.view() {
        if name == "extensions" || (kinds::ENVELOPE.contains(&name.as_str())) {
            continue;
        }
        walk.member(name, value);
    }
    for (id, body) in object.get("extensions").and_then(Value::as_object).into_iter().flatten() {
        let (Some(short), Some(body)) = (kinds::extension_called(id), body.as_object()) else {
            continue;
        };
        walk.path.push_str(short);
        body.iter().for_each(|(name, value)| walk.member(name, value));
        walk.path.clear();
    }
}

struct Walk<'o, 't> {
    kind: Option<&'static kinds::Kind>,
    is_person: bool,
    path: String,
    told: &'t mut dyn FnMut(Naming<'o>),
}

impl<'o> Walk<'o, '_> {
    fn member(&mut self, name: &str, value: &'o Value) {
        let above = self.path.len();
        if above > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        self.value(name, value);
        self.path.truncate(above);
    }

    fn value(&mut self, name: &str, value: &'o Value) {
        match value {
            Value::String(text) if !is_reference(name) => self.text(name, text),
            Value::Array(items) => items.iter().for_each(|item| self.value(name, item)),
            Value::Object(members) => members.iter().for_each(|(n, v)| self.member(n, v)),
            _ => {}
        }
    }

    fn text(&mut self, name: &str, text: &'o str) {
        // A name with dots looks like a path, and is read as one.
        let name = name.rsplit('.').next().unwrap_or(name);
        let depth = self.path.matches('.').count();
        let designates = match name {
            "name" | "aliases" | "display_name" => depth <= 1,
            "names" | "full" | "names_as_listed" => true,
            _ => self.path.split('.').any(|part| part == "parts"),
        };
        if PEOPLE.contains(&name) || (designates && self.is_person) {
            (self.told)(Naming::Person(text));
        } else if designates {
            (self.told)(Naming::Thing(text));
        } else if (depth == 0 && NUMBERS.contains(&name)) || self.is_identifier() {
            (self.told)(Naming::Identifier(text));
        }
    }

    fn is_identifier(&self) -> bool {
        self.path.starts_with("organization.registration_numbers")
            || self.kind.is_some_and(|kind| kind.identifier(&self.path).is_some())
    }
}

fn add_name(found: &mut BTreeSet<Guard>, text: &str, is_person: bool) {
    let runs = runs(text);
    let row = runs.concat();
    for run in runs.iter().filter(|_| is_person) {
        match run.as_slice() {
            [word] if word.chars().count() < SHORTEST || PARTICLES.contains(&word.as_str()) => {}
            [word] => drop(found.insert(Guard::Word(word.clone()))),
            // A name in a script without spaces: its signs in a row, whatever stands around them.
            signs => drop(found.insert(Guard::Words(signs.to_vec()))),
        }
    }
    let signs = row.iter().filter(|word| word.chars().all(is_unspaced)).count();
    if row.iter().map(|w| w.chars().count()).sum::<usize>() >= SHORTEST || signs > 1 {
        found.insert(Guard::Words(row));
    }
}

fn add_identifier(found: &mut BTreeSet<Guard>, text: &str) {
    let compact = confusables(&words(text).concat());
    if compact.chars().count() >= SHORTEST {
        found.insert(Guard::Compact(compact));
    }
}

fn words(text: &str) -> Vec<String> {
    runs(text).concat()
}

/// Lower case, accents, compatibility forms and letters that look or are written alike folded,
/// invisible characters removed, split at everything that is neither letter nor digit. One run is
/// one word, or where a script has no spaces, sign by sign.
fn runs(text: &str) -> Vec<Vec<String>> {
    let mut folded = String::with_capacity(text.len());
    text.nfkd()
        .filter(|c| !is_combining_mark(*c) && !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .for_each(|c| match alike(c) {
            Some(latin) => folded.push_str(latin),
            None => folded.push(c),
        });
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(signs).collect()
}

/// The signs of an unspaced script one by one, what stands between them as a word.
fn signs(run: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut joins = false;
    for c in run.chars() {
        let alone = is_unspaced(c);
        match parts.last_mut().filter(|_| joins && !alone) {
            Some(word) => word.push(c),
            None => parts.push(c.to_string()),
        }
        joins = !alone;
    }
    parts
}

/// Letters of scripts in which words stand side by side, or bear endings that are no part of a
/// name: South-East Asian, Korean (as its parts), Chinese, Japanese.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// How a letter is written by who does not have it, or the Latin letter that it looks like.
fn alike(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'ø' | 'ο' | 'о' => "o",
        'đ' | 'ð' => "d",
        'ı' | 'ι' | 'і' => "i",
        'ħ' | 'һ' => "h",
        'ŧ' | 'τ' | 'т' => "t",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'α' | 'а' => "a",
        'ε' | 'е' => "e",
        'ρ' | 'р' => "p",
        'с' => "c",
        'υ' | 'у' => "y",
        'χ' | 'х' => "x",
        'κ' | 'к' => "k",
        'м' => "m",
        'ν' => "v",
        'ѕ' => "s",
        'ј' => "j",
        _ => return None,
    })
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
    use crate::guards::Guards;

    fn names(guard: &Guard, text: &str) -> bool {
        let mut guards = Guards::<bool>::default();
        *guards.add(guard) = true;
        let mut found = false;
        guards.find(&Folded::of(&[text]), &mut |_, _, known| found |= *known);
        found
    }

    fn hit(name: &str, person: bool, text: &str) -> bool {
        let mut found = BTreeSet::new();
        add_name(&mut found, name, person);
        found.iter().any(|guard| names(guard, text))
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
        let hit = |text: &str| found.iter().any(|g| names(g, text));
        assert!(hit("pistol glk 00177"));
        assert!(hit("GLK/OO 1.7/7"));
        assert!(!hit("GLK-178"));
    }
}
