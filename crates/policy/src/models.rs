//! Model agreements: terms and the text that lies beside them, to be filled in; and whether a text has
//! an article for each clause of its terms.
//!
//! An agreement is written as a pair: `NAME.toml` with the terms, which become the policy, and
//! `NAME.md` with the text that people sign. The terms carry the SHA-256 of the text.

use std::ops::Range;

use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Party;
use crate::agreement::BLANK;
use crate::draft::{self, TermFault};

/// A model agreement of `docs/agreements/`.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// Name: `police-cooperation`.
    pub name: &'static str,
    /// Treaties on which such agreements rest, where nobody names others.
    pub legal_basis: &'static str,
    /// Terms with slots (TOML).
    pub terms: &'static str,
    /// Text with slots, English and Spanish (Markdown).
    pub text: &'static str,
}

macro_rules! models {
    ($($name:literal: $basis:literal),+ $(,)?) => {
        /// The model agreements, police cooperation first.
        pub static MODELS: &[Model] = &[$(Model {
            name: $name,
            legal_basis: $basis,
            terms: include_str!(concat!("../../../docs/agreements/", $name, ".toml")),
            text: include_str!(concat!("../../../docs/agreements/", $name, ".md")),
        }),+];
    };
}

models! {
    "police-cooperation": "United Nations Convention against Transnational Organized Crime, \
        Articles 18 and 27",
    "arms-traceability": "Firearms Protocol, Article 12; CIFTA, Article XIII",
    "financial-intelligence": "Egmont Group Principles for Information Exchange; \
        United Nations Convention against Transnational Organized Crime, Article 7",
    "cyber": "Convention on Cybercrime, Articles 25, 26 and 35",
    "multi-party": "United Nations Convention against Transnational Organized Crime, \
        Articles 18, 19 and 27",
}

/// The model of this name.
pub fn named(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.name == name)
}

/// What goes into the slots of a model.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Title.
    pub title: &'a str,
    /// Treaty, law or memorandum that it rests on.
    pub legal_basis: &'a str,
    /// The parties.
    pub parties: &'a [Party],
    /// First day (`2026-01-01`) or instant.
    pub valid_from: &'a str,
    /// First day or instant after the last.
    pub valid_until: &'a str,
}

/// A filled pair: the terms carry the digest of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Terms (TOML).
    pub terms: String,
    /// Text (Markdown).
    pub text: String,
}

/// Fills a pair of terms and text, both with slots: those of [`draft::fill`], and in the terms
/// `{{text_sha256}}`, a line of its own.
pub fn write(terms: &str, text: &str, head: &Head<'_>) -> Written {
    let text = fill_text(text, head);
    let digest = format!("text_sha256 = \"{}\"", sha256(&text));
    let terms = terms.replacen("{{text_sha256}}", &digest, 1);
    let Head { title, legal_basis, parties, valid_from, valid_until } = *head;
    let terms = draft::fill(&terms, title, legal_basis, parties, valid_from, valid_until);
    Written { terms, text }
}

fn fill_text(template: &str, head: &Head<'_>) -> String {
    let parties: Vec<String> = head
        .parties
        .iter()
        .enumerate()
        .map(|(i, party)| {
            let (name, unit) = (inline(&party.name), inline(&party.unit));
            let unit = if unit.is_empty() { unit } else { format!(", {unit}") };
            let (country, key) = (inline(&party.country), inline(&party.key_id));
            format!("{}. **{name}**{unit} ({country}), key · clave `{key}`", i + 1)
        })
        .collect();
    draft::fill_slots(template, |slot| match slot {
        "title" => inline(head.title),
        "legal_basis" => inline(head.legal_basis),
        "parties" => parties.join("\n"),
        "valid_from" => inline(head.valid_from),
        "valid_until" => inline(head.valid_until),
        _ => String::new(),
    })
}

/// One line in which nothing is Markdown: a name is no heading.
fn inline(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        match c {
            c if c.is_control() => line.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' => line.extend(['\\', c]),
            c => line.push(c),
        }
    }
    line
}

/// SHA-256 of a text as it lies in its file, lower-case hexadecimal: `agreement.text_sha256`.
pub fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Faults of a pair: a clause of the terms that no heading of the text numbers, a digest that is
/// missing or not that of the text, and a line of the text that is still to be filled in. `file` is the name of the terms, as shown in faults; terms that
/// are no TOML have the faults of [`draft::parse`] and none here.
pub fn text_faults(terms: &str, file: &str, text: &str) -> Vec<TermFault> {
    let Ok(document) = DeTable::parse(terms) else { return Vec::new() };
    let document = document.get_ref();
    let mut faults = Vec::new();
    let mut fault = |key: &str, span: Range<usize>, found: String, allowed: String| {
        faults.push(TermFault::at(terms, file, key, span, found, allowed));
    };
    let head = document.get("agreement");
    let stated = head.and_then(|head| head.get_ref().get("text_sha256"));
    let (right, key) = (sha256(text), "agreement.text_sha256");
    let found = stated.and_then(|stated| stated.get_ref().as_str());
    if !found.is_some_and(|found| found.eq_ignore_ascii_case(&right)) {
        let span = stated.or(head).map_or(0..0, Spanned::span);
        let found = found.map_or("nothing".to_owned(), |found| format!("`{found}`"));
        fault(key, span, found, format!("`{right}`, the SHA-256 of the text beside it"));
    }
    if let Some(at) = text.lines().position(gap) {
        let span = stated.or(head).map_or(0..0, Spanned::span);
        let found = format!("a blank in line {} of the text beside it", at + 1);
        fault("agreement.text_sha256", span, found, "a text without blanks".to_owned());
    }
    let headings: Vec<&str> = headings(text).collect();
    let mut clauses = Vec::new();
    document.values().for_each(|value| gather(value, &mut clauses));
    for (clause, span) in clauses {
        if !headings.iter().any(|heading| numbers(heading, clause)) {
            let allowed = "the number of a heading in the text beside it".to_owned();
            fault("clause", span, format!("`{clause}`"), allowed);
        }
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults
}

/// Whether a line of the text ends in a blank, as a slot is filled of which nobody knew the value.
fn gap(line: &str) -> bool {
    line.split_whitespace().next_back() == Some(BLANK)
}

/// Every `clause` with its place.
fn gather<'t>(value: &'t Spanned<DeValue<'_>>, into: &mut Vec<(&'t str, Range<usize>)>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                match value.get_ref().as_str() {
                    Some(clause) if key.get_ref() == "clause" => into.push((clause, value.span())),
                    _ => gather(value, into),
                }
            }
        }
        DeValue::Array(items) => items.iter().for_each(|item| gather(item, into)),
        _ => {}
    }
}

/// The headings of a Markdown text (`## 4.1 Persons`), without those in blocks of code.
fn headings(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence && line.starts_with('#')
    })
}

/// Whether a heading bears this number, and not only as a part of another: `4.1` not in `4.10`.
fn numbers(heading: &str, clause: &str) -> bool {
    heading.match_indices(clause).any(|(at, _)| {
        let (before, after) = (heading.get(..at), heading.get(at + clause.len()..));
        let inside = |c: char| c.is_alphanumeric() || c == '.';
        let mut rest = after.unwrap_or_default().chars();
        let next = rest.next();
        let goes_on = match next {
            // A full stop ends the number unless more of it follows.
            Some('.') => rest.next().is_some_and(char::is_alphanumeric),
            Some(c) => c.is_alphanumeric(),
            None => false,
        };
        !before.unwrap_or_default().ends_with(inside) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_bears_a_number_and_not_a_part_of_another() {
        for (heading, clause, expected) in [
            ("#### 4.1 Persons", "4.1", true),
            ("## Article 4.1. Persons", "4.1", true),
            ("## Art. 4 § 1", "4 § 1", true),
            ("#### 4.10 Persons", "4.1", false),
            ("#### 4.1.2 Persons", "4.1", false),
            ("#### 14.1 Persons", "4.1", false),
            ("# Artículo 5", "5", true),
            ("# Artículo 5a", "5", false),
        ] {
            assert_eq!(numbers(heading, clause), expected, "{heading}");
        }
    }

    #[test]
    fn a_name_is_one_line_and_no_markdown() {
        assert_eq!(inline("a\n# 4.1 `b`"), "a \\# 4.1 \\`b\\`");
        let text = "# A\n```\n# 4.1\n```\n## 4.2 B\n";
        assert_eq!(headings(text).collect::<Vec<_>>(), ["# A", "## 4.2 B"]);
    }
}
