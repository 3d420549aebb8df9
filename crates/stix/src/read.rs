//! Splits what arrives (bundle, TAXII envelope, list, JSON lines, single object) into object texts.

use serde::Deserialize;
use serde_json::value::RawValue;

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

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    objects: Option<&'a RawValue>,
}

/// Splits a text into the texts of its objects, each as it stands in the source, unread.
pub fn split(text: &str) -> Result<(Form, Vec<&str>), SplitError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start().as_bytes().first() {
        Some(b'[') => Ok((Form::List, list(text)?)),
        Some(b'{') => split_braced(text),
        _ => Err(SplitError { line: 1, column: 1, reason: "expected `{` or `[`".to_owned() }),
    }
}

fn split_braced(text: &str) -> Result<(Form, Vec<&str>), SplitError> {
    match serde_json::from_str::<Head<'_>>(text) {
        Ok(Head { kind, objects }) => {
            let kind = kind.map(RawValue::get);
            match objects {
                Some(objects) if kind == Some("\"bundle\"") => {
                    Ok((Form::Bundle, list(objects.get())?))
                }
                Some(objects) if kind.is_none() => Ok((Form::Envelope, list(objects.get())?)),
                None if kind == Some("\"bundle\"") => Ok((Form::Bundle, Vec::new())),
                _ => Ok((Form::Single, vec![text.trim()])),
            }
        }
        Err(e) => lines(text).ok_or_else(|| from_json(&e)),
    }
}

/// One object a line: more than one line, of which the first is JSON or all begin with `{`. A line
/// that is no JSON is passed on as it is, to be rejected by itself.
fn lines(text: &str) -> Option<(Form, Vec<&str>)> {
    let found: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let first_is_json =
        found.first().is_some_and(|first| serde_json::from_str::<&RawValue>(first).is_ok());
    let by_line = first_is_json || found.iter().all(|line| line.starts_with('{'));
    (found.len() > 1 && by_line).then_some((Form::Lines, found))
}

fn list(text: &str) -> Result<Vec<&str>, SplitError> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|e| from_json(&e))?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

fn from_json(error: &serde_json::Error) -> SplitError {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
    SplitError { line: error.line(), column: error.column(), reason }
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
