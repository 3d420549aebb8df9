//! Reads what the pages draw before anything is drawn: the renderer leaves out what it cannot
//! read, and what it leaves out may be what covers a name. Also counts the work.

use std::collections::BTreeMap;

use hayro::hayro_syntax::content::TypedIter;
use hayro::hayro_syntax::content::ops::TypedInstruction as Op;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::{Page, Resources};
use hayro::kurbo::{Affine, Point, Rect};

use super::colour;
use crate::{Code, Limits, Refusal};

/// Deepest nesting of forms, patterns and glyphs; the renderer goes to 50 and then leaves out.
const DEPTH: usize = 24;

/// Put behind a content stream: if the reader does not arrive there, it gave up before.
const END: &[u8] = b"\n/EnlaceEnd MP\n";
const END_NAME: &[u8] = b"EnlaceEnd";

/// Longest data of a picture inside a content stream; the standard says 4 KiB (§8.9.7).
const INLINE_BYTES: usize = 64 << 10;

/// Work of one instruction, of one glyph, in pixels.
const STEP: u64 = 128;
const GLYPH: u64 = 1024;

const BLEND_MODES: &[&[u8]] = &[
    b"Normal",
    b"Compatible",
    b"Multiply",
    b"Screen",
    b"Overlay",
    b"Darken",
    b"Lighten",
    b"ColorDodge",
    b"ColorBurn",
    b"HardLight",
    b"SoftLight",
    b"Difference",
    b"Exclusion",
    b"Hue",
    b"Saturation",
    b"Color",
    b"Luminosity",
];

const FONTS: &[&[u8]] = &[b"Type0", b"Type1", b"MMType1", b"TrueType", b"Type3"];

/// Reads all content of a document, within its budget of work.
pub(super) struct Walk<'l> {
    limits: &'l Limits,
    layers: bool,
    spent: u64,
    target: Rect,
    /// Work of the dearest glyph of each font made of drawings.
    glyphs: BTreeMap<(u32, i32), u64>,
}

/// Where a content stream draws.
#[derive(Clone)]
struct Place {
    ctm: Affine,
    /// What the path covers so far, in pixels.
    path: Option<Rect>,
    /// Work of one glyph of the font.
    glyph: u64,
}

impl<'l> Walk<'l> {
    pub(super) fn new(limits: &'l Limits, layers: bool) -> Self {
        Self { limits, layers, spent: 0, target: Rect::ZERO, glyphs: BTreeMap::new() }
    }

    /// Reads a page that is drawn with `transform` on `target` pixels.
    pub(super) fn page(
        &mut self,
        page: &Page<'_>,
        transform: Affine,
        target: Rect,
    ) -> Result<(), Refusal> {
        self.target = target;
        self.spend(pixels(target))?;
        readable_contents(page)?;
        let data = page.page_stream().unwrap_or_default();
        self.stream(data, page.resources(), transform, 0)?;
        if let Some(group) = page.raw().get::<Dict<'_>>("Group") {
            refuse_knockout(&group)?;
        }
        let annotations = page.raw().get::<Array<'_>>("Annots");
        for annotation in annotations.iter().flat_map(|all| all.iter::<Dict<'_>>()) {
            let look = annotation.get::<Dict<'_>>("AP").ok_or(Code::Annotations)?;
            match look.get::<Object<'_>>("N") {
                Some(Object::Stream(form)) => self.form(&form, page.resources(), transform, 0)?,
                Some(Object::Dict(states)) => {
                    for state in states.keys() {
                        let form = states.get::<Stream<'_>>(&state).ok_or(Code::Annotations)?;
                        self.form(&form, page.resources(), transform, 0)?;
                    }
                }
                _ => return Err(Code::Annotations.into()),
            }
        }
        Ok(())
    }

    fn spend(&mut self, work: u64) -> Result<(), Refusal> {
        self.spent = self.spent.saturating_add(work);
        if self.spent > self.limits.work { Err(Code::Work.into()) } else { Ok(()) }
    }

    /// One content stream. Every instruction must be known, every name must be there.
    fn stream(
        &mut self,
        data: &[u8],
        resources: &Resources<'_>,
        ctm: Affine,
        depth: usize,
    ) -> Result<(), Refusal> {
        if depth > DEPTH {
            return Err(Code::Depth.into());
        }
        let data = [data, END].concat();
        let mut ops = TypedIter::new(&data);
        let mut place = Place { ctm, path: None, glyph: GLYPH };
        let (mut saved, mut marks, mut ended) = (Vec::new(), 0_usize, false);
        while let Some(op) = ops.next() {
            self.spend(STEP)?;
            match &op {
                Op::MarkedContentPoint(point) if **point.0 == *END_NAME => ended = true,
                Op::SaveState(_) if saved.len() > 512 => return Err(Code::Depth.into()),
                Op::SaveState(_) => saved.push(place.clone()),
                Op::RestoreState(_) => {
                    let path = place.path;
                    place = saved.pop().unwrap_or(place);
                    place.path = path;
                }
                Op::BeginMarkedContent(_) => marks += 1,
                Op::BeginMarkedContentWithProperties(mark) => {
                    marks += 1;
                    self.mark(mark.0, mark.1, resources)?;
                }
                Op::EndMarkedContent(_) => match marks.checked_sub(1) {
                    Some(left) => marks = left,
                    None if self.layers => return Err(Code::Layers.into()),
                    None => {}
                },
                Op::Fallback(_) => return Err(Code::Unfaithful.into()),
                op => {
                    draws_path(op, &mut place);
                    self.paints(op, &mut place)?;
                    self.names(op, resources, &mut place, depth)?;
                }
            }
        }
        if self.layers && marks != 0 {
            return Err(Code::Layers.into());
        }
        if ended { Ok(()) } else { Err(Code::Malformed.into()) }
    }

    /// Content of a layer must name its layer in the one way that the renderer understands.
    fn mark(
        &self,
        tag: &Name<'_>,
        properties: &Object<'_>,
        resources: &Resources<'_>,
    ) -> Result<(), Refusal> {
        if !self.layers || **tag != *b"OC" {
            return Ok(());
        }
        let Object::Name(name) = properties else { return Err(Code::Layers.into()) };
        match resources.properties.get_ref(name) {
            Some(_) if resources.properties.get::<Dict<'_>>(name).is_some() => Ok(()),
            _ => Err(Code::Layers.into()),
        }
    }

    /// The work of painting paths and text.
    fn paints(&mut self, op: &Op<'_, '_>, place: &mut Place) -> Result<(), Refusal> {
        match op {
            Op::StrokePath(_)
            | Op::CloseAndStrokePath(_)
            | Op::FillPathNonZero(_)
            | Op::FillPathNonZeroCompatibility(_)
            | Op::FillPathEvenOdd(_)
            | Op::FillAndStrokeNonZero(_)
            | Op::FillAndStrokeEvenOdd(_)
            | Op::CloseFillAndStrokeNonZero(_)
            | Op::CloseFillAndStrokeEvenOdd(_)
            | Op::EndPath(_) => {
                let area = place.path.take().map_or(0, |path| self.seen(path));
                self.spend(area / 4)
            }
            Op::ShowText(text) => self.text(text.0.as_bytes().len(), place),
            Op::NextLineAndShowText(text) => self.text(text.0.as_bytes().len(), place),
            Op::ShowTextWithParameters(text) => self.text(text.2.as_bytes().len(), place),
            Op::ShowTexts(texts) => self.text(texts.0.data().len(), place),
            _ => Ok(()),
        }
    }

    fn text(&mut self, bytes: usize, place: &Place) -> Result<(), Refusal> {
        self.spend(place.glyph.saturating_mul(bytes as u64))
    }

    /// Pixels of `area` that are on the page.
    fn seen(&self, area: Rect) -> u64 {
        pixels(area.intersect(self.target))
    }

    /// What an instruction names must be there and be drawn by the renderer.
    fn names(
        &mut self,
        op: &Op<'_, '_>,
        resources: &Resources<'_>,
        place: &mut Place,
        depth: usize,
    ) -> Result<(), Refusal> {
        match op {
            Op::XObject(x) => {
                let stream = resources.get_x_object(x.0).ok_or(Code::Unfaithful)?;
                match stream.dict().get::<Name<'_>>("Subtype").as_deref() {
                    Some(b"Image") => self.picture(&stream, resources, place.ctm),
                    Some(b"Form") => self.form(&stream, resources, place.ctm, depth + 1),
                    _ => Err(Code::Unfaithful.into()),
                }
            }
            Op::InlineImage(image) => {
                if image.0.raw_data().len() > INLINE_BYTES {
                    return Err(Code::Unfaithful.into());
                }
                self.picture(image.0, resources, place.ctm)
            }
            Op::SetGraphicsState(state) => {
                let state = resources.get_ext_g_state(state.0).ok_or(Code::Unfaithful)?;
                self.graphics_state(&state, resources, place.ctm, depth)
            }
            Op::TextFont(font) => {
                let font = resources.get_font(font.0).ok_or(Code::Unfaithful)?;
                place.glyph = self.font(&font, resources, depth)?;
                Ok(())
            }
            Op::ColorSpaceStroke(space) => colour::named(space.0, resources),
            Op::ColorSpaceNonStroke(space) => colour::named(space.0, resources),
            Op::StrokeColorNamed(colour) => self.pattern(colour.1, resources, place.ctm, depth),
            Op::NonStrokeColorNamed(colour) => self.pattern(colour.1, resources, place.ctm, depth),
            Op::Shading(shading) => {
                let shading = resources.get_shading(shading.0).ok_or(Code::Unfaithful)?;
                colour::shading(&shading)?;
                self.spend(pixels(self.target).saturating_mul(2))
            }
            _ => Ok(()),
        }
    }

    /// A form (§8.10), or the content of a soft mask.
    fn form(
        &mut self,
        form: &Stream<'_>,
        resources: &Resources<'_>,
        ctm: Affine,
        depth: usize,
    ) -> Result<(), Refusal> {
        let dict = form.dict();
        self.layer_of(dict)?;
        let bounds = dict.get::<[f64; 4]>("BBox").ok_or(Code::Unfaithful)?;
        let matrix = dict.get::<[f64; 6]>("Matrix").map_or(Affine::IDENTITY, Affine::new);
        if let Some(group) = dict.get::<Dict<'_>>("Group") {
            refuse_knockout(&group)?;
            let [x0, y0, x1, y1] = bounds;
            let area = (ctm * matrix).transform_rect_bbox(Rect::new(x0, y0, x1, y1));
            self.spend(self.seen(area).saturating_mul(2))?;
        }
        let data = form.decoded_data().map_err(|_| Code::Malformed)?;
        let own = dict.get::<Dict<'_>>("Resources").map(Resources::new);
        self.stream(&data, own.as_ref().unwrap_or(resources), ctm * matrix, depth)
    }

    /// A layer of a form or picture must be named by reference.
    fn layer_of(&self, dict: &Dict<'_>) -> Result<(), Refusal> {
        if self.layers && dict.contains_key("OC") && dict.get_ref("OC").is_none() {
            return Err(Code::Layers.into());
        }
        Ok(())
    }

    fn picture(
        &mut self,
        picture: &Stream<'_>,
        resources: &Resources<'_>,
        ctm: Affine,
    ) -> Result<(), Refusal> {
        let dict = picture.dict();
        self.layer_of(dict)?;
        let either = |short: &str, long: &str| {
            dict.get::<u32>(short).or_else(|| dict.get::<u32>(long)).filter(|side| *side > 0)
        };
        let (width, height) =
            either("W", "Width").zip(either("H", "Height")).ok_or(Code::Malformed)?;
        let size = u64::from(width) * u64::from(height);
        if size > self.limits.pixels {
            return Err(Code::Pixels.into());
        }
        let area = ctm.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
        self.spend(size.saturating_add(self.seen(area)))?;
        colour::of_picture(picture, resources)
    }

    /// A graphics state (§8.4.5): blending and masks that the renderer knows.
    fn graphics_state(
        &mut self,
        state: &Dict<'_>,
        resources: &Resources<'_>,
        ctm: Affine,
        depth: usize,
    ) -> Result<(), Refusal> {
        let known = |name: &Name<'_>| BLEND_MODES.iter().any(|mode| **mode == **name);
        let blends = match state.get::<Object<'_>>("BM") {
            None => true,
            Some(Object::Name(name)) => known(&name),
            Some(Object::Array(names)) => {
                names.iter::<Name<'_>>().next().is_some_and(|n| known(&n))
            }
            Some(_) => false,
        };
        if !blends {
            return Err(Code::Unfaithful.into());
        }
        if let Some(font) = state.get::<Array<'_>>("Font") {
            let font = font.iter::<Object<'_>>().next().and_then(Object::into_dict);
            self.font(&font.ok_or(Code::Unfaithful)?, resources, depth)?;
        }
        match state.get::<Object<'_>>("SMask") {
            None => Ok(()),
            Some(Object::Name(name)) if *name == *b"None" => Ok(()),
            Some(Object::Dict(mask)) => {
                let kind = mask.get::<Name<'_>>("S").ok_or(Code::Unfaithful)?;
                if *kind != *b"Alpha" && *kind != *b"Luminosity" {
                    return Err(Code::Unfaithful.into());
                }
                self.spend(pixels(self.target).saturating_mul(4))?;
                let group = mask.get::<Stream<'_>>("G").ok_or(Code::Unfaithful)?;
                self.form(&group, resources, ctm, depth + 1)
            }
            Some(_) => Err(Code::Unfaithful.into()),
        }
    }

    /// A pattern, if the colour is one.
    fn pattern(
        &mut self,
        name: Option<&Name<'_>>,
        resources: &Resources<'_>,
        ctm: Affine,
        depth: usize,
    ) -> Result<(), Refusal> {
        let Some(name) = name else { return Ok(()) };
        match resources.get_pattern(name).ok_or(Code::Unfaithful)? {
            Object::Dict(dict) => {
                self.spend(pixels(self.target))?;
                colour::shading(&dict.get::<Object<'_>>("Shading").ok_or(Code::Unfaithful)?)
            }
            Object::Stream(tile) => self.tile(&tile, resources, ctm, depth),
            _ => Err(Code::Unfaithful.into()),
        }
    }

    /// A tiling pattern (§8.7.3): not so fine that it fills the page with countless tiles.
    fn tile(
        &mut self,
        tile: &Stream<'_>,
        resources: &Resources<'_>,
        ctm: Affine,
        depth: usize,
    ) -> Result<(), Refusal> {
        let dict = tile.dict();
        let step = |key: &str| dict.get::<f64>(key).map(f64::abs).filter(|step| *step > 1e-3);
        let (x, y) = step("XStep").zip(step("YStep")).ok_or(Code::Unfaithful)?;
        let matrix = dict.get::<[f64; 6]>("Matrix").map_or(Affine::IDENTITY, Affine::new);
        let one = (ctm * matrix).transform_rect_bbox(Rect::new(0.0, 0.0, x, y));
        let tiles = pixels(self.target) / pixels(one).max(1);
        self.spend(tiles.saturating_mul(256).saturating_add(pixels(self.target)))?;
        self.form(tile, resources, ctm, depth + 1)
    }

    /// A font; of one made of drawings (type 3) the work of its dearest glyph.
    fn font(
        &mut self,
        font: &Dict<'_>,
        resources: &Resources<'_>,
        depth: usize,
    ) -> Result<u64, Refusal> {
        let kind = font.get::<Name<'_>>("Subtype").ok_or(Code::Unfaithful)?;
        if !FONTS.iter().any(|known| **known == *kind) {
            return Err(Code::Unfaithful.into());
        }
        if *kind != *b"Type3" {
            return Ok(GLYPH);
        }
        let id = font.obj_id().map(|id: ObjectIdentifier| (id.obj_number, id.gen_number));
        if let Some(known) = id.and_then(|id| self.glyphs.get(&id)) {
            return Ok(*known);
        }
        let matrix = font.get::<[f64; 6]>("FontMatrix").ok_or(Code::Unfaithful)?;
        let own = font.get::<Dict<'_>>("Resources").map(Resources::new);
        let drawings = font.get::<Dict<'_>>("CharProcs").ok_or(Code::Unfaithful)?;
        let mut dearest = GLYPH;
        for name in drawings.keys() {
            let drawing = drawings.get::<Stream<'_>>(&name).ok_or(Code::Unfaithful)?;
            let data = drawing.decoded_data().map_err(|_| Code::Malformed)?;
            let before = self.spent;
            let place = Affine::new(matrix);
            self.stream(&data, own.as_ref().unwrap_or(resources), place, depth + 1)?;
            dearest = dearest.max(self.spent - before);
        }
        if let Some(id) = id {
            self.glyphs.insert(id, dearest);
        }
        Ok(dearest)
    }
}

/// Pixels of an area; 0 if it is none.
fn pixels(area: Rect) -> u64 {
    let size = area.width().max(0.0) * area.height().max(0.0);
    if size.is_finite() { size.ceil() as u64 } else { u64::MAX }
}

/// The renderer skips a part of a page that it cannot read.
fn readable_contents(page: &Page<'_>) -> Result<(), Refusal> {
    let streams = match page.raw().get::<Object<'_>>("Contents") {
        None => return Ok(()),
        Some(Object::Stream(stream)) => vec![stream],
        Some(Object::Array(parts)) => {
            let items: Vec<_> = parts.iter::<Object<'_>>().collect();
            let streams: Vec<_> = parts.iter::<Stream<'_>>().collect();
            if items.len() != streams.len() {
                return Err(Code::Malformed.into());
            }
            streams
        }
        Some(_) => return Err(Code::Malformed.into()),
    };
    let readable = streams.iter().all(|stream| stream.decoded_data().is_ok());
    if readable { Ok(()) } else { Err(Code::Malformed.into()) }
}

/// In a knockout group a later object replaces an earlier one; the renderer lays it over.
fn refuse_knockout(group: &Dict<'_>) -> Result<(), Refusal> {
    if group.get::<bool>("K") == Some(true) { Err(Code::Unfaithful.into()) } else { Ok(()) }
}

/// Follows the transformation and what the path covers.
fn draws_path(op: &Op<'_, '_>, place: &mut Place) {
    let mut to = |x: f64, y: f64| {
        let point = place.ctm * Point::new(x, y);
        let point = Rect::from_points(point, point);
        place.path = Some(place.path.map_or(point, |path| path.union(point)));
    };
    match op {
        Op::Transform(t) => {
            let t = [t.0, t.1, t.2, t.3, t.4, t.5].map(|n| n.as_f64());
            place.ctm *= Affine::new(t);
        }
        Op::MoveTo(p) => to(p.0.as_f64(), p.1.as_f64()),
        Op::LineTo(p) => to(p.0.as_f64(), p.1.as_f64()),
        Op::CubicTo(p) => {
            to(p.0.as_f64(), p.1.as_f64());
            to(p.2.as_f64(), p.3.as_f64());
            to(p.4.as_f64(), p.5.as_f64());
        }
        Op::CubicStartTo(p) => {
            to(p.0.as_f64(), p.1.as_f64());
            to(p.2.as_f64(), p.3.as_f64());
        }
        Op::CubicEndTo(p) => {
            to(p.0.as_f64(), p.1.as_f64());
            to(p.2.as_f64(), p.3.as_f64());
        }
        Op::RectPath(r) => {
            let [x, y, w, h] = [r.0, r.1, r.2, r.3].map(|n| n.as_f64());
            to(x, y);
            to(x + w, y + h);
        }
        _ => {}
    }
}
