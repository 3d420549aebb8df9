//! RFC 8785 (JSON Canonicalization Scheme): the text that is hashed, signed and compared.

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
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push('{');
    for (i, (name, value)) in sorted.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_text(name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// ECMAScript `Number::toString` (RFC 8785 §3.2.2.3): every number is an IEEE 754 double.
fn write_number(number: &Number, out: &mut String) {
    const SAFE: u64 = 1 << 53;
    if let Some(n) = number.as_i64().filter(|n| n.unsigned_abs() <= SAFE) {
        out.push_str(&n.to_string());
        return;
    }
    // JSON has no infinity and no NaN: the finite form is all there is.
    let double = number.as_f64().unwrap_or(0.0);
    out.push_str(ryu_js::Buffer::new().format(double));
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
}
