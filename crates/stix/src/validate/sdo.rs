//! Domain and relationship objects (chapters 4 and 5) and meta objects (chapter 7).

//!
//! Where the text with errata 01 differs from the OASIS Standard 2.1 without naming it among its
//! changes (§1.3.1: "lists all of the changes"), the standard's table holds: `is_family` of malware
//! is required, `name` of grouping is optional, `summary` of sighting is a boolean.

use super::common::{ALIASES, DESCRIPTION, NAME, PHASES};
use super::kinds::{
    Family, Kind, Order, Property, Record, TEXTS, Targets, Type, before, may, must, not_after,
    record, record_any, to,
};
use super::{syntax, vocabulary};

const FIRST_SEEN: Property = may("first_seen", Kind::Time);
const LAST_SEEN: Property = may("last_seen", Kind::Time);
const SEEN: &[Order] = &[not_after("first_seen", "last_seen")];
const OBJECT_REFS: Property = must("object_refs", Kind::List(&Kind::Ref(Targets::Any)));

/// What a relationship may not join: all that is neither SDO nor SCO.
const NO_END: &[&str] = &[
    "bundle",
    "extension-definition",
    "language-content",
    "marking-definition",
    "relationship",
    "sighting",
];

/// A term of a suggested vocabulary (§2.14), and a list of them.
macro_rules! term {
    ($name:literal, $vocabulary:ident) => {
        may($name, Kind::Term(&vocabulary::$vocabulary))
    };
}
macro_rules! terms {
    ($name:literal, $vocabulary:ident) => {
        may($name, Kind::List(&Kind::Term(&vocabulary::$vocabulary)))
    };
}

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
        &[
            may("name", Kind::Text),
            DESCRIPTION,
            must("context", Kind::Term(&vocabulary::GROUPING_CONTEXT)),
            OBJECT_REFS,
        ],
    ),
    sdo(
        "identity",
        "4.5",
        &[
            NAME,
            DESCRIPTION,
            may("roles", TEXTS),
            term!("identity_class", IDENTITY_CLASS),
            terms!("sectors", INDUSTRY_SECTOR),
            may("contact_information", Kind::Text),
        ],
    ),
    sdo("incident", "4.6", &[NAME, DESCRIPTION]),
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
            terms!("infrastructure_types", INFRASTRUCTURE_TYPE),
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
            term!("resource_level", ATTACK_RESOURCE_LEVEL),
            term!("primary_motivation", ATTACK_MOTIVATION),
            terms!("secondary_motivations", ATTACK_MOTIVATION),
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
            must("opinion", Kind::Enum(vocabulary::OPINION)),
            OBJECT_REFS,
        ],
    ),
    sdo(
        "report",
        "4.16",
        &[
            NAME,
            DESCRIPTION,
            terms!("report_types", REPORT_TYPE),
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
            terms!("tool_types", TOOL_TYPE),
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
    must("sighting_of_ref", Kind::Ref(Targets::Sdo)),
    may("observed_data_refs", Kind::List(&to(&["observed-data"]))),
    may("where_sighted_refs", Kind::List(&to(&["identity", "location"]))),
    may("summary", Kind::Boolean),
];

const INDICATOR: &[Property] = &[
    may("name", Kind::Text),
    DESCRIPTION,
    terms!("indicator_types", INDICATOR_TYPE),
    must("pattern", Kind::Text),
    must("pattern_type", Kind::Term(&vocabulary::PATTERN_TYPE)),
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
    term!("region", REGION),
    may("country", Kind::Form(&syntax::COUNTRY)),
    may("administrative_area", Kind::Form(&syntax::SUBDIVISION)),
    may("city", Kind::Text),
    may("street_address", Kind::Text),
    may("postal_code", Kind::Text),
];

const MALWARE: &[Property] = &[
    may("name", Kind::Text),
    DESCRIPTION,
    terms!("malware_types", MALWARE_TYPE),
    must("is_family", Kind::Boolean),
    ALIASES,
    PHASES,
    FIRST_SEEN,
    LAST_SEEN,
    may("operating_system_refs", Kind::List(&to(&["software"]))),
    terms!("architecture_execution_envs", PROCESSOR_ARCHITECTURE),
    terms!("implementation_languages", IMPLEMENTATION_LANGUAGE),
    terms!("capabilities", MALWARE_CAPABILITIES),
    may("sample_refs", Kind::List(&to(&["artifact", "file"]))),
];

const MALWARE_ANALYSIS: &[Property] = &[
    must("product", Kind::Form(&syntax::PRODUCT)),
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
    term!("result", MALWARE_RESULT),
    may("analysis_sco_refs", Kind::List(&Kind::Ref(Targets::Sco))),
    may("sample_ref", to(&["artifact", "file", "network-traffic"])),
];

const OBSERVED_DATA: &[Property] = &[
    must("first_observed", Kind::Time),
    must("last_observed", Kind::Time),
    must("number_observed", Kind::Integer(1, 999_999_999)),
    may("objects", Kind::Dictionary),
    may("object_refs", Kind::List(&Kind::Ref(Targets::ScoOrSro))),
];

const THREAT_ACTOR: &[Property] = &[
    NAME,
    DESCRIPTION,
    terms!("threat_actor_types", THREAT_ACTOR_TYPE),
    ALIASES,
    FIRST_SEEN,
    LAST_SEEN,
    terms!("roles", THREAT_ACTOR_ROLE),
    may("goals", TEXTS),
    term!("sophistication", THREAT_ACTOR_SOPHISTICATION),
    term!("resource_level", ATTACK_RESOURCE_LEVEL),
    term!("primary_motivation", ATTACK_MOTIVATION),
    terms!("secondary_motivations", ATTACK_MOTIVATION),
    terms!("personal_motivations", ATTACK_MOTIVATION),
];

const LANGUAGE_CONTENT: &[Property] = &[
    must("object_ref", Kind::Ref(Targets::Any)),
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
