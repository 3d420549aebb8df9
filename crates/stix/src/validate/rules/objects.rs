//! Rules of single types: chapters 4, 5, 6 and 10, and check digits of identifiers.

use super::table;

table! {
    VOCABULARY_VALUE = Should "2.14" "stix.vocabulary.value"
        "a value of the suggested vocabulary"
        "The value of the property SHOULD be chosen from the suggested vocabulary, but MAY be any \
         other string value.";
    VOCABULARY_FORM = Should "2.14" "stix.vocabulary.form"
        "lower case, with hyphens between words"
        "Values that are not from the suggested vocabulary SHOULD be all lowercase and SHOULD use \
         hyphens instead of spaces or underscores as word separators.";
    CONTAINER_UNRELATED = Must "4.14.1" "stix.container.unrelated"
        "objects that references join"
        "Multiple objects not related to each other via cyber observable Relationships MUST NOT \
         be contained within the same Observed Data instance.";
    GROUPING_NAME = Should "4.4.1" "stix.grouping.name"
        "a `name`"
        "name (required) … A name used to identify the Grouping.";
    INDICATOR_CONTEXT = Should "4.7.1" "stix.indicator.context"
        "this property, which says what the indicator does"
        "Producers SHOULD provide this property to help products and analysts understand what \
         this Indicator actually does.";
    INDICATOR_PATTERN = Must "4.7.1" "stix.indicator.pattern"
        "a pattern of the language that `pattern_type` names"
        "The value of this property MUST match the type of pattern data included in the pattern \
         property.";
    LOCATION_PLACE = Must "4.10" "stix.location.place"
        "a `region`, a `country`, or `latitude` with `longitude`"
        "At least one of the following properties/sets of properties MUST be provided: … region … \
         country … latitude and longitude";
    LOCATION_COUNTRY = Should "4.10.1" "stix.location.country"
        "an ISO 3166-1 alpha-2 code"
        "This property SHOULD contain a valid ISO 3166-1 ALPHA-2 Code [ISO3166-1].";
    LOCATION_AREA = Should "4.10.1" "stix.location.administrative-area"
        "an ISO 3166-2 code"
        "This property SHOULD contain a valid ISO 3166-2 Code [ISO3166-2].";
    LOCATION_PRECISION = Should "4.10" "stix.location.precision"
        "`precision` beside `latitude` and `longitude`"
        "Organizations specifying a designated location using latitude and longitude SHOULD \
         specify the precision which is appropriate for the scope of the location being \
         identified.";
    ANALYSIS_PRODUCT = Should "4.12.1" "stix.malware-analysis.product"
        "lower case, with dashes between words"
        "Product names SHOULD be all lowercase with words separated by a dash \"-\".";
    OBSERVED_OBJECTS = Should "2.13" "stix.observed-data.objects"
        "`object_refs` in place of the deprecated `objects`"
        "Representing Cyber-observable Objects in an Observable Container has been deprecated and \
         SHOULD NOT be used when creating new content.";
    OBSERVED_NO_SCO = Must "4.14.1" "stix.observed-data.no-sco"
        "at least one cyber-observable"
        "The object_refs MUST contain at least one SCO reference if defined.";
    RELATIONSHIP_TYPE = Must "5.1.2" "stix.relationship.type"
        "a-z, 0-9 and hyphens"
        "The value of this property MUST be in ASCII and is limited to characters a-z (lowercase \
         ASCII), 0-9, and hyphen (-).";
    RELATIONSHIP_UNLISTED = Should "5.1.2" "stix.relationship.unlisted"
        "a relationship that is defined between these types"
        "This value SHOULD be an exact value listed in the relationships for the source and \
         target SDO, but MAY be any string.";
    MEDIA_TYPE = Should "6.7.1" "stix.media-type.malformed"
        "a media type of the IANA registry, without parameters"
        "Whenever feasible, this value SHOULD be one of the values defined in the Template column \
         in the IANA media type registry [Media Types].";
    DOMAIN_NAME = Must "6.4.1" "stix.domain-name.malformed"
        "a domain name of RFC 1034 with labels of RFC 5890"
        "The value of this property MUST conform to [RFC1034], and each domain and sub-domain \
         contained within the domain name MUST conform to [RFC5890].";
    EMAIL_ADDRESS = Must "6.5.1" "stix.email-address.malformed"
        "`local@domain` without a display name (RFC 5322 §3.4)"
        "This MUST NOT include the display name. This property corresponds to the addr-spec \
         construction in section 3.4 of [RFC5322], for example, jane.smith@example.com.";
    EMAIL_ENCODED = Must "6.6" "stix.email-message.encoded-word"
        "the decoded text of the header field"
        "Header field values that have been encoded as described in section 2 of [RFC2047] MUST \
         be decoded before inclusion in Email Message object properties.";
    ARCHIVE_NO_FILE = Must "6.7.2" "stix.archive.no-file"
        "a reference to at least one file"
        "This property specifies the files that are contained in the archive. It MUST contain \
         references to one or more File objects.";
    PE_TIME = Must "6.7.6" "stix.pe-binary.time-precision"
        "a time without fractions of a second"
        "The timestamp value MUST be precise to the second.";
    ADDRESS = Must "6.8" "stix.address.malformed"
        "an address or network in the notation of its type"
        "Specifies the values of one or more IPv4 addresses expressed using CIDR notation. … The \
         MAC address value MUST be represented as a single colon-delimited, lowercase MAC-48 \
         address, which MUST include leading zeros for each octet.";
    NETWORK_PORTS = Should "6.12" "stix.network-traffic.ports"
        "`src_port` and `dst_port`"
        "However, a Network Traffic object MUST contain the protocols property and at least one \
         of the src_ref or dst_ref properties and SHOULD contain the src_port and dst_port \
         properties.";
    NETWORK_PROTOCOL = Should "6.12.1" "stix.network-traffic.protocol"
        "a service name of the IANA registry, in lower case"
        "The protocol names SHOULD come from the service names defined in the Service Name column \
         of the IANA Service Name and Port Number Registry [Port Numbers].";
    NETWORK_ORDER = Must "6.12.1" "stix.network-traffic.protocol-order"
        "the outer protocol before the inner one"
        "Protocols MUST be listed in low to high order, from outer to inner in terms of packet \
         encapsulation. That is, the protocols in the outer level of the packet, such as IP, MUST \
         be listed first.";
    NETWORK_EXTENSION = Should "6.12.1" "stix.network-traffic.extension-protocol"
        "the protocol of the extension among `protocols`"
        "If the protocol extension is present, the corresponding protocol value for that \
         extension SHOULD be listed in this property.";
    NETWORK_IPFIX = Should "6.12.1" "stix.network-traffic.ipfix-name"
        "the name of an IPFIX element: letters and digits, a small letter first"
        "Accordingly, each dictionary key SHOULD be a case-preserved version of the IPFIX element \
         name, e.g., octetDeltaCount.";
    SOCKET_OPTION = Should "6.12.4" "stix.socket.option"
        "the name of a socket option, as `SO_ACCEPTCONN`"
        "Each key in the dictionary SHOULD be a case-preserved version of the option name, e.g., \
         SO_ACCEPTCONN.";
    PROCESS_PRIORITY = Should "6.13.2" "stix.process.priority"
        "a text that ends in `_CLASS`"
        "This value SHOULD be a string that ends in _CLASS.";
    SOFTWARE_CPE = Must "6.14.1" "stix.software.cpe"
        "a formatted string of CPE 2.3"
        "The value for this property MUST be a CPE v2.3 entry from the official NVD CPE \
         Dictionary [NVD].";
    URL = Must "6.15.1" "stix.url.malformed"
        "an absolute URL of RFC 3986"
        "The value of this property MUST conform to [RFC3986], more specifically section 1.1.3 \
         with reference to the definition for \"Uniform Resource Locator\".";
    REGISTRY_HIVE = Must "6.17.1" "stix.registry-key.hive"
        "the hive in full, as `HKEY_LOCAL_MACHINE`"
        "The hive portion of the key MUST be fully expanded and not truncated; e.g., \
         HKEY_LOCAL_MACHINE must be used instead of HKLM.";
    SECURITY_CODE = Must "7.3" "enlace.payment-card.security-code"
        "no security code of a payment card: it is dropped before the object is kept"
        "A consumer that receives STIX content containing a STIX extension that it does not \
        understand MAY refuse to process the content or MAY ignore that extension and continue \
        processing the content.";
    CHECK_DIGIT = Should "7.3.1" "stix.identifier.check-digit"
        "a number whose check digit is right"
        "The normative definition of the extension, either as a URL or as plain text explaining \
         the definition.";
}
