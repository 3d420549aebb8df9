//! §3.2, §3.3, §3.6, §7.1: what holds between the objects of one file.

use serde_json::{Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, Subject, unmarked};
use super::rng::Rng;
use super::tables::names;
use super::values::{slug, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.reference.not-in-file", mutant: dangling, near: resolved },
    Generator { rule: "stix.version.conflict", mutant: two_contents, near: history },
    Generator { rule: "stix.version.after-revocation", mutant: after_the_end, near: history },
    Generator { rule: "stix.version.other-creator", mutant: another_creator, near: history },
    Generator { rule: "stix.version.other-created", mutant: another_birth, near: history },
    Generator {
        rule: "stix.language-content.object-modified",
        mutant: of_no_version,
        near: of_a_version,
    },
];

/// A file of these objects, judged together.
fn file(rng: &mut Rng, objects: Vec<Value>, note: String) -> Case {
    let view = json!({"type": "bundle", "id": rng.id("bundle"), "objects": objects});
    Case { subject: Subject::Together, ..Case::of(&view, note) }
}

/// An object of any versioned type that refers to nobody.
fn alone(rng: &mut Rng) -> Value {
    let apart = ["relationship", "sighting", "note", "opinion", "report", "grouping"];
    let kinds: Vec<&str> = names(&["sdo"])
        .into_iter()
        .filter(|k| !apart.contains(k) && !matches!(*k, "observed-data" | "malware-analysis"))
        .collect();
    let kind = rng.pick(&kinds);
    let mut view = unmarked(base::object(rng, kind, Size::Least));
    view["created"] = json!("2026-03-01T10:00:00.000Z");
    view["modified"] = json!("2026-03-01T10:00:00.000Z");
    view["description"] = json!(words(rng));
    view
}

/// The same object at another time.
fn version(first: &Value, day: usize, digits: &str) -> Value {
    let mut view = first.clone();
    view["modified"] = json!(format!("2026-03-{day:02}T10:00:00.{digits}Z"));
    view
}

/// What the type is called, for notes.
fn name(view: &Value) -> &str {
    view["type"].as_str().unwrap_or_default()
}

/// "ID references resolve to an object when the value … is an exact match with the id".
fn dangling(rng: &mut Rng) -> Option<Case> {
    let (mut from, to) = (alone(rng), alone(rng));
    let (at, value) = match rng.below(3) {
        0 => ("created_by_ref", json!(rng.id("identity"))),
        1 => ("object_marking_refs", json!([rng.id("marking-definition")])),
        _ => {
            let id = to["id"].as_str()?;
            let (kind, _) = id.split_once("--")?;
            let note = json!({"type": "note", "spec_version": "2.1", "id": rng.id("note"),
                "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
                "content": words(rng), "object_refs": [id, rng.id(kind)]});
            let case = format!("note {kind}");
            return Some(file(rng, vec![note, to], case));
        }
    };
    from[at] = value;
    let note = format!("{} {at} {}", name(&from), name(&to));
    Some(file(rng, vec![from, to], note))
}

fn resolved(rng: &mut Rng) -> Option<Case> {
    let (mut from, to) = (alone(rng), alone(rng));
    let upper = rng.one_in(2);
    let mut owner = unmarked(base::object(rng, "identity", Size::Least));
    if upper {
        let id = owner["id"].as_str()?.to_owned();
        owner["id"] = json!(format!("identity--{}", id.split_once("--")?.1.to_uppercase()));
        from["created_by_ref"] = json!(id);
    } else {
        from["created_by_ref"] = owner["id"].clone();
    }
    // A published TLP definition is known to everybody.
    from["object_marking_refs"] =
        json!([format!("marking-definition--{}", super::markings::TLP_1[rng.below(4)].1)]);
    let note = format!("{} {} {upper}", name(&from), name(&to));
    let objects = if rng.one_in(2) { vec![from, to, owner] } else { vec![owner, to, from] };
    Some(file(rng, objects, note))
}

/// "Every representation … of a version … MUST always have the same set of properties and the same
/// values for each property."
fn two_contents(rng: &mut Rng) -> Option<Case> {
    let first = alone(rng);
    let mut second = version(&first, 1, rng.pick(&["000", "0000", "000000"]));
    let what = rng.pick(&["another", "one more", "one less"]);
    match what {
        "another" => second["description"] = json!(words(rng)),
        "one more" => second["labels"] = json!([slug(rng)]),
        _ => {
            second.as_object_mut()?.shift_remove("description");
            if name(&second) == "indicator" {
                return None;
            }
        }
    }
    let digits = second["modified"].as_str()?.len();
    let note = format!("{} {what} {digits}", name(&first));
    (first != second).then(|| file(rng, vec![first, second], note))
}

/// "once an object is marked as revoked, later versions of that object MUST NOT be created".
fn after_the_end(rng: &mut Rng) -> Option<Case> {
    let first = alone(rng);
    let mut end = version(&first, 2, "000");
    end["revoked"] = json!(true);
    let mut after = version(&first, 3 + rng.below(20), "000");
    let again = rng.one_in(2);
    if again {
        after["revoked"] = json!(true);
    }
    let day = after["modified"].as_str()?[..10].to_owned();
    let note = format!("{} {day} {again}", name(&first));
    Some(file(rng, vec![first, end, after], note))
}

/// "Producers other than the object creator MUST NOT create new versions of that object."
fn another_creator(rng: &mut Rng) -> Option<Case> {
    let mut first = alone(rng);
    first["created_by_ref"] = json!(rng.id("identity"));
    let mut second = version(&first, 2 + rng.below(20), "000");
    second["created_by_ref"] = json!(rng.id("identity"));
    let day = second["modified"].as_str()?[..10].to_owned();
    let note = format!("{} {day}", name(&first));
    Some(file(rng, vec![first, second], note))
}

/// "The created property MUST NOT be changed when creating a new version of the object."
fn another_birth(rng: &mut Rng) -> Option<Case> {
    let first = alone(rng);
    let mut second = version(&first, 2 + rng.below(20), "000");
    let second_of = rng.below(60);
    second["created"] = json!(format!("2026-03-01T09:59:{second_of:02}.999Z"));
    let note = format!("{} {second_of}", name(&first));
    Some(file(rng, vec![first, second], note))
}

/// Versions as the standard wants them: the same text twice, later ones, the last one revoked, in
/// any order of arrival.
fn history(rng: &mut Rng) -> Option<Case> {
    let mut first = alone(rng);
    let owned = rng.one_in(2);
    if owned {
        first["created_by_ref"] = json!(rng.id("identity"));
    }
    let again = version(&first, 1, rng.pick(&["000", "0000"]));
    let mut second = version(&first, 2, "000");
    second["description"] = json!(words(rng));
    second["created"] = json!("2026-03-01T10:00:00.0000Z");
    let mut objects = vec![first, again, second.clone()];
    let end = rng.one_in(2);
    if end {
        let mut last = version(&second, 9, "000");
        last["revoked"] = json!(true);
        objects.push(last);
    } else if rng.one_in(2) {
        objects.reverse();
    }
    let late = objects[0]["modified"].as_str()?[..10].to_owned();
    let note = format!("{} {owned} {end} {late}", name(&second));
    Some(file(rng, objects, note))
}

/// A language content beside two versions of the object that it translates.
fn translation(rng: &mut Rng, modified: &str) -> Vec<Value> {
    let first = alone(rng);
    let second = version(&first, 2, "000");
    let content = json!({"type": "language-content", "spec_version": "2.1",
        "id": rng.id("language-content"), "created": "2026-03-05T10:00:00.000Z",
        "modified": "2026-03-05T10:00:00.000Z", "object_ref": first["id"],
        "object_modified": modified, "contents": {"es": {"description": words(rng)}}});
    if rng.one_in(2) { vec![content, first, second] } else { vec![first, second, content] }
}

/// "It MUST be an exact match for the modified time of the STIX Object being referenced."
fn of_no_version(rng: &mut Rng) -> Option<Case> {
    let modified = match rng.below(3) {
        0 => format!("2026-03-{:02}T10:00:00.000Z", 3 + rng.below(20)),
        1 => format!("2026-03-01T10:00:00.{:03}Z", 1 + rng.below(999)),
        _ => format!("2026-03-02T10:00:00.000{}Z", 1 + rng.below(9)),
    };
    let objects = translation(rng, &modified);
    Some(file(rng, objects, modified))
}

fn of_a_version(rng: &mut Rng) -> Option<Case> {
    let (day, zeros) = (1 + rng.below(2), 3 + rng.below(4));
    let modified = format!("2026-03-{day:02}T10:00:00.{}Z", "0".repeat(zeros));
    let objects = translation(rng, &modified);
    let kind = objects.iter().map(name).find(|k| *k != "language-content")?.to_owned();
    Some(file(rng, objects, format!("{kind} {modified}")))
}
