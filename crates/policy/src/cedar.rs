//! Terms and private rules as Cedar policies: one permit, and a forbid for each restriction.
//!
//! Cedar's answer to a denial lists every forbid that applied, so each restriction stands alone
//! under its own id. Cedar skips a policy that fails to evaluate; [`crate::Policy`] treats any
//! such error as a denial. Each condition says what it allows; a list that is empty allows
//! nothing.

pub(crate) mod danger;

use enlace_stix::marking::Tlp;

use crate::terms::{Documents, Ground, Otherwise};
use crate::{Agreement, Forbid, PrivateRules, Terms, evaluation};

/// What a request may contain; requests and policies are validated against it, strictly.
pub(crate) const SCHEMA: &str = r#"
entity Unit = { names: Set<String>, vetted: Bool };
entity Record = {
    kind: String,
    tlp?: String,
    handling: Set<String>,
    caveats: Set<String>,
    releasable_to?: Set<String>,
    purposes?: Set<String>,
    pap?: String,
    unknown_marking: Bool,
    conditions: Bool,
    retention_over: Bool,
    review_overdue: Bool,
    natural_person: Bool,
    categories: Set<String>,
    own: Bool,
    consented: Bool,
    document: Bool,
    flattened: Bool,
    revoked: Bool,
    held_back: Bool,
    evaluation?: { scheme: String, source: String, information: String, whole: Bool },
    age_days?: Long,
};
action "release" appliesTo {
    principal: [Unit],
    resource: [Record],
    context: { purpose: String, active: Bool, now_us: Long, offence?: String, reasoned: Bool },
};
"#;

/// One policy before it is parsed.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Stable id: `agreement.tlp`, `private.tlp-red`.
    pub(crate) id: String,
    /// What a reader sees as its number.
    pub(crate) clause: String,
    /// Code of the sentence.
    pub(crate) code: &'static str,
    /// Cedar text.
    pub(crate) text: String,
}

/// Every rule, in a fixed order; the first is the only permit.
pub(crate) fn rules(agreement: &Agreement, private: &PrivateRules) -> Vec<Rule> {
    let mut rules = Vec::new();
    from_agreement(agreement, agreement.terms().tlp.max, &mut rules);
    rules.extend(always_there());
    rules.extend(private.forbid.iter().map(configured));
    rules
}

/// The rules of a release to one named person: as [`rules`], but red is no bar.
pub(crate) fn rules_to_person(agreement: &Agreement, private: &PrivateRules) -> Vec<Rule> {
    let mut rules = Vec::new();
    from_agreement(agreement, Tlp::Red, &mut rules);
    rules.extend(always_there().into_iter().filter(|rule| rule.id != RED));
    rules.extend(private.forbid.iter().map(configured));
    rules
}

/// The rule that keeps red out of collections.
const RED: &str = "private.tlp-red";

/// `max`: strictest colour that leaves.
fn from_agreement(agreement: &Agreement, max: Tlp, rules: &mut Vec<Rule>) {
    let Terms {
        validity,
        purposes,
        recipients,
        transfer,
        assurances,
        types,
        tlp,
        subjects,
        evaluation,
        age,
        handling,
        documents,
        // Masks.
        identifiers: _,
        text: _,
        fields: _,
        // The exit acts on these.
        ids: _,
        onward: _,
        retention: _,
        slots: _,
        // These bind people and the recipient.
        matching: _,
        deadlines: _,
        approval: _,
        standing: _,
        answer: _,
        acceptance: _,
    } = agreement.terms();
    let mut add = |name: &str, clause: &str, code, when: &str, unless: &str| {
        let id = format!("agreement.{name}");
        rules.push(forbid(id, clause.to_owned(), code, when, unless));
    };
    let (from, until) = agreement.validity_us();
    let (first, last) = (&agreement.draft.valid_from, &agreement.draft.valid_until);
    let dates = format!(
        "// from {first} until {last}\n    context.now_us >= {from} && context.now_us < {until}"
    );
    add("active", &validity.clause, "clause-not-active", "", "context.active");
    add("dates", &validity.clause, "clause-dates", "", &dates);
    let purpose = one_of(&purposes.allowed, "context.purpose");
    add("purpose", &purposes.clause, "clause-purpose", "", &purpose);
    add("recipient", &recipients.clause, "clause-recipient", "", &units(&recipients.units));
    add("vetting", &recipients.clause, "clause-vetting", "", "principal.vetted");
    if transfer.ground == Ground::Derogation {
        add("transfer", &transfer.clause, "clause-transfer", "", "context.reasoned");
    }
    if let Some(term) = assurances {
        let asked = one_of(&term.purposes, "context.purpose");
        let asked = format!("resource.natural_person && {asked}");
        let given = one_of(&term.offences, "context.offence");
        let given = format!("context has offence && {given}");
        add("assurances", &term.clause, "clause-assurances", &asked, &given);
    }
    let kinds = one_of(&types.allowed, "resource.kind");
    add("type", &types.clause, "clause-type", "", &kinds);
    let colours = Tlp::ALL.into_iter().filter(|colour| *colour <= max);
    let colours: Vec<&str> = colours.map(Tlp::name).collect();
    let colours = one_of(&colours, "resource.tlp");
    add("tlp", &tlp.clause, "clause-tlp-max", "resource has tlp", &colours);
    let persons = all_of(&subjects.allowed, "resource.categories");
    add("subject", &subjects.clause, "clause-subject", "resource.natural_person", &persons);
    let codes: Vec<String> = handling.allowed.iter().map(|h| format!("{h:?}")).collect();
    let codes = all_of(&codes, "resource.handling");
    add("handling", &handling.clause, "clause-handling", "", &codes);
    let caveats = all_of(&handling.caveats, "resource.caveats");
    add("caveat", &handling.clause, "clause-caveat", "", &caveats);
    let pap: Vec<&str> = handling.pap.iter().map(|pap| pap.name()).collect();
    let pap = one_of(&pap, "resource.pap");
    add("pap", &handling.clause, "clause-pap", "resource has pap", &pap);
    if let Some(term) = evaluation {
        let floor = term.floor.iter().filter_map(|(scheme, floor)| grades(scheme, floor));
        let floor: Vec<String> = floor.collect();
        let floor = if floor.is_empty() { "false".to_owned() } else { floor.join(" ||\n    ") };
        let evaluated = "resource has evaluation";
        add("evaluation", &term.clause, "clause-evaluation", evaluated, &floor);
        if term.unevaluated == Otherwise::Stays {
            let whole = "resource has evaluation && resource.evaluation.whole";
            add("unevaluated", &term.clause, "clause-unevaluated", "", whole);
        }
    }
    if let Some(term) = age {
        let young = format!("resource.age_days <= {}", term.days);
        add("age", &term.clause, "clause-age", "resource has age_days", &young);
        if term.undated == Otherwise::Stays {
            add("undated", &term.clause, "clause-undated", "", "resource has age_days");
        }
    }
    let clause = &documents.clause;
    match documents.leaves {
        Documents::None => {
            add("documents", clause, "clause-documents", "", "!resource.document");
        }
        Documents::Flattened => {
            let code = "clause-documents-flattened";
            add("documents", clause, code, "resource.document", "resource.flattened");
        }
        Documents::Originals => {}
    }
    rules.insert(0, permit(&types.clause, &kinds));
}

/// Rules that stand beside every agreement.
fn always_there() -> Vec<Rule> {
    [
        (
            "source-identity",
            "private-source-identity",
            r#"resource.caveats.contains("source-identity")"#,
        ),
        ("held-back", "private-held-back", "resource.held_back"),
        ("unknown-marking", "private-unknown-marking", "resource.unknown_marking"),
        ("conditions", "private-conditions", "resource.conditions"),
        ("unmarked", "private-unmarked", "!(resource has tlp)"),
        ("tlp-red", "private-tlp-red", r#"resource has tlp && resource.tlp == "red""#),
        ("third-agency", "private-third-agency", "!(resource.own || resource.consented)"),
        (
            "subject-unstated",
            "private-subject-unstated",
            "resource.natural_person && resource.categories.isEmpty()",
        ),
        (
            "releasable-to",
            "private-releasable-to",
            "resource has releasable_to && !resource.releasable_to.containsAny(principal.names)",
        ),
        (
            "marking-purpose",
            "private-marking-purpose",
            "resource has purposes && !resource.purposes.contains(context.purpose)",
        ),
        ("retention-over", "private-retention-over", "resource.retention_over"),
        ("review-overdue", "private-review-overdue", "resource.review_overdue"),
        ("revoked", "private-revoked", "resource.revoked"),
    ]
    .into_iter()
    .map(|(name, code, condition)| private(name, code, condition))
    .collect()
}

fn configured(rule: &Forbid) -> Rule {
    let tests = [
        rule.kind.as_ref().map(|v| format!("resource.kind == {}", quote(v))),
        rule.caveat.as_ref().map(|v| format!("resource.caveats.contains({})", quote(v))),
        rule.category.as_ref().map(|v| format!("resource.categories.contains({})", quote(v))),
        rule.partner.as_ref().map(|v| format!("principal.names.contains({})", quote(v))),
        rule.purpose.as_ref().map(|v| format!("context.purpose == {}", quote(v))),
    ];
    let tests: Vec<String> = tests.into_iter().flatten().collect();
    private(&rule.name, rule.code(), &tests.join(" && "))
}

const HEAD: &str = "(principal, action == Action::\"release\", resource)";

fn permit(clause: &str, when: &str) -> Rule {
    let text = format!("@clause({})\npermit {HEAD}\n  when {{ {when} }};", quote(clause));
    let id = "agreement.permit".to_owned();
    Rule { id, clause: clause.to_owned(), code: "clause-type-permitted", text }
}

fn private(name: &str, code: &'static str, when: &str) -> Rule {
    let id = format!("private.{name}");
    forbid(id.clone(), id, code, when, "")
}

/// What is forbidden `when` unless `unless`; an empty condition is left out.
fn forbid(id: String, clause: String, code: &'static str, when: &str, unless: &str) -> Rule {
    let mut text = format!("@clause({})\nforbid {HEAD}", quote(&clause));
    for (word, condition) in [("when", when), ("unless", unless)] {
        if !condition.is_empty() {
            text.push_str(&format!("\n  {word} {{ {condition} }}"));
        }
    }
    text.push(';');
    Rule { id, clause, code, text }
}

fn units(units: &[String]) -> String {
    let units: Vec<String> = units.iter().map(|unit| format!("Unit::{}", quote(unit))).collect();
    match units.is_empty() {
        true => "false".to_owned(),
        false => format!("[{}].contains(principal)", units.join(", ")),
    }
}

/// An evaluation by this scheme at its floor or above.
fn grades(scheme: &str, floor: &str) -> Option<String> {
    let grades = evaluation::at_least(scheme, floor)?;
    let source = one_of(grades.source, "resource.evaluation.source");
    let information = one_of(grades.information, "resource.evaluation.information");
    let scheme = quote(scheme);
    Some(format!(
        "(resource.evaluation.scheme == {scheme} &&\n     {source} &&\n     {information})"
    ))
}

/// `["a", "b"].contains(what)`; nothing is in an empty list (which strict Cedar has no type for).
fn one_of(allowed: &[impl AsRef<str>], what: &str) -> String {
    match allowed.is_empty() {
        true => "false".to_owned(),
        false => format!("[{}].contains({what})", strings(allowed)),
    }
}

/// Whether every element of the set `what` is allowed.
fn all_of(allowed: &[impl AsRef<str>], what: &str) -> String {
    match allowed.is_empty() {
        true => format!("{what}.isEmpty()"),
        false => format!("[{}].containsAll({what})", strings(allowed)),
    }
}

fn strings(items: &[impl AsRef<str>]) -> String {
    items.iter().map(|item| quote(item.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A Cedar string literal.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}
