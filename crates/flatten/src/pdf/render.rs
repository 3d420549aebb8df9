//! Draws the pages with `hayro`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::font::FontQuery;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::{Affine, Rect};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, hayro_interpret::TransformExt};

use super::clean::Clean;
use super::content::Walk;
use crate::note::Notes;
use crate::picture::Drawn;
use crate::sheets::Sheets;
use crate::{Code, Limits, NoteCode, Refusal};

/// Points in an inch (ISO 32000-2 §8.3.2.3).
const POINTS: f32 = 72.0;

/// Least sharpness: a page so large that it would be drawn coarser is refused.
const LEAST_DPI: f32 = 36.0;

/// Longest side of a drawn page in pixels.
const SIDE: f32 = 16_000.0;

/// What the renderer complained about.
#[derive(Debug, Default)]
struct Complaints {
    unfaithful: AtomicBool,
    font: AtomicBool,
}

fn settings(complaints: &Arc<Complaints>) -> InterpreterSettings {
    let (warned, fonts, maps) = (complaints.clone(), complaints.clone(), complaints.clone());
    InterpreterSettings {
        font_resolver: Arc::new(move |query| match query {
            FontQuery::Standard(font) => Some(font.get_font_data()),
            FontQuery::Fallback(query) => {
                fonts.font.store(true, Ordering::Relaxed);
                Some(query.pick_standard_font().get_font_data())
            }
        }),
        cmap_resolver: Arc::new(move |_| {
            maps.unfaithful.store(true, Ordering::Relaxed);
            None
        }),
        warning_sink: Arc::new(move |_| warned.unfaithful.store(true, Ordering::Relaxed)),
        ..InterpreterSettings::default()
    }
}

/// Draws every page; each is read first, so that nothing is drawn of what will be refused.
pub(super) fn render(clean: Clean, limits: &Limits, notes: &mut Notes) -> Result<Sheets, Refusal> {
    let pdf = Pdf::new(clean.bytes).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Code::Encrypted,
        LoadPdfError::Invalid => Code::Malformed,
    })?;
    let pages = pdf.pages();
    if u32::try_from(pages.len()) != Ok(clean.pages) || pages.is_empty() {
        return Err(Code::Malformed.into());
    }
    let mut walk = Walk::new(limits, clean.layers);
    for (page, number) in pages.iter().zip(1..) {
        let size = Size::of(page, limits).map_err(|r| r.on(number))?;
        walk.page(page, size.transform(page), size.target()).map_err(|r| r.on(number))?;
    }
    let complaints = Arc::new(Complaints::default());
    let settings = settings(&complaints);
    let cache = RenderCache::new();
    let mut sheets = Sheets::new(limits);
    for (page, number) in pages.iter().zip(1..) {
        let size = Size::of(page, limits).map_err(|r| r.on(number))?;
        let look = PixmapSettings { x_scale: size.scale, y_scale: size.scale, bg_color: WHITE };
        let map = hayro::render(page, &cache, &settings, &RenderSettings::default(), &look);
        if complaints.unfaithful.load(Ordering::Relaxed) {
            return Err(Refusal::from(Code::Unfaithful).on(number));
        }
        let (width, height) = (u32::from(map.width()), u32::from(map.height()));
        let drawn = Drawn::from_rgba(width, height, map.data_as_u8_slice());
        sheets.add(&drawn.ok_or(Code::Fault)?, size.scale * POINTS)?;
        if size.reduced {
            notes.add(NoteCode::Reduced);
        }
    }
    if complaints.font.load(Ordering::Relaxed) {
        notes.add(NoteCode::Fonts);
    }
    Ok(sheets)
}

/// How large a page is drawn.
struct Size {
    width: f32,
    height: f32,
    /// Pixels for a point.
    scale: f32,
    reduced: bool,
}

impl Size {
    fn of(page: &Page<'_>, limits: &Limits) -> Result<Self, Refusal> {
        let (width, height) = page.render_dimensions();
        let dpi = f32::from(u16::try_from(limits.dpi).unwrap_or(u16::MAX));
        if !(width.is_finite() && height.is_finite()) || width < 1.0 || height < 1.0 {
            return Err(Code::Malformed.into());
        }
        let wanted = dpi / POINTS;
        let by_area = (limits.pixels as f32 / (width * height)).sqrt();
        let scale = wanted.min(by_area).min(SIDE / width).min(SIDE / height);
        if scale < LEAST_DPI.min(dpi) / POINTS || scale * width < 1.0 || scale * height < 1.0 {
            return Err(Code::Pixels.into());
        }
        Ok(Self { width, height, scale, reduced: scale < wanted })
    }

    fn target(&self) -> Rect {
        let (width, height) = (self.width * self.scale, self.height * self.scale);
        Rect::new(0.0, 0.0, width.into(), height.into())
    }

    fn transform(&self, page: &Page<'_>) -> Affine {
        Affine::scale(self.scale.into()) * page.initial_transform(true).to_kurbo()
    }
}
