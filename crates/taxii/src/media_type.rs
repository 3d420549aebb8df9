//! Media types and content negotiation (TAXII 2.1 §1.6.8).

use http::{HeaderMap, header};

/// The media type of every TAXII answer.
pub const MEDIA_TYPE: &str = "application/taxii+json;version=2.1";
/// The media type of the objects in our collections.
pub const STIX_MEDIA_TYPE: &str = "application/stix+json;version=2.1";

/// Whether the `Accept` headers allow [`MEDIA_TYPE`]: TAXII without version or with 2.1, a
/// wildcard, or no header at all.
pub(crate) fn accepted(headers: &HeaderMap) -> bool {
    let mut ranges = headers.get_all(header::ACCEPT).iter().peekable();
    if ranges.peek().is_none() {
        return true;
    }
    ranges.any(|value| value.to_str().is_ok_and(|list| list.split(',').any(range_allows)))
}

fn range_allows(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let parameters = || parts.clone().filter_map(|p| p.split_once('='));
    let value = |name: &str| {
        let found = parameters().find(|(n, _)| n.trim().eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().trim_matches('"').to_owned())
    };
    let refused = value("q").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0));
    let matches = match kind.as_str() {
        "application/taxii+json" => value("version").is_none_or(|version| version == "2.1"),
        "*/*" | "application/*" => true,
        _ => false,
    };
    matches && !refused
}

/// Whether the `Content-Type` of a request is TAXII 2.1; one that names no version is.
pub(crate) fn is_sent_as_taxii(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let version = parts.filter_map(|part| part.split_once('=')).find_map(|(name, value)| {
        let asked = name.trim().eq_ignore_ascii_case("version");
        asked.then(|| value.trim().trim_matches('"'))
    });
    kind.eq_ignore_ascii_case("application/taxii+json") && version.is_none_or(|v| v == "2.1")
}

/// Whether the `Accept-Encoding` headers name gzip.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        named && quality.is_none_or(|q| q.trim().parse::<f32>().is_ok_and(|q| q > 0.0))
    })
}

/// Whether a `Content-Type` is that of TAXII 2.0.
pub(crate) fn is_taxii_2_0(content_type: &str) -> bool {
    let lower = content_type.to_ascii_lowercase();
    lower.starts_with("application/vnd.oasis.taxii+json")
        || (lower.starts_with("application/taxii+json") && lower.contains("2.0"))
}

/// Whether a `Content-Type` is TAXII 2.1 or plain JSON, which many servers send for it.
pub(crate) fn is_taxii(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    ["application/taxii+json", "application/json"].contains(&kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_sent_as_taxii_2_1_and_gzip_is_taken_by_name_alone() {
        let one = |name: header::HeaderName, value: &str| {
            HeaderMap::from_iter([(name, value.parse().unwrap())])
        };
        let sent = |value: &str| is_sent_as_taxii(&one(header::CONTENT_TYPE, value));
        for good in
            [MEDIA_TYPE, "application/TAXII+json", "application/taxii+json; Version=\"2.1\""]
        {
            assert!(sent(good), "{good}");
        }
        for bad in ["application/json", "application/taxii+json;version=2.0", "text/plain", ""] {
            assert!(!sent(bad), "{bad}");
        }
        assert!(!is_sent_as_taxii(&HeaderMap::new()));
        let gzip = |value: &str| accepts_gzip(&one(header::ACCEPT_ENCODING, value));
        assert!(gzip("deflate, GZip;q=0.5") && gzip("gzip"));
        assert!(!gzip("gzip;q=0") && !gzip("br") && !gzip("identity, *"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn taxii_2_1_wildcards_and_silence_are_accepted_nothing_else() {
        let accepts = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, value.parse().unwrap());
            accepted(&headers)
        };
        assert!(accepted(&HeaderMap::new()));
        for good in [
            "application/taxii+json;version=2.1",
            "application/taxii+json; version=2.1",
            "application/TAXII+json;Version=\"2.1\"",
            "application/taxii+json",
            "*/*",
            "application/*;q=0.5",
            "text/html, application/xhtml+xml, */*;q=0.8",
            "application/json, application/taxii+json;version=2.1",
        ] {
            assert!(accepts(good), "{good}");
        }
        for bad in [
            "application/taxii+json;version=2.0",
            "application/vnd.oasis.taxii+json",
            "application/json",
            "text/html",
            "application/taxii+json;q=0",
            "",
        ] {
            assert!(!accepts(bad), "{bad}");
        }
    }
}
