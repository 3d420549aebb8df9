//! Lays a story out on A4 pages and draws it: one font, one column, tables with rules.

use std::collections::BTreeMap;
use std::rc::Rc;

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};

use crate::note::Notes;
use crate::picture::Drawn;
use crate::sheets::Sheets;
use crate::story::{Block, Span, Story, seen};
use crate::{Code, Limits, NoteCode, Refusal};

const REGULAR: &[u8] = include_bytes!("../font/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../font/DejaVuSans-Bold.ttf");

/// A4 in points, and its margin.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 56.0;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;

/// Sizes in points.
const BODY: f32 = 10.0;
const CELL: f32 = 8.5;
const SMALL: f32 = 8.0;
const LEADING: f32 = 1.4;
const INDENT: f32 = 18.0;
const PADDING: f32 = 3.0;

/// Narrowest and widest column of a table.
const COLUMN: (f32, f32) = (40.0, 220.0);

/// Of this many characters more than one may be missing from our font; otherwise the document is
/// in a script that we cannot draw.
const MISSING_SHARE: usize = 20;

/// Draws a story.
pub(crate) fn typeset(story: Story, limits: &Limits, notes: &mut Notes) -> Result<Sheets, Refusal> {
    let mut setter = Setter::new(limits)?;
    let mut rows = Vec::new();
    for block in story.blocks {
        if let Block::Row(cells) = block {
            rows.push(cells);
            continue;
        }
        setter.table(&std::mem::take(&mut rows), notes)?;
        setter.block(&block, notes)?;
    }
    setter.table(&rows, notes)?;
    setter.finish(notes)
}

/// A glyph as coverage of pixels, placed beside the pen.
#[derive(Debug)]
struct Stamp {
    left: i32,
    top: i32,
    width: usize,
    coverage: Vec<u8>,
}

/// One weight of our font at any size.
struct Face {
    font: FontRef<'static>,
    stamps: BTreeMap<(u32, u32), Rc<Stamp>>,
}

impl Face {
    fn new(data: &'static [u8]) -> Result<Self, Refusal> {
        let font = FontRef::new(data).map_err(|_| Code::Fault)?;
        Ok(Self { font, stamps: BTreeMap::new() })
    }

    fn glyph(&self, c: char) -> Option<GlyphId> {
        self.font.charmap().map(c)
    }

    fn advance(&self, glyph: GlyphId, size: f32) -> f32 {
        let metrics = self.font.glyph_metrics(Size::new(size), LocationRef::default());
        metrics.advance_width(glyph).unwrap_or(0.0)
    }

    fn stamp(&mut self, glyph: GlyphId, pixels: f32) -> Result<Rc<Stamp>, Refusal> {
        let key = (glyph.to_u32(), pixels.to_bits());
        if let Some(stamp) = self.stamps.get(&key) {
            return Ok(Rc::clone(stamp));
        }
        let stamp = Rc::new(draw_glyph(&self.font, glyph, pixels)?);
        self.stamps.insert(key, Rc::clone(&stamp));
        Ok(stamp)
    }
}

/// Collects the lines of an outline, with y downwards.
#[derive(Default)]
struct Outline {
    lines: Vec<(Point, Vec<Point>)>,
    at: Point,
    start: Point,
}

impl Outline {
    fn go(&mut self, through: &[(f32, f32)]) {
        let points: Vec<Point> = through.iter().map(|(x, y)| point(*x, -*y)).collect();
        if let Some(end) = points.last().copied() {
            self.lines.push((self.at, points));
            self.at = end;
        }
    }
}

impl OutlinePen for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = point(x, -y);
        self.start = self.at;
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.go(&[(x, y)]);
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.go(&[(cx, cy), (x, y)]);
    }
    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.go(&[(cx0, cy0), (cx1, cy1), (x, y)]);
    }
    fn close(&mut self) {
        let start = self.start;
        self.go(&[(start.x, -start.y)]);
    }
}

fn draw_glyph(font: &FontRef<'_>, glyph: GlyphId, pixels: f32) -> Result<Stamp, Refusal> {
    let mut outline = Outline::default();
    if let Some(glyph) = font.outline_glyphs().get(glyph) {
        let settings = DrawSettings::unhinted(Size::new(pixels), LocationRef::default());
        glyph.draw(settings, &mut outline).map_err(|_| Code::Fault)?;
    }
    let points = outline.lines.iter().flat_map(|(from, to)| std::iter::once(from).chain(to));
    let (mut low, mut high) = (point(f32::MAX, f32::MAX), point(f32::MIN, f32::MIN));
    for p in points {
        low = point(low.x.min(p.x), low.y.min(p.y));
        high = point(high.x.max(p.x), high.y.max(p.y));
    }
    if low.x > high.x {
        return Ok(Stamp { left: 0, top: 0, width: 0, coverage: Vec::new() });
    }
    let (left, top) = (low.x.floor() - 1.0, low.y.floor() - 1.0);
    let (width, height) = ((high.x - left).ceil() as usize + 2, (high.y - top).ceil() as usize + 2);
    let mut raster = Rasterizer::new(width, height);
    let moved = |p: &Point| point(p.x - left, p.y - top);
    for (from, to) in &outline.lines {
        match to.as_slice() {
            [a] => raster.draw_line(moved(from), moved(a)),
            [a, b] => raster.draw_quad(moved(from), moved(a), moved(b)),
            [a, b, c] => raster.draw_cubic(moved(from), moved(a), moved(b), moved(c)),
            _ => {}
        }
    }
    let mut coverage = Vec::with_capacity(width * height);
    raster.for_each_pixel(|_, share| coverage.push((share.clamp(0.0, 1.0) * 255.0) as u8));
    Ok(Stamp { left: left as i32, top: top as i32, width, coverage })
}

/// A word with the space before it.
#[derive(Debug, Clone)]
struct Word {
    text: String,
    bold: bool,
    /// Space before it in points, if it does not begin a line.
    space: f32,
    width: f32,
    /// Whether it must begin a line.
    breaks: bool,
}

/// A line of words: each with its distance from the left.
type Line = Vec<(f32, Word)>;

struct Setter<'l> {
    limits: &'l Limits,
    regular: Face,
    bold: Face,
    sheets: Sheets,
    /// Pixels for a point.
    scale: f32,
    /// Pixels of a page: width, height.
    pixels: (usize, usize),
    page: Vec<u8>,
    /// Where the next line goes, in points from the top; `None` on an empty page.
    y: Option<f32>,
    drawn: usize,
    missing: usize,
}

impl<'l> Setter<'l> {
    fn new(limits: &'l Limits) -> Result<Self, Refusal> {
        let dpi = f32::from(u16::try_from(limits.dpi).unwrap_or(150)).clamp(36.0, 600.0);
        let scale = dpi / 72.0;
        let pixels = ((PAGE.0 * scale) as usize, (PAGE.1 * scale) as usize);
        Ok(Self {
            limits,
            regular: Face::new(REGULAR)?,
            bold: Face::new(BOLD)?,
            sheets: Sheets::new(limits),
            scale,
            pixels,
            page: vec![255; pixels.0 * pixels.1],
            y: None,
            drawn: 0,
            missing: 0,
        })
    }

    fn finish(mut self, notes: &mut Notes) -> Result<Sheets, Refusal> {
        if self.y.is_some() || self.sheets.count() == 0 {
            self.turn()?;
        }
        if self.missing > 0 {
            notes.add(NoteCode::MissingCharacters);
        }
        if self.missing * MISSING_SHARE > self.drawn {
            return Err(Code::Script.into());
        }
        Ok(self.sheets)
    }

    /// Ends the page.
    fn turn(&mut self) -> Result<(), Refusal> {
        if self.sheets.count() >= self.limits.pages {
            return Err(Code::Pages.into());
        }
        let samples = std::mem::replace(&mut self.page, vec![255; self.pixels.0 * self.pixels.1]);
        let (width, height) = (self.pixels.0 as u32, self.pixels.1 as u32);
        self.sheets.add(&Drawn { width, height, grey: true, samples }, self.scale * 72.0)?;
        self.y = None;
        Ok(())
    }

    /// The upper edge of a space of this height, on this page or the next.
    fn room(&mut self, height: f32) -> Result<f32, Refusal> {
        if let Some(y) = self.y
            && y + height > PAGE.1 - MARGIN
        {
            self.turn()?;
        }
        let y = self.y.unwrap_or(MARGIN);
        self.y = Some(y + height);
        Ok(y)
    }

    fn gap(&mut self, height: f32) {
        self.y = self.y.map(|y| y + height);
    }

    fn block(&mut self, block: &Block, notes: &mut Notes) -> Result<(), Refusal> {
        match block {
            Block::Heading(level, text) => {
                let size = [16.0, 14.0, 12.0].get(usize::from(*level).saturating_sub(1));
                self.gap(6.0);
                let spans = [Span { text: text.clone(), bold: true }];
                self.paragraph(&spans, size.copied().unwrap_or(11.0), 0.0, "", notes)
            }
            Block::Paragraph { indent, mark, spans } => {
                let indent = INDENT * f32::from(*indent);
                self.paragraph(spans, BODY, indent, mark, notes)
            }
            Block::Small(text) => {
                let spans = [Span { text: text.clone(), bold: false }];
                self.paragraph(&spans, SMALL, 0.0, "", notes)
            }
            Block::Break if self.y.is_some() => self.turn(),
            Block::Break | Block::Row(_) => Ok(()),
        }
    }

    fn paragraph(
        &mut self,
        spans: &[Span],
        size: f32,
        indent: f32,
        mark: &str,
        notes: &mut Notes,
    ) -> Result<(), Refusal> {
        let words = self.words(spans, size, notes);
        let mark = self.words(&[Span { text: mark.to_owned(), bold: false }], size, notes);
        let hang = if mark.is_empty() { 0.0 } else { INDENT.max(width_of(&mark) + 4.0) };
        let left = MARGIN + indent.min(WIDTH / 2.0);
        let lines = self.wrap(words, WIDTH - (left - MARGIN) - hang, size);
        let height = size * LEADING;
        for (index, line) in lines.iter().enumerate() {
            let y = self.room(height)?;
            if index == 0 {
                let line: Line = place(mark.clone());
                self.line(&line, left, y, size)?;
            }
            self.line(line, left + hang, y, size)?;
        }
        self.gap(size * 0.4);
        Ok(())
    }

    /// Words of spans, measured; tabs are wide spaces.
    fn words(&self, spans: &[Span], size: f32, notes: &mut Notes) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let (mut space, mut breaks, mut open) = (0.0, false, false);
        for span in spans {
            for c in seen(&span.text, notes).chars() {
                let advance = |c| self.measure(c, span.bold, size);
                match c {
                    '\n' => (space, breaks, open) = (0.0, true, false),
                    ' ' => (space, open) = (space + advance(' '), false),
                    '\t' => (space, open) = (space + 4.0 * advance(' '), false),
                    c => match words.last_mut().filter(|word| open && word.bold == span.bold) {
                        Some(word) => {
                            word.width += advance(c);
                            word.text.push(c);
                        }
                        None => {
                            let (text, width, bold) = (c.to_string(), advance(c), span.bold);
                            words.push(Word { text, bold, space, width, breaks });
                            (space, breaks, open) = (0.0, false, true);
                        }
                    },
                }
            }
        }
        words
    }

    fn measure(&self, c: char, bold: bool, size: f32) -> f32 {
        let face = if bold { &self.bold } else { &self.regular };
        face.glyph(c).map_or(size * 0.6, |glyph| face.advance(glyph, size))
    }

    /// Words in lines of this width; a word that is longer is broken.
    fn wrap(&self, words: Vec<Word>, width: f32, size: f32) -> Vec<Line> {
        let (mut lines, mut line, mut x) = (Vec::new(), Line::new(), 0.0_f32);
        for word in words {
            for piece in self.pieces(word, width, size) {
                let full = x + piece.space + piece.width > width;
                if piece.breaks || full && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    x = 0.0;
                }
                let at = if line.is_empty() { 0.0 } else { x + piece.space };
                x = at + piece.width;
                line.push((at, piece));
            }
        }
        lines.push(line);
        lines
    }

    fn pieces(&self, word: Word, width: f32, size: f32) -> Vec<Word> {
        if word.width <= width {
            return vec![word];
        }
        let mut pieces = Vec::new();
        let empty = Word { text: String::new(), width: 0.0, ..word.clone() };
        let mut piece = empty.clone();
        for c in word.text.chars() {
            let advance = self.measure(c, word.bold, size);
            if piece.width + advance > width && !piece.text.is_empty() {
                let next = Word { space: 0.0, breaks: false, ..empty.clone() };
                pieces.push(std::mem::replace(&mut piece, next));
            }
            piece.width += advance;
            piece.text.push(c);
        }
        pieces.push(piece);
        pieces
    }

    fn line(&mut self, line: &Line, left: f32, top: f32, size: f32) -> Result<(), Refusal> {
        let baseline = top + size * 1.05;
        for (at, word) in line {
            let mut x = left + at;
            for c in word.text.chars() {
                x += self.character(c, word.bold, (x, baseline), size)?;
            }
        }
        Ok(())
    }

    /// Draws a character and gives its width.
    fn character(
        &mut self,
        c: char,
        bold: bool,
        at: (f32, f32),
        size: f32,
    ) -> Result<f32, Refusal> {
        self.drawn += 1;
        let advance = self.measure(c, bold, size);
        let face = if bold { &mut self.bold } else { &mut self.regular };
        let Some(glyph) = face.glyph(c) else {
            self.missing += 1;
            let (x, y) = at;
            let (right, top) = (x + advance - 1.0, y - size * 0.7);
            for (x0, y0, x1, y1) in
                [(x, top, right, top), (x, y, right, y), (x, top, x, y), (right, top, right, y)]
            {
                self.rule(x0, y0, x1, y1);
            }
            return Ok(advance);
        };
        let stamp = face.stamp(glyph, size * self.scale)?;
        let (x, y) = ((at.0 * self.scale) as i32, (at.1 * self.scale) as i32);
        if stamp.width > 0 {
            for (row, coverage) in stamp.coverage.chunks(stamp.width).enumerate() {
                let y = y + stamp.top + row as i32;
                for (column, share) in coverage.iter().enumerate().filter(|(_, share)| **share > 0)
                {
                    self.ink(x + stamp.left + column as i32, y, *share);
                }
            }
        }
        Ok(advance)
    }

    fn ink(&mut self, x: i32, y: i32, share: u8) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.pixels.0
            && let Some(pixel) = self.page.get_mut(y * self.pixels.0 + x)
        {
            // 16 levels of grey are enough for letters and pack well.
            *pixel = (*pixel).min(255 - (share & 0xF0 | share >> 4));
        }
    }

    /// A thin line between two points that lie straight above or beside each other.
    fn rule(&mut self, x0: f32, y0: f32, x1: f32, y1: f32) {
        let to = |v: f32| (v * self.scale) as i32;
        let (x0, y0, x1, y1) = (to(x0), to(y0), to(x1), to(y1));
        for y in y0..=y1 {
            for x in x0..=x1 {
                self.ink(x, y, 0x80);
            }
        }
    }

    /// A table: columns as wide as they need within limits; columns that do not fit beside each
    /// other follow below, row by row again.
    fn table(&mut self, rows: &[Vec<String>], notes: &mut Notes) -> Result<(), Refusal> {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        if count == 0 {
            return Ok(());
        }
        let mut widths = vec![COLUMN.0; count];
        for row in rows {
            for (cell, width) in row.iter().zip(widths.iter_mut()) {
                let longest = cell.lines().map(|line| {
                    line.chars().take(200).map(|c| self.measure(c, false, CELL)).sum::<f32>()
                });
                *width = longest.fold(*width, f32::max).min(COLUMN.1);
            }
        }
        let room = WIDTH - PADDING * 2.0;
        let mut first = 0;
        while first < count {
            let (mut end, mut sum) = (first, 0.0);
            for width in widths.get(first..).unwrap_or_default() {
                if end > first && sum + width + 2.0 * PADDING > room {
                    break;
                }
                sum += width + 2.0 * PADDING;
                end += 1;
            }
            let band = widths.get(first..end).unwrap_or_default();
            for row in rows {
                let cells = row.get(first..row.len().min(end)).unwrap_or_default();
                self.row(cells, band, notes)?;
            }
            self.gap(BODY * 0.6);
            first = end;
        }
        Ok(())
    }

    fn row(&mut self, cells: &[String], widths: &[f32], notes: &mut Notes) -> Result<(), Refusal> {
        let mut columns = Vec::new();
        for (cell, width) in cells.iter().zip(widths) {
            let words = self.words(&[Span { text: cell.clone(), bold: false }], CELL, notes);
            columns.push(self.wrap(words, *width, CELL));
        }
        let tallest = columns.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let height = CELL * LEADING;
        let right = MARGIN + widths.iter().map(|width| width + 2.0 * PADDING).sum::<f32>();
        for index in 0..tallest {
            let last = index + 1 == tallest;
            let y = self.room(height + if last { PADDING } else { 0.0 })?;
            if index == 0 || y <= MARGIN {
                self.rule(MARGIN, y, right, y);
            }
            let mut x = MARGIN;
            let bottom = y + height + if last { PADDING } else { 0.0 };
            for (column, width) in columns.iter().zip(widths) {
                if let Some(line) = column.get(index) {
                    self.line(line, x + PADDING, y + 1.0, CELL)?;
                }
                self.rule(x, y, x, bottom);
                x += width + 2.0 * PADDING;
            }
            self.rule(right, y, right, bottom);
            if last {
                self.rule(MARGIN, bottom, right, bottom);
            }
        }
        Ok(())
    }
}

fn width_of(words: &[Word]) -> f32 {
    words.iter().map(|word| word.space + word.width).sum()
}

fn place(words: Vec<Word>) -> Line {
    let mut x = 0.0;
    let mut line = Line::new();
    for word in words {
        let at = x + word.space;
        x = at + word.width;
        line.push((at, word));
    }
    line
}
