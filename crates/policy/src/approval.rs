//! Who approves a release: a rule, and conditions under which it is stricter.

use enlace_stix::marking::Tlp;
use serde::{Deserialize, Serialize};

use crate::{Clause, Facts, Terms};

/// Who approves a release, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// Nobody: the agreement did.
    Automatic,
    /// One officer; may be the one who drafted it.
    OneOfficer,
    /// Another account than the one that drafted it.
    FourEyes,
}

impl Approval {
    /// Name in terms and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::OneOfficer => "one-officer",
            Self::FourEyes => "four-eyes",
        }
    }
}

/// The rule of an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalTerm {
    /// Clause number.
    pub clause: String,
    /// The rule of every release.
    pub rule: Approval,
    /// Conditions under which another rule holds; the strictest of all counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<ApprovalWhen>,
}

/// A condition: met by an object that meets every member stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalWhen {
    /// The object is of one of these types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// The object is a person of one of these categories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
    /// The object is marked with this colour or a stricter one, or not marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlp: Option<Tlp>,
    /// The release is for one of these purposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purposes: Option<Vec<String>>,
    /// The object carries a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<bool>,
    /// The rule that holds then.
    pub rule: Approval,
}

impl ApprovalWhen {
    /// Whether an object released for `purpose` meets the condition.
    fn met_by(&self, facts: &Facts, purpose: &str) -> bool {
        let names = |list: &Option<Vec<String>>, name: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|item| item == name))
        };
        let categories = self.categories.as_ref();
        names(&self.types, &facts.kind)
            && names(&self.purposes, purpose)
            && categories.is_none_or(|list| facts.categories.iter().any(|c| list.contains(c)))
            && self.tlp.is_none_or(|tlp| facts.marking.tlp.is_none_or(|found| found >= tlp))
            && self.documents.is_none_or(|documents| facts.document == documents)
    }
}

/// The approval that a release of objects with these facts needs for `purpose`, and why: the
/// agreement's rule and each condition that asked for more, none twice.
pub fn approval_of<'f>(
    terms: &Terms,
    purpose: &str,
    set: impl IntoIterator<Item = &'f Facts>,
) -> (Approval, Vec<Clause>) {
    let term = &terms.approval;
    let clause =
        |code, rule: Approval| Clause::agreement(&term.clause, code).with("rule", rule.name());
    let mut met = vec![false; term.when.len()];
    for facts in set {
        for (met, when) in met.iter_mut().zip(&term.when) {
            *met = *met || when.met_by(facts, purpose);
        }
    }
    let mut rule = term.rule;
    let mut clauses = vec![clause("clause-approval", term.rule)];
    let asked = term.when.iter().zip(met).filter(|(when, met)| *met && when.rule > term.rule);
    for (when, _) in asked {
        rule = rule.max(when.rule);
        let clause = clause("clause-approval-when", when.rule);
        if !clauses.contains(&clause) {
            clauses.push(clause);
        }
    }
    (rule, clauses)
}

/// Whether `approver` may approve what `drafter` drafted (both account names).
pub fn approval_allowed(rule: Approval, drafter: &str, approver: &str) -> bool {
    match rule {
        Approval::Automatic | Approval::OneOfficer => true,
        Approval::FourEyes => drafter != approver,
    }
}
