use enlace_keys::{PublicKey, Signature, SignatureError, verify, verify_object, verify_within};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Node;

#[test]
fn a_signature_holds_for_the_same_content_in_any_writing() {
    let node = Node::new();
    let key = node.keys.public_key();
    let signed = node.keys.envelope(json!({ "b": 1.0, "a": "é" }));
    let again: Value = serde_json::from_str(r#" { "a":"\u00e9", "b":1 } "#).unwrap();
    assert_eq!(verify_object(&key, &again, &signed.signature), Ok(()));
    let changed = json!({ "a": "é", "b": 2 });
    assert_eq!(verify_object(&key, &changed, &signed.signature), Err(SignatureError::Wrong));
}

#[test]
fn algorithm_key_id_and_form_are_checked() {
    let (node, other) = (Node::new(), Node::new());
    let (key, good) = (node.keys.public_key(), node.keys.sign(b"text"));
    let with = |change: fn(&mut Signature)| {
        let mut signature = good.clone();
        change(&mut signature);
        verify(&key, b"text", &signature).map_err(|e| e.code())
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|s| s.alg = "none".into()), Err("keys.signature.algorithm"));
    assert_eq!(with(|s| s.key_id.make_ascii_uppercase()), Err("keys.signature.other-key"));
    assert_eq!(with(|s| s.value.push('=')), Err("keys.signature.malformed"));
    assert_eq!(with(|s| s.value.truncate(40)), Err("keys.signature.malformed"));
    let foreign = other.keys.sign(b"text");
    assert_eq!(verify(&key, b"text", &foreign).unwrap_err().code(), "keys.signature.other-key");
    let renamed = Signature { key_id: good.key_id.clone(), ..foreign };
    assert_eq!(verify(&key, b"text", &renamed), Err(SignatureError::Wrong));
}

#[test]
fn a_signature_within_covers_every_other_property() {
    let node = Node::new();
    let Value::Object(record) = json!({ "type": "release-record", "released": [] }) else {
        panic!()
    };
    let signed = node.keys.sign_within(node.keys.sign_within(record.clone()));
    assert_eq!(verify_within(&node.keys.public_key(), &signed), Ok(()));
    let mut more = signed.clone();
    more.insert("note".into(), json!("added"));
    assert_eq!(verify_within(&node.keys.public_key(), &more), Err(SignatureError::Wrong));
    assert_eq!(verify_within(&node.keys.public_key(), &record), Err(SignatureError::Missing));
}

#[test]
fn points_of_small_order_are_no_keys() {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(PublicKey::from_bytes(&neutral).is_err());
    assert!(PublicKey::from_bytes(&[0; 32]).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_as_key_or_refused(text in "\\PC{0,60}") {
        let key = text.parse::<PublicKey>();
        prop_assert!(key.is_err() || key.unwrap().to_string() == text);
    }
}
