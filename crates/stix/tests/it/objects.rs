//! Chapters 4 to 6 and 10, type by type: what each rule refuses and what it lets pass.

use enlace_stix::validate::{Level, RULES};
use serde_json::{Value, json};

use super::rules::{UUID, findings, object, sco};

fn reference(kind: &str) -> String {
    format!("{kind}--{UUID}")
}

fn location(more: Value) -> Value {
    object("location", more)
}

fn indicator(more: Value) -> Value {
    let mut view = object(
        "indicator",
        json!({"name": "n", "description": "d", "pattern": "[a:b = 1]", "pattern_type": "stix",
            "valid_from": "2026-03-01T10:00:00Z"}),
    );
    add(&mut view, more);
    view
}

fn relationship(source: &str, kind: &str, target: &str) -> Value {
    object(
        "relationship",
        json!({"relationship_type": kind, "source_ref": reference(source),
            "target_ref": reference(target)}),
    )
}

fn sighting(of: &str) -> Value {
    object("sighting", json!({"sighting_of_ref": reference(of)}))
}

fn observed(more: Value) -> Value {
    let mut view = object(
        "observed-data",
        json!({"first_observed": "2026-03-01T10:00:00Z", "last_observed": "2026-03-01T10:00:00Z",
            "number_observed": 1}),
    );
    add(&mut view, more);
    view
}

fn file(more: Value) -> Value {
    let mut properties = json!({"name": "a"});
    add(&mut properties, more);
    sco("file", properties)
}

fn traffic(more: Value) -> Value {
    let mut properties = json!({"src_ref": reference("ipv4-addr"), "protocols": ["ipv4", "tcp"],
        "src_port": 1, "dst_port": 65_535});
    add(&mut properties, more);
    sco("network-traffic", properties)
}

fn message(more: Value) -> Value {
    let mut properties = json!({"is_multipart": false, "subject": "s"});
    add(&mut properties, more);
    sco("email-message", properties)
}

fn add(view: &mut Value, more: Value) {
    for (name, value) in more.as_object().unwrap() {
        match value.as_str() {
            Some("<absent>") => drop(view.as_object_mut().unwrap().remove(name)),
            _ => view[name] = value.clone(),
        }
    }
}

type Case = (&'static str, &'static str, Value);

/// Rule, path at which it must be reported, object that breaks it.
pub(super) fn broken() -> Vec<Case> {
    [domain(), relationships(), containers(), observables(), addresses(), extensions()].concat()
}

fn domain() -> Vec<Case> {
    let identity = |more: Value| {
        let mut view = object("identity", json!({"name": "Elena Paz"}));
        add(&mut view, more);
        view
    };
    let analysis = |more: Value| {
        let mut view = object("malware-analysis", json!({"product": "x", "result": "benign"}));
        add(&mut view, more);
        view
    };
    let point = json!({"latitude": 0.0, "longitude": 0.0});
    vec![
        ("stix.vocabulary.value", "sectors.[1]", identity(json!({"sectors": ["legal", "law"]}))),
        ("stix.vocabulary.value", "identity_class", identity(json!({"identity_class": "ship"}))),
        ("stix.vocabulary.form", "identity_class", identity(json!({"identity_class": "Person"}))),
        ("stix.vocabulary.form", "sectors.[0]", identity(json!({"sectors": ["law firms"]}))),
        (
            "stix.grouping.name",
            "name",
            object(
                "grouping",
                json!({"context": "unspecified", "object_refs": [reference("tool")]}),
            ),
        ),
        ("stix.indicator.context", "name", indicator(json!({"name": "<absent>"}))),
        ("stix.indicator.context", "description", indicator(json!({"description": "<absent>"}))),
        ("stix.indicator.pattern", "pattern", indicator(json!({"pattern": " "}))),
        (
            "stix.location.administrative-area",
            "administrative_area",
            location(json!({"country": "EC", "administrative_area": "Guayas"})),
        ),
        ("stix.location.country", "country", location(json!({"country": "ZZ"}))),
        ("stix.location.precision", "precision", location(point)),
        ("stix.malware-analysis.product", "product", analysis(json!({"product": "Big Engine"}))),
        (
            "stix.reference.target",
            "sample_ref",
            analysis(json!({"sample_ref": reference("process")})),
        ),
        ("stix.property.one-of", "", analysis(json!({"result": "<absent>"}))),
        (
            "stix.property.unknown",
            "kill_chain_phases",
            object("incident", json!({"name": "i", "kill_chain_phases": ["x"]})),
        ),
        (
            "stix.observed-data.no-sco",
            "object_refs",
            observed(json!({"object_refs": [reference("relationship")]})),
        ),
        (
            "stix.reference.target",
            "object_refs.[1]",
            observed(json!({"object_refs": [reference("url"), reference("tool")]})),
        ),
    ]
}

fn relationships() -> Vec<Case> {
    let unlisted = "stix.relationship.unlisted";
    vec![
        (unlisted, "relationship_type", relationship("tool", "uses", "malware")),
        (unlisted, "relationship_type", relationship("malware", "delivered-by", "tool")),
        (unlisted, "relationship_type", relationship("file", "duplicate-of", "url")),
        ("stix.relationship.type", "relationship_type", relationship("tool", "", "tool")),
        (
            "stix.reference.target",
            "source_ref",
            relationship("extension-definition", "related-to", "tool"),
        ),
        (
            "stix.reference.target",
            "target_ref",
            relationship("tool", "related-to", "marking-definition"),
        ),
        ("stix.reference.target", "sighting_of_ref", sighting("ipv4-addr")),
        ("stix.reference.target", "sighting_of_ref", sighting("relationship")),
    ]
}

fn containers() -> Vec<Case> {
    let container = |objects: Value| observed(json!({"objects": objects}));
    let traffic =
        |source: &str| json!({"type": "network-traffic", "src_ref": source, "protocols": ["tcp"]});
    vec![
        ("stix.container.reference", "objects.0.src_ref", container(json!({"0": traffic("1")}))),
        (
            "stix.container.reference",
            "objects.0.src_ref",
            container(json!({"0": traffic("1"), "1": {"type": "url", "value": "x"}})),
        ),
        (
            "stix.container.reference",
            "objects.0.extensions.archive-ext.contains_refs.[0]",
            container(json!({"0": {"type": "file", "name": "a",
                "extensions": {"archive-ext": {"contains_refs": ["9"]}}}})),
        ),
        (
            "stix.container.key",
            "objects.a",
            container(json!({"a": {"type": "mutex", "name": "m"}})),
        ),
        ("stix.property.missing", "objects.0.type", container(json!({"0": {"name": "m"}}))),
        ("stix.value.kind", "objects.0", container(json!({"0": "m"}))),
        (
            "stix.container.unrelated",
            "objects.2",
            container(
                json!({"0": traffic("1"), "1": {"type": "ipv4-addr", "value": "198.51.100.7"},
                "2": {"type": "mutex", "name": "m"}}),
            ),
        ),
        ("stix.dictionary.empty", "objects", container(json!({}))),
        (
            "stix.property.excluded",
            "objects",
            observed(json!({"object_refs": [reference("url")], "objects": {"0": {"type": "x"}}})),
        ),
    ]
}

fn observables() -> Vec<Case> {
    let sha = json!({"MD5": "0".repeat(32)});
    let key = |key: &str| sco("windows-registry-key", json!({"key": key}));
    vec![
        ("stix.encoding.charset", "name_enc", file(json!({"name_enc": "latin1"}))),
        (
            "stix.encoding.charset",
            "path_enc",
            sco("directory", json!({"path": "/", "path_enc": "utf8"})),
        ),
        (
            "stix.property.encoding-alone",
            "name_enc",
            sco("file", json!({"hashes": sha, "name_enc": "UTF-8"})),
        ),
        ("stix.media-type.malformed", "mime_type", file(json!({"mime_type": "word"}))),
        (
            "stix.media-type.malformed",
            "mime_type",
            sco("artifact", json!({"payload_bin": "QUJD", "mime_type": "bla/bla"})),
        ),
        (
            "stix.url.malformed",
            "url",
            sco("artifact", json!({"url": "example.org", "hashes": sha})),
        ),
        (
            "stix.property.missing",
            "hashes",
            sco("artifact", json!({"url": "https://example.org/a"})),
        ),
        (
            "stix.property.excluded",
            "url",
            sco(
                "artifact",
                json!({"payload_bin": "QUJD", "url": "https://example.org/a",
                "hashes": sha}),
            ),
        ),
        (
            "stix.property.missing",
            "encryption_algorithm",
            sco("artifact", json!({"payload_bin": "QUJD", "decryption_key": "k"})),
        ),
        (
            "stix.email-message.encoded-word",
            "subject",
            message(json!({"subject": "=?utf-8?q?caf=C3=A9?="})),
        ),
        (
            "stix.email-message.encoded-word",
            "additional_header_fields.X-A.[1]",
            message(json!({"additional_header_fields": {"X-A": ["a", "=?utf-8?B?w6k=?="]}})),
        ),
        (
            "stix.value.kind",
            "additional_header_fields.X-A",
            message(json!({"additional_header_fields": {"X-A": "a"}})),
        ),
        (
            "stix.property.excluded",
            "body_multipart",
            message(json!({"body_multipart": [{"body": "b"}]})),
        ),
        (
            "stix.property.one-of",
            "body_multipart.[0]",
            message(json!({"is_multipart": true, "body_multipart": [{"content_type": "a/b"}]})),
        ),
        ("stix.network-traffic.ports", "dst_port", traffic(json!({"dst_port": "<absent>"}))),
        (
            "stix.network-traffic.protocol",
            "protocols.[1]",
            traffic(json!({"protocols": ["ipv4", "TCP"]})),
        ),
        (
            "stix.network-traffic.protocol-order",
            "protocols.[1]",
            traffic(json!({"protocols": ["tcp", "ipv4"]})),
        ),
        (
            "stix.network-traffic.protocol-order",
            "protocols.[2]",
            traffic(json!({"protocols": ["ipv4", "http", "tcp"]})),
        ),
        (
            "stix.network-traffic.ipfix-name",
            "ipfix.Octets",
            traffic(json!({"ipfix": {"Octets": 1}})),
        ),
        (
            "stix.value.kind",
            "ipfix.octetDeltaCount",
            traffic(json!({"ipfix": {"octetDeltaCount": [1]}})),
        ),
        (
            "stix.property.excluded",
            "end",
            traffic(json!({"is_active": true, "end": "2026-03-01T10:00:00Z"})),
        ),
        (
            "stix.timestamp.order",
            "end",
            traffic(json!({"start": "2026-03-01T10:00:01Z", "end": "2026-03-01T10:00:00Z"})),
        ),
        ("stix.number.out-of-range", "src_port", traffic(json!({"src_port": 65_536}))),
        ("stix.software.cpe", "cpe", sco("software", json!({"name": "n", "cpe": "cpe:/a:b:c"}))),
        (
            "stix.lang.malformed",
            "languages.[0]",
            sco("software", json!({"name": "n", "languages": ["en_US"]})),
        ),
        ("stix.registry-key.hive", "key", key(r"HKLM\System")),
        (
            "stix.property.one-of",
            "values.[0]",
            sco("windows-registry-key", json!({"values": [{"x_note": "n"}]})),
        ),
        (
            "stix.property.one-of",
            "x509_v3_extensions",
            sco("x509-certificate", json!({"x509_v3_extensions": {"x_note": "n"}})),
        ),
        (
            "stix.value.kind",
            "environment_variables.PATH",
            sco("process", json!({"environment_variables": {"PATH": 7}})),
        ),
    ]
}

fn addresses() -> Vec<Case> {
    let value = |kind: &str, value: &str| sco(kind, json!({"value": value}));
    vec![
        ("stix.domain-name.malformed", "value", value("domain-name", "exa mple.org")),
        ("stix.domain-name.malformed", "value", value("domain-name", "-a.example.org")),
        ("stix.email-address.malformed", "value", value("email-addr", "Ana <ana@example.org>")),
        ("stix.email-address.malformed", "value", value("email-addr", "ana")),
        ("stix.url.malformed", "value", value("url", "example.org/a")),
        ("stix.url.malformed", "value", value("url", "https://example.org/a b")),
        ("stix.address.malformed", "value", value("ipv6-addr", "198.51.100.7")),
    ]
}

fn extensions() -> Vec<Case> {
    let at = |rest: &str| -> &'static str { format!("extensions.{rest}").leak() };
    let on_file = |name: &str, body: Value| file(json!({"extensions": { name: body }}));
    let on_traffic = |name: &str, body: Value| {
        let protocols = json!(["tcp", "http", "icmp"]);
        traffic(json!({"protocols": protocols, "extensions": { name: body }}))
    };
    let on_process =
        |name: &str, body: Value| sco("process", json!({"extensions": { name: body }}));
    let one_of = "stix.property.one-of";
    let note = || json!({"x_note": "n"});
    let http = json!({"request_method": "get", "request_value": "/"});
    vec![
        (
            "stix.archive.no-file",
            at("archive-ext.contains_refs"),
            on_file("archive-ext", json!({"contains_refs": [reference("directory")]})),
        ),
        (one_of, at("ntfs-ext"), on_file("ntfs-ext", note())),
        ("stix.property.custom", at("ntfs-ext.x_note"), on_file("ntfs-ext", note())),
        ("stix.property.unknown", at("ntfs-ext.note"), on_file("ntfs-ext", json!({"note": "n"}))),
        (one_of, at("pdf-ext"), on_file("pdf-ext", note())),
        (
            "stix.value.kind",
            at("pdf-ext.document_info_dict.Pages"),
            on_file("pdf-ext", json!({"document_info_dict": {"Pages": 7}})),
        ),
        (one_of, at("raster-image-ext"), on_file("raster-image-ext", note())),
        (
            "stix.value.kind",
            at("raster-image-ext.exif_tags.XResolution"),
            on_file("raster-image-ext", json!({"exif_tags": {"XResolution": 1.5}})),
        ),
        (
            one_of,
            at("windows-pebinary-ext"),
            on_file("windows-pebinary-ext", json!({"pe_type": "exe"})),
        ),
        (
            one_of,
            at("windows-pebinary-ext.optional_header"),
            on_file("windows-pebinary-ext", json!({"pe_type": "exe", "optional_header": note()})),
        ),
        (
            "stix.number.out-of-range",
            at("windows-pebinary-ext.optional_header.size_of_code"),
            on_file(
                "windows-pebinary-ext",
                json!({"pe_type": "exe", "optional_header": {"size_of_code": -1}}),
            ),
        ),
        (
            "stix.pe-binary.time-precision",
            at("windows-pebinary-ext.time_date_stamp"),
            on_file(
                "windows-pebinary-ext",
                json!({"pe_type": "exe", "time_date_stamp": "2026-03-01T10:00:00.5Z"}),
            ),
        ),
        (
            "stix.vocabulary.value",
            at("windows-pebinary-ext.pe_type"),
            on_file("windows-pebinary-ext", json!({"pe_type": "com", "imphash": "x"})),
        ),
        (
            "stix.network-traffic.extension-protocol",
            "protocols",
            traffic(json!({"extensions": {"http-request-ext": http}})),
        ),
        (
            "stix.value.kind",
            at("http-request-ext.request_header.Host"),
            on_traffic(
                "http-request-ext",
                json!({"request_method": "get", "request_value": "/",
                "request_header": {"Host": "example.org"}}),
            ),
        ),
        (
            "stix.socket.option",
            at("socket-ext.options.linger"),
            on_traffic(
                "socket-ext",
                json!({"address_family": "AF_INET", "options": {"linger": 1}}),
            ),
        ),
        (
            "stix.value.kind",
            at("socket-ext.options.SO_LINGER"),
            on_traffic(
                "socket-ext",
                json!({"address_family": "AF_INET", "options": {"SO_LINGER": "1"}}),
            ),
        ),
        (
            "stix.enum.value",
            at("socket-ext.socket_type"),
            on_traffic(
                "socket-ext",
                json!({"address_family": "AF_INET", "socket_type": "SOCK_PACKET"}),
            ),
        ),
        (one_of, at("tcp-ext"), on_traffic("tcp-ext", note())),
        (one_of, at("windows-process-ext"), on_process("windows-process-ext", note())),
        (
            "stix.process.priority",
            at("windows-process-ext.priority"),
            on_process("windows-process-ext", json!({"priority": "HIGH"})),
        ),
        (one_of, at("windows-service-ext"), on_process("windows-service-ext", note())),
        (
            one_of,
            at("unix-account-ext"),
            sco(
                "user-account",
                json!({"user_id": "7", "extensions": {"unix-account-ext": note()}}),
            ),
        ),
    ]
}

#[test]
fn what_both_versions_ask_of_an_observable_in_a_container_is_asked() {
    let found = |observable: Value| {
        let view = json!({
            "type": "observed-data", "spec_version": "2.1",
            "id": "observed-data--f431f809-377b-45e0-aa1c-6a4751cae5ff",
            "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
            "first_observed": "2026-03-01T10:00:00Z", "last_observed": "2026-03-01T10:00:00Z",
            "number_observed": 1, "objects": {"0": observable},
        });
        let object = enlace_stix::Object::parse(&view.to_string()).unwrap();
        let found = enlace_stix::validate::object(&object).into_iter();
        let musts = found.filter(|f| f.level == enlace_stix::validate::Level::Must);
        musts.map(|f| format!("{} {}", f.rule, f.path)).collect::<Vec<_>>()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(found(json!({"type": "ipv4-addr", "value": "198.51.100.3"})), none);
    assert_eq!(found(json!({"type": "file", "name": "a", "is_encrypted": true})), none);
    assert_eq!(found(json!({"type": "process", "arguments": ["-a"]})), none);
    let missing = ["stix.property.missing objects.0.value"];
    assert_eq!(found(json!({"type": "ipv4-addr"})), missing);
    assert_eq!(
        found(json!({"type": "ipv4-addr", "value": 5})),
        ["stix.value.kind objects.0.value"]
    );
    let digest = json!({"type": "file", "hashes": {"MD5": "zz"}});
    assert_eq!(found(digest), ["stix.hashes.format objects.0.hashes.MD5"]);
}

#[test]
fn what_the_standard_allows_breaks_no_rule() {
    let sound = [
        location(json!({"country": "th", "administrative_area": "US-NY"})),
        location(json!({"latitude": 90.0, "longitude": -180, "precision": 1})),
        relationship("infrastructure", "consists-of", "process"),
        relationship("ipv6-addr", "belongs-to", "autonomous-system"),
        relationship("file", "derived-from", "file"),
        relationship("note", "related-to", "file"),
        relationship("x-agency-thing", "owns", "tool"),
        sighting("x-agency-thing"),
        observed(json!({"object_refs": [reference("x-agency-thing")]})),
        file(json!({"name_enc": "windows-1252", "mime_type": "application/vnd.ms-excel"})),
        file(json!({"extensions": {"windows-pebinary-ext":
            {"pe_type": "dll", "time_date_stamp": "2026-03-01T10:00:00.000Z"}}})),
        message(json!({"subject": "2 =? 3", "body": "b"})),
        traffic(json!({"end": "2026-03-01T10:00:00Z", "is_active": false})),
        traffic(json!({"end": "2026-03-01T10:00:00Z"})),
        traffic(json!({"protocols": ["ipv4", "udp", "ipv6", "tcp", "gre", "http"]})),
        sco("url", json!({"value": "hxxp://example[.]org/", "defanged": true})),
        sco("windows-registry-key", json!({"key": r"hkey_current_user\Software"})),
        sco("windows-registry-key", json!({"values": [{"name": ""}]})),
    ];
    for view in sound {
        let found = findings(&view);
        assert_eq!(found, [], "{view}");
    }
}

#[test]
fn a_container_may_hold_objects_of_both_versions() {
    let objects = json!({
        "0": {"type": "ipv4-addr", "value": "198.51.100.7", "belongs_to_refs": ["2"]},
        "1": {"type": "network-traffic", "src_ref": "0", "protocols": ["tcp"]},
        "2": {"type": "autonomous-system", "number": 7},
        "3": {"type": "process", "name": "a", "binary_ref": "4", "x_friend_refs": ["0", "1"]},
        "4": {"type": "file", "name": "a"},
    });
    let found: Vec<_> =
        findings(&observed(json!({"objects": objects}))).into_iter().map(|f| f.rule).collect();
    assert_eq!(found, ["stix.observed-data.objects"]);
}

/// What is tested here and nowhere else carries the words of its section.
#[test]
fn every_rule_of_a_type_quotes_the_keyword_of_its_level() {
    let of_a_type =
        |section: &str| ["4.", "5.", "6."].iter().any(|chapter| section.starts_with(chapter));
    for rule in RULES.iter().filter(|r| of_a_type(r.section)) {
        let keyword = match rule.level {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
        };
        // The text with errata 01 says "required" where the standard says "optional".
        let differs = rule.code == "stix.grouping.name";
        assert!(differs || rule.says.contains(keyword), "{}: {}", rule.code, rule.says);
    }
}
