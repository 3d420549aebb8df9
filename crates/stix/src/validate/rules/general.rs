//! Rules of reading, identity, values, references, markings, extensions and bundles: chapters 1 to
//! 3, 7, 8, 11 and 12.
//!
//! `docs/stix/rules.md` renders this table and says why a few levels are weaker than the words.

use super::table;

table! {
    TOO_LARGE = Must "1.2.10" "stix.object.too-large"
        "an object within the size limit of this node (RFC 8259 §9 lets a reader set one)"
        "the mandatory-to-implement (MTI) serialization for STIX 2.1 is UTF-8 encoded JSON as \
         defined in RFC7493 and RFC8259";
    TOO_DEEP = Must "1.2.10" "stix.object.too-deep"
        "nesting within the limit of this node (RFC 8259 §9 lets a reader set one)"
        "the mandatory-to-implement (MTI) serialization for STIX 2.1 is UTF-8 encoded JSON as \
         defined in RFC7493 and RFC8259";
    NOT_JSON = Must "1.2.10" "stix.object.not-json"
        "UTF-8 encoded JSON"
        "the mandatory-to-implement (MTI) serialization for STIX 2.1 is UTF-8 encoded JSON as \
         defined in RFC7493 and RFC8259";
    NOT_AN_OBJECT = Must "1.2.10" "stix.object.not-an-object"
        "a JSON object"
        "UTF-8 encoded JSON as defined in RFC7493 and RFC8259, which uses the JSON Object \
         type described within when representing all STIX Objects.";
    DUPLICATE_MEMBER = Must "2.3" "stix.json.duplicate-member"
        "each name once in a dictionary"
        "Dictionary keys MUST be unique in each dictionary";
    TYPE_MISSING = Must "3.1" "stix.type.missing"
        "a `type` that is a string"
        "Properties marked required in the property tables MUST be present in the JSON \
         serialization.";
    TYPE_NAME = Must "3.1" "stix.type.name"
        "3 to 250 of a-z, 0-9 and single hyphens, a letter first"
        "Type names and property names MUST begin with a letter character … All type names, \
         property names, object names, and vocabulary terms MUST be between three and 250 \
         characters long.";
    TYPE_BUNDLE = Must "8.1" "stix.type.bundle"
        "a STIX object: a bundle is none and is never nested"
        "Objects in this list MUST be a STIX Object.";
    TYPE_CUSTOM = Should "11.2" "stix.type.custom"
        "an extension that defines the type, in place of a custom `x-` type"
        "Custom objects SHOULD be defined using the STIX Extension mechanism for new SDO, new SCO \
         or new SRO as described in section 7.3.";
    TYPE_UNKNOWN = Should "11.2.1" "stix.type.unknown"
        "a type of the standard, an extension that defines it, or the prefix `x-`"
        "The value of the type property in a Custom Object SHOULD start with \"x-\" followed by a \
         source unique identifier";
    ID_MALFORMED = Must "2.9" "stix.id.malformed"
        "an identifier `type--UUID`"
        "All identifiers, excluding those used in the deprecated Cyber Observable Container, MUST \
         follow the form object-type--UUID";
    ID_TYPE = Must "2.9" "stix.id.type-mismatch"
        "an id that begins with the object's type"
        "where object-type is the exact value (all type names are lowercase strings, by \
         definition) from the type property of the object being identified or referenced";
    ID_NOT_RFC4122 = Must "2.9" "stix.id.not-rfc-4122"
        "a UUID of RFC 4122 (versions 1 to 5)"
        "where the UUID MUST be an RFC 4122-compliant UUID";
    ID_NOT_V4 = Should "2.9" "stix.id.not-v4"
        "a random UUID (version 4)"
        "STIX Domain Objects, STIX Relationship Objects, STIX Meta Objects, and STIX Bundle \
         Object SHOULD use UUIDv4 for the UUID portion of the identifier.";
    SCO_ID_MISMATCH = Should "2.9" "stix.sco.id-mismatch"
        "the UUIDv5 over the contributing properties"
        "The value of the name portion SHOULD be the list of \"ID Contributing Properties\" \
         (property-name and property value pairs) as defined on each SCO object and SHOULD be \
         represented as a JSON object that is then serialized / stringified according to [RFC8785]";
    SCO_ID_RANDOM = Should "2.9" "stix.sco.id-random"
        "the UUIDv5 over the contributing properties"
        "STIX Cyber-observable Objects SHOULD use UUIDv5 for the UUID portion of the identifier";
    SCO_ID_NOT_V4 = Must "2.9" "stix.sco.id-not-v4"
        "a random UUID (version 4): no contributing property is present"
        "If the contributing properties are all optional, and none are present on the SCO, then a \
         UUIDv4 MUST be used.";
    SCO_VERSIONED = Must "3.6" "stix.sco.versioned-namespace"
        "another namespace than that of STIX in the id of a versioned cyber-observable"
        "for interoperability and sharing, producers versioning SCOs MUST NOT use the default \
         namespace for deterministic ID creation.";
    SPEC_VERSION = Must "3.2" "stix.spec-version.not-2-1"
        "`2.1`"
        "The value of this property MUST be 2.1 for STIX Objects defined according to this \
         specification.";
    PROPERTY_MISSING = Must "3.1" "stix.property.missing"
        "this required property"
        "Properties marked required in the property tables MUST be present in the JSON \
         serialization.";
    PROPERTY_NAME = Must "3.1" "stix.property.name"
        "a name of 3 to 250 of a-z, 0-9 and underscore, a letter first"
        "All type names, property names, and literals MUST be in lowercase … Type names and \
         property names MUST begin with a letter character … All type names, property names, \
         object names, and vocabulary terms MUST be between three and 250 characters long.";
    PROPERTY_RESERVED = Must "3.8" "stix.property.reserved"
        "no reserved property name"
        "The property names defined in this section and any property name that is marked as \
         RESERVED MUST NOT be used for the name of any Custom Property or be present in any STIX \
         content conforming to this version of the specification.";
    PROPERTY_CUSTOM = Should "11.1" "stix.property.custom"
        "an extension, in place of a custom `x_` property"
        "Custom properties SHOULD be defined using the STIX Extension mechanism for \
         property-extension as described in section 7.3.";
    PROPERTY_UNKNOWN = Should "11.1.1" "stix.property.unknown"
        "a property of this type, an extension that defines it, or the prefix `x_`"
        "Custom Property names SHOULD start with \"x_\" followed by a source unique identifier";
    PROPERTY_NOT_APPLICABLE = Should "3.2" "stix.property.not-applicable"
        "no such property: this kind of object does not use it"
        "Each type of STIX Object defines which common properties are required, which are \
         optional, and which are not in use.";
    PROPERTY_DEFANGED = Must "3.2" "stix.property.defanged"
        "no `defanged`: only cyber-observables have it"
        "This property MUST NOT be used on any STIX Objects other than SCOs.";
    PROPERTY_ENCODING = Must "3.1" "stix.property.encoding-alone"
        "no encoding of a property that is not there"
        "The encoding property MUST NOT be present when the original property is not present.";
    PROPERTY_SUFFIX = Should "11.1.1" "stix.property.suffix"
        "hexadecimal digits under a name that ends in `_hex`, base64 under one that ends in `_bin`"
        "For Custom Properties that use the hex type, the property name MUST end with '_hex'. … \
         For Custom Properties that use the binary type, the property name MUST end with '_bin'.";
    PROPERTY_ONE_OF = Must "12.1" "stix.property.one-of"
        "at least one of several properties"
        "All properties MUST conform to the data type and normative requirements for that \
         property.";
    PROPERTY_EXCLUDED = Must "12.1" "stix.property.excluded"
        "no such property beside the other ones"
        "All properties MUST conform to the data type and normative requirements for that \
         property.";
    CHARSET = Must "3.9.1" "stix.encoding.charset"
        "the preferred MIME name, else the name, of a character set registered with IANA"
        "If the preferred MIME name for a character set is defined, this value MUST be used; if \
         it is not defined, then the Name value from the registry MUST be used instead.";
    VALUE_KIND = Must "12.1" "stix.value.kind"
        "a value of the property's data type"
        "All properties MUST conform to the data type and normative requirements for that \
         property.";
    VALUE_NULL = Must "12.1" "stix.value.null"
        "no null, which is no data type of STIX: leave the property out"
        "All properties MUST conform to the data type and normative requirements for that \
         property.";
    ENUM_VALUE = Must "2.4" "stix.enum.value"
        "a value of the enumeration"
        "Terms defined in an enum by the specification MUST NOT be expanded by implementations.";
    LIST_EMPTY = Must "2.12" "stix.list.empty"
        "at least one item: leave the property out"
        "Empty lists are prohibited in STIX and MUST NOT be used as a substitute for omitting the \
         property if it is optional.";
    DICTIONARY_EMPTY = Must "2.3" "stix.dictionary.empty"
        "at least one member: leave the property out"
        "Empty dictionaries are prohibited in STIX and MUST NOT be used as a substitute for \
         omitting the property if it is optional.";
    DICTIONARY_KEY = Must "2.3" "stix.dictionary.key"
        "a key of up to 250 of a-z, A-Z, 0-9, hyphen and underscore"
        "Dictionary keys … MUST be in ASCII, and are limited to the characters a-z (lowercase \
         ASCII), A-Z (uppercase ASCII), numerals 0-9, hyphen (-), and underscore (_). Dictionary \
         keys MUST be no longer than 250 ASCII characters in length";
    DICTIONARY_CASE = Should "2.3" "stix.dictionary.key-case"
        "a key in lower case"
        "Dictionary keys MUST be no longer than 250 ASCII characters in length and SHOULD be \
         lowercase.";
    CONTENT_FORM = Should "2.3" "stix.content.form"
        "custom content that keeps the rules of chapter 2: no null, nothing empty, plain keys"
        "dictionary values MUST be valid property base types";
    INTEGER_UNSAFE = Must "2.10" "stix.integer.unsafe"
        "an integer within ±(2^53 − 1)"
        "Unless otherwise specified, all integers MUST be capable of being represented as a \
         signed 54-bit value ([-(2**53)+1, (2**53)-1]) as defined in [RFC7493].";
    NUMBER_RANGE = Must "3.2" "stix.number.out-of-range"
        "a number within the property's limits"
        "The confidence value MUST be a number in the range of 0–100.";
    HEX = Must "2.8" "stix.hex.malformed"
        "an even count of the digits 0-9 and a-f"
        "The string MUST consist of an even number of hexadecimal characters, which are the \
         digits '0' through '9' and the lower-case letters 'a' through 'f'.";
    BINARY = Must "2.1" "stix.binary.malformed"
        "base64 with padding (RFC 4648)"
        "The JSON MTI serialization represents this as a base64-encoded string as specified in \
         [RFC4648]";
    DATE = Must "7.3.1" "stix.date.malformed"
        "`YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a timestamp, as the extension's schema says"
        "The normative definition of the extension, either as a URL or as plain text explaining \
         the definition.";
    LANGUAGE = Must "3.2" "stix.lang.malformed"
        "a language tag of RFC 5646"
        "When present, it MUST be a language code conformant to [RFC5646].";
    KILL_CHAIN_NAME = Should "2.11" "stix.kill-chain.name"
        "lower case with hyphens between words"
        "The value of this property SHOULD be all lowercase and SHOULD use hyphens instead of \
         spaces or underscores as word separators.";
    HASH_KEY = Must "2.7" "stix.hashes.key"
        "3 to 250 of a-z, A-Z, 0-9, hyphen and underscore"
        "Dictionary keys MUST be unique in each hashes property, MUST be in ASCII, and are \
         limited to the characters a-z (lowercase ASCII), A-Z (uppercase ASCII), numerals 0-9, \
         hyphen (-), and underscore (_). Dictionary keys MUST have a minimum length of 3 ASCII \
         characters and MUST be no longer than 250 ASCII characters in length.";
    HASH_FORMAT = Must "2.7" "stix.hashes.format"
        "a digest in the form of its algorithm"
        "The value MUST be a string in the appropriate format defined by the hash type indicated \
         in the dictionary key.";
    HASH_ALGORITHM = Should "2.7" "stix.hashes.algorithm"
        "MD5, SHA-1, SHA-256, SHA-512, SHA3-256, SHA3-512, SSDEEP or TLSH"
        "This name SHOULD come from one of the values defined in the hash-algorithm-ov open \
         vocabulary.";
    TIME_NOT_UTC = Must "2.16.1" "stix.timestamp.not-utc"
        "a time in UTC that ends in `Z`"
        "The timestamp MUST be represented in the UTC timezone and MUST use the \"Z\" designation \
         to indicate this.";
    TIME_MALFORMED = Must "2.16.1" "stix.timestamp.malformed"
        "`YYYY-MM-DDTHH:MM:SS[.digits]Z`"
        "The timestamp property MUST be a valid RFC 3339-formatted timestamp [RFC3339] using the \
         format YYYY-MM-DDTHH:mm:ss[.s+]Z";
    TIME_NO_SUCH = Must "2.16.1" "stix.timestamp.no-such-time"
        "a day and time that exist"
        "The timestamp property MUST be a valid RFC 3339-formatted timestamp [RFC3339]";
    TIME_PRECISION = Must "3.2" "stix.timestamp.precision"
        "at least milliseconds (three digits)"
        "The minimum precision MUST be milliseconds (three digits after the decimal place in \
         seconds), but MAY be more precise.";
    TIME_ORDER = Must "3.6.1" "stix.timestamp.order"
        "times in their order"
        "The modified time MUST NOT be earlier than the created time.";
    REFERENCE_MALFORMED = Must "2.9" "stix.reference.malformed"
        "an identifier `type--UUID`"
        "All identifiers, excluding those used in the deprecated Cyber Observable Container, MUST \
         follow the form object-type--UUID";
    REFERENCE_TARGET = Must "3.3" "stix.reference.target"
        "a reference to an allowed type of object"
        "Some ID references (embedded relationships) may be restricted to a subset of object \
         types, as specified in the description of the property that defines the relationship.";
    REFERENCE_CUSTOM = Should "3.1" "stix.reference.custom"
        "an identifier in a custom property whose name ends in `_ref` or `_refs`"
        "If the value of the property contains an ID reference for embedded relationships it MUST \
         end in _ref";
    REFERENCE_NAME = Should "3.1" "stix.reference.name"
        "a name that ends in `_ref` or `_refs`, as the value is an identifier"
        "If the value of the property contains an ID reference for embedded relationships it MUST \
         end in _ref";
    REFERENCE_BUNDLE = Must "8.2" "stix.reference.bundle"
        "no reference to a bundle"
        "STIX Bundle Object is not a STIX Object and MUST NOT have any relationships to or from \
         it.";
    CONTAINER_REFERENCE = Must "2.13" "stix.container.reference"
        "the key of an object in the same container"
        "All such references are local to the container and the referenced object MUST be \
         provided within the same container.";
    CONTAINER_KEY = Should "2.9" "stix.container.key"
        "the keys \"0\", \"1\", \"2\" and so on"
        "These identifiers SHOULD be a non-negative monotonically increasing integer, \
         incrementing by 1 from a starting value of 0, and represented as a string within the \
         JSON MTI serialization.";
    EXTERNAL_REFERENCE_EMPTY = Must "2.5.2" "stix.external-reference.empty"
        "one of `description`, `url`, `external_id` beside `source_name`"
        "In addition to the source_name property, at least one of the description, url or \
         external_id properties MUST be present.";
    EXTERNAL_REFERENCE_HASH = Must "2.5.1" "stix.external-reference.hash-algorithm"
        "MD5, SHA-1, SHA-256, SHA-512, SHA3-256, SHA3-512, SSDEEP or TLSH"
        "Dictionary keys MUST come from one of the entries listed in the hash-algorithm-ov open \
         vocabulary.";
    EXTERNAL_REFERENCE_URL = Should "2.5.1" "stix.external-reference.url"
        "a URL of RFC 3986"
        "A URL reference to an external resource [RFC3986].";
    EXTERNAL_REFERENCE_ID = Must "4.19.1" "stix.external-reference.id-format"
        "`CVE-YYYY-NNNN` under the source `cve`"
        "When specifying a CVE ID, the source_name property of the external reference MUST be set \
         to cve and the external_id property MUST be the exact CVE identifier.";
    EXTERNAL_REFERENCE_CAPEC = Must "4.1.1" "stix.external-reference.capec-format"
        "`CAPEC-N` under the source `capec`"
        "When specifying a CAPEC ID, the source_name property of the external reference MUST be \
         set to capec and the external_id property MUST be formatted as CAPEC-[id].";
    GRANULAR_ONE = Must "7.2.3" "stix.granular.lang-or-ref"
        "exactly one of `lang` and `marking_ref`"
        "Because each granular marking instance applies to either a language or a marking, one \
         and only one of these properties MUST be present on each instance of a granular marking.";
    SELECTOR_SYNTAX = Must "7.2.3" "stix.granular.selector-syntax"
        "names and `[n]` separated by dots"
        "Selectors contained in the selectors list are strings that consist of multiple \
         components that MUST be separated by the . character. Each component MUST be one of: … A \
         property name or dictionary key, … A zero-based list index, specified as a non-negative \
         integer in square brackets";
    SELECTOR_MISSING = Must "7.2.3" "stix.granular.selector-missing"
        "a selector of something the object holds"
        "Selectors MUST refer to properties or list items that are actually present on the marked \
         object.";
    MARKING_VERSIONED = Must "7.2.1" "stix.marking.versioned"
        "no `modified` and no `revoked`: marking definitions have one version"
        "Unlike other STIX Objects, Marking Definition objects cannot be versioned because it \
         would allow for indirect changes to the markings on a STIX Object.";
    MARKING_CIRCULAR = Must "3.2" "stix.marking.circular"
        "no marking definition that marks itself"
        "In this case, this property MUST NOT contain any references to the same Marking \
         Definition object (i.e., it cannot contain any circular references).";
    MARKING_EMPTY = Must "7.2.1" "stix.marking.no-definition"
        "`definition_type` and `definition`, or an extension"
        "If the extensions property is not present, this property MUST be present.";
    MARKING_TLP = Must "7.2.1" "stix.marking.tlp"
        "one of the published TLP marking definitions, unchanged"
        "Other instances of tlp-marking MUST NOT be used or created (the only instances of TLP \
         marking definitions permitted are those defined here).";
    MARKING_KIND = Should "7.2.1" "stix.marking.definition-type"
        "an extension for a marking that is neither `statement` nor `tlp`"
        "Any new marking definitions SHOULD be specified using the extension facility described \
         in section 7.3.";
    LANGUAGE_CONTENT = Must "7.1.1" "stix.language-content.shape"
        "the same shape in every language: that of the object that is translated"
        "Each item in this list recursively maps to the item at the same position in the list \
         contained in the target object. The lists MUST have the same length.";
    EXTENSION_KEY = Should "3.2" "stix.extension.key"
        "the id of an extension definition or the name of a predefined extension"
        "Dictionary keys SHOULD be the id of a STIX Extension object or the name of a predefined \
         object extension found in this specification";
    EXTENSION_ID = Must "7.3" "stix.extension.no-definition"
        "the id of the extension definition as the key, as the body says `extension_type`"
        "the extensions property (as defined in section 3.2) MUST include the extension \
         definition’s UUID that defines the extension definition object and the extension_type \
         property.";
    EXTENSION_NAME = Must "11.3.1" "stix.extension.name"
        "3 to 250 of a-z, 0-9 and hyphen that end in `-ext`"
        "Custom Extension names MUST be in ASCII and are limited to characters a-z (lowercase \
         ASCII), 0-9, and hyphen (-). … Custom Extension names MUST end with \"-ext\".";
    EXTENSION_PREFIX = Should "11.3.1" "stix.extension.prefix"
        "a name that begins with `x-`"
        "Custom Extension names SHOULD start with \"x-\" followed by a source unique identifier";
    EXTENSION_CARRIER = Should "11.3" "stix.extension.carrier"
        "an extension of this name on cyber-observables only, a predefined one on its own type"
        "Note, custom extensions can only be used with SCOs.";
    EXTENSION_TYPE = Must "3.2" "stix.extension.type-missing"
        "`extension_type`"
        "When this extension facility is used the extension_type property MUST be present.";
    EXTENSION_MISMATCH = Must "3.2" "stix.extension.mismatch"
        "an extension on the type and of the kind that its definition says"
        "The corresponding dictionary values MUST contain the contents of the extension instance.";
    EXTENSION_REDEFINES = Must "7.3" "stix.extension.redefines"
        "an extension that leaves the types and common properties of the standard as they are"
        "This extension mechanism MUST NOT be used to redefine existing standardized objects or \
         properties.";
    EXTENSION_PROPERTIES = Must "7.3.1" "stix.extension.properties"
        "`extension_properties` with `toplevel-property-extension` only"
        "This property MUST only be used when the extension_types property includes a value of \
         toplevel-property-extension.";
    EXTENSION_TOPLEVEL = Should "7.3.1" "stix.extension.toplevel-names"
        "the names of the new properties in `extension_properties`"
        "When this property includes toplevel-property-extension then the extension_properties \
         property SHOULD include one or more property names.";
    EXTENSION_DESCRIPTION = Should "7.3.1" "stix.extension.description"
        "a `description`"
        "While the description property is optional this property SHOULD be populated.";
    BUNDLE_ID = Must "8.1" "stix.bundle.id"
        "an id `bundle--UUID`"
        "An identifier for this Bundle.";
    BUNDLE_PROPERTY = Should "8" "stix.bundle.property"
        "only `type`, `id` and `objects`"
        "A Bundle is transient, and implementations SHOULD NOT assume that other implementations \
         will treat it as a persistent object or keep any custom properties found on the bundle \
         itself.";
    ADVICE_LANG = Should "3.2" "stix.advice.lang"
        "`lang`, as the object holds text that can be translated"
        "This property SHOULD be present if the object type contains translatable text properties \
         (e.g., name, description).";
    ADVICE_HASHES = Should "2.5.1" "stix.advice.url-hashes"
        "`hashes` of what the `url` leads to"
        "This SHOULD be provided when the url property is present.";
}
