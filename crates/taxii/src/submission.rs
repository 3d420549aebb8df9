//! An envelope that somebody sends: split into the texts of its objects, each read and judged by
//! itself.

use std::borrow::Cow;
use std::fmt;

use enlace_stix::read::id_in;
use enlace_stix::validate::{self, Finding, Level};
use enlace_stix::{Limits, Object};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
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

impl Submission {
    /// Most objects of one request: what is known of each is small, but not nothing.
    pub(crate) const MOST: usize = 100_000;

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
        let mut reading = Reading { read: Self::default(), limits, objects: false, over: false };
        let mut json = serde_json::Deserializer::from_slice(body);
        let done = json.deserialize_map(Envelope(&mut reading)).and_then(|()| json.end());
        match done {
            _ if reading.over => Err(Fault::too_many(Self::MOST)),
            Err(error) => Err(unread(body, &error)),
            Ok(()) if !reading.objects => {
                let advice = "a single object stands in the list `objects`, too";
                Err(Fault::no_envelope(advice))
            }
            Ok(()) => Ok(reading.read),
        }
    }
}

/// What came of an envelope so far.
struct Reading {
    read: Submission,
    limits: Limits,
    /// Whether there was a list of objects.
    objects: bool,
    /// Whether there are more than are read.
    over: bool,
}

/// The members of an envelope that matter here; others are ignored (§3.7), so that a bundle is taken
/// as the envelope that it contains: python-stix2's TAXII sink sends nothing else.
struct Envelope<'r>(&'r mut Reading);

impl<'de> Visitor<'de> for Envelope<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            if name != "objects" {
                members.next_value::<IgnoredAny>()?;
            } else if self.0.objects {
                return Err(A::Error::duplicate_field("objects"));
            } else {
                members.next_value_seed(Objects(self.0))?;
            }
        }
        Ok(())
    }
}

/// Each object is judged as it is met: a list of millions that are none takes no room.
struct Objects<'r>(&'r mut Reading);

impl<'de> DeserializeSeed<'de> for Objects<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Objects<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(reading) = self;
        reading.objects = true;
        let mut place = 0;
        while let Some(raw) = list.next_element::<&'de RawValue>()? {
            if place == Submission::MOST {
                reading.over = true;
                return Err(A::Error::custom("too many objects"));
            }
            reading.read.take(judged(raw.get(), place, reading.limits));
            place += 1;
        }
        Ok(())
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
    fn more_objects_than_are_read_are_refused_and_no_fewer() {
        let list = |count: usize| format!(r#"{{"objects":[{}1]}}"#, "1,".repeat(count - 1));
        let sent = read(&list(Submission::MOST)).unwrap();
        assert_eq!(sent.failures.len(), Submission::MOST);
        assert_eq!(read(&list(Submission::MOST + 1)), Err(413));
        // Whatever comes behind.
        assert_eq!(read(&(list(Submission::MOST + 1) + "]")), Err(413));
    }

    #[test]
    fn nesting_without_end_fails_the_object_and_not_the_stack() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let sent = read(&format!(r#"{{"objects":[{deep}]}}"#)).unwrap();
        assert!(sent.failures[0].message.starts_with("stix.object.too-deep"), "{sent:?}");
    }
}
