use enlace_keys::{Bundle, BundleError, Content, Manifest, NodeKeys, padded_len, verify_within};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{NOW_US, Node};

const SENDER: &str = "identity--3a0bd2b9-0b0e-4ef5-a1f5-5ae4c1ed8ba5";

fn manifest(from: &NodeKeys, to: &NodeKeys) -> Manifest {
    Manifest {
        id: "0f4d8a1c-7b2e-4f3d-9a6b-5c4d3e2f1a0b".to_owned(),
        from: from.key_id().to_owned(),
        to: to.key_id().to_owned(),
        made_us: NOW_US,
        received: vec!["1f4d8a1c-7b2e-4f3d-9a6b-5c4d3e2f1a0b".to_owned()],
    }
}

fn note(text: &str) -> Value {
    json!({
        "type": "note", "spec_version": "2.1", "content": text, "created_by_ref": SENDER,
        "id": "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c11",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "object_refs": [SENDER],
    })
}

fn record(keys: &NodeKeys, listed: &[Value]) -> Value {
    let entries: Vec<Value> = listed
        .iter()
        .map(|object| {
            let text = enlace_stix::canonical::to_string(object);
            json!({ "id": object["id"], "sha256": hex::encode(Sha256::digest(text)) })
        })
        .collect();
    let bare = json!({
        "type": "release-record", "spec_version": "2.1", "created_by_ref": SENDER,
        "id": "release-record--c3d8f1a7-5b2e-4f96-8a4d-1e7c9b0a6d44",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "released": entries,
    });
    let Value::Object(bare) = bare else { panic!("a dictionary") };
    Value::Object(keys.sign_within(bare))
}

fn content(objects: &[Value]) -> Content {
    let raw = |object: &Value| RawValue::from_string(object.to_string()).unwrap();
    Content { objects: objects.iter().map(raw).collect(), papers: Vec::new() }
}

/// A sealed bundle from one node to another.
fn sealed(from: &Node, to: &Node, content: &Content) -> Vec<u8> {
    from.keys.seal_bundle(&manifest(&from.keys, &to.keys), content, &to.keys.recipient()).unwrap()
}

fn holds(keys: &NodeKeys) -> impl Fn(&Map<String, Value>) -> bool {
    let key = keys.public_key();
    move |view| verify_within(&key, view).is_ok()
}

#[test]
fn the_addressee_reads_what_the_sender_signed() {
    let (ec, us) = (Node::new(), Node::new());
    let object = note("for US");
    let file = sealed(
        &ec,
        &us,
        &content(&[object.clone(), record(&ec.keys, std::slice::from_ref(&object))]),
    );
    let plain = us.keys.open_bundle(&file).unwrap();
    let bundle = Bundle::read(&plain).unwrap();
    assert_eq!(bundle.manifest, manifest(&ec.keys, &us.keys));
    bundle.verify(&ec.keys.public_key()).unwrap();
    assert!(bundle.verify(&us.keys.public_key()).is_err(), "another key did not sign it");
    let read = bundle.content(SENDER, holds(&ec.keys)).unwrap();
    assert_eq!(read.objects.len(), 2);
    assert_eq!(read.objects[0].get(), object.to_string(), "byte for byte");
}

#[test]
fn the_file_opens_for_its_addressee_alone_and_shows_nothing() {
    let (ec, us, nl) = (Node::new(), Node::new(), Node::new());
    let file = sealed(&ec, &us, &content(&[note("CANARY-7391")]));
    for other in [&ec, &nl] {
        assert_eq!(other.keys.open_bundle(&file).unwrap_err(), BundleError::NotForUs);
    }
    let bytes = String::from_utf8_lossy(&file).into_owned();
    let names = [ec.keys.key_id(), us.keys.key_id(), "CANARY", "enlace", "note--"];
    for text in names.iter().chain([&us.keys.recipient().to_string().as_str()]) {
        assert!(!bytes.contains(*text), "`{text}` in the file");
    }
}

#[test]
fn any_changed_byte_and_any_cut_is_noticed() {
    let (ec, us) = (Node::new(), Node::new());
    let file = sealed(&ec, &us, &content(&[]));
    let step = file.len() / 97;
    for place in (0..400).chain((0..file.len()).step_by(step)) {
        let mut changed = file.clone();
        changed[place] ^= 1;
        let read = us.keys.open_bundle(&changed);
        assert!(read.is_err(), "byte {place}");
        assert!(us.keys.open_bundle(&file[..place]).is_err(), "cut at {place}");
    }
    let longer = [file.as_slice(), b"x"].concat();
    assert_eq!(us.keys.open_bundle(&longer).unwrap_err(), BundleError::Damaged);
    assert_eq!(us.keys.open_bundle(b"{\"objects\":[]}").unwrap_err(), BundleError::Plain);
    assert_eq!(us.keys.open_bundle(b"PK\x03\x04").unwrap_err(), BundleError::NotAge);
}

#[test]
fn an_object_without_its_signed_record_refuses_the_whole() {
    let (ec, us) = (Node::new(), Node::new());
    let (object, other) = (note("as released"), note("as changed"));
    let good = record(&ec.keys, std::slice::from_ref(&object));
    let forged = record(&us.keys, std::slice::from_ref(&other));
    let parse = |objects: &[Value]| {
        let text = serde_json::to_string(&content(objects)).unwrap();
        Content::parse(&text, SENDER, holds(&ec.keys)).map(|c| c.objects.len())
    };
    assert_eq!(parse(&[object.clone(), good.clone()]), Ok(2));
    let unlisted = BundleError::Unlisted(object["id"].as_str().unwrap().to_owned());
    assert_eq!(parse(std::slice::from_ref(&object)), Err(unlisted.clone()));
    assert_eq!(parse(&[object.clone(), other.clone(), good.clone()]), Err(unlisted));
    let record = BundleError::Record(good["id"].as_str().unwrap().to_owned());
    assert_eq!(parse(&[other, forged]), Err(record));
}

#[test]
fn sizes_come_in_powers_of_two() {
    assert_eq!(padded_len(0), 65_536);
    assert_eq!(padded_len(65_536), 65_536);
    assert_eq!(padded_len(65_537), 131_072);
    let (ec, us) = (Node::new(), Node::new());
    let size = |objects: usize| {
        let many: Vec<Value> = (0..objects).map(|n| note(&format!("number {n}"))).collect();
        us.keys.open_bundle(&sealed(&ec, &us, &content(&many))).unwrap().len()
    };
    assert_eq!(size(0), size(100), "a hundred objects more or less do not show");
    assert_eq!(size(500), 262_144);
}

proptest! {
    #[test]
    fn any_decrypted_bytes_are_judged_without_panic(
        head in prop::sample::select(vec!["", "enlace-bundle 1\n", "enlace-bundle 2\n"]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes = [head.as_bytes(), &rest].concat();
        prop_assert!(Bundle::read(&bytes).is_err());
    }

    #[test]
    fn any_content_is_judged_without_panic(text in "\\PC{0,200}") {
        let _ = Content::parse(&text, SENDER, |_| true);
    }

    #[test]
    fn a_manifest_with_any_value_in_any_place_is_judged_without_panic(
        name in prop::sample::select(vec![
            "id", "from", "to", "made", "received", "content_bytes", "content_sha256", "signature",
        ]),
        value in prop_oneof![
            Just(Value::Null), any::<u64>().prop_map(Value::from), any::<i64>().prop_map(Value::from),
            "\\PC{0,70}".prop_map(Value::from), Just(json!([[]])), Just(json!({})),
        ],
    ) {
        let digest = hex::encode(Sha256::digest(b"{}"));
        let mut json = json!({
            "enlace_bundle": 1, "id": "0f4d8a1c-7b2e-4f3d-9a6b-5c4d3e2f1a0b",
            "from": digest, "to": digest, "made": "2026-01-01T00:00:00.000Z", "received": [],
            "content_bytes": 2, "content_sha256": digest, "signature": {},
        });
        let frame = |json: &Value| {
            let mut bytes = format!("enlace-bundle 1\n{json}\n{{}}").into_bytes();
            bytes.resize(65_536, 0);
            bytes
        };
        prop_assert!(Bundle::read(&frame(&json)).is_ok());
        json[name] = value;
        if let Ok(bundle) = Bundle::read(&frame(&json)) {
            prop_assert!(bundle.verify(&Node::new().keys.public_key()).is_err());
        }
    }
}
