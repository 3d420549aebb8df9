//! Addresses and transactions of cryptocurrencies, with the checks that SHA-256 allows.
//!
//! Ethereum's mixed-case check (EIP-55) needs Keccak-256, which the crate does not have: only the form
//! is looked at. Monero (Keccak too) and Solana (no check at all) likewise.

use sha2::{Digest, Sha256};

use super::{Doubt, Normal, glyphs};

/// Letters of Base58 in the order of Bitcoin, and of the XRP Ledger.
const BITCOIN: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &str = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
/// Letters of Bech32 (BIP 173).
const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The address without a URI scheme before or a query behind it; lower case where case means nothing
/// (Bech32, hexadecimal), as it is where it does (Base58).
pub(super) fn address(raw: &str) -> Normal {
    let text = bare(&glyphs::plain(raw));
    let lower = text.to_ascii_lowercase();
    if is_hex_address(&lower) {
        return Normal::new(format!("0x{}", lower.strip_prefix("0x").unwrap_or(&lower)));
    }
    if let Some(digits) = lower.strip_prefix("0x").filter(|d| is_hex(d)) {
        let mut normal = Normal::new(lower.clone());
        let reason = format!("{} digits, an address of Ethereum has 40", digits.len());
        normal.doubt(Doubt::WrongLength, reason);
        return normal;
    }
    if let Some((prefix, data)) = bech32_parts(&text, &lower) {
        return bech32(lower.clone(), prefix, data);
    }
    if let Some(data) = cash_parts(&text, &lower) {
        let mut normal = Normal::new(format!("bitcoincash:{data}"));
        if cash_checksum("bitcoincash", data) != Some(1) {
            normal.doubt(Doubt::WrongCheckDigit, "the checksum of the address is wrong");
        }
        return normal;
    }
    base58(text)
}

/// Hash of a transaction: hexadecimal digits in lower case without `0x`; another form as it is.
pub(super) fn transaction(raw: &str) -> Normal {
    let text = glyphs::plain(raw);
    let lower = text.to_ascii_lowercase();
    let digits = lower.strip_prefix("0x").unwrap_or(&lower);
    if digits.len() == 64 && is_hex(digits) {
        return Normal::new(digits.to_owned());
    }
    let mut normal = Normal::new(text);
    normal.doubt(Doubt::Unchecked, "a form of transaction number that is not known here");
    normal
}

fn is_hex_address(lower: &str) -> bool {
    let digits = lower.strip_prefix("0x").unwrap_or(lower);
    digits.len() == 40 && is_hex(digits)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_hexdigit())
}

/// `bitcoin:ADDRESS?amount=1` (BIP 21) without what is around the address.
fn bare<'a>(text: &'a str) -> String {
    let known = ["bitcoin:", "litecoin:", "dogecoin:", "dash:", "ethereum:", "tron:", "monero:"];
    let head = |text: &'a str, scheme: &&str| {
        text.split_at_checked(scheme.len()).filter(|(head, _)| head.eq_ignore_ascii_case(scheme))
    };
    let mut address = text;
    while let Some((_, rest)) = known.iter().find_map(|scheme| head(address, scheme)) {
        address = rest.trim_start_matches(['/', ' ']);
    }
    if address.len() < text.len() {
        // EIP-681 puts the chain behind an `@`.
        address = address.split(['?', '@']).next().unwrap_or(address).trim_end();
    }
    address.to_owned()
}

/// Prefix and data of a segregated-witness address; `None` for other text. Mixed case is not allowed.
fn bech32_parts<'a>(text: &str, lower: &'a str) -> Option<(&'a str, &'a str)> {
    let one_case = text == lower || text == text.to_ascii_uppercase();
    let (prefix, data) = lower.rsplit_once('1')?;
    let known = matches!(prefix, "bc" | "tb" | "bcrt" | "ltc" | "tltc");
    (one_case && known && data.len() >= 8).then_some((prefix, data))
}

/// BIP 173 for version 0, BIP 350 (Bech32m) for later versions.
fn bech32(key: String, prefix: &str, data: &str) -> Normal {
    let version = data.chars().next().and_then(|c| BECH32.find(c));
    let wanted = if version == Some(0) { 1 } else { 0x2bc8_30a3 };
    let found = bech32_checksum(prefix, data);
    let too_long = prefix.len() + 1 + data.len() > 90;
    let test = matches!(prefix, "tb" | "bcrt" | "tltc");
    let mut normal = Normal::new(key);
    if found.is_none() {
        normal.doubt(Doubt::ImpossibleCharacter, "1, b, i and o stand in no Bech32 address");
    } else if found != Some(wanted) {
        normal.doubt(Doubt::WrongCheckDigit, "the checksum of the address is wrong");
    } else if too_long || version > Some(16) {
        normal.doubt(Doubt::WrongForm, "no witness program of this version or length exists");
    }
    if test {
        normal.doubt(Doubt::Placeholder, "an address of a test network");
    }
    normal
}

fn bech32_checksum(prefix: &str, data: &str) -> Option<u32> {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = prefix.bytes().map(|c| u32::from(c >> 5));
    let low = prefix.bytes().map(|c| u32::from(c & 31));
    let mut sum = 1_u32;
    let body = values(data)?.into_iter().map(u32::from);
    for value in high.chain([0]).chain(low).chain(body) {
        let top = sum >> 25;
        sum = (sum & 0x1ff_ffff) << 5 ^ value;
        for (bit, generator) in GENERATOR.iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= generator;
            }
        }
    }
    Some(sum)
}

/// Data of a Bitcoin Cash address, with or without its prefix.
fn cash_parts<'a>(text: &str, lower: &'a str) -> Option<&'a str> {
    let one_case = text == lower || text == text.to_ascii_uppercase();
    let data = lower.strip_prefix("bitcoincash:");
    let bare = || Some(lower).filter(|t| t.len() == 42 && t.starts_with(['q', 'p']));
    let data = data.or_else(bare)?;
    (one_case && data.len() == 42 && values(data).is_some()).then_some(data)
}

/// The 40-bit checksum of Bitcoin Cash addresses (CashAddr specification); 1 when right.
fn cash_checksum(prefix: &str, data: &str) -> Option<u64> {
    const GENERATOR: [u64; 5] =
        [0x98_f2bc_8e61, 0x79_b76d_99e2, 0xf3_3e5f_b3c4, 0xae_2eab_e2a8, 0x1e_4f43_e470];
    let mut sum = 1_u64;
    let head = prefix.bytes().map(|c| u64::from(c & 31)).chain([0]);
    for value in head.chain(values(data)?.into_iter().map(u64::from)) {
        let top = sum >> 35;
        sum = (sum & 0x07_ffff_ffff) << 5 ^ value;
        for (bit, generator) in GENERATOR.iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= generator;
            }
        }
    }
    Some(sum)
}

fn values(data: &str) -> Option<Vec<u8>> {
    data.chars().map(|c| u8::try_from(BECH32.find(c)?).ok()).collect()
}

/// Base58 with a check of four bytes of SHA-256 twice: Bitcoin and its children, Tron, XRP Ledger.
fn base58(text: String) -> Normal {
    let mut normal = Normal::new(text);
    let text = normal.key.as_str();
    let letters = if text.starts_with('r') { RIPPLE } else { BITCOIN };
    let is_base58 = text.chars().all(|c| letters.contains(c));
    // Monero: 95 characters, 106 with a payment id; no check without Keccak.
    let monero = matches!(text.len(), 95 | 106) && text.starts_with(['4', '8']);
    if monero && is_base58 {
        return normal;
    }
    let starts = text.starts_with(|c| "13mn2LMDA97XTtGr".contains(c));
    if !starts || !(25..=36).contains(&text.len()) {
        normal.doubt(Doubt::Unchecked, "a form of address that is not known here");
        return normal;
    }
    match decoded(text, letters).map(|bytes| (bytes.len(), has_check(&bytes))) {
        _ if !is_base58 => {
            normal.doubt(Doubt::ImpossibleCharacter, "0, O, I and l stand in no Base58 address");
        }
        Some((25 | 26, true)) => {
            if text.starts_with(['m', 'n', '2']) {
                normal.doubt(Doubt::Placeholder, "an address of a test network");
            }
        }
        _ => normal.doubt(Doubt::WrongCheckDigit, "the checksum of the address is wrong"),
    }
    normal
}

fn has_check(bytes: &[u8]) -> bool {
    let Some((body, check)) = bytes.split_last_chunk::<4>() else { return false };
    Sha256::digest(Sha256::digest(body)).starts_with(check)
}

/// The bytes of a Base58 text: each leading first letter is a zero byte.
fn decoded(text: &str, letters: &str) -> Option<Vec<u8>> {
    // Little end first while it grows.
    let mut bytes: Vec<u8> = Vec::new();
    for c in text.chars() {
        let mut carry = u32::try_from(letters.find(c)?).ok()?;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry & 0xff).ok()?;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry & 0xff).ok()?);
            carry >>= 8;
        }
    }
    let zero = letters.chars().next()?;
    bytes.extend(text.chars().take_while(|c| *c == zero).map(|_| 0));
    bytes.reverse();
    Some(bytes)
}
