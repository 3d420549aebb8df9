//! The mask table of an agreement: for each type and property path, what happens and by which
//! clause.
//!
//! Compiled once per agreement version: a lookup walks the path and borrows what stands there.

use std::collections::BTreeMap;

use crate::kinds::identifier_paths;
use crate::{Clause, Mask, Terms};

/// What happens to a property, and why.
type Ruling = (Mask, Clause);

/// Masks of all types.
#[derive(Debug)]
pub(crate) struct MaskTable {
    types: BTreeMap<String, Branch>,
    deny: Ruling,
}

/// One property.
#[derive(Debug)]
struct Branch {
    ruling: Ruling,
    /// Where the ruling is [`Mask::Parts`]: the parts that have one of their own…
    parts: BTreeMap<String, Branch>,
    /// …and what happens to every other part.
    others: Ruling,
}

/// One property while the table is being made.
#[derive(Debug, Default)]
struct Sketch {
    set: Option<Ruling>,
    parts: BTreeMap<String, Sketch>,
}

impl MaskTable {
    pub(crate) fn compile(terms: &Terms) -> Self {
        let mut types = BTreeMap::new();
        for (kind, fields) in &terms.fields {
            let mut root = Sketch::default();
            for path in &fields.keep {
                root.set(path, ruling(Mask::Keep, &fields.clause));
            }
            for (path, mask) in &fields.generalise {
                root.set(path, ruling(mask.clone(), &fields.clause));
            }
            for path in &fields.drop {
                root.set(path, ruling(Mask::Drop, &fields.clause));
            }
            for (path, identifier) in identifier_paths(kind) {
                if !terms.identifiers.allowed.iter().any(|allowed| allowed == identifier) {
                    let clause = Clause::agreement(&terms.identifiers.clause, "clause-identifier");
                    root.forbid(&path, &(Mask::Drop, clause.with("kind", identifier)));
                }
            }
            let whole = ruling(Mask::Parts, &fields.clause);
            types.insert(kind.clone(), root.finish(&whole, &denied(), &fields.clause));
        }
        Self { types, deny: denied() }
    }

    /// The mask at `path`. Below a kept property everything is kept that is not dropped by name.
    pub(crate) fn mask(&self, kind: &str, path: &str) -> (&Mask, &Clause) {
        let Some(mut branch) = self.types.get(kind) else { return borrowed(&self.deny) };
        for part in path.split('.') {
            if branch.ruling.0 != Mask::Parts {
                break;
            }
            match branch.parts.get(part) {
                Some(below) => branch = below,
                None => return borrowed(&branch.others),
            }
        }
        borrowed(&branch.ruling)
    }
}

fn borrowed((mask, clause): &Ruling) -> (&Mask, &Clause) {
    (mask, clause)
}

fn denied() -> Ruling {
    (Mask::Drop, Clause::deny())
}

fn ruling(mask: Mask, clause: &str) -> Ruling {
    let code = match mask {
        Mask::Keep => "clause-field-kept",
        Mask::Parts => "clause-field-parts",
        Mask::Drop => "clause-field-dropped",
        _ => "clause-field-changed",
    };
    let clause = Clause::agreement(clause, code).with("mask", mask.to_string());
    (mask, clause)
}

impl Sketch {
    fn set(&mut self, path: &str, ruling: Ruling) {
        let mut sketch = self;
        for part in path.split('.') {
            sketch = sketch.parts.entry(part.to_owned()).or_default();
        }
        sketch.set = Some(ruling);
    }

    /// Drops what would be kept at `path` and below it. What is reduced or dropped there stays so.
    fn forbid(&mut self, path: &str, ruling: &Ruling) {
        let mut kept = false;
        let mut sketch = self;
        for part in path.split('.') {
            kept = sketch.set.as_ref().map_or(kept, |(mask, _)| *mask == Mask::Keep);
            if !kept && sketch.set.is_some() {
                return;
            }
            if !kept && !sketch.parts.contains_key(part) {
                return;
            }
            sketch = sketch.parts.entry(part.to_owned()).or_default();
        }
        sketch.forbid_here(kept, ruling);
    }

    fn forbid_here(&mut self, kept: bool, ruling: &Ruling) {
        let kept = self.set.as_ref().map_or(kept, |(mask, _)| *mask == Mask::Keep);
        for part in self.parts.values_mut() {
            part.forbid_here(kept, ruling);
        }
        if kept {
            self.set = Some(ruling.clone());
        }
    }

    /// Whether anything below has a ruling of its own.
    fn is_split(&self) -> bool {
        self.parts.values().any(|part| part.set.is_some() || part.is_split())
    }

    /// `above`: what holds here if nothing is set; `others`: what holds for a part that is not
    /// named, if nothing is set.
    fn finish(self, above: &Ruling, others: &Ruling, clause: &str) -> Branch {
        let split = self.is_split();
        let (here, others) = match self.set {
            Some(set) if set.0 == Mask::Keep => (set.clone(), set),
            Some(set) => return Branch { ruling: set, parts: BTreeMap::new(), others: denied() },
            None => (above.clone(), others.clone()),
        };
        let here = if split { ruling(Mask::Parts, clause) } else { here };
        let parts = self.parts.into_iter();
        let below = if others.0 == Mask::Keep { others.clone() } else { denied() };
        let parts = parts.map(|(name, part)| (name, part.finish(&below, &others, clause)));
        Branch { ruling: here, parts: parts.collect(), others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(of: &Branch, path: &str) -> String {
        let mut branch = of;
        for part in path.split('.') {
            if branch.ruling.0 != Mask::Parts {
                break;
            }
            match branch.parts.get(part) {
                Some(below) => branch = below,
                None => return branch.others.0.to_string(),
            }
        }
        branch.ruling.0.to_string()
    }

    #[test]
    fn what_is_forbidden_falls_out_of_what_is_kept_and_nothing_else_changes() {
        let mut root = Sketch::default();
        for path in ["a", "b.c", "d", "e.f.g"] {
            root.set(path, ruling(Mask::Keep, "1"));
        }
        root.set("h", ruling(Mask::Year, "1"));
        root.set("a.drop", ruling(Mask::Drop, "1"));
        for path in ["a.x.y", "b", "d", "e.f.g.n", "h", "h.i", "not.kept"] {
            root.forbid(path, &denied());
        }
        let table = root.finish(&ruling(Mask::Parts, "1"), &denied(), "1");
        for (path, expected) in [
            ("a", "parts"),
            ("a.drop", "drop"),
            ("a.drop.z", "drop"),
            ("a.other", "keep"),
            ("a.other.z", "keep"),
            ("a.x", "parts"),
            ("a.x.y", "drop"),
            ("a.x.y.z", "drop"),
            ("a.x.z", "keep"),
            ("b.c", "drop"),
            ("b.other", "drop"),
            ("d", "drop"),
            ("e.f.g", "parts"),
            ("e.f.g.n", "drop"),
            ("e.f.g.m", "keep"),
            ("e.f.other", "drop"),
            ("h", "year"),
            ("h.i", "year"),
            ("not", "drop"),
            ("not.kept", "drop"),
        ] {
            assert_eq!(rules(&table, path), expected, "{path}");
        }
    }
}
