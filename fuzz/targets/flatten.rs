//! Any bytes as a document of any kind: a copy or a refusal, the same again, and a copy that is
//! itself a document of the type it says. Panics of decoders are refusals, and so are not found
//! here; one in our own reading of office documents or text is.
#![no_main]

use enlace_flatten::{Code, Limits, flatten};
use libfuzzer_sys::fuzz_target;

const MIMES: [&str; 6] = [
    "",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text/html",
    "text/plain",
];

fuzz_target!(
    init: std::panic::set_hook(Box::new(|_| {})),
    |bytes: &[u8]| {
        let Some((first, bytes)) = bytes.split_first() else { return };
        let mime = MIMES[usize::from(*first) % MIMES.len()];
        let limits = Limits {
            pixels: 1 << 18,
            pages: 4,
            expanded_bytes: 4 << 20,
            parts: 10_000,
            work: 20_000_000,
            dpi: 36,
            ..Limits::default()
        };
        let result = flatten(bytes, mime, &limits);
        match &result {
            Ok(flat) => {
                assert!(flat.pages >= 1 && flat.pages <= limits.pages);
                assert_eq!(result, flatten(bytes, mime, &limits));
                // The pages of a drawn text are larger than the small limit of pixels.
                let again = Limits { pixels: 1 << 24, work: u64::MAX, ..limits };
                assert!(flat.bytes.is_empty() || flatten(&flat.bytes, flat.mime, &again).is_ok());
            }
            Err(refusal) if refusal.code == Code::Fault => {
                let decoders = matches!(mime, "" | "application/pdf");
                if !decoders {
                    std::process::abort();
                }
            }
            Err(_) => {}
        }
    }
);
