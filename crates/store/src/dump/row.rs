//! A row of a table as bytes: each value behind a letter for its kind.

use crate::StoreError;
use crate::carry::{Row, Value};

const DAMAGED: StoreError = StoreError::Archive { problem: "a row of it cannot be read" };

/// The bytes of a row.
pub(super) fn encode(row: &Row) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in row {
        match value {
            Value::Null => bytes.push(b'-'),
            Value::Int(number) => {
                bytes.push(b'i');
                bytes.extend(number.to_be_bytes());
            }
            Value::Text(text) => sized(&mut bytes, b't', text.as_bytes()),
            Value::Bytes(raw) => sized(&mut bytes, b'b', raw),
        }
    }
    bytes
}

fn sized(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) {
    bytes.push(kind);
    bytes.extend((value.len() as u64).to_be_bytes());
    bytes.extend(value);
}

/// The row of so many values that bytes are; nothing may be left.
pub(super) fn decode(mut bytes: &[u8], values: usize) -> Result<Row, StoreError> {
    let mut row = Vec::with_capacity(values);
    while let Some((kind, rest)) = bytes.split_first() {
        let (value, rest) = one(*kind, rest).ok_or(DAMAGED)?;
        row.push(value);
        bytes = rest;
    }
    if row.len() == values { Ok(row) } else { Err(DAMAGED) }
}

fn one(kind: u8, bytes: &[u8]) -> Option<(Value, &[u8])> {
    if kind == b'-' {
        return Some((Value::Null, bytes));
    }
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    if kind == b'i' {
        return Some((Value::Int(i64::from_be_bytes(*number)), rest));
    }
    let (value, rest) = rest.split_at_checked(u64::from_be_bytes(*number).try_into().ok()?)?;
    match kind {
        b't' => Some((Value::Text(std::str::from_utf8(value).ok()?.to_owned()), rest)),
        b'b' => Some((Value::Bytes(value.to_vec()), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_as_it_was_written_and_no_other_length_does() {
        let row = vec![
            Value::Null,
            Value::Int(-7),
            Value::Text("Ñandú \0".to_owned()),
            Value::Bytes(vec![0, 255]),
        ];
        let bytes = encode(&row);
        assert_eq!(decode(&bytes, 4).unwrap(), row);
        for at in 0..bytes.len() {
            assert!(decode(&bytes[..at], 4).is_err(), "{at}");
        }
        assert!(decode(&bytes, 3).is_err() && decode(&bytes, 5).is_err());
    }
}
