//! Domain and relationship objects (chapters 4 and 5) and meta objects (chapter 7).

use super::common::{ALIASES, DESCRIPTION, NAME, PHASES};
use super::kinds::{
    Family, Kind, Order, Property, Record, TEXTS, Targets, Type, before, may, must, not_after,
    record, record_any, to,
};

const FIRST_SEEN: Property = may("first_seen", Kind::Time);
const LAST_SEEN: Property = may("last_seen", Kind::Time);
const SEEN: &[Order] = &[not_after("first_seen", "last_seen")];
const OBJECT_REFS: Property = must("object_refs", Kind::List(&Kind::Ref(Targets::Any)));

/// What neither a relationship nor a sighting may point to.
const NO_END: &[&str] =
    &["bundle", "language-content", "marking-definition", "relationship", "sighting"];

const fn sdo(name: &'static str, section: &'static str, properties: &'static [Property]) -> Type {
    with(name, section, Family::Sdo, record(properties), &[])
}

const fn seen(name: &'static str, section: &'static str, properties: &'static [Property]) -> Type {
    with(name, section, Family::Sdo, record(properties), SEEN)
}

const fn with(
    name: &'static str,
    section: &'static str,
    family: Family,
    record: Record,
    order: &'static [Order],
) -> Type {
    Type { name, section, family, record, order }
}

/// Types of chapters 4, 5 and 7.
pub(super) const TYPES: &[Type] = &[
    with(
        "relationship",
        "5.1",
        Family::Sro,
        record(RELATIONSHIP),
        &[before("start_time", "stop_time")],
    ),
    with("sighting", "5.2", Family::Sro, record(SIGHTING), SEEN),
    sdo("attack-pattern", "4.1", &[NAME, DESCRIPTION, ALIASES, PHASES]),
    seen(
        "campaign",
        "4.2",
        &[NAME, DESCRIPTION, ALIASES, FIRST_SEEN, LAST_SEEN, may("objective", Kind::Text)],
    ),
    sdo("course-of-action", "4.3", &[NAME, DESCRIPTION]),
    sdo(
        "grouping",
        "4.4",
        &[may("name", Kind::Text), DESCRIPTION, must("context", Kind::Text), OBJECT_REFS],
    ),
    sdo(
        "identity",
        "4.5",
        &[
            NAME,
            DESCRIPTION,
            may("roles", TEXTS),
            may("identity_class", Kind::Text),
            may("sectors", TEXTS),
            may("contact_information", Kind::Text),
        ],
    ),
    sdo("incident", "4.6", &[NAME, DESCRIPTION, PHASES]),
    with(
        "indicator",
        "4.7",
        Family::Sdo,
        record(INDICATOR),
        &[before("valid_from", "valid_until")],
    ),
    seen(
        "infrastructure",
        "4.8",
        &[
            NAME,
            DESCRIPTION,
            may("infrastructure_types", TEXTS),
            ALIASES,
            PHASES,
            FIRST_SEEN,
            LAST_SEEN,
        ],
    ),
    seen(
        "intrusion-set",
        "4.9",
        &[
            NAME,
            DESCRIPTION,
            ALIASES,
            FIRST_SEEN,
            LAST_SEEN,
            may("goals", TEXTS),
            may("resource_level", Kind::Text),
            may("primary_motivation", Kind::Text),
            may("secondary_motivations", TEXTS),
        ],
    ),
    sdo("location", "4.10", LOCATION),
    seen("malware", "4.11", MALWARE),
    with(
        "malware-analysis",
        "4.12",
        Family::Sdo,
        record_any(MALWARE_ANALYSIS, &["result", "analysis_sco_refs"]),
        &[],
    ),
    sdo(
        "note",
        "4.13",
        &[
            may("abstract", Kind::Text),
            must("content", Kind::Text),
            may("authors", TEXTS),
            OBJECT_REFS,
        ],
    ),
    with(
        "observed-data",
        "4.14",
        Family::Sdo,
        record_any(OBSERVED_DATA, &["object_refs", "objects"]),
        &[not_after("first_observed", "last_observed")],
    ),
    sdo(
        "opinion",
        "4.15",
        &[
            may("explanation", Kind::Text),
            may("authors", TEXTS),
            must("opinion", Kind::Enum(OPINIONS)),
            OBJECT_REFS,
        ],
    ),
    sdo(
        "report",
        "4.16",
        &[
            NAME,
            DESCRIPTION,
            may("report_types", TEXTS),
            must("published", Kind::Time),
            OBJECT_REFS,
        ],
    ),
    seen("threat-actor", "4.17", THREAT_ACTOR),
    sdo(
        "tool",
        "4.18",
        &[
            NAME,
            DESCRIPTION,
            may("tool_types", TEXTS),
            ALIASES,
            PHASES,
            may("tool_version", Kind::Text),
        ],
    ),
    sdo("vulnerability", "4.19", &[NAME, DESCRIPTION]),
    with("language-content", "7.1", Family::Meta, record(LANGUAGE_CONTENT), &[]),
    with("marking-definition", "7.2.1", Family::Marking, record(MARKING_DEFINITION), &[]),
    with("extension-definition", "7.3", Family::Meta, record(EXTENSION_DEFINITION), &[]),
];

const RELATIONSHIP: &[Property] = &[
    must("relationship_type", Kind::Text),
    DESCRIPTION,
    must("source_ref", Kind::Ref(Targets::AllBut(NO_END))),
    must("target_ref", Kind::Ref(Targets::AllBut(NO_END))),
    may("start_time", Kind::Time),
    may("stop_time", Kind::Time),
];

const SIGHTING: &[Property] = &[
    DESCRIPTION,
    FIRST_SEEN,
    LAST_SEEN,
    may("count", Kind::Integer(0, 999_999_999)),
    must("sighting_of_ref", Kind::Ref(Targets::AllBut(NO_END))),
    may("observed_data_refs", Kind::List(&to(&["observed-data"]))),
    may("where_sighted_refs", Kind::List(&to(&["identity", "location"]))),
    may("summary", Kind::Boolean),
];

const INDICATOR: &[Property] = &[
    may("name", Kind::Text),
    DESCRIPTION,
    may("indicator_types", TEXTS),
    must("pattern", Kind::Text),
    must("pattern_type", Kind::Text),
    may("pattern_version", Kind::Text),
    must("valid_from", Kind::Time),
    may("valid_until", Kind::Time),
    PHASES,
];

const LOCATION: &[Property] = &[
    may("name", Kind::Text),
    DESCRIPTION,
    may("latitude", Kind::Number(-90.0, 90.0)),
    may("longitude", Kind::Number(-180.0, 180.0)),
    may("precision", Kind::Number(f64::MIN, f64::MAX)),
    may("region", Kind::Text),
    may("country", Kind::Text),
    may("administrative_area", Kind::Text),
    may("city", Kind::Text),
    may("street_address", Kind::Text),
    may("postal_code", Kind::Text),
];

const MALWARE: &[Property] = &[
    may("name", Kind::Text),
    DESCRIPTION,
    may("malware_types", TEXTS),
    must("is_family", Kind::Boolean),
    ALIASES,
    PHASES,
    FIRST_SEEN,
    LAST_SEEN,
    may("operating_system_refs", Kind::List(&to(&["software"]))),
    may("architecture_execution_envs", TEXTS),
    may("implementation_languages", TEXTS),
    may("capabilities", TEXTS),
    may("sample_refs", Kind::List(&to(&["artifact", "file"]))),
];

const MALWARE_ANALYSIS: &[Property] = &[
    must("product", Kind::Text),
    may("version", Kind::Text),
    may("host_vm_ref", to(&["software"])),
    may("operating_system_ref", to(&["software"])),
    may("installed_software_refs", Kind::List(&to(&["software"]))),
    may("configuration_version", Kind::Text),
    may("modules", TEXTS),
    may("analysis_engine_version", Kind::Text),
    may("analysis_definition_version", Kind::Text),
    may("submitted", Kind::Time),
    may("analysis_started", Kind::Time),
    may("analysis_ended", Kind::Time),
    may("result_name", Kind::Text),
    may("result", Kind::Text),
    may("analysis_sco_refs", Kind::List(&Kind::Ref(Targets::Sco))),
    may("sample_ref", Kind::Ref(Targets::Sco)),
];

const OBSERVED_DATA: &[Property] = &[
    must("first_observed", Kind::Time),
    must("last_observed", Kind::Time),
    must("number_observed", Kind::Integer(1, 999_999_999)),
    may("objects", Kind::Dictionary),
    may("object_refs", Kind::List(&Kind::Ref(Targets::Any))),
];

const OPINIONS: &[&str] = &["strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"];

const THREAT_ACTOR: &[Property] = &[
    NAME,
    DESCRIPTION,
    may("threat_actor_types", TEXTS),
    ALIASES,
    FIRST_SEEN,
    LAST_SEEN,
    may("roles", TEXTS),
    may("goals", TEXTS),
    may("sophistication", Kind::Text),
    may("resource_level", Kind::Text),
    may("primary_motivation", Kind::Text),
    may("secondary_motivations", TEXTS),
    may("personal_motivations", TEXTS),
];

const LANGUAGE_CONTENT: &[Property] = &[
    must("object_ref", Kind::Ref(Targets::AllBut(&["bundle", "language-content"]))),
    may("object_modified", Kind::Time),
    must("contents", Kind::Dictionary),
];

const MARKING_DEFINITION: &[Property] = &[
    may("name", Kind::Text),
    may("definition_type", Kind::Text),
    may("definition", Kind::Dictionary),
];

/// What an extension does (§10.5).
pub(super) const EXTENSION_TYPES: &[&str] =
    &["new-sdo", "new-sco", "new-sro", "property-extension", "toplevel-property-extension"];

const EXTENSION_DEFINITION: &[Property] = &[
    must("created_by_ref", to(&["identity"])),
    NAME,
    DESCRIPTION,
    must("schema", Kind::Text),
    must("version", Kind::Text),
    must("extension_types", Kind::List(&Kind::Enum(EXTENSION_TYPES))),
    may("extension_properties", TEXTS),
];
