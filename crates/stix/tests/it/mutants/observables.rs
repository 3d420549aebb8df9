//! Chapter 6: the texts of cyber-observables, and what their parts ask of each other.

use serde_json::{Value, json};

use super::addresses::{of, valued};
use super::base::{put, seal};
use super::case::{Case, Generator};
use super::rng::Rng;
use super::values::{record, slug};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.email-message.encoded-word", mutant: encoded, near: decoded },
    Generator { rule: "stix.media-type.malformed", mutant: bad_media, near: edge_media },
    Generator { rule: "stix.encoding.charset", mutant: bad_charset, near: edge_charset },
    Generator { rule: "stix.archive.no-file", mutant: no_file, near: some_file },
    Generator { rule: "stix.pe-binary.time-precision", mutant: fractions, near: seconds },
    Generator { rule: "stix.network-traffic.ports", mutant: no_ports, near: ports },
    Generator { rule: "stix.network-traffic.protocol", mutant: odd_protocol, near: protocol },
    Generator {
        rule: "stix.network-traffic.extension-protocol",
        mutant: protocol_unsaid,
        near: protocol_said,
    },
    Generator { rule: "stix.network-traffic.protocol-order", mutant: inside_out, near: protocol },
    Generator { rule: "stix.network-traffic.ipfix-name", mutant: odd_element, near: element },
    Generator { rule: "stix.socket.option", mutant: odd_option, near: option },
    Generator { rule: "stix.process.priority", mutant: odd_priority, near: priority },
    Generator { rule: "stix.software.cpe", mutant: bad_cpe, near: edge_cpe },
    Generator { rule: "stix.registry-key.hive", mutant: short_hive, near: full_hive },
];

/// "Header field values that have been encoded … MUST be decoded before inclusion".
fn encoded(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(999);
    let word = rng.pick(&["=?utf-8?q?caf=C3=A9?=", "=?iso-8859-1?Q?a=20b?=", "=?UTF-8?B?w6k=?="]);
    let text = format!("Re: {word} {n}");
    let mut view = of(rng, "email-message");
    let path = match rng.below(3) {
        0 => {
            view["subject"] = json!(text);
            "subject"
        }
        1 => {
            view["received_lines"] = json!(["from a by b", text]);
            "received_lines.[1]"
        }
        _ => {
            view["additional_header_fields"] = json!({"X-Note": [text]});
            "additional_header_fields.X-Note.[0]"
        }
    };
    seal(rng, &mut view);
    Some(Case::at(&view, path, format!("{path} {word} {n}")))
}

fn decoded(rng: &mut Rng) -> Option<Case> {
    let text = rng.pick(&["café", "=? no word ?=", "a =?= b", "=?utf-8?x?abc?=", "? = ?", "=?"]);
    let mut view = of(rng, "email-message");
    let n = rng.below(99);
    view["subject"] = json!(format!("{text} {n}"));
    seal(rng, &mut view);
    Some(Case::of(&view, format!("{text} {n}")))
}

/// "this value SHOULD be one of the values defined in the Template column in the IANA … registry".
fn bad_media(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(99);
    let kind = rng.pick(&["file", "artifact"]);
    let value = match rng.below(5) {
        0 => format!("image{n}"),
        1 => format!("picture/x{n}"),
        2 => format!("text/plain; charset=utf-{n}"),
        3 => format!("image/png{n} "),
        _ => format!("image//x{n}"),
    };
    Some(valued(rng, kind, "mime_type", &value))
}

fn edge_media(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&["file", "artifact"]);
    let value = rng.pick(&[
        "image/png",
        "application/pdf",
        "text/plain",
        "application/vnd.ms-excel",
        "audio/mpeg",
        "application/zip",
        "application/json",
        "image/svg+xml",
        "text/html",
        "video/mp4",
        "message/rfc822",
        "font/woff2",
    ]);
    Some(Case { path: None, ..valued(rng, kind, "mime_type", value) })
}

fn encoded_name(rng: &mut Rng, charset: &str) -> Case {
    let (kind, name) = rng.pick(&[("file", "name"), ("directory", "path")]);
    let mut view = of(rng, kind);
    put(rng, kind, name, view.as_object_mut().unwrap());
    let at = format!("{name}_enc");
    view[at.as_str()] = json!(charset);
    seal(rng, &mut view);
    Case::at(&view, at, format!("{kind} {charset}"))
}

/// "If the preferred MIME name for a character set is defined, this value MUST be used".
fn bad_charset(rng: &mut Rng) -> Option<Case> {
    let charset = match rng.below(3) {
        0 => rng
            .pick(&["utf8", "latin1", "cp1252", "win-1252", "unicode", "ANSI", "ascii", ""])
            .to_owned(),
        1 => format!("windows-{}", 1000 + rng.below(100)),
        _ => slug(rng),
    };
    Some(encoded_name(rng, &charset))
}

fn edge_charset(rng: &mut Rng) -> Option<Case> {
    let charset = rng.pick(&[
        "UTF-8",
        "US-ASCII",
        "ISO-8859-1",
        "ISO-8859-15",
        "windows-1251",
        "windows-1252",
        "Shift_JIS",
        "EUC-JP",
        "GB2312",
        "Big5",
        "KOI8-R",
        "UTF-16",
        "EUC-KR",
    ]);
    Some(Case { path: None, ..encoded_name(rng, charset) })
}

/// "It MUST contain references to one or more File objects."
fn no_file(rng: &mut Rng) -> Option<Case> {
    let mut view = of(rng, "file");
    let count = 1 + rng.below(4);
    let listed: Vec<String> = (0..count).map(|_| rng.id("directory")).collect();
    view["extensions"] = json!({"archive-ext": {"contains_refs": listed}});
    if rng.one_in(2) {
        view["extensions"]["archive-ext"]["comment"] = json!(slug(rng));
    }
    seal(rng, &mut view);
    let path = "extensions.archive-ext.contains_refs";
    Some(Case::at(&view, path, view["extensions"].to_string()))
}

fn some_file(rng: &mut Rng) -> Option<Case> {
    let mut view = of(rng, "file");
    let mut listed = vec![rng.id("directory"), rng.id("file")];
    if rng.one_in(2) {
        listed.reverse();
    }
    if rng.one_in(3) {
        listed.retain(|id| id.starts_with("file"));
    }
    view["extensions"] = json!({"archive-ext": {"contains_refs": listed}});
    seal(rng, &mut view);
    Some(Case::of(&view, view["extensions"].to_string()))
}

fn built(rng: &mut Rng, time: &str) -> Case {
    let mut view = of(rng, "file");
    let mut body = record(rng, "windows-pebinary-ext", false);
    body["time_date_stamp"] = json!(time);
    view["extensions"] = json!({ "windows-pebinary-ext": body });
    seal(rng, &mut view);
    Case::at(&view, "extensions.windows-pebinary-ext.time_date_stamp", time)
}

/// "The timestamp value MUST be precise to the second."
fn fractions(rng: &mut Rng) -> Option<Case> {
    let fraction = rng.pick(&["1", "5", "001", "123456", "000000001", "9999"]);
    let (day, second) = (1 + rng.below(28), rng.below(60));
    Some(built(rng, &format!("2024-05-{day:02}T10:11:{second:02}.{fraction}Z")))
}

fn seconds(rng: &mut Rng) -> Option<Case> {
    let (day, second) = (1 + rng.below(28), rng.below(60));
    let case = built(rng, &format!("2024-05-{day:02}T10:11:{second:02}Z"));
    Some(Case { path: None, ..case })
}

fn traffic(rng: &mut Rng) -> Value {
    let mut view = of(rng, "network-traffic");
    let members = view.as_object_mut().unwrap();
    members.shift_remove("extensions");
    for name in ["src_port", "dst_port"] {
        put(rng, "network-traffic", name, members);
    }
    view
}

/// "… and SHOULD contain the src_port and dst_port properties."
fn no_ports(rng: &mut Rng) -> Option<Case> {
    let mut view = traffic(rng);
    let gone = rng.pick(&["src_port", "dst_port"]);
    view.as_object_mut()?.shift_remove(gone);
    seal(rng, &mut view);
    let names: Vec<&str> = view.as_object()?.keys().map(String::as_str).collect();
    Some(Case::at(&view, gone, format!("{gone} {names:?}")))
}

fn ports(rng: &mut Rng) -> Option<Case> {
    let mut view = traffic(rng);
    seal(rng, &mut view);
    let note = format!("{} {}", view["src_port"], view["dst_port"]);
    Some(Case::of(&view, note))
}

/// "The protocol names SHOULD come from the service names defined in the … IANA … Registry".
fn odd_protocol(rng: &mut Rng) -> Option<Case> {
    let mut view = traffic(rng);
    let n = rng.below(99);
    let odd = match rng.below(5) {
        0 => rng.pick(&["TCP", "HTTP", "Ipv4", "80"]).to_owned(),
        1 => format!("my_protocol_{n}"),
        2 => format!("proto col {n}"),
        3 => format!("{n}"),
        _ => format!("a-service-name-that-is-too-long-{n}"),
    };
    view["protocols"] = json!(["ipv4", odd]);
    seal(rng, &mut view);
    Some(Case::at(&view, "protocols.[1]", odd))
}

fn protocol(rng: &mut Rng) -> Option<Case> {
    let mut view = traffic(rng);
    let one = rng.pick(&[
        "tcp", "udp", "http", "https", "ssh", "domain", "smtp", "ftp", "imaps", "snmp", "telnet",
        "pop3", "irc",
    ]);
    let below = rng.pick(&["ipv4", "ipv6"]);
    view["protocols"] = json!([below, one]);
    seal(rng, &mut view);
    Some(Case::of(&view, format!("{below} {one}")))
}

/// "Protocols MUST be listed in low to high order, from outer to inner".
fn inside_out(rng: &mut Rng) -> Option<Case> {
    let mut view = traffic(rng);
    let (ip, carrier) = (rng.pick(&["ipv4", "ipv6"]), rng.pick(&["tcp", "udp"]));
    let word = rng.pick(&["http", "smtp", "ftp", "ssh", "https", "imap"]);
    let list: Vec<&str> = match rng.below(4) {
        0 => vec![carrier, ip],
        1 => vec![carrier, ip, word],
        2 => vec![word, carrier, ip],
        _ => vec![word, ip],
    };
    view["protocols"] = json!(list);
    seal(rng, &mut view);
    let note = format!("{list:?} {}", view["src_port"].as_i64().map_or(0, |p| p % 10));
    Some(Case { path: None, ..Case::of(&view, note) })
}

fn spoken(rng: &mut Rng, protocols: Value) -> Option<Case> {
    let (extension, protocol) =
        rng.pick(&[("http-request-ext", "http"), ("icmp-ext", "icmp"), ("tcp-ext", "tcp")]);
    let mut view = traffic(rng);
    view["extensions"] = json!({ extension: record(rng, extension, true) });
    view["protocols"] = protocols;
    if view["protocols"] == "said" {
        let below = rng.pick(&["ipv4", "ipv6"]);
        view["protocols"] = json!([below, protocol]);
    }
    let list = view["protocols"].to_string();
    let unsaid = !list.contains(protocol);
    seal(rng, &mut view);
    let note = format!("{extension} {list} {}", view["src_port"]);
    let case = Case::at(&view, "protocols", note);
    Some(if unsaid { case } else { Case { path: None, ..case } })
}

/// "If the protocol extension is present, the corresponding protocol value … SHOULD be listed".
fn protocol_unsaid(rng: &mut Rng) -> Option<Case> {
    let protocols = rng.pick(&[json!(["ipv4"]), json!(["ipv6", "udp"]), json!(["ssh"])]);
    spoken(rng, protocols)
}

fn protocol_said(rng: &mut Rng) -> Option<Case> {
    spoken(rng, json!("said"))
}

fn keyed(rng: &mut Rng, key: &str, in_socket: bool) -> Case {
    let mut view = traffic(rng);
    let path = if in_socket {
        view["extensions"] =
            json!({"socket-ext": {"address_family": "AF_INET", "options": {key: 1}}});
        format!("extensions.socket-ext.options.{key}")
    } else {
        view["ipfix"] = json!({ key: 7 });
        format!("ipfix.{key}")
    };
    seal(rng, &mut view);
    Case::at(&view, path, key)
}

/// "each dictionary key SHOULD be a case-preserved version of the IPFIX element name".
fn odd_element(rng: &mut Rng) -> Option<Case> {
    let word = slug(rng);
    let key = match rng.below(3) {
        0 => word.replace('-', "_"),
        1 => word,
        _ => format!("Octet{}", rng.below(999)),
    };
    Some(keyed(rng, &key, false))
}

fn element(rng: &mut Rng) -> Option<Case> {
    let name = rng.pick(&["octetDeltaCount", "interfaceName", "minimumIpTotalLength", "flowId"]);
    let n = rng.below(9);
    let key = if rng.one_in(3) { name.to_owned() } else { format!("{name}{n}") };
    Some(Case { path: None, ..keyed(rng, &key, false) })
}

/// "Each key in the dictionary SHOULD be a case-preserved version of the option name".
fn odd_option(rng: &mut Rng) -> Option<Case> {
    let word = slug(rng).replace('-', "_");
    let key = match rng.below(3) {
        0 => word,
        1 => format!("so_{word}"),
        _ => format!("Keepalive{}", rng.below(999)),
    };
    Some(keyed(rng, &key, true))
}

fn option(rng: &mut Rng) -> Option<Case> {
    let name = rng.pick(&["SO_ACCEPTCONN", "SO_LINGER", "SO_RCVTIMEO", "TCP_NODELAY", "IP_TTL"]);
    let n = rng.below(9);
    let key = if rng.one_in(3) { name.to_owned() } else { format!("{name}_{n}") };
    Some(Case { path: None, ..keyed(rng, &key, true) })
}

fn prioritised(rng: &mut Rng, priority: &str) -> Case {
    let mut view = of(rng, "process");
    view["extensions"] = json!({"windows-process-ext": {"priority": priority}});
    Case::at(&view, "extensions.windows-process-ext.priority", priority)
}

/// "This value SHOULD be a string that ends in _CLASS."
fn odd_priority(rng: &mut Rng) -> Option<Case> {
    let word = slug(rng);
    let priority =
        rng.pick(&[word.clone(), format!("{word}_class"), format!("{word}_CLASS_"), "HIGH".into()]);
    Some(prioritised(rng, &priority))
}

fn priority(rng: &mut Rng) -> Option<Case> {
    let class = format!("{}_CLASS", slug(rng).to_uppercase());
    let priority = rng.pick(&[
        "HIGH_PRIORITY_CLASS".to_owned(),
        class.clone(),
        class.to_lowercase().replace("_class", "_CLASS"),
    ]);
    Some(Case { path: None, ..prioritised(rng, &priority) })
}

/// "The value for this property MUST be a CPE v2.3 entry".
fn bad_cpe(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(999);
    let value = match rng.below(7) {
        0 => format!("cpe:/a:example:quay:1.{n}"),
        1 => format!("cpe:2.3:a:example:quay:1.{n}:*:*:*:*:*:*"),
        2 => format!("cpe:2.3:x:example:quay:1.{n}:*:*:*:*:*:*:*"),
        3 => format!("cpe:2.3:a:example:quay:1.{n}:*:*:*:*:*:*:*:*"),
        4 => format!("cpe:2.2:a:example:quay:1.{n}:*:*:*:*:*:*:*"),
        5 => format!("example quay 1.{n}"),
        _ => format!("cpe:2.3:a:exam ple:quay:1.{n}:*:*:*:*:*:*:*"),
    };
    Some(valued(rng, "software", "cpe", &value))
}

fn edge_cpe(rng: &mut Rng) -> Option<Case> {
    let n = rng.below(999);
    let value = match rng.below(5) {
        0 => format!("cpe:2.3:a:example:quay:1.{n}:*:*:*:*:*:*:*"),
        1 => format!("cpe:2.3:o:example:quay_{n}:-:sp1:*:en:*:*:x64:*"),
        2 => format!("cpe:2.3:h:example:quay:{n}:-:-:-:-:-:-:-"),
        3 => format!("cpe:2.3:a:example\\\\x:quay\\$_{n}:1:*:*:*:*:*:*:*"),
        _ => format!("cpe:2.3:a:example:quay:{n}:beta:*:*:*:*:*:*"),
    };
    Some(Case { path: None, ..valued(rng, "software", "cpe", &value) })
}

/// "The hive portion of the key MUST be fully expanded and not truncated".
fn short_hive(rng: &mut Rng) -> Option<Case> {
    let hive = rng.pick(&["HKLM", "HKCU", "HKCR", "HKU", "HKCC", "hklm"]);
    let value = format!("{hive}\\Software\\{}", slug(rng));
    Some(valued(rng, "windows-registry-key", "key", &value))
}

fn full_hive(rng: &mut Rng) -> Option<Case> {
    let hive =
        rng.pick(&["HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", "HKEY_USERS", "hkey_local_machine"]);
    let value = format!("{hive}\\Software\\HKLM\\{}", slug(rng));
    Some(Case { path: None, ..valued(rng, "windows-registry-key", "key", &value) })
}
