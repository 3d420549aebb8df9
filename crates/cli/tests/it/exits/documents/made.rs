//! Documents with something in them that is not seen, written by hand.

use std::io::{Cursor, Write as _};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const S: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const MAIN: &str = "application/vnd.openxmlformats-officedocument";

/// A page with a text, another text below a black bar, and an author. `trailer`: more of the
/// trailer.
pub fn pdf(author: &str, below: &str, trailer: &str) -> Vec<u8> {
    let content = format!(
        "BT /F 18 Tf 20 60 Td (Informe 12/2026) Tj ET 0 g BT /F 18 Tf 20 15 Td ({below}) Tj ET \
         0 g 10 5 180 30 re f "
    );
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R\
         /Resources<</Font<</F 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
        format!("<</Author({author})>>"),
    ];
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{body}\nendobj\n", index + 1).bytes());
    }
    let (start, size) = (out.len(), objects.len() + 1);
    out.extend(format!("xref\n0 {size}\n{table}trailer\n").bytes());
    out.extend(format!("<</Size {size}/Root 1 0 R/Info 6 0 R{trailer}>>\n").bytes());
    out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
    out
}

/// A photograph with a description and a place in its EXIF block, and words behind its end.
pub fn jpeg(description: &str, behind: &str) -> Vec<u8> {
    let picture = RgbImage::from_fn(32, 24, |x, y| Rgb([x as u8 * 7, y as u8 * 9, 90]));
    let mut plain = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut plain, ImageFormat::Jpeg).unwrap();
    let plain = plain.into_inner();
    // TIFF: a description, and a block of places (GPS) with the reference of the latitude.
    let text = format!("{description}\0");
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend([0x0E, 0x01, 2, 0]);
    exif.extend((text.len() as u32).to_le_bytes());
    exif.extend(38_u32.to_le_bytes());
    exif.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0]);
    exif.extend((38 + text.len() as u32).to_le_bytes());
    exif.extend([0, 0, 0, 0]);
    exif.extend(text.as_bytes());
    exif.extend([1, 0, 1, 0, 2, 0, 2, 0, 0, 0, b'S', 0, 0, 0, 0, 0, 0, 0]);
    let mut out = plain[..2].to_vec();
    out.extend([0xFF, 0xE1]);
    out.extend(((exif.len() + 2) as u16).to_be_bytes());
    out.extend(exif);
    out.extend(&plain[2..]);
    out.extend(behind.as_bytes());
    out
}

/// A text with a tracked deletion, and an author in the properties.
pub fn docx(author: &str, deleted: &str) -> Vec<u8> {
    let body = format!(
        "<w:document xmlns:w=\"{W}\"><w:body><w:p><w:r><w:t>Informe 13/2026</w:t></w:r>\
         <w:del w:id=\"1\" w:author=\"{author}\"><w:r><w:delText>{deleted}</w:delText></w:r>\
         </w:del></w:p></w:body></w:document>"
    );
    let core = format!(
        "<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:creator>{author}</dc:creator>\
         </cp:coreProperties>"
    );
    let kind = format!("{MAIN}.wordprocessingml.document.main+xml");
    let parts = [("word/document.xml", body.as_str()), ("docProps/core.xml", core.as_str())];
    package(&kind, &parts, "")
}

/// A workbook with a sheet that is seen and one that is not.
pub fn xlsx(hidden: &str) -> Vec<u8> {
    let sheet = |text: &str| {
        format!(
            "<worksheet xmlns=\"{S}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is>\
             <t>{text}</t></is></c></row></sheetData></worksheet>"
        )
    };
    let book = format!(
        "<workbook xmlns=\"{S}\" xmlns:r=\"{R}\"><sheets><sheet name=\"Armas\" r:id=\"r1\"/>\
         <sheet name=\"Otra\" state=\"hidden\" r:id=\"r2\"/></sheets></workbook>"
    );
    let to = |id: u8| {
        format!(
            "<Relationship Id=\"r{id}\" Type=\"{R}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
        )
    };
    let (seen, unseen) = (sheet("Serie AB12345"), sheet(hidden));
    let parts = [
        ("xl/workbook.xml", book.as_str()),
        ("xl/worksheets/sheet1.xml", seen.as_str()),
        ("xl/worksheets/sheet2.xml", unseen.as_str()),
    ];
    package(&format!("{MAIN}.spreadsheetml.sheet.main+xml"), &parts, &(to(1) + &to(2)))
}

/// An office document of these parts, of which the first is the main one.
fn package(kind: &str, parts: &[(&str, &str)], relations: &str) -> Vec<u8> {
    let main = parts[0].0;
    let (folder, file) = main.rsplit_once('/').unwrap();
    let types = format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"xml\" \
         ContentType=\"application/xml\"/><Override PartName=\"/{main}\" ContentType=\"{kind}\"/>\
         </Types>"
    );
    let listed = |all: &str| {
        format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{all}</Relationships>")
    };
    let root = format!("<Relationship Id=\"a\" Type=\"{R}/officeDocument\" Target=\"{main}\"/>");
    let mut out = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut out);
    let of_main = format!("{folder}/_rels/{file}.rels");
    let (root, rest) = (listed(&root), listed(relations));
    let head = [("[Content_Types].xml", &*types), ("_rels/.rels", &*root), (&*of_main, &*rest)];
    for (name, body) in head.iter().chain(parts) {
        let entry = archive.new_file(name).compression_method(rawzip::CompressionMethod::DEFLATE);
        let (mut entry, config) = entry.start().unwrap();
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::best());
        let mut writer = config.wrap(encoder);
        writer.write_all(body.as_bytes()).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    out
}
