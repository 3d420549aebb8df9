//! Rules of single types: chapters 4, 5, 6 and 10, and check digits of identifiers.

use super::table;

table! {
    RELATIONSHIP_TYPE = Must "5.1" "stix.relationship.type"
        "a-z, 0-9 and hyphens"
        "";
    LOCATION_PLACE = Must "4.10" "stix.location.place"
        "a `region`, a `country`, or `latitude` with `longitude`"
        "";
    LOCATION_COUNTRY = Should "4.10" "stix.location.country"
        "an ISO 3166-1 alpha-2 code"
        "";
    ADDRESS = Must "6.8" "stix.address.malformed"
        "an address or network in the notation of its type"
        "";
    OBSERVED_OBJECTS = Should "4.14" "stix.observed-data.objects"
        "`object_refs` in place of the deprecated `objects`"
        "";
    VOCABULARY_VALUE = Should "2.14" "stix.vocabulary.value"
        "a value of the suggested vocabulary"
        "The value of the property SHOULD be chosen from the suggested vocabulary, but MAY be any \
        other string value.";
    SECURITY_CODE = Must "7.3" "enlace.payment-card.security-code"
        "no security code of a payment card: it is dropped before the object is kept"
        "A consumer that receives STIX content containing a STIX extension that it does not \
        understand MAY refuse to process the content or MAY ignore that extension and continue \
        processing the content.";
    CHECK_DIGIT = Should "7.3" "stix.identifier.check-digit"
        "a number whose check digit is right"
        "";
}
