//! The object types that the generator makes, written down from STIX 2.1 (chapters 4 to 6) and
//! `schemas/`: not from the tables of the fast path.

use std::sync::LazyLock;

/// One type.
pub struct Type {
    pub name: &'static str,
    /// `d` domain, `r` relationship, `o` observable.
    pub family: char,
    pub required: Vec<&'static str>,
    /// One of these must be there.
    pub one_of: Vec<&'static str>,
    pub optional: Vec<&'static str>,
    /// Where the title and the text of a tear-line go.
    pub title: Option<&'static str>,
    pub text: Option<&'static str>,
    /// The extension that defines it, where it is no type of the standard.
    pub definition: Option<&'static str>,
    /// Properties of which the deterministic id is made (STIX 2.1 §2.9).
    pub contributing: Vec<&'static str>,
}

/// name | family | required | one of | optional | title | text | definition | contributing
const TABLE: &str = "
artifact|o||payload_bin url|mime_type hashes||||hashes payload_bin
autonomous-system|o|number||name rir||||number
bank-account|o||iban account_number|bic currency holder_ref|||extension-definition--f19f3291-6a84-5674-b311-d75a925d5bd9|iban account_number
campaign|d|name||aliases first_seen last_seen objective|name|description||
domain-name|o|value||resolves_to_refs||||value
email-addr|o|value||display_name belongs_to_ref||||value
file|o||hashes name|size mime_type ctime contains_refs content_ref||||hashes name parent_directory_ref extensions
firearm|d|serial_status||serial manufacturer model calibre import_mark other_marks status recovered_on recovered_place_ref name||description|extension-definition--79eb0018-bfec-5dfa-a71d-d726710c50a5|
grouping|d|context object_refs||name|name|description||
identity|d|name||roles identity_class sectors contact_information||description||
incident|d|name|||name|description||
indicator|d|pattern pattern_type valid_from||name indicator_types pattern_version valid_until|name|description||
ipv4-addr|o|value||resolves_to_refs belongs_to_refs||||value
location|d||country region latitude|name longitude precision administrative_area city street_address postal_code||description||
malware|d|is_family||name malware_types aliases first_seen last_seen capabilities||description||
note|d|content object_refs||authors|abstract|content||
observed-data|d|first_observed last_observed number_observed object_refs||||description||
opinion|d|opinion object_refs||authors||explanation||
phone-number|o|number||country connection provider holder_ref|||extension-definition--14a97ee2-e666-5ada-a6bd-b7177f79e211|number value
relationship|r|relationship_type source_ref target_ref||start_time stop_time||description||
report|d|name published object_refs||report_types|name|description||
shipping-container|d|number||name||description|extension-definition--43d830a8-844a-599d-ae8b-fd620da91059|
sighting|r|sighting_of_ref||first_seen last_seen count observed_data_refs where_sighted_refs summary||description||
threat-actor|d|name||threat_actor_types aliases first_seen last_seen goals resource_level||description||
url|o|value||||||value
user-account|o||user_id account_login|account_type display_name is_disabled account_created||||account_type user_id account_login
";

/// Property extensions of ours by short name, with what an instance must have.
pub const EXTENSIONS: &[(&str, &str, &[&str])] = &[
    ("person", PERSON, &["names"]),
    ("organization", ORGANIZATION, &[]),
    ("criminal-group", "extension-definition--fa73c7c3-641b-52d3-af56-283a94c82735", &[]),
];

pub const PERSON: &str = "extension-definition--368cfd8a-58eb-51b3-b886-485f2babe1f1";
pub const ORGANIZATION: &str = "extension-definition--a85bdc02-ba18-59c2-8e80-7c4f52ebdd20";
pub const TEAR_LINE: &str = "extension-definition--9f8b8187-6af6-5bd2-8f54-0898854f6f6f";
pub const HANDLING: &str = "extension-definition--c61286f1-19df-529e-8a8d-178b5e78a841";
pub const EVALUATION: &str = "extension-definition--f0329b86-4667-5915-b265-b87d5c541597";
pub const PROVENANCE: &str = "extension-definition--de601629-2dfd-543d-ad30-de3888f6e39e";

/// Property extensions that are known and never leave, with the path under which a dry run shows
/// them.
pub const INSIDE: &[(&str, &str)] = &[
    (PROVENANCE, "provenance"),
    (EVALUATION, "evaluation"),
    (HANDLING, "handling"),
    ("extension-definition--b4c8a6f9-e22f-5fff-86af-9a531a3e84e1", "unit"),
    ("extension-definition--cb2dae9a-7342-5519-92c9-54e2777c4a95", "case"),
    ("extension-definition--195db48b-3016-5d0e-a709-65d27f689820", "same-as"),
    ("extension-definition--cbe596fe-cc67-5fd6-83d6-39911e8f84e9", "membership"),
    ("pdf-ext", "pdf-ext"),
    ("archive-ext", "archive-ext"),
    ("unix-account-ext", "unix-account-ext"),
];

/// Kinds of identifier by the property that holds one.
pub const IDENTIFIERS: &[(&str, &str, &str)] = &[
    ("artifact", "hashes", "hash"),
    ("bank-account", "iban", "iban"),
    ("bank-account", "account_number", "account"),
    ("bank-account", "bic", "bic"),
    ("phone-number", "number", "phone"),
    ("firearm", "serial", "firearm-serial"),
    ("shipping-container", "number", "container"),
    ("ipv4-addr", "value", "ip"),
    ("domain-name", "value", "domain"),
    ("email-addr", "value", "email"),
    ("url", "value", "url"),
    ("file", "hashes", "hash"),
    ("user-account", "user_id", "account-name"),
    ("user-account", "account_login", "account-name"),
    ("identity", "person.identity_documents.number", "identity-document"),
    ("identity", "organization.registration_numbers.number", "registration"),
];

/// What every object bears and what is written anew for each twin.
pub const ENVELOPE: &[&str] = &[
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "created_by_ref",
    "object_marking_refs",
    "granular_markings",
    "revoked",
    "extensions",
];

/// Names of properties that are free text wherever they stand.
const FREE_TEXT: &[&str] =
    &["description", "abstract", "content", "explanation", "body", "subject", "comment"];

/// Papers of the node itself.
pub const INTERNAL: &[&str] = &[
    "agreement",
    "agreement-signature",
    "bundle",
    "extension-definition",
    "language-content",
    "marking-definition",
    "receipt",
    "recall-answer",
    "release-record",
];

pub fn find(name: &str) -> Option<&'static Type> {
    all().iter().find(|t| t.name == name)
}

/// Whether the property at these names is free text of an object of this type.
pub fn is_free_text(kind: &Type, names: &[String]) -> bool {
    let slot = |slot: Option<&str>| slot.is_some_and(|slot| names == [slot]);
    let last = names.last().is_some_and(|last| FREE_TEXT.contains(&last.as_str()));
    last || slot(kind.title) || slot(kind.text)
}

/// Every type.
pub fn all() -> &'static [Type] {
    static ALL: LazyLock<Vec<Type>> = LazyLock::new(table);
    &ALL
}

fn table() -> Vec<Type> {
    let words = |cell: &'static str| cell.split_whitespace().collect();
    let optional = |cell: &'static str| (!cell.is_empty()).then_some(cell);
    let lines = TABLE.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            Type {
                name: cells[0],
                family: cells[1].chars().next().unwrap(),
                required: words(cells[2]),
                one_of: words(cells[3]),
                optional: words(cells[4]),
                title: optional(cells[5]),
                text: optional(cells[6]),
                definition: optional(cells[7]),
                contributing: words(cells[8]),
            }
        })
        .collect()
}
