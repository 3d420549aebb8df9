//! PDF: every page is drawn to pixels, and the pixels are the new document.
//!
//! Four steps, each of which refuses what it does not understand: [`file`] finds the newest
//! revision, [`clean`] writes only what the pages need as a new file, [`content`] reads what the
//! pages draw and refuses what our renderer would draw otherwise than a viewer, [`render`] draws.

mod clean;
mod colour;
mod content;
mod file;
mod filter;
mod render;
mod syntax;

use crate::note::Notes;
use crate::sheets::Sheets;
use crate::{Limits, Refusal};

/// Draws all pages of a PDF.
pub(crate) fn draw(bytes: &[u8], limits: &Limits, notes: &mut Notes) -> Result<Sheets, Refusal> {
    let clean = {
        let file = file::File::open(bytes, limits)?;
        clean::clean(&file, notes)?
    };
    render::render(clean, limits, notes)
}
