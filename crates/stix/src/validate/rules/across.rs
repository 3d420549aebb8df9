//! Rules between the objects of one file: chapters 3 and 7. Only [`crate::validate::Across`] asks
//! them.

use super::table;

table! {
    REFERENCE_NOT_IN_FILE = Should "3.3" "stix.reference.not-in-file"
        "an object of the same file"
        "ID references resolve to an object when the value of the ID reference property (e.g., \
         created_by_ref) is an exact match with the id property of another object.";
    VERSION_CONFLICT = Must "3.6" "stix.version.conflict"
        "one content for one `id` and `modified`"
        "Every representation … of a version of an object (identified by the object's id and \
         modified properties) MUST always have the same set of properties and the same values for \
         each property.";
    VERSION_AFTER_REVOCATION = Must "3.6" "stix.version.after-revocation"
        "no version later than the one that revokes the object"
        "Revocation is permanent: once an object is marked as revoked, later versions of that \
         object MUST NOT be created.";
    VERSION_OTHER_CREATOR = Must "3.6" "stix.version.other-creator"
        "the `created_by_ref` of the first version"
        "Producers other than the object creator MUST NOT create new versions of that object.";
    VERSION_OTHER_CREATED = Must "3.2" "stix.version.other-created"
        "the `created` of the first version"
        "The created property MUST NOT be changed when creating a new version of the object.";
    TRANSLATED_VERSION = Must "7.1.1" "stix.language-content.object-modified"
        "the `modified` of a version of the object that is translated"
        "It MUST be an exact match for the modified time of the STIX Object being referenced.";
}
