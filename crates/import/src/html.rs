//! A web page is kept as a document: an `artifact` with its bytes and a `report` that names it.
//!
//! Nothing is extracted; the report's name is the page's title, else the file name. A page up to
//! [`crate::Limits::inline_bytes`] stands in `payload_bin`; a longer one is named by its SHA-256
//! and `url: urn:sha256:…` (an artifact needs one of the two, STIX 2.1 §6.1), its bytes are the
//! blob. The bytes are a blob in both cases, so that pages can show the document from one place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use enlace_stix::validate::{Finding, Level};
use enlace_stix::{Object, ParseError, sco_id};
use serde_json::{Map, Value, json};

use crate::encoding::{self, Encoding};
use crate::outcome::{Position, finding};
use crate::own::Maker;
use crate::{Blob, Format, ImportError, Imported, Outcome, Source};

/// The document is the first and only item.
const WHOLE: Position = Position { what: "document", item: 1, line: 1 };

/// Longest title that becomes a name.
const TITLE_CHARS: usize = 300;

pub(crate) fn read(source: &Source<'_>) -> Result<Outcome, ImportError> {
    let maker = Maker::new(source, "enlace html-report 1");
    let mut outcome = Outcome::new(Format::HtmlReport, maker.sha256().to_owned());
    let (text, note) = decode(source.bytes);
    outcome.notes.extend(note);
    let name = title(&text).unwrap_or_else(|| maker.name().to_owned());
    match make(source, &maker, &name) {
        Ok(objects) => {
            let position = WHOLE.to_string();
            let keep = |object| Imported {
                object,
                position: position.clone(),
                row: None,
                warnings: Vec::new(),
                changes: Vec::new(),
            };
            outcome.objects.extend(objects.map(keep));
            outcome.blobs.push(Blob {
                bytes: source.bytes.to_vec(),
                sha256: maker.sha256().to_owned(),
                media: Format::HtmlReport.media(),
                name: maker.name().to_owned(),
            });
        }
        Err(error) => {
            let fault = finding(Level::Must, error.rule(), error.path(), "", error.to_string());
            outcome.reject(None, WHOLE, &text, vec![fault]);
        }
    }
    Ok(outcome)
}

fn make(source: &Source<'_>, maker: &Maker<'_>, name: &str) -> Result<[Object; 2], ParseError> {
    let mut artifact = Map::new();
    artifact.insert("mime_type".into(), json!(Format::HtmlReport.media()));
    artifact.insert("hashes".into(), json!({"SHA-256": maker.sha256()}));
    if source.bytes.len() <= source.limits.inline_bytes && !source.bytes.is_empty() {
        artifact.insert("payload_bin".into(), json!(STANDARD.encode(source.bytes)));
    } else {
        artifact.insert("url".into(), json!(format!("urn:sha256:{}", maker.sha256())));
    }
    let derived = || maker.derive_id("artifact", &json!(maker.sha256()));
    let artifact_id = sco_id("artifact", &artifact).unwrap_or_else(derived);
    let report_id = maker.derive_id("report", &json!(maker.sha256()));
    let report = Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("report_types".to_owned(), json!(["press-report"])),
        ("published".to_owned(), json!(maker.time())),
        ("object_refs".to_owned(), Value::from(vec![artifact_id.to_string()])),
    ]);
    Ok([maker.sco(&artifact_id, artifact)?, maker.sdo(&report_id, report, None)?])
}

/// The page as text: byte order mark, else the charset the page names, else UTF-8 if it is that.
fn decode(bytes: &[u8]) -> (String, Option<Finding>) {
    let named = declared_charset(bytes);
    match named.as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => {
            let (text, encoding) = encoding::decode(bytes);
            let note = (encoding == Encoding::Windows1252).then(|| {
                let expected = "UTF-8 or a declared charset: read as windows-1252";
                finding(Level::Should, "import.encoding.assumed", "", "not UTF-8", expected)
            });
            (text.into_owned(), note)
        }
        Some("iso-8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252" | "iso-8859-15") => {
            (encoding::windows_1252(bytes), None)
        }
        Some(other) => {
            let expected = "utf-8, iso-8859-1 or windows-1252: only the title is affected";
            let note = finding(Level::Should, "import.encoding.unknown", "", other, expected);
            (encoding::decode(bytes).0.into_owned(), Some(note))
        }
    }
}

/// The charset named by `<meta charset=…>` or `content="…; charset=…"` in the first 2 KiB, lower
/// case. A byte order mark overrides it.
fn declared_charset(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return None;
    }
    let head = bytes.get(..2048).unwrap_or(bytes).to_ascii_lowercase();
    let head = encoding::windows_1252(&head);
    let metas = head.split("<meta").skip(1).filter_map(|m| m.split('>').next());
    let after = metas.filter_map(|m| m.split_once("charset")).map(|(_, rest)| rest);
    let value = after.filter_map(|rest| rest.trim_start().strip_prefix('=')).next()?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '/');
    value.split(end).next().filter(|v| !v.is_empty()).map(str::to_owned)
}

/// The text of the first `<title>`, white space collapsed; `None` where there is none.
fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower.get(open..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let decoded = entities(page.get(start..end)?);
    let clean: String = decoded.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(TITLE_CHARS).collect();
    (!name.is_empty()).then_some(name)
}

/// Resolves numeric character references and the named ones of Spanish and English text.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after.split_once(';').filter(|(name, _)| name.len() <= 10);
        match known.and_then(|(name, tail)| entity(name).map(|c| (c, tail))) {
            Some((c, tail)) => {
                out.push(c);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']).map(|h| u32::from_str_radix(h, 16));
        return char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?);
    }
    let named = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", ' '),
        ("aacute", 'á'),
        ("eacute", 'é'),
        ("iacute", 'í'),
        ("oacute", 'ó'),
        ("uacute", 'ú'),
        ("Aacute", 'Á'),
        ("Eacute", 'É'),
        ("Iacute", 'Í'),
        ("Oacute", 'Ó'),
        ("Uacute", 'Ú'),
        ("ntilde", 'ñ'),
        ("Ntilde", 'Ñ'),
        ("uuml", 'ü'),
        ("iexcl", '¡'),
        ("iquest", '¿'),
        ("laquo", '«'),
        ("raquo", '»'),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("lsquo", '‘'),
        ("rsquo", '’'),
        ("ndash", '–'),
        ("mdash", '—'),
        ("hellip", '…'),
        ("euro", '€'),
    ];
    named.iter().find(|(n, _)| *n == name).map(|(_, c)| *c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_read_without_markup() {
        let page = "<html><head><TITLE lang=es>\n Decomiso &amp; captura:\t &ldquo;La Pe&ntilde;a\
                    &#x201d; </TITLE>";
        assert_eq!(title(page).as_deref(), Some("Decomiso & captura: “La Peña”"));
        assert_eq!(title("<title></title>"), None);
        assert_eq!(title("<title>open"), None);
        assert_eq!(entities("a & b &unknown; &#1114112; &"), "a & b &unknown; &#1114112; &");
    }

    #[test]
    fn the_charset_comes_from_the_page() {
        let named = |t: &str| declared_charset(t.as_bytes());
        assert_eq!(named("<meta charset=\"ISO-8859-1\">").as_deref(), Some("iso-8859-1"));
        let long = "<META http-equiv=Content-Type content='text/html; charset=windows-1252'/>";
        assert_eq!(named(long).as_deref(), Some("windows-1252"));
        assert_eq!(named("<p>charset=x</p>"), None);
        assert_eq!(named("<meta name=x>"), None);
    }
}
