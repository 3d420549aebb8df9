//! Words to search by: folded and stemmed here, so that every database gets the same tokens.
//!
//! A word becomes up to three tokens: itself without accents and in lower case, its Spanish stem
//! and its English stem. Two words meet when they share a token. This finds plurals in both
//! languages without knowing which one a text is in; the price is a few meetings that a reader
//! would not make, which ranking puts last.

use std::cell::RefCell;
use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest token in characters; what follows is cut off (a SHA-512 in hex fits).
const LONGEST: usize = 128;
/// Most words of a question that are used.
const MOST_WORDS: usize = 32;

/// One word of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Tokens of which one must occur.
    pub tokens: Vec<String>,
    /// Whether the one token may be the beginning of a longer one (`word*`).
    pub prefix: bool,
}

/// The tokens of a text, in the order of its words.
///
/// ```
/// let tokens = enlace_store::text::tokens("Teléfonos");
/// assert_eq!(tokens, enlace_store::text::tokens("telefonos"));
/// assert!(enlace_store::text::tokens("teléfono").iter().any(|t| tokens.contains(t)));
/// ```
pub fn tokens(text: &str) -> Vec<String> {
    KNOWN.with_borrow_mut(|known| {
        let mut found = Vec::new();
        for word in words(text) {
            found.extend_from_slice(known.variants(word));
        }
        found
    })
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::new(Known { stemmers: Stemmers::new(), words: HashMap::new() });
}

/// Most words of which a thread keeps the variants: texts repeat few words most of the time, and
/// stemming costs more than all else that is done with a word.
const MOST_KNOWN: usize = 4_096;

struct Known {
    stemmers: Stemmers,
    words: HashMap<String, Vec<String>>,
}

impl Known {
    fn variants(&mut self, word: String) -> &[String] {
        if self.words.len() >= MOST_KNOWN && !self.words.contains_key(&word) {
            self.words.clear();
        }
        let stemmers = &self.stemmers;
        self.words.entry(word).or_insert_with_key(|word| stemmers.variants(word.clone()))
    }
}

/// The words of a question; empty when it has none. All must occur. `word*` is a prefix.
pub fn question(text: &str) -> Vec<Word> {
    let stemmers = Stemmers::new();
    let mut found = Vec::new();
    for part in text.split_whitespace() {
        let mut folded = words(part).peekable();
        while let Some(word) = folded.next() {
            let prefix = part.ends_with('*') && folded.peek().is_none();
            let tokens = if prefix { vec![word] } else { stemmers.variants(word) };
            found.push(Word { tokens, prefix });
        }
    }
    found.truncate(MOST_WORDS);
    found
}

/// Words without accents, in lower case, split at everything that is no letter or digit.
fn words(text: &str) -> impl Iterator<Item = String> {
    let found: Vec<String> = fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST).collect())
        .collect();
    found.into_iter()
}

/// Without accents, in lower case. Letters of ASCII, most of them, need no tables; apart from marks,
/// which go, no letter depends on its neighbours.
///
/// Nodes compare names in this form with each other (hit/no-hit): it stays as it is.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        let (plain, others) = rest.split_at(end);
        folded.extend(plain.chars().map(|c| c.to_ascii_lowercase()));
        let end = others.bytes().position(|byte| byte.is_ascii()).unwrap_or(others.len());
        let (others, behind) = others.split_at(end);
        folded.extend(fold_others(others));
        rest = behind;
    }
    folded
}

fn fold_others(text: &str) -> impl Iterator<Item = char> {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c))
}

struct Stemmers {
    spanish: Stemmer,
    english: Stemmer,
}

impl Stemmers {
    fn new() -> Self {
        let (spanish, english) = (Algorithm::Spanish, Algorithm::English);
        Self { spanish: Stemmer::create(spanish), english: Stemmer::create(english) }
    }

    /// The word and its stems, each once. Numbers, serials and hashes have no stem.
    fn variants(&self, word: String) -> Vec<String> {
        if word.chars().any(|c| !c.is_alphabetic()) || word.len() > 40 {
            return vec![word];
        }
        let spanish = self.spanish.stem(&word).into_owned();
        let english = self.english.stem(&word).into_owned();
        let mut variants = vec![word];
        for stem in [spanish, english] {
            if !stem.is_empty() && !variants.contains(&stem) {
                variants.push(stem);
            }
        }
        variants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn letters_of_ascii_are_folded_as_all_others(text in "[a-zA-Z0-9 .\u{301}\u{130}éÑßΣﬁ½가-힣]{0,40}|.{0,40}") {
            let whole: String = fold_others(&text).collect();
            proptest::prop_assert_eq!(fold(&text), whole);
        }

        #[test]
        fn a_word_has_the_same_tokens_whatever_came_before_it(text in "(?s).{0,80}") {
            let stemmers = Stemmers::new();
            let fresh: Vec<String> = words(&text).flat_map(|w| stemmers.variants(w)).collect();
            proptest::prop_assert_eq!(tokens(&text), fresh.clone());
            proptest::prop_assert_eq!(tokens(&text), fresh);
        }
    }

    #[test]
    fn the_words_that_a_thread_keeps_are_bounded() {
        let text: String = (0..2 * MOST_KNOWN).map(|n| format!("w{n} ")).collect();
        assert_eq!(tokens(&text).len(), 2 * MOST_KNOWN);
        assert!(KNOWN.with_borrow(|known| known.words.len()) <= MOST_KNOWN);
    }

    fn meet(asked: &str, text: &str) -> bool {
        let kept = tokens(text);
        question(asked).iter().all(|word| {
            word.tokens.iter().any(|t| {
                kept.iter().any(|k| if word.prefix { k.starts_with(t.as_str()) } else { k == t })
            })
        })
    }

    #[test]
    fn accents_and_case_do_not_matter() {
        assert!(meet("guayaquíl", "Puerto de GUAYAQUIL"));
        assert!(meet("Munoz", "Muñoz"));
        assert!(meet("ﬁrearm", "firearm"));
    }

    #[test]
    fn plurals_meet_in_both_languages() {
        for (one, many) in [
            ("pistola", "pistolas"),
            ("contenedor", "contenedores"),
            ("calamar", "calamares"),
            ("shipment", "shipments"),
            ("agency", "agencies"),
            ("vessel", "vessels"),
        ] {
            assert!(meet(one, many), "{one} finds {many}");
            assert!(meet(many, one), "{many} finds {one}");
        }
    }

    #[test]
    fn a_star_asks_for_the_beginning_of_a_word() {
        assert!(meet("guaya*", "Guayaquil"));
        assert!(!meet("guaya", "Guayaquil"));
        assert!(meet("MSKU-123*", "container msku 1234567"));
    }

    #[test]
    fn signs_of_a_query_language_are_no_words() {
        assert_eq!(question("\"*: () -"), []);
        let words = question("a\" OR (b)");
        assert_eq!(words.len(), 3);
        assert!(words.iter().flat_map(|w| &w.tokens).all(|t| t.chars().all(char::is_alphanumeric)));
    }
}
