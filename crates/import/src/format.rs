//! The formats that are read, and how they are told apart by content.

use crate::{encoding, firearms};

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// STIX 2.1 JSON: bundle, TAXII envelope, list, lines or a single object.
    Stix,
    /// A table of recovered, lost or stolen firearms, header in English or Spanish.
    FirearmsCsv,
    /// A web page kept as a document.
    HtmlReport,
}

/// Bytes looked at to tell a format.
const LOOKED_AT: usize = 64 << 10;

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Stix, Self::FirearmsCsv, Self::HtmlReport];

    /// All names, for messages.
    pub const NAMES: &'static str = "`stix`, `firearms-csv` or `html-report`";

    /// Media type of such a file.
    pub fn media(self) -> &'static str {
        match self {
            Self::Stix => "application/stix+json;version=2.1",
            Self::FirearmsCsv => "text/csv",
            Self::HtmlReport => "text/html",
        }
    }

    /// The name by which `--format` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stix => "stix",
            Self::FirearmsCsv => "firearms-csv",
            Self::HtmlReport => "html-report",
        }
    }

    /// Reads [`Format::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    /// Tells the format by the beginning of the file; the file name plays no part.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
        let bare = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        match bare.first()? {
            b'{' | b'[' => Some(Self::Stix),
            b'<' => {
                let lower = bare.to_ascii_lowercase();
                let has = |tag: &[u8]| lower.windows(tag.len()).any(|w| w == tag);
                let page = has(b"<html") || has(b"<!doctype html") || has(b"<body");
                page.then_some(Self::HtmlReport)
            }
            _ => {
                let line = bare.split(|b| matches!(b, b'\n' | b'\r')).next()?;
                firearms::is_header(&encoding::decode(line).0).then_some(Self::FirearmsCsv)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content() {
        let detect = |t: &str| Format::detect(t.as_bytes());
        assert_eq!(detect("\u{feff} {\"type\":\"bundle\"}"), Some(Format::Stix));
        assert_eq!(detect("[]"), Some(Format::Stix));
        assert_eq!(detect("<!-- x --><HTML>"), Some(Format::HtmlReport));
        assert_eq!(detect("<?xml version=\"1.0\"?><report/>"), None);
        assert_eq!(detect("Nº de serie;Marca;Calibre\n"), Some(Format::FirearmsCsv));
        assert_eq!(detect("serial,make\n"), Some(Format::FirearmsCsv));
        assert_eq!(detect("name,value\n"), None);
        assert_eq!(detect(""), None);
    }

    #[test]
    fn names_read_back() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
            assert!(Format::NAMES.contains(format.name()));
        }
        assert_eq!(Format::from_name("csv"), None);
    }
}
