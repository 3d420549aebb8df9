//! Language tags (RFC 5646 §2.1): the grammar, and the primary language subtag as it is registered.

/// Whether `tag` is a language tag: well formed, and its language a code of ISO 639-1, a three-letter
/// code, private or one of the old registrations.
///
/// RFC 5646 §2.2.1 reserves four letters for later and knows no registration of five to eight, so
/// that `English` is none. Scripts, regions and variants are checked for their form only.
pub(super) fn is_tag(tag: &str) -> bool {
    if !tag.is_ascii() || tag.len() > 100 {
        return false;
    }
    if GRANDFATHERED.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
        return true;
    }
    let mut subtags = Subtags { rest: Some(tag) };
    if subtags.takes(|s| s.eq_ignore_ascii_case("x")) {
        return subtags.private();
    }
    let mut short = false;
    let known = subtags.takes(|s| {
        short = matches!(s.len(), 2 | 3);
        match s.len() {
            2 => is_iso_639_1(s),
            3 => letters(s),
            _ => false,
        }
    });
    if !known {
        return false;
    }
    for _ in 0..3 {
        subtags.takes(|s| short && s.len() == 3 && letters(s));
    }
    subtags.takes(|s| s.len() == 4 && letters(s));
    subtags.takes(|s| s.len() == 2 && letters(s) || s.len() == 3 && digits(s));
    while subtags.takes(is_variant) {}
    while subtags.takes(|s| s.len() == 1 && plain(s) && !s.eq_ignore_ascii_case("x")) {
        if !subtags.takes(|s| s.len() >= 2 && plain(s)) {
            return false;
        }
        while subtags.takes(|s| s.len() >= 2 && plain(s)) {}
    }
    match subtags.takes(|s| s.eq_ignore_ascii_case("x")) {
        true => subtags.private(),
        false => subtags.rest.is_none(),
    }
}

/// The subtags not yet read.
struct Subtags<'a> {
    rest: Option<&'a str>,
}

impl Subtags<'_> {
    /// Takes the next subtag if it has the form.
    fn takes(&mut self, form: impl FnOnce(&str) -> bool) -> bool {
        let Some(rest) = self.rest else { return false };
        let (first, rest) = match rest.split_once('-') {
            Some((first, rest)) => (first, Some(rest)),
            None => (rest, None),
        };
        let fits = first.len() <= 8 && form(first);
        if fits {
            self.rest = rest;
        }
        fits
    }

    /// Whether one subtag or more are left, all of a form that private use allows.
    fn private(&mut self) -> bool {
        let mut any = false;
        while self.takes(|s| !s.is_empty() && plain(s)) {
            any = true;
        }
        any && self.rest.is_none()
    }
}

fn letters(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_alphabetic())
}

fn digits(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit())
}

fn plain(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_alphanumeric())
}

fn is_variant(text: &str) -> bool {
    let numbered = text.len() == 4 && text.starts_with(|c: char| c.is_ascii_digit());
    (text.len() >= 5 || numbered) && plain(text)
}

fn is_iso_639_1(code: &str) -> bool {
    let mut lower = [0_u8; 2];
    lower.copy_from_slice(code.as_bytes());
    lower.make_ascii_lowercase();
    ISO_639_1.as_bytes().chunks(3).any(|known| known.starts_with(&lower))
}

/// Two-letter language subtags of the IANA registry, with its deprecated ones.
const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch \
    co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he \
    hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko \
    kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl \
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn \
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh \
    yi yo za zh zu";

/// Tags registered before RFC 4646 that the grammar does not produce.
const GRANDFATHERED: &[&str] = &[
    "art-lojban",
    "cel-gaulish",
    "en-GB-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "no-bok",
    "no-nyn",
    "sgn-BE-FR",
    "sgn-BE-NL",
    "sgn-CH-DE",
    "zh-guoyu",
    "zh-hakka",
    "zh-min",
    "zh-min-nan",
    "zh-xiang",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_follow_the_grammar_of_rfc_5646() {
        // Examples of RFC 5646 appendix A, and of the standard.
        for good in [
            "de",
            "fr",
            "i-enochian",
            "zh-Hant",
            "zh-cmn-Hans-CN",
            "cmn-Hans-CN",
            "zh-yue-HK",
            "sr-Latn-RS",
            "sl-rozaj-biske",
            "de-CH-1901",
            "hy-Latn-IT-arevela",
            "es-419",
            "de-DE",
            "de-CH-x-phonebk",
            "az-Arab-x-AZE-derbend",
            "x-whatever",
            "qaa-Qaaa-QM-x-southern",
            "en-US-u-islamcal",
            "zh-CN-a-myext-x-private",
            "EN-us",
            "qu",
            "gsw",
        ] {
            assert!(is_tag(good), "{good}");
        }
        for bad in [
            "",
            "e",
            "en_US",
            "español",
            "en-",
            "-en",
            "english",
            "English",
            "engl",
            "de-419-DE",
            "a-DE",
            "x",
            "x-",
            "xx",
            "en-a",
            "en-us-toolongsubtag",
            "en--US",
            "12",
        ] {
            assert!(!is_tag(bad), "{bad}");
        }
    }
}
