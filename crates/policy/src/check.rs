//! Checks the terms of an agreement, value by value, and says what is allowed.
//!
//! One checker for both ways in: the TOML draft of our own officer (paths become lines) and the
//! agreement object of a partner.

use serde_json::{Map, Value};

use crate::{
    kinds,
    mask::{MASK_NAMES, Mask},
    terms::{CATEGORIES, PURPOSES},
};

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

const TLP: &[&str] = &["clear", "green", "amber", "amber+strict"];
const HANDLING: &[&str] = &["H0", "H1", "H2", "H3"];
/// Caveats that no clause can let out.
const NEVER: &str = "source-identity";

/// Problems of the `terms` of an agreement whose parties have these key ids.
pub(crate) fn terms(value: &Value, parties: &[String]) -> Vec<Problem> {
    let mut check = Check { problems: Vec::new() };
    let Some(terms) = check.table("", value, SECTIONS, &["fields"]) else { return check.problems };
    let mut section = |name: &str, members: &[&str]| -> Option<Map<String, Value>> {
        let optional: &[&str] = if name == "handling" { &["caveats"] } else { &[] };
        let table = check.table(name, terms.get(name)?, members, optional)?;
        check.clause(name, table);
        Some(table.clone())
    };
    let purposes = section("purposes", &["clause", "allowed"]);
    let recipients = section("recipients", &["clause", "units"]);
    let types = section("types", &["clause", "allowed"]);
    let tlp = section("tlp", &["clause", "max"]);
    let subjects = section("subjects", &["clause", "allowed"]);
    let handling = section("handling", &["clause", "allowed", "stamp"]);
    let text = section("text", &["clause", "leaves"]);
    let documents = section("documents", &["clause", "leaves"]);
    let onward = section("onward", &["clause", "rule"]);
    let retention = section("retention", &["clause", "days"]);
    let approval = section("approval", &["clause", "rule"]);
    let acceptance = section("acceptance", &["clause", "rule"]);
    section("validity", &["clause"]);

    let units: Vec<&str> = parties.iter().map(String::as_str).collect();
    let types_known: Vec<&str> = kinds::all().iter().map(|k| k.name).collect();
    check.list("purposes.allowed", &purposes, PURPOSES);
    check.list("recipients.units", &recipients, &units);
    check.list("types.allowed", &types, &types_known);
    check.choice("tlp.max", &tlp, TLP);
    check.list("subjects.allowed", &subjects, CATEGORIES);
    check.list("handling.allowed", &handling, HANDLING);
    check.list("handling.stamp", &handling, HANDLING);
    check.caveats(&handling);
    check.choice("text.leaves", &text, &["none", "tear-line"]);
    check.choice("documents.leaves", &documents, &["none", "originals"]);
    check.choice("onward.rule", &onward, &["none", "with-consent"]);
    check.choice("approval.rule", &approval, &["one-officer", "four-eyes"]);
    check.choice("acceptance.rule", &acceptance, &["automatic", "person"]);
    check.days(&retention);
    check.fields(terms.get("fields"));
    check.problems
}

const SECTIONS: &[&str] = &[
    "validity",
    "purposes",
    "recipients",
    "types",
    "tlp",
    "subjects",
    "handling",
    "text",
    "documents",
    "onward",
    "retention",
    "approval",
    "acceptance",
];

struct Check {
    problems: Vec<Problem>,
}

type Section = Option<Map<String, Value>>;

impl Check {
    fn report(&mut self, path: &str, found: String, allowed: impl Into<String>) {
        self.problems.push(Problem { path: path.to_owned(), found, allowed: allowed.into() });
    }

    /// A table with these members and no other.
    fn table<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        required: &[&str],
        optional: &[&str],
    ) -> Option<&'v Map<String, Value>> {
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

    fn choice(&mut self, path: &str, section: &Section, allowed: &[&str]) {
        let Some(value) = member(path, section) else { return };
        if !value.as_str().is_some_and(|text| allowed.contains(&text)) {
            self.report(path, shown(value), quoted(allowed));
        }
    }

    fn list(&mut self, path: &str, section: &Section, allowed: &[&str]) {
        let Some(value) = member(path, section) else { return };
        self.items(path, value, |text| allowed.contains(&text), || quoted(allowed));
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

    fn caveats(&mut self, handling: &Section) {
        let Some(value) = member("handling.caveats", handling) else { return };
        let fits = |text: &str| text != NEVER && is_slug(text);
        let allowed = || format!("caveats in lower case; `{NEVER}` never leaves");
        self.items("handling.caveats", value, fits, allowed);
    }

    fn days(&mut self, retention: &Section) {
        let Some(value) = member("retention.days", retention) else { return };
        if !value.as_u64().is_some_and(|days| (1..=36_500).contains(&days)) {
            self.report("retention.days", shown(value), "whole days from 1 to 36500");
        }
    }

    fn fields(&mut self, fields: Option<&Value>) {
        let Some(fields) = fields else { return };
        let Some(table) = fields.as_object() else {
            self.report("fields", shown(fields), "a table for each object type");
            return;
        };
        for (name, value) in table {
            let path = join("fields", name);
            let Some(kind) = kinds::kind(name) else {
                let known: Vec<&str> = kinds::all().iter().map(|k| k.name).collect();
                self.report(&path, "a type that is not known".to_owned(), quoted(&known));
                continue;
            };
            let optional = &["keep", "generalise"];
            let Some(table) = self.table(&path, value, &["clause"], optional) else { continue };
            self.clause(&path, table);
            self.kept(&join(&path, "keep"), kind, table.get("keep"));
            self.generalised(&join(&path, "generalise"), kind, table);
            self.once(&path, table);
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

    fn property(&mut self, path: &str, kind: &kinds::Kind, property: &str) {
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

/// Lower-case letters, digits and `-`.
pub(crate) fn is_slug(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !text.is_empty() && text.len() <= 60 && text.bytes().all(plain)
}

fn member<'s>(path: &str, section: &'s Section) -> Option<&'s Value> {
    section.as_ref()?.get(path.rsplit('.').next()?)
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
