//! Any bytes as a file: the reader ends, and every item is a part of the file.
#![no_main]

use enlace_stix::read::{self, Stream};
use enlace_stix::{Limits, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { object_bytes: 2048, ..Limits::default() };
    let mut stream = Stream::within(bytes, limits);
    let mut behind = 0;
    while let Ok(Some(item)) = stream.next() {
        let from = item.offset as usize;
        assert!(from >= behind, "items come in their order");
        behind = from;
        if let Ok(text) = item.text() {
            assert_eq!(&bytes[from..from + text.len()], text.as_bytes());
        }
        match item.object() {
            Ok(object) => drop(validate::object(&object)),
            Err(error) => drop((item.id(), validate::unreadable(&error))),
        }
    }
    if let Some(container) = stream.container() {
        let _ = validate::bundle(container);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = read::split(text);
    }
});
