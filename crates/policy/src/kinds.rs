//! The object types that can be released: their properties, what is required, what is free text.
//!
//! Source: STIX 2.1 chapters 4–6 and our own extensions. A type that is not listed cannot be
//! named in an agreement, so it never leaves.

use enlace_stix::types;

pub use crate::identifiers::{IDENTIFIERS, identifier_kind, identifier_paths};

/// The three families of objects that can be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Domain object.
    Domain,
    /// Relationship object.
    Relation,
    /// Cyber-observable object: no `created`, no `modified`.
    Observable,
}

/// One object type.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// STIX `type`.
    pub name: &'static str,
    /// Family.
    pub family: Family,
    /// Properties of its own that must be there.
    pub required: &'static [&'static str],
    /// Of each group at least one must be there.
    pub one_of: &'static [&'static str],
    /// Optional properties of its own.
    pub optional: &'static [&'static str],
    /// Where the title of a tear-line goes; that property is free text.
    pub title: Option<&'static str>,
    /// Where the text of a tear-line goes.
    pub text: Option<&'static str>,
}

/// Optional properties common to domain and relationship objects that a clause may keep.
const COMMON: &[&str] = &["labels", "confidence", "lang", "external_references"];

/// Free text wherever it stands: leaves only as a tear-line.
const FREE_TEXT: &[&str] =
    &["description", "abstract", "content", "explanation", "body", "subject", "comment"];

/// Properties that every object bears and that the exit writes anew.
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

/// Our property extensions whose properties a clause may name, with those properties.
const EXTENSIONS: &[(&str, &[&str])] = &[
    (
        "person",
        &[
            "names",
            "birth_date",
            "birth_place",
            "nationalities",
            "sex",
            "identity_documents",
            "subject_categories",
            "minor",
            "deceased",
        ],
    ),
    ("organization", &["legal_form", "registration_numbers", "country", "names"]),
    ("criminal-group", &["aliases", "kind", "territory", "names"]),
];

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.name == name)
}

/// Every kind, sorted by name.
pub fn all() -> &'static [Kind] {
    KINDS
}

/// Short names of the property extensions whose properties may leave.
pub fn extensions() -> impl Iterator<Item = &'static str> {
    EXTENSIONS.iter().map(|(name, _)| *name)
}

/// Properties without which an instance of our property extension `name` may not exist.
pub fn extension_required(name: &str) -> &'static [&'static str] {
    types::EXTENSIONS.iter().find(|e| e.name == name).map_or(&[], |e| e.required)
}

/// The definition id that an object of `kind` carries as `new-sdo` or `new-sco`, if it is no type
/// of the standard, with that extension type.
pub fn own_definition(kind: &str) -> Option<(String, &'static str)> {
    match kind {
        "bank-account" => Some((types::reused::BANK_ACCOUNT.to_owned(), "new-sco")),
        "phone-number" => Some((types::reused::PHONE_NUMBER.to_owned(), "new-sco")),
        _ => types::new_type(kind).map(|e| (e.definition_id(), "new-sdo")),
    }
}

impl Kind {
    /// Whether a clause can name this path: a property of the type, one that is common, one of a
    /// property extension, or a custom property (`x_…`).
    pub fn knows(&self, path: &str) -> bool {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if let Some((_, properties)) = EXTENSIONS.iter().find(|(name, _)| *name == first) {
            let property = rest.split('.').next().unwrap_or("");
            return properties.contains(&property);
        }
        first.starts_with("x_")
            || self.required.contains(&first)
            || self.one_of.contains(&first)
            || self.optional.contains(&first)
            || match self.family {
                Family::Observable => first == "defanged",
                _ => COMMON.contains(&first),
            }
    }

    /// Whether the property at `path` is free text, which never leaves as it is.
    pub fn is_free_text(&self, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or(path);
        FREE_TEXT.contains(&last) || self.title == Some(path) || self.text == Some(path)
    }
}

const fn of(name: &'static str, family: Family) -> Kind {
    let text = match family {
        Family::Observable => None,
        _ => Some("description"),
    };
    Kind { name, family, required: &[], one_of: &[], optional: &[], title: None, text }
}
const fn sdo(name: &'static str) -> Kind {
    of(name, Family::Domain)
}
const fn sco(name: &'static str) -> Kind {
    of(name, Family::Observable)
}
const fn sro(name: &'static str) -> Kind {
    of(name, Family::Relation)
}

impl Kind {
    const fn req(mut self, required: &'static [&'static str]) -> Self {
        self.required = required;
        self
    }
    const fn any(mut self, one_of: &'static [&'static str]) -> Self {
        self.one_of = one_of;
        self
    }
    const fn opt(mut self, optional: &'static [&'static str]) -> Self {
        self.optional = optional;
        self
    }
    const fn tear(mut self, title: Option<&'static str>, text: &'static str) -> Self {
        self.title = title;
        self.text = Some(text);
        self
    }
}

const SEEN: [&str; 2] = ["first_seen", "last_seen"];

static KINDS: &[Kind] = &[
    sco("artifact").any(&["payload_bin", "url"]).opt(&[
        "mime_type",
        "hashes",
        "encryption_algorithm",
        "decryption_key",
    ]),
    sdo("attack-pattern").req(&["name"]).opt(&["aliases", "kill_chain_phases"]),
    sco("autonomous-system").req(&["number"]).opt(&["name", "rir"]),
    sco("bank-account").any(&["iban", "account_number"]).opt(&[
        "bic",
        "currency",
        "country_ref",
        "issuer_ref",
        "holder_ref",
    ]),
    sdo("campaign")
        .req(&["name"])
        .opt(&["aliases", SEEN[0], SEEN[1], "objective"])
        .tear(Some("name"), "description"),
    sdo("course-of-action").req(&["name"]),
    sco("directory").req(&["path"]).opt(&["path_enc", "ctime", "mtime", "atime", "contains_refs"]),
    sco("domain-name").req(&["value"]).opt(&["resolves_to_refs"]),
    sco("email-addr").req(&["value"]).opt(&["display_name", "belongs_to_ref"]),
    sco("email-message").req(&["is_multipart"]).opt(&[
        "date",
        "content_type",
        "from_ref",
        "sender_ref",
        "to_refs",
        "cc_refs",
        "bcc_refs",
        "message_id",
        "received_lines",
        "additional_header_fields",
        "raw_email_ref",
    ]),
    sco("file").any(&["hashes", "name"]).opt(&[
        "size",
        "name_enc",
        "magic_number_hex",
        "mime_type",
        "ctime",
        "mtime",
        "atime",
        "parent_directory_ref",
        "contains_refs",
        "content_ref",
    ]),
    sdo("firearm").req(&["serial_status"]).opt(&[
        "serial",
        "manufacturer",
        "model",
        "firearm_type",
        "calibre",
        "country_of_manufacture",
        "importer",
        "import_mark",
        "other_marks",
        "status",
        "recovered_on",
        "recovered_place_ref",
        "name",
    ]),
    sdo("grouping")
        .req(&["context", "object_refs"])
        .opt(&["name"])
        .tear(Some("name"), "description"),
    sdo("identity").req(&["name"]).opt(&[
        "roles",
        "identity_class",
        "sectors",
        "contact_information",
    ]),
    sdo("incident").req(&["name"]).tear(Some("name"), "description"),
    sdo("indicator")
        .req(&["pattern", "pattern_type", "valid_from"])
        .opt(&["name", "indicator_types", "pattern_version", "valid_until", "kill_chain_phases"])
        .tear(Some("name"), "description"),
    sdo("infrastructure").req(&["name"]).opt(&[
        "infrastructure_types",
        "aliases",
        "kill_chain_phases",
        SEEN[0],
        SEEN[1],
    ]),
    sdo("intrusion-set").req(&["name"]).opt(&[
        "aliases",
        SEEN[0],
        SEEN[1],
        "goals",
        "resource_level",
        "primary_motivation",
        "secondary_motivations",
    ]),
    sco("ipv4-addr").req(&["value"]).opt(&["resolves_to_refs", "belongs_to_refs"]),
    sco("ipv6-addr").req(&["value"]).opt(&["resolves_to_refs", "belongs_to_refs"]),
    sdo("location").any(&["country", "region", "latitude"]).opt(&[
        "name",
        "longitude",
        "precision",
        "administrative_area",
        "city",
        "street_address",
        "postal_code",
    ]),
    sco("mac-addr").req(&["value"]),
    sdo("malware").req(&["is_family"]).opt(&[
        "name",
        "malware_types",
        "aliases",
        "kill_chain_phases",
        SEEN[0],
        SEEN[1],
        "operating_system_refs",
        "architecture_execution_envs",
        "implementation_languages",
        "capabilities",
        "sample_refs",
    ]),
    sdo("malware-analysis").req(&["product"]).any(&["result", "analysis_sco_refs"]).opt(&[
        "version",
        "host_vm_ref",
        "operating_system_ref",
        "installed_software_refs",
        "configuration_version",
        "modules",
        "analysis_engine_version",
        "analysis_definition_version",
        "submitted",
        "analysis_started",
        "analysis_ended",
        "result_name",
        "sample_ref",
    ]),
    sco("mutex").req(&["name"]),
    sco("network-traffic").req(&["protocols"]).any(&["src_ref", "dst_ref"]).opt(&[
        "start",
        "end",
        "is_active",
        "src_port",
        "dst_port",
        "src_byte_count",
        "dst_byte_count",
        "src_packets",
        "dst_packets",
        "encapsulates_refs",
        "encapsulated_by_ref",
        "src_payload_ref",
        "dst_payload_ref",
        "ipfix",
    ]),
    sdo("note")
        .req(&["content", "object_refs"])
        .opt(&["authors"])
        .tear(Some("abstract"), "content"),
    sdo("observed-data")
        .req(&["first_observed", "last_observed", "number_observed", "object_refs"])
        .tear(None, "description"),
    sdo("opinion").req(&["opinion", "object_refs"]).opt(&["authors"]).tear(None, "explanation"),
    sco("phone-number").req(&["number"]).opt(&["country", "connection", "provider", "holder_ref"]),
    sco("process").any(&["pid", "command_line", "image_ref"]).opt(&[
        "is_hidden",
        "created_time",
        "cwd",
        "environment_variables",
        "opened_connection_refs",
        "creator_user_ref",
        "parent_ref",
        "child_refs",
    ]),
    sro("relationship")
        .req(&["relationship_type", "source_ref", "target_ref"])
        .opt(&["start_time", "stop_time"]),
    sdo("report")
        .req(&["name", "published", "object_refs"])
        .opt(&["report_types"])
        .tear(Some("name"), "description"),
    sdo("shipping-container").req(&["number"]).opt(&["name"]),
    sro("sighting").req(&["sighting_of_ref"]).opt(&[
        SEEN[0],
        SEEN[1],
        "count",
        "observed_data_refs",
        "where_sighted_refs",
        "summary",
    ]),
    sco("software").req(&["name"]).opt(&["cpe", "swid", "languages", "vendor", "version"]),
    sdo("threat-actor").req(&["name"]).opt(&[
        "threat_actor_types",
        "aliases",
        SEEN[0],
        SEEN[1],
        "roles",
        "goals",
        "sophistication",
        "resource_level",
        "primary_motivation",
        "secondary_motivations",
        "personal_motivations",
    ]),
    sdo("tool").req(&["name"]).opt(&["tool_types", "aliases", "kill_chain_phases", "tool_version"]),
    sco("url").req(&["value"]),
    sco("user-account").any(&["user_id", "account_login"]).opt(&[
        "account_type",
        "display_name",
        "is_service_account",
        "is_privileged",
        "can_escalate_privs",
        "is_disabled",
        "account_created",
        "account_expires",
        "credential_last_changed",
        "account_first_login",
        "account_last_login",
    ]),
    sdo("vulnerability").req(&["name"]),
    sco("windows-registry-key").any(&["key", "values"]).opt(&[
        "modified_time",
        "creator_user_ref",
        "number_of_subkeys",
    ]),
    sco("x509-certificate").any(&["hashes", "serial_number"]).opt(&[
        "is_self_signed",
        "version",
        "signature_algorithm",
        "issuer",
        "validity_not_before",
        "validity_not_after",
        "subject_public_key_algorithm",
        "subject_public_key_modulus",
        "subject_public_key_exponent",
    ]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_never_list_their_envelope() {
        assert!(KINDS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for kind in KINDS {
            for property in ENVELOPE {
                assert!(!kind.knows(property), "{} {property}", kind.name);
            }
        }
    }

    #[test]
    fn papers_of_the_node_itself_are_no_kinds() {
        for name in ["agreement", "agreement-signature", "release-record", "receipt", "bundle"] {
            assert!(kind(name).is_none(), "{name}");
        }
    }
}
