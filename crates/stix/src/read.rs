//! Splits what arrives (bundle, TAXII envelope, list, JSON lines, single object) into object texts.

mod item;
mod scan;
mod stream;
mod window;

pub use item::Item;
pub(crate) use scan::Scan;
pub use scan::id_in;
pub use stream::{ReadError, Stream};

use crate::Limits;

/// The form a text of objects came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `{"type":"bundle","objects":[…]}` (§8).
    Bundle,
    /// `{"objects":[…]}` (TAXII 2.1 §3.7).
    Envelope,
    /// `[…]`.
    List,
    /// One object a line.
    Lines,
    /// One object.
    Single,
}

/// Why a text could not be split at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not readable as STIX JSON at line {line}, column {column}: {reason}")]
pub struct SplitError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What was met.
    pub reason: String,
}

/// Splits a text into the texts of its objects, each as it stands in the source, unread.
///
/// # Errors
/// The text around the objects is broken: nothing is handed out then.
pub fn split(text: &str) -> Result<(Form, Vec<&str>), SplitError> {
    let limits = Limits { object_bytes: usize::MAX, ..Limits::default() };
    let mut stream = Stream::within(text.as_bytes(), limits);
    let mut texts = Vec::new();
    loop {
        let (from, to) = match stream.next() {
            Ok(Some(item)) => (item.offset, item.end()),
            Ok(None) => break,
            Err(ReadError::Split(error)) => return Err(error),
            Err(ReadError::Source(error)) => return Err(unreadable(&error)),
        };
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        texts.push(text.get(place(from)..place(to)).unwrap_or_default());
    }
    Ok((stream.form().unwrap_or(Form::Single), texts))
}

/// A slice never fails to be read; should it, no object is lost in silence.
fn unreadable(error: &std::io::Error) -> SplitError {
    SplitError { line: 1, column: 1, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> (Form, usize) {
        split(text).map(|(form, objects)| (form, objects.len())).unwrap()
    }

    #[test]
    fn every_form_of_a_file_is_told_apart() {
        assert_eq!(forms(r#"{"type":"bundle","id":"x","objects":[{},{}]}"#), (Form::Bundle, 2));
        assert_eq!(forms(r#"{"type":"bundle","id":"x"}"#), (Form::Bundle, 0));
        assert_eq!(forms(r#"{"more":false,"objects":[{}]}"#), (Form::Envelope, 1));
        assert_eq!(forms("\u{feff} [{}, 1, {}]"), (Form::List, 3));
        assert_eq!(forms("{\"a\":1}\n\n{\"b\":2}\n"), (Form::Lines, 2));
        assert_eq!(forms("{\"type\":\"bundle\",\"id\":\"x\"}\n{\"b\":2}\n"), (Form::Lines, 2));
        assert_eq!(forms("{\n\"a\":1\n}\n"), (Form::Single, 1));
        assert_eq!(forms(r#"{"type":"observed-data","objects":{"0":{}}}"#), (Form::Single, 1));
    }

    #[test]
    fn objects_keep_their_text_byte_for_byte() {
        let text = r#"{"type":"bundle","objects":[ {"b" : 1.50,"a":"\u00e9"} ,{}]}"#;
        let (_, objects) = split(text).unwrap();
        assert_eq!(objects, [r#"{"b" : 1.50,"a":"\u00e9"}"#, "{}"]);
    }

    #[test]
    fn a_bad_line_is_passed_on_and_its_neighbours_kept() {
        let (form, objects) = split("{\"a\":1}\n{broken\n{\"b\":2}").unwrap();
        assert_eq!((form, objects), (Form::Lines, vec!["{\"a\":1}", "{broken", "{\"b\":2}"]));
        assert_eq!(forms("{broken\n{\"b\":2}"), (Form::Lines, 2));
    }

    #[test]
    fn what_is_no_json_names_line_and_column() {
        let error = split("{\n  \"type\": \"bundle\",\n  \"objects\": [}\n").unwrap_err();
        assert_eq!((error.line, error.column), (3, 15), "{error}");
        let error = split("type,id").unwrap_err();
        assert_eq!((error.line, error.column), (1, 1), "{error}");
    }
}
