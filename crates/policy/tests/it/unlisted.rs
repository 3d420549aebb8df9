//! What nobody has put into the table of kinds stays: whole types, and properties of extensions.

use enlace_policy::{Facts, Mask, kinds};
use enlace_stix::marking::Tlp;
use enlace_stix::types::{self, EXTENSIONS};

use crate::model;

/// Our new types that an agreement can name.
const LISTED: [&str; 2] = ["firearm", "shipping-container"];

#[test]
fn a_type_of_ours_that_is_not_listed_never_leaves_and_no_agreement_can_name_it() {
    let listed = |name: &str| LISTED.contains(&name);
    let unlisted = EXTENSIONS.iter().filter(|e| e.kind.is_new_type() && !listed(e.name));
    let names: Vec<&str> = unlisted.map(|e| e.name).collect();
    assert!(names.len() >= 18, "{names:?}");
    let policy = model::policy();
    for name in names {
        assert!(kinds::kind(name).is_none(), "{name}");
        let marking = model::marked(Tlp::Clear);
        let facts = Facts { kind: name.into(), marking, own: true, ..Facts::default() };
        assert!(!policy.decide(&facts, &model::ask()).permits(), "{name}");
        assert_eq!(policy.mask(name, "name").0, &Mask::Drop, "{name}");
        let text = draft_text(name);
        assert!(enlace_policy::draft::parse(&text, "terms.toml").is_err(), "{name}");
    }
    for name in LISTED {
        assert!(kinds::kind(name).is_some() && types::new_type(name).is_some(), "{name}");
    }
}

/// The model agreement with one more type allowed.
fn draft_text(name: &str) -> String {
    let text = model::template();
    let more = text.replacen("\"firearm\"", &format!("\"firearm\", \"{name}\""), 1);
    assert_ne!(text, more);
    more
}

#[test]
fn a_property_of_an_extension_that_is_not_listed_is_dropped() {
    let policy = model::policy();
    let known = kinds::kind("identity").unwrap();
    let mut dropped = 0;
    for extension in ["person", "organization", "criminal-group"] {
        for property in enlace_stix::validate::own_properties(extension) {
            let path = format!("{extension}.{property}");
            if !known.knows(&path) {
                assert_eq!(policy.mask("identity", &path).0, &Mask::Drop, "{path}");
                dropped += 1;
            }
        }
    }
    assert!(dropped >= 10, "{dropped}");
}
