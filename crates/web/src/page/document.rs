//! What becomes of a document: its flattened copy, or why it stays. For our own people only.

use maud::{Markup, html};

use crate::href;
use crate::layout::Chrome;

/// What becomes of the document of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentPreview {
    /// A flattened copy leaves in its place.
    Copy {
        /// Media type of the copy.
        mime: String,
        /// Pages of the copy.
        pages: u32,
        /// Bytes of the copy.
        size: usize,
        /// What was left out or is shown otherwise, without `flatten.note.`, and how often.
        notes: Vec<(String, u32)>,
    },
    /// It stays.
    Withheld {
        /// Reason, without `flatten.` or `document.`.
        reason: String,
        /// Page at fault, from 1.
        page: Option<u32>,
    },
}

/// The part of an object's preview that speaks of its document.
pub(crate) fn document(id: &str, document: &DocumentPreview, chrome: &Chrome<'_>) -> Markup {
    html! {
        div .document {
            @match document {
                DocumentPreview::Copy { mime, pages, size, notes } => {
                    p {
                        a href=(href::object_copy(id)) { (chrome.t("document-copy")) } " "
                        span .quiet {
                            (mime) " · "
                            (chrome.ta("document-pages", &[("count", u64::from(*pages).into())]))
                            " · "
                            (chrome.ta("document-bytes", &[("count", (*size).into())]))
                        }
                    }
                    @if !notes.is_empty() {
                        p { (chrome.t("document-differs")) }
                        ul .plain {
                            @for (note, count) in notes {
                                li {
                                    (chrome.word("document-note", note)) " "
                                    span .quiet { "× " (chrome.lang.number(u64::from(*count))) }
                                }
                            }
                        }
                    }
                }
                DocumentPreview::Withheld { reason, page } => {
                    p {
                        strong { (chrome.t("document-withheld")) } " "
                        (chrome.word("document-refusal", reason))
                        @if let Some(page) = page {
                            " "
                            (chrome.ta("document-page", &[("page", u64::from(*page).into())]))
                        }
                    }
                }
            }
        }
    }
}
