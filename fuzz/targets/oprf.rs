//! Any bytes as what a partner sends for hit/no-hit: queries, answers, keys, tables and changes are
//! refused, or have one reading and are written again byte for byte. An answer is taken only if the
//! committed key made it.
#![no_main]

use enlace_oprf::{Change, Class, Key, PublicKey, Published, Query, Scope, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let scope = Scope { asked: &[1; 32], asking: &[2; 32], purpose: "cyber", epoch: 1 };
    let key = Key::derive(&[3; 32], &scope).expect("a short purpose");
    let mut at = 0_u8;
    let mut random = || {
        at = at.wrapping_add(1);
        [at; 64]
    };
    if let Ok(answer) = key.answer(Class::One, bytes, &mut random) {
        assert_eq!(answer.len(), Class::One.answer_len(), "one size");
    }
    let value = Value::new("indicator", "192.0.2.1").expect("a short value");
    let query = Query::new(Class::One, vec![value], &mut random).expect("one value");
    let own = key.answer(Class::One, &query.bytes(), &mut random).expect("an own query");
    // The elements are the key's alone; of proofs there are as many as nonces.
    let made = bytes.get(..Class::One.query_len()) == own.get(..Class::One.query_len());
    assert!(made || query.finish(&key.public(), bytes).is_err(), "only what the key made");
    if let Ok(public) = PublicKey::parse(bytes) {
        assert_eq!(public.to_bytes(), bytes, "one key, one encoding");
    }
    if let Ok(table) = Published::parse(bytes) {
        assert_eq!(table.to_bytes(), bytes, "one table, one form");
    }
    if let Ok(changes) = Change::parse_list(bytes) {
        assert_eq!(Change::list_to_bytes(&changes), bytes, "one list, one form");
    }
});
