//! Deterministic ids of cyber-observables (§2.9): one vector and more for every type of chapter 6.
//!
//! The ids were computed with python-stix2 3.0.2 and with plain UUIDv5 over the text that stands
//! here, written by hand after RFC 8785. The examples of the standard carry 23 other ids.

use std::collections::BTreeSet;

use enlace_stix::{Object, canonical, sco_id};
use serde_json::{Map, Value, json};
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::from_u128(0x00abedb4_aa42_466c_9c01_fed23315a9b7);

/// Type, properties, the name that is hashed, UUID.
const VECTORS: &[(&str, &str, &str, &str)] = &[
    (
        "artifact",
        r#"{"mime_type":"image/jpeg","payload_bin":"QUJD"}"#,
        r#"{"payload_bin":"QUJD"}"#,
        "b1a743bd-d168-5aea-a7b8-9ed6f5940b61",
    ),
    (
        "artifact",
        r#"{"url":"https://example.org/a","hashes":{"SHA-256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","MD5":"d41d8cd98f00b204e9800998ecf8427e"}}"#,
        r#"{"hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e"}}"#,
        "02fff920-f614-527c-81d1-6353633a6d21",
    ),
    (
        "autonomous-system",
        r#"{"number":15139,"name":"Example"}"#,
        r#"{"number":15139}"#,
        "3aa27478-50b5-5ab8-9da9-cdc12b657fff",
    ),
    (
        "directory",
        r#"{"path":"C:\\Windows\\System32"}"#,
        r#"{"path":"C:\\Windows\\System32"}"#,
        "0a58d0c1-59e6-5afd-8252-dcd3f13e5622",
    ),
    (
        "domain-name",
        r#"{"value":"example.com","resolves_to_refs":["ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"]}"#,
        r#"{"value":"example.com"}"#,
        "bedb4899-d24b-5401-bc86-8f6b4cc18ec7",
    ),
    (
        "email-addr",
        r#"{"value":"john@example.com","display_name":"John Doe"}"#,
        r#"{"value":"john@example.com"}"#,
        "7165e2a9-671f-585d-b1e1-ca59c671d934",
    ),
    (
        "email-message",
        r#"{"is_multipart":false,"from_ref":"email-addr--89f52ea8-d6ef-51e9-8fce-6a29236436ed","subject":"Saying Hello","body":"Hi\n\"you\""}"#,
        r#"{"body":"Hi\n\"you\"","from_ref":"email-addr--89f52ea8-d6ef-51e9-8fce-6a29236436ed","subject":"Saying Hello"}"#,
        "b5088cc7-3b7d-592f-94af-6ea4e2f90652",
    ),
    (
        "file",
        r#"{"name":"qwerty.dll","size":25536,"hashes":{"SHA-1":"da39a3ee5e6b4b0d3255bfef95601890afd80709","SHA-256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}"#,
        r#"{"hashes":{"SHA-1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"},"name":"qwerty.dll"}"#,
        "1b1170e3-ca3e-5dcf-bae6-7fa8e61a83b6",
    ),
    (
        "file",
        r#"{"name":"a","hashes":{"SSDEEP":"3:a:b"}}"#,
        r#"{"hashes":{"SSDEEP":"3:a:b"},"name":"a"}"#,
        "413a4d40-d0d1-57ee-a7e6-27aebbc66f58",
    ),
    (
        "file",
        r#"{"name":"quêry.dll","parent_directory_ref":"directory--93c0a9b0-520d-545d-9094-1a08ddf46b05","extensions":{"pdf-ext":{"version":"1.7","is_optimized":true}}}"#,
        r#"{"extensions":{"pdf-ext":{"is_optimized":true,"version":"1.7"}},"name":"quêry.dll","parent_directory_ref":"directory--93c0a9b0-520d-545d-9094-1a08ddf46b05"}"#,
        "2f2a18e2-8e41-54ba-8e2f-45a13f564cd7",
    ),
    (
        "file",
        r#"{"name":"a","extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"name":".text","entropy":7.0},{"name":"b","entropy":0.5}]}}}"#,
        r#"{"extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"entropy":7,"name":".text"},{"entropy":0.5,"name":"b"}]}},"name":"a"}"#,
        "1acf6776-0aa1-5452-96de-2fac7b350fce",
    ),
    (
        "ipv4-addr",
        r#"{"value":"198.51.100.3"}"#,
        r#"{"value":"198.51.100.3"}"#,
        "28bb3599-77cd-5a82-a950-b5bc3caf07c4",
    ),
    (
        "ipv4-addr",
        r#"{"value":"198.51.100.0/24"}"#,
        r#"{"value":"198.51.100.0/24"}"#,
        "1ea47840-aa39-5aa8-b4a2-cd203eb6662a",
    ),
    (
        "ipv6-addr",
        r#"{"value":"2001:0db8:85a3:0000:0000:8a2e:0370:7334"}"#,
        r#"{"value":"2001:0db8:85a3:0000:0000:8a2e:0370:7334"}"#,
        "85a85a8c-ee99-5722-946d-3c3a3270fc6f",
    ),
    (
        "mac-addr",
        r#"{"value":"d2:fb:49:24:37:18"}"#,
        r#"{"value":"d2:fb:49:24:37:18"}"#,
        "757b1725-9903-54f5-a855-1240691d7659",
    ),
    (
        "mutex",
        r#"{"name":"__CLEANSWEEP__"}"#,
        r#"{"name":"__CLEANSWEEP__"}"#,
        "f93fe911-e545-5239-b9b0-597840d0c871",
    ),
    (
        "network-traffic",
        r#"{"src_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","dst_port":443,"protocols":["ipv4","tcp"],"start":"2026-03-01T10:00:00.123Z","src_byte_count":5}"#,
        r#"{"dst_port":443,"protocols":["ipv4","tcp"],"src_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","start":"2026-03-01T10:00:00.123Z"}"#,
        "c9059e8b-336b-5ceb-99cb-a5b99636c1f5",
    ),
    (
        "network-traffic",
        r#"{"dst_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","src_port":1,"end":"2026-03-01T10:00:00Z","is_active":false,"protocols":["icmp"],"extensions":{"icmp-ext":{"icmp_type_hex":"08","icmp_code_hex":"00"}}}"#,
        r#"{"dst_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","end":"2026-03-01T10:00:00Z","extensions":{"icmp-ext":{"icmp_code_hex":"00","icmp_type_hex":"08"}},"protocols":["icmp"],"src_port":1}"#,
        "25af3897-f594-5ba7-9322-bdb0cd9be71c",
    ),
    (
        "software",
        r#"{"name":"Word","cpe":"cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*","version":"2002","vendor":"Microsoft","swid":"x","languages":["es"]}"#,
        r#"{"cpe":"cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*","name":"Word","swid":"x","vendor":"Microsoft","version":"2002"}"#,
        "892020b2-4dbd-5771-a882-6897af21fc58",
    ),
    (
        "url",
        r#"{"value":"https://example.com/research/index.html"}"#,
        r#"{"value":"https://example.com/research/index.html"}"#,
        "47c3cf9a-5027-5bf0-997a-017c7edc7c55",
    ),
    (
        "user-account",
        r#"{"user_id":"1001","account_login":"jdoe","account_type":"unix","display_name":"John Doe"}"#,
        r#"{"account_login":"jdoe","account_type":"unix","user_id":"1001"}"#,
        "f94d689e-707d-58c3-b803-c720bb6ed096",
    ),
    (
        "windows-registry-key",
        r#"{"key":"hkey_local_machine\\system\\bar\\foo","values":[{"name":"Foo","data":"qwerty","data_type":"REG_SZ"},{"name":"Bar","data":"42","data_type":"REG_DWORD"}],"number_of_subkeys":5}"#,
        r#"{"key":"hkey_local_machine\\system\\bar\\foo","values":[{"data":"qwerty","data_type":"REG_SZ","name":"Foo"},{"data":"42","data_type":"REG_DWORD","name":"Bar"}]}"#,
        "f6a11ddf-fa2b-54c8-97ab-e7f28413095a",
    ),
    (
        "x509-certificate",
        r#"{"issuer":"C=EC","serial_number":"36:f7:d4:32"}"#,
        r#"{"serial_number":"36:f7:d4:32"}"#,
        "ef4a0357-ca02-5b61-b017-1b55c3e5c8b1",
    ),
    (
        "x509-certificate",
        r#"{"serial_number":"02:08","hashes":{"SHA-512":"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000","SHA-256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}"#,
        r#"{"hashes":{"SHA-256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"serial_number":"02:08"}"#,
        "66b3d2fe-ed80-5778-bc92-de9071401202",
    ),
];

/// Objects without a contributing property: they get a random id.
fn without() -> Vec<(&'static str, Value)> {
    vec![
        ("process", json!({"pid": 7})),
        ("artifact", json!({"url": "https://example.org/a"})),
        ("email-message", json!({"is_multipart": false})),
        ("user-account", json!({"display_name": "x"})),
        ("windows-registry-key", json!({"number_of_subkeys": 1})),
        ("x509-certificate", json!({"issuer": "x"})),
    ]
}

fn members(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_id_is_uuid_v5_of_the_contributing_properties_in_canonical_form() {
    for (kind, properties, name, uuid) in VECTORS {
        let id = sco_id(kind, &members(properties)).unwrap();
        assert_eq!(id.as_str(), format!("{kind}--{uuid}"), "{properties}");
        assert_eq!(Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string(), *uuid, "{name}");
        let value: Value = serde_json::from_str(name).unwrap();
        assert_eq!(canonical::to_string(&value), *name);
    }
}

#[test]
fn an_object_without_contributing_properties_has_no_deterministic_id() {
    for (kind, properties) in without() {
        assert_eq!(sco_id(kind, properties.as_object().unwrap()), None, "{kind}");
    }
}

#[test]
fn every_type_of_chapter_6_has_a_vector() {
    let all: Vec<Value> = serde_json::from_str(include_str!("complete.json")).unwrap();
    let observables = all.iter().map(|entry| &entry["object"]);
    let observables = observables.filter(|object| object.get("created").is_none());
    let known: BTreeSet<_> = observables.map(|o| o["type"].as_str().unwrap()).collect();
    let mut covered: BTreeSet<_> = VECTORS.iter().map(|v| v.0).collect();
    covered.insert("process");
    assert_eq!(known, covered);
}

#[test]
fn white_space_and_order_of_the_text_do_not_change_the_id() {
    let one = r#"{"type":"file","id":"file--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        "hashes": {"SHA-512": "x", "SHA-1" : "y"}, "name": "a", "size": 7}"#;
    let other = r#"{"name":"a","hashes":{"SHA-1":"y"},"type":"file",
        "id":"file--f431f809-377b-45e0-aa1c-6a4751cae5ff"}"#;
    let id = |text: &str| Object::parse(text).unwrap().expected_sco_id().unwrap();
    assert_eq!(id(one), id(other));
}
