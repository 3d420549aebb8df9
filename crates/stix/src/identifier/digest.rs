//! Digests of files: algorithm and text, `sha-256:e3b0…`.

use super::{Context, Doubt, Normal, glyphs};

/// Names of the vocabulary `hash-algorithm-ov` (lower case) with digits of hexadecimal text.
const HEX: &[(&str, usize)] = &[
    ("md5", 32),
    ("sha-1", 40),
    ("sha-256", 64),
    ("sha-512", 128),
    ("sha3-256", 64),
    ("sha3-512", 128),
    ("sha-224", 56),
    ("sha-384", 96),
    ("md6", 64),
];

/// Digests of no bytes at all: they stand in thousands of reports and name no file.
const OF_NOTHING: &[&str] = &[
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// `algorithm:digest`; the algorithm is the context's scheme, or the only common one of that length.
/// Hexadecimal digits in lower case; SSDEEP keeps its case, which is a part of it; TLSH in lower case
/// without the version `T1` (both spellings are in use).
pub(super) fn hash(raw: &str, context: Context<'_>) -> Normal {
    let text = glyphs::plain(raw);
    let key = context.scheme.map(|scheme| format!("{}:", algorithm(scheme))).unwrap_or_default();
    let behind = text.split_at_checked(key.len()).filter(|(head, _)| head.to_lowercase() == key);
    let (named, digest) = match (context.scheme, text.split_once(':')) {
        (Some(scheme), _) if behind.is_some() => (Some(scheme), behind.map_or("", |(_, d)| d)),
        (Some(scheme), Some((head, rest))) if algorithm(head) == algorithm(scheme) => {
            (Some(scheme), rest)
        }
        (Some(scheme), _) => (Some(scheme), text.as_str()),
        (None, Some((head, rest))) if is_known(&algorithm(head)) => (Some(head), rest),
        (None, _) => (None, text.as_str()),
    };
    let digest = digest.trim();
    let guess = named.map(algorithm).or_else(|| by_length(digest));
    let Some(algorithm) = guess else {
        let mut normal = Normal::new(digest.to_lowercase());
        normal.doubt(Doubt::Ambiguous, "the algorithm is not given and the length is of none");
        return normal;
    };
    let digest = match algorithm.as_str() {
        "ssdeep" => digest.to_owned(),
        "tlsh" => {
            let lower = digest.to_lowercase();
            lower.strip_prefix("t1").filter(|d| d.len() == 70).map_or(lower.clone(), str::to_owned)
        }
        _ => digest.to_lowercase(),
    };
    let mut normal = Normal::new(format!("{algorithm}:{digest}"));
    check(&mut normal, &algorithm, &digest);
    if named.is_none() {
        normal.doubt(Doubt::Ambiguous, "the algorithm was told from the length");
    }
    normal
}

/// The name of an algorithm as in the vocabulary, lower case: `SHA256` and `sha_256` are `sha-256`.
fn algorithm(name: &str) -> String {
    let name = name.trim().to_lowercase().replace('_', "-");
    match name.as_str() {
        "sha1" => "sha-1".to_owned(),
        "sha224" => "sha-224".to_owned(),
        "sha256" => "sha-256".to_owned(),
        "sha384" => "sha-384".to_owned(),
        "sha512" => "sha-512".to_owned(),
        "md-5" => "md5".to_owned(),
        _ => name,
    }
}

fn is_known(algorithm: &str) -> bool {
    matches!(algorithm, "ssdeep" | "tlsh") || HEX.iter().any(|(name, _)| *name == algorithm)
}

fn by_length(digest: &str) -> Option<String> {
    let hex = digest.bytes().all(|c| c.is_ascii_hexdigit());
    let found = HEX.iter().find(|(_, length)| hex && *length == digest.len());
    found.map(|(name, _)| (*name).to_owned())
}

fn check(normal: &mut Normal, algorithm: &str, digest: &str) {
    let hex = digest.bytes().all(|c| c.is_ascii_hexdigit());
    let length = HEX.iter().find(|(name, _)| *name == algorithm).map(|(_, length)| *length);
    match (algorithm, length) {
        (_, Some(_)) if !hex => {
            normal.doubt(Doubt::ImpossibleCharacter, "a digest is written in hexadecimal digits");
        }
        (_, Some(length)) if digest.len() != length => {
            let reason = format!("{} digits, {algorithm} has {length}", digest.len());
            normal.doubt(Doubt::WrongLength, reason);
        }
        ("ssdeep", _) if digest.split(':').count() != 3 => {
            normal.doubt(Doubt::WrongForm, "an SSDEEP digest is block size and two texts");
        }
        ("tlsh", _) if digest.len() != 70 || !hex => {
            normal.doubt(Doubt::WrongForm, "a TLSH digest is 70 hexadecimal digits");
        }
        ("ssdeep" | "tlsh", _) | (_, Some(_)) => {}
        _ => normal.doubt(Doubt::Unchecked, "the algorithm is not known here"),
    }
    if OF_NOTHING.contains(&digest) {
        normal.doubt(Doubt::Placeholder, "the digest of an empty file: the same everywhere");
    }
}
