//! Decisions: every restriction alone, all at once, hostile names.

use enlace_policy::{Clause, Facts, Forbid, Policy, PrivateRules};
use enlace_stix::marking::{Effective, Handling, Tlp};

use crate::model::{self, ids, person, pistol};

#[test]
fn each_restriction_denies_alone_and_names_its_clause() {
    let policy = model::policy();
    let mark = |edit: &dyn Fn(&mut Effective)| {
        let mut facts = pistol();
        edit(&mut facts.marking);
        facts
    };
    let list = |items: &[&str]| items.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>();
    let cases: Vec<(Facts, &str)> = vec![
        (pistol(), "+3.1"),
        (Facts { kind: "note".into(), ..pistol() }, "-3.1"),
        (Facts { own: false, ..pistol() }, "-private.third-agency"),
        (Facts { own: false, consented: true, ..pistol() }, "+3.1"),
        (Facts { document: true, ..pistol() }, "-3.6"),
        (Facts { revoked: true, ..pistol() }, "-private.revoked"),
        (Facts { held_back: true, ..pistol() }, "-private.held-back"),
        (person(&["suspect"]), "+3.1"),
        (person(&["suspect", "victim"]), "-3.3"),
        (person(&["not-established"]), "-3.3"),
        (person(&[]), "-private.subject-unstated"),
        (mark(&|m| m.tlp = Some(Tlp::AmberStrict)), "-3.2"),
        (mark(&|m| m.tlp = Some(Tlp::Red)), "-3.2 private.tlp-red"),
        (mark(&|m| m.tlp = None), "-private.unmarked"),
        (mark(&|m| m.handling = vec![Handling::H0, Handling::H3]), "-3.4"),
        (mark(&|m| m.caveats = list(&["no-press"])), "-3.4"),
        (mark(&|m| m.caveats = list(&["source-identity"])), "-3.4 private.source-identity"),
        (mark(&|m| m.unknown = list(&["x"])), "-private.unknown-marking"),
        (mark(&|m| m.releasable_to = Some(vec![])), "-private.releasable-to"),
        (mark(&|m| m.releasable_to = Some(list(&["NL"]))), "-private.releasable-to"),
        (mark(&|m| m.releasable_to = Some(list(&["NL", "US"]))), "+3.1"),
        (mark(&|m| m.releasable_to = Some(list(&[model::US]))), "+3.1"),
        (mark(&|m| m.purposes = Some(list(&["cyber"]))), "-private.marking-purpose"),
        (mark(&|m| m.purposes = Some(list(&["firearms-tracing"]))), "+3.1"),
    ];
    for (facts, expected) in cases {
        assert_eq!(ids(&policy.decide(&facts, &model::ask())), expected, "{facts:?}");
        assert_eq!(ids(&policy.decide(&facts, &model::ask())), expected, "remembered: {facts:?}");
    }
}

#[test]
fn the_ask_itself_is_decided() {
    let policy = model::policy();
    let ask = model::ask();
    let decide = |ask| ids(&policy.decide(&pistol(), &ask));
    assert_eq!(decide(enlace_policy::Ask { active: false, ..ask.clone() }), "-1.2");
    assert_eq!(decide(enlace_policy::Ask { now_us: 0, ..ask.clone() }), "-1.2");
    assert_eq!(decide(enlace_policy::Ask { purpose: "cyber".into(), ..ask.clone() }), "-2.1");
    let stranger = enlace_policy::Ask { partner: "3".repeat(64), ..ask.clone() };
    assert_eq!(decide(stranger), "-2.2");
    let strange = enlace_policy::Ask { partner: "\"]}; permit".into(), ..ask };
    assert_eq!(decide(strange), "-2.2");
}

#[test]
fn a_denial_names_all_its_clauses_with_their_arguments() {
    let policy = model::policy();
    let facts = Facts { kind: "note".into(), marking: model::marked(Tlp::Red), ..pistol() };
    let ask = enlace_policy::Ask { purpose: "cyber".into(), ..model::ask() };
    insta::assert_debug_snapshot!(policy.decide(&facts, &ask));
}

#[test]
fn private_rules_only_forbid_and_need_a_condition() {
    let forbid = |name: &str, kind: &str, category: Option<&str>| Forbid {
        name: name.into(),
        kind: Some(kind.into()),
        category: category.map(str::to_owned),
        ..Forbid::default()
    };
    let agreement = model::agreement(&model::draft());
    let rules = PrivateRules { forbid: vec![forbid("no-guns", "firearm", None)] };
    let policy = Policy::compile(&agreement, &rules).unwrap();
    assert_eq!(ids(&policy.decide(&pistol(), &model::ask())), "-private.no-guns");
    let hostile = "\"}; permit(principal, action, resource); // \u{7f}é\\";
    let caveat = Some(hostile.to_owned());
    let odd = Forbid { name: "odd".into(), caveat, ..Forbid::default() };
    let policy = Policy::compile(&agreement, &PrivateRules { forbid: vec![odd] }).unwrap();
    assert_eq!(ids(&policy.decide(&pistol(), &model::ask())), "+3.1");
    let mut facts = Facts { kind: hostile.into(), categories: vec![hostile.into()], ..pistol() };
    facts.marking.caveats = vec![hostile.into()];
    assert_eq!(ids(&policy.decide(&facts, &model::ask())), "-3.1 3.4 private.odd");
    let narrow = |partner: Option<&str>, purpose: Option<&str>| {
        let (partner, purpose) = (partner.map(str::to_owned), purpose.map(str::to_owned));
        let rule = Forbid { name: "narrow".into(), partner, purpose, ..Forbid::default() };
        let rules = PrivateRules { forbid: vec![rule] };
        let policy = Policy::compile(&agreement, &rules).unwrap();
        ids(&policy.decide(&pistol(), &model::ask()))
    };
    assert_eq!(narrow(Some("US"), None), "-private.narrow", "suspended towards one country");
    assert_eq!(narrow(Some(model::US), Some("firearms-tracing")), "-private.narrow");
    assert_eq!(narrow(Some(model::US), Some("cyber")), "+3.1");
    assert_eq!(narrow(Some("NL"), None), "+3.1");
    let empty = PrivateRules { forbid: vec![Forbid { name: "a".into(), ..Forbid::default() }] };
    assert!(Policy::compile(&agreement, &empty).is_err());
    let twice = vec![forbid("a", "note", None), forbid("a", "report", None)];
    assert!(Policy::compile(&agreement, &PrivateRules { forbid: twice }).is_err());
    let purpose = Forbid { purpose: Some("fun".into()), ..forbid("a", "note", None) };
    for misspelt in [forbid("a", "fireram", None), forbid("a", "note", Some("victms")), purpose] {
        let rules = PrivateRules { forbid: vec![misspelt.clone()] };
        assert!(Policy::compile(&agreement, &rules).is_err(), "{misspelt:?}");
    }
}

#[test]
fn empty_lists_allow_nothing_and_compile() {
    let mut draft = model::draft();
    draft.terms.recipients.units.clear();
    draft.terms.types.allowed.clear();
    draft.terms.purposes.allowed.clear();
    draft.terms.subjects.allowed.clear();
    draft.terms.handling.allowed.clear();
    let agreement = model::agreement(&draft);
    let policy = Policy::compile(&agreement, &PrivateRules::default()).unwrap();
    let facts = Facts { natural_person: true, categories: vec!["suspect".into()], ..pistol() };
    let decision = policy.decide(&facts, &model::ask());
    assert_eq!(ids(&decision), "-2.1 2.2 3.1 3.3 3.4");
    assert!(!policy.decide_marking(&facts, &facts.marking, &model::ask()).permits());
}

#[test]
fn the_compiled_policy_reads_like_the_agreement() {
    insta::assert_snapshot!(model::policy().cedar_text());
}

#[test]
fn every_code_has_a_sentence_in_both_languages() {
    let english = include_str!("../../../../locales/en.ftl");
    let spanish = include_str!("../../../../locales/es.ftl");
    for text in [english, spanish] {
        let keys: std::collections::BTreeSet<&str> =
            text.lines().filter_map(|line| line.split_once(" =").map(|(key, _)| key)).collect();
        let missing: Vec<_> = Clause::CODES.iter().filter(|code| !keys.contains(*code)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

#[test]
fn masks_follow_the_terms_and_everything_else_is_dropped() {
    let policy = model::policy();
    let mask = |kind: &str, path: &str| {
        let (mask, clause) = policy.mask(kind, path);
        format!("{mask} {}", clause.id)
    };
    assert_eq!(mask("firearm", "serial"), "keep 4.2");
    assert_eq!(mask("firearm", "other_marks"), "drop default.deny");
    assert_eq!(mask("identity", "person"), "parts 4.1");
    assert_eq!(mask("identity", "person.names.full"), "keep 4.1");
    assert_eq!(mask("identity", "person.birth_date"), "year 4.1");
    assert_eq!(mask("identity", "person.subject_categories"), "parts 4.1");
    assert_eq!(mask("identity", "person.subject_categories.case"), "drop default.deny");
    assert_eq!(mask("agreement", "terms"), "drop default.deny");
    assert_eq!(mask("incident", "x_secret"), "drop default.deny");
}
