//! Names that a text tells although a search by letters does not find them.

use enlace_release::Silence;
use enlace_stix::Object;
use serde_json::json;

/// Whether a text names the identity of this name and class.
fn told(name: &str, class: Option<&str>, text: &str) -> bool {
    let mut view = json!({"type": "identity", "name": name,
        "id": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"});
    if let Some(class) = class {
        view["identity_class"] = class.into();
    }
    let mut silence = Silence::default();
    silence.add(&Object::parse(&view.to_string()).unwrap());
    silence.is_named(text, &|_| false)
}

#[test]
fn a_name_is_found_in_any_spelling_and_script() {
    let cases = [
        ("Łukasz Wałęsa", "the courier Walesa"),
        ("Lukasz Walesa", "the courier Wałęsa"),
        ("Søren Kjærgaard", "Soren was there"),
        ("Søren Kjærgaard", "Kjaergaard was there"),
        ("Uwe Strauß", "STRAUSS was there"),
        ("Đorđe Kostić", "Dorde was there"),
        ("Ismaıl Çelık", "Celik was there"),
        ("Rosa Namérez", "Na\u{202e}merez was there"),
        ("Rosa Namérez", "Na\u{2066}mer\u{2069}ez was there"),
        ("Rosa Namérez", "N\u{430}merez was there"),
        ("王小明", "昨天王小明在酒店"),
        ("王伟", "昨天王伟在酒店"),
        ("山田太郎", "昨日は山田太郎が来た"),
        ("김철수", "어제 김철수는 호텔에"),
        ("สมชาย ใจดี", "เมื่อวานสมชายมาที่โรงแรม"),
    ];
    let missed: Vec<_> =
        cases.iter().filter(|(name, text)| !told(name, Some("individual"), text)).collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
    assert!(!told("王小明", Some("individual"), "小明王"), "another row of the same signs");
    assert!(!told("Rosa Namérez", Some("individual"), "The Norse names"));
}

#[test]
fn who_may_be_a_person_is_named_by_each_word_of_the_name() {
    for class in [None, Some("unknown"), Some("individual")] {
        assert!(told("Rosa Namérez", class, "the family Namerez"), "{class:?}");
    }
    for class in ["organization", "group", "class", "system"] {
        assert!(!told("Frutas Marbrisa", Some(class), "a load of frutas"), "{class}");
    }
}
