//! Derived results (score, trail, total, note): they carry what every input carries.

use std::collections::BTreeSet;

use enlace_stix::marking::{Effective, of_every_property};
use enlace_stix::{Id, Object};

/// One object that went into a result.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The object as held.
    pub object: &'a Object,
    /// Who originated it: this node's identity, or the partner's that sent it. `None` = nobody can
    /// say, which is never taken for ours.
    pub originator: Option<&'a Id>,
}

/// What a derived result carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joined {
    /// The join of the markings of every property of every input.
    pub marking: Effective,
    /// Everybody whose information is in it, sorted.
    pub originators: BTreeSet<Id>,
    /// Whether nobody can say of some input whose it is.
    pub unattributed: bool,
}

impl Joined {
    /// Whether all of it is this node's own: only then no other originator need consent.
    pub fn is_own(&self, own_identity: &Id) -> bool {
        !self.unattributed && self.originators.iter().all(|by| by == own_identity)
    }
}

/// Joins the markings and originators of every input. Any property may have gone into the result,
/// so each one's marking counts; `definition` finds marking definitions by id.
pub fn joined<'a>(inputs: &[Input<'_>], definition: &dyn Fn(&str) -> Option<&'a Object>) -> Joined {
    let mut joined = Joined::default();
    for input in inputs {
        let markings = of_every_property(input.object, definition);
        joined.marking.merge(markings.object());
        if markings.is_granular() {
            markings.each(&mut |_, _, effective| joined.marking.merge(effective));
        }
        match input.originator {
            Some(by) => drop(joined.originators.insert(by.clone())),
            None => joined.unattributed = true,
        }
    }
    joined
}
