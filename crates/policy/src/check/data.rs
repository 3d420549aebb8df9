//! What data may leave: types, markings, persons, identifiers, sourcing, age.

use serde_json::{Map, Value};

use super::{Check, Section, is_slug, join, member, quoted, shown, types};
use crate::evaluation;
use crate::kinds::IDENTIFIERS;
use crate::terms::CATEGORIES;

/// Colours that a term can name: red goes to named persons and never into a collection.
pub(super) const TLP: &[&str] = &["clear", "green", "amber", "amber+strict"];
const RED: &[&str] = &["named-persons"];
const HANDLING: &[&str] = &["H0", "H1", "H2", "H3"];
const PAP: &[&str] = &["clear", "green", "amber", "red"];
const OTHERWISE: &[&str] = &["leaves", "stays"];
/// Caveats that no clause can let out.
const NEVER: &str = "source-identity";

impl Check {
    pub(super) fn data(&mut self, terms: &Map<String, Value>) {
        let section = self.section(terms, "types", &["allowed"], &[]);
        self.list("types.allowed", section, &types());

        let section = self.section(terms, "ids", &["original"], &[]);
        self.list("ids.original", section, &types());

        let section = self.section(terms, "tlp", &["max"], &["red"]);
        self.choice("tlp.max", section, TLP);
        self.choice("tlp.red", section, RED);

        let section = self.section(terms, "subjects", &["allowed"], &[]);
        self.list("subjects.allowed", section, CATEGORIES);

        let section = self.section(terms, "identifiers", &["allowed"], &[]);
        self.list("identifiers.allowed", section, IDENTIFIERS);

        let section = self.section(terms, "evaluation", &["unevaluated", "floor"], &[]);
        self.choice("evaluation.unevaluated", section, OTHERWISE);
        self.floor(section);

        let section = self.section(terms, "age", &["days"], &["undated"]);
        self.number("age.days", section, "days", 1, 36_500);
        self.choice("age.undated", section, OTHERWISE);

        let optional = ["caveats", "pap"];
        let section = self.section(terms, "handling", &["allowed", "stamp"], &optional);
        self.list("handling.allowed", section, HANDLING);
        self.list("handling.stamp", section, HANDLING);
        self.caveats(section);
        self.list("handling.pap", section, PAP);

        let section = self.section(terms, "text", &["leaves"], &[]);
        self.choice("text.leaves", section, &["none", "tear-line"]);

        let section = self.section(terms, "documents", &["leaves"], &[]);
        self.choice("documents.leaves", section, &["none", "flattened", "originals"]);
    }

    fn caveats(&mut self, handling: Section<'_>) {
        let Some(value) = member("handling.caveats", handling) else { return };
        let fits = |text: &str| text != NEVER && is_slug(text);
        let allowed = || format!("caveats in lower case; `{NEVER}` never leaves");
        self.items("handling.caveats", value, fits, allowed);
    }

    fn floor(&mut self, section: Section<'_>) {
        let path = "evaluation.floor";
        let Some(value) = member(path, section) else { return };
        let schemes = evaluation::schemes();
        let Some(table) = value.as_object() else {
            let allowed = format!("a table: scheme = grade, schemes {}", quoted(&schemes));
            self.report(path, shown(value), allowed);
            return;
        };
        for (scheme, floor) in table {
            let path = join(path, scheme);
            let Some(allowed) = evaluation::allowed(scheme) else {
                self.report(&path, "a scheme that is not known".to_owned(), quoted(&schemes));
                continue;
            };
            if floor.as_str().and_then(|floor| evaluation::at_least(scheme, floor)).is_none() {
                self.report(&path, shown(floor), allowed);
            }
        }
    }
}
