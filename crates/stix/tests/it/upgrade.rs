//! STIX 2.0 in, STIX 2.1 out: nothing lost, nothing dangling, nothing invented.

use std::collections::HashSet;

use enlace_stix::upgrade::{self, Upgraded};
use enlace_stix::validate::{self, Level};
use enlace_stix::{Id, Object, read};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Every type, observable and extension of 2.0, invented; valid by the 2.0 schemas.
const FILE: &str = include_str!("../data/stix-2.0.json");
const OBSERVED: &str = "observed-data--6f1d2d5c-54b5-4a0f-8f0a-7c9d3a2b1e00";
const RED: &str = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
const GREEN: &str = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da";

fn views(text: &str) -> Vec<Map<String, Value>> {
    let (_, texts) = read::split(text).unwrap();
    texts.into_iter().map(|t| serde_json::from_str(t).unwrap()).collect()
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A 2.0 object with the common properties.
fn sdo(kind: &str, more: Value) -> Map<String, Value> {
    let mut view = map(json!({
        "type": kind, "id": format!("{kind}--6f1d2d5c-54b5-4a0f-8f0a-7c9d3a2b1e00"),
        "created": "2018-03-01T10:00:00.000Z", "modified": "2018-03-01T10:00:00.000Z",
    }));
    view.extend(map(more));
    view
}

fn observed(objects: Value) -> Map<String, Value> {
    sdo(
        "observed-data",
        json!({"first_observed": "2018-01-01T00:00:00Z", "last_observed": "2018-01-01T00:00:00Z",
            "number_observed": 1, "objects": objects}),
    )
}

fn upgraded(view: &Map<String, Value>) -> Upgraded {
    upgrade::object(view)
}

fn must(view: &Map<String, Value>) -> Vec<String> {
    let object = Object::from_view(view.clone()).unwrap();
    let findings = validate::object(&object).into_iter().filter(|f| f.level == Level::Must);
    findings.map(|f| format!("{} {} {} {}", object.id(), f.rule, f.path, f.found)).collect()
}

#[test]
fn a_valid_2_0_file_becomes_a_valid_2_1_file() {
    for one in upgrade::list(&views(FILE)) {
        for view in &one.objects {
            assert_eq!(must(view), [""; 0]);
            assert_eq!(view["spec_version"], "2.1");
        }
    }
}

#[test]
fn the_whole_upgrade_as_people_review_it() {
    let mut shown = String::new();
    for one in upgrade::list(&views(FILE)) {
        for (number, view) in one.objects.iter().enumerate() {
            shown += &format!("{}\n", Object::from_view(view.clone()).unwrap().raw());
            for c in one.changes.iter().filter(|c| c.object == number) {
                shown += &format!("    {} `{}` -> `{}`\n", c.rule, c.path_before, c.path_after);
            }
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn id_created_and_modified_stay() {
    for (before, after) in views(FILE).iter().zip(upgrade::list(&views(FILE))) {
        for name in ["id", "modified", "created_by_ref"] {
            assert_eq!(before.get(name), after.objects[0].get(name));
        }
    }
}

#[test]
fn upgrading_twice_changes_nothing_more() {
    let once: Vec<_> = upgrade::list(&views(FILE)).into_iter().flat_map(|u| u.objects).collect();
    for (view, again) in once.iter().zip(upgrade::list(&once)) {
        assert_eq!(again, Upgraded { objects: vec![view.clone()], changes: vec![] });
    }
}

#[test]
fn the_same_text_gives_the_same_objects() {
    assert_eq!(upgrade::list(&views(FILE)), upgrade::list(&views(FILE)));
}

/// Every scalar of the 2.0 file is found again, in its object or in one that came out of it.
#[test]
fn no_value_is_lost() {
    fn scalars(value: &Value, name: &str, out: &mut Vec<String>) {
        match value {
            Value::Object(m) => m.iter().for_each(|(k, v)| scalars(v, k, out)),
            Value::Array(a) => a.iter().for_each(|v| scalars(v, name, out)),
            _ if name.ends_with("_ref") || name.ends_with("_refs") || name == "selectors" => {}
            other => out.push(other.to_string()),
        }
    }
    let translated = ["\"spa\"", "\"eng\"", "\"defence\"", "\"2018-02-01T00:00:00Z\""];
    for (before, after) in views(FILE).iter().zip(upgrade::list(&views(FILE))) {
        let (mut had, mut has) = (Vec::new(), Vec::new());
        scalars(&Value::Object(before.clone()), "", &mut had);
        after.objects.iter().for_each(|v| scalars(&Value::Object(v.clone()), "", &mut has));
        for value in had.iter().filter(|v| !translated.contains(&v.as_str())) {
            assert!(has.contains(value), "{value} of {}", before["id"]);
        }
    }
}

#[test]
fn labels_of_five_types_become_their_types_and_those_of_others_stay() {
    for (kind, types) in [
        ("indicator", "indicator_types"),
        ("malware", "malware_types"),
        ("report", "report_types"),
        ("threat-actor", "threat_actor_types"),
        ("tool", "tool_types"),
    ] {
        let after = &upgraded(&sdo(kind, json!({"labels": ["a", "b"]}))).objects[0];
        assert_eq!((after.get(types), after.get("labels")), (Some(&json!(["a", "b"])), None));
    }
    let after = &upgraded(&sdo("campaign", json!({"labels": ["a"]}))).objects[0];
    assert_eq!(after["labels"], json!(["a"]));
    let both = sdo("malware", json!({"labels": ["a"], "malware_types": ["worm"]}));
    assert_eq!(upgraded(&both).objects[0]["labels"], json!(["a"]));
}

#[test]
fn a_malware_is_a_family_unless_it_says_otherwise() {
    assert_eq!(upgraded(&sdo("malware", json!({}))).objects[0]["is_family"], true);
    let said = sdo("malware", json!({"is_family": false}));
    assert_eq!(upgraded(&said).objects[0]["is_family"], false);
}

#[test]
fn only_what_has_to_state_a_version_and_does_not_is_2_0() {
    let is = |view: Value| upgrade::is_2_0(&map(view));
    let times = json!({"created": "2018-03-01T10:00:00.000Z",
        "modified": "2018-03-01T10:00:00.000Z"});
    let timed = |kind: &str| {
        let mut view = map(times.clone());
        view.insert("type".to_owned(), json!(kind));
        upgrade::is_2_0(&view)
    };
    assert!(timed("identity") && timed("relationship") && timed("x-puerto-turno"));
    assert!(is(json!({"type": "marking-definition"})));
    assert!(is(json!({"type": "identity", "spec_version": "2.0"})));
    assert!(!is(json!({"type": "identity", "spec_version": "2.1"})));
    assert!(!is(json!({"type": "identity", "spec_version": 2})));
    // An SCO without version is 2.1 (§3.2); so is every type that 2.0 does not know.
    assert!(!is(json!({"type": "ipv4-addr", "value": "198.51.100.3"})));
    assert!(!timed("location") && !timed("note") && !timed("bundle"));
    assert!(!is(json!({"type": "x-puerto-grua"})) && !is(json!({})) && !is(json!({"type": 1})));
}

#[test]
fn a_marking_of_the_observed_data_covers_what_came_out_of_it() {
    let mut view = observed(json!({
        "0": {"type": "email-addr", "value": "a@example.org", "display_name": "Ana"},
        "1": {"type": "mutex", "name": "m"}}));
    view.insert("object_marking_refs".to_owned(), json!([GREEN]));
    let granular = json!([{"marking_ref": RED,
        "selectors": ["objects.0.display_name", "objects.1", "number_observed"]}]);
    view.insert("granular_markings".to_owned(), granular);
    let after = upgraded(&view).objects;
    assert_eq!(after[1]["object_marking_refs"], json!([GREEN]));
    let named = json!([{"marking_ref": RED, "selectors": ["display_name"]}]);
    assert_eq!(after[1]["granular_markings"], named);
    assert_eq!(after[2]["object_marking_refs"], json!([GREEN, RED]));
    let rest = json!([{"marking_ref": RED, "selectors": ["number_observed"]}]);
    assert_eq!(after[0]["granular_markings"], rest);
}

#[test]
fn a_marked_container_marks_the_references_and_every_member() {
    let mut view = observed(json!({"0": {"type": "mutex", "name": "m"}}));
    view.insert(
        "granular_markings".to_owned(),
        json!([{"marking_ref": RED, "selectors": ["objects"]}]),
    );
    let after = upgraded(&view).objects;
    assert_eq!(after[0]["granular_markings"][0]["selectors"], json!(["object_refs"]));
    assert_eq!(after[1]["object_marking_refs"], json!([RED]));
}

#[test]
fn what_leaves_a_marked_part_stays_marked() {
    let mut view = observed(json!({"0": {"type": "file", "name": "a.zip", "extensions":
        {"raster-image-ext": {"image_compression_algorithm": "deflate"}}}}));
    view.insert(
        "granular_markings".to_owned(),
        json!([{"marking_ref": RED, "selectors": ["objects.0.extensions"]}]),
    );
    let file = &upgraded(&view).objects[1];
    assert!(!file.contains_key("extensions"));
    let name = "x_stix20_extensions_raster_image_ext_image_compression_algorithm";
    assert_eq!(file[name], "deflate");
    assert_eq!(file["granular_markings"][0]["selectors"], json!([name]));
}

#[test]
fn one_observable_in_two_places_has_the_markings_of_both() {
    let with = |marking: &str, id: &str| {
        let mut view = observed(json!({"0": {"type": "mutex", "name": "m"}}));
        view.insert("id".to_owned(), json!(id));
        view.insert("object_marking_refs".to_owned(), json!([marking]));
        view
    };
    let other = "observed-data--6f1d2d5c-54b5-4a0f-8f0a-7c9d3a2b1e01";
    let both = upgrade::list(&[with(GREEN, OBSERVED), with(RED, other)]);
    assert_eq!(both[0].objects[1], both[1].objects[1]);
    assert_eq!(both[0].objects[1]["object_marking_refs"], json!([GREEN, RED]));
    assert_eq!(both[0].objects[0]["object_marking_refs"], json!([GREEN]));
}

#[test]
fn ids_that_contain_ids_are_the_deterministic_ones() {
    let after = upgraded(&observed(json!({
        "0": {"type": "email-message", "is_multipart": false, "from_ref": "1", "subject": "x"},
        "1": {"type": "email-addr", "value": "a@example.org"},
        "2": {"type": "file", "name": "a", "parent_directory_ref": "3"},
        "3": {"type": "directory", "path": "/srv"},
    })));
    for view in &after.objects[1..] {
        let object = Object::from_view(view.clone()).unwrap();
        assert_eq!(object.expected_sco_id().as_ref(), Some(object.id()));
    }
}

#[test]
fn archives_that_contain_each_other_get_ids_all_the_same() {
    let archive = |inner: &str| {
        json!({"type": "file", "name": "a.zip",
            "extensions": {"archive-ext": {"contains_refs": [inner]}}})
    };
    let view = observed(json!({"0": archive("1"), "1": archive("0"), "2": archive("2")}));
    let after = upgraded(&view);
    assert_eq!(after, upgraded(&view));
    let ids: HashSet<_> = after.objects.iter().map(|v| v["id"].to_string()).collect();
    assert_eq!(ids.len(), 4);
    assert!(after.objects.iter().all(|view| must(view).is_empty()));
}

#[test]
fn two_flows_between_the_same_ends_stay_two() {
    let flow = |bytes: u32| {
        json!({"type": "network-traffic", "src_ref": "0", "protocols": ["tcp"],
            "src_byte_count": bytes})
    };
    let ip = json!({"type": "ipv4-addr", "value": "198.51.100.3"});
    let after = upgraded(&observed(json!({"0": ip, "1": flow(1), "2": flow(2), "3": flow(1)})));
    assert_eq!(after.objects[0]["object_refs"].as_array().unwrap().len(), 3);
    assert_ne!(after.objects[2]["id"], after.objects[3]["id"]);
    assert_eq!(after.objects[2], after.objects[4]);
}

#[test]
fn a_container_that_is_no_valid_one_is_kept_and_reported() {
    for member in [
        json!({"type": "domain-name", "value": "a.example.org", "resolves_to_refs": ["9"]}),
        json!({"value": "a.example.org"}),
        json!("a.example.org"),
    ] {
        let view = observed(json!({"0": member}));
        let after = upgraded(&view);
        assert_eq!(after.objects.len(), 1);
        assert_eq!(after.objects[0]["objects"], view["objects"]);
        assert!(after.changes.iter().any(|c| c.rule == "stix20.observed-objects-kept"));
    }
}

#[test]
fn a_process_of_which_only_the_name_is_known_stays_valid() {
    let named = json!({"0": {"type": "process", "name": "init", "arguments": ["-v"]}});
    let process = &upgraded(&observed(named)).objects[1];
    assert_eq!(process["command_line"], "init -v");
    assert_eq!(process["x_stix20_name"], "init");
    assert_eq!(process["x_stix20_arguments"], json!(["-v"]));
    let numbered = json!({"0": {"type": "process", "name": "init", "pid": 1}});
    assert!(!upgraded(&observed(numbered)).objects[1].contains_key("command_line"));
}

#[test]
fn hash_names_are_those_of_2_1_where_the_digest_fits() {
    let file = json!({"0": {"type": "file", "hashes": {
        "md5": "d41d8cd98f00b204e9800998ecf8427e", "sha256": "short", "x_foo": "1"}}});
    let hashes = upgraded(&observed(file)).objects[1]["hashes"].clone();
    let expected = json!({"sha256": "short", "x_foo": "1",
        "MD5": "d41d8cd98f00b204e9800998ecf8427e"});
    assert_eq!(hashes, expected);
}

#[test]
fn custom_names_that_2_1_took_are_set_aside_only_where_they_do_not_fit() {
    let view = sdo(
        "malware",
        json!({"labels": ["worm"], "name": "C", "aliases": "crab", "is_family": "yes",
            "first_seen": "2018-01-01T00:00:00Z", "username": "x", "confidence": 40}),
    );
    let after = &upgraded(&view).objects[0];
    assert_eq!(after["x_stix20_aliases"], "crab");
    assert_eq!((&after["is_family"], &after["x_stix20_is_family"]), (&json!(true), &json!("yes")));
    assert_eq!(after["first_seen"], "2018-01-01T00:00:00Z");
    assert_eq!(after["x_stix20_username"], "x");
    assert_eq!(after["confidence"], 40);
    assert!(must(after).is_empty());
}

#[test]
fn a_name_in_use_is_not_overwritten() {
    let file = json!({"0": {"type": "file", "name": "a", "mtime": "2018-01-01T00:00:00Z",
        "modified": "2018-01-02T00:00:00Z", "x_stix20_modified": "taken"}});
    let after = &upgraded(&observed(file)).objects[1];
    assert_eq!(after["mtime"], "2018-01-01T00:00:00Z");
    assert_eq!(after["x_stix20_modified"], "taken");
    assert_eq!(after["x_stix20_modified_2"], "2018-01-02T00:00:00Z");
}

#[test]
fn the_tlp_definitions_become_those_of_2_1() {
    let white = map(json!({"type": "marking-definition",
        "id": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        "created": "2017-01-20T00:00:00Z", "definition_type": "tlp",
        "definition": {"tlp": "white"}}));
    let published = json!({"type": "marking-definition", "spec_version": "2.1",
        "id": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "name": "TLP:WHITE",
        "created": "2017-01-20T00:00:00.000Z", "definition_type": "tlp",
        "definition": {"tlp": "white"}});
    assert_eq!(upgraded(&white).objects[0], map(published));
}

#[test]
fn every_rule_is_explained_on_the_page() {
    let page = include_str!("../../../../docs/stix/upgrade.md");
    let mut codes = HashSet::new();
    for rule in upgrade::RULES {
        assert!(codes.insert(rule.code) && rule.code.starts_with("stix20."), "{}", rule.code);
        assert!(page.contains(&format!("`{}`", rule.code)), "{} is not in the page", rule.code);
    }
}

/// JSON of any shape, made of names that mean something here.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        proptest::sample::select(vec![
            "type",
            "id",
            "spec_version",
            "objects",
            "0",
            "1",
            "hashes",
            "md5",
            "extensions",
            "archive-ext",
            "contains_refs",
            "src_ref",
            "parent_directory_ref",
            "created",
            "modified",
            "labels",
            "granular_markings",
            "selectors",
            "marking_ref",
            "languages",
            "external_references",
            "object_marking_refs",
            "windows-pebinary-ext",
            "pe_type",
            "name",
            "arguments",
            "x_stix20_name",
            "options",
            "socket-ext",
            "body_multipart",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z_.\\[\\]0-9]{0,6}",
    ];
    let leaf = prop_oneof![
        proptest::sample::select(vec![
            "observed-data",
            "file",
            "process",
            "network-traffic",
            "malware",
            "identity",
            "2.0",
            "2.1",
            "0",
            "1",
            "objects.0",
            "objects.0.name",
            "objects",
            "labels.[0]",
            OBSERVED,
            RED,
            "x-a",
            "email-message",
            "2018-03-01T10:00:00.000Z",
            "software",
            "marking-definition",
        ])
        .prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A container of 1 to 6 observables that refer to one another at random.
fn any_container() -> impl Strategy<Value = Value> {
    (1_usize..6).prop_flat_map(|count| {
        let key = move || (0..count).prop_map(|n| n.to_string());
        let member = (0_u8..6, key(), key(), 0_u8..3).prop_map(|(kind, a, b, n)| match kind {
            0 => json!({"type": "file", "name": format!("f{n}"), "created": "2018-01-01T00:00:00Z",
                "extensions": {"archive-ext": {"contains_refs": [a, b], "version": "1"}}}),
            1 => json!({"type": "network-traffic", "src_ref": a, "dst_ref": b,
                "protocols": ["tcp"], "src_byte_count": n}),
            2 => json!({"type": "email-message", "is_multipart": false, "from_ref": a,
                "to_refs": [b], "subject": "x"}),
            3 => json!({"type": "process", "name": "p", "parent_ref": a, "binary_ref": b}),
            4 => json!({"type": "directory", "path": "/srv", "contains_refs": [a]}),
            _ => json!({"type": "ipv4-addr", "value": format!("198.51.100.{n}")}),
        });
        proptest::collection::vec(member, count).prop_map(|members| {
            Value::Object((0..).map(|n: usize| n.to_string()).zip(members).collect())
        })
    })
}

proptest! {
    #[test]
    fn any_json_is_upgraded_or_left_alone_without_a_panic(value in any_json()) {
        let mut view = value.as_object().cloned().unwrap_or_default();
        for kind in ["observed-data", "file", "malware"] {
            view.insert("type".to_owned(), json!(kind));
            view.insert("spec_version".to_owned(), json!("2.0"));
            let after = upgrade::list(&[view.clone(), view.clone()]);
            for one in after.iter().flat_map(|one| &one.objects) {
                prop_assert_eq!(&upgrade::object(one).objects, &vec![one.clone()]);
            }
        }
    }

    #[test]
    fn ids_parse_and_references_and_selectors_lead_somewhere(
        objects in any_container(),
        marked in proptest::collection::vec((0_usize..6, 0_u8..3), 1..4),
    ) {
        let mut view = observed(objects.clone());
        let selectors: Vec<String> = marked.iter().filter_map(|(member, part)| {
            let member = member.to_string();
            let held = objects.get(&member)?;
            Some(match part {
                0 => format!("objects.{member}"),
                1 if held.get("extensions").is_some() => format!("objects.{member}.extensions"),
                _ => format!("objects.{member}.type"),
            })
        }).collect();
        if !selectors.is_empty() {
            let granular = json!([{"marking_ref": RED, "selectors": selectors}]);
            view.insert("granular_markings".to_owned(), granular);
        }
        let after = upgraded(&view);
        let ids: HashSet<Id> =
            after.objects.iter().map(|v| v["id"].as_str().unwrap().parse().unwrap()).collect();
        for view in &after.objects {
            let object = Object::from_view(view.clone()).unwrap();
            for reference in object.references() {
                let target = &reference.target;
                prop_assert!(
                    target.kind() == "marking-definition" || ids.contains(target), "{target}"
                );
            }
            let dangling = validate::object(&object).into_iter()
                .find(|f| f.rule == "stix.granular.selector-missing"
                    || f.rule == "stix.reference.malformed");
            prop_assert_eq!(dangling, None);
        }
    }
}

#[test]
fn markings_that_would_multiply_are_left_where_they_are() {
    let members: Map<String, Value> = (0..3000)
        .map(|n| (n.to_string(), json!({"type": "mutex", "name": n.to_string()})))
        .collect();
    let mut view = observed(Value::Object(members));
    view.insert("object_marking_refs".to_owned(), json!(vec![RED; 100]));
    let after = upgraded(&view);
    assert_eq!((&after.objects, after.changes.len()), (&vec![view], 1));
    assert_eq!(after.changes[0].rule, "stix20.too-many-markings");
}

#[test]
fn many_odd_hash_names_are_set_aside_as_one() {
    let hashes: Map<String, Value> =
        (0..500).map(|n| (format!("x_hash_{n}"), json!("00"))).collect();
    let references = json!([{"source_name": "a", "url": "https://example.org", "hashes": hashes}]);
    let after = upgraded(&sdo("vulnerability", json!({"external_references": references})));
    let kept = &after.objects[0]["x_stix20_external_references_0_hashes"];
    assert_eq!(kept, &Value::Object(hashes));
}
