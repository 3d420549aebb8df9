//! What a question must not see, asked of each row before it is counted.

/// Holds of a row `o` of objects that the veil does not cover. Takes `$1` = bucket, `$2` = clock,
/// `$3` = reasons that are lifted. The keys of an object's reasons lie together: `0` is the character
/// behind `/`. `+ 0` keeps the question off the index by date, along which every due record of the
/// bucket lies.
pub(super) const UNVEILED: &str = "
    ($1::text = '' OR NOT EXISTS (
        SELECT 1 FROM record v
        WHERE v.bucket = $1 AND v.key >= o.id || '/' AND v.key < o.id || '0'
          AND v.due_us + 0 <= $2::bigint
          AND substr(v.key, length(o.id) + 2) <> ALL ($3::text[])))";
