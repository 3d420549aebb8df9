//! Standing rules: what they select, and when a person has to.

use enlace_policy::StandingRule;
use enlace_stix::{Object, types};
use serde_json::{Value, json};

use crate::model;

fn rule(kind: &str, has: &[(&str, &[&str])]) -> StandingRule {
    let texts = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
    StandingRule {
        clause: "5.7".into(),
        name: "all".into(),
        kind: kind.into(),
        has: has.iter().map(|(path, values)| ((*path).to_owned(), texts(values))).collect(),
        purpose: "firearms-tracing".into(),
    }
}

#[test]
fn a_rule_that_reads_what_it_does_not_release_whole_needs_a_person() {
    for (kind, path, by_person) in [
        ("firearm", "model", false),
        ("firearm", "other_marks", true),
        ("firearm", "serial", false),
        ("identity", "person.nationalities", false),
        ("identity", "person.birth_date", true),
        ("identity", "person.subject_categories", true),
        ("report", "x_desk", true),
    ] {
        let rule = rule(kind, &[(path, &["x"])]);
        let policy = model::under(|terms| terms.standing = vec![rule.clone()]);
        let standing = &policy.standing()[0];
        assert_eq!(standing.by_person, by_person, "{kind} {path}");
        assert_eq!(standing.unreleased.concat(), if by_person { path } else { "" });
    }
    let policy = model::under(|terms| terms.standing = vec![rule("firearm", &[])]);
    assert!(!policy.standing()[0].by_person, "the type alone leaves with every object");
    let policy = model::under(|terms| {
        terms.standing = vec![rule("firearm", &[("serial", &["x"])])];
        terms.identifiers.allowed.clear();
    });
    assert!(policy.standing()[0].by_person, "an identifier that no clause names");
}

fn object(mut value: Value, person: Value) -> Object {
    let uuid = "00000000-0000-4000-8000-000000000000";
    value["id"] = json!(format!("{}--{uuid}", value["type"].as_str().unwrap()));
    value["extensions"] = json!({ types::definition_id("person"): person });
    Object::from_view(value.as_object().unwrap().clone()).unwrap()
}

#[test]
fn a_rule_selects_by_type_and_by_one_of_the_values_at_each_path() {
    let pistol = json!({ "type": "firearm", "spec_version": "2.1",
        "created": "2026-05-01T10:00:00.000Z", "modified": "2026-05-02T10:00:00.000Z",
        "serial_status": "readable", "firearm_type": "pistol", "x_n": 7, "x_list": [{"a": ["b"]}] });
    let person = json!({ "extension_type": "property-extension",
        "names": [{ "full": "Ana" }, { "full": "Eva" }], "nationalities": ["EC", "PE"] });
    let object = object(pistol, person);
    for (kind, has, selected) in [
        ("firearm", vec![], true),
        ("report", vec![], false),
        ("firearm", vec![("firearm_type", &["pistol", "rifle"][..])], true),
        ("firearm", vec![("firearm_type", &["rifle"][..])], false),
        ("firearm", vec![("model", &["rifle"][..])], false),
        ("firearm", vec![("x_n", &["7"][..])], true),
        ("firearm", vec![("x_list.a", &["b"][..])], true),
        ("firearm", vec![("x_list", &["b"][..])], false),
        ("firearm", vec![("person.nationalities", &["PE"][..])], true),
        ("firearm", vec![("person.names.full", &["Eva"][..])], true),
        ("firearm", vec![("person.names.full.x", &["Eva"][..])], false),
        ("firearm", vec![("person", &["Eva"][..])], false),
        (
            "firearm",
            vec![("firearm_type", &["pistol"][..]), ("person.nationalities", &["NL"][..])],
            false,
        ),
    ] {
        assert_eq!(rule(kind, &has).selects(&object), selected, "{kind} {has:?}");
    }
}
