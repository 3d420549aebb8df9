//! Gathers findings; a path costs nothing until something is found.

use std::fmt;

use serde_json::Value;

use super::custom::Custom;
use super::{Finding, Rule};

/// So many findings of one object are kept: a hostile object cannot fill the memory.
const MOST: usize = 1000;

/// Where in the object the check stands; rendered as a selector (§7.2.3).
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub(super) fn member(&'a self, name: &'a str) -> Path<'a> {
        Path::Member(self, name)
    }

    pub(super) fn item(&'a self, index: usize) -> Path<'a> {
        Path::Item(self, index)
    }

    /// The selector, cut to 500 characters.
    fn shown(&self) -> String {
        let whole = self.to_string();
        if whole.len() <= 500 { whole } else { whole.chars().take(500).collect() }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Member(Path::Root, name) => f.write_str(name),
            Path::Member(above, name) => write!(f, "{above}.{name}"),
            Path::Item(above, index) => write!(f, "{above}.[{index}]"),
        }
    }
}

/// The findings of one object.
pub(super) struct Report {
    /// Section that describes what is checked just now: at first the object's type.
    pub(super) section: &'static str,
    /// How properties stand that no table lists.
    pub(super) custom: Custom,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(section: &'static str) -> Self {
        Self { section, custom: Custom::UNDEFINED, findings: Vec::new() }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// A rule of the standard as a whole is broken.
    pub(super) fn add(&mut self, rule: Rule, path: &Path<'_>, found: impl Found) {
        self.push(rule, rule.section, path, found.shown(), rule.sentence.to_owned());
    }

    /// The same, saying more exactly what was expected.
    pub(super) fn expect(
        &mut self,
        rule: Rule,
        path: &Path<'_>,
        found: impl Found,
        expected: impl Into<String>,
    ) {
        self.push(rule, rule.section, path, found.shown(), expected.into());
    }

    /// A rule about a property of this type: the finding names the type's section.
    pub(super) fn expect_of_type(
        &mut self,
        rule: Rule,
        path: &Path<'_>,
        found: impl Found,
        expected: impl Into<String>,
    ) {
        self.push(rule, self.section, path, found.shown(), expected.into());
    }

    /// A rule that `section` states for this place.
    pub(super) fn add_in(
        &mut self,
        section: &'static str,
        rule: Rule,
        path: &Path<'_>,
        found: impl Found,
    ) {
        self.push(rule, section, path, found.shown(), rule.sentence.to_owned());
    }

    /// Checks something that `section` describes: findings about its properties name that section.
    pub(super) fn in_section(&mut self, section: &'static str, check: impl FnOnce(&mut Self)) {
        let of_type = std::mem::replace(&mut self.section, section);
        check(self);
        self.section = of_type;
    }

    fn push(
        &mut self,
        rule: Rule,
        section: &'static str,
        path: &Path<'_>,
        found: String,
        expected: String,
    ) {
        if self.findings.len() < MOST {
            let (level, rule) = (rule.level, rule.code);
            let path = path.shown();
            self.findings.push(Finding { level, rule, path, section, found, expected });
        }
    }
}

/// What stands in the object, shortened for a message.
pub(super) trait Found {
    fn shown(self) -> String;
}

impl Found for &str {
    fn shown(self) -> String {
        shorten(self)
    }
}

impl Found for &Value {
    fn shown(self) -> String {
        match self {
            Value::String(text) => shorten(text),
            Value::Array(items) => format!("a list of {}", items.len()),
            Value::Object(members) => format!("a dictionary of {}", members.len()),
            other => other.to_string(),
        }
    }
}

fn shorten(text: &str) -> String {
    if text.len() <= 120 {
        return text.to_owned();
    }
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
