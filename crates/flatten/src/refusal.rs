use std::fmt;

/// Why a document is withheld.
///
/// Says nothing of what is in the document, so that it can be logged and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub code: Code,
    /// Page, sheet or slide at fault, counted from 1.
    pub page: Option<u32>,
}

impl Refusal {
    /// The same refusal, at this page (counted from 1).
    pub(crate) fn on(self, page: u32) -> Self {
        Self { page: Some(page), ..self }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, page: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        self.page.map_or(Ok(()), |page| write!(f, " (page {page})"))
    }
}

impl std::error::Error for Refusal {}

macro_rules! codes {
    ($(#[doc = $doc:literal] $name:ident = $text:literal,)*) => {
        /// Reasons for which a document is withheld.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $doc] $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable name, `flatten.…`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => concat!("flatten.", $text),)* }
            }
        }
    };
}

codes! {
    /// No bytes.
    Empty = "empty",
    /// Longer than allowed, before or after.
    TooLarge = "too-large",
    /// A type that we cannot flatten.
    TypeUnknown = "type-unknown",
    /// The content is not of the declared type.
    TypeMismatch = "type-mismatch",
    /// Not well formed, or formed in a way that viewers read differently.
    Malformed = "malformed",
    /// Encrypted or protected by a password.
    Encrypted = "encrypted",
    /// A picture or page of too many pixels.
    Pixels = "pixels",
    /// Too many pages, sheets or slides.
    Pages = "pages",
    /// Compressed parts that expand to too much.
    Expansion = "expansion",
    /// Nested too deeply.
    Depth = "depth",
    /// Too many objects, files or nodes.
    Parts = "parts",
    /// Drawing it would take too long.
    Work = "work",
    /// Contains programs (macros).
    Macros = "macros",
    /// Shows different things at different times or to different readers.
    Active = "active",
    /// Layers whose visibility we cannot decide.
    Layers = "layers",
    /// Annotations that a viewer would draw over the page and we would not.
    Annotations = "annotations",
    /// Something may lie over the text.
    Covered = "covered",
    /// Made of drawings rather than text: to be saved as PDF first.
    SaveAsPdf = "save-as-pdf",
    /// In a script that our font lacks.
    Script = "script",
    /// Uses what our renderer does not draw faithfully.
    Unfaithful = "unfaithful",
    /// A fault in a decoder.
    Fault = "fault",
}
