//! Terms and private rules as Cedar policies: one permit, and a forbid for each restriction.
//!
//! Cedar's answer to a denial lists every forbid that applied, so each restriction stands alone
//! under its own id. Cedar skips a policy that fails to evaluate; [`crate::Policy`] treats any
//! such error as a denial.

use crate::{Agreement, Forbid, PrivateRules, Terms, terms};

/// What a request may contain; requests and policies are validated against it, strictly.
pub(crate) const SCHEMA: &str = r#"
entity Unit = { names: Set<String> };
entity Record = {
    kind: String,
    tlp?: Long,
    handling: Set<String>,
    caveats: Set<String>,
    releasable_to?: Set<String>,
    purposes?: Set<String>,
    unknown_marking: Bool,
    natural_person: Bool,
    categories: Set<String>,
    own: Bool,
    consented: Bool,
    document: Bool,
    revoked: Bool,
};
action "release" appliesTo {
    principal: [Unit],
    resource: [Record],
    context: { purpose: String, active: Bool, now_us: Long },
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
    let mut rules = from_agreement(agreement);
    rules.extend(always_there());
    rules.extend(private.forbid.iter().map(configured));
    rules
}

fn from_agreement(agreement: &Agreement) -> Vec<Rule> {
    let Terms {
        validity,
        purposes,
        recipients,
        types,
        tlp,
        subjects,
        handling,
        documents,
        // Text and fields are masks; the rest binds people and the recipient.
        text: _,
        fields: _,
        onward: _,
        retention: _,
        approval: _,
        acceptance: _,
    } = agreement.terms();
    let (from, until) = agreement.validity_us();
    let codes: Vec<String> = handling.allowed.iter().map(|h| format!("{h:?}")).collect();
    let level = tlp_level(tlp.max);
    let units: Vec<String> =
        recipients.units.iter().map(|u| format!("Unit::{}", quote(u))).collect();
    let to_unit = match units.is_empty() {
        true => "false".to_owned(),
        false => format!("[{}].contains(principal)", units.join(", ")),
    };
    let mut rules = vec![
        permit(&types.clause, &contains(&types.allowed, "resource.kind")),
        unless("recipient", &recipients.clause, "clause-recipient", &to_unit),
        unless("active", &validity.clause, "clause-not-active", "context.active"),
        unless(
            "dates",
            &validity.clause,
            "clause-dates",
            &format!("context.now_us >= {from} && context.now_us < {until}"),
        ),
        unless(
            "purpose",
            &purposes.clause,
            "clause-purpose",
            &contains(&purposes.allowed, "context.purpose"),
        ),
        unless("type", &types.clause, "clause-type", &contains(&types.allowed, "resource.kind")),
        forbid(
            "agreement.tlp".to_owned(),
            tlp.clause.clone(),
            "clause-tlp-max",
            "when",
            &format!("resource has tlp && resource.tlp > {level}"),
        ),
        unless(
            "subject",
            &subjects.clause,
            "clause-subject",
            &format!(
                "!resource.natural_person || {}",
                within(&subjects.allowed, "resource.categories")
            ),
        ),
        unless(
            "handling",
            &handling.clause,
            "clause-handling",
            &within(&codes, "resource.handling"),
        ),
        unless(
            "caveat",
            &handling.clause,
            "clause-caveat",
            &within(&handling.caveats, "resource.caveats"),
        ),
    ];
    if documents.leaves == terms::Documents::None {
        let clause = &documents.clause;
        rules.push(unless("documents", clause, "clause-documents", "!resource.document"));
    }
    rules
}

/// Rules that stand beside every agreement.
fn always_there() -> Vec<Rule> {
    let rule = |name: &str, code, condition: &str| private(name, code, condition);
    vec![
        rule(
            "source-identity",
            "private-source-identity",
            r#"resource.caveats.contains("source-identity")"#,
        ),
        rule("unknown-marking", "private-unknown-marking", "resource.unknown_marking"),
        rule("unmarked", "private-unmarked", "!(resource has tlp)"),
        rule("tlp-red", "private-tlp-red", "resource has tlp && resource.tlp >= 4"),
        rule("third-agency", "private-third-agency", "!(resource.own || resource.consented)"),
        rule(
            "subject-unstated",
            "private-subject-unstated",
            "resource.natural_person && resource.categories.isEmpty()",
        ),
        rule(
            "releasable-to",
            "private-releasable-to",
            "resource has releasable_to && !resource.releasable_to.containsAny(principal.names)",
        ),
        rule(
            "marking-purpose",
            "private-marking-purpose",
            "resource has purposes && !resource.purposes.contains(context.purpose)",
        ),
        rule("revoked", "private-revoked", "resource.revoked"),
    ]
}

fn configured(forbid: &Forbid) -> Rule {
    let tests = [
        forbid.kind.as_ref().map(|v| format!("resource.kind == {}", quote(v))),
        forbid.caveat.as_ref().map(|v| format!("resource.caveats.contains({})", quote(v))),
        forbid.category.as_ref().map(|v| format!("resource.categories.contains({})", quote(v))),
    ];
    let tests: Vec<String> = tests.into_iter().flatten().collect();
    private(&forbid.name, forbid.code(), &tests.join(" && "))
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

fn unless(name: &str, clause: &str, code: &'static str, condition: &str) -> Rule {
    forbid(format!("agreement.{name}"), clause.to_owned(), code, "unless", condition)
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

/// `["a", "b"].contains(what)`; nothing is in an empty list (which strict Cedar has no type for).
fn contains(allowed: &[String], what: &str) -> String {
    match allowed.is_empty() {
        true => "false".to_owned(),
        false => format!("{}.contains({what})", list(allowed)),
    }
}

/// Whether every element of the set `what` is allowed.
fn within(allowed: &[String], what: &str) -> String {
    match allowed.is_empty() {
        true => format!("{what}.isEmpty()"),
        false => format!("{}.containsAll({what})", list(allowed)),
    }
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| quote(item)).collect::<Vec<_>>().join(", "))
}

/// A Cedar string literal.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}

/// TLP as a number that grows with strictness.
pub(crate) fn tlp_level(tlp: enlace_stix::marking::Tlp) -> i64 {
    use enlace_stix::marking::Tlp;
    match tlp {
        Tlp::Clear => 0,
        Tlp::Green => 1,
        Tlp::Amber => 2,
        Tlp::AmberStrict => 3,
        Tlp::Red => 4,
    }
}
