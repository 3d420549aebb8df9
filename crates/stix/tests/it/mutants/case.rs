//! A case, and the ways to make one from a sound object.

use enlace_stix::Limits;
use serde_json::Value;

use super::base::{self, Size};
use super::rng::Rng;
use super::site::{self, Site};

/// How a case is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Object,
    Bundle,
    /// The objects of a bundle, against each other.
    Together,
    /// An object under the limits of a node; the standard knows none.
    Limited,
}

/// One mutant or near miss.
pub struct Case {
    pub text: String,
    /// Where the finding must stand; `None` = anywhere.
    pub path: Option<String>,
    /// What was done: two cases with the same note count as one.
    pub note: String,
    /// Other rules that this very change breaks too, by the words of the standard.
    pub also: &'static [&'static str],
    pub subject: Subject,
    pub most_bytes: usize,
}

/// Makes the cases of one rule; `None` = the base at hand has no place for it, try another.
pub struct Generator {
    pub rule: &'static str,
    pub mutant: fn(&mut Rng) -> Option<Case>,
    pub near: fn(&mut Rng) -> Option<Case>,
}

impl Case {
    /// An object; expects a finding at `path`.
    pub fn at(view: &Value, path: impl Into<String>, note: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..Self::text(view.to_string(), note) }
    }

    /// An object; the finding may stand anywhere.
    pub fn of(view: &Value, note: impl Into<String>) -> Self {
        Self::text(view.to_string(), note)
    }

    pub fn text(text: String, note: impl Into<String>) -> Self {
        Self {
            text,
            path: None,
            note: note.into(),
            also: &[],
            subject: Subject::Object,
            most_bytes: Limits::default().object_bytes,
        }
    }

    pub fn with(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    pub fn limits(&self) -> Limits {
        Limits { object_bytes: self.most_bytes, ..Limits::default() }
    }
}

/// A sound object to be changed: of any type, complete or not, ours or foreign. The published TLP
/// definitions are left out, as they must not change at all.
pub fn subject(rng: &mut Rng) -> Value {
    let mut view = match rng.below(12) {
        0 => base::own(rng),
        1 => base::foreign(rng),
        2 => base::widened(rng),
        3 | 4 => base::any(rng, Size::Complete),
        _ => base::any(rng, Size::Some),
    };
    if view["definition_type"] == "tlp" {
        view = base::versioned(rng, Size::Some);
    }
    view
}

/// Selectors would point to what a change removes: the object without granular markings.
pub fn unmarked(mut view: Value) -> Value {
    if let Some(members) = view.as_object_mut() {
        members.shift_remove("granular_markings");
    }
    view
}

/// The type and a shortened value, for notes.
pub fn note(view: &Value, path: &str, value: &Value) -> String {
    let value: String = value.to_string().chars().take(120).collect();
    let kind = view["type"].as_str().unwrap_or_default();
    format!("{kind} {path} {value}")
}

/// Replaces the value of one fitting place; the id of an observable follows.
pub fn replaced(
    rng: &mut Rng,
    fits: impl Fn(&Site) -> bool,
    make: impl Fn(&mut Rng, &Site) -> Value,
) -> Option<Case> {
    let view = unmarked_half(rng);
    replaced_in(rng, view, fits, make)
}

fn unmarked_half(rng: &mut Rng) -> Value {
    let view = subject(rng);
    if rng.one_in(2) { unmarked(view) } else { view }
}

/// The same in a given object.
pub fn replaced_in(
    rng: &mut Rng,
    mut view: Value,
    fits: impl Fn(&Site) -> bool,
    make: impl Fn(&mut Rng, &Site) -> Value,
) -> Option<Case> {
    let mut sites = site::sites(&view);
    sites.retain(|s| fits(s));
    if sites.is_empty() {
        return None;
    }
    let chosen = rng.pick(&sites);
    let value = make(rng, &chosen);
    // A selector into what is replaced would lead nowhere.
    if chosen.name() != "granular_markings" && !chosen.path().starts_with("granular_markings") {
        view = unmarked(view);
    }
    site::set(&mut view, &chosen.steps, value.clone());
    base::seal(rng, &mut view);
    let note = note(&view, &chosen.path(), &value);
    Some(Case::at(&view, chosen.path(), note))
}
