//! The rules by which 2.0 becomes 2.1, each with its reason as reports give it.

/// One rule of the upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable code: `stix20.labels`.
    pub code: &'static str,
    /// Why, in words for people.
    pub reason: &'static str,
}

macro_rules! rules {
    ($($name:ident = $code:literal $reason:literal;)*) => {
        $(pub(super) const $name: Rule = Rule { code: $code, reason: $reason };)*

        /// All rules, in the order of docs/stix/upgrade.md.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    SPEC_VERSION = "stix20.spec-version"
        "in 2.1 every object states its version; the bundle no longer does (§3.2, §8)";
    LABELS = "stix20.labels"
        "what 2.0 calls the labels of this type are its types in 2.1; `labels` are free now";
    PATTERN = "stix20.pattern"
        "2.0 knows one language of patterns; the pattern is kept as written and names its version";
    FAMILY = "stix20.is-family"
        "a malware of 2.0 is a name and a text, with nothing of a single sample: a family";
    SECTOR = "stix20.sector"
        "2.1 spells this value of industry-sector-ov `defense`";
    TLP_NAME = "stix20.tlp-name"
        "the TLP definition as 2.1 publishes it under the same id has a name";
    PRECISION = "stix20.created-precision"
        "2.1 asks for milliseconds in `created`; the instant is the same";
    REFERENCE_HASH = "stix20.reference-hash"
        "2.1 takes only algorithms of hash-algorithm-ov in an external reference (§2.5)";
    OBJECTS = "stix20.observed-objects"
        "observables are objects of their own in 2.1, named by `object_refs`";
    KEPT = "stix20.observed-objects-kept"
        "a member has no usable type or refers to nothing; the old container, which 2.1 still \
         allows, is kept as it is (§2.13)";
    ID = "stix20.observable-id"
        "the deterministic id of §2.9, from the contributing properties";
    ID_DERIVED = "stix20.observable-id-derived"
        "§2.9 gives no deterministic id here; it is derived from the object it was found in";
    MARKED = "stix20.observable-marking"
        "the marking of the observed data covered the observables inside it";
    UNITED = "stix20.observable-marking-united"
        "the file has the same observable under other markings too: all of them hold";
    REFERENCE = "stix20.observable-reference"
        "keys of the old container are ids of objects now";
    TIMES = "stix20.observable-times"
        "the common properties `created` and `modified` took these names";
    RENAMED = "stix20.observable-renamed"
        "2.1 gave this property another name";
    HASH_NAME = "stix20.hash-name"
        "the name of the algorithm as hash-algorithm-ov of 2.1 writes it";
    HEADER = "stix20.header-list"
        "2.1 has a list of texts for every header field";
    LANGUAGE = "stix20.software-language"
        "ISO 639-2 in 2.0, RFC 5646 in 2.1";
    COMMAND_LINE = "stix20.process-command-line"
        "2.1 knows neither name nor arguments of a process, and nothing else was said of it";
    SELECTORS = "stix20.selectors"
        "granular markings follow what they mark";
    REMOVED = "stix20.removed-property"
        "2.1 has no such property; kept under a name of its own";
    STRICTER = "stix20.stricter-value"
        "2.1 does not allow this value here; kept under a name of its own";
    TOO_MANY = "stix20.too-many-markings"
        "so many markings of so many parts are not carried over; the object is left as it is";
    RESERVED = "stix20.reserved-name"
        "2.1 reserves this name; kept under a name of its own (§3.8)";
    COLLISION = "stix20.name-collision"
        "2.1 uses this name for another kind of value; kept under a name of its own";
    SET_ASIDE = "stix20.name-taken"
        "the object has the new name too; kept under a name of its own";
}
