//! Identifiers in the types of §7.3: wherever a schema says `x-identifier`, the value is checked and
//! found; and no finding repeats a secret.

use std::collections::BTreeSet;

use enlace_stix::validate::{self, Finding, Level};
use enlace_stix::{Object, identifier, types};
use serde_json::{Value, json};

use crate::rules::{UUID, object, sco};
use crate::schemas::{all, own};

/// A value that the standard of its kind does not have; nothing where no standard fixes a form.
fn wrong(kind: &str) -> &'static [&'static str] {
    match kind {
        "iban" => &["DE88370400440532013000", "DE8937040044053201300", "none"],
        "bic" => &["BANKECEGXX"],
        "payment-card" => &["4111 1111 1111 1112", "4111"],
        "imo-ship" => &["9074720", "907472", "1234567", "907472X"],
        "imo-company" => &["2041998", "20419"],
        "mmsi" => &["73505912", "123456789", "100000001"],
        "container" => &["CSQU3054384", "CSQU305438A", "ABCD12345X7"],
        "vin" => &["1M8GDM9A0KP042788", "1M8GDM9AXKP04278"],
        "crypto-address" => &["1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", "0x12"],
        "account-number"
        | "phone"
        | "call-sign"
        | "plate"
        | "aircraft-registration"
        | "identity-document"
        | "registration"
        | "firearm-serial"
        | "crypto-transaction" => &[],
        other => panic!("say what is wrong for `{other}`"),
    }
}

/// Path of JSON pointers and selector of every identifier in a value, by its schema.
fn identifiers(
    schema: &Value,
    form: &Value,
    value: &Value,
    at: (&str, &str),
    found: &mut Vec<(String, String, String)>,
) {
    if let Some(name) = form["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
        return identifiers(schema, &schema["$defs"][name], value, at, found);
    }
    if let Some(kind) = form["x-identifier"].as_str() {
        assert!(identifier::Kind::from_name(kind).is_some(), "{kind}");
        found.push((kind.to_owned(), at.0.to_owned(), at.1.to_owned()));
    }
    for (name, form) in form["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            let dot = if at.1.is_empty() { "" } else { "." };
            let below = (format!("{}/{name}", at.0), format!("{}{dot}{name}", at.1));
            identifiers(schema, form, value, (&below.0, &below.1), found);
        }
    }
    for (i, value) in value.as_array().into_iter().flatten().enumerate() {
        let below = (format!("{}/{i}", at.0), format!("{}.[{i}]", at.1));
        identifiers(schema, &form["items"], value, (&below.0, &below.1), found);
    }
}

fn parse(view: &Value) -> Object {
    Object::parse(&view.to_string()).unwrap()
}

#[test]
fn every_identifier_of_every_schema_is_checked_and_gives_a_key() {
    let mut met = BTreeSet::new();
    for (file, schema) in all() {
        for example in schema["examples"].as_array().unwrap() {
            let mut found = Vec::new();
            let definition = schema["x-definition-id"].as_str().unwrap();
            if schema["x-extension-type"] == "property-extension" {
                let at = (format!("/extensions/{definition}"), format!("extensions.{definition}"));
                let body = &example["extensions"][definition];
                identifiers(&schema, own(&schema), body, (&at.0, &at.1), &mut found);
            } else {
                identifiers(&schema, own(&schema), example, ("", ""), &mut found);
            }
            let keys = parse(example).identifier_keys();
            for (kind, pointer, selector) in found {
                let has = |(found, _): &(&str, String)| found.starts_with(kind.as_str());
                assert!(keys.iter().any(has), "{} {selector}: {keys:?}", file.display());
                for wrong in wrong(&kind) {
                    let mut broken = example.clone();
                    *broken.pointer_mut(&pointer).unwrap() = json!(wrong);
                    let found = validate::object(&parse(&broken));
                    let hit = found.iter().find(|f| f.rule == "stix.identifier.check-digit");
                    let hit = hit.map(|f| (f.path.as_str(), f.level));
                    assert_eq!(hit, Some((selector.as_str(), Level::Should)), "{wrong} {found:?}");
                }
                met.insert(kind);
            }
        }
    }
    assert_eq!(met.len(), 18, "{met:?}");
}

#[test]
fn a_type_without_its_definition_is_checked_by_its_name() {
    for (kind, name, wrong) in [
        ("vessel", "imo", "9074720"),
        ("vessel", "company_imo", "2041998"),
        ("device", "imei", "490154203237517"),
        ("iccid", "value", "8959301000000000000"),
    ] {
        let found = validate::object(&parse(&sco(kind, json!({ name: wrong }))));
        let said = |f: &Finding| f.rule == "stix.identifier.check-digit" && f.path == name;
        assert!(found.iter().any(said), "{kind} {found:?}");
    }
}

#[test]
fn a_number_of_unusual_form_is_no_finding_where_no_standard_fixes_one() {
    let body = json!({ types::definition_id("vehicle"): {"extension_type": "new-sdo"}});
    let plates = json!([{"number": "¡Á-1!", "kind": "registered"}]);
    let vehicle = object("vehicle", json!({"plates": plates, "extensions": body}));
    assert_eq!(validate::object(&parse(&vehicle)), []);
}

#[test]
fn findings_do_not_repeat_what_opens_an_account() {
    let card = |more: Value| {
        let mut view = sco("payment-card", json!({"value": "4111111111111112"}));
        for (name, value) in more.as_object().unwrap() {
            view[name] = value.clone();
        }
        view
    };
    let cases = [
        (card(json!({})), "4111111111111112"),
        (card(json!({"value": "4111 1111 1111 1112"})), "1111 1111"),
        (card(json!({"value": 4_111_111_111_111_111_u64})), "4111111111111111"),
        (card(json!({"x_seen": {"number": 9_411_111_111_111_111_117_u64}})), "9411111111111111117"),
        (card(json!({"security_code": 987})), "987"),
        (card(json!({"cvv": "987", "pin": {"now": 98_765_432_109_876_543_u64}})), "98765432109"),
        (sco("user-account", json!({"user_id": "a", "credential": 98_765})), "98765"),
        (
            sco("artifact", json!({"url": "https://example.org/", "decryption_key": 98_765})),
            "98765",
        ),
    ];
    for (view, secret) in cases {
        let object = parse(&view);
        let found = validate::object(&object);
        assert!(!found.is_empty(), "{view}");
        // Beside the others of its file an object is no freer with its secrets.
        let mut across = validate::Across::default();
        across.learn(&object);
        let beside = across.object(&object);
        assert!(beside.len() >= found.len(), "{view}");
        for finding in found.into_iter().chain(beside) {
            let text = serde_json::to_string(&finding).unwrap();
            assert!(!text.contains(secret), "{text}");
        }
    }
    let own = json!({"extensions": {types::reused::PAYMENT_CARD: {"extension_type": "new-sco"}}});
    let found = validate::object(&parse(&card(own)));
    let shown = |f: &&Finding| f.rule == "stix.identifier.check-digit";
    assert_eq!(found.iter().find(shown).unwrap().found, "411111******1112");
}

#[test]
fn findings_in_a_predefined_extension_name_its_section() {
    for (carrier, extension, property, section) in [
        ("file", "archive-ext", "comment", "6.7.2"),
        ("file", "ntfs-ext", "sid", "6.7.3"),
        ("file", "pdf-ext", "version", "6.7.4"),
        ("file", "raster-image-ext", "image_width", "6.7.5"),
        ("file", "windows-pebinary-ext", "imphash", "6.7.6"),
        ("network-traffic", "http-request-ext", "request_value", "6.12.2"),
        ("network-traffic", "icmp-ext", "icmp_code_hex", "6.12.3"),
        ("network-traffic", "socket-ext", "is_listening", "6.12.4"),
        ("network-traffic", "tcp-ext", "src_flags_hex", "6.12.5"),
        ("process", "windows-process-ext", "owner_sid", "6.13.2"),
        ("process", "windows-service-ext", "group_name", "6.13.3"),
        ("user-account", "unix-account-ext", "shell", "6.16.2"),
    ] {
        let body = json!({"extensions": { extension: { property: ["no"] } }});
        let found = validate::object(&parse(&sco(carrier, body)));
        let path = format!("extensions.{extension}.{property}");
        let said = found.iter().find(|f| f.rule == "stix.value.kind" && f.path == path);
        assert_eq!(said.map(|f| f.section), Some(section), "{extension} {found:?}");
    }
    let id = format!("file--{UUID}");
    let absent = json!({"type": "file", "spec_version": "2.1", "id": id, "name": "a",
        "extensions": {"archive-ext": {"comment": "c"}}});
    let found = validate::object(&parse(&absent));
    let said = found.iter().find(|f| f.path == "extensions.archive-ext.contains_refs").unwrap();
    assert_eq!((said.rule, said.section), ("stix.property.missing", "6.7.2"));
}
