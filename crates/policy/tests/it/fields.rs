//! Fields: what is kept, dropped below something kept, and identifiers that no clause names.

use enlace_policy::{Clause, Mask, Policy, Terms};

use crate::model;

fn verdict(policy: &Policy, kind: &str, path: &str) -> String {
    let (mask, Clause { id, code, .. }) = policy.mask(kind, path);
    format!("{mask} {id} {code}")
}

fn keeping(kind: &str, keep: &[&str], drop: &[&str], identifiers: &[&str]) -> Policy {
    let texts = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
    model::under(|terms: &mut Terms| {
        terms.identifiers.allowed = texts(identifiers);
        let fields = terms.fields.get_mut(kind).unwrap();
        fields.keep = texts(keep);
        fields.generalise.clear();
        fields.drop = texts(drop);
    })
}

#[test]
fn an_identifier_of_a_kind_that_no_clause_names_stays_though_its_field_is_kept() {
    let some = keeping("bank-account", &["iban", "account_number", "currency"], &[], &["iban"]);
    assert_eq!(verdict(&some, "bank-account", "iban"), "keep 4.4 clause-field-kept");
    assert_eq!(verdict(&some, "bank-account", "account_number"), "drop 3.7 clause-identifier");
    assert_eq!(some.mask("bank-account", "account_number").1.args["kind"], "account-number");
    assert_eq!(verdict(&some, "bank-account", "currency"), "keep 4.4 clause-field-kept");
    let none = keeping("firearm", &["serial", "x_serial"], &[], &[]);
    assert_eq!(verdict(&none, "firearm", "serial"), "drop 3.7 clause-identifier");
    assert_eq!(verdict(&none, "firearm", "x_serial"), "keep 4.2 clause-field-kept");
    assert_eq!(verdict(&none, "firearm", "model"), "drop default.deny default-deny");
}

#[test]
fn an_identifier_inside_a_kept_whole_falls_out_of_it_and_the_rest_stays_kept() {
    let whole = "person.identity_documents";
    let policy = keeping("identity", &["name", whole], &[], &["iban"]);
    let at = |path: &str| verdict(&policy, "identity", path);
    assert_eq!(at(whole), "parts 4.1 clause-field-parts");
    assert_eq!(at("person.identity_documents.number"), "drop 3.7 clause-identifier");
    assert_eq!(at("person.identity_documents.number.x"), "drop 3.7 clause-identifier");
    assert_eq!(at("person.identity_documents.kind"), "keep 4.1 clause-field-kept");
    assert_eq!(at("person.identity_documents.any.thing"), "keep 4.1 clause-field-kept");
    assert_eq!(at("person.names"), "drop default.deny default-deny");
    assert_eq!(at("person"), "parts 4.1 clause-field-parts");
    let allowed = keeping("identity", &["name", whole], &[], &["identity-document"]);
    assert_eq!(verdict(&allowed, "identity", whole), "keep 4.1 clause-field-kept");
    let number = "person.identity_documents.number";
    assert_eq!(verdict(&allowed, "identity", number), "keep 4.1 clause-field-kept");
    let alone = keeping("identity", &["name", number], &[], &[]);
    assert_eq!(verdict(&alone, "identity", number), "drop 3.7 clause-identifier");
}

#[test]
fn a_reduced_identifier_is_none_any_more() {
    let policy = model::under(|terms| {
        terms.identifiers.allowed.clear();
        let fields = terms.fields.get_mut("phone-number").unwrap();
        fields.keep.clear();
        fields.generalise.insert("number".into(), Mask::Fixed("withheld".into()));
    });
    assert_eq!(policy.mask("phone-number", "number").0, &Mask::Fixed("withheld".into()));
}

#[test]
fn a_dropped_part_falls_out_of_its_kept_whole() {
    let drop = ["person.names.parts.family", "person.names.used_from"];
    let policy = keeping("identity", &["person.names"], &drop, &[]);
    let at = |path: &str| verdict(&policy, "identity", path);
    assert_eq!(at("person.names"), "parts 4.1 clause-field-parts");
    assert_eq!(at("person.names.full"), "keep 4.1 clause-field-kept");
    assert_eq!(at("person.names.used_from"), "drop 4.1 clause-field-dropped");
    assert_eq!(at("person.names.parts"), "parts 4.1 clause-field-parts");
    assert_eq!(at("person.names.parts.family"), "drop 4.1 clause-field-dropped");
    assert_eq!(at("person.names.parts.given"), "keep 4.1 clause-field-kept");
}
