//! The object types that the generator makes, written down from STIX 2.1 (chapters 4 to 6) and
//! `schemas/`: not from the tables of the fast path.

use std::sync::LazyLock;

/// One type.
pub struct Type {
    pub name: &'static str,
    /// `d` domain, `r` relationship, `o` observable.
    pub family: char,
    pub required: Vec<&'static str>,
    /// One of these must be there; with `extensions` among them that is seen at the very end.
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
campaign|d|name||aliases first_seen last_seen|name|description||
domain-name|o|value||resolves_to_refs||||value
email-addr|o|value||display_name belongs_to_ref||||value
file|o||hashes name|size mime_type ctime contains_refs content_ref||||hashes name parent_directory_ref extensions
firearm|d|serial_status||serial manufacturer model calibre import_mark other_marks status recovered_on recovered_place_ref|name|description|extension-definition--79eb0018-bfec-5dfa-a71d-d726710c50a5|
grouping|d|context object_refs|||name|description||
identity|d|name||roles identity_class sectors||description||
incident|d|name|||name|description||
indicator|d|pattern pattern_type valid_from||indicator_types pattern_version valid_until|name|description||
ipv4-addr|o|value||resolves_to_refs belongs_to_refs||||value
location|d||country region latitude|name longitude precision administrative_area city street_address postal_code||description||
malware|d|is_family||name malware_types aliases first_seen last_seen capabilities||description||
note|d|content object_refs||authors|abstract|content||
observed-data|d|first_observed last_observed number_observed object_refs||||||
opinion|d|opinion object_refs||authors||explanation||
phone-number|o|number||country connection provider holder_ref|||extension-definition--14a97ee2-e666-5ada-a6bd-b7177f79e211|number value
relationship|r|relationship_type source_ref target_ref||start_time stop_time||description||
report|d|name published object_refs||report_types|name|description||
shipping-container|d|number|||name|description|extension-definition--43d830a8-844a-599d-ae8b-fd620da91059|
sighting|r|sighting_of_ref||first_seen last_seen count observed_data_refs where_sighted_refs summary||description||
threat-actor|d|name||threat_actor_types aliases first_seen last_seen resource_level||description||
url|o|value||||||value
user-account|o||extensions user_id account_login account_type display_name is_disabled account_created|||||account_type user_id account_login
";

/// Property extensions of ours by short name, with what an instance must have.
pub const EXTENSIONS: &[(&str, &str, &[&str])] = &[
    ("person", PERSON, &["names"]),
    ("organization", ORGANIZATION, &[]),
    ("criminal-group", "extension-definition--fa73c7c3-641b-52d3-af56-283a94c82735", &[]),
    ("evaluation", EVALUATION, &["scheme", "source_grade", "information_grade", "basis"]),
    ("unit", "extension-definition--b4c8a6f9-e22f-5fff-86af-9a531a3e84e1", &["agency", "country"]),
    (
        "case",
        "extension-definition--cb2dae9a-7342-5519-92c9-54e2777c4a95",
        &["case_number", "purpose"],
    ),
    ("same-as", "extension-definition--195db48b-3016-5d0e-a709-65d27f689820", &["method", "state"]),
    ("membership", "extension-definition--cbe596fe-cc67-5fd6-83d6-39911e8f84e9", &["role"]),
    ("pdf-ext", "pdf-ext", &[]),
    ("contact-information", CONTACT, &[]),
];

/// Which type can carry which extension; the rest are for all.
const CARRIERS: &[(&str, &str)] = &[
    ("person", "identity"),
    ("organization", "identity"),
    ("criminal-group", "identity"),
    ("unit", "identity"),
    ("case", "grouping"),
    ("same-as", "relationship"),
    ("membership", "relationship"),
    ("pdf-ext", "file"),
    ("contact-information", "identity"),
];

pub const PERSON: &str = "extension-definition--368cfd8a-58eb-51b3-b886-485f2babe1f1";
pub const CONTACT: &str = "extension-definition--66e2492a-bbd3-4be6-88f5-cc91a017a498";
pub const ORGANIZATION: &str = "extension-definition--a85bdc02-ba18-59c2-8e80-7c4f52ebdd20";
pub const TEAR_LINE: &str = "extension-definition--9f8b8187-6af6-5bd2-8f54-0898854f6f6f";
pub const HANDLING: &str = "extension-definition--c61286f1-19df-529e-8a8d-178b5e78a841";
pub const EVALUATION: &str = "extension-definition--f0329b86-4667-5915-b265-b87d5c541597";
pub const PROVENANCE: &str = "extension-definition--de601629-2dfd-543d-ad30-de3888f6e39e";

/// Property extensions that are known and never leave, with the path under which a dry run shows
/// them.
pub const INSIDE: &[(&str, &str)] = &[(PROVENANCE, "provenance"), (HANDLING, "handling")];

/// Kinds of identifier by the property that holds one; `*` is every type.
pub const IDENTIFIERS: &[(&str, &str, &str)] = &[
    ("*", "external_references.url", "url"),
    ("*", "external_references.external_id", "document-number"),
    ("*", "external_references.hashes", "hash"),
    ("artifact", "hashes", "hash"),
    ("artifact", "url", "url"),
    ("bank-account", "iban", "iban"),
    ("bank-account", "account_number", "account-number"),
    ("bank-account", "bic", "bic"),
    ("phone-number", "number", "phone"),
    ("firearm", "serial", "firearm-serial"),
    ("firearm", "other_marks", "serial-number"),
    ("indicator", "pattern", "pattern"),
    ("shipping-container", "number", "container"),
    ("ipv4-addr", "value", "ip"),
    ("domain-name", "value", "domain"),
    ("email-addr", "value", "email"),
    ("url", "value", "url"),
    ("file", "hashes", "hash"),
    ("user-account", "user_id", "account-login"),
    ("user-account", "account_login", "account-login"),
    ("identity", "person.identity_documents.number", "identity-document"),
    ("identity", "person.subject_categories.case", "document-number"),
    ("identity", "organization.registration_numbers.number", "registration"),
    ("identity", "contact-information.contact_numbers.contact_number", "phone"),
];

/// Records: dictionaries, most of them in lists, whose members a schema describes. What it does not
/// describe nobody has read.
#[derive(Debug, PartialEq)]
pub struct Record {
    path: &'static str,
    members: &'static str,
    /// Members without which it is nothing.
    required: &'static str,
    /// Of these it needs one.
    one_of: &'static str,
}

const fn record(
    path: &'static str,
    members: &'static str,
    required: &'static str,
    one_of: &'static str,
) -> Record {
    Record { path, members, required, one_of }
}

const RECORDS: &[Record] = &[
    // STIX 2.1 §2.5.2: "at least one of the description, url or external_id properties".
    record(
        "external_references",
        "source_name url external_id hashes",
        "source_name",
        "description url external_id",
    ),
    record("kill_chain_phases", "kill_chain_name phase_name", "kill_chain_name phase_name", ""),
    record(
        "person.names",
        "full kind script parts language strength used_from used_until",
        "full",
        "",
    ),
    record(
        "person.names.parts",
        "given middle family second_family patronymic prefix suffix",
        "",
        "",
    ),
    record(
        "person.identity_documents",
        "kind number country valid_until issued_on valid_from authority standing",
        "kind number",
        "",
    ),
    record(
        "person.subject_categories",
        "category case since case_ref until stated_by",
        "category",
        "",
    ),
    record(
        "organization.names",
        "full kind script language strength used_from used_until",
        "full",
        "",
    ),
    record(
        "organization.registration_numbers",
        "number kind country register registered_on struck_off_on",
        "number",
        "",
    ),
    record("criminal-group.names", "full kind script", "full", ""),
    record(
        "contact-information.contact_numbers",
        "contact_number contact_number_type classified",
        "contact_number contact_number_type",
        "",
    ),
    record(
        "contact-information.email_addresses",
        "email_address_ref digital_contact_type classified",
        "email_address_ref digital_contact_type",
        "",
    ),
];

impl Record {
    /// Whether what has these members is still such a record.
    pub fn stands(&self, has: impl Fn(&str) -> bool) -> bool {
        self.required.split_whitespace().all(&has)
            && (self.one_of.is_empty() || self.one_of.split(' ').any(has))
    }
}

/// The record that stands at these names.
pub fn record_at(names: &[String]) -> Option<&'static Record> {
    RECORDS.iter().find(|record| names.iter().map(String::as_str).eq(record.path.split('.')))
}

/// Sentences under names of their own.
const SENTENCES: &[(&str, &str)] = &[
    ("campaign", "name objective"),
    ("grouping", "name"),
    ("identity", "contact_information person.marks person.protected organization.shell_signs"),
    ("incident", "name"),
    ("indicator", "name"),
    ("report", "name"),
    ("threat-actor", "goals"),
    ("firearm", "name"),
    ("shipping-container", "name markings"),
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

/// What of a file tells of the document that it is.
pub const OF_FILE: &[&str] = &[
    "name",
    "name_enc",
    "size",
    "hashes",
    "mime_type",
    "magic_number_hex",
    "ctime",
    "mtime",
    "atime",
    "parent_directory_ref",
    "contains_refs",
];

/// What of an artifact leads to the original.
pub const OF_ARTIFACT: &[&str] = &["url", "encryption_algorithm", "decryption_key"];

/// Names of properties that are free text wherever they stand.
const FREE_TEXT: &[&str] =
    &["description", "abstract", "content", "explanation", "body", "subject", "comment"];

/// Papers of the node itself.
pub const INTERNAL: &[&str] = &[
    "agreement",
    "agreement-signature",
    "agreement-state",
    "bundle",
    "extension-definition",
    "language-content",
    "marking-definition",
    "receipt",
    "recall-answer",
    "key-change",
    "key-compromise",
    "release-record",
];

pub fn find(name: &str) -> Option<&'static Type> {
    all().iter().find(|t| t.name == name)
}

/// Whether what stands at these names never leaves as it is: sentences that people wrote, and what
/// no schema describes.
pub fn is_free_text(kind: &Type, names: &[String]) -> bool {
    let (path, last) = (names.join("."), names.last().unwrap().as_str());
    if FREE_TEXT.contains(&last) {
        return true;
    }
    if path.starts_with("x_") {
        return false;
    }
    if SENTENCES.iter().any(|(of, all)| *of == kind.name && all.split(' ').any(|s| s == path)) {
        return true;
    }
    if CARRIERS.iter().any(|(short, carrier)| *short == names[0] && *carrier != kind.name) {
        return names.len() > 1;
    }
    // Below a record only what its schema describes has been read.
    (1..names.len()).any(|n| {
        let (record, member) = (names[..n].join("."), &names[n]);
        match RECORDS.iter().find(|known| known.path == record) {
            Some(record) => !record.members.split(' ').any(|known| known == member),
            None => false,
        }
    })
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
