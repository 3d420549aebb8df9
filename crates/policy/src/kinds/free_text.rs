//! What no clause can let out: sentences that people wrote, and what is this node's own business.
//!
//! Free text leaves only as a tear-line: nobody can tell by program what a sentence gives away. The
//! same holds for bags of content that nobody has read: mail headers, environment variables, EXIF.
//! Each list was made by reading the schema; a test fails on a text that no table classifies.

/// A type or extension with properties of it.
type Row = (&'static str, &'static [&'static str]);

/// Wherever it stands.
pub(super) const EVERYWHERE: &str = "description";

/// Last names of paths that are free text even inside a property that no schema describes.
pub(super) const BY_NAME: &[&str] =
    &["description", "abstract", "content", "explanation", "body", "subject", "comment"];

/// Sentences and bags, by type.
pub(super) const FREE_TEXT: &[Row] = &[
    // STIX, chapters 4 to 6.
    ("campaign", &["name", "objective"]),
    (
        "email-message",
        &["subject", "body", "body_multipart.body", "received_lines", "additional_header_fields"],
    ),
    ("grouping", &["name"]),
    // An address and numbers in whatever order: `contact-information` holds them apart.
    ("identity", &["contact_information"]),
    ("incident", &["name"]),
    ("indicator", &["name"]),
    ("intrusion-set", &["goals"]),
    ("network-traffic", &["ipfix"]),
    ("note", &["abstract", "content"]),
    ("opinion", &["explanation"]),
    ("process", &["environment_variables"]),
    ("report", &["name"]),
    ("threat-actor", &["goals"]),
    ("x509-certificate", &["x509_v3_extensions.subject_directory_attributes"]),
    ("archive-ext", &["comment"]),
    ("http-request-ext", &["request_header"]),
    ("pdf-ext", &["document_info_dict"]),
    ("raster-image-ext", &["exif_tags"]),
    ("windows-process-ext", &["window_title", "windows_title", "startup_info"]),
    ("windows-service-ext", &["descriptions"]),
    // Our types: `name` is a label that an officer writes for colleagues.
    ("aircraft", &["name", "modifications"]),
    // Each note and each outcome is a sentence that must be there: nothing is left without it.
    ("commitment", &["name", "obligation", "measure", "progress"]),
    ("designation", &["name", "grounds"]),
    ("detention", &["name"]),
    ("exhibit-custody", &["name", "condition", "quantity_change", "reason"]),
    ("firearm", &["name"]),
    ("firearm-transfer", &["name"]),
    ("meeting", &["name", "agenda", "outcomes"]),
    // What the payer wrote may name anybody.
    ("payment", &["name", "reference", "funds_origin"]),
    (
        "programme",
        &["name", "state_reason", "objectives", "sessions.result", "conditions", "results"],
    ),
    (
        "seizure",
        &[
            "name",
            "goods.goods_description",
            "goods.quantity_as_reported",
            "goods.conversion_source",
            "goods.purity_method",
            "concealment_detail",
            "route.basis_note",
            "declared_goods",
        ],
    ),
    ("shipping-container", &["name", "markings"]),
    ("task", &["name", "error"]),
    ("vehicle", &["name", "chassis_mark", "compartments"]),
    ("vessel", &["name"]),
    // Our extensions.
    ("case", &["exhibits.title"]),
    ("evaluation", &["reason"]),
    ("organization", &["shell_signs"]),
    ("person", &["marks", "subject_categories.basis"]),
    ("same-as", &["reason", "undone_reason"]),
    ("unit", &["vetting.source_grounds", "vetting.remediation"]),
];

/// This node's own business, by type.
pub(super) const NEVER: &[Row] = &[
    // Operations meet hit or no hit, nothing more.
    ("case", &["operations"]),
    // Selectors of properties, some of which the partner does not receive.
    ("evaluation", &["paths"]),
    // Where an exhibit lies.
    ("exhibit-custody", &["storage"]),
    // Observables inside the object: no clause would see them (deprecated in §4.14).
    ("observed-data", &["objects"]),
    ("payment-card", &["security_code", "cvv", "cvc", "pin", "pin_code"]),
    // What protects a person must not point at them.
    ("person", &["protected"]),
    // Who judged it, and values copied from the two ends, past the clauses for them.
    ("same-as", &["reviewer", "evidence.source_value", "evidence.target_value"]),
    ("user-account", &["credential"]),
];

/// Whether a row of `table` has this property.
pub(super) fn lists(table: &[Row], owner: &str, path: &str) -> bool {
    table.iter().any(|(of, paths)| *of == owner && paths.contains(&path))
}
