//! Selectors (§7.2.3.1).

use enlace_stix::marking::{Relation, Selector, SelectorError};
use serde_json::{Map, Value, json};

fn vulnerability() -> Map<String, Value> {
    super::members(json!({
        "type": "vulnerability", "name": "CVE-2099-0160", "description": "The (1) TLS",
        "external_references": [{ "source_name": "cve", "external_id": "CVE-2099-0160" }],
        "labels": ["heartbleed", "has-logo"],
        "hashes": { "SHA-256": "00", "a.b": 7 },
    }))
}

fn select(selector: &str) -> Option<Value> {
    Selector::parse(selector).unwrap().resolve(&vulnerability()).cloned()
}

fn refused(selector: &str) -> SelectorError {
    Selector::parse(selector).unwrap_err()
}

fn relation(one: &str, other: &str) -> Relation {
    Selector::parse(one).unwrap().relation(Selector::parse(other).unwrap())
}

#[test]
fn what_the_standard_calls_valid_selects_that_value() {
    assert_eq!(select("description"), Some(json!("The (1) TLS")));
    assert_eq!(select("external_references.[0].source_name"), Some(json!("cve")));
    assert_eq!(select("labels.[0]"), Some(json!("heartbleed")));
    assert_eq!(select("labels"), Some(json!(["heartbleed", "has-logo"])));
    assert_eq!(select("hashes.SHA-256"), Some(json!("00")));
    assert!(select("external_references").unwrap().is_array());
}

#[test]
fn what_the_standard_calls_invalid_selects_nothing() {
    let invalid = ["pattern", "external_references.[3]", "description.[0]", "labels.name"];
    let ours = ["hashes.[0]", "labels.[0].x", "hashes.sha-256", "Labels", "hashes.a.b"];
    for selector in invalid.into_iter().chain(ours) {
        assert_eq!(select(selector), None, "{selector}");
    }
}

#[test]
fn a_text_of_another_form_is_refused_with_its_reason() {
    assert_eq!(refused(""), SelectorError::Empty);
    for text in [".", "a.", ".a", "a..b"] {
        assert_eq!(refused(text), SelectorError::EmptyStep(text.to_owned()));
    }
    assert_eq!(refused("[0].a"), SelectorError::IndexFirst("[0].a".into()));
    for step in ["[]", "[-1]", "[+1]", "[x]", "[1", "1]", "[1]]", "[ 1]", "[1 ]", "[١]", "a[0]"] {
        assert_eq!(refused(&format!("labels.{step}")), SelectorError::Index(step.into()));
    }
    for step in ["a b", "a/b", "*", "$", "ñ", "a\"b"] {
        assert_eq!(refused(&format!("x.{step}")), SelectorError::Name(step.into()));
    }
    assert!(Selector::parse(&"a".repeat(250)).is_ok());
    assert!(matches!(refused(&"a".repeat(251)), SelectorError::Name(_)));
}

#[test]
fn an_index_larger_than_any_list_selects_nothing() {
    assert_eq!(select("labels.[99999999999999999999999999]"), None);
    assert_eq!(select("labels.[18446744073709551615]"), None);
    assert_eq!(select("labels.[0000000000000000000000000001]"), Some(json!("has-logo")));
}

#[test]
fn selectors_are_compared_by_steps_not_by_letters() {
    use Relation::{Above, Apart, Below, Equal};
    let table = [
        ("name", "name", Equal),
        ("labels.[1]", "labels.[01]", Equal),
        ("labels", "labels.[0]", Above),
        ("labels.[0].x", "labels", Below),
        ("name", "name_full", Apart),
        ("name.a", "name_full.a", Apart),
        ("labels.[1]", "labels.[10]", Apart),
        ("Name", "name", Apart),
        ("x.a", "x.b", Apart),
    ];
    for (one, other, expected) in table {
        assert_eq!(relation(one, other), expected, "{one} to {other}");
        let covers = Selector::parse(one).unwrap().covers(Selector::parse(other).unwrap());
        assert_eq!(covers, matches!(expected, Equal | Above));
    }
}

#[test]
fn selectors_sort_by_list_index_and_print_as_they_came() {
    let mut sorted = ["labels.[10]", "labels.[9]", "labels", "labels.[9].a"]
        .map(|text| Selector::parse(text).unwrap());
    sorted.sort();
    let shown = sorted.map(|selector| selector.to_string());
    assert_eq!(shown, ["labels", "labels.[9]", "labels.[9].a", "labels.[10]"]);
}
