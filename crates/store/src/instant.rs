//! The sort form of a published version.

/// A STIX time without zone and trailing zeros: byte order is the order of instants
/// (`enlace_stix::Timestamp::sort_key`). Other texts stay as they are.
pub(crate) fn instant(version: &str) -> &str {
    match version.strip_suffix('Z') {
        Some(bare) if bare.contains('.') => bare.trim_end_matches('0').trim_end_matches('.'),
        Some(bare) => bare,
        None => version,
    }
}
