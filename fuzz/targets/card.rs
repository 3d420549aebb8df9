//! Any bytes as a partner's card: refused with a code, or it prints as a text that is read as the
//! same card. Whoever writes a card holds a key and can sign it, so each is judged as it came and
//! signed.
#![no_main]

use std::path::Path;

use enlace_keys::{Card, CardError, Language, RecoveryKey};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fn check(card: Result<Card, CardError>) {
    match card {
        Ok(card) => {
            let again = Card::parse(&card.to_string()).expect("what was read is read again");
            assert_eq!(again, card);
            assert_eq!(again.party_id().len(), 64);
            assert_eq!(card.words(Language::Spanish).len(), 12);
            assert!(card.log().is_some() && card.identity_id().starts_with("identity--"));
        }
        Err(error) => assert!(error.code().starts_with("keys.card.")),
    }
}

/// A key that its holder chose.
fn key() -> RecoveryKey {
    let text = format!("enlace-key 1 ed25519 {}", "A".repeat(43));
    RecoveryKey::read(&text, Path::new("key")).expect("a key")
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check(Card::parse(text));
    let Ok(mut json) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    let key = key();
    json.insert("key".to_owned(), key.public_key().to_string().into());
    check(Card::from_json(key.sign_within(json)));
});
