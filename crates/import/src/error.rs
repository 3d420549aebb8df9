//! Why a file as a whole could not be read.

use enlace_stix::read::SplitError;
use enlace_stix::upgrade::Version1;

/// Why a file as a whole could not be read. The caller adds the file name; what to do instead is
/// [`ImportError::expected`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Longer than [`crate::Limits::file_bytes`].
    #[error("file has {found} bytes")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The content is of no known format.
    #[error("format not recognised")]
    UnknownFormat,
    /// A format that must be UTF-8 is not.
    #[error("not UTF-8 at byte {position}")]
    NotUtf8 {
        /// Byte offset of the first bad byte.
        position: usize,
    },
    /// The JSON cannot be split into objects.
    #[error("{0}")]
    NotStix(#[from] SplitError),
    /// STIX of the first generation, which is not read.
    #[error("this is {0}: STIX 1.x is not read")]
    Version1(Version1),
    /// More objects or rows than [`crate::Limits::items`].
    #[error("more than {limit} objects or rows")]
    TooManyItems {
        /// The limit.
        limit: usize,
    },
    /// More columns than [`crate::Limits::columns`].
    #[error("{found} columns")]
    TooManyColumns {
        /// Columns found.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The header lacks a column without which no row can be read.
    #[error("no column for {column} in the header")]
    NoColumn {
        /// The property that has no column.
        column: &'static str,
        /// Header names that would do.
        accepted: String,
    },
    /// Two columns of the header mean the same.
    #[error("columns `{first}` and `{second}` both mean {column}")]
    RepeatedColumn {
        /// The property.
        column: &'static str,
        /// Header as written.
        first: String,
        /// Header as written.
        second: String,
    },
}

impl ImportError {
    /// Stable code: `import.format.unknown`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "import.file.too-large",
            Self::UnknownFormat => "import.format.unknown",
            Self::NotUtf8 { .. } => "import.encoding.not-utf8",
            Self::NotStix(_) => "import.json.unreadable",
            Self::Version1(_) => "import.stix.version-1",
            Self::TooManyItems { .. } => "import.file.too-many-items",
            Self::TooManyColumns { .. } => "import.table.too-many-columns",
            Self::NoColumn { .. } => "import.table.no-column",
            Self::RepeatedColumn { .. } => "import.table.repeated-column",
        }
    }

    /// What would be read, or what to do.
    pub fn expected(&self) -> String {
        match self {
            Self::TooLarge { limit, .. } => format!("at most {limit} bytes: split the file"),
            Self::UnknownFormat => {
                "STIX 2.1 or 2.0 JSON, a CSV of firearms or an HTML page; `--format` names it"
                    .to_owned()
            }
            Self::NotUtf8 { .. } => "UTF-8: save the file in this encoding".to_owned(),
            Self::NotStix(_) => "a bundle, an envelope, a list, lines or one object".to_owned(),
            Self::Version1(_) => Version1::ADVICE.to_owned(),
            Self::TooManyItems { limit } => format!("at most {limit}: split the file"),
            Self::TooManyColumns { limit, .. } => format!("at most {limit}"),
            Self::NoColumn { accepted, .. } => format!("a column named {accepted}"),
            Self::RepeatedColumn { .. } => "one of them: rename or drop the other".to_owned(),
        }
    }
}
