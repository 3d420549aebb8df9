//! The mask table of an agreement: for each type and property path, what happens and by which
//! clause.

use std::collections::BTreeMap;

use crate::{Clause, Mask, Terms};

/// Masks of all types, compiled once per agreement version.
#[derive(Debug, Default)]
pub(crate) struct MaskTable(BTreeMap<String, Branch>);

/// One property, or the properties below it.
#[derive(Debug, Default)]
struct Branch {
    here: Option<Mask>,
    clause: String,
    parts: BTreeMap<String, Branch>,
}

impl MaskTable {
    pub(crate) fn compile(terms: &Terms) -> Self {
        let mut table = BTreeMap::new();
        for (kind, fields) in &terms.fields {
            let mut root = Branch { clause: fields.clause.clone(), ..Branch::default() };
            for path in &fields.keep {
                root.insert(path, Mask::Keep, &fields.clause);
            }
            for (path, mask) in &fields.generalise {
                root.insert(path, mask.clone(), &fields.clause);
            }
            table.insert(kind.clone(), root);
        }
        Self(table)
    }

    /// The mask at `path`; what stands below a kept property is kept.
    pub(crate) fn mask(&self, kind: &str, path: &str) -> (Mask, Clause) {
        let Some(mut branch) = self.0.get(kind) else { return (Mask::Drop, Clause::deny()) };
        for part in path.split('.') {
            if branch.here.is_some() {
                break;
            }
            match branch.parts.get(part) {
                Some(below) => branch = below,
                None => return (Mask::Drop, Clause::deny()),
            }
        }
        let mask = branch.here.clone().unwrap_or(Mask::Parts);
        let code = match mask {
            Mask::Keep => "clause-field-kept",
            Mask::Parts => "clause-field-parts",
            _ => "clause-field-changed",
        };
        let clause = Clause::agreement(&branch.clause, code).with("mask", mask.to_string());
        (mask, clause)
    }
}

impl Branch {
    fn insert(&mut self, path: &str, mask: Mask, clause: &str) {
        let mut branch = self;
        for part in path.split('.') {
            branch = branch.parts.entry(part.to_owned()).or_default();
            clause.clone_into(&mut branch.clause);
        }
        branch.here = Some(mask);
    }
}
