use std::collections::BTreeMap;

/// Something that the copy lacks or shows otherwise, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub code: NoteCode,
    /// How often it occurred.
    pub count: u32,
}

macro_rules! notes {
    ($(#[doc = $doc:literal] $name:ident = $text:literal,)*) => {
        /// What a copy lacks or shows otherwise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum NoteCode { $(#[doc = $doc] $name,)* }

        impl NoteCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable name, `flatten.note.…`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => concat!("flatten.note.", $text),)* }
            }
        }
    };
}

notes! {
    /// Only the first frame or page of a picture is shown.
    FurtherFrames = "further-frames",
    /// Transparent pixels became white.
    Transparency = "transparency",
    /// Drawn coarser than asked, because the page is large.
    Reduced = "reduced",
    /// A font that the document names but does not bring was replaced.
    Fonts = "fonts",
    /// Layers that are not shown were left out.
    HiddenLayers = "hidden-layers",
    /// Notes and other marks of readers were left out.
    Annotations = "annotations",
    /// Form fields became part of the page, as they look.
    FormFields = "form-fields",
    /// Attached files were left out.
    Attachments = "attachments",
    /// Programs were left out.
    Scripts = "scripts",
    /// Set anew as plain text and tables: not the look of the original.
    PlainLayout = "plain-layout",
    /// Deleted text was left out, and inserted text accepted.
    TrackedChanges = "tracked-changes",
    /// Comments were left out.
    Comments = "comments",
    /// Text that is not surely seen was left out: hidden, in the colour of its paper, tiny, covered.
    HiddenText = "hidden-text",
    /// Hidden rows or columns were left out.
    HiddenRows = "hidden-rows",
    /// Hidden sheets were left out.
    HiddenSheets = "hidden-sheets",
    /// Pictures and drawings were left out; a mark stands in their place.
    Images = "images",
    /// Characters that are not seen were left out.
    UnseenCharacters = "unseen-characters",
    /// Characters that our font lacks are shown as empty boxes.
    MissingCharacters = "missing-characters",
}

/// Notes of one document.
#[derive(Debug, Default)]
pub(crate) struct Notes(BTreeMap<NoteCode, u32>);

impl Notes {
    pub(crate) fn add(&mut self, code: NoteCode) {
        let count = self.0.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    pub(crate) fn into_vec(self) -> Vec<Note> {
        self.0.into_iter().map(|(code, count)| Note { code, count }).collect()
    }
}
