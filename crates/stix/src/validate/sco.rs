//! Cyber-observable objects (chapter 6).

use super::common::HASHES_PROPERTY;
use super::kinds::{
    COUNT, Family, INTEGER, Kind, Order, Property, Record, TEXTS, Targets, Type, may, must,
    not_after, optional, record, record_any, to,
};
use super::{syntax, vocabulary};

const VALUE: Property = must("value", Kind::Text);
const CTIME: Property = may("ctime", Kind::Time);
const MTIME: Property = may("mtime", Kind::Time);
const ATIME: Property = may("atime", Kind::Time);
const PORT: Kind = Kind::Integer(0, 65_535);
const MAILBOXES: Kind = Kind::List(&to(&["email-addr"]));
const HOSTS: Kind = to(&["domain-name", "ipv4-addr", "ipv6-addr", "mac-addr"]);

const fn sco(name: &'static str, section: &'static str, record: Record) -> Type {
    sco_in_order(name, section, record, &[])
}

const fn sco_in_order(
    name: &'static str,
    section: &'static str,
    record: Record,
    order: &'static [Order],
) -> Type {
    Type { name, section, family: Family::Sco, record, order }
}

/// Types of chapter 6.
pub(super) const TYPES: &[Type] = &[
    sco("artifact", "6.1", record_any(ARTIFACT, &["payload_bin", "url"])),
    sco(
        "autonomous-system",
        "6.2",
        record(&[must("number", INTEGER), may("name", Kind::Text), may("rir", Kind::Text)]),
    ),
    sco("directory", "6.3", record(DIRECTORY)),
    sco("domain-name", "6.4", record(DOMAIN_NAME)),
    sco("email-addr", "6.5", record(EMAIL_ADDR)),
    sco("email-message", "6.6", record(EMAIL_MESSAGE)),
    sco("file", "6.7", record_any(FILE, &["hashes", "name"])),
    sco("ipv4-addr", "6.8", record(ADDRESS)),
    sco("ipv6-addr", "6.9", record(ADDRESS)),
    sco("mac-addr", "6.10", record(&[VALUE])),
    sco("mutex", "6.11", record(&[must("name", Kind::Text)])),
    sco_in_order(
        "network-traffic",
        "6.12",
        record_any(NETWORK_TRAFFIC, &["src_ref", "dst_ref"]),
        &[not_after("start", "end")],
    ),
    sco("process", "6.13", record_any(PROCESS, PROCESS_ANY)),
    sco("software", "6.14", record(SOFTWARE)),
    sco("url", "6.15", record(&[VALUE])),
    sco("user-account", "6.16", record_any(USER_ACCOUNT, USER_ACCOUNT_ANY)),
    sco(
        "windows-registry-key",
        "6.17",
        record_any(REGISTRY_KEY, &optional::<{ REGISTRY_KEY.len() }>(REGISTRY_KEY)),
    ),
    sco("x509-certificate", "6.18", record_any(X509, &optional::<{ X509.len() }>(X509))),
];

const ARTIFACT: &[Property] = &[
    may("mime_type", Kind::Form(&syntax::MEDIA_TYPE)),
    may("payload_bin", Kind::Binary),
    may("url", Kind::Form(&syntax::URL)),
    HASHES_PROPERTY,
    may("encryption_algorithm", Kind::Enum(vocabulary::ENCRYPTION_ALGORITHM)),
    may("decryption_key", Kind::Text),
];

const DIRECTORY: &[Property] = &[
    must("path", Kind::Text),
    may("path_enc", Kind::Text),
    CTIME,
    MTIME,
    ATIME,
    may("contains_refs", Kind::List(&to(&["directory", "file"]))),
];

const DOMAIN_NAME: &[Property] =
    &[VALUE, may("resolves_to_refs", Kind::List(&to(&["domain-name", "ipv4-addr", "ipv6-addr"])))];

const EMAIL_ADDR: &[Property] =
    &[VALUE, may("display_name", Kind::Text), may("belongs_to_ref", to(&["user-account"]))];

const EMAIL_MESSAGE: &[Property] = &[
    must("is_multipart", Kind::Boolean),
    may("date", Kind::Time),
    may("content_type", Kind::Text),
    may("from_ref", to(&["email-addr"])),
    may("sender_ref", to(&["email-addr"])),
    may("to_refs", MAILBOXES),
    may("cc_refs", MAILBOXES),
    may("bcc_refs", MAILBOXES),
    may("message_id", Kind::Text),
    may("subject", Kind::Text),
    may("received_lines", TEXTS),
    may("additional_header_fields", Kind::Each(&TEXTS)),
    may("body", Kind::Text),
    may("body_multipart", Kind::List(&Kind::Record(&MIME_PART))),
    may("raw_email_ref", to(&["artifact"])),
];

const MIME_PART: Record = record_any(
    &[
        may("body", Kind::Text),
        may("body_raw_ref", to(&["artifact", "file"])),
        may("content_type", Kind::Text),
        may("content_disposition", Kind::Text),
    ],
    &["body", "body_raw_ref"],
);

const FILE: &[Property] = &[
    HASHES_PROPERTY,
    may("size", COUNT),
    may("name", Kind::Text),
    may("name_enc", Kind::Text),
    may("magic_number_hex", Kind::Hex),
    may("mime_type", Kind::Form(&syntax::MEDIA_TYPE)),
    CTIME,
    MTIME,
    ATIME,
    may("parent_directory_ref", to(&["directory"])),
    may("contains_refs", Kind::List(&Kind::Ref(Targets::Sco))),
    may("content_ref", to(&["artifact"])),
];

const ADDRESS: &[Property] = &[
    VALUE,
    may("resolves_to_refs", Kind::List(&to(&["mac-addr"]))),
    may("belongs_to_refs", Kind::List(&to(&["autonomous-system"]))),
];

const NETWORK_TRAFFIC: &[Property] = &[
    may("start", Kind::Time),
    may("end", Kind::Time),
    may("is_active", Kind::Boolean),
    may("src_ref", HOSTS),
    may("dst_ref", HOSTS),
    may("src_port", PORT),
    may("dst_port", PORT),
    must("protocols", Kind::List(&Kind::Form(&syntax::SERVICE))),
    may("src_byte_count", COUNT),
    may("dst_byte_count", COUNT),
    may("src_packets", COUNT),
    may("dst_packets", COUNT),
    may("ipfix", Kind::Each(&Kind::Scalar)),
    may("src_payload_ref", to(&["artifact"])),
    may("dst_payload_ref", to(&["artifact"])),
    may("encapsulates_refs", Kind::List(&to(&["network-traffic"]))),
    may("encapsulated_by_ref", to(&["network-traffic"])),
];

const PROCESS: &[Property] = &[
    may("is_hidden", Kind::Boolean),
    may("pid", INTEGER),
    may("created_time", Kind::Time),
    may("cwd", Kind::Text),
    may("command_line", Kind::Text),
    may("environment_variables", Kind::Each(&Kind::Text)),
    may("opened_connection_refs", Kind::List(&to(&["network-traffic"]))),
    may("creator_user_ref", to(&["user-account"])),
    may("image_ref", to(&["file"])),
    may("parent_ref", to(&["process"])),
    may("child_refs", Kind::List(&to(&["process"]))),
];

/// A process has at least one of these (§6.13).
pub(crate) const PROCESS_ANY: &[&str] = &[
    "extensions",
    "is_hidden",
    "pid",
    "created_time",
    "cwd",
    "command_line",
    "environment_variables",
    "opened_connection_refs",
    "creator_user_ref",
    "image_ref",
    "parent_ref",
    "child_refs",
];

const SOFTWARE: &[Property] = &[
    must("name", Kind::Text),
    may("cpe", Kind::Form(&syntax::CPE)),
    may("swid", Kind::Text),
    may("languages", Kind::List(&Kind::Language)),
    may("vendor", Kind::Text),
    may("version", Kind::Text),
];

const USER_ACCOUNT: &[Property] = &[
    may("user_id", Kind::Text),
    may("credential", Kind::Text),
    may("account_login", Kind::Text),
    may("account_type", Kind::Term(&vocabulary::ACCOUNT_TYPE)),
    may("display_name", Kind::Text),
    may("is_service_account", Kind::Boolean),
    may("is_privileged", Kind::Boolean),
    may("can_escalate_privs", Kind::Boolean),
    may("is_disabled", Kind::Boolean),
    may("account_created", Kind::Time),
    may("account_expires", Kind::Time),
    may("credential_last_changed", Kind::Time),
    may("account_first_login", Kind::Time),
    may("account_last_login", Kind::Time),
];

const USER_ACCOUNT_ANY: &[&str] = &[
    "extensions",
    "user_id",
    "credential",
    "account_login",
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
];

const REGISTRY_KEY: &[Property] = &[
    may("key", Kind::Form(&syntax::REGISTRY_KEY)),
    may("values", Kind::List(&Kind::Record(&REGISTRY_VALUE))),
    may("modified_time", Kind::Time),
    may("creator_user_ref", to(&["user-account"])),
    may("number_of_subkeys", INTEGER),
];

const REGISTRY_VALUE: Record = record_any(
    &[
        may("name", Kind::Text),
        may("data", Kind::Text),
        may("data_type", Kind::Enum(vocabulary::WINDOWS_REGISTRY_DATATYPE)),
    ],
    &["name", "data", "data_type"],
);

const X509: &[Property] = &[
    may("is_self_signed", Kind::Boolean),
    HASHES_PROPERTY,
    may("version", Kind::Text),
    may("serial_number", Kind::Text),
    may("signature_algorithm", Kind::Text),
    may("issuer", Kind::Text),
    may("validity_not_before", Kind::Time),
    may("validity_not_after", Kind::Time),
    may("subject", Kind::Text),
    may("subject_public_key_algorithm", Kind::Text),
    may("subject_public_key_modulus", Kind::Text),
    may("subject_public_key_exponent", INTEGER),
    may("x509_v3_extensions", Kind::Record(&X509_V3)),
];

/// §6.18.2.
const X509_V3: Record = record_any(V3, &optional::<{ V3.len() }>(V3));

const V3: &[Property] = &[
    may("basic_constraints", Kind::Text),
    may("name_constraints", Kind::Text),
    may("policy_constraints", Kind::Text),
    may("key_usage", Kind::Text),
    may("extended_key_usage", Kind::Text),
    may("subject_key_identifier", Kind::Text),
    may("authority_key_identifier", Kind::Text),
    may("subject_alternative_name", Kind::Text),
    may("issuer_alternative_name", Kind::Text),
    may("subject_directory_attributes", Kind::Text),
    may("crl_distribution_points", Kind::Text),
    may("inhibit_any_policy", Kind::Text),
    may("private_key_usage_period_not_before", Kind::Time),
    may("private_key_usage_period_not_after", Kind::Time),
    may("certificate_policies", Kind::Text),
    may("policy_mappings", Kind::Text),
];
