//! PDF.

use enlace_flatten::{Code, Flat, Limits, NoteCode, flatten};
use image::Rgb;

use crate::canary::{CANARY, says};
use crate::made::{Made, deflate, form, object, pages, stream, update};

const BLACK: Rgb<u8> = Rgb([0, 0, 0]);
const WHITE: Rgb<u8> = Rgb([255, 255, 255]);

/// A text, a rule under it, and a red square.
const VISIBLE: &str = "BT /F 18 Tf 20 60 Td (Informe 12/2026) Tj ET 0 0 1 RG 20 50 m 180 50 l S \
                       1 0 0 rg 150 10 30 30 re f ";

fn limits() -> Limits {
    Limits { dpi: 72, ..Limits::default() }
}

fn run(bytes: &[u8]) -> Result<Flat, enlace_flatten::Refusal> {
    flatten(bytes, "application/pdf", &limits())
}

fn flat(made: &Made) -> Flat {
    run(&made.bytes()).unwrap()
}

fn code(bytes: &[u8]) -> Code {
    run(bytes).unwrap_err().code
}

/// What a document with something hidden must look like: the same without it.
fn looks_as_plain(hiding: &[u8]) {
    let plain = flat(&Made::page(VISIBLE));
    let copy = run(hiding).unwrap();
    assert_eq!(copy.bytes, plain.bytes);
    assert!(!says(&copy.bytes, CANARY));
}

fn planted(edit: impl FnOnce(&mut Made)) -> Vec<u8> {
    let mut made = Made::page(VISIBLE);
    edit(&mut made);
    let bytes = made.bytes();
    assert!(says(&bytes, CANARY), "the canary is in the source");
    bytes
}

#[test]
fn a_page_looks_as_before() {
    let copy = flat(&Made::page(VISIBLE));
    assert_eq!((copy.mime, copy.pages), ("application/pdf", 1));
    let page = &pages(&copy.bytes)[0];
    assert_eq!(page.dimensions(), (200, 100));
    assert!(page.get_pixel(165, 75).0[0] > 240 && page.get_pixel(165, 75).0[1] < 15, "red square");
    assert!(page.get_pixel(60, 50).0[2] > page.get_pixel(60, 50).0[0] + 60, "blue rule");
    assert_eq!(page.get_pixel(5, 5), &WHITE);
    let ink = |y0: u32, y1: u32| {
        (20..170)
            .flat_map(|x| (y0..y1).map(move |y| (x, y)))
            .filter(|(x, y)| page.get_pixel(*x, *y).0[0] < 100)
            .count()
    };
    assert!(ink(24, 45) > 150, "the text is there: {}", ink(24, 45));
}

#[test]
fn a_copy_can_be_flattened_again_and_is_nothing_but_pages() {
    let copy = flat(&Made::page(VISIBLE));
    assert!(run(&copy.bytes).is_ok());
    let text = String::from_utf8_lossy(&copy.bytes);
    for word in
        ["Info", "Producer", "CreationDate", "/ID", "Metadata", "Font", "Annots", "Helvetica"]
    {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn object_streams_and_classic_tables_give_the_same_copy() {
    let mut made = Made::page(VISIBLE);
    made.catalog = format!("/Lang({CANARY})");
    assert_eq!(run(&made.packed()).unwrap(), run(&made.bytes()).unwrap());
}

#[test]
fn metadata_of_the_document_does_not_survive() {
    looks_as_plain(&planted(|made| {
        made.trailer = format!("/Info 20 0 R/ID[({CANARY})({CANARY})]");
        made.put(
            20,
            format!("<</Title({CANARY})/Author({CANARY})/Producer({CANARY})>>").as_bytes(),
        );
        made.catalog = format!("/Metadata 21 0 R/Lang({CANARY})/Outlines 22 0 R");
        made.put(21, &stream("/Type/Metadata/Subtype/XML", CANARY.as_bytes()));
        made.put(22, format!("<</First<</Title({CANARY})>>>>").as_bytes());
        made.page = format!("/Metadata 21 0 R/PieceInfo<</X({CANARY})>>/LastModified({CANARY})");
        made.behind = CANARY.as_bytes().to_vec();
    }));
}

#[test]
fn attachments_scripts_and_unreached_objects_do_not_survive() {
    let bytes = planted(|made| {
        made.catalog = "/Names<</EmbeddedFiles 20 0 R/JavaScript 22 0 R>>/OpenAction 23 0 R".into();
        made.put(20, format!("<</Names[({CANARY}.txt) 24 0 R]>>").as_bytes());
        made.put(24, format!("<</Type/Filespec/F({CANARY}.txt)/EF<</F 21 0 R>>>>").as_bytes());
        made.put(21, &stream("/Type/EmbeddedFile/Filter/FlateDecode", &deflate(CANARY.as_bytes())));
        made.put(22, format!("<</Names[(a)<</S/JavaScript/JS({CANARY})>>]>>").as_bytes());
        made.put(23, format!("<</S/JavaScript/JS({CANARY})>>").as_bytes());
        made.put(25, format!("({CANARY})").as_bytes());
    });
    looks_as_plain(&bytes);
    let notes: Vec<_> = run(&bytes).unwrap().notes.iter().map(|note| note.code).collect();
    assert_eq!(notes, [NoteCode::Attachments, NoteCode::Scripts]);
}

#[test]
fn text_that_is_not_seen_does_not_survive() {
    let page = |content: String| Made::page(&content).bytes();
    let text = format!("BT /F 18 Tf 20 15 Td ({CANARY}) Tj ET ");
    // White on white, almost white on white, invisible, outside the page, clipped away, too small.
    looks_as_plain(&page(format!("1 g {text} 0 g {VISIBLE}")));
    looks_as_plain(&page(format!("{VISIBLE} 0.99 g {text}")));
    looks_as_plain(&page(format!("{VISIBLE} 3 Tr {text}")));
    looks_as_plain(&page(format!("{VISIBLE} q 1 0 0 1 0 -400 cm 0 g {text} Q")));
    looks_as_plain(&page(format!("q 0 0 1 1 re W n {text} Q {VISIBLE}")));
    looks_as_plain(&page(format!("{VISIBLE} 0 g BT /F 0 Tf 20 15 Td ({CANARY}) Tj ET ")));
    let marked = format!("/Span<</ActualText({CANARY})/Alt({CANARY})>>BDC {VISIBLE} EMC");
    looks_as_plain(&page(marked));
    looks_as_plain(&page(format!("% {CANARY}\n{VISIBLE}")));
}

#[test]
fn text_under_a_black_bar_does_not_survive() {
    let bar = "0 g 10 5 130 30 re f ";
    let text = |colour: &str| format!("{colour} BT /F 18 Tf 20 15 Td ({CANARY}) Tj ET ");
    let plain = flat(&Made::page(&format!("{VISIBLE}{bar}")));
    for content in [
        format!("{VISIBLE} {} {bar}", text("0 g")),
        format!("{VISIBLE} {} {bar}", text("1 0 0 rg")),
        // Black on the bar, and almost black on it.
        format!("{VISIBLE} {bar} {}", text("0 g")),
        format!("{VISIBLE} {bar} {}", text("0.01 g")),
    ] {
        let copy = run(&Made::page(&content).bytes()).unwrap();
        assert_eq!(copy.bytes, plain.bytes, "{content}");
    }
    assert_eq!(pages(&plain.bytes)[0].get_pixel(60, 80), &BLACK);
}

#[test]
fn what_the_crop_box_cuts_away_does_not_survive() {
    let text = format!("{VISIBLE} BT /F 9 Tf 2 92 Td ({CANARY}) Tj ET");
    let (mut with, mut without) = (Made::page(&text), Made::page(VISIBLE));
    with.page = "/CropBox[0 0 200 90]".into();
    without.page = "/CropBox[0 0 200 90]".into();
    assert_eq!(flat(&with).bytes, flat(&without).bytes);
    assert_eq!(pages(&flat(&with).bytes)[0].dimensions(), (200, 90));
}

#[test]
fn a_page_is_turned_as_it_says() {
    let mut made = Made::page(VISIBLE);
    made.page = "/Rotate 90".into();
    let page = pages(&flat(&made).bytes).remove(0);
    assert_eq!(page.dimensions(), (100, 200));
    assert!(page.get_pixel(25, 165).0[1] < 15, "the red square is at the lower left");
}

#[test]
fn an_older_revision_does_not_come_back() {
    let old = format!("{VISIBLE} BT /F 18 Tf 20 15 Td ({CANARY}) Tj ET ");
    let first = Made::page(&old).bytes();
    looks_as_plain(&update(first, &[(4, &stream("", VISIBLE.as_bytes()))], &[], ""));
}

#[test]
fn a_deleted_object_that_is_still_named_does_not_come_back() {
    let text = format!("BT /F 18 Tf 20 15 Td ({CANARY}) Tj ET");
    let mut made = Made::page(VISIBLE);
    made.put(3, b"<</Type/Page/MediaBox[0 0 200 100]/Contents[4 0 R 20 0 R]/Resources<</Font<</F 5 0 R>>>>>>");
    made.put(20, &stream("", text.as_bytes()));
    assert_ne!(flat(&made).bytes, flat(&Made::page(VISIBLE)).bytes);
    // The page still names the part, so it is no page that we can be sure of.
    assert_eq!(code(&update(made.bytes(), &[], &[20], "")), Code::Malformed);
    // A picture that was deleted but is still drawn, likewise.
    let mut made = Made::page(&format!("{VISIBLE} /X Do"));
    made.resources = "/XObject<</X 20 0 R>>".into();
    made.put(20, &form("/Resources<</Font<</F 5 0 R>>>>", &text));
    assert!(run(&made.bytes()).is_ok());
    assert_eq!(code(&update(made.bytes(), &[], &[20], "")), Code::Unfaithful);
}

#[test]
fn a_page_taken_out_of_the_tree_does_not_come_back() {
    let text = format!("BT /F 18 Tf 20 15 Td ({CANARY}) Tj ET");
    let mut made = Made::page(VISIBLE);
    made.put(2, b"<</Type/Pages/Kids[3 0 R 20 0 R]/Count 2>>");
    made.put(
        20,
        b"<</Type/Page/MediaBox[0 0 200 100]/Contents 21 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    );
    made.put(21, &stream("", text.as_bytes()));
    assert_eq!(flat(&made).pages, 2);
    looks_as_plain(&update(
        made.bytes(),
        &[(2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>")],
        &[20],
        "",
    ));
    // A tree that cannot be read is not searched for pages.
    assert_eq!(code(&update(made.bytes(), &[(2, b"<</Type/Pages>>")], &[], "")), Code::Malformed);
}

#[test]
fn a_broken_table_is_refused_not_repaired() {
    let bytes = Made::page(VISIBLE).bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let table = text.find("xref\n0").unwrap();
    let mut moved = bytes.clone();
    // The third object is one byte further than the table says.
    moved[table + 9 + 20 * 3 + 9] = if moved[table + 9 + 20 * 3 + 9] == b'1' { b'2' } else { b'1' };
    assert_eq!(code(&moved), Code::Malformed);
    assert_eq!(code(&bytes[..table]), Code::Malformed);
    let other = text.replace("startxref\n", "startxref\n1");
    assert_eq!(code(other.as_bytes()), Code::Malformed);
    let mut far = bytes.clone();
    far.extend(vec![b' '; 4096]);
    assert_eq!(code(&far), Code::Malformed);
}

#[test]
fn notes_and_links_are_left_out_and_hidden_annotations_too() {
    looks_as_plain(&planted(|made| {
        made.page = "/Annots[20 0 R 21 0 R 22 0 R 23 0 R]".into();
        made.put(20, format!("<</Subtype/Text/Rect[9 9 29 29]/Contents({CANARY})/T({CANARY})/Popup 21 0 R/AP<</N 24 0 R>>>>").as_bytes());
        made.put(
            21,
            format!("<</Subtype/Popup/Rect[0 0 99 99]/Open true/Contents({CANARY})>>").as_bytes(),
        );
        made.put(
            22,
            format!("<</Subtype/Link/Rect[0 0 99 99]/A<</S/URI/URI(http://{CANARY}.example)>>>>")
                .as_bytes(),
        );
        made.put(
            23,
            format!("<</Subtype/FreeText/F 2/Rect[0 0 99 99]/Contents({CANARY})/AP<</N 24 0 R>>>>")
                .as_bytes(),
        );
        made.put(24, &form("", "0 g 0 0 200 100 re f"));
    }));
}

#[test]
fn an_annotation_that_covers_the_page_is_not_lifted() {
    let secret = format!("{VISIBLE} BT /F 18 Tf 20 15 Td ({CANARY}) Tj ET ");
    for annotation in [
        "<</Subtype/Square/Rect[10 5 140 35]/IC[0 0 0]/C[0 0 0]>>",
        "<</Subtype/Square/Rect[10 5 140 35]/AP<</N 20 0 R>>>>",
        "<</Subtype/Redact/Rect[10 5 140 35]>>",
        "<</Subtype/Highlight/Rect[10 5 140 35]>>",
        "<</Subtype/Unknown/Rect[10 5 140 35]>>",
        // A note as large as a bar, a field of a layer.
        "<</Subtype/Text/Rect[10 5 140 35]/AP<</N 20 0 R>>>>",
        "<</Subtype/Widget/OC 21 0 R/Rect[10 5 140 35]/AP<</N 20 0 R>>>>",
    ] {
        let mut made = Made::page(&secret);
        made.put(20, &form("", "0 g 0 0 200 100 re f"));
        made.page = format!("/Annots[{annotation}]");
        let refusal = run(&made.bytes()).unwrap_err();
        assert_eq!((refusal.code, refusal.page), (Code::Annotations, Some(1)), "{annotation}");
    }
}

#[test]
fn a_form_field_leaves_as_it_looks() {
    let mut made = Made::page(VISIBLE);
    made.put(20, &form("", "0 g 0 0 200 100 re f"));
    made.page = format!(
        "/Annots[<</Subtype/Widget/Rect[10 5 140 35]/AP<</N 20 0 R>>/V({CANARY})/TU({CANARY})>>]"
    );
    made.catalog = format!("/AcroForm<</Fields[]/DA({CANARY})>>");
    let copy = flat(&made);
    assert_eq!(pages(&copy.bytes)[0].get_pixel(60, 80), &BLACK);
    assert!(!says(&copy.bytes, CANARY));
    assert_eq!(copy.notes[0].code, NoteCode::FormFields);
    made.catalog = "/AcroForm<</XFA[]>>".into();
    assert_eq!(code(&made.bytes()), Code::Active);
}

/// A page whose second text belongs to a layer.
fn layered(config: &str, mark: &str, properties: &str) -> Made {
    let mut made =
        Made::page(&format!("{VISIBLE} {mark} BT /F 18 Tf 20 15 Td ({CANARY}) Tj ET EMC"));
    made.catalog = format!("/OCProperties<</OCGs[20 0 R 21 0 R]/D<<{config}>>>>");
    made.put(20, format!("<</Type/OCG/Name({CANARY})>>").as_bytes());
    made.put(21, b"<</Type/OCG/Name(other)>>");
    made.put(22, b"<</Type/OCMD/OCGs 20 0 R>>");
    made.resources = format!("/Properties<<{properties}>>");
    made
}

#[test]
fn a_hidden_layer_does_not_survive() {
    let plain = flat(&Made::page(VISIBLE)).bytes;
    let shown = flat(&layered("", "/OC /L BDC", "/L 20 0 R")).bytes;
    assert_ne!(shown, plain, "a layer that is on is seen");
    for (config, properties) in [
        ("/OFF[20 0 R]", "/L 20 0 R"),
        ("/BaseState/OFF/ON[21 0 R]", "/L 20 0 R"),
        ("/OFF[20 0 R]", "/L 22 0 R"),
    ] {
        let copy = flat(&layered(config, "/OC /L BDC", properties));
        assert_eq!(copy.bytes, plain, "{config} {properties}");
        assert!(copy.notes.iter().any(|note| note.code == NoteCode::HiddenLayers));
    }
    // Forms and pictures of a hidden layer.
    let mut made = layered("/OFF[20 0 R]", "/OC /L BDC", "/L 20 0 R");
    made.put(4, &stream("", format!("{VISIBLE} /X Do").as_bytes()));
    made.resources = "/XObject<</X 23 0 R>>".into();
    made.put(23, &form("/OC 20 0 R", "0 g 0 0 90 90 re f"));
    assert_eq!(flat(&made).bytes, plain);
}

#[test]
fn layers_that_we_cannot_decide_withhold_the_document() {
    let off = "/OFF[20 0 R]";
    let refused = [
        layered(
            "/OFF[20 0 R]/AS[<</Event/View/Category[/Zoom]/OCGs[20 0 R]>>]",
            "/OC /L BDC",
            "/L 20 0 R",
        ),
        layered("/BaseState/Unchanged", "/OC /L BDC", "/L 20 0 R"),
        // A membership written in place: our renderer would not find it and show the content.
        layered(off, "/OC /L BDC", "/L<</Type/OCMD/OCGs 20 0 R>>"),
        layered(off, "/OC <</Type/OCMD/OCGs 20 0 R>> BDC", ""),
        layered(off, "/OC /L BDC", ""),
        layered(off, "EMC /OC /L BDC", "/L 20 0 R"),
        layered(off, "/OC /L BDC EMC EMC", "/L 20 0 R"),
    ];
    for (index, made) in refused.iter().enumerate() {
        assert_eq!(code(&made.bytes()), Code::Layers, "{index}");
    }
    let mut expression = layered(off, "/OC /L BDC", "/L 22 0 R");
    expression.put(22, b"<</Type/OCMD/VE[/Not 20 0 R]>>");
    assert_eq!(code(&expression.bytes()), Code::Layers);
    let mut design = layered(off, "/OC /L BDC", "/L 20 0 R");
    design.put(20, b"<</Type/OCG/Intent/Design>>");
    assert_eq!(code(&design.bytes()), Code::Layers);
}

#[test]
fn what_our_renderer_would_leave_out_withholds_the_document() {
    let cover =
        |drawing: &str| format!("{VISIBLE} BT /F 18 Tf 20 15 Td ({CANARY}) Tj ET {drawing}");
    let cases = [
        ("/Missing Do", Code::Unfaithful),
        ("/Missing gs 0 0 200 100 re f", Code::Unfaithful),
        ("/Pattern cs /Missing scn 0 0 200 100 re f", Code::Unfaithful),
        ("/Missing cs 0 sc 0 0 200 100 re f", Code::Unfaithful),
        ("/Missing sh", Code::Unfaithful),
        ("BT /Missing 9 Tf (x) Tj ET", Code::Unfaithful),
        ("0 0 200 100 rectangle 0 g 0 0 200 100 re f", Code::Unfaithful),
        ("(open string 0 g 0 0 200 100 re f", Code::Malformed),
        ("<zz> 0 0 200 100 re f", Code::Malformed),
        ("BI /W 1 /H 1 ID \x01 0 g 0 0 200 100 re f", Code::Malformed),
        ("0 0 (x) 100 re f", Code::Malformed),
        ("] 0 g 0 0 200 100 re f", Code::Malformed),
    ];
    for (drawing, wanted) in cases {
        let found = code(&Made::page(&cover(drawing)).bytes());
        let either = [Code::Malformed, Code::Unfaithful];
        assert!(found == wanted || either.contains(&found), "{drawing}: {found:?}");
    }
    let mut blend = Made::page(&cover("/G gs 0 0 200 100 re f"));
    blend.resources = "/ExtGState<</G<</BM/Magic>>>>".into();
    assert_eq!(code(&blend.bytes()), Code::Unfaithful);
    let mut knockout = Made::page(&cover("/X Do"));
    knockout.resources = "/XObject<</X 20 0 R>>".into();
    knockout.put(20, &form("/Group<</S/Transparency/K true>>", "0 0 9 9 re f"));
    assert_eq!(code(&knockout.bytes()), Code::Unfaithful);
}

#[test]
fn a_picture_with_a_mask_hides_what_the_mask_hides() {
    // 2 × 1: red and green; the mask shows the left half only.
    let mut made = Made::page("q 200 0 0 100 0 0 cm /X Do Q");
    made.resources = "/XObject<</X 20 0 R>>".into();
    let head = "/Subtype/Image/Width 2/Height 1/BitsPerComponent 8";
    made.put(
        20,
        &stream(&format!("{head}/ColorSpace/DeviceRGB/SMask 21 0 R"), &[200, 0, 0, 0, 200, 0]),
    );
    made.put(21, &stream(&format!("{head}/ColorSpace/DeviceGray"), &[255, 0]));
    let page = pages(&flat(&made).bytes).remove(0);
    assert!(page.get_pixel(20, 50).0[1] < 60);
    assert_eq!(page.get_pixel(180, 50), &WHITE);
    // A mask that is too short or of an odd kind would be left out, and the picture shown whole.
    made.put(21, &stream(&format!("{head}/ColorSpace/DeviceGray"), &[255]));
    assert_eq!(code(&made.bytes()), Code::Malformed);
    made.put(21, &stream(&format!("{head}/ColorSpace/DeviceRGB"), &[255; 6]));
    assert_eq!(code(&made.bytes()), Code::Unfaithful);
    made.put(21, &stream("/Subtype/Image/Width 0/Height 1/ColorSpace/DeviceGray", &[]));
    assert_eq!(code(&made.bytes()), Code::Malformed);
}

#[test]
fn a_photograph_in_a_page_is_shown_without_its_metadata() {
    let (jpeg, _) = crate::picture::samples().swap_remove(0);
    let comment = [&[0xFF, 0xFE, 0, CANARY.len() as u8 + 2], CANARY.as_bytes()].concat();
    let jpeg = [&jpeg[..2], &comment, &jpeg[2..]].concat();
    let mut made = Made::page("q 200 0 0 100 0 0 cm /X Do Q");
    made.resources = "/XObject<</X 20 0 R>>".into();
    let head =
        "/Subtype/Image/Width 12/Height 8/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode";
    made.put(20, &stream(head, &jpeg));
    let copy = flat(&made);
    assert!(!says(&copy.bytes, CANARY));
    assert!(pages(&copy.bytes)[0].get_pixel(20, 10).0[0] < 80, "dark left upper corner");
}

#[test]
fn encrypted_documents_are_withheld() {
    let mut made = Made::page(VISIBLE);
    made.trailer = "/Encrypt<</Filter/Standard/V 1/R 2/O()/U()/P -4>>".into();
    assert_eq!(code(&made.bytes()), Code::Encrypted);
}

#[test]
fn streams_coded_in_every_text_filter_look_the_same() {
    let hex: String = VISIBLE.bytes().map(|byte| format!("{byte:02x}")).collect();
    let twice = deflate(&deflate(VISIBLE.as_bytes()));
    let mut lzw = weezl_like(VISIBLE.as_bytes());
    lzw.push(0);
    let run_length: Vec<u8> = VISIBLE
        .as_bytes()
        .chunks(100)
        .flat_map(|chunk| [&[chunk.len() as u8 - 1], chunk].concat())
        .chain([128])
        .collect();
    for (filter, data) in [
        ("/ASCIIHexDecode", format!("{hex}>").into_bytes()),
        ("[/FlateDecode/FlateDecode]", twice),
        ("/LZWDecode", lzw),
        ("/RunLengthDecode", run_length),
    ] {
        let mut made = Made::page(VISIBLE);
        made.put(4, &stream(&format!("/Filter{filter}"), &data));
        assert_eq!(
            run(&made.bytes()).map(|copy| copy.bytes),
            Ok(flat(&Made::page(VISIBLE)).bytes),
            "{filter}"
        );
    }
}

/// LZW that never fills its table: a clear code before every 200 bytes, codes of 9 bits.
fn weezl_like(data: &[u8]) -> Vec<u8> {
    let mut codes = Vec::new();
    for chunk in data.chunks(200) {
        codes.push(256_u32);
        codes.extend(chunk.iter().map(|byte| u32::from(*byte)));
    }
    codes.push(257);
    let bits: Vec<u32> =
        codes.iter().flat_map(|code| (0..9).rev().map(move |i| code >> i & 1)).collect();
    bits.chunks(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit) << (8 - byte.len()))
        .map(|b| b as u8)
        .collect()
}

#[test]
fn bombs_are_refused_before_they_are_expanded() {
    let started = std::time::Instant::now();
    let tight = Limits { expanded_bytes: 4 << 20, work: 100_000_000, ..limits() };
    let code = |bytes: &[u8]| flatten(bytes, "application/pdf", &tight).unwrap_err().code;
    // 8 MiB of white space in 8 KiB, and then in a few bytes.
    let spaces = deflate(&vec![b' '; 8 << 20]);
    for (filter, data) in [
        ("/FlateDecode", spaces.clone()),
        ("[/FlateDecode/FlateDecode]", deflate(&spaces)),
        ("/RunLengthDecode", [129, b' '].repeat(40_000)),
    ] {
        let mut made = Made::page("");
        made.put(4, &stream(&format!("/Filter{filter}"), &data));
        assert_eq!(code(&made.bytes()), Code::Expansion, "{filter}");
    }
    // Forms that draw forms: 10^9 drawings in a few lines.
    let mut made = Made::page(&"/X20 Do ".repeat(10));
    made.resources = "/XObject<</X20 20 0 R>>".into();
    for level in 20..29 {
        let next = level + 1;
        let resources = format!("/Resources<</XObject<</X{next} {next} 0 R>>>>");
        made.put(level, &form(&resources, &format!("/X{next} Do ").repeat(10)));
    }
    made.put(29, &form("", "0 0 200 100 re f"));
    assert_eq!(code(&made.bytes()), Code::Work);
    // A form that draws itself.
    let mut made = Made::page("/X Do");
    made.resources = "/XObject<</X 20 0 R>>".into();
    made.put(20, &form("/Resources<</XObject<</X 20 0 R>>>>", "/X Do"));
    assert!(matches!(code(&made.bytes()), Code::Depth | Code::Unfaithful));
    // A page tree and a chain of revisions that bite their tails; depth; a huge page and picture.
    let mut made = Made::page(VISIBLE);
    made.put(2, b"<</Type/Pages/Kids[2 0 R]/Count 1>>");
    assert_eq!(code(&made.bytes()), Code::Malformed);
    let bytes = Made::page(VISIBLE).bytes();
    let at = bytes.windows(7).position(|w| w == b"xref\n0 ").unwrap();
    assert_eq!(code(&update(bytes.clone(), &[], &[], "/XRefStm 0")), Code::Malformed);
    let text = String::from_utf8_lossy(&bytes).replace("/Root", &format!("/Prev {at}/Root"));
    assert_eq!(code(text.as_bytes()), Code::Malformed);
    let mut made = Made::page(VISIBLE);
    made.page = format!("/Deep {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(code(&made.bytes()), Code::Depth);
    let mut made = Made::page(VISIBLE);
    made.page = "/CropBox[0 0 1e9 1e9]".into();
    assert_eq!(code(&made.bytes()), Code::Malformed, "exponents are no PDF numbers");
    made.put(3, b"<</Type/Page/MediaBox[0 0 1000000 1000000]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>");
    assert_eq!(code(&made.bytes()), Code::Pixels);
    let mut made = Made::page("/X Do");
    made.resources = "/XObject<</X 20 0 R>>".into();
    made.put(
        20,
        &stream(
            "/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray",
            b"x",
        ),
    );
    assert_eq!(code(&made.bytes()), Code::Pixels);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn too_many_pages_are_refused() {
    let mut made = Made::page(VISIBLE);
    let kids: String = (0..9).map(|index| format!("{} 0 R ", 20 + index)).collect();
    made.put(2, format!("<</Type/Pages/Kids[{kids}]/Count 9/MediaBox[0 0 200 100]>>").as_bytes());
    for index in 0..9 {
        made.put(20 + index, b"<</Type/Page/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>");
    }
    assert_eq!(flat(&made).pages, 9);
    let few = Limits { pages: 8, ..limits() };
    assert_eq!(flatten(&made.bytes(), "application/pdf", &few).unwrap_err().code, Code::Pages);
}

#[test]
fn a_pdf_declared_as_something_else_is_refused_and_so_is_one_with_a_prefix() {
    let bytes = Made::page(VISIBLE).bytes();
    assert_eq!(flatten(&bytes, "image/png", &limits()).unwrap_err().code, Code::TypeMismatch);
    let shifted = [b"GIF89a".to_vec(), bytes].concat();
    assert_eq!(code(&shifted), Code::TypeMismatch);
    assert_eq!(code(&object(1, b"<<>>")), Code::TypeMismatch);
}
