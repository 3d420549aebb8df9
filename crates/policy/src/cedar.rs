//! Terms and private rules as Cedar policies: one permit, and a forbid for each restriction.
//!
//! Cedar's answer to a denial lists every forbid that applied, so each restriction stands alone
//! under its own id. Cedar skips a policy that fails to evaluate; [`crate::Policy`] treats any
//! such error as a denial. Each condition says what it allows; a list that is empty allows
//! nothing.

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
    from_agreement(agreement, &mut rules);
    rules.extend(always_there());
    rules.extend(private.forbid.iter().map(configured));
    rules
}

fn from_agreement(agreement: &Agreement, rules: &mut Vec<Rule>) {
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
    let mut unless = |name: &str, clause: &str, code, condition: String| {
        let id = format!("agreement.{name}");
        rules.push(forbid(id, clause.to_owned(), code, "unless", &condition));
    };
    let (from, until) = agreement.validity_us();
    let dates = format!("context.now_us >= {from} && context.now_us < {until}");
    unless("active", &validity.clause, "clause-not-active", "context.active".to_owned());
    unless("dates", &validity.clause, "clause-dates", dates);
    let purpose = contains(&purposes.allowed, "context.purpose");
    unless("purpose", &purposes.clause, "clause-purpose", purpose);
    unless("recipient", &recipients.clause, "clause-recipient", units(&recipients.units));
    let vetted = "principal.vetted".to_owned();
    unless("vetting", &recipients.clause, "clause-vetting", vetted);
    if transfer.ground == Ground::Derogation {
        let reasoned = "context.reasoned".to_owned();
        unless("transfer", &transfer.clause, "clause-transfer", reasoned);
    }
    if let Some(term) = assurances {
        let asked = contains(&term.purposes, "context.purpose");
        let given = contains(&term.offences, "context.offence");
        let condition =
            format!("!resource.natural_person || !{asked} || (context has offence && {given})");
        unless("assurances", &term.clause, "clause-assurances", condition);
    }
    unless("type", &types.clause, "clause-type", contains(&types.allowed, "resource.kind"));
    let colours = Tlp::ALL.into_iter().filter(|colour| *colour <= tlp.max);
    let colours: Vec<&str> = colours.map(Tlp::name).collect();
    unless("tlp", &tlp.clause, "clause-tlp-max", if_any("tlp", &colours));
    let persons = within(&subjects.allowed, "resource.categories");
    let persons = format!("!resource.natural_person || {persons}");
    unless("subject", &subjects.clause, "clause-subject", persons);
    let codes: Vec<String> = handling.allowed.iter().map(|h| format!("{h:?}")).collect();
    let codes = within(&codes, "resource.handling");
    unless("handling", &handling.clause, "clause-handling", codes);
    let caveats = within(&handling.caveats, "resource.caveats");
    unless("caveat", &handling.clause, "clause-caveat", caveats);
    let pap: Vec<&str> = handling.pap.iter().map(|pap| pap.name()).collect();
    unless("pap", &handling.clause, "clause-pap", if_any("pap", &pap));
    if let Some(term) = evaluation {
        let floor: Vec<String> = std::iter::once("!(resource has evaluation)".to_owned())
            .chain(term.floor.iter().filter_map(|(scheme, floor)| grades(scheme, floor)))
            .collect();
        unless("evaluation", &term.clause, "clause-evaluation", floor.join(" ||\n    "));
        if term.unevaluated == Otherwise::Stays {
            let whole = "resource has evaluation && resource.evaluation.whole".to_owned();
            unless("unevaluated", &term.clause, "clause-unevaluated", whole);
        }
    }
    if let Some(term) = age {
        let young = format!("!(resource has age_days) || resource.age_days <= {}", term.days);
        unless("age", &term.clause, "clause-age", young);
        if term.undated == Otherwise::Stays {
            let dated = "resource has age_days".to_owned();
            unless("undated", &term.clause, "clause-undated", dated);
        }
    }
    let leaves = match documents.leaves {
        Documents::None => Some(("clause-documents", "!resource.document")),
        Documents::Flattened => {
            Some(("clause-documents-flattened", "!resource.document || resource.flattened"))
        }
        Documents::Originals => None,
    };
    if let Some((code, condition)) = leaves {
        unless("documents", &documents.clause, code, condition.to_owned());
    }
    rules.insert(0, permit(&types.clause, &contains(&types.allowed, "resource.kind")));
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
    ];
    let tests: Vec<String> = tests.into_iter().flatten().collect();
    private(&rule.name, rule.code(), &tests.join(" && "))
}

fn permit(clause: &str, condition: &str) -> Rule {
    let id = "agreement.permit".to_owned();
    let text = format!(
        "@clause({})\npermit (principal, action == Action::\"release\", resource)\n  when {{ \
         {condition} }};",
        quote(clause)
    );
    Rule { id, clause: clause.to_owned(), code: "clause-type-permitted", text }
}

fn private(name: &str, code: &'static str, condition: &str) -> Rule {
    let id = format!("private.{name}");
    forbid(id.clone(), id, code, "when", condition)
}

fn forbid(id: String, clause: String, code: &'static str, word: &str, condition: &str) -> Rule {
    let text = format!(
        "@clause({})\nforbid (principal, action == Action::\"release\", resource)\n  {word} {{ \
         {condition} }};",
        quote(&clause)
    );
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
    let (source, information) = (strings(grades.source), strings(grades.information));
    Some(format!(
        "(resource.evaluation.scheme == {} &&\n      \
         [{source}].contains(resource.evaluation.source) &&\n      \
         [{information}].contains(resource.evaluation.information))",
        quote(scheme)
    ))
}

/// Where the attribute is there, it is one of these.
fn if_any(attribute: &str, allowed: &[&str]) -> String {
    match allowed.is_empty() {
        true => format!("!(resource has {attribute})"),
        false => format!(
            "!(resource has {attribute}) || [{}].contains(resource.{attribute})",
            strings(allowed)
        ),
    }
}

/// `["a", "b"].contains(what)`; nothing is in an empty list (which strict Cedar has no type for).
fn contains(allowed: &[String], what: &str) -> String {
    match allowed.is_empty() {
        true => "false".to_owned(),
        false => format!("[{}].contains({what})", strings(allowed)),
    }
}

/// Whether every element of the set `what` is allowed.
fn within(allowed: &[String], what: &str) -> String {
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
