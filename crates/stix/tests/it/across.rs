//! What holds between the objects of one file.

use enlace_stix::Object;
use enlace_stix::validate::Across;
use serde_json::{Value, json};

const UUID: &str = "f431f809-377b-45e0-aa1c-6a4751cae5ff";
const OTHER: &str = "0b5f9c30-5a3b-4a0e-9a56-5f4c4a1f7c11";

fn object(kind: &str, uuid: &str, more: Value) -> Value {
    let mut view = json!({
        "type": kind, "spec_version": "2.1", "id": format!("{kind}--{uuid}"),
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
    });
    for (name, value) in more.as_object().unwrap() {
        view[name] = value.clone();
    }
    view
}

fn identity(more: Value) -> Value {
    let mut view = object("identity", UUID, json!({"name": "Elena Paz"}));
    for (name, value) in more.as_object().unwrap() {
        view[name] = value.clone();
    }
    view
}

/// `number rule path` of every finding between the objects of a file.
fn findings(views: &[Value]) -> Vec<String> {
    let objects: Vec<_> =
        views.iter().map(|view| Object::parse(&view.to_string()).unwrap()).collect();
    let mut across = Across::default();
    objects.iter().for_each(|object| across.learn(object));
    let mut found: Vec<_> = objects.iter().map(|object| across.object(object)).collect();
    for (object, found) in objects.iter().zip(&mut found) {
        if object.kind() == "language-content" {
            found.extend(across.translation(object));
        }
    }
    let numbered = found.into_iter().zip(1..);
    numbered
        .flat_map(|(found, n)| found.into_iter().map(move |f| format!("{n} {} {}", f.rule, f.path)))
        .collect()
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_reference_leads_to_an_object_of_the_file_whatever_the_order() {
    let red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
    let note = object(
        "note",
        OTHER,
        json!({"content": "x", "object_refs": [format!("identity--{}", UUID.to_uppercase())],
            "object_marking_refs": [red]}),
    );
    assert_eq!(findings(&[note.clone(), identity(json!({}))]), none());
    assert_eq!(findings(&[identity(json!({})), note.clone()]), none());
    assert_eq!(findings(&[note]), ["1 stix.reference.not-in-file object_refs.[0]"]);
}

#[test]
fn versions_of_one_object_do_not_contradict_each_other() {
    let later = "2026-03-02T10:00:00.000Z";
    let latest = "2026-03-03T10:00:00.000Z";
    let first = identity(json!({}));
    let again = identity(json!({"modified": "2026-03-01T10:00:00.0000Z", "revoked": false}));
    let second = identity(json!({"modified": later, "name": "Elena Paz Ruiz"}));
    assert_eq!(findings(&[first.clone(), again, second.clone()]), none());
    assert_eq!(findings(&[second.clone(), first.clone()]), none(), "late is no fault");
    let other_content = identity(json!({"name": "Eleonora Paz"}));
    assert_eq!(findings(&[first.clone(), other_content]), ["2 stix.version.conflict modified"]);
    let revoked = identity(json!({"modified": later, "revoked": true}));
    let after = identity(json!({"modified": latest}));
    assert_eq!(findings(&[first.clone(), revoked.clone()]), none());
    let fault = ["3 stix.version.after-revocation modified"];
    assert_eq!(findings(&[first.clone(), revoked, after]), fault);
    let created = identity(json!({"created": "2026-02-01T10:00:00.000Z", "modified": later}));
    assert_eq!(findings(&[first, created]), ["2 stix.version.other-created created"]);
    let of = |uuid: &str, modified: &str| {
        object(
            "tool",
            UUID,
            json!({"name": "t", "modified": modified,
            "created_by_ref": format!("identity--{uuid}")}),
        )
    };
    let others = [
        identity(json!({})),
        object("identity", OTHER, json!({"name": "Ana Ruiz"})),
        of(UUID, later),
        of(OTHER, latest),
    ];
    assert_eq!(findings(&others), ["4 stix.version.other-creator created_by_ref"]);
}

#[test]
fn marking_definitions_do_not_mark_each_other_in_a_circle() {
    let marking = |uuid: &str, marks: &str| {
        json!({"type": "marking-definition", "spec_version": "2.1",
            "id": format!("marking-definition--{uuid}"), "created": "2026-03-01T10:00:00.000Z",
            "definition_type": "statement", "definition": {"statement": "For the parties only"},
            "object_marking_refs": [format!("marking-definition--{marks}")]})
    };
    let third = "9c59fd79-4215-4ba2-920d-3e4f320e1e62";
    let circle = [marking(UUID, OTHER), marking(OTHER, third), marking(third, UUID)];
    let each: Vec<_> =
        (1..4).map(|n| format!("{n} stix.marking.circular object_marking_refs")).collect();
    assert_eq!(findings(&circle), each);
    let mut line = circle;
    line[2].as_object_mut().unwrap().remove("object_marking_refs");
    assert_eq!(findings(&line), none());
}

#[test]
fn a_translation_fits_the_version_that_it_translates() {
    let translation = |more: Value| {
        let mut view = object(
            "language-content",
            OTHER,
            json!({"object_ref": format!("identity--{UUID}"),
                "contents": {"es": {"name": "Elena Paz", "labels": ["uno", ""], "absent": 1}}}),
        );
        for (name, value) in more.as_object().unwrap() {
            view[name] = value.clone();
        }
        view
    };
    let original = identity(json!({"labels": ["one", "two"]}));
    assert_eq!(findings(&[translation(json!({})), original.clone()]), none());
    let exact = json!({"object_modified": "2026-03-01T10:00:00.0000Z"});
    assert_eq!(findings(&[original.clone(), translation(exact)]), none());
    let never = translation(json!({"object_modified": "2026-03-01T10:00:00.001Z"}));
    let fault = ["2 stix.language-content.object-modified object_modified"];
    assert_eq!(findings(&[original.clone(), never]), fault);
    let shape =
        |contents: Value| findings(&[translation(json!({"contents": contents})), original.clone()]);
    let at = |path: &str| vec![format!("1 stix.language-content.shape contents.es.{path}")];
    assert_eq!(shape(json!({"es": {"labels": ["uno"]}})), at("labels"));
    assert_eq!(shape(json!({"es": {"labels": "uno"}})), at("labels"));
    assert_eq!(shape(json!({"es": {"name": ["Elena"]}})), at("name"));
}

#[test]
fn an_extension_is_used_as_its_definition_in_the_file_says() {
    let id = format!("extension-definition--{OTHER}");
    let definition = object(
        "extension-definition",
        OTHER,
        json!({"created_by_ref": format!("identity--{UUID}"), "name": "Customs seals",
            "description": "Seals", "schema": "https://example.org/seals.json",
            "version": "1.0.0", "extension_types": ["property-extension"]}),
    );
    let used = |kind: &str| {
        object(
            "tool",
            OTHER,
            json!({"name": "t",
            "extensions": { id.clone(): {"extension_type": kind, "seal_number": "7"}}}),
        )
    };
    let file = |kind: &str| findings(&[used(kind), definition.clone(), identity(json!({}))]);
    assert_eq!(file("property-extension"), none());
    let at = format!("1 stix.extension.mismatch extensions.{id}.extension_type");
    assert_eq!(file("toplevel-property-extension"), [at]);
}

/// Objects of ten types by number, each with its own id, creator and time.
fn various(n: usize, more: Value) -> Value {
    let kinds = [
        ("identity", json!({"name": "Elena Paz"})),
        ("tool", json!({"name": "Bolt cutter"})),
        ("campaign", json!({"name": "Banana run"})),
        ("location", json!({"country": "EC"})),
        ("incident", json!({"name": "Hijacked lorry"})),
        ("course-of-action", json!({"name": "Seal every container"})),
        ("threat-actor", json!({"name": "Los Calamares del Sur"})),
        ("vulnerability", json!({"name": "Unguarded gate"})),
        ("malware", json!({"name": "m", "is_family": false})),
        ("infrastructure", json!({"name": "Yard without a sign"})),
    ];
    let (kind, properties) = &kinds[n % kinds.len()];
    let mut view = object(kind, &uuid(n), properties.clone());
    for (name, value) in more.as_object().unwrap() {
        view[name] = value.clone();
    }
    view
}

fn uuid(n: usize) -> String {
    format!("{n:08x}-5a3b-4a0e-9a56-5f4c4a1f7c11")
}

fn time(seconds: usize) -> String {
    format!(
        "2026-03-01T{:02}:{:02}:{:02}.000Z",
        10 + seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn by(n: usize) -> String {
    format!("identity--{}", uuid(900 + n))
}

/// For a number, a file that breaks the rule and one that all but breaks it.
type Pair = fn(usize) -> (Vec<Value>, Vec<Value>);

/// Every rule between objects with its generator.
pub(crate) const GENERATORS: &[(&str, Pair)] = &[
    ("stix.reference.not-in-file", |n| {
        let target = format!("identity--{}", uuid(n + 300));
        let from = various(n, json!({"created_by_ref": target}));
        let upper = format!("identity--{}", uuid(n + 300).to_uppercase());
        let held = object("identity", &uuid(n + 300), json!({"name": "Ana", "id": upper}));
        (vec![from.clone()], vec![from, held])
    }),
    ("stix.version.conflict", |n| {
        let (first, other) = (various(n, json!({})), various(n, json!({"confidence": n % 101})));
        // The same content in other words.
        let again = various(
            n,
            json!({"modified": format!("2026-03-01T10:00:00.{}Z", "0".repeat(4 + n % 9)), "revoked": false}),
        );
        (vec![first.clone(), other], vec![first, again])
    }),
    ("stix.version.after-revocation", |n| {
        let first = various(n, json!({}));
        let revoked = various(n, json!({"modified": time(n + 1), "revoked": true}));
        let after = various(n, json!({"modified": time(n + 2)}));
        let before = various(n, json!({"modified": time(n), "confidence": 7}));
        let sound = if n == 0 {
            vec![first.clone(), revoked.clone()]
        } else {
            vec![first.clone(), revoked.clone(), before]
        };
        (vec![first, revoked, after], sound)
    }),
    ("stix.version.other-creator", |n| {
        let creators = [
            object("identity", &uuid(900 + n), json!({"name": "Ana"})),
            object("identity", &uuid(901 + n), json!({"name": "Eva"})),
        ];
        let first = various(n, json!({"created_by_ref": by(n)}));
        let other = various(n, json!({"created_by_ref": by(n + 1), "modified": time(n + 1)}));
        let same = various(
            n,
            json!({"created_by_ref": by(n).to_uppercase().replace("IDENTITY", "identity"), "modified": time(n + 1)}),
        );
        let file = |second: Value| [creators.to_vec(), vec![first.clone(), second]].concat();
        (file(other), file(same))
    }),
    ("stix.version.other-created", |n| {
        let first = various(n, json!({}));
        let other =
            various(n, json!({"created": "2026-02-01T10:00:00.000Z", "modified": time(n + 1)}));
        let digits = format!("2026-03-01T10:00:00.{}Z", "0".repeat(3 + n % 9));
        let same = various(n, json!({"created": digits, "modified": time(n + 1)}));
        (vec![first.clone(), other], vec![first, same])
    }),
    ("stix.language-content.object-modified", |n| {
        let original = various(n, json!({"modified": time(n + 1)}));
        let translation = |modified: String| {
            object(
                "language-content",
                &uuid(n + 500),
                json!({"object_ref": original["id"],
                "object_modified": modified, "contents": {"es": {"name": "x"}}}),
            )
        };
        let exact = time(n + 1).replace("Z", &"0".repeat(n % 5)) + "Z";
        (
            vec![original.clone(), translation(time(n + 2))],
            vec![original.clone(), translation(exact)],
        )
    }),
];

#[test]
fn every_rule_is_broken_by_fifty_files_and_by_none_of_fifty_near_misses() {
    for (rule, pair) in GENERATORS {
        for n in 0..50 {
            let (broken, near) = pair(n);
            let rules = |file: &[Value]| -> Vec<String> {
                let found = findings(file).into_iter();
                let mut rules: Vec<_> =
                    found.map(|f| f.split(' ').nth(1).unwrap().to_owned()).collect();
                // References to what the file leaves out are another rule.
                rules.retain(|r| r == rule || r != "stix.reference.not-in-file");
                rules
            };
            assert!(rules(&broken).iter().all(|r| r == rule), "{rule} {n}: {:?}", rules(&broken));
            assert!(!rules(&broken).is_empty(), "{rule} {n}: {broken:#?}");
            let near: Vec<_> = rules(&near)
                .into_iter()
                .filter(|r| r.starts_with("stix.version") || r == rule)
                .collect();
            assert_eq!(near, none(), "{rule} {n}");
        }
    }
}
