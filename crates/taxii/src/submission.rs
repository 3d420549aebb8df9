//! An envelope that somebody sends: split into the texts of its objects, each read and judged by
//! itself.

use enlace_stix::read::id_in;
use enlace_stix::validate::{self, Finding, Level};
use enlace_stix::{Limits, Object};
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::fault::Fault;

/// Findings that a failure tells; an object that breaks one MUST is refused anyway.
const MOST_FINDINGS: usize = 3;
/// Longest reason in characters.
const LONGEST: usize = 600;

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submission {
    /// Objects without a MUST finding, in the order in which they were sent.
    pub additions: Vec<Addition>,
    /// The others.
    pub failures: Vec<Failure>,
}

/// An object that can be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// The STIX id, lower case.
    pub id: String,
    /// The STIX type.
    pub kind: String,
    /// `modified`, else `created`, with its digits; `None` for an object with neither.
    pub version: Option<String>,
    /// The text as received.
    pub raw: String,
}

/// An object that cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its id as far as it can be read, else its place in the envelope: `objects[7]`.
    pub id: String,
    /// Its version, if it shows one.
    pub version: Option<String>,
    /// Why.
    pub message: String,
}

/// The members of an envelope that matter here; others are ignored (§3.7), so that a bundle is taken
/// as the envelope that it contains: python-stix2's TAXII sink sends nothing else.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow, default)]
    objects: Option<Vec<&'a RawValue>>,
}

impl Submission {
    /// Takes the texts of objects, each read and judged by itself as if somebody had sent it.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>, limits: Limits) -> Self {
        let mut submission = Self::default();
        for (place, raw) in texts.into_iter().enumerate() {
            submission.take(judged(raw, place, limits));
        }
        submission
    }

    fn take(&mut self, judged: Result<Addition, Failure>) {
        match judged {
            Ok(addition) => self.additions.push(addition),
            Err(failure) => self.failures.push(failure),
        }
    }

    /// Reads an envelope. Objects are copied one by one as they stand in the text; nothing is
    /// written anew.
    pub(crate) fn read(body: &[u8], limits: Limits) -> Result<Self, Fault> {
        let written: Written<'_> = serde_json::from_slice(body).map_err(|e| unread(body, &e))?;
        let Some(objects) = written.objects else {
            let advice = "a single object stands in the list `objects`, too";
            return Err(Fault::no_envelope(advice));
        };
        Ok(Self::of(objects.into_iter().map(RawValue::get), limits))
    }
}

fn unread(body: &[u8], error: &serde_json::Error) -> Fault {
    match error.classify() {
        Category::Data if std::str::from_utf8(body).is_ok() => {
            Fault::no_envelope(&error.to_string())
        }
        _ => Fault::not_json(&error.to_string()),
    }
}

/// Reads one object and asks the standard about it.
fn judged(raw: &str, place: usize, limits: Limits) -> Result<Addition, Failure> {
    let object = Object::parse_within(raw, limits).map_err(|error| Failure {
        id: id_in(raw).unwrap_or_else(|| format!("objects[{place}]")),
        version: None,
        message: format!("{}: {error}", error.rule()),
    })?;
    let time = |name| object.time(name).map(|time| time.as_str().to_owned());
    let version = time("modified").or_else(|| time("created"));
    let id = object.id().to_string();
    let findings = validate::object(&object);
    let broken: Vec<&Finding> = findings.iter().filter(|f| f.level == Level::Must).collect();
    if broken.is_empty() {
        return Ok(Addition { id, kind: object.kind().to_owned(), version, raw: raw.to_owned() });
    }
    let mut message: Vec<String> = broken.iter().take(MOST_FINDINGS).map(|f| said(f)).collect();
    if broken.len() > MOST_FINDINGS {
        message.push(format!("{} more", broken.len() - MOST_FINDINGS));
    }
    Err(Failure { id, version, message: message.join("; ").chars().take(LONGEST).collect() })
}

fn said(finding: &Finding) -> String {
    let Finding { rule, path, section, found, expected, .. } = finding;
    let place = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
    format!("{rule}{place}: expected {expected}, found {found} (STIX 2.1 §{section})")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = r#"{"type":"ipv4-addr",  "id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"}"#;

    fn read(text: &str) -> Result<Submission, u16> {
        let read = Submission::read(text.as_bytes(), Limits::default());
        read.map_err(|fault| fault.into_response().status().as_u16())
    }

    #[test]
    fn texts_are_kept_byte_for_byte_and_a_bad_object_fails_alone() {
        let late = r#"{"type":"identity","spec_version":"2.1","id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
            "created":"2026-03-01T10:00:00.000Z","modified":"2026-02-01T10:00:00.0000Z","name":"Elena Paz"}"#;
        let text =
            format!(r#"{{"x": {{}}, "objects": [ {ADDRESS} , {late},{{"type":"note"}}, 7]}}"#);
        let sent = read(&text).unwrap();
        assert_eq!(sent.additions.len(), 1);
        assert_eq!((sent.additions[0].raw.as_str(), &sent.additions[0].version), (ADDRESS, &None));
        let failed: Vec<(&str, Option<&str>)> =
            sent.failures.iter().map(|f| (f.id.as_str(), f.version.as_deref())).collect();
        let identity = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
        let version = Some("2026-02-01T10:00:00.0000Z");
        assert_eq!(failed, [(identity, version), ("objects[2]", None), ("objects[3]", None)]);
        assert!(sent.failures[0].message.starts_with("stix.timestamp.order at `modified`"));
        assert!(sent.failures[1].message.contains("property `id` is missing"));
    }

    #[test]
    fn a_bundle_is_taken_as_the_envelope_that_it_contains() {
        let bundle = format!(r#"{{"type":"bundle","id":"bundle--1","objects":[{ADDRESS}]}}"#);
        let sent = read(&bundle).unwrap();
        assert_eq!(sent, read(&format!(r#"{{"objects":[{ADDRESS}]}}"#)).unwrap());
        assert_eq!(sent.additions.len(), 1);
    }

    #[test]
    fn custom_types_and_sub_millisecond_versions_are_kept() {
        let custom = r#"{"type":"x-boat","spec_version":"2.1","id":"x-boat--f431f809-377b-45e0-aa1c-6a4751cae5ff",
            "created":"2026-03-01T10:00:00.000Z","modified":"2026-03-01T10:00:00.000123Z","x_n":1}"#;
        let sent = read(&format!(r#"{{"objects":[{custom}]}}"#)).unwrap();
        assert_eq!(sent.failures, []);
        assert_eq!(sent.additions[0].version.as_deref(), Some("2026-03-01T10:00:00.000123Z"));
        assert_eq!(sent.additions[0].kind, "x-boat");
    }

    #[test]
    fn what_is_no_envelope_is_told_apart_from_what_is_no_json() {
        assert_eq!(read(r#"{"objects":[]}"#), Ok(Submission::default()));
        for (text, status) in [
            ("", 400),
            ("{", 400),
            (r#"{"objects":[}"#, 400),
            (r#"{"objects":[]} x"#, 400),
            ("[]", 422),
            ("7", 422),
            ("{}", 422),
            (r#"{"objects":{}}"#, 422),
            (r#"{"objects":[],"objects":[]}"#, 422),
            (ADDRESS, 422),
            (r#"{"type":"bundle","id":"bundle--1"}"#, 422),
        ] {
            assert_eq!(read(text), Err(status), "{text}");
        }
        let read = Submission::read(b"{\"objects\":[\"\xff\"]}", Limits::default());
        assert_eq!(read.unwrap_err().into_response().status().as_u16(), 400);
    }

    #[test]
    fn nesting_without_end_fails_the_object_and_not_the_stack() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let sent = read(&format!(r#"{{"objects":[{deep}]}}"#)).unwrap();
        assert!(sent.failures[0].message.starts_with("stix.object.too-deep"), "{sent:?}");
    }
}
