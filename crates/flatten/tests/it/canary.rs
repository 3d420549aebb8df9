//! Words planted in hidden places, and the search for them in every byte of a copy.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// Plant this, or begin with it; digits may follow.
pub const CANARY: &str = "Canario-Zeta";

/// Every form in which the bytes can be read: as they are, and each zlib stream in them expanded.
fn readings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![bytes.to_vec()];
    for at in 0..bytes.len().saturating_sub(2) {
        let header = u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        if bytes[at] & 0x0F == 8 && header.is_multiple_of(31) {
            let mut out = Vec::new();
            let _ = ZlibDecoder::new(&bytes[at..]).take(64 << 20).read_to_end(&mut out);
            if out.len() > CANARY.len() {
                all.push(out);
            }
        }
    }
    all
}

/// The spellings of a word: plain, UTF-16 of both orders, hexadecimal, base64 at each alignment.
fn spellings(word: &str) -> Vec<Vec<u8>> {
    let mut all = vec![word.as_bytes().to_vec(), word.to_lowercase().into_bytes()];
    all.push(word.encode_utf16().flat_map(u16::to_le_bytes).collect());
    all.push(word.encode_utf16().flat_map(u16::to_be_bytes).collect());
    all.push(word.bytes().map(|b| format!("{b:02x}")).collect::<String>().into_bytes());
    all.push(word.bytes().map(|b| format!("{b:02X}")).collect::<String>().into_bytes());
    all.push(word.bytes().rev().collect());
    for shift in 0..3 {
        let mut padded = vec![b'?'; shift];
        padded.extend(word.bytes());
        let text = base64(&padded);
        all.push(text.as_bytes()[if shift == 0 { 0 } else { 4 }..text.len() - 4].to_vec());
    }
    all
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |sum, b| sum << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            text.push(char::from(ALPHABET[(word >> (18 - 6 * i)) as usize & 63]));
        }
    }
    text
}

/// Whether the word is anywhere in the bytes, in any spelling, compressed or not.
pub fn says(bytes: &[u8], word: &str) -> bool {
    let spellings = spellings(word);
    readings(bytes).iter().any(|reading| {
        spellings.iter().any(|spelling| memchr::memmem::find(reading, spelling).is_some())
    })
}

#[test]
fn the_search_finds_what_is_there() {
    for spelling in spellings(CANARY) {
        let text = [b"before ".as_slice(), &spelling, b" after"].concat();
        assert!(says(&text, CANARY), "{spelling:?}");
        let mut packed = Vec::new();
        flate2::read::ZlibEncoder::new(&text[..], flate2::Compression::best())
            .read_to_end(&mut packed)
            .unwrap();
        let file = [b"%PDF".as_slice(), &packed].concat();
        assert!(says(&file, CANARY));
    }
    assert!(!says(b"nothing here", CANARY));
}
