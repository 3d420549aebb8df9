use std::collections::BTreeMap;

use enlace_oprf::{Answer, Change, ENTRY, Error, Published, Set, Verdict};
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
        let table = Set::prepare(&key(1), &held, 0, &mut chance(1)).published();
        let answers = ask(&key(1), &table, vec![serial(1), serial(2), serial(3)], 1);
        assert_eq!(answers, [Answer::Refer, Answer::Hit, Answer::NoHit]);
    }
}

#[test]
fn the_size_of_a_table_tells_its_class_only() {
    let size =
        |held| Set::prepare(&key(1), &numbers(0..held), 0, &mut chance(1)).published().size();
    assert_eq!([size(0), size(1), size(500), size(800)], [1024; 4]);
    assert_eq!([size(1000), size(1050)], [1280; 2]);
}

#[test]
fn an_update_changes_as_many_entries_whatever_it_does() {
    let key = key(1);
    let of = |held: Vec<(enlace_oprf::Value, Verdict)>| {
        let mut set = Set::prepare(&key, &numbers(0..300), 0, &mut chance(1));
        let before = set.published();
        let changes = set.change(&key, &held, &mut chance(2)).unwrap();
        let mut partner = before.clone();
        partner.apply(&Change::parse_list(&Change::list_to_bytes(&changes)).unwrap()).unwrap();
        assert_eq!(partner, set.published(), "the partner follows");
        let old: Vec<Vec<u8>> = before.to_bytes().chunks(ENTRY).map(<[u8]>::to_vec).collect();
        let new = partner.to_bytes();
        let kept = new.chunks(ENTRY).filter(|entry| old.contains(&entry.to_vec())).count();
        (changes.len(), kept, partner.size())
    };
    let refer = |range: std::ops::Range<usize>| {
        let mut held = numbers(0..300);
        held.iter_mut().take(range.end).skip(range.start).for_each(|one| one.1 = Verdict::Refer);
        held
    };
    let expected = (64, 1024 - 64, 1024);
    assert_eq!(of(numbers(0..300)), expected, "nothing");
    assert_eq!(of(numbers(0..340)), expected, "added");
    assert_eq!(of(numbers(40..300)), expected, "removed");
    assert_eq!(of(numbers(40..340)), expected, "added and removed");
    assert_eq!(of(refer(0..40)), expected, "another verdict");
}

/// A value that stands under a restriction from now on goes from one place and comes at another: a list
/// says neither that it was changed nor which entries are values.
#[test]
fn another_verdict_is_another_entry_and_what_comes_back_needs_a_new_key() {
    let key = key(1);
    let mut set = Set::prepare(&key, &numbers(0..1), 0, &mut chance(1));
    let mut partner = set.published();
    let refer = [(serial(0), Verdict::Refer)];
    for held in [refer.as_slice(), &[]] {
        let changes = set.change(&key, held, &mut chance(2)).unwrap();
        partner.apply(&changes).unwrap();
        let bytes = Change::list_to_bytes(&changes);
        let pairs = bytes.as_chunks::<{ Change::LEN }>().0;
        assert!(pairs.iter().all(|pair| pair[..ENTRY] != pair[ENTRY..]));
        let found = ask(&key, &partner, vec![serial(0)], 1)[0];
        assert_eq!(found, if held.is_empty() { Answer::NoHit } else { Answer::Refer });
    }
    let before = set.published();
    for held in [numbers(0..1).as_slice(), &refer] {
        let mut again = Set::from_bytes(&set.to_bytes()).unwrap();
        let found = again.change(&key, held, &mut chance(3)).err();
        assert_eq!((found, again.published()), (Some(Error::Returns), before.clone()));
    }
}

#[test]
fn a_table_whose_blanks_are_used_up_asks_for_a_new_epoch_and_stays_as_it_was() {
    let key = key(1);
    let mut set = Set::prepare(&key, &numbers(0..800), 0, &mut chance(1));
    let before = set.published();
    let found = set.change(&key, &numbers(0..1300), &mut chance(2)).err();
    assert!(matches!(found, Some(Error::Full(_))), "{found:?}");
    assert_eq!(set.published(), before);
}

#[test]
fn foreign_tables_and_changes_have_one_reading_or_none() {
    let good = Set::prepare(&key(1), &[], 0, &mut chance(1)).published().to_bytes();
    assert_eq!(Published::parse(&good).unwrap().to_bytes(), good);
    let mut turned = good.clone();
    turned.rotate_left(ENTRY);
    assert_eq!(Published::parse(&turned).err(), Some(Error::Order(1023)));
    for length in [0, 1, ENTRY, good.len() - 1, good.len() - ENTRY] {
        assert!(matches!(Published::parse(&good[..length]), Err(Error::Length { .. })));
    }
    let change = |gone: u8, tag: u8| [[gone; ENTRY], [tag; ENTRY]].concat();
    let twice = [change(1, 2), change(1, 3)].concat();
    assert_eq!(Change::parse_list(&twice).err(), Some(Error::Order(1)));
    assert_eq!(Change::parse_list(&change(1, 1)).err(), Some(Error::Order(0)));
    let other = Change::parse_list(&change(7, 8)).unwrap();
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
        let mut set = Set::prepare(&key(epoch), &[], 0, &mut chance(seed));
        let mut partner = set.published();
        for batch in batches {
            seed += 1;
            let mut ends = false;
            for act in &batch {
                match *act {
                    Act::Put(n, refer) => {
                        let verdict = if refer { Verdict::Refer } else { Verdict::Hit };
                        model.insert(n, verdict);
                    }
                    Act::Take(n) => drop(model.remove(&n)),
                    Act::Epoch => ends = true,
                }
            }
            let held: Vec<_> = model.iter().map(|(n, v)| (serial(*n), *v)).collect();
            let changed = match ends {
                true => Err(Error::Returns),
                false => set.change(&key(epoch), &held, &mut chance(seed)),
            };
            match changed {
                Ok(changes) => partner.apply(&changes).unwrap(),
                Err(error) => {
                    prop_assert_eq!(error, Error::Returns);
                    epoch += 1;
                    set = Set::prepare(&key(epoch), &held, 0, &mut chance(seed));
                    partner = set.published();
                }
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
