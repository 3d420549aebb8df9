//! Searches bytes for texts that must not leave, in every form in which they could.

use std::collections::{HashMap, HashSet};
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use enlace_stix::{Timestamp, canonical};
use flate2::read::GzDecoder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::support::scenario_json;

/// The namespace of SCO ids (STIX 2.1 §2.9).
const SCO: Uuid = Uuid::from_u128(0x00abedb4_aa42_466c_9c01_fed23315a9b7);
/// Bytes that are looked up at once; no form is shorter.
const KEY: usize = 6;
/// What `encodeURIComponent` leaves.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// A text that must not leave.
#[derive(Debug, Clone)]
pub struct Canary {
    pub object: String,
    pub property: String,
    pub value: String,
}

/// Every text of `scenario/withheld.json`.
pub fn withheld() -> Vec<Canary> {
    let of = |v: &Value, name: &str| v[name].as_str().unwrap().to_owned();
    let all = scenario_json("withheld.json");
    let all = all.as_array().unwrap().iter().map(|c| Canary {
        object: of(c, "object"),
        property: of(c, "property"),
        value: of(c, "canary"),
    });
    all.collect()
}

struct Needle {
    canary: usize,
    form: &'static str,
    bytes: Vec<u8>,
}

/// Finds any form of any canary in one pass.
pub struct Searcher {
    canaries: Vec<Canary>,
    /// Compared as they are.
    exact: Index,
    /// In lower case, compared with the lower-cased bytes.
    folded: Index,
}

/// Needles by their first bytes.
#[derive(Default)]
struct Index {
    needles: Vec<Needle>,
    by_key: HashMap<[u8; KEY], Vec<usize>>,
    /// One bit for each possible hash of a key: most places are passed over by it.
    seen: Vec<bool>,
}

impl Index {
    fn add(&mut self, needle: Needle) {
        let key: [u8; KEY] = needle.bytes[..KEY].try_into().unwrap();
        self.seen.resize(1 << 16, false);
        self.seen[hash(&key)] = true;
        self.by_key.entry(key).or_default().push(self.needles.len());
        self.needles.push(needle);
    }

    fn find(&self, bytes: &[u8], mut found: impl FnMut(&Needle)) {
        for (place, window) in bytes.windows(KEY).enumerate() {
            let key: &[u8; KEY] = window.try_into().unwrap();
            if !self.seen[hash(key)] {
                continue;
            }
            for index in self.by_key.get(key).into_iter().flatten() {
                let needle = &self.needles[*index];
                if bytes[place..].starts_with(&needle.bytes) {
                    found(needle);
                }
            }
        }
    }
}

fn hash(key: &[u8; KEY]) -> usize {
    let [a, b, c, d, e, f] = key.map(usize::from);
    (a ^ (b << 3) ^ (c << 6) ^ (d << 8) ^ (e << 5) ^ (f << 2)) & 0xffff
}

impl Searcher {
    pub fn new(canaries: Vec<Canary>) -> Self {
        let (mut exact, mut folded) = (Index::default(), Index::default());
        let mut known = HashSet::new();
        for (canary, c) in canaries.iter().enumerate() {
            for (form, bytes) in forms(&c.value) {
                assert!(bytes.len() >= KEY, "`{}` is too short to be told from chance", c.value);
                if known.insert((false, bytes.clone())) {
                    exact.add(Needle { canary, form, bytes: bytes.clone() });
                }
                let Ok(text) = String::from_utf8(bytes) else { continue };
                let bytes = text.to_lowercase().into_bytes();
                // Base64 in lower case says nothing.
                if !form.contains("base64") && known.insert((true, bytes.clone())) {
                    folded.add(Needle { canary, form, bytes });
                }
            }
        }
        Self { canaries, exact, folded }
    }

    /// Every canary found in the bytes, in what is packed in them, and how it was written.
    pub fn search(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        let mut found = HashSet::new();
        for (how, bytes) in unpacked(bytes) {
            let mut note = |needle: &Needle| {
                let Canary { object, property, value } = &self.canaries[needle.canary];
                let form = needle.form;
                found.insert(format!("{place}: {object} {property} `{value}` as {form}{how}"));
            };
            self.exact.find(&bytes, &mut note);
            let lower = String::from_utf8_lossy(&bytes).to_lowercase();
            self.folded.find(lower.as_bytes(), &mut note);
        }
        let mut found: Vec<String> = found.into_iter().collect();
        found.sort();
        found
    }
}

/// The bytes, and what gzip members and runs of base64 in them hold.
fn unpacked(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![("", bytes.to_vec())];
    all.extend(runs(bytes).into_iter().map(|inner| (", inside base64", inner)));
    let mut next = 0;
    while next < all.len() && all.len() < 10_000 {
        for inner in members(&all[next].1) {
            all.push((", inside gzip", inner));
        }
        next += 1;
    }
    all
}

/// What the gzip members in the bytes hold, as far as they can be read.
fn members(bytes: &[u8]) -> Vec<Vec<u8>> {
    let begins = |w: &[u8]| w == [0x1f, 0x8b, 0x08];
    let places = bytes.windows(3).enumerate().filter(|(_, w)| begins(w)).map(|(place, _)| place);
    let read = |place: usize| {
        let mut inner = Vec::new();
        let _ = GzDecoder::new(&bytes[place..]).take(64 << 20).read_to_end(&mut inner);
        inner
    };
    places.map(read).filter(|inner| !inner.is_empty()).collect()
}

/// What longer runs of base64 decode to.
fn runs(bytes: &[u8]) -> Vec<Vec<u8>> {
    let of_base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_".contains(b);
    let runs = bytes.split(|b| !of_base64(b)).filter(|run| run.len() >= 24);
    runs.filter_map(|run| {
        let whole = &run[..run.len() - usize::from(run.len() % 4 == 1)];
        STANDARD_NO_PAD.decode(whole).or_else(|_| URL_SAFE_NO_PAD.decode(whole)).ok()
    })
    .collect()
}

/// Every form of a text that is searched for.
pub fn forms(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![("text", value.as_bytes().to_vec())];
    let mut add = |form, text: String| forms.push((form, text.into_bytes()));
    add("lower case", value.to_lowercase());
    for text in escaped(value) {
        add("JSON escapes", text);
    }
    add("HTML escapes", html(value));
    add("percent-encoding", utf8_percent_encode(value, NON_ALPHANUMERIC).to_string());
    add("percent-encoding", utf8_percent_encode(value, COMPONENT).to_string());
    add("percent-encoding", utf8_percent_encode(value, COMPONENT).to_string().replace("%20", "+"));
    add("hex", hex::encode(value));
    add("hex", hex::encode_upper(value));
    for text in [value.to_owned(), value.to_lowercase()] {
        for part in base64_parts(text.as_bytes()) {
            add("base64", part.replace('+', "-").replace('/', "_"));
            add("base64", part);
        }
    }
    for (form, hash) in hashes(value) {
        add(form, hash);
    }
    if let Ok(uuid) = value.parse::<Uuid>() {
        add("UUID without dashes", uuid.simple().to_string());
    }
    if let Ok(time) = value.parse::<Timestamp>() {
        add("time as number", time.micros().to_string());
        add("time as number", (time.micros() / 1000).to_string());
    }
    if let Ok(uuid) = value.parse::<Uuid>() {
        forms.push(("UUID as bytes", uuid.as_bytes().to_vec()));
    }
    forms.push(("UTF-16", value.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    if !value.is_ascii() {
        let latin: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
        forms.extend(latin.map(|bytes| ("ISO 8859-1", bytes)));
    }
    forms
}

/// As JSON writers write it: quotes, solidus, everything outside ASCII, everything at all.
fn escaped(value: &str) -> [String; 4] {
    let units = |keep: &dyn Fn(char) -> bool| {
        let mut text = String::new();
        for c in value.chars() {
            match keep(c) {
                true => text.push(c),
                false => c
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
            }
        }
        text
    };
    let quoted = json!(value).to_string();
    let quoted = quoted[1..quoted.len() - 1].to_owned();
    let ascii = units(&|c| c.is_ascii()).replace('"', "\\\"");
    [quoted.clone(), quoted.replace('/', "\\/"), ascii, units(&|_| false)]
}

fn html(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What is the same wherever the value stands in a text that is encoded as a whole.
fn base64_parts(value: &[u8]) -> Vec<String> {
    let at = |before: usize| {
        let text = STANDARD_NO_PAD.encode([&vec![0; before], value].concat());
        // Characters that also bear bits of the neighbours are cut off.
        let (from, to) = ((before * 8).div_ceil(6), (before + value.len()) * 8 / 6);
        text[from..to].to_owned()
    };
    (0..3).map(at).collect()
}

/// Digests and names that are made of the value alone, and so can be guessed from it.
fn hashes(value: &str) -> Vec<(&'static str, String)> {
    let member = |name: &str, text: &str| canonical::to_string(&json!({ name: text }));
    let mut texts = Vec::new();
    for text in [value.to_owned(), value.to_lowercase()] {
        texts.push(canonical::to_string(&json!(text)));
        for name in ["value", "name", "number", "iban", "serial"] {
            texts.push(member(name, &text));
        }
        texts.push(text);
    }
    let mut found = Vec::new();
    for text in &texts {
        let digest = Sha256::digest(text);
        found.push(("SHA-256", hex::encode(digest)));
        found.push(("SHA-256 in base64", STANDARD.encode(digest)));
        found.push(("SHA-256 in base64", URL_SAFE_NO_PAD.encode(digest)));
        for space in [SCO, enlace_stix::types::NAMESPACE] {
            found.push(("UUIDv5", Uuid::new_v5(&space, text.as_bytes()).to_string()));
        }
    }
    found
}

#[test]
fn the_searcher_finds_a_leak_in_every_form() {
    use std::io::Write as _;

    let canaries = withheld();
    assert!(canaries.len() > 200, "the case has its withheld texts");
    let searcher = Searcher::new(canaries.clone());
    for canary in &canaries {
        for (form, bytes) in forms(&canary.value) {
            let answer = [b"{\"objects\":[{\"name\":\"".as_slice(), &bytes, b"\"}]}"].concat();
            let found = searcher.search("here", &answer);
            // Dates that differ in the last digit share what is left of them in base64.
            assert!(!found.is_empty(), "`{}` as {form} is not found", canary.value);
        }
    }
    let canary = &canaries[canaries.len() / 2];
    let found =
        |bytes: &[u8]| searcher.search("here", bytes).iter().any(|f| f.contains(&canary.value));
    let text = json!({ "objects": [{ "name": canary.value }] }).to_string();
    // A whole answer in base64, whatever stands before the value.
    for before in ["", "x", "xx"] {
        assert!(found(STANDARD.encode(format!("{before}{text}")).as_bytes()), "base64 {before}");
        assert!(found(hex::encode(format!("{before}{text}")).as_bytes()), "hex {before}");
    }
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    zip.write_all(text.as_bytes()).unwrap();
    let zip = zip.finish().unwrap();
    assert!(found(&zip), "an answer in gzip");
    assert!(found(&[b"some bytes before".as_slice(), &zip].concat()), "a gzip member inside");
    assert!(found(STANDARD.encode(&zip).as_bytes()), "gzip in base64");
    let digest = hex::encode(Sha256::digest(&canary.value)).to_uppercase();
    assert!(found(format!("\"sha256\":\"{digest}\"").as_bytes()), "SHA-256 in upper case");
    let clean = json!({ "name": "Los Calamares del Sur", "serial": "TXZ48213" }).to_string();
    assert_eq!(searcher.search("here", clean.as_bytes()), Vec::<String>::new());
}
