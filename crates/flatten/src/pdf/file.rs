//! The newest revision of a PDF, found by its cross-reference sections and by nothing else.
//!
//! A viewer that meets a broken table searches the whole file for objects, and so brings back
//! pages and pictures that a later revision has deleted. We refuse such a file.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::filter;
use super::syntax::{Dict, Id, Lexer, Obj};
use crate::{Code, Limits, Refusal};

/// Bytes from the end of the file among which `startxref` must be.
const TAIL_BYTES: usize = 2048;

/// Most revisions of a file.
const REVISIONS: usize = 512;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Free,
    At { offset: usize, generation: u16 },
    In { pack: u32, index: usize },
}

/// An indirect object.
#[derive(Debug, Clone)]
pub(super) enum Item<'a> {
    Value(Obj),
    Stream(Dict, &'a [u8]),
}

/// Objects of one object stream: the text, and number and offset of each.
#[derive(Debug)]
struct Pack {
    text: Vec<u8>,
    members: Vec<(u32, usize)>,
}

/// An opened PDF.
#[derive(Debug)]
pub(super) struct File<'a> {
    bytes: &'a [u8],
    pub(super) limits: &'a Limits,
    entries: BTreeMap<u32, Entry>,
    root: Obj,
    expanded: Cell<u64>,
    /// `None` while a pack is being read: a pack that needs itself is refused.
    packs: RefCell<BTreeMap<u32, Option<Rc<Pack>>>>,
}

impl<'a> File<'a> {
    /// Reads the cross-reference sections, newest first.
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, Refusal> {
        let mut file = Self {
            bytes,
            limits,
            entries: BTreeMap::new(),
            root: Obj::Null,
            expanded: Cell::new(0),
            packs: RefCell::default(),
        };
        let mut next = Some(file.start()?);
        let mut seen = BTreeSet::new();
        while let Some(at) = next {
            if !seen.insert(at) || seen.len() > REVISIONS {
                return Err(Code::Malformed.into());
            }
            let trailer = file.section(at)?;
            if seen.len() == 1 {
                file.root = trailer.get(&b"Root"[..]).cloned().unwrap_or(Obj::Null);
            }
            next = trailer.get(&b"Prev"[..]).map(offset).transpose()?;
        }
        Ok(file)
    }

    /// The document catalogue.
    pub(super) fn catalog(&self) -> Result<Dict, Refusal> {
        self.dict(&self.root)?.ok_or_else(|| Code::Malformed.into())
    }

    /// Counts bytes that something expands to.
    pub(super) fn spend(&self, bytes: u64) -> Result<(), Refusal> {
        let sum = self.expanded.get().saturating_add(bytes);
        self.expanded.set(sum);
        if sum > self.limits.expanded_bytes { Err(Code::Expansion.into()) } else { Ok(()) }
    }

    /// Bytes that may still be expanded.
    pub(super) fn left(&self) -> u64 {
        self.limits.expanded_bytes.saturating_sub(self.expanded.get())
    }

    fn start(&self) -> Result<usize, Refusal> {
        let from = self.bytes.len().saturating_sub(TAIL_BYTES);
        let tail = self.bytes.get(from..).unwrap_or_default();
        let wanted = b"startxref";
        let at = tail.windows(wanted.len()).rposition(|w| w == wanted).ok_or(Code::Malformed)?;
        let mut lexer = Lexer::new(self.bytes, from + at + wanted.len(), 0);
        lexer.integer().ok_or_else(|| Code::Malformed.into())
    }

    /// Reads one section (table or stream) and gives its trailer.
    fn section(&mut self, at: usize) -> Result<Dict, Refusal> {
        let mut lexer = Lexer::new(self.bytes, at, self.limits.depth);
        let trailer =
            if lexer.keyword("xref") { self.table(&mut lexer)? } else { self.xref_stream(at)? };
        if trailer.contains_key(&b"Encrypt"[..]) {
            return Err(Code::Encrypted.into());
        }
        Ok(trailer)
    }

    /// A table (§7.5.4). In a hybrid file the stream named by `XRefStm` says where the objects
    /// are that the table calls free (§7.5.8.4).
    fn table(&mut self, lexer: &mut Lexer<'_>) -> Result<Dict, Refusal> {
        let mut free = Vec::new();
        while let Some(first) = lexer.integer::<u32>() {
            let count: u32 = lexer.integer().ok_or(Code::Malformed)?;
            for index in 0..count {
                let number = first.checked_add(index).ok_or(Code::Malformed)?;
                let offset: usize = lexer.integer().ok_or(Code::Malformed)?;
                let generation: u32 = lexer.integer().ok_or(Code::Malformed)?;
                if lexer.keyword("n") {
                    let generation = u16::try_from(generation).map_err(|_| Code::Malformed)?;
                    self.enter(number, Entry::At { offset, generation })?;
                } else if lexer.keyword("f") {
                    free.push(number);
                } else {
                    return Err(Code::Malformed.into());
                }
                if free.len() > self.limits.parts {
                    return Err(Code::Parts.into());
                }
            }
        }
        if !lexer.keyword("trailer") {
            return Err(Code::Malformed.into());
        }
        let trailer = lexer.dict()?;
        if let Some(hybrid) = trailer.get(&b"XRefStm"[..]) {
            self.xref_stream(offset(hybrid)?)?;
        }
        for number in free {
            self.enter(number, Entry::Free)?;
        }
        Ok(trailer)
    }

    /// Newer sections come first: an entry that is there stays.
    fn enter(&mut self, number: u32, entry: Entry) -> Result<(), Refusal> {
        self.entries.entry(number).or_insert(entry);
        if self.entries.len() > self.limits.parts { Err(Code::Parts.into()) } else { Ok(()) }
    }

    /// A cross-reference stream (§7.5.8).
    fn xref_stream(&mut self, at: usize) -> Result<Dict, Refusal> {
        let Item::Stream(dict, raw) = self.item_at(at, None)? else {
            return Err(Code::Malformed.into());
        };
        if !dict.get(&b"Type"[..]).is_some_and(|kind| kind.is_name("XRef")) {
            return Err(Code::Malformed.into());
        }
        let data = filter::expand(self, &dict, raw)?;
        let counts = |key: &[u8]| -> Option<Vec<u64>> {
            let Obj::Array(items) = dict.get(key)? else { return None };
            items.iter().map(Obj::count).collect()
        };
        let widths = counts(b"W").ok_or(Code::Malformed)?;
        let &[w1, w2, w3] = widths.as_slice() else { return Err(Code::Malformed.into()) };
        let size = dict.get(&b"Size"[..]).and_then(Obj::count).ok_or(Code::Malformed)?;
        let index = counts(b"Index").unwrap_or_else(|| vec![0, size]);
        let width = usize::try_from(w1.saturating_add(w2).saturating_add(w3));
        let width = width.ok().filter(|w| (1..=24).contains(w)).ok_or(Code::Malformed)?;
        let mut rows = data.chunks_exact(width);
        for section in index.chunks(2) {
            let &[first, count] = section else { return Err(Code::Malformed.into()) };
            for number in first..first.saturating_add(count) {
                let row = rows.next().ok_or(Code::Malformed)?;
                let number = u32::try_from(number).map_err(|_| Code::Malformed)?;
                self.enter(number, xref_row(row, w1, w2).ok_or(Code::Malformed)?)?;
            }
        }
        Ok(dict)
    }

    /// The object with this number and generation; free, absent or of another generation = null.
    pub(super) fn get(&self, id: Id) -> Result<Item<'a>, Refusal> {
        match self.entries.get(&id.0) {
            Some(Entry::At { offset, generation }) if *generation == id.1 => {
                self.item_at(*offset, Some(id))
            }
            Some(Entry::In { pack, index }) if id.1 == 0 => {
                self.packed(id.0, *pack, *index).map(Item::Value)
            }
            _ => Ok(Item::Value(Obj::Null)),
        }
    }

    fn item_at(&self, at: usize, id: Option<Id>) -> Result<Item<'a>, Refusal> {
        let mut lexer = Lexer::new(self.bytes, at, self.limits.depth);
        let found = lexer.header().ok_or(Code::Malformed)?;
        if id.is_some_and(|id| id != found) {
            return Err(Code::Malformed.into());
        }
        let value = lexer.object()?;
        let mut behind = lexer.clone();
        if !behind.keyword("stream") {
            return Ok(Item::Value(value));
        }
        let Obj::Dict(dict) = value else { return Err(Code::Malformed.into()) };
        if !behind.take(b"\r\n") && !behind.take(b"\n") {
            return Err(Code::Malformed.into());
        }
        let len = self.length(dict.get(&b"Length"[..]).ok_or(Code::Malformed)?)?;
        let end = behind.at.checked_add(len).ok_or(Code::Malformed)?;
        let raw = self.bytes.get(behind.at..end).ok_or(Code::Malformed)?;
        if !Lexer::new(self.bytes, end, 0).keyword("endstream") {
            return Err(Code::Malformed.into());
        }
        Ok(Item::Stream(dict, raw))
    }

    /// The length of a stream: a number, or a reference to one that is no stream.
    fn length(&self, obj: &Obj) -> Result<usize, Refusal> {
        let count = match obj {
            Obj::Ref(id) => match self.entries.get(&id.0) {
                Some(Entry::At { offset, generation }) if *generation == id.1 => {
                    let mut lexer = Lexer::new(self.bytes, *offset, 0);
                    if lexer.header() != Some(*id) {
                        return Err(Code::Malformed.into());
                    }
                    lexer.object()?.count()
                }
                Some(Entry::In { pack, index }) => self.packed(id.0, *pack, *index)?.count(),
                _ => None,
            },
            direct => direct.count(),
        };
        count.and_then(|n| usize::try_from(n).ok()).ok_or_else(|| Code::Malformed.into())
    }

    /// An object of an object stream (§7.5.7).
    fn packed(&self, number: u32, pack: u32, index: usize) -> Result<Obj, Refusal> {
        let pack = self.pack(pack)?;
        match pack.members.get(index) {
            Some((found, at)) if *found == number => {
                Lexer::new(&pack.text, *at, self.limits.depth).object()
            }
            _ => Err(Code::Malformed.into()),
        }
    }

    fn pack(&self, number: u32) -> Result<Rc<Pack>, Refusal> {
        if let Some(known) = self.packs.borrow().get(&number) {
            return known.clone().ok_or_else(|| Code::Malformed.into());
        }
        self.packs.borrow_mut().insert(number, None);
        let Some(Entry::At { offset, generation: 0 }) = self.entries.get(&number) else {
            return Err(Code::Malformed.into());
        };
        let Item::Stream(dict, raw) = self.item_at(*offset, Some((number, 0)))? else {
            return Err(Code::Malformed.into());
        };
        if !dict.get(&b"Type"[..]).is_some_and(|kind| kind.is_name("ObjStm")) {
            return Err(Code::Malformed.into());
        }
        let text = filter::expand(self, &dict, raw)?;
        let count = |key: &[u8]| dict.get(key).and_then(Obj::count).ok_or(Code::Malformed);
        let (count, first) = (count(b"N")?, count(b"First")?);
        let first = usize::try_from(first).map_err(|_| Code::Malformed)?;
        let mut lexer = Lexer::new(&text, 0, 0);
        let mut members = Vec::new();
        for _ in 0..count {
            let number = lexer.integer().ok_or(Code::Malformed)?;
            let at: usize = lexer.integer().ok_or(Code::Malformed)?;
            members.push((number, first.checked_add(at).ok_or(Code::Malformed)?));
        }
        let pack = Rc::new(Pack { text, members });
        self.packs.borrow_mut().insert(number, Some(Rc::clone(&pack)));
        Ok(pack)
    }

    /// The value behind a reference; a stream is its dictionary. A reference to a reference is
    /// followed a few times.
    pub(super) fn resolve(&self, obj: &Obj) -> Result<Obj, Refusal> {
        let mut obj = obj.clone();
        for _ in 0..8 {
            let Obj::Ref(id) = obj else { return Ok(obj) };
            obj = match self.get(id)? {
                Item::Value(value) => value,
                Item::Stream(dict, _) => Obj::Dict(dict),
            };
        }
        Err(Code::Malformed.into())
    }

    /// The dictionary that `obj` is or refers to.
    pub(super) fn dict(&self, obj: &Obj) -> Result<Option<Dict>, Refusal> {
        Ok(if let Obj::Dict(dict) = self.resolve(obj)? { Some(dict) } else { None })
    }

    /// The value of a key, resolved; absent = null.
    pub(super) fn value(&self, dict: &Dict, key: &str) -> Result<Obj, Refusal> {
        dict.get(key.as_bytes()).map_or(Ok(Obj::Null), |value| self.resolve(value))
    }
}

fn offset(obj: &Obj) -> Result<usize, Refusal> {
    let count = obj.count().and_then(|n| usize::try_from(n).ok());
    count.ok_or_else(|| Code::Malformed.into())
}

/// A row of a cross-reference stream: type, and two numbers of the widths given.
fn xref_row(row: &[u8], w1: u64, w2: u64) -> Option<Entry> {
    let (w1, w2) = (usize::try_from(w1).ok()?, usize::try_from(w2).ok()?);
    let number = |field: &[u8]| -> Option<u64> {
        let fold = |sum: Option<u64>, byte: &u8| sum?.checked_mul(256)?.checked_add((*byte).into());
        field.iter().fold(Some(0), fold)
    };
    let kind = if w1 == 0 { 1 } else { number(row.get(..w1)?)? };
    let second = number(row.get(w1..w1.checked_add(w2)?)?)?;
    let third = number(row.get(w1.checked_add(w2)?..)?)?;
    Some(match kind {
        0 => Entry::Free,
        1 => Entry::At {
            offset: usize::try_from(second).ok()?,
            generation: u16::try_from(third).ok()?,
        },
        2 => Entry::In { pack: u32::try_from(second).ok()?, index: usize::try_from(third).ok()? },
        _ => return None,
    })
}
