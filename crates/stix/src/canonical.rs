//! RFC 8785 (JSON Canonicalization Scheme): the text that is hashed, signed and compared.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

/// The RFC 8785 form of a value: members sorted by UTF-16 code units, shortest numbers, minimal
/// escapes, no white space.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// SHA-256 over the RFC 8785 bytes of a value.
pub fn sha256(value: &Value) -> [u8; 32] {
    Sha256::digest(to_string(value).as_bytes()).into()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => write_members(members, out),
    }
}

fn write_members(members: &Map<String, Value>, out: &mut String) {
    out.push('{');
    let mut comma = false;
    let mut write_member = |(name, value): (&String, &Value)| {
        if comma {
            out.push(',');
        }
        comma = true;
        write_text(name, out);
        out.push(':');
        write(value, out);
    };
    if is_sorted(members) {
        members.iter().for_each(&mut write_member);
    } else {
        let mut sorted: Vec<_> = members.iter().collect();
        sorted.sort_by(|(a, _), (b, _)| order(a, b));
        sorted.into_iter().for_each(&mut write_member);
    }
    out.push('}');
}

fn is_sorted(members: &Map<String, Value>) -> bool {
    members.keys().is_sorted_by(|a, b| order(a, b).is_lt())
}

/// The order of UTF-16 code units; of ASCII it is the order of bytes.
fn order(a: &str, b: &str) -> Ordering {
    match a.is_ascii() && b.is_ascii() {
        true => a.cmp(b),
        false => a.encode_utf16().cmp(b.encode_utf16()),
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        // Everything that is escaped is one byte long.
        out.push_str(text.get(written..at).unwrap_or_default());
        written = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            8 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            12 => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            control => out.push_str(&format!("\\u{control:04x}")),
        }
    }
    out.push_str(text.get(written..).unwrap_or_default());
    out.push('"');
}

/// ECMAScript `Number::toString` (RFC 8785 §3.2.2.3): every number is an IEEE 754 double.
fn write_number(number: &Number, out: &mut String) {
    if let (true, Some(n)) = (is_safe(number), number.as_i64()) {
        out.push_str(&n.to_string());
        return;
    }
    // JSON has no infinity and no NaN: the finite form is all there is.
    let double = number.as_f64().unwrap_or(0.0);
    out.push_str(ryu_js::Buffer::new().format(double));
}

/// Whether a number is an integer that every double holds.
fn is_safe(number: &Number) -> bool {
    const SAFE: u64 = 1 << 53;
    number.as_i64().is_some_and(|n| n.unsigned_abs() <= SAFE)
}

/// A dictionary brought into the form that its RFC 8785 text reads as, with that text.
pub(crate) struct Settled {
    /// The text.
    pub(crate) text: String,
    /// What the text reads as: members in its order, numbers as it writes them.
    pub(crate) view: Map<String, Value>,
    /// Members of all dictionaries.
    pub(crate) members: usize,
    /// Levels of lists and dictionaries, the outermost dictionary included.
    pub(crate) deepest: usize,
}

/// Writes the RFC 8785 text of `view`, and gives back what reading that text would give.
pub(crate) fn settle(mut view: Map<String, Value>) -> Settled {
    let mut writer = Writer { out: String::with_capacity(1024), members: 0, deepest: 0 };
    writer.members(&mut view, 1);
    Settled { text: writer.out, view, members: writer.members, deepest: writer.deepest }
}

struct Writer {
    out: String,
    members: usize,
    deepest: usize,
}

impl Writer {
    fn members(&mut self, members: &mut Map<String, Value>, depth: usize) {
        if !is_sorted(members) {
            let mut all: Vec<_> = std::mem::take(members).into_iter().collect();
            all.sort_by(|(a, _), (b, _)| order(a, b));
            *members = Map::from_iter(all);
        }
        self.deepest = self.deepest.max(depth);
        self.members += members.len();
        self.out.push('{');
        for (i, (name, value)) in members.iter_mut().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            write_text(name, &mut self.out);
            self.out.push(':');
            self.value(value, depth);
        }
        self.out.push('}');
    }

    fn value(&mut self, value: &mut Value, depth: usize) {
        match value {
            Value::Number(number) => {
                let from = self.out.len();
                write_number(number, &mut self.out);
                // What is written otherwise than it was given reads otherwise too.
                if !is_safe(number)
                    && let Some(read) = self.out.get(from..).and_then(|text| text.parse().ok())
                {
                    *number = read;
                }
            }
            Value::Array(items) => {
                self.deepest = self.deepest.max(depth + 1);
                self.out.push('[');
                for (i, item) in items.iter_mut().enumerate() {
                    if i > 0 {
                        self.out.push(',');
                    }
                    self.value(item, depth + 1);
                }
                self.out.push(']');
            }
            Value::Object(members) => self.members(members, depth + 1),
            other => write(other, &mut self.out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of RFC 8785 §3.2.2.3 and appendix B.
    #[test]
    fn numbers_are_written_as_ecmascript_does() {
        for (text, canonical) in [
            ("333333333.33333329", "333333333.3333333"),
            ("1E30", "1e+30"),
            ("4.50", "4.5"),
            ("2e-3", "0.002"),
            ("0.000000000000000000000000001", "1e-27"),
            ("-0.0", "0"),
            ("9007199254740992", "9007199254740992"),
            ("295147905179352830000", "295147905179352830000"),
            ("1e21", "1e+21"),
            ("-5e-324", "-5e-324"),
            // Two shortest forms are equally near: the even one (ECMA-262, Number::toString).
            ("1628275016252571.34531", "1628275016252571.2"),
        ] {
            let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
            assert_eq!(to_string(&value), canonical, "{text}");
        }
    }

    #[test]
    fn members_are_sorted_by_utf16_code_units() {
        let json = "{\"\u{20ac}\":1,\"\\r\":2,\"\u{fb33}\":3,\"1\":4,\"\u{1f600}\":5,\"\u{80}\":6}";
        let value: Value = serde_json::from_str(json).unwrap_or(Value::Null);
        let expected =
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}";
        assert_eq!(to_string(&value), expected);
    }

    #[test]
    fn what_is_settled_is_what_its_text_reads_as() {
        let json = "{\"b\":[1.0,-0.0,9007199254740993,1e21,2.5,{\"z\":{\"y\":\"\\u0001\\\"\\\\\"},\
            \"a\":[]}],\"\u{1f600}\":null,\"\u{fb33}\":true,\"a\":{\"é\":\"ñ\\n\"},\"n\":-3}";
        let view: Map<String, Value> = serde_json::from_str(json).unwrap();
        let settled = settle(view.clone());
        assert_eq!(settled.text, to_string(&Value::Object(view)));
        let read: Map<String, Value> = serde_json::from_str(&settled.text).unwrap();
        assert_eq!(settled.view, read);
        assert!(settled.view.keys().eq(read.keys()), "members stand in the order of the text");
        assert_eq!((settled.members, settled.deepest), (9, 4));
    }
}
