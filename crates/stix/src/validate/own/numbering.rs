//! The kinds of identifiers that a schema may name by `x-identifier`.

use crate::identifier;
use crate::validate::kinds::Numbering;

/// Kinds of identifiers whose check digit is checked.
pub(super) const NUMBERINGS: &[Numbering] = &[
    Numbering {
        name: "container",
        is_right: identifier::is_container,
        expected: "a container number with the right last digit (ISO 6346)",
    },
    Numbering {
        name: "iban",
        is_right: identifier::is_iban,
        expected: "an IBAN whose remainder modulo 97 is 1 (ISO 13616)",
    },
    Numbering {
        name: "imo-ship",
        is_right: identifier::is_imo,
        expected: "an IMO number with the right last digit",
    },
];

/// Kinds of identifiers that a schema may name and that are not checked here.
pub(super) const UNNUMBERED: &[&str] = &[
    "account-number",
    "bic",
    "crypto-address",
    "domain",
    "email",
    "firearm-serial",
    "identity-document",
    "imei",
    "imo-company",
    "imsi",
    "ip",
    "mmsi",
    "payment-card",
    "phone",
    "plate",
    "registration",
    "vin",
];
