//! Any bytes: an answer, never a panic, and the same one again.

use enlace_flatten::{Code, Limits, flatten};
use proptest::prelude::*;

use crate::office::{DOCX, VISIBLE, XLSX, docx, one_row, xlsx};
use crate::{made, picture};

const MIMES: &[&str] = &[
    "",
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/tiff",
    "image/bmp",
    "application/pdf",
    DOCX,
    XLSX,
    "text/plain",
    "text/csv",
    "text/html",
];

/// One small document of each kind.
pub fn samples() -> Vec<(Vec<u8>, &'static str)> {
    let page = made::Made::page("BT /F 18 Tf 20 60 Td (Informe) Tj ET 1 0 0 rg 9 9 30 30 re f");
    let html = b"<p style='text-align:left'>a<details><summary>b</summary>c</details><!-- d -->";
    let mut all = picture::samples();
    all.push((page.bytes(), "application/pdf"));
    all.push((page.packed(), "application/pdf"));
    all.push((docx(VISIBLE).bytes(), DOCX));
    all.push((xlsx(&one_row(""), "").bytes(), XLSX));
    all.push((html.to_vec(), "text/html"));
    all.push(("año\u{200B}\r\n".as_bytes().to_vec(), "text/plain"));
    all
}

/// Small, so that whatever comes out of noise is done soon.
pub fn small() -> Limits {
    Limits { pixels: 1 << 20, pages: 8, work: 50_000_000, dpi: 36, ..Limits::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_bytes_of_any_declared_type_give_an_answer(
        bytes in prop::collection::vec(any::<u8>(), 0..512),
        mime in prop::sample::select(MIMES),
    ) {
        let first = flatten(&bytes, mime, &small());
        prop_assert_ne!(first.as_ref().err().map(|r| r.code), Some(Code::Fault));
        prop_assert_eq!(first, flatten(&bytes, mime, &small()));
    }

    #[test]
    fn a_document_with_bytes_changed_gives_an_answer(
        which in 0_usize..12,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        do_cut in any::<bool>(),
    ) {
        let (mut bytes, mime) = samples().swap_remove(which);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if do_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let first = flatten(&bytes, mime, &small());
        prop_assert_ne!(first.as_ref().err().map(|r| r.code), Some(Code::Fault));
        prop_assert_eq!(first, flatten(&bytes, mime, &small()));
    }
}
