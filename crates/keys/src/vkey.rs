//! Log keys as verifier keys of C2SP signed notes: `<origin>+<hash>+<base64(0x01 ‖ key)>`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::signature::PublicKey;

/// Signature type of Ed25519 in C2SP signed-note.
const ED25519: u8 = 1;

/// The verifier key of a log with this origin.
pub(crate) fn to_text(origin: &str, key: &PublicKey) -> String {
    let tagged: Vec<u8> = std::iter::once(ED25519).chain(*key.as_bytes()).collect();
    format!("{origin}+{}+{}", note_key_id(origin, key), STANDARD.encode(tagged))
}

/// Origin and key of a verifier key; `None` if the form or the hash in it is wrong.
pub(crate) fn parse(text: &str) -> Option<(&str, PublicKey)> {
    let (origin, rest) = text.split_once('+')?;
    let (hash, key) = rest.split_once('+')?;
    let tagged = STANDARD.decode(key).ok()?;
    let (&kind, bytes) = tagged.split_first()?;
    let key = PublicKey::from_bytes(bytes.try_into().ok()?).ok()?;
    let named = !origin.is_empty() && !origin.chars().any(char::is_whitespace);
    (kind == ED25519 && named && hash == note_key_id(origin, &key)).then_some((origin, key))
}

/// First four bytes of SHA-256(origin ‖ LF ‖ 0x01 ‖ key), hex (C2SP signed-note, key ID).
fn note_key_id(origin: &str, key: &PublicKey) -> String {
    let hash = Sha256::new()
        .chain_update(origin)
        .chain_update([b'\n', ED25519])
        .chain_update(key.as_bytes());
    hex::encode(hash.finalize().into_iter().take(4).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the example in golang.org/x/mod/sumdb/note.
    #[test]
    fn the_published_example_key_is_read_and_written_alike() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let (origin, key) = parse(text).unwrap();
        assert_eq!(origin, "PeterNeumann");
        assert_eq!(to_text(origin, &key), text);
        assert!(parse(&text.replace("c74f20a3", "c74f20a4")).is_none());
        assert!(parse("PeterNeumann").is_none());
    }
}
