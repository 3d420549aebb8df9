//! What may leave.

use super::{Arg, Page, Sentence};
use crate::kinds::{self, Kind};
use crate::{Documents, Otherwise, Terms, Text, TypeFields};

impl Page {
    pub(super) fn data(&mut self, terms: &Terms) {
        let types = &terms.types;
        let code = if types.allowed.is_empty() { "types-none" } else { "types" };
        self.put(Sentence::of(&types.clause, code).some("types", "type", &types.allowed));
        match &terms.ids {
            Some(ids) if !ids.original.is_empty() => {
                self.put(Sentence::of(&ids.clause, "ids-original").words(
                    "types",
                    "type",
                    &ids.original,
                ));
            }
            _ => self.say("ids-twins"),
        }
        for kind in terms.types.allowed.iter().filter_map(|name| kinds::kind(name)) {
            self.fields(kind, terms);
        }
        self.put(
            Sentence::of(&terms.tlp.clause, "tlp").text("max", terms.tlp.max.name().to_uppercase()),
        );
        if terms.tlp.red.is_some() {
            self.put(Sentence::of(&terms.tlp.clause, "tlp-red"));
        }
        let subjects = &terms.subjects;
        let code = if subjects.allowed.is_empty() { "subjects-none" } else { "subjects" };
        self.put(Sentence::of(&subjects.clause, code).some(
            "categories",
            "category",
            &subjects.allowed,
        ));
        let kinds = &terms.identifiers;
        let code = if kinds.allowed.is_empty() { "identifiers-none" } else { "identifiers" };
        self.put(Sentence::of(&kinds.clause, code).some("kinds", "identifier", &kinds.allowed));
        self.sourcing(terms);
        self.handling(terms);
        let code = match terms.text.leaves {
            Text::None => "text-none",
            Text::TearLine => "text-tear-line",
        };
        self.put(Sentence::of(&terms.text.clause, code));
        let code = match terms.documents.leaves {
            Documents::None => "documents-none",
            Documents::Flattened => "documents-flattened",
            Documents::Originals => "documents-originals",
        };
        self.put(Sentence::of(&terms.documents.clause, code));
    }

    /// What leaves of one type: kept, reduced, left out of what is kept.
    fn fields(&mut self, kind: &Kind, terms: &Terms) {
        let empty = TypeFields::default();
        let fields = terms.fields.get(kind.name);
        let named = fields.is_some_and(|f| !f.keep.is_empty() || !f.generalise.is_empty());
        let clause = fields.map_or(&terms.types.clause, |fields| &fields.clause);
        let fields = fields.unwrap_or(&empty);
        let of_type = |code| Sentence::of(clause, code).words("type", "type", [kind.name]);
        if !named {
            self.put(of_type("fields-none"));
        }
        if !fields.keep.is_empty() {
            self.put(of_type("fields").words("properties", "property", &fields.keep));
        }
        if !fields.generalise.is_empty() {
            let reduced = fields.generalise.iter().map(|(path, mask)| {
                let sentence = Sentence::new("reduced").words("property", "property", [path]);
                sentence.words("mask", "mask", [mask.to_string()])
            });
            let reduced = Arg::Sentences(reduced.collect());
            self.put(of_type("fields-reduced").with("properties", reduced));
        }
        if !fields.drop.is_empty() {
            self.put(of_type("fields-dropped").words("properties", "property", &fields.drop));
        }
        if let Some(missing) = missing(kind, fields, terms) {
            self.put(of_type("fields-missing").words("properties", "property", missing));
        }
    }

    fn sourcing(&mut self, terms: &Terms) {
        match &terms.evaluation {
            None => self.say("evaluation-none"),
            Some(term) => {
                let floors = term.floor.iter().map(|(scheme, floor)| format!("{scheme} {floor}"));
                let floors: Vec<String> = floors.collect();
                let code = if floors.is_empty() { "evaluation-nothing" } else { "evaluation" };
                self.put(Sentence::of(&term.clause, code).some("floors", "name", &floors));
                self.put(Sentence::of(
                    &term.clause,
                    match term.unevaluated {
                        Otherwise::Leaves => "unevaluated-leaves",
                        Otherwise::Stays => "unevaluated-stays",
                    },
                ));
            }
        }
        match &terms.age {
            None => self.say("age-none"),
            Some(term) => {
                self.put(Sentence::of(&term.clause, "age").count("days", term.days));
                self.put(Sentence::of(
                    &term.clause,
                    match term.undated {
                        Otherwise::Leaves => "undated-leaves",
                        Otherwise::Stays => "undated-stays",
                    },
                ));
            }
        }
    }

    fn handling(&mut self, terms: &Terms) {
        let term = &terms.handling;
        let codes = |list: &[enlace_stix::marking::Handling]| -> Vec<String> {
            list.iter().map(|code| format!("{code:?}")).collect()
        };
        let code = if term.allowed.is_empty() { "handling-none" } else { "handling" };
        self.put(Sentence::of(&term.clause, code).some("codes", "handling", &codes(&term.allowed)));
        if !term.stamp.is_empty() {
            self.put(Sentence::of(&term.clause, "stamp").words(
                "codes",
                "handling",
                codes(&term.stamp),
            ));
        }
        let code = if term.caveats.is_empty() { "caveats-none" } else { "caveats" };
        self.put(Sentence::of(&term.clause, code).some("caveats", "caveat", &term.caveats));
        let colours: Vec<String> = term.pap.iter().map(|pap| pap.name().to_owned()).collect();
        let code = if colours.is_empty() { "pap-none" } else { "pap" };
        self.put(Sentence::of(&term.clause, code).some("colours", "name", &colours));
    }
}

/// What a type needs and no clause lets out: such objects never leave. Of several of which one must be
/// there, all are named if none leaves.
fn missing(kind: &Kind, fields: &TypeFields, terms: &Terms) -> Option<Vec<&'static str>> {
    let leaves = |name: &str| {
        let is_slot = kind.title == Some(name) || kind.text == Some(name);
        let named = fields.keep.iter().chain(fields.generalise.keys());
        let mut named = named.filter(|path| path.split('.').next() == Some(name));
        is_slot && terms.text.leaves == Text::TearLine
            || named.any(|path| !stopped(kind, path, terms))
    };
    let mut missing: Vec<&str> =
        kind.required.iter().filter(|name| !leaves(name)).copied().collect();
    let extension = |path: &String| {
        let short = path.split('.').next().unwrap_or_default();
        kind.extensions().any(|name| name == short)
    };
    let by_extension = kind.one_of.contains(&"extensions") && fields.keep.iter().any(extension);
    if !kind.one_of.is_empty() && !by_extension && !kind.one_of.iter().any(|name| leaves(name)) {
        missing.extend(kind.one_of);
    }
    (!missing.is_empty()).then_some(missing)
}

/// Whether the clause on identifiers takes what a kept property is or cannot be without.
fn stopped(kind: &Kind, path: &str, terms: &Terms) -> bool {
    let allowed = |kind: &str| terms.identifiers.allowed.iter().any(|allowed| allowed == kind);
    kind.fields().iter().any(|field| {
        let below = field.path.strip_prefix(path);
        let needed = match below {
            Some("") => true,
            Some(rest) => rest.starts_with('.') && field.required,
            None => false,
        };
        needed && field.identifier.is_some_and(|kind| !allowed(kind))
    })
}
