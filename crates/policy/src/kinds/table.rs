//! What is decided by people and not told by a schema: which types can be released at all, where
//! a tear-line goes, which rules the standard has beside its tables.

/// Our new object types that can be released. A type that stands in neither list does not leave.
pub(super) const OURS: &[&str] = &[
    "aircraft",
    "commitment",
    "designation",
    "detention",
    "exhibit-custody",
    "firearm",
    "firearm-transfer",
    "meeting",
    "payment",
    "programme",
    "seizure",
    "shipping-container",
    "vehicle",
    "vessel",
];

/// Public types that `schemas/reused/` describes and that can be released.
pub(super) const REUSED: &[&str] = &[
    "bank-account",
    "cryptocurrency-transaction",
    "cryptocurrency-wallet",
    "payment-card",
    "phone-number",
    "task",
];

/// Papers of the node itself and what describes records: no clause can name them. Papers reach
/// partners by a way of their own.
pub const PAPERS: &[&str] = &[
    "agreement",
    "agreement-signature",
    "agreement-state",
    "case-event",
    "consent",
    "danger-notice",
    "danger-to-life",
    "handling",
    "key-change",
    "key-compromise",
    "provenance",
    "recall",
    "recall-answer",
    "receipt",
    "release-record",
    "request",
    "request-event",
    "tear-line",
];

/// Property extensions that a clause can name, with the types that carry them; empty = every type.
pub(super) const EXTENSIONS: &[(&str, &[&str])] = &[
    ("case", &["grouping"]),
    ("contact-information", &["identity"]),
    ("criminal-group", &["identity"]),
    ("evaluation", &[]),
    ("membership", &["relationship"]),
    ("organization", &["identity"]),
    ("person", &["identity"]),
    ("same-as", &["relationship"]),
    ("unit", &["identity"]),
];

/// `(type, title, text)`: where a tear-line goes if not to `description`, with its title in `name`
/// where that is free text.
pub(super) const SLOTS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("commitment", Some("name"), Some("obligation")),
    ("note", Some("abstract"), Some("content")),
    ("opinion", None, Some("explanation")),
];

/// Of which properties at least one must be there, where the standard says it in words only.
pub(super) const ONE_OF: &[(&str, &[&str])] = &[("location", &["country", "region", "latitude"])];

/// The same for records.
pub(super) const RECORD_ONE_OF: &[(&str, &[&str])] =
    &[("external_references", &["description", "url", "external_id"])];
