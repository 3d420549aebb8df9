//! Properties whose value is an identifier of a person or thing, by kind of identifier.

/// Kinds of identifier that an agreement may name.
pub const IDENTIFIERS: &[&str] = &[
    "account",
    "account-name",
    "bic",
    "certificate",
    "container",
    "domain",
    "email",
    "firearm-serial",
    "hash",
    "iban",
    "identity-document",
    "ip",
    "mac",
    "phone",
    "registration",
    "url",
];

/// Type, property path, kind of identifier.
const PATHS: &[(&str, &str, &str)] = &[
    ("artifact", "hashes", "hash"),
    ("bank-account", "account_number", "account"),
    ("bank-account", "bic", "bic"),
    ("bank-account", "iban", "iban"),
    ("domain-name", "value", "domain"),
    ("email-addr", "value", "email"),
    ("file", "hashes", "hash"),
    ("firearm", "serial", "firearm-serial"),
    ("identity", "organization.registration_numbers.number", "registration"),
    ("identity", "person.identity_documents.number", "identity-document"),
    ("ipv4-addr", "value", "ip"),
    ("ipv6-addr", "value", "ip"),
    ("mac-addr", "value", "mac"),
    ("phone-number", "number", "phone"),
    ("shipping-container", "number", "container"),
    ("url", "value", "url"),
    ("user-account", "account_login", "account-name"),
    ("user-account", "user_id", "account-name"),
    ("x509-certificate", "hashes", "hash"),
    ("x509-certificate", "serial_number", "certificate"),
];

/// The kind of the identifier that stands at `path` (no list positions) of objects of `kind`.
pub fn identifier_kind(kind: &str, path: &str) -> Option<&'static str> {
    PATHS.iter().find(|(k, p, _)| *k == kind && *p == path).map(|(.., identifier)| *identifier)
}

/// Every path of objects of `kind` at which an identifier stands, with the kind of the identifier.
pub fn identifier_paths(kind: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    PATHS.iter().filter(move |(k, ..)| *k == kind).map(|(_, path, identifier)| (*path, *identifier))
}
