//! What follows: passing on, queries, deadlines, retention, approval, standing rules, acceptance.

use serde_json::{Map, Value};

use super::data::TLP;
use super::{Check, Section, is_slug, join, member, shown, types};
use crate::kinds;
use crate::terms::{CATEGORIES, NOTHING, PURPOSES};

const ONWARD: &[&str] = &["none", "with-consent", "parties-only", "classes"];
const APPROVAL: &[&str] = &["automatic", "one-officer", "four-eyes"];

impl Check {
    pub(super) fn after(&mut self, terms: &Map<String, Value>) {
        let section = self.section(terms, "onward", &["rule"], &["classes"]);
        self.choice("onward.rule", section, ONWARD);
        self.slugs("onward.classes", section, "classes of units");
        self.goes_with("onward.classes", section, "classes", true);

        let section = self.section(terms, "match", &["kinds", "daily_quota"], &[]);
        self.list("match.kinds", section, &kinds::matchable());
        self.number("match.daily_quota", section, "queries", 1, 1_000_000);

        let members = ["urgent_direct_hours", "urgent_indirect_days", "other_days"];
        let section = self.section(terms, "deadlines", &members, &[]);
        self.number("deadlines.urgent_direct_hours", section, "hours", 1, 720);
        self.number("deadlines.urgent_indirect_days", section, "days", 1, 365);
        self.number("deadlines.other_days", section, "days", 1, 365);

        let section = self.section(terms, "retention", &["days"], &["review_days"]);
        self.number("retention.days", section, "days", 1, 36_500);
        let days = member("days", section).and_then(Value::as_u64);
        self.number("retention.review_days", section, "days", 1, days.unwrap_or(36_500));

        let section = self.section(terms, "approval", &["rule"], &["when"]);
        self.choice("approval.rule", section, APPROVAL);
        self.each("approval.when", member("when", section), Self::condition);

        self.each("standing", terms.get("standing"), |check, path, value| {
            check.standing(path, value, terms);
        });
        self.names(terms.get("standing"));

        let section = self.section(terms, "answer", &["nothing", "after_hours"], &[]);
        self.choice("answer.nothing", section, &[NOTHING]);
        self.number("answer.after_hours", section, "hours", 1, 8_760);

        let section = self.section(terms, "slots", &["minutes"], &[]);
        self.number("slots.minutes", section, "minutes", 1, 10_080);

        let section = self.section(terms, "acceptance", &["rule"], &["types"]);
        self.choice("acceptance.rule", section, &["automatic", "person"]);
        self.list("acceptance.types", section, &types());
        self.goes_with("acceptance.types", section, "automatic", false);
    }

    /// A member that stands only beside `rule = "RULE"`; `needed` there.
    fn goes_with(&mut self, path: &str, section: Section<'_>, rule: &str, needed: bool) {
        let found = member(path, section);
        let fits = member("rule", section).and_then(Value::as_str) == Some(rule);
        if let (Some(value), false) = (found, fits) {
            self.report(path, shown(value), format!("nothing unless `rule = \"{rule}\"`"));
        }
        if section.is_some() && found.is_none() && fits && needed {
            self.report(path, "nothing".to_owned(), format!("a list, as `rule = \"{rule}\"` asks"));
        }
    }

    /// Every table of a list of tables.
    fn each(
        &mut self,
        path: &str,
        value: Option<&Value>,
        mut item: impl FnMut(&mut Self, &str, &Value),
    ) {
        let Some(value) = value else { return };
        let Some(items) = value.as_array() else {
            self.report(path, shown(value), format!("tables `[[{path}]]`"));
            return;
        };
        for (i, value) in items.iter().enumerate() {
            item(self, &format!("{path}[{i}]"), value);
        }
    }

    /// One `[[approval.when]]`.
    fn condition(&mut self, path: &str, value: &Value) {
        let conditions = ["types", "categories", "tlp", "purposes", "documents"];
        let Some(table) = self.table(path, value, &["rule"], &conditions) else { return };
        let at = |name: &str| join(path, name);
        let section = Some(table);
        self.choice(&at("rule"), section, APPROVAL);
        for (name, allowed) in
            [("types", &*types()), ("categories", CATEGORIES), ("purposes", PURPOSES)]
        {
            self.list(&at(name), section, allowed);
            self.not_empty(&at(name), section);
        }
        self.choice(&at("tlp"), section, TLP);
        if let Some(value) = table.get("documents").filter(|v| **v != Value::Bool(true)) {
            self.report(&at("documents"), shown(value), "`true`");
        }
        if !conditions.iter().any(|name| table.contains_key(*name)) {
            let allowed = "at least one of `types`, `categories`, `tlp`, `purposes`, `documents`";
            self.report(path, "no condition".to_owned(), allowed);
        }
    }

    /// One `[[standing]]`.
    fn standing(&mut self, path: &str, value: &Value, terms: &Map<String, Value>) {
        let required = ["name", "type", "purpose"];
        let section = self.clauses(path, value, &required, &["where"]);
        let at = |name: &str| join(path, name);
        let agreed = |section: &str| -> Vec<&str> {
            let list = terms.get(section).and_then(|s| s.get("allowed")).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).collect()
        };
        if let Some(value) = member("name", section)
            && !value.as_str().is_some_and(is_slug)
        {
            self.report(&at("name"), shown(value), "lower-case letters, digits and `-`");
        }
        self.choice(&at("type"), section, &agreed("types"));
        self.choice(&at("purpose"), section, &agreed("purposes"));
        let Some(has) = member("where", section) else { return };
        let path = at("where");
        let Some(has) = has.as_object() else {
            self.report(&path, shown(has), "a table: property = list of values");
            return;
        };
        let kind = member("type", section).and_then(Value::as_str).and_then(kinds::kind);
        for (property, values) in has {
            let path = join(&path, property);
            if let Some(kind) = kind {
                self.property(&path, kind, property);
            }
            self.items(&path, values, |_| true, || "texts".to_owned());
            if values.as_array().is_some_and(Vec::is_empty) {
                self.report(&path, "an empty list".to_owned(), "at least one");
            }
        }
    }

    /// Each standing rule has a name of its own.
    fn names(&mut self, standing: Option<&Value>) {
        let mut seen = std::collections::BTreeSet::new();
        for (i, rule) in standing.and_then(Value::as_array).into_iter().flatten().enumerate() {
            if let Some(name) = rule.get("name").and_then(Value::as_str)
                && !seen.insert(name)
            {
                let path = format!("standing[{i}].name");
                self.report(&path, format!("`{name}` twice"), "a name of its own");
            }
        }
    }
}
