use std::collections::BTreeMap;

use enlace_oprf::{Answer, Change, ENTRY, Error, Published, Table, Update, Verdict};
use proptest::prelude::*;

use crate::{ask, chance, key, serial};

fn numbers(range: std::ops::Range<usize>) -> Vec<(enlace_oprf::Value, Verdict)> {
    range.map(|n| (serial(n), Verdict::Hit)).collect()
}

#[test]
fn a_value_under_restriction_is_referred_even_if_it_is_held_openly_too() {
    let held = [(serial(1), Verdict::Hit), (serial(1), Verdict::Refer), (serial(2), Verdict::Hit)];
    let mut turned = held.clone();
    turned.reverse();
    for held in [held, turned] {
        let table = Table::prepare(&key(1), &held, &mut chance(1)).published();
        let answers = ask(&key(1), &table, vec![serial(1), serial(2), serial(3)], 1);
        assert_eq!(answers, [Answer::Refer, Answer::Hit, Answer::NoHit]);
    }
}

#[test]
fn the_size_of_a_table_tells_its_class_only() {
    let size = |held| Table::prepare(&key(1), &numbers(0..held), &mut chance(1)).published().size();
    assert_eq!([size(0), size(1), size(500), size(800)], [1024; 4]);
    assert_eq!([size(1000), size(1050)], [1280; 2]);
}

#[test]
fn an_update_changes_as_many_entries_whatever_it_does() {
    let key = key(1);
    let of = |updates: Vec<Update>| {
        let mut table = Table::prepare(&key, &numbers(0..300), &mut chance(1));
        let before = table.published();
        let changes = table.update(&key, updates, &mut chance(2)).unwrap();
        let mut partner = before.clone();
        partner.apply(&Change::parse_list(&Change::list_to_bytes(&changes)).unwrap()).unwrap();
        assert_eq!(partner, table.published(), "the partner follows");
        let old: Vec<Vec<u8>> = before.to_bytes().chunks(ENTRY).map(<[u8]>::to_vec).collect();
        let new = partner.to_bytes();
        let kept = new.chunks(ENTRY).filter(|entry| old.contains(&entry.to_vec())).count();
        (changes.len(), kept, partner.size())
    };
    let put = |n| Update::Put(serial(n), Verdict::Hit);
    let take = |n| Update::Take(serial(n));
    let expected = (64, 1024 - 64, 1024);
    assert_eq!(of(Vec::new()), expected, "nothing");
    assert_eq!(of((400..440).map(put).collect()), expected, "added");
    assert_eq!(of((0..40).map(take).collect()), expected, "removed");
    assert_eq!(of((400..440).map(take).collect()), expected, "removed what was not there");
    assert_eq!(of((0..40).map(put).collect()), expected, "added what was there");
}

#[test]
fn a_table_whose_blanks_are_used_up_asks_for_a_new_epoch_and_stays_as_it_was() {
    let key = key(1);
    let mut table = Table::prepare(&key, &numbers(0..800), &mut chance(1));
    let before = table.published();
    let many = (1000..1300).map(|n| Update::Put(serial(n), Verdict::Hit)).collect();
    let found = table.update(&key, many, &mut chance(2)).err();
    assert!(matches!(found, Some(Error::Full(_))), "{found:?}");
    assert_eq!(table.published(), before);
}

#[test]
fn foreign_tables_and_changes_have_one_reading_or_none() {
    let good = Table::prepare(&key(1), &[], &mut chance(1)).published().to_bytes();
    assert_eq!(Published::parse(&good).unwrap().to_bytes(), good);
    let mut turned = good.clone();
    turned.rotate_left(ENTRY);
    assert_eq!(Published::parse(&turned).err(), Some(Error::Order(1023)));
    for length in [0, 1, ENTRY, good.len() - 1, good.len() - ENTRY] {
        assert!(matches!(Published::parse(&good[..length]), Err(Error::Length { .. })));
    }
    let change = [[1; Change::LEN], [1; Change::LEN]].concat();
    assert_eq!(Change::parse_list(&change).err(), Some(Error::Order(1)));
    let other = Change::parse_list(&[7; Change::LEN]).unwrap();
    let mut table = Published::parse(&good).unwrap();
    assert_eq!(table.apply(&other).err(), Some(Error::Order(0)));
    assert_eq!(table.to_bytes(), good, "nothing of a bad list is taken");
}

#[derive(Debug, Clone)]
enum Act {
    Put(usize, bool),
    Take(usize),
    Epoch,
}

fn acts() -> impl Strategy<Value = Vec<Vec<Act>>> {
    let act = prop_oneof![
        6 => (0..40_usize, any::<bool>()).prop_map(|(n, refer)| Act::Put(n, refer)),
        4 => (0..40_usize).prop_map(Act::Take),
        1 => Just(Act::Epoch),
    ];
    prop::collection::vec(prop::collection::vec(act, 1..20), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_hit_is_told_of_what_is_held_and_of_nothing_else(batches in acts()) {
        let (mut epoch, mut seed) = (1, 1);
        let mut model: BTreeMap<usize, Verdict> = BTreeMap::new();
        let mut table = Table::prepare(&key(epoch), &[], &mut chance(seed));
        let mut partner = table.published();
        for batch in batches {
            seed += 1;
            let mut updates = Vec::new();
            for act in &batch {
                match *act {
                    Act::Put(n, refer) => {
                        let verdict = if refer { Verdict::Refer } else { Verdict::Hit };
                        model.insert(n, verdict);
                        updates.push(Update::Put(serial(n), verdict));
                    }
                    Act::Take(n) => {
                        model.remove(&n);
                        updates.push(Update::Take(serial(n)));
                    }
                    Act::Epoch => {}
                }
            }
            if batch.iter().any(|act| matches!(act, Act::Epoch)) {
                epoch += 1;
                let held: Vec<_> = model.iter().map(|(n, v)| (serial(*n), *v)).collect();
                table = Table::prepare(&key(epoch), &held, &mut chance(seed));
                partner = table.published();
            } else {
                let changes = table.update(&key(epoch), updates, &mut chance(seed)).unwrap();
                partner.apply(&changes).unwrap();
            }
            let answers = ask(&key(epoch), &partner, (0..40).map(serial).collect(), seed);
            for (n, answer) in answers.into_iter().enumerate() {
                let expected = match model.get(&n) {
                    None => Answer::NoHit,
                    Some(Verdict::Hit) => Answer::Hit,
                    Some(Verdict::Refer) => Answer::Refer,
                };
                prop_assert_eq!(answer, expected, "value {}", n);
            }
        }
    }
}
