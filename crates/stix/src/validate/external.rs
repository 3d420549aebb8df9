//! External references (§2.5) and the numbers of CAPEC and CVE in them (§4.1.1, §4.19.1).

use serde_json::Value;

use super::report::{Path, Report};
use super::{Rule, internet, rules};
use crate::Object;

pub(super) fn check(object: &Object, report: &mut Report) {
    let list = Path::Root.member("external_references");
    let references = object.get("external_references").and_then(Value::as_array);
    for (i, reference) in references.into_iter().flatten().enumerate() {
        let Some(members) = reference.as_object() else { continue };
        let at = list.item(i);
        let says_something =
            ["description", "url", "external_id"].iter().any(|name| members.contains_key(*name));
        if !says_something && !members.is_empty() {
            report.add(rules::EXTERNAL_REFERENCE_EMPTY, &at, reference);
        }
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if let Some(url) = text("url").filter(|url| !internet::is_url(url)) {
            report.add(rules::EXTERNAL_REFERENCE_URL, &at.member("url"), url);
        }
        let Some(catalogue) = catalogue(object.kind()) else { continue };
        if let (Some(source), Some(id)) = (text("source_name"), text("external_id")) {
            number(catalogue, source, id, &at, report);
        }
    }
}

/// A list of numbered things that the standard names for one type of object.
struct Catalogue {
    source: &'static str,
    is_number: fn(&str) -> bool,
    rule: Rule,
}

fn catalogue(kind: &str) -> Option<Catalogue> {
    match kind {
        "attack-pattern" => Some(Catalogue {
            source: "capec",
            is_number: is_capec,
            rule: rules::EXTERNAL_REFERENCE_CAPEC,
        }),
        "vulnerability" => {
            Some(Catalogue { source: "cve", is_number: is_cve, rule: rules::EXTERNAL_REFERENCE_ID })
        }
        _ => None,
    }
}

/// The source and the form of the number belong together.
fn number(catalogue: Catalogue, source: &str, id: &str, at: &Path<'_>, report: &mut Report) {
    let (named, fits) = (source == catalogue.source, (catalogue.is_number)(id));
    if named && !fits {
        report.add(catalogue.rule, &at.member("external_id"), id);
    }
    if fits && !named {
        report.add(catalogue.rule, &at.member("source_name"), source);
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

fn is_capec(id: &str) -> bool {
    id.strip_prefix("CAPEC-").is_some_and(is_digits)
}

/// `CVE-YYYY-NNNN`, with more digits where the year has more than 9,999 numbers.
fn is_cve(id: &str) -> bool {
    let parts = id.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, number)| {
        let plain = number.len() == 4 || number.len() > 4 && !number.starts_with('0');
        year.len() == 4 && is_digits(year) && plain && is_digits(number)
    })
}
