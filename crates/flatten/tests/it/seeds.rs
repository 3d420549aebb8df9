//! Seeds of the fuzz target `flatten`: one small document of each kind, behind the byte that says
//! how it is declared. Written with `ENLACE_WRITE=1`.

use std::path::Path;

use enlace_flatten::{Limits, flatten};

use crate::office::{DOCX, XLSX};

/// As in the target.
const MIMES: [&str; 6] = ["", "application/pdf", DOCX, XLSX, "text/html", "text/plain"];

#[test]
fn every_seed_of_the_fuzz_target_is_a_good_document() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/flatten");
    if std::env::var_os("ENLACE_WRITE").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for (index, (bytes, mime)) in crate::total::samples().into_iter().enumerate() {
            let declared = MIMES.iter().position(|known| *known == mime).unwrap_or(0) as u8;
            let seed = [&[declared], &bytes[..]].concat();
            std::fs::write(folder.join(format!("{index:02}")), seed).unwrap();
        }
    }
    let mut count = 0;
    for seed in std::fs::read_dir(&folder).unwrap() {
        let seed = std::fs::read(seed.unwrap().path()).unwrap();
        let mime = MIMES[usize::from(seed[0])];
        assert_eq!(flatten(&seed[1..], mime, &Limits::default()).err(), None, "{mime}");
        count += 1;
    }
    assert!(count >= 12);
}
