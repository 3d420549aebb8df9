//! The kinds of identifiers, and which property holds which.
//!
//! Wherever a schema says `x-identifier` the kind is the one said there. The rest is the table below:
//! properties of the standard, and numbers that no standard gives one form.

use enlace_stix::identifier;
use enlace_stix::validate::shape::Form;

/// Every kind that a clause can name. The first are those of [`identifier::Kind`], which have a
/// normal form and can be matched; those behind them are numbers as somebody wrote them.
pub const IDENTIFIERS: &[&str] = &[
    "iban",
    "bic",
    "account-number",
    "payment-card",
    "phone",
    "imei",
    "imsi",
    "iccid",
    "imo-ship",
    "imo-company",
    "mmsi",
    "call-sign",
    "container",
    "vin",
    "plate",
    "aircraft-registration",
    "identity-document",
    "registration",
    "firearm-serial",
    "email",
    "domain",
    "ip",
    "mac",
    "url",
    "hash",
    "crypto-address",
    "crypto-transaction",
    // Without a normal form.
    "account-login",
    "certificate",
    "document-number",
    "icao-address",
    "key",
    "pattern",
    "prisoner-number",
    "seal",
    "serial-number",
];

/// How many of [`IDENTIFIERS`] have a normal form.
const WITH_NORMAL_FORM: usize = identifier::Kind::ALL.len();

/// A natural person, by name and birth: what a hit/no-hit question can ask about besides identifiers.
pub const PERSON: &str = "person";

/// A planned operation, by place and time: never a property of anything that is released.
pub const OPERATION: &str = "operation";

/// What a hit/no-hit question can ask about: the kinds that have a normal form, persons, and planned
/// operations.
pub fn matchable() -> Vec<&'static str> {
    let identifiers = IDENTIFIERS.get(..WITH_NORMAL_FORM).unwrap_or_default();
    identifiers.iter().copied().chain([PERSON, OPERATION]).collect()
}

/// `(type or extension, kind, properties)`: identifiers that no schema marks as such. `*` is every
/// type.
const HELD: &[(&str, &str, &[&str])] = &[
    ("*", "url", &["external_references.url"]),
    ("*", "document-number", &["external_references.external_id"]),
    // STIX, chapters 4 and 6.
    ("artifact", "url", &["url"]),
    ("domain-name", "domain", &["value"]),
    ("email-addr", "email", &["value"]),
    ("email-message", "document-number", &["message_id"]),
    // What a pattern looks for: it holds identifiers of every kind.
    ("indicator", "pattern", &["pattern"]),
    ("ipv4-addr", "ip", &["value"]),
    ("ipv6-addr", "ip", &["value"]),
    ("mac-addr", "mac", &["value"]),
    ("ntfs-ext", "account-login", &["sid"]),
    ("url", "url", &["value"]),
    ("user-account", "account-login", &["user_id", "account_login"]),
    ("windows-pebinary-ext", "hash", &["imphash"]),
    ("windows-process-ext", "account-login", &["owner_sid"]),
    ("x509-certificate", "certificate", &["serial_number"]),
    (
        "x509-certificate",
        "key",
        &[
            "subject_public_key_modulus",
            "x509_v3_extensions.subject_key_identifier",
            "x509_v3_extensions.authority_key_identifier",
        ],
    ),
    // Ours.
    ("aircraft", "serial-number", &["manufacturer_serial", "remote_id_serial"]),
    ("aircraft", "icao-address", &["icao_address"]),
    ("case", "document-number", &["case_number", "proceedings", "exhibits.exhibit_number"]),
    ("designation", "document-number", &["act_number", "list_entry_id"]),
    ("detention", "document-number", &["order_number"]),
    ("detention", "prisoner-number", &["prisoner_number"]),
    ("exhibit-custody", "document-number", &["exhibit_number"]),
    ("exhibit-custody", "seal", &["seal_number", "new_seal_number"]),
    // Inventory numbers of armed forces and of earlier owners stand among them.
    ("firearm", "serial-number", &["other_marks"]),
    ("firearm-transfer", "document-number", &["licence_number", "document_number"]),
    ("organization", "registration", &["lei"]),
    ("organization", "document-number", &["licences.number"]),
    ("payment", "document-number", &["end_to_end_id", "transaction_number"]),
    ("person", "document-number", &["subject_categories.case"]),
    ("programme", "serial-number", &["equipment.serials"]),
    (
        "seizure",
        "document-number",
        &["report_number", "goods.exhibit_numbers", "bill_of_lading", "declaration_number"],
    ),
    ("seizure", "seal", &["seal_numbers"]),
    ("shipping-container", "seal", &["seals.number"]),
    ("shipping-container", "document-number", &["movements.bill_of_lading"]),
    ("unit", "document-number", &["vetting.reference_number"]),
    ("vehicle", "serial-number", &["engine_number"]),
    ("vessel", "serial-number", &["hull_number"]),
];

/// The kind of identifier that the property at `path` of this type or extension holds.
pub(super) fn held(owner: &str, path: &str, form: Form) -> Option<&'static str> {
    match form {
        Form::Identifier(kind) => return Some(kind.name()),
        Form::Hashes => return Some(identifier::Kind::Hash.name()),
        Form::Sha256 => return Some("key"),
        _ => {}
    }
    let here = |of: &str| of == owner || of == "*";
    HELD.iter().find(|(of, _, paths)| here(of) && paths.contains(&path)).map(|(_, kind, _)| *kind)
}

#[cfg(test)]
pub(super) fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    HELD.iter().flat_map(|(of, _, paths)| paths.iter().map(|path| (*of, *path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_with_a_normal_form_can_be_named_and_they_come_first() {
        let known = identifier::Kind::ALL.iter().map(|kind| kind.name());
        let known: Vec<&str> = known.chain([PERSON, OPERATION]).collect();
        assert_eq!(matchable(), known);
        assert!(!matchable().contains(&"document-number"));
    }

    #[test]
    fn the_table_names_kinds_that_exist_each_property_once() {
        let mut seen = std::collections::BTreeSet::new();
        for (owner, kind, paths) in HELD {
            assert!(IDENTIFIERS.contains(kind), "{kind}");
            for path in *paths {
                assert!(seen.insert((owner, path)), "{owner} {path}");
            }
        }
    }
}
