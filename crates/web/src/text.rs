//! Every sentence of the pages, English and Spanish, from `locales/*.ftl` (Fluent).

use std::fmt;

use enlace_stix::Timestamp;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

const ENGLISH: &str = include_str!("../../../locales/en.ftl");
const SPANISH: &str = include_str!("../../../locales/es.ftl");

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Lang {
    /// All languages, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// BCP 47 code, as in the `lang` attribute, the `lang` parameter and the cookie.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// Reads [`Lang::code`]; anything else is `None`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The language of a request: its `lang` parameter, else the cookie, else the first language
    /// of `Accept-Language` (RFC 9110 §12.5.4) that we speak, else English.
    pub fn choose(parameter: Option<&str>, cookie: Option<&str>, accept: Option<&str>) -> Self {
        let named = parameter.and_then(Self::from_code).or(cookie.and_then(Self::from_code));
        let accepted = || {
            let mut wanted: Vec<(Self, f32)> = accept
                .unwrap_or_default()
                .split(',')
                .filter_map(|item| {
                    let mut parts = item.split(';');
                    let code = parts.next()?.trim().split('-').next()?;
                    let weight = parts
                        .find_map(|p| p.trim().strip_prefix("q=")?.parse().ok())
                        .unwrap_or(1.0);
                    Some((Self::from_code(&code.to_ascii_lowercase())?, weight))
                })
                .filter(|(_, weight)| *weight > 0.0)
                .collect();
            wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
            wanted.first().map(|(lang, _)| *lang)
        };
        named.or_else(accepted).unwrap_or_default()
    }

    /// The language that the language link leads to.
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Es,
            Self::Es => Self::En,
        }
    }

    /// A count with the separator of thousands of the language: `10,000` and `10.000`.
    pub fn number(self, count: u64) -> String {
        let separator = match self {
            Self::En => ',',
            Self::Es => '.',
        };
        let digits = count.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An instant as people read it, with its zone: `2026-03-01 14:05 UTC`. The same in every
/// language, because 03/01 and 01/03 are read differently in different countries.
pub fn instant(time: &Timestamp) -> String {
    let text = time.as_str();
    let day = text.get(..10).unwrap_or(text);
    let minute = text.get(11..16).unwrap_or_default();
    format!("{day} {minute} UTC")
}

/// An argument of a sentence.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// A text, put in as it is.
    Text(&'a str),
    /// A count, grouped by thousands; chooses the plural form.
    Count(u64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}
impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}
impl From<u64> for Arg<'_> {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}
impl From<usize> for Arg<'_> {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

/// Named arguments of a sentence.
pub type Args<'a> = [(&'a str, Arg<'a>)];

type Bundle = FluentBundle<FluentResource>;

/// The sentences of all languages. Built once, shared by all requests.
///
/// ```
/// use enlace_web::text::{Lang, Texts};
/// let texts = Texts::new();
/// assert_eq!(texts.t(Lang::Es, "place-search", &[]), "Buscar");
/// ```
pub struct Texts {
    english: Bundle,
    spanish: Bundle,
}

impl Default for Texts {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts")
    }
}

impl Texts {
    /// Reads the catalogues that the program was built with. A sentence that does not parse is
    /// left out (the tests refuse it).
    pub fn new() -> Self {
        Self { english: bundle(Lang::En, ENGLISH), spanish: bundle(Lang::Es, SPANISH) }
    }

    /// The sentence of `key`; the key itself where there is none, so that a page never fails.
    pub fn t(&self, lang: Lang, key: &str, args: &Args<'_>) -> String {
        self.find(lang, key, args).unwrap_or_else(|| key.to_owned())
    }

    /// The word for `name` in a family of words (`type` + `bank-account` → key
    /// `type-bank-account`); `name` itself where the family does not know it. What cannot stand in
    /// a key is read as a hyphen, so that stable codes (`stix.timestamp.not-utc`) are names too.
    pub fn word(&self, lang: Lang, family: &str, name: &str, args: &Args<'_>) -> String {
        self.find(lang, &family_key(family, name), args).unwrap_or_else(|| name.to_owned())
    }

    /// Whether the family has a word for `name`.
    pub fn knows(&self, family: &str, name: &str) -> bool {
        self.english.has_message(&family_key(family, name))
    }

    fn find(&self, lang: Lang, key: &str, args: &Args<'_>) -> Option<String> {
        let bundle = match lang {
            Lang::En => &self.english,
            Lang::Es => &self.spanish,
        };
        let pattern = bundle.get_message(key)?.value()?;
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, arg) in args {
            match arg {
                Arg::Text(text) => values.set(*name, FluentValue::from(*text)),
                Arg::Count(count) => values.set(*name, FluentValue::from(*count)),
            }
        }
        let mut faults = Vec::new();
        Some(bundle.format_pattern(pattern, Some(&values), &mut faults).into_owned())
    }
}

fn family_key(family: &str, name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    format!("{family}-{name}")
}

fn bundle(lang: Lang, source: &str) -> Bundle {
    // `parse` gives the language identifier type that the bundle asks for.
    let locales = lang.code().parse().into_iter().collect();
    let mut bundle = FluentBundle::new_concurrent(locales);
    // Isolation marks would be copied along with names and identifiers.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match lang {
        Lang::En => |value, _| grouped(Lang::En, value),
        Lang::Es => |value, _| grouped(Lang::Es, value),
    }));
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    // A key that stands twice keeps its first sentence; the tests refuse it.
    bundle.add_resource(resource).unwrap_or_default();
    bundle
}

fn grouped(lang: Lang, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value >= 0.0 && number.value.fract() == 0.0 => {
            Some(lang.number(number.value as u64))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_parameter_then_the_cookie_then_the_browser() {
        assert_eq!(Lang::choose(Some("es"), Some("en"), Some("en")), Lang::Es);
        assert_eq!(Lang::choose(Some("fr"), Some("es"), None), Lang::Es);
        assert_eq!(Lang::choose(None, None, Some("fr-FR, es-EC;q=0.8, en;q=0.3")), Lang::Es);
        assert_eq!(Lang::choose(None, None, Some("es;q=0, fr")), Lang::En);
        assert_eq!(Lang::choose(None, None, None), Lang::En);
    }

    #[test]
    fn counts_are_grouped_as_the_language_does() {
        assert_eq!(Lang::En.number(10_000), "10,000");
        assert_eq!(Lang::Es.number(1_234_567), "1.234.567");
        assert_eq!(Lang::En.number(999), "999");
    }

    #[test]
    fn a_missing_sentence_shows_its_key() {
        let texts = Texts::new();
        assert_eq!(texts.t(Lang::En, "no-such-key", &[]), "no-such-key");
        assert_eq!(texts.word(Lang::En, "type", "x-unheard-of", &[]), "x-unheard-of");
    }

    #[test]
    fn an_instant_is_shown_with_its_zone() {
        let time: Timestamp = "2026-03-01T14:05:59.123Z".parse().unwrap();
        assert_eq!(instant(&time), "2026-03-01 14:05 UTC");
    }
}
