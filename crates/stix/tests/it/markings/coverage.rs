//! Which markings cover which value.

use enlace_stix::marking::{self, Effective, Tlp, of_every_property};
use serde_json::{Value, json};

use super::{GREEN_1, OWN, RED, WHITE_1, object, tlp_of};

fn person(refs: Value, granular: Value) -> enlace_stix::Object {
    let mut view = json!({
        "type": "identity", "id": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        "name": "Elena Paz", "name_full": "Elena Paz Soto", "labels": ["a", "b", "c"],
        "contact": { "phones": [{ "number": "1", "kind": "x" }, { "number": "2" }] },
    });
    for (name, value) in [("object_marking_refs", refs), ("granular_markings", granular)] {
        if !value.is_null() {
            view[name] = value;
        }
    }
    object(view)
}

fn at(object: &enlace_stix::Object, path: &str) -> Effective {
    marking::of_property(object, path, &|_| None)
}

#[test]
fn a_granular_marking_covers_its_value_what_is_below_and_what_holds_it() {
    let marked = person(
        json!([WHITE_1]),
        json!([
            { "marking_ref": RED, "selectors": ["name", "contact.phones.[1]"] },
            { "marking_ref": GREEN_1, "selectors": ["labels.[1]"] },
        ]),
    );
    let expected = [
        ("name", Tlp::Red),
        ("name_full", Tlp::Clear),
        ("contact", Tlp::Red),
        ("contact.phones", Tlp::Red),
        ("contact.phones.[0]", Tlp::Clear),
        ("contact.phones.[1].number", Tlp::Red),
        ("contact.phones.[01].number", Tlp::Red),
        ("labels", Tlp::Green),
        ("labels.[1]", Tlp::Green),
        ("labels.[2]", Tlp::Clear),
        ("type", Tlp::Clear),
    ];
    for (path, tlp) in expected {
        assert_eq!(tlp_of(&at(&marked, path)), Some(tlp), "{path}");
    }
}

#[test]
fn a_granular_marking_milder_than_the_objects_opens_nothing() {
    let marked = person(json!([RED]), json!([{ "marking_ref": WHITE_1, "selectors": ["name"] }]));
    assert_eq!(at(&marked, "name").tlp, Some(Tlp::Red));
}

#[test]
fn a_language_never_changes_the_handling() {
    let marked = person(
        json!([WHITE_1]),
        json!([
            { "lang": "es", "selectors": ["name"] }, { "lang": "es", "selectors": ["no.such"] },
        ]),
    );
    for path in ["name", "labels", "contact"] {
        assert_eq!(at(&marked, path), at(&person(json!([WHITE_1]), Value::Null), path));
    }
}

#[test]
fn a_marking_that_cannot_be_placed_covers_the_whole_object() {
    let selectors = [
        json!(["no.such"]),
        json!(["labels.[3]"]),
        json!(["labels..x"]),
        json!(["name", "no.such"]),
        json!(["id"]),
        json!(["type"]),
        json!([]),
        json!([7]),
        json!("name"),
        Value::Null,
    ];
    for selectors in selectors {
        let marked = person(
            json!([WHITE_1]),
            json!([
                { "marking_ref": RED, "selectors": selectors },
            ]),
        );
        assert_eq!(marking::of_object(&marked, &|_| None).tlp, Some(Tlp::Red), "{selectors}");
        assert_eq!(at(&marked, "labels").tlp, Some(Tlp::Red), "{selectors}");
    }
}

#[test]
fn a_marking_without_a_readable_id_makes_the_object_unknown() {
    let broken = [
        (json!("TLP:RED"), Value::Null),
        (json!([7]), Value::Null),
        (Value::Null, json!("TLP:RED")),
        (Value::Null, json!([{ "selectors": ["name"] }])),
        (Value::Null, json!([{ "marking_ref": 7, "selectors": ["name"] }])),
        (Value::Null, json!([{ "lang": 7, "selectors": ["name"] }])),
        (Value::Null, json!([7])),
    ];
    for (refs, granular) in broken {
        let effective = at(&person(refs.clone(), granular.clone()), "labels");
        assert_eq!(effective.unread, ["malformed"], "{refs} {granular}");
    }
}

#[test]
fn a_granular_marking_that_nobody_holds_is_unknown_where_it_applies_only() {
    let marked = person(Value::Null, json!([{ "marking_ref": OWN[0], "selectors": ["name"] }]));
    assert_eq!(at(&marked, "name").unknown, [OWN[0]]);
    assert!(at(&marked, "labels").unknown.is_empty());
}

#[test]
fn walking_every_value_says_the_same_as_asking_for_each() {
    let marked = person(
        json!([WHITE_1, OWN[1]]),
        json!([
            { "marking_ref": RED, "selectors": ["contact.phones.[0].number"] },
            { "marking_ref": OWN[0], "selectors": ["contact", "labels.[2]"] },
            { "marking_ref": GREEN_1, "selectors": ["labels"] },
        ]),
    );
    let all = of_every_property(&marked, &|_| None);
    let mut paths = Vec::new();
    all.each(&mut |path, value, effective| {
        assert_eq!(*effective, at(&marked, path), "{path}");
        let selector = marking::Selector::parse(path).unwrap();
        assert_eq!(selector.resolve(marked.view()), Some(value));
        paths.push(path.to_owned());
    });
    assert!(paths.contains(&"contact.phones.[1].number".to_owned()));
    assert!(paths.starts_with(&["type".to_owned(), "id".to_owned(), "name".to_owned()]));
    assert!(matches!(all.property("name"), std::borrow::Cow::Borrowed(_)));
}
