//! Cedar's verdict on one object: facts and question in, the policies that decided out.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use crate::cedar::{self, Rule};
use crate::memo::{asks_for_more, retention_over, review_overdue};
use crate::{Ask, CompileError, Facts};

/// What Cedar needs at each decision.
#[derive(Debug)]
pub(crate) struct Cedar {
    authorizer: Authorizer,
    schema: Schema,
    policies: PolicySet,
    unit: EntityTypeName,
    record: EntityTypeName,
    action: EntityUid,
}

impl Cedar {
    pub(crate) fn new(rules: &[Rule]) -> Result<Self, CompileError> {
        let failed = |rule: &str, reason: String| CompileError::Cedar { rule: rule.into(), reason };
        let (schema, _warnings) = Schema::from_cedarschema_str(cedar::SCHEMA)
            .map_err(|e| failed("schema", e.to_string()))?;
        let mut policies = PolicySet::new();
        for rule in rules {
            let policy = Policy::parse(Some(PolicyId::new(&rule.id)), &rule.text)
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
            authorizer: Authorizer::new(),
            schema,
            policies,
        })
    }

    /// Whether Cedar permits, and the ids of the policies that made it so; `None` on any error.
    pub(crate) fn ask(
        &self,
        facts: &Facts,
        ask: &Ask,
        names: &[String],
    ) -> Option<(bool, Vec<String>)> {
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
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        // Cedar skips a policy that fails: for a forbid that would be a permit.
        if response.diagnostics().errors().next().is_some() {
            return None;
        }
        let reasons = response.diagnostics().reason().map(ToString::to_string).collect();
        Some((response.decision() == Decision::Allow, reasons))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Cedar around this rule and a permit of everything.
    fn beside(rule: &str) -> Result<Cedar, CompileError> {
        let all = "permit (principal, action == Action::\"release\", resource);";
        let rules = [all, rule].into_iter().enumerate().map(|(i, text)| Rule {
            id: format!("rule-{i}"),
            clause: String::new(),
            code: "default-deny",
            text: text.to_owned(),
        });
        Cedar::new(&rules.collect::<Vec<_>>())
    }

    fn verdict(rule: &str) -> Option<bool> {
        let ask = Ask {
            partner: "unit".into(),
            purpose: "cyber".into(),
            now_us: 1,
            active: true,
            vetted: true,
            offence: None,
            reasoned: false,
        };
        let answer = beside(rule).unwrap().ask(&Facts::default(), &ask, &[]);
        answer.map(|(permits, _)| permits)
    }

    #[test]
    fn a_forbid_that_fails_to_evaluate_is_an_error_and_no_permit() {
        let head = "forbid (principal, action == Action::\"release\", resource)";
        assert_eq!(verdict(&format!("{head} when {{ context.now_us == 1 }};")), Some(false));
        assert_eq!(verdict(&format!("{head} when {{ context.now_us == 2 }};")), Some(true));
        let overflows = format!("{head} when {{ context.now_us + {} == 0 }};", i64::MAX);
        assert_eq!(verdict(&overflows), None);
    }

    #[test]
    fn a_rule_that_might_read_what_is_not_there_does_not_compile() {
        let head = "forbid (principal, action == Action::\"release\", resource)";
        for condition in [
            "resource.age_days > 3",
            "resource.embargo",
            "resource.kind == 3",
            "resource.tlp == \"red\" && resource has tlp",
            "context.offence == \"theft\"",
        ] {
            let made = beside(&format!("{head} when {{ {condition} }};"));
            assert!(matches!(made, Err(CompileError::Cedar { .. })), "{condition}");
        }
    }
}
