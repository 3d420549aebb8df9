//! The fields of one object after masks and granular markings, before references are closed.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::LazyLock;

use enlace_policy::{Clause, Facts, Text, kinds};
use enlace_stix::marking::{Effective, Markings};
use enlace_stix::{Object, types};
use serde_json::Value;

use crate::document::Replaced;
use crate::exit::{Exit, Rulings, Type};
use crate::judge::{Form, borrowed};
use crate::masker::{Masker, holds_identifier};

/// What may leave of one object, if its references allow it.
#[derive(Debug, Clone)]
pub(crate) struct Draft<'x> {
    /// Sorted by path.
    pub(crate) fields: Vec<Field<'x>>,
    /// Marking of the whole object; those of kept values come on top ([`Field::marks`]).
    pub(crate) marking: Effective,
}

/// The marking of one kept value that bears another than its object.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    /// Which of the leaves of [`Field::kept`], in order: it counts only where that leaves. `None` =
    /// any part of it.
    pub(crate) leaf: Option<usize>,
    pub(crate) effective: Effective,
}

/// One property of the object or of an extension.
#[derive(Debug, Clone)]
pub(crate) struct Field<'x> {
    /// As clauses name it: `person.names`.
    pub(crate) path: Rc<str>,
    /// Short name of the property extension that it stands in.
    pub(crate) extension: Option<&'static str>,
    /// Property name inside object or extension.
    pub(crate) name: &'x str,
    /// Value held; `None` where the original has none (a tear-line adds one).
    pub(crate) before: Option<&'x Value>,
    /// Value that may leave, references still those of originals.
    pub(crate) kept: Option<Value>,
    /// Why.
    pub(crate) clause: Cow<'x, Clause>,
    pub(crate) what: What,
    /// Markings of values in `kept`.
    pub(crate) marks: Vec<Mark>,
}

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A property that clauses speak of.
    Property,
    /// Free text, filled from the tear-line or empty.
    Tear,
    /// What we noted about the record: no part of the matter.
    Bookkeeping,
}

/// *No clause permits this*, where it is said often.
pub(crate) static DENY: LazyLock<Clause> = LazyLock::new(Clause::deny);
pub(crate) static TEAR_LINE: LazyLock<String> = LazyLock::new(|| types::definition_id("tear-line"));

impl<'x> Draft<'x> {
    /// Texts of the tear-line that would leave.
    pub(crate) fn tear_texts(&self) -> Vec<&str> {
        let tears = self.fields.iter().filter(|f| f.what == What::Tear);
        tears.filter_map(|f| f.kept.as_ref().and_then(Value::as_str)).collect()
    }

    /// Drops the tear-line.
    pub(crate) fn drop_tear(&mut self, clause: &Clause) {
        for field in self.fields.iter_mut().filter(|f| f.what == What::Tear) {
            field.kept = None;
            field.clause = Cow::Owned(clause.clone());
        }
    }

    /// Every text of the original that leaves as it is, but for these fields.
    pub(crate) fn released_texts(&self, but: impl Fn(&Field<'_>) -> bool) -> HashSet<&str> {
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
        let fields = self.fields.iter().filter(|f| f.what != What::Tear && !but(f));
        fields.filter_map(|f| f.kept.as_ref()).for_each(|value| collect(value, &mut found));
        found
    }
}

/// Masks the fields of a permitted object; an unknown extension withholds it.
pub(crate) fn draft<'x, 'a: 'x>(
    object: &'x Object,
    (of, rulings): (&Type, &Rulings<'a>),
    (markings, facts): (&Markings<'_>, &Facts),
    (form, replaced): (Form, &Replaced),
    exit: &Exit<'a>,
) -> Result<Draft<'x>, Clause> {
    let kind = of.kind;
    let mut masker = Masker::new(exit, rulings, markings, facts);
    let mut fields = Vec::with_capacity(object.view().len() + 8);
    for (name, value) in object.view() {
        let written_anew = kinds::ENVELOPE.contains(&name.as_str());
        let slot = kind.title == Some(name) || kind.text == Some(name);
        if written_anew || slot {
            continue;
        }
        masker.at(name, name);
        // The short name of an extension names its properties, never one of the object.
        let field = match name.contains('.') || of.is_extension(name) {
            true => denied(name.as_str().into(), None, name, value),
            false => masker.field(None, name, Some(value)),
        };
        fields.push(replaced.apply(field, &mut masker));
    }
    extensions(object, of, replaced, &mut masker, &mut fields)?;
    replaced.add(object, &mut masker, &mut fields);
    tear_line(object, (of, form), exit, &mut masker, &mut fields);
    fields.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Draft { fields, marking: markings.object().clone() })
}

fn extensions<'x, 'a: 'x>(
    object: &'x Object,
    of: &Type,
    replaced: &Replaced,
    masker: &mut Masker<'x, 'a, '_>,
    fields: &mut Vec<Field<'x>>,
) -> Result<(), Clause> {
    let unknown =
        |id: &str| Clause::private("unknown-extension", "private-unknown-extension").with("id", id);
    let Some(extensions) = object.get("extensions") else { return Ok(()) };
    let Some(extensions) = extensions.as_object() else { return Err(unknown("")) };
    let own = of.definition.as_ref().map(|(id, _)| id);
    for (id, body) in extensions {
        if Some(id) == own {
            continue;
        }
        let inside = || types::by_definition(id).filter(|e| e.kind == types::Kind::Property);
        match (kinds::extension_called(id), body.as_object()) {
            (Some(short), Some(body)) => {
                for (name, value) in body.iter().filter(|(name, _)| *name != "extension_type") {
                    masker.inside(short, id, name);
                    let field = match name.contains('.') {
                        true => denied(format!("{short}.{name}").into(), Some(short), name, value),
                        false => masker.field(Some(short), name, Some(value)),
                    };
                    fields.push(replaced.apply(field, masker));
                }
            }
            (Some(_), None) => return Err(unknown(id)),
            (None, _) => match inside() {
                Some(inside) if inside.name == "tear-line" => {}
                // Known and never named by a clause: provenance, handling.
                Some(inside) => fields.push(bookkeeping(inside.name, body)),
                None => return Err(unknown(id)),
            },
        }
    }
    Ok(())
}

/// A property whose name could be read as a path: no clause names it.
fn denied<'x>(
    path: Rc<str>,
    extension: Option<&'static str>,
    name: &'x str,
    value: &'x Value,
) -> Field<'x> {
    Field { path, extension, name, what: What::Property, ..bookkeeping("", value) }
}

fn bookkeeping<'x>(path: &'static str, body: &'x Value) -> Field<'x> {
    Field {
        path: path.into(),
        extension: None,
        name: path,
        before: Some(body),
        kept: None,
        clause: borrowed(&DENY),
        what: What::Bookkeeping,
        marks: Vec::new(),
    }
}

/// The free-text slots of the kind, filled from the tear-line or empty. What another originator
/// lets us pass on whole is its own tear-line: it was written for release, and the consent covers
/// this one.
fn tear_line<'x, 'a: 'x>(
    object: &'x Object,
    (of, form): (&Type, Form),
    exit: &Exit<'a>,
    masker: &mut Masker<'x, 'a, '_>,
    fields: &mut Vec<Field<'x>>,
) {
    let term = &exit.policy().terms().text;
    let written = object.extension(&TEAR_LINE);
    for (slot, part) in [(of.kind.title, "title"), (of.kind.text, "text")] {
        let Some(slot) = slot else { continue };
        let before = object.get(slot);
        // What was published stands where the partner reads it.
        let in_place = form == Form::Foreign || exit.narrowing.is_some();
        let text = match in_place {
            true => object.text(slot),
            false => written.and_then(|body| body.get(part)).and_then(Value::as_str),
        };
        let clause = |code| Clause::agreement(&term.clause, code);
        let kept = match (term.leaves, text) {
            (Text::None, _) => masker.because(Cow::Owned(clause("clause-text-none"))),
            (Text::TearLine, None) => masker.because(Cow::Owned(clause("tear-line-missing"))),
            (Text::TearLine, Some(text)) if holds_identifier(text) => masker.identifier(),
            (Text::TearLine, Some(text)) => {
                match in_place {
                    true => masker.at(slot, slot),
                    false => masker.inside("tear-line", &TEAR_LINE, part),
                }
                masker.marked().map(|()| Value::String(text.to_owned()))
            }
        };
        let why = masker.take_why();
        if before.is_none() && kept.is_none() {
            continue;
        }
        let clause = why.unwrap_or_else(|| Cow::Owned(clause("clause-tear-line")));
        let (path, what, marks) = (slot.into(), What::Tear, masker.take_marks());
        fields.push(Field { path, extension: None, name: slot, before, kept, clause, what, marks });
    }
}

pub(crate) fn is_reference(name: &str) -> bool {
    name.ends_with("_ref") || name.ends_with("_refs")
}
