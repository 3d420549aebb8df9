//! Text documents (WordprocessingML, ISO 29500-1 §17): what stands in the text as it is now.
//!
//! Read: paragraphs, lists, tables, footnotes, headers and footers, results of fields, insertions.
//! Left out: deletions, comments, hidden text and rows, codes of fields, properties, custom XML,
//! embedded objects, pictures (a mark stands in their place).

use std::collections::BTreeMap;

use roxmltree::Node;

use super::package::Package;
use super::relations;
use super::style::{Styles, list, shade};
use super::xml::{attribute, child, children, flag, is, parse};
use crate::note::Notes;
use crate::story::{Block, IMAGE_MARK, Rgb, Span, Story};
use crate::{Code, Limits, NoteCode, Refusal};

const WORD: &str = "wordprocessingml/main";

/// Twentieths of a point beyond which text is moved off the page.
const FAR: i32 = 12_000;

/// Least exact height of a line, in twentieths of a point.
const LEAST_LINE: i32 = 80;

fn word(node: Node<'_, '_>, name: &str) -> bool {
    // The strict variant has the year before the vocabulary.
    is(node, WORD, name) || is(node, "wordprocessingml/2006/main", name)
}

/// Reads the document whose main part is `main`.
pub(super) fn read(
    package: &Package<'_>,
    main: &str,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<Story, Refusal> {
    let related = relations(package, main, limits)?;
    let by_kind = |kind: &str| related.iter().find(|(_, k, _)| k == kind).map(|r| r.2.as_str());
    let part = |kind: &str| by_kind(kind).map_or(Ok(None), |name| package.text(name));
    let styles = match part("styles")? {
        Some(text) => Styles::read(&parse(&text, limits)?)?,
        None => Styles::default(),
    };
    let lists = match part("numbering")? {
        Some(text) => Lists::read(parse(&text, limits)?.root_element()),
        None => Lists::default(),
    };
    if by_kind("aFChunk").is_some() || by_kind("subDocument").is_some() {
        return Err(Code::Unfaithful.into());
    }
    if by_kind("comments").is_some() {
        notes.add(NoteCode::Comments);
    }
    let text = package.must(main)?;
    let document = parse(&text, limits)?;
    let mut reader =
        Reader { styles, lists, story: Story::new(limits), notes, footnotes: Vec::new() };
    let margins = margins(package, &related, limits)?;
    for (_, text) in margins.iter().filter(|(kind, _)| kind == "header") {
        reader.margin(&parse(text, limits)?.root_element())?;
    }
    refuse_covers(document.root_element())?;
    let body = child(document.root_element(), "body").ok_or(Code::Malformed)?;
    if !word(body, "body") {
        return Err(Code::Malformed.into());
    }
    reader.blocks(body, None, 0)?;
    for kind in ["footnotes", "endnotes"] {
        if let Some(text) = part(kind)? {
            let document = parse(&text, limits)?;
            refuse_covers(document.root_element())?;
            reader.notes_of(document.root_element(), kind)?;
        }
    }
    for (_, text) in margins.iter().filter(|(kind, _)| kind == "footer") {
        reader.margin(&parse(text, limits)?.root_element())?;
    }
    Ok(reader.story)
}

/// Headers and footers, each once.
fn margins(
    package: &Package<'_>,
    related: &[(String, String, String)],
    limits: &Limits,
) -> Result<Vec<(String, String)>, Refusal> {
    let mut all = Vec::new();
    for (_, kind, name) in related {
        if kind == "header" || kind == "footer" {
            let text = package.must(name)?;
            refuse_covers(parse(&text, limits)?.root_element())?;
            all.push((kind.clone(), text));
        }
    }
    Ok(all)
}

/// A drawing that floats before the text may cover it: what a viewer does not show we would.
fn refuse_covers(root: Node<'_, '_>) -> Result<(), Refusal> {
    for node in root.descendants().filter(Node::is_element) {
        let space = node.tag_name().namespace().unwrap_or_default();
        let covers =
            if space.contains("wordprocessingDrawing") && node.tag_name().name() == "anchor" {
                child(node, "wrapNone").is_some() && flag(node, "behindDoc") != Some(true)
            } else if space == "urn:schemas-microsoft-com:vml" {
                let fallback = node.ancestors().any(|above| above.tag_name().name() == "Fallback");
                !fallback && floats(node)
            } else {
                false
            };
        if covers || node.tag_name().name() == "collapsed" {
            return Err(Code::Covered.into());
        }
    }
    Ok(())
}

/// Whether a shape of the older drawing language lies before the text.
fn floats(shape: Node<'_, '_>) -> bool {
    let style: String = attribute(shape, "style").unwrap_or_default().replace(' ', "");
    let wraps = shape.children().any(|kid| {
        kid.tag_name().name() == "wrap" && attribute(kid, "type").is_some_and(|kind| kind != "none")
    });
    style.contains("position:absolute") && !style.contains("z-index:-") && !wraps
}

struct Reader<'n> {
    styles: Styles,
    lists: Lists,
    story: Story,
    notes: &'n mut Notes,
    /// Numbers of notes referred to, in order: kind and id.
    footnotes: Vec<(&'static str, String)>,
}

/// Where in a field a run stands (§17.16): its code is not shown, its result is.
#[derive(Default)]
struct Fields {
    in_code: Vec<bool>,
}

impl Fields {
    fn step(&mut self, kind: Option<&str>) {
        match kind {
            Some("begin") => self.in_code.push(true),
            Some("separate") => {
                if let Some(last) = self.in_code.last_mut() {
                    *last = false;
                }
            }
            Some("end") => {
                self.in_code.pop();
            }
            _ => {}
        }
    }

    fn shown(&self) -> bool {
        !self.in_code.contains(&true)
    }
}

impl Reader<'_> {
    fn blocks(
        &mut self,
        parent: Node<'_, '_>,
        paper: Option<Rgb>,
        depth: usize,
    ) -> Result<(), Refusal> {
        if depth > 64 {
            return Err(Code::Depth.into());
        }
        let mut fields = Fields::default();
        for node in parent.children().filter(Node::is_element) {
            if word(node, "p") {
                self.paragraph(node, paper, &mut fields)?;
            } else if word(node, "tbl") {
                self.table(node, paper, depth)?;
            } else if word(node, "sdt") {
                if let Some(content) = child(node, "sdtContent") {
                    self.blocks(content, paper, depth + 1)?;
                }
            } else if word(node, "customXml") || word(node, "ins") || word(node, "moveTo") {
                self.blocks(node, paper, depth + 1)?;
            } else if word(node, "del") || word(node, "moveFrom") {
                self.notes.add(NoteCode::TrackedChanges);
            } else if word(node, "altChunk") || word(node, "subDoc") {
                return Err(Code::Unfaithful.into());
            }
        }
        Ok(())
    }

    fn paragraph(
        &mut self,
        node: Node<'_, '_>,
        paper: Option<Rgb>,
        fields: &mut Fields,
    ) -> Result<(), Refusal> {
        let properties = child(node, "pPr");
        let of = |name: &str| properties.and_then(|p| child(p, name));
        let style = of("pStyle").and_then(|style| attribute(style, "val"));
        let list = properties.and_then(list).or_else(|| self.styles.list(style));
        let paper = of("shd").and_then(shade).or(paper);
        let mut text = Inline { spans: Vec::new(), breaks: Vec::new() };
        if is_off_page(properties) {
            self.notes.add(NoteCode::HiddenText);
            return Ok(());
        }
        if flag_of(of("pageBreakBefore")) {
            self.story.push(Block::Break)?;
        }
        self.inline(node, style, paper, fields, &mut text, 0)?;
        let heading = self.styles.heading(style);
        // A paragraph without a word that is seen leaves no gap: a gap would tell that one was there.
        let indent = list.as_ref().map_or(0, |(_, level)| (*level).min(8));
        let mut mark = None;
        for spans in text.paragraphs() {
            let Some(spans) = spans else {
                self.story.push(Block::Break)?;
                continue;
            };
            if spans.iter().all(|span| span.text.trim().is_empty()) {
                continue;
            }
            let mark = mark.get_or_insert_with(|| {
                list.as_ref().map(|(id, level)| self.lists.mark(id, *level)).unwrap_or_default()
            });
            self.story.push(match heading {
                Some(level) => Block::Heading(level, joined(mark, &spans)),
                None => Block::Paragraph { indent, mark: mark.clone(), spans },
            })?;
        }
        Ok(())
    }

    fn inline(
        &mut self,
        parent: Node<'_, '_>,
        style: Option<&str>,
        paper: Option<Rgb>,
        fields: &mut Fields,
        out: &mut Inline,
        depth: usize,
    ) -> Result<(), Refusal> {
        if depth > 64 {
            return Err(Code::Depth.into());
        }
        const THROUGH: &[&str] = &[
            "hyperlink",
            "ins",
            "moveTo",
            "smartTag",
            "customXml",
            "sdtContent",
            "fldSimple",
            "dir",
            "bdo",
            "sdt",
            "ruby",
            "rubyBase",
        ];
        for node in parent.children().filter(Node::is_element) {
            let name = node.tag_name().name();
            if node.tag_name().name() == "AlternateContent"
                || name == "oMath"
                || name == "oMathPara"
            {
                self.mark(out);
            } else if word(node, "r") {
                self.run(node, style, paper, fields, out)?;
            } else if word(node, "del") || word(node, "moveFrom") {
                self.notes.add(NoteCode::TrackedChanges);
            } else if THROUGH.iter().any(|through| word(node, through)) {
                if name == "ins" || name == "moveTo" {
                    self.notes.add(NoteCode::TrackedChanges);
                }
                self.inline(node, style, paper, fields, out, depth + 1)?;
            }
        }
        Ok(())
    }

    fn run(
        &mut self,
        run: Node<'_, '_>,
        style: Option<&str>,
        paper: Option<Rgb>,
        fields: &mut Fields,
        out: &mut Inline,
    ) -> Result<(), Refusal> {
        let (seen, bold) = self.styles.run(style, child(run, "rPr"), paper);
        for node in run.children().filter(Node::is_element) {
            let name = node.tag_name().name();
            if word(node, "fldChar") {
                fields.step(attribute(node, "fldCharType"));
                continue;
            }
            if !fields.shown() || matches!(name, "instrText" | "delInstrText" | "delText") {
                continue;
            }
            let text = match name {
                "t" if word(node, "t") => node.text().unwrap_or_default(),
                "tab" | "ptab" => "\t",
                "cr" => "\n",
                "br" if attribute(node, "type") == Some("page") => {
                    out.breaks.push(out.spans.len());
                    continue;
                }
                "br" => "\n",
                "noBreakHyphen" => "-",
                "sym" => "\u{25A1}",
                "footnoteReference" | "endnoteReference" if seen => {
                    let kind = if name == "footnoteReference" { "footnotes" } else { "endnotes" };
                    let id = attribute(node, "id").unwrap_or_default().to_owned();
                    self.footnotes.push((kind, id));
                    out.add(&format!("[{}]", self.footnotes.len()), bold);
                    continue;
                }
                "drawing" | "pict" | "object" | "AlternateContent" => {
                    self.mark(out);
                    continue;
                }
                _ => continue,
            };
            if seen || text.trim().is_empty() {
                out.add(text, bold);
            } else {
                self.notes.add(NoteCode::HiddenText);
            }
        }
        Ok(())
    }

    fn mark(&mut self, out: &mut Inline) {
        self.notes.add(NoteCode::Images);
        out.add(IMAGE_MARK, false);
    }

    /// Rows of a table; a table in a cell becomes lines of the cell.
    fn table(
        &mut self,
        table: Node<'_, '_>,
        paper: Option<Rgb>,
        depth: usize,
    ) -> Result<(), Refusal> {
        let style = child(table, "tblPr").and_then(|properties| child(properties, "tblStyle"));
        self.styles.refuse_faint(style.and_then(|style| attribute(style, "val")))?;
        let mut rows = Vec::new();
        self.rows(table, paper, depth, &mut rows)?;
        rows.into_iter().try_for_each(|row| self.story.push(Block::Row(row)))
    }

    fn rows(
        &mut self,
        parent: Node<'_, '_>,
        paper: Option<Rgb>,
        depth: usize,
        rows: &mut Vec<Vec<String>>,
    ) -> Result<(), Refusal> {
        if depth > 64 {
            return Err(Code::Depth.into());
        }
        for node in parent.children().filter(Node::is_element) {
            if ["sdt", "sdtContent", "customXml"].iter().any(|name| word(node, name)) {
                self.rows(node, paper, depth + 1, rows)?;
            }
            if !word(node, "tr") {
                continue;
            }
            let properties = child(node, "trPr");
            let has = |name: &str| properties.is_some_and(|p| flag_of(child(p, name)));
            let thin = properties.and_then(|p| child(p, "trHeight")).is_some_and(|height| {
                attribute(height, "hRule") == Some("exact")
                    && number(height, "val").is_some_and(|value| value < LEAST_LINE)
            });
            if has("hidden") || thin {
                self.notes.add(NoteCode::HiddenRows);
                continue;
            }
            if properties.is_some_and(|p| child(p, "del").is_some()) {
                self.notes.add(NoteCode::TrackedChanges);
                continue;
            }
            let mut cells = Vec::new();
            self.cells(node, paper, depth + 1, &mut cells)?;
            rows.push(cells);
        }
        Ok(())
    }

    fn cells(
        &mut self,
        parent: Node<'_, '_>,
        paper: Option<Rgb>,
        depth: usize,
        cells: &mut Vec<String>,
    ) -> Result<(), Refusal> {
        if depth > 64 {
            return Err(Code::Depth.into());
        }
        for node in parent.children().filter(Node::is_element) {
            if ["sdt", "sdtContent", "customXml"].iter().any(|name| word(node, name)) {
                self.cells(node, paper, depth + 1, cells)?;
            }
            if !word(node, "tc") {
                continue;
            }
            let properties = child(node, "tcPr");
            if properties.is_some_and(|p| child(p, "cellDel").is_some()) {
                self.notes.add(NoteCode::TrackedChanges);
                continue;
            }
            let paper = properties.and_then(|p| child(p, "shd")).and_then(shade).or(paper);
            let outer = std::mem::take(&mut self.story.blocks);
            let read = self.blocks(node, paper, depth + 1);
            let inner = std::mem::replace(&mut self.story.blocks, outer);
            read?;
            cells.push(plain(&inner));
        }
        Ok(())
    }

    /// A header or footer as small text.
    fn margin(&mut self, root: &Node<'_, '_>) -> Result<(), Refusal> {
        let outer = std::mem::take(&mut self.story.blocks);
        let read = self.blocks(*root, None, 0);
        let inner = std::mem::replace(&mut self.story.blocks, outer);
        read?;
        let text = plain(&inner);
        if text.trim().is_empty() { Ok(()) } else { self.story.push(Block::Small(text)) }
    }

    /// The footnotes that the text refers to.
    fn notes_of(&mut self, root: Node<'_, '_>, kind: &str) -> Result<(), Refusal> {
        let element = if kind == "footnotes" { "footnote" } else { "endnote" };
        let wanted = self.footnotes.clone();
        for (index, (of, id)) in wanted.iter().enumerate() {
            let note = children(root, element).find(|n| attribute(*n, "id") == Some(id));
            let Some(note) = note.filter(|_| *of == kind) else { continue };
            let outer = std::mem::take(&mut self.story.blocks);
            let read = self.blocks(note, None, 0);
            let inner = std::mem::replace(&mut self.story.blocks, outer);
            read?;
            self.story.push(Block::Small(format!("[{}] {}", index + 1, plain(&inner).trim())))?;
        }
        Ok(())
    }
}

/// Text of a paragraph, and before which spans a page begins.
struct Inline {
    spans: Vec<Span>,
    breaks: Vec<usize>,
}

impl Inline {
    fn add(&mut self, text: &str, bold: bool) {
        let broken = self.breaks.last() == Some(&self.spans.len());
        match self.spans.last_mut() {
            Some(last) if last.bold == bold && !broken => last.text.push_str(text),
            _ => self.spans.push(Span { text: text.to_owned(), bold }),
        }
    }

    /// The paragraphs between page breaks; `None` is a break.
    fn paragraphs(self) -> Vec<Option<Vec<Span>>> {
        let mut all = vec![Some(Vec::new())];
        for (index, span) in self.spans.into_iter().enumerate() {
            if self.breaks.contains(&index) {
                all.extend([None, Some(Vec::new())]);
            }
            if let Some(Some(last)) = all.last_mut() {
                last.push(span);
            }
        }
        all
    }
}

fn flag_of(node: Option<Node<'_, '_>>) -> bool {
    node.is_some_and(|node| flag(node, "val").unwrap_or(true))
}

fn number(node: Node<'_, '_>, name: &str) -> Option<i32> {
    attribute(node, name)?.parse().ok()
}

/// Whether a paragraph is moved off the page, or its lines have no height.
fn is_off_page(properties: Option<Node<'_, '_>>) -> bool {
    let of = |name: &str| properties.and_then(|p| child(p, name));
    let moved = of("ind").is_some_and(|indent| {
        ["left", "right", "start", "end", "firstLine", "hanging"]
            .iter()
            .filter_map(|side| number(indent, side))
            .any(|value| value.abs() > FAR)
    });
    let thin = of("spacing").is_some_and(|spacing| {
        attribute(spacing, "lineRule") == Some("exact")
            && number(spacing, "line").is_some_and(|line| line < LEAST_LINE)
    });
    let framed = of("framePr").is_some_and(|frame| {
        ["x", "y"].iter().filter_map(|side| number(frame, side)).any(|value| value.abs() > FAR)
    });
    moved || thin || framed
}

fn joined(mark: &str, spans: &[Span]) -> String {
    let text: String = spans.iter().map(|span| span.text.as_str()).collect();
    if mark.is_empty() { text } else { format!("{mark} {text}") }
}

/// Blocks as lines of plain text.
fn plain(blocks: &[Block]) -> String {
    let line = |block: &Block| match block {
        Block::Heading(_, text) | Block::Small(text) => text.clone(),
        Block::Paragraph { mark, spans, .. } => joined(mark, spans),
        Block::Row(cells) => cells.join(" | "),
        Block::Break => String::new(),
    };
    blocks.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Lists (§17.9): for each the marks of its levels, and where its counters are.
#[derive(Debug, Default)]
struct Lists {
    /// Levels of each list: format, text, first number.
    levels: BTreeMap<String, BTreeMap<u8, (String, String, u32)>>,
    counters: BTreeMap<(String, u8), u32>,
}

impl Lists {
    fn read(root: Node<'_, '_>) -> Self {
        let mut shapes = BTreeMap::new();
        for shape in children(root, "abstractNum") {
            let mut levels = BTreeMap::new();
            for level in children(shape, "lvl") {
                let value = |name: &str| child(level, name).and_then(|n| attribute(n, "val"));
                let number = attribute(level, "ilvl").and_then(|level| level.parse().ok());
                let format = value("numFmt").unwrap_or("decimal").to_owned();
                let text = value("lvlText").unwrap_or_default().to_owned();
                let start = value("start").and_then(|start| start.parse().ok()).unwrap_or(1);
                if let Some(number) = number.filter(|number| *number < 9) {
                    levels.insert(number, (format, text, start));
                }
            }
            shapes.insert(attribute(shape, "abstractNumId").unwrap_or_default(), levels);
        }
        let mut lists = Self::default();
        for list in children(root, "num") {
            let shape = child(list, "abstractNumId").and_then(|shape| attribute(shape, "val"));
            let levels = shape.and_then(|shape| shapes.get(shape)).cloned().unwrap_or_default();
            let id = attribute(list, "numId").unwrap_or_default().to_owned();
            lists.levels.insert(id, levels);
        }
        lists
    }

    /// The mark of the next item of a list on this level.
    fn mark(&mut self, id: &str, level: u8) -> String {
        let level = level.min(8);
        if id == "0" {
            return String::new();
        }
        let levels = self.levels.get(id).cloned().unwrap_or_default();
        let first = |level: u8| levels.get(&level).map_or(1, |found| found.2);
        let key = (id.to_owned(), level);
        let count = self.counters.get(&key).map_or(first(level), |count| count.saturating_add(1));
        self.counters.insert(key, count);
        self.counters.retain(|(list, deeper), _| list != id || *deeper <= level);
        let Some((format, text, _)) = levels.get(&level) else { return "\u{2022}".to_owned() };
        if format == "bullet" {
            return "\u{2022}".to_owned();
        }
        let mut mark = text.clone();
        for above in 0..=level {
            let count = self.counters.get(&(id.to_owned(), above)).copied();
            let count = count.unwrap_or_else(|| first(above));
            let format = levels.get(&above).map_or("decimal", |found| found.0.as_str());
            mark = mark.replace(&format!("%{}", above + 1), &numeral(count, format));
        }
        mark
    }
}

fn numeral(count: u32, format: &str) -> String {
    let letters = |first: u8| {
        let letter = u8::try_from((count.max(1) - 1) % 26).unwrap_or(0);
        char::from(first + letter).to_string()
    };
    match format {
        "lowerLetter" => letters(b'a'),
        "upperLetter" => letters(b'A'),
        "lowerRoman" => roman(count).to_lowercase(),
        "upperRoman" => roman(count),
        "none" => String::new(),
        _ => count.to_string(),
    }
}

fn roman(count: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let (mut rest, mut out) = (count.min(3999), String::new());
    for (value, sign) in SIGNS {
        while rest >= value {
            out.push_str(sign);
            rest -= value;
        }
    }
    out
}
