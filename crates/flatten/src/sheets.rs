//! A PDF whose pages are pictures: no text, no names, no dates, no producer.

use pdf_writer::types::Predictor;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};

use crate::picture::{Drawn, Encoded};
use crate::{Code, Limits, Refusal};

/// Points in an inch.
const POINTS: f32 = 72.0;

const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);

/// Drawn pages, in order.
#[derive(Debug)]
pub(crate) struct Sheets {
    pdf: Pdf,
    kids: Vec<Ref>,
    next: i32,
    bytes: usize,
    limit: usize,
}

impl Sheets {
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut pdf = Pdf::new();
        pdf.catalog(CATALOG).pages(TREE);
        Self { pdf, kids: Vec::new(), next: 3, bytes: 0, limit: limits.output_bytes }
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.kids.len()).unwrap_or(u32::MAX)
    }

    /// Adds a page that is this picture, of `dpi` pixels per inch.
    pub(crate) fn add(&mut self, drawn: &Drawn, dpi: f32) -> Result<(), Refusal> {
        let (data, encoded) = drawn.smaller()?;
        let data = if encoded == Encoded::Png { samples_of(&data)? } else { data };
        self.bytes = self.bytes.saturating_add(data.len());
        if self.bytes > self.limit {
            return Err(Code::TooLarge.into());
        }
        let [page, picture, content] = [0, 1, 2].map(|step| Ref::new(self.next + step));
        self.next += 3;
        let points = |pixels: u32| f32::from(u16::try_from(pixels).unwrap_or(1)) * POINTS / dpi;
        let (width, height) = (points(drawn.width), points(drawn.height));
        self.picture(picture, drawn, &data, encoded)?;
        let mut writer = self.pdf.page(page);
        writer.media_box(Rect::new(0.0, 0.0, width, height)).parent(TREE).contents(content);
        writer.resources().x_objects().pair(Name(b"P"), picture);
        writer.finish();
        let mut drawing = Content::new();
        drawing.transform([width, 0.0, 0.0, height, 0.0, 0.0]).x_object(Name(b"P"));
        self.pdf.stream(content, &drawing.finish());
        self.kids.push(page);
        Ok(())
    }

    fn picture(
        &mut self,
        name: Ref,
        drawn: &Drawn,
        data: &[u8],
        encoded: Encoded,
    ) -> Result<(), Refusal> {
        let side = |pixels: u32| i32::try_from(pixels).map_err(|_| Code::Pixels);
        let (width, height) = (side(drawn.width)?, side(drawn.height)?);
        let mut writer = self.pdf.image_xobject(name, data);
        writer.width(width).height(height).bits_per_component(8);
        if drawn.grey {
            writer.color_space().device_gray();
        } else {
            writer.color_space().device_rgb();
        }
        match encoded {
            Encoded::Jpeg => {
                writer.filter(Filter::DctDecode);
            }
            Encoded::Png => {
                writer.filter(Filter::FlateDecode);
                writer
                    .decode_parms()
                    .predictor(Predictor::PngOptimum)
                    .colors(if drawn.grey { 1 } else { 3 })
                    .bits_per_component(8)
                    .columns(width);
            }
        }
        Ok(())
    }

    /// The document.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let count = i32::try_from(self.kids.len()).unwrap_or(0);
        self.pdf.pages(TREE).kids(self.kids.iter().copied()).count(count);
        self.pdf.finish()
    }
}

/// The compressed rows of a PNG: what its `IDAT` chunks hold is what `FlateDecode` with a PNG
/// predictor reads (ISO 32000-2 §7.4.4.4).
fn samples_of(png: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut data = Vec::with_capacity(png.len());
    let mut rest = png.get(8..).ok_or(Code::Fault)?;
    while let Some((head, behind)) = rest.split_at_checked(8) {
        let (len, name) = head.split_at_checked(4).ok_or(Code::Fault)?;
        let len = u32::from_be_bytes(len.try_into().map_err(|_| Code::Fault)?);
        let len = usize::try_from(len).map_err(|_| Code::Fault)?;
        let body = behind.get(..len).ok_or(Code::Fault)?;
        if name == b"IDAT" {
            data.extend_from_slice(body);
        }
        rest = behind.get(len + 4..).ok_or(Code::Fault)?;
    }
    Ok(data)
}
