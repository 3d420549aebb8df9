//! What streams expand to (ISO 32000-2 §7.4), within the limits.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;

use super::file::File;
use super::syntax::{Dict, Obj};
use crate::{Code, Refusal};

/// Most columns of a predictor's row.
const COLUMNS: u64 = 1 << 20;

/// The filters of a stream, each with its parameters.
fn filters(file: &File<'_>, dict: &Dict) -> Result<Vec<(Vec<u8>, Dict)>, Refusal> {
    // A stream whose data is in another file.
    if ["F", "FFilter", "FDecodeParms"].iter().any(|key| dict.contains_key(key.as_bytes())) {
        return Err(Code::Active.into());
    }
    let list = |key: &str| -> Result<Vec<Obj>, Refusal> {
        Ok(match file.value(dict, key)? {
            Obj::Null => Vec::new(),
            Obj::Array(items) => items,
            one => vec![one],
        })
    };
    let parameters = list("DecodeParms")?;
    let mut all = Vec::new();
    for (index, name) in list("Filter")?.iter().enumerate() {
        let Obj::Name(name) = file.resolve(name)? else { return Err(Code::Malformed.into()) };
        let own = parameters.get(index).map_or(Ok(None), |obj| file.dict(obj))?;
        all.push((name, own.unwrap_or_default()));
    }
    if all.len() > 4 { Err(Code::Malformed.into()) } else { Ok(all) }
}

/// The data of a stream that is no picture.
pub(super) fn expand(file: &File<'_>, dict: &Dict, raw: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut data = Cow::Borrowed(raw);
    for (name, parameters) in filters(file, dict)? {
        let out = apply(file, &name, &data)?.ok_or(Code::Unfaithful)?;
        data = Cow::Owned(predicted(file, out, &parameters)?);
    }
    Ok(data.into_owned())
}

/// Checks what a stream would expand to, and gives the number of bytes that come out before a
/// codec of pictures (`None`) or at the end.
pub(super) fn check(file: &File<'_>, dict: &Dict, raw: &[u8]) -> Result<Option<u64>, Refusal> {
    let mut data = Cow::Borrowed(raw);
    let filters = filters(file, dict)?;
    for (index, (name, parameters)) in filters.iter().enumerate() {
        if let Some(columns) = parameters.get(&b"Columns"[..])
            && file.resolve(columns)?.count().is_none_or(|columns| columns > COLUMNS)
        {
            return Err(Code::Malformed.into());
        }
        match apply(file, name, &data)? {
            Some(out) => data = Cow::Owned(out),
            None if index + 1 == filters.len() => {
                picture(file, name, &data)?;
                return Ok(None);
            }
            None => return Err(Code::Malformed.into()),
        }
    }
    Ok(Some(data.len() as u64))
}

/// One filter; `None` for the codecs of pictures.
fn apply(file: &File<'_>, name: &[u8], data: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let out = match name {
        b"FlateDecode" => inflate(file, data)?,
        b"LZWDecode" => lzw(file, data)?,
        b"ASCIIHexDecode" => ascii_hex(data)?,
        b"ASCII85Decode" => ascii_85(data)?,
        b"RunLengthDecode" => run_length(file, data)?,
        b"DCTDecode" | b"JPXDecode" | b"CCITTFaxDecode" | b"JBIG2Decode" => return Ok(None),
        b"Crypt" => return Err(Code::Encrypted.into()),
        _ => return Err(Code::Unfaithful.into()),
    };
    file.spend(out.len() as u64)?;
    Ok(Some(out))
}

/// Inflates as far as the limits allow. A stream cut short is refused: viewers show different
/// parts of it.
fn inflate(file: &File<'_>, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(data).take(file.left().saturating_add(1));
    reader.read_to_end(&mut out).map_err(|_| Code::Malformed)?;
    Ok(out)
}

fn lzw(file: &File<'_>, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    let (mut out, mut at, mut buffer) = (Vec::new(), 0, vec![0; 1 << 16]);
    loop {
        let rest = data.get(at..).unwrap_or_default();
        let step = decoder.decode_bytes(rest, &mut buffer);
        at += step.consumed_in;
        out.extend_from_slice(buffer.get(..step.consumed_out).unwrap_or_default());
        if out.len() as u64 > file.left() {
            return Err(Code::Expansion.into());
        }
        match step.status {
            Ok(weezl::LzwStatus::Done) => return Ok(out),
            Ok(weezl::LzwStatus::Ok) => {}
            Ok(weezl::LzwStatus::NoProgress) | Err(_) => return Err(Code::Malformed.into()),
        }
    }
}

fn ascii_hex(data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut digits = Vec::new();
    for byte in data {
        match char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()) {
            Some(digit) => digits.push(digit),
            None if *byte == b'>' => break,
            None if byte.is_ascii_whitespace() || *byte == 0 => {}
            None => return Err(Code::Malformed.into()),
        }
    }
    let pair =
        |pair: &[u8]| pair.first().copied().unwrap_or(0) << 4 | pair.get(1).copied().unwrap_or(0);
    Ok(digits.chunks(2).map(pair).collect())
}

fn ascii_85(data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (mut out, mut group) = (Vec::new(), Vec::with_capacity(5));
    for byte in data.strip_prefix(b"<~").unwrap_or(data) {
        match byte {
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'~' => break,
            _ if byte.is_ascii_whitespace() || *byte == 0 => {}
            _ => return Err(Code::Malformed.into()),
        }
        if group.len() == 5 {
            out.extend(word_85(&group)?.to_be_bytes());
            group.clear();
        }
    }
    match group.len() {
        0 => {}
        1 => return Err(Code::Malformed.into()),
        len => {
            group.resize(5, 84);
            out.extend(word_85(&group)?.to_be_bytes().into_iter().take(len - 1));
        }
    }
    Ok(out)
}

fn word_85(group: &[u32]) -> Result<u32, Refusal> {
    let fold = |sum: Option<u32>, digit: &u32| sum?.checked_mul(85)?.checked_add(*digit);
    group.iter().fold(Some(0), fold).ok_or_else(|| Code::Malformed.into())
}

fn run_length(file: &File<'_>, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (mut out, mut rest) = (Vec::new(), data);
    while let Some((length, behind)) = rest.split_first() {
        let (run, taken) = match length {
            128 => break,
            0..=127 => (1, usize::from(*length) + 1),
            129..=255 => (257 - usize::from(*length), 1),
        };
        let (part, behind) = behind.split_at_checked(taken).ok_or(Code::Malformed)?;
        for _ in 0..run {
            out.extend_from_slice(part);
        }
        if out.len() as u64 > file.left() {
            return Err(Code::Expansion.into());
        }
        rest = behind;
    }
    Ok(out)
}

/// Undoes the predictor of a table of numbers: none, or one of PNG (§7.4.4.4).
fn predicted(file: &File<'_>, data: Vec<u8>, parameters: &Dict) -> Result<Vec<u8>, Refusal> {
    let number = |key: &str, default: u64| -> Result<u64, Refusal> {
        Ok(match file.value(parameters, key)? {
            Obj::Null => default,
            value => value.count().ok_or(Code::Malformed)?,
        })
    };
    let predictor = number("Predictor", 1)?;
    if predictor == 1 {
        return Ok(data);
    }
    let (colours, bits) = (number("Colors", 1)?, number("BitsPerComponent", 8)?);
    let columns = number("Columns", 1)?;
    if predictor < 10 || colours != 1 || bits != 8 || !(1..=COLUMNS).contains(&columns) {
        return Err(Code::Unfaithful.into());
    }
    let columns = usize::try_from(columns).map_err(|_| Code::Malformed)?;
    let (mut out, mut above) = (Vec::with_capacity(data.len()), vec![0; columns]);
    for row in data.chunks_exact(columns + 1) {
        let (kind, row) = row.split_first().ok_or(Code::Malformed)?;
        let (mut left, mut corner) = (0_u8, 0_u8);
        for (byte, up) in row.iter().zip(above.iter_mut()) {
            let base = match kind {
                0 => 0,
                1 => left,
                2 => *up,
                3 => left.midpoint(*up),
                4 => paeth(left, *up, corner),
                _ => return Err(Code::Malformed.into()),
            };
            corner = *up;
            left = byte.wrapping_add(base);
            *up = left;
        }
        out.extend_from_slice(&above);
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let distance = |value: i16| (a + b - c - value).abs();
    let (to_left, to_up, to_corner) = (distance(a), distance(b), distance(c));
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

/// The size a coded picture itself claims, whatever its dictionary says.
fn picture(file: &File<'_>, codec: &[u8], data: &[u8]) -> Result<(), Refusal> {
    let (width, height) = match codec {
        b"DCTDecode" => {
            let decoder = JpegDecoder::new(Cursor::new(data)).map_err(|_| Code::Malformed)?;
            decoder.dimensions()
        }
        b"JPXDecode" => jpeg_2000_size(data).ok_or(Code::Malformed)?,
        // Their decoders take the size from the dictionary, which is checked by itself; the
        // regions of JBIG2 are bounded by its decoder.
        _ => return Ok(()),
    };
    let pixels = u64::from(width) * u64::from(height);
    if pixels > file.limits.pixels { Err(Code::Pixels.into()) } else { file.spend(pixels) }
}

/// Width and height in the SIZ marker of a JPEG 2000 codestream (T.800 §A.5.1).
fn jpeg_2000_size(data: &[u8]) -> Option<(u32, u32)> {
    let start = data.windows(4).position(|w| w == [0xFF, 0x4F, 0xFF, 0x51])?;
    let word = |index: usize| -> Option<u32> {
        let at = start + 8 + index * 4;
        Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?))
    };
    Some((word(0)?.checked_sub(word(2)?)?, word(1)?.checked_sub(word(3)?)?))
}
