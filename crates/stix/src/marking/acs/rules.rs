//! The rules of one ACS marking: scoped permits and denials, with a default for what none names.

use super::Asker;

/// What a rule or a default does, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `permit`
    Permit,
    /// `deny`
    Deny,
}

/// What an asker wants to do (`privilege_action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// `DSPLY`: see it.
    Display,
    /// `IDSRC`: learn its source.
    IdentifySource,
    /// `TENOT`: tell whom it concerns.
    NotifyTarget,
    /// `NETDEF`: defend networks with it.
    DefendNetwork,
    /// `LEGAL`: use it in proceedings.
    Legal,
    /// `INTEL`: use it as intelligence.
    Intelligence,
    /// `TEARLINE`: use its tear-line.
    TearLine,
    /// `OPACTION`: act on it.
    Operate,
    /// `REQUEST`: ask for more of it.
    Request,
    /// `ANONYMOUSACCESS`: see it unnamed.
    AnonymousAccess,
    /// `CISAUSES`: the uses that the Cybersecurity Information Sharing Act of 2015 names.
    CisaUses,
}

impl Action {
    /// Reads a code of the scheme; `ALL` is no action but every one.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "DSPLY" => Self::Display,
            "IDSRC" => Self::IdentifySource,
            "TENOT" => Self::NotifyTarget,
            "NETDEF" => Self::DefendNetwork,
            "LEGAL" => Self::Legal,
            "INTEL" => Self::Intelligence,
            "TEARLINE" => Self::TearLine,
            "OPACTION" => Self::Operate,
            "REQUEST" => Self::Request,
            "ANONYMOUSACCESS" => Self::AnonymousAccess,
            "CISAUSES" => Self::CisaUses,
            _ => return None,
        })
    }
}

/// The defaults and rules of one marking. Lists are sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rules {
    /// For uses that no rule of `privileges` names (`privdefault`).
    pub privilege_default: Effect,
    /// For recipients that no rule of `sharing` names (`sharedefault`).
    pub sharing_default: Effect,
    /// `access_privilege`
    pub privileges: Vec<Privilege>,
    /// `further_sharing`
    pub sharing: Vec<Sharing>,
}

/// Who may, or may not, do one thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Privilege {
    /// `None` = every action (`ALL`).
    pub action: Option<Action>,
    /// Whom the rule is about.
    pub scope: Scope,
    /// What it does.
    pub effect: Effect,
}

/// Whom a rule is about: all of the stated lists must name the asker; `None` = `ALL`, or not
/// stated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Scope {
    /// GENC codes.
    pub nationalities: Option<Vec<String>>,
    /// Organisations and groups.
    pub organizations: Option<Vec<String>>,
    /// Communities.
    pub shareability: Option<Vec<String>>,
    /// Kinds of person and machine.
    pub entity: Option<Vec<String>>,
}

/// To whom the data may, or may not, be passed on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sharing {
    /// Organisations and groups, `FOREIGNGOV`, `SECTOR`.
    pub scope: Vec<String>,
    /// What the rule does.
    pub effect: Effect,
}

impl Rules {
    /// Denials first, then permits, then the default.
    pub(super) fn permit(&self, action: Action, asker: &Asker<'_>) -> bool {
        let rules = self.privileges.iter().filter(|rule| rule.action.is_none_or(|a| a == action));
        decide(
            rules.filter(|rule| rule.scope.meets(asker, rule.effect)).map(|rule| rule.effect),
            self.privilege_default,
        )
    }

    pub(super) fn share(&self, names: &[&str]) -> bool {
        let rules = self.sharing.iter().filter(|rule| named(&rule.scope, names, rule.effect));
        decide(rules.map(|rule| rule.effect), self.sharing_default)
    }
}

/// `Deny` is the greater effect: the maximum of the rules that apply decides.
fn decide(effects: impl Iterator<Item = Effect>, default: Effect) -> bool {
    effects.max().unwrap_or(default) == Effect::Permit
}

impl Scope {
    fn meets(&self, asker: &Asker<'_>, effect: Effect) -> bool {
        let lists = [
            (&self.nationalities, &[asker.nationality][..]),
            (&self.organizations, asker.organizations),
            (&self.shareability, asker.shareability),
            (&self.entity, asker.entity),
        ];
        lists
            .into_iter()
            .all(|(list, held)| list.as_deref().is_none_or(|list| named(list, held, effect)))
    }
}

/// A permit must name the asker himself; a denial of `USA.DOJ` also meets `USA.DOJ.FBI`.
fn named(list: &[String], held: &[&str], effect: Effect) -> bool {
    list.iter().any(|item| {
        held.iter().any(|name| match name.strip_prefix(item.as_str()) {
            Some("") => true,
            Some(rest) => effect == Effect::Deny && rest.starts_with('.'),
            None => false,
        })
    })
}
