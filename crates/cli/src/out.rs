//! What the command prints: for people, or one JSON object a line.

use std::io::{BufWriter, StdoutLock, Write as _};

use serde::Serialize;
use serde_json::{Value, json};

/// Printer of one command.
pub(crate) struct Out {
    json: bool,
}

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON is wanted.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// One line of result: the object, or the sentence.
    pub(crate) fn line(&self, object: &impl Serialize, sentence: impl FnOnce() -> String) {
        if self.json {
            self.print(&serde_json::to_string(object).unwrap_or_default());
        } else {
            self.print(&sentence());
        }
    }

    /// A printer for very many lines: they are written in large pieces, the rest when it is dropped.
    pub(crate) fn many(&self) -> Many {
        Many { json: self.json, out: BufWriter::with_capacity(64 << 10, std::io::stdout().lock()) }
    }

    /// The last line: counts.
    pub(crate) fn summary(&self, counts: &impl Serialize, sentence: impl FnOnce() -> String) {
        if self.json {
            let counts = serde_json::to_value(counts).unwrap_or(Value::Null);
            self.print(&json!({ "summary": counts }).to_string());
        } else {
            let sentence = sentence();
            if !sentence.is_empty() {
                self.print(&sentence);
            }
        }
    }

    /// Text as it is (an object's raw text, a card, a draft).
    pub(crate) fn print(&self, text: &str) {
        // A closed pipe is the reader's choice, not our failure.
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// A message beside the result.
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// An error.
    pub(crate) fn error(&self, code: &str, text: &str) {
        if self.json {
            let error = json!({ "error": { "code": code, "message": text } });
            let _ = writeln!(std::io::stderr().lock(), "{error}");
        } else {
            let _ = writeln!(std::io::stderr().lock(), "enlace: {text}");
        }
    }
}

/// Prints very many lines.
pub(crate) struct Many {
    json: bool,
    out: BufWriter<StdoutLock<'static>>,
}

impl Many {
    /// One line of result: the object, or the sentence.
    pub(crate) fn line(&mut self, object: &impl Serialize, sentence: impl FnOnce() -> String) {
        // A closed pipe is the reader's choice, not our failure.
        let _ = if self.json {
            serde_json::to_writer(&mut self.out, object).map_err(std::io::Error::from)
        } else {
            self.out.write_all(sentence().as_bytes())
        };
        let _ = self.out.write_all(b"\n");
    }
}
