//! The filters of a request (TAXII 2.1 §3.4), read strictly: what is not understood is refused.

use std::borrow::Cow;

use enlace_stix::{Id, Timestamp};
use percent_encoding::percent_decode_str;

/// Longest cursor that is handed to the backend.
const MAX_CURSOR: usize = 1024;
/// Most values in one list.
const MAX_VALUES: usize = 1000;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Only objects added after this instant (exclusive), microseconds since the epoch.
    pub added_after_us: Option<i64>,
    /// The `next` of the page before, as the backend wrote it. Authentic only if the backend says
    /// so; it wins over `added_after_us`.
    pub cursor: Option<String>,
    /// Only these objects; empty = all.
    pub ids: Vec<Id>,
    /// Only these object types; empty = all.
    pub kinds: Vec<String>,
    /// Which versions of an object; never empty, [`VersionFilter::Last`] if not asked.
    pub versions: Vec<VersionFilter>,
    /// Only these STIX versions, such as `2.1`; empty = the newest.
    pub spec_versions: Vec<String>,
    /// Most items of one page, 1 to the server's maximum.
    pub limit: usize,
}

/// One value of `match[version]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionFilter {
    /// The newest version.
    Last,
    /// The oldest version.
    First,
    /// Every version.
    All,
    /// The version of this instant.
    At(Timestamp),
}

/// A parameter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter `{name}`: expected {expected}")]
pub struct BadParameter {
    /// The parameter.
    pub name: &'static str,
    /// What it must be.
    pub expected: String,
}

impl BadParameter {
    /// Stable code, one for each parameter.
    pub fn code(&self) -> &'static str {
        match self.name {
            "added_after" => "taxii.added_after.malformed",
            "limit" => "taxii.limit.malformed",
            "next" => "taxii.next.malformed",
            _ => "taxii.match.malformed",
        }
    }
}

fn bad(name: &'static str, expected: impl Into<String>) -> BadParameter {
    BadParameter { name, expected: expected.into() }
}

impl Query {
    /// Reads the part of a URL behind `?` (empty if there is none). `max_limit` caps `limit` and
    /// stands for it where absent. Unknown parameters are ignored; a known one given twice is not
    /// (§3.4: lists are written with commas).
    pub fn parse(text: &str, max_limit: usize) -> Result<Self, BadParameter> {
        Self::parse_or(text, max_limit, VersionFilter::Last)
    }

    /// [`Query::parse`] where another version than the last is meant if none is named.
    pub(crate) fn parse_or(
        text: &str,
        max_limit: usize,
        unsaid: VersionFilter,
    ) -> Result<Self, BadParameter> {
        let found = Parameters::read(text)?;
        let versions = found.list("match[version]", version_filter)?;
        Ok(Self {
            added_after_us: found.one("added_after", added_after)?,
            cursor: found.one("next", cursor)?,
            ids: found.list("match[id]", stix_id)?,
            kinds: found.list("match[type]", kind)?,
            versions: if versions.is_empty() { vec![unsaid] } else { versions },
            spec_versions: found.list("match[spec_version]", spec_version)?,
            limit: found.one("limit", |t| limit(t, max_limit))?.unwrap_or(max_limit).max(1),
        })
    }
}

const NAMES: [&str; 7] = [
    "added_after",
    "limit",
    "next",
    "match[id]",
    "match[type]",
    "match[version]",
    "match[spec_version]",
];

/// The known parameters of a request with their decoded values.
struct Parameters<'a>(Vec<(&'static str, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    fn read(text: &'a str) -> Result<Self, BadParameter> {
        let mut found: Vec<(&'static str, Cow<'a, str>)> = Vec::new();
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name).and_then(|n| NAMES.into_iter().find(|k| *k == n)) else {
                continue;
            };
            if found.iter().any(|(known, _)| *known == name) {
                return Err(bad(name, "to be given once, its values separated by commas"));
            }
            found.push((name, decode(value).ok_or_else(|| bad(name, "UTF-8 text"))?));
        }
        Ok(Self(found))
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }

    fn one<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, BadParameter>,
    ) -> Result<Option<T>, BadParameter> {
        self.value(name).map(read).transpose()
    }

    fn list<T>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, BadParameter> {
        let Some(value) = self.value(name) else { return Ok(Vec::new()) };
        if value.split(',').count() > MAX_VALUES {
            return Err(bad(name, format!("at most {MAX_VALUES} values")));
        }
        let values: Option<Vec<T>> = value.split(',').map(|part| read(part.trim())).collect();
        values.ok_or_else(|| bad(name, expectation(name)))
    }
}

fn expectation(name: &str) -> &'static str {
    match name {
        "match[id]" => "STIX identifiers `type--UUID`, separated by commas",
        "match[type]" => "STIX object types, separated by commas",
        "match[version]" => "`last`, `first`, `all` or timestamps, separated by commas",
        _ => "STIX versions such as `2.1`, separated by commas",
    }
}

/// A name or value as forms write it: `+` for a space, `%` escapes.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return percent_decode_str(&spaced).decode_utf8().ok().map(|t| Cow::Owned(t.into_owned()));
    }
    percent_decode_str(text).decode_utf8().ok()
}

fn added_after(text: &str) -> Result<i64, BadParameter> {
    let time = text.parse::<Timestamp>().map(|t| t.micros());
    time.map_err(|_| bad("added_after", "a UTC timestamp `YYYY-MM-DDTHH:MM:SS[.digits]Z`"))
}

fn cursor(text: &str) -> Result<String, BadParameter> {
    let fits =
        !text.is_empty() && text.len() <= MAX_CURSOR && text.bytes().all(|c| c.is_ascii_graphic());
    let shown = || bad("next", "the `next` of the page before, unchanged");
    if fits { Ok(text.to_owned()) } else { Err(shown()) }
}

fn limit(text: &str, max: usize) -> Result<usize, BadParameter> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    // A number too large for usize is still a number: capped like any other.
    let number = text.parse::<usize>().unwrap_or(usize::MAX);
    if digits && number > 0 {
        Ok(number.min(max))
    } else {
        Err(bad("limit", format!("a whole number from 1 to {max}")))
    }
}

fn stix_id(text: &str) -> Option<Id> {
    text.parse().ok()
}

fn kind(text: &str) -> Option<String> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (!text.is_empty() && text.len() <= 250 && text.bytes().all(plain)).then(|| text.to_owned())
}

fn version_filter(text: &str) -> Option<VersionFilter> {
    Some(match text {
        "last" => VersionFilter::Last,
        "first" => VersionFilter::First,
        "all" => VersionFilter::All,
        time => VersionFilter::At(time.parse().ok()?),
    })
}

fn spec_version(text: &str) -> Option<String> {
    let plain = |c: u8| c.is_ascii_digit() || c == b'.';
    (!text.is_empty() && text.len() <= 10 && text.bytes().all(plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn added_after_takes_any_digits_in_utc() {
        let micros =
            |t: &str| Query::parse(&format!("added_after={t}"), 10).map(|q| q.added_after_us);
        assert_eq!(micros("2026-01-01T00:00:00Z"), Ok(Some(1_767_225_600_000_000)));
        assert_eq!(micros("2026-01-01T00:00:00.1Z"), Ok(Some(1_767_225_600_100_000)));
        assert_eq!(micros("2026-01-01T00%3A00%3A00.123456789Z"), Ok(Some(1_767_225_600_123_456)));
        for bad in ["2026-01-01T00:00:00+00:00", "2026-01-01", "yesterday", "", "1767225600"] {
            assert_eq!(micros(bad).unwrap_err().code(), "taxii.added_after.malformed", "{bad}");
        }
    }

    #[test]
    fn limit_is_a_positive_number_capped_by_the_server() {
        let limit = |t: &str| Query::parse(&format!("limit={t}"), 100).map(|q| q.limit);
        assert_eq!((limit("1"), limit("100"), limit("101")), (Ok(1), Ok(100), Ok(100)));
        assert_eq!(limit("99999999999999999999999"), Ok(100));
        assert_eq!(Query::parse("", 100).map(|q| q.limit), Ok(100));
        for bad in ["0", "00", "-1", "abc", "1.5", "", "+5", "1e3"] {
            assert_eq!(limit(bad).unwrap_err().code(), "taxii.limit.malformed", "{bad}");
        }
    }

    #[test]
    fn lists_are_written_with_commas_and_brackets_may_be_escaped() {
        let id = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
        let text = format!(
            "match%5Bid%5D={id},{id}&match[type]=identity,x-new&match[version]=first,last,\
             2026-01-01T00:00:00.000Z&match[spec_version]=2.0%2C2.1&unknown=1&match[colour]=red"
        );
        let query = Query::parse(&text, 10).unwrap();
        assert_eq!(query.ids.len(), 2);
        assert_eq!(query.kinds, ["identity", "x-new"]);
        let at = VersionFilter::At("2026-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(query.versions, [VersionFilter::First, VersionFilter::Last, at]);
        assert_eq!(query.spec_versions, ["2.0", "2.1"]);
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for bad in [
            "match[id]=identity",
            "match[id]=",
            "match[type]=a,,b",
            "match[type]=A",
            "match[version]=newest",
            "match[spec_version]=two",
            "match[type]=a&match[type]=b",
            "limit=1&limit=2",
            "next=",
            "next=%FF",
            "next=a%20b",
        ] {
            assert!(Query::parse(bad, 10).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,80}") {
            let _ = Query::parse(&text, 10);
        }

        #[test]
        fn a_read_query_keeps_its_promises(
            name in prop::sample::select(NAMES.to_vec()),
            value in "[a-z0-9%+,.:TZ-]{0,30}",
            max in 1_usize..1000,
        ) {
            match Query::parse(&format!("{name}={value}"), max) {
                Ok(query) => {
                    prop_assert!((1..=max).contains(&query.limit));
                    prop_assert!(!query.versions.is_empty());
                    let cursor = query.cursor.unwrap_or_default();
                    prop_assert!(cursor.bytes().all(|b| b.is_ascii_graphic()));
                }
                Err(fault) => prop_assert_eq!(fault.name, name),
            }
        }
    }
}
