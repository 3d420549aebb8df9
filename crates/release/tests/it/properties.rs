//! What must hold for every set that anyone can put before the exit.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use enlace_policy::{Ask, Clause, Decision};
use enlace_release::{Candidate, Outcome, Plan, facts};
use enlace_stix::validate::Level;
use enlace_stix::{Object, marking::Tlp, validate};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;

use crate::generate::{self, Dice};
use crate::model::{self, NODE, NOW, Node, PURPOSE, US};
use crate::reference::{Original, Question};

/// As many cases as `PROPTEST_CASES` says.
fn cases() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}

fn definitions(node: &Node) -> BTreeMap<String, Value> {
    let view = |object: &Object| Value::Object(object.view().clone());
    node.definitions.iter().map(|(id, object)| (id.clone(), view(object))).collect()
}

fn question<'a>(agreement: &'a Value, definitions: &'a BTreeMap<String, Value>) -> Question<'a> {
    Question {
        agreement,
        private: &[],
        definitions,
        partner: US,
        purpose: PURPOSE,
        now_us: NOW,
        active: true,
        vetted: true,
        offence: None,
        reasoned: false,
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_fast_decision_is_the_slow_one(seed: u64) {
        let node = &*NODE;
        let (agreement, definitions) = (model::agreement_object(), definitions(node));
        let mut dice = Dice::new(seed ^ 0xdec1de);
        let purposes = [PURPOSE, PURPOSE, "cyber"];
        let ask = Ask {
            partner: if dice.below(10) == 0 { "3".repeat(64) } else { US.to_owned() },
            purpose: purposes[dice.below(3)].to_owned(),
            now_us: if dice.below(10) == 0 { 0 } else { NOW },
            active: dice.below(10) > 0,
            vetted: true,
            offence: None,
            reasoned: false,
        };
        let question = Question {
            partner: &ask.partner,
            purpose: &ask.purpose,
            now_us: ask.now_us,
            active: ask.active,
            ..question(&agreement, &definitions)
        };
        let find = |id: &str| node.definitions.get(id);
        for candidate in generate::set(seed, 10, true).candidates {
            let view = Value::Object(candidate.object.view().clone());
            let slow =
                question.forbids(&Original::new(view.clone(), candidate.own));
            let facts = facts(&candidate.object, candidate.own, ask.now_us, &find);
            let fast = match &*node.policy.decide(&facts, &ask) {
                Decision::Permit { .. } => BTreeSet::new(),
                Decision::Withhold { clauses } => clauses.iter().map(|c| c.id.clone()).collect(),
            };
            prop_assert_eq!(fast, slow, "{}", view);
        }
    }

    #[test]
    fn a_canary_leaves_only_where_a_clause_names_its_field(seed: u64) {
        let node = &*NODE;
        let (agreement, definitions) = (model::agreement_object(), definitions(node));
        let set = generate::set(seed, 12, true);
        let plan = node.plan(&set.candidates);
        let all: String = plan.released.iter().map(|r| r.bytes()).collect::<Vec<_>>().join("\n");
        let lower = all.to_lowercase();
        for (canary, (id, path)) in &set.canaries {
            let found = forms(canary).iter().any(|form| all.contains(form) || lower.contains(form));
            if found {
                let candidate =
                    set.candidates.iter().find(|c| c.object.id().as_str() == id).unwrap();
                let question = question(&agreement, &definitions);
                prop_assert!(may_leave(&question, candidate, path), "{canary} of {id} at {path}");
            }
        }
    }

    #[test]
    fn what_leaves_is_valid_stix_and_refers_to_nothing_else(seed: u64) {
        let node = &*NODE;
        let set = generate::set(seed, 14, true);
        let plan = node.plan(&set.candidates);
        let ids: BTreeSet<String> = plan.released.iter().map(|r| r.id().to_string()).collect();
        let tlp: BTreeSet<&str> = Tlp::ALL.iter().map(|t| t.marking_id()).collect();
        for released in &plan.released {
            let object = Object::parse(released.bytes()).unwrap();
            let must: Vec<_> =
                validate::object(&object).into_iter().filter(|f| f.level == Level::Must).collect();
            prop_assert!(must.is_empty(), "{must:?} {}", released.bytes());
            for reference in object.references() {
                let target = reference.target.as_str();
                prop_assert!(ids.contains(target) || tlp.contains(target), "{target}");
            }
            for candidate in &set.candidates {
                let original = candidate.object.id().as_str();
                let observable = object.get("created").is_none();
                prop_assert!(observable || !released.bytes().contains(original), "{original}");
            }
        }
        let sorted = plan.released.windows(2).all(|pair| pair[0].id() < pair[1].id());
        prop_assert!(sorted, "the order of what leaves says nothing");
    }

    #[test]
    fn a_plan_does_not_depend_on_the_order_of_the_set(seed: u64) {
        let node = &*NODE;
        let set = generate::set(seed, 12, true);
        let plan = node.plan(&set.candidates);
        let mut shuffled = set.candidates.clone();
        let mut dice = Dice::new(seed ^ 0x5eed);
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, dice.below(i + 1));
        }
        prop_assert_eq!(&node.plan(&shuffled), &plan);
        if seed % 16 == 0 {
            let fresh = Node::new().plan(&set.candidates);
            prop_assert_eq!(&fresh, &plan, "nor on what was asked before");
        }
    }

    #[test]
    fn what_stays_leaves_no_trace(seed: u64) {
        let node = &*NODE;
        let set = generate::set(seed, 12, false);
        let plan = node.plan(&set.candidates);
        let stays: BTreeSet<String> = withheld(&plan);
        let mut dice = Dice::new(seed ^ 0x7ace);
        let referenced: BTreeSet<String> = set.candidates.iter()
            .flat_map(|c| c.object.references()).map(|r| r.target.to_string()).collect();
        let mut other: Vec<Candidate> = Vec::new();
        for candidate in &set.candidates {
            let id = candidate.object.id().to_string();
            if !stays.contains(&id) {
                other.push(candidate.clone());
            } else if referenced.contains(&id) || dice.below(2) == 0 {
                // Stays in the set with other content: it must go on staying for the same reason.
                let mut view = candidate.object.view().clone();
                view.insert("name".into(), format!("another canary {seed}").into());
                view.insert("x_more".into(), seed.into());
                view.insert("modified".into(), "2026-05-30T00:00:00.000Z".into());
                other.push(Candidate { own: false, ..model::candidate(view.into()) });
            }
        }
        prop_assert_eq!(node.plan(&other).released, plan.released);
    }

    #[test]
    fn every_line_bears_a_known_code(seed: u64) {
        let plan = NODE.plan(&generate::set(seed, 8, true).candidates);
        for line in plan.lines() {
            for clause in line.others.iter().chain([&line.clause]) {
                prop_assert!(Clause::CODES.contains(&clause.code), "{}", clause.code);
                prop_assert!(!clause.id.is_empty());
            }
        }
    }
}

#[test]
fn generated_sets_exercise_the_exit() {
    let (mut released, mut codes) = (BTreeMap::<String, usize>::new(), BTreeSet::new());
    for seed in 0..400 {
        let plan = NODE.plan(&generate::set(seed, 12, true).candidates);
        plan.released.iter().for_each(|r| *released.entry(r.kind().to_owned()).or_default() += 1);
        codes.extend(plan.lines().flat_map(|l| l.others.iter().chain([&l.clause])).map(|c| c.code));
    }
    for kind in ["identity", "firearm", "report", "relationship", "bank-account", "location"] {
        assert!(released.get(kind).is_some_and(|count| *count > 3), "{kind}: {released:?}");
    }
    for code in [
        "clause-subject",
        "clause-tlp-max",
        "clause-field-kept",
        "clause-field-changed",
        "closure-end-withheld",
        "closure-list-empty",
        "closure-not-released",
        "closure-required",
        "identifier-in-text",
        "private-unknown-extension",
        "private-subject-unstated",
        "tear-line-names-withheld",
    ] {
        assert!(codes.contains(code), "{code}: {codes:?}");
    }
}

fn withheld(plan: &Plan) -> BTreeSet<String> {
    let stays = plan.objects.iter().filter(|o| matches!(o.outcome, Outcome::Withheld(_)));
    stays.map(|o| o.original.to_string()).collect()
}

/// The ways in which a value could hide in bytes.
fn forms(canary: &str) -> Vec<String> {
    let hex: String = canary.bytes().map(|b| format!("{b:02x}")).collect();
    let mut forms = vec![canary.to_owned(), canary.to_lowercase(), hex];
    // Base64 depends on what stands before: drop the characters that are shared with it.
    for shift in 0..3 {
        let padded = format!("{}{canary}", "-".repeat(shift));
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(padded);
        forms.push(text[4..text.len() - 3].to_owned());
    }
    forms
}

/// Whether terms and markings let the value at this selector leave, read without the fast path.
fn may_leave(question: &Question<'_>, candidate: &Candidate, path: &str) -> bool {
    let view = Value::Object(candidate.object.view().clone());
    let original = Original::new(view.clone(), candidate.own);
    if !question.forbids(&original).is_empty() {
        return false;
    }
    let terms = NODE.policy.terms();
    let mut named = path.to_owned();
    for short in ["person", "organization", "criminal-group", "tear-line"] {
        let definition = enlace_stix::types::definition_id(short);
        named = named.replace(&format!("extensions.{definition}"), short);
    }
    let parts: Vec<&str> = named.split('.').filter(|part| !part.starts_with('[')).collect();
    let named = parts.join(".");
    let kept = terms.fields.get(candidate.object.kind()).is_some_and(|fields| {
        fields.keep.iter().any(|keep| format!("{named}.").starts_with(&format!("{keep}.")))
    });
    let tear = terms.text.leaves == enlace_policy::Text::TearLine
        && ["tear-line.title", "tear-line.text"].contains(&named.as_str());
    (kept || tear) && question.property_may_leave(&view, path)
}
