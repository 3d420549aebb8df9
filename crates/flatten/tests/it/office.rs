//! Office documents.

use enlace_flatten::{Code, Flat, Limits, NoteCode, flatten};
use std::io::Write;

use crate::canary::{CANARY, says};
use crate::made::pages;

pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const S: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// A ZIP file of deflated parts.
pub fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut out);
    for (name, body) in parts {
        let entry = archive.new_file(name).compression_method(rawzip::CompressionMethod::DEFLATE);
        let (mut entry, config) = entry.start().unwrap();
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::best());
        let mut writer = config.wrap(encoder);
        writer.write_all(body).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    out
}

/// A package: the kind of its main part, and its parts; the first part is the main one.
pub struct Made {
    kind: &'static str,
    parts: Vec<(String, String)>,
    relations: String,
}

impl Made {
    fn with(mut self, name: &str, kind: &str, body: &str) -> Self {
        let folder = self.parts[0].0.rsplit_once('/').unwrap().0.to_owned();
        let id = format!("r{}", self.parts.len());
        self.relations.push_str(&format!(
            "<Relationship Id=\"{id}\" Type=\"{R}/{kind}\" Target=\"{name}\"/>"
        ));
        self.parts.push((format!("{folder}/{name}"), body.to_owned()));
        self
    }

    /// A part that nothing refers to.
    fn loose(mut self, name: &str, body: &str) -> Self {
        self.parts.push((name.to_owned(), body.to_owned()));
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let main = &self.parts[0].0;
        let (folder, file) = main.rsplit_once('/').unwrap();
        let types = format!(
            "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"xml\" \
             ContentType=\"application/xml\"/><Override PartName=\"/{main}\" ContentType=\"{}\"/></Types>",
            self.kind
        );
        let root = format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"a\" \
             Type=\"{R}/officeDocument\" Target=\"{main}\"/></Relationships>"
        );
        let relations = format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\">{}</Relationships>",
            self.relations
        );
        let relations_name = format!("{folder}/_rels/{file}.rels");
        let mut parts: Vec<(&str, &[u8])> = vec![
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", root.as_bytes()),
            (&relations_name, relations.as_bytes()),
        ];
        parts.extend(self.parts.iter().map(|(name, body)| (name.as_str(), body.as_bytes())));
        zip(&parts)
    }
}

pub fn docx(body: &str) -> Made {
    let document = format!(
        "<w:document xmlns:w=\"{W}\" xmlns:r=\"{R}\" \
         xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
         xmlns:v=\"urn:schemas-microsoft-com:vml\"><w:body>{body}</w:body></w:document>"
    );
    Made {
        kind: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        parts: vec![("word/document.xml".to_owned(), document)],
        relations: String::new(),
    }
}

fn styles(body: &str) -> String {
    format!("<w:styles xmlns:w=\"{W}\">{body}</w:styles>")
}

pub const VISIBLE: &str = "<w:p><w:r><w:t>Informe 12/2026</w:t></w:r></w:p>";

fn run_of(properties: &str) -> String {
    format!("<w:p><w:r><w:rPr>{properties}</w:rPr><w:t>{CANARY}</w:t></w:r></w:p>")
}

fn limits() -> Limits {
    Limits { dpi: 60, ..Limits::default() }
}

fn run(made: &Made, mime: &str) -> Result<Flat, enlace_flatten::Refusal> {
    flatten(&made.bytes(), mime, &limits())
}

fn flat(made: &Made) -> Flat {
    let mime = if made.kind.contains("sheet") { XLSX } else { DOCX };
    run(made, mime).unwrap()
}

fn code(made: &Made) -> Code {
    let mime = if made.kind.contains("sheet") { XLSX } else { DOCX };
    run(made, mime).unwrap_err().code
}

/// The rows of pixels that have ink.
fn ink(copy: &Flat) -> Vec<Vec<u8>> {
    let rows = pages(&copy.bytes).into_iter().flat_map(|page| {
        let width = page.width() as usize * 3;
        page.into_raw().chunks(width).map(<[u8]>::to_vec).collect::<Vec<_>>()
    });
    rows.filter(|row| row.iter().any(|level| *level < 250)).collect()
}

fn hides(made: &Made, plain: &Made) {
    let copy = flat(made);
    assert_eq!(copy.bytes, flat(plain).bytes);
    assert!(!says(&copy.bytes, CANARY));
}

#[test]
fn visible_text_is_shown() {
    let plain = flat(&docx(VISIBLE));
    assert_eq!((plain.mime, plain.pages), ("application/pdf", 1));
    assert!(ink(&plain).len() > 4);
    for shown in [
        run_of("<w:b/>"),
        run_of("<w:color w:val=\"FF0000\"/>"),
        run_of("<w:vanish w:val=\"0\"/>"),
        run_of("<w:color w:val=\"FFFFFF\"/><w:shd w:val=\"clear\" w:fill=\"000000\"/>"),
        run_of("<w:highlight w:val=\"yellow\"/>"),
        format!(
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>{CANARY}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        ),
        format!("<w:p><w:ins><w:r><w:t>{CANARY}</w:t></w:r></w:ins></w:p>"),
        format!("<w:p><w:hyperlink><w:r><w:t>{CANARY}</w:t></w:r></w:hyperlink></w:p>"),
        format!(
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>{CANARY}</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    ] {
        let copy = flat(&docx(&format!("{VISIBLE}{shown}")));
        assert!(ink(&copy).len() > ink(&plain).len(), "{shown}");
        assert!(!says(&copy.bytes, CANARY), "only as pixels");
    }
}

#[test]
fn hidden_text_does_not_survive() {
    let plain = docx(VISIBLE);
    for hidden in [
        run_of("<w:vanish/>"),
        run_of("<w:specVanish/>"),
        run_of("<w:color w:val=\"FFFFFF\"/>"),
        run_of("<w:color w:val=\"FDFDFD\"/>"),
        run_of("<w:color w:val=\"000000\" w:themeColor=\"background1\"/>"),
        run_of("<w:highlight w:val=\"black\"/>"),
        run_of("<w:color w:val=\"000000\"/><w:shd w:val=\"clear\" w:fill=\"000000\"/>"),
        run_of("<w:shd w:val=\"solid\" w:color=\"000000\" w:fill=\"FFFFFF\"/>"),
        run_of("<w:sz w:val=\"2\"/>"),
        run_of("<w:w w:val=\"1\"/>"),
        format!(
            "<w:p><w:pPr><w:ind w:left=\"-20000\"/></w:pPr><w:r><w:t>{CANARY}</w:t></w:r></w:p>"
        ),
        format!(
            "<w:p><w:pPr><w:spacing w:line=\"2\" w:lineRule=\"exact\"/></w:pPr><w:r><w:t>{CANARY}\
             </w:t></w:r></w:p>"
        ),
        format!("<w:p><w:del><w:r><w:delText>{CANARY}</w:delText></w:r></w:del></w:p>"),
        format!("<w:p><w:del><w:r><w:t>{CANARY}</w:t></w:r></w:del></w:p>"),
        format!("<w:p><w:moveFrom><w:r><w:t>{CANARY}</w:t></w:r></w:moveFrom></w:p>"),
        format!("<w:p><w:r><w:instrText>AUTHOR {CANARY}</w:instrText></w:r></w:p>"),
        format!(
            "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:t>{CANARY}</w:t></w:r>\
             <w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>"
        ),
        format!("<w:p><w:bookmarkStart w:id=\"1\" w:name=\"{CANARY}\"/></w:p><!-- {CANARY} -->"),
        format!(
            "<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc><w:p><w:r><w:t>{CANARY}</w:t></w:r></w:p>\
             </w:tc></w:tr></w:tbl>"
        ),
        format!(
            "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>{CANARY}</w:t></w:r></w:p>\
             </w:tc></w:tr></w:tbl>"
        ),
    ] {
        hides(&docx(&format!("{VISIBLE}{hidden}")), &plain);
    }
}

#[test]
fn text_hidden_by_its_style_does_not_survive() {
    let plain = docx(VISIBLE);
    let paragraph =
        format!("<w:p><w:pPr><w:pStyle w:val=\"B\"/></w:pPr><w:r><w:t>{CANARY}</w:t></w:r></w:p>");
    let shown = format!(
        "<w:p><w:pPr><w:pStyle w:val=\"B\"/></w:pPr><w:r><w:rPr><w:rStyle w:val=\"C\"/></w:rPr>\
         <w:t>{CANARY}</w:t></w:r></w:p>"
    );
    let base = "<w:style w:type=\"paragraph\" w:styleId=\"A\"><w:rPr><w:vanish/></w:rPr></w:style>\
                <w:style w:type=\"paragraph\" w:styleId=\"B\"><w:basedOn w:val=\"A\"/></w:style>\
                <w:style w:type=\"character\" w:styleId=\"C\"><w:rPr><w:vanish w:val=\"0\"/></w:rPr></w:style>";
    let white = "<w:style w:type=\"paragraph\" w:styleId=\"B\"><w:rPr><w:color w:val=\"FFFFFF\"/></w:rPr></w:style>";
    let all =
        "<w:docDefaults><w:rPrDefault><w:rPr><w:vanish/></w:rPr></w:rPrDefault></w:docDefaults>";
    for (body, sheet) in [(&paragraph, base), (&shown, base), (&paragraph, white)] {
        let made = docx(&format!("{VISIBLE}{body}")).with("styles.xml", "styles", &styles(sheet));
        hides(&made, &plain);
    }
    let made = docx(VISIBLE).with("styles.xml", "styles", &styles(all));
    assert_eq!(ink(&flat(&made)).len(), 0, "everything is hidden");
    let faint = "<w:style w:type=\"table\" w:styleId=\"T\"><w:rPr><w:color w:val=\"FFFFFF\"/></w:rPr></w:style>";
    let table = format!(
        "<w:tbl><w:tblPr><w:tblStyle w:val=\"T\"/></w:tblPr><w:tr><w:tc><w:p><w:r><w:t>{CANARY}\
         </w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    );
    assert_eq!(code(&docx(&table).with("styles.xml", "styles", &styles(faint))), Code::Unfaithful);
}

#[test]
fn parts_that_are_not_the_text_do_not_survive() {
    let text = format!("<w:p><w:r><w:t>{CANARY}</w:t></w:r></w:p>");
    let comments = format!(
        "<w:comments xmlns:w=\"{W}\"><w:comment w:author=\"{CANARY}\">{text}</w:comment></w:comments>"
    );
    let made = docx(VISIBLE)
        .with("comments.xml", "comments", &comments)
        .with("media/image1.png", "image", CANARY)
        .with("embeddings/object1.bin", "oleObject", CANARY)
        .loose("docProps/core.xml", &format!("<x>{CANARY}</x>"))
        .loose("customXml/item1.xml", &format!("<x>{CANARY}</x>"))
        .loose(&format!("word/{CANARY}.xml"), CANARY);
    hides(&made, &docx(VISIBLE));
    assert!(flat(&made).notes.iter().any(|note| note.code == NoteCode::Comments));
}

#[test]
fn pictures_leave_a_mark_and_footnotes_and_headers_are_read() {
    let plain = ink(&flat(&docx(VISIBLE))).len();
    let drawing = "<w:p><w:r><w:drawing><wp:inline/></w:drawing></w:r></w:p>";
    let copy = flat(&docx(&format!("{VISIBLE}{drawing}")));
    assert!(ink(&copy).len() > plain);
    assert!(copy.notes.iter().any(|note| note.code == NoteCode::Images));
    let note = format!(
        "<w:footnotes xmlns:w=\"{W}\"><w:footnote w:id=\"2\">{VISIBLE}</w:footnote></w:footnotes>"
    );
    let reference = "<w:p><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>";
    let made = docx(&format!("{VISIBLE}{reference}")).with("footnotes.xml", "footnotes", &note);
    assert!(ink(&flat(&made)).len() > plain + 8);
    let header = format!("<w:hdr xmlns:w=\"{W}\">{VISIBLE}</w:hdr>");
    let made = docx(VISIBLE).with("header1.xml", "header", &header);
    assert!(ink(&flat(&made)).len() > plain + 4);
}

#[test]
fn a_drawing_over_the_text_withholds_the_document() {
    let secret = format!("{VISIBLE}<w:p><w:r><w:t>{CANARY}</w:t></w:r></w:p>");
    for cover in [
        "<w:p><w:r><w:drawing><wp:anchor behindDoc=\"0\"><wp:wrapNone/></wp:anchor></w:drawing></w:r></w:p>",
        "<w:p><w:r><w:pict><v:rect style=\"position: absolute;left:0\"/></w:pict></w:r></w:p>",
    ] {
        assert_eq!(code(&docx(&format!("{secret}{cover}"))), Code::Covered);
        let header = format!(
            "<w:hdr xmlns:w=\"{W}\" xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:wp=\
             \"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\">{cover}</w:hdr>"
        );
        assert_eq!(code(&docx(&secret).with("header1.xml", "header", &header)), Code::Covered);
    }
    let behind = "<w:p><w:r><w:drawing><wp:anchor behindDoc=\"1\"><wp:wrapNone/></wp:anchor></w:drawing></w:r></w:p>";
    assert!(run(&docx(&format!("{VISIBLE}{behind}")), DOCX).is_ok());
}

#[test]
fn macros_other_kinds_and_foreign_packages_are_refused() {
    assert_eq!(code(&docx(VISIBLE).loose("word/vbaProject.bin", "x")), Code::Macros);
    let mut made = docx(VISIBLE);
    made.kind = "application/vnd.ms-word.document.macroEnabled.main+xml";
    assert_eq!(run(&made, DOCX).unwrap_err().code, Code::Macros);
    made.kind =
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml";
    assert_eq!(run(&made, "").unwrap_err().code, Code::SaveAsPdf);
    assert_eq!(run(&docx(VISIBLE), XLSX).unwrap_err().code, Code::TypeMismatch);
    assert!(run(&docx(VISIBLE), "").is_ok());
    let open =
        zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>")]);
    let mime = "application/vnd.oasis.opendocument.text";
    assert_eq!(flatten(&open, mime, &limits()).unwrap_err().code, Code::SaveAsPdf);
    assert_eq!(
        flatten(&zip(&[("a.txt", b"a")]), "", &limits()).unwrap_err().code,
        Code::TypeUnknown
    );
    let chunk = "<w:altChunk r:id=\"r9\"/>";
    assert_eq!(code(&docx(chunk)), Code::Unfaithful);
}

#[test]
fn bombs_are_refused_before_they_are_expanded() {
    let huge = format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", " ".repeat(8 << 20));
    assert_eq!(code(&docx(&huge)), Code::Expansion);
    let entity = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let mut made = docx("");
    made.parts[0].1 =
        format!("{entity}<w:document xmlns:w=\"{W}\"><w:body><w:p>&b;</w:p></w:body></w:document>");
    assert_eq!(code(&made), Code::Malformed);
    let deep = format!(
        "{}{}",
        "<w:sdt><w:sdtContent>".repeat(5000),
        "</w:sdtContent></w:sdt>".repeat(5000)
    );
    assert_eq!(code(&docx(&deep)), Code::Depth);
    let many = VISIBLE.repeat(3000);
    let few = Limits { pages: 3, ..limits() };
    assert_eq!(flatten(&docx(&many).bytes(), DOCX, &few).unwrap_err().code, Code::Pages);
    // Two parts of one name, and parts that share their bytes.
    let twice = zip(&[("[Content_Types].xml", b"<x/>"), ("[CONTENT_TYPES].xml", b"<y/>")]);
    assert_eq!(flatten(&twice, DOCX, &limits()).unwrap_err().code, Code::Malformed);
    let mut broken = docx(VISIBLE).bytes();
    let at = broken.len() / 2;
    broken[at] ^= 0xFF;
    assert!(flatten(&broken, DOCX, &limits()).is_err());
}

#[test]
fn a_script_that_our_font_lacks_withholds_the_document() {
    assert_eq!(code(&docx("<w:p><w:r><w:t>تقرير سري</w:t></w:r></w:p>")), Code::Script);
    let one = format!("<w:p><w:r><w:t>{}\u{1F52B}</w:t></w:r></w:p>", "palabra ".repeat(40));
    let copy = flat(&docx(&one));
    assert!(copy.notes.iter().any(|note| note.code == NoteCode::MissingCharacters));
}

/// A workbook of one sheet with this content of `worksheet`, and this of `styleSheet`.
pub fn xlsx(sheet: &str, styles: &str) -> Made {
    workbook("", sheet, styles)
}

fn workbook(state: &str, sheet: &str, styles: &str) -> Made {
    let book = format!(
        "<workbook xmlns=\"{S}\" xmlns:r=\"{R}\"><sheets><sheet name=\"Armas\" r:id=\"r1\"/>\
         <sheet name=\"Otra\" {state} r:id=\"r2\"/></sheets></workbook>"
    );
    let page = |body: &str| format!("<worksheet xmlns=\"{S}\" xmlns:r=\"{R}\">{body}</worksheet>");
    let other = if state.is_empty() {
        "<sheetData/>".to_owned()
    } else {
        format!("<sheetData><row r=\"1\">{}</row></sheetData>", text("A1", CANARY))
    };
    Made {
        kind: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        parts: vec![("xl/workbook.xml".to_owned(), book)],
        relations: String::new(),
    }
    .with("worksheets/sheet1.xml", "worksheet", &page(sheet))
    .with("worksheets/sheet2.xml", "worksheet", &page(&other))
    .with("styles.xml", "styles", &format!("<styleSheet xmlns=\"{S}\">{styles}</styleSheet>"))
}

fn text(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

pub fn one_row(rest: &str) -> String {
    format!("<sheetData><row r=\"1\">{}{rest}</row></sheetData>", text("A1", "AB12345"))
}

#[test]
fn hidden_cells_do_not_survive() {
    let plain = xlsx(&one_row(""), "");
    let secret = text("B1", CANARY);
    let shown = flat(&xlsx(&one_row(&secret), ""));
    assert_ne!(ink(&shown), ink(&flat(&plain)), "a plain cell is seen");
    let style = |font: &str, fill: &str, pattern: &str| {
        format!(
            "<numFmts><numFmt numFmtId=\"200\" formatCode=\"{pattern}\"/></numFmts>\
             <fonts><font/><font>{font}</font></fonts><fills><fill/><fill>{fill}</fill></fills>\
             <cellXfs><xf/><xf numFmtId=\"200\" fontId=\"1\" fillId=\"1\"/></cellXfs>"
        )
    };
    let styled = one_row(&secret.replace("<c ", "<c s=\"1\" "));
    let number = |value: &str| one_row(&format!("<c r=\"B1\" s=\"1\"><v>{value}</v></c>"));
    let white = "<color rgb=\"FFFFFFFF\"/>";
    let black = "<patternFill patternType=\"solid\"><fgColor rgb=\"FF000000\"/></patternFill>";
    for (sheet, styles) in [
        (
            format!("<cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols>{}", one_row(&secret)),
            String::new(),
        ),
        (
            format!("<cols><col min=\"2\" max=\"2\" width=\"0.1\"/></cols>{}", one_row(&secret)),
            String::new(),
        ),
        (
            format!(
                "<sheetData><row r=\"1\">{}</row><row r=\"2\" hidden=\"1\">{}</row></sheetData>",
                text("A1", "AB12345"),
                text("A2", CANARY)
            ),
            String::new(),
        ),
        (
            format!("{}<mergeCells><mergeCell ref=\"A1:C1\"/></mergeCells>", one_row(&secret)),
            String::new(),
        ),
        (styled.clone(), style(white, "", "General")),
        (styled.clone(), style("<color theme=\"0\"/>", "", "General")),
        (styled.clone(), style("", black, "General")),
        (styled.clone(), style("<sz val=\"1\"/>", "", "General")),
        (styled.clone(), style("", "", ";;;")),
        (styled, style("", "", "[White]General")),
        (number("4242"), style("", "", ";;;")),
        (number("-4242"), style("", "", "0;;0")),
        (one_row("<c r=\"B1\"><f>HYPERLINK(\"Canario-Zeta\")</f></c>"), String::new()),
    ] {
        hides(&xlsx(&sheet, &styles), &plain);
    }
}

#[test]
fn hidden_sheets_comments_and_shared_strings_do_not_survive() {
    let plain = |made: Made| ink(&flat(&made));
    let alone = plain(workbook("state=\"hidden\"", &one_row(""), ""));
    assert_eq!(plain(workbook("state=\"veryHidden\"", &one_row(""), "")), alone);
    let made = workbook("state=\"hidden\"", &one_row("<c r=\"B1\" t=\"s\"><v>0</v></c>"), "");
    let strings = format!(
        "<sst xmlns=\"{S}\"><si><r><rPr><color rgb=\"FFFFFFFF\"/></rPr><t>{CANARY}</t></r>\
         <rPh><t>{CANARY}</t></rPh></si><si><t>{CANARY}</t></si></sst>"
    );
    assert_eq!(plain(made.with("sharedStrings.xml", "sharedStrings", &strings)), alone);
    assert!(
        flat(&workbook("state=\"hidden\"", &one_row(""), ""))
            .notes
            .iter()
            .any(|note| note.code == NoteCode::HiddenSheets)
    );
}

#[test]
fn what_lies_over_cells_hides_them_or_withholds_the_document() {
    let secret = text("B1", CANARY);
    let relations = |kind: &str| {
        format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"d\" Type=\"{R}/{kind}\" \
             Target=\"../over.xml\"/></Relationships>"
        )
    };
    let with = |kind: &str, part: &str| {
        xlsx(&one_row(&secret), "")
            .loose("xl/worksheets/_rels/sheet1.xml.rels", &relations(kind))
            .loose("xl/over.xml", part)
    };
    let corner = |name: &str, at: &str| format!("<{name}><col>{at}</col><row>0</row></{name}>");
    let (from, to) = (corner("from", "1"), corner("to", "2"));
    let space = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing";
    let drawing =
        format!("<wsDr xmlns=\"{space}\"><twoCellAnchor>{from}{to}</twoCellAnchor></wsDr>");
    hides(&with("drawing", &drawing), &xlsx(&one_row(""), ""));
    let unknown = format!("<wsDr xmlns=\"{space}\"><absoluteAnchor/></wsDr>");
    assert_eq!(code(&with("drawing", &unknown)), Code::Covered);
    let button = "<xml xmlns:x=\"urn:x\"><x:ClientData ObjectType=\"Button\"/></xml>";
    assert_eq!(code(&with("vmlDrawing", button)), Code::Covered);
}

#[test]
fn conditions_that_may_hide_withhold_the_document() {
    let rule = |rule: &str| {
        format!("{}<conditionalFormatting>{rule}</conditionalFormatting>", one_row(""))
    };
    let dxfs = |dxf: &str| format!("<dxfs><dxf>{dxf}</dxf></dxfs>");
    let by_look = rule("<cfRule dxfId=\"0\"/>");
    let white = dxfs("<font><color rgb=\"FFFFFFFF\"/></font>");
    assert_eq!(code(&xlsx(&by_look, &white)), Code::Unfaithful);
    assert_eq!(
        code(&xlsx(&by_look, &dxfs("<numFmt numFmtId=\"200\" formatCode=\";;;\"/>"))),
        Code::Unfaithful
    );
    assert_eq!(code(&xlsx(&by_look, "")), Code::Unfaithful);
    assert_eq!(
        code(&xlsx(&rule("<cfRule><dataBar showValue=\"0\"/></cfRule>"), "")),
        Code::Unfaithful
    );
    let red = dxfs("<font><color rgb=\"FFFF0000\"/></font>");
    assert!(run(&xlsx(&by_look, &red), XLSX).is_ok());
}
