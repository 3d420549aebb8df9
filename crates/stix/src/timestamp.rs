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
        sort_key(&self.0)
    }

    /// Checks a text as [`FromStr`] does, keeping nothing.
    pub(crate) fn check(text: &str) -> Result<(), TimestampError> {
        let shown = || text.chars().take(60).collect::<String>();
        let Some(bare) = text.strip_suffix('Z') else {
            return Err(TimestampError::NotUtc(shown()));
        };
        let (whole, fraction) = match bare.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (bare, None),
        };
        let digits =
            fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|c| c.is_ascii_digit()));
        match read(whole) {
            Some(time) if digits && text.len() <= MOST_BYTES => match time.exists() {
                true => Ok(()),
                false => Err(TimestampError::NoSuchTime(shown())),
            },
            _ => Err(TimestampError::Malformed(shown())),
        }
    }

    /// Count of digits behind the decimal point.
    pub fn fraction_digits(&self) -> usize {
        self.0.split_once('.').map_or(0, |(_, f)| f.len().saturating_sub(1))
    }

    /// The instant as microseconds since 1970-01-01T00:00:00Z, finer digits cut off; a leap second
    /// counts as the second before it.
    pub fn micros(&self) -> i64 {
        // jiff reads nine digits at most.
        let text = match self.0.get(..29) {
            Some(cut) if self.0.len() > 30 => &format!("{cut}Z"),
            _ => &*self.0,
        };
        text.parse::<jiff::Timestamp>().map_or(0, |t| t.as_microsecond())
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
        Self::check(text)?;
        Ok(Self(text.into()))
    }
}

/// Longest text that is read as a timestamp: 43 digits of a second.
const MOST_BYTES: usize = 256;

/// [`Timestamp::sort_key`] of a text that was checked.
pub(crate) fn sort_key(text: &str) -> &str {
    let bare = text.strip_suffix('Z').unwrap_or(text);
    if bare.contains('.') { bare.trim_end_matches('0').trim_end_matches('.') } else { bare }
}

/// The fields of `YYYY-MM-DDTHH:MM:SS`, not yet known to exist.
struct Fields {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

fn read(whole: &str) -> Option<Fields> {
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let fits = whole.len() == shape.len()
        && whole
            .bytes()
            .zip(shape)
            .all(|(c, s)| if *s == b'd' { c.is_ascii_digit() } else { c == *s });
    if !fits {
        return None;
    }
    let number = |from: usize, to: usize| whole.get(from..to)?.parse().ok();
    Some(Fields {
        year: number(0, 4)?,
        month: number(5, 7)?,
        day: number(8, 10)?,
        hour: number(11, 13)?,
        minute: number(14, 16)?,
        second: number(17, 19)?,
    })
}

impl Fields {
    fn exists(&self) -> bool {
        let is_leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => 31,
        };
        (1..=12).contains(&self.month)
            && (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && (self.second < 60 || self.is_leap_second())
    }

    /// RFC 3339 §5.7: seconds are inserted at the end of June or December only.
    fn is_leap_second(&self) -> bool {
        self.second == 60
            && (self.hour, self.minute) == (23, 59)
            && matches!((self.month, self.day), (6, 30) | (12, 31))
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
        for good in [
            "2026-01-31T23:59:59Z",
            "2026-01-31T23:59:59.123456789Z",
            "2024-02-29T00:00:00.1234567890123Z",
            "2016-12-31T23:59:60Z",
        ] {
            assert!(good.parse::<Timestamp>().is_ok(), "{good}");
        }
        for bad in [
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2016-12-30T23:59:60Z",
            "2100-02-29T00:00:00Z",
            "2026-00-10T00:00:00Z",
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

    #[test]
    fn finer_digits_and_leap_seconds_keep_their_instant() {
        let micros = |t: &str| t.parse::<Timestamp>().map(|t| t.micros());
        assert_eq!(micros("1970-01-01T00:00:01.1234567890123Z"), Ok(1_123_456));
        assert_eq!(micros("1970-01-01T00:00:01.123456789Z"), Ok(1_123_456));
        assert_eq!(micros("1970-01-01T00:00:01.5Z"), Ok(1_500_000));
        assert_eq!(micros("2016-12-31T23:59:60Z"), micros("2016-12-31T23:59:59Z"));
        let at = |t: &str| t.parse::<Timestamp>().ok();
        assert!(at("2016-12-31T23:59:59.9Z") < at("2016-12-31T23:59:60Z"));
        assert!(at("2016-12-31T23:59:60.5Z") < at("2017-01-01T00:00:00Z"));
    }
}
