"""Where an oracle and the standard part: one entry for each kind of disagreement, with the sentence
of STIX 2.1 (errata 01) that decides.

An entry without a sentence of its own is decided by the sentence of its rule, as the rule table
prints it (`enlace_stix::validate::RULES`). Nothing stands here only because we differ: a
disagreement that no sentence decides for us is a bug of ours.
"""

import re
from dataclasses import dataclass

from .verdicts import LIBRARY, VALIDATOR


@dataclass(frozen=True)
class Entry:
    """A known disagreement over the cases of one rule (`*` = of any)."""

    rule: str
    oracle: str
    # The oracle approves what breaks the rule; otherwise it refuses what is sound.
    accepts: bool
    why: str
    section: str = ""
    sentence: str = ""
    # Found in the oracle's complaint, or in the note of a case that it approves.
    when: str = ""

    def covers(self, rule, oracle, accepts, text):
        """Whether the entry speaks of this disagreement."""
        return (
            self.rule in ("*", rule)
            and (self.oracle, self.accepts) == (oracle, accepts)
            and bool(re.search(self.when, text, re.S))
        )


def _accepts(oracle, rules):
    return [Entry(rule, oracle, True, why) for rule, why in rules.items()]


def _refuses(oracle, rule, when, section, sentence, why):
    return Entry(rule, oracle, False, why, section, sentence, when)


_NODE = "a limit of this node, which RFC 8259 §9 lets a reader set; the oracle has another"

_VALIDATOR_ACCEPTS = {
    "stix.object.too-large": _NODE,
    "stix.object.too-deep": _NODE,
    "stix.json.duplicate-member": "Python's reader keeps the last member and never tells",
    "stix.type.bundle": "a bundle is validated as a bundle wherever it stands",
    "stix.id.type-mismatch": "the id of a type without a schema is not compared with its type",
    "stix.sco.versioned-namespace": "deterministic ids are never computed",
    "stix.spec-version.not-2-1": "an observable that says 2.0 is measured by the rules of 2.0",
    "stix.property.name": "names of custom properties are a warning, if looked at at all",
    "stix.property.reserved": "its list says `phone_numbers` where the standard says "
    "`phone_number`",
    "stix.property.defanged": "`defanged` is not looked at outside observables",
    "stix.property.encoding-alone": "the original property is not asked for",
    "stix.dictionary.key": "an empty key is not matched against any pattern",
    "stix.integer.unsafe": "no limit is set to integers without one of their own",
    "stix.number.out-of-range": "some counts have no lower limit in the schemas",
    "stix.hex.malformed": "the schema allows upper-case digits",
    "stix.date.malformed": "the schema of the extension is ours; the oracle does not read it",
    "stix.timestamp.precision": "the precision of `created` of a marking definition is not "
    "looked at",
    "stix.timestamp.order": "times are compared as texts: `.0000001Z` sorts before `.000Z`",
    "stix.reference.malformed": "references of predefined extensions and of some observables "
    "are strings to it",
    "stix.reference.target": "the type of most references is looked at only inside the "
    "deprecated container",
    "stix.reference.bundle": "references of custom properties are not looked at",
    "stix.granular.lang-or-ref": "the schema asks for `marking_ref` alone and lets `lang` stand "
    "beside it",
    "stix.granular.selector-missing": "an index into a string selects a character for it",
    "stix.marking.versioned": "`modified` and `revoked` of a marking definition are not looked at",
    "stix.marking.tlp": "the id of a published TLP definition on a statement is not looked at",
    "stix.language-content.shape": "the translations are not compared with each other",
    "stix.extension.no-definition": "`extension_type` under a custom name is not looked at",
    "stix.extension.name": "the length of a custom extension's name is not looked at",
    "stix.extension.mismatch": "the schema of the extension is ours; the oracle does not read it",
    "stix.extension.redefines": "what an extension redefines is not looked at",
    "stix.indicator.pattern": "a pattern of white space is no error where no description is "
    "asked for",
    "stix.container.unrelated": "the container is not looked at as a whole",
    "stix.network-traffic.protocol-order": "the order of protocols is not looked at",
    "enlace.payment-card.security-code": "a rule of this node, which the standard allows and does "
    "not ask for",
    "stix.version.conflict": "objects of a bundle are judged one by one; two versions alike are a "
    "warning",
    "stix.version.after-revocation": "objects of a bundle are judged one by one",
    "stix.version.other-creator": "objects of a bundle are judged one by one",
    "stix.version.other-created": "objects of a bundle are judged one by one",
    "stix.language-content.object-modified": "objects of a bundle are judged one by one",
    "stix.observed-data.no-sco": "the types of `object_refs` are not looked at",
    "stix.email-address.malformed": "its test of mail addresses lets a leading dot pass",
    "stix.email-message.encoded-word": "only some forms of encoded words are known to its schema",
    "stix.archive.no-file": "the types in an archive are not looked at",
}

# python-stix2 builds objects and was made to be lenient with what it reads.
_UNCHECKED = "the library does not check this when it parses"
_LIBRARY_ACCEPTS = {
    **{rule: why for rule, why in _VALIDATOR_ACCEPTS.items() if "Python" in why or why is _NODE},
    "stix.list.empty": "an empty list is left out silently",
    "stix.value.null": "a null is left out silently",
    "stix.property.missing": "a missing `spec_version` is taken for 2.0, and custom types have no "
    "required properties",
    "stix.id.malformed": "ids of custom and unknown types are not parsed",
    "*": _UNCHECKED,
}

_VALIDATOR_REFUSES = [
    _refuses(
        VALIDATOR,
        "*",
        r"granular_markings\[\d+\]: 'marking_ref' is a required property",
        "7.2.3",
        "Because each granular marking instance applies to either a language or a marking, one "
        "and only one of these properties MUST be present on each instance of a granular marking.",
        "the schema asks for `marking_ref` even where `lang` stands",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"is not a valid RFC 5646 language code|Invalid key '.*' in 'contents'",
        "3.2",
        "When present, it MUST be a language code conformant to [RFC5646].",
        "a fixed list of 200 tags stands for RFC 5646, which has a grammar and compares without "
        "regard to case",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"selectors\[\d+\]: .* does not match",
        "7.2.3",
        "Each component MUST be one of: … A property name or dictionary key",
        "the schema of selectors knows property names only; dictionary keys may be upper case",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"additional_header_fields\.\S+: \[.*is not valid under any of the given schemas",
        "6.6.1",
        "The corresponding value for each dictionary key MUST always be a list of type string to "
        "support when a header field is repeated.",
        "the schema asks for two items in a list or for a plain string",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"startup_info: .*do(es)? not match any of the regexes",
        "6.13.2",
        "each key MUST be a case-preserved version of the original name",
        "a list of the names known to its authors stands for the structure, which we do not know "
        "at all",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"exif_tags: .*do(es)? not match any of the regexes",
        "6.7.5",
        "each dictionary key MUST be a case-preserved version of the EXIF tag name, e.g., "
        "XResolution",
        "a pattern stands for the register of EXIF tags, which we do not know at all",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"socket-ext\.options: .*do(es)? not match any of the regexes",
        "6.12.4",
        "Each key in the dictionary SHOULD be a case-preserved version of the option name, e.g., "
        "SO_ACCEPTCONN.",
        "a SHOULD is made a MUST",
    ),
    _refuses(
        VALIDATOR,
        "stix.external-reference.url",
        r"is not a 'uri'",
        "2.5.1",
        "A URL reference to an external resource [RFC3986].",
        "the description of an optional text is made a MUST",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"mime_type",
        "6.1.1",
        "Whenever feasible, this value SHOULD be one of the values defined in the Template column "
        "in the IANA media type registry [Media Types].",
        "a SHOULD is made a MUST for artifacts",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"(_hex: .* does not match|_bin: .* must be a base64-encoded string)",
        "11.1.1",
        "For Custom Properties that use the hex type, the property name MUST end with '_hex'.",
        "the sentence binds hexadecimal values to a suffix, not every value under the suffix to "
        "be hexadecimal",
    ),
    _refuses(
        VALIDATOR,
        "stix.property.reserved",
        r"Contains a reserved property .*'phone_numbers'",
        "3.8",
        "Properties that are currently reserved across all STIX Objects are: … severity … "
        "username … phone_number … action",
        "`phone_numbers` is reserved by nobody",
    ),
    _refuses(
        VALIDATOR,
        "stix.type.name",
        r"id: '[a-z0-9-]+---.*does not match the id format",
        "11.2.1",
        "The type property MUST NOT contain a hyphen (-) character immediately following another "
        "hyphen (-) character.",
        "a type may end in a hyphen, but the schema of ids does not let it",
    ),
    _refuses(
        VALIDATOR,
        "stix.property.one-of",
        r"'type': 'windows-registry-key'",
        "6.17",
        "As all properties of this object are optional, at least one of the properties defined "
        "below MUST be included when using this object.",
        "the schema spells the property `modified`",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"\((\S+)\.\d+Z\) must be later than .*\(\1\.\d+Z\)",
        "3.6.1",
        "The modified time MUST NOT be earlier than the created time.",
        "times are compared as texts: `.1000001Z` sorts before `.100Z`",
    ),
    _refuses(
        VALIDATOR,
        "*",
        r"broke down: KeyError: 'id'",
        "2.9",
        "These identifiers SHOULD be a non-negative monotonically increasing integer, "
        "incrementing by 1 from a starting value of 0, and represented as a string within the "
        "JSON MTI serialization.",
        "it breaks down over observables in the deprecated container, whose keys are their ids",
    ),
    _refuses(
        VALIDATOR,
        "stix.marking.tlp",
        r"TLP marking definitions must match one of those",
        "2.16.1",
        "using the format YYYY-MM-DDTHH:mm:ss[.s+]Z where the \"s+\" represents 1 or more "
        "sub-second values",
        "the text of `created` is compared, not the time that it says",
    ),
    _refuses(
        VALIDATOR,
        "stix.email-address.malformed",
        r"is not a 'email'",
        "6.5.1",
        "This property corresponds to the addr-spec construction in section 3.4 of [RFC5322]",
        "its test of mail addresses knows no apostrophe, which is an `atext` of RFC 5322",
    ),
    _refuses(
        VALIDATOR,
        "stix.address.malformed",
        r"value: '[\d.\[\]]+' does not match",
        "3.2",
        "This property defines whether or not the data contained within the object has been "
        "defanged.",
        "a defanged address is no address any more, on purpose",
    ),
    _refuses(
        VALIDATOR,
        "stix.address.malformed",
        r"value: '::ffff:",
        "6.9.1",
        "Specifies the values of one or more IPv6 addresses expressed using CIDR notation.",
        "its pattern does not know the mixed notation of RFC 4291 §2.2",
    ),
]

_LIBRARY_REFUSES = [
    _refuses(
        LIBRARY,
        "*",
        r"must be a datetime object, date object, or timestamp string",
        "2.16.1",
        "using the format YYYY-MM-DDTHH:mm:ss[.s+]Z where the \"s+\" represents 1 or more "
        "sub-second values",
        "more than six digits of a second are not read",
    ),
    _refuses(
        LIBRARY,
        "*",
        r"is not a valid (WHIRLPOOL|RIPEMD160|MD5|SHA256|SHA-?\d+) hash",
        "2.7",
        "This name SHOULD come from one of the values defined in the hash-algorithm-ov open "
        "vocabulary.",
        "a name that looks like a known algorithm is taken for it",
    ),
    _refuses(
        LIBRARY,
        "*",
        r"Incorrect options key",
        "6.12.4",
        "Each key in the dictionary SHOULD be a case-preserved version of the option name, e.g., "
        "SO_ACCEPTCONN.",
        "a SHOULD is made a MUST",
    ),
    _refuses(
        LIBRARY,
        "*",
        r"not a valid STIX identifier, must match <object-type>--<UUID>",
        "2.9",
        "STIX Cyber-observable Objects that are used in the deprecated Cyber Observable Container "
        "MAY use any string value for the identifier.",
        "the keys of the deprecated container are taken for identifiers of version 2.1",
    ),
    _refuses(
        LIBRARY,
        "*",
        r"InvalidSelectorError|must adhere to selector syntax",
        "7.2.3",
        "Selectors MUST refer to properties or list items that are actually present on the marked "
        "object.",
        "selectors of what lies in lists of dictionaries and in extensions are not followed, nor "
        "upper-case keys",
    ),
    _refuses(
        LIBRARY,
        "stix.marking.definition-type",
        r"definition_type must be a valid marking type",
        "7.2.1",
        "The value of the definition_type property SHOULD be one of the types defined in the "
        "subsections below: statement or tlp",
        "a SHOULD is made a MUST",
    ),
]

ENTRIES = [
    *_accepts(VALIDATOR, _VALIDATOR_ACCEPTS),
    *_VALIDATOR_REFUSES,
    *_LIBRARY_REFUSES,
    *_accepts(LIBRARY, _LIBRARY_ACCEPTS),
]


def entry_for(rule, oracle, accepts, text):
    """The entry that decides a disagreement, or `None`. A rule's own entry goes first."""
    found = [e for e in ENTRIES if e.covers(rule, oracle, accepts, text)]
    return min(found, key=lambda e: e.rule == "*", default=None)


@dataclass(frozen=True)
class Published:
    """A complaint in stix2-validator's own tests that the standard does not carry."""

    when: str
    section: str
    sentence: str
    why: str

    def covers(self, complaint):
        """Whether the entry speaks of this complaint."""
        return bool(re.search(self.when, complaint, re.S))


PUBLISHED = [
    Published(
        r"\{101\} Custom (property|object type) '.*' should (have a type that )?start",
        "7.3",
        "Define additional properties for an existing STIX Object type at the object’s top-level.",
        "a prefix is asked for where an extension defines the name",
    ),
    Published(
        r"\{203\} Duplicate ID",
        "3.2",
        "For objects that support versioning, all objects with the same id are considered "
        "different versions of the same object",
        "two texts of one version are a matter between objects, judged where they are kept",
    ),
    Published(
        r"is not a valid check",
        "12.1",
        "All properties MUST conform to the data type and normative requirements for that "
        "property.",
        "the test is about an option of the checker, the object is sound",
    ),
    Published(
        r"\{302\} External reference '.*' has a URL but no hash",
        "2.5.1",
        "This SHOULD be provided when the url property is present.",
        "advice about what could be added is given only where it is asked for",
    ),
]

# Where stix2-validator is right and we do not look yet: said apart, never counted as passed.
LATER = [
    Published(
        r"Pattern failed to validate",
        "4.7.1",
        "The value of this property MUST match the type of pattern data included in the pattern "
        "property.",
        "patterns are not read yet",
    ),
]

# Rules that a fixture said to be valid breaks, because it is measured by the rules of version 2.0.
OF_VERSION_2_0 = frozenset({"stix.property.missing", "stix.spec-version.not-2-1"})
