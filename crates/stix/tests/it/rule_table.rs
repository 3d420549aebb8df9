//! `docs/stix/rules.md` is the table of rules, rendered.
//!
//! `ENLACE_WRITE=1 cargo test -p enlace-stix rule_table` writes it anew.

use std::fmt::Write as _;
use std::{env, fs, path::Path};

use enlace_stix::validate::{Level, RULES, Rule};

use crate::rules::case_of;

const CHAPTERS: &[(&str, &str)] = &[
    ("1", "Introduction: serialization"),
    ("2", "Common data types"),
    ("3", "General concepts"),
    ("4", "Domain objects"),
    ("5", "Relationship objects"),
    ("6", "Cyber-observable objects"),
    ("7", "Meta objects"),
    ("8", "Bundle"),
    ("9", "Patterning"),
    ("10", "Vocabularies"),
    ("11", "Customizing (deprecated)"),
    ("12", "Conformance"),
];

const HEAD: &str = "\
# Rules of validation

Every rule that `validate` knows, with the words of STIX 2.1 (OASIS Standard, errata 01) that carry
it. Rendered from `crates/stix/src/validate/rules/` by `crates/stix/tests/it/rule_table.rs`: change
the rules there and run `ENLACE_WRITE=1 cargo test -p enlace-stix rule_table`.

MUST: the object is rejected. SHOULD: a warning. A finding names the section in which the rule
stands for that place: a rule about a property of one type names the section of the type, whatever
section this table gives. `…` marks words left out.
";

/// Why a level or a sentence is not the obvious one.
const NOTES: &str = "\
## Notes

- `stix.object.too-large`, `stix.object.too-deep`: the standard sets no limits; RFC 8259 §9, which it
  refers to, lets a reader set them. An object beyond them cannot be judged and is not taken.
- `stix.value.kind`, `stix.value.null`, `stix.property.one-of`, `stix.property.excluded`: what the data
  type or the further requirement is stands in the property table of each type; chapter 12 makes it
  binding.
- `stix.property.not-applicable`: the property tables list \"not applicable\" properties, yet no
  sentence forbids them. Only `defanged` (§3.2) has a MUST NOT. For marking definitions §7.2.1 says
  more: they cannot be versioned, which `modified` and `revoked` would do.
- `stix.property.unknown`, `stix.property.custom`, `stix.type.unknown`, `stix.type.custom`: custom
  content is deprecated by chapter 11, not forbidden. What an extension defines is not judged.
- `stix.content.form`: below a custom property or in the body of an extension the schema of the
  extension decides what a list or a dictionary is (§7.3.1: it is the normative definition). The value
  itself is held to chapter 2 as MUST, what is nested in it as advice.
- `stix.dictionary.key-case`: asked of dictionaries in custom content only. Those of the standard have
  rules of their own, which want names of other standards with their case (EXIF, IPFIX, environment
  variables, headers).
- `stix.reference.custom`, `stix.reference.name`, `stix.property.suffix`: the sentences are MUSTs about
  what a value means (\"contains an ID reference\"); that a value only looks like one is no proof, so
  that these warn.
- `stix.extension.carrier`: a predefined extension on a type that does not define it counts as a custom
  extension, which §11.3 allows on cyber-observables only, without a keyword.
- `stix.marking.tlp`: the four definitions that §7.2.1 prints are compared whole. The five of TLP 2.0
  are published by the same committee beside the standard; §3.6 (every representation of a version has
  the same properties and values) binds them too.
  A statement under the id of such a definition is refused with them: who reads by id would see a
  colour that the text does not bear. The example of appendix C.2.1 is one.
- `stix.grouping.name`, `is_family` of malware, `summary` of a sighting: errata 01 prints the first as
  required and the second as optional, against the OASIS Standard and the published schemas, and lists
  neither among its changes. We follow what it changed: for a grouping a warning, `is_family` required.
- `stix.hashes.algorithm`, `stix.external-reference.hash-algorithm`: the tables of observables and that of
  external references say that keys MUST come from the vocabulary, which is open and which §2.7 and
  §2.14 make a SHOULD. A file whose only digest is of another kind would be lost: for observables a
  warning.
- `stix.extension.key`: the tables of four observables ask for a definition's id or a predefined name
  (MUST), §3.2 and §11.3 allow custom names: a warning.
- `enlace.*`: rules of this product beside those of the standard.
- `stix.advice.*`: only `validate::advice` reports these.
- Not checked on one object: that a UUID is used for one type only, that the first version has
  `modified` equal to `created`, that only the creator makes versions, and that nothing follows a
  revocation (`version` answers these beside what is held); that a UUIDv5 of a domain object was made
  in the namespace of the observables (a UUIDv5 does not show its namespace); that `labels` repeat what
  a property for types says; that a SHA-256 was possible where it is missing.
";

#[test]
fn the_table_in_the_documentation_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/stix/rules.md");
    let rendered = render();
    if env::var_os("ENLACE_WRITE").is_some() {
        fs::write(&path, &rendered).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == rendered, "{} is old: ENLACE_WRITE=1 writes it", path.display());
}

#[test]
fn every_rule_has_words_of_the_standard() {
    let silent: Vec<_> = RULES.iter().filter(|r| r.says.is_empty()).map(|r| r.code).collect();
    assert_eq!(silent, Vec::<&str>::new());
}

#[test]
fn every_section_is_one_of_the_standard() {
    for rule in RULES {
        assert!(
            CHAPTERS.iter().any(|(n, _)| *n == chapter(rule)),
            "{}: {}",
            rule.code,
            rule.section
        );
        assert!(rule.section.split('.').all(|n| n.parse::<u8>().is_ok()), "{}", rule.section);
    }
}

fn chapter(rule: &Rule) -> &str {
    rule.section.split('.').next().unwrap()
}

fn render() -> String {
    let mut out = HEAD.to_owned();
    for (number, title) in CHAPTERS {
        let mut rules: Vec<_> = RULES.iter().filter(|r| chapter(r) == *number).collect();
        if rules.is_empty() {
            continue;
        }
        rules
            .sort_by_key(|r| r.section.split('.').map(|n| n.parse().unwrap()).collect::<Vec<u8>>());
        write!(out, "\n## {number} {title}\n\n").unwrap();
        out += "| code | level | section | expected | words of the standard | test |\n";
        out += "|---|---|---|---|---|---|\n";
        for rule in rules {
            row(rule, &mut out);
        }
    }
    write!(out, "\n{NOTES}").unwrap();
    out
}

fn row(rule: &Rule, out: &mut String) {
    let level = match rule.level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
    };
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    let (code, section) = (rule.code, rule.section);
    let (expected, says) = (cell(rule.sentence), cell(rule.says));
    let test = match case_of(code) {
        "across" => "`across::GENERATORS`".to_owned(),
        list => format!("`rules::{list}`, `mutants::{code}`"),
    };
    writeln!(out, "| `{code}` | {level} | {section} | {expected} | {says} | {test} |").unwrap();
}
