//! Our own types and extensions (`schemas/`), and the public ones we reuse (§7.3).

use super::common::{ALIASES, DESCRIPTION};
use super::kinds::{
    COUNT, Family, Kind, Property, Record, TEXTS, Targets, Type, before, may, must, record, to,
};
use crate::types;

const SECTION: &str = "7.3";
const LABEL: Property = may("name", Kind::Text);

const fn sdo(name: &'static str, properties: &'static [Property]) -> Type {
    Type { name, section: SECTION, family: Family::Sdo, record: record(properties), order: &[] }
}

const fn sco(name: &'static str, properties: &'static [Property]) -> Type {
    Type { name, section: SECTION, family: Family::Sco, record: record(properties), order: &[] }
}

/// The new type `name` that the extension `definition` defines.
pub(super) fn new_type(name: &str, definition: &str) -> Option<&'static Type> {
    let of = |types: &'static [Type]| types.iter().find(|t| t.name == name);
    if types::by_definition(definition).is_some_and(|e| e.name == name) {
        return of(NEW_TYPES);
    }
    let reused = [
        (types::reused::BANK_ACCOUNT, "bank-account"),
        (types::reused::PHONE_NUMBER, "phone-number"),
    ];
    let known = reused.contains(&(definition, name));
    if known { of(REUSED) } else { None }
}

/// The properties of our property extension `name`.
pub(super) fn extension(name: &str) -> Option<&'static Record> {
    PROPERTY_EXTENSIONS.iter().find(|(known, ..)| *known == name).map(|(.., record)| record)
}

/// The type that may carry our property extension `name`; `None` = any.
pub(super) fn carrier(name: &str) -> Option<&'static str> {
    PROPERTY_EXTENSIONS.iter().find(|(known, ..)| *known == name).and_then(|(_, on, _)| *on)
}

/// Names of the properties of one of our types or extensions, without the common ones.
pub(super) fn property_names(name: &str) -> impl Iterator<Item = &'static str> {
    let new = NEW_TYPES.iter().find(|t| t.name == name).map(|t| &t.record);
    let record = new.or_else(|| extension(name));
    record.into_iter().flat_map(|r| r.properties).map(|p| p.name)
}

const NEW_TYPES: &[Type] = &[
    Type {
        name: "agreement",
        section: SECTION,
        family: Family::Sdo,
        record: record(AGREEMENT),
        order: &[before("valid_from", "valid_until")],
    },
    sdo(
        "agreement-signature",
        &[
            LABEL,
            must("agreement_ref", to(&["agreement"])),
            must("agreement_modified", Kind::Time),
            must("sha256", Kind::Sha256),
            must("key_id", Kind::Sha256),
            must("value", Kind::Text),
        ],
    ),
    sdo("firearm", FIREARM),
    sdo(
        "recall-answer",
        &[
            LABEL,
            must("object_ref", Kind::Ref(Targets::Any)),
            must("outcome", Kind::Enum(&["purged", "restricted"])),
            may("ground", Kind::Text),
        ],
    ),
    sdo(
        "receipt",
        &[
            LABEL,
            must("agreement_ref", to(&["agreement"])),
            must("received", Kind::List(&Kind::Record(&VERSION))),
            may("record_ref", to(&["release-record"])),
        ],
    ),
    sdo(
        "release-record",
        &[
            LABEL,
            must("agreement_ref", to(&["agreement"])),
            must("purpose", Kind::Text),
            must("released", Kind::List(&Kind::Record(&VERSION))),
            may("signature", Kind::Record(&SIGNATURE)),
        ],
    ),
    sdo("shipping-container", &[LABEL, DESCRIPTION, must("number", Kind::Text)]),
];

const AGREEMENT: &[Property] = &[
    LABEL,
    DESCRIPTION,
    must("lineage", Kind::Text),
    must("title", Kind::Text),
    must("parties", Kind::List(&Kind::Record(&PARTY))),
    may("legal_basis", Kind::Text),
    must("valid_from", Kind::Time),
    must("valid_until", Kind::Time),
    may("purposes", TEXTS),
    must("terms", Kind::Content),
    may("text_sha256", Kind::Sha256),
];

const PARTY: Record = record(&[
    must("key_id", Kind::Sha256),
    must("name", Kind::Text),
    may("country", Kind::Text),
    may("unit", Kind::Text),
    may("identity_ref", to(&["identity"])),
]);

const VERSION: Record = record(&[
    must("id", Kind::Ref(Targets::Any)),
    may("modified", Kind::Time),
    must("sha256", Kind::Sha256),
    may("recalled", Kind::Boolean),
]);

const SIGNATURE: Record = record(&[
    must("key_id", Kind::Sha256),
    must("alg", Kind::Enum(&["Ed25519"])),
    must("value", Kind::Text),
]);

const FIREARM: &[Property] = &[
    LABEL,
    DESCRIPTION,
    may("serial", Kind::Text),
    must("serial_status", Kind::Enum(&["readable", "partial", "obliterated", "none"])),
    may("manufacturer", Kind::Text),
    may("model", Kind::Text),
    may("firearm_type", Kind::Text),
    may("calibre", Kind::Text),
    may("country_of_manufacture", Kind::Text),
    may("importer", Kind::Text),
    may("import_mark", Kind::Text),
    may("other_marks", Kind::Text),
    may("status", Kind::Enum(&["recovered", "lost", "stolen"])),
    may("recovered_on", Kind::Date),
    may("recovered_place_ref", to(&["location"])),
];

/// Name, type that carries it (`None` = any), properties.
const PROPERTY_EXTENSIONS: &[(&str, Option<&str>, Record)] = &[
    ("criminal-group", Some("identity"), record(CRIMINAL_GROUP)),
    ("handling", Some("marking-definition"), record(HANDLING)),
    ("organization", Some("identity"), record(ORGANIZATION)),
    ("person", Some("identity"), record(PERSON)),
    (
        "provenance",
        None,
        record(&[
            must("source", Kind::Text),
            may("sha256", Kind::Sha256),
            may("row", COUNT),
            may("importer", Kind::Text),
            may("columns", TEXTS),
            may("cells", TEXTS),
        ]),
    ),
    (
        "tear-line",
        None,
        record(&[
            must("title", Kind::Text),
            must("text", Kind::Text),
            may("lang", Kind::Language),
            may("written_by", Kind::Text),
        ]),
    ),
];

const CRIMINAL_GROUP: &[Property] =
    &[may("names", NAMES), ALIASES, may("kind", Kind::Text), may("territory", Kind::Text)];

const HANDLING: &[Property] = &[
    must("tlp", Kind::Enum(&["clear", "green", "amber", "amber+strict", "red"])),
    may("handling", Kind::List(&Kind::Enum(&["H0", "H1", "H2", "H3"]))),
    may("releasable_to", TEXTS),
    may("caveats", TEXTS),
    may("purposes", TEXTS),
    may("onward", Kind::Text),
    may("retention_until", Kind::Date),
];

const NAMES: Kind = Kind::List(&Kind::Record(&NAME_RECORD));

const NAME_RECORD: Record = record(&[
    must("full", Kind::Text),
    may("kind", Kind::Enum(&["primary", "alias", "maiden", "transliteration"])),
    may("script", Kind::Text),
]);

const ORGANIZATION: &[Property] = &[
    may("names", NAMES),
    may("legal_form", Kind::Text),
    may("registration_numbers", Kind::List(&Kind::Record(&REGISTRATION))),
    may("country", Kind::Text),
];

const REGISTRATION: Record =
    record(&[must("number", Kind::Text), may("kind", Kind::Text), may("country", Kind::Text)]);

const PERSON: &[Property] = &[
    must("names", NAMES),
    may("birth_date", Kind::Date),
    may("birth_place", Kind::Text),
    may("nationalities", TEXTS),
    may("sex", Kind::Text),
    may("identity_documents", Kind::List(&Kind::Record(&DOCUMENT))),
    may("subject_categories", Kind::List(&Kind::Record(&CATEGORY))),
    may("minor", Kind::Boolean),
    may("deceased", Kind::Boolean),
];

const DOCUMENT: Record = record(&[
    must("kind", Kind::Text),
    must("number", Kind::Text),
    may("country", Kind::Text),
    may("valid_until", Kind::Date),
]);

const CATEGORY: Record = record(&[
    must("category", Kind::Enum(CATEGORIES)),
    may("case", Kind::Text),
    may("basis", Kind::Text),
    may("since", Kind::Date),
]);

/// Categories of data subjects (Directive (EU) 2016/680, Article 6).
const CATEGORIES: &[&str] =
    &["suspect", "convicted", "victim", "witness", "contact", "other", "not-established"];

/// Properties as their publishers define them; nothing is required beyond what they require.
const REUSED: &[Type] = &[
    sco(
        "bank-account",
        &[
            may("iban", Kind::Text),
            may("account_number", Kind::Text),
            may("bic", Kind::Text),
            may("currency", Kind::Text),
            may("country_ref", to(&["location"])),
            may("issuer_ref", to(&["identity"])),
            may("holder_ref", to(&["identity"])),
        ],
    ),
    sco(
        "phone-number",
        &[
            must("number", Kind::Text),
            may("country", Kind::Text),
            may("connection", Kind::Text),
            may("provider", Kind::Text),
            may("holder_ref", to(&["identity"])),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_properties_are_those_of_the_published_table() {
        for known in types::EXTENSIONS {
            let new = NEW_TYPES.iter().find(|t| t.name == known.name).map(|t| &t.record);
            let record = new.or_else(|| extension(known.name)).expect(known.name);
            let mut ours: Vec<_> =
                record.properties.iter().filter(|p| p.required).map(|p| p.name).collect();
            let mut published = known.required.to_vec();
            ours.sort_unstable();
            published.sort_unstable();
            assert_eq!(ours, published, "{}", known.name);
        }
        assert_eq!(NEW_TYPES.len() + PROPERTY_EXTENSIONS.len(), types::EXTENSIONS.len());
    }
}
