//! Spreadsheets (SpreadsheetML, ISO 29500-1 §18): the values that cells show.
//!
//! Read: sheets, rows and columns that are shown, values with the number of digits that their
//! format shows. Left out: formulas, comments, hidden sheets, rows and columns, cells under merged
//! ones, in the colour of their paper, or under drawings. A cell leaves whole, also where its
//! column is narrower than its text.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::Node;

use super::package::Package;
use super::relations;
use super::xml::{attribute, child, children, flag, parse};
use crate::note::Notes;
use crate::story::{Block, IMAGE_MARK, Rgb, Story, legible, rgb};
use crate::{Code, Limits, NoteCode, Refusal};

/// Most cells of a sheet as it is shown, empty ones included.
const CELLS: usize = 2_000_000;

/// Smallest letters that are read, in points.
const LEAST_SIZE: f64 = 3.0;

/// Least height of rows in points, and width of columns in letters.
const LEAST_HEIGHT: f64 = 3.0;
const LEAST_WIDTH: f64 = 0.5;

const WHITE: Rgb = [255; 3];
const BLACK: Rgb = [0; 3];

/// Reads the workbook whose main part is `main`.
pub(super) fn read(
    package: &Package<'_>,
    main: &str,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<Story, Refusal> {
    let related = relations(package, main, limits)?;
    let part = |kind: &str| {
        let name = related.iter().find(|(_, k, _)| k == kind).map(|r| r.2.as_str());
        name.map_or(Ok(None), |name| package.text(name))
    };
    let strings = match part("sharedStrings")? {
        Some(text) => shared(parse(&text, limits)?.root_element()),
        None => Vec::new(),
    };
    let formats = match part("styles")? {
        Some(text) => Formats::read(parse(&text, limits)?.root_element()),
        None => Formats::default(),
    };
    let text = package.must(main)?;
    let workbook = parse(&text, limits)?;
    let root = workbook.root_element();
    let dates_1904 = child(root, "workbookPr").and_then(|p| flag(p, "date1904")) == Some(true);
    let mut story = Story::new(limits);
    let sheets = child(root, "sheets").ok_or(Code::Malformed)?;
    for (sheet, number) in children(sheets, "sheet").zip(1_u32..) {
        if number > limits.pages {
            return Err(Code::Pages.into());
        }
        if attribute(sheet, "state").is_some_and(|state| state != "visible") {
            notes.add(NoteCode::HiddenSheets);
            continue;
        }
        let id = sheet.attributes().find(|a| a.name() == "id" && a.namespace().is_some());
        let id = id.ok_or(Code::Malformed)?.value();
        let target = related.iter().find(|(found, ..)| found == id).ok_or(Code::Malformed)?;
        let name = attribute(sheet, "name").unwrap_or_default().to_owned();
        story.push(Block::Heading(2, name))?;
        if target.1 != "worksheet" {
            notes.add(NoteCode::Images);
            story.push(Block::Row(vec![IMAGE_MARK.to_owned()]))?;
            continue;
        }
        let text = package.must(&target.2)?;
        let document = parse(&text, limits)?;
        let covered = covered(package, &target.2, &formats, limits, notes);
        let covered = covered.map_err(|r| r.on(number))?;
        let reader = Reader { strings: &strings, formats: &formats, dates_1904, covered };
        reader.sheet(document.root_element(), &mut story, notes).map_err(|r| r.on(number))?;
    }
    Ok(story)
}

/// The shared strings (§18.4), without phonetic hints.
fn shared(root: Node<'_, '_>) -> Vec<String> {
    children(root, "si").map(rich).collect()
}

/// The text of a string of one or more runs; runs in a colour of paper are left out.
fn rich(item: Node<'_, '_>) -> String {
    let mut out = String::new();
    out.extend(child(item, "t").and_then(|t| t.text()));
    for run in children(item, "r") {
        let font = child(run, "rPr").map(Font::of).unwrap_or_default();
        if font.is_seen(None) {
            out.extend(child(run, "t").and_then(|t| t.text()));
        }
    }
    out
}

/// A rectangle of cells: first and last column and row, counted from 1.
#[derive(Debug, Clone, Copy)]
struct Area {
    columns: (u32, u32),
    rows: (u32, u32),
}

impl Area {
    fn has(&self, column: u32, row: u32) -> bool {
        (self.columns.0..=self.columns.1).contains(&column)
            && (self.rows.0..=self.rows.1).contains(&row)
    }
}

/// The cells that lie under drawings. A drawing of no known place refuses the sheet.
fn covered(
    package: &Package<'_>,
    part: &str,
    formats: &Formats,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<Vec<Area>, Refusal> {
    let mut areas = Vec::new();
    for (_, kind, target) in relations(package, part, limits)? {
        match kind.as_str() {
            "drawing" => {}
            "table" | "pivotTable" if formats.faint_tables => {
                return Err(Code::Unfaithful.into());
            }
            "comments" | "threadedComment" => {
                notes.add(NoteCode::Comments);
                continue;
            }
            "vmlDrawing" => {
                let text = package.must(&target)?;
                let document = parse(&text, limits)?;
                let other = document.descendants().any(|node| {
                    node.tag_name().name() == "ClientData"
                        && attribute(node, "ObjectType") != Some("Note")
                });
                if other {
                    return Err(Code::Covered.into());
                }
                continue;
            }
            _ => continue,
        }
        let text = package.must(&target)?;
        let document = parse(&text, limits)?;
        for anchor in document.root_element().children().filter(Node::is_element) {
            let corner = |name: &str| -> Option<(u32, u32)> {
                let node = child(anchor, name)?;
                let number = |name: &str| child(node, name)?.text()?.trim().parse::<u32>().ok();
                Some((number("col")?.checked_add(1)?, number("row")?.checked_add(1)?))
            };
            let (from, to) = corner("from").zip(corner("to")).ok_or(Code::Covered)?;
            notes.add(NoteCode::Images);
            areas.push(Area { columns: (from.0, to.0), rows: (from.1, to.1) });
        }
    }
    Ok(areas)
}

struct Reader<'w> {
    strings: &'w [String],
    formats: &'w Formats,
    dates_1904: bool,
    covered: Vec<Area>,
}

impl Reader<'_> {
    fn sheet(
        &self,
        root: Node<'_, '_>,
        story: &mut Story,
        notes: &mut Notes,
    ) -> Result<(), Refusal> {
        self.refuse_conditions(root)?;
        let hidden = hidden_columns(root, notes);
        let merged = merged(root)?;
        let mut rows: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
        let data = child(root, "sheetData").ok_or(Code::Malformed)?;
        let zero = child(root, "sheetFormatPr").and_then(|f| flag(f, "zeroHeight")) == Some(true);
        let mut number = 0_u32;
        for row in children(data, "row") {
            number = match attribute(row, "r") {
                Some(given) => given.parse().map_err(|_| Code::Malformed)?,
                None => number.checked_add(1).ok_or(Code::Malformed)?,
            };
            let low = attribute(row, "ht")
                .and_then(|ht| ht.parse().ok())
                .is_some_and(|h: f64| h < LEAST_HEIGHT);
            if flag(row, "hidden").unwrap_or(zero) || low {
                notes.add(NoteCode::HiddenRows);
                continue;
            }
            let cells = self.row(row, number, &hidden, &merged, notes)?;
            if rows.insert(number, cells).is_some() {
                return Err(Code::Malformed.into());
            }
        }
        set(&rows, story)
    }

    fn row(
        &self,
        row: Node<'_, '_>,
        number: u32,
        hidden: &BTreeSet<u32>,
        merged: &[Area],
        notes: &mut Notes,
    ) -> Result<BTreeMap<u32, String>, Refusal> {
        let (mut cells, mut column) = (BTreeMap::new(), 0_u32);
        for cell in children(row, "c") {
            column = match attribute(cell, "r") {
                Some(name) => {
                    let (column, row) = place(name).ok_or(Code::Malformed)?;
                    if row != number {
                        return Err(Code::Malformed.into());
                    }
                    column
                }
                None => column + 1,
            };
            let under = merged.iter().any(|area| {
                area.has(column, number) && (area.columns.0, area.rows.0) != (column, number)
            });
            let covered = self.covered.iter().any(|area| area.has(column, number));
            if hidden.contains(&column) || under {
                continue;
            }
            let Some(text) = self.cell(cell).filter(|text| !text.is_empty()) else { continue };
            if covered || !self.formats.is_seen(cell) {
                notes.add(NoteCode::HiddenText);
                continue;
            }
            if cells.insert(column, text).is_some() {
                return Err(Code::Malformed.into());
            }
        }
        Ok(cells)
    }

    /// What a cell shows; `None` = nothing.
    fn cell(&self, cell: Node<'_, '_>) -> Option<String> {
        let value = child(cell, "v").and_then(|v| v.text()).map(str::trim);
        let pattern = self.formats.pattern(cell);
        match attribute(cell, "t").unwrap_or("n") {
            "s" => {
                let text = self.strings.get(value?.parse::<usize>().ok()?)?.clone();
                shows_text(pattern).then_some(text)
            }
            "inlineStr" => shows_text(pattern).then(|| child(cell, "is").map(rich)).flatten(),
            "str" => shows_text(pattern).then(|| value.unwrap_or_default().to_owned()),
            "b" => Some(if value? == "1" { "TRUE" } else { "FALSE" }.to_owned()),
            "e" | "d" => value.map(str::to_owned),
            _ => shown_number(value?.parse().ok()?, pattern, self.dates_1904),
        }
    }

    /// Conditions that may hide what a cell says: refused.
    fn refuse_conditions(&self, root: Node<'_, '_>) -> Result<(), Refusal> {
        for rule in root.descendants().filter(|node| node.tag_name().name() == "cfRule") {
            let hides = rule.descendants().any(|node| flag(node, "showValue") == Some(false));
            let look = attribute(rule, "dxfId").and_then(|id| id.parse::<usize>().ok());
            let faint = look.is_some_and(|id| self.formats.faint.get(id).copied().unwrap_or(true));
            let own = rule.descendants().any(|node| node.tag_name().name() == "dxf");
            if hides || faint || own {
                return Err(Code::Unfaithful.into());
            }
        }
        Ok(())
    }
}

/// Puts rows into the story, without empty columns and rows.
fn set(rows: &BTreeMap<u32, BTreeMap<u32, String>>, story: &mut Story) -> Result<(), Refusal> {
    let columns: BTreeSet<u32> = rows.values().flat_map(BTreeMap::keys).copied().collect();
    if columns.len().saturating_mul(rows.len()) > CELLS {
        return Err(Code::Parts.into());
    }
    for cells in rows.values().filter(|cells| !cells.is_empty()) {
        let text = |column: &u32| cells.get(column).cloned().unwrap_or_default();
        story.push(Block::Row(columns.iter().map(text).collect()))?;
    }
    Ok(())
}

fn hidden_columns(root: Node<'_, '_>, notes: &mut Notes) -> BTreeSet<u32> {
    let mut hidden = BTreeSet::new();
    let columns = child(root, "cols");
    for column in columns.iter().flat_map(|columns| children(*columns, "col")) {
        let number = |name: &str| attribute(column, name).and_then(|n| n.parse::<u32>().ok());
        let width = attribute(column, "width").and_then(|width| width.parse::<f64>().ok());
        let thin = width.is_some_and(|width| width < LEAST_WIDTH);
        if flag(column, "hidden") == Some(true) || thin {
            notes.add(NoteCode::HiddenRows);
            let (first, last) = (number("min").unwrap_or(1), number("max").unwrap_or(16_384));
            hidden.extend(first..=last.min(16_384));
        }
    }
    hidden
}

fn merged(root: Node<'_, '_>) -> Result<Vec<Area>, Refusal> {
    let mut areas = Vec::new();
    let merges = child(root, "mergeCells");
    for merge in merges.iter().flat_map(|merges| children(*merges, "mergeCell")) {
        let (from, to) =
            attribute(merge, "ref").and_then(|r| r.split_once(':')).ok_or(Code::Malformed)?;
        let (from, to) = place(from).zip(place(to)).ok_or(Code::Malformed)?;
        areas.push(Area { columns: (from.0, to.0), rows: (from.1, to.1) });
    }
    Ok(areas)
}

/// Column and row of a name such as `BC12`.
fn place(name: &str) -> Option<(u32, u32)> {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let (column, row) = name.split_at_checked(letters)?;
    let fold =
        |sum: u32, letter: u8| sum.checked_mul(26)?.checked_add(u32::from(letter - b'A') + 1);
    let column = column.bytes().try_fold(0, fold).filter(|column| (1..=16_384).contains(column))?;
    Some((column, row.parse().ok().filter(|row| (1..=1_048_576).contains(row))?))
}

/// A font as far as it decides whether it is seen.
#[derive(Debug, Clone, Copy, Default)]
struct Font {
    ink: Option<Rgb>,
    size: Option<f64>,
}

impl Font {
    fn of(node: Node<'_, '_>) -> Self {
        let size = child(node, "sz").and_then(|size| attribute(size, "val")?.parse().ok());
        Self { ink: child(node, "color").and_then(colour), size }
    }

    fn is_seen(&self, paper: Option<Rgb>) -> bool {
        self.size.is_none_or(|size| size >= LEAST_SIZE)
            && legible(self.ink.unwrap_or(BLACK), paper.unwrap_or(WHITE))
    }
}

/// A colour (§18.8.19). Of the theme only light and dark are known: 0 and 2 are light.
fn colour(node: Node<'_, '_>) -> Option<Rgb> {
    if let Some(theme) = attribute(node, "theme") {
        return match theme {
            "0" | "2" => Some(WHITE),
            "1" | "3" => Some(BLACK),
            _ => Some([90, 120, 160]),
        };
    }
    if let Some(index) = attribute(node, "indexed") {
        const BASIC: [Rgb; 8] = [
            BLACK,
            WHITE,
            [255, 0, 0],
            [0, 255, 0],
            [0, 0, 255],
            [255, 255, 0],
            [255, 0, 255],
            [0, 255, 255],
        ];
        let index: usize = index.parse().ok()?;
        return match index {
            64 => Some(BLACK),
            65 => Some(WHITE),
            index => BASIC.get(index % 8).copied(),
        };
    }
    let hex = attribute(node, "rgb")?;
    rgb(hex.get(hex.len().checked_sub(6)?..)?)
}

/// The formats of cells (§18.8).
#[derive(Debug, Default)]
struct Formats {
    /// For each style of cells: the pattern of numbers, and whether what it says is seen.
    cells: Vec<(String, bool)>,
    /// For each look of conditions: whether it may hide.
    faint: Vec<bool>,
    /// Whether a style of tables has such a look.
    faint_tables: bool,
}

impl Formats {
    fn read(root: Node<'_, '_>) -> Self {
        let list = |list: &str, item: &'static str| {
            child(root, list)
                .map(|list| children(list, item).collect::<Vec<_>>())
                .unwrap_or_default()
        };
        let mut patterns: BTreeMap<&str, &str> = BTreeMap::new();
        for format in list("numFmts", "numFmt") {
            let pattern = attribute(format, "formatCode").unwrap_or("General");
            patterns.insert(attribute(format, "numFmtId").unwrap_or_default(), pattern);
        }
        let fonts: Vec<Font> = list("fonts", "font").into_iter().map(Font::of).collect();
        let papers: Vec<Option<Rgb>> = list("fills", "fill").into_iter().map(fill).collect();
        let index = |node: Node<'_, '_>, name: &str| {
            attribute(node, name).and_then(|index| index.parse::<usize>().ok()).unwrap_or(0)
        };
        let cells = list("cellXfs", "xf").into_iter().map(|style| {
            let id = attribute(style, "numFmtId").unwrap_or("0");
            let pattern = patterns.get(id).copied().unwrap_or_else(|| builtin(id));
            let font = fonts.get(index(style, "fontId")).copied().unwrap_or_default();
            let paper = papers.get(index(style, "fillId")).copied().flatten();
            (pattern.to_owned(), font.is_seen(paper))
        });
        let cells = cells.collect();
        let faint = list("dxfs", "dxf").into_iter().map(|look| {
            let font = child(look, "font").map(Font::of).unwrap_or_default();
            // In a condition the colour of a plain fill is its background.
            let paper = child(look, "fill").and_then(|fill| {
                let pattern = child(fill, "patternFill")?;
                child(pattern, "bgColor").or_else(|| child(pattern, "fgColor")).and_then(colour)
            });
            child(look, "numFmt").is_some() || !font.is_seen(paper)
        });
        let faint: Vec<bool> = faint.collect();
        let tables = root.descendants().filter(|n| n.tag_name().name() == "tableStyleElement");
        let faint_tables = tables
            .filter_map(|part| attribute(part, "dxfId")?.parse::<usize>().ok())
            .any(|id| faint.get(id).copied().unwrap_or(true));
        Self { cells, faint, faint_tables }
    }

    fn style(&self, cell: Node<'_, '_>) -> Option<&(String, bool)> {
        let index = attribute(cell, "s").and_then(|index| index.parse().ok()).unwrap_or(0);
        self.cells.get(index)
    }

    fn pattern(&self, cell: Node<'_, '_>) -> &str {
        self.style(cell).map_or("General", |style| style.0.as_str())
    }

    fn is_seen(&self, cell: Node<'_, '_>) -> bool {
        self.style(cell).is_none_or(|style| style.1)
    }
}

fn fill(node: Node<'_, '_>) -> Option<Rgb> {
    let pattern = child(node, "patternFill")?;
    match attribute(pattern, "patternType") {
        None | Some("none") => None,
        _ => child(pattern, "fgColor").and_then(colour),
    }
}

/// Patterns that have a number only (§18.8.30).
fn builtin(id: &str) -> &'static str {
    match id {
        "1" => "0",
        "2" => "0.00",
        "3" => "#,##0",
        "4" => "#,##0.00",
        "9" => "0%",
        "10" => "0.00%",
        "14" | "15" | "16" | "17" => "yyyy-mm-dd",
        "18" | "19" | "20" | "21" | "45" | "46" | "47" => "hh:mm:ss",
        "22" => "yyyy-mm-dd hh:mm",
        "37" | "38" => "#,##0",
        "39" | "40" => "#,##0.00",
        "49" => "@",
        _ => "General",
    }
}

/// Sections of a pattern, and each without quoted text, escapes and conditions.
fn sections(pattern: &str) -> Vec<String> {
    let (mut all, mut quoted, mut bracket) = (vec![String::new()], false, false);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' | '_' | '*' if !quoted => {
                chars.next();
            }
            '[' if !quoted => bracket = true,
            ']' if !quoted => bracket = false,
            ';' if !quoted && !bracket => all.push(String::new()),
            c if !quoted && !bracket => {
                if let Some(last) = all.last_mut() {
                    last.push(c);
                }
            }
            _ => {}
        }
    }
    all
}

/// Whether a pattern shows text: its fourth section does, or it has no such section.
fn shows_text(pattern: &str) -> bool {
    !is_white(pattern) && sections(pattern).get(3).is_none_or(|section| section.contains('@'))
}

/// Whether a pattern writes in white.
fn is_white(pattern: &str) -> bool {
    let pattern = pattern.to_lowercase().replace(' ', "");
    pattern.contains("[white]") || pattern.contains("[color2]")
}

/// A number as its pattern shows it: date, per cent, or rounded to the digits shown. A section
/// without a place for digits shows nothing of the number.
fn shown_number(value: f64, pattern: &str, dates_1904: bool) -> Option<String> {
    if is_white(pattern) {
        return None;
    }
    let all = sections(pattern);
    // Conditions in brackets choose sections by other rules.
    let conditional = pattern.contains("[<") || pattern.contains("[>") || pattern.contains("[=");
    if conditional && all.iter().any(|section| !has_digits(section)) {
        return None;
    }
    let index = match all.len() {
        0 | 1 => 0,
        2 => usize::from(value < 0.0),
        _ if value < 0.0 => 1,
        _ if value == 0.0 => 2,
        _ => 0,
    };
    let section = all.get(index)?.to_lowercase();
    if section.contains("general") || section.contains('@') {
        return Some(general(value));
    }
    if section.contains(['y', 'd', 'h']) || section.contains("mm") || section.contains('s') {
        return date(value, &section, dates_1904);
    }
    if !has_digits(&section) {
        return None;
    }
    let behind = section.split_once('.').map_or("", |(_, behind)| behind);
    let digits = behind.chars().take_while(|c| matches!(c, '0' | '#' | '?')).count().min(15);
    if section.contains('e') || section.contains('/') {
        return Some(general(value));
    }
    if section.contains('%') {
        return Some(format!("{:.digits$}%", value * 100.0));
    }
    Some(format!("{value:.digits$}"))
}

fn has_digits(section: &str) -> bool {
    section.contains(['0', '#', '?', '@'])
        || section.to_lowercase().contains("general")
        || section.to_lowercase().contains(['y', 'd', 'h', 'm', 's'])
}

/// Ten digits, as a cell without a format shows at most.
fn general(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e11 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.9e}");
    let rounded: f64 = text.parse().unwrap_or(value);
    format!("{rounded}")
}

/// A date and time of day by days since 1900 or 1904, as year-month-day.
fn date(value: f64, section: &str, dates_1904: bool) -> Option<String> {
    if !(0.0..3_000_000.0).contains(&value) {
        return None;
    }
    let (mut days, mut seconds) =
        (value.trunc() as i64, ((value.fract()) * 86_400.0).round() as i64);
    if seconds == 86_400 {
        (days, seconds) = (days + 1, 0);
    }
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let has_day = section.contains(['y', 'd']) || section.contains("mmm");
    let has_time = section.contains(['h', 's']);
    // The first of January 1970 is 25,569 days from the epoch of 1900 and 24,107 from 1904; the
    // 29th of February 1900 that never was is day 60.
    let since_1970 = if dates_1904 { days - 24_107 } else { days - 25_569 + i64::from(days < 60) };
    let day = civil(since_1970);
    Some(match (has_day, has_time) {
        (true, true) => format!("{day} {time}"),
        (false, true) => time,
        _ => day,
    })
}

/// Days since 1970 as a date of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level
/// date algorithms").
fn civil(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let part = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * part + 2) / 5 + 1;
    let month = if part < 10 { part + 3 } else { part - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_no_more_digits_than_their_format() {
        let shown = |value, pattern| shown_number(value, pattern, false);
        assert_eq!(shown(1234.5678, "0.00").as_deref(), Some("1234.57"));
        assert_eq!(shown(0.1234, "0%").as_deref(), Some("12%"));
        assert_eq!(shown(1.0 / 3.0, "General").as_deref(), Some("0.3333333333"));
        assert_eq!(shown(46_082.0, "yyyy-mm-dd").as_deref(), Some("2026-03-01"));
        assert_eq!(shown(0.5, "hh:mm").as_deref(), Some("12:00:00"));
        assert_eq!(shown(5.0, ";;;"), None);
        assert_eq!(shown(-5.0, "0;;0"), None);
        assert_eq!(shown(5.0, "\"secret\""), None);
        assert_eq!(shown(7.0, "0 \"kg\"").as_deref(), Some("7"));
        assert!(!shows_text(";;;") && shows_text("General") && shows_text("0;0;0;@"));
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(civil(0), "1970-01-01");
        assert_eq!(civil(19_782), "2024-02-29");
        assert_eq!(date(1.0, "yyyy-mm-dd", false).as_deref(), Some("1900-01-01"));
        assert_eq!(place("BC12"), Some((55, 12)));
        assert_eq!(place("A0"), None);
        assert_eq!(place("12"), None);
    }
}
