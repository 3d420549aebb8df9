//! Colour spaces, shadings and pictures that the renderer draws (ISO 32000-2 §8.6, §8.7, §8.9):
//! where it finds none it draws in black, or nothing.

use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro::hayro_syntax::page::Resources;

use crate::{Code, Refusal};

/// Deepest colour space made of others.
const DEPTH: usize = 4;

fn unfaithful<T>() -> Result<T, Refusal> {
    Err(Code::Unfaithful.into())
}

fn is_device(name: &[u8]) -> bool {
    matches!(
        name,
        b"DeviceGray" | b"DeviceRGB" | b"DeviceCMYK" | b"G" | b"RGB" | b"CMYK" | b"Pattern"
    )
}

/// A colour space named by an instruction.
pub(super) fn named(name: &Name<'_>, resources: &Resources<'_>) -> Result<(), Refusal> {
    if is_device(name) {
        return Ok(());
    }
    space(&resources.get_color_space(name).ok_or(Code::Unfaithful)?, 0)
}

fn space(object: &Object<'_>, depth: usize) -> Result<(), Refusal> {
    if depth > DEPTH {
        return Err(Code::Depth.into());
    }
    let array = match object {
        Object::Name(name) if is_device(name) => return Ok(()),
        Object::Array(array) => array,
        _ => return unfaithful(),
    };
    let parts: Vec<Object<'_>> = array.iter::<Object<'_>>().collect();
    let Some(Object::Name(family)) = parts.first() else { return unfaithful() };
    match (&**family, parts.get(1), parts.get(2), parts.get(3)) {
        (family, ..) if is_device(family) => Ok(()),
        (b"ICCBased", Some(Object::Stream(profile)), ..) => {
            match (profile.dict().get::<u32>("N"), profile.decoded_data()) {
                (Some(1 | 3 | 4), Ok(_)) => Ok(()),
                _ => unfaithful(),
            }
        }
        (b"CalGray" | b"CalRGB" | b"Lab", Some(Object::Dict(dict)), ..) => {
            if dict.contains_key("WhitePoint") { Ok(()) } else { unfaithful() }
        }
        (b"Indexed" | b"I", Some(base), Some(Object::Number(_)), Some(table)) => {
            match table {
                Object::String(_) => {}
                Object::Stream(table) if table.decoded_data().is_ok() => {}
                _ => return unfaithful(),
            }
            space(base, depth + 1)
        }
        (b"Separation", Some(Object::Name(_)), Some(other), Some(tint))
        | (b"DeviceN", Some(Object::Array(_)), Some(other), Some(tint)) => {
            function(tint)?;
            space(other, depth + 1)
        }
        _ => unfaithful(),
    }
}

fn dict_of<'o, 'a>(object: &'o Object<'a>) -> Option<&'o Dict<'a>> {
    match object {
        Object::Dict(dict) => Some(dict),
        Object::Stream(stream) => Some(stream.dict()),
        _ => None,
    }
}

fn function(object: &Object<'_>) -> Result<(), Refusal> {
    let Some(dict) = dict_of(object) else { return unfaithful() };
    match dict.get::<u32>("FunctionType") {
        Some(0 | 2 | 3 | 4) => Ok(()),
        _ => unfaithful(),
    }
}

/// A shading of one of the seven types.
pub(super) fn shading(object: &Object<'_>) -> Result<(), Refusal> {
    let Some(dict) = dict_of(object) else { return unfaithful() };
    let stream = matches!(object, Object::Stream(_));
    match dict.get::<u32>("ShadingType") {
        Some(1..=3) if dict.contains_key("Function") => {}
        Some(4..=7) if stream => {}
        _ => return unfaithful(),
    }
    space(&dict.get::<Object<'_>>("ColorSpace").ok_or(Code::Unfaithful)?, 0)
}

/// The colours of a picture, and of its mask.
pub(super) fn of_picture(picture: &Stream<'_>, resources: &Resources<'_>) -> Result<(), Refusal> {
    let dict = picture.dict();
    let either = |short: &str, long: &str| {
        dict.get::<Object<'_>>(short).or_else(|| dict.get::<Object<'_>>(long))
    };
    let stencil = matches!(either("IM", "ImageMask"), Some(Object::Boolean(true)));
    let bits = either("BPC", "BitsPerComponent").and_then(Object::into_u8);
    if !matches!(bits, None | Some(1 | 2 | 4 | 8 | 16)) {
        return unfaithful();
    }
    match either("CS", "ColorSpace") {
        _ if stencil => Ok(()),
        // A JPEG 2000 picture brings its own.
        None => is_jpeg_2000(dict),
        Some(Object::Name(name)) => named(&name, resources),
        Some(object) => space(&object, 0),
    }
}

fn is_jpeg_2000(dict: &Dict<'_>) -> Result<(), Refusal> {
    let name = match dict.get::<Object<'_>>("Filter") {
        Some(Object::Name(name)) => Some(name),
        Some(Object::Array(all)) => last_name(&all),
        _ => None,
    };
    if name.is_some_and(|name| *name == *b"JPXDecode") { Ok(()) } else { unfaithful() }
}

fn last_name<'a>(all: &Array<'a>) -> Option<Name<'a>> {
    all.iter::<Name<'_>>().last()
}
