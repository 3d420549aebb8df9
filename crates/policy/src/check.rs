//! Checks the terms of an agreement, value by value, and says what is allowed.
//!
//! One checker for both ways in: the TOML draft of our own officer (paths become lines) and the
//! agreement object of a partner.

mod after;
mod data;
mod fields;
mod who;

use serde_json::{Map, Value};

use crate::kinds;

/// Something in an agreement that no policy can be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `tlp.max`, `fields.identity.keep[2]`.
    pub path: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

/// Sections that every agreement has.
const SECTIONS: &[&str] = &[
    "validity",
    "purposes",
    "recipients",
    "transfer",
    "types",
    "tlp",
    "subjects",
    "identifiers",
    "handling",
    "text",
    "documents",
    "onward",
    "retention",
    "approval",
    "acceptance",
];

/// Sections that the parties may leave out.
const OPTIONAL: &[&str] = &[
    "assurances",
    "ids",
    "evaluation",
    "age",
    "fields",
    "match",
    "deadlines",
    "standing",
    "answer",
    "slots",
];

/// Problems of the `terms` of an agreement whose parties have these key ids.
pub(crate) fn terms(value: &Value, parties: &[String]) -> Vec<Problem> {
    let mut check = Check { problems: Vec::new() };
    if let Some(terms) = check.table("", value, SECTIONS, OPTIONAL) {
        check.who(terms, parties);
        check.data(terms);
        check.fields(terms.get("fields"));
        check.after(terms);
    }
    check.problems
}

struct Check {
    problems: Vec<Problem>,
}

/// A section, where it is one.
type Section<'v> = Option<&'v Map<String, Value>>;

impl Check {
    fn report(&mut self, path: &str, found: String, allowed: impl Into<String>) {
        self.problems.push(Problem { path: path.to_owned(), found, allowed: allowed.into() });
    }

    /// The section `name` with `clause`, these members and no other.
    fn section<'v>(
        &mut self,
        terms: &'v Map<String, Value>,
        name: &str,
        required: &[&str],
        optional: &[&str],
    ) -> Section<'v> {
        self.clauses(name, terms.get(name)?, required, optional)
    }

    /// A table with `clause`, these members and no other.
    fn clauses<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        required: &[&str],
        optional: &[&str],
    ) -> Section<'v> {
        let required = [&["clause"], required].concat();
        let table = self.table(path, value, &required, optional)?;
        self.clause(path, table);
        Some(table)
    }

    /// A table with these members and no other.
    fn table<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        required: &[&str],
        optional: &[&str],
    ) -> Section<'v> {
        let all = || quoted(&[required, optional].concat());
        let Some(table) = value.as_object() else {
            self.report(path, shown(value), format!("a table with {}", all()));
            return None;
        };
        for name in required.iter().filter(|name| !table.contains_key(**name)) {
            self.report(&join(path, name), "nothing".to_owned(), format!("`{name}` is needed"));
        }
        for name in table.keys() {
            if !required.contains(&name.as_str()) && !optional.contains(&name.as_str()) {
                self.report(&join(path, name), "a key that is not known".to_owned(), all());
            }
        }
        Some(table)
    }

    fn clause(&mut self, path: &str, table: &Map<String, Value>) {
        let Some(value) = table.get("clause") else { return };
        let fits = value.as_str().is_some_and(|text| {
            let plain = |c: char| c.is_alphanumeric() || " .()§/-".contains(c);
            !text.trim().is_empty() && text.chars().count() <= 30 && text.chars().all(plain)
        });
        if !fits {
            let allowed = "the number of the clause as text, such as \"4.1\"";
            self.report(&join(path, "clause"), shown(value), allowed);
        }
    }

    /// The member at the end of `path` is one of these texts.
    fn choice(&mut self, path: &str, section: Section<'_>, allowed: &[&str]) {
        let Some(value) = member(path, section) else { return };
        if !value.as_str().is_some_and(|text| allowed.contains(&text)) {
            self.report(path, shown(value), quoted(allowed));
        }
    }

    /// The member at the end of `path` is a whole number of `what` between these.
    fn number(&mut self, path: &str, section: Section<'_>, what: &str, least: u64, most: u64) {
        let Some(value) = member(path, section) else { return };
        if !value.as_u64().is_some_and(|number| (least..=most).contains(&number)) {
            self.report(path, shown(value), format!("whole {what} from {least} to {most}"));
        }
    }

    /// The member at the end of `path` is a list of these texts.
    fn list(&mut self, path: &str, section: Section<'_>, allowed: &[&str]) {
        let Some(value) = member(path, section) else { return };
        self.items(path, value, |text| allowed.contains(&text), || quoted(allowed));
    }

    /// As [`Check::list`], of short names in lower case; `what` they are.
    fn slugs(&mut self, path: &str, section: Section<'_>, what: &str) {
        let Some(value) = member(path, section) else { return };
        self.items(path, value, is_slug, || format!("{what}: lower-case letters, digits and `-`"));
    }

    /// A list at the end of `path` that has at least one item.
    fn not_empty(&mut self, path: &str, section: Section<'_>) {
        if member(path, section).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            self.report(path, "an empty list".to_owned(), "at least one");
        }
    }

    fn items(
        &mut self,
        path: &str,
        value: &Value,
        fits: impl Fn(&str) -> bool,
        allowed: impl Fn() -> String,
    ) {
        let Some(items) = value.as_array() else {
            self.report(path, shown(value), format!("a list of {}", allowed()));
            return;
        };
        for (i, item) in items.iter().enumerate() {
            if !item.as_str().is_some_and(&fits) {
                self.report(&format!("{path}[{i}]"), shown(item), allowed());
            }
        }
    }
}

/// Names of all types that can be released.
fn types() -> Vec<&'static str> {
    kinds::all().iter().map(|kind| kind.name).collect()
}

/// Lower-case letters, digits and `-`.
pub(crate) fn is_slug(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !text.is_empty() && text.len() <= 60 && text.bytes().all(plain)
}

/// The member that the last part of a path names.
fn member<'v>(path: &str, section: Section<'v>) -> Option<&'v Value> {
    section?.get(path.rsplit('.').next()?)
}

/// `fields` and `a.b` → `fields."a.b"`.
pub(crate) fn join(path: &str, name: &str) -> String {
    let name = if name.contains('.') { format!("\"{name}\"") } else { name.to_owned() };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn quoted(names: &[&str]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", shorten(text)),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "a table".to_owned(),
        other => format!("`{other}`"),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}
