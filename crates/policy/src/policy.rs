//! A compiled agreement: decides about objects, properties and fields, and names the clauses.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use enlace_stix::marking::Effective;

use crate::cedar::{self, Rule};
use crate::fields::MaskTable;
use crate::memo::{Limits, Memo, Signature};
use crate::terms::{CATEGORIES, PURPOSES};
use crate::verdict::Cedar;
use crate::{
    Agreement, Ask, Clause, Decision, Facts, Forbid, Mask, PrivateRules, Terms, check, kinds,
};

/// An agreement and the node's private rules, compiled.
#[derive(Debug)]
pub struct Policy {
    agreement: Agreement,
    rules: HashMap<String, Rule>,
    text: String,
    cedar: Cedar,
    masks: MaskTable,
    limits: Limits,
    memo: Memo,
}

/// Why no policy can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A private rule without condition or with a bad or repeated name.
    #[error("private rule `{name}`: {expected}")]
    PrivateRule {
        /// Its name.
        name: String,
        /// What a rule needs.
        expected: &'static str,
    },
    /// Cedar refused what was compiled.
    #[error("rule `{rule}` does not compile: {reason}")]
    Cedar {
        /// Id of the rule, or `schema`.
        rule: String,
        /// Cedar's words.
        reason: String,
    },
}

impl Policy {
    /// Compiles an agreement with this node's private rules; validated strictly.
    pub fn compile(agreement: &Agreement, private: &PrivateRules) -> Result<Self, CompileError> {
        Self::of_rules(agreement, private, cedar::rules(agreement, private))
    }

    /// As [`Policy::compile`], with one rule (`agreement.tlp`) missing: for tests that ask whether
    /// anybody would notice.
    #[doc(hidden)]
    #[cfg(feature = "mutation")]
    pub fn compile_without(
        agreement: &Agreement,
        private: &PrivateRules,
        rule: &str,
    ) -> Result<Self, CompileError> {
        let mut rules = cedar::rules(agreement, private);
        rules.retain(|held| held.id != rule);
        Self::of_rules(agreement, private, rules)
    }

    /// The ids of all rules, in their order.
    #[doc(hidden)]
    #[cfg(feature = "mutation")]
    pub fn rule_ids(agreement: &Agreement, private: &PrivateRules) -> Vec<String> {
        cedar::rules(agreement, private).into_iter().map(|rule| rule.id).collect()
    }

    /// The policy of a release to one named person of the recipient unit, encrypted to that person
    /// and never put into a collection: TLP:RED may leave, everything else is as
    /// [`Policy::compile`] makes it. `None` where the agreement lets no red leave.
    pub fn to_named_person(
        agreement: &Agreement,
        private: &PrivateRules,
    ) -> Result<Option<Self>, CompileError> {
        if agreement.terms().tlp.red.is_none() {
            return Ok(None);
        }
        let rules = cedar::rules_to_person(agreement, private);
        Self::of_rules(agreement, private, rules).map(Some)
    }

    pub(crate) fn of_rules(
        agreement: &Agreement,
        private: &PrivateRules,
        rules: Vec<Rule>,
    ) -> Result<Self, CompileError> {
        check_private(private)?;
        let cedar = Cedar::new(&rules)?;
        let texts: Vec<String> =
            rules.iter().map(|rule| format!("// {}\n{}\n", rule.id, rule.text)).collect();
        Ok(Self {
            agreement: agreement.clone(),
            text: texts.join("\n"),
            rules: rules.into_iter().map(|rule| (rule.id.clone(), rule)).collect(),
            cedar,
            masks: MaskTable::compile(agreement.terms()),
            limits: Limits {
                valid: agreement.validity_us(),
                age: agreement.terms().age.as_ref().map(|age| age.days),
            },
            memo: Memo::default(),
        })
    }

    /// The agreement.
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// Its terms.
    pub fn terms(&self) -> &Terms {
        self.agreement.terms()
    }

    /// The compiled policies with the schema they hold to, as Cedar text.
    pub fn cedar_text(&self) -> String {
        let mut text = String::new();
        for line in cedar::SCHEMA.trim().lines() {
            let _ = writeln!(text, "// {line}");
        }
        text + "\n" + &self.text
    }

    /// Whether the object with these facts may leave; any error withholds.
    pub fn decide(&self, facts: &Facts, ask: &Ask) -> Arc<Decision> {
        let signature = Signature::of(facts, ask, &self.limits);
        let hash = self.memo.hash(&signature);
        let remembered = self.memo.get(hash, &signature, &self.limits);
        remembered.unwrap_or_else(|| self.decide_and_keep(hash, facts, ask))
    }

    fn decide_and_keep(&self, hash: u64, facts: &Facts, ask: &Ask) -> Arc<Decision> {
        let decision = Arc::new(self.decide_anew(facts, ask));
        self.memo.put(hash, facts, ask, &decision);
        decision
    }

    /// Forgets every decision that was made; the next ones are made anew, with the same result.
    pub fn forget(&self) {
        self.memo.forget();
    }

    /// Whether a property with this effective marking may leave, the object with these facts
    /// permitted: as if the whole object bore the marking.
    pub fn decide_marking(&self, object: &Facts, marking: &Effective, ask: &Ask) -> Arc<Decision> {
        let signature = Signature::marked(object, marking, ask, &self.limits);
        let hash = self.memo.hash(&signature);
        let remembered = self.memo.get(hash, &signature, &self.limits);
        remembered.unwrap_or_else(|| {
            let facts = Facts { marking: marking.clone(), ..object.clone() };
            self.decide_and_keep(hash, &facts, ask)
        })
    }

    /// What happens to the property at `path` of objects of `kind`, and by which clause.
    ///
    /// A path names properties without list positions; properties of our extensions begin with
    /// the short name of the extension: `person.names.full`.
    pub fn mask(&self, kind: &str, path: &str) -> (&Mask, &Clause) {
        self.masks.mask(kind, path)
    }

    /// As [`Policy::decide`], without what was decided before.
    pub fn decide_anew(&self, facts: &Facts, ask: &Ask) -> Decision {
        let error = || Decision::Withhold {
            clauses: vec![Clause::product("default.error", "default-error")],
        };
        let Some((permits, reasons)) = self.cedar.ask(facts, ask, &self.names_of(&ask.partner))
        else {
            return error();
        };
        let mut clauses = BTreeSet::new();
        for id in reasons {
            match self.rules.get(&id) {
                Some(rule) => clauses.insert(self.clause(rule, facts, ask)),
                None => return error(),
            };
        }
        if clauses.is_empty() {
            clauses.insert(Clause::deny());
        }
        let clauses = clauses.into_iter().collect();
        match permits {
            true => Decision::Permit { clauses },
            false => Decision::Withhold { clauses },
        }
    }

    /// Names by which a marking may mean this party: key id, identity, country.
    fn names_of(&self, key_id: &str) -> Vec<String> {
        let mut names = vec![key_id.to_owned()];
        if let Some(party) = self.agreement.party(key_id) {
            names.extend([party.identity_ref.clone(), party.country.clone()]);
        }
        names
    }

    fn clause(&self, rule: &Rule, facts: &Facts, ask: &Ask) -> Clause {
        let clause = match rule.id.strip_prefix("private.") {
            Some(name) => Clause::private(name, rule.code),
            None => Clause::agreement(&rule.clause, rule.code),
        };
        let terms = self.terms();
        let outside = |found: &[String], allowed: &[String]| {
            let out: Vec<&str> =
                found.iter().filter(|f| !allowed.contains(f)).map(String::as_str).collect();
            out.join(", ")
        };
        let codes = |list: &[enlace_stix::marking::Handling]| -> Vec<String> {
            list.iter().map(|h| format!("{h:?}")).collect()
        };
        let tlp = facts.marking.tlp.map_or("none", |tlp| tlp.name());
        match rule.code {
            "clause-type" | "clause-type-permitted" | "private-type" => {
                clause.with("type", facts.kind.as_str())
            }
            "clause-tlp-max" => clause.with("found", tlp).with("max", terms.tlp.max.name()),
            "clause-purpose" | "private-marking-purpose" => {
                clause.with("purpose", ask.purpose.as_str())
            }
            "clause-subject" => {
                clause.with("category", outside(&facts.categories, &terms.subjects.allowed))
            }
            "clause-handling" => {
                let found = codes(&facts.marking.handling);
                clause.with("code", outside(&found, &codes(&terms.handling.allowed)))
            }
            "clause-caveat" => {
                clause.with("caveat", outside(&facts.marking.caveats, &terms.handling.caveats))
            }
            "clause-pap" => {
                clause.with("found", facts.marking.pap.map_or("none", |pap| pap.name()))
            }
            "clause-evaluation" => match &facts.evaluation {
                Some(found) => {
                    let grade = format!("{}{}", found.source, found.information);
                    clause.with("scheme", found.scheme.as_str()).with("found", grade)
                }
                None => clause,
            },
            "clause-age" => {
                clause.with("days", terms.age.as_ref().map_or(0, |age| age.days).to_string())
            }
            "clause-assurances" => clause.with("purpose", ask.purpose.as_str()),
            "clause-dates" => {
                let draft = &self.agreement.draft;
                let clause = clause.with("from", draft.valid_from.as_str());
                clause.with("until", draft.valid_until.as_str())
            }
            _ => clause,
        }
    }
}

fn check_private(private: &PrivateRules) -> Result<(), CompileError> {
    let mut names = HashSet::new();
    for rule in &private.forbid {
        let refuse = |expected| {
            Err(CompileError::PrivateRule { name: rule.name.chars().take(60).collect(), expected })
        };
        if !check::is_slug(&rule.name) {
            return refuse("a name of lower-case letters, digits and `-`");
        }
        let Forbid { name: _, kind, caveat, category, partner, purpose } = rule;
        if [kind, caveat, category, partner, purpose].iter().all(|condition| condition.is_none()) {
            let expected = "at least one of `type`, `caveat`, `category`, `partner`, `purpose`";
            return refuse(expected);
        }
        // A name that nothing bears forbids nothing, and somebody believes that it does.
        if kind.as_ref().is_some_and(|kind| kinds::kind(kind).is_none()) {
            return refuse("a `type` that can be released");
        }
        if category.as_ref().is_some_and(|c| !CATEGORIES.contains(&c.as_str())) {
            return refuse("a `category` of persons");
        }
        if purpose.as_ref().is_some_and(|p| !PURPOSES.contains(&p.as_str())) {
            return refuse("a `purpose` that agreements know");
        }
        if !names.insert(rule.name.as_str()) {
            return refuse("a name of its own");
        }
    }
    Ok(())
}
