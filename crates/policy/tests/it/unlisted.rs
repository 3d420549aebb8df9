//! What no table of kinds lists stays: papers of the node, types nobody has heard of, and properties
//! of extensions that no clause can name.

use enlace_policy::{Facts, Mask, kinds};
use enlace_stix::marking::Tlp;
use enlace_stix::types::{self, EXTENSIONS};

use crate::model;

#[test]
fn a_type_that_is_not_listed_never_leaves_and_no_agreement_can_name_it() {
    let papers = EXTENSIONS.iter().filter(|e| kinds::kind(e.name).is_none()).map(|e| e.name);
    let mut names: Vec<&str> = papers.filter(|name| types::new_type(name).is_some()).collect();
    assert!(names.len() >= 9 && names.iter().all(|name| kinds::PAPERS.contains(name)), "{names:?}");
    names.extend(["marking-definition", "extension-definition", "language-content", "bundle"]);
    names.extend(["event", "impact", "x-unheard-of", "Firearm"]);
    let policy = model::policy();
    for name in names {
        assert!(kinds::kind(name).is_none(), "{name}");
        assert_eq!(
            (kinds::class(name, "name"), kinds::identifier_kind(name, "name")),
            (None, None)
        );
        let marking = model::marked(Tlp::Clear);
        let facts = Facts { kind: name.into(), marking, own: true, ..Facts::default() };
        assert!(!policy.decide(&facts, &model::ask()).permits(), "{name}");
        assert_eq!(policy.mask(name, "name").0, &Mask::Drop, "{name}");
        let text = draft_text(name);
        assert!(enlace_policy::draft::parse(&text, "terms.toml").is_err(), "{name}");
    }
}

#[test]
fn every_other_type_of_ours_can_be_named() {
    for kind in kinds::all() {
        let text = draft_text(kind.name);
        assert!(enlace_policy::draft::parse(&text, "terms.toml").is_ok(), "{}", kind.name);
    }
    let own = EXTENSIONS.iter().filter(|e| types::new_type(e.name).is_some());
    assert_eq!(own.filter(|e| kinds::kind(e.name).is_some()).count(), 14);
}

/// The model agreement with one more type allowed.
fn draft_text(name: &str) -> String {
    let text = model::template();
    let more = text.replacen("\"firearm\"", &format!("\"firearm\", \"{name}\""), 1);
    assert_ne!(text, more);
    more
}

#[test]
fn a_property_of_an_extension_that_no_clause_names_is_dropped() {
    let policy = model::policy();
    let mut dropped = 0;
    for extension in ["person", "organization", "criminal-group", "unit", "evaluation"] {
        for property in enlace_stix::validate::own_properties(extension) {
            let path = format!("{extension}.{property}");
            let named = policy.terms().fields["identity"].keep.iter().any(|p| p.starts_with(&path));
            let reduced = policy.terms().fields["identity"].generalise.contains_key(&path);
            if !named && !reduced {
                assert_eq!(policy.mask("identity", &path).0, &Mask::Drop, "{path}");
                dropped += 1;
            }
        }
    }
    assert!(dropped >= 40, "{dropped}");
}
