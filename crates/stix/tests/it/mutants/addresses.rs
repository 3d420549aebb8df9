//! §6.4, §6.5, §6.8 to §6.10, §6.15: addresses, domain names, mailboxes, URLs.

use serde_json::{Value, json};

use super::base::{self, Size, put, seal};
use super::case::{Case, Generator, unmarked};
use super::rng::Rng;
use super::values::slug;

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.address.malformed", mutant: bad_address, near: edge_address },
    Generator { rule: "stix.domain-name.malformed", mutant: bad_domain, near: edge_domain },
    Generator { rule: "stix.email-address.malformed", mutant: bad_mailbox, near: edge_mailbox },
    Generator { rule: "stix.url.malformed", mutant: bad_url, near: edge_url },
];

/// An observable as it stands: what is defanged is no address any more, on purpose (§3.2).
pub fn of(rng: &mut Rng, kind: &str) -> Value {
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    if view.get("defanged").is_some() {
        view["defanged"] = json!(false);
    }
    view
}

pub fn valued(rng: &mut Rng, kind: &str, name: &str, value: &str) -> Case {
    let mut view = of(rng, kind);
    view[name] = json!(value);
    seal(rng, &mut view);
    Case::at(&view, name, format!("{kind} {name} {value}"))
}

/// Addresses and CIDR blocks; "a single colon-delimited, lowercase MAC-48 address".
fn bad_address(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(250);
    let (kind, value) = match rng.below(17) {
        0 => ("ipv4-addr", format!("198.51.100.{}", 256 + n)),
        1 => ("ipv4-addr", format!("198.51.{n}")),
        2 => ("ipv4-addr", format!("198.51.100.{n}/{}", 33 + n)),
        3 => ("ipv4-addr", format!("198.51.100.{n}.7")),
        4 => ("ipv4-addr", format!("198.51.100.{n}/")),
        5 => ("ipv4-addr", format!("198.51.100.{n} ")),
        6 => ("ipv4-addr", format!("2001:db8::{n:x}")),
        7 => ("ipv6-addr", format!("2001:db8:::{n:x}")),
        8 => ("ipv6-addr", format!("2001:db8::{n:x}::1")),
        9 => ("ipv6-addr", format!("2001:db8::{n:x}/{}", 129 + n)),
        10 => ("ipv6-addr", format!("2001:db8:1:2:3:4:5:6:{n:x}")),
        11 => ("ipv6-addr", format!("198.51.100.{n}")),
        12 => ("mac-addr", format!("02-00-5e-10-00-{n:02x}")),
        13 => ("mac-addr", format!("02:00:5E:10:00:{n:02x}")),
        14 => ("mac-addr", format!("2:0:5e:10:0:{n:02x}")),
        15 => ("mac-addr", format!("02:00:5e:10:{n:02x}")),
        _ => ("mac-addr", format!("0200.5e10.00{n:02x}")),
    };
    Some(valued(rng, kind, "value", &value))
}

fn edge_address(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(250);
    let (kind, value) = match rng.below(10) {
        0 => ("ipv4-addr", format!("198.51.100.{n}")),
        1 => ("ipv4-addr", format!("198.51.100.0/{}", rng.below(33))),
        2 => ("ipv4-addr", rng.pick(&["0.0.0.0", "255.255.255.255", "0.0.0.0/0"]).to_owned()),
        3 => ("ipv6-addr", format!("2001:db8::{n:x}")),
        4 => ("ipv6-addr", format!("2001:0db8:0000:0000:0000:0000:0000:{n:04x}")),
        5 => ("ipv6-addr", format!("2001:db8::/{}", rng.below(129))),
        6 => ("ipv6-addr", format!("::ffff:198.51.100.{n}")),
        7 => ("ipv6-addr", format!("2001:DB8::{n:X}")),
        8 => {
            // Data that cannot be clicked by mistake says so.
            let mut view = of(rng, "ipv4-addr");
            view["value"] = json!(format!("198[.]51[.]100[.]{n}"));
            view["defanged"] = json!(true);
            seal(rng, &mut view);
            return Some(Case::of(&view, format!("defanged {n}")));
        }
        _ => ("mac-addr", format!("00:00:5e:00:53:{n:02x}")),
    };
    Some(Case { path: None, ..valued(rng, kind, "value", &value) })
}

/// "MUST conform to RFC1034, and each domain and sub-domain … MUST conform to RFC5890".
fn bad_domain(rng: &mut Rng) -> Option<Case> {
    let name = slug(rng);
    let value = match rng.below(11) {
        0 => format!("-{name}.example.org"),
        1 => format!("{name}-.example.org"),
        2 => format!("{name}..example.org"),
        3 => format!("{}.example.org", "a".repeat(64 + rng.below(99))),
        4 => format!("{name} .example.org"),
        5 => format!(".{name}.example.org"),
        6 => format!("https://{name}.example.org"),
        7 => format!("{name}.example.org/path"),
        8 => format!("{name}@example.org"),
        9 => format!("{name}.example.org:53"),
        _ => vec![name.as_str(); 20].join(".") + &".longer".repeat(20),
    };
    Some(valued(rng, "domain-name", "value", &value))
}

fn edge_domain(rng: &mut Rng) -> Option<Case> {
    let name = slug(rng);
    let value = match rng.below(7) {
        0 => format!("{name}.example.org"),
        1 => format!("{}.example.org", "a".repeat(62 + rng.below(2))),
        2 => format!("xn--{}.example.org", "bcher-kva"),
        3 => format!("{}.{name}.example.org", rng.below(99)),
        4 => format!("{}.EXAMPLE.ORG", name.to_uppercase()),
        5 => name,
        _ => format!("a.b.c.{name}.example.org"),
    };
    Some(Case { path: None, ..valued(rng, "domain-name", "value", &value) })
}

/// "This MUST NOT include the display name. … the addr-spec construction in section 3.4".
fn bad_mailbox(rng: &mut Rng) -> Option<Case> {
    let name = slug(rng);
    let value = match rng.below(9) {
        0 => format!("Elena Paz <{name}@example.org>"),
        1 => format!("<{name}@example.org>"),
        2 => name,
        3 => format!("{name}@"),
        4 => "@example.org".to_owned() + if rng.one_in(2) { "" } else { "." },
        5 => format!("{name} @example.org"),
        6 => format!("{name}@exam ple.org"),
        7 => format!("mailto:{name}@example.org, b@example.org"),
        _ => format!(".{name}@example.org"),
    };
    Some(valued(rng, "email-addr", "value", &value))
}

fn edge_mailbox(rng: &mut Rng) -> Option<Case> {
    let name = slug(rng);
    let value = match rng.below(5) {
        0 => format!("{name}@example.org"),
        1 => format!("{name}+{}@example.org", rng.below(99)),
        2 => format!("{}.{name}@sub.example.org", rng.below(99)),
        3 => format!("o'{name}@example.org"),
        _ => format!("{}@EXAMPLE.org", name.to_uppercase()),
    };
    Some(Case { path: None, ..valued(rng, "email-addr", "value", &value) })
}

/// "The value of this property MUST conform to RFC3986".
fn bad_url(rng: &mut Rng) -> Option<Case> {
    let name = slug(rng);
    let value = match rng.below(9) {
        0 => format!("www.example.org/{name}"),
        1 => format!("https://www.example.org/{name} x"),
        2 => format!("/{name}/index.html"),
        3 => format!("https://www.example.org/{name}<x>"),
        4 => format!("https://[2001:db8::{}", name),
        5 => format!("1https://{name}.example.org"),
        6 => format!("https://www.example.org/%zz{name}"),
        7 => format!("https://www.example.org:8o80/{name}"),
        _ => format!("https://www.example.org/{name}\\x"),
    };
    if rng.one_in(4) {
        let mut view = unmarked(base::object(rng, "artifact", Size::Some));
        let members = view.as_object_mut()?;
        members.shift_remove("payload_bin");
        put(rng, "artifact", "hashes", members);
        members.insert("url".into(), json!(value));
        seal(rng, &mut view);
        return Some(Case::at(&view, "url", format!("artifact {value}")));
    }
    Some(valued(rng, "url", "value", &value))
}

fn edge_url(rng: &mut Rng) -> Option<Case> {
    let name = slug(rng);
    let value = match rng.below(7) {
        0 => format!("https://www.example.org:8080/{name}?a=1&b=%20#top"),
        1 => format!("ftp://user:pass@ftp.example.org/{name}"),
        2 => format!("http://[2001:db8::{}]/{name}", rng.below(99)),
        3 => format!("mailto:{name}@example.org"),
        4 => format!("http://198.51.100.{}/", rng.below(250)),
        5 => format!("urn:isbn:{}", rng.below(999_999)),
        _ => format!("https://{name}.example.org"),
    };
    Some(Case { path: None, ..valued(rng, "url", "value", &value) })
}
