use enlace_keys::{Card, CardError, CardInfo, Language};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{NOW_US, Node};

fn info() -> CardInfo {
    CardInfo {
        name: "Unidad Nacional de Enlace (UNE)".into(),
        country: "EC".into(),
        unit: Some("Guayaquil".into()),
        identity: json!({
            "type": "identity", "spec_version": "2.1", "name": "Unidad Nacional de Enlace (UNE)",
            "id": "identity--3a0bd2b9-0b0e-4ef5-a1f5-5ae4c1ed8ba5",
            "identity_class": "organization",
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z"
        }),
        url: "https://une.example:7201".into(),
        issued_us: NOW_US,
    }
}

#[test]
fn a_card_says_all_that_a_partner_pins() {
    let node = Node::new();
    let card = Card::parse(&node.keys.card(&info()).unwrap().to_string()).unwrap();
    assert_eq!(card, node.keys.card(&info()).unwrap());
    assert_eq!(card.key_id(), node.keys.key_id());
    assert_eq!(card.key, node.keys.public_key());
    assert_eq!(card.recovery_key, node.keys.recovery_public_key());
    assert_eq!(card.tls_sha256, node.keys.tls_sha256());
    assert_eq!(card.identity_id(), "identity--3a0bd2b9-0b0e-4ef5-a1f5-5ae4c1ed8ba5");
    assert_eq!(card.log().unwrap().0, node.keys.log_origin());
    assert_eq!(card.log().unwrap().1, node.keys.log_key().verifying_key().into());
    assert_eq!(card.issued.as_str(), "2026-09-21T14:13:20.000Z");
    assert_eq!(card.words(Language::English), node.keys.public_key().words(Language::English));
    let mut names: Vec<_> = card.json().keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = "age country enlace_card identity issued key log_key name protocol recovery_key \
                    signature tls_sha256 unit url";
    assert_eq!(card.age, Some(node.keys.recipient()));
    assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn any_change_of_a_card_is_noticed() {
    let node = Node::new();
    let card = node.keys.card(&info()).unwrap();
    for name in card.json().keys().filter(|name| *name != "enlace_card" && *name != "key") {
        let mut json = card.json().clone();
        json.insert(name.clone(), json!("other"));
        assert!(matches!(Card::from_json(json), Err(CardError::Signature(_))), "{name}");
        let mut json = card.json().clone();
        json.remove(name);
        assert!(matches!(Card::from_json(json), Err(CardError::Signature(_))), "{name}");
    }
    let mut json = card.json().clone();
    json.insert("key".into(), json!(Node::new().keys.public_key().to_string()));
    assert!(matches!(Card::from_json(json), Err(CardError::Signature(_))));
}

#[test]
fn a_signed_card_with_a_wrong_property_is_refused_by_its_name() {
    let node = Node::new();
    let good = node.keys.card(&info()).unwrap();
    let recovery_is_key = json!(node.keys.public_key().to_string());
    let cases: Vec<(&str, Value)> = vec![
        ("name", json!(" ")),
        ("name", json!("UNE\u{202e}")),
        ("country", json!("ec")),
        ("country", json!("ECU")),
        ("unit", json!(7)),
        ("identity", json!({ "type": "identity" })),
        ("identity", json!("identity--3a0bd2b9-0b0e-4ef5-a1f5-5ae4c1ed8ba5")),
        ("recovery_key", json!("AAAA")),
        ("recovery_key", recovery_is_key),
        ("tls_sha256", json!("00")),
        ("age", json!("age1")),
        ("age", json!(7)),
        ("url", json!("http://une.example")),
        ("url", json!("https://user@une.example")),
        ("url", json!("https:///x")),
        ("log_key", json!("enlace/0+00000000+AAAA")),
        ("protocol", json!([])),
        ("issued", json!("yesterday")),
    ];
    for (property, value) in cases {
        let mut json = good.json().clone();
        json.insert(property.into(), value.clone());
        let found = Card::from_json(node.keys.sign_within(json)).unwrap_err();
        assert!(
            matches!(&found, CardError::Property { property: p, .. } if *p == property),
            "{property} {value}: {found}"
        );
    }
}

#[test]
fn a_card_of_before_has_no_recipient_and_is_read() {
    let node = Node::new();
    let mut json = node.keys.card(&info()).unwrap().json().clone();
    json.remove("age");
    let card = Card::from_json(node.keys.sign_within(json)).unwrap();
    assert_eq!(card.age, None);
}

#[test]
fn newer_properties_are_kept_and_another_format_is_refused() {
    let node = Node::new();
    let mut json = node.keys.card(&info()).unwrap().json().clone();
    json.insert("motto".into(), json!("later"));
    let card = Card::from_json(node.keys.sign_within(json.clone())).unwrap();
    assert_eq!(Card::parse(&card.to_string()).unwrap().json().get("motto"), Some(&json!("later")));
    json.insert("enlace_card".into(), json!(2));
    let refused = Card::from_json(node.keys.sign_within(json));
    assert!(matches!(refused, Err(CardError::Format { .. })), "{refused:?}");
}

proptest! {
    #[test]
    fn any_text_is_refused_without_panic(text in "\\PC{0,200}") {
        prop_assert!(Card::parse(&text).is_err());
    }
}
