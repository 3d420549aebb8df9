//! STIX timestamps (§2.16): RFC 3339 in UTC, digits kept as received, compared as instants.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A timestamp with the digits it arrived with. Equality and order are those of the instant.
#[derive(Clone)]
pub struct Timestamp(Box<str>);

/// Why a text is no STIX timestamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The zone is not `Z`.
    #[error("`{0}` is not in UTC: expected a time that ends in `Z`")]
    NotUtc(String),
    /// The text does not follow RFC 3339.
    #[error("`{0}` is not an RFC 3339 timestamp: expected `YYYY-MM-DDTHH:MM:SS[.digits]Z`")]
    Malformed(String),
    /// Right form, but no such day or time.
    #[error("`{0}` names a day or time that does not exist")]
    NoSuchTime(String),
}

impl Timestamp {
    /// The text as received.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text without zone and trailing zeros whose byte order is the order of instants.
    pub fn sort_key(&self) -> &str {
        let bare = self.0.strip_suffix('Z').unwrap_or(&self.0);
        if bare.contains('.') { bare.trim_end_matches('0').trim_end_matches('.') } else { bare }
    }

    /// Count of digits behind the decimal point.
    pub fn fraction_digits(&self) -> usize {
        self.0.split_once('.').map_or(0, |(_, f)| f.len().saturating_sub(1))
    }

    /// The instant as microseconds since 1970-01-01T00:00:00Z, finer digits cut off.
    pub fn micros(&self) -> i64 {
        let bare = self.0.strip_suffix('Z').unwrap_or(&self.0);
        let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
        let seconds = format!("{whole}Z").parse::<jiff::Timestamp>().map_or(0, |t| t.as_second());
        let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
        let micros = digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        seconds * 1_000_000 + micros
    }

    /// The timestamp of an instant, with six digits.
    pub fn from_micros(micros: i64) -> Self {
        let instant = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MIN);
        Self(instant.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string().into_boxed_str())
    }

    /// The same instant cut to milliseconds, three digits: the form of `created` and `modified`.
    pub fn to_millis(&self) -> Self {
        let instant = jiff::Timestamp::from_millisecond(self.micros().div_euclid(1000))
            .unwrap_or(jiff::Timestamp::MIN);
        Self(instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string().into_boxed_str())
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let shown = || text.chars().take(60).collect::<String>();
        let Some(bare) = text.strip_suffix('Z') else {
            return Err(TimestampError::NotUtc(shown()));
        };
        let (whole, fraction) = match bare.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (bare, None),
        };
        let shape = b"dddd-dd-ddTdd:dd:dd";
        let fits = whole.len() == shape.len()
            && whole
                .bytes()
                .zip(shape)
                .all(|(c, s)| if *s == b'd' { c.is_ascii_digit() } else { c == *s });
        let digits =
            fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|c| c.is_ascii_digit()));
        if !fits || !digits || text.len() > 64 {
            return Err(TimestampError::Malformed(shown()));
        }
        let exists = whole.parse::<jiff::civil::DateTime>().is_ok() && !whole.ends_with(":60");
        if !exists {
            return Err(TimestampError::NoSuchTime(shown()));
        }
        Ok(Self(text.into()))
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.sort_key() == other.sort_key()
    }
}
impl Eq for Timestamp {}
impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sort_key().cmp(other.sort_key())
    }
}
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utc_rfc3339_of_existing_instants() {
        for good in ["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.123456789Z"] {
            assert!(good.parse::<Timestamp>().is_ok(), "{good}");
        }
        for bad in [
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00+00:00",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00.Z",
            "26-01-01T00:00:00Z",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn digits_finer_than_a_microsecond_are_cut_off_however_many() {
        let micros = |t: &str| t.parse::<Timestamp>().map(|t| t.micros());
        let expected = Ok(1_767_225_599_123_456);
        assert_eq!(micros("2025-12-31T23:59:59.123456Z"), expected);
        assert_eq!(micros("2025-12-31T23:59:59.1234567890123Z"), expected);
        assert_eq!(micros("1969-12-31T23:59:59.5Z"), Ok(-500_000));
    }

    #[test]
    fn digits_are_kept_but_instants_are_compared() {
        let parse = |t: &str| t.parse::<Timestamp>();
        let (a, b) = (parse("2026-01-01T00:00:00.100Z"), parse("2026-01-01T00:00:00.1Z"));
        assert_eq!(a, b);
        assert_eq!(a.map(|t| t.to_string()), Ok("2026-01-01T00:00:00.100Z".to_owned()));
        assert!(parse("2026-01-01T00:00:00Z").ok() < parse("2026-01-01T00:00:00.000001Z").ok());
    }
}
