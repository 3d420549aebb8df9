//! Pictures.

use std::io::Cursor;

use enlace_flatten::{Code, Limits, NoteCode, flatten};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::canary::{CANARY, says};

const KINDS: [(ImageFormat, &str); 6] = [
    (ImageFormat::Jpeg, "image/jpeg"),
    (ImageFormat::Png, "image/png"),
    (ImageFormat::Gif, "image/gif"),
    (ImageFormat::WebP, "image/webp"),
    (ImageFormat::Tiff, "image/tiff"),
    (ImageFormat::Bmp, "image/bmp"),
];

/// 12 × 8: a dark left upper corner on a light ground.
fn drawing() -> RgbImage {
    let dark = |x, y| x < 6 && y < 4;
    RgbImage::from_fn(
        12,
        8,
        |x, y| if dark(x, y) { Rgb([40, 60, 90]) } else { Rgb([230, 220, 200]) },
    )
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// One small picture of each format.
pub fn samples() -> Vec<(Vec<u8>, &'static str)> {
    let picture = DynamicImage::ImageRgb8(drawing());
    KINDS.iter().map(|(format, mime)| (encode(&picture, *format), *mime)).collect()
}

fn decoded(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).unwrap().into_rgb8()
}

fn near(found: Rgb<u8>, wanted: [u8; 3]) -> bool {
    found.0.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 12)
}

/// An EXIF block (TIFF, little-endian) with an orientation and a description.
fn exif(orientation: u8, description: &str) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x02\0".to_vec();
    let text = format!("{description}\0");
    block.extend([0x0E, 0x01, 2, 0]);
    block.extend((text.len() as u32).to_le_bytes());
    block.extend(38_u32.to_le_bytes());
    block.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    block.extend([0, 0, 0, 0]);
    block.extend(text.as_bytes());
    block
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![0xFF, marker];
    out.extend(((body.len() + 2) as u16).to_be_bytes());
    out.extend(body);
    out
}

fn jpeg_with(segments: &[Vec<u8>], behind: &[u8]) -> Vec<u8> {
    let plain = encode(&DynamicImage::ImageRgb8(drawing()), ImageFormat::Jpeg);
    let mut out = plain[..2].to_vec();
    out.extend(segments.concat());
    out.extend(&plain[2..]);
    out.extend(behind);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

pub fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), body].concat();
    let mut out = (body.len() as u32).to_be_bytes().to_vec();
    out.extend(&named);
    out.extend(crc32(&named).to_be_bytes());
    out
}

fn flat(bytes: &[u8], mime: &str) -> enlace_flatten::Flat {
    flatten(bytes, mime, &Limits::default()).unwrap()
}

#[test]
fn every_picture_format_shows_the_same_afterwards() {
    for (bytes, mime) in samples() {
        let flat = flat(&bytes, mime);
        assert!(["image/png", "image/jpeg"].contains(&flat.mime), "{mime}");
        assert_eq!(flat.pages, 1);
        let picture = decoded(&flat.bytes);
        assert_eq!(picture.dimensions(), (12, 8), "{mime}");
        assert!(
            near(*picture.get_pixel(1, 1), [40, 60, 90]),
            "{mime} {:?}",
            picture.get_pixel(1, 1)
        );
        assert!(near(*picture.get_pixel(10, 6), [230, 220, 200]), "{mime}");
    }
}

#[test]
fn nothing_planted_in_a_jpeg_survives() {
    let thumbnail = jpeg_with(&[segment(0xFE, CANARY.as_bytes())], b"");
    let exif = [b"Exif\0\0".to_vec(), exif(1, CANARY), thumbnail].concat();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), CANARY.as_bytes()].concat();
    let iptc = [b"Photoshop 3.0\08BIM\x04\x04".as_slice(), CANARY.as_bytes()].concat();
    let icc = [b"ICC_PROFILE\0\x01\x01".as_slice(), CANARY.as_bytes()].concat();
    let segments = [
        segment(0xE1, &exif),
        segment(0xE1, &xmp),
        segment(0xED, &iptc),
        segment(0xE2, &icc),
        segment(0xFE, CANARY.as_bytes()),
    ];
    let bytes = jpeg_with(&segments, CANARY.as_bytes());
    assert!(says(&bytes, CANARY));
    let flat = flat(&bytes, "image/jpeg");
    assert!(!says(&flat.bytes, CANARY));
    assert!(!flat.bytes.windows(4).any(|w| w == b"Exif" || w == b"ICC_"));
}

#[test]
fn nothing_planted_in_a_png_survives() {
    let plain = encode(&DynamicImage::ImageRgb8(drawing()), ImageFormat::Png);
    let (head, tail) = plain.split_at(33);
    let text = [b"Author\0".as_slice(), CANARY.as_bytes()].concat();
    let international = [b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), CANARY.as_bytes()].concat();
    let planted = [
        chunk(b"tEXt", &text),
        chunk(b"iTXt", &international),
        chunk(b"eXIf", &exif(1, CANARY)),
        chunk(b"tIME", &[7, 0xEA, 3, 1, 4, 5, 6]),
        chunk(b"prVt", CANARY.as_bytes()),
    ];
    let bytes = [head, &planted.concat(), tail, CANARY.as_bytes()].concat();
    assert!(says(&bytes, CANARY));
    let flat = flat(&bytes, "image/png");
    assert!(!says(&flat.bytes, CANARY));
    let names = ["tEXt", "iTXt", "eXIf", "tIME", "prVt", "zTXt", "iCCP", "pHYs"];
    for name in names {
        assert!(!flat.bytes.windows(4).any(|w| w == name.as_bytes()), "{name}");
    }
}

#[test]
fn nothing_planted_in_gif_webp_tiff_or_bmp_survives() {
    let gif = &samples()[2].0;
    let comment = [&[0x21, 0xFE, CANARY.len() as u8], CANARY.as_bytes(), &[0]].concat();
    let tables = 13 + 3 * (2 << (gif[10] & 7));
    let gif = [&gif[..tables], &comment, &gif[tables..], CANARY.as_bytes()].concat();
    let webp = [&samples()[3].0[..], b"EXIF\x0c\0\0\0", CANARY.as_bytes()].concat();
    let tiff = [&samples()[4].0[..], CANARY.as_bytes()].concat();
    let bmp = [&samples()[5].0[..], CANARY.as_bytes()].concat();
    let planted =
        [(gif, "image/gif"), (webp, "image/webp"), (tiff, "image/tiff"), (bmp, "image/bmp")];
    for (bytes, mime) in planted {
        assert!(says(&bytes, CANARY));
        let flat = flat(&bytes, mime);
        assert!(!says(&flat.bytes, CANARY), "{mime}");
    }
}

#[test]
fn the_orientation_of_a_photograph_is_applied_and_then_gone() {
    let exif = [b"Exif\0\0".to_vec(), exif(6, "camera")].concat();
    let flat = flat(&jpeg_with(&[segment(0xE1, &exif)], b""), "image/jpeg");
    let picture = decoded(&flat.bytes);
    // 6: turn right by 90°, so that the dark left upper corner is the right upper one.
    assert_eq!(picture.dimensions(), (8, 12));
    assert!(near(*picture.get_pixel(6, 1), [40, 60, 90]));
    assert!(near(*picture.get_pixel(1, 1), [230, 220, 200]));
}

#[test]
fn the_colour_of_transparent_pixels_does_not_survive() {
    let picture = RgbaImage::from_fn(8, 8, |x, _| {
        if x < 4 { Rgba([200, 10, 10, 0]) } else { Rgba([0, 90, 0, 255]) }
    });
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let mime = KINDS.iter().find(|kind| kind.0 == format).unwrap().1;
        let flat = flat(&encode(&DynamicImage::ImageRgba8(picture.clone()), format), mime);
        let copy = image::load_from_memory(&flat.bytes).unwrap();
        assert!(!copy.color().has_alpha());
        assert_eq!(copy.into_rgb8().get_pixel(0, 0), &Rgb([255, 255, 255]), "{mime}");
        assert!(flat.notes.iter().any(|note| note.code == NoteCode::Transparency));
    }
}

#[test]
fn marks_too_faint_to_see_do_not_survive() {
    let faint = RgbImage::from_fn(64, 8, |x, _| Rgb([if x % 2 == 0 { 255 } else { 254 }; 3]));
    let dark = RgbImage::from_fn(64, 8, |x, _| Rgb([if x % 2 == 0 { 0 } else { 2 }; 3]));
    let low_bits = RgbImage::from_fn(64, 8, |x, _| Rgb([100 + (x % 4) as u8; 3]));
    for picture in [faint, dark, low_bits] {
        let bytes = encode(&DynamicImage::ImageRgb8(picture), ImageFormat::Png);
        let copy = decoded(&flat(&bytes, "image/png").bytes);
        let first = *copy.get_pixel(0, 0);
        assert!(copy.pixels().all(|pixel| *pixel == first));
    }
}

#[test]
fn only_the_first_frame_of_an_animation_leaves_and_it_is_said() {
    let mut bytes = Vec::new();
    {
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        for colour in [Rgba([0, 0, 0, 255]), Rgba([250, 0, 0, 255])] {
            let frame = image::Frame::new(RgbaImage::from_pixel(4, 4, colour));
            encoder.encode_frame(frame).unwrap();
        }
    }
    let flat = flat(&bytes, "image/gif");
    assert!(decoded(&flat.bytes).pixels().all(|pixel| near(*pixel, [0, 0, 0])));
    assert_eq!(flat.notes[0].code, NoteCode::FurtherFrames);
}

#[test]
fn the_content_must_be_of_the_declared_type() {
    let code =
        |bytes: &[u8], mime: &str| flatten(bytes, mime, &Limits::default()).unwrap_err().code;
    let jpeg = &samples()[0].0;
    assert_eq!(code(jpeg, "image/png"), Code::TypeMismatch);
    assert_eq!(code(jpeg, "application/octet-stream"), Code::TypeUnknown);
    assert_eq!(code(b"", "image/png"), Code::Empty);
    assert_eq!(code(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "application/msword"), Code::SaveAsPdf);
    assert!(flatten(jpeg, "", &Limits::default()).is_ok(), "nothing declared: the content decides");
    assert!(flatten(jpeg, "Image/JPEG; q=1", &Limits::default()).is_ok());
}

#[test]
fn a_picture_that_claims_to_be_huge_is_refused_before_it_is_expanded() {
    let mut png = encode(&DynamicImage::ImageRgb8(drawing()), ImageFormat::Png);
    let header = [0x7F, 0xFF, 0, 0, 0x7F, 0xFF, 0, 0, 8, 2, 0, 0, 0];
    png.splice(8..33, chunk(b"IHDR", &header));
    assert_eq!(flatten(&png, "image/png", &Limits::default()).unwrap_err().code, Code::Pixels);
    let limits = Limits { pixels: 95, ..Limits::default() };
    for (bytes, mime) in samples() {
        assert_eq!(flatten(&bytes, mime, &limits).unwrap_err().code, Code::Pixels, "{mime}");
    }
}

#[test]
fn the_same_picture_gives_the_same_bytes_whatever_its_metadata() {
    let plain = flat(&jpeg_with(&[], b""), "image/jpeg");
    let noted = flat(&jpeg_with(&[segment(0xFE, b"seen at the port")], b"tail"), "image/jpeg");
    assert_eq!(plain.bytes, noted.bytes);
}
