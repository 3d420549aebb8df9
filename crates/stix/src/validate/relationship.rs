//! Relationships (§5.1): their names, and which of them the standard defines between which types.

use super::kinds::Family;
use super::report::{Path, Report};
use super::resolve::standard;
use super::rules;
use super::syntax::named;
use crate::Object;

const KIND: Path<'static> = Path::Member(&Path::Root, "relationship_type");

pub(super) fn check(object: &Object, report: &mut Report) {
    let Some(kind) = object.text("relationship_type") else { return };
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if kind.is_empty() || !kind.bytes().all(plain) {
        return report.add(rules::RELATIONSHIP_TYPE, &KIND, named(kind));
    }
    let end = |name: &str| object.text(name).and_then(|id| id.split_once("--"));
    let (Some((source, _)), Some((target, _))) = (end("source_ref"), end("target_ref")) else {
        return;
    };
    // What a type of an extension is related to, and what an extension adds to a relationship, its
    // definition says.
    let defined = object.get("extensions").is_some();
    if defined || standard(source).is_none() || standard(target).is_none() {
        return;
    }
    if !is_defined(source, kind, target) {
        let expected = format!("a relationship that is defined from {source} to {target}");
        report.expect(rules::RELATIONSHIP_UNLISTED, &KIND, kind, expected);
    }
}

/// Whether chapters 3, 4 and 6 define this relationship.
fn is_defined(source: &str, kind: &str, target: &str) -> bool {
    if kind == "related-to" || source == target && matches!(kind, "derived-from" | "duplicate-of") {
        return true;
    }
    let found = DEFINED.binary_search_by(|(from, name, _)| (*from, *name).cmp(&(source, kind)));
    let targets = found.ok().and_then(|i| DEFINED.get(i)).map_or(&[][..], |(.., to)| to);
    // Infrastructure may consist of any cyber-observable.
    targets.contains(&target)
        || kind == "consists-of"
            && !targets.is_empty()
            && standard(target).is_some_and(|t| t.family == Family::Sco)
}

/// Source, name, targets: the tables of chapters 4 and 6 (appendix B repeats them), sorted.
#[rustfmt::skip]
const DEFINED: &[(&str, &str, &[&str])] = &[
    ("attack-pattern", "delivers", &["malware"]),
    ("attack-pattern", "targets", &["identity", "location", "vulnerability"]),
    ("attack-pattern", "uses", &["malware", "tool"]),
    ("campaign", "attributed-to", &["intrusion-set", "threat-actor"]),
    ("campaign", "compromises", &["infrastructure"]),
    ("campaign", "originates-from", &["location"]),
    ("campaign", "targets", &["identity", "location", "vulnerability"]),
    ("campaign", "uses", &["attack-pattern", "infrastructure", "malware", "tool"]),
    ("course-of-action", "investigates", &["indicator"]),
    ("course-of-action", "mitigates",
        &["attack-pattern", "indicator", "malware", "tool", "vulnerability"]),
    ("course-of-action", "remediates", &["malware", "vulnerability"]),
    ("domain-name", "resolves-to", &["domain-name", "ipv4-addr", "ipv6-addr"]),
    ("identity", "located-at", &["location"]),
    ("indicator", "based-on", &["observed-data"]),
    ("indicator", "indicates",
        &["attack-pattern", "campaign", "infrastructure", "intrusion-set", "malware",
          "threat-actor", "tool"]),
    ("infrastructure", "communicates-with",
        &["domain-name", "infrastructure", "ipv4-addr", "ipv6-addr", "url"]),
    ("infrastructure", "consists-of", &["infrastructure", "observed-data"]),
    ("infrastructure", "controls", &["infrastructure", "malware"]),
    ("infrastructure", "delivers", &["malware"]),
    ("infrastructure", "has", &["vulnerability"]),
    ("infrastructure", "hosts", &["malware", "tool"]),
    ("infrastructure", "located-at", &["location"]),
    ("infrastructure", "uses", &["infrastructure"]),
    ("intrusion-set", "attributed-to", &["threat-actor"]),
    ("intrusion-set", "compromises", &["infrastructure"]),
    ("intrusion-set", "hosts", &["infrastructure"]),
    ("intrusion-set", "originates-from", &["location"]),
    ("intrusion-set", "owns", &["infrastructure"]),
    ("intrusion-set", "targets", &["identity", "location", "vulnerability"]),
    ("intrusion-set", "uses", &["attack-pattern", "infrastructure", "malware", "tool"]),
    ("ipv4-addr", "belongs-to", &["autonomous-system"]),
    ("ipv4-addr", "resolves-to", &["mac-addr"]),
    ("ipv6-addr", "belongs-to", &["autonomous-system"]),
    ("ipv6-addr", "resolves-to", &["mac-addr"]),
    ("malware", "authored-by", &["intrusion-set", "threat-actor"]),
    ("malware", "beacons-to", &["infrastructure"]),
    ("malware", "communicates-with", &["domain-name", "ipv4-addr", "ipv6-addr", "url"]),
    ("malware", "controls", &["malware"]),
    ("malware", "downloads", &["file", "malware", "tool"]),
    ("malware", "drops", &["file", "malware", "tool"]),
    ("malware", "exfiltrates-to", &["infrastructure"]),
    ("malware", "exploits", &["vulnerability"]),
    ("malware", "originates-from", &["location"]),
    ("malware", "targets", &["identity", "infrastructure", "location", "vulnerability"]),
    ("malware", "uses", &["attack-pattern", "infrastructure", "malware", "tool"]),
    ("malware", "variant-of", &["malware"]),
    ("malware-analysis", "av-analysis-of", &["malware"]),
    ("malware-analysis", "characterizes", &["malware"]),
    ("malware-analysis", "dynamic-analysis-of", &["malware"]),
    ("malware-analysis", "static-analysis-of", &["malware"]),
    ("threat-actor", "attributed-to", &["identity"]),
    ("threat-actor", "compromises", &["infrastructure"]),
    ("threat-actor", "hosts", &["infrastructure"]),
    ("threat-actor", "impersonates", &["identity"]),
    ("threat-actor", "located-at", &["location"]),
    ("threat-actor", "owns", &["infrastructure"]),
    ("threat-actor", "targets", &["identity", "location", "vulnerability"]),
    ("threat-actor", "uses", &["attack-pattern", "infrastructure", "malware", "tool"]),
    ("tool", "delivers", &["malware"]),
    ("tool", "drops", &["malware"]),
    ("tool", "has", &["vulnerability"]),
    ("tool", "targets", &["identity", "infrastructure", "location", "vulnerability"]),
    ("tool", "uses", &["infrastructure"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relationships_are_sorted_and_join_types_of_the_standard() {
        assert!(DEFINED.is_sorted_by_key(|(source, kind, _)| (source, kind)));
        for (source, kind, targets) in DEFINED {
            assert!(standard(source).is_some(), "{source}");
            for target in *targets {
                assert!(standard(target).is_some(), "{source} {kind} {target}");
                assert!(is_defined(source, kind, target), "{source} {kind} {target}");
            }
        }
    }

    #[test]
    fn common_relationships_join_any_types_or_equal_ones() {
        assert!(is_defined("tool", "related-to", "file"));
        assert!(is_defined("file", "duplicate-of", "file"));
        assert!(!is_defined("file", "derived-from", "tool"));
        assert!(is_defined("infrastructure", "consists-of", "process"));
        assert!(!is_defined("infrastructure", "consists-of", "tool"));
        assert!(!is_defined("malware", "consists-of", "process"));
    }
}
