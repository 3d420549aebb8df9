//! Fingerprints as words that two officers compare over the phone.

use crate::signature::PublicKey;

/// The language of a fingerprint's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// The English BIP-39 list.
    English,
    /// The Spanish BIP-39 list.
    Spanish,
}

impl PublicKey {
    /// Twelve words of the BIP-39 list over the first 128 bits of SHA-256 of the key.
    ///
    /// The last word also carries four check bits. Both languages stand for the same bits.
    pub fn words(&self, language: Language) -> Vec<&'static str> {
        let list = match language {
            Language::English => bip39::Language::English,
            Language::Spanish => bip39::Language::Spanish,
        };
        let digest = self.digest();
        let half = digest.first_chunk::<16>().copied().unwrap_or_default();
        // INVARIANT: 16 bytes are a legal BIP-39 entropy, so this never falls to the empty list.
        bip39::Mnemonic::from_entropy_in(list, &half)
            .map(|mnemonic| mnemonic.words().collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_twelve_words_in_either_language() {
        let key: PublicKey = "GlzZBxQ8OExB6DDFvOEqqIF-xWSaqr8sMTiLNbLXRNY".parse().unwrap();
        let (english, spanish) = (key.words(Language::English), key.words(Language::Spanish));
        assert_eq!((english.len(), spanish.len()), (12, 12));
        assert_ne!(english, spanish);
        let bits =
            |words: &[&str], l| bip39::Mnemonic::parse_in(l, words.join(" ")).unwrap().to_entropy();
        let entropy = bits(&english, bip39::Language::English);
        assert_eq!(entropy, bits(&spanish, bip39::Language::Spanish));
        assert_eq!(entropy, key.digest()[..16]);
    }
}
