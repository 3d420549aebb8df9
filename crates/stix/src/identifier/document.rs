//! Identity documents and register numbers: kind, country and number together.

use super::{Context, Doubt, Normal, checksum, country, glyphs};

/// Identity document or register entry: `passport/CO/AB123`. A number alone says nothing, so kind
/// and country are part of the key; what is not known is left empty.
pub(super) fn document(raw: &str, context: Context<'_>) -> Normal {
    let kind = context.scheme.unwrap_or("").trim().to_lowercase();
    let (country, known) = country_of(context);
    let prefix = format!("{kind}/{country}/");
    let number = glyphs::marks(raw.strip_prefix(&prefix).unwrap_or(raw));
    let mut normal = Normal::new(prefix + &number);
    if !known {
        normal.doubt(Doubt::UnknownCountry, "the country that issued it is missing or not known");
    }
    if kind.is_empty() {
        normal.doubt(Doubt::Ambiguous, "what kind of document it is, is not said");
    }
    if number.chars().count() > 1 && number.chars().all(|c| number.starts_with(c)) {
        normal.doubt(Doubt::Placeholder, "one character again and again");
    }
    normal
}

/// The country of the context as a key, and whether it is a known one.
pub(super) fn country_of(context: Context<'_>) -> (String, bool) {
    country::fold(glyphs::marks(context.country.unwrap_or("")))
}

/// The check digit of a field in a machine-readable zone (ICAO Doc 9303 part 3 §4.9): document
/// number, date of birth, date of expiry, optional data, or the fields run together. `<` is the filler;
/// `None` for an empty field or another character than letters, digits and `<`.
pub fn mrz_check_digit(field: &str) -> Option<u8> {
    checksum::icao(field).and_then(|digit| u8::try_from(digit).ok())
}
