//! The protocol as both nodes and an attacker see it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod attacker;
mod oracle;
mod table;
mod transcripts;

use enlace_oprf::{Answer, Class, Key, PublicKey, Published, Query, Scope, Value};

/// Reproducible bytes, different at each call.
pub fn chance(seed: u64) -> impl FnMut() -> [u8; 64] {
    use sha2::{Digest, Sha512};
    let mut at = 0_u64;
    move || {
        at += 1;
        Sha512::digest([seed.to_be_bytes(), at.to_be_bytes()].concat()).into()
    }
}

pub fn key(epoch: u64) -> Key {
    let scope = Scope { asked: &[1; 32], asking: &[2; 32], purpose: "firearms-tracing", epoch };
    Key::derive(&[3; 32], &scope).unwrap()
}

pub fn serial(number: usize) -> Value {
    Value::new("firearm-serial", &format!("SN{number:06}")).unwrap()
}

/// Asks as a partner does.
pub fn ask(key: &Key, table: &Published, values: Vec<Value>, seed: u64) -> Vec<Answer> {
    let committed = PublicKey::parse(&key.public().to_bytes()).unwrap();
    let mut random = chance(seed);
    let class = if values.len() > 8 { Class::Block } else { Class::One };
    let query = Query::new(class, values, &mut random).unwrap();
    let answer = key.answer(class, &query.bytes(), &mut random).unwrap();
    query.finish(&committed, &answer).unwrap().iter().map(|mark| table.look(mark)).collect()
}
