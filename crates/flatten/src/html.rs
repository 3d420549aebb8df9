//! HTML: the text that a reader sees without styles and scripts.
//!
//! Styles can hide anything, so only those are accepted that cannot; a page with others, or with
//! colours and positions of its own, is refused (to be printed as PDF first).

use html5gum::{Token, Tokenizer};

use crate::note::Notes;
use crate::{Code, Limits, NoteCode, Refusal};

/// Elements without an end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Elements whose content is not part of the text, or is shown only at times.
const SILENT: &[&str] = &[
    "head", "script", "style", "template", "noscript", "iframe", "object", "applet", "audio",
    "video", "canvas", "svg", "math", "select", "datalist", "dialog", "noembed", "noframes", "map",
    "title",
];

/// Elements that begin a line.
const LINES: &[&str] = &[
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "table",
    "tr",
    "blockquote",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "aside",
    "address",
    "dl",
    "dt",
    "dd",
    "figure",
    "figcaption",
    "form",
    "fieldset",
    "hr",
    "caption",
    "summary",
    "details",
    "body",
];

/// Beginnings of style properties that cannot hide text.
const HARMLESS: &[&str] = &[
    "font-family",
    "font-weight",
    "font-style",
    "text-align",
    "text-decoration",
    "margin-top",
    "margin-bottom",
    "padding",
    "border-collapse",
    "border-spacing",
    "border-style",
    "list-style",
    "vertical-align",
    "page-break",
    "orphans",
    "widows",
];

/// Attributes that set colours or places.
const LOOKS: &[&str] =
    &["color", "bgcolor", "text", "background", "link", "vlink", "alink", "face"];

#[derive(Debug)]
struct Open {
    name: String,
    hidden: bool,
    /// Closed `details`: of its children only `summary` is seen.
    closed: bool,
}

/// The visible text of a page.
pub(crate) fn text(html: &str, limits: &Limits, notes: &mut Notes) -> Result<String, Refusal> {
    let mut page = Page { open: Vec::new(), out: String::new(), depth: limits.depth * 4 };
    let mut in_style = false;
    for (index, token) in Tokenizer::new(html).enumerate() {
        if index > limits.parts.saturating_mul(4) {
            return Err(Code::Parts.into());
        }
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = lower(&tag.name);
                in_style = name == "style";
                let attributes: Vec<(String, String)> = tag
                    .attributes
                    .iter()
                    .map(|(key, value)| (lower(key), String::from_utf8_lossy(value).into_owned()))
                    .collect();
                page.begin(&name, &attributes, tag.self_closing, notes)?;
            }
            Token::EndTag(tag) => {
                in_style = false;
                page.end(&lower(&tag.name));
            }
            Token::String(text) => {
                let text = std::str::from_utf8(&text).map_err(|_| Code::Malformed)?;
                if in_style {
                    refuse_styles(text)?;
                } else if !page.hidden() {
                    page.say(text);
                } else if !text.trim().is_empty() {
                    notes.add(NoteCode::HiddenText);
                }
            }
            Token::Comment(_) => notes.add(NoteCode::Comments),
            Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    Ok(page.out)
}

fn lower(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_ascii_lowercase()
}

struct Page {
    open: Vec<Open>,
    out: String,
    depth: usize,
}

impl Page {
    fn hidden(&self) -> bool {
        let mut inner = self.open.iter().zip(self.open.iter().skip(1));
        self.open.iter().any(|open| open.hidden)
            || self.open.last().is_some_and(|last| last.closed)
            || inner.any(|(outer, inner)| outer.closed && inner.name != "summary")
    }

    fn begin(
        &mut self,
        name: &str,
        attributes: &[(String, String)],
        self_closing: bool,
        notes: &mut Notes,
    ) -> Result<(), Refusal> {
        let value = |key: &str| attributes.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        let sheet = name == "link" && value("rel").is_some_and(|rel| rel.contains("stylesheet"));
        let frames = matches!(name, "frameset" | "frame" | "marquee" | "layer" | "plaintext");
        if sheet || frames || LOOKS.iter().any(|look| value(look).is_some()) {
            return Err(Code::Unfaithful.into());
        }
        let mut hidden = SILENT.contains(&name) || value("hidden").is_some();
        if let Some(style) = value("style") {
            hidden |= hides(style)?;
        }
        if name == "script" {
            notes.add(NoteCode::Scripts);
        }
        if LINES.contains(&name) || name == "br" || name == "li" {
            self.line();
        }
        if !hidden && !self.hidden() {
            match name {
                "img" => {
                    notes.add(NoteCode::Images);
                    self.out.push_str(crate::story::IMAGE_MARK);
                }
                "li" => self.out.push_str("\u{2022} "),
                "td" | "th" if !self.out.ends_with('\n') => self.out.push_str(" | "),
                _ => {}
            }
        }
        if !VOID.contains(&name) && !self_closing {
            if self.open.len() >= self.depth {
                return Err(Code::Depth.into());
            }
            let closed = name == "details" && value("open").is_none();
            self.open.push(Open { name: name.to_owned(), hidden, closed });
        }
        Ok(())
    }

    /// Closes the innermost element of this name. What would close something hidden without being
    /// its own end is ignored: a browser would not show more.
    fn end(&mut self, name: &str) {
        let from = self.open.iter().rposition(|open| open.hidden || open.closed).unwrap_or(0);
        let found = self.open.iter().rposition(|open| open.name == name);
        if let Some(at) = found.filter(|at| *at >= from) {
            self.open.truncate(at);
        }
        if LINES.contains(&name) {
            self.line();
        }
    }

    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// Text with its white space collapsed, unless it is preformatted.
    fn say(&mut self, text: &str) {
        if self.open.iter().any(|open| open.name == "pre" || open.name == "textarea") {
            self.out.push_str(text);
            return;
        }
        for c in text.chars() {
            if !c.is_ascii_whitespace() {
                self.out.push(c);
            } else if !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
                self.out.push(' ');
            }
        }
    }
}

/// Whether declarations hide their element; refused if we cannot say.
fn hides(declarations: &str) -> Result<bool, Refusal> {
    let mut hidden = false;
    for declaration in declarations.split(';').map(str::trim).filter(|d| !d.is_empty()) {
        let (property, value) = declaration.split_once(':').ok_or(Code::Unfaithful)?;
        let (property, value) = (property.trim().to_ascii_lowercase(), value.trim());
        let value = value.to_ascii_lowercase();
        match property.as_str() {
            "display" if value.starts_with("none") => hidden = true,
            "visibility" if value.starts_with("hidden") => hidden = true,
            property if HARMLESS.iter().any(|harmless| property.starts_with(harmless)) => {
                // Functions and escapes reach beyond the property.
                if value.contains(['(', '\\', '-']) {
                    return Err(Code::Unfaithful.into());
                }
            }
            _ => return Err(Code::Unfaithful.into()),
        }
    }
    Ok(hidden)
}

/// A style sheet may only set what cannot hide.
fn refuse_styles(sheet: &str) -> Result<(), Refusal> {
    let mut rest = sheet;
    let mut plain = String::new();
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = comment.split_once("*/").ok_or(Code::Unfaithful)?.1;
    }
    plain.push_str(rest);
    if plain.contains(['@', '\\']) {
        return Err(Code::Unfaithful.into());
    }
    for rule in plain.split('}').filter(|rule| !rule.trim().is_empty()) {
        let (_, declarations) = rule.split_once('{').ok_or(Code::Unfaithful)?;
        if hides(declarations)? {
            return Err(Code::Unfaithful.into());
        }
    }
    Ok(())
}
