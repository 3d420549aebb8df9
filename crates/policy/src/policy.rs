//! A compiled agreement: decides about objects, properties and fields, and names the clauses.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Decision as Verdict, Entities, Entity, EntityId, EntityTypeName,
    EntityUid, PolicyId, PolicySet, Request, RestrictedExpression, Schema, ValidationMode,
    Validator,
};
use enlace_stix::marking::Effective;

use crate::cedar::{self, Rule};
use crate::fields::MaskTable;
use crate::memo::{Limits, Memo, Signature, asks_for_more, retention_over, review_overdue};
use crate::{
    Agreement, Ask, Clause, Decision, Evaluation, Facts, Mask, PrivateRules, Terms, check,
};

/// An agreement and the node's private rules, compiled.
#[derive(Debug)]
pub struct Policy {
    agreement: Agreement,
    rules: HashMap<String, Rule>,
    text: String,
    cedar: Cedar,
    masks: MaskTable,
    /// An object that leaves if its marking lets it, for questions about markings alone.
    neutral: Option<Facts>,
    limits: Limits,
    memo: Memo,
}

/// What Cedar needs at each decision.
#[derive(Debug)]
struct Cedar {
    schema: Schema,
    policies: PolicySet,
    unit: EntityTypeName,
    record: EntityTypeName,
    action: EntityUid,
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

    fn of_rules(
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
            neutral: neutral(agreement.terms(), private),
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
        if let Some(decision) = self.memo.get(hash, &signature, &self.limits) {
            return decision;
        }
        let decision = Arc::new(self.decide_anew(facts, ask));
        self.memo.put(hash, facts, ask, &decision);
        decision
    }

    /// Forgets every decision that was made; the next ones are made anew, with the same result.
    pub fn forget(&self) {
        self.memo.forget();
    }

    /// Whether a property with this effective marking may leave, the object itself permitted.
    pub fn decide_marking(&self, marking: &Effective, ask: &Ask) -> Arc<Decision> {
        match &self.neutral {
            Some(neutral) => {
                self.decide(&Facts { marking: marking.clone(), ..neutral.clone() }, ask)
            }
            None => Arc::new(Decision::Withhold { clauses: vec![Clause::deny()] }),
        }
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
        let Some((verdict, reasons)) = self.cedar.ask(facts, ask, &self.names_of(&ask.partner))
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
        match verdict {
            Verdict::Allow => Decision::Permit { clauses },
            Verdict::Deny => Decision::Withhold { clauses },
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

/// An object that every rule lets leave but those about markings and about the question.
fn neutral(terms: &Terms, private: &PrivateRules) -> Option<Facts> {
    let forbidden = |kind: &str| {
        private.forbid.iter().any(|f| f.caveat.is_none() && f.kind.as_deref() == Some(kind))
    };
    let kind = terms.types.allowed.iter().find(|kind| !forbidden(kind))?.clone();
    let evaluation = match &terms.evaluation {
        Some(term) => term.floor.keys().find_map(|scheme| Evaluation::best(scheme)),
        None => None,
    };
    let age_days = Some(0);
    Some(Facts { kind, own: true, evaluation, age_days, ..Facts::default() })
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
        if rule.kind.is_none() && rule.caveat.is_none() && rule.category.is_none() {
            return refuse("at least one of `type`, `caveat`, `category`");
        }
        if !names.insert(rule.name.as_str()) {
            return refuse("a name of its own");
        }
    }
    Ok(())
}

impl Cedar {
    fn new(rules: &[Rule]) -> Result<Self, CompileError> {
        let failed = |rule: &str, reason: String| CompileError::Cedar { rule: rule.into(), reason };
        let (schema, _warnings) = Schema::from_cedarschema_str(cedar::SCHEMA)
            .map_err(|e| failed("schema", e.to_string()))?;
        let mut policies = PolicySet::new();
        for rule in rules {
            let policy = cedar_policy::Policy::parse(Some(PolicyId::new(&rule.id)), &rule.text)
                .map_err(|e| failed(&rule.id, e.to_string()))?;
            policies.add(policy).map_err(|e| failed(&rule.id, e.to_string()))?;
        }
        let result = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        if let Some(error) = result.validation_errors().next() {
            return Err(failed("schema", error.to_string()));
        }
        let name = |text: &str| {
            EntityTypeName::from_str(text).map_err(|e| failed("schema", e.to_string()))
        };
        let action = name("Action")?;
        Ok(Self {
            unit: name("Unit")?,
            record: name("Record")?,
            action: EntityUid::from_type_name_and_id(action, EntityId::new("release")),
            schema,
            policies,
        })
    }

    /// Cedar's verdict and the ids of the policies that made it; `None` on any error.
    fn ask(&self, facts: &Facts, ask: &Ask, names: &[String]) -> Option<(Verdict, Vec<String>)> {
        let uid = |kind: &EntityTypeName, id: &str| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
        };
        let (unit, record) = (uid(&self.unit, &ask.partner), uid(&self.record, "this"));
        let vetted = RestrictedExpression::new_bool(ask.vetted);
        let principal =
            HashMap::from([("names".to_owned(), texts(names)), ("vetted".to_owned(), vetted)]);
        let principal = Entity::new(unit.clone(), principal, HashSet::new()).ok()?;
        let attributes = attributes(facts, ask.now_us)?;
        let resource = Entity::new(record.clone(), attributes, HashSet::new()).ok()?;
        let entities = Entities::from_entities([principal, resource], Some(&self.schema)).ok()?;
        let text = RestrictedExpression::new_string;
        let mut context = vec![
            ("purpose".to_owned(), text(ask.purpose.clone())),
            ("active".to_owned(), RestrictedExpression::new_bool(ask.active)),
            ("now_us".to_owned(), RestrictedExpression::new_long(ask.now_us)),
            ("reasoned".to_owned(), RestrictedExpression::new_bool(ask.reasoned)),
        ];
        context.extend(ask.offence.clone().map(|offence| ("offence".to_owned(), text(offence))));
        let context = Context::from_pairs(context).ok()?;
        let action = self.action.clone();
        let request = Request::new(unit, action, record, context, Some(&self.schema)).ok()?;
        let response = Authorizer::new().is_authorized(&request, &self.policies, &entities);
        // Cedar skips a policy that fails: for a forbid that would be a permit.
        if response.diagnostics().errors().next().is_some() {
            return None;
        }
        let reasons = response.diagnostics().reason().map(ToString::to_string).collect();
        Some((response.decision(), reasons))
    }
}

fn texts(items: &[String]) -> RestrictedExpression {
    RestrictedExpression::new_set(items.iter().cloned().map(RestrictedExpression::new_string))
}

fn attributes(facts: &Facts, now_us: i64) -> Option<HashMap<String, RestrictedExpression>> {
    let flag = RestrictedExpression::new_bool;
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let marking = &facts.marking;
    let handling: Vec<String> = marking.handling.iter().map(|h| format!("{h:?}")).collect();
    let mut attributes = HashMap::new();
    let mut set = |name: &str, value| attributes.insert(name.to_owned(), value);
    set("kind", text(&facts.kind));
    set("handling", texts(&handling));
    set("caveats", texts(&marking.caveats));
    set("unknown_marking", flag(asks_for_more(marking)));
    set("conditions", flag(!marking.conditions.is_empty()));
    set("retention_over", flag(retention_over(marking, now_us)));
    set("review_overdue", flag(review_overdue(marking, now_us)));
    set("natural_person", flag(facts.natural_person));
    set("categories", texts(&facts.categories));
    set("own", flag(facts.own));
    set("consented", flag(facts.consented));
    set("document", flag(facts.document));
    set("flattened", flag(facts.flattened));
    set("revoked", flag(facts.revoked));
    set("held_back", flag(facts.held_back));
    if let Some(tlp) = marking.tlp {
        set("tlp", text(tlp.name()));
    }
    if let Some(names) = &marking.releasable_to {
        set("releasable_to", texts(names));
    }
    if let Some(purposes) = &marking.purposes {
        set("purposes", texts(purposes));
    }
    if let Some(pap) = marking.pap {
        set("pap", text(pap.name()));
    }
    if let Some(found) = &facts.evaluation {
        let members = [
            ("scheme".to_owned(), text(&found.scheme)),
            ("source".to_owned(), text(&found.source)),
            ("information".to_owned(), text(&found.information)),
            ("whole".to_owned(), flag(found.whole)),
        ];
        set("evaluation", RestrictedExpression::new_record(members).ok()?);
    }
    if let Some(days) = facts.age_days {
        set("age_days", RestrictedExpression::new_long(i64::from(days)));
    }
    Some(attributes)
}
