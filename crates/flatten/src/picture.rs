//! Pictures: decoded to pixels, turned upright, put on white, encoded again.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{
    AnimationDecoder, DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError,
    ImageFormat, ImageReader,
};

use crate::note::Notes;
use crate::{Code, Limits, NoteCode, Refusal};

/// Quality of JPEG that we write.
const QUALITY: u8 = 88;

/// Memory a decoder may take for each pixel allowed: 16 bits for each of 4 channels, twice.
const BYTES_PER_PIXEL: u64 = 16;

/// Pixels and nothing else: grey (1 byte each) or red, green, blue (3 bytes each).
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) grey: bool,
    pub(crate) samples: Vec<u8>,
}

impl Drawn {
    /// From red, green, blue, alpha: on white, grey if no pixel has a colour, with faint marks
    /// cleared. `None` if the sizes do not agree.
    pub(crate) fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Option<Self> {
        let count = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
        if count == 0 || rgba.len() != count.checked_mul(4)? {
            return None;
        }
        let quiet = quiet();
        let mut rgb = Vec::with_capacity(count * 3);
        let mut grey = true;
        for pixel in rgba.chunks_exact(4) {
            let &[r, g, b, a] = pixel else { continue };
            let [r, g, b] = [r, g, b].map(|v| level(&quiet, on_white(v, a)));
            grey &= r == g && g == b;
            rgb.extend_from_slice(&[r, g, b]);
        }
        let samples = if grey { rgb.iter().copied().step_by(3).collect() } else { rgb };
        Some(Self { width, height, grey, samples })
    }

    fn colour(&self) -> ExtendedColorType {
        if self.grey { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 }
    }

    pub(crate) fn png(&self) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive)
            .write_image(&self.samples, self.width, self.height, self.colour())
            .map_err(|_| Code::Fault)?;
        Ok(out)
    }

    pub(crate) fn jpeg(&self) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        JpegEncoder::new_with_quality(&mut out, QUALITY)
            .write_image(&self.samples, self.width, self.height, self.colour())
            .map_err(|_| Code::Fault)?;
        Ok(out)
    }

    /// PNG, or JPEG where a PNG would take more than half a byte a sample (a photograph).
    pub(crate) fn smaller(&self) -> Result<(Vec<u8>, Encoded), Refusal> {
        let png = self.png()?;
        let jpeg_fits = self.width <= 0xFFFF && self.height <= 0xFFFF;
        if png.len() > self.samples.len() / 2 && jpeg_fits {
            Ok((self.jpeg()?, Encoded::Jpeg))
        } else {
            Ok((png, Encoded::Png))
        }
    }
}

/// How pixels were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoded {
    Png,
    Jpeg,
}

impl Encoded {
    pub(crate) fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// One colour sample over white paper.
fn on_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    let sum = value * alpha + 255 * (255 - alpha);
    u8::try_from((sum + 127) / 255).unwrap_or(255)
}

/// Levels that no eye tells apart become one: within 5 of paper and of ink, and by fours between.
/// A name in white-but-one on white is there for a computer, not for a reader.
fn quiet() -> [u8; 256] {
    let mut table = [0; 256];
    for (value, entry) in (0_u8..=255).zip(table.iter_mut()) {
        *entry = match value {
            0..=5 => 0,
            250..=255 => 255,
            _ => value & 0xFC | 2,
        };
    }
    table
}

fn level(table: &[u8; 256], value: u8) -> u8 {
    table.get(usize::from(value)).copied().unwrap_or(value)
}

/// The first frame of a picture, upright on white.
pub(crate) fn draw(
    bytes: &[u8],
    format: ImageFormat,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<Drawn, Refusal> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(decoder_limits(limits));
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(Code::Pixels.into());
    }
    let orientation = decoder.orientation().map_err(refusal)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    picture.apply_orientation(orientation);
    if has_further_frames(bytes, format, limits) {
        notes.add(NoteCode::FurtherFrames);
    }
    let picture = picture.into_rgba8();
    if picture.as_raw().iter().skip(3).step_by(4).any(|alpha| *alpha != 255) {
        notes.add(NoteCode::Transparency);
    }
    let (width, height) = picture.dimensions();
    Drawn::from_rgba(width, height, picture.as_raw()).ok_or_else(|| Code::Malformed.into())
}

/// A photograph stays one; anything else takes what is smaller.
pub(crate) fn encode(
    drawn: &Drawn,
    source: ImageFormat,
) -> Result<(Vec<u8>, &'static str), Refusal> {
    if source == ImageFormat::Jpeg {
        return Ok((drawn.jpeg()?, Encoded::Jpeg.mime()));
    }
    let (bytes, encoded) = drawn.smaller()?;
    Ok((bytes, encoded.mime()))
}

fn decoder_limits(limits: &Limits) -> image::Limits {
    let side = u32::try_from(limits.pixels).unwrap_or(u32::MAX);
    let mut decoder = image::Limits::default();
    decoder.max_image_width = Some(side);
    decoder.max_image_height = Some(side);
    decoder.max_alloc = Some(limits.pixels.saturating_mul(BYTES_PER_PIXEL));
    decoder
}

fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => Code::Pixels.into(),
        ImageError::Unsupported(_) => Code::Unfaithful.into(),
        _ => Code::Malformed.into(),
    }
}

/// Whether there is more than the frame we draw. Says nothing of what it shows.
fn has_further_frames(bytes: &[u8], format: ImageFormat, limits: &Limits) -> bool {
    match format {
        ImageFormat::Gif => {
            let Ok(mut decoder) = GifDecoder::new(Cursor::new(bytes)) else { return true };
            let _ = decoder.set_limits(decoder_limits(limits));
            decoder.into_frames().nth(1).is_some()
        }
        ImageFormat::Png => bytes.windows(4).take(1 << 16).any(|window| window == b"acTL"),
        ImageFormat::WebP => bytes.windows(4).take(1 << 16).any(|window| window == b"ANIM"),
        ImageFormat::Tiff => tiff_has_next(bytes).unwrap_or(true),
        _ => false,
    }
}

/// Whether the first directory of a TIFF points to a second one (TIFF 6.0 §2).
fn tiff_has_next(bytes: &[u8]) -> Option<bool> {
    let little = bytes.first()? == &b'I';
    let number = |at: usize, len: usize| -> Option<usize> {
        let field = bytes.get(at..at.checked_add(len)?)?;
        let fold = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        Some(if little { field.iter().rev().fold(0, fold) } else { field.iter().fold(0, fold) })
    };
    let first = number(4, 4)?;
    let entries = number(first, 2)?;
    let next = number(first.checked_add(2)?.checked_add(entries.checked_mul(12)?)?, 4)?;
    Some(next != 0)
}
