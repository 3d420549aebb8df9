//! Add, remove, set, clear, compress, expand, ask.

use enlace_stix::marking::granular::{
    EditError, Kinds, Mark, Reach, add, clear, compress, expand, get, is_marked, remove, set,
};
use serde_json::{Map, Value, json};

use super::{OWN, members};

fn plain() -> Map<String, Value> {
    members(json!({
        "type": "malware", "name": "Cangrejo", "description": "x", "labels": ["a", "b"],
        "modified": "2026-03-01T10:00:00.000Z",
    }))
}

/// [`plain`] with these granular markings: (mark, selectors), `es` being a language.
fn marked(markings: &[(&str, &[&str])]) -> Map<String, Value> {
    let mut view = plain();
    let item = |(mark, selectors): &(&str, &[&str])| {
        let name = if mark.starts_with("marking-definition--") { "marking_ref" } else { "lang" };
        json!({ name: mark, "selectors": selectors })
    };
    view.insert("granular_markings".into(), markings.iter().map(item).collect());
    view
}

const REF: [Mark<'_>; 3] = [Mark::Ref(OWN[0]), Mark::Ref(OWN[1]), Mark::Ref(OWN[2])];
const ES: Mark<'_> = Mark::Lang("es");

#[test]
fn adding_marks_each_selector_with_each_mark() {
    let one = add(&plain(), &REF[..2], &["description"]);
    assert_eq!(one, Ok(marked(&[(OWN[0], &["description"]), (OWN[1], &["description"])])));
    let mixed = add(&plain(), &[ES, REF[0]], &["name", "description"]);
    let both: &[&str] = &["description", "name"];
    assert_eq!(mixed, Ok(marked(&[(OWN[0], both), ("es", both)])));
}

#[test]
fn adding_joins_the_entry_that_is_there_and_twice_is_once() {
    let before = marked(&[(OWN[0], &["description"])]);
    let after = add(&before, &REF[..1], &["name"]);
    assert_eq!(after, Ok(marked(&[(OWN[0], &["description", "name"])])));
    assert_eq!(add(&before, &REF[..1], &["description"]), Ok(before.clone()));
    // The same id in capitals is the same marking (§2.9: ids are compared without case).
    let upper = OWN[0].replace("cae5f0", "CAE5F0");
    assert_eq!(add(&before, &[Mark::Ref(&upper)], &["description"]), Ok(before));
}

#[test]
fn nothing_is_marked_that_is_not_there_or_with_what_is_no_marking() {
    let view = plain();
    let missing = |text: &str| Err(EditError::Missing(text.to_owned()));
    assert_eq!(add(&view, &REF[..1], &["title"]), missing("title"));
    assert_eq!(add(&view, &REF[..1], &["name", "labels.[2]"]), missing("labels.[2]"));
    assert!(matches!(add(&view, &REF[..1], &[""]), Err(EditError::Selector(_))));
    assert_eq!(add(&view, &REF[..1], &[]), Err(EditError::NoSelector));
    assert_eq!(add(&view, &[], &["name"]), Err(EditError::NoMark));
    for mark in [
        Mark::Ref(""),
        Mark::Ref("identity--f431f809-377b-45e0-aa1c-6a4751cae5f0"),
        Mark::Ref("marking-definition--1"),
        Mark::Lang(""),
        Mark::Lang("not a tag"),
    ] {
        assert!(matches!(add(&view, &[mark], &["name"]), Err(EditError::Mark(_))), "{mark:?}");
    }
    let mut broken = view.clone();
    broken.insert("granular_markings".into(), json!("TLP:RED"));
    assert_eq!(add(&broken, &REF[..1], &["name"]), Err(EditError::NotAList));
}

/// Before, the marks and selectors to remove, after.
type Removal<'a> = (Map<String, Value>, &'a [Mark<'a>], &'a [&'a str], Map<String, Value>);

#[test]
fn removing_takes_the_mark_from_exactly_these_selectors() {
    let both: &[&str] = &["description", "modified"];
    let table: &[Removal<'_>] = &[
        (marked(&[(OWN[0], both), (OWN[1], both)]), &REF[..2], both, plain()),
        (
            marked(&[(OWN[0], both)]),
            &REF[..1],
            &["modified"],
            marked(&[(OWN[0], &["description"])]),
        ),
        (
            marked(&[(OWN[0], both), ("es", both)]),
            &[REF[0], ES],
            &["modified"],
            marked(&[(OWN[0], &["description"]), ("es", &["description"])]),
        ),
        (
            marked(&[(OWN[0], both), (OWN[1], both)]),
            &REF[..1],
            &["modified"],
            marked(&[(OWN[0], &["description"]), (OWN[1], both)]),
        ),
        (
            marked(&[(OWN[0], &["description"]), (OWN[0], &["modified"])]),
            &REF[..1],
            &["modified"],
            marked(&[(OWN[0], &["description"])]),
        ),
        (plain(), &REF[..1], &["name"], plain()),
    ];
    for (before, marks, selectors, after) in table {
        assert_eq!(remove(before, marks, selectors).as_ref(), Ok(after));
    }
}

#[test]
fn removing_what_is_not_there_is_an_error_and_a_part_is_not_its_whole() {
    let view = marked(&[(OWN[0], &["labels"])]);
    assert_eq!(remove(&view, &REF[1..2], &["labels"]), Err(EditError::NotMarked));
    assert_eq!(remove(&view, &REF[..1], &["labels.[0]"]), Err(EditError::NotMarked));
    assert!(matches!(remove(&view, &REF[..1], &["title"]), Err(EditError::Missing(_))));
}

#[test]
fn clearing_takes_every_mark_of_a_kind_from_the_selectors() {
    let view = marked(&[
        (OWN[0], &["description", "name"]),
        (OWN[1], &["description"]),
        ("es", &["description", "labels.[0]"]),
    ]);
    let refs = clear(&view, &["description"], Kinds::Refs);
    let left: &[&str] = &["description", "labels.[0]"];
    assert_eq!(refs, Ok(marked(&[(OWN[0], &["name"]), ("es", left)])));
    let all = clear(&view, &["description", "name", "labels.[0]"], Kinds::All);
    assert_eq!(all, Ok(plain()));
    assert_eq!(clear(&view, &["labels"], Kinds::All), Err(EditError::NotMarked));
    assert_eq!(clear(&view, &["name"], Kinds::Langs), Err(EditError::NotMarked));
}

#[test]
fn setting_replaces_what_is_there_or_begins() {
    let view = marked(&[(OWN[0], &["description", "name"]), ("es", &["description"])]);
    let refs = set(&view, &REF[1..], &["description"], Kinds::Refs);
    let expected: &[(&str, &[&str])] = &[
        (OWN[0], &["name"]),
        (OWN[1], &["description"]),
        (OWN[2], &["description"]),
        ("es", &["description"]),
    ];
    assert_eq!(refs, Ok(marked(expected)));
    let first = set(&view, &REF[1..2], &["labels"], Kinds::All);
    assert_eq!(first, add(&view, &REF[1..2], &["labels"]));
    let from_none = set(&plain(), &REF[..1], &["name"], Kinds::All);
    assert_eq!(from_none, Ok(marked(&[(OWN[0], &["name"])])));
}

#[test]
fn compressing_and_expanding_say_the_same() {
    let view = marked(&[
        ("es", &["labels"]),
        (OWN[1], &["name", "labels.[1]", "labels.[0]"]),
        (OWN[0], &["name"]),
        (OWN[1], &["description", "name", "labels.[01]"]),
    ]);
    let sorted: &[&str] = &["description", "labels.[0]", "labels.[1]", "name"];
    let short = marked(&[(OWN[0], &["name"]), (OWN[1], sorted), ("es", &["labels"])]);
    assert_eq!(compress(&view), Ok(short.clone()));
    let long = expand(&view).unwrap();
    assert_eq!(long["granular_markings"].as_array().unwrap().len(), 6);
    assert_eq!(compress(&long), Ok(short.clone()));
    assert_eq!(compress(&plain()), Ok(plain()));
}

#[test]
fn what_is_not_understood_is_kept_as_it_is() {
    let mut view = marked(&[(OWN[0], &["name"])]);
    let list = view["granular_markings"].as_array_mut().unwrap();
    let strange = [json!({ "selectors": ["name"] }), json!(7), json!({ "marking_ref": OWN[1] })];
    list.splice(0..0, strange.clone());
    list.push(json!({ "marking_ref": OWN[0], "selectors": ["name"], "x_why": "case 7" }));
    let after = compress(&add(&view, &REF[..1], &["labels"]).unwrap()).unwrap();
    let list = after["granular_markings"].as_array().unwrap();
    assert!(strange.iter().all(|item| list.contains(item)));
    assert!(list.contains(&json!({ "marking_ref": OWN[0], "selectors": ["labels", "name"] })));
    assert!(list.iter().any(|item| item["x_why"] == "case 7"));
}

/// Values two and three levels deep, a marking on each level; `es` and `fr` are languages.
fn nested() -> Map<String, Value> {
    let marks = [
        ("2", "c"),
        ("3", "c.[1]"),
        ("4", "c.[2]"),
        ("5", "c.[2].g"),
        ("6", "x"),
        ("es", "x.y"),
        ("8", "x.y.[1]"),
        ("fr", "x.z"),
        ("9", "x.z"),
        ("a", "x.z.foo2"),
    ];
    let item = |(mark, selector): (&str, &str)| match mark.len() {
        1 => json!({ "marking_ref": id(mark), "selectors": [selector] }),
        _ => json!({ "lang": mark, "selectors": [selector] }),
    };
    members(json!({
        "b": "value", "c": [17, "list value", { "g": "nested", "h": 45 }],
        "x": { "y": ["hello", 88], "z": { "foo1": "bar", "foo2": 65 }, "yy": 1 },
        "granular_markings": marks.map(item),
    }))
}

fn id(digit: &str) -> String {
    format!("marking-definition--f431f809-377b-45e0-aa1c-6a4751cae5f{digit}")
}

#[test]
fn asking_reaches_up_and_down_as_told() {
    let view = nested();
    let table: &[(&str, &str, &str, &str)] = &[
        // selector, its own, with what it inherits, with what its parts bear
        ("b", "", "", ""),
        ("c", "2", "2", "2 3 4 5"),
        ("c.[0]", "", "2", ""),
        ("c.[1]", "3", "2 3", "3"),
        ("c.[2]", "4", "2 4", "4 5"),
        ("c.[2].g", "5", "2 4 5", "5"),
        ("x", "6", "6", "6 8 9 a es fr"),
        ("x.y", "es", "6 es", "8 es"),
        ("x.yy", "", "6", ""),
        ("x.y.[1]", "8", "6 8 es", "8"),
        ("x.z", "9 fr", "6 9 fr", "9 a fr"),
        ("x.z.foo2", "a", "6 9 a fr", "a"),
    ];
    for (selector, own, up, down) in table {
        for (inherited, descendants, expected) in
            [(false, false, own), (true, false, up), (false, true, down)]
        {
            let reach = Reach { inherited, descendants };
            let found = get(&view, &[selector], reach, Kinds::All).unwrap();
            let found: Vec<&str> = found
                .into_iter()
                .map(|mark| match mark {
                    Mark::Ref(id) => id.rsplit("cae5f").next().unwrap(),
                    Mark::Lang(tag) => tag,
                })
                .collect();
            assert_eq!(found.join(" "), **expected, "{selector} {reach:?}");
            let marked = is_marked(&view, &[], &[selector], reach);
            assert_eq!(marked, Ok(!expected.is_empty()), "{selector} {reach:?}");
        }
    }
}

#[test]
fn all_marks_that_are_asked_for_must_be_there() {
    let view = nested();
    let near = Reach::default();
    let (two, six) = (id("2"), id("6"));
    let (two, six) = (Mark::Ref(&two), Mark::Ref(&six));
    assert_eq!(is_marked(&view, &[two], &["c"], near), Ok(true));
    assert_eq!(is_marked(&view, &[two, six], &["c"], near), Ok(false));
    assert_eq!(is_marked(&view, &[two, six], &["c", "x"], near), Ok(true));
    assert_eq!(is_marked(&view, &[Mark::Lang("ES")], &["x.y"], near), Ok(true));
    let refs = get(&view, &["x.y", "x.z"], near, Kinds::Refs).unwrap();
    assert_eq!(refs, [Mark::Ref(&id("9"))]);
    assert_eq!(get(&view, &["x.y", "x.z"], near, Kinds::Langs).unwrap().len(), 2);
}

#[test]
fn asking_for_what_is_not_there_is_an_error() {
    let view = nested();
    for bad in ["foo", "x.z.[-2]", "c.f", "c.[2].i", "c.[3]", "d", "x.[0]", "z.y.w", "x.z.foo3"] {
        let asked = get(&view, &[bad], Reach::default(), Kinds::All);
        assert!(asked.is_err(), "{bad}");
    }
    assert!(get(&nested(), &[], Reach::default(), Kinds::All).is_err());
}

/// Where python-stix2 3.0.2 differs: it calls the first two selectors invalid, and lets
/// `name_full` inherit from `name`.
#[test]
fn equal_items_false_values_and_longer_names_are_told_apart() {
    let view = members(json!({ "labels": ["a", "a"], "flag": false, "name": 1, "name_full": 2 }));
    let view = add(&view, &REF[..1], &["labels.[1]", "flag", "name"]).unwrap();
    let up = Reach { inherited: true, descendants: false };
    for (selector, expected) in
        [("labels.[1]", true), ("labels.[0]", false), ("flag", true), ("name_full", false)]
    {
        assert_eq!(is_marked(&view, &REF[..1], &[selector], up), Ok(expected), "{selector}");
    }
}
