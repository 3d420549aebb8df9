//! The fields of one object after masks and granular markings, before references are closed.

use std::borrow::Cow;
use std::collections::HashSet;

use enlace_policy::{Ask, Clause, Decision, Mask, Policy, Text, kinds};
use enlace_stix::marking::{Effective, Markings};
use enlace_stix::{Id, Object, types};
use serde_json::{Map, Value};

/// What may leave of one object, if its references allow it.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Sorted by path.
    pub(crate) fields: Vec<Field>,
    /// Join of the markings of everything that is kept.
    pub(crate) marking: Effective,
}

/// One property of the object or of an extension.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// As clauses name it: `person.names`.
    pub(crate) path: String,
    /// Short name of the property extension that it stands in.
    pub(crate) extension: Option<&'static str>,
    /// Property name inside object or extension.
    pub(crate) name: String,
    /// Value held; `None` where the original has none (a tear-line adds one).
    pub(crate) before: Option<Value>,
    /// Value that may leave, references still those of originals.
    pub(crate) kept: Option<Value>,
    /// Why.
    pub(crate) clause: Clause,
    /// Whether the value comes from the tear-line.
    pub(crate) tear: bool,
}

impl Draft {
    /// Texts of the tear-line that would leave.
    pub(crate) fn tear_texts(&self) -> Vec<&str> {
        let tears = self.fields.iter().filter(|f| f.tear);
        tears.filter_map(|f| f.kept.as_ref().and_then(Value::as_str)).collect()
    }

    /// Drops the tear-line.
    pub(crate) fn drop_tear(&mut self, clause: &Clause) {
        for field in self.fields.iter_mut().filter(|f| f.tear) {
            field.kept = None;
            field.clause = clause.clone();
        }
    }

    /// Every text of the original that leaves as it is.
    pub(crate) fn released_texts(&self) -> HashSet<&str> {
        fn collect<'v>(value: &'v Value, into: &mut HashSet<&'v str>) {
            match value {
                Value::String(text) => {
                    into.insert(text);
                }
                Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
                Value::Object(members) => members.values().for_each(|v| collect(v, into)),
                _ => {}
            }
        }
        let mut found = HashSet::new();
        let fields = self.fields.iter().filter(|f| !f.tear);
        fields.filter_map(|f| f.kept.as_ref()).for_each(|value| collect(value, &mut found));
        found
    }
}

/// Masks the fields of a permitted object; an unknown extension withholds it.
pub(crate) fn draft(
    object: &Object,
    kind: &kinds::Kind,
    markings: &Markings<'_>,
    policy: &Policy,
    ask: &Ask,
) -> Result<Draft, Clause> {
    let marking = markings.object().clone();
    let mut masker = Masker { kind, markings, policy, ask, marking, why: None };
    let mut fields = Vec::new();
    for (name, value) in object.view() {
        let written_anew = kinds::ENVELOPE.contains(&name.as_str());
        let slot = kind.title == Some(name) || kind.text == Some(name);
        if !written_anew && !slot {
            fields.push(masker.field(None, name, name, name, value));
        }
    }
    extensions(object, &mut masker, &mut fields)?;
    fields.extend(masker.tear_line(object));
    fields.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Draft { fields, marking: masker.marking })
}

fn extensions(
    object: &Object,
    masker: &mut Masker<'_, '_>,
    fields: &mut Vec<Field>,
) -> Result<(), Clause> {
    let unknown =
        |id: &str| Clause::private("unknown-extension", "private-unknown-extension").with("id", id);
    let Some(extensions) = object.get("extensions") else { return Ok(()) };
    let Some(extensions) = extensions.as_object() else { return Err(unknown("")) };
    let own = kinds::own_definition(masker.kind.name).map(|(id, _)| id);
    for (id, body) in extensions {
        if Some(id) == own.as_ref() {
            continue;
        }
        let known = types::by_definition(id).filter(|e| e.kind == types::Kind::Property);
        let listed = known.and_then(|e| kinds::extensions().find(|name| *name == e.name));
        match (listed, known, body.as_object()) {
            (Some(short), _, Some(body)) => {
                for (name, value) in body.iter().filter(|(name, _)| *name != "extension_type") {
                    let (path, real) =
                        (format!("{short}.{name}"), format!("extensions.{id}.{name}"));
                    fields.push(masker.field(Some(short), name, &path, &real, value));
                }
            }
            (None, Some(inside), _) if inside.name == "tear-line" => {}
            // Known and never named by a clause: provenance, handling.
            (None, Some(inside), _) => fields.push(dropped(inside.name, body)),
            (None, None, _) if is_predefined(id) => fields.push(dropped(id, body)),
            _ => return Err(unknown(id)),
        }
    }
    Ok(())
}

/// Extensions of observables that the standard itself defines: `archive-ext` (chapter 6).
fn is_predefined(id: &str) -> bool {
    [
        "archive-ext",
        "ntfs-ext",
        "pdf-ext",
        "raster-image-ext",
        "windows-pebinary-ext",
        "http-request-ext",
        "icmp-ext",
        "socket-ext",
        "tcp-ext",
        "windows-process-ext",
        "windows-service-ext",
        "unix-account-ext",
    ]
    .contains(&id)
}

fn dropped(path: &str, body: &Value) -> Field {
    Field {
        path: path.to_owned(),
        extension: None,
        name: path.to_owned(),
        before: Some(body.clone()),
        kept: None,
        clause: Clause::deny(),
        tear: false,
    }
}

struct Masker<'a, 'd> {
    kind: &'a kinds::Kind,
    markings: &'a Markings<'d>,
    policy: &'a Policy,
    ask: &'a Ask,
    marking: Effective,
    /// First reason for which a part of the present field was cut.
    why: Option<Clause>,
}

impl Masker<'_, '_> {
    fn field(
        &mut self,
        extension: Option<&'static str>,
        name: &str,
        path: &str,
        real: &str,
        value: &Value,
    ) -> Field {
        self.why = None;
        let (_, clause) = self.policy.mask(self.kind.name, path);
        let clause = clause.clone();
        let kept = self.mask(path, real, name, value);
        let clause = self.why.take().unwrap_or(clause);
        let before = Some(value.clone());
        Field { path: path.into(), extension, name: name.into(), before, kept, clause, tear: false }
    }

    fn because(&mut self, clause: Clause) -> Option<Value> {
        self.why.get_or_insert(clause);
        None
    }

    fn mask(&mut self, path: &str, real: &str, name: &str, value: &Value) -> Option<Value> {
        if self.kind.is_free_text(path) {
            return self.because(Clause::product("default.free-text", "free-text"));
        }
        let policy = self.policy;
        match policy.mask(self.kind.name, path) {
            (Mask::Drop, clause) => self.because(clause.clone()),
            (Mask::Keep, _) => self.cut(real, name, value),
            (Mask::Parts, _) => self.parts(path, real, value),
            (mask, clause) => {
                // Reduced as a whole or not at all: a part that may not leave stops the rest.
                let whole = self.cut(real, name, value)?;
                let reduced = if whole == *value { mask.apply(&whole) } else { None };
                let id = clause.id.clone();
                reduced.or_else(|| {
                    let clause = Clause::agreement(&id, "field-not-reducible");
                    self.because(clause.with("mask", mask.to_string()))
                })
            }
        }
    }

    /// Only the members that a clause names; lists are looked through.
    fn parts(&mut self, path: &str, real: &str, value: &Value) -> Option<Value> {
        match value {
            Value::Object(members) => {
                let mut kept = Map::new();
                for (name, value) in members {
                    // A dot in a member's name would make it look like a path of its own.
                    if name.contains('.') || holds_identifier(name) {
                        continue;
                    }
                    let (path, real) = (format!("{path}.{name}"), format!("{real}.{name}"));
                    let before = self.why.take();
                    if let Some(value) = self.mask(&path, &real, name, value) {
                        kept.insert(name.clone(), value);
                    }
                    // That other parts stay is said by the clause of the field.
                    self.why = before;
                }
                if kept.is_empty() { self.because(Clause::deny()) } else { Some(kept.into()) }
            }
            Value::Array(items) => {
                let kept: Vec<Value> = items
                    .iter()
                    .enumerate()
                    .filter_map(|(i, item)| match item {
                        Value::Object(_) => self.parts(path, &format!("{real}.[{i}]"), item),
                        _ => None,
                    })
                    .collect();
                if kept.is_empty() { self.because(Clause::deny()) } else { Some(kept.into()) }
            }
            _ => self.because(Clause::deny()),
        }
    }

    /// A kept value without the parts that are marked stricter, free text and identifiers.
    fn cut(&mut self, real: &str, name: &str, value: &Value) -> Option<Value> {
        match value {
            Value::Object(members) => {
                let mut kept = Map::new();
                for (name, value) in members {
                    if self.kind.is_free_text(&format!("{real}.{name}")) {
                        self.because(Clause::product("default.free-text", "free-text"));
                    } else if holds_identifier(name) {
                        self.identifier();
                    } else if let Some(v) = self.cut(&format!("{real}.{name}"), name, value) {
                        kept.insert(name.clone(), v);
                    }
                }
                if kept.is_empty() { self.because(Clause::deny()) } else { Some(kept.into()) }
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let kept: Vec<Value> = items
                    .filter_map(|(i, item)| self.cut(&format!("{real}.[{i}]"), name, item))
                    .collect();
                if kept.is_empty() { self.because(Clause::deny()) } else { Some(kept.into()) }
            }
            leaf => {
                self.marked(real)?;
                match leaf.as_str() {
                    Some(text) if is_reference(name) => match text.parse::<Id>() {
                        Ok(_) => Some(leaf.clone()),
                        Err(_) => self.because(Clause::deny()),
                    },
                    Some(text) if holds_identifier(text) => self.identifier(),
                    _ => Some(leaf.clone()),
                }
            }
        }
    }

    fn identifier(&mut self) -> Option<Value> {
        self.because(Clause::product("default.identifier", "identifier-in-text"))
    }

    /// Whether the marking of the value at `real` lets it leave; joins it if so.
    fn marked(&mut self, real: &str) -> Option<()> {
        // Borrowed: the object's own marking, which was decided with the object.
        let Cow::Owned(effective) = self.markings.property(real) else { return Some(()) };
        match &*self.policy.decide_marking(&effective, self.ask) {
            Decision::Permit { .. } => {
                self.marking.unite(&effective);
                Some(())
            }
            Decision::Withhold { clauses } => {
                self.because(clauses.first().cloned().unwrap_or_else(Clause::deny));
                None
            }
        }
    }

    /// The free-text slots of the kind, filled from the tear-line or empty.
    fn tear_line(&mut self, object: &Object) -> Vec<Field> {
        let definition = types::definition_id("tear-line");
        let clause = &self.policy.terms().text;
        let written = object.extension(&definition);
        let mut fields = Vec::new();
        for (slot, part) in [(self.kind.title, "title"), (self.kind.text, "text")] {
            let Some(slot) = slot else { continue };
            self.why = None;
            let before = object.get(slot).cloned();
            let text = written.and_then(|body| body.get(part)).and_then(Value::as_str);
            let kept = match (clause.leaves, text) {
                (Text::None, _) => {
                    self.because(Clause::agreement(&clause.clause, "clause-text-none"))
                }
                (Text::TearLine, None) => {
                    self.because(Clause::agreement(&clause.clause, "tear-line-missing"))
                }
                (Text::TearLine, Some(text)) if holds_identifier(text) => self.identifier(),
                (Text::TearLine, Some(text)) => self
                    .marked(&format!("extensions.{definition}.{part}"))
                    .map(|()| Value::String(text.to_owned())),
            };
            if before.is_none() && kept.is_none() {
                continue;
            }
            let permitted = || Clause::agreement(&clause.clause, "clause-tear-line");
            let clause = self.why.take().unwrap_or_else(permitted);
            let (path, name) = (slot.to_owned(), slot.to_owned());
            fields.push(Field { path, extension: None, name, before, kept, clause, tear: true });
        }
        fields
    }
}

pub(crate) fn is_reference(name: &str) -> bool {
    name.ends_with("_ref") || name.ends_with("_refs")
}

/// Whether a text contains something of the form `type--UUID`: an identifier of ours would tell
/// which original it came from.
pub(crate) fn holds_identifier(text: &str) -> bool {
    text.match_indices("--").any(|(at, dashes)| {
        let uuid = text.get(at + dashes.len()..at + dashes.len() + 36);
        uuid.is_some_and(|uuid| uuid::Uuid::try_parse(uuid).is_ok())
    })
}
