//! A PDF of the pages as they are now, and of what drawing them needs.
//!
//! What stands in no newest revision, or is not reached from a page, is not in it; so whatever the
//! renderer repairs or guesses, it cannot bring back what a viewer would not show.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::file::{File, Item};
use super::filter;
use super::syntax::{Dict, Id, Obj, write, write_dict};
use crate::note::Notes;
use crate::{Code, NoteCode, Refusal};

/// Deepest tree of pages.
const TREE_DEPTH: usize = 32;

/// Keys that draw nothing.
const DROPPED: &[&str] = &[
    "Metadata",
    "PieceInfo",
    "StructParent",
    "StructParents",
    "Parent",
    "OPI",
    "Alternates",
    "AF",
];

/// Annotations that draw nothing of their own, or an icon or frame beside the content.
const QUIET: &[&str] = &["Link", "Popup", "Text", "FileAttachment", "Sound"];

/// Largest side of the icon of a note, in points: a larger one could cover something.
const ICON_POINTS: f64 = 40.0;

/// Bits of an annotation's flags (§12.5.3): hidden, not on screen.
const HIDDEN: u64 = 1 << 1 | 1 << 5;

/// A PDF written anew.
#[derive(Debug)]
pub(super) struct Clean {
    pub(super) bytes: Vec<u8>,
    pub(super) pages: u32,
    /// Whether some content belongs to layers.
    pub(super) layers: bool,
}

/// Writes the pages of `file`, and what they need, as a new file.
pub(super) fn clean(file: &File<'_>, notes: &mut Notes) -> Result<Clean, Refusal> {
    let catalog = file.catalog()?;
    refuse_active(file, &catalog, notes)?;
    let layers = layers(file, &catalog, notes)?;
    let mut pages = Vec::new();
    let root = catalog.get(&b"Pages"[..]).ok_or(Code::Malformed)?;
    let mut tree = Tree { file, seen: BTreeSet::new(), pages: &mut pages };
    tree.node(root, &Dict::new(), 0)?;
    let count = u32::try_from(pages.len()).map_err(|_| Code::Pages)?;
    let mut writer = Writer::new(file);
    for (page, number) in pages.iter().zip(1..) {
        let page = page_dict(file, page, notes).map_err(|r: Refusal| r.on(number))?;
        writer.page(&page).map_err(|r| r.on(number))?;
    }
    let has_layers = layers.is_some();
    let bytes = writer.finish(layers)?;
    Ok(Clean { bytes, pages: count, layers: has_layers })
}

/// Forms that a program fills in are refused; scripts and attachments are said.
fn refuse_active(file: &File<'_>, catalog: &Dict, notes: &mut Notes) -> Result<(), Refusal> {
    if let Some(form) = catalog.get(&b"AcroForm"[..]).map_or(Ok(None), |form| file.dict(form))?
        && form.contains_key(&b"XFA"[..])
    {
        return Err(Code::Active.into());
    }
    let names = catalog.get(&b"Names"[..]).map_or(Ok(None), |names| file.dict(names))?;
    let names = names.unwrap_or_default();
    if names.contains_key(&b"JavaScript"[..]) || catalog.contains_key(&b"OpenAction"[..]) {
        notes.add(NoteCode::Scripts);
    }
    if names.contains_key(&b"EmbeddedFiles"[..]) || catalog.contains_key(&b"Collection"[..]) {
        notes.add(NoteCode::Attachments);
    }
    Ok(())
}

/// The layers (§8.11) as the renderer needs them; refused where it does not decide as a viewer.
fn layers(file: &File<'_>, catalog: &Dict, notes: &mut Notes) -> Result<Option<Dict>, Refusal> {
    let Some(properties) = catalog.get(&b"OCProperties"[..]) else { return Ok(None) };
    let properties = file.dict(properties)?.ok_or(Code::Layers)?;
    let Obj::Array(groups) = file.value(&properties, "OCGs")? else {
        return Err(Code::Layers.into());
    };
    let config = properties.get(&b"D"[..]).ok_or(Code::Layers)?;
    let config = file.dict(config)?.ok_or(Code::Layers)?;
    // Layers that a viewer turns on and off by zoom, language, printing or the reader.
    if !matches!(file.value(&config, "AS")?, Obj::Null | Obj::Array(_))
        || matches!(file.value(&config, "AS")?, Obj::Array(events) if !events.is_empty())
    {
        return Err(Code::Layers.into());
    }
    let base = file.value(&config, "BaseState")?;
    if !(base == Obj::Null || base.is_name("ON") || base.is_name("OFF")) {
        return Err(Code::Layers.into());
    }
    let mut kept = Dict::new();
    kept.insert(b"BaseState".to_vec(), base.clone());
    for key in ["ON", "OFF"] {
        let Obj::Array(list) = file.value(&config, key)? else { continue };
        if list.iter().any(|item| !matches!(item, Obj::Ref(_))) {
            return Err(Code::Layers.into());
        }
        if key == "OFF" && !list.is_empty() || base.is_name("OFF") {
            notes.add(NoteCode::HiddenLayers);
        }
        kept.insert(key.as_bytes().to_vec(), Obj::Array(list));
    }
    let mut out = Dict::new();
    out.insert(b"OCGs".to_vec(), Obj::Array(groups));
    out.insert(b"D".to_vec(), Obj::Dict(kept));
    Ok(Some(out))
}

/// Walks the page tree (§7.7.3) with what pages inherit.
struct Tree<'f, 'a> {
    file: &'f File<'a>,
    seen: BTreeSet<Id>,
    pages: &'f mut Vec<Dict>,
}

impl Tree<'_, '_> {
    fn node(&mut self, node: &Obj, above: &Dict, depth: usize) -> Result<(), Refusal> {
        let Obj::Ref(id) = node else { return Err(Code::Malformed.into()) };
        if depth > TREE_DEPTH || !self.seen.insert(*id) {
            return Err(Code::Malformed.into());
        }
        let mut dict = self.file.dict(node)?.ok_or(Code::Malformed)?;
        for key in ["Resources", "MediaBox", "CropBox", "Rotate"] {
            if !dict.contains_key(key.as_bytes())
                && let Some(value) = above.get(key.as_bytes())
            {
                dict.insert(key.as_bytes().to_vec(), value.clone());
            }
        }
        match self.file.value(&dict, "Type")?.name() {
            Some(b"Pages") => {
                let Obj::Array(kids) = self.file.value(&dict, "Kids")? else {
                    return Err(Code::Malformed.into());
                };
                kids.iter().try_for_each(|kid| self.node(kid, &dict, depth + 1))
            }
            Some(b"Page") => {
                if self.pages.len() as u64 >= u64::from(self.file.limits.pages) {
                    return Err(Code::Pages.into());
                }
                self.pages.push(dict);
                Ok(())
            }
            _ => Err(Code::Malformed.into()),
        }
    }
}

/// What drawing a page needs of its dictionary.
fn page_dict(file: &File<'_>, page: &Dict, notes: &mut Notes) -> Result<Dict, Refusal> {
    let mut out = Dict::new();
    out.insert(b"Type".to_vec(), Obj::Name(b"Page".to_vec()));
    for key in ["Resources", "Contents", "Group", "Rotate"] {
        if let Some(value) = page.get(key.as_bytes()) {
            out.insert(key.as_bytes().to_vec(), value.clone());
        }
    }
    for key in ["MediaBox", "CropBox"] {
        if let Obj::Array(sides) = file.value(page, key)? {
            let sides: Result<Vec<_>, _> = sides.iter().map(|side| file.resolve(side)).collect();
            let sides = sides?;
            if sides.len() != 4 || sides.iter().any(|side| side.number().is_none()) {
                return Err(Code::Malformed.into());
            }
            out.insert(key.as_bytes().to_vec(), Obj::Array(sides));
        } else if key == "MediaBox" {
            return Err(Code::Malformed.into());
        }
    }
    let annotations = match file.value(page, "Annots")? {
        Obj::Array(items) => items,
        Obj::Null => Vec::new(),
        _ => return Err(Code::Malformed.into()),
    };
    let mut kept = Vec::new();
    for annotation in annotations {
        if let Some(dict) = file.dict(&annotation)? {
            kept.extend(drawn_annotation(file, &dict, notes)?.map(Obj::Dict));
        }
    }
    if !kept.is_empty() {
        out.insert(b"Annots".to_vec(), Obj::Array(kept));
    }
    Ok(out)
}

/// What is drawn of an annotation: form fields as they look, notes and links not at all. Any other
/// kind may cover or add something: refused, unless it is hidden.
fn drawn_annotation(
    file: &File<'_>,
    annotation: &Dict,
    notes: &mut Notes,
) -> Result<Option<Dict>, Refusal> {
    let flags = file.value(annotation, "F")?.count().unwrap_or(0);
    if flags & HIDDEN != 0 {
        notes.add(NoteCode::Annotations);
        return Ok(None);
    }
    let kind = file.value(annotation, "Subtype")?;
    if QUIET.iter().any(|quiet| kind.is_name(quiet)) {
        let look = annotation.contains_key(&b"AP"[..]);
        if look && !kind.is_name("Popup") && !is_icon(&file.value(annotation, "Rect")?) {
            return Err(Code::Annotations.into());
        }
        if !kind.is_name("Link") {
            notes.add(NoteCode::Annotations);
        }
        return Ok(None);
    }
    if !kind.is_name("Widget") || annotation.contains_key(&b"OC"[..]) {
        return Err(Code::Annotations.into());
    }
    notes.add(NoteCode::FormFields);
    let look = file.value(annotation, "AP")?;
    let Obj::Dict(look) = look else { return Ok(None) };
    let mut out = Dict::new();
    for key in ["Type", "Subtype", "AS", "F"] {
        if let value @ (Obj::Name(_) | Obj::Number(_)) = file.value(annotation, key)? {
            out.insert(key.as_bytes().to_vec(), value);
        }
    }
    out.insert(b"Rect".to_vec(), file.value(annotation, "Rect")?);
    let normal = look.get(&b"N"[..]).cloned().ok_or(Code::Annotations)?;
    out.insert(b"AP".to_vec(), Obj::Dict(Dict::from([(b"N".to_vec(), normal)])));
    Ok(Some(out))
}

fn is_icon(rect: &Obj) -> bool {
    let Obj::Array(sides) = rect else { return false };
    let sides: Option<Vec<f64>> = sides.iter().map(Obj::number).collect();
    match sides.as_deref() {
        Some(&[x0, y0, x1, y1]) => (x1 - x0).abs() <= ICON_POINTS && (y1 - y0).abs() <= ICON_POINTS,
        _ => false,
    }
}

/// Numbers objects anew in the order in which they are reached, and writes them.
struct Writer<'f, 'a> {
    file: &'f File<'a>,
    out: Vec<u8>,
    numbers: BTreeMap<Id, u32>,
    queue: VecDeque<(Id, u32)>,
    offsets: BTreeMap<u32, usize>,
    pages: Vec<u32>,
    next: u32,
}

const CATALOG: u32 = 1;
const PAGES: u32 = 2;

impl<'f, 'a> Writer<'f, 'a> {
    fn new(file: &'f File<'a>) -> Self {
        Self {
            file,
            out: b"%PDF-1.7\n".to_vec(),
            numbers: BTreeMap::new(),
            queue: VecDeque::new(),
            offsets: BTreeMap::new(),
            pages: Vec::new(),
            next: PAGES + 1,
        }
    }

    fn begin(&mut self, number: u32) {
        self.offsets.insert(number, self.out.len());
        self.out.extend(format!("{number} 0 obj\n").bytes());
    }

    fn end(&mut self) {
        self.out.extend(b"\nendobj\n");
    }

    /// Writes an object with its references renamed, and queues what they name.
    fn value(&mut self, obj: &Obj) {
        let (numbers, queue, next) = (&mut self.numbers, &mut self.queue, &mut self.next);
        let mut rename = |id: Id| {
            Some(*numbers.entry(id).or_insert_with(|| {
                let number = *next;
                *next += 1;
                queue.push_back((id, number));
                number
            }))
        };
        match obj {
            Obj::Dict(dict) => write_dict(&mut self.out, dict, &mut rename),
            other => write(&mut self.out, other, &mut rename),
        }
    }

    fn page(&mut self, page: &Dict) -> Result<(), Refusal> {
        let number = self.next;
        self.next += 1;
        let mut page = page.clone();
        // Given a name that the source cannot refer to: the tree is ours.
        page.remove(&b"Parent"[..]);
        self.begin(number);
        self.value(&Obj::Dict(without_dropped(page)));
        self.end();
        self.pages.push(number);
        self.drain()
    }

    /// Writes what is queued, and what that names.
    fn drain(&mut self) -> Result<(), Refusal> {
        while let Some((id, number)) = self.queue.pop_front() {
            if self.numbers.len() > self.file.limits.parts {
                return Err(Code::Parts.into());
            }
            let item = self.file.get(id)?;
            self.begin(number);
            match item {
                Item::Value(value) => {
                    if let Obj::Dict(dict) = &value {
                        refuse_layer(self.file, dict)?;
                    }
                    self.value(&stripped(value));
                }
                Item::Stream(dict, raw) => self.stream(dict, raw)?,
            }
            self.end();
        }
        Ok(())
    }

    fn stream(&mut self, mut dict: Dict, raw: &[u8]) -> Result<(), Refusal> {
        let expanded = filter::check(self.file, &dict, raw)?;
        if self.file.value(&dict, "Subtype")?.is_name("Image") {
            check_picture(self.file, &dict, expanded)?;
        }
        dict.insert(b"Length".to_vec(), Obj::Number(raw.len().to_string().into()));
        for key in ["Filter", "DecodeParms"] {
            let value = self.file.value(&dict, key)?;
            if value == Obj::Null {
                dict.remove(key.as_bytes());
            } else {
                dict.insert(key.as_bytes().to_vec(), value);
            }
        }
        self.value(&Obj::Dict(without_dropped(dict)));
        self.out.extend(b"\nstream\n");
        self.out.extend(raw);
        self.out.extend(b"\nendstream");
        Ok(())
    }

    fn finish(mut self, layers: Option<Dict>) -> Result<Vec<u8>, Refusal> {
        let mut catalog = Dict::new();
        catalog.insert(b"Type".to_vec(), Obj::Name(b"Catalog".to_vec()));
        if let Some(layers) = layers {
            catalog.insert(b"OCProperties".to_vec(), Obj::Dict(layers));
        }
        self.begin(CATALOG);
        // `/Pages` is a number of ours, not of the source.
        let at = self.out.len();
        self.value(&Obj::Dict(catalog));
        let pages = format!("<</Pages {PAGES} 0 R\n");
        self.out.splice(at..at + 2, pages.bytes());
        self.end();
        self.drain()?;
        self.begin(PAGES);
        let kids: String = self.pages.iter().map(|page| format!("{page} 0 R ")).collect();
        let count = self.pages.len();
        self.out.extend(format!("<</Type/Pages/Count {count}/Kids[{kids}]>>").bytes());
        self.end();
        self.trailer();
        Ok(self.out)
    }

    fn trailer(&mut self) {
        let start = self.out.len();
        let size = self.next;
        self.out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        for number in 1..size {
            let line = match self.offsets.get(&number) {
                Some(offset) => format!("{offset:010} 00000 n \n"),
                None => "0000000000 65535 f \n".to_owned(),
            };
            self.out.extend(line.bytes());
        }
        let trailer = format!("trailer\n<</Size {size}/Root {CATALOG} 0 R>>\nstartxref\n{start}\n");
        self.out.extend(trailer.bytes());
        self.out.extend(b"%%EOF\n");
    }
}

fn without_dropped(mut dict: Dict) -> Dict {
    dict.retain(|key, _| !DROPPED.iter().any(|dropped| dropped.as_bytes() == key));
    dict
}

fn stripped(value: Obj) -> Obj {
    if let Obj::Dict(dict) = value { Obj::Dict(without_dropped(dict)) } else { value }
}

/// A layer or a rule over layers that the renderer would not decide as a viewer does.
fn refuse_layer(file: &File<'_>, dict: &Dict) -> Result<(), Refusal> {
    let kind = dict.get(&b"Type"[..]);
    let is = |name: &str| kind.is_some_and(|kind| kind.is_name(name));
    let intent = if is("OCG") { file.value(dict, "Intent")? } else { Obj::Null };
    let plain = match &intent {
        Obj::Null => true,
        Obj::Array(all) => all.iter().all(|one| one.is_name("View")),
        one => one.is_name("View"),
    };
    if !plain || is("OCMD") && dict.contains_key(&b"VE"[..]) {
        return Err(Code::Layers.into());
    }
    Ok(())
}

/// A picture has a size within the limits, and a mask is as long as its size says: a renderer that
/// cannot read a mask shows what it hides.
fn check_picture(file: &File<'_>, dict: &Dict, expanded: Option<u64>) -> Result<(), Refusal> {
    let count = |key: &str| file.value(dict, key).map(|value| value.count());
    let (width, height) = (count("Width")?, count("Height")?);
    let (Some(width @ 1..), Some(height @ 1..)) = (width, height) else {
        return Err(Code::Malformed.into());
    };
    let pixels = width.saturating_mul(height);
    if pixels > file.limits.pixels || width > 0xFFFF || height > 0xFFFF {
        return Err(Code::Pixels.into());
    }
    file.spend(pixels)?;
    let stencil = file.value(dict, "ImageMask")? == Obj::Bool(true);
    let bits = if stencil { 1 } else { count("BitsPerComponent")?.unwrap_or(8) };
    let grey = stencil || file.value(dict, "ColorSpace")?.is_name("DeviceGray");
    if let Some(expanded) = expanded
        && grey
        && expanded < (width.saturating_mul(bits)).div_ceil(8).saturating_mul(height)
    {
        return Err(Code::Malformed.into());
    }
    for key in ["SMask", "Mask"] {
        let Some(mask) = dict.get(key.as_bytes()) else { continue };
        match file.resolve(mask)? {
            Obj::Array(_) if key == "Mask" => {}
            Obj::Dict(mask) if mask.contains_key(&b"SMask"[..]) => {
                return Err(Code::Unfaithful.into());
            }
            Obj::Dict(mask) => {
                let coded = file.value(&mask, "ColorSpace")?.is_name("DeviceGray")
                    || file.value(&mask, "ImageMask")? == Obj::Bool(true);
                if !coded {
                    return Err(Code::Unfaithful.into());
                }
            }
            Obj::Null => {}
            _ => return Err(Code::Malformed.into()),
        }
    }
    Ok(())
}
