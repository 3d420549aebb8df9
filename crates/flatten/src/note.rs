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
