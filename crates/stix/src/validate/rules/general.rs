//! Rules of reading, identity, values, references, markings, extensions and bundles: chapters 2, 3,
//! 7, 8 and 11.

use super::table;

table! {
    TOO_LARGE = Must "1.5" "stix.object.too-large"
        "an object within the size limit of this node"
        "";
    TOO_DEEP = Must "1.5" "stix.object.too-deep"
        "nesting within the limit of this node"
        "";
    NOT_JSON = Must "1.5" "stix.object.not-json"
        "UTF-8 encoded JSON"
        "";
    NOT_AN_OBJECT = Must "1.5" "stix.object.not-an-object"
        "a JSON object"
        "";
    DUPLICATE_MEMBER = Must "2.3" "stix.json.duplicate-member"
        "each name once in a dictionary"
        "";
    TYPE_MISSING = Must "3.2" "stix.type.missing"
        "a `type` that is a string"
        "";
    TYPE_NAME = Must "3.1" "stix.type.name"
        "3 to 250 of a-z, 0-9 and single hyphens, a letter first"
        "";
    TYPE_RESERVED = Must "3.8" "stix.type.reserved"
        "a type name that is not reserved"
        "";
    TYPE_BUNDLE = Must "8" "stix.type.bundle"
        "a STIX object: a bundle is none and is never nested"
        "";
    TYPE_CUSTOM = Should "11.2" "stix.type.custom"
        "an extension that defines the type, in place of a custom `x-` type"
        "";
    TYPE_UNKNOWN = Should "11.2" "stix.type.unknown"
        "a type of the standard, or an extension that defines it"
        "";
    ID_MALFORMED = Must "2.9" "stix.id.malformed"
        "an identifier `type--UUID`"
        "";
    ID_TYPE = Must "2.9" "stix.id.type-mismatch"
        "an id that begins with the object's type"
        "";
    ID_NOT_RFC4122 = Must "2.9" "stix.id.not-rfc-4122"
        "a UUID of RFC 4122 (versions 1 to 5)"
        "";
    ID_NOT_V4 = Should "2.9" "stix.id.not-v4"
        "a random UUID (version 4)"
        "";
    SCO_ID_MISMATCH = Should "2.9" "stix.sco.id-mismatch"
        "the UUIDv5 over the contributing properties"
        "";
    SCO_ID_RANDOM = Should "2.9" "stix.sco.id-random"
        "the UUIDv5 over the contributing properties"
        "";
    SCO_ID_NOT_V4 = Must "2.9" "stix.sco.id-not-v4"
        "a random UUID (version 4): no contributing property is present"
        "";
    SPEC_VERSION = Must "3.2" "stix.spec-version.not-2-1"
        "`2.1`"
        "";
    PROPERTY_MISSING = Must "3.2" "stix.property.missing"
        "this required property"
        "";
    PROPERTY_NAME = Must "3.1" "stix.property.name"
        "a name of 3 to 250 of a-z, 0-9 and underscore, a letter first"
        "";
    PROPERTY_RESERVED = Must "3.8" "stix.property.reserved"
        "no reserved property name"
        "";
    PROPERTY_CUSTOM = Should "11.1" "stix.property.custom"
        "an extension, in place of a custom `x_` property"
        "";
    PROPERTY_UNKNOWN = Should "11.1" "stix.property.unknown"
        "a property of this type, or an extension that defines it"
        "";
    PROPERTY_NOT_APPLICABLE = Should "3.2" "stix.property.not-applicable"
        "no such property: this kind of object does not use it"
        "";
    PROPERTY_ONE_OF = Must "3.2" "stix.property.one-of"
        "at least one of several properties"
        "";
    PROPERTY_EXCLUDED = Must "3.2" "stix.property.excluded"
        "no such property beside the other ones"
        "";
    VALUE_KIND = Must "2" "stix.value.kind"
        "a value of the property's data type"
        "";
    VALUE_NULL = Must "2" "stix.value.null"
        "no null: leave the property out"
        "";
    ENUM_VALUE = Must "2.4" "stix.enum.value"
        "a value of the enumeration"
        "";
    LIST_EMPTY = Must "2.12" "stix.list.empty"
        "at least one item: leave the property out"
        "";
    DICTIONARY_EMPTY = Must "2.3" "stix.dictionary.empty"
        "at least one member: leave the property out"
        "";
    DICTIONARY_KEY = Must "2.3" "stix.dictionary.key"
        "a key of up to 250 of a-z, A-Z, 0-9, hyphen and underscore"
        "";
    CONTENT_FORM = Should "11.1" "stix.content.form"
        "custom content that keeps the rules of chapter 2: no null, nothing empty, plain keys"
        "";
    INTEGER_UNSAFE = Must "2.10" "stix.integer.unsafe"
        "an integer within ±(2^53 − 1)"
        "";
    NUMBER_RANGE = Must "3.2" "stix.number.out-of-range"
        "a number within the property's limits"
        "";
    HEX = Must "2.8" "stix.hex.malformed"
        "an even count of the digits 0-9 and a-f"
        "";
    BINARY = Must "2.1" "stix.binary.malformed"
        "base64 with padding (RFC 4648)"
        "";
    DATE = Must "7.3" "stix.date.malformed"
        "`YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a timestamp"
        "";
    LANGUAGE = Must "3.2" "stix.lang.malformed"
        "a language tag of RFC 5646"
        "";
    HASH_KEY = Must "2.7" "stix.hashes.key"
        "3 to 250 of a-z, A-Z, 0-9, hyphen and underscore"
        "";
    HASH_FORMAT = Must "2.7" "stix.hashes.format"
        "a digest in the form of its algorithm"
        "";
    HASH_ALGORITHM = Should "2.7" "stix.hashes.algorithm"
        "MD5, SHA-1, SHA-256, SHA-512, SHA3-256, SHA3-512, SSDEEP or TLSH"
        "";
    TIME_NOT_UTC = Must "2.16" "stix.timestamp.not-utc"
        "a time in UTC that ends in `Z`"
        "";
    TIME_MALFORMED = Must "2.16" "stix.timestamp.malformed"
        "`YYYY-MM-DDTHH:MM:SS[.digits]Z`"
        "";
    TIME_NO_SUCH = Must "2.16" "stix.timestamp.no-such-time"
        "a day and time that exist"
        "";
    TIME_PRECISION = Must "3.2" "stix.timestamp.precision"
        "at least milliseconds (three digits)"
        "";
    TIME_ORDER = Must "3.2" "stix.timestamp.order"
        "times in their order"
        "";
    REFERENCE_MALFORMED = Must "2.9" "stix.reference.malformed"
        "an identifier `type--UUID`"
        "";
    REFERENCE_TARGET = Must "3.3" "stix.reference.target"
        "a reference to an allowed type of object"
        "";
    REFERENCE_CUSTOM = Should "11.1" "stix.reference.custom"
        "an identifier in a custom property whose name ends in `_ref` or `_refs`"
        "";
    EXTERNAL_REFERENCE_EMPTY = Must "2.5" "stix.external-reference.empty"
        "one of `description`, `url`, `external_id` beside `source_name`"
        "";
    EXTERNAL_REFERENCE_ID = Must "2.5" "stix.external-reference.id-format"
        "`CVE-YYYY-NNNN` under source `cve`, `CAPEC-N` under source `capec`"
        "";
    GRANULAR_ONE = Must "7.2.3" "stix.granular.lang-or-ref"
        "exactly one of `lang` and `marking_ref`"
        "";
    SELECTOR_SYNTAX = Must "7.2.3" "stix.granular.selector-syntax"
        "names and `[n]` separated by dots"
        "";
    SELECTOR_MISSING = Must "7.2.3" "stix.granular.selector-missing"
        "a selector of something the object holds"
        "";
    MARKING_VERSIONED = Must "7.2.1" "stix.marking.versioned"
        "no `modified` and no `revoked`: marking definitions have one version"
        "";
    MARKING_CIRCULAR = Must "7.2.1" "stix.marking.circular"
        "no marking definition that marks itself"
        "";
    MARKING_EMPTY = Must "7.2.1" "stix.marking.no-definition"
        "`definition_type` with `definition`, or an extension"
        "";
    MARKING_TLP = Must "7.2.1.4" "stix.marking.tlp"
        "one of the published TLP marking definitions, unchanged"
        "";
    MARKING_KIND = Should "7.2.1" "stix.marking.definition-type"
        "an extension for a marking that is neither `statement` nor `tlp`"
        "";
    EXTENSION_KEY = Should "3.2" "stix.extension.key"
        "the id of an extension definition or the name of a predefined extension"
        "";
    EXTENSION_TYPE = Must "7.3" "stix.extension.type-missing"
        "`extension_type`"
        "";
    EXTENSION_MISMATCH = Must "7.3" "stix.extension.mismatch"
        "an extension on the type and of the kind that its definition says"
        "";
    EXTENSION_PROPERTIES = Must "7.3" "stix.extension.properties"
        "`extension_properties` with `toplevel-property-extension` only"
        "";
    BUNDLE_ID = Must "8" "stix.bundle.id"
        "an id `bundle--UUID`"
        "";
    BUNDLE_PROPERTY = Should "8" "stix.bundle.property"
        "only `type`, `id` and `objects`"
        "";
}
