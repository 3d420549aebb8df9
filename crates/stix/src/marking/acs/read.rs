//! Reads the body of the extension. What cannot be read closes: the highest classification, a
//! default of deny, and nothing allowed by the marking as a whole.

use serde_json::{Map, Value};

use super::super::Effective;
use super::super::body::Body;
use super::{Acs, Action, Classification, Effect, Privilege, Rules, Scope, Sharing};

/// Members that the schema has; those that are no control are only known, not read.
const MEMBERS: &[&str] = &[
    "extension_type",
    "identifier",
    "name",
    "create_date_time",
    "responsible_entity_custodian",
    "responsible_entity_originator",
    "authority_reference",
    "policy_reference",
    "original_classification",
    "derivative_classification",
    "declassification",
    "resource_disposition",
    "public_release",
    "access_privilege",
    "further_sharing",
    "control_set",
];

const CONTROLS: &[&str] = &[
    "classification",
    "sci_controls",
    "logical_authority_category",
    "formal_determination",
    "caveat",
    "sensitivity",
    "shareability",
    "entity",
    "permitted_nationalities",
    "permitted_organizations",
];

/// Formal determinations that may open; every other restricts.
const OPENING: &[&str] = &[
    "PUBREL",
    "AIS",
    "PII-NECESSARY-TO-UNDERSTAND-THREAT",
    "NO-PII-PRESENT",
    "INFORMATION-DIRECTLY-RELATED-TO-CYBERSECURITY-THREAT",
];

pub(in super::super) fn read(members: &Map<String, Value>) -> Effective {
    let mut body = Body::new("acs", members);
    body.only(MEMBERS);
    let rules = rules(&mut body);
    let mut acs = Acs {
        classification: Classification::TopSecret,
        accesses: Vec::new(),
        restrictions: Vec::new(),
        releases: Vec::new(),
        shareability: None,
        entity: None,
        permitted_nationalities: None,
        permitted_organizations: None,
        rules: vec![rules],
        custodians: Vec::new(),
        unreadable: false,
    };
    match body.nested("control_set") {
        Some(mut controls) => {
            control_set(&mut controls, &mut acs);
            body.absorb(controls);
        }
        None if body.get("control_set").is_none() => body.refuse("control_set"),
        None => {}
    }
    acs.custodians.extend(body.text("responsible_entity_custodian").map(str::to_owned));
    let mut effective = Effective::default();
    if let Some(mut disposition) = body.nested("resource_disposition") {
        effective.retention_until = disposition.time("disposition_date");
        if disposition.get("disposition_date").is_none() {
            disposition.refuse("disposition_date");
        }
        body.absorb(disposition);
    }
    acs.unreadable = !body.is_read();
    effective.acs = Some(acs);
    effective.refuse(body.into_unread());
    effective
}

fn control_set(controls: &mut Body<'_>, acs: &mut Acs) {
    controls.only(CONTROLS);
    acs.classification =
        controls.code("classification", classification_of).unwrap_or(Classification::TopSecret);
    for name in ["sci_controls", "logical_authority_category", "sensitivity", "caveat"] {
        acs.accesses.extend(controls.texts(name).unwrap_or_default());
    }
    acs.accesses.sort();
    acs.accesses.dedup();
    let determined = controls.texts("formal_determination").unwrap_or_default();
    let known = |code: &String| OPENING.contains(&code.as_str()) || code == "NF" || code == "FOUO";
    if !determined.iter().all(known) {
        controls.refuse("formal_determination");
    }
    (acs.releases, acs.restrictions) =
        determined.into_iter().partition(|code| OPENING.contains(&code.as_str()));
    acs.shareability = controls.texts("shareability");
    acs.entity = controls.texts("entity");
    acs.permitted_nationalities = controls.texts("permitted_nationalities");
    acs.permitted_organizations = controls.texts("permitted_organizations");
}

fn rules(body: &mut Body<'_>) -> Rules {
    let defaults = body.code("policy_reference", defaults_of);
    let (privilege_default, sharing_default) = defaults.unwrap_or((Effect::Deny, Effect::Deny));
    let mut privileges = Vec::new();
    for mut rule in body.each("access_privilege") {
        privileges.extend(privilege(&mut rule));
        body.absorb(rule);
    }
    let mut sharing = Vec::new();
    for mut rule in body.each("further_sharing") {
        rule.only(&["sharing_scope", "rule_effect"]);
        let effect = rule.code("rule_effect", effect_of);
        let scope = rule.texts("sharing_scope");
        if scope.is_none() {
            rule.refuse("sharing_scope");
        }
        sharing.extend(scope.zip(effect).map(|(scope, effect)| Sharing { scope, effect }));
        body.absorb(rule);
    }
    privileges.sort();
    privileges.dedup();
    sharing.sort();
    sharing.dedup();
    Rules { privilege_default, sharing_default, privileges, sharing }
}

fn privilege(rule: &mut Body<'_>) -> Option<Privilege> {
    rule.only(&["privilege_action", "privilege_scope", "rule_effect"]);
    let action = rule.code("privilege_action", |code| match code {
        "ALL" => Some(None),
        code => Action::from_code(code).map(Some),
    });
    let effect = rule.code("rule_effect", effect_of);
    let scope = rule.nested("privilege_scope").map(|mut scope| {
        let read = scope_of(&mut scope);
        rule.absorb(scope);
        read
    });
    if scope.is_none() {
        rule.refuse("privilege_scope");
    }
    Some(Privilege { action: action?, scope: scope?, effect: effect? })
}

fn scope_of(scope: &mut Body<'_>) -> Scope {
    const LISTS: [&str; 4] =
        ["permitted_nationalities", "permitted_organizations", "shareability", "entity"];
    scope.only(&LISTS);
    if LISTS.iter().all(|name| scope.get(name).is_none()) {
        // At least one must be present; none would make the rule one about everybody.
        scope.refuse("permitted_organizations");
    }
    let mut list = |name| scope.texts(name).filter(|items| *items != ["ALL"]);
    Scope {
        nationalities: list("permitted_nationalities"),
        organizations: list("permitted_organizations"),
        shareability: list("shareability"),
        entity: list("entity"),
    }
}

/// `urn:isa:policy:acs:ns:v3.0?privdefault=…&sharedefault=…`, once or several times; denials win.
fn defaults_of(reference: &str) -> Option<(Effect, Effect)> {
    reference.split_ascii_whitespace().try_fold(None, |held, one| {
        let rest = one.strip_prefix("urn:isa:policy:acs:ns:v3.0?privdefault=")?;
        let (privilege, sharing) = rest.split_once("&sharedefault=")?;
        let (privilege, sharing) = (effect_of(privilege)?, effect_of(sharing)?);
        let (a, b) = held.unwrap_or((privilege, sharing));
        Some(Some((a.max(privilege), b.max(sharing))))
    })?
}

fn effect_of(name: &str) -> Option<Effect> {
    match name {
        "permit" => Some(Effect::Permit),
        "deny" => Some(Effect::Deny),
        _ => None,
    }
}

fn classification_of(code: &str) -> Option<Classification> {
    match code {
        "U" => Some(Classification::Unclassified),
        "C" => Some(Classification::Confidential),
        "S" => Some(Classification::Secret),
        "TS" => Some(Classification::TopSecret),
        _ => None,
    }
}
