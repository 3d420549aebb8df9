//! One object: the text that arrived and a read-only view of it.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::read::Scan;
use crate::{Id, Reference, Timestamp, canonical, id, reference};

/// Sizes beyond which an object is refused unread.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest object text in bytes.
    pub object_bytes: usize,
    /// Deepest nesting of lists and dictionaries.
    pub nesting: usize,
}

impl Default for Limits {
    /// 16 MiB and 128 levels (interfaces, configuration defaults).
    fn default() -> Self {
        Self { object_bytes: 16 << 20, nesting: 128 }
    }
}

/// Reading is recursive: deeper than this no configuration can allow.
const DEEPEST: usize = 512;

/// A STIX object as received.
#[derive(Debug, Clone)]
pub struct Object {
    raw: Box<str>,
    view: Map<String, Value>,
    id: Id,
    /// Members as they stand in the text: more than in the view where a name stands twice.
    written: usize,
}

/// Why a text cannot be held as a STIX object at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Longer than [`Limits::object_bytes`].
    #[error("object has {found} bytes: at most {limit} are read")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Nested deeper than [`Limits::nesting`].
    #[error("object is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Not JSON; line and column count from 1.
    #[error("not valid JSON at line {line}, column {column}: {reason}")]
    NotJson {
        /// Line inside the object's text.
        line: usize,
        /// Column in that line.
        column: usize,
        /// What the parser met.
        reason: String,
    },
    /// A JSON value other than a dictionary.
    #[error("expected a JSON object, found {found}")]
    NotAnObject {
        /// The kind of value found.
        found: &'static str,
    },
    /// `type` is missing or no string.
    #[error("property `type` is missing or not a string")]
    NoType,
    /// `type` is no name of a type (§3.1).
    #[error("`{0}` is no name of a type")]
    BadType(String),
    /// `id` is missing.
    #[error("property `id` is missing")]
    NoId,
    /// `id` is missing or no STIX identifier.
    #[error("property `id`: {0}")]
    BadId(String),
    /// The type in the id differs from `type`.
    #[error("`id` begins with `{in_id}` but `type` is `{kind}`")]
    TypeMismatch {
        /// Type named by the id.
        in_id: String,
        /// Value of `type`.
        kind: String,
    },
}

impl ParseError {
    /// Stable code of the rule that was broken.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "stix.object.too-large",
            Self::TooDeep { .. } => "stix.object.too-deep",
            Self::NotJson { .. } => "stix.object.not-json",
            Self::NotAnObject { .. } => "stix.object.not-an-object",
            Self::NoType => "stix.type.missing",
            Self::BadType(_) => "stix.type.name",
            Self::NoId => "stix.property.missing",
            Self::BadId(_) => "stix.id.malformed",
            Self::TypeMismatch { .. } => "stix.id.type-mismatch",
        }
    }

    /// The same error for a text that begins on this line and in this column of a file, both from
    /// 1: what is said of lines and columns counts from the beginning of the file.
    pub(crate) fn in_file(self, from: (u64, u64)) -> Self {
        let Self::NotJson { line, column, reason } = self else { return self };
        let whole = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let column = if line <= 1 { column.max(1) + whole(from.1) - 1 } else { column };
        Self::NotJson { line: line.max(1) + whole(from.0) - 1, column, reason }
    }

    /// The property at fault, or empty for the whole object.
    pub fn path(&self) -> &'static str {
        match self {
            Self::NoType | Self::BadType(_) => "type",
            Self::NoId | Self::BadId(_) | Self::TypeMismatch { .. } => "id",
            _ => "",
        }
    }
}

impl Object {
    /// Reads one object with the default [`Limits`].
    pub fn parse(raw: &str) -> Result<Self, ParseError> {
        Self::parse_within(raw, Limits::default())
    }

    /// Reads one object; the text is kept as it is.
    pub fn parse_within(raw: &str, limits: Limits) -> Result<Self, ParseError> {
        Self::parse_scanned(raw, limits, None)
    }

    /// The same for a text that was followed on the way, if it was.
    pub(crate) fn parse_scanned(
        raw: &str,
        limits: Limits,
        scan: Option<&Scan>,
    ) -> Result<Self, ParseError> {
        if raw.len() > limits.object_bytes {
            return Err(ParseError::TooLarge { found: raw.len(), limit: limits.object_bytes });
        }
        let whole;
        let scan = match scan {
            Some(scan) => scan,
            None => {
                whole = Scan::of(raw);
                &whole
            }
        };
        if scan.deepest() > limits.nesting.min(DEEPEST) {
            return Err(ParseError::TooDeep { limit: limits.nesting.min(DEEPEST) });
        }
        let value = value(raw).map_err(|e| ParseError::NotJson {
            line: e.line(),
            column: e.column(),
            reason: reason_only(&e),
        })?;
        let view = match value {
            Value::Object(view) => view,
            other => return Err(ParseError::NotAnObject { found: kind_of(&other) }),
        };
        Self::held(raw.into(), view, scan.members())
    }

    /// The object of this text and what it reads as.
    fn held(raw: Box<str>, view: Map<String, Value>, written: usize) -> Result<Self, ParseError> {
        let kind = view.get("type").and_then(Value::as_str).ok_or(ParseError::NoType)?;
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if kind.is_empty() || kind.len() > 250 || !kind.bytes().all(plain) {
            return Err(ParseError::BadType(kind.chars().take(250).collect()));
        }
        let text = view.get("id").ok_or(ParseError::NoId)?.as_str();
        let id: Id = text
            .ok_or_else(|| ParseError::BadId("not a string".to_owned()))?
            .parse()
            .map_err(|e: id::IdError| ParseError::BadId(e.to_string()))?;
        if id.kind() != kind {
            let in_id = id.kind().to_owned();
            return Err(ParseError::TypeMismatch { in_id, kind: kind.chars().take(250).collect() });
        }
        Ok(Self { raw, view, id, written })
    }

    /// An object that this node makes itself; its raw text is the RFC 8785 form.
    pub fn from_view(view: Map<String, Value>) -> Result<Self, ParseError> {
        let limits = Limits::default();
        let canonical::Settled { text, view, members, deepest } = canonical::settle(view);
        if text.len() > limits.object_bytes {
            let (found, limit) = (text.len(), limits.object_bytes);
            return Err(ParseError::TooLarge { found, limit });
        }
        if deepest > limits.nesting {
            return Err(ParseError::TooDeep { limit: limits.nesting });
        }
        Self::held(text.into(), view, members)
    }

    /// The text as received.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// All properties.
    pub fn view(&self) -> &Map<String, Value> {
        &self.view
    }

    /// Members of all dictionaries, counted in the text.
    pub(crate) fn written_members(&self) -> usize {
        self.written
    }

    /// The identifier.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// The STIX `type`.
    pub fn kind(&self) -> &str {
        self.id.kind()
    }

    /// One top-level property.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.view.get(name)
    }

    /// One top-level property that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// One top-level property that is a timestamp.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.text(name).and_then(|t| t.parse().ok())
    }

    /// The strings of a top-level list.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The body of one extension, by its definition id (`extension-definition--…`).
    pub fn extension(&self, definition: &str) -> Option<&Map<String, Value>> {
        self.get("extensions")?.get(definition)?.as_object()
    }

    /// The version key: `modified`, else `created`, as a sort key of the instant; for an object
    /// without either (SCOs) the SHA-256 of its content, so that each content is one version.
    pub fn version(&self) -> String {
        match self.time("modified").or_else(|| self.time("created")) {
            Some(time) => time.sort_key().to_owned(),
            None => format!("sha256:{}", hex(&self.content_hash())),
        }
    }

    /// Whether the originator withdrew the object for ever (§3.6).
    pub fn revoked(&self) -> bool {
        self.get("revoked") == Some(&Value::Bool(true))
    }

    /// SHA-256 of the RFC 8785 form with every timestamp property written as its instant: equal
    /// for two texts with the same content.
    pub fn content_hash(&self) -> [u8; 32] {
        content_of(self.view.clone())
    }

    /// Every reference the object makes, with its path.
    pub fn references(&self) -> Vec<Reference> {
        reference::collect(&self.view)
    }

    /// The id that §2.9 asks of this SCO, if it asks for a deterministic one.
    pub fn expected_sco_id(&self) -> Option<Id> {
        id::sco_id(self.kind(), &self.view)
    }

    /// A short text by which people recognise the object: a name, a value, else the type.
    pub fn label(&self) -> String {
        let named = ["name", "value", "number", "iban", "serial", "subject", "title", "path"];
        let text = named.iter().find_map(|n| self.text(n)).unwrap_or_else(|| self.kind());
        text.chars().take(200).collect()
    }
}

/// SHA-256 of properties, see [`Object::content_hash`].
pub(crate) fn content_of(mut view: Map<String, Value>) -> [u8; 32] {
    view.iter_mut().for_each(|(name, value)| write_instants(name, value));
    canonical::sha256(&Value::Object(view))
}

/// Writes the timestamps under a name as instants; those of extensions lie deeper.
fn write_instants(name: &str, value: &mut Value) {
    match value {
        Value::String(text) if is_time_property(name) => {
            if let Ok(time) = text.parse::<Timestamp>() {
                *text = format!("{}Z", time.sort_key());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| write_instants(name, item)),
        Value::Object(view) => view.iter_mut().for_each(|(n, v)| write_instants(n, v)),
        _ => {}
    }
}

/// Names of the timestamps of chapters 3 to 7 and of our own types.
fn is_time_property(name: &str) -> bool {
    const ENDS: [&str; 19] = [
        "_time",
        "_seen",
        "_from",
        "_until",
        "_observed",
        "_date",
        "date",
        "_at",
        "atime",
        "_created",
        "_modified",
        "_expires",
        "_stamp",
        "_changed",
        "_login",
        "_started",
        "_ended",
        "_not_before",
        "_not_after",
    ];
    matches!(
        name,
        "created" | "modified" | "start" | "end" | "published" | "submitted" | "ctime" | "mtime"
    ) || ENDS.iter().any(|end| name.ends_with(end))
}

/// The whole of `raw` as a value. The parser's own limit of levels is off: [`Limits::nesting`] was
/// asked before.
fn value(raw: &str) -> serde_json::Result<Value> {
    let mut parser = serde_json::Deserializer::from_str(raw);
    parser.disable_recursion_limit();
    let value = Value::deserialize(&mut parser)?;
    parser.end()?;
    Ok(value)
}

/// serde_json's message without its own " at line … column …".
fn reason_only(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";

    #[test]
    fn the_text_is_kept_and_the_version_is_the_instant() {
        let raw = format!(
            r#"{{ "type":"identity", "id":"{ID}", "modified":"2026-01-01T00:00:00.100Z" }}"#
        );
        let object = Object::parse(&raw);
        assert_eq!(object.as_ref().map(Object::raw), Ok(raw.as_str()));
        assert_eq!(object.map(|o| o.version()), Ok("2026-01-01T00:00:00.1".to_owned()));
    }

    #[test]
    fn same_content_in_other_words_has_the_same_hash() {
        let a = Object::parse(&format!(
            r#"{{"type":"identity","id":"{ID}","modified":"2026-01-01T00:00:00.100Z","x":1.0}}"#
        ));
        let b = Object::parse(&format!(
            r#"{{"x":1,"id":"{ID}","type":"identity","modified":"2026-01-01T00:00:00.1Z"}}"#
        ));
        assert_eq!(a.map(|o| o.content_hash()), b.map(|o| o.content_hash()));
    }

    #[test]
    fn digits_of_nested_timestamps_are_no_other_content() {
        let at = |digits: &str| {
            let object = Object::parse(&format!(
                r#"{{"type":"identity","id":"{ID}","extensions":{{"x-ext":{{"spans":[
                {{"valid_from":"2026-01-01T00:00:00{digits}Z","note":"1{digits}"}}]}}}}}}"#
            ));
            object.map(|o| o.content_hash())
        };
        assert_ne!(at(".000"), at(""), "other texts are other content");
        let time = |text: &str| {
            let object = Object::parse(&format!(
                r#"{{"type":"identity","id":"{ID}","extensions":{{"x-ext":{{"spans":[
                {{"valid_from":"{text}"}}]}}}}}}"#
            ));
            object.map(|o| o.content_hash())
        };
        assert_eq!(time("2026-01-01T00:00:00.100Z"), time("2026-01-01T00:00:00.1Z"));
    }

    #[test]
    fn what_cannot_be_held_says_which_property() {
        let rule = |raw: &str| Object::parse(raw).map(|_| ()).map_err(|e| e.rule());
        assert_eq!(rule("[]").err(), Some("stix.object.not-an-object"));
        assert_eq!(rule(r#"{"id":"a"}"#).err(), Some("stix.type.missing"));
        assert_eq!(rule(r#"{"type":"identity","id":"a"}"#).err(), Some("stix.id.malformed"));
        let other = format!(r#"{{"type":"malware","id":"{ID}"}}"#);
        assert_eq!(rule(&other).err(), Some("stix.id.type-mismatch"));
        let deep = |levels: usize| {
            let lists = format!("{}{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
            rule(&format!(r#"{{"type":"identity","id":"{ID}","x_deep":{lists}}}"#))
        };
        assert_eq!(deep(128), Ok(()));
        assert_eq!(deep(129), Err("stix.object.too-deep"));
    }

    #[test]
    fn an_object_that_is_made_is_the_one_that_its_text_reads_as() {
        let view = serde_json::json!({
            "x": [{ "b": 1.0, "a": 9_007_199_254_740_993_u64 }, "é\u{1}\""], "type": "identity",
            "id": ID, "x_deep": [[{ "c": [] }]],
        });
        let made = Object::from_view(view.as_object().unwrap().clone()).unwrap();
        let read = Object::parse(made.raw()).unwrap();
        assert_eq!((made.view(), made.id()), (read.view(), read.id()));
        assert_eq!(made.written_members(), read.written_members());
        let names = |object: &Object| object.view().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&made), names(&read));
        let deep = |levels: usize| {
            let mut view = view.as_object().unwrap().clone();
            let deep = (2..levels).fold(Value::Array(vec![]), |deep, _| Value::Array(vec![deep]));
            view.insert("x_deep".to_owned(), deep);
            Object::from_view(view).map(|_| ()).map_err(|e| e.rule())
        };
        assert_eq!((deep(128), deep(129)), (Ok(()), Err("stix.object.too-deep")));
    }
}
