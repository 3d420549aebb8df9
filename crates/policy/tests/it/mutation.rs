//! Takes each compiled rule away: some decision must be another then.
//!
//! One edit of the facts or of the question stands for each rule, and breaks that rule alone.

use enlace_policy::{Agreement, Ask, Decision, Evaluation, Facts, Policy, PrivateRules};
use enlace_stix::marking::{Handling, Pap, Tlp};

use crate::model::{NOW, US, agreement, draft};

/// The model agreement with every term that makes a rule.
fn every_term() -> Agreement {
    let mut draft = draft();
    let mut terms = serde_json::to_value(&draft.terms).unwrap();
    terms["transfer"]["ground"] = "derogation".into();
    terms["assurances"] = serde_json::json!({ "clause": "2.4", "purposes": ["firearms-tracing"],
        "against": ["torture"], "offences": ["illicit-trafficking"] });
    terms["evaluation"] = serde_json::json!({ "clause": "3.8", "unevaluated": "stays",
        "floor": { "admiralty": "C3" } });
    terms["age"] = serde_json::json!({ "clause": "3.9", "days": 30 });
    terms["handling"]["pap"] = serde_json::json!(["clear"]);
    draft.terms = serde_json::from_value(terms).unwrap();
    agreement(&draft)
}

fn private() -> PrivateRules {
    let rules = serde_json::json!({ "forbid": [
        { "name": "no-pistols", "type": "firearm" },
        { "name": "no-press", "caveat": "no-press" },
        { "name": "no-contacts", "category": "contact" },
    ] });
    serde_json::from_value(rules).unwrap()
}

fn facts() -> Facts {
    let mut facts = Facts {
        kind: "identity".into(),
        natural_person: true,
        categories: vec!["suspect".into()],
        own: true,
        evaluation: Some(grade("B", "2")),
        age_days: Some(3),
        ..Facts::default()
    };
    facts.marking.tlp = Some(Tlp::Green);
    facts
}

fn grade(source: &str, information: &str) -> Evaluation {
    let scheme = "admiralty".into();
    Evaluation { scheme, source: source.into(), information: information.into(), whole: true }
}

fn ask() -> Ask {
    Ask {
        partner: US.into(),
        purpose: "firearms-tracing".into(),
        now_us: NOW,
        active: true,
        vetted: true,
        offence: Some("illicit-trafficking".into()),
        reasoned: true,
    }
}

type Edit = fn(&mut Facts, &mut Ask);

/// What breaks each rule.
const EDITS: &[(&str, Edit)] = &[
    ("agreement.permit", |_, _| {}),
    ("agreement.active", |_, a| a.active = false),
    ("agreement.dates", |_, a| a.now_us = 0),
    ("agreement.purpose", |_, a| a.purpose = "cyber".into()),
    ("agreement.recipient", |_, a| a.partner = "3".repeat(64)),
    ("agreement.vetting", |_, a| a.vetted = false),
    ("agreement.transfer", |_, a| a.reasoned = false),
    ("agreement.assurances", |_, a| a.offence = None),
    ("agreement.type", |f, _| f.kind = "malware".into()),
    ("agreement.tlp", |f, _| f.marking.tlp = Some(Tlp::AmberStrict)),
    ("agreement.subject", |f, _| f.categories = vec!["victim".into()]),
    ("agreement.handling", |f, _| f.marking.handling = vec![Handling::H3]),
    ("agreement.caveat", |f, _| f.marking.caveats = vec!["eyes-only".into()]),
    ("agreement.pap", |f, _| f.marking.pap = Some(Pap::Amber)),
    ("agreement.evaluation", |f, _| f.evaluation = Some(grade("D", "1"))),
    ("agreement.unevaluated", |f, _| f.evaluation = None),
    ("agreement.age", |f, _| f.age_days = Some(31)),
    ("agreement.undated", |f, _| f.age_days = None),
    ("agreement.documents", |f, _| f.document = true),
    ("private.source-identity", |f, _| f.marking.caveats = vec!["source-identity".into()]),
    ("private.held-back", |f, _| f.held_back = true),
    ("private.unknown-marking", |f, _| f.marking.unknown = vec!["x".into()]),
    ("private.conditions", |f, _| f.marking.conditions = vec!["not in court".into()]),
    ("private.unmarked", |f, _| f.marking.tlp = None),
    ("private.tlp-red", |f, _| f.marking.tlp = Some(Tlp::Red)),
    ("private.third-agency", |f, _| f.own = false),
    ("private.subject-unstated", |f, _| f.categories = vec![]),
    ("private.releasable-to", |f, _| f.marking.releasable_to = Some(vec!["NL".into()])),
    ("private.marking-purpose", |f, _| f.marking.purposes = Some(vec!["cyber".into()])),
    ("private.retention-over", |f, _| {
        f.marking.retention_until = "2026-01-01T00:00:00Z".parse().ok();
    }),
    ("private.review-overdue", |f, _| {
        f.marking.review_due = "2026-01-01T00:00:00Z".parse().ok();
    }),
    ("private.revoked", |f, _| f.revoked = true),
    ("private.no-pistols", |f, _| f.kind = "firearm".into()),
    ("private.no-press", |f, _| f.marking.caveats = vec!["no-press".into()]),
    ("private.no-contacts", |f, _| f.categories = vec!["contact".into()]),
];

fn codes(decision: &Decision) -> (bool, Vec<&'static str>) {
    (decision.permits(), decision.clauses().iter().map(|clause| clause.code).collect())
}

#[test]
fn without_any_one_rule_some_decision_is_another() {
    let (agreement, private) = (every_term(), private());
    let whole = Policy::compile(&agreement, &private).unwrap();
    let ids = Policy::rule_ids(&agreement, &private);
    let edited: Vec<&str> = EDITS.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.iter().filter(|id| !edited.contains(&id.as_str())).count(), 0, "{ids:?}");
    assert_eq!(ids.len(), edited.len(), "an edit for a rule that is no more");
    for (id, edit) in EDITS {
        let (mut facts, mut ask) = (facts(), ask());
        edit(&mut facts, &mut ask);
        let full = codes(&whole.decide(&facts, &ask));
        let without = Policy::compile_without(&agreement, &private, id).unwrap();
        let less = codes(&without.decide(&facts, &ask));
        assert_ne!(full, less, "nobody would notice that {id} is missing");
        // What one rule forbids leaves without it, unless another stands beside it or nothing
        // permits it.
        let permitted = ["agreement.permit", "agreement.type"].contains(id);
        let alone = full.1.len() == 1 && !permitted;
        assert_eq!(full.0, *id == "agreement.permit", "{id}");
        assert!(!alone || less.0, "{id}: {full:?} {less:?}");
    }
}
