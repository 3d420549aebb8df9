use enlace_oprf::{Answer, Class, Error, Key, Query, Scope, Set, Value, Verdict};

use crate::{ask, chance, key, serial};

#[test]
fn a_server_that_uses_another_key_is_caught() {
    let (committed, other) = (key(1), key(2));
    for class in [Class::One, Class::Block] {
        let query = Query::new(class, vec![serial(1)], &mut chance(1)).unwrap();
        let answer = other.answer(class, &query.bytes(), &mut chance(2)).unwrap();
        assert_eq!(query.finish(&committed.public(), &answer).err(), Some(Error::OtherKey));
    }
}

#[test]
fn a_server_that_uses_another_key_for_one_element_is_caught() {
    let (committed, other) = (key(1), key(2));
    let query = Query::new(Class::One, vec![serial(1)], &mut chance(1)).unwrap();
    let mut answer = committed.answer(Class::One, &query.bytes(), &mut chance(2)).unwrap();
    let marked = other.answer(Class::One, &query.bytes(), &mut chance(2)).unwrap();
    answer[..32].copy_from_slice(&marked[..32]);
    assert_eq!(query.finish(&committed.public(), &answer).err(), Some(Error::OtherKey));
}

#[test]
fn no_changed_bit_of_an_answer_is_taken() {
    let key = key(1);
    let answer = |seed| {
        let query = Query::new(Class::One, vec![serial(1)], &mut chance(seed)).unwrap();
        let answer = key.answer(Class::One, &query.bytes(), &mut chance(2)).unwrap();
        (query, answer)
    };
    for bit in (0..Class::One.answer_len() * 8).step_by(7) {
        let (query, mut answer) = answer(1);
        answer[bit / 8] ^= 1 << (bit % 8);
        assert!(query.finish(&key.public(), &answer).is_err(), "bit {bit} changed");
    }
    let (query, unchanged) = answer(1);
    assert!(query.finish(&key.public(), &unchanged).is_ok());
}

#[test]
fn an_answer_to_another_query_is_not_taken() {
    let key = key(1);
    let query = Query::new(Class::One, vec![serial(1)], &mut chance(1)).unwrap();
    let other = Query::new(Class::One, vec![serial(1)], &mut chance(9)).unwrap();
    let answer = key.answer(Class::One, &other.bytes(), &mut chance(2)).unwrap();
    assert_eq!(query.finish(&key.public(), &answer).err(), Some(Error::OtherKey));
}

#[test]
fn identity_bad_encodings_and_other_lengths_are_refused() {
    let key = key(1);
    let good = Query::new(Class::One, vec![serial(1)], &mut chance(1)).unwrap().bytes();
    let with = |place: usize, element: [u8; 32]| {
        let mut bytes = good.clone();
        bytes[place * 32..][..32].copy_from_slice(&element);
        key.answer(Class::One, &bytes, &mut chance(1)).err()
    };
    assert_eq!(with(3, [0; 32]), Some(Error::Identity(3)));
    assert_eq!(with(5, [0xff; 32]), Some(Error::NotAnElement(5)));
    let mut negative = [0; 32];
    negative[0] = 1;
    assert_eq!(with(7, negative), Some(Error::NotAnElement(7)));
    for length in [0, 32, 255, 257, 8192] {
        let found = key.answer(Class::One, &vec![0; length], &mut chance(1)).err();
        assert_eq!(found, Some(Error::Length { found: length, expected: 256 }));
    }
    assert!(enlace_oprf::PublicKey::parse(&[0; 32]).is_err(), "a key that makes all answers one");
}

#[test]
fn each_part_of_a_scope_makes_another_key() {
    let of = |asked: u8, asking: u8, purpose: &str, epoch| {
        let scope = Scope { asked: &[asked; 32], asking: &[asking; 32], purpose, epoch };
        Key::derive(&[3; 32], &scope).unwrap().public().to_bytes()
    };
    let mut keys = vec![
        of(1, 2, "cyber", 1),
        of(2, 1, "cyber", 1),
        of(1, 3, "cyber", 1),
        of(1, 2, "prosecution", 1),
        of(1, 2, "cyber", 2),
    ];
    assert_eq!(of(1, 2, "cyber", 1), keys[0]);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 5);
}

/// Names and serials: an attacker at its quota tries what is likely first, keeps every answer and
/// every mark, and looks the marks up under all it has.
#[test]
fn a_dictionary_attack_learns_as_many_answers_as_it_has_evaluations_and_no_more() {
    let name =
        |n: usize| Value::new("person-name-date", &format!("invented {n}|1980-01-01")).unwrap();
    let makers: [&dyn Fn(usize) -> Value; 2] = [&serial, &name];
    for make in makers {
        let (key, quota) = (key(1), 16);
        let held: Vec<(Value, Verdict)> = (0..500).map(|n| (make(2 * n), Verdict::Hit)).collect();
        let table = Set::prepare(&key, &held, 0, &mut chance(1)).published();
        let mut known = Vec::new();
        for round in 0..quota / 8 {
            let values = (0..8).map(|n| make(round * 8 + n)).collect();
            let query = Query::new(Class::One, values, &mut chance(round as u64 + 2)).unwrap();
            let answer = key.answer(Class::One, &query.bytes(), &mut chance(99)).unwrap();
            known.extend(query.finish(&key.public(), &answer).unwrap());
        }
        let hits = known.iter().filter(|mark| table.look(mark) == Answer::Hit).count();
        assert_eq!((known.len(), hits), (quota, quota / 2), "what was paid for is learned");
        // Evaluations of others, of its own earlier values or by a key it makes itself say nothing
        // of the rest of the dictionary.
        for (at, own) in [3_u8, 4, 5].into_iter().enumerate() {
            let scope = Scope { asked: &[1; 32], asking: &[2; 32], purpose: "x", epoch: at as u64 };
            let own = Key::derive(&[own; 32], &scope).unwrap();
            let guesses: Vec<Value> = (quota..quota + 256).map(make).collect();
            let answers = ask(&own, &table, guesses, at as u64);
            assert!(answers.iter().all(|answer| *answer == Answer::NoHit));
        }
        // The same dictionary with evaluations: the attack works where the quota does not stop it.
        let guesses: Vec<Value> = (quota..quota + 256).map(make).collect();
        let hits = ask(&key, &table, guesses, 7);
        assert_eq!(hits.iter().filter(|answer| **answer == Answer::Hit).count(), 128);
    }
}
