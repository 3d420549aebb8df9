//! An object under upgrade: its members, what was changed, and where its parts went.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::rules::{self, Rule};
use super::{Change, selector};

/// Prefix of the properties that keep what 2.1 has no place for.
const ASIDE: &str = "x_stix20_";
/// Longest property name (§3.1).
const LONGEST_NAME: usize = 250;

pub(super) struct Draft {
    /// The members as they are by now.
    pub view: Map<String, Value>,
    /// The members as they were in 2.0.
    pub before: Map<String, Value>,
    changes: Vec<Change>,
    /// Where parts went, by where they stood.
    moves: HashMap<String, String>,
    /// Those that no longer stand in what held them.
    left: Vec<(String, String)>,
    /// Names given to what was set aside, and how often.
    asides: HashMap<String, u32>,
    /// Where this object stood in the 2.0 object that was read: empty, or `objects.0`.
    place: String,
}

impl Draft {
    pub fn new(view: Map<String, Value>, place: &str) -> Self {
        let before = view.clone();
        Self {
            view,
            before,
            changes: Vec::new(),
            moves: HashMap::new(),
            left: Vec::new(),
            asides: HashMap::new(),
            place: place.to_owned(),
        }
    }

    /// Where this object stood in the 2.0 object that was read.
    pub fn place(&self) -> &str {
        &self.place
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        selector::find(&self.view, path).and_then(Value::as_str)
    }

    pub fn dictionary(&self, path: &str) -> Option<&Map<String, Value>> {
        selector::find(&self.view, path).and_then(Value::as_object)
    }

    /// Count of the items of a list; 0 where there is none.
    pub fn length(&self, path: &str) -> usize {
        selector::find(&self.view, path).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// Reports a difference.
    pub fn note(&mut self, before: &str, after: &str, rule: Rule) {
        let path_before = match (self.place.as_str(), before) {
            (place, "") | ("", place) => place.to_owned(),
            (place, path) => format!("{place}.{path}"),
        };
        self.changes.push(Change {
            object: 0,
            path_before,
            path_after: after.to_owned(),
            rule: rule.code,
            reason: rule.reason,
        });
    }

    /// Sets a property that 2.1 asks for.
    pub fn set(&mut self, name: &str, value: Value, rule: Rule) {
        self.view.insert(name.to_owned(), value);
        self.note("", name, rule);
    }

    /// Puts another value in the place of one.
    pub fn replace(&mut self, path: &str, value: Value, rule: Rule) {
        if let Some(held) = selector::find_mut(&mut self.view, path).filter(|held| **held != value)
        {
            *held = value;
            self.note(path, path, rule);
        }
    }

    /// Gives the last member of `path` another name; where that name is taken it is set aside.
    pub fn rename(&mut self, path: &str, name: &str, rule: Rule) {
        let target = match path.rsplit_once('.') {
            Some((parent, _)) => format!("{parent}.{name}"),
            None => name.to_owned(),
        };
        if selector::find(&self.view, &target).is_some() {
            return self.set_aside(path, rules::SET_ASIDE);
        }
        let Some(value) = self.take(path) else { return };
        if let Some((members, name)) = selector::holder(&mut self.view, &target) {
            members.insert(name.to_owned(), value);
        }
        self.moved(path, target, rule);
    }

    /// Keeps what 2.1 has no place for as a property of the object itself; a dictionary that this
    /// leaves empty goes, since 2.1 allows none.
    pub fn set_aside(&mut self, path: &str, rule: Rule) {
        let Some(value) = self.take(path) else { return };
        let name = self.aside_name(path);
        self.view.insert(name.clone(), value);
        self.left.push((path.to_owned(), name.clone()));
        self.moved(path, name, rule);
        self.prune(path);
    }

    fn take(&mut self, path: &str) -> Option<Value> {
        let (members, name) = selector::holder(&mut self.view, path)?;
        members.shift_remove(name)
    }

    fn moved(&mut self, from: &str, to: String, rule: Rule) {
        self.note(from, &to, rule);
        self.moves.insert(from.to_owned(), to);
    }

    fn prune(&mut self, path: &str) {
        let mut path = path;
        while let Some((parent, _)) = path.rsplit_once('.') {
            if !self.dictionary(parent).is_some_and(Map::is_empty) {
                return;
            }
            self.take(parent);
            path = parent;
        }
    }

    fn aside_name(&mut self, path: &str) -> String {
        let plain = path.chars().filter(|c| !matches!(c, '[' | ']')).map(|c| match c {
            'a'..='z' | '0'..='9' => c,
            'A'..='Z' => c.to_ascii_lowercase(),
            _ => '_',
        });
        let name: String = ASIDE.chars().chain(plain).take(LONGEST_NAME - 8).collect();
        loop {
            let number = self.asides.entry(name.clone()).or_insert(0);
            *number += 1;
            let numbered = if *number == 1 { name.clone() } else { format!("{name}_{number}") };
            if !self.view.contains_key(&numbered) {
                return numbered;
            }
        }
    }

    /// The object with its selectors led to where their parts are now, and what was changed.
    pub fn finish(mut self) -> (Map<String, Value>, Vec<Change>) {
        if let Some(Value::Array(mut markings)) = self.view.get("granular_markings").cloned() {
            let mut changed = false;
            for selectors in markings.iter_mut().filter_map(|m| m.get_mut("selectors")) {
                let Some(old) = selectors.as_array() else { continue };
                let new = self.follow_all(old);
                changed |= new != *old;
                *selectors = Value::Array(new);
            }
            if changed {
                self.view.insert("granular_markings".to_owned(), Value::Array(markings));
                self.note("granular_markings", "granular_markings", rules::SELECTORS);
            }
        }
        (self.view, self.changes)
    }

    fn follow_all(&self, selectors: &[Value]) -> Vec<Value> {
        let mut new: Vec<Value> = Vec::with_capacity(selectors.len());
        for selector in selectors {
            let paths = match selector.as_str() {
                Some(path) => self.follow(path).into_iter().map(Value::from).collect(),
                None => vec![selector.clone()],
            };
            new.extend(paths);
        }
        let mut seen = HashSet::new();
        new.retain(|s| seen.insert(s.to_string()));
        new
    }

    /// Where a selector leads now. A part that left what was marked takes the marking along. A
    /// selector that never led anywhere stays, to be found by the validator.
    fn follow(&self, path: &str) -> Vec<String> {
        if selector::find(&self.before, path).is_none() {
            return vec![path.to_owned()];
        }
        let ends = path.match_indices('.').map(|(dot, _)| dot).chain([path.len()]);
        let moved = ends.into_iter().find_map(|end| {
            let (above, rest) = path.split_at_checked(end)?;
            Some(format!("{}{rest}", self.moves.get(above)?))
        });
        let mut paths = vec![moved.unwrap_or_else(|| path.to_owned())];
        let left = self
            .left
            .iter()
            .filter(|(from, _)| selector::below(from, path).is_some_and(|rest| !rest.is_empty()));
        paths.extend(left.map(|(_, to)| to.clone()));
        paths.retain(|path| selector::find(&self.view, path).is_some());
        paths
    }
}
