//! ACS 3.0 of the Information Sharing Architecture, as an extension of a marking definition.
//!
//! Source: OASIS common objects, `acs-marking-definition-3a6`. A marking says who may see the
//! data at all (the control set), who may use it for what (`access_privilege`), and who may pass
//! it to whom (`further_sharing`), with a default for each of the last two.
//!
//! Joined markings keep their rules apart: an act is allowed only where *every* marking allows it.
//! One common list of rules would let a permit of one marking override the default of another.

mod read;
mod rules;

use super::lattice;
pub(super) use read::read;
pub use rules::{Action, Effect, Privilege, Rules, Scope, Sharing};

/// Definition id of the extension.
pub const DEFINITION: &str = "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce";

/// Classification of the United States, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Classification {
    /// `U`
    Unclassified,
    /// `C`
    Confidential,
    /// `S`
    Secret,
    /// `TS`
    TopSecret,
}

/// The join of every ACS 3.0 marking on a value. Lists are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Acs {
    /// Highest classification.
    pub classification: Classification,
    /// Tags that whoever sees the data must have been read into: SCI controls, logical authority
    /// categories, sensitivities and caveats of all markings.
    pub accesses: Vec<String>,
    /// Formal determinations that restrict (`NF`, `FOUO`, and codes not known), of all markings.
    pub restrictions: Vec<String>,
    /// Formal determinations that every marking states, and that may open (`PUBREL`, `AIS`, …).
    pub releases: Vec<String>,
    /// Communities that every marking which names any admits.
    pub shareability: Option<Vec<String>>,
    /// Kinds of person and machine that every marking which names any admits.
    pub entity: Option<Vec<String>>,
    /// Nationalities (GENC) that every marking which names any admits.
    pub permitted_nationalities: Option<Vec<String>>,
    /// Organisations that every marking which names any admits.
    pub permitted_organizations: Option<Vec<String>>,
    /// Defaults and rules, one for each different marking.
    pub rules: Vec<Rules>,
    /// Custodians (`USA.DHS`), who can be asked.
    pub custodians: Vec<String>,
    /// Part of a marking cannot be read: nothing is allowed.
    pub unreadable: bool,
}

/// Who asks, as the holder of the data knows him. What is not stated is not held.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asker<'a> {
    /// Clearance; unclassified data needs none.
    pub clearance: Option<Classification>,
    /// Nationality (GENC, three letters).
    pub nationality: &'a str,
    /// Organisations that he acts for, and every group of Appendix A that they belong to.
    pub organizations: &'a [&'a str],
    /// Kinds: `MIL`, `GOV`, `CTR`, `SVR`, `SVC`, `DEV`, `NET`.
    pub entity: &'a [&'a str],
    /// Communities: `NCC`, `EM`, `LE`, `IC`.
    pub shareability: &'a [&'a str],
    /// Tags that he has been read into: see [`Acs::accesses`].
    pub accesses: &'a [&'a str],
}

impl Acs {
    /// Whether the asker may do this with the data: the control set admits him, no marking denies
    /// it, and each marking permits it by a rule or by its default.
    pub fn permits(&self, action: Action, asker: &Asker<'_>) -> bool {
        self.admits(asker) && self.rules.iter().all(|rules| rules.permit(action, asker))
    }

    /// Whether the control set admits the asker at all.
    pub fn admits(&self, asker: &Asker<'_>) -> bool {
        let cleared = self.classification == Classification::Unclassified
            || asker.clearance >= Some(self.classification);
        let foreign = asker.nationality != "USA" && self.no_foreigners();
        !self.unreadable
            && cleared
            && !foreign
            && self.accesses.iter().all(|tag| asker.accesses.contains(&tag.as_str()))
            && any_of(self.permitted_nationalities.as_deref(), &[asker.nationality])
            && any_of(self.permitted_organizations.as_deref(), asker.organizations)
            && any_of(self.entity.as_deref(), asker.entity)
            && any_of(self.shareability.as_deref(), asker.shareability)
    }

    /// Whether the data may be passed on to a recipient of these names: its organisation, every
    /// group that it belongs to, `FOREIGNGOV` or `SECTOR` where that is what it is.
    pub fn further_sharing_allowed(&self, names: &[&str]) -> bool {
        let foreign = names.contains(&"FOREIGNGOV") && self.no_foreigners();
        !self.unreadable && !foreign && self.rules.iter().all(|rules| rules.share(names))
    }

    fn no_foreigners(&self) -> bool {
        self.restrictions.iter().any(|code| code == "NF")
    }

    pub(super) fn merge(&mut self, more: &Self) {
        // Every field by name: a new one that nobody joins would loosen.
        let Self {
            classification,
            accesses,
            restrictions,
            releases,
            shareability,
            entity,
            permitted_nationalities: nationalities,
            permitted_organizations: organizations,
            rules,
            custodians,
            unreadable,
        } = more;
        self.classification = self.classification.max(*classification);
        lattice::unite(&mut self.accesses, accesses);
        lattice::unite(&mut self.restrictions, restrictions);
        self.releases.retain(|code| releases.contains(code));
        lattice::intersect(&mut self.shareability, shareability.as_deref());
        lattice::intersect(&mut self.entity, entity.as_deref());
        lattice::intersect(&mut self.permitted_nationalities, nationalities.as_deref());
        lattice::intersect(&mut self.permitted_organizations, organizations.as_deref());
        lattice::unite(&mut self.rules, rules);
        lattice::unite(&mut self.custodians, custodians);
        self.unreadable |= unreadable;
    }

    pub(super) fn at_least_as_strict_as(&self, other: &Self) -> bool {
        let within = |ours: &Option<Vec<String>>, theirs: &Option<Vec<String>>| {
            lattice::within(ours.as_deref(), theirs.as_deref())
        };
        self.classification >= other.classification
            && lattice::includes(&self.accesses, &other.accesses)
            && lattice::includes(&self.restrictions, &other.restrictions)
            && lattice::includes(&other.releases, &self.releases)
            && within(&self.shareability, &other.shareability)
            && within(&self.entity, &other.entity)
            && within(&self.permitted_nationalities, &other.permitted_nationalities)
            && within(&self.permitted_organizations, &other.permitted_organizations)
            && lattice::includes(&self.rules, &other.rules)
            && lattice::includes(&self.custodians, &other.custodians)
            && self.unreadable >= other.unreadable
    }
}

/// Whether the list admits one of these; no list admits everybody.
fn any_of(list: Option<&[String]>, held: &[&str]) -> bool {
    list.is_none_or(|list| list.iter().any(|item| held.contains(&item.as_str())))
}
