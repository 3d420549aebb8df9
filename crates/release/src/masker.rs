//! The walk through one value: what masks, granular markings and free text leave of it.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::LazyLock;

use enlace_policy::{Clause, Decision, Facts, Mask};
use enlace_stix::Id;
use enlace_stix::marking::Markings;
use serde_json::{Map, Value};

use crate::build::required;
use crate::draft::{DENY, Field, Mark, What, is_reference};
use crate::exit::{Exit, Ruling, Rulings};
use crate::judge::borrowed;

static FREE_TEXT: LazyLock<Clause> =
    LazyLock::new(|| Clause::product("default.free-text", "free-text"));
static IDENTIFIER: LazyLock<Clause> =
    LazyLock::new(|| Clause::product("default.identifier", "identifier-in-text"));

/// Walks the values of one object.
pub(crate) struct Masker<'x, 'a, 'm> {
    exit: &'m Exit<'a>,
    rulings: &'m Rulings<'a>,
    markings: &'m Markings<'m>,
    /// The object that was permitted: a part of it is asked about as that object.
    facts: &'m Facts,
    /// Markings of values that the present field keeps.
    marks: Vec<Mark>,
    /// How many leaves of the present field were kept.
    leaves: usize,
    /// First reason for which a part of the present field was cut.
    why: Option<Cow<'x, Clause>>,
    /// Where the walk is, as clauses name it…
    path: String,
    /// …and as selectors do; kept only where a granular marking could ask for it.
    real: String,
}

/// A point of the walk to which it can be taken back.
#[derive(Clone, Copy)]
struct Start {
    marks: usize,
    leaves: usize,
}

/// How many leaves a value has.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 1,
    }
}

impl<'x, 'a: 'x, 'm> Masker<'x, 'a, 'm> {
    pub(crate) fn new(
        exit: &'m Exit<'a>,
        rulings: &'m Rulings<'a>,
        markings: &'m Markings<'m>,
        facts: &'m Facts,
    ) -> Self {
        Self {
            exit,
            facts,
            rulings,
            markings,
            marks: Vec::new(),
            leaves: 0,
            why: None,
            path: String::with_capacity(64),
            real: String::new(),
        }
    }

    /// Markings of what was kept since this was asked last.
    pub(crate) fn take_marks(&mut self) -> Vec<Mark> {
        self.leaves = 0;
        std::mem::take(&mut self.marks)
    }

    /// Goes to a property: as clauses name it, and as selectors do.
    pub(crate) fn at(&mut self, path: &str, real: &str) {
        self.path.clear();
        self.path.push_str(path);
        if self.markings.is_granular() {
            self.real.clear();
            self.real.push_str(real);
        }
    }

    /// Goes to a property of an extension.
    pub(crate) fn inside(&mut self, short: &str, id: &str, name: &str) {
        self.at(short, "extensions");
        self.path.push('.');
        self.path.push_str(name);
        if self.markings.is_granular() {
            for part in [id, name] {
                self.real.push('.');
                self.real.push_str(part);
            }
        }
    }

    /// The ruling on where the walk is.
    fn ruling(&self) -> Rc<Ruling<'a>> {
        self.rulings.at(&self.path)
    }

    fn is_masked(&self, mask: &Mask) -> bool {
        let narrowing = self.exit.narrowing.as_ref();
        narrowing.is_some_and(|n| n.is_masked(&self.facts.kind, &self.path, mask))
    }

    /// The field where the walk is.
    pub(crate) fn field(
        &mut self,
        extension: Option<&'static str>,
        name: &'x str,
        before: Option<&'x Value>,
    ) -> Field<'x> {
        let ruling = self.ruling();
        let kept = before.and_then(|value| self.value(name, value));
        let clause = self.why.take().unwrap_or(Cow::Borrowed(ruling.clause));
        let (path, what) = (Rc::clone(&ruling.path), What::Property);
        let marks = self.take_marks();
        Field { path, extension, name, before, kept, clause, what, marks }
    }

    /// What masks leave of the value where the walk is.
    pub(crate) fn value(&mut self, name: &str, value: &Value) -> Option<Value> {
        let ruling = self.ruling();
        if ruling.free_text {
            return self.because(borrowed(&FREE_TEXT));
        }
        match ruling.mask {
            Mask::Drop => self.because(Cow::Borrowed(ruling.clause)),
            Mask::Keep => self.cut(name, value),
            Mask::Parts => self.parts(value),
            // What went through the mask once would not pass it again.
            mask if self.is_masked(mask) => {
                self.leaves += count(value);
                Some(value.clone())
            }
            mask => {
                // Reduced as a whole or not at all: a part that may not leave stops the rest.
                let start = self.start();
                let whole = self.cut(name, value)?;
                let reduced = if whole == *value { mask.apply(&whole) } else { None };
                match &reduced {
                    // What it was made of leaves in it, whatever stands there now.
                    Some(reduced) => {
                        let made_of = self.marks.iter_mut().skip(start.marks);
                        made_of.for_each(|mark| mark.leaf = Some(start.leaves));
                        self.leaves = start.leaves + count(reduced);
                    }
                    None => self.forget(start),
                }
                reduced.or_else(|| {
                    let clause = Clause::agreement(&ruling.clause.id, "field-not-reducible");
                    self.because(Cow::Owned(clause.with("mask", mask.to_string())))
                })
            }
        }
    }

    fn start(&self) -> Start {
        Start { marks: self.marks.len(), leaves: self.leaves }
    }

    /// Forgets what was kept since.
    fn forget(&mut self, start: Start) {
        self.marks.truncate(start.marks);
        self.leaves = start.leaves;
    }

    /// What is left of the record or list item where the walk is, unless it lost a member without
    /// which it is none.
    fn record(&mut self, kept: Map<String, Value>, start: Start) -> Option<Value> {
        if kept.is_empty() {
            return self.because(borrowed(&DENY));
        }
        let ruling = self.ruling();
        let missing = ruling.needs.as_ref().and_then(|n| n.missing(|m| kept.contains_key(m)));
        let Some(missing) = missing else { return Some(kept.into()) };
        self.forget(start);
        self.because(Cow::Owned(required(&format!("{}.{missing}", ruling.path))))
    }

    pub(crate) fn because(&mut self, clause: Cow<'x, Clause>) -> Option<Value> {
        self.why.get_or_insert(clause);
        None
    }

    pub(crate) fn take_why(&mut self) -> Option<Cow<'x, Clause>> {
        self.why.take()
    }

    /// Walks into a member for as long as `act` runs.
    fn member<T>(&mut self, name: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        let (path, real) = (self.path.len(), self.real.len());
        self.path.push('.');
        self.path.push_str(name);
        if self.markings.is_granular() {
            self.real.push('.');
            self.real.push_str(name);
        }
        let done = act(self);
        self.path.truncate(path);
        self.real.truncate(real);
        done
    }

    /// Walks into a list item for as long as `act` runs.
    fn item<T>(&mut self, index: usize, act: impl FnOnce(&mut Self) -> T) -> T {
        let real = self.real.len();
        if self.markings.is_granular() {
            self.real.push_str(&format!(".[{index}]"));
        }
        let done = act(self);
        self.real.truncate(real);
        done
    }

    /// Only the members that a clause names; lists are looked through.
    fn parts(&mut self, value: &Value) -> Option<Value> {
        match value {
            Value::Object(members) => {
                let (mut kept, start) = (Map::new(), self.start());
                for (name, value) in members {
                    // A dot in a member's name would make it look like a path of its own.
                    if name.contains('.') || holds_identifier(name) {
                        continue;
                    }
                    let before = self.why.take();
                    if let Some(value) = self.member(name, |this| this.value(name, value)) {
                        kept.insert(name.clone(), value);
                    }
                    // That other parts stay is said by the clause of the field.
                    self.why = before;
                }
                self.record(kept, start)
            }
            Value::Array(items) => {
                let mut kept = Vec::new();
                for (i, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                    kept.extend(self.item(i, |this| this.parts(item)));
                }
                if kept.is_empty() { self.because(borrowed(&DENY)) } else { Some(kept.into()) }
            }
            _ => self.because(borrowed(&DENY)),
        }
    }

    /// A kept value without the parts that are marked stricter, free text and identifiers.
    fn cut(&mut self, name: &str, value: &Value) -> Option<Value> {
        match value {
            Value::Object(members) => {
                let (mut kept, start) = (Map::new(), self.start());
                for (name, value) in members {
                    let left = self.member(name, |this| {
                        if this.ruling().free_text {
                            this.because(borrowed(&FREE_TEXT))
                        } else if holds_identifier(name) {
                            this.identifier()
                        } else {
                            this.cut(name, value)
                        }
                    });
                    kept.extend(left.map(|value| (name.clone(), value)));
                }
                self.record(kept, start)
            }
            Value::Array(items) => {
                let mut kept = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    kept.extend(self.item(i, |this| this.cut(name, item)));
                }
                if kept.is_empty() { self.because(borrowed(&DENY)) } else { Some(kept.into()) }
            }
            leaf => {
                let start = self.start();
                let reference = leaf.as_str().filter(|_| is_reference(name));
                self.marked()?;
                let kept = match (leaf.as_str(), reference) {
                    (_, Some(text)) if Id::is_id(text) => Some(leaf.clone()),
                    (_, Some(_)) => self.because(borrowed(&DENY)),
                    (Some(text), None) if holds_identifier(text) => self.identifier(),
                    _ => Some(leaf.clone()),
                };
                match kept {
                    Some(_) => self.leaves += 1,
                    None => self.forget(start),
                }
                kept
            }
        }
    }

    pub(crate) fn identifier(&mut self) -> Option<Value> {
        self.because(borrowed(&IDENTIFIER))
    }

    /// Whether the marking of the value where the walk is lets it leave; notes it if so.
    pub(crate) fn marked(&mut self) -> Option<()> {
        if !self.markings.is_granular() {
            return Some(());
        }
        // Borrowed: the object's own marking, which was decided with the object.
        let Cow::Owned(effective) = self.markings.property(&self.real) else { return Some(()) };
        match &*self.exit.policy().decide_marking(self.facts, &effective, &self.exit.ask) {
            Decision::Permit { .. } => {
                self.marks.push(Mark { leaf: Some(self.leaves), effective });
                Some(())
            }
            Decision::Withhold { clauses } => {
                let clause = clauses.first().cloned().unwrap_or_else(Clause::deny);
                self.why.get_or_insert(Cow::Owned(clause));
                None
            }
        }
    }
}

/// Whether a text contains something of the form `type--UUID`: an identifier of ours would tell
/// which original it came from.
pub(crate) fn holds_identifier(text: &str) -> bool {
    text.match_indices("--").any(|(at, dashes)| {
        let uuid = text.get(at + dashes.len()..at + dashes.len() + 36);
        uuid.is_some_and(|uuid| uuid::Uuid::try_parse(uuid).is_ok())
    })
}
