//! Names of hash algorithms: hash-algo-ov of 2.0 and hash-algorithm-ov of 2.1 (§10.7).

use super::draft::Draft;
use super::rules;

/// Algorithms of 2.1 and the length of their digests in hex characters; 0 = another form.
const ALGORITHMS: [(&str, usize); 8] = [
    ("MD5", 32),
    ("SHA-1", 40),
    ("SHA-256", 64),
    ("SHA-512", 128),
    ("SHA3-256", 64),
    ("SHA3-512", 128),
    ("SSDEEP", 0),
    ("TLSH", 0),
];

/// Most algorithms that are looked at one by one; there is no such file, and more of them would
/// only cost time.
const MOST: usize = 100;

/// Writes the algorithms of the dictionary at `path` as 2.1 does.
pub(super) fn rename(path: &str, draft: &mut Draft) {
    let Some(hashes) = draft.dictionary(path).filter(|h| h.len() <= MOST) else { return };
    let renamed: Vec<(String, &str)> = hashes
        .iter()
        .filter_map(|(name, digest)| {
            let new = standard(name, digest.as_str()?)?;
            let free = new != name && !hashes.contains_key(new);
            free.then(|| (format!("{path}.{name}"), new))
        })
        .collect();
    for (old, new) in renamed {
        draft.rename(&old, new, rules::HASH_NAME);
    }
}

/// Sets aside the algorithms that 2.1 does not list, where it takes no others.
pub(super) fn close(path: &str, draft: &mut Draft) {
    let Some(hashes) = draft.dictionary(path) else { return };
    let listed = |name: &str| ALGORITHMS.iter().any(|(known, _)| *known == name);
    let others: Vec<String> = hashes
        .keys()
        .filter(|name| !listed(name) && !name.contains('.'))
        .map(|name| format!("{path}.{name}"))
        .collect();
    if others.len() > MOST {
        return draft.set_aside(path, rules::REFERENCE_HASH);
    }
    for other in others {
        draft.set_aside(&other, rules::REFERENCE_HASH);
    }
}

/// The name in 2.1 of an algorithm written otherwise (`sha256`, `ssdeep`), where the digest fits.
fn standard(name: &str, digest: &str) -> Option<&'static str> {
    let bare = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let (known, length) = ALGORITHMS.iter().find(|(known, _)| bare(known) == bare(name))?;
    let hex = digest.bytes().all(|c| c.is_ascii_hexdigit());
    (*length == 0 || (digest.len() == *length && hex)).then_some(*known)
}
