use std::collections::BTreeSet;

use enlace_stix::types::{EXTENSIONS as OURS, Kind as How, reused};
use enlace_stix::validate::shape::{self, Form, Shape};

use super::*;

/// Every property of a shape with its path and form, records and what is in them.
fn properties(shape: Shape, above: &str, found: &mut Vec<(String, Form)>) {
    for property in shape.properties() {
        let dot = if above.is_empty() { "" } else { "." };
        let path = format!("{above}{dot}{}", property.name);
        found.push((path.clone(), property.form));
        if let Form::Record(inner) = property.form {
            properties(inner, &path, found);
        }
    }
}

/// `(type or extension, path, form)` of everything that a schema or the standard describes and that
/// can be released.
fn everything() -> Vec<(&'static str, String, Form)> {
    let mut all = Vec::new();
    let mut take = |owner: &'static str, shape: Shape| {
        let mut found = Vec::new();
        properties(shape, "", &mut found);
        all.extend(found.into_iter().map(|(path, form)| (owner, path, form)));
    };
    for kind in super::all() {
        take(kind.name, kind.shape);
    }
    for extension in EXTENSIONS.iter() {
        take(extension.name, shape::of_extension(extension.id).unwrap());
    }
    all
}

#[test]
fn every_property_of_every_type_that_can_be_released_is_classified() {
    let all = everything();
    let unclassified: Vec<String> = all
        .iter()
        .filter(|(owner, path, form)| {
            // What stands in free text is free text.
            let stays = |above: &str| {
                let stated = build::class_of(owner, above, Form::Text);
                matches!(stated, Some(Class::FreeText | Class::Never))
            };
            let above = path.match_indices('.').filter_map(|(at, _)| path.get(..at));
            build::class_of(owner, path, *form).is_none() && !above.into_iter().any(stays)
        })
        .map(|(owner, path, _)| format!("{owner} {path}"))
        .collect();
    assert_eq!(unclassified, Vec::<String>::new());
    assert!(all.len() > 900, "{}", all.len());
}

#[test]
fn no_table_names_a_property_that_does_not_exist_or_one_twice() {
    let known: BTreeSet<(&str, String)> =
        everything().into_iter().map(|(owner, path, _)| (owner, path)).collect();
    let texts = [free_text::FREE_TEXT, free_text::NEVER].concat();
    let texts = texts.iter().flat_map(|(of, paths)| paths.iter().map(|path| (*of, *path)));
    let stated = standard::CLASSES.iter().chain(own::CLASSES);
    let stated = stated.flat_map(|(of, _, paths)| paths.iter().map(|path| (*of, *path)));
    // Not in the schema any more, so that nobody writes them; refused all the same.
    let secrets = |owner: &str| owner == "payment-card";
    let mut seen = BTreeSet::new();
    for (owner, path) in texts.chain(stated).chain(identifiers::rows()) {
        let exists = owner == "*" || known.contains(&(owner, path.to_owned()));
        assert!(exists || secrets(owner), "{owner} {path}");
        assert!(seen.insert((owner, path)), "{owner} {path} twice");
    }
}

#[test]
fn every_new_type_and_extension_of_ours_can_be_released_or_is_a_paper() {
    for extension in OURS.iter() {
        let listed = match extension.kind {
            How::NewSdo | How::NewSco | How::NewSro => kind(extension.name).is_some(),
            How::Property | How::Toplevel => build::extension(extension.name).is_some(),
        };
        assert_ne!(listed, PAPERS.contains(&extension.name), "{}", extension.name);
    }
    for name in PAPERS {
        assert!(OURS.iter().any(|extension| extension.name == *name), "{name}");
        assert!(kind(name).is_none() && build::extension(name).is_none(), "{name}");
        assert!(super::all().iter().all(|kind| !kind.knows(&format!("{name}.text"))), "{name}");
    }
    assert!(kind("bundle").is_none() && kind("marking-definition").is_none());
    assert!(kind("language-content").is_none() && kind("extension-definition").is_none());
}

#[test]
fn a_public_type_without_a_table_of_properties_cannot_be_named() {
    for public in reused::EXTENSIONS {
        let described = shape::of_type(public.name).is_some();
        assert_eq!(kind(public.name).is_some(), described, "{}", public.name);
    }
}

#[test]
fn kinds_are_sorted_and_never_list_their_envelope() {
    let kinds = super::all();
    assert!(kinds.windows(2).all(|pair| pair[0].name < pair[1].name));
    // 18 SDOs (all but what is no object of its own), 2 SROs, 18 SCOs; ours; public ones.
    assert_eq!(kinds.len(), 39 + table::OURS.len() + table::REUSED.len());
    for kind in kinds {
        assert!(kind.fields.is_sorted_by(|a, b| a.path < b.path), "{}", kind.name);
        for property in ENVELOPE {
            assert!(!kind.knows(property), "{} {property}", kind.name);
        }
    }
}

#[test]
fn what_a_type_requires_can_be_named_or_comes_from_the_tear_line() {
    let slot = |kind: &Kind, name: &str| kind.title == Some(name) || kind.text == Some(name);
    for kind in super::all() {
        for name in kind.required {
            assert!(kind.knows(name) || slot(kind, name), "{} {name}", kind.name);
        }
        let one = |name: &&str| kind.knows(name) || name == &"extensions";
        assert!(kind.one_of.iter().all(one), "{} {:?}", kind.name, kind.one_of);
        for part in [kind.title, kind.text].into_iter().flatten() {
            assert_eq!(kind.class(part), Some(Class::FreeText), "{} {part}", kind.name);
        }
    }
    for extension in EXTENSIONS.iter() {
        for name in extension.required {
            let field = Field::at(extension.fields, name).unwrap();
            assert!(field.class.nameable(), "{} {name}", extension.name);
        }
    }
}

/// A record that must have a text that stays can never leave: it would be classified as free text
/// as a whole.
#[test]
fn what_a_nameable_record_requires_can_be_named() {
    let check = |owner: &str, fields: &[Field]| {
        for field in fields.iter().filter(|field| field.required) {
            let outer = field.path.rsplit_once('.').map(|(outer, _)| outer);
            if outer.is_some() {
                assert!(field.class.nameable(), "{owner} {}", field.path);
            }
        }
    };
    super::all().iter().for_each(|kind| check(kind.name, kind.fields));
    EXTENSIONS.iter().for_each(|extension| check(extension.name, extension.fields));
}

#[test]
fn an_identifier_has_a_kind_and_nothing_else_has() {
    let check = |owner: &str, fields: &[Field]| {
        for Field { path, class, identifier, .. } in fields {
            assert_eq!(*class == Class::Identifier, identifier.is_some(), "{owner} {path}");
            assert!(identifier.is_none_or(|kind| IDENTIFIERS.contains(&kind)), "{owner} {path}");
        }
    };
    super::all().iter().for_each(|kind| check(kind.name, kind.fields));
    EXTENSIONS.iter().for_each(|extension| check(extension.name, extension.fields));
    let of = identifier_kind;
    assert_eq!(of("identity", "person.identity_documents.number"), Some("identity-document"));
    assert_eq!(of("vehicle", "plates.number"), Some("plate"));
    assert_eq!(of("file", "hashes.SHA-256"), Some("hash"));
    assert_eq!(of("firearm", "person.identity_documents.number"), None);
    assert_eq!(of("report", "external_references.url"), Some("url"));
    let real = format!(
        "extensions.{}.identity_documents.[3].number",
        enlace_stix::types::definition_id("person")
    );
    assert_eq!(of("identity", &real), Some("identity-document"));
}

#[test]
fn no_property_of_a_type_has_the_name_of_an_extension_that_it_can_carry() {
    for kind in super::all() {
        for name in kind.extensions() {
            assert!(Field::at(kind.fields, name).is_none(), "{} {name}", kind.name);
        }
    }
    assert_eq!(class("exhibit-custody", "unit"), Some(Class::Vocabulary));
    assert_eq!(class("identity", "unit"), None, "an extension is named by its properties");
}

#[test]
fn secrets_and_what_protects_a_person_can_never_be_named() {
    for (kind, path) in [
        ("payment-card", "security_code"),
        ("payment-card", "cvv"),
        ("payment-card", "pin"),
        ("user-account", "credential"),
        ("identity", "person.protected"),
        ("identity", "tear-line.text"),
        ("identity", "provenance.source"),
        ("identity", "handling.tlp"),
        ("relationship", "same-as.reviewer"),
        ("relationship", "same-as.evidence.source_value"),
        ("grouping", "case.operations.starts_at"),
        ("observed-data", "objects"),
        ("report", "evaluation.paths"),
        ("firearm", "person.names"),
        ("meeting", "outcomes.statement"),
        ("identity", "person.subject_categories.basis"),
        ("seizure", "goods.x_note"),
        ("report", "x_note.description"),
    ] {
        let known = super::kind(kind).unwrap();
        assert!(!known.knows(path) && known.is_free_text(path), "{kind} {path}");
    }
    assert!(super::kind("report").unwrap().knows("x_note"));
}

#[test]
fn a_blank_object_of_every_kind_has_what_its_type_requires() {
    for kind in super::all() {
        let names = kind.required.iter().chain(kind.one_of.first());
        for name in names.filter(|name| !ENVELOPE.contains(name)) {
            assert!(kind.blank(name, None, "2026-01-01T00:00:00Z").is_some(), "{name}");
        }
    }
}
