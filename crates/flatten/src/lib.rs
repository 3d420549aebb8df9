//! A document becomes a flattened copy that says only what is visible, or it is withheld.
//!
//! [`flatten`] takes the bytes of one document and its declared media type and gives a [`Flat`]
//! (new bytes, never a part of the old ones) or a [`Refusal`] with a stable code.
//!
//! | comes in | goes out |
//! |---|---|
//! | JPEG, PNG, GIF, WebP, TIFF, BMP | PNG or JPEG made from the pixels of the first frame |
//! | PDF | PDF whose pages are pictures of the pages |
//! | DOCX, XLSX | PDF whose pages are pictures of the visible text, set anew |
//! | plain text, CSV | the text, without characters that are not seen |
//! | HTML | plain text: what is seen without styles and scripts |
//! | PPTX, ODF, DOC, XLS, PPT, RTF, mail, anything else | refused: to be saved as PDF first |
//!
//! What a viewer does not show does not survive, because nothing is copied: pixels are drawn and
//! encoded again. So metadata, thumbnails, comments, profiles, what is behind transparency or
//! beyond the end of the file are gone without being looked for. Where we cannot be sure to see
//! what a viewer shows, the document is refused.
//!
//! What is visible stays visible: a name on a photographed page is still there. Marks within a few
//! of 256 levels of black or white, and the two lowest bits of every sample, are cleared; other
//! steganography in pixels is out of scope.
//!
//! Pure: no I/O, no clock, no randomness. The same document gives the same bytes on the same
//! machine; decoders may round differently on another processor, so a copy is made once and kept.
//!
//! ```
//! use enlace_flatten::{Code, Limits, flatten};
//! let refusal = flatten(b"MZ\x90\0", "application/pdf", &Limits::default()).unwrap_err();
//! assert_eq!(refusal.code, Code::TypeMismatch);
//! assert_eq!(refusal.to_string(), "flatten.type-mismatch");
//! ```
#![forbid(unsafe_code)]

mod html;
mod kind;
mod limits;
mod note;
mod office;
mod pdf;
mod picture;
mod refusal;
mod sheets;
mod story;
mod text;
mod typeset;

pub use limits::Limits;
pub use note::{Note, NoteCode};
pub use refusal::{Code, Refusal};

use kind::Kind;
use note::Notes;

/// Name and version of what [`flatten`] does; kept with a copy, so that a copy of an older version
/// can be made again.
pub const VERSION: &str = "enlace-flatten 1";

/// Stack of the thread that works on a document: deeper than any nesting that the limits allow.
const STACK_BYTES: usize = 64 << 20;

/// A flattened copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flat {
    /// The copy.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub mime: &'static str,
    /// Pages of it; 1 for a picture or a text.
    pub pages: u32,
    /// What was left out, by kind: for the officer who releases, never for the partner.
    pub notes: Vec<Note>,
}

/// Makes the flattened copy of one document.
///
/// `declared_mime` is what the document is said to be (parameters are ignored); the content must
/// agree. Empty = nothing was declared: the content decides, and text is refused.
///
/// Never panics: a fault in a decoder is a [`Refusal`] with [`Code::Fault`].
pub fn flatten(bytes: &[u8], declared_mime: &str, limits: &Limits) -> Result<Flat, Refusal> {
    if bytes.is_empty() {
        return Err(Code::Empty.into());
    }
    if bytes.len() > limits.input_bytes {
        return Err(Code::TooLarge.into());
    }
    let kind = kind::agreed(bytes, declared_mime)?;
    let flat = apart(|| flatten_kind(bytes, kind, limits))?;
    if flat.bytes.len() > limits.output_bytes {
        return Err(Code::TooLarge.into());
    }
    Ok(flat)
}

fn flatten_kind(bytes: &[u8], kind: Kind, limits: &Limits) -> Result<Flat, Refusal> {
    let mut notes = Notes::default();
    let (bytes, mime, pages) = match kind {
        Kind::Picture(format) => {
            let drawn = picture::draw(bytes, format, limits, &mut notes)?;
            let (bytes, mime) = picture::encode(&drawn, format)?;
            (bytes, mime, 1)
        }
        Kind::Pdf => {
            let sheets = pdf::draw(bytes, limits, &mut notes)?;
            let pages = sheets.count();
            (sheets.finish(), "application/pdf", pages)
        }
        Kind::Office(declared) => {
            let story = office::read(bytes, declared, limits, &mut notes)?;
            notes.add(NoteCode::PlainLayout);
            let sheets = typeset::typeset(story, limits, &mut notes)?;
            let pages = sheets.count();
            (sheets.finish(), "application/pdf", pages)
        }
        Kind::Text => (plain(bytes, &mut notes)?, "text/plain", 1),
        Kind::Csv => (plain(bytes, &mut notes)?, "text/csv", 1),
        Kind::Html => {
            let text = html::text(&text::decode(bytes)?, limits, &mut notes)?;
            (text::normalised(&text, &mut notes).into_bytes(), "text/plain", 1)
        }
        Kind::Legacy => return Err(Code::SaveAsPdf.into()),
    };
    Ok(Flat { bytes, mime, pages, notes: notes.into_vec() })
}

fn plain(bytes: &[u8], notes: &mut Notes) -> Result<Vec<u8>, Refusal> {
    Ok(text::normalised(&text::decode(bytes)?, notes).into_bytes())
}

/// Runs `work` where a panic or a deep stack of a decoder cannot end the caller.
fn apart<T: Send>(work: impl FnOnce() -> Result<T, Refusal> + Send) -> Result<T, Refusal> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        match thread.spawn_scoped(scope, work) {
            Ok(handle) => handle.join().unwrap_or_else(|_| Err(Code::Fault.into())),
            Err(_) => Err(Code::Fault.into()),
        }
    })
}
