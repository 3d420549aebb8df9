//! One broken object for every rule, and sound ones that break none.

use std::collections::BTreeSet;

use enlace_stix::validate::{self, Finding, Level, RULES};
use enlace_stix::{Limits, Object, types};
use serde_json::{Value, json};

pub(super) const UUID: &str = "f431f809-377b-45e0-aa1c-6a4751cae5ff";
const STATEMENT: &str = "marking-definition--0b5f9c30-5a3b-4a0e-9a56-5f4c4a1f7c11";

/// An object of `kind` with the common properties and these.
pub(super) fn object(kind: &str, more: Value) -> Value {
    let mut view = json!({
        "type": kind,
        "spec_version": "2.1",
        "id": format!("{kind}--{UUID}"),
        "created": "2026-03-01T10:00:00.000Z",
        "modified": "2026-03-01T10:00:00.000Z",
    });
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::String(text) if text == "<absent>" => {
                view.as_object_mut().unwrap().remove(name);
            }
            _ => view[name] = value.clone(),
        }
    }
    view
}

fn identity(more: Value) -> Value {
    let mut view = object("identity", json!({"name": "Elena Paz"}));
    for (name, value) in more.as_object().unwrap() {
        view[name] = value.clone();
    }
    view
}

/// A cyber-observable with the id that §2.9 asks for.
pub(super) fn sco(kind: &str, properties: Value) -> Value {
    let expected = enlace_stix::sco_id(kind, properties.as_object().unwrap());
    let id = expected.map_or_else(|| format!("{kind}--{UUID}"), |id| id.to_string());
    let mut view = json!({"type": kind, "spec_version": "2.1", "id": id});
    for (name, value) in properties.as_object().unwrap() {
        view[name] = value.clone();
    }
    view
}

fn marking(more: Value) -> Value {
    let mut view = json!({
        "type": "marking-definition", "spec_version": "2.1", "id": STATEMENT,
        "created": "2026-03-01T10:00:00.000Z",
        "definition_type": "statement", "definition": {"statement": "For the parties only"},
    });
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::String(text) if text == "<absent>" => {
                view.as_object_mut().unwrap().remove(name);
            }
            _ => view[name] = value.clone(),
        }
    }
    view
}

pub(super) fn findings(view: &Value) -> Vec<Finding> {
    validate::object(&Object::parse(&view.to_string()).unwrap())
}

/// Rule, path at which it must be reported, object that breaks it.
fn broken() -> Vec<(&'static str, &'static str, Value)> {
    let types = super::objects::broken();
    [identities(), names(), values(), references(), markings(), extensions(), types_of_object()]
        .concat()
        .into_iter()
        .chain(types)
        .collect()
}

fn identities() -> Vec<(&'static str, &'static str, Value)> {
    let v7 = "identity--01890a5d-ac96-774b-bcce-b302099a8057";
    let v1 = "identity--d9428888-122b-11e1-b85c-61cd3cbb3210";
    let wrong_v5 = "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd";
    vec![
        ("stix.type.name", "type", object("2nd-thing", json!({}))),
        ("stix.type.name", "type", object("ab", json!({}))),
        ("stix.type.bundle", "type", json!({"type": "bundle", "id": format!("bundle--{UUID}")})),
        ("stix.type.custom", "type", object("x-agency-thing", json!({}))),
        ("stix.type.unknown", "type", object("spaceship", json!({}))),
        ("stix.id.not-rfc-4122", "id", identity(json!({"id": v7}))),
        ("stix.id.not-v4", "id", identity(json!({"id": v1}))),
        (
            "stix.sco.id-mismatch",
            "id",
            json!({"type": "ipv4-addr", "id": wrong_v5, "value": "198.51.100.3"}),
        ),
        (
            "stix.sco.id-random",
            "id",
            json!({"type": "url", "id": format!("url--{UUID}"), "value": "https://example.org/"}),
        ),
        (
            "stix.sco.id-not-v4",
            "id",
            json!({"type": "process", "id": "process--28bb3599-77cd-5a82-a950-b5bc3caf07c4",
                "pid": 7}),
        ),
        (
            "stix.sco.versioned-namespace",
            "id",
            sco(
                "mutex",
                json!({"name": "m", "created": "2026-03-01T10:00:00.000Z",
                "modified": "2026-03-01T10:00:00.000Z"}),
            ),
        ),
        ("stix.spec-version.not-2-1", "spec_version", identity(json!({"spec_version": "2.0"}))),
    ]
}

fn names() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("stix.property.missing", "name", object("identity", json!({}))),
        (
            "stix.property.missing",
            "spec_version",
            object(
                "tool",
                json!({"spec_version": "<absent>",
            "name": "t"}),
            ),
        ),
        (
            "stix.property.missing",
            "modified",
            object(
                "tool",
                json!({"modified": "<absent>",
            "name": "t"}),
            ),
        ),
        ("stix.property.missing", "name", object("malware", json!({"is_family": true}))),
        ("stix.property.name", "Name", identity(json!({"Name": "x"}))),
        ("stix.property.name", "x1", identity(json!({"x1": "x"}))),
        ("stix.property.reserved", "severity", identity(json!({"severity": "high"}))),
        ("stix.property.custom", "x_agency_code", identity(json!({"x_agency_code": "7"}))),
        ("stix.property.unknown", "nickname", identity(json!({"nickname": "Nena"}))),
        (
            "stix.property.not-applicable",
            "created",
            sco("mutex", json!({"name": "m", "created": "2026-03-01T10:00:00.000Z"})),
        ),
        (
            "stix.property.not-applicable",
            "lang",
            object(
                "language-content",
                json!({"lang": "es", "contents": {"es": {"name": "x"}},
                "object_ref": format!("identity--{UUID}")}),
            ),
        ),
        ("stix.property.defanged", "defanged", identity(json!({"defanged": true}))),
        (
            "stix.property.encoding-alone",
            "name_enc",
            sco("file", json!({"hashes": {"MD5": "0".repeat(32)}, "name_enc": "UTF-8"})),
        ),
        (
            "stix.encoding.charset",
            "path_enc",
            sco("directory", json!({"path": "/tmp", "path_enc": "cp1252"})),
        ),
        ("stix.property.suffix", "x_flags_hex", identity(json!({"x_flags_hex": "0xFF"}))),
        ("stix.property.suffix", "x_icon_bin", identity(json!({"x_icon_bin": "*"}))),
        ("stix.property.one-of", "", sco("file", json!({"size": 7}))),
        (
            "stix.property.excluded",
            "body",
            sco("email-message", json!({"is_multipart": true, "body": "x"})),
        ),
        (
            "stix.property.excluded",
            "precision",
            object("location", json!({"country": "EC", "precision": 5.0})),
        ),
    ]
}

fn values() -> Vec<(&'static str, &'static str, Value)> {
    let time = |text: &str| object("campaign", json!({"name": "c", "first_seen": text}));
    let file = |hashes: Value| sco("file", json!({"hashes": hashes}));
    let sha = "0".repeat(64);
    vec![
        ("stix.value.kind", "name", identity(json!({"name": 7}))),
        ("stix.value.kind", "revoked", identity(json!({"revoked": "true"}))),
        ("stix.value.kind", "labels", identity(json!({"labels": "one"}))),
        ("stix.value.kind", "labels.[0]", identity(json!({"labels": [7]}))),
        ("stix.value.kind", "confidence", identity(json!({"confidence": 50.5}))),
        ("stix.value.kind", "extensions", identity(json!({"extensions": []}))),
        ("stix.value.null", "description", identity(json!({"description": null}))),
        ("stix.value.null", "x_a_b", identity(json!({"x_a_b": null}))),
        ("stix.content.form", "x_a_b.[0]", identity(json!({"x_a_b": [null]}))),
        ("stix.content.form", "x_a_b.deep", identity(json!({"x_a_b": {"deep": []}}))),
        ("stix.content.form", "x_a_b.a.b c", identity(json!({"x_a_b": {"a": {"b c": 1}}}))),
        (
            "stix.enum.value",
            "opinion",
            object(
                "opinion",
                json!({"opinion": "maybe",
            "object_refs": [format!("identity--{UUID}")]}),
            ),
        ),
        ("stix.list.empty", "roles", identity(json!({"roles": []}))),
        ("stix.list.empty", "x_a_b", identity(json!({"x_a_b": []}))),
        ("stix.dictionary.empty", "extensions", identity(json!({"extensions": {}}))),
        (
            "stix.dictionary.key",
            "additional_header_fields.Reply To",
            sco(
                "email-message",
                json!({"is_multipart": false, "subject": "s",
                "additional_header_fields": {"Reply To": "x"}}),
            ),
        ),
        ("stix.dictionary.key-case", "x_a_b.Deep", identity(json!({"x_a_b": {"Deep": 1}}))),
        (
            "stix.kill-chain.name",
            "kill_chain_phases.[0].phase_name",
            object(
                "tool",
                json!({"name": "t", "kill_chain_phases": [
                {"kill_chain_name": "lockheed-martin", "phase_name": "Command and Control"}]}),
            ),
        ),
        ("stix.integer.unsafe", "x_a_b", identity(json!({"x_a_b": 9_007_199_254_740_992_i64}))),
        ("stix.number.out-of-range", "confidence", identity(json!({"confidence": 101}))),
        (
            "stix.number.out-of-range",
            "latitude",
            object("location", json!({"latitude": 91.0, "longitude": 0.0})),
        ),
        (
            "stix.hex.malformed",
            "magic_number_hex",
            sco("file", json!({"name": "a", "magic_number_hex": "FF0"})),
        ),
        ("stix.binary.malformed", "payload_bin", sco("artifact", json!({"payload_bin": "a-b="}))),
        ("stix.lang.malformed", "lang", identity(json!({"lang": "en_US"}))),
        ("stix.lang.malformed", "lang", identity(json!({"lang": "english"}))),
        ("stix.hashes.key", "hashes.M5", file(json!({"M5": "x", "SHA-256": sha}))),
        ("stix.hashes.format", "hashes.SHA-256", file(json!({"SHA-256": "abc"}))),
        ("stix.hashes.algorithm", "hashes.WHIRLPOOL", file(json!({"WHIRLPOOL": "abc"}))),
        ("stix.timestamp.not-utc", "first_seen", time("2026-01-01T00:00:00+00:00")),
        ("stix.timestamp.malformed", "first_seen", time("2026-01-01 00:00:00Z")),
        ("stix.timestamp.no-such-time", "first_seen", time("2026-02-30T00:00:00Z")),
        (
            "stix.timestamp.precision",
            "modified",
            identity(json!({"modified": "2026-03-01T10:00:00.12Z"})),
        ),
        (
            "stix.timestamp.order",
            "modified",
            identity(json!({"modified": "2026-02-01T10:00:00.000Z"})),
        ),
        (
            "stix.timestamp.order",
            "stop_time",
            object(
                "relationship",
                json!({"relationship_type": "uses",
                "source_ref": format!("identity--{UUID}"), "target_ref": format!("tool--{UUID}"),
                "start_time": "2026-01-01T00:00:00Z", "stop_time": "2026-01-01T00:00:00.000Z"}),
            ),
        ),
    ]
}

/// One external reference on an object of `kind`.
fn numbered(kind: &str, source: &str, id: &str) -> Value {
    object(
        kind,
        json!({"name": "n", "external_references": [
        {"source_name": source, "external_id": id}]}),
    )
}

fn observed(objects: Value) -> Value {
    object(
        "observed-data",
        json!({"first_observed": "2026-03-01T10:00:00Z",
        "last_observed": "2026-03-01T10:00:00Z", "number_observed": 1, "objects": objects}),
    )
}

fn references() -> Vec<(&'static str, &'static str, Value)> {
    let external = |reference: Value| identity(json!({"external_references": [reference]}));
    let relationship = |more: Value| {
        let mut view = object(
            "relationship",
            json!({"relationship_type": "uses",
            "source_ref": format!("identity--{UUID}"), "target_ref": format!("tool--{UUID}")}),
        );
        for (name, value) in more.as_object().unwrap() {
            view[name] = value.clone();
        }
        view
    };
    vec![
        ("stix.reference.malformed", "created_by_ref", identity(json!({"created_by_ref": "Ana"}))),
        (
            "stix.reference.target",
            "created_by_ref",
            identity(json!({"created_by_ref": format!("tool--{UUID}")})),
        ),
        (
            "stix.reference.target",
            "object_marking_refs.[0]",
            identity(json!({"object_marking_refs": [format!("identity--{UUID}")]})),
        ),
        (
            "stix.reference.target",
            "target_ref",
            relationship(json!({"target_ref": format!("relationship--{UUID}")})),
        ),
        ("stix.reference.custom", "x_a_ref", identity(json!({"x_a_ref": "Ana"}))),
        ("stix.reference.custom", "x_a_refs.[0]", identity(json!({"x_a_refs": ["Ana"]}))),
        (
            "stix.external-reference.empty",
            "external_references.[0]",
            external(json!({"source_name": "press"})),
        ),
        (
            "stix.external-reference.url",
            "external_references.[0].url",
            external(json!({"source_name": "press", "url": "no url"})),
        ),
        (
            "stix.reference.name",
            "x_a_owner",
            identity(json!({"x_a_owner": format!("tool--{UUID}")})),
        ),
        (
            "stix.reference.bundle",
            "x_a_ref",
            identity(json!({"x_a_ref": format!("bundle--{UUID}")})),
        ),
        (
            "stix.id.not-rfc-4122",
            "created_by_ref",
            identity(json!({"created_by_ref": "identity--01890a5d-ac96-774b-bcce-b302099a8057"})),
        ),
        (
            "stix.external-reference.hash-algorithm",
            "external_references.[0].hashes.x_foo_hash",
            external(json!({"source_name": "press", "url": "https://example.org/",
                "hashes": {"x_foo_hash": "00"}})),
        ),
        (
            "stix.external-reference.id-format",
            "external_references.[0].external_id",
            numbered("vulnerability", "cve", "CVE-16-1"),
        ),
        (
            "stix.external-reference.id-format",
            "external_references.[0].source_name",
            numbered("vulnerability", "press", "CVE-2016-1234"),
        ),
        (
            "stix.external-reference.capec-format",
            "external_references.[0].external_id",
            numbered("attack-pattern", "capec", "163"),
        ),
        (
            "stix.container.reference",
            "objects.0.dst_ref",
            observed(
                json!({"0": {"type": "network-traffic", "protocols": ["tcp"], "dst_ref": "1"}}),
            ),
        ),
        (
            "stix.container.key",
            "objects.mutex",
            observed(json!({"mutex": {"type": "mutex", "name": "m"}})),
        ),
        (
            "stix.relationship.type",
            "relationship_type",
            relationship(json!({"relationship_type": "member_of"})),
        ),
    ]
}

fn markings() -> Vec<(&'static str, &'static str, Value)> {
    let granular = |marking: Value| identity(json!({"granular_markings": [marking]}));
    let red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
    let white = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9";
    vec![
        (
            "stix.granular.lang-or-ref",
            "granular_markings.[0]",
            granular(json!({"lang": "es", "marking_ref": STATEMENT, "selectors": ["name"]})),
        ),
        (
            "stix.granular.lang-or-ref",
            "granular_markings.[0]",
            granular(json!({"selectors": ["name"]})),
        ),
        (
            "stix.granular.selector-syntax",
            "granular_markings.[0].selectors.[0]",
            granular(json!({"lang": "es", "selectors": ["labels.[x]"]})),
        ),
        (
            "stix.granular.selector-missing",
            "granular_markings.[0].selectors.[1]",
            granular(json!({"lang": "es", "selectors": ["name", "name.[0]"]})),
        ),
        ("stix.marking.versioned", "revoked", marking(json!({"revoked": true}))),
        (
            "stix.marking.circular",
            "object_marking_refs.[0]",
            marking(json!({"object_marking_refs": [STATEMENT]})),
        ),
        ("stix.marking.no-definition", "", marking(json!({"definition": "<absent>"}))),
        (
            "stix.marking.tlp",
            "",
            marking(json!({"definition_type": "tlp",
            "definition": {"tlp": "white"}})),
        ),
        ("stix.marking.tlp", "", marking(json!({"id": red}))),
        (
            "stix.marking.tlp",
            "",
            marking(json!({"id": white, "created": "2017-01-20T00:00:00.000Z",
                "definition_type": "tlp", "definition": {"tlp": "clear"}})),
        ),
        (
            "stix.marking.definition-type",
            "definition_type",
            marking(json!({
            "definition_type": "house-rule", "definition": {"rule": "x"}})),
        ),
    ]
}

fn definition(more: Value) -> Value {
    let mut view = object(
        "extension-definition",
        json!({
        "created_by_ref": format!("identity--{UUID}"), "name": "n", "schema": "s",
        "version": "1.0.0", "extension_types": ["property-extension"]}),
    );
    for (name, value) in more.as_object().unwrap() {
        view[name] = value.clone();
    }
    view
}

fn toplevel(name: &str) -> Value {
    definition(json!({"extension_types": ["toplevel-property-extension"],
        "extension_properties": [name]}))
}

fn extensions() -> Vec<(&'static str, &'static str, Value)> {
    let carrying = |key: &str, body: Value| {
        let mut view = identity(json!({}));
        view["extensions"] = json!({ key: body });
        view
    };
    let person = types::definition_id("person");
    let with_person = |more: Value| {
        let mut body =
            json!({"extension_type": "property-extension", "names": [{"full": "Elena Paz"}]});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        carrying(&person, body)
    };
    let foreign = format!("extension-definition--{UUID}");
    let at = |rest: &str| -> &'static str { format!("extensions.{rest}").leak() };
    vec![
        ("stix.extension.key", "extensions.person", carrying("person", json!({"abc": 1}))),
        ("stix.extension.name", "extensions.x-person", carrying("x-person", json!({"abc": 1}))),
        ("stix.extension.prefix", "extensions.own-ext", carrying("own-ext", json!({"abc": 1}))),
        ("stix.extension.carrier", "extensions.x-a-ext", carrying("x-a-ext", json!({"abc": 1}))),
        (
            "stix.extension.no-definition",
            "extensions.person",
            carrying("person", json!({"extension_type": "property-extension", "abc": 1})),
        ),
        (
            "stix.extension.redefines",
            at(&format!("{foreign}.extension_type")),
            carrying(&foreign, json!({"extension_type": "new-sdo"})),
        ),
        (
            "stix.property.reserved",
            at(&format!("{foreign}.severity")),
            carrying(&foreign, json!({"extension_type": "property-extension", "severity": 1})),
        ),
        (
            "stix.property.name",
            at(&format!("{foreign}.Rank")),
            carrying(&foreign, json!({"extension_type": "property-extension", "Rank": 1})),
        ),
        (
            "stix.extension.type-missing",
            at(&format!("{foreign}.extension_type")),
            carrying(&foreign, json!({"rank": "cabo"})),
        ),
        (
            "stix.enum.value",
            at(&format!("{foreign}.extension_type")),
            carrying(&foreign, json!({"extension_type": "new-thing"})),
        ),
        (
            "stix.extension.mismatch",
            at(&types::definition_id("firearm")),
            carrying(&types::definition_id("firearm"), json!({"extension_type": "new-sdo"})),
        ),
        (
            "stix.extension.mismatch",
            at(&format!("{person}.extension_type")),
            with_person(json!({"extension_type": "toplevel-property-extension"})),
        ),
        (
            "stix.extension.carrier",
            "extensions.pdf-ext",
            carrying("pdf-ext", json!({"version": "1.7"})),
        ),
        (
            "stix.date.malformed",
            at(&format!("{person}.birth_date")),
            with_person(json!({"birth_date": "01.02.1984"})),
        ),
        (
            "stix.enum.value",
            at(&format!("{person}.subject_categories.[0].category")),
            with_person(json!({"subject_categories": [{"category": "guilty"}]})),
        ),
        (
            "stix.property.missing",
            at(&format!("{person}.names.[0].full")),
            with_person(json!({"names": [{"kind": "alias"}]})),
        ),
        (
            "stix.extension.properties",
            "extension_properties",
            definition(json!({"extension_types": ["new-sdo"], "extension_properties": ["rank"]})),
        ),
        (
            "stix.extension.toplevel-names",
            "extension_properties",
            definition(json!({"extension_types": ["toplevel-property-extension"]})),
        ),
        ("stix.extension.description", "description", definition(json!({}))),
        ("stix.extension.redefines", "extension_properties.[0]", toplevel("confidence")),
        ("stix.property.reserved", "extension_properties.[0]", toplevel("severity")),
        ("stix.property.name", "extension_properties.[0]", toplevel("Rank")),
        ("stix.property.not-applicable", "confidence", definition(json!({"confidence": 7}))),
        (
            "stix.language-content.shape",
            "contents.fr.goals",
            object(
                "language-content",
                json!({"object_ref": format!("campaign--{UUID}"),
                "contents": {"es": {"goals": ["uno"]}, "fr": {"goals": ["un", "deux"]}}}),
            ),
        ),
    ]
}

fn types_of_object() -> Vec<(&'static str, &'static str, Value)> {
    let new = |kind: &str, more: Value| {
        let mut view = object(kind, more);
        view["extensions"] = json!({ types::definition_id(kind): {"extension_type": "new-sdo"} });
        view
    };
    vec![
        ("stix.location.place", "", object("location", json!({"city": "Guayaquil"}))),
        (
            "stix.property.missing",
            "longitude",
            object(
                "location",
                json!({"latitude": -2.19,
            "region": "south-america"}),
            ),
        ),
        ("stix.location.country", "country", object("location", json!({"country": "Ecuador"}))),
        ("stix.address.malformed", "value", sco("ipv4-addr", json!({"value": "198.51.100.256"}))),
        ("stix.address.malformed", "value", sco("ipv4-addr", json!({"value": "198.51.100.0/33"}))),
        ("stix.address.malformed", "value", sco("ipv6-addr", json!({"value": "2001:db8::/032"}))),
        ("stix.address.malformed", "value", sco("mac-addr", json!({"value": "D2:FB:49:24:37:18"}))),
        (
            "stix.observed-data.objects",
            "objects",
            object(
                "observed-data",
                json!({"first_observed": "2026-03-01T10:00:00Z",
                "last_observed": "2026-03-01T10:00:00Z", "number_observed": 1,
                "objects": {"0": {"type": "mutex", "name": "m"}}}),
            ),
        ),
        (
            "stix.identifier.check-digit",
            "number",
            new("shipping-container", json!({"number": "CSQU3054384"})),
        ),
        (
            "stix.identifier.check-digit",
            "iban",
            sco("bank-account", json!({"iban": "DE88370400440532013000"})),
        ),
        (
            "enlace.payment-card.security-code",
            "security_code",
            sco("payment-card", json!({"value": "4111111111111111", "security_code": "123"})),
        ),
        ("stix.vocabulary.value", "vessel_type", new("vessel", json!({"vessel_type": "canoe"}))),
        ("stix.property.missing", "serial_status", new("firearm", json!({"serial": "AB1"}))),
        ("stix.enum.value", "serial_status", new("firearm", json!({"serial_status": "filed off"}))),
        (
            "stix.hex.malformed",
            "key_id",
            new(
                "agreement-signature",
                json!({"agreement_ref": format!("agreement--{UUID}"),
                "agreement_modified": "2026-03-01T10:00:00.000Z", "sha256": "0".repeat(64),
                "key_id": "A".repeat(64), "value": "AA"}),
            ),
        ),
    ]
}

#[test]
fn every_broken_object_is_reported_with_rule_path_and_level() {
    for (rule, path, view) in broken() {
        let found = findings(&view);
        let hit = found.iter().find(|f| f.rule == rule && f.path == path);
        let hit = hit.unwrap_or_else(|| panic!("{rule} at `{path}` in {view}: {found:#?}"));
        let known = RULES.iter().find(|r| r.code == rule).unwrap();
        assert_eq!(hit.level, known.level, "{rule}");
        assert!(!hit.found.is_empty() && !hit.expected.is_empty(), "{hit:?}");
    }
}

/// What [`validate::advice`] has to say, which `validate::object` keeps to itself.
fn advised() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("stix.advice.lang", "lang", identity(json!({}))),
        (
            "stix.advice.url-hashes",
            "external_references.[0].hashes",
            identity(json!({"external_references": [
                {"source_name": "press", "url": "https://example.org/"}]})),
        ),
    ]
}

#[test]
fn advice_is_given_only_where_it_is_asked_for() {
    for (rule, path, view) in advised() {
        let object = Object::parse(&view.to_string()).unwrap();
        let found = validate::advice(&object);
        assert!(found.iter().any(|f| (f.rule, f.path.as_str()) == (rule, path)), "{found:?}");
        assert!(found.iter().all(|f| f.level == Level::Should), "{found:?}");
        assert_eq!(validate::object(&object), []);
    }
}

/// Every rule that has a case, and the list it stands in.
fn cases() -> Vec<(&'static str, &'static str)> {
    let in_list = |list: &'static str| move |rule: &'static str| (rule, list);
    let broken = broken().into_iter().map(|c| c.0).map(in_list("broken"));
    let unreadable = unreadable_texts().into_iter().map(|c| c.0).map(in_list("unreadable_texts"));
    let bundles = bundles().into_iter().map(|c| c.0).map(in_list("bundles"));
    let advised = advised().into_iter().map(|c| c.0).map(in_list("advised"));
    let across = crate::across::GENERATORS.iter().map(|(rule, _)| (*rule, "across"));
    broken.chain(unreadable).chain(bundles).chain(advised).chain(across).collect()
}

/// The list that holds the case of a rule.
pub(crate) fn case_of(code: &str) -> &'static str {
    cases().into_iter().find(|(rule, _)| *rule == code).map_or("no case", |(_, list)| list)
}

#[test]
fn every_rule_has_a_case_and_every_finding_a_rule() {
    let covered: BTreeSet<_> = cases().into_iter().map(|(rule, _)| rule).collect();
    let known: BTreeSet<_> = RULES.iter().map(|r| r.code).collect();
    assert_eq!(known.difference(&covered).collect::<Vec<_>>(), Vec::<&&str>::new());
    for (.., view) in broken() {
        for finding in findings(&view) {
            assert!(known.contains(finding.rule), "{}", finding.rule);
        }
    }
    assert_eq!(known.len(), RULES.len(), "a code stands twice");
}

fn unreadable_texts() -> Vec<(&'static str, String)> {
    vec![
        ("stix.object.too-large", format!("{{\"a\":\"{}\"}}", "x".repeat(300))),
        ("stix.object.too-deep", "[[[[[[[[[]]]]]]]]]".to_owned()),
        ("stix.object.not-json", "{".to_owned()),
        ("stix.object.not-an-object", "[]".to_owned()),
        ("stix.type.missing", "{}".to_owned()),
        ("stix.id.malformed", r#"{"type":"tool","id":"tool-7"}"#.to_owned()),
        ("stix.id.type-mismatch", format!(r#"{{"type":"tool","id":"malware--{UUID}"}}"#)),
    ]
}

#[test]
fn what_cannot_be_read_has_a_finding_too() {
    let limits = Limits { object_bytes: 256, nesting: 8 };
    for (rule, text) in unreadable_texts() {
        let finding = validate::unreadable(&Object::parse_within(&text, limits).unwrap_err());
        assert_eq!((finding.rule, finding.level), (rule, Level::Must), "{finding:?}");
    }
}

fn bundles() -> Vec<(&'static str, &'static str, String)> {
    let id = format!("bundle--{UUID}");
    vec![
        ("stix.bundle.id", "id", r#"{"type":"bundle","objects":[{}]}"#.to_owned()),
        (
            "stix.id.not-v4",
            "id",
            json!({"type": "bundle", "id": "bundle--28bb3599-77cd-5a82-a950-b5bc3caf07c4"})
                .to_string(),
        ),
        (
            "stix.json.duplicate-member",
            "objects",
            format!(r#"{{"type":"bundle","id":"{id}","objects":[{{}}],"objects":[{{}}]}}"#),
        ),
        (
            "stix.property.reserved",
            "severity",
            json!({"type": "bundle", "id": id, "severity": 1}).to_string(),
        ),
        (
            "stix.bundle.property",
            "spec_version",
            json!({"type": "bundle", "id": id, "spec_version": "2.1"}).to_string(),
        ),
        (
            "stix.list.empty",
            "objects",
            json!({"type": "bundle", "id": id, "objects": []}).to_string(),
        ),
        (
            "stix.value.kind",
            "objects",
            json!({"type": "bundle", "id": id, "objects": {}}).to_string(),
        ),
    ]
}

#[test]
fn a_bundle_is_judged_apart_from_its_objects() {
    for (rule, path, text) in bundles() {
        let found = validate::bundle(&text);
        assert!(found.iter().any(|f| f.rule == rule && f.path == path), "{rule}: {found:?}");
    }
    let sound = json!({"type": "bundle", "id": format!("bundle--{UUID}"), "objects": [{}]});
    assert_eq!(validate::bundle(&sound.to_string()), []);
}

#[test]
fn a_name_that_stands_twice_is_seen_at_any_depth() {
    let rules = |raw: &str| -> Vec<_> {
        validate::object(&Object::parse(raw).unwrap()).into_iter().map(|f| f.rule).collect()
    };
    let sound = identity(json!({"description": "a: \"b\": {c}"})).to_string();
    assert_eq!(rules(&sound), Vec::<&str>::new());
    let top = sound.replacen('{', r#"{"name":"Other","#, 1);
    assert_eq!(rules(&top), ["stix.json.duplicate-member"]);
    let nested =
        identity(json!({"external_references": [{"source_name": "s", "external_id": "u"}]}));
    let twice = r#""external_id":"u","external_id":"v""#;
    let nested = nested.to_string().replace(r#""external_id":"u""#, twice);
    assert_eq!(rules(&nested), ["stix.json.duplicate-member"]);
}

#[test]
fn a_hostile_object_gives_a_bounded_report() {
    let nulls = vec![Value::Null; 100_000];
    assert_eq!(findings(&identity(json!({"x_a_b": nulls}))).len(), 1000);
}
