//! PDFs written by hand, and the pages of a flattened one as pictures.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::Compression;
use flate2::read::ZlibEncoder;
use image::RgbImage;

pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    ZlibEncoder::new(data, Compression::best()).read_to_end(&mut out).unwrap();
    out
}

/// A PDF under construction: objects by number. 1 is the catalogue, 2 the page tree, 3 the page,
/// 4 its content, 5 a Helvetica.
#[derive(Clone)]
pub struct Made {
    objects: BTreeMap<u32, Vec<u8>>,
    pub catalog: String,
    pub page: String,
    pub resources: String,
    pub trailer: String,
    pub behind: Vec<u8>,
}

impl Made {
    /// One page of 200 × 100 points with this content.
    pub fn page(content: &str) -> Self {
        let mut made = Self {
            objects: BTreeMap::new(),
            catalog: String::new(),
            page: String::new(),
            resources: String::new(),
            trailer: String::new(),
            behind: Vec::new(),
        };
        made.put(4, &stream("", content.as_bytes()));
        made.put(5, b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
        made
    }

    pub fn put(&mut self, number: u32, body: &[u8]) -> &mut Self {
        self.objects.insert(number, body.to_vec());
        self
    }

    fn all(&self) -> BTreeMap<u32, Vec<u8>> {
        let mut all = self.objects.clone();
        let mut own = |number: u32, text: String| {
            all.entry(number).or_insert_with(|| text.into_bytes());
        };
        own(1, format!("<</Type/Catalog/Pages 2 0 R{}>>", self.catalog));
        own(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned());
        own(
            3,
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R\
                 /Resources<</Font<</F 5 0 R>>{}>>{}>>",
                self.resources, self.page
            ),
        );
        all
    }

    /// With a classic table.
    pub fn bytes(&self) -> Vec<u8> {
        let all = self.all();
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut offsets = BTreeMap::new();
        for (number, body) in &all {
            offsets.insert(*number, out.len());
            out.extend(object(*number, body));
        }
        let size = all.keys().max().unwrap() + 1;
        let start = out.len();
        out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        for number in 1..size {
            let line = match offsets.get(&number) {
                Some(at) => format!("{at:010} 00000 n \n"),
                None => "0000000000 00000 f \n".to_owned(),
            };
            out.extend(line.bytes());
        }
        let trailer = &self.trailer;
        out.extend(format!("trailer\n<</Size {size}/Root 1 0 R{trailer}>>\n").bytes());
        out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        out.extend(&self.behind);
        out
    }

    /// With object and cross-reference streams; streams stay outside.
    pub fn packed(&self) -> Vec<u8> {
        let all = self.all();
        let (outside, inside): (Vec<_>, Vec<_>) =
            all.iter().partition(|(_, body)| body.windows(9).any(|w| w == b"endstream"));
        let pack = all.keys().max().unwrap() + 1;
        let (mut head, mut text) = (String::new(), Vec::new());
        for (number, body) in &inside {
            head.push_str(&format!("{number} {} ", text.len()));
            text.extend_from_slice(body);
            text.push(b'\n');
        }
        let first = head.len();
        let data = deflate(&[head.as_bytes(), &text].concat());
        let count = inside.len();
        let extra = format!("/Type/ObjStm/N {count}/First {first}/Filter/FlateDecode");
        let mut out = b"%PDF-1.7\n".to_vec();
        let mut rows: BTreeMap<u32, [u32; 3]> = BTreeMap::from([(0, [0, 0, 65535])]);
        for (number, body) in &outside {
            rows.insert(**number, [1, out.len() as u32, 0]);
            out.extend(object(**number, body));
        }
        for (index, (number, _)) in inside.iter().enumerate() {
            rows.insert(**number, [2, pack, index as u32]);
        }
        rows.insert(pack, [1, out.len() as u32, 0]);
        out.extend(object(pack, &stream(&extra, &data)));
        let start = out.len();
        rows.insert(pack + 1, [1, start as u32, 0]);
        let mut table = Vec::new();
        for number in 0..pack + 2 {
            let [kind, second, third] = rows.get(&number).copied().unwrap_or([0, 0, 0]);
            table.push(kind as u8);
            table.extend(second.to_be_bytes());
            table.extend((third as u16).to_be_bytes());
        }
        // Rows with the PNG predictor Up, as most writers do.
        let mut rows = Vec::new();
        let mut above = [0_u8; 7];
        for row in table.chunks(7) {
            rows.push(2);
            rows.extend(row.iter().zip(above).map(|(now, up)| now.wrapping_sub(up)));
            above.copy_from_slice(row);
        }
        let extra = format!(
            "/Type/XRef/W[1 4 2]/Size {}/Root 1 0 R/Filter/FlateDecode\
             /DecodeParms<</Predictor 12/Columns 7>>",
            pack + 2
        );
        out.extend(object(pack + 1, &stream(&extra, &deflate(&rows))));
        out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        out
    }
}

/// Appends a revision: objects that are new, and numbers that are freed.
pub fn update(mut file: Vec<u8>, new: &[(u32, &[u8])], freed: &[u32], trailer: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&file).into_owned();
    let previous: usize =
        text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
    let mut sections = String::new();
    for (number, body) in new {
        sections.push_str(&format!("{number} 1\n{:010} 00000 n \n", file.len()));
        file.extend(object(*number, body));
    }
    for number in freed {
        sections.push_str(&format!("{number} 1\n0000000000 00001 f \n"));
    }
    let start = file.len();
    file.extend(
        format!(
            "xref\n{sections}trailer\n<</Size 64/Root 1 0 R/Prev {previous}{trailer}>>\n\
             startxref\n{start}\n%%EOF\n"
        )
        .bytes(),
    );
    file
}

pub fn object(number: u32, body: &[u8]) -> Vec<u8> {
    [format!("{number} 0 obj\n").as_bytes(), body, b"\nendobj\n"].concat()
}

pub fn stream(extra: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<</Length {}{extra}>>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// A form of the size of the page.
pub fn form(extra: &str, content: &str) -> Vec<u8> {
    let head = format!("/Type/XObject/Subtype/Form/BBox[0 0 200 100]{extra}");
    stream(&head, content.as_bytes())
}

fn after<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.find(key).map(|at| text[at + key.len()..].trim_start())
}

fn number(text: &str, key: &str) -> usize {
    let digits: String =
        after(text, key).unwrap().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// The pages of a PDF that we wrote, as pictures.
pub fn pages(pdf: &[u8]) -> Vec<RgbImage> {
    let mut pages = Vec::new();
    let mut rest = pdf;
    while let Some(at) = rest.windows(14).position(|w| w == b"/Subtype /Imag") {
        let begin = rest[at..].windows(7).position(|w| w == b"stream\n").unwrap() + at + 7;
        let head = String::from_utf8_lossy(&rest[..begin]).into_owned();
        let head = &head[head.rfind(" obj").unwrap()..];
        let len = number(head, "/Length ");
        let data = &rest[begin..begin + len];
        let (width, height) = (number(head, "/Width ") as u32, number(head, "/Height ") as u32);
        let file = if head.contains("DCTDecode") {
            data.to_vec()
        } else {
            let colour = if head.contains("DeviceGray") { 0 } else { 2 };
            let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
            let header = [&size[..], &[8, colour, 0, 0, 0]].concat();
            [
                b"\x89PNG\r\n\x1A\n".to_vec(),
                crate::picture::chunk(b"IHDR", &header),
                crate::picture::chunk(b"IDAT", data),
                crate::picture::chunk(b"IEND", b""),
            ]
            .concat()
        };
        pages.push(image::load_from_memory(&file).unwrap().into_rgb8());
        rest = &rest[begin + len..];
    }
    pages
}
