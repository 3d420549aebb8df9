//! Files of other formats become STIX objects that say where they came from.
//!
//! [`import`] takes the bytes of one file and gives an [`Outcome`]: the objects that can be held,
//! what was rejected and why, and the documents to keep as blobs. One broken object or row never
//! stops the others.
//!
//! - [`Format`]: `stix` (bundle, envelope, list, lines, single), `firearms-csv`, `html-report`
//! - [`Source`]: the file and what its objects get from us: marking, author, time, id seed
//! - [`Imported`], [`Rejected`], [`Repeated`], [`Inherited`], [`Blob`]: what comes out
//!
//! STIX 2.1 objects keep the text they arrived with; STIX 2.0 objects are upgraded and say what was
//! changed; STIX 1.x is refused. Objects that we make (from CSV and HTML) carry
//! the `provenance` extension, and everything about them is a function of the arguments: the same
//! file with the same seed and the same time gives the same objects, byte for byte.
//!
//! ```
//! use enlace_import::{Format, Source, import};
//! let csv = b"serial,make,calibre,recovered_on\nAB12345,Taurus,9 mm,2026-03-01\n";
//! let outcome = import(&Source::new("guns.csv", csv, &[7; 32], 1_775_000_000_000_000))?;
//! assert_eq!(outcome.format, Format::FirearmsCsv);
//! assert_eq!(outcome.objects[0].object.text("serial"), Some("AB12345"));
//! # Ok::<(), enlace_import::ImportError>(())
//! ```
#![forbid(unsafe_code)]

mod encoding;
mod error;
mod firearms;
mod format;
mod html;
mod marking;
mod outcome;
mod own;
mod stix;

pub use error::ImportError;
pub use format::Format;
pub use marking::{Marking, MarkingError};
pub use outcome::{Blob, Imported, Inherited, Outcome, Rejected, Repeated};
pub use own::substance;

use enlace_stix::upgrade;

/// Sizes beyond which a file is refused, or a part of it rejected.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest file in bytes.
    pub file_bytes: usize,
    /// Most objects or data rows of one file.
    pub items: usize,
    /// Most columns of a table.
    pub columns: usize,
    /// Longest table cell in bytes.
    pub cell_bytes: usize,
    /// Longest document kept inside its `artifact`; longer ones are named by hash.
    pub inline_bytes: usize,
    /// Size and nesting of one STIX object.
    pub object: enlace_stix::Limits,
}

impl Default for Limits {
    /// 100 MiB, 500,000 items, 256 columns, cells of 4 KiB, 1 MiB inline.
    fn default() -> Self {
        Self {
            file_bytes: 100 << 20,
            items: 500_000,
            columns: 256,
            cell_bytes: 4 << 10,
            inline_bytes: 1 << 20,
            object: enlace_stix::Limits::default(),
        }
    }
}

/// One file, and what the objects that we make from it get from us.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// File name; folders in front of it are dropped. Use the name under which these bytes first
    /// came in, so that a second import changes nothing.
    pub name: &'a str,
    /// The file.
    pub bytes: &'a [u8],
    /// Its format; `None` = told by the content.
    pub format: Option<Format>,
    /// Marking of the objects that we make; STIX objects keep their own.
    pub marking: Option<Marking>,
    /// `created_by_ref` of the objects that we make: the node's identity.
    pub created_by: Option<&'a str>,
    /// Secret of the node from which ids are derived, so that an id tells nothing of its content.
    pub seed: &'a [u8; 32],
    /// `created` and `modified` of the objects that we make, microseconds since the epoch: the
    /// time of the *first* import of these bytes.
    pub imported_us: i64,
    /// Sizes.
    pub limits: Limits,
}

impl<'a> Source<'a> {
    /// A file of a format told by its content, without marking and author, within the default
    /// [`Limits`].
    pub fn new(name: &'a str, bytes: &'a [u8], seed: &'a [u8; 32], imported_us: i64) -> Self {
        Self {
            name,
            bytes,
            format: None,
            marking: None,
            created_by: None,
            seed,
            imported_us,
            limits: Limits::default(),
        }
    }
}

/// Reads one file.
///
/// Fails only where the file as a whole cannot be read: too large, unknown format, no JSON, no
/// usable header. Everything smaller is in [`Outcome::rejected`].
pub fn import(source: &Source<'_>) -> Result<Outcome, ImportError> {
    let (found, limit) = (source.bytes.len(), source.limits.file_bytes);
    if found > limit {
        return Err(ImportError::TooLarge { found, limit });
    }
    if matches!(source.format, None | Some(Format::Stix))
        && let Some(found) = upgrade::version_1(source.bytes)
    {
        return Err(ImportError::Version1(found));
    }
    let format = match source.format {
        Some(format) => format,
        None => Format::detect(source.bytes).ok_or(ImportError::UnknownFormat)?,
    };
    match format {
        Format::Stix => stix::read(source),
        Format::FirearmsCsv => firearms::read(source),
        Format::HtmlReport => html::read(source),
    }
}
