//! The objects of a PDF (ISO 32000-2 §7.3), read strictly: what two viewers may read differently
//! is refused, not repaired.

use std::collections::BTreeMap;

use crate::{Code, Refusal};

/// Number and generation of an indirect object.
pub(super) type Id = (u32, u16);

pub(super) type Dict = BTreeMap<Vec<u8>, Obj>;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Obj {
    Null,
    Bool(bool),
    /// Digits as written.
    Number(Box<str>),
    Text(Vec<u8>),
    Name(Vec<u8>),
    Array(Vec<Self>),
    Dict(Dict),
    Ref(Id),
}

impl Obj {
    pub(super) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    pub(super) fn is_name(&self, wanted: &str) -> bool {
        self.name() == Some(wanted.as_bytes())
    }

    pub(super) fn number(&self) -> Option<f64> {
        if let Self::Number(digits) = self { digits.parse().ok() } else { None }
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self) -> Option<u64> {
        if let Self::Number(digits) = self { digits.parse().ok() } else { None }
    }
}

/// Reads objects from bytes.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    depth: usize,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl<'a> Lexer<'a> {
    /// Reads from `at`; objects may nest `depth` deep.
    pub(super) fn new(bytes: &'a [u8], at: usize, depth: usize) -> Self {
        Self { bytes, at, depth }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Goes behind `tag` if it is next.
    pub(super) fn take(&mut self, tag: &[u8]) -> bool {
        let found = self.rest().starts_with(tag);
        self.at += if found { tag.len() } else { 0 };
        found
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let len = rest.iter().position(|b| !is_regular(*b)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    /// The keyword, if it is next after white space.
    pub(super) fn keyword(&mut self, wanted: &str) -> bool {
        let back = self.at;
        self.skip_space();
        let found = self.word() == wanted.as_bytes();
        if !found {
            self.at = back;
        }
        found
    }

    /// A whole number, if it is next after white space.
    pub(super) fn integer<T: std::str::FromStr>(&mut self) -> Option<T> {
        let back = self.at;
        self.skip_space();
        let word = self.word();
        let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
        let value = std::str::from_utf8(word).ok().filter(|_| digits).and_then(|w| w.parse().ok());
        if value.is_none() {
            self.at = back;
        }
        value
    }

    /// `N G obj`, if it is next.
    pub(super) fn header(&mut self) -> Option<Id> {
        let id = (self.integer()?, self.integer()?);
        self.keyword("obj").then_some(id)
    }

    /// One object.
    pub(super) fn object(&mut self) -> Result<Obj, Refusal> {
        self.skip_space();
        match self.peek().ok_or(Code::Malformed)? {
            b'/' => self.name().map(Obj::Name),
            b'(' => self.literal().map(Obj::Text),
            b'[' => self.array(),
            b'<' if self.rest().starts_with(b"<<") => self.dict().map(Obj::Dict),
            b'<' => self.hexadecimal().map(Obj::Text),
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number_or_ref(),
            _ => match self.word() {
                b"true" => Ok(Obj::Bool(true)),
                b"false" => Ok(Obj::Bool(false)),
                b"null" => Ok(Obj::Null),
                _ => Err(Code::Malformed.into()),
            },
        }
    }

    fn deeper(&mut self) -> Result<(), Refusal> {
        self.depth = self.depth.checked_sub(1).ok_or(Code::Depth)?;
        Ok(())
    }

    fn array(&mut self) -> Result<Obj, Refusal> {
        self.deeper()?;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.take(b"]") {
                break;
            }
            items.push(self.object()?);
        }
        self.depth += 1;
        Ok(Obj::Array(items))
    }

    /// A dictionary. A key that stands twice is refused: viewers choose differently.
    pub(super) fn dict(&mut self) -> Result<Dict, Refusal> {
        self.skip_space();
        if !self.take(b"<<") {
            return Err(Code::Malformed.into());
        }
        self.deeper()?;
        let mut dict = Dict::new();
        loop {
            self.skip_space();
            if self.take(b">>") {
                break;
            }
            let key = self.name()?;
            if dict.insert(key, self.object()?).is_some() {
                return Err(Code::Malformed.into());
            }
        }
        self.depth += 1;
        Ok(dict)
    }

    fn name(&mut self) -> Result<Vec<u8>, Refusal> {
        if !self.take(b"/") {
            return Err(Code::Malformed.into());
        }
        let mut word = self.word().iter().copied();
        let mut name = Vec::new();
        while let Some(byte) = word.next() {
            if byte == b'#' {
                let digits = word.next().and_then(hex).zip(word.next().and_then(hex));
                let (high, low) = digits.ok_or(Code::Malformed)?;
                name.push(high << 4 | low);
            } else {
                name.push(byte);
            }
        }
        Ok(name)
    }

    fn literal(&mut self) -> Result<Vec<u8>, Refusal> {
        self.at += 1;
        let (mut text, mut open) = (Vec::new(), 1_usize);
        loop {
            let byte = self.next().ok_or(Code::Malformed)?;
            match byte {
                b'(' => open += 1,
                b')' if open == 1 => return Ok(text),
                b')' => open -= 1,
                b'\\' => {
                    text.extend(self.escaped()?);
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
    }

    /// What a backslash begins (ISO 32000-2 table 3).
    fn escaped(&mut self) -> Result<Option<u8>, Refusal> {
        let byte = self.next().ok_or(Code::Malformed)?;
        Ok(match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(0x0C),
            b'\r' => {
                self.take(b"\n");
                None
            }
            b'\n' => None,
            b'0'..=b'7' => {
                let mut value = u16::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    value = value * 8 + u16::from(digit - b'0');
                    self.at += 1;
                }
                Some(value.to_le_bytes()[0])
            }
            other => Some(other),
        })
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, Refusal> {
        self.at += 1;
        let mut digits = Vec::new();
        loop {
            match self.next().ok_or(Code::Malformed)? {
                b'>' => break,
                byte if is_space(byte) => {}
                byte => digits.push(hex(byte).ok_or(Code::Malformed)?),
            }
        }
        let pair = |pair: &[u8]| {
            let low = pair.get(1).copied().unwrap_or(0);
            pair.first().map_or(0, |high| high << 4 | low)
        };
        Ok(digits.chunks(2).map(pair).collect())
    }

    fn number_or_ref(&mut self) -> Result<Obj, Refusal> {
        let back = self.at;
        if let (Some(number), Some(generation)) = (self.integer(), self.integer())
            && self.keyword("R")
        {
            return Ok(Obj::Ref((number, generation)));
        }
        self.at = back;
        let word = std::str::from_utf8(self.word()).map_err(|_| Code::Malformed)?;
        let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let some = !whole.is_empty() || !fraction.is_empty();
        if some && all(whole) && all(fraction) && word.len() <= 40 {
            Ok(Obj::Number(word.into()))
        } else {
            Err(Code::Malformed.into())
        }
    }
}

/// Writes an object; `rename` gives the new number of each reference, `None` writes `null`.
pub(super) fn write(out: &mut Vec<u8>, obj: &Obj, rename: &mut impl FnMut(Id) -> Option<u32>) {
    match obj {
        Obj::Null => out.extend(b"null"),
        Obj::Bool(value) => out.extend(value.to_string().bytes()),
        Obj::Number(digits) => out.extend(digits.bytes()),
        Obj::Text(text) => {
            out.push(b'<');
            out.extend(text.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
            out.push(b'>');
        }
        Obj::Name(name) => write_name(out, name),
        Obj::Array(items) => {
            out.push(b'[');
            for item in items {
                write(out, item, rename);
                out.push(b' ');
            }
            out.push(b']');
        }
        Obj::Dict(dict) => write_dict(out, dict, rename),
        Obj::Ref(id) => match rename(*id) {
            Some(number) => out.extend(format!("{number} 0 R").bytes()),
            None => out.extend(b"null"),
        },
    }
}

pub(super) fn write_dict(
    out: &mut Vec<u8>,
    dict: &Dict,
    rename: &mut impl FnMut(Id) -> Option<u32>,
) {
    out.extend(b"<<");
    for (key, value) in dict {
        write_name(out, key);
        out.push(b' ');
        write(out, value, rename);
        out.push(b'\n');
    }
    out.extend(b">>");
}

fn write_name(out: &mut Vec<u8>, name: &[u8]) {
    out.push(b'/');
    for byte in name {
        if is_regular(*byte) && *byte != b'#' && byte.is_ascii_graphic() {
            out.push(*byte);
        } else {
            out.extend(format!("#{byte:02X}").bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Obj, Refusal> {
        Lexer::new(text, 0, 16).object()
    }

    #[test]
    fn what_is_read_is_written_and_read_again() {
        let text = b"<</A [1 -2.5 .5 (a\\(b\\051\\n) <4a4B5> /N#20x true null 3 0 R] % note\n /B<</C<<>>>>>>";
        let first = read(text).unwrap();
        let mut written = Vec::new();
        write(&mut written, &first, &mut |id| Some(id.0));
        assert_eq!(read(&written).unwrap(), first);
        let Obj::Dict(dict) = first else { panic!("a dictionary") };
        let Obj::Array(items) = &dict[&b"A"[..]] else { panic!("an array") };
        assert_eq!(items[3], Obj::Text(b"a(b)\n".to_vec()));
        assert_eq!(items[4], Obj::Text(b"JKP".to_vec()));
        assert_eq!(items[5], Obj::Name(b"N x".to_vec()));
    }

    #[test]
    fn what_viewers_read_differently_is_refused() {
        for text in
            ["<</A 1 /A 2>>", "1.2.3", "--5", "/A#zz", "(open", "[1", "<</A>>", "<4g>", "tru"]
        {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(17), "]".repeat(17));
        assert_eq!(read(deep.as_bytes()).unwrap_err().code, Code::Depth);
    }
}
