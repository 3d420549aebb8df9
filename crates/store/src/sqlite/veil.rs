//! What a question must not see, asked of each row before it is counted.

use crate::Veil;

/// Holds of a row `o` of objects that the veil does not cover. Takes `:veil`, `:now`, `:lifted`.
/// The keys of an object's reasons lie together: `0` is the character behind `/`. The plus keeps
/// the question off the index by date, along which every due record of the bucket lies.
pub(super) const UNVEILED: &str = "
    (:veil = '' OR NOT EXISTS (
        SELECT 1 FROM record v
        WHERE v.bucket = :veil AND v.key >= o.id || '/' AND v.key < o.id || '0'
          AND +v.due_us <= :now
          AND substr(v.key, length(o.id) + 2) NOT IN (SELECT value FROM json_each(:lifted))))";

/// The reasons that are lifted, as `:lifted`.
pub(super) fn lifted(veil: &Veil) -> String {
    serde_json::Value::from(veil.lifted.as_slice()).to_string()
}
