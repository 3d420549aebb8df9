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
