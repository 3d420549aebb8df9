//! What a document is: told by its content, and the declaration must agree.

use image::ImageFormat;

use crate::office::{self, Office};
use crate::{Code, Refusal};

/// What we know how to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Picture(ImageFormat),
    Pdf,
    /// An office document; `None` = none was declared, the package says.
    Office(Option<Office>),
    Text,
    Csv,
    Html,
    /// Binary office documents: no reader of ours.
    Legacy,
}

/// The kind of the content, if the declared type says the same or says nothing.
pub(crate) fn agreed(bytes: &[u8], declared: &str) -> Result<Kind, Refusal> {
    let found = sniff(bytes);
    let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if declared.is_empty() {
        return found.ok_or_else(|| Code::TypeUnknown.into());
    }
    let kind = named(&declared).ok_or(Code::TypeUnknown)?;
    let agrees = match (kind, found) {
        (Kind::Office(_), Some(Kind::Office(_))) => true,
        // Text has no mark of its own; anything with one is no text.
        (Kind::Text | Kind::Csv | Kind::Html, found) => found.is_none(),
        (kind, found) => found == Some(kind),
    };
    if agrees { Ok(kind) } else { Err(Code::TypeMismatch.into()) }
}

/// The kind that a media type names; registered names and the aliases in wide use.
fn named(mime: &str) -> Option<Kind> {
    Some(match mime {
        "image/jpeg" | "image/jpg" | "image/pjpeg" => Kind::Picture(ImageFormat::Jpeg),
        "image/png" => Kind::Picture(ImageFormat::Png),
        "image/gif" => Kind::Picture(ImageFormat::Gif),
        "image/webp" => Kind::Picture(ImageFormat::WebP),
        "image/tiff" => Kind::Picture(ImageFormat::Tiff),
        "image/bmp" | "image/x-ms-bmp" | "image/x-bmp" => Kind::Picture(ImageFormat::Bmp),
        "application/pdf" | "application/x-pdf" => Kind::Pdf,
        "text/plain" => Kind::Text,
        "text/csv" => Kind::Csv,
        "text/html" => Kind::Html,
        "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint"
        | "application/x-ole-storage" => Kind::Legacy,
        mime => return office::named(mime).map(|kind| Kind::Office(Some(kind))),
    })
}

/// The kind that the first bytes show.
fn sniff(bytes: &[u8]) -> Option<Kind> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let riff = starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    Some(match () {
        () if starts(b"\xFF\xD8\xFF") => Kind::Picture(ImageFormat::Jpeg),
        () if starts(b"\x89PNG\r\n\x1A\n") => Kind::Picture(ImageFormat::Png),
        () if starts(b"GIF87a") || starts(b"GIF89a") => Kind::Picture(ImageFormat::Gif),
        () if riff => Kind::Picture(ImageFormat::WebP),
        () if starts(b"II*\0") || starts(b"MM\0*") => Kind::Picture(ImageFormat::Tiff),
        () if starts(b"BM") => Kind::Picture(ImageFormat::Bmp),
        () if starts(b"%PDF-") => Kind::Pdf,
        () if starts(b"PK\x03\x04") => Kind::Office(None),
        () if starts(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") => Kind::Legacy,
        () => return None,
    })
}
