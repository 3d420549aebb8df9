//! Networks: e-mail addresses, domain names, IP addresses, MAC addresses, URLs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Doubt, Normal, glyphs};

/// Text with dots and colons where a report broke them so that nobody clicks: `example[.]org`,
/// `ana[at]example.org`.
fn mended(mut text: String) -> String {
    const BROKEN: &[(&str, &str)] = &[
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[at]", "@"),
        ("(at)", "@"),
        ("[@]", "@"),
    ];
    // Each turn makes the text shorter; many turns over a long text would be an attack.
    if text.len() > 8192 {
        return text;
    }
    while let Some((broken, whole)) = BROKEN.iter().find(|(broken, _)| text.contains(broken)) {
        text = text.replace(broken, whole);
    }
    text
}

/// The text in lower case as typed, mended.
fn typed(raw: &str) -> String {
    mended(glyphs::plain(raw).to_lowercase())
}

/// RFC 5321 §4.1.2, lower case throughout. The local part is case-sensitive in the standard and in
/// no mail system that matters. Dots and `+tags` stay: what they mean is the provider's secret.
pub(super) fn email(raw: &str) -> Normal {
    let text = typed(raw);
    let inner = text.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
    let mut address = inner.map_or(text.as_str(), |(address, _)| address).trim();
    if let Some(mut rest) = address.strip_prefix("mailto:") {
        while let Some(again) = rest.trim_start().strip_prefix("mailto:") {
            rest = again;
        }
        address = rest.split_once('?').map_or(rest, |(address, _)| address).trim();
    }
    let mut normal = Normal::new(lower(address));
    let key = normal.key.clone();
    let Some((local, domain)) =
        key.rsplit_once('@').filter(|(l, d)| !l.is_empty() && !d.is_empty())
    else {
        normal.doubt(Doubt::WrongForm, "an address is name@domain");
        return normal;
    };
    if local.len() > 64 {
        normal.doubt(Doubt::WrongLength, "more than 64 bytes before the @");
    }
    if local.contains(|c: char| c.is_whitespace() || c == '@') && !local.starts_with('"') {
        normal.doubt(Doubt::ImpossibleCharacter, "blanks and a second @ need quotation marks");
    }
    if !domain.starts_with('[') {
        check_domain(&mut normal, domain);
    }
    normal
}

/// RFC 1035, RFC 5890: lower case without the root dot; `xn--` and Unicode labels stay as they are.
pub(super) fn domain(raw: &str) -> Normal {
    let mut normal = Normal::new(lower(&typed(raw)));
    let key = normal.key.clone();
    check_domain(&mut normal, &key);
    normal
}

/// Lower case without white space around and the root dot.
pub(super) fn lower(text: &str) -> String {
    let text = text.trim_start().trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    text.to_lowercase()
}

fn check_domain(normal: &mut Normal, domain: &str) {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '*');
    let is_mark = |c: char| !c.is_ascii() && !c.is_whitespace() && !c.is_control();
    if !domain.chars().all(|c| is_name(c) || is_mark(c)) {
        normal.doubt(Doubt::ImpossibleCharacter, "a domain name has letters, digits and hyphens");
    }
    if domain.split('.').any(|label| label.is_empty() || label.len() > 63) || domain.len() > 253 {
        normal.doubt(Doubt::WrongLength, "a label has 1 to 63 bytes, a domain name 253 at most");
    }
    if domain.split('.').any(mixes_scripts) {
        normal.doubt(Doubt::Confusable, "Latin letters mixed with others that look like them");
    }
    let last = domain.rsplit('.').next().unwrap_or("");
    let second = domain.rsplit('.').nth(1).unwrap_or("");
    if matches!(last, "example" | "test" | "invalid" | "localhost")
        || (second == "example" && matches!(last, "com" | "net" | "org"))
    {
        normal.doubt(Doubt::Placeholder, "a name reserved for documentation (RFC 2606)");
    }
}

/// Latin beside Greek or Cyrillic in one label: the way to forge a name.
fn mixes_scripts(label: &str) -> bool {
    let other = |c| matches!(c, '\u{370}'..='\u{52F}');
    label.contains(|c: char| c.is_ascii_alphabetic()) && label.contains(other)
}

/// RFC 5952 text of an address or network; an IPv4 address mapped into IPv6 is the IPv4 address, and
/// a network of one address is the address.
pub(super) fn ip(raw: &str) -> Normal {
    let text = typed(raw);
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(&text);
    let (address, bits) = bare.split_once('/').map_or((bare, None), |(a, b)| (a, Some(b)));
    let (address, zone) = address.split_once('%').map_or((address, None), |(a, z)| (a, Some(z)));
    let Ok(parsed) = address.parse::<IpAddr>() else { return no_ip(text) };
    let written = bits.map(|bits| bits.parse::<u32>().ok());
    let (address, width, length) = match (parsed, written) {
        (IpAddr::V6(v6), None | Some(Some(96..))) if v6.to_ipv4_mapped().is_some() => {
            let v4 = v6.to_ipv4_mapped().map_or(parsed, IpAddr::V4);
            (v4, 32, written.map(|bits| bits.map(|b| b.saturating_sub(96))))
        }
        (IpAddr::V4(_), _) => (parsed, 32, written),
        (IpAddr::V6(_), _) => (parsed, 128, written),
    };
    let length = length.map(|bits| bits.filter(|b| *b <= width));
    let key = match (length, bits) {
        (Some(Some(length)), _) if length < width => format!("{address}/{length}"),
        (Some(None), Some(bits)) => format!("{address}/{bits}"),
        _ => address.to_string(),
    };
    let mut normal = Normal::new(key);
    if length == Some(None) {
        normal.doubt(Doubt::WrongForm, format!("a network has 0 to {width} bits behind the slash"));
    }
    if length.flatten().is_some_and(|length| has_host_bits(address, length)) {
        normal.doubt(Doubt::Ambiguous, "a network with bits of a host: is it one address or all?");
    }
    if zone.is_some() {
        normal.doubt(Doubt::Dropped, "the zone behind % has a meaning on one machine only");
    }
    reach(&mut normal, address);
    normal
}

fn no_ip(text: String) -> Normal {
    let mut normal = Normal::new(text);
    let text = normal.key.as_str();
    let part = |p: &str| p.len() > 1 && p.starts_with('0') && p.bytes().all(|c| c.is_ascii_digit());
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    let is_octal = address.split('.').count() == 4 && address.split('.').any(part);
    if is_octal {
        let reason = "leading zeros: decimal for some programs, octal for others";
        normal.doubt(Doubt::Ambiguous, reason);
    } else {
        normal.doubt(Doubt::WrongForm, "neither an IPv4 nor an IPv6 address");
    }
    normal
}

fn has_host_bits(address: IpAddr, length: u32) -> bool {
    match address {
        IpAddr::V4(v4) => v4.to_bits().checked_shl(length).is_some_and(|host| host != 0),
        IpAddr::V6(v6) => v6.to_bits().checked_shl(length).is_some_and(|host| host != 0),
    }
}

/// Addresses that name no single place on the internet.
fn reach(normal: &mut Normal, address: IpAddr) {
    let (documentation, inside) = match address {
        IpAddr::V4(v4) => (v4.is_documentation(), inside_v4(v4)),
        IpAddr::V6(v6) => (matches!(v6.segments(), [0x2001, 0xdb8, ..]), inside_v6(v6)),
    };
    if documentation {
        normal.doubt(Doubt::Placeholder, "a range for documentation (RFC 5737, RFC 3849)");
    } else if inside {
        normal.doubt(Doubt::NotUnique, "an inside address: many networks have the same");
    }
}

/// RFC 1918, shared space of RFC 6598, loopback, link-local, `0.0.0.0`.
fn inside_v4(v4: Ipv4Addr) -> bool {
    let shared = matches!(v4.octets(), [100, 64..=127, ..]);
    v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared
}

fn inside_v6(v6: Ipv6Addr) -> bool {
    let [first, ..] = v6.segments();
    let local = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80;
    local || v6.is_loopback() || v6.is_unspecified()
}

/// IEEE 802 MAC-48 or EUI-64: pairs of lower-case hexadecimal digits with colons, as STIX 2.1 §6.9
/// wants them.
pub(super) fn mac(raw: &str) -> Normal {
    let text = glyphs::plain(raw);
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ':' | '-' | '.' | ' '))
        .collect::<String>()
        .to_lowercase();
    let hex = digits.bytes().all(|c| c.is_ascii_hexdigit());
    if !hex || !matches!(digits.len(), 12 | 16) {
        let mut normal = Normal::new(lower(&text));
        normal.doubt(Doubt::WrongForm, "a MAC address is six or eight pairs of hexadecimal digits");
        return normal;
    }
    let mut key = String::new();
    for (place, c) in digits.chars().enumerate() {
        if place > 0 && place % 2 == 0 {
            key.push(':');
        }
        key.push(c);
    }
    let mut normal = Normal::new(key);
    let first = u8::from_str_radix(digits.get(..2).unwrap_or("0"), 16).unwrap_or(0);
    if digits.bytes().all(|c| digits.starts_with(char::from(c))) {
        normal.doubt(Doubt::Placeholder, "all digits are the same");
    } else if first & 2 != 0 {
        normal.doubt(Doubt::NotUnique, "set by the owner and not by the maker: may change at will");
    }
    normal
}

/// RFC 3986 §6.2.2.1 and no more: scheme and host in lower case (`hxxp` mended). Path, query and percent signs stay:
/// servers tell them apart.
pub(super) fn url(raw: &str) -> Normal {
    let mut text = mended(raw.trim().to_owned());
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if matches!(scheme.as_deref(), Some("hxxp" | "hxtp" | "htxp" | "hxxps" | "hxtps" | "htxps")) {
        text = format!("http{}", text.get(4..).unwrap_or(""));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let mut normal = Normal::new(text);
        normal.doubt(Doubt::WrongForm, "a URL begins with a scheme and ://");
        return normal;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(u, h)| (u, h));
    let at = if authority.contains('@') { "@" } else { "" };
    let scheme = scheme.to_ascii_lowercase();
    Normal::new(format!("{scheme}://{user}{at}{}{path}", host.to_ascii_lowercase()))
}
